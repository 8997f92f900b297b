//! The settings that are a choice of a few.

use serde::{Deserialize, Serialize};

/// Whether the window is maximised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowState {
    /// In its own size.
    #[default]
    Normal,
    /// As large as the screen.
    Maximized,
}

/// When the address controls are shown in a narrow window. In others they always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressRow {
    /// While nobody is connected, and when the person asks for them.
    #[default]
    Folds,
    /// At all times.
    Always,
}

/// How markup in messages is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Markup {
    /// `**bold**` is bold.
    #[default]
    Styled,
    /// As it was typed.
    AsTyped,
}

/// Which key sends a message. The other one begins a new line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendKey {
    /// Shift+Enter begins a new line.
    #[default]
    Enter,
    /// With Command on macOS.
    CtrlEnter,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Light or dark, as the system is set.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Black on white, with dark borders.
    HighContrastLight,
    /// White on black, with light borders.
    HighContrastDark,
}

/// Whether anything in the window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Motion {
    /// Colours and places change gradually, and the caret blinks.
    #[default]
    Full,
    /// Everything changes at once.
    Reduced,
}

/// How the desktop notifies the person of what comes while the window is not in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    /// What they say of a message.
    pub show: Notify,
    /// Whether they come with a sound.
    pub sound: bool,
}

/// What a notification says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// Who has written it, and its text.
    #[default]
    Text,
    /// Only that something has come.
    Hidden,
    /// Nothing: there are no notifications.
    Off,
}
