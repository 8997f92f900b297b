//! How many messages *Automatic* reads wrongly, in conversations of words from dictionaries and of everyday words.
//!
//! Run `scripts/encodings.sh`, which makes the word lists first. Prints the table of `docs/encodings.md`: of 1,000
//! messages, how many are read wrongly.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::expect_used, reason = "a benchmark may panic when it fails")]
#![expect(
    clippy::indexing_slicing,
    reason = "a benchmark may panic when it fails"
)]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "../tests/encodings/conversations.rs"]
mod conversations;

use std::{env, fs, path::Path};

use conversations::{Count, Words, measure};
use duologue::text::{
    charset::{Charset, Reading},
    detect::Detector,
};

const CONVERSATIONS: u32 = 20_000;

/// The languages by the names of their lists, what is between two words, and the fallbacks that are measured.
const OWN: [(&str, &str, &[&str]); 8] = [
    ("ko", " ", &["cp949"]),
    ("ja", "", &["shift_jis", "euc-jp"]),
    ("zh", "", &["gbk", "gb18030"]),
    ("zh-Hant", "", &["big5"]),
    ("ru", " ", &["windows-1251"]),
    ("fr", " ", &["windows-1252"]),
    ("de", " ", &["windows-1252"]),
    ("en", " ", &["windows-1252"]),
];
/// The languages of those who have not chosen a fallback, and so have CP949.
const OTHERS: [(&str, &str); 7] = [
    ("ja", ""),
    ("zh", ""),
    ("zh-Hant", ""),
    ("ru", " "),
    ("fr", " "),
    ("de", " "),
    ("en", " "),
];
const KINDS: [&str; 2] = ["dictionary", "everyday"];

fn main() {
    let folder = env::args()
        .skip_while(|arg| arg != "--words")
        .nth(1)
        .unwrap_or_else(|| "target/words".to_owned());
    if env::args().any(|arg| arg == "--test") || !Path::new(&folder).is_dir() {
        println!("Nothing is measured: scripts/encodings.sh makes the word lists and runs this.");
        return;
    }
    println!(
        "| words | number of them | written in | fallback | before | first | of one word | second | later |"
    );
    println!("|---|--:|---|---|--:|--:|--:|--:|--:|");
    let read = |language, kind| fs::read_to_string(format!("{folder}/{language}.{kind}.txt"));
    for (language, separator, labels) in OWN {
        for kind in KINDS {
            let list = read(language, kind).unwrap();
            let name = format!("{}, {kind}", name(language));
            for label in labels {
                let fallback = Charset::for_label(label).unwrap();
                print_row(&name, &list, fallback, fallback, separator);
                print_row(&name, &list, Charset::UTF_8, fallback, separator);
            }
        }
    }
    for (language, separator) in OTHERS {
        for kind in KINDS {
            let list = read(language, kind).unwrap();
            let name = format!("{}, {kind}", name(language));
            print_row(&name, &list, Charset::UTF_8, Charset::CP949, separator);
        }
    }
}

fn name(language: &str) -> &str {
    match language {
        "ko" => "Korean",
        "ja" => "Japanese",
        "zh" => "Chinese",
        "zh-Hant" => "traditional Chinese",
        "ru" => "Russian",
        "fr" => "French",
        "de" => "German",
        "en" => "English",
        other => other,
    }
}

fn print_row(name: &str, list: &str, charset: Charset, fallback: Charset, separator: &'static str) {
    let lines = list.lines().map(|line| {
        let (weight, word) = line.split_once('\t').expect("a weight and a word");
        (weight.parse().unwrap(), word)
    });
    let words = Words::new(lines, charset, separator);
    let before = measure(&words, CONVERSATIONS, || {
        |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => fallback.decode(bytes).0,
        }
    });
    let all = [before.first, before.second, before.later];
    let all = Count {
        said: all.iter().map(|count| count.said).sum(),
        wrong: all.iter().map(|count| count.wrong).sum(),
    };
    let now = measure(&words, CONVERSATIONS, || {
        let mut detector = Detector::new(Reading::Auto { fallback });
        move |bytes: &[u8]| detector.decode(bytes).text
    });
    println!(
        "| {name} | {} | {charset} | {fallback} | {} | {} | {} | {} | {} |",
        words.len(),
        per_thousand(all),
        per_thousand(now.first),
        per_thousand(now.first_of_one_word),
        per_thousand(now.second),
        per_thousand(now.later)
    );
}

fn per_thousand(count: Count) -> String {
    if count.wrong == 0 {
        return "0".to_owned();
    }
    format!("{:.2}", count.wrong as f64 * 1000.0 / count.said as f64)
}
