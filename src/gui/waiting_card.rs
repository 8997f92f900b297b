//! How others can connect while we listen: what to tell them, and who may.

use eframe::egui::{CollapsingHeader, RichText, Ui};

use super::{action::Action, card, ctx::Ctx, theme};
use crate::{
    chat::{Door, Link, notices::Notice},
    endpoint::Endpoint,
    net::{Command, Listening},
};

/// The address to listen on for this computer only.
pub(super) const THIS_COMPUTER: &str = "127.0.0.1";
/// The address to listen on for all computers. It takes IPv4 callers too, and the worker falls back to IPv4 alone where there
/// is no IPv6.
pub(super) const EVERYWHERE: &str = "::";

/// Whether it is in the middle of the window.
pub(super) fn is_in_the_middle(cx: &Ctx<'_>) -> bool {
    let is_idle = matches!(cx.chat.link(), Link::Idle | Link::Ended);
    is_idle && matches!(cx.chat.door(), Door::Open(_)) && !cx.shows_transcript()
}

/// Shows it, in the middle of the window or below the header.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui, listening: &Listening) {
    let lang = cx.lang;
    ui.spacing_mut().item_spacing.y = theme::GAP;
    card::title(ui, &lang.waiting_on(listening.at.port));
    if listening.only_here {
        card::note(ui, lang.only_here_hint());
    } else {
        show_addresses(cx, ui, listening);
    }
    show_scope(cx, ui, listening);
    show_rejected(cx, ui);
}

/// The callers who were turned away.
fn show_rejected(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let mut notices = cx.notices.iter();
    let is_it = |notice: &&Notice| matches!(notice, Notice::CallersRejected { .. });
    let Some(notice) = notices.find(is_it) else {
        return;
    };
    let sentence = cx.lang.notice(notice, cx.chat.contacts());
    let closed = card::closable(ui, cx.lang, |ui| {
        card::note(ui, &sentence);
    });
    if closed {
        cx.push(Action::DismissNotice(notice.clone()));
    }
}

fn show_addresses(cx: &mut Ctx<'_>, ui: &mut Ui, listening: &Listening) {
    let lang = cx.lang;
    let mut addresses = listening.reachable.iter();
    let Some(first) = addresses.next() else {
        card::note(ui, lang.no_address());
        return;
    };
    card::note(ui, lang.listening_hint());
    show_address(cx, ui, listening.to_tell(*first), theme::DIALOG_TITLE);
    let further = addresses.as_slice();
    if !further.is_empty() {
        let title = RichText::new(lang.more_addresses(further.len())).size(theme::SECONDARY);
        CollapsingHeader::new(title)
            .id_salt("more addresses")
            .show(ui, |ui| {
                for ip in further {
                    show_address(cx, ui, listening.to_tell(*ip), theme::NAME);
                }
            });
    }
    if card::primary(ui, lang.copy_invite()).clicked() {
        cx.push(Action::Command(Command::MakeInvite));
    }
    card::note(ui, lang.invite_is_for());
}

fn show_address(cx: &mut Ctx<'_>, ui: &mut Ui, address: String, size: f32) {
    let lang = cx.lang;
    ui.spacing_mut().interact_size.y = theme::CONTROL;
    ui.horizontal_wrapped(|ui| {
        let text = theme::strong(&address).size(size);
        ui.add(eframe::egui::Label::new(text).selectable(true));
        let name = format!("{}: {address}", lang.copy_address());
        if card::button(ui, lang.copy())
            .accessible_name(name)
            .clicked()
        {
            cx.push(Action::Copy(address));
        }
    });
}

/// Who may connect: programs on this computer, or others too.
fn show_scope(cx: &mut Ctx<'_>, ui: &mut Ui, listening: &Listening) {
    let (lang, port) = (cx.lang, listening.at.port);
    ui.horizontal_wrapped(|ui| {
        let here = ui.radio(listening.only_here, lang.this_computer_only());
        if here.clicked() && !listening.only_here {
            let host = THIS_COMPUTER.to_owned();
            let at = Endpoint { host, port };
            cx.push(Action::Command(Command::Listen(at)));
        }
        let others = ui.radio(!listening.only_here, lang.let_others_connect());
        if others.clicked() && listening.only_here {
            cx.push(Action::ListenWide(port));
        }
    });
}
