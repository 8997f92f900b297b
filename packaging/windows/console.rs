//! `duologue.com`, which `cmd` and PowerShell start for `duologue` although `duologue.exe` lies beside it.
//!
//! A program with a window gets no console on Windows, so what it prints would be lost. This one has a console: it starts
//! `duologue.exe`, passes on what is typed and printed, waits for the end, and ends with the same code.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::{
    env,
    io::{self, Read, Write},
    process::{Command, ExitCode, Stdio},
    thread::{Builder, JoinHandle},
};

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        // There is nowhere to report it if this fails.
        writeln!(io::stderr(), "duologue: {error}").ok();
        ExitCode::FAILURE
    })
}

fn run() -> io::Result<ExitCode> {
    let program = env::current_exe()?.with_extension("exe");
    // Through pipes: a program without a console can't use the handles of ours.
    let mut program = Command::new(program)
        .args(env::args_os().skip(1))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(input) = program.stdin.take() {
        // Not joined: nobody may ever type anything.
        pass(io::stdin(), input)?;
    }
    let printed = program.stdout.take();
    let printed = printed.map(|from| pass(from, io::stdout())).transpose()?;
    let logged = program.stderr.take();
    let logged = logged.map(|from| pass(from, io::stderr())).transpose()?;
    let status = program.wait()?;
    for passing in [printed, logged].into_iter().flatten() {
        // What was printed is there before the prompt. A panic has nothing more to print.
        passing.join().ok();
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Passes everything on until one of the two ends.
fn pass(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name("pass".to_owned()).spawn(move || {
        io::copy(&mut from, &mut to).ok();
    })
}
