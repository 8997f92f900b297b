//! What stands in the place of the transcript while no conversation is shown: how to begin one, or how far it has come.

mod calling;
mod start;

use eframe::egui::Ui;

use self::{calling::Calling, start::Start};
use crate::{
    chat::{Door, Link},
    gui::{address_bar::AddressBar, card, ctx::Ctx, theme, waiting_card},
};

/// See the [module](self).
#[derive(Default)]
pub(super) struct Middle {
    start: Start,
    calling: Calling,
}

impl Middle {
    /// Closes the field for our name: a dialog has one, too.
    pub fn close_field(&mut self) {
        self.start.close_field();
    }

    /// Fills the rest of `ui`.
    pub fn show(&mut self, bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let (chat, width) = (cx.chat, theme::CARD_WIDTH);
        let Link::Dialling { call, at } = chat.link() else {
            self.calling = Calling::default();
            match (chat.link(), chat.door()) {
                (Link::Idle | Link::Ended, Door::Open(listening)) => {
                    card::in_the_middle(ui, "waiting", width, |ui| {
                        card::show(ui, card::Tone::Calm, |ui| {
                            waiting_card::show(cx, ui, listening);
                        });
                    });
                }
                (Link::Idle | Link::Ended, _) => self.start.show(bar, cx, ui),
                _ => {}
            }
            return;
        };
        self.calling.show(cx, ui, call, at.as_ref());
    }
}
