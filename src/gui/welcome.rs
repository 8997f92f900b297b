//! What stands in place of the transcript while there is nothing in it: what to do.

use eframe::egui::{self, RichText, Ui};

use super::text::Lang;
use crate::chat::{Chat, Door, Link};

/// Fills the rest of `ui`.
pub fn show(ui: &mut Ui, chat: &Chat, lang: Lang) {
    let hint = match (chat.link(), chat.door()) {
        (Link::Idle | Link::Ended, Door::Open(listening)) if listening.only_here => {
            lang.only_here_hint()
        }
        (Link::Idle | Link::Ended, Door::Open(_)) => lang.listening_hint(),
        (Link::Idle | Link::Ended, _) => lang.idle_hint(),
        (Link::Dialling(_) | Link::Connected(_), _) => return,
    };
    let width = ui.available_width();
    ui.add_space((ui.available_height() * 0.32).max(8.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(width.min(420.0));
        ui.heading(lang.idle_title());
        ui.add_space(4.0);
        ui.add(egui::Label::new(RichText::new(hint).weak()).wrap());
    });
}
