//! Arguments, logging, the data folder, run; nothing else.
#![windows_subsystem = "windows"]
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::{
    cell::OnceCell,
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use anyhow::Context as _;
use crossbeam_channel::Sender;
use duologue::{
    args::{self, Args, Parsed, Start},
    desktop,
    gui::{
        Outside, Setup,
        browser::open_outside,
        first_window::ShowFirst,
        free_space::ask_free_space,
        open::{self, OpenError, WindowHandle},
        picker::pick_paths,
    },
    history,
    identity::invite::{Invite, InviteError},
    net,
    profile::{self, Ask, InstanceListener, Profile},
    settings::{self, Saver},
    store,
};

/// Room for invites of other programs that the window has not taken in yet.
const HANDED_OVER: usize = 8;
/// The data folder of a program that is carried along, beside it.
const PORTABLE: &str = "duologue-data";
const NO_DISPLAY: &str = "no display is available: set DISPLAY or WAYLAND_DISPLAY, or run \
                          scripts/run.sh --virtual to open the window on a virtual one";

fn main() -> ExitCode {
    let args = match args::parse(env::args_os().skip(1), &mut io::stdin().lock()) {
        Ok(Parsed::Run(args)) => args,
        Ok(Parsed::Help) => return print(args::HELP),
        Ok(Parsed::Version) => return print(concat!("duologue ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(error) => {
            complain(&format!("{error} (see --help)"));
            return ExitCode::from(2);
        }
    };
    log_to_stderr();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let base = match &args.data_dir {
        // Paths below it are kept, and another start may have another working folder.
        Some(folder) => Some(std::path::absolute(folder)?),
        None => portable_folder().or_else(user_folder),
    };
    if hands_over(&args.start, base.as_deref()) {
        return Ok(());
    }
    if !has_display() {
        return Err(anyhow::anyhow!(NO_DISPLAY));
    }
    // Locked until the end.
    let profile = base.as_deref().map(claim_profile);
    let (folder, number) = match &profile {
        Some(profile) => (Some(profile.folder.clone()), profile.number),
        None => (None, 1),
    };
    let loaded = match (&folder, &base) {
        (Some(folder), Some(base)) => settings::load_or_inherit(folder, base),
        _ => settings::Loaded::default(),
    };
    let saver = folder
        .clone()
        .map(Saver::start)
        .transpose()
        .context("no thread for the settings")?;
    let (notifier, changes) = store::changes();
    let settings = loaded.settings.clone();
    let first = base.clone();
    let data_folder = folder.clone();
    let (hand_in, invites) = crossbeam_channel::bounded(HANDED_OVER);
    let instance = OnceCell::new();
    let (instance, held) = (&instance, profile.as_ref());
    open::run(&settings, move |window| {
        instance.get_or_init(|| listen_for_instances(held, window.clone(), hand_in));
        let desktop = {
            let window = window.clone();
            desktop::spawn(move || window.wake())
                .inspect_err(|error| tracing::error!(%error, "no notifications"))
                .ok()
        };
        let history = folder.as_deref().and_then(|folder| {
            let history = history::spawn(folder, changes, move || window.wake());
            history
                .inspect_err(|error| tracing::error!(%error, "the history can't be read"))
                .ok()
        });
        Setup {
            args,
            loaded,
            saver,
            start_worker: Box::new(move |ctx| {
                let ctx = ctx.clone();
                let options = net::Options {
                    folder: folder.clone(),
                    siblings: base
                        .clone()
                        .map_or_else(net::Siblings::default, net::Siblings::in_folder),
                    notifier: notifier.clone(),
                    ..net::Options::default()
                };
                net::spawn(options, move || ctx.request_repaint())
            }),
            history,
            desktop,
            export_folder: export_folder(),
            read_zone: Box::new(system_zone),
            data_folder,
            outside: Outside {
                show_first: show_first(number, first),
                open: Box::new(open_outside),
                pick: Box::new(pick_paths),
                free_space: Box::new(ask_free_space),
            },
            profile: number,
            invites,
        }
    })
    .map_err(|error| match error {
        OpenError::NoDisplay => anyhow::anyhow!(NO_DISPLAY),
        other @ (OpenError::NoExtension(_) | OpenError::Other(_)) => other.into(),
    })
}

fn system_zone() -> jiff::tz::TimeZone {
    // jiff would remember it for five minutes.
    jiff::tz::reset_system_time_zone_cache();
    jiff::tz::TimeZone::system()
}

/// Lets the first program on this folder open the invite, if there is one. Otherwise this program does that itself.
fn hands_over(start: &Start, base: Option<&Path>) -> bool {
    let link = match start {
        Start::Invited(invite) => invite.to_string(),
        // The first program says that of this one, too.
        Start::BadInvite(error) => bad_invite(*error).to_owned(),
        _ => return false,
    };
    base.is_some_and(|base| profile::hand_over(base, &Ask::Open(link)))
}

/// A link with the same fault and no token, for the first program to explain.
fn bad_invite(error: InviteError) -> &'static str {
    match error {
        InviteError::BadHost => "duologue://?",
        _ => "duologue://x:1?",
    }
}

/// Lets other programs on this folder ask for this window, and hand over their invites.
fn listen_for_instances(
    profile: Option<&Profile>,
    window: WindowHandle,
    hand_in: Sender<Result<Invite, InviteError>>,
) -> Option<InstanceListener> {
    let on_ask = move |ask| {
        let is_taken = match ask {
            Ask::Show => true,
            Ask::Open(link) => hand_in.try_send(link.parse()).is_ok(),
        };
        if is_taken {
            window.show();
        }
        is_taken
    };
    InstanceListener::bind(profile?, on_ask)
        .inspect_err(|error| tracing::warn!(%error, "other programs can't ask for this window"))
        .ok()
        .flatten()
}

fn show_first(number: u32, base: Option<PathBuf>) -> Option<ShowFirst> {
    let base = base.filter(|_| number > 1)?;
    Some(Box::new(move |take| {
        let base = base.clone();
        let ask = move || take(profile::ask(&base, &Ask::Show).is_ok());
        let spawned = thread::Builder::new()
            .name("show first".to_owned())
            .spawn(ask);
        if let Err(error) = spawned {
            tracing::warn!(%error, "no thread to ask the first program");
        }
    }))
}

fn claim_profile(base: &Path) -> Profile {
    profile::claim(base).unwrap_or_else(|error| {
        // Each part that writes there reports it.
        tracing::warn!(%error, "the data folder can't be claimed");
        Profile::unclaimed(base)
    })
}

/// The folder beside the program, if it is there: on a stick that is carried along, everything stays together.
fn portable_folder() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let folder = program.parent()?.join(PORTABLE);
    folder.is_dir().then_some(folder)
}

fn user_folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "Duologue");
    if folders.is_none() {
        tracing::warn!("no home folder: nothing is saved");
    }
    folders.map(|folders| folders.config_dir().to_owned())
}

/// Where the person expects exported files.
fn export_folder() -> Option<PathBuf> {
    let folders = directories::UserDirs::new()?;
    let folder = [folders.download_dir(), folders.document_dir()]
        .into_iter()
        .flatten()
        .find(|folder| folder.is_dir());
    Some(folder.unwrap_or(folders.home_dir()).to_owned())
}

/// Checked first: without a display, the windowing library panics or fails with an unclear error.
fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
            .into_iter()
            .any(is_set)
}

fn log_to_stderr() {
    let level = env::var("DUOLOGUE_LOG")
        .ok()
        .and_then(|level| level.parse().ok());
    if let Some(level) = level {
        let level: tracing::Level = level;
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(io::stderr)
            .init();
    }
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(sentence: &str) {
    // There is nowhere to report it if this fails.
    writeln!(io::stderr(), "duologue: {sentence}").ok();
}
