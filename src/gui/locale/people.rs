//! The names of people, and the texts with names in them.

use std::net::IpAddr;

use crate::{
    chat::contacts::{Called, Contacts, short},
    gui::locale::particles::Particle,
    identity::{PeerId, PublicKey, Trust},
    lang::Lang,
    net::JoinRequest,
    store::Lookup,
    text::{bidi, name::Comparable},
};

impl Lang {
    /// How a peer is called, by name: what somebody has chosen for themselves is only a claim, and stands in quotes.
    /// `None` if there is no name to show. Every name in the window comes from here.
    pub(super) fn name_of(self, contacts: &Contacts, key: &PublicKey) -> Option<String> {
        match contacts.called(key) {
            Called::Named(name) => Some(isolated(&name)),
            // In front of a message, this would say that we wrote it.
            Called::Verified(name) if !is_taken_for_us(&name) => Some(isolated(&name)),
            Called::Verified(name) | Called::Claimed(name) => Some(self.quoted(&name)),
            Called::Unnamed => None,
        }
    }

    /// A peer by its name, or else by the beginning of its key.
    pub fn label(self, contacts: &Contacts, key: &PublicKey) -> String {
        self.name_of(contacts, key).unwrap_or_else(|| short(key))
    }

    /// A peer in a sentence. In Korean, a name that they have chosen themselves gets the polite 님; one that the
    /// person has given them does not.
    pub fn person(self, contacts: &Contacts, key: &PublicKey) -> String {
        let is_mine = matches!(contacts.called(key), Called::Named(_));
        match (self, self.name_of(contacts, key)) {
            (Self::En, Some(name)) => name,
            (Self::Ko, Some(name)) if is_mine => name,
            (Self::Ko, Some(name)) => format!("{name} 님"),
            (Self::En, None) => format!("Someone ({})", short(key)),
            (Self::Ko, None) => format!("모르는 사람({})", short(key)),
        }
    }

    /// In the field for a message to this person.
    pub fn message_to(self, contacts: &Contacts, key: &PublicKey) -> String {
        match self {
            Self::En => format!("Message {}", self.label(contacts, key)),
            Self::Ko => format!("{}에게 메시지 쓰기", self.person(contacts, key)),
        }
    }

    /// How many messages are picked.
    pub fn picked_count(self, count: usize) -> String {
        match self {
            Self::En => format!("{count} selected"),
            Self::Ko => format!("{count}개 선택함"),
        }
    }

    /// In the menu of a conversation.
    pub const fn pin_or_unpin(self, is_pinned: bool) -> &'static str {
        match (self, is_pinned) {
            (Self::En, false) => "Pin to the top",
            (Self::En, true) => "Unpin",
            (Self::Ko, false) => "맨 위에 고정",
            (Self::Ko, true) => "고정 해제",
        }
    }

    /// In the menu of a conversation.
    pub const fn mute_or_unmute(self, is_muted: bool) -> &'static str {
        match (self, is_muted) {
            (Self::En, false) => "Mute notifications",
            (Self::En, true) => "Unmute",
            (Self::Ko, false) => "알림 끄기",
            (Self::Ko, true) => "알림 켜기",
        }
    }

    /// What somebody calls themselves.
    fn quoted(self, name: &str) -> String {
        let name = isolated(name);
        match self {
            Self::En => format!("“{name}”"),
            Self::Ko => format!("‘{name}’"),
        }
    }

    /// The question whether to take more of a peer.
    pub fn take_more_question(self, contacts: &Contacts, peer_id: &PeerId, bytes: u64) -> String {
        let who = match peer_id {
            PeerId::Key(key) => self.person(contacts, key),
            PeerId::Address(address) => address.to_string(),
        };
        let size = self.whole_bytes(bytes);
        match (self, peer_id) {
            (Self::En, _) => format!("{who} has sent {size} within a day. Take more?"),
            (Self::Ko, PeerId::Key(_)) => {
                let who = Particle::Subject.after(&who);
                format!("{who} 하루 동안 {size}를 보냈습니다. 더 받을까요?")
            }
            (Self::Ko, PeerId::Address(_)) => {
                format!("{who}에서 하루 동안 {size}를 보냈습니다. 더 받을까요?")
            }
        }
    }

    /// The button that takes as much again.
    pub fn take_more(self, bytes: u64) -> String {
        let size = self.whole_bytes(bytes);
        match self {
            Self::En => format!("Yes, take {size} more"),
            Self::Ko => format!("네, {size} 더 받기"),
        }
    }

    /// The same, with a warning if the name is that of another contact.
    fn person_or_namesake(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        let Some(known) = contacts.namesake(key).map(|known| &known.key) else {
            return person;
        };
        let known = self.person(contacts, known);
        match self {
            Self::En => format!("{person} (not the {known} you know)"),
            Self::Ko => {
                let known = Particle::Subject.after(&known);
                format!("{person}(알고 계신 {known} 아닌 사람)")
            }
        }
    }

    /// The name of a join request.
    pub fn who_asks(self, contacts: &Contacts, request: &JoinRequest) -> String {
        match &request.peer_id {
            PeerId::Key(key) => self.person_or_namesake(contacts, key),
            PeerId::Address(_) => request.from.to_string(),
        }
    }

    /// A join request: "Mina wants to chat with you."
    pub fn asks(self, contacts: &Contacts, request: &JoinRequest) -> String {
        match (self, &request.peer_id) {
            // A caller who can't be looked up may be anybody.
            (Self::En, PeerId::Key(_)) if request.encrypted_before == Lookup::Unclear => {
                "Someone wants to chat with you.".to_owned()
            }
            (Self::Ko, PeerId::Key(_)) if request.encrypted_before == Lookup::Unclear => {
                "누군가 대화를 요청했습니다.".to_owned()
            }
            (Self::En, PeerId::Key(key)) if contacts.called(key) == Called::Unnamed => {
                "Someone new wants to chat with you.".to_owned()
            }
            (Self::Ko, PeerId::Key(key)) if contacts.called(key) == Called::Unnamed => {
                "새로운 상대가 대화를 요청했습니다.".to_owned()
            }
            (Self::En, PeerId::Key(key)) => {
                let person = self.person_or_namesake(contacts, key);
                format!("{person} wants to chat with you.")
            }
            (Self::Ko, PeerId::Key(key)) => {
                let person = self.person_or_namesake(contacts, key);
                let person = Particle::Subject.after(&person);
                format!("{person} 대화를 요청했습니다.")
            }
            (Self::En, PeerId::Address(_)) => {
                "Someone wants to chat with you in plain text.".to_owned()
            }
            (Self::Ko, PeerId::Address(_)) => "누군가 암호화 없이 대화를 요청했습니다.".to_owned(),
        }
    }

    /// Where a join request comes from, and how safe that is.
    pub fn asks_from(self, from: IpAddr, peer_id: &PeerId) -> String {
        match (self, peer_id) {
            (Self::En, PeerId::Key(_)) => {
                format!("Encrypted, from {from}")
            }
            (Self::Ko, PeerId::Key(_)) => {
                format!("{from} · 암호화 연결")
            }
            (Self::En, PeerId::Address(_)) => format!("From {from}. {}", self.plain_text_hint()),
            (Self::Ko, PeerId::Address(_)) => format!("{from} · {}", self.plain_text_hint()),
        }
    }

    /// A warning: plain text comes from where a contact was last connected encrypted.
    pub fn encrypted_before(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => {
                format!("{person} was encrypted here last time, but this is plain text.")
            }
            Self::Ko => format!(
                "지난번에는 여기에서 {} 암호화된 대화를 했지만, 이번에는 암호화되지 않았습니다.",
                Particle::With.after(&person)
            ),
        }
    }

    /// A whole fingerprint.
    pub fn whole_key(self, key: &PublicKey) -> String {
        match self {
            Self::En => format!("Full key: {}", key.fingerprint()),
            Self::Ko => format!("전체 키: {}", key.fingerprint()),
        }
    }

    /// The status while the other side has not accepted us yet.
    pub fn waiting_for(self, contacts: &Contacts, key: &PublicKey) -> String {
        let is_known = contacts.called(key) != Called::Unnamed;
        let person = self.person(contacts, key);
        match self {
            Self::En if is_known => format!("Waiting for {person} to accept…"),
            Self::En => "Waiting for them to accept…".to_owned(),
            Self::Ko if is_known => format!("{person}의 수락을 기다리는 중…"),
            Self::Ko => "상대방의 수락을 기다리는 중…".to_owned(),
        }
    }

    /// How far an encrypted connection can be trusted.
    pub fn encrypted_how(self, trust: Option<Trust>) -> &'static str {
        match trust {
            Some(Trust::Verified) => self.encrypted_verified(),
            Some(Trust::Invited) => self.encrypted_invited(),
            Some(Trust::Accepted | Trust::Met) | None => self.encrypted_not_verified(),
        }
    }

    /// How a contact was first let in.
    pub fn trust(self, trust: Trust) -> &'static str {
        match trust {
            Trust::Met => self.seen_before(),
            Trust::Accepted => self.accepted_before(),
            Trust::Invited => self.invited(),
            Trust::Verified => self.verified(),
        }
    }

    /// "Mina is typing…"
    pub fn is_typing(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("{person} is typing…"),
            Self::Ko => format!("{} 입력 중…", Particle::Subject.after(&person)),
        }
    }

    /// The button that connects to the contact whose conversation is shown.
    pub fn connect_to(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Connect to {person}"),
            Self::Ko => format!("{} 연결", Particle::With.after(&person)),
        }
    }

    /// The title of the dialog in which two people compare numbers.
    pub fn verify_title(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Compare numbers with {person}"),
            Self::Ko => format!("{} 안전 번호 비교", Particle::With.after(&person)),
        }
    }

    /// Our own name.
    pub fn seen_as(self, name: &str) -> String {
        match self {
            Self::En => format!("Your name: {name}"),
            Self::Ko => format!("상대방에게 보이는 이름: {name}"),
        }
    }

    /// The name that a contact has chosen, if the person has given them another one.
    pub fn own_name_is(self, name: &str) -> String {
        let name = self.quoted(name);
        match self {
            Self::En => format!("their name: {name}"),
            Self::Ko => format!("상대방이 정한 이름: {name}"),
        }
    }

    /// The field for the name that the person gives a contact.
    pub fn name_for(self, name: &str) -> String {
        match self {
            Self::En => format!("Name for {name}"),
            Self::Ko => format!("{name}에게 붙일 이름"),
        }
    }

    /// Before a contact is deleted.
    pub fn forget_question(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!(
                "Delete {person}? This erases the conversation and all undelivered messages. Next time you will have to accept and verify them again."
            ),
            Self::Ko => format!(
                "{} 목록에서 삭제할까요? 대화 내용과 아직 전달되지 않은 메시지도 삭제됩니다. 다음에는 다시 수락하고 안전 번호도 다시 확인해야 합니다.",
                Particle::Object.after(&person)
            ),
        }
    }

    /// Before a contact is blocked.
    pub fn block_question(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!(
                "Block {person}? They can no longer connect, and a conversation with them ends. They aren't told."
            ),
            Self::Ko => format!(
                "{} 차단할까요? 더 이상 연결할 수 없고, 진행 중인 대화는 끝납니다. 상대방에게는 알리지 않습니다.",
                Particle::Object.after(&person)
            ),
        }
    }

    /// The button that blocks a contact.
    pub fn block_them(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Block {person}"),
            Self::Ko => format!("{person} 차단"),
        }
    }

    /// The button that deletes a contact.
    pub fn forget_them(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("Delete {person}"),
            Self::Ko => format!("{person} 삭제"),
        }
    }

    /// The button that accepts another key for a contact.
    pub fn new_key_for(self, contacts: &Contacts, key: &PublicKey) -> String {
        let person = self.person(contacts, key);
        match self {
            Self::En => format!("It's {person}: trust the new key"),
            Self::Ko => format!("{person}의 새 키로 바꾸기"),
        }
    }

    /// The name of a button that each row of a list has: what it does, and to whom.
    pub fn done_to(self, what: &str, whom: &str) -> String {
        match self {
            Self::En | Self::Ko => format!("{what}: {whom}"),
        }
    }
}

/// Whether a name reads like the word for the person who uses this window.
fn is_taken_for_us(name: &str) -> bool {
    let name = Comparable::new(name);
    let is_like = |lang: Lang| Comparable::new(lang.you()).looks_like(&name);
    Lang::ALL.into_iter().any(is_like)
}

/// A name that does not change the order of the words around it, whatever its direction (UAX 9, 2.7).
fn isolated(name: &str) -> String {
    if bidi::is_needed(name) {
        format!("\u{2068}{name}\u{2069}")
    } else {
        name.to_owned()
    }
}
