//! The files that both programs offer each other: how they are made, what becomes of each, and what each program has of
//! them in the end.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use duologue::store::FILE_NAME;
use rusqlite::{Connection, OpenFlags};

use crate::chance::Chance;

/// Number of files of both sides together.
pub const COUNT: u64 = 50;
/// What is verified and resumed as a whole, in bytes.
pub const GROUP: u64 = 256 * 1024;
/// Largest file, in bytes.
const MOST: u64 = 64 << 20;
/// Every file with this number (of ten) is a folder with this many files.
const FOLDER: (u64, u64) = (5, 20);

/// What is done with a file, beside accepting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Accepted,
    /// Its receiver declines it.
    Declined,
    /// Its receiver pauses it as soon as it moves, and lets it go on at once.
    Paused,
    /// Its receiver gives it up as soon as it moves.
    CancelledByReceiver,
    /// Its sender gives it up as soon as it is delivered.
    CancelledBySender,
}

/// What is done with the file of this name.
pub fn fate(name: &str) -> Fate {
    match number(name) % 10 {
        3 => Fate::Declined,
        7 => Fate::Paused,
        8 => Fate::CancelledByReceiver,
        9 => Fate::CancelledBySender,
        _ => Fate::Accepted,
    }
}

fn number(name: &str) -> u64 {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("{name} is no file of ours"))
}

/// Where a side has what it offers, and where it puts what it receives, beside its data folder.
pub fn folders(data: &Path) -> [PathBuf; 2] {
    [
        data.with_extension("sources"),
        data.with_extension("downloads"),
    ]
}

/// The names of what a side offers, in order.
pub fn names(side: &str, count: u64) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("{side}-{number:02}.bin"))
}

/// Makes what a side offers.
///
/// # Errors
/// Those of writing.
pub fn make(data: &Path, of: &str, kills: u64, chance: &mut Chance) -> io::Result<()> {
    let [sources, downloads] = folders(data);
    fs::create_dir_all(&sources)?;
    fs::create_dir_all(&downloads)?;
    // Fewer kills are to happen while files move too.
    let most = (kills << 17).clamp(1 << 20, MOST);
    let extremes = [0, 1, GROUP - 1, GROUP, GROUP + 1, most];
    let count = COUNT / 2;
    let first = chance.below(count);
    for (number, name) in (0..).zip(names(of, count)) {
        // Each size is at another place with another seed.
        let at = (number + first) % count;
        let size = usize::try_from(at)
            .ok()
            .and_then(|at| extremes.get(at).copied());
        let size = size.unwrap_or_else(|| chance.of_any_size(most));
        let path = sources.join(&name);
        if number % 10 != FOLDER.0 {
            write(&path, &name, size)?;
            continue;
        }
        for part in 0..FOLDER.1 {
            let folder = path.join(format!("folder {}", part % 3));
            fs::create_dir_all(&folder)?;
            let name = format!("{name} {part}");
            write(&folder.join(&name), &name, chance.of_any_size(most / 4))?;
        }
    }
    Ok(())
}

/// Bytes that no other file has.
fn write(path: &Path, name: &str, size: u64) -> io::Result<()> {
    let mut bytes = blake3::Hasher::new().update(name.as_bytes()).finalize_xof();
    let mut file = File::create(path)?;
    let mut left = size;
    let mut buffer = vec![0; 1 << 16];
    while left > 0 {
        let now = left.min(buffer.len() as u64) as usize;
        bytes.fill(&mut buffer[..now]);
        file.write_all(&buffer[..now])?;
        left -= now as u64;
    }
    Ok(())
}

/// An offer in the database of a side.
#[derive(Debug, Clone)]
pub struct Offered {
    pub row: u64,
    pub name: String,
    pub is_mine: bool,
    /// The numbers of [`duologue::store::State`] and of [`duologue::store::FileState`] in the file.
    pub delivery: i64,
    pub state: i64,
    /// Who has paused it: 1 is this side.
    pub paused: i64,
    path: Option<PathBuf>,
}

impl Offered {
    /// Whether something may still become of it.
    pub fn is_open(&self) -> bool {
        self.state < ARRIVED
    }
}

/// It waits for an answer.
pub const WAITS: i64 = 0;
const ARRIVED: i64 = 2;
const DECLINED: i64 = 3;
const CANCELLED: [i64; 2] = [4, 5];

/// All offers in the database of a side, in the order of their rows.
///
/// # Errors
/// Those of the database.
pub fn read(data: &Path) -> rusqlite::Result<Vec<Offered>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(data.join(FILE_NAME), flags)?;
    let mut statement = connection.prepare(
        "SELECT messages.id, messages.text, messages.state, files.mine, files.state, files.paused, files.path
        FROM files JOIN messages ON messages.id = files.message ORDER BY messages.id",
    )?;
    let rows = statement.query_map([], |row| {
        let id: i64 = row.get(0)?;
        Ok(Offered {
            row: id.unsigned_abs() & 0xff_ffff_ffff,
            name: row.get(1)?,
            delivery: row.get(2)?,
            is_mine: row.get(3)?,
            state: row.get(4)?,
            paused: row.get(5)?,
            path: row.get::<_, Option<Vec<u8>>>(6)?.map(|bytes| {
                String::from_utf8(bytes)
                    .expect("a path of this test")
                    .into()
            }),
        })
    })?;
    rows.collect()
}

/// What has become of the files of both sides.
#[derive(Debug, Default)]
pub struct Outcome {
    pub arrived: u64,
    pub declined: u64,
    pub cancelled: u64,
    /// The size of those that arrived, in bytes.
    pub bytes: u64,
    /// The size of those that were cancelled, in bytes. Some of it may have moved.
    pub cancelled_bytes: u64,
}

impl Outcome {
    /// Checks what has become of what `one` has offered to `other`.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn check(&mut self, one: &Path, side: &str, other: &Path) -> Result<(), String> {
        let read = |data| read(data).map_err(|error| format!("{side}: {error}"));
        let (mine, theirs) = (read(one)?, read(other)?);
        let mine: Vec<_> = mine.into_iter().filter(|one| one.is_mine).collect();
        let theirs: Vec<_> = theirs.into_iter().filter(|one| !one.is_mine).collect();
        let expected: Vec<_> = names(side, COUNT / 2).collect();
        let mut offered: Vec<_> = mine.iter().map(|one| one.name.clone()).collect();
        let received: Vec<_> = theirs.iter().map(|one| one.name.clone()).collect();
        if offered != received {
            return Err(format!(
                "{side} has offered {offered:?}, and {received:?} were received"
            ));
        }
        offered.sort();
        if offered != expected {
            return Err(format!("{side} has offered {offered:?}"));
        }
        let [sources, _] = folders(one);
        let [_, downloads] = folders(other);
        let mut arrived = Vec::new();
        for (mine, theirs) in mine.iter().zip(&theirs) {
            let name = &mine.name;
            let source =
                content(&sources.join(name)).map_err(|error| format!("{name}: {error}"))?;
            let bytes: u64 = source.values().map(|(bytes, _)| bytes).sum();
            match (mine.state, theirs.state) {
                (ARRIVED, ARRIVED) => {
                    let path = theirs.path.as_ref().ok_or(format!("{name} is nowhere"))?;
                    let there = content(path).map_err(|error| format!("{name}: {error}"))?;
                    if there != source {
                        return Err(format!(
                            "{name} is not what was sent: {source:?} and {there:?}"
                        ));
                    }
                    arrived.push(path.clone());
                    self.arrived += 1;
                    self.bytes += bytes;
                }
                (DECLINED, DECLINED) if fate(name) == Fate::Declined => self.declined += 1,
                // By us and by the peer.
                (one, other) if CANCELLED.contains(&one) && one + other == 9 => {
                    self.cancelled += 1;
                    self.cancelled_bytes += bytes;
                }
                states => return Err(format!("{name} is in the states {states:?}")),
            }
        }
        // Nothing is there twice, and nothing is left of what has not arrived.
        arrived.sort();
        let there = fs::read_dir(&downloads).map_err(|error| error.to_string())?;
        let mut there: Vec<_> = there.flatten().map(|entry| entry.path()).collect();
        there.sort();
        if there != arrived {
            return Err(format!("{arrived:?} arrived, and {there:?} are there"));
        }
        Ok(())
    }
}

/// The size and the hash of a file, or of each file in a folder by its path there.
fn content(path: &Path) -> io::Result<BTreeMap<PathBuf, (u64, blake3::Hash)>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(next) = waiting.pop() {
        if next.is_dir() {
            for entry in fs::read_dir(&next)? {
                waiting.push(entry?.path());
            }
            continue;
        }
        let mut hasher = blake3::Hasher::new();
        let size = io::copy(&mut File::open(&next)?, &mut hasher)?;
        let below = next.strip_prefix(path).unwrap_or(&next).to_owned();
        found.insert(below, (size, hasher.finalize()));
    }
    Ok(found)
}
