//! Two programs talk encrypted: any text arrives unchanged, in order and once, and nothing is lost at the end.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::{
    KOREAN, Program, assert_refused, clock,
    line_peer::{LineListener, LinePeer},
    messages, part,
    peer::{Person, RawPeer},
    thread,
};
use duologue::{
    net::{
        Command, EndReason, Event, How,
        protocol::frame::{Bye, Frame, TEXT_CAP},
    },
    text::charset::Charset,
};

/// Two connected programs, the caller first, and the port of the other one.
fn two() -> (Program, Program, u16) {
    let (mut listener, port) = Program::listening();
    let mut caller = Program::start();
    caller.call(port, How::Encrypted);
    caller.named();
    listener.named();
    (caller, listener, port)
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("soon enough")
}

#[test]
fn any_text_arrives_unchanged() {
    let (mut caller, mut listener, _) = two();
    let longest = "가".repeat(TEXT_CAP / 3);
    for (id, text) in (0..).zip([
        KOREAN,
        "",
        "two\nlines, and a third one\r\n",
        "#exit",
        "\0\u{1b}[2J\u{202e}\u{7f}",
        " white space \t",
        "👩‍👩‍👧‍👦 e\u{301}",
        &longest,
    ]) {
        let before = now_ms();
        caller.say(id, text);
        let heard = listener.received();
        assert!(
            heard.text == text,
            "{} bytes of {}",
            heard.text.len(),
            text.len()
        );
        let sent_at = heard.sent_at;
        assert!((before..=now_ms()).contains(&sent_at), "{sent_at}");
        listener.say(id, text);
        assert!(caller.text() == text);
    }
    // A message that is too long is reported as not sent.
    caller.send(100, &format!("{longest}가"), Charset::UTF_8);
    caller.not_sent(100);
    // The encoding for plain text does not matter here.
    caller.send(101, "👋", Charset::CP949);
    assert_eq!(listener.text(), "👋");
    part(&mut listener, &mut caller);
}

#[test]
fn both_sides_can_send_at_the_same_time() {
    const MESSAGES: u64 = 1000;
    let (caller, listener, _) = two();
    let [one, other] = [caller, listener].map(|mut program| {
        thread("talking", move || {
            for id in 0..MESSAGES {
                program.send(id, &format!("{id} {KOREAN}"), Charset::UTF_8);
            }
            let (mut sent, mut heard) = (0, 0);
            while sent < MESSAGES || heard < MESSAGES {
                let event = program.next_event();
                if let Some(id) = program.sent_id(&event) {
                    assert_eq!(id, sent);
                    sent += 1;
                } else {
                    let said = messages::text(&event).expect("a text");
                    assert_eq!(said.text, format!("{heard} {KOREAN}"));
                    heard += 1;
                }
            }
            program
        })
    });
    let mut programs = [one, other].map(|talking| talking.join().expect("all is said and heard"));
    for program in &mut programs {
        program.settle();
    }
    let [mut one, mut other] = programs;
    part(&mut one, &mut other);
}

#[test]
fn typing_is_reported_to_encrypted_peers_only() {
    let (mut caller, mut listener, port) = two();
    for typing in [true, false, true] {
        caller.ask(&Command::SetTyping(typing));
        listener.expect("Typing", |event| {
            (*event == Event::Typing(typing)).then_some(())
        });
    }
    part(&mut caller, &mut listener);
    let mut plain = LinePeer::call(port, "\n");
    plain.say("hello");
    assert_eq!(listener.hear(), "hello");
    listener.ask(&Command::SetTyping(true));
    listener.say(1, "hello");
    assert_eq!(plain.hear(), "hello");
}

#[test]
fn closing_the_window_sends_all_encrypted_messages() {
    let long = "안녕".repeat(TEXT_CAP / 6);
    for caller_closes in [true, false] {
        let (caller, listener, _) = two();
        let (closes, mut stays) = if caller_closes {
            (caller, listener)
        } else {
            (listener, caller)
        };
        let texts = [&long, "one", &long, "two"];
        for (id, text) in (0..).zip(texts) {
            closes.send(id, text, Charset::UTF_8);
        }
        // What the other side sends is not read any more and must not cause a reset.
        stays.send(1, "unread", Charset::UTF_8);
        let closing = thread("closing", move || {
            let closing = clock();
            drop(closes);
            closing.elapsed()
        });
        for text in texts {
            assert!(stays.text() == text, "{} bytes", text.len());
        }
        assert_eq!(stays.ended(), EndReason::PeerLeft);
        let took = closing.join().expect("closing works");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[test]
fn calling_another_peer_says_goodbye_to_the_first() {
    let (mut caller, mut listener, _) = two();
    let next = LineListener::start();
    caller.send(1, "wait a moment", Charset::UTF_8);
    caller.connect(next.port());
    assert_eq!(caller.ended(), EndReason::CalledAnother);
    assert_eq!(caller.connected().0, next.address());
    assert_eq!(listener.text(), "wait a moment");
    assert_eq!(listener.ended(), EndReason::PeerLeft);
    // The other way round: from plain text to an encrypted conversation.
    let (mut other, port) = Program::listening();
    caller.call(port, How::Encrypted);
    assert_eq!(caller.ended(), EndReason::CalledAnother);
    caller.named();
    assert_eq!(other.named(), "Guest");
}

#[test]
fn a_conversation_continues_when_listening_stops() {
    let (mut caller, mut listener, port) = two();
    listener.ask(&Command::StopListening);
    listener.listening_stopped();
    assert_refused(port);
    caller.say(1, "still there?");
    assert_eq!(listener.text(), "still there?");
    part(&mut listener, &mut caller);
}

/// A message that was not sent in one conversation is not sent in the next.
#[test]
fn a_message_without_a_conversation_is_not_sent() {
    let (mut caller, mut listener, port) = two();
    part(&mut caller, &mut listener);
    caller.send(1, "too late", Charset::UTF_8);
    caller.not_sent(1);
    caller.call(port, How::Encrypted);
    caller.named();
    caller.say(2, "in time");
    assert_eq!(listener.text(), "in time");
    // A message that arrives together with the goodbye is received.
    let (mut program, port) = Program::listening();
    let mut peer = RawPeer::let_in(port, &Person::new());
    peer.say(&[
        crate::support::peer::item(1, 1, "last words"),
        Frame::Bye(Bye::Left),
        crate::support::peer::item(1, 2, "behind the end"),
    ]);
    assert_eq!(program.text(), "last words");
    assert_eq!(program.ended(), EndReason::PeerLeft);
    assert_eq!(program.texts(), ["last words"]);
}
