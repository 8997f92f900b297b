//! A text field in which right-to-left text is written in its order, and into which no control character gets.

mod buffer;

use std::sync::Arc;

use eframe::egui::{
    Event, Galley, Pos2, Response, TextBuffer, TextEdit, TextStyle, Ui,
    accesskit::{ActionData, ActionRequest},
    epaint::text::Glyph,
    text::{CCursor, CCursorRange, LayoutJob, TextWrapping},
    text_edit::{TextEditOutput, TextEditState},
};
use unicode_segmentation::UnicodeSegmentation as _;

use self::buffer::Buffer;
use super::{
    clusters,
    joining::{self, GlyphOrder},
    lines, tofu,
};
use crate::{
    gui::panics,
    text::{bidi, typed::typed},
};

/// Shows a field of one line. `set_up` says how it looks.
pub(in crate::gui) fn singleline(
    ui: &mut Ui,
    text: &mut String,
    set_up: impl for<'a> FnOnce(TextEdit<'a>) -> TextEdit<'a>,
) -> Response {
    // Before egui does: it would make two spaces of CR LF.
    ui.input_mut(|input| input.events.iter_mut().for_each(clean));
    let mut layouter =
        |ui: &Ui, text: &dyn TextBuffer, _| lay_out(ui, job(ui, text, f32::INFINITY));
    let mut buffer = Buffer::one_line(text);
    let field = set_up(TextEdit::singleline(&mut buffer)).layouter(&mut layouter);
    show(ui, field)
}

/// Shows a field of several lines. `set_up` says how it looks.
pub(in crate::gui) fn multiline(
    ui: &mut Ui,
    text: &mut String,
    set_up: impl for<'a> FnOnce(TextEdit<'a>) -> TextEdit<'a>,
) -> Response {
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width| lay_out(ui, job(ui, text, width));
    let mut buffer = Buffer::several_lines(text);
    let field = set_up(TextEdit::multiline(&mut buffer)).layouter(&mut layouter);
    show(ui, field)
}

/// Cleans a text that is about to be put into a field.
fn clean(event: &mut Event) {
    match event {
        Event::Paste(text) | Event::MiddleClickPaste { text, .. } => {
            *text = typed(text).into_owned();
        }
        Event::AccessKitActionRequest(ActionRequest {
            data: Some(ActionData::Value(text)),
            ..
        }) => *text = typed(text).into(),
        _ => {}
    }
}

fn show(ui: &mut Ui, field: TextEdit<'_>) -> Response {
    let output = field.show(ui);
    if bidi::is_needed(output.galley.text()) {
        point(ui, &output);
    }
    output.response.response
}

/// As egui lays out its fields.
fn job(ui: &Ui, text: &dyn TextBuffer, width: f32) -> LayoutJob {
    let font = TextStyle::Body.resolve(ui.style());
    let line = ui.fonts_mut(|fonts| fonts.row_height(&font));
    let colour = ui.visuals().text_color();
    let mut job = LayoutJob::simple(text.as_str().to_owned(), font, colour, width);
    job.keep_trailing_whitespace = true;
    for section in &mut job.sections {
        section.format.line_height = Some(line + ui.spacing().extra_text_line_spacing);
    }
    job
}

fn lay_out(ui: &Ui, job: LayoutJob) -> Arc<Galley> {
    let painter = ui.painter();
    let galley = panics::caught(|| {
        if !bidi::is_needed(&job.text) {
            return clusters::lay_out(painter, job.clone());
        }
        let lines = lines::break_text(painter, &job, None);
        let (galley, _) =
            joining::join(painter, &job, &lines, GlyphOrder::Written, width(&job.wrap));
        Arc::new(galley)
    });
    galley.unwrap_or_else(|| painter.layout_job(tofu(job)))
}

/// The width of a field that wraps its text, in points.
fn width(wrap: &TextWrapping) -> f32 {
    if wrap.max_width.is_finite() {
        wrap.max_width
    } else {
        0.0
    }
}

/// Puts the caret where the pointer is. egui looks for it from left to right only.
fn point(ui: &Ui, output: &TextEditOutput) {
    let response = &output.response;
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    let (is_pressed, shift) =
        ui.input(|input| (input.pointer.any_pressed(), input.modifiers.shift));
    let is_dragged = response.dragged() && !is_pressed;
    let is_double_clicked = response.double_clicked();
    if !is_pressed && !is_dragged && !is_double_clicked {
        return;
    }
    let Some(mut state) = TextEditState::load(ui.ctx(), response.id) else {
        return;
    };
    let here = cursor_at(&output.galley, pointer - output.galley_pos.to_vec2());
    let range = match state.cursor.char_range() {
        _ if is_double_clicked => word_at(output.galley.text(), here),
        Some(range) if is_dragged || shift => CCursorRange {
            primary: here,
            ..range
        },
        _ => CCursorRange::one(here),
    };
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), response.id);
    ui.ctx().request_repaint();
}

/// The cursor that is nearest to a position in the galley.
fn cursor_at(galley: &Galley, pos: Pos2) -> CCursor {
    let mut start = 0;
    let last = galley.rows.len().saturating_sub(1);
    for (index, row) in galley.rows.iter().enumerate() {
        let count = row.glyphs.len();
        if pos.y > row.max_y() && index < last {
            start += count + usize::from(row.ends_with_newline);
            continue;
        }
        let x = pos.x - row.pos.x;
        // Before each glyph and after it are places for the caret.
        let before = row.glyphs.iter().map(|glyph| glyph.pos.x).enumerate();
        let after = row.glyphs.iter().map(Glyph::max_x).enumerate();
        let after = after.map(|(column, x)| (column + 1, x));
        let nearest = before
            .chain(after)
            .min_by(|(_, one), (_, other)| (one - x).abs().total_cmp(&(other - x).abs()));
        let column = nearest.map_or(0, |(column, _)| column);
        return CCursor {
            index: (start + column).into(),
            prefer_next_row: column < count,
        };
    }
    galley.end()
}

/// The word in which the cursor is.
fn word_at(text: &str, cursor: CCursor) -> CCursorRange {
    let mut start = 0;
    for word in text.split_word_bounds() {
        let end = start + word.chars().count();
        if cursor.index.0 < end {
            return CCursorRange::two(CCursor::new(start), CCursor::new(end));
        }
        start = end;
    }
    CCursorRange::one(cursor)
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Color32, FontId, Painter, vec2};

    use super::{super::tests::in_window, *};

    fn lay_out(painter: &Painter, text: &str) -> Galley {
        let font = FontId::proportional(14.0);
        let job = LayoutJob::simple(text.to_owned(), font, Color32::BLACK, 300.0);
        let lines = lines::break_text(painter, &job, None);
        joining::join(painter, &job, &lines, GlyphOrder::Written, width(&job.wrap)).0
    }

    #[test]
    fn the_caret_goes_from_right_to_left() {
        in_window(|painter| {
            let text = "שלום עולם";
            let galley = lay_out(painter, text);
            let x = |index| galley.pos_from_cursor(CCursor::new(index)).min.x;
            assert!((x(0) - 300.0).abs() < 1.0, "{}", x(0));
            for index in 0..text.chars().count() {
                assert!(x(index + 1) < x(index), "{index}");
            }
        });
    }

    #[test]
    fn the_pointer_finds_every_place_of_the_caret() {
        in_window(|painter| {
            for text in ["שלום עולם", "abc שלום def", "שלום abc\nעולם\n\nabc"] {
                let galley = lay_out(painter, text);
                for index in 0..=text.chars().count() {
                    let rect = galley.pos_from_cursor(CCursor::new(index));
                    let found = cursor_at(&galley, rect.center());
                    let there = galley.pos_from_cursor(found).center();
                    // Between two directions two places are in the same spot.
                    assert!(
                        (there - rect.center()).length() < 1.0,
                        "{index} of {text:?}"
                    );
                }
                let end = cursor_at(&galley, galley.rect.max + vec2(-300.0, 100.0));
                assert!(end.index.0 <= text.chars().count());
            }
        });
    }

    #[test]
    fn a_double_click_selects_a_word() {
        let text = "שלום עולם";
        for (at, range) in [
            (0, (0, 4)),
            (3, (0, 4)),
            (4, (4, 5)),
            (5, (5, 9)),
            (9, (9, 9)),
        ] {
            let word = word_at(text, CCursor::new(at));
            let ends = word.sorted_cursors().map(|cursor| cursor.index.0);
            assert_eq!(ends, [range.0, range.1], "{at}");
        }
    }
}
