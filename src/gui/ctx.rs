//! What every view is shown with.

use std::{path::Path, rc::Rc};

use eframe::egui;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    chat::{
        Chat,
        conversations::Conversations,
        notices::Notices,
        timeline::{Content, Delivery, Item},
    },
    gui::{action::Action, disk::Disk},
    identity::PeerId,
    lang::Lang,
    millis::Millis,
    settings::Settings,
};

/// The state to show, the language to show it in, and the actions that the views ask for.
pub(super) struct Ctx<'a> {
    pub chat: &'a Chat,
    pub settings: &'a Settings,
    pub conversations: &'a Conversations,
    pub notices: &'a Notices,
    /// Where exports are written; `None` if there is no such folder.
    pub export_folder: Option<&'a Path>,
    /// Where everything is kept; `None` if there is no such folder.
    pub data_folder: Option<&'a Path>,
    pub disk: &'a Disk,
    pub zone: &'a TimeZone,
    pub lang: Lang,
    pub now: Timestamp,
    /// The words that were looked for and are marked where they were found, folded.
    pub looked_for: Rc<[String]>,
    /// What was asked for so far, in order.
    pub actions: Vec<Action>,
}

impl<'a> Ctx<'a> {
    /// The conversation that is shown.
    pub fn shown(&self) -> Option<&'a PeerId> {
        self.chat.shown()
    }

    /// How far a message of ours has come, as far as it is shown: nothing is said of one that was deleted, nor of reading by
    /// who doesn't want read marks.
    pub fn delivery(&self, item: &Item) -> Option<Delivery> {
        let is_deleted =
            matches!(&item.content, Content::Message(message) if message.marks.is_deleted);
        let delivery = self.chat.delivery(item).filter(|_| !is_deleted)?;
        let is_hidden = delivery == Delivery::Read && !self.settings.read_marks;
        Some(if is_hidden {
            Delivery::Delivered
        } else {
            delivery
        })
    }

    /// Where files are received; `None` if there is no such folder.
    pub fn download_folder(&self) -> Option<&'a Path> {
        let chosen = self.settings.files.folder.as_deref();
        chosen.or(self.export_folder)
    }

    /// Whether a conversation, or what has happened without one, is in the middle of the window. Otherwise a card is there.
    pub fn shows_transcript(&self) -> bool {
        self.shown().is_some() || !self.chat.timeline().is_empty()
    }

    /// How the peer of the conversation that is shown is called.
    pub fn peer_name(&self) -> String {
        let name = |peer_id| self.lang.peer_id(self.chat.contacts(), peer_id);
        self.shown().map(name).unwrap_or_default()
    }

    /// Asks for this once everything is painted.
    pub fn push(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// A time in as few words as tell it from others: the time of today, the weekday of this week, else the date.
    pub fn brief_moment(&self, at: Millis) -> String {
        let at = at.timestamp().unwrap_or(Timestamp::UNIX_EPOCH);
        let today = self.zone.to_datetime(self.now).date();
        self.lang.brief_moment(self.zone.to_datetime(at), today)
    }

    /// A time in words.
    pub fn moment(&self, at: Millis) -> String {
        let at = at.timestamp().unwrap_or(Timestamp::UNIX_EPOCH);
        let today = self.zone.to_datetime(self.now).date();
        self.lang.moment(self.zone.to_datetime(at), today)
    }
}

/// The window's clock as a time, for what must end when that clock says so. Not a time of day.
pub(super) fn clock(ctx: &egui::Context) -> Timestamp {
    clock_at(ctx.input(|input| input.time))
}

fn clock_at(seconds: f64) -> Timestamp {
    let since = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
    Timestamp::UNIX_EPOCH
        .checked_add(since)
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_advances_as_the_windows_does() {
        let later = clock_at(3.5).duration_since(clock_at(1.0));
        assert_eq!(later, SignedDuration::from_millis(2500));
        assert_eq!(clock_at(f64::NAN), Timestamp::UNIX_EPOCH);
    }
}
