//! The history: the list of conversations, search, exports, erasing.

use std::path::Path;

use jiff::civil::{Date, DateTime};

use crate::{
    chat::contacts::Contacts,
    gui::locale::{grouped, particles::Particle},
    history::{ExportFormat, ExportWords, MOST_UNREAD},
    identity::PeerId,
    lang::Lang,
};

impl Lang {
    /// The name of the other side of a conversation.
    pub fn peer_id(self, contacts: &Contacts, peer_id: &PeerId) -> String {
        match peer_id {
            PeerId::Key(key) => self.label(contacts, key),
            PeerId::Address(address) => address.to_string(),
        }
    }

    /// The other side of a conversation in a sentence; see [`Self::person`].
    pub(super) fn peer_in_sentence(self, contacts: &Contacts, peer_id: &PeerId) -> String {
        match (self, peer_id) {
            (_, PeerId::Key(key)) => self.person(contacts, key),
            (Self::En, PeerId::Address(address)) => address.to_string(),
            (Self::Ko, PeerId::Address(address)) => format!("{address} 쪽"),
        }
    }

    /// "14:03", with the day if it is not `today`.
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

    /// "2 waiting": undelivered messages of ours.
    pub fn waiting_count(self, count: u64) -> String {
        match self {
            Self::En => format!("{} waiting", grouped(count)),
            Self::Ko => format!("보내기 대기 {}", grouped(count)),
        }
    }

    /// Above the hits of a search.
    pub fn found(self, count: usize, more: bool) -> String {
        let number = grouped(count as u64);
        match (self, count, more) {
            (_, 0, _) => self.nothing_found().to_owned(),
            (Self::En, _, true) => format!("{number}+ results, newest first"),
            (Self::Ko, _, true) => format!("검색 결과 {number}개 이상, 최신순"),
            (Self::En, 1, false) => "1 result".to_owned(),
            (Self::En, _, false) => format!("{number} results"),
            (Self::Ko, _, false) => format!("검색 결과 {number}개"),
        }
    }

    /// Below that, while the index is incomplete.
    pub fn index_behind(self, count: u64) -> String {
        let number = grouped(count);
        match (self, count) {
            (Self::En, 1) => "Indexing: 1 message can't be found yet.".to_owned(),
            (Self::En, _) => {
                format!("Indexing: {number} messages can't be found yet.")
            }
            (Self::Ko, _) => {
                format!("색인을 만드는 중입니다. 메시지 {number}개는 아직 검색되지 않습니다.")
            }
        }
    }

    /// Below that, if the index has no room for some messages.
    pub fn index_leaves_out(self, count: u64) -> String {
        let number = grouped(count);
        match (self, count) {
            (Self::En, 1) => {
                "1 message isn't searched, because that would take too much space.".to_owned()
            }
            (Self::En, _) => {
                format!(
                    "{number} messages aren't searched, because that would take too much space."
                )
            }
            (Self::Ko, _) => {
                format!("메시지 {number}개는 저장 공간이 너무 많이 필요해 검색하지 않습니다.")
            }
        }
    }

    /// The name of a hit for a screen reader.
    pub fn hit(self, heading: &str, line: &str) -> String {
        match self {
            Self::En | Self::Ko => format!("{heading}: {line}"),
        }
    }

    /// A size: "12.3 MB".
    pub fn bytes(self, bytes: u64) -> String {
        const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
        if bytes < 1000 {
            return format!("{bytes} B");
        }
        let mut size = bytes as f64 / 1000.0;
        let mut units = UNITS.iter();
        let mut unit = units.next().unwrap_or(&"");
        for larger in units {
            // More would be rounded up to 1000.
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

    /// A size without decimals: "200 MB".
    pub fn whole_bytes(self, bytes: u64) -> String {
        self.bytes(bytes).replace(".0 ", " ")
    }

    /// How much space the history takes, once that is known.
    pub fn on_disk(self, bytes: Option<u64>) -> String {
        let size = bytes.map_or_else(|| "…".to_owned(), |bytes| self.bytes(bytes));
        match self {
            Self::En => format!("Disk usage: {size}"),
            Self::Ko => format!("디스크 사용량: {size}"),
        }
    }

    /// Where a conversation will be exported to.
    pub fn export_into(self, folder: &Path) -> String {
        match self {
            Self::En => format!("Creates a new file in {}", folder.display()),
            Self::Ko => format!("새 파일을 만들 폴더: {}", folder.display()),
        }
    }

    /// The format of an export.
    pub fn export_format(self, format: ExportFormat) -> &'static str {
        match format {
            ExportFormat::Markdown => "Markdown",
            ExportFormat::Json => "JSON",
            ExportFormat::Text => self.text_file(),
        }
    }

    /// The name of the button that exports.
    pub fn export_as(self, format: ExportFormat) -> String {
        let format = self.export_format(format);
        match self {
            Self::En => format!("Export this conversation as {format}"),
            Self::Ko => format!("이 대화 내보내기: {format}"),
        }
    }

    /// After an export.
    pub fn exported(self, path: &Path) -> String {
        format!("{} {}", self.exported_to(), path.display())
    }

    /// Which of the hits is shown: "3/12".
    pub fn hit_of(self, number: usize, count: usize, more: bool) -> String {
        let more = if more { "+" } else { "" };
        match self {
            Self::En | Self::Ko => format!("{number}/{count}{more}"),
        }
    }

    /// What an export says besides the messages.
    pub fn export_words(self) -> ExportWords {
        let (edited, deleted, file) = match self {
            Self::En => ("edited", "deleted", "file"),
            Self::Ko => ("수정됨", "삭제됨", "파일"),
        };
        let (needs_newer, missed) = match self {
            Self::En => (
                "A message that needs a newer version of Duologue",
                "Messages that went to another copy of this data, as the other side says",
            ),
            Self::Ko => (
                "더 새로운 버전의 Duologue에서만 볼 수 있는 메시지",
                "이 데이터의 다른 사본으로 전달된 메시지 수(상대방에 따르면)",
            ),
        };
        ExportWords {
            me: self.you().to_owned(),
            waiting: self.waiting().to_owned(),
            cancelled: self.cancelled().to_owned(),
            not_sent: self.not_sent().to_owned(),
            edited: edited.to_owned(),
            deleted: deleted.to_owned(),
            file: file.to_owned(),
            needs_newer: needs_newer.to_owned(),
            missed: missed.to_owned(),
        }
    }

    /// Before messages are kept no more: what becomes of those kept so far, once it is known how many these are.
    pub fn stop_keeping_question(self, kept: Option<u64>) -> String {
        let question = match (self, kept) {
            (Self::En, _) => format!(
                "From now on, messages will be erased when a conversation ends. Also erase {}?",
                self.kept_so_far(kept)
            ),
            (Self::Ko, _) => format!(
                "이제부터 대화가 끝나면 대화 내용을 삭제합니다. {}도 삭제할까요?",
                self.kept_so_far(kept)
            ),
        };
        format!("{question} {}", self.cant_be_undone())
    }

    /// The button that also erases the messages kept so far.
    pub fn also_kept_so_far(self, kept: Option<u64>) -> String {
        let kept = self.kept_so_far(kept);
        match self {
            Self::En => format!("Also {kept}"),
            Self::Ko => format!("{kept}도 삭제"),
        }
    }

    fn kept_so_far(self, kept: Option<u64>) -> String {
        match (self, kept) {
            (Self::En, None) => "the messages kept so far".to_owned(),
            (Self::Ko, None) => "지금까지 보관한 메시지".to_owned(),
            (Self::En, Some(1)) => "the 1 message kept so far".to_owned(),
            (Self::En, Some(kept)) => format!("the {} messages kept so far", grouped(kept)),
            (Self::Ko, Some(kept)) => format!("지금까지 보관한 메시지 {}개", grouped(kept)),
        }
    }

    /// Before the messages of a conversation, or of all, are erased.
    pub fn clear_question(self, contacts: &Contacts, peer_id: Option<&PeerId>) -> String {
        let whom = peer_id.map(|peer_id| self.peer_in_sentence(contacts, peer_id));
        let question = match (self, whom) {
            (Self::En, Some(whom)) => format!("Erase all messages with {whom}?"),
            (Self::Ko, Some(whom)) => {
                let with = Particle::With.after(&whom);
                format!("{with} 나눈 대화 내용을 모두 삭제할까요?")
            }
            (Self::En, None) => "Erase the messages of all conversations?".to_owned(),
            (Self::Ko, None) => "모든 대화 내용을 삭제할까요?".to_owned(),
        };
        format!("{question} {}", self.cant_be_undone())
    }

    /// The button that erases them.
    pub fn clear_it(self, contacts: &Contacts, peer_id: Option<&PeerId>) -> String {
        let whom = peer_id.map(|peer_id| self.peer_id(contacts, peer_id));
        match (self, whom) {
            (Self::En, Some(whom)) => format!("Erase: {whom}"),
            (Self::Ko, Some(whom)) => format!("삭제: {whom}"),
            (Self::En, None) => "Erase everything".to_owned(),
            (Self::Ko, None) => "모두 삭제".to_owned(),
        }
    }

    /// After they were erased.
    pub fn cleared(self, contacts: &Contacts, peer_id: Option<&PeerId>) -> String {
        let whom = peer_id.map(|peer_id| self.peer_in_sentence(contacts, peer_id));
        match (self, whom) {
            (Self::En, Some(whom)) => format!("All messages with {whom} were erased."),
            (Self::Ko, Some(whom)) => {
                let with = Particle::With.after(&whom);
                format!("{with} 나눈 대화 내용을 모두 삭제했습니다.")
            }
            (Self::En, None) => "The messages of all conversations were erased.".to_owned(),
            (Self::Ko, None) => "모든 대화 내용을 삭제했습니다.".to_owned(),
        }
    }
}

/// Texts of this file, for checking that the fonts have every character.
#[cfg(test)]
pub(super) fn samples(lang: Lang, contacts: &Contacts) -> Vec<String> {
    let words = lang.export_words();
    let address = PeerId::Address("10.0.0.1".into());
    let mut said = vec![
        lang.unread_count(MOST_UNREAD),
        lang.waiting_count(2),
        lang.found(0, false),
        lang.found(3, false),
        lang.found(200, true),
        lang.index_behind(1),
        lang.index_behind(1_234),
        lang.index_leaves_out(1),
        lang.index_leaves_out(1_234),
        lang.on_disk(None),
        lang.on_disk(Some(12_345_678)),
        lang.export_into(Path::new("Downloads")),
        lang.exported(Path::new("Downloads")),
        words.needs_newer,
        words.missed,
    ];
    for kept in [None, Some(1), Some(1_204)] {
        said.push(lang.stop_keeping_question(kept));
        said.push(lang.also_kept_so_far(kept));
    }
    for format in [
        ExportFormat::Markdown,
        ExportFormat::Json,
        ExportFormat::Text,
    ] {
        said.push(lang.export_as(format));
    }
    for peer_id in [None, Some(&address)] {
        said.push(lang.clear_question(contacts, peer_id));
        said.push(lang.clear_it(contacts, peer_id));
        said.push(lang.cleared(contacts, peer_id));
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
            (0, "0 B"),
            (999, "999 B"),
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
    fn a_moment_names_the_day_if_it_is_not_today() {
        let today = date(2026, 11, 22);
        let at = |day: Date| day.at(14, 3, 0, 0);
        assert_eq!(Lang::En.moment(at(today), today), "2:03 PM");
        assert_eq!(
            Lang::Ko.moment(at(date(2026, 11, 20)), today),
            "11월 20일 금요일, 오후 2:03"
        );
    }

    #[test]
    fn counts_at_their_limit_say_so() {
        assert_eq!(Lang::En.unread_count(3), "3 unread");
        assert_eq!(Lang::En.unread_count(MOST_UNREAD), "1,000+ unread");
        assert_eq!(Lang::En.found(200, true), "200+ results, newest first");
    }
}
