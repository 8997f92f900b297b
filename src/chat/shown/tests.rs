use std::time::SystemTime;

use super::*;
use crate::{
    chat::log::{Content, Delivery, MOST_LOADED},
    identity::PublicKey,
    net::{Event, MessageId, Origin, Payload},
    store::{Kind, Message, State},
    text::charset::Charset,
};

const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

fn message(row: u64) -> Message {
    Message {
        row,
        kind: Kind::Theirs,
        state: State::Received,
        sent_at: 0,
        received_at: 0,
        text: format!("message {row}"),
        raw: None,
        charset: Charset::UTF_8,
    }
}

/// A store with rows 1 to `newest`, and a chat that shows Mina's conversation.
struct Desk {
    chat: Chat,
    newest: u64,
    read_up_to: u64,
}

fn received(row: u64, text: &str) -> Event {
    Event::Received {
        party: Party::Key(MINA),
        row: Some(row),
        at: SystemTime::UNIX_EPOCH,
        payload: Payload::Text {
            text: text.to_owned(),
            sent_at: 0,
        },
    }
}

impl Desk {
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
        let mut desk = Self::new(newest);
        desk.chat.open(Party::Key(MINA));
        desk.answer();
        desk
    }

    fn connected(newest: u64) -> Self {
        let mut desk = Self::new(newest);
        desk.apply(Event::Connected {
            peer: ([127, 0, 0, 1], 7).into(),
            origin: Origin::Dialled,
            party: Party::Key(MINA),
            encrypted_before: None,
        });
        desk.answer();
        desk
    }

    fn apply(&mut self, event: Event) {
        self.chat.apply(event, Timestamp::UNIX_EPOCH);
    }

    fn hear(&mut self, row: u64) {
        self.newest = self.newest.max(row);
        self.apply(received(row, &format!("message {row}")));
    }

    fn say(&mut self, text: &str) -> MessageId {
        let draft = self.chat.compose(text).expect("can be written");
        let crate::net::Command::Send { id, .. } = draft.command() else {
            panic!("it is sent")
        };
        self.chat.add(draft, Timestamp::UNIX_EPOCH);
        id
    }

    fn page(&self, party: Party, at: At) -> Page {
        let newest = self.newest;
        let rows = match at {
            At::Newest => newest.saturating_sub(199).max(1)..=newest,
            At::Before(row) => row.saturating_sub(200).max(1)..=row - 1,
            At::After(row) => row + 1..=newest.min(row + 200),
            At::Around(row) => row.saturating_sub(100).max(1)..=newest.min(row + 99),
        };
        Page {
            party,
            at,
            messages: rows.map(message).collect(),
            span: (newest > 0).then_some((1, newest)),
            read_up_to: self.read_up_to,
            draft: "half a thought".to_owned(),
        }
    }

    /// Answers what is asked; says what that was.
    fn answer(&mut self) -> Vec<At> {
        let mut asked = Vec::new();
        while let Some(Query::Page { party, at }) = self.chat.take_query() {
            asked.push(at);
            let page = self.page(party, at);
            self.chat.take_page(page);
        }
        asked
    }

    fn stored(&self) -> Vec<u64> {
        self.chat.log().rows().filter_map(Row::stored).collect()
    }

    /// What is shown, top down: rows of the store, and texts and notes that are not in it.
    fn shown(&self) -> Vec<String> {
        let rows = self
            .chat
            .log()
            .rows()
            .map(|row| match (&row.content, row.stored()) {
                (_, Some(stored)) => stored.to_string(),
                (Content::Message(message), None) => message.text.to_string(),
                (Content::Note(_), None) => "note".to_owned(),
            });
        rows.collect()
    }

    fn is_consecutive(&self) -> bool {
        self.stored().windows(2).all(|pair| pair[0] + 1 == pair[1])
    }
}

#[test]
fn paging_up_and_down_loads_what_is_near_and_lets_go_of_the_rest() {
    let mut desk = Desk::opened(5_000);
    assert_eq!(desk.stored(), (4_801..=5_000).collect::<Vec<_>>());
    let mut pages = 0;
    while !desk.chat.log().at_start() {
        let first = desk.chat.log().first_id().expect("rows");
        let before = desk.chat.log().place(first);
        desk.chat.look_at(first, RowId(first.0 + 20));
        assert_eq!(desk.answer().len(), 1);
        assert_eq!(desk.chat.log().place(first), before, "it keeps its number");
        assert!(desk.chat.log().len() <= MOST_LOADED && desk.is_consecutive());
        pages += 1;
    }
    assert_eq!((pages, desk.stored()[0]), (24, 1));
    assert!(!desk.chat.log().at_end());
    while !desk.chat.log().at_end() {
        let last = desk.chat.log().last_id().expect("rows");
        desk.chat.look_at(RowId(last.0 - 20), last);
        assert_eq!(desk.answer().len(), 1);
        assert!(desk.chat.log().len() <= MOST_LOADED && desk.is_consecutive());
    }
    assert_eq!(desk.stored().last(), Some(&5_000));
    let (first, last) = (desk.chat.log().first_id(), desk.chat.log().last_id());
    desk.chat
        .look_at(RowId(last.expect("rows").0 - 20), last.expect("rows"));
    assert!(
        first < last && desk.answer().is_empty(),
        "nothing is near the edge"
    );
}

#[test]
fn a_row_far_away_is_asked_for_and_gone_to() {
    let mut desk = Desk::opened(5_000);
    assert_eq!(desk.chat.take_landing(), Some(Landing::Opened));
    desk.chat.open_at(Party::Key(MINA), 2_500);
    assert_eq!(
        desk.chat.take_landing(),
        None,
        "what is loaded is shown meanwhile"
    );
    assert_eq!(desk.answer(), [At::Around(2_500)]);
    let Some(Landing::Row {
        id,
        is_marked: true,
    }) = desk.chat.take_landing()
    else {
        panic!("it is gone to")
    };
    assert_eq!(desk.chat.log().place(id), Some(2_500));
    desk.chat.open_at(Party::Key(MINA), 2_510);
    assert!(desk.answer().is_empty(), "it is loaded");
    assert!(matches!(
        desk.chat.take_landing(),
        Some(Landing::Row { .. })
    ));
    desk.chat.go_newest();
    assert_eq!(desk.answer(), [At::Newest]);
    assert_eq!(desk.chat.take_landing(), Some(Landing::Newest));
    assert_eq!(desk.stored().last(), Some(&5_000));
}

#[test]
fn an_answer_that_is_no_longer_wanted_is_ignored() {
    let mut desk = Desk::new(10);
    desk.chat.open(Party::Key(MINA));
    assert!(desk.chat.take_query().is_some());
    desk.chat.open(Party::Key(JUN));
    let (mina, jun) = (Party::Key(MINA), Party::Key(JUN));
    let late = desk.page(mina.clone(), At::Newest);
    desk.chat.take_page(late.clone());
    assert_eq!(desk.shown(), [""; 0]);
    assert_eq!(desk.answer(), [At::Newest]);
    assert_eq!(desk.chat.shown(), Some(&jun));
    assert_eq!(desk.stored().len(), 10);
    // Nobody has asked for this.
    desk.chat.take_page(desk.page(jun, At::Before(5)));
    desk.chat.take_page(late);
    assert_eq!(desk.stored().len(), 10);
}

#[test]
fn what_comes_while_a_page_is_on_its_way_is_there_once_and_in_order() {
    let mut desk = Desk::new(10);
    desk.apply(Event::Connected {
        peer: ([127, 0, 0, 1], 7).into(),
        origin: Origin::Dialled,
        party: Party::Key(MINA),
        encrypted_before: None,
    });
    let Some(Query::Page { party, at }) = desk.chat.take_query() else {
        panic!("it is asked for")
    };
    desk.hear(11);
    let read_later = desk.page(party, at);
    desk.hear(12);
    desk.chat.take_page(read_later);
    let rows = desk.shown();
    assert_eq!(rows[9..], ["10", "note", "11", "12"]);
    assert!(desk.answer().is_empty() && desk.is_consecutive());
    desk.hear(12);
    assert_eq!(desk.shown(), rows, "nothing twice");
}

#[test]
fn rows_that_were_not_reported_are_fetched() {
    let mut desk = Desk::connected(10);
    desk.newest = 14;
    desk.apply(Event::Changed(Party::Key(MINA)));
    assert_eq!(desk.answer(), [At::After(10)]);
    assert_eq!(desk.stored().last(), Some(&14));
    // A gap is seen without being told.
    desk.hear(17);
    assert_eq!(desk.answer(), [At::After(14)]);
    assert!(desk.is_consecutive());
    // Far behind: what is loaded has no holes.
    desk.newest = 5_000;
    desk.hear(5_001);
    desk.answer();
    assert!(desk.is_consecutive() && !desk.chat.log().at_end());
    desk.chat.go_newest();
    desk.answer();
    assert!(desk.is_consecutive());
    assert_eq!(desk.stored().last(), Some(&5_001));
}

#[test]
fn a_message_of_ours_takes_its_place_once_it_is_kept() {
    let mut desk = Desk::connected(10);
    let id = desk.say("mine");
    assert_eq!(desk.shown()[10..], ["note", "mine"]);
    let (party, row) = (Party::Key(MINA), 11);
    desk.hear(12);
    assert_eq!(desk.shown()[10..], ["note", "mine", "12"]);
    desk.apply(Event::Stored { id, party, row });
    assert_eq!(desk.shown()[10..], ["note", "11", "12"]);
    let sent = Event::Sent {
        party: Party::Key(MINA),
        row,
    };
    desk.apply(sent.clone());
    let fate = |desk: &Desk| desk.chat.log().rows().find_map(Row::delivery);
    assert_eq!(fate(&desk), Some(Delivery::Sent));
    desk.apply(Event::Ended(crate::net::EndReason::Lost));
    assert_eq!(fate(&desk), Some(Delivery::Waiting));
    desk.apply(Event::Settled {
        party: Party::Key(MINA),
        rows: [(11, State::Delivered)].into(),
    });
    desk.apply(sent);
    assert_eq!(fate(&desk), Some(Delivery::Delivered), "for good");
}

#[test]
fn one_writes_to_whose_conversation_is_shown_whoever_is_connected() {
    let mut desk = Desk::connected(0);
    desk.chat.open(Party::Key(JUN));
    desk.answer();
    let draft = desk.chat.compose("for later").expect("it waits");
    assert!(matches!(
        draft.command(),
        crate::net::Command::Send {
            to: Party::Key(JUN),
            ..
        }
    ));
    let id = desk.say("for later");
    let party = Party::Key(JUN);
    desk.apply(Event::Stored { id, party, row: 1 });
    let fate = desk.chat.log().rows().find_map(Row::delivery);
    assert_eq!(fate, Some(Delivery::Waiting));
    desk.chat.open(Party::Address("10.0.0.1".to_owned()));
    assert_eq!(
        desk.chat.compose("x"),
        Err(crate::chat::Refusal::NotConnected)
    );
}

#[test]
fn what_is_not_on_the_disk_stays_where_it_happened() {
    let mut desk = Desk::connected(1_000);
    for row in 1_001..=1_300 {
        desk.hear(row);
    }
    let has_note = |desk: &Desk| {
        let shown = desk.shown();
        let note = shown.iter().position(|row| row == "note");
        note.map(|note| (shown[note - 1].clone(), shown[note + 1].clone()))
    };
    let between = Some(("1000".to_owned(), "1001".to_owned()));
    assert_eq!(has_note(&desk), between);
    desk.chat.go_to(10, false);
    desk.answer();
    assert_eq!(has_note(&desk), None);
    desk.chat.open(Party::Key(JUN));
    desk.answer();
    desk.hear(1_301);
    desk.chat.open(Party::Key(MINA));
    desk.answer();
    assert_eq!(desk.stored().last(), Some(&1_301));
    desk.chat.go_to(1_000, false);
    desk.answer();
    assert_eq!(has_note(&desk), between);
}

#[test]
fn the_first_unread_row_is_known_when_it_is_loaded() {
    let mut desk = Desk::new(300);
    desk.read_up_to = 50;
    desk.chat.open(Party::Key(MINA));
    desk.answer();
    assert_eq!(desk.chat.log().first_unread(), None, "it is further up");
    let first = desk.chat.log().first_id().expect("rows");
    desk.chat.look_at(first, first);
    desk.answer();
    assert_eq!(desk.chat.log().first_unread(), Some(51));
    assert_eq!(desk.chat.take_draft(), Some("half a thought".to_owned()));
    let mut seen = Desk::connected(20);
    seen.hear(21);
    assert_eq!(seen.chat.log().first_unread(), None, "it was seen to come");
}

#[test]
fn a_disk_that_can_not_be_read_is_not_asked_again_by_itself() {
    let mut desk = Desk::new(10);
    desk.chat.open(Party::Key(MINA));
    assert!(desk.chat.take_query().is_some());
    desk.chat.unread();
    desk.apply(received(11, "live"));
    assert!(desk.chat.take_query().is_none());
    desk.apply(Event::StoreWell);
    assert_eq!(desk.answer(), [At::Newest]);
}
