//! The languages of the window. Its texts are in `gui/locale.rs`.

use serde::{Deserialize, Serialize};

/// A language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// All languages, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// The language with this tag (`ko`, `ko-KR`, `en_US.UTF-8`), if there is one.
    pub fn for_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_', '.']).next() {
            Some("en") => Some(Self::En),
            Some("ko") => Some(Self::Ko),
            _ => None,
        }
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
        }
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_tags_choose_a_language() {
        assert_eq!(Lang::for_tag("ko-KR"), Some(Lang::Ko));
        assert_eq!(Lang::for_tag("en_US.UTF-8"), Some(Lang::En));
        assert_eq!(Lang::for_tag("C"), None);
        for lang in Lang::ALL {
            assert_eq!(Lang::for_tag(lang.tag()), Some(lang));
        }
    }
}
