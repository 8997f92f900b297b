//! The one loop that touches sockets and the clock: polls, carries out commands, reports events.

mod admission;
mod callers;
mod calling;
mod calls;
mod home;
mod ledger;
mod listening;
mod messages;
mod redial;
mod session;

use crate::mailbox::Server;
use crate::net::socket::tokens::Tokens;
use std::{
    collections::{BTreeSet, VecDeque},
    io::ErrorKind,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use crossbeam_channel::TryRecvError;
use mio::{Events, Poll, Token, Waker};

use crate::{
    endpoint::Endpoint,
    identity::Party,
    net::{
        Backoff, Command, ConnectError, EndReason, Event, ListenError, Options, Preferences,
        TurnedAway,
        protocol::{
            admission::Silenced,
            plain::{self, Format},
            secure,
        },
        socket::{
            dial::Dial,
            linger::Lingering,
            listen::Listener,
            resolve::{Answer, Purpose, Resolver, Started},
            stream::Socket,
        },
        worker::{
            calling::{Calling, Crossed},
            session::{Output, Session, end_reason},
        },
    },
};
use callers::Caller;
use home::Home;
use ledger::Ledger;
use redial::Redial;

const WAKER: Token = Token(0);
/// Callers sent away are reported this often.
const TURNED_AWAY_REPORT: Duration = Duration::from_secs(1);
/// Of an encrypted peer so much is read, 16 KiB each time, before it is kept: one commit for all of it.
const READS_BEFORE_KEEPING: usize = 8;
/// The wall clock goes on while the computer sleeps, and the other one does not.
const SLEPT: Duration = Duration::from_secs(10);
/// With so many events waiting for it, the window is to read the store instead.
const BEHIND: usize = 1024;

/// See the [module](self).
pub(super) struct Worker {
    server: Server<Command, Event>,
    poll: Poll,
    tokens: Tokens,
    resolver: Resolver,
    format: Format,
    preferences: Preferences,
    home: Home,
    ledger: Ledger,
    backoff: Backoff,
    /// Whom the line was cut to, and who is called again.
    redial: Option<Redial>,
    listener: Option<Listener>,
    /// A name to listen on that is being looked up.
    listen_pending: Option<(u64, Endpoint)>,
    dial: Option<Dial>,
    /// An encrypted call that was picked up.
    calling: Option<Calling>,
    /// It was picked up by somebody who calls us too, and that call stays.
    crossed: Option<Crossed>,
    /// Those who have called and are in no conversation.
    callers: Vec<Caller>,
    last_ask: u64,
    silenced: Silenced,
    refused: Refused,
    conversation: Option<Session>,
    /// When the conversation was last read dry for a newcomer.
    settled_at: Option<Instant>,
    lingering: Lingering,
    /// What both clocks showed in the last turn.
    clocks: Option<(Instant, SystemTime)>,
    /// Events for which the channel had no room.
    backlog: VecDeque<Event>,
    /// Conversations of which the window was not told everything.
    untold: BTreeSet<Party>,
    /// The window is gone: end what goes on, then stop.
    closing: bool,
}

/// Callers that were sent away, until that is reported.
#[derive(Debug, Default)]
struct Refused {
    count: u32,
    last: Option<(IpAddr, TurnedAway)>,
    next_report: Option<Instant>,
}

impl Refused {
    fn add(&mut self, from: IpAddr, why: TurnedAway) {
        self.count = self.count.saturating_add(1);
        self.last = Some((from, why));
    }
}

impl Worker {
    pub fn new(
        server: Server<Command, Event>,
        options: Options,
    ) -> std::io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let worker = Self {
            server,
            poll,
            tokens: Tokens::after(WAKER),
            resolver: Resolver::new(Arc::clone(&waker)),
            format: Format::default(),
            preferences: Preferences::default(),
            home: Home::new(options.folder),
            ledger: Ledger::new(options.notifier),
            backoff: options.backoff,
            redial: None,
            listener: None,
            listen_pending: None,
            dial: None,
            calling: None,
            crossed: None,
            callers: Vec::new(),
            last_ask: 0,
            silenced: Silenced::default(),
            refused: Refused::default(),
            conversation: None,
            settled_at: None,
            lingering: Lingering::default(),
            clocks: None,
            backlog: VecDeque::new(),
            untold: BTreeSet::new(),
            closing: false,
        };
        Ok((worker, waker))
    }

    pub fn run(mut self) {
        let mut ready = Events::with_capacity(256);
        let mut now = clock();
        self.open_home();
        self.flush_events();
        loop {
            if self.closing && self.conversation.is_none() && self.lingering.is_empty() {
                self.commit_turn(now);
                if !self.preferences.keep_history {
                    self.ledger.erase_at_end(clock);
                }
                return;
            }
            if let Err(error) = self.poll.poll(&mut ready, self.patience(now))
                && error.kind() != ErrorKind::Interrupted
            {
                // Without a poll there is nothing left to do here; the window offers a restart.
                tracing::error!(%error, "the poll failed");
                return;
            }
            now = clock();
            self.notice_sleep(now);
            for event in &ready {
                // An error or a hang-up shows itself to whoever reads or writes.
                let readable = event.is_readable() || event.is_read_closed() || event.is_error();
                let writable = event.is_writable() || event.is_write_closed() || event.is_error();
                let ready = (readable, writable, event.is_read_closed());
                self.handle_ready(event.token(), ready, now);
            }
            self.flush_events();
            self.read_conversation(now);
            self.handle_calling(now);
            self.handle_callers(now);
            self.handle_answers(now);
            self.handle_commands(now);
            self.handle_timeouts(now);
            self.commit_turn(now);
            let events = self.ledger.work(now);
            self.report_all(events);
            self.write_calling(now);
            self.write_conversation(now);
            self.lingering.read();
            self.flush_events();
        }
    }

    /// How long the poll may wait: not at all while there is something to do.
    fn patience(&self, now: Instant) -> Option<Duration> {
        let readable = self.conversation.as_ref().is_some_and(Session::is_readable);
        let callers = self.are_callers_ready()
            || self
                .listener
                .as_ref()
                .is_some_and(|listener| listener.is_ready(now));
        let called = self
            .calling
            .as_ref()
            .is_some_and(|calling| calling.socket.is_readable());
        let readable = readable && self.may_read();
        let wanted = called || readable || (callers && self.backlog.is_empty());
        if wanted || self.lingering.is_readable() || self.ledger.has_work() {
            return Some(Duration::ZERO);
        }
        let deadlines = [
            self.conversation.as_ref().and_then(Session::poll_deadline),
            self.dial.as_ref().map(Dial::poll_deadline),
            self.listener.as_ref().and_then(Listener::poll_deadline),
            self.lingering.poll_deadline(),
            self.callers_deadline(),
            self.calling
                .as_ref()
                .and_then(|calling| calling.secure.poll_deadline()),
            self.crossed.as_ref().map(|crossed| crossed.until),
            self.ledger.poll_deadline(),
            self.redial.as_ref().and_then(Redial::poll_deadline),
            if self.refused.count > 0 {
                self.refused.next_report
            } else {
                None
            },
        ];
        let next = deadlines.into_iter().flatten().min()?;
        // The poll counts in milliseconds: round up, rather than spin through the last one.
        Some(next.saturating_duration_since(now) + Duration::from_millis(1))
    }

    /// `ready` is readable, writable, and closed by the peer.
    fn handle_ready(&mut self, token: Token, ready: (bool, bool, bool), now: Instant) {
        if let Some(socket) = self.socket_at(token) {
            let (readable, writable, hung_up) = ready;
            return socket.handle_ready(readable, writable, hung_up);
        }
        if let Some(listener) = &mut self.listener {
            listener.handle_ready(token);
        }
        if let Some(answered) = self
            .dial
            .as_mut()
            .and_then(|dial| dial.handle_ready(token, now))
        {
            self.handle_answered(answered, now);
        }
        self.lingering.handle_readable(token);
    }

    /// The connection with this token, in whatever stage it is.
    fn socket_at(&mut self, token: Token) -> Option<&mut Socket> {
        let of_conversation = self
            .conversation
            .as_mut()
            .and_then(|conversation| conversation.socket_at(token));
        if of_conversation.is_some() {
            // Asked again, because the borrow checker can't see that the first answer is not kept.
            return self
                .conversation
                .as_mut()
                .and_then(|conversation| conversation.socket_at(token));
        }
        if self
            .calling
            .as_ref()
            .is_some_and(|calling| calling.socket.token == token)
        {
            return self.calling.as_mut().map(|calling| &mut calling.socket);
        }
        self.caller_socket(token)
    }

    fn handle_commands(&mut self, now: Instant) {
        loop {
            match self.server.requests().try_recv() {
                Ok(command) => self.handle_command(command, now),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.closing = true;
                    self.stop_listening(now);
                    self.cancel(now);
                    return self.end_conversation(EndReason::Disconnected, now);
                }
            }
        }
    }

    fn handle_command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Listen(at) => match self.resolver.start(vec![at.clone()], Purpose::Listen) {
                Started::Known(addresses) => self.listen(at, &addresses),
                Started::UnderWay(number) => self.listen_pending = Some((number, at)),
                Started::Busy => {
                    let (error, instead) = (ListenError::Other(ErrorKind::ResourceBusy), None);
                    self.report(Event::ListenFailed { at, error, instead });
                    // What failed changes nothing.
                    if let Some(listener) = &self.listener {
                        let listening = listener.listening().clone();
                        self.report(Event::Listening(listening));
                    }
                }
            },
            Command::StopListening => self.stop_listening(now),
            Command::Connect(call) => self.connect(call, now),
            Command::Cancel => self.cancel(now),
            Command::Disconnect => {
                self.redial = None;
                self.end_conversation(EndReason::Disconnected, now);
            }
            Command::Send {
                id,
                to,
                text,
                charset,
            } => self.send(id, to, text, charset, now),
            Command::Recall { to, row } => self.recall(to, row),
            Command::SetFormat(format) => {
                self.format = format;
                if let Some(conversation) = &mut self.conversation {
                    conversation.set_format(format);
                }
            }
            Command::SetPreferences(preferences) => self.preferences = preferences,
            Command::Answer { ask, admit } => self.handle_answer(ask, admit, now),
            Command::MakeInvite => self.make_invite(now),
            Command::SetTyping(typing) => {
                if let Some(conversation) = &mut self.conversation {
                    conversation.set_typing(typing);
                }
            }
            Command::ChangePeer(key, change) => self.change_peer(key, change, now),
            Command::ReplaceIdentity => self.replace_identity(),
            Command::TryNow => self.redial_now(now),
            Command::SetDraft(party, draft) => self.ledger.set_draft(&party, &draft),
            Command::SetRead(party, row) => self.ledger.set_read(&party, row),
            Command::Clear(party) => {
                // What was written before is erased too.
                self.commit(now);
                let event = self.ledger.erase(party);
                self.report_all(event);
            }
            Command::Salvage(path) => {
                let event = self.ledger.salvage(&path);
                self.report_all(event);
            }
        }
    }

    fn handle_answers(&mut self, now: Instant) {
        while let Some(Answer {
            number,
            purpose,
            addresses,
        }) = self.resolver.poll_answer()
        {
            match purpose {
                Purpose::Dial => {
                    if let Some(dial) = self.dial.as_mut().filter(|dial| dial.waits_for(number)) {
                        dial.handle_addresses(&addresses, now);
                    }
                }
                Purpose::Listen => {
                    if let Some((_, at)) = self.listen_pending.take_if(|(of, _)| *of == number) {
                        self.listen(at, &addresses);
                    }
                }
            }
        }
    }

    fn read_conversation(&mut self, now: Instant) {
        for _ in 0..READS_BEFORE_KEEPING {
            let readable = self.conversation.as_ref().is_some_and(Session::is_readable);
            if !readable || !self.may_read() {
                return;
            }
            self.read_once(now);
            if self.is_plain() {
                return;
            }
        }
    }

    fn is_plain(&self) -> bool {
        self.conversation.as_ref().is_some_and(Session::is_plain)
    }

    /// Whether what the peer says can be taken in. Otherwise its bytes stay with the system, and TCP holds
    /// it back.
    fn may_read(&self) -> bool {
        // Plain text goes to the window; what is encrypted goes to the store, whatever the window does.
        let to_the_store = !self.is_plain() && self.can_window_read();
        (to_the_store || self.backlog.is_empty()) && (self.is_plain() || !self.is_failing())
    }

    /// Whether there are so many events for the window that it had better read the store.
    fn is_window_behind(&self) -> bool {
        self.backlog.len() >= BEHIND && self.can_window_read()
    }

    /// Whether the window can read the store too.
    pub(super) fn can_window_read(&self) -> bool {
        self.ledger.is_durable()
    }

    /// Whether something could not be kept, and is to be tried again later.
    fn is_failing(&self) -> bool {
        self.ledger.is_retrying()
    }

    fn notice_sleep(&mut self, now: Instant) {
        let wall = SystemTime::now();
        let (then, wall_then) = self.clocks.replace((now, wall)).unwrap_or((now, wall));
        let by_the_wall = wall.duration_since(wall_then).unwrap_or_default();
        if by_the_wall > now.saturating_duration_since(then) + SLEPT {
            tracing::info!(?by_the_wall, "the computer has slept, or its clock was set");
            if let Some(encrypted) = self
                .conversation
                .as_mut()
                .and_then(Session::as_encrypted_mut)
            {
                encrypted.secure.handle_sleep(now);
            }
            self.redial_now(now);
        }
    }

    fn read_once(&mut self, now: Instant) {
        let Some(conversation) = &mut self.conversation else {
            return;
        };
        let peer = conversation.peer;
        if let Some(socket) = conversation.read(now) {
            self.handle_late_tls(socket, peer, now);
        }
        self.report_outputs(now);
    }

    fn write_conversation(&mut self, now: Instant) {
        if let Some(conversation) = &mut self.conversation {
            conversation.write(now);
        }
        self.report_outputs(now);
        if let Some(why) = self.conversation.as_ref().and_then(|talk| talk.over(now)) {
            self.finish_conversation(why, now);
        }
    }

    fn end_conversation(&mut self, why: EndReason, now: Instant) {
        // What was written goes out before the goodbye.
        self.commit_turn(now);
        if let Some(conversation) = &mut self.conversation {
            conversation.end(why, now);
        }
    }

    fn finish_conversation(&mut self, why: EndReason, now: Instant) {
        if self.conversation.is_none() {
            return;
        }
        self.commit(now);
        if let Some(conversation) = &mut self.conversation {
            conversation.close(why, &mut self.lingering, now);
        }
        while let Some(output) = self.conversation.as_mut().and_then(Session::poll_output) {
            self.report_output(output, now);
        }
        self.commit(now);
        if let Some(conversation) = self.conversation.take() {
            self.report(Event::Ended(why));
            if !self.preferences.keep_history {
                self.ledger.erase_over(&conversation.party);
            }
            self.redial_after(why, &conversation, now);
        }
    }

    fn report_outputs(&mut self, now: Instant) {
        while let Some(output) = self.conversation.as_mut().and_then(Session::poll_output) {
            match output {
                // As in the original programs: the word ends the server too.
                Output::Plain(plain::Output::ExitReceived) => {
                    self.finish_conversation(EndReason::ExitReceived, now);
                    self.stop_listening(now);
                }
                Output::Plain(plain::Output::ExitSent) => {
                    self.finish_conversation(EndReason::ExitSent, now);
                    self.stop_listening(now);
                }
                Output::Encrypted(secure::Output::Over(over)) => {
                    self.finish_conversation(end_reason(&over), now);
                }
                output => self.report_output(output, now),
            }
        }
    }

    fn report_output(&mut self, output: Output, now: Instant) {
        match output {
            Output::Plain(output) => self.report_plain(output, now),
            Output::Encrypted(output) => self.report_encrypted(output, now),
        }
    }

    fn report_plain(&mut self, output: plain::Output, now: Instant) {
        match output {
            plain::Output::Message(decoded, end) => self.receive_plain(decoded, end),
            plain::Output::Sent(tag) => self.handle_plain_sent(tag),
            plain::Output::NotSent(tag) => self.handle_plain_not_sent(tag, now),
            // Only `report_outputs` can act on these; after the end they mean nothing.
            plain::Output::ExitReceived | plain::Output::ExitSent => {}
        }
    }

    fn report_encrypted(&mut self, output: secure::Output, now: Instant) {
        match output {
            secure::Output::Item(_) | secure::Output::Ack(_) | secure::Output::Resume(_) => {
                self.handle_delivery(output, now);
            }
            secure::Output::Typing(typing) => {
                // Behind what was said before it.
                if !self.is_failing() {
                    self.commit(now);
                }
                // Only the newest counts, if the window has not taken the last one.
                if let Some(Event::Typing(last)) = self.backlog.back_mut() {
                    *last = typing;
                } else {
                    self.report(Event::Typing(typing));
                }
            }
            secure::Output::Open(hello) => self.handle_hello(hello, now),
            secure::Output::Sent(tag) => self.handle_sent(tag),
            // It waits in the store for the next connection.
            secure::Output::NotSent(_)
            // Only `report_outputs` can act on this; after the end it means nothing.
            | secure::Output::Over(_)
            // These are said before the session begins.
            | secure::Output::Knocked { .. }
            | secure::Output::Waiting { .. } => {}
        }
    }

    fn handle_timeouts(&mut self, now: Instant) {
        if let Some(conversation) = &mut self.conversation {
            conversation.handle_timeout(now);
        }
        self.report_outputs(now);
        self.lingering.handle_timeout(now);
        if let Some(dial) = &mut self.dial
            && let Err(error) = dial.handle_timeout(now, self.poll.registry(), &mut self.tokens)
        {
            self.fail_dial(error, now);
        }
        self.handle_redial_timeout(now);
        self.handle_calling_timeout(now);
        self.handle_callers_timeout(now);
        let refused = &mut self.refused;
        if refused.count > 0
            && refused.next_report.is_none_or(|at| at <= now)
            && let Some((from, why)) = refused.last
        {
            let count = std::mem::take(&mut refused.count);
            refused.next_report = Some(now + TURNED_AWAY_REPORT);
            self.report(Event::TurnedAway { why, from, count });
        }
    }

    fn fail_dial(&mut self, error: ConnectError, now: Instant) {
        if let Some(dial) = self.dial.take() {
            self.fail_call(dial.call, error, now);
        }
    }

    fn report(&mut self, event: Event) {
        match event.stored_in() {
            // The window is told to read the store instead.
            Some(party) if self.is_window_behind() => {
                self.untold.insert(party.clone());
            }
            _ => self.backlog.push_back(event),
        }
    }

    fn report_all(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.report(event);
        }
    }

    /// Moves events to the channel as far as there is room, and wakes the window for them.
    fn flush_events(&mut self) {
        if !self.is_window_behind() {
            for party in std::mem::take(&mut self.untold) {
                self.report(Event::Changed(party));
            }
        }
        self.server.flush(&mut self.backlog);
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
