//! What the session and the ledger tell each other about messages.

use super::{Worker, now_ms};
use crate::{
    identity::{Party, PublicKey},
    net::{
        EndReason, Event, MessageId,
        protocol::{
            Tag,
            frame::{Hello, TEXT_CAP},
            plain::is_exit,
            secure,
        },
        worker::session::{Protocol, Session},
    },
    store::StoreError,
    text::{
        charset::{Charset, Decoded},
        line_end::LineEnd,
    },
};
use std::time::Instant;

/// A peer's clock that is off by more than this is reported, in milliseconds.
const CLOCK_OFF: i64 = 2 * 60 * 1000;

impl Worker {
    /// The person sends a message.
    pub(super) fn send(
        &mut self,
        id: MessageId,
        to: Party,
        text: String,
        charset: Charset,
        now: Instant,
    ) {
        match to {
            Party::Key(key) if text.len() <= TEXT_CAP => self.ledger.write(id, key, text),
            Party::Key(_) => self.report(Event::NotStored { id, is_sent: false }),
            Party::Address(_) => self.send_plain(id, to, &text, charset, now),
        }
    }

    fn send_plain(&mut self, id: MessageId, to: Party, text: &str, charset: Charset, now: Instant) {
        let session = self.conversation.as_mut();
        match session.filter(|session| session.party == to) {
            // In a gap nobody can be told, and the word means the end all the same.
            Some(session) if session.is_in_gap() && is_exit(text) => {
                self.report(Event::NotStored { id, is_sent: false });
                self.finish_conversation(EndReason::ExitSent, now);
                self.stop_listening(now);
            }
            Some(Session {
                protocol: Protocol::Plain(plain),
                ..
            }) => {
                let tag = self.ledger.write_plain(id, to, text, charset);
                plain.send(tag, text, charset);
            }
            _ => self.report(Event::NotStored { id, is_sent: false }),
        }
    }

    /// A peer sent a message in plain text.
    pub(super) fn receive_plain(&mut self, decoded: Decoded, end: LineEnd) {
        let Some(session) = &self.conversation else {
            return;
        };
        let party = session.party.clone();
        let event = self.ledger.receive_plain(party, decoded, end);
        self.report_all(event);
    }

    /// The system has taken a message of ours in plain text whole.
    pub(super) fn handle_plain_sent(&mut self, tag: Tag) {
        let event = self.ledger.handle_plain_sent(tag);
        self.report_all(event);
    }

    /// A message of ours in plain text will not be sent.
    pub(super) fn handle_plain_not_sent(&mut self, tag: Tag, now: Instant) {
        // It may be refused before it is stored.
        self.commit(now);
        let event = self.ledger.handle_plain_not_sent(tag);
        self.report_all(event);
    }

    /// The system has taken a message of ours to an encrypted peer whole.
    pub(super) fn handle_sent(&mut self, tag: Tag) {
        let delivery = self.conversation.as_mut().and_then(Session::delivery);
        let event = delivery.map(|(delivery, _)| delivery.handle_sent(tag));
        self.report_all(event);
    }

    /// Both sides of an encrypted session have said *Hello*.
    pub(super) fn handle_hello(&mut self, hello: Hello, now: Instant) {
        self.remember_peer(&hello.name);
        self.report(Event::Named(hello.name));
        if let Some(clock) = hello.clock {
            let off = clock.saturating_sub(now_ms());
            if off.saturating_abs() > CLOCK_OFF {
                self.report(Event::ClockOff(off));
            }
        }
        let session = self.conversation.as_mut();
        let Some(encrypted) = session.and_then(Session::as_encrypted_mut) else {
            return;
        };
        match self.ledger.begin(encrypted.peer.key, &mut encrypted.secure) {
            Ok(delivery) => encrypted.delivery = delivery,
            Err(error) => self.give_up_session(error, now),
        }
    }

    /// An encrypted peer sent an item, or spoke of items.
    pub(super) fn handle_delivery(&mut self, output: secure::Output, now: Instant) {
        let connection = self.conversation.as_mut().and_then(Session::delivery);
        if let Some((delivery, secure)) = connection
            && let Err(error) = self.ledger.receive(output, delivery, secure)
        {
            self.give_up_session(error, now);
        }
    }

    /// Commits what was received and written so far, and reports it.
    pub(super) fn commit(&mut self, now: Instant) {
        let connection = self.conversation.as_mut().and_then(Session::delivery);
        let events = self.ledger.commit(connection, now);
        self.report_all(events);
    }

    /// The turn is over: commits what is due, and hands over what waits for the peer.
    pub(super) fn commit_turn(&mut self, now: Instant) {
        let connection = self.conversation.as_mut().and_then(Session::delivery);
        let events = self.ledger.commit_due(connection, now);
        self.report_all(events);
        let connection = self.conversation.as_mut().and_then(Session::delivery);
        if let Err(error) = self.ledger.pump(connection) {
            self.give_up_session(error, now);
        }
        let waiting = self.ledger.poll_waiting();
        self.report_all(waiting);
    }

    /// The person recalls a message.
    pub(super) fn recall(&mut self, to: PublicKey, row: u64) {
        let session = self.conversation.as_ref();
        let delivery = session.and_then(|session| session.as_encrypted()?.delivery.as_ref());
        let events = self.ledger.recall(to, row, delivery);
        self.report_all(events);
    }

    /// The store, on which the session depends, can't be read.
    fn give_up_session(&mut self, error: StoreError, now: Instant) {
        tracing::error!(%error, "the session can't go on");
        let event = self.ledger.note(Err(error));
        self.report_all(event);
        if let Some(session) = &mut self.conversation {
            session.give_up(now);
        }
    }
}
