//! Notifies the person through the desktop while the window is not in front: one notification for each conversation with
//! new messages, one for waiting callers, and the number of unread messages.

use std::{borrow::Cow, mem};

use eframe::egui::Context;

use crate::{
    chat::{Chat, conversations::Conversations, snippet::snippet},
    desktop::{Handle, Notification, Request, Response},
    files,
    identity::PeerId,
    lang::Lang,
    net::{Event, Payload},
    settings::{Notify, Settings},
};

use super::window;

/// Least time between two notifications of one conversation, in seconds.
const PAUSE: f64 = 1.0;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Notifier {
    /// `None` where the system has no thread for it.
    handle: Option<Handle>,
    /// What notifications are about; their numbers are the places in this list.
    subjects: Vec<Subject>,
    /// Whether the window was in front.
    was_in_front: bool,
    /// The number on the task bar.
    unread: u64,
}

/// What a notification is about.
struct Subject {
    about: About,
    /// How much has come since the window was last in front.
    count: u64,
    /// The newest of it.
    text: String,
    /// It has come since the desktop was last told.
    is_new: bool,
    /// When it was last shown, by the window's clock in seconds. `None` if it is not shown.
    shown: Option<f64>,
}

/// See [`Subject`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    /// Messages of this conversation.
    Messages(PeerId),
    /// Callers who ask to be admitted.
    Requests,
}

/// What the person did with a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Clicked on it.
    Opened(About),
    /// Wrote a message in it.
    Replied(PeerId, String),
}

impl Notifier {
    pub fn new(handle: Option<Handle>) -> Self {
        Self {
            handle,
            was_in_front: true,
            ..Self::default()
        }
    }

    /// Takes back what is shown, and ends.
    pub fn stop(&mut self) {
        self.handle = None;
    }

    /// Takes in an event of the worker. In front there is nothing to do, however fast messages come.
    pub fn hear(&mut self, event: &Event, lang: Lang) {
        if self.was_in_front {
            return;
        }
        match event {
            Event::Received {
                peer_id, payload, ..
            } => {
                let text = match payload {
                    Payload::Text { text, .. } => Cow::Borrowed(text),
                    Payload::PlainText { decoded, .. } => Cow::Borrowed(&decoded.text),
                    Payload::Offer { name, .. } => {
                        Cow::Owned(lang.file_named(&files::safe_name(name)))
                    }
                    Payload::NeedsNewer | Payload::Missed(_) => return,
                };
                let line: String = snippet(&text, &[])
                    .into_iter()
                    .map(|piece| piece.text)
                    .collect();
                self.add(About::Messages(peer_id.clone()), line);
            }
            Event::JoinRequested(_) => self.add(About::Requests, String::new()),
            _ => {}
        }
    }

    fn add(&mut self, about: About, text: String) {
        let known = self
            .subjects
            .iter()
            .position(|subject| subject.about == about);
        let index = known.unwrap_or_else(|| {
            self.subjects.push(Subject {
                about,
                count: 0,
                text: String::new(),
                is_new: false,
                shown: None,
            });
            self.subjects.len() - 1
        });
        if let Some(subject) = self.subjects.get_mut(index) {
            subject.count += 1;
            subject.text = text;
            subject.is_new = true;
        }
    }

    /// Whether the window has come to the front, or has left it, since the last time.
    pub fn follow_focus(&mut self, ctx: &Context) -> bool {
        let is_in_front = window::has_focus(ctx);
        mem::replace(&mut self.was_in_front, is_in_front) != is_in_front
    }

    /// Tells the desktop what has come, or takes it back where the window is in front: the person sees it there. Muted
    /// conversations are left out. Many messages in one conversation give one notification a second.
    pub fn tell(
        &mut self,
        ctx: &Context,
        chat: &Chat,
        conversations: &Conversations,
        settings: &Settings,
        lang: Lang,
    ) {
        let mut requests = Vec::new();
        let is_quiet = self.was_in_front || settings.notifications.show == Notify::Off;
        let has_callers = !chat.requests().is_empty();
        let now = ctx.input(|input| input.time);
        for (number, subject) in (0..).zip(&mut self.subjects) {
            let is_unwanted = match &subject.about {
                About::Requests => !has_callers,
                About::Messages(peer_id) => conversations.is_muted(peer_id),
            };
            if is_quiet || is_unwanted {
                subject.count = 0;
                subject.text.clear();
                if subject.shown.take().is_some() {
                    requests.push(Request::Withdraw(number));
                }
            } else if subject.is_new {
                let wait = subject.shown.map_or(0.0, |shown| shown + PAUSE - now);
                if wait > 0.0 {
                    ctx.request_repaint_after_secs(wait as f32);
                    continue;
                }
                subject.shown = Some(now);
                requests.push(Request::Show(words(number, subject, chat, settings, lang)));
            }
            subject.is_new = false;
        }
        for request in requests {
            self.send(request);
        }
    }

    /// Shows this number on the task bar, where there is one.
    pub fn set_unread(&mut self, unread: u64) {
        if self.unread != unread {
            self.unread = unread;
            self.send(Request::Unread(unread));
        }
    }

    /// How many messages are unread, as told last.
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// What the person has done with notifications since the last time.
    pub fn reactions(&mut self) -> Vec<Reaction> {
        let mut responses = Vec::new();
        if let Some(handle) = &self.handle {
            handle.drain(|response| {
                responses.push(response);
                true
            });
        }
        let about = |number: u64| {
            let index = usize::try_from(number).ok()?;
            self.subjects.get(index).map(|subject| &subject.about)
        };
        let reaction = |response| match response {
            Response::Opened(number) => Some(Reaction::Opened(about(number)?.clone())),
            Response::Replied(number, text) => match about(number)? {
                About::Messages(peer_id) => Some(Reaction::Replied(peer_id.clone(), text)),
                About::Requests => None,
            },
        };
        responses.into_iter().filter_map(reaction).collect()
    }

    /// A request that can't be taken is dropped: the window itself shows everything.
    fn send(&self, request: Request) {
        if let Some(handle) = &self.handle
            && let Err(error) = handle.send(request)
        {
            tracing::warn!(%error, "a notification was dropped");
        }
    }
}

fn words(
    about: u64,
    subject: &Subject,
    chat: &Chat,
    settings: &Settings,
    lang: Lang,
) -> Notification {
    let (title, body, reply) = match (&subject.about, settings.notifications.show) {
        (About::Requests, _) => (lang.someone_calls().to_owned(), String::new(), None),
        (About::Messages(peer_id), Notify::Text) => {
            let name = lang.peer_id(chat.contacts(), peer_id);
            let title = match subject.count {
                0 | 1 => name,
                count => format!("{name} ({count})"),
            };
            (title, subject.text.clone(), Some(lang.reply().to_owned()))
        }
        (About::Messages(_), Notify::Hidden | Notify::Off) => {
            (lang.messages_came(subject.count), String::new(), None)
        }
    };
    Notification {
        about,
        title,
        body,
        open: lang.open().to_owned(),
        reply,
        has_sound: settings.notifications.sound,
    }
}
