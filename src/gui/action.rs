//! What the views ask for. They never act themselves.

use std::{path::PathBuf, sync::Arc};

use eframe::egui::ColorImage;
use jiff::civil::Date;

use crate::{
    chat::{notices::Notice, timeline::ItemId},
    endpoint::Endpoint,
    gui::{browser::Openable, picker::Wanted},
    history::Query,
    identity::{Name, PeerId, PublicKey},
    lang::Lang,
    net::{Call, Command, ConnectError, ContactChange, MessageId, RequestId},
    settings::{AddressRow, Markup, Motion, Notify, SendKey, Theme, Zoom},
    store::Row,
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

/// What a view asks for.
#[derive(Debug)]
pub(super) enum Action {
    /// Send this to the worker, and nothing else.
    Command(Command),
    /// Send this to the history reader, and nothing else.
    Query(Query),
    /// Show this conversation.
    Open(PeerId),
    /// Show this conversation at this row, which was found.
    OpenAt(PeerId, Row),
    /// Scroll the conversation that is shown to this row of the store.
    GoTo(Row),
    /// The same, and mark that row.
    GoToHit(Row),
    /// Scroll to its end.
    GoNewest,
    /// Ask for a day to scroll to; this one is proposed.
    AskForDate(Option<Date>),
    /// Scroll to the first message of this day or later.
    GoToDate(Date),
    /// Close the window although messages are undelivered.
    CloseAnyway,
    /// Do what was put off until the first page is over.
    EndWelcome,
    /// Show the first program's window instead of this one.
    ShowFirst,
    Listen(Endpoint),
    /// Listen here, after it failed elsewhere.
    ListenInstead(Endpoint),
    /// Listen on all addresses, on this port.
    ListenWide(u16),
    Connect(Call),
    /// Answer a join request.
    Answer {
        request: RequestId,
        admit: bool,
    },
    ChangeContact(PublicKey, ContactChange),
    /// The text in the composer was edited.
    Edited,
    /// Send the text in the composer.
    SendText,
    /// The same, to this peer in this encoding from now on.
    SendTextAs(Charset),
    /// The same, this once in this encoding.
    SendTextOnceAs(Charset),
    Copy(String),
    /// Pick this message to copy or forward it with others, or no longer.
    Pick(ItemId),
    StopPicking,
    /// Ask which conversation this text is forwarded to.
    AskWhereToForward(String),
    /// Put this text into the composer of this conversation.
    Forward(PeerId, String),
    /// Open this in another program: the person clicked on it.
    OpenOutside(Openable),
    /// Do this with files.
    Files(FileAction),
    ShowBytes(ItemId),
    /// Begin to do this with the message in this row.
    Begin(Row, WithMessage),
    Verify(PublicKey, OpenedFrom),
    /// Ask whether the key that has answered this call is to replace a verified one.
    AskToReplaceKey(Call, ConnectError),
    ShowPeople,
    /// Show what is known of a contact, and begin to do something about them.
    ShowPerson(PublicKey, Doing, OpenedFrom),
    /// Show our own name and key.
    ShowMyself,
    /// Put the caret into the host field.
    FocusAddress,
    ShowSearch,
    ShowSettings,
    /// Show which keys do what.
    ShowShortcuts,
    /// Show version, licences and data folder.
    ShowAbout,
    /// Go to a found message this many hits further: an older one, or a newer one if negative.
    StepHit(i64),
    DismissProblem,
    DismissNotice(Notice),
    RestartWorker,
    Set(Setting),
}

/// What is done with files.
#[derive(Debug)]
pub(super) enum FileAction {
    /// Open a file or folder that was sent or received. The person is asked first if it can run.
    Open(Openable),
    /// Show this picture with this name as large as the window.
    ShowPicture(String, PathBuf),
    /// Ask for files or a folder to send.
    Pick(Wanted),
    /// Ask for the folder in which files are received.
    PickDownloads,
    /// Send these files and folders in the conversation that is shown.
    Send(Vec<PathBuf>),
    /// Offer this one not at all: it is still being prepared.
    CancelOffer(MessageId),
    /// This text was pasted that may be the paths of files that were copied.
    PastedPaths(String),
    /// A picture was pasted.
    PastedPicture(Arc<ColorImage>),
    /// Write this picture into a file, and send that to the holder of this key.
    SendPicture(PublicKey, Arc<ColorImage>),
}

/// What is done with a message that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithMessage {
    /// Answer it.
    Reply,
    /// Pick a reaction to it.
    React,
    /// Edit it.
    Edit,
    /// Delete it for both, which the person has to confirm.
    Delete,
    /// Show what it said before.
    ShowEarlierTexts,
}

/// Where a dialog was opened from, which is shown again when it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenedFrom {
    Conversation,
    /// The list of conversations.
    List,
    /// The details of the contact.
    Person,
}

/// What is being done about a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Nothing,
    Renaming,
    /// The person has to confirm it.
    Blocking,
    /// The person has to confirm it.
    Forgetting,
}

/// A setting and its new value.
#[derive(Debug)]
pub(super) enum Setting {
    Name(Name),
    AllowPlain(bool),
    /// At this port.
    ListenAtStart(Option<u16>),
    KeepHistory(bool),
    ShowTyping(bool),
    ReadMarks(bool),
    Markup(Markup),
    /// An emoji was picked.
    UsedEmoji(String),
    AddressRow(AddressRow),
    /// Of the list of conversations, in points.
    ListWidth(f32),
    Notify(Notify),
    NotifySound(bool),
    /// Where files are received.
    DownloadFolder(PathBuf),
    /// Up to this size, in bytes.
    AcceptUpTo(Option<u64>),
    KeepLocation(bool),
    Theme(Theme),
    /// Whether anything moves.
    Motion(Motion),
    Zoom(Zoom),
    SendKey(SendKey),
    Lang(Lang),
    Reading(Reading),
    Outgoing(Option<Charset>),
    LineEnd(Option<LineEnd>),
}
