//! Whom an invite admits, and what it does not prove: whoever carries it may have changed it.

use std::net::TcpListener;

use crate::support::{
    Program, endpoint, introduce,
    messages::{self, Who},
    part,
    peer::{Person, RawPeer, SecurePeer, client_terms, hello, knock_with, server_terms},
};
use duologue::{
    identity::{
        PublicKey, Trust,
        invite::{Invite, Token},
    },
    net::{
        Call, Command, ConnectError, EndReason, Event, How,
        protocol::frame::{Bye, Frame},
    },
};

fn trust(program: &Program, key: PublicKey) -> Option<Trust> {
    program.known(key).map(|peer| peer.trust)
}

/// Whether the next caller is admitted at once; otherwise the person was asked about it.
#[track_caller]
fn is_admitted_at_once(program: &mut Program, caller: PublicKey) -> bool {
    program.expect("a caller", |event| match event {
        Event::Connected { .. } => {
            let (_, who) = messages::connected(event)?;
            (who == Who::Key(caller)).then_some(true)
        }
        Event::JoinRequested(request) => {
            (messages::who_asks(request) == Who::Key(caller)).then_some(false)
        }
        _ => None,
    })
}

/// A caller with this invite, who has knocked.
#[track_caller]
fn guest(port: u16, person: &Person, invite: &Invite) -> RawPeer {
    let mut guest = RawPeer::call(port, client_terms(person));
    guest.shake().expect("our terms");
    guest.say(&[Frame::Knock(knock_with(invite, person))]);
    guest
}

/// Fails if the person was asked about anyone.
#[track_caller]
fn assert_not_asked(program: &mut Program) {
    program.settle();
    let asked = |event: &Event| matches!(event, Event::JoinRequested(_));
    assert_eq!(program.count(asked), 0, "{:?}", program.history);
}

#[test]
fn an_invite_admits_one_guest() {
    let (mut program, port) = Program::listening_widely();
    let mut guest = Program::start();
    let invite = program.invite().expect("it listens");
    assert_eq!(invite.key, program.key());
    assert!(!invite.hosts.is_empty() && invite.hosts.iter().all(|host| host.port == port));
    let invited = How::Invited(invite.key, invite.token);
    guest.call(port, invited.clone());
    assert_eq!(program.connected_with(), Who::Key(guest.key()));
    program.named();
    guest.named();
    assert_not_asked(&mut program);
    assert_eq!(trust(&program, guest.key()), Some(Trust::Invited));
    part(&mut guest, &mut program);
    // The guest is a contact from now on. Another caller with the same invite is not.
    guest.call(port, invited.clone());
    program.named();
    guest.named();
    part(&mut guest, &mut program);
    assert_not_asked(&mut program);
    let mut other = Program::start();
    other.call(port, invited);
    assert_eq!(messages::who_asks(&program.admit()), Who::Key(other.key()));
    program.named();
    other.named();
    assert_eq!(trust(&program, other.key()), Some(Trust::Accepted));
}

#[test]
fn an_unknown_invite_token_admits_nobody() {
    let (mut program, port) = Program::listening_widely();
    let real = program.invite().expect("it listens");
    let mut almost = *real.token.as_bytes();
    almost[15] ^= 1;
    for token in [
        Token::from_bytes(almost),
        Token::from_bytes([0; 16]),
        Token::generate().expect("random numbers"),
    ] {
        let person = Person::new();
        let other = Invite {
            token,
            ..real.clone()
        };
        let mut peer = SecurePeer::call(port, &person, None, knock_with(&other, &person));
        peer.waiting();
        assert_eq!(messages::who_asks(&program.asked()), Who::Key(person.key));
        drop(peer);
        program.expect("JoinRequestOver", |event| {
            matches!(event, Event::JoinRequestOver(_)).then_some(())
        });
    }
    // The real token is still valid.
    program.history.clear();
    let person = Person::new();
    let mut guest = SecurePeer::call(port, &person, None, knock_with(&real, &person));
    guest.open();
    assert_not_asked(&mut program);
}

#[test]
fn eight_invites_are_open_at_once_and_a_ninth_replaces_the_oldest() {
    let (mut program, port) = Program::listening_widely();
    let mut invites: Vec<_> = (0..9)
        .map(|_| program.invite().expect("it listens"))
        .collect();
    let oldest = invites.remove(0);
    let person = Person::new();
    let mut late = SecurePeer::call(port, &person, None, knock_with(&oldest, &person));
    late.waiting();
    let ask = program.asked();
    program.answer(&ask, false);
    program.history.clear();
    for invite in invites {
        let person = Person::new();
        let mut guest = SecurePeer::call(port, &person, None, knock_with(&invite, &person));
        guest.open();
        program.named();
        guest.leave();
        assert_eq!(program.ended(), EndReason::PeerLeft);
    }
    assert!(program.count(|event| matches!(event, Event::JoinRequested(_))) == 0);
}

#[test]
fn an_invite_names_the_addresses_the_program_listens_on() {
    let mut program = Program::start();
    assert_eq!(program.invite(), None, "nowhere");
    let listening = program.listen_at("0.0.0.0", 0).expect("a port");
    let invite = program.invite();
    if listening.reachable.is_empty() {
        println!("LEFT OUT: an address that others can call, which this machine does not have");
        assert_eq!(invite, None);
    } else {
        let invite = invite.expect("it listens");
        let at = |ip: &std::net::IpAddr| endpoint(&ip.to_string(), listening.at.port);
        let hosts: Vec<_> = listening.reachable.iter().map(at).collect();
        assert_eq!(invite.hosts, hosts);
        // As it is passed on as text and used.
        let read = invite.to_string().parse();
        assert_eq!(read, Ok(invite.clone()));
        let mut guest = Program::start();
        let mut hosts = invite.hosts.into_iter();
        guest.ask(&Command::Connect(Call {
            to: hosts.next().expect("a host"),
            also: hosts.collect(),
            how: How::Invited(invite.key, invite.token),
        }));
        guest.named();
        program.named();
        assert_not_asked(&mut program);
    }
    program.ask(&Command::StopListening);
    program.listening_stopped();
    assert_eq!(program.invite(), None, "nowhere any more");
}

/// Neither side has compared anything: the link may have been changed on its way.
#[test]
fn an_invite_verifies_neither_side() {
    let (mut program, port) = Program::listening_widely();
    let mut guest = Program::start();
    let invite = program.invite().expect("it listens");
    guest.call(port, How::Invited(invite.key, invite.token));
    program.named();
    guest.named();
    guest.settle();
    assert_eq!(trust(&program, guest.key()), Some(Trust::Invited));
    assert_eq!(trust(&guest, program.key()), Some(Trust::Invited));
    part(&mut guest, &mut program);
}

/// Eve passes the link on with her own key and address in it, and repeats at the real door what the guest tells her.
#[test]
fn what_a_guest_of_a_swapped_invite_says_does_not_let_the_swapper_in() {
    let (mut program, port) = Program::listening_widely();
    let invite = program.invite().expect("it listens");
    let eve = Person::new();
    let door = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let eve_port = door.local_addr().expect("bound").port();
    let guest = Program::start();
    guest.call(eve_port, How::Invited(eve.key, invite.token));
    let (stream, _) = door.accept().expect("the guest");
    let mut to_guest = RawPeer::accept_on(stream, server_terms(&eve));
    to_guest.shake().expect("our terms");
    let Some(Frame::Knock(knock)) = to_guest.frame() else {
        panic!("no knock");
    };
    let mut to_program = SecurePeer::call(port, &eve, None, knock);
    to_program.waiting();
    assert!(!is_admitted_at_once(&mut program, eve.key));
}

/// A connection that breaks in between costs the guest nothing, and gives nobody else the invite.
#[test]
fn an_invite_is_spent_by_the_hello_of_its_guest() {
    let (mut program, port) = Program::listening_widely();
    let invite = program.invite().expect("it listens");
    let [mina, eve] = [Person::new(), Person::new()];
    let mut first = guest(port, &mina, &invite);
    assert!(matches!(first.frame(), Some(Frame::Hello(_))));
    drop(first);
    assert!(matches!(
        program.ended(),
        EndReason::PeerLeft | EndReason::Lost
    ));
    let other = guest(port, &eve, &invite);
    assert!(!is_admitted_at_once(&mut program, eve.key), "it is Mina's");
    drop(other);
    program.history.clear();

    let mut again = guest(port, &mina, &invite);
    assert!(is_admitted_at_once(&mut program, mina.key), "no Hello yet");
    assert!(matches!(again.frame(), Some(Frame::Hello(_))));
    again.say(&[Frame::Hello(hello("Mina")), Frame::Bye(Bye::Left)]);
    assert_eq!(program.named(), "Mina");
    assert_eq!(program.ended(), EndReason::PeerLeft);
    assert_eq!(trust(&program, mina.key), Some(Trust::Invited));
    let late = guest(port, &eve, &invite);
    assert!(!is_admitted_at_once(&mut program, eve.key), "it is spent");
    drop(late);
}

/// The link may name any address, also one where the person knows somebody.
#[test]
fn an_invite_takes_no_address_from_the_key_that_is_known_there() {
    let (mut mina, port) = Program::listening_widely();
    let mut caller = Program::start();
    introduce(&mut caller, &mut mina, port);
    part(&mut caller, &mut mina);
    mina.ask(&Command::StopListening);
    mina.listening_stopped();
    let mut eve = Program::start();
    eve.listen_at("0.0.0.0", port).expect("the port is free");
    let invite = eve.invite().expect("it listens");
    caller.call(port, How::Invited(invite.key, invite.token));
    caller.named();
    eve.named();
    part(&mut caller, &mut eve);
    let addresses = |key| caller.known(key).expect("met").addresses;
    assert_eq!(addresses(mina.key()), [format!("127.0.0.1:{port}")]);
    assert_eq!(addresses(eve.key()), [""; 0]);
    caller.call(port, How::Encrypted);
    let expected = ConnectError::OtherKey {
        expected: mina.key(),
        seen: eve.key(),
        invited: false,
    };
    assert_eq!(caller.connect_failed(), expected);
}
