//! Opens the window, and lets other threads reach it.

use eframe::{
    CreationContext, NativeOptions,
    egui::{Context, UserAttentionType, ViewportBuilder, ViewportCommand, ViewportId},
    icon_data,
};

use super::{App, Setup, panics, system_fonts, theme, window};
use crate::settings::{Settings, WindowState};

/// The X11 window class and the Wayland application id.
const APP_ID: &str = "duologue";

/// Why the window can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No X11 or Wayland display is available.
    #[error("no display is available")]
    NoDisplay,
    /// The X server has not this extension.
    #[error("the window can't be opened: the X server has no {0} extension")]
    NoExtension(&'static str),
    /// Anything else that the system says, on one line.
    #[error("the window can't be opened: {0}")]
    Other(String),
}

/// Reaches the open window from other threads.
#[derive(Clone)]
pub struct WindowHandle(Context);

impl WindowHandle {
    /// Makes the window take in what has come.
    pub fn wake(&self) {
        self.0.request_repaint();
    }

    /// Brings the window to the front.
    pub fn show(&self) {
        bring_to_front(&self.0);
        self.wake();
    }
}

/// Brings the window to the front.
pub(super) fn bring_to_front(ctx: &Context) {
    let show = |command| ctx.send_viewport_cmd_to(ViewportId::ROOT, command);
    show(ViewportCommand::Minimized(false));
    show(ViewportCommand::Focus);
    // Some systems do not let a program take the focus by itself.
    show(ViewportCommand::RequestUserAttention(
        UserAttentionType::Informational,
    ));
}

/// Opens the window in the size that the settings have, and runs it until it is closed. `set_up` is called once, when
/// the window is there.
///
/// # Errors
/// See [`OpenError`].
pub fn run<'a>(
    settings: &Settings,
    set_up: impl FnOnce(WindowHandle) -> Setup + 'a,
) -> Result<(), OpenError> {
    panics::log_caught();
    let icon = icon_data::from_png_bytes(include_bytes!("../../assets/icons/256.png"))
        .map_err(|error| OpenError::Other(error.to_string()))?;
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("Duologue")
            .with_app_id(APP_ID)
            .with_icon(icon)
            // The window is created at 100 % zoom. eframe makes no size larger than the largest monitor.
            .with_inner_size(window::first_size(settings.window))
            .with_maximized(settings.window_state == WindowState::Maximized)
            .with_min_inner_size(theme::MIN_WINDOW),
        // `system_fonts` asks for them itself, behind a guard.
        system_font_fallback: false,
        ..NativeOptions::default()
    };
    let create = Box::new(move |creation: &CreationContext<'_>| {
        panics::end_of_opening();
        system_fonts::install(&creation.egui_ctx);
        let setup = set_up(WindowHandle(creation.egui_ctx.clone()));
        Ok(Box::new(App::new(&creation.egui_ctx, setup)) as Box<dyn eframe::App>)
    });
    // winit panics where an X server lacks what it needs (<https://github.com/rust-windowing/winit/issues/1781>).
    match panics::caught_while_opening(|| eframe::run_native("Duologue", options, create)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(eframe::Error::WinitEventLoop(_))) => Err(OpenError::NoDisplay),
        Ok(Err(other)) => Err(OpenError::Other(one_line(&other.to_string()))),
        Err(panic) if panic.contains("XRandR") => Err(OpenError::NoExtension("RandR")),
        Err(panic) => Err(OpenError::Other(one_line(&panic))),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
