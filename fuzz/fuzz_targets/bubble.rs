//! Shows any text in a bubble, as long as a message may be, frame by frame. Nothing panics, and no frame takes long.
#![no_main]

use std::{cell::RefCell, fs, time::Duration};

use arbitrary::{Arbitrary, Unstructured};
use duologue::gui::fuzzing::Bubbles;
use libfuzzer_sys::fuzz_target;

/// Maximum length of a message, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// Maximum processor time for a frame, in a build without the instrumentation of the fuzzer. A frame has work for 30 ms
/// (docs/performance.md).
const MAX_TIME: Duration = Duration::from_millis(100);
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
    // Something else may slow one attempt down. Each has fonts of its own, so that all characters are drawn again.
    for _ in 0..4 {
        let mut slowest = Duration::ZERO;
        BUBBLES.with_borrow(|bubbles| {
            bubbles.show(&text, width, &mut |frame: &mut dyn FnMut()| {
                let before = processor_time();
                frame();
                slowest = slowest.max(processor_time() - before);
            });
        });
        if slowest < SLOWDOWN * MAX_TIME {
            return;
        }
        let start: String = text.chars().take(60).collect();
        eprintln!("{slowest:?} for a frame with {} bytes, {start:?}", text.len());
        BUBBLES.replace(Bubbles::new());
    }
    panic!("a frame takes long");
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
