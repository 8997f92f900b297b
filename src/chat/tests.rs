use std::{net::SocketAddr, time::SystemTime};

use jiff::SignedDuration;

use super::{
    timeline::{Content, Delivery, Item, Note, Speaker},
    *,
};
use crate::{
    identity::{Contact, PeerId, Trust},
    millis::Millis,
    net::{Event, How, MessageId, Origin, Payload, RequestId},
    store::Lookup,
    text::{charset::Decoded, line_end::LineEnd},
};

const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7);
const MINA: PublicKey = PublicKey::from_bytes([1; 32]);

fn plain() -> PeerId {
    PeerId::Address(PEER.to_string().into())
}

fn connected() -> Chat {
    connected_with(plain())
}

fn connected_with(peer_id: PeerId) -> Chat {
    let mut chat = Chat::default();
    apply(&mut chat, connected_event(Origin::Dialled, peer_id));
    chat
}

fn connected_event(origin: Origin, peer_id: PeerId) -> Event {
    Event::Connected {
        peer: PEER,
        origin,
        peer_id,
        encrypted_before: Lookup::Nothing,
        last_row: None,
    }
}

fn apply(chat: &mut Chat, event: Event) {
    chat.apply(event, Timestamp::UNIX_EPOCH);
}

fn call(to: &str) -> Call {
    Call {
        to: to.parse().expect("an endpoint"),
        also: Vec::new(),
        how: How::Encrypted,
    }
}

fn encrypted_message(text: &str) -> Event {
    Event::Received {
        peer_id: PeerId::Key(MINA),
        row: Some(Row::FIRST),
        at: SystemTime::UNIX_EPOCH,
        payload: Payload::Text {
            text: text.to_owned(),
            sent_at: Millis::new(0),
        },
    }
}

fn notes(chat: &Chat) -> Vec<Note> {
    let rows = chat.timeline().items().filter_map(|row| match row.content {
        Content::Note(note) => Some(note),
        Content::Message(_) => None,
    });
    rows.collect()
}

fn plain_message(text: &str, end: LineEnd) -> Event {
    received(Reading::default().decode(text.as_bytes()), end)
}

#[test]
fn korean_to_a_peer_without_line_ends_asks_for_the_encoding_once() {
    let mut chat = connected();
    assert!(chat.compose("hello").is_ok());
    assert_eq!(chat.compose("안녕"), Err(Refusal::WhichCharset));
    chat.apply(plain_message("hi", LineEnd::None), Timestamp::UNIX_EPOCH);
    assert_eq!(chat.compose("안녕"), Err(Refusal::WhichCharset));
    chat.choose_charset(Charset::CP949);
    assert_eq!(
        chat.compose("안녕").map(|composed| composed.charset),
        Ok(Charset::CP949)
    );
    assert_eq!(chat.charsets().get("127.0.0.1:7"), Some(&Charset::CP949));
    assert!(matches!(chat.compose("😀"), Err(Refusal::Unencodable(_))));
}

#[test]
fn korean_to_a_peer_with_line_ends_is_sent_as_utf8() {
    let mut chat = connected();
    chat.apply(plain_message("hi", LineEnd::Lf), Timestamp::UNIX_EPOCH);
    assert_eq!(
        chat.compose("안녕").map(|composed| composed.charset),
        Ok(Charset::UTF_8)
    );
    chat.set_outgoing(Some(Charset::CP949));
    assert_eq!(
        chat.compose("안녕").map(|composed| composed.charset),
        Ok(Charset::CP949)
    );
}

/// A plain-text message in this encoding, which the worker has detected.
fn detected_message(charset: Charset, text: &str, end: LineEnd) -> Event {
    let bytes = charset.encode(text).expect("letters of the encoding");
    let decoded = Reading::default().decode_again(&bytes, Some(charset));
    assert_eq!(decoded.text, text);
    received(decoded, end)
}

fn received(decoded: Decoded, end: LineEnd) -> Event {
    Event::Received {
        peer_id: plain(),
        row: None,
        at: SystemTime::UNIX_EPOCH,
        payload: Payload::PlainText { decoded, end },
    }
}

fn sent_in(chat: &Chat, text: &str) -> Result<Charset, Refusal> {
    chat.compose(text).map(|composed| composed.charset)
}

#[test]
fn a_peer_is_answered_in_the_encoding_that_it_writes() {
    for end in [LineEnd::CrLf, LineEnd::None] {
        let mut chat = connected();
        apply(&mut chat, detected_message(Charset::CP949, "안녕", end));
        assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::CP949));
        assert_eq!(chat.unusual_charset(), Some(Charset::CP949));
        // ASCII is the same in both.
        apply(&mut chat, plain_message("ok", end));
        assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::CP949));
        // What it lacks is named.
        assert!(matches!(sent_in(&chat, "😀"), Err(Refusal::Unencodable(_))));
        // The person's own choice comes first,
        chat.set_outgoing(Some(Charset::UTF_8));
        assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::UTF_8));
        assert_eq!(chat.unusual_charset(), None);
        chat.set_outgoing(None);
        // and so does the answer for this address.
        chat.choose_charset(Charset::UTF_8);
        assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::UTF_8));
    }
}

#[test]
fn a_peer_that_writes_utf8_is_asked_about_where_it_may_not_read_it() {
    let mut chat = connected();
    apply(
        &mut chat,
        detected_message(Charset::UTF_8, "안녕", LineEnd::None),
    );
    assert_eq!(sent_in(&chat, "치킨"), Err(Refusal::WhichCharset));
    apply(
        &mut chat,
        detected_message(Charset::UTF_8, "안녕", LineEnd::Lf),
    );
    assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::UTF_8));
    assert_eq!(chat.unusual_charset(), None);
    // It turns to another encoding, and back.
    apply(
        &mut chat,
        detected_message(Charset::CP949, "안녕", LineEnd::Lf),
    );
    assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::CP949));
    apply(
        &mut chat,
        detected_message(Charset::UTF_8, "안녕", LineEnd::Lf),
    );
    assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::UTF_8));
    // What nobody can read shows nothing.
    let broken = Reading::default().decode(b"\xff");
    apply(&mut chat, received(broken, LineEnd::Lf));
    assert_eq!(sent_in(&chat, "치킨"), Ok(Charset::UTF_8));
}

#[test]
fn another_incoming_encoding_is_answered_at_once_and_back_again() {
    let texts = |chat: &Chat| {
        let rows = chat
            .timeline()
            .items()
            .filter_map(|row| match &row.content {
                Content::Message(message) => Some(message.text.to_string()),
                Content::Note(_) => None,
            });
        rows.collect::<Vec<_>>()
    };
    let mut chat = connected();
    // By itself, the second one would be é.
    for text in ["안녕", "챕"] {
        apply(
            &mut chat,
            detected_message(Charset::CP949, text, LineEnd::CrLf),
        );
    }
    let japanese = Charset::for_label("euc-jp").expect("known");
    for (reading, shown, sent) in [
        (Reading::Fixed(japanese), ["照括", "辿"], japanese),
        (Reading::default(), ["안녕", "챕"], Charset::CP949),
        (
            Reading::Fixed(Charset::UTF_8),
            ["\u{fffd}\u{233}\u{fffd}", "é"],
            Charset::UTF_8,
        ),
        (Reading::default(), ["안녕", "챕"], Charset::CP949),
    ] {
        chat.set_reading(reading);
        while chat.reread() {}
        assert_eq!(texts(&chat), shown);
        assert_eq!(sent_in(&chat, "x"), Ok(sent));
    }
    // What was on its way when that was chosen is read as it was detected.
    apply(
        &mut chat,
        detected_message(Charset::CP949, "챔", LineEnd::CrLf),
    );
    assert_eq!(texts(&chat)[2], "챔");
}

#[test]
fn a_text_that_can_not_be_sent_says_why_and_changes_nothing() {
    let chat = Chat::default();
    assert_eq!(chat.compose("x"), Err(Refusal::NotConnected));
    let chat = connected();
    assert_eq!(chat.compose(" \n"), Err(Refusal::Empty));
    let long = "x".repeat(MESSAGE_CAP + 1);
    assert_eq!(
        chat.compose(&long),
        Err(Refusal::TooLong {
            bytes: MESSAGE_CAP + 1
        })
    );
    assert!(chat.compose(&long[1..]).is_ok());
    assert_eq!(chat.timeline().len(), 1);
}

#[test]
fn a_sent_message_is_marked_and_can_be_recalled() {
    let mut chat = connected();
    let composed = chat.compose("hello\n").expect("can be sent");
    chat.add(composed, Timestamp::UNIX_EPOCH);
    assert_eq!(chat.conversation().last_sent(), Some("hello"));
    let id = chat.timeline().last_id().expect("a row");
    assert_eq!(
        chat.timeline().get(id).and_then(Item::delivery),
        Some(Delivery::Sending)
    );
    let sent = Event::NotStored {
        id: MessageId(0),
        is_sent: true,
    };
    apply(&mut chat, sent);
    assert_eq!(
        chat.timeline().get(id).and_then(Item::delivery),
        Some(Delivery::Sent)
    );
}

#[test]
fn a_crash_fails_pending_messages_and_keeps_the_timeline() {
    let mut chat = connected();
    let composed = chat.compose("hello").expect("can be sent");
    chat.add(composed, Timestamp::UNIX_EPOCH);
    chat.crashed(Timestamp::UNIX_EPOCH);
    assert_eq!(chat.problem(), Some(&Problem::Crashed));
    assert_eq!((chat.link(), chat.door()), (&Link::Ended, &Door::Closed));
    let deliveries: Vec<_> = chat.timeline().items().filter_map(Item::delivery).collect();
    assert_eq!(deliveries, [Delivery::NotSent]);
}

#[test]
fn a_caller_that_connects_during_a_call_hides_neither_the_call_nor_its_failure() {
    let mut chat = Chat::default();
    let call = call("mina-pc:1");
    chat.command_sent(&Command::Connect(call.clone()));
    apply(&mut chat, connected_event(Origin::Accepted, plain()));
    apply(&mut chat, Event::Ended(EndReason::CalledAnother));
    let dialling = Link::Dialling {
        call: call.clone(),
        at: None,
    };
    assert_eq!(chat.link(), &dialling);
    let error = ConnectError::Refused;
    let failed = Event::ConnectFailed {
        call: call.clone(),
        error,
    };
    apply(&mut chat, failed);
    assert_eq!(chat.problem(), Some(&Problem::Connect { call, error }));
}

#[test]
fn the_end_is_noted_once_and_a_cancelled_call_shows_no_problem() {
    let mut chat = connected();
    let rows = chat.timeline().len();
    for _ in 0..2 {
        apply(&mut chat, Event::Ended(EndReason::PeerLeft));
    }
    assert_eq!(
        (chat.timeline().len(), chat.link()),
        (rows + 1, &Link::Ended)
    );
    let call = call("nowhere:1");
    chat.command_sent(&Command::Connect(call.clone()));
    assert!(matches!(chat.link(), Link::Dialling { call: ours, at: None } if *ours == call));
    chat.command_sent(&Command::Cancel);
    let error = ConnectError::TimedOut;
    apply(&mut chat, Event::ConnectFailed { call, error });
    assert_eq!(chat.problem(), None);
}

#[test]
fn the_key_that_answers_a_call_is_known_before_we_are_let_in() {
    let mut chat = Chat::default();
    let call = call("mina-pc:1");
    let to = call.to.clone();
    let waiting = Event::Waiting { to, key: MINA };
    apply(&mut chat, waiting.clone());
    assert_eq!(chat.link(), &Link::Idle, "we are not calling");
    chat.command_sent(&Command::Connect(call.clone()));
    apply(&mut chat, waiting);
    let at = Some(MINA);
    assert_eq!(chat.link(), &Link::Dialling { call, at });
}

#[test]
fn callers_that_ask_are_listed_until_answered_or_gone() {
    let mut chat = Chat::default();
    for number in 0..3 {
        let from = PEER.ip();
        let id = RequestId(number);
        apply(
            &mut chat,
            Event::JoinRequested(JoinRequest {
                id,
                from,
                peer_id: plain(),
                encrypted_before: Lookup::Nothing,
            }),
        );
    }
    let admit = Command::Answer {
        request: RequestId(1),
        admit: true,
    };
    chat.command_sent(&admit);
    let ids =
        |chat: &Chat| -> Vec<_> { chat.requests().iter().map(|request| request.id.0).collect() };
    assert_eq!(ids(&chat), [0, 2]);
    apply(&mut chat, Event::JoinRequestOver(RequestId(1)));
    apply(&mut chat, Event::JoinRequestOver(RequestId(0)));
    assert_eq!(ids(&chat), [2]);
    chat.crashed(Timestamp::UNIX_EPOCH);
    assert_eq!(chat.requests(), []);
}

#[test]
fn encrypted_text_is_utf8_and_is_never_decoded_again() {
    let mut chat = connected_with(PeerId::Key(MINA));
    chat.set_outgoing(Some(Charset::CP949));
    for charset in [None, Some(Charset::CP949)] {
        let composed = chat.compose_in("안녕 😀", charset);
        assert_eq!(
            composed.map(|composed| composed.charset),
            Ok(Charset::UTF_8)
        );
    }
    assert!(chat.compose("#exit").is_ok());
    apply(&mut chat, encrypted_message("안녕"));
    chat.set_reading(Reading::Fixed(Charset::CP949));
    while chat.reread() {}
    let texts = chat
        .timeline()
        .items()
        .filter_map(|row| match &row.content {
            Content::Message(message) => Some((message.speaker, &*message.text)),
            Content::Note(_) => None,
        });
    assert_eq!(texts.collect::<Vec<_>>(), [(Speaker::Key(MINA), "안녕")]);
}

#[test]
fn a_peer_types_until_it_sends_stops_or_is_silent() {
    let mut chat = connected_with(PeerId::Key(MINA));
    let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    assert!(!chat.peer_types(at(0)));
    apply(&mut chat, Event::Typing(true));
    assert!(chat.peer_types(at(7)) && !chat.peer_types(at(8)));
    apply(&mut chat, Event::Typing(false));
    assert!(!chat.peer_types(at(0)));
    apply(&mut chat, Event::Typing(true));
    apply(&mut chat, encrypted_message("hello"));
    assert!(!chat.peer_types(at(0)));
    apply(&mut chat, Event::Typing(true));
    apply(&mut chat, Event::Ended(EndReason::PeerLeft));
    assert!(!chat.peer_types(at(0)));
}

#[test]
fn a_peer_that_sends_no_more_is_noted_until_somebody_connects() {
    let mut chat = connected();
    apply(&mut chat, Event::PeerFinished);
    assert_eq!(notes(&chat).last(), Some(&Note::Finished(PEER.ip())));
    assert!(chat.peer().is_some_and(|peer| peer.has_finished));
    apply(&mut chat, connected_event(Origin::Dialled, plain()));
    assert!(chat.peer().is_some_and(|peer| !peer.has_finished));
}

#[test]
fn plain_text_from_an_address_that_was_encrypted_before_is_noted() {
    let mut chat = Chat::default();
    let connected = Event::Connected {
        peer: PEER,
        origin: Origin::Accepted,
        peer_id: plain(),
        encrypted_before: Lookup::Found(MINA),
        last_row: None,
    };
    apply(&mut chat, connected);
    assert_eq!(notes(&chat).get(1), Some(&Note::PlainNow(MINA)));
}

#[test]
fn a_name_that_belongs_to_another_contact_is_noted() {
    let other = PublicKey::from_bytes([2; 32]);
    let peer = |key, my_name: Option<&str>| Contact {
        key,
        my_name: my_name.map(str::to_owned),
        their_name: "Mina".to_owned(),
        trust: Trust::Met,
        blocked: false,
        last_ip: None,
        first_met: None,
        last_seen: None,
        addresses: Vec::new(),
        held: 0,
        held_up_to: 0,
    };
    let mut chat = connected_with(PeerId::Key(other));
    let known = [peer(other, None), peer(MINA, Some("Mina"))];
    apply(&mut chat, Event::Contacts(known.into()));
    apply(&mut chat, Event::Named("Mina".to_owned()));
    let note = Note::Namesake {
        key: other,
        known: MINA,
    };
    assert_eq!(notes(&chat).get(1), Some(&note));
}

#[test]
fn why_there_is_no_key_is_shown_again_when_one_is_needed() {
    let mut chat = Chat::default();
    let why = IdentityError::Damaged("identity.key".into());
    apply(&mut chat, Event::Identity(Err(why.clone())));
    let problem = Problem::Identity(why);
    assert_eq!(chat.problem(), Some(&problem));
    chat.dismiss();
    let call = call("mina-pc:1");
    chat.command_sent(&Command::Connect(call.clone()));
    let error = ConnectError::NoIdentity;
    apply(&mut chat, Event::ConnectFailed { call, error });
    assert_eq!((chat.problem(), chat.own_key()), (Some(&problem), None));
    apply(&mut chat, Event::Identity(Ok(MINA)));
    assert_eq!((chat.problem(), chat.own_key()), (None, Some(MINA)));
}

#[test]
fn a_message_is_shown_in_its_conversation_even_if_another_peer_is_connected() {
    let mut chat = Chat::default();
    chat.set_paged(true);
    chat.open(PeerId::Key(MINA));
    apply(&mut chat, encrypted_message("late"));
    assert_eq!(chat.timeline().len(), 1, "no peer is connected");
    let mut chat = connected();
    chat.set_paged(true);
    apply(&mut chat, encrypted_message("hello"));
    let messages = chat
        .timeline()
        .items()
        .filter_map(|row| match &row.content {
            Content::Message(message) => Some(message.speaker),
            Content::Note(_) => None,
        });
    assert_eq!(messages.count(), 0, "another conversation is open");
}

#[test]
fn a_message_that_is_not_stored_is_marked_by_its_id() {
    let mut chat = connected_with(PeerId::Key(MINA));
    for (id, is_sent, delivery) in [(0, true, Delivery::Sent), (1, false, Delivery::NotSent)] {
        let composed = chat.compose("hello").expect("can be sent");
        chat.add(composed, Timestamp::UNIX_EPOCH);
        let id = MessageId(id);
        apply(&mut chat, Event::NotStored { id, is_sent });
        let newest = chat
            .timeline()
            .last_id()
            .and_then(|id| chat.timeline().get(id));
        assert_eq!(newest.and_then(Item::delivery), Some(delivery));
    }
}
