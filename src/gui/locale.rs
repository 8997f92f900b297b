//! Every text of the window, in English and Korean side by side. Errors are worded in `locale/errors.rs`;
//! why a conversation ended in `locale/notes.rs`, why a caller was refused in `locale/notices.rs`.

mod changes;
mod emoji;
mod errors;
mod files;
mod header;
mod history;
mod new_keys;
mod notes;
mod notices;
mod particles;
mod people;

use jiff::civil::{Date, Time, Weekday};

pub use crate::lang::Lang;
use particles::Particle;

use crate::{
    chat::timeline::Delivery,
    endpoint::Endpoint,
    identity::PublicKey,
    settings::SendKey,
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
    listen: "Listen", "연결 받기";
    stop: "Stop", "그만 받기";
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
    open_link: "Open link", "링크 열기";
    copy_link: "Copy link", "링크 복사";
    show_bytes: "Show bytes", "바이트 보기";
    bytes_title: "Bytes of this message", "메시지의 바이트";
    copy_dump: "Copy bytes", "바이트 복사";
    reads_as_hint: "Best matches first. Your choice applies to all incoming text.",
        "맞을 가능성이 높은 순서입니다. 선택하면 받는 글 전체에 적용됩니다.";
    does_not_fit: "doesn't fit", "맞지 않음";
    show_all: "Show all", "모두 보기";
    show_less: "Show less", "접기";
    you: "You", "나";
    not_connected: "Not connected", "연결되지 않음";
    welcome: "Welcome to Duologue", "Duologue에 오신 것을 환영합니다";
    listen_from_the_start: "Let others on this network connect to me", "같은 네트워크의 다른 사람이 나에게 연결할 수 있게 하기";
    listen_from_the_start_hint: "Duologue then listens whenever it is open. You are asked before anyone new gets in.",
        "Duologue가 열려 있는 동안 항상 연결을 받습니다. 처음 연결하는 사람은 먼저 수락할지 묻습니다.";
    start: "Start", "시작하기";
    skip: "Skip", "건너뛰기";
    welcome_note: "You can change all of this later in the settings.", "나중에 설정에서 모두 바꿀 수 있습니다.";
    welcome_invited: "Then you will be connected to the person who invited you.", "시작하면 나를 초대한 사람에게 연결합니다.";
    waits_briefly: "Waiting", "대기 중";
    idle_title: "Talk directly, computer to computer", "서버 없이 바로 연결하는 1:1 대화";
    idle_hint: "No account, no server. Encrypted from the first word.", "가입도 서버도 필요 없고, 첫마디부터 암호화됩니다.";
    start_waiting: "Wait for the other person", "상대방의 연결 기다리기";
    start_waiting_hint: "Listen and tell them your address, or send them an invite link.",
        "‘연결 받기’를 누르고 내 주소를 알려 주거나 초대 링크를 보내세요.";
    start_calling: "I have an address or an invite", "주소나 초대 링크로 연결하기";
    address_or_invite: "Address or invite link", "주소 또는 초대 링크";
    connect_to_this: "Connect to this address or invite", "이 주소나 초대 링크로 연결";
    recently: "Recent", "최근 연결";
    only_this_computer: "Only this computer can connect", "이 컴퓨터에서만 연결 가능";
    let_others_connect: "Other computers too", "다른 컴퓨터에서도";
    this_computer_only: "This computer only", "이 컴퓨터에서만";
    invite_is_for: "An invite link works once, within 10 minutes. Whoever opens it is connected right away.",
        "초대 링크는 10분 안에 한 번만 쓸 수 있으며, 링크를 연 상대와 바로 연결됩니다.";
    no_address: "This computer has no network address that others can use.", "다른 컴퓨터가 연결할 수 있는 네트워크 주소가 없습니다.";
    listening_hint: "Tell the other person this address, or send them an invite link.", "상대방에게 이 주소를 알려 주거나 초대 링크를 보내세요.";
    only_here_hint: "Only programs on this computer can connect.", "이 컴퓨터의 프로그램만 연결할 수 있습니다.";
    looking_up: "Looking up the host…", "주소를 확인하는 중…";
    plain_text: "Plain text", "암호화되지 않음";
    plain_text_hint: "Anyone on the network between you can read this.", "두 컴퓨터 사이의 네트워크에서 누구나 내용을 볼 수 있습니다.";
    has_finished: "has stopped sending", "보내기를 마침";
    has_finished_hint: "It may have left, or still read what you send. Duologue disconnects when it is certain.",
        "나갔을 수도 있고, 보내는 메시지를 아직 읽고 있을 수도 있습니다. 나간 것이 확인되면 연결을 끊습니다.";
    disconnect_first: "Disconnect first.", "먼저 연결을 끊으세요.";
    encryption: "Encryption", "암호화 여부";
    encrypted: "Encrypted", "암호화";
    in_plain_text: "Plain text", "암호화 안 함";
    invite_hint: "This is an invite link. Click Connect.", "초대 링크입니다. ‘연결’을 누르면 바로 연결됩니다.";
    copy_invite: "Copy invite link", "초대 링크 복사";
    invite_copied: "The invite link is copied. It works once, within 10 minutes.",
        "초대 링크를 복사했습니다. 10분 안에 한 번만 쓸 수 있습니다.";
    no_invite: "No invite link could be created: Duologue has to be listening and have a key.",
        "초대 링크를 만들 수 없습니다. 연결을 받는 중이고 키가 있어야 합니다.";
    encrypted_verified: "Encrypted · verified", "암호화됨 · 확인됨";
    encrypted_not_verified: "Not verified yet", "아직 확인하지 않음";
    encrypted_invited: "By invite, not verified", "초대로 연결 · 확인 전";
    verified_briefly: "Verified", "확인됨";
    not_verified_briefly: "Not verified", "확인 전";
    another_key_answers: "A different key answered", "다른 키로 응답했습니다";
    security_key_changed: "Key changed", "보안 키가 바뀜";
    address_row: "Address", "주소";
    emoji: "Emoji", "이모지";
    search_emoji: "Search emoji", "이모지 검색";
    no_emoji: "No emoji found", "찾은 이모지가 없습니다";
    recent_emoji: "Recently used", "최근에 사용";
    search_messages: "Search messages", "메시지 검색";
    always_show_address: "Always show the address row", "주소 줄 항상 표시";
    find_person: "Find a person", "대화 상대 찾기";
    draft: "Draft:", "쓰던 글:";
    details: "Details", "자세히";
    details_further: "Details…", "자세히…";
    not_listening: "Not listening", "연결을 받지 않음";
    blocked_no_writing: "You blocked this person. Unblock them to write.", "차단한 상대입니다. 메시지를 보내려면 차단을 해제하세요.";
    verified: "verified", "확인됨";
    invited: "met by invite", "초대로 연결";
    accepted_before: "accepted", "수락함";
    seen_before: "seen before", "연결한 적 있음";
    name_hidden: "their name could be mistaken for another, so it isn't shown",
        "상대방이 정한 이름은 다른 이름으로 착각할 수 있어 표시하지 않음";
    own_name_hidden: "This name mixes alphabets, so it could be mistaken for another. Others see part of your key instead.",
        "여러 나라의 문자를 섞어 쓴 이름은 다른 이름으로 착각할 수 있습니다. 상대방에게는 이름 대신 키가 보입니다.";
    blocked: "Blocked", "차단됨";
    accept: "Accept", "수락";
    reject: "Reject", "거절";
    refuse_unknown: "Nobody unknown for an hour", "한 시간 동안 모르는 사람 거절";
    unknown_refused: "For an hour, people you don't know are turned away without asking you.",
        "한 시간 동안 모르는 사람의 연결은 묻지 않고 거절합니다.";
    ask_again: "Ask me again", "다시 묻기";
    asks_no_more: "This request is over.", "끝난 요청입니다.";
    take_more_hint: "Until you answer, nothing more is received. What isn't received yet stays with the other side and isn't lost.",
        "대답할 때까지 더 받지 않습니다. 아직 받지 않은 메시지는 상대방에게 남아 있으며 사라지지 않습니다.";
    take_no_more: "No, end the conversation", "아니요, 대화 끝내기";
    disk_low: "The disk is almost full. No more messages are received until there is space again.",
        "디스크가 거의 가득 찼습니다. 공간이 생길 때까지 메시지를 더 받지 않습니다.";
    verify: "Verify", "안전 번호 확인";
    verify_hint: "Read these numbers to each other, for example on the phone. If both screens show the same numbers, no one is in between.",
        "전화 등으로 서로 이 숫자를 읽어 주세요. 두 화면의 숫자가 같으면 중간에 끼어든 사람이 없습니다.";
    number_soon: "Calculating the numbers…", "숫자를 계산하는 중…";
    verified_already: "Verified: you compared these numbers.", "확인됨: 서로 이 숫자를 비교했습니다.";
    no_own_key: "This program has no key, so there are no numbers to compare.", "이 프로그램에 키가 없어 비교할 숫자가 없습니다.";
    reply: "Reply", "답장";
    cancel_reply: "Cancel reply", "답장 취소";
    go_to_quoted: "Go to the quoted message", "답장한 메시지로 이동";
    deleted_message: "Deleted message", "삭제된 메시지";
    message_not_here: "Message not available", "원본 메시지를 볼 수 없습니다";
    react: "React", "공감";
    more_emoji: "More emoji", "다른 이모지";
    edit: "Edit", "수정";
    editing_message: "Edit message", "메시지 수정";
    cancel_edit: "Cancel edit", "수정 취소";
    edited: "edited", "수정됨";
    earlier_texts: "Earlier texts", "수정 전 내용";
    show_earlier_texts: "Edit history", "수정 내역";
    delete_further: "Delete…", "삭제…";
    delete_question: "Delete this message for both of you?", "나와 상대방 모두에게서 삭제할까요?";
    delete_hint: "It disappears here and on the other side. They may have read it already.",
        "이 창과 상대방의 창에서 사라집니다. 상대방이 이미 읽었을 수도 있습니다.";
    delete_hint_away: "It disappears here now, and on the other side as soon as you are connected. They may have read it already.",
        "여기서는 바로, 상대방에게서는 연결되는 대로 사라집니다. 상대방이 이미 읽었을 수도 있습니다.";
    delete_for_both: "Delete for both", "모두에게서 삭제";
    you_deleted: "You deleted this message", "내가 삭제한 메시지입니다";
    lacks_changes: "Their version of Duologue has no replies, edits, deletions or reactions.",
        "상대방의 Duologue 버전은 답장, 수정, 삭제, 공감을 지원하지 않습니다.";
    notifications: "Notifications", "알림";
    notify_text: "Name and message", "이름과 내용";
    notify_hidden: "Only that a message came", "새 메시지가 왔다는 것만";
    notify_off: "None", "알림 없음";
    notify_sound: "Sound", "소리";
    someone_calls: "Someone wants to talk to you", "새로운 상대가 대화를 요청했습니다";
    they_match: "They match", "같습니다";
    they_dont_match: "They don't match", "다릅니다";
    differ_means: "The numbers don't match: someone may be reading or changing your messages. Disconnect and tell the other person by phone.",
        "숫자가 다릅니다. 누군가 중간에서 메시지를 엿보거나 바꾸고 있을 수 있습니다. 연결을 끊고 전화 등으로 상대방에게 알려 주세요.";
    remove_verification: "Remove verification", "확인 취소";
    people: "People", "대화 상대";
    nobody_yet: "No one yet. People you have talked to appear here.", "아직 아무도 없습니다. 대화한 사람이 여기에 표시됩니다.";
    your_name: "Your name", "내 이름";
    your_key: "Your key", "내 키";
    no_key: "none", "없음";
    copy_key: "Copy key", "키 복사";
    copy_your_key: "Copy your key", "내 키 복사";
    change: "Change", "변경";
    save: "Save", "저장";
    pick: "Select", "선택";
    stop_picking: "Stop selecting", "선택 끝내기";
    forward_further: "Forward…", "전달…";
    forward_to: "Forward to", "전달할 대화";
    go_to_date: "Go to date", "날짜로 이동";
    month_before: "Previous month", "이전 달";
    month_after: "Next month", "다음 달";
    pinned: "pinned", "고정됨";
    muted: "muted", "알림 꺼짐";
    rename: "Rename", "이름 변경";
    rename_hint: "Leave empty to use their own name.", "비워 두면 상대방이 정한 이름을 표시합니다.";
    verify_further: "Verify…", "안전 번호 확인…";
    block: "Block", "차단";
    unblock: "Unblock", "차단 해제";
    open: "Open", "열기";
    nothing_said: "No messages yet", "아직 대화가 없습니다";
    search: "Search", "검색";
    search_further: "Search…", "검색…";
    older_hit: "Older result", "이전 결과";
    newer_hit: "Newer result", "다음 결과";
    all_conversations: "All conversations", "모든 대화";
    nothing_found: "No results", "검색 결과가 없습니다";
    settings: "Settings", "설정";
    settings_further: "Settings…", "설정…";
    own_name_hint: "The people you talk with see this name.", "대화 상대에게 이 이름이 보입니다.";
    appearance: "Appearance", "화면";
    language_hint: "Changes at once, everywhere in the window.", "창 전체에 바로 적용됩니다.";
    theme_hint: "Light or dark, as your system or as you choose. High contrast makes text and borders easier to see.", "시스템 설정을 따르거나 직접 선택합니다. 고대비에서는 글자와 테두리가 더 또렷하게 보입니다.";
    text_size: "Text size", "글자 크기";
    text_size_hint: "Makes everything in the window larger or smaller.", "창에 있는 모든 것을 크게 하거나 작게 합니다.";
    show_markup: "Show **bold**, *italic* and `code` in messages", "메시지의 **굵게**, *기울임*, `코드`를 서식으로 표시";
    show_markup_hint: "Changes only how messages look here. They are sent, copied and kept as they were typed.",
        "이 창에서 보이는 모양만 바뀝니다. 보내기, 복사, 보관은 입력한 그대로 합니다.";
    always_show_address_hint: "In a narrow window it otherwise folds away while you are connected.",
        "끄면 좁은 창에서는 연결된 동안 주소 줄을 숨깁니다.";
    writing: "Writing", "입력";
    send_with: "Send with", "보내기 키";
    send_with_hint: "If Ctrl+Enter sends, Enter starts a new line.", "Ctrl+Enter로 보내면 Enter는 줄을 바꿉니다.";
    notify_show: "Show", "표시 내용";
    notify_hint: "Shown only while this window is not in front.", "이 창이 맨 앞에 있지 않을 때만 표시합니다.";
    notify_sound_hint: "Plays your system's sound with a notification.", "알림을 표시할 때 시스템 알림음을 냅니다.";
    privacy_and_history: "Privacy and history", "개인 정보 및 대화 기록";
    show_typing_hint: "Only in encrypted conversations.", "암호화된 대화에서만 상대방에게 보입니다.";
    read_marks: "Read marks", "읽음 표시";
    read_marks_hint: "Others see how far you have read, and you see how far they have. When off, neither. Only in encrypted conversations, from the next connection on.",
        "서로 어디까지 읽었는지 보여 줍니다. 끄면 둘 다 보이지 않습니다. 암호화된 대화에서만, 다음 연결부터 적용됩니다.";
    plain_text_and_encodings: "Plain text and encodings", "암호화되지 않은 대화와 인코딩";
    allow_plain_hint: "Lets programs that can't encrypt connect to you. These conversations are labelled.",
        "암호화하지 못하는 프로그램도 연결할 수 있습니다. 이런 대화에는 표시가 붙습니다.";
    encoding_in_hint: "How text from other programs is read, including what has already arrived.",
        "다른 프로그램이 보낸 글을 읽는 방법입니다. 이미 받은 글에도 적용됩니다.";
    encoding_out_hint: "How your text is sent to programs that don't encrypt.", "암호화하지 않는 프로그램에 글을 보내는 방법입니다.";
    line_end_hint: "What ends each message sent to these programs.", "이런 프로그램에 보내는 메시지의 끝에 붙입니다.";
    keyboard_shortcuts: "Keyboard shortcuts", "키보드 단축키";
    new_line: "New line", "줄바꿈";
    last_message: "Edit your last message (in an empty field)", "마지막 메시지 수정(입력란이 비었을 때)";
    go_to_address: "Go to the address", "주소 입력란으로 이동";
    older_result: "Older search result", "이전 검색 결과";
    newer_result: "Newer search result", "다음 검색 결과";
    larger_smaller: "Larger or smaller", "확대 / 축소";
    usual_size: "Original size", "원래 크기";
    close_topmost: "Close", "닫기";
    about: "About Duologue", "Duologue 정보";
    licences: "Licences", "라이선스";
    licences_hint: "Duologue is free software, made with parts by many others. Their licences are in English.",
        "Duologue는 여러 사람이 만든 부품을 사용한 자유 소프트웨어입니다. 각 부품의 라이선스는 영어로 되어 있습니다.";
    show_licences: "Show licences", "라이선스 보기";
    data_folder: "Data folder", "데이터 폴더";
    no_data_folder: "There is no data folder, so nothing is saved.", "데이터 폴더가 없어 아무것도 저장되지 않습니다.";
    open_folder: "Open folder", "폴더 열기";
    report_fault: "Report a fault", "오류 신고";
    report_fault_hint: "Copy this into your report. It has no messages and no addresses in it.",
        "아래 내용을 복사해 신고에 붙여 넣으세요. 메시지나 주소는 들어 있지 않습니다.";
    copy_report: "Copy details", "정보 복사";
    keep_history: "Keep message history", "대화 내용 보관";
    keep_history_hint: "When off, messages and unsent text are erased when a conversation ends, and searches don't find them. Undelivered messages stay until they arrive.",
        "끄면 대화가 끝날 때 대화 내용과 쓰던 글을 삭제하고, 검색에도 나오지 않습니다. 아직 전달되지 않은 메시지는 전달될 때까지 보관합니다.";
    from_now_on: "Only from now on", "이제부터만 삭제";
    not_encrypted_on_disk: "History is stored unencrypted. Anyone who can read your files can read it.",
        "대화 기록은 암호화하지 않고 저장합니다. 내 파일을 읽을 수 있는 사람은 대화 기록도 읽을 수 있습니다.";
    export_conversation: "Export this conversation", "이 대화 내보내기";
    text_file: "Text file", "텍스트 파일";
    no_export_folder: "There is no folder to export to.", "내보낼 폴더가 없습니다.";
    exported_to: "Exported to", "대화를 내보낸 파일:";
    back: "Back", "뒤로";
    copied: "Copied", "복사했습니다.";
    name_changed: "Your name was changed.", "이름을 변경했습니다.";
    clear_conversation: "Erase this conversation", "이 대화 내용 삭제";
    clear_everything: "Erase all conversations", "모든 대화 내용 삭제";
    cant_be_undone: "This can't be undone. Undelivered messages and received files stay.",
        "되돌릴 수 없습니다. 아직 전달되지 않은 메시지와 받은 파일은 남습니다.";
    forget: "Delete", "목록에서 삭제";
    keep: "Keep", "그대로 두기";
    no_address_known: "No address is known for this person.", "이 사람에게 연결할 주소를 모릅니다.";
    allow_plain: "Allow plain text", "암호화되지 않은 연결 허용";
    show_typing: "Let others see when I'm typing", "입력 중 표시";
    connect_in_plain: "Connect in plain text", "암호화 없이 연결";
    dont_connect: "Don't connect", "연결하지 않기";
    someone_else: "It's a different person: add them", "다른 사람으로 추가";
    keep_old_key: "Keep the old key", "예전 키 유지";
    replace_key: "Replace the key", "새 키로 바꾸기";
    send_held: "Send anyway", "그래도 보내기";
    discard_held: "Discard", "보내기 취소";
    make_new_key: "Create a new key", "새 키 만들기";
    store_set_aside: "Contacts and messages couldn't be read, so no one is recognised. The old file was moved to",
        "대화 상대와 메시지를 읽을 수 없어 아무도 알아볼 수 없습니다. 원래 파일을 보관한 위치:";
    store_well: "Contacts and messages can be read and saved again.", "대화 상대와 메시지를 다시 읽고 저장할 수 있습니다.";
    until_store_opens: "Until Duologue can open it, no one is recognised and nothing is saved. It tries again every few seconds.",
        "파일을 열 수 있을 때까지 아무도 알아볼 수 없고 저장도 되지 않습니다. Duologue가 몇 초마다 다시 시도합니다.";
    unclear_caller: "Saved contacts can't be read: this may be someone you know, or someone you have blocked.",
        "저장된 대화 상대를 읽을 수 없습니다. 아는 사람이거나 차단한 사람일 수 있습니다.";
    unclear_plain: "Saved contacts can't be read, so Duologue can't tell whether someone you know was encrypted at this address before.",
        "저장된 대화 상대를 읽을 수 없어, 전에 이 주소에서 암호화된 대화를 했는지 확인할 수 없습니다.";
    index_ended: "Searches no longer find new messages. Restart Duologue.",
        "새 메시지가 더 이상 검색되지 않습니다. Duologue를 다시 시작해 보세요.";
    contacts_lost: "Some contacts may be lost, so Duologue asks about everyone it doesn't recognise.",
        "일부 대화 상대를 복구하지 못했을 수 있어, 알아볼 수 없는 상대는 모두 확인을 요청합니다.";
    go_on_without: "Go on without them", "이대로 계속하기";
    call_anyway: "Call anyway", "그래도 연결";
    write_hint: "Write a message", "메시지를 입력하세요";
    write_for_later: "Sent when they connect", "상대방과 연결되면 전달됩니다";
    write_when_connected: "Connect to start writing", "연결되면 여기에 입력하세요";
    nobody_there: "No one is connected. Your text stays here.", "연결된 상대가 없습니다. 입력한 글은 그대로 남아 있습니다.";
    which_charset: "If the other side is an old program, it may only be able to read this as CP949.",
        "상대가 오래된 프로그램이라면 CP949로 보내야 읽을 수 있습니다.";
    send_as_cp949: "Send as CP949 (older programs need it)", "CP949로 보내기 (오래된 프로그램에 필요)";
    send_as_utf8: "Send as UTF-8", "UTF-8로 보내기";
    sending: "sending", "보내는 중";
    sent: "sent", "보냄";
    not_sent: "not sent", "보내지 못함";
    waiting: "waiting", "보내기 대기 중";
    is_held: "held", "보류됨";
    delivered: "delivered", "전달됨";
    read: "read", "읽음";
    cancelled: "cancelled", "취소됨";
    cancel_message: "Cancel message", "메시지 취소";
    unread: "Unread", "읽지 않은 메시지";
    reconnecting: "Connection lost. Reconnecting…", "연결이 끊겼습니다. 다시 연결하는 중…";
    reconnect_now: "Now", "지금 연결";
    stop_redialling: "Stop calling", "재연결 중지";
    stop_reconnecting: "Stop reconnecting", "재연결 중지";
    show_conversation: "Show conversation", "대화 보기";
    undelivered: "Undelivered messages", "아직 전달되지 않은 메시지";
    close_anyway: "Close anyway", "그래도 닫기";
    keep_open: "Keep open", "계속 열어 두기";
    show_first: "Show the first window", "먼저 연 창 보기";
    no_first: "The first window is closed or not responding.", "먼저 연 창이 닫혔거나 응답하지 않습니다.";
    invite_waits: "You opened an invite while you are in a conversation. It is in the address field: to use it, disconnect, then connect.",
        "대화 중에 초대 링크를 열었습니다. 링크는 주소 칸에 있습니다. 사용하려면 연결을 끊은 다음 연결하세요.";
    recover: "Recover what can be read", "읽을 수 있는 내용 복구";
    nothing_to_recover: "Nothing in the old file can be read.", "원래 파일에서 복구할 수 있는 내용이 없습니다.";
    disk_full: "The disk is full. Messages can't be delivered until there is space again.",
        "디스크가 가득 찼습니다. 공간이 생길 때까지 메시지가 전달되지 않습니다.";
    folder_read_only: "Duologue can't write to its folder. Messages can't be delivered until it can.",
        "Duologue의 폴더에 저장할 수 없습니다. 저장할 수 있을 때까지 메시지가 전달되지 않습니다.";
    no_folder: "Duologue's folder, or one above it, is not a folder but a file. Nothing is saved or delivered, and nothing can be encrypted. Fix that, then restart Duologue.",
        "Duologue의 폴더나 그 상위 폴더 자리에 폴더가 아닌 파일이 있습니다. 저장, 전달, 암호화를 할 수 없습니다. 문제를 해결한 뒤 Duologue를 다시 시작하세요.";
    empty_line: "(empty line)", "(빈 줄)";
    cannot_be_shown: "This message can't be shown.", "표시할 수 없는 메시지입니다.";
    jump_to_newest: "Jump to the newest message", "최신 메시지로 이동";
    theme: "Theme", "테마";
    theme_system: "Match system", "시스템과 같게";
    theme_light: "Light", "라이트";
    theme_dark: "Dark", "다크";
    theme_high_contrast_light: "Light, high contrast", "라이트 (고대비)";
    theme_high_contrast_dark: "Dark, high contrast", "다크 (고대비)";
    reduce_motion: "Reduce motion", "움직임 줄이기";
    reduce_motion_hint: "The window scrolls and changes at once, and the text cursor doesn't blink.", "화면이 부드럽게 움직이지 않고 바로 바뀌며, 커서가 깜박이지 않습니다.";
    language: "Language", "언어";
    encoding_in: "Incoming encoding", "받는 글 인코딩";
    encoding_out: "Outgoing encoding", "보내는 글 인코딩";
    line_end: "Line endings", "줄바꿈 문자";
    line_end_none: "None", "없음";
    copy_conversation: "Copy conversation", "대화 전체 복사";
    damaged_settings: "The settings couldn't be read, so Duologue starts with the defaults. The old file was moved to",
        "설정 파일을 읽을 수 없어 기본 설정으로 시작했습니다. 원래 파일을 보관한 위치:";
    settings_unsaved: "The settings can't be saved.", "설정을 저장할 수 없습니다.";
    crashed: "The network part of Duologue has crashed. Your text is still here.",
        "네트워크 기능이 오류로 중단되었습니다. 입력한 글은 그대로 남아 있습니다.";
    attach: "Attach", "첨부";
    pick_files: "Files…", "파일…";
    pick_folder: "Folder…", "폴더…";
    files_to_send: "Files to send", "보낼 파일 선택";
    folder_to_send: "Folder to send", "보낼 폴더 선택";
    folder_for_downloads: "Folder for received files", "받은 파일을 저장할 폴더 선택";
    not_in_plain_text: "Files can only be sent in an encrypted conversation.", "파일은 암호화된 대화에서만 보낼 수 있습니다.";
    no_conversation_for_files: "Open a conversation to send files.", "파일을 보내려면 대화를 먼저 여세요.";
    lacks_files: "Their version of Duologue can't receive files. They need a newer version.",
        "상대방의 Duologue 버전은 파일을 받을 수 없습니다. 새 버전이 필요합니다.";
    no_store_for_files: "Files can't be sent while Duologue can't save anything.", "아무것도 저장할 수 없는 동안에는 파일을 보낼 수 없습니다.";
    no_file_dialog: "This system has no dialog to choose files. Drag them onto the window, or paste them or their path into the message.",
        "이 시스템에는 파일을 선택하는 창이 없습니다. 파일을 창에 끌어다 놓거나, 파일 또는 경로를 메시지에 붙여 넣으세요.";
    no_folder_dialog: "This system has no dialog to choose a folder. You can set “folder” in the “files” section of settings.toml.",
        "이 시스템에는 폴더를 선택하는 창이 없습니다. settings.toml의 files 항목에 folder를 직접 적을 수 있습니다.";
    folder_not_kept: "This folder can't be used: its name has characters that can't be saved.", "이름에 저장할 수 없는 문자가 있어 이 폴더를 쓸 수 없습니다.";
    disk_is_full: "There is no space on the disk.", "디스크에 공간이 부족합니다.";
    picture_too_large_to_show: "The picture is too large to be shown here.", "그림이 너무 커서 여기에 표시할 수 없습니다.";
    pasted_picture: "Pasted picture", "붙여 넣은 그림";
    send_as_file: "Send the file instead", "파일로 보내기";
    send_as_files: "Send the files instead", "파일들로 보내기";
    decline: "Decline", "거절";
    pause: "Pause", "일시 정지";
    resume: "Resume", "계속";
    show_in_folder: "Show in folder", "폴더에서 보기";
    send_again: "Send again", "다시 보내기";
    open_anyway: "Open anyway", "그래도 열기";
    file_can_run: "This kind of file can run as a program. Open it only if you know what it is and trust who sent it.",
        "프로그램처럼 실행될 수 있는 파일입니다. 어떤 파일인지 알고, 보낸 사람을 믿을 때만 여세요.";
    file_preparing: "Preparing…", "준비하는 중…";
    file_offered: "Waiting for them to accept", "상대방의 수락을 기다리는 중";
    file_starts: "Waiting…", "기다리는 중…";
    file_continues: "Continues once you are connected", "연결되면 이어집니다";
    file_paused: "Paused", "일시 정지됨";
    file_paused_by_them: "Paused by the other side", "상대방이 일시 정지함";
    file_arrived_there: "Received by the other side", "상대방이 받음";
    file_arrived: "Received", "받음";
    file_declined_by_me: "You declined it", "거절함";
    file_declined: "Declined by the other side", "상대방이 거절함";
    file_cancelled_by_me: "You cancelled it", "내가 취소함";
    file_cancelled: "Cancelled by the other side", "상대방이 취소함";
    file_changed: "The file was changed after it was offered, so it wasn't sent.", "보내기로 한 뒤에 파일이 바뀌어 보내지 않았습니다.";
    file_changed_there: "The file was changed on the other side, so it wasn't sent.", "상대방의 파일이 도중에 바뀌어 받지 못했습니다.";
    file_unreadable: "The file can't be read.", "파일을 읽을 수 없습니다.";
    file_unreadable_there: "The other side can't read the file any more.", "상대방이 파일을 읽을 수 없습니다.";
    file_disk_full: "There is no space for it on the disk. It goes on once you resume it.",
        "디스크에 공간이 부족합니다. 공간을 비운 뒤 ‘계속’을 누르면 이어집니다.";
    file_disk_slow: "The disk doesn't keep up. It goes on by itself.", "디스크가 느려 잠시 기다리는 중입니다. 자동으로 이어집니다.";
    file_no_folder: "The folder for it isn't there any more. It goes on by itself once it is.",
        "저장할 폴더를 찾을 수 없습니다. 폴더가 다시 나타나면 자동으로 이어집니다.";
    file_no_space: "There is no space for it on the disk.", "디스크에 공간이 부족해 받지 못했습니다.";
    file_no_space_there: "The other side has no space for it on the disk.", "상대방의 디스크에 공간이 부족해 보내지 못했습니다.";
    file_unwritable: "It can't be written into the folder.", "폴더에 저장할 수 없습니다.";
    file_unwritable_there: "The other side can't save it.", "상대방이 저장할 수 없습니다.";
    file_invalid: "What arrived wasn't the file that was offered, so it was discarded.", "받은 내용이 보내겠다고 한 파일과 달라 버렸습니다.";
    file_invalid_there: "What arrived on the other side wasn't this file, so it was discarded.", "상대방이 받은 내용이 이 파일과 달라 버렸습니다.";
    file_not_sent: "It wasn't sent.", "보내지 못했습니다.";
    file_loading: "Loading the picture…", "그림을 불러오는 중…";
    file_progress: "Progress", "진행률";
    files: "Files", "파일";
    download_folder: "Received files", "받은 파일";
    no_download_folder: "There is no folder for received files. Choose one in the settings.",
        "받은 파일을 저장할 폴더가 없습니다. 설정에서 선택하세요.";
    download_folder_hint: "A file never replaces another one of the same name.", "이름이 같은 파일이 있어도 덮어쓰지 않습니다.";
    change_further: "Change…", "변경…";
    accept_by_itself: "Accept from verified people", "확인된 상대의 파일 자동 수락";
    always_ask: "Ask about every file", "항상 묻기";
    accept_by_itself_hint: "Only from people whose numbers you have compared. Nothing is ever opened by itself.",
        "안전 번호를 확인한 상대에게만 적용됩니다. 받은 파일이 저절로 열리지는 않습니다.";
    keep_location: "Send pictures with the place where they were taken", "사진을 보낼 때 촬영 위치 포함";
    keep_location_hint: "When off, a copy without it is sent of JPEG, PNG and WebP pictures. Other kinds are sent as they are.",
        "끄면 JPEG, PNG, WebP 사진은 위치를 뺀 사본을 보냅니다. 다른 형식은 그대로 보냅니다.";
    busy: "Duologue is busy. Try again in a moment.", "지금은 처리할 수 없습니다. 잠시 후 다시 시도하세요.";
}

/// The phrases with something in them.
impl Lang {
    /// In a window that is not the first one on its data folder.
    pub fn further_profile(self, number: u32) -> String {
        match self {
            Self::En => format!(
                "Duologue is already open. This window is Duologue {number}, a separate profile with its own name and key."
            ),
            Self::Ko => format!(
                "Duologue가 이미 열려 있습니다. 이 창(Duologue {number})은 이름과 키가 따로 있는 별도 프로필입니다."
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

    /// How many addresses of an invite are tried besides the first one.
    pub fn further_addresses(self, count: usize) -> String {
        match (self, count) {
            (Self::En, 1) => "1 more address is tried, too.".to_owned(),
            (Self::En, _) => format!("{count} more addresses are tried, too."),
            (Self::Ko, _) => format!("다른 주소 {count}개도 함께 시도합니다."),
        }
    }

    /// How long a call has been tried.
    pub fn tried_for(self, seconds: u64) -> String {
        match self {
            Self::En => format!("Trying for {seconds} s"),
            Self::Ko => format!("{seconds}초째 시도하는 중"),
        }
    }

    /// What somebody who was called sees of us, before they accept and afterwards.
    pub fn seen_before_accepted(self, name: &str, own: &PublicKey) -> String {
        let key = own.fingerprint();
        match self {
            Self::En => format!(
                "They see your key, {key}. Once they accept, they also see your name, “{name}”."
            ),
            Self::Ko => {
                format!("상대방에게는 내 키 {key}만 보입니다. 수락하면 이름 ‘{name}’도 보입니다.")
            }
        }
    }

    /// Opens the list of further addresses of this computer.
    pub fn more_addresses(self, count: usize) -> String {
        match self {
            Self::En => format!("More addresses ({count})"),
            Self::Ko => format!("다른 주소 {count}개"),
        }
    }

    /// The status while listening: on which port.
    pub fn waiting_on(self, port: u16) -> String {
        match self {
            Self::En => format!("Waiting on port {port}"),
            Self::Ko => format!("{port}번 포트에서 연결 대기 중"),
        }
    }

    /// Where a link leads whose host can be taken for another.
    pub fn deceptive_host(self, letters: &str) -> String {
        match self {
            Self::En => format!("It is written with letters that look like others: {letters}"),
            Self::Ko => format!("모양이 비슷한 다른 글자를 쓴 주소입니다: {letters}"),
        }
    }

    /// On the button that leads to newer rows.
    pub fn new_messages(self, count: u64) -> String {
        match self {
            Self::En => format!("↓ {count} new"),
            Self::Ko => format!("↓ 새 메시지 {count}개"),
        }
    }

    /// A notification that hides what has come.
    pub fn messages_came(self, count: u64) -> String {
        match (self, count) {
            (Self::En, 1) => "New message".to_owned(),
            (Self::En, _) => format!("{} new messages", grouped(count)),
            (Self::Ko, _) => format!("새 메시지 {}개", grouped(count)),
        }
    }

    /// Above the oldest row of a transcript that has lost its beginning.
    pub fn dropped(self, count: u64) -> String {
        match self {
            Self::En => format!("{} older entries are no longer kept", grouped(count)),
            Self::Ko => format!("이전 항목 {}개는 더 이상 보관되지 않습니다", grouped(count)),
        }
    }

    /// Above a text of several lines: some peers take each line for a message.
    pub fn several_lines(self, lines: usize) -> String {
        match self {
            Self::En => format!("These {lines} lines may arrive as {lines} messages."),
            Self::Ko => format!("이 {lines}줄은 메시지 {lines}개로 도착할 수 있습니다."),
        }
    }

    /// The name of a row for a screen reader. `marks` are what it says besides its text.
    pub fn row_name(self, name: &str, time: Time, text: &str, marks: &[String]) -> String {
        let time = self.time(time);
        let named = [name.to_owned(), time];
        format!("{}: {text}", [&named, marks].concat().join(", "))
    }

    /// Beside a message that arrived much later than it was sent. `other_day` is when, if not on the same day.
    pub fn arrived(self, time: Time, other_day: Option<Date>) -> String {
        let time = self.time(time);
        match (self, other_day) {
            (Self::En, None) => format!("arrived {time}"),
            (Self::Ko, None) => format!("{time} 도착"),
            (Self::En, Some(day)) => format!("arrived {} {} {time}", day.day(), month(day)),
            (Self::Ko, Some(day)) => format!("{}월 {}일 {time} 도착", day.month(), day.day()),
        }
    }

    /// The status while a lost connection waits to be tried again.
    pub fn reconnecting_in(self, seconds: u64) -> String {
        match self {
            Self::En => format!("Connection lost. Reconnecting in {seconds} s"),
            Self::Ko => format!("연결이 끊겼습니다. {seconds}초 후 다시 연결합니다"),
        }
    }

    /// Before the window is closed while messages are undelivered.
    pub fn not_delivered_yet(self, count: u64) -> String {
        match (self, count) {
            (Self::En, 1) => {
                "1 message hasn't been delivered. It is saved and goes out the next time you connect.".to_owned()
            }
            (Self::En, _) => format!(
                "{} messages haven't been delivered. They are saved and go out the next time you connect.",
                grouped(count)
            ),
            (Self::Ko, _) => format!(
                "아직 전달되지 않은 메시지가 {}개 있습니다. 보관해 두었다가 다음에 연결되면 전달합니다.",
                grouped(count)
            ),
        }
    }

    /// What was recovered from a damaged store.
    pub fn salvaged(self, salvage: Salvage) -> String {
        let contacts = grouped(salvage.contacts);
        let messages = grouped(salvage.messages);
        let recovered = match self {
            Self::En => {
                format!("Recovered from the old file: {contacts} contacts, {messages} messages.")
            }
            Self::Ko => {
                format!(
                    "원래 파일에서 대화 상대 {contacts}명과 메시지 {messages}개를 복구했습니다."
                )
            }
        };
        if salvage.has_losses {
            format!("{recovered} {}", self.contacts_lost())
        } else {
            recovered
        }
    }

    /// The delivery state of a message of ours.
    pub fn delivery(self, delivery: Delivery) -> &'static str {
        match delivery {
            Delivery::Sending => self.sending(),
            Delivery::Waiting => self.waiting(),
            Delivery::Held => self.is_held(),
            Delivery::Sent => self.sent(),
            Delivery::Delivered => self.delivered(),
            Delivery::Read => self.read(),
            Delivery::Recalled => self.cancelled(),
            Delivery::NotSent => self.not_sent(),
        }
    }

    /// "14:03"
    pub fn time(self, time: Time) -> String {
        let (is_morning, minute) = (time.hour() < 12, time.minute());
        let hour = match time.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        match (self, is_morning) {
            (Self::En, true) => format!("{hour}:{minute:02} AM"),
            (Self::En, false) => format!("{hour}:{minute:02} PM"),
            (Self::Ko, true) => format!("오전 {hour}:{minute:02}"),
            (Self::Ko, false) => format!("오후 {hour}:{minute:02}"),
        }
    }

    /// A month of a calendar: "November 2026", "2026년 11월".
    pub fn month(self, date: Date) -> String {
        match self {
            Self::En => format!("{} {}", month(date), date.year()),
            Self::Ko => format!("{}년 {}월", date.year(), date.month()),
        }
    }

    /// The weekdays of a calendar, as they are in a row: from Monday in English, from Sunday in Korean.
    pub(super) const fn weekdays(self) -> [&'static str; 7] {
        match self {
            Self::En => ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"],
            Self::Ko => ["일", "월", "화", "수", "목", "금", "토"],
        }
    }

    /// How many days of that row come before this one.
    pub(super) fn days_before(self, weekday: Weekday) -> i8 {
        match self {
            Self::En => weekday.to_monday_zero_offset(),
            Self::Ko => weekday.to_sunday_zero_offset(),
        }
    }

    /// "Sunday, 22 November", with the year if it is not that of `today`.
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
            Self::Ko => format!("{} 읽기", Particle::As.after(charset.name())),
        }
    }

    /// What goes to a peer that does not read UTF-8.
    pub fn sent_as(self, charset: Charset) -> String {
        match self {
            Self::En => format!("What you write is sent in {charset}."),
            Self::Ko => format!("보내는 글은 {charset} 인코딩으로 나갑니다."),
        }
    }

    /// The keys that send a message.
    pub fn send_key_name(self, key: SendKey) -> &'static str {
        match (self, key) {
            (Self::En | Self::Ko, SendKey::Enter) => "Enter",
            (Self::En | Self::Ko, SendKey::CtrlEnter) => "Ctrl+Enter",
        }
    }

    /// An incoming encoding in the settings.
    pub fn reading_auto(self, fallback: Charset) -> String {
        match self {
            Self::En => format!("Automatic (UTF-8 or {fallback})"),
            Self::Ko => format!("자동 (UTF-8 또는 {fallback})"),
        }
    }

    /// The outgoing encoding if none is chosen.
    pub fn outgoing_auto(self) -> &'static str {
        match self {
            Self::En => "Automatic (as the other side, asks when unsure)",
            Self::Ko => "자동 (상대와 같게, 확실하지 않으면 물어봄)",
        }
    }

    /// A line ending in the menu.
    pub fn line_end_name(self, end: Option<LineEnd>) -> &'static str {
        match end {
            None => match self {
                Self::En => "Automatic (same as the other side)",
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
