//! Two programs talk and send files while they are killed and their connection is cut at random moments. No message is
//! lost, duplicated or reordered. Every file arrives as it was, once, unless somebody declined or cancelled it; nothing is
//! left of one that did not arrive, and what was verified of one is not sent again.
//!
//! Both programs are this binary again, started as processes with just the real worker. `cargo test --test crash --
//! --kills 2000 --seed 7` runs longer, and with the same choices each time; without a seed it takes one from the clock
//! and prints it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program of its own, which says what it has found"
)]

mod chance;
mod driver;
mod files;
mod line;
#[path = "../support/messages.rs"]
mod messages;
mod peer;
mod verdict;

use std::{
    env,
    process::ExitCode,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use driver::Plan;

/// The argument that starts this binary as one of the two programs.
const PEER: &str = "--peer";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).peekable();
    if arguments.next_if(|first| first == PEER).is_some() {
        peer::run(&arguments.collect::<Vec<_>>());
        return ExitCode::SUCCESS;
    }
    let mut seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos().into());
    // Without files there is more harm for each message, and with them more time for files to move.
    let mut rounds = vec![(200, false), (50, true)];
    let mut limit = None;
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let number = arguments.next().and_then(|number| number.parse().ok());
            number.unwrap_or_else(|| panic!("{argument} takes a number"))
        };
        match argument.as_str() {
            "--kills" => rounds = vec![(number(), true)],
            "--seed" => seed = number(),
            "--seconds" => limit = Some(number()),
            "--list" => {
                println!("crash: test");
                return ExitCode::SUCCESS;
            }
            // `cargo test` passes its options and the name of the wanted tests to every test program.
            name if !name.starts_with('-') && !"crash".contains(name) => {
                println!("\nnot asked for: crash\n");
                return ExitCode::SUCCESS;
            }
            _ => {}
        }
    }
    for (kills, has_files) in rounds {
        let plan = Plan {
            kills,
            has_files,
            seed,
            // Many times what it takes on an idle machine.
            limit: Duration::from_secs(limit.unwrap_or(60 + kills * 3)),
        };
        let with = if has_files { "with" } else { "without" };
        println!("\nkills and cuts: {kills}, {with} files, seed: {seed}");
        match driver::run(&plan) {
            Ok(report) => println!("{report}\n"),
            Err(failure) => {
                eprintln!("FAILED with --kills {kills} --seed {seed}, {with} files");
                eprintln!("{failure}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::disallowed_methods, reason = "this runs in real time")]
fn clock() -> Instant {
    Instant::now()
}
