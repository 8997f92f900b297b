//! How others can connect while we listen: the addresses to tell them, an invite, and who may.

use eframe::egui::{RichText, Ui};

use crate::{
    gui::{action::Action, ctx::Ctx, theme},
    net::{Command, Listening},
};

/// Shows it.
pub(in crate::gui) fn show(cx: &mut Ctx<'_>, ui: &mut Ui, listening: &Listening) {
    let lang = cx.lang;
    ui.set_max_width(theme::WAITING_WIDTH);
    let port = listening.at.port;
    ui.label(theme::strong(lang.waiting_on(port)));
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
        ui.horizontal(|ui| {
            ui.label(RichText::new(&address).size(theme::NAME));
            let name = format!("{}: {address}", lang.copy_address());
            if ui.button(lang.copy()).accessible_name(name).clicked() {
                cx.push(Action::Copy(address));
            }
        });
    }
    if listening.reachable.is_empty() {
        ui.label(lang.no_address());
    }
    if ui.button(lang.copy_invite()).clicked() {
        cx.push(Action::Command(Command::MakeInvite));
    }
}
