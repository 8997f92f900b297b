//! The menu of the ☰ button: what is set once and then left alone.

use eframe::egui::{
    self, Button, RichText, ScrollArea, Ui, Vec2,
    containers::menu::{MenuButton, MenuConfig, SubMenuButton},
};

use crate::{
    chat::Door,
    gui::{
        action::{Action, Setting},
        ctx::Ctx,
        icon::Icon,
        shortcuts, theme, transcript,
    },
    lang::Lang,
    net::Command,
    settings::{AddressRow, Notify, Theme},
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

/// Space left free above and below the menu, together, in points.
const AROUND: f32 = 80.0;

/// Shows the button, and the menu while it is open.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let lang = cx.lang;
    let icon = Button::new(Icon::Menu.text(theme::ICON))
        .frame_when_inactive(false)
        .min_size(Vec2::splat(theme::CONTROL));
    let padding = std::mem::take(&mut ui.spacing_mut().button_padding);
    let (button, menu) = MenuButton::from_button(icon)
        .config(MenuConfig::default())
        .ui(ui, |ui| {
            ui.set_min_width(180.0);
            // In a low window it scrolls.
            let room = ui.ctx().content_rect().height() - AROUND;
            ScrollArea::vertical()
                // Both limits, or the area would stay as high as the menu was before.
                .min_scrolled_height(room)
                .max_height(room)
                .show(ui, |ui| show_items(cx, ui));
        });
    ui.spacing_mut().button_padding = padding;
    if menu.is_some() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        // Escape closes the menu, and the focus goes back to its button.
        button.request_focus();
    }
    button
        .on_hover_text(lang.menu())
        .accessible_name(lang.menu());
}

fn show_items(cx: &mut Ctx<'_>, ui: &mut Ui) {
    show_actions(cx, ui);
    ui.separator();
    show_looks(cx, ui);
    ui.separator();
    show_plain_text(cx, ui);
    ui.separator();
    ui.weak(concat!("Duologue ", env!("CARGO_PKG_VERSION")));
}

fn show_actions(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (chat, lang) = (cx.chat, cx.lang);
    let copy = Button::new(lang.copy_conversation());
    if ui.add_enabled(!chat.timeline().is_empty(), copy).clicked() {
        cx.push(Action::Copy(transcript::conversation(cx)));
        ui.close();
    }
    if matches!(chat.door(), Door::Open(_)) && ui.button(lang.copy_invite()).clicked() {
        cx.push(Action::Command(Command::MakeInvite));
        ui.close();
    }
    let search = Button::new(lang.search_further());
    let keys = ui.ctx().format_shortcut(&shortcuts::SEARCH);
    if ui.add(search.shortcut_text(keys)).clicked() {
        cx.push(Action::ShowSearch);
        ui.close();
    }
    if ui.button(lang.history_further()).clicked() {
        cx.push(Action::ShowHistory);
        ui.close();
    }
}

fn show_looks(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (settings, lang) = (cx.settings, cx.lang);
    choice(ui, lang.theme(), &themes(lang), &settings.theme, |&theme| {
        cx.push(Action::Set(Setting::Theme(theme)));
    });
    let languages = Lang::ALL.map(|lang| (lang, lang.name().to_owned()));
    choice(ui, lang.language(), &languages, &lang, |&lang| {
        cx.push(Action::Set(Setting::Lang(lang)));
    });
    let notices = notices(lang);
    SubMenuButton::new(lang.notifications()).ui(ui, |ui| {
        for (notify, name) in notices {
            if ui
                .radio(settings.notifications.show == notify, name)
                .clicked()
            {
                cx.push(Action::Set(Setting::Notify(notify)));
                ui.close();
            }
        }
        ui.separator();
        check(
            ui,
            lang.notify_sound(),
            settings.notifications.sound,
            |sound| {
                cx.push(Action::Set(Setting::NotifySound(sound)));
            },
        );
    });
    check(ui, lang.show_typing(), settings.show_typing, |show| {
        cx.push(Action::Set(Setting::ShowTyping(show)));
    });
    let always = lang.always_show_address();
    let is_shown = settings.address_row == AddressRow::Always;
    check(ui, always, is_shown, |show| {
        let row = if show {
            AddressRow::Always
        } else {
            AddressRow::Folds
        };
        cx.push(Action::Set(Setting::AddressRow(row)));
    });
}

fn show_plain_text(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (chat, settings, lang) = (cx.chat, cx.settings, cx.lang);
    ui.label(RichText::new(lang.for_plain_text()).small().weak());
    check(ui, lang.allow_plain(), settings.allow_plain, |allow| {
        cx.push(Action::Set(Setting::AllowPlain(allow)));
    });
    let (readings, reading) = (readings(lang), chat.reading());
    choice(ui, lang.encoding_in(), &readings, &reading, |&reading| {
        cx.push(Action::Set(Setting::Reading(reading)));
    });
    let (outgoing, chosen) = (outgoing(lang), chat.outgoing());
    choice(ui, lang.encoding_out(), &outgoing, &chosen, |&charset| {
        cx.push(Action::Set(Setting::Outgoing(charset)));
    });
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
        cx.push(Action::Set(Setting::LineEnd(end)));
    });
}

/// A check box.
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

fn notices(lang: Lang) -> [(Notify, &'static str); 3] {
    [
        (Notify::Text, lang.notify_text()),
        (Notify::Hidden, lang.notify_hidden()),
        (Notify::Off, lang.notify_off()),
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
