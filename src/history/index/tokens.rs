//! Texts and searches as FTS5 sees them: pairs of characters (bigrams).
//!
//! FTS5 comes with a `trigram` tokenizer, but that can't find words under three characters, and most Korean words have
//! two. So here a token is a character together with the next one, or a single character at the end of a word. A
//! word of two or more characters is looked up as a phrase of tokens, which finds it inside longer words
//! too; a single character is looked up as the prefix of a token. This works for any script.

use crate::history::search::fold::fold;

/// Maximum number of characters of a word that are looked up. The rest is only compared with the messages found.
const MOST_CHARACTERS: usize = 32;
/// Maximum number of words that are looked up, likewise.
const MOST_WORDS: usize = 16;

/// Writes the tokens of a text into `tokens`, separated by spaces.
pub(in crate::history) fn tokens(text: &str, tokens: &mut String) {
    tokens.clear();
    let mut last = None;
    fold(text, |character, _| {
        let next = (!character.is_whitespace()).then(|| letter(character));
        if let Some(last) = last {
            tokens.push(last);
            tokens.extend(next);
            tokens.push(' ');
        }
        last = next;
    });
    tokens.extend(last);
}

/// A character of a token. FTS5's `ascii` tokenizer takes any character that is not ASCII for a letter and leaves it as
/// it is. The few characters that become the same here are told apart when the message itself is compared.
fn letter(character: char) -> char {
    char::from_u32(u32::from(character) + 0x80).unwrap_or('\u{80}')
}

/// The FTS5 query for these words.
pub(super) fn matching(words: &[String]) -> String {
    let mut expression = String::new();
    for word in words.iter().take(MOST_WORDS) {
        if !expression.is_empty() {
            expression.push_str(" AND ");
        }
        expression.push('"');
        let mut letters = word.chars().map(letter).take(MOST_CHARACTERS);
        let mut last = letters.next();
        let mut is_one = true;
        for next in letters {
            if !is_one {
                expression.push(' ');
            }
            is_one = false;
            expression.extend(last);
            expression.push(next);
            last = Some(next);
        }
        if is_one {
            expression.extend(last);
            expression.push_str("\" *");
        } else {
            expression.push('"');
        }
    }
    expression
}
