//! Runs the real worker as a window would, and the peers it talks with. Waits for events, never for time to pass, and
//! every wait has a limit.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod line_peer;
pub mod messages;
pub mod peer;

use messages::Who;

use duologue::{
    endpoint::Endpoint,
    identity::{Contact, IdentityError, Name, PeerId, PublicKey, invite::Invite},
    mailbox::{Drained, SendError},
    net::{
        Backoff, Call, Command, ConnectError, ContactChange, EndReason, Event, Handle, How,
        JoinRequest, ListenError, Listening, Options, Origin, Preferences, Rejection, Siblings,
        protocol::{plain::Format, secure::HANDSHAKE},
    },
    profile::Profile,
    store::State,
    text::{
        charset::{Charset, Decoded},
        line_end::LineEnd,
    },
};
use std::{
    collections::BTreeMap,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;

/// Time limit for everything that must happen. It is ten times the longest time limit of the program that a test
/// waits for (10 s), because a wait that succeeds ends at once, however long it may take.
pub const PATIENCE: Duration = Duration::from_secs(100);

/// Time limit for what must not wait for a silent peer, and seldom takes 100 ms. The program itself waits 10 s for
/// a silent peer.
pub const AT_ONCE: Duration = Duration::from_secs(5);

/// Time limit for giving up on a peer that does not go on with the handshake. The program's next longer time limit
/// is 45 s.
pub const GIVING_UP: Duration = HANDSHAKE.saturating_mul(3);

/// Time limit for closing the window, which takes at most 800 ms on an idle machine: 300 ms to send what is left
/// and 500 ms until the peer closes, too.
pub const CLOSING: Duration = Duration::from_secs(3);

/// "Hello! What are you up to today?": one and two byte characters in CP949, one and three in UTF-8.
pub const KOREAN: &str = "안녕하세요! 오늘 뭐 해?";
/// [`KOREAN`] in CP949.
pub const KOREAN_CP949: &[u8] =
    b"\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4! \xbf\xc0\xb4\xc3 \xb9\xb9 \xc7\xd8?";

/// A running worker and what it has reported.
pub struct Program {
    handle: Handle,
    woken: Receiver<()>,
    /// The key that it reported at its start.
    pub identity: Result<PublicKey, IdentityError>,
    /// The events up to the end of its start.
    pub beginning: Vec<Event>,
    /// The contacts that it reported last.
    pub contacts: Arc<[Contact]>,
    /// The events taken since its start, oldest first, except those in `ledger`.
    pub history: Vec<Event>,
    /// The events that are only about the store.
    pub ledger: Vec<Event>,
    /// Number of events in `ledger` that `expect_kept` has passed.
    looked_at: usize,
    /// Whom a conversation is going on with.
    peer_id: Option<PeerId>,
    /// The ids of messages that were stored, by conversation and row.
    ids: BTreeMap<(PeerId, u64), u64>,
    /// Whether all callers count as profiles of the same data folder, so that nobody is asked about.
    all_are_siblings: Arc<AtomicBool>,
}

/// Whether this event is only about the store.
fn is_of_the_store(event: &Event) -> bool {
    matches!(event, Event::Outbox(_))
        || messages::stored(event).is_some()
        || messages::settled(event).is_some()
}

impl Program {
    /// Starts a program that keeps nothing on the disk.
    pub fn start() -> Self {
        Self::start_in(None)
    }

    /// Starts a program with this data folder, or with none.
    pub fn start_in(folder: Option<&Path>) -> Self {
        Self::start_with(folder.map(Path::to_owned).into())
    }

    /// Starts a program with this data folder, which redials after 10 to 80 ms.
    pub fn start_impatient(folder: &Path) -> Self {
        Self::start_with(Options {
            folder: Some(folder.to_owned()),
            backoff: Backoff {
                first: Duration::from_millis(10),
                most: Duration::from_millis(80),
            },
            ..Options::default()
        })
    }

    /// Starts a program with these options.
    pub fn start_with(mut options: Options) -> Self {
        let all_are_siblings = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&all_are_siblings);
        options.siblings = Siblings::by(move |_| flag.load(Ordering::Relaxed));
        // All test peers call from one address.
        options.question_pause = Duration::ZERO;
        Self::start_flagged(options, all_are_siblings)
    }

    /// Starts a program in this profile of the data folder `base`, as `main` does.
    pub fn start_profile(profile: &Profile, base: &Path) -> Self {
        let options = Options {
            folder: Some(profile.folder.clone()),
            siblings: Siblings::in_folder(base.to_owned()),
            ..Options::default()
        };
        Self::start_flagged(options, Arc::default())
    }

    /// Starts a program that asks about callers no more often than it does for a person.
    pub fn start_patient() -> Self {
        Self::start_flagged(Options::default(), Arc::default())
    }

    fn start_flagged(options: Options, all_are_siblings: Arc<AtomicBool>) -> Self {
        let (wake, woken) = crossbeam_channel::bounded(1);
        let handle = duologue::net::spawn(options, move || {
            // A full channel means that the previous wake-up was not seen yet.
            let _already_woken = wake.try_send(());
        })
        .expect("the worker starts");
        let mut program = Self {
            handle,
            woken,
            identity: Err(IdentityError::NoRandomness),
            beginning: Vec::new(),
            contacts: Arc::new([]),
            history: Vec::new(),
            ledger: Vec::new(),
            looked_at: 0,
            peer_id: None,
            ids: BTreeMap::new(),
            all_are_siblings,
        };
        // The worker first reports its key and its contacts.
        program.identity = program.expect("Identity", |event| match event {
            Event::Identity(identity) => Some(identity.clone()),
            _ => None,
        });
        program.expect("Contacts", |event| {
            matches!(event, Event::Contacts(_)).then_some(())
        });
        program.beginning = std::mem::take(&mut program.history);
        program
    }

    /// Starts a program that listens on a free port of 127.0.0.1 and admits every caller.
    pub fn listening() -> (Self, u16) {
        let mut program = Self::start();
        let port = program.listen();
        (program, port)
    }

    /// Sends a command, waiting while the worker is busy.
    pub fn ask(&self, command: &Command) {
        let deadline = clock() + PATIENCE;
        while let Err(error) = self.handle.send(command.clone()) {
            assert_eq!(error, SendError::Busy);
            assert!(clock() < deadline, "the worker takes no more commands");
            std::thread::yield_now();
        }
    }

    /// Listens on a free port of 127.0.0.1, admits every caller without a question, and returns the port.
    pub fn listen(&mut self) -> u16 {
        self.all_are_siblings.store(true, Ordering::Relaxed);
        self.listen_at("127.0.0.1", 0)
            .expect("127.0.0.1 can be listened on")
            .at
            .port
    }

    /// Listens, or returns why that failed and which address is proposed instead.
    pub fn listen_at(
        &mut self,
        host: &str,
        port: u16,
    ) -> Result<Listening, (ListenError, Option<Endpoint>)> {
        self.ask(&Command::Listen(endpoint(host, port)));
        self.expect("an answer to Listen", |event| match event {
            Event::Listening(listening) => Some(Ok(listening.clone())),
            Event::ListenFailed { error, instead, .. } => Some(Err((*error, instead.clone()))),
            _ => None,
        })
    }

    /// Listens on all addresses, so that strangers have to ask, and returns the port.
    pub fn listen_widely(&mut self) -> u16 {
        self.all_are_siblings.store(false, Ordering::Relaxed);
        let listening = self.listen_at("0.0.0.0", 0).expect("a port");
        assert!(!listening.only_here);
        listening.at.port
    }

    /// Starts a program that listens on all addresses.
    pub fn listening_widely() -> (Self, u16) {
        let mut program = Self::start();
        let port = program.listen_widely();
        (program, port)
    }

    /// Calls 127.0.0.1 in plain text.
    pub fn connect(&self, port: u16) {
        self.call(port, How::Plain);
    }

    /// Calls 127.0.0.1.
    pub fn call(&self, port: u16, how: How) {
        let to = endpoint("127.0.0.1", port);
        self.ask(&Command::Connect(Call { how, ..plain(to) }));
    }

    /// Its own key.
    #[track_caller]
    pub fn key(&self) -> PublicKey {
        self.identity.clone().expect("a key")
    }

    /// The contact with this key, as reported last.
    pub fn known(&self, key: PublicKey) -> Option<Contact> {
        self.contacts
            .iter()
            .find(|contact| contact.key == key)
            .cloned()
    }

    /// Changes the contact with this key and waits until that is reported.
    #[track_caller]
    pub fn change(&mut self, key: PublicKey, change: ContactChange) {
        self.ask(&Command::ChangeContact(key, change));
        self.expect("Contacts", |event| {
            matches!(event, Event::Contacts(_)).then_some(())
        });
    }

    /// Sets its own name and whether it accepts plain text callers.
    pub fn set_preferences(&self, name: &str, allow_plain: bool) {
        self.ask(&Command::SetPreferences(Preferences {
            name: Name::new(name),
            allow_plain,
            keep_history: true,
            read_marks: true,
            accept_files: None,
        }));
    }

    /// Makes an invite, if it can.
    #[track_caller]
    pub fn invite(&mut self) -> Option<Invite> {
        self.ask(&Command::MakeInvite);
        self.expect("Invite", |event| match event {
            Event::Invite(invite) => Some(invite.clone()),
            _ => None,
        })
    }

    /// Waits until everything that has arrived so far is handled and reported. The events are in `history`.
    #[track_caller]
    pub fn settle(&mut self) {
        // The first answer shows that one turn of the worker has ended. In the next turn it reads its sockets before
        // it takes commands.
        for _ in 0..2 {
            self.invite();
        }
    }

    /// Sets the line end that this program uses from now on.
    pub fn set_line_end(&self, end: LineEnd) {
        self.ask(&Command::SetFormat(Format {
            line_end: Some(end),
            ..Format::default()
        }));
    }

    /// Sends a message to the peer of the conversation that is going on, or else to an address where nobody is.
    pub fn send(&self, id: u64, text: &str, charset: Charset) {
        let nobody = || PeerId::Address("192.0.2.1".into());
        let to = self.peer_id.clone().unwrap_or_else(nobody);
        self.ask(&messages::send(id, to, text, charset));
    }

    /// Sends a message in UTF-8 and waits until it was sent.
    pub fn say(&mut self, id: u64, text: &str) {
        self.send(id, text, Charset::UTF_8);
        self.sent(id);
    }

    /// The next event. Takes one at a time, so that a test can act as a slow window.
    #[track_caller]
    pub fn next_event(&mut self) -> Event {
        self.event_within(PATIENCE)
            .unwrap_or_else(|| panic!("nothing came; so far: {:?}", self.recent()))
    }

    /// The next event, if it arrives within this time.
    pub fn event_within(&mut self, patience: Duration) -> Option<Event> {
        let deadline = clock() + patience;
        loop {
            let event = self.take_by(deadline)?;
            if !is_of_the_store(&event) {
                return Some(event);
            }
        }
    }

    /// The next event of any kind, which is added to `history` or `ledger`.
    fn take_by(&mut self, deadline: Instant) -> Option<Event> {
        loop {
            let mut next = None;
            let drained = self.handle.drain(|event| {
                next = Some(event);
                false
            });
            assert_ne!(drained, Drained::Gone, "the worker is gone");
            if let Some(event) = next {
                self.note(&event);
                let log = if is_of_the_store(&event) {
                    &mut self.ledger
                } else {
                    &mut self.history
                };
                log.push(event.clone());
                return Some(event);
            }
            self.woken.recv_deadline(deadline).ok()?;
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Contacts(contacts) => self.contacts = Arc::clone(contacts),
            Event::Connected { peer_id, .. } => self.peer_id = Some(peer_id.clone()),
            Event::Ended(_) => self.peer_id = None,
            Event::Stored { id, peer_id, row } => {
                self.ids.insert((peer_id.clone(), row.number()), id.0);
            }
            _ => {}
        }
    }

    /// The id of the message that this event says was sent.
    pub fn sent_id(&self, event: &Event) -> Option<u64> {
        let stored = messages::sent(event).and_then(|sent| self.ids.get(&sent).copied());
        stored.or_else(|| messages::sent_unstored(event))
    }

    /// Passes over what it said of its store up to what is looked for. What else it says stays in `history`.
    #[track_caller]
    pub fn expect_kept<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let deadline = clock() + PATIENCE;
        loop {
            while let Some(event) = self.ledger.get(self.looked_at) {
                self.looked_at += 1;
                if let Some(found) = pick(event) {
                    return found;
                }
            }
            assert!(
                self.take_by(deadline).is_some(),
                "no {what}; so far: {:?} and {:?}",
                self.ledger,
                self.recent()
            );
        }
    }

    /// Sends a message to the holder of this key, whether it is there or not. Does not wait for anything.
    pub fn ask_to_write(&self, id: u64, to: PublicKey, text: &str) {
        self.ask(&messages::write(id, to, text));
    }

    /// Sends a message to the holder of this key, whether it is there or not, and returns its row.
    #[track_caller]
    pub fn write(&mut self, id: u64, to: PublicKey, text: &str) -> u64 {
        self.ask_to_write(id, to, text);
        self.expect_kept("Stored", |event| {
            messages::stored(event)
                .filter(|(of, _)| *of == id)
                .map(|(_, row)| row)
        })
    }

    /// Sends these messages, numbered from `first_id`, and returns the row of the last one. The disk is waited for once in
    /// a hundred messages.
    #[track_caller]
    pub fn write_all(&mut self, first_id: u64, to: PublicKey, texts: &[String]) -> u64 {
        let mut row = 0;
        let mut ids = first_id..;
        for texts in texts.chunks(100) {
            let (last, others) = texts.split_last().expect("no chunk is empty");
            for (id, text) in ids.by_ref().zip(others) {
                self.ask_to_write(id, to, text);
            }
            row = self.write(ids.next().expect("an id"), to, last);
        }
        row
    }

    /// Asks to recall a message to the holder of this key. Does not wait for anything.
    pub fn recall(&self, to: PublicKey, row: u64) {
        self.ask(&messages::recall(to, row));
    }

    /// The next state that is reported for this message.
    #[track_caller]
    pub fn settled(&mut self, row: u64) -> State {
        self.expect_kept("Settled", |event| {
            let rows = messages::settled(event)?;
            rows.into_iter()
                .find(|(of, _)| *of == row)
                .map(|(_, state)| state)
        })
    }

    /// Waits for an event. Those that were passed over are in `history`.
    #[track_caller]
    pub fn expect<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let from = self.history.len();
        let deadline = clock() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(clock());
            let Some(event) = self.event_within(left) else {
                panic!(
                    "no {what}; since then: {:?}",
                    self.history.get(from..).unwrap_or_default()
                );
            };
            if let Some(found) = pick(&event) {
                return found;
            }
        }
    }

    /// The next request to join.
    #[track_caller]
    pub fn asked(&mut self) -> JoinRequest {
        self.expect("Asked", |event| match event {
            Event::JoinRequested(ask) => Some(ask.clone()),
            _ => None,
        })
    }

    pub fn answer(&self, ask: &JoinRequest, admit: bool) {
        self.ask(&Command::Answer {
            request: ask.id,
            admit,
        });
    }

    /// Accepts the next request to join.
    #[track_caller]
    pub fn admit(&mut self) -> JoinRequest {
        let ask = self.asked();
        self.answer(&ask, true);
        ask
    }

    #[track_caller]
    pub fn connected(&mut self) -> (SocketAddr, Origin) {
        self.expect("Connected", |event| match event {
            Event::Connected { peer, origin, .. } => Some((*peer, *origin)),
            _ => None,
        })
    }

    /// The peer of the next conversation.
    #[track_caller]
    pub fn connected_with(&mut self) -> Who {
        self.expect("Connected", |event| Some(messages::connected(event)?.1))
    }

    #[track_caller]
    pub fn connect_failed(&mut self) -> ConnectError {
        self.expect("ConnectFailed", |event| match event {
            Event::ConnectFailed { error, .. } => Some(*error),
            _ => None,
        })
    }

    #[track_caller]
    pub fn rejected(&mut self) -> Rejection {
        self.expect("CallersRejected", |event| match event {
            Event::CallersRejected { why, .. } => Some(*why),
            _ => None,
        })
    }

    /// The name that an encrypted peer has sent.
    #[track_caller]
    pub fn named(&mut self) -> String {
        self.expect("Named", |event| match event {
            Event::Named(name) => Some(name.clone()),
            _ => None,
        })
    }

    /// The next message of an encrypted peer.
    #[track_caller]
    pub fn text(&mut self) -> String {
        self.received().text
    }

    /// The next message of an encrypted peer, with its time and its row.
    #[track_caller]
    pub fn received(&mut self) -> messages::Received {
        self.expect("a text", messages::text)
    }

    /// The next report of messages that went to another copy of the data: how many, and the row that says so.
    #[track_caller]
    pub fn missed(&mut self) -> (u64, u64) {
        self.expect("Missed", messages::missed)
    }

    /// Waits for this message of an encrypted peer and returns its row.
    #[track_caller]
    pub fn text_behind(&mut self, last: &str) -> u64 {
        self.expect("that text", |event| {
            messages::text(event)
                .filter(|heard| heard.text == last)
                .map(|heard| heard.row)
        })
    }

    /// All messages of encrypted peers so far.
    pub fn texts(&self) -> Vec<String> {
        let texts = self.history.iter().filter_map(messages::text);
        texts.map(|heard| heard.text).collect()
    }

    #[track_caller]
    pub fn message(&mut self) -> (Decoded, LineEnd) {
        self.expect("a message", messages::plain_text)
    }

    /// The text of the next message in plain text.
    #[track_caller]
    pub fn hear(&mut self) -> String {
        self.message().0.text
    }

    /// Waits for this message in plain text.
    #[track_caller]
    pub fn hear_up_to(&mut self, last: &str) {
        while self.hear() != last {}
    }

    #[track_caller]
    pub fn sent(&mut self, id: u64) {
        let deadline = clock() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(clock());
            let event = self.event_within(left);
            let event = event.unwrap_or_else(|| panic!("{id} is not out: {:?}", self.recent()));
            assert_ne!(messages::not_sent(&event), Some(id), "it was not sent");
            if self.sent_id(&event) == Some(id) {
                return;
            }
        }
    }

    /// Waits until this message is reported as not sent.
    #[track_caller]
    pub fn not_sent(&mut self, id: u64) {
        self.expect("NotSent", |event| {
            (messages::not_sent(event) == Some(id)).then_some(())
        });
    }

    /// Waits until the peer is reported to send no more.
    #[track_caller]
    pub fn peer_finished(&mut self) {
        self.expect("PeerFinished", |event| {
            (*event == Event::PeerFinished).then_some(())
        });
    }

    #[track_caller]
    pub fn ended(&mut self) -> EndReason {
        self.expect("Ended", |event| match event {
            Event::Ended(why) => Some(*why),
            _ => None,
        })
    }

    #[track_caller]
    pub fn listening_stopped(&mut self) {
        self.expect("ListeningStopped", |event| {
            matches!(event, Event::ListeningStopped).then_some(())
        });
    }

    /// How many events so far have shown a caller to the person.
    pub fn count_callers(&self) -> usize {
        self.count(|event| {
            matches!(
                event,
                Event::JoinRequested(_) | Event::CallersRejected { .. } | Event::Connected { .. }
            )
        })
    }

    /// The number of events so far for which this is true.
    pub fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.history.iter().filter(|event| is(event)).count()
    }

    /// Fails unless exactly one conversation has begun and `ended` have ended.
    #[track_caller]
    pub fn assert_one_conversation(&self, ended: usize) {
        let connected = self.count(|event| matches!(event, Event::Connected { .. }));
        let over = self.count(|event| matches!(event, Event::Ended(_)));
        assert_eq!((connected, over), (1, ended), "{:?}", self.recent());
    }

    /// Hands events to `take` until it returns true, without keeping them. The time limit is for each event.
    #[track_caller]
    pub fn drain_until(&self, mut take: impl FnMut(Event) -> bool) {
        let mut enough = false;
        loop {
            let drained = self.handle.drain(|event| {
                enough = take(event);
                !enough
            });
            assert_ne!(drained, Drained::Gone, "the worker is gone");
            if enough {
                return;
            }
            self.woken.recv_timeout(PATIENCE).expect("more comes");
        }
    }

    fn recent(&self) -> &[Event] {
        self.history
            .get(self.history.len().saturating_sub(20)..)
            .unwrap_or_default()
    }
}

/// Lets `caller` call `listener` on this port and be accepted, so that each becomes a contact of the other. They stay
/// connected.
#[track_caller]
pub fn introduce(caller: &mut Program, listener: &mut Program, port: u16) {
    caller.call(port, How::Encrypted);
    let ask = listener.admit();
    assert_eq!(messages::who_asks(&ask), Who::Key(caller.key()));
    assert_eq!(listener.connected_with(), Who::Key(caller.key()));
    assert_eq!(caller.connected_with(), Who::Key(listener.key()));
    listener.named();
    caller.named();
}

/// Lets `one` hang up and waits until both have reported the end.
#[track_caller]
pub fn part(one: &mut Program, other: &mut Program) {
    one.ask(&Command::Disconnect);
    assert_eq!(one.ended(), EndReason::Disconnected);
    assert_eq!(other.ended(), EndReason::PeerLeft);
}

pub fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint {
        host: host.to_owned(),
        port,
    }
}

/// A call in plain text.
pub fn plain(to: Endpoint) -> Call {
    Call {
        to,
        also: Vec::new(),
        how: How::Plain,
    }
}

pub fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Fails if anyone listens on this port.
#[track_caller]
pub fn assert_refused(port: u16) {
    match TcpStream::connect(local(port)) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
        Ok(_) => panic!("somebody still listens on {port}"),
    }
}

/// Sets the time limits of a socket to [`PATIENCE`].
pub fn patient(stream: TcpStream) -> TcpStream {
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a read timeout");
    stream
        .set_write_timeout(Some(PATIENCE))
        .expect("a write timeout");
    stream.set_nodelay(true).expect("no delay");
    stream
}

/// Calls this port of 127.0.0.1.
pub fn call(port: u16) -> TcpStream {
    patient(TcpStream::connect(local(port)).expect("the program listens"))
}

/// The next caller. Makes the listener non-blocking.
#[track_caller]
pub fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("non-blocking");
    let watched = listener.try_clone().expect("a clone");
    let mut watched = mio::net::TcpListener::from_std(watched);
    let mut poll = mio::Poll::new().expect("a poll");
    poll.registry()
        .register(&mut watched, mio::Token(0), mio::Interest::READABLE)
        .expect("registered");
    let mut ready = mio::Events::with_capacity(1);
    let deadline = clock() + PATIENCE;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).expect("blocking");
                return stream;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("nobody can call: {error}"),
        }
        let left = deadline.saturating_duration_since(clock());
        assert!(!left.is_zero(), "nobody calls");
        poll.poll(&mut ready, Some(left)).expect("the poll");
    }
}

/// Starts a named thread.
pub fn thread<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .expect("a thread")
}

#[expect(clippy::disallowed_methods, reason = "these tests run in real time")]
pub fn clock() -> Instant {
    Instant::now()
}
