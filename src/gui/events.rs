//! What the worker reports, taken in between frames.

use crate::mailbox::Drained;
use eframe::egui::{self, Context, ViewportCommand};
use jiff::Timestamp;

use super::{App, dialog::Dialog, notices::Notice, typing};
use crate::{
    chat::{Chat, Door, Link},
    identity::Party,
    net::{AskId, Event},
    settings::Saver,
};

/// Events taken in before a frame is painted; the rest waits for the next one.
const EVENTS_A_FRAME: usize = 8192;

impl App {
    /// Takes in what the worker reports. Paints nothing, so it also runs while the window is
    /// hidden.
    pub fn drain(&mut self, ctx: &Context) {
        if self.chat.reread() {
            ctx.request_repaint();
        }
        self.take_answers(ctx);
        let Some(net) = &self.net else { return };
        let now = Timestamp::now();
        let clock = typing::clock(ctx.input(|input| input.time));
        let before = self.chat.peer().map(|peer| peer.address);
        let shown = self.chat.shown().cloned();
        let read = self.chat.is_paged().then(|| self.read_so_far()).flatten();
        let newest = self.newest();
        let mut left = EVENTS_A_FRAME;
        let (chat, notices) = (&mut self.chat, &mut self.notices);
        let conversations = &mut self.conversations;
        let is_listed = matches!(self.dialog, Some(Dialog::People(_)));
        let mut has_erased = false;
        let drained = net.drain(|event| {
            // Its end is painted when the window's clock says so, whatever time of day it is.
            let now = match event {
                Event::Typing(_) | Event::Redialling { .. } => clock,
                _ => now,
            };
            take_note(&event, chat, notices, ctx);
            conversations.apply(&event, chat, is_listed);
            has_erased |= matches!(event, Event::Cleared(_));
            chat.apply(event, now);
            left -= 1;
            left > 0
        });
        match drained {
            Drained::Empty => {}
            Drained::Stopped => ctx.request_repaint(),
            Drained::Gone => {
                self.net = None;
                self.chat.crashed(Timestamp::now());
            }
        }
        if has_erased {
            self.ask_for_size();
        }
        self.ask_for_conversations();
        self.add_notices();
        let peer = self.chat.peer().map(|peer| peer.address);
        if peer != before {
            // What was asked or said of the text was about whom it was for.
            self.composer.forget_refusal();
            self.told.forget();
        }
        if shown.as_ref() != self.chat.shown() {
            self.keep_read(read);
        }
        self.settle(ctx);
        if peer.is_some() && peer != before {
            self.notices.retain(|notice| !notice.is_about_invites());
            self.composer.focus();
        }
        let has_focus = ctx.input(|input| input.viewport().focused.unwrap_or(true));
        if self.newest() > newest && !has_focus {
            let attention = egui::UserAttentionType::Informational;
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(attention));
        }
        self.update_title(ctx);
    }

    /// What grows with everything that is worth a look.
    fn newest(&self) -> (u64, Option<AskId>) {
        let asks = self.chat.asks().last().map(|ask| ask.id);
        (self.chat.news(), asks)
    }

    /// What is not of the chat and went wrong meanwhile.
    fn add_notices(&mut self) {
        if self.saver.as_ref().is_some_and(Saver::has_failed) {
            self.notify(Notice::SettingsUnsaved);
        }
    }

    /// Tells something until it is closed. Of what is wrong with the store the newest counts.
    pub(super) fn notify(&mut self, notice: Notice) {
        if matches!(notice, Notice::Store(_)) {
            let is_other = |told: &Notice| !matches!(told, Notice::Store(_));
            self.notices.retain(is_other);
        }
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    fn update_title(&mut self, ctx: &Context) {
        let title = match self.chat.link() {
            Link::Connected(peer) => {
                let name = match &peer.party {
                    Party::Key(key) => self.chat.contacts().label(key),
                    Party::Address(_) => peer.address.ip().to_string(),
                };
                format!("{name} – {}", self.program)
            }
            Link::Idle | Link::Dialling { .. } | Link::Redialling { .. } | Link::Ended => {
                self.program.clone()
            }
        };
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

/// What is told of an event beside the chat.
fn take_note(event: &Event, chat: &Chat, notices: &mut Vec<Notice>, ctx: &Context) {
    match event {
        Event::Invite(invite) => {
            notices.retain(|notice| !notice.is_about_invites());
            notices.push(match (invite, chat.door()) {
                (None, _) => Notice::NoInvite,
                (Some(_), Door::Open(listening)) if listening.only_here => {
                    Notice::InviteCopied { only_here: true }
                }
                (Some(_), _) => Notice::InviteCopied { only_here: false },
            });
            if let Some(invite) = invite {
                ctx.copy_text(invite.to_string());
            }
        }
        // Nobody can come in by it any more.
        Event::ListeningStopped => notices.retain(|notice| !notice.is_about_invites()),
        // With whoever was forgotten everything went, and there is no name to tell it by.
        Event::Cleared(Some(Party::Key(key))) if chat.contacts().get(key).is_none() => {}
        Event::Cleared(party) => {
            notices.retain(|notice| !matches!(notice, Notice::Cleared(_)));
            notices.push(Notice::Cleared(party.clone()));
        }
        Event::StoreFailed(error) => {
            notices.retain(|notice| !matches!(notice, Notice::Store(_)));
            notices.push(Notice::Store(*error));
        }
        Event::StoreWell => notices.retain(|notice| !matches!(notice, Notice::Store(_))),
        Event::Salvaged(result) => {
            notices
                .retain(|notice| !matches!(notice, Notice::StoreSetAside(_) | Notice::Salvaged(_)));
            notices.push(Notice::Salvaged(*result));
        }
        Event::StoreSetAside(path) => notices.push(Notice::StoreSetAside(path.clone())),
        _ => {}
    }
}
