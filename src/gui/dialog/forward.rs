//! Asks which conversation messages are forwarded to.

use eframe::egui::{Id, Margin, ScrollArea, Ui, vec2};

use super::frame::{Head, frame};
use crate::gui::{
    action::Action,
    ctx::Ctx,
    focus::FocusOnce,
    list::{row, rows::Rows},
    theme, typeset,
};

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct Forward {
    text: String,
    rows: Rows,
    /// Only these are listed.
    filter: String,
    /// On the filter.
    focus: FocusOnce<()>,
}

impl Forward {
    /// Of this text.
    pub fn new(text: String) -> Self {
        Self {
            text,
            rows: Rows::default(),
            filter: String::new(),
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let head = Head {
            id: "forward",
            title: cx.lang.forward_to(),
            width: theme::DIALOG_WIDTH,
        };
        frame(ui, cx.lang, head, |ui, height, _| {
            self.rows.update(cx, &self.filter);
            let words = cx.lang.find_person();
            let field = typeset::singleline(ui, &mut self.filter, |field| {
                field
                    .id(Id::unique("forward to"))
                    .hint_text(words)
                    .margin(Margin::symmetric(theme::FIELD_PADDING, 6))
                    .desired_width(f32::INFINITY)
            });
            self.focus.apply(&(), &field.accessible_name(words));
            if self.rows.is_empty() {
                ui.weak(cx.lang.nothing_found());
                return true;
            }
            let height = height - theme::CONTROL - 2.0 * theme::GAP;
            let area = ScrollArea::vertical()
                .id_salt("forward")
                .min_scrolled_height(height)
                .max_height(height);
            let mut stays = true;
            area.show_rows(ui, theme::LIST_ROW, self.rows.len(), |ui, range| {
                ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
                for index in range {
                    let Some(shown) = self.rows.get(cx, index) else {
                        continue;
                    };
                    if row::show(cx, ui, &shown, true).clicked() {
                        cx.push(Action::Forward(shown.peer_id.clone(), self.text.clone()));
                        stays = false;
                    }
                }
            });
            stays
        })
    }
}
