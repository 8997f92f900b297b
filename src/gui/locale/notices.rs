//! Notices: what happened that is not part of a conversation.

use crate::{
    chat::{contacts::Contacts, notices::Notice},
    lang::Lang,
};

impl Lang {
    /// A notice, in a sentence or two.
    pub fn notice(self, notice: &Notice, contacts: &Contacts) -> String {
        match notice {
            Notice::SettingsDamaged(path) => {
                format!("{} {}", self.damaged_settings(), path.display())
            }
            Notice::SettingsUnsaved => self.settings_unsaved().to_owned(),
            Notice::FurtherProfile { number, .. } => self.further_profile(*number),
            Notice::NoFirst => self.no_first().to_owned(),
            Notice::Store(error) => self.store_error(*error),
            Notice::StoreClosed(error) => self.store_closed(*error),
            Notice::StoreWell => self.store_well().to_owned(),
            Notice::StoreSetAside(path) => {
                format!("{} {}", self.store_set_aside(), path.display())
            }
            Notice::Salvaged(Ok(salvage)) => self.salvaged(*salvage),
            Notice::Salvaged(Err(error)) => {
                format!("{} {}", self.salvage_error(*error), self.contacts_lost())
            }
            Notice::InviteCopied { only_here: false } => self.invite_copied().to_owned(),
            Notice::InviteCopied { only_here: true } => {
                format!("{} {}.", self.invite_copied(), self.only_this_computer())
            }
            Notice::IndexEnded => self.index_ended().to_owned(),
            Notice::NoInvite => self.no_invite().to_owned(),
            Notice::Exported(path) => self.exported(path),
            Notice::ExportFailed(error) => self.export_error(*error),
            Notice::Cleared(peer_id) => self.cleared(contacts, peer_id.as_ref()),
        }
    }
}
