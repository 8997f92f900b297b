//! Every word that a person reads, in English and Korean, side by side; errors are worded here and
//! nowhere else.

mod errors;
mod history;
mod notes;
mod notices;
mod people;

use jiff::civil::{Date, Time};

pub use crate::lang::Lang;
use crate::{
    chat::timeline::Delivery,
    endpoint::Endpoint,
    store::Salvage,
    text::{charset::Charset, line_end::LineEnd},
};

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
    encryption: "Encryption", "암호화";
    encrypted: "Encrypted", "암호화함";
    in_plain_text: "Plain text", "암호화 안 함";
    invite_hint: "An invite. Click Connect.", "초대입니다. ‘연결’을 누르세요.";
    copy_invite: "Copy invite", "초대 복사";
    invite_copied: "The invite is copied. It lets one person in, once, within 10 minutes.",
        "초대를 복사했습니다. 10분 안에 한 사람이 한 번 들어올 수 있습니다.";
    no_invite: "No invite could be made: Duologue has to be listening, with a key of its own.",
        "초대를 만들 수 없습니다. 키가 있고 대기 중일 때만 만들 수 있습니다.";
    encrypted_verified: "encrypted, verified", "암호화됨, 본인 확인됨";
    encrypted_not_verified: "encrypted, not verified", "암호화됨, 본인 확인 안 됨";
    encrypted_invited: "encrypted, invited", "암호화됨, 초대로 연결됨";
    verified: "verified", "본인 확인됨";
    invited: "invited", "초대로 만남";
    let_in_before: "let in before", "수락한 적 있음";
    only_met: "met before", "만난 적 있음";
    blocked: "blocked", "차단됨";
    accept: "Accept", "수락";
    reject: "Reject", "거절";
    verify: "Verify", "본인 확인";
    verify_hint: "Read these numbers to each other, for example on the phone. If they are the same on both screens, nobody is in between.",
        "전화 등으로 서로 이 숫자를 읽어 주세요. 두 화면의 숫자가 같으면 중간에 끼어든 사람이 없습니다.";
    verified_already: "Verified: you have compared these numbers, or come by an invite.",
        "본인 확인됨: 이 숫자를 비교했거나 이 사람의 초대로 연결했습니다.";
    no_own_key: "There are no numbers to compare while this program has no key.", "이 프로그램의 키가 없어 비교할 숫자가 없습니다.";
    they_match: "They are the same", "같습니다";
    they_dont_match: "They differ", "다릅니다";
    differ_means: "Then somebody may be in between, reading along and changing what you say. Disconnect, and tell the other person in another way.",
        "누군가 중간에서 대화를 엿보거나 바꾸고 있을 수 있습니다. 연결을 끊고, 다른 방법으로 상대방에게 알려 주세요.";
    remove_verification: "No longer verified", "확인 취소";
    people: "People", "사람들";
    nobody_yet: "Nobody yet. Whoever you talk with encrypted is listed here.", "아직 아무도 없습니다. 암호화된 대화를 나눈 사람이 여기에 나옵니다.";
    your_name: "Your name", "내 이름";
    your_key: "Your key", "내 키";
    no_key: "none", "없음";
    copy_your_key: "Copy your key", "내 키 복사";
    change: "Change", "바꾸기";
    save: "Save", "저장";
    rename: "Rename", "이름 바꾸기";
    rename_hint: "Leave it empty to use their own name.", "비워 두면 상대방이 정한 이름을 씁니다.";
    verify_further: "Verify…", "본인 확인…";
    block: "Block", "차단";
    unblock: "Unblock", "차단 해제";
    open: "Open", "열기";
    nothing_said: "Nothing said yet", "아직 나눈 말이 없습니다";
    search: "Search", "검색";
    search_further: "Search…", "검색…";
    this_conversation: "This conversation", "이 대화";
    all_conversations: "All conversations", "모든 대화";
    nothing_found: "Nothing found.", "찾은 것이 없습니다.";
    history: "History", "대화 기록";
    history_further: "History…", "대화 기록…";
    keep_history: "Keep what was said", "나눈 대화 보관하기";
    keep_history_hint: "Off: what was said is erased when a conversation is over. Messages that wait to be delivered are kept until then.",
        "끄면 대화가 끝날 때 나눈 말을 지웁니다. 전달을 기다리는 메시지는 전달될 때까지 보관합니다.";
    not_encrypted_on_disk: "The history is not encrypted on the disk: whoever can read your files can read it.",
        "대화 기록은 디스크에서 암호화되지 않습니다. 내 파일을 읽을 수 있는 사람은 대화 기록도 읽을 수 있습니다.";
    export_conversation: "Export this conversation", "이 대화 내보내기";
    text_file: "Text file", "텍스트 파일";
    no_export_folder: "There is no folder to write it into.", "내보낼 폴더가 없습니다.";
    exported_as: "The conversation was written into", "대화를 내보낸 파일:";
    copy_path: "Copy path", "경로 복사";
    clear_history: "Erase", "기록 지우기";
    clear_conversation: "Clear this conversation", "이 대화 기록 지우기";
    clear_everything: "Clear everything", "모든 기록 지우기";
    cant_be_undone: "This can't be undone. Messages that wait to be delivered stay.",
        "되돌릴 수 없습니다. 전달을 기다리는 메시지는 남습니다.";
    forget: "Forget", "지우기";
    keep: "Keep", "그대로 두기";
    no_address_known: "No address is known where they answer.", "이 사람에게 연결할 주소를 모릅니다.";
    for_plain_text: "For plain text", "암호화 안 된 대화";
    allow_plain: "Allow plain text", "암호화 안 된 연결 허용";
    show_typing: "Show when I am writing", "내가 쓰고 있음을 알리기";
    connect_in_plain: "Connect in plain text", "암호화 없이 연결";
    dont_connect: "Stop", "그만두기";
    stop_redialling: "Stop", "그만두기";
    someone_else: "Someone else", "다른 사람";
    make_new_key: "Make a new key", "새 키 만들기";
    store_set_aside: "People and messages could not be read, so nobody is recognised. The old file was kept as",
        "사람과 메시지를 읽을 수 없어 아무도 알아볼 수 없습니다. 원래 파일을 보관한 이름:";
    write_hint: "Write a message", "메시지를 입력하세요";
    write_for_later: "It goes out once they are connected", "상대방과 연결되면 전달됩니다";
    write_when_connected: "Write here once you are connected", "연결되면 여기에 입력하세요";
    nobody_there: "Nobody is connected. What you wrote stays here.", "연결된 사람이 없습니다. 쓴 글은 그대로 있습니다.";
    which_charset: "Is the other side an old program? Then it may not read this unless it is sent as CP949.",
        "상대가 오래된 프로그램인가요? 그렇다면 CP949로 보내야 읽을 수 있습니다.";
    send_as_cp949: "Send as CP949 (older programs need it)", "CP949로 보내기 (오래된 프로그램에 필요)";
    send_as_utf8: "Send as UTF-8", "UTF-8로 보내기";
    sending: "sending", "보내는 중";
    sent: "sent", "보냄";
    not_sent: "not sent", "보내지 못함";
    waiting: "waiting", "전달 대기";
    delivered: "delivered", "전달됨";
    cancelled: "cancelled", "취소함";
    cancel_message: "Cancel message", "메시지 취소";
    unread: "Unread", "읽지 않은 메시지";
    reconnecting: "The line was cut. Calling again…", "연결이 끊겨 다시 연결하는 중…";
    reconnect_now: "Try now", "지금 시도";
    stop_reconnecting: "Stop calling again", "다시 연결 그만두기";
    show_conversation: "Show the conversation", "대화 보기";
    undelivered: "Messages are waiting", "기다리는 메시지";
    close_anyway: "Close anyway", "그래도 닫기";
    keep_open: "Keep open", "열어 두기";
    show_first: "Show the first one instead", "먼저 연 창 보기";
    no_first: "The first one can't be reached any more.", "먼저 연 Duologue에 닿을 수 없습니다.";
    recover: "Take over what can be read", "읽을 수 있는 내용 가져오기";
    nothing_to_recover: "Nothing in the old file can be read.", "원래 파일에서 읽을 수 있는 내용이 없습니다.";
    disk_full: "The disk is full. Messages are not delivered until there is room again.",
        "디스크가 가득 찼습니다. 공간이 생길 때까지 메시지가 전달되지 않습니다.";
    folder_read_only: "Nothing can be written into Duologue's folder. Messages are not delivered until that is possible again.",
        "Duologue의 폴더에 아무것도 저장할 수 없습니다. 저장할 수 있을 때까지 메시지가 전달되지 않습니다.";
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
    /// Of a window that is not the first one on its data folder.
    pub fn further_profile(self, number: u32) -> String {
        match self {
            Self::En => format!(
                "Duologue is open already. This is Duologue {number}: another person, with a key and a name of its own."
            ),
            Self::Ko => format!(
                "Duologue가 이미 열려 있습니다. 이 창은 Duologue {number}, 자기 키와 이름을 가진 다른 사람입니다."
            ),
        }
    }

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

    /// What a screen reader says of a row. `marks` is what there is to say of it beside its text.
    pub fn row_name(self, name: &str, time: Time, text: &str, marks: &[String]) -> String {
        let time = self.time(time);
        let named = [name.to_owned(), time];
        format!("{}: {text}", [&named, marks].concat().join(", "))
    }

    /// What stands beside a message of ours, for the eye.
    pub fn delivery_mark(self, delivery: Delivery) -> &'static str {
        match delivery {
            Delivery::Sending => "…",
            Delivery::Sent => "✔",
            Delivery::Delivered => "✔✔",
            Delivery::Waiting | Delivery::Cancelled | Delivery::NotSent => self.delivery(delivery),
        }
    }

    /// Of a message that came much later than it was sent; on which day, if that is another one.
    pub fn arrived(self, time: Time, other_day: Option<Date>) -> String {
        let time = self.time(time);
        match (self, other_day) {
            (Self::En, None) => format!("arrived {time}"),
            (Self::Ko, None) => format!("{time} 도착"),
            (Self::En, Some(day)) => format!("arrived {} {} {time}", day.day(), month(day)),
            (Self::Ko, Some(day)) => format!("{}월 {}일 {time} 도착", day.month(), day.day()),
        }
    }

    /// The status while a line that was cut is called again soon.
    pub fn reconnecting_in(self, seconds: u64) -> String {
        match self {
            Self::En => format!("The line was cut. Calling again in {seconds} s"),
            Self::Ko => format!("연결이 끊겼습니다. {seconds}초 뒤에 다시 연결합니다"),
        }
    }

    /// Before the window is closed while messages wait.
    pub fn not_delivered_yet(self, count: u64) -> String {
        match (self, count) {
            (Self::En, 1) => {
                "1 message has not been delivered yet. It is kept and goes out when you are next connected.".to_owned()
            }
            (Self::En, _) => format!(
                "{} messages have not been delivered yet. They are kept and go out when you are next connected.",
                grouped(count)
            ),
            (Self::Ko, _) => format!(
                "아직 전달되지 않은 메시지가 {}개 있습니다. 보관해 두었다가 다음에 연결되면 전달합니다.",
                grouped(count)
            ),
        }
    }

    /// What was taken over of a file that was set aside.
    pub fn salvaged(self, salvage: Salvage) -> String {
        let Salvage { peers, messages } = salvage;
        let (peers, messages) = (grouped(peers), grouped(messages));
        match self {
            Self::En => {
                format!("Taken over from the old file: {peers} people, {messages} messages.")
            }
            Self::Ko => {
                format!("원래 파일에서 사람 {peers}명, 메시지 {messages}개를 가져왔습니다.")
            }
        }
    }

    /// What became of a message of ours.
    pub fn delivery(self, delivery: Delivery) -> &'static str {
        match delivery {
            Delivery::Sending => self.sending(),
            Delivery::Waiting => self.waiting(),
            Delivery::Sent => self.sent(),
            Delivery::Delivered => self.delivered(),
            Delivery::Cancelled => self.cancelled(),
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
                let day = DAYS.get(weekday).unwrap_or(&"");
                let month = month(date);
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
            Some(LineEnd::Cr) => "CR",
            Some(LineEnd::Nul) => "NUL",
        }
    }
}

/// In English.
fn month(date: Date) -> &'static str {
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
    let month = usize::from(date.month().unsigned_abs()) - 1;
    MONTHS.get(month).copied().unwrap_or("")
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
mod tests;
