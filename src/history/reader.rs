//! The thread that answers queries, one after the other.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

use crossbeam_channel::TryRecvError;

use super::{
    Answer, ExportError, Found, MOST_ROWS, QUERIES, Query,
    export::{Export, Format},
    index::{self, Fault, SharedIndex},
    search::search,
    shutdown::Shutdown,
    store_reader::StoreReader,
};
use crate::{
    identity::PeerId,
    mailbox::Server,
    store::{FILE_NAME, Notifier, Snapshot, StoreError},
};

/// Maximum number of exports that are under way or wait.
const MOST_EXPORTS: usize = 8;

/// See the [module](self).
pub(super) struct Reader {
    folder: PathBuf,
    server: Server<Query, Answer>,
    /// Taken out of the channel, to see which other queries wait.
    inbox: VecDeque<Query>,
    /// The first one is under way; the others wait.
    exports: VecDeque<Export>,
    store: StoreReader,
    index: SharedIndex,
    /// Tells the indexer that its file is damaged.
    notifier: Notifier,
    shutdown: Shutdown,
}

impl Reader {
    pub(super) fn new(
        folder: &Path,
        server: Server<Query, Answer>,
        index: SharedIndex,
        notifier: Notifier,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            folder: folder.to_owned(),
            server,
            inbox: VecDeque::new(),
            exports: VecDeque::new(),
            store: StoreReader::new(folder, "history", shutdown.clone()),
            index,
            notifier,
            shutdown,
        }
    }

    /// Runs until the window is gone.
    pub(super) fn run(mut self) {
        loop {
            let answer = match self.next() {
                Ok(query) => self.answer(query),
                // Queries go first, so that the window does not wait for a file.
                Err(TryRecvError::Empty) => self.export().map(Answer::Exported),
                Err(TryRecvError::Disconnected) => return,
            };
            if self.shutdown.is_requested()
                || answer.is_some_and(|answer| !self.server.reply(answer))
            {
                return;
            }
            if self.index.lock().take_end() && !self.server.reply(Answer::IndexEnded) {
                return;
            }
        }
    }

    /// The next query; waits for one, unless there is an export to continue.
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

    /// Continues the oldest export. Returns its result, if it has ended.
    fn export(&mut self) -> Option<Result<PathBuf, ExportError>> {
        let done = match self.exports.front_mut()?.step(&mut self.store) {
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
                .store
                .read(Snapshot::summaries)
                .map(Answer::Conversations),
            Query::Page { peer_id, at } => {
                let page = self.store.read(|store| store.page(&peer_id, at));
                page.map(Answer::Page)
            }
            Query::Messages { peer_id, mut rows } => {
                rows.truncate(MOST_ROWS);
                let messages = self.store.read(|store| store.messages_at(&peer_id, &rows));
                messages.map(|messages| Answer::Messages { peer_id, messages })
            }
            Query::EarlierTexts { peer_id, row } => {
                let texts = self
                    .store
                    .read(|store| store.earlier_texts_of(&peer_id, row));
                texts.map(|texts| Answer::EarlierTexts {
                    peer_id,
                    row,
                    texts,
                })
            }
            Query::FirstSince { peer_id, at } => {
                let row = self.store.read(|store| store.first_since(&peer_id, at));
                row.map(|row| Answer::FirstSince(peer_id, row))
            }
            Query::Search { peer_id, words } => {
                let is_void = |later: &Query| matches!(later, Query::Search { .. });
                if self.inbox.iter().any(is_void) {
                    return None;
                }
                let found = self.search(peer_id.as_ref(), &words);
                found.map(Answer::Found)
            }
            Query::Export {
                peer_id,
                name,
                format,
                folder,
                now,
                words,
            } => {
                if self.exports.len() >= MOST_EXPORTS {
                    return Some(Answer::Exported(Err(ExportError::Busy)));
                }
                let format = Format::new(format, name, *words, now);
                match Export::begin(peer_id, folder, format) {
                    Ok(export) => self.exports.push_back(export),
                    Err(error) => return Some(Answer::Exported(Err(error))),
                }
                return None;
            }
            Query::Kept => self.store.read(Snapshot::kept).map(Answer::Kept),
            Query::Size => Ok(Answer::Size(size(&self.folder))),
        };
        Some(answer.unwrap_or_else(Answer::Failed))
    }

    fn search(&mut self, peer_id: Option<&PeerId>, words: &str) -> Result<Found, StoreError> {
        let mut index = self.index.lock();
        let (shutdown, notifier) = (&self.shutdown, &self.notifier);
        self.store.read(|store| {
            let found = search(store, index.open(shutdown), shutdown, peer_id, words);
            match found {
                Err(Fault::Index(error)) => {
                    index.close();
                    if error == StoreError::Damaged {
                        index.is_damaged = true;
                        notifier.changed();
                    }
                    // Without the index nothing is searched, and the answer says so.
                    search(store, None, shutdown, peer_id, words)
                }
                found => found,
            }
            .map_err(|fault| match fault {
                Fault::Store(error) | Fault::Index(error) => error,
            })
        })
    }
}

/// Size of the store and of the index, in bytes.
fn size(folder: &Path) -> u64 {
    ["", "-wal"]
        .iter()
        .map(|ending| folder.join(format!("{FILE_NAME}{ending}")))
        .chain(index::files(folder))
        .filter_map(|path| std::fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::{ANSWERS, ExportFormat, ExportWords, shutdown::shutdown},
        mailbox,
        store::samples::mina,
    };

    #[test]
    fn the_end_of_the_thread_that_writes_the_index_is_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let (wake, woken) = crossbeam_channel::bounded(8);
        let (client, server) = mailbox::pair(QUERIES, ANSWERS, move || {
            wake.try_send(()).ok();
        });
        let (_trigger, shutdown) = shutdown();
        let index = SharedIndex::new(folder.path());
        let watch = index::EndWatch(index.clone());
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _watch = watch;
            panic!("on purpose");
        }));
        assert!(ended.is_err());
        let notifier = Notifier::default();
        let reader = Reader::new(folder.path(), server, index, notifier, shutdown);
        for _ in 0..2 {
            client.send(Query::Size).expect("room");
        }
        let mut answers = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(move || reader.run());
            while answers.len() < 3 {
                client.drain(|answer| {
                    answers.push(answer);
                    true
                });
                if answers.len() < 3 {
                    let limit = std::time::Duration::from_secs(100);
                    woken.recv_timeout(limit).expect("an answer");
                }
            }
            drop(client);
        });
        let expected = [Answer::Size(0), Answer::IndexEnded, Answer::Size(0)];
        assert_eq!(answers, expected);
    }

    #[test]
    fn the_ninth_export_is_told_to_try_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_client, server) = mailbox::pair(QUERIES, ANSWERS, || {});
        let (_trigger, shutdown) = shutdown();
        let index = SharedIndex::new(folder.path());
        let notifier = Notifier::default();
        let mut reader = Reader::new(folder.path(), server, index, notifier, shutdown);
        let export = Query::Export {
            peer_id: mina(),
            name: "Mina".to_owned(),
            format: ExportFormat::Json,
            folder: folder.path().to_owned(),
            now: "2026-11-22T00:00:00+00:00[UTC]".parse().expect("a time"),
            words: Box::new(ExportWords {
                me: "I".to_owned(),
                waiting: String::new(),
                cancelled: String::new(),
                not_sent: String::new(),
                edited: String::new(),
                deleted: String::new(),
                file: "file".to_owned(),
                needs_newer: String::new(),
                missed: String::new(),
            }),
        };
        for _ in 0..MOST_EXPORTS {
            assert_eq!(reader.answer(export.clone()), None);
        }
        let busy = Answer::Exported(Err(ExportError::Busy));
        assert_eq!(reader.answer(export), Some(busy));
    }
}
