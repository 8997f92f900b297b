//! Texts about files: what becomes of them, and why they can't be sent.

use std::{io::ErrorKind, path::Path, time::Duration};

use crate::{
    chat::{CantSend, contacts::Contacts, notices::NotOffered},
    identity::PublicKey,
    lang::Lang,
    net::OfferError,
};

impl Lang {
    /// Over the window while files are dragged over it.
    pub fn drop_to_send(self, contacts: &Contacts, to: &PublicKey) -> String {
        let person = self.person(contacts, to);
        match self {
            Self::En => format!("Drop here to send to {person}"),
            Self::Ko => format!("여기에 놓으면 {person}에게 보냅니다"),
        }
    }

    /// Why no files can be sent in the conversation that is shown.
    pub fn cant_send_files(self, why: CantSend) -> &'static str {
        match why {
            CantSend::NoConversation => self.no_conversation_for_files(),
            CantSend::Plain => self.not_in_plain_text(),
            CantSend::NeedsNewer => self.lacks_files(),
            CantSend::Blocked => self.blocked_no_writing(),
            CantSend::NoStore => self.no_store_for_files(),
        }
    }

    /// Whether to send what was pasted.
    pub fn send_to_question(self, contacts: &Contacts, to: &PublicKey) -> String {
        let person = self.person(contacts, to);
        match self {
            Self::En => format!("Send to {person}?"),
            Self::Ko => format!("{person}에게 보낼까요?"),
        }
    }

    /// Below the names of some files.
    pub fn and_more_files(self, count: usize) -> String {
        match self {
            Self::En => format!("and {count} more"),
            Self::Ko => format!("외 {count}개"),
        }
    }

    /// How far a file has come: "12.3 MB of 40 MB".
    pub fn bytes_of(self, moved: u64, size: u64) -> String {
        let (moved, size) = (self.bytes(moved), self.bytes(size));
        match self {
            Self::En => format!("{moved} of {size}"),
            Self::Ko => format!("{size} 중 {moved}"),
        }
    }

    /// How fast it is moving: "5.1 MB/s".
    pub fn bytes_per_second(self, bytes: u64) -> String {
        match self {
            Self::En | Self::Ko => format!("{}/s", self.bytes(bytes)),
        }
    }

    /// How long it will take.
    pub fn time_left(self, left: Duration) -> String {
        let seconds = left.as_secs().max(1);
        let (number, en, ko) = match seconds {
            0..60 => (seconds, "s", "초"),
            60..3600 => (seconds.div_ceil(60), "min", "분"),
            _ => (seconds.div_ceil(3600), "h", "시간"),
        };
        match self {
            Self::En => format!("{number} {en} left"),
            Self::Ko => format!("{number}{ko} 남음"),
        }
    }

    /// While a file is read before it is offered.
    pub fn preparing_file(self, percent: Option<u64>) -> String {
        let words = self.file_preparing();
        percent.map_or(words.to_owned(), |percent| format!("{words} {percent}%"))
    }

    /// How many files a folder has.
    pub fn files_count(self, count: u64) -> String {
        let number = super::grouped(count);
        match (self, count) {
            (Self::En, 1) => "1 file".to_owned(),
            (Self::En, _) => format!("{number} files"),
            (Self::Ko, _) => format!("파일 {number}개"),
        }
    }

    /// Where a file will be received.
    pub fn saved_in(self, folder: &Path) -> String {
        let folder = folder.display();
        match self {
            Self::En => format!("Will be saved in {folder}"),
            Self::Ko => format!("저장할 위치: {folder}"),
        }
    }

    /// A file is larger than this, which can be received.
    pub fn too_little_space(self, free: u64) -> String {
        let free = self.bytes(free);
        match self {
            Self::En => format!("There isn't enough space on the disk: {free} can be used."),
            Self::Ko => format!("디스크 공간이 부족합니다. 쓸 수 있는 공간: {free}"),
        }
    }

    /// Before a file is opened that can run.
    pub fn open_question(self, name: &str) -> String {
        match self {
            Self::En => format!("Open “{name}”?"),
            Self::Ko => format!("‘{name}’ 파일을 열까요?"),
        }
    }

    /// Files up to this size are accepted without a question.
    pub fn accept_up_to(self, bytes: Option<u64>) -> String {
        let Some(bytes) = bytes else {
            return self.always_ask().to_owned();
        };
        let size = self.whole_bytes(bytes);
        match self {
            Self::En => format!("Up to {size}"),
            Self::Ko => format!("{size}까지"),
        }
    }

    /// In the list of conversations, to a screen reader.
    pub fn file_named(self, name: &str) -> String {
        match self {
            Self::En => format!("File: {name}"),
            Self::Ko => format!("파일: {name}"),
        }
    }

    /// On a picture: what a click does.
    pub fn show_large(self, name: &str) -> String {
        match self {
            Self::En => format!("{name}, show large"),
            Self::Ko => format!("{name}, 크게 보기"),
        }
    }

    /// Why a file or folder could not be offered.
    pub fn offer_error(self, why: OfferError) -> &'static str {
        match (self, why) {
            (Self::En, OfferError::NotFound) => "It isn't there any more.",
            (Self::Ko, OfferError::NotFound) => "파일을 찾을 수 없습니다.",
            (Self::En, OfferError::NoPermission) => "You have no permission to read it.",
            (Self::Ko, OfferError::NoPermission) => "읽을 권한이 없습니다.",
            (Self::En, OfferError::NotAFile) => "It is neither a file nor a folder.",
            (Self::Ko, OfferError::NotAFile) => "파일도 폴더도 아닙니다.",
            (Self::En, OfferError::TooLarge) => "It is larger than 1 TB.",
            (Self::Ko, OfferError::TooLarge) => "1 TB보다 큽니다.",
            (Self::En, OfferError::TooMany) => {
                "It has more than 100,000 files, or a name in it is too long."
            }
            (Self::Ko, OfferError::TooMany) => {
                "파일이 100,000개보다 많거나 너무 긴 이름이 들어 있습니다."
            }
            (Self::En, OfferError::SameName) => {
                "Two names in the folder would be the same on other systems."
            }
            (Self::Ko, OfferError::SameName) => {
                "다른 시스템에서는 같은 이름이 되는 파일이 폴더에 있습니다."
            }
            (Self::En, OfferError::Changed) => "It was changed while it was being read.",
            (Self::Ko, OfferError::Changed) => "읽는 동안 내용이 바뀌었습니다.",
            (Self::En, OfferError::Busy) => "Too many files are being prepared. Try again later.",
            (Self::Ko, OfferError::Busy) => {
                "준비 중인 파일이 너무 많습니다. 잠시 후 다시 시도하세요."
            }
            (Self::En, OfferError::Picture) => {
                "The place where it was taken can't be removed from a picture, so it wasn't sent. \
                 The settings can allow it."
            }
            (Self::Ko, OfferError::Picture) => {
                "사진에서 촬영 위치를 지울 수 없어 보내지 않았습니다. 설정에서 위치 포함을 허용할 수 있습니다."
            }
            (Self::En | Self::Ko, OfferError::Cancelled) => self.file_cancelled_by_me(),
            (Self::En | Self::Ko, OfferError::Other(_)) => self.file_unreadable(),
        }
    }

    /// An offer failed in a conversation that is not shown, and this number of others too.
    pub fn not_offered(self, contacts: &Contacts, failed: &NotOffered) -> String {
        let NotOffered {
            to,
            name,
            why,
            more,
        } = failed;
        let person = self.person(contacts, to);
        let mut words = match self {
            Self::En => format!("“{name}” wasn't sent to {person}."),
            Self::Ko => format!("‘{name}’ 파일을 {person}에게 보내지 못했습니다."),
        };
        if let Some(why) = why {
            words = format!("{words} {}", self.offer_error(*why));
        }
        match (self, more) {
            (_, 0) => words,
            (Self::En, 1) => format!("{words} 1 more file wasn't sent."),
            (Self::En, _) => format!("{words} {more} more files weren't sent."),
            (Self::Ko, _) => format!("{words} 그 밖에 {more}개도 보내지 못했습니다."),
        }
    }

    /// Links and devices in a folder, or in several, were not sent with it.
    pub fn left_out(self, folder: &str, has_more: bool, count: u64) -> String {
        let number = super::grouped(count);
        match (self, has_more) {
            (Self::En, false) if count == 1 => {
                format!("1 link or device in “{folder}” isn't sent: only files and folders are.")
            }
            (Self::En, false) => {
                format!(
                    "{number} links or devices in “{folder}” aren't sent: only files and folders are."
                )
            }
            (Self::En, true) => {
                format!(
                    "{number} links or devices in “{folder}” and other folders aren't sent: only \
                     files and folders are."
                )
            }
            (Self::Ko, false) => {
                format!("‘{folder}’ 폴더의 링크나 장치 {number}개는 보내지 않습니다.")
            }
            (Self::Ko, true) => {
                format!("‘{folder}’ 등 여러 폴더의 링크나 장치 {number}개는 보내지 않습니다.")
            }
        }
    }

    /// Of offers that were declined because too many waited for an answer.
    pub fn declined_offers(self, count: u32) -> String {
        let number = super::grouped(u64::from(count));
        match (self, count) {
            (Self::En, 1) => "1 more file was declined: too many wait for your answer.".to_owned(),
            (Self::En, _) => {
                format!("{number} more files were declined: too many wait for your answer.")
            }
            (Self::Ko, _) => {
                format!("대답을 기다리는 파일이 너무 많아 {number}개를 더 거절했습니다.")
            }
        }
    }

    /// A picture that was pasted could not be written into a file.
    pub fn picture_unsaved(self, error: ErrorKind) -> String {
        if matches!(error, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
            return self.disk_is_full().to_owned();
        }
        match self {
            Self::En => format!("The pasted picture can't be saved: {error}."),
            Self::Ko => format!("붙여 넣은 그림을 저장할 수 없습니다({error})."),
        }
    }

    /// In the title of the window while files move.
    pub fn title_progress(self, percent: u64) -> String {
        match self {
            Self::En | Self::Ko => format!("{percent}%"),
        }
    }
}
