use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ED25519, EcdsaKeyPair, UnparsedPublicKey,
};
use rustls::SignatureScheme;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; 32])
}

/// To recompute with Python:
/// `hashlib.sha256(b"duologue key v1\0" + b"\1" * 32).hexdigest()[:32]`
#[test]
fn the_fingerprint_is_the_documented_one() {
    for (byte, expected) in [
        (1, "8548 48c8 c383 5c13 6f8d 0cf5 3bc9 7d39"),
        (2, "d50c e5be e451 3f2b e805 2466 aa85 549e"),
    ] {
        assert_eq!(key(byte).fingerprint(), expected);
        assert_eq!(format!("{:?}", key(byte)), format!("PublicKey({expected})"));
    }
}

/// To recompute with Python, for keys `a < b`:
/// `h = hashlib.pbkdf2_hmac("sha512", a + b, b"duologue safety number v2", 100_000, 60)`, then
/// `" ".join("%05d" % (int.from_bytes(h[i:i+5], "big") % 100000) for i in range(0, 60, 5))`
#[test]
fn the_safety_number_is_the_documented_one() {
    let counted = PublicKey::from_bytes(std::array::from_fn(|i| i as u8));
    for (one, other, expected) in [
        (
            key(1),
            key(2),
            "73524 79015 01354 84929 44857 87481 29863 08261 79147 31736 30929 88565",
        ),
        // Bytes, not signed ones: ff is the larger.
        (
            counted,
            key(0xff),
            "91020 00698 24411 09850 71673 05835 51663 84471 07005 20023 71111 99774",
        ),
    ] {
        assert_eq!(SafetyNumber::of(&one, &other).to_string(), expected);
        assert_eq!(SafetyNumber::of(&other, &one).to_string(), expected);
    }
    let groups: Vec<_> = SafetyNumber::of(&key(1), &key(2)).groups().collect();
    assert_eq!(groups.len(), 12);
    assert_eq!(groups.get(1).map(String::as_str), Some("79015"));
}

#[test]
fn only_ed25519_in_its_one_encoding_is_a_key() {
    let spki = key(7).to_spki();
    assert_eq!(PublicKey::from_spki(&spki), Some(key(7)));
    assert_eq!(PublicKey::from_spki(&spki[..43]), None);
    assert_eq!(PublicKey::from_spki(&[&spki[..], &[0]].concat()), None);
    assert_eq!(PublicKey::from_spki(&[7; 32]), None);
    assert_eq!(PublicKey::from_spki(&[]), None);
    for place in 0..12 {
        let mut other = spki;
        // At place 8 this makes X25519 (…6e) of it, among others.
        other[place] ^= 0x1e;
        assert_eq!(PublicKey::from_spki(&other), None, "{place}");
    }
}

/// Of order 1, 2, 4, 8 and 8, with the sign of x either way, and what is read as one of the first of them.
#[test]
fn keys_of_small_order_or_in_another_encoding_are_refused() {
    let number = |lowest: u8, rest: u8, highest: u8| {
        let mut bytes = [rest; 32];
        bytes[0] = lowest;
        bytes[31] = highest;
        bytes
    };
    let of_order_8: [&[u8; 64]; 2] = [
        b"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        b"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ];
    let of_order_8: [[u8; 32]; 2] = of_order_8.map(|hex| {
        let bytes = data_encoding::HEXLOWER.decode(hex).expect("digits");
        bytes.try_into().expect("32 bytes")
    });
    let mut refused = vec![number(0, 0, 0), number(1, 0, 0), number(0xec, 0xff, 0x7f)];
    refused.extend(of_order_8);
    // From the prime on.
    refused.extend((0xed..=0xff).map(|lowest| number(lowest, 0xff, 0x7f)));
    for mut bytes in refused {
        for sign in [0, 0x80] {
            bytes[31] = bytes[31] & 0x7f | sign;
            assert_eq!(PublicKey::from_peer(bytes), None, "{bytes:x?}");
            let spki = PublicKey::from_bytes(bytes).to_spki();
            assert_eq!(PublicKey::from_spki(&spki), None, "{bytes:x?}");
        }
    }
    for bytes in [
        number(2, 0, 0),
        number(0xeb, 0xff, 0x7f),
        number(0xeb, 0xff, 0xff),
    ] {
        let key = Some(PublicKey::from_bytes(bytes));
        assert_eq!(PublicKey::from_peer(bytes), key, "{bytes:x?}");
    }
}

#[test]
fn the_key_rustls_gets_signs_for_the_public_one() {
    let identity = Identity::generate().expect("made");
    let certified = identity.certified_key();
    assert_eq!(
        certified.cert.as_slice(),
        [CertificateDer::from(
            identity.public_key().to_spki().to_vec()
        )]
    );
    let signer = certified
        .key
        .choose_scheme(&[SignatureScheme::ED25519])
        .expect("Ed25519");
    let signature = signer.sign(b"hello").expect("signed");
    UnparsedPublicKey::new(&ED25519, identity.public_key().as_bytes())
        .verify(b"hello", &signature)
        .expect("the signature is right");
    assert_ne!(
        Identity::generate().expect("made").public_key(),
        identity.public_key()
    );
}

#[test]
fn a_folder_keeps_its_key() {
    let folder = folder();
    let below = folder.path().join("not/yet/there");
    let first = Identity::load_or_create(&below).expect("made");
    let again = Identity::load_or_create(&below).expect("loaded");
    assert_eq!(first.public_key(), again.public_key());
    let files = fs::read_dir(&below).expect("listed").count();
    assert_eq!(files, 1, "nothing is left over");
}

#[test]
fn two_starts_at_once_get_the_same_key() {
    for _ in 0..20 {
        let folder = folder();
        let both = std::sync::Barrier::new(2);
        let start = || {
            both.wait();
            Identity::load_or_create(folder.path()).map(|identity| identity.public_key())
        };
        let (one, other) = std::thread::scope(|scope| {
            let one = scope.spawn(start);
            let other = scope.spawn(start);
            (one.join().expect("ran"), other.join().expect("ran"))
        });
        assert_eq!(one.expect("made"), other.expect("made"));
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}

#[cfg(unix)]
#[test]
fn only_this_user_can_read_the_key() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path| {
        let metadata = fs::metadata(path).expect("it exists");
        metadata.permissions().mode() & 0o777
    };
    let folder = folder();
    let below = folder.path().join("below");
    let path = below.join(FILE_NAME);
    Identity::load_or_create(&below).expect("made");
    assert_eq!((mode(&below), mode(&path)), (0o700, 0o600));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("widened");
    Identity::load_or_create(&below).expect("loaded");
    assert_eq!(mode(&path), 0o600);
}

/// What may stand in the file without being a key.
fn damaged_files() -> Vec<(&'static str, Vec<u8>)> {
    let good = new_key().expect("made").as_ref().to_vec();
    let turned = |place: usize| {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        bytes
    };
    let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
        .expect("made");
    vec![
        ("empty", Vec::new()),
        ("garbage", b"no key at all".to_vec()),
        ("zeroes", vec![0; good.len()]),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("half", good[..good.len() / 2].to_vec()),
        ("a bit of the private key", turned(20)),
        ("a bit of the public key", turned(good.len() - 1)),
        ("long", [&good[..], &[0; 4096]].concat()),
        ("P-256", p256.as_ref().to_vec()),
    ]
}

#[test]
fn a_damaged_key_is_an_error_and_stays_as_it_is() {
    for (what, bytes) in damaged_files() {
        let folder = folder();
        let path = folder.path().join(FILE_NAME);
        fs::write(&path, &bytes).expect("written");
        assert_eq!(
            Identity::load_or_create(folder.path()).map(|_| ()),
            Err(IdentityError::Damaged(path.clone())),
            "{what}"
        );
        assert_eq!(fs::read(&path).expect("still there"), bytes, "{what}");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}

#[test]
fn a_folder_in_place_of_the_key_is_an_error_and_stays() {
    let folder = folder();
    let path = folder.path().join(FILE_NAME);
    fs::create_dir(&path).expect("made");
    fs::write(path.join("inside"), b"something").expect("written");
    assert_eq!(
        Identity::load_or_create(folder.path()).map(|_| ()),
        Err(IdentityError::Damaged(path.clone()))
    );
    assert_eq!(fs::read(path.join("inside")).expect("read"), b"something");
    let (_, aside) = Identity::replace_damaged(folder.path()).expect("replaced");
    let inside = aside.expect("set aside").join("inside");
    assert_eq!(fs::read(inside).expect("read"), b"something");
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_an_error_and_stays() {
    let folder = folder();
    let path = folder.path().join(FILE_NAME);
    std::os::unix::fs::symlink("gone", &path).expect("linked");
    assert_eq!(
        Identity::load_or_create(folder.path()).map(|_| ()),
        Err(IdentityError::Unreadable(
            path.clone(),
            io::ErrorKind::NotFound
        ))
    );
    assert!(path.is_symlink());
    let (identity, aside) = Identity::replace_damaged(folder.path()).expect("replaced");
    assert_eq!(aside, Some(folder.path().join("identity.bad")));
    let again = Identity::load_or_create(folder.path()).expect("loaded");
    assert_eq!(identity.public_key(), again.public_key());
}

#[test]
fn replacing_keeps_every_damaged_file_and_no_good_one_is_replaced() {
    let folder = folder();
    let path = folder.path().join(FILE_NAME);
    for (number, (what, bytes)) in damaged_files().into_iter().enumerate() {
        fs::write(&path, &bytes).expect("written");
        let name = match number {
            0 => "identity.bad".to_owned(),
            _ => format!("identity.bad{}", number + 1),
        };
        let (identity, aside) = Identity::replace_damaged(folder.path()).expect("replaced");
        assert_eq!(aside, Some(folder.path().join(name)), "{what}");
        assert_eq!(fs::read(aside.expect("kept")).expect("kept"), bytes);
        let again = Identity::load_or_create(folder.path()).expect("loaded");
        assert_eq!(again.public_key(), identity.public_key());

        let (kept, aside) = Identity::replace_damaged(folder.path()).expect("nothing to do");
        assert_eq!((kept.public_key(), aside), (identity.public_key(), None));
    }
    fs::remove_file(&path).expect("removed");
    let (_, aside) = Identity::replace_damaged(folder.path()).expect("made");
    assert_eq!(aside, None);
}

#[test]
fn a_folder_that_cannot_be_used_is_reported() {
    let folder = folder();
    let file = folder.path().join("a file");
    fs::write(&file, b"its text").expect("written");
    for place in [file.clone(), file.join("below it")] {
        let error = Identity::load_or_create(&place).expect_err("no folder");
        assert!(
            matches!(
                error,
                IdentityError::Unreadable(..) | IdentityError::Unwritable(..)
            ),
            "{error:?}"
        );
        Identity::replace_damaged(&place).expect_err("no folder");
    }
    assert_eq!(fs::read(&file).expect("still there"), b"its text");
}

#[test]
fn debug_shows_the_fingerprint_and_nothing_else() {
    let identity = Identity::generate().expect("made");
    let fingerprint = identity.public_key().fingerprint();
    assert_eq!(format!("{identity:?}"), format!("Identity({fingerprint})"));
    assert_eq!(format!("{identity:#?}"), format!("Identity({fingerprint})"));
}
