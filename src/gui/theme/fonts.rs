//! The fonts that come with the program, and the families made of them.

use std::sync::{Arc, LazyLock};

use eframe::egui::{
    FallbackRequest, FontData, FontDefinitions, FontFamily, FontInsert, FontPriority, FontTweak,
    InsertFontFamily,
};
use icu_properties::{CodePointSetData, props::Emoji};

/// Latin, Greek, Cyrillic and Hangul.
const REGULAR: (&str, &[u8]) = (
    "Duologue Sans",
    include_bytes!("../../../assets/DuologueSans-Regular.ttf"),
);
/// The same in the weight of names and titles, with the syllables of KS X 1001 only.
const SEMIBOLD: (&str, &[u8]) = (
    "Duologue Sans SemiBold",
    include_bytes!("../../../assets/DuologueSans-SemiBold.ttf"),
);
/// The symbols of CP949, and the Jamo of old Korean.
const SYMBOLS: (&str, &[u8]) = (
    "Duologue Symbols",
    include_bytes!("../../../assets/DuologueSymbols.ttf"),
);
/// The icons of `gui/icon.rs`.
const ICONS: (&str, &[u8]) = (
    "Duologue Icons",
    include_bytes!("../../../assets/DuologueIcons.ttf"),
);
/// For columns of bytes.
const MONOSPACE: (&str, &[u8]) = ("Hack", epaint_default_fonts::HACK_REGULAR);
/// The triangles of egui's own menus.
const TRIANGLES: (&str, &[u8]) = ("egui-icons", epaint_default_fonts::EGUI_ICONS);
/// Emoji in black, for systems that have none in colour.
const EMOJI: (&str, &[u8]) = ("Noto Emoji", epaint_default_fonts::NOTO_EMOJI_REGULAR);

/// The family of names and titles.
pub fn strong() -> FontFamily {
    static FAMILY: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("strong".into()));
    FAMILY.clone()
}

/// The family of icons. Text never has it, or a peer could write a lock.
pub fn icons() -> FontFamily {
    static FAMILY: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("icons".into()));
    FAMILY.clone()
}

/// All of them but the emoji.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [REGULAR, SEMIBOLD, SYMBOLS, ICONS, MONOSPACE, TRIANGLES] {
        let data = FontData::from_static(bytes);
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    }
    for (family, names) in [
        (FontFamily::Proportional, &[REGULAR, SYMBOLS, TRIANGLES][..]),
        (strong(), &[SEMIBOLD, REGULAR, SYMBOLS, TRIANGLES]),
        (
            FontFamily::Monospace,
            &[MONOSPACE, REGULAR, SYMBOLS, TRIANGLES],
        ),
        (icons(), &[ICONS]),
    ] {
        let names = names.iter().map(|(name, _)| (*name).to_owned());
        fonts.families.insert(family, names.collect());
    }
    fonts
}

/// The bundled emoji font, for a system that has no other one: the system's fonts are asked first.
pub fn black_emoji(request: &FallbackRequest<'_>) -> Option<FontInsert> {
    let (name, bytes) = EMOJI;
    let character = request.cluster.chars().next()?;
    if !CodePointSetData::new::<Emoji>().contains(character) {
        return None;
    }
    // Its glyphs are larger than the letters around them.
    let tweak = FontTweak {
        scale: 0.81,
        ..FontTweak::default()
    };
    let family = InsertFontFamily {
        family: request.family.clone(),
        priority: FontPriority::Lowest,
    };
    let data = FontData::from_static(bytes).tweak(tweak);
    Some(FontInsert::new(name, data, vec![family]))
}
