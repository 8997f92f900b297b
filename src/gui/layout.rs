//! How much of the window stands side by side, by its width.

use eframe::egui::Context;

use super::theme;

/// See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// The address controls have a line of their own.
    Narrow,
    /// They stand beside the name.
    Medium,
    /// They stand below the list of conversations, which is always there.
    Wide,
}

impl Layout {
    /// For the window as it is now.
    pub fn of(ctx: &Context) -> Self {
        match ctx.content_rect().width() {
            width if width >= theme::WIDE_WINDOW => Self::Wide,
            width if width >= theme::MEDIUM_WINDOW => Self::Medium,
            _ => Self::Narrow,
        }
    }
}
