//! What comes in between frames: the worker's events, the history reader's answers, the wish to close the window.

use eframe::egui::{Context, Memory, UserAttentionType, ViewportCommand};
use jiff::Timestamp;

use super::{App, System};
use crate::{
    chat::{ScrollTarget, notices::Notice},
    endpoint::Endpoint,
    gui::{
        address_bar::AddressBar,
        composer,
        ctx::clock,
        dialog::{AskToClose, Dialog},
        layout::Layout,
        marks,
        notifier::{About, Reaction},
        open, window,
    },
    history::{Answer, Query},
    mailbox::Drained,
    net::{Command, Event, Origin, RequestId},
    settings::Saver,
};

/// Maximum number of events taken in before a frame is painted; the rest waits for the next one.
const EVENTS_PER_FRAME: usize = 8192;
/// The same for answers of the history reader.
const ANSWERS_PER_FRAME: usize = 64;

impl App {
    /// Takes in what has come. Paints nothing, so it also runs while the window is hidden.
    pub fn drain(&mut self, ctx: &Context) {
        self.take_picked(ctx);
        self.follow_first_window(ctx);
        self.window.follow_keys(ctx);
        self.chat.set_writing(self.is_writing(ctx));
        self.take_in(ctx);
        self.notices.drop_arrivals(&self.chat);
        self.follow_welcome(ctx);
        self.send_offers();
        if let Some(until) = self.chat.stall_files(clock(ctx)) {
            ctx.request_repaint_after(until.unsigned_abs());
        }
        self.notify(ctx);
        self.update_title(ctx);
    }

    /// Whether the next keys are meant for the conversation that is shown, or for a field.
    fn is_writing(&self, ctx: &Context) -> bool {
        let focused = ctx.memory(Memory::focused);
        // The keyboard is in the address bar from the start.
        let is_elsewhere = ctx.text_edit_focused()
            && focused != Some(composer::id())
            && !AddressBar::is_focused(ctx);
        self.views.composer.is_in_use() || is_elsewhere || self.window.is_typing(ctx)
    }

    fn take_in(&mut self, ctx: &Context) {
        if self.chat.reread() {
            ctx.request_repaint();
        }
        self.take_answers(ctx);
        let peer = self.chat.peer().map(|peer| peer.address);
        let shown = self.chat.shown().cloned();
        let read = marks::read_so_far(&self.chat, &self.views.transcript);
        let newest = self.newest();
        if !self.take_events(ctx) {
            return;
        }
        self.refresh_conversations();
        if self.saver.as_ref().is_some_and(Saver::has_failed) {
            self.notices.push(Notice::SettingsUnsaved);
        }
        let peer_before = peer;
        let peer = self.chat.peer().map(|peer| peer.address);
        if peer != peer_before {
            // The composer's warning was about the peer before.
            self.views.composer.forget_refusal();
            self.typing.reset();
        }
        if shown.as_ref() != self.chat.shown() {
            self.marks.save_read(read, &self.worker);
        }
        self.follow_chat(ctx);
        if let Some(peer) = self.chat.peer().filter(|_| peer != peer_before) {
            self.notices.drop_invites();
            if self.chat.shown() == Some(&peer.peer_id) {
                // A half-typed address would go to the peer.
                if peer.origin == Origin::Dialled || !self.window.is_typing(ctx) {
                    self.views.composer.focus();
                }
            } else {
                let arrived = Notice::Arrived(peer.peer_id.clone());
                self.notices.push(arrived);
            }
        }
        let shown = self.chat.shown();
        let is_muted = shown.is_some_and(|peer_id| self.history.conversations.is_muted(peer_id));
        if self.newest() > newest && !is_muted && !window::has_focus(ctx) {
            let attention = UserAttentionType::Informational;
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(attention));
        }
    }

    /// Carries out what the person did with notifications, and tells the desktop what has come.
    fn notify(&mut self, ctx: &Context) {
        let notifier = &mut self.system.notifier;
        if notifier.follow_focus(ctx) {
            // What is unread depends on it.
            self.history.conversations.mark_stale();
            self.refresh_conversations();
        }
        let notifier = &mut self.system.notifier;
        notifier.tell(
            ctx,
            &self.chat,
            &self.history.conversations,
            &self.settings,
            self.lang,
        );
        for reaction in notifier.reactions() {
            match reaction {
                Reaction::Opened(about) => {
                    open::bring_to_front(ctx);
                    if let About::Messages(peer_id) = about {
                        self.open(peer_id);
                    }
                }
                Reaction::Replied(peer_id, text) => self.reply(peer_id, text),
            }
        }
        let shown = self.chat.shown().filter(|_| window::has_focus(ctx));
        let unread = self.history.conversations.unread(shown);
        self.system.notifier.set_unread(unread);
    }

    /// After anything that may have changed what is shown: brings the composer and the transcript there, and asks for
    /// the rows that are missing.
    pub(super) fn follow_chat(&mut self, ctx: &Context) {
        let composer = &mut self.views.composer;
        let has_switched = self.marks.follow(&mut self.chat, composer, &self.worker);
        if has_switched && self.typing.stop() {
            self.worker.send_or_drop(Command::SetTyping(false));
        }
        if let Some(target) = self.chat.conversation_mut().take_scroll_target() {
            let transcript = &mut self.views.transcript;
            match target {
                ScrollTarget::Opened => transcript.begin(self.chat.timeline()),
                ScrollTarget::Newest => transcript.follow(),
                ScrollTarget::Item(id) => transcript.go_to(id),
                ScrollTarget::Hit(id) => transcript.go_to_hit(id),
            }
            ctx.request_repaint();
        }
        if let Some(query) = self.chat.conversation_mut().take_query()
            && self.query(query.clone()).is_err()
        {
            self.chat.conversation_mut().query_not_sent(&query);
        }
    }

    /// Asks for the list of conversations if something in it has changed.
    pub(super) fn refresh_conversations(&mut self) {
        if self.history.conversations.should_refresh() && self.query(Query::Conversations).is_ok() {
            self.history.conversations.mark_requested();
        }
    }

    /// Asks once before the window is closed while messages are undelivered.
    pub(super) fn guard_closing(&mut self, ctx: &Context) {
        let is_wanted = ctx.input(|input| input.viewport().close_requested());
        let is_asking = matches!(self.views.dialog, Some(Dialog::Closing(_)));
        // Who asks again while the question is open means it.
        if !is_wanted || is_asking || self.window.closes_anyway || self.chat.waiting() == 0 {
            return;
        }
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        self.views.open(Dialog::Closing(AskToClose::new()));
        ctx.request_repaint();
    }

    /// Returns false if there is no worker.
    fn take_events(&mut self, ctx: &Context) -> bool {
        let (now, clock) = (Timestamp::now(), clock(ctx));
        let (chat, notices) = (&mut self.chat, &mut self.notices);
        let conversations = &mut self.history.conversations;
        let System {
            notifier, offers, ..
        } = &mut self.system;
        let search = &mut self.views.search;
        // While the window is not in front, the number of unread messages includes those of the conversation that is shown.
        let is_listed = Layout::of(ctx) == Layout::Wide
            || matches!(self.views.dialog, Some(Dialog::List | Dialog::Forward(_)))
            || !window::has_focus(ctx);
        let lang = self.lang;
        let (mut has_erased, mut has_contacts) = (false, false);
        let mut left = EVENTS_PER_FRAME;
        let mut outcomes = Vec::new();
        let drained = self.worker.drain(|event| {
            // These end when the window's clock says so, whatever time of day it is.
            let now = match event {
                Event::Typing(_) | Event::Redialling { .. } | Event::FileProgress { .. } => clock,
                _ => now,
            };
            if let Event::Invite(Some(invite)) = &event {
                ctx.copy_text(invite.to_string());
            }
            if let Event::MessageChanged { peer_id, row } = &event {
                search.message_changed(peer_id, *row);
            }
            notices.apply(&event, chat);
            notifier.hear(&event, lang);
            let outcome = offers.hear(&event);
            // The row says why it failed.
            let is_told = matches!(&event, Event::OfferFailed { id, .. } | Event::NotStored { id, .. } if chat.shows_offer(*id));
            outcomes.extend(outcome.filter(|_| !is_told));
            conversations.apply(&event, chat, is_listed);
            has_erased |= matches!(event, Event::Cleared(_));
            has_contacts |= matches!(event, Event::Contacts(_));
            chat.apply(event, now);
            left -= 1;
            left > 0
        });
        match drained {
            None => return false,
            Some(Drained::Empty) => {}
            Some(Drained::Stopped) => ctx.request_repaint(),
            Some(Drained::Gone) => {
                self.system.offers.forget();
                self.chat.crashed(Timestamp::now());
            }
        }
        self.take_outcomes(outcomes);
        if is_listed {
            self.history.conversations.catch_up();
        }
        if has_contacts {
            self.follow_contacts(ctx);
        }
        if has_erased && matches!(self.views.dialog, Some(Dialog::Settings(_))) {
            self.query_for_view(Query::Size);
        }
        true
    }

    /// The contacts have changed: the address of one is not called in plain text by itself, however it was called before.
    fn follow_contacts(&mut self, ctx: &Context) {
        let contacts = self.chat.contacts();
        let is_pinned = |address: &Endpoint| contacts.pinned_at(address).is_some();
        if self.settings.forget_plain(is_pinned) {
            self.save();
        }
        if !self.views.middle.is_welcome()
            && let Some(start) = self.system.start.take()
        {
            self.start(ctx, start);
        }
    }

    fn take_answers(&mut self, ctx: &Context) {
        let mut answers = Vec::new();
        let drained = self.history.drain(|answer| {
            answers.push(answer);
            answers.len() < ANSWERS_PER_FRAME
        });
        for answer in answers {
            self.take_answer(answer);
        }
        match drained {
            Drained::Empty => {}
            Drained::Stopped => ctx.request_repaint(),
            // What is loaded is all there is.
            Drained::Gone => self.chat.set_paged(false),
        }
    }

    fn take_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Page(page) => self.chat.take_page(page),
            Answer::Conversations(list) => {
                // At the start the most recent conversation is shown; nobody is called.
                let first = self.history.take_conversations(list);
                if let Some(peer_id) = first.filter(|_| self.chat.shown().is_none()) {
                    self.chat.open(peer_id);
                    self.views.composer.focus();
                }
            }
            Answer::Messages { peer_id, messages } => self.chat.take_changed(&peer_id, messages),
            Answer::EarlierTexts {
                peer_id,
                row,
                texts,
            } => {
                if let Some(Dialog::EarlierTexts(dialog)) = &mut self.views.dialog {
                    dialog.take(&peer_id, row, texts);
                }
            }
            Answer::FirstSince(peer_id, row) => {
                if self.chat.shown() == Some(&peer_id) {
                    let conversation = self.chat.conversation_mut();
                    match row {
                        Some(row) => conversation.go_to(row),
                        None => conversation.go_newest(),
                    }
                }
            }
            Answer::Found(found) => self.views.search.take(found),
            Answer::Exported(Ok(path)) => self.notices.push(Notice::Exported(path)),
            Answer::Exported(Err(error)) => self.notices.push(Notice::ExportFailed(error)),
            Answer::Size(bytes) => {
                if let Some(Dialog::Settings(settings)) = &mut self.views.dialog {
                    settings.history.set_size(bytes);
                }
            }
            Answer::Kept(count) => {
                if let Some(Dialog::Settings(settings)) = &mut self.views.dialog {
                    settings.history.set_kept(count);
                }
            }
            Answer::IndexEnded => self.notices.push(Notice::IndexEnded),
            Answer::Failed(error) => {
                // It does not say which of them has failed.
                self.chat.conversation_mut().queries_failed();
                self.history.conversations.set(None);
                self.notices.push(Notice::Store(error));
            }
        }
    }

    /// What grows with everything that is worth the person's attention.
    fn newest(&self) -> (u64, Option<RequestId>) {
        let newest = self.chat.requests().last().map(|request| request.id);
        (self.chat.news(), newest)
    }

    fn update_title(&mut self, ctx: &Context) {
        let program = &self.system.program;
        let title = match self.chat.shown() {
            Some(peer_id) => {
                let name = self.lang.peer_id(self.chat.contacts(), peer_id);
                format!("{name} – {program}")
            }
            None => program.clone(),
        };
        let title = match self.chat.percent_moved() {
            Some(percent) => format!("{} · {title}", self.lang.title_progress(percent)),
            None => title,
        };
        let title = match self.system.notifier.unread() {
            0 => title,
            unread => format!("({unread}) {title}"),
        };
        self.window.set_title(ctx, title);
    }
}
