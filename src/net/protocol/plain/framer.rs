//! Cuts a stream of bytes into messages, and adds line ends to what is sent.
//!
//! Bytes and the time go in, messages come out.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::text::{charset::Reading, line_end::LineEnd};

/// Maximum length of a line, in bytes. A longer one is cut between characters.
pub const LINE_CAP: usize = 64 * 1024;
/// A message without a line end is over after this silence.
pub const QUIET: Duration = Duration::from_millis(50);
/// A message without a line end that ends inside a character is over only after this silence.
pub const HALF_CHARACTER: Duration = Duration::from_secs(1);

/// The bytes of one message, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::net) struct Line {
    pub bytes: Vec<u8>,
    pub end: LineEnd,
}

/// Cuts a stream into messages.
///
/// Pass what arrives to `push`, take messages with `poll_line` until there are none, call `handle_timeout` when
/// `deadline` has come, and `finish` when the stream has ended. Between calls it holds at most [`LINE_CAP`] bytes and
/// one more.
#[derive(Debug)]
pub(in crate::net) struct Framer {
    reading: Reading,
    rest: Vec<u8>,
    last_arrival: Option<Instant>,
    /// The rest ends inside a character, so it waits longer.
    half: bool,
    /// Carriage returns after the rest, 0 to 2: what follows shows how the line ends.
    returns: u8,
    /// The last line ended in a carriage return because nothing followed it in time.
    returned: bool,
    lines: VecDeque<Line>,
}

impl Framer {
    pub fn new(reading: Reading) -> Self {
        Self {
            reading,
            rest: Vec::new(),
            last_arrival: None,
            half: false,
            returns: 0,
            returned: false,
            lines: VecDeque::new(),
        }
    }

    /// Changes the encoding by which a character counts as complete.
    pub fn set_reading(&mut self, reading: Reading) {
        self.reading = reading;
    }

    /// Takes bytes that arrived at `now`.
    pub fn push(&mut self, bytes: &[u8], now: Instant) {
        if bytes.is_empty() {
            return;
        }
        self.cut_into_lines(bytes);
        self.last_arrival = (!self.rest.is_empty() || self.returns > 0).then_some(now);
        self.half = false;
    }

    /// The stream has ended with these bytes: what is left is a message.
    pub fn finish_with(&mut self, bytes: &[u8]) {
        self.cut_into_lines(bytes);
        self.finish();
        self.returned = false;
    }

    fn cut_into_lines(&mut self, mut bytes: &[u8]) {
        // The second half of a line end whose first half has ended the line already.
        if std::mem::take(&mut self.returned) && self.rest.is_empty() {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(at) = memchr::memchr3(b'\n', b'\r', 0, bytes) {
            let (line, after) = bytes.split_at(at);
            self.extend(line);
            match after.first() {
                Some(b'\n') => self.end_line(LineEnd::Lf),
                Some(b'\r') => self.add_return(),
                _ => self.end_line(LineEnd::Nul),
            }
            bytes = after.get(1..).unwrap_or_default();
        }
        self.extend(bytes);
    }

    /// The next complete message.
    pub fn poll_line(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }

    /// When to call `handle_timeout`; `None` while nothing waits.
    pub fn deadline(&self) -> Option<Instant> {
        let wait = if self.half { HALF_CHARACTER } else { QUIET };
        self.last_arrival.map(|at| at + wait)
    }

    /// Ends a message without a line end whose time is up.
    pub fn handle_timeout(&mut self, now: Instant) {
        // Checked only now: checked at every arrival, a long rest that arrives byte by byte would be decoded for each
        // of them.
        if !self.half && self.deadline().is_some_and(|deadline| deadline <= now) {
            self.half = self.reading.ends_inside_character(&self.rest);
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.finish();
        }
    }

    /// The stream has ended: the rest is a message.
    pub fn finish(&mut self) {
        self.last_arrival = None;
        self.returned = self.returns > 0;
        self.end_returns();
        if !self.rest.is_empty() {
            let bytes = std::mem::take(&mut self.rest);
            self.lines.push_back(Line {
                bytes,
                end: LineEnd::None,
            });
        }
    }

    /// Appends bytes without a line end to the rest, and cuts it where it would exceed the limit.
    fn extend(&mut self, mut bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.end_returns();
        // One byte more than the limit is kept, to see whether a character ends exactly at the limit.
        while self.rest.len() + bytes.len() > LINE_CAP + 1 {
            let fits = (LINE_CAP + 1).saturating_sub(self.rest.len());
            let (now, later) = bytes.split_at(fits.min(bytes.len()));
            self.rest.extend_from_slice(now);
            bytes = later;
            self.cut_off();
        }
        self.rest.extend_from_slice(bytes);
    }

    /// Turns the beginning of a rest that is too long into a message.
    fn cut_off(&mut self) {
        let after = self.rest.split_off(self.cut());
        let bytes = std::mem::replace(&mut self.rest, after);
        self.lines.push_back(Line {
            bytes,
            end: LineEnd::None,
        });
    }

    /// Where to cut a rest that is too long: the last boundary between two characters within the limit.
    fn cut(&self) -> usize {
        // No supported encoding has characters of more than four bytes.
        (LINE_CAP - 3..=LINE_CAP)
            .rev()
            .find(|&at| {
                self.rest
                    .get(..at)
                    .is_some_and(|part| !self.reading.ends_inside_character(part))
            })
            .unwrap_or(LINE_CAP)
    }

    /// A carriage return has come. It ends a line unless a line feed follows, perhaps after a second one: `CR CR LF` is
    /// what a program writes whose line ends were translated twice.
    fn add_return(&mut self) {
        if self.returns == 2 {
            self.push_line(LineEnd::Cr);
        } else {
            self.returns += 1;
        }
    }

    /// What followed the carriage returns shows that each of them ended a line.
    fn end_returns(&mut self) {
        for _ in 0..std::mem::take(&mut self.returns) {
            self.push_line(LineEnd::Cr);
        }
    }

    fn end_line(&mut self, end: LineEnd) {
        let end = match end {
            // Telnet sends a carriage return alone as CR NUL (RFC 854).
            _ if std::mem::take(&mut self.returns) > 0 => LineEnd::CrLf,
            // Programs in C send whole buffers, and NUL after a line end.
            LineEnd::Nul if self.rest.is_empty() => return,
            end => end,
        };
        self.push_line(end);
    }

    fn push_line(&mut self, end: LineEnd) {
        if self.rest.len() > LINE_CAP {
            self.cut_off();
        }
        self.last_arrival = None;
        self.lines.push_back(Line {
            bytes: std::mem::take(&mut self.rest),
            end,
        });
    }
}

/// Appends an encoded text with `end` after each of its lines. With no line end, the lines are still separated by `\n`,
/// and so are those of a message that ends in NUL, which is one string of C.
pub(in crate::net) fn append_with_line_ends(bytes: &mut Vec<u8>, encoded: &[u8], end: LineEnd) {
    let inner = match end {
        LineEnd::None | LineEnd::Nul => LineEnd::Lf,
        end => end,
    };
    for (index, line) in encoded.split(|&byte| byte == b'\n').enumerate() {
        if index > 0 {
            bytes.extend_from_slice(inner.bytes());
        }
        bytes.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
    }
    bytes.extend_from_slice(end.bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{net::any_instant, text::charset::Charset};
    use proptest::prelude::*;

    const KOREAN: &str = "안녕하세요! 오늘 뭐 해?";

    fn texts(framer: &mut Framer) -> Vec<(String, LineEnd)> {
        let reading = framer.reading;
        std::iter::from_fn(|| framer.poll_line())
            .map(|line| (reading.decode(&line.bytes).text, line.end))
            .collect()
    }

    /// Pushes pieces `gap` apart, and lets every deadline in between pass.
    fn feed(framer: &mut Framer, pieces: &[&[u8]], gap: Duration) -> Vec<(String, LineEnd)> {
        let mut now = any_instant();
        for piece in pieces {
            framer.push(piece, now);
            now += gap;
            framer.handle_timeout(now);
        }
        framer.handle_timeout(now + HALF_CHARACTER);
        texts(framer)
    }

    #[test]
    fn each_line_is_a_message_with_its_line_end() {
        let mut framer = Framer::new(Reading::default());
        let lines = feed(&mut framer, &[b"one\ntwo\r\n\nrest"], Duration::ZERO);
        let expected = [
            ("one", LineEnd::Lf),
            ("two", LineEnd::CrLf),
            ("", LineEnd::Lf),
            ("rest", LineEnd::None),
        ];
        assert_eq!(lines, expected.map(|(text, end)| (text.to_owned(), end)));
        assert_eq!(framer.deadline(), None);
    }

    #[test]
    fn nul_and_a_carriage_return_alone_end_a_message_too() {
        use LineEnd::{Cr, CrLf, Lf, None, Nul};
        let padded = [&b"hello\0"[..], &[0; 58], b"you\0\0"].concat();
        for (bytes, expected) in [
            (&padded[..], &[("hello", Nul), ("you", Nul)][..]),
            (b"one\n\0two\r\n\0", &[("one", Lf), ("two", CrLf)]),
            (b"*IDN?\rOK\r", &[("*IDN?", Cr), ("OK", Cr)]),
            (b"telnet\r\0two\r\0", &[("telnet", CrLf), ("two", CrLf)]),
            (b"twice\r\r\nx", &[("twice", CrLf), ("x", None)]),
            (b"a\r\rb\r", &[("a", Cr), ("", Cr), ("b", Cr)]),
            (b"a\r\r\r\r\n", &[("a", Cr), ("", Cr), ("", CrLf)]),
            (b"a\n\rb", &[("a", Lf), ("", Cr), ("b", None)]),
            (b"\0\0\0", &[]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(text, end)| ((*text).to_owned(), *end))
                .collect();
            for at in 0..=bytes.len() {
                let mut framer = Framer::new(Reading::default());
                let (first, second) = bytes.split_at(at);
                framer.push(first, any_instant());
                framer.push(second, any_instant());
                framer.finish();
                assert_eq!(texts(&mut framer), expected, "{bytes:?} cut at {at}");
            }
        }
    }

    #[test]
    fn a_line_feed_that_comes_long_after_its_carriage_return_is_no_empty_message() {
        let mut framer = Framer::new(Reading::default());
        let lines = feed(
            &mut framer,
            &[b"one\r", b"\ntwo\r\n"],
            Duration::from_millis(200),
        );
        let expected = [("one", LineEnd::Cr), ("two", LineEnd::CrLf)];
        assert_eq!(lines, expected.map(|(text, end)| (text.to_owned(), end)));
    }

    #[test]
    fn korean_cut_anywhere_with_short_pauses_is_one_message() {
        for bytes in [
            KOREAN.as_bytes().to_vec(),
            Charset::CP949.encode(KOREAN).expect("Hangul"),
        ] {
            for at in 0..=bytes.len() {
                let (a, b) = bytes.split_at(at);
                let mut framer = Framer::new(Reading::default());
                let lines = feed(&mut framer, &[a, b], Duration::from_millis(20));
                assert_eq!(lines, [(KOREAN.to_owned(), LineEnd::None)], "cut at {at}");
            }
        }
    }

    #[test]
    fn korean_cut_anywhere_with_long_pauses_breaks_no_character() {
        for bytes in [
            KOREAN.as_bytes().to_vec(),
            Charset::CP949.encode(KOREAN).expect("Hangul"),
        ] {
            for at in 0..=bytes.len() {
                let (a, b) = bytes.split_at(at);
                let mut framer = Framer::new(Reading::default());
                let lines = feed(&mut framer, &[a, b], Duration::from_millis(200));
                let whole: String = lines.into_iter().map(|(text, _)| text).collect();
                assert_eq!(whole, KOREAN, "cut at {at}");
            }
        }
        let each: Vec<&[u8]> = KOREAN.as_bytes().chunks(1).collect();
        let mut framer = Framer::new(Reading::default());
        let lines = feed(&mut framer, &each, Duration::from_millis(200));
        assert_eq!(
            lines.into_iter().map(|(text, _)| text).collect::<String>(),
            KOREAN
        );
    }

    #[test]
    fn a_half_character_is_shown_after_a_second() {
        let mut framer = Framer::new(Reading::default());
        let start = any_instant();
        framer.push(b"ok \xec\x95", start);
        framer.handle_timeout(start + Duration::from_millis(999));
        assert_eq!(texts(&mut framer), []);
        framer.handle_timeout(start + HALF_CHARACTER);
        let lines = texts(&mut framer);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].0.starts_with("ok ") && lines[0].0.contains('\u{fffd}'),
            "{lines:?}"
        );
    }

    #[test]
    fn an_endless_line_is_cut_between_characters_and_needs_bounded_memory() {
        let text = "가".repeat(100_000);
        for bytes in [
            text.as_bytes().to_vec(),
            Charset::CP949.encode(&text).expect("Hangul"),
        ] {
            let mut framer = Framer::new(Reading::default());
            let mut whole = String::new();
            let now = any_instant();
            for piece in bytes.chunks(1013) {
                framer.push(piece, now);
                assert!(framer.rest.len() <= LINE_CAP + 1);
                while let Some(line) = framer.poll_line() {
                    assert!(line.bytes.len() <= LINE_CAP);
                    whole += &framer.reading.decode(&line.bytes).text;
                }
            }
            framer.finish();
            whole.extend(texts(&mut framer).into_iter().map(|(text, _)| text));
            assert!(
                whole == text,
                "{} characters of {}",
                whole.chars().count(),
                100_000
            );
        }
    }

    #[test]
    fn a_line_of_exactly_the_limit_stays_whole() {
        for end in [LineEnd::Lf, LineEnd::CrLf, LineEnd::Nul] {
            let mut bytes = vec![b'x'; LINE_CAP];
            bytes.extend_from_slice(end.bytes());
            let mut framer = Framer::new(Reading::default());
            framer.push(&bytes, any_instant());
            let line = framer.poll_line().expect("a line");
            assert_eq!((line.bytes.len(), line.end), (LINE_CAP, end));
            assert_eq!(framer.poll_line(), None);
        }
    }

    #[test]
    fn line_ends_are_sent_as_set() {
        let with_line_ends = |encoded: &[u8], end| {
            let mut bytes = Vec::new();
            append_with_line_ends(&mut bytes, encoded, end);
            bytes
        };
        assert_eq!(with_line_ends(b"a\nb", LineEnd::None), b"a\nb");
        assert_eq!(with_line_ends(b"a\nb", LineEnd::Lf), b"a\nb\n");
        assert_eq!(
            with_line_ends(b"a\r\nb\n", LineEnd::CrLf),
            b"a\r\nb\r\n\r\n"
        );
        assert_eq!(with_line_ends(b"", LineEnd::Lf), b"\n");
        assert_eq!(with_line_ends(b"a\nb", LineEnd::Cr), b"a\rb\r");
        assert_eq!(with_line_ends(b"a\nb", LineEnd::Nul), b"a\nb\0");
    }

    proptest! {
        #[test]
        fn a_stream_has_the_same_lines_however_it_is_split(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0), any::<u8>()], 0..400),
            cuts in proptest::collection::vec(1_usize..40, 0..40),
        ) {
            let now = any_instant();
            let mut whole = Framer::new(Reading::default());
            whole.push(&bytes, now);
            whole.finish();
            let mut split = Framer::new(Reading::default());
            let mut rest = bytes.as_slice();
            for cut in cuts {
                let (a, b) = rest.split_at(cut.min(rest.len()));
                split.push(a, now);
                rest = b;
            }
            split.push(rest, now);
            split.finish();
            prop_assert_eq!(texts(&mut split), texts(&mut whole));
        }
    }
}
