use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::IpAddr,
    path::PathBuf,
};

use tempfile::TempDir;

use super::*;
use crate::{
    identity::{PeerId, PublicKey, StreamId, Trust},
    millis::Millis,
    store::{
        Batch, Change, Content, ConversationId, Deletion, FILE_NAME, Incoming, Kind, Message,
        MessageName,
    },
};

/// Far more pieces than any of these files needs.
const MOST_STEPS: u32 = 10_000;

fn mina() -> PeerId {
    PeerId::Key(PublicKey::from_bytes([7; 32]))
}

fn jun() -> PeerId {
    PeerId::Address("10.0.0.1:7".into())
}

fn open(folder: &TempDir) -> Store {
    Store::open(folder.path()).expect("opened").store
}

/// Receives these texts from this peer, the first one 1 ms after 1970, and each 1 ms after the one before.
fn receive(store: &mut Store, peer_id: &PeerId, texts: &[String]) -> ConversationId {
    let id = store.conversation(peer_id, Millis::new(1)).expect("made");
    let stream = StreamId::from_bytes([store.last_row(id).expect("read").number() as u8; 16]);
    let mut batch = store.batch().expect("begun");
    for (number, text) in (1..).zip(texts) {
        let at = i64::try_from(number).expect("few");
        let item = Incoming {
            stream,
            number,
            missed: 0,
            sent_at: Millis::new(at),
            content: Content::Text(text),
        };
        batch.receive(id, &item, Millis::new(at)).expect("kept");
    }
    batch.commit().expect("kept");
    id
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count)
        .map(|number| format!("{number} 가나다"))
        .collect()
}

/// Closes the store and sets its file aside, changed.
fn set_aside(store: Store, folder: &TempDir, change: impl FnOnce(&mut [u8])) -> PathBuf {
    drop(store);
    let path = folder.path().join(FILE_NAME);
    let aside = folder.path().join("duologue.db.bad10");
    let mut bytes = fs::read(&path).expect("read");
    change(&mut bytes);
    fs::write(&aside, bytes).expect("written");
    fs::remove_file(path).expect("removed");
    aside
}

/// Finishes all work, and returns the result of each salvage.
fn finish(store: &mut Store) -> Vec<Result<Salvage, StoreError>> {
    let mut salvages = Vec::new();
    for _ in 0..MOST_STEPS {
        if !store.has_work() {
            return salvages;
        }
        if let Some(Finished::Salvage(salvage)) = store.step().expect("kept") {
            salvages.push(salvage);
        }
    }
    panic!("it does not end");
}

fn salvage(store: &mut Store, aside: &Path) -> Salvage {
    store.salvage(aside).expect("something");
    let salvages = finish(store);
    let [Ok(salvage)] = salvages[..] else {
        panic!("{salvages:?}");
    };
    salvage
}

fn messages(store: &Store, peer_id: &PeerId) -> Vec<Message> {
    let id = store.find_conversation(peer_id).expect("read");
    store.all_messages(id.expect("there"))
}

fn texts(store: &Store, peer_id: &PeerId) -> Vec<String> {
    let messages = messages(store, peer_id).into_iter();
    messages.map(|message| message.text).collect()
}

/// Overwrites three pages in the middle.
fn tear(bytes: &mut [u8]) {
    let pages = bytes.len() / 4096;
    for page in bytes.chunks_mut(4096).skip(pages / 2).take(3) {
        page.fill(0xa5);
    }
}

#[test]
fn what_can_be_read_of_a_torn_file_is_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    let all = vec!["가나다".repeat(40); 500];
    receive(&mut store, &mina(), &all);
    let aside = set_aside(store, &folder, tear);

    let mut store = open(&folder);
    let salvaged = salvage(&mut store, &aside);
    assert!(
        (400..500).contains(&salvaged.messages),
        "{salvaged:?} of 500, with 3 pages torn"
    );
    let id = store.find_conversation(&mina()).expect("read");
    let id = id.expect("there");
    let stream = StreamId::from_bytes([0; 16]);
    assert_eq!(store.received_up_to(id, stream), Ok(500));
    assert_eq!(store.last_row(id), Ok(Row::new(500)));
    let kept = messages(&store, &mina());
    assert_eq!(kept.len() as u64, salvaged.messages);
    assert!(
        kept.iter()
            .all(|said| said.kind == Kind::Theirs && said.text == all[0])
    );
    let again = salvage(&mut store, &aside);
    assert_eq!(again.messages, 0, "it was taken over before");
}

#[test]
fn every_readable_message_between_torn_pages_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    receive(&mut store, &mina(), &numbered(20_000));
    let mut pages = 0;
    let aside = set_aside(store, &folder, |bytes| {
        pages = bytes.len() / 4096;
        for page in bytes.chunks_mut(4096).skip(40).step_by(3) {
            page.fill(0xa5);
        }
    });
    assert!(pages > 200, "{pages}");
    let mut store = open(&folder);
    salvage(&mut store, &aside);
    let found: Vec<_> = messages(&store, &mina())
        .iter()
        .map(|one| one.row.number())
        .collect();
    // Compared with reading each row by itself.
    let damaged = Damaged::open(&aside).expect("opened");
    let id = ConversationId(1);
    let is_readable = |row: &u64| {
        let row = Row::new(*row);
        !damaged.messages(id.ids(row..=row)).0.is_empty()
    };
    let readable: Vec<_> = (1..=20_000).filter(is_readable).collect();
    assert!((5_000..15_000).contains(&readable.len()));
    assert_eq!(found, readable);
}

#[test]
fn a_file_without_a_table_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    let path = folder.path().join("aside");
    fs::write(&path, vec![0xa5; 8192]).expect("written");
    assert_eq!(store.salvage(&path), Err(StoreError::Damaged));
    assert!(store.salvage(&folder.path().join("nothing")).is_err());
    let elsewhere = tempfile::tempdir().expect("a folder");
    drop(open(&elsewhere));
    let elsewhere = elsewhere.path().join(FILE_NAME);
    assert!(store.salvage(&elsewhere).is_err(), "another folder");
    assert!(!store.has_work());
}

#[test]
fn a_damaged_file_that_is_gone_ends_its_salvage() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    receive(&mut store, &mina(), &numbered(5_000));
    let aside = set_aside(store, &folder, |_| {});
    let mut store = open(&folder);
    store.salvage(&aside).expect("begun");
    let has_messages = |store: &Store| {
        let id = store.find_conversation(&mina()).expect("read");
        id.is_some_and(|id| !store.all_messages(id).is_empty())
    };
    while !has_messages(&store) {
        store.step().expect("kept");
    }
    drop(store);
    fs::remove_file(aside).expect("removed");
    let mut store = open(&folder);
    let salvages = finish(&mut store);
    assert!(matches!(salvages[..], [Err(_)]), "{salvages:?}");
    assert!(has_messages(&store), "what was taken over stays");
    let id = receive(&mut store, &mina(), &numbered(1));
    assert_eq!(store.last_row(id), Ok(Row::new(5_001)));
}

#[test]
fn a_salvage_of_wild_numbers_ends() {
    for (sql, torn) in [
        ("UPDATE conversations SET last = 9223372036854775807", false),
        ("UPDATE conversations SET last = 9223372036854775807", true),
        ("UPDATE conversations SET last = 500000000000", true),
        ("UPDATE conversations SET last = -7, read_up_to = -9", true),
        (
            "UPDATE conversations SET read_up_to = 9223372036854775807",
            true,
        ),
        ("UPDATE conversations SET id = id + 9000000000", false),
        (
            "UPDATE messages SET id = 9223372036854775807 WHERE id & 1 = 0 AND text LIKE '300 %'",
            true,
        ),
        ("UPDATE received SET up_to = -1", false),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = open(&folder);
        receive(&mut store, &mina(), &numbered(3_000));
        store
            .connection
            .execute_batch(&format!(
                "PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1; {sql}"
            ))
            .expect("changed");
        let aside = set_aside(store, &folder, |bytes| {
            if torn {
                // The end of the messages, so that their number can't be looked up.
                let pages = bytes.len() / 4096;
                for page in bytes.chunks_mut(4096).skip(pages - 8) {
                    page.fill(0xa5);
                }
            }
        });
        let mut store = open(&folder);
        let salvaged = salvage(&mut store, &aside);
        if !sql.contains("id + 9") {
            assert!(salvaged.messages > 1_500, "{sql}: {salvaged:?}");
        }
        let id = receive(&mut store, &mina(), &numbered(3));
        let mut kept = texts(&store, &mina());
        assert_eq!(kept.split_off(kept.len() - 3), numbered(3), "{sql}");
        assert!(store.last_row(id).expect("read") > Row::new(salvaged.messages));
        drop(store);
        let opened = Store::open(folder.path()).expect("opened");
        assert_eq!(opened.set_aside, None, "{sql}");
    }
}

/// Numbers that come from a seed, the same on every computer (xorshift64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).expect("small")
    }
}

/// Overwrites up to eight bytes somewhere.
fn make_wild(bytes: &mut [u8], chance: &mut Chance) {
    let length = 1 << chance.below(4);
    let at = chance.below(bytes.len() - length);
    let number = match chance.below(4) {
        0 => u64::MAX,
        1 => u64::MAX >> 1,
        2 => 0,
        _ => chance.next(),
    };
    bytes[at..at + length].copy_from_slice(&number.to_be_bytes()[..length]);
}

#[test]
fn a_salvage_of_tables_that_never_end_ends() {
    for table in ["peers", "conversations", "messages", "transfers"] {
        let folder = tempfile::tempdir().expect("a folder");
        filled(&folder);
        let store = open(&folder);
        let columns: String = store
            .connection
            .query_row(
                "SELECT group_concat(name || ' + 0 AS ' || name) FROM pragma_table_info(?1)",
                [table],
                |row| row.get(0),
            )
            .expect("read");
        store
            .connection
            .execute_batch(&format!(
                "PRAGMA foreign_keys = 0;
                CREATE TABLE one AS SELECT * FROM {table} LIMIT 1;
                DROP TABLE {table};
                CREATE VIEW {table} AS WITH RECURSIVE endless (step) AS (
                    SELECT 1 UNION ALL SELECT step + 1 FROM endless
                ) SELECT {columns} FROM one, endless WHERE step < 0"
            ))
            .expect("changed");
        let aside = set_aside(store, &folder, |_| {});
        let mut store = open(&folder);
        store.salvage(&aside).expect("something");
        let salvages = finish(&mut store);
        assert!(matches!(salvages[..], [Ok(_)]), "{table}: {salvages:?}");
    }
}

#[test]
fn files_that_name_each_other_are_taken_over_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["duologue.db.bad", "duologue.db.bad10"];
    for (name, other) in [(names[0], names[1]), (names[1], names[0])] {
        let store = open(&folder);
        store
            .connection
            .execute(
                "INSERT INTO salvages VALUES (?1, FALSE, 0, 0), ('../elsewhere', FALSE, 0, 0)",
                [other],
            )
            .expect("changed");
        let aside = set_aside(store, &folder, |_| {});
        fs::rename(aside, folder.path().join(name)).expect("moved");
    }
    let mut store = open(&folder);
    store
        .salvage(&folder.path().join(names[1]))
        .expect("something");
    let salvages = finish(&mut store);
    assert!(matches!(salvages[..], [Ok(_), Ok(_)]), "{salvages:?}");
}

/// More files are tried with `DUOLOGUE_WILD_NUMBERS`, the number of files.
#[test]
fn a_salvage_of_a_file_with_a_wild_number_anywhere_ends() {
    let cases = std::env::var("DUOLOGUE_WILD_NUMBERS").ok();
    let cases = cases.map_or(150, |cases| cases.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    filled(&folder);
    let mut store = open(&folder);
    receive(&mut store, &jun(), &vec!["가나다".repeat(1_000); 300]);
    store
        .connection
        .execute_batch(
            "INSERT INTO transfers VALUES ('', 9, 1, 4, 1, 2), ('duologue.db.bad9', 3, 1, 6, 2, 3);
            INSERT INTO salvages VALUES ('duologue.db.bad9', 1, 0, 0);",
        )
        .expect("changed");
    let whole = set_aside(store, &folder, |_| {});
    let whole = fs::read(whole).expect("read");
    for seed in 1..=cases {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let folder = tempfile::tempdir().expect("a folder");
        let aside = folder.path().join("duologue.db.bad10");
        let mut bytes = whole.clone();
        for _ in 0..=chance.below(3) {
            make_wild(&mut bytes, &mut chance);
        }
        fs::write(&aside, bytes).expect("written");
        let mut store = open(&folder);
        if store.salvage(&aside).is_ok() {
            finish(&mut store);
        }
        drop(store);
        let opened = Store::open(folder.path()).expect("opened");
        assert_eq!(opened.set_aside, None, "case {seed}");
    }
}

#[test]
fn invalid_values_do_not_damage_this_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    receive(&mut store, &mina(), &numbered(10));
    let PeerId::Key(key) = mina() else {
        panic!("a key")
    };
    for byte in [7, 8, 9] {
        let key = PublicKey::from_bytes([byte; 32]);
        let ip = IpAddr::from([10, 0, 0, byte]);
        let at = format!("10.0.0.{byte}:7");
        store
            .record_contact(&key, "Mina", Trust::Verified, ip, Some(&at), Millis::new(1))
            .expect("kept");
    }
    store
        .connection
        .execute_batch(
            "PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1;
            UPDATE peers SET last_ip = 'here' WHERE hex(key) LIKE '07%';
            UPDATE peers SET trust = 9, blocked = 7, first_met = -5 WHERE hex(key) LIKE '08%';
            UPDATE addresses SET key = x'01' WHERE endpoint = '10.0.0.9:7';
            UPDATE messages SET kind = 77 WHERE text LIKE '3 %';
            UPDATE messages SET text = cast(x'ff' AS TEXT) WHERE text LIKE '4 %';
            UPDATE conversations SET draft = cast(x'ff' AS TEXT) WHERE key IS NULL;",
        )
        .expect("changed");
    let aside = set_aside(store, &folder, |_| {});
    let mut store = open(&folder);
    let salvaged = salvage(&mut store, &aside);
    assert_eq!(
        salvaged,
        Salvage {
            contacts: 3,
            messages: 8,
            has_losses: false,
        }
    );
    drop(store);
    let opened = Store::open(folder.path()).expect("opened");
    assert_eq!(opened.set_aside, None);
    let mina = opened.store.contact(&key).expect("read").expect("known");
    assert_eq!((mina.trust, mina.last_ip), (Trust::Verified, None));
    assert_eq!(mina.addresses, ["10.0.0.7:7"]);
    // Nobody is trusted because of a number that makes no sense.
    let other = PublicKey::from_bytes([8; 32]);
    assert_eq!(opened.store.key_at("10.0.0.8:7"), Ok(Some(other)));
    let other = opened.store.contact(&other).expect("read").expect("known");
    assert_eq!((other.trust, other.blocked), (Trust::Met, true));
    assert_eq!((other.their_name.as_str(), other.first_met), ("Mina", None));
    assert_eq!(opened.store.key_at("10.0.0.9:7"), Ok(None));
}

#[test]
fn an_address_keeps_its_key_though_its_contact_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    let key = PublicKey::from_bytes([7; 32]);
    let ip = IpAddr::from([10, 0, 0, 7]);
    let at = Some("mina-pc:7");
    store
        .record_contact(&key, "Mina", Trust::Verified, ip, at, Millis::new(1))
        .expect("kept");
    store
        .connection
        .execute_batch("PRAGMA foreign_keys = 0; DELETE FROM peers")
        .expect("changed");
    let aside = set_aside(store, &folder, |_| {});
    let mut store = open(&folder);
    salvage(&mut store, &aside);
    assert_eq!(store.key_at("mina-pc:7"), Ok(Some(key)));
    let mina = store.contact(&key).expect("read").expect("known");
    assert_eq!((mina.trust, mina.blocked), (Trust::Met, false));
}

/// Contacts and addresses, so many that each table takes several pages, in a store that is closed again.
fn filled(folder: &TempDir) {
    let mut store = open(folder);
    for number in 0..500_u16 {
        let mut key = [7; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        let key = PublicKey::from_bytes(key);
        let at = format!("10.0.0.1:{number}");
        let ip = IpAddr::from([10, 0, 0, 1]);
        store
            .record_contact(&key, "Mina", Trust::Met, ip, Some(&at), Millis::new(1))
            .expect("kept");
    }
    receive(&mut store, &mina(), &numbered(10));
}

/// Changes the bytes of a file.
type Damage = fn(&mut Vec<u8>);

/// Damages the file of the store by hand.
fn damage(folder: &TempDir, change: impl FnOnce(&mut Vec<u8>)) {
    let path = folder.path().join(FILE_NAME);
    let mut bytes = fs::read(&path).expect("read");
    change(&mut bytes);
    fs::write(&path, bytes).expect("written");
}

#[test]
fn contacts_may_be_missing_until_all_are_taken_over_or_the_person_goes_on_without() {
    // What is damaged, and whether contacts are.
    let messages = |bytes: &mut Vec<u8>| {
        let torn = bytes
            .windows(7)
            .position(|some| some == "1 가나".as_bytes().get(..7).unwrap());
        let at = torn.expect("a message") / 4096 * 4096;
        bytes[at..at + 16].fill(0xa5);
    };
    let contacts = |bytes: &mut Vec<u8>| {
        let torn = bytes.windows(4).rposition(|some| some == b"Mina");
        let at = torn.expect("a contact") / 4096 * 4096;
        bytes[at..at + 16].fill(0xa5);
    };
    let all = |bytes: &mut Vec<u8>| bytes.fill(0xa5);
    let damages: [(Damage, bool); 3] = [(messages, false), (contacts, true), (all, true)];
    for (change, has_losses) in damages {
        let folder = tempfile::tempdir().expect("a folder");
        filled(&folder);
        damage(&folder, change);
        // It is so at every start.
        for _ in 0..2 {
            let opened = Store::open(folder.path()).expect("opened");
            assert!(opened.set_aside.is_some() && opened.store.may_lack_contacts());
        }
        let opened = Store::open(folder.path()).expect("opened");
        let (mut store, aside) = (opened.store, opened.set_aside.expect("a file"));
        if store.salvage(&aside).is_ok() {
            let salvages = finish(&mut store);
            let [Ok(salvage)] = salvages[..] else {
                panic!("{salvages:?}")
            };
            assert_eq!(salvage.has_losses, has_losses, "{salvage:?}");
        }
        assert_eq!(store.may_lack_contacts(), has_losses);
        store.accept_losses().expect("kept");
        drop(store);
        let opened = Store::open(folder.path()).expect("opened");
        assert!(!opened.store.may_lack_contacts());
        assert_eq!(opened.set_aside, None);
    }
}

#[test]
fn data_that_is_here_already_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    let (PeerId::Key(key), other) = (mina(), PublicKey::from_bytes([8; 32])) else {
        panic!("a key")
    };
    let ip = IpAddr::from([10, 0, 0, 1]);
    let meet = |store: &mut Store, key, name, trust| {
        let at = Some("mina-pc:7");
        store
            .record_contact(key, name, trust, ip, at, Millis::new(1))
            .expect("kept");
    };
    meet(&mut store, &key, "old", Trust::Verified);
    store.set_blocked(&key, true).expect("kept");
    receive(&mut store, &mina(), &numbered(10));
    let there = receive(&mut store, &jun(), &numbered(5));
    store.set_read(there, Row::new(4)).expect("kept");
    store.set_draft(there, "a draft").expect("kept");
    let aside = set_aside(store, &folder, |_| {});

    let mut store = open(&folder);
    // The two conversations have swapped their numbers.
    let here = store.conversation(&jun(), Millis::new(9)).expect("made");
    receive(&mut store, &mina(), &["new".to_owned()]);
    meet(&mut store, &key, "new", Trust::Met);
    meet(&mut store, &other, "somebody else", Trust::Met);
    let salvaged = salvage(&mut store, &aside);
    assert_eq!(
        salvaged,
        Salvage {
            contacts: 0,
            messages: 5,
            has_losses: false,
        }
    );
    assert_eq!(texts(&store, &mina()), ["new"]);
    assert_eq!(texts(&store, &jun()), numbered(5));
    // The other one has answered while nobody could tell that it was another key.
    assert_eq!(store.key_at("mina-pc:7"), Ok(Some(key)));
    let mina = store.contact(&key).expect("read").expect("known");
    assert_eq!(mina.their_name.as_str(), "new");
    assert_eq!((mina.trust, mina.blocked), (Trust::Verified, true));
    let (read_up_to, draft): (i64, String) = store
        .connection
        .query_row(
            "SELECT read_up_to, draft FROM conversations WHERE id = ?1",
            [here],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("read");
    assert_eq!((read_up_to, draft.as_str()), (4, "a draft"));
}

/// All rows of a table, as text.
fn dump(store: &Store, table: &str, columns: &[String]) -> BTreeSet<String> {
    let columns = columns.iter().map(|column| format!("quote({column})"));
    let columns: Vec<_> = columns.collect();
    let sql = format!(
        "SELECT concat_ws(', ', {}) FROM {table}",
        columns.join(", ")
    );
    let mut statement = store.connection.prepare(&sql).expect("it fits");
    let rows = statement.query_map([], |row| row.get(0)).expect("read");
    rows.collect::<Result<_, _>>().expect("read")
}

/// The peer offers a file, and we accept it.
fn offer(batch: &mut Batch<'_>, here: ConversationId) {
    let offer = crate::store::FileOffer {
        size: 7,
        manifest: 0,
        files: 0,
        root: [5; 32],
    };
    let item = Incoming {
        stream: StreamId::from_bytes([8; 16]),
        number: 1,
        missed: 0,
        sent_at: Millis::new(7),
        content: Content::Offer("a file", offer),
    };
    let rows = batch.receive(here, &item, Millis::new(7)).expect("kept");
    let row = rows.item.expect("it has a row");
    let folder = std::path::Path::new("/downloads");
    batch.set_destination(here, row, folder).expect("kept");
}

/// The answer may have waited in the outbox, which is not taken over.
#[test]
fn an_accepted_offer_is_taken_over_as_one_that_waits_for_an_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    let here = receive(&mut store, &mina(), &numbered(1));
    let mut batch = store.batch().expect("begun");
    offer(&mut batch, here);
    let change = Change::File(crate::store::FileChange::Accept);
    let stream = StreamId::from_bytes([9; 16]);
    let row = Row::new(2);
    let written = batch.change(here, row, &change, stream, Millis::new(8));
    assert!(written.expect("kept").is_some());
    batch.commit().expect("kept");
    let aside = set_aside(store, &folder, |_| {});

    let mut store = open(&folder);
    salvage(&mut store, &aside);
    let transfer = store.transfer(here, row).expect("read").expect("there");
    let state = crate::store::FileState::Offered;
    assert_eq!((transfer.state, transfer.path), (state, None));
    assert_eq!(store.wanted_files(here, 9), Ok(Vec::new()));
}

/// An edit, a deletion and a reaction of the peer's, and a reply of ours.
fn change_and_answer(batch: &mut Batch<'_>, here: ConversationId, stream: StreamId) {
    for (number, change) in [
        (1, Change::Edit("changed".to_owned())),
        (2, Change::Delete),
        (3, Change::React("👍".to_owned())),
    ] {
        let name = MessageName {
            mine: false,
            stream: StreamId::from_bytes([0; 16]),
            number,
        };
        let row = batch.receive_change(here, name, &change, Millis::new(9));
        assert_eq!(row, Ok(Some(Row::new(number))));
    }
    batch
        .write_reply(here, "a reply", Some(Row::new(3)), stream, Millis::new(7))
        .expect("kept");
}

/// Fails when a table or a column is added without a decision on what a salvage does with it.
#[test]
#[expect(clippy::too_many_lines, reason = "everything there is in a store")]
fn every_column_of_every_table_is_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    let PeerId::Key(key) = mina() else {
        panic!("a key")
    };
    let ip = IpAddr::from([10, 0, 0, 1]);
    let at = Some("mina-pc:7");
    store
        .record_contact(&key, "Mina", Trust::Invited, ip, at, Millis::new(5))
        .expect("kept");
    store.rename(&key, Some("미나")).expect("kept");
    store.set_blocked(&key, true).expect("kept");
    let here = receive(&mut store, &mina(), &numbered(3));
    store.set_read(here, Row::new(2)).expect("kept");
    store.set_draft(here, "a draft").expect("kept");
    store.set_pinned(here, true).expect("kept");
    store.set_muted(here, true).expect("kept");
    let plain = store.conversation(&jun(), Millis::new(6)).expect("made");
    let mut batch = store.batch().expect("begun");
    let stream = StreamId::from_bytes([9; 16]);
    batch
        .write(here, "waits", stream, Millis::new(7))
        .expect("kept");
    change_and_answer(&mut batch, here, stream);
    offer(&mut batch, here);
    let reading = crate::text::charset::Reading::default();
    let decoded = reading.decode(b"\xb0\xa1\xff");
    batch
        .receive_plain(plain, &decoded, Millis::new(8))
        .expect("kept");
    batch.commit().expect("kept");
    store.set_keeping(false).expect("set");
    let mut batch = store.batch().expect("begun");
    let unkept = reading.decode(b"not to be kept");
    batch
        .receive_plain(plain, &unkept, Millis::new(8))
        .expect("kept");
    batch.commit().expect("kept");
    // Unfinished work of the damaged file itself. What peers have sent is counted again from 0, and streams of a damaged file count
    // as old. The index counts what is rewritten again from 0, and the peer says once more how far it has read.
    store
        .connection
        .execute_batch(
            "UPDATE conversations SET taken = 0, taken_since = 0, rewritten = 0;
            UPDATE received SET seen_at = 0;
            UPDATE conversations SET last = 10 WHERE key IS NOT NULL;
            INSERT INTO transfers VALUES ('', 9, 1, 4, 1, 2), ('duologue.db.bad9', 3, 1, 6, 2, 3);
            INSERT INTO salvages VALUES ('duologue.db.bad9', 1, 0, 0);
            INSERT INTO loose_parts VALUES (x'2f61');
            INSERT INTO loose_sources VALUES (x'2f61');",
        )
        .expect("changed");

    // Conversations get the same numbers as before, so the rows can be compared.
    let name = "duologue.db.bad10";
    let mut expected = BTreeMap::new();
    let tables: Vec<String> = {
        let sql = "SELECT name FROM sqlite_schema
            WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let mut statement = store.connection.prepare(sql).expect("it fits");
        let names = statement.query_map([], |row| row.get(0)).expect("read");
        names.collect::<Result<_, _>>().expect("read")
    };
    for table in &tables {
        let sql = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
        let mut statement = store.connection.prepare(&sql).expect("it fits");
        let names = statement.query_map([], |row| row.get(0)).expect("read");
        let columns: Vec<String> = names.collect::<Result<_, _>>().expect("read");
        let rows = dump(&store, table, &columns);
        assert!(!rows.is_empty(), "{table} has a row to be taken over");
        expected.insert(table.clone(), (columns, rows));
    }
    let aside = set_aside(store, &folder, |_| {});
    let mut store = open(&folder);
    store.salvage(&aside).expect("begun");
    // Until only the transfers above are left, whose messages do not exist.
    let left = "SELECT count(*) FROM transfers WHERE file <> 'duologue.db.bad9'";
    while store
        .connection
        .query_row(left, [], |row| Ok(row.get::<_, i64>(0)? != 1))
        .expect("read")
    {
        store.step().expect("kept");
    }
    for (table, (columns, mut rows)) in expected {
        let change = |rows: BTreeSet<String>, from: &str, to: &str| {
            rows.into_iter()
                .map(|row| row.replace(from, to))
                .collect::<BTreeSet<_>>()
        };
        match table.as_str() {
            // Messages that waited are taken over as not sent. So nothing waits, and streams are not needed.
            // What was not to be kept stays behind.
            "outbox" | "streams" | "unkept" | "loose_parts" | "loose_sources" => rows.clear(),
            "messages" => {
                rows = change(rows, "1, 1, 7, 7, 'waits'", "1, 5, 7, 7, 'waits'");
                rows = change(rows, "1, 1, 7, 7, 'a reply'", "1, 5, 7, 7, 'a reply'");
                rows.retain(|row| !row.contains("not to be kept"));
            }
            "transfers" => rows = change(rows, "'', 9,", &format!("'{name}', 9,")),
            "salvages" => {
                rows.insert(format!("'{name}', 1, 1, 7"));
            }
            "peers" | "addresses" | "conversations" | "received" | "edits" | "reactions"
            | "files" => {}
            other => panic!("what becomes of {other} in a salvage?"),
        }
        assert_eq!(dump(&store, &table, &columns), rows, "{table}");
    }
}

/// A copy of the folder as a crash would leave it, with the store in it opened.
fn crashed(folder: &TempDir) -> (TempDir, Store) {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(folder.path()).expect("listed") {
        let path = entry.expect("listed").path();
        let name = path.file_name().expect("a name");
        // Shared memory, which a crash does not leave behind.
        if !name.to_string_lossy().ends_with("-shm") {
            fs::copy(&path, copy.path().join(name)).expect("copied");
        }
    }
    let store = open(&copy);
    (copy, store)
}

#[test]
fn a_crash_between_any_two_pieces_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    for byte in 1..=3 {
        let key = PublicKey::from_bytes([byte; 32]);
        let ip = IpAddr::from([10, 0, 0, byte]);
        let at = format!("10.0.0.{byte}:7");
        store
            .record_contact(&key, "Mina", Trust::Verified, ip, Some(&at), Millis::new(1))
            .expect("kept");
    }
    receive(&mut store, &mina(), &numbered(5_000));
    receive(&mut store, &jun(), &numbered(2_500));
    let aside = set_aside(store, &folder, |_| {});

    let mut store = open(&folder);
    store.salvage(&aside).expect("begun");
    let news = vec!["meanwhile".to_owned()];
    let mut expected = [numbered(5_000), numbered(2_500)];
    let mut steps = 0;
    while store.has_work() {
        steps += 1;
        store.step().expect("kept");
        if steps == 6 {
            receive(&mut store, &mina(), &news);
            expected[0].extend(news.clone());
        }
        let (_copy, mut other) = crashed(&folder);
        let had_work = other.has_work();
        let salvages = finish(&mut other);
        if had_work {
            let whole = Salvage {
                contacts: 3,
                messages: 7_500,
                has_losses: false,
            };
            assert_eq!(salvages, [Ok(whole)], "after step {steps}");
        }
        assert_eq!(texts(&other, &mina()), expected[0], "after step {steps}");
        assert_eq!(texts(&other, &jun()), expected[1], "after step {steps}");
        assert_eq!(other.contacts().expect("read").len(), 3);
    }
    assert!(steps > 10, "{steps}");
}

#[test]
fn messages_erased_during_a_salvage_do_not_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    receive(&mut store, &mina(), &numbered(5_000));
    receive(&mut store, &jun(), &numbered(10));
    let aside = set_aside(store, &folder, |_| {});
    let mut store = open(&folder);
    store.salvage(&aside).expect("begun");
    while store.find_conversation(&mina()).expect("read").is_none() {
        store.step().expect("kept");
    }
    for _ in 0..4 {
        store.step().expect("kept");
    }
    let deletion = Deletion::new(&mut store, Some(&mina())).expect("begun");
    deletion.run(&mut store);
    let salvages = finish(&mut store);
    assert!(matches!(salvages[..], [Ok(_)]), "{salvages:?}");
    assert_eq!(texts(&store, &mina()), Vec::<String>::new());
    assert_eq!(texts(&store, &jun()), numbered(10));
}

#[test]
fn a_contact_can_get_a_new_key_during_a_salvage() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(&folder);
    receive(&mut store, &mina(), &numbered(3_000));
    let aside = set_aside(store, &folder, |_| {});
    let PeerId::Key(old) = mina() else {
        panic!("a key")
    };
    let new = PublicKey::from_bytes([9; 32]);
    // At every step of a salvage: before, while and after it is listed.
    let mut moments = 0;
    for moment in 0.. {
        let folder = tempfile::tempdir().expect("a folder");
        let damaged = folder.path().join("duologue.db.bad");
        fs::copy(&aside, &damaged).expect("copied");
        let mut store = open(&folder);
        store.salvage(&damaged).expect("begun");
        for _ in 0..moment {
            store.step().expect("kept");
        }
        moments = moment;
        if !store.has_work() {
            break;
        }
        if store.find_conversation(&mina()).expect("read").is_none() {
            continue;
        }
        receive(&mut store, &PeerId::Key(new), &["new".to_owned()]);
        store.rekey(&old, &new).expect("kept");
        finish(&mut store);
        let mut expected = numbered(3_000);
        expected.push("new".to_owned());
        assert_eq!(texts(&store, &PeerId::Key(new)), expected, "at {moment}");
        let id = store.find_conversation(&PeerId::Key(new)).expect("read");
        let received = store.received_up_to(id.expect("there"), StreamId::from_bytes([0; 16]));
        assert_eq!(received, Ok(3_000), "at {moment}");
        assert!(store.find_conversation(&mina()).expect("read").is_none());
    }
    assert!(moments > 4, "{moments}");
}
