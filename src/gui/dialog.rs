//! What is shown over the window, one at a time.

mod bytes;
mod closing;
mod frame;
mod history;
mod people;
mod replace_key;
mod search;
mod verify;

use eframe::egui::Ui;

pub(super) use self::{
    bytes::BytesView, closing::AskToClose, history::HistoryDialog, people::People,
    replace_key::ReplaceKey, search::SearchDialog, verify::Verify,
};
use crate::gui::{action::OpenedFrom, ctx::Ctx, shortcuts::Covered};

/// The open dialog.
#[derive(Debug)]
pub(super) enum Dialog {
    Bytes(BytesView),
    Verify(Verify),
    People(Box<People>),
    History(HistoryDialog),
    /// Its state belongs to the window, as it stays when the dialog is closed.
    Search,
    /// Messages are undelivered, and the window is to be closed.
    Closing(AskToClose),
    /// Another key has answered at the address of a verified contact.
    ReplaceKey(Box<ReplaceKey>),
}

impl Dialog {
    /// How far it keeps the shortcuts of the window away.
    pub fn covers(&self) -> Covered {
        match self {
            Self::Search | Self::People(_) => Covered::ByList,
            Self::Bytes(_)
            | Self::Verify(_)
            | Self::History(_)
            | Self::Closing(_)
            | Self::ReplaceKey(_) => Covered::ByQuestion,
        }
    }

    /// Shows it. Returns the dialog that is open afterwards.
    pub fn show(mut self, cx: &mut Ctx<'_>, ui: &Ui, search: &mut SearchDialog) -> Option<Self> {
        let stays = match &mut self {
            Self::Bytes(view) => view.show(cx, ui),
            Self::Verify(verify) => verify.show(cx, ui),
            Self::People(people) => people.show(cx, ui),
            Self::History(history) => history.show(cx, ui),
            Self::Search => search.show(cx, ui),
            Self::Closing(question) => question.show(cx, ui),
            Self::ReplaceKey(question) => question.show(cx, ui),
        };
        if stays {
            return Some(self);
        }
        match self {
            Self::Verify(verify) if verify.opened_from == OpenedFrom::People => {
                Some(Self::People(Box::default()))
            }
            Self::Bytes(_)
            | Self::Verify(_)
            | Self::People(_)
            | Self::History(_)
            | Self::Search
            | Self::Closing(_)
            | Self::ReplaceKey(_) => None,
        }
    }
}
