//! A plain text peer like `nc`, which sends and receives whole lines.

use std::{
    io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use socket2::SockRef;

use super::{call, local, patient};

pub struct LinePeer {
    reader: BufReader<TcpStream>,
    end: &'static str,
}

impl LinePeer {
    /// Calls the program.
    pub fn call(port: u16, end: &'static str) -> Self {
        Self::on(call(port), end)
    }

    pub fn on(stream: TcpStream, end: &'static str) -> Self {
        Self {
            reader: BufReader::new(patient(stream)),
            end,
        }
    }

    pub fn say(&mut self, text: &str) {
        self.say_bytes(format!("{text}{}", self.end).as_bytes());
    }

    pub fn say_bytes(&mut self, bytes: &[u8]) {
        self.stream()
            .write_all(bytes)
            .expect("the program is there");
    }

    /// The bytes of the next line, which must end as this peer's own lines do.
    #[track_caller]
    pub fn hear_bytes(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).expect("a line");
        let text = line.strip_suffix(self.end.as_bytes());
        let text = text.unwrap_or_else(|| panic!("{line:?} does not end with {:?}", self.end));
        assert!(
            !text.ends_with(b"\r"),
            "{line:?} has a carriage return too many"
        );
        text.to_vec()
    }

    #[track_caller]
    pub fn hear(&mut self) -> String {
        String::from_utf8(self.hear_bytes()).expect("UTF-8")
    }

    /// The next `count` bytes.
    #[track_caller]
    pub fn hear_exactly(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes).expect("bytes");
        bytes
    }

    /// Everything up to an orderly close by the program. Fails on a reset.
    #[track_caller]
    pub fn hear_to_the_end(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.reader
            .read_to_end(&mut rest)
            .expect("the program closes in order");
        rest
    }

    /// Fails unless the program closes or resets the connection without sending anything.
    #[track_caller]
    pub fn assert_closed(&mut self) {
        let mut rest = Vec::new();
        match self.reader.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert!(is_reset(error.kind()), "{error}"),
        }
        assert_eq!(rest, b"");
    }

    /// Closes the sending direction only, as `nc -N` does.
    pub fn shut_down(&self) {
        self.stream()
            .shutdown(Shutdown::Write)
            .expect("the program is there");
    }

    /// Resets the connection: the program sees it at once, and data in flight is lost.
    pub fn reset(self) {
        // A linger time of zero makes the close a reset (RFC 9293, 3.10.4).
        SockRef::from(self.stream())
            .set_linger(Some(Duration::ZERO))
            .expect("a linger time");
    }

    pub fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }
}

pub fn is_reset(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    )
}

/// A plain text peer that waits for the program to call.
pub struct LineListener(TcpListener);

impl LineListener {
    pub fn start() -> Self {
        Self(TcpListener::bind(local(0)).expect("a free port"))
    }

    pub fn port(&self) -> u16 {
        self.address().port()
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("an address")
    }

    /// Accepts the call of a program that has reported that it is connected.
    pub fn accept(&self, end: &'static str) -> LinePeer {
        LinePeer::on(self.0.accept().expect("a caller").0, end)
    }
}
