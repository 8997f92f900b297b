//! Text of which parts look different: links, markup, and words that were looked for.

use std::{mem, ops::Range, rc::Rc};

use eframe::egui::{
    Color32, FontFamily, FontId, Stroke,
    text::{LayoutJob, TextFormat},
};

use crate::{
    gui::theme,
    text::{
        find::Folded,
        links::{Link, links},
        markup::{self, Kind},
    },
};

/// Font size of the marks around bold text and code, in points. They are still there to be selected and copied.
const HIDDEN: f32 = 0.05;

/// How the parts look that are not plain.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::gui) struct Looks {
    /// The colour of links.
    pub link: Color32,
    /// The line below them.
    pub link_line: Stroke,
    /// The ground of words that were looked for.
    pub found: Color32,
    /// Those words.
    pub on_found: Color32,
    /// Whether markup is shown as what it means.
    pub markup: bool,
    /// The words that were looked for, folded.
    pub looked_for: Rc<[String]>,
}

/// What is in a text beside plain words.
#[derive(Debug, Default)]
pub(in crate::gui) struct Styled {
    pub links: Vec<Link>,
    pub code: Vec<Code>,
    /// The marks around what is bold, italic or code, in bytes. They are not seen.
    pub marks: Vec<Marks>,
    /// In order. They do not overlap.
    parts: Vec<Part>,
}

/// A mark and its counterpart, in bytes of the text.
pub(in crate::gui) type Marks = (Range<usize>, Range<usize>);

/// Code in a text, which has a ground of its own.
#[derive(Debug)]
pub(in crate::gui) struct Code {
    /// In bytes of the text.
    pub bytes: Range<usize>,
    /// In characters of the text.
    pub characters: Range<usize>,
    /// Whether it consists of whole lines.
    pub is_block: bool,
}

#[derive(Debug)]
struct Part {
    bytes: Range<usize>,
    style: Style,
}

/// What a part of a text is, as a set of [`Trait`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Style(u8);

#[derive(Debug, Clone, Copy)]
enum Trait {
    Link,
    Found,
    Bold,
    Italic,
    Code,
    Mark,
    Fence,
}

impl Style {
    fn has(self, one: Trait) -> bool {
        self.0 & (1 << one as u8) != 0
    }
}

impl Styled {
    /// Finds all that `looks` shows in a text, which may be `is_cut` off at its end.
    pub fn new(text: &str, looks: &Looks, is_cut: bool) -> Self {
        let mut links = links(text);
        let mut edges = Vec::new();
        let mut add = |bytes: Range<usize>, one: Trait| {
            edges.push((bytes.start, one, true));
            edges.push((bytes.end, one, false));
        };
        let (mut code, mut marks) = (Vec::new(), Vec::new());
        if looks.markup {
            for span in markup::spans(text, &links, is_cut) {
                if let Kind::Code | Kind::Block = span.kind {
                    code.push((span.bytes.clone(), span.kind == Kind::Block));
                }
                for one in Trait::of(span.kind) {
                    add(span.bytes.clone(), *one);
                }
                for mark in [&span.open, &span.close] {
                    let one = if mark.is_line {
                        Trait::Fence
                    } else {
                        Trait::Mark
                    };
                    add(mark.bytes.clone(), one);
                }
                marks.push((span.open.bytes, span.close.bytes));
            }
        }
        if is_cut {
            // What is cut off would lead elsewhere.
            links.retain(|link| link.bytes.end < text.len());
        }
        for link in &links {
            add(link.bytes.clone(), Trait::Link);
        }
        if !looks.looked_for.is_empty() {
            for bytes in Folded::new(text).find_any(&looks.looked_for) {
                add(bytes, Trait::Found);
            }
        }
        Self {
            links,
            code: with_characters(text, code),
            marks,
            parts: parts(edges),
        }
    }

    /// How many parts begin in these bytes.
    pub fn count(&self, bytes: &Range<usize>) -> usize {
        let before = |end| self.parts.partition_point(|part| part.bytes.start < end);
        before(bytes.end) - before(bytes.start)
    }

    /// Gives the parts of a job their formats. Its text begins at byte `start` of this one, and has one format.
    pub fn format(&self, job: &mut LayoutJob, start: usize, looks: &Looks) {
        let end = start + job.text.len();
        let first = self.parts.partition_point(|part| part.bytes.end <= start);
        let parts = self.parts.get(first..).unwrap_or_default().iter();
        let mut parts = parts.take_while(|part| part.bytes.start < end).peekable();
        let Some(plain) = job.sections.first().map(|section| section.format.clone()) else {
            return;
        };
        if parts.peek().is_none() {
            return;
        }
        let text = mem::take(&mut job.text);
        job.sections.clear();
        let mut at = 0;
        let mut append = |range: Range<usize>, format: TextFormat| {
            let part = text.get(range).unwrap_or_default();
            if !part.is_empty() {
                job.append(part, 0.0, format);
            }
        };
        for part in parts {
            let bytes = part.bytes.start.max(start) - start..part.bytes.end.min(end) - start;
            append(at..bytes.start, plain.clone());
            at = bytes.end;
            append(bytes, looks.format(part.style, &plain));
        }
        append(at..text.len(), plain);
    }
}

impl Looks {
    fn format(&self, style: Style, plain: &TextFormat) -> TextFormat {
        let mut format = plain.clone();
        if style.has(Trait::Mark) || style.has(Trait::Fence) {
            format.font_id.size = HIDDEN;
            format.color = Color32::TRANSPARENT;
            format.strikethrough = Stroke::NONE;
            let is_fence = style.has(Trait::Fence);
            format.line_height = Some(if is_fence { theme::CODE_PADDING } else { 0.0 });
            return format;
        }
        if style.has(Trait::Code) {
            let size = format.font_id.size * theme::CODE_PART;
            format.font_id = FontId::new(size, FontFamily::Monospace);
        } else if style.has(Trait::Bold) {
            format.font_id.family = theme::strong_family();
        }
        format.italics = style.has(Trait::Italic) && !style.has(Trait::Code);
        if style.has(Trait::Link) {
            format.color = self.link;
            format.underline = self.link_line;
        }
        if style.has(Trait::Found) {
            format.background = self.found;
            format.color = self.on_found;
            format.underline.color = self.on_found;
        }
        format
    }
}

impl Trait {
    const ALL: [Self; 7] = [
        Self::Link,
        Self::Found,
        Self::Bold,
        Self::Italic,
        Self::Code,
        Self::Mark,
        Self::Fence,
    ];

    fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Bold => &[Self::Bold],
            Kind::Italic => &[Self::Italic],
            Kind::BoldItalic => &[Self::Bold, Self::Italic],
            Kind::Code | Kind::Block => &[Self::Code],
        }
    }
}

/// The parts between these edges: where a trait begins, or ends.
fn parts(mut edges: Vec<(usize, Trait, bool)>) -> Vec<Part> {
    edges.sort_by_key(|(at, ..)| *at);
    let mut open = Trait::ALL.map(|one| (one, 0_usize));
    let mut parts: Vec<Part> = Vec::new();
    let mut before = 0;
    for (at, one, begins) in edges {
        let mut style = Style::default();
        for (one, _) in open.iter().filter(|(_, count)| *count > 0) {
            style.0 |= 1 << *one as u8;
        }
        if style != Style::default() && at > before {
            let bytes = before..at;
            parts.push(Part { bytes, style });
        }
        before = at;
        if let Some((_, count)) = open.get_mut(one as usize) {
            *count = if begins {
                *count + 1
            } else {
                count.saturating_sub(1)
            };
        }
    }
    parts
}

/// Adds to ranges of bytes those of characters, and puts them in order.
fn with_characters(text: &str, mut ranges: Vec<(Range<usize>, bool)>) -> Vec<Code> {
    ranges.sort_by_key(|(bytes, _)| bytes.start);
    let (mut at, mut count) = (0, 0);
    let mut characters_before = |byte: usize| {
        count += text.get(at..byte).map_or(0, |part| part.chars().count());
        at = byte;
        count
    };
    let ranges = ranges.into_iter().map(|(bytes, is_block)| Code {
        characters: characters_before(bytes.start)..characters_before(bytes.end),
        bytes,
        is_block,
    });
    ranges.collect()
}
