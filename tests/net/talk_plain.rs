//! The original programs and peers like `nc` talk in plain text with the real program.

use std::{
    io::{Read as _, Write as _},
    time::Duration,
};

use crate::peers::original::{self, End};
use crate::support::{
    KOREAN, KOREAN_CP949, Program, assert_refused, call, clock,
    line_peer::{LineListener, LinePeer},
    messages, thread,
};
use duologue::{
    net::{Command, EndReason, Event, Origin},
    text::{charset::Charset, line_end::LineEnd},
};

/// How long the program waits for a client that has hung up to call again.
const GAP: Duration = Duration::from_secs(2);

/// The messages of both sides, in both languages.
const TALK: [(&str, &str); 5] = [
    ("hello", "hi, who is this?"),
    (KOREAN, KOREAN),
    ("type #exit to leave", "not yet"),
    ("똠방각하 펲시콜라", "쌰쌰쌰"),
    ("bye", "안녕히 가세요"),
];

#[test]
fn the_korean_sample_has_the_expected_bytes() {
    assert_eq!(Charset::CP949.encode(KOREAN).as_deref(), Ok(KOREAN_CP949));
}

#[test]
fn the_original_client_has_one_conversation_with_us_which_its_exit_ends() {
    let (mut program, port) = Program::listening();
    let client = original::client(port);
    let (peer, origin) = program.connected();
    assert!(peer.ip().is_loopback());
    assert_eq!(origin, Origin::Accepted);
    for (id, (from_client, from_us)) in (0..).zip(TALK) {
        client.types(from_client);
        let (decoded, end) = program.message();
        assert_eq!((decoded.text.as_str(), end), (from_client, LineEnd::None));
        program.send(id, from_us, Charset::CP949);
        program.sent(id);
        let shown = client.reads();
        assert_eq!(shown.text, from_us);
        if from_us == KOREAN {
            assert_eq!(shown.bytes, KOREAN_CP949);
        }
    }
    client.types("#exit");
    assert_eq!(client.end(), End::Regular);
    assert_eq!(program.ended(), EndReason::ExitReceived);
    program.listening_stopped();
    assert_refused(port);
    program.assert_one_conversation(1);
    assert_eq!(
        program.count(|event| messages::plain_text(event).is_some()),
        TALK.len()
    );
    assert_eq!(
        program.count(|event| matches!(event, Event::CallersRejected { .. })),
        0
    );
}

#[test]
fn our_exit_ends_our_side_and_the_original_client_ignores_it() {
    let (mut program, port) = Program::listening();
    let client = original::client(port);
    client.types("hello");
    assert_eq!(program.hear(), "hello");
    program.say(1, "#exit");
    assert_eq!(program.ended(), EndReason::ExitSent);
    program.listening_stopped();
    // It shows the word and calls again as always. Its call is refused, or is closed when it sends something.
    assert_eq!(client.reads().text, "#exit");
    client.types_if_it_runs("anybody there?");
    assert!(matches!(client.end(), End::CrashedSocket(_)));
    assert_refused(port);
    program.assert_one_conversation(1);
}

#[test]
fn the_conversation_ends_after_utf8_has_crashed_the_original_client() {
    let (mut program, port) = Program::listening();
    let client = original::client(port);
    client.types("hello");
    assert_eq!(program.hear(), "hello");
    let before = clock();
    program.say(1, KOREAN);
    assert_eq!(
        client.end(),
        End::CrashedDecoding(KOREAN.as_bytes().to_vec())
    );
    program.peer_finished();
    // It might have called again.
    let took = before.elapsed();
    assert!(took >= GAP, "{took:?}");
    program.send(2, "hello?", Charset::UTF_8);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    program.assert_one_conversation(1);
    // Listening goes on.
    let again = original::client(port);
    again.types("me again");
    assert_eq!(program.hear(), "me again");
}

#[test]
fn the_original_server_talks_with_us_until_our_exit() {
    let (server, port) = original::server();
    let mut program = Program::start();
    program.connect(port);
    assert_eq!(
        program.connected(),
        (crate::support::local(port), Origin::Dialled)
    );
    for (id, (from_us, from_server)) in (0..).zip(TALK) {
        program.send(id, from_us, Charset::CP949);
        program.sent(id);
        let shown = server.reads();
        assert_eq!(shown.text, from_us);
        if from_us == KOREAN {
            assert_eq!(shown.bytes, KOREAN_CP949);
        }
        server.types(from_server);
        let (decoded, end) = program.message();
        assert_eq!((decoded.text.as_str(), end), (from_server, LineEnd::None));
    }
    program.say(100, "#exit");
    assert_eq!(program.ended(), EndReason::ExitSent);
    assert_eq!(server.end(), End::Regular);
    program.assert_one_conversation(1);
}

#[test]
fn the_conversation_ends_after_utf8_has_crashed_the_original_server() {
    let (server, port) = original::server();
    let mut program = Program::start();
    program.connect(port);
    program.connected();
    program.send(1, KOREAN, Charset::UTF_8);
    assert_eq!(
        server.end(),
        End::CrashedDecoding(KOREAN.as_bytes().to_vec())
    );
    program.peer_finished();
    program.send(2, "hello?", Charset::UTF_8);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    program.assert_one_conversation(1);
}

#[test]
fn the_original_server_accepts_us_again_after_a_disconnect() {
    let (server, port) = original::server();
    let mut program = Program::start();
    for word in ["one", "two", "three"] {
        program.connect(port);
        program.connected();
        program.send(1, word, Charset::UTF_8);
        assert_eq!(server.reads().text, word);
        server.types(word);
        assert_eq!(program.hear(), word);
        program.ask(&Command::Disconnect);
        assert_eq!(program.ended(), EndReason::Disconnected);
    }
    // The original server does not treat a typed `#exit` specially, but we do.
    program.connect(port);
    program.connected();
    program.send(2, "your turn", Charset::UTF_8);
    assert_eq!(server.reads().text, "your turn");
    server.types("#exit");
    assert_eq!(program.ended(), EndReason::ExitReceived);
    assert!(server.goes_on_for(Duration::from_millis(50)));
}

#[test]
fn messages_sent_while_the_client_is_away_arrive_when_it_is_back() {
    let (mut program, port) = Program::listening();
    let mut away = clock();
    for (id, word) in (0..).zip(["하나", "둘", "셋"]) {
        let mut peer = call(port);
        peer.write_all(word.as_bytes())
            .expect("the program is there");
        if id > 0 {
            let said = format!("into gap {id}");
            let mut heard = vec![0; said.len()];
            peer.read_exact(&mut heard)
                .expect("what was sent in the gap");
            assert_eq!(heard, said.as_bytes());
            program.sent(id);
        }
        assert_eq!(program.hear(), word);
        away = clock();
        // The program learns of this before it learns of the message.
        drop(peer);
        program.send(id + 1, &format!("into gap {}", id + 1), Charset::UTF_8);
    }
    let unsent = program.expect("NotSent", messages::not_sent);
    assert_eq!(unsent, 3);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    let took = away.elapsed();
    assert!(took >= GAP && took < GAP * 5, "{took:?}");
    program.assert_one_conversation(1);
    // A message that was not sent never reaches a later peer.
    let mut later = LinePeer::call(port, "\n");
    program.connected();
    program.set_line_end(LineEnd::Lf);
    program.say(9, "hello");
    assert_eq!(later.hear(), "hello");
}

#[test]
fn a_client_that_hangs_up_and_calls_again_at_once_stays_in_the_conversation() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    // More than the window takes at once, so that the worker stops; when it goes on, it finds all
    // the rest at the same time: much to read, the end behind it, and the next call.
    peer.say_bytes("again\n".repeat(2000).as_bytes());
    assert_eq!(program.hear(), "again");
    let last = "y".repeat(20_000);
    peer.say_bytes(last.as_bytes());
    drop(peer);
    let mut back = LinePeer::call(port, "\n");
    back.say("I am back");
    for _ in 1..2000 {
        assert_eq!(program.hear(), "again");
    }
    assert_eq!(program.hear(), last);
    assert_eq!(program.hear(), "I am back");
    program.assert_one_conversation(0);
}

#[test]
fn messages_sent_quickly_without_line_ends_stay_apart() {
    // Two of our programs, neither of which sends line ends.
    let (mut listener, port) = Program::listening();
    let mut caller = Program::start();
    caller.connect(port);
    caller.connected();
    let texts = ["하나", "둘", "셋"];
    // A pause of 50 ms ends a message, and the caller pauses for 100 ms. A listener on a busy machine may see less of
    // that, but not in every round.
    let mut heard = Vec::new();
    for _ in 0..50 {
        for (id, text) in (0..).zip(texts) {
            caller.send(id, text, Charset::UTF_8);
        }
        heard = vec![listener.hear()];
        while heard.concat() != texts.concat() {
            heard.push(listener.hear());
        }
        if heard == texts {
            return;
        }
    }
    panic!("{heard:?}");
}

#[test]
fn a_peer_with_line_ends_calls_us() {
    for (end, line_end) in [("\n", LineEnd::Lf), ("\r\n", LineEnd::CrLf)] {
        let (mut program, port) = Program::listening();
        let mut peer = LinePeer::call(port, end);
        program.connected();
        converse(&mut program, &mut peer, line_end);
        peer.say("#exit");
        assert_eq!(program.ended(), EndReason::ExitReceived);
        assert_eq!(peer.hear_to_the_end(), b"");
        program.listening_stopped();
        assert_refused(port);
        program.assert_one_conversation(1);
    }
}

#[test]
fn we_call_a_peer_with_line_ends() {
    for (end, line_end) in [("\n", LineEnd::Lf), ("\r\n", LineEnd::CrLf)] {
        let listener = LineListener::start();
        let mut program = Program::start();
        program.connect(listener.port());
        assert_eq!(program.connected(), (listener.address(), Origin::Dialled));
        let mut peer = listener.accept(end);
        converse(&mut program, &mut peer, line_end);
        program.say(100, "#exit");
        assert_eq!(program.ended(), EndReason::ExitSent);
        assert_eq!(peer.hear(), "#exit");
        assert_eq!(peer.hear_to_the_end(), b"");
        program.assert_one_conversation(1);
    }
}

/// Both sides send messages in both languages, the peer in both encodings.
fn converse(program: &mut Program, peer: &mut LinePeer, line_end: LineEnd) {
    for (id, (from_peer, from_us)) in (0..).zip(TALK) {
        peer.say(from_peer);
        let (decoded, end) = program.message();
        assert_eq!((decoded.text.as_str(), end), (from_peer, line_end));
        program.say(id, from_us);
        assert_eq!(peer.hear(), from_us);
    }
    // In one piece, because a pause would end the message.
    peer.say_bytes(&[KOREAN_CP949, line_end.bytes()].concat());
    let (decoded, end) = program.message();
    assert_eq!(
        (decoded.text.as_str(), decoded.charset, end),
        (KOREAN, Charset::CP949, line_end)
    );
    program.send(50, KOREAN, Charset::CP949);
    assert_eq!(peer.hear_bytes(), KOREAN_CP949);
    program.send(51, "첫째\n둘째", Charset::UTF_8);
    assert_eq!(
        (peer.hear(), peer.hear()),
        ("첫째".to_owned(), "둘째".to_owned())
    );
}

#[test]
fn korean_split_by_short_pauses_is_one_message() {
    at_every_cut(|pieces| {
        // A pause of 50 ms ends a message.
        hear_pieces(pieces, Duration::from_millis(20), |heard| heard == [KOREAN]);
    });
}

#[test]
fn korean_split_by_long_pauses_keeps_its_characters() {
    at_every_cut(|pieces| {
        // Split everywhere, the whole sentence would take long. Six bytes are whole characters in both encodings.
        let few = pieces.get(..pieces.len().min(6)).unwrap_or_default();
        // Half a character waits for 1 s.
        let text = text_of(few);
        hear_pieces(few, Duration::from_millis(200), |heard| {
            heard.concat() == text
        });
    });
}

/// Sends pieces with pauses between them until the program makes the right messages of them. A pause may become longer
/// on a busy machine, but not in every round.
#[track_caller]
fn hear_pieces(pieces: &[Vec<u8>], pause: Duration, is_right: impl Fn(&[String]) -> bool) {
    let (mut program, port) = Program::listening();
    let mut peer = call(port);
    let mut heard = Vec::new();
    for _ in 0..50 {
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                // The pause is what this is about.
                std::thread::sleep(pause);
            }
            peer.write_all(piece).expect("the program is there");
        }
        peer.write_all(b"\nend\n").expect("the program is there");
        heard = std::iter::repeat_with(|| program.hear())
            .take_while(|text| text != "end")
            .collect();
        if is_right(&heard) {
            return;
        }
    }
    panic!("{heard:?} of {pieces:x?}");
}

fn text_of(pieces: &[Vec<u8>]) -> String {
    let bytes = pieces.concat();
    String::from_utf8(bytes)
        .unwrap_or_else(|error| encoding_rs::EUC_KR.decode(error.as_bytes()).0.into_owned())
}

/// Runs a test for the sentence split in two at each byte, and split everywhere, in both encodings, all at the same
/// time.
fn at_every_cut(test: fn(&[Vec<u8>])) {
    let mut running = Vec::new();
    for bytes in [KOREAN.as_bytes(), KOREAN_CP949] {
        let in_two = (1..bytes.len()).map(|at| {
            let (a, b) = bytes.split_at(at);
            vec![a.to_vec(), b.to_vec()]
        });
        let everywhere = bytes.chunks(1).map(<[u8]>::to_vec).collect();
        for pieces in in_two.chain([everywhere]) {
            running.push(thread("cut", move || test(&pieces)));
        }
    }
    for test in running {
        if let Err(panic) = test.join() {
            std::panic::resume_unwind(panic);
        }
    }
}
