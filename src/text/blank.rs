//! Characters of which nothing is seen.
//!
//! Unicode's property for this (`Default_Ignorable_Code_Point`) leaves some out, because a program that does not know
//! them should show that they are there.

use icu_properties::{
    CodePointMapData, CodePointSetData, CodePointSetDataBorrowed,
    props::{DefaultIgnorableCodePoint, GeneralCategory, PrependedConcatenationMark},
};

const IGNORABLE: CodePointSetDataBorrowed<'static> =
    CodePointSetData::new::<DefaultIgnorableCodePoint>();
/// Format characters that show: signs over a number, as in Arabic.
const SHOWN: CodePointSetDataBorrowed<'static> =
    CodePointSetData::new::<PrependedConcatenationMark>();

/// Whether this character shows as nothing and takes no room: ignorable, or a format character such as the marks of
/// annotations and the controls of hieroglyphs.
pub fn is_ignorable(character: char) -> bool {
    // Nothing before the soft hyphen is, and this is most of most texts.
    character >= '\u{ad}'
        && (IGNORABLE.contains(character)
            || is_format(character) && !SHOWN.contains(character)
            // The filler of Khitan, which only places its neighbours.
            || character == '\u{16fe4}')
}

/// Whether this character shows as empty room: white space, a control character, a blank Braille pattern, a blank
/// hieroglyph, or a notehead without a shape.
pub fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || is_blank_symbol(character)
}

/// A blank that is not white space by its properties.
pub fn is_blank_symbol(character: char) -> bool {
    matches!(
        character,
        '\u{2800}' | '\u{13441}' | '\u{13442}' | '\u{1d159}'
    )
}

fn is_format(character: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(character) == GeneralCategory::Format
}
