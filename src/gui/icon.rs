//! The icons of the window.

use eframe::egui::{Button, Response, RichText, Ui, Vec2};

use super::theme;

/// A picture that stands for what a control does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Search,
    Menu,
    Lock,
    OpenLock,
    ChevronDown,
    ArrowUp,
    ArrowDown,
    Back,
    Address,
    Alert,
    Close,
}

impl Icon {
    /// The icon as text of this size, in points.
    pub fn text(self, size: f32) -> RichText {
        let glyph = match self {
            Self::Search => "🔍",
            Self::Menu => "☰",
            Self::Lock => "🔒",
            Self::OpenLock => "🔓",
            Self::ChevronDown | Self::ArrowDown => "⏷",
            Self::ArrowUp => "⏶",
            Self::Back => "◀",
            Self::Address => "↔",
            Self::Alert => "⚠",
            Self::Close => "✖",
        };
        RichText::new(glyph).size(size)
    }
}

/// A square button without a border. `name` is what it is called, in its tooltip and for a screen reader.
pub(super) fn button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let shown = ui.scope(|ui| {
        ui.spacing_mut().button_padding = Vec2::ZERO;
        let button = Button::new(icon.text(theme::ICON)).frame_when_inactive(false);
        ui.add(button.min_size(Vec2::splat(theme::CONTROL)))
    });
    shown.inner.on_hover_text(name).accessible_name(name)
}
