//! Tells the search index that the store has changed: never blocks the store, and no change goes unnoticed.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crossbeam_channel::{Receiver, Sender};

use super::{message::ConversationId, row::Row};

/// Maximum number of bytes of texts that were rewritten and wait for the follower. With more it gets none of them.
const REWRITTEN_BYTES: usize = 8 * 1024 * 1024;

/// The text of a message was edited or deleted. The store has counted it, so that the follower sees if it has missed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The conversation.
    pub conversation: ConversationId,
    /// The row of the message.
    pub row: Row,
    /// Counts such changes in the conversation, from 1.
    pub number: u64,
    /// The text before.
    pub before: String,
    /// The text since then; empty if it was deleted.
    pub after: String,
}

/// The two ends: one for the store, one for the thread that follows it. Created before both, because each needs one.
pub fn changes() -> (Notifier, Changes) {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let notifier = Notifier {
        sender,
        erased: Arc::default(),
        rewritten: Arc::default(),
    };
    let changes = Changes {
        receiver,
        notifier: notifier.clone(),
    };
    (notifier, changes)
}

/// The store's end. The default one has nobody at its other end.
#[derive(Debug, Clone)]
pub struct Notifier {
    sender: Sender<()>,
    erased: Arc<AtomicBool>,
    rewritten: Arc<Mutex<Vec<Rewritten>>>,
}

impl Default for Notifier {
    fn default() -> Self {
        changes().0
    }
}

impl Notifier {
    /// Messages may have been added. Call it after the commit.
    pub(crate) fn changed(&self) {
        // If the channel is full, the follower will look anyway. If it is closed, there is none.
        self.sender.try_send(()).ok();
    }

    /// Messages were erased or moved to another conversation. Call it after the last commit of that.
    pub(crate) fn erased(&self) {
        self.erased.store(true, Ordering::Release);
        self.changed();
    }

    /// Commits something that rewrites these texts. Nobody sees the commit before they are here.
    pub(crate) fn commit<E>(
        &self,
        rewritten: Vec<Rewritten>,
        commit: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        if rewritten.is_empty() {
            return commit();
        }
        let mut waiting = self.lock();
        commit()?;
        waiting.extend(rewritten);
        let bytes = |one: &Rewritten| one.before.len() + one.after.len() + size_of::<Rewritten>();
        if waiting.iter().map(bytes).sum::<usize>() > REWRITTEN_BYTES {
            *waiting = Vec::new();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Rewritten>> {
        self.rewritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The follower's end.
#[derive(Debug)]
pub struct Changes {
    receiver: Receiver<()>,
    notifier: Notifier,
}

impl Changes {
    /// Receives something whenever the store has changed. Several changes may share one.
    pub fn receiver(&self) -> &Receiver<()> {
        &self.receiver
    }

    /// Another notifier of these changes.
    pub fn notifier(&self) -> Notifier {
        self.notifier.clone()
    }

    /// Whether messages were erased since [`Self::take_erased`].
    pub fn is_erased(&self) -> bool {
        self.notifier.erased.load(Ordering::Acquire)
    }

    /// Whether messages were erased since the last call.
    pub fn take_erased(&self) -> bool {
        self.notifier.erased.swap(false, Ordering::AcqRel)
    }

    /// Takes the texts that were rewritten and are due now, in the order in which that happened.
    pub(crate) fn take_rewritten(&self, is_due: impl Fn(&Rewritten) -> bool) -> Vec<Rewritten> {
        let mut waiting = self.notifier.lock();
        waiting.extract_if(.., |one| is_due(one)).collect()
    }
}
