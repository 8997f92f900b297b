//! What went wrong last, with a button where one helps.

use eframe::egui::Ui;

use crate::{
    chat::{Chat, Problem, contacts::Contacts},
    gui::{Action, locale::Lang, notices::notice, theme},
    identity::IdentityError,
    net::{Call, Command, ConnectError, How},
};

/// Shows it, if there is something.
pub(super) fn show(ui: &mut Ui, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
    let Some(problem) = chat.problem() else {
        return;
    };
    let ground = theme::palette(ui).bad_background;
    let sentence = lang.problem(problem, chat.contacts());
    notice(ui, ground, &sentence, theme::NOTICE_BUTTONS, |ui| {
        match problem {
            Problem::Listen {
                at,
                instead: Some(instead),
                ..
            } => {
                if ui.button(lang.use_instead(at, instead)).clicked() {
                    actions.push(Action::ListenInstead(instead.clone()));
                }
            }
            Problem::Connect { call, error } => {
                return show_connect(ui, call, *error, chat.contacts(), lang, actions);
            }
            Problem::Identity(IdentityError::Damaged(_)) => {
                if ui.button(lang.make_new_key()).clicked() {
                    actions.push(Action::Ask(Command::ReplaceIdentity));
                }
            }
            Problem::Crashed => {
                if ui.button(lang.restart()).clicked() {
                    actions.push(Action::Restart);
                }
                return;
            }
            Problem::Listen { instead: None, .. } | Problem::Identity(_) | Problem::Busy => {}
        }
        dismiss(ui, lang.close(), actions);
    });
}

/// The ways on from a call that failed.
fn show_connect(
    ui: &mut Ui,
    call: &Call,
    error: ConnectError,
    contacts: &Contacts,
    lang: Lang,
    actions: &mut Vec<Action>,
) {
    let offer = |ui: &mut Ui, words: &str, how: How, actions: &mut Vec<Action>| {
        if ui.button(words).clicked() {
            let (to, also) = (call.to.clone(), call.also.clone());
            actions.push(Action::Connect(Call { to, also, how }));
        }
    };
    match error {
        // An invite is to a key, and in plain text there is none.
        ConnectError::AnswersPlain | ConnectError::NotEncrypted
            if !matches!(call.how, How::Invited(..)) =>
        {
            offer(ui, lang.connect_in_plain(), How::Plain, actions);
        }
        ConnectError::OtherKey {
            expected,
            seen: key,
            invited: false,
        } => {
            let (someone_else, new_key) = (None, Some(expected));
            let words = lang.new_key_for(contacts, &expected);
            dismiss(ui, lang.stop_calling(), actions);
            for (words, replaces) in [(lang.someone_else(), someone_else), (&words, new_key)] {
                offer(ui, words, How::NewKey { key, replaces }, actions);
            }
            return;
        }
        ConnectError::AnswersPlain
        | ConnectError::NotEncrypted
        | ConnectError::OtherKey { .. }
        | ConnectError::UnknownHost
        | ConnectError::Refused
        | ConnectError::TimedOut
        | ConnectError::Unreachable
        | ConnectError::Incompatible
        | ConnectError::OwnKey
        | ConnectError::Busy
        | ConnectError::Rejected
        | ConnectError::Undecided
        | ConnectError::HungUp
        | ConnectError::StoreUnreadable
        | ConnectError::NoIdentity
        | ConnectError::Other(_) => {}
    }
    dismiss(ui, lang.close(), actions);
}

fn dismiss(ui: &mut Ui, words: &str, actions: &mut Vec<Action>) {
    if ui.button(words).clicked() {
        actions.push(Action::Dismiss);
    }
}
