//! The safety number: two people compare it to find out whether someone is in between.

mod number;

use eframe::egui::{FontId, Label, RichText, Ui};

use self::number::Number;
use super::frame::{Head, buttons, frame};
use crate::{
    chat::Peer,
    gui::{
        action::{Action, OpenedFrom},
        card,
        ctx::Ctx,
        focus::FocusOnce,
        theme,
    },
    identity::{PublicKey, SafetyNumber},
    lang::Lang,
    net::{Command, ContactChange},
};

/// Groups of digits on one line.
const GROUPS_PER_LINE: usize = 4;
/// The same where there is no room for these.
const GROUPS_PER_NARROW_LINE: usize = 3;
/// Digits in a group.
const DIGITS: usize = 5;
/// Between two groups.
const GAP: &str = "  ";

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct Verify {
    pub key: PublicKey,
    pub opened_from: OpenedFrom,
    /// `None` before it was first shown.
    number: Option<Number>,
    /// The person said that the numbers differ.
    differs: bool,
    /// On Close, not on the button that says yes: a second Enter must not answer the question.
    focus: FocusOnce<()>,
}

impl Verify {
    /// With the contact that has this key.
    pub fn new(key: PublicKey, opened_from: OpenedFrom) -> Self {
        Self {
            key,
            opened_from,
            number: None,
            differs: false,
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let contacts = cx.chat.contacts();
        let title = cx.lang.verify_title(contacts, &self.key);
        let head = Head {
            id: "verify",
            title: &title,
            width: theme::DIALOG_WIDTH,
        };
        frame(ui, cx.lang, head, |ui, _, close| {
            self.focus.apply(&(), close);
            let Some(own) = cx.chat.own_key() else {
                card::body(ui, cx.lang.no_own_key());
                return true;
            };
            let number = self.number.take().filter(|number| number.is_of(&own));
            let number = number.unwrap_or_else(|| Number::compute(ui.ctx(), own, self.key));
            let number = self.number.insert(number).get().copied();
            show_number(ui, number.as_ref(), cx.lang);
            if self.differs {
                self.show_differ(cx, ui)
            } else if contacts.is_verified(&self.key) {
                self.show_verified(cx, ui)
            } else {
                self.show_question(number.is_some(), cx, ui)
            }
        })
    }

    fn show_question(&mut self, is_known: bool, cx: &mut Ctx<'_>, ui: &mut Ui) -> bool {
        card::body(ui, cx.lang.verify_hint());
        buttons(ui, |ui| {
            let they_match =
                ui.add_enabled_ui(is_known, |ui| card::primary(ui, cx.lang.they_match()));
            if they_match.inner.clicked() {
                let change = ContactChange::SetVerified(true);
                cx.push(Action::ChangeContact(self.key, change));
                return false;
            }
            self.differs |= card::button(ui, cx.lang.they_dont_match()).clicked();
            true
        })
    }

    fn show_verified(&self, cx: &mut Ctx<'_>, ui: &mut Ui) -> bool {
        let good = theme::palette(ui).good;
        ui.label(RichText::new(cx.lang.verified_already()).color(good));
        let remove = buttons(ui, |ui| card::button(ui, cx.lang.remove_verification()));
        if remove.clicked() {
            let change = ContactChange::SetVerified(false);
            cx.push(Action::ChangeContact(self.key, change));
        }
        !remove.clicked()
    }

    fn show_differ(&self, cx: &mut Ctx<'_>, ui: &mut Ui) -> bool {
        let bad = theme::palette(ui).bad;
        let means = RichText::new(cx.lang.differ_means()).color(bad);
        ui.add(Label::new(means).wrap());
        if cx.chat.peer().and_then(Peer::key) != Some(self.key) {
            return true;
        }
        let disconnect = buttons(ui, |ui| card::primary(ui, cx.lang.disconnect()));
        if disconnect.clicked() {
            cx.push(Action::Command(Command::Disconnect));
        }
        !disconnect.clicked()
    }
}

/// A few lines for the eye, and the whole number as the value for a screen reader. Takes the same space before the number
/// is known, so that nothing moves.
fn show_number(ui: &mut Ui, number: Option<&SafetyNumber>, lang: Lang) {
    let groups: Vec<_> = match number {
        Some(number) => number.groups().collect(),
        None => vec!["·····".to_owned(); SafetyNumber::GROUPS],
    };
    let font = FontId::monospace(theme::NUMBER_SIZE);
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let whole = digit * (GROUPS_PER_LINE * (DIGITS + GAP.len()) - GAP.len()) as f32;
    let per_line = if whole <= ui.available_width() {
        GROUPS_PER_LINE
    } else {
        GROUPS_PER_NARROW_LINE
    };
    let lines: Vec<_> = groups.chunks(per_line).map(|line| line.join(GAP)).collect();
    let text = RichText::new(lines.join("\n"))
        .monospace()
        .size(theme::NUMBER_SIZE)
        .line_height(Some(theme::NUMBER_LINE));
    ui.add_space(theme::GAP);
    ui.vertical_centered(|ui| {
        let label = ui.add(Label::new(text).extend().selectable(true));
        ui.ctx().accesskit_node_builder(label.id, |node| {
            node.set_value(match number {
                Some(number) => number.to_string(),
                None => lang.number_soon().to_owned(),
            });
        });
    });
    ui.add_space(theme::GAP);
}
