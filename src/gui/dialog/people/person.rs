//! One row of the list: who it is, the newest message, the key, and the buttons.

use eframe::egui::{
    Button, Frame, Label, Response, RichText, Role, Sense, TextStyle, Ui, UiBuilder, Vec2,
    WidgetInfo,
};

use super::entries::Entry;
use crate::{
    chat::snippet::one_line,
    gui::{
        action::{Action, OpenedFrom},
        ctx::Ctx,
        focus::{FocusOnce, kept_in_view},
        name_field::{Edited, NameField},
        theme, typeset,
    },
    history::Summary,
    identity::{Contact, PublicKey, tidy_name},
    net::ContactChange,
};

/// Space around the number of unread messages, in points.
const PILL_PADDING: Vec2 = Vec2::new(7.0, 2.0);

/// What is being done with one of the contacts.
#[derive(Debug)]
pub(super) enum Editing {
    None,
    Renaming(PublicKey, NameField),
    /// The person has to confirm it.
    Forgetting(PublicKey),
}

/// What gets the keyboard focus.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The first button of the list.
    First,
    Close,
    Rename(PublicKey),
    Forget(PublicKey),
    /// The safer one of the two answers.
    Keep,
}

/// One row.
pub(super) struct PersonRow<'a> {
    entry: &'a Entry<'a>,
    name: String,
}

impl<'a> PersonRow<'a> {
    pub fn new(cx: &Ctx<'_>, entry: &'a Entry<'a>) -> Self {
        let name = cx.lang.peer_id(cx.chat.contacts(), &entry.peer_id);
        Self { entry, name }
    }

    /// Whether it is being edited or gets the focus, so that it has to be laid out even where it is not in view.
    pub fn is_edited(&self, editing: &Editing, focus: &FocusOnce<Target>) -> bool {
        let edited = match editing {
            Editing::None => None,
            Editing::Renaming(key, _) | Editing::Forgetting(key) => Some(*key),
        };
        let focused = match focus.target() {
            Some(Target::Rename(key) | Target::Forget(key)) => Some(*key),
            _ => None,
        };
        let key = self.entry.peer_id.key();
        key.is_some() && (key == edited || key == focused)
    }

    /// Returns false if what was clicked closes the list.
    pub fn show(
        &self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        editing: &mut Editing,
        focus: &mut FocusOnce<Target>,
    ) -> bool {
        let (entry, name) = (self.entry, &self.name);
        let label = match entry.peer_id.key() {
            Some(key) => format!("{name}, {}", key.fingerprint()),
            None => format!("{name}, {}", cx.lang.plain_text()),
        };
        let builder = UiBuilder::new()
            .id_salt(("person", &entry.peer_id))
            .accessibility_role(Role::Group)
            .accessibility_label(label);
        let shown = ui.scope_builder(builder, |ui| {
            let frame: Frame = theme::banner(theme::palette(ui).background);
            let inner = frame.show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
                self.show_who(cx, ui);
                if let Some(summary) = entry.summary {
                    show_newest(cx, ui, summary);
                }
                if let Some(contact) = entry.contact {
                    show_key(ui, contact);
                }
                ui.add_space(2.0);
                let stays = self.show_buttons(cx, ui, editing, focus);
                if let Some(contact) = entry.contact {
                    self.show_editing(cx, ui, contact, editing, focus);
                }
                stays
            });
            inner.inner
        });
        shown.inner
    }

    fn show_who(&self, cx: &Ctx<'_>, ui: &mut Ui) {
        let (palette, lang, entry) = (theme::palette(ui), cx.lang, self.entry);
        ui.horizontal_wrapped(|ui| {
            ui.add(typeset::Label::new(RichText::new(&self.name).strong()));
            if let Some(summary) = entry.summary {
                // The conversation in view is being read.
                if summary.unread > 0 && cx.shown() != Some(&entry.peer_id) {
                    pill(ui, &lang.unread_count(summary.unread));
                }
                if summary.waiting > 0 {
                    let waiting = lang.waiting_count(summary.waiting);
                    ui.label(RichText::new(waiting).color(palette.waiting));
                }
            }
            if let Some(held) = entry
                .contact
                .map(|contact| contact.held)
                .filter(|held| *held > 0)
            {
                ui.label(RichText::new(lang.held_count(held)).color(palette.waiting));
            }
            let Some(contact) = entry.contact else {
                if entry.peer_id.key().is_none() {
                    ui.weak(format!("· {}", lang.plain_text()));
                }
                return;
            };
            if let Some(own) = cx.chat.contacts().own_name(&contact.key) {
                let own = lang.own_name_is(&own);
                ui.add(typeset::Label::new(RichText::new(own).weak()));
            }
            if cx.chat.contacts().hides_name(&contact.key) {
                ui.weak(format!("· {}", lang.name_hidden()));
            }
            ui.weak(format!("· {}", lang.trust(contact.trust)));
            if contact.blocked {
                ui.label(RichText::new(format!("· {}", lang.blocked())).color(palette.bad));
            }
        });
    }

    /// Returns false if what was clicked closes the list.
    fn show_buttons(
        &self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        editing: &mut Editing,
        focus: &mut FocusOnce<Target>,
    ) -> bool {
        let mut stays = true;
        ui.horizontal_wrapped(|ui| {
            let open = self.button(cx, ui, cx.lang.open(), cx.lang.open());
            focus.apply(&Target::First, &open);
            if open.clicked() {
                cx.push(Action::Open(self.entry.peer_id.clone()));
                stays = false;
            }
            if let Some(contact) = self.entry.contact {
                stays &= self.show_connect(cx, ui, contact);
                self.show_changes(cx, ui, contact, editing, focus);
            }
        });
        stays
    }

    /// Returns false if it was clicked.
    fn show_connect(&self, cx: &mut Ctx<'_>, ui: &mut Ui, contact: &Contact) -> bool {
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
        let clicked = self.named(cx, connect, lang.connect()).clicked();
        let Some(call) = call.filter(|_| clicked) else {
            return true;
        };
        cx.push(Action::Connect(call));
        false
    }

    fn show_changes(
        &self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        contact: &Contact,
        editing: &mut Editing,
        focus: &mut FocusOnce<Target>,
    ) {
        let (lang, key) = (cx.lang, contact.key);
        let rename = self.button(cx, ui, lang.rename(), lang.rename());
        focus.apply(&Target::Rename(key), &rename);
        if rename.clicked() {
            let text = contact.my_name.clone().unwrap_or_default();
            *editing = Editing::Renaming(key, NameField::new(text));
        }
        let verify = self.button(cx, ui, lang.verify_further(), lang.verify());
        if verify.clicked() {
            cx.push(Action::Verify(key, OpenedFrom::People));
        }
        let words = if contact.blocked {
            lang.unblock()
        } else {
            lang.block()
        };
        if self.button(cx, ui, words, words).clicked() {
            let change = ContactChange::SetBlocked(!contact.blocked);
            cx.push(Action::ChangeContact(key, change));
        }
        let forget = self.button(cx, ui, lang.forget(), lang.forget());
        focus.apply(&Target::Forget(key), &forget);
        if forget.clicked() {
            *editing = Editing::Forgetting(key);
            focus.set(Target::Keep);
        }
    }

    /// The field or the question below the buttons.
    fn show_editing(
        &self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        contact: &Contact,
        editing: &mut Editing,
        focus: &mut FocusOnce<Target>,
    ) {
        let (lang, key) = (cx.lang, contact.key);
        match editing {
            Editing::Renaming(of, field) if *of == key => {
                let edited = field.show(cx, ui, &lang.name_for(&self.name));
                ui.label(RichText::new(lang.rename_hint()).small().weak());
                let Some(edited) = edited else { return };
                if let Edited::Saved(text) = edited {
                    let change = ContactChange::Rename(tidy_name(&text));
                    cx.push(Action::ChangeContact(key, change));
                }
                *editing = Editing::None;
                focus.set(Target::Rename(key));
            }
            Editing::Forgetting(of) if *of == key => {
                let (bad, contacts) = (theme::palette(ui).bad, cx.chat.contacts());
                let question = lang.forget_question(contacts, &key);
                ui.add(Label::new(RichText::new(question).color(bad)).wrap());
                ui.horizontal_wrapped(|ui| {
                    let yes = lang.forget_them(contacts, &key);
                    if kept_in_view(ui.button(yes)).clicked() {
                        cx.push(Action::ChangeContact(key, ContactChange::Forget));
                        *editing = Editing::None;
                        focus.set(Target::Close);
                    }
                    let keep = kept_in_view(ui.button(lang.keep()));
                    focus.apply(&Target::Keep, &keep);
                    if keep.clicked() {
                        *editing = Editing::None;
                        focus.set(Target::Forget(key));
                    }
                });
            }
            Editing::None | Editing::Renaming(..) | Editing::Forgetting(_) => {}
        }
    }

    /// A button with these words on it; `what` and whom it is about for a screen reader.
    fn button(&self, cx: &Ctx<'_>, ui: &mut Ui, words: &str, what: &str) -> Response {
        let button = ui.button(words);
        self.named(cx, button, what)
    }

    /// Names one of the buttons that each row has, so that they differ.
    fn named(&self, cx: &Ctx<'_>, button: Response, what: &str) -> Response {
        kept_in_view(button).accessible_name(cx.lang.done_to(what, &self.name))
    }
}

/// The time and the beginning of the newest message.
fn show_newest(cx: &Ctx<'_>, ui: &mut Ui, summary: &Summary) {
    let newest = match &summary.newest {
        Some(text) => one_line(text),
        None => cx.lang.nothing_said().to_owned(),
    };
    let line = format!("{} · {newest}", cx.moment(summary.active_at));
    ui.add(typeset::Label::new(RichText::new(line).weak()).truncate());
}

fn show_key(ui: &mut Ui, contact: &Contact) {
    let fingerprint = RichText::new(contact.key.fingerprint())
        .monospace()
        .size(theme::KEY_SIZE);
    ui.add(Label::new(fingerprint).wrap());
    if !contact.addresses.is_empty() {
        let addresses = RichText::new(contact.addresses.join(", ")).small().weak();
        ui.add(Label::new(addresses).wrap());
    }
}

/// Words on the accent colour.
fn pill(ui: &mut Ui, words: &str) {
    let palette = theme::palette(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font, palette.on_accent);
    // Not in a frame, which would be as high as the buttons are.
    let (rect, response) =
        ui.allocate_exact_size(galley.size() + 2.0 * PILL_PADDING, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    ui.painter()
        .rect_filled(rect, rect.height() / 2.0, palette.accent);
    ui.painter()
        .galley(rect.min + PILL_PADDING, galley, palette.on_accent);
}
