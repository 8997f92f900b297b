//! The worker uses no processor time while nothing happens.

use std::{io::Write as _, net::TcpListener, time::Duration};

use duologue::{
    net::{
        Command, Event, How,
        protocol::frame::{Ack, Bye, EVENTS, FILES, Frame, Hello, Knock, TEXT_CAP},
    },
    store::FILE_NAME,
    text::charset::Charset,
};

use crate::{
    alone,
    support::{
        Program, accept, call,
        line_peer::LinePeer,
        local, messages,
        peer::{Person, RawPeer, client_terms, hello, item, server_terms},
    },
};

/// How often the thread of the worker has gone to sleep so far, and how much processor time it has used, in clock ticks of the
/// system (10 ms). Only one worker runs at a time.
fn usage() -> (u64, u64) {
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
            let sleeps = count.expect("a count").trim().parse().expect("a number");
            let stat = std::fs::read_to_string(task.join("stat")).expect("the worker");
            let (_, fields) = stat.rsplit_once(')').expect("a name");
            // See proc_pid_stat(5): fields 14 and 15; these begin with the third.
            let times = fields.split_ascii_whitespace().skip(11).take(2);
            let ticks = times.map(|ticks| ticks.parse::<u64>().expect("a number"));
            return (sleeps, ticks.sum());
        }
    }
    panic!("there is no worker");
}

/// Fails unless the worker soon sleeps for a quarter of a second.
#[track_caller]
fn assert_sleeps(when: &str) {
    let mut used = (0, 0);
    // The last command may still be handled in the first rounds.
    for _ in 0..20 {
        let before = usage();
        // This does not wait for anything: idle time is what is measured.
        std::thread::sleep(Duration::from_millis(250));
        let after = usage();
        used = (after.0 - before.0, after.1 - before.1);
        // One for a timer that ends something, and one to spare. One that never sleeps is not woken either.
        if used.0 <= 2 && used.1 <= 2 {
            return;
        }
    }
    panic!(
        "{when}: the worker woke {} times, and ran {} ticks",
        used.0, used.1
    );
}

#[test]
fn the_worker_sleeps_while_nothing_happens() {
    let _alone = alone();
    let mut program = Program::start();
    assert_sleeps("idle");
    let port = program.listen();
    assert_sleeps("listening");
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    assert_sleeps("connected");
    // Messages without line ends are paced by a timer.
    for id in 0..2 {
        program.say(id, "paced");
    }
    assert_eq!(peer.hear_exactly(10), b"pacedpaced");
    assert_sleeps("connected, after speaking");
    let long = "x".repeat(900_000);
    for id in 0.. {
        program.send(id, &long, Charset::UTF_8);
        program.settle();
        if program.count(|event| messages::not_sent(event).is_some()) > 0 {
            break;
        }
        assert!(id < 100, "there is always room");
    }
    assert_sleeps("the peer does not read");
    let mut busy = call(port);
    busy.write_all(b"x").expect("the program is there");
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
    assert_sleeps("disconnected from a peer that stays");
}

#[test]
fn the_worker_sleeps_while_nothing_can_be_stored() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Program::start_impatient(folder.path());
    let port = program.listen();
    let person = Person::new();
    let greeting = Hello {
        features: EVENTS | FILES,
        ..hello("a peer")
    };
    let mut peer = RawPeer::let_in_with(port, &person, greeting);
    program.named();
    program.write(1, person.key, "a message");
    let said = loop {
        if let Frame::Item(item) = peer.frame().expect("the program goes on") {
            break item;
        }
    };
    // Another program writes, and does not end.
    let other = rusqlite::Connection::open(folder.path().join(FILE_NAME)).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("begun");
    // May mean that a file can be asked for.
    peer.say(&[Frame::Ack(Ack {
        stream: said.stream,
        up_to: said.number,
    })]);
    program.expect("StoreFailed", |event| {
        matches!(event, Event::StoreFailed(_)).then_some(())
    });
    // It tries once a second.
    let before = usage();
    std::thread::sleep(Duration::from_secs(2));
    let ticks = usage().1 - before.1;
    assert!(ticks < 40, "{ticks} ticks of 200");
    drop(other);
    program.expect("StoreWell", |event| {
        (*event == Event::StoreWell).then_some(())
    });
    assert_sleeps("the store works again");
}

#[test]
fn the_worker_sleeps_while_strangers_wait_or_an_encrypted_peer_is_silent() {
    let _alone = alone();
    let (mut program, port) = Program::listening_widely();
    // A byte that may begin TLS, and a client hello that does not continue.
    let mut unclear = call(port);
    unclear.write_all(b"\x16").expect("the program is there");
    let mut half = call(port);
    half.write_all(b"\x16\x03\x01\x02\x00\x01")
        .expect("the program is there");
    assert_sleeps("handshakes that do not go on");
    // Otherwise this byte would be a message in plain text.
    unclear.write_all(b"\x03").expect("the program is there");
    drop((unclear, half));

    // Three requests: silent, in plain text and half closed, and with a key and messages.
    let silent = LinePeer::call(port, "\n");
    program.asked();
    assert_sleeps("a silent caller asks");
    drop(silent);
    program.expect("JoinRequestOver", |event| {
        matches!(event, Event::JoinRequestOver(_)).then_some(())
    });
    let mut done = LinePeer::call(port, "\n");
    done.say("hello");
    done.shut_down();
    let ask = program.asked();
    assert_sleeps("plain text asks");
    program.answer(&ask, false);
    done.assert_closed();
    let person = Person::new();
    let mut stranger = RawPeer::call(port, client_terms(&person));
    stranger.shake().expect("our terms");
    stranger.say(&[Frame::Knock(Knock::default())]);
    let ask = program.asked();
    stranger.say(&[Frame::Hello(hello("a stranger")), item(1, 1, "hello?")]);
    assert_sleeps("an encrypted caller asks");
    stranger.say(&[item(1, 2, "hello??")]);
    assert_sleeps("it goes on");

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
        program.history.clear();
        program.send(id, &long, Charset::UTF_8);
        program.settle();
        if program.count(|event| messages::sent(event).is_some()) == 0 {
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
    assert_sleeps("ended");

    // Now our own call waits for the callee's decision.
    let door = TcpListener::bind(local(0)).expect("a free port");
    let called = door.local_addr().expect("an address").port();
    program.call(called, How::Encrypted);
    assert_sleeps("somebody says nothing");
    let mut peer = RawPeer::accept_on(accept(&door), server_terms(&person));
    peer.shake().expect("our terms");
    assert_eq!(peer.frame(), Some(Frame::Knock(Knock::default())));
    assert_sleeps("somebody decides");
    peer.say(&[Frame::Unknown(99)]);
    assert_sleeps("and says something new meanwhile");
    program.ask(&Command::Cancel);
    assert_eq!(peer.frame(), Some(Frame::Bye(Bye::Left)));
    assert_sleeps("cancelled");
}
