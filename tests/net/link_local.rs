//! Link-local addresses, in a network of their own: two ends of a cable, in a process that has nothing else.

use std::process::Command as Process;

use crate::support::{Program, endpoint, plain};
use duologue::net::{Call, Command, How};

/// In the environment of the process in that network.
const INSIDE: &str = "DUOLOGUE_LINK_LOCAL";
/// What it prints at its end.
const DONE: &str = "done in the network";
/// `cable0` has the address `fe80::77`.
const NETWORK: &str = "ip link set lo up && ip link add cable0 type veth peer name cable1 \
    && ip link set cable0 up && ip link set cable1 up \
    && ip -6 address add fe80::77/64 dev cable0 nodad && exec \"$@\"";

/// Runs this test again in such a network. True inside.
fn inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let program = std::env::current_exe().expect("a path");
    let output = Process::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--net",
            "sh",
            "-c",
            NETWORK,
            "sh",
        ])
        .arg(program)
        .args(["--exact", "--nocapture", test])
        .env(INSIDE, "1")
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains(DONE),
        "{said}\n{errors}"
    );
    false
}

#[test]
fn a_link_local_address_is_told_with_its_zone_and_an_invite_needs_none() {
    if !inside("link_local::a_link_local_address_is_told_with_its_zone_and_an_invite_needs_none") {
        return;
    }
    for asked in ["fe80::77%cable0", "fe80::77"] {
        let mut program = Program::start();
        let listening = program.listen_at(asked, 0).expect("one of ours");
        let port = listening.at.port;
        let told: Vec<_> = listening
            .reachable
            .iter()
            .map(|ip| listening.to_tell(*ip))
            .collect();
        assert_eq!(told, [format!("[fe80::77%cable0]:{port}")], "{asked}");
        let invite = program.invite().expect("it listens");
        assert_eq!(invite.hosts, [endpoint("fe80::77", port)]);
        let read = invite.to_string().parse();
        assert_eq!(read.as_ref(), Ok(&invite));

        // The last one is told with a zone that only the other computer has.
        for host in ["fe80::77", "fe80::77%cable0", "fe80::77%wlan7"] {
            let mut guest = Program::start();
            let invite = program.invite().expect("it listens");
            guest.ask(&Command::Connect(Call {
                how: How::Invited(invite.key, invite.token),
                ..plain(endpoint(host, port))
            }));
            guest.named();
            program.named();
            guest.ask(&Command::Disconnect);
            guest.ended();
            program.ended();
        }
    }
    println!("{DONE}");
}
