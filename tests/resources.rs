//! What the worker costs: no processor time while nothing happens, and no more memory and
//! descriptors than it should. One test at a time, because these are counted for the whole process.

mod support;

use std::{
    io::{ErrorKind, Write as _},
    time::Duration,
};

use duologue::{
    net::{Event, How},
    store::State,
    text::charset::Charset,
};
use socket2::SockRef;
#[cfg(target_os = "linux")]
use support::process::{assert_descriptors, descriptors, memory};
use support::{PATIENCE, Program, alone, call, messages, thread};

#[test]
fn a_million_lines_are_held_back_while_the_window_is_busy_and_all_come_in_order() {
    const LINES: usize = 1_000_000;
    let _alone = alone();
    let (mut program, port) = Program::listening();
    let mut peer = call(port);
    program.connected();
    // Little enough that what the system keeps on the peer's side is small beside all the rest.
    SockRef::from(&peer)
        .set_send_buffer_size(64 * 1024)
        .expect("a buffer size");
    peer.set_write_timeout(Some(Duration::from_millis(500)))
        .expect("a write timeout");
    #[cfg(target_os = "linux")]
    let before = memory();

    let (stalled, when_stalled) = crossbeam_channel::bounded(1);
    let sending = thread("flood", move || {
        let bytes: Vec<u8> = (0..LINES)
            .flat_map(|n| format!("{n}\n").into_bytes())
            .collect();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            match peer.write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    let _told_already = stalled.try_send(bytes.len() - rest.len());
                }
                Err(error) => panic!("{error}"),
            }
        }
        peer
    });
    // Nobody takes anything: the system's buffers fill, and then the peer has to wait.
    let taken = when_stalled
        .recv_timeout(PATIENCE)
        .expect("the peer is held back");
    assert!(taken < 3 * 1024 * 1024, "{taken} bytes were taken");

    let mut next = 0;
    program.drain_until(|event| {
        if let Some((decoded, _)) = messages::plain_text(&event) {
            assert_eq!(decoded.text.parse(), Ok(next));
            next += 1;
        }
        next == LINES
    });
    drop(sending.join().expect("all is sent"));
    #[cfg(target_os = "linux")]
    {
        // The lines themselves, which the sender holds, are 7 MB.
        let grown = memory().saturating_sub(before);
        assert!(grown < 32 * 1024, "{grown} KiB more than before");
    }
    program.ended();
}

#[test]
fn a_busy_window_holds_up_nothing_that_is_encrypted_and_that_costs_no_memory() {
    const MESSAGES: u64 = 8_000;
    const AT_ONCE: u64 = 100;
    let _alone = alone();
    let folders = [(), ()].map(|()| tempfile::tempdir().expect("a folder"));
    let [mut caller, mut listener] = folders
        .each_ref()
        .map(|folder| Program::start_in(Some(folder.path())));
    let key = listener.key();
    let port = listener.listen();
    caller.call(port, How::Encrypted);
    caller.named();
    listener.named();
    #[cfg(target_os = "linux")]
    let before = memory();
    // 64 MB.
    let text = "x".repeat(8_000);
    for from in (1..=MESSAGES).step_by(AT_ONCE as usize) {
        let last = from + AT_ONCE - 1;
        for id in from..last {
            caller.ask_to_write(id, key, &text);
        }
        let row = caller.write(last, key, &text);
        assert_eq!(caller.settled(row), State::Delivered);
        caller.history.clear();
    }
    #[cfg(target_os = "linux")]
    {
        let grown = memory().saturating_sub(before);
        assert!(grown < 32 * 1024, "{grown} KiB more than before");
    }
    let mut texts = 0;
    listener.drain_until(|event| {
        texts += usize::from(messages::text(&event).is_some());
        matches!(event, Event::Changed(_))
    });
    assert!(texts < 2_500, "{texts} came one by one");
}

#[cfg(target_os = "linux")]
#[test]
fn two_thousand_callers_leave_nothing_behind() {
    use support::line_peer::LinePeer;

    let _alone = alone();
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    let before = descriptors();
    for _ in 0..2000 {
        let mut caller = LinePeer::call(port, "\n");
        caller.say("hello?");
        caller.assert_closed();
    }
    // Nor those who say nothing, more of them at once than the door has room for.
    let silent: Vec<_> = (0..100).map(|_| LinePeer::call(port, "\n")).collect();
    for mut caller in silent {
        caller.assert_closed();
    }
    assert_descriptors(before);
    peer.say("still here");
    assert_eq!(program.hear(), "still here");
    program.assert_one_conversation(0);
    // Nor do those that were let in.
    for word in ["once", "twice", "three times"] {
        peer.shut_down();
        peer.hear_to_the_end();
        peer = LinePeer::call(port, "\n");
        peer.say(word);
        assert_eq!(program.hear(), word);
        assert_descriptors(before);
    }
}

/// How often the worker's thread has gone to sleep so far. One worker runs at a time here.
#[cfg(target_os = "linux")]
fn sleeps() -> u64 {
    for task in std::fs::read_dir("/proc/self/task").expect("threads") {
        let task = task.expect("a thread").path();
        // A thread may end meanwhile.
        let Ok(status) = std::fs::read_to_string(task.join("status")) else {
            continue;
        };
        if status.lines().any(|line| line == "Name:\tduologue-net") {
            let count = status
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            return count.expect("a count").trim().parse().expect("a number");
        }
    }
    panic!("there is no worker");
}

/// Fails if the worker does anything in a quarter of a second.
#[cfg(target_os = "linux")]
#[track_caller]
fn assert_sleeps(when: &str) {
    // What was asked last may still be going on.
    std::thread::sleep(Duration::from_millis(100));
    let before = sleeps();
    std::thread::sleep(Duration::from_millis(250));
    let woken = sleeps() - before;
    // One for a timer that ends something, and one to spare.
    assert!(woken <= 2, "{when}: the worker woke {woken} times");
}

#[cfg(target_os = "linux")]
#[test]
fn while_nothing_happens_the_worker_sleeps() {
    use duologue::net::Command;
    use support::line_peer::LinePeer;

    let _alone = alone();
    let mut program = Program::start();
    assert_sleeps("idle");
    let port = program.listen();
    assert_sleeps("listening");
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    assert_sleeps("connected");
    // What goes out without line ends is paced by a timer.
    for id in 0..2 {
        program.say(id, "paced");
    }
    assert_eq!(peer.hear_exactly(10), b"pacedpaced");
    assert_sleeps("connected, after speaking");
    let long = "x".repeat(900_000);
    for id in 0.. {
        program.send(id, &long, Charset::UTF_8);
        let event = program.event_within(Duration::from_millis(500));
        if event.and_then(|event| program.sent_id(&event)) != Some(id) {
            break;
        }
        assert!(id < 100, "there is always room");
    }
    program.send(1000, "and another one", Charset::UTF_8);
    assert_sleeps("the peer does not read");
    let mut busy = call(port);
    assert_eq!(std::io::Read::read(&mut busy, &mut [0]).unwrap_or(0), 0);
    assert_sleeps("somebody was sent away");
    peer.say_bytes(&b"x\n".repeat(100_000));
    assert_sleeps("the window is busy");
    peer.say_bytes(b"half a line");
    assert_sleeps("the window is busy, and a line has begun");
    drop(peer);
    program.drain_until(|event| matches!(event, Event::Ended(_)));
    assert_sleeps("ended");
    let _silent = LinePeer::call(port, "\n");
    program.connected();
    program.ask(&Command::Disconnect);
    program.ended();
    std::thread::sleep(Duration::from_millis(500));
    assert_sleeps("disconnected from a peer that stays");
}

#[cfg(target_os = "linux")]
#[test]
fn while_strangers_wait_or_an_encrypted_peer_is_silent_the_worker_sleeps() {
    use std::net::TcpListener;

    use duologue::net::{
        Command, How,
        protocol::frame::{Bye, Frame, Knock, TEXT_CAP},
    };
    use support::{
        accept,
        line_peer::LinePeer,
        local,
        peer::{Person, RawPeer, client_terms, hello, item, server_terms},
    };

    let _alone = alone();
    let (mut program, port) = Program::listening_widely();
    // A byte that may be the beginning of TLS, and a greeting that does not go on.
    let mut unclear = call(port);
    unclear.write_all(b"\x16").expect("the program is there");
    let mut half = call(port);
    half.write_all(b"\x16\x03\x01\x02\x00\x01")
        .expect("the program is there");
    assert_sleeps("handshakes that do not go on");
    // Else it would have said something in plain text.
    unclear.write_all(b"\x03").expect("the program is there");
    drop((unclear, half));

    // Three who ask: with a key and impatient, in plain text and with all said, and in silence.
    let person = Person::new();
    let mut stranger = RawPeer::call(port, client_terms(&person));
    stranger.shake().expect("our terms");
    stranger.say(&[Frame::Knock(Knock::default())]);
    let ask = program.asked();
    stranger.say(&[Frame::Hello(hello("a stranger")), item(1, 1, "hello?")]);
    let mut done = LinePeer::call(port, "\n");
    done.say("hello");
    done.shut_down();
    program.asked();
    let _silent = LinePeer::call(port, "\n");
    program.asked();
    assert_sleeps("three ask");
    stranger.say(&[item(1, 2, "hello??")]);
    assert_sleeps("one of them goes on");

    program.answer(&ask, true);
    for expected in ["hello?", "hello??"] {
        assert_eq!(program.text(), expected);
    }
    assert_sleeps("encrypted");
    program.ask(&Command::SetTyping(true));
    program.say(1, "yes?");
    assert_sleeps("encrypted, after speaking");
    let long = "x".repeat(TEXT_CAP);
    for id in 2.. {
        program.send(id, &long, Charset::UTF_8);
        let event = program.event_within(Duration::from_millis(500));
        if event.and_then(|event| program.sent_id(&event)) != Some(id) {
            break;
        }
        assert!(id < 1000, "there is always room");
    }
    assert_sleeps("the encrypted peer does not read");
    for number in 3..3000 {
        stranger.say(&[item(1, number, "x")]);
    }
    assert_sleeps("the window is busy");
    stranger.say(&[Frame::Bye(Bye::Left)]);
    program.drain_until(|event| matches!(event, Event::Ended(_)));
    drop(stranger);
    std::thread::sleep(Duration::from_millis(500));
    assert_sleeps("ended");

    // Now we wait for somebody to decide.
    let door = TcpListener::bind(local(0)).expect("a free port");
    let called = door.local_addr().expect("an address").port();
    program.call(called, How::Encrypted);
    assert_sleeps("somebody says nothing");
    let mut peer = RawPeer::accept_on(accept(&door), server_terms(&person));
    peer.shake().expect("our terms");
    assert_eq!(peer.frame(), Some(Frame::Knock(Knock::default())));
    assert_sleeps("somebody decides");
    peer.say(&[Frame::Unknown(9)]);
    assert_sleeps("and says something new meanwhile");
    program.ask(&Command::Cancel);
    assert_eq!(peer.frame(), Some(Frame::Bye(Bye::Left)));
    std::thread::sleep(Duration::from_millis(500));
    assert_sleeps("cancelled");
}
