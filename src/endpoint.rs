//! Where to listen or connect: a valid host and port.
//!
//! Knows what people type and paste; must not know how names are resolved.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use unicode_normalization::UnicodeNormalization as _;

/// A host as typed (a name, IPv4, or IPv6 with an optional `%zone`, never in brackets) and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Not empty; no white space or brackets.
    pub host: String,
    /// 0 means any free port, and is only for listening.
    pub port: u16,
}

/// Why a text is not an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The host field is empty.
    #[error("the host is empty")]
    EmptyHost,
    /// White space, a stray bracket or the like.
    #[error("the host is not a name or an address")]
    BadHost,
    /// A number in place of a name that is not four decimal numbers. Systems read such a number in ways that people
    /// do not expect: `127.0.0.010` is 127.0.0.8, `127.1` is 127.0.0.1.
    #[error("the IPv4 address is not four decimal numbers")]
    BadIpv4,
    /// Empty, not a number, or above 65535.
    #[error("the port is not a number from 1 to 65535")]
    BadPort,
    /// Port 0 means "any free port": one can listen there, but not connect.
    #[error("port 0 can't be connected to")]
    PortZero,
}

impl EndpointError {
    /// Whether the port is wrong rather than the host.
    pub fn is_about_port(self) -> bool {
        matches!(self, Self::BadPort | Self::PortZero)
    }
}

impl Endpoint {
    /// The port of the original programs.
    pub const DEFAULT_PORT: u16 = 50_000;

    /// Reads the two fields of the window. A port in the host field (`HOST:PORT`, `HOST PORT`) wins over `port`, because
    /// that is what people paste.
    ///
    /// # Errors
    /// See [`EndpointError`]. Port 0 is accepted here.
    pub fn from_fields(host: &str, port: &str) -> Result<Self, EndpointError> {
        let (host, port) = (&clean(without_scheme(&clean(host))), &clean(port));
        if let Some((host, pasted)) = split_at_space(host) {
            return Ok(Self {
                host: parse_host(&clean(host))?,
                port: parse_port(pasted)?,
            });
        }
        if let Some((host, pasted)) = split_host_port(host) {
            if pasted.bytes().any(|byte| !byte.is_ascii_digit()) {
                return Err(EndpointError::BadHost);
            }
            return Ok(Self {
                host: parse_host(host)?,
                port: parse_port(pasted)?,
            });
        }
        Ok(Self {
            host: parse_host(host)?,
            port: parse_port(port)?,
        })
    }

    /// The same text for all spellings of one address, to look up who answered there before.
    pub fn canonical(&self) -> String {
        let host = self.host.trim_end_matches('.').to_lowercase();
        let host = match host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().to_string(),
            Err(_) => host,
        };
        Self {
            host,
            port: self.port,
        }
        .to_string()
    }

    /// This endpoint, if it can be connected to.
    ///
    /// # Errors
    /// [`EndpointError::PortZero`].
    pub fn connectable(self) -> Result<Self, EndpointError> {
        if self.port == 0 {
            Err(EndpointError::PortZero)
        } else {
            Ok(self)
        }
    }
}

/// Reads `HOST:PORT`, `[IPV6]:PORT` or a bare host, which gets [`Endpoint::DEFAULT_PORT`].
impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_fields(text, &Self::DEFAULT_PORT.to_string())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Splits `host:port` where the colon can only mean a port: the only colon, or one after brackets.
fn split_host_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    (!host.contains(':') || (host.starts_with('[') && host.ends_with(']'))).then_some((host, port))
}

/// Splits `host port` and `host, port: 7`, which people and programs write without a colon between.
fn split_at_space(text: &str) -> Option<(&str, &str)> {
    let label = |word: &str| {
        let word = word.trim_end_matches(':');
        word.eq_ignore_ascii_case("port") || word == "포트"
    };
    let words: Vec<_> = text.split_whitespace().collect();
    let (host, port) = match words.as_slice() {
        [host, port] => match port.split_once(':') {
            Some((name, port)) if label(name) => (host, port),
            Some(_) => return None,
            None => (host, *port),
        },
        [host, name, port] if label(name) => (host, *port),
        _ => return None,
    };
    let port = port.trim_matches(clings);
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    // After a colon the number may belong to an IPv6 address that was torn apart.
    (is_number && !host.ends_with(':')).then_some((host, port))
}

/// The text without what clings to a pasted address (white space, invisible characters, quotes, slashes after it, a full
/// stop after a number), and with full-width characters folded to ASCII (UTS 46 folds host names in the same way).
fn clean(text: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let folded: String = text
        .chars()
        .filter(|c| !ignorable.contains(*c))
        // A colon of vertical text, which NFKC makes two full stops of.
        .map(|c| if c == '\u{fe30}' { ':' } else { c })
        .nfkc()
        // The ideographic full stop, which input methods write for `.`, and which other forms of it have become.
        .map(|c| match c {
            '\u{3002}' => '.',
            // Hyphens and dashes that word processors write for `-`.
            '\u{2010}' | '\u{2012}' | '\u{2013}' | '\u{2212}' => '-',
            // The ratio, and two letters: what else looks like a colon.
            '\u{2236}' | '\u{a789}' | '\u{2d0}' => ':',
            c => c,
        })
        .collect();
    let ends = |c: char| clings(c) || c == '/';
    // White space around the colon before a port. Within an IPv6 address it may stand for a part that is missing.
    let folded = match folded.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.trim_end().ends_with(']') => {
            format!("{}:{}", host.trim_end(), port.trim_start())
        }
        _ => folded,
    };
    let mut rest = folded.trim_start_matches(clings).trim_end_matches(ends);
    loop {
        let before = rest.trim_end_matches('.');
        let is_number = before.ends_with(|c: char| c.is_ascii_digit() || c == ']' || ends(c));
        match rest.len() - before.len() {
            0 => return rest.to_owned(),
            // The root of DNS.
            1 if !is_number => return rest.to_owned(),
            // The full stop of a sentence, or several.
            _ => rest = before.trim_end_matches(ends),
        }
    }
}

fn clings(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>()\"'`“”„‘’‚«»‹›「」『』【】\u{2800},;!?".contains(c)
}

/// The host and port of a pasted URL of a service that speaks over TCP.
fn without_scheme(text: &str) -> &str {
    let rest = text
        .split_once("://")
        .filter(|(scheme, _)| {
            let known = ["http", "https", "tcp", "telnet"];
            known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        })
        .map(|(_, rest)| rest);
    // The path says nothing about who is called.
    rest.map_or(text, |rest| {
        rest.split(['/', '?', '#']).next().unwrap_or(rest)
    })
}

/// Whether a system may read this as an IPv4 address: the last label is a number (as the URL Standard defines it).
fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    let is_hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .or_else(|| last.strip_prefix("0X"))
            .is_some_and(is_hex)
}

fn parse_host(text: &str) -> Result<String, EndpointError> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if bare.is_empty() {
        return Err(EndpointError::EmptyHost);
    }
    let address = bare
        .split_once('%')
        .map_or(bare, |(address, _zone)| address);
    let is_ipv6 = address.parse::<Ipv6Addr>().is_ok();
    let odd = |c: char| c.is_whitespace() || c.is_control() || "[]/@#?\\\"',".contains(c);
    // 253 characters is the longest name in DNS (RFC 1035); zones are far shorter.
    if bare.chars().any(odd) || bare.len() > 253 || (bare.contains(':') && !is_ipv6) {
        return Err(EndpointError::BadHost);
    }
    if ends_in_number(address) && !is_ipv6 && bare.parse::<Ipv4Addr>().is_err() {
        return Err(EndpointError::BadIpv4);
    }
    if bare.contains("..") {
        return Err(EndpointError::BadHost);
    }
    Ok(bare.to_owned())
}

fn parse_port(text: &str) -> Result<u16, EndpointError> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EndpointError::BadPort);
    }
    text.parse().map_err(|_| EndpointError::BadPort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a table of results reads better")]
    fn endpoint(host: &str, port: u16) -> Result<Endpoint, EndpointError> {
        Ok(Endpoint {
            host: host.to_owned(),
            port,
        })
    }

    #[test]
    fn typed_and_pasted_addresses_are_read_or_refused() {
        for (host, port, expected) in [
            ("127.0.0.1", "50000", endpoint("127.0.0.1", 50000)),
            (" mina-pc ", " 7 ", endpoint("mina-pc", 7)),
            ("192.168.0.5:50001", "1", endpoint("192.168.0.5", 50001)),
            ("[::1]", "50000", endpoint("::1", 50000)),
            ("::1", "50000", endpoint("::1", 50000)),
            ("[::1]:50001", "1", endpoint("::1", 50001)),
            ("fe80::1%eth0", "9", endpoint("fe80::1%eth0", 9)),
            ("[fe80::1%eth0]:8", "9", endpoint("fe80::1%eth0", 8)),
            ("컴퓨터", "9", endpoint("컴퓨터", 9)),
            ("", "9", Err(EndpointError::EmptyHost)),
            ("[]", "9", Err(EndpointError::EmptyHost)),
            ("a b", "9", Err(EndpointError::BadHost)),
            ("1:2:3", "9", Err(EndpointError::BadHost)),
            ("http://a@b", "9", Err(EndpointError::BadHost)),
            ("ftp://x", "9", Err(EndpointError::BadHost)),
            ("x/y", "9", Err(EndpointError::BadHost)),
            ("127,0,0,1", "9", Err(EndpointError::BadHost)),
            ("x", "", Err(EndpointError::BadPort)),
            ("x", "abc", Err(EndpointError::BadPort)),
            ("x", "-1", Err(EndpointError::BadPort)),
            ("x", "+1", Err(EndpointError::BadPort)),
            ("x", "65536", Err(EndpointError::BadPort)),
            ("x:", "1", Err(EndpointError::BadPort)),
            ("x", "0", endpoint("x", 0)),
        ] {
            assert_eq!(
                Endpoint::from_fields(host, port),
                expected,
                "{host:?} {port:?}"
            );
        }
        assert_eq!(
            Endpoint::from_fields("x", "0").and_then(Endpoint::connectable),
            Err(EndpointError::PortZero)
        );
    }

    #[test]
    fn what_clings_to_a_pasted_address_is_dropped() {
        for (host, port, expected) in [
            ("127.0.0.1\u{200b}", "9", endpoint("127.0.0.1", 9)),
            (
                "\u{feff}127.0.0.1\u{a0}",
                "\u{200e}9",
                endpoint("127.0.0.1", 9),
            ),
            ("mina\u{ad}-pc", "9", endpoint("mina-pc", 9)),
            (
                "１２７．０．０．１",
                "５００００",
                endpoint("127.0.0.1", 50000),
            ),
            ("127。0。0。1", "9", endpoint("127.0.0.1", 9)),
            ("127︒0｡0．1", "9", endpoint("127.0.0.1", 9)),
            ("127.0.0.1：50000", "9", endpoint("127.0.0.1", 50000)),
            ("［：：１］：８", "9", endpoint("::1", 8)),
            ("<127.0.0.1:7>,", "9", endpoint("127.0.0.1", 7)),
            ("“mina-pc”", "9", endpoint("mina-pc", 9)),
            ("127.0.0.1.", "9", endpoint("127.0.0.1", 9)),
            ("(127.0.0.1:7).", "9", endpoint("127.0.0.1", 7)),
            ("mina-pc.", "9", endpoint("mina-pc.", 9)),
            ("http://127.0.0.1:50000/", "9", endpoint("127.0.0.1", 50000)),
            ("HTTPS://mina-pc/a?b#c", "9", endpoint("mina-pc", 9)),
            ("telnet://[::1]:8", "9", endpoint("::1", 8)),
            ("127.0.0.1:50000/", "9", endpoint("127.0.0.1", 50000)),
            ("127.0.0.1 :\u{a0}50000!", "9", endpoint("127.0.0.1", 50000)),
            ("„mina\u{2011}pc“", "9", endpoint("mina-pc", 9)),
            ("【127.0.0.1】\u{2800}", "9", endpoint("127.0.0.1", 9)),
            ("127.0.0.1…", "9", endpoint("127.0.0.1", 9)),
        ] {
            assert_eq!(
                Endpoint::from_fields(host, port),
                expected,
                "{host:?} {port:?}"
            );
        }
    }

    #[test]
    fn a_port_is_found_without_a_colon_or_after_one_that_looks_like_it() {
        for (host, expected) in [
            ("127.0.0.1 50000", endpoint("127.0.0.1", 50000)),
            ("127.0.0.1,\t50000", endpoint("127.0.0.1", 50000)),
            ("127.0.0.1\u{3000}５００００", endpoint("127.0.0.1", 50000)),
            (" mina-pc. 7 ", endpoint("mina-pc.", 7)),
            ("“mina-pc” (7)", endpoint("mina-pc", 7)),
            ("[::1] 7", endpoint("::1", 7)),
            ("::1 7", endpoint("::1", 7)),
            ("fe80::1%eth0 7", endpoint("fe80::1%eth0", 7)),
            ("127.0.0.1 port 50000", endpoint("127.0.0.1", 50000)),
            ("127.0.0.1, Port: 50000", endpoint("127.0.0.1", 50000)),
            ("127.0.0.1 포트 50000", endpoint("127.0.0.1", 50000)),
            ("127.0.0.1 99999", Err(EndpointError::BadPort)),
            ("127.0.0. 1", Err(EndpointError::BadIpv4)),
            ("127.0.0.010 7", Err(EndpointError::BadIpv4)),
            ("127.0.0.1 7 8", Err(EndpointError::BadHost)),
            ("127.0.0.1:7 8", Err(EndpointError::BadHost)),
            ("[::1]:7 8", Err(EndpointError::BadHost)),
            ("::1: 7", Err(EndpointError::BadHost)),
            ("fe80:: 7", Err(EndpointError::BadHost)),
            ("fe80::1 :7", Err(EndpointError::BadHost)),
            ("10.0.0.1. 7", endpoint("10.0.0.1", 7)),
            ("[::1] port: 7", endpoint("::1", 7)),
            ("127.0.0.1 a7", Err(EndpointError::BadHost)),
            ("a b 7", Err(EndpointError::BadHost)),
            ("port 7", endpoint("port", 7)),
            // Other colons: of vertical and small text, a ratio, a letter.
            ("127.0.0.1︰7", endpoint("127.0.0.1", 7)),
            ("127.0.0.1︓7", endpoint("127.0.0.1", 7)),
            ("127.0.0.1﹕7", endpoint("127.0.0.1", 7)),
            ("127.0.0.1∶7", endpoint("127.0.0.1", 7)),
            ("127.0.0.1꞉7", endpoint("127.0.0.1", 7)),
            ("127.0.0.1ː7", endpoint("127.0.0.1", 7)),
            ("[꞉꞉1] ∶ 7", endpoint("::1", 7)),
        ] {
            assert_eq!(Endpoint::from_fields(host, "9"), expected, "{host:?}");
        }
    }

    #[test]
    fn what_systems_read_as_another_address_is_refused() {
        for (host, expected) in [
            ("127.0.0.010", Err(EndpointError::BadIpv4)),
            ("127.1", Err(EndpointError::BadIpv4)),
            ("2130706433", Err(EndpointError::BadIpv4)),
            ("0x7f000001", Err(EndpointError::BadIpv4)),
            ("127.0.0.0X1", Err(EndpointError::BadIpv4)),
            ("0177.0.0.1", Err(EndpointError::BadIpv4)),
            ("127.0.0.1.1", Err(EndpointError::BadIpv4)),
            ("256.0.0.1", Err(EndpointError::BadIpv4)),
            ("127.0.0.010:7", Err(EndpointError::BadIpv4)),
            ("127..1", Err(EndpointError::BadIpv4)),
            ("127.0.0.1%eth0", Err(EndpointError::BadIpv4)),
            ("127.0.0.010%eth0", Err(EndpointError::BadIpv4)),
            ("mina..pc", Err(EndpointError::BadHost)),
            ("..", Err(EndpointError::EmptyHost)),
            ("::ffff:127.0.0.010", Err(EndpointError::BadHost)),
            ("127.0.0.1.example", endpoint("127.0.0.1.example", 9)),
            ("0xcafe.example", endpoint("0xcafe.example", 9)),
            ("pc-7", endpoint("pc-7", 9)),
        ] {
            assert_eq!(Endpoint::from_fields(host, "9"), expected, "{host:?}");
        }
    }

    #[test]
    fn spellings_of_one_address_are_alike() {
        assert_eq!(
            "::1".parse::<Endpoint>().map(|e| e.to_string()),
            Ok("[::1]:50000".to_owned())
        );
        for (one, other) in [
            ("Mina-PC.", "mina-pc"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
        ] {
            let [one, other] = [one, other].map(|host| Endpoint::from_fields(host, "7"));
            assert_eq!(one.map(|at| at.canonical()), other.map(|at| at.canonical()));
        }
    }
}
