//! What is said about conversations that are kept: the list, searching, exports, erasing.

use std::{io::ErrorKind, path::Path};

use jiff::civil::{Date, DateTime};

use crate::{
    chat::contacts::Contacts,
    gui::locale::grouped,
    history::{ExportError, ExportFormat, ExportWords, MOST_UNREAD},
    identity::Party,
    lang::Lang,
};

impl Lang {
    /// What to call the other side of a conversation.
    pub fn party(self, contacts: &Contacts, party: &Party) -> String {
        match party {
            Party::Key(key) => contacts.label(key),
            Party::Address(address) => address.clone(),
        }
    }

    /// The same in a sentence; see [`Self::person`].
    fn party_in_sentence(self, contacts: &Contacts, party: &Party) -> String {
        match (self, party) {
            (_, Party::Key(key)) => self.person(contacts, key),
            (Self::En, Party::Address(address)) => address.clone(),
            (Self::Ko, Party::Address(address)) => format!("{address} 쪽"),
        }
    }

    /// "14:03", with the day where it is another one than `today`.
    pub fn moment(self, at: DateTime, today: Date) -> String {
        let time = self.time(at.time());
        if at.date() == today {
            time
        } else {
            format!("{}, {time}", self.day(at.date(), today))
        }
    }

    /// "3 unread"
    pub fn unread_count(self, count: u64) -> String {
        let more = if count >= MOST_UNREAD { "+" } else { "" };
        let count = grouped(count);
        match self {
            Self::En => format!("{count}{more} unread"),
            Self::Ko => format!("읽지 않음 {count}{more}"),
        }
    }

    /// "2 waiting": messages of ours that are not delivered yet.
    pub fn waiting_count(self, count: u64) -> String {
        match self {
            Self::En => format!("{} waiting", grouped(count)),
            Self::Ko => format!("전달 대기 {}", grouped(count)),
        }
    }

    /// Above what a search has found.
    pub fn found(self, count: usize, more: bool) -> String {
        let number = grouped(count as u64);
        match (self, count, more) {
            (_, 0, _) => self.nothing_found().to_owned(),
            (Self::En, _, true) => format!("More than {number} found; these are the newest."),
            (Self::Ko, _, true) => format!("{number}개 넘게 찾았습니다. 최신 것만 보입니다."),
            (Self::En, _, false) => format!("{number} found."),
            (Self::Ko, _, false) => format!("{number}개를 찾았습니다."),
        }
    }

    /// Below it, while the index does not have everything.
    pub fn index_behind(self, count: u64) -> String {
        let number = grouped(count);
        match (self, count) {
            (Self::En, 1) => {
                "The index is still being made; 1 message is not searched yet.".to_owned()
            }
            (Self::En, _) => {
                format!("The index is still being made; {number} messages are not searched yet.")
            }
            (Self::Ko, _) => {
                format!("색인을 아직 만들고 있습니다. 메시지 {number}개는 아직 검색되지 않습니다.")
            }
        }
    }

    /// A message that was found, in words.
    pub fn hit(self, heading: &str, line: &str) -> String {
        match self {
            Self::En | Self::Ko => format!("{heading}: {line}"),
        }
    }

    /// So much room in words: "12.3 MB".
    pub fn bytes(self, bytes: u64) -> String {
        const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
        let mut size = bytes as f64 / 1000.0;
        let mut units = UNITS.iter();
        let mut unit = units.next().unwrap_or(&"");
        for larger in units {
            // What would be rounded up to 1000.
            if size < 999.5 {
                break;
            }
            size /= 1000.0;
            unit = larger;
        }
        let decimals = usize::from(size < 99.95);
        match self {
            Self::En | Self::Ko => format!("{size:.decimals$} {unit}"),
        }
    }

    /// How much room it takes, once that is known.
    pub fn on_disk(self, bytes: Option<u64>) -> String {
        let size = bytes.map_or_else(|| "…".to_owned(), |bytes| self.bytes(bytes));
        match self {
            Self::En => format!("On the disk: {size}"),
            Self::Ko => format!("디스크 사용량: {size}"),
        }
    }

    /// Where a conversation will be written.
    pub fn export_into(self, folder: &Path) -> String {
        match self {
            Self::En => format!("Into a new file in {}", folder.display()),
            Self::Ko => format!("새 파일을 만들 폴더: {}", folder.display()),
        }
    }

    /// What a conversation is written as.
    pub fn export_format(self, format: ExportFormat) -> &'static str {
        match format {
            ExportFormat::Markdown => "Markdown",
            ExportFormat::Json => "JSON",
            ExportFormat::Text => self.text_file(),
        }
    }

    /// On the button that writes it.
    pub fn export_as(self, format: ExportFormat) -> String {
        let format = self.export_format(format);
        match self {
            Self::En => format!("Export this conversation as {format}"),
            Self::Ko => format!("이 대화 내보내기: {format}"),
        }
    }

    /// It was.
    pub fn exported(self, path: &Path) -> String {
        format!("{} {}", self.exported_as(), path.display())
    }

    /// It was not.
    pub fn export_error(self, error: ExportError) -> String {
        let reason = match (self, error) {
            (_, ExportError::Store(error)) => return self.store_error(error),
            (Self::En, ExportError::Io(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) => {
                "the disk is full".to_owned()
            }
            (Self::Ko, ExportError::Io(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) => {
                "디스크에 빈 공간이 없습니다".to_owned()
            }
            (
                Self::En,
                ExportError::Io(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
            ) => "writing there is not permitted".to_owned(),
            (
                Self::Ko,
                ExportError::Io(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
            ) => "그 폴더에 쓸 권한이 없습니다".to_owned(),
            (Self::En, ExportError::Io(ErrorKind::NotFound | ErrorKind::NotADirectory)) => {
                "the folder does not exist".to_owned()
            }
            (Self::Ko, ExportError::Io(ErrorKind::NotFound | ErrorKind::NotADirectory)) => {
                "그 폴더가 없습니다".to_owned()
            }
            (_, ExportError::Io(kind)) => kind.to_string(),
        };
        match self {
            Self::En => format!("The conversation can't be exported: {reason}."),
            Self::Ko => format!("대화를 내보낼 수 없습니다. 이유: {reason}."),
        }
    }

    /// What an export says beside the messages.
    pub fn export_words(self) -> ExportWords {
        let (needs_newer, missed) = match self {
            Self::En => (
                "Something came that only a newer Duologue can show",
                "Messages that went to another copy of this data",
            ),
            Self::Ko => (
                "더 새로운 Duologue에서만 볼 수 있는 내용",
                "이 데이터의 다른 사본으로 간 메시지 수",
            ),
        };
        ExportWords {
            me: self.you().to_owned(),
            waiting: self.waiting().to_owned(),
            cancelled: self.cancelled().to_owned(),
            not_sent: self.not_sent().to_owned(),
            needs_newer: needs_newer.to_owned(),
            missed: missed.to_owned(),
        }
    }

    /// Before what was said is erased: with somebody, or everything.
    pub fn clear_question(self, contacts: &Contacts, party: Option<&Party>) -> String {
        let whom = party.map(|party| self.party_in_sentence(contacts, party));
        let question = match (self, whom) {
            (Self::En, Some(whom)) => format!("Erase everything said with {whom}?"),
            (Self::Ko, Some(whom)) => format!("{whom}과 나눈 말을 모두 지울까요?"),
            (Self::En, None) => "Erase everything said with anybody?".to_owned(),
            (Self::Ko, None) => "모든 사람과 나눈 말을 다 지울까요?".to_owned(),
        };
        format!("{question} {}", self.cant_be_undone())
    }

    /// On the button that does so.
    pub fn clear_it(self, contacts: &Contacts, party: Option<&Party>) -> String {
        let whom = party.map(|party| self.party(contacts, party));
        match (self, whom) {
            (Self::En, Some(whom)) => format!("Erase: {whom}"),
            (Self::Ko, Some(whom)) => format!("지우기: {whom}"),
            (Self::En, None) => "Erase everything".to_owned(),
            (Self::Ko, None) => "모두 지우기".to_owned(),
        }
    }

    /// It is done.
    pub fn cleared(self, contacts: &Contacts, party: Option<&Party>) -> String {
        let whom = party.map(|party| self.party_in_sentence(contacts, party));
        match (self, whom) {
            (Self::En, Some(whom)) => format!("Everything said with {whom} is erased."),
            (Self::Ko, Some(whom)) => format!("{whom}과 나눈 말을 모두 지웠습니다."),
            (Self::En, None) => "Everything said with anybody is erased.".to_owned(),
            (Self::Ko, None) => "모든 사람과 나눈 말을 다 지웠습니다.".to_owned(),
        }
    }
}

/// What is said here, for checking that the fonts have it.
#[cfg(test)]
pub(super) fn samples(lang: Lang, contacts: &Contacts) -> Vec<String> {
    let words = lang.export_words();
    let address = Party::Address("10.0.0.1".to_owned());
    let mut said = vec![
        lang.unread_count(MOST_UNREAD),
        lang.waiting_count(2),
        lang.found(0, false),
        lang.found(3, false),
        lang.found(200, true),
        lang.index_behind(1),
        lang.index_behind(1_234),
        lang.on_disk(None),
        lang.on_disk(Some(12_345_678)),
        lang.export_into(Path::new("Downloads")),
        lang.exported(Path::new("Downloads")),
        words.needs_newer,
        words.missed,
    ];
    for format in [
        ExportFormat::Markdown,
        ExportFormat::Json,
        ExportFormat::Text,
    ] {
        said.push(lang.export_as(format));
    }
    for party in [None, Some(&address)] {
        said.push(lang.clear_question(contacts, party));
        said.push(lang.clear_it(contacts, party));
        said.push(lang.cleared(contacts, party));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn sizes_are_short() {
        for (bytes, said) in [
            (0, "0.0 kB"),
            (4_096, "4.1 kB"),
            (99_940, "99.9 kB"),
            (99_960, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (12_345_678, "12.3 MB"),
            (3_210_000_000, "3.2 GB"),
            (5_000_000_000_000_000, "5000 TB"),
        ] {
            assert_eq!(Lang::En.bytes(bytes), said);
        }
    }

    #[test]
    fn the_day_stands_where_it_is_another() {
        let today = date(2026, 11, 22);
        let at = |day: Date| day.at(14, 3, 0, 0);
        assert_eq!(Lang::En.moment(at(today), today), "14:03");
        assert_eq!(
            Lang::Ko.moment(at(date(2026, 11, 20)), today),
            "11월 20일 금요일, 14:03"
        );
    }

    #[test]
    fn counts_that_are_cut_say_so() {
        assert_eq!(Lang::En.unread_count(3), "3 unread");
        assert_eq!(Lang::En.unread_count(MOST_UNREAD), "1,000+ unread");
        assert_eq!(
            Lang::En.found(200, true),
            "More than 200 found; these are the newest."
        );
    }

    #[test]
    fn whatever_hinders_an_export_is_a_sentence_of_its_own() {
        let kinds = [
            ErrorKind::StorageFull,
            ErrorKind::PermissionDenied,
            ErrorKind::NotFound,
            ErrorKind::Other,
        ];
        for lang in Lang::ALL {
            let said = kinds.map(|kind| lang.export_error(ExportError::Io(kind)));
            for (number, sentence) in said.iter().enumerate() {
                assert!(sentence.ends_with('.'), "{sentence}");
                assert!(!said.iter().skip(number + 1).any(|other| other == sentence));
            }
        }
    }
}
