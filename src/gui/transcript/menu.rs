//! What can be done with a message: the menu of its bubble.

use eframe::egui::{Button, Label, RichText, Ui, Vec2};

use super::{
    links,
    look::{Entry, State},
};
use crate::{
    chat::{
        Changeable, Chat,
        timeline::{Delivery, Item},
    },
    gui::{
        action::{Action, WithMessage},
        ctx::Ctx,
        icon::{self, Icon},
        theme,
    },
    identity::{PeerId, PublicKey},
    lang::Lang,
    net::Command,
    store::Row,
    text::{links::Link, visible::folded},
};

/// The reactions that it offers.
const REACTIONS: [&str; 6] = ["👍", "❤\u{fe0f}", "😂", "😮", "😢", "🙏"];
/// Font size of these, in points.
const EMOJI: f32 = 18.0;
/// The greatest width of a sentence in it, in points.
const SENTENCE: f32 = 240.0;

/// Shows it. `on_link` is the link that it was opened on. Returns true if the message is to be folded or unfolded.
pub(super) fn show(
    cx: &mut Ctx<'_>,
    ui: &mut Ui,
    entry: Entry<'_>,
    state: State,
    (links, on_link): (&[Link], Option<usize>),
) -> bool {
    let lang = cx.lang;
    let changeable = cx.chat.changeable(entry.item);
    let mut first = None;
    if let Some(changeable) = changeable {
        show_reactions(cx, ui, entry, changeable);
        let reply = ui.button(lang.reply());
        if reply.clicked() {
            cx.push(Action::Begin(changeable.row, WithMessage::Reply));
        }
        first = Some(reply);
        if changeable.is_mine && ui.button(lang.edit()).clicked() {
            cx.push(Action::Begin(changeable.row, WithMessage::Edit));
        }
    }
    let copy = ui.button(lang.copy());
    if copy.clicked() {
        cx.push(Action::Copy(entry.message.text.to_string()));
    }
    if state.open_menu {
        first.unwrap_or(copy).request_focus();
    }
    links::show_menu(cx, ui, links, on_link);
    if ui.button(lang.forward_further()).clicked() {
        let text = entry.message.text.to_string();
        cx.push(Action::AskWhereToForward(text));
    }
    if ui.button(lang.pick()).clicked() {
        cx.push(Action::Pick(entry.id));
    }
    show_history(cx, ui, entry);
    let is_long = folded(&entry.message.text).is_some();
    let fold = is_long && ui.button(fold_words(lang, state.unfolded)).clicked();
    if ui.button(lang.show_bytes()).clicked() {
        cx.push(Action::ShowBytes(entry.id));
    }
    if let Some((to, row)) = recallable(cx.shown(), entry.item) {
        ui.separator();
        if ui.button(lang.cancel_message()).clicked() {
            cx.push(Action::Command(Command::Recall { to, row }));
        }
    } else if let Some(Changeable {
        row, is_mine: true, ..
    }) = changeable
    {
        // Away from the others, which do no harm.
        ui.separator();
        if ui.button(lang.delete_further()).clicked() {
            cx.push(Action::Begin(row, WithMessage::Delete));
        }
    }
    if cx.chat.lacks_changes() {
        ui.set_max_width(SENTENCE);
        let words = RichText::new(lang.lacks_changes()).size(theme::META).weak();
        ui.add(Label::new(words).wrap());
    }
    fold
}

fn show_reactions(cx: &mut Ctx<'_>, ui: &mut Ui, entry: Entry<'_>, changeable: Changeable) {
    let mine = entry.message.marks.mine();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.spacing_mut().button_padding = Vec2::ZERO;
        for emoji in REACTIONS {
            let is_given = mine == Some(emoji);
            let name = if is_given {
                cx.lang.take_back(emoji)
            } else {
                cx.lang.react_with(emoji)
            };
            let button = Button::new(RichText::new(emoji).size(EMOJI))
                .min_size(Vec2::splat(theme::CONTROL))
                .frame_when_inactive(is_given);
            let button = ui.add(button).on_hover_text(&name).accessible_name(name);
            if button.clicked() {
                cx.push(Action::Command(Command::Change {
                    to: changeable.to,
                    row: changeable.row,
                    change: Chat::toggled(entry.message, emoji),
                }));
            }
        }
        let more = icon::button(ui, Icon::Plus, cx.lang.more_emoji());
        if more.clicked() {
            cx.push(Action::Begin(changeable.row, WithMessage::React));
        }
    });
}

/// What it answers, and what it said before.
fn show_history(cx: &mut Ctx<'_>, ui: &mut Ui, entry: Entry<'_>) {
    let marks = &entry.message.marks;
    let source = marks.quote.as_ref().and_then(|quote| quote.source.as_ref());
    if let Some((source, _)) = source
        && ui.button(cx.lang.go_to_quoted()).clicked()
    {
        cx.push(Action::GoToHit(*source));
    }
    if marks.is_edited
        && let Some(row) = entry.item.row()
        && ui.button(cx.lang.show_earlier_texts()).clicked()
    {
        cx.push(Action::Begin(row, WithMessage::ShowEarlierTexts));
    }
}

/// The recipient of a message of ours and its row in the store, if it can still be cancelled.
fn recallable(shown: Option<&PeerId>, item: &Item) -> Option<(PublicKey, Row)> {
    let is_open = matches!(item.delivery(), Some(Delivery::Waiting | Delivery::Sending));
    let key = shown.and_then(PeerId::key).filter(|_| is_open)?;
    Some((key, item.row()?))
}

pub(super) fn fold_words(lang: Lang, unfolded: bool) -> &'static str {
    if unfolded {
        lang.show_less()
    } else {
        lang.show_all()
    }
}
