//! Small disks in memory. A test that mounts one runs itself again in a process with its own mounts, which end with it.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

/// Set in a process that has its own mounts.
const OWN_MOUNTS: &str = "DUOLOGUE_TEST_OWN_MOUNTS";

/// Runs the test of this name, in this module, again in a process with its own mounts. Returns true in that process.
#[track_caller]
pub fn in_own_mounts(module: &str, test: &str) -> bool {
    if std::env::var_os(OWN_MOUNTS).is_some() {
        return true;
    }
    // As root, or as root of its own user namespace.
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let somewhere = tempfile::tempdir().expect("a folder");
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
        let why = "it needs to mount a small disk, and this user may not (unshare --mount)";
        writeln!(std::io::stdout(), "LEFT OUT: {test}: {why}").ok();
        return false;
    };
    let (_, module) = module.split_once("::").expect("a module");
    let output = Command::new("unshare")
        .args(way)
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", &format!("{module}::{test}"), "--nocapture"])
        .env(OWN_MOUNTS, "1")
        .output()
        .expect("unshare was there before");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // A test that is not found is a success, too.
    let has_passed = output.status.success() && said.contains("1 passed");
    assert!(has_passed, "{test}: {}: {said}", output.status);
    false
}

/// Mounts a disk in memory on this folder, with these options of `mount`, such as `size=16m`.
#[track_caller]
pub fn mount(at: &Path, options: &str) {
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(at)
        .status();
    assert!(status.expect("mount").success(), "{options}");
}
