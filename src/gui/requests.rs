//! Join requests: one question above the transcript for each person who asks to be let in.

use eframe::egui::{Label, RichText, Role, ScrollArea, Ui, UiBuilder};

use crate::{
    gui::{action::Action, ctx::Ctx, focus::kept_in_view, theme, typeset},
    identity::PeerId,
    net::JoinRequest,
    store::Lookup,
};

/// Maximum part of the available height that the questions take; more scroll.
const MAX_PART: f32 = 0.7;
/// They get at least this height, in points, where there is that much.
const MIN_HEIGHT: f32 = 140.0;

/// Shows all of them.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let chat = cx.chat;
    if chat.requests().is_empty() {
        return;
    }
    let room = ui.available_height();
    let height = (room * MAX_PART).max(room.min(MIN_HEIGHT));
    let margin = f32::from(theme::EDGE);
    ScrollArea::vertical()
        .id_salt("requests")
        .min_scrolled_height(height)
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.add_space(theme::GAP);
            for request in chat.requests() {
                ui.horizontal_top(|ui| {
                    ui.add_space(margin);
                    let builder = UiBuilder::new()
                        .id_salt(("request", request.id.0))
                        .accessibility_role(Role::Group)
                        .accessibility_label(cx.lang.who_asks(chat.contacts(), request));
                    ui.scope_builder(builder, |ui| {
                        ui.set_max_width(ui.available_width() - margin);
                        show_one(cx, ui, request);
                    });
                });
            }
        });
}

fn show_one(cx: &mut Ctx<'_>, ui: &mut Ui, request: &JoinRequest) {
    let (lang, contacts) = (cx.lang, cx.chat.contacts());
    let palette = theme::palette(ui);
    theme::banner(palette.hint_background).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
            let asks = RichText::new(lang.asks(contacts, request)).strong();
            ui.add(typeset::Label::new(asks).wrap());
            let from =
                RichText::new(lang.asks_from(request.from, &request.peer_id)).color(palette.weak);
            let from = ui.add(Label::new(from).wrap());
            if let PeerId::Key(key) = &request.peer_id {
                let whole = lang.whole_key(key);
                ui.ctx().accesskit_node_builder(from.id, |node| {
                    node.set_description(whole.clone());
                });
                from.on_hover_text(whole);
            }
            let warning = match (&request.encrypted_before, &request.peer_id) {
                (Lookup::Found(key), _) => Some(lang.encrypted_before(contacts, key)),
                (Lookup::Unclear, PeerId::Key(_)) => Some(lang.unclear_caller().to_owned()),
                (Lookup::Unclear, PeerId::Address(_)) => Some(lang.unclear_plain().to_owned()),
                (Lookup::Nothing, _) => None,
            };
            if let Some(warning) = warning {
                let warning = RichText::new(warning).color(palette.bad);
                ui.add(typeset::Label::new(warning).wrap());
            }
            ui.add_space(2.0);
            ui.horizontal_wrapped(|ui| {
                for (words, admit) in [(lang.accept(), true), (lang.reject(), false)] {
                    let button = kept_in_view(ui.button(words));
                    if button.clicked() {
                        let request = request.id;
                        cx.push(Action::Answer { request, admit });
                    }
                }
            });
        });
    });
}
