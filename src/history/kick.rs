//! How the index hears that the store has changed: a nudge that never blocks, and is never lost.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crossbeam_channel::{Receiver, Sender};

/// A nudge, and who it is for. Made before both threads, as each gets one end.
pub fn kick() -> (Kick, Kicked) {
    let (news, inbox) = crossbeam_channel::bounded(1);
    let erased = Arc::new(AtomicBool::new(false));
    let kick = Kick {
        news,
        erased: Arc::clone(&erased),
    };
    let kicked = Kicked {
        news: inbox,
        erased,
        kick: kick.clone(),
    };
    (kick, kicked)
}

/// The end of whoever writes the store.
#[derive(Debug, Clone)]
pub struct Kick {
    news: Sender<()>,
    erased: Arc<AtomicBool>,
}

impl Kick {
    /// Something was kept. Call after the commit.
    pub fn kick(&self) {
        // Full: it will look anyway. Closed: nobody looks any more.
        self.news.try_send(()).ok();
    }

    /// Messages were erased, or moved to another conversation. Call when that is over: what was said in them
    /// is then taken out of the index too.
    pub fn erased(&self) {
        self.erased.store(true, Ordering::Release);
        self.kick();
    }
}

/// The end of the index.
#[derive(Debug)]
pub struct Kicked {
    pub(super) news: Receiver<()>,
    erased: Arc<AtomicBool>,
    kick: Kick,
}

impl Kicked {
    /// Another one who kicks.
    pub(super) fn kick(&self) -> Kick {
        self.kick.clone()
    }

    /// Whether messages were erased since they were asked for last.
    pub(super) fn is_erased(&self) -> bool {
        self.erased.load(Ordering::Acquire)
    }

    /// Likewise, and asks.
    pub(super) fn take_erased(&self) -> bool {
        self.erased.swap(false, Ordering::AcqRel)
    }
}
