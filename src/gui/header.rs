//! The header of a conversation whose peer is not connected. The status line says who is.

use eframe::egui::{Button, Label, RichText, Ui};

use crate::{
    chat::Link,
    gui::{action::Action, ctx::Ctx, status::dot, theme, typeset},
    identity::PeerId,
};

/// Shows it, unless the peer is connected or being redialled.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (chat, lang) = (cx.chat, cx.lang);
    let Some(peer_id) = chat.shown().filter(|_| !chat.is_present()) else {
        return;
    };
    if let Link::Redialling { key, .. } = chat.link()
        && peer_id.key() == Some(*key)
    {
        return;
    }
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        dot(ui, palette.weak);
        let key = match peer_id {
            PeerId::Key(key) => {
                ui.add(typeset::Label::new(
                    RichText::new(lang.label(chat.contacts(), key)).strong(),
                ))
                .on_hover_text(lang.whole_key(key));
                Some(key)
            }
            PeerId::Address(address) => {
                ui.label(RichText::new(&**address).strong());
                None
            }
        };
        // Never broken in two after a long name.
        ui.add(Label::new(RichText::new(lang.not_connected()).color(palette.weak)).extend());
        let is_free = matches!(chat.link(), Link::Idle | Link::Ended);
        let Some(key) = key.filter(|_| is_free) else {
            return;
        };
        let call = chat.contacts().call_to(key);
        let connect = Button::new(lang.connect_to(chat.contacts(), key));
        let connect = ui
            .add_enabled(call.is_some(), connect)
            .on_disabled_hover_text(lang.no_address_known());
        if let Some(call) = call.filter(|_| connect.clicked()) {
            cx.push(Action::Connect(call));
        }
    });
}
