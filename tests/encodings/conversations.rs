//! Conversations of random words, and how many of their messages are decoded wrongly.

use duologue::text::charset::Charset;

/// Random numbers, the same ones for the same seed (`SplitMix64`).
pub struct Chance(pub u64);

impl Chance {
    /// A number below `end`, which is at least 1.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Words of a language that an encoding can express.
pub struct Words {
    charset: Charset,
    list: Vec<String>,
    /// For each word, the sum of its weight and of those before it.
    sums: Vec<u64>,
    separator: &'static str,
}

impl Words {
    /// Takes each word with its weight: a word with twice the weight is said twice as often.
    pub fn new<'a>(
        list: impl Iterator<Item = (u64, &'a str)>,
        charset: Charset,
        separator: &'static str,
    ) -> Self {
        let (mut known, mut sums, mut sum) = (Vec::new(), Vec::new(), 0);
        for (weight, word) in list.filter(|(_, word)| charset.encode(word).is_ok()) {
            sum += weight;
            known.push(word.to_owned());
            sums.push(sum);
        }
        Self {
            charset,
            list: known,
            sums,
            separator,
        }
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    fn word(&self, chance: &mut Chance) -> &str {
        let sum = self.sums.last().expect("a word");
        let at = chance.below(*sum);
        &self.list[self.sums.partition_point(|sum| *sum <= at)]
    }

    /// 1 to 10 messages of 1 to 5 words.
    fn conversation(&self, chance: &mut Chance) -> Vec<Vec<&str>> {
        let messages = 1 + chance.below(10);
        let message = |_| {
            let words = 1 + chance.below(5);
            (0..words).map(|_| self.word(chance)).collect()
        };
        (0..messages).map(message).collect()
    }
}

/// How many messages were said, and how many of them were decoded to another text.
#[derive(Debug, Default, Clone, Copy)]
pub struct Count {
    pub said: u64,
    pub wrong: u64,
}

impl Count {
    fn add(&mut self, is_wrong: bool) {
        self.said += 1;
        self.wrong += u64::from(is_wrong);
    }
}

/// By the place of a message in its conversation.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    pub first: Count,
    /// Of the first ones, those of a single word.
    pub first_of_one_word: Count,
    pub second: Count,
    pub later: Count,
}

/// Lets so many conversations be decoded, each by a `decode` of its own that `begin` makes.
pub fn measure<D: FnMut(&[u8]) -> String>(
    words: &Words,
    conversations: u32,
    begin: impl Fn() -> D,
) -> Counts {
    let mut chance = Chance(1);
    let mut counts = Counts::default();
    for _ in 0..conversations {
        let mut decode = begin();
        for (place, message) in words.conversation(&mut chance).into_iter().enumerate() {
            let text = message.join(words.separator);
            let bytes = words.charset.encode(&text).expect("words of the encoding");
            let is_wrong = decode(&bytes) != text;
            match place {
                0 => counts.first.add(is_wrong),
                1 => counts.second.add(is_wrong),
                _ => counts.later.add(is_wrong),
            }
            if place == 0 && message.len() == 1 {
                counts.first_of_one_word.add(is_wrong);
            }
        }
    }
    counts
}
