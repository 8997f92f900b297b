//! Every word that a person reads, in English and Korean, side by side; errors are worded here and
//! nowhere else.

use std::net::IpAddr;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::{
    chat::{
        MESSAGE_CAP, Problem, Refusal,
        log::{Delivery, Note},
    },
    net::{
        ConnectError, EndReason, ListenError, Origin,
        charset::{Charset, Unencodable},
        endpoint::{Endpoint, EndpointError},
        plain::LineEnd,
    },
};

/// A language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// All languages, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// The language with this tag (`ko`, `ko-KR`, `en_US.UTF-8`), if there is one.
    pub fn for_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_', '.']).next() {
            Some("en") => Some(Self::En),
            Some("ko") => Some(Self::Ko),
            _ => None,
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
        }
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }
}

/// One method per phrase: `name: "English", "한국어";`
macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $ko:literal;)*) => {
        impl Lang {
            $(
                #[doc = concat!("“", $en, "”")]
                pub fn $name(self) -> &'static str {
                    match self {
                        Self::En => $en,
                        Self::Ko => $ko,
                    }
                }
            )*

            /// All fixed phrases, for checking that the fonts have them.
            #[cfg(test)]
            pub(crate) fn phrases(self) -> Vec<&'static str> {
                vec![$(self.$name()),*]
            }
        }
    };
}

phrases! {
    host: "Host", "호스트";
    port: "Port", "포트";
    listen: "Listen", "대기";
    stop: "Stop", "중지";
    connect: "Connect", "연결";
    cancel: "Cancel", "취소";
    disconnect: "Disconnect", "연결 끊기";
    message: "Message", "메시지";
    send: "Send", "보내기";
    menu: "Menu", "메뉴";
    recent: "Recent hosts", "최근 호스트";
    no_recent: "No recent hosts yet", "최근 호스트가 없습니다";
    log: "Conversation", "대화";
    copy: "Copy", "복사";
    copy_address: "Copy address", "주소 복사";
    close: "Close", "닫기";
    restart: "Restart", "다시 시작";
    show_bytes: "Show bytes", "바이트 보기";
    bytes_title: "Bytes of this message", "이 메시지의 바이트";
    copy_dump: "Copy the dump", "덤프 복사";
    reads_as_hint: "The encodings that fit stand first. Choosing one reads all incoming text that way.", "맞는 인코딩이 앞에 있습니다. 하나를 고르면 받는 글을 모두 그렇게 읽습니다.";
    does_not_fit: "does not fit", "맞지 않음";
    show_all: "Show all", "모두 보기";
    show_less: "Show less", "접기";
    you: "You", "나";
    not_connected: "Not connected", "연결되지 않음";
    idle_title: "A direct conversation between two computers", "두 컴퓨터가 직접 나누는 대화";
    idle_hint: "One person clicks Listen, the other types that computer's address and clicks Connect.",
        "한 사람은 ‘대기’를 누르고, 다른 사람은 그 컴퓨터의 주소를 적고 ‘연결’을 누르세요.";
    only_this_computer: "Only this computer can connect", "이 컴퓨터에서만 연결할 수 있습니다";
    let_others_connect: "Let others connect", "다른 컴퓨터도 허용";
    no_address: "This computer has no network address that others can use.", "다른 컴퓨터가 쓸 수 있는 네트워크 주소가 이 컴퓨터에 없습니다.";
    listening_hint: "The other person types this address and clicks Connect.", "상대방이 이 주소를 적고 ‘연결’을 누르면 대화가 시작됩니다.";
    only_here_hint: "Waiting for a program on this computer.", "이 컴퓨터의 다른 프로그램을 기다리고 있습니다.";
    looking_up: "Looking up the name…", "이름을 찾는 중…";
    plain_text: "plain text", "암호화 안 됨";
    plain_text_hint: "Anyone on the network between you can read along.", "두 컴퓨터 사이의 네트워크에서 누구나 내용을 볼 수 있습니다.";
    disconnect_first: "Disconnect first.", "먼저 연결을 끊으세요.";
    write_hint: "Write a message", "메시지를 입력하세요";
    write_when_connected: "Write here once you are connected", "연결되면 여기에 입력하세요";
    nobody_there: "Nobody is connected. What you wrote stays here.", "연결된 사람이 없습니다. 쓴 글은 그대로 있습니다.";
    which_charset: "Is the other side an old program? Then it may not read this unless it is sent as CP949.",
        "상대가 오래된 프로그램인가요? 그렇다면 CP949로 보내야 읽을 수 있습니다.";
    send_as_cp949: "Send as CP949 (older programs need it)", "CP949로 보내기 (오래된 프로그램에 필요)";
    send_as_utf8: "Send as UTF-8", "UTF-8로 보내기";
    sending: "sending", "보내는 중";
    sent: "sent", "보냄";
    not_sent: "not sent", "보내지 못함";
    empty_line: "(empty line)", "(빈 줄)";
    jump_to_newest: "Jump to the newest message", "최신 메시지로 이동";
    theme: "Theme", "테마";
    theme_system: "As the system", "시스템 설정";
    theme_light: "Light", "밝게";
    theme_dark: "Dark", "어둡게";
    language: "Language", "언어";
    encoding_in: "Incoming text", "받는 글 인코딩";
    encoding_out: "Outgoing text", "보내는 글 인코딩";
    line_end: "Line ends", "줄바꿈 문자";
    automatic: "Automatic", "자동";
    line_end_none: "None", "없음";
    copy_conversation: "Copy the conversation", "대화 전체 복사";
    damaged_settings: "The settings file could not be read. The old file was kept as", "설정 파일을 읽을 수 없어 기본 설정으로 시작했습니다. 원래 파일을 보관한 이름:";
    settings_unsaved: "The settings can't be saved.", "설정을 저장할 수 없습니다.";
    crashed: "Duologue's network part has crashed. What you wrote is still here.",
        "네트워크를 맡은 부분이 오류로 멈췄습니다. 쓰던 글은 그대로 있습니다.";
    busy: "Duologue is busy. Try again in a moment.", "지금은 처리할 수 없습니다. 잠시 뒤에 다시 해 보세요.";
}

/// The phrases with something in them.
impl Lang {
    /// "Connecting to HOST:PORT…"
    pub fn connecting_to(self, to: &Endpoint) -> String {
        match self {
            Self::En => format!("Connecting to {to}…"),
            Self::Ko => format!("{to}에 연결하는 중…"),
        }
    }

    /// The status while listening: on which port.
    pub fn waiting_on(self, port: u16) -> String {
        match self {
            Self::En => format!("Waiting on port {port}"),
            Self::Ko => format!("포트 {port}에서 기다리는 중"),
        }
    }

    /// On the button that leads to newer rows.
    pub fn new_messages(self, count: u64) -> String {
        match self {
            Self::En => format!("↓ {count} new"),
            Self::Ko => format!("↓ 새 메시지 {count}개"),
        }
    }

    /// Above the oldest row of a log that has lost its beginning.
    pub fn dropped(self, count: u64) -> String {
        match self {
            Self::En => format!("{} older entries are no longer kept", grouped(count)),
            Self::Ko => format!("이전 항목 {}개는 더 이상 보관하지 않습니다", grouped(count)),
        }
    }

    /// Above a text of several lines, for a peer that may take each for a message.
    pub fn several_lines(self, lines: usize) -> String {
        match self {
            Self::En => format!("These {lines} lines may arrive as {lines} messages."),
            Self::Ko => format!("이 {lines}줄은 메시지 {lines}개로 도착할 수 있습니다."),
        }
    }

    /// What a screen reader says of a row.
    pub fn row_name(
        self,
        name: &str,
        time: Time,
        text: &str,
        delivery: Option<Delivery>,
    ) -> String {
        let time = self.time(time);
        match delivery {
            Some(Delivery::NotSent) => format!("{name}, {time}, {}: {text}", self.not_sent()),
            _ => format!("{name}, {time}: {text}"),
        }
    }

    /// What became of a message of ours.
    pub fn delivery(self, delivery: Delivery) -> &'static str {
        match delivery {
            Delivery::Sending => self.sending(),
            Delivery::Sent => self.sent(),
            Delivery::NotSent => self.not_sent(),
        }
    }

    /// "14:03"
    pub fn time(self, time: Time) -> String {
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    /// "Sunday, 22 November", with the year where it is another than that of `today`.
    pub fn day(self, date: Date, today: Date) -> String {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let same_year = date.year() == today.year();
        match self {
            Self::En => {
                const DAYS: [&str; 7] = [
                    "Monday",
                    "Tuesday",
                    "Wednesday",
                    "Thursday",
                    "Friday",
                    "Saturday",
                    "Sunday",
                ];
                const MONTHS: [&str; 12] = [
                    "January",
                    "February",
                    "March",
                    "April",
                    "May",
                    "June",
                    "July",
                    "August",
                    "September",
                    "October",
                    "November",
                    "December",
                ];
                let day = DAYS.get(weekday).unwrap_or(&"");
                let month = usize::from(date.month().unsigned_abs()) - 1;
                let month = MONTHS.get(month).unwrap_or(&"");
                let year = if same_year {
                    String::new()
                } else {
                    format!(" {}", date.year())
                };
                format!("{day}, {} {month}{year}", date.day())
            }
            Self::Ko => {
                let day = ["월", "화", "수", "목", "금", "토", "일"]
                    .get(weekday)
                    .copied()
                    .unwrap_or("");
                let year = if same_year {
                    String::new()
                } else {
                    format!("{}년 ", date.year())
                };
                format!("{year}{}월 {}일 {day}요일", date.month(), date.day())
            }
        }
    }

    /// A line of the log about something that happened.
    pub fn note(self, note: &Note) -> String {
        match *note {
            Note::Connected {
                peer,
                origin: Origin::Dialled,
            } => match self {
                Self::En => format!("Connected to {peer}"),
                Self::Ko => format!("{peer}에 연결했습니다"),
            },
            Note::Connected {
                peer,
                origin: Origin::Accepted,
            } => match self {
                Self::En => format!("{} has connected", peer.ip()),
                Self::Ko => format!("{}에서 연결해 왔습니다", peer.ip()),
            },
            Note::Ended { peer, reason } => self.ended_because(peer, reason),
            Note::TurnedAway { from, count: 1 } => match self {
                Self::En => format!("{from} called meanwhile and was turned away"),
                Self::Ko => {
                    format!("그 사이 {from}에서 연결을 시도했지만 대화 중이라 거절했습니다")
                }
            },
            Note::TurnedAway { from, count } => match self {
                Self::En => {
                    format!(
                        "{count} calls came meanwhile and were turned away, the last from {from}"
                    )
                }
                Self::Ko => format!(
                    "그 사이 연결 시도 {count}번을 거절했습니다. 마지막 시도는 {from}에서 왔습니다"
                ),
            },
        }
    }

    fn ended_because(self, peer: IpAddr, reason: EndReason) -> String {
        match (self, reason) {
            (Self::En, EndReason::PeerLeft) => format!("{peer} has left"),
            (Self::Ko, EndReason::PeerLeft) => format!("{peer} 쪽에서 나갔습니다"),
            (Self::En, EndReason::Lost) => format!("The connection to {peer} broke"),
            (Self::Ko, EndReason::Lost) => format!("{peer} 쪽과의 연결이 끊어졌습니다"),
            (Self::En, EndReason::ExitReceived) => format!("{peer} ended the chat with #exit"),
            (Self::Ko, EndReason::ExitReceived) => {
                format!("{peer} 쪽에서 #exit로 대화를 끝냈습니다")
            }
            (Self::En, EndReason::ExitSent) => "You ended the chat with #exit".to_owned(),
            (Self::Ko, EndReason::ExitSent) => "#exit로 대화를 끝냈습니다".to_owned(),
            (Self::En, EndReason::Disconnected | EndReason::CalledAnother) => {
                "You disconnected".to_owned()
            }
            (Self::Ko, EndReason::Disconnected | EndReason::CalledAnother) => {
                "연결을 끊었습니다".to_owned()
            }
            (Self::En, EndReason::GaveWay) => {
                format!("{peer} said nothing and made way for another caller")
            }
            (Self::Ko, EndReason::GaveWay) => {
                format!("말이 없던 {peer} 대신 다른 사람이 연결되었습니다")
            }
        }
    }

    /// What went wrong, and what to do about it.
    pub fn problem(self, problem: &Problem) -> String {
        match problem {
            Problem::Listen { at, error, instead } => {
                self.listen_error(at, *error, instead.as_ref())
            }
            Problem::Connect { to, error } => self.connect_error(to, *error),
            Problem::Crashed => self.crashed().to_owned(),
            Problem::Busy => self.busy().to_owned(),
        }
    }

    /// On the button that listens where it works.
    pub fn use_instead(self, at: &Endpoint, instead: &Endpoint) -> String {
        let what = if at.host == instead.host {
            instead.port.to_string()
        } else {
            instead.host.clone()
        };
        match self {
            Self::En => format!("Use {what}"),
            Self::Ko => format!("{what} 사용"),
        }
    }

    fn listen_error(self, at: &Endpoint, error: ListenError, instead: Option<&Endpoint>) -> String {
        let Endpoint { host, port } = at;
        let instead = instead.map(|other| {
            if other.host == *host {
                other.port.to_string()
            } else {
                other.host.clone()
            }
        });
        match (self, error) {
            (Self::En, ListenError::PortInUse) => match instead {
                Some(free) => format!("Port {port} is in use by another program. Use {free}?"),
                None => format!("Port {port} is in use by another program. Choose another port."),
            },
            (Self::Ko, ListenError::PortInUse) => match instead {
                Some(free) => {
                    format!("포트 {port}은(는) 다른 프로그램이 쓰고 있습니다. {free}을(를) 쓸까요?")
                }
                None => format!(
                    "포트 {port}은(는) 다른 프로그램이 쓰고 있습니다. 다른 포트를 적으세요."
                ),
            },
            (Self::En, ListenError::NotOurAddress) => match instead {
                Some(ours) => {
                    format!("{host} is not an address of this computer. Listen on {ours}?")
                }
                None => format!("{host} is not an address of this computer."),
            },
            (Self::Ko, ListenError::NotOurAddress) => match instead {
                Some(ours) => {
                    format!("{host}은(는) 이 컴퓨터의 주소가 아닙니다. {ours}에서 기다릴까요?")
                }
                None => format!("{host}은(는) 이 컴퓨터의 주소가 아닙니다."),
            },
            (Self::En, ListenError::NoPermission) => match instead {
                Some(free) => format!(
                    "Ports below 1024, such as {port}, need administrator rights. Use {free}?"
                ),
                None => format!("Ports below 1024, such as {port}, need administrator rights."),
            },
            (Self::Ko, ListenError::NoPermission) => match instead {
                Some(free) => format!(
                    "{port}처럼 1024보다 작은 포트에는 관리자 권한이 필요합니다. {free}을(를) 쓸까요?"
                ),
                None => format!("{port}처럼 1024보다 작은 포트에는 관리자 권한이 필요합니다."),
            },
            (Self::En, ListenError::UnknownHost) => format!(
                "No computer named “{host}” was found. Type an address of this computer, such as 127.0.0.1."
            ),
            (Self::Ko, ListenError::UnknownHost) => format!(
                "‘{host}’(이)라는 이름을 찾을 수 없습니다. 127.0.0.1처럼 이 컴퓨터의 주소를 적으세요."
            ),
            (Self::En, ListenError::Other(kind)) => format!("Listening on {at} failed: {kind}."),
            (Self::Ko, ListenError::Other(kind)) => format!("{at}에서 기다릴 수 없습니다: {kind}."),
        }
    }

    fn connect_error(self, to: &Endpoint, error: ConnectError) -> String {
        let host = &to.host;
        match (self, error) {
            (Self::En, ConnectError::UnknownHost) => format!(
                "No computer named “{host}” was found. Check it, or type the address instead, such as 192.168.0.5."
            ),
            (Self::Ko, ConnectError::UnknownHost) => format!(
                "‘{host}’(이)라는 이름을 찾을 수 없습니다. 이름을 확인하거나 192.168.0.5 같은 주소를 적어 보세요."
            ),
            (Self::En, ConnectError::Refused) => format!(
                "Nobody is listening at {to}. Has the other person clicked Listen, with the same port?"
            ),
            (Self::Ko, ConnectError::Refused) => format!(
                "{to}에서 기다리는 프로그램이 없습니다. 상대방이 같은 포트로 ‘대기’를 눌렀나요?"
            ),
            (Self::En, ConnectError::TimedOut) => format!(
                "{to} does not answer. Is the address right, and does the other computer's firewall let Duologue through?"
            ),
            (Self::Ko, ConnectError::TimedOut) => format!(
                "{to}에서 응답이 없습니다. 주소가 맞는지, 상대 컴퓨터의 방화벽이 막고 있지 않은지 확인하세요."
            ),
            (Self::En, ConnectError::Unreachable) => {
                format!("{to} can't be reached. Are both computers on the same network?")
            }
            (Self::Ko, ConnectError::Unreachable) => {
                format!("{to}에 닿을 수 없습니다. 두 컴퓨터가 같은 네트워크에 있나요?")
            }
            (Self::En, ConnectError::Other(kind)) => format!("Connecting to {to} failed: {kind}."),
            (Self::Ko, ConnectError::Other(kind)) => format!("{to}에 연결하지 못했습니다: {kind}."),
        }
    }

    /// What is wrong with the host or port field.
    pub fn field_error(self, error: EndpointError) -> &'static str {
        match (self, error) {
            (Self::En, EndpointError::EmptyHost) => "Type the name or address of a computer.",
            (Self::Ko, EndpointError::EmptyHost) => "컴퓨터의 이름이나 주소를 적으세요.",
            (Self::En, EndpointError::BadHost) => "This is not a name or an address.",
            (Self::Ko, EndpointError::BadHost) => "컴퓨터의 이름이나 주소가 아닙니다.",
            (Self::En, EndpointError::BadPort) => "The port is a number from 1 to 65535.",
            (Self::Ko, EndpointError::BadPort) => "포트는 1부터 65535까지의 숫자입니다.",
            (Self::En, EndpointError::PortZero) => {
                "Port 0 can't be connected to. Type the port that the other person sees."
            }
            (Self::Ko, EndpointError::PortZero) => {
                "포트 0으로는 연결할 수 없습니다. 상대방에게 보이는 포트를 적으세요."
            }
        }
    }

    /// Why a text was not sent; `None` where nothing need be said.
    pub fn refusal(self, refusal: &Refusal) -> Option<String> {
        match refusal {
            Refusal::Empty => None,
            Refusal::NotConnected => Some(self.nobody_there().to_owned()),
            Refusal::TooLong { bytes } => Some(match self {
                Self::En => format!(
                    "This is too long for one message: {} KiB, and {} KiB fit.",
                    bytes.div_ceil(1024),
                    MESSAGE_CAP / 1024
                ),
                Self::Ko => format!(
                    "메시지 하나로는 너무 깁니다. {} KiB인데 {} KiB까지 보낼 수 있습니다.",
                    bytes.div_ceil(1024),
                    MESSAGE_CAP / 1024
                ),
            }),
            Refusal::Unencodable(Unencodable {
                charset,
                characters,
            }) => {
                let list = characters
                    .iter()
                    .map(char::to_string)
                    .collect::<Vec<_>>()
                    .join(" ");
                Some(match self {
                    Self::En => format!("{charset} can't express {list}"),
                    Self::Ko => format!("{charset}에는 이 글자가 없습니다: {list}"),
                })
            }
            Refusal::WhichCharset => Some(self.which_charset().to_owned()),
        }
    }

    /// On the button that reads incoming text this way.
    pub fn read_as(self, charset: Charset) -> String {
        match self {
            Self::En => format!("Read as {charset}"),
            Self::Ko => format!("{charset}(으)로 읽기"),
        }
    }

    /// An incoming encoding in the menu.
    pub fn reading_auto(self, fallback: Charset) -> String {
        match self {
            Self::En => format!("Automatic (UTF-8, else {fallback})"),
            Self::Ko => format!("자동 (UTF-8, 아니면 {fallback})"),
        }
    }

    /// The outgoing encoding that is not fixed.
    pub fn outgoing_auto(self) -> &'static str {
        match self {
            Self::En => "Automatic (UTF-8, asks where unsure)",
            Self::Ko => "자동 (UTF-8, 확실하지 않으면 물어봄)",
        }
    }

    /// A way to end lines, in the menu.
    pub fn line_end_name(self, end: Option<LineEnd>) -> &'static str {
        match end {
            None => match self {
                Self::En => "Automatic (as the other side)",
                Self::Ko => "자동 (상대와 같게)",
            },
            Some(LineEnd::None) => self.line_end_none(),
            Some(LineEnd::Lf) => "LF",
            Some(LineEnd::CrLf) => "CR LF",
        }
    }
}

/// "1,234,567"
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_written_as_people_write_them() {
        let today = date(2026, 11, 22);
        assert_eq!(Lang::En.day(today, today), "Sunday, 22 November");
        assert_eq!(Lang::Ko.day(today, today), "11월 22일 일요일");
        assert_eq!(
            Lang::En.day(date(2025, 12, 31), today),
            "Wednesday, 31 December 2025"
        );
        assert_eq!(
            Lang::Ko.day(date(2025, 12, 31), today),
            "2025년 12월 31일 수요일"
        );
    }

    #[test]
    fn system_tags_choose_a_language() {
        assert_eq!(Lang::for_tag("ko-KR"), Some(Lang::Ko));
        assert_eq!(Lang::for_tag("en_US.UTF-8"), Some(Lang::En));
        assert_eq!(Lang::for_tag("C"), None);
        for lang in Lang::ALL {
            assert_eq!(Lang::for_tag(lang.tag()), Some(lang));
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1234), "1,234");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn no_phrase_is_the_same_in_both_languages() {
        for (en, ko) in Lang::En.phrases().into_iter().zip(Lang::Ko.phrases()) {
            assert_ne!(en, ko);
            assert!(!en.is_empty() && !ko.is_empty());
        }
    }
}
