//! Puts copied text right where it differs from what egui has laid out: in its own order, and with marks that are not seen
//! only in pairs.

use std::{collections::HashSet, ops::Range};

use eframe::egui::{Context, FullOutput, Galley, OutputCommand, Plugin, Ui, epaint::text::Row};

use super::{Typeset, styled::Marks};

/// Rounding of a position, in points.
const ROUNDING: f32 = 0.01;

/// What may have been selected in this frame, for each label.
///
/// egui knows only the text of a galley, which is that on the screen, and does not tell which part of it is selected.
#[derive(Default)]
struct Copied(Vec<Vec<Part>>);

/// A part of a text.
struct Part {
    /// As egui copies it.
    seen: String,
    /// As it is to be copied.
    text: String,
}

/// What is selected in a galley, in characters. Of characters without a width it can't be told whether they are, so there
/// are two beginnings and two ends.
struct Selected {
    starts: [usize; 2],
    ends: [usize; 2],
}

impl Plugin for Copied {
    fn debug_name(&self) -> &'static str {
        "Duologue's copied text"
    }

    fn on_begin_pass(&mut self, _: &mut Ui) {
        self.0.clear();
    }

    fn output_hook(&mut self, _: &Context, output: &mut FullOutput) {
        for command in &mut output.platform_output.commands {
            if let OutputCommand::CopyText(text) | OutputCommand::TextSelectionSettled(text) =
                command
            {
                *text = self.corrected(text);
            }
        }
    }
}

impl Copied {
    /// Replaces the selected part of each label. They come in the order of the labels.
    fn corrected(&self, text: &str) -> String {
        let (mut done, mut rest) = (String::with_capacity(text.len()), text);
        for label in &self.0 {
            let mut parts = label.iter();
            let found = parts.find_map(|part| Some((part, rest.split_once(part.seen.as_str())?)));
            if let Some((part, (before, after))) = found {
                done.push_str(before);
                done.push_str(&part.text);
                rest = after;
            }
        }
        done.push_str(rest);
        done
    }
}

impl Typeset {
    /// Notes what is copied of this text if something is. It has been `painted` with its selection.
    pub(super) fn note_copied(&self, ui: &Ui, painted: &Galley, marks: &[Marks]) {
        let parts = match (Selected::of(&self.galley, painted), &self.order) {
            // The longest first.
            (Some(Selected { starts, ends }), _) => {
                let [end, longer] = ends;
                let ranges = [longer, end]
                    .into_iter()
                    .flat_map(|end| starts.map(|start| start..end));
                ranges.map(|range| self.part(range, marks)).collect()
            }
            (None, Some(order)) => vec![self.part(0..order.places.len(), marks)],
            (None, None) => return,
        };
        let copied = ui.ctx().plugin_or_default::<Copied>();
        copied.lock().0.push(parts);
    }

    /// These characters of the galley.
    fn part(&self, range: Range<usize>, marks: &[Marks]) -> Part {
        let characters = self.galley.text().char_indices();
        let characters = characters.skip(range.start).take(range.len());
        let (ats, seen): (Vec<_>, String) = characters.unzip();
        let mut places = match &self.order {
            Some(order) => order.places.get(range).unwrap_or_default().to_vec(),
            None => ats,
        };
        places.sort_unstable();
        pair_marks(&mut places, self.text(), marks);
        let character = |at: &usize| self.text().get(*at..)?.chars().next();
        let text = places.iter().filter_map(character).collect();
        Part { seen, text }
    }
}

/// Completes what is copied of a text, as the places of its characters in order: a mark comes with its counterpart if that
/// is beside what is selected, since nobody sees where it is, and else not at all.
fn pair_marks(places: &mut Vec<usize>, text: &str, marks: &[Marks]) {
    let (Some(&first), Some(&last)) = (places.first(), places.last()) else {
        return;
    };
    let (mut start, mut end) = (first, last);
    let after = text.get(last..).and_then(|rest| rest.chars().next());
    end += after.map_or(0, char::len_utf8);
    let (mut alone, mut added) = (HashSet::new(), Vec::new());
    for (open, close) in marks {
        let is_in = |mark: &Range<usize>| mark.clone().all(|at| places.binary_search(&at).is_ok());
        match (is_in(open), is_in(close)) {
            (true, true) => {}
            (true, false) if close.start == end => {
                added.extend(close.clone());
                end = close.end;
            }
            (false, true) if open.end == start => {
                added.extend(open.clone());
                start = open.start;
            }
            _ => alone.extend(open.clone().chain(close.clone())),
        }
    }
    places.retain(|at| !alone.contains(at));
    places.append(&mut added);
    places.sort_unstable();
}

impl Selected {
    /// What is selected, which egui shows by a rectangle in each row.
    fn of(galley: &Galley, painted: &Galley) -> Option<Self> {
        let (mut start, mut selected) = (0, None::<Self>);
        for (before, after) in galley.rows.iter().zip(&painted.rows) {
            let mesh = &after.visuals.mesh;
            if let Some(rectangle) = mesh.vertices.get(before.visuals.mesh.vertices.len()..)
                && !rectangle.is_empty()
            {
                let x = rectangle.iter().map(|vertex| vertex.pos.x);
                let (left, right) = x.fold((f32::MAX, f32::MIN), |(left, right), x| {
                    (left.min(x), right.max(x))
                });
                // A row that is selected up to its end is so with its line break.
                let is_past = right > before.size.x + ROUNDING;
                let newline = usize::from(before.ends_with_newline && is_past);
                selected = Some(Self {
                    starts: selected.map_or_else(
                        || columns(before, left).map(|column| start + column),
                        |selected| selected.starts,
                    ),
                    ends: columns(before, right).map(|column| start + column + newline),
                });
            }
            start += before.glyphs.len() + usize::from(before.ends_with_newline);
        }
        selected
    }
}

/// The first and the last column at this place of a row.
fn columns(row: &Row, x: f32) -> [usize; 2] {
    let glyphs = &row.glyphs;
    let first = glyphs
        .iter()
        .take_while(|glyph| glyph.pos.x < x - ROUNDING)
        .count();
    let same = glyphs.iter().skip(first);
    let same = same.take_while(|glyph| glyph.pos.x <= x + ROUNDING).count();
    let is_end = row.size.x <= x + ROUNDING;
    let last = if is_end {
        first + same
    } else {
        first + same.saturating_sub(1)
    };
    [first, last]
}
