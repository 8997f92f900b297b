//! Files between two programs: offered, accepted, moved, interrupted and given up.

mod arriving;
mod given_up;
mod hostile;
mod interrupted;
#[cfg(unix)]
mod permissions;

use std::{
    fs,
    path::{Path, PathBuf},
};

use duologue::{
    identity::{PeerId, PublicKey},
    net::{Command, Event, FileControl, MessageId},
    store::{FileInfo, FileState, Message, ReadConnection, Row},
};
use tempfile::TempDir;

use crate::{
    delivery::{folder, key_of, meet, start},
    support::{Program, messages},
};

/// Two programs that know each other's keys, their data folders, and where the second one puts what it receives.
pub(crate) struct Pair {
    folders: [TempDir; 2],
    programs: [Option<Program>; 2],
    keys: [PublicKey; 2],
    downloads: TempDir,
    sources: TempDir,
    port: u16,
}

impl Pair {
    /// The first has called the second.
    pub(crate) fn meeting() -> Self {
        let mut pair = Self::apart();
        let [Some(one), Some(other)] = &mut pair.programs else {
            panic!("both run")
        };
        meet(one, other, pair.port);
        pair
    }

    fn apart() -> Self {
        let folders = [folder(), folder()];
        let mut programs = folders.each_ref().map(|folder| Some(start(folder)));
        let keys = folders.each_ref().map(key_of);
        let port = programs[1].as_mut().expect("it runs").listen();
        Self {
            folders,
            programs,
            keys,
            downloads: folder(),
            sources: folder(),
            port,
        }
    }

    pub(crate) fn program(&mut self, side: usize) -> &mut Program {
        self.programs[side].as_mut().expect("it runs")
    }

    pub(crate) fn key(&self, side: usize) -> PublicKey {
        self.keys[side]
    }

    /// A file of this many bytes that are not alike.
    pub(crate) fn source(&self, name: &str, size: usize) -> PathBuf {
        let path = self.sources.path().join(name);
        fs::write(&path, content(size)).expect("written");
        path
    }

    /// Offers a file, and returns its row there and here.
    #[track_caller]
    pub(crate) fn offer(&mut self, from: usize, path: &Path) -> [Row; 2] {
        let to = self.keys[1 - from];
        self.program(from).ask(&Command::Offer {
            id: MessageId(99),
            to,
            path: path.to_owned(),
            keep_location: false,
        });
        let row = self.program(from).expect_kept("Stored", |event| {
            messages::stored(event)
                .filter(|(id, _)| *id == 99)
                .map(|(_, row)| row)
        });
        let other = self.offered(1 - from);
        let mut rows = [other; 2];
        rows[from] = messages::row(row);
        rows
    }

    /// The next offer that this side receives.
    #[track_caller]
    fn offered(&mut self, side: usize) -> Row {
        self.program(side).expect("an offer", |event| match event {
            Event::Received {
                row,
                payload: duologue::net::Payload::Offer { .. },
                ..
            } => *row,
            _ => None,
        })
    }

    fn accept(&mut self, side: usize, row: Row) {
        let folder = self.downloads.path().to_owned();
        self.accept_into(side, row, &folder);
    }

    pub(crate) fn accept_into(&mut self, side: usize, row: Row, folder: &Path) {
        let to = self.keys[1 - side];
        let accept = Some(folder.to_owned());
        self.program(side)
            .ask(&Command::AnswerFile { to, row, accept });
    }

    pub(crate) fn control(&mut self, side: usize, row: Row, control: FileControl) {
        let to = self.keys[1 - side];
        self.program(side)
            .ask(&Command::ControlFile { to, row, control });
    }

    fn file(&self, side: usize, row: Row) -> FileInfo {
        let message = message(&self.folders[side], self.keys[1 - side], row);
        message.file.expect("an offer")
    }

    /// Waits until the file in this row of this side is in this state.
    #[track_caller]
    pub(crate) fn becomes(&mut self, side: usize, row: Row, state: FileState) -> FileInfo {
        loop {
            let file = self.file(side, row);
            if file.state == state {
                return file;
            }
            assert!(!file.state.is_over(), "{file:?}");
            self.program(side).expect("a change of a file", |event| {
                matches!(event, Event::MessageChanged { .. }).then_some(())
            });
        }
    }

    /// Waits until some of it has moved.
    #[track_caller]
    fn moves(&mut self, side: usize, row: Row) -> u64 {
        self.program(side).expect("progress", |event| match event {
            Event::FileProgress { row: of, moved, .. } if *of == row && *moved > 0 => Some(*moved),
            _ => None,
        })
    }

    /// What is in the folder for downloads: names, in order.
    fn downloaded(&self) -> Vec<String> {
        let entries = fs::read_dir(self.downloads.path()).expect("listed");
        let names = entries.map(|entry| entry.expect("listed").file_name());
        let mut names: Vec<_> = names
            .map(|name| name.into_string().expect("text"))
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn try_message(folder: &TempDir, peer: PublicKey, row: Row) -> Option<Message> {
    let store = ReadConnection::open(folder.path()).expect("a store");
    let read = store.read(|snapshot| snapshot.messages_at(&PeerId::Key(peer), &[row]));
    read.expect("read").pop()
}

pub(crate) fn message(folder: &TempDir, peer: PublicKey, row: Row) -> Message {
    try_message(folder, peer, row).expect("it is there")
}

pub(crate) fn content(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.extend(state.to_be_bytes());
    }
    bytes.truncate(size);
    bytes
}
