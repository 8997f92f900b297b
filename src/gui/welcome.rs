//! What is in place of the transcript while there is nothing in it: what to do.

use eframe::egui::{self, RichText, ScrollArea, Ui};

use crate::{
    chat::{Door, Link},
    gui::{ctx::Ctx, own_name::OwnName},
};

/// Approximate height of the text, in points.
const HEIGHT: f32 = 130.0;
/// Maximum width of the text, in points.
const WIDTH: f32 = 420.0;

/// The start screen.
#[derive(Debug, Default)]
pub(super) struct Welcome {
    own_name: OwnName,
}

impl Welcome {
    /// Closes the field for our name: a dialog has one, too.
    pub fn close_field(&mut self) {
        self.own_name = OwnName::default();
    }

    /// Fills the rest of `ui`.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        let hint = match (cx.chat.link(), cx.chat.door()) {
            (Link::Idle | Link::Ended, Door::Open(listening)) if listening.only_here => {
                lang.only_here_hint()
            }
            (Link::Idle | Link::Ended, Door::Open(_)) => lang.listening_hint(),
            (Link::Idle | Link::Ended, _) => lang.idle_hint(),
            (Link::Dialling { .. } | Link::Redialling { .. } | Link::Connected(_), _) => return,
        };
        let (width, height) = (ui.available_width(), ui.available_height());
        // In a low window it scrolls.
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.add_space(((height - HEIGHT) * 0.45).max(8.0));
            ui.vertical_centered(|ui| {
                ui.set_max_width(width.min(WIDTH));
                ui.heading(lang.idle_title());
                ui.add_space(4.0);
                ui.add(egui::Label::new(RichText::new(hint).weak()).wrap());
                ui.add_space(8.0);
                self.own_name.show_centred(cx, ui);
            });
        });
    }
}
