//! The only place with colours, sizes and fonts.

mod fonts;
mod palette;

use std::sync::Arc;

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontId, InputOptions, InputState, Margin, RichText,
    Stroke, Theme, ThemePreference, Vec2, Visuals,
};

use crate::settings::{self, Motion};

pub use self::{
    fonts::{definitions as fonts, icons, strong as strong_family},
    palette::{DARK, HIGH_CONTRAST_DARK, HIGH_CONTRAST_LIGHT, LIGHT, ON_FACE, Palette},
};

/// Space between things that belong together, in points.
pub const GAP: f32 = 8.0;
/// Space at the edges of the window, in points.
pub const EDGE: i8 = 12;
/// The minimum size of the window, in points.
pub const MIN_WINDOW: Vec2 = Vec2::new(320.0, 360.0);
/// The size of the window on first start, in points.
pub const FIRST_WINDOW: Vec2 = Vec2::new(640.0, 560.0);
/// Space left and right of messages, in points.
pub const SIDE: f32 = 16.0;
/// The maximum width of the column of messages, in points.
pub const COLUMN_WIDTH: f32 = 760.0;
/// The maximum width of a bubble, as a part of that column's.
pub const BUBBLE_PART: f32 = 0.76;
/// The maximum width of a bubble, in points.
pub const BUBBLE_WIDTH: f32 = 520.0;
/// Space inside a bubble, in points.
pub const BUBBLE_PADDING: Vec2 = Vec2::new(12.0, 8.0);
/// The corner radius of a bubble, in points.
pub const BUBBLE_CORNER: u8 = 16;
/// The same where it is joined to another bubble, in points.
pub const JOINED_CORNER: u8 = 5;
/// Height of a composer with one line, and of Send, in points.
pub const COMPOSER: f32 = 40.0;
/// The corner radius of controls, in points.
pub const CORNER: u8 = 6;
/// The width of the ring around what has the keyboard, in points.
pub const FOCUS_WIDTH: f32 = 2.0;
/// Space between that ring and what is in it, in points.
pub const FOCUS_GAP: f32 = 2.0;
/// Width kept for several buttons after a sentence on one line, in points.
pub const NOTICE_BUTTONS: f32 = 180.0;
/// Width kept for Close alone, in points.
pub const NOTICE_CLOSE: f32 = 80.0;
/// From this width of the window on, the address controls stand beside the name, in points.
pub const MEDIUM_WINDOW: f32 = 600.0;
/// From this width on, the list of conversations stands beside the transcript, in points.
pub const WIDE_WINDOW: f32 = 900.0;
/// Least height of a control that one clicks on, in points.
pub const CONTROL: f32 = 32.0;
/// Size of an icon on a button, in points.
pub const ICON: f32 = 18.0;
/// Size of an icon in a field, in points.
pub const SMALL_ICON: f32 = 14.0;
/// Font size of times and marks, in points.
pub const META: f32 = 12.0;
/// Font size of secondary text, buttons and fields, in points.
pub const SECONDARY: f32 = 13.0;
/// Font size of sentences in cards and dialogs, in points.
pub const BODY: f32 = 14.0;
/// Font size of messages, in points.
pub const MESSAGE: f32 = 15.0;
/// Height of a line of a message, in points.
pub const MESSAGE_LINE: f32 = 21.0;
/// Font size of code in a message, as a part of that of the text around it.
pub const CODE_PART: f32 = 0.87;
/// Space between a block of code and the edge of its ground, in points.
pub const CODE_PADDING: f32 = 6.0;
/// The same at the sides of code within a line, in points.
pub const CODE_MARGIN: f32 = 2.0;
/// The corner radius of the ground of code, in points.
pub const CODE_CORNER: u8 = 5;
/// Font size of the title of a dialog, in points.
pub const TITLE: f32 = 18.0;
/// Font size of names, in points.
pub const NAME: f32 = 15.0;
/// Height of a line, as a multiple of its font size.
pub const LINE: f32 = 1.4;
/// Diameter of the dot that says how something stands, in points.
pub const DOT: f32 = 8.0;
/// Height of the header, in points.
pub const HEADER: f32 = 56.0;
/// Height of the header in a narrow window, in points.
pub const NARROW_HEADER: f32 = 48.0;
/// Height of the address controls below that, in points.
pub const ADDRESS_ROW: f32 = 40.0;
/// Space between the controls in the header, in points.
pub const HEADER_GAP: f32 = 6.0;
/// Diameter of the face in the header, in points.
pub const HEADER_FACE: f32 = 34.0;
/// The same in a narrow window, in points.
pub const NARROW_FACE: f32 = 28.0;
/// Maximum width of the address controls in the header, in points.
pub const ADDRESS_WIDTH: f32 = 460.0;
/// Least width of face and name beside them, in points.
pub const IDENTITY_WIDTH: f32 = 152.0;
/// Width of the port field, in points.
pub const PORT_WIDTH: f32 = 54.0;
/// Space between the border of a field and its text, in points.
pub const FIELD_PADDING: i8 = 8;
/// Space between the border of a field and a button in it, in points.
pub const FIELD_INSET: f32 = 4.0;
/// Width of the list of conversations beside the transcript, in points.
pub const LIST_WIDTH: f32 = 288.0;
/// Its least and its greatest width, in points.
pub const LIST_WIDTHS: (f32, f32) = (240.0, 360.0);
/// Height of a row of it, in points.
pub const LIST_ROW: f32 = 64.0;
/// Diameter of the face in a row, in points.
pub const LIST_FACE: f32 = 40.0;
/// Height of the address controls below it, in points.
pub const LIST_ADDRESS: f32 = 96.0;
/// Height of our own name below that, in points.
pub const LIST_OWN: f32 = 56.0;
/// Maximum width of what opens below the header, in points.
pub const WAITING_WIDTH: f32 = 320.0;
/// Font size of the title of the start screen, in points.
pub const START_TITLE: f32 = 22.0;
/// Font size of the titles of dialogs, and of what one reads to the other person, in points.
pub const DIALOG_TITLE: f32 = 18.0;
/// Space inside a card that stands alone, in points.
pub const CARD_PADDING: i8 = 16;
/// The corner radius of a card, in points.
pub const CARD_CORNER: u8 = 12;
/// Maximum width of a card that stands alone, in points.
pub const CARD_WIDTH: f32 = 400.0;
/// Maximum width of two cards side by side, in points.
pub const CARDS_WIDTH: f32 = 640.0;
/// From this width on two cards stand side by side, in points.
pub const CARDS_BESIDE: f32 = 540.0;
/// Maximum width of what is shown above the composer for a moment, in points.
pub const TOAST_WIDTH: f32 = 480.0;
/// The width of the dialog with a hex dump, in points.
pub const DUMP_WIDTH: f32 = 576.0;
/// Space inside a dialog, in points.
pub const DIALOG_PADDING: i8 = 16;
/// The width of the dialog in which a reaction is picked, in points.
pub const REACT_WIDTH: f32 = 304.0;
/// The width of other dialogs, in points.
pub const DIALOG_WIDTH: f32 = 420.0;
/// The width of the settings and of the licences, in points.
pub const SETTINGS_WIDTH: f32 = 560.0;
/// Space in a closed list of choices beside the words, in points.
pub const LIST_CHOICE: f32 = 40.0;
/// The width of the search, in points.
pub const SEARCH_WIDTH: f32 = 520.0;
/// The width of a field for a name, in points.
pub const NAME_WIDTH: f32 = 180.0;
/// The font size of digits to be read aloud, in points.
pub const NUMBER_SIZE: f32 = 20.0;
/// The font size of keys to be compared by eye, in points.
pub const KEY_SIZE: f32 = 12.0;
/// The font size of the number of unread messages, in points.
pub const BADGE: f32 = 11.0;
/// The line height of the digits, in points.
pub const NUMBER_LINE: f32 = 30.0;
/// The size of an emoji that can be picked, in points.
pub const EMOJI: f32 = 22.0;
/// The size of what is clicked to pick it, in points.
pub const EMOJI_CELL: f32 = 36.0;
/// The height of a heading among them, in points.
pub const EMOJI_HEADING: f32 = 24.0;
/// The width of the transcript's scroll bar, in points.
pub const SCROLL_BAR: f32 = 8.0;

/// The colours of the current theme.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    let visuals = ui.visuals();
    let (normal, high_contrast) = if visuals.dark_mode {
        (&DARK, &HIGH_CONTRAST_DARK)
    } else {
        (&LIGHT, &HIGH_CONTRAST_LIGHT)
    };
    // The visuals have no place for more than dark or light, but all colours in them are of one palette.
    if visuals.panel_fill == high_contrast.background {
        high_contrast
    } else {
        normal
    }
}

/// Shows the window in these colours.
pub fn apply(ctx: &egui::Context, theme: settings::Theme) {
    let (preference, light, dark) = match theme {
        settings::Theme::System => (ThemePreference::System, &LIGHT, &DARK),
        settings::Theme::Light => (ThemePreference::Light, &LIGHT, &DARK),
        settings::Theme::Dark => (ThemePreference::Dark, &LIGHT, &DARK),
        settings::Theme::HighContrastLight => (ThemePreference::Light, &HIGH_CONTRAST_LIGHT, &DARK),
        settings::Theme::HighContrastDark => (ThemePreference::Dark, &LIGHT, &HIGH_CONTRAST_DARK),
    };
    ctx.set_visuals_of(Theme::Light, visuals(Visuals::light(), light));
    ctx.set_visuals_of(Theme::Dark, visuals(Visuals::dark(), dark));
    ctx.set_theme(preference);
}

/// Lets things in the window move, or change at once. The caret follows `Motion` on its own (`gui/window.rs`).
pub fn set_motion(ctx: &egui::Context, motion: Motion) {
    let usual = egui::Style::default();
    let (time, scrolling) = match motion {
        Motion::Full => (usual.animation_time, usual.scroll_animation),
        Motion::Reduced => (0.0, egui::style::ScrollAnimation::none()),
    };
    ctx.all_styles_mut(|style| {
        style.animation_time = time;
        style.scroll_animation = scrolling;
    });
}

/// Selected text in my bubbles looks like this in the rest of `ui`.
pub fn select_in_mine(ui: &mut egui::Ui) {
    let palette = palette(ui);
    let selection = &mut ui.visuals_mut().selection;
    selection.bg_fill = palette.selection_in_mine;
    selection.stroke.color = palette.selected_in_mine;
}

/// Text in the weight of names and titles.
pub fn strong(text: impl Into<RichText>) -> RichText {
    text.into().family(strong_family())
}

/// Limits the width of what pops up with sentences in it to what there is room for.
pub fn set_popup_width(ui: &mut egui::Ui) {
    let room = ui.ctx().content_rect().width() - 4.0 * f32::from(EDGE);
    ui.set_max_width(room.min(WAITING_WIDTH));
}

/// The font of messages.
pub fn message_font() -> FontId {
    FontId::proportional(MESSAGE)
}

/// The font of names.
pub fn name_font() -> FontId {
    FontId::new(NAME, strong_family())
}

/// Makes buttons and text in the rest of `ui` as large as secondary text is.
pub fn secondary(ui: &mut egui::Ui) {
    for style in [egui::TextStyle::Button, egui::TextStyle::Body] {
        let font = ui.style_mut().text_styles.get_mut(&style);
        if let Some(font) = font {
            font.size = SECONDARY;
        }
    }
}

/// How wide these words are on a button, in points.
pub fn width(ui: &egui::Ui, words: &str) -> f32 {
    let font = egui::TextStyle::Button.resolve(ui.style());
    let colour = palette(ui).text;
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, colour);
    galley.size().x
}

/// The button that does what the person most likely wants.
pub fn primary<'a>(ui: &egui::Ui, words: &str) -> egui::Button<'a> {
    let palette = palette(ui);
    egui::Button::new(strong(words).color(palette.on_accent)).fill(palette.accent)
}

/// The ground of a face. Peers in plain text, who have no key, share one.
pub fn face(key: Option<u8>) -> Color32 {
    palette::face(key)
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
    ctx.add_font_provider(Arc::new(fonts::black_emoji));
    apply(ctx, settings::Theme::System);
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = Vec2::splat(GAP);
        style.spacing.button_padding = Vec2::new(10.0, 5.0);
        style.spacing.interact_size.y = 28.0;
        style.spacing.menu_margin = Margin::same(8);
        for (text_style, font) in &mut style.text_styles {
            font.size = match text_style {
                egui::TextStyle::Small => META,
                egui::TextStyle::Button => SECONDARY,
                egui::TextStyle::Heading => TITLE,
                _ => BODY,
            };
            if *text_style == egui::TextStyle::Heading {
                font.family = strong_family();
            }
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

fn visuals(mut visuals: Visuals, palette: &Palette) -> Visuals {
    visuals.panel_fill = palette.background;
    visuals.window_fill = palette.bar;
    visuals.extreme_bg_color = palette.bar;
    visuals.override_text_color = Some(palette.text);
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.link;
    visuals.selection.bg_fill = palette.selection;
    // egui gives selected text the colour of this stroke (its issue 7691).
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.focus);
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    let widgets = &mut visuals.widgets;
    for widget in [
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        // What has the keyboard gets a ring (gui/focus.rs), so the border is the same in each state.
        widget.bg_stroke = Stroke::new(1.0, palette.border);
        widget.bg_fill = palette.raised;
        widget.weak_bg_fill = palette.pressed;
        widget.fg_stroke = Stroke::new(1.5, palette.text);
        widget.corner_radius = CornerRadius::same(CORNER);
        widget.expansion = 0.0;
    }
    widgets.inactive.weak_bg_fill = palette.raised;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.line);
    widgets.noninteractive.corner_radius = CornerRadius::same(CORNER);
    widgets.noninteractive.expansion = 0.0;
    visuals
}
