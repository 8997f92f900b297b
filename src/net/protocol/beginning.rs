//! What a caller begins with: TLS, a request of a web browser, or text.
//!
//! Any web page can make the browser send a request to a program on the same computer. Its lines would arrive as
//! messages, and `#exit` among them would end the chat.

use std::time::Duration;

use crate::net::protocol::secure::{HANDSHAKE_RECORD, MAJOR_VERSION};

/// Maximum number of bytes that are looked at.
pub(in crate::net) const LOOKED_AT: usize = 1024;
/// How long a caller has to complete what may be the first line of a request. After that it is text.
pub(in crate::net) const HALF_LINE: Duration = Duration::from_secs(1);

/// The methods of HTTP (RFC 9110, RFC 5789), and of the preface of HTTP/2 (RFC 9113). A page can use others only after
/// the listener has answered a request with `OPTIONS`.
const METHODS: [&[u8]; 10] = [
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH", b"PRI",
];
const VERSION: &[u8] = b"HTTP/";

/// See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Beginning {
    /// Nothing so far.
    Silent,
    /// One byte that may be the first of TLS.
    HalfTls,
    Tls,
    /// Part of what may be the first line of an HTTP request.
    HalfHttp,
    Http,
    /// Anything else, including a connection that was closed at once.
    Plain,
}

impl Beginning {
    /// What begins with these bytes, at most [`LOOKED_AT`]; none means that the connection is closed. `is_over` is whether
    /// no more will follow.
    pub fn of(bytes: &[u8], is_over: bool) -> Self {
        match bytes {
            // A TLS greeting that was cut short: no message consists of this byte alone.
            [HANDSHAKE_RECORD] if is_over => Self::Tls,
            [HANDSHAKE_RECORD] => Self::HalfTls,
            [HANDSHAKE_RECORD, MAJOR_VERSION, ..] => Self::Tls,
            _ => match request_line(bytes) {
                Self::HalfHttp if is_over => Self::Plain,
                other => other,
            },
        }
    }
}

/// Looks for the first line of a request: method, target, version (RFC 9112, section 3). Empty lines may come before it.
fn request_line(bytes: &[u8]) -> Beginning {
    let is_full = bytes.len() >= LOOKED_AT;
    let start = bytes.iter().position(|byte| !b"\r\n".contains(byte));
    let text = start.and_then(|start| bytes.get(start..)).unwrap_or(&[]);
    let mut lines = text.splitn(2, |byte| *byte == b'\n');
    let line = lines.next().unwrap_or(&[]);
    let is_whole = lines.next().is_some();
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let method = words.next().unwrap_or(&[]);
    let (target, version) = (words.next(), words.next());
    let is_known = METHODS.contains(&method);
    let may_go_on = match (target, version) {
        (None, _) => !method.is_empty() && METHODS.iter().any(|known| known.starts_with(method)),
        (Some(_), None) => is_known,
        (Some(_), Some(version)) => is_known && VERSION.starts_with(version),
    };
    match (target, version) {
        (Some(target), Some(version))
            if is_method(method) && is_target(target) && version.starts_with(VERSION) =>
        {
            Beginning::Http
        }
        // No message begins with a method and a word that long.
        (Some(target), None) if is_full && is_known && is_target(target) => Beginning::Http,
        _ if may_go_on && !is_whole && !is_full => Beginning::HalfHttp,
        _ => Beginning::Plain,
    }
}

fn is_method(word: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'-';
    !word.is_empty() && word.iter().all(is_letter)
}

/// A path, a URL, a host with its port, or an asterisk.
fn is_target(word: &[u8]) -> bool {
    word.starts_with(b"/") || word == b"*" || word.contains(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUESTS: [&str; 8] = [
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:50000\r\n\r\n",
        "POST /chat?x=1 HTTP/1.1\r\nContent-Length: 5\r\n\r\n#exit",
        "OPTIONS * HTTP/1.1\n",
        "GET http://127.0.0.1:50000/ HTTP/1.0\n",
        "CONNECT example.org:443 HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\r\n\r\nHEAD /a HTTP/1.1\r\n",
        "PROPFIND / HTTP/1.1\r\n",
    ];

    fn of(text: &str) -> Beginning {
        Beginning::of(text.as_bytes(), false)
    }

    #[test]
    fn a_request_is_recognised_in_one_piece() {
        for request in REQUESTS {
            assert_eq!(of(request), Beginning::Http, "{request:?}");
        }
    }

    #[test]
    fn no_piece_of_a_browsers_request_is_taken_for_text() {
        for request in REQUESTS.iter().take(6) {
            let mut is_known = false;
            for end in 1..request.len() {
                let beginning = of(&request[..end]);
                is_known |= beginning == Beginning::Http;
                let expected = if is_known {
                    Beginning::Http
                } else {
                    Beginning::HalfHttp
                };
                assert_eq!(beginning, expected, "{:?}", &request[..end]);
            }
            assert!(is_known);
        }
    }

    #[test]
    fn a_request_with_an_endless_target_is_recognised() {
        let long = format!("POST /{}", "a".repeat(LOOKED_AT));
        assert_eq!(of(&long[..LOOKED_AT]), Beginning::Http);
        assert_eq!(of(&long[..LOOKED_AT - 1]), Beginning::HalfHttp);
    }

    #[test]
    fn text_that_resembles_a_request_is_text() {
        for text in [
            "hello",
            "GET\n",
            "GET /\n",
            "Get / HTTP/1.1\n",
            "POST the letter\n",
            "I like HTTP/1.1\n",
            "GET / please",
            "HTTP/1.1 200 OK\r\n",
            "안녕 / HTTP/1.1\n",
            "#exit",
            "\n",
            "\r\n\r\n",
            " GET / HTTP/1.1\n",
            "hello\nGET / HTTP/1.1\n",
        ] {
            assert_eq!(of(text), Beginning::Plain, "{text:?}");
        }
        let long = "a".repeat(LOOKED_AT);
        assert_eq!(of(&long), Beginning::Plain);
        assert_eq!(of(&format!("GET {long}")[..LOOKED_AT]), Beginning::Plain);
    }

    #[test]
    fn what_ends_in_the_middle_of_a_request_is_text() {
        assert_eq!(Beginning::of(b"GET", true), Beginning::Plain);
        assert_eq!(Beginning::of(b"", true), Beginning::Plain);
    }

    #[test]
    fn tls_shows_in_the_second_byte() {
        assert_eq!(Beginning::of(&[0x16], false), Beginning::HalfTls);
        assert_eq!(Beginning::of(&[0x16], true), Beginning::Tls);
        assert_eq!(Beginning::of(&[0x16, 3, 1, 0], false), Beginning::Tls);
        assert_eq!(Beginning::of(&[0x16, b'a'], false), Beginning::Plain);
    }
}
