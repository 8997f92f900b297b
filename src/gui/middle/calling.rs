//! A call of ours that was not accepted yet: what is tried, and for how long.

use std::time::Duration;

use eframe::egui::Ui;

use crate::{
    gui::{
        action::Action,
        card::{self, Tone},
        ctx::Ctx,
        theme,
    },
    identity::PublicKey,
    net::{Call, Command},
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Calling {
    /// Which call is shown, and since when, in seconds of the window's clock.
    shown: Option<(Call, f64)>,
}

impl Calling {
    /// Fills the rest of `ui`. `answered` is who has answered and is yet to accept.
    pub fn show(
        &mut self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        call: &Call,
        answered: Option<&PublicKey>,
    ) {
        let now = ui.input(|input| input.time);
        self.shown.take_if(|(before, _)| before != call);
        let (_, since) = self.shown.get_or_insert_with(|| (call.clone(), now));
        let elapsed = now - *since;
        card::in_the_middle(ui, "calling", theme::CARD_WIDTH, |ui| {
            card::show(ui, Tone::Calm, |ui| {
                match answered {
                    Some(key) => show_answered(cx, ui, key),
                    None => show_dialling(cx, ui, call, elapsed),
                }
                let cancel = cx.lang.done_to(cx.lang.cancel(), &call.to.to_string());
                let button = card::button(ui, cx.lang.cancel());
                if button.accessible_name(cancel).clicked() {
                    cx.push(Action::Command(Command::Cancel));
                }
            });
        });
    }
}

fn show_dialling(cx: &Ctx<'_>, ui: &mut Ui, call: &Call, elapsed: f64) {
    let lang = cx.lang;
    card::title(ui, &lang.connecting_to(&call.to));
    if !call.also.is_empty() {
        card::note(ui, &lang.further_addresses(call.also.len()));
    }
    card::note(ui, &lang.tried_for(elapsed.max(0.0) as u64));
    // Once a second, when the number changes.
    let next = Duration::from_secs_f64(1.0 - elapsed.max(0.0).fract());
    ui.ctx().request_repaint_after(next);
}

/// They may take minutes to answer, so nothing here changes by itself.
fn show_answered(cx: &Ctx<'_>, ui: &mut Ui, key: &PublicKey) {
    let lang = cx.lang;
    card::title(ui, &lang.waiting_for(cx.chat.contacts(), key));
    let name = cx.settings.name.as_str();
    if let Some(own) = cx.chat.own_key() {
        card::note(ui, &lang.seen_before_accepted(name, &own));
    }
}
