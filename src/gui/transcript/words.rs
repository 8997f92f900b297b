//! What rows say: for the eye, for a screen reader and for the clipboard.

use std::borrow::Cow;

use jiff::{civil::Date, tz::TimeZone};

use super::{
    file_words::{FileWords, name_of},
    quote::Quoted,
};
use crate::{
    chat::timeline::{Content, Item, ItemId, Message, Speaker},
    gui::ctx::Ctx,
    text::{
        quoted::{indented, one_line},
        visible::{folded, visible},
    },
};

/// One emoji, and who reacted with it.
pub(super) struct Reaction {
    pub emoji: String,
    /// We are among them.
    pub is_ours: bool,
    /// How many people: one or two.
    pub count: usize,
    /// What a screen reader says.
    pub words: String,
}

/// Who wrote a message.
pub(super) fn speaker(cx: &Ctx<'_>, message: &Message) -> Cow<'static, str> {
    match message.speaker {
        Speaker::Me => Cow::Borrowed(cx.lang.you()),
        Speaker::Peer(ip) => Cow::Owned(ip.to_string()),
        Speaker::Key(key) => Cow::Owned(cx.lang.label(cx.chat.contacts(), &key)),
    }
}

/// The day of a row.
pub(super) fn date(item: &Item, zone: &TimeZone) -> Date {
    zone.to_datetime(item.at).date()
}

/// When a message arrived, if that was much later than it was sent.
pub(super) fn arrived(cx: &Ctx<'_>, item: &Item) -> Option<String> {
    let arrived = cx.zone.to_datetime(item.arrived?);
    let is_other = arrived.date() != date(item, cx.zone);
    let other_day = is_other.then(|| arrived.date());
    Some(cx.lang.arrived(arrived.time(), other_day))
}

/// The name of a row for a screen reader.
pub(super) fn accessible_name(cx: &Ctx<'_>, item: &Item) -> String {
    let lang = cx.lang;
    // The line above the row is only for the eye.
    let unread = is_first_unread(cx, item).then(|| lang.unread().to_owned());
    match &item.content {
        Content::Note(note) => {
            let note = lang.note(note, cx.chat.contacts());
            let words: Vec<_> = unread.into_iter().chain([note]).collect();
            words.join(", ")
        }
        Content::Message(message) => {
            let time = cx.zone.to_datetime(item.at).time();
            let name = speaker(cx, message);
            let delivery = cx.delivery(item).map(|delivery| lang.delivery(delivery));
            let delivery = delivery.map(str::to_owned);
            let marks = unread.into_iter().chain(delivery);
            let marks = marks.chain(arrived(cx, item)).chain(changes(cx, message));
            let text = match (deleted(cx, message), file(cx, item, message)) {
                (Some(words), _) | (None, Some(words)) => Cow::Owned(words),
                (None, None) => shortened(message),
            };
            lang.row_name(&name, time, &text, &marks.collect::<Vec<_>>())
        }
    }
}

/// What a message says that is about a file.
fn file(cx: &Ctx<'_>, item: &Item, message: &Message) -> Option<String> {
    let file = message.file.as_deref()?;
    Some(FileWords::new(cx, item, message, file).spoken())
}

/// What stands in place of a message that was deleted.
pub(super) fn deleted(cx: &Ctx<'_>, message: &Message) -> Option<String> {
    let is_deleted = message.marks.is_deleted;
    is_deleted.then(|| match message.speaker {
        Speaker::Key(key) => cx.lang.deleted_by(cx.chat.contacts(), &key),
        Speaker::Me | Speaker::Peer(_) => cx.lang.you_deleted().to_owned(),
    })
}

/// That a message was edited, if it was.
pub(super) fn edited(cx: &Ctx<'_>, message: &Message) -> Option<&'static str> {
    message.marks.is_edited.then(|| cx.lang.edited())
}

/// The reactions to a message: ours first, or both in one if they are the same.
pub(super) fn reactions(cx: &Ctx<'_>, message: &Message) -> Vec<Reaction> {
    let (mine, theirs) = (message.marks.mine(), message.marks.theirs());
    if mine.is_none() && theirs.is_none() {
        return Vec::new();
    }
    let (you, them) = (cx.lang.you(), cx.peer_name());
    let reaction = |emoji: &str, is_ours, names: &[&str]| Reaction {
        words: format!("{}, {}", visible(emoji), names.join(", ")),
        emoji: emoji.to_owned(),
        is_ours,
        count: names.len(),
    };
    match (mine, theirs) {
        (Some(mine), Some(theirs)) if mine == theirs => vec![reaction(mine, true, &[you, &them])],
        _ => {
            let mine = mine.map(|emoji| reaction(emoji, true, &[you]));
            let theirs = theirs.map(|emoji| reaction(emoji, false, &[&them]));
            mine.into_iter().chain(theirs).collect()
        }
    }
}

/// What a screen reader says of a message besides: what it answers, that it was edited, and the reactions to it.
fn changes(cx: &Ctx<'_>, message: &Message) -> impl Iterator<Item = String> {
    let quote = message.marks.quote.as_ref().map(|quote| {
        let quoted = Quoted::new(cx, quote);
        format!("{} ({})", quoted.title, quoted.line)
    });
    let edited = edited(cx, message).map(str::to_owned);
    let reactions = reactions(cx, message).into_iter();
    let reactions = reactions.map(|reaction| reaction.words);
    quote.into_iter().chain(edited).chain(reactions)
}

/// Whether the unread messages begin here.
pub(super) fn is_first_unread(cx: &Ctx<'_>, item: &Item) -> bool {
    item.row().is_some() && item.row() == cx.chat.timeline().first_unread()
}

/// What a screen reader says when a message comes.
pub(super) fn announcement(cx: &Ctx<'_>, message: &Message) -> String {
    let text = match deleted(cx, message).or_else(|| named_file(cx, message)) {
        Some(words) => Cow::Owned(words),
        None => shortened(message),
    };
    format!("{}: {text}", speaker(cx, message))
}

/// All rows that are loaded as text, one entry a line. Further lines of a message are indented, as in an export.
///
/// An export is something else: it reads the store, has no notes such as "Connected", and can't be read back wrong.
pub(in crate::gui) fn conversation(cx: &Ctx<'_>) -> String {
    of_items(cx, |_| true)
}

/// The same of some rows.
pub(super) fn of_items(cx: &Ctx<'_>, is_wanted: impl Fn(ItemId) -> bool) -> String {
    let mut text = String::new();
    let timeline = cx.chat.timeline();
    let (Some(first), Some(last)) = (timeline.first_id(), timeline.last_id()) else {
        return text;
    };
    let wanted = (first.0..=last.0).map(ItemId).filter(|id| is_wanted(*id));
    for item in wanted.filter_map(|id| timeline.get(id)) {
        let when = cx.zone.to_datetime(item.at);
        let (day, time) = (when.date(), cx.lang.time(when.time()));
        let line = match &item.content {
            Content::Note(note) => {
                let note = cx.lang.note(note, cx.chat.contacts());
                format!("{day} {time} – {note}\n")
            }
            Content::Message(message) => {
                let name = one_line(&speaker(cx, message));
                let text = deleted(cx, message).or_else(|| named_file(cx, message));
                let text = text.unwrap_or_else(|| indented(&message.text));
                format!("{day} {time} {name}: {text}\n")
            }
        };
        text.push_str(&line);
    }
    text
}

/// That a message is about a file, and its name.
fn named_file(cx: &Ctx<'_>, message: &Message) -> Option<String> {
    let is_file = message.file.is_some();
    is_file.then(|| cx.lang.file_named(&name_of(message)))
}

fn shortened(message: &Message) -> Cow<'_, str> {
    visible(folded(&message.text).unwrap_or(&message.text))
}
