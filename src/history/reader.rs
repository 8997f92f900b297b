//! The thread that answers: one question after the other.

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crossbeam_channel::TryRecvError;

use super::{
    Answer, ExportError, Found, QUERIES, Query,
    export::{Export, Format},
    file::Source,
    index::{self, Fault},
    life::Life,
    list, pages,
    search::{self, Shelf},
};
use crate::{
    identity::Party,
    mailbox::Server,
    store::{self, Notifier, StoreError},
};

/// As many exports wait for each other.
const MOST_EXPORTS: usize = 8;

/// See the [module](self).
pub(super) struct Reader {
    folder: PathBuf,
    server: Server<Query, Answer>,
    /// Taken out of the channel, to see what else waits.
    inbox: VecDeque<Query>,
    /// Under way, and waiting.
    exports: VecDeque<Export>,
    source: Source,
    shelf: Arc<Mutex<Shelf>>,
    /// Tells the indexer that its file is damaged.
    notifier: Notifier,
    life: Life,
}

impl Reader {
    pub(super) fn new(
        folder: &Path,
        server: Server<Query, Answer>,
        (shelf, notifier): (Arc<Mutex<Shelf>>, Notifier),
        life: Life,
    ) -> Self {
        Self {
            folder: folder.to_owned(),
            server,
            inbox: VecDeque::new(),
            exports: VecDeque::new(),
            source: Source::new(folder, "history", life.clone()),
            shelf,
            notifier,
            life,
        }
    }

    /// Until the window has gone.
    pub(super) fn run(mut self) {
        loop {
            let answer = match self.next() {
                Ok(query) => self.answer(query),
                // Questions go before, so that the window goes on while a file is written.
                Err(TryRecvError::Empty) => self.export().map(Answer::Exported),
                Err(TryRecvError::Disconnected) => return,
            };
            if self.life.is_over() || answer.is_some_and(|answer| !self.server.reply(answer)) {
                return;
            }
        }
    }

    /// What is to be answered next; waits for it, unless there is something else to be done.
    fn next(&mut self) -> Result<Query, TryRecvError> {
        if self.inbox.is_empty() && self.exports.is_empty() {
            let query = self.server.requests().recv();
            self.inbox
                .push_back(query.map_err(|_| TryRecvError::Disconnected)?);
        }
        let room = QUERIES.saturating_sub(self.inbox.len());
        self.inbox
            .extend(self.server.requests().try_iter().take(room));
        let query = self.inbox.pop_front();
        query.ok_or(TryRecvError::Empty)
    }

    /// Goes on with the oldest export. Returns what became of it, if it is over.
    fn export(&mut self) -> Option<Result<PathBuf, ExportError>> {
        let done = match self.exports.front_mut()?.step(&mut self.source) {
            Ok(true) => return None,
            Ok(false) => self.exports.pop_front()?.finish(),
            Err(error) => {
                self.exports.pop_front();
                Err(error)
            }
        };
        Some(done)
    }

    fn answer(&mut self, query: Query) -> Option<Answer> {
        let answer = match query {
            Query::Conversations => self
                .source
                .ask(list::conversations)
                .map(Answer::Conversations),
            Query::Page { party, at } => {
                let page = self.source.ask(|store| pages::page(store, &party, at));
                page.map(Answer::Page)
            }
            Query::Search { party, words } => {
                let is_void = |later: &Query| matches!(later, Query::Search { .. });
                if self.inbox.iter().any(is_void) {
                    return None;
                }
                let found = self.search(party.as_ref(), &words);
                found.map(Answer::Found)
            }
            Query::Export {
                party,
                name,
                format,
                folder,
                now,
                words,
            } => {
                if self.exports.len() >= MOST_EXPORTS {
                    let busy = ExportError::Io(io::ErrorKind::ResourceBusy);
                    return Some(Answer::Exported(Err(busy)));
                }
                let format = Format::new(format, name, *words, now);
                match Export::begin(party, folder, format) {
                    Ok(export) => self.exports.push_back(export),
                    Err(error) => return Some(Answer::Exported(Err(error))),
                }
                return None;
            }
            Query::Size => Ok(Answer::Size(size(&self.folder))),
        };
        Some(answer.unwrap_or_else(Answer::Failed))
    }

    fn search(&mut self, party: Option<&Party>, words: &str) -> Result<Found, StoreError> {
        let mut on_shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let (life, notifier) = (&self.life, &self.notifier);
        self.source.ask(|store| {
            let index = on_shelf.index(life);
            match search::search(store, index, life, party, words) {
                Err(Fault::Index(error)) => {
                    on_shelf.open = None;
                    if error == StoreError::Damaged {
                        on_shelf.damaged = true;
                        notifier.changed();
                    }
                    // All of it is yet to be looked at.
                    search::search(store, None, life, party, words).map_err(|fault| match fault {
                        Fault::Store(error) | Fault::Index(error) => error,
                    })
                }
                Err(Fault::Store(error)) => Err(error),
                Ok(found) => Ok(found),
            }
        })
    }
}

/// What the store and the index take, in bytes.
fn size(folder: &Path) -> u64 {
    ["", "-wal"]
        .iter()
        .map(|ending| folder.join(format!("{}{ending}", store::FILE_NAME)))
        .chain(index::files(folder))
        .filter_map(|path| std::fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum()
}
