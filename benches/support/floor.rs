//! The least that moving bytes over loopback costs: a plain TCP stream, and TLS with nothing else.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use crate::tls;

/// What is written at once, as the frames of a file are.
const CHUNK: usize = 64 * 1024;

pub(crate) fn raw(size: u64) {
    let (mut sender, mut receiver) = pair();
    let sending = thread::spawn(move || {
        let chunk = vec![7; CHUNK];
        for _ in 0..size / CHUNK as u64 {
            sender.write_all(&chunk).unwrap();
        }
    });
    let (mut buffer, mut came) = (vec![0; 4 * CHUNK], 0);
    while came < size {
        came += receiver.read(&mut buffer).unwrap() as u64;
    }
    sending.join().unwrap();
}

pub(crate) fn bare_tls(size: u64) {
    let (mut sender, mut receiver) = pair();
    let sending = thread::spawn(move || {
        let mut tls = tls::client();
        while tls.is_handshaking() {
            tls.complete_io(&mut sender).unwrap();
        }
        let chunk = vec![7; CHUNK];
        for _ in 0..size / CHUNK as u64 {
            tls.writer().write_all(&chunk).unwrap();
            while tls.wants_write() {
                tls.write_tls(&mut sender).unwrap();
            }
        }
        // Until the other side has everything.
        sender.read_exact(&mut [0]).ok();
    });
    let mut tls = tls::server();
    while tls.is_handshaking() {
        tls.complete_io(&mut receiver).unwrap();
    }
    let mut came = tls::decrypted(&mut tls) as u64;
    while came < size {
        tls.read_tls(&mut receiver).unwrap();
        tls.process_new_packets().unwrap();
        came += tls::decrypted(&mut tls) as u64;
    }
    drop(receiver);
    sending.join().unwrap();
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let caller = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (caller, listener.accept().unwrap().0)
}
