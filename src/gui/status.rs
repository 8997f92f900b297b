//! The status line: listening, connecting, connected, reconnecting.

use std::time::Duration;

use eframe::egui::{self, RichText, Ui};
use jiff::{SignedDuration, Timestamp};

use crate::{
    chat::{Door, Link, Peer},
    gui::{
        action::{Action, OpenedFrom},
        ctx::{Ctx, clock},
        theme, typeset,
    },
    identity::{PeerId, PublicKey, Trust},
    net::{Command, Listening},
};

/// Shows it.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (chat, lang) = (cx.chat, cx.lang);
    let is_idle = matches!(chat.link(), Link::Idle | Link::Ended) && *chat.door() == Door::Closed;
    if is_idle && chat.shown().is_some() {
        // The conversation's header says so.
        return;
    }
    ui.horizontal_wrapped(|ui| match (chat.link(), chat.door()) {
        (Link::Connected(peer), _) => {
            match &peer.peer_id {
                PeerId::Address(_) => show_plain(cx, ui, peer),
                PeerId::Key(key) => show_encrypted(cx, ui, peer, key),
            }
            if !chat.is_present() && ui.button(lang.show_conversation()).clicked() {
                cx.push(Action::Open(peer.peer_id.clone()));
            }
            if ui.button(lang.disconnect()).clicked() {
                cx.push(Action::Command(Command::Disconnect));
            }
        }
        (Link::Dialling { call, at }, _) => {
            if let Some(key) = at {
                // A person may take minutes to answer, and a spinner repaints all the time.
                dot(ui, theme::palette(ui).waiting);
                ui.add(typeset::Label::new(lang.waiting_for(chat.contacts(), key)));
            } else {
                ui.spinner();
                ui.label(lang.connecting_to(&call.to));
            }
        }
        (Link::Redialling { key, until, .. }, _) => {
            dot(ui, theme::palette(ui).waiting);
            ui.add(typeset::Label::new(
                RichText::new(lang.label(chat.contacts(), key)).strong(),
            ))
            .on_hover_text(lang.whole_key(key));
            show_redialling(cx, ui, *until);
        }
        (_, Door::Open(listening)) => show_listening(cx, ui, listening),
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

/// The connection was lost: when it is tried again.
fn show_redialling(cx: &mut Ctx<'_>, ui: &mut Ui, until: Option<Timestamp>) {
    let (lang, now) = (cx.lang, clock(ui.ctx()));
    let left = until.map_or(SignedDuration::ZERO, |until| until.duration_since(now));
    match u64::try_from(left.as_millis()) {
        Ok(millis @ 1..) => {
            let seconds = millis.div_ceil(1000);
            ui.label(lang.reconnecting_in(seconds));
            // Once a second, when the number changes.
            let next = Duration::from_millis(millis - (seconds - 1) * 1000);
            ui.ctx().request_repaint_after(next);
            if ui.button(lang.reconnect_now()).clicked() {
                cx.push(Action::Command(Command::TryNow));
            }
        }
        Ok(0) | Err(_) => {
            ui.label(lang.reconnecting());
        }
    }
    let stop = ui.button(lang.stop_redialling());
    if stop.accessible_name(lang.stop_reconnecting()).clicked() {
        cx.push(Action::Command(Command::Cancel));
    }
}

fn show_plain(cx: &Ctx<'_>, ui: &mut Ui, peer: &Peer) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    // Never green, which says that all is well.
    lock(ui, palette.waiting, Shackle::Open);
    ui.label(RichText::new(peer.stable_address()).strong());
    ui.label(RichText::new(format!("· {}", lang.plain_text())).color(palette.waiting))
        .on_hover_text(lang.plain_text_hint());
    if peer.has_finished {
        ui.label(RichText::new(format!("· {}", lang.has_finished())).color(palette.weak))
            .on_hover_text(lang.has_finished_hint());
    }
    if let Some(charset) = cx.chat.unusual_charset() {
        ui.label(RichText::new(format!("· {charset}")).color(palette.weak))
            .on_hover_text(lang.sent_as(charset));
    }
}

fn show_encrypted(cx: &mut Ctx<'_>, ui: &mut Ui, peer: &Peer, key: &PublicKey) {
    let (lang, contacts) = (cx.lang, cx.chat.contacts());
    let palette = theme::palette(ui);
    let trust = contacts.trust(key);
    let colour = match trust {
        Some(Trust::Verified) => palette.good,
        Some(Trust::Met | Trust::Accepted | Trust::Invited) | None => palette.text,
    };
    lock(ui, colour, Shackle::Shut);
    ui.add(typeset::Label::new(
        RichText::new(lang.label(contacts, key)).strong(),
    ))
    .on_hover_text(lang.whole_key(key));
    ui.label(RichText::new(peer.stable_address()).color(palette.weak));
    ui.label(RichText::new(format!("· {}", lang.encrypted_how(trust))).color(palette.weak));
    if trust != Some(Trust::Verified) && ui.button(lang.verify()).clicked() {
        cx.push(Action::Verify(*key, OpenedFrom::Conversation));
    }
}

fn show_listening(cx: &mut Ctx<'_>, ui: &mut Ui, listening: &Listening) {
    let lang = cx.lang;
    dot(ui, theme::palette(ui).waiting);
    let port = listening.at.port;
    ui.label(RichText::new(lang.waiting_on(port)).strong());
    if listening.only_here {
        ui.label(lang.only_this_computer());
        if ui.button(lang.let_others_connect()).clicked() {
            cx.push(Action::ListenWide(port));
        }
        // An invite would be of use on this computer only; the menu has it all the same.
        return;
    }
    for ip in &listening.reachable {
        let address = listening.to_tell(*ip);
        ui.label(&address);
        let name = format!("{}: {address}", lang.copy_address());
        if ui.button(lang.copy()).accessible_name(name).clicked() {
            cx.push(Action::Copy(address));
        }
    }
    if listening.reachable.is_empty() {
        ui.label(lang.no_address());
    }
    if ui.button(lang.copy_invite()).clicked() {
        cx.push(Action::Command(Command::MakeInvite));
    }
}

pub(super) fn dot(ui: &mut Ui, colour: egui::Color32) {
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(10.0), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, colour);
}

/// The part of a padlock that opens.
#[derive(Debug, Clone, Copy)]
enum Shackle {
    Shut,
    Open,
}

/// A padlock. Painted, since it looks different in each font.
fn lock(ui: &mut Ui, colour: egui::Color32, shackle: Shackle) {
    let aside = match shackle {
        Shackle::Shut => 0.0,
        Shackle::Open => 6.0,
    };
    let (rect, _) = ui.allocate_exact_size(egui::vec2(12.0 + aside, 14.0), egui::Sense::hover());
    let center = rect.center() + egui::vec2(-aside / 2.0, 3.0);
    let body = egui::Rect::from_center_size(center, egui::vec2(11.0, 8.0));
    let stroke = egui::Stroke::new(1.6, colour);
    ui.painter()
        .circle_stroke(body.center_top() + egui::vec2(aside, -1.0), 3.2, stroke);
    ui.painter().rect_filled(body, 2.0, colour);
}
