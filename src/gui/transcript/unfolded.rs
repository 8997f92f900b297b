//! Long messages that are shown whole.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use eframe::egui::{Ui, text::LayoutJob};

use crate::{
    chat::timeline::ItemId,
    gui::typeset::{Blocks, Long, Looks, Work},
};

/// Maximum number of long messages that stay unfolded.
const MAX_UNFOLDED: usize = 64;

/// The messages that are unfolded, and how much of them may be laid out in this frame.
#[derive(Debug, Default)]
pub(super) struct Unfolded {
    messages: RefCell<BTreeMap<ItemId, Long>>,
    work: Rc<Work>,
}

impl Unfolded {
    pub fn begin_frame(&mut self) {
        self.work = Rc::default();
    }

    pub fn contains(&self, id: ItemId) -> bool {
        self.messages.borrow().contains_key(&id)
    }

    /// Unfolds a message, or folds it again.
    pub fn toggle(&mut self, id: ItemId) {
        let messages = self.messages.get_mut();
        if messages.remove(&id).is_none() {
            if messages.len() >= MAX_UNFOLDED {
                messages.pop_first();
            }
            messages.insert(id, Long::default());
        }
    }

    /// Forgets the messages before this one.
    pub fn forget_before(&mut self, first: ItemId) {
        let messages = self.messages.get_mut();
        *messages = messages.split_off(&first);
    }

    /// A message, once it is all measured.
    pub fn blocks(&self, ui: &Ui, id: ItemId, job: LayoutJob, looks: Looks) -> Option<Rc<Blocks>> {
        let mut messages = self.messages.borrow_mut();
        messages.get_mut(&id)?.blocks(ui, job, looks, &self.work)
    }

    /// What may still be laid out in this frame.
    pub fn work(&self) -> Rc<Work> {
        Rc::clone(&self.work)
    }
}
