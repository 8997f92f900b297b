use crate::{mailbox::Drained, millis::Millis};
use crossbeam_channel::Receiver;
use std::{fs, time::Duration};

use super::*;
use crate::identity::StreamId;
use crate::store::{
    Change, Deletion, FILE_NAME, Store, changes,
    samples::{Sample, mina},
};

/// A history, and a channel that signals new answers.
fn started(folder: &Path) -> (Handle, Receiver<()>) {
    let (woken, wake_ups) = crossbeam_channel::bounded(1);
    let (_notifier, changes) = changes();
    let wake = move || {
        woken.try_send(()).ok();
    };
    (spawn(folder, changes, wake).expect("threads"), wake_ups)
}

fn answer((handle, wake_ups): &(Handle, Receiver<()>)) -> Answer {
    let mut found = None;
    while found.is_none() {
        wake_ups
            .recv_timeout(Duration::from_secs(100))
            .expect("woken");
        handle.drain(|answer| {
            found = Some(answer);
            false
        });
    }
    found.expect("an answer")
}

fn newest() -> Query {
    Query::Page {
        peer_id: mina(),
        at: At::Newest,
    }
}

fn texts(answer: Answer) -> Vec<String> {
    match answer {
        Answer::Page(page) => page.messages.into_iter().map(|one| one.text).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_query_waits_until_the_store_is_created() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let history = started(folder.path());
    history.0.send(newest()).expect("room");
    // As the worker does at its start, while the query waits for the file.
    fs::write(folder.path().join(FILE_NAME), b"").expect("written");
    let mut store = Store::open(folder.path()).expect("opened").store;
    assert_eq!(texts(answer(&history)), Vec::<String>::new());
    store.conversation(&mina(), Millis::new(0)).expect("made");
    history.0.send(Query::Size).expect("room");
    assert!(matches!(answer(&history), Answer::Size(1..)));
}

#[test]
fn without_a_store_a_query_fails_after_a_while() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let history = started(folder.path());
    history.0.send(newest()).expect("room");
    let missing = StoreError::Io(io::ErrorKind::NotFound);
    assert_eq!(answer(&history), Answer::Failed(missing));
    assert!(!folder.path().join(FILE_NAME).exists());
}

#[test]
fn a_store_that_was_set_aside_is_no_longer_read() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &["old"]);
    let history = started(sample.folder.path());
    history.0.send(newest()).expect("room");
    assert_eq!(texts(answer(&history)), ["old"]);

    let path = sample.folder.path().join(FILE_NAME);
    let Sample { store, folder } = sample;
    drop(store);
    if cfg!(unix) {
        for ending in ["-wal", "-shm"] {
            fs::remove_file(format!("{}{ending}", path.display())).ok();
        }
        fs::rename(&path, folder.path().join("aside")).expect("renamed");
        let store = Store::open(folder.path()).expect("opened").store;
        let mut sample = Sample { store, folder };
        let talked = sample.conversation(&mina());
        sample.say(talked, &["new"]);
        history.0.send(newest()).expect("room");
        assert_eq!(texts(answer(&history)), ["new"]);
    }
}

#[test]
fn damage_found_by_a_query_makes_the_next_start_check_the_store() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &["old"]);
    let Sample { store, folder } = sample;
    drop(store);
    let path = folder.path().join(FILE_NAME);
    let mut bytes = fs::read(&path).expect("read");
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0xa5);
    }
    fs::write(&path, bytes).expect("written");
    let mark = folder.path().join(format!("{FILE_NAME}-doubt"));
    let history = started(folder.path());
    assert!(!mark.exists());
    history.0.send(newest()).expect("room");
    assert_eq!(answer(&history), Answer::Failed(StoreError::Damaged));
    assert!(mark.exists());
}

#[test]
fn dropping_the_handle_ends_threads_that_wait_for_room() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &["one"]);
    let history = started(sample.folder.path());
    // More answers than there is room for.
    for _ in 0..2 * ANSWERS {
        while history.0.send(newest()) == Err(SendError::Busy) {
            std::thread::yield_now();
            if history.0.is_full() {
                break;
            }
        }
    }
    drop(history);
    // And one that waits for a store that is never created.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let history = started(folder.path());
    history.0.send(newest()).expect("room");
    drop(history);
}

#[test]
fn a_fake_history_is_asked_and_answers() {
    let (handle, threads) = fake(|| {});
    handle.send(newest()).expect("room");
    assert_eq!(threads.requests.try_recv(), Ok(newest()));
    threads.replies.send(Answer::Size(7)).expect("room");
    let mut told = Vec::new();
    let drained = handle.drain(|answer| {
        told.push(answer);
        true
    });
    assert_eq!((drained, told), (Drained::Empty, vec![Answer::Size(7)]));
    drop(threads);
    assert_eq!(handle.drain(|_| true), Drained::Gone);
    assert_eq!(handle.send(newest()), Err(SendError::Gone));
}

fn found(history: &(Handle, Receiver<()>), looked_for: &str) -> Found {
    // Asked for 100 s at least.
    for _ in 0..100_000 {
        let words = looked_for.to_owned();
        let search = Query::Search {
            peer_id: None,
            words,
        };
        history.0.send(search).expect("room");
        match answer(history) {
            Answer::Found(found) if found.behind == 0 => return found,
            // The index has the lowest priority: asking without a pause would hold it up.
            Answer::Found(_) => std::thread::sleep(Duration::from_millis(1)),
            other => panic!("{other:?}"),
        }
    }
    panic!("the index does not catch up");
}

#[test]
fn the_index_catches_up_and_then_follows_the_store() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &vec!["before"; 5_000]);
    let (woken, wake_ups) = crossbeam_channel::bounded(1);
    let (notifier, changes) = changes();
    sample.store.announce_to(notifier);
    let wake = move || {
        woken.try_send(()).ok();
    };
    let handle = spawn(sample.folder.path(), changes, wake).expect("threads");
    let history = (handle, wake_ups);
    assert_eq!(found(&history, "before").hits.len(), MOST_HITS);
    for number in 1..=20 {
        sample.say(talked, &["after"]);
        assert_eq!(found(&history, "AFTER").hits.len(), number);
    }
    let last = sample.store.last_row(talked).expect("read");
    Deletion::up_to(talked, last.previous()).run(&mut sample.store);
    assert_eq!(found(&history, "before").hits, []);
    assert_eq!(found(&history, "after").hits.len(), 1);
}

#[test]
fn the_index_follows_edits_and_deletions() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    let (notifier, changes) = changes();
    sample.store.announce_to(notifier);
    let (woken, wake_ups) = crossbeam_channel::bounded(1);
    let wake = move || {
        woken.try_send(()).ok();
    };
    let handle = spawn(sample.folder.path(), changes, wake).expect("threads");
    let history = (handle, wake_ups);
    let stream = StreamId::from_bytes([1; 16]);
    let mut batch = sample.store.batch().expect("begun");
    let written = batch
        .write(talked, "first words", stream, Millis::new(1))
        .expect("kept");
    batch.commit().expect("kept");
    assert_eq!(found(&history, "first").hits.len(), 1);
    for (change, looked_for) in [
        (Change::Edit("second words".to_owned()), "second"),
        (Change::Edit("third words".to_owned()), "third"),
        (Change::Delete, ""),
    ] {
        let mut batch = sample.store.batch().expect("begun");
        let done = batch.change(talked, written.row, &change, stream, Millis::new(2));
        done.expect("kept").expect("ours");
        batch.commit().expect("kept");
        for word in ["first", "second", "third"] {
            let hits = found(&history, word).hits.len();
            assert_eq!(hits, usize::from(word == looked_for), "{word}");
        }
    }
}

#[test]
fn a_damaged_index_is_built_again() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &vec!["word"; 3_000]);
    let path = sample.folder.path().join(index::FILE_NAME);
    found(&started(sample.folder.path()), "word");
    let good = fs::read(&path).expect("read");
    let mut torn = good.clone();
    for page in torn.chunks_mut(4096).skip(1) {
        page[..64].fill(0xa5);
    }
    let mut newer = good.clone();
    newer[60..64].copy_from_slice(&7_u32.to_be_bytes());
    for bytes in [
        b"no database at all".repeat(1_000),
        vec![0; 8192],
        good[..good.len() / 2].to_vec(),
        torn,
        newer,
        Vec::new(),
    ] {
        for path in index::files(sample.folder.path()) {
            fs::remove_file(path).ok();
        }
        fs::write(&path, &bytes).expect("written");
        let history = started(sample.folder.path());
        assert_eq!(found(&history, "word").hits.len(), MOST_HITS);
    }
}

#[test]
fn an_index_of_somebody_else_is_left_alone_and_our_first_one_is_removed() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &["word"]);
    let first = sample.folder.path().join("index.db");
    let foreign = rusqlite::Connection::open(&first).expect("opened");
    let sql = "CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 7";
    foreign.execute_batch(sql).expect("made");
    drop(foreign);
    for theirs in [
        fs::read(&first).expect("read"),
        b"no database at all".to_vec(),
    ] {
        fs::write(&first, &theirs).expect("written");
        let history = started(sample.folder.path());
        assert_eq!(found(&history, "word").hits.len(), 1);
        drop(history);
        assert_eq!(fs::read(&first).expect("there"), theirs);
    }
    // The thread that writes it may have been stopped before it had made all of it.
    let (_trigger, shutdown) = shutdown::shutdown();
    drop(index::Index::open(sample.folder.path(), &shutdown).expect("opened"));
    let ours = sample.folder.path().join(index::FILE_NAME);
    fs::copy(ours, &first).expect("copied");
    drop(started(sample.folder.path()));
    assert!(!first.exists());
}

#[test]
fn queries_overtake_an_export_and_an_interrupted_one_leaves_no_file() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &vec!["word"; 20_000]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let words = ExportWords {
        me: "I".to_owned(),
        waiting: String::new(),
        cancelled: String::new(),
        not_sent: String::new(),
        edited: String::new(),
        deleted: String::new(),
        file: "file".to_owned(),
        needs_newer: String::new(),
        missed: String::new(),
    };
    let export = Query::Export {
        peer_id: mina(),
        name: "Mina".to_owned(),
        format: ExportFormat::Json,
        folder: folder.path().to_owned(),
        now: "2026-11-22T00:00:00+00:00[UTC]".parse().expect("a time"),
        words: Box::new(words),
    };
    let files = || fs::read_dir(folder.path()).expect("listed").count();
    let history = started(sample.folder.path());
    history.0.send(export.clone()).expect("room");
    history.0.send(newest()).expect("room");
    assert_eq!(texts(answer(&history)).len(), PAGE);
    let Answer::Exported(Ok(path)) = answer(&history) else {
        panic!("no file");
    };
    assert_eq!((path.parent(), files()), (Some(folder.path()), 1));

    history.0.send(export).expect("room");
    history.0.send(newest()).expect("room");
    assert_eq!(texts(answer(&history)).len(), PAGE);
    drop(history);
    assert_eq!(files(), 1);
}

#[test]
fn an_index_damaged_while_in_use_is_built_again() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &["word"; 300]);
    let history = started(sample.folder.path());
    assert_eq!(found(&history, "word").hits.len(), MOST_HITS);
    let path = sample.folder.path().join(index::FILE_NAME);
    // Closed again at once: on Windows a file that is open can't be removed.
    let torn = rusqlite::Connection::open(path)
        .and_then(|index| index.execute("DELETE FROM said_1_data", []));
    assert!(torn.is_ok_and(|rows| rows > 0));
    assert_eq!(found(&history, "word").hits.len(), MOST_HITS);
    assert_eq!(found(&history, "wor").hits.len(), MOST_HITS);
}

#[test]
fn changed_messages_and_their_earlier_texts_are_read_by_row() {
    let mut sample = Sample::new();
    let talked = sample.conversation(&mina());
    sample.say(talked, &["one", "two"]);
    let ours = StreamId::from_bytes([1; 16]);
    let mut batch = sample.store.batch().expect("begun");
    let written = batch.write(talked, "at three", ours, Millis::new(1));
    let row = written.expect("kept").row;
    let edit = Change::Edit("at four".to_owned());
    let edited = batch.change(talked, row, &edit, ours, Millis::new(2));
    edited.expect("kept").expect("it can be edited");
    batch.commit().expect("kept");

    let history = started(sample.folder.path());
    let missing = row.next();
    let rows = vec![row, missing, Row::FIRST];
    let peer_id = mina();
    history
        .0
        .send(Query::Messages { peer_id, rows })
        .expect("room");
    let Answer::Messages { peer_id, messages } = answer(&history) else {
        panic!("they were asked for");
    };
    let found = messages
        .iter()
        .map(|one| (one.text.as_str(), one.marks.is_edited));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [("at four", true), ("one", false)]
    );
    assert_eq!(peer_id, mina());
    history
        .0
        .send(Query::EarlierTexts { peer_id, row })
        .expect("room");
    let texts = vec![("at three".to_owned(), Millis::new(2))];
    let peer_id = mina();
    let earlier = Answer::EarlierTexts {
        peer_id,
        row,
        texts,
    };
    assert_eq!(answer(&history), earlier);
}
