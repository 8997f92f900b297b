//! Writes a conversation into a file, a page at a time: its length affects neither memory nor the queries that are
//! answered meanwhile.

mod format;
mod name;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{ExportError, store_reader::StoreReader};
use crate::{
    identity::PeerId,
    store::{Message, PAGE_BYTES, Row, Snapshot, StoreError},
};

pub(super) use format::Format;

/// Maximum number of rows that are written at a time.
const ROWS: usize = 500;
/// Maximum number of file names that are tried.
const MOST_NAMES: u32 = 1_000;

/// See the [module](self). Dropped before it is done, it leaves nothing behind.
pub(super) struct Export {
    peer_id: PeerId,
    format: Format,
    folder: PathBuf,
    stem: String,
    file: NamedTempFile,
    /// The row up to which it is written.
    written: Row,
    /// The row up to which it is to be written, once known: what comes meanwhile is left out.
    last: Option<Row>,
}

impl Export {
    /// Creates a temporary file in this folder.
    pub(super) fn begin(
        peer_id: PeerId,
        folder: PathBuf,
        mut format: Format,
    ) -> Result<Self, ExportError> {
        let mut file = tempfile::Builder::new()
            .prefix(".duologue-")
            .tempfile_in(&folder)?;
        file.write_all(format.head(&peer_id)?.as_bytes())?;
        Ok(Self {
            peer_id,
            stem: name::stem(&format.name, format.now.date()),
            format,
            folder,
            file,
            written: Row::ZERO,
            last: None,
        })
    }

    /// Writes a page. Returns whether there is more.
    pub(super) fn step(&mut self, store: &mut StoreReader) -> Result<bool, ExportError> {
        let (peer_id, written, known) = (&self.peer_id, self.written, self.last);
        let (last, messages) = store.read(|store| page(store, peer_id, written, known))?;
        self.last = Some(last);
        let mut text = String::new();
        for message in messages.iter().filter(|message| message.row <= last) {
            self.format.row(message, &mut text)?;
        }
        self.file.write_all(text.as_bytes())?;
        match messages.last() {
            Some(message) if message.row < last => {
                self.written = message.row;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Gives the file its final name, and returns its path.
    pub(super) fn finish(mut self) -> Result<PathBuf, ExportError> {
        self.file.write_all(self.format.end().as_bytes())?;
        self.file.as_file().sync_all()?;
        let ending = self.format.ending();
        Ok(place(self.file, &self.folder, &self.stem, ending)?)
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// The row up to which everything is written, and the messages that come next.
fn page(
    store: &Snapshot,
    peer_id: &PeerId,
    written: Row,
    last: Option<Row>,
) -> Result<(Row, Vec<Message>), StoreError> {
    let Some(conversation) = store.find(peer_id)? else {
        return Ok((written, Vec::new()));
    };
    let last = match last {
        Some(last) => last,
        None => store
            .span(conversation)?
            .map_or(Row::ZERO, |(_, last)| last),
    };
    let messages = store.messages_from(conversation, written.next(), ROWS, PAGE_BYTES)?;
    Ok((last, messages))
}

/// Moves the file to the first free name. Creates an empty file of that name first: not every file system can refuse to
/// replace a file.
fn place(file: NamedTempFile, folder: &Path, stem: &str, ending: &str) -> io::Result<PathBuf> {
    for number in 1..=MOST_NAMES {
        let path = folder.join(match number {
            1 => format!("{stem}.{ending}"),
            _ => format!("{stem} ({number}).{ending}"),
        });
        match fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
        {
            Ok(placeholder) => {
                // Windows replaces no file that is open.
                drop(placeholder);
                return match file.persist(&path) {
                    Ok(_) => Ok(path),
                    Err(error) => {
                        fs::remove_file(&path).ok();
                        Err(error.error)
                    }
                };
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::{ExportFormat, ExportWords, shutdown::shutdown},
        identity::StreamId,
        millis::Millis,
        store::{
            Change, Content, Deletion, FileOffer, Incoming, MessageName, State,
            samples::{Sample, mina},
        },
        text::charset::{Charset, Reading},
    };

    fn words() -> ExportWords {
        ExportWords {
            me: "나".to_owned(),
            waiting: "waits".to_owned(),
            cancelled: "taken back".to_owned(),
            not_sent: "not sent".to_owned(),
            edited: "edited".to_owned(),
            deleted: "deleted".to_owned(),
            file: "file".to_owned(),
            needs_newer: "needs a newer version".to_owned(),
            missed: "missing".to_owned(),
        }
    }

    fn exported(sample: &Sample, peer_id: PeerId, format: ExportFormat) -> (PathBuf, String) {
        let now = "2026-11-22T23:30:00+09:00[Asia/Seoul]"
            .parse()
            .expect("a time");
        let format = Format::new(format, "Mina *".to_owned(), words(), now);
        let folder = sample.folder.path();
        let (_trigger, shutdown) = shutdown();
        let mut source = StoreReader::new(folder, "export", shutdown);
        let mut export = Export::begin(peer_id, folder.to_owned(), format).expect("begun");
        while export.step(&mut source).expect("written") {}
        let path = export.finish().expect("done");
        let text = fs::read_to_string(&path).expect("written");
        (path, text)
    }

    /// One of everything, the first at 2026-11-22 00:00 in Seoul.
    fn sample() -> Sample {
        const MIDNIGHT: i64 = 1_795_273_200_000;
        let mut sample = Sample::new();
        let talked = sample.conversation(&mina());
        let mut batch = sample.store.batch().expect("begun");
        for (at, content) in [
            Content::Text("# 제목\r\n**나** 14:00\n\n    <b>\n1. one\u{202e}"),
            Content::Unknown,
        ]
        .into_iter()
        .enumerate()
        {
            let item = Incoming {
                stream: StreamId::from_bytes([2; 16]),
                number: at as u64 + 1,
                missed: 3 * at as u64,
                sent_at: Millis::new(i64::MAX),
                content,
            };
            batch
                .receive(talked, &item, Millis::new(MIDNIGHT))
                .expect("kept");
        }
        batch
            .write(
                talked,
                "mine",
                StreamId::from_bytes([1; 16]),
                Millis::new(MIDNIGHT + 86_400_000),
            )
            .expect("kept");
        let row = batch
            .write_plain(
                talked,
                "plain",
                Charset::CP949,
                Millis::new(MIDNIGHT + 86_460_000),
            )
            .expect("kept");
        batch.set_state(talked, row, State::NotSent).expect("kept");
        let decoded = Reading::default().decode(b"\xb0\xa1\xff");
        batch
            .receive_plain(talked, &decoded, Millis::new(MIDNIGHT + 86_460_000))
            .expect("kept");
        batch.commit().expect("kept");
        sample
    }

    /// A message that was edited and has two reactions, an answer to it, and one that was deleted.
    fn changed_sample() -> Sample {
        let mut sample = Sample::new();
        let talked = sample.conversation(&mina());
        let [ours, theirs] = [1, 2].map(|byte| StreamId::from_bytes([byte; 16]));
        let at = Millis::new(1_795_273_200_000);
        let mut batch = sample.store.batch().expect("begun");
        for text in ["one", "gone"] {
            batch.write(talked, text, ours, at).expect("kept");
        }
        batch.acknowledge(talked, ours, 2).expect("kept");
        for (row, change) in [
            (1, Change::Edit("*two*".to_owned())),
            (1, Change::React("🎉".to_owned())),
            (2, Change::Delete),
        ] {
            let changed = batch.change(talked, Row::new(row), &change, ours, at);
            changed.expect("kept").expect("ours");
        }
        let name = MessageName {
            mine: true,
            stream: ours,
            number: 1,
        };
        let react = Change::React("👍".to_owned());
        let items = [
            Content::Reply(name, "an answer"),
            Content::Change(name, &react),
        ];
        for (number, content) in (1..).zip(items) {
            let item = Incoming {
                stream: theirs,
                number,
                missed: 0,
                sent_at: at,
                content,
            };
            batch.receive(talked, &item, at).expect("kept");
        }
        batch.commit().expect("kept");
        sample
    }

    #[test]
    fn edits_deletions_and_reactions_are_exported_as_they_are() {
        let sample = changed_sample();
        let (_, text) = exported(&sample, mina(), ExportFormat::Text);
        assert_eq!(
            text,
            "Mina *

2026-11-22 00:00 나: *two* (edited; 나: 🎉; Mina *: 👍)
2026-11-22 00:00 나: (deleted)
2026-11-22 00:00 Mina *: an answer
"
        );
        let (_, text) = exported(&sample, mina(), ExportFormat::Markdown);
        assert!(text.contains("**나** 00:00 *(edited; 나: 🎉; Mina \\*: 👍)*\n\n> \\*two\\*\n\n"));
        assert!(text.contains("**나** 00:00 *(deleted)*\n\n**Mina"));
        let (_, text) = exported(&sample, mina(), ExportFormat::Json);
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let rows = &all["messages"];
        assert_eq!(rows[0]["edited"], true);
        let reactions = serde_json::json!({"me": "🎉", "peer": "👍"});
        assert_eq!(rows[0]["reactions"], reactions);
        assert_eq!(rows[1]["deleted"], true);
        assert_eq!(rows[1]["text"], "");
        assert_eq!(rows[2]["answers"], 1);
        assert_eq!(rows[2]["edited"], serde_json::Value::Null);
    }

    #[test]
    fn files_are_exported_as_their_names() {
        let mut sample = Sample::new();
        let talked = sample.conversation(&mina());
        let at = Millis::new(1_795_273_200_000);
        let offer = FileOffer {
            size: 4_500_000,
            manifest: 0,
            files: 0,
            root: [7; 32],
        };
        let item = Incoming {
            stream: StreamId::from_bytes([2; 16]),
            number: 1,
            missed: 0,
            sent_at: at,
            content: Content::Offer("도면.pdf", offer),
        };
        let mut batch = sample.store.batch().expect("begun");
        batch.receive(talked, &item, at).expect("kept");
        batch.commit().expect("kept");
        let (_, text) = exported(&sample, mina(), ExportFormat::Text);
        assert!(text.ends_with("2026-11-22 00:00 Mina *: 도면.pdf (file)\n"));
        let (_, text) = exported(&sample, mina(), ExportFormat::Markdown);
        assert!(
            text.ends_with("**Mina \\*** 00:00 *(file)*\n\n> 도면.pdf\n\n"),
            "{text}"
        );
        let (_, text) = exported(&sample, mina(), ExportFormat::Json);
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let row = &all["messages"][0];
        assert_eq!(
            (&row["kind"], &row["text"]),
            (&"file".into(), &"도면.pdf".into())
        );
        assert_eq!(row["size"], 4_500_000);
    }

    #[test]
    fn markdown_quotes_what_each_person_said() {
        let (path, text) = exported(&sample(), mina(), ExportFormat::Markdown);
        let name = path.file_name().and_then(|name| name.to_str());
        assert_eq!(name, Some("Duologue Mina 2026-11-22.md"));
        assert_eq!(
            text,
            "# Mina \\*

## 2026-11-22

**Mina \\*** 00:00

> \\# 제목\\
> \\*\\*나\\*\\* 14:00\\
> \\
> \u{a0}\u{a0}\u{a0}\u{a0}\\<b\\>\\
> 1\\. one\\[U\\+202E\\]

*(missing: 3)*

**Mina \\*** 00:00 *(needs a newer version)*

## 2026-11-23

**나** 00:00 *(waits)*

> mine

**나** 00:01 *(not sent)*

> plain

**Mina \\*** 00:01

> 가\u{fffd}

"
        );
    }

    #[test]
    fn text_indents_all_but_the_first_line_of_a_message() {
        let (_, text) = exported(&sample(), mina(), ExportFormat::Text);
        assert_eq!(
            text,
            "Mina *

2026-11-22 00:00 Mina *: # 제목
    **나** 14:00
    
        <b>
    1. one[U+202E]
(missing: 3)
2026-11-22 00:00 Mina *: (needs a newer version)
2026-11-23 00:00 나: mine (waits)
2026-11-23 00:01 나: plain (not sent)
2026-11-23 00:01 Mina *: 가\u{fffd}
"
        );
    }

    #[test]
    fn json_contains_every_field() {
        let (_, text) = exported(&sample(), mina(), ExportFormat::Json);
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(all["peer"]["name"], "Mina *");
        assert_eq!(all["peer"]["key"].as_str().map(str::len), Some(43));
        let rows = all["messages"].as_array().expect("rows");
        assert_eq!(rows.len(), 6);
        let first = "# 제목\r\n**나** 14:00\n\n    <b>\n1. one\u{202e}";
        assert_eq!(rows[0]["text"], first);
        assert_eq!(rows[0]["sent_at_ms"], i64::MAX);
        assert_eq!(rows[0]["sent_at"], serde_json::Value::Null);
        assert_eq!(rows[0]["received_at"], "2026-11-22T00:00:00.000+09:00");
        assert_eq!(
            (&rows[1]["kind"], &rows[1]["text"]),
            (&"missed".into(), &"3".into())
        );
        assert_eq!(
            (&rows[3]["from"], &rows[3]["state"]),
            (&"me".into(), &"waiting".into())
        );
        assert_eq!(
            (&rows[5]["raw"], &rows[5]["encoding"]),
            (&"sKH/".into(), &"CP949".into())
        );
    }

    #[test]
    fn a_long_conversation_is_complete_and_no_file_is_overwritten() {
        let mut sample = Sample::new();
        let address = PeerId::Address("10.0.0.1:7".into());
        let talked = sample.conversation(&address);
        let texts: Vec<String> = (0..3 * ROWS + 7).map(|number| number.to_string()).collect();
        sample.say(
            talked,
            &texts.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        Deletion::up_to(talked, Row::new(5)).run(&mut sample.store);
        let (first, text) = exported(&sample, address.clone(), ExportFormat::Json);
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let rows = all["messages"].as_array().expect("rows");
        assert!(rows.iter().map(|row| &row["text"]).eq(&texts[5..]));
        assert_eq!(all["peer"]["address"], "10.0.0.1:7");
        let (second, again) = exported(&sample, address, ExportFormat::Json);
        assert_ne!(first, second);
        assert!(second.ends_with("Duologue Mina 2026-11-22 (2).json"));
        assert_eq!(fs::read_to_string(first).expect("there"), again);
        // Of nobody there is an empty one.
        let (_, text) = exported(&sample, mina(), ExportFormat::Json);
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(all["messages"], serde_json::json!([]));
    }
}
