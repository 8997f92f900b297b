//! Those who ask to be let in: one question each, above the transcript.

use eframe::egui::{Label, Response, RichText, Role, ScrollArea, Ui, UiBuilder};

use crate::{
    chat::{Chat, contacts::Contacts},
    gui::{Action, locale::Lang, theme},
    identity::Party,
    net::Ask,
};

/// The part of the room that the questions may take before they scroll,
const MOST_ROOM: f32 = 0.7;
/// but so much at least, in points, if there is as much.
const LEAST_HEIGHT: f32 = 140.0;

/// Shows all of them; nothing if nobody asks.
pub(super) fn show(ui: &mut Ui, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
    if chat.asks().is_empty() {
        return;
    }
    let room = ui.available_height();
    let height = (room * MOST_ROOM).max(room.min(LEAST_HEIGHT));
    let margin = f32::from(theme::EDGE);
    ScrollArea::vertical()
        .id_salt("asks")
        .min_scrolled_height(height)
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.add_space(theme::GAP);
            for ask in chat.asks() {
                ui.horizontal_top(|ui| {
                    ui.add_space(margin);
                    let builder = UiBuilder::new()
                        .id_salt(("ask", ask.id.0))
                        .accessibility_role(Role::Group)
                        .accessibility_label(lang.who_asks(chat.contacts(), ask));
                    ui.scope_builder(builder, |ui| {
                        ui.set_max_width(ui.available_width() - margin);
                        show_one(ui, chat.contacts(), ask, lang, actions);
                    });
                });
            }
        });
}

fn show_one(ui: &mut Ui, contacts: &Contacts, ask: &Ask, lang: Lang, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    theme::banner(palette.hint_background).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
            ui.add(Label::new(RichText::new(lang.asks(contacts, ask)).strong()).wrap());
            let from = RichText::new(lang.asks_from(ask.from, &ask.party)).color(palette.weak);
            let from = ui.add(Label::new(from).wrap());
            if let Party::Key(key) = &ask.party {
                let whole = lang.whole_key(key);
                ui.ctx().accesskit_node_builder(from.id, |node| {
                    node.set_description(whole.clone());
                });
                from.on_hover_text(whole);
            }
            if let Some(key) = &ask.encrypted_before {
                let warning = lang.encrypted_before(contacts, key);
                ui.add(Label::new(RichText::new(warning).color(palette.bad)).wrap());
            }
            ui.add_space(2.0);
            ui.horizontal_wrapped(|ui| {
                for (words, admit) in [(lang.accept(), true), (lang.reject(), false)] {
                    let button = kept_in_view(ui.button(words));
                    if button.clicked() {
                        let ask = ask.id;
                        actions.push(Action::Answer { ask, admit });
                    }
                }
            });
        });
    });
}

/// What the keyboard comes to is scrolled into view.
pub(super) fn kept_in_view(button: Response) -> Response {
    if button.gained_focus() {
        button.scroll_to_me(None);
    }
    button
}
