use eframe::egui::{self, Color32, Context, FontId, RawInput};

use super::*;

/// Lays text out at this width, in points.
fn lay_out(text: &str, width: f32) -> Typeset {
    let mut typeset = None;
    in_window(|painter| typeset = Some(layout(painter, job(text, width))));
    typeset.unwrap()
}

fn job(text: &str, width: f32) -> LayoutJob {
    LayoutJob::simple(
        text.to_owned(),
        FontId::proportional(14.0),
        Color32::BLACK,
        width,
    )
}

pub(super) fn in_window(mut work: impl FnMut(&Painter)) {
    let ctx = Context::default();
    crate::gui::theme::install(&ctx);
    let output = ctx.run_ui(RawInput::default(), |ui| work(ui.painter()));
    output.drop_without_applying_deltas();
}

/// What is seen on each line, from left to right.
fn seen(galley: &Galley) -> Vec<String> {
    let rows = galley.rows.iter().map(|row| {
        let mut glyphs: Vec<_> = row.glyphs.iter().collect();
        glyphs.sort_by(|one, other| one.pos.x.total_cmp(&other.pos.x));
        glyphs.iter().map(|glyph| glyph.chr).collect()
    });
    rows.collect()
}

#[test]
fn words_are_in_the_order_of_their_direction() {
    for (text, shown) in [
        ("שלום עולם", "םלוע םולש"),
        ("abc שלום עולם def", "abc םלוע םולש def"),
        ("שלום abc עולם", "םלוע abc םולש"),
        ("ab (שלום) 12", "ab (םולש) 12"),
    ] {
        assert_eq!(
            seen(&lay_out(text, f32::INFINITY).galley),
            [shown],
            "{text:?}"
        );
    }
}

#[test]
fn lines_are_broken_before_they_are_put_in_order() {
    let text = "אאאאאא בבבבבב גגגגגג";
    let one = lay_out("אאאאאא בבבבבב", f32::INFINITY).size().x;
    let typeset = lay_out(text, one + 2.0);
    assert_eq!(seen(&typeset.galley), [" בבבבבב אאאאאא", "גגגגגג"]);
    // A line that begins at the right ends there, too.
    let right = |row: usize| typeset.galley.rows[row].rect().right();
    assert!((right(0) - right(1)).abs() < 1.0);
    assert!((right(0) - typeset.galley.rect.right()).abs() < 1.0);
    assert!(typeset.galley.rows[1].pos.x > 10.0);
}

#[test]
fn a_word_that_is_wider_than_a_line_is_broken() {
    let text = "א".repeat(1_000);
    let typeset = lay_out(&text, 100.0);
    let rows = &typeset.galley.rows;
    assert!(rows.len() > 10);
    assert!(rows.iter().all(|row| row.size.x <= 101.0));
    let fullest = rows[0].glyphs.len();
    assert!(
        rows[..rows.len() - 1]
            .iter()
            .filter(|row| row.glyphs.len() + 2 < fullest)
            .count()
            < 6
    );
    let count = rows.iter().map(|row| row.glyphs.len()).sum::<usize>();
    assert_eq!(count, 1_000);
}

#[test]
fn each_paragraph_begins_where_its_first_letter_says() {
    let typeset = lay_out("left\nימין\n\nleft again, and longer ימין\nימין", 400.0);
    let xs: Vec<_> = typeset
        .galley
        .rows
        .iter()
        .map(|row| row.pos.x > 0.0)
        .collect();
    assert_eq!(xs, [false, true, false, false, true]);
    let newlines: Vec<_> = typeset
        .galley
        .rows
        .iter()
        .map(|row| row.ends_with_newline)
        .collect();
    assert_eq!(newlines, [true, true, true, true, false]);
    assert_eq!(
        typeset.galley.text().chars().count(),
        typeset.galley.end().index.0
    );
}

#[test]
fn other_text_is_laid_out_by_egui_alone() {
    in_window(|painter| {
        let typeset = layout(painter, job("안녕 hello\n漢字", 100.0));
        assert!(typeset.order.is_none());
        assert!(Arc::ptr_eq(
            &typeset.galley,
            &painter.layout_job(job("안녕 hello\n漢字", 100.0))
        ));
    });
}

#[test]
fn text_that_does_not_fit_ends_with_a_mark() {
    let mut job = job("אאאאאא בבבבבב גגגגגג", 0.0);
    job.wrap.max_rows = 1;
    job.wrap.max_width = lay_out("אאאאאא בבבבבב", f32::INFINITY).size().x;
    let mut elided = None;
    in_window(|painter| elided = Some(layout(painter, job.clone())));
    let galley = elided.unwrap().galley;
    assert!(galley.elided);
    assert!(galley.size().x <= job.wrap.max_width + 1.0);
    let [line] = &seen(&galley)[..] else {
        panic!("one line");
    };
    assert!(
        line.starts_with('…') && line.ends_with("בבב אאאאאא"),
        "{line}"
    );
}

#[test]
fn boxes_take_the_place_of_what_is_not_ascii() {
    let mut text = LayoutJob::default();
    text.append("aé", 0.0, egui::TextFormat::default());
    text.append(
        "漢b",
        0.0,
        egui::TextFormat::simple(FontId::default(), Color32::RED),
    );
    let boxes = tofu(text);
    assert_eq!(boxes.text, "a\u{fffd}\u{fffd}b");
    let ranges: Vec<_> = boxes
        .sections
        .iter()
        .map(|section| section.byte_range.start.0..section.byte_range.end.0)
        .collect();
    assert_eq!(ranges, [0..4, 4..8]);
}

#[test]
fn every_character_has_one_glyph_and_keeps_its_place() {
    for text in [
        "שלום עולם",
        "שָׁלוֹם (abc) 🙂👨\u{200d}👩 12\nenglish\n\nعربي ۱۲۳",
        "\u{200f}שלום\tעולם \u{2068}Mina\u{2069}",
        "הללה\u{301}\u{302} ",
    ] {
        for width in [20.0, 80.0, 1_000.0] {
            let typeset = lay_out(text, width);
            let galley = &typeset.galley;
            assert_eq!(galley.end().index.0, text.chars().count(), "{text:?}");
            let order = typeset.order.as_ref().unwrap();
            let mut places = order.places.clone();
            places.sort_unstable();
            let all: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            assert_eq!(places, all, "{text:?}");
            for row in &galley.rows {
                let mesh = &row.visuals.mesh;
                assert!(mesh.is_valid());
                assert!(
                    row.glyphs
                        .iter()
                        .map(|glyph| glyph.first_vertex)
                        .is_sorted()
                );
            }
            let vertices = galley
                .rows
                .iter()
                .map(|row| row.visuals.mesh.vertices.len());
            assert_eq!(galley.num_vertices, vertices.sum::<usize>());
        }
    }
}

#[test]
fn a_tone_mark_is_a_dot_beside_its_syllable() {
    let looks = |text: &str| {
        let galley = lay_out(text, f32::INFINITY).galley;
        let glyphs = galley.rows.iter().flat_map(|row| &row.glyphs);
        let looks = glyphs.filter(|glyph| !glyph.uv_rect.is_nothing());
        looks.map(|glyph| glyph.uv_rect.size).collect::<Vec<_>>()
    };
    for (syllable, mark) in [
        ("나", '\u{302e}'),
        ("가", '\u{302f}'),
        ("\u{1112}\u{1161}\u{11ab}", '\u{302e}'),
    ] {
        let letter = looks(syllable);
        let marked = looks(&format!("{syllable}{mark}"));
        // The dot comes first, and is narrower.
        assert_eq!(marked.len(), letter.len() + 1, "{syllable}");
        // Their pixels may be cut off differently.
        assert!((marked[1] - letter[0]).length() < 2.0, "{syllable}");
        assert!(marked[0].x < letter[0].x / 2.0, "{syllable}");
        assert_eq!(looks(&mark.to_string()).len(), 1);
    }
}
