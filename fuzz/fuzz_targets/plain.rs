//! Feeds arbitrary bytes, at arbitrary times and in any encoding, to a plain-text conversation. No byte is lost: the
//! messages reproduce the bytes that arrived, apart from line ends. Byte 255 can begin a command of Telnet and can be
//! part of a byte order mark, so that with one in the stream only the other properties are checked.
#![no_main]

use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use duologue::{net::protocol::{Tag, plain::{Format, LINE_CAP, Output, Plain}}, text::{charset::{Charset, Reading}, line_end::LineEnd}};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Happening<'a> {
    Arrive(&'a [u8]),
    Wait(u16),
    Send(String),
    Transmit(u16),
    Finish(u16),
    Lose,
    Read(u8),
    End(u8),
}

#[derive(Debug, Arbitrary)]
struct Talk<'a> {
    happenings: Vec<Happening<'a>>,
}

fuzz_target!(|talk: Talk<'_>| {
    let mut now = Instant::now();
    let mut format = Format::default();
    let mut plain = Plain::new(format);
    let (mut arrived, mut heard) = (Vec::new(), Vec::new());
    let mut over = false;
    // Whether the peer has closed its direction, so that nothing more arrives on this connection.
    let mut finished = false;
    let mut fates = 0;
    let mut said = 0;
    for happening in talk.happenings {
        match happening {
            Happening::Arrive(_) if finished => {}
            Happening::Arrive(bytes) => {
                arrived.extend_from_slice(bytes);
                plain.handle_bytes(bytes, now);
            }
            Happening::Wait(ms) => {
                now += Duration::from_millis(ms.into());
                plain.handle_timeout(now);
            }
            Happening::Send(text) => {
                said += 1;
                plain.send(Tag(said), &text, Charset::UTF_8);
            }
            Happening::Transmit(most) => {
                let count = plain
                    .poll_transmit(now)
                    .map_or(0, |bytes| bytes.len().min(most.into()));
                plain.transmitted(count, now);
            }
            Happening::Finish(_) if finished => {}
            Happening::Finish(ms) => {
                finished = true;
                plain.handle_peer_finished(now + Duration::from_millis(ms.into()));
            }
            Happening::Lose => {
                finished = false;
                plain.handle_link_lost();
            }
            Happening::Read(which) => {
                let offered = Charset::OFFERED;
                let charset = offered[usize::from(which) % offered.len()];
                format.reading = if which & 1 == 0 {
                    Reading::Fixed(charset)
                } else {
                    Reading::Auto { fallback: charset }
                };
                plain.set_format(format);
            }
            Happening::End(which) => {
                format.line_end = [
                    None,
                    Some(LineEnd::None),
                    Some(LineEnd::Lf),
                    Some(LineEnd::CrLf),
                ][usize::from(which) % 4];
                plain.set_format(format);
            }
        }
        collect(&mut plain, &mut heard, &mut over, &mut fates);
    }
    plain.handle_end();
    collect(&mut plain, &mut heard, &mut over, &mut fates);
    assert_eq!(fates, said, "each message is settled once");
    if arrived.contains(&255) {
        return;
    }
    let bare = |bytes: &[u8]| -> Vec<u8> {
        let ends = |byte: &&u8| !matches!(byte, b'\r' | b'\n' | b'\0');
        bytes.iter().filter(ends).copied().collect()
    };
    let (heard, arrived) = (bare(&heard), bare(&arrived));
    if over {
        assert!(arrived.starts_with(&heard));
    } else {
        assert_eq!(heard, arrived);
    }
});

fn collect(plain: &mut Plain, heard: &mut Vec<u8>, over: &mut bool, fates: &mut u64) {
    while let Some(output) = plain.poll_output() {
        match output {
            Output::Message(decoded, _) => {
                let bytes = decoded.bytes();
                assert!(bytes.len() <= LINE_CAP);
                heard.extend_from_slice(&bytes);
            }
            Output::Sent(_) | Output::NotSent(_) => *fates += 1,
            Output::ExitReceived | Output::ExitSent => *over = true,
            Output::PeerFinished => {}
        }
    }
}
