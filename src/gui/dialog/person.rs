//! What is known of a contact, and what can be done about them.

use eframe::egui::{Button, Label, Response, RichText, Ui};

use super::frame::{Head, frame, scroll_area};
use crate::{
    chat::contacts::Contacts,
    gui::{
        action::{Action, Doing, OpenedFrom},
        avatar, card,
        ctx::Ctx,
        focus::{FocusOnce, kept_in_view},
        name_field::{Edited, NameField},
        theme, typeset,
    },
    identity::{Contact, PeerId, PublicKey, tidy_name},
    net::ContactChange,
};

/// Height of what is above and below the part that scrolls, in points.
const BESIDE: f32 = 24.0;

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct PersonView {
    key: PublicKey,
    doing: State,
    focus: FocusOnce<Target>,
    /// What is shown again once it is closed.
    pub opened_from: OpenedFrom,
}

/// What is being done about the contact.
#[derive(Debug)]
enum State {
    Nothing,
    Renaming(NameField),
    Blocking,
    Forgetting,
}

/// What gets the keyboard focus.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Rename,
    Block,
    Forget,
    Close,
    /// The safer one of two answers.
    Keep,
}

impl PersonView {
    pub fn new(key: PublicKey, doing: Doing, opened_from: OpenedFrom, contacts: &Contacts) -> Self {
        let mut view = Self {
            key,
            doing: State::Nothing,
            focus: FocusOnce::on(Target::Close),
            opened_from,
        };
        if let Some(contact) = contacts.get(&key) {
            view.begin(doing, contact);
        }
        view
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let Some(contact) = cx.chat.contacts().get(&self.key) else {
            // They were deleted. What is shown instead is not in this frame yet.
            ui.ctx().request_repaint();
            return false;
        };
        let name = cx.lang.label(cx.chat.contacts(), &self.key);
        let head = Head {
            id: "person",
            title: &name,
            width: theme::DIALOG_WIDTH,
        };
        frame(ui, cx.lang, head, |ui, height, close| {
            self.focus.apply(&Target::Close, close);
            let mut stays = true;
            scroll_area("person", height - BESIDE).show(ui, |ui| {
                show_who(cx, ui, contact, &name);
                stays = self.show_buttons(cx, ui, contact, &name);
                self.show_state(cx, ui, contact, &name);
            });
            stays
        })
    }

    fn begin(&mut self, doing: Doing, contact: &Contact) {
        self.doing = match doing {
            Doing::Nothing => State::Nothing,
            Doing::Renaming => {
                // The field takes the focus itself.
                self.focus = FocusOnce::default();
                State::Renaming(NameField::new(contact.my_name.clone().unwrap_or_default()))
            }
            Doing::Blocking => State::Blocking,
            Doing::Forgetting => State::Forgetting,
        };
        if matches!(self.doing, State::Blocking | State::Forgetting) {
            self.focus.set(Target::Keep);
        }
    }

    /// Returns false if what was clicked closes the dialog.
    fn show_buttons(
        &mut self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        contact: &Contact,
        name: &str,
    ) -> bool {
        let (lang, key) = (cx.lang, contact.key);
        let row = ui.horizontal_wrapped(|ui| {
            if named(cx, ui.button(lang.open()), lang.open(), name).clicked() {
                cx.push(Action::Open(PeerId::Key(key)));
                return false;
            }
            if show_connect(cx, ui, contact, name) {
                return false;
            }
            let rename = named(cx, ui.button(lang.rename()), lang.rename(), name);
            self.focus.apply(&Target::Rename, &rename);
            if rename.clicked() {
                self.begin(Doing::Renaming, contact);
            }
            let verify = named(cx, ui.button(lang.verify_further()), lang.verify(), name);
            if verify.clicked() {
                cx.push(Action::Verify(key, OpenedFrom::Person));
            }
            let words = if contact.blocked {
                lang.unblock()
            } else {
                lang.block()
            };
            let block = named(cx, ui.button(words), words, name);
            self.focus.apply(&Target::Block, &block);
            if block.clicked() && contact.blocked {
                let change = ContactChange::SetBlocked(false);
                cx.push(Action::ChangeContact(key, change));
            } else if block.clicked() {
                self.begin(Doing::Blocking, contact);
            }
            let forget = named(cx, ui.button(lang.forget()), lang.forget(), name);
            self.focus.apply(&Target::Forget, &forget);
            if forget.clicked() {
                self.begin(Doing::Forgetting, contact);
            }
            true
        });
        row.inner
    }

    /// The field or the question below the buttons.
    fn show_state(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, contact: &Contact, name: &str) {
        let (lang, key, contacts) = (cx.lang, contact.key, cx.chat.contacts());
        match &mut self.doing {
            State::Nothing => {}
            State::Renaming(field) => {
                let edited = field.show(cx, ui, &lang.name_for(name));
                ui.label(RichText::new(lang.rename_hint()).small().weak());
                let Some(edited) = edited else { return };
                if let Edited::Saved(text) = edited {
                    let change = ContactChange::Rename(tidy_name(&text));
                    cx.push(Action::ChangeContact(key, change));
                }
                self.doing = State::Nothing;
                self.focus.set(Target::Rename);
            }
            State::Blocking => {
                let question = lang.block_question(contacts, &key);
                let yes = lang.block_them(contacts, &key);
                let Some(answer) = self.ask(cx, ui, &question, &yes) else {
                    return;
                };
                if answer {
                    let change = ContactChange::SetBlocked(true);
                    cx.push(Action::ChangeContact(key, change));
                }
                self.doing = State::Nothing;
                self.focus.set(Target::Block);
            }
            State::Forgetting => {
                let question = lang.forget_question(contacts, &key);
                let yes = lang.forget_them(contacts, &key);
                let Some(answer) = self.ask(cx, ui, &question, &yes) else {
                    return;
                };
                if answer {
                    cx.push(Action::ChangeContact(key, ContactChange::Forget));
                }
                self.doing = State::Nothing;
                self.focus.set(Target::Forget);
            }
        }
    }

    /// A question with two answers. `None` until it is answered.
    fn ask(&mut self, cx: &Ctx<'_>, ui: &mut Ui, question: &str, yes: &str) -> Option<bool> {
        let bad = theme::palette(ui).bad;
        ui.add(Label::new(RichText::new(question).color(bad)).wrap());
        let row = ui.horizontal_wrapped(|ui| {
            let yes = card::destructive(ui, yes).clicked();
            let keep = kept_in_view(ui.button(cx.lang.keep()));
            self.focus.apply(&Target::Keep, &keep);
            (yes || keep.clicked()).then_some(yes)
        });
        row.inner
    }
}

fn show_who(cx: &mut Ctx<'_>, ui: &mut Ui, contact: &Contact, name: &str) {
    let (lang, contacts) = (cx.lang, cx.chat.contacts());
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        avatar::show(ui, &PeerId::Key(contact.key), name, theme::LIST_FACE);
        ui.vertical(|ui| {
            ui.label(lang.trust(contact.trust));
            if contact.blocked {
                ui.colored_label(palette.bad, lang.blocked());
            }
            if let Some(own) = contacts.own_name(&contact.key) {
                let own = RichText::new(lang.own_name_is(&own)).weak();
                ui.add(typeset::Label::new(own).wrap());
            }
            if contacts.hides_name(&contact.key) {
                ui.add(Label::new(RichText::new(lang.name_hidden()).weak()).wrap());
            }
            if contact.held > 0 {
                ui.colored_label(palette.waiting, lang.held_count(contact.held));
            }
        });
    });
    ui.add_space(theme::GAP);
    let fingerprint = contact.key.fingerprint();
    let text = RichText::new(&fingerprint)
        .monospace()
        .size(theme::KEY_SIZE);
    ui.add(Label::new(text).wrap());
    if kept_in_view(ui.button(lang.copy_key())).clicked() {
        cx.push(Action::Copy(fingerprint));
    }
    if !contact.addresses.is_empty() {
        let addresses = RichText::new(contact.addresses.join(", ")).small().weak();
        ui.add(Label::new(addresses).wrap());
    }
    ui.add_space(theme::GAP);
}

/// Returns true if it was clicked.
fn show_connect(cx: &mut Ctx<'_>, ui: &mut Ui, contact: &Contact, name: &str) -> bool {
    let lang = cx.lang;
    let call = cx.chat.contacts().call_to(&contact.key);
    let connected = cx.chat.peer().is_some();
    let connect = Button::new(lang.connect());
    let connect = ui.add_enabled(call.is_some() && !connected, connect);
    let why_not = if connected {
        lang.disconnect_first()
    } else {
        lang.no_address_known()
    };
    let connect = connect.on_disabled_hover_text(why_not);
    let clicked = named(cx, connect, lang.connect(), name).clicked();
    let Some(call) = call.filter(|_| clicked) else {
        return false;
    };
    cx.push(Action::Connect(call));
    true
}

/// Tells a screen reader whom a button is about.
fn named(cx: &Ctx<'_>, button: Response, what: &str, name: &str) -> Response {
    kept_in_view(button).accessible_name(cx.lang.done_to(what, name))
}
