//! Korean particles that depend on the sound before them.

/// A particle with one form after a vowel and another one after a consonant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Particle {
    /// 이 or 가: marks the subject.
    Subject,
    /// 은 or 는: marks the topic.
    Topic,
    /// 을 or 를: marks the object.
    Object,
    /// 과 or 와: with.
    With,
    /// 으로 or 로: as, to.
    As,
}

/// How a word ends when it is read aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Vowel,
    /// ㄹ, after which 으로 becomes 로.
    Rieul,
    Consonant,
}

impl Particle {
    /// The word with this particle.
    pub fn after(self, word: &str) -> String {
        let sound = last_sound(word);
        let particle = match (self, sound) {
            (Self::Subject, Sound::Vowel) => "가",
            (Self::Subject, _) => "이",
            (Self::Topic, Sound::Vowel) => "는",
            (Self::Topic, _) => "은",
            (Self::Object, Sound::Vowel) => "를",
            (Self::Object, _) => "을",
            (Self::With, Sound::Vowel) => "와",
            (Self::With, _) => "과",
            (Self::As, Sound::Consonant) => "으로",
            (Self::As, _) => "로",
        };
        format!("{word}{particle}")
    }
}

/// What is in brackets at the end, and what is no letter or digit, is not read.
fn last_sound(word: &str) -> Sound {
    let word = match word.strip_suffix(')').and_then(|word| word.rfind('(')) {
        Some(bracket) if bracket > 0 => word.get(..bracket).unwrap_or(word),
        _ => word,
    };
    let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    match word.chars().next_back() {
        Some(c @ '가'..='힣') => of_syllable(c),
        // 리을.
        Some('ㄹ') => Sound::Rieul,
        // The names of all other consonants end in a consonant.
        Some('ㄱ'..='ㅎ') => Sound::Consonant,
        Some(c) if c.is_ascii_digit() => of_digit(c),
        Some(c) if c.is_ascii_alphabetic() => of_latin(word),
        _ => Sound::Vowel,
    }
}

/// Syllables are ordered by their last consonant, with 28 of them to each vowel.
fn of_syllable(syllable: char) -> Sound {
    match (u32::from(syllable) - u32::from('가')) % 28 {
        0 => Sound::Vowel,
        8 => Sound::Rieul,
        _ => Sound::Consonant,
    }
}

fn of_digit(digit: char) -> Sound {
    match digit {
        // 이, 사, 오, 구.
        '2' | '4' | '5' | '9' => Sound::Vowel,
        // 일, 칠, 팔.
        '1' | '7' | '8' => Sound::Rieul,
        // 영 (or 십, 백, 천), 삼, 육.
        _ => Sound::Consonant,
    }
}

/// Abbreviations are read letter by letter, words as they would be written in Hangul.
fn of_latin(word: &str) -> Sound {
    let start = word.rfind(|c: char| !c.is_ascii_alphabetic());
    let letters = start.map_or(word, |start| {
        let rest = word.get(start..).unwrap_or_default();
        rest.trim_start_matches(|c: char| !c.is_ascii_alphabetic())
    });
    let is_abbreviation = letters.chars().all(|c| c.is_ascii_uppercase())
        || !letters.contains(|c: char| is_vowel(c) || matches!(c, 'y' | 'Y'));
    let letters = letters.to_ascii_lowercase();
    let mut last = letters.chars().rev();
    let ends = (last.next(), last.next(), last.next());
    match ends {
        // 엘, as in 폴.
        (Some('l'), ..) => Sound::Rieul,
        // 엠 and 엔, as in 톰 and 준.
        (Some('m' | 'n'), ..) => Sound::Consonant,
        _ if is_abbreviation => Sound::Vowel,
        // 킹 and 잭.
        (Some('g'), Some('n'), _) | (Some('k'), Some('c'), _) => Sound::Consonant,
        // After a short vowel these end the syllable: 맥, 릭, 밥, 팻. Otherwise they begin one more: 마크, 피트.
        (Some('b' | 'c' | 'k' | 'p' | 't'), Some(vowel), before) if is_vowel(vowel) => {
            if before.is_some_and(is_vowel) {
                Sound::Vowel
            } else {
                Sound::Consonant
            }
        }
        _ => Sound::Vowel,
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(particle: Particle, all: &str) {
        for wanted in all.split(", ") {
            let forms = ["이", "가", "은", "는", "을", "를", "과", "와", "으로", "로"];
            let word = forms
                .iter()
                .filter_map(|form| wanted.strip_suffix(form))
                .min_by_key(|word| word.len())
                .expect("a particle");
            assert_eq!(particle.after(word), wanted);
        }
    }

    #[test]
    fn hangul_is_read_by_its_last_consonant() {
        check(Particle::Subject, "미나가, 준이, 미나 님이, 하늘이");
        check(Particle::Topic, "미나는, 준은, 하늘은");
        check(Particle::Object, "미나를, 준을, 하늘을");
        check(Particle::With, "미나와, 준과, 하늘과");
        check(Particle::As, "미나로, 준으로, 하늘로");
        check(Particle::Object, "ㅋㅋ을, ㅏ를");
    }

    #[test]
    fn digits_are_read_in_sino_korean() {
        check(
            Particle::Topic,
            "0은, 1은, 2는, 3은, 4는, 5는, 6은, 7은, 8은, 9는",
        );
        check(Particle::As, "0으로, 1로, 2로, 3으로, 6으로, 7로, 8로");
        check(Particle::Topic, "192.168.0.5는, 10.0.0.10은");
    }

    #[test]
    fn latin_letters_are_read_by_name_in_abbreviations_and_as_words_otherwise() {
        check(
            Particle::As,
            "UTF-8로, CP949로, EUC-KR로, XML로, GBK로, IBM으로",
        );
        check(
            Particle::With,
            "Mina와, Jun과, Tom과, Paul과, Boss와, Kate와",
        );
        check(
            Particle::With,
            "Mac과, Rick과, Pat과, Mark와, Pete와, King과",
        );
        check(Particle::Topic, "mina-pc는, PC는, LAN은, localhost는");
    }

    #[test]
    fn brackets_and_punctuation_are_not_read() {
        check(Particle::Subject, "모르는 사람(f2e0 9c37)이, Mina!가");
        check(Particle::Object, "(미나)를");
        assert_eq!(Particle::Subject.after(""), "가");
    }
}
