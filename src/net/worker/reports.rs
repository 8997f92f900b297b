//! Events on their way to the window: those for which the bounded channel has no room wait here.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    identity::PeerId,
    mailbox::Server,
    net::{Command, Event},
};

/// Above this many waiting events the window is told to read the store instead.
const BEHIND: usize = 1024;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Reports {
    backlog: VecDeque<Event>,
    /// Whether the window can read the store too.
    is_store_shared: bool,
    /// Conversations that have changed without a report, because the window was behind.
    changed: BTreeSet<PeerId>,
    /// How many messages wait to be delivered, if that has changed while the window was behind.
    waiting: Option<u64>,
}

impl Reports {
    /// Whether the window can read the store too, and so catch up from there.
    pub fn set_store_shared(&mut self, is_store_shared: bool) {
        self.is_store_shared = is_store_shared;
    }

    /// Reports this. While the window is behind, it only learns which conversations have changed in the store.
    pub fn report(&mut self, event: Event) {
        match (event.stored_in(), &event) {
            (Some(peer_id), _) if self.is_behind() => {
                self.changed.insert(peer_id.clone());
            }
            // A peer may acknowledge many messages one by one.
            (None, Event::Outbox(waiting)) if self.is_behind() => self.waiting = Some(*waiting),
            _ => self.backlog.push_back(event),
        }
    }

    /// Reports whether the peer is typing. Replaces a report that the window has not taken yet.
    pub fn report_typing(&mut self, typing: bool) {
        if let Some(Event::Typing(last)) = self.backlog.back_mut() {
            *last = typing;
        } else {
            self.report(Event::Typing(typing));
        }
    }

    /// Whether the window has taken every event, or has room for them all.
    pub fn is_empty(&self) -> bool {
        self.backlog.is_empty()
    }

    /// Takes what waits, in place of a window.
    #[cfg(test)]
    pub fn take(&mut self) -> Vec<Event> {
        self.backlog.drain(..).collect()
    }

    fn is_behind(&self) -> bool {
        self.is_store_shared && self.backlog.len() >= BEHIND
    }

    /// Moves events to the channel as far as there is room.
    pub fn flush(&mut self, server: &Server<Command, Event>) {
        server.flush(&mut self.backlog);
        // In the same turn: if the window has taken everything, it wakes nobody for the rest.
        if !self.is_behind() {
            let changed = std::mem::take(&mut self.changed);
            self.backlog.extend(changed.into_iter().map(Event::Changed));
            self.backlog.extend(self.waiting.take().map(Event::Outbox));
            server.flush(&mut self.backlog);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mailbox, store::Row};

    const ROOM: usize = 4;

    fn taken(client: &mailbox::Client<Command, Event>) -> Vec<Event> {
        let mut taken = Vec::new();
        client.drain(|event| {
            taken.push(event);
            true
        });
        taken
    }

    #[test]
    fn events_wait_in_order_for_room_in_the_channel() {
        let (client, server) = mailbox::pair(1, ROOM, || {});
        let mut reports = Reports::default();
        for count in 0..=ROOM as u64 {
            reports.report(Event::Outbox(count));
        }
        reports.flush(&server);
        assert!(!reports.is_empty());
        let mut all = taken(&client);
        reports.flush(&server);
        assert!(reports.is_empty());
        all.extend(taken(&client));
        assert!(all.into_iter().eq((0..=ROOM as u64).map(Event::Outbox)));
    }

    #[test]
    fn a_window_that_is_behind_reads_the_store_once_it_has_caught_up() {
        let (client, server) = mailbox::pair(1, BEHIND + 1, || {});
        let peer_id = PeerId::Address("127.0.0.1:1".into());
        let sent = |row| Event::Sent {
            peer_id: peer_id.clone(),
            row,
        };
        let last = BEHIND as u64;
        for (is_store_shared, expected) in [
            (false, sent(Row::new(last))),
            (true, Event::Changed(peer_id.clone())),
        ] {
            let mut reports = Reports::default();
            reports.set_store_shared(is_store_shared);
            for row in 0..=last {
                reports.report(sent(Row::new(row)));
            }
            assert_eq!(reports.is_behind(), is_store_shared);
            reports.flush(&server);
            assert_eq!(taken(&client).pop(), Some(expected));
        }
    }

    #[test]
    fn a_window_that_is_behind_is_told_once_how_many_messages_wait() {
        let (client, server) = mailbox::pair(1, BEHIND + 1, || {});
        let mut reports = Reports::default();
        reports.set_store_shared(true);
        for _ in 0..BEHIND {
            reports.report(Event::ListeningStopped);
        }
        for count in (0..100).rev() {
            reports.report(Event::Outbox(count));
        }
        assert_eq!(reports.backlog.len(), BEHIND);
        reports.flush(&server);
        assert_eq!(taken(&client).pop(), Some(Event::Outbox(0)));
    }

    #[test]
    fn only_the_last_report_of_typing_counts() {
        let (client, server) = mailbox::pair(1, ROOM, || {});
        let mut reports = Reports::default();
        for typing in [true, false, true] {
            reports.report_typing(typing);
        }
        reports.report(Event::ListeningStopped);
        reports.report_typing(false);
        reports.flush(&server);
        let expected = [
            Event::Typing(true),
            Event::ListeningStopped,
            Event::Typing(false),
        ];
        assert_eq!(taken(&client), expected);
    }
}
