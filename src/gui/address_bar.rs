//! The address controls: host and port, encryption, and the two buttons that listen and connect.

mod buttons;
mod fields;
mod slot;

use self::slot::Slot;

pub(super) use self::buttons::is_for_listening;

use eframe::egui::{Context, Id, Memory, Ui, text_edit::TextEditState};

use crate::{
    chat::{Link, contacts::Contacts},
    endpoint::{Endpoint, EndpointError},
    gui::{action::Action, ctx::Ctx, focus::FocusOnce, theme, waiting_card::THIS_COMPUTER},
    identity::{
        PublicKey,
        invite::{Invite, InviteError, looks_like_invite},
    },
    lang::Lang,
    net::{Call, Command, How},
    settings::AddressRow,
};

/// Ids of the fields.
const HOST: &str = "host field";
const PORT: &str = "port field";

/// Below this width of the line there is less space in the buttons, so that an address has room, in points.
const NARROW: f32 = 340.0;

/// The text in the fields. Without `Debug`: it may be an invite, whose token is a secret.
#[derive(Default)]
pub(super) struct AddressBar {
    host: String,
    port: String,
    /// What the person has chosen since the address was put here; `None` for what is saved for that address.
    choice: Option<Encryption>,
    /// What is wrong with the fields, until one of them is edited.
    error: Option<FieldError>,
    /// On the host field, when the person asks for it.
    focus: FocusOnce<()>,
    /// The person has opened the controls where they would be folded away.
    is_opened: bool,
    /// Listen and Connect, with what else they can be.
    slots: [Slot; 2],
}

/// How the controls are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// All on one line.
    Row,
    /// The buttons below the fields.
    Block,
}

/// How to talk to the peer that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Encrypted,
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldError {
    Endpoint(EndpointError),
    Invite(InviteError),
}

impl FieldError {
    /// What is wrong, in a sentence.
    pub fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::Endpoint(error) => lang.field_error(error),
            Self::Invite(error) => lang.invite_error(error),
        }
    }
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

    /// Puts an invite into the fields as if it had been pasted, and the caret after it.
    pub fn put(&mut self, invite: &Invite) {
        *self = Self::new(invite.to_string(), String::new());
        self.take_port();
        self.focus();
    }

    /// The host and port that may be saved: a valid address, and no part of an invite.
    pub fn to_save(&self) -> Option<(&str, &str)> {
        let is_address = Endpoint::from_fields(&self.host, &self.port).is_ok();
        // The half of an invite that has the token could pass for a host name.
        let is_secret = looks_like_invite(&self.host) || self.host.contains("token=");
        (is_address && !is_secret).then_some((&*self.host, &*self.port))
    }

    /// Whether this is the address in the fields.
    pub fn says(&self, endpoint: &Endpoint) -> bool {
        Endpoint::from_fields(&self.host, &self.port).as_ref() == Ok(endpoint)
    }

    /// Whether the keyboard is in one of the fields.
    pub fn is_focused(ctx: &Context) -> bool {
        let focused = ctx.memory(Memory::focused);
        [HOST, PORT]
            .map(|field| Some(Id::unique(field)))
            .contains(&focused)
    }

    /// Clears the undo history of the host field: it has had an invite in it.
    pub fn forget_typed(ctx: &Context) {
        if let Some(mut state) = TextEditState::load(ctx, Id::unique(HOST)) {
            state.clear_undoer();
            state.store(ctx, Id::unique(HOST));
        }
    }

    /// Puts the caret into the host field in the next frame.
    pub fn focus(&mut self) {
        self.focus.set(());
        self.is_opened = true;
    }

    /// Opens the controls where they are folded away, or folds them.
    pub fn toggle(&mut self) {
        if self.is_opened {
            self.fold();
        } else {
            self.focus();
        }
    }

    /// Folds them away where they can be.
    fn fold(&mut self) {
        self.is_opened = false;
    }

    /// They are folded away when one talks the next time.
    pub fn fold_when_free(&mut self, cx: &Ctx<'_>) {
        self.is_opened &= Self::can_fold(cx);
    }

    /// Whether they may be folded away in a narrow window: while one talks they are not needed.
    pub fn can_fold(cx: &Ctx<'_>) -> bool {
        let is_busy = matches!(cx.chat.link(), Link::Connected(_) | Link::Redialling { .. });
        is_busy && cx.settings.address_row == AddressRow::Folds
    }

    /// Whether they are folded away in a narrow window.
    pub fn is_folded(&self, cx: &Ctx<'_>) -> bool {
        Self::can_fold(cx) && !self.is_opened
    }

    /// Shows the controls, as wide as `ui`.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, shape: Shape) {
        // A line is as high as what is on it.
        ui.spacing_mut().interact_size.y = theme::CONTROL;
        let enter = match shape {
            Shape::Row => {
                let row = ui.horizontal(|ui| {
                    if ui.available_width() < NARROW {
                        ui.spacing_mut().button_padding.x = theme::HEADER_GAP;
                    }
                    let slots = buttons::widths(cx.lang, ui);
                    let gap = ui.spacing().item_spacing.x;
                    let beside = slots[0] + slots[1] + 2.0 * gap;
                    let fields = (ui.available_width() - beside).max(0.0);
                    let enter = self.show_fields(cx, ui, fields);
                    self.show_buttons(cx, ui, slots);
                    enter
                });
                row.inner
            }
            Shape::Block => {
                let width = ui.available_width();
                let fields = ui.horizontal(|ui| self.show_fields(cx, ui, width));
                ui.horizontal(|ui| {
                    let slot = (width - ui.spacing().item_spacing.x) / 2.0;
                    self.show_buttons(cx, ui, [slot, slot]);
                });
                fields.inner
            }
        };
        if enter && cx.chat.peer().is_none() {
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

    /// Moves a port that was pasted into the host field to its own; an invite has one, too, and stays whole.
    fn take_port(&mut self) {
        if let Ok(invite) = self.host.parse::<Invite>() {
            if let Some(host) = invite.hosts.first() {
                self.port = host.port.to_string();
            }
            return;
        }
        // Without a port of its own in the host field there would be none.
        if let Ok(endpoint) = Endpoint::from_fields(&self.host, "") {
            self.host = endpoint.host;
            self.port = endpoint.port.to_string();
        }
    }

    /// Listens on what is in the fields.
    pub fn listen(&mut self, cx: &mut Ctx<'_>) {
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

    /// Listens for other computers at this port, and copies an invite.
    pub fn invite(&mut self, cx: &mut Ctx<'_>) {
        if self.listen_wide(cx) {
            cx.push(Action::Command(Command::MakeInvite));
        }
    }

    /// Listens for other computers at this port. Returns false if it is none, which the field says.
    pub fn listen_wide(&mut self, cx: &mut Ctx<'_>) -> bool {
        let port = self.port_or_error();
        cx.actions.extend(port.map(Action::ListenWide));
        port.is_some()
    }

    /// The port in the field. If it is none, the field says so.
    pub fn port_or_error(&mut self) -> Option<u16> {
        match Endpoint::from_fields(THIS_COMPUTER, &self.port) {
            Ok(Endpoint { port, .. }) => Some(port),
            Err(error) => {
                self.error = Some(FieldError::Endpoint(error));
                None
            }
        }
    }

    fn connect(&mut self, cx: &mut Ctx<'_>) {
        match self.call(cx) {
            Ok(call) => cx.push(Action::Connect(call)),
            Err(error) => self.error = Some(error),
        }
    }

    /// The call to what was entered elsewhere: an invite, a host, or a host and a port. Without a port it is the one in the
    /// field.
    ///
    /// # Errors
    /// It is none of these.
    pub fn call_to(&self, text: &str, cx: &Ctx<'_>) -> Result<Call, FieldError> {
        let mut entered = Self::new(text.to_owned(), self.port.clone());
        entered.take_port();
        entered.call(cx)
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
