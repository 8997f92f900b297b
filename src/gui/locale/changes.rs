//! Texts about messages that are there already: replies, edits, deletions, reactions.

use crate::{
    chat::contacts::Contacts, gui::locale::particles::Particle, identity::PublicKey, lang::Lang,
};

impl Lang {
    /// Above the composer and to a screen reader: whom a message answers; `None` if that is ourselves.
    pub fn replying_to(self, contacts: &Contacts, to: Option<&PublicKey>) -> String {
        let person = to.map(|key| self.person(contacts, key));
        match (self, person) {
            (Self::En, Some(person)) => format!("Reply to {person}"),
            (Self::Ko, Some(person)) => format!("{person}에게 답장"),
            (Self::En, None) => "Reply to your message".to_owned(),
            (Self::Ko, None) => "내 메시지에 답장".to_owned(),
        }
    }

    /// In place of a message of the peer's.
    pub fn deleted_by(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("{person} deleted this message"),
            Self::Ko => format!("{} 삭제한 메시지입니다", Particle::Subject.after(&person)),
        }
    }

    /// On the button that reacts with this emoji.
    pub fn react_with(self, emoji: &str) -> String {
        match self {
            Self::En => format!("React with {emoji}"),
            Self::Ko => format!("{emoji} 공감"),
        }
    }

    /// On the button that takes this reaction back.
    pub fn take_back(self, emoji: &str) -> String {
        match self {
            Self::En => format!("Take back {emoji}"),
            Self::Ko => format!("{emoji} 공감 취소"),
        }
    }

    /// Above an earlier text of a message: until when it said this.
    pub fn until(self, moment: &str) -> String {
        match self {
            Self::En => format!("Until {moment}"),
            Self::Ko => format!("{moment}까지"),
        }
    }
}
