//! Host and port, whether to encrypt, and the buttons that listen and connect.

use eframe::egui::{
    self, Button, ComboBox, Context, Id, Popup, TextEdit, TextWrapMode, Ui,
    text_edit::TextEditState,
};

use crate::{
    chat::{Chat, Door, Link},
    endpoint::{Endpoint, EndpointError},
    gui::{Action, locale::Lang, theme},
    identity::invite::{Invite, InviteError, looks_like_invite},
    net::{Call, Command, How},
    settings::Settings,
};

/// Name the fields.
const HOST: &str = "host field";
const PORT: &str = "port field";

/// What stands in the fields. Not to be printed: it may be an invite, whose token is a secret.
#[derive(Default)]
pub(super) struct AddressBar {
    host: String,
    port: String,
    /// What the person has chosen since an address was put here as a whole; else what is kept for it.
    choice: Option<Encryption>,
    /// What is wrong with the fields, until one is edited.
    error: Option<FieldError>,
}

/// How to talk with whom is called.
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
    /// With these in the fields.
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

    /// What stands in the fields, if it may be kept: an address, and nothing of an invite.
    pub fn to_keep(&self) -> Option<(&str, &str)> {
        let is_address = Endpoint::from_fields(&self.host, &self.port).is_ok();
        // Half an invite is no address either, but the half with the token could pass for a name.
        let is_secret = looks_like_invite(&self.host) || self.host.contains("token=");
        (is_address && !is_secret).then_some((&*self.host, &*self.port))
    }

    /// An invite stood here: no key brings it back.
    pub fn forget_typed(ctx: &Context) {
        if let Some(mut state) = TextEditState::load(ctx, Id::unique(HOST)) {
            state.clear_undoer();
            state.store(ctx, Id::unique(HOST));
        }
    }

    /// Shows the bar.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        settings: &Settings,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) {
        ui.horizontal_wrapped(|ui| {
            let connected = chat.peer().is_some();
            let dialling = matches!(chat.link(), Link::Dialling { .. } | Link::Redialling { .. });
            let enter = self.fields(ui, &settings.recent, lang);
            self.show_choice(ui, settings, connected, lang);
            // Neither of the two stands alone in a line.
            if ui.available_size_before_wrap().x < theme::BUTTONS_WIDTH {
                ui.end_row();
            }
            match chat.door() {
                Door::Closed => {
                    if ui.button(lang.listen()).clicked() {
                        self.listen(actions);
                    }
                }
                Door::Opening | Door::Open(_) => {
                    if ui.button(lang.stop()).clicked() {
                        actions.push(Action::Ask(Command::StopListening));
                    }
                }
            }
            if dialling {
                if ui.button(lang.cancel()).clicked() {
                    actions.push(Action::Ask(Command::Cancel));
                }
            } else {
                let connect = ui
                    .add_enabled(!connected, Button::new(lang.connect()))
                    .on_disabled_hover_text(lang.disconnect_first());
                if (connect.clicked() || enter) && !connected {
                    self.connect(settings, actions);
                }
            }
        });
        let bad = theme::palette(ui).bad;
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

    /// The two fields; true if Enter was pressed in one of them.
    fn fields(&mut self, ui: &mut Ui, recent: &[String], lang: Lang) -> bool {
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
        }
        (host.lost_focus() || port.lost_focus())
            && ui.input(|input| input.key_pressed(egui::Key::Enter))
    }

    fn show_choice(&mut self, ui: &mut Ui, settings: &Settings, connected: bool, lang: Lang) {
        // An invite is to a key; and what is going on is no longer to be chosen.
        let is_open = !looks_like_invite(&self.host) && !connected;
        let chosen = self.encryption(settings);
        // What is more than one widget is not wrapped by itself.
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

    fn encryption(&self, settings: &Settings) -> Encryption {
        if looks_like_invite(&self.host) {
            return Encryption::Encrypted;
        }
        self.choice.unwrap_or_else(|| {
            let endpoint = Endpoint::from_fields(&self.host, &self.port);
            if endpoint.is_ok_and(|endpoint| settings.is_plain(&endpoint)) {
                Encryption::Plain
            } else {
                Encryption::Encrypted
            }
        })
    }

    fn listen(&mut self, actions: &mut Vec<Action>) {
        match Endpoint::from_fields(&self.host, &self.port) {
            Ok(endpoint) => {
                // "host:port" pasted into the host field goes where it belongs.
                self.host.clone_from(&endpoint.host);
                self.port = endpoint.port.to_string();
                self.error = None;
                actions.push(Action::Listen(endpoint));
            }
            Err(error) => self.error = Some(FieldError::Endpoint(error)),
        }
    }

    fn connect(&mut self, settings: &Settings, actions: &mut Vec<Action>) {
        match self.call(settings) {
            Ok(call) => actions.push(Action::Connect(call)),
            Err(error) => self.error = Some(error),
        }
    }

    /// What the fields say to call.
    fn call(&self, settings: &Settings) -> Result<Call, FieldError> {
        if looks_like_invite(&self.host) {
            let invite: Invite = self.host.parse().map_err(FieldError::Invite)?;
            return invite_call(invite).ok_or(FieldError::Invite(InviteError::BadHost));
        }
        let to = Endpoint::from_fields(&self.host, &self.port)
            .and_then(Endpoint::connectable)
            .map_err(FieldError::Endpoint)?;
        let how = match self.encryption(settings) {
            Encryption::Encrypted => How::Encrypted,
            Encryption::Plain => How::Plain,
        };
        let also = Vec::new();
        Ok(Call { to, also, how })
    }
}

/// How to call whoever has made this invite.
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
        ui.add(
            TextEdit::singleline(text)
                .id(Id::unique(name))
                .desired_width(width),
        )
    })
    .inner
}

/// A button with a triangle that points down, which not every font has.
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
