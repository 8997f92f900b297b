//! Names as people see them: which of them look alike, and which deceive or show nothing.
//!
//! By Unicode Technical Standard 39, whose data is in `unicode-security`.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{GeneralCategory, QuotationMark, SoftDotted},
};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::{mixed_script::AugmentedScriptSet, skeleton};

use crate::text::{
    blank::{is_blank, is_blank_symbol, is_ignorable},
    fold::fold,
};

/// Maximum number of combining marks in a row in a name (UTS 39, 5.4). More of them paint over what is around it.
const MAX_MARKS: usize = 4;
/// Combined with an i, it looks like an i.
const DOT_ABOVE: char = '\u{307}';

/// A name in the forms in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparable {
    /// Without case, width and what can't be seen.
    folded: String,
    /// The same for names whose characters look alike. Empty if there are only symbols.
    outline: String,
    /// The parts of the name between signs such as brackets, in that form. Empty if there is only one.
    parts: Vec<String>,
}

impl Comparable {
    /// The forms of this name.
    pub fn new(name: &str) -> Self {
        let outline = outline(name);
        let mut parts = parts(&outline);
        parts.retain(|part| !part.is_empty());
        if parts.len() < 2 {
            parts.clear();
        }
        Self {
            folded: folded(name),
            outline: said(&outline),
            parts,
        }
    }

    /// Whether people may take one name for the other. Never of a name that shows nothing.
    pub fn looks_like(&self, other: &Self) -> bool {
        (!self.folded.is_empty() && self.folded == other.folded)
            || (!self.outline.is_empty() && self.outline == other.outline)
    }

    /// Whether people may take this name for `known`: they look alike, or this one adds something to it, set off by a sign,
    /// as "Mina (verified)" does.
    pub fn imitates(&self, known: &Self) -> bool {
        self.looks_like(known) || self.parts.contains(&known.outline)
    }
}

/// Whether a name shows anything: not only blanks, invisible characters, marks without a letter, and characters that have
/// no look of their own.
pub fn is_visible(name: &str) -> bool {
    name.chars().any(is_seen)
}

/// Whether a name can be shown as what somebody calls themselves: it is visible, its scripts go together, and it has no
/// pile of marks.
pub fn is_presentable(name: &str) -> bool {
    let mut marks = 0;
    let has_pile = name.nfd().any(|character| {
        marks = if is_combining_mark(character) {
            marks + 1
        } else {
            0
        };
        marks > MAX_MARKS
    });
    is_visible(name) && !has_pile && scripts_go_together(name)
}

/// Whether a name has letters of other scripts, or with marks that are overlooked, and can be taken for one in plain
/// Latin letters.
pub fn looks_latin(name: &str) -> bool {
    let outline = outline(name);
    !name.is_ascii() && !outline.is_empty() && outline.is_ascii()
}

/// Whether a name consists of letters, and what stands between them in names. Such a name is no address, no key, and
/// holds no sign of the window.
pub fn is_plain(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphabetic() || is_combining_mark(c) || " -.'’".contains(c);
    name.chars().all(is_plain)
}

/// A name that can stand in quotes: an apostrophe within a word stays, as a plain one; what else looks like a
/// quotation mark is left out. So is an apostrophe before Hangul, where 님 would follow the end of a quote.
pub fn without_quotes(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let is_within_word = |at: usize| {
        let beside = [at.checked_sub(1), at.checked_add(1)];
        beside.into_iter().all(|at| {
            let character = at.and_then(|at| characters.get(at));
            character.is_some_and(|c| c.is_alphanumeric() && !is_quote(*c))
        })
    };
    let kept = characters
        .iter()
        .enumerate()
        .filter_map(|(at, &character)| {
            if !is_quote(character) {
                return Some(character);
            }
            let is_apostrophe = char_skeleton(character) == "'";
            let is_before_hangul = characters
                .get(at + 1)
                .is_some_and(|c| c.script() == Script::Hangul);
            (is_apostrophe && is_within_word(at) && !is_before_hangul).then_some('\'')
        });
    let kept: String = kept.collect();
    let words: Vec<&str> = kept.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Whether a character is a quotation mark, or looks like one, as some letters do.
fn is_quote(character: char) -> bool {
    let look = char_skeleton(character);
    CodePointSetData::new::<QuotationMark>().contains(character)
        || (!look.is_empty() && look.chars().all(|c| c == '\''))
}

fn char_skeleton(character: char) -> String {
    skeleton(character.encode_utf8(&mut [0; 4])).collect()
}

fn is_seen(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    let has_look = !matches!(
        category,
        GeneralCategory::PrivateUse | GeneralCategory::Unassigned | GeneralCategory::Surrogate
    );
    // It stands for an object that is not there.
    has_look && character != '\u{fffc}' && !is_unseen(character)
}

fn is_unseen(character: char) -> bool {
    is_blank(character) || is_ignorable(character) || is_combining_mark(character)
}

/// Whether all letters are of one script, or of scripts that are written together: those of Chinese, Japanese or Korean,
/// with Latin; or Latin with one other script that has no letters like those of Latin. It is the level "moderately
/// restrictive" of UTS 39 (5.2), without its limits on what is not a letter.
fn scripts_go_together(name: &str) -> bool {
    let (mut all, mut others) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    // Compatible forms such as mathematical letters have no script of their own.
    for character in name.nfkc() {
        let scripts = AugmentedScriptSet::for_char(character);
        all.intersect_with(scripts);
        if !scripts.base.contains_script(Script::Latin) {
            others.intersect_with(scripts);
        }
    }
    if !all.is_empty() || others.kore || others.hanb || others.jpan {
        return true;
    }
    let mut scripts = others.base.iter();
    match (scripts.next(), scripts.next()) {
        (Some(script), None) => {
            script.is_recommended() && script != Script::Cyrillic && script != Script::Greek
        }
        _ => false,
    }
}

fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    fold(name, |character, _| folded.push(character));
    let words = folded.split(is_blank);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A name in which characters that look alike are replaced by one of them. Letters may look alike as they are written, or
/// only in capitals (I and l), or only in small letters (rn and m), so all three are done in turn.
fn outline(name: &str) -> String {
    let seen: String = name.nfkc().filter(|c| !is_ignorable(*c)).collect();
    let seen = look(&seen);
    let capitals = look(&seen.to_uppercase());
    look(&capitals.to_lowercase())
}

/// The letters and digits of an outline.
fn said(outline: &str) -> String {
    outline.chars().filter(|c| is_said(*c)).collect()
}

fn is_said(character: char) -> bool {
    (character.is_alphanumeric() || is_combining_mark(character)) && !is_blank_symbol(character)
}

/// The letters and digits between the signs of an outline. What stands within names is no sign: a blank, a dot, an
/// apostrophe, and a hyphen that does not follow a blank.
fn parts(outline: &str) -> Vec<String> {
    let mut before = None;
    let is_sign = |character: char| {
        let before = before.replace(character);
        let is_within = match character {
            '-' | '\u{2010}' => !before.is_some_and(is_blank),
            _ => is_said(character) || is_blank(character) || ".'’".contains(character),
        };
        !is_within
    };
    outline.split(is_sign).map(said).collect()
}

/// The skeleton of UTS 39 (4), which keeps a dot on letters that have one already.
fn look(text: &str) -> String {
    let soft_dotted = CodePointSetData::new::<SoftDotted>();
    let mut look = String::with_capacity(text.len());
    for character in skeleton(text) {
        let has_dot = || {
            look.chars()
                .next_back()
                .is_some_and(|c| soft_dotted.contains(c))
        };
        if character != DOT_ABOVE || !has_dot() {
            look.push(character);
        }
    }
    look
}

#[cfg(test)]
mod tests;
