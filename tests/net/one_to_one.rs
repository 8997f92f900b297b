//! Two people at a time: whoever comes while two talk, comes back, or calls while being called.

use std::{
    net::TcpListener,
    sync::{Arc, Barrier},
};

use crate::support::{
    AT_ONCE, PATIENCE, Program, accept, clock, introduce,
    line_peer::LinePeer,
    local,
    messages::{self, Who},
    part,
    peer::{Person, SecurePeer, knock},
    proxy::{Harm, Proxy},
};
use duologue::net::{Command, ConnectError, EndReason, Event, How, Origin, PeerChange, TurnedAway};

#[test]
fn somebody_elses_call_during_a_conversation_is_busy() {
    for widely in [false, true] {
        let mut program = Program::start();
        let port = if widely {
            program.listen_widely()
        } else {
            program.listen()
        };
        let mut friend = Program::start();
        if widely {
            introduce(&mut friend, &mut program, port);
        } else {
            friend.call(port, How::Encrypted);
            friend.named();
            program.named();
        }
        // A stranger is not even asked about.
        let mut other = Program::start();
        other.call(port, How::Encrypted);
        assert_eq!(other.connect_failed(), ConnectError::Busy);
        assert_eq!(program.turned_away(), TurnedAway::Busy);
        // Nor is one with an invite let in, which stays good for later.
        let invite = program.invite().expect("it listens");
        let invited = How::Invited(invite.key, invite.token);
        other.call(port, invited.clone());
        assert_eq!(other.connect_failed(), ConnectError::Busy);
        assert_eq!(program.turned_away(), TurnedAway::Busy);
        let mut plain = LinePeer::call(port, "\n");
        plain.say("anybody there?");
        plain.assert_closed();
        assert_eq!(program.turned_away(), TurnedAway::Busy);
        // And the two talk on.
        friend.say(1, "where were we?");
        assert_eq!(program.text(), "where were we?");
        program.say(1, "here");
        assert_eq!(friend.text(), "here");
        program.assert_one_conversation(0);
        part(&mut friend, &mut program);
        other.call(port, invited);
        assert_eq!(program.connected_with(), Who::Key(other.key()));
    }
}

#[test]
fn a_plain_chat_keeps_its_place_before_whoever_encrypts() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    let mut other = Program::start();
    other.call(port, How::Encrypted);
    assert_eq!(other.connect_failed(), ConnectError::Busy);
    assert_eq!(program.turned_away(), TurnedAway::Busy);
    peer.say("still here");
    assert_eq!(program.hear(), "still here");
    program.assert_one_conversation(0);
}

/// One that has called and said nothing in a second, as a scanner of ports does.
#[test]
fn a_silent_plain_caller_gives_way_to_whoever_encrypts() {
    let (mut program, port) = Program::listening();
    let mut silent = LinePeer::call(port, "\n");
    program.connected();
    let mut other = Program::start();
    other.call(port, How::Encrypted);
    assert_eq!(program.ended(), EndReason::GaveWay);
    assert_eq!(program.connected_with(), Who::Key(other.key()));
    assert_eq!(silent.hear_to_the_end(), b"");
    other.named();
    other.say(1, "hello");
    assert_eq!(program.text(), "hello");
}

#[test]
fn the_same_key_takes_the_place_of_its_own_older_connection() {
    for widely in [false, true] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut program = Program::start();
        let port = if widely {
            program.listen_widely()
        } else {
            program.listen()
        };
        let mut old = Program::start_in(Some(folder.path()));
        old.call(port, How::Encrypted);
        if widely {
            program.admit();
        }
        program.named();
        old.named();
        // Another window of the same person, or the same one after a restart.
        let mut new = Program::start_in(Some(folder.path()));
        assert_eq!(new.key(), old.key());
        new.call(port, How::Encrypted);
        assert_eq!(program.ended(), EndReason::CameBack);
        assert_eq!(program.connected_with(), Who::Key(new.key()));
        assert_eq!(old.ended(), EndReason::Replaced);
        new.named();
        program.named();
        new.say(1, "it is me again");
        assert_eq!(program.text(), "it is me again");
        program.say(1, "I see");
        assert_eq!(new.text(), "I see");
        // Without another question.
        let asked = |event: &Event| matches!(event, Event::Asked(_));
        assert_eq!(program.count(asked), usize::from(widely));
        let away = |event: &Event| matches!(event, Event::TurnedAway { .. });
        assert_eq!(program.count(away), 0);
        // What it left behind does not come back by itself.
        old.settle();
        assert_eq!(old.count(|event| matches!(event, Event::Ended(_))), 1);
    }
}

#[test]
fn who_comes_back_over_another_line_is_heard_at_once_though_the_old_line_is_dead() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut program, port) = Program::listening_widely();
    let proxy = Proxy::before(port);
    let carried = proxy.carry(Harm::Nothing);
    let mut old = Program::start_in(Some(folder.path()));
    introduce(&mut old, &mut program, proxy.port());
    old.say(1, "hello");
    assert_eq!(program.text(), "hello");
    // From here on nothing arrives, and nobody knows.
    proxy.swallow();
    old.say(2, "can you hear me?");
    program.say(1, "are you there?");
    let mut new = Program::start_in(Some(folder.path()));
    let calling = clock();
    new.call(port, How::Encrypted);
    assert_eq!(program.ended(), EndReason::CameBack);
    program.named();
    new.named();
    let took = calling.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
    // What was lost on the old line is not lost.
    new.say(1, "I am back");
    assert_eq!(program.text(), "can you hear me?");
    assert_eq!(program.text(), "I am back");
    program.say(2, "welcome back");
    new.text_behind("welcome back");
    assert_eq!(new.texts(), ["are you there?", "welcome back"]);
    assert_eq!(program.texts(), ["hello", "can you hear me?", "I am back"]);
    // The old window has not noticed anything.
    old.settle();
    assert_eq!(old.count(|event| matches!(event, Event::Ended(_))), 0);
    drop(old);
    carried.join().expect("the line holds");
    // And when it does, that is no matter of the new one's.
    program.settle();
    assert_eq!(program.count(|event| matches!(event, Event::Ended(_))), 1);
}

#[test]
fn our_own_key_is_nobody_to_talk_with() {
    // A program that calls itself.
    let (mut program, port) = Program::listening_widely();
    program.call(port, How::Encrypted);
    assert_eq!(program.turned_away(), TurnedAway::OwnKey);
    assert_eq!(program.connect_failed(), ConnectError::OwnKey);
    // Two windows of one person.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut one = Program::start_in(Some(folder.path()));
    let mut other = Program::start_in(Some(folder.path()));
    for widely in [false, true] {
        let port = if widely {
            one.listen_widely()
        } else {
            one.listen()
        };
        for how in [How::Encrypted, How::To(one.key())] {
            other.call(port, how);
            assert_eq!(other.connect_failed(), ConnectError::OwnKey);
            assert_eq!(one.turned_away(), TurnedAway::OwnKey);
        }
    }
    // Where somebody else was expected, too.
    let somebody = Person::new();
    let port = one.listen();
    other.call(port, How::To(somebody.key));
    assert_eq!(other.connect_failed(), ConnectError::OwnKey);
    for program in [&mut program, &mut one, &mut other] {
        program.settle();
        let begun = |event: &Event| matches!(event, Event::Connected { .. } | Event::Asked(_));
        assert_eq!(program.count(begun), 0, "{:?}", program.history);
        assert_eq!(*program.peers, [], "nobody knows itself");
    }
    // Nobody is kept out by that.
    let mut peer = SecurePeer::call(port, &somebody, None, knock(None));
    peer.open();
    // In plain text nobody can tell.
    let (mut program, port) = Program::listening();
    program.connect(port);
    program.connected();
}

#[test]
fn a_key_that_is_blocked_is_rejected_without_a_word() {
    let (mut program, port) = Program::listening_widely();
    let mut friend = Program::start();
    introduce(&mut friend, &mut program, port);
    let key = friend.key();
    program.change(key, PeerChange::SetBlocked(true));
    // That ends what goes on.
    assert_eq!(
        program.count(|event| *event == Event::Ended(EndReason::Blocked)),
        1
    );
    assert_eq!(friend.ended(), EndReason::PeerLeft);
    for _ in 0..3 {
        friend.call(port, How::Encrypted);
        assert_eq!(friend.connect_failed(), ConnectError::Rejected);
    }
    // Not by an invite either.
    let invite = program.invite().expect("it listens");
    friend.call(port, How::Invited(invite.key, invite.token));
    assert_eq!(friend.connect_failed(), ConnectError::Rejected);
    program.settle();
    // The first time.
    assert_eq!(program.count_callers(), 2, "{:?}", program.history);
    program.change(key, PeerChange::SetBlocked(false));
    friend.call(port, How::Encrypted);
    assert_eq!(program.connected_with(), Who::Key(key));
    // On loopback alone, where nobody is asked about, blocked is blocked too.
    let port = program.listen();
    program.change(key, PeerChange::SetBlocked(true));
    friend.ended();
    friend.call(port, How::Encrypted);
    assert_eq!(friend.connect_failed(), ConnectError::Rejected);
}

/// Two that listen widely, the one with the larger key first.
fn larger_and_smaller() -> [(Program, u16); 2] {
    let mut both = [Program::listening_widely(), Program::listening_widely()];
    both.sort_by_key(|(program, _)| std::cmp::Reverse(program.key()));
    for (program, _) in &mut both {
        program.history.clear();
    }
    both
}

#[test]
fn whoever_calls_back_instead_of_answering_has_said_yes() {
    for first in 0..2 {
        let mut both = larger_and_smaller();
        let ports = [both[0].1, both[1].1];
        let keys = [both[0].0.key(), both[1].0.key()];
        let second = 1 - first;
        both[first].0.call(ports[second], How::Encrypted);
        let asked = both[second].0.asked();
        assert_eq!(messages::who_asks(&asked), Who::Key(keys[first]));
        both[second].0.call(ports[first], How::Encrypted);
        for (program, _) in &mut both {
            program.named();
        }
        for side in 0..2 {
            let word = format!("hello from {side}");
            both[side].0.say(1, &word);
            assert_eq!(both[1 - side].0.text(), word);
        }
        let asks = [second, first].map(|side| {
            both[side].0.settle();
            let asked = both[side].0.count(|event| matches!(event, Event::Asked(_)));
            let bad = both[side].0.count(is_bad) - asked;
            assert_eq!(bad, 0, "{:?}", both[side].0.history);
            asked
        });
        assert_eq!(asks, [1, 0]);
        let over = |event: &Event| *event == Event::AskOver(asked.id);
        assert_eq!(both[second].0.count(over), 1);
    }
}

/// Somebody who calls while we wait for another one to pick up might be that one.
#[test]
fn a_caller_that_is_held_waits_no_longer_than_our_own_call() {
    let (mut program, port) = Program::listening_widely();
    let mut friend = Program::start();
    introduce(&mut friend, &mut program, port);
    part(&mut friend, &mut program);
    let silent = TcpListener::bind(local(0)).expect("a free port");
    let nobody = silent.local_addr().expect("an address").port();
    program.call(nobody, How::Encrypted);
    let _held = accept(&silent);
    friend.call(port, How::Encrypted);
    friend.expect("Waiting", |event| {
        matches!(event, Event::Waiting { .. }).then_some(())
    });
    program.settle();
    assert!(program.count(|event| matches!(event, Event::Connected { .. })) == 1);
    let asked = clock();
    program.ask(&Command::Cancel);
    assert_eq!(program.connected_with(), Who::Key(friend.key()));
    friend.named();
    let took = asked.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
}

/// What nobody who has called, or was called by, somebody it called should see.
fn is_bad(event: &Event) -> bool {
    matches!(
        event,
        Event::Asked(_) | Event::ConnectFailed { .. } | Event::TurnedAway { .. } | Event::Ended(_)
    )
}

/// Fails unless the two have exactly one conversation, on the call of the first, and nothing else has
/// happened.
#[track_caller]
fn assert_only_conversation(both: &mut [(Program, u16); 2]) {
    for side in 0..2 {
        let word = format!("hello from {side}");
        both[side].0.say(1, &word);
        assert_eq!(both[1 - side].0.text(), word);
    }
    for ((program, _), expected) in both.iter_mut().zip([Origin::Dialled, Origin::Accepted]) {
        program.settle();
        assert_eq!(program.count(is_bad), 0, "{:?}", program.history);
        let origin = |event: &Event| match event {
            Event::Connected { origin, .. } => Some(*origin),
            _ => None,
        };
        let origins: Vec<_> = program.history.iter().filter_map(origin).collect();
        assert_eq!(origins, [expected], "{:?}", program.history);
    }
}

/// Both are being called before either has heard of that: the lines are opened at the same moment,
/// once both have been dialled.
#[test]
fn two_that_call_each_other_have_one_conversation_on_the_call_of_the_larger_key() {
    for turn in 0..60 {
        let mut both = larger_and_smaller();
        if turn % 2 == 1 {
            let [(one, _), (other, port)] = &mut both;
            introduce(one, other, *port);
            part(one, other);
            one.history.clear();
            other.history.clear();
        }
        let barrier = Arc::new(Barrier::new(2));
        let lines = [1, 0].map(|to: usize| Proxy::before(both[to].1));
        let carried = lines.each_ref().map(|line| {
            let barrier = Arc::clone(&barrier);
            line.carry_after(Harm::Nothing, move || {
                barrier.wait();
            })
        });
        for ((program, _), line) in both.iter().zip(&lines) {
            program.call(line.port(), How::Encrypted);
        }
        for (program, _) in &mut both {
            program.named();
        }
        assert_only_conversation(&mut both);
        drop(both);
        for line in carried {
            line.join().expect("the line holds");
        }
    }
}

/// One line is slow, so that one call knocks while nobody can say yet who answers the other one.
#[test]
fn a_call_that_crosses_ours_is_held_until_it_is_clear_who_calls() {
    for slow in 0..2 {
        let mut both = larger_and_smaller();
        let lines = [1, 0].map(|to: usize| Proxy::before(both[to].1));
        let quick = 1 - slow;
        let (release, released) = crossbeam_channel::bounded::<()>(1);
        let (dialled, is_dialled) = crossbeam_channel::bounded::<()>(1);
        let slow_line = lines[slow].carry_after(Harm::Nothing, move || {
            dialled.send(()).expect("the test goes on");
            released.recv_timeout(PATIENCE).expect("it is released");
        });
        let quick_line = lines[quick].carry(Harm::Nothing);
        both[slow].0.call(lines[slow].port(), How::Encrypted);
        is_dialled.recv_timeout(PATIENCE).expect("it is dialled");
        both[quick].0.call(lines[quick].port(), How::Encrypted);
        both[quick].0.expect("Waiting", |event| {
            matches!(event, Event::Waiting { .. }).then_some(())
        });
        // Neither a question nor a conversation so far.
        both[slow].0.settle();
        let begun = |event: &Event| matches!(event, Event::Asked(_) | Event::Connected { .. });
        assert_eq!(both[slow].0.count(begun), 0);
        release.send(()).expect("the line waits");
        for (program, _) in &mut both {
            program.named();
        }
        assert_only_conversation(&mut both);
        drop(both);
        slow_line.join().expect("the line holds");
        quick_line.join().expect("the line holds");
    }
}
