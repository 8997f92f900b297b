//! Puts the blocks of a long text below each other, as one galley, so that it is selected and copied like any other. What is
//! out of view has a glyph for each character, but no picture.

use std::{ops::Range, sync::Arc};

use eframe::egui::{
    Galley, Painter, Rect, Vec2,
    emath::GuiRounding as _,
    epaint::text::{PlacedRow, Row},
    pos2,
    text::LayoutJob,
};

use super::{Order, Typeset};

/// A galley that grows downwards.
pub(super) struct Stack<'a> {
    painter: &'a Painter,
    job: &'a LayoutJob,
    galley: Galley,
    /// What is on the screen, from left to right.
    seen: String,
    /// For each character of the galley, its byte offset in the text, if the text is ordered.
    places: Option<Vec<usize>>,
    /// How much of the text is in the galley, in bytes.
    end: usize,
    /// The bottom, in points.
    bottom: f32,
}

impl<'a> Stack<'a> {
    pub fn new(painter: &'a Painter, job: &'a LayoutJob, is_ordered: bool) -> Self {
        let mut galley = Galley::clone(&painter.layout_job(LayoutJob::default()));
        galley.rows.clear();
        galley.mesh_bounds = Rect::NOTHING;
        (galley.num_vertices, galley.num_indices) = (0, 0);
        Self {
            painter,
            job,
            galley,
            seen: String::with_capacity(job.text.len()),
            places: is_ordered.then(Vec::new),
            end: 0,
            bottom: 0.0,
        }
    }

    /// Adds a block of these bytes of the text. A line break may follow it.
    pub fn add(&mut self, laid: &Typeset, range: Range<usize>, newline: bool) {
        let scale = self.painter.pixels_per_point();
        let galley = &laid.galley;
        let top = self.bottom;
        for placed in &galley.rows {
            let pos = pos2(placed.pos.x, (top + placed.pos.y).round_to_pixels(scale));
            self.galley.mesh_bounds |= placed.visuals.mesh_bounds.translate(pos.to_vec2());
            self.galley.rows.push(PlacedRow {
                pos,
                ..placed.clone()
            });
        }
        self.galley.num_vertices += galley.num_vertices;
        self.galley.num_indices += galley.num_indices;
        self.bottom += galley.size().y;
        self.seen.push_str(galley.text());
        let start = range.start;
        match (&mut self.places, &laid.order) {
            (Some(places), Some(order)) => {
                places.extend(order.places.iter().map(|place| start + place));
            }
            (Some(places), None) => {
                let text = galley.text().char_indices();
                places.extend(text.map(|(at, _)| start + at));
            }
            (None, _) => {}
        }
        self.end = range.end;
        if newline {
            if let Some(last) = self.galley.rows.last_mut() {
                last.ends_with_newline = true;
            }
            self.seen.push('\n');
            self.places
                .iter_mut()
                .for_each(|places| places.push(range.end));
            self.end += 1;
        }
    }

    /// Leaves out what comes before this byte of the text, down to this height.
    pub fn leave_blank(&mut self, end: usize, bottom: f32) {
        let start = self.end;
        let text = self.job.text.get(start..end).unwrap_or_default();
        if text.is_empty() {
            return;
        }
        if let Some(row) = self.blank_row(text) {
            self.galley.rows.push(PlacedRow {
                pos: pos2(0.0, self.bottom),
                row,
                ends_with_newline: false,
            });
            self.seen.push_str(text);
            if let Some(places) = &mut self.places {
                places.extend(text.char_indices().map(|(at, _)| start + at));
            }
        }
        (self.end, self.bottom) = (end, bottom);
    }

    /// A row without height, in which each character is one point wide so that the selection has an end.
    fn blank_row(&self, text: &str) -> Option<Arc<Row>> {
        let format = self.job.sections.first()?.format.clone();
        let mut job = LayoutJob::default();
        job.append(" ", 0.0, format);
        // A row and a glyph can only be made from others.
        let space = self.painter.layout_job(job);
        let mut row = Row::clone(&space.rows.first()?.row);
        let glyph = row.glyphs.first().copied()?;
        let place = |(index, chr): (usize, char)| {
            let mut glyph = glyph;
            glyph.chr = chr;
            glyph.pos.x = index as f32;
            glyph.advance_width = 1.0;
            glyph
        };
        row.glyphs = text.chars().enumerate().map(place).collect();
        row.size = Vec2::new(row.glyphs.len() as f32, 0.0);
        Some(Arc::new(row))
    }

    /// The whole text.
    pub fn finish(mut self, size: Vec2) -> Typeset {
        self.galley.rect = Rect::from_min_size(pos2(0.0, 0.0), size);
        self.galley.job = Arc::new(LayoutJob {
            text: self.seen,
            ..self.job.clone()
        });
        let text = self.job.text.clone();
        Typeset {
            galley: Arc::new(self.galley),
            order: self.places.map(|places| Arc::new(Order { text, places })),
        }
    }
}
