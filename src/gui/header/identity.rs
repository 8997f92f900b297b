//! Whose conversation is shown, and below the name how it stands.

use std::time::Duration;

use eframe::egui::{
    Align, Button, Color32, Id, Layout, Popup, PopupCloseBehavior, Rect, Response, RichText, Role,
    Sense, Ui, UiBuilder, Vec2, WidgetInfo, vec2,
};
use jiff::{SignedDuration, Timestamp};

use super::standing::{Contacted, Reached, Standing};
use crate::{
    chat::{Link, Peer},
    gui::{
        action::{Action, Doing, OpenedFrom},
        avatar,
        ctx::{Ctx, clock},
        icon::{self, Icon},
        theme, typeset, waiting_card,
    },
    identity::{PeerId, PublicKey, Trust},
    net::{Call, Command, ContactChange, Listening},
};

/// Shows it in a place of this size.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui, size: Vec2, face: f32) {
    let (place, _) = ui.allocate_exact_size(size, Sense::hover());
    let builder = UiBuilder::new()
        .id_salt("identity")
        .max_rect(place)
        .layout(Layout::left_to_right(Align::Center));
    // Not a scope, which would end where its content does.
    let ui = &mut ui.new_child(builder);
    ui.shrink_clip_rect(place.expand(theme::FOCUS_GAP + theme::FOCUS_WIDTH));
    let name = name(cx);
    if let Some(peer_id) = cx.shown() {
        let face = avatar::show(ui, peer_id, &name, face);
        if let Some(key) = peer_id.key() {
            show_details(cx, ui, face.rect, &key, &name);
        }
    }
    let beside = UiBuilder::new()
        .max_rect(ui.available_rect_before_wrap())
        .layout(Layout::top_down(Align::Min));
    ui.scope_builder(beside, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let lines = [theme::NAME, theme::SECONDARY].map(|size| size * theme::LINE);
        ui.add_space(((place.height() - lines[0] - lines[1]) / 2.0).max(0.0));
        let line = |height| vec2(ui.available_width(), height);
        let (first, second) = (line(lines[0]), line(lines[1]));
        let row = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(first, row, |ui| show_name(cx, ui, &name));
        ui.allocate_ui_with_layout(second, row, |ui| {
            theme::secondary(ui);
            ui.spacing_mut().item_spacing.x = theme::GAP / 2.0;
            ui.spacing_mut().interact_size.y = 0.0;
            show_standing(cx, ui);
        });
    });
}

/// The name of the conversation that is shown, or whom we call while there is none.
fn name(cx: &Ctx<'_>) -> String {
    let (chat, lang) = (cx.chat, cx.lang);
    match (cx.shown(), chat.link()) {
        (Some(peer_id), _) => lang.peer_id(chat.contacts(), peer_id),
        (None, Link::Dialling { call, .. }) => call.to.to_string(),
        (None, _) => "Duologue".to_owned(),
    }
}

/// A click on the face shows what is known of the contact.
fn show_details(cx: &mut Ctx<'_>, ui: &Ui, face: Rect, key: &PublicKey, name: &str) {
    if cx.chat.contacts().get(key).is_none() {
        return;
    }
    let words = cx.lang.done_to(cx.lang.details(), name);
    let button = ui.interact(face, Id::unique("details"), Sense::click());
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    if button.on_hover_text(cx.lang.details()).clicked() {
        cx.push(Action::ShowPerson(
            *key,
            Doing::Nothing,
            OpenedFrom::Conversation,
        ));
    }
}

fn show_name(cx: &Ctx<'_>, ui: &mut Ui, name: &str) {
    let text = theme::strong(name).size(theme::NAME);
    let label = ui.add(typeset::Label::new(text).truncate());
    if let Some(key) = cx.shown().and_then(PeerId::key) {
        label.on_hover_text(cx.lang.whole_key(&key));
    }
}

fn show_standing(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    match Standing::of(cx.chat) {
        Standing::Encrypted(peer, key, trust) => show_encrypted(cx, ui, peer, &key, trust),
        Standing::Plain(peer) => show_plain(cx, ui, peer),
        Standing::Redialling(until) => show_redialling(cx, ui, until),
        Standing::KeyChanged => {
            icon::show(ui, Icon::Alert, theme::SECONDARY, palette.bad);
            words(ui, lang.security_key_changed(), palette.bad);
        }
        Standing::Elsewhere(peer_id, reached) => show_elsewhere(cx, ui, peer_id, reached),
        Standing::Dialling(to) => {
            dot(ui, palette.waiting);
            words(ui, &lang.connecting_to(to), palette.weak);
        }
        Standing::Knocking(key) => {
            dot(ui, palette.waiting);
            words(
                ui,
                &lang.waiting_for(cx.chat.contacts(), &key),
                palette.weak,
            );
        }
        Standing::Blocked(key) => {
            words(ui, lang.blocked(), palette.bad);
            if link(ui, lang.unblock()).clicked() {
                cx.push(Action::ChangeContact(key, ContactChange::SetBlocked(false)));
            }
        }
        Standing::Waiting(listening, whom) => show_waiting(cx, ui, listening, whom),
        Standing::LookingUp => {
            dot(ui, palette.waiting);
            words(ui, lang.looking_up(), palette.weak);
        }
        Standing::NotConnected(whom) => show_not_connected(cx, ui, whom),
    }
}

fn show_encrypted(
    cx: &mut Ctx<'_>,
    ui: &mut Ui,
    peer: &Peer,
    key: &PublicKey,
    trust: Option<Trust>,
) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    let state = lang.encrypted_how(trust);
    let room = ui.available_width() - theme::META - 2.0 * ui.spacing().item_spacing.x;
    let brief = |brief| {
        if theme::width(ui, state) <= room {
            state
        } else {
            brief
        }
    };
    if trust == Some(Trust::Verified) {
        let shown = brief(lang.verified_briefly());
        icon::show(ui, Icon::Lock, theme::META, palette.good);
        let label = words(ui, shown, palette.good).on_hover_text(state);
        ui.ctx()
            .accesskit_node_builder(label.id, |node| node.set_value(state));
    } else {
        let shown = brief(lang.not_verified_briefly());
        // The way to be sure is where one reads that one is not.
        let lock = icon::show(ui, Icon::Lock, theme::META, palette.waiting);
        ui.ctx().accesskit_node_builder(lock.id, |node| {
            node.set_role(Role::Label);
            node.set_value(state);
        });
        let text = RichText::new(shown).color(palette.waiting).underline();
        let verify = link_of(ui, text).on_hover_text(format!("{state}\n{}", lang.verify()));
        if verify.accessible_name(lang.verify()).clicked() {
            cx.push(Action::Verify(*key, OpenedFrom::Conversation));
        }
    }
    let address = format!("· {}", peer.stable_address());
    if fits(ui, &address) {
        words(ui, &address, palette.weak);
    }
}

fn show_plain(cx: &Ctx<'_>, ui: &mut Ui, peer: &Peer) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    // Never green, which says that all is well.
    icon::show(ui, Icon::OpenLock, theme::META, palette.waiting);
    let mut state = lang.plain_text().to_owned();
    let mut hint = lang.plain_text_hint().to_owned();
    if peer.has_finished {
        state = format!("{} · {state}", lang.has_finished());
        hint = format!("{hint}\n{}", lang.has_finished_hint());
    }
    if let Some(charset) = cx.chat.unusual_charset() {
        state = format!("{state} · {charset}");
        hint = format!("{hint}\n{}", lang.sent_as(charset));
    }
    words(ui, &state, palette.waiting).on_hover_text(hint);
}

fn show_redialling(cx: &mut Ctx<'_>, ui: &mut Ui, until: Option<Timestamp>) {
    let (lang, palette, now) = (cx.lang, theme::palette(ui), clock(ui.ctx()));
    dot(ui, palette.waiting);
    let left = until.map_or(SignedDuration::ZERO, |until| until.duration_since(now));
    let Ok(millis @ 1..) = u64::try_from(left.as_millis()) else {
        words(ui, lang.reconnecting(), palette.waiting);
        return;
    };
    let seconds = millis.div_ceil(1000);
    // Once a second, when the number changes.
    let next = Duration::from_millis(millis - (seconds - 1) * 1000);
    ui.ctx().request_repaint_after(next);
    beside_link(ui, lang.reconnect_now(), |ui| {
        words(ui, &lang.reconnecting_in(seconds), palette.waiting);
    });
    if link(ui, lang.reconnect_now()).clicked() {
        cx.push(Action::Command(Command::TryNow));
    }
}

fn show_elsewhere(cx: &mut Ctx<'_>, ui: &mut Ui, peer_id: PeerId, reached: Reached) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    let contacts = cx.chat.contacts();
    let unread = cx.conversations.unread_of(&peer_id);
    let whole = match reached {
        Reached::Connected => lang.connected_to(contacts, &peer_id, unread),
        Reached::Lost => lang.reconnecting_to(contacts, &peer_id),
    };
    // No dot, which would be about the person whose conversation this is.
    icon::show(ui, Icon::Forward, theme::META, palette.link);
    // Where there is no room for the sentence, the name says enough.
    let text = if fits(ui, &whole) {
        whole.clone()
    } else {
        lang.name_and_count(contacts, &peer_id, unread)
    };
    let text = RichText::new(text).color(palette.link);
    let show = link_of(ui, text).on_hover_text(&whole);
    if show.accessible_name(whole).clicked() {
        cx.push(Action::Open(peer_id));
    }
}

fn show_waiting(cx: &mut Ctx<'_>, ui: &mut Ui, listening: &Listening, whom: Option<Contacted>) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    dot(ui, palette.waiting);
    let whole = lang.waiting_on(listening.at.port);
    let brief = lang.waiting_at(listening.at.port);
    let call = whom.and_then(|(key, call)| Some((key, call?)));
    let beside = match &call {
        Some(_) => theme::width(ui, lang.connect()) + 2.0 * ui.spacing().item_spacing.x,
        None => 0.0,
    };
    let room = ui.available_width() - beside;
    let texts = [&whole, &brief];
    let fitting = texts
        .into_iter()
        .find(|text| theme::width(ui, text) <= room);
    let text = fitting.map_or(lang.waits_briefly(), String::as_str);
    if !cx.shows_transcript() {
        // The card is in the middle of the window.
        words(ui, text, palette.weak);
        return;
    }
    let button = link_of(ui, RichText::new(text).color(palette.link));
    let button = button.accessible_name(whole.as_str());
    Popup::from_toggle_button_response(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(whole)
        .show(|ui| {
            theme::set_popup_width(ui);
            waiting_card::show(cx, ui, listening);
        });
    if let Some((key, call)) = call {
        show_connect(cx, ui, &key, call);
    }
}

fn show_not_connected(cx: &mut Ctx<'_>, ui: &mut Ui, whom: Option<Contacted>) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    match whom {
        None => {
            words(ui, lang.not_connected(), palette.weak);
        }
        Some((_, None)) => {
            words(ui, lang.not_connected(), palette.weak).on_hover_text(lang.no_address_known());
        }
        Some((key, Some(call))) => {
            beside_link(ui, lang.connect(), |ui| {
                words(ui, lang.not_connected(), palette.weak);
            });
            show_connect(cx, ui, &key, call);
        }
    }
}

fn show_connect(cx: &mut Ctx<'_>, ui: &mut Ui, key: &PublicKey, call: Call) {
    let whole = cx.lang.connect_to(cx.chat.contacts(), key);
    let connect = link(ui, cx.lang.connect()).on_hover_text(&whole);
    if connect.accessible_name(whole).clicked() {
        cx.push(Action::Connect(call));
    }
}

/// Shows what leaves room for a link with these words.
fn beside_link(ui: &mut Ui, link: &str, content: impl FnOnce(&mut Ui)) {
    let gap = 2.0 * ui.spacing().item_spacing.x;
    let width = (ui.available_width() - theme::width(ui, link) - gap).max(0.0);
    ui.scope(|ui| {
        ui.set_max_width(width);
        content(ui);
    });
}

fn fits(ui: &Ui, words: &str) -> bool {
    theme::width(ui, words) <= ui.available_width()
}

fn words(ui: &mut Ui, words: &str, colour: Color32) -> Response {
    ui.add(typeset::Label::new(RichText::new(words).color(colour)).truncate())
}

fn link(ui: &mut Ui, words: &str) -> Response {
    let text = RichText::new(words).color(theme::palette(ui).link);
    link_of(ui, text)
}

/// Words that can be clicked.
fn link_of(ui: &mut Ui, text: RichText) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = Vec2::ZERO;
        ui.add(Button::new(text).frame(false).truncate())
    })
    .inner
}

/// A filled circle as high as a small letter.
fn dot(ui: &mut Ui, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(theme::DOT), Sense::hover());
    ui.painter()
        .circle_filled(rect.center(), theme::DOT / 2.0, colour);
}
