//! File names of exported conversations, valid on every system.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use crate::text::visible::visible;

/// Maximum length of the person's name in it, in characters and in bytes.
const CHARACTERS: usize = 60;
const BYTES: usize = 150;

/// The file name without its extension. It begins with ours, so that it is never a name that Windows reserves for devices.
pub(super) fn stem(name: &str, date: Date) -> String {
    // Isolates are for the eye only.
    let shown = visible(name).replace(|c| ('\u{2066}'..='\u{2069}').contains(&c), "");
    let safe: String = shown.nfc().map(safe).collect();
    let words: Vec<&str> = safe.split_whitespace().collect();
    let mut name: String = words.join(" ").chars().take(CHARACTERS).collect();
    while name.len() > BYTES {
        name.pop();
    }
    match name.trim_matches(['.', ' ']) {
        "" => format!("Duologue {date}"),
        name => format!("Duologue {name} {date}"),
    }
}

/// Replaces characters that some file system does not allow, or gives a meaning.
fn safe(character: char) -> char {
    match character {
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => ' ',
        character if character.is_control() => ' ',
        character => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_safe_and_recognisable() {
        let date = jiff::civil::date(2026, 11, 22);
        for (name, expected) in [
            ("Mina", "Duologue Mina 2026-11-22"),
            ("미나", "Duologue 미나 2026-11-22"),
            ("\u{1106}\u{1175}", "Duologue 미 2026-11-22"),
            ("../../etc: a|b?", "Duologue etc a b 2026-11-22"),
            ("10.0.0.1:50000", "Duologue 10.0.0.1 50000 2026-11-22"),
            ("CON", "Duologue CON 2026-11-22"),
            (" . ", "Duologue 2026-11-22"),
            ("a\u{202e}b", "Duologue a[U+202E]b 2026-11-22"),
            ("“\u{2068}שרה\u{2069}”", "Duologue “שרה” 2026-11-22"),
        ] {
            assert_eq!(stem(name, date), expected);
        }
    }

    proptest! {
        #[test]
        fn any_name_makes_one_file_in_the_folder(name in any::<String>()) {
            let stem = stem(&name, jiff::civil::date(2026, 11, 22));
            prop_assert!(stem.len() < 200);
            prop_assert!(!stem.contains(['/', '\\', ':', '\0', '\n']));
        }
    }
}
