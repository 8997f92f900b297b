//! What passes between the session, the ledger and the window.

#[cfg(test)]
mod tests;

use std::time::Instant;

use super::{
    Worker,
    session::{GivenBack, Output, Protocol, Session, end_reason},
    wall_clock,
};
use crate::{
    identity::{PeerId, PublicKey},
    net::{
        EndReason, Event, MessageId, Preferences,
        protocol::{
            frame::{EVENTS, FILES, Hello, TEXT_CAP, is_reaction},
            plain::{self, is_exit},
            secure,
        },
    },
    store::{Change, Row, StoreError},
    text::charset::Charset,
};

/// Maximum number of reads, 16 KiB each, from an encrypted peer before all of it is committed together.
const READS_BEFORE_COMMIT: usize = 8;
/// A peer's clock that is off by more than this is reported, in milliseconds.
const CLOCK_OFF: i64 = 2 * 60 * 1000;

impl Worker {
    pub(super) fn read_session(&mut self, now: Instant) {
        for _ in 0..READS_BEFORE_COMMIT {
            if !self.seat.is_readable() || !self.may_read() {
                return;
            }
            self.read_once(now);
            if self.is_plain() {
                return;
            }
        }
    }

    /// Whether there is room for what the peer says. Otherwise its bytes stay with the system, and TCP slows it down.
    pub(super) fn may_read(&self) -> bool {
        let has_window_room = self.shared.reports.is_empty();
        if !self.transfers.may_read() {
            return false;
        }
        if self.is_plain() {
            return has_window_room && self.can_keep();
        }
        // What is encrypted goes to the store. If the window can read it there, its pace does not matter.
        (has_window_room || self.shared.ledger.is_durable()) && self.can_keep()
    }

    /// Whether what the peer says next can be kept. While the store fails, everything from an encrypted peer would wait
    /// in memory. Above the limits of what is stored, nothing is.
    pub(super) fn can_keep(&self) -> bool {
        let ledger = &self.shared.ledger;
        // Without *Hello*, the peer would take the connection for lost.
        let is_limited = self.is_plain() || self.seat.delivery().is_some();
        (self.is_plain() || !ledger.is_retrying()) && !(is_limited && ledger.is_full())
    }

    fn is_plain(&self) -> bool {
        self.seat.session.as_ref().is_some_and(Session::is_plain)
    }

    pub(super) fn read_once(&mut self, now: Instant) {
        let Some(session) = &mut self.seat.session else {
            return;
        };
        let peer = session.peer;
        let (door, shared) = (&mut self.door, &mut self.shared);
        match session.read(now) {
            Some(GivenBack::Tls(socket)) => door.handle_late_tls(socket, peer, shared, now),
            Some(GivenBack::Http(socket)) => door.handle_late_http(socket, peer, shared, now),
            None => {}
        }
        self.handle_outputs(now);
    }

    pub(super) fn write_session(&mut self, now: Instant) {
        self.write_files(now);
        if let Some(session) = &mut self.seat.session {
            session.write(now);
        }
        self.handle_outputs(now);
        let session = self.seat.session.as_ref();
        if let Some(why) = session.and_then(|session| session.over(now)) {
            self.end(why, now);
        }
    }

    /// The person sends a message.
    pub(super) fn send(
        &mut self,
        id: MessageId,
        to: PeerId,
        text: String,
        charset: Charset,
        now: Instant,
    ) {
        match to {
            PeerId::Key(key) => self.send_encrypted(id, key, text, None),
            PeerId::Address(_) => self.send_plain(id, to, &text, charset, now),
        }
    }

    /// The person sends a message to the holder of a key, in answer to the one in this row if there is one.
    pub(super) fn send_encrypted(
        &mut self,
        id: MessageId,
        to: PublicKey,
        text: String,
        reply_to: Option<Row>,
    ) {
        if text.len() <= TEXT_CAP {
            self.shared.ledger.write(id, to, text, reply_to);
        } else {
            self.report(Event::NotStored { id, is_sent: false });
        }
    }

    /// The person edits a message, deletes it or reacts to it.
    pub(super) fn change_message(
        &mut self,
        to: PublicKey,
        row: Row,
        change: &Change,
        now: Instant,
    ) {
        let fits = match change {
            Change::Edit(text) => text.len() <= TEXT_CAP,
            Change::React(emoji) => is_reaction(emoji),
            Change::Delete | Change::File(_) => true,
        };
        if fits {
            // What is pending is numbered first.
            self.commit(now);
            let events = self
                .shared
                .ledger
                .change(to, row, change, self.seat.connection());
            // It may have deleted an offer.
            self.transfers.handle_changes([row]);
            self.report_all(events);
        }
    }

    pub(super) fn set_preferences(&mut self, preferences: Preferences, now: Instant) {
        // What was written before is kept as it was to be then.
        self.commit(now);
        let ledger = &mut self.shared.ledger;
        let event = ledger.set_keeping(preferences.keep_history, now);
        if !preferences.read_marks
            && let Some((delivery, _)) = self.seat.connection()
        {
            delivery.stop_read_marks();
        }
        self.shared.account.preferences = preferences;
        self.report_all(event);
    }

    fn send_plain(
        &mut self,
        id: MessageId,
        to: PeerId,
        text: &str,
        charset: Charset,
        now: Instant,
    ) {
        let session = self.seat.session.as_mut();
        match session.filter(|session| session.peer_id == to) {
            // In a gap there is no peer to send it to, and the word ends the chat all the same.
            Some(session) if session.is_in_gap() && is_exit(text) => {
                self.report(Event::NotStored { id, is_sent: false });
                self.end(EndReason::ExitSent, now);
                self.stop_listening(now);
            }
            Some(Session {
                protocol: Protocol::Plain(plain),
                ..
            }) => {
                let tag = self.shared.ledger.write_plain(id, to, text, charset);
                plain.send(tag, text, charset);
            }
            _ => self.report(Event::NotStored { id, is_sent: false }),
        }
    }

    /// Handles what the session reports.
    pub(super) fn handle_outputs(&mut self, now: Instant) {
        while let Some(output) = self.seat.poll_output() {
            match output {
                // As in the original programs, the word stops listening too.
                Output::Plain(plain::Output::ExitReceived) => {
                    self.end(EndReason::ExitReceived, now);
                    self.stop_listening(now);
                }
                Output::Plain(plain::Output::ExitSent) => {
                    self.end(EndReason::ExitSent, now);
                    self.stop_listening(now);
                }
                Output::Encrypted(secure::Output::Over(over)) => {
                    self.end(end_reason(&over), now);
                }
                output => self.handle_output(output, now),
            }
        }
    }

    /// Handles what a session that has been closed still reports.
    pub(super) fn handle_last_outputs(&mut self, now: Instant) {
        while let Some(output) = self.seat.poll_output() {
            self.handle_output(output, now);
        }
    }

    fn handle_output(&mut self, output: Output, now: Instant) {
        match output {
            Output::Plain(output) => self.handle_plain_output(output, now),
            Output::Encrypted(output) => self.handle_encrypted_output(output, now),
        }
    }

    fn handle_plain_output(&mut self, output: plain::Output, now: Instant) {
        let ledger = &mut self.shared.ledger;
        let event = match output {
            plain::Output::Message(decoded, end) => {
                let peer_id = self.seat.session.as_ref().map(|session| &session.peer_id);
                peer_id.and_then(|peer_id| ledger.receive_plain(peer_id.clone(), decoded, end))
            }
            plain::Output::Sent(tag) => ledger.handle_plain_sent(tag),
            plain::Output::NotSent(tag) => {
                // It may be refused before it is stored.
                self.commit(now);
                self.shared.ledger.handle_plain_not_sent(tag)
            }
            plain::Output::PeerFinished => {
                // Reported after what was said before it.
                self.commit(now);
                Some(Event::PeerFinished)
            }
            // The session is closed already.
            plain::Output::ExitReceived | plain::Output::ExitSent => None,
        };
        self.report_all(event);
    }

    fn handle_encrypted_output(&mut self, output: secure::Output, now: Instant) {
        match output {
            secure::Output::Open(hello) => self.handle_hello(hello, now),
            secure::Output::Item(_)
            | secure::Output::Ack(_)
            | secure::Output::Resume(_)
            | secure::Output::Read(_) => {
                if matches!(output, secure::Output::Ack(_)) {
                    // The peer may know now that a file was accepted.
                    self.transfers.handle_changes([]);
                }
                if matches!(output, secure::Output::Item(_))
                    && let Some(encrypted) = self.seat.encrypted_mut()
                {
                    // A message ends the typing before it.
                    encrypted.typing.take_if(|typing| *typing);
                }
                if let Some((delivery, secure)) = self.seat.connection()
                    && let Err(error) = self.shared.ledger.receive(output, delivery, secure)
                {
                    self.abort(error, now);
                }
            }
            secure::Output::Transfer(frame) => {
                if let Some((_, secure)) = self.seat.connection() {
                    self.transfers.handle_frame(frame, secure, now);
                }
            }
            secure::Output::Sent(tag) => {
                let connection = self.seat.connection();
                let event = connection.and_then(|(delivery, _)| delivery.handle_sent(tag));
                self.report_all(event);
            }
            secure::Output::Typing(typing) => {
                if let Some(encrypted) = self.seat.encrypted_mut() {
                    encrypted.typing = Some(typing);
                }
            }
            // What was not sent waits in the store for the next connection. When a session that is over is closed, its
            // end is no news. The others are reported only before a session begins.
            secure::Output::NotSent(_)
            | secure::Output::Over(_)
            | secure::Output::Knocked { .. }
            | secure::Output::Waiting { .. } => {}
        }
    }

    /// Both sides of an encrypted session have said *Hello*.
    pub(super) fn handle_hello(&mut self, hello: Hello, now: Instant) {
        // What was written to a key that is about to be replaced has to wait for it, to be held.
        self.commit(now);
        let Some(session) = &mut self.seat.session else {
            return;
        };
        let ip = session.peer.ip();
        let Some(encrypted) = session.as_encrypted_mut() else {
            return;
        };
        let features = hello.features & self.shared.account.features();
        let ledger = &mut self.shared.ledger;
        self.shared.account.spend_invite(&encrypted.peer.key);
        let recorded = ledger.record_contact(&encrypted.peer, &hello.name, ip);
        let begun = ledger
            .begin(encrypted.peer.key, features, &mut encrypted.secure)
            .map(|delivery| encrypted.delivery = delivery);
        if let Some(delivery) = &encrypted.delivery {
            self.transfers.begin(delivery, features);
        }
        self.report_all(recorded);
        self.report(Event::Named(hello.name));
        if hello.features & EVENTS == 0 {
            self.report(Event::LacksChanges);
        }
        if hello.features & FILES == 0 {
            self.report(Event::LacksFiles);
        }
        if let Some(clock) = hello.clock {
            let off = clock.since(wall_clock());
            if off.saturating_abs() > CLOCK_OFF {
                self.report(Event::ClockOff(off));
            }
        }
        if let Err(error) = begun {
            self.abort(error, now);
        }
    }

    /// The person has read this conversation up to this row.
    pub(super) fn set_read(&mut self, peer_id: &PeerId, row: Row) {
        let connection = self.seat.connection();
        self.shared.ledger.set_read(peer_id, row, connection);
    }

    /// Commits what was received and written so far, and reports it.
    pub(super) fn commit(&mut self, now: Instant) {
        let events = self.shared.ledger.commit(self.seat.connection(), now);
        let accepted = self.note_file_events(&events);
        self.report_all(events);
        self.accept_files(accepted, now);
    }

    /// The turn is over: commits what is due, and hands over what waits for the peer. Whether the peer is typing is
    /// reported only now, after the messages it sent before: a commit for each report would let it make us sync the disk
    /// thousands of times in a turn.
    pub(super) fn commit_turn(&mut self, now: Instant) {
        let ledger = &mut self.shared.ledger;
        let events = ledger.commit_due(self.seat.connection(), now);
        let pumped = ledger.pump(self.seat.connection());
        let waiting = ledger.poll_waiting();
        let peer_id = self.seat.session.as_ref().map(|session| &session.peer_id);
        let limit = ledger.poll_limit(peer_id);
        let accepted = self.note_file_events(&events);
        self.report_all(events);
        self.report_all(limit);
        let encrypted = self.seat.encrypted_mut();
        if let Some(typing) = encrypted.and_then(|encrypted| encrypted.typing.take()) {
            self.shared.reports.report_typing(typing);
        }
        match pumped {
            Ok(events) => self.report_all(events),
            Err(error) => self.abort(error, now),
        }
        self.report_all(waiting);
        self.accept_files(accepted, now);
    }

    /// The store, on which the session depends, can't be read: drops the connection.
    fn abort(&mut self, error: StoreError, now: Instant) {
        tracing::error!(%error, "the session can't go on");
        let event = self.shared.ledger.record_result(Err(error));
        self.report_all(event);
        if let Some(session) = &mut self.seat.session {
            session.abort(now);
        }
    }
}
