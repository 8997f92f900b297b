//! `wormhole` (magic-wormhole) with a mailbox server of our own on loopback.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_mins(2);

/// The server through which two wormholes find each other.
pub(crate) struct Mailbox {
    process: Child,
    port: u16,
}

impl Mailbox {
    /// Keeps its database in `folder`. `None` if `twist` (of magic-wormhole-mailbox-server) is not in the path.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let process = Command::new("twist")
            .arg("wormhole-mailbox")
            .arg(format!("--port=tcp:{port}:interface=127.0.0.1"))
            .arg("--channel-db=relay.sqlite")
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self { process, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > PATIENCE {
                return None;
            }
            thread::yield_now();
        }
        Some(server)
    }

    /// Seconds from the start of both programs until both have ended, the file being in a folder below `at`.
    pub(crate) fn send(&self, source: &Path, at: &Path) -> f64 {
        let into = tempfile::tempdir_in(at).unwrap();
        let start = Instant::now();
        let code = "1-bench-mark";
        let mut sender = self
            .wormhole()
            .args(["send", "--hide-progress", "--code", code])
            .arg(source)
            .spawn()
            .unwrap();
        let received = self
            .wormhole()
            .args(["receive", "--hide-progress", "--accept-file", code])
            .current_dir(into.path())
            .status();
        assert!(received.unwrap().success());
        assert!(sender.wait().unwrap().success());
        start.elapsed().as_secs_f64()
    }

    fn wormhole(&self) -> Command {
        let mut command = Command::new("wormhole");
        command
            .arg(format!("--relay-url=ws://127.0.0.1:{}/v1", self.port))
            // No relay: the two reach each other.
            .arg("--transit-helper=tcp:127.0.0.1:9")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
