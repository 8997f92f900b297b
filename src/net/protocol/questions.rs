//! How often the person is asked about callers that they don't know (docs/protocol.md, section 7).
//!
//! Must not know connections or the clock. A caller can make up a key for each call, so what counts is where it calls
//! from.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use crate::net::protocol::{admission::Rejection, frame::Bye};

/// Time between two questions about callers from one source; doubled by each no.
pub(in crate::net) const PAUSE: Duration = Duration::from_mins(1);
/// Maximum of that time.
const MAX_PAUSE: Duration = Duration::from_hours(1);
/// How long unknown callers are refused without a question, once the person has chosen that.
const REFUSING: Duration = Duration::from_hours(1);
/// Maximum number of callers that wait for the person's approval.
const MAX_WAITING: usize = 3;
/// Maximum number of sources to remember. Above it the one whose pause ends first is forgotten.
const MAX_SOURCES: usize = 256;

/// Where a caller comes from, as far as it can't choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Source {
    /// Every user of this computer can call from all loopback addresses.
    ThisComputer,
    V4(Ipv4Addr),
    /// The upper half of an IPv6 address. The lower half is the caller's own choice (RFC 4291, 2.5.4).
    V6(u128),
}

impl From<IpAddr> for Source {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            ip if ip.is_loopback() => Self::ThisComputer,
            IpAddr::V4(ip) => Self::V4(ip),
            IpAddr::V6(ip) => Self::V6(ip.to_bits() >> 64),
        }
    }
}

/// See the [module](self).
#[derive(Debug)]
pub(in crate::net) struct Questions {
    pause: Duration,
    sources: Vec<Asked>,
    /// Until when unknown callers are refused without a question.
    refusing_until: Option<Instant>,
}

/// A source that the person was asked about.
#[derive(Debug)]
struct Asked {
    source: Source,
    /// How many times they have said no.
    noes: u32,
    /// They are not asked again before.
    until: Instant,
}

impl Questions {
    /// `pause` in place of [`PAUSE`].
    pub fn new(pause: Duration) -> Self {
        Self {
            pause,
            sources: Vec::new(),
            refusing_until: None,
        }
    }

    /// Why the person is not asked about a caller from `source` while callers from `waiting` wait, and what the caller is
    /// told; `None` if they are asked.
    pub fn refusal(
        &self,
        source: Source,
        waiting: &[Source],
        now: Instant,
    ) -> Option<(Bye, Option<Rejection>)> {
        if self.refusing_until.is_some_and(|until| now < until) {
            // The person has chosen that, so it is not reported.
            return Some((Bye::Rejected, None));
        }
        self.limit(source, waiting, now)
    }

    /// The same for a caller that may be known: whom the person refuses does not count.
    pub fn limit(
        &self,
        source: Source,
        waiting: &[Source],
        now: Instant,
    ) -> Option<(Bye, Option<Rejection>)> {
        if waiting.len() >= MAX_WAITING || waiting.contains(&source) {
            return Some((Bye::Busy, Some(Rejection::TooManyPending)));
        }
        let mut asked = self.sources.iter().filter(|asked| asked.source == source);
        asked
            .any(|asked| now < asked.until)
            .then_some((Bye::Busy, Some(Rejection::AskedRecently)))
    }

    /// The person is asked about a caller from there.
    pub fn asked(&mut self, source: Source, now: Instant) {
        self.put(source, 0, now);
    }

    /// They have said no.
    pub fn declined(&mut self, source: Source, now: Instant) {
        self.put(source, 1, now);
    }

    /// They have said yes: what was before no longer counts.
    pub fn accepted(&mut self, source: Source) {
        self.sources.retain(|asked| asked.source != source);
    }

    /// For an hour, unknown callers are refused without a question.
    pub fn refuse(&mut self, now: Instant) {
        self.refusing_until = Some(now + REFUSING);
    }

    /// Ends that before its time. False if it was over.
    pub fn ask_again(&mut self) -> bool {
        self.refusing_until.take().is_some()
    }

    /// Whether the hour has just ended.
    pub fn poll_refusing_over(&mut self, now: Instant) -> bool {
        self.refusing_until.take_if(|until| *until <= now).is_some()
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.refusing_until
    }

    fn put(&mut self, source: Source, more_noes: u32, now: Instant) {
        self.sources
            .retain(|asked| now < asked.until + MAX_PAUSE || asked.source == source);
        let index = self.sources.iter().position(|asked| asked.source == source);
        let before = index.map(|index| self.sources.remove(index));
        let noes = before.map_or(0, |asked| asked.noes) + more_noes;
        let doubled = 1_u32.checked_shl(noes).unwrap_or(u32::MAX);
        let pause = self.pause.saturating_mul(doubled).min(MAX_PAUSE);
        if self.sources.len() >= MAX_SOURCES {
            let first = self.sources.iter().map(|asked| asked.until).min();
            self.sources.retain(|asked| Some(asked.until) != first);
        }
        self.sources.push(Asked {
            source,
            noes,
            until: now + pause,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::any_instant;

    const SECOND: Duration = Duration::from_secs(1);
    const RECENTLY: Option<(Bye, Option<Rejection>)> =
        Some((Bye::Busy, Some(Rejection::AskedRecently)));
    const TOO_MANY: Option<(Bye, Option<Rejection>)> =
        Some((Bye::Busy, Some(Rejection::TooManyPending)));

    fn source(ip: &str) -> Source {
        Source::from(ip.parse::<IpAddr>().expect("an address"))
    }

    #[test]
    fn what_a_caller_can_choose_makes_no_other_source() {
        for (one, other) in [
            ("2001:db8::1", "2001:db8::2:3:4:5"),
            ("127.0.0.1", "127.4.5.6"),
            ("127.0.0.1", "::1"),
            ("10.0.0.1", "::ffff:10.0.0.1"),
        ] {
            assert_eq!(source(one), source(other));
        }
        for (one, other) in [
            ("2001:db8::1", "2001:db8:0:1::1"),
            ("10.0.0.1", "10.0.0.2"),
            ("::1", "::2"),
        ] {
            assert_ne!(source(one), source(other));
        }
    }

    #[test]
    fn a_source_is_asked_about_once_a_minute_and_less_often_after_each_no() {
        let mut now = any_instant();
        let mut questions = Questions::new(PAUSE);
        let (one, other) = (source("2001:db8::1"), source("10.0.0.1"));
        assert_eq!(questions.refusal(one, &[], now), None);
        for minutes in [2, 4, 8, 16, 32, 60, 60] {
            questions.asked(one, now);
            assert_eq!(questions.refusal(one, &[], now), RECENTLY);
            assert_eq!(questions.refusal(other, &[], now), None);
            questions.declined(one, now);
            now += Duration::from_secs(minutes * 60 - 1);
            assert_eq!(questions.refusal(one, &[], now), RECENTLY, "{minutes}");
            now += SECOND;
            assert_eq!(questions.refusal(one, &[], now), None, "{minutes}");
        }
        // A yes ends it, and so does an hour without a question.
        questions.accepted(one);
        questions.asked(one, now);
        assert_eq!(questions.refusal(one, &[], now + PAUSE), None);
        questions.declined(one, now);
        now += Duration::from_hours(2);
        questions.asked(other, now);
        questions.asked(one, now);
        assert_eq!(questions.refusal(one, &[], now + PAUSE), None);
    }

    #[test]
    fn a_question_that_the_caller_withdraws_counts_too() {
        let now = any_instant();
        let mut questions = Questions::new(PAUSE);
        let one = source("10.0.0.1");
        questions.asked(one, now);
        assert_eq!(questions.refusal(one, &[], now + PAUSE / 2), RECENTLY);
        assert_eq!(questions.refusal(one, &[], now + PAUSE), None);
    }

    #[test]
    fn one_source_has_one_question_and_all_together_three() {
        let now = any_instant();
        let questions = Questions::new(PAUSE);
        let [here, one, other, third] =
            ["127.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3"].map(source);
        assert_eq!(questions.refusal(one, &[other, here], now), None);
        assert_eq!(questions.refusal(one, &[other, one], now), TOO_MANY);
        assert_eq!(questions.refusal(here, &[here], now), TOO_MANY);
        assert_eq!(questions.refusal(third, &[here, one, other], now), TOO_MANY);
    }

    #[test]
    fn unknown_callers_are_refused_for_an_hour() {
        let now = any_instant();
        let mut questions = Questions::new(PAUSE);
        let one = source("10.0.0.1");
        let quietly = Some((Bye::Rejected, None));
        questions.refuse(now);
        let end = now + REFUSING;
        assert_eq!(questions.poll_deadline(), Some(end));
        let before = now + REFUSING / 2;
        assert_eq!(questions.refusal(one, &[], before), quietly);
        assert_eq!(questions.limit(one, &[], before), None);
        assert!(!questions.poll_refusing_over(before));
        assert_eq!(questions.refusal(one, &[], end), None);
        assert!(questions.poll_refusing_over(end) && !questions.poll_refusing_over(end));
        questions.refuse(now);
        assert!(questions.ask_again() && !questions.ask_again());
        assert_eq!(questions.refusal(one, &[], now), None);
        assert_eq!(questions.poll_deadline(), None);
    }

    #[test]
    fn a_bounded_number_of_sources_is_remembered() {
        let mut now = any_instant();
        let mut questions = Questions::new(PAUSE);
        let first = source("10.1.0.0");
        questions.asked(first, now);
        for last in 0..=u8::MAX {
            now += Duration::from_millis(1);
            questions.asked(Source::from(IpAddr::from([10, 0, 0, last])), now);
        }
        assert_eq!(questions.sources.len(), MAX_SOURCES);
        assert_eq!(questions.refusal(first, &[], now), None);
        assert_eq!(questions.refusal(source("10.0.0.0"), &[], now), RECENTLY);
    }
}
