//! The name we give ourselves, as a type that is always valid.

use serde::{Deserialize, Deserializer, Serialize};

use crate::text::name::is_visible;

/// Maximum length of a name on the wire, in bytes of UTF-8.
pub const NAME_CAP: usize = 256;
/// Maximum length of a name, in characters.
pub const NAME_CHARACTERS: usize = 40;

/// The name we give ourselves: one line, not empty, at most [`NAME_CHARACTERS`] characters and [`NAME_CAP`] bytes.
/// Never taken from the system, so that a login name is not given away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// The valid name closest to this text; the default name if nothing is left of it.
    pub fn new(text: &str) -> Self {
        tidy_name(text).map_or_else(Self::default, Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Name {
    fn default() -> Self {
        Self("Guest".to_owned())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

/// This text as a name, shortened if it is too long. `None` if nothing is left of it.
pub fn tidy_name(text: &str) -> Option<String> {
    let line = text.replace(char::is_control, " ");
    let mut name: String = line.trim().chars().take(NAME_CHARACTERS).collect();
    while name.len() > NAME_CAP {
        name.pop();
    }
    let name = name.trim_end();
    is_visible(name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_on_one_line_and_is_never_empty() {
        for (text, name) in [
            ("", "Guest"),
            ("\u{3164}", "Guest"),
            ("\u{2800}\u{200d} \u{ad}", "Guest"),
            (" \t\n", "Guest"),
            ("\u{fff9}\u{fffb}", "Guest"),
            ("\u{1d159}\u{13441}", "Guest"),
            ("\u{301}\u{e000}", "Guest"),
            (" Mina\n Kim ", "Mina  Kim"),
            ("미나", "미나"),
        ] {
            assert_eq!(Name::new(text).as_str(), name, "{text:?}");
        }
        let long = "\u{1F469}\u{200D}".repeat(100);
        let name = Name::new(&long);
        assert_eq!(name.as_str().chars().count(), NAME_CHARACTERS);
        assert!(name.as_str().len() <= NAME_CAP);
        let by_hand: Name = serde_json::from_str("\"  \"").expect("read");
        assert_eq!(by_hand, Name::default());
    }
}
