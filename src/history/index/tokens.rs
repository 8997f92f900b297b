//! Texts and searches as FTS5 gets to see them.

use crate::text::fold::fold;

/// Characters of a word, and words, that are looked up. The rest is only compared with what was found.
const MOST_CHARACTERS: usize = 32;
const MOST_WORDS: usize = 16;

/// The tokens of a text, with spaces between.
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

/// A character of a token. FTS5's tokenizer called `ascii` takes whatever is not ASCII for a letter, and leaves
/// it as it is. The few that end up in the same place are told apart when the message is compared.
fn letter(character: char) -> char {
    char::from_u32(u32::from(character) + 0x80).unwrap_or('\u{80}')
}

/// What FTS5 is asked for.
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
