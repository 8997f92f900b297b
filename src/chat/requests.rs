//! The callers that wait for the person's answer, and how often the answer was no.

use crate::{
    identity::PeerId,
    net::{JoinRequest, RequestId},
};

/// After this many times no, the person is offered to refuse everybody unknown for a while.
const ENOUGH: u32 = 3;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct JoinRequests {
    /// Oldest first.
    waiting: Vec<JoinRequest>,
    /// Since the last yes.
    noes: u32,
    /// Whom the last yes was for, until somebody is connected.
    admitted: Option<PeerId>,
}

impl JoinRequests {
    pub fn waiting(&self) -> &[JoinRequest] {
        &self.waiting
    }

    pub fn add(&mut self, request: JoinRequest) {
        self.waiting.push(request);
    }

    /// It was answered, or the caller has given up.
    pub fn remove(&mut self, id: RequestId) {
        self.waiting.retain(|request| request.id != id);
    }

    /// Whom the person has admitted since the last connection.
    pub fn take_admitted(&mut self) -> Option<PeerId> {
        self.admitted.take()
    }

    /// The person answers this one.
    pub fn answer(&mut self, id: RequestId, admit: bool) {
        if admit {
            let admitted = self.waiting.iter().find(|request| request.id == id);
            self.admitted = admitted.map(|request| request.peer_id.clone());
        }
        self.noes = if admit { 0 } else { self.noes + 1 };
        self.remove(id);
    }

    /// Everybody unknown is refused, or no longer: counting begins again.
    pub fn forget_noes(&mut self) {
        self.noes = 0;
    }

    /// Whether the person has said no so often that they may want to refuse everybody unknown.
    pub fn offers_to_refuse(&self) -> bool {
        self.noes >= ENOUGH
    }

    /// The worker is gone, and the callers with it.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.admitted = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusing_is_offered_after_three_noes_in_a_row() {
        let mut requests = JoinRequests::default();
        let id = RequestId(1);
        for admit in [false, false, true, false, false] {
            requests.answer(id, admit);
            assert!(!requests.offers_to_refuse());
        }
        requests.answer(id, false);
        assert!(requests.offers_to_refuse());
        requests.forget_noes();
        assert!(!requests.offers_to_refuse());
    }
}
