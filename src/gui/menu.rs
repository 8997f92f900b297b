//! The menu behind ☰: everything that is set once and then left alone.

use eframe::egui::{
    self, Ui,
    containers::menu::{MenuButton, MenuConfig, SubMenuButton},
};

use super::{Action, text::Lang};
use crate::{
    chat::Chat,
    net::{
        charset::{Charset, Reading},
        plain::LineEnd,
    },
    settings::{Settings, Theme},
};

/// Shows the button, and the menu while it is open.
pub fn show(ui: &mut Ui, settings: &Settings, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
    let (button, menu) = MenuButton::new("☰")
        .config(MenuConfig::default())
        .ui(ui, |ui| {
            ui.set_min_width(180.0);
            if ui
                .add_enabled(
                    !chat.log().is_empty(),
                    egui::Button::new(lang.copy_conversation()),
                )
                .clicked()
            {
                actions.push(Action::CopyConversation);
                ui.close();
            }
            ui.separator();
            choice(ui, lang.theme(), &themes(lang), &settings.theme, |&theme| {
                actions.push(Action::SetTheme(theme));
            });
            let languages = Lang::ALL.map(|lang| (lang, lang.name().to_owned()));
            choice(ui, lang.language(), &languages, &lang, |&lang| {
                actions.push(Action::SetLang(lang));
            });
            ui.separator();
            choice(
                ui,
                lang.encoding_in(),
                &readings(lang),
                &chat.reading(),
                |&reading| {
                    actions.push(Action::SetReading(reading));
                },
            );
            choice(
                ui,
                lang.encoding_out(),
                &outgoing(lang),
                &chat.outgoing(),
                |&charset| {
                    actions.push(Action::SetOutgoing(charset));
                },
            );
            let ends = [
                None,
                Some(LineEnd::None),
                Some(LineEnd::Lf),
                Some(LineEnd::CrLf),
            ];
            let ends = ends.map(|end| (end, lang.line_end_name(end).to_owned()));
            choice(
                ui,
                lang.line_end(),
                &ends,
                &settings.line_end.into(),
                |&end| {
                    actions.push(Action::SetLineEnd(end.into()));
                },
            );
            ui.separator();
            ui.weak(concat!("Duologue ", env!("CARGO_PKG_VERSION")));
        });
    if menu.is_some() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        // Escape closes the menu and leaves the keyboard where it came from.
        button.request_focus();
    }
    button
        .on_hover_text(lang.menu())
        .accessible_name(lang.menu());
}

/// A submenu in which one of several is chosen.
fn choice<T: PartialEq>(
    ui: &mut Ui,
    title: &str,
    options: &[(T, String)],
    chosen: &T,
    mut set: impl FnMut(&T),
) {
    SubMenuButton::new(title).ui(ui, |ui| {
        for (option, name) in options {
            if ui.radio(option == chosen, name).clicked() {
                set(option);
                ui.close();
            }
        }
    });
}

fn themes(lang: Lang) -> [(Theme, String); 3] {
    [
        (Theme::System, lang.theme_system().to_owned()),
        (Theme::Light, lang.theme_light().to_owned()),
        (Theme::Dark, lang.theme_dark().to_owned()),
    ]
}

fn readings(lang: Lang) -> Vec<(Reading, String)> {
    let auto = [Reading::default()].map(|reading| (reading, lang.reading_auto(Charset::CP949)));
    let fixed =
        Charset::OFFERED.map(|charset| (Reading::Fixed(charset), charset.name().to_owned()));
    auto.into_iter().chain(fixed).collect()
}

fn outgoing(lang: Lang) -> Vec<(Option<Charset>, String)> {
    let auto = [(None, lang.outgoing_auto().to_owned())];
    let fixed = Charset::OFFERED.map(|charset| (Some(charset), charset.name().to_owned()));
    auto.into_iter().chain(fixed).collect()
}
