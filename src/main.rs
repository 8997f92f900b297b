//! Arguments, logging, window options, run; nothing else.
#![windows_subsystem = "windows"]
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use duologue::{
    args::{self, Args, Parsed},
    gui::{App, Setup, theme},
    net,
    profile::{self, Profile},
    settings::{self, Saver},
};
use eframe::{NativeOptions, egui, icon_data};

/// The name of the window class and of the Wayland application.
const APP_ID: &str = "duologue";

const NO_DISPLAY: &str = "no display answers: set DISPLAY or WAYLAND_DISPLAY to one that does, or \
                          run scripts/run.sh --virtual to open the window in a virtual one";

fn main() -> ExitCode {
    let args = match args::parse(env::args_os().skip(1)) {
        Ok(Parsed::Run(args)) => args,
        Ok(Parsed::Help) => return print(args::HELP),
        Ok(Parsed::Version) => return print(concat!("duologue ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(error) => {
            complain(&format!("{error} (see --help)"));
            return ExitCode::from(2);
        }
    };
    log_to_stderr();
    if !has_display() {
        complain(NO_DISPLAY);
        return ExitCode::FAILURE;
    }
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
        Some(folder) => Some(folder.clone()),
        None => user_folder(),
    };
    // Held until the end: it keeps others out.
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
        .map(|folder| Saver::start(folder, loaded.settings.clone()))
        .transpose()
        .context("no thread for the settings")?;
    let size = loaded
        .settings
        .window
        .map_or(theme::FIRST_WINDOW, egui::Vec2::from);
    let icon = icon_data::from_png_bytes(include_bytes!("../assets/icons/256.png"))
        .context("the icon is damaged")?;
    let options = NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Duologue")
            .with_app_id(APP_ID)
            .with_icon(icon)
            .with_inner_size(size)
            .with_min_inner_size(theme::MIN_WINDOW),
        ..NativeOptions::default()
    };
    let create = Box::new(move |creation: &eframe::CreationContext<'_>| {
        let setup = Setup {
            args,
            loaded,
            saver,
            start_worker: Box::new(move |ctx| {
                let ctx = ctx.clone();
                net::spawn(folder.clone(), move || ctx.request_repaint())
            }),
            zone: jiff::tz::TimeZone::system(),
            profile: number,
        };
        Ok(Box::new(App::new(&creation.egui_ctx, setup)) as Box<dyn eframe::App>)
    });
    eframe::run_native("Duologue", options, create).map_err(|error| match error {
        eframe::Error::WinitEventLoop(_) => anyhow::anyhow!(NO_DISPLAY),
        other => {
            let words = other.to_string().replace('\n', " ");
            anyhow::anyhow!("the window can't be opened: {words}")
        }
    })
}

fn claim_profile(base: &Path) -> Profile {
    profile::claim(base).unwrap_or_else(|error| {
        // Whatever is written there will say so.
        tracing::warn!(%error, "the data folder can't be claimed");
        Profile::unclaimed(base)
    })
}

fn user_folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "Duologue");
    if folders.is_none() {
        tracing::warn!("no home folder: nothing will be remembered");
    }
    folders.map(|folders| folders.config_dir().to_owned())
}

/// Without this the windowing library would panic or say something nobody understands.
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
    // Nobody is left to tell if this fails.
    writeln!(io::stderr(), "duologue: {sentence}").ok();
}
