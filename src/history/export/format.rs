//! How a conversation looks in a file: for people, as Markdown or plain text, or for programs, as JSON.
//!
//! A message can't pretend to be anything else: in Markdown it is a quote without markup of its own; in text all lines but
//! the first are indented.

use std::{fmt::Write as _, io};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use jiff::{Zoned, civil::Date};
use serde::Serialize;

use crate::{
    history::{ExportFormat, ExportWords},
    identity::PeerId,
    millis::Millis,
    store::{Kind, MANY_MISSED, Message, State},
    text::quoted::{indented, one_line, shown},
};

/// See the [module](self).
pub(in crate::history) struct Format {
    language: ExportFormat,
    pub(super) name: String,
    words: ExportWords,
    pub(super) now: Zoned,
    /// The day of the previous row.
    day: Option<Date>,
}

impl Format {
    pub(in crate::history) fn new(
        language: ExportFormat,
        name: String,
        words: ExportWords,
        now: Zoned,
    ) -> Self {
        Self {
            language,
            name,
            words,
            now,
            day: None,
        }
    }

    /// The file name extension.
    pub(super) fn ending(&self) -> &'static str {
        match self.language {
            ExportFormat::Markdown => "md",
            ExportFormat::Json => "json",
            ExportFormat::Text => "txt",
        }
    }

    /// The text before the first row.
    pub(super) fn head(&mut self, peer_id: &PeerId) -> io::Result<String> {
        let name = one_line(&self.name);
        Ok(match self.language {
            ExportFormat::Markdown => format!("# {}\n\n", escaped(&name)),
            ExportFormat::Text => format!("{name}\n\n"),
            ExportFormat::Json => {
                let (key, address) = match peer_id {
                    PeerId::Key(key) => (Some(BASE64URL_NOPAD.encode(key.as_bytes())), None),
                    PeerId::Address(address) => (None, Some(&**address)),
                };
                let peer = Peer {
                    name: &self.name,
                    key,
                    address,
                };
                let (peer, now) = (
                    json(&peer)?,
                    self.iso(Millis::new(self.now.timestamp().as_millisecond())),
                );
                let now = json(&now)?;
                format!("{{\"duologue\":1,\"exported_at\":{now},\"peer\":{peer},\"messages\":[")
            }
        })
    }

    /// Appends a row to `text`.
    pub(super) fn row(&mut self, message: &Message, text: &mut String) -> io::Result<()> {
        match self.language {
            ExportFormat::Markdown => self.markdown(message, text),
            ExportFormat::Text => self.text(message, text),
            ExportFormat::Json => {
                let is_first = self.day.is_none();
                self.day = Some(self.now.date());
                text.push_str(if is_first { "\n" } else { ",\n" });
                text.push_str(&json(&self.entry(message))?);
            }
        }
        Ok(())
    }

    /// The text after the last row.
    pub(super) fn end(&self) -> &'static str {
        match self.language {
            ExportFormat::Markdown | ExportFormat::Text => "",
            ExportFormat::Json => "\n]}\n",
        }
    }

    fn markdown(&mut self, message: &Message, text: &mut String) {
        let at = self.local(message.received_at);
        let day = at.as_ref().map(Zoned::date);
        if let Some(day) = day.filter(|_| day != self.day) {
            write(text, format_args!("## {day}\n\n"));
            self.day = Some(day);
        }
        if message.kind == Kind::Missed {
            let missed = escaped(&self.missed(message));
            return write(text, format_args!("*({missed})*\n\n"));
        }
        let speaker = escaped(&self.speaker(message));
        let time = at.map_or(String::new(), |at| at.strftime(" %H:%M").to_string());
        write(text, format_args!("**{speaker}**{time}"));
        if let Some(note) = self.note(message) {
            write(text, format_args!(" *({})*", escaped(&note)));
        }
        text.push_str("\n\n");
        if message.kind == Kind::NeedsNewer || message.marks.is_deleted {
            return;
        }
        let shown = shown(&message.text);
        let mut lines = shown.split('\n').peekable();
        while let Some(line) = lines.next() {
            let end = if lines.peek().is_some() { "\\" } else { "" };
            write(text, format_args!("> {}{end}\n", escaped(line)));
        }
        text.push('\n');
    }

    fn text(&self, message: &Message, text: &mut String) {
        if message.kind == Kind::Missed {
            return write(text, format_args!("({})\n", self.missed(message)));
        }
        if let Some(at) = self.local(message.received_at) {
            write(text, format_args!("{} ", at.strftime("%Y-%m-%d %H:%M")));
        }
        let said = indented(&message.text);
        write(text, format_args!("{}: {said}", self.speaker(message)));
        if let Some(note) = self.note(message) {
            let space = if said.is_empty() { "" } else { " " };
            write(text, format_args!("{space}({note})"));
        }
        text.push('\n');
    }

    fn entry<'a>(&self, message: &'a Message) -> Entry<'a> {
        let quote = message.marks.quote.as_ref();
        let source = quote.and_then(|quote| quote.source.as_ref());
        Entry {
            row: message.row.number(),
            from: match message.kind {
                Kind::Mine => "me",
                Kind::Theirs | Kind::NeedsNewer | Kind::Missed => "peer",
            },
            kind: match message.kind {
                Kind::Mine | Kind::Theirs => "message",
                Kind::NeedsNewer => "needs-newer",
                Kind::Missed => "missed",
            },
            state: match message.state {
                State::Received => "received",
                State::Waiting => "waiting",
                State::Delivered => "delivered",
                State::Recalled => "cancelled",
                State::Sent => "sent",
                State::NotSent => "not-sent",
            },
            sent_at: self.iso(message.sent_at),
            sent_at_ms: message.sent_at.number(),
            received_at: self.iso(message.received_at),
            received_at_ms: message.received_at.number(),
            text: &message.text,
            raw: message.raw.as_deref().map(|raw| BASE64.encode(raw)),
            encoding: message.charset.name(),
            edited: message.marks.is_edited,
            deleted: message.marks.is_deleted,
            reactions: Reactions {
                me: message.marks.mine(),
                peer: message.marks.theirs(),
            },
            answers: source.map(|(row, _)| row.number()),
        }
    }

    fn speaker(&self, message: &Message) -> String {
        one_line(match message.kind {
            Kind::Mine => &self.words.me,
            Kind::Theirs | Kind::NeedsNewer | Kind::Missed => &self.name,
        })
    }

    /// What there is to say of a message besides its text.
    fn note(&self, message: &Message) -> Option<String> {
        let (words, marks) = (&self.words, &message.marks);
        let state = match (message.kind, message.state) {
            (Kind::NeedsNewer, _) => Some(&words.needs_newer),
            _ if marks.is_deleted => Some(&words.deleted),
            (_, State::Waiting) => Some(&words.waiting),
            (_, State::Recalled) => Some(&words.cancelled),
            (_, State::NotSent) => Some(&words.not_sent),
            (_, State::Received | State::Delivered | State::Sent) => None,
        };
        let edited = marks.is_edited.then_some(&words.edited);
        let mut notes: Vec<_> = state.into_iter().chain(edited).cloned().collect();
        for (name, emoji) in [(&words.me, marks.mine()), (&self.name, marks.theirs())] {
            if let Some(emoji) = emoji {
                notes.push(format!("{}: {}", one_line(name), one_line(emoji)));
            }
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    fn missed(&self, message: &Message) -> String {
        let count = message.text.parse().unwrap_or(1);
        let more = if count < MANY_MISSED { "" } else { "+" };
        let count = MANY_MISSED.min(count);
        format!("{}: {count}{more}", self.words.missed)
    }

    /// `None` for an invalid time: a peer can send any number.
    fn local(&self, time: Millis) -> Option<Zoned> {
        let at = time.timestamp()?;
        Some(at.to_zoned(self.now.time_zone().clone()))
    }

    fn iso(&self, time: Millis) -> Option<String> {
        let at = self.local(time)?;
        Some(at.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())
    }
}

#[derive(Serialize)]
struct Peer<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
}

#[derive(Serialize)]
struct Entry<'a> {
    row: u64,
    from: &'static str,
    kind: &'static str,
    state: &'static str,
    sent_at: Option<String>,
    sent_at_ms: i64,
    received_at: Option<String>,
    received_at_ms: i64,
    text: &'a str,
    /// The bytes on the wire, where encoding the text would not give them back.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
    encoding: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    edited: bool,
    #[serde(skip_serializing_if = "is_false")]
    deleted: bool,
    #[serde(skip_serializing_if = "Reactions::is_empty")]
    reactions: Reactions<'a>,
    /// The row of the message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<u64>,
}

#[derive(Serialize)]
struct Reactions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    me: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'a str>,
}

impl Reactions<'_> {
    fn is_empty(&self) -> bool {
        self.me.is_none() && self.peer.is_none()
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

fn json(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
}

fn write(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String can't fail.
    text.write_fmt(what).ok();
}

/// Markdown that shows this line as it is (`CommonMark` 0.31, 2.4).
fn escaped(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + 8);
    for (at, character) in line.char_indices() {
        let before = line.get(..at).unwrap_or_default();
        match character {
            // It would start a code block, or be lost.
            ' ' | '\t' if before.chars().all(char::is_whitespace) => {
                escaped.push('\u{a0}');
                continue;
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '+'
            | '-' | '!' | '|' | '~' | '&' | '=' | '$' | '^' => escaped.push('\\'),
            // It would start a list.
            '.' if before.trim().bytes().all(|byte| byte.is_ascii_digit()) => escaped.push('\\'),
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_lines_have_no_markup() {
        for (line, expected) in [
            ("# a", "\\# a"),
            ("1. a 2. b", "1\\. a 2. b"),
            ("1) a", "1\\) a"),
            ("  > a", "\u{a0}\u{a0}\\> a"),
            ("---", "\\-\\-\\-"),
            ("[a](b) <i>&lt;", "\\[a\\]\\(b\\) \\<i\\>\\&lt;"),
            ("a.b, c: d", "a.b, c: d"),
        ] {
            assert_eq!(escaped(line), expected);
        }
    }
}
