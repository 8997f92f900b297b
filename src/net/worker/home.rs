//! What the worker has of its own: the key, what is known of others, and open invites.

use crate::{
    endpoint::Endpoint,
    identity::{
        Contact, Identity, Party, PublicKey, StreamId,
        invite::{Invite, Token},
    },
    net::{
        EndReason, Event, PeerChange,
        protocol::{
            admission::Rejected,
            frame::{Hello, VERSION},
            secure::Terms,
        },
        worker::conversation::Acquaintance,
    },
    store::{Notifier, Store, StoreError},
};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use super::Worker;

/// How long an invite lets somebody in.
const INVITE: Duration = Duration::from_mins(10);
/// As many invites are open at once; past it the oldest is void.
const MOST_INVITES: usize = 8;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Home {
    folder: Option<PathBuf>,
    notifier: Notifier,
    identity: Option<Identity>,
    pub terms: Option<Terms>,
    pub store: Option<Store>,
    invites: Vec<(Token, Instant)>,
}

impl Home {
    /// Nothing is read yet: see [`Worker::open_home`].
    pub fn new(folder: Option<PathBuf>, notifier: Notifier) -> Self {
        Self {
            folder,
            notifier,
            identity: None,
            terms: None,
            store: None,
            invites: Vec::new(),
        }
    }

    pub fn own_key(&self) -> Option<PublicKey> {
        self.identity.as_ref().map(Identity::public_key)
    }

    /// What is known of this key.
    pub fn peer(&self, key: &PublicKey) -> Option<Contact> {
        self.read(|store| store.peer(key)).flatten()
    }

    /// Who was last met at this address.
    ///
    /// # Errors
    /// That can't be found out. Nobody may be taken for a stranger then.
    pub fn key_at(&self, endpoint: &Endpoint) -> Result<Option<PublicKey>, StoreError> {
        match &self.store {
            Some(store) => store.key_at(&endpoint.canonical()),
            None => Err(StoreError::Damaged),
        }
    }

    /// Who was last met encrypted at this address.
    pub fn last_at(&self, ip: IpAddr) -> Option<PublicKey> {
        self.read(|store| store.last_at(ip))
            .flatten()
            .map(|peer| peer.key)
    }

    fn read<T>(&self, look: impl FnOnce(&Store) -> Result<T, StoreError>) -> Option<T> {
        match look(self.store.as_ref()?) {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::error!(%error, "what is known of others can't be read");
                None
            }
        }
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
        let opened = match &self.home.folder {
            Some(folder) => Store::open(folder).map(|opened| (opened.store, opened.set_aside)),
            None => Store::in_memory().map(|store| (store, None)),
        };
        let store = match opened {
            Ok((store, set_aside)) => {
                if let Some(path) = set_aside {
                    self.report(Event::StoreSetAside(path));
                }
                Ok(store)
            }
            Err(error) => {
                self.report(Event::StoreFailed(error));
                // Then nothing is kept, and the window says so.
                Store::in_memory()
            }
        };
        match store {
            Ok(mut store) => {
                store.announce_to(self.home.notifier.clone());
                self.home.store = Some(store);
            }
            Err(error) => tracing::error!(%error, "no store at all"),
        }
        self.report_peers();
        self.keeping.look_at_waiting();
        self.report_waiting();
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
        let Some(conversation) = &self.conversation else {
            return;
        };
        let Some(acquaintance) = conversation.acquaintance.clone() else {
            return;
        };
        let ip = conversation.peer.ip();
        let Acquaintance {
            key,
            trust,
            endpoint,
            replaces,
        } = acquaintance;
        self.change_store(|store| {
            store.met(&key, name, trust, ip, endpoint.as_deref(), now_ms())?;
            match replaces {
                Some(old) => store.rekey(&old, &key),
                None => Ok(()),
            }
        });
        if replaces.is_some() {
            self.report(Event::Rewritten(Party::Key(key)));
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
        self.change_store(|store| match change {
            PeerChange::Rename(name) => store.rename(&key, name.as_deref()),
            PeerChange::SetVerified(verified) => store.set_verified(&key, verified),
            PeerChange::SetBlocked(blocked) => store.set_blocked(&key, blocked),
            PeerChange::Forget => store.forget(&key),
        });
    }

    /// Begins to take over what can be read of a file that was set aside; see [`Worker::clear_some`].
    pub(super) fn salvage(&mut self, path: &Path) {
        let Some(store) = &mut self.home.store else {
            return;
        };
        if let Err(error) = store.salvage(path) {
            self.report(Event::Salvaged(Err(error)));
        }
    }

    fn change_store(&mut self, change: impl FnOnce(&mut Store) -> Result<(), StoreError>) {
        if let Some(store) = &mut self.home.store {
            let changed = change(store);
            if let Err(error) = &changed {
                tracing::error!(%error, "what is known of others can't be kept");
            }
            self.report_store(changed);
            self.report_peers();
        }
    }

    pub(super) fn report_peers(&mut self) {
        if let Some(peers) = self.home.read(Store::peers) {
            self.report(Event::Peers(peers.into()));
        }
    }
}

/// A new stream of items, as random as keys are.
pub(super) fn new_stream() -> StreamId {
    let mut id = [0; 16];
    if aws_lc_rs::rand::fill(&mut id).is_err() {
        tracing::error!("the system has no randomness");
    }
    StreamId::from_bytes(id)
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
