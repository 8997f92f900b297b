//! Who is writing: what the peer is told of us, and the line that tells of the peer.

use std::time::Duration;

use eframe::egui::{Align, Label, Layout, RichText, TextStyle, Ui, UiBuilder, vec2};
use jiff::{SignedDuration, Timestamp};

use crate::{
    chat::Chat,
    gui::{locale::Lang, theme},
};

/// The peer is told again after so long, in seconds: it takes silence for the end after 8.
const AGAIN_AFTER: f64 = 5.0;

/// What the peer was told of our writing.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When it was told last that we write, in egui's time; nothing if it takes us for silent.
    writing: Option<f64>,
}

impl Told {
    /// The person has edited the text. Says what to tell the peer, if anything. `now` is egui's time.
    pub fn edited(&mut self, is_empty: bool, now: f64) -> Option<bool> {
        if is_empty {
            return self.writing.take().map(|_| false);
        }
        if self.writing.is_some_and(|at| now - at < AGAIN_AFTER) {
            return None;
        }
        self.writing = Some(now);
        Some(true)
    }

    /// The peer takes us for silent: a message ends the writing, and a new peer knows of none.
    pub fn forget(&mut self) {
        self.writing = None;
    }

    /// The person wants nothing told any more. Says whether the peer has to be told so.
    pub fn stop(&mut self) -> bool {
        self.writing.take().is_some()
    }
}

/// egui's clock as a time, for what must end when the window's clock says so. Means nothing elsewhere.
pub(super) fn clock(seconds: f64) -> Timestamp {
    let since = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
    Timestamp::UNIX_EPOCH
        .checked_add(since)
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The height of the line, in points: kept free while it may come, so that nothing jumps.
pub(super) fn height(ui: &Ui, chat: &Chat) -> f32 {
    // Kept free when nobody is there too, lest the rows move when somebody comes.
    let is_encrypted = chat.shown().is_some_and(|party| party.key().is_some());
    if is_encrypted {
        ui.text_style_height(&TextStyle::Small) + theme::GAP
    } else {
        0.0
    }
}

/// Fills the rest of `ui` with the line while the peer is writing.
pub(super) fn show(ui: &mut Ui, chat: &Chat, lang: Lang) {
    let now = clock(ui.input(|input| input.time));
    let types = chat.is_present() && chat.peer_types(now);
    let Some(peer) = chat.peer().filter(|_| types) else {
        return;
    };
    let (Some(key), Some(until)) = (peer.key(), peer.types_until) else {
        return;
    };
    let words = lang.is_writing(chat.contacts(), &key);
    let text = RichText::new(&words).small().weak();
    let place = ui
        .available_rect_before_wrap()
        .shrink2(vec2(f32::from(theme::EDGE), 0.0));
    let builder = UiBuilder::new()
        .max_rect(place)
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| ui.add(Label::new(text).truncate()));
    // Once, when it ends.
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    ui.ctx().request_repaint_after(left);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_is_told_at_once_and_then_every_five_seconds() {
        let mut told = Told::default();
        let mut heard = Vec::new();
        for second in 0..12 {
            if told.edited(false, f64::from(second)) == Some(true) {
                heard.push(second);
            }
        }
        assert_eq!(heard, [0, 5, 10]);
        assert_eq!(told.edited(true, 12.0), Some(false));
        assert_eq!(told.edited(true, 13.0), None, "said already");
        assert_eq!(told.edited(false, 13.0), Some(true));
        told.forget();
        assert_eq!(told.edited(true, 14.0), None, "a message has ended it");
        assert!(!told.stop());
        told.edited(false, 15.0);
        assert!(told.stop() && !told.stop());
    }

    #[test]
    fn the_clock_goes_as_the_window_s() {
        let later = clock(3.5).duration_since(clock(1.0));
        assert_eq!(later, SignedDuration::from_millis(2500));
        assert_eq!(clock(f64::NAN), Timestamp::UNIX_EPOCH);
    }
}
