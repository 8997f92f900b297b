//! What all rows have in common: margins, highlights, labels.

use eframe::egui::{self, Rect, Ui};

use super::unfolded::Unfolded;
use crate::chat::timeline::{Item, ItemId, Message};

/// A message and its item in the timeline.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub id: ItemId,
    pub item: &'a Item,
    pub message: &'a Message,
}

/// What the person is doing with a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    pub highlight: Highlight,
    /// Its menu is to be opened, by keyboard.
    pub open_menu: bool,
    /// It is a long message, shown whole.
    pub unfolded: bool,
    /// Whether it is picked, while messages are being picked.
    pub picked: Option<bool>,
}

/// How much of a row is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    /// All of it, but only the beginning of a long message.
    Folded,
    Whole(&'a Unfolded),
    /// A sentence in its place, because it can't be shown.
    Nothing,
}

/// Why a row stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Highlight {
    #[default]
    None,
    /// The keyboard is on it.
    Keyboard,
    /// A search found it.
    Found,
}

/// Tells a screen reader where `ui` is. egui does that for widgets only.
pub(super) fn set_bounds(ui: &Ui, rect: Rect) {
    let (x0, y0) = (rect.min.x.into(), rect.min.y.into());
    let (x1, y1) = (rect.max.x.into(), rect.max.y.into());
    let bounds = egui::accesskit::Rect { x0, y0, x1, y1 };
    ui.ctx()
        .accesskit_node_builder(ui.unique_id(), |node| node.set_bounds(bounds));
}
