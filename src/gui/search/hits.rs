//! The messages that were found in all conversations, in place of the transcript.

use eframe::egui::{Frame, Margin, Role, ScrollArea, Ui, UiBuilder};

use super::hit;
use crate::{gui::ctx::Ctx, history::Found};

/// How the list is scrolled.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// How far, and its height, in points.
    scrolled: (f32, f32),
}

/// What the person did in the list.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Chosen {
    /// The hit that was clicked, or that has the keyboard now.
    pub selected: Option<usize>,
    pub is_clicked: bool,
}

impl Hits {
    /// Shows the hits in view. The selected one is scrolled into view if it is `to_show`.
    pub fn show(
        &mut self,
        cx: &Ctx<'_>,
        ui: &mut Ui,
        found: &Found,
        selected: usize,
        to_show: bool,
    ) -> Chosen {
        let row = hit::height(ui);
        let mut area = ScrollArea::vertical().id_salt("hits").auto_shrink(false);
        if to_show {
            let (offset, view) = self.scrolled;
            let top = selected as f32 * row;
            area = area.vertical_scroll_offset(offset.min(top).max(top + row - view));
        }
        let mut chosen = Chosen::default();
        let frame = Frame::new().inner_margin(Margin::symmetric(4, 4));
        let shown = frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            area.show_rows(ui, row, found.hits.len(), |ui, rows| {
                let builder = UiBuilder::new()
                    .accessibility_role(Role::ListBox)
                    .accessibility_label(cx.lang.found(found.hits.len(), found.more));
                ui.scope_builder(builder, |ui| {
                    for index in rows {
                        let Some(hit) = found.hits.get(index) else {
                            continue;
                        };
                        let row = hit::HitRow {
                            index,
                            hit,
                            is_selected: index == selected,
                            names_peer: found.peer_id.is_none(),
                        };
                        let response = row.show(cx, ui);
                        if response.gained_focus() {
                            response.scroll_to_me(None);
                            chosen.selected = Some(index);
                        }
                        if response.clicked() {
                            chosen = Chosen {
                                selected: Some(index),
                                is_clicked: true,
                            };
                        }
                    }
                });
            })
        });
        let shown = shown.inner;
        self.scrolled = (shown.state.clamped_offset().y, shown.inner_rect.height());
        chosen
    }
}
