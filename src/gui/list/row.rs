//! One row of the list: face, name, time, and the newest message or what else there is to say.

use eframe::egui::{
    Align2, Color32, FontId, Key, Layout, Modifiers, Popup, PopupKind, Pos2, Rect, Response, Role,
    Sense, SetOpenCommand, Ui, UiBuilder, WidgetInfo,
    containers::menu::menu_style,
    pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use super::rows::Shown;
use crate::{
    chat::{Link, snippet::one_line},
    gui::{
        action::{Action, Doing, OpenedFrom},
        avatar, badge,
        ctx::Ctx,
        icon::Icon,
        theme, typeset,
    },
    identity::PublicKey,
    net::{Command, ContactChange, ConversationChange},
};

/// Shows it. `is_current` is the one that Tab reaches.
pub(in crate::gui) fn show(
    cx: &Ctx<'_>,
    ui: &mut Ui,
    row: &Shown<'_>,
    is_current: bool,
) -> Response {
    let sense = if is_current {
        Sense::click()
    } else {
        Sense::CLICK
    };
    let size = vec2(ui.available_width(), theme::LIST_ROW);
    let (place, _) = ui.allocate_exact_size(size, Sense::hover());
    let ground = place.shrink2(vec2(theme::GAP, 2.0));
    // A dialog may list the same people.
    let id = ui.scope_id().with(("row", &row.peer_id));
    let response = ui.interact(ground, id, sense);
    let line = second_line(cx, row);
    let is_shown = cx.shown() == Some(&row.peer_id);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, spoken(cx, row, &line.text)));
    if ui.is_rect_visible(place) {
        let palette = theme::palette(ui);
        if is_shown {
            ui.painter()
                .rect_filled(ground, theme::CORNER, palette.hint_background);
        } else if response.hovered() {
            ui.painter()
                .rect_filled(ground, theme::CORNER, palette.pressed);
        }
        paint(cx, ui, row, &line, place);
    }
    response
}

/// What a screen reader says.
fn spoken(cx: &Ctx<'_>, row: &Shown<'_>, line: &str) -> String {
    let mut parts = vec![row.name.clone()];
    if let Some(summary) = row.summary {
        parts.push(cx.brief_moment(summary.active_at));
        if summary.unread > 0 && cx.shown() != Some(&row.peer_id) {
            parts.push(cx.lang.unread_count(summary.unread));
        }
        if summary.waiting > 0 {
            parts.push(cx.lang.waiting_count(summary.waiting));
        }
        if summary.is_pinned {
            parts.push(cx.lang.pinned().to_owned());
        }
        if summary.is_muted {
            parts.push(cx.lang.muted().to_owned());
        }
    }
    format!("{}: {line}", parts.join(", "))
}

/// The line below the name.
struct Line {
    text: String,
    colour: fn(&theme::Palette) -> Color32,
}

fn second_line(cx: &Ctx<'_>, row: &Shown<'_>) -> Line {
    let lang = cx.lang;
    let weak: fn(&theme::Palette) -> Color32 = |palette| palette.weak;
    let waiting: fn(&theme::Palette) -> Color32 = |palette| palette.waiting;
    let is_shown = cx.shown() == Some(&row.peer_id);
    if row.contact.is_some_and(|contact| contact.blocked) {
        let text = lang.blocked().to_owned();
        let colour = |palette: &theme::Palette| palette.bad;
        return Line { text, colour };
    }
    if let Some(contact) = row.contact.filter(|contact| contact.held > 0) {
        let text = lang.held_count(contact.held);
        return Line {
            text,
            colour: waiting,
        };
    }
    let Some(summary) = row.summary else {
        let text = lang.nothing_said().to_owned();
        return Line { text, colour: weak };
    };
    if let Some(draft) = summary.draft.as_ref().filter(|_| !is_shown) {
        let text = format!("{} {}", lang.draft(), one_line(draft));
        return Line {
            text,
            colour: waiting,
        };
    }
    let newest = match &summary.newest {
        Some(text) => one_line(text),
        None => lang.nothing_said().to_owned(),
    };
    let text = match summary.waiting {
        0 => newest,
        count => format!("{} · {newest}", lang.waiting_count(count)),
    };
    let colour = if summary.waiting > 0 { waiting } else { weak };
    Line { text, colour }
}

fn paint(cx: &Ctx<'_>, ui: &mut Ui, row: &Shown<'_>, line: &Line, place: Rect) {
    let palette = theme::palette(ui);
    let edge = f32::from(theme::EDGE);
    let face = Rect::from_center_size(
        pos2(
            place.left() + edge + theme::LIST_FACE / 2.0,
            place.center().y,
        ),
        vec2(theme::LIST_FACE, theme::LIST_FACE),
    );
    // Not a scope, after which the next row would begin below the face.
    let mut inside = ui.new_child(UiBuilder::new().max_rect(face));
    avatar::show(&mut inside, &row.peer_id, &row.name, theme::LIST_FACE);
    if let Link::Connected(peer) = cx.chat.link()
        && peer.peer_id == row.peer_id
    {
        let at = face.right_bottom() - vec2(5.0, 5.0);
        ui.painter().circle_filled(at, 6.0, palette.bar);
        ui.painter().circle_filled(at, 4.5, palette.good);
    }
    let (left, mut right) = (face.right() + edge, place.right() - edge);
    let first = pos2(left, place.center().y - theme::NAME * theme::LINE);
    let second = pos2(left, place.center().y + 2.0);
    let mut name_width = right - left;
    if let Some(summary) = row.summary {
        let time = cx.brief_moment(summary.active_at);
        let font = FontId::proportional(theme::META);
        let galley = ui.painter().layout_no_wrap(time, font, palette.weak);
        let at = pos2(right - galley.size().x, first.y + 2.0);
        name_width -= galley.size().x + theme::GAP;
        ui.painter().galley(at, galley, palette.weak);
    }
    let is_muted = row.summary.is_some_and(|summary| summary.is_muted);
    if is_muted {
        name_width -= theme::META + theme::GAP;
    }
    let name = theme::name_font();
    let end = text(ui, &row.name, name, palette.text, first, name_width);
    if is_muted {
        let at = pos2(
            end + theme::GAP / 2.0,
            first.y + theme::NAME * theme::LINE / 2.0,
        );
        paint_icon(ui, Icon::BellOff, Align2::LEFT_CENTER, at);
    }
    let unread = row.summary.map_or(0, |summary| summary.unread);
    if unread > 0 && cx.shown() != Some(&row.peer_id) {
        let badge = if is_muted {
            badge::show_muted
        } else {
            badge::show
        };
        right -= badge(ui, unread, Align2::RIGHT_TOP, pos2(right, second.y)) + theme::GAP;
    }
    if row.summary.is_some_and(|summary| summary.is_pinned) {
        let at = pos2(right, second.y + theme::SECONDARY * theme::LINE / 2.0);
        paint_icon(ui, Icon::Pin, Align2::RIGHT_CENTER, at);
        right -= theme::META + theme::GAP;
    }
    let font = FontId::proportional(theme::SECONDARY);
    text(
        ui,
        &line.text,
        font,
        (line.colour)(palette),
        second,
        right - left,
    );
}

fn paint_icon(ui: &Ui, icon: Icon, corner: Align2, at: Pos2) {
    let font = FontId::new(theme::META, theme::icons());
    let colour = theme::palette(ui).weak;
    ui.painter().text(at, corner, icon.glyph(), font, colour);
}

/// One line of text, cut where there is no more room. Returns where it ends.
fn text(ui: &Ui, text: &str, font: FontId, colour: Color32, at: Pos2, width: f32) -> f32 {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    let galley = typeset::layout_or_boxes(ui.painter(), job).galley;
    let end = at.x + galley.size().x;
    ui.painter().galley(at, galley, colour);
    end
}

/// What can be done with the conversation and its contact, by a click of the right button or the keyboard's key for that.
pub(super) fn menu(cx: &mut Ctx<'_>, row: &Response, shown: &Shown<'_>, opened_from: OpenedFrom) {
    let by_key = row.has_focus()
        && row.ctx.input_mut(|input| {
            input.consume_key(Modifiers::NONE, Key::Menu)
                || input.consume_key(Modifiers::SHIFT, Key::F10)
        });
    let open = if row.secondary_clicked() || by_key {
        Some(SetOpenCommand::Bool(true))
    } else {
        row.clicked().then_some(SetOpenCommand::Bool(false))
    };
    let menu = Popup::from_response(row)
        .kind(PopupKind::Menu)
        .layout(Layout::top_down_justified(eframe::egui::Align::Min))
        .style(menu_style)
        .gap(0.0)
        .open_memory(open)
        .show(|ui| show_items(cx, ui, shown, opened_from));
    if let Some(menu) = &menu {
        // Otherwise the list stays above a menu that was shown before, once it has been over the window again.
        row.ctx.move_to_top(menu.response.layer_id);
    }
    if menu.is_some() && row.ctx.input(|input| input.key_pressed(Key::Escape)) {
        // Escape closes the menu, and the focus goes back to its row.
        row.request_focus();
    }
}

fn show_items(cx: &mut Ctx<'_>, ui: &mut Ui, row: &Shown<'_>, opened_from: OpenedFrom) {
    let is_pinned = row.summary.is_some_and(|summary| summary.is_pinned);
    let is_muted = row.summary.is_some_and(|summary| summary.is_muted);
    for (words, change) in [
        (
            cx.lang.pin_or_unpin(is_pinned),
            ConversationChange::SetPinned(!is_pinned),
        ),
        (
            cx.lang.mute_or_unmute(is_muted),
            ConversationChange::SetMuted(!is_muted),
        ),
    ] {
        if ui.button(words).clicked() {
            let peer_id = row.peer_id.clone();
            let change = Command::ChangeConversation(peer_id, change);
            cx.push(Action::Command(change));
        }
    }
    if let Some(key) = row.peer_id.key().filter(|_| row.contact.is_some()) {
        ui.separator();
        show_contact_items(cx, ui, key, opened_from);
    }
}

fn show_contact_items(cx: &mut Ctx<'_>, ui: &mut Ui, key: PublicKey, opened_from: OpenedFrom) {
    let lang = cx.lang;
    let is_blocked = cx
        .chat
        .contacts()
        .get(&key)
        .is_some_and(|contact| contact.blocked);
    for (words, doing) in [
        (lang.details_further(), Doing::Nothing),
        (lang.rename(), Doing::Renaming),
    ] {
        if ui.button(words).clicked() {
            cx.push(Action::ShowPerson(key, doing, opened_from));
        }
    }
    if ui.button(lang.verify_further()).clicked() {
        cx.push(Action::Verify(key, opened_from));
    }
    if is_blocked {
        if ui.button(lang.unblock()).clicked() {
            cx.push(Action::ChangeContact(key, ContactChange::SetBlocked(false)));
        }
    } else if ui.button(lang.block()).clicked() {
        cx.push(Action::ShowPerson(key, Doing::Blocking, opened_from));
    }
    ui.separator();
    if ui.button(lang.forget()).clicked() {
        cx.push(Action::ShowPerson(key, Doing::Forgetting, opened_from));
    }
}
