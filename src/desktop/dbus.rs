//! The desktop on Linux and the BSDs: notifications (<https://specifications.freedesktop.org/notification-spec/1.3/>), and
//! the number on the task bar (<https://wiki.ubuntu.com/Unity/LauncherAPI>).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use zbus::{
    MatchRule, Message,
    blocking::{Connection, MessageIterator, connection::Builder},
    message::Type,
    names::MemberName,
    zvariant::Value,
};

use super::{Notification, Request, Response};
use crate::mailbox::Server;

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The name of the program's desktop entry.
const ENTRY: &str = "duologue";
/// The action of a click on the notification itself.
const OPEN: &str = "default";
/// The action that shows a field for a reply, a hint and signal of KDE's and others' services.
const REPLY: &str = "inline-reply";

/// Which notifications are shown: what each is about, by the number that the service gave it.
type Shown = Arc<Mutex<HashMap<u32, u64>>>;

/// Carries out requests until the window is gone, and takes back what is still shown then.
pub(super) fn run(server: Server<Request, Response>) {
    let server = Arc::new(server);
    let mut desktop = None;
    let mut waiting = Vec::new();
    while let Ok(request) = server.requests().recv() {
        waiting.push(request);
        waiting.extend(server.requests().try_iter());
        for request in newest(&mut waiting) {
            carry_out(&mut desktop, request, &server);
        }
    }
    if let Some(desktop) = desktop {
        desktop.withdraw_all();
    }
}

/// The requests that still matter: of those about the same thing, only the last one does.
fn newest(waiting: &mut Vec<Request>) -> Vec<Request> {
    let topic = |request: &Request| match request {
        Request::Show(Notification { about, .. }) | Request::Withdraw(about) => Some(*about),
        Request::Unread(_) => None,
    };
    let mut kept: Vec<Request> = Vec::new();
    for request in waiting.drain(..) {
        kept.retain(|older| topic(older) != topic(&request));
        kept.push(request);
    }
    kept
}

/// Connects first if that has not been done yet: only when there is something to show.
fn carry_out(
    desktop: &mut Option<Desktop>,
    request: Request,
    server: &Arc<Server<Request, Response>>,
) {
    if desktop.is_none() {
        if matches!(request, Request::Withdraw(_) | Request::Unread(0)) {
            return;
        }
        match Desktop::connect(server) {
            Ok(connected) => *desktop = Some(connected),
            Err(error) => return tracing::warn!(%error, "no notifications"),
        }
    }
    let Some(connected) = desktop else { return };
    let done = match request {
        Request::Show(notification) => connected.show(&notification),
        Request::Withdraw(about) => connected.withdraw(about),
        Request::Unread(count) => connected.show_unread(count),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "the desktop");
        if connected.connection.is_closed() {
            // The next request connects again.
            *desktop = None;
        }
    }
}

/// The session bus, and what is shown on it.
struct Desktop {
    connection: Connection,
    shown: Shown,
    can_reply: bool,
    /// Whether the service reads markup, which text has to be protected from.
    reads_markup: bool,
}

impl Desktop {
    fn connect(server: &Arc<Server<Request, Response>>) -> zbus::Result<Self> {
        let connection = Builder::session()?.method_timeout(PATIENCE).build()?;
        let shown = Shown::default();
        // Before anything is shown, or a click could be missed.
        listen(&connection, Arc::clone(&shown), Arc::clone(server))?;
        let mut desktop = Self {
            connection,
            shown,
            can_reply: false,
            reads_markup: false,
        };
        let answer = desktop.call("GetCapabilities", &())?;
        let capabilities: Vec<String> = answer.body().deserialize()?;
        let has = |name: &str| capabilities.iter().any(|capability| capability == name);
        desktop.can_reply = has(REPLY);
        desktop.reads_markup = has("body-markup");
        Ok(desktop)
    }

    fn call<B>(&self, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.connection
            .call_method(Some(SERVICE), PATH, Some(SERVICE), method, body)
    }

    fn show(&self, notification: &Notification) -> zbus::Result<()> {
        let body = if self.reads_markup {
            escaped(&notification.body)
        } else {
            notification.body.clone()
        };
        let mut actions = vec![OPEN, notification.open.as_str()];
        if let Some(reply) = notification.reply.as_deref().filter(|_| self.can_reply) {
            actions.extend([REPLY, reply]);
        }
        let mut hints = HashMap::from([
            ("category", Value::from("im.received")),
            ("desktop-entry", Value::from(ENTRY)),
        ]);
        if notification.has_sound {
            hints.insert("sound-name", Value::from("message-new-instant"));
        } else {
            hints.insert("suppress-sound", Value::from(true));
        }
        let replaced = self.number_of(notification.about).unwrap_or(0);
        let title = &notification.title;
        let as_the_service_likes: i32 = -1;
        let answer = self.call(
            "Notify",
            &(
                "Duologue",
                replaced,
                ENTRY,
                title,
                body,
                actions,
                hints,
                as_the_service_likes,
            ),
        )?;
        let number: u32 = answer.body().deserialize()?;
        let mut shown = lock(&self.shown);
        shown.retain(|_, about| *about != notification.about);
        shown.insert(number, notification.about);
        Ok(())
    }

    fn withdraw(&self, about: u64) -> zbus::Result<()> {
        if let Some(number) = self.number_of(about) {
            lock(&self.shown).remove(&number);
            self.call("CloseNotification", &(number,))?;
        }
        Ok(())
    }

    fn withdraw_all(self) {
        let numbers: Vec<u32> = lock(&self.shown).keys().copied().collect();
        for number in numbers {
            if let Err(error) = self.call("CloseNotification", &(number,)) {
                tracing::warn!(%error, "a notification stays");
            }
        }
        if let Err(error) = self.show_unread(0) {
            tracing::warn!(%error, "the number on the task bar stays");
        }
        // Ends the thread that listens.
        self.connection.close().ok();
    }

    fn show_unread(&self, count: u64) -> zbus::Result<()> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let entry = format!("application://{ENTRY}.desktop");
        let hints = HashMap::from([
            ("count", Value::from(count)),
            ("count-visible", Value::from(count > 0)),
        ]);
        let interface = "com.canonical.Unity.LauncherEntry";
        let path = "/com/canonical/unity/launcherentry/1";
        let nobody_in_particular: Option<&str> = None;
        self.connection.emit_signal(
            nobody_in_particular,
            path,
            interface,
            "Update",
            &(entry, hints),
        )
    }

    fn number_of(&self, about: u64) -> Option<u32> {
        let shown = lock(&self.shown);
        shown
            .iter()
            .find_map(|(number, shown)| (*shown == about).then_some(*number))
    }
}

/// Tells the window what the person does, from a thread of its own that ends with the connection.
fn listen(
    connection: &Connection,
    shown: Shown,
    server: Arc<Server<Request, Response>>,
) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(SERVICE)?
        .interface(SERVICE)?
        .path(PATH)?
        .build();
    let signals = MessageIterator::for_match_rule(rule, connection, None)?;
    thread::Builder::new()
        .name("desktop-signals".to_owned())
        .spawn(move || {
            for signal in signals {
                match signal.and_then(|signal| response(&signal, &shown)) {
                    Ok(None) => {}
                    Ok(Some(response)) => {
                        if !server.reply(response) {
                            // The window is gone.
                            return;
                        }
                    }
                    Err(error) => tracing::warn!(%error, "a signal of the desktop"),
                }
            }
        })
        .map_err(|error| zbus::Error::InputOutput(Arc::new(error)))?;
    Ok(())
}

/// What a signal says about a notification of ours. A notification that is closed is forgotten.
fn response(signal: &Message, shown: &Shown) -> zbus::Result<Option<Response>> {
    let header = signal.header();
    let body = signal.body();
    let about = |number: &u32| lock(shown).get(number).copied();
    Ok(match header.member().map(MemberName::as_str) {
        Some("ActionInvoked") => {
            let (number, action): (u32, String) = body.deserialize()?;
            let is_click = action == OPEN;
            about(&number).filter(|_| is_click).map(Response::Opened)
        }
        Some("NotificationReplied") => {
            let (number, text): (u32, String) = body.deserialize()?;
            about(&number).map(|about| Response::Replied(about, text))
        }
        Some("NotificationClosed") => {
            let (number, _): (u32, u32) = body.deserialize()?;
            lock(shown).remove(&number);
            None
        }
        _ => None,
    })
}

/// Text as markup that shows exactly this text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn lock(shown: &Shown) -> std::sync::MutexGuard<'_, HashMap<u32, u64>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(about: u64, body: &str) -> Request {
        Request::Show(Notification {
            about,
            title: "Mina".to_owned(),
            body: body.to_owned(),
            open: "Open".to_owned(),
            reply: None,
            has_sound: false,
        })
    }

    #[test]
    fn of_requests_that_waited_only_the_newest_about_each_thing_is_carried_out() {
        let mut waiting = vec![
            show(1, "a"),
            Request::Unread(1),
            show(2, "b"),
            show(1, "c"),
            Request::Unread(2),
            Request::Withdraw(2),
        ];
        let kept = newest(&mut waiting);
        assert_eq!(
            kept,
            [show(1, "c"), Request::Unread(2), Request::Withdraw(2)]
        );
        assert!(waiting.is_empty());
    }

    #[test]
    fn text_stays_text_where_the_service_reads_markup() {
        assert_eq!(escaped("<b>1 & 2</b>"), "&lt;b&gt;1 &amp; 2&lt;/b&gt;");
    }
}
