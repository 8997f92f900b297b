//! An invite: a one-line link that says where somebody listens, with which key, and carries a token that lets one
//! caller in. It does not prove who wrote it: anyone who passes it on can change it.
//!
//! `duologue://HOST:PORT[,HOST:PORT…]?key=…&token=…`, both values in base64url without padding.
//! Knows the syntax of links (RFC 3986, RFC 6874 for IPv6 zones) and what messengers and browsers do to them; must
//! not know what an invite is used for.

mod breaks;
mod escapes;
mod link;
mod proof;

use std::{borrow::Cow, fmt, str::FromStr};

use aws_lc_rs::constant_time;
use data_encoding::BASE64URL_NOPAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroize as _;

pub use self::proof::Proof;
use self::{
    escapes::{unescaped, unquoted},
    link::{Found, Link, SCHEME, find},
};
use super::PublicKey;
use crate::endpoint::Endpoint;

/// Maximum number of addresses in an invite.
const MAX_HOSTS: usize = 8;
/// What is written as a percent code in a host: everything that has a meaning of its own in a link (RFC 3986), or
/// is not ASCII.
const NOT_IN_HOST: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':');

/// What its bearer was invited with: 128 random bits, kept secret. Never sent: see [`Proof`].
#[derive(Clone)]
pub struct Token([u8; 16]);

impl Token {
    /// A new random token. `None` if the system has no random numbers.
    pub fn generate() -> Option<Self> {
        let mut token = Self([0; 16]);
        aws_lc_rs::rand::fill(&mut token.0).ok()?;
        Some(token)
    }

    /// The token with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// In constant time, so that timing does not reveal how much of a guess was right.
impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The content of an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Where to call, in this order: 1 to 8 addresses, none with port 0.
    pub hosts: Vec<Endpoint>,
    /// The key that must answer there.
    pub key: PublicKey,
    /// The token to prove there.
    pub token: Token,
}

/// Why a text is not an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// It does not begin with `duologue://`.
    #[error("this is not an invite")]
    NotAnInvite,
    /// A host is missing or malformed, or its port is 0.
    #[error("the invite has no usable address")]
    BadHost,
    /// The key is missing, repeated, not 32 bytes, or one that anybody can sign for.
    #[error("the key in the invite is damaged")]
    BadKey,
    /// The token is missing, repeated, or not 16 bytes.
    #[error("the token in the invite is damaged")]
    BadToken,
    /// More than 2,048 bytes, or more than 8 hosts.
    #[error("the invite is too long")]
    TooLong,
}

/// Whether there is an invite in this text: the scheme, in upper or lower case, not in the middle of a word.
pub fn looks_like_invite(text: &str) -> bool {
    readings(text).any(|text| find(&text).is_some())
}

/// Reads the first invite in a text, as mail and messengers pass it on: words before and after it, `<…>` or Markdown's
/// marks around it, a full stop after it, line breaks and quote marks in it, its characters as codes of HTML, Markdown,
/// JSON or quoted-printable, percent-encoded as a whole, a `/` that a browser put before the `?`, and parameters of a
/// later version. If any part is wrong, the whole invite is refused.
impl FromStr for Invite {
    type Err = InviteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut why = None;
        for text in readings(text) {
            let Some(found) = find(&text) else { continue };
            match Self::parse(&found) {
                Ok(invite) => return Ok(invite),
                Err(error) => why = why.or(Some(error)),
            }
        }
        Err(why.unwrap_or(InviteError::NotAnInvite))
    }
}

/// What this text may have been before it was encoded on its way, most likely first.
fn readings(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let as_mail = || Cow::Owned(unescaped(&unquoted(text)).into_owned());
    [unescaped(text)]
        .into_iter()
        .chain(text.contains('=').then(as_mail))
}

impl Invite {
    fn parse(found: &Found<'_>) -> Result<Self, InviteError> {
        let mut link = Link::new(found);
        let hosts = link.take_until('?');
        // It is never part of a link that we wrote.
        if hosts.contains('=') {
            return Err(InviteError::BadHost);
        }
        let hosts = hosts.strip_suffix('/').unwrap_or(&hosts);
        if hosts.split(',').count() > MAX_HOSTS {
            return Err(InviteError::TooLong);
        }
        let hosts = hosts.split(',').map(parse_host).collect::<Result<_, _>>();
        let (mut key, mut token) = (Vec::new(), Vec::new());
        while let Some((name, value)) = link.next_parameter() {
            match name.as_str() {
                "key" => key.push(value),
                "token" => token.push(value),
                _ => {}
            }
        }
        if link.is_too_long() {
            return Err(InviteError::TooLong);
        }
        Ok(Self {
            hosts: hosts?,
            key: only(&key)
                .and_then(PublicKey::from_peer)
                .ok_or(InviteError::BadKey)?,
            token: only(&token)
                .map(Token::from_bytes)
                .ok_or(InviteError::BadToken)?,
        })
    }
}

/// ASCII only, even where host names are not, so that every messenger recognises the end of the link.
impl fmt::Display for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        for (number, Endpoint { host, port }) in self.hosts.iter().enumerate() {
            if number > 0 {
                f.write_str(",")?;
            }
            let is_ipv6 = host.contains(':');
            let host = utf8_percent_encode(host, NOT_IN_HOST);
            if is_ipv6 {
                write!(f, "[{host}]:{port}")?;
            } else {
                write!(f, "{host}:{port}")?;
            }
        }
        let key = BASE64URL_NOPAD.encode(self.key.as_bytes());
        let token = BASE64URL_NOPAD.encode(self.token.as_bytes());
        write!(f, "?key={key}&token={token}")
    }
}

/// The value, if there is exactly one.
fn only<const N: usize>(values: &[String]) -> Option<[u8; N]> {
    let [value] = values else { return None };
    let bytes = BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
    bytes.try_into().ok()
}

fn parse_host(text: &str) -> Result<Endpoint, InviteError> {
    // People copy `fe80::1%eth0` as it is. There the percent sign does not begin a code, even if the zone looks like
    // one (`%12` on Windows).
    let is_ipv6 = text.matches(':').count() > 1;
    let zone = text.split_once('%').map(|(_, zone)| zone);
    let text = if is_ipv6 && zone.is_some_and(|zone| !zone.starts_with("25")) {
        text.to_owned()
    } else {
        let text = percent_decode_str(text).decode_utf8();
        text.map_err(|_| InviteError::BadHost)?.into_owned()
    };
    // In a field white space may part the port from the host, but no link has it.
    if text.trim().contains(char::is_whitespace) {
        return Err(InviteError::BadHost);
    }
    text.parse()
        .and_then(Endpoint::connectable)
        .map_err(|_| InviteError::BadHost)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{link::MAX_BYTES, *};

    const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    const TOKEN: &str = "AgICAgICAgICAgICAgICAg";

    fn invite(hosts: &[(&str, u16)]) -> Invite {
        let endpoint = |&(host, port): &(&str, u16)| Endpoint {
            host: host.to_owned(),
            port,
        };
        Invite {
            hosts: hosts.iter().map(endpoint).collect(),
            key: PublicKey::from_bytes([1; 32]),
            token: Token::from_bytes([2; 16]),
        }
    }

    fn parse(text: &str) -> Result<Invite, InviteError> {
        text.parse()
    }

    #[test]
    fn an_invite_is_written_as_documented() {
        let text = invite(&[
            ("192.168.0.5", 50000),
            ("2001:db8::1", 7),
            ("fe80::1%eth0", 8),
            ("컴퓨터,1", 9),
        ])
        .to_string();
        assert_eq!(
            text,
            format!(
                "duologue://192.168.0.5:50000,[2001:db8::1]:7,[fe80::1%25eth0]:8,\
                 %EC%BB%B4%ED%93%A8%ED%84%B0%2C1:9?key={KEY}&token={TOKEN}"
            )
        );
        assert!(looks_like_invite(&text));
    }

    #[test]
    fn what_happens_to_links_on_their_way_does_no_harm() {
        let expected = Ok(invite(&[("mina-pc", 7)]));
        for text in [
            format!("duologue://mina-pc:7?key={KEY}&token={TOKEN}"),
            format!(" \r\n\tDuoLogue://mina-pc:7/?token={TOKEN}&key={KEY}\u{a0}\n"),
            format!("duologue://mina-pc:7?&a&b=c&b=d&key={KEY}&keys=x&token={TOKEN}&"),
            format!("duologue://mina%2Dpc:7?key={KEY}&token={TOKEN}"),
            // As mail makes them.
            format!("Call me: duologue://mina-pc:7?key={KEY}&token={TOKEN}. Bye!"),
            format!("<duologue://mina-pc:7?key={KEY}&token={TOKEN}>"),
            format!("Is it duologue://mina-pc:7?key={KEY}&token={TOKEN}?"),
            format!("duologue://mina-pc:7?key={KEY}&token={TOKEN}#end"),
            format!("[here](duologue://mina-pc:7?key={KEY}&token={TOKEN})"),
            format!("\"duologue://mina-pc:7?key={KEY}&token={TOKEN}\", she said"),
            format!("duologue://mina-pc:7?key={KEY}&amp;token={TOKEN}\nBye"),
            format!("duologue://mina-pc:7?key={KEY}&#38;token={TOKEN}"),
            format!("duologue://mina-pc:7?key=3D{KEY}&token=3D{TOKEN}=0D=0A"),
            {
                let (start, end) = KEY.split_at(20);
                format!("duologue://mina=\n-pc:7?key=3D{start}=\r\n{end}&token=3D{TOKEN}")
            },
            format!("duologue://mina-pc:7?key={KEY}&token={TOKEN} duologue://jun-pc:8?key={KEY}"),
            format!("초대: duologue://mina-pc:7?key={KEY}&token={TOKEN}입니다"),
            format!("https://example.org duologue://mina-pc:7?key={KEY}&token={TOKEN}。"),
            format!("> duologue://mina-pc:7\r\n> ?key={KEY}&tok\r\n> en={TOKEN}\r\n> Bye"),
            // As HTML, Markdown and JSON make them.
            format!("duologue://mina-pc:7?key={KEY}&#x26;token={TOKEN}"),
            format!("duologue://mina-pc:7?key={KEY}&#X26;token={TOKEN}"),
            format!("duologue://mina-pc:7?key={KEY}&amp;#038;token={TOKEN}"),
            format!("duologue://mina-pc:7?key={KEY}&amp;amp;token={TOKEN}&lt;br&gt;"),
            format!("duologue:&#x2F;&#x2F;mina&shy;-pc:7?key&#x3D;{KEY}&AMP;token&#61;{TOKEN}"),
            format!("&lt;duologue://mina-pc:7?key={KEY}&amp;token={TOKEN}&gt;"),
            format!("duologue://mina-pc:7?key={KEY}\\&token={TOKEN}"),
            format!("duologue\\://mina\\-pc:7\\?key\\={KEY}\\&token\\={TOKEN}\\."),
            format!("\"duologue:\\/\\/mina-pc:7?key\\u003d{KEY}\\u0026token={TOKEN}\\n\""),
            format!("_duologue://mina-pc:7?key={KEY}&token={TOKEN}_"),
            format!("__duologue://mina-pc:7?token={TOKEN}&key={KEY}__."),
            format!("**_duologue://mina-pc:7?key={KEY}&token={TOKEN}_**"),
            format!("\\_duologue://mina-pc:7?key={KEY}&token={TOKEN}\\_"),
            format!("*duologue://mina-pc:7?key={KEY}&token={TOKEN}*"),
            format!("**duologue://mina-pc:7?key={KEY}&token={TOKEN}**"),
            format!("`duologue://mina-pc:7?key={KEY}&token={TOKEN}`"),
            format!("~~duologue://mina-pc:7?key={KEY}&token={TOKEN}~~"),
            // With something inside the scheme.
            format!("duolo\ngue://mina-pc:7?key={KEY}&token={TOKEN}"),
            format!("> Call duologue:\r\n> //mina-pc:7?key={KEY}&token={TOKEN}"),
            format!("duo\u{ad}logue:\u{200b}/\u{200b}/mina-pc:7?key={KEY}&token={TOKEN}"),
            format!("duo=\r\nlogue://mina-pc:7?key=3D{KEY}&amp;token=3D{TOKEN}"),
            // In the query of another link.
            format!("duologue%3A%2F%2Fmina-pc%3A7%3Fkey%3D{KEY}%26token%3D{TOKEN}"),
            format!("duologue%3a%2f%2fmina%252Dpc%3a7%3fkey%3d{KEY}%26token%3d{TOKEN} Bye"),
            format!(
                "https://example.org/?u=duologue%3A%2F%2Fmina-pc%3A7%3Fkey%3D{KEY}%26token%3D{TOKEN}&h=1"
            ),
            format!(
                "Hi%2C%20duologue%3A%2\nF%2Fmina-pc%3A7%3Fkey%3D{KEY}%2\n6token%3D{TOKEN}%0ABye"
            ),
            {
                let (start, end) = KEY.split_at(20);
                format!("duologue://mina\n-pc:7?key={start}\r\n  {end}&token=\n{TOKEN}\nand so on")
            },
        ] {
            assert!(looks_like_invite(&text), "{text:?}");
            assert_eq!(parse(&text), expected, "{text:?}");
        }
        for (hosts, expected) in [
            ("mina-pc", ("mina-pc", 50000)),
            ("::1", ("::1", 50000)),
            ("[::1]", ("::1", 50000)),
            ("[fe80::1%eth0]:8", ("fe80::1%eth0", 8)),
            ("[fe80::1%25eth0]:8", ("fe80::1%eth0", 8)),
            ("[fe80::1%12]:8", ("fe80::1%12", 8)),
            ("[fe80::1%2512]:8", ("fe80::1%12", 8)),
            ("[fe80::1%2525]:8", ("fe80::1%25", 8)),
            ("fe80::1%25eth0", ("fe80::1%eth0", 50000)),
            ("컴퓨터:9", ("컴퓨터", 9)),
            ("%ec%bb%b4%ED%93%A8%ED%84%B0:9", ("컴퓨터", 9)),
            ("a%zz:9", ("a%zz", 9)),
            ("a%2:9", ("a%2", 9)),
        ] {
            let text = format!("duologue://{hosts}?key={KEY}&token={TOKEN}");
            assert_eq!(parse(&text), Ok(invite(&[expected])), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_not_taken_for_invites() {
        for text in [
            "",
            "duologue",
            "duologue:50000",
            "duologue:/x",
            "mina-pc:7",
            "https://mina-pc:7",
            "xduologue://mina-pc",
            "컴퓨터컴퓨터",
            "svn+duologue://x",
            "svn%2Bduologue%3A%2F%2Fx",
            "duologue%3Ax",
            "a duologue: we talk",
        ] {
            assert!(!looks_like_invite(text), "{text:?}");
            assert_eq!(parse(text), Err(InviteError::NotAnInvite), "{text:?}");
        }
        let long = "x".repeat(MAX_BYTES + 1);
        assert_eq!(parse(&long), Err(InviteError::NotAnInvite));
    }

    #[test]
    fn bad_hosts_are_refused() {
        for hosts in [
            "",
            "/",
            ",",
            "a:1,",
            ",a:1",
            "a:1,,b:1",
            "a:0",
            "a:1,b:0",
            "a:65536",
            "a:x",
            "a:",
            ":1",
            "me@a:1",
            "a:1/path",
            "a#b:1",
            "[fe80::1:1",
            "[x:y]:1",
            "a%00b:1",
            "a%40b:1",
            "%ff:1",
            "a%201",
            "me\\@a:1",
            "me&#64;a:1",
            "a&#47;b:1",
        ] {
            let text = format!("duologue://{hosts}?key={KEY}&token={TOKEN}");
            assert_eq!(parse(&text), Err(InviteError::BadHost), "{text:?}");
        }
    }

    #[test]
    fn bad_keys_are_refused() {
        let last_bits_set = KEY.replace("AQE", "AQF");
        for query in [
            String::new(),
            format!("?token={TOKEN}"),
            format!("?key&token={TOKEN}"),
            format!("?key=&token={TOKEN}"),
            format!("?KEY={KEY}&token={TOKEN}"),
            format!("?key={KEY}&token={TOKEN}&key={KEY}"),
            format!("?key={TOKEN}&token={TOKEN}"),
            format!("?key={KEY}=&token={TOKEN}"),
            format!("?key={KEY}A&token={TOKEN}"),
            format!("?key={}&token={TOKEN}", KEY.replace('Q', "+")),
            format!("?key={last_bits_set}&token={TOKEN}"),
            // A point of order 4.
            format!("?key={}&token={TOKEN}", "A".repeat(KEY.len())),
            format!("?key={KEY}_&token={TOKEN}"),
            format!("?key=_{KEY}&token={TOKEN}"),
            format!("?key={}_&token={TOKEN}", &KEY[..42]),
        ] {
            let text = format!("duologue://a:1{query}");
            assert_eq!(parse(&text), Err(InviteError::BadKey), "{text:?}");
        }
    }

    #[test]
    fn bad_tokens_are_refused() {
        for query in [
            String::new(),
            "&token".to_owned(),
            "&token=".to_owned(),
            format!("&token={TOKEN}&token={TOKEN}"),
            format!("&token={TOKEN}=="),
            format!("&token={KEY}"),
            format!("&token={}", &TOKEN[1..]),
            format!("&token={TOKEN}_"),
        ] {
            let text = format!("duologue://a:1?key={KEY}{query}");
            assert_eq!(parse(&text), Err(InviteError::BadToken), "{text:?}");
        }
        // Underscores are around a link only if as many are before it as after it.
        for text in [
            format!("_duologue://a:1?key={KEY}&token={TOKEN}__"),
            format!("_duologue://a:1?key={KEY}&token={TOKEN}_A"),
            format!("_duologue://a:1?key={KEY}&token={}_", &TOKEN[1..]),
            format!("duologue%3A%2F%2Fa%3A1%3Fkey%3D{KEY}%26token%3D{TOKEN}%3D"),
        ] {
            assert_eq!(parse(&text), Err(InviteError::BadToken), "{text:?}");
        }
    }

    #[test]
    fn long_invites_are_refused() {
        let with_hosts = |count| {
            let hosts = vec!["a:1"; count].join(",");
            parse(&format!("duologue://{hosts}?key={KEY}&token={TOKEN}"))
        };
        assert_eq!(with_hosts(8), Ok(invite(&[("a", 1); 8])));
        assert_eq!(with_hosts(9), Err(InviteError::TooLong));

        let base = format!("duologue://a:1?key={KEY}&token={TOKEN}&x=");
        let with_bytes = |count| parse(&format!(" {base}{} ", "x".repeat(count - base.len())));
        assert_eq!(with_bytes(2048), Ok(invite(&[("a", 1)])));
        assert_eq!(with_bytes(2049), Err(InviteError::TooLong));
    }

    #[test]
    fn the_token_is_in_no_debug_output() {
        let text = format!("{:?}", invite(&[("a", 1)]));
        assert!(text.contains("Token(…)"), "{text}");
        assert!(!text.contains("2, 2"), "{text}");
    }

    #[test]
    fn tokens_are_random_and_compared_whole() {
        let token = Token::generate().expect("random numbers");
        assert_ne!(Some(&token), Token::generate().as_ref());
        assert_eq!(token, token.clone());
        for place in 0..16 {
            let mut other = *token.as_bytes();
            other[place] ^= 0x80;
            assert_ne!(token, Token::from_bytes(other));
        }
    }

    /// Whatever can be typed as a host, odd names and zones included.
    fn any_endpoint() -> impl Strategy<Value = Endpoint> {
        let host = prop_oneof![
            any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
            any::<std::net::Ipv6Addr>().prop_map(|ip| ip.to_string()),
            "[a-z0-9.-]{1,30}",
            "fe80::[1-9]%\\PC{1,6}",
            "fe80::[1-9]%[0-9a-f%]{1,6}",
            "[a-f0-9%,&=]{1,12}",
            "\\PC{1,10}",
        ];
        (host, 1..=u16::MAX).prop_filter_map("no endpoint", |(host, port)| {
            let endpoint = Endpoint::from_fields(&host, &port.to_string()).ok()?;
            endpoint.connectable().ok()
        })
    }

    proptest! {
        #[test]
        fn any_invite_round_trips(
            hosts in proptest::collection::vec(any_endpoint(), 1..=8),
            key: [u8; 32],
            token: [u8; 16],
        ) {
            let invite = Invite {
                hosts,
                key: PublicKey::from_bytes(key),
                token: Token::from_bytes(token),
            };
            let text = invite.to_string();
            prop_assert!(text.is_ascii());
            prop_assert_eq!(parse(&text), Ok(invite));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}", hosts in "[a%0-9,:\\[\\]/é]{0,30}", query in "\\PC{0,30}") {
            parse(&text).ok();
            parse(&format!("duologue://{text}")).ok();
            parse(&format!("duologue://{hosts}?key={KEY}&token={TOKEN}")).ok();
            parse(&format!("duologue://a?{query}")).ok();
            parse(&format!("_duologue%3A%2F%2F{hosts}%{query}")).ok();
            parse(&format!("duologue&#58;//&{text};\\{query}")).ok();
            looks_like_invite(&text);
        }
    }
}
