//! The menu behind ☰: everything that is set once and then left alone.

use eframe::egui::{
    self, Button, RichText, ScrollArea, Ui,
    containers::menu::{MenuButton, MenuConfig, SubMenuButton},
};

use crate::{
    chat::{Chat, Door},
    gui::{Action, choices::Choice, locale::Lang, shortcuts},
    net::Command,
    settings::{Settings, Theme},
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

/// Room kept above and below the menu, in points.
const AROUND: f32 = 80.0;

/// Shows the button, and the menu while it is open.
pub fn show(ui: &mut Ui, settings: &Settings, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
    let (button, menu) = MenuButton::new("☰")
        .config(MenuConfig::default())
        .ui(ui, |ui| {
            ui.set_min_width(180.0);
            // In a low window it scrolls.
            let room = ui.ctx().content_rect().height() - AROUND;
            ScrollArea::vertical()
                // Said both ways, or the area would stay as high as the menu was before.
                .min_scrolled_height(room)
                .max_height(room)
                .show(ui, |ui| show_items(ui, settings, chat, lang, actions));
        });
    if menu.is_some() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        // Escape closes the menu and leaves the keyboard where it came from.
        button.request_focus();
    }
    button
        .on_hover_text(lang.menu())
        .accessible_name(lang.menu());
}

fn show_items(
    ui: &mut Ui,
    settings: &Settings,
    chat: &Chat,
    lang: Lang,
    actions: &mut Vec<Action>,
) {
    let copy = Button::new(lang.copy_conversation());
    if ui.add_enabled(!chat.log().is_empty(), copy).clicked() {
        actions.push(Action::CopyConversation);
        ui.close();
    }
    if matches!(chat.door(), Door::Open(_)) && ui.button(lang.copy_invite()).clicked() {
        actions.push(Action::Ask(Command::MakeInvite));
        ui.close();
    }
    let search = Button::new(lang.search_further());
    let keys = ui.ctx().format_shortcut(&shortcuts::SEARCH);
    if ui.add(search.shortcut_text(keys)).clicked() {
        actions.push(Action::Search);
        ui.close();
    }
    if ui.button(lang.history_further()).clicked() {
        actions.push(Action::History);
        ui.close();
    }
    ui.separator();
    choice(ui, lang.theme(), &themes(lang), &settings.theme, |&theme| {
        actions.push(Action::Choose(Choice::Theme(theme)));
    });
    let languages = Lang::ALL.map(|lang| (lang, lang.name().to_owned()));
    choice(ui, lang.language(), &languages, &lang, |&lang| {
        actions.push(Action::Choose(Choice::Lang(lang)));
    });
    check(ui, lang.show_typing(), settings.show_typing, |show| {
        actions.push(Action::Choose(Choice::ShowTyping(show)));
    });
    ui.separator();
    ui.label(RichText::new(lang.for_plain_text()).small().weak());
    check(ui, lang.allow_plain(), settings.allow_plain, |allow| {
        actions.push(Action::Choose(Choice::AllowPlain(allow)));
    });
    choice(
        ui,
        lang.encoding_in(),
        &readings(lang),
        &chat.reading(),
        |&reading| {
            actions.push(Action::Choose(Choice::Reading(reading)));
        },
    );
    choice(
        ui,
        lang.encoding_out(),
        &outgoing(lang),
        &chat.outgoing(),
        |&charset| {
            actions.push(Action::Choose(Choice::Outgoing(charset)));
        },
    );
    let ends = [
        None,
        Some(LineEnd::None),
        Some(LineEnd::Lf),
        Some(LineEnd::CrLf),
        Some(LineEnd::Cr),
        Some(LineEnd::Nul),
    ];
    let ends = ends.map(|end| (end, lang.line_end_name(end).to_owned()));
    choice(ui, lang.line_end(), &ends, &settings.line_end, |&end| {
        actions.push(Action::Choose(Choice::LineEnd(end)));
    });
    ui.separator();
    ui.weak(concat!("Duologue ", env!("CARGO_PKG_VERSION")));
}

/// Something that is so or not.
fn check(ui: &mut Ui, words: &str, is_so: bool, mut set: impl FnMut(bool)) {
    let mut now = is_so;
    if ui.checkbox(&mut now, words).changed() {
        set(now);
    }
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
