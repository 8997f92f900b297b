//! Transfers of files: offers that are prepared, and what moves over the current connection.
//!
//! The receiver drives. It asks for each file that is accepted and unfinished, from where it has it, on every connection; the
//! sender answers. So nothing has to be remembered but what the store keeps, and a cut or a restart needs nothing else.
//!
//! Owns the disk side ([`Files`]). What changes in the store comes back as an [`Effect`], because it is numbered like messages.

mod cleaning;
mod events;
mod offers;
mod receiving;
mod retry;
mod sending;
mod speed;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime},
};

use mio::Waker;

use self::{offers::Offers, receiving::Receiving, retry::Retry, sending::Sending};
use crate::{
    files::{Files, JobId},
    identity::{PeerId, PublicKey},
    net::{
        Event, MessageId, OfferError,
        delivery::Delivery,
        protocol::{
            frame::{FILES, TransferFrame, Want},
            secure::Secure,
        },
    },
    store::{
        ConversationId, FileChange, FileOffer, FileState, MessageName, Row, Store, StoreError,
        Transfer,
    },
};

/// Maximum number of files that are received at the same time. Further ones wait. Of at most one of them, more than a group is
/// still to come.
const RECEIVED_AT_ONCE: usize = 2;
/// Maximum number of files that a peer may want at the same time.
const MOST_WANTED: usize = 4;

/// Something that the store or the window is to be told.
#[derive(Debug)]
pub(super) enum Effect {
    /// A file of ours is to be offered.
    Offer {
        id: MessageId,
        to: PublicKey,
        name: String,
        offer: FileOffer,
        path: PathBuf,
    },
    /// Something has become of the file in this row of the conversation with the holder of this key.
    Step(PublicKey, Row, FileStep),
    /// The window is told.
    Report(Event),
    /// The peer has broken the rules.
    Refuse,
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileStep {
    /// We accept it, and it goes into this folder.
    Accept(PathBuf),
    /// It has arrived, and has this path.
    Arrive(PathBuf),
    /// It is paused, because our disk is full.
    PauseFull,
    Change(FileChange),
}

impl FileStep {
    pub fn change(&self) -> FileChange {
        match self {
            Self::Accept(_) => FileChange::Accept,
            Self::Arrive(_) => FileChange::Arrived,
            Self::PauseFull => FileChange::Pause,
            Self::Change(change) => *change,
        }
    }
}

/// See the [module](self).
pub(super) struct Transfers {
    files: Files,
    last_job: JobId,
    offers: Offers,
    link: Option<Link>,
    /// Jobs that receive and were stopped, until the disk side has ended them: what was handed over may be all of the file.
    ending: BTreeMap<JobId, (PublicKey, Row)>,
    /// How far files were that were stopped, until that is stored.
    moved: Vec<(ConversationId, Row, u64)>,
    /// Parts that are being deleted. The store forgets each when it is gone, or a kill would leave it for ever.
    discarding: BTreeSet<PathBuf>,
    effects: VecDeque<Effect>,
    /// Something may have become of a file.
    is_dirty: bool,
    /// The disk side had no room for what is to be deleted. It wakes the worker when there is some.
    was_busy: bool,
    retry: Retry,
    /// There may be more to send at once.
    pub has_more: bool,
}

/// What moves over the current connection.
struct Link {
    peer: PublicKey,
    conversation: ConversationId,
    receiving: BTreeMap<JobId, Receiving>,
    /// What we have asked for and the peer has not ended: with `None`, what arrives of it is dropped.
    wants: BTreeMap<u64, Option<JobId>>,
    /// The last number that we gave to one.
    last_want: u64,
    /// What has arrived, and has no room on its way to the disk; and until when it may wait.
    held: VecDeque<(JobId, Vec<u8>)>,
    held_until: Option<Instant>,
    /// What the peer has stopped to send. Not asked for again before something becomes of it.
    stopped: BTreeSet<Row>,
    /// Files whose folder is not there, and when it is looked for again.
    away: BTreeMap<Row, Instant>,
    /// What the peer wants, by its numbers.
    sending: BTreeMap<u64, Sending>,
    /// The last number that it gave to one.
    last_wanted: u64,
}

impl Transfers {
    /// Wakes the worker when the disk side has something to say. Copies of pictures without their location go into `folder`.
    pub fn open(waker: Arc<Waker>, folder: Option<&Path>) -> Self {
        let outgoing = match folder {
            Some(folder) => folder.join("outgoing"),
            None => std::env::temp_dir().join("duologue-outgoing"),
        };
        let wake = move || {
            if let Err(error) = waker.wake() {
                tracing::error!(%error, "the worker can't be woken");
            }
        };
        Self {
            files: Files::new(Box::new(wake), outgoing),
            last_job: 0,
            offers: Offers::since(SystemTime::now()),
            link: None,
            ending: BTreeMap::new(),
            moved: Vec::new(),
            discarding: BTreeSet::new(),
            effects: VecDeque::new(),
            is_dirty: true,
            was_busy: false,
            retry: Retry::default(),
            has_more: false,
        }
    }

    /// An encrypted connection has begun, with these features in common.
    pub fn begin(&mut self, delivery: &Delivery, features: u64) {
        self.link = (features & FILES != 0).then(|| Link {
            peer: delivery.peer(),
            conversation: delivery.conversation(),
            receiving: BTreeMap::new(),
            wants: BTreeMap::new(),
            last_want: 0,
            held: VecDeque::new(),
            held_until: None,
            stopped: BTreeSet::new(),
            away: BTreeMap::new(),
            sending: BTreeMap::new(),
            last_wanted: 0,
        });
        self.is_dirty = true;
    }

    /// The connection is over: everything stops where it is.
    pub fn end(&mut self, store: Option<&mut Store>) {
        let Some(link) = self.link.take() else { return };
        let mut stopped = Vec::new();
        for (job, receiving) in link.receiving {
            self.files.stop(job, false);
            self.ending.insert(job, (link.peer, receiving.row));
            stopped.push((receiving.row, receiving.speed));
        }
        for (_, sending) in link.sending {
            self.files.stop(sending.job, false);
            stopped.push((sending.row, sending.speed));
        }
        for (row, speed) in stopped {
            self.moved.push((link.conversation, row, speed.moved()));
            let report = speed.stopped(PeerId::Key(link.peer), row);
            self.effects.push_back(Effect::Report(report));
        }
        if let Some(store) = store
            && let Err(error) = self.store_moved(store)
        {
            tracing::warn!(%error, "it is not kept how far a file has come");
        }
    }

    fn store_moved(&mut self, store: &mut Store) -> Result<(), StoreError> {
        for (conversation, row, moved) in self.moved.drain(..) {
            store.set_moved(conversation, row, moved)?;
        }
        Ok(())
    }

    /// Whether more may be read from the peer: what has arrived of files has gone to the disk.
    pub fn may_read(&self) -> bool {
        self.link.as_ref().is_none_or(|link| link.held.is_empty())
    }

    /// When to call [`Self::advance`].
    pub fn poll_deadline(&self) -> Option<Instant> {
        let link = self.link.iter();
        let link = link.flat_map(|link| link.away.values().copied().chain(link.held_until));
        link.chain(self.retry.at).min()
    }

    /// Something may have become of files: of those in these rows, or of any.
    pub fn handle_changes(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.is_dirty = true;
        if let Some(link) = &mut self.link {
            for row in rows {
                link.stopped.remove(&row);
                link.away.remove(&row);
            }
        }
    }

    /// The peer says something about the content of a file.
    pub fn handle_frame(&mut self, frame: TransferFrame, secure: &mut Secure, now: Instant) {
        let is_allowed = match frame {
            TransferFrame::Want(want) => self.handle_want(want, secure),
            TransferFrame::Data(data) => self.handle_data(data.id, data.bytes, now),
            TransferFrame::End { id, why } => self.handle_end(id, why),
            TransferFrame::Stop { id } => self.handle_stop(id, secure),
        };
        if !is_allowed {
            secure.refuse();
        }
    }

    /// Carries on with everything, once all that was received is stored. Then take the [effects](Self::poll_effect).
    ///
    /// # Errors
    /// The store can't be read or written.
    pub fn advance(
        &mut self,
        store: Option<&mut Store>,
        secure: Option<&mut Secure>,
        now: Instant,
    ) -> Result<(), StoreError> {
        self.retry(now);
        self.look_again(now);
        let mut store = store;
        let mut secure = secure;
        let mut result = Ok(());
        for event in self.files.poll() {
            let handled =
                self.handle_event(event, store.as_deref_mut(), secure.as_deref_mut(), now);
            result = result.and(handled);
        }
        self.prepare_next();
        if let Some(store) = store {
            result = result.and(self.carry_on(store, secure, now));
        }
        if result.is_err() {
            self.retry_later(now);
        }
        result
    }

    fn carry_on(
        &mut self,
        store: &mut Store,
        secure: Option<&mut Secure>,
        now: Instant,
    ) -> Result<(), StoreError> {
        // What becomes dirty here is looked at in the next turn, and not before the store has what has become of files.
        let is_dirty = self.effects.is_empty() && std::mem::take(&mut self.is_dirty);
        let was_busy = std::mem::take(&mut self.was_busy);
        if let Some(secure) = secure {
            if is_dirty {
                self.check_moving(store, secure)?;
                self.begin_receiving(store)?;
            }
            self.begin_sending(store, secure)?;
            self.drain_held(secure, now);
        }
        self.store_moved(store)?;
        self.sweep(store)?;
        if is_dirty || was_busy {
            self.clean(store)?;
        }
        Ok(())
    }

    /// Whether [`Self::advance`] has something to do at once.
    pub fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// What is to be done outside of this.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Stops what moves and is not to move any more.
    fn check_moving(&mut self, store: &Store, secure: &mut Secure) -> Result<(), StoreError> {
        let Some(link) = &self.link else {
            return Ok(());
        };
        let state = |row| -> Result<Option<FileState>, StoreError> {
            let transfer = store.transfer(link.conversation, row)?;
            Ok(transfer.map(|transfer| transfer.state))
        };
        let (mut received, mut sent) = (Vec::new(), Vec::new());
        for (job, receiving) in &link.receiving {
            let state = state(receiving.row)?;
            if state != Some(FileState::Accepted) {
                received.push((*job, state.is_none_or(FileState::is_over)));
            }
        }
        for (id, sending) in &link.sending {
            if sending.is_begun() && state(sending.row)? != Some(FileState::Accepted) {
                sent.push(*id);
            }
        }
        for (job, discard) in received {
            self.stop_receiving(job, discard, Some(secure));
        }
        for id in sent {
            self.stop_sending(id, secure);
        }
        Ok(())
    }

    fn new_job(&mut self) -> JobId {
        self.last_job += 1;
        self.last_job
    }

    fn step(&mut self, row: Row, step: FileStep) {
        if let Some(link) = &self.link {
            self.effects.push_back(Effect::Step(link.peer, row, step));
        }
    }
}

/// What the engine needs of a transfer.
fn engine_offer(transfer: &Transfer) -> crate::files::Offer {
    use crate::files::{Kind, Offer};
    let FileOffer {
        size,
        manifest,
        files,
        root,
    } = transfer.offer;
    Offer {
        name: transfer.file_name.clone(),
        size,
        kind: match manifest {
            0 => Kind::File,
            manifest => Kind::Folder { manifest, files },
        },
        root,
    }
}

/// Asks for the content of an offer of the peer's.
fn want(id: u64, name: MessageName, offset: u64) -> Want {
    Want {
        id,
        stream: name.stream,
        number: name.number,
        offset,
    }
}
