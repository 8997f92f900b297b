//! Telnet, as far as a text connection needs it: every option is refused, commands are answered or passed over, and
//! nothing of them reaches the text (RFC 854, 855, 860, 1143). The same in both roles.
//!
//! Sans-IO: bytes in, text and replies out.

const SE: u8 = 240;
const AYT: u8 = 246;
const SB: u8 = 250;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const DONT: u8 = 254;
const IAC: u8 = 255;

/// The option by which a client learns that what it sent was processed (RFC 860). Until it is answered, Debian's
/// `telnet` throws away everything that it receives after Ctrl+C.
const TIMING_MARK: u8 = 6;
/// Numbers of options below this one are control characters, which no text has after a letter. Every client begins
/// with one of these.
const FIRST_PRINTABLE: u8 = 32;
/// The answer to "are you there?", which must be seen by a person.
const YES: &[u8] = b"\r\n[Yes]\r\n";
/// Maximum length of replies that wait to be sent, in bytes. A peer that asks for more without reading gets none.
const MAX_REPLIES: usize = 4096;

/// Where in a command the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Command,
    /// The verb that an option follows.
    Option(u8),
    Subnegotiation,
    CommandInSubnegotiation,
}

/// Takes Telnet's commands out of a stream.
#[derive(Debug)]
pub(super) struct Telnet {
    state: State,
    /// Whether the peer has negotiated, so that it is certain to speak Telnet.
    is_certain: bool,
    replies: Vec<u8>,
}

impl Telnet {
    pub fn new() -> Self {
        Self {
            state: State::Text,
            is_certain: false,
            replies: Vec::new(),
        }
    }

    /// Whether the peer is certain to speak Telnet, so that a byte 255 of ours must be doubled.
    pub fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// Appends the text in `bytes` to `text`. `is_letter` says that byte 255 is a letter of the encoding, so that it
    /// begins a command only if the peer has negotiated.
    pub fn receive(&mut self, bytes: &[u8], is_letter: bool, text: &mut Vec<u8>) {
        for &byte in bytes {
            self.receive_byte(byte, is_letter, text);
        }
    }

    /// Whether these bytes can be text only, which saves looking at each of them.
    pub fn is_text_only(&self, bytes: &[u8]) -> bool {
        self.state == State::Text && memchr::memchr(IAC, bytes).is_none()
    }

    /// The peer has finished: appends what was held back.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        // A command that was never finished may have been text.
        if self.state == State::Command && !self.is_certain {
            text.push(IAC);
        }
        self.state = State::Text;
    }

    /// What to send, outside of any message.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// Whether something is to be sent.
    pub fn has_replies(&self) -> bool {
        !self.replies.is_empty()
    }

    fn receive_byte(&mut self, byte: u8, is_letter: bool, text: &mut Vec<u8>) {
        self.state = match self.state {
            State::Text if byte == IAC => State::Command,
            State::Text => {
                text.push(byte);
                State::Text
            }
            State::Command => return self.receive_command(byte, is_letter, text),
            State::Option(verb) => {
                if is_letter && !self.is_certain && byte >= FIRST_PRINTABLE {
                    text.extend([IAC, verb, byte]);
                } else {
                    self.is_certain = true;
                    self.answer(verb, byte);
                }
                State::Text
            }
            State::Subnegotiation if byte == IAC => State::CommandInSubnegotiation,
            State::CommandInSubnegotiation if byte == SE => State::Text,
            State::Subnegotiation | State::CommandInSubnegotiation => State::Subnegotiation,
        };
    }

    /// The byte after an IAC.
    fn receive_command(&mut self, byte: u8, is_letter: bool, text: &mut Vec<u8>) {
        let may_be_text = is_letter && !self.is_certain;
        self.state = State::Text;
        match byte {
            WILL | WONT | DO | DONT if may_be_text => {
                // Only the option shows whether these are letters.
                self.state = State::Option(byte);
            }
            _ if may_be_text => text.extend([IAC, byte]),
            IAC => text.push(IAC),
            SB => self.state = State::Subnegotiation,
            WILL | WONT | DO | DONT => self.state = State::Option(byte),
            AYT => self.reply(YES),
            // Interrupt, abort output, break, go ahead, erase character and line, the data mark: nothing to do.
            SE..=249 => {}
            _ => text.extend([IAC, byte]),
        }
    }

    /// Answers an offer or a request of an option: no, always. A refusal is not answered, so that no loop begins
    /// (RFC 1143).
    fn answer(&mut self, verb: u8, option: u8) {
        match verb {
            DO if option == TIMING_MARK => self.reply(&[IAC, WILL, option]),
            DO => self.reply(&[IAC, WONT, option]),
            WILL => self.reply(&[IAC, DONT, option]),
            _ => {}
        }
    }

    fn reply(&mut self, bytes: &[u8]) {
        if self.replies.len() + bytes.len() <= MAX_REPLIES {
            self.replies.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text and the replies, the bytes arriving in every split into two.
    fn receive(bytes: &[u8], is_letter: bool) -> (Vec<u8>, Vec<u8>) {
        let all: Vec<_> = (0..=bytes.len())
            .map(|at| {
                let (mut telnet, mut text) = (Telnet::new(), Vec::new());
                let (first, second) = bytes.split_at(at);
                telnet.receive(first, is_letter, &mut text);
                telnet.receive(second, is_letter, &mut text);
                (text, telnet.take_replies())
            })
            .collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{bytes:x?}");
        all[0].clone()
    }

    #[test]
    fn options_are_refused_and_nothing_is_shown() {
        for (bytes, text, replies) in [
            // What PuTTY sends when it connects.
            (
                &b"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03hi\r\n"[..],
                &b"hi\r\n"[..],
                &b"\xff\xfe\x1f\xff\xfe\x20\xff\xfe\x18\xff\xfe\x27\xff\xfc\x01\xff\xfe\x03\xff\xfc\x03"[..],
            ),
            // Ctrl+C in Debian's telnet.
            (b"\xff\xf4\xff\xfd\x06", b"", b"\xff\xfb\x06"),
            // Refusals are not answered.
            (b"a\xff\xfc\x01\xff\xfe\x01b", b"ab", b""),
            (b"\xff\xf6", b"", YES),
            (b"a\xff\xffb", b"a\xffb", b""),
            (b"a\xff\xfa\x18\x00xterm\xff\xff\xff\xf0b", b"ab", b""),
            (b"\xff\xf1\xff\xf2\xff\xf3\xff\xf5\xff\xf7\xff\xf8\xff\xf9", b"", b""),
            ("안녕\n".as_bytes(), "안녕\n".as_bytes(), b""),
        ] {
            assert_eq!(receive(bytes, false), (text.to_vec(), replies.to_vec()));
        }
    }

    #[test]
    fn where_the_byte_is_a_letter_only_negotiation_makes_it_a_command() {
        // "яф" in windows-1251.
        assert_eq!(receive(b"\xff\xf4", true), (b"\xff\xf4".to_vec(), vec![]));
        assert_eq!(receive(b"\xff\xff", true), (b"\xff\xff".to_vec(), vec![]));
        // "яэх", "яэ 5"
        for text in [&b"\xff\xfd\xf5"[..], b"\xff\xfd 5"] {
            assert_eq!(receive(text, true), (text.to_vec(), vec![]));
        }
        let (text, replies) = receive(b"\xff\xfd\x03\xff\xf4\xff\xff", true);
        assert_eq!(
            (text, replies),
            (b"\xff".to_vec(), b"\xff\xfc\x03".to_vec())
        );
    }

    #[test]
    fn a_peer_that_only_asks_gets_a_bounded_answer() {
        let (mut telnet, mut text) = (Telnet::new(), Vec::new());
        for _ in 0..100_000 {
            telnet.receive(b"\xff\xfd\x03\xff\xf6", false, &mut text);
        }
        let replies = telnet.take_replies();
        assert!(replies.len() <= MAX_REPLIES && text.is_empty());
    }
}
