//! One line that says how things stand.

use std::time::Duration;

use eframe::egui::{self, RichText, Ui};
use jiff::{SignedDuration, Timestamp};

use crate::{
    chat::{Chat, Door, Link, Peer},
    gui::{Action, locale::Lang, theme, typing, verify::Verify},
    identity::{Party, PublicKey, Trust},
    net::{Command, Listening},
};

/// Shows the status line.
pub fn show(ui: &mut Ui, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
    let is_idle = matches!(chat.link(), Link::Idle | Link::Ended) && *chat.door() == Door::Closed;
    if is_idle && chat.shown().is_some() {
        // The header of the conversation says so.
        return;
    }
    ui.horizontal_wrapped(|ui| match (chat.link(), chat.door()) {
        (Link::Connected(peer), _) => {
            match &peer.party {
                Party::Address(_) => show_plain(ui, peer, lang),
                Party::Key(key) => show_encrypted(ui, chat, peer, key, lang, actions),
            }
            if !chat.is_present() && ui.button(lang.show_conversation()).clicked() {
                actions.push(Action::Open(peer.party.clone()));
            }
            if ui.button(lang.disconnect()).clicked() {
                actions.push(Action::Ask(Command::Disconnect));
            }
        }
        (Link::Dialling { call, at }, _) => {
            if let Some(key) = at {
                // A person may take minutes, and a spinner paints all the while.
                dot(ui, theme::palette(ui).waiting);
                ui.label(lang.waiting_for(chat.contacts(), key));
            } else {
                ui.spinner();
                ui.label(lang.connecting_to(&call.to));
            }
        }
        (Link::Redialling { key, until, .. }, _) => {
            dot(ui, theme::palette(ui).waiting);
            ui.label(RichText::new(chat.contacts().label(key)).strong())
                .on_hover_text(lang.whole_key(key));
            show_redialling(ui, *until, lang, actions);
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

/// The line was cut: when it is called again.
fn show_redialling(ui: &mut Ui, until: Option<Timestamp>, lang: Lang, actions: &mut Vec<Action>) {
    let now = typing::clock(ui.input(|input| input.time));
    let left = until.map_or(SignedDuration::ZERO, |until| until.duration_since(now));
    match u64::try_from(left.as_millis()) {
        Ok(millis @ 1..) => {
            let seconds = millis.div_ceil(1000);
            ui.label(lang.calling_again_in(seconds));
            // Once a second, when the number changes.
            let next = Duration::from_millis(millis - (seconds - 1) * 1000);
            ui.ctx().request_repaint_after(next);
            if ui.button(lang.try_now()).clicked() {
                actions.push(Action::Ask(Command::TryNow));
            }
        }
        Ok(0) | Err(_) => {
            ui.label(lang.calling_again());
        }
    }
    let stop = ui.button(lang.stop_calling());
    if stop.accessible_name(lang.stop_calling_again()).clicked() {
        actions.push(Action::Ask(Command::Cancel));
    }
}

fn show_plain(ui: &mut Ui, peer: &Peer, lang: Lang) {
    let palette = theme::palette(ui);
    dot(ui, palette.good);
    ui.label(RichText::new(peer.stable_address()).strong());
    ui.label(RichText::new(format!("· {}", lang.plain_text())).color(palette.weak))
        .on_hover_text(lang.plain_text_hint());
}

fn show_encrypted(
    ui: &mut Ui,
    chat: &Chat,
    peer: &Peer,
    key: &PublicKey,
    lang: Lang,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let trust = chat.contacts().trust(key);
    let colour = match trust {
        Some(Trust::Verified) => palette.good,
        Some(Trust::Met | Trust::Accepted | Trust::Invited) | None => palette.text,
    };
    lock(ui, colour);
    ui.label(RichText::new(chat.contacts().label(key)).strong())
        .on_hover_text(lang.whole_key(key));
    ui.label(RichText::new(peer.stable_address()).color(palette.weak));
    ui.label(RichText::new(format!("· {}", lang.encrypted_how(trust))).color(palette.weak));
    if trust != Some(Trust::Verified) && ui.button(lang.verify()).clicked() {
        actions.push(Action::Verify(Verify::new(*key, false)));
    }
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
        // An invite would lead nobody here but this computer; the menu has it all the same.
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
    if ui.button(lang.copy_invite()).clicked() {
        actions.push(Action::Ask(Command::MakeInvite));
    }
}

pub(super) fn dot(ui: &mut Ui, colour: egui::Color32) {
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(10.0), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, colour);
}

/// A padlock: painted, since fonts have it in all shapes.
fn lock(ui: &mut Ui, colour: egui::Color32) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(12.0, 14.0), egui::Sense::hover());
    let body =
        egui::Rect::from_center_size(rect.center() + egui::vec2(0.0, 3.0), egui::vec2(11.0, 8.0));
    let stroke = egui::Stroke::new(1.6, colour);
    ui.painter()
        .circle_stroke(body.center_top() - egui::vec2(0.0, 1.0), 3.2, stroke);
    ui.painter().rect_filled(body, 2.0, colour);
}
