//! The numbers by which two people find out whether somebody is in between.

use eframe::egui::{Label, RichText, Ui};

use crate::{
    chat::{Chat, Peer},
    gui::{Action, dialog, locale::Lang, theme},
    identity::{PublicKey, SafetyNumber},
    net::{Command, PeerChange},
};

/// Groups of digits on one line.
const ON_A_LINE: usize = 4;

/// The open dialog.
#[derive(Debug)]
pub(super) struct Verify {
    key: PublicKey,
    /// Opened from the list of people, which is gone back to.
    pub from_people: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not shown yet.
    New,
    Comparing,
    /// The person said that the numbers differ.
    Differ,
}

impl Verify {
    /// With the one who has this key.
    pub fn new(key: PublicKey, from_people: bool) -> Self {
        Self {
            key,
            from_people,
            stage: Stage::New,
        }
    }

    /// Shows it over the window. False once it is to be closed.
    pub fn show(&mut self, ui: &Ui, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) -> bool {
        let title = lang.verify_title(chat.contacts(), &self.key);
        dialog::frame(ui, "verify", &title, theme::DIALOG_WIDTH, |ui, _| {
            let Some(own) = chat.own_key() else {
                ui.label(lang.no_own_key());
                return !self.close_button(ui, lang);
            };
            show_number(ui, &SafetyNumber::of(&own, &self.key));
            if self.stage == Stage::Differ {
                self.show_differ(ui, chat, lang, actions)
            } else if chat.contacts().is_verified(&self.key) {
                self.show_verified(ui, lang, actions)
            } else {
                self.show_question(ui, lang, actions)
            }
        })
    }

    fn show_question(&mut self, ui: &mut Ui, lang: Lang, actions: &mut Vec<Action>) -> bool {
        ui.label(lang.verify_hint());
        ui.horizontal_wrapped(|ui| {
            if ui.button(lang.they_are_the_same()).clicked() {
                let change = PeerChange::SetVerified(true);
                actions.push(Action::ChangePeer(self.key, change));
                return false;
            }
            if ui.button(lang.they_differ()).clicked() {
                self.stage = Stage::Differ;
            }
            !self.close_button(ui, lang)
        })
        .inner
    }

    fn show_verified(&mut self, ui: &mut Ui, lang: Lang, actions: &mut Vec<Action>) -> bool {
        let good = theme::palette(ui).good;
        ui.label(RichText::new(lang.verified_already()).color(good));
        ui.horizontal_wrapped(|ui| {
            if ui.button(lang.no_longer_verified()).clicked() {
                let change = PeerChange::SetVerified(false);
                actions.push(Action::ChangePeer(self.key, change));
                return false;
            }
            !self.close_button(ui, lang)
        })
        .inner
    }

    fn show_differ(
        &mut self,
        ui: &mut Ui,
        chat: &Chat,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) -> bool {
        let bad = theme::palette(ui).bad;
        ui.label(RichText::new(lang.differ_means()).color(bad));
        ui.horizontal_wrapped(|ui| {
            let is_there = chat.peer().and_then(Peer::key) == Some(self.key);
            if is_there && ui.button(lang.disconnect()).clicked() {
                actions.push(Action::Ask(Command::Disconnect));
                return false;
            }
            !self.close_button(ui, lang)
        })
        .inner
    }

    fn close_button(&mut self, ui: &mut Ui, lang: Lang) -> bool {
        let close = ui.button(lang.close());
        if self.stage == Stage::New {
            // Not the button that says yes: a second Enter must not answer the question.
            close.request_focus();
            self.stage = Stage::Comparing;
        }
        close.clicked()
    }
}

/// Three lines for the eye, and the whole number as one name.
fn show_number(ui: &mut Ui, number: &SafetyNumber) {
    let groups: Vec<_> = number.groups().collect();
    let lines: Vec<_> = groups
        .chunks(ON_A_LINE)
        .map(|line| line.join("  "))
        .collect();
    let text = RichText::new(lines.join("\n"))
        .monospace()
        .size(theme::NUMBER_SIZE)
        .line_height(Some(theme::NUMBER_LINE));
    ui.add_space(theme::GAP);
    ui.vertical_centered(|ui| {
        let label = ui.add(Label::new(text).extend().selectable(true));
        ui.ctx().accesskit_node_builder(label.id, |node| {
            node.set_value(number.to_string());
        });
    });
    ui.add_space(theme::GAP);
}
