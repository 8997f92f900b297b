//! Notices: what happened that is not part of a conversation.

use std::net::IpAddr;

use super::particles::Particle;
use crate::{
    chat::{contacts::Contacts, notices::Notice},
    identity::PeerId,
    lang::Lang,
    net::Rejection,
};

impl Lang {
    /// A notice, in a sentence or two.
    pub fn notice(self, notice: &Notice, contacts: &Contacts) -> String {
        match notice {
            Notice::SettingsDamaged(path) => {
                format!("{} {}", self.damaged_settings(), path.display())
            }
            Notice::SettingsUnsaved => self.settings_unsaved().to_owned(),
            Notice::FurtherProfile { number, .. } => self.further_profile(*number),
            Notice::NoFirst => self.no_first().to_owned(),
            Notice::Store(error) => self.store_error(*error),
            Notice::StoreClosed(error) => self.store_closed(*error),
            Notice::StoreWell => self.store_well().to_owned(),
            Notice::StoreSetAside(path) => {
                format!("{} {}", self.store_set_aside(), path.display())
            }
            Notice::Salvaged(Ok(salvage)) => self.salvaged(*salvage),
            Notice::Salvaged(Err(error)) => {
                format!("{} {}", self.salvage_error(*error), self.contacts_lost())
            }
            Notice::Copied => self.copied().to_owned(),
            Notice::NameChanged => self.name_changed().to_owned(),
            Notice::InviteCopied { only_here: false } => self.invite_copied().to_owned(),
            Notice::InviteCopied { only_here: true } => {
                format!("{} {}.", self.invite_copied(), self.only_this_computer())
            }
            Notice::IndexEnded => self.index_ended().to_owned(),
            Notice::InviteWaits => self.invite_waits().to_owned(),
            Notice::BadInvite(error) => self.invite_error(*error).to_owned(),
            Notice::NoInvite => self.no_invite().to_owned(),
            Notice::Exported(path) => self.exported(path),
            Notice::ExportFailed(error) => self.export_error(*error),
            Notice::Cleared(peer_id) => self.cleared(contacts, peer_id.as_ref()),
            Notice::Arrived(peer_id) => self.has_connected(contacts, peer_id),
            Notice::CallersRejected { why, from, count } => self.rejected(*why, *from, *count),
            Notice::UnknownRefused => self.unknown_refused().to_owned(),
            Notice::CantSendFiles(why) => self.cant_send_files(*why).to_owned(),
            Notice::NotOffered(failed) => self.not_offered(contacts, failed),
            Notice::LeftOut {
                folder,
                has_more,
                count,
            } => self.left_out(folder, *has_more, *count),
            Notice::PictureUnsaved(error) => self.picture_unsaved(*error),
            Notice::NoFileDialog => self.no_file_dialog().to_owned(),
        }
    }

    fn has_connected(self, contacts: &Contacts, peer_id: &PeerId) -> String {
        match (self, peer_id) {
            (Self::En, _) => format!("{} has connected.", self.peer_id(contacts, peer_id)),
            (Self::Ko, PeerId::Address(address)) => format!("{address}에서 연결했습니다."),
            (Self::Ko, PeerId::Key(_)) => {
                let who = self.peer_in_sentence(contacts, peer_id);
                format!("{} 연결했습니다.", Particle::Subject.after(&who))
            }
        }
    }

    fn rejected(self, why: Rejection, from: IpAddr, count: u32) -> String {
        let calls = match (self, count) {
            (Self::En, 1) => format!("Connection from {from} declined"),
            (Self::Ko, 1) => format!("{from}의 연결을 거절했습니다"),
            (Self::En, _) => format!("{count} connections declined, the last from {from}"),
            (Self::Ko, _) => format!("연결 {count}번을 거절했습니다. 마지막 연결: {from}"),
        };
        let because = match (self, why) {
            (Self::En, Rejection::Busy) => "you were in a conversation",
            (Self::Ko, Rejection::Busy) => "이미 대화 중이었습니다",
            (Self::En, Rejection::Plain) => "plain text is not allowed",
            (Self::Ko, Rejection::Plain) => "암호화되지 않은 연결은 허용하지 않습니다",
            (Self::En, Rejection::Http) => "it was a web page or a browser, not a chat program",
            (Self::Ko, Rejection::Http) => "대화 프로그램이 아니라 웹 페이지나 브라우저였습니다",
            (Self::En, Rejection::OwnKey) => "it has your own key",
            (Self::Ko, Rejection::OwnKey) => "나와 같은 키를 쓰고 있습니다",
            (Self::En, Rejection::TooManyPending) => "too many were waiting for your answer",
            (Self::Ko, Rejection::TooManyPending) => "수락을 기다리는 사람이 너무 많았습니다",
            (Self::En, Rejection::AskedRecently) => {
                "you were asked about the same address not long ago"
            }
            (Self::Ko, Rejection::AskedRecently) => {
                "같은 주소의 요청을 물어본 지 얼마 되지 않았습니다"
            }
            (Self::En, Rejection::NoIdentity) => "this program has no key to encrypt with",
            (Self::Ko, Rejection::NoIdentity) => "이 프로그램에 암호화할 키가 없습니다",
        };
        match self {
            Self::En => format!("{calls}: {because}"),
            Self::Ko => format!("{calls} ({because})"),
        }
    }
}
