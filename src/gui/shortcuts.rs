//! The keys that lead somewhere from wherever the keyboard is.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

use super::{Action, dialog::Dialog};

/// Opens the list of people.
pub(super) const PEOPLE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
/// Looks for words in what was said.
pub(super) const SEARCH: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);
/// Goes to the next older message that was found.
const OLDER: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::F3);
/// Goes to the next newer one.
const NEWER: KeyboardShortcut = KeyboardShortcut::new(Modifiers::SHIFT, Key::F3);

/// Takes them out of the events of this frame. A dialog that asks something is not left by them.
pub(super) fn take(ctx: &Context, dialog: Option<&Dialog>, actions: &mut Vec<Action>) {
    if !matches!(dialog, None | Some(Dialog::Search | Dialog::People(_))) {
        return;
    }
    let mut taken = |shortcut, action: fn() -> Action| {
        if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            actions.push(action());
        }
    };
    taken(SEARCH, || Action::Search);
    taken(PEOPLE, || Action::People);
    if dialog.is_none() {
        // The one with Shift first, which the other would match too.
        taken(NEWER, || Action::StepHit(-1));
        taken(OLDER, || Action::StepHit(1));
    }
}
