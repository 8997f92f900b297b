//! Keyboard shortcuts that work wherever the keyboard focus is.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

use crate::gui::action::Action;

/// Opens the list of conversations.
pub(super) const PEOPLE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::K);
/// The same: it was this one first.
const PEOPLE_TOO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
/// Puts the caret into the host field.
pub(super) const ADDRESS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::L);
/// Opens the search.
pub(super) const SEARCH: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);
/// Asks for a day to go to.
pub(super) const DATE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::G);
/// Opens the settings.
pub(super) const SETTINGS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Comma);
/// Shows which keys do what.
pub(super) const SHORTCUTS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::F1);
/// The same, as other programs have it.
const SHORTCUTS_TOO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Slash);
/// Goes to the next older hit.
pub(super) const OLDER: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::F3);
/// Goes to the next newer hit.
pub(super) const NEWER: KeyboardShortcut = KeyboardShortcut::new(Modifiers::SHIFT, Key::F3);

/// The keys of a shortcut as they are shown, such as "Ctrl+,". egui spells punctuation out.
pub(super) fn keys(ctx: &Context, shortcut: KeyboardShortcut) -> String {
    ctx.format_shortcut(&shortcut).replace("Comma", ",")
}

/// What the window is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    /// No dialog is open.
    No,
    /// One is open that may be left at any time.
    ByList,
    /// One is open that asks for an answer.
    ByQuestion,
}

/// Takes the shortcuts out of this frame's events.
pub(super) fn take(ctx: &Context, covered: Covered, actions: &mut Vec<Action>) {
    let mut take = |shortcut, action| {
        if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            actions.push(action);
        }
    };
    if covered != Covered::ByQuestion {
        take(SEARCH, Action::ShowSearch);
        take(PEOPLE, Action::ShowPeople);
        take(PEOPLE_TOO, Action::ShowPeople);
        take(SETTINGS, Action::ShowSettings);
        take(SHORTCUTS, Action::ShowShortcuts);
        take(SHORTCUTS_TOO, Action::ShowShortcuts);
    }
    if covered == Covered::No {
        take(ADDRESS, Action::FocusAddress);
        take(DATE, Action::AskForDate(None));
        // The one with Shift first: the other would match it too.
        take(NEWER, Action::StepHit(-1));
        take(OLDER, Action::StepHit(1));
    }
}
