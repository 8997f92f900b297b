//! TLS 1.3 with raw public keys (RFC 7250), sans-IO: bytes of the wire go in, plain bytes come out,
//! and the other way round.
//!
//! One suite of terms and nothing to negotiate down to: TLS 1.3, X25519MLKEM768, an Ed25519 key on
//! both sides, ALPN `duologue/1`, no server name, no tickets, no resumption. Must not know frames.

use std::{
    io::{BufRead as _, Write as _},
    sync::{Arc, OnceLock},
};

use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Connection, DigitallySignedStruct,
    DistinguishedName, ServerConfig, SignatureScheme,
    client::{
        AlwaysResolvesClientRawPublicKeys, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature_with_raw_key,
    },
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::{
        Acceptor, AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
    version::TLS13,
};

use crate::identity::{Identity, PublicKey};

/// The application protocol both sides must name (RFC 7301). A version that is not understood by
/// this one has another name.
pub const ALPN: &[u8] = b"duologue/1";
/// The first byte of a TLS handshake (RFC 8446, 5.1).
pub const HANDSHAKE_RECORD: u8 = 0x16;
/// The second one: the major version, 3 since SSL 3.0.
pub const MAJOR_VERSION: u8 = 0x03;

/// The first byte of an alert.
const ALERT_RECORD: u8 = 0x15;
/// A fatal `no_application_protocol` (120) as an unprotected record: rustls lets a client pass that
/// names no protocol at all, and by then has nothing encrypted to say it in.
const NO_APPLICATION_PROTOCOL: [u8; 7] = [ALERT_RECORD, 3, 3, 0, 2, 2, 120];

/// Why there is no encryption with this peer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TlsError {
    /// What came is not TLS.
    #[error("no TLS")]
    NotTls,
    /// Somebody with another key than the one that was expected.
    #[error("another key: {0:?}")]
    OtherKey(PublicKey),
    /// The peer refused.
    #[error("refused: {0:?}")]
    Refused(AlertDescription),
    /// The peer does not know this program's terms, or somebody changed bytes on the way.
    #[error("{0}")]
    Failed(rustls::Error),
}

/// What connections of this identity are made with.
#[derive(Debug, Clone)]
pub struct Terms {
    provider: Arc<CryptoProvider>,
    key: Arc<CertifiedKey>,
    server: Arc<ServerConfig>,
}

impl Terms {
    /// For this identity.
    ///
    /// # Errors
    /// Never with the suites that are built in; rustls checks that they fit together.
    pub fn new(identity: &Identity) -> Result<Self, rustls::Error> {
        let provider = Arc::new(CryptoProvider {
            cipher_suites: vec![
                aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384,
                aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            ],
            kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
            ..aws_lc_rs::default_provider()
        });
        let key = identity.certified_key();
        let verifier = Verifier::new(&provider, None);
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(
                Arc::clone(&key),
            )));
        server.alpn_protocols = vec![ALPN.to_vec()];
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        Ok(Self {
            provider,
            key,
            server: Arc::new(server),
        })
    }

    /// The side that was called.
    pub fn accept(&self) -> Tls {
        Tls {
            state: State::Accepting(Box::default(), Arc::clone(&self.server)),
            seen: Arc::default(),
            alert: Vec::new(),
            fresh: true,
            failed: false,
        }
    }

    /// The side that calls: `expected` is the only key that will do.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub fn call(&self, expected: Option<PublicKey>) -> Result<Tls, rustls::Error> {
        let verifier = Verifier::new(&self.provider, expected);
        let seen = Arc::clone(&verifier.seen);
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(
                Arc::clone(&self.key),
            )));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.enable_sni = false;
        config.resumption = Resumption::disabled();
        // Never sent, as the server name is switched off: keys say who is there.
        let nobody = ServerName::try_from("duologue.invalid")
            .map_err(|_| rustls::Error::General("a name that is none".to_owned()))?;
        let connection = ClientConnection::new(Arc::new(config), nobody)?;
        Ok(Tls {
            state: up(connection.into()),
            seen,
            alert: Vec::new(),
            fresh: true,
            failed: false,
        })
    }
}

/// One side of one connection.
pub struct Tls {
    state: State,
    /// The key of the called side, proved, where it was not the expected one.
    seen: Arc<OnceLock<PublicKey>>,
    /// Said last of all, unprotected.
    alert: Vec<u8>,
    /// Nothing has arrived yet.
    fresh: bool,
    /// Something that came can't be read. What is left to say has been said by then.
    failed: bool,
}

enum State {
    Accepting(Box<Acceptor>, Arc<ServerConfig>),
    Up(Box<Connection>),
    /// Failed before there was a connection.
    Over,
}

fn up(mut connection: Connection) -> State {
    // What waits is bounded by whoever writes.
    connection.set_buffer_limit(None);
    State::Up(Box::new(connection))
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Takes some of `wire` in and appends what it says to `plain`. Call until `wire` is empty.
    ///
    /// # Errors
    /// Nothing more can be read. The reason for the peer is among [`Self::take_output`].
    pub fn read(&mut self, wire: &mut &[u8], plain: &mut Vec<u8>) -> Result<(), TlsError> {
        if std::mem::take(&mut self.fresh)
            && !matches!(wire.first(), Some(&(HANDSHAKE_RECORD | ALERT_RECORD)))
        {
            self.state = State::Over;
            return Err(TlsError::NotTls);
        }
        let read = match &mut self.state {
            State::Accepting(..) => self.read_hello(wire),
            State::Up(connection) => match connection.read_tls(wire) {
                Ok(_) => self.process(plain),
                Err(error) => Err(TlsError::Failed(rustls::Error::General(error.to_string()))),
            },
            State::Over => Err(TlsError::NotTls),
        };
        self.failed |= read.is_err();
        read
    }

    fn process(&mut self, plain: &mut Vec<u8>) -> Result<(), TlsError> {
        let State::Up(connection) = &mut self.state else {
            return Ok(());
        };
        let processed = connection.process_new_packets();
        // Also where something is broken: what came whole before it counts.
        let mut reader = connection.reader();
        while let Ok(chunk) = reader.fill_buf()
            && !chunk.is_empty()
        {
            let length = chunk.len();
            plain.extend_from_slice(chunk);
            reader.consume(length);
        }
        match processed {
            Ok(_) => Ok(()),
            Err(rustls::Error::AlertReceived(alert)) => Err(TlsError::Refused(alert)),
            Err(
                error @ rustls::Error::InvalidCertificate(
                    rustls::CertificateError::ApplicationVerificationFailure,
                ),
            ) => Err(match self.seen.get() {
                Some(key) => TlsError::OtherKey(*key),
                None => TlsError::Failed(error),
            }),
            Err(error) => Err(TlsError::Failed(error)),
        }
    }

    /// The called side reads the greeting before it answers, because rustls would let a client pass
    /// that names no application protocol.
    fn read_hello(&mut self, wire: &mut &[u8]) -> Result<(), TlsError> {
        let State::Accepting(acceptor, config) = &mut self.state else {
            return Ok(());
        };
        let read = acceptor
            .read_tls(wire)
            .map_err(|error| TlsError::Failed(rustls::Error::General(error.to_string())));
        let accepted = match read.map(|_| acceptor.accept()) {
            Err(error) => {
                self.state = State::Over;
                return Err(error);
            }
            Ok(Ok(None)) => return Ok(()),
            Ok(Ok(Some(accepted))) => accepted,
            Ok(Err((error, mut alert))) => {
                // Writing into a vector can't fail.
                alert.write_all(&mut self.alert).ok();
                self.state = State::Over;
                return Err(TlsError::Failed(error));
            }
        };
        let names_us = accepted
            .client_hello()
            .alpn()
            .is_some_and(|mut protocols| protocols.any(|protocol| protocol == ALPN));
        match accepted.into_connection(Arc::clone(config)) {
            Ok(_) if !names_us => {
                self.alert.extend_from_slice(&NO_APPLICATION_PROTOCOL);
                self.state = State::Over;
                Err(TlsError::Failed(rustls::Error::NoApplicationProtocol))
            }
            Ok(connection) => {
                self.state = up(connection.into());
                self.process(&mut Vec::new())
            }
            Err((error, mut alert)) => {
                alert.write_all(&mut self.alert).ok();
                self.state = State::Over;
                Err(TlsError::Failed(error))
            }
        }
    }

    /// Protects `plain`, one record for each 16 KiB of it. Only once the handshake is over.
    pub fn write(&mut self, plain: &[u8]) {
        if let State::Up(connection) = &mut self.state
            && !self.failed
            && let Err(error) = connection.writer().write_all(plain)
        {
            tracing::error!(%error, "nothing can be encrypted");
        }
    }

    /// Says that nothing will follow, so that this end is told from one that somebody else made.
    pub fn close(&mut self) {
        if let State::Up(connection) = &mut self.state
            && !self.failed
        {
            connection.send_close_notify();
        }
    }

    /// Appends what is to be put on the wire.
    pub fn take_output(&mut self, wire: &mut Vec<u8>) {
        wire.append(&mut self.alert);
        if let State::Up(connection) = &mut self.state {
            while connection.wants_write() {
                // Writing into a vector can't fail.
                if connection.write_tls(wire).is_err() {
                    return;
                }
            }
        }
    }

    /// Who is there, once the handshake has proved it.
    pub fn peer_key(&self) -> Option<PublicKey> {
        let State::Up(connection) = &self.state else {
            return None;
        };
        if connection.is_handshaking() || connection.alpn_protocol() != Some(ALPN) {
            return None;
        }
        PublicKey::from_spki(connection.peer_certificates()?.first()?)
    }

    /// Whether the handshake goes on.
    pub fn is_handshaking(&self) -> bool {
        match &self.state {
            State::Accepting(..) => true,
            State::Up(connection) => connection.is_handshaking(),
            State::Over => false,
        }
    }

    /// Whether the peer has said that nothing will follow.
    pub fn is_closed_by_peer(&mut self) -> bool {
        if let State::Up(connection) = &mut self.state
            && !self.failed
        {
            connection
                .process_new_packets()
                .is_ok_and(|state| state.peer_has_closed())
        } else {
            false
        }
    }

    /// What was agreed on, for the test that holds us to it.
    #[cfg(test)]
    pub fn connection(&self) -> Option<&Connection> {
        if let State::Up(connection) = &self.state {
            Some(connection)
        } else {
            None
        }
    }
}

/// Takes any Ed25519 key, or only one: who may talk is decided later, by the key.
#[derive(Debug)]
struct Verifier {
    algorithms: WebPkiSupportedAlgorithms,
    expected: Option<PublicKey>,
    seen: Arc<OnceLock<PublicKey>>,
}

impl Verifier {
    fn new(provider: &CryptoProvider, expected: Option<PublicKey>) -> Self {
        Self {
            algorithms: provider.signature_verification_algorithms,
            expected,
            seen: Arc::default(),
        }
    }

    fn read(
        key: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<PublicKey, rustls::Error> {
        let malformed = rustls::CertificateError::BadEncoding;
        let key = PublicKey::from_spki(key).ok_or(malformed.clone())?;
        if !intermediates.is_empty() {
            return Err(malformed.into());
        }
        Ok(key)
    }

    fn check_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let spki = SubjectPublicKeyInfoDer::from(key.as_ref());
        let valid =
            verify_tls13_signature_with_raw_key(message, &spki, signature, &self.algorithms)?;
        // Only now it is proved that somebody has this key, and not only names it.
        let key = Self::read(key, &[])?;
        if self.expected.is_some_and(|expected| expected != key) {
            self.seen.set(key).ok();
            return Err(rustls::CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(valid)
    }
}

/// There is no TLS 1.2 in this program.
fn no_tls12() -> rustls::Error {
    rustls::PeerIncompatible::Tls12NotOffered.into()
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Self::read(end_entity, intermediates)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Self::read(end_entity, intermediates)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
