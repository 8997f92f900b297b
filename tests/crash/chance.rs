//! Random numbers that are the same for the same seed, and the texts of messages.

/// `SplitMix64`, by Sebastiano Vigna.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// True in this many of a hundred cases.
    pub fn percent(&mut self, often: u64) -> bool {
        self.below(100) < often
    }

    /// A number up to this, with each order of magnitude equally likely.
    pub fn of_any_size(&mut self, most: u64) -> u64 {
        let bits = self.below(u64::from(most.ilog2()) + 1);
        (1 + self.below(2 << bits)).min(most)
    }
}

/// The text of the message with this number from this side: mostly short, sometimes long enough for many TLS records.
pub fn text(side: &str, number: u64) -> String {
    let mut chance = Chance::new(number ^ u64::from(side.as_bytes()[0]) << 32);
    let length = match chance.below(100) {
        0..80 => chance.below(60),
        80..98 => chance.below(2_000),
        _ => chance.below(30_000),
    };
    let letter = char::from(b'a' + (number % 26) as u8);
    let filler: String = std::iter::repeat_n(letter, length as usize).collect();
    format!("{side} {number} {filler}")
}

/// The text of a message after it was edited.
pub fn edited(side: &str, number: u64, why: Why) -> String {
    let why = match why {
        Why::Stored => 1,
        Why::Delivered => 2,
    };
    format!("{} v{why}", text(side, number))
}

/// What a program does to a message of its own, or of the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is on the disk.
    Stored,
    /// It is on the other's disk.
    Delivered,
}

/// The number in a text that [`text`] or [`edited`] has made.
pub fn number(side: &str, said: &str) -> Option<u64> {
    let said = [" v1", " v2"]
        .iter()
        .find_map(|end| said.strip_suffix(end))
        .unwrap_or(said);
    let (of, rest) = said.split_once(' ')?;
    let (number, _) = rest.split_once(' ')?;
    let number = number.parse().ok().filter(|_| of == side)?;
    (text(side, number) == said).then_some(number)
}
