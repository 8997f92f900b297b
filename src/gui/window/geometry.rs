//! The size of the window and of everything in it: what is kept for the next start, and what fits the screen.
//!
//! Where the window is, is left to the system: so it is never off the screen.

use eframe::egui::{
    Context, Event, InputState, KeyboardShortcut, Vec2, ViewportCommand, ViewportInfo,
    gui_zoom::kb_shortcuts::{ZOOM_IN, ZOOM_IN_SECONDARY, ZOOM_OUT, ZOOM_RESET},
};

use crate::{
    gui::theme,
    settings::{Settings, WindowState, Zoom},
};

/// The longest side of a window, in points. Larger than any screen, and small enough for every system.
const MAX_SIDE: f32 = 16_000.0;

/// Sizes differ by less than this through rounding, in points. Less than a pixel at the largest zoom.
const ROUNDING: f32 = 0.1;

/// The inner size to open the window with, in points at 100 % zoom.
pub(in crate::gui) fn first_size(saved: Option<[f32; 2]>) -> Vec2 {
    let saved = saved.map(Vec2::from).filter(|size| size.is_finite());
    let size = saved.unwrap_or(theme::FIRST_WINDOW);
    size.clamp(theme::MIN_WINDOW, Vec2::splat(MAX_SIDE))
}

/// Changes the zoom if the keys for that were pressed. egui would allow other limits.
pub(in crate::gui) fn zoom_by_keys(ctx: &Context) {
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    let presses = |shortcut: KeyboardShortcut| {
        let (modifiers, key) = (shortcut.modifiers, shortcut.logical_key);
        let presses = ctx.input_mut(|input| input.count_and_consume_key(modifiers, key));
        i32::try_from(presses).unwrap_or(i32::MAX)
    };
    let resets = presses(ZOOM_RESET) > 0;
    let steps = presses(ZOOM_IN)
        .saturating_add(presses(ZOOM_IN_SECONDARY))
        .saturating_sub(presses(ZOOM_OUT));
    let zoom = Zoom::times(ctx.zoom_factor());
    if resets {
        ctx.set_zoom_factor(Zoom::default().factor());
    } else if steps != 0 {
        ctx.set_zoom_factor(zoom.stepped(steps).factor());
    }
}

/// Follows the size of the window.
#[derive(Debug, Default)]
pub(in crate::gui) struct Geometry {
    /// The size in the last frame, in points at 100 % zoom.
    last: Option<[f32; 2]>,
    start: Start,
}

/// What is still to be done to the window since the start.
#[derive(Debug, Default, PartialEq, Eq)]
enum Start {
    /// To maximise it: on X11 a window can't be opened like that before it is shown.
    Maximize,
    /// To make it smaller if it does not fit the screen with its frame, of which eframe knows nothing. Only until the
    /// person does something, who may well want a window on two monitors.
    #[default]
    Fit,
    Done,
}

impl Geometry {
    /// Of a window that is opened maximised, or not.
    pub fn new(state: WindowState) -> Self {
        let start = match state {
            WindowState::Normal => Start::Fit,
            WindowState::Maximized => Start::Maximize,
        };
        Self { last: None, start }
    }

    /// Keeps size and zoom for the next start. To be called in each frame.
    pub fn follow(&mut self, ctx: &Context, settings: &mut Settings) {
        let (size, info) = ctx.input(|input| {
            let native = input.viewport().native_pixels_per_point.unwrap_or(1.0);
            // The system's windows have whole pixels: nothing adds up from start to start.
            let pixels = (input.viewport_rect().size() * input.pixels_per_point).round();
            ((pixels / native).into(), input.viewport().clone())
        });
        settings.zoom = Zoom::times(ctx.zoom_factor());
        // The first frame is painted before the window is shown, and perhaps at another zoom.
        if self.last.is_some() {
            self.start(ctx, &info);
        }
        if self.start != Start::Maximize {
            self.follow_size(size, &info, settings);
        }
        self.last = Some(size);
    }

    /// A size counts once two frames have it: when the window is maximised, the system may say so after it has changed
    /// the size.
    fn follow_size(&mut self, size: [f32; 2], info: &ViewportInfo, settings: &mut Settings) {
        match info.maximized {
            Some(true) => settings.window_state = WindowState::Maximized,
            Some(false) => settings.window_state = WindowState::Normal,
            None => {}
        }
        if is_normal(info) && self.last == Some(size) {
            settings.window = Some(size);
        }
    }

    fn start(&mut self, ctx: &Context, info: &ViewportInfo) {
        match self.start {
            Start::Maximize => {
                ctx.send_viewport_cmd(ViewportCommand::Maximized(true));
                self.start = Start::Done;
            }
            Start::Fit if ctx.input(is_by_person) => self.start = Start::Done,
            Start::Fit if is_normal(info) => {
                let sizes = info.inner_rect.zip(info.outer_rect).zip(info.monitor_size);
                let least = theme::MIN_WINDOW / ctx.zoom_factor();
                if let Some(((inner, outer), monitor)) = sizes
                    && let Some(size) = fitting(inner.size(), outer.size(), monitor, least)
                {
                    ctx.send_viewport_cmd(ViewportCommand::InnerSize(size));
                    self.start = Start::Done;
                }
            }
            Start::Fit | Start::Done => {}
        }
    }
}

fn is_by_person(input: &InputState) -> bool {
    let is_press = |event: &Event| matches!(event, Event::Key { .. } | Event::PointerButton { .. });
    input.events.iter().any(is_press)
}

fn is_normal(info: &ViewportInfo) -> bool {
    ![info.maximized, info.minimized, info.fullscreen].contains(&Some(true))
}

/// The inner size with which a window fits a monitor, in the unit of the others, but not below `least`. `None` if it
/// fits. `outer` includes the frame.
fn fitting(inner: Vec2, outer: Vec2, monitor: Vec2, least: Vec2) -> Option<Vec2> {
    let too_much = (outer - monitor).max(Vec2::ZERO);
    let size = (inner - too_much).max(least.min(inner));
    let is_known = monitor.min_elem() > 0.0;
    (is_known && (inner - size).max_elem() > ROUNDING).then_some(size)
}

#[cfg(test)]
mod tests {
    use eframe::egui::vec2;

    use super::*;

    #[test]
    fn any_saved_size_gives_a_window() {
        let (min, first) = (theme::MIN_WINDOW, theme::FIRST_WINDOW);
        for (saved, size) in [
            (None, first),
            (Some([777.0, 555.0]), vec2(777.0, 555.0)),
            (Some([0.0, 555.0]), vec2(min.x, 555.0)),
            (Some([-1e30, 1e30]), vec2(min.x, MAX_SIDE)),
            (Some([f32::NAN, 555.0]), first),
            (Some([777.0, f32::INFINITY]), first),
        ] {
            assert_eq!(first_size(saved), size, "{saved:?}");
        }
    }

    #[test]
    fn a_window_fits_the_monitor_with_its_frame() {
        let monitor = vec2(1280.0, 800.0);
        let (frame, least) = (vec2(2.0, 25.0), theme::MIN_WINDOW);
        for (inner, size) in [
            (vec2(640.0, 560.0), None),
            (monitor - frame, None),
            (monitor - frame + Vec2::splat(0.001), None),
            (monitor, Some(monitor - frame)),
            (vec2(640.0, 790.0), Some(vec2(640.0, 775.0))),
            (vec2(9000.0, 9000.0), Some(monitor - frame)),
        ] {
            let fitting = fitting(inner, inner + frame, monitor, least);
            assert_eq!(fitting, size, "{inner}");
        }
        // Not smaller than a window must be, and not at all if the monitor is not known.
        let (inner, tiny) = (vec2(640.0, 560.0), vec2(100.0, 100.0));
        assert_eq!(fitting(inner, inner + frame, tiny, least), Some(least));
        assert_eq!(fitting(inner, inner, Vec2::ZERO, least), None);
    }

    #[test]
    fn the_size_while_maximised_is_not_kept() {
        let mut geometry = Geometry::default();
        let mut settings = Settings::default();
        let normal = ViewportInfo {
            maximized: Some(false),
            ..ViewportInfo::default()
        };
        let maximized = ViewportInfo {
            maximized: Some(true),
            ..ViewportInfo::default()
        };
        let (small, large) = ([640.0, 560.0], [1280.0, 775.0]);
        for (size, info) in [
            (small, &normal),
            (small, &normal),
            // The size has changed already.
            (large, &normal),
            (large, &maximized),
            (large, &maximized),
        ] {
            geometry.follow_size(size, info, &mut settings);
            geometry.last = Some(size);
        }
        let kept = (settings.window, settings.window_state);
        assert_eq!(kept, (Some(small), WindowState::Maximized));
        for (size, info) in [
            // Not maximised any more, and the size has not changed yet.
            (large, &normal),
            (small, &normal),
            (small, &normal),
        ] {
            geometry.follow_size(size, info, &mut settings);
            geometry.last = Some(size);
        }
        let kept = (settings.window, settings.window_state);
        assert_eq!(kept, (Some(small), WindowState::Normal));
    }
}
