//! The worker over real sockets: where it listens and whom it reaches, one to one, and that
//! nothing is lost at the end of a conversation.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::support::{
    CLOSING, PATIENCE, Program, assert_refused, call, clock, endpoint,
    line_peer::{LineListener, LinePeer},
    local, messages, patient, plain, thread,
};
use crossbeam_channel::Receiver;
use duologue::net::{
    Command, ConnectError, EndReason, Event, ListenError, Origin, charset::Charset,
    endpoint::Endpoint, plain::LineEnd,
};
use socket2::{Domain, Socket, Type};

/// No resolver asks anybody for it: a label has 63 characters at most (RFC 1035, 2.3.4).
const IMPOSSIBLE_NAME: &str =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid";

/// Somebody calls there and is heard.
fn assert_reachable(program: &mut Program, at: SocketAddr) {
    let mut caller = patient(TcpStream::connect(at).expect("the program listens"));
    caller
        .write_all(b"anybody there?\n")
        .expect("the program is there");
    // Where others than this computer can call, the person is asked.
    if !at.ip().is_loopback() {
        program.admit();
    }
    assert_eq!(program.hear(), "anybody there?");
    program.ask(&Command::Disconnect);
    program.ended();
}

#[test]
fn a_busy_port_is_named_and_another_one_works() {
    // The next port is busy too.
    let holders = || {
        let one = TcpListener::bind(local(0)).ok()?;
        let port = one.local_addr().ok()?.port();
        let next = TcpListener::bind(local(port.checked_add(1)?)).ok()?;
        Some((port, one, next))
    };
    let (port, _one, _next) = std::iter::repeat_with(holders)
        .take(100)
        .flatten()
        .next()
        .expect("two free ports");
    let mut program = Program::start();
    let (error, instead) = program
        .listen_at("127.0.0.1", port)
        .expect_err("the port is taken");
    assert_eq!(error, ListenError::PortInUse);
    let Endpoint { host, port: other } = instead.expect("another port");
    assert!(other > port + 1, "{other}");
    let listening = program
        .listen_at(&host, other)
        .expect("what it proposed works");
    assert_eq!(listening.at, endpoint("127.0.0.1", other));
    assert_reachable(&mut program, local(other));
}

#[test]
fn a_port_that_is_taken_on_one_of_a_names_addresses_is_taken() {
    let addresses: Vec<_> = ("localhost", 0)
        .to_socket_addrs()
        .expect("localhost")
        .collect();
    for taken in &addresses {
        let holder = TcpListener::bind(taken).expect("a free port");
        let port = holder.local_addr().expect("an address").port();
        let mut program = Program::start();
        // Half of it would lead callers to the other program.
        let (error, instead) = program
            .listen_at("localhost", port)
            .expect_err("it is taken");
        assert_eq!(error, ListenError::PortInUse);
        let instead = instead.expect("another port");
        program
            .listen_at(&instead.host, instead.port)
            .expect("what it proposed works");
        for address in &addresses {
            assert_reachable(&mut program, SocketAddr::new(address.ip(), instead.port));
        }
    }
}

#[test]
fn somebody_elses_address_is_named_and_one_of_ours_works() {
    let mut program = Program::start();
    // TEST-NET-1 (RFC 5737).
    let port = free_port();
    let (error, instead) = program
        .listen_at("192.0.2.1", port)
        .expect_err("not our address");
    assert_eq!(error, ListenError::NotOurAddress);
    let Endpoint { host, port } = instead.expect("an address of ours");
    program
        .listen_at(&host, port)
        .expect("what it proposed works");
    let ip: IpAddr = host.parse().expect("an address");
    assert_reachable(&mut program, SocketAddr::new(ip, port));
}

fn free_port() -> u16 {
    TcpListener::bind(local(0))
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port()
}

#[test]
fn nobody_listens_there() {
    // Bound but not listening, so that nobody else can listen there meanwhile.
    let holder = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    holder.bind(&local(0).into()).expect("a free port");
    let port = holder
        .local_addr()
        .expect("bound")
        .as_socket()
        .expect("IPv4")
        .port();
    let mut program = Program::start();
    program.connect(port);
    let event = program.next_event();
    let expected = Event::ConnectFailed {
        call: plain(endpoint("127.0.0.1", port)),
        error: ConnectError::Refused,
    };
    assert_eq!(event, expected);
    // The next call is not hampered by it.
    let listener = LineListener::start();
    program.connect(listener.port());
    assert_eq!(program.connected(), (listener.address(), Origin::Dialled));
}

#[test]
fn unknown_names_are_said_to_be_unknown() {
    let mut program = Program::start();
    program.ask(&Command::Connect(plain(endpoint(IMPOSSIBLE_NAME, 50_000))));
    assert_eq!(program.connect_failed(), ConnectError::UnknownHost);
    let failed = program.listen_at(IMPOSSIBLE_NAME, 0);
    assert_eq!(failed, Err((ListenError::UnknownHost, None)));
    // A resolver that can't ask anybody may take its time; the worker does not.
    program.ask(&Command::Connect(plain(endpoint(
        "nonexistent.invalid",
        50_000,
    ))));
    program.send(1, "nobody to send it to", Charset::UTF_8);
    program.not_sent(1);
    let failure = |event: &Event| match event {
        Event::ConnectFailed { call, error } if call.to.host == "nonexistent.invalid" => {
            Some(*error)
        }
        _ => None,
    };
    let already = program.history.iter().find_map(failure);
    // Calling takes ten seconds at most.
    let error = already.unwrap_or_else(|| {
        let event = program.event_within(PATIENCE);
        event.as_ref().and_then(failure).expect("an answer")
    });
    assert!(
        matches!(error, ConnectError::UnknownHost | ConnectError::TimedOut),
        "{error:?}"
    );
}

/// A port that leaves callers waiting: its queue is full and nobody accepts. Linux drops further
/// calls then; elsewhere they are refused, which is no waiting.
#[cfg(target_os = "linux")]
fn silent_port() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&local(0).into()).expect("a free port");
    socket.listen(0).expect("listening");
    let listener = TcpListener::from(socket);
    let at = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&at, Duration::from_millis(100)) {
        waiting.push(stream);
        assert!(waiting.len() < 10, "the queue of {at} does not fill");
    }
    (listener, waiting, at)
}

#[cfg(target_os = "linux")]
#[test]
fn a_call_that_nobody_answers_can_be_cancelled_at_once() {
    let (listener, waiting, at) = silent_port();
    let mut program = Program::start();
    program.connect(at.port());
    program.ask(&Command::Cancel);
    let port = program.listen();
    assert_eq!(program.history.len(), 1, "{:?}", program.history);
    // Had the call gone on, it would now be answered when it is tried again, after a second.
    for _ in &waiting {
        listener.accept().expect("one of those that wait");
    }
    assert_eq!(program.event_within(Duration::from_millis(1500)), None);
    assert_reachable(&mut program, local(port));
}

#[cfg(target_os = "linux")]
#[test]
fn a_call_that_nobody_answers_holds_up_nothing() {
    let (_listener, _waiting, at) = silent_port();
    let (mut program, port) = Program::listening();
    program.connect(at.port());
    program.send(1, "nobody to send it to yet", Charset::UTF_8);
    assert_eq!(messages::not_sent(&program.next_event()), Some(1));
    assert_reachable(&mut program, local(port));
    // Another call takes the place of the first.
    let other = LineListener::start();
    program.connect(other.port());
    assert_eq!(program.connected(), (other.address(), Origin::Dialled));
    program.connect(at.port());
    assert_eq!(program.ended(), EndReason::CalledAnother);
    let dropping = clock();
    drop(program);
    let took = dropping.elapsed();
    assert!(took < CLOSING, "{took:?}");
}

#[test]
fn ipv6_both_ways() {
    let mut listener = Program::start();
    let mut caller = Program::start();
    if let Err(error) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        println!("LEFT OUT: a conversation over IPv6, which this machine does not have: {error}");
        let (error, _) = listener.listen_at("::1", 0).expect_err("no IPv6");
        assert!(
            matches!(error, ListenError::NotOurAddress | ListenError::Other(_)),
            "{error:?}"
        );
        caller.ask(&Command::Connect(plain(endpoint("::1", 50_000))));
        let error = caller.connect_failed();
        assert!(
            matches!(error, ConnectError::Unreachable | ConnectError::Other(_)),
            "{error:?}"
        );
        return;
    }
    let at = listener.listen_at("::1", 0).expect("IPv6").at;
    caller.ask(&Command::Connect(plain(at.clone())));
    let there = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), at.port);
    assert_eq!(caller.connected(), (there, Origin::Dialled));
    let (peer, origin) = listener.connected();
    assert_eq!(
        (peer.ip(), origin),
        (Ipv6Addr::LOCALHOST.into(), Origin::Accepted)
    );
    caller.say(1, "여섯");
    assert_eq!(listener.hear(), "여섯");
    listener.say(1, "six");
    assert_eq!(caller.hear(), "six");
}

#[test]
fn listening_everywhere_takes_callers_of_both_families_under_their_own_addresses() {
    let mut program = Program::start();
    let port = program.listen_at("::", 0).expect("a port").at.port;
    let mut ipv4 = LinePeer::call(port, "\n");
    program.admit();
    let (peer, _) = program.connected();
    assert_eq!(peer, ipv4.stream().local_addr().expect("an address"));
    assert!(peer.is_ipv4(), "{peer}");
    ipv4.say("four");
    assert_eq!(program.hear(), "four");
    program.ask(&Command::Disconnect);
    program.ended();
    match TcpStream::connect((Ipv6Addr::LOCALHOST, port)) {
        Ok(ipv6) => {
            program.admit();
            let (peer, _) = program.connected();
            assert_eq!(peer, ipv6.local_addr().expect("an address"));
        }
        Err(error) => {
            println!("LEFT OUT: a caller over IPv6, which this machine does not have: {error}");
            TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).expect_err("then nobody can have it");
        }
    }
}

#[test]
fn localhost_is_all_of_its_addresses() {
    let mut program = Program::start();
    let listening = program.listen_at("localhost", 0).expect("localhost");
    assert_eq!(
        listening.reachable,
        [] as [IpAddr; 0],
        "only this computer can connect"
    );
    let addresses = ("localhost", listening.at.port)
        .to_socket_addrs()
        .expect("localhost");
    for address in addresses {
        if let Err(error) = TcpListener::bind((address.ip(), 0)) {
            println!("LEFT OUT: {address}, which this machine does not have: {error}");
            continue;
        }
        assert_reachable(&mut program, address);
    }
}

#[test]
fn another_caller_during_a_chat_is_sent_away_and_reported_once_a_second() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("the place is taken");
    assert_eq!(program.hear(), "the place is taken");
    let knocking = clock();
    let (speaking, silent) = (30, 10);
    let knocks = speaking + silent;
    for _ in 0..speaking {
        let mut newcomer = LinePeer::call(port, "\n");
        newcomer.say("anybody there?");
        newcomer.assert_closed();
    }
    // Who says nothing might still begin to encrypt, and is sent away after a second.
    let silent: Vec<_> = (0..silent).map(|_| LinePeer::call(port, "\n")).collect();
    for mut newcomer in silent {
        newcomer.assert_closed();
    }
    let (mut reports, mut callers) = (0_u32, 0);
    while callers < knocks {
        callers += program.expect("TurnedAway", |event| match event {
            Event::TurnedAway { from, count, .. } => {
                assert!(from.is_loopback());
                Some(*count)
            }
            _ => None,
        });
        reports += 1;
        assert!(
            knocking.elapsed() >= Duration::from_secs(1) * (reports - 1),
            "{reports} reports in {:?}",
            knocking.elapsed()
        );
    }
    assert_eq!(callers, knocks);
    peer.say("still here");
    assert_eq!(program.hear(), "still here");
    program.assert_one_conversation(0);
}

#[test]
fn a_caller_that_was_spoken_to_keeps_its_place() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    program.say(1, "hello?");
    let mut other = LinePeer::call(port, "\n");
    other.say("anybody there?");
    other.assert_closed();
    assert_eq!(peer.hear(), "hello?");
    peer.say("yes");
    assert_eq!(program.hear(), "yes");
    program.assert_one_conversation(0);
}

#[test]
fn the_one_we_called_keeps_its_place() {
    let (mut program, port) = Program::listening();
    let listener = LineListener::start();
    program.connect(listener.port());
    program.connected();
    let mut peer = listener.accept("\n");
    let mut other = LinePeer::call(port, "\n");
    other.say("anybody there?");
    other.assert_closed();
    peer.say("yes");
    assert_eq!(program.hear(), "yes");
    program.assert_one_conversation(0);
    // And once it has gone, callers can come in as before.
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    assert_eq!(peer.hear_to_the_end(), b"");
    assert_reachable(&mut program, local(port));
}

#[test]
fn a_silent_caller_gives_way_to_another_of_its_address_as_if_it_were_the_same() {
    let (mut program, port) = Program::listening();
    let mut silent = LinePeer::call(port, "\n");
    program.connected();
    let mut other = LinePeer::call(port, "\n");
    assert_eq!(silent.hear_to_the_end(), b"");
    other.say("hello");
    assert_eq!(program.hear(), "hello");
    program.assert_one_conversation(0);
}

/// macOS has no second address of its own loopback without being set up for it.
#[cfg(not(target_os = "macos"))]
#[test]
fn a_silent_caller_gives_way_to_a_stranger() {
    let (mut program, port) = Program::listening();
    let mut silent = LinePeer::call(port, "\n");
    program.connected();
    let mut stranger = call_from([127, 0, 0, 2].into(), port);
    assert_eq!(program.ended(), EndReason::GaveWay);
    let (peer, _) = program.connected();
    assert_eq!(peer.ip(), IpAddr::from([127, 0, 0, 2]));
    assert_eq!(silent.hear_to_the_end(), b"");
    stranger.say("hello");
    assert_eq!(program.hear(), "hello");
    // Nor does a place that is kept for somebody who may come back keep a stranger out.
    stranger.shut_down();
    assert_eq!(stranger.hear_to_the_end(), b"");
    let mut next = LinePeer::call(port, "\n");
    assert_eq!(program.ended(), EndReason::PeerLeft);
    next.say("my turn");
    assert_eq!(program.hear(), "my turn");
}

#[cfg(not(target_os = "macos"))]
fn call_from(ip: IpAddr, port: u16) -> LinePeer {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket
        .bind(&SocketAddr::new(ip, 0).into())
        .expect("a second loopback address");
    socket
        .connect(&local(port).into())
        .expect("the program listens");
    LinePeer::on(socket.into(), "\n")
}

#[test]
fn calling_ends_the_conversation_before_and_listening_goes_on() {
    let (mut program, port) = Program::listening();
    let mut first = LinePeer::call(port, "\n");
    first.say("hello");
    assert_eq!(program.hear(), "hello");
    let listener = LineListener::start();
    program.send(1, "good bye", Charset::UTF_8);
    program.connect(listener.port());
    assert_eq!(program.ended(), EndReason::CalledAnother);
    assert_eq!(program.connected(), (listener.address(), Origin::Dialled));
    assert_eq!(first.hear_to_the_end(), b"good bye\n");
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    assert_reachable(&mut program, local(port));
    program.ask(&Command::StopListening);
    program.listening_stopped();
    assert_refused(port);
}

#[test]
fn closing_the_window_loses_nothing_and_takes_no_second() {
    let long = "안녕".repeat(100_000);
    for texts in [vec!["one", "two", "three"], vec![&long, "and this"]] {
        let (mut program, port) = Program::listening();
        program.set_line_end(LineEnd::Lf);
        let mut peer = LinePeer::call(port, "\n");
        program.connected();
        for (id, text) in (0..).zip(&texts) {
            program.send(id, text, Charset::UTF_8);
        }
        // What comes from the other side is not wanted any more, and must not cause a reset.
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
fn closing_the_window_waits_for_what_is_paced() {
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
fn closing_the_window_waits_for_no_peer_that_neither_reads_nor_closes() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let _peer = call(port);
    program.connected();
    for id in 0..100 {
        program.send(id, &"x".repeat(60_000), Charset::UTF_8);
    }
    // An answer to this means that all that was asked before is taken up.
    program.listen();
    let closing = clock();
    drop(program);
    let took = closing.elapsed();
    assert!(took < CLOSING, "{took:?}");
}

/// Writes until it is told to stop. Says when it was stalled for the first time, and returns how
/// it ended.
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
fn the_last_line_arrives_though_the_peer_keeps_sending() {
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
fn a_peer_that_only_stops_sending_is_heard_out() {
    let (mut program, port) = Program::listening();
    let mut caller = LinePeer::call(port, "\n");
    caller.say_bytes(b"one\ntwo");
    caller.shut_down();
    let heard = [program.message(), program.message()].map(|(decoded, end)| (decoded.text, end));
    let expected = [("one", LineEnd::Lf), ("two", LineEnd::None)];
    assert_eq!(heard, expected.map(|(text, end)| (text.to_owned(), end)));
    assert_eq!(caller.hear_to_the_end(), b"");
    // It might have been one that calls again.
    assert_eq!(program.ended(), EndReason::PeerLeft);
    program.assert_one_conversation(1);

    let listener = LineListener::start();
    program.connect(listener.port());
    program.connected();
    let mut answering = listener.accept("\n");
    answering.say_bytes(b"three\nfour");
    answering.shut_down();
    assert_eq!([program.hear(), program.hear()], ["three", "four"]);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    assert_eq!(answering.hear_to_the_end(), b"");
}

/// More lines at once than the channel to the window holds, numbered, of seven bytes each, so
/// that no power of two is a multiple of them.
fn numbered_lines(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|number| format!("{number:06}\n").into_bytes())
        .collect()
}

#[test]
fn a_slow_window_breaks_no_line() {
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
fn what_a_peer_said_before_it_broke_off_is_heard_though_we_wrote_meanwhile() {
    let (mut program, port) = Program::listening();
    program.set_line_end(LineEnd::Lf);
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    peer.say_bytes(&numbered_lines(9_000));
    assert_eq!(program.hear(), "000000");
    // A socket that is closed with something unread in it breaks off.
    program.send(1, "unread", Charset::UTF_8);
    peer.stream().peek(&mut [0]).expect("our message");
    drop(peer);
    program.send(2, "into the void", Charset::UTF_8);
    // Once nobody listens any more, the worker has tried to send that.
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
fn nobody_comes_in_once_exit_has_ended_the_chat() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    // The window is behind, so the worker neither reads nor accepts, and finds both the word and
    // the caller when it goes on.
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
fn exit_typed_while_the_caller_is_away_ends_the_chat_and_the_listening() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    program.connected();
    peer.say("back in a moment");
    assert_eq!(program.hear(), "back in a moment");
    peer.shut_down();
    // Closing our side in answer is how the worker shows that it has seen the caller go.
    peer.assert_closed();
    program.send(1, "#exit", Charset::UTF_8);
    assert_eq!(messages::not_sent(&program.next_event()), Some(1));
    assert_eq!(program.ended(), EndReason::ExitSent);
    program.listening_stopped();
    crate::support::assert_refused(port);
}

#[test]
fn a_listen_that_fails_leaves_the_old_one_in_force() {
    let (mut program, port) = Program::listening();
    let holder = TcpListener::bind(local(0)).expect("a free port");
    let taken = holder.local_addr().expect("an address").port();
    let (error, _) = program
        .listen_at("127.0.0.1", taken)
        .expect_err("the port is taken");
    assert_eq!(error, ListenError::PortInUse);
    match program.next_event() {
        Event::Listening(listening) => assert_eq!(listening.at.port, port),
        other => panic!("{other:?}"),
    }
    assert_reachable(&mut program, local(port));
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_calls_ends_a_call_of_ours_that_hangs() {
    let (listener, waiting, at) = silent_port();
    let (mut program, port) = Program::listening();
    program.connect(at.port());
    let mut peer = LinePeer::call(port, "\n");
    assert_eq!(program.connected().1, Origin::Accepted);
    // Had our call gone on, it would be answered when it is tried again, and take the place.
    for _ in &waiting {
        listener.accept().expect("one of those that wait");
    }
    assert_eq!(program.event_within(Duration::from_millis(1500)), None);
    peer.say("still here");
    assert_eq!(program.hear(), "still here");
}
