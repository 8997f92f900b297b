//! Files between two programs: offered, accepted, moved, interrupted and given up.

use std::{
    fs,
    path::{Path, PathBuf},
};

use duologue::{
    files::Files,
    identity::{PeerId, PublicKey},
    net::{
        AcceptFiles, Command, ContactChange, Event, FileControl, Hindrance, How, MessageId,
        OfferError, Preferences,
    },
    store::{FileInfo, FileState, Message, ReadConnection, Row},
};
use tempfile::TempDir;

use crate::{
    delivery::{folder, key_of, meet, start},
    peers::proxy::{Harm, Proxy, Way},
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

#[test]
fn files_of_any_size_arrive_whole_in_both_directions() {
    let mut pair = Pair::meeting();
    for (from, size) in [(0, 0), (1, 1), (0, 262_144), (1, 262_145), (0, 3_000_000)] {
        let path = pair.source(&format!("{size} 바이트.bin"), size);
        let rows = pair.offer(from, &path);
        assert_eq!(pair.file(from, rows[from]).state, FileState::Offered);
        pair.accept(1 - from, rows[1 - from]);
        let file = pair.becomes(1 - from, rows[1 - from], FileState::Arrived);
        pair.becomes(from, rows[from], FileState::Arrived);
        let arrived = file.path.expect("it is there");
        assert_eq!(arrived.parent(), Some(pair.downloads.path()));
        assert!(fs::read(&arrived).expect("read") == content(size), "{size}");
        assert_eq!(file.size, size as u64);
    }
    assert_eq!(
        pair.downloaded().len(),
        5,
        "and nothing else: {:?}",
        pair.downloaded()
    );
}

#[test]
fn a_folder_arrives_with_everything_in_it() {
    let mut pair = Pair::meeting();
    let source = pair.sources.path().join("photos");
    fs::create_dir_all(source.join("a/b")).expect("made");
    for (name, size) in [("one", 10), ("a/two", 700_000), ("a/b/three", 0)] {
        fs::write(source.join(name), content(size)).expect("written");
    }
    let rows = pair.offer(0, &source);
    assert_eq!(pair.file(1, rows[1]).files, Some(3));
    pair.accept(1, rows[1]);
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    let arrived = file.path.expect("it is there");
    for (name, size) in [("one", 10), ("a/two", 700_000), ("a/b/three", 0)] {
        assert!(fs::read(arrived.join(name)).expect("read") == content(size));
    }
}

/// Its files have other names here, so it can't be found again by what is in it.
#[test]
fn a_folder_that_arrives_while_the_store_is_busy_arrives_once() {
    let mut pair = Pair::apart();
    let source = pair.sources.path().join("photos");
    fs::create_dir(&source).expect("made");
    let size = 8 << 20;
    // Windows takes what follows a colon for something else than a part of the name.
    let name = if cfg!(windows) { "a_b.bin" } else { "a:b.bin" };
    fs::write(source.join(name), content(size)).expect("written");
    let proxy = Proxy::before(pair.port);
    proxy.carry(Harm::Hold(Way::There, size / 2));
    let (key, port) = (pair.keys[1], proxy.port());
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(port, How::To(key));
    one.named();
    other.named();
    let rows = pair.offer(0, &source);
    pair.accept(1, rows[1]);
    pair.moves(1, rows[1]);
    let store = pair.folders[1].path().join(duologue::store::FILE_NAME);
    let other = rusqlite::Connection::open(store).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    proxy.release();
    pair.program(1).expect("StoreFailed", |event| {
        matches!(event, Event::StoreFailed(_)).then_some(())
    });
    assert_eq!(pair.file(1, rows[1]).state, FileState::Accepted);
    other.execute_batch("ROLLBACK").expect("unlocked");
    for side in [1, 0] {
        pair.becomes(side, rows[side], FileState::Arrived);
    }
    assert_eq!(pair.downloaded(), ["photos"]);
}

#[test]
fn an_empty_folder_arrives() {
    let mut pair = Pair::meeting();
    let source = pair.sources.path().join("nothing in it");
    fs::create_dir(&source).expect("made");
    let rows = pair.offer(0, &source);
    for (side, row) in rows.into_iter().enumerate() {
        assert_eq!(pair.file(side, row).files, Some(0), "a folder");
    }
    pair.accept(1, rows[1]);
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    let arrived = fs::read_dir(file.path.expect("it is there"));
    assert_eq!(arrived.expect("a folder").count(), 0);
}

#[test]
fn an_offer_waits_for_an_absent_peer() {
    let mut pair = Pair::apart();
    let path = pair.source("later", 5_000);
    let to = pair.keys[1];
    let id = MessageId(99);
    let keep_location = false;
    pair.program(0).ask(&Command::Offer {
        id,
        to,
        path,
        keep_location,
    });
    let row = pair.program(0).expect_kept("Stored", |event| {
        messages::stored(event).map(|(_, row)| messages::row(row))
    });
    let port = pair.port;
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(port, How::To(other.key()));
    let there = pair.offered(1);
    pair.accept(1, there);
    pair.becomes(1, there, FileState::Arrived);
    pair.becomes(0, row, FileState::Arrived);
}

#[test]
fn what_is_declined_does_not_move() {
    let mut pair = Pair::meeting();
    let path = pair.source("no", 5_000);
    let rows = pair.offer(0, &path);
    let to = pair.keys[0];
    let (row, accept) = (rows[1], None);
    pair.program(1)
        .ask(&Command::AnswerFile { to, row, accept });
    pair.becomes(0, rows[0], FileState::Declined);
    // A later answer changes nothing.
    pair.accept(1, rows[1]);
    pair.program(1).settle();
    assert_eq!(pair.file(1, rows[1]).state, FileState::Declined);
    assert_eq!(pair.downloaded(), Vec::<String>::new());
}

#[test]
fn a_file_goes_on_where_it_was_cut() {
    let size = 32_000_000;
    let mut pair = Pair::apart();
    let path = pair.source("cut", size);
    let proxy = Proxy::before(pair.port);
    let first = proxy.carry(Harm::Reset(Way::There, size / 4 * 3));
    let key = pair.keys[1];
    let port = proxy.port();
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(port, How::To(key));
    one.named();
    other.named();
    let rows = pair.offer(0, &path);
    pair.accept(1, rows[1]);
    let second = proxy.carry(Harm::Nothing);
    // The caller calls again by itself.
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    assert!(fs::read(file.path.expect("there")).expect("read") == content(size));
    drop(pair);
    let carried =
        first.join().expect("ended").there.len() + second.join().expect("ended").there.len();
    // A reset takes with it what the system has and the program has not read.
    let lost = 8_000_000;
    assert!(
        carried < size + size / 10 + lost,
        "{carried} bytes for {size}"
    );
}

#[test]
fn a_file_goes_on_after_a_restart_of_either_side() {
    let size = 48_000_000;
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("restart", size);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        pair.programs[side] = None;
        pair.programs[side] = Some(start(&pair.folders[side]));
        if side == 1 {
            pair.port = pair.program(1).listen();
        }
        let port = pair.port;
        let key = pair.keys[1];
        pair.program(0).call(port, How::To(key));
        let file = pair.becomes(1, rows[1], FileState::Arrived);
        pair.becomes(0, rows[0], FileState::Arrived);
        assert!(fs::read(file.path.expect("there")).expect("read") == content(size));
        assert_eq!(pair.downloaded(), ["restart"]);
    }
}

#[test]
fn either_side_pauses_and_goes_on() {
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("pause", 48_000_000);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        pair.control(side, rows[side], FileControl::Pause);
        let paused = |by_me| FileState::Paused {
            by_me,
            by_them: !by_me,
            disk_full: false,
        };
        pair.becomes(side, rows[side], paused(true));
        pair.becomes(1 - side, rows[1 - side], paused(false));
        for (side, row) in rows.into_iter().enumerate() {
            crate::delivery::until("it is kept how far it was", || {
                pair.file(side, row).moved > 0
            });
        }
        // The other one can't let it go on.
        pair.control(1 - side, rows[1 - side], FileControl::Resume);
        for side in 0..2 {
            pair.program(side).settle();
        }
        assert_eq!(pair.file(side, rows[side]).state, paused(true));
        pair.control(side, rows[side], FileControl::Resume);
        pair.becomes(1, rows[1], FileState::Arrived);
        pair.becomes(0, rows[0], FileState::Arrived);
    }
}

#[test]
fn either_side_cancels_and_nothing_is_left_of_it() {
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("cancel", 48_000_000);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        pair.control(side, rows[side], FileControl::Cancel);
        pair.becomes(side, rows[side], FileState::Cancelled { by_me: true });
        pair.becomes(
            1 - side,
            rows[1 - side],
            FileState::Cancelled { by_me: false },
        );
        crate::delivery::until("the part is deleted", || pair.downloaded().is_empty());
        // The conversation goes on.
        let key = pair.keys[1];
        pair.program(0).write(1, key, "never mind");
        assert_eq!(pair.program(1).text(), "never mind");
    }
}

#[test]
fn a_source_that_changes_is_never_mixed() {
    let mut pair = Pair::meeting();
    let path = pair.source("changes", 3_000_000);
    let rows = pair.offer(0, &path);
    fs::write(&path, content(2_999_999)).expect("written");
    pair.accept(1, rows[1]);
    pair.becomes(1, rows[1], FileState::Changed);
    pair.becomes(0, rows[0], FileState::Changed);
    crate::delivery::until("the part is deleted", || pair.downloaded().is_empty());
}

#[test]
fn what_can_not_be_offered_is_said_so() {
    let mut pair = Pair::meeting();
    let to = pair.keys[1];
    let (id, keep_location) = (MessageId(1), false);
    let path = pair.sources.path().join("missing");
    pair.program(0).ask(&Command::Offer {
        id,
        to,
        path,
        keep_location,
    });
    let why = pair.program(0).expect("OfferFailed", |event| match event {
        Event::OfferFailed {
            id: MessageId(1),
            why,
        } => Some(*why),
        _ => None,
    });
    assert_eq!(why, OfferError::NotFound);
}

#[test]
fn messages_overtake_a_file() {
    let mut pair = Pair::meeting();
    let path = pair.source("large", 100_000_000);
    let rows = pair.offer(0, &path);
    pair.accept(1, rows[1]);
    pair.moves(1, rows[1]);
    let key = pair.keys[1];
    for id in 1..=20 {
        let text = format!("message {id}");
        pair.program(0).write(id, key, &text);
        assert_eq!(pair.program(1).text(), text);
    }
    assert_eq!(
        pair.file(1, rows[1]).state,
        FileState::Accepted,
        "it is slower"
    );
    pair.control(1, rows[1], FileControl::Cancel);
    pair.becomes(0, rows[0], FileState::Cancelled { by_me: false });
}

#[test]
fn files_from_verified_peers_are_accepted_up_to_a_size() {
    let mut pair = Pair::meeting();
    let preferences = Preferences {
        accept_files: Some(AcceptFiles {
            folder: pair.downloads.path().to_owned(),
            up_to: 1_000,
        }),
        ..Preferences::default()
    };
    pair.program(1).ask(&Command::SetPreferences(preferences));
    let small = pair.source("small", 1_000);
    let rows = pair.offer(0, &small);
    pair.program(1).settle();
    assert_eq!(
        pair.file(1, rows[1]).state,
        FileState::Offered,
        "not verified"
    );
    let key = pair.keys[0];
    pair.program(1)
        .change(key, ContactChange::SetVerified(true));
    let rows = pair.offer(0, &small);
    pair.becomes(1, rows[1], FileState::Arrived);
    let large = pair.source("larger", 1_001);
    let rows = pair.offer(0, &large);
    pair.program(1).settle();
    assert_eq!(pair.file(1, rows[1]).state, FileState::Offered, "too large");
}

#[test]
fn an_offer_that_is_deleted_or_erased_ends() {
    let mut pair = Pair::meeting();
    let path = pair.source("gone", 48_000_000);
    // Deleted for both.
    let rows = pair.offer(0, &path);
    pair.accept(1, rows[1]);
    pair.moves(1, rows[1]);
    let (to, row) = (pair.keys[1], rows[0]);
    let change = duologue::store::Change::Delete;
    pair.program(0).ask(&Command::Change { to, row, change });
    crate::delivery::until("the part is deleted", || pair.downloaded().is_empty());
    let message = message(&pair.folders[1], pair.keys[0], rows[1]);
    assert!(message.marks.is_deleted && message.file.is_none());
    // Erased on the sender's side before it is accepted.
    let rows = pair.offer(0, &path);
    let to = pair.keys[1];
    pair.program(0).expect_kept("delivered", |event| {
        let rows = messages::settled(event)?;
        rows.iter().any(|(row, _)| *row == 2).then_some(())
    });
    pair.program(0).ask(&Command::Clear(Some(PeerId::Key(to))));
    pair.program(0).expect("Cleared", |event| {
        matches!(event, Event::Cleared(_)).then_some(())
    });
    pair.accept(1, rows[1]);
    let failed = FileState::Failed(duologue::store::FileFailure::Unreadable);
    pair.becomes(1, rows[1], failed);
}

#[test]
fn a_folder_that_can_not_be_written_fails_the_file_and_not_the_conversation() {
    let mut pair = Pair::meeting();
    let path = pair.source("a file", 300_000);
    let rows = pair.offer(0, &path);
    // Its folder is a file.
    let accept = Some(path.clone());
    let (to, row) = (pair.keys[0], rows[1]);
    pair.program(1)
        .ask(&Command::AnswerFile { to, row, accept });
    let failed = FileState::Failed(duologue::store::FileFailure::Unwritable);
    pair.becomes(1, rows[1], failed);
    pair.becomes(0, rows[0], failed);
    let key = pair.keys[1];
    pair.program(0).write(1, key, "never mind");
    assert_eq!(pair.program(1).text(), "never mind");
}

/// Its disk was unplugged.
#[test]
fn a_file_whose_folder_is_away_goes_on_when_the_folder_is_back() {
    let mut pair = Pair::meeting();
    let disk = pair.downloads.path().join("disk");
    let unplugged = pair.downloads.path().join("unplugged");
    fs::create_dir(&disk).expect("made");
    let size = 48_000_000;
    let path = pair.source("film", size);
    let rows = pair.offer(0, &path);
    pair.accept_into(1, rows[1], &disk);
    pair.moves(1, rows[1]);
    pair.programs[1] = None;
    fs::rename(&disk, &unplugged).expect("renamed");
    pair.programs[1] = Some(start(&pair.folders[1]));
    pair.port = pair.program(1).listen();
    let (port, key) = (pair.port, pair.keys[1]);
    pair.program(0).call(port, How::To(key));
    let by = pair.program(1).expect("FileHindered", |event| match event {
        Event::FileHindered { row, by, .. } if *row == rows[1] => Some(*by),
        _ => None,
    });
    assert_eq!(by, Hindrance::NoFolder);
    assert!(!disk.exists(), "it would be on another disk");
    pair.program(0).write(1, key, "where is it?");
    assert_eq!(pair.program(1).text(), "where is it?");
    fs::rename(&unplugged, &disk).expect("renamed");
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    assert!(fs::read(file.path.expect("there")).expect("read") == content(size));
    let names: Vec<_> = fs::read_dir(&disk).expect("listed").collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn without_history_an_offer_outlives_a_cut() {
    let mut pair = Pair::meeting();
    for side in 0..2 {
        let preferences = Preferences {
            keep_history: false,
            ..Preferences::default()
        };
        pair.program(side)
            .ask(&Command::SetPreferences(preferences));
    }
    let path = pair.source("later", 300_000);
    let rows = pair.offer(0, &path);
    pair.program(0).ask(&Command::Disconnect);
    pair.program(0).ended();
    pair.program(1).ended();
    for side in 0..2 {
        pair.program(side).settle();
    }
    let (port, key) = (pair.port, pair.keys[1]);
    pair.program(0).call(port, How::To(key));
    pair.program(0).named();
    pair.accept(1, rows[1]);
    pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    assert_eq!(pair.downloaded(), ["later"]);
}

#[test]
fn a_file_that_moves_goes_on_when_its_conversation_is_erased() {
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("moves", 48_000_000);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        let peer_id = PeerId::Key(pair.keys[1 - side]);
        pair.program(side).ask(&Command::Clear(Some(peer_id)));
        pair.becomes(1, rows[1], FileState::Arrived);
        pair.becomes(0, rows[0], FileState::Arrived);
        assert_eq!(pair.downloaded(), ["moves"]);
    }
}

/// A pasted picture, or one without the place where it was taken.
#[test]
fn a_copy_that_was_offered_is_deleted_with_its_message() {
    for erases in [false, true] {
        let mut pair = Pair::meeting();
        let outgoing = pair.folders[0].path().join("outgoing");
        let copy = Files::outgoing(&outgoing, "pasted.png").expect("a folder");
        fs::write(&copy, content(100)).expect("written");
        let (to, keep_location) = (pair.keys[1], true);
        pair.program(0).ask(&Command::Offer {
            id: MessageId(99),
            to,
            path: copy.clone(),
            keep_location,
        });
        let row = pair.offered(1);
        pair.accept(1, row);
        pair.becomes(1, row, FileState::Arrived);
        pair.becomes(0, row, FileState::Arrived);
        assert!(copy.exists(), "it is shown, and may be sent again");
        let change = duologue::store::Change::Delete;
        pair.program(0).ask(&if erases {
            Command::Clear(Some(PeerId::Key(to)))
        } else {
            Command::Change { to, row, change }
        });
        crate::delivery::until("the copy is deleted", || !copy.exists());
    }
}

/// It was made, and the program was killed before there was an offer of it.
#[test]
fn a_copy_that_was_never_offered_is_deleted_at_the_next_start() {
    let mut pair = Pair::meeting();
    let outgoing = pair.folders[0].path().join("outgoing");
    let copies = ["offered.png", "left behind.png"].map(|name| {
        let copy = Files::outgoing(&outgoing, name).expect("a folder");
        fs::write(&copy, content(100)).expect("written");
        copy
    });
    let rows = pair.offer(0, &copies[0]);
    pair.programs[0] = None;
    pair.programs[0] = Some(start(&pair.folders[0]));
    crate::delivery::until("it is deleted", || !copies[1].exists());
    assert!(copies[0].exists(), "it is offered");
    let (port, key) = (pair.port, pair.keys[1]);
    pair.program(0).call(port, How::To(key));
    pair.accept(1, rows[1]);
    pair.becomes(1, rows[1], FileState::Arrived);
}

/// Files of these sizes, in bytes, move in each direction at the same time.
const SIZES: [usize; 8] = [
    0, 1, 1_000, 262_144, 300_000, 1_000_000, 3_000_000, 6_000_000,
];
/// How often the connection is cut.
const CUTS: usize = 12;

#[test]
fn files_and_messages_arrive_once_and_whole_through_many_cuts() {
    let mut pair = Pair::apart();
    let proxy = Proxy::before(pair.port);
    let proxy_port = proxy.port();
    // The first and the last connection are not cut, and those between a bit later each time.
    let harms =
        (1..=CUTS).map(|cut| Harm::Reset([Way::There, Way::Back][cut % 2], 6_000 + 250_000 * cut));
    let harms = [Harm::Nothing]
        .into_iter()
        .chain(harms)
        .chain([Harm::Nothing]);
    let (ended, lines) = crossbeam_channel::bounded(CUTS + 2);
    crate::support::thread("one connection after another", move || {
        for harm in harms {
            let line = proxy.carry(harm).join().expect("ended");
            if ended.send(line).is_err() {
                return;
            }
        }
    });
    let key = pair.keys[1];
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(proxy_port, How::To(key));
    one.named();
    other.named();
    let mut offered = Vec::new();
    for size in SIZES {
        for from in 0..2 {
            let path = pair.source(&format!("{from} {size}"), size);
            offered.push((from, size, pair.offer(from, &path)));
        }
    }
    pair.program(0).ask(&Command::Disconnect);
    pair.program(0).ended();
    pair.program(1).ended();
    for (from, _, rows) in &offered {
        pair.accept(1 - from, rows[1 - from]);
    }
    pair.program(0).call(proxy_port, How::To(key));
    let keys = pair.keys;
    for id in 1..=20 {
        let to = keys[1];
        pair.program(0).write(id, to, &format!("message {id}"));
    }
    let mut total = 0;
    for (from, size, rows) in offered {
        let file = pair.becomes(1 - from, rows[1 - from], FileState::Arrived);
        pair.becomes(from, rows[from], FileState::Arrived);
        let arrived = file.path.expect("it is there");
        assert!(
            fs::read(&arrived).expect("read") == content(size),
            "{arrived:?}"
        );
        total += size;
    }
    let texts: Vec<_> = (1..=20).map(|id| format!("message {id}")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    crate::delivery::assert_heard(pair.program(1), &texts);
    assert_eq!(
        pair.downloaded().len(),
        2 * SIZES.len(),
        "{:?}",
        pair.downloaded()
    );
    drop(pair);
    let first = lines.recv().expect("it has ended");
    let mut carried = first.there.len() + first.back.len();
    let mut cuts = 0;
    loop {
        let line = lines.recv().expect("it has ended");
        carried += line.there.len() + line.back.len();
        if !line.harmed {
            break;
        }
        cuts += 1;
    }
    // A reset takes with it what the system has and the program has not read.
    let most = total + total / 10 + cuts * 3_000_000;
    assert!(
        carried < most,
        "{carried} bytes for {total}, with {cuts} cuts"
    );
    assert!(cuts > 2, "{cuts} cuts");
}
