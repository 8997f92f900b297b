//! The only place with colours, sizes and fonts.
#![expect(clippy::disallowed_methods, reason = "this is the place for colours")]

use std::sync::Arc;

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, InputOptions,
    InputState, Margin, Stroke, Theme, Vec2, Visuals,
};

/// Space between things that belong together, in points.
pub const GAP: f32 = 8.0;
/// Space at the edges of the window, in points.
pub const EDGE: i8 = 12;
/// The minimum size of the window, in points.
pub const MIN_WINDOW: Vec2 = Vec2::new(380.0, 320.0);
/// The size of the window on first start, in points.
pub const FIRST_WINDOW: Vec2 = Vec2::new(640.0, 560.0);
/// The maximum width of a bubble, as a part of the transcript's.
pub const BUBBLE_WIDTH: f32 = 0.74;
/// Space inside a bubble, in points.
pub const BUBBLE_PADDING: Vec2 = Vec2::new(11.0, 7.0);
/// The corner radius of a bubble, in points.
pub const BUBBLE_CORNER: u8 = 12;
/// Width kept for several buttons after a sentence on one line, in points.
pub const NOTICE_BUTTONS: f32 = 180.0;
/// Width kept for Close alone, in points.
pub const NOTICE_CLOSE: f32 = 80.0;
/// Minimum and maximum width of the host field, in points.
pub const HOST_WIDTH: (f32, f32) = (90.0, 180.0);
/// Width of the rest of the address bar on one line, in points.
pub const WHOLE_BAR: f32 = 452.0;
/// Width of what is beside the host field where the address bar takes two lines, in points.
pub const BESIDE_HOST: f32 = 200.0;
/// Width of the menu button with its gap, in points.
pub const MENU_WIDTH: f32 = 41.0;
/// The width of the dialog with a hex dump, in points.
pub const DUMP_WIDTH: f32 = 660.0;
/// Space inside a dialog, in points.
pub const DIALOG_PADDING: i8 = 14;
/// The width of other dialogs, in points.
pub const DIALOG_WIDTH: f32 = 420.0;
/// The width of the list of people, in points.
pub const PEOPLE_WIDTH: f32 = 520.0;
/// The width of the search, in points.
pub const SEARCH_WIDTH: f32 = 520.0;
/// The width of a field for a name, in points.
pub const NAME_WIDTH: f32 = 180.0;
/// The font size of digits to be read aloud, in points.
pub const NUMBER_SIZE: f32 = 19.0;
/// The font size of keys to be compared by eye, in points.
pub const KEY_SIZE: f32 = 12.0;
/// The font size of a number on the corner of a button, in points.
pub const BADGE_SIZE: f32 = 10.5;
/// The line height of the digits, in points.
pub const NUMBER_LINE: f32 = 28.0;
/// Width kept for Listen and Connect side by side, in points.
pub const BUTTONS_WIDTH: f32 = 140.0;
/// The width of the encryption choice, in points.
pub const CHOICE_WIDTH: f32 = 96.0;
/// The width of the transcript's scroll bar, in points.
pub const SCROLL_BAR: f32 = 8.0;

/// The colours of one theme.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// The background of the transcript.
    pub background: Color32,
    /// The background of the bars above and below it.
    pub bar: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text.
    pub weak: Color32,
    /// Lines between areas.
    pub line: Color32,
    /// My bubbles.
    pub mine: Color32,
    /// Text in them.
    pub on_mine: Color32,
    /// The peer's bubbles.
    pub theirs: Color32,
    /// Text in them.
    pub on_theirs: Color32,
    /// The primary button.
    pub accent: Color32,
    /// Text on it.
    pub on_accent: Color32,
    /// Connected, verified.
    pub good: Color32,
    /// Waiting for a connection, undelivered.
    pub waiting: Color32,
    /// Something is wrong.
    pub bad: Color32,
    /// The background of errors.
    pub bad_background: Color32,
    /// The background of questions and hints.
    pub hint_background: Color32,
    /// The background of words that a search has found.
    pub found: Color32,
    /// The background of selected text, but not in my bubbles. The text keeps the colour of [`Palette::text`].
    pub selection: Color32,
    /// The background of selected text in my bubbles.
    pub selection_in_mine: Color32,
    /// The selected text in my bubbles.
    pub selected_in_mine: Color32,
}

const LIGHT: Palette = Palette {
    background: Color32::from_rgb(255, 255, 255),
    bar: Color32::from_rgb(245, 246, 248),
    text: Color32::from_rgb(28, 31, 36),
    weak: Color32::from_rgb(94, 101, 112),
    line: Color32::from_rgb(222, 225, 230),
    mine: Color32::from_rgb(30, 99, 208),
    on_mine: Color32::WHITE,
    theirs: Color32::from_rgb(235, 237, 241),
    on_theirs: Color32::from_rgb(28, 31, 36),
    accent: Color32::from_rgb(30, 99, 208),
    on_accent: Color32::WHITE,
    good: Color32::from_rgb(24, 132, 74),
    waiting: Color32::from_rgb(180, 110, 0),
    bad: Color32::from_rgb(186, 36, 36),
    bad_background: Color32::from_rgb(253, 236, 234),
    hint_background: Color32::from_rgb(232, 240, 254),
    found: Color32::from_rgb(255, 226, 138),
    selection: Color32::from_rgb(185, 211, 251),
    selection_in_mine: Color32::WHITE,
    selected_in_mine: Color32::from_rgb(11, 46, 107),
};

const DARK: Palette = Palette {
    background: Color32::from_rgb(22, 24, 28),
    bar: Color32::from_rgb(31, 34, 39),
    text: Color32::from_rgb(230, 232, 236),
    weak: Color32::from_rgb(157, 164, 175),
    line: Color32::from_rgb(54, 58, 66),
    mine: Color32::from_rgb(41, 98, 191),
    on_mine: Color32::WHITE,
    theirs: Color32::from_rgb(46, 50, 58),
    on_theirs: Color32::from_rgb(230, 232, 236),
    accent: Color32::from_rgb(52, 112, 214),
    on_accent: Color32::WHITE,
    good: Color32::from_rgb(86, 200, 130),
    waiting: Color32::from_rgb(240, 180, 70),
    bad: Color32::from_rgb(255, 130, 120),
    bad_background: Color32::from_rgb(66, 32, 32),
    hint_background: Color32::from_rgb(34, 48, 74),
    found: Color32::from_rgb(112, 86, 12),
    selection: Color32::from_rgb(62, 92, 146),
    selection_in_mine: Color32::WHITE,
    selected_in_mine: Color32::from_rgb(11, 46, 107),
};

/// The colours of the current theme.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}

/// Selected text in my bubbles looks like this in the rest of `ui`.
pub fn select_in_mine(ui: &mut egui::Ui) {
    let palette = palette(ui);
    let selection = &mut ui.visuals_mut().selection;
    selection.bg_fill = palette.selection_in_mine;
    selection.stroke.color = palette.selected_in_mine;
}

/// The frame around a notice or an entry of a list.
pub fn banner(ground: Color32) -> egui::Frame {
    egui::Frame::new()
        .fill(ground)
        .corner_radius(8)
        .inner_margin(Margin::symmetric(10, 6))
}

/// Sets up fonts and both themes. To be called once, before the first frame.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_visuals_of(Theme::Light, visuals(Visuals::light(), &LIGHT));
    ctx.set_visuals_of(Theme::Dark, visuals(Visuals::dark(), &DARK));
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = Vec2::splat(GAP);
        style.spacing.button_padding = Vec2::new(10.0, 5.0);
        style.spacing.interact_size.y = 28.0;
        style.spacing.menu_margin = Margin::same(8);
        for (text_style, font) in &mut style.text_styles {
            font.size = match text_style {
                egui::TextStyle::Small => 11.5,
                egui::TextStyle::Heading => 20.0,
                _ => 14.5,
            };
        }
    });
    // A shortcut that quits at once would end a conversation by accident.
    ctx.options_mut(|options| options.quit_shortcuts.clear());
}

/// Lifts egui's limit on the length of a click, except for touch, where a long press opens the context menu. On a busy
/// computer, with a second between two frames, a normal click would exceed it.
pub fn lift_click_limit(ctx: &Context) {
    let is_touched = ctx.input(InputState::any_touches);
    ctx.options_mut(|options| {
        options.input_options.max_click_duration = if is_touched {
            InputOptions::default().max_click_duration
        } else {
            f64::INFINITY
        };
    });
}

/// egui's own fonts, followed by one that has every Hangul syllable.
pub fn fonts() -> FontDefinitions {
    const HANGUL: &str = "Duologue Hangul";
    let mut fonts = FontDefinitions::default();
    let data = FontData::from_static(include_bytes!("../../assets/DuologueHangul.ttf"));
    fonts.font_data.insert(HANGUL.to_owned(), Arc::new(data));
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts
            .families
            .entry(family)
            .or_default()
            .push(HANGUL.to_owned());
    }
    fonts
}

fn visuals(mut visuals: Visuals, palette: &Palette) -> Visuals {
    visuals.panel_fill = palette.background;
    visuals.window_fill = palette.bar;
    visuals.extreme_bg_color = palette.background;
    visuals.override_text_color = Some(palette.text);
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.selection.bg_fill = palette.selection;
    // egui gives selected text the colour of this stroke (its issue 7691).
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.accent);
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.line);
    for widget in [
        &mut visuals.widgets.noninteractive,
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.corner_radius = CornerRadius::same(6);
        widget.expansion = 0.0;
    }
    visuals.widgets.inactive.weak_bg_fill = palette.background;
    visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, palette.line);
    visuals.widgets.hovered.bg_stroke = Stroke::new(1.0, palette.accent);
    visuals.widgets.active.bg_stroke = Stroke::new(1.5, palette.accent);
    // Also for the focused widget, which would be a dark grey in the light theme.
    visuals.widgets.active.weak_bg_fill = visuals.widgets.hovered.weak_bg_fill;
    visuals
}
