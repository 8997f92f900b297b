//! Tells the search index that the store has changed: never blocks the store, and no change goes unnoticed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crossbeam_channel::{Receiver, Sender};

/// The two ends: one for the store, one for the thread that follows it. Created before both, because each needs one.
pub fn changes() -> (Notifier, Changes) {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let erased = Arc::new(AtomicBool::new(false));
    let notifier = Notifier {
        sender,
        erased: Arc::clone(&erased),
    };
    let changes = Changes {
        receiver,
        erased,
        notifier: notifier.clone(),
    };
    (notifier, changes)
}

/// The store's end. The default one has nobody at its other end.
#[derive(Debug, Clone)]
pub struct Notifier {
    sender: Sender<()>,
    erased: Arc<AtomicBool>,
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
}

/// The follower's end.
#[derive(Debug)]
pub struct Changes {
    receiver: Receiver<()>,
    erased: Arc<AtomicBool>,
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
        self.erased.load(Ordering::Acquire)
    }

    /// Whether messages were erased since the last call.
    pub fn take_erased(&self) -> bool {
        self.erased.swap(false, Ordering::AcqRel)
    }
}
