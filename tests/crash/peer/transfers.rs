//! The files of one of the two programs: what it offers, and what it does with what the other one offers.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use duologue::{
    identity::PublicKey,
    net::{Command, Event, FileControl, MessageId, Payload},
    store::State,
};

use crate::{
    files::{self, Fate, Offered, WAITS},
    messages,
    peer::tell,
};

/// Ids from here on are those of offers.
const IDS: u64 = 1 << 32;

/// See the [module](self).
pub struct Transfers {
    data: PathBuf,
    side: String,
    other: PublicKey,
    /// The names of what is stored, or was given to the worker.
    offered: BTreeSet<String>,
    /// What the row of each offer is called, and whether it is its own.
    rows: BTreeMap<u64, (String, bool)>,
    /// Rows whose pause or end was asked for.
    done: BTreeSet<u64>,
    /// Number of files that are to be offered.
    target: u64,
}

impl Transfers {
    /// Also returns what the last start was killed before it could say.
    pub fn open(data: PathBuf, side: &str, other: PublicKey) -> (Self, Vec<Command>) {
        let mut transfers = Self {
            data,
            side: side.to_owned(),
            other,
            offered: BTreeSet::new(),
            rows: BTreeMap::new(),
            done: BTreeSet::new(),
            target: 0,
        };
        let mut commands = Vec::new();
        for found in transfers.read() {
            let Offered {
                row, name, is_mine, ..
            } = &found;
            if *is_mine {
                transfers.offered.insert(name.clone());
            }
            transfers.rows.insert(*row, (name.clone(), *is_mine));
            if !is_mine && found.state == WAITS {
                commands.push(transfers.answer(*row, name));
            }
            if found.is_open() && found.paused & 1 != 0 {
                commands.push(transfers.control(*row, FileControl::Resume));
            }
            if *is_mine && found.is_open() && found.delivery == 2 {
                commands.extend(transfers.cancel_own(*row));
            }
        }
        (transfers, commands)
    }

    /// Sets how many files are to be offered.
    pub fn set_target(&mut self, target: u64) -> Vec<Command> {
        self.target = target;
        let [sources, _] = files::folders(&self.data);
        let mut commands = Vec::new();
        for (id, name) in (IDS..).zip(files::names(&self.side, target)) {
            if self.offered.insert(name.clone()) {
                commands.push(Command::Offer {
                    id: MessageId(id),
                    to: self.other,
                    path: sources.join(name),
                    keep_location: true,
                });
            }
        }
        commands
    }

    /// Whether this row is that of an offer.
    pub fn is_offer(&self, row: u64) -> bool {
        self.rows.contains_key(&row)
    }

    /// Handles an event that is about a file. `None` for any other.
    pub fn handle_event(&mut self, event: &Event) -> Option<Vec<Command>> {
        match event {
            Event::Stored { id, row, .. } if id.0 >= IDS => {
                let name = files::names(&self.side, files::COUNT).nth((id.0 - IDS) as usize);
                let row = messages::row_number(*row);
                self.rows.insert(row, (name.expect("one of ours"), true));
                tell("moved");
                Some(Vec::new())
            }
            Event::Received {
                row: Some(row),
                payload: Payload::Offer { name, .. },
                ..
            } => {
                let row = messages::row_number(*row);
                self.rows.insert(row, (name.clone(), false));
                tell("moved");
                Some(vec![self.answer(row, name)])
            }
            Event::FileProgress {
                row, moved, size, ..
            } => {
                let row = messages::row_number(*row);
                match self.rows.get(&row) {
                    Some((_, false)) => {
                        // The last group is asked for again as long as the file is not whole under its name.
                        let moved = (*moved).min(size.saturating_sub(1));
                        tell(&format!("verified {row}/{moved}"));
                    }
                    _ => tell("moved"),
                }
                Some(self.interfere(row))
            }
            Event::OfferFailed { .. } | Event::LacksFiles => {
                tell(&format!("trouble {event:?}"));
                Some(Vec::new())
            }
            _ => None,
        }
    }

    /// What is done when one of its own rows is settled.
    pub fn settled(&mut self, row: u64, state: State) -> Vec<Command> {
        let delivered = state == State::Delivered;
        let cancel = delivered.then(|| self.cancel_own(row)).flatten();
        cancel.into_iter().collect()
    }

    /// Whether all files are offered, and nothing more will become of any.
    pub fn are_over(&self) -> bool {
        let found = self.read();
        let mine = found.iter().filter(|one| one.is_mine).count();
        mine as u64 == self.target && !found.iter().any(Offered::is_open)
    }

    /// What is done with a file of the other one when it moves.
    fn interfere(&mut self, row: u64) -> Vec<Command> {
        let Some((name, false)) = self.rows.get(&row) else {
            return Vec::new();
        };
        let controls: &[_] = match files::fate(name) {
            Fate::Paused => &[FileControl::Pause, FileControl::Resume],
            Fate::CancelledByReceiver => &[FileControl::Cancel],
            Fate::Accepted | Fate::Declined | Fate::CancelledBySender => &[],
        };
        if !self.done.insert(row) {
            return Vec::new();
        }
        let controls = controls.iter();
        controls
            .map(|control| self.control(row, *control))
            .collect()
    }

    fn cancel_own(&self, row: u64) -> Option<Command> {
        let (name, is_mine) = self.rows.get(&row)?;
        let is_cancelled = *is_mine && files::fate(name) == Fate::CancelledBySender;
        is_cancelled.then(|| self.control(row, FileControl::Cancel))
    }

    fn answer(&self, row: u64, name: &str) -> Command {
        let [_, downloads] = files::folders(&self.data);
        Command::AnswerFile {
            to: self.other,
            row: messages::row(row),
            accept: (files::fate(name) != Fate::Declined).then_some(downloads),
        }
    }

    fn control(&self, row: u64, control: FileControl) -> Command {
        Command::ControlFile {
            to: self.other,
            row: messages::row(row),
            control,
        }
    }

    /// What the store has. Without a table, the first start was cut short.
    fn read(&self) -> Vec<Offered> {
        files::read(&self.data).unwrap_or_default()
    }
}
