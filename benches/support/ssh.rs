//! `scp` and `rsync` over an SSH server of our own on loopback.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_mins(2);

/// An SSH server for this run alone, which lets in the key that it has made.
pub(crate) struct SshServer {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl SshServer {
    /// Keeps its keys in `folder`. `None` if no server is installed.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let sshd = Path::new("/usr/sbin/sshd");
        if !sshd.exists() {
            return None;
        }
        fs::create_dir_all("/run/sshd").ok();
        for name in ["host", "client"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.join(name))
                .status();
            assert!(made.unwrap().success());
        }
        fs::copy(folder.join("client.pub"), folder.join("authorized")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let process = Command::new(sshd)
            .args(["-D", "-e", "-f", "/dev/null", "-p", &port.to_string()])
            .arg("-oListenAddress=127.0.0.1")
            .args(["-oStrictModes=no", "-oSubsystem=sftp internal-sftp"])
            .arg(format!("-oHostKey={}", folder.join("host").display()))
            .arg(format!(
                "-oAuthorizedKeysFile={}",
                folder.join("authorized").display()
            ))
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self {
            process,
            port,
            folder: folder.to_owned(),
        };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > PATIENCE {
                return None;
            }
            thread::yield_now();
        }
        Some(server)
    }

    /// Seconds that `scp` takes for a file into a folder that is removed again.
    pub(crate) fn scp(&self, source: &Path, at: &Path) -> f64 {
        let into = tempfile::tempdir_in(at).unwrap();
        let start = Instant::now();
        let copied = Command::new("scp")
            .args(["-q", "-P", &self.port.to_string()])
            .args(self.options())
            .arg(source)
            .arg(format!("127.0.0.1:{}", into.path().display()))
            .status();
        assert!(copied.unwrap().success());
        start.elapsed().as_secs_f64()
    }

    /// Seconds that `rsync` takes for a folder; `None` if it is not installed.
    pub(crate) fn rsync(&self, source: &Path, at: &Path) -> Option<f64> {
        let into = tempfile::tempdir_in(at).unwrap();
        let shell = format!("ssh -p {} {}", self.port, self.options().join(" "));
        let start = Instant::now();
        let copied = Command::new("rsync")
            .args(["-a", "-e", &shell])
            .arg(source)
            .arg(format!("127.0.0.1:{}", into.path().display()))
            .status()
            .ok()?;
        assert!(copied.success());
        Some(start.elapsed().as_secs_f64())
    }

    fn options(&self) -> [String; 4] {
        [
            "-oStrictHostKeyChecking=no".to_owned(),
            "-oUserKnownHostsFile=/dev/null".to_owned(),
            "-oLogLevel=ERROR".to_owned(),
            format!("-oIdentityFile={}", self.folder.join("client").display()),
        ]
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
