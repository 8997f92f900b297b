//! Which keys do what.

use eframe::egui::{Align, KeyboardShortcut, Label, Layout, Ui};

use super::frame::{Head, frame, scroll_area};
use crate::{
    gui::{ctx::Ctx, focus::FocusOnce, shortcuts, theme},
    lang::Lang,
    settings::SendKey,
};

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct Shortcuts {
    /// On Close.
    focus: FocusOnce<()>,
}

impl Default for Shortcuts {
    fn default() -> Self {
        Self {
            focus: FocusOnce::on(()),
        }
    }
}

impl Shortcuts {
    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let head = Head {
            id: "shortcuts",
            title: lang.keyboard_shortcuts(),
            width: theme::DIALOG_WIDTH,
        };
        frame(ui, lang, head, |ui, height, close| {
            self.focus.apply(&(), close);
            scroll_area("shortcuts", height - theme::GAP).show(ui, |ui| {
                for (does, keys) in lines(lang, cx.settings.send_key, ui) {
                    ui.horizontal(|ui| {
                        let room = ui.available_width() - theme::width(ui, &keys) - theme::GAP;
                        ui.scope(|ui| {
                            ui.set_max_width(room);
                            ui.add(Label::new(does).wrap());
                        });
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            ui.weak(keys);
                        });
                    });
                }
            });
            true
        })
    }
}

fn lines(lang: Lang, send_key: SendKey, ui: &Ui) -> Vec<(&'static str, String)> {
    let keys = |shortcut: KeyboardShortcut| shortcuts::keys(ui.ctx(), shortcut);
    let other = match send_key {
        SendKey::Enter => "Shift+Enter",
        SendKey::CtrlEnter => "Enter",
    };
    vec![
        (lang.send(), lang.send_key_name(send_key).to_owned()),
        (lang.new_line(), other.to_owned()),
        (lang.last_message(), "↑".to_owned()),
        (lang.people(), keys(shortcuts::PEOPLE)),
        (lang.go_to_address(), keys(shortcuts::ADDRESS)),
        (lang.search(), keys(shortcuts::SEARCH)),
        (lang.older_result(), keys(shortcuts::OLDER)),
        (lang.newer_result(), keys(shortcuts::NEWER)),
        (lang.go_to_date(), keys(shortcuts::DATE)),
        (lang.settings(), keys(shortcuts::SETTINGS)),
        (lang.keyboard_shortcuts(), keys(shortcuts::SHORTCUTS)),
        (lang.larger_smaller(), "Ctrl++ / Ctrl+-".to_owned()),
        (lang.usual_size(), "Ctrl+0".to_owned()),
        (lang.close_topmost(), "Esc".to_owned()),
    ]
}
