//! The window itself: its title, its size, the caret and the focus.

mod geometry;

use eframe::egui::{self, Context, Event, Key, ViewportCommand};

use crate::settings::{Motion, WindowState};

use geometry::Geometry;
pub(super) use geometry::{first_size, zoom_by_keys};

/// How long the caret blinks after the last input, in seconds. Each blink is a repaint.
const BLINK_FOR: f64 = 10.0;
/// How long somebody who has typed is taken to go on, in seconds.
const TYPING: f64 = 2.0;

/// What is remembered of the window from frame to frame.
#[derive(Debug, Default)]
pub(super) struct Window {
    title: String,
    /// When the last input came, in seconds of egui's clock.
    last_input: f64,
    /// When text was last typed or pasted, by the same clock.
    last_text: Option<f64>,
    /// Nothing has had the focus since a click or Escape.
    focus_was_lost: bool,
    /// Frames painted so far.
    pub frames: u64,
    /// Closing was confirmed although messages are undelivered.
    pub closes_anyway: bool,
    pub geometry: Geometry,
}

impl Window {
    /// A window that is opened maximised, or not.
    pub fn new(state: WindowState) -> Self {
        Self {
            geometry: Geometry::new(state),
            ..Self::default()
        }
    }

    /// Changes the title, for the system and for screen readers.
    pub fn set_title(&mut self, ctx: &Context, title: String) {
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// To be called at the beginning of each frame.
    pub fn begin_frame(&mut self, ctx: &Context, motion: Motion) {
        self.frames += 1;
        // A screen reader names the window by this.
        ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| {
            node.set_label(self.title.clone());
        });
        self.rest_caret(ctx, motion);
    }

    /// Whether the focus was given up by a click outside everything or by Escape. True in one frame only: asking for
    /// the focus in every frame would swallow keys under an input method. Not after Tab, which leaves nothing focused
    /// for a moment on its way round.
    pub fn lost_focus(&mut self, ctx: &Context) -> bool {
        let (released, tab, pointer_down) = ctx.input(|input| {
            let released = input.pointer.any_released() || input.key_pressed(Key::Escape);
            let tab = input.key_pressed(Key::Tab);
            (released, tab, input.pointer.any_down())
        });
        let is_focused = ctx.memory(|memory| memory.focused().is_some());
        self.focus_was_lost = (self.focus_was_lost || released) && !is_focused && !tab;
        self.focus_was_lost && !pointer_down
    }

    /// Takes in whether text is typed or pasted.
    pub fn follow_keys(&mut self, ctx: &Context) {
        let is_text =
            |event: &Event| matches!(event, Event::Text(_) | Event::Paste(_) | Event::Ime(_));
        let (now, has_text) = ctx.input(|input| (input.time, input.events.iter().any(is_text)));
        if has_text {
            self.last_text = Some(now);
        }
    }

    /// Whether the person is in the middle of typing into a field.
    pub fn is_typing(&self, ctx: &Context) -> bool {
        let now = ctx.input(|input| input.time);
        ctx.text_edit_focused() && self.last_text.is_some_and(|last| now - last < TYPING)
    }

    /// Stops the blinking of the caret when nothing has happened for a while: a window at rest costs nothing. It never
    /// blinks with reduced motion.
    fn rest_caret(&mut self, ctx: &Context, motion: Motion) {
        let (now, is_active) = ctx.input(|input| (input.time, !input.events.is_empty()));
        if is_active {
            self.last_input = now;
        }
        let blink = motion == Motion::Full && now - self.last_input < BLINK_FOR;
        if ctx.global_style().visuals.text_cursor.blink != blink {
            ctx.global_style_mut(|style| style.visuals.text_cursor.blink = blink);
        }
    }
}

/// Whether the window is in front. True where the system does not say.
pub(super) fn has_focus(ctx: &Context) -> bool {
    ctx.input(|input| input.viewport().focused.unwrap_or(true))
}
