//! How many bits each character takes, and its script.
//!
//! A letter takes about as many bits as the logarithm of the number of letters that are as common in its script.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Thai,
    Kana,
    Hangul,
    Han,
    /// One of those that UTF-8 writes in two bytes and that few people read: Syriac, Thaana, N'Ko.
    Small,
    /// Any other, which UTF-8 writes in three bytes.
    Other,
}

/// A character, as the estimate sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    pub bits: u32,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Letter(Letter),
    /// It does not end a word.
    Apostrophe,
    /// No letter, and not of ASCII.
    Sign,
    /// No letter, but of ASCII.
    Ascii,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Letter {
    pub script: Script,
    pub is_upper: bool,
    /// It is Latin, but not of ASCII.
    pub is_accented: bool,
}

impl Glyph {
    pub fn new(character: char) -> Self {
        if let Some((script, bits)) = letter(character) {
            let letter = Letter {
                script,
                is_upper: character.is_uppercase(),
                is_accented: script == Script::Latin && !character.is_ascii(),
            };
            let kind = Kind::Letter(letter);
            return Self { bits, kind };
        }
        let kind = match character {
            '\'' | '’' => Kind::Apostrophe,
            '\0'..='\u{7f}' => Kind::Ascii,
            _ => Kind::Sign,
        };
        let bits = bits_of_other(character);
        Self { bits, kind }
    }

    /// The script of a letter.
    pub fn script_of(character: char) -> Option<Script> {
        letter(character).map(|(script, _)| script)
    }
}

/// The script of a letter and how many bits it takes.
fn letter(character: char) -> Option<(Script, u32)> {
    Some(match character {
        'a'..='z' => (Script::Latin, 5),
        'A'..='Z' => (Script::Latin, 6),
        '×' | '÷' => return None,
        'ß'..='ÿ' => (Script::Latin, 7),
        'À'..='Þ' | 'Ā'..='ſ' | 'Ơ' | 'ơ' | 'Ư' | 'ư' | 'Ș'..='ț' | 'Ạ'..='ỹ' => {
            (Script::Latin, if character.is_uppercase() { 11 } else { 9 })
        }
        '\u{180}'..='\u{2af}' | '\u{1e00}'..='\u{1e9f}' => (Script::Latin, 26),
        'Ά'..='ώ' => (Script::Greek, 5),
        '\u{1f00}'..='\u{1fff}' => (Script::Greek, 9),
        'А'..='я' => (Script::Cyrillic, 5),
        'Ѐ'..='џ' | 'Ґ' | 'ґ' => (Script::Cyrillic, 7),
        '\u{531}'..='\u{587}' => (Script::Armenian, 6),
        '\u{5d0}'..='\u{5ea}' => (Script::Hebrew, 5),
        '\u{621}'..='\u{64a}' => (Script::Arabic, 5),
        // Letters of Persian and Urdu; the digits, comma, semicolon and question mark of all three.
        '\u{679}'
        | '\u{67e}'
        | '\u{686}'
        | '\u{698}'
        | '\u{6a9}'
        | '\u{6af}'
        | '\u{6ba}'
        | '\u{6be}'
        | '\u{6c1}'
        | '\u{6cc}'
        | '\u{6d2}'
        | '\u{660}'..='\u{669}'
        | '\u{60c}'
        | '\u{61b}'
        | '\u{61f}' => (Script::Arabic, 7),
        '\u{370}'..='\u{64a}' | '\u{653}'..='\u{7ff}' => (Script::Small, 26),
        '\u{e01}'..='\u{e5b}' => (Script::Thai, 6),
        '\u{800}'..='\u{1dff}' => (Script::Other, 7),
        'ぁ'..='ゟ' => (Script::Kana, 6),
        '゠'..='ヿ' => (Script::Kana, 7),
        '｡'..='ﾟ' => (Script::Kana, 8),
        'ㄱ'..='ㆎ' => (Script::Hangul, 7),
        '가'..='힣' => (Script::Hangul, 9),
        '一'..='\u{9fff}' => (Script::Han, 10),
        '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
            (Script::Han, 18)
        }
        _ => return None,
    })
}

/// How many bits anything but a letter takes.
#[expect(clippy::match_same_arms, reason = "in the order of code points")]
fn bits_of_other(character: char) -> u32 {
    match character {
        ' ' => 2,
        '0'..='9' => 4,
        '\0'..='\u{7f}' => 6,
        // Control characters.
        '\u{80}'..='\u{9f}' => 20,
        // Signs such as ° and «.
        '\u{a0}'..='÷' => 12,
        '\u{2b0}'..='\u{36f}' => 20,
        // Signs of Arabic above and below letters.
        '\u{64b}'..='\u{652}' => 8,
        // Joiners and selectors within emoji.
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => 4,
        '†' | '‡' | '‰' => 12,
        '\u{2010}'..='\u{203a}' | '€' => 7,
        '\u{2000}'..='\u{2bff}' => 11,
        '\u{3000}'..='\u{303f}' => 6,
        '\u{ff01}'..='\u{ff60}' => 8,
        '\u{1f000}'..='\u{1faff}' => 9,
        _ => 30,
    }
}
