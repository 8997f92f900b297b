//! Links in text that is laid out: how they look, and where they are.

use std::{mem, ops::Range};

use eframe::egui::{
    Rangef, Rect,
    epaint::text::Glyph,
    pos2,
    text::{LayoutJob, TextFormat},
};

use super::Typeset;
use crate::text::links::Link;

/// Gives links another format than the rest of a job has. Its text begins at byte `start` of the text that the links are in.
pub(in crate::gui) fn format_links(
    job: &mut LayoutJob,
    start: usize,
    links: &[Link],
    format: &TextFormat,
) {
    let end = start + job.text.len();
    let first = links.partition_point(|link| link.bytes.end <= start);
    let links = links.get(first..).unwrap_or_default().iter();
    let mut links = links
        .take_while(|link| link.bytes.start < end)
        .map(|link| link.bytes.start.max(start) - start..link.bytes.end.min(end) - start)
        .peekable();
    let Some(plain) = job.sections.first().map(|section| section.format.clone()) else {
        return;
    };
    if links.peek().is_none() {
        return;
    }
    let text = mem::take(&mut job.text);
    job.sections.clear();
    let mut at = 0;
    let mut append = |range: Range<usize>, format: &TextFormat| {
        let part = text.get(range).unwrap_or_default();
        if !part.is_empty() {
            job.append(part, 0.0, format.clone());
        }
    };
    for link in links {
        append(at..link.start, &plain);
        at = link.end;
        append(link, format);
    }
    append(at..text.len(), &plain);
}

impl Typeset {
    /// Where the links of this text are: the number of each, with a rectangle for each line that it is on and that is in `view`
    /// at least in part. In points from the top left. Takes time in proportion to the lines, and to the characters in `view`.
    pub fn link_places(&self, links: &[Link], view: Rangef) -> Vec<(usize, Rect)> {
        let mut places: Vec<(usize, Rect)> = Vec::new();
        let mut character = 0;
        for row in &self.galley.rows {
            let height = Rangef::new(row.pos.y, row.pos.y + row.size.y);
            // What is left blank has no height.
            let is_in_view = row.size.y > 0.0 && height.intersects(view) && !links.is_empty();
            let glyphs = row.glyphs.iter().enumerate().filter(|_| is_in_view);
            let mut last = None;
            for (index, glyph) in glyphs {
                let link = self.link_at(links, character + index);
                let part = place(glyph, row.pos.x, height);
                match (link, places.last_mut()) {
                    (Some(link), Some((_, rect))) if last == Some(link) => *rect |= part,
                    (Some(link), _) => places.push((link, part)),
                    (None, _) => {}
                }
                last = link;
            }
            character += row.glyphs.len() + usize::from(row.ends_with_newline);
        }
        places
    }

    /// Which of the links this character of the galley is in.
    fn link_at(&self, links: &[Link], character: usize) -> Option<usize> {
        let byte = match &self.order {
            Some(order) => Some(*order.places.get(character)?),
            None => None,
        };
        let is_after = |link: &Link| match byte {
            Some(byte) => byte >= link.bytes.end,
            None => character >= link.characters.end,
        };
        let is_before = |link: &Link| match byte {
            Some(byte) => byte < link.bytes.start,
            None => character < link.characters.start,
        };
        let index = links.partition_point(is_after);
        let link = links.get(index)?;
        (!is_before(link)).then_some(index)
    }
}

fn place(glyph: &Glyph, left: f32, height: Rangef) -> Rect {
    let x = left + glyph.pos.x;
    Rect::from_min_max(
        pos2(x, height.min),
        pos2(x + glyph.advance_width, height.max),
    )
}
