//! Peers with other TLS settings: callers are told why they are refused, and callees learn nothing.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use crate::peers::{openssl, original};
use crate::support::{
    AT_ONCE, GIVING_UP, PATIENCE, Program, accept, call, clock, endpoint,
    line_peer::is_reset,
    local, patient,
    peer::{Anybody, Door, Person, RawPeer, client_terms, provider, server_terms},
    plain, thread,
};
use duologue::identity::PublicKey;
use duologue::net::{
    Call, Command, ConnectError, EndReason, Event, How,
    protocol::{
        frame::{Frame, Knock},
        secure::HANDSHAKE,
    },
};
use rustls::{
    AlertDescription, CipherSuite, ClientConfig, NamedGroup, ServerConfig, SignatureAlgorithm,
    SignatureScheme,
    client::ResolvesClientCert,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::CertificateDer,
    server::{Acceptor, ClientHello, ResolvesServerCert},
    sign::{CertifiedKey, Signer, SigningKey},
    version::TLS13,
};
use socket2::SockRef;

/// What a peer presents instead of its raw key.
#[derive(Debug)]
struct Shown {
    what: Option<Arc<CertifiedKey>>,
    raw: bool,
}

impl Shown {
    /// Presents these bytes, signed by this person.
    fn new(what: &[u8], signer: &Person) -> Self {
        let key = Arc::clone(&signer.identity.certified_key().key);
        let certificate = CertificateDer::from(what.to_vec());
        Self {
            what: Some(Arc::new(CertifiedKey::new(vec![certificate], key))),
            raw: true,
        }
    }

    fn nothing() -> Self {
        Self {
            what: None,
            raw: true,
        }
    }

    /// Declares what it presents as a certificate.
    fn honestly(self) -> Self {
        Self { raw: false, ..self }
    }
}

/// Holds no private key: its signature, with the neutral point and the number 0, is valid for every message under a key
/// that is the neutral point.
#[derive(Debug)]
struct Forger;

impl SigningKey for Forger {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(Self))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl Signer for Forger {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok([&[1][..], &[0; 63]].concat())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// The encodings of the neutral point: 1, with the sign of 0 the other way, and 1 above the prime.
fn neutral_keys() -> [PublicKey; 3] {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut with_sign = neutral;
    with_sign[31] = 0x80;
    let mut above = [0xff; 32];
    above[0] = 0xee;
    above[31] = 0x7f;
    [neutral, with_sign, above].map(PublicKey::from_bytes)
}

/// Presents this key and signs with nobody's.
fn forged(key: PublicKey) -> Shown {
    let certificate = CertificateDer::from(key.to_spki().to_vec());
    Shown {
        what: Some(Arc::new(CertifiedKey::new(
            vec![certificate],
            Arc::new(Forger),
        ))),
        raw: true,
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.what.clone()
    }

    fn only_raw_public_keys(&self) -> bool {
        self.raw
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.what.clone()
    }

    fn only_raw_public_keys(&self) -> bool {
        self.raw
    }
}

/// The TLS settings of a caller that presents this.
fn showing(shown: Shown) -> ClientConfig {
    let mut config = client_terms(&Person::new());
    config.client_auth_cert_resolver = Arc::new(shown);
    config
}

/// The TLS settings of a caller with this cryptography.
fn with_provider(provider: CryptoProvider) -> ClientConfig {
    let person = Person::new();
    let ours = client_terms(&person);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_client_cert_resolver(ours.client_auth_cert_resolver);
    config.alpn_protocols = ours.alpn_protocols;
    config
}

/// How a caller with these TLS settings is refused.
#[track_caller]
fn refused(port: u16, config: ClientConfig) -> rustls::Error {
    let mut peer = RawPeer::call(port, config);
    if let Err(error) = peer.shake() {
        return error;
    }
    // For the calling side the handshake ends before the other side has checked its key.
    peer.say(&[Frame::Knock(Knock::default())]);
    peer.try_frame().expect_err("such a caller is refused")
}

#[test]
fn keys_that_anybody_can_sign_for_are_refused() {
    let mut door = Door::new();
    for key in neutral_keys() {
        let error = refused(door.port, showing(forged(key)));
        let alert = rustls::Error::AlertReceived(AlertDescription::BadCertificate);
        assert_eq!(error, alert, "{key:?}");

        let listener = TcpListener::bind(local(0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let forger = thread("a forger", move || {
            let mut config = server_terms(&Person::new());
            config.cert_resolver = Arc::new(forged(key));
            RawPeer::accept_on(accept(&listener), config).shake()
        });
        let mut caller = Program::start();
        caller.call(port, How::Encrypted);
        assert_eq!(caller.connect_failed(), ConnectError::Incompatible);
        let refused = forger.join().expect("it answers").expect_err("refused");
        assert_eq!(refused, alert, "{key:?}");
    }
    door.assert_undisturbed();
}

#[test]
fn callers_with_other_tls_settings_are_refused_with_the_right_alert() {
    let mut door = Door::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let certificate = openssl::certificate(folder.path());
    let me = Person::new();
    let not_ed25519 = {
        let mut spki = me.key.to_spki();
        // X25519 (RFC 8410).
        spki[8] = 0x6e;
        spki
    };
    let somebody_elses = door.friend.key.to_spki();
    let with_alpn = |protocols: &[&[u8]]| {
        let mut config = client_terms(&me);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        config
    };
    let with_groups = |groups| {
        with_provider(CryptoProvider {
            kx_groups: groups,
            ..provider()
        })
    };
    let with_suite = |suite| {
        let all = provider().cipher_suites.into_iter();
        with_provider(CryptoProvider {
            cipher_suites: all.filter(|one| one.suite() == suite).collect(),
            ..provider()
        })
    };
    let of_another_kind = AlertDescription::HandshakeFailure;
    for (what, config, alert) in [
        (
            "no key",
            showing(Shown::nothing()),
            AlertDescription::CertificateRequired,
        ),
        (
            "no key, and does not know what a raw key is",
            showing(Shown::nothing().honestly()),
            of_another_kind,
        ),
        (
            "a certificate",
            showing(Shown::new(&certificate, &me).honestly()),
            of_another_kind,
        ),
        (
            "a certificate where a raw key was promised",
            showing(Shown::new(&certificate, &me)),
            AlertDescription::BadCertificate,
        ),
        (
            "a key of another kind",
            showing(Shown::new(&not_ed25519, &me)),
            AlertDescription::BadCertificate,
        ),
        (
            "somebody else's key",
            showing(Shown::new(&somebody_elses, &me)),
            AlertDescription::DecryptError,
        ),
        (
            "our own key",
            showing(Shown::new(&door.program.key().to_spki(), &me)),
            AlertDescription::DecryptError,
        ),
        (
            "no application protocol",
            with_alpn(&[]),
            AlertDescription::NoApplicationProtocol,
        ),
        (
            "another application protocol",
            with_alpn(&[b"h2", b"duologue/2", b"duologue"]),
            AlertDescription::NoApplicationProtocol,
        ),
        (
            "a classic key exchange only",
            with_groups(vec![aws_lc_rs::kx_group::X25519]),
            of_another_kind,
        ),
        (
            "other classic key exchanges",
            with_groups(vec![
                aws_lc_rs::kx_group::SECP256R1,
                aws_lc_rs::kx_group::SECP384R1,
            ]),
            of_another_kind,
        ),
        (
            "a suite that is not ours",
            with_suite(CipherSuite::TLS13_AES_128_GCM_SHA256),
            of_another_kind,
        ),
    ] {
        let error = refused(door.port, config);
        assert_eq!(error, rustls::Error::AlertReceived(alert), "{what}");
        door.assert_undisturbed();
    }
    door.assert_serves();
}

#[test]
fn callers_that_offer_more_than_our_tls_settings_are_admitted() {
    let mut door = Door::new();
    for (what, config) in [
        // Gets a HelloRetryRequest (RFC 8446, 4.1.4), because its first key share is classic.
        (
            "a classic key exchange first",
            CryptoProvider {
                kx_groups: vec![
                    aws_lc_rs::kx_group::SECP256R1,
                    aws_lc_rs::kx_group::X25519MLKEM768,
                ],
                ..provider()
            },
        ),
        ("every exchange there is", aws_lc_rs::default_provider()),
        (
            "one suite of ours",
            CryptoProvider {
                cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256],
                ..provider()
            },
        ),
    ]
    .map(|(what, provider)| (what, with_provider(provider)))
    {
        let mut config = config;
        config.alpn_protocols.insert(0, b"duologue/2".to_vec());
        let mut peer = RawPeer::call(door.port, config);
        peer.shake().expect(what);
        assert_eq!(peer.tls.alpn_protocol(), Some(&b"duologue/1"[..]), "{what}");
        peer.say(&[Frame::Knock(Knock::default())]);
        let ask = door.program.asked();
        door.program.answer(&ask, true);
        assert!(matches!(peer.frame(), Some(Frame::Hello(_))), "{what}");
        drop(peer);
        assert_eq!(door.program.ended(), EndReason::Lost, "{what}");
    }
}

/// A client hello of TLS 1.2, without extensions of later versions (RFC 5246, 7.4.1.2): one suite, one group and one
/// signature scheme.
const TLS12_GREETING: &[u8] = b"\x16\x03\x01\x00\x3f\x01\x00\x00\x3b\x03\x03\
    0123456789abcdef0123456789abcdef\x00\x00\x02\xc0\x2b\x01\x00\
    \x00\x10\x00\x0a\x00\x04\x00\x02\x00\x1d\x00\x0d\x00\x04\x00\x02\x04\x03";

/// Everything that the program answers.
fn answer_to(port: u16, greeting: &[u8]) -> Vec<u8> {
    let mut caller = call(port);
    caller.write_all(greeting).expect("the program is there");
    let mut answer = Vec::new();
    match caller.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert!(is_reset(error.kind()), "{error}"),
    }
    answer
}

#[test]
fn callers_with_an_older_tls_or_invalid_bytes_are_refused_at_once() {
    let mut door = Door::new();
    let beginning = clock();
    // An alert: fatal, and which (RFC 8446, 6.2).
    let alert = |which: AlertDescription| [0x15, 3, 3, 0, 2, 2, u8::from(which)];
    let answer = answer_to(door.port, TLS12_GREETING);
    assert_eq!(answer, alert(AlertDescription::ProtocolVersion));
    for (what, greeting) in [
        (
            "a greeting that is none",
            &b"\x16\x03\x01\x00\x04\x01\x00\x00\x00"[..],
        ),
        ("another message", b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00"),
        (
            "a message without end",
            b"\x16\x03\x03\x00\x04\x01\xff\xff\xff",
        ),
        ("a record too long", b"\x16\x03\x03\xff\xff\x01\x00\x00\x00"),
        ("an empty record", b"\x16\x03\x03\x00\x00"),
        ("nothing of TLS", b"\x16\x03what is this?"),
    ] {
        let answer = answer_to(door.port, greeting);
        // rustls sends no alert for some of them.
        let told = answer.len() == 7 && answer.starts_with(&[0x15, 3, 3, 0, 2, 2]);
        assert!(told || answer.is_empty(), "{what}: {answer:x?}");
    }
    let took = beginning.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
    door.assert_undisturbed();
    door.assert_serves();
}

/// Another implementation of TLS understands the alert.
#[test]
fn openssl_is_refused_with_an_alert_that_it_understands() {
    let mut door = Door::new();
    let to = local(door.port).to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    openssl::certificate(folder.path());
    let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| {
        folder
            .path()
            .join(name)
            .to_str()
            .expect("a path")
            .to_owned()
    });
    let with_certificate = ["-key", &key, "-cert", &certificate];
    for (arguments, number) in [
        (&["-alpn", "duologue/1"][..], 40),
        (&[], 40),
        (&with_certificate, 40),
        (&["-tls1_2", "-alpn", "duologue/1"], 70),
    ] {
        let said = openssl::run(&[&["s_client", "-connect", &to], arguments].concat());
        assert!(
            said.contains(&format!("SSL alert number {number}\n")),
            "{arguments:?}: {said}"
        );
    }
    door.assert_undisturbed();
    door.assert_serves();
}

/// What a callee does after our client hello.
enum Then {
    Say(&'static [u8]),
    HangUp,
    BreakOff,
}

/// Accepts one call, sends a banner, and then does this. Returns everything that the caller sent.
fn somebody(banner: &'static [u8], then: Then) -> (u16, JoinHandle<Vec<u8>>) {
    let door = TcpListener::bind(local(0)).expect("a free port");
    let port = door.local_addr().expect("an address").port();
    let taking = thread("somebody", move || {
        let mut stream = patient(accept(&door));
        stream.write_all(banner).expect("the program calls");
        let mut heard = vec![0; 16 * 1024];
        let count = stream.read(&mut heard).expect("a greeting");
        heard.truncate(count);
        match then {
            Then::Say(words) => stream.write_all(words).expect("the program is there"),
            Then::HangUp => stream.shutdown(Shutdown::Write).expect("it is there"),
            Then::BreakOff => {
                let linger = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                linger.expect("a linger time");
                return heard;
            }
        }
        match stream.read_to_end(&mut heard) {
            Ok(_) => {}
            Err(error) => assert!(is_reset(error.kind()), "{error}"),
        }
        heard
    });
    (port, taking)
}

/// Fails if anything was sent but a client hello and an unencrypted alert.
#[track_caller]
fn assert_only_greeted(heard: &[u8]) {
    // A callee that sends something else first does not even get a client hello.
    if heard.is_empty() {
        return;
    }
    let [kind, 3, _, high, low, message, ..] = heard else {
        panic!("{heard:x?}");
    };
    assert_eq!((*kind, *message), (0x16, 1), "a ClientHello");
    let length = 5 + usize::from(u16::from_be_bytes([*high, *low]));
    let rest = heard.get(length..).expect("a whole one");
    assert!(
        rest.is_empty() || (rest.len() == 7 && rest.starts_with(&[0x15, 3])),
        "{rest:x?}"
    );
}

#[test]
fn a_callee_that_does_not_speak_tls_receives_only_our_client_hello() {
    let mut program = Program::start();
    program.set_preferences("nobody's business", true);
    let say = |words| somebody(b"", Then::Say(words));
    for (what, (port, taking), expected) in [
        (
            "a web server",
            say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
            ConnectError::AnswersPlain,
        ),
        (
            "a person",
            say("누구세요?\n".as_bytes()),
            ConnectError::AnswersPlain,
        ),
        (
            "a server that begins to speak",
            somebody(b"SSH-2.0-OpenSSH_9.2p1\r\n", Then::Say(b"")),
            ConnectError::AnswersPlain,
        ),
        (
            "one that hangs up",
            somebody(b"", Then::HangUp),
            ConnectError::NotEncrypted,
        ),
        (
            "one that breaks off",
            somebody(b"", Then::BreakOff),
            ConnectError::NotEncrypted,
        ),
        (
            "one that refuses",
            say(b"\x15\x03\x03\x00\x02\x02\x28"),
            ConnectError::Incompatible,
        ),
        (
            "one with an older TLS",
            say(b"\x15\x03\x01\x00\x02\x02\x46"),
            ConnectError::Incompatible,
        ),
        (
            "one that begins right and talks nonsense",
            say(b"\x16\x03\x03\x00\x05hello"),
            ConnectError::Incompatible,
        ),
    ] {
        let calling = clock();
        program.call(port, How::Encrypted);
        assert_eq!(program.connect_failed(), expected, "{what}");
        let took = calling.elapsed();
        assert!(took < AT_ONCE, "{what}: {took:?}");
        assert_only_greeted(&taking.join().expect(what));
    }
    let begun = |event: &Event| !matches!(event, Event::ConnectFailed { .. });
    assert_eq!(program.count(begun), 0, "{:?}", program.history);
}

#[test]
fn our_client_hello_offers_only_our_tls_settings_and_no_server_name() {
    let door = TcpListener::bind(local(0)).expect("a free port");
    let port = door.local_addr().expect("an address").port();
    let mut program = Program::start();
    // By a name, which a browser would send unencrypted.
    program.ask(&Command::Connect(Call {
        how: How::Encrypted,
        ..plain(endpoint("localhost", port))
    }));
    let mut stream = patient(accept(&door));
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        acceptor.read_tls(&mut stream).expect("a greeting");
        if let Some(accepted) = acceptor.accept().expect("a greeting") {
            break accepted;
        }
    };
    let greeting = accepted.client_hello();
    assert_eq!(greeting.server_name(), None);
    let protocols: Vec<_> = greeting.alpn().expect("protocols").collect();
    assert_eq!(protocols, [b"duologue/1"]);
    assert_eq!(
        greeting.named_groups(),
        Some(&[NamedGroup::X25519MLKEM768][..])
    );
    assert_eq!(greeting.signature_schemes(), [SignatureScheme::ED25519]);
    // 2 is a raw public key in RFC 7250.
    for types in [greeting.server_cert_types(), greeting.client_cert_types()] {
        let types: Vec<_> = types
            .expect("raw keys")
            .iter()
            .map(|kind| u8::from(*kind))
            .collect();
        assert_eq!(types, [2]);
    }
    drop(stream);
    assert_eq!(program.connect_failed(), ConnectError::NotEncrypted);
}

#[test]
fn an_encrypted_call_to_the_original_server_fails_as_not_encrypted() {
    let (server, port) = original::server();
    let mut program = Program::start();
    program.call(port, How::Encrypted);
    assert_eq!(program.connect_failed(), ConnectError::NotEncrypted);
    // It crashes on bytes it cannot decode.
    assert!(matches!(server.end(), original::End::CrashedDecoding(_)));
}

#[test]
fn a_silent_callee_is_given_up_on_after_the_handshake_timeout() {
    let door = TcpListener::bind(local(0)).expect("a free port");
    let port = door.local_addr().expect("an address").port();
    let mut program = Program::start();
    let calling = clock();
    program.call(port, How::Encrypted);
    let mut stream = patient(accept(&door));
    let error = program.event_within(PATIENCE);
    let took = calling.elapsed();
    assert!(
        matches!(
            error,
            Some(Event::ConnectFailed {
                error: ConnectError::NotEncrypted,
                ..
            })
        ),
        "{error:?}"
    );
    assert!(took >= HANDSHAKE && took < GIVING_UP, "{took:?}");
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).expect("closed in order");
    assert_only_greeted(&heard);
}

/// Accepts one call with these TLS settings. Returns the first frame or the TLS error.
fn on_terms(config: ServerConfig) -> (u16, JoinHandle<Result<Option<Frame>, rustls::Error>>) {
    let door = TcpListener::bind(local(0)).expect("a free port");
    let port = door.local_addr().expect("an address").port();
    let taking = thread("on terms", move || {
        let mut peer = RawPeer::accept_on(accept(&door), config);
        peer.shake()?;
        peer.try_frame()
    });
    (port, taking)
}

#[test]
fn a_callee_with_other_tls_settings_receives_no_frame() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let certificate = openssl::certificate(folder.path());
    let (me, friend) = (Person::new(), Person::new());
    let showing = |shown| {
        let mut config = server_terms(&me);
        config.cert_resolver = Arc::new(shown);
        config
    };
    let with_alpn = |protocols: &[&[u8]]| {
        let mut config = server_terms(&me);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        config
    };
    let with_provider = |provider| {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13])
            .expect("TLS 1.3")
            .with_client_cert_verifier(Arc::new(Anybody))
            .with_cert_resolver(server_terms(&me).cert_resolver);
        config.alpn_protocols = server_terms(&me).alpn_protocols;
        config
    };
    let classic = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519],
        ..provider()
    };
    let mut program = Program::start();
    for (what, config) in [
        (
            "a certificate",
            showing(Shown::new(&certificate, &me).honestly()),
        ),
        (
            "a certificate where a raw key was promised",
            showing(Shown::new(&certificate, &me)),
        ),
        (
            "somebody else's key",
            showing(Shown::new(&friend.key.to_spki(), &me)),
        ),
        ("no application protocol", with_alpn(&[])),
        ("another application protocol", with_alpn(&[b"h2"])),
        ("a classic key exchange", with_provider(classic)),
    ] {
        let (port, taking) = on_terms(config);
        program.call(port, How::Encrypted);
        assert_eq!(
            program.connect_failed(),
            ConnectError::Incompatible,
            "{what}"
        );
        match taking.join().expect(what) {
            // Only messages of TLS, and no frames.
            Ok(None) | Err(_) => {}
            Ok(Some(frame)) => panic!("{what}: {frame:?}"),
        }
    }
    let begun = |event: &Event| !matches!(event, Event::ConnectFailed { .. });
    assert_eq!(program.count(begun), 0, "{:?}", program.history);
    // Even where the right key is expected, a peer that only presents it is not accepted without a signature of its
    // owner.
    let (port, taking) = on_terms(showing(Shown::new(&friend.key.to_spki(), &me)));
    program.call(port, How::To(friend.key));
    assert_eq!(program.connect_failed(), ConnectError::Incompatible);
    assert_eq!(
        taking.join().expect("it is refused"),
        Err(rustls::Error::AlertReceived(AlertDescription::DecryptError))
    );
}

#[test]
fn an_openssl_server_is_reported_as_incompatible() {
    let mut program = Program::start();
    for more in [&["-alpn", "duologue/1"][..], &[], &["-tls1_2"]] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = openssl::Server::start(folder.path(), more);
        program.call(server.port, How::Encrypted);
        assert_eq!(
            program.connect_failed(),
            ConnectError::Incompatible,
            "{more:?}"
        );
    }
}
