//! What rows say: for the eye, for a screen reader and for the clipboard.

use std::borrow::Cow;

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    chat::timeline::{Content, Item, ItemId, Message, Speaker},
    gui::ctx::Ctx,
    text::{
        quoted::{indented, one_line},
        visible::{folded, visible},
    },
};

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
            let delivery = cx
                .chat
                .delivery(item)
                .map(|delivery| lang.delivery(delivery));
            let delivery = delivery.map(str::to_owned);
            let marks = unread.into_iter().chain(delivery);
            let marks: Vec<_> = marks.chain(arrived(cx, item)).collect();
            lang.row_name(&name, time, &shortened(message), &marks)
        }
    }
}

/// Whether the unread messages begin here.
pub(super) fn is_first_unread(cx: &Ctx<'_>, item: &Item) -> bool {
    item.row().is_some() && item.row() == cx.chat.timeline().first_unread()
}

/// What a screen reader says when a message comes.
pub(super) fn announcement(cx: &Ctx<'_>, message: &Message) -> String {
    format!("{}: {}", speaker(cx, message), shortened(message))
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
                format!("{day} {time} {name}: {}\n", indented(&message.text))
            }
        };
        text.push_str(&line);
    }
    text
}

fn shortened(message: &Message) -> Cow<'_, str> {
    visible(folded(&message.text).unwrap_or(&message.text))
}
