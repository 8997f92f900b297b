use std::{io::ErrorKind, net::IpAddr};

use eframe::egui::{self, FontFamily, FontId};
use jiff::civil::date;

use crate::{
    chat::{Problem, contacts::Contacts, notices::Notice, timeline::Note},
    gui::{locale::*, theme},
    history::ExportError,
    identity::{Contact, IdentityError, PeerId, PublicKey, Trust, invite::InviteError},
    net::{
        Call, ConnectError, EndReason, How, JoinRequest, ListenError, Origin, Rejection, RequestId,
    },
    store::{Lookup, StoreError},
};

const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
const OTHER: PublicKey = PublicKey::from_bytes([2; 32]);
const STRANGER: PublicKey = PublicKey::from_bytes([9; 32]);
const BLOCKED: PublicKey = PublicKey::from_bytes([3; 32]);

/// A constant with every variant of an enum, those with data as examples. If a variant is missing, it does not compile.
macro_rules! every {
    ($name:ident: $type:ident {
        $($unit:ident),+ $(; $($data:pat => [$($example:expr),+]),+)?
    }) => {
        const $name: &[$type] = &[$($type::$unit),+ $(, $($($example),+),+)?];
        const _: fn($type) = |value| match value {
            $($type::$unit => {})+
            $($($data => {})+)?
        };
    };
}

const fn other_key(seen: PublicKey, invited: bool) -> ConnectError {
    ConnectError::OtherKey {
        expected: MINA,
        seen,
        invited,
    }
}

every!(CONNECT: ConnectError {
    UnknownHost, Refused, TimedOut, Unreachable, AnswersPlain, NotEncrypted, Incompatible, OwnKey, Busy, Rejected,
    Undecided, HungUp, StoreUnreadable, NoIdentity;
    ConnectError::OtherKey { .. } => [
        other_key(STRANGER, false), other_key(STRANGER, true), other_key(OTHER, false), other_key(OTHER, true),
        other_key(BLOCKED, false), other_key(BLOCKED, true)
    ],
    ConnectError::Other(_) => [
        ConnectError::Other(ErrorKind::InvalidInput),
        ConnectError::Other(ErrorKind::ConnectionReset),
        ConnectError::Other(ErrorKind::ResourceBusy),
        ConnectError::Other(ErrorKind::Other)
    ]
});
every!(END: EndReason {
    PeerLeft, Lost, ExitReceived, ExitSent, Disconnected, CalledAnother, GaveWay, CameBack, Replaced, Silent,
    Misbehaved, TurnedEncrypted, Blocked, StoreOpened, TookEnough
});
every!(REJECTIONS: Rejection { Busy, Plain, Http, OwnKey, TooManyPending, AskedRecently, NoIdentity });

/// A contact that the person has named Mina, and one that calls itself so.
fn contacts() -> Contacts {
    let peer = |key, my_name: Option<&str>, trust| Contact {
        key,
        my_name: my_name.map(str::to_owned),
        their_name: "Mina".to_owned(),
        trust,
        blocked: false,
        last_ip: None,
        first_met: None,
        last_seen: None,
        addresses: Vec::new(),
        held: 0,
        held_up_to: 0,
    };
    let mut contacts = Contacts::default();
    contacts.set(&[
        peer(MINA, Some("Mina"), Trust::Verified),
        peer(OTHER, None, Trust::Met),
        Contact {
            blocked: true,
            ..peer(BLOCKED, Some(""), Trust::Met)
        },
    ]);
    contacts
}

fn problems(lang: Lang) -> Vec<String> {
    let contacts = contacts();
    let call = Call {
        to: "mina-pc:50000".parse().expect("an endpoint"),
        also: Vec::new(),
        how: How::Encrypted,
    };
    let connect = CONNECT.iter().map(|error| Problem::Connect {
        call: call.clone(),
        error: *error,
    });
    // Without encryption, also where a contact was called, and where nobody could say whether one is.
    let plain = [How::To(MINA), How::Unchecked(None)]
        .into_iter()
        .flat_map(|how| {
            let call = Call {
                how,
                ..call.clone()
            };
            [ConnectError::AnswersPlain, ConnectError::NotEncrypted].map(|error| Problem::Connect {
                call: call.clone(),
                error,
            })
        });
    let connect: Vec<_> = connect.chain(plain).collect();
    let path = || "/home/mina/identity.key".into();
    let identity = [
        IdentityError::Damaged(path()),
        IdentityError::Unreadable(path(), ErrorKind::PermissionDenied),
        IdentityError::Unwritable(path(), ErrorKind::StorageFull),
        IdentityError::NoRandomness,
    ];
    let identity = identity.map(Problem::Identity);
    let listen = [
        ListenError::PortInUse,
        ListenError::NotOurAddress,
        ListenError::NoPermission,
        ListenError::UnknownHost,
        ListenError::Other(ErrorKind::Other),
    ];
    let listen = listen.map(|error| Problem::Listen {
        at: call.to.clone(),
        error,
        instead: None,
    });
    let others = [Problem::Crashed, Problem::Busy];
    let all = connect
        .iter()
        .chain(&identity)
        .chain(&listen)
        .chain(&others);
    let mut said: Vec<_> = all
        .map(|problem| lang.problem(problem, &contacts))
        .collect();
    let store = [
        StoreError::Newer,
        StoreError::Busy,
        StoreError::NoLocks,
        StoreError::NoSharedMemory,
        StoreError::Io(ErrorKind::NotADirectory),
        StoreError::Io(ErrorKind::PermissionDenied),
        StoreError::Io(ErrorKind::StorageFull),
        StoreError::Io(ErrorKind::Other),
        StoreError::Damaged,
    ];
    said.extend(store.map(|error| lang.store_error(error)));
    // Those of a newer version and of a file in place of the folder say the same, because they last.
    let closed = store.into_iter().filter(|error| {
        let lasts = [StoreError::Newer, StoreError::Io(ErrorKind::NotADirectory)];
        !lasts.contains(error)
    });
    said.extend(closed.map(|error| lang.store_closed(error)));
    let invite = [
        InviteError::BadKey,
        InviteError::BadHost,
        InviteError::TooLong,
    ];
    said.extend(invite.map(|error| lang.invite_error(error).to_owned()));
    said
}

fn notes(lang: Lang) -> Vec<String> {
    let contacts = contacts();
    let from = IpAddr::from([192, 168, 0, 5]);
    let mut notes = vec![
        Note::PlainNow(MINA),
        Note::UncheckedPlain,
        Note::Namesake {
            key: OTHER,
            known: MINA,
        },
        Note::NeedsNewer,
        Note::Missed(1),
        Note::Missed(3),
        Note::Missed(u64::MAX),
        Note::ClockOff(MINA, 720_000),
        Note::Finished(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)),
        Note::ClockOff(OTHER, -86_400_000),
    ];
    for key in [None, Some(MINA)] {
        for origin in [Origin::Dialled, Origin::Accepted] {
            let peer = (from, 50_000).into();
            notes.push(Note::Connected { peer, origin, key });
        }
        notes.extend(END.iter().map(|reason| Note::Ended {
            peer: from,
            key,
            reason: *reason,
        }));
    }
    let mut notices = vec![Notice::UnknownRefused];
    for count in [1, 3] {
        let rejected = |why: &Rejection| Notice::CallersRejected {
            why: *why,
            from,
            count,
        };
        notices.extend(REJECTIONS.iter().map(rejected));
    }
    let notices = notices.iter().map(|notice| lang.notice(notice, &contacts));
    let notes = notes.iter().map(|note| lang.note(note, &contacts));
    notes.chain(notices).collect()
}

fn people(lang: Lang) -> Vec<String> {
    let contacts = contacts();
    let stranger = STRANGER;
    let mut said = vec![lang.held_count(2)];
    for peer_id in [
        PeerId::Key(stranger),
        PeerId::Key(MINA),
        PeerId::Key(OTHER),
        PeerId::Address("192.168.0.5".into()),
    ] {
        let ask = JoinRequest {
            id: RequestId(1),
            from: IpAddr::from([192, 168, 0, 5]),
            peer_id,
            encrypted_before: Lookup::Nothing,
        };
        said.push(lang.take_more_question(&contacts, &ask.peer_id, 200_000_000));
        said.push(lang.asks(&contacts, &ask));
        said.push(lang.asks_from(ask.from, &ask.peer_id));
    }
    for key in [stranger, MINA, OTHER] {
        said.push(lang.whole_key(&key));
        said.push(lang.waiting_for(&contacts, &key));
        said.push(lang.is_typing(&contacts, &key));
        said.push(lang.connect_to(&contacts, &key));
        said.push(lang.verify_title(&contacts, &key));
        said.push(lang.forget_question(&contacts, &key));
        said.push(lang.forget_them(&contacts, &key));
        said.push(lang.new_key_for(&contacts, &key));
        said.push(lang.talk_to(&contacts, &key, &MINA));
        said.push(lang.replace_title(&contacts, &key));
        said.push(lang.replace_question(&contacts, &key, &stranger));
        said.push(lang.plain_to_contact(&contacts, &key));
        said.push(lang.held(&contacts, &key, 1));
        said.push(lang.held(&contacts, &key, 2));
        said.push(lang.encrypted_before(&contacts, &key));
        said.push(lang.name_for(&lang.label(&contacts, &key)));
    }
    let day = date(2026, 11, 22);
    said.push(lang.arrived(day.at(7, 5, 0, 0).time(), Some(day)));
    said.push(lang.arrived(day.at(7, 5, 0, 0).time(), None));
    said.push(lang.reconnecting_in(5));
    said.push(lang.not_delivered_yet(3));
    said.push(lang.salvaged(Salvage::default()));
    for delivery in [
        Delivery::Sending,
        Delivery::Waiting,
        Delivery::Held,
        Delivery::Sent,
        Delivery::Delivered,
        Delivery::Recalled,
        Delivery::NotSent,
    ] {
        said.push(lang.delivery(delivery).to_owned());
    }
    said.push(lang.seen_as("Guest"));
    said.push(lang.own_name_is("Mina"));
    for trust in [Trust::Met, Trust::Accepted, Trust::Invited, Trust::Verified] {
        said.push(lang.trust(trust).to_owned());
        said.push(lang.encrypted_how(Some(trust)).to_owned());
    }
    said
}

#[test]
fn days_are_written_as_people_write_them() {
    let today = date(2026, 11, 22);
    assert_eq!(Lang::En.day(today, today), "Sunday, 22 November");
    assert_eq!(Lang::Ko.day(today, today), "11월 22일 일요일");
    assert_eq!(
        Lang::En.day(date(2025, 12, 31), today),
        "Wednesday, 31 December 2025"
    );
    assert_eq!(
        Lang::Ko.day(date(2025, 12, 31), today),
        "2025년 12월 31일 수요일"
    );
}

#[test]
fn numbers_are_grouped() {
    assert_eq!(grouped(7), "7");
    assert_eq!(grouped(1234), "1,234");
    assert_eq!(grouped(1_234_567), "1,234,567");
}

#[test]
fn phrases_differ_between_the_languages() {
    for (en, ko) in Lang::En.phrases().into_iter().zip(Lang::Ko.phrases()) {
        assert_ne!(en, ko);
        assert!(!en.is_empty() && !ko.is_empty());
    }
}

#[test]
fn each_error_has_its_own_sentence_in_both_languages() {
    let (en, ko) = (problems(Lang::En), problems(Lang::Ko));
    assert_eq!(en.len(), ko.len());
    for (number, (en, ko)) in en.iter().zip(&ko).enumerate() {
        assert_ne!(en, ko);
        for sentence in [en, ko] {
            assert!(sentence.ends_with(['.', '?']), "{sentence}");
            let same = problems(Lang::En)
                .iter()
                .chain(&problems(Lang::Ko))
                .filter(|other| *other == sentence)
                .count();
            assert_eq!(same, 1, "{number}: {sentence}");
        }
    }
}

#[test]
fn each_export_error_has_its_own_sentence() {
    let kinds = [
        ErrorKind::StorageFull,
        ErrorKind::PermissionDenied,
        ErrorKind::NotFound,
        ErrorKind::Other,
    ];
    for lang in Lang::ALL {
        let mut said = kinds
            .map(|kind| lang.export_error(ExportError::Io(kind)))
            .to_vec();
        said.extend([ExportError::Busy, ExportError::Gone].map(|error| lang.export_error(error)));
        for (number, sentence) in said.iter().enumerate() {
            assert!(sentence.ends_with('.'), "{sentence}");
            assert!(!said.iter().skip(number + 1).any(|other| other == sentence));
        }
    }
}

#[test]
fn korean_particles_fit_the_name_before_them() {
    let contacts = contacts();
    assert_eq!(Lang::Ko.is_typing(&contacts, &MINA), "Mina가 입력 중…");
    assert_eq!(
        Lang::Ko.is_typing(&contacts, &OTHER),
        "‘Mina’ 님이 입력 중…"
    );
    let stranger = PublicKey::from_bytes([9; 32]);
    let said = Lang::Ko.connect_to(&contacts, &stranger);
    assert!(
        said.starts_with("모르는 사람(") && said.ends_with(")과 연결"),
        "{said}"
    );
}

#[test]
fn the_bundled_fonts_have_every_character() {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
        let font = FontId::new(14.0, FontFamily::Proportional);
        for lang in Lang::ALL {
            let fixed = lang.phrases().into_iter().map(str::to_owned);
            let others = [
                problems(lang),
                notes(lang),
                people(lang),
                history::samples(lang, &contacts()),
            ]
            .concat();
            for words in fixed.chain(others) {
                for character in words.chars() {
                    let is_there = ui.fonts_mut(|fonts| fonts.has_glyph(&font, character));
                    assert!(is_there, "{character:?} of {words:?}");
                }
            }
        }
    });
    output.textures_delta.clear();
}

#[test]
fn a_number_that_only_the_peer_knows_is_its_claim_and_never_huge() {
    let contacts = Contacts::default();
    for (lang, words) in [
        (Lang::En, "The other side says"),
        (Lang::Ko, "상대방에 따르면"),
    ] {
        for count in [1, 999, 1_000, u64::MAX] {
            let note = lang.note(&Note::Missed(count), &contacts);
            assert!(note.starts_with(words), "{note}");
            let digits = note.chars().filter(char::is_ascii_digit).count();
            assert!(digits <= 4, "{note}");
        }
    }
}
