//! Web pages that make a browser on this computer call the program. The requests are closed, counted and not shown.

use crate::support::{
    KOREAN, Program, call,
    line_peer::{LineListener, LinePeer},
    messages,
};
use duologue::net::{Command, EndReason, Event, Rejection};

/// What a form on a web page makes a browser send.
const FORM: &str = "POST / HTTP/1.1\r\nHost: 127.0.0.1:50000\r\nOrigin: http://example.org\r\n\
                    Content-Type: text/plain\r\nContent-Length: 20\r\n\r\nhello, friend\r\n#exit\r\n";

/// Fails if a message was shown, or listening has stopped.
#[track_caller]
fn assert_not_heard(program: &mut Program) {
    program.settle();
    let heard =
        |event: &Event| messages::is_received(event) || matches!(event, Event::ListeningStopped);
    assert_eq!(program.count(heard), 0, "{:?}", program.history);
}

#[test]
fn a_request_of_a_browser_is_turned_away_and_nothing_of_it_is_shown() {
    let (mut program, port) = Program::listening();
    for request in [
        FORM,
        "GET /?#exit HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        "OPTIONS / HTTP/1.1\r\nAccess-Control-Request-Method: PUT\r\n\r\n#exit\r\n",
    ] {
        let mut browser = LinePeer::call(port, "");
        browser.say(request);
        browser.assert_closed();
        assert_eq!(program.rejected(), Rejection::Http);
    }
    assert_not_heard(&mut program);
    let begun = |event: &Event| matches!(event, Event::Connected { .. });
    assert_eq!(program.count(begun), 0, "{:?}", program.history);
}

#[test]
fn a_request_that_arrives_in_pieces_is_turned_away() {
    let (mut program, port) = Program::listening();
    let mut browser = LinePeer::call(port, "");
    for piece in FORM.split_inclusive(' ') {
        browser.say(piece);
        program.settle();
        if program.count(|event| matches!(event, Event::CallersRejected { .. })) > 0 {
            break;
        }
    }
    browser.assert_closed();
    assert_not_heard(&mut program);
}

/// As browsers do with connections that they open in advance.
#[test]
fn a_request_after_a_silence_is_turned_away() {
    let (mut program, port) = Program::listening();
    let mut browser = LinePeer::call(port, "");
    program.connected();
    // Half a line, too.
    browser.say("PO");
    program.settle();
    browser.say(FORM.strip_prefix("PO").expect("a form"));
    browser.assert_closed();
    assert_eq!(program.rejected(), Rejection::Http);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    assert_not_heard(&mut program);
}

#[test]
fn a_request_is_turned_away_after_we_have_written_too() {
    let (mut program, port) = Program::listening();
    let mut browser = LinePeer::call(port, "");
    program.connected();
    program.say(1, "who is there?");
    browser.say(FORM);
    assert_eq!(program.rejected(), Rejection::Http);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    assert_not_heard(&mut program);
}

#[test]
fn a_request_does_not_speak_for_a_friend_who_has_hung_up_for_a_moment() {
    let (mut program, port) = Program::listening();
    let mut friend = LinePeer::call(port, "\n");
    friend.say(KOREAN);
    assert_eq!(program.hear(), KOREAN);
    for silent_first in [false, true] {
        drop(friend);
        program.settle();
        let mut browser = LinePeer::on(call(port), "");
        if silent_first {
            program.settle();
        }
        browser.say(FORM);
        browser.assert_closed();
        friend = LinePeer::call(port, "\n");
        friend.say("back");
        assert_eq!(program.hear(), "back");
    }
    program.assert_one_conversation(0);
    let stopped = |event: &Event| matches!(event, Event::ListeningStopped);
    assert_eq!(program.count(stopped), 0, "{:?}", program.history);
}

#[test]
fn the_person_is_not_asked_about_a_request() {
    let (mut program, port) = Program::listening_widely();
    let mut browser = LinePeer::call(port, "");
    browser.say(FORM);
    browser.assert_closed();
    assert_eq!(program.rejected(), Rejection::Http);
    program.settle();
    let asked = |event: &Event| matches!(event, Event::JoinRequested(_));
    assert_eq!(program.count(asked), 0, "{:?}", program.history);
    // One that was silent at first is asked about until it speaks.
    let mut browser = LinePeer::call(port, "");
    let ask = program.asked();
    browser.say(FORM);
    program.expect("JoinRequestOver", |event| {
        (*event == Event::JoinRequestOver(ask.id)).then_some(())
    });
    assert_eq!(program.rejected(), Rejection::Http);
    browser.assert_closed();
}

#[test]
fn what_resembles_a_request_is_still_a_message() {
    let (mut program, port) = Program::listening();
    for text in ["GET", "POST the letter", "GET /", "I like HTTP/1.1"] {
        let mut peer = LinePeer::call(port, "\n");
        peer.say(text);
        assert_eq!(program.hear(), text);
        // Only the first line of a connection is looked at.
        peer.say("GET / HTTP/1.1");
        assert_eq!(program.hear(), "GET / HTTP/1.1");
        drop(peer);
    }
    // Without a line end it is a message a little later.
    let mut peer = LinePeer::call(port, "");
    peer.say("PUT");
    assert_eq!(program.hear(), "PUT");
}

#[test]
fn a_program_that_we_call_may_begin_with_a_request() {
    let listener = LineListener::start();
    let mut program = Program::start();
    program.connect(listener.port());
    program.connected();
    let mut peer = listener.accept("\n");
    peer.say("GET / HTTP/1.1");
    assert_eq!(program.hear(), "GET / HTTP/1.1");
    program.ask(&Command::Disconnect);
    program.ended();
}
