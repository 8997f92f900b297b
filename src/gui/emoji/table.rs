//! The emoji that are offered, with their names in both languages (`assets/emoji.tsv`).

use std::sync::LazyLock;

use eframe::egui::{Color32, FontId, Painter, text::LayoutJob};
use unicode_normalization::UnicodeNormalization as _;

use crate::{gui::typeset, lang::Lang, text::fold::fold};

/// An emoji for each version of Unicode's emoji that fonts may end with.
const NEWEST: [(u8, &str); 7] = [
    (14, "🫠"),
    (13, "🥲"),
    (12, "🥱"),
    (11, "🥰"),
    (5, "🤩"),
    (3, "🤣"),
    (2, "🇰🇷"),
];
/// One that each font of emoji has.
const FIRST: &str = "😀";
/// A flag, which some systems show as two letters.
const FLAG: &str = "🇰🇷";

/// What is added to the rank of an emoji that has only the letters of the words, in other syllables.
const LETTERS: u8 = 4;
/// The first consonant that ends a syllable, ㄱ.
const FIRST_FINAL: char = '\u{11a8}';
/// All of them in the order of Unicode, each as what begins a syllable.
const FINALS: [&str; 27] = [
    "\u{1100}",
    "\u{1101}",
    "\u{1100}\u{1109}",
    "\u{1102}",
    "\u{1102}\u{110c}",
    "\u{1102}\u{1112}",
    "\u{1103}",
    "\u{1105}",
    "\u{1105}\u{1100}",
    "\u{1105}\u{1106}",
    "\u{1105}\u{1107}",
    "\u{1105}\u{1109}",
    "\u{1105}\u{1110}",
    "\u{1105}\u{1111}",
    "\u{1105}\u{1112}",
    "\u{1106}",
    "\u{1107}",
    "\u{1107}\u{1109}",
    "\u{1109}",
    "\u{110a}",
    "\u{110b}",
    "\u{110c}",
    "\u{110e}",
    "\u{110f}",
    "\u{1110}",
    "\u{1111}",
    "\u{1112}",
];

/// The words of a search.
struct LookedFor {
    /// Folded.
    words: Vec<String>,
    /// Their letters.
    letters: Vec<String>,
}

/// One emoji.
#[derive(Debug)]
pub(super) struct Emoji {
    pub text: &'static str,
    pub group: Group,
    /// The version of Unicode's emoji that it came with.
    version: u8,
    /// The font that comes with the program has it, in black.
    is_black: bool,
    english: &'static str,
    korean: &'static str,
    /// What else it is found by, in both languages.
    words: &'static str,
}

/// Emoji of one kind, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum Group {
    Smileys,
    People,
    Animals,
    Food,
    Travel,
    Activities,
    Objects,
    Symbols,
    Flags,
}

/// What the fonts of this computer have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fonts {
    /// No emoji in colour: those of the program, in black.
    Black,
    /// Emoji in colour up to this version.
    Colour { newest: u8, flags: bool },
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Smileys,
        Self::People,
        Self::Animals,
        Self::Food,
        Self::Travel,
        Self::Activities,
        Self::Objects,
        Self::Symbols,
        Self::Flags,
    ];

    /// One that stands for the group. Each font has it.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Smileys => "😀",
            Self::People => "👋",
            Self::Animals => "🐶",
            Self::Food => "🍎",
            Self::Travel => "🚗",
            Self::Activities => "⚽",
            Self::Objects => "💡",
            Self::Symbols => "❤",
            Self::Flags => "🏁",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "smileys" => Self::Smileys,
            "people" => Self::People,
            "animals" => Self::Animals,
            "food" => Self::Food,
            "travel" => Self::Travel,
            "activities" => Self::Activities,
            "objects" => Self::Objects,
            "symbols" => Self::Symbols,
            "flags" => Self::Flags,
            _ => return None,
        })
    }
}

impl Emoji {
    /// What it is called.
    pub fn name(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.english,
            Lang::Ko => self.korean,
        }
    }

    fn is_in(&self, fonts: Fonts) -> bool {
        let is_flag = self.group == Group::Flags && !self.is_black;
        match fonts {
            Fonts::Black => self.is_black,
            Fonts::Colour { newest, flags } => self.version <= newest && (flags || !is_flag),
        }
    }

    /// How well it answers a search, best first. `None` if it does not.
    fn rank(&self, looked_for: &LookedFor) -> Option<u8> {
        let fields = [self.english, self.korean, self.words].map(folded);
        rank(&fields, &looked_for.words).or_else(|| {
            let fields = fields.map(|field| letters(&field));
            Some(LETTERS + rank(&fields, &looked_for.letters)?)
        })
    }
}

impl Fonts {
    /// Tries a few emoji out.
    pub fn of(painter: &Painter) -> Self {
        if !is_in_colour(painter, FIRST) {
            return Self::Black;
        }
        let newest = NEWEST.iter().find(|(_, text)| is_in_colour(painter, text));
        newest.map_or(Self::Black, |(newest, _)| Self::Colour {
            newest: *newest,
            flags: is_in_colour(painter, FLAG),
        })
    }
}

/// All emoji, in their order.
pub(super) fn all() -> &'static [Emoji] {
    static ALL: LazyLock<Vec<Emoji>> =
        LazyLock::new(|| read(include_str!("../../../assets/emoji.tsv")));
    &ALL
}

/// The number of an emoji.
pub(super) fn find(text: &str) -> Option<usize> {
    all().iter().position(|emoji| emoji.text == text)
}

/// Those that can be shown, as numbers.
pub(super) fn shown(fonts: Fonts) -> impl Iterator<Item = usize> {
    let all = all().iter().enumerate();
    all.filter(move |(_, emoji)| emoji.is_in(fonts))
        .map(|(index, _)| index)
}

/// Those of them that have all these words in their names, the most likely first.
pub(super) fn search(fonts: Fonts, words: &str) -> Vec<usize> {
    let folded = folded(words);
    let words: Vec<_> = folded.split_whitespace().map(str::to_owned).collect();
    let looked_for = LookedFor {
        letters: words.iter().map(|word| letters(word)).collect(),
        words,
    };
    let rank = |index: usize| Some((all().get(index)?.rank(&looked_for)?, index));
    let mut found: Vec<_> = shown(fonts).filter_map(rank).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, index)| index).collect()
}

/// How well names, of which the last are only further words, answer a search for these words, best first.
fn rank(fields: &[String; 3], words: &[String]) -> Option<u8> {
    let mut worst = 0;
    for word in words {
        let rank = |(index, field): (usize, &String)| {
            let place = |(at, found): (usize, &str)| {
                let (before, after) = field.split_at_checked(at)?;
                let after = after.get(found.len()..)?;
                let begins = before.is_empty() || before.ends_with(' ');
                let ends = after.is_empty() || after.starts_with([' ', ',', ':']);
                let is_name = index < 2;
                // In Korean a word is often the second half of another one; in English "cat" is not in "location".
                let is_latin = found.starts_with(|letter: char| letter.is_ascii_alphabetic());
                match (begins, ends, is_name) {
                    (true, true, true) => Some(0),
                    (true, false, true) => Some(1),
                    (true, _, false) => Some(2),
                    (false, ..) => (!is_latin).then_some(3),
                }
            };
            field.match_indices(word.as_str()).filter_map(place).min()
        };
        worst = worst.max(fields.iter().enumerate().filter_map(rank).min()?);
    }
    Some(worst)
}

fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold(text, |character, _| folded.push(character));
    folded
}

/// The letters of Hangul one by one, so that an unfinished syllable is a part of the finished word: a consonant that is at
/// the end of a syllable may become the beginning of the next one.
fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(2 * text.len());
    for letter in text.nfd() {
        let end = u32::from(letter).checked_sub(u32::from(FIRST_FINAL));
        match end.and_then(|end| FINALS.get(end as usize)) {
            Some(consonants) => letters.push_str(consonants),
            None => letters.push(letter),
        }
    }
    letters
}

fn read(table: &'static str) -> Vec<Emoji> {
    let mut group = Group::Smileys;
    let mut all = Vec::new();
    for line in table.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            group = Group::of(name).unwrap_or(group);
            continue;
        }
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        all.push(Emoji {
            text: next(),
            group,
            version: next().parse().unwrap_or(u8::MAX),
            is_black: next() == "black",
            english: next(),
            korean: next(),
            words: next(),
        });
    }
    all
}

/// Whether it is one glyph in colours.
fn is_in_colour(painter: &Painter, text: &str) -> bool {
    let font = FontId::proportional(16.0);
    let job = LayoutJob::simple_singleline(text.to_owned(), font, Color32::BLACK);
    let typeset = typeset::layout_or_boxes(painter, job);
    let glyphs = typeset.galley.rows.iter().flat_map(|row| &row.glyphs);
    let mut seen = glyphs.filter(|glyph| !glyph.uv_rect.is_nothing());
    seen.next().is_some_and(|glyph| glyph.is_color) && seen.next().is_none()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;

    const ALL: Fonts = Fonts::Colour {
        newest: u8::MAX,
        flags: true,
    };

    fn found(words: &str) -> Vec<&'static str> {
        let found = search(ALL, words).into_iter();
        found.map(|index| all()[index].text).collect()
    }

    #[test]
    fn each_emoji_is_one_cluster_with_a_name_in_both_languages() {
        let mut seen = BTreeSet::new();
        for emoji in all() {
            assert_eq!(emoji.text.graphemes(true).count(), 1, "{emoji:?}");
            assert!(emoji.text.len() <= 64, "{emoji:?}");
            assert!(seen.insert(emoji.text), "{emoji:?} is there twice");
            assert!(Lang::ALL.iter().all(|lang| !emoji.name(*lang).is_empty()));
            assert!(emoji.version <= 14, "{emoji:?}");
        }
        assert!(seen.len() > 1_500);
        let groups = all().iter().map(|emoji| emoji.group as usize);
        assert!(groups.is_sorted());
        for group in Group::ALL {
            let of_group: Vec<_> = all().iter().filter(|emoji| emoji.group == group).collect();
            assert!(of_group.iter().any(|emoji| emoji.is_black), "{group:?}");
        }
    }

    #[test]
    fn a_search_finds_names_in_both_languages_the_likely_ones_first() {
        for (words, first) in [
            ("pizza", "🍕"),
            ("피자", "🍕"),
            ("PIZZA", "🍕"),
            ("thumbs up", "👍"),
            ("따봉", "👍"),
            ("red heart", "❤️"),
            ("빨간 하트", "❤️"),
            ("대한민국", "🇰🇷"),
        ] {
            assert_eq!(found(words).first(), Some(&first), "{words}");
        }
        assert!(found("하트").contains(&"💔") && found("heart").contains(&"💔"));
        let heart = found("heart");
        let place = |text| heart.iter().position(|found| *found == text);
        assert!(place("❤️") < place("🥰"), "a whole word comes first");
        // The letters are in "heart" and in "location", too.
        let art = found("art");
        assert!(art.contains(&"🎨") && !art.contains(&"❤️"));
        assert!(found("cat").contains(&"🐈") && !found("cat").contains(&"📍"));
        // Half of a Korean word is a word.
        assert!(found("케이크").contains(&"🎂"));
        assert!(found("nothing like this").is_empty());
    }

    #[test]
    fn an_unfinished_syllable_finds_what_it_may_become() {
        for unfinished in ["ㅍ", "피", "핒", "피ㅈ", "피자"] {
            assert!(found(unfinished).contains(&"🍕"), "{unfinished}");
        }
        // What has the syllable itself comes first.
        let umbrella = |words| found(words).iter().position(|found| *found == "☂️");
        assert!(umbrella("웃") > Some(10) && umbrella("우산") < Some(3));
    }

    #[test]
    fn only_what_the_fonts_have_is_offered() {
        let texts = |fonts| {
            shown(fonts)
                .map(|index| all()[index].text)
                .collect::<Vec<_>>()
        };
        let black = texts(Fonts::Black);
        assert!(black.contains(&"😀") && !black.contains(&"🥰") && !black.contains(&"🇰🇷"));
        let old = Fonts::Colour {
            newest: 12,
            flags: false,
        };
        let old = texts(old);
        assert!(old.contains(&"🥰") && !old.contains(&"🫠") && !old.contains(&"🇰🇷"));
        assert!(old.contains(&"🏁"));
    }
}
