//! One line that says how things stand, and below it what went wrong.

use eframe::egui::{self, RichText, Ui};

use super::{Action, text::Lang, theme};
use crate::{
    chat::{Chat, Door, Link, Peer, Problem},
    net::{Listening, Origin},
};

/// Shows the status line.
pub fn show(ui: &mut Ui, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| match (chat.link(), chat.door()) {
        (Link::Connected(peer), _) => {
            let palette = theme::palette(ui);
            dot(ui, palette.good);
            ui.label(RichText::new(peer_address(peer)).strong());
            ui.label(RichText::new(format!("· {}", lang.plain_text())).color(palette.weak))
                .on_hover_text(lang.plain_text_hint());
            if ui.button(lang.disconnect()).clicked() {
                actions.push(Action::Disconnect);
            }
        }
        (Link::Dialling(to), _) => {
            ui.spinner();
            ui.label(lang.connecting_to(to));
        }
        (_, Door::Open(listening)) => show_listening(ui, listening, lang, actions),
        (_, Door::Opening) => {
            ui.spinner();
            ui.label(lang.looking_up());
        }
        (Link::Idle | Link::Ended, Door::Closed) => {
            dot(ui, theme::palette(ui).weak);
            ui.label(lang.not_connected());
        }
    });
}

fn show_listening(ui: &mut Ui, listening: &Listening, lang: Lang, actions: &mut Vec<Action>) {
    dot(ui, theme::palette(ui).waiting);
    let port = listening.at.port;
    ui.label(RichText::new(lang.waiting_on(port)).strong());
    if listening.only_here {
        ui.label(lang.only_this_computer());
        if ui.button(lang.let_others_connect()).clicked() {
            actions.push(Action::ListenWide(port));
        }
        return;
    }
    for ip in &listening.reachable {
        let address = listening.to_tell(*ip);
        ui.label(&address);
        let name = format!("{}: {address}", lang.copy_address());
        if ui.button(lang.copy()).accessible_name(name).clicked() {
            actions.push(Action::Copy(address));
        }
    }
    if listening.reachable.is_empty() {
        ui.label(lang.no_address());
    }
}

/// Shows what went wrong, with a button where one helps.
pub fn show_problem(ui: &mut Ui, problem: &Problem, lang: Lang, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    notice(ui, palette.bad_background, &lang.problem(problem), |ui| {
        match problem {
            Problem::Listen {
                at,
                instead: Some(instead),
                ..
            } => {
                if ui.button(lang.use_instead(at, instead)).clicked() {
                    actions.push(Action::ListenInstead(instead.clone()));
                }
            }
            Problem::Crashed => {
                if ui.button(lang.restart()).clicked() {
                    actions.push(Action::Restart);
                }
                return;
            }
            Problem::Listen { .. } | Problem::Connect { .. } | Problem::Busy => {}
        }
        if ui.button(lang.close()).clicked() {
            actions.push(Action::Dismiss);
        }
    });
}

/// A sentence on a coloured ground, with buttons behind it.
pub fn notice(ui: &mut Ui, ground: egui::Color32, sentence: &str, buttons: impl FnOnce(&mut Ui)) {
    egui::Frame::new()
        .fill(ground)
        .corner_radius(8)
        .inner_margin(egui::Margin::symmetric(10, 6))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            // On one line where there is room for it, else the buttons go below.
            let font = egui::TextStyle::Body.resolve(ui.style());
            let colour = ui.visuals().text_color();
            let line = ui
                .painter()
                .layout_no_wrap(sentence.to_owned(), font, colour);
            if line.size().x + theme::NOTICE_BUTTONS < ui.available_width() {
                ui.horizontal(|ui| {
                    ui.label(sentence);
                    buttons(ui);
                });
            } else {
                ui.label(sentence);
                ui.horizontal_wrapped(buttons);
            }
        });
}

/// A caller's port is its own business, and another one each time.
fn peer_address(peer: &Peer) -> String {
    match peer.origin {
        Origin::Dialled => peer.address.to_string(),
        Origin::Accepted => peer.address.ip().to_string(),
    }
}

fn dot(ui: &mut Ui, colour: egui::Color32) {
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(10.0), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, colour);
}
