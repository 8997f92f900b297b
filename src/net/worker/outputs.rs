//! The session's input and output: when it is read, and what becomes of what it reports.

use std::time::Instant;

use super::{
    Worker,
    session::{Output, Session, end_reason},
};
use crate::net::{
    EndReason,
    protocol::{plain, secure},
};

/// Maximum number of reads, 16 KiB each, from an encrypted peer before all of it is committed together.
const READS_BEFORE_COMMIT: usize = 8;

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
        if self.is_plain() {
            return has_window_room;
        }
        // What is encrypted goes to the store. If the window can read it there, its pace does not matter.
        (has_window_room || self.can_window_read()) && !self.is_failing()
    }

    fn is_plain(&self) -> bool {
        self.seat.session.as_ref().is_some_and(Session::is_plain)
    }

    pub(super) fn read_once(&mut self, now: Instant) {
        let Some(session) = &mut self.seat.session else {
            return;
        };
        let peer = session.peer;
        if let Some(socket) = session.read(now) {
            self.door
                .handle_late_tls(socket, peer, &mut self.shared, now);
        }
        self.handle_outputs(now);
    }

    pub(super) fn write_session(&mut self, now: Instant) {
        if let Some(session) = &mut self.seat.session {
            session.write(now);
        }
        self.handle_outputs(now);
        if let Some(why) = self
            .seat
            .session
            .as_ref()
            .and_then(|session| session.over(now))
        {
            self.end(why, now);
        }
    }

    pub(super) fn handle_outputs(&mut self, now: Instant) {
        while let Some(output) = self.poll_output() {
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

    /// Handles what a session that is being closed still has to report.
    pub(super) fn handle_last_outputs(&mut self, now: Instant) {
        while let Some(output) = self.poll_output() {
            self.handle_output(output, now);
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.seat.session.as_mut()?.poll_output()
    }

    fn handle_output(&mut self, output: Output, now: Instant) {
        match output {
            Output::Plain(output) => self.handle_plain_output(output),
            Output::Encrypted(output) => self.handle_encrypted_output(output, now),
        }
    }

    fn handle_plain_output(&mut self, output: plain::Output) {
        match output {
            plain::Output::Message(decoded, end) => self.hear_plain(decoded, end),
            plain::Output::Sent(tag) => self.handle_plain_sent(tag),
            plain::Output::NotSent(tag) => self.handle_plain_not_sent(tag),
            // The session is closed already.
            plain::Output::ExitReceived | plain::Output::ExitSent => {}
        }
    }

    fn handle_encrypted_output(&mut self, output: secure::Output, now: Instant) {
        match output {
            secure::Output::Item(_) | secure::Output::Ack(_) | secure::Output::Resume(_) => {
                self.handle_delivery(output, now);
            }
            secure::Output::Typing(typing) => {
                // Reported after what was said before it.
                if !self.is_failing() {
                    self.keep_now(now);
                }
                self.shared.reports.report_typing(typing);
            }
            secure::Output::Open(hello) => self.handle_hello(hello, now),
            secure::Output::Sent(tag) => self.handle_sent(tag),
            // What was not sent waits in the store for the next connection. When a session that is over is closed, its
            // end is no news. The others are reported only before a session begins.
            secure::Output::NotSent(_)
            | secure::Output::Over(_)
            | secure::Output::Knocked { .. }
            | secure::Output::Waiting { .. } => {}
        }
    }
}
