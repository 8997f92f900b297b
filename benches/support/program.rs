//! Two Duologues without their windows, connected over loopback.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crossbeam_channel::{Receiver, bounded};
use duologue::{
    identity::{Identity, PublicKey},
    net::{self, Call, Command, Event, Handle, How, MessageId, Options, Payload, Siblings},
    store::Row,
};
use tempfile::TempDir;

use crate::messages;

const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Program {
    pub(crate) net: Handle,
    pub(crate) wake_ups: Receiver<()>,
    pub(crate) key: PublicKey,
    /// The store; removed after the worker has ended.
    folder: TempDir,
}

impl Program {
    /// Keeps its store in a new folder below `at`.
    fn start(at: &Path) -> Self {
        let folder = TempDir::new_in(at).unwrap();
        let (wake, wake_ups) = bounded(1);
        // Nobody is asked about.
        let options = Options {
            folder: Some(folder.path().to_owned()),
            siblings: Siblings::by(|_| true),
            ..Options::default()
        };
        let net = net::spawn(options, move || {
            wake.try_send(()).ok();
        });
        let mut program = Self {
            net: net.unwrap(),
            wake_ups,
            key: PublicKey::from_bytes([0; 32]),
            folder,
        };
        program.wait_for(|event| matches!(event, Event::Contacts(_)).then_some(()));
        let identity = Identity::load_or_create(program.folder.path());
        program.key = identity.unwrap().public_key();
        program
    }

    pub(crate) fn wait_for<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let mut found = None;
        loop {
            self.net.drain(|event| {
                assert!(!matches!(event, Event::ConnectFailed { .. }), "{event:?}");
                found = wanted(&event);
                found.is_none()
            });
            if let Some(found) = found {
                return found;
            }
            self.wake_ups
                .recv_timeout(PATIENCE)
                .expect("an event in time");
        }
    }
}

pub(crate) struct Pair {
    pub(crate) sender: Program,
    pub(crate) receiver: Program,
    downloads: TempDir,
}

impl Pair {
    /// Everything that they keep is below `at`.
    pub(crate) fn connect(at: &Path) -> Self {
        let (mut sender, mut receiver) = (Program::start(at), Program::start(at));
        let listen = Command::Listen("127.0.0.1:0".parse().unwrap());
        receiver.net.send(listen).unwrap();
        let to = receiver.wait_for(|event| match event {
            Event::Listening(listening) => Some(listening.at.clone()),
            _ => None,
        });
        let call = Call {
            to,
            also: Vec::new(),
            how: How::To(receiver.key),
        };
        sender.net.send(Command::Connect(call)).unwrap();
        for program in [&mut sender, &mut receiver] {
            program.wait_for(messages::connected);
        }
        Self {
            sender,
            receiver,
            downloads: TempDir::new_in(at).unwrap(),
        }
    }

    /// Returns once the receiver has the offer.
    pub(crate) fn offer(&mut self, source: &Path) -> Row {
        let offer = Command::Offer {
            id: MessageId(1),
            to: self.receiver.key,
            path: source.to_owned(),
            keep_location: true,
        };
        self.sender.net.send(offer).unwrap();
        self.receiver.wait_for(|event| match event {
            Event::Received {
                row,
                payload: Payload::Offer { .. },
                ..
            } => *row,
            _ => None,
        })
    }

    /// Where the file or folder will be when it has arrived.
    pub(crate) fn accept(&self, row: Row, source: &Path) -> PathBuf {
        let answer = Command::AnswerFile {
            to: self.sender.key,
            row,
            accept: Some(self.downloads.path().to_owned()),
        };
        self.receiver.net.send(answer).unwrap();
        self.downloads.path().join(source.file_name().unwrap())
    }

    /// `look`: called each time that one of the two has something to say.
    pub(crate) fn wait_until_arrived(&mut self, arrived: &Path, mut look: impl FnMut()) {
        while !arrived.exists() {
            self.receiver.wake_ups.recv_timeout(PATIENCE).unwrap();
            self.receiver.net.drain(|_| true);
            self.sender.net.drain(|_| true);
            look();
        }
    }
}

/// Bytes of a file, or of all files of a folder.
pub(crate) fn size_of(path: &Path) -> u64 {
    if path.is_dir() {
        fs::read_dir(path)
            .unwrap()
            .map(|entry| size_of(&entry.unwrap().path()))
            .sum()
    } else {
        fs::metadata(path).unwrap().len()
    }
}
