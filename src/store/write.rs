//! What the worker writes in a single turn.

mod batch;
mod contacts;
mod conversation;
mod outbox;

pub use {
    batch::{Batch, Incoming, Place, Written},
    outbox::{Pending, Waiting},
};
pub(super) use {
    conversation::{find, find_or_create, last_row},
    outbox::count_waiting,
};
