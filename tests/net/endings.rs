//! Nothing is lost at the end of a plain text conversation, whichever side ends it.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::support::{
    CLOSING, PATIENCE, Program, assert_refused, call, clock,
    line_peer::{LineListener, LinePeer},
    local, messages, thread,
};
use crossbeam_channel::Receiver;
use duologue::{
    net::{Command, EndReason, Event, Origin},
    text::{charset::Charset, line_end::LineEnd},
};

/// The system probes a silent connection after 30 s, and that also shows that a peer is gone.
#[cfg(target_os = "linux")]
const BEFORE_PROBES: Duration = Duration::from_secs(25);

#[test]
fn closing_the_window_sends_everything_and_is_quick() {
    let long = "안녕".repeat(100_000);
    for texts in [vec!["one", "two", "three"], vec![&long, "and this"]] {
        let (mut program, port) = Program::listening();
        program.set_line_end(LineEnd::Lf);
        let mut peer = LinePeer::call(port, "\n");
        program.connected();
        for (id, text) in (0..).zip(&texts) {
            program.send(id, text, Charset::UTF_8);
        }
        // What the other side sends is not read any more and must not cause a reset.
        peer.say("unread");
        let closing = thread("closing", move || {
            let closing = clock();
            drop(program);
            closing.elapsed()
        });
        for text in texts {
            assert!(peer.hear() == text, "{} bytes", text.len());
        }
        assert_eq!(peer.hear_to_the_end(), b"");
        drop(peer);
        let took = closing.join().expect("closing works");
        assert!(took < CLOSING, "{took:?}");
        assert_refused(port);
    }
}

#[test]
fn closing_the_window_waits_for_paced_messages() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    for (id, text) in (0..).zip(["without ", "line ends"]) {
        program.send(id, text, Charset::UTF_8);
    }
    drop(program);
    assert_eq!(peer.hear_to_the_end(), b"without line ends");
}

#[test]
fn closing_the_window_does_not_wait_for_a_peer_that_never_reads() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let _peer = call(port);
    program.connected();
    for id in 0..100 {
        program.send(id, &"x".repeat(60_000), Charset::UTF_8);
    }
    // The answer shows that all earlier commands were handled.
    program.listen();
    let closing = clock();
    drop(program);
    let took = closing.elapsed();
    assert!(took < CLOSING, "{took:?}");
}

/// Writes until `stop` is set. The channel reports the first stall, and the thread returns how it ended.
fn keep_sending(
    mut stream: TcpStream,
    stop: Arc<AtomicBool>,
) -> (Receiver<()>, std::thread::JoinHandle<Result<(), ErrorKind>>) {
    let (stalled, when_stalled) = crossbeam_channel::bounded(1);
    stream
        .set_write_timeout(Some(Duration::from_millis(200)))
        .expect("a write timeout");
    let line = [&b"x".repeat(100)[..], b"\n"].concat().repeat(100);
    let sending = thread("sending", move || {
        while !stop.load(Ordering::Acquire) {
            match stream.write(&line) {
                Ok(_) => {}
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    let _told_already = stalled.try_send(());
                }
                Err(error) => return Err(error.kind()),
            }
        }
        Ok(())
    });
    (when_stalled, sending)
}

#[test]
fn the_last_line_arrives_while_the_peer_keeps_sending() {
    for window_is_slow in [false, true] {
        // The program reads on for 500 ms. On a busy machine the peer may take longer and be reset, but not in every
        // round.
        let mut rounds = std::iter::repeat_with(|| last_words(window_is_slow)).take(50);
        let heard = rounds.find_map(Result::ok);
        assert_eq!(
            heard.as_deref(),
            Some(&b"last words\n"[..]),
            "slow: {window_is_slow}"
        );
    }
}

/// Says something to a peer that keeps sending, and hangs up. Returns what the peer hears, or how it was reset.
#[track_caller]
fn last_words(window_is_slow: bool) -> Result<Vec<u8>, ErrorKind> {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let peer = call(port);
    program.connected();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = peer.try_clone().expect("a clone");
    let (stalled, sending) = keep_sending(writer, Arc::clone(&stop));
    if window_is_slow {
        stalled
            .recv_timeout(PATIENCE)
            .expect("a window that takes nothing stalls the peer");
    } else {
        program.message();
    }
    program.send(1, "last words", Charset::UTF_8);
    program.ask(&Command::Disconnect);
    // The peer is late to read, so that a reset, if there is one, comes before that and destroys the last words.
    std::thread::sleep(Duration::from_millis(100));
    let mut heard = Vec::new();
    let end = (&peer).read_to_end(&mut heard);
    stop.store(true, Ordering::Release);
    let sent = sending.join().expect("sending works");
    program.drain_until(|event| event == Event::Ended(EndReason::Disconnected));
    end.map_err(|error| error.kind())?;
    sent?;
    Ok(heard)
}

#[test]
fn everything_sent_before_a_half_close_is_received() {
    let (mut program, port) = Program::listening();
    let mut caller = LinePeer::call(port, "\n");
    caller.say_bytes(b"one\ntwo");
    caller.shut_down();
    let heard = [program.message(), program.message()].map(|(decoded, end)| (decoded.text, end));
    let expected = [("one", LineEnd::Lf), ("two", LineEnd::None)];
    assert_eq!(heard, expected.map(|(text, end)| (text.to_owned(), end)));
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    assert_eq!(caller.hear_to_the_end(), b"");
    program.assert_one_conversation(1);

    let listener = LineListener::start();
    program.connect(listener.port());
    program.connected();
    let mut answering = listener.accept("\n");
    answering.say_bytes(b"three\nfour");
    answering.shut_down();
    assert_eq!([program.hear(), program.hear()], ["three", "four"]);
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    assert_eq!(answering.hear_to_the_end(), b"");
}

/// A conversation with a peer, in either direction.
fn conversation(origin: Origin) -> (Program, LinePeer) {
    match origin {
        Origin::Accepted => {
            let (mut program, port) = Program::listening();
            let peer = LinePeer::call(port, "\n");
            program.connected();
            (program, peer)
        }
        Origin::Dialled => {
            let (mut program, listener) = (Program::start(), LineListener::start());
            program.connect(listener.port());
            program.connected();
            (program, listener.accept("\n"))
        }
    }
}

#[test]
fn a_peer_that_has_closed_its_direction_only_is_answered() {
    for origin in [Origin::Accepted, Origin::Dialled] {
        let (mut program, mut peer) = conversation(origin);
        // As `echo question | nc -N` does.
        peer.say("question");
        peer.shut_down();
        assert_eq!(program.hear(), "question");
        program.send(1, "answer", Charset::UTF_8);
        assert_eq!(peer.hear(), "answer");
        program.peer_finished();
        program.sent(1);
        program.say(2, "anything else?");
        assert_eq!(peer.hear(), "anything else?");
        program.assert_one_conversation(0);
        program.ask(&Command::Disconnect);
        assert_eq!(program.ended(), EndReason::Disconnected);
        assert_eq!(peer.hear_to_the_end(), b"");
    }
}

#[test]
fn a_message_to_a_peer_that_has_left_is_not_sent() {
    for origin in [Origin::Accepted, Origin::Dialled] {
        for also_disconnects in [false, true] {
            let (mut program, mut peer) = conversation(origin);
            peer.say("bye");
            assert_eq!(program.hear(), "bye");
            drop(peer);
            program.peer_finished();
            program.send(1, "are you there?", Charset::UTF_8);
            if also_disconnects {
                program.ask(&Command::Disconnect);
            }
            program.not_sent(1);
            let why = program.ended();
            if !also_disconnects {
                assert_eq!(why, EndReason::PeerLeft);
            }
            program.assert_one_conversation(1);
        }
    }
}

#[test]
fn a_peer_that_resets_after_it_has_closed_its_direction_has_left() {
    for origin in [Origin::Accepted, Origin::Dialled] {
        let (mut program, mut peer) = conversation(origin);
        peer.say("bye");
        peer.shut_down();
        program.peer_finished();
        peer.reset();
        assert_eq!(program.ended(), EndReason::PeerLeft);
    }
}

#[test]
fn a_message_and_the_end_are_received_though_a_reset_follows_at_once() {
    for origin in [Origin::Accepted, Origin::Dialled] {
        let (mut program, mut peer) = conversation(origin);
        peer.say_bytes(&numbered_lines(3_000));
        peer.shut_down();
        peer.reset();
        for number in 0..3_000 {
            assert_eq!(program.hear(), format!("{number:06}"));
        }
        assert_eq!(program.ended(), EndReason::PeerLeft, "{origin:?}");
    }
}

/// Elsewhere the system does not say whether the peer has received everything.
#[cfg(target_os = "linux")]
#[test]
fn a_program_that_hangs_up_in_plain_text_is_known_to_have_left() {
    for caller_leaves in [false, true] {
        for window_is_closed in [false, true] {
            let (mut listener, port) = Program::listening();
            let mut caller = Program::start();
            caller.connect(port);
            caller.connected();
            listener.connected();
            let (leaver, mut stayer) = if caller_leaves {
                (caller, listener)
            } else {
                (listener, caller)
            };
            leaver.send(1, "bye", Charset::UTF_8);
            assert_eq!(stayer.hear(), "bye");
            let start = clock();
            leaver.ask(&Command::Disconnect);
            let leaver = (!window_is_closed).then_some(leaver);
            assert_eq!(stayer.ended(), EndReason::PeerLeft);
            assert!(start.elapsed() < BEFORE_PROBES);
            // It does not say first that the peer has only stopped sending.
            assert_eq!(stayer.count(|event| *event == Event::PeerFinished), 0);
            drop(leaver);
        }
    }
}

#[test]
fn a_caller_that_finished_long_ago_begins_a_new_conversation() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("question");
    peer.shut_down();
    assert_eq!(program.hear(), "question");
    program.peer_finished();
    let mut next = LinePeer::call(port, "\n");
    assert_eq!(program.ended(), EndReason::PeerLeft);
    program.connected();
    next.say("hello");
    assert_eq!(program.hear(), "hello");
    assert_eq!(peer.hear_to_the_end(), b"");
}

/// Numbered lines of seven bytes each, so that no buffer holds a whole number of them.
fn numbered_lines(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|number| format!("{number:06}\n").into_bytes())
        .collect()
}

#[test]
fn a_slow_window_splits_no_line() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    peer.say_bytes(&numbered_lines(20_000));
    assert_eq!(program.hear(), "000000");
    // The worker has stopped reading, most likely inside a line. A pause of the peer would end that line after 50 ms;
    // this is one of ours.
    std::thread::sleep(Duration::from_millis(150));
    for number in 1..20_000 {
        assert_eq!(program.hear(), format!("{number:06}"));
    }
}

#[test]
fn lines_sent_before_a_reset_are_received_even_if_we_wrote_meanwhile() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    peer.say_bytes(&numbered_lines(9_000));
    assert_eq!(program.hear(), "000000");
    // A socket that is closed with unread data sends a reset.
    program.send(1, "unread", Charset::UTF_8);
    peer.stream().peek(&mut [0]).expect("our message");
    drop(peer);
    program.send(2, "into the void", Charset::UTF_8);
    // When listening has stopped, the worker has tried to send that.
    program.ask(&Command::StopListening);
    let deadline = clock() + PATIENCE;
    while TcpStream::connect(local(port)).is_ok() {
        assert!(clock() < deadline, "the worker still listens");
        std::thread::yield_now();
    }
    for number in 1..9_000 {
        assert_eq!(program.hear(), format!("{number:06}"));
    }
    program.ended();
}

#[test]
fn no_caller_is_accepted_after_exit_has_ended_the_chat() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    // The window is busy, so the worker neither reads nor accepts. When it continues, it finds both the word and the
    // caller.
    peer.say_bytes(&numbered_lines(2_000));
    assert_eq!(program.hear(), "000000");
    peer.say_bytes(&[&b"y".repeat(20_000)[..], b"\n#exit\n"].concat());
    let mut late = call(port);
    assert_eq!(program.ended(), EndReason::ExitReceived);
    program.listening_stopped();
    match late.read(&mut [0]) {
        Ok(count) => assert_eq!(count, 0),
        Err(error) => assert!(crate::support::line_peer::is_reset(error.kind()), "{error}"),
    }
    assert_refused(port);
    program.assert_one_conversation(1);
}

#[test]
fn exit_sent_while_the_caller_is_away_ends_the_chat_and_the_listening() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    peer.say("back in a moment");
    assert_eq!(program.hear(), "back in a moment");
    // With something unread, so that the connection is reset.
    program.say(1, "unread");
    peer.stream().peek(&mut [0]).expect("our message");
    drop(peer);
    program.send(2, "#exit", Charset::UTF_8);
    assert_eq!(messages::not_sent(&program.next_event()), Some(2));
    assert_eq!(program.ended(), EndReason::ExitSent);
    program.listening_stopped();
    crate::support::assert_refused(port);
}
