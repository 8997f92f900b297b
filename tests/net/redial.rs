//! A lost connection to an encrypted peer that we called is redialled until the person or the peer ends that. No other
//! connection is.

use std::{
    io::{ErrorKind, Write as _},
    net::{Shutdown, TcpListener},
    time::Duration,
};

use crate::support::{
    Program, accept, endpoint,
    line_peer::LineListener,
    local,
    peer::{Person, SecurePeer, hello, knock},
};
use duologue::net::{
    Backoff, Call, Command, ConnectError, EndReason, Event, How, Options,
    protocol::{
        frame::{Bye, TEXT_CAP},
        secure::{Output, Over},
    },
};

const SOON: Duration = Duration::from_millis(10);
/// Longer than any test runs.
const LATE: Duration = Duration::from_hours(1);

fn start(first: Duration, most: Duration) -> Program {
    Program::start_with(Options {
        backoff: Backoff { first, most },
        ..Options::default()
    })
}

/// A person who listens and admits every caller.
struct Called {
    person: Person,
    door: TcpListener,
}

impl Called {
    fn new() -> Self {
        Self {
            person: Person::new(),
            door: TcpListener::bind(local(0)).expect("a free port"),
        }
    }

    fn port(&self) -> u16 {
        self.door.local_addr().expect("an address").port()
    }

    /// Accepts the next call up to its knock.
    #[track_caller]
    fn pick_up(&self) -> SecurePeer {
        let mut peer = SecurePeer::accept_on(accept(&self.door), &self.person);
        peer.expect("a knock", |output| {
            matches!(output, Output::Knocked { .. }).then_some(())
        });
        peer
    }

    #[track_caller]
    fn let_in(&self) -> SecurePeer {
        let mut peer = self.pick_up();
        peer.secure
            .admit(hello("the called one"), crate::support::clock());
        peer.open();
        peer.flush();
        peer
    }

    /// Has this program call, and begins the first conversation.
    #[track_caller]
    fn begin(&self, program: &mut Program) -> SecurePeer {
        program.call(self.port(), How::Encrypted);
        let peer = self.let_in();
        program.named();
        peer
    }

    /// Fails if the program has called.
    #[track_caller]
    fn assert_quiet(&self, program: &mut Program) {
        program.settle();
        self.door.set_nonblocking(true).expect("non-blocking");
        let called = self.door.accept().map(|_| ());
        assert_eq!(
            called.map_err(|error| error.kind()),
            Err(ErrorKind::WouldBlock)
        );
    }

    /// The redialled call: to the same address, for this key only.
    fn again(&self) -> Call {
        Call {
            to: endpoint("127.0.0.1", self.port()),
            also: Vec::new(),
            how: How::To(self.person.key),
        }
    }
}

fn cut(peer: SecurePeer) {
    // The program reads an end without a goodbye.
    peer.stream.shutdown(Shutdown::Both).ok();
    drop(peer);
}

/// The next report of redialling: the call, and the wait before it.
#[track_caller]
fn redialling(program: &mut Program) -> (Call, Option<Duration>) {
    program.expect("Redialling", |event| match event {
        Event::Redialling { call, wait, .. } => Some((call.clone(), *wait)),
        _ => None,
    })
}

#[track_caller]
fn assert_not_redialled(program: &mut Program) {
    program.settle();
    let redialled = program.count(|event| matches!(event, Event::Redialling { .. }));
    assert_eq!(redialled, 0, "{:?}", program.history);
}

#[test]
fn a_lost_connection_is_redialled_and_messages_written_meanwhile_arrive() {
    let called = Called::new();
    let mut program = start(SOON, SOON * 8);
    let mut peer = called.begin(&mut program);
    for round in 1..=3 {
        cut(peer);
        assert_eq!(program.ended(), EndReason::Lost);
        let (call, wait) = redialling(&mut program);
        assert_eq!(call, called.again());
        let wait = wait.expect("not at once");
        // Earlier redials do not count.
        assert!(wait <= SOON && wait >= SOON.mul_f64(0.8), "{wait:?}");
        program.ask_to_write(round, called.person.key, "meanwhile");
        assert_eq!(redialling(&mut program), (called.again(), None));
        peer = called.let_in();
        program.connected();
        assert_eq!(peer.hear(), "meanwhile");
    }
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    called.assert_quiet(&mut program);
}

#[test]
fn the_wait_before_redialling_doubles_up_to_a_limit() {
    let mut called = Called::new();
    let mut program = start(SOON, SOON * 4);
    let peer = called.begin(&mut program);
    let port = called.port();
    // Nothing listens any more.
    drop(std::mem::replace(&mut called, Called::new()).door);
    cut(peer);
    let waits: Vec<_> = (0..5)
        .map(|_| {
            let (_, wait) = redialling(&mut program);
            assert_eq!(redialling(&mut program).1, None);
            wait.expect("it is waited")
        })
        .collect();
    for (wait, most) in waits.into_iter().zip([1, 2, 4, 4, 4]) {
        let most = SOON * most;
        assert!(
            wait <= most && wait >= most.mul_f64(0.8),
            "{wait:?} of {most:?}"
        );
    }
    // Another person at the same address is not taken for the first.
    let taker = Called {
        person: Person::new(),
        door: TcpListener::bind(local(port)).expect("the port is free"),
    };
    let mut peer = SecurePeer::accept_on(accept(&taker.door), &taker.person);
    assert!(matches!(peer.over(), Over::Tls(_)));
    assert!(matches!(
        program.connect_failed(),
        ConnectError::OtherKey { .. }
    ));
    taker.assert_quiet(&mut program);
}

#[test]
fn try_now_redials_at_once() {
    let called = Called::new();
    let mut program = start(LATE, LATE);
    let peer = called.begin(&mut program);
    cut(peer);
    let wait = redialling(&mut program).1.expect("it is waited");
    assert!(wait > LATE / 2);
    called.assert_quiet(&mut program);
    program.ask(&Command::TryNow);
    assert_eq!(redialling(&mut program).1, None);
    // A second command changes nothing.
    program.ask(&Command::TryNow);
    let mut peer = called.let_in();
    program.connected();
    program.named();
    program.ask(&Command::TryNow);
    called.assert_quiet(&mut program);
    program.write(1, called.person.key, "there you are");
    assert_eq!(peer.hear(), "there you are");
}

#[test]
fn cancel_and_disconnect_stop_redialling() {
    let called = Called::new();
    for command in [Command::Cancel, Command::Disconnect] {
        // During the wait.
        let mut program = start(LATE, LATE);
        cut(called.begin(&mut program));
        redialling(&mut program);
        program.ask(&command);
        program.ask(&Command::TryNow);
        called.assert_quiet(&mut program);
        program.history.clear();
        assert_not_redialled(&mut program);
        // During the redialled call: the callee is told.
        let mut program = start(SOON, SOON);
        cut(called.begin(&mut program));
        assert!(redialling(&mut program).1.is_some());
        assert_eq!(redialling(&mut program).1, None);
        let mut peer = called.pick_up();
        peer.flush();
        program.ask(&command);
        if command == Command::Cancel {
            while peer.poll().is_ok() {}
            called.assert_quiet(&mut program);
        }
    }
}

#[test]
fn another_call_replaces_redialling() {
    let [called, another] = [Called::new(), Called::new()];
    let mut program = start(LATE, LATE);
    cut(called.begin(&mut program));
    redialling(&mut program);
    let mut peer = another.begin(&mut program);
    program.ask(&Command::TryNow);
    called.assert_quiet(&mut program);
    program.write(1, another.person.key, "hello");
    assert_eq!(peer.hear(), "hello");
}

#[test]
fn a_peer_that_calls_us_meanwhile_is_not_redialled() {
    let called = Called::new();
    let mut program = start(LATE, LATE);
    let port = program.listen();
    cut(called.begin(&mut program));
    redialling(&mut program);
    let key = Some(program.key());
    let mut peer = SecurePeer::call(port, &called.person, key, knock(None));
    peer.open();
    program.connected();
    program.ask(&Command::TryNow);
    called.assert_quiet(&mut program);
    // That peer called us, so it has to call again.
    program.history.clear();
    cut(peer);
    assert_eq!(program.ended(), EndReason::Lost);
    assert_not_redialled(&mut program);
}

#[test]
fn a_conversation_that_was_ended_on_purpose_is_not_redialled() {
    for bye in [Bye::Left, Bye::Replaced, Bye::Rejected, Bye::Misbehaved] {
        let called = Called::new();
        let mut program = start(SOON, SOON);
        let mut peer = called.begin(&mut program);
        peer.secure.end(bye);
        peer.flush();
        let why = program.ended();
        let expected = match bye {
            Bye::Replaced => EndReason::Replaced,
            _ => EndReason::PeerLeft,
        };
        assert_eq!(why, expected);
        assert_not_redialled(&mut program);
        called.assert_quiet(&mut program);
    }
    // Even if the connection breaks at the same time.
    let called = Called::new();
    let mut program = start(SOON, SOON);
    let peer = called.begin(&mut program);
    program.ask(&Command::Disconnect);
    cut(peer);
    program.ended();
    assert_not_redialled(&mut program);
    called.assert_quiet(&mut program);
}

#[test]
fn a_peer_that_is_busy_or_rejects_is_not_redialled() {
    for (bye, error) in [
        (Bye::Busy, ConnectError::Busy),
        (Bye::Rejected, ConnectError::Rejected),
        (Bye::NoAnswer, ConnectError::Undecided),
    ] {
        let called = Called::new();
        let mut program = start(SOON, SOON);
        cut(called.begin(&mut program));
        let mut peer = called.pick_up();
        peer.secure.end(bye);
        peer.flush();
        assert_eq!(program.connect_failed(), error);
        called.assert_quiet(&mut program);
    }
}

#[test]
fn a_first_call_that_fails_is_not_redialled() {
    let called = Called::new();
    let mut program = start(SOON, SOON);
    program.call(called.port(), How::Encrypted);
    drop(accept(&called.door));
    assert_eq!(program.connect_failed(), ConnectError::NotEncrypted);
    assert_not_redialled(&mut program);
}

#[test]
fn plain_text_calls_are_not_redialled() {
    let listener = LineListener::start();
    let mut program = start(SOON, SOON);
    program.connect(listener.port());
    let peer = listener.accept("\n");
    program.connected();
    peer.reset();
    assert_eq!(program.ended(), EndReason::Lost);
    assert_not_redialled(&mut program);
}

#[test]
fn a_connection_that_breaks_while_we_hang_up_is_not_redialled() {
    let called = Called::new();
    let mut program = start(SOON, SOON);
    let mut peer = called.begin(&mut program);
    // More than the system takes, so that the goodbye behind it has to wait.
    let text = "x".repeat(TEXT_CAP);
    for id in 1..=400 {
        program.write(id, called.person.key, &text);
    }
    program.ask(&Command::Disconnect);
    program.settle();
    // A record that nobody has encrypted.
    peer.stream
        .write_all(&[b"\x17\x03\x03\x00\x20".as_slice(), &[0xa5; 32]].concat())
        .expect("the program is there");
    program.ended();
    assert_not_redialled(&mut program);
    called.assert_quiet(&mut program);
}
