//! The window of the first program on the data folder, as a further program asks for it. That program may take seconds to
//! answer, so it is asked on a thread of its own.

use crossbeam_channel::{Receiver, TryRecvError};
use eframe::egui::Context;

/// Takes whether the first program shows its window.
pub type TakeShown = Box<dyn FnOnce(bool) + Send>;

/// Asks the first program on the data folder to show its window. Returns at once.
pub type ShowFirst = Box<dyn Fn(TakeShown)>;

/// See the [module](self).
pub(super) struct FirstWindow {
    /// `None` in the first program itself, and where it can't be asked.
    ask: Option<ShowFirst>,
    /// Of a question that is not answered yet. There is one at a time.
    answer: Option<Receiver<bool>>,
}

impl FirstWindow {
    pub fn new(ask: Option<ShowFirst>) -> Self {
        Self { ask, answer: None }
    }

    /// Asks for it, unless the answer to the question before is still to come.
    pub fn ask(&mut self, ctx: &Context) {
        let Some(ask) = self.ask.as_ref().filter(|_| self.answer.is_none()) else {
            return;
        };
        let (answer, answers) = crossbeam_channel::bounded(1);
        let ctx = ctx.clone();
        ask(Box::new(move |is_shown| {
            // The window may be gone.
            answer.send(is_shown).ok();
            ctx.request_repaint();
        }));
        self.answer = Some(answers);
    }

    /// Whether the window is shown, once that is known. A question that is dropped has failed.
    pub fn take_answer(&mut self) -> Option<bool> {
        let is_shown = match self.answer.as_ref()?.try_recv() {
            Ok(is_shown) => is_shown,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => false,
        };
        self.answer = None;
        Some(is_shown)
    }
}
