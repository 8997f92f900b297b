//! Changes of messages that are there already: edits, deletions, reactions; and how far the peer has read.
//!
//! A change is applied where it is made at once, and where it is received in the order of its stream, so both sides end with the
//! same texts. One of a message that is not here (it was erased, or went to another copy of this data) does nothing.

use rusqlite::{OptionalExtension as _, params};

use super::{
    apply::{apply, find, set_text, skip_edits, text_of},
    batch::Batch,
    our_streams::OutboxPos,
    put_off::PUT_OFF,
};
use crate::{
    identity::StreamId,
    millis::Millis,
    store::{
        Rewritten, Store, StoreError,
        columns::{signed, unsigned},
        file::FileChange,
        message::{Change, ConversationId, Kind, LAST_ROW, MessageName, State, row_of},
        row::Row,
    },
};

/// What became of a change of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenChange {
    /// It waits in the outbox.
    Waits {
        /// Its position there.
        pos: OutboxPos,
        /// Its stream.
        stream: StreamId,
        /// The message.
        name: MessageName,
    },
    /// Nobody has to be told: the message is held or put off, and is sent as it is then, if at all.
    InPlace,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Batch<'_> {
    /// What the message in this row is called on the wire; `None` if it has no name, was recalled or deleted, or is not
    /// there.
    pub fn name_of(
        &self,
        conversation: ConversationId,
        row: Row,
    ) -> Result<Option<MessageName>, StoreError> {
        let found = self
            .transaction
            .prepare_cached(
                "SELECT kind, stream, number FROM messages
                WHERE id = ?1 AND stream IS NOT NULL AND kind IN (0, 1) AND deleted = 0
                AND state <> ?2",
            )?
            .query_row(params![conversation.message(row), State::Recalled], |row| {
                Ok(MessageName {
                    mine: row.get::<_, Kind>(0)? == Kind::Mine,
                    stream: row.get(1)?,
                    number: unsigned(row.get(2)?),
                })
            })
            .optional()?;
        Ok(found)
    }

    /// The person changes the message in this row. Returns `None`, and changes nothing, if that can't be: it has no name, was
    /// deleted, or is not ours to edit. Also for a message that waits the change waits: only the peer can say whether it has an
    /// earlier form; see [`Store::settle_unsent`].
    pub fn change(
        &mut self,
        conversation: ConversationId,
        row: Row,
        change: &Change,
        new_stream: StreamId,
        now: Millis,
    ) -> Result<Option<WrittenChange>, StoreError> {
        let Some(name) = self.name_of(conversation, row)? else {
            return Ok(None);
        };
        if !name.mine && !matches!(change, Change::React(_) | Change::File(_)) {
            return Ok(None);
        }
        let message = conversation.message(row);
        // The holder of the new key does not have what is held, and may never get it.
        let held: Option<i64> = self
            .transaction
            .prepare_cached("SELECT skip FROM outbox WHERE message = ?1 AND skip >= 3")?
            .query_row([message], |row| row.get(0))
            .optional()?;
        let is_held = held.is_some();
        match change {
            Change::Edit(text) if is_held => {
                let before = text_of(&self.transaction, message)?;
                if set_text(&self.transaction, message, text)? {
                    self.note_rewritten(message, before, text)?;
                }
                return Ok(Some(WrittenChange::InPlace));
            }
            Change::Delete | Change::File(FileChange::Cancel) if is_held => {
                self.apply(message, change, true, now)?;
                self.transaction
                    .prepare_cached("DELETE FROM outbox WHERE message = ?1")?
                    .execute([message])?;
                self.set_state_of(message, State::Recalled)?;
                if held == Some(PUT_OFF) {
                    self.more_waiting -= 1;
                }
                return Ok(Some(WrittenChange::InPlace));
            }
            Change::React(_) | Change::File(_) if is_held => return Ok(None),
            _ => {}
        }
        if !self.apply(message, change, true, now)? {
            return Ok(None);
        }
        if *change == Change::Delete {
            self.withdraw(conversation, message)?;
        }
        let (pos, stream) = self.push_change(conversation, name, change, new_stream, now)?;
        Ok(Some(WrittenChange::Waits { pos, stream, name }))
    }

    /// Puts a change of this message into the outbox. Returns its position there, and its stream.
    pub(super) fn push_change(
        &mut self,
        conversation: ConversationId,
        name: MessageName,
        change: &Change,
        new_stream: StreamId,
        now: Millis,
    ) -> Result<(OutboxPos, StreamId), StoreError> {
        let (pos, stream) = self
            .streams
            .next_pos(&self.transaction, conversation, new_stream)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO outbox (conversation, stream, number, sent_at, change, of_mine, of_stream,
                    of_number, text)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                conversation,
                pos.stream,
                signed(pos.number),
                now,
                change.number(),
                name.mine,
                name.stream,
                signed(name.number),
                change.text()
            ])?;
        Ok((pos, stream))
    }

    /// The peer changes a message. Returns its row if it is here and something is different now.
    pub(in crate::store) fn receive_change(
        &mut self,
        conversation: ConversationId,
        name: MessageName,
        change: &Change,
        at: Millis,
    ) -> Result<Option<Row>, StoreError> {
        let Some(message) = find(&self.transaction, conversation, name)? else {
            return Ok(None);
        };
        let is_allowed = !name.mine || matches!(change, Change::React(_) | Change::File(_));
        let is_changed = is_allowed && self.apply(message, change, false, at)?;
        Ok(is_changed.then(|| row_of(message)))
    }

    /// The peer's person has read everything up to this message of ours. Returns its row if that is news.
    pub fn set_seen(
        &mut self,
        conversation: ConversationId,
        stream: StreamId,
        up_to: u64,
    ) -> Result<Option<Row>, StoreError> {
        let [first, last] = conversation.ids(Row::FIRST..=LAST_ROW);
        let newest: Option<i64> = self
            .transaction
            .prepare_cached(
                "SELECT max(id) FROM messages WHERE stream = ?1 AND number <= ?2
                AND kind = ?3 AND id BETWEEN ?4 AND ?5",
            )?
            .query_row(
                params![stream, signed(up_to), Kind::Mine, first, last],
                |row| row.get(0),
            )?;
        let Some(row) = newest.map(row_of) else {
            return Ok(None);
        };
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE conversations SET seen_up_to = ?2 WHERE id = ?1 AND seen_up_to < ?2",
            )?
            .execute(params![conversation, row])?;
        Ok((changed > 0).then_some(row))
    }

    /// Changes a message. `mine` is whose change it is. Returns whether anything is different.
    fn apply(
        &mut self,
        message: i64,
        change: &Change,
        mine: bool,
        at: Millis,
    ) -> Result<bool, StoreError> {
        let before = match change {
            Change::Edit(_) | Change::Delete => Some(text_of(&self.transaction, message)?),
            Change::React(_) | Change::File(_) => None,
        };
        let is_changed = apply(&self.transaction, message, change, mine, at)?;
        if matches!(change, Change::File(_) | Change::Delete) {
            // It may wait no more.
            self.offers.clear();
        }
        if let (true, Some(before)) = (is_changed, before) {
            self.note_rewritten(message, before, &change.text())?;
        }
        Ok(is_changed)
    }

    /// Tells the search index of a text that is another one now.
    fn note_rewritten(
        &mut self,
        message: i64,
        before: String,
        after: &str,
    ) -> Result<(), StoreError> {
        let (conversation, number) = self
            .transaction
            .prepare_cached(
                "UPDATE conversations SET rewritten = rewritten + 1 WHERE id = ?1 >> 40
                RETURNING id, rewritten",
            )?
            .query_row([message], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
        self.rewritten.push(Rewritten {
            conversation,
            row: row_of(message),
            number,
            before,
            after: after.to_owned(),
        });
        Ok(())
    }

    /// A message of ours is deleted: what waits of its texts is not sent any more.
    fn withdraw(&mut self, conversation: ConversationId, message: i64) -> Result<(), StoreError> {
        let recalled = self
            .transaction
            .prepare_cached("UPDATE outbox SET skip = 1 WHERE message = ?1 AND skip = 0")?
            .execute([message])?;
        if recalled > 0 {
            self.more_waiting -= 1;
            self.set_state_of(message, State::Recalled)?;
        }
        // Whether the peer gets an edit or a skip, the deletion after it leaves the same.
        skip_edits(&self.transaction, conversation, Some(message))?;
        Ok(())
    }
}

impl Store {
    /// The newest message of the peer's that the person has read: its stream, and its number there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn newest_read(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<(StreamId, u64)>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT stream, number FROM messages
                WHERE id BETWEEN ?1 AND ?1 + (SELECT read_up_to FROM conversations WHERE id = ?2)
                AND kind = ?3 AND stream IS NOT NULL ORDER BY id DESC LIMIT 1",
            )?
            .query_row(
                params![conversation.message(Row::ZERO), conversation, Kind::Theirs],
                |row| Ok((row.get(0)?, unsigned(row.get(1)?))),
            )
            .optional()?;
        Ok(found)
    }
}

#[cfg(test)]
impl Store {
    /// What each message with a name has become: the message, its earlier texts, and what it answers.
    pub(crate) fn named_messages(
        &self,
        conversation: ConversationId,
    ) -> std::collections::BTreeMap<
        MessageName,
        (crate::store::Message, Vec<String>, Option<MessageName>),
    > {
        let named = |sql: &str, id: i64| {
            let found = self.connection.query_row(sql, [id], |row| {
                Ok(MessageName {
                    mine: row.get(0)?,
                    stream: row.get(1)?,
                    number: unsigned(row.get(2)?),
                })
            });
            found.optional().expect("read")
        };
        let messages = self.all_messages(conversation).into_iter();
        let named = messages.filter_map(|message| {
            let id = conversation.message(message.row);
            let name = named(
                "SELECT kind = 1, stream, number FROM messages WHERE id = ?1 AND stream IS NOT NULL",
                id,
            )?;
            let reply_to = named(
                "SELECT reply_mine, reply_stream, reply_number FROM messages
                WHERE id = ?1 AND reply_stream IS NOT NULL",
                id,
            );
            let sql = "SELECT text FROM edits WHERE message = ?1 ORDER BY number";
            let mut statement = self.connection.prepare_cached(sql).expect("it fits");
            let texts = statement.query_map([id], |row| row.get(0)).expect("read");
            let texts = texts.collect::<Result<_, _>>().expect("read");
            Some((name, (message, texts, reply_to)))
        });
        named.collect()
    }

    /// The row up to which the peer has read.
    pub(crate) fn seen_up_to(&self, conversation: ConversationId) -> Row {
        let sql = "SELECT seen_up_to FROM conversations WHERE id = ?1";
        let seen = self
            .connection
            .query_row(sql, [conversation], |row| row.get(0));
        seen.expect("read")
    }
}

#[cfg(test)]
mod tests {
    use super::{super::apply::MOST_EDITS, *};
    use crate::store::{
        Content, Deletion, Incoming, Marks, Message, Outgoing, State,
        samples::{Sample, mina},
        write::hold,
    };

    const OURS: StreamId = StreamId::from_bytes([1; 16]);
    const THEIRS: StreamId = StreamId::from_bytes([2; 16]);

    fn write(sample: &mut Sample, id: ConversationId, text: &str, reply_to: Option<Row>) -> Row {
        let mut batch = sample.store.batch().expect("begun");
        let written = batch
            .write_reply(id, text, reply_to, OURS, Millis::new(1))
            .expect("kept");
        batch.commit().expect("kept");
        written.row
    }

    fn receive(sample: &mut Sample, id: ConversationId, number: u64, content: Content<'_>) {
        let mut batch = sample.store.batch().expect("begun");
        let item = Incoming {
            stream: THEIRS,
            number,
            missed: 0,
            sent_at: Millis::new(2),
            content,
        };
        batch.receive(id, &item, Millis::new(2)).expect("kept");
        batch.commit().expect("kept");
    }

    fn change(
        sample: &mut Sample,
        id: ConversationId,
        row: Row,
        change: &Change,
    ) -> Option<WrittenChange> {
        let mut batch = sample.store.batch().expect("begun");
        let changed = batch
            .change(id, row, change, OURS, Millis::new(3))
            .expect("kept");
        batch.commit().expect("kept");
        changed
    }

    fn deliver(sample: &mut Sample, id: ConversationId, up_to: u64) {
        let mut batch = sample.store.batch().expect("begun");
        batch.acknowledge(id, OURS, up_to).expect("kept");
        batch.commit().expect("kept");
    }

    fn messages(sample: &Sample, id: ConversationId) -> Vec<Message> {
        sample.store.all_messages(id)
    }

    fn items(sample: &Sample, id: ConversationId) -> Vec<Option<Outgoing>> {
        let items = sample.store.outbox_items(id, OutboxPos::default(), 100);
        let items = items.expect("read").into_iter();
        items.map(|item| item.what).collect()
    }

    fn edit(text: &str) -> Change {
        Change::Edit(text.to_owned())
    }

    fn react(emoji: &str) -> Change {
        Change::React(emoji.to_owned())
    }

    fn name(mine: bool, number: u64) -> MessageName {
        let stream = if mine { OURS } else { THEIRS };
        MessageName {
            mine,
            stream,
            number,
        }
    }

    #[test]
    fn a_reply_names_what_it_answers_and_quotes_it_while_it_is_here() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        receive(&mut sample, id, 1, Content::Text("a question"));
        write(&mut sample, id, "an answer", Some(Row::FIRST));
        let reply = Content::Reply(name(true, 1), "and one to that");
        receive(&mut sample, id, 2, reply);
        let waits = Outgoing::Text("an answer".to_owned(), Some(name(false, 1)));
        assert_eq!(items(&sample, id), [Some(waits)]);
        let quotes = |sample: &Sample| -> Vec<_> {
            let all = messages(sample, id).into_iter();
            all.map(|message| message.marks.quote.map(|quote| (quote.mine, quote.source)))
                .collect()
        };
        let source = |row, text: &str| Some((Row::new(row), text.to_owned()));
        assert_eq!(
            quotes(&sample),
            [
                None,
                Some((false, source(1, "a question"))),
                Some((true, source(2, "an answer"))),
            ]
        );
        Deletion::up_to(id, Row::FIRST).run(&mut sample.store);
        assert_eq!(quotes(&sample)[0], Some((false, None)), "it was erased");
    }

    #[test]
    fn earlier_texts_stay_and_their_number_is_limited() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        receive(&mut sample, id, 1, Content::Text("first"));
        for number in 2..=300_u64 {
            let text = edit(&number.to_string());
            receive(
                &mut sample,
                id,
                number,
                Content::Change(name(false, 1), &text),
            );
        }
        let message = messages(&sample, id).remove(0);
        assert_eq!(message.text, "300");
        assert!(message.marks.is_edited && message.marks.is_named);
        let texts = sample.read(|store| store.earlier_texts(id, Row::FIRST));
        assert_eq!(texts.len(), usize::try_from(MOST_EDITS).expect("few"));
        let texts: Vec<_> = texts.into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts[..2], ["first", "201"]);
        assert_eq!(texts[99], "299");
    }

    fn settle(sample: &mut Sample, id: ConversationId) -> Vec<Row> {
        let settled = sample.store.settle_unsent(id, OutboxPos::default(), 100);
        settled.expect("kept")
    }

    #[test]
    fn what_the_peer_does_not_have_is_sent_as_it_is_now() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        let row = write(&mut sample, id, "one", None);
        let other = write(&mut sample, id, "other", None);
        for text in ["two", "three"] {
            change(&mut sample, id, row, &edit(text)).expect("named");
        }
        change(&mut sample, id, other, &react("👍")).expect("named");
        assert!(messages(&sample, id)[0].marks.is_edited);
        assert_eq!(items(&sample, id).iter().flatten().count(), 5);
        assert_eq!(settle(&mut sample, id), [row]);
        let text = |text: &str| Some(Outgoing::Text(text.to_owned(), None));
        let reaction = Some(Outgoing::Change(name(true, 2), react("👍")));
        assert_eq!(
            items(&sample, id),
            [text("three"), text("other"), None, None, reaction]
        );
        assert!(!messages(&sample, id)[0].marks.is_edited);
        assert_eq!(settle(&mut sample, id), [], "once");
    }

    #[test]
    fn what_may_be_on_its_way_is_edited_by_an_item_of_its_own() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        let row = write(&mut sample, id, "one", None);
        change(&mut sample, id, row, &edit("two")).expect("named");
        assert_eq!(messages(&sample, id)[0].text, "two");
        assert_eq!(sample.store.waiting_count(), 1, "a change is no message");
        // The peer turns out to have the message, but not the edit.
        deliver(&mut sample, id, 1);
        assert_eq!(settle(&mut sample, id), []);
        let two = Outgoing::Change(name(true, 1), edit("two"));
        assert_eq!(items(&sample, id), [Some(two)]);
        assert!(messages(&sample, id)[0].marks.is_edited);
        assert_eq!(messages(&sample, id)[0].state, State::Delivered);
        deliver(&mut sample, id, 2);
        assert_eq!(items(&sample, id), []);
    }

    #[test]
    fn what_is_held_is_changed_in_place() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        for text in ["one", "two"] {
            write(&mut sample, id, text, None);
        }
        hold(&sample.store.connection, id).expect("held");
        let in_place = Some(WrittenChange::InPlace);
        for (row, what, expected) in [
            (1, edit("three"), in_place),
            (1, react("👍"), None),
            (2, Change::Delete, in_place),
        ] {
            let changed = change(&mut sample, id, Row::new(row), &what);
            assert_eq!(changed, expected);
        }
        assert_eq!(sample.store.held_count(id), Ok(1));
        let is_deleted = |message: &Message| message.marks.is_deleted;
        let messages = messages(&sample, id);
        assert_eq!(messages[0].text, "three");
        assert!(!is_deleted(&messages[0]) && is_deleted(&messages[1]));
        assert_eq!(messages[1].state, State::Recalled);
    }

    #[test]
    fn nothing_of_a_deleted_text_is_left_in_any_file() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        let row = write(&mut sample, id, "the secret word", None);
        receive(
            &mut sample,
            id,
            1,
            Content::Change(name(true, 1), &react("👍")),
        );
        change(&mut sample, id, row, &edit("the secret word, edited")).expect("named");
        change(&mut sample, id, row, &Change::Delete).expect("named");
        assert_eq!(change(&mut sample, id, row, &edit("again")), None);
        let delete = Outgoing::Change(name(true, 1), Change::Delete);
        assert_eq!(items(&sample, id), [None, None, Some(delete)]);
        let message = messages(&sample, id).remove(0);
        let marks = Marks {
            is_named: true,
            is_deleted: true,
            ..Marks::default()
        };
        assert_eq!((message.text.as_str(), message.marks), ("", marks));
        assert_eq!(message.state, State::Recalled);
        assert_eq!(sample.store.waiting_count(), 0);
        assert!(sample.store.has_work(), "it is still in the log");
        sample.store.step().expect("done");
        assert!(!sample.store.has_work());
        for entry in std::fs::read_dir(sample.folder.path()).expect("listed") {
            let bytes = std::fs::read(entry.expect("listed").path()).expect("read");
            assert_eq!(memchr::memmem::find(&bytes, b"secret word"), None);
        }
        // The peer had it already.
        deliver(&mut sample, id, 3);
        assert_eq!(messages(&sample, id)[0].state, State::Delivered);
    }

    #[test]
    fn each_side_has_one_reaction() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        receive(&mut sample, id, 1, Content::Text("hello"));
        for (number, emoji) in (2..).zip(["👍", "🎉"]) {
            let change = react(emoji);
            receive(
                &mut sample,
                id,
                number,
                Content::Change(name(false, 1), &change),
            );
        }
        change(&mut sample, id, Row::FIRST, &react("❤")).expect("named");
        let reactions = |sample: &Sample| {
            let marks = messages(sample, id).remove(0).marks;
            (
                marks.mine().map(str::to_owned),
                marks.theirs().map(str::to_owned),
            )
        };
        let both = (Some("❤".to_owned()), Some("🎉".to_owned()));
        assert_eq!(reactions(&sample), both);
        assert_eq!(change(&mut sample, id, Row::FIRST, &react("❤")), None);
        change(&mut sample, id, Row::FIRST, &react("")).expect("named");
        receive(
            &mut sample,
            id,
            4,
            Content::Change(name(false, 1), &react("")),
        );
        assert_eq!(reactions(&sample), (None, None));
    }

    #[test]
    fn nobody_changes_what_is_not_theirs_or_not_here() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        receive(&mut sample, id, 1, Content::Text("theirs"));
        write(&mut sample, id, "ours", None);
        for what in [edit("forged"), Change::Delete] {
            assert_eq!(change(&mut sample, id, Row::FIRST, &what), None);
        }
        for (number, (of, what)) in (2..).zip([
            (name(true, 1), edit("forged")),
            (name(true, 1), Change::Delete),
            (name(false, 99), edit("nowhere")),
            (name(true, 99), react("👍")),
        ]) {
            receive(&mut sample, id, number, Content::Change(of, &what));
        }
        let texts: Vec<_> = messages(&sample, id)
            .into_iter()
            .map(|one| one.text)
            .collect();
        assert_eq!(texts, ["theirs", "ours"]);
        assert_eq!(sample.store.received_up_to(id, THEIRS), Ok(5));
    }

    #[test]
    fn erased_messages_take_their_changes_with_them() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        receive(&mut sample, id, 1, Content::Text("hello"));
        receive(
            &mut sample,
            id,
            2,
            Content::Change(name(false, 1), &edit("hi")),
        );
        change(&mut sample, id, Row::FIRST, &react("👍")).expect("named");
        Deletion::up_to(id, Row::FIRST).run(&mut sample.store);
        assert_eq!(messages(&sample, id), []);
        for table in ["edits", "reactions"] {
            let sql = format!("SELECT count(*) FROM {table}");
            let count = sample
                .store
                .connection
                .query_row(&sql, [], |row| row.get(0));
            assert_eq!(count, Ok(0_i64), "{table}");
        }
        assert_eq!(
            items(&sample, id).len(),
            1,
            "the peer still gets the reaction"
        );
    }

    #[test]
    fn the_read_mark_of_the_peer_only_moves_on() {
        let mut sample = Sample::new();
        let id = sample.conversation(&mina());
        for text in ["one", "two", "three"] {
            write(&mut sample, id, text, None);
        }
        for (stream, up_to, expected) in [
            (OURS, 2, Some(Row::new(2))),
            (OURS, 1, None),
            (THEIRS, 9, None),
            (OURS, 3, Some(Row::new(3))),
            (OURS, 3, None),
        ] {
            let mut batch = sample.store.batch().expect("begun");
            assert_eq!(batch.set_seen(id, stream, up_to), Ok(expected));
            batch.commit().expect("kept");
        }
        receive(&mut sample, id, 1, Content::Text("theirs"));
        receive(&mut sample, id, 2, Content::Text("theirs, too"));
        assert_eq!(sample.store.newest_read(id), Ok(None));
        sample.store.set_read(id, Row::new(4)).expect("kept");
        assert_eq!(sample.store.newest_read(id), Ok(Some((THEIRS, 1))));
        let page = sample.read(|store| store.page(&mina(), crate::store::At::Newest));
        assert_eq!(page.seen_up_to, Row::new(3));
    }
}
