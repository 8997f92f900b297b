//! The people behind the keys that were met and all conversations, and what can be done about each.

mod entries;
mod in_view;

use eframe::egui::{
    Align2, Button, CornerRadius, FontId, Frame, Label, Rect, Response, RichText, Role, Sense,
    TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, vec2,
};

use self::{
    entries::{Entry, entries},
    in_view::InView,
};
use crate::{
    chat::{Chat, snippet::one_line},
    gui::{
        Action,
        asks::kept_in_view,
        dialog,
        locale::Lang,
        name_field::{Edited, NameField},
        own_name::OwnName,
        shortcuts, theme,
        verify::Verify,
    },
    history::Summary,
    identity::{Contact, Party, PublicKey, tidy_name},
    net::PeerChange,
};

/// Room for what stands above and below the list, in points.
const BESIDE_LIST: f32 = 110.0;
/// Round the number of unread messages, in points.
const PILL_PADDING: Vec2 = Vec2::new(7.0, 2.0);

/// The open list.
#[derive(Debug, Default)]
pub(super) struct People {
    own_name: OwnName,
    open: Open,
    keyboard: Keyboard,
    in_view: InView<Party>,
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
    /// The list has just been opened.
    #[default]
    ToFirst,
    /// What had the keyboard is gone.
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
        context: &dialog::Context<'_>,
        actions: &mut Vec<Action>,
    ) -> bool {
        let lang = context.lang;
        let (title, width) = (lang.people(), theme::PEOPLE_WIDTH);
        dialog::frame(ui, "people", title, width, |ui, height| {
            let mut stays = true;
            let entries = entries(context.chat.contacts(), context.conversations);
            dialog::scroll_area("people", height - BESIDE_LIST).show(ui, |ui| {
                ui.set_max_width(ui.available_width() - theme::SCROLL_BAR);
                let name = &context.settings.name;
                self.own_name.show(ui, name, lang, actions);
                show_own_key(ui, context.chat, lang, actions);
                ui.separator();
                if entries.is_empty() {
                    ui.weak(lang.nobody_yet());
                }
                for entry in &entries {
                    stays &= self.show_one(ui, context, entry, actions);
                }
            });
            ui.separator();
            let close = ui.button(lang.close());
            self.lead(Keyboard::ToFirst, &close);
            self.lead(Keyboard::ToClose, &close);
            stays && !close.clicked()
        })
    }

    /// False if what was clicked closes the list.
    fn show_one(
        &mut self,
        ui: &mut Ui,
        context: &dialog::Context<'_>,
        entry: &Entry<'_>,
        actions: &mut Vec<Action>,
    ) -> bool {
        let (chat, lang) = (context.chat, context.lang);
        let name = lang.party(chat.contacts(), &entry.party);
        let label = match entry.party.key() {
            Some(key) => format!("{name}, {}", key.fingerprint()),
            None => format!("{name}, {}", lang.plain_text()),
        };
        let is_needed = self.is_about(&entry.party);
        let mut in_view = std::mem::take(&mut self.in_view);
        let stays = in_view.show(ui, &entry.party, is_needed, |ui| {
            let builder = UiBuilder::new()
                .id_salt(("person", &entry.party))
                .accessibility_role(Role::Group)
                .accessibility_label(label);
            let shown = ui.scope_builder(builder, |ui| {
                let frame: Frame = theme::banner(theme::palette(ui).background);
                let inner = frame.show(ui, |ui| {
                    ui.set_min_width(ui.available_width());
                    ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
                    show_who(ui, context, entry, &name);
                    if let Some(summary) = entry.summary {
                        show_newest(ui, context, summary);
                    }
                    if let Some(peer) = entry.peer {
                        show_key(ui, peer);
                    }
                    ui.add_space(2.0);
                    let stays = self.show_buttons(ui, context, entry, &name, actions);
                    if let Some(peer) = entry.peer {
                        self.show_opened(ui, chat, peer, &name, lang, actions);
                    }
                    stays
                });
                inner.inner
            });
            shown.inner
        });
        self.in_view = in_view;
        stays.unwrap_or(true)
    }

    /// Whether something is being done with this one just now.
    fn is_about(&self, party: &Party) -> bool {
        let opened = match self.open {
            Open::Nothing => None,
            Open::Renaming(key, _) | Open::Forgetting(key) => Some(key),
        };
        let led = match self.keyboard {
            Keyboard::ToRename(key) | Keyboard::ToForget(key) => Some(key),
            _ => None,
        };
        let key = party.key();
        key.is_some() && (key == opened || key == led)
    }

    /// False if what was clicked closes the list.
    fn show_buttons(
        &mut self,
        ui: &mut Ui,
        context: &dialog::Context<'_>,
        entry: &Entry<'_>,
        name: &str,
        actions: &mut Vec<Action>,
    ) -> bool {
        let lang = context.lang;
        let mut stays = true;
        ui.horizontal_wrapped(|ui| {
            let open = named(ui.button(lang.open()), lang, lang.open(), name);
            self.lead(Keyboard::ToFirst, &open);
            if open.clicked() {
                actions.push(Action::Open(entry.party.clone()));
                stays = false;
            }
            if let Some(peer) = entry.peer {
                stays &= self.show_peer_buttons(ui, context.chat, peer, name, lang, actions);
            }
        });
        stays
    }

    /// What can be done with somebody who has a key. False if what was clicked closes the list.
    fn show_peer_buttons(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        peer: &Contact,
        name: &str,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) -> bool {
        let key = peer.key;
        let mut stays = true;
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
        stays
    }

    /// The field or the question below the one that it is about.
    fn show_opened(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        peer: &Contact,
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

fn show_who(ui: &mut Ui, context: &dialog::Context<'_>, entry: &Entry<'_>, name: &str) {
    let (palette, lang) = (theme::palette(ui), context.lang);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(name).strong());
        if let Some(summary) = entry.summary {
            // What is in view is being read.
            if summary.unread > 0 && context.shown() != Some(&entry.party) {
                pill(ui, &lang.unread_count(summary.unread));
            }
            if summary.waiting > 0 {
                let waiting = lang.waiting_count(summary.waiting);
                ui.label(RichText::new(waiting).color(palette.waiting));
            }
        }
        let Some(peer) = entry.peer else {
            if entry.party.key().is_none() {
                ui.weak(format!("· {}", lang.plain_text()));
            }
            return;
        };
        if let Some(own) = context.chat.contacts().own_name(&peer.key) {
            ui.weak(lang.own_name_is(&own));
        }
        ui.weak(format!("· {}", lang.trust(peer.trust)));
        if peer.blocked {
            ui.label(RichText::new(format!("· {}", lang.blocked())).color(palette.bad));
        }
    });
}

/// A number that is not to be overlooked.
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

/// When something was said last, and what.
fn show_newest(ui: &mut Ui, context: &dialog::Context<'_>, summary: &Summary) {
    let newest = match &summary.newest {
        Some(text) => one_line(text),
        None => context.lang.nothing_said().to_owned(),
    };
    let line = format!("{} · {newest}", context.moment(summary.active_at));
    ui.add(Label::new(RichText::new(line).weak()).truncate());
}

fn show_key(ui: &mut Ui, peer: &Contact) {
    let fingerprint = RichText::new(peer.key.fingerprint())
        .monospace()
        .size(theme::KEY_SIZE);
    ui.add(Label::new(fingerprint).wrap());
    if !peer.addresses.is_empty() {
        let addresses = RichText::new(peer.addresses.join(", ")).small().weak();
        ui.add(Label::new(addresses).wrap());
    }
}

/// The way to the list, with so many `unread` messages on it.
pub(super) fn show_button(ui: &mut Ui, unread: u64, lang: Lang, actions: &mut Vec<Action>) {
    let size = vec2(
        theme::MENU_WIDTH - ui.spacing().item_spacing.x,
        ui.spacing().interact_size.y,
    );
    let button = ui.add(Button::new("").min_size(size));
    let (rect, palette) = (button.rect, theme::palette(ui));
    // Painted, since fonts have it in all shapes.
    let head = rect.center() - vec2(0.0, 4.0);
    ui.painter().circle_filled(head, 3.6, palette.text);
    let shoulders = Rect::from_center_size(rect.center() + vec2(0.0, 4.5), vec2(14.0, 7.0));
    let corners = CornerRadius {
        nw: 6,
        ne: 6,
        sw: 1,
        se: 1,
    };
    ui.painter().rect_filled(shoulders, corners, palette.text);
    let words = if unread > 0 {
        show_badge(ui, rect, unread);
        lang.unread_count(unread)
    } else {
        lang.people().to_owned()
    };
    // A screen reader says it too, behind the name.
    let hover = format!("{words} ({})", ui.ctx().format_shortcut(&shortcuts::PEOPLE));
    let button = button.on_hover_text(hover).accessible_name(lang.people());
    if button.clicked() {
        actions.push(Action::People);
    }
}

/// A small number on the corner of a button.
fn show_badge(ui: &Ui, button: Rect, number: u64) {
    let palette = theme::palette(ui);
    let text = match number {
        0..=99 => number.to_string(),
        _ => "99+".to_owned(),
    };
    let font = FontId::proportional(theme::BADGE_SIZE);
    let galley = ui.painter().layout_no_wrap(text, font, palette.on_accent);
    let size = galley.size() + vec2(6.0, 0.0);
    let size = vec2(size.x.max(size.y), size.y);
    let ground = Align2::RIGHT_TOP.anchor_size(button.right_top() + vec2(2.0, -3.0), size);
    ui.painter().rect_filled(ground, 7.0, palette.accent);
    let at = Align2::CENTER_CENTER.anchor_size(ground.center(), galley.size());
    ui.painter().galley(at.min, galley, palette.on_accent);
}

/// A button that stands there once for each person.
fn named(button: Response, lang: Lang, what: &str, whom: &str) -> Response {
    kept_in_view(button).accessible_name(lang.done_to(what, whom))
}
