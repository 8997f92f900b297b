//! Join requests: one question above the transcript for each person who asks to be let in.

mod cards;
pub(super) mod stillness;

use std::time::Duration;

use eframe::egui::{Label, PointerButton, RichText, Role, ScrollArea, Sense, Ui, UiBuilder};

use self::{
    cards::{Card, Cards, Press},
    stillness::NOT_YET,
};
use crate::{
    gui::{action::Action, ctx::Ctx, focus::kept_in_view, theme, typeset},
    identity::PeerId,
    net::{Command, JoinRequest},
    store::Lookup,
};

/// Maximum part of the available height that the questions take; more scroll.
const MAX_PART: f32 = 0.7;
/// They get at least this height, in points, where there is that much.
const MIN_HEIGHT: f32 = 140.0;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Requests(Cards);

/// A button of a question that was chosen.
struct Choice {
    action: Action,
    /// By the pointer or a touch, and not by a key or a screen reader.
    is_click: bool,
}

impl Requests {
    /// Shows all of them.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let (pointer, press, now) = ui.input(|input| {
            let pointer = &input.pointer;
            // A touch has no place before it presses.
            let by = if input.any_touches() {
                Press::Touch
            } else {
                Press::Pointer
            };
            (
                pointer.latest_pos(),
                pointer.primary_pressed().then_some(by),
                input.time,
            )
        });
        self.0.follow(cx.chat.requests(), pointer, now);
        if self.0.is_empty() {
            return;
        }
        if let (Some(press), Some(place)) = (press, pointer) {
            self.0.press(press, place, now);
        }
        let room = ui.available_height();
        let height = (room * MAX_PART).max(room.min(MIN_HEIGHT));
        let area = ScrollArea::vertical()
            .id_salt("requests")
            .min_scrolled_height(height)
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.add_space(theme::GAP);
                let mut chosen = Vec::new();
                for card in self.0.iter_mut() {
                    if let Some(choice) = show_card(cx, ui, card, now) {
                        chosen.push((card.request.id, card.stillness, choice));
                    }
                }
                for (id, stillness, choice) in chosen {
                    let is_meant = !choice.is_click || self.0.was_pressed(id);
                    if is_meant && stillness.wait_for_key(now) <= 0.0 {
                        cx.push(choice.action);
                    }
                }
            });
        self.0.set_area(area.inner_rect);
    }
}

/// Shows a question, or the place of one that is gone. Returns the button that was chosen.
fn show_card(cx: &Ctx<'_>, ui: &mut Ui, card: &mut Card, now: f64) -> Option<Choice> {
    let margin = f32::from(theme::EDGE);
    let name = if card.is_gone {
        cx.lang.asks_no_more().to_owned()
    } else {
        cx.lang.who_asks(cx.chat.contacts(), &card.request)
    };
    let mut choice = None;
    ui.horizontal_top(|ui| {
        ui.add_space(margin);
        let builder = UiBuilder::new()
            .id_salt(("request", card.request.id.0))
            .accessibility_role(Role::Group)
            .accessibility_label(name);
        let shown = ui.scope_builder(builder, |ui| {
            ui.set_max_width(ui.available_width() - margin);
            if card.is_gone {
                show_place(cx, ui, card);
            } else {
                choice = show_question(cx, ui, card, now);
            }
        });
        let place = shown.response.rect;
        let is_pointed_at = ui.rect_contains_pointer(place);
        card.stillness.follow(place, is_pointed_at, now);
    });
    if !card.is_gone {
        let waits = [
            card.stillness.wait_for_click(now),
            Some(card.stillness.wait_for_key(now)),
        ];
        for wait in waits.into_iter().flatten().filter(|wait| *wait > 0.0) {
            ui.request_repaint_after(Duration::from_secs_f64(wait));
        }
    }
    choice
}

/// The place of a question that is gone, as large as it was.
fn show_place(cx: &Ctx<'_>, ui: &mut Ui, card: &Card) {
    let palette = theme::palette(ui);
    let size = card.stillness.place().size();
    let (place, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        theme::banner(palette.bar).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            let words = RichText::new(cx.lang.asks_no_more()).color(palette.weak);
            ui.add(Label::new(words).wrap());
        });
    });
}

fn show_question(cx: &Ctx<'_>, ui: &mut Ui, card: &Card, now: f64) -> Option<Choice> {
    let (lang, contacts) = (cx.lang, cx.chat.contacts());
    let request = &card.request;
    let palette = theme::palette(ui);
    let mut choice = None;
    theme::banner(palette.hint_background).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
            let asks = theme::strong(lang.asks(contacts, request));
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
            let stillness = card.stillness;
            let wait = stillness
                .wait_for_click(now)
                .unwrap_or_else(|| stillness.wait_for_key(now));
            ui.horizontal_wrapped(|ui| {
                if wait > 0.0 {
                    ui.multiply_opacity(NOT_YET);
                }
                choice = show_buttons(cx, ui, request);
            });
        });
    });
    choice
}

fn show_buttons(cx: &Ctx<'_>, ui: &mut Ui, request: &JoinRequest) -> Option<Choice> {
    let (lang, request) = (cx.lang, request.id);
    let answer = |admit| Action::Answer { request, admit };
    let mut buttons = vec![
        (lang.accept(), answer(true)),
        (lang.reject(), answer(false)),
    ];
    if cx.chat.offers_to_refuse() {
        let refuse = Action::Command(Command::RefuseUnknown(true));
        buttons.push((lang.refuse_unknown(), refuse));
    }
    let mut choice = None;
    for (words, action) in buttons {
        let button = kept_in_view(ui.button(words));
        if button.clicked() {
            let is_click = button.clicked_by(PointerButton::Primary);
            choice = Some(Choice { action, is_click });
        }
    }
    choice
}
