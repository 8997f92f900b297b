use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, TcpStream},
};

use super::*;
use crate::{
    endpoint::Endpoint,
    identity::{PublicKey, Trust},
    net::{
        JoinRequest, RequestId, Siblings, any_instant,
        protocol::{
            frame::Knock,
            questions::PAUSE,
            secure::{HANDSHAKE, Output},
        },
        worker::{
            account::Account,
            seat::{Seat, SeatView},
            testing,
        },
    },
};

/// A door, everything around it, and a virtual clock.
struct Scene {
    door: Door,
    shared: Shared,
    seat: SeatView,
    call: OurCall,
    now: Instant,
}

impl Scene {
    /// Nobody is there. On 0.0.0.0 callers in plain text need approval, on 127.0.0.1 they do not.
    fn listening_on(host: &str) -> Self {
        let now = any_instant();
        let mut scene = Self {
            door: Door::new(PAUSE),
            shared: testing::shared(),
            seat: Seat::default().view(now),
            call: OurCall::None,
            now,
        };
        let (host, port) = (host.to_owned(), 0);
        let entrance = &mut scene.door.entrance;
        entrance.listen(Endpoint { host, port }, &mut scene.shared);
        let listening = scene.shared.reports.take();
        assert!(matches!(*listening, [Event::Listening(_)]), "{listening:?}");
        scene
    }

    /// A new caller on this computer, as its own end of the connection.
    fn caller(&mut self) -> TcpStream {
        self.caller_from([127, 0, 0, 1])
    }

    /// A new caller that seems to call from this address.
    fn caller_from(&mut self, ip: [u8; 4]) -> TcpStream {
        let (socket, mut peer, far) = testing::connection(&mut self.shared);
        peer.set_ip(ip.into());
        let at = self.now;
        self.door
            .receive(Arrival { socket, peer, at }, &mut self.shared, self.now);
        far
    }

    /// Carries on with all callers, and judges those that have come that far.
    fn advance(&mut self) -> Option<Admission> {
        let mut admission = None;
        for token in [self.door.ready(), self.door.timed_out(self.now)].concat() {
            let (door, shared) = (&mut self.door, &mut self.shared);
            if let Some(newcomer) = door.advance(token, shared, self.now) {
                let judged = door.judge(newcomer, &self.seat, self.call, shared, self.now);
                admission = admission.or(judged);
            }
        }
        admission
    }

    /// The same as soon as the bytes of a caller are there.
    fn advance_until<T>(
        &mut self,
        mut done: impl FnMut(&mut Self, Option<Admission>) -> Option<T>,
    ) -> T {
        loop {
            for caller in &mut self.door.callers {
                caller.arrival.socket.expect_bytes();
            }
            let admission = self.advance();
            if let Some(done) = done(self, admission) {
                return done;
            }
        }
    }

    /// The request that the person has just been asked about.
    fn asked(&mut self) -> RequestId {
        match &*self.shared.reports.take() {
            [Event::JoinRequested(JoinRequest { id, .. })] => *id,
            events => panic!("{events:?}"),
        }
    }

    /// The rejections that are reported to the person.
    fn rejections(&mut self) -> Vec<Rejection> {
        self.door.report_rejections(&mut self.shared, self.now);
        let events = self.shared.reports.take();
        let whys = events.iter().map(|event| match event {
            Event::CallersRejected { why, .. } => *why,
            event => panic!("{event:?}"),
        });
        whys.collect()
    }
}

fn assert_closed(mut far: &TcpStream) {
    match far.read(&mut [0]) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        read => panic!("{read:?}"),
    }
}

fn assert_open(far: &TcpStream) {
    far.set_nonblocking(true).expect("a socket");
    let error = far.peek(&mut [0]).expect_err("nothing to read");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    far.set_nonblocking(false).expect("a socket");
}

#[test]
fn a_caller_that_is_silent_for_a_second_speaks_plain_text() {
    let mut scene = Scene::listening_on("127.0.0.1");
    let _far = scene.caller();
    assert!(scene.advance().is_none());
    scene.now += SILENCE;
    assert!(matches!(scene.advance(), Some(Admission::Plain(_))));
}

#[test]
fn where_plain_text_is_rejected_a_silent_caller_has_time_for_tls() {
    let mut scene = Scene::listening_on("127.0.0.1");
    scene.seat.is_taken = true;
    let far = scene.caller();
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    assert_open(&far);
    scene.now += HANDSHAKE;
    assert!(scene.advance().is_none());
    assert_closed(&far);
    assert_eq!(scene.rejections(), [Rejection::Busy]);
}

#[test]
fn a_call_that_overtakes_the_end_of_the_last_connection_resumes_its_session() {
    let mut scene = Scene::listening_on("127.0.0.1");
    let ip = IpAddr::from(Ipv4Addr::LOCALHOST);
    scene.seat.is_taken = true;
    scene.seat.plain_caller = Some(ip);
    let mut callers = [scene.caller(), scene.caller()];
    for far in &mut callers {
        far.write_all(b"hello\n").expect("a connection");
    }
    // Both are read, and wait.
    scene.advance_until(|scene, admission| {
        assert!(admission.is_none());
        let mut callers = scene.door.callers.iter();
        callers
            .all(|caller| caller.until < scene.now + SILENCE)
            .then_some(())
    });
    assert_eq!(scene.rejections(), []);
    scene.now += Duration::from_millis(20);
    scene.seat.resumable = Some(ip);
    assert!(matches!(scene.advance(), Some(Admission::Resumed(_))));

    // If the session goes on, the caller is rejected.
    scene.seat.resumable = None;
    let mut far = scene.caller();
    far.write_all(b"hello\n").expect("a connection");
    scene.advance_until(|scene, _| {
        scene.now += Duration::from_millis(20);
        scene.door.callers.is_empty().then_some(())
    });
    assert_closed(&far);
    assert_eq!(scene.rejections(), [Rejection::Busy]);
}

#[test]
fn a_caller_in_plain_text_resumes_its_own_session() {
    let mut scene = Scene::listening_on("0.0.0.0");
    scene.seat.resumable = Some(Ipv4Addr::LOCALHOST.into());
    let _far = scene.caller();
    scene.now += SILENCE;
    assert!(matches!(scene.advance(), Some(Admission::Resumed(_))));
}

#[test]
fn the_person_approves_a_caller_from_another_computer() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let far = scene.caller();
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let request = scene.asked();
    let admission = scene.door.approve(request, &mut scene.shared);
    assert!(matches!(admission, Some(Admission::Plain(_))));
    assert_eq!(
        scene.shared.reports.take(),
        [Event::JoinRequestOver(request)]
    );
    assert_open(&far);
    assert!(scene.door.approve(request, &mut scene.shared).is_none());
}

#[test]
fn a_declined_caller_is_not_asked_about_again_until_it_is_forgiven() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let far = scene.caller();
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let request = scene.asked();
    scene.door.decline(request, &mut scene.shared, scene.now);
    assert_closed(&far);
    assert_eq!(
        scene.shared.reports.take(),
        [Event::JoinRequestOver(request)]
    );
    let mut again = scene.caller();
    again.write_all(b"hello?\n").expect("a connection");
    scene.advance_until(|scene, _| scene.door.callers.is_empty().then_some(()));
    assert_closed(&again);
    assert_eq!(scene.rejections(), []);
    let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
    scene.door.forgive(CallerId::Ip(ip));
    let _third = scene.caller();
    // A no doubles the pause.
    scene.now += PAUSE * 2;
    assert!(scene.advance().is_none());
    scene.asked();
}

#[test]
fn a_caller_that_hangs_up_withdraws_its_request() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let far = scene.caller();
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let request = scene.asked();
    drop(far);
    let ready = Readiness {
        readable: true,
        writable: true,
        hung_up: true,
        broken: false,
    };
    let tokens: Vec<_> = scene.door.callers.iter().map(Caller::token).collect();
    for token in tokens {
        scene.door.handle_ready(token, ready);
    }
    scene.advance_until(|scene, _| scene.door.callers.is_empty().then_some(()));
    assert_eq!(
        scene.shared.reports.take(),
        [Event::JoinRequestOver(request)]
    );
}

#[test]
fn nobody_is_asked_for_longer_than_two_minutes() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let far = scene.caller();
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let request = scene.asked();
    assert_eq!(
        scene.door.poll_deadline(),
        Some(scene.now + Duration::from_mins(2))
    );
    scene.now += Duration::from_mins(2);
    assert!(scene.advance().is_none());
    assert_closed(&far);
    assert_eq!(
        scene.shared.reports.take(),
        [Event::JoinRequestOver(request)]
    );
}

#[test]
fn the_oldest_of_too_many_callers_is_closed() {
    let mut scene = Scene::listening_on("127.0.0.1");
    let mut callers = Vec::new();
    for _ in 0..=MAX_CALLERS {
        callers.push(scene.caller());
        scene.now += Duration::from_millis(1);
    }
    assert_closed(&callers[0]);
    assert_open(&callers[1]);
    assert_eq!(scene.door.callers.len(), MAX_CALLERS);
}

#[test]
fn connections_of_a_session_that_begin_with_tls_count_as_callers() {
    let mut scene = Scene::listening_on("127.0.0.1");
    let mut callers = Vec::new();
    for _ in 0..=MAX_CALLERS {
        let (socket, peer, far) = testing::connection(&mut scene.shared);
        scene
            .door
            .handle_late_tls(socket, peer, &mut scene.shared, scene.now);
        callers.push(far);
        scene.now += Duration::from_millis(1);
    }
    assert_eq!(scene.door.callers.len(), MAX_CALLERS);
    assert_closed(&callers[0]);
    assert_open(&callers[1]);
}

#[test]
fn a_caller_that_begins_with_tls_instead_of_waiting_for_approval_counts_again() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let mut asking = scene.caller();
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let request = scene.asked();
    let callers: Vec<_> = (0..MAX_CALLERS).map(|_| scene.caller()).collect();
    assert_eq!(
        scene.door.callers.len(),
        MAX_CALLERS + 1,
        "one is asked about"
    );
    asking.write_all(&[0x16, 0x03]).expect("a connection");
    scene.advance_until(|scene, _| {
        let over = [Event::JoinRequestOver(request)];
        (scene.shared.reports.take() == over).then_some(())
    });
    assert_eq!(scene.door.callers.len(), MAX_CALLERS);
    assert_closed(&callers[0]);
    assert_open(&asking);
}

#[test]
fn callers_and_invites_end_with_listening() {
    let mut scene = Scene::listening_on("127.0.0.1");
    let far = scene.caller();
    let hosts = scene.door.entrance.hosts();
    let invite = scene.shared.account.make_invite(hosts, scene.now);
    let token = invite.expect("an invite").token;
    let guest = PublicKey::from_bytes([1; 32]);
    let own = scene.shared.account.own_key().expect("a key");
    let proof = token.proof(&own, &guest);
    let is_invited = |scene: &Scene| {
        let account = &scene.shared.account;
        account.is_invited(&guest, Some(&proof), scene.now)
    };
    assert!(is_invited(&scene));
    scene.door.stop_listening(&mut scene.shared, scene.now);
    assert_closed(&far);
    assert_eq!(scene.shared.reports.take(), [Event::ListeningStopped]);
    assert!(!is_invited(&scene));
    let late = scene.caller();
    assert_closed(&late);
    scene.door.stop_listening(&mut scene.shared, scene.now);
    assert_eq!(scene.shared.reports.take(), []);
}

#[test]
fn an_encrypted_caller_waits_until_our_own_call_has_shown_a_key() {
    let mut scene = Scene::listening_on("127.0.0.1");
    scene.call = OurCall::Unknown;
    let mut far = scene.caller();
    far.set_nonblocking(true).expect("a socket");
    let mut account = Account::new(None, Siblings::default());
    let key = account.load().expect("a key in memory");
    let tls = account.tls().expect("TLS");
    let (knock, hello) = (Knock::default(), account.hello());
    let mut secure = Secure::call(tls, None, knock, hello, scene.now).expect("TLS");
    scene.advance_until(|scene, admission| {
        assert!(admission.is_none());
        while let Some(bytes) = secure.poll_transmit() {
            let count = far.write(bytes).expect("a connection");
            secure.transmitted(count);
        }
        let mut bytes = [0; 4096];
        if let Ok(count) = far.read(&mut bytes) {
            secure.handle_bytes(&bytes[..count], scene.now);
        }
        let is_deferred = |caller: &Caller| matches!(caller.stage, Stage::Deferred(_));
        scene.door.callers.iter().any(is_deferred).then_some(())
    });
    assert!(matches!(secure.poll_output(), Some(Output::Waiting { .. })));
    assert!(!scene.door.is_ready(OurCall::Unknown, scene.now));
    assert!(scene.door.is_ready(OurCall::None, scene.now));
    scene.call = OurCall::None;
    assert!(scene.advance().is_none());
    // That it is on this computer does not suffice.
    let request = scene.asked();
    match scene.door.approve(request, &mut scene.shared) {
        Some(Admission::Encrypted(_, caller, trust)) => {
            assert_eq!((caller.key, trust), (key, Trust::Accepted));
        }
        admission => panic!("{admission:?}"),
    }
}

#[test]
fn the_person_is_asked_about_an_address_once_a_minute() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let far = scene.caller_from([10, 0, 0, 1]);
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let request = scene.asked();
    scene.door.decline(request, &mut scene.shared, scene.now);
    drop(far);
    scene.shared.reports.take();
    // A no doubles the pause.
    for (wait, ip, is_asked) in [
        (PAUSE, [10, 0, 0, 1], false),
        (Duration::ZERO, [10, 0, 0, 2], true),
        (PAUSE, [10, 0, 0, 1], true),
    ] {
        scene.now += wait;
        let _far = scene.caller_from(ip);
        scene.now += SILENCE;
        // Plain text from an address that was declined is rejected without a report.
        scene.door.forgive(CallerId::Ip(ip.into()));
        assert!(scene.advance().is_none());
        let events = scene.shared.reports.take();
        let asked = events
            .iter()
            .any(|event| matches!(event, Event::JoinRequested(_)));
        assert_eq!(asked, is_asked, "{ip:?}: {events:?}");
    }
}

#[test]
fn three_addresses_wait_at_once_and_one_only_once() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let ips = [
        [10, 0, 0, 1],
        [10, 0, 0, 1],
        [127, 0, 0, 1],
        [127, 0, 0, 2],
        [10, 0, 0, 2],
        [10, 0, 0, 3],
    ];
    let _callers = ips.map(|ip| scene.caller_from(ip));
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let events = scene.shared.reports.take();
    let asked = events.iter().filter_map(|event| match event {
        Event::JoinRequested(request) => Some(request.from),
        _ => None,
    });
    let expected = [[10, 0, 0, 1], [127, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
    assert!(asked.eq(expected), "{events:?}");
    assert_eq!(scene.rejections(), [Rejection::TooManyPending]);
}

#[test]
fn the_person_can_refuse_unknown_callers_for_an_hour() {
    let mut scene = Scene::listening_on("0.0.0.0");
    let far = scene.caller_from([10, 0, 0, 1]);
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    let request = scene.asked();
    scene
        .door
        .refuse_unknown(true, &mut scene.shared, scene.now);
    assert_closed(&far);
    let refused = [Event::JoinRequestOver(request), Event::UnknownRefused(true)];
    assert_eq!(scene.shared.reports.take(), refused);
    let other = scene.caller_from([10, 0, 0, 2]);
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    assert_closed(&other);
    assert_eq!(scene.rejections(), [], "the person knows");
    scene.now += Duration::from_hours(1);
    scene.door.handle_timeout(&mut scene.shared, scene.now);
    assert_eq!(scene.shared.reports.take(), [Event::UnknownRefused(false)]);
    let _third = scene.caller_from([10, 0, 0, 2]);
    scene.now += SILENCE;
    assert!(scene.advance().is_none());
    scene.asked();
    // Before its time.
    scene
        .door
        .refuse_unknown(true, &mut scene.shared, scene.now);
    scene.shared.reports.take();
    for _ in 0..2 {
        scene
            .door
            .refuse_unknown(false, &mut scene.shared, scene.now);
    }
    assert_eq!(scene.shared.reports.take(), [Event::UnknownRefused(false)]);
}

#[test]
fn a_crowd_from_one_address_locks_out_nobody_else() {
    let mut scene = Scene::listening_on("127.0.0.1");
    let mut crowd = vec![scene.caller_from([10, 0, 0, 1])];
    let friend = scene.caller_from([10, 0, 0, 2]);
    for _ in 0..3 * MAX_CALLERS {
        scene.now += Duration::from_millis(2);
        crowd.push(scene.caller_from([10, 0, 0, 1]));
    }
    assert_open(&friend);
    assert_closed(&crowd[0]);
    assert_eq!(scene.door.callers.len(), MAX_CALLERS);
}

#[test]
fn a_crowd_that_says_nothing_locks_out_nobody_at_its_own_address() {
    let mut scene = Scene::listening_on("127.0.0.1");
    let mut friend = scene.caller();
    friend.write_all(&[0x16, 0x03]).expect("a connection");
    scene.advance_until(|scene, _| {
        let is_in_handshake = |caller: &Caller| matches!(caller.stage, Stage::Handshaking(_));
        scene.door.callers.iter().all(is_in_handshake).then_some(())
    });
    let mut crowd = Vec::new();
    for _ in 0..3 * MAX_CALLERS {
        scene.now += Duration::from_millis(2);
        crowd.push(scene.caller());
    }
    assert_open(&friend);
    assert_closed(&crowd[0]);
}
