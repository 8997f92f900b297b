//! Joins lines of pieces into one galley, which egui paints and selects in like any other.

use std::{ops::Range, sync::Arc};

use eframe::egui::{
    Galley, Mesh, Painter, Pos2, Rect,
    emath::GuiRounding as _,
    epaint::{
        Vertex,
        text::{Glyph, PlacedRow, Row, RowVisuals},
    },
    pos2,
    text::LayoutJob,
    vec2,
};

use super::lines::{Content, Laid, Line, Lines};

/// In which order a galley has its glyphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GlyphOrder {
    /// From left to right, and its text too: egui finds what is under the pointer.
    Seen,
    /// As in the text: egui moves the caret and edits. A glyph that is written from right to left begins at its right edge
    /// and has a negative width, as has a row that begins at the right.
    Written,
}

/// The galley, and for each of its characters the byte offset in the text. A line that begins at the right does so at
/// `least_width` points, or at the right of the longest line.
pub(super) fn join(
    painter: &Painter,
    job: &LayoutJob,
    lines: &Lines,
    order: GlyphOrder,
    least_width: f32,
) -> (Galley, Vec<usize>) {
    let scale = painter.pixels_per_point();
    let joined: Vec<_> = lines
        .lines
        .iter()
        .filter_map(|line| {
            let (row, places) = match &line.content {
                Content::Plain(row, places) => plain(row, places),
                Content::Ordered(pieces) => {
                    let joiner = Joiner::new(&job.text, order, line.is_right_to_left);
                    joiner.join(pieces, scale)?
                }
            };
            Some((row, places, line))
        })
        .collect();
    let widths = joined
        .iter()
        .map(|(row, _, line)| row.size.x.abs() - line.hanging);
    let width = widths.fold(0.0, f32::max).min(job.wrap.max_width);
    let width = width.max(least_width);
    let mut galley = Galley::clone(&painter.layout_job(LayoutJob::default()));
    galley.rows.clear();
    galley.mesh_bounds = Rect::NOTHING;
    (galley.num_vertices, galley.num_indices) = (0, 0);
    galley.elided = lines.is_elided;
    let mut places = Vec::new();
    let mut y = 0.0;
    for (row, of_row, line) in joined {
        let pos = pos2(left(&row, line, width).round_to_pixels(scale), y);
        y = (y + row.size.y).round_to_pixels(scale);
        galley.mesh_bounds |= row.visuals.mesh_bounds.translate(pos.to_vec2());
        galley.num_vertices += row.visuals.mesh.vertices.len();
        galley.num_indices += row.visuals.mesh.indices.len();
        galley.rows.push(PlacedRow {
            pos,
            row,
            ends_with_newline: line.newline.is_some(),
        });
        places.extend(of_row.into_iter().chain(line.newline));
    }
    galley.rect = Rect::from_min_size(Pos2::ZERO, vec2(width, y)).round_ui();
    let mut job = job.clone();
    if order == GlyphOrder::Seen {
        job.text = places.iter().map(|at| character(&job.text, *at)).collect();
    }
    galley.job = Arc::new(job);
    (galley, places)
}

/// Where a row begins, in points.
fn left(row: &Row, line: &Line, width: f32) -> f32 {
    if !line.is_right_to_left {
        0.0
    } else if row.size.x < 0.0 {
        width
    } else {
        width - row.size.x
    }
}

/// The character at this byte of a text. Nothing is there for the mark that stands for text left out.
fn character(text: &str, at: usize) -> char {
    let rest = text.get(at..).unwrap_or_default();
    rest.chars().next().unwrap_or('…')
}

/// A row that stays as egui laid it out, with exactly one place for each glyph.
fn plain(row: &Arc<Row>, places: &[usize]) -> (Arc<Row>, Vec<usize>) {
    let last = places.last().copied().unwrap_or_default();
    let mut places = places.to_vec();
    places.resize(row.glyphs.len(), last);
    (Arc::clone(row), places)
}

/// Puts the pieces of one line beside each other.
struct Joiner<'a> {
    text: &'a str,
    order: GlyphOrder,
    /// Whether the line begins at the right.
    is_right_to_left: bool,
    mesh: Mesh,
    glyphs: Vec<Glyph>,
    places: Vec<usize>,
}

impl<'a> Joiner<'a> {
    fn new(text: &'a str, order: GlyphOrder, is_right_to_left: bool) -> Self {
        Self {
            text,
            order,
            is_right_to_left,
            mesh: Mesh::default(),
            glyphs: Vec::new(),
            places: Vec::new(),
        }
    }

    /// The row, and the byte offset of each of its characters in the text. `pieces` go from left to right.
    fn join(mut self, pieces: &[Laid], scale: f32) -> Option<(Arc<Row>, Vec<usize>)> {
        let width = pieces.iter().map(|laid| laid.row.size.x).sum::<f32>();
        let height = pieces
            .iter()
            .map(|laid| laid.row.size.y)
            .fold(0.0, f32::max);
        let is_mirrored = self.order == GlyphOrder::Written && self.is_right_to_left;
        let mut x = if is_mirrored { -width } else { 0.0 };
        let mut placed = Vec::with_capacity(pieces.len());
        for laid in pieces {
            // On whole pixels, as egui does with glyphs, or they would be blurred.
            placed.push((laid, x.round_to_pixels(scale)));
            x += laid.row.size.x;
        }
        if self.order == GlyphOrder::Written {
            placed.sort_by_key(|(laid, _)| laid.piece.range.start);
        }
        // What is behind glyphs comes first in the mesh, and what is on them last.
        for (laid, x) in &placed {
            let glyphs = &laid.row.visuals.glyph_vertex_range;
            self.add(&laid.row.visuals, 0..glyphs.start, *x);
        }
        let glyph_index_start = self.mesh.indices.len();
        let start = self.mesh.vertices.len();
        for (laid, x) in &placed {
            self.add_glyphs(laid, *x);
        }
        let glyph_vertex_range = start..self.mesh.vertices.len();
        for (laid, x) in &placed {
            let glyphs = &laid.row.visuals.glyph_vertex_range;
            let end = laid.row.visuals.mesh.vertices.len();
            self.add(&laid.row.visuals, glyphs.end..end, *x);
        }
        let visuals = RowVisuals {
            mesh_bounds: self.mesh.calc_bounds(),
            mesh: self.mesh,
            glyph_index_start,
            glyph_vertex_range,
        };
        // A row can only be made from another.
        let mut row = Row::clone(&pieces.first()?.row);
        row.glyphs = self.glyphs;
        row.size = vec2(if is_mirrored { -width } else { width }, height);
        row.visuals = visuals;
        Some((Arc::new(row), self.places))
    }

    /// Adds the triangles between these vertices.
    fn add(&mut self, visuals: &RowVisuals, vertices: Range<usize>, x: f32) {
        if vertices.is_empty() {
            return;
        }
        let Some(part) = visuals.mesh.vertices.get(vertices.clone()) else {
            return;
        };
        let base = self.mesh.vertices.len() as u32;
        let first = vertices.start as u32;
        let within = |index: &u32| vertices.contains(&(*index as usize));
        let triangles = visuals.mesh.indices.chunks_exact(3);
        let triangles = triangles.filter(|triangle| triangle.iter().all(within));
        let indices = triangles.flatten().map(|index| index - first + base);
        self.mesh.indices.extend(indices);
        let moved = part.iter().map(|vertex| moved(vertex, x));
        self.mesh.vertices.extend(moved);
    }

    /// Adds the glyphs of a piece, one for each of its characters, because egui expects as many glyphs as characters.
    fn add_glyphs(&mut self, laid: &Laid, x: f32) {
        let row = &laid.row;
        let places: Vec<_> = if laid.piece.is_mark() {
            vec![self.text.len()]
        } else {
            let text = self.text.get(laid.start..).unwrap_or_default();
            let places = laid.piece.characters(text).into_iter();
            places.map(|place| laid.start + place).collect()
        };
        let count = places.len();
        // egui fills up with empty glyphs, but not to the right number where it goes from right to left.
        let is_empty = |glyph: &Glyph| glyph.advance_width == 0.0 && glyph.uv_rect.is_nothing();
        let mut shaped = row.glyphs.clone();
        if shaped.len() != count {
            shaped.retain(|glyph| !is_empty(glyph));
        }
        let share = |index: usize| index * shaped.len() / count.max(1);
        let characters = places.into_iter().enumerate();
        let mut characters: Vec<_> = characters.collect();
        let is_turned = self.order == GlyphOrder::Written && laid.piece.is_right_to_left();
        if is_turned {
            characters.sort_by_key(|(_, place)| *place);
        }
        for (index, place) in characters {
            let Some(mut glyph) = shaped.get(share(index)).or(row.glyphs.first()).copied() else {
                continue;
            };
            if shaped.len() != count {
                // A letter and its marks, or several letters in one glyph: each has its share of the width.
                glyph.advance_width = row.size.x / count as f32;
                glyph.pos.x = glyph.advance_width * index as f32;
            }
            if is_turned {
                glyph.pos.x += glyph.advance_width;
                glyph.advance_width = -glyph.advance_width;
            }
            glyph.chr = character(self.text, place);
            glyph.pos.x += x;
            glyph.first_vertex = self.mesh.vertices.len() as u32;
            self.glyphs.push(glyph);
            self.places.push(place);
            for glyph in shaped
                .get(share(index)..share(index + 1))
                .unwrap_or_default()
            {
                self.add_rectangle(&row.visuals, glyph, x);
            }
        }
    }

    /// Adds the rectangle of one glyph.
    fn add_rectangle(&mut self, visuals: &RowVisuals, glyph: &Glyph, x: f32) {
        let first = glyph.first_vertex as usize;
        if glyph.uv_rect.is_nothing() {
            return;
        }
        let Some(corners) = visuals.mesh.vertices.get(first..first + 4) else {
            return;
        };
        let base = self.mesh.vertices.len() as u32;
        let triangles = [0, 1, 2, 2, 1, 3].map(|corner| base + corner);
        self.mesh.indices.extend(triangles);
        let corners = corners.iter().map(|vertex| moved(vertex, x));
        self.mesh.vertices.extend(corners);
    }
}

fn moved(vertex: &Vertex, x: f32) -> Vertex {
    Vertex {
        pos: vertex.pos + vec2(x, 0.0),
        ..*vertex
    }
}
