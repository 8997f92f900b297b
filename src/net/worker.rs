//! The one loop that touches sockets and the clock: polls, carries out commands, reports events.
//!
//! Each part owns its state: [`Calls`] we make, the [`Door`] at which others call, and the [`Seat`] with the current
//! session. What all three use is [`Shared`]. Left here are the loop and the rules that involve several parts.

mod account;
mod calls;
mod contacts;
mod door;
mod files;
mod ledger;
mod messages;
mod reports;
mod seat;
mod seating;
mod session;
mod sockets;
#[cfg(test)]
mod testing;
mod transfers;

use std::{
    io::ErrorKind,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use crossbeam_channel::TryRecvError;
use mio::{Events, Poll, Token, Waker};

use self::{
    account::Account, calls::Calls, door::Door, ledger::Ledger, reports::Reports, seat::Seat,
    session::Session, sockets::Sockets, transfers::Transfers,
};
use crate::{
    mailbox::Server,
    millis::Millis,
    net::{Command, EndReason, Event, Options, delivery::Delivery, socket::stream::Readiness},
    store::Discarded,
};

const WAKER: Token = Token(0);
/// If the wall clock has gained this much on the other one, the computer has slept: only the wall clock runs then.
const SLEPT: Duration = Duration::from_secs(10);

/// See the [module](self).
pub(super) struct Worker {
    server: Server<Command, Event>,
    poll: Poll,
    shared: Shared,
    calls: Calls,
    door: Door,
    seat: Seat,
    transfers: Transfers,
    /// Both clocks in the last turn.
    clocks: Option<(Instant, SystemTime)>,
    /// The window is gone: the worker ends the session, then itself.
    closing: bool,
}

/// What calls, the door and the session all use.
struct Shared {
    sockets: Sockets,
    reports: Reports,
    account: Account,
    ledger: Ledger,
}

impl Worker {
    pub fn new(
        server: Server<Command, Event>,
        options: Options,
    ) -> std::io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let registry = poll.registry().try_clone()?;
        let transfers = Transfers::open(Arc::clone(&waker), options.folder.as_deref());
        let shared = Shared {
            sockets: Sockets::new(registry, Arc::clone(&waker), WAKER),
            reports: Reports::default(),
            account: Account::new(options.folder, options.siblings),
            ledger: Ledger::new(options.notifier, options.limits),
        };
        let worker = Self {
            server,
            poll,
            shared,
            calls: Calls::new(options.backoff),
            door: Door::new(options.question_pause),
            seat: Seat::default(),
            transfers,
            clocks: None,
            closing: false,
        };
        Ok((worker, waker))
    }

    pub fn run(mut self) {
        let mut ready = Events::with_capacity(256);
        let mut now = clock();
        self.open(now);
        self.flush_reports();
        loop {
            if self.closing
                && self.seat.session.is_none()
                && self.shared.sockets.lingering.is_empty()
            {
                return self.close(now);
            }
            if let Err(error) = self.poll.poll(&mut ready, self.poll_timeout(now))
                && error.kind() != ErrorKind::Interrupted
            {
                // Nothing works without the poll. The window offers a restart.
                tracing::error!(%error, "the poll failed");
                return;
            }
            now = clock();
            self.notice_sleep(now);
            for event in &ready {
                self.handle_ready(event.token(), event.into(), now);
            }
            self.flush_reports();
            self.read_session(now);
            self.calls.read(now);
            self.handle_calls(now);
            self.calls.write(now);
            self.handle_callers(now);
            self.handle_addresses(now);
            self.handle_commands(now);
            self.handle_timeouts(now);
            self.commit_turn(now);
            self.work(now);
            self.reopen_store(now);
            self.calls.write(now);
            self.move_files(now);
            self.write_session(now);
            self.shared.sockets.lingering.read();
            self.flush_reports();
        }
    }

    /// Loads the key, opens the store, and reports both.
    fn open(&mut self, now: Instant) {
        let loaded = self.shared.account.load();
        self.report(Event::Identity(loaded));
        let events = self.shared.ledger.open(self.shared.account.folder(), now);
        self.shared
            .reports
            .set_store_shared(self.shared.ledger.is_durable());
        self.report_all(events);
    }

    /// The program ends. If nothing is to be kept, erases what it quickly can.
    fn close(&mut self, now: Instant) {
        self.commit_turn(now);
        self.shared.ledger.erase_at_end(clock);
    }

    /// Carries on with long work on the store, a piece in each turn.
    fn work(&mut self, now: Instant) {
        let events = self.shared.ledger.work(now);
        let is_salvaged = events
            .iter()
            .any(|event| matches!(event, Event::Salvaged(_)));
        self.report_all(events);
        if is_salvaged {
            self.end_if_blocked(now);
        }
    }

    /// How long the poll may wait: not at all while there is something to do.
    fn poll_timeout(&self, now: Instant) -> Option<Duration> {
        let call = self.calls.our_call();
        let is_staged = self.seat.delivery().is_some_and(Delivery::is_staged);
        let is_busy = self.calls.is_ready()
            || (self.seat.is_readable() && self.may_read())
            || (self.door.is_ready(call, now) && self.shared.reports.is_empty())
            || self.shared.sockets.lingering.is_readable()
            || self.shared.ledger.has_work()
            // Nothing is done for files before what was received is stored.
            || (self.transfers.is_dirty() && !is_staged)
            || self.may_write_files();
        if is_busy {
            return Some(Duration::ZERO);
        }
        let deadlines = [
            self.seat.poll_deadline(),
            self.calls.poll_deadline(),
            self.door.poll_deadline(),
            self.shared.ledger.poll_deadline(),
            self.transfers.poll_deadline(),
            self.shared.sockets.lingering.poll_deadline(),
        ];
        let next = deadlines.into_iter().flatten().min()?;
        // The poll counts in milliseconds: rounded up, so as not to spin through the last one.
        Some(next.saturating_duration_since(now) + Duration::from_millis(1))
    }

    fn handle_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        self.seat.handle_ready(token, ready);
        self.calls.handle_ready(token, ready, now);
        self.door.handle_ready(token, ready);
        self.shared.sockets.lingering.handle_readable(token);
    }

    fn handle_commands(&mut self, now: Instant) {
        loop {
            match self.server.requests().try_recv() {
                Ok(command) => self.handle_command(command, now),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.closing = true;
                    self.stop_listening(now);
                    self.calls.cancel(&mut self.shared, now);
                    return self.wind_down(EndReason::Disconnected, now);
                }
            }
        }
    }

    fn handle_command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Listen(at) => self.door.entrance.listen(at, &mut self.shared),
            Command::StopListening => self.stop_listening(now),
            Command::Connect(call) => {
                self.wind_down(EndReason::CalledAnother, now);
                self.calls.connect(call, &mut self.shared, now);
            }
            Command::Cancel => self.calls.cancel(&mut self.shared, now),
            Command::Disconnect => {
                self.calls.stop_redialling();
                self.wind_down(EndReason::Disconnected, now);
            }
            Command::Send {
                id,
                to,
                text,
                charset,
            } => self.send(id, to, text, charset, now),
            Command::Reply {
                id,
                to,
                text,
                reply_to,
            } => self.send_encrypted(id, to, text, Some(reply_to)),
            Command::Change { to, row, change } => self.change_message(to, row, &change, now),
            command @ (Command::Offer { .. }
            | Command::CancelOffer { .. }
            | Command::AnswerFile { .. }
            | Command::ControlFile { .. }) => self.handle_file_command(command, now),
            Command::Recall { to, row } => {
                let events = self.shared.ledger.recall(to, row, self.seat.delivery());
                self.report_all(events);
            }
            Command::SetFormat(format) => self.seat.set_format(format),
            Command::SetPreferences(preferences) => self.set_preferences(preferences, now),
            Command::Answer {
                request,
                admit: true,
            } => self.approve(request, now),
            Command::Answer {
                request,
                admit: false,
            } => self.door.decline(request, &mut self.shared, now),
            Command::RefuseUnknown(refuse) => {
                self.door.refuse_unknown(refuse, &mut self.shared, now);
            }
            Command::MakeInvite => {
                let hosts = self.door.entrance.hosts();
                let invite = self.shared.account.make_invite(hosts, now);
                self.report(Event::Invite(invite));
            }
            Command::SetTyping(typing) => {
                if let Some(session) = &mut self.seat.session {
                    session.set_typing(typing);
                }
            }
            Command::ChangeContact(key, change) => self.change_contact(key, change, now),
            Command::SendHeld(key) => self.send_held(key, now),
            Command::DiscardHeld(key) => {
                let events = self.shared.ledger.discard_held(key, Discarded::All);
                self.report_all(events);
            }
            Command::ReplaceIdentity => {
                let replaced = self.shared.account.replace_key();
                self.report(Event::Identity(replaced));
            }
            Command::TryNow => self.calls.redial_now(&mut self.shared, now),
            Command::TakeMore {
                peer_id,
                take: true,
            } => {
                let event = self.shared.ledger.take_more(&peer_id);
                self.report_all(event);
            }
            Command::TakeMore {
                peer_id,
                take: false,
            } => self.refuse_more(&peer_id, now),
            Command::SetDraft(peer_id, draft) => self.shared.ledger.set_draft(&peer_id, &draft),
            Command::SetRead(peer_id, row) => self.set_read(&peer_id, row),
            Command::ChangeConversation(peer_id, change) => {
                let events = self.shared.ledger.change_listing(&peer_id, change);
                self.report_all(events);
            }
            Command::Clear(peer_id) => {
                // What was written before is erased too.
                self.commit(now);
                let event = self.shared.ledger.erase(peer_id);
                self.report_all(event);
            }
            Command::Salvage(path) => {
                let event = self.shared.ledger.salvage(&path);
                self.report_all(event);
            }
            Command::AcceptLosses => {
                let event = self.shared.ledger.accept_losses();
                self.report_all(event);
            }
        }
    }

    /// Takes the names that were looked up.
    fn handle_addresses(&mut self, now: Instant) {
        while let Some(answer) = self.shared.sockets.resolver.poll_answer() {
            self.calls.handle_addresses(&answer, now);
            let entrance = &mut self.door.entrance;
            entrance.handle_addresses(&answer, &mut self.shared);
        }
    }

    fn handle_timeouts(&mut self, now: Instant) {
        if let Some(session) = &mut self.seat.session {
            session.handle_timeout(now);
        }
        self.handle_outputs(now);
        self.shared.sockets.lingering.handle_timeout(now);
        self.calls.handle_timeout(&mut self.shared, now);
        self.handle_calls(now);
        self.handle_timed_out_callers(now);
        self.door.handle_timeout(&mut self.shared, now);
        self.door.report_rejections(&mut self.shared, now);
    }

    fn notice_sleep(&mut self, now: Instant) {
        let wall = SystemTime::now();
        let (then, wall_then) = self.clocks.replace((now, wall)).unwrap_or((now, wall));
        let by_the_wall = wall.duration_since(wall_then).unwrap_or_default();
        if by_the_wall > now.saturating_duration_since(then) + SLEPT {
            tracing::info!(?by_the_wall, "the computer has slept, or its clock was set");
            let session = self.seat.session.as_mut();
            if let Some(encrypted) = session.and_then(Session::as_encrypted_mut) {
                encrypted.secure.handle_sleep(now);
            }
            self.calls.redial_now(&mut self.shared, now);
        }
    }

    fn report(&mut self, event: Event) {
        self.shared.reports.report(event);
    }

    fn report_all(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.report(event);
        }
    }

    fn flush_reports(&mut self) {
        self.shared.reports.flush(&self.server);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the worker is where the clock is read"
)]
fn clock() -> Instant {
    Instant::now()
}

fn wall_clock() -> Millis {
    SystemTime::now().into()
}
