//! The People dialog: our own name and key, and everybody known with what can be done about them.

mod entries;
mod in_view;
mod person;

use eframe::egui::{RichText, Ui};

use self::{
    entries::entries,
    in_view::InView,
    person::{Editing, PersonRow, Target},
};
use super::frame::{frame, scroll_area};
use crate::{
    gui::{
        action::Action,
        ctx::Ctx,
        focus::{FocusOnce, kept_in_view},
        own_name::OwnName,
        theme,
    },
    identity::PeerId,
};

/// Height of what is above and below the list, in points.
const BESIDE_LIST: f32 = 110.0;

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct People {
    own_name: OwnName,
    editing: Editing,
    focus: FocusOnce<Target>,
    in_view: InView<PeerId>,
}

impl Default for People {
    fn default() -> Self {
        Self {
            own_name: OwnName::default(),
            editing: Editing::None,
            focus: FocusOnce::on(Target::First),
            in_view: InView::default(),
        }
    }
}

impl People {
    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        frame(
            ui,
            "people",
            lang.people(),
            theme::PEOPLE_WIDTH,
            |ui, height| {
                let mut stays = true;
                let entries = entries(cx.chat.contacts(), cx.conversations);
                scroll_area("people", height - BESIDE_LIST).show(ui, |ui| {
                    ui.set_max_width(ui.available_width() - theme::SCROLL_BAR);
                    self.own_name.show(cx, ui);
                    show_own_key(cx, ui);
                    ui.separator();
                    if entries.is_empty() {
                        ui.weak(lang.nobody_yet());
                    }
                    for entry in &entries {
                        let row = PersonRow::new(cx, entry);
                        let is_needed = row.is_edited(&self.editing, &self.focus);
                        let shown = self.in_view.show(ui, &entry.peer_id, is_needed, |ui| {
                            row.show(cx, ui, &mut self.editing, &mut self.focus)
                        });
                        stays &= shown.unwrap_or(true);
                    }
                });
                ui.separator();
                let close = ui.button(lang.close());
                self.focus.apply(&Target::First, &close);
                self.focus.apply(&Target::Close, &close);
                stays && !close.clicked()
            },
        )
    }
}

fn show_own_key(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let lang = cx.lang;
    ui.horizontal_wrapped(|ui| {
        ui.weak(format!("{}:", lang.your_key()));
        let Some(key) = cx.chat.own_key() else {
            ui.weak(lang.no_key());
            return;
        };
        let fingerprint = key.fingerprint();
        ui.label(
            RichText::new(&fingerprint)
                .monospace()
                .size(theme::KEY_SIZE),
        );
        let copy = kept_in_view(ui.button(lang.copy())).accessible_name(lang.copy_your_key());
        if copy.clicked() {
            cx.push(Action::Copy(fingerprint));
        }
    });
}
