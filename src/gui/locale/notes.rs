//! Notes: lines of the transcript about what happened.

use std::net::IpAddr;

use crate::{
    chat::{
        contacts::{Contacts, short},
        timeline::Note,
    },
    gui::locale::particles::Particle,
    identity::PublicKey,
    lang::Lang,
    net::{EndReason, Origin},
    store::MANY_MISSED,
};

impl Lang {
    /// A note.
    pub fn note(self, note: &Note, contacts: &Contacts) -> String {
        match *note {
            Note::Connected {
                peer,
                origin: Origin::Dialled,
                key: None,
            } => match self {
                Self::En => format!("Connected to {peer}"),
                Self::Ko => format!("{peer}에 연결했습니다"),
            },
            Note::Connected {
                peer,
                origin: Origin::Accepted,
                key: None,
            } => match self {
                Self::En => format!("{} connected", peer.ip()),
                Self::Ko => format!("{}에서 연결했습니다", peer.ip()),
            },
            Note::Connected {
                peer,
                origin,
                key: Some(key),
            } => {
                let person = self.person(contacts, &key);
                match (self, origin) {
                    (Self::En, Origin::Dialled) => {
                        format!("Connected to {person} at {peer}, encrypted")
                    }
                    (Self::Ko, Origin::Dialled) => {
                        let with = Particle::With.after(&person);
                        format!("{with} 연결했습니다({peer}) · 암호화됨")
                    }
                    (Self::En, Origin::Accepted) => {
                        format!("{person} connected from {}, encrypted", peer.ip())
                    }
                    (Self::Ko, Origin::Accepted) => {
                        let who = Particle::Subject.after(&person);
                        format!("{who} 연결했습니다({}) · 암호화됨", peer.ip())
                    }
                }
            }
            // Notes have no full stop.
            Note::PlainNow(key) => {
                let sentence = self.encrypted_before(contacts, &key);
                sentence.trim_end_matches('.').to_owned()
            }
            Note::UncheckedPlain => self.unclear_plain().trim_end_matches('.').to_owned(),
            Note::Namesake { key, known } => self.namesake(contacts, &key, &known),
            Note::NeedsNewer => match self {
                Self::En => "A message came that needs a newer version of Duologue".to_owned(),
                Self::Ko => {
                    "더 새로운 버전의 Duologue에서만 볼 수 있는 메시지가 왔습니다".to_owned()
                }
            },
            Note::Missed(count) => self.missed(count),
            Note::ClockOff(key, millis) => self.clock_off(contacts, &key, millis),
            Note::Finished(peer) => match self {
                Self::En => format!("{peer} has stopped sending: it may have left, or still read"),
                Self::Ko => format!(
                    "{peer}에서 보내기를 마쳤습니다. 나갔을 수도 있고, 아직 읽고 있을 수도 있습니다"
                ),
            },
            Note::Ended { peer, key, reason } => self.ended(contacts, peer, key, reason),
        }
    }

    /// The peer says how many, and nothing shows whether that is true.
    fn missed(self, count: u64) -> String {
        let messages = match (self, count) {
            (Self::En, 1) => "1 message".to_owned(),
            (Self::En, ..MANY_MISSED) => format!("{count} messages"),
            (Self::En, _) => "1,000 messages or more".to_owned(),
            (Self::Ko, ..MANY_MISSED) => format!("메시지 {count}개가"),
            (Self::Ko, _) => "메시지 1,000개 이상이".to_owned(),
        };
        match self {
            Self::En => format!(
                "The other side says that {messages} went to another copy of this data (a restored backup or a copied folder)"
            ),
            Self::Ko => format!(
                "상대방에 따르면 {messages} 이 데이터의 다른 사본(복원한 백업이나 복사한 폴더)으로 전달되었습니다"
            ),
        }
    }

    fn clock_off(self, contacts: &Contacts, key: &PublicKey, millis: i64) -> String {
        let person = self.person(contacts, key);
        let minutes = (millis.unsigned_abs() + 30_000) / 60_000;
        let how_much = match (self, minutes) {
            (Self::En, 1..120) => format!("{minutes} minutes"),
            (Self::Ko, 1..120) => format!("{minutes}분"),
            (Self::En, _) if minutes < 48 * 60 => format!("{} hours", minutes / 60),
            (Self::Ko, _) if minutes < 48 * 60 => format!("{}시간", minutes / 60),
            (Self::En, _) => format!("{} days", minutes / (24 * 60)),
            (Self::Ko, _) => format!("{}일", minutes / (24 * 60)),
        };
        match (self, millis > 0) {
            (Self::En, true) => {
                format!("The clock of {person} is {how_much} ahead of this computer's")
            }
            (Self::En, false) => {
                format!("The clock of {person} is {how_much} behind this computer's")
            }
            (Self::Ko, true) => {
                format!("{person}의 시계가 이 컴퓨터보다 {how_much} 빠릅니다")
            }
            (Self::Ko, false) => format!("{person}의 시계가 이 컴퓨터보다 {how_much} 느립니다"),
        }
    }

    fn namesake(self, contacts: &Contacts, key: &PublicKey, known: &PublicKey) -> String {
        let (name, key) = (self.label(contacts, key), short(key));
        match self {
            Self::En => {
                let known = self.label(contacts, known);
                format!("This {name} is not the {known} you know: the key is different ({key})")
            }
            Self::Ko => {
                let known = Particle::Subject.after(&self.person(contacts, known));
                format!("이 {name} 님은 알고 계신 {known} 아닙니다. 키({key})가 다릅니다")
            }
        }
    }

    fn ended(
        self,
        contacts: &Contacts,
        peer: IpAddr,
        key: Option<PublicKey>,
        reason: EndReason,
    ) -> String {
        let who = match (self, key) {
            (_, Some(key)) => self.person(contacts, &key),
            (Self::En, None) => peer.to_string(),
            (Self::Ko, None) => format!("{peer} 쪽"),
        };
        // In Korean, people do something, but things happen at an address.
        let by = match key {
            Some(_) => Particle::Subject.after(&who),
            None => format!("{who}에서"),
        };
        let with = Particle::With.after(&who);
        match (self, reason) {
            (Self::En, EndReason::PeerLeft) => format!("{who} disconnected"),
            (Self::Ko, EndReason::PeerLeft) => format!("{by} 연결을 끊었습니다"),
            (Self::En, EndReason::Lost) => format!("Connection to {who} lost"),
            (Self::Ko, EndReason::Lost) => format!("{with}의 연결이 끊어졌습니다"),
            (Self::En, EndReason::StoreOpened) => {
                format!("Reconnecting with {who}, now that saved contacts can be read")
            }
            (Self::Ko, EndReason::StoreOpened) => {
                format!("저장된 대화 상대를 읽을 수 있게 되어 {with} 다시 연결합니다")
            }
            (Self::En, EndReason::ExitReceived) => format!("{who} ended the chat with #exit"),
            (Self::Ko, EndReason::ExitReceived) => format!("{by} #exit로 대화를 끝냈습니다"),
            (Self::En, EndReason::ExitSent) => "You ended the chat with #exit".to_owned(),
            (Self::Ko, EndReason::ExitSent) => "#exit로 대화를 끝냈습니다".to_owned(),
            (Self::En, EndReason::Disconnected | EndReason::CalledAnother) => {
                "You disconnected".to_owned()
            }
            (Self::Ko, EndReason::Disconnected | EndReason::CalledAnother) => {
                "연결을 끊었습니다".to_owned()
            }
            (Self::En, EndReason::GaveWay) => {
                format!("{who} said nothing, so another caller was let in")
            }
            (Self::Ko, EndReason::GaveWay) => {
                format!("{by} 응답하지 않아 다른 연결을 받았습니다")
            }
            (Self::En, EndReason::CameBack) => format!("{who} is reconnecting"),
            (Self::Ko, EndReason::CameBack) => format!("{by} 다시 연결하고 있습니다"),
            (Self::En, EndReason::Replaced) => {
                format!("You connected to {who} again, here or in another window")
            }
            (Self::Ko, EndReason::Replaced) => {
                format!("이 창이나 다른 창에서 {with} 다시 연결했습니다")
            }
            (Self::En, EndReason::Silent) => {
                format!("{who} stopped responding, so the connection was closed")
            }
            (Self::Ko, EndReason::Silent) => {
                format!("{by} 오랫동안 응답하지 않아 연결을 종료했습니다")
            }
            (Self::En, EndReason::Misbehaved) => {
                format!("{who} sent invalid data, so the connection was closed")
            }
            (Self::Ko, EndReason::Misbehaved) => {
                format!("{by} 잘못된 데이터를 보내 연결을 종료했습니다")
            }
            (Self::En, EndReason::TurnedEncrypted) => format!(
                "{who} started to encrypt after plain text was sent, so the connection was closed"
            ),
            (Self::Ko, EndReason::TurnedEncrypted) => {
                format!("암호화 없이 메시지를 보낸 뒤에 {by} 암호화를 시작해 연결을 종료했습니다")
            }
            (Self::En, EndReason::TookEnough) => {
                format!("You chose to take no more from {who} today, so the conversation was ended")
            }
            (Self::Ko, EndReason::TookEnough) => {
                format!("{by} 보내는 메시지를 오늘은 더 받지 않기로 하여 연결을 종료했습니다")
            }
            (Self::En, EndReason::Blocked) => format!("You blocked {who}"),
            (Self::Ko, EndReason::Blocked) => {
                format!("{} 차단했습니다", Particle::Object.after(&who))
            }
        }
    }
}
