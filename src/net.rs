//! The border between the window and the network: commands go in, events come out.
//!
//! One named worker thread owns every socket. Both channels are bounded; the window never waits:
//! [`Handle::send`] fails rather than block, and when the window is slow to take events, the
//! worker stops reading sockets, so that TCP slows the peer down.
//!
//! Must not know egui: the window is woken through a boxed closure.

mod admission;
mod calling;
pub mod charset;
mod conversation;
pub mod delivery;
mod dial;
pub mod endpoint;
pub mod frame;
mod linger;
mod listen;
pub mod plain;
mod resolve;
pub mod secure;
mod session;
mod socket;
mod worker;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, SystemTime},
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};

use charset::{Charset, Decoded};
use endpoint::Endpoint;
use plain::{Format, LineEnd};

use crate::{
    history::Kick,
    identity::{
        IdentityError, PublicKey,
        invite::{Invite, Token},
    },
    store::{KnownPeer, Party, State, StoreError},
};

/// Commands that may wait for the worker.
const COMMANDS: usize = 256;
/// Events that may wait for the window.
const EVENTS: usize = 1024;

/// A message of ours, named by the window so that its fate can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// What the window asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Listen here instead of wherever the worker listens now. Port 0 takes any free one.
    Listen(Endpoint),
    /// Take no further callers. A conversation goes on.
    StopListening,
    /// Call this program. Ends a conversation that is going on.
    Connect(Call),
    /// Stop calling.
    Cancel,
    /// End the conversation, after what was sent has gone out.
    Disconnect,
    /// Say something to the peer of this conversation. Answered by [`Event::Stored`] and [`Event::Sent`], or by
    /// [`Event::NotSent`].
    Send {
        /// Names the message in the answer.
        id: MessageId,
        /// The text, with `\n` between lines.
        text: String,
        /// What to encode it in. The window checks that it can be.
        charset: Charset,
    },
    /// Say something to the holder of this key, now or as soon as it is there. Answered by [`Event::Stored`]
    /// and, once it is on its way and there, by [`Event::Sent`] and [`Event::Settled`]; or by [`Event::NotSent`].
    Write {
        /// Names the message in the answer.
        id: MessageId,
        /// To whom.
        to: PublicKey,
        /// The text, with `\n` between lines; at most [`frame::TEXT_CAP`] bytes.
        text: String,
    },
    /// Take a message back that waits for its peer. Answered by [`Event::Settled`], unless it is on its way.
    TakeBack {
        /// Whom it was for.
        to: PublicKey,
        /// Which one.
        row: u64,
    },
    /// Call again at once whom we are to call again later.
    TryNow,
    /// What stands in the composer of this conversation, for the next time.
    SetDraft(Party, String),
    /// The person has seen everything of this conversation up to this row.
    SetRead(Party, u64),
    /// Erase what was said in this conversation, or in all of them. What waits to be delivered stays. Answered
    /// by [`Event::Cleared`].
    Clear(Option<Party>),
    /// Take over what can be read of a database that was set aside. Answered by [`Event::Salvaged`].
    Salvage(PathBuf),
    /// How this and later conversations in plain text are read and written.
    SetFormat(Format),
    /// How we show ourselves, and who may come in.
    SetPreferences(Preferences),
    /// Let the one in who asks, or not.
    Answer {
        /// Who asks.
        ask: AskId,
        /// Whether to let it in.
        admit: bool,
    },
    /// Make an invite to where the worker listens. Answered by [`Event::Invite`].
    MakeInvite,
    /// The person writes, or has stopped. Told to an encrypted peer only.
    SetTyping(bool),
    /// Change what is known of this key. Answered by [`Event::Peers`].
    ChangePeer(PublicKey, PeerChange),
    /// Put the damaged key file aside and make a new key. Answered by [`Event::Identity`].
    ReplaceIdentity,
}

/// Whom to call, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Where.
    pub to: Endpoint,
    /// Where else the same program may be reached, tried side by side.
    pub also: Vec<Endpoint>,
    /// How to talk.
    pub how: How,
}

/// How to talk with whom is called. Never anything else than what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// In plain text, with anything.
    Plain,
    /// Encrypted, with whoever was last met at that address, or with anybody if nobody was.
    Encrypted,
    /// Encrypted, with this key alone.
    To(PublicKey),
    /// Encrypted, with the key of an invite.
    Invited(PublicKey, Token),
    /// Encrypted, with this key, which the address had not had so far. Where one is named, it is the new key
    /// of that peer.
    NewKey {
        /// The one that was seen there.
        key: PublicKey,
        /// Whose key it is now.
        replaces: Option<PublicKey>,
    },
}

/// How we show ourselves, and who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Our name for ourselves; cut where it is longer than [`frame::NAME_CAP`].
    pub name: String,
    /// Whether callers in plain text may come in.
    pub allow_plain: bool,
    /// Whether what was said is kept when a conversation is over.
    pub keep_history: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            name: "Guest".to_owned(),
            allow_plain: true,
            keep_history: true,
        }
    }
}

/// Names somebody who asks to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

/// Somebody asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Names it in the answer.
    pub id: AskId,
    /// Where from.
    pub from: IpAddr,
    /// Who.
    pub who: Who,
}

/// Who somebody is, as far as that can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Anybody: plain text proves nothing.
    Plain {
        /// Who was last met encrypted at this address. Why now in plain text?
        encrypted_before: Option<PublicKey>,
    },
    /// The holder of this key.
    Key(PublicKey),
}

/// What to change of what is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerChange {
    /// Call it so, or what it calls itself.
    Rename(Option<String>),
    /// The safety numbers were compared, or are no longer to be relied on.
    SetVerified(bool),
    /// Let it in no more, or again. Ends a conversation with it.
    SetBlocked(bool),
    /// Know nothing of it.
    Forget,
}

/// What the worker reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Callers can come; see [`Listening`].
    Listening(Listening),
    /// [`Command::Listen`] failed; the worker does not listen.
    ListenFailed {
        /// Where it was to listen.
        at: Endpoint,
        /// Why not.
        error: ListenError,
        /// Where it would work.
        instead: Option<Endpoint>,
    },
    /// The worker no longer listens: asked to, or a `#exit` ended the chat.
    ListeningStopped,
    /// [`Command::Connect`] failed.
    ConnectFailed {
        /// Whom it was to call.
        call: Call,
        /// Why it could not.
        error: ConnectError,
    },
    /// A conversation begins.
    Connected {
        /// The other side. An IPv4 address is never wrapped in IPv6.
        peer: SocketAddr,
        /// Which side called.
        origin: Origin,
        /// Who it is.
        who: Who,
    },
    /// The worker can talk encrypted as this key, or says why not.
    Identity(Result<PublicKey, IdentityError>),
    /// All that is known of others, the last one met first. Whenever that has changed.
    Peers(Arc<[KnownPeer]>),
    /// What is known of others can't be kept or read.
    StoreFailed(StoreError),
    /// It can again.
    StoreWell,
    /// It could not be read at all; the file was put there, and a new one begun.
    StoreSetAside(PathBuf),
    /// So much of a file that was set aside was taken over, or nothing of it can be read.
    Salvaged(Result<Salvage, StoreError>),
    /// What was said was erased, in this conversation or in all of them.
    Cleared(Option<Party>),
    /// Somebody asks to be let in. Answered by [`Command::Answer`].
    Asked(Ask),
    /// It asks no more: it was answered, has given up, or nobody answered.
    AskOver(AskId),
    /// Who was called is there, and that program's person is being asked perhaps.
    Waiting {
        /// The one that was called.
        to: Endpoint,
        /// Who answers there.
        key: PublicKey,
    },
    /// An encrypted peer has said what it calls itself; before all its messages.
    Named(String),
    /// An encrypted peer said something.
    Text {
        /// What.
        text: String,
        /// When, in milliseconds since 1970 by the peer's clock.
        sent_at: i64,
        /// When it was read off the socket.
        at: SystemTime,
        /// Its row in the store.
        row: u64,
    },
    /// An encrypted peer said something that only a later version understands.
    NeedsNewer {
        /// Its row in the store.
        row: u64,
    },
    /// So many messages of an encrypted peer went to another copy of this data: a restored backup, a cloned folder.
    Missed {
        /// How many.
        count: u64,
        /// The row in the store that says so.
        row: u64,
    },
    /// The clock of an encrypted peer, which has just said what it calls itself, is so many milliseconds ahead
    /// of ours; behind, if negative.
    ClockOff(i64),
    /// An encrypted peer is writing, or no more.
    Typing(bool),
    /// What [`Command::MakeInvite`] made; `None` while the worker does not listen where anybody can connect,
    /// or has no key.
    Invite(Option<Invite>),
    /// The peer said something in plain text.
    Message {
        /// What it said.
        decoded: Decoded,
        /// How the message ended on the wire.
        end: LineEnd,
        /// When it was read off the socket.
        at: SystemTime,
        /// Its row in the store; nothing if it could not be kept.
        row: Option<u64>,
    },
    /// This message of ours is on our disk.
    Stored {
        /// Which one.
        id: MessageId,
        /// In which conversation.
        party: Party,
        /// Its row in the store.
        row: u64,
    },
    /// The system's network has taken this message whole. That is no receipt.
    Sent(MessageId),
    /// This message will never go out.
    NotSent(MessageId),
    /// What became of messages of ours to an encrypted peer: each was delivered, or taken back.
    Settled {
        /// In which conversation.
        party: Party,
        /// Their rows in the store, in order.
        rows: Arc<[(u64, State)]>,
    },
    /// More has come or changed in this conversation than was reported, because the window was busy: it is to
    /// be read from the store.
    Changed(Party),
    /// So many messages of ours wait to be delivered, to whomever. Whenever that has changed.
    Outbox(u64),
    /// The line to a peer that we had called was cut: it is called again.
    Redialling {
        /// How.
        call: Call,
        /// Whom.
        key: PublicKey,
        /// After so long; nothing while that is being done.
        wait: Option<Duration>,
    },
    /// The conversation is over.
    Ended(EndReason),
    /// So many callers were sent away since the last such report. At most one report a second.
    TurnedAway {
        /// Why the last of them was.
        why: TurnedAway,
        /// Where the last of them called from.
        from: IpAddr,
        /// How many.
        count: u32,
    },
}

/// What was taken over of a database that was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Salvage {
    /// So many people.
    pub peers: u64,
    /// So many messages.
    pub messages: u64,
}

/// Why a caller was sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// A conversation is going on.
    Busy,
    /// It speaks plain text, which is not allowed.
    Plain,
    /// It calls with our own key.
    OwnKey,
    /// Too many wait for an answer already, or one from the same address does.
    TooManyAsk,
    /// We have no key to answer with.
    NoIdentity,
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// We called.
    Dialled,
    /// The peer called.
    Accepted,
}

/// Where callers can come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// What was asked for, with the port that was taken where any would do.
    pub at: Endpoint,
    /// The addresses to tell the other person. Empty where only this computer can connect, or it
    /// has no network.
    pub reachable: Vec<IpAddr>,
    /// Whether all of it is loopback.
    pub only_here: bool,
}

impl Listening {
    /// What the other person is to type, to call at `ip`.
    pub fn to_tell(&self, ip: IpAddr) -> String {
        SocketAddr::new(ip, self.at.port).to_string()
    }
}

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The peer closed the connection.
    PeerLeft,
    /// The connection broke.
    Lost,
    /// The peer sent `#exit`.
    ExitReceived,
    /// We sent `#exit`.
    ExitSent,
    /// [`Command::Disconnect`].
    Disconnected,
    /// [`Command::Connect`] calls somebody else now.
    CalledAnother,
    /// Nothing had been said yet, and another caller took the place.
    GaveWay,
    /// The same person has connected to us anew.
    CameBack,
    /// We, or another program with our key, have connected to the same person anew.
    Replaced,
    /// The peer has been silent for too long.
    Silent,
    /// The peer broke the rules of the protocol.
    Misbehaved,
    /// The peer began to encrypt after we had written in plain text.
    TurnedEncrypted,
    /// The peer is blocked now.
    Blocked,
}

/// Why listening failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error("the port is in use")]
    PortInUse,
    /// The address belongs to another computer.
    #[error("the address is not one of this computer")]
    NotOurAddress,
    /// Ports below 1024 need rights.
    #[error("the port needs administrator rights")]
    NoPermission,
    /// The host is a name that nobody knows.
    #[error("the name is unknown")]
    UnknownHost,
    /// Anything else the system said.
    #[error("the system refused: {0}")]
    Other(std::io::ErrorKind),
}

/// Why calling failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The host is a name that nobody knows.
    #[error("the name is unknown")]
    UnknownHost,
    /// The computer is there, but nobody listens on the port.
    #[error("nobody listens there")]
    Refused,
    /// No answer within 10 s.
    #[error("no answer")]
    TimedOut,
    /// There is no way to that address.
    #[error("the address can't be reached")]
    Unreachable,
    /// What answers there speaks plain text.
    #[error("it answers in plain text")]
    AnswersPlain,
    /// What answers there says nothing that is encrypted, or hung up.
    #[error("it does not answer encrypted")]
    NotEncrypted,
    /// It encrypts in another way, or somebody changes bytes on the way.
    #[error("it encrypts in another way")]
    Incompatible,
    /// Another key answers than the one that is known or was invited to.
    #[error("another key answers")]
    OtherKey {
        /// Whose place it is.
        expected: PublicKey,
        /// Who answers.
        seen: PublicKey,
        /// Whether an invite says so, which is not to be argued with.
        invited: bool,
    },
    /// Our own key answers.
    #[error("this program itself answers")]
    OwnKey,
    /// The other person is in another conversation.
    #[error("the other side is busy")]
    Busy,
    /// The other person said no.
    #[error("the other side said no")]
    Rejected,
    /// The other person has not answered.
    #[error("the other side did not decide")]
    Undecided,
    /// The other side hung up before it had let us in.
    #[error("the other side hung up")]
    HungUp,
    /// It can't be looked up who was met there before, so nobody can tell whether it is the same.
    #[error("what is known of others can't be read")]
    StoreUnreadable,
    /// This program has no key to encrypt with.
    #[error("there is no key")]
    NoIdentity,
    /// Anything else the system said.
    #[error("the system refused: {0}")]
    Other(std::io::ErrorKind),
}

/// Why a command was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too many commands wait already.
    #[error("the worker is busy")]
    Busy,
    /// The worker is gone.
    #[error("the worker is gone")]
    Gone,
}

/// How far [`Handle::drain`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// There was nothing more.
    Empty,
    /// The caller stopped; there may be more.
    Stopped,
    /// The worker is gone, by a fault of its own. Nothing will come any more.
    Gone,
}

/// What both ends share beside the channels.
pub(crate) struct Signals {
    /// The worker waits for room in the event channel.
    stalled: AtomicBool,
    /// The window has been woken and has not drained yet.
    notified: AtomicBool,
    wake_window: Box<dyn Fn() + Send + Sync>,
}

impl Signals {
    fn new(wake_window: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            stalled: AtomicBool::new(false),
            notified: AtomicBool::new(false),
            wake_window: Box::new(wake_window),
        })
    }

    /// Wakes the window unless it is awake already. Call *after* sending, or the wake-up is lost.
    fn notify_window(&self) {
        if !self.notified.swap(true, Ordering::AcqRel) {
            (self.wake_window)();
        }
    }
}

/// The window's end. Dropping it ends the conversation properly, within a second.
pub struct Handle {
    // In this order: the worker ends when the command channel closes, then it can be joined.
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    signals: Arc<Signals>,
    wake_worker: Box<dyn Fn() + Send>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Asks the worker for something, without waiting.
    ///
    /// # Errors
    /// [`SendError`]; the command is not carried out then.
    pub fn send(&self, command: Command) -> Result<(), SendError> {
        let commands = self.commands.as_ref().ok_or(SendError::Gone)?;
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Busy,
            TrySendError::Disconnected(_) => SendError::Gone,
        })?;
        (self.wake_worker)();
        Ok(())
    }

    /// Hands the events that have come to `take`, oldest first, until there is none or `take`
    /// returns false. Never waits.
    pub fn drain(&self, mut take: impl FnMut(Event) -> bool) -> Drained {
        self.signals.notified.store(false, Ordering::Release);
        let drained = loop {
            match self.events.try_recv() {
                Ok(event) => {
                    if !take(event) {
                        break Drained::Stopped;
                    }
                }
                Err(TryRecvError::Empty) => break Drained::Empty,
                Err(TryRecvError::Disconnected) => break Drained::Gone,
            }
        };
        if self.signals.stalled.swap(false, Ordering::AcqRel) {
            (self.wake_worker)();
        }
        drained
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.commands = None;
        (self.wake_worker)();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the socket worker had panicked");
        }
    }
}

/// The worker's end of the two channels.
pub(crate) struct Border {
    commands: Receiver<Command>,
    events: Sender<Event>,
    signals: Arc<Signals>,
}

impl Drop for Border {
    fn drop(&mut self) {
        // However the worker ends: close the channels first, then wake the window to see it.
        self.commands = crossbeam_channel::never();
        let (closed, _) = crossbeam_channel::bounded(0);
        self.events = closed;
        (self.signals.wake_window)();
    }
}

/// How long to wait before a peer is called again that the line was cut to: doubled each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// At first.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_mins(1),
        }
    }
}

/// What a worker begins with.
#[derive(Debug, Default)]
pub struct Options {
    /// Where its key is, what it knows of others, and what was said; nowhere if there is none.
    pub folder: Option<PathBuf>,
    /// How long it waits before it calls again.
    pub backoff: Backoff,
    /// Who makes the index for searching, to be told when there is something new.
    pub kick: Option<Kick>,
}

impl From<Option<PathBuf>> for Options {
    fn from(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }
}

/// Starts the worker. `wake_window` is called from its thread whenever events have come.
///
/// # Errors
/// The system has no thread or no poll left.
pub fn spawn(
    options: impl Into<Options>,
    wake_window: impl Fn() + Send + Sync + 'static,
) -> std::io::Result<Handle> {
    let (commands, command_inbox) = crossbeam_channel::bounded(COMMANDS);
    let (event_outbox, events) = crossbeam_channel::bounded(EVENTS);
    let signals = Signals::new(wake_window);
    let border = Border {
        commands: command_inbox,
        events: event_outbox,
        signals: Arc::clone(&signals),
    };
    let (worker, waker) = worker::Worker::new(border, options.into())?;
    let thread = std::thread::Builder::new()
        .name("duologue-net".to_owned())
        .spawn(move || worker.run())?;
    let wake_worker = Box::new(move || {
        if let Err(error) = waker.wake() {
            tracing::error!(%error, "the worker can't be woken");
        }
    });
    Ok(Handle {
        commands: Some(commands),
        events,
        signals,
        wake_worker,
        thread: Some(thread),
    })
}

/// A worker that a test plays itself: what the window asked for, and a way to report.
#[derive(Debug)]
pub struct Stage {
    /// What the window sent.
    pub commands: Receiver<Command>,
    /// What the window will be told. Dropping it looks like a worker that has crashed.
    pub events: Sender<Event>,
}

/// A [`Handle`] without a worker behind it, for tests of the window.
pub fn stage(wake_window: impl Fn() + Send + Sync + 'static) -> (Handle, Stage) {
    let (commands, command_inbox) = crossbeam_channel::bounded(COMMANDS);
    let (event_outbox, events) = crossbeam_channel::bounded(EVENTS);
    let handle = Handle {
        commands: Some(commands),
        events,
        signals: Signals::new(wake_window),
        wake_worker: Box::new(|| {}),
        thread: None,
    };
    (
        handle,
        Stage {
            commands: command_inbox,
            events: event_outbox,
        },
    )
}

/// Where a virtual clock begins.
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to make an instant"
)]
fn any_instant() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_panics_wakes_the_window_and_is_seen_to_be_gone() {
        let (commands, command_inbox) = crossbeam_channel::bounded(1);
        let (event_outbox, events) = crossbeam_channel::bounded(1);
        let (woken, wake_ups) = crossbeam_channel::bounded(8);
        let signals = Signals::new(move || {
            woken.try_send(()).ok();
        });
        let border = Border {
            commands: command_inbox,
            events: event_outbox,
            signals: Arc::clone(&signals),
        };
        let thread = std::thread::Builder::new()
            .name("doomed".to_owned())
            .spawn(move || {
                let _border = border;
                panic!("as a worker should never");
            })
            .expect("a thread");
        let handle = Handle {
            commands: Some(commands),
            events,
            signals,
            wake_worker: Box::new(|| {}),
            thread: Some(thread),
        };
        wake_ups
            .recv_timeout(Duration::from_secs(10))
            .expect("woken");
        assert_eq!(handle.drain(|_| true), Drained::Gone);
        assert_eq!(handle.send(Command::Disconnect), Err(SendError::Gone));
    }

    #[test]
    fn a_full_command_channel_is_busy_and_never_waits() {
        let (handle, _stage) = stage(|| {});
        for _ in 0..COMMANDS {
            assert_eq!(handle.send(Command::Cancel), Ok(()));
        }
        assert_eq!(handle.send(Command::Cancel), Err(SendError::Busy));
    }
}
