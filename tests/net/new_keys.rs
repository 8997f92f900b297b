//! A new key at the address of a contact: what waits for the old key, and a key that belongs to somebody known.

use crate::delivery::{delivered, folder, recall, start};
use crate::support::{
    Program, introduce,
    line_peer::LineListener,
    messages::{self, Who},
    part,
};
use duologue::{
    identity::{PublicKey, Trust},
    net::{Command, ContactChange, Event, How},
    store::State,
};
use tempfile::TempDir;

/// A program that keeps what it receives, so that it acknowledges it, and its port.
fn listening() -> (TempDir, Program, u16) {
    let folder = folder();
    let mut program = start(&folder);
    let port = program.listen_widely();
    (folder, program, port)
}

/// Lets `caller` call the new key of the contact `old` and be admitted.
#[track_caller]
fn replace(caller: &mut Program, old: PublicKey, new: &mut Program, port: u16) {
    let (key, replaces) = (new.key(), Some(old));
    caller.call(port, How::NewKey { key, replaces });
    new.admit();
    assert_eq!(caller.connected_with(), Who::Key(key));
    caller.named();
    new.named();
}

fn held(program: &Program, key: PublicKey) -> u64 {
    program.known(key).expect("met").held
}

/// Waits until this many messages are held.
#[track_caller]
fn holds(program: &mut Program, key: PublicKey, count: u64) {
    program.expect("Contacts", |event| match event {
        Event::Contacts(all) => {
            let of = all.iter().find(|contact| contact.key == key);
            of.filter(|contact| contact.held == count).map(|_| ())
        }
        _ => None,
    });
}

#[test]
fn what_waits_for_the_old_key_goes_to_the_new_one_only_when_the_person_says_so() {
    let folder = folder();
    let (_minas, mut mina, port) = listening();
    let mut program = start(&folder);
    introduce(&mut program, &mut mina, port);
    part(&mut program, &mut mina);
    let old = mina.key();
    let secret = program.write(1, old, "a secret for the old key");
    let recalled = program.write(2, old, "recalled");
    recall(&mut program, old, recalled);
    let second = program.write(3, old, "another one");

    let (_successors, mut successor, port) = listening();
    let new = successor.key();
    replace(&mut program, old, &mut successor, port);
    program.settle();
    assert_eq!((program.known(old), held(&program, new)), (None, 2));
    // What is written from now on is for the new key.
    let third = program.write(4, new, "for the new key");
    delivered(&mut program, vec![third]);
    successor.settle();
    assert_eq!(successor.texts(), ["for the new key"]);

    // After a restart, too, and in the next connection.
    drop(program);
    successor.ended();
    let mut program = start(&folder);
    assert_eq!(held(&program, new), 2);
    program.call(port, How::To(new));
    program.named();
    successor.named();
    let fourth = program.write(5, new, "once more");
    delivered(&mut program, vec![fourth]);
    successor.settle();
    assert_eq!(successor.texts(), ["for the new key", "once more"]);

    // One is discarded alone, by recalling it.
    recall(&mut program, new, second);
    holds(&mut program, new, 1);
    program.ask(&Command::SendHeld(new));
    holds(&mut program, new, 0);
    delivered(&mut program, vec![secret]);
    let all = ["for the new key", "once more", "a secret for the old key"];
    successor.settle();
    assert_eq!(successor.texts(), all);
    let missed = successor.count(|event| messages::missed(event).is_some());
    assert_eq!(missed, 0, "the numbers of the old key are not used");
}

#[test]
fn what_is_held_can_be_sent_while_nobody_is_connected() {
    let folder = folder();
    let (_minas, mut mina, port) = listening();
    let mut program = start(&folder);
    introduce(&mut program, &mut mina, port);
    part(&mut program, &mut mina);
    program.write(1, mina.key(), "held");
    let (_successors, mut successor, port) = listening();
    let new = successor.key();
    replace(&mut program, mina.key(), &mut successor, port);
    part(&mut program, &mut successor);
    program.ask(&Command::SendHeld(new));
    holds(&mut program, new, 0);
    program.call(port, How::To(new));
    assert_eq!(successor.text(), "held");
}

#[test]
fn what_is_held_and_discarded_goes_to_nobody() {
    let folder = folder();
    let (_minas, mut mina, port) = listening();
    let mut program = start(&folder);
    introduce(&mut program, &mut mina, port);
    part(&mut program, &mut mina);
    let row = program.write(1, mina.key(), "a secret for the old key");
    let (_successors, mut successor, port) = listening();
    let new = successor.key();
    replace(&mut program, mina.key(), &mut successor, port);
    program.ask(&Command::DiscardHeld(new));
    assert_eq!(program.settled(row), State::Recalled);
    holds(&mut program, new, 0);
    // Nothing is left to be sent.
    program.ask(&Command::SendHeld(new));
    let after = program.write(2, new, "after that");
    delivered(&mut program, vec![after]);
    successor.settle();
    assert_eq!(successor.texts(), ["after that"]);
}

/// Also on this computer, where nobody is warned about by the IP address alone.
#[test]
fn plain_text_at_the_address_of_a_contact_is_warned_about() {
    let mut program = Program::start();
    let (_folder, mut mina, port) = listening();
    introduce(&mut program, &mut mina, port);
    part(&mut program, &mut mina);
    program.connect(port);
    let encrypted_before = Some(mina.key());
    assert_eq!(program.connected_with(), Who::Plain { encrypted_before });
    program.ask(&Command::Disconnect);
    program.ended();
    let elsewhere = LineListener::start();
    program.connect(elsewhere.port());
    let encrypted_before = None;
    assert_eq!(program.connected_with(), Who::Plain { encrypted_before });
}

/// The key may have become known between the question and the answer.
#[test]
fn a_known_key_takes_an_address_but_never_replaces_another_person() {
    let folder = folder();
    let mut program = start(&folder);
    let (_minas, mut mina, minas_port) = listening();
    introduce(&mut program, &mut mina, minas_port);
    part(&mut program, &mut mina);
    let (_juns, mut jun, juns_port) = listening();
    introduce(&mut program, &mut jun, juns_port);
    part(&mut program, &mut jun);
    program.change(mina.key(), ContactChange::SetVerified(true));
    program.change(jun.key(), ContactChange::SetVerified(true));
    program.write(1, mina.key(), "for Mina");
    let before = program.known(mina.key()).expect("met");

    let (key, replaces) = (jun.key(), Some(mina.key()));
    program.call(juns_port, How::NewKey { key, replaces });
    program.named();
    jun.named();
    program.settle();
    assert_eq!(program.known(mina.key()), Some(before));
    let of_jun = program.known(key).expect("met");
    assert_eq!((of_jun.trust, of_jun.held), (Trust::Verified, 0));
    let row = program.write(2, key, "for Jun");
    delivered(&mut program, vec![row]);
    jun.settle();
    assert_eq!(jun.texts(), ["for Jun"]);
    part(&mut program, &mut jun);
    program.call(minas_port, How::To(mina.key()));
    assert_eq!(mina.text(), "for Mina");
}
