//! The one loop that touches sockets and the clock: polls, carries out commands, reports events.
//!
//! Each part owns its state: [`Calls`] we make, the [`Door`] at which others call, and the [`Seat`] with the current
//! session. What all three use is [`Shared`]. Left here are the loop and the rules that cross the parts.

mod account;
mod calls;
mod clearing;
mod contacts;
mod crossing;
mod door;
mod keeping;
mod outputs;
mod reports;
mod seat;
mod session;
mod sockets;

use std::{
    io::ErrorKind,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use crossbeam_channel::TryRecvError;
use mio::{Events, Poll, Token, Waker};

use self::{
    account::Account,
    calls::Calls,
    clearing::Clearing,
    door::Door,
    keeping::Keeping,
    reports::Reports,
    seat::Seat,
    session::{Protocol, Session},
    sockets::Sockets,
};
use crate::{
    mailbox::Server,
    net::{
        Command, EndReason, Event, Options,
        protocol::{Tag, frame::TEXT_CAP, plain::is_exit},
        socket::stream::Readiness,
    },
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
    clearing: Clearing,
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
    ledger: Keeping,
}

impl Worker {
    pub fn new(
        server: Server<Command, Event>,
        options: Options,
    ) -> std::io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let registry = poll.registry().try_clone()?;
        let shared = Shared {
            sockets: Sockets::new(registry, Arc::clone(&waker), WAKER),
            reports: Reports::default(),
            account: Account::new(options.folder),
            ledger: Keeping::new(options.kick),
        };
        let worker = Self {
            server,
            poll,
            shared,
            calls: Calls::new(options.backoff),
            door: Door::default(),
            seat: Seat::default(),
            clearing: Clearing::default(),
            clocks: None,
            closing: false,
        };
        Ok((worker, waker))
    }

    pub fn run(mut self) {
        let folder = self.shared.account.folder().map(Path::to_owned);
        let mut ready = Events::with_capacity(256);
        let mut now = clock();
        self.open(folder.as_deref());
        self.flush_reports();
        loop {
            if self.closing
                && self.seat.session.is_none()
                && self.shared.sockets.lingering.is_empty()
            {
                self.keep(now);
                self.clear_at_end(clock);
                return;
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
            self.keep(now);
            self.clear_some();
            self.calls.write(now);
            self.write_session(now);
            self.shared.sockets.lingering.read();
            self.flush_reports();
        }
    }

    /// How long the poll may wait: not at all while there is something to do.
    fn poll_timeout(&self, now: Instant) -> Option<Duration> {
        let call = self.calls.our_call();
        let is_busy = self.calls.is_ready()
            || (self.seat.is_readable() && self.may_read())
            || (self.door.is_ready(call, now) && self.shared.reports.is_empty())
            || self.shared.sockets.lingering.is_readable()
            || self.clearing.is_busy();
        if is_busy {
            return Some(Duration::ZERO);
        }
        let deadlines = [
            self.seat.poll_deadline(),
            self.calls.poll_deadline(),
            self.door.poll_deadline(),
            self.shared.ledger.poll_deadline(),
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
            Command::Send { id, text, charset } => match &mut self.seat.session {
                // In a gap there is no peer to send it to, and the word ends the chat all the same.
                Some(session) if session.is_in_gap() && is_exit(&text) => {
                    self.report(Event::NotSent(id));
                    self.end(EndReason::ExitSent, now);
                    self.stop_listening(now);
                }
                Some(session) => {
                    let party = session.party();
                    match &mut session.protocol {
                        Protocol::Encrypted(encrypted) => {
                            let to = encrypted.peer.key;
                            self.handle_command(Command::Write { id, to, text }, now);
                        }
                        Protocol::Plain(plain) => {
                            plain.send(Tag(id.0), &text, charset);
                            if self.can_window_read() {
                                self.shared.ledger.write_plain(id, party, text, charset);
                            }
                        }
                    }
                }
                None => self.report(Event::NotSent(id)),
            },
            Command::SetFormat(format) => self.seat.set_format(format),
            Command::SetPreferences(preferences) => self.shared.account.preferences = preferences,
            Command::Answer { ask, admit: true } => self.approve(ask, now),
            Command::Answer { ask, admit: false } => self.door.decline(ask, &mut self.shared, now),
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
            Command::ChangePeer(key, change) => self.change_peer(key, change, now),
            Command::ReplaceIdentity => {
                let replaced = self.shared.account.replace_key();
                self.report(Event::Identity(replaced));
            }
            Command::Write { id, to, text } if text.len() <= TEXT_CAP => {
                self.shared.ledger.write(id, to, text);
            }
            Command::Write { id, .. } => self.report(Event::NotSent(id)),
            Command::TakeBack { to, row } => self.take_back(to, row),
            Command::TryNow => self.calls.redial_now(&mut self.shared, now),
            Command::SetDraft(party, draft) => self.set_draft(&party, &draft),
            Command::SetRead(party, row) => self.set_read(&party, row),
            Command::Clear(party) => self.clear(party),
            Command::Salvage(path) => self.salvage(&path),
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

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
