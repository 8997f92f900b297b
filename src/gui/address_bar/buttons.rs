//! The two buttons, each with a place of its own: Listen or Stop; Connect, Cancel, Stop calling or Disconnect.

use std::net::IpAddr;

use eframe::egui::{Button, Ui};

use super::{AddressBar, slot::Meaning};
use crate::{
    chat::{Door, Link},
    endpoint::Endpoint,
    gui::{action::Action, ctx::Ctx, theme},
    identity::invite::looks_like_invite,
    lang::Lang,
    net::Command,
};

/// How wide each of them is on a line with the fields, in points: as its longest words, so that none moves when
/// the words change.
pub(super) fn widths(lang: Lang, ui: &Ui) -> [f32; 2] {
    let padding = 2.0 * ui.spacing().button_padding.x;
    let widest = |words: &[&str]| {
        let widths = words.iter().map(|words| theme::width(ui, words));
        widths.fold(0.0, f32::max).ceil() + padding
    };
    [
        widest(&[lang.listen(), lang.stop()]),
        widest(&[
            lang.connect(),
            lang.cancel(),
            lang.disconnect(),
            lang.stop_redialling(),
        ]),
    ]
}

impl AddressBar {
    pub(super) fn show_buttons(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, widths: [f32; 2]) {
        self.show_listen(cx, ui, widths[0]);
        self.show_connect(cx, ui, widths[1]);
    }

    fn show_listen(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, width: f32) {
        let (words, meaning) = match cx.chat.door() {
            Door::Closed => (cx.lang.listen(), Meaning::Listen),
            Door::Opening | Door::Open(_) => (cx.lang.stop(), Meaning::Stop),
        };
        let (_, is_meant) = self.slots[0].show(ui, meaning, Button::new(words), width);
        match meaning {
            Meaning::Listen if is_meant => self.listen(cx),
            _ if is_meant => cx.push(Action::Command(Command::StopListening)),
            _ => {}
        }
    }

    fn show_connect(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, width: f32) {
        let lang = cx.lang;
        let (words, meaning) = match cx.chat.link() {
            Link::Dialling { .. } => (lang.cancel(), Meaning::Cancel),
            Link::Redialling { .. } => (lang.stop_redialling(), Meaning::StopCalling),
            Link::Connected(_) => (lang.disconnect(), Meaning::Disconnect),
            Link::Idle | Link::Ended => (lang.connect(), Meaning::Connect),
        };
        let button = if meaning == Meaning::Connect && self.leads_elsewhere() {
            theme::primary(ui, words)
        } else {
            Button::new(words)
        };
        let (response, is_meant) = self.slots[1].show(ui, meaning, button, width);
        if meaning == Meaning::StopCalling {
            response.accessible_name(lang.stop_reconnecting());
        }
        match meaning {
            _ if !is_meant => {}
            Meaning::Connect => self.connect(cx),
            Meaning::Disconnect => cx.push(Action::Command(Command::Disconnect)),
            _ => cx.push(Action::Command(Command::Cancel)),
        }
    }

    /// Whether the fields have an address that one would rather call than listen on.
    fn leads_elsewhere(&self) -> bool {
        looks_like_invite(&self.host)
            || Endpoint::from_fields(&self.host, &self.port)
                .is_ok_and(|endpoint| !is_for_listening(&endpoint.host))
    }
}

/// Whether one would rather listen on this address than call it.
pub(in crate::gui) fn is_for_listening(host: &str) -> bool {
    host.parse::<IpAddr>()
        .is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}
