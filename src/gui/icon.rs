//! The icons of the window.

use eframe::egui::{Align2, Button, Color32, FontId, Response, RichText, Sense, Ui, Vec2};

use super::theme;

/// A picture that stands for what a control does. The glyphs are Lucide's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Address,
    Alert,
    ArrowDown,
    ArrowUp,
    Back,
    BellOff,
    Check,
    CheckTwice,
    ChevronDown,
    Close,
    Edit,
    Forward,
    Lock,
    Menu,
    OpenLock,
    People,
    Pin,
    Plus,
    Reply,
    Search,
    Send,
    Smile,
}

impl Icon {
    /// The icon as text of this size, in points.
    pub fn text(self, size: f32) -> RichText {
        RichText::new(self.glyph())
            .family(theme::icons())
            .size(size)
    }

    /// The character of the icon in its font.
    pub fn glyph(self) -> char {
        match self {
            Self::Address => '\u{e24a}',
            Self::Alert => '\u{e193}',
            Self::ArrowDown => '\u{e042}',
            Self::ArrowUp => '\u{e04a}',
            Self::Back => '\u{e06e}',
            Self::BellOff => '\u{e05a}',
            Self::Check => '\u{e06c}',
            Self::CheckTwice => '\u{e38e}',
            Self::ChevronDown => '\u{e06d}',
            Self::Close => '\u{e1b2}',
            Self::Edit => '\u{e1f9}',
            Self::Forward => '\u{e06f}',
            Self::Lock => '\u{e10b}',
            Self::Menu => '\u{e115}',
            Self::OpenLock => '\u{e10c}',
            Self::People => '\u{e40d}',
            Self::Pin => '\u{e259}',
            Self::Plus => '\u{e13d}',
            Self::Reply => '\u{e22a}',
            Self::Search => '\u{e151}',
            Self::Send => '\u{e152}',
            Self::Smile => '\u{e164}',
        }
    }
}

/// Shows the icon. Screen readers skip it.
pub(super) fn show(ui: &mut Ui, icon: Icon, size: f32, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    let font = FontId::new(size, theme::icons());
    let (at, centre) = (rect.center(), Align2::CENTER_CENTER);
    ui.painter().text(at, centre, icon.glyph(), font, colour);
    response
}

/// A square button without a border. `name` is what it is called, in its tooltip and for a screen reader.
pub(super) fn button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let button = Button::new(()).frame_when_inactive(false);
    let button = ui.add_sized(Vec2::splat(theme::CONTROL), button);
    // Not as the text of the button, which stands at the top or at the left in some layouts.
    let font = FontId::new(theme::ICON, theme::icons());
    let (at, centre) = (button.rect.center(), Align2::CENTER_CENTER);
    let colour = theme::palette(ui).text;
    ui.painter().text(at, centre, icon.glyph(), font, colour);
    button.on_hover_text(name).accessible_name(name)
}
