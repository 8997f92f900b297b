//! What the worker writes in a single turn.

mod apply;
mod batch;
mod changes;
mod contacts;
mod conversation;
mod files;
mod held;
mod incoming;
mod lost_answers;
mod new_message;
mod our_streams;
mod outbox;
mod put_off;
mod received;
mod take_over;
mod taken;
mod unkept;

pub use {
    batch::Batch,
    changes::WrittenChange,
    files::Transfer,
    held::Discarded,
    incoming::{Content, Incoming, ReceivedRows},
    new_message::Written,
    our_streams::OutboxPos,
    outbox::{OutboxItem, Outgoing, UnackedStream},
    take_over::Kept,
};
pub(super) use {
    conversation::{find, find_or_create, last_row},
    files::FILE_COLUMNS,
    held::hold,
    lost_answers::ask_again,
    outbox::count_waiting,
    unkept::{end_all, end_range, remove_empty},
};
