//! A long text whose format or width may change: what was measured before is shown until the rest is, too.

use std::rc::Rc;

use eframe::egui::{Ui, text::LayoutJob};

use super::{blocks::Blocks, styled::Looks, work::Work};

/// A long text that is shown whole.
#[derive(Debug, Default)]
pub(in crate::gui) struct Long {
    /// The newest that was measured to its end.
    whole: Option<Rc<Blocks>>,
    /// What is being measured.
    next: Option<Blocks>,
}

impl Long {
    /// The blocks of a text, or those it had before until they are all measured: a part in each frame. `None` while there are
    /// none yet. Asks for another frame if one is needed.
    pub fn blocks(
        &mut self,
        ui: &Ui,
        job: LayoutJob,
        looks: Looks,
        work: &Work,
    ) -> Option<Rc<Blocks>> {
        let painter = ui.painter();
        let is_whole = self
            .whole
            .as_ref()
            .is_some_and(|whole| whole.is_of(painter, &job, &looks));
        if is_whole {
            self.next = None;
            return self.whole.clone();
        }
        let next = self.next.take();
        let next = next.filter(|next| next.is_of(painter, &job, &looks));
        let mut next = next.unwrap_or_else(|| Blocks::new(painter, job, looks));
        if next.measure(painter, work) {
            self.whole = Some(Rc::new(next));
        } else {
            self.next = Some(next);
            ui.ctx().request_repaint();
        }
        self.whole.clone()
    }
}
