//! What is said when somebody else than expected answers at the address of a contact, or answers without encryption.

use super::grouped;
use crate::{
    chat::contacts::{Contacts, short},
    endpoint::Endpoint,
    gui::locale::particles::Particle,
    identity::{Contact, PublicKey},
    lang::Lang,
    net::{Call, ConnectError, How},
    text::name::Comparable,
};

impl Lang {
    /// An unknown key answers where a contact should.
    pub(super) fn new_key(
        self,
        call: &Call,
        [expected, seen]: [&PublicKey; 2],
        contacts: &Contacts,
    ) -> String {
        let (person, place) = (self.person(contacts, expected), self.place(call));
        let key = seen.fingerprint();
        match self {
            Self::En => format!(
                "The security key of {person}{place} has changed. They may have a new computer, or someone is pretending to be them. Ask them first, for example on the phone. The new key is {key}."
            ),
            Self::Ko => format!(
                "{place}{person}의 보안 키가 바뀌었습니다. 컴퓨터를 바꿨거나, 누군가 {person}인 척하는 것일 수 있습니다. 먼저 전화 등으로 확인하세요. 새 키는 {key}입니다."
            ),
        }
    }

    /// Another contact answers where one should, or where somebody has sent an invite from.
    pub(super) fn known_key(
        self,
        call: &Call,
        expected: &PublicKey,
        known: &Contact,
        invited: bool,
        contacts: &Contacts,
    ) -> String {
        let (person, place) = (self.person(contacts, expected), self.place(call));
        let other = self.told_apart(contacts, &known.key, expected);
        let how_known = match (self, known.blocked) {
            (Self::En, false) => "whom you know",
            (Self::En, true) => "whom you have blocked",
            (Self::Ko, false) => "이미 알고 있는",
            (Self::Ko, true) => "차단한",
        };
        let what_follows = match (self, invited, known.blocked) {
            (Self::En, true, _) => " Ask for a new invite link.".to_owned(),
            (Self::Ko, true, _) => " 초대 링크를 새로 받으세요.".to_owned(),
            (_, false, true) => String::new(),
            (Self::En, false, false) => format!(
                " If you talk to {other}, Duologue remembers the address as theirs. Nothing else changes for {person}."
            ),
            (Self::Ko, false, false) => format!(
                " {} 대화하면 이 주소를 {other}의 주소로 기억합니다. 그 밖에 {person}의 정보는 바뀌지 않습니다.",
                Particle::With.after(&other)
            ),
        };
        match (self, invited) {
            (Self::En, false) => format!(
                "This is {other}, {how_known}, and not {person}: the program of {other} answers{place}.{what_follows}"
            ),
            (Self::En, true) => format!(
                "This is {other}, {how_known}, and not the person who invited you.{what_follows}"
            ),
            (Self::Ko, false) => format!(
                "{place}응답한 사람은 {} 아니라 {how_known} {other}입니다.{what_follows}",
                Particle::Subject.after(&person)
            ),
            (Self::Ko, true) => format!(
                "{place}응답한 사람은 나를 초대한 사람이 아니라 {how_known} {other}입니다.{what_follows}"
            ),
        }
    }

    /// An unknown key answers where somebody has sent an invite from.
    pub(super) fn not_the_inviter(self, to: &Endpoint) -> String {
        match self {
            Self::En => format!(
                "The person at {to} is not the one who invited you. Ask for a new invite link."
            ),
            Self::Ko => format!(
                "{to}에서 응답한 사람은 나를 초대한 사람이 아닙니다. 초대 링크를 새로 받으세요."
            ),
        }
    }

    /// The answer is in plain text, or none that is encrypted comes.
    pub(super) fn no_encryption(
        self,
        call: &Call,
        error: ConnectError,
        contacts: &Contacts,
    ) -> String {
        let to = &call.to;
        let answers_plain = error == ConnectError::AnswersPlain;
        if let Some(expected) = contacts.expected(call) {
            let person = self.person(contacts, &expected);
            return self.contact_without_encryption(call, &person, answers_plain);
        }
        let sentence = match (self, answers_plain) {
            (Self::En, true) => {
                format!("{to} doesn't use encryption: the program there speaks plain text.")
            }
            (Self::Ko, true) => format!("{to}의 프로그램은 암호화를 사용하지 않습니다."),
            (Self::En, false) => format!(
                "No encrypted answer came from {to}. It may be an older program that only knows plain text."
            ),
            (Self::Ko, false) => format!(
                "{to}에서 암호화된 응답이 없습니다. 암호화를 지원하지 않는 오래된 프로그램일 수 있습니다."
            ),
        };
        match call.how {
            How::Unchecked(_) => format!("{sentence} {}", self.unclear_plain()),
            _ => sentence,
        }
    }

    fn contact_without_encryption(self, call: &Call, person: &str, answers_plain: bool) -> String {
        let place = self.place(call);
        match (self, answers_plain) {
            (Self::En, true) => format!(
                "The program that answers{place} speaks plain text, but {person} is always encrypted. It may be another program, or someone who wants to read along or pretend to be {person}. None of your messages were sent. Ask {person} first, for example on the phone."
            ),
            (Self::Ko, true) => format!(
                "{place}응답한 프로그램이 암호화를 사용하지 않습니다. {}의 대화는 항상 암호화되므로, 다른 프로그램이거나 누군가 {person}인 척하며 내용을 엿보려는 것일 수 있습니다. 메시지는 보내지 않았습니다. 먼저 전화 등으로 {person}에게 확인하세요.",
                Particle::With.after(person)
            ),
            (Self::En, false) => format!(
                "No encrypted answer came{}, where {person} was before. Another program may be running there, or someone may be in between. Duologue doesn't talk to {person} in plain text. Try again, or ask {person}, for example on the phone.",
                place.replacen(" at ", " from ", 1)
            ),
            (Self::Ko, false) => format!(
                "전에 {with} 연결했던 주소인데, {place}암호화된 응답이 없습니다. 다른 프로그램이 실행 중이거나 누군가 중간에 끼어들었을 수 있습니다. {with}는 암호화 없이 대화하지 않습니다. 다시 연결해 보거나 전화 등으로 {person}에게 확인하세요.",
                with = Particle::With.after(person)
            ),
        }
    }

    /// Below the fields, while plain text is chosen for the address of a contact.
    pub fn plain_to_contact(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!(
                "{person} is encrypted at this address. In plain text, anyone on the network can read along or pretend to be {person}."
            ),
            Self::Ko => format!(
                "이 주소에서는 {} 암호화된 대화를 했습니다. 암호화하지 않으면 네트워크에서 누구나 내용을 보거나 {person}인 척할 수 있습니다.",
                Particle::With.after(&person)
            ),
        }
    }

    /// The button that calls the contact who answers at the address of another one.
    pub fn talk_to(self, contacts: &Contacts, key: &PublicKey, expected: &PublicKey) -> String {
        let person = self.told_apart(contacts, key, expected);
        match self {
            Self::En => format!("Talk to {person}"),
            Self::Ko => format!("{} 대화", Particle::With.after(&person)),
        }
    }

    /// The title of the question whether another key is to replace a verified one.
    pub fn replace_title(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Replace the verified key of {person}?"),
            Self::Ko => format!("확인된 {person}의 키를 바꿀까요?"),
        }
    }

    /// The question whether another key is to replace a verified one.
    pub fn replace_question(self, contacts: &Contacts, old: &PublicKey, new: &PublicKey) -> String {
        let (person, key) = (self.person(contacts, old), new.fingerprint());
        match self {
            Self::En => format!(
                "You compared the numbers with the old key of {person}. No one has compared them with the new key: {person} may have a new computer, or someone pretends to be {person}. Replace the key only if {person} has told you so, for example on the phone. The new key is {key}. Until you compare numbers again, {person} is not verified."
            ),
            Self::Ko => format!(
                "안전 번호는 {person}의 예전 키로 비교했습니다. 새 키로는 아직 비교하지 않았으므로, {person}의 새 컴퓨터일 수도 있고 누군가 {person}인 척하는 것일 수도 있습니다. 전화 등으로 {person}에게 직접 확인한 경우에만 바꾸세요. 새 키는 {key}입니다. 안전 번호를 다시 비교할 때까지 {} 확인되지 않은 상태입니다.",
                Particle::Topic.after(&person)
            ),
        }
    }

    /// Above the composer: messages that were written before a contact's key was replaced.
    pub fn held(self, contacts: &Contacts, key: &PublicKey, count: u64) -> String {
        let person = self.person(contacts, key);
        match (self, count) {
            (Self::En, 1) => format!(
                "1 undelivered message was written before the key of {person} changed. It is held until you decide."
            ),
            (Self::En, _) => format!(
                "{} undelivered messages were written before the key of {person} changed. They are held until you decide.",
                grouped(count)
            ),
            (Self::Ko, _) => format!(
                "{person}의 키가 바뀌기 전에 쓴 메시지 {}개가 아직 전달되지 않았습니다. 선택할 때까지 보내지 않습니다.",
                grouped(count)
            ),
        }
    }

    /// In the list: the number of messages that are held.
    pub fn held_count(self, count: u64) -> String {
        match self {
            Self::En => format!("{} held", grouped(count)),
            Self::Ko => format!("보내기 보류 {}", grouped(count)),
        }
    }

    /// Where the answer came from: a call to several addresses does not know which of them it was.
    fn place(self, call: &Call) -> String {
        let to = &call.to;
        match self {
            _ if !call.also.is_empty() => String::new(),
            Self::En => format!(" at {to}"),
            Self::Ko => format!("{to}에서 "),
        }
    }

    /// A contact beside another one, whose name may look the same.
    fn told_apart(self, contacts: &Contacts, key: &PublicKey, other: &PublicKey) -> String {
        let Some(name) = self.name_of(contacts, key) else {
            return match self {
                Self::En => format!("a contact without a name ({})", short(key)),
                Self::Ko => format!("이름 없는 상대({})", short(key)),
            };
        };
        let person = self.person(contacts, key);
        let is_like = |other: String| Comparable::new(&name).imitates(&Comparable::new(&other));
        if self.name_of(contacts, other).is_some_and(is_like) {
            format!("{person} ({})", short(key))
        } else {
            person
        }
    }
}
