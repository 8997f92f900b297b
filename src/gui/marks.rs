//! What is saved of the conversation that is shown while the person reads and writes: its draft, and how far it has
//! been read.

use eframe::egui::Context;

use crate::{
    chat::{
        Chat,
        drafts::Drafts,
        read_mark::{ReadMark, ReadUpdate},
    },
    gui::{composer::Composer, transcript::Transcript, views::Views, window, worker::WorkerLink},
    identity::PeerId,
    net::Command,
    store::Row,
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Marks {
    drafts: Drafts,
    read: ReadMark,
    /// Text for the composer, once the draft of the conversation that is shown is known.
    forwarded: Option<String>,
}

/// The conversation that is shown is read up to this row of the store, as its end is in view.
pub(super) fn read_so_far(chat: &Chat, transcript: &Transcript) -> Option<(PeerId, Row)> {
    // Otherwise no item has a row, and all of them would be looked at in vain.
    if !chat.is_paged() {
        return None;
    }
    let timeline = chat.timeline();
    let peer_id = chat.shown().filter(|_| transcript.is_at_end(timeline))?;
    Some((peer_id.clone(), timeline.last_row()?))
}

impl Marks {
    /// The text in the composer was edited.
    pub fn edited(&mut self, ctx: &Context) {
        self.drafts.edited(ctx.input(|input| input.time));
    }

    /// Brings the composer to the conversation that is shown. Returns whether it was at another one.
    pub fn follow(
        &mut self,
        chat: &mut Chat,
        composer: &mut Composer,
        worker: &WorkerLink,
    ) -> bool {
        let has_switched = self.drafts.peer_id() != chat.shown();
        if has_switched {
            self.save_draft(chat, composer, worker);
            let text = self.drafts.switch(chat.shown().cloned(), composer.draft());
            if let Some(text) = text {
                composer.put(text);
            }
            self.read.begin(chat.conversation().read_up_to());
        }
        if let Some(draft) = chat.conversation_mut().take_draft() {
            self.read.begin(chat.conversation().read_up_to());
            if self.drafts.loaded(&draft, composer.draft()) {
                composer.put(draft);
            }
        }
        if !chat.is_paged() || !chat.conversation().awaits_draft() {
            self.add_forwarded(composer);
        }
        has_switched
    }

    /// Puts this text into the composer of the conversation that is shown, after its draft.
    pub fn forward(&mut self, text: String) {
        self.forwarded = Some(text);
    }

    fn add_forwarded(&mut self, composer: &mut Composer) {
        let Some(forwarded) = self.forwarded.take() else {
            return;
        };
        let draft = composer.draft();
        let text = if draft.is_empty() {
            forwarded
        } else {
            format!("{draft}\n{forwarded}")
        };
        composer.put(text);
        // Due at once.
        self.drafts.edited(f64::NEG_INFINITY);
    }

    /// Saves what is due after a frame.
    pub fn save_due(&mut self, ctx: &Context, chat: &Chat, views: &Views, worker: &WorkerLink) {
        if !chat.is_paged() {
            return;
        }
        let now = ctx.input(|input| input.time);
        if window::has_focus(ctx)
            && let Some((peer_id, row)) = read_so_far(chat, &views.transcript)
        {
            match self.read.seen(row, now) {
                ReadUpdate::Known => {}
                ReadUpdate::Save => worker.send_or_drop(Command::SetRead(peer_id, row)),
                ReadUpdate::Later(delay) => ctx.request_repaint_after(delay),
            }
        }
        // A syllable that is being composed is in the text already, but it is not written yet.
        if !views.composer.is_composing()
            && let Some((peer_id, text)) = self.drafts.take_due(views.composer.draft(), now)
        {
            worker.send_or_drop(Command::SetDraft(peer_id, text));
        }
        if let Some(delay) = self.drafts.due_in(now) {
            ctx.request_repaint_after(delay);
        }
    }

    /// Saves everything at once: the conversation is left.
    pub fn save(&mut self, chat: &Chat, views: &Views, worker: &WorkerLink) {
        if chat.is_paged() {
            self.save_read(read_so_far(chat, &views.transcript), worker);
            self.save_draft(chat, &views.composer, worker);
        }
    }

    /// Saves how far a conversation that is left was read.
    pub fn save_read(&mut self, read: Option<(PeerId, Row)>, worker: &WorkerLink) {
        if let Some((peer_id, row)) = read.filter(|(_, row)| self.read.leave(*row)) {
            worker.send_or_drop(Command::SetRead(peer_id, row));
        }
    }

    /// Saves the draft if it has changed.
    pub fn save_draft(&mut self, chat: &Chat, composer: &Composer, worker: &WorkerLink) {
        if chat.is_paged()
            && let Some((peer_id, text)) = self.drafts.take(composer.draft())
        {
            worker.send_or_drop(Command::SetDraft(peer_id, text));
        }
    }
}
