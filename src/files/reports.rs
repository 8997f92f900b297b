//! What the threads report to the owner of [`Files`](super::Files).

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use super::{FilesEvent, JobId};

/// Where the threads report. Bounded: a job reports once that it is ready, once that it is over, and of its progress
/// only the newest is kept.
#[derive(Clone)]
pub(super) struct Reports(Arc<Shared>);

struct Shared {
    events: Mutex<Vec<FilesEvent>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Reports {
    /// `wake` is called when there is something after there was nothing.
    pub(super) fn new(wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self(Arc::new(Shared {
            events: Mutex::default(),
            wake,
        }))
    }

    /// Adds an event, and wakes the owner if it does not know yet that there are some.
    pub(super) fn push(&self, event: FilesEvent) {
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = events.is_empty();
        let older = match &event {
            FilesEvent::Progress { job, .. } => {
                events.iter_mut().find(|older| is_progress(older, *job))
            }
            _ => None,
        };
        match older {
            Some(older) => *older = event,
            None => events.push(event),
        }
        drop(events);
        if was_empty {
            self.wake();
        }
    }

    /// Wakes the owner for something that is not an event.
    pub(super) fn wake(&self) {
        (self.0.wake)();
    }

    /// All events since the last call.
    pub(super) fn take(&self) -> Vec<FilesEvent> {
        mem::take(&mut *self.0.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_progress(event: &FilesEvent, of: JobId) -> bool {
    matches!(event, FilesEvent::Progress { job, .. } if *job == of)
}
