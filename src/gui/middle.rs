//! What stands in the place of the transcript while no conversation is shown: how to begin one, or how far it has come.

mod calling;
mod start;
mod welcome;

use eframe::egui::Ui;

use self::{calling::Calling, start::Start, welcome::Welcome};
use crate::{
    chat::{Door, Link},
    gui::{address_bar::AddressBar, card, ctx::Ctx, theme, waiting_card},
};

/// See the [module](self).
#[derive(Default)]
pub(super) struct Middle {
    /// In place of `start`, the first time.
    welcome: Option<Welcome>,
    start: Start,
    calling: Calling,
}

impl Middle {
    /// Begins with what is asked at the first start of all. `is_invited` is whether an invite is used after that.
    pub fn welcome(&mut self, is_invited: bool) {
        self.welcome.get_or_insert_default().is_invited = is_invited;
    }

    pub fn end_welcome(&mut self) {
        self.welcome = None;
    }

    /// Whether that is still shown.
    pub fn is_welcome(&self) -> bool {
        self.welcome.is_some()
    }

    /// Closes the field for our name: a dialog has one, too.
    pub fn close_field(&mut self) {
        self.start.close_field();
    }

    /// Fills the rest of `ui`.
    pub fn show(&mut self, bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let (chat, width) = (cx.chat, theme::CARD_WIDTH);
        // The header works meanwhile. Somebody who has clicked Listen or Connect is asked no more questions.
        if let Some(welcome) = &mut self.welcome {
            welcome.show(bar, cx, ui);
            return;
        }
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
