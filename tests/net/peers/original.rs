//! Stand-ins for the original server and client, written from a description of their behaviour. Each is used by a
//! person, whose keyboard is [`Person::types`].

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender};
use encoding_rs::EUC_KR;
use socket2::{Domain, Socket, Type};

use crate::support::{PATIENCE, local, thread};

/// How one of the programs ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By `#exit`.
    Regular,
    /// By bytes that are not CP949.
    CrashedDecoding(Vec<u8>),
    /// By an error of its socket.
    CrashedSocket(std::io::ErrorKind),
    /// The person closed it.
    Closed,
}

/// A message that one of the programs has shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    pub bytes: Vec<u8>,
    pub text: String,
}

/// One of the programs, which runs in its own thread.
pub struct Person {
    keyboard: Sender<String>,
    screen: Receiver<Shown>,
    end: Receiver<End>,
}

impl Person {
    pub fn types(&self, line: &str) {
        self.keyboard
            .send(line.to_owned())
            .expect("the program runs");
    }

    pub fn types_if_it_runs(&self, line: &str) {
        let _ended_already = self.keyboard.send(line.to_owned());
    }

    /// The next message that the program shows.
    #[track_caller]
    pub fn reads(&self) -> Shown {
        self.screen.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            panic!(
                "nothing was shown ({error}); the program's end: {:?}",
                self.end.try_recv()
            )
        })
    }

    /// How the program ended.
    #[track_caller]
    pub fn end(&self) -> End {
        self.end.recv_timeout(PATIENCE).expect("the program ends")
    }

    /// Whether the program keeps running for this time.
    pub fn goes_on_for(&self, time: Duration) -> bool {
        self.end.recv_timeout(time).is_err()
    }

    fn sit_down(
        name: &str,
        run: impl FnOnce(Receiver<String>, Sender<Shown>) -> Result<(), End> + Send + 'static,
    ) -> Self {
        let (keyboard, typed) = crossbeam_channel::bounded(1000);
        let (shown, screen) = crossbeam_channel::bounded(1000);
        let (ending, end) = crossbeam_channel::bounded(1);
        thread(name, move || {
            let end = run(typed, shown).err().unwrap_or(End::Regular);
            // The test may not ask for it.
            let _unread = ending.send(end);
        });
        Self {
            keyboard,
            screen,
            end,
        }
    }
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        Self::CrashedSocket(error.kind())
    }
}

/// Starts the original server on a free port.
pub fn server() -> (Person, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&local(0).into()).expect("a free port");
    socket.listen(0).expect("listening");
    let listener = TcpListener::from(socket);
    let port = listener.local_addr().expect("an address").port();
    (
        Person::sit_down("original-server", move |typed, shown| {
            serve(&listener, &typed, &shown)
        }),
        port,
    )
}

/// Starts the original client.
pub fn client(port: u16) -> Person {
    Person::sit_down("original-client", move |typed, shown| {
        talk(port, &typed, &shown)
    })
}

fn serve(
    listener: &TcpListener,
    typed: &Receiver<String>,
    shown: &Sender<Shown>,
) -> Result<(), End> {
    loop {
        let (mut caller, _) = listener.accept()?;
        while let Some(heard) = receive(&mut caller)? {
            if heard.text == "#exit" {
                // It sends no more replies. The other side has to close.
                while receive(&mut caller)?.is_some() {}
                return Ok(());
            }
            let _unread = shown.send(heard);
            let reply = typed.recv().map_err(|_| End::Closed)?;
            caller.write_all(reply.as_bytes())?;
        }
    }
}

fn talk(port: u16, typed: &Receiver<String>, shown: &Sender<Shown>) -> Result<(), End> {
    let mut socket = TcpStream::connect(local(port))?;
    loop {
        let line = typed.recv().map_err(|_| End::Closed)?;
        socket.write_all(line.as_bytes())?;
        if line == "#exit" {
            return Ok(());
        }
        let heard = receive(&mut socket)?;
        let _unread = shown.send(heard.unwrap_or_default());
        // The variable of the old socket gets a new one, which closes the old socket before the call.
        let again = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        drop(socket);
        again.connect(&local(port).into())?;
        socket = TcpStream::from(again);
    }
}

/// One `recv(4096)` and a strict decoding; `None` once the other side has closed.
fn receive(socket: &mut TcpStream) -> Result<Option<Shown>, End> {
    let mut buffer = [0_u8; 4096];
    let count = socket.read(&mut buffer)?;
    let bytes = buffer.get(..count).unwrap_or_default().to_vec();
    if bytes.is_empty() {
        return Ok(None);
    }
    match EUC_KR.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) => Ok(Some(Shown {
            text: text.into_owned(),
            bytes,
        })),
        None => Err(End::CrashedDecoding(bytes)),
    }
}
