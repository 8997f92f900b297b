//! Reads invites from arbitrary text, and from the text of an invite with arbitrary changes. What is read can be called,
//! and is written so that it reads the same.
#![no_main]

use arbitrary::Arbitrary;
use duologue::{
    endpoint::Endpoint,
    identity::{
        PublicKey,
        invite::{Invite, InviteError, Token, looks_like_invite},
    },
};
use libfuzzer_sys::fuzz_target;

/// Maximum number of addresses in an invite.
const MAX_HOSTS: usize = 8;

#[derive(Debug, Arbitrary)]
struct Change<'a> {
    place: u16,
    length: u8,
    text: &'a str,
}

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Text(&'a str),
    Changed {
        hosts: Vec<(&'a str, u16)>,
        key: [u8; 32],
        token: [u8; 16],
        changes: Vec<Change<'a>>,
    },
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Text(text) => check(text),
        Input::Changed {
            hosts,
            key,
            token,
            changes,
        } => {
            let hosts: Vec<_> = hosts
                .iter()
                .filter_map(|(host, port)| Endpoint::from_fields(host, &port.to_string()).ok())
                .filter_map(|endpoint| endpoint.connectable().ok())
                .take(MAX_HOSTS)
                .collect();
            let Some(key) = PublicKey::from_peer(key).filter(|_| !hosts.is_empty()) else {
                return;
            };
            let token = Token::from_bytes(token);
            let mut text = Invite { hosts, key, token }.to_string();
            check(&text);
            for change in changes {
                let place = usize::from(change.place) % (text.len() + 1);
                let start = text.floor_char_boundary(place);
                let end = text.floor_char_boundary((start + usize::from(change.length)).min(text.len()));
                text.replace_range(start..end, change.text);
            }
            check(&text);
        }
    }
});

fn check(text: &str) {
    match text.parse::<Invite>() {
        Ok(invite) => {
            assert!(looks_like_invite(text));
            assert!((1..=MAX_HOSTS).contains(&invite.hosts.len()));
            assert!(invite.hosts.iter().all(|host| host.port != 0));
            assert_eq!(PublicKey::from_peer(*invite.key.as_bytes()), Some(invite.key));
            let written = invite.to_string();
            assert!(written.is_ascii());
            // Escaping makes the hosts of some invites longer than an invite may be.
            match written.parse::<Invite>() {
                Err(InviteError::TooLong) => {}
                again => assert_eq!(again, Ok(invite)),
            }
        }
        Err(InviteError::NotAnInvite) => assert!(!looks_like_invite(text)),
        Err(_) => assert!(looks_like_invite(text)),
    }
}
