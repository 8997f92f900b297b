//! Encrypted peers: one that keeps to the protocol, and one that sends whatever a test wants.

use std::{
    cell::Cell,
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::Arc,
};

use duologue::{
    identity::{
        Identity, PublicKey, StreamId,
        invite::{Invite, Proof},
    },
    millis::Millis,
    net::{
        EndReason, Event,
        protocol::{
            Tag,
            frame::{
                Ack, Body, Bye, EVENTS, FRAME_CAP, Frame, Hello, Item, Knock, Reader, Start,
                VERSION,
            },
            secure::{ALPN, Output, Secure, TlsConfig},
        },
    },
};
use rustls::{
    ClientConfig, ClientConnection, Connection, DigitallySignedStruct, DistinguishedName,
    ServerConfig, ServerConnection, SignatureScheme,
    client::{
        AlwaysResolvesClientRawPublicKeys,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{
        AlwaysResolvesServerRawPublicKeys,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    version::TLS13,
};

use super::{
    AT_ONCE, PATIENCE, Program, call, clock,
    messages::{self, Who},
    patient,
};

/// A person with a key.
pub struct Person {
    pub identity: Identity,
    pub key: PublicKey,
    pub terms: TlsConfig,
}

impl Person {
    pub fn new() -> Self {
        let identity = Identity::generate().expect("random numbers");
        Self {
            key: identity.public_key(),
            terms: TlsConfig::new(&identity).expect("terms"),
            identity,
        }
    }
}

pub fn hello(name: &str) -> Hello {
    Hello {
        version: VERSION,
        name: name.to_owned(),
        features: EVENTS,
        clock: None,
    }
}

/// The first frame of a caller, with the proof of an invite or without.
pub fn knock(proof: Option<Proof>) -> Knock {
    Knock { proof }
}

/// The first frame of a caller who uses this invite.
pub fn knock_with(invite: &Invite, guest: &Person) -> Knock {
    knock(Some(invite.token.proof(&invite.key, &guest.key)))
}

thread_local! {
    /// Number of connections of this test so far.
    static CONNECTIONS: Cell<u64> = const { Cell::new(0) };
}

/// A stream that no earlier connection of this test has used, because a program remembers the streams it has received.
pub fn stream_id(stream: u8) -> StreamId {
    let [low, high] = [u64::from(stream), CONNECTIONS.get()].map(u64::to_be_bytes);
    StreamId::from_bytes(std::array::from_fn(|index| {
        if index < 8 {
            low[index]
        } else {
            high[index - 8]
        }
    }))
}

fn begin_streams() {
    CONNECTIONS.set(CONNECTIONS.get() + 1);
}

/// A frame with a message.
pub fn item(stream: u8, number: u64, text: &str) -> Frame {
    Frame::Item(Item {
        stream: stream_id(stream),
        number,
        sent_at: Millis::new(0),
        body: Body::Text(text.to_owned()),
    })
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Closed,
    Reset,
}

/// Reads once, or returns how the connection has ended. Fails after [`PATIENCE`].
#[track_caller]
fn read_some(mut stream: &TcpStream) -> Result<Vec<u8>, End> {
    let mut bytes = vec![0; 16 * 1024];
    match stream.read(&mut bytes) {
        Ok(0) => Err(End::Closed),
        Ok(count) => {
            bytes.truncate(count);
            Ok(bytes)
        }
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
            ) =>
        {
            Err(End::Reset)
        }
        Err(error) => panic!("nothing came: {error}"),
    }
}

/// A peer that keeps to the protocol, as the program itself does.
pub struct SecurePeer {
    pub stream: TcpStream,
    pub secure: Secure,
    next_id: u64,
    stream_id: StreamId,
}

impl SecurePeer {
    /// Calls the program. Accepts only the key `expected`, if there is one.
    pub fn call(port: u16, person: &Person, expected: Option<PublicKey>, knock: Knock) -> Self {
        Self::call_on(call(port), person, expected, knock)
    }

    /// The calling side of this connection.
    pub fn call_on(
        stream: TcpStream,
        person: &Person,
        expected: Option<PublicKey>,
        knock: Knock,
    ) -> Self {
        begin_streams();
        let hello = hello("a caller");
        let secure = Secure::call(&person.terms, expected, knock, hello, clock());
        Self {
            stream: patient(stream),
            secure: secure.expect("terms"),
            next_id: 0,
            stream_id: stream_id(7),
        }
    }

    /// The called side of this connection.
    pub fn accept_on(stream: TcpStream, person: &Person) -> Self {
        begin_streams();
        Self {
            stream: patient(stream),
            secure: Secure::accept(&person.terms, clock()),
            next_id: 0,
            stream_id: stream_id(7),
        }
    }

    /// Writes everything there is to write, unless the connection has ended.
    pub fn flush(&mut self) {
        while let Some(bytes) = self.secure.poll_transmit() {
            let count = bytes.len();
            if (&self.stream).write_all(bytes).is_err() {
                // The next read reports it.
                return;
            }
            self.secure.transmitted(count);
        }
    }

    /// The next output, or how the connection ended before that.
    #[track_caller]
    pub fn poll(&mut self) -> Result<Output, End> {
        loop {
            self.flush();
            match self.secure.poll_output() {
                // It has nothing from earlier connections and keeps everything of this one.
                Some(Output::Resume(starts)) => {
                    for Start { stream, first } in starts {
                        let up_to = first - 1;
                        self.secure.ack(Ack { stream, up_to });
                    }
                    continue;
                }
                Some(Output::Item(item)) => {
                    let (stream, up_to) = (item.stream, item.number);
                    self.secure.ack(Ack { stream, up_to });
                    return Ok(Output::Item(item));
                }
                Some(output) => return Ok(output),
                None => {}
            }
            let bytes = read_some(&self.stream)?;
            self.secure.handle_bytes(&bytes, clock());
        }
    }

    #[track_caller]
    pub fn next(&mut self) -> Output {
        self.poll().expect("the program goes on")
    }

    /// Waits for an output. Passes over others.
    #[track_caller]
    pub fn expect<T>(&mut self, what: &str, mut pick: impl FnMut(&Output) -> Option<T>) -> T {
        let mut passed = Vec::new();
        let deadline = clock() + PATIENCE;
        loop {
            assert!(clock() < deadline, "no {what}: {passed:?}");
            let output = match self.poll() {
                Ok(output) => output,
                Err(end) => panic!("{end:?} before {what}: {passed:?}"),
            };
            if let Some(found) = pick(&output) {
                return found;
            }
            passed.push(output);
        }
    }

    /// Waits until it has knocked and returns the program's key.
    #[track_caller]
    pub fn waiting(&mut self) -> PublicKey {
        let key = self.expect("Waiting", |output| match output {
            Output::Waiting { key } => Some(*key),
            _ => None,
        });
        self.flush();
        key
    }

    /// Waits until both have sent their hello and returns the program's name.
    #[track_caller]
    pub fn open(&mut self) -> String {
        self.expect("Open", |output| match output {
            Output::Open(hello) => Some(hello.name.clone()),
            _ => None,
        })
    }

    /// Sends a message and waits until the system has taken it.
    #[track_caller]
    pub fn say(&mut self, text: &str) {
        self.next_id += 1;
        let tag = Tag(self.next_id);
        let item = Item {
            stream: self.stream_id,
            number: self.next_id,
            sent_at: Millis::new(0),
            body: Body::Text(text.to_owned()),
        };
        self.secure.send(tag, item);
        self.flush();
    }

    /// The next message.
    #[track_caller]
    pub fn hear(&mut self) -> String {
        self.expect("a message", |output| match output {
            Output::Item(Item {
                body: Body::Text(text),
                ..
            }) => Some(text.clone()),
            _ => None,
        })
    }

    /// Says goodbye and closes the sending direction.
    pub fn leave(&mut self) {
        self.secure.end(Bye::Left);
        self.flush();
        // The program may be gone.
        let _gone = self.stream.shutdown(Shutdown::Write);
    }

    /// Waits for the end and returns it.
    #[track_caller]
    pub fn over(&mut self) -> duologue::net::protocol::secure::Over {
        self.expect("the end", |output| match output {
            Output::Over(over) => Some(over.clone()),
            _ => None,
        })
    }
}

/// A peer that sends whatever a test wants inside TLS.
pub struct RawPeer {
    pub stream: TcpStream,
    pub tls: Connection,
    reader: Reader,
}

impl RawPeer {
    /// Calls the program with these TLS settings.
    pub fn call(port: u16, config: ClientConfig) -> Self {
        Self::call_on(call(port), config)
    }

    /// The calling side of this connection.
    pub fn call_on(stream: TcpStream, config: ClientConfig) -> Self {
        let nobody = ServerName::try_from("duologue.invalid").expect("a name");
        let tls = ClientConnection::new(Arc::new(config), nobody).expect("terms");
        Self::on(stream, tls.into())
    }

    /// The called side of this connection.
    pub fn accept_on(stream: TcpStream, config: ServerConfig) -> Self {
        let tls = ServerConnection::new(Arc::new(config)).expect("terms");
        Self::on(stream, tls.into())
    }

    fn on(stream: TcpStream, mut tls: Connection) -> Self {
        tls.set_buffer_limit(None);
        begin_streams();
        Self {
            stream: patient(stream),
            tls,
            reader: Reader::new(FRAME_CAP),
        }
    }

    /// Calls the program as a person who need not ask, up to both hellos.
    #[track_caller]
    pub fn let_in(port: u16, person: &Person) -> Self {
        Self::let_in_with(port, person, hello("a peer"))
    }

    /// The same with this *Hello*.
    #[track_caller]
    pub fn let_in_with(port: u16, person: &Person, hello: Hello) -> Self {
        let mut peer = Self::call(port, client_terms(person));
        peer.shake().expect("the same terms");
        peer.say(&[Frame::Knock(Knock::default())]);
        let greeting = peer.frame();
        assert!(matches!(greeting, Some(Frame::Hello(_))), "{greeting:?}");
        peer.say(&[Frame::Hello(hello)]);
        peer
    }

    /// Completes the TLS handshake.
    ///
    /// # Errors
    /// The TLS error.
    #[track_caller]
    pub fn shake(&mut self) -> Result<(), rustls::Error> {
        while self.tls.is_handshaking() {
            self.flush();
            if !self.tls.is_handshaking() {
                break;
            }
            self.take()?;
        }
        self.flush();
        Ok(())
    }

    /// Completes the TLS handshake except for this side's last message.
    ///
    /// # Errors
    /// The TLS error.
    #[track_caller]
    pub fn shake_up_to_the_last_words(&mut self) -> Result<(), rustls::Error> {
        self.flush();
        while self.tls.is_handshaking() {
            self.read_quietly()?;
        }
        Ok(())
    }

    /// Writes the records of TLS, unless the connection has ended.
    pub fn flush(&mut self) {
        let mut wire = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut wire).expect("into memory");
        }
        // If the connection has ended, the next read reports it.
        let _gone = self.stream.write_all(&wire);
    }

    /// Reads once and writes the answer of TLS. The end of the connection is an error.
    #[track_caller]
    fn take(&mut self) -> Result<(), rustls::Error> {
        let taken = self.read_quietly();
        // There may be an alert.
        self.flush();
        taken
    }

    #[track_caller]
    fn read_quietly(&mut self) -> Result<(), rustls::Error> {
        let bytes =
            read_some(&self.stream).map_err(|end| rustls::Error::General(format!("{end:?}")))?;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            self.tls.read_tls(&mut rest).expect("from memory");
            self.tls.process_new_packets()?;
        }
        Ok(())
    }

    pub fn say(&mut self, frames: &[Frame]) {
        let mut bytes = Vec::new();
        for frame in frames {
            frame.append_to(&mut bytes);
        }
        self.say_bytes(&bytes);
    }

    /// Sends these bytes inside TLS.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        self.tls.writer().write_all(bytes).expect("into memory");
        self.flush();
    }

    /// The next frame, or `None` if the program has closed the connection.
    #[track_caller]
    pub fn frame(&mut self) -> Option<Frame> {
        self.try_frame().expect("nothing that TLS objects to")
    }

    /// # Errors
    /// The TLS error, such as an alert of the program.
    #[track_caller]
    pub fn try_frame(&mut self) -> Result<Option<Frame>, rustls::Error> {
        loop {
            if let Some(frame) = self.reader.poll_frame().expect("the program's own frames") {
                return Ok(Some(frame));
            }
            let mut plain = [0; 4096];
            match self.tls.reader().read(&mut plain) {
                // A close_notify of TLS.
                Ok(0) => return Ok(None),
                Ok(count) => self.reader.push(plain.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.take()?,
                // The other kind of end.
                Err(_) => return Ok(None),
            }
        }
    }

    /// The frames up to an orderly end.
    #[track_caller]
    pub fn frames_to_the_end(&mut self) -> Vec<Frame> {
        std::iter::from_fn(|| self.frame()).collect()
    }
}

/// A program on all addresses, where strangers have to ask, and a contact of it who need not.
pub struct Door {
    pub program: Program,
    pub port: u16,
    pub friend: Person,
}

impl Door {
    pub fn new() -> Self {
        let (mut program, port) = Program::listening_widely();
        let friend = Person::new();
        let mut peer = SecurePeer::call(port, &friend, None, knock(None));
        peer.waiting();
        assert_eq!(messages::who_asks(&program.admit()), Who::Key(friend.key));
        peer.open();
        program.named();
        peer.leave();
        assert_eq!(program.ended(), EndReason::PeerLeft);
        // Until the program has closed that connection, too.
        drop(peer);
        program.settle();
        program.history.clear();
        Self {
            program,
            port,
            friend,
        }
    }

    /// Fails unless the friend connects at once and is heard.
    #[track_caller]
    pub fn assert_serves(&mut self) {
        let calling = clock();
        let key = Some(self.program.key());
        let mut peer = SecurePeer::call(self.port, &self.friend, key, knock(None));
        peer.open();
        peer.say("it is me");
        let before = self.program.history.len();
        assert_eq!(self.program.text(), "it is me");
        let took = calling.elapsed();
        assert!(took < AT_ONCE, "{took:?}");
        let who = |event: &Event| Some(messages::connected(event)?.1);
        let who: Vec<_> = self.program.history[before..]
            .iter()
            .filter_map(who)
            .collect();
        assert_eq!(who, [Who::Key(self.friend.key)]);
        peer.leave();
        assert_eq!(self.program.ended(), EndReason::PeerLeft);
    }

    /// Fails if any caller has been shown to the person so far.
    #[track_caller]
    pub fn assert_undisturbed(&mut self) {
        self.program.settle();
        let invites = |event: &Event| matches!(event, Event::Invite(_));
        let events = self.program.history.drain(..);
        let events: Vec<_> = events.filter(|event| !invites(event)).collect();
        assert_eq!(events, []);
    }
}

/// The cryptography of rustls with the only key exchange that the program accepts.
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    }
}

/// The TLS settings of the calling side, for a test to change.
pub fn client_terms(person: &Person) -> ClientConfig {
    let key = person.identity.certified_key();
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(key)));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.enable_sni = false;
    config
}

/// The TLS settings of the called side, for a test to change.
pub fn server_terms(person: &Person) -> ServerConfig {
    let key = person.identity.certified_key();
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&TLS13])
        .expect("TLS 1.3")
        .with_client_cert_verifier(Arc::new(Anybody))
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(key)));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.send_tls13_tickets = 0;
    config
}

/// Accepts any raw key.
#[derive(Debug)]
pub struct Anybody;

fn no_tls12() -> rustls::Error {
    rustls::Error::General("no TLS 1.2".to_owned())
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
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
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
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
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
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
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
