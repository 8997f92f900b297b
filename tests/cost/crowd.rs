//! Many callers at once or one after the other leave no memory and no descriptors behind, and keep nobody out.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use duologue::net::{
    Event, Rejection,
    protocol::{
        frame::Bye,
        secure::{HANDSHAKE, Over},
    },
};

use crate::{
    alone,
    process::{assert_descriptors, descriptors, memory},
    support::{
        GIVING_UP, Program, call, clock,
        line_peer::LinePeer,
        peer::{Door, Person, RawPeer, SecurePeer, client_terms, knock},
        thread,
    },
};

#[test]
fn hundreds_of_callers_leave_no_descriptors_behind() {
    let _alone = alone();
    let (mut program, port) = Program::listening();
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    let before = descriptors();
    for _ in 0..300 {
        let mut caller = LinePeer::call(port, "\n");
        caller.say("hello?");
        caller.assert_closed();
    }
    // Silent callers leave nothing behind either. They are more than may wait at once, and the last ones hang up
    // themselves.
    let mut silent: Vec<_> = (0..100).map(|_| LinePeer::call(port, "\n")).collect();
    for caller in silent.iter_mut().take(50) {
        caller.assert_closed();
    }
    drop(silent);
    assert_descriptors(before);
    peer.say("still here");
    assert_eq!(program.hear(), "still here");
    program.assert_one_conversation(0);
    // Callers that were accepted leave nothing behind either.
    for word in ["once", "twice", "three times"] {
        peer.shut_down();
        let mut left = std::mem::replace(&mut peer, LinePeer::call(port, "\n"));
        left.hear_to_the_end();
        drop(left);
        peer.say(word);
        assert_eq!(program.hear(), word);
        assert_descriptors(before);
    }
}

/// A new stranger knocks. Returns the goodbye, or `None` for one that does not wait for it.
fn stranger(port: u16, number: usize) -> Option<Over> {
    let person = Person::new();
    let mut peer = SecurePeer::call(port, &person, None, knock(None));
    peer.waiting();
    if number.is_multiple_of(10) {
        return None;
    }
    Some(peer.over())
}

/// Lets `count` strangers call, 8 at a time, and rejects each. Returns how many were asked about and how many were
/// refused without that.
fn strangers(program: &mut Program, port: u16, count: usize) -> (usize, usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let crowd: Vec<_> = (0..8)
        .map(|_| {
            let next = Arc::clone(&next);
            thread("strangers", move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let told = stranger(port, number);
                    assert!(
                        matches!(told, None | Some(Over::Said(Bye::Busy | Bye::Rejected))),
                        "{told:?}"
                    );
                }
            })
        })
        .collect();
    let (mut asked, mut busy) = (0, 0);
    while !crowd.iter().all(std::thread::JoinHandle::is_finished) {
        match program.event_within(Duration::from_millis(50)) {
            Some(Event::JoinRequested(ask)) => {
                asked += 1;
                program.answer(&ask, false);
            }
            Some(Event::CallersRejected {
                why: Rejection::TooManyPending,
                count,
                ..
            }) => busy += usize::try_from(count).expect("few"),
            Some(Event::JoinRequestOver(_)) | None => {}
            Some(other) => panic!("{other:?}"),
        }
        program.history.clear();
    }
    for one in crowd {
        one.join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
    (asked, busy)
}

#[test]
fn thousands_of_strangers_leave_no_memory_or_descriptors_behind() {
    let _alone = alone();
    let mut door = Door::new();
    let descriptors = descriptors();
    // Memory that is allocated once and kept, by this number of threads.
    strangers(&mut door.program, door.port, 500);
    assert_descriptors(descriptors);
    let before = memory();
    let beginning = clock();
    let (asked, busy) = strangers(&mut door.program, door.port, 3000);
    println!(
        "{asked} asked, {busy} turned away, in {:?}",
        beginning.elapsed()
    );
    assert!(asked > 0 && busy > 0);
    // A caller that has just left may still be asked about, and a refused one is closed at once.
    door.assert_serves();
    assert_descriptors(descriptors);
    let grown = memory().saturating_sub(before);

    assert!(grown < 2 * 1024, "{grown} KiB more than before");
    assert_eq!(door.program.contacts.len(), 1, "only the friend is known");
}

#[test]
fn half_open_handshakes_keep_nobody_out_and_are_closed_in_time() {
    let _alone = alone();
    let mut door = Door::new();
    let before = descriptors();
    let mut greeting = Vec::new();
    let mut spare = RawPeer::call(door.port, client_terms(&Person::new()));
    spare.tls.write_tls(&mut greeting).expect("into memory");
    drop(spare);
    let beginning = clock();
    let crowd: Vec<_> = (0..40)
        .map(|number| {
            let mut caller = call(door.port);
            let words = match number % 4 {
                // A byte that may begin TLS; a client hello, or half of one; and enough to recognise one.
                0 => &greeting[..1],
                1 => &greeting[..],
                2 => &greeting[..greeting.len() / 2],
                _ => &greeting[..2],
            };
            caller.write_all(words).expect("the program is there");
            caller
        })
        .collect();
    // The system lets callers wait when many call at once.
    let last = clock();
    // Only 32 callers may be in the handshake, so the first ones were closed.
    door.assert_serves();
    let still_there = |mut caller: &TcpStream| {
        caller.set_nonblocking(true).expect("non-blocking");
        // Some have been answered.
        let end = std::iter::repeat_with(|| caller.read(&mut [0; 4096]))
            .find(|read| !matches!(read, Ok(1..)))
            .expect("an end");
        caller.set_nonblocking(false).expect("blocking");
        end.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    };
    let open = crowd.iter().filter(|caller| still_there(caller)).count();
    assert!(open <= 32, "{open}");
    assert!(crowd.last().is_some_and(still_there));
    // Meanwhile the contact comes and goes as usual.
    while beginning.elapsed() + Duration::from_secs(1) < HANDSHAKE {
        door.assert_serves();
        assert_eq!(door.program.event_within(Duration::from_millis(50)), None);
    }
    // None of them stays much longer than a handshake may take. A single byte is then taken for plain text, and the
    // person is asked.
    let mut asked = 0;
    while crowd.iter().any(still_there) {
        let took = last.elapsed();
        assert!(took < GIVING_UP, "{took:?}");
        if let Some(Event::JoinRequested(ask)) =
            door.program.event_within(Duration::from_millis(50))
        {
            assert!(ask.peer_id.key().is_none(), "{ask:?}");
            door.program.answer(&ask, false);
            asked += 1;
        }
    }
    assert!(asked <= 3, "{asked}");
    drop(crowd);
    assert_descriptors(before);
    door.assert_serves();
}
