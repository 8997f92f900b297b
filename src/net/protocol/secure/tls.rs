//! TLS 1.3 with raw public keys (RFC 7250), sans-IO: encrypted bytes go in and plain bytes come out, and the other way
//! round.
//!
//! There is nothing to negotiate down to: TLS 1.3, X25519MLKEM768, an Ed25519 key on both sides, ALPN `duologue/1`, no
//! server name, no tickets, no resumption. Must not know frames.

mod verifier;

use std::{
    io::{BufRead as _, Write as _},
    sync::{Arc, OnceLock},
};

use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Connection, ServerConfig,
    client::{AlwaysResolvesClientRawPublicKeys, Resumption},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::ServerName,
    server::{Acceptor, AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage},
    sign::CertifiedKey,
    version::TLS13,
};

use self::verifier::Verifier;
use crate::identity::{Identity, PublicKey};

/// The application protocol that both sides must name (RFC 7301). An incompatible version will have another name.
pub const ALPN: &[u8] = b"duologue/1";
/// The first byte of a TLS handshake (RFC 8446, 5.1).
pub const HANDSHAKE_RECORD: u8 = 0x16;
/// The second byte: the major version, 3 since SSL 3.0.
pub const MAJOR_VERSION: u8 = 0x03;

/// The first byte of an alert.
const ALERT_RECORD: u8 = 0x15;
/// A fatal `no_application_protocol` (120) as an unencrypted record: rustls accepts a client that names no protocol at
/// all, and can't encrypt an alert at that point.
const NO_APPLICATION_PROTOCOL: [u8; 7] = [ALERT_RECORD, 3, 3, 0, 2, 2, 120];

/// Why there is no encryption with this peer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TlsError {
    /// The bytes are not TLS.
    #[error("no TLS")]
    NotTls,
    /// The peer has another key than the expected one.
    #[error("another key: {0:?}")]
    OtherKey(PublicKey),
    /// The peer refused.
    #[error("refused: {0:?}")]
    Refused(AlertDescription),
    /// The peer does not support what we require, or somebody changed bytes on the way.
    #[error("{0}")]
    Failed(rustls::Error),
}

/// How connections with this identity are encrypted.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    provider: Arc<CryptoProvider>,
    key: Arc<CertifiedKey>,
    server: Arc<ServerConfig>,
}

impl TlsConfig {
    /// For this identity.
    ///
    /// # Errors
    /// Never with the built-in suites; rustls checks that they fit together.
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

    /// The called side of a new connection.
    pub fn accept(&self) -> Tls {
        Tls {
            state: State::Accepting(Box::default(), Arc::clone(&self.server)),
            seen: Arc::default(),
            alert: Vec::new(),
            fresh: true,
            failed: false,
        }
    }

    /// The calling side of a new connection. `expected` is the only key to accept.
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
        // Never sent, because SNI is off: peers are identified by their keys.
        let nobody = ServerName::try_from("duologue.invalid")
            .map_err(|_| rustls::Error::General("not a server name".to_owned()))?;
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
    /// The proved key of the called side, if it is not the expected one.
    seen: Arc<OnceLock<PublicKey>>,
    /// An unencrypted alert to send.
    alert: Vec<u8>,
    /// Nothing has arrived yet.
    fresh: bool,
    /// Something that arrived can't be read. No more plain bytes are taken.
    failed: bool,
}

enum State {
    Accepting(Box<Acceptor>, Arc<ServerConfig>),
    Up(Box<Connection>),
    /// Failed before there was a connection.
    Over,
}

fn up(mut connection: Connection) -> State {
    // The queue in front of it limits what waits.
    connection.set_buffer_limit(None);
    State::Up(Box::new(connection))
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Takes bytes from `wire` and appends what they say to `plain`. Call until `wire` is empty.
    ///
    /// # Errors
    /// Nothing more can be read. [`Self::take_output`] has the alert for the peer.
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
        // Also after an error: what arrived whole before it counts.
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

    /// The called side reads the client's greeting before it answers, because rustls would accept one that names no
    /// application protocol.
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

    /// Encrypts `plain`, one record for each 16 KiB. Only after the handshake.
    pub fn write(&mut self, plain: &[u8]) {
        if let State::Up(connection) = &mut self.state
            && !self.failed
            && let Err(error) = connection.writer().write_all(plain)
        {
            tracing::error!(%error, "can't encrypt");
        }
    }

    /// Sends `close_notify`, so that this end can be told from a cut.
    pub fn close(&mut self) {
        if let State::Up(connection) = &mut self.state
            && !self.failed
        {
            connection.send_close_notify();
        }
    }

    /// Appends the bytes to send to `wire`.
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

    /// The peer's key, once the handshake has proved it.
    pub fn peer_key(&self) -> Option<PublicKey> {
        let State::Up(connection) = &self.state else {
            return None;
        };
        if connection.is_handshaking() || connection.alpn_protocol() != Some(ALPN) {
            return None;
        }
        PublicKey::from_spki(connection.peer_certificates()?.first()?)
    }

    /// Whether the handshake is still going on.
    pub fn is_handshaking(&self) -> bool {
        match &self.state {
            State::Accepting(..) => true,
            State::Up(connection) => connection.is_handshaking(),
            State::Over => false,
        }
    }

    /// Whether the peer has sent `close_notify`.
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

    /// The connection, to test what was negotiated.
    #[cfg(test)]
    pub fn connection(&self) -> Option<&Connection> {
        if let State::Up(connection) = &self.state {
            Some(connection)
        } else {
            None
        }
    }
}
