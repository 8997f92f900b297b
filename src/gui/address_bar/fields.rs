//! The host and the port. In the host field are the choice of encryption and the recent peers, too.

use eframe::egui::{
    self, Button, Frame, Id, Margin, Popup, Rect, Response, RichText, Role, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, Vec2, vec2,
};

use super::{AddressBar, Encryption, FieldError, HOST, PORT};
use crate::{
    endpoint::Endpoint,
    gui::{ctx::Ctx, focus::select_all, icon::Icon, theme, typeset},
    identity::invite::looks_like_invite,
    lang::Lang,
};

/// From this width of the host field on, the recent hosts open from it, in points. In a narrower one they would leave no
/// room for an address; the start screen has some of them, too.
const WITH_RECENT: f32 = 120.0;

impl AddressBar {
    /// Shows them on this width. Returns true if Enter was pressed in one of them.
    pub(super) fn show_fields(&mut self, cx: &Ctx<'_>, ui: &mut Ui, width: f32) -> bool {
        let (host_wrong, port_wrong) = match self.error {
            Some(FieldError::Endpoint(error)) => (!error.is_about_port(), error.is_about_port()),
            Some(FieldError::Invite(_)) => (true, false),
            None => (false, false),
        };
        let gap = ui.spacing().item_spacing.x;
        let host_width = (width - theme::PORT_WIDTH - gap).max(theme::PORT_WIDTH);
        let host = self.show_host(cx, ui, host_width, host_wrong);
        let (place, _) =
            ui.allocate_exact_size(vec2(theme::PORT_WIDTH, theme::CONTROL), Sense::hover());
        show_border(ui, place, port_wrong);
        let padding = f32::from(theme::FIELD_PADDING);
        let port = field(ui, place, PORT, &mut self.port, [padding; 2])
            .on_hover_text(cx.lang.port())
            .accessible_name(cx.lang.port());
        if host.changed() || port.changed() {
            self.error = None;
            // What was chosen for another address does not count for that of a contact.
            if self.pinned(cx.chat.contacts()).is_some() {
                self.choice = None;
            }
        }
        let is_pasted = ui.input(|input| {
            let is_paste = |event: &egui::Event| matches!(event, egui::Event::Paste(_));
            input.events.iter().any(is_paste)
        });
        // Not while it is typed: the first digit of a port is a port already.
        if (host.changed() && is_pasted) || host.lost_focus() {
            self.take_port();
        }
        if host.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            self.fold();
        }
        self.show_hint(cx, &host);
        (host.lost_focus() || port.lost_focus())
            && ui.input(|input| input.key_pressed(egui::Key::Enter))
    }

    fn show_host(&mut self, cx: &Ctx<'_>, ui: &mut Ui, width: f32, is_wrong: bool) -> Response {
        let (place, _) = ui.allocate_exact_size(vec2(width, theme::CONTROL), Sense::hover());
        show_border(ui, place, is_wrong);
        let inset = Vec2::splat(theme::FIELD_INSET);
        let small = Vec2::splat(theme::CONTROL) - 2.0 * inset;
        let left = Rect::from_min_size(place.min + inset, small);
        let right = Rect::from_min_size(
            egui::pos2(place.right() - inset.x - small.x, place.top() + inset.y),
            small,
        );
        let has_recent = width >= WITH_RECENT;
        let room = if has_recent {
            [theme::CONTROL - inset.x; 2]
        } else {
            [theme::CONTROL - inset.x, inset.x]
        };
        let host = field(ui, place, HOST, &mut self.host, room)
            .on_hover_text(cx.lang.host())
            .accessible_name(cx.lang.host());
        if self.focus.target().is_some() {
            // An address or an invite that is pasted replaces what is there.
            select_all(ui.ctx(), host.id);
        }
        self.focus.apply(&(), &host);
        self.show_encryption(cx, ui, left);
        if has_recent {
            self.show_recent(cx, ui, right);
        }
        host
    }

    fn show_encryption(&mut self, cx: &Ctx<'_>, ui: &mut Ui, place: Rect) {
        let (lang, palette) = (cx.lang, theme::palette(ui));
        let chosen = self.encryption(cx);
        let (icon, colour) = match chosen {
            Encryption::Encrypted => (Icon::Lock, palette.text),
            Encryption::Plain => (Icon::OpenLock, palette.waiting),
        };
        // Invites are always encrypted.
        let is_open = !looks_like_invite(&self.host);
        let mut inside = ui.new_child(UiBuilder::new().max_rect(place));
        if !is_open {
            inside.disable();
        }
        let icon = icon.text(theme::SMALL_ICON).color(colour);
        let button = small_button(&mut inside, place, icon);
        let words = encryption_words(lang, chosen);
        let hint = match chosen {
            Encryption::Encrypted => format!("{}: {words}", lang.encryption()),
            Encryption::Plain => {
                format!("{}: {words}\n{}", lang.encryption(), lang.plain_text_hint())
            }
        };
        let button = button
            .on_hover_text(hint)
            .accessible_name(lang.encryption());
        ui.ctx().accesskit_node_builder(button.id, |node| {
            node.set_role(Role::ComboBox);
            node.set_value(words);
        });
        Popup::menu(&button).show(|ui| {
            for option in [Encryption::Encrypted, Encryption::Plain] {
                let words = encryption_words(lang, option);
                if ui.selectable_label(option == chosen, words).clicked() {
                    self.choice = Some(option);
                }
            }
        });
    }

    fn show_recent(&mut self, cx: &Ctx<'_>, ui: &mut Ui, place: Rect) {
        let (lang, recent) = (cx.lang, &cx.settings.recent);
        let button = small_button(ui, place, Icon::ChevronDown.text(theme::SMALL_ICON))
            .on_hover_text(lang.recent())
            .accessible_name(lang.recent());
        Popup::menu(&button).show(|ui| {
            if recent.is_empty() {
                ui.weak(lang.no_recent());
            }
            let contacts = cx.chat.contacts();
            for text in recent {
                let Ok(endpoint) = text.parse::<Endpoint>() else {
                    continue;
                };
                let named = match contacts.pinned_at(&endpoint) {
                    Some(key) => format!("{} · {text}", lang.label(contacts, &key)),
                    None => text.clone(),
                };
                if ui.button(named).clicked() {
                    self.set(&endpoint);
                }
            }
        });
    }

    /// What there is to say about the address, below the field and over what is there.
    fn show_hint(&self, cx: &Ctx<'_>, host: &Response) {
        let (lang, contacts) = (cx.lang, cx.chat.contacts());
        let is_idle = cx.chat.peer().is_none();
        let (text, is_bad) = match self.error {
            Some(error) => (error.words(lang).to_owned(), true),
            None if looks_like_invite(&self.host) && is_idle => {
                (lang.invite_hint().to_owned(), false)
            }
            None => {
                let pinned = self.pinned(contacts).filter(|_| is_idle);
                let is_plain = self.encryption(cx) == Encryption::Plain;
                match pinned.filter(|_| is_plain) {
                    Some(key) => (lang.plain_to_contact(contacts, &key), true),
                    None => return,
                }
            }
        };
        // Not from the response: the hint would be a part of the field's text for a screen reader.
        let id = Id::unique("address hint");
        Popup::new(id, host.ctx.clone(), host.rect, host.layer_id)
            .kind(egui::PopupKind::Tooltip)
            .gap(theme::FIELD_INSET + theme::FOCUS_GAP)
            .interactable(false)
            .show(|ui| {
                theme::set_popup_width(ui);
                let mut text = RichText::new(text);
                if is_bad {
                    text = text.color(theme::palette(ui).bad);
                }
                ui.add(typeset::Label::new(text).wrap());
            });
    }
}

fn encryption_words(lang: Lang, encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Encrypted => lang.encrypted(),
        Encryption::Plain => lang.in_plain_text(),
    }
}

fn small_button(ui: &mut Ui, place: Rect, icon: RichText) -> Response {
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(place));
    ui.spacing_mut().button_padding = Vec2::ZERO;
    ui.spacing_mut().interact_size = Vec2::ZERO;
    let button = Button::new(icon).frame_when_inactive(false);
    ui.add(button.min_size(place.size()))
}

fn show_border(ui: &Ui, place: Rect, is_wrong: bool) {
    let palette = theme::palette(ui);
    let border = if is_wrong {
        Stroke::new(1.5, palette.bad)
    } else {
        Stroke::new(1.0, palette.border)
    };
    let painter = ui.painter();
    painter.rect(
        place,
        theme::CORNER,
        palette.bar,
        border,
        StrokeKind::Inside,
    );
}

/// A field of one line without a border of its own, with this much space left and right of its text.
fn field(
    ui: &mut Ui,
    place: Rect,
    name: &str,
    text: &mut String,
    [left, right]: [f32; 2],
) -> Response {
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(place));
    let margin = Margin {
        left: left as i8,
        right: right as i8,
        top: 0,
        bottom: 0,
    };
    typeset::singleline(ui, text, |field| {
        field
            .id(Id::unique(name))
            .frame(Frame::new().inner_margin(margin))
            .min_size(place.size())
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(place.width() - left - right)
    })
}
