//! Our own name and key, as others see them.

use eframe::egui::{Label, RichText, Ui};

use super::frame::{Head, frame};
use crate::gui::{action::Action, ctx::Ctx, focus::FocusOnce, own_name::OwnName, theme};

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct Myself {
    own_name: OwnName,
    /// On Close.
    focus: FocusOnce<()>,
}

impl Default for Myself {
    fn default() -> Self {
        Self {
            own_name: OwnName::default(),
            focus: FocusOnce::on(()),
        }
    }
}

impl Myself {
    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let head = Head {
            id: "myself",
            title: lang.you(),
            width: theme::DIALOG_WIDTH,
        };
        frame(ui, lang, head, |ui, _, close| {
            self.focus.apply(&(), close);
            self.own_name.show(cx, ui);
            show_own_key(cx, ui);
            true
        })
    }
}

fn show_own_key(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let lang = cx.lang;
    ui.weak(format!("{}:", lang.your_key()));
    let Some(key) = cx.chat.own_key() else {
        ui.weak(lang.no_key());
        return;
    };
    let fingerprint = key.fingerprint();
    let text = RichText::new(&fingerprint)
        .monospace()
        .size(theme::KEY_SIZE);
    ui.add(Label::new(text).wrap());
    if ui.button(lang.copy_your_key()).clicked() {
        cx.push(Action::Copy(fingerprint));
    }
}
