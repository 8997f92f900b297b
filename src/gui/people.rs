//! The people behind the keys that were met, and what can be done about each.

use eframe::egui::{Button, Frame, Label, Response, RichText, Role, ScrollArea, Ui, UiBuilder};

use super::{
    Action,
    asks::kept_in_view,
    dialog,
    name_field::{Edited, NameField},
    own_name::OwnName,
    text::Lang,
    theme,
    verify::Verify,
};
use crate::{
    chat::Chat,
    identity::PublicKey,
    net::PeerChange,
    settings::{Settings, tidy_name},
    store::KnownPeer,
};

/// Room for what stands above and below the list, in points.
const BESIDE_LIST: f32 = 110.0;

/// The open list.
#[derive(Debug, Default)]
pub(super) struct People {
    own_name: OwnName,
    open: Open,
    keyboard: Keyboard,
}

/// What is being done with one of them.
#[derive(Debug, Default)]
enum Open {
    #[default]
    Nothing,
    Renaming(PublicKey, NameField),
    /// The person is asked once more.
    Forgetting(PublicKey),
}

/// Where the keyboard goes in the next frame.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Keyboard {
    /// The list has just been opened, or what had the keyboard is gone.
    #[default]
    ToClose,
    ToRename(PublicKey),
    ToForget(PublicKey),
    /// To the safer one of the two answers.
    ToKeep,
    Stay,
}

impl People {
    /// Shows it over the window. False once it is to be closed.
    pub fn show(
        &mut self,
        ui: &Ui,
        chat: &Chat,
        settings: &Settings,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) -> bool {
        let (title, width) = (lang.people(), theme::PEOPLE_WIDTH);
        dialog::frame(ui, "people", title, width, |ui, height| {
            let height = height - BESIDE_LIST;
            let mut stays = true;
            ScrollArea::vertical()
                .id_salt("people")
                .min_scrolled_height(height)
                .max_height(height)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    ui.set_max_width(ui.available_width() - theme::SCROLL_BAR);
                    self.own_name.show(ui, &settings.name, lang, actions);
                    show_own_key(ui, chat, lang, actions);
                    ui.separator();
                    if chat.contacts().iter().next().is_none() {
                        ui.weak(lang.nobody_yet());
                    }
                    for peer in chat.contacts().iter() {
                        stays &= self.show_one(ui, chat, peer, lang, actions);
                    }
                });
            ui.separator();
            let close = ui.button(lang.close());
            self.lead(Keyboard::ToClose, &close);
            stays && !close.clicked()
        })
    }

    fn show_one(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        peer: &KnownPeer,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) -> bool {
        let name = chat.contacts().label(&peer.key);
        let builder = UiBuilder::new()
            .id_salt(("person", peer.key))
            .accessibility_role(Role::Group)
            .accessibility_label(format!("{name}, {}", peer.key.fingerprint()));
        let shown = ui.scope_builder(builder, |ui| {
            let ground = theme::palette(ui).background;
            let frame: Frame = theme::banner(ground);
            let inner = frame.show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
                show_who(ui, chat, peer, &name, lang);
                ui.add_space(2.0);
                let stays = self.show_buttons(ui, chat, peer, &name, lang, actions);
                self.show_opened(ui, chat, peer, &name, lang, actions);
                stays
            });
            inner.inner
        });
        shown.inner
    }

    /// False if what was clicked closes the list.
    fn show_buttons(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        peer: &KnownPeer,
        name: &str,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) -> bool {
        let key = peer.key;
        let mut stays = true;
        ui.horizontal_wrapped(|ui| {
            let call = chat.contacts().call_to(&key);
            let connected = chat.peer().is_some();
            let connect = Button::new(lang.connect());
            let connect = ui.add_enabled(call.is_some() && !connected, connect);
            let why_not = if connected {
                lang.disconnect_first()
            } else {
                lang.no_address_known()
            };
            let connect = connect.on_disabled_hover_text(why_not);
            if named(connect, lang, lang.connect(), name).clicked()
                && let Some(call) = call
            {
                actions.push(Action::Connect(call));
                stays = false;
            }
            let rename = named(ui.button(lang.rename()), lang, lang.rename(), name);
            self.lead(Keyboard::ToRename(key), &rename);
            if rename.clicked() {
                let text = peer.my_name.clone().unwrap_or_default();
                self.open = Open::Renaming(key, NameField::new(text));
            }
            let verify = ui.button(lang.verify_further());
            if named(verify, lang, lang.verify(), name).clicked() {
                actions.push(Action::Verify(Verify::new(key, true)));
            }
            let words = if peer.blocked {
                lang.unblock()
            } else {
                lang.block()
            };
            if named(ui.button(words), lang, words, name).clicked() {
                let change = PeerChange::SetBlocked(!peer.blocked);
                actions.push(Action::ChangePeer(key, change));
            }
            let forget = named(ui.button(lang.forget()), lang, lang.forget(), name);
            self.lead(Keyboard::ToForget(key), &forget);
            if forget.clicked() {
                self.open = Open::Forgetting(key);
                self.keyboard = Keyboard::ToKeep;
            }
        });
        stays
    }

    /// The field or the question below the one that it is about.
    fn show_opened(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        peer: &KnownPeer,
        name: &str,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) {
        let key = peer.key;
        match &mut self.open {
            Open::Renaming(of, field) if *of == key => {
                let edited = field.show(ui, &lang.name_for(name), lang);
                ui.label(RichText::new(lang.rename_hint()).small().weak());
                let Some(edited) = edited else { return };
                if let Edited::Saved(text) = edited {
                    let change = PeerChange::Rename(tidy_name(&text));
                    actions.push(Action::ChangePeer(key, change));
                }
                self.open = Open::Nothing;
                self.keyboard = Keyboard::ToRename(key);
            }
            Open::Forgetting(of) if *of == key => {
                let bad = theme::palette(ui).bad;
                let question = lang.forget_question(chat.contacts(), &key);
                ui.add(Label::new(RichText::new(question).color(bad)).wrap());
                ui.horizontal_wrapped(|ui| {
                    let yes = lang.forget_them(chat.contacts(), &key);
                    if kept_in_view(ui.button(yes)).clicked() {
                        actions.push(Action::ChangePeer(key, PeerChange::Forget));
                        self.open = Open::Nothing;
                        self.keyboard = Keyboard::ToClose;
                    }
                    let keep = kept_in_view(ui.button(lang.keep()));
                    self.lead(Keyboard::ToKeep, &keep);
                    if keep.clicked() {
                        self.open = Open::Nothing;
                        self.keyboard = Keyboard::ToForget(key);
                    }
                });
            }
            Open::Nothing | Open::Renaming(..) | Open::Forgetting(_) => {}
        }
    }

    /// Gives this the keyboard if it is to go there.
    fn lead(&mut self, to: Keyboard, response: &Response) {
        if self.keyboard == to {
            response.request_focus();
            self.keyboard = Keyboard::Stay;
        }
    }
}

fn show_own_key(ui: &mut Ui, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.weak(format!("{}:", lang.your_key()));
        let Some(key) = chat.own_key() else {
            ui.weak(lang.no_key());
            return;
        };
        let fingerprint = key.fingerprint();
        ui.label(
            RichText::new(&fingerprint)
                .monospace()
                .size(theme::KEY_SIZE),
        );
        let copy = kept_in_view(ui.button(lang.copy())).accessible_name(lang.copy_your_key());
        if copy.clicked() {
            actions.push(Action::Copy(fingerprint));
        }
    });
}

fn show_who(ui: &mut Ui, chat: &Chat, peer: &KnownPeer, name: &str, lang: Lang) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(name).strong());
        if let Some(own) = chat.contacts().own_name(&peer.key) {
            ui.weak(lang.own_name_is(&own));
        }
        ui.label(RichText::new(format!("· {}", lang.trust(peer.trust))).color(palette.weak));
        if peer.blocked {
            ui.label(RichText::new(format!("· {}", lang.blocked())).color(palette.bad));
        }
    });
    let fingerprint = RichText::new(peer.key.fingerprint())
        .monospace()
        .size(theme::KEY_SIZE);
    ui.add(Label::new(fingerprint).wrap());
    if !peer.addresses.is_empty() {
        let addresses = RichText::new(peer.addresses.join(", ")).small().weak();
        ui.add(Label::new(addresses).wrap());
    }
}

/// A button that stands there once for each person.
fn named(button: Response, lang: Lang, what: &str, whom: &str) -> Response {
    kept_in_view(button).accessible_name(lang.done_to(what, whom))
}
