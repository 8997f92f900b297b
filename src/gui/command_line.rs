//! What the window does unasked: at its start, and when another start of the program hands over an invite.

use eframe::egui::Context;

use super::{App, action::Action, address_bar::invite_call};
use crate::{
    args::Start,
    chat::{Door, Link, notices::Notice},
    net::{Call, How},
};

impl App {
    /// Does what the settings and the command line say. While the first page is shown, an invite waits for it: the other side
    /// sees the name that is entered there.
    pub(super) fn start_all(&mut self, ctx: &Context, start: Start) {
        if self.views.middle.is_welcome() {
            self.system.start = Some(start);
            return;
        }
        if let Some(port) = self.settings.listen_at_start
            && !matches!(start, Start::Listen(_))
        {
            self.run(Action::ListenWide(port), ctx);
        }
        self.start(ctx, start);
    }

    /// Ends the first page where the person has already begun with something else, or has conversations.
    pub(super) fn follow_welcome(&mut self, ctx: &Context) {
        let chat = &self.chat;
        let is_idle = matches!(chat.link(), Link::Idle) && matches!(chat.door(), Door::Closed);
        if self.views.middle.is_welcome() && !(is_idle && chat.shown().is_none()) {
            self.end_welcome(ctx);
        }
    }

    /// The first page is over.
    pub(super) fn end_welcome(&mut self, ctx: &Context) {
        self.views.middle.end_welcome();
        // The first name is no change.
        self.notices.dismiss(&Notice::NameChanged);
        if let Some(start) = self.system.start.take() {
            self.start(ctx, start);
        }
    }

    /// Does what the command line says.
    pub(super) fn start(&mut self, ctx: &Context, start: Start) {
        let action = match start {
            Start::Nothing => return,
            Start::Listen(at) => {
                self.views.address_bar.set(&at);
                Action::Listen(at)
            }
            Start::Connect { to, plain } => {
                let is_remembered = self.settings.is_plain(&to);
                if is_remembered && !plain && !self.chat.contacts().are_known() {
                    // The address may be a contact's by now, who is not called in plain text.
                    self.system.start = Some(Start::Connect { to, plain });
                    return;
                }
                let how = if plain || is_remembered {
                    How::Plain
                } else {
                    How::Encrypted
                };
                let also = Vec::new();
                Action::Connect(Call { to, also, how })
            }
            Start::Invited(invite) => match invite_call(invite) {
                Some(call) => Action::Connect(call),
                None => return,
            },
            Start::BadInvite(error) => {
                self.notices.push(Notice::BadInvite(error));
                return;
            }
        };
        self.run(action, ctx);
    }

    /// Does with the invites of other programs what the person would do: paste them and click on Connect. That button is not
    /// there while one talks, so an invite never ends a conversation.
    pub(super) fn take_invites(&mut self, ctx: &Context) {
        while let Ok(invite) = self.system.invites.try_recv() {
            let invite = match invite {
                Ok(invite) => invite,
                Err(error) => {
                    self.start(ctx, Start::BadInvite(error));
                    continue;
                }
            };
            if self.views.middle.is_welcome() {
                self.views.middle.welcome(true);
                self.system.start = Some(Start::Invited(invite));
            } else if self.chat.peer().is_none() {
                self.start(ctx, Start::Invited(invite));
            } else {
                self.views.address_bar.put(&invite);
                self.notices.push(Notice::InviteWaits);
            }
        }
    }
}
