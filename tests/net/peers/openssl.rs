//! The `openssl` program, another implementation of TLS.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::support::{PATIENCE, thread};

/// Runs it to its end and returns all its output.
#[track_caller]
pub fn run(arguments: &[&str]) -> String {
    let mut child = start(arguments);
    // It gets no input.
    drop(child.stdin.take());
    let said = everything(&mut child);
    let text = said.recv_timeout(PATIENCE);
    // It may still run.
    let _ended_already = child.kill();
    child.wait().expect("its end");
    text.unwrap_or_else(|_| panic!("openssl {arguments:?} does not end"))
}

/// A server with a certificate that serves one caller.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    #[track_caller]
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        certificate(folder);
        let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| {
            let path = folder.join(name);
            path.to_str().expect("a temporary folder").to_owned()
        });
        let arguments = [
            &["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"],
            &["-key", &key, "-cert", &certificate][..],
            more,
        ];
        let mut child = start(&arguments.concat());
        let mut said = BufReader::new(child.stdout.as_mut().expect("a pipe"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let count = said.read_line(&mut line).expect("text");
            assert_ne!(count, 0, "openssl s_server does not listen");
            if let Some(address) = line.trim().strip_prefix("ACCEPT ") {
                let (_, port) = address.rsplit_once(':').expect("an address");
                break port.parse().expect("a port");
            }
        };
        Self { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _known = self.child.wait();
    }
}

/// Makes a self-signed X.509 certificate and returns it in DER. It and its key stay in the folder, in PEM.
#[track_caller]
pub fn certificate(folder: &Path) -> Vec<u8> {
    let [key, pem, der] = ["key.pem", "certificate.pem", "certificate.der"].map(|name| {
        let path = folder.join(name);
        path.to_str().expect("a temporary folder").to_owned()
    });
    let made = run(&[
        &["req", "-x509", "-newkey", "ed25519", "-nodes"],
        &["-subj", "/CN=somebody", "-days", "1"][..],
        &["-keyout", &key, "-out", &pem],
    ]
    .concat());
    run(&["x509", "-in", &pem, "-outform", "DER", "-out", &der]);
    std::fs::read(&der).unwrap_or_else(|error| panic!("no certificate: {error}: {made}"))
}

#[track_caller]
fn start(arguments: &[&str]) -> Child {
    Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("this test needs the openssl program (package openssl), which does not start: {error}")
        })
}

fn everything(child: &mut Child) -> crossbeam_channel::Receiver<String> {
    let (done, said) = crossbeam_channel::bounded(1);
    let mut out = child.stdout.take().expect("a pipe");
    let mut err = child.stderr.take().expect("a pipe");
    thread("openssl", move || {
        let reading = thread("openssl errors", move || {
            let mut bytes = Vec::new();
            err.read_to_end(&mut bytes).expect("a pipe");
            bytes
        });
        let mut bytes = Vec::new();
        out.read_to_end(&mut bytes).expect("a pipe");
        bytes.extend(reading.join().expect("it is read"));
        let _given_up = done.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    said
}
