//! What is shown over the window, one at a time.

mod about;
mod bytes;
mod calendar;
mod closing;
mod delete;
mod earlier;
mod forward;
mod frame;
mod list;
mod myself;
mod open_file;
mod person;
mod picture;
mod react;
mod replace_key;
mod send;
mod settings;
mod shortcuts;
mod verify;

use eframe::egui::Ui;

pub(super) use self::{
    about::About,
    bytes::BytesView,
    calendar::Calendar,
    closing::AskToClose,
    delete::AskToDelete,
    earlier::EarlierTexts,
    forward::Forward,
    myself::Myself,
    open_file::AskToOpen,
    person::PersonView,
    picture::PictureView,
    react::PickReaction,
    replace_key::ReplaceKey,
    send::{AskToSend, ToSend},
    settings::{FolderProblem, SettingsPage},
    shortcuts::Shortcuts,
    verify::Verify,
};
use crate::gui::{
    action::{Doing, OpenedFrom},
    ctx::Ctx,
    layout::Layout,
    list::List,
    shortcuts::Covered,
};

/// The open dialog.
#[derive(Debug)]
pub(super) enum Dialog {
    Bytes(BytesView),
    /// Whether to delete a message.
    Delete(AskToDelete),
    EarlierTexts(EarlierTexts),
    PickReaction(Box<PickReaction>),
    Verify(Verify),
    /// The list of conversations; it belongs to the window, too.
    List,
    Person(Box<PersonView>),
    Myself(Box<Myself>),
    Settings(Box<SettingsPage>),
    Shortcuts(Shortcuts),
    About(About),
    Calendar(Calendar),
    Forward(Box<Forward>),
    /// Whether to open a file that can run.
    Open(AskToOpen),
    /// Whether to send what was pasted.
    Send(AskToSend),
    Picture(PictureView),
    /// Messages are undelivered, and the window is to be closed.
    Closing(AskToClose),
    /// Another key has answered at the address of a verified contact.
    ReplaceKey(Box<ReplaceKey>),
}

impl Dialog {
    /// How far it keeps the shortcuts of the window away.
    pub fn covers(&self) -> Covered {
        match self {
            Self::List
            | Self::Person(_)
            | Self::Myself(_)
            | Self::Settings(_)
            | Self::Shortcuts(_)
            | Self::EarlierTexts(_)
            | Self::PickReaction(_)
            | Self::About(_)
            | Self::Calendar(_)
            | Self::Picture(_)
            | Self::Forward(_) => Covered::ByList,
            Self::Bytes(_)
            | Self::Delete(_)
            | Self::Open(_)
            | Self::Send(_)
            | Self::Verify(_)
            | Self::Closing(_)
            | Self::ReplaceKey(_) => Covered::ByQuestion,
        }
    }

    /// Shows it. Returns the dialog that is open afterwards.
    pub fn show(mut self, cx: &mut Ctx<'_>, ui: &Ui, list: &mut List) -> Option<Self> {
        let stays = match &mut self {
            Self::Bytes(view) => view.show(cx, ui),
            Self::Delete(question) => question.show(cx, ui),
            Self::EarlierTexts(texts) => texts.show(cx, ui),
            Self::PickReaction(picker) => picker.show(cx, ui),
            Self::Verify(verify) => verify.show(cx, ui),
            Self::List => list::show(list, cx, ui),
            Self::Person(person) => person.show(cx, ui),
            Self::Myself(myself) => myself.show(cx, ui),
            Self::Settings(settings) => settings.show(cx, ui),
            Self::Shortcuts(shortcuts) => shortcuts.show(cx, ui),
            Self::About(about) => about.show(cx, ui),
            Self::Calendar(calendar) => calendar.show(cx, ui),
            Self::Forward(forward) => forward.show(cx, ui),
            Self::Open(question) => question.show(cx, ui),
            Self::Send(question) => question.show(cx, ui),
            Self::Picture(picture) => picture.show(cx, ui),
            Self::Closing(question) => question.show(cx, ui),
            Self::ReplaceKey(question) => question.show(cx, ui),
        };
        if stays {
            return Some(self);
        }
        // Something in it was chosen, or it was left: then what it was opened from is of use again.
        let has_acted = !cx.actions.is_empty();
        match self {
            Self::Verify(verify) => match verify.opened_from {
                OpenedFrom::Person => {
                    let contacts = cx.chat.contacts();
                    let (nothing, from) = (Doing::Nothing, OpenedFrom::Conversation);
                    let person = PersonView::new(verify.key, nothing, from, contacts);
                    Some(Self::Person(Box::new(person)))
                }
                OpenedFrom::List | OpenedFrom::Conversation => None,
            },
            Self::Person(person) if person.opened_from == OpenedFrom::List && !has_acted => {
                (Layout::of(ui.ctx()) != Layout::Wide).then_some(Self::List)
            }
            Self::Bytes(_)
            | Self::Delete(_)
            | Self::EarlierTexts(_)
            | Self::PickReaction(_)
            | Self::List
            | Self::Person(_)
            | Self::Myself(_)
            | Self::Settings(_)
            | Self::Shortcuts(_)
            | Self::About(_)
            | Self::Calendar(_)
            | Self::Forward(_)
            | Self::Open(_)
            | Self::Send(_)
            | Self::Picture(_)
            | Self::Closing(_)
            | Self::ReplaceKey(_) => None,
        }
    }
}
