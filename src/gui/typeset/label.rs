//! Labels whose text can be selected, and is copied in its own order.

use std::{ops::Range, sync::Arc};

use eframe::egui::{
    self, Context, FontSelection, FullOutput, Galley, OutputCommand, Plugin, Pos2, Rect, Response,
    RichText, Role, Shape, Stroke, TextWrapMode, Ui, Widget, WidgetInfo, WidgetText,
    text_selection::LabelSelectionState,
};

use super::{Order, Typeset, layout};
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
        layout(ui.painter(), job).add_to(ui)
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

/// What was selected on the screen in this frame, and the same in the order of the text.
///
/// egui knows only the text of a galley, which is that on the screen.
#[derive(Default)]
struct Copied(Vec<(String, String)>);

impl Plugin for Copied {
    fn debug_name(&self) -> &'static str {
        "Duologue's order of copied text"
    }

    fn on_begin_pass(&mut self, _: &mut Ui) {
        self.0.clear();
    }

    fn output_hook(&mut self, _: &Context, output: &mut FullOutput) {
        for command in &mut output.platform_output.commands {
            if let OutputCommand::CopyText(text) | OutputCommand::TextSelectionSettled(text) =
                command
            {
                *text = self.in_order(text);
            }
        }
    }
}

impl Copied {
    /// Replaces each selected part by the same in its own order. They come in the order of the labels.
    fn in_order(&self, text: &str) -> String {
        let (mut done, mut rest) = (String::with_capacity(text.len()), text);
        for (seen, ordered) in &self.0 {
            if let Some((before, after)) = rest.split_once(seen.as_str()) {
                done.push_str(before);
                done.push_str(ordered);
                rest = after;
            }
        }
        done.push_str(rest);
        done
    }
}

impl Typeset {
    /// A label with this text, which can be selected.
    pub fn put_label(&self, ui: &mut Ui, at: Pos2) -> Response {
        let rect = Rect::from_min_size(at, self.galley.size());
        ui.put(rect, |ui: &mut Ui| self.add_to(ui))
    }

    fn add_to(&self, ui: &mut Ui) -> Response {
        let label = egui::Label::new(Arc::clone(&self.galley)).selectable(true);
        match &self.order {
            None => ui.add(label),
            Some(order) => order.show(ui, label),
        }
    }
}

impl Order {
    fn show(&self, ui: &mut Ui, label: egui::Label) -> Response {
        let (at, galley, response) = label.layout_in_ui(ui);
        let is_enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(Role::Label, is_enabled, &self.text));
        if !ui.is_rect_visible(response.rect) {
            return response;
        }
        let copied = ui.ctx().plugin_or_default::<Copied>();
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
        let selected = painted.and_then(|painted| selected(&galley, &painted));
        let all = 0..self.places.len();
        copied
            .lock()
            .0
            .push(self.part(&galley, selected.unwrap_or(all)));
        response
    }

    /// These characters of the galley, and the same in the order of the text.
    fn part(&self, galley: &Galley, range: Range<usize>) -> (String, String) {
        let seen = galley.text().chars();
        let seen = seen.skip(range.start).take(range.len()).collect();
        let mut places = self.places.get(range).unwrap_or_default().to_vec();
        places.sort_unstable();
        let character = |at: usize| self.text.get(at..)?.chars().next();
        let ordered = places.into_iter().filter_map(character).collect();
        (seen, ordered)
    }
}

/// The characters that are selected, which is all egui does not tell. It adds a rectangle to each row with selected text.
fn selected(galley: &Galley, painted: &Galley) -> Option<Range<usize>> {
    let (mut start, mut selected) = (0, None::<Range<usize>>);
    for (before, after) in galley.rows.iter().zip(&painted.rows) {
        let count = before.glyphs.len();
        let mesh = &after.visuals.mesh;
        if let Some(rectangle) = mesh.vertices.get(before.visuals.mesh.vertices.len()..)
            && !rectangle.is_empty()
        {
            let x = rectangle.iter().map(|vertex| vertex.pos.x);
            let (left, right) = x.fold((f32::MAX, f32::MIN), |(left, right), x| {
                (left.min(x), right.max(x))
            });
            let is_before = |edge: f32| move |x: f32| x < edge - 0.01;
            let column = |edge| {
                let glyphs = before.glyphs.iter();
                glyphs
                    .take_while(|glyph| is_before(edge)(glyph.pos.x))
                    .count()
            };
            // A row that is selected up to its end is so with its line break.
            let newline = usize::from(before.ends_with_newline && right > before.size.x + 0.01);
            let end = start + column(right) + newline;
            let first = selected.map_or(start + column(left), |range| range.start);
            selected = Some(first..end);
        }
        start += count + usize::from(before.ends_with_newline);
    }
    selected
}
