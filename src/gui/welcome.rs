//! What stands in place of the transcript while there is nothing in it: what to do.

use eframe::egui::{self, RichText, ScrollArea, Ui};

use crate::{
    chat::{Chat, Door, Link},
    gui::{Action, locale::Lang, own_name::OwnName},
    identity::Name,
};

/// About as high as what is said, in points.
const HEIGHT: f32 = 130.0;

/// Fills the rest of `ui`.
pub(super) fn show(
    ui: &mut Ui,
    chat: &Chat,
    (own_name, name): (&mut OwnName, &Name),
    lang: Lang,
    actions: &mut Vec<Action>,
) {
    let hint = match (chat.link(), chat.door()) {
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
            ui.set_max_width(width.min(420.0));
            ui.heading(lang.idle_title());
            ui.add_space(4.0);
            ui.add(egui::Label::new(RichText::new(hint).weak()).wrap());
            ui.add_space(8.0);
            own_name.show_centred(ui, name, lang, actions);
        });
    });
}
