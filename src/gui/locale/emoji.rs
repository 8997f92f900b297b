//! What the groups of emoji are called.

use crate::{gui::emoji::Group, lang::Lang};

impl Lang {
    /// As a heading above them.
    pub(in crate::gui) fn emoji_group(self, group: Group) -> &'static str {
        let (english, korean) = match group {
            Group::Smileys => ("Smileys", "표정"),
            Group::People => ("People and body", "사람"),
            Group::Animals => ("Animals and nature", "동물과 자연"),
            Group::Food => ("Food and drink", "음식"),
            Group::Travel => ("Travel and places", "여행과 장소"),
            Group::Activities => ("Activities", "활동"),
            Group::Objects => ("Objects", "사물"),
            Group::Symbols => ("Symbols", "기호"),
            Group::Flags => ("Flags", "깃발"),
        };
        match self {
            Self::En => english,
            Self::Ko => korean,
        }
    }
}
