//! Who we are: the key, what we say of ourselves, open invites and preferences.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    endpoint::Endpoint,
    identity::{
        Identity, IdentityError, PublicKey,
        invite::{Invite, Proof, Token},
    },
    net::{
        Preferences, Siblings,
        protocol::{
            frame::{EVENTS, FILES, Hello, READ_MARKS, VERSION},
            secure::TlsConfig,
        },
        worker::wall_clock,
    },
};

/// How long an invite is open.
const INVITE_LIFETIME: Duration = Duration::from_mins(10);
/// Maximum number of open invites. Above it the oldest is closed.
const MAX_INVITES: usize = 8;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Account {
    pub preferences: Preferences,
    folder: Option<PathBuf>,
    siblings: Siblings,
    identity: Option<Identity>,
    tls: Option<TlsConfig>,
    invites: Vec<OpenInvite>,
}

/// An invite that admits a caller.
#[derive(Debug)]
struct OpenInvite {
    token: Token,
    until: Instant,
    /// The caller that it has admitted and that has not said *Hello* yet. It admits nobody else.
    guest: Option<PublicKey>,
}

impl Account {
    /// Nothing is read yet: see [`Self::load`]. Without a folder the key lasts as long as the program.
    pub fn new(folder: Option<PathBuf>, siblings: Siblings) -> Self {
        Self {
            folder,
            siblings,
            ..Self::default()
        }
    }

    /// The folder with our data.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Loads the key, or creates it.
    ///
    /// # Errors
    /// [`IdentityError`]; without a key we talk in plain text only.
    pub fn load(&mut self) -> Result<PublicKey, IdentityError> {
        let identity = match &self.folder {
            Some(folder) => Identity::load_or_create(folder)?,
            None => Identity::generate()?,
        };
        Ok(self.set_identity(identity))
    }

    /// Sets the damaged key file aside and creates a new key.
    ///
    /// # Errors
    /// [`IdentityError`]; everything stays as it was.
    pub fn replace_key(&mut self) -> Result<PublicKey, IdentityError> {
        let identity = match &self.folder {
            Some(folder) => {
                let (identity, set_aside) = Identity::replace_damaged(folder)?;
                tracing::warn!(?set_aside, "the damaged key was set aside");
                identity
            }
            None => Identity::generate()?,
        };
        Ok(self.set_identity(identity))
    }

    fn set_identity(&mut self, identity: Identity) -> PublicKey {
        let key = identity.public_key();
        self.tls = match TlsConfig::new(&identity) {
            Ok(tls) => Some(tls),
            Err(error) => {
                tracing::error!(%error, "TLS can't be configured");
                None
            }
        };
        self.identity = Some(identity);
        key
    }

    pub fn own_key(&self) -> Option<PublicKey> {
        self.identity.as_ref().map(Identity::public_key)
    }

    /// Whether this is the key of another profile in our data folder. Reads files.
    pub fn is_sibling(&self, key: &PublicKey) -> bool {
        self.siblings.contains(key)
    }

    /// How we encrypt, if we have a key.
    pub fn tls(&self) -> Option<&TlsConfig> {
        self.tls.as_ref()
    }

    /// What we say of ourselves to a peer that we have admitted, or that has admitted us.
    pub fn hello(&self) -> Hello {
        Hello {
            version: VERSION,
            name: self.preferences.name.as_str().to_owned(),
            features: self.features(),
            clock: Some(wall_clock()),
        }
    }

    /// What we support beyond the version of the protocol, as in [`Hello`].
    pub fn features(&self) -> u64 {
        let read_marks = self.preferences.read_marks.then_some(READ_MARKS);
        EVENTS | FILES | read_marks.unwrap_or(0)
    }

    /// Makes an invite to these hosts. `None` without hosts, or without a key.
    pub fn make_invite(&mut self, hosts: Vec<Endpoint>, now: Instant) -> Option<Invite> {
        let key = self.own_key()?;
        if hosts.is_empty() {
            return None;
        }
        let token = Token::generate()?;
        self.invites.retain(|invite| now < invite.until);
        if self.invites.len() >= MAX_INVITES {
            self.invites.remove(0);
        }
        self.invites.push(OpenInvite {
            token: token.clone(),
            until: now + INVITE_LIFETIME,
            guest: None,
        });
        Some(Invite { hosts, key, token })
    }

    /// Whether an open invite admits the caller with this key.
    pub fn is_invited(&self, caller: &PublicKey, proof: Option<&Proof>, now: Instant) -> bool {
        self.find_invite(caller, proof, now).is_some()
    }

    /// A caller is admitted: its invite, if it has one, admits nobody else from now on. Only its *Hello* spends the
    /// invite, so that it can call again if the connection is lost before.
    pub fn reserve_invite(&mut self, caller: PublicKey, proof: Option<&Proof>, now: Instant) {
        if let Some(index) = self.find_invite(&caller, proof, now)
            && let Some(invite) = self.invites.get_mut(index)
        {
            invite.guest = Some(caller);
        }
    }

    /// A peer with this key has said *Hello*: the invite that admitted it is spent.
    pub fn spend_invite(&mut self, guest: &PublicKey) {
        self.invites
            .retain(|invite| invite.guest.as_ref() != Some(guest));
    }

    fn find_invite(
        &self,
        caller: &PublicKey,
        proof: Option<&Proof>,
        now: Instant,
    ) -> Option<usize> {
        let (own, proof) = (self.own_key()?, proof?);
        self.invites.iter().position(|invite| {
            now < invite.until
                && invite.guest.as_ref().is_none_or(|guest| guest == caller)
                && invite.token.proof(&own, caller) == *proof
        })
    }

    /// No invite admits anybody any more.
    pub fn close_invites(&mut self) {
        self.invites.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::any_instant;

    fn here() -> Vec<Endpoint> {
        vec![Endpoint {
            host: "127.0.0.1".to_owned(),
            port: 1,
        }]
    }

    fn account() -> Account {
        let mut account = Account::new(None, Siblings::default());
        account.load().expect("a key in memory");
        account
    }

    #[test]
    fn an_invite_needs_a_key_and_somewhere_to_go() {
        let now = any_instant();
        assert_eq!(
            Account::new(None, Siblings::default()).make_invite(here(), now),
            None
        );
        assert_eq!(account().make_invite(Vec::new(), now), None);
    }

    const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
    const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

    /// Whether this caller is admitted if it has this token.
    fn is_invited(account: &Account, caller: PublicKey, token: &Token, now: Instant) -> bool {
        let own = account.own_key().expect("a key");
        account.is_invited(&caller, Some(&token.proof(&own, &caller)), now)
    }

    #[test]
    fn an_invite_is_open_once_and_for_ten_minutes() {
        let now = any_instant();
        let mut account = account();
        let own = account.own_key().expect("a key");
        let mut invite = || account.make_invite(here(), now).expect("an invite").token;
        let (used, unused) = (invite(), invite());
        account.reserve_invite(MINA, Some(&used.proof(&own, &MINA)), now);
        account.spend_invite(&MINA);
        assert!(!is_invited(&account, MINA, &used, now));
        assert!(is_invited(&account, MINA, &unused, now));
        assert!(!account.is_invited(&MINA, None, now));
        assert!(!is_invited(&account, MINA, &unused, now + INVITE_LIFETIME));
        account.close_invites();
        assert!(!is_invited(&account, MINA, &unused, now));
    }

    #[test]
    fn an_invite_is_kept_for_the_guest_it_has_admitted_until_its_hello() {
        let now = any_instant();
        let mut account = account();
        let own = account.own_key().expect("a key");
        let token = account.make_invite(here(), now).expect("an invite").token;
        let of_mina = token.proof(&own, &MINA);
        assert!(
            !account.is_invited(&JUN, Some(&of_mina), now),
            "what Mina has shown is of no use to Jun"
        );
        account.reserve_invite(JUN, Some(&of_mina), now);
        account.reserve_invite(MINA, Some(&of_mina), now);
        assert!(is_invited(&account, MINA, &token, now) && !is_invited(&account, JUN, &token, now));
        account.reserve_invite(JUN, Some(&token.proof(&own, &JUN)), now);
        account.spend_invite(&JUN);
        assert!(is_invited(&account, MINA, &token, now), "it is still hers");
        account.spend_invite(&MINA);
        assert!(!is_invited(&account, MINA, &token, now));
    }

    #[test]
    fn the_ninth_invite_closes_the_first() {
        let now = any_instant();
        let mut account = account();
        let mut invite = || account.make_invite(here(), now).expect("an invite").token;
        let tokens: Vec<_> = (0..=MAX_INVITES).map(|_| invite()).collect();
        let open = tokens.iter();
        let open = open.map(|token| is_invited(&account, MINA, token, now));
        assert!(open.eq((0..=MAX_INVITES).map(|index| index > 0)));
    }
}
