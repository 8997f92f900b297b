//! What happened that is not part of a conversation, told until the person closes it, or for a moment if it only
//! confirms something.

use std::{io, net::IpAddr, path::PathBuf};

use super::{CantSend, Chat, Door};
use crate::{
    history::ExportError,
    identity::{PeerId, PublicKey, invite::InviteError},
    net::{Event, OfferError, Rejection},
    store::{Salvage, StoreError},
};

/// Maximum number of toasts at the same time.
const MOST_PASSING: usize = 3;

/// Something told until it is closed, or for a moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// The settings file could not be read, and was moved here.
    SettingsDamaged(PathBuf),
    /// The settings can't be saved.
    SettingsUnsaved,
    /// Another program uses the data folder, so this one has a profile of its own.
    FurtherProfile {
        /// Which one, from 2 on.
        number: u32,
        /// Whether the first program can be asked to show its window.
        can_show_first: bool,
    },
    /// The first program could not be asked.
    NoFirst,
    /// Contacts and messages can't be read or saved.
    Store(StoreError),
    /// Contacts and messages can't be opened at all, so nobody is recognised.
    StoreClosed(StoreError),
    /// Either is over.
    StoreWell,
    /// The store could not be read at all, and was moved here.
    StoreSetAside(PathBuf),
    /// The result of recovering what could be read of it.
    Salvaged(Result<Salvage, StoreError>),
    /// Searches no longer find what is new.
    IndexEnded,
    /// Something was copied to the clipboard.
    Copied,
    /// The person has changed their own name.
    NameChanged,
    /// An invite was copied to the clipboard.
    InviteCopied {
        /// Whether only this computer can connect, so that the invite is of no use elsewhere.
        only_here: bool,
    },
    /// No invite could be made.
    NoInvite,
    /// An invite came from another program during a conversation, and is in the host field.
    InviteWaits,
    /// A link that was clicked on is no invite that can be used.
    BadInvite(InviteError),
    /// A conversation was exported to this file.
    Exported(PathBuf),
    /// A conversation could not be exported.
    ExportFailed(ExportError),
    /// The messages of this conversation, or of all, were erased.
    Cleared(Option<PeerId>),
    /// This peer has connected, and the person was writing in another conversation.
    Arrived(PeerId),
    /// Callers were rejected.
    CallersRejected {
        /// Why the last of them was.
        why: Rejection,
        /// The address of the last of them.
        from: IpAddr,
        /// How many since the notice appeared.
        count: u32,
    },
    /// For an hour, callers that the person does not know are rejected without a question.
    UnknownRefused,
    /// Files were not sent in the conversation that is shown.
    CantSendFiles(CantSend),
    /// Files were not sent in conversations that are not shown.
    NotOffered(NotOffered),
    /// Links and devices in a folder are not sent with it.
    LeftOut {
        /// The name of the folder.
        folder: String,
        /// Whether this is about more folders.
        has_more: bool,
        /// How many they are.
        count: u64,
    },
    /// A picture that was pasted could not be written into a file.
    PictureUnsaved(io::ErrorKind),
    /// The system has no dialog in which files are chosen.
    NoFileDialog,
}

/// A file that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotOffered {
    /// To whom.
    pub to: PublicKey,
    /// Its name.
    pub name: String,
    /// Why, if that is known.
    pub why: Option<OfferError>,
    /// How many others were not sent since the notice appeared.
    pub more: u32,
}

/// Notices with one of these in common replace each other.
#[derive(PartialEq)]
enum Topic<'a> {
    Invite,
    Export,
    Clearing,
    Store,
    Salvage,
    Arrivals,
    Callers,
    Files,
    Offers,
    LeftOut,
    /// Only the same notice.
    Other(&'a Notice),
}

impl Notice {
    fn topic(&self) -> Topic<'_> {
        match self {
            Self::InviteCopied { .. } | Self::NoInvite => Topic::Invite,
            Self::Exported(_) | Self::ExportFailed(_) => Topic::Export,
            Self::Cleared(_) => Topic::Clearing,
            Self::Store(_) | Self::StoreClosed(_) | Self::StoreWell => Topic::Store,
            Self::StoreSetAside(_) | Self::Salvaged(_) => Topic::Salvage,
            Self::Arrived(_) => Topic::Arrivals,
            Self::CallersRejected { .. } => Topic::Callers,
            Self::SettingsDamaged(_)
            | Self::SettingsUnsaved
            | Self::IndexEnded
            | Self::FurtherProfile { .. }
            | Self::UnknownRefused
            | Self::Copied
            | Self::NameChanged
            | Self::PictureUnsaved(_)
            | Self::NoFileDialog
            | Self::InviteWaits
            | Self::BadInvite(_)
            | Self::NoFirst => Topic::Other(self),
            Self::CantSendFiles(_) => Topic::Files,
            Self::NotOffered(_) => Topic::Offers,
            Self::LeftOut { .. } => Topic::LeftOut,
        }
    }

    /// Whether it only confirms something, and is shown as a toast.
    pub fn passes(&self) -> bool {
        match self {
            Self::Copied
            | Self::NameChanged
            | Self::InviteCopied { .. }
            | Self::StoreWell
            | Self::Exported(_)
            | Self::Cleared(_) => true,
            Self::SettingsDamaged(_)
            | Self::SettingsUnsaved
            | Self::FurtherProfile { .. }
            | Self::NoFirst
            | Self::Store(_)
            | Self::StoreClosed(_)
            | Self::StoreSetAside(_)
            | Self::Salvaged(_)
            | Self::IndexEnded
            | Self::NoInvite
            | Self::InviteWaits
            | Self::BadInvite(_)
            | Self::ExportFailed(_)
            | Self::Arrived(_)
            | Self::CallersRejected { .. }
            | Self::UnknownRefused
            | Self::CantSendFiles(_)
            | Self::NotOffered(_)
            | Self::LeftOut { .. }
            | Self::PictureUnsaved(_)
            | Self::NoFileDialog => false,
        }
    }
}

/// All that are open, the oldest first.
#[derive(Debug, Default)]
pub struct Notices(Vec<Notice>);

impl Notices {
    /// All that are open, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.0.iter()
    }

    /// Adds one, in place of an older one on the same topic.
    pub fn push(&mut self, notice: Notice) {
        // While the store can't be opened, everything else that fails with it says less.
        let is_closed = |old: &Notice| matches!(old, Notice::StoreClosed(_));
        if matches!(notice, Notice::Store(_)) && self.0.iter().any(is_closed) {
            return;
        }
        self.0.retain(|old| old.topic() != notice.topic());
        self.0.push(notice);
        let passing = self.0.iter().filter(|notice| notice.passes()).count();
        let mut too_many = passing.saturating_sub(MOST_PASSING);
        self.0.retain(|old| {
            let goes = too_many > 0 && old.passes();
            too_many -= usize::from(goes);
            !goes
        });
    }

    /// Adds rejected callers to the one notice about them, which stays where it is.
    fn count_callers(&mut self, why: Rejection, from: IpAddr, more: u32) {
        let mut all = self.0.iter_mut();
        let line = all.find(|old| old.topic() == Topic::Callers);
        let so_far = match &line {
            Some(Notice::CallersRejected { count, .. }) => *count,
            _ => 0,
        };
        let count = so_far.saturating_add(more);
        let now = Notice::CallersRejected { why, from, count };
        match line {
            Some(line) => *line = now,
            None => self.0.push(now),
        }
    }

    /// Adds a file that was not sent to the one notice about them.
    pub fn not_offered(&mut self, mut failed: NotOffered) {
        let before = self.0.iter().find_map(|old| match old {
            Notice::NotOffered(before) => Some(before),
            _ => None,
        });
        if let Some(before) = before {
            failed.more = before.more.saturating_add(1);
        }
        self.push(Notice::NotOffered(failed));
    }

    /// Adds what is left out of a folder to the one notice about that.
    pub fn left_out(&mut self, folder: String, more: u32) {
        let before = self.0.iter().find_map(|old| match old {
            Notice::LeftOut { count, .. } => Some(*count),
            _ => None,
        });
        self.push(Notice::LeftOut {
            folder,
            has_more: before.is_some(),
            count: before.unwrap_or(0).saturating_add(more.into()),
        });
    }

    /// The person has closed this one.
    pub fn dismiss(&mut self, notice: &Notice) {
        self.0.retain(|old| old != notice);
    }

    /// Drops what was said about a peer that has left again, or whose conversation is shown by now.
    pub fn drop_arrivals(&mut self, chat: &Chat) {
        let waits = |peer_id: &PeerId| {
            let peer = chat.peer().map(|peer| &peer.peer_id);
            peer == Some(peer_id) && chat.shown() != Some(peer_id)
        };
        self.0
            .retain(|old| !matches!(old, Notice::Arrived(peer_id) if !waits(peer_id)));
    }

    /// Drops what was said about invites: it no longer matters.
    pub fn drop_invites(&mut self) {
        self.0.retain(|old| old.topic() != Topic::Invite);
    }

    /// Takes in what the worker reports, before the chat does.
    pub fn apply(&mut self, event: &Event, chat: &Chat) {
        match event {
            Event::Invite(None) => self.push(Notice::NoInvite),
            Event::Invite(Some(_)) => {
                let only_here = matches!(chat.door(), Door::Open(listening) if listening.only_here);
                self.push(Notice::InviteCopied { only_here });
            }
            // Nobody can use it any more.
            Event::ListeningStopped => self.drop_invites(),
            // A contact was forgotten along with the messages, so there is no name to tell this by.
            Event::Cleared(Some(PeerId::Key(key))) if chat.contacts().get(key).is_none() => {}
            Event::Cleared(peer_id) => self.push(Notice::Cleared(peer_id.clone())),
            Event::StoreFailed(error) => self.push(Notice::Store(*error)),
            Event::StoreClosed(error) => self.push(Notice::StoreClosed(*error)),
            Event::StoreWell | Event::StoreOpened => self.push(Notice::StoreWell),
            Event::Salvaged(result) => self.push(Notice::Salvaged(*result)),
            Event::StoreSetAside(path) => self.push(Notice::StoreSetAside(path.clone())),
            Event::CallersRejected { why, from, count } => {
                self.count_callers(*why, *from, *count);
            }
            Event::UnknownRefused(true) => self.push(Notice::UnknownRefused),
            Event::UnknownRefused(false) => self.0.retain(|old| *old != Notice::UnknownRefused),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_replaces_the_older_one_on_its_topic() {
        let mut notices = Notices::default();
        let path = || PathBuf::from("duologue.db.bad");
        for notice in [
            Notice::SettingsUnsaved,
            Notice::InviteCopied { only_here: false },
            Notice::Store(StoreError::Busy),
            Notice::StoreSetAside(path()),
            Notice::SettingsDamaged(path()),
            Notice::NoInvite,
            Notice::SettingsUnsaved,
            Notice::Salvaged(Ok(Salvage::default())),
        ] {
            notices.push(notice);
        }
        let open: Vec<_> = notices.iter().cloned().collect();
        let wanted = [
            Notice::Store(StoreError::Busy),
            Notice::SettingsDamaged(path()),
            Notice::NoInvite,
            Notice::SettingsUnsaved,
            Notice::Salvaged(Ok(Salvage::default())),
        ];
        assert_eq!(open, wanted);
        notices.apply(&Event::StoreWell, &Chat::default());
        notices.apply(&Event::ListeningStopped, &Chat::default());
        let open: Vec<_> = notices.iter().cloned().collect();
        let wanted = [
            Notice::SettingsDamaged(path()),
            Notice::SettingsUnsaved,
            Notice::Salvaged(Ok(Salvage::default())),
            Notice::StoreWell,
        ];
        assert_eq!(open, wanted);
    }

    #[test]
    fn a_store_that_can_not_be_opened_is_told_until_it_opens() {
        let mut notices = Notices::default();
        for notice in [
            Notice::Store(StoreError::Busy),
            Notice::StoreClosed(StoreError::Busy),
            // A query fails too, perhaps later.
            Notice::Store(StoreError::Busy),
        ] {
            notices.push(notice);
        }
        let open: Vec<_> = notices.iter().cloned().collect();
        assert_eq!(open, [Notice::StoreClosed(StoreError::Busy)]);
        notices.apply(&Event::StoreOpened, &Chat::default());
        let open: Vec<_> = notices.iter().cloned().collect();
        assert_eq!(open, [Notice::StoreWell]);
    }

    #[test]
    fn rejected_callers_are_one_line_that_stays_in_place() {
        let mut notices = Notices::default();
        let ip = |last| IpAddr::from([10, 0, 0, last]);
        let rejected = |why, last, count| Event::CallersRejected {
            why,
            from: ip(last),
            count,
        };
        notices.apply(&rejected(Rejection::Busy, 1, 2), &Chat::default());
        notices.push(Notice::NoInvite);
        notices.apply(&rejected(Rejection::Plain, 2, 3), &Chat::default());
        let line = |count| Notice::CallersRejected {
            why: Rejection::Plain,
            from: ip(2),
            count,
        };
        assert!(notices.iter().eq(&[line(5), Notice::NoInvite]));
        notices.dismiss(&line(5));
        notices.apply(&rejected(Rejection::Plain, 2, 1), &Chat::default());
        assert!(notices.iter().eq(&[Notice::NoInvite, line(1)]));
    }

    #[test]
    fn a_notice_shows_while_unknown_callers_are_refused() {
        let mut notices = Notices::default();
        notices.apply(&Event::UnknownRefused(true), &Chat::default());
        assert!(notices.iter().eq(&[Notice::UnknownRefused]));
        notices.apply(&Event::UnknownRefused(false), &Chat::default());
        assert_eq!(notices.iter().count(), 0);
    }
}
