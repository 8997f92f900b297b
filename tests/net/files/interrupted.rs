//! Cuts, restarts and pauses: what was verified is not sent again.

use std::fs;

use duologue::{
    net::{Command, Event, FileControl, Hindrance, How, Preferences},
    store::FileState,
};

use super::{Pair, content};
use crate::{
    delivery::start,
    peers::proxy::{Harm, Proxy, Way},
};

#[test]
fn a_file_goes_on_where_it_was_cut() {
    let size = 32_000_000;
    let mut pair = Pair::apart();
    let path = pair.source("cut", size);
    let proxy = Proxy::before(pair.port);
    let first = proxy.carry(Harm::Reset(Way::There, size / 4 * 3));
    let key = pair.keys[1];
    let port = proxy.port();
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(port, How::To(key));
    one.named();
    other.named();
    let rows = pair.offer(0, &path);
    pair.accept(1, rows[1]);
    let second = proxy.carry(Harm::Nothing);
    // The caller calls again by itself.
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    assert!(fs::read(file.path.expect("there")).expect("read") == content(size));
    drop(pair);
    let carried =
        first.join().expect("ended").there.len() + second.join().expect("ended").there.len();
    // A reset takes with it what the system has and the program has not read.
    let lost = 8_000_000;
    assert!(
        carried < size + size / 10 + lost,
        "{carried} bytes for {size}"
    );
}

#[test]
fn a_file_goes_on_after_a_restart_of_either_side() {
    let size = 48_000_000;
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("restart", size);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        pair.programs[side] = None;
        pair.programs[side] = Some(start(&pair.folders[side]));
        if side == 1 {
            pair.port = pair.program(1).listen();
        }
        let port = pair.port;
        let key = pair.keys[1];
        pair.program(0).call(port, How::To(key));
        let file = pair.becomes(1, rows[1], FileState::Arrived);
        pair.becomes(0, rows[0], FileState::Arrived);
        assert!(fs::read(file.path.expect("there")).expect("read") == content(size));
        assert_eq!(pair.downloaded(), ["restart"]);
    }
}

#[test]
fn either_side_pauses_and_goes_on() {
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("pause", 48_000_000);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        pair.control(side, rows[side], FileControl::Pause);
        let paused = |by_me| FileState::Paused {
            by_me,
            by_them: !by_me,
            disk_full: false,
        };
        pair.becomes(side, rows[side], paused(true));
        pair.becomes(1 - side, rows[1 - side], paused(false));
        for (side, row) in rows.into_iter().enumerate() {
            crate::delivery::until("it is kept how far it was", || {
                pair.file(side, row).moved > 0
            });
        }
        // The other one can't let it go on.
        pair.control(1 - side, rows[1 - side], FileControl::Resume);
        for side in 0..2 {
            pair.program(side).settle();
        }
        assert_eq!(pair.file(side, rows[side]).state, paused(true));
        pair.control(side, rows[side], FileControl::Resume);
        pair.becomes(1, rows[1], FileState::Arrived);
        pair.becomes(0, rows[0], FileState::Arrived);
    }
}

/// Its disk was unplugged.
#[test]
fn a_file_whose_folder_is_away_goes_on_when_the_folder_is_back() {
    let mut pair = Pair::meeting();
    let disk = pair.downloads.path().join("disk");
    let unplugged = pair.downloads.path().join("unplugged");
    fs::create_dir(&disk).expect("made");
    let size = 48_000_000;
    let path = pair.source("film", size);
    let rows = pair.offer(0, &path);
    pair.accept_into(1, rows[1], &disk);
    pair.moves(1, rows[1]);
    pair.programs[1] = None;
    fs::rename(&disk, &unplugged).expect("renamed");
    pair.programs[1] = Some(start(&pair.folders[1]));
    pair.port = pair.program(1).listen();
    let (port, key) = (pair.port, pair.keys[1]);
    pair.program(0).call(port, How::To(key));
    let by = pair.program(1).expect("FileHindered", |event| match event {
        Event::FileHindered { row, by, .. } if *row == rows[1] => Some(*by),
        _ => None,
    });
    assert_eq!(by, Hindrance::NoFolder);
    assert!(!disk.exists(), "it would be on another disk");
    pair.program(0).write(1, key, "where is it?");
    assert_eq!(pair.program(1).text(), "where is it?");
    fs::rename(&unplugged, &disk).expect("renamed");
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    assert!(fs::read(file.path.expect("there")).expect("read") == content(size));
    let names: Vec<_> = fs::read_dir(&disk).expect("listed").collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn without_history_an_offer_outlives_a_cut() {
    let mut pair = Pair::meeting();
    for side in 0..2 {
        let preferences = Preferences {
            keep_history: false,
            ..Preferences::default()
        };
        pair.program(side)
            .ask(&Command::SetPreferences(preferences));
    }
    let path = pair.source("later", 300_000);
    let rows = pair.offer(0, &path);
    pair.program(0).ask(&Command::Disconnect);
    pair.program(0).ended();
    pair.program(1).ended();
    for side in 0..2 {
        pair.program(side).settle();
    }
    let (port, key) = (pair.port, pair.keys[1]);
    pair.program(0).call(port, How::To(key));
    pair.program(0).named();
    pair.accept(1, rows[1]);
    pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    assert_eq!(pair.downloaded(), ["later"]);
}

/// Files of these sizes, in bytes, move in each direction at the same time.
const SIZES: [usize; 8] = [
    0, 1, 1_000, 262_144, 300_000, 1_000_000, 3_000_000, 6_000_000,
];
/// How often the connection is cut.
const CUTS: usize = 12;

#[test]
fn files_and_messages_arrive_once_and_whole_through_many_cuts() {
    let mut pair = Pair::apart();
    let proxy = Proxy::before(pair.port);
    let proxy_port = proxy.port();
    // The first and the last connection are not cut, and those between a bit later each time.
    let harms =
        (1..=CUTS).map(|cut| Harm::Reset([Way::There, Way::Back][cut % 2], 6_000 + 250_000 * cut));
    let harms = [Harm::Nothing]
        .into_iter()
        .chain(harms)
        .chain([Harm::Nothing]);
    let (ended, lines) = crossbeam_channel::bounded(CUTS + 2);
    crate::support::thread("one connection after another", move || {
        for harm in harms {
            let line = proxy.carry(harm).join().expect("ended");
            if ended.send(line).is_err() {
                return;
            }
        }
    });
    let key = pair.keys[1];
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(proxy_port, How::To(key));
    one.named();
    other.named();
    let mut offered = Vec::new();
    for size in SIZES {
        for from in 0..2 {
            let path = pair.source(&format!("{from} {size}"), size);
            offered.push((from, size, pair.offer(from, &path)));
        }
    }
    pair.program(0).ask(&Command::Disconnect);
    pair.program(0).ended();
    pair.program(1).ended();
    for (from, _, rows) in &offered {
        pair.accept(1 - from, rows[1 - from]);
    }
    pair.program(0).call(proxy_port, How::To(key));
    let keys = pair.keys;
    for id in 1..=20 {
        let to = keys[1];
        pair.program(0).write(id, to, &format!("message {id}"));
    }
    let mut total = 0;
    for (from, size, rows) in offered {
        let file = pair.becomes(1 - from, rows[1 - from], FileState::Arrived);
        pair.becomes(from, rows[from], FileState::Arrived);
        let arrived = file.path.expect("it is there");
        assert!(
            fs::read(&arrived).expect("read") == content(size),
            "{arrived:?}"
        );
        total += size;
    }
    let texts: Vec<_> = (1..=20).map(|id| format!("message {id}")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    crate::delivery::assert_heard(pair.program(1), &texts);
    assert_eq!(
        pair.downloaded().len(),
        2 * SIZES.len(),
        "{:?}",
        pair.downloaded()
    );
    drop(pair);
    let first = lines.recv().expect("it has ended");
    let mut carried = first.there.len() + first.back.len();
    let mut cuts = 0;
    loop {
        let line = lines.recv().expect("it has ended");
        carried += line.there.len() + line.back.len();
        if !line.harmed {
            break;
        }
        cuts += 1;
    }
    // A reset takes with it what the system has and the program has not read.
    let most = total + total / 10 + cuts * 3_000_000;
    assert!(
        carried < most,
        "{carried} bytes for {total}, with {cuts} cuts"
    );
    assert!(cuts > 2, "{cuts} cuts");
}
