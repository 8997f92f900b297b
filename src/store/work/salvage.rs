//! Takes over what can be read of a file that was set aside as damaged.
//!
//! First comes the *listing*: people, their addresses, and conversations without their messages. Then come the messages, as
//! [transfers](super::transfer), one conversation after the other. What this store has already stays as it is. A
//! conversation that has messages here gets none from the damaged file: rows keep their order for ever, so nothing
//! can be put before them.
//!
//! The table `salvages` names the files. After a crash the listing starts again, which is harmless, and the transfers
//! continue.

mod damaged;
mod listing;
#[cfg(test)]
mod tests;

use std::{io, path::Path};

use rusqlite::{Connection, ErrorCode, Params, params, params_from_iter, types::Value};

use self::{
    damaged::{Damaged, End, MARKS, Message},
    listing::Listing,
};
use super::{
    finished::{Finished, Salvage},
    transfer::{self, Transfer},
};
use crate::store::{
    ASIDE_NAME, Store, StoreError,
    columns::{signed, unsigned},
    message::{State, row_of},
    row::Row,
    write::ask_again,
};

/// Maximum number of failed reads in one piece. Each takes some microseconds.
const ATTEMPTS: usize = 1_000;
/// How densely ids are tried where nothing can be read: every id up to this distance from the first one; beyond that, the
/// steps grow with the distance. So even the wildest number in the file costs only about 20,000 attempts.
const DENSE: i64 = 1_024;

/// A damaged file that is being taken over.
#[derive(Debug)]
pub(in crate::store) struct Job {
    /// Its name in the folder of the store.
    file: String,
    damaged: Damaged,
    /// The ids of messages that are left behind, because they were not to be kept.
    unkept: Vec<[i64; 2]>,
    /// `None` once only messages are left.
    listing: Option<Listing>,
    /// Where reading has failed since: the first id.
    torn: Option<i64>,
}

/// What was read of a conversation.
struct Piece {
    messages: Vec<Message>,
    /// The row in the damaged file to continue with.
    next_row: Row,
    /// See [`Job::torn`].
    torn: Option<i64>,
}

impl Store {
    /// Begins to take over what can be read of a damaged file in the store's folder; [`Store::step`] continues. What is here
    /// already stays. Messages that waited there are taken over as not sent, because nobody knows whether they were.
    ///
    /// # Errors
    /// Nothing in that file can be read, or nothing can be written here.
    pub fn salvage(&mut self, path: &Path) -> Result<(), StoreError> {
        let file = self.name_in_folder(path)?;
        // Fails now rather than later if nothing can be read.
        Damaged::open(path)?;
        self.connection.execute(
            "INSERT INTO salvages (file, listed, peers, messages) VALUES (?1, FALSE, 0, 0)
            ON CONFLICT DO NOTHING",
            [file],
        )?;
        self.has_work = true;
        Ok(())
    }

    /// Does a piece of this file. Returns what has finished.
    pub(super) fn salvage_piece(&mut self, file: &str) -> Result<Option<Finished>, StoreError> {
        let mut job = match self.salvage.take() {
            Some(job) if job.file == file => job,
            _ => match self.open_damaged(file) {
                Ok(damaged) => Job {
                    file: file.to_owned(),
                    unkept: damaged.unkept(),
                    damaged,
                    listing: (!self.is_listed(file)?).then(Listing::default),
                    torn: None,
                },
                Err(StoreError::Busy) => return Err(StoreError::Busy),
                Err(error) => {
                    tracing::warn!(file, %error, "a damaged database can't be read any more");
                    self.finish_salvage(file)?;
                    return Ok(Some(Finished::Salvage(Err(error))));
                }
            },
        };
        let done = job.step(self);
        if !matches!(done, Ok(Some(Finished::Salvage(_)))) {
            self.salvage = Some(job);
        }
        done
    }

    fn name_in_folder(&self, path: &Path) -> Result<String, StoreError> {
        let ours = self.path.as_ref().and_then(|path| path.parent());
        let name = path.file_name().and_then(|name| name.to_str());
        match name {
            Some(name) if ours.is_some() && ours == path.parent() => Ok(name.to_owned()),
            _ => Err(StoreError::Io(io::ErrorKind::InvalidInput)),
        }
    }

    fn open_damaged(&self, file: &str) -> Result<Damaged, StoreError> {
        let path = self.path.as_ref().map(|path| path.with_file_name(file));
        Damaged::open(&path.ok_or(StoreError::Io(io::ErrorKind::NotFound))?)
    }

    fn is_listed(&self, file: &str) -> Result<bool, StoreError> {
        let sql = "SELECT listed FROM salvages WHERE file = ?1";
        Ok(self.connection.query_row(sql, [file], |row| row.get(0))?)
    }

    /// Forgets the file, and returns what was taken over of it.
    fn finish_salvage(&mut self, file: &str) -> Result<Salvage, StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM transfers WHERE file = ?1", [file])?;
        let salvage = transaction.query_row(
            "DELETE FROM salvages WHERE file = ?1 RETURNING peers, messages",
            [file],
            |row| {
                Ok(Salvage {
                    contacts: unsigned(row.get(0)?),
                    messages: unsigned(row.get(1)?),
                    has_losses: false,
                })
            },
        )?;
        transaction.commit()?;
        self.notifier.changed();
        Ok(Salvage {
            has_losses: self.has_lost_of(file),
            ..salvage
        })
    }
}

impl Job {
    fn step(&mut self, store: &mut Store) -> Result<Option<Finished>, StoreError> {
        self.damaged.begin_piece();
        if let Some(listing) = &mut self.listing {
            if !listing.step(&self.damaged, &self.file, store)? {
                self.listing = None;
            }
            return Ok(None);
        }
        if let Some(transfer) = transfer::next(&store.connection, "file = ?1", [&self.file])? {
            return self.copy_piece(&transfer, store);
        }
        let salvage = store.finish_salvage(&self.file)?;
        Ok(Some(Finished::Salvage(Ok(salvage))))
    }

    /// Copies the next messages that can be read.
    fn copy_piece(
        &mut self,
        transfer: &Transfer,
        store: &mut Store,
    ) -> Result<Option<Finished>, StoreError> {
        let piece = self.read_piece(transfer);
        let transaction = store.connection.transaction()?;
        let mut count = 0;
        let is_kept = |id| self.unkept.iter().all(|ids| id < ids[0] || ids[1] < id);
        for (id, values) in piece.messages.into_iter().filter(|(id, _)| is_kept(*id)) {
            let here = id + transfer.id_shift();
            let taken = insert_message(&transaction, here, values)?;
            if taken > 0 {
                self.copy_marks(&transaction, id, here)?;
                // What waited in the outbox is not copied.
                ask_again(&transaction, [here, here])?;
            }
            count += taken;
        }
        transfer.advance(&transaction, piece.next_row)?;
        transaction.execute(
            "UPDATE salvages SET messages = messages + ?2 WHERE file = ?1",
            params![self.file, signed(count)],
        )?;
        transaction.commit()?;
        store.notifier.changed();
        self.torn = piece.torn;
        Ok(transfer::finished(&store.connection, transfer.to)?)
    }

    /// Copies the earlier texts of a message, and the reactions to it.
    fn copy_marks(&self, connection: &Connection, id: i64, here: i64) -> Result<(), StoreError> {
        for (table, columns) in MARKS {
            for mut values in self.damaged.marks((table, columns), id) {
                values.insert(0, Value::Integer(here));
                let places = vec!["?"; values.len()].join(", ");
                let sql = format!(
                    "INSERT INTO {table} (message, {columns}) VALUES ({places}) ON CONFLICT DO NOTHING"
                );
                insert_if_valid(connection, &sql, params_from_iter(values))?;
            }
        }
        Ok(())
    }

    /// Reads the next messages of a transfer, skipping what can't be read.
    fn read_piece(&self, transfer: &Transfer) -> Piece {
        let [first, last] = transfer.from.ids(transfer.rows[0]..=transfer.rows[1]);
        // It may be left over from another conversation, whose transfer was cancelled.
        let mut torn = self
            .torn
            .filter(|torn| (transfer.from.message(Row::ZERO)..=first).contains(torn));
        let mut at = first;
        let mut messages = Vec::new();
        for _ in 0..ATTEMPTS {
            let end;
            (messages, end) = self.damaged.messages([at, last]);
            let next = match end {
                End::Last => last + 1,
                End::At(next) => next,
                End::Torn(next) => {
                    let begin = torn.filter(|_| next == at).unwrap_or(next);
                    torn = Some(begin);
                    next + 1 + (next - begin) / DENSE
                }
            };
            let is_torn = matches!(end, End::Torn(_)) && next <= last;
            at = next.min(last + 1);
            if !is_torn {
                torn = None;
            }
            if !is_torn || !messages.is_empty() {
                break;
            }
        }
        Piece {
            messages,
            next_row: transfer.rows[1].min(row_of(at - 1)).next(),
            torn,
        }
    }
}

/// The number in the name of a file that was set aside; `None` if it is no such name.
fn number_aside(file: &str) -> Option<u32> {
    match file.strip_prefix(ASIDE_NAME)? {
        "" => Some(1),
        number => number.parse().ok().filter(|number| *number > 1),
    }
}

/// Takes over one message. Returns the number taken over: 1 or 0.
fn insert_message(
    connection: &Connection,
    id: i64,
    mut values: Vec<Value>,
) -> Result<u64, StoreError> {
    if let Some(state) = values.get_mut(1)
        && *state == Value::Integer(State::Waiting.number())
    {
        *state = Value::Integer(State::NotSent.number());
    }
    values.insert(0, Value::Integer(id));
    let sql = "INSERT INTO messages
            (id, kind, state, sent_at, received_at, text, raw, charset,
            stream, number, reply_mine, reply_stream, reply_number, deleted)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING";
    insert_if_valid(connection, sql, params_from_iter(values))
}

/// Inserts values from a damaged file, unless they make no sense. Returns the number of rows inserted.
fn insert_if_valid(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<u64, StoreError> {
    match connection.prepare_cached(sql)?.execute(params) {
        Ok(rows) => Ok(rows as u64),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(0),
        Err(error) => Err(error.into()),
    }
}
