//! The command line.

use std::{
    ffi::OsString,
    io::{BufRead, Read as _},
    path::PathBuf,
};

use lexopt::{Arg, Parser, ValueExt as _};

use crate::{
    endpoint::Endpoint,
    identity::invite::{self, Invite, InviteError},
    lang::Lang,
    text::charset::{Charset, Reading},
};

/// Maximum length of what is read from standard input for an invite, in bytes: four times the longest invite.
const MAX_INPUT: u64 = 8 * 1024;

/// What `--help` prints.
pub const HELP: &str = "\
A direct conversation between two computers: one listens, the other connects.

Usage: duologue [OPTIONS] [INVITE]

INVITE is an invite link, duologue://…: connects at once to the person who made it. If Duologue is
open already, its window does that. With - the link is read from standard input, so that other users
of this computer can't see it in the list of programs.

Options:
      --listen [HOST:PORT]    Listen at once (default: 127.0.0.1:50000)
      --connect HOST:PORT     Connect at once
      --plain                 With --connect: use plain text, for programs without encryption
      --encoding-in LABEL     Encoding of incoming text: auto, auto:LABEL, utf-8, cp949, …
      --encoding-out LABEL    Encoding of outgoing text: utf-8, cp949, shift_jis, …
      --data-dir DIR          Data folder to use instead of the user's own
      --lang en|ko            Language of the window
  -h, --help                  Print this help
  -V, --version               Print the version

Close the window to disconnect. Set DUOLOGUE_LOG to error, warn, info, debug or trace for a log
on the terminal.
";

/// What the person asked for on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Args {
    /// What to do at once.
    pub start: Start,
    /// Overrides the settings for this run.
    pub reading: Option<Reading>,
    /// Overrides the settings for this run.
    pub outgoing: Option<Charset>,
    /// The data folder to use instead of the user's own.
    pub data_dir: Option<PathBuf>,
    /// Overrides the settings for this run.
    pub lang: Option<Lang>,
}

/// What to do at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Start {
    /// Nothing: no socket is opened without a click.
    #[default]
    Nothing,
    /// Like a click on Listen.
    Listen(Endpoint),
    /// Like a click on Connect.
    Connect {
        /// The address to call.
        to: Endpoint,
        /// In plain text, even if encryption was chosen for that address before.
        plain: bool,
    },
    /// Like a click on Connect with this in the host field.
    Invited(Invite),
    /// Nothing but to say why the invite can't be used: who clicks on a link sees no terminal.
    BadInvite(InviteError),
}

/// What the command line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Open the window.
    Run(Args),
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
}

/// Parses the command line, without the program's own name. `input` is read only if an argument says so.
///
/// # Errors
/// One line that tells the person what is wrong.
pub fn parse(
    args: impl IntoIterator<Item = OsString>,
    input: &mut dyn BufRead,
) -> Result<Parsed, String> {
    let mut parsed = Args::default();
    let mut in_plain = false;
    let mut parser = Parser::from_args(args);
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            Arg::Long("listen") => {
                let at = optional_value(&mut parser)?.unwrap_or_else(|| "127.0.0.1".to_owned());
                set_start(&mut parsed, Start::Listen(endpoint("--listen", &at)?))?;
            }
            Arg::Long("connect") => {
                let to = endpoint("--connect", &value(&mut parser)?)?;
                let to = to
                    .connectable()
                    .map_err(|error| format!("--connect: {error}"))?;
                set_start(&mut parsed, Start::Connect { to, plain: false })?;
            }
            Arg::Long("plain") => in_plain = true,
            Arg::Long("encoding-in") => {
                let label = value(&mut parser)?;
                let reading = label
                    .parse()
                    .map_err(|error| format!("--encoding-in: {error}"))?;
                parsed.reading = Some(reading);
            }
            Arg::Long("encoding-out") => {
                let label = value(&mut parser)?;
                let charset = Charset::for_label(&label)
                    .ok_or_else(|| format!("--encoding-out: unknown encoding {label:?}"))?;
                parsed.outgoing = Some(charset);
            }
            Arg::Long("data-dir") => {
                let folder = parser.value().map_err(|error| error.to_string())?;
                if folder.is_empty() {
                    return Err("--data-dir: the folder is empty".to_owned());
                }
                parsed.data_dir = Some(folder.into());
            }
            Arg::Long("lang") => {
                let tag = value(&mut parser)?;
                let lang = Lang::ALL.into_iter().find(|lang| lang.tag() == tag);
                parsed.lang =
                    Some(lang.ok_or_else(|| format!("--lang: {tag:?} is neither en nor ko"))?);
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Parsed::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Parsed::Version),
            Arg::Value(value) if value == "-" => {
                set_start(&mut parsed, Start::Invited(read_invite(input)?))?;
            }
            Arg::Value(value) if invite::looks_like_invite(&value.to_string_lossy()) => {
                let start = value
                    .to_string_lossy()
                    .parse()
                    .map_or_else(Start::BadInvite, Start::Invited);
                set_start(&mut parsed, start)?;
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    if in_plain {
        let Start::Connect { plain, .. } = &mut parsed.start else {
            return Err("--plain goes with --connect".to_owned());
        };
        *plain = true;
    }
    Ok(Parsed::Run(parsed))
}

/// Reads until there is a whole invite, so that a person at a terminal need not end the input.
fn read_invite(input: &mut dyn BufRead) -> Result<Invite, String> {
    let mut input = input.take(MAX_INPUT);
    let mut text = Vec::new();
    loop {
        let read = input
            .read_until(b'\n', &mut text)
            .map_err(|error| format!("INVITE: {error}"))?;
        match String::from_utf8_lossy(&text).parse() {
            Ok(invite) => return Ok(invite),
            Err(_) if read > 0 => {}
            Err(error) => return Err(format!("INVITE: {error}")),
        }
    }
}

fn set_start(args: &mut Args, start: Start) -> Result<(), String> {
    if args.start != Start::Nothing {
        return Err("one of --listen, --connect and an invite, and only once".to_owned());
    }
    args.start = start;
    Ok(())
}

fn value(parser: &mut Parser) -> Result<String, String> {
    parser
        .value()
        .and_then(lexopt::ValueExt::string)
        .map_err(|error| error.to_string())
}

/// A value in `--option=VALUE`, or the next argument unless that is another option.
fn optional_value(parser: &mut Parser) -> Result<Option<String>, String> {
    if let Some(value) = parser.optional_value() {
        return value.string().map(Some).map_err(|error| error.to_string());
    }
    let follows = parser.try_raw_args().is_some_and(|raw| {
        raw.peek()
            .is_some_and(|next| !next.to_string_lossy().starts_with('-'))
    });
    if follows {
        value(parser).map(Some)
    } else {
        Ok(None)
    }
}

fn endpoint(option: &str, text: &str) -> Result<Endpoint, String> {
    text.parse()
        .map_err(|error| format!("{option}: {error}: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<Parsed, String> {
        run_with(args, "")
    }

    /// With this on standard input.
    fn run_with(args: &[&str], input: &str) -> Result<Parsed, String> {
        parse(args.iter().map(OsString::from), &mut input.as_bytes())
    }

    fn start(args: &[&str]) -> Start {
        match run(args) {
            Ok(Parsed::Run(args)) => args.start,
            other => panic!("{args:?} gave {other:?}"),
        }
    }

    #[test]
    fn listen_takes_an_address_or_none() {
        let at = |text: &str| Start::Listen(text.parse().expect("an endpoint"));
        assert_eq!(start(&[]), Start::Nothing);
        assert_eq!(start(&["--listen"]), at("127.0.0.1:50000"));
        assert_eq!(start(&["--listen", "0.0.0.0:7"]), at("0.0.0.0:7"));
        assert_eq!(start(&["--listen=[::1]:0"]), at("[::1]:0"));
        assert_eq!(start(&["--listen", "--lang", "ko"]), at("127.0.0.1:50000"));
        let connect = |plain| Start::Connect {
            to: "mina-pc:50000".parse().expect("an endpoint"),
            plain,
        };
        assert_eq!(start(&["--connect", "mina-pc"]), connect(false));
        for args in [
            ["--connect", "mina-pc", "--plain"],
            ["--plain", "--connect", "mina-pc"],
        ] {
            assert_eq!(start(&args), connect(true));
        }
    }

    const INVITE: &str = "duologue://mina-pc:7?key=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE&token=AgICAgICAgICAgICAgICAg";

    #[test]
    fn an_invite_is_parsed_and_never_repeated_in_an_error() {
        let invite = INVITE.parse().expect("an invite");
        assert_eq!(start(&[INVITE]), Start::Invited(invite));
        let debug = format!("{:?}", run(&[INVITE]));
        let damaged = INVITE.replace("key=A", "key=");
        assert!(matches!(start(&[&damaged]), Start::BadInvite(_)));
        let bad = format!("{:?}", run(&[&damaged]));
        // They may end up in a log.
        for text in [debug, bad] {
            assert!(!text.contains("AgIC") && !text.contains("2, 2"), "{text}");
        }
    }

    #[test]
    fn an_invite_is_read_from_standard_input_up_to_its_end() {
        let invite = || Start::Invited(INVITE.parse().expect("an invite"));
        let start = |input: &str| match run_with(&["-"], input) {
            Ok(Parsed::Run(args)) => Ok(args.start),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        let (beginning, end) = INVITE.split_at(60);
        for input in [
            INVITE.to_owned(),
            format!("{INVITE}\n"),
            format!("Call me:\n  {INVITE}\nSee you!\n"),
            format!("{beginning}\r\n{end}\r\n"),
        ] {
            assert_eq!(start(&input), Ok(invite()), "{input:?}");
        }
        // What follows is not waited for.
        let terminal = std::io::Cursor::new(format!("{INVITE}\n"));
        let mut terminal = std::io::BufReader::new(terminal.chain(Endless));
        let parsed = parse(["-".into()], &mut terminal).expect("an invite");
        assert!(matches!(parsed, Parsed::Run(args) if args.start == invite()));
        for input in ["", "\n", "hello\n", beginning, &"x\n".repeat(100_000)] {
            let error = start(input).expect_err("no invite");
            assert!(!error.contains('\n') && !error.contains("AgIC"), "{error}");
        }
        let listening = run_with(&["-", "--listen"], INVITE);
        assert!(listening.is_err(), "{listening:?}");
    }

    /// A terminal at which nothing more is typed.
    struct Endless;

    impl std::io::Read for Endless {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("this would wait for ever")
        }
    }

    #[test]
    fn encodings_language_and_folder_are_read() {
        let Ok(Parsed::Run(args)) = run(&[
            "--encoding-in",
            "auto:gbk",
            "--encoding-out=cp949",
            "--lang",
            "ko",
            "--data-dir",
            "x",
        ]) else {
            panic!("these are good")
        };
        assert_eq!(args.outgoing, Some(Charset::CP949));
        assert_eq!(
            args.reading,
            Charset::for_label("gbk").map(|fallback| Reading::Auto { fallback })
        );
        assert_eq!(
            (args.lang, args.data_dir),
            (Some(Lang::Ko), Some("x".into()))
        );
        assert_eq!(run(&["--help"]), Ok(Parsed::Help));
        assert_eq!(run(&["-V"]), Ok(Parsed::Version));
    }

    #[test]
    fn bad_arguments_are_one_clear_line() {
        for args in [
            &["--nonsense"][..],
            &["stray"],
            &["--connect"],
            &["--connect", "x:0"],
            &["--connect", "x:99999"],
            &["--listen", ":"],
            &["--listen", "--connect", "x"],
            &["--encoding-in", "klingon"],
            &["--encoding-out", "utf-16le"],
            &["--lang", "fr"],
            &["--data-dir", ""],
            &["--plain"],
            &["--plain", "--listen"],
            &[INVITE, "--plain"],
            &[INVITE, INVITE],
            &[INVITE, "--connect", "x"],
        ] {
            let error = run(args).expect_err("bad arguments");
            assert!(
                !error.is_empty() && !error.contains('\n'),
                "{args:?}: {error:?}"
            );
        }
    }
}
