//! Whole conversations of common words are read right by *Automatic*, in each encoding.
//!
//! `benches/encodings.rs` measures the same with the words of whole dictionaries; see `docs/encodings.md`.

mod conversations;
mod words;

use conversations::{Words, measure};
use duologue::text::{
    charset::{Charset, Reading},
    detect::Detector,
};

const CONVERSATIONS: u32 = 1_000;

#[test]
fn conversations_of_common_words_are_read_right() {
    for (list, separator, encodings) in [
        (words::KOREAN, " ", &["cp949"][..]),
        (words::JAPANESE, "", &["shift_jis", "euc-jp"]),
        (words::CHINESE, "", &["gbk", "gb18030"]),
        (words::TRADITIONAL_CHINESE, "", &["big5"]),
        (words::RUSSIAN, " ", &["windows-1251", "koi8-r", "cp949"]),
        (words::FRENCH, " ", &["windows-1252", "cp949"]),
        (words::GERMAN, " ", &["windows-1252", "cp949"]),
        (words::ENGLISH, " ", &["windows-1252", "cp949", "gbk"]),
        (words::POLISH, " ", &["iso-8859-2", "cp949"]),
    ] {
        for label in encodings {
            let fallback = Charset::for_label(label).expect("known");
            for charset in [fallback, Charset::UTF_8] {
                let list = list.split_whitespace().map(|word| (1, word));
                let words = Words::new(list, charset, separator);
                assert!(words.len() > 30, "words are missing: {}", words.len());
                let counts = measure(&words, CONVERSATIONS, || {
                    let mut detector = Detector::new(Reading::Auto { fallback });
                    move |bytes: &[u8]| detector.decode(bytes).text
                });
                let name = format!("{charset}, else {fallback}: {counts:?}");
                assert!(counts.first.wrong * 1_000 <= counts.first.said, "{name}");
                assert_eq!((counts.second.wrong, counts.later.wrong), (0, 0), "{name}");
            }
        }
    }
}
