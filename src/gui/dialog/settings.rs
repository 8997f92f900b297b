//! The settings, as one page.

mod files;
mod history;
pub(super) mod line;

pub(in crate::gui) use files::FolderProblem;

use eframe::egui::Ui;

use self::{
    files::FilesPart,
    history::HistorySettings,
    line::{check, choice, hint, title},
};
use super::frame::{Head, frame, scroll_area};
use crate::{
    endpoint::Endpoint,
    gui::{
        action::{Action, Setting},
        ctx::Ctx,
        focus::FocusOnce,
        own_name::OwnName,
        theme,
    },
    lang::Lang,
    settings::{AddressRow, Markup, Motion, Notify, SendKey, Theme, Zoom},
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

/// What text size offers, in percent.
const ZOOMS: [u16; 9] = [75, 90, 100, 110, 125, 150, 175, 200, 300];

/// The open page.
#[derive(Debug)]
pub(in crate::gui) struct SettingsPage {
    pub history: HistorySettings,
    pub files: FilesPart,
    own_name: OwnName,
    /// On Close.
    focus: FocusOnce<()>,
}

impl Default for SettingsPage {
    fn default() -> Self {
        Self {
            history: HistorySettings::default(),
            files: FilesPart::default(),
            own_name: OwnName::default(),
            focus: FocusOnce::on(()),
        }
    }
}

impl SettingsPage {
    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let head = Head {
            id: "settings",
            title: lang.settings(),
            width: theme::SETTINGS_WIDTH,
        };
        frame(ui, lang, head, |ui, height, close| {
            self.focus.apply(&(), close);
            let stays = scroll_area("settings", height - theme::GAP).show(ui, |ui| {
                title(ui, lang.you());
                self.own_name.show(cx, ui);
                hint(ui, lang.own_name_hint());
                show_listening(cx, ui);
                show_appearance(cx, ui);
                show_writing(cx, ui);
                show_notifications(cx, ui);
                self.files.show(cx, ui);
                title(ui, lang.privacy_and_history());
                check(ui, lang.show_typing(), cx.settings.show_typing, |show| {
                    cx.push(Action::Set(Setting::ShowTyping(show)));
                });
                hint(ui, lang.show_typing_hint());
                check(ui, lang.read_marks(), cx.settings.read_marks, |show| {
                    cx.push(Action::Set(Setting::ReadMarks(show)));
                });
                hint(ui, lang.read_marks_hint());
                let stays = self.history.show(cx, ui);
                show_plain_text(cx, ui);
                stays
            });
            stays.inner
        })
    }
}

fn show_listening(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (settings, lang) = (cx.settings, cx.lang);
    let listens = settings.listen_at_start.is_some();
    check(ui, lang.listen_from_the_start(), listens, |listens| {
        let port = settings.port.parse().unwrap_or(Endpoint::DEFAULT_PORT);
        let port = listens.then_some(port);
        cx.push(Action::Set(Setting::ListenAtStart(port)));
    });
    hint(ui, lang.listen_from_the_start_hint());
}

fn show_appearance(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (settings, lang) = (cx.settings, cx.lang);
    title(ui, lang.appearance());
    let languages = Lang::ALL.map(|lang| (lang, lang.name().to_owned()));
    choice(ui, lang.language(), &languages, &lang, |&lang| {
        cx.push(Action::Set(Setting::Lang(lang)));
    });
    hint(ui, lang.language_hint());
    let themes = [
        (Theme::System, lang.theme_system().to_owned()),
        (Theme::Light, lang.theme_light().to_owned()),
        (Theme::Dark, lang.theme_dark().to_owned()),
        (
            Theme::HighContrastLight,
            lang.theme_high_contrast_light().to_owned(),
        ),
        (
            Theme::HighContrastDark,
            lang.theme_high_contrast_dark().to_owned(),
        ),
    ];
    choice(ui, lang.theme(), &themes, &settings.theme, |&theme| {
        cx.push(Action::Set(Setting::Theme(theme)));
    });
    hint(ui, lang.theme_hint());
    // The keys allow sizes between these.
    let mut zooms = ZOOMS.map(|percent| Zoom::percent(percent.into())).to_vec();
    if !zooms.contains(&settings.zoom) {
        zooms.push(settings.zoom);
        zooms.sort_by_key(|zoom| zoom.in_percent());
    }
    let zooms: Vec<_> = zooms
        .into_iter()
        .map(|zoom| (zoom, format!("{} %", zoom.in_percent())))
        .collect();
    choice(ui, lang.text_size(), &zooms, &settings.zoom, |&zoom| {
        cx.push(Action::Set(Setting::Zoom(zoom)));
    });
    hint(ui, lang.text_size_hint());
    let is_reduced = settings.motion == Motion::Reduced;
    check(ui, lang.reduce_motion(), is_reduced, |reduce| {
        let motion = if reduce {
            Motion::Reduced
        } else {
            Motion::Full
        };
        cx.push(Action::Set(Setting::Motion(motion)));
    });
    hint(ui, lang.reduce_motion_hint());
    let is_styled = settings.markup == Markup::Styled;
    check(ui, lang.show_markup(), is_styled, |styled| {
        let markup = if styled {
            Markup::Styled
        } else {
            Markup::AsTyped
        };
        cx.push(Action::Set(Setting::Markup(markup)));
    });
    hint(ui, lang.show_markup_hint());
    let is_shown = settings.address_row == AddressRow::Always;
    check(ui, lang.always_show_address(), is_shown, |show| {
        let row = if show {
            AddressRow::Always
        } else {
            AddressRow::Folds
        };
        cx.push(Action::Set(Setting::AddressRow(row)));
    });
    hint(ui, lang.always_show_address_hint());
}

fn show_writing(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let lang = cx.lang;
    title(ui, lang.writing());
    let keys = [SendKey::Enter, SendKey::CtrlEnter];
    let keys = keys.map(|key| (key, lang.send_key_name(key).to_owned()));
    choice(ui, lang.send_with(), &keys, &cx.settings.send_key, |&key| {
        cx.push(Action::Set(Setting::SendKey(key)));
    });
    hint(ui, lang.send_with_hint());
}

fn show_notifications(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (chosen, lang) = (cx.settings.notifications, cx.lang);
    title(ui, lang.notifications());
    let kinds = [
        (Notify::Text, lang.notify_text().to_owned()),
        (Notify::Hidden, lang.notify_hidden().to_owned()),
        (Notify::Off, lang.notify_off().to_owned()),
    ];
    choice(ui, lang.notify_show(), &kinds, &chosen.show, |&notify| {
        cx.push(Action::Set(Setting::Notify(notify)));
    });
    hint(ui, lang.notify_hint());
    check(ui, lang.notify_sound(), chosen.sound, |sound| {
        cx.push(Action::Set(Setting::NotifySound(sound)));
    });
    hint(ui, lang.notify_sound_hint());
}

fn show_plain_text(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (chat, settings, lang) = (cx.chat, cx.settings, cx.lang);
    title(ui, lang.plain_text_and_encodings());
    check(ui, lang.allow_plain(), settings.allow_plain, |allow| {
        cx.push(Action::Set(Setting::AllowPlain(allow)));
    });
    hint(ui, lang.allow_plain_hint());
    let (readings, reading) = (readings(lang), chat.reading());
    choice(ui, lang.encoding_in(), &readings, &reading, |&reading| {
        cx.push(Action::Set(Setting::Reading(reading)));
    });
    hint(ui, lang.encoding_in_hint());
    let (outgoing, chosen) = (outgoing(lang), chat.outgoing());
    choice(ui, lang.encoding_out(), &outgoing, &chosen, |&charset| {
        cx.push(Action::Set(Setting::Outgoing(charset)));
    });
    hint(ui, lang.encoding_out_hint());
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
    hint(ui, lang.line_end_hint());
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
