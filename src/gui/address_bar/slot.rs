//! A button whose meaning changes, such as *Connect* that becomes *Disconnect* when the other side's call is answered first.

use eframe::egui::{Button, Response, Ui, vec2};

use crate::gui::theme;

/// For how long a new meaning takes no click and no key, in seconds: they were meant for the one before.
const STILL: f64 = 0.5;

/// What the button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Listen,
    Stop,
    Connect,
    Cancel,
    StopCalling,
    Disconnect,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Slot {
    meaning: Option<Meaning>,
    /// When it got this meaning; `None` for the first one.
    since: Option<f64>,
}

impl Slot {
    /// Shows the button. Returns its response, and whether it is to be carried out.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        meaning: Meaning,
        button: Button<'_>,
        width: f32,
    ) -> (Response, bool) {
        let now = ui.input(|input| input.time);
        if self.meaning != Some(meaning) {
            self.since = self.meaning.map(|_| now);
            self.meaning = Some(meaning);
        }
        let is_new = self.since.is_some_and(|since| now < since + STILL);
        let response = ui.add(button.min_size(vec2(width, theme::CONTROL)));
        let is_meant = response.clicked() && !is_new;
        (response, is_meant)
    }
}
