//! The button at the composer that opens the picker.

use eframe::egui::{Popup, PopupCloseBehavior, Rect, RectAlign, Ui, UiBuilder};

use super::EmojiPicker;
use crate::gui::{
    ctx::Ctx,
    icon::{self, Icon},
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(in crate::gui) struct EmojiButton {
    /// While it is open.
    picker: Option<EmojiPicker>,
}

/// What came of the picker in this frame.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::gui) enum Outcome {
    /// It is closed, or still open.
    Nothing,
    /// It was closed.
    Closed,
    /// It was closed with this emoji.
    Picked(String),
}

impl EmojiButton {
    /// Shows it in this place.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, place: Rect) -> Outcome {
        let button = ui
            .scope_builder(UiBuilder::new().max_rect(place), |ui| {
                icon::button(ui, Icon::Smile, cx.lang.emoji())
            })
            .inner;
        let was_open = self.picker.is_some();
        let shown = Popup::from_toggle_button_response(&button)
            .align(RectAlign::TOP_END)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .accessible_name(cx.lang.emoji())
            .show(|ui| {
                let emoji = self.picker.get_or_insert_default().show(cx, ui);
                if emoji.is_some() {
                    ui.close();
                }
                emoji
            });
        let Some(shown) = shown else {
            self.picker = None;
            return if was_open {
                Outcome::Closed
            } else {
                Outcome::Nothing
            };
        };
        match shown.inner {
            Some(emoji) => {
                self.picker = None;
                Outcome::Picked(emoji)
            }
            None => Outcome::Nothing,
        }
    }
}
