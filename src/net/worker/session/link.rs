//! The connection of a session: which one there is at the moment, if any.

use std::time::Instant;

use crate::net::{EndReason, socket::stream::Socket};

#[derive(Debug)]
pub(super) enum Link {
    /// Plain text unless the first bytes turn out to be something else. Once half of that has come, the rest has time
    /// until this instant.
    Undecided(Socket, Option<Instant>),
    Up(Socket),
    /// The peer has closed its direction. Until this instant a caller may reconnect, and what we write waits.
    Finished(Socket, Instant),
    /// The connection is gone, and the caller may reconnect.
    Gap {
        until: Instant,
        why: EndReason,
    },
    Over(EndReason),
}

/// A connection that turned out not to be plain text.
#[derive(Debug)]
pub(in crate::net::worker) enum GivenBack {
    Tls(Socket),
    /// A request of a web browser.
    Http(Socket),
}

impl Link {
    /// Puts something else in its place.
    pub fn replace(&mut self, link: Self) -> Self {
        std::mem::replace(self, link)
    }

    pub fn socket(&self) -> Option<&Socket> {
        match self {
            Self::Undecided(socket, _) | Self::Up(socket) | Self::Finished(socket, _) => {
                Some(socket)
            }
            Self::Gap { .. } | Self::Over(_) => None,
        }
    }

    pub fn socket_mut(&mut self) -> Option<&mut Socket> {
        match self {
            Self::Undecided(socket, _) | Self::Up(socket) | Self::Finished(socket, _) => {
                Some(socket)
            }
            Self::Gap { .. } | Self::Over(_) => None,
        }
    }

    pub fn into_socket(self) -> Option<Socket> {
        match self {
            Self::Undecided(socket, _) | Self::Up(socket) | Self::Finished(socket, _) => {
                Some(socket)
            }
            Self::Gap { .. } | Self::Over(_) => None,
        }
    }
}
