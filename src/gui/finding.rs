//! The list of conversations, searching and exports: when the reader is asked, and what becomes of its answers.

use std::path::PathBuf;

use super::{App, dialog::Dialog, keeping::Keeping, notices::Notice};
use crate::{
    history::{ExportError, Query},
    store::StoreError,
};

impl App {
    pub(super) fn open_people(&mut self) {
        self.open(Dialog::People(Box::default()));
        self.conversations.mark_stale();
        self.ask_for_conversations();
    }

    pub(super) fn open_search(&mut self) {
        self.open(Dialog::Search);
        self.search.open();
    }

    pub(super) fn open_history(&mut self) {
        self.open(Dialog::Keeping(Keeping::default()));
        self.ask_history(Query::Size);
    }

    /// Asks the reader something that a view wants to know.
    pub(super) fn ask_for(&mut self, query: Query) {
        let is_search = matches!(query, Query::Search { .. });
        let is_export = matches!(query, Query::Export { .. });
        if self.ask_history(query) {
            return;
        }
        if is_search {
            self.search.was_not_asked();
        }
        if is_export {
            self.take_exported(Err(ExportError::Store(StoreError::Busy)));
        }
    }

    /// Asks for the list of conversations if something in it has changed. Says whether it did.
    pub(super) fn ask_for_conversations(&mut self) -> bool {
        let is_asked =
            self.conversations.should_refresh() && self.ask_history(Query::Conversations);
        if is_asked {
            self.conversations.mark_requested();
        }
        is_asked
    }

    /// A conversation was written into a file, or was not.
    pub(super) fn take_exported(&mut self, result: Result<PathBuf, ExportError>) {
        self.notices.retain(|notice| !notice.is_about_exports());
        self.notices.push(match result {
            Ok(path) => Notice::Exported(path),
            Err(error) => Notice::ExportFailed(error),
        });
    }

    /// So much room is taken on the disk.
    pub(super) fn take_size(&mut self, bytes: u64) {
        if let Some(Dialog::Keeping(keeping)) = &mut self.dialog {
            keeping.set_size(bytes);
        }
    }

    /// Something was erased.
    pub(super) fn ask_for_size(&mut self) {
        if matches!(self.dialog, Some(Dialog::Keeping(_))) {
            self.ask_history(Query::Size);
        }
    }
}
