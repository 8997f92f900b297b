//! Texts and searches as FTS5 sees them: up to three characters in a row (trigrams).
//!
//! FTS5 comes with a `trigram` tokenizer, but that can't find words under three characters, and most Korean words have
//! two. So here the tokens of a word are all three characters in a row, all pairs, and all single characters; of ASCII only the
//! pair at the end of a word, because an alphabet has few letters and the rest would take too much room. A pair of ASCII letters is
//! looked up as the beginning of a token, and a single one not at all.
//!
//! The index knows which messages have a token, but not where, which makes it smaller than the text. So a message that is found is
//! compared with what is looked for.

use crate::text::fold::fold;

/// Maximum number of characters of a word that are looked up. The rest is only compared with the messages found.
const MOST_CHARACTERS: usize = 32;
/// Maximum number of words that are looked up, likewise.
const MOST_WORDS: usize = 16;

/// Writes the tokens of a text into `tokens`, separated by spaces.
pub(in crate::history) fn tokens(text: &str, tokens: &mut String) {
    tokens.clear();
    // The last two characters of the word so far.
    let mut last: [Option<char>; 2] = [None, None];
    fold(text, |character, _| {
        if character.is_whitespace() {
            end_word(std::mem::take(&mut last), tokens);
            return;
        }
        if !character.is_ascii() {
            push(&[character], tokens);
        }
        if let Some(second) = last[1] {
            if !(second.is_ascii() && character.is_ascii()) {
                push(&[second, character], tokens);
            }
            if let Some(first) = last[0] {
                push(&[first, second, character], tokens);
            }
        }
        last = [last[1], Some(character)];
    });
    end_word(last, tokens);
}

fn end_word(last: [Option<char>; 2], tokens: &mut String) {
    if let [Some(first), Some(second)] = last
        && first.is_ascii()
        && second.is_ascii()
    {
        push(&[first, second], tokens);
    }
}

fn push(token: &[char], tokens: &mut String) {
    tokens.extend(token.iter().copied().map(letter));
    tokens.push(' ');
}

/// A character of a token. FTS5's `ascii` tokenizer takes any character that is not ASCII for a letter and leaves it as
/// it is. The few characters that become the same here are told apart when the message itself is compared.
fn letter(character: char) -> char {
    char::from_u32(u32::from(character) + 0x80).unwrap_or('\u{80}')
}

/// The FTS5 query for these words; `None` if all of them are single ASCII letters, which are not looked up.
pub(super) fn matching(words: &[String]) -> Option<String> {
    let mut expression = String::new();
    for word in words.iter().take(MOST_WORDS) {
        let letters: Vec<char> = word.chars().map(letter).take(MOST_CHARACTERS).collect();
        let after = match (letters.len(), word.is_ascii()) {
            (1, true) => continue,
            (2, true) => "\" *",
            _ => "\"",
        };
        for token in letters.windows(letters.len().clamp(1, 3)) {
            if !expression.is_empty() {
                expression.push_str(" AND ");
            }
            expression.push('"');
            expression.extend(token);
            expression.push_str(after);
        }
    }
    (!expression.is_empty()).then_some(expression)
}

/// Whether each of these words has so few ASCII letters that it is in many messages, or at least begins many tokens.
pub(super) fn are_short(words: &[String]) -> bool {
    words.iter().all(|word| word.is_ascii() && word.len() < 3)
}
