//! The one seat: there is at most one session at a time.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use mio::Token;

use super::{
    ledger::Connection,
    session::{Encrypted, Output, Session},
};
use crate::{
    identity::{PublicKey, Trust},
    net::{
        EndReason, Origin, delivery::Delivery, protocol::plain::Format, socket::stream::Readiness,
    },
};

/// Two calls that cross are made within this time.
const CROSSING: Duration = Duration::from_secs(5);

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Seat {
    pub session: Option<Session>,
    /// How sessions in plain text are read and written.
    format: Format,
    /// The turn of the loop in which the session was last [read dry](Self::start_reading_dry).
    read_dry_at: Option<Instant>,
}

/// What a decision about a caller depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeatView {
    /// Whether there is a session that does not give way.
    pub is_taken: bool,
    /// The peer of an encrypted session.
    pub peer: Option<PeerView>,
    /// The address of a caller in plain text that has the seat.
    pub plain_caller: Option<IpAddr>,
    /// The address of a caller in plain text whose session may get a new connection.
    pub resumable: Option<IpAddr>,
}

/// The peer of an encrypted session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PeerView {
    pub key: PublicKey,
    pub trust: Trust,
    /// We have dialled it just now, so that its call may cross ours.
    pub just_dialled: bool,
}

impl Seat {
    pub fn view(&self, now: Instant) -> SeatView {
        let Some(session) = &self.session else {
            return SeatView {
                is_taken: false,
                peer: None,
                plain_caller: None,
                resumable: None,
            };
        };
        let peer = session.as_encrypted().map(|encrypted| PeerView {
            key: encrypted.peer.key,
            trust: encrypted.peer.trust,
            just_dialled: session.origin == Origin::Dialled
                && now.saturating_duration_since(encrypted.since) < CROSSING,
        });
        SeatView {
            is_taken: !session.gives_way(),
            peer,
            plain_caller: (session.is_plain() && session.origin == Origin::Accepted)
                .then(|| session.peer.ip()),
            resumable: session.is_resumable(now).then(|| session.peer.ip()),
        }
    }

    /// Why the session ends if a caller takes its place; `key` is the caller's, if it is encrypted.
    pub fn reason_to_yield(&self, key: Option<PublicKey>) -> EndReason {
        match &self.session {
            Some(session) if key.is_some() && session.key() == key => EndReason::CameBack,
            Some(session) if session.has_finished() => EndReason::PeerLeft,
            _ => EndReason::GaveWay,
        }
    }

    /// Whether a new connection from there resumes the session at once: a caller in plain text has hung up and calls
    /// again.
    pub fn is_in_gap_of(&self, ip: IpAddr, now: Instant) -> bool {
        self.session.as_ref().is_some_and(|session| {
            session.has_finished() && session.is_resumable(now) && session.peer.ip() == ip
        })
    }

    pub fn format(&self) -> Format {
        self.format
    }

    /// Changes how this session and later ones in plain text are read and written.
    pub fn set_format(&mut self, format: Format) {
        self.format = format;
        if let Some(session) = &mut self.session {
            session.set_format(format);
        }
    }

    /// Whether there may be something to read right now.
    pub fn is_readable(&self) -> bool {
        self.session.as_ref().is_some_and(Session::is_readable)
    }

    /// Prepares for reading the session dry, and returns false if that has been done in this turn already: once is
    /// enough, however many call.
    pub fn start_reading_dry(&mut self, now: Instant) -> bool {
        if self.read_dry_at.replace(now) == Some(now) {
            return false;
        }
        if let Some(session) = &mut self.session {
            session.expect_bytes();
        }
        true
    }

    /// What the session reports, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.session.as_mut()?.poll_output()
    }

    /// The encrypted session, if that is what there is.
    pub fn encrypted_mut(&mut self) -> Option<&mut Encrypted> {
        self.session.as_mut()?.as_encrypted_mut()
    }

    /// The delivery of an encrypted session, once it has begun.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.session.as_ref()?.as_encrypted()?.delivery.as_ref()
    }

    /// The same, and the protocol object that carries it.
    pub fn connection(&mut self) -> Connection<'_> {
        self.session.as_mut()?.delivery()
    }

    pub fn handle_ready(&mut self, token: Token, ready: Readiness) {
        if let Some(session) = &mut self.session {
            session.handle_ready(token, ready);
        }
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.session.as_ref()?.poll_deadline()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{any_instant, worker::testing};

    /// A session in plain text that has just begun, and the other end of its connection.
    fn plain(seat: &mut Seat, origin: Origin) -> std::net::TcpStream {
        let (socket, peer, far) = testing::connection(&mut testing::shared());
        seat.session = Some(Session::plain(socket, peer, origin, seat.format()));
        far
    }

    #[test]
    fn a_caller_in_plain_text_gives_way_until_something_is_said() {
        let now = any_instant();
        let mut seat = Seat::default();
        assert!(!seat.view(now).is_taken);
        let mut far = plain(&mut seat, Origin::Accepted);
        assert!(!seat.view(now).is_taken);
        assert_eq!(seat.reason_to_yield(None), EndReason::GaveWay);
        std::io::Write::write_all(&mut far, b"hello\n").expect("a connection");
        while !seat.view(now).is_taken {
            let session = seat.session.as_mut().expect("a session");
            session.expect_bytes();
            assert!(session.read(now).is_none());
        }
        assert_eq!(seat.view(now).resumable, None);
    }

    #[test]
    fn a_session_that_we_dialled_does_not_give_way() {
        let now = any_instant();
        let mut seat = Seat::default();
        let _far = plain(&mut seat, Origin::Dialled);
        assert!(seat.view(now).is_taken);
    }

    #[test]
    fn a_caller_that_hangs_up_may_resume_its_session() {
        let now = any_instant();
        let mut seat = Seat::default();
        let far = plain(&mut seat, Origin::Accepted);
        let ip = far.peer_addr().expect("an address").ip();
        assert!(!seat.is_in_gap_of(ip, now));
        drop(far);
        while !seat.is_in_gap_of(ip, now) {
            let session = seat.session.as_mut().expect("a session");
            session.expect_bytes();
            assert!(session.read(now).is_none());
        }
        assert_eq!(seat.view(now).resumable, Some(ip));
        assert_eq!(seat.reason_to_yield(None), EndReason::PeerLeft);
    }

    #[test]
    fn a_session_is_read_dry_once_in_a_turn() {
        let now = any_instant();
        let mut seat = Seat::default();
        assert!(seat.start_reading_dry(now) && !seat.start_reading_dry(now));
        assert!(seat.start_reading_dry(now + Duration::from_millis(1)));
    }
}
