//! A store with a long conversation, which is made once and kept in `target/tmp`.

use std::{env, fs, net::IpAddr, path::PathBuf, time::Instant};

use duologue::{
    identity::{PeerId, PublicKey, StreamId, Trust},
    millis::Millis,
    store::{Content, Incoming, Row, Store},
};

/// One message in this many contains the rare words.
pub const RARE: u64 = 100_000;

/// Words of most messages.
pub const COMMON: [&str; 48] = [
    "안녕하세요",
    "오늘",
    "내일",
    "점심",
    "같이",
    "먹을래",
    "회의가",
    "있어요",
    "그래서",
    "하지만",
    "정말",
    "감사합니다",
    "괜찮아요",
    "어디에서",
    "만날까요",
    "지금",
    "가고",
    "있습니다",
    "이것은",
    "그것이",
    "사람이",
    "생각해요",
    "했습니다",
    "주세요",
    "파일을",
    "보냈어요",
    "확인했습니다",
    "the",
    "and",
    "you",
    "meeting",
    "later",
    "please",
    "check",
    "this",
    "file",
    "ok",
    "thanks",
    "ㅋㅋㅋ",
    "ㅎㅎ",
    "네",
    "응",
    "아니요",
    "저는",
    "우리는",
    "시간이",
    "없어서",
    "나중에",
];
/// The rare words.
pub const ONCE: [&str; 3] = ["쀍", "뷁꿹", "쭗뼸춝"];

/// Whose conversation it is.
pub fn mina() -> PeerId {
    PeerId::Key(PublicKey::from_bytes([1; 32]))
}

/// Pseudo-random numbers that are the same in every run (xorshift64).
pub struct Chance(pub u64);

impl Chance {
    /// Below this.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Returns the folder of a store with this many messages, which is made if it is missing.
pub fn made(messages: u64) -> PathBuf {
    let base = option_env!("CARGO_TARGET_TMPDIR").map_or_else(env::temp_dir, PathBuf::from);
    let folder = base.join(format!("history-{messages}"));
    if folder.join("made").exists() {
        // An earlier version may have made it.
        drop(Store::open(&folder).unwrap());
        return folder;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    let start = Instant::now();
    let mut store = Store::open(&folder).unwrap().store;
    let PeerId::Key(key) = mina() else {
        return folder;
    };
    let ip = IpAddr::from([10, 0, 0, 1]);
    store
        .record_contact(&key, "Mina", Trust::Met, ip, None, Millis::new(0))
        .unwrap();
    let talked = store.conversation(&mina(), Millis::new(0)).unwrap();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut number = 0;
    while number < messages {
        let mut batch = store.batch().unwrap();
        for _ in 0..20_000.min(messages - number) {
            number += 1;
            let text = said(&mut chance, number);
            let at = i64::try_from(number).unwrap() * 1_000;
            let item = Incoming {
                stream: StreamId::from_bytes([2; 16]),
                number,
                missed: 0,
                sent_at: Millis::new(at),
                content: Content::Text(&text),
            };
            batch.receive(talked, &item, Millis::new(at)).unwrap();
        }
        batch.commit().unwrap();
    }
    store.set_read(talked, Row::new(number)).unwrap();
    drop(store);
    fs::write(folder.join("made"), b"").unwrap();
    println!(
        "made {messages} messages in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    folder
}

/// A message of one to twelve words; one word in twenty is made of random syllables.
fn said(chance: &mut Chance, number: u64) -> String {
    let mut text = String::new();
    for _ in 0..=chance.below(12) {
        if chance.below(20) == 0 {
            for _ in 0..=chance.below(4) {
                let syllable = 0xac00 + u32::try_from(chance.below(11_172)).unwrap();
                let syllable = char::from_u32(syllable).unwrap();
                // These are searched for as rare or absent.
                text.extend(Some(syllable).filter(|one| !"쀍뷁꿹쭗뼸춝쫣뙓퓱".contains(*one)));
            }
        } else {
            text.push_str(COMMON[usize::try_from(chance.below(48)).unwrap()]);
        }
        text.push(' ');
    }
    if number.is_multiple_of(RARE) {
        text.push_str(&ONCE.join(" "));
    }
    text
}
