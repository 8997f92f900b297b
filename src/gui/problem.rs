//! The last error, with the buttons that may help.

use std::time::Duration;

use eframe::egui::Ui;

use crate::{
    chat::Problem,
    gui::{
        action::Action,
        card::{self, Tone},
        ctx::Ctx,
        requests::stillness::{NOT_YET, OneQuestion},
        theme,
    },
    identity::IdentityError,
    net::{Call, Command, ConnectError, How},
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct ProblemView {
    /// The peer can choose when it appears, so its buttons wait until it has stood still. Identified by its sentence.
    question: OneQuestion<String>,
}

impl ProblemView {
    /// Shows it, if there is one.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(problem) = cx.chat.problem() else {
            self.question.clear();
            return;
        };
        let lang = cx.lang;
        let sentence = lang.problem(problem, cx.chat.contacts());
        let has_way_out = problem == &Problem::Crashed || has_choice(cx, problem);
        let now = ui.input(|input| input.time);
        let stillness = self.question.about(sentence.clone(), now);
        let wait = stillness.wait(now);
        let shown = card::show(ui, Tone::Wrong, |ui| {
            let mut show = |ui: &mut Ui| {
                if is_new_key(cx, problem) {
                    card::title(ui, lang.another_key_answers());
                }
                card::line(ui, &sentence, theme::NOTICE_BUTTONS, |ui| {
                    show_buttons(cx, ui, problem, wait);
                });
            };
            if has_way_out {
                show(ui);
                return false;
            }
            card::closable(ui, lang, show)
        });
        let place = shown.response.rect;
        if shown.inner {
            cx.push(Action::DismissProblem);
        }
        stillness.follow(place, ui.rect_contains_pointer(place), now);
        if wait > 0.0 {
            ui.request_repaint_after(Duration::from_secs_f64(wait));
        }
    }
}

/// Whether an unknown key has answered in place of a contact's.
fn is_new_key(cx: &Ctx<'_>, problem: &Problem) -> bool {
    let Problem::Connect {
        error:
            ConnectError::OtherKey {
                seen,
                invited: false,
                ..
            },
        ..
    } = problem
    else {
        return false;
    };
    cx.chat.contacts().get(seen).is_none()
}

/// Whether the person chooses what a key means that has answered in place of another. Not to connect is one choice.
fn has_choice(cx: &Ctx<'_>, problem: &Problem) -> bool {
    let Problem::Connect {
        error: ConnectError::OtherKey { seen, .. },
        ..
    } = problem
    else {
        return false;
    };
    let known = cx.chat.contacts().get(seen);
    is_new_key(cx, problem) || known.is_some_and(|known| !known.blocked)
}

/// `wait` is how long until a call may be made again, in seconds.
fn show_buttons(cx: &mut Ctx<'_>, ui: &mut Ui, problem: &Problem, wait: f64) {
    let lang = cx.lang;
    match problem {
        Problem::Listen {
            at,
            instead: Some(instead),
            ..
        } => {
            if card::button(ui, &lang.use_instead(at, instead)).clicked() {
                cx.push(Action::ListenInstead(instead.clone()));
            }
        }
        Problem::Connect { call, error } => show_connect(cx, ui, call, *error, wait),
        Problem::Identity(IdentityError::Damaged(_)) => {
            if card::button(ui, lang.make_new_key()).clicked() {
                cx.push(Action::Command(Command::ReplaceIdentity));
            }
        }
        Problem::Crashed => {
            if card::primary(ui, lang.restart()).clicked() {
                cx.push(Action::RestartWorker);
            }
        }
        Problem::Listen { instead: None, .. } | Problem::Identity(_) | Problem::Busy => {}
    }
}

/// What can be done after a call has failed.
fn show_connect(cx: &mut Ctx<'_>, ui: &mut Ui, call: &Call, error: ConnectError, wait: f64) {
    let lang = cx.lang;
    let may_act = wait <= 0.0;
    let is_clicked = |ui: &mut Ui, words: &str| {
        let opacity = ui.opacity();
        if !may_act {
            ui.multiply_opacity(NOT_YET);
        }
        let clicked = card::button(ui, words).clicked();
        ui.set_opacity(opacity);
        clicked && may_act
    };
    let offer = |cx: &mut Ctx<'_>, ui: &mut Ui, words: &str, how: How| {
        if is_clicked(ui, words) {
            let (to, also) = (call.to.clone(), call.also.clone());
            cx.push(Action::Connect(Call { to, also, how }));
        }
    };
    match error {
        // Where a contact should answer, somebody may be in between who wants exactly this. An invite is for a key, and
        // plain text has none. And while contacts can't be read, anybody may be one.
        ConnectError::AnswersPlain | ConnectError::NotEncrypted
            if call.how == How::Encrypted && cx.chat.contacts().expected(call).is_none() =>
        {
            offer(cx, ui, lang.connect_in_plain(), How::Plain);
        }
        ConnectError::OtherKey {
            expected,
            seen: key,
            invited,
        } => {
            let contacts = cx.chat.contacts();
            let replaces = |replaces| How::NewKey { key, replaces };
            match contacts.get(&key) {
                Some(known) if !known.blocked => {
                    dismiss(cx, ui, lang.dont_connect());
                    let talk = lang.talk_to(contacts, &key, &expected);
                    offer(cx, ui, &talk, replaces(None));
                }
                None if !invited => {
                    dismiss(cx, ui, lang.dont_connect());
                    offer(cx, ui, lang.someone_else(), replaces(None));
                    let words = lang.new_key_for(contacts, &expected);
                    if !contacts.is_verified(&expected) {
                        offer(cx, ui, &words, replaces(Some(expected)));
                    } else if is_clicked(ui, &format!("{words}…")) {
                        cx.push(Action::AskToReplaceKey(call.clone(), error));
                    }
                }
                Some(_) | None => {}
            }
        }
        ConnectError::StoreUnreadable => offer(cx, ui, lang.call_anyway(), How::Unchecked(None)),
        ConnectError::AnswersPlain
        | ConnectError::NotEncrypted
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
        | ConnectError::NoIdentity
        | ConnectError::Other(_) => {}
    }
}

fn dismiss(cx: &mut Ctx<'_>, ui: &mut Ui, words: &str) {
    if card::primary(ui, words).clicked() {
        cx.push(Action::DismissProblem);
    }
}
