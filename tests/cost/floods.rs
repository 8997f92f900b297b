//! Floods of messages are held back and take no memory.

use std::{
    io::{ErrorKind, Write as _},
    time::Duration,
};

use duologue::{
    net::{
        Event, How,
        protocol::frame::{Frame, TEXT_CAP},
    },
    store::State,
};
use socket2::SockRef;

use crate::{
    alone,
    support::{PATIENCE, Program, call, messages, thread},
};
#[cfg(target_os = "linux")]
use crate::{
    process::memory,
    support::peer::{Door, RawPeer, item},
};

#[test]
fn a_flood_of_lines_is_held_back_while_the_window_is_busy_and_arrives_in_order() {
    const LINES: usize = 250_000;
    let _alone = alone();
    let (mut program, port) = Program::listening();
    let mut peer = call(port);
    program.connected();
    // Small enough that the system's buffer on the peer's side does not matter.
    SockRef::from(&peer)
        .set_send_buffer_size(64 * 1024)
        .expect("a buffer size");
    peer.set_write_timeout(Some(Duration::from_millis(500)))
        .expect("a write timeout");
    #[cfg(target_os = "linux")]
    let before = memory();

    let (stalled, when_stalled) = crossbeam_channel::bounded(1);
    let sending = thread("flood", move || {
        let bytes: Vec<u8> = (0..LINES)
            .flat_map(|n| format!("{n:027}\n").into_bytes())
            .collect();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            match peer.write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    let _told_already = stalled.try_send(bytes.len() - rest.len());
                }
                Err(error) => panic!("{error}"),
            }
        }
        peer
    });
    // The window takes nothing, so the buffers of the system fill up and the peer has to wait.
    let taken = when_stalled
        .recv_timeout(PATIENCE)
        .expect("the peer is held back");
    assert!(taken < 3 * 1024 * 1024, "{taken} bytes were taken");

    let mut next = 0;
    program.drain_until(|event| {
        if let Some((decoded, _)) = messages::plain_text(&event) {
            assert_eq!(decoded.text.parse(), Ok(next));
            next += 1;
        }
        next == LINES
    });
    let peer = sending.join().expect("all is sent");
    // A reset, because the program waits for about a minute for a peer that only stops sending.
    SockRef::from(&peer)
        .set_linger(Some(Duration::ZERO))
        .expect("a linger time");
    drop(peer);
    #[cfg(target_os = "linux")]
    {
        // The lines themselves are 7 MB in the sender's thread.
        let grown = memory().saturating_sub(before);
        assert!(grown < 32 * 1024, "{grown} KiB more than before");
    }
    program.ended();
}

#[test]
fn a_busy_window_delays_no_delivery_and_costs_no_memory() {
    const MESSAGES: u64 = 8_000;
    const AT_ONCE: u64 = 100;
    let _alone = alone();
    let folders = [(), ()].map(|()| tempfile::tempdir().expect("a folder"));
    let [mut caller, mut listener] = folders
        .each_ref()
        .map(|folder| Program::start_in(Some(folder.path())));
    let key = listener.key();
    let port = listener.listen();
    caller.call(port, How::Encrypted);
    caller.named();
    listener.named();
    #[cfg(target_os = "linux")]
    let before = memory();
    // 64 MB.
    let text = "x".repeat(8_000);
    for from in (1..=MESSAGES).step_by(AT_ONCE as usize) {
        let last = from + AT_ONCE - 1;
        for id in from..last {
            caller.ask_to_write(id, key, &text);
        }
        let row = caller.write(last, key, &text);
        assert_eq!(caller.settled(row), State::Delivered);
        caller.history.clear();
    }
    #[cfg(target_os = "linux")]
    {
        let grown = memory().saturating_sub(before);
        assert!(grown < 32 * 1024, "{grown} KiB more than before");
    }
    let mut texts = 0;
    listener.drain_until(|event| {
        texts += usize::from(messages::text(&event).is_some());
        matches!(event, Event::Changed(_))
    });
    assert!(texts < 2_500, "{texts} came one by one");
}

#[cfg(target_os = "linux")]
#[test]
fn an_encrypted_flood_is_held_back_while_the_window_is_busy_and_arrives_in_order() {
    const MESSAGES: u64 = 100_000;
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
                item(1, number, &format!("{number:0100}")).append_to(&mut plain);
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
    // The window takes nothing, so the buffers of the system fill up and the peer has to wait.
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
    // All of them are in the store, which is in memory here: about 200 bytes each.
    let grown = memory().saturating_sub(before);
    assert!(grown < 32 * 1024, "{grown} KiB more than before");
    door.program.ended();
    door.assert_serves();
}

/// Each peer begins the longest possible frame and never ends it.
#[cfg(target_os = "linux")]
#[test]
fn unfinished_frames_take_no_more_memory_than_one_frame() {
    let _alone = alone();
    let mut door = Door::new();
    let before = memory();
    let longest = u32::try_from(TEXT_CAP).expect("small").to_be_bytes();
    for _ in 0..200 {
        let mut peer = RawPeer::let_in(door.port, &door.friend);
        door.program.named();
        peer.say_bytes(&longest);
        peer.say_bytes(&vec![0x82; TEXT_CAP - 1]);
        // The next connection replaces this one, because it has the same key.
        door.program.history.clear();
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB more than before");
    let ended = |event: &Event| matches!(event, Event::Ended(_));
    door.program.settle();
    assert!(door.program.count(ended) <= 1);
    door.assert_serves();
}
