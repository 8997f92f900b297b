//! What the person can do with a file, and when.

use eframe::egui::{Button, Ui};

use super::{file_words::Place, look::Entry};
use crate::{
    chat::timeline::{Attached, Delivery, Speaker},
    gui::{
        action::{Action, FileAction},
        browser::Openable,
        ctx::Ctx,
    },
    identity::{PeerId, PublicKey},
    net::{Command, FileControl},
    store::{FileState, Row},
};

/// What the person can do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Accept,
    Decline,
    Pause,
    Resume,
    Cancel,
    Open,
    ShowInFolder,
    SendAgain,
}

/// What can be done with a file at the moment, besides what the menu of the message offers.
pub(super) fn show_menu(cx: &mut Ctx<'_>, ui: &mut Ui, entry: Entry<'_>, file: &Attached) {
    let acts = acts(cx, entry, file);
    let more = [Act::Open, Act::ShowInFolder, Act::SendAgain];
    let more = more.into_iter().filter(|act| !acts.contains(act));
    let more: Vec<_> = more
        .filter(|act| is_possible(cx, *act, entry, file))
        .collect();
    for act in acts.into_iter().chain(more) {
        let button = Button::new(label(cx, act));
        if ui.add_enabled(can(cx, act, file), button).clicked() {
            perform(cx, act, entry, file);
        }
    }
}

/// The buttons of a file, in order.
pub(super) fn acts(cx: &Ctx<'_>, entry: Entry<'_>, file: &Attached) -> Vec<Act> {
    let is_mine = entry.message.speaker == Speaker::Me;
    let is_recalled = entry.message.delivery == Some(Delivery::Recalled);
    let wanted: &[Act] = match file {
        Attached::Preparing(..) => &[Act::Cancel],
        Attached::Refused(..) => &[Act::SendAgain],
        Attached::Offered(file) => match file.state {
            // It was held for a new key, and discarded.
            FileState::Offered if is_recalled => &[Act::SendAgain],
            FileState::Offered if is_mine => &[Act::Cancel],
            FileState::Offered => &[Act::Accept, Act::Decline],
            FileState::Accepted => &[Act::Pause, Act::Cancel],
            FileState::Paused { by_me: true, .. } => &[Act::Resume, Act::Cancel],
            FileState::Paused { by_me: false, .. } => &[Act::Cancel],
            FileState::Arrived if is_mine => &[],
            FileState::Arrived => &[Act::Open, Act::ShowInFolder],
            FileState::Cancelled { .. } | FileState::Changed | FileState::Failed(_) if is_mine => {
                &[Act::SendAgain]
            }
            FileState::Declined
            | FileState::Cancelled { .. }
            | FileState::Changed
            | FileState::Failed(_)
            | FileState::TooMany(_) => &[],
        },
    };
    let wanted = wanted.iter().copied();
    wanted
        .filter(|act| is_possible(cx, *act, entry, file))
        .collect()
}

fn is_possible(cx: &Ctx<'_>, act: Act, entry: Entry<'_>, file: &Attached) -> bool {
    let is_mine = entry.message.speaker == Speaker::Me;
    match act {
        Act::Open | Act::ShowInFolder => file.path(is_mine).is_some(),
        Act::SendAgain => {
            is_mine && file.path(is_mine).is_some() && cx.chat.file_recipient().is_ok()
        }
        Act::Cancel if matches!(file, Attached::Preparing(..)) => is_preparing(entry),
        Act::Accept | Act::Decline | Act::Pause | Act::Resume | Act::Cancel => {
            in_store(cx, entry).is_some()
        }
    }
}

/// Whether its button can be clicked. The row says why, if it can't.
pub(super) fn can(cx: &Ctx<'_>, act: Act, file: &Attached) -> bool {
    match file {
        Attached::Offered(file) if act == Act::Accept => {
            matches!(Place::of(cx, file), Place::Fits)
        }
        _ => true,
    }
}

/// Whether the worker reads it and can be told to stop.
fn is_preparing(entry: Entry<'_>) -> bool {
    entry.message.id().is_some() && entry.message.delivery != Some(Delivery::NotSent)
}

/// Whose file it is, and its row in the store.
fn in_store(cx: &Ctx<'_>, entry: Entry<'_>) -> Option<(PublicKey, Row)> {
    cx.shown().and_then(PeerId::key).zip(entry.item.row())
}

/// What its button says.
pub(super) fn label(cx: &Ctx<'_>, act: Act) -> &'static str {
    let lang = cx.lang;
    match act {
        Act::Accept => lang.accept(),
        Act::Decline => lang.decline(),
        Act::Pause => lang.pause(),
        Act::Resume => lang.resume(),
        Act::Cancel => lang.cancel(),
        Act::Open => lang.open(),
        Act::ShowInFolder => lang.show_in_folder(),
        Act::SendAgain => lang.send_again(),
    }
}

/// Asks for it.
pub(super) fn perform(cx: &mut Ctx<'_>, act: Act, entry: Entry<'_>, file: &Attached) {
    let is_mine = entry.message.speaker == Speaker::Me;
    let path = file.path(is_mine);
    if let (Act::Cancel, Attached::Preparing(..), Some(id)) = (act, file, entry.message.id()) {
        return cx.push(Action::Files(FileAction::CancelOffer(id)));
    }
    let action = match (act, in_store(cx, entry), path) {
        (Act::Open, _, Some(path)) => {
            let openable = if is_folder(file) {
                Openable::Folder(path.to_owned())
            } else {
                Openable::File(path.to_owned())
            };
            Action::Files(FileAction::Open(openable))
        }
        (Act::ShowInFolder, _, Some(path)) => Action::OpenOutside(Openable::folder_of(path)),
        (Act::SendAgain, _, Some(path)) => Action::Files(FileAction::Send(vec![path.to_owned()])),
        (Act::Accept, Some((to, row)), _) => {
            let accept = cx.download_folder().map(ToOwned::to_owned);
            Action::Command(Command::AnswerFile { to, row, accept })
        }
        (Act::Decline, Some((to, row)), _) => {
            let accept = None;
            Action::Command(Command::AnswerFile { to, row, accept })
        }
        (Act::Pause, Some(row), _) => control(row, FileControl::Pause),
        (Act::Resume, Some(row), _) => control(row, FileControl::Resume),
        (Act::Cancel, Some(row), _) => control(row, FileControl::Cancel),
        _ => return,
    };
    cx.push(action);
}

fn control((to, row): (PublicKey, Row), control: FileControl) -> Action {
    Action::Command(Command::ControlFile { to, row, control })
}

pub(super) fn is_folder(file: &Attached) -> bool {
    matches!(file, Attached::Offered(file) if file.files.is_some())
}
