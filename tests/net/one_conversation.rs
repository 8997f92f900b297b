//! Only one conversation at a time: callers during a conversation, peers that reconnect, and calls that cross.

use std::{
    net::TcpListener,
    sync::{Arc, Barrier},
};

use crate::peers::proxy::{Harm, Proxy};
use crate::support::{
    AT_ONCE, PATIENCE, Program, accept, clock, introduce,
    line_peer::LinePeer,
    local,
    messages::{self, Who},
    part,
    peer::{Person, SecurePeer, knock},
};
use duologue::net::{
    Command, ConnectError, ContactChange, EndReason, Event, How, Origin, Rejection,
};

#[test]
fn a_third_person_who_calls_during_a_conversation_gets_busy() {
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
        assert_eq!(program.rejected(), Rejection::Busy);
        // A caller with an invite is not admitted either. The invite stays valid.
        let invite = program.invite().expect("it listens");
        let invited = How::Invited(invite.key, invite.token);
        other.call(port, invited.clone());
        assert_eq!(other.connect_failed(), ConnectError::Busy);
        assert_eq!(program.rejected(), Rejection::Busy);
        let mut plain = LinePeer::call(port, "\n");
        plain.say("anybody there?");
        plain.assert_closed();
        assert_eq!(program.rejected(), Rejection::Busy);
        // The two continue to talk.
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
fn a_plain_chat_is_not_replaced_by_an_encrypted_caller() {
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    let mut other = Program::start();
    other.call(port, How::Encrypted);
    assert_eq!(other.connect_failed(), ConnectError::Busy);
    assert_eq!(program.rejected(), Rejection::Busy);
    peer.say("still here");
    assert_eq!(program.hear(), "still here");
    program.assert_one_conversation(0);
}

/// A caller that is silent for a second, like a port scanner.
#[test]
fn a_silent_plain_caller_gives_way_to_an_encrypted_caller() {
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
fn a_new_connection_of_the_same_key_replaces_the_old_one() {
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
        // Another window of the same person, or the same window after a restart.
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
        // The person is not asked again.
        let asked = |event: &Event| matches!(event, Event::JoinRequested(_));
        assert_eq!(program.count(asked), usize::from(widely));
        let away = |event: &Event| matches!(event, Event::CallersRejected { .. });
        assert_eq!(program.count(away), 0);
        // The replaced connection is not redialled.
        old.settle();
        assert_eq!(old.count(|event| matches!(event, Event::Ended(_))), 1);
    }
}

#[test]
fn a_peer_that_reconnects_replaces_its_dead_connection_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut program, port) = Program::listening_widely();
    let proxy = Proxy::before(port);
    let carried = proxy.carry(Harm::Nothing);
    let mut old = Program::start_in(Some(folder.path()));
    introduce(&mut old, &mut program, proxy.port());
    old.say(1, "hello");
    assert_eq!(program.text(), "hello");
    // From here on nothing arrives, and neither side knows.
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
    // Messages that were lost on the old connection are delivered.
    new.say(1, "I am back");
    assert_eq!(program.text(), "can you hear me?");
    assert_eq!(program.text(), "I am back");
    program.say(2, "welcome back");
    new.text_behind("welcome back");
    assert_eq!(new.texts(), ["are you there?", "welcome back"]);
    assert_eq!(program.texts(), ["hello", "can you hear me?", "I am back"]);
    // The old window has not noticed.
    old.settle();
    assert_eq!(old.count(|event| matches!(event, Event::Ended(_))), 0);
    drop(old);
    carried.join().expect("the line holds");
    // When it ends, that does not concern the new one.
    program.settle();
    assert_eq!(program.count(|event| matches!(event, Event::Ended(_))), 1);
}

#[test]
fn calls_to_and_from_our_own_key_fail() {
    // A program that calls itself.
    let (mut program, port) = Program::listening_widely();
    program.call(port, How::Encrypted);
    assert_eq!(program.rejected(), Rejection::OwnKey);
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
            assert_eq!(one.rejected(), Rejection::OwnKey);
        }
    }
    // Also where another key was expected.
    let somebody = Person::new();
    let port = one.listen();
    other.call(port, How::To(somebody.key));
    assert_eq!(other.connect_failed(), ConnectError::OwnKey);
    for program in [&mut program, &mut one, &mut other] {
        program.settle();
        let begun =
            |event: &Event| matches!(event, Event::Connected { .. } | Event::JoinRequested(_));
        assert_eq!(program.count(begun), 0, "{:?}", program.history);
        assert_eq!(*program.contacts, [], "nobody knows itself");
    }
    // Others can still connect.
    let mut peer = SecurePeer::call(port, &somebody, None, knock(None));
    peer.open();
    // In plain text this cannot be noticed.
    let (mut program, port) = Program::listening();
    program.connect(port);
    program.connected();
}

#[test]
fn a_blocked_key_is_rejected_without_being_shown() {
    let (mut program, port) = Program::listening_widely();
    let mut friend = Program::start();
    introduce(&mut friend, &mut program, port);
    let key = friend.key();
    program.change(key, ContactChange::SetBlocked(true));
    // That ends the conversation.
    assert_eq!(
        program.count(|event| *event == Event::Ended(EndReason::Blocked)),
        1
    );
    assert_eq!(friend.ended(), EndReason::PeerLeft);
    for _ in 0..3 {
        friend.call(port, How::Encrypted);
        assert_eq!(friend.connect_failed(), ConnectError::Rejected);
    }
    // An invite does not help.
    let invite = program.invite().expect("it listens");
    friend.call(port, How::Invited(invite.key, invite.token));
    assert_eq!(friend.connect_failed(), ConnectError::Rejected);
    program.settle();
    // Shown only at the first connection.
    assert_eq!(program.count_callers(), 2, "{:?}", program.history);
    program.change(key, ContactChange::SetBlocked(false));
    friend.call(port, How::Encrypted);
    assert_eq!(program.connected_with(), Who::Key(key));
    // On loopback, where nobody has to ask, a blocked key is rejected, too.
    let port = program.listen();
    program.change(key, ContactChange::SetBlocked(true));
    friend.ended();
    friend.call(port, How::Encrypted);
    assert_eq!(friend.connect_failed(), ConnectError::Rejected);
}

/// Two programs that listen on all addresses, the one with the larger key first.
fn larger_and_smaller() -> [(Program, u16); 2] {
    let mut both = [Program::listening_widely(), Program::listening_widely()];
    both.sort_by_key(|(program, _)| std::cmp::Reverse(program.key()));
    for (program, _) in &mut both {
        program.history.clear();
    }
    both
}

#[test]
fn calling_back_instead_of_answering_accepts_the_call() {
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
            let asked = both[side]
                .0
                .count(|event| matches!(event, Event::JoinRequested(_)));
            let bad = both[side].0.count(is_bad) - asked;
            assert_eq!(bad, 0, "{:?}", both[side].0.history);
            asked
        });
        assert_eq!(asks, [1, 0]);
        let over = |event: &Event| *event == Event::JoinRequestOver(asked.id);
        assert_eq!(both[second].0.count(over), 1);
    }
}

/// A caller who arrives while our own call is unanswered might be the one we call.
#[test]
fn a_deferred_caller_is_admitted_when_our_own_call_is_cancelled() {
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

/// Events that must not occur when two call each other.
fn is_bad(event: &Event) -> bool {
    matches!(
        event,
        Event::JoinRequested(_)
            | Event::ConnectFailed { .. }
            | Event::CallersRejected { .. }
            | Event::Ended(_)
    )
}

/// Fails unless the two have exactly one conversation, on the call of the first, and nothing else was reported.
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

/// Both calls are forwarded at the same moment, after both have been made.
#[test]
fn two_that_call_each_other_talk_on_the_call_of_the_larger_key() {
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

/// One line is slow, so that one call knocks before the other has reached its callee.
#[test]
fn a_call_that_crosses_ours_is_deferred_until_the_callee_is_known() {
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
        // No request and no conversation so far.
        both[slow].0.settle();
        let begun =
            |event: &Event| matches!(event, Event::JoinRequested(_) | Event::Connected { .. });
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
