//! On addresses that other computers can call, strangers have to ask, with a key or in plain text. Until the person
//! accepts, nothing of theirs is shown or answered.

use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};

use crate::peers::original;
use crate::support::{
    AT_ONCE, KOREAN, Program, clock, endpoint, introduce,
    line_peer::{LineListener, LinePeer},
    messages::{self, Who},
    part,
    peer::{Person, RawPeer, SecurePeer, client_terms, hello, item, knock},
    plain, thread,
};
use duologue::{
    identity::Trust,
    net::{
        Call, Command, ConnectError, ContactChange, EndReason, Event, How, JoinRequest, Rejection,
        protocol::{
            frame::{Bye, Frame, Knock},
            secure::Over,
        },
    },
    text::{charset::Charset, line_end::LineEnd},
};

/// Waits for the end of this request.
#[track_caller]
fn ask_over(program: &mut Program, ask: &JoinRequest) {
    program.expect("JoinRequestOver", |event| {
        (*event == Event::JoinRequestOver(ask.id)).then_some(())
    });
}

/// Fails if anything but requests was shown.
#[track_caller]
fn assert_nothing_shown(program: &mut Program) {
    program.settle();
    let shown = |event: &Event| {
        !matches!(
            event,
            Event::Listening(_) | Event::JoinRequested(_) | Event::Invite(_)
        )
    };
    assert_eq!(program.count(shown), 0, "{:?}", program.history);
}

#[test]
fn a_stranger_is_shown_only_after_it_was_admitted() {
    let (mut program, port) = Program::listening_widely();
    program.set_preferences("Jun", true);
    let stranger = Person::new();
    let mut peer = RawPeer::call(port, client_terms(&stranger));
    peer.shake().expect("our terms");
    peer.say(&[Frame::Knock(Knock::default())]);
    let ask = program.asked();
    assert_eq!(
        (messages::who_asks(&ask).clone(), ask.from),
        (Who::Key(stranger.key), IpAddr::from([127, 0, 0, 1]))
    );
    // It continues as if it had been admitted.
    let words = ["let me in", KOREAN, "please"];
    peer.say(&[Frame::Hello(hello("Eve"))]);
    for (number, word) in (1..).zip(words) {
        peer.say(&[Frame::Typing(true), item(1, number, word), Frame::Ping]);
    }
    assert_nothing_shown(&mut program);
    assert_eq!(*program.contacts, []);
    // It has not received anything either.
    peer.stream.set_nonblocking(true).expect("non-blocking");
    let silence = peer.stream.peek(&mut [0]).expect_err("silence");
    assert_eq!(silence.kind(), std::io::ErrorKind::WouldBlock);
    peer.stream.set_nonblocking(false).expect("blocking");

    program.answer(&ask, true);
    ask_over(&mut program, &ask);
    assert_eq!(program.connected_with(), Who::Key(stranger.key));
    assert_eq!(program.named(), "Eve");
    for word in words {
        assert_eq!(program.text(), word);
    }
    assert_eq!(
        program.known(stranger.key).map(|peer| peer.trust),
        Some(Trust::Accepted)
    );
    let Some(Frame::Hello(theirs)) = peer.frame() else {
        panic!("no hello");
    };
    assert!(theirs.clock.is_some());
    assert_eq!(theirs.name, "Jun");
    assert_eq!(peer.frame(), Some(Frame::Pong));
    peer.say(&[Frame::Bye(Bye::Left)]);
    assert_eq!(program.ended(), EndReason::PeerLeft);
    // From now on it need not ask.
    let mut again = SecurePeer::call(port, &stranger, Some(program.key()), knock(None));
    assert_eq!(again.open(), "Jun");
    assert_eq!(program.connected_with(), Who::Key(stranger.key));
    assert_eq!(
        program.count(|event| matches!(event, Event::JoinRequested(_))),
        1
    );
}

#[test]
fn a_rejected_stranger_is_told_and_cannot_ask_again() {
    let (mut program, port) = Program::listening_widely();
    let stranger = Person::new();
    let mut peer = SecurePeer::call(port, &stranger, None, knock(None));
    peer.waiting();
    let ask = program.asked();
    program.answer(&ask, false);
    assert_eq!(peer.over(), Over::Said(Bye::Rejected));
    ask_over(&mut program, &ask);
    for _ in 0..3 {
        let mut again = SecurePeer::call(port, &stranger, None, knock(None));
        assert_eq!(again.over(), Over::Said(Bye::Rejected));
    }
    // An answer to a request that has ended changes nothing.
    program.answer(&ask, true);
    program.settle();
    assert_eq!(program.count_callers(), 1, "{:?}", program.history);
    // Another person at the same address may ask.
    let other = Person::new();
    let mut peer = SecurePeer::call(port, &other, None, knock(None));
    peer.waiting();
    assert_eq!(messages::who_asks(&program.admit()), Who::Key(other.key));
    peer.open();
    program.named();
    // Nothing is kept about a rejected caller.
    assert_eq!(program.known(stranger.key), None);
    peer.leave();
    program.ended();
    // Unless the person decides otherwise.
    program.change(stranger.key, ContactChange::SetBlocked(false));
    let mut again = SecurePeer::call(port, &stranger, None, knock(None));
    again.waiting();
    assert_eq!(messages::who_asks(&program.asked()), Who::Key(stranger.key));
}

/// Strangers who have knocked and wait, each with its request.
fn waiting(program: &mut Program, port: u16, count: usize) -> Vec<(SecurePeer, JoinRequest)> {
    let one = || {
        let person = Person::new();
        let mut peer = SecurePeer::call(port, &person, None, knock(None));
        peer.waiting();
        let ask = program.asked();
        assert_eq!(messages::who_asks(&ask), Who::Key(person.key));
        (peer, ask)
    };
    std::iter::repeat_with(one).take(count).collect()
}

#[test]
fn one_stranger_on_a_computer_may_ask_at_once_and_a_known_caller_passes_it() {
    let (mut program, port) = Program::listening_widely();
    let mut friend = Program::start();
    introduce(&mut friend, &mut program, port);
    part(&mut friend, &mut program);
    let (mut first, ask) = waiting(&mut program, port, 1).remove(0);
    let mut second = SecurePeer::call(port, &Person::new(), None, knock(None));
    assert_eq!(second.over(), Over::Said(Bye::Busy));
    assert_eq!(program.rejected(), Rejection::TooManyPending);
    let mut plain = LinePeer::call(port, "\n");
    plain.say("and me?");
    plain.assert_closed();
    assert_eq!(program.rejected(), Rejection::TooManyPending);
    // It is rejected, so that there is room for another.
    program.answer(&ask, false);
    ask_over(&mut program, &ask);
    assert_eq!(first.over(), Over::Said(Bye::Rejected));
    let (mut peer, ask) = waiting(&mut program, port, 1).remove(0);

    let calling = clock();
    friend.call(port, How::Encrypted);
    assert_eq!(program.connected_with(), Who::Key(friend.key()));
    assert_eq!(friend.connected_with(), Who::Key(program.key()));
    let took = calling.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
    // There is only one conversation, so who asked is refused.
    program.settle();
    assert_eq!(peer.over(), Over::Said(Bye::Busy));
    assert_eq!(
        program.count(|event| *event == Event::JoinRequestOver(ask.id)),
        1
    );
    part(&mut friend, &mut program);
    waiting(&mut program, port, 1);
}

#[test]
fn the_person_is_asked_about_one_address_once_a_minute() {
    let mut program = Program::start_patient();
    let port = program.listen_widely();
    let (peer, ask) = waiting(&mut program, port, 1).remove(0);
    // With other keys, and whether the caller hangs up or is rejected.
    drop(peer);
    ask_over(&mut program, &ask);
    for _ in 0..3 {
        let mut again = SecurePeer::call(port, &Person::new(), None, knock(None));
        assert_eq!(again.over(), Over::Said(Bye::Busy));
        assert_eq!(program.rejected(), Rejection::AskedRecently);
    }
    program.settle();
    let asked = |event: &Event| matches!(event, Event::JoinRequested(_));
    assert_eq!(program.count(asked), 1, "{:?}", program.history);
}

#[test]
fn the_person_can_refuse_everybody_unknown() {
    let (mut program, port) = Program::listening_widely();
    let mut friend = Program::start();
    introduce(&mut friend, &mut program, port);
    part(&mut friend, &mut program);
    let (mut peer, ask) = waiting(&mut program, port, 1).remove(0);
    program.ask(&Command::RefuseUnknown(true));
    ask_over(&mut program, &ask);
    assert_eq!(peer.over(), Over::Said(Bye::Rejected));
    let mut other = SecurePeer::call(port, &Person::new(), None, knock(None));
    assert_eq!(other.over(), Over::Said(Bye::Rejected));
    let mut plain = LinePeer::call(port, "\n");
    plain.say("and me?");
    plain.assert_closed();
    // Who is known or invited is let in.
    friend.call(port, How::Encrypted);
    program.named();
    part(&mut friend, &mut program);
    program.settle();
    assert_eq!(program.count_callers(), 4, "{:?}", program.history);
    program.ask(&Command::RefuseUnknown(false));
    waiting(&mut program, port, 1);
}

#[test]
fn the_question_ends_when_the_caller_hangs_up() {
    let (mut program, port) = Program::listening_widely();
    for way in 0..3 {
        let (mut peer, ask) = waiting(&mut program, port, 1).remove(0);
        match way {
            0 => peer.leave(),
            1 => drop(peer),
            _ => LinePeer::on(peer.stream, "\n").reset(),
        }
        ask_over(&mut program, &ask);
    }
    // A program whose person gives up, or is gone.
    let mut caller = Program::start();
    for way in 0..2 {
        caller.call(port, How::Encrypted);
        let ask = program.asked();
        assert_eq!(messages::who_asks(&ask), Who::Key(caller.key()));
        if way == 0 {
            caller.ask(&Command::Cancel);
        } else {
            caller = Program::start();
        }
        ask_over(&mut program, &ask);
    }
    // A caller that asks when listening stops.
    let asking = waiting(&mut program, port, 1);
    program.ask(&Command::StopListening);
    for (mut peer, ask) in asking {
        ask_over(&mut program, &ask);
        assert_eq!(peer.over(), Over::Said(Bye::Left));
    }
    let begun = |event: &Event| matches!(event, Event::Connected { .. });
    assert_eq!(program.count(begun), 0);
}

/// The knock and the end may arrive together, so that nothing more wakes the worker.
#[test]
fn the_question_ends_when_the_caller_hangs_up_right_after_knocking() {
    let (mut program, port) = Program::listening_widely();
    for _ in 0..200 {
        let mut peer = RawPeer::call(port, client_terms(&Person::new()));
        // The last message of the handshake is sent together with the knock.
        peer.shake_up_to_the_last_words().expect("our terms");
        peer.say(&[Frame::Knock(Knock::default())]);
        drop(peer);
    }
    // A request that was shown for a moment has ended when the next caller is there.
    let person = Person::new();
    let mut stays = SecurePeer::call(port, &person, None, knock(None));
    stays.waiting();
    program.expect("the question about the one that stays", |event| {
        matches!(event, Event::JoinRequested(ask) if messages::who_asks(ask) == Who::Key(person.key))
            .then_some(())
    });
    program.settle();
    let asked = program.count(|event| matches!(event, Event::JoinRequested(_)));
    let over = program.count(|event| matches!(event, Event::JoinRequestOver(_)));
    assert_eq!(asked, over + 1, "{:?}", program.history);
}

#[test]
fn our_own_call_reports_who_answers_while_it_waits() {
    let (mut program, port) = Program::listening_widely();
    let mut caller = Program::start();
    caller.call(port, How::Encrypted);
    let ask = program.asked();
    let waiting = Event::Waiting {
        to: endpoint("127.0.0.1", port),
        key: program.key(),
    };
    assert_eq!(caller.next_event(), waiting);
    program.answer(&ask, false);
    assert_eq!(caller.connect_failed(), ConnectError::Rejected);
    assert_eq!(caller.known(program.key()), None, "they have not met");
}

#[test]
fn a_caller_that_is_blocked_while_it_asks_is_rejected() {
    let (mut program, port) = Program::listening_widely();
    let (mut peer, ask) = waiting(&mut program, port, 1).remove(0);
    let Who::Key(key) = messages::who_asks(&ask) else {
        panic!("{ask:?}");
    };
    program.change(key, ContactChange::SetBlocked(true));
    program.answer(&ask, true);
    assert_eq!(peer.over(), Over::Said(Bye::Rejected));
    program.settle();
    let begun = |event: &Event| matches!(event, Event::Connected { .. });
    assert_eq!(program.count(begun), 0, "{:?}", program.history);
    assert_eq!(
        program.count(|event| *event == Event::JoinRequestOver(ask.id)),
        1
    );
}

/// A plain text peer from an address that has never encrypted.
const PLAIN: Who = Who::Plain {
    encrypted_before: None,
};

#[test]
fn a_plain_caller_is_heard_after_it_was_admitted() {
    let (mut program, port) = Program::listening_widely();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    peer.say(KOREAN);
    let ask = program.asked();
    assert_eq!(messages::who_asks(&ask), PLAIN);
    assert_nothing_shown(&mut program);
    program.answer(&ask, true);
    ask_over(&mut program, &ask);
    assert_eq!(program.connected_with(), PLAIN);
    assert_eq!([program.hear(), program.hear()], ["hello", KOREAN]);
    program.set_line_end(LineEnd::Lf);
    program.say(1, "welcome");
    assert_eq!(peer.hear(), "welcome");
    // No contact is created by that.
    assert_eq!(*program.contacts, []);
}

#[test]
fn a_silent_or_half_closed_plain_caller_is_asked_about_too() {
    let (mut program, port) = Program::listening_widely();
    let mut silent = LinePeer::call(port, "\n");
    program.admit();
    assert_eq!(program.connected_with(), PLAIN);
    silent.say("now");
    assert_eq!(program.hear(), "now");
    program.ask(&Command::Disconnect);
    program.ended();
    // As `echo hello | nc -N` does.
    let mut done = LinePeer::call(port, "\n");
    done.say("hello");
    done.shut_down();
    program.admit();
    assert_eq!(program.hear(), "hello");
    program.send(1, "hello to you", Charset::UTF_8);
    assert_eq!(done.hear(), "hello to you");
    program.ask(&Command::Disconnect);
    assert_eq!(done.hear_to_the_end(), b"");
    assert_eq!(program.ended(), EndReason::Disconnected);
    // A caller that leaves without a word is not shown as a message.
    for breaks_off in [false, true] {
        let gone = LinePeer::call(port, "\n");
        let ask = program.asked();
        if breaks_off {
            gone.reset();
        } else {
            drop(gone);
        }
        ask_over(&mut program, &ask);
    }
}

/// As port scanners do.
#[test]
fn a_caller_that_hangs_up_without_a_word_is_not_asked_about() {
    let (mut program, port) = Program::listening_widely();
    for breaks_off in [false, true] {
        for _ in 0..20 {
            let gone = LinePeer::call(port, "\n");
            if breaks_off {
                gone.reset();
            } else {
                gone.shut_down();
            }
        }
    }
    // When a later caller is asked about, all of them were handled.
    let mut last = LinePeer::call(port, "\n");
    last.say("hello");
    program.asked();
    program.settle();
    let asked = |event: &Event| {
        matches!(
            event,
            Event::JoinRequested(_) | Event::CallersRejected { .. }
        )
    };
    assert_eq!(program.count(asked), 1, "{:?}", program.history);
}

#[test]
fn rejecting_a_plain_caller_blocks_only_plain_text_from_its_address() {
    let (mut program, port) = Program::listening_widely();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    let ask = program.asked();
    program.answer(&ask, false);
    peer.assert_closed();
    ask_over(&mut program, &ask);
    let mut again = LinePeer::call(port, "\n");
    again.say("hello?");
    again.assert_closed();
    program.settle();
    let asked = |event: &Event| matches!(event, Event::JoinRequested(_));
    assert_eq!(program.count(asked), 1);
    let asking = waiting(&mut program, port, 1);
    program.answer(&asking[0].1, true);
    program.connected();
}

#[test]
fn plain_callers_are_refused_where_plain_text_is_not_allowed() {
    // Side by side, because each waits for 10 s.
    let both = [false, true].map(|widely| {
        thread("not wanted", move || {
            assert_plain_callers_are_refused(widely);
        })
    });
    for one in both {
        one.join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
}

fn assert_plain_callers_are_refused(widely: bool) {
    let mut program = Program::start();
    let port = if widely {
        program.listen_widely()
    } else {
        program.listen()
    };
    program.set_preferences("Jun", false);
    program.settle();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    peer.assert_closed();
    assert_eq!(program.rejected(), Rejection::Plain);
    // A silent caller might begin to encrypt.
    LinePeer::call(port, "\n").assert_closed();
    assert_eq!(program.rejected(), Rejection::Plain);
    let mut encrypted = SecurePeer::call(port, &Person::new(), None, knock(None));
    encrypted.waiting();
    if widely {
        program.admit();
    }
    assert_eq!(encrypted.open(), "Jun");
    program.named();
    program.assert_one_conversation(0);
    // Calling others in plain text is still allowed.
    let listener = LineListener::start();
    program.connect(listener.port());
    assert_eq!(program.connected_with(), PLAIN);
}

#[test]
fn the_original_client_is_asked_about_once_per_chat() {
    let (mut program, port) = Program::listening_widely();
    let client = original::client(port);
    client.types("hello");
    program.admit();
    assert_eq!(program.hear(), "hello");
    for id in 0..4 {
        program.say(id, "yes?");
        assert_eq!(client.reads().text, "yes?");
        // It has hung up and calls again, which is not asked about again.
        client.types("it is me");
        assert_eq!(program.hear(), "it is me");
    }
    let asked = |event: &Event| matches!(event, Event::JoinRequested(_));
    assert_eq!(program.count(asked), 1, "{:?}", program.history);
    program.assert_one_conversation(0);
    // The next chat is asked about again.
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    let next = original::client(port);
    next.types("me again");
    program.admit();
    assert_eq!(program.hear(), "me again");
}

#[test]
fn a_caller_that_begins_tls_late_is_treated_as_encrypted() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut late = SecurePeer::call(port, &person, None, knock(None));
    // It was silent for so long that it was taken for plain text.
    assert_eq!(program.connected_with(), PLAIN);
    late.open();
    assert_eq!(program.connected_with(), Who::Key(person.key));
    program.named();
    late.say("sorry to be late");
    assert_eq!(program.text(), "sorry to be late");
    assert_eq!(
        program.count(|event| messages::plain_text(event).is_some()),
        0
    );

    let (mut program, port) = Program::listening_widely();
    let mut late = SecurePeer::call(port, &person, None, knock(None));
    let ask = program.asked();
    assert_eq!(messages::who_asks(&ask), PLAIN);
    late.waiting();
    ask_over(&mut program, &ask);
    assert_eq!(messages::who_asks(&program.admit()), Who::Key(person.key));
    late.open();
    assert_eq!(program.connected_with(), Who::Key(person.key));
}

#[test]
fn a_caller_that_begins_tls_after_we_wrote_is_disconnected() {
    let (mut program, port) = Program::listening();
    let mut late = SecurePeer::call(port, &Person::new(), None, knock(None));
    assert_eq!(program.connected_with(), PLAIN);
    program.set_line_end(LineEnd::Lf);
    program.say(1, "hello?");
    // It receives text where it waits for TLS.
    late.flush();
    assert_eq!(program.ended(), EndReason::TurnedEncrypted);
    program.assert_one_conversation(1);
    assert_eq!(
        program.count(|event| messages::plain_text(event).is_some()),
        0
    );
}

/// Needs an address other than loopback, because anyone may call from loopback addresses.
#[test]
fn plain_text_from_an_address_that_encrypted_before_is_reported() {
    let mut program = Program::start();
    let listening = program.listen_at("0.0.0.0", 0).expect("a port");
    let Some(&ip) = listening.reachable.first() else {
        println!(
            "LEFT OUT: a caller from another address than loopback, which this machine does not have"
        );
        return;
    };
    let port = listening.at.port;
    let at = SocketAddr::new(ip, port);
    let plain_call = |word: &str| {
        let mut peer = LinePeer::on(TcpStream::connect(at).expect("the program listens"), "\n");
        peer.say(word);
        peer
    };
    let mut peer = plain_call("before");
    assert_eq!(messages::who_asks(&program.admit()), PLAIN);
    assert_eq!(program.hear(), "before");
    program.ask(&Command::Disconnect);
    program.ended();
    peer.assert_closed();

    let mut friend = Program::start();
    friend.ask(&Command::Connect(Call {
        how: How::Encrypted,
        ..plain(endpoint(&ip.to_string(), port))
    }));
    let ask = program.admit();
    assert_eq!(
        (ask.from, messages::who_asks(&ask)),
        (ip, Who::Key(friend.key()))
    );
    program.named();
    friend.named();
    part(&mut friend, &mut program);

    let expected = Who::Plain {
        encrypted_before: Some(friend.key()),
    };
    let _peer = plain_call("after");
    assert_eq!(messages::who_asks(&program.admit()), expected);
    assert_eq!(program.connected_with(), expected);
    assert_eq!(program.hear(), "after");
    program.ask(&Command::Disconnect);
    program.ended();
    // Also when we call, and on the other side.
    let server = TcpListener::bind((ip, 0)).expect("a free port");
    let server_port = server.local_addr().expect("an address").port();
    let keys = [friend.key(), program.key()];
    for (caller, known) in [&mut program, &mut friend].into_iter().zip(keys) {
        caller.ask(&Command::Connect(plain(endpoint(
            &ip.to_string(),
            server_port,
        ))));
        let who = caller.connected_with();
        assert_eq!(
            who,
            Who::Plain {
                encrypted_before: Some(known)
            }
        );
    }
    // Not from another address.
    program.ask(&Command::Disconnect);
    program.ended();
    let mut elsewhere = LinePeer::call(port, "\n");
    elsewhere.say("hello");
    assert_eq!(messages::who_asks(&program.asked()), PLAIN);
}
