//! What the worker has of its own: the key and open invites.

use crate::{
    endpoint::Endpoint,
    identity::{
        Identity, PublicKey,
        invite::{Invite, Token},
    },
    net::{
        EndReason, Event, PeerChange,
        protocol::{
            admission::Rejected,
            frame::{Hello, VERSION},
            secure::Terms,
        },
    },
};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{Worker, now_ms};

/// How long an invite lets somebody in.
const INVITE: Duration = Duration::from_mins(10);
/// As many invites are open at once; past it the oldest is void.
const MOST_INVITES: usize = 8;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Home {
    folder: Option<PathBuf>,
    identity: Option<Identity>,
    pub terms: Option<Terms>,
    invites: Vec<(Token, Instant)>,
}

impl Home {
    /// Nothing is read yet: see [`Worker::open_home`].
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            identity: None,
            terms: None,
            invites: Vec::new(),
        }
    }

    pub fn own_key(&self) -> Option<PublicKey> {
        self.identity.as_ref().map(Identity::public_key)
    }

    /// Whether this token is of an open invite.
    pub fn is_open(&mut self, token: &Token, now: Instant) -> bool {
        self.invites.retain(|(_, until)| now < *until);
        self.invites.iter().any(|(open, _)| open == token)
    }

    /// An invite has let somebody in, and lets nobody in any more.
    pub fn burn(&mut self, token: &Token) {
        self.invites.retain(|(open, _)| open != token);
    }

    /// No invite lets anybody in any more.
    pub fn void_invites(&mut self) {
        self.invites.clear();
    }

    fn make_invite(&mut self, hosts: Vec<Endpoint>, now: Instant) -> Option<Invite> {
        let key = self.own_key()?;
        let token = Token::generate()?;
        if hosts.is_empty() {
            return None;
        }
        self.invites.retain(|(_, until)| now < *until);
        if self.invites.len() >= MOST_INVITES {
            self.invites.remove(0);
        }
        self.invites.push((token.clone(), now + INVITE));
        Some(Invite { hosts, key, token })
    }

    fn set_identity(&mut self, identity: Identity) -> PublicKey {
        let key = identity.public_key();
        self.terms = match Terms::new(&identity) {
            Ok(terms) => Some(terms),
            Err(error) => {
                tracing::error!(%error, "no terms");
                None
            }
        };
        self.identity = Some(identity);
        key
    }
}

impl Worker {
    /// Reads key and store, and says what came of it.
    pub(super) fn open_home(&mut self) {
        let identity = match &self.home.folder {
            Some(folder) => Identity::load_or_create(folder),
            None => Identity::generate(),
        };
        let identity = identity.map(|identity| self.home.set_identity(identity));
        self.report(Event::Identity(identity));
        let events = self.ledger.open(self.home.folder.as_deref());
        self.report_all(events);
    }

    pub(super) fn replace_identity(&mut self) {
        let replaced = match &self.home.folder {
            Some(folder) => Identity::replace_damaged(folder).map(|(identity, kept)| {
                tracing::warn!(?kept, "the damaged key was put aside");
                identity
            }),
            None => Identity::generate(),
        };
        let replaced = replaced.map(|identity| self.home.set_identity(identity));
        self.report(Event::Identity(replaced));
    }

    /// What we say of ourselves to whom we let in, or who has let us in.
    pub(super) fn hello(&self) -> Hello {
        Hello {
            version: VERSION,
            name: self.preferences.name.as_str().to_owned(),
            features: 0,
            clock: Some(now_ms()),
        }
    }

    pub(super) fn make_invite(&mut self, now: Instant) {
        let hosts = self.listener.as_ref().map(|listener| {
            let listening = listener.listening();
            let port = listening.at.port;
            let reachable = listening.reachable.iter().map(|ip| Endpoint {
                host: ip.to_string(),
                port,
            });
            let mut hosts: Vec<_> = reachable.collect();
            if listening.only_here {
                hosts.push(listening.at.clone());
            }
            hosts
        });
        let invite = self.home.make_invite(hosts.unwrap_or_default(), now);
        self.report(Event::Invite(invite));
    }

    /// An encrypted conversation is on: writes down who it is with.
    pub(super) fn remember_peer(&mut self, name: &str) {
        let Some(session) = &self.conversation else {
            return;
        };
        if let Some(encrypted) = session.as_encrypted() {
            let ip = session.peer.ip();
            let events = self.ledger.met(&encrypted.peer, name, ip);
            self.report_all(events);
        }
    }

    pub(super) fn change_peer(&mut self, key: PublicKey, change: PeerChange, now: Instant) {
        if change == PeerChange::SetBlocked(true) {
            self.dismiss_blocked(key, now);
            if self
                .conversation
                .as_ref()
                .is_some_and(|conversation| conversation.key() == Some(key))
            {
                self.finish_conversation(EndReason::Blocked, now);
            }
        }
        if matches!(change, PeerChange::SetBlocked(false)) {
            self.silenced.forget(Rejected::Key(key));
        }
        // What was written before is forgotten too.
        self.commit(now);
        let events = self.ledger.change_peer(&key, change);
        self.report_all(events);
    }
}
