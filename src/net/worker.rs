//! The one loop that touches sockets and the clock: polls, carries out commands, reports events.

mod admission;
mod callers;
mod calling;
mod calls;
mod clearing;
mod conversation;
mod home;
mod keeping;
mod listening;
mod redial;

use crate::mailbox::Server;
use crate::net::socket::tokens::Tokens;
use std::{
    collections::VecDeque,
    io::ErrorKind,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use crossbeam_channel::TryRecvError;
use mio::{Events, Poll, Token, Waker};

use crate::{
    endpoint::Endpoint,
    net::{
        Backoff, Command, ConnectError, EndReason, Event, ListenError, Options, Preferences,
        TurnedAway,
        protocol::{
            admission::Silenced,
            frame::TEXT_CAP,
            plain::{Format, is_exit},
            session::Output,
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
            conversation::Conversation,
        },
    },
    store::Store,
};
use callers::Caller;
use clearing::Clearing;
use home::Home;
use keeping::Keeping;
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
    keeping: Keeping,
    clearing: Clearing,
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
    conversation: Option<Conversation>,
    /// When the conversation was last read dry for a newcomer.
    settled_at: Option<Instant>,
    lingering: Lingering,
    /// What both clocks showed in the last turn.
    clocks: Option<(Instant, SystemTime)>,
    /// Events for which the channel had no room.
    backlog: VecDeque<Event>,
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
            home: Home::new(options.folder, options.notifier),
            keeping: Keeping::default(),
            clearing: Clearing::default(),
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
                self.keep(now);
                self.clear_at_end(clock);
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
            self.keep(now);
            self.clear_some(now);
            self.write_calling(now);
            self.write_conversation(now);
            self.lingering.read();
            self.flush_events();
        }
    }

    /// How long the poll may wait: not at all while there is something to do.
    fn patience(&self, now: Instant) -> Option<Duration> {
        let readable = self
            .conversation
            .as_ref()
            .is_some_and(Conversation::is_readable);
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
        if wanted || self.lingering.is_readable() || self.clearing.is_busy(self.home.store.as_ref())
        {
            return Some(Duration::ZERO);
        }
        let deadlines = [
            self.conversation
                .as_ref()
                .and_then(Conversation::poll_deadline),
            self.dial.as_ref().map(Dial::poll_deadline),
            self.listener.as_ref().and_then(Listener::poll_deadline),
            self.lingering.poll_deadline(),
            self.callers_deadline(),
            self.calling
                .as_ref()
                .and_then(|calling| calling.session.poll_deadline()),
            self.crossed.as_ref().map(|crossed| crossed.until),
            self.keeping.poll_deadline(),
            self.clearing.poll_deadline(),
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
            Command::Send { id, text, charset } => match &mut self.conversation {
                // In a gap nobody is there to be told, and the word means the end all the same.
                Some(conversation) if conversation.is_in_gap() && is_exit(&text) => {
                    self.report(Event::NotSent(id));
                    self.finish_conversation(EndReason::ExitSent, now);
                    self.stop_listening(now);
                }
                Some(conversation) => {
                    if let Some(to) = conversation.key() {
                        self.handle_command(Command::Write { id, to, text }, now);
                    } else {
                        conversation.send(id, &text, charset);
                        let party = conversation.party();
                        if self.can_window_read() {
                            self.keeping.write_plain(id, party, text, charset);
                        }
                    }
                }
                None => self.report(Event::NotSent(id)),
            },
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
            Command::Write { id, to, text } if text.len() <= TEXT_CAP => {
                self.keeping.write(id, to, text);
            }
            Command::Write { id, .. } => self.report(Event::NotSent(id)),
            Command::TakeBack { to, row } => self.take_back(to, row),
            Command::TryNow => self.redial_now(now),
            Command::SetDraft(party, draft) => self.set_draft(&party, &draft),
            Command::SetRead(party, row) => self.set_read(&party, row),
            Command::Clear(party) => self.clear(party),
            Command::Salvage(path) => self.salvage(&path),
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
            let readable = self
                .conversation
                .as_ref()
                .is_some_and(Conversation::is_readable);
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
        self.conversation
            .as_ref()
            .is_some_and(|conversation| conversation.acquaintance.is_none())
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
        self.home.store.as_ref().is_some_and(Store::is_durable)
    }

    /// Whether something could not be kept, and is to be tried again later.
    fn is_failing(&self) -> bool {
        self.keeping.poll_deadline().is_some()
    }

    fn notice_sleep(&mut self, now: Instant) {
        let wall = SystemTime::now();
        let (then, wall_then) = self.clocks.replace((now, wall)).unwrap_or((now, wall));
        let by_the_wall = wall.duration_since(wall_then).unwrap_or_default();
        if by_the_wall > now.saturating_duration_since(then) + SLEPT {
            tracing::info!(?by_the_wall, "the computer has slept, or its clock was set");
            if let Some(session) = self
                .conversation
                .as_mut()
                .and_then(Conversation::secure_session)
            {
                session.handle_sleep(now);
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
        self.keep(now);
        if let Some(conversation) = &mut self.conversation {
            conversation.end(why, now);
        }
    }

    fn finish_conversation(&mut self, why: EndReason, now: Instant) {
        if self.conversation.is_none() {
            return;
        }
        self.keep_now(now);
        if let Some(conversation) = &mut self.conversation {
            conversation.close(why, &mut self.lingering, now);
        }
        while let Some(output) = self
            .conversation
            .as_mut()
            .and_then(Conversation::poll_output)
        {
            self.report_output(output, now);
        }
        self.keep_now(now);
        if let Some(conversation) = self.conversation.take() {
            self.report(Event::Ended(why));
            self.keeping.forget_plain();
            self.clear_over(&conversation.party());
            self.redial_after(why, &conversation, now);
        }
    }

    fn report_outputs(&mut self, now: Instant) {
        while let Some(output) = self
            .conversation
            .as_mut()
            .and_then(Conversation::poll_output)
        {
            let Output::Over(why) = output else {
                self.report_output(output, now);
                continue;
            };
            self.finish_conversation(why, now);
            // As in the original programs: the word ends the server too.
            if matches!(why, EndReason::ExitReceived | EndReason::ExitSent) {
                self.stop_listening(now);
            }
        }
    }

    fn report_output(&mut self, output: Output, now: Instant) {
        match output {
            Output::Message(decoded, end) => self.hear_plain(decoded, end),
            Output::Item(_) | Output::Ack(_) | Output::Resume(_) => {
                self.handle_delivery(output, now);
            }
            Output::Typing(typing) => {
                // Behind what was said before it.
                if !self.is_failing() {
                    self.keep_now(now);
                }
                // Only the newest counts, if the window has not taken the last one.
                if let Some(Event::Typing(last)) = self.backlog.back_mut() {
                    *last = typing;
                } else {
                    self.report(Event::Typing(typing));
                }
            }
            Output::Open(hello) => self.handle_hello(hello, now),
            Output::Sent(id) => self.handle_sent(id),
            Output::NotSent(id) => self.handle_not_sent(id),
            // Only `report_outputs` can act on this; behind the end it means nothing.
            Output::Over(_) => {}
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
        self.backlog.push_back(event);
    }

    /// Moves events to the channel as far as there is room, and wakes the window for them.
    fn flush_events(&mut self) {
        if !self.is_window_behind() {
            for party in self.keeping.take_untold() {
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
