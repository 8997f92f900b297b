//! Join requests: one question above the transcript for each person who asks to be let in.

mod cards;
pub(super) mod stillness;

use std::time::Duration;

use eframe::egui::{PointerButton, RichText, Role, ScrollArea, Sense, Ui, UiBuilder};

use self::{
    cards::{Card, Cards, Press},
    stillness::NOT_YET,
};
use crate::{
    gui::{
        action::Action,
        card::{self, Tone},
        ctx::Ctx,
        theme, typeset,
    },
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
    let beside = (ui.available_width() - theme::COLUMN_WIDTH) / 2.0;
    let margin = beside.max(f32::from(theme::EDGE)).round();
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
        let frame = card::frame(ui, Tone::Question).fill(palette.bar);
        frame.show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            card::note(ui, cx.lang.asks_no_more());
        });
    });
}

fn show_question(cx: &Ctx<'_>, ui: &mut Ui, card: &mut Card, now: f64) -> Option<Choice> {
    let (lang, contacts) = (cx.lang, cx.chat.contacts());
    let request = &card.request;
    let palette = theme::palette(ui);
    let mut choice = None;
    card::show(ui, Tone::Question, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
        card::title(ui, &lang.asks(contacts, request));
        card::note(ui, &lang.asks_from(request.from, &request.peer_id));
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
        if let PeerId::Key(key) = &request.peer_id
            && card.is_open
        {
            card::note(ui, &lang.whole_key(key));
        }
        ui.add_space(theme::GAP / 2.0);
        let wait = card.stillness.wait(now);
        ui.horizontal_wrapped(|ui| {
            let opacity = ui.opacity();
            if wait > 0.0 {
                ui.multiply_opacity(NOT_YET);
            }
            choice = show_buttons(cx, ui, request);
            ui.set_opacity(opacity);
            if request.peer_id.key().is_some() {
                let name = lang.done_to(lang.details(), &lang.who_asks(contacts, request));
                let details = card::quiet(ui, lang.details()).accessible_name(name);
                ui.ctx().accesskit_node_builder(details.id, |node| {
                    node.set_expanded(card.is_open);
                });
                card.is_open ^= details.clicked();
            }
        });
    });
    choice
}

fn show_buttons(cx: &Ctx<'_>, ui: &mut Ui, request: &JoinRequest) -> Option<Choice> {
    let (lang, request) = (cx.lang, request.id);
    let answer = |admit| Action::Answer { request, admit };
    let mut buttons = vec![
        (card::primary(ui, lang.accept()), answer(true)),
        (card::button(ui, lang.reject()), answer(false)),
    ];
    if cx.chat.offers_to_refuse() {
        let refuse = Action::Command(Command::RefuseUnknown(true));
        buttons.push((card::quiet(ui, lang.refuse_unknown()), refuse));
    }
    let clicked = buttons.into_iter().find(|(button, _)| button.clicked());
    clicked.map(|(button, action)| Choice {
        action,
        is_click: button.clicked_by(PointerButton::Primary),
    })
}
