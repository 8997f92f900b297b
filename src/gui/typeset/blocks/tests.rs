use std::collections::BTreeSet;

use eframe::egui::{Color32, Context, FontId, RawInput, epaint::text::PlacedRow};

use super::*;
use crate::gui::typeset::{clusters, layout};

const LONGEST: usize = 64 * 1024;
const VIEW: f32 = 500.0;

/// A text of the greatest length.
fn repeated(part: &str) -> String {
    part.repeat(LONGEST / part.len())
}

fn texts() -> Vec<String> {
    let syllables = ('가'..='힣').collect::<String>();
    let ideographs = ('一'..='鿿').take(20_000).collect::<String>();
    let hebrew = "שלום עולם, זה טקסט ארוך (עם 12 מספרים) ";
    vec![
        syllables,
        ideographs,
        repeated("٣ "),
        repeated("a٣"),
        repeated("가٣"),
        repeated("\n"),
        repeated("line\nאב\n"),
        repeated("a"),
        repeated("hello, world "),
        repeated("안녕하세요 오늘 "),
        repeated(hebrew),
        repeated(&format!("{}\n", hebrew.repeat(40))),
        repeated("א"),
        repeated("אa"),
        repeated("\u{200d}"),
        repeated("🙂👨\u{200d}👩\u{200d}👧"),
    ]
}

fn job(text: &str, width: f32) -> LayoutJob {
    let text = text.to_owned();
    LayoutJob::simple(text, FontId::proportional(14.0), Color32::BLACK, width)
}

/// A window of which the test runs every frame.
struct Window(Context);

impl Window {
    fn new() -> Self {
        let ctx = Context::default();
        crate::gui::theme::install(&ctx);
        Self(ctx)
    }

    fn frame<T>(&self, mut work: impl FnMut(&Painter) -> T) -> T {
        let mut result = None;
        let output = self.0.run_ui(RawInput::default(), |ui| {
            result = Some(work(ui.painter()));
        });
        output.drop_without_applying_deltas();
        result.unwrap()
    }

    /// Measures a whole text. Returns in how many frames.
    fn measure(&self, text: &str) -> (Blocks, usize) {
        let mut blocks =
            self.frame(|painter| Blocks::new(painter, job(text, 400.0), Looks::default()));
        let mut frames = 1;
        while !self.frame(|painter| blocks.measure(painter, &work::Work::new())) {
            frames += 1;
        }
        (blocks, frames)
    }

    /// Paints frames until everything at this height is shown.
    fn show(&self, blocks: &Blocks, top: f32) -> Typeset {
        let view = Rangef::new(top, top + VIEW);
        for _ in 0..1_000 {
            let show = |painter: &Painter| blocks.show(painter, view, &work::Work::new());
            let (typeset, is_complete) = self.frame(show);
            if is_complete {
                return typeset;
            }
        }
        panic!("there is always something missing");
    }
}

/// What egui laid out in each frame.
#[derive(Default)]
struct LaidOut {
    /// The texts of the last frame, which egui remembers.
    last: BTreeSet<String>,
    drawn: BTreeSet<char>,
}

impl LaidOut {
    /// In this frame, in units of work.
    fn take(&mut self) -> usize {
        let texts: BTreeSet<_> = clusters::take_laid_out().into_iter().collect();
        let mut units = 0;
        for text in texts.difference(&self.last) {
            units += work::cost(text);
            let is_new = |c: &char| !c.is_ascii() && self.drawn.insert(*c);
            units += text.chars().filter(is_new).count() * work::DRAWING;
        }
        self.last = texts;
        units
    }
}

#[test]
fn no_frame_lays_out_much() {
    for text in texts() {
        // A right-to-left word that is longer than a line is laid out several times.
        let times = if bidi::is_needed(&text) { 4 } else { 2 };
        let most = times * work::PER_FRAME;
        let what: String = text.chars().take(20).collect();
        let window = Window::new();
        let mut laid_out = LaidOut::default();
        laid_out.take();
        let mut blocks =
            window.frame(|painter| Blocks::new(painter, job(&text, 400.0), Looks::default()));
        let (mut is_complete, mut frames) = (false, 0);
        while !is_complete {
            is_complete = window.frame(|painter| blocks.measure(painter, &work::Work::new()));
            let units = laid_out.take();
            assert!(units < most, "{what:?}: {units} in frame {frames}");
            frames += 1;
        }
        assert!(frames < 80, "{what:?}: {frames}");
        for part in [0.0, 0.5, 1.0] {
            let top = blocks.size().y * part - VIEW * part;
            let view = Rangef::new(top, top + VIEW);
            let mut is_complete = false;
            while !is_complete {
                let show = |painter: &Painter| blocks.show(painter, view, &work::Work::new()).1;
                is_complete = window.frame(show);
                let units = laid_out.take();
                assert!(units < most, "{what:?}: {units} at {part}");
            }
        }
    }
}

#[test]
fn the_lines_are_those_of_the_whole_text() {
    for text in texts() {
        let what: String = text.chars().take(20).collect();
        let window = Window::new();
        let whole = window.frame(|painter| layout(painter, job(&text, 400.0)));
        let (blocks, _) = window.measure(&text);
        // Everything is in view.
        let everything = Rangef::new(0.0, f32::INFINITY);
        let show = |painter: &Painter| blocks.show(painter, everything, &work::Work::new());
        let mut shown = window.frame(show);
        while !shown.1 {
            shown = window.frame(show);
        }
        let shown = shown.0;
        let in_order = |typeset: &Typeset| match &typeset.order {
            None => typeset.galley.text().to_owned(),
            Some(order) => {
                let mut places = order.places.clone();
                places.sort_unstable();
                places
                    .iter()
                    .map(|at| order.text[*at..].chars().next().unwrap())
                    .collect()
            }
        };
        assert!(in_order(&shown) == text, "{what:?}");
        let (rows, expected) = (&shown.galley.rows, &whole.galley.rows);
        // egui makes too many glyphs where no font has a character, and an empty text has no rows to end at.
        if text.contains('٣') || text.contains("\u{200d}\u{200d}") {
            continue;
        }
        // The position of a glyph is rounded, and a row begins with another fraction than in the whole text.
        let counts = (rows.len(), expected.len());
        assert!(
            counts.0.abs_diff(counts.1) <= counts.1 / 100,
            "{what:?}: {counts:?}"
        );
        let full = |row: &&PlacedRow| row.ends_with_newline || row.size.x > 300.0;
        let short = rows.iter().rev().skip(1).find(|row| !full(row));
        assert_eq!(short.map(|row| row.text()), None, "{what:?}");
    }
}

#[test]
fn all_of_the_text_can_be_seen_and_selected() {
    for text in texts() {
        let text: String = text.chars().take(8_000).collect();
        let what: String = text.chars().take(20).collect();
        let window = Window::new();
        let (blocks, _) = window.measure(&text);
        let count = text.chars().count();
        let (mut seen, mut top) = (0, 0.0);
        while top < blocks.size().y {
            let typeset = window.show(&blocks, top);
            let galley = &typeset.galley;
            // egui makes more glyphs than characters where no font has them.
            let has_glyphs = !text.contains('٣');
            assert!(!has_glyphs || galley.end().index.0 == count, "{what:?}");
            if typeset.order.is_none() {
                assert!(galley.text() == text, "{what:?}");
            }
            assert!((galley.size() - blocks.size()).length() < 0.1, "{what:?}");
            let (mut at, mut heights) = (0, Rangef::NOTHING);
            for row in &galley.rows {
                let end = at + row.glyphs.len() + usize::from(row.ends_with_newline);
                if row.size.y > 0.0 {
                    heights = Rangef::new(heights.min.min(row.min_y()), row.max_y());
                    seen = if at <= seen { seen.max(end) } else { seen };
                }
                at = end;
            }
            let bottom = (top + VIEW).min(blocks.size().y);
            let fills = heights.min <= top && heights.max >= bottom - 0.1;
            assert!(fills, "{what:?}: {heights:?} at {top}");
            top += VIEW;
        }
        assert!(seen >= count, "{what:?}");
    }
}

#[test]
fn a_paragraph_keeps_its_direction_in_all_blocks() {
    let numbers = "12345 ".repeat(400);
    let text = format!("{numbers}שלום {}", "hello ".repeat(600));
    let window = Window::new();
    let (blocks, _) = window.measure(&text);
    assert!(blocks.measured.len() > 3);
    let bases: Vec<_> = blocks
        .measured
        .iter()
        .skip(1)
        .map(|block| block.base)
        .collect();
    assert!(
        bases
            .iter()
            .all(|base| *base == Some(Direction::RightToLeft))
    );
    let end = window.show(&blocks, blocks.size().y - VIEW);
    let rows = &end.galley.rows;
    assert!(rows.last().unwrap().pos.x > 1.0, "it begins at the right");
}

#[test]
fn what_is_shown_again_takes_no_work() {
    let window = Window::new();
    let (blocks, frames) = window.measure(&repeated("٣ "));
    assert!(frames > 3);
    window.show(&blocks, 1_000.0);
    for _ in 0..3 {
        let work = work::Work::new();
        let view = Rangef::new(1_000.0, 1_000.0 + VIEW);
        window.frame(|painter| blocks.show(painter, view, &work).1);
        assert_eq!(work.done(), 0);
    }
    window.frame(|_| ());
    let work = work::Work::new();
    let view = Rangef::new(1_000.0, 1_000.0 + VIEW);
    window.frame(|painter| blocks.show(painter, view, &work).1);
    assert!(work.done() > 0, "egui has forgotten it");
}

#[test]
fn links_count_as_work() {
    let (with, without) = ("http://a.kr ", "http//aa.kr ");
    let blocks_of = |part: &str| Window::new().measure(&repeated(part));
    let ((blocks, frames), (plain, plain_frames)) = (blocks_of(with), blocks_of(without));
    assert_eq!(blocks.styled().links.len(), LONGEST / with.len());
    assert!(plain.styled().links.is_empty());
    assert!(frames > plain_frames, "{frames} {plain_frames}");
    let cost = |blocks: &Blocks| {
        blocks
            .measured
            .iter()
            .map(|block| block.cost)
            .sum::<usize>()
    };
    let links = blocks.styled().links.len() * work::PART;
    assert!(cost(&blocks) >= cost(&plain) + links);
}

#[test]
fn a_text_full_of_markup_is_measured_in_many_frames() {
    let looks = Looks {
        markup: true,
        looked_for: ["a".to_owned()].into(),
        ..Looks::default()
    };
    for part in ["*a* ", "**a** `b` ", "```\na\n```\n", "**가** *나*는 "] {
        let text = repeated(part);
        let window = Window::new();
        let mut blocks =
            window.frame(|painter| Blocks::new(painter, job(&text, 400.0), looks.clone()));
        let all = 0..text.len();
        let parts = blocks.styled.count(&all);
        assert!(parts > text.len() / 12, "{part}: {parts}");
        let (mut frames, mut is_complete) = (0, false);
        while !is_complete {
            let work = work::Work::new();
            is_complete = window.frame(|painter| blocks.measure(painter, &work));
            assert!(work.done() <= work::PER_FRAME);
            frames += 1;
        }
        assert!(frames > parts * work::PART / work::PER_FRAME, "{frames}");
        // One glyph for each character, marks too.
        let text: String = text.chars().take(2_000).collect();
        let styled = Styled::new(&text, &looks, true);
        let mut job = job(&text, 400.0);
        styled.format(&mut job, 0, &looks);
        let whole = window.frame(|painter| layout(painter, job.clone()));
        assert_eq!(whole.galley.end().index.0, text.chars().count(), "{part}");
        assert_eq!(whole.galley.text(), text);
    }
}
