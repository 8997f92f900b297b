//! Files that the peer wants: they are read, and sent while nothing else waits.

use std::time::Instant;

use super::{Effect, FileStep, Link, MOST_WANTED, Transfers, engine_offer, speed::Speed};
use crate::{
    files::{GROUP, JobId, Next, SendError, Source},
    identity::PeerId,
    net::protocol::{
        frame::{EndReason, Want},
        secure::Secure,
    },
    store::{FileChange, FileFailure, FileState, MessageName, Row, Store, StoreError},
};

/// A file that the peer wants.
#[derive(Debug)]
pub(super) struct Sending {
    pub row: Row,
    pub job: JobId,
    pub speed: Speed,
    /// What the peer asked for, until it is begun.
    asked: Option<Want>,
}

impl Sending {
    /// Whether it was found, and is read.
    pub fn is_begun(&self) -> bool {
        self.asked.is_none()
    }
}

impl Transfers {
    /// The peer wants a file. Returns whether it may ask that now. It is answered once everything before is stored.
    pub(super) fn handle_want(&mut self, want: Want, secure: &Secure) -> bool {
        let job = self.new_job();
        let Some(link) = &mut self.link else {
            return false;
        };
        let is_next = Some(want.id) == link.last_wanted.checked_add(1);
        // One is open until its end has gone to the peer.
        let open = link.sending.len() + secure.waiting_ends();
        if !is_next || open >= MOST_WANTED || !want.offset.is_multiple_of(GROUP) {
            return false;
        }
        link.last_wanted = want.id;
        let sending = Sending {
            row: Row::ZERO,
            job,
            speed: Speed::new(0, 0),
            asked: Some(want),
        };
        link.sending.insert(want.id, sending);
        true
    }

    /// The peer wants no more of this. Returns whether it can say so.
    pub(super) fn handle_stop(&mut self, id: u64, secure: &mut Secure) -> bool {
        let last = self.link.as_ref().map_or(0, |link| link.last_wanted);
        self.stop_sending(id, secure);
        // It may have ended meanwhile.
        (1..=last).contains(&id)
    }

    /// Stops to send a file, if it is sent.
    pub(super) fn stop_sending(&mut self, id: u64, secure: &mut Secure) {
        self.end_sending(id, EndReason::Stopped, secure);
    }

    fn end_sending(&mut self, id: u64, why: EndReason, secure: &mut Secure) {
        let Some(link) = &mut self.link else { return };
        let Some(sending) = link.sending.remove(&id) else {
            return;
        };
        if why != EndReason::Complete {
            self.files.stop(sending.job, false);
        }
        secure.end_data(id, why);
        if sending.is_begun() {
            let moved = sending.speed.moved();
            self.moved.push((link.conversation, sending.row, moved));
            let peer_id = PeerId::Key(link.peer);
            let report = sending.speed.stopped(peer_id, sending.row);
            self.effects.push_back(Effect::Report(report));
        }
    }

    /// Begins with what the peer has asked for.
    pub(super) fn begin_sending(
        &mut self,
        store: &Store,
        secure: &mut Secure,
    ) -> Result<(), StoreError> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        let asked = link.sending.iter();
        let asked: Vec<_> = asked
            .filter_map(|(id, one)| Some((*id, one.asked?)))
            .collect();
        for (id, want) in asked {
            match self.answer(want, store)? {
                Answer::Begun => {}
                Answer::End(why) => self.end_sending(id, why, secure),
                Answer::Refused => secure.refuse(),
            }
        }
        Ok(())
    }

    fn answer(&mut self, want: Want, store: &Store) -> Result<Answer, StoreError> {
        let Some(link) = &mut self.link else {
            return Ok(Answer::Begun);
        };
        let name = MessageName {
            mine: true,
            stream: want.stream,
            number: want.number,
        };
        let Some(transfer) = store.find_transfer(link.conversation, name)? else {
            // It was erased or deleted. Or it is no offer, but may have been one before a damaged store was taken over.
            return Ok(Answer::End(EndReason::Gone));
        };
        if transfer.state != FileState::Accepted {
            // The peer has not heard of that yet. Or we do not know any more that it has accepted it: our store is a backup.
            return Ok(Answer::End(EndReason::Stopped));
        }
        let (row, size) = (transfer.row, transfer.offer.size);
        if want.offset > 0 && want.offset >= size {
            return Ok(Answer::Refused);
        }
        let Some(sending) = link.sending.get_mut(&want.id) else {
            return Ok(Answer::Begun);
        };
        let source = Source {
            path: transfer.path.clone().unwrap_or_default(),
            offer: engine_offer(&transfer),
        };
        if self.files.send(sending.job, source, want.offset).is_ok() {
            sending.row = row;
            sending.speed = Speed::new(size, want.offset);
            sending.asked = None;
        }
        Ok(Answer::Begun)
    }

    /// Hands over as much of what was read as there is room for: a piece of each file in turn. Returns whether there was
    /// anything.
    pub fn fill(&mut self, secure: &mut Secure, now: Instant) -> bool {
        let mut any = false;
        let mut may_have_more = true;
        while may_have_more && secure.has_room_for_data() {
            may_have_more = false;
            for id in self.begun() {
                may_have_more |= self.send_next(id, secure, now);
            }
            any |= may_have_more;
        }
        any
    }

    /// What the peer wants and is read.
    fn begun(&self) -> Vec<u64> {
        let sending = self.link.iter().flat_map(|link| &link.sending);
        let begun = sending.filter(|(_, one)| one.is_begun());
        begun.map(|(id, _)| *id).collect()
    }

    /// Returns whether there was something to send.
    fn send_next(&mut self, id: u64, secure: &mut Secure, now: Instant) -> bool {
        let Some(Link { sending, peer, .. }) = &mut self.link else {
            return false;
        };
        let Some(sending) = sending.get_mut(&id) else {
            return false;
        };
        let row = sending.row;
        match self.files.take_chunk(sending.job) {
            Next::NotYet => return false,
            Next::Chunk(bytes) => {
                let moved = sending.speed.moved() + bytes.len() as u64;
                let peer_id = || PeerId::Key(*peer);
                let report = sending.speed.set(moved, now, peer_id, row);
                self.effects.extend(report.map(Effect::Report));
                secure.send_data(id, bytes);
            }
            Next::End(Ok(())) => self.end_sending(id, EndReason::Complete, secure),
            Next::End(Err(why)) => {
                let change = match why {
                    SendError::Changed => FileChange::Changed,
                    SendError::Io(_) => FileChange::Failed(FileFailure::Unreadable),
                };
                self.step(row, FileStep::Change(change));
                self.end_sending(id, EndReason::Unreadable, secure);
            }
        }
        true
    }
}

/// What becomes of what the peer wants.
enum Answer {
    /// It is read, or there is no room for it yet.
    Begun,
    End(EndReason),
    /// The peer may not want it.
    Refused,
}
