//! Labels whose text can be selected, and is copied in its own order.

use std::sync::Arc;

use eframe::egui::{
    self, FontSelection, Pos2, Rect, Response, RichText, Role, Shape, Stroke, TextWrapMode, Ui,
    Widget, WidgetInfo, WidgetText, text_selection::LabelSelectionState,
};

use super::{Typeset, layout, styled::Marks};
use crate::{gui::panics, text::bidi};

/// A label with text that others have a say in, such as their name. Like egui's, but for the order of the text, and a panic
/// of a library ends nothing.
pub(in crate::gui) struct Label {
    text: RichText,
    mode: Option<TextWrapMode>,
}

impl Label {
    pub fn new(text: impl Into<RichText>) -> Self {
        Self {
            text: text.into(),
            mode: None,
        }
    }

    /// Breaks the text into lines.
    pub fn wrap(mut self) -> Self {
        self.mode = Some(TextWrapMode::Wrap);
        self
    }

    /// Cuts the text off at the end of the line.
    pub fn truncate(mut self) -> Self {
        self.mode = Some(TextWrapMode::Truncate);
        self
    }

    fn show(&self, ui: &mut Ui) -> Response {
        if !bidi::is_needed(self.text.text()) {
            let label = egui::Label::new(self.text.clone());
            return match self.mode {
                Some(mode) => ui.add(label.wrap_mode(mode)),
                None => ui.add(label),
            };
        }
        let text = WidgetText::from(self.text.clone());
        let job = text.into_layout_job(ui.style(), FontSelection::Default, ui.text_valign());
        let mut job = Arc::unwrap_or_clone(job);
        job.wrap.max_width = ui.available_width();
        match self.mode.unwrap_or_else(|| ui.wrap_mode()) {
            TextWrapMode::Wrap => {}
            TextWrapMode::Extend => job.wrap.max_width = f32::INFINITY,
            TextWrapMode::Truncate => {
                job.wrap.max_rows = 1;
                job.wrap.break_anywhere = true;
            }
        }
        layout(ui.painter(), job).add_to(ui, &[])
    }
}

impl Widget for Label {
    fn ui(self, ui: &mut Ui) -> Response {
        panics::caught(|| self.show(ui)).unwrap_or_else(|| {
            let text = self.text.text().chars();
            let boxes = text.map(|c| if c.is_ascii() { c } else { '\u{fffd}' });
            ui.label(boxes.collect::<String>())
        })
    }
}

impl Typeset {
    /// A label with this text, which can be selected.
    pub fn put_label(&self, ui: &mut Ui, at: Pos2) -> Response {
        self.put_marked_label(ui, at, &[])
    }

    /// The same with marks that are not seen. Each is copied only together with its counterpart.
    pub fn put_marked_label(&self, ui: &mut Ui, at: Pos2, marks: &[Marks]) -> Response {
        let rect = Rect::from_min_size(at, self.galley.size());
        ui.put(rect, |ui: &mut Ui| self.add_to(ui, marks))
    }

    fn add_to(&self, ui: &mut Ui, marks: &[Marks]) -> Response {
        let label = egui::Label::new(Arc::clone(&self.galley)).selectable(true);
        if self.order.is_none() && marks.is_empty() {
            ui.add(label)
        } else {
            self.show(ui, label, marks)
        }
    }

    fn show(&self, ui: &mut Ui, label: egui::Label, marks: &[Marks]) -> Response {
        let (at, galley, response) = label.layout_in_ui(ui);
        let is_enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(Role::Label, is_enabled, self.text()));
        if !ui.is_rect_visible(response.rect) {
            return response;
        }
        let colour = ui.visuals().text_color();
        let layer = ui.layer_id();
        let next = ui
            .ctx()
            .graphics_mut(|layers| layers.entry(layer).next_idx());
        let shown = Arc::clone(&galley);
        LabelSelectionState::label_text_selection(ui, &response, at, shown, colour, Stroke::NONE);
        let mut painted = None;
        ui.ctx().graphics_mut(|layers| {
            layers.entry(layer).mutate_shape(next, |shape| {
                if let Shape::Text(text) = &shape.shape {
                    painted = Some(Arc::clone(&text.galley));
                }
            });
        });
        let painted = painted.unwrap_or_else(|| Arc::clone(&galley));
        self.note_copied(ui, &painted, marks);
        response
    }

    /// The whole text, in its own order.
    pub(super) fn text(&self) -> &str {
        match &self.order {
            Some(order) => &order.text,
            None => self.galley.text(),
        }
    }
}
