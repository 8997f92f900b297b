//! Lays out any text in a bubble, as long as a message may be, and paints it. Nothing panics, and nothing takes long.
#![no_main]

use std::{cell::RefCell, fs, time::Duration};

use arbitrary::{Arbitrary, Unstructured};
use duologue::gui::fuzzing::Bubbles;
use libfuzzer_sys::fuzz_target;

/// Maximum length of a message, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// Maximum processor time for the layout of a message, in a build without the instrumentation of the fuzzer. Real texts
/// take a tenth of that (docs/performance.md). A text that needs another font at every character takes longest, because
/// egui makes a new shaping plan for each.
const MAX_TIME: Duration = Duration::from_millis(300);
/// How much slower the instrumentation makes the layout: five thousand changes of the font in 64 KiB take 29 ms without it,
/// and 216 ms with it.
const SLOWDOWN: u32 = 8;

/// Ranges of characters that the layout treats differently.
const SCRIPTS: [(char, char); 24] = [
    (' ', '~'),
    ('a', 'z'),
    ('\0', '\u{ff}'),
    (' ', ' '),
    ('\n', '\n'),
    ('\t', '\t'),
    ('\u{300}', '\u{36f}'),
    ('א', 'ת'),
    ('\u{5b0}', '\u{5c7}'),
    ('\u{600}', '\u{6ff}'),
    ('ａ', 'ｚ'),
    ('가', '힣'),
    ('\u{1100}', '\u{11ff}'),
    ('\u{302a}', '\u{302f}'),
    ('一', '鿿'),
    ('ぁ', 'ヿ'),
    ('\u{900}', '\u{97f}'),
    ('\u{e00}', '\u{e7f}'),
    ('\u{1780}', '\u{17ff}'),
    ('😀', '🙏'),
    ('🇦', '🇿'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2066}', '\u{2069}'),
    ('\0', char::MAX),
];

/// A part of the text, many times, so that a short input makes a long text.
#[derive(Debug)]
struct Part {
    text: String,
    times: u16,
}

impl<'a> Arbitrary<'a> for Part {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let times = if bool::arbitrary(input)? { 1 } else { u16::arbitrary(input)? };
        let count = input.int_in_range(1..=16)?;
        let mut text = String::new();
        for _ in 0..count {
            let (first, last) = *input.choose(&SCRIPTS)?;
            let code = input.int_in_range(u32::from(first)..=u32::from(last))?;
            text.extend(char::from_u32(code));
        }
        Ok(Self { text, times })
    }
}

#[derive(Debug, Arbitrary)]
struct Input {
    width: u16,
    parts: Vec<Part>,
    /// Each character of the text is raised by its place, so that a long text has many different ones.
    is_varied: bool,
}

thread_local! {
    static BUBBLES: RefCell<Bubbles> = RefCell::new(Bubbles::new());
}

fuzz_target!(|input: Input| {
    let text = text(&input);
    let width = f32::from(input.width % 1_000).max(60.0);
    // The first layout also draws each character that is new, once in a run of the program. Every other one has another
    // width, so that nothing but those drawings is remembered.
    for attempt in 0..4_u8 {
        let mut took = Duration::ZERO;
        BUBBLES.with_borrow(|bubbles| {
            bubbles.show(&text, width + f32::from(attempt), &mut |lay_out: &mut dyn FnMut()| {
                let before = processor_time();
                lay_out();
                took = processor_time() - before;
            });
        });
        if took < SLOWDOWN * MAX_TIME {
            return;
        }
        let start: String = text.chars().take(60).collect();
        eprintln!("{took:?} for {} bytes, {start:?}", text.len());
    }
    panic!("the layout takes long");
});

fn text(input: &Input) -> String {
    let mut text = String::new();
    for part in &input.parts {
        for _ in 0..part.times {
            for (place, character) in part.text.chars().enumerate() {
                let raised = u32::from(character) + (text.len() + place) as u32 % 4_096;
                let varied = char::from_u32(raised).filter(|_| input.is_varied && character > 'z');
                let character = varied.unwrap_or(character);
                if text.len() + character.len_utf8() > MAX_TEXT {
                    return text;
                }
                text.push(character);
            }
        }
    }
    text
}

/// The processor time that this thread has used, so that a busy computer is not taken for a slow layout.
fn processor_time() -> Duration {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}
