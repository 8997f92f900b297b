//! The real program's network side as a person at its window would use it, and the peers it talks
//! with. Waits for what happens, never for time to pass; every wait has an end.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod line_peer;
pub mod original;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use duologue::net::{
    Command, Drained, EndReason, Event, Handle, ListenError, Listening, MessageId, Origin,
    SendError,
    charset::{Charset, Decoded},
    endpoint::Endpoint,
    plain::LineEnd,
    session::Format,
};

/// Longer than anything here takes on a busy machine; a wait that reaches it has failed.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// "Hello! What are you up to today?": one and two byte characters in CP949, one and three in UTF-8.
pub const KOREAN: &str = "안녕하세요! 오늘 뭐 해?";
/// [`KOREAN`] in CP949.
pub const KOREAN_CP949: &[u8] =
    b"\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4! \xbf\xc0\xb4\xc3 \xb9\xb9 \xc7\xd8?";

/// The worker and what it has reported.
pub struct Program {
    handle: Handle,
    woken: Receiver<()>,
    /// All that was taken so far, oldest first.
    pub history: Vec<Event>,
}

impl Program {
    pub fn start() -> Self {
        let (wake, woken) = crossbeam_channel::bounded(1);
        let handle = duologue::net::spawn(move || {
            // A full channel means that the wake-up before this one was not seen yet.
            let _already_woken = wake.try_send(());
        })
        .expect("the worker starts");
        Self {
            handle,
            woken,
            history: Vec::new(),
        }
    }

    /// One that listens on a free port of 127.0.0.1.
    pub fn listening() -> (Self, u16) {
        let mut program = Self::start();
        let port = program.listen();
        (program, port)
    }

    /// Asks the worker for something, waiting while it has too much to do.
    pub fn ask(&self, command: &Command) {
        let deadline = clock() + PATIENCE;
        while let Err(error) = self.handle.send(command.clone()) {
            assert_eq!(error, SendError::Busy);
            assert!(clock() < deadline, "the worker takes no more commands");
            std::thread::yield_now();
        }
    }

    /// Listens on a free port of 127.0.0.1 and says which.
    pub fn listen(&mut self) -> u16 {
        self.listen_at("127.0.0.1", 0)
            .expect("127.0.0.1 can be listened on")
            .at
            .port
    }

    /// Listens, or says why not and where instead.
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

    /// Calls 127.0.0.1.
    pub fn connect(&self, port: u16) {
        self.ask(&Command::Connect(endpoint("127.0.0.1", port)));
    }

    /// How this program writes and reads from now on.
    pub fn set_line_end(&self, end: LineEnd) {
        self.ask(&Command::SetFormat(Format {
            line_end: Some(end),
            ..Format::default()
        }));
    }

    pub fn send(&self, id: u64, text: &str, charset: Charset) {
        self.ask(&Command::Send {
            id: MessageId(id),
            text: text.to_owned(),
            charset,
        });
    }

    /// Sends in UTF-8 and waits until the message is out.
    pub fn say(&mut self, id: u64, text: &str) {
        self.send(id, text, Charset::UTF_8);
        self.sent(id);
    }

    /// The next event. One at a time is taken, so that a test can be a slow window.
    #[track_caller]
    pub fn next_event(&mut self) -> Event {
        self.event_within(PATIENCE)
            .unwrap_or_else(|| panic!("nothing came; so far: {:?}", self.recent()))
    }

    /// The next event, if it comes in this time.
    pub fn event_within(&mut self, patience: Duration) -> Option<Event> {
        let deadline = clock() + patience;
        loop {
            let mut next = None;
            let drained = self.handle.drain(|event| {
                next = Some(event);
                false
            });
            assert_ne!(drained, Drained::Gone, "the worker is gone");
            if let Some(event) = next {
                self.history.push(event.clone());
                return Some(event);
            }
            self.woken.recv_deadline(deadline).ok()?;
        }
    }

    /// Passes over events up to the one that is looked for. What was passed over is in `history`.
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

    #[track_caller]
    pub fn connected(&mut self) -> (SocketAddr, Origin) {
        self.expect("Connected", |event| match event {
            Event::Connected { peer, origin } => Some((*peer, *origin)),
            _ => None,
        })
    }

    #[track_caller]
    pub fn message(&mut self) -> (Decoded, LineEnd) {
        self.expect("Message", |event| match event {
            Event::Message { decoded, end, .. } => Some((decoded.clone(), *end)),
            _ => None,
        })
    }

    /// The next message, as text.
    #[track_caller]
    pub fn hear(&mut self) -> String {
        self.message().0.text
    }

    #[track_caller]
    pub fn sent(&mut self, id: u64) {
        self.expect("Sent", |event| match event {
            Event::Sent(MessageId(of)) if *of == id => Some(Ok(())),
            Event::NotSent(MessageId(of)) if *of == id => Some(Err(())),
            _ => None,
        })
        .unwrap_or_else(|()| panic!("message {id} was not sent"));
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

    /// How many of the events taken so far are such.
    pub fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.history.iter().filter(|event| is(event)).count()
    }

    /// Fails unless exactly one conversation was begun, and as many ended as said.
    #[track_caller]
    pub fn assert_one_conversation(&self, ended: usize) {
        let connected = self.count(|event| matches!(event, Event::Connected { .. }));
        let over = self.count(|event| matches!(event, Event::Ended(_)));
        assert_eq!((connected, over), (1, ended), "{:?}", self.recent());
    }

    /// Takes all that comes, without keeping it, until `take` has had enough. Patient between any
    /// two events.
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

pub fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint {
        host: host.to_owned(),
        port,
    }
}

pub fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Fails unless nobody listens there any more.
#[track_caller]
pub fn assert_refused(port: u16) {
    match TcpStream::connect(local(port)) {
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused),
        Ok(_) => panic!("somebody still listens on {port}"),
    }
}

/// A socket that gives up after [`PATIENCE`] rather than hang.
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

/// A caller on this computer.
pub fn call(port: u16) -> TcpStream {
    patient(TcpStream::connect(local(port)).expect("the program listens"))
}

/// A named thread.
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
