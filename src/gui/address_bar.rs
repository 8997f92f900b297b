//! Host and port, and the buttons that listen and connect.

use eframe::egui::{self, Button, Popup, TextEdit, Ui};

use super::{Action, text::Lang, theme};
use crate::{
    chat::{Chat, Door, Link},
    net::endpoint::{Endpoint, EndpointError},
};

/// What stands in the fields.
#[derive(Debug, Clone, Default)]
pub struct AddressBar {
    /// The host field.
    pub host: String,
    /// The port field.
    pub port: String,
    /// What is wrong with one of them, until it is edited.
    error: Option<EndpointError>,
}

/// What the fields are wanted for.
#[derive(Clone, Copy)]
enum Wish {
    Listen,
    Connect,
}

impl AddressBar {
    /// With these in the fields.
    pub fn new(host: String, port: String) -> Self {
        Self {
            host,
            port,
            error: None,
        }
    }

    /// Puts an endpoint into the fields.
    pub fn set(&mut self, endpoint: &Endpoint) {
        self.host.clone_from(&endpoint.host);
        self.port = endpoint.port.to_string();
        self.error = None;
    }

    /// Shows the bar.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        recent: &[String],
        lang: Lang,
        actions: &mut Vec<Action>,
    ) {
        ui.horizontal_wrapped(|ui| {
            let connected = chat.peer().is_some();
            let dialling = matches!(chat.link(), Link::Dialling(_));
            let enter = self.fields(ui, recent, lang);
            match chat.door() {
                Door::Closed => {
                    if ui.button(lang.listen()).clicked() {
                        self.wish(Wish::Listen, actions);
                    }
                }
                Door::Opening | Door::Open(_) => {
                    if ui.button(lang.stop()).clicked() {
                        actions.push(Action::StopListening);
                    }
                }
            }
            if dialling {
                if ui.button(lang.cancel()).clicked() {
                    actions.push(Action::Cancel);
                }
            } else {
                let connect = ui
                    .add_enabled(!connected, Button::new(lang.connect()))
                    .on_disabled_hover_text(lang.disconnect_first());
                if (connect.clicked() || enter) && !connected {
                    self.wish(Wish::Connect, actions);
                }
            }
        });
        if let Some(error) = self.error {
            ui.colored_label(theme::palette(ui).bad, lang.field_error(error));
        }
    }

    /// The two fields; true if Enter was pressed in one of them.
    fn fields(&mut self, ui: &mut Ui, recent: &[String], lang: Lang) -> bool {
        let host_wrong = self.error.is_some_and(|error| !error.is_about_port());
        let port_wrong = self.error.is_some_and(EndpointError::is_about_port);
        let width = (ui.available_width() - theme::BESIDE_HOST)
            .clamp(theme::HOST_WIDTH.0, theme::HOST_WIDTH.1);
        let label = ui.label(lang.host()).id;
        let host = field(ui, "host", &mut self.host, width, host_wrong).labelled_by(label);
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
        let port = field(ui, "port", &mut self.port, 66.0, port_wrong).labelled_by(label);
        if host.changed() || port.changed() {
            self.error = None;
        }
        (host.lost_focus() || port.lost_focus())
            && ui.input(|input| input.key_pressed(egui::Key::Enter))
    }

    fn wish(&mut self, wish: Wish, actions: &mut Vec<Action>) {
        let endpoint = Endpoint::from_fields(&self.host, &self.port);
        let endpoint = match wish {
            Wish::Listen => endpoint,
            Wish::Connect => endpoint.and_then(Endpoint::connectable),
        };
        match endpoint {
            Ok(endpoint) => {
                // "host:port" pasted into the host field goes where it belongs.
                self.set(&endpoint);
                actions.push(match wish {
                    Wish::Listen => Action::Listen(endpoint),
                    Wish::Connect => Action::Connect(endpoint),
                });
            }
            Err(error) => self.error = Some(error),
        }
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
                .id_salt(name)
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
