//! Plain text peers that send or refuse what no person would. The program loses no byte and serves the next peer.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::support::{
    AT_ONCE, KOREAN, PATIENCE, Program, call, clock, line_peer::LinePeer, messages, thread,
};
use duologue::{
    net::{Command, EndReason, Event, protocol::plain::Format},
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

/// Maximum size of a message and of the queue of unsent messages, in bytes.
const MESSAGE_CAP: usize = 64 * 1024;
const MOST_WAITING: usize = 1024 * 1024;

/// The bytes of a message on the wire.
fn on_the_wire(event: &Event) -> Option<Vec<u8>> {
    let (decoded, end) = messages::plain_text(event)?;
    let text = match &decoded.raw {
        Some(raw) => raw.to_vec(),
        None => decoded
            .charset
            .encode(&decoded.text)
            .expect("it was decoded from that"),
    };
    assert!(
        text.len() <= MESSAGE_CAP,
        "a message of {} bytes",
        text.len()
    );
    Some([&text, end.bytes()].concat())
}

/// Sends `bytes` in pieces of different sizes, closes, and returns the events up to the end.
fn events_of(program: &mut Program, port: u16, bytes: Vec<u8>) -> Vec<Event> {
    let mut peer = call(port);
    program.connected();
    let sending = thread("sending", move || {
        let mut rest = bytes.as_slice();
        for size in [1, 2, 3, 5, 1000, 4096, 16 * 1024, 16 * 1024 + 1, 70_000]
            .into_iter()
            .cycle()
        {
            let (piece, later) = rest.split_at(rest.len().min(size));
            peer.write_all(piece).expect("the program reads");
            rest = later;
            if rest.is_empty() {
                return;
            }
        }
    });
    let from = program.history.len();
    program.peer_finished();
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    sending.join().expect("sending works");
    program.history.split_off(from)
}

#[test]
fn an_endless_line_arrives_in_pieces_of_whole_characters() {
    let (mut program, port) = Program::listening();
    let text = KOREAN.repeat(40_000);
    for charset in [Charset::UTF_8, Charset::CP949] {
        let bytes = charset.encode(&text).expect("Korean");
        let events = events_of(&mut program, port, bytes.clone());
        let pieces: Vec<_> = events.iter().filter_map(on_the_wire).collect();
        assert!(
            pieces.len() >= bytes.len().div_ceil(MESSAGE_CAP),
            "{} pieces",
            pieces.len()
        );
        assert!(pieces.concat() == bytes, "{charset}: not what was sent");
        for event in events {
            if let Some((decoded, _)) = messages::plain_text(&event) {
                assert!(
                    !decoded.text.contains('\u{fffd}'),
                    "{charset}: a broken character"
                );
                assert_eq!(decoded.charset, charset);
            }
        }
    }
}

#[test]
fn random_bytes_are_all_kept() {
    let (mut program, port) = Program::listening();
    for reading in [Reading::default(), Reading::Fixed(Charset::CP949)] {
        program.ask(&Command::SetFormat(Format {
            reading,
            ..Format::default()
        }));
        // xorshift64 (Marsaglia 2003), so that a failure can be repeated.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let random = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        // NUL and a carriage return end messages in more than one way, and 255 begins a command of Telnet: the unit
        // tests of the framer and of Telnet show what becomes of them.
        let is_text = |byte: &u8| !matches!(byte, 0 | b'\r' | 255);
        let bytes: Vec<u8> = random.take(50_000).flatten().filter(is_text).collect();
        let events = events_of(&mut program, port, bytes.clone());
        let wire: Vec<_> = events.iter().filter_map(on_the_wire).collect();
        assert!(wire.concat() == bytes, "{reading:?}: not what was sent");
    }
}

#[test]
fn control_characters_are_ordinary_characters() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    for text in ["\u{1b}[2J", "\u{202e}", "\u{7}\u{8}\u{7f}", "\r"] {
        peer.say(text);
        let (decoded, end) = program.message();
        // A carriage return before the line end belongs to it.
        let (text, line_end) = match text.strip_suffix('\r') {
            Some(text) => (text, LineEnd::CrLf),
            None => (text, LineEnd::Lf),
        };
        assert_eq!((decoded.text.as_str(), end), (text, line_end));
    }
    // NUL and a carriage return alone end a message.
    for (text, first, first_end) in [("a\0b", "a", LineEnd::Nul), ("a\rb", "a", LineEnd::Cr)] {
        peer.say(text);
        for (text, line_end) in [(first, first_end), ("b", LineEnd::Lf)] {
            let (decoded, end) = program.message();
            assert_eq!((decoded.text.as_str(), end), (text, line_end));
        }
    }
    program.assert_one_conversation(0);
}

#[test]
fn a_message_that_arrives_byte_by_byte_is_one_message() {
    let (mut program, port) = Program::listening();
    let mut peer = call(port);
    // A pause of 50 ms ends a message. On a busy machine a pause of 3 ms may become one, but not in every round.
    let mut heard = Vec::new();
    for _ in 0..50 {
        for byte in KOREAN.as_bytes() {
            // The pause is what this is about.
            std::thread::sleep(Duration::from_millis(3));
            peer.write_all(&[*byte]).expect("the program is there");
        }
        heard = vec![program.hear()];
        while heard.concat() != KOREAN {
            heard.push(program.hear());
        }
        if heard.len() == 1 {
            return;
        }
    }
    panic!("{heard:?}");
}

#[test]
fn a_plain_peer_that_never_reads_fills_a_bounded_queue_and_blocks_nothing() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let peer = call(port);
    program.connected();
    let text = "x".repeat(60_000);
    // Until the buffers of the system (about 4 MiB on Linux) and the queue are full.
    let mut messages = 0;
    loop {
        let from = program.history.len();
        for id in messages..messages + 20 {
            program.send(id, &text, Charset::UTF_8);
        }
        messages += 20;
        // The worker is never too busy for another command.
        let asked = clock();
        program.listen();
        let took = asked.elapsed();
        assert!(took < AT_ONCE, "{took:?}");
        let mut round = program.history.get(from..).unwrap_or_default().iter();
        let refused = round
            .clone()
            .any(|event| messages::not_sent(event).is_some());
        if refused && !round.any(messages::is_sent) {
            break;
        }
        assert!(messages < 2000, "there is always room");
    }
    let asked = clock();
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    let took = asked.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
    // Each message has one outcome, and at the end no more waited than the queue holds.
    let events = program.history.iter();
    let sent: Vec<_> = events.clone().filter_map(messages::sent_unstored).collect();
    let unsent: Vec<_> = events.filter_map(messages::not_sent).collect();
    // Those that waited are reported last. They are older than those that were refused before.
    let waited = unsent
        .chunk_by(|one, next| one < next)
        .last()
        .unwrap_or_default();
    assert!(unsent.len() > waited.len(), "none was refused");
    assert!(
        waited.len() <= MOST_WAITING / text.len() + 1,
        "{waited:?} waited"
    );
    let mut all = [sent, unsent].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..messages));
    drop(peer);
}

#[test]
fn the_next_caller_after_a_reset_is_served() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let mut id = 0;
    for moment in 0..6 {
        let mut peer = call(port);
        if moment > 0 {
            peer.write_all(b"a line\n").expect("the program is there");
            assert_eq!(program.hear(), "a line");
        }
        match moment {
            0 | 1 => {}
            // Inside a character, or with much unread.
            2 => peer
                .write_all(b"half \xec\x95")
                .expect("the program is there"),
            3 => peer
                .write_all(&b"unread\n".repeat(10_000))
                .expect("the program is there"),
            // With something of ours unread, or on its way.
            4 => {
                program.say(id, "unread");
                peer.peek(&mut [0]).expect("it arrives");
            }
            _ => {
                for _ in 0..100 {
                    program.send(id, &"x".repeat(50_000), Charset::UTF_8);
                    id += 1;
                }
                peer.read_exact(&mut [0]).expect("it arrives");
            }
        }
        id += 1;
        LinePeer::on(peer, "\n").reset();
        let mut next = LinePeer::call(port, "\n");
        next.say("next, please");
        program.hear_up_to("next, please");
        program.send(1_000_000 + moment, "here you are", Charset::UTF_8);
        // Messages for the previous caller may arrive first.
        while next.hear() != "here you are" {}
        program.sent(1_000_000 + moment);
    }
    // If nobody calls, the conversation ends when it shows that nobody is there.
    program.peer_finished();
    program.send(2_000_000, "anybody?", Charset::UTF_8);
    assert_eq!(program.ended(), EndReason::PeerLeft);
}

#[test]
fn a_reset_by_a_peer_we_called_ends_the_conversation() {
    let listener = crate::support::line_peer::LineListener::start();
    let mut program = Program::start();
    program.set_line_end(LineEnd::Lf);
    for moment in 0..3 {
        program.connect(listener.port());
        program.connected();
        let mut peer = listener.accept("\n");
        if moment > 0 {
            peer.say("hello");
            assert_eq!(program.hear(), "hello");
        }
        if moment > 1 {
            program.say(1, "unread");
        }
        peer.reset();
        assert_eq!(program.ended(), EndReason::Lost);
    }
}

#[test]
fn a_thousand_callers_do_not_disturb_a_chat() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    let come_and_go = |mut caller: TcpStream, word: &[u8]| {
        // The program may have closed already.
        let _maybe_late = caller.write_all(word);
        let _closed_or_reset = caller.read(&mut [0]);
    };
    // Some are silent all the time.
    let silent: Vec<_> = (0..8).map(|_| call(port)).collect();
    let crowd: Vec<_> = (0..4)
        .map(|_| {
            thread("crowd", move || {
                for turn in 0..248 {
                    let word: &[u8] = if turn % 2 == 0 { b"#exit\n" } else { b"x" };
                    come_and_go(call(port), word);
                }
            })
        })
        .collect();
    for id in 0..100 {
        peer.say(&format!("to you {id}"));
        assert_eq!(program.hear(), format!("to you {id}"));
        program.send(id, &format!("to me {id}"), Charset::UTF_8);
        assert_eq!(peer.hear(), format!("to me {id}"));
    }
    for one in crowd {
        one.join().expect("each is closed");
    }
    for caller in silent {
        come_and_go(caller, b"x");
    }
    let mut away = 0;
    let deadline = clock() + PATIENCE;
    while away < 1000 {
        away = program.history.iter().fold(0, |sum, event| match event {
            Event::CallersRejected { count, .. } => sum + count,
            _ => sum,
        });
        assert!(clock() < deadline, "{away} of 1000 were reported");
        program.event_within(Duration::from_secs(2));
    }
    assert_eq!(away, 1000);
    program.assert_one_conversation(0);
}
