//! Takes over what can be read of a damaged database: one with contacts and messages, in which arbitrary bytes were
//! changed, or whose end is missing. It ends, and leaves a store that can be opened.
#![no_main]

use std::{cell::OnceCell, fs};

use arbitrary::Arbitrary;
use duologue::{
    identity::{PeerId, PublicKey, StreamId, Trust},
    millis::Millis,
    store::{Content, FILE_NAME, Finished, Incoming, Salvage, Store},
};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// Far more pieces than such a file needs.
const MAX_PIECES: u32 = 10_000;
/// Number of messages in the file, and of contacts.
const MESSAGES: u64 = 300;
const CONTACTS: u8 = 3;
/// The name of a file that was set aside.
const ASIDE_NAME: &str = "duologue.db.bad";

#[derive(Debug, Arbitrary)]
struct Change<'a> {
    page: u8,
    place: u16,
    /// Part of the input, or the same byte many times.
    bytes: Result<&'a [u8], (u8, u16)>,
}

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    changes: Vec<Change<'a>>,
    /// How many of the last bytes are missing.
    missing: u32,
    is_cut: bool,
}

thread_local! {
    static WHOLE: OnceCell<Vec<u8>> = const { OnceCell::new() };
}

fuzz_target!(|input: Input<'_>| {
    let whole = WHOLE.with(|whole| whole.get_or_init(whole_file).clone());
    let mut bytes = whole.clone();
    for change in &input.changes {
        let start = usize::from(change.page) * 4_096 + usize::from(change.place) % 4_096;
        let start = start % bytes.len();
        let Some(rest) = bytes.get_mut(start..) else { continue };
        match change.bytes {
            Ok(new) => {
                for (old, new) in rest.iter_mut().zip(new) {
                    *old = *new;
                }
            }
            Err((byte, count)) => rest.iter_mut().take(count.into()).for_each(|old| *old = byte),
        }
    }
    if input.is_cut {
        bytes.truncate(bytes.len() - input.missing as usize % bytes.len());
    }

    let folder = tempfile::tempdir().expect("a folder");
    let aside = folder.path().join(ASIDE_NAME);
    fs::write(&aside, &bytes).expect("written");
    let mut store = open(&folder);
    let salvaged = store.salvage(&aside).is_ok();
    let mut result = None;
    for _ in 0..MAX_PIECES {
        if !store.has_work() {
            break;
        }
        if let Some(Finished::Salvage(salvage)) = store.step().expect("kept") {
            assert_eq!(result.replace(salvage), None, "once for one file");
        }
    }
    assert!(!store.has_work(), "it does not end");
    assert_eq!(result.is_some(), salvaged);
    if bytes == whole {
        let expected = Salvage {
            contacts: CONTACTS.into(),
            messages: MESSAGES,
            has_losses: false,
        };
        assert_eq!(result, Some(Ok(expected)));
    }
    if let Some(Ok(salvage)) = result {
        assert!(store.contacts().expect("read").len() as u64 >= salvage.contacts);
    }
    drop(store);
    open(&folder);
});

fn open(folder: &TempDir) -> Store {
    let opened = Store::open(folder.path()).expect("opened");
    assert!(!folder.path().join("duologue.db.bad2").exists(), "set aside too");
    opened.store
}

fn whole_file() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    for number in 1..=CONTACTS {
        let key = PublicKey::from_bytes([number; 32]);
        let trust = [Trust::Accepted, Trust::Invited, Trust::Verified][usize::from(number) % 3];
        let (ip, now) = ([10, 0, 0, number].into(), Millis::new(number.into()));
        let endpoint = format!("10.0.0.{number}:50000");
        let name = "미나".repeat(number.into());
        store
            .record_contact(&key, &name, trust, ip, Some(&endpoint), now)
            .expect("kept");
        store.set_blocked(&key, number == CONTACTS).expect("kept");
        let id = store.conversation(&PeerId::Key(key), now).expect("made");
        let mut batch = store.batch().expect("begun");
        for number in 1..=MESSAGES / u64::from(CONTACTS) {
            let text = format!("{number} {}", "가나다 ".repeat(number as usize));
            let item = Incoming {
                stream: StreamId::from_bytes(*id_of(&key)),
                number,
                missed: 0,
                sent_at: now,
                content: Content::Text(&text),
            };
            batch.receive(id, &item, now).expect("kept");
        }
        batch.commit().expect("kept");
    }
    let address = PeerId::Address("10.0.0.9:50000".into());
    let id = store.conversation(&address, Millis::new(9)).expect("made");
    store.set_draft(id, "초안 draft").expect("kept");
    drop(store);
    fs::read(folder.path().join(FILE_NAME)).expect("read")
}

/// The first half of a key.
fn id_of(key: &PublicKey) -> &[u8; 16] {
    key.as_bytes().first_chunk().expect("long enough")
}
