//! What is said goes through the store: one commit for all that came and was written in a turn of the loop.
//!
//! What can't be kept is not promised: a message of an encrypted peer waits unacknowledged, and nothing more is
//! read of that peer; one of ours is not sent, and says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{
    Worker,
    home::{new_stream, now_ms},
};
use crate::{
    identity::{Party, PublicKey},
    net::{
        Event, MessageId,
        delivery::{Delivery, DeliveryError, Kept},
        protocol::{frame::Hello, session::Output},
        worker::conversation::Conversation,
    },
    store::{ConversationId, State, Store, StoreError, Written},
    text::{
        charset::{Charset, Decoded},
        line_end::LineEnd,
    },
};

/// What could not be kept is tried again after so long.
const RETRY: Duration = Duration::from_secs(1);
/// A peer's clock that is off by more is worth a word, in milliseconds.
const CLOCK_OFF: i64 = 2 * 60 * 1000;
/// Something that is kept in this turn, in the order in which it happened.
#[derive(Debug)]
enum Job {
    /// A message of ours to an encrypted peer.
    Write {
        id: MessageId,
        to: PublicKey,
        text: String,
        at: i64,
    },
    /// A message of ours in plain text, which is on its way already.
    WritePlain {
        id: MessageId,
        party: Party,
        text: String,
        charset: Charset,
    },
    /// That one is out.
    PlainSent(MessageId),
    /// A message in plain text.
    HeardPlain {
        party: Party,
        decoded: Decoded,
        end: LineEnd,
        at: SystemTime,
    },
}

/// What a job has come to.
enum Done {
    Written(ConversationId, Written),
    Row(ConversationId, u64),
    Nothing,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Keeping {
    jobs: Vec<Job>,
    /// What the window calls messages to encrypted peers, until they are delivered.
    ids: BTreeMap<(ConversationId, u64), MessageId>,
    /// Messages in plain text that are not out yet.
    plain: BTreeMap<MessageId, (ConversationId, u64)>,
    /// When what could not be kept is tried again.
    retry_at: Option<Instant>,
    failing: bool,
    /// Conversations of which the window was not told all.
    untold: BTreeSet<Party>,
    /// How many messages wait, as the window knows it.
    waiting: u64,
    waiting_changed: bool,
}

impl Keeping {
    /// When there is something to do.
    pub fn poll_deadline(&self) -> Option<Instant> {
        self.retry_at
    }

    /// A message to an encrypted peer, to be kept at the end of the turn.
    pub fn write(&mut self, id: MessageId, to: PublicKey, text: String) {
        let at = now_ms();
        self.jobs.push(Job::Write { id, to, text, at });
    }

    /// A message in plain text that has been handed to its session.
    pub fn write_plain(&mut self, id: MessageId, party: Party, text: String, charset: Charset) {
        self.jobs.push(Job::WritePlain {
            id,
            party,
            text,
            charset,
        });
    }

    /// The conversation in plain text is over: what has not gone out will not.
    pub fn forget_plain(&mut self) {
        self.plain.clear();
    }

    /// How many messages wait may have changed.
    pub fn look_at_waiting(&mut self) {
        self.waiting_changed = true;
    }

    /// The conversations that changed without the window being told.
    pub fn take_untold(&mut self) -> BTreeSet<Party> {
        std::mem::take(&mut self.untold)
    }
}

impl Worker {
    /// Whether the conversation has said something that could not be kept yet: nothing more is read of it.
    pub(super) fn is_held_up(&self) -> bool {
        let delivery = self
            .conversation
            .as_ref()
            .and_then(|conversation| conversation.delivery.as_ref());
        delivery.is_some_and(Delivery::is_staged)
    }

    /// Both sides of an encrypted conversation have said who they are.
    pub(super) fn handle_hello(&mut self, hello: Hello, now: Instant) {
        self.remember_peer(&hello.name);
        self.report(Event::Named(hello.name));
        if let Some(clock) = hello.clock {
            let off = clock.saturating_sub(now_ms());
            if off.saturating_abs() > CLOCK_OFF {
                self.report(Event::ClockOff(off));
            }
        }
        let (Some(conversation), Some(store)) = (&mut self.conversation, &mut self.home.store)
        else {
            return;
        };
        let party = conversation.party();
        let begun = store.conversation(&party, now_ms()).and_then(|id| {
            conversation
                .secure_session()
                .map(|session| Delivery::begin(id, store, session))
                .transpose()
        });
        match begun {
            Ok(delivery) => conversation.delivery = delivery,
            Err(error) => self.give_up_conversation(error, now),
        }
    }

    /// An encrypted peer said something that is delivered, or spoke of what is.
    pub(super) fn handle_delivery(&mut self, output: Output, now: Instant) {
        let (Some(conversation), Some(store)) = (&mut self.conversation, &self.home.store) else {
            return;
        };
        let Some((delivery, session)) = conversation.delivery() else {
            return;
        };
        if delivery.is_refused() {
            return;
        }
        let handled = match output {
            Output::Item(item) => delivery.handle_item(item, store),
            Output::Ack(ack) => delivery.handle_ack(ack),
            Output::Resume(starts) => delivery.handle_resume(&starts, store, session),
            _ => Ok(()),
        };
        match handled {
            Ok(()) => {}
            Err(DeliveryError::Misbehaved) => {
                delivery.refuse();
                session.refuse();
            }
            Err(DeliveryError::Store(error)) => self.give_up_conversation(error, now),
        }
    }

    /// A peer said something in plain text.
    pub(super) fn hear_plain(&mut self, decoded: Decoded, end: LineEnd) {
        if !self.can_window_read() {
            // A store in memory would only grow.
            let (at, row) = (SystemTime::now(), None);
            return self.report(Event::Message {
                decoded,
                end,
                at,
                row,
            });
        }
        if let Some(party) = self.conversation.as_ref().map(Conversation::party) {
            self.keeping.jobs.push(Job::HeardPlain {
                party,
                decoded,
                end,
                at: SystemTime::now(),
            });
        }
    }

    /// The system has all of a message of ours.
    pub(super) fn handle_sent(&mut self, id: MessageId) {
        let delivery = self
            .conversation
            .as_ref()
            .and_then(|talk| talk.delivery.as_ref());
        if let Some(delivery) = delivery {
            // An encrypted session knows messages by their rows.
            let row = (delivery.conversation(), id.0);
            if let Some(id) = self.keeping.ids.get(&row).copied() {
                self.report(Event::Sent(id));
            }
        } else {
            if self.can_window_read() {
                self.keeping.jobs.push(Job::PlainSent(id));
            }
            self.report(Event::Sent(id));
        }
    }

    /// A message of ours will not go out on this connection.
    pub(super) fn handle_not_sent(&mut self, id: MessageId) {
        let is_encrypted = self
            .conversation
            .as_ref()
            .is_some_and(|conversation| conversation.acquaintance.is_some());
        // Encrypted, it waits for the next one.
        if !is_encrypted {
            self.keeping.plain.remove(&id);
            self.report(Event::NotSent(id));
        }
    }

    /// Keeps all that was said in this turn, tells both sides, and hands on what waits.
    pub(super) fn keep(&mut self, now: Instant) {
        if self.keeping.retry_at.is_none_or(|at| at <= now) {
            self.keeping.retry_at = None;
            self.keep_now(now);
        } else if !self.keeping.jobs.is_empty() {
            self.keep_now(now);
        }
        self.feed(now);
        self.report_waiting();
    }

    /// Keeps all that was said so far.
    pub(super) fn keep_now(&mut self, now: Instant) {
        if self.keeping.jobs.is_empty() && !self.is_held_up() {
            return;
        }
        let jobs = std::mem::take(&mut self.keeping.jobs);
        match self.try_keep(&jobs) {
            Ok((done, kept)) => self.handle_kept(jobs, done, kept),
            Err(error) => self.handle_unkept(jobs, error, now),
        }
    }

    fn try_keep(&mut self, jobs: &[Job]) -> Result<(Vec<Done>, Vec<Kept>), StoreError> {
        let Some(store) = &mut self.home.store else {
            return Err(StoreError::Io(std::io::ErrorKind::NotFound));
        };
        let mut conversations = Vec::with_capacity(jobs.len());
        for job in jobs {
            conversations.push(match job {
                Job::Write { to, .. } => Some(store.conversation(&Party::Key(*to), now_ms())?),
                Job::WritePlain { party, .. } | Job::HeardPlain { party, .. } => {
                    Some(store.conversation(party, now_ms())?)
                }
                Job::PlainSent(_) => None,
            });
        }
        let durable = store.is_durable();
        let mut batch = store.batch()?;
        let mut talk = self.conversation.as_mut().and_then(Conversation::delivery);
        let rows = match &talk {
            Some((delivery, _)) => delivery.keep(&mut batch, now_ms())?,
            None => Vec::new(),
        };
        let mut done = Vec::with_capacity(jobs.len());
        let mut plain = BTreeMap::new();
        for (job, conversation) in jobs.iter().zip(conversations) {
            done.push(match (job, conversation) {
                (Job::Write { text, at, .. }, Some(conversation)) => Done::Written(
                    conversation,
                    batch.write(conversation, text, new_stream(), *at)?,
                ),
                (
                    Job::WritePlain {
                        id, text, charset, ..
                    },
                    Some(conversation),
                ) => {
                    let row = batch.write_plain(conversation, text, *charset, now_ms())?;
                    plain.insert(*id, (conversation, row));
                    Done::Row(conversation, row)
                }
                (Job::PlainSent(id), _) => {
                    if let Some((conversation, row)) =
                        plain.get(id).or_else(|| self.keeping.plain.get(id))
                    {
                        batch.set_state(*conversation, *row, State::Sent)?;
                    }
                    Done::Nothing
                }
                (Job::HeardPlain { decoded, .. }, Some(conversation)) => Done::Row(
                    conversation,
                    batch.receive_plain(conversation, decoded, now_ms())?,
                ),
                _ => Done::Nothing,
            });
        }
        batch.commit()?;
        let kept = match &mut talk {
            Some((delivery, session)) => delivery.committed(rows, durable, session),
            None => Vec::new(),
        };
        Ok((done, kept))
    }

    fn handle_kept(&mut self, jobs: Vec<Job>, done: Vec<Done>, kept: Vec<Kept>) {
        self.keeping.retry_at = None;
        self.report_store(Ok(()));
        if let Some(party) = self.conversation.as_ref().map(Conversation::party) {
            for kept in kept {
                self.report_kept(&party, kept);
            }
        }
        for (job, done) in jobs.into_iter().zip(done) {
            match (job, done) {
                (Job::Write { id, to, text, at }, Done::Written(conversation, written)) => {
                    self.keeping.ids.insert((conversation, written.row), id);
                    self.handle_written(id, to, written, &text, at);
                }
                (Job::WritePlain { id, party, .. }, Done::Row(conversation, row)) => {
                    self.keeping.plain.insert(id, (conversation, row));
                    self.report(Event::Stored { id, party, row });
                }
                (Job::PlainSent(id), _) => {
                    self.keeping.plain.remove(&id);
                }
                (
                    Job::HeardPlain {
                        decoded, end, at, ..
                    },
                    Done::Row(_, row),
                ) => self.report(Event::Message {
                    decoded,
                    end,
                    at,
                    row: Some(row),
                }),
                _ => {}
            }
        }
    }

    fn handle_written(
        &mut self,
        id: MessageId,
        to: PublicKey,
        written: Written,
        text: &str,
        at: i64,
    ) {
        self.keeping.waiting_changed = true;
        let (party, row) = (Party::Key(to), written.row);
        self.report(Event::Stored { id, party, row });
        if let Some(talk) = &mut self.conversation
            && talk.key() == Some(to)
            && let Some((delivery, session)) = talk.delivery()
        {
            delivery.written(written, text, at, session);
        }
    }

    /// Tells the window, unless it is behind: then that it has something to read.
    fn report_kept(&mut self, party: &Party, kept: Kept) {
        if let Kept::Settled(rows) = &kept {
            self.keeping.waiting_changed = true;
            let conversation = self
                .conversation
                .as_ref()
                .and_then(|talk| talk.delivery.as_ref())
                .map(Delivery::conversation);
            if let Some(conversation) = conversation {
                for (row, _) in rows {
                    self.keeping.ids.remove(&(conversation, *row));
                }
            }
        }
        if self.is_window_behind() {
            self.keeping.untold.insert(party.clone());
            return;
        }
        let at = SystemTime::now();
        self.report(match kept {
            Kept::Text { row, text, sent_at } => Event::Text {
                text,
                sent_at,
                at,
                row,
            },
            Kept::NeedsNewer { row } => Event::NeedsNewer { row },
            Kept::Missed { count, row } => Event::Missed { count, row },
            Kept::Settled(rows) => Event::Settled {
                party: party.clone(),
                rows: Arc::from(rows),
            },
        });
    }

    /// Nothing of it is on the disk.
    fn handle_unkept(&mut self, jobs: Vec<Job>, error: StoreError, now: Instant) {
        tracing::warn!(%error, "what was said can't be kept");
        self.keeping.retry_at = Some(now + RETRY);
        self.report_store(Err(error));
        for job in jobs {
            match job {
                Job::Write { id, .. } => self.report(Event::NotSent(id)),
                // It was said all the same, and promised to nobody.
                Job::HeardPlain {
                    decoded, end, at, ..
                } => self.report(Event::Message {
                    decoded,
                    end,
                    at,
                    row: None,
                }),
                Job::WritePlain { .. } | Job::PlainSent(_) => {}
            }
        }
    }

    /// Something was written, or could not be. Says so where it was otherwise the last time.
    pub(super) fn report_store(&mut self, written: Result<(), StoreError>) {
        match written {
            Err(error) => {
                if let (StoreError::Damaged, Some(store)) = (error, &self.home.store) {
                    store.report_damage();
                }
                if !std::mem::replace(&mut self.keeping.failing, true) {
                    self.report(Event::StoreFailed(error));
                }
            }
            // What could not be kept is still to be tried again.
            Ok(()) if self.keeping.retry_at.is_some() => {}
            Ok(()) => {
                if std::mem::take(&mut self.keeping.failing) {
                    self.report(Event::StoreWell);
                }
            }
        }
    }

    /// Hands on what waits for the peer of this conversation.
    fn feed(&mut self, now: Instant) {
        if self.is_held_up() {
            return;
        }
        let (Some(conversation), Some(store)) = (&mut self.conversation, &mut self.home.store)
        else {
            return;
        };
        let Some((delivery, session)) = conversation.delivery() else {
            return;
        };
        if let Err(error) = delivery.feed(store, session) {
            self.give_up_conversation(error, now);
        }
    }

    /// What a conversation rests on can't be read or written: the connection is of no use any more.
    fn give_up_conversation(&mut self, error: StoreError, now: Instant) {
        tracing::error!(%error, "the conversation can't go on");
        self.report_store(Err(error));
        if let Some(conversation) = &mut self.conversation {
            conversation.give_up(now);
        }
    }

    pub(super) fn report_waiting(&mut self) {
        if !std::mem::take(&mut self.keeping.waiting_changed) {
            return;
        }
        let Some(count) = self.home.store.as_ref().map(Store::waiting_count) else {
            return;
        };
        if std::mem::replace(&mut self.keeping.waiting, count) != count {
            self.report(Event::Outbox(count));
        }
    }

    /// The person takes a message back.
    pub(super) fn take_back(&mut self, to: PublicKey, row: u64) {
        let party = Party::Key(to);
        let Some(store) = &mut self.home.store else {
            return;
        };
        let handed_over = |place| {
            let talk = self.conversation.as_ref();
            let delivery = talk.filter(|talk| talk.key() == Some(to));
            let delivery = delivery.and_then(|talk| talk.delivery.as_ref());
            delivery.is_some_and(|delivery| delivery.is_handed_over(place))
        };
        let taken = store.find_conversation(&party).and_then(|conversation| {
            let Some(conversation) = conversation else {
                return Ok(false);
            };
            match store.place_of(conversation, row)? {
                Some(place) if !handed_over(place) => store.cancel(conversation, row),
                _ => Ok(false),
            }
        });
        match taken {
            Ok(true) => {
                self.keeping.waiting_changed = true;
                self.report_store(Ok(()));
                let rows = Arc::from([(row, State::Cancelled)]);
                self.report(Event::Settled { party, rows });
            }
            Ok(false) => {}
            Err(error) => self.report_store(Err(error)),
        }
    }

    pub(super) fn set_draft(&mut self, party: &Party, draft: &str) {
        self.change_conversation(party, |store, id| store.set_draft(id, draft));
    }

    pub(super) fn set_read(&mut self, party: &Party, row: u64) {
        self.change_conversation(party, |store, id| store.set_read(id, row));
    }

    fn change_conversation(
        &mut self,
        party: &Party,
        change: impl FnOnce(&mut Store, ConversationId) -> Result<(), StoreError>,
    ) {
        let Some(store) = &mut self.home.store else {
            return;
        };
        let changed = match store.find_conversation(party) {
            Ok(Some(id)) => change(store, id),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = changed {
            // The next one writes it again.
            tracing::warn!(%error, "a draft or a read mark can't be kept");
        }
    }
}
