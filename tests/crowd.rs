//! Many at the door at once or one after the other: no memory and no descriptors stay with them, and
//! whoever is known gets past them. One test at a time, because these are counted for the whole process.
#![cfg(target_os = "linux")]

mod support;

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
    Event, TurnedAway,
    protocol::{
        frame::{Bye, Frame, TEXT_CAP},
        secure::{HANDSHAKE, Over},
    },
};
use socket2::SockRef;
use support::{
    AT_ONCE, PATIENCE, Program, alone, call, clock,
    messages::{self, Who},
    peer::{Door, Person, RawPeer, SecurePeer, client_terms, item, knock},
    process::{assert_descriptors, descriptors, memory},
    thread,
};

/// Somebody new who knocks, and what it is told; or who does not wait for that.
fn stranger(port: u16, number: usize) -> Option<Over> {
    let person = Person::new();
    let mut peer = SecurePeer::call(port, &person, None, knock(None));
    peer.waiting();
    if number.is_multiple_of(10) {
        return None;
    }
    Some(peer.over())
}

/// So many strangers, several at a time; the person says no to each. Says how many were asked about and
/// how many were not.
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
            Some(Event::Asked(ask)) => {
                asked += 1;
                program.answer(&ask, false);
            }
            Some(Event::TurnedAway {
                why: TurnedAway::TooManyAsk,
                count,
                ..
            }) => busy += usize::try_from(count).expect("few"),
            Some(Event::AskOver(_)) | None => {}
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
fn ten_thousand_strangers_leave_nothing_behind() {
    let _alone = alone();
    let mut door = Door::new();
    let descriptors = descriptors();
    // What is allotted once and kept, and by as many threads.
    strangers(&mut door.program, door.port, 1000);
    assert_descriptors(descriptors);
    let before = memory();
    let beginning = clock();
    let (asked, busy) = strangers(&mut door.program, door.port, 9000);
    println!(
        "{asked} asked, {busy} turned away, in {:?}",
        beginning.elapsed()
    );
    assert!(asked > 0 && busy > 0);
    // Who has just left is perhaps still asked about, and who has just been told off is closed at once.
    door.assert_serves();
    assert_descriptors(descriptors);
    let grown = memory().saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB more than before");
    assert_eq!(door.program.peers.len(), 1, "only the friend is known");
}

#[test]
fn forty_half_open_handshakes_keep_nobody_out_and_are_closed_in_time() {
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
                // A byte that may be the beginning of TLS; a greeting, or half of one; as much as
                // shows what it is.
                0 => &greeting[..1],
                1 => &greeting[..],
                2 => &greeting[..greeting.len() / 2],
                _ => &greeting[..2],
            };
            caller.write_all(words).expect("the program is there");
            caller
        })
        .collect();
    // The system lets callers wait where many come at once.
    let last = clock();
    // The door has room for so many who have not come to the point; the first ones had to go.
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
    // All the while the friend comes and goes as ever.
    while beginning.elapsed() + Duration::from_secs(1) < HANDSHAKE {
        door.assert_serves();
        assert_eq!(door.program.event_within(Duration::from_millis(50)), None);
    }
    // None of them is there for much longer than a handshake may take. One byte is plain text by then,
    // and the person is asked.
    let deadline = last + HANDSHAKE + AT_ONCE;
    let mut asked = 0;
    while clock() < deadline {
        let left = deadline.saturating_duration_since(clock());
        if let Some(Event::Asked(ask)) = door.program.event_within(left) {
            assert!(
                matches!(messages::who_asks(&ask), Who::Plain { .. }),
                "{ask:?}"
            );
            door.program.answer(&ask, false);
            asked += 1;
        }
    }
    assert!(asked <= 3, "{asked}");
    for mut caller in crowd {
        let mut heard = Vec::new();
        caller
            .set_read_timeout(Some(Duration::from_millis(1)))
            .expect("a read timeout");
        match caller.read_to_end(&mut heard) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
    assert_descriptors(before);
    door.assert_serves();
}

#[test]
fn an_encrypted_flood_is_held_back_while_the_window_is_busy_and_all_comes_in_order() {
    const MESSAGES: u64 = 300_000;
    let _alone = alone();
    let mut door = Door::new();
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    door.program.named();
    SockRef::from(&peer.stream)
        .set_send_buffer_size(64 * 1024)
        .expect("a buffer size");
    peer.stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .expect("a write timeout");
    let before = memory();
    let (stalled, when_stalled) = crossbeam_channel::bounded(1);
    let flood = thread("flood", move || {
        let mut said = 0;
        let mut number = 0;
        while number < MESSAGES {
            let mut plain = Vec::new();
            for _ in 0..500 {
                number += 1;
                item(1, number, &number.to_string()).append_to(&mut plain);
                Frame::Ping.append_to(&mut plain);
            }
            peer.tls.writer().write_all(&plain).expect("into memory");
            let mut wire = Vec::new();
            while peer.tls.wants_write() {
                peer.tls.write_tls(&mut wire).expect("into memory");
            }
            let mut rest = wire.as_slice();
            while !rest.is_empty() {
                match peer.stream.write(rest) {
                    Ok(count) => {
                        said += count;
                        rest = &rest[count..];
                    }
                    Err(error)
                        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                    {
                        let _told_already = stalled.try_send(said);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        peer
    });
    // Nobody takes anything: the system's buffers fill, and then the peer has to wait.
    let taken = when_stalled
        .recv_timeout(PATIENCE)
        .expect("the peer is held back");
    assert!(taken < 4 * 1024 * 1024, "{taken} bytes were taken");
    let grown = memory().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more than before");
    let mut next = 1;
    door.program.drain_until(|event| {
        if let Some(said) = messages::text(&event) {
            assert_eq!(said.text.parse(), Ok(next));
            next += 1;
        }
        next > MESSAGES
    });
    drop(flood.join().expect("all is said"));
    let grown = memory().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more than before");
    door.program.ended();
    door.assert_serves();
}

/// As much as one frame may hold, begun and never ended, and again from the next one.
#[test]
fn what_a_peer_begins_and_never_ends_takes_no_more_room_than_it_may() {
    let _alone = alone();
    let mut door = Door::new();
    let before = memory();
    let longest = u32::try_from(TEXT_CAP).expect("small").to_be_bytes();
    for _ in 0..200 {
        let mut peer = RawPeer::let_in(door.port, &door.friend);
        door.program.named();
        peer.say_bytes(&longest);
        peer.say_bytes(&vec![0x82; TEXT_CAP - 1]);
        // Another one takes the place, since it is the same person.
        door.program.history.clear();
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB more than before");
    let ended = |event: &Event| matches!(event, Event::Ended(_));
    door.program.settle();
    assert!(door.program.count(ended) <= 1);
    door.assert_serves();
}
