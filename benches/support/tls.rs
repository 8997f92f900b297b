//! rustls with the same settings as the program: TLS 1.3, X25519MLKEM768, raw public keys on both sides.

use std::{
    io::{BufRead as _, Read as _},
    sync::Arc,
};

use duologue::identity::Identity;
use rustls::{
    ClientConfig, ClientConnection, Connection, DigitallySignedStruct, DistinguishedName, Error,
    ServerConfig, ServerConnection, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

fn provider() -> (Arc<CryptoProvider>, Arc<Anybody>) {
    let provider = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    };
    let anybody = Anybody(provider.signature_verification_algorithms);
    (Arc::new(provider), Arc::new(anybody))
}

pub fn client() -> Connection {
    let (provider, anybody) = provider();
    let key = Identity::generate().unwrap().certified_key();
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(anybody)
        .with_client_cert_resolver(Arc::new(
            rustls::client::AlwaysResolvesClientRawPublicKeys::new(key),
        ));
    config.enable_sni = false;
    config.resumption = rustls::client::Resumption::disabled();
    let nobody = ServerName::try_from("duologue.invalid").unwrap();
    ClientConnection::new(Arc::new(config), nobody)
        .unwrap()
        .into()
}

pub fn server() -> Connection {
    let (provider, anybody) = provider();
    let key = Identity::generate().unwrap().certified_key();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(anybody)
        .with_cert_resolver(Arc::new(
            rustls::server::AlwaysResolvesServerRawPublicKeys::new(key),
        ));
    config.send_tls13_tickets = 0;
    ServerConnection::new(Arc::new(config)).unwrap().into()
}

/// Feeds bytes from the wire to TLS, and returns how many decrypted bytes they contain.
pub fn read(tls: &mut Connection, mut wire: &[u8]) -> usize {
    let mut plain = 0;
    while !wire.is_empty() {
        tls.read_tls(wire.by_ref()).unwrap();
        tls.process_new_packets().unwrap();
        plain += decrypted(tls);
    }
    plain
}

/// Takes the decrypted bytes that are waiting, and returns how many; some may have come with the handshake.
pub fn decrypted(tls: &mut Connection) -> usize {
    let mut plain = 0;
    let mut reader = tls.reader();
    while let Ok(chunk) = reader.fill_buf()
        && !chunk.is_empty()
    {
        let length = chunk.len();
        plain += length;
        reader.consume(length);
    }
    plain
}

impl Anybody {
    fn check(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = SubjectPublicKeyInfoDer::from(key.as_ref());
        rustls::crypto::verify_tls13_signature_with_raw_key(message, &key, signature, &self.0)
    }
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _key: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _key: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        unreachable!("there is no TLS 1.2")
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check(message, key, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Anybody {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _key: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _key: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        unreachable!("there is no TLS 1.2")
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check(message, key, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
