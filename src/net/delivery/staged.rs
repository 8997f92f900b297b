//! What was received and is not on the disk yet.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use super::{Delivery, references};
use crate::{
    identity::{PeerId, StreamId},
    millis::Millis,
    net::{
        Event, Payload,
        protocol::{
            frame::{Ack, Body, Item},
            secure::Secure,
        },
    },
    store::{Batch, Content, FileInfo, FileState, Incoming, MessageName, Row, State, StoreError},
};

/// What was received and is not on the disk yet, and what the last batch made of it.
#[derive(Debug)]
pub(super) enum Staged {
    Item {
        item: Item,
        /// How many items before it were missed for good.
        missed: u64,
        row: Option<Row>,
        /// The row that tells of the missed items.
        missed_row: Option<Row>,
        /// The message that it has changed.
        changed_row: Option<Row>,
        /// See [`ReceivedRows::too_many`](crate::store::ReceivedRows::too_many).
        too_many: bool,
    },
    Ack {
        ack: Ack,
        /// What became of messages of ours.
        settled: Vec<(Row, State)>,
    },
}

impl Delivery {
    /// Writes what was received into a batch. Once that is committed, call [`Self::committed`].
    ///
    /// # Errors
    /// It can't be stored; then none of it is, and it stays staged.
    pub fn write(&mut self, batch: &mut Batch<'_>, now: Millis) -> Result<(), StoreError> {
        for staged in &mut self.staged {
            match staged {
                Staged::Item {
                    item,
                    missed,
                    row,
                    missed_row,
                    changed_row,
                    too_many,
                } => {
                    let change = references::change(&item.body);
                    let incoming = Incoming {
                        stream: item.stream,
                        number: item.number,
                        missed: *missed,
                        sent_at: item.sent_at,
                        content: match (&item.body, &change) {
                            (Body::Text(text), _) => Content::Text(text),
                            (Body::Reply(reference, text), _) => {
                                Content::Reply(references::name(*reference), text)
                            }
                            (Body::Offer(name, offer), _) => Content::Offer(name, *offer),
                            (Body::Skip, _) => Content::Skip,
                            (_, Some((name, change))) => Content::Change(*name, change),
                            (_, None) => Content::Unknown,
                        },
                    };
                    let rows = batch.receive(self.conversation, &incoming, now)?;
                    (*row, *missed_row, *changed_row) = (rows.item, rows.missed, rows.changed);
                    *too_many = rows.too_many;
                    if rows.no_room {
                        let name = MessageName {
                            mine: false,
                            stream: item.stream,
                            number: item.number,
                        };
                        batch.decline(self.conversation, name, StreamId::random(), now)?;
                        self.outgoing.handle_more_waiting();
                    }
                }
                Staged::Ack { ack, settled } => {
                    *settled = batch.acknowledge(self.conversation, ack.stream, ack.up_to)?;
                }
            }
        }
        self.read_marks.write(self.conversation, batch)
    }

    /// The batch is on the disk: acknowledges what was received, and reports it as received `at` that time.
    pub fn committed(&mut self, at: SystemTime, secure: &mut Secure) -> Vec<Event> {
        let peer_id = || PeerId::Key(self.peer);
        let received = |row, payload| Event::Received {
            peer_id: peer_id(),
            row: Some(row),
            at,
            payload,
        };
        let changed = |row| Event::MessageChanged {
            peer_id: peer_id(),
            row,
        };
        let mut acks = BTreeMap::new();
        let mut events = Vec::with_capacity(self.staged.len());
        for staged in self.staged.drain(..) {
            match staged {
                Staged::Item {
                    item,
                    missed,
                    row,
                    missed_row,
                    changed_row,
                    too_many,
                } => {
                    acks.insert(item.stream, item.number);
                    events.extend(missed_row.map(|row| received(row, Payload::Missed(missed))));
                    let is_reply = matches!(item.body, Body::Reply(..));
                    let payload = match item.body {
                        Body::Text(text) | Body::Reply(_, text) => Payload::Text {
                            text,
                            sent_at: item.sent_at,
                        },
                        Body::Offer(name, offer) => Payload::Offer {
                            name,
                            sent_at: item.sent_at,
                            file: FileInfo {
                                size: offer.size - u64::from(offer.manifest),
                                files: (offer.manifest > 0).then_some(offer.files),
                                path: None,
                                moved: 0,
                                state: if too_many {
                                    FileState::TooMany(1)
                                } else {
                                    FileState::Offered
                                },
                            },
                        },
                        // What was skipped has no row.
                        Body::Skip
                        | Body::Edit(..)
                        | Body::Delete(_)
                        | Body::Reaction(..)
                        | Body::File(..)
                        | Body::Unknown(_) => Payload::NeedsNewer,
                    };
                    events.extend(changed_row.map(changed));
                    events.extend(row.map(|row| received(row, payload)));
                    // What it answers is in the store.
                    events.extend(row.filter(|_| is_reply).map(changed));
                }
                Staged::Ack { settled, .. } if settled.is_empty() => {}
                Staged::Ack { settled, .. } => events.push(Event::Settled {
                    peer_id: peer_id(),
                    rows: Arc::from(settled),
                }),
            }
        }
        events.extend(self.read_marks.committed().map(|row| Event::Seen {
            peer_id: peer_id(),
            row,
        }));
        if self.durable {
            for (stream, up_to) in acks {
                secure.ack(Ack { stream, up_to });
            }
        }
        events
    }
}
