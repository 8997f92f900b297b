//! Whom the program trusts: the keys of addresses, the person's decisions about a key, and all of that after
//! a restart.

use std::path::Path;

use crate::peers::proxy::{Harm, Proxy, Way};
use crate::support::{
    Program, endpoint, introduce,
    line_peer::{LineListener, LinePeer},
    messages::{self, Who},
    part, plain,
};
use duologue::{
    identity::{Contact, FILE_NAME, IdentityError, PublicKey, Trust, invite::Token},
    net::{Call, Command, ConnectError, ContactChange, EndReason, Event, How, Rejection},
    profile::claim,
};

fn trust(program: &Program, key: PublicKey) -> Option<Trust> {
    program.known(key).map(|peer| peer.trust)
}

/// Fails if the person was asked about anyone.
#[track_caller]
fn assert_not_asked(program: &mut Program) {
    program.settle();
    let asked = |event: &Event| matches!(event, Event::JoinRequested(_));
    assert_eq!(program.count(asked), 0, "{:?}", program.history);
}

/// Invites and contacts name several addresses. The one that answered is remembered.
#[test]
fn the_key_is_remembered_at_the_address_that_answered() {
    let (mut program, port) = Program::listening_widely();
    let invite = program.invite().expect("it listens");
    // Nothing answers there: bound, but not listening.
    let holder =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    holder
        .bind(&crate::support::local(0).into())
        .expect("a free port");
    let nobody = holder
        .local_addr()
        .expect("bound")
        .as_socket()
        .expect("IPv4")
        .port();
    let mut guest = Program::start();
    guest.ask(&Command::Connect(Call {
        to: endpoint("127.0.0.1", nobody),
        also: vec![endpoint("127.0.0.1", port)],
        how: How::Invited(invite.key, invite.token),
    }));
    guest.named();
    program.named();
    let known = guest.known(program.key()).expect("met");
    assert_eq!(known.addresses, [format!("127.0.0.1:{port}")]);
}

#[test]
fn another_key_at_a_known_address_is_refused_until_the_person_accepts_it() {
    let (mut program, port) = Program::listening_widely();
    let proxy = Proxy::before(port);
    let mut caller = Program::start();
    let carried = proxy.carry(Harm::Nothing);
    introduce(&mut caller, &mut program, proxy.port());
    part(&mut caller, &mut program);
    carried.join().expect("the line holds");
    let old = program.key();
    caller.change(old, ContactChange::Rename(Some("Jun".to_owned())));
    caller.change(old, ContactChange::SetVerified(true));
    let at = format!("127.0.0.1:{}", proxy.port());
    let known = caller.known(old).expect("met");
    assert_eq!(
        (known.trust, &known.addresses),
        (Trust::Verified, &vec![at.clone()])
    );

    // Another key answers there now: a new computer, or an attack.
    let (mut successor, new_port) = Program::listening_widely();
    let mut proxy = proxy;
    proxy.turn_to(new_port);
    let new = successor.key();
    for how in [How::Encrypted, How::To(old)] {
        let carried = proxy.carry(Harm::Nothing);
        caller.call(proxy.port(), how);
        let expected = ConnectError::OtherKey {
            expected: old,
            seen: new,
            invited: false,
        };
        assert_eq!(caller.connect_failed(), expected);
        // Not even our key was sent: after the client hello there is only an encrypted alert.
        let carried = carried.join().expect("the line holds");
        let ends = carried.record_ends(Way::There);
        assert!(carried.there.len() - ends[0] < 60, "{ends:?}");
    }
    assert_not_asked(&mut successor);
    assert_eq!(
        caller.known(old),
        Some(known.clone()),
        "nothing has changed by that"
    );
    assert_eq!(caller.known(new), None);

    // The person decides that this is Jun's new key.
    let carried = proxy.carry(Harm::Nothing);
    let how = How::NewKey {
        key: new,
        replaces: Some(old),
    };
    caller.call(proxy.port(), how);
    assert_eq!(
        messages::who_asks(&successor.admit()),
        Who::Key(caller.key())
    );
    assert_eq!(caller.connected_with(), Who::Key(new));
    caller.named();
    successor.named();
    caller.settle();
    assert_eq!(caller.known(old), None);
    let taken_over = caller.known(new).expect("met");
    assert_eq!(taken_over.my_name.as_deref(), Some("Jun"));
    // The safety numbers were not compared yet.
    assert_eq!(
        (taken_over.trust, taken_over.addresses),
        (Trust::Accepted, vec![at])
    );
    part(&mut caller, &mut successor);
    carried.join().expect("the line holds");
    // From now on the old key is the unexpected one.
    proxy.turn_to(port);
    let carried = proxy.carry(Harm::Nothing);
    caller.call(proxy.port(), How::Encrypted);
    let expected = ConnectError::OtherKey {
        expected: new,
        seen: old,
        invited: false,
    };
    assert_eq!(caller.connect_failed(), expected);
    carried.join().expect("the line holds");
    // The key named in the call must answer.
    let carried = proxy.carry(Harm::Nothing);
    let how = How::NewKey {
        key: new,
        replaces: None,
    };
    caller.call(proxy.port(), how);
    assert_eq!(caller.connect_failed(), expected);
    carried.join().expect("the line holds");
    // Or the key belongs to someone else, who replaces no contact.
    let carried = proxy.carry(Harm::Nothing);
    let how = How::NewKey {
        key: old,
        replaces: None,
    };
    caller.call(proxy.port(), how);
    assert_eq!(caller.connected_with(), Who::Key(old));
    caller.named();
    caller.settle();
    let addresses = [new, old].map(|key| caller.known(key).expect("met").addresses.len());
    assert_eq!(addresses, [0, 1]);
    drop(caller);
    carried.join().expect("the line holds");
}

/// All contacts in the order of their keys.
fn known(program: &Program) -> Vec<Contact> {
    let mut contacts = program.contacts.to_vec();
    contacts.sort_by_key(|contact| contact.key);
    contacts
}

#[test]
fn contacts_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start_in(Some(folder.path()));
    let port = program.listen_widely();
    let key = program.key();
    let mut people = [
        Program::start(),
        Program::start(),
        Program::start(),
        Program::start(),
    ];
    for one in &mut people {
        introduce(one, &mut program, port);
        part(one, &mut program);
    }
    let [renamed, verified, blocked, forgotten] = people.each_ref().map(Program::key);
    program.change(renamed, ContactChange::Rename(Some("미나".to_owned())));
    program.change(verified, ContactChange::SetVerified(true));
    program.change(blocked, ContactChange::SetBlocked(true));
    program.change(forgotten, ContactChange::Forget);
    let expected = known(&program);
    let of = |key| expected.iter().find(|peer| peer.key == key);
    assert_eq!(
        of(renamed).and_then(|peer| peer.my_name.as_deref()),
        Some("미나")
    );
    assert_eq!(of(verified).map(|peer| peer.trust), Some(Trust::Verified));
    assert_eq!(of(blocked).map(|peer| peer.blocked), Some(true));
    assert_eq!(of(forgotten), None);
    drop(program);

    let mut program = Program::start_in(Some(folder.path()));
    assert_eq!(program.key(), key);
    assert_eq!(known(&program), expected);
    let port = program.listen_widely();
    let [mina, jun, eve, stranger] = &mut people;
    for friend in [mina, jun] {
        friend.call(port, How::To(key));
        assert_eq!(program.connected_with(), Who::Key(friend.key()));
        friend.named();
        program.named();
        part(friend, &mut program);
    }
    eve.call(port, How::To(key));
    assert_eq!(eve.connect_failed(), ConnectError::Rejected);
    assert_not_asked(&mut program);
    stranger.call(port, How::To(key));
    assert_eq!(
        messages::who_asks(&program.asked()),
        Who::Key(stranger.key())
    );
    // All of it can be taken back.
    program.change(renamed, ContactChange::Rename(None));
    program.change(verified, ContactChange::SetVerified(false));
    program.change(blocked, ContactChange::SetBlocked(false));
    drop(program);
    let program = Program::start_in(Some(folder.path()));
    assert_eq!(program.known(renamed).expect("met").my_name, None);
    assert_eq!(trust(&program, verified), Some(Trust::Accepted));
    assert!(!program.known(blocked).expect("met").blocked);
}

#[test]
fn the_key_at_an_address_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = Some(folder.path());
    let (mut program, port) = Program::listening_widely();
    let mut proxy = Proxy::before(port);
    let mut caller = Program::start_in(home);
    let carried = proxy.carry(Harm::Nothing);
    introduce(&mut caller, &mut program, proxy.port());
    // It ends without a disconnect. What it has learned is stored already.
    drop(caller);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    carried.join().expect("the line holds");
    let (_successor, elsewhere) = Program::listening_widely();
    proxy.turn_to(elsewhere);
    let mut caller = Program::start_in(home);
    let carried = proxy.carry(Harm::Nothing);
    caller.call(proxy.port(), How::Encrypted);
    assert!(matches!(
        caller.connect_failed(),
        ConnectError::OtherKey { expected, invited: false, .. } if expected == program.key()
    ));
    carried.join().expect("the line holds");
    // Another name for the same address is another address.
    caller.ask(&Command::Connect(Call {
        how: How::Encrypted,
        ..plain(endpoint("localhost", proxy.port()))
    }));
    let carried = proxy.carry(Harm::Nothing);
    caller.expect("Waiting", |event| {
        matches!(event, Event::Waiting { .. }).then_some(())
    });
    caller.ask(&Command::Cancel);
    carried.join().expect("the line holds");
    // A forgotten key is not expected anywhere.
    caller.change(program.key(), ContactChange::Forget);
    let carried = proxy.carry(Harm::Nothing);
    caller.call(proxy.port(), How::Encrypted);
    caller.expect("Waiting", |event| {
        matches!(event, Event::Waiting { .. }).then_some(())
    });
    caller.ask(&Command::Cancel);
    carried.join().expect("the line holds");
}

#[test]
fn another_profile_of_the_same_folder_is_admitted_without_gaining_trust() {
    let base = tempfile::tempdir().expect("a folder");
    let base = base.path();
    let profiles = [claim(base).expect("free"), claim(base).expect("free")];
    let [mut program, mut caller] = profiles.each_ref().map(|profile| {
        assert_eq!(profile.number == 1, profile.folder == base);
        Program::start_profile(profile, base)
    });
    let port = listen_at_loopback(&mut program);
    caller.call(port, How::Encrypted);
    program.named();
    caller.named();
    assert_not_asked(&mut program);
    assert_eq!(trust(&program, caller.key()), Some(Trust::Met));
    // The caller has chosen this peer.
    assert_eq!(trust(&caller, program.key()), Some(Trust::Accepted));
    part(&mut caller, &mut program);
    // Also the other way round, by a profile that was created later, and where others can call.
    let third = claim(base).expect("free");
    let mut third = Program::start_profile(&third, base);
    for is_third_called in [true, false] {
        let (caller, listener) = if is_third_called {
            (&mut program, &mut third)
        } else {
            (&mut third, &mut caller)
        };
        let listening = listener.listen_at("0.0.0.0", 0).expect("a port");
        caller.call(listening.at.port, How::Encrypted);
        listener.named();
        caller.named();
        assert_not_asked(listener);
        part(caller, listener);
    }
    // Nobody else is: neither a program with its own folder nor a contact that was never admitted.
    let mut stranger = Program::start();
    stranger.call(port, How::Encrypted);
    let ask = program.admit();
    assert_eq!(messages::who_asks(&ask), Who::Key(stranger.key()));
    program.named();
    assert_eq!(trust(&program, stranger.key()), Some(Trust::Accepted));
    stranger.named();
    // The trust never decreases later.
    part(&mut stranger, &mut program);
    stranger.call(port, How::Encrypted);
    program.named();
    assert_eq!(trust(&program, stranger.key()), Some(Trust::Accepted));
}

#[test]
fn a_caller_on_this_computer_has_to_ask() {
    let mut program = Program::start();
    let mut port = listen_at_loopback(&mut program);
    for admit in [false, true] {
        let mut caller = Program::start();
        caller.call(port, How::Encrypted);
        let ask = program.asked();
        assert_eq!(messages::who_asks(&ask), Who::Key(caller.key()));
        program.answer(&ask, admit);
        if admit {
            program.named();
            caller.named();
        } else {
            assert_eq!(caller.connect_failed(), ConnectError::Rejected);
            port = listen_at_loopback(&mut program);
        }
    }
}

/// As the original programs do.
#[test]
fn plain_text_on_this_computer_needs_no_approval_until_it_is_not_allowed() {
    let mut program = Program::start();
    let port = listen_at_loopback(&mut program);
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    assert_not_asked(&mut program);
    program.ask(&Command::Disconnect);
    program.ended();
    program.set_preferences("Jun", false);
    program.settle();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    peer.assert_closed();
    assert_eq!(program.rejected(), Rejection::Plain);
}

/// Listens at 127.0.0.1 as the program itself does, where only other profiles of the same folder need not ask.
fn listen_at_loopback(program: &mut Program) -> u16 {
    let listening = program.listen_at("127.0.0.1", 0).expect("a port");
    assert!(listening.only_here);
    listening.at.port
}

#[test]
fn peer_names_are_cut_to_the_limit_and_follow_changes() {
    let (mut program, port) = Program::listening();
    let mut caller = Program::start();
    for (name, expected) in [
        ("Mina", "Mina".to_owned()),
        ("  Mina  ", "Mina".to_owned()),
        ("", "Guest".to_owned()),
        // At most 40 characters and 256 bytes, in whole characters.
        (&"가".repeat(100), "가".repeat(40)),
        (&"\u{1F600}".repeat(100), "\u{1F600}".repeat(40)),
    ] {
        caller.set_preferences(name, true);
        caller.call(port, How::Encrypted);
        assert_eq!(program.named(), expected);
        assert_eq!(
            program.known(caller.key()).expect("met").their_name,
            expected
        );
        caller.named();
        part(&mut caller, &mut program);
    }
}

fn damage(folder: &Path) -> Vec<u8> {
    let bytes = b"this was a key once".to_vec();
    std::fs::write(folder.join(FILE_NAME), &bytes).expect("written");
    bytes
}

#[test]
fn with_a_damaged_key_only_plain_text_works_until_the_key_is_replaced() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = damage(folder.path());
    let path = folder.path().join(FILE_NAME);
    let mut program = Program::start_in(Some(folder.path()));
    assert_eq!(program.identity, Err(IdentityError::Damaged(path.clone())));
    let port = program.listen();
    assert_eq!(program.invite(), None, "an invite names a key");
    // Plain text, both ways.
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    program.ask(&Command::Disconnect);
    program.ended();
    let listener = LineListener::start();
    program.connect(listener.port());
    program.connected();
    program.ask(&Command::Disconnect);
    program.ended();
    // Nothing works encrypted.
    let (mut other, other_port) = Program::listening();
    for how in [
        How::Encrypted,
        How::To(other.key()),
        How::Invited(other.key(), Token::from_bytes([1; 16])),
    ] {
        program.call(other_port, how);
        assert_eq!(program.connect_failed(), ConnectError::NoIdentity);
    }
    other.call(port, How::Encrypted);
    assert_eq!(other.connect_failed(), ConnectError::NotEncrypted);
    assert_eq!(program.rejected(), Rejection::NoIdentity);
    other.settle();
    assert_eq!(
        other.count(|event| matches!(event, Event::Connected { .. })),
        0
    );
    // The file was not changed.
    assert_eq!(std::fs::read(&path).expect("still there"), bytes);

    program.ask(&Command::ReplaceIdentity);
    let key = program.expect("Identity", |event| match event {
        Event::Identity(identity) => Some(identity.clone()),
        _ => None,
    });
    let key = key.expect("a new key");
    let kept = folder.path().join("identity.bad");
    assert_eq!(std::fs::read(kept).expect("kept"), bytes);
    other.call(port, How::Encrypted);
    assert_eq!(other.connected_with(), Who::Key(key));
    program.named();
    other.named();
    part(&mut other, &mut program);
    program.call(other_port, How::Encrypted);
    assert_eq!(other.connected_with(), Who::Key(key));
    drop(program);
    let again = Program::start_in(Some(folder.path()));
    assert_eq!(again.identity, Ok(key));
}

#[test]
fn a_damaged_store_is_set_aside_and_a_new_one_is_created() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = b"this was a store once".repeat(100);
    std::fs::write(folder.path().join(duologue::store::FILE_NAME), &bytes).expect("written");
    let mut program = Program::start_in(Some(folder.path()));
    let kept = folder.path().join("duologue.db.bad");
    assert!(
        program
            .beginning
            .contains(&Event::StoreSetAside(kept.clone()))
    );
    assert_eq!(*program.contacts, []);
    let key = program.key();
    let port = program.listen_widely();
    let mut friend = Program::start();
    introduce(&mut friend, &mut program, port);
    drop(program);
    assert_eq!(std::fs::read(kept).expect("kept"), bytes);
    let program = Program::start_in(Some(folder.path()));
    assert_eq!(program.key(), key);
    assert_eq!(trust(&program, friend.key()), Some(Trust::Accepted));
}
