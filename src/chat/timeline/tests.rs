use std::net::IpAddr;

use jiff::Timestamp;

use super::{items::FIRST, *};
use crate::text::charset::{Charset, Reading};

const PEER: Speaker = Speaker::Peer(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

fn add(timeline: &mut Timeline, bytes: &[u8], reading: Reading) {
    let message = Message::received(PEER, reading.decode(bytes));
    timeline.add(Item::message(message, Timestamp::UNIX_EPOCH));
}

fn texts(timeline: &Timeline) -> Vec<String> {
    let items = timeline.items().filter_map(|item| match &item.content {
        Content::Message(message) => Some(message.text.to_string()),
        Content::Note(_) => None,
    });
    items.collect()
}

#[test]
fn unpaged_keeps_the_newest_items_and_counts_the_dropped_ones() {
    let mut timeline = Timeline::default();
    for number in 0..MAX_ITEMS + 10 {
        let text = number.to_string();
        add(&mut timeline, text.as_bytes(), Reading::default());
    }
    assert_eq!((timeline.len(), timeline.dropped()), (MAX_ITEMS, 10));
    assert_eq!(timeline.get(ItemId(FIRST + 9)), None);
    let Some(Item {
        content: Content::Message(message),
        ..
    }) = timeline.get(ItemId(FIRST + 10))
    else {
        panic!("item 10 is a message")
    };
    assert_eq!(&*message.text, "10");
}

#[test]
fn unpaged_keeps_a_bounded_number_of_bytes() {
    let mut timeline = Timeline::default();
    let text = "x".repeat(60_000);
    for _ in 0..1_000 {
        add(&mut timeline, text.as_bytes(), Reading::default());
    }
    assert!(timeline.items().map(Item::bytes).sum::<usize>() <= MAX_BYTES);
    assert_eq!(timeline.len() as u64 + timeline.dropped(), 1_000);
}

#[test]
fn rereading_reaches_every_message_of_the_peer_and_loses_nothing() {
    let mut timeline = Timeline::default();
    let korean = Charset::CP949.encode("안녕하세요").expect("Hangul");
    let undecodable = b"\xff\xfe half \xb0";
    for _ in 0..3_000 {
        for bytes in [&korean[..], undecodable] {
            add(&mut timeline, bytes, Reading::Fixed(Charset::UTF_8));
        }
    }
    let garbled = texts(&timeline);
    assert!(
        garbled
            .first()
            .is_some_and(|text| text.contains('\u{fffd}'))
    );
    timeline.set_reading(Reading::Fixed(Charset::CP949));
    let mut calls = 1;
    while timeline.reread() {
        calls += 1;
    }
    assert!(calls > 2, "no frame waits for all of it");
    let readable = texts(&timeline);
    let readable = readable.iter().filter(|text| *text == "안녕하세요");
    assert_eq!(readable.count(), 3_000);
    let bytes = timeline.items().map(Item::bytes).sum::<usize>();
    assert_eq!(timeline.items.bytes(), bytes);
    timeline.set_reading(Reading::Fixed(Charset::UTF_8));
    while timeline.reread() {}
    assert_eq!(texts(&timeline), garbled, "the bytes were kept");
}
