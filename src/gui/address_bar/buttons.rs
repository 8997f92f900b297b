//! The two buttons, each with a place of its own: Listen or Stop; Connect, Cancel, Stop calling or Disconnect.

use std::net::IpAddr;

use eframe::egui::{Button, Response, Ui, vec2};

use super::AddressBar;
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
        match cx.chat.door() {
            Door::Closed => {
                if button(ui, Button::new(cx.lang.listen()), width).clicked() {
                    self.listen(cx);
                }
            }
            Door::Opening | Door::Open(_) => {
                if button(ui, Button::new(cx.lang.stop()), width).clicked() {
                    cx.push(Action::Command(Command::StopListening));
                }
            }
        }
    }

    fn show_connect(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, width: f32) {
        let lang = cx.lang;
        match cx.chat.link() {
            Link::Dialling { .. } => {
                if button(ui, Button::new(lang.cancel()), width).clicked() {
                    cx.push(Action::Command(Command::Cancel));
                }
            }
            Link::Redialling { .. } => {
                let stop = button(ui, Button::new(lang.stop_redialling()), width);
                if stop.accessible_name(lang.stop_reconnecting()).clicked() {
                    cx.push(Action::Command(Command::Cancel));
                }
            }
            Link::Connected(_) => {
                if button(ui, Button::new(lang.disconnect()), width).clicked() {
                    cx.push(Action::Command(Command::Disconnect));
                }
            }
            Link::Idle | Link::Ended => {
                let connect = if self.leads_elsewhere() {
                    theme::primary(ui, lang.connect())
                } else {
                    Button::new(lang.connect())
                };
                if button(ui, connect, width).clicked() {
                    self.connect(cx);
                }
            }
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

fn button(ui: &mut Ui, button: Button<'_>, width: f32) -> Response {
    ui.add(button.min_size(vec2(width, theme::CONTROL)))
}
