//! Disks that are full or can't be written. A test that mounts one runs itself again in a process with its own mounts.

use std::process::{Command, Stdio};

use super::*;

const G: usize = GROUP as usize;
/// Set in a process that has its own mounts.
const OWN_MOUNTS: &str = "DUOLOGUE_TEST_OWN_MOUNTS";

/// Runs this test again in a process with its own mounts. Returns true in that process.
fn in_own_mounts(test: &str) -> bool {
    if std::env::var_os(OWN_MOUNTS).is_some() {
        return true;
    }
    let somewhere = tempfile::tempdir().expect("a folder");
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let way = ways.into_iter().find(|way| {
        let tried = Command::new("unshare")
            .args(*way)
            .args(["mount", "-t", "tmpfs", "tmpfs"])
            .arg(somewhere.path())
            .stdin(Stdio::null())
            .output();
        tried.is_ok_and(|tried| tried.status.success())
    });
    let Some(way) = way else {
        println!(
            "LEFT OUT: {test}, which needs to mount a small disk, and this user may not (unshare --mount)"
        );
        return false;
    };
    let output = Command::new("unshare")
        .args(way)
        .arg(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            &format!("files::tests::disks::{test}"),
            "--nocapture",
        ])
        .env(OWN_MOUNTS, "1")
        .output()
        .expect("unshare was there before");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // A test that is not found is a success, too.
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{test}: {said}"
    );
    false
}

fn mount(both: &Both, options: &str) {
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(both.to())
        .status();
    assert!(mounted.expect("mount").success());
}

#[test]
fn a_disk_that_becomes_full_keeps_what_was_written_and_the_transfer_goes_on_later() {
    if !in_own_mounts(
        "a_disk_that_becomes_full_keeps_what_was_written_and_the_transfer_goes_on_later",
    ) {
        return;
    }
    for is_folder in [false, true] {
        let mut both = Both::new();
        mount(&both, "size=16m");
        let bytes = content(5 * G);
        let path = both.file("folder/a", &bytes);
        let path = if is_folder { both.from("folder") } else { path };
        let source = both.sender.prepare(&path);
        let (encoding, _) = both.sender.encode(&source, 0);
        let mut into = both.destination(&source);
        let (job, ..) = both.receiver.ready(&into);
        // Somebody else fills the disk.
        let filler = both.to().join("filler");
        let left = 2 * G as u64 + 50_000;
        let free = fs4::available_space(both.to()).expect("known") - left;
        fs::write(&filler, vec![0xa5; free as usize]).expect("written");
        both.receiver.write(job, &encoding);
        assert_eq!(
            both.receiver.event(),
            FilesEvent::ReceiveFailed {
                job,
                why: ReceiveError::DiskFull
            }
        );
        fs::remove_file(filler).expect("deleted");

        into.is_begun = true;
        let (job, offset, _) = both.receiver.ready(&into);
        assert_eq!(offset, 2 * GROUP, "folder: {is_folder}");
        let (rest, _) = both.sender.encode(&source, offset);
        both.receiver.write(job, &rest);
        let event = both.receiver.event();
        let FilesEvent::Arrived { path, .. } = event else {
            panic!("{event:?}")
        };
        let path = if is_folder { path.join("a") } else { path };
        assert_eq!(fs::read(path).expect("there"), bytes);
    }
}

#[test]
fn a_small_disk_is_noticed_before_anything_is_written() {
    if !in_own_mounts("a_small_disk_is_noticed_before_anything_is_written") {
        return;
    }
    let mut both = Both::new();
    mount(&both, "size=2m");
    let path = both.file("a", &content(8 * G));
    let source = both.sender.prepare(&path);
    let into = both.destination(&source);
    let job = both.receiver.job();
    both.receiver.files.receive(job, into).expect("not busy");
    let event = both.receiver.event();
    let is_refused = matches!(event, FilesEvent::ReceiveFailed { why: ReceiveError::NoSpace { needed, .. }, .. } if needed >= 8 * GROUP);
    assert!(is_refused, "{event:?}");
    assert!(both.arrived().is_empty());
}

#[test]
fn a_folder_that_can_not_be_written_is_said_to_be_so() {
    if !in_own_mounts("a_folder_that_can_not_be_written_is_said_to_be_so") {
        return;
    }
    let mut both = Both::new();
    mount(&both, "size=100m,ro");
    let path = both.file("a", b"content");
    let source = both.sender.prepare(&path);
    let into = both.destination(&source);
    let job = both.receiver.job();
    both.receiver.files.receive(job, into).expect("not busy");
    assert_eq!(
        both.receiver.event(),
        FilesEvent::ReceiveFailed {
            job,
            why: ReceiveError::ReadOnly
        }
    );
}
