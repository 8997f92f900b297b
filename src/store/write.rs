//! What the worker writes in a single turn.

mod batch;
mod contacts;
mod conversation;
mod outbox;

pub use {
    batch::{Batch, Content, Incoming, OutboxPos, ReceivedRows, Written},
    outbox::{OutboxItem, UnackedStream},
};
pub(super) use {
    conversation::{find, find_or_create, last_row},
    outbox::count_waiting,
};
