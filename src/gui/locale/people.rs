//! How people are called, and the phrases with their names in them.

use std::net::IpAddr;

use crate::{
    chat::contacts::{Contacts, short},
    identity::{Party, PublicKey, Trust},
    lang::Lang,
    net::JoinRequest,
};

impl Lang {
    /// Somebody in a sentence. In Korean it ends so that the particles 이, 은, 과 and 을 fit.
    pub fn person(self, contacts: &Contacts, key: &PublicKey) -> String {
        match (self, contacts.name(key)) {
            (Self::En, Some(name)) => name,
            (Self::Ko, Some(name)) => format!("{name} 님"),
            (Self::En, None) => format!("Somebody ({})", short(key)),
            (Self::Ko, None) => format!("모르는 사람({})", short(key)),
        }
    }

    /// The same, with a word of warning where the name is that of another one.
    fn person_or_namesake(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        let known = contacts.namesake(key).map(|known| &known.key);
        match (self, known.and_then(|known| contacts.name(known))) {
            (_, None) => person,
            (Self::En, Some(known)) => format!("{person} (not the {known} you know)"),
            (Self::Ko, Some(known)) => format!("{person}(알고 계신 {known} 님이 아닌 사람)"),
        }
    }

    /// Who asks to be let in: the name of the question.
    pub fn who_asks(self, contacts: &Contacts, request: &JoinRequest) -> String {
        match &request.party {
            Party::Key(key) => self.person_or_namesake(contacts, key),
            Party::Address(_) => request.from.to_string(),
        }
    }

    /// "Mina wants to talk with you."
    pub fn asks(self, contacts: &Contacts, request: &JoinRequest) -> String {
        match (self, &request.party) {
            // Its key stands in the next line.
            (Self::En, Party::Key(key)) if contacts.name(key).is_none() => {
                "Somebody wants to talk with you.".to_owned()
            }
            (Self::Ko, Party::Key(key)) if contacts.name(key).is_none() => {
                "모르는 사람이 대화를 청합니다.".to_owned()
            }
            (Self::En, Party::Key(key)) => format!(
                "{} wants to talk with you.",
                self.person_or_namesake(contacts, key)
            ),
            (Self::Ko, Party::Key(key)) => {
                format!(
                    "{}이 대화를 청합니다.",
                    self.person_or_namesake(contacts, key)
                )
            }
            (Self::En, Party::Address(_)) => {
                "Somebody wants to talk with you in plain text.".to_owned()
            }
            (Self::Ko, Party::Address(_)) => "누군가 암호화 없이 대화를 청합니다.".to_owned(),
        }
    }

    /// Where somebody asks from, and what that is worth.
    pub fn asks_from(self, from: IpAddr, party: &Party) -> String {
        match (self, party) {
            (Self::En, Party::Key(key)) => {
                format!("From {from}, encrypted, with the key {}…", short(key))
            }
            (Self::Ko, Party::Key(key)) => {
                format!("{from}에서, 암호화됨, 키 {}…", short(key))
            }
            (Self::En, Party::Address(_)) => format!("From {from}. {}", self.plain_text_hint()),
            (Self::Ko, Party::Address(_)) => format!("{from}에서. {}", self.plain_text_hint()),
        }
    }

    /// Where somebody was last met encrypted, plain text comes from.
    pub fn encrypted_before(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("{person} was last here encrypted, and this is plain text."),
            Self::Ko => format!(
                "지난번에는 여기에서 {person}과 암호화된 대화를 했지만, 이번에는 암호화되지 않았습니다."
            ),
        }
    }

    /// A whole fingerprint, to look at closely.
    pub fn whole_key(self, key: &PublicKey) -> String {
        match self {
            Self::En => format!("The whole key: {}", key.fingerprint()),
            Self::Ko => format!("전체 키: {}", key.fingerprint()),
        }
    }

    /// The status while the other side has not let us in yet.
    pub fn waiting_for(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("{person} is there. Waiting to be let in…"),
            Self::Ko => format!("{person}과 연결되었습니다. 수락을 기다리는 중…"),
        }
    }

    /// How far an encrypted conversation is to be trusted.
    pub fn encrypted_how(self, trust: Option<Trust>) -> &'static str {
        match trust {
            Some(Trust::Verified) => self.encrypted_verified(),
            Some(Trust::Invited) => self.encrypted_invited(),
            Some(Trust::Accepted | Trust::Met) | None => self.encrypted_not_verified(),
        }
    }

    /// How somebody came to be let in.
    pub fn trust(self, trust: Trust) -> &'static str {
        match trust {
            Trust::Met => self.only_met(),
            Trust::Accepted => self.let_in_before(),
            Trust::Invited => self.invited(),
            Trust::Verified => self.verified(),
        }
    }

    /// "Mina is writing…"
    pub fn is_typing(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("{person} is writing…"),
            Self::Ko => format!("{person}이 쓰고 있습니다…"),
        }
    }

    /// On the button that connects to the one whose conversation is shown.
    pub fn connect_to(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Connect to {person}"),
            Self::Ko => format!("{person}과 연결"),
        }
    }

    /// Above the numbers that two people compare.
    pub fn verify_title(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Compare numbers with {person}"),
            Self::Ko => format!("{person}과 숫자 비교하기"),
        }
    }

    /// What we are called.
    pub fn seen_as(self, name: &str) -> String {
        match self {
            Self::En => format!("Others see you as “{name}”."),
            Self::Ko => format!("다른 사람에게는 ‘{name}’(이)라고 보입니다."),
        }
    }

    /// What somebody calls themselves, where we call them otherwise.
    pub fn own_name_is(self, name: &str) -> String {
        match self {
            Self::En => format!("calls themselves “{name}”"),
            Self::Ko => format!("스스로 쓰는 이름: {name}"),
        }
    }

    /// Of a field: what to call this one.
    pub fn name_for(self, name: &str) -> String {
        match self {
            Self::En => format!("Name for {name}"),
            Self::Ko => format!("{name}의 이름"),
        }
    }

    /// Before somebody is forgotten.
    pub fn forget_question(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!(
                "Forget {person}? What was said with them and what waits for them is erased. You will be asked about them again, and have to verify them anew."
            ),
            Self::Ko => format!(
                "{person}을 지울까요? 나눈 말과 전달을 기다리는 메시지도 지웁니다. 다음에는 다시 수락해야 하고, 본인 확인도 다시 해야 합니다."
            ),
        }
    }

    /// On the button that does so.
    pub fn forget_them(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Forget {person}"),
            Self::Ko => format!("{person} 지우기"),
        }
    }

    /// On the button that gives somebody the key that was seen in place of theirs.
    pub fn new_key_for(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("New key for {person}"),
            Self::Ko => format!("{person}의 새 키"),
        }
    }

    /// What a button does, and to whom: one of several with the same words on them.
    pub fn done_to(self, what: &str, whom: &str) -> String {
        match self {
            Self::En | Self::Ko => format!("{what}: {whom}"),
        }
    }
}
