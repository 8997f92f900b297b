//! Two programs that talk, while they are killed and the line between them is cut, at any moment: nothing that
//! was said is lost, comes twice or out of order.
//!
//! Both are this file again, as processes of their own with the real worker and nothing else. `cargo test --test
//! crash -- --kills 2000 --seed 7` does it longer, and in the same way again as far as the system allows; without
//! a seed it takes one from the clock and says which.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program of its own, which says what it has found"
)]

mod chance;
mod driver;
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

/// What the other programs are started with.
const PEER: &str = "--peer";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).peekable();
    if arguments.next_if(|first| first == PEER).is_some() {
        peer::run(&arguments.collect::<Vec<_>>());
        return ExitCode::SUCCESS;
    }
    let mut plan = Plan {
        kills: 200,
        seed: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos().into()),
        limit: Duration::ZERO,
    };
    let mut limit = None;
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let number = arguments.next().and_then(|number| number.parse().ok());
            number.unwrap_or_else(|| panic!("{argument} takes a number"))
        };
        match argument.as_str() {
            "--kills" => plan.kills = number(),
            "--seed" => plan.seed = number(),
            "--seconds" => limit = Some(number()),
            "--list" => {
                println!("crash: test");
                return ExitCode::SUCCESS;
            }
            // `cargo test` hands its options to every test, and the name of those that are wanted.
            name if !name.starts_with('-') && !"crash".contains(name) => {
                println!("\nnot asked for: crash\n");
                return ExitCode::SUCCESS;
            }
            _ => {}
        }
    }
    // Many times what it takes on a machine that has little else to do.
    plan.limit = Duration::from_secs(limit.unwrap_or(60 + plan.kills * 3));
    println!("\nkills and cuts: {}, seed: {}", plan.kills, plan.seed);
    match driver::run(&plan) {
        Ok(report) => {
            println!("{report}\n");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("FAILED with --kills {} --seed {}", plan.kills, plan.seed);
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this runs in real time")]
fn clock() -> Instant {
    Instant::now()
}
