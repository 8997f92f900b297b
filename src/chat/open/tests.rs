use std::time::SystemTime;

use jiff::Timestamp;

use super::*;
use crate::{
    chat::{
        Chat,
        timeline::{Content, MAX_LOADED},
    },
    identity::PublicKey,
    millis::Millis,
    net::{Event, MessageId, Origin, Payload},
    store::{Kind, Lookup, Message, Quote, Row, State},
    text::charset::Charset,
};

const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

fn message(row: u64) -> Message {
    Message {
        row: Row::new(row),
        kind: Kind::Theirs,
        state: State::Received,
        sent_at: Millis::new(0),
        received_at: Millis::new(0),
        text: format!("message {row}"),
        raw: None,
        charset: Charset::UTF_8,
        marks: crate::store::Marks::default(),
    }
}

fn received(row: u64) -> Event {
    Event::Received {
        peer_id: PeerId::Key(MINA),
        row: Some(Row::new(row)),
        at: SystemTime::UNIX_EPOCH,
        payload: Payload::Text {
            text: format!("message {row}"),
            sent_at: Millis::new(0),
        },
    }
}

/// A chat, and a store with rows 1 to `newest` in each conversation.
struct Fixture {
    chat: Chat,
    newest: u64,
    read_up_to: u64,
}

impl Fixture {
    fn new(newest: u64) -> Self {
        let mut chat = Chat::default();
        chat.set_paged(true);
        Self {
            chat,
            newest,
            read_up_to: newest,
        }
    }

    fn opened(newest: u64) -> Self {
        let mut fixture = Self::new(newest);
        fixture.chat.open(PeerId::Key(MINA));
        fixture.answer_queries();
        fixture
    }

    fn connected(newest: u64) -> Self {
        let mut fixture = Self::new(newest);
        fixture.connect();
        fixture.answer_queries();
        fixture
    }

    fn connect(&mut self) {
        self.apply(Event::Connected {
            peer: ([127, 0, 0, 1], 7).into(),
            origin: Origin::Dialled,
            peer_id: PeerId::Key(MINA),
            encrypted_before: Lookup::Nothing,
            last_row: Some(Row::new(self.newest)),
        });
    }

    fn apply(&mut self, event: Event) {
        self.chat.apply(event, Timestamp::UNIX_EPOCH);
    }

    fn receive(&mut self, row: u64) {
        self.newest = self.newest.max(row);
        self.apply(received(row));
    }

    fn send(&mut self, text: &str) -> MessageId {
        let composed = self.chat.compose(text).expect("can be written");
        let crate::net::Command::Send { id, .. } = composed.command() else {
            panic!("it is sent")
        };
        self.chat.add(composed, Timestamp::UNIX_EPOCH);
        id
    }

    fn page(&self, peer_id: PeerId, at: At) -> Page {
        let newest = self.newest;
        let rows = match at {
            At::Newest => newest.saturating_sub(199).max(1)..=newest,
            At::Before(row) => row.number().saturating_sub(200).max(1)..=row.number() - 1,
            At::After(row) => row.number() + 1..=newest.min(row.number() + 200),
            At::Around(row) => {
                row.number().saturating_sub(100).max(1)..=newest.min(row.number() + 99)
            }
        };
        Page {
            peer_id,
            at,
            messages: rows.map(message).collect(),
            span: (newest > 0).then_some((Row::FIRST, Row::new(newest))),
            seen_up_to: Row::ZERO,
            read_up_to: Row::new(self.read_up_to),
            draft: "half a thought".to_owned(),
        }
    }

    /// Answers the queries of the chat, and returns which pages those were for.
    fn answer_queries(&mut self) -> Vec<At> {
        let mut pages = Vec::new();
        while let Some(Query::Page { peer_id, at }) = self.chat.conversation_mut().take_query() {
            pages.push(at);
            let page = self.page(peer_id, at);
            self.chat.take_page(page);
        }
        pages
    }

    fn rows(&self) -> Vec<u64> {
        let rows = self.chat.timeline().items().filter_map(Item::row);
        rows.map(Row::number).collect()
    }

    /// The items, oldest first: rows of the store by number, other messages by text, other notes as `note`.
    fn shown(&self) -> Vec<String> {
        let rows = self
            .chat
            .timeline()
            .items()
            .map(|row| match (&row.content, row.row()) {
                (_, Some(stored)) => stored.number().to_string(),
                (Content::Message(message), None) => message.text.to_string(),
                (Content::Note(_), None) => "note".to_owned(),
            });
        rows.collect()
    }

    fn is_consecutive(&self) -> bool {
        self.rows().windows(2).all(|pair| pair[0] + 1 == pair[1])
    }
}

#[test]
fn paging_loads_what_is_near_the_view_and_unloads_the_rest() {
    let mut fixture = Fixture::opened(5_000);
    assert_eq!(fixture.rows(), (4_801..=5_000).collect::<Vec<_>>());
    let mut pages = 0;
    while !fixture.chat.timeline().at_start() {
        let first = fixture.chat.timeline().first_id().expect("rows");
        let before = fixture.chat.timeline().row_at(first);
        fixture
            .chat
            .conversation_mut()
            .look_at(first, ItemId(first.0 + 20));
        assert_eq!(fixture.answer_queries().len(), 1);
        assert_eq!(
            fixture.chat.timeline().row_at(first),
            before,
            "the id stays the same"
        );
        assert!(fixture.chat.timeline().len() <= MAX_LOADED && fixture.is_consecutive());
        pages += 1;
    }
    assert_eq!((pages, fixture.rows()[0]), (24, 1));
    assert!(!fixture.chat.timeline().at_end());
    while !fixture.chat.timeline().at_end() {
        let last = fixture.chat.timeline().last_id().expect("rows");
        fixture
            .chat
            .conversation_mut()
            .look_at(ItemId(last.0 - 20), last);
        assert_eq!(fixture.answer_queries().len(), 1);
        assert!(fixture.chat.timeline().len() <= MAX_LOADED && fixture.is_consecutive());
    }
    assert_eq!(fixture.rows().last(), Some(&5_000));
    let (first, last) = (
        fixture.chat.timeline().first_id(),
        fixture.chat.timeline().last_id(),
    );
    fixture
        .chat
        .conversation_mut()
        .look_at(ItemId(last.expect("rows").0 - 20), last.expect("rows"));
    assert!(
        first < last && fixture.answer_queries().is_empty(),
        "nothing is near an end"
    );
}

#[test]
fn a_row_that_is_not_loaded_is_requested_and_scrolled_to() {
    let mut fixture = Fixture::opened(5_000);
    assert_eq!(
        fixture.chat.conversation_mut().take_scroll_target(),
        Some(ScrollTarget::Opened)
    );
    fixture.chat.open_at(PeerId::Key(MINA), Row::new(2_500));
    assert_eq!(
        fixture.chat.conversation_mut().take_scroll_target(),
        None,
        "what is loaded is shown in the meantime"
    );
    assert_eq!(fixture.answer_queries(), [At::Around(Row::new(2_500))]);
    let Some(ScrollTarget::Hit(id)) = fixture.chat.conversation_mut().take_scroll_target() else {
        panic!("it is a target")
    };
    assert_eq!(fixture.chat.timeline().row_at(id), Some(Row::new(2_500)));
    fixture.chat.open_at(PeerId::Key(MINA), Row::new(2_510));
    assert!(fixture.answer_queries().is_empty(), "it is loaded");
    assert!(matches!(
        fixture.chat.conversation_mut().take_scroll_target(),
        Some(ScrollTarget::Hit(_))
    ));
    fixture.chat.conversation_mut().go_newest();
    assert_eq!(fixture.answer_queries(), [At::Newest]);
    assert_eq!(
        fixture.chat.conversation_mut().take_scroll_target(),
        Some(ScrollTarget::Newest)
    );
    assert_eq!(fixture.rows().last(), Some(&5_000));
}

#[test]
fn a_page_that_is_no_longer_wanted_is_ignored() {
    let mut fixture = Fixture::new(10);
    fixture.chat.open(PeerId::Key(MINA));
    assert!(fixture.chat.conversation_mut().take_query().is_some());
    fixture.chat.open(PeerId::Key(JUN));
    let (mina, jun) = (PeerId::Key(MINA), PeerId::Key(JUN));
    let late = fixture.page(mina.clone(), At::Newest);
    fixture.chat.take_page(late.clone());
    assert_eq!(fixture.shown(), [""; 0]);
    assert_eq!(fixture.answer_queries(), [At::Newest]);
    assert_eq!(fixture.chat.shown(), Some(&jun));
    assert_eq!(fixture.rows().len(), 10);
    // This page was not requested.
    fixture
        .chat
        .take_page(fixture.page(jun, At::Before(Row::new(5))));
    fixture.chat.take_page(late);
    assert_eq!(fixture.rows().len(), 10);
}

#[test]
fn messages_that_arrive_while_a_page_is_pending_are_shown_once_and_in_order() {
    let mut fixture = Fixture::new(10);
    fixture.connect();
    let Some(Query::Page { peer_id, at }) = fixture.chat.conversation_mut().take_query() else {
        panic!("a page is requested")
    };
    fixture.receive(11);
    let read_later = fixture.page(peer_id, at);
    fixture.receive(12);
    fixture.chat.take_page(read_later);
    let rows = fixture.shown();
    assert_eq!(rows[9..], ["10", "note", "11", "12"]);
    assert!(fixture.answer_queries().is_empty() && fixture.is_consecutive());
    fixture.receive(12);
    assert_eq!(fixture.shown(), rows, "shown once");
}

#[test]
fn what_happened_at_the_beginning_is_shown_in_order_whenever_the_first_page_was_read() {
    const ARRIVING: u64 = 3;
    for before in [0, 1, 10, 500] {
        // The store has the messages as soon as they have arrived, before they are reported.
        for in_store in 0..=ARRIVING {
            for page_after in 0..=in_store {
                let mut fixture = Fixture::new(before);
                fixture.connect();
                let query = fixture.chat.conversation_mut().take_query();
                let Some(Query::Page { peer_id, at }) = query else {
                    panic!("a page is requested")
                };
                for number in 0..=ARRIVING {
                    if number == page_after {
                        fixture.newest = before + in_store;
                        let page = fixture.page(peer_id.clone(), at);
                        fixture.chat.take_page(page);
                    }
                    if number < ARRIVING {
                        fixture.receive(before + number + 1);
                    }
                    if number == 0 {
                        fixture.apply(Event::ClockOff(1_000_000));
                    }
                }
                fixture.answer_queries();
                let case = format!("{before} rows, {in_store} more, page after {page_after}");
                let shown = fixture.shown();
                let rows =
                    |numbers: std::ops::RangeInclusive<u64>| numbers.map(|row| row.to_string());
                let expected: Vec<_> = rows(before.saturating_sub(4).max(1)..=before)
                    .chain(["note".to_owned()])
                    .chain(rows(before + 1..=before + 1))
                    .chain(["note".to_owned()])
                    .chain(rows(before + 2..=before + ARRIVING))
                    .collect();
                let last = shown.len().saturating_sub(expected.len());
                assert_eq!(shown[last..], expected, "{case}");
                assert_eq!(fixture.chat.timeline().first_unread(), None, "{case}");
            }
        }
    }
}

#[test]
fn rows_that_were_not_reported_are_requested() {
    let mut fixture = Fixture::connected(10);
    fixture.newest = 14;
    fixture.apply(Event::Changed(PeerId::Key(MINA)));
    assert_eq!(fixture.answer_queries(), [At::After(Row::new(10))]);
    assert_eq!(fixture.rows().last(), Some(&14));
    // A gap is noticed without a report.
    fixture.receive(17);
    assert_eq!(fixture.answer_queries(), [At::After(Row::new(14))]);
    assert!(fixture.is_consecutive());
    // Even a wide gap leaves no holes in what is loaded.
    fixture.newest = 5_000;
    fixture.receive(5_001);
    fixture.answer_queries();
    assert!(fixture.is_consecutive() && !fixture.chat.timeline().at_end());
    fixture.chat.conversation_mut().go_newest();
    fixture.answer_queries();
    assert!(fixture.is_consecutive());
    assert_eq!(fixture.rows().last(), Some(&5_001));
}

#[test]
fn our_message_moves_to_its_row_once_it_is_stored() {
    let mut fixture = Fixture::connected(10);
    let id = fixture.send("mine");
    assert_eq!(fixture.shown()[10..], ["note", "mine"]);
    let (peer_id, row) = (PeerId::Key(MINA), 11);
    fixture.receive(12);
    assert_eq!(fixture.shown()[10..], ["note", "mine", "12"]);
    fixture.apply(Event::Stored {
        id,
        peer_id,
        row: Row::new(row),
    });
    assert_eq!(fixture.shown()[10..], ["note", "11", "12"]);
    let sent = Event::Sent {
        peer_id: PeerId::Key(MINA),
        row: Row::new(row),
    };
    fixture.apply(sent.clone());
    let delivery = |fixture: &Fixture| fixture.chat.timeline().items().find_map(Item::delivery);
    assert_eq!(delivery(&fixture), Some(Delivery::Sent));
    fixture.apply(Event::Ended(crate::net::EndReason::Lost));
    assert_eq!(delivery(&fixture), Some(Delivery::Waiting));
    fixture.apply(Event::Settled {
        peer_id: PeerId::Key(MINA),
        rows: [(Row::new(11), State::Delivered)].into(),
    });
    fixture.apply(sent);
    assert_eq!(
        delivery(&fixture),
        Some(Delivery::Delivered),
        "this is final"
    );
}

#[test]
fn a_message_goes_to_the_open_conversation_even_if_another_peer_is_connected() {
    let mut fixture = Fixture::connected(0);
    fixture.chat.open(PeerId::Key(JUN));
    fixture.answer_queries();
    let composed = fixture.chat.compose("for later").expect("it waits");
    assert!(matches!(
        composed.command(),
        crate::net::Command::Send {
            to: PeerId::Key(JUN),
            ..
        }
    ));
    let id = fixture.send("for later");
    let peer_id = PeerId::Key(JUN);
    fixture.apply(Event::Stored {
        id,
        peer_id,
        row: Row::FIRST,
    });
    let delivery = fixture.chat.timeline().items().find_map(Item::delivery);
    assert_eq!(delivery, Some(Delivery::Waiting));
    fixture.chat.open(PeerId::Address("10.0.0.1".into()));
    assert_eq!(
        fixture.chat.compose("x"),
        Err(crate::chat::Refusal::NotConnected)
    );
}

#[test]
fn unstored_items_stay_where_they_happened() {
    let mut fixture = Fixture::connected(1_000);
    for row in 1_001..=1_300 {
        fixture.receive(row);
    }
    let has_note = |fixture: &Fixture| {
        let shown = fixture.shown();
        let note = shown.iter().position(|row| row == "note");
        note.map(|note| (shown[note - 1].clone(), shown[note + 1].clone()))
    };
    let between = Some(("1000".to_owned(), "1001".to_owned()));
    assert_eq!(has_note(&fixture), between);
    fixture.chat.conversation_mut().go_to(Row::new(10));
    fixture.answer_queries();
    assert_eq!(has_note(&fixture), None);
    fixture.chat.open(PeerId::Key(JUN));
    fixture.answer_queries();
    fixture.receive(1_301);
    fixture.chat.open(PeerId::Key(MINA));
    fixture.answer_queries();
    assert_eq!(fixture.rows().last(), Some(&1_301));
    fixture.chat.conversation_mut().go_to(Row::new(1_000));
    fixture.answer_queries();
    assert_eq!(has_note(&fixture), between);
}

#[test]
fn the_first_unread_row_is_known_once_it_is_loaded() {
    let mut fixture = Fixture::new(300);
    fixture.read_up_to = 50;
    fixture.chat.open(PeerId::Key(MINA));
    fixture.answer_queries();
    assert_eq!(
        fixture.chat.timeline().first_unread(),
        None,
        "it is not loaded yet"
    );
    let first = fixture.chat.timeline().first_id().expect("rows");
    fixture.chat.conversation_mut().look_at(first, first);
    fixture.answer_queries();
    assert_eq!(fixture.chat.timeline().first_unread(), Some(Row::new(51)));
    assert_eq!(
        fixture.chat.conversation_mut().take_draft(),
        Some("half a thought".to_owned())
    );
    let mut seen = Fixture::connected(20);
    seen.receive(21);
    assert_eq!(
        seen.chat.timeline().first_unread(),
        None,
        "it arrived while the conversation was open"
    );
}

#[test]
fn a_store_that_can_not_be_read_is_not_queried_again_until_it_recovers() {
    let mut fixture = Fixture::new(10);
    fixture.chat.open(PeerId::Key(MINA));
    assert!(fixture.chat.conversation_mut().take_query().is_some());
    fixture.chat.conversation_mut().queries_failed();
    fixture.apply(received(11));
    assert!(fixture.chat.conversation_mut().take_query().is_none());
    fixture.apply(Event::StoreWell);
    assert_eq!(fixture.answer_queries(), [At::Newest]);
}

#[test]
fn a_conversation_held_without_the_store_is_read_from_it_once_it_is_open() {
    let mut fixture = Fixture::new(10);
    fixture.apply(Event::StoreClosed(crate::store::StoreError::Busy));
    fixture.connect();
    // This is the first row of a store in memory.
    fixture.apply(received(1));
    assert_eq!(fixture.answer_queries(), []);
    let id = fixture.send("sent, and not stored");
    fixture.apply(Event::NotStored { id, is_sent: true });
    fixture.apply(Event::StoreOpened);
    assert_eq!(fixture.answer_queries(), [At::Newest]);
    let items: Vec<_> = fixture.chat.timeline().items().collect();
    let rows = items.iter().filter_map(|item| item.row());
    assert!(
        rows.eq((1..=10).map(Row::new)),
        "all of them are the store's"
    );
    let mine = items.iter().position(|item| item.delivery().is_some());
    assert_eq!(mine, Some(items.len() - 1), "it is still the newest");
    assert!(fixture.chat.is_paged());
}

#[test]
fn a_message_sent_to_one_peer_does_not_mark_the_same_row_of_another_as_sent() {
    let mut fixture = Fixture::connected(10);
    let id = fixture.send("to Mina");
    let (peer_id, row) = (PeerId::Key(MINA), 11);
    fixture.apply(Event::Stored {
        id,
        peer_id: peer_id.clone(),
        row: Row::new(row),
    });
    fixture.apply(Event::Sent {
        peer_id,
        row: Row::new(row),
    });
    let waiting = |peer_id: &PeerId, at| {
        let mine = Message {
            kind: Kind::Mine,
            state: State::Waiting,
            ..message(11)
        };
        Page {
            peer_id: peer_id.clone(),
            at,
            messages: vec![mine],
            span: Some((Row::new(11), Row::new(11))),
            seen_up_to: Row::ZERO,
            read_up_to: Row::new(11),
            draft: String::new(),
        }
    };
    for (key, expected) in [(JUN, Delivery::Waiting), (MINA, Delivery::Sent)] {
        let peer_id = PeerId::Key(key);
        fixture.chat.open(peer_id.clone());
        assert!(fixture.chat.conversation_mut().take_query().is_some());
        fixture.chat.take_page(waiting(&peer_id, At::Newest));
        let delivery = fixture.chat.timeline().items().find_map(Item::delivery);
        assert_eq!(delivery, Some(expected));
    }
}

#[test]
fn a_crash_fails_pending_messages_of_closed_conversations_too() {
    let mut fixture = Fixture::connected(10);
    fixture.send("to Mina");
    fixture.chat.open(PeerId::Key(JUN));
    fixture.chat.crashed(Timestamp::UNIX_EPOCH);
    fixture.chat.open(PeerId::Key(MINA));
    let delivery = fixture.chat.timeline().items().find_map(Item::delivery);
    assert_eq!(delivery, Some(Delivery::NotSent));
}

/// A message of ours, and one of Mina's that answers it.
fn reply_to(row: u64, answers: u64) -> Message {
    let mut reply = message(row);
    reply.marks.quote = Some(Box::new(Quote {
        mine: true,
        source: Some((Row::new(answers), format!("message {answers}"))),
    }));
    reply
}

fn changed(row: u64) -> Event {
    Event::MessageChanged {
        peer_id: PeerId::Key(MINA),
        row: Row::new(row),
    }
}

fn text_of(fixture: &Fixture, row: u64) -> &str {
    let message = fixture.chat.message(Row::new(row));
    &message.expect("it is loaded").text
}

#[test]
fn a_changed_message_is_read_again_and_what_quotes_it_changes_too() {
    let mut fixture = Fixture::opened(300);
    let peer_id = PeerId::Key(MINA);
    fixture
        .chat
        .take_changed(&peer_id, vec![reply_to(290, 280)]);
    fixture.apply(changed(280));
    fixture.apply(changed(280));
    let query = fixture.chat.conversation_mut().take_query();
    let rows = vec![Row::new(280)];
    let expected = Query::Messages {
        peer_id: peer_id.clone(),
        rows,
    };
    assert_eq!(query, Some(expected));
    assert_eq!(fixture.chat.conversation_mut().take_query(), None, "once");
    let first = fixture.chat.timeline().first_id();

    let mut edited = message(280);
    edited.text = "가".repeat(300);
    edited.marks.is_edited = true;
    fixture.chat.take_changed(&peer_id, vec![edited]);
    assert_eq!(text_of(&fixture, 280), "가".repeat(300));
    let quote = fixture
        .chat
        .message(Row::new(290))
        .and_then(|message| message.marks.quote.clone());
    let beginning = Some((Row::new(280), "가".repeat(200)));
    assert_eq!(quote.and_then(|quote| quote.source), beginning);
    assert_eq!(fixture.chat.timeline().first_id(), first, "nothing moves");
    assert!(
        fixture
            .chat
            .message(Row::new(281))
            .is_some_and(|one| !one.marks.is_edited)
    );
}

#[test]
fn messages_that_change_elsewhere_or_while_another_conversation_is_open_are_not_mixed_up() {
    let mut fixture = Fixture::opened(20);
    fixture.apply(changed(7));
    fixture.chat.open(PeerId::Key(JUN));
    fixture.answer_queries();
    let mut edited = message(7);
    edited.text = "of Mina's conversation".to_owned();
    fixture.chat.take_changed(&PeerId::Key(MINA), vec![edited]);
    assert_eq!(text_of(&fixture, 7), "message 7");
    fixture.apply(changed(8));
    assert_eq!(fixture.chat.conversation_mut().take_query(), None);
}

#[test]
fn a_message_that_changes_before_its_page_comes_is_read_after_it() {
    let mut fixture = Fixture::opened(300);
    let first = fixture.chat.timeline().first_id().expect("rows");
    fixture.chat.conversation_mut().look_at(first, first);
    let page = fixture.chat.conversation_mut().take_query();
    assert!(matches!(page, Some(Query::Page { .. })), "{page:?}");
    // The page on its way was read before.
    fixture.apply(changed(50));
    let again = fixture.chat.conversation_mut().take_query();
    let rows = vec![Row::new(50)];
    let peer_id = PeerId::Key(MINA);
    assert_eq!(again, Some(Query::Messages { peer_id, rows }));
}

#[test]
fn a_delivery_that_the_store_does_not_know_yet_stays() {
    let mut fixture = Fixture::connected(3);
    let id = fixture.send("mine");
    fixture.newest = 4;
    let (peer_id, row) = (PeerId::Key(MINA), Row::new(4));
    fixture.apply(Event::Stored {
        id,
        peer_id: peer_id.clone(),
        row,
    });
    fixture.apply(Event::Sent {
        peer_id: peer_id.clone(),
        row,
    });
    let stored = |state| Message {
        kind: Kind::Mine,
        state,
        ..message(4)
    };
    let delivery = |fixture: &Fixture| {
        let id = fixture.chat.timeline().find(row)?;
        fixture.chat.delivery(fixture.chat.timeline().get(id)?)
    };
    fixture
        .chat
        .take_changed(&peer_id, vec![stored(State::Waiting)]);
    assert_eq!(delivery(&fixture), Some(Delivery::Sent));
    fixture
        .chat
        .take_changed(&peer_id, vec![stored(State::Delivered)]);
    assert_eq!(delivery(&fixture), Some(Delivery::Delivered));
    fixture.apply(Event::Seen {
        peer_id: peer_id.clone(),
        row,
    });
    assert_eq!(delivery(&fixture), Some(Delivery::Read));
    // An earlier mark that comes late takes nothing back.
    fixture.apply(Event::Seen {
        peer_id,
        row: Row::FIRST,
    });
    assert_eq!(delivery(&fixture), Some(Delivery::Read));
}
