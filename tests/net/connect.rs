//! Where the program listens, whom it can call, and which caller gets the place.

use std::{
    io::Write as _,
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _},
    time::Duration,
};

#[cfg(target_os = "linux")]
use crate::support::{CLOSING, messages};
use crate::support::{
    PATIENCE, Program, assert_refused, clock, endpoint,
    line_peer::{LineListener, LinePeer},
    local, patient, plain,
};
use duologue::{
    endpoint::Endpoint,
    net::{Command, ConnectError, EndReason, Event, ListenError, Origin},
    text::{charset::Charset, line_end::LineEnd},
};
use socket2::{Domain, Socket, Type};

/// A name that no resolver looks up, because a label has at most 63 characters (RFC 1035, 2.3.4).
const IMPOSSIBLE_NAME: &str =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid";

/// Fails unless a caller at this address is heard.
fn assert_reachable(program: &mut Program, at: SocketAddr) {
    let mut caller = patient(TcpStream::connect(at).expect("the program listens"));
    caller
        .write_all(b"anybody there?\n")
        .expect("the program is there");
    // On addresses that other computers can call, the person is asked.
    if !at.ip().is_loopback() {
        program.admit();
    }
    assert_eq!(program.hear(), "anybody there?");
    program.ask(&Command::Disconnect);
    program.ended();
}

#[test]
fn listening_on_a_busy_port_fails_and_a_free_one_is_proposed() {
    // The next port is busy, too.
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
fn a_port_taken_on_one_address_of_a_name_is_busy() {
    let addresses: Vec<_> = ("localhost", 0)
        .to_socket_addrs()
        .expect("localhost")
        .collect();
    for taken in &addresses {
        let holder = TcpListener::bind(taken).expect("a free port");
        let port = holder.local_addr().expect("an address").port();
        let mut program = Program::start();
        // Listening on only some of them would lead callers to the other program.
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
fn listening_on_a_foreign_address_fails_and_one_of_ours_is_proposed() {
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
fn a_refused_call_is_reported_and_the_next_call_works() {
    // Bound but not listening, so that nothing else can listen there meanwhile.
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
    // The next call works.
    let listener = LineListener::start();
    program.connect(listener.port());
    assert_eq!(program.connected(), (listener.address(), Origin::Dialled));
}

#[test]
fn unknown_host_names_are_reported() {
    let mut program = Program::start();
    program.ask(&Command::Connect(plain(endpoint(IMPOSSIBLE_NAME, 50_000))));
    assert_eq!(program.connect_failed(), ConnectError::UnknownHost);
    let failed = program.listen_at(IMPOSSIBLE_NAME, 0);
    assert_eq!(failed, Err((ListenError::UnknownHost, None)));
    // A resolver without a server may take long. The worker must not wait for it.
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
    // A call takes at most 10 s.
    let error = already.unwrap_or_else(|| {
        let event = program.event_within(PATIENCE);
        event.as_ref().and_then(failure).expect("an answer")
    });
    assert!(
        matches!(error, ConnectError::UnknownHost | ConnectError::TimedOut),
        "{error:?}"
    );
}

/// A port on which calls get no answer: its queue is full and nobody accepts. Linux then drops further calls; other
/// systems refuse them.
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
fn an_unanswered_call_can_be_cancelled_at_once() {
    let (listener, waiting, at) = silent_port();
    let mut program = Program::start();
    program.connect(at.port());
    program.ask(&Command::Cancel);
    let port = program.listen();
    assert_eq!(program.history.len(), 1, "{:?}", program.history);
    // If the call continued, the system would retry it after 1 s and get an answer now.
    for _ in &waiting {
        listener.accept().expect("one of those that wait");
    }
    assert_eq!(program.event_within(Duration::from_millis(1500)), None);
    assert_reachable(&mut program, local(port));
}

#[cfg(target_os = "linux")]
#[test]
fn an_unanswered_call_blocks_nothing() {
    let (_listener, _waiting, at) = silent_port();
    let (mut program, port) = Program::listening();
    program.connect(at.port());
    program.send(1, "nobody to send it to yet", Charset::UTF_8);
    assert_eq!(messages::not_sent(&program.next_event()), Some(1));
    assert_reachable(&mut program, local(port));
    // Another call replaces the first.
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
fn two_programs_talk_over_ipv6() {
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
fn listening_on_all_addresses_accepts_ipv4_and_ipv6_callers() {
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
fn listening_on_localhost_accepts_callers_on_all_its_addresses() {
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
fn callers_during_a_chat_are_refused_and_reported_once_a_second() {
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
    // A silent caller might still begin to encrypt, and is refused after 10 s.
    let silent: Vec<_> = (0..silent).map(|_| LinePeer::call(port, "\n")).collect();
    for mut newcomer in silent {
        newcomer.assert_closed();
    }
    let (mut reports, mut callers) = (0_u32, 0);
    while callers < knocks {
        callers += program.expect("CallersRejected", |event| match event {
            Event::CallersRejected { from, count, .. } => {
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
fn a_caller_we_wrote_to_keeps_its_place() {
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
fn a_peer_we_called_keeps_its_place() {
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
    // After it has gone, callers are accepted as before.
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    assert_eq!(peer.hear_to_the_end(), b"");
    assert_reachable(&mut program, local(port));
}

#[test]
fn a_silent_caller_is_replaced_by_another_from_its_address_in_the_same_conversation() {
    let (mut program, port) = Program::listening();
    let mut silent = LinePeer::call(port, "\n");
    program.connected();
    let mut other = LinePeer::call(port, "\n");
    assert_eq!(silent.hear_to_the_end(), b"");
    other.say("hello");
    assert_eq!(program.hear(), "hello");
    program.assert_one_conversation(0);
}

/// macOS has only one loopback address unless it was configured.
#[cfg(not(target_os = "macos"))]
#[test]
fn a_silent_caller_gives_way_to_a_caller_from_another_address() {
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
    // A place that is kept for a caller that may call again does not keep a stranger out.
    stranger.shut_down();
    let mut next = LinePeer::call(port, "\n");
    assert_eq!(program.ended(), EndReason::PeerLeft);
    assert_eq!(stranger.hear_to_the_end(), b"");
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
fn a_call_ends_the_conversation_and_listening_continues() {
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
fn a_failed_listen_keeps_the_old_listener() {
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
fn a_plain_caller_ends_our_own_unanswered_call() {
    let (listener, waiting, at) = silent_port();
    let (mut program, port) = Program::listening();
    program.connect(at.port());
    let mut peer = LinePeer::call(port, "\n");
    assert_eq!(program.connected().1, Origin::Accepted);
    // If our call continued, the system would retry it now, and it would replace this conversation.
    for _ in &waiting {
        listener.accept().expect("one of those that wait");
    }
    assert_eq!(program.event_within(Duration::from_millis(1500)), None);
    peer.say("still here");
    assert_eq!(program.hear(), "still here");
}
