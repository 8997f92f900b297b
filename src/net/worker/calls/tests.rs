use std::net::{Ipv4Addr, TcpListener};

use mio::Events;

use super::*;
use crate::{
    endpoint::Endpoint,
    net::{Siblings, any_instant, socket::dial, worker::testing},
};

/// A call to a port of this computer.
fn call(port: u16, how: How) -> Call {
    Call {
        to: Endpoint {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port,
        },
        also: Vec::new(),
        how,
    }
}

/// Somebody who listens, and never says anything.
fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

fn failed(call: &Call, error: ConnectError) -> Event {
    let call = call.clone();
    Event::ConnectFailed { call, error }
}

/// Waits until the call has been answered.
fn wait_for_answer(calls: &mut Calls, poll: &mut mio::Poll, shared: &mut Shared, now: Instant) {
    let mut events = Events::with_capacity(8);
    while matches!(calls.stage, Stage::Dialling(_)) {
        calls.handle_timeout(shared, now);
        poll.poll(&mut events, None).expect("a poll");
        for event in &events {
            calls.handle_ready(event.token(), event.into(), now);
        }
    }
}

#[test]
fn a_call_in_plain_text_is_a_connection_once_it_is_answered() {
    let now = any_instant();
    let (mut poll, mut shared) = testing::shared_with_poll();
    let mut calls = Calls::new(Backoff::default());
    let (_listener, port) = listener();
    calls.connect(call(port, How::Plain), &mut shared, now);
    assert!(calls.poll(&mut shared, now).is_none());
    wait_for_answer(&mut calls, &mut poll, &mut shared, now);
    match calls.poll(&mut shared, now) {
        Some(CallOutcome::Plain(_, peer, _)) => assert_eq!(peer.port(), port),
        outcome => panic!("{outcome:?}"),
    }
    assert!(calls.poll(&mut shared, now).is_none());
    assert_eq!(calls.poll_deadline(), None);
}

#[test]
fn a_peer_that_says_nothing_encrypted_is_given_up_after_a_while() {
    let now = any_instant();
    let (mut poll, mut shared) = testing::shared_with_poll();
    let mut calls = Calls::new(Backoff::default());
    let (_listener, port) = listener();
    let call = call(port, How::Encrypted);
    calls.connect(call.clone(), &mut shared, now);
    wait_for_answer(&mut calls, &mut poll, &mut shared, now);
    assert!(calls.poll(&mut shared, now).is_none());
    assert_eq!(calls.our_call(), OurCall::Unknown);
    let deadline = calls.poll_deadline().expect("a time limit");
    calls.handle_timeout(&mut shared, deadline);
    assert!(calls.poll(&mut shared, deadline).is_none());
    assert_eq!(calls.our_call(), OurCall::None);
    let failed = failed(&call, ConnectError::NotEncrypted);
    assert_eq!(shared.reports.take(), [failed]);
}

#[test]
fn without_a_key_only_calls_in_plain_text_are_made() {
    let now = any_instant();
    let mut shared = testing::shared();
    shared.account = super::super::account::Account::new(None, Siblings::default());
    let mut calls = Calls::new(Backoff::default());
    let call = call(1, How::Encrypted);
    calls.connect(call.clone(), &mut shared, now);
    let failed = failed(&call, ConnectError::NoIdentity);
    assert_eq!(shared.reports.take(), [failed]);
    assert!(matches!(calls.stage, Stage::Idle));
}

#[test]
fn a_call_that_is_cancelled_reports_nothing() {
    let now = any_instant();
    let mut shared = testing::shared();
    let mut calls = Calls::new(Backoff::default());
    let (_listener, port) = listener();
    calls.connect(call(port, How::Encrypted), &mut shared, now);
    calls.cancel(&mut shared, now);
    calls.handle_timeout(&mut shared, now + dial::TIMEOUT);
    assert!(calls.poll(&mut shared, now + dial::TIMEOUT).is_none());
    assert_eq!(shared.reports.take(), []);
}

#[test]
fn a_call_that_fails_while_redialling_is_made_again() {
    let now = any_instant();
    let mut shared = testing::shared();
    let backoff = Backoff::default();
    let mut calls = Calls::new(backoff);
    let key = PublicKey::from_bytes([1; 32]);
    let call = call(1, How::To(key));
    calls.wait_to_redial(Redial::new(call.clone(), key, backoff, now), &mut shared);
    shared.reports.take();
    let due = calls.poll_deadline().expect("a pause");
    calls.handle_timeout(&mut shared, due);
    let event = |wait| Event::Redialling {
        call: call.clone(),
        key,
        wait,
    };
    assert_eq!(shared.reports.take(), [event(None)]);
    assert!(matches!(calls.stage, Stage::Dialling(_)));
    calls.handle_timeout(&mut shared, due + dial::TIMEOUT);
    match &*shared.reports.take() {
        [Event::Redialling { wait: Some(_), .. }] => {}
        events => panic!("{events:?}"),
    }
    calls.stop_redialling();
    assert_eq!(calls.poll_deadline(), None);
}
