//! Keeps the time for a layout in proportion to the length of the text.

use std::{mem, sync::Arc};

use eframe::egui::{Galley, Painter, text::LayoutJob};
use unicode_segmentation::UnicodeSegmentation as _;

/// Maximum length of a grapheme cluster that is laid out in one piece, in bytes. Real ones are much shorter.
const MAX_CLUSTER: usize = 256;

/// Lets egui lay out a text.
///
/// For each character that no font has, egui looks at all that is left of its grapheme cluster. Unicode sets no limit to
/// that (64 KiB of Hangul jamo can be one), so the time grows with the square of the length. Clusters that are too long
/// are laid out in parts, as if each part were a cluster.
pub(super) fn lay_out(painter: &Painter, mut job: LayoutJob) -> Arc<Galley> {
    #[cfg(test)]
    LAID_OUT.with_borrow_mut(|texts| texts.push(job.text.clone()));
    cut_long_clusters(&mut job);
    painter.layout_job(job)
}

#[cfg(test)]
thread_local! {
    static LAID_OUT: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The texts that were laid out in this thread since the last call.
#[cfg(test)]
pub(super) fn take_laid_out() -> Vec<String> {
    LAID_OUT.take()
}

fn cut_long_clusters(job: &mut LayoutJob) {
    // A short text takes no time whatever it contains.
    if job.text.len() <= 4 * MAX_CLUSTER || job.text.is_ascii() {
        return;
    }
    let mut cuts = Vec::new();
    for (start, cluster) in job.text.grapheme_indices(true) {
        if cluster.len() <= MAX_CLUSTER {
            continue;
        }
        let mut last = 0;
        for (at, _) in cluster.char_indices() {
            if at >= last + MAX_CLUSTER {
                cuts.push(start + at);
                last = at;
            }
        }
    }
    if cuts.is_empty() {
        return;
    }
    for mut section in mem::take(&mut job.sections) {
        let range = section.byte_range.start.0..section.byte_range.end.0;
        let first = cuts.partition_point(|cut| *cut <= range.start);
        let inside = cuts.get(first..).unwrap_or_default().iter();
        for &cut in inside.take_while(|cut| **cut < range.end) {
            let mut rest = section.clone();
            rest.leading_space = 0.0;
            rest.byte_range.start = cut.into();
            section.byte_range.end = cut.into();
            job.sections.push(mem::replace(&mut section, rest));
        }
        job.sections.push(section);
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Color32, FontId, text::TextFormat};

    use super::*;

    /// The parts of a text that are laid out apart, in a job of two sections.
    fn parts(text: &str, boundary: usize) -> Vec<String> {
        let mut job = LayoutJob::default();
        for (space, part) in [(7.0, &text[..boundary]), (3.0, &text[boundary..])] {
            let format = TextFormat::simple(FontId::default(), Color32::BLACK);
            job.append(part, space, format);
        }
        cut_long_clusters(&mut job);
        assert_eq!(job.text, text);
        let space: f32 = job.sections.iter().map(|part| part.leading_space).sum();
        assert!((space - 10.0).abs() < 0.01, "{space}");
        let parts = job.sections.iter().map(|part| {
            let range = part.byte_range.start.0..part.byte_range.end.0;
            text[range].to_owned()
        });
        parts.collect()
    }

    #[test]
    fn clusters_without_end_are_laid_out_in_parts() {
        let jamo = "\u{1100}".repeat(20_000);
        let marks = format!("a{}", "\u{301}".repeat(20_000));
        let conjuncts = "क्".repeat(10_000);
        let joined = "😀\u{200d}".repeat(5_000);
        let prepended = "\u{600}".repeat(20_000);
        for endless in [jamo, marks, conjuncts, joined, prepended] {
            let text = format!("안녕 {endless} hello");
            let boundary = "안녕 ".len();
            let parts = parts(&text, boundary);
            assert_eq!(parts.concat(), text);
            assert_eq!(parts[0], "안녕 ");
            assert!(parts.len() > endless.len() / (2 * MAX_CLUSTER));
            for part in &parts {
                let longest = part.graphemes(true).map(str::len).max().unwrap();
                assert!(longest <= MAX_CLUSTER + 4, "{longest}");
            }
        }
    }

    #[test]
    fn other_text_stays_whole() {
        let long = "family 👨‍👩‍👧 क्षि 한글 e\u{301} ".repeat(1_000);
        for text in ["", "hello", &"\u{1100}".repeat(300), &long] {
            assert_eq!(parts(text, 0), ["", text]);
        }
    }
}
