//! The address bar: host and port, encryption, Listen and Connect.

use eframe::egui::{
    self, Button, ComboBox, Context, Id, Popup, RichText, TextWrapMode, Ui,
    text_edit::TextEditState,
};

use crate::{
    chat::{Door, Link, contacts::Contacts},
    endpoint::{Endpoint, EndpointError},
    gui::{action::Action, ctx::Ctx, theme, typeset},
    identity::{
        PublicKey,
        invite::{Invite, InviteError, looks_like_invite},
    },
    lang::Lang,
    net::{Call, Command, How},
};

/// Ids of the fields.
const HOST: &str = "host field";
const PORT: &str = "port field";

/// The text in the fields. Without `Debug`: it may be an invite, whose token is a secret.
#[derive(Default)]
pub(super) struct AddressBar {
    host: String,
    port: String,
    /// What the person has chosen since the address was put here; `None` for what is saved for that address.
    choice: Option<Encryption>,
    /// What is wrong with the fields, until one of them is edited.
    error: Option<FieldError>,
}

/// How to talk to the peer that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Encrypted,
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldError {
    Endpoint(EndpointError),
    Invite(InviteError),
}

impl AddressBar {
    /// With this text in the fields.
    pub fn new(host: String, port: String) -> Self {
        Self {
            host,
            port,
            ..Self::default()
        }
    }

    /// Puts an endpoint into the fields.
    pub fn set(&mut self, endpoint: &Endpoint) {
        *self = Self::new(endpoint.host.clone(), endpoint.port.to_string());
    }

    /// The host and port that may be saved: a valid address, and no part of an invite.
    pub fn to_save(&self) -> Option<(&str, &str)> {
        let is_address = Endpoint::from_fields(&self.host, &self.port).is_ok();
        // The half of an invite that has the token could pass for a host name.
        let is_secret = looks_like_invite(&self.host) || self.host.contains("token=");
        (is_address && !is_secret).then_some((&*self.host, &*self.port))
    }

    /// Clears the undo history of the host field: it has had an invite in it.
    pub fn forget_typed(ctx: &Context) {
        if let Some(mut state) = TextEditState::load(ctx, Id::unique(HOST)) {
            state.clear_undoer();
            state.store(ctx, Id::unique(HOST));
        }
    }

    /// Shows the bar.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        ui.horizontal_wrapped(|ui| {
            let enter = self.show_fields(cx, ui);
            self.show_encryption(cx, ui);
            // The two buttons stay together on one line.
            if ui.available_size_before_wrap().x < theme::BUTTONS_WIDTH {
                ui.end_row();
            }
            self.show_listen(cx, ui);
            self.show_connect(cx, ui, enter);
        });
        let bad = theme::palette(ui).bad;
        if let Some(key) = self.pinned(cx.chat.contacts())
            && self.encryption(cx) == Encryption::Plain
            && cx.chat.peer().is_none()
        {
            let warning = lang.plain_to_contact(cx.chat.contacts(), &key);
            ui.add(typeset::Label::new(RichText::new(warning).color(bad)));
        }
        match self.error {
            Some(FieldError::Endpoint(error)) => {
                ui.colored_label(bad, lang.field_error(error));
            }
            Some(FieldError::Invite(error)) => {
                ui.colored_label(bad, lang.invite_error(error));
            }
            None if looks_like_invite(&self.host) => {
                ui.weak(lang.invite_hint());
            }
            None => {}
        }
    }

    /// Returns true if Enter was pressed in one of the fields.
    fn show_fields(&mut self, cx: &Ctx<'_>, ui: &mut Ui) -> bool {
        let (lang, recent) = (cx.lang, &cx.settings.recent);
        let (host_wrong, port_wrong) = match self.error {
            Some(FieldError::Endpoint(error)) => (!error.is_about_port(), error.is_about_port()),
            Some(FieldError::Invite(_)) => (true, false),
            None => (false, false),
        };
        let (least, most) = theme::HOST_WIDTH;
        let beside = if ui.available_width() < theme::WHOLE_BAR + least {
            theme::BESIDE_HOST
        } else {
            theme::WHOLE_BAR
        };
        let width = (ui.available_width() - beside).clamp(least, most);
        let label = ui.label(lang.host()).id;
        let host = field(ui, HOST, &mut self.host, width, host_wrong).labelled_by(label);
        let recent_button = arrow_button(ui)
            .on_hover_text(lang.recent())
            .accessible_name(lang.recent());
        Popup::menu(&recent_button).show(|ui| {
            if recent.is_empty() {
                ui.weak(lang.no_recent());
            }
            for text in recent {
                if ui.button(text).clicked()
                    && let Ok(endpoint) = text.parse()
                {
                    self.set(&endpoint);
                }
            }
        });
        let label = ui.label(lang.port()).id;
        let port = field(ui, PORT, &mut self.port, 66.0, port_wrong).labelled_by(label);
        if host.changed() || port.changed() {
            self.error = None;
            // What was chosen for another address does not count for that of a contact.
            if self.pinned(cx.chat.contacts()).is_some() {
                self.choice = None;
            }
        }
        (host.lost_focus() || port.lost_focus())
            && ui.input(|input| input.key_pressed(egui::Key::Enter))
    }

    fn show_encryption(&mut self, cx: &Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        // Invites are always encrypted, and it can't be changed while connected.
        let is_open = !looks_like_invite(&self.host) && cx.chat.peer().is_none();
        let chosen = self.encryption(cx);
        // Several widgets in one are not wrapped by egui.
        if ui.available_size_before_wrap().x < theme::CHOICE_WIDTH {
            ui.end_row();
        }
        let choice = ui.add_enabled_ui(is_open, |ui| {
            ComboBox::from_id_salt("encryption")
                .width(theme::CHOICE_WIDTH)
                .wrap_mode(TextWrapMode::Extend)
                .selected_text(encryption_words(lang, chosen))
                .show_ui(ui, |ui| {
                    for option in [Encryption::Encrypted, Encryption::Plain] {
                        let words = encryption_words(lang, option);
                        if ui.selectable_label(option == chosen, words).clicked() {
                            self.choice = Some(option);
                        }
                    }
                })
                .response
                .accessible_name(lang.encryption())
        });
        if chosen == Encryption::Plain {
            choice.inner.on_hover_text(lang.plain_text_hint());
        }
    }

    fn show_listen(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        match cx.chat.door() {
            Door::Closed => {
                if ui.button(cx.lang.listen()).clicked() {
                    self.listen(cx);
                }
            }
            Door::Opening | Door::Open(_) => {
                if ui.button(cx.lang.stop()).clicked() {
                    cx.push(Action::Command(Command::StopListening));
                }
            }
        }
    }

    fn show_connect(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, enter: bool) {
        let (chat, lang) = (cx.chat, cx.lang);
        if matches!(chat.link(), Link::Dialling { .. } | Link::Redialling { .. }) {
            if ui.button(lang.cancel()).clicked() {
                cx.push(Action::Command(Command::Cancel));
            }
            return;
        }
        let connected = chat.peer().is_some();
        let connect = ui
            .add_enabled(!connected, Button::new(lang.connect()))
            .on_disabled_hover_text(lang.disconnect_first());
        if (connect.clicked() || enter) && !connected {
            self.connect(cx);
        }
    }

    /// The contact whom the address in the fields belongs to.
    fn pinned(&self, contacts: &Contacts) -> Option<PublicKey> {
        let endpoint = Endpoint::from_fields(&self.host, &self.port).ok()?;
        contacts.pinned_at(&endpoint)
    }

    fn encryption(&self, cx: &Ctx<'_>) -> Encryption {
        if looks_like_invite(&self.host) {
            return Encryption::Encrypted;
        }
        self.choice.unwrap_or_else(|| {
            let endpoint = Endpoint::from_fields(&self.host, &self.port);
            let contacts = cx.chat.contacts();
            let is_plain = |endpoint: Endpoint| {
                cx.settings.is_plain(&endpoint) && contacts.pinned_at(&endpoint).is_none()
            };
            if endpoint.is_ok_and(is_plain) {
                Encryption::Plain
            } else {
                Encryption::Encrypted
            }
        })
    }

    fn listen(&mut self, cx: &mut Ctx<'_>) {
        match Endpoint::from_fields(&self.host, &self.port) {
            Ok(endpoint) => {
                // A pasted "host:port" is split into the two fields.
                self.host.clone_from(&endpoint.host);
                self.port = endpoint.port.to_string();
                self.error = None;
                cx.push(Action::Listen(endpoint));
            }
            Err(error) => self.error = Some(FieldError::Endpoint(error)),
        }
    }

    fn connect(&mut self, cx: &mut Ctx<'_>) {
        match self.call(cx) {
            Ok(call) => cx.push(Action::Connect(call)),
            Err(error) => self.error = Some(error),
        }
    }

    /// The call that the fields describe.
    fn call(&self, cx: &Ctx<'_>) -> Result<Call, FieldError> {
        if looks_like_invite(&self.host) {
            let invite: Invite = self.host.parse().map_err(FieldError::Invite)?;
            return invite_call(invite).ok_or(FieldError::Invite(InviteError::BadHost));
        }
        let to = Endpoint::from_fields(&self.host, &self.port)
            .and_then(Endpoint::connectable)
            .map_err(FieldError::Endpoint)?;
        let how = match self.encryption(cx) {
            Encryption::Encrypted => How::Encrypted,
            Encryption::Plain => How::Plain,
        };
        let also = Vec::new();
        Ok(Call { to, also, how })
    }
}

/// The call that uses this invite. `None` if it has no address.
pub(super) fn invite_call(invite: Invite) -> Option<Call> {
    let Invite { hosts, key, token } = invite;
    let mut hosts = hosts.into_iter();
    Some(Call {
        to: hosts.next()?,
        also: hosts.collect(),
        how: How::Invited(key, token),
    })
}

fn encryption_words(lang: Lang, encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Encrypted => lang.encrypted(),
        Encryption::Plain => lang.in_plain_text(),
    }
}

fn field(ui: &mut Ui, name: &str, text: &mut String, width: f32, wrong: bool) -> egui::Response {
    ui.scope(|ui| {
        if wrong {
            let bad = egui::Stroke::new(1.5, theme::palette(ui).bad);
            let widgets = &mut ui.visuals_mut().widgets;
            widgets.inactive.bg_stroke = bad;
            widgets.hovered.bg_stroke = bad;
            ui.visuals_mut().selection.stroke = bad;
        }
        typeset::singleline(ui, text, |field| {
            field.id(Id::unique(name)).desired_width(width)
        })
    })
    .inner
}

/// A button with a triangle that points down. Painted, since not every font has one.
fn arrow_button(ui: &mut Ui) -> egui::Response {
    let button = ui.add(Button::new("").min_size(egui::vec2(24.0, ui.spacing().interact_size.y)));
    let center = button.rect.center();
    let corners = [(-4.0, -2.0), (4.0, -2.0), (0.0, 3.0)].map(|(x, y)| center + egui::vec2(x, y));
    let colour = ui.visuals().text_color();
    ui.painter().add(egui::Shape::convex_polygon(
        corners.into(),
        colour,
        egui::Stroke::NONE,
    ));
    button
}
