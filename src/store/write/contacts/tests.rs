use super::*;

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; 32])
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn store() -> Store {
    Store::in_memory().expect("opened")
}

/// Meets a contact at 10.0.0.`byte` at the time `byte`.
fn meet(store: &mut Store, byte: u8, trust: Trust, endpoint: Option<&str>) {
    let place = IpAddr::from([10, 0, 0, byte]);
    let name = format!("peer {byte}");
    store
        .record_contact(
            &key(byte),
            &name,
            trust,
            place,
            endpoint,
            Millis::new(byte.into()),
        )
        .expect("kept");
}

fn contact(store: &Store, byte: u8) -> Contact {
    let found = store.contact(&key(byte)).expect("read");
    found.expect("known")
}

fn trust(store: &Store, byte: u8) -> Trust {
    contact(store, byte).trust
}

#[test]
fn contacts_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut store = Store::open(folder.path()).expect("opened").store;
    meet(&mut store, 1, Trust::Met, None);
    meet(&mut store, 3, Trust::Invited, Some("mina-pc:50000"));
    meet(&mut store, 2, Trust::Accepted, None);
    meet(&mut store, 3, Trust::Met, Some("10.0.0.3:7"));
    store.rename(&key(3), Some("미나 \u{1F600}")).expect("kept");
    store.set_blocked(&key(1), true).expect("kept");
    let before = store.contacts().expect("read");
    assert_eq!(
        before,
        [
            Contact {
                key: key(3),
                my_name: Some("미나 \u{1F600}".to_owned()),
                their_name: "peer 3".to_owned(),
                trust: Trust::Invited,
                blocked: false,
                last_ip: Some(ip("10.0.0.3")),
                first_met: Some(Millis::new(3)),
                last_seen: Some(Millis::new(3)),
                addresses: vec!["10.0.0.3:7".to_owned(), "mina-pc:50000".to_owned()],
                held: 0,
                held_up_to: 0,
            },
            Contact {
                key: key(2),
                my_name: None,
                their_name: "peer 2".to_owned(),
                trust: Trust::Accepted,
                blocked: false,
                last_ip: Some(ip("10.0.0.2")),
                first_met: Some(Millis::new(2)),
                last_seen: Some(Millis::new(2)),
                addresses: Vec::new(),
                held: 0,
                held_up_to: 0,
            },
            Contact {
                key: key(1),
                my_name: None,
                their_name: "peer 1".to_owned(),
                trust: Trust::Met,
                blocked: true,
                last_ip: Some(ip("10.0.0.1")),
                first_met: Some(Millis::new(1)),
                last_seen: Some(Millis::new(1)),
                addresses: Vec::new(),
                held: 0,
                held_up_to: 0,
            },
        ]
    );
    for known in &before {
        assert_eq!(store.contact(&known.key), Ok(Some(known.clone())));
    }
    assert_eq!(store.contact(&key(9)), Ok(None));
    drop(store);

    let opened = Store::open(folder.path()).expect("opened again");
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.store.contacts(), Ok(before));
}

#[test]
fn meeting_again_updates_their_name_and_not_what_the_person_set() {
    let mut store = store();
    meet(&mut store, 1, Trust::Accepted, None);
    store.rename(&key(1), Some("Mina")).expect("kept");
    store.set_blocked(&key(1), true).expect("kept");
    store
        .record_contact(
            &key(1),
            "new name",
            Trust::Met,
            ip("::ffff:10.9.9.9"),
            None,
            Millis::new(-5),
        )
        .expect("kept");
    let known = contact(&store, 1);
    assert_eq!(known.my_name.as_deref(), Some("Mina"));
    assert!(known.blocked);
    assert_eq!(known.their_name, "new name");
    assert_eq!(
        (known.last_ip, known.last_seen),
        (Some(ip("10.9.9.9")), Some(Millis::new(-5)))
    );
    store.rename(&key(1), None).expect("kept");
    store.set_blocked(&key(1), false).expect("kept");
    let known = contact(&store, 1);
    assert_eq!((known.my_name, known.blocked), (None, false));
}

#[test]
fn meeting_raises_trust_and_never_lowers_it() {
    let all = [Trust::Met, Trust::Accepted, Trust::Invited, Trust::Verified];
    assert!(all.is_sorted());
    for before in all {
        for now in all {
            let mut store = store();
            meet(&mut store, 1, before, None);
            assert_eq!(trust(&store, 1), before);
            meet(&mut store, 1, now, None);
            assert_eq!(trust(&store, 1), before.max(now));
        }
    }
}

#[test]
fn verifying_can_be_undone() {
    let mut store = store();
    for (byte, before, after) in [
        (1, Trust::Met, Trust::Met),
        (2, Trust::Accepted, Trust::Accepted),
        (3, Trust::Invited, Trust::Invited),
        (4, Trust::Verified, Trust::Accepted),
    ] {
        meet(&mut store, byte, before, None);
        store.set_verified(&key(byte), false).expect("kept");
        assert_eq!(trust(&store, byte), after);
        store.set_verified(&key(byte), true).expect("kept");
        assert_eq!(trust(&store, byte), Trust::Verified);
        store.set_verified(&key(byte), false).expect("kept");
        assert_eq!(trust(&store, byte), Trust::Accepted);
    }
}

#[test]
fn only_blocking_makes_an_unknown_key_known() {
    let mut store = store();
    store.rename(&key(1), Some("Mina")).expect("nothing");
    store.set_verified(&key(1), true).expect("nothing");
    store.set_verified(&key(1), false).expect("nothing");
    store.set_blocked(&key(1), false).expect("nothing");
    store.forget(&key(1)).expect("nothing");
    assert_eq!(store.contacts(), Ok(Vec::new()));

    meet(&mut store, 2, Trust::Verified, None);
    store.set_blocked(&key(1), true).expect("kept");
    let known = contact(&store, 1);
    assert!(known.blocked);
    assert_eq!((known.trust, known.last_seen), (Trust::Met, None));
    let last = store
        .contacts()
        .expect("read")
        .pop()
        .expect("two are known");
    assert_eq!(last, known, "never seen, so last");
}

#[test]
fn an_address_belongs_to_the_key_that_answered_there_last() {
    let mut store = store();
    assert_eq!(store.key_at("mina-pc:50000"), Ok(None));
    meet(&mut store, 1, Trust::Accepted, Some("mina-pc:50000"));
    assert_eq!(store.key_at("mina-pc:50000"), Ok(Some(key(1))));
    assert_eq!(store.key_at("Mina-PC:50000"), Ok(Some(key(1))));
    assert_eq!(store.key_at("mina-pc:50001"), Ok(None));
    meet(&mut store, 2, Trust::Accepted, Some("MINA-PC:50000"));
    assert_eq!(store.key_at("mina-pc:50000"), Ok(Some(key(2))));
    assert_eq!(contact(&store, 1).addresses, Vec::<String>::new());
    meet(&mut store, 2, Trust::Accepted, None);
    assert_eq!(store.key_at("mina-pc:50000"), Ok(Some(key(2))));
}

#[test]
fn forgetting_a_contact_forgets_its_addresses() {
    let mut store = store();
    meet(&mut store, 1, Trust::Verified, Some("a:1"));
    meet(&mut store, 1, Trust::Verified, Some("b:1"));
    meet(&mut store, 2, Trust::Verified, Some("c:1"));
    store.forget(&key(1)).expect("forgotten");
    assert_eq!(store.contact(&key(1)), Ok(None));
    assert_eq!(store.key_at("a:1"), Ok(None));
    assert_eq!(store.key_at("b:1"), Ok(None));
    assert_eq!(store.key_at("c:1"), Ok(Some(key(2))));
    let left = "SELECT count(*) FROM addresses";
    let left = store.connection.query_row(left, [], |row| row.get(0));
    assert_eq!(left, Ok(1));
}

#[test]
fn a_new_key_takes_over_names_and_addresses_but_is_not_verified() {
    let mut store = store();
    meet(&mut store, 1, Trust::Verified, Some("a:1"));
    meet(&mut store, 1, Trust::Verified, Some("b:1"));
    store.rename(&key(1), Some("Mina")).expect("kept");
    let old = contact(&store, 1);
    assert_eq!(store.rekey(&key(1), &key(2)), Ok(true));
    assert_eq!(store.contact(&key(1)), Ok(None));
    let expected = Contact {
        key: key(2),
        trust: Trust::Accepted,
        ..old
    };
    assert_eq!(contact(&store, 2), expected);
    assert_eq!(store.key_at("b:1"), Ok(Some(key(2))));
}

/// Two people, whatever is known of them.
#[test]
fn a_key_that_is_known_replaces_no_other() {
    for (trust, blocked) in [
        (Trust::Met, false),
        (Trust::Verified, false),
        (Trust::Met, true),
    ] {
        let mut store = store();
        meet(&mut store, 1, Trust::Verified, Some("a:1"));
        meet(&mut store, 2, trust, Some("b:1"));
        store.set_blocked(&key(2), blocked).expect("kept");
        let before = store.contacts();
        assert_eq!(store.rekey(&key(1), &key(2)), Ok(false));
        assert_eq!(store.contacts(), before);
    }
}

#[test]
fn a_contact_says_how_many_messages_are_held_for_it() {
    let mut store = store();
    // Two addresses: the count is that of the contact.
    meet(&mut store, 1, Trust::Accepted, Some("a:1"));
    meet(&mut store, 1, Trust::Accepted, Some("b:1"));
    let peer_id = crate::identity::PeerId::Key(key(1));
    let stream = crate::identity::StreamId::from_bytes([1; 16]);
    let mut batch = store.batch().expect("begun");
    let id = batch.conversation(&peer_id, Millis::new(1)).expect("made");
    for text in ["one", "two"] {
        batch.write(id, text, stream, Millis::new(1)).expect("kept");
    }
    batch.commit().expect("kept");
    assert_eq!(contact(&store, 1).held, 0, "they wait");
    assert_eq!(store.rekey(&key(1), &key(2)), Ok(true));
    let mina = contact(&store, 2);
    assert_eq!((mina.held, mina.held_up_to), (2, 2));
    store
        .send_held(id, crate::identity::StreamId::from_bytes([2; 16]))
        .expect("kept");
    let mina = contact(&store, 2);
    assert_eq!((mina.held, mina.held_up_to), (0, 0));
}

#[test]
fn a_new_key_does_not_lift_a_block() {
    let mut store = store();
    meet(&mut store, 1, Trust::Accepted, None);
    store.set_blocked(&key(1), true).expect("kept");
    assert_eq!(store.rekey(&key(1), &key(2)), Ok(true));
    assert!(contact(&store, 2).blocked);
}

#[test]
fn a_new_key_for_an_unknown_one_or_for_itself_changes_nothing() {
    let mut store = store();
    meet(&mut store, 1, Trust::Verified, Some("a:1"));
    let before = store.contacts();
    store.rekey(&key(1), &key(1)).expect("nothing");
    store.rekey(&key(8), &key(9)).expect("nothing");
    store.rekey(&key(8), &key(1)).expect("nothing");
    assert_eq!(store.contacts(), before);
}

#[test]
fn the_contact_last_seen_at_an_ip_address_is_found() {
    let mut store = store();
    let here = ip("10.0.0.1");
    let last_at = |store: &Store, place| {
        let found = store.last_at(ip(place)).expect("read");
        found.map(|known| known.key)
    };
    assert_eq!(last_at(&store, "10.0.0.1"), None);
    for (byte, time) in [(1, 10), (2, 30), (3, 20)] {
        store
            .record_contact(
                &key(byte),
                "",
                Trust::Met,
                here,
                Some("a:1"),
                Millis::new(time),
            )
            .expect("kept");
    }
    assert_eq!(last_at(&store, "10.0.0.1"), Some(key(2)));
    assert_eq!(last_at(&store, "::ffff:10.0.0.1"), Some(key(2)));
    assert_eq!(last_at(&store, "10.0.0.2"), None);
    store.set_blocked(&key(2), true).expect("kept");
    assert_eq!(last_at(&store, "10.0.0.1"), Some(key(3)));
    // It has moved on.
    store
        .record_contact(
            &key(3),
            "",
            Trust::Met,
            ip("fe80::1"),
            None,
            Millis::new(40),
        )
        .expect("kept");
    assert_eq!(last_at(&store, "10.0.0.1"), Some(key(1)));
    assert_eq!(last_at(&store, "fe80::1"), Some(key(3)));

    for loopback in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        store
            .record_contact(&key(4), "", Trust::Met, ip(loopback), None, Millis::new(50))
            .expect("kept");
        assert_eq!(last_at(&store, loopback), None);
    }
}
