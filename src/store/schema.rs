//! The tables, and the migrations that make them.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// The version that this program writes.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

/// Each brings a file from one version to the next. A file's version is the number of migrations applied to it; a
/// released migration is never changed.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE peers (
        key BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
        my_name TEXT,
        their_name TEXT NOT NULL,
        trust INTEGER NOT NULL CHECK (trust BETWEEN 0 AND 3),
        blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
        last_ip TEXT,
        first_met INTEGER, -- milliseconds since 1970
        last_seen INTEGER
    ) STRICT, WITHOUT ROWID;
    -- Names of computers have no case (RFC 4343).
    CREATE TABLE addresses (
        endpoint TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        key BLOB NOT NULL REFERENCES peers ON DELETE CASCADE
    ) STRICT;
",
    "
    CREATE TABLE conversations (
        id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4194303),
        key BLOB UNIQUE CHECK (length(key) = 32),
        address TEXT UNIQUE, -- in plain text
        last INTEGER NOT NULL DEFAULT 0, -- row given last; stays when the history is cleared
        read_up_to INTEGER NOT NULL DEFAULT 0, -- row
        draft TEXT NOT NULL DEFAULT '',
        active_at INTEGER NOT NULL, -- milliseconds since 1970
        CHECK ((key IS NULL) <> (address IS NULL))
    ) STRICT;
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY, -- conversation << 40 | row; rows count from 1 in each conversation
        kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3),
        state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
        sent_at INTEGER NOT NULL, -- by the writer's clock
        received_at INTEGER NOT NULL, -- by ours
        text TEXT NOT NULL,
        raw BLOB, -- where encoding the text would not give the bytes back
        charset TEXT -- in plain text
    ) STRICT;
    -- One for each start of the program and each peer that was written to.
    CREATE TABLE streams (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES conversations,
        epoch BLOB NOT NULL UNIQUE CHECK (length(epoch) = 16),
        last INTEGER NOT NULL -- number given last
    ) STRICT;
    CREATE INDEX streams_of ON streams (conversation);
    CREATE TABLE outbox (
        conversation INTEGER NOT NULL REFERENCES conversations,
        stream INTEGER NOT NULL REFERENCES streams,
        number INTEGER NOT NULL,
        message INTEGER NOT NULL REFERENCES messages,
        -- 0: to be said. 1: taken back, unless it turns out to be there already. 2: left out.
        skip INTEGER NOT NULL DEFAULT 0 CHECK (skip BETWEEN 0 AND 2),
        PRIMARY KEY (conversation, stream, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX outbox_of ON outbox (message);
    CREATE TABLE received (
        conversation INTEGER NOT NULL REFERENCES conversations,
        epoch BLOB NOT NULL CHECK (length(epoch) = 16),
        up_to INTEGER NOT NULL,
        PRIMARY KEY (conversation, epoch)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Messages on their way into a conversation. Their rows there are reserved.
    CREATE TABLE transfers (
        file TEXT NOT NULL, -- the damaged file they come from, by its name in the same folder; empty for this one
        source INTEGER NOT NULL, -- the conversation they come from, by its number in that file
        conversation INTEGER NOT NULL REFERENCES conversations, -- where they go
        shift INTEGER NOT NULL, -- added to a row
        next INTEGER NOT NULL, -- the first row in the source that is still there
        last INTEGER NOT NULL, -- the last one
        PRIMARY KEY (file, source)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX transfers_of ON transfers (conversation);
    -- Damaged files that are being taken over.
    CREATE TABLE salvages (
        file TEXT NOT NULL PRIMARY KEY, -- by its name in the same folder
        listed INTEGER NOT NULL CHECK (listed IN (0, 1)), -- 1: only messages are left
        peers INTEGER NOT NULL, -- taken over so far
        messages INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    ALTER TABLE outbox RENAME TO outbox_before;
    CREATE TABLE outbox (
        conversation INTEGER NOT NULL REFERENCES conversations,
        stream INTEGER NOT NULL REFERENCES streams,
        number INTEGER NOT NULL,
        message INTEGER NOT NULL REFERENCES messages,
        -- 0: to be sent. 1: recalled, unless it turns out to be there already. 2: left out. 3: held, because it was
        -- written for a key that has been replaced since; the stream is that of the old key.
        skip INTEGER NOT NULL DEFAULT 0 CHECK (skip BETWEEN 0 AND 3),
        PRIMARY KEY (conversation, stream, number)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO outbox (conversation, stream, number, message, skip)
        SELECT conversation, stream, number, message, skip FROM outbox_before;
    DROP TABLE outbox_before; -- and its index
    CREATE INDEX outbox_of ON outbox (message);
    -- Counted whenever contacts are read.
    CREATE INDEX outbox_held ON outbox (conversation) WHERE skip = 3;
",
    "
    -- Messages that are erased when their conversation ends.
    CREATE TABLE unkept (
        conversation INTEGER NOT NULL REFERENCES conversations,
        after INTEGER NOT NULL, -- the rows after this one
        up_to INTEGER, -- the last of them; NULL while the conversation goes on
        PRIMARY KEY (conversation, after)
    ) STRICT, WITHOUT ROWID;
    -- What the peer has sent: bytes on the disk, about, within a day that began at this time (milliseconds since 1970).
    ALTER TABLE conversations ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE conversations ADD COLUMN taken_since INTEGER NOT NULL DEFAULT 0;
    -- When something of it was received last, in milliseconds since 1970.
    ALTER TABLE received ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
",
    "
    -- What a message is called on the wire: its writer's stream, and its number there. Nothing in plain text, and in messages
    -- that were stored before this version.
    ALTER TABLE messages ADD COLUMN stream BLOB;
    ALTER TABLE messages ADD COLUMN number INTEGER;
    -- The message that it answers: whether it is ours, and what it is called.
    ALTER TABLE messages ADD COLUMN reply_mine INTEGER;
    ALTER TABLE messages ADD COLUMN reply_stream BLOB;
    ALTER TABLE messages ADD COLUMN reply_number INTEGER;
    ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0; -- 1: its text is gone
    CREATE INDEX messages_by_name ON messages (stream, number) WHERE stream IS NOT NULL;
    -- Earlier texts of messages that were edited.
    CREATE TABLE edits (
        message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE ON UPDATE CASCADE,
        number INTEGER NOT NULL, -- counts from 1 in each message
        text TEXT NOT NULL,
        replaced_at INTEGER NOT NULL, -- by the writer's clock, in milliseconds since 1970
        PRIMARY KEY (message, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE reactions (
        message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE ON UPDATE CASCADE,
        mine INTEGER NOT NULL CHECK (mine IN (0, 1)), -- whose reaction it is
        emoji TEXT NOT NULL,
        PRIMARY KEY (message, mine)
    ) STRICT, WITHOUT ROWID;
    -- The newest message of ours that the peer has read, and everything before it: row.
    ALTER TABLE conversations ADD COLUMN seen_up_to INTEGER NOT NULL DEFAULT 0;
    -- How often the text of a message was edited or deleted, so that the search index sees what it has missed.
    ALTER TABLE conversations ADD COLUMN rewritten INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE outbox RENAME TO outbox_before;
    CREATE TABLE outbox (
        conversation INTEGER NOT NULL REFERENCES conversations,
        stream INTEGER NOT NULL REFERENCES streams,
        number INTEGER NOT NULL,
        message INTEGER REFERENCES messages, -- NULL: a change, and the columns from `change` on say which
        -- 0: to be sent. 1: recalled, unless it turns out to be there already. 2: left out. 3: held, because it was
        -- written for a key that has been replaced since; the stream is that of the old key.
        skip INTEGER NOT NULL DEFAULT 0 CHECK (skip BETWEEN 0 AND 3),
        sent_at INTEGER, -- milliseconds since 1970
        change INTEGER CHECK (change BETWEEN 0 AND 2), -- 0: edit. 1: deletion. 2: reaction
        of_mine INTEGER, -- the message that is changed: whether it is ours, and what it is called
        of_stream BLOB,
        of_number INTEGER,
        text TEXT, -- the new text, or the emoji
        CHECK ((message IS NULL) = (change IS NOT NULL)),
        PRIMARY KEY (conversation, stream, number)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO outbox (conversation, stream, number, message, skip)
        SELECT conversation, stream, number, message, skip FROM outbox_before;
    DROP TABLE outbox_before; -- and its indices
    CREATE INDEX outbox_of ON outbox (message);
    CREATE INDEX outbox_held ON outbox (conversation) WHERE skip = 3;
    CREATE INDEX outbox_changes ON outbox (conversation, of_stream, of_number) WHERE change IS NOT NULL;
    -- What waits may be edited once it is sent.
    UPDATE messages SET (stream, number) = (
        SELECT streams.epoch, outbox.number FROM outbox JOIN streams ON streams.id = outbox.stream
        WHERE outbox.message = messages.id
    ) WHERE id IN (SELECT message FROM outbox);
    -- What the person does with the conversation in the list.
    ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
    ALTER TABLE conversations ADD COLUMN muted INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1));
",
    "
    -- Offers of files. The message's text is the name.
    CREATE TABLE files (
        message INTEGER PRIMARY KEY REFERENCES messages ON DELETE CASCADE ON UPDATE CASCADE,
        mine INTEGER NOT NULL CHECK (mine IN (0, 1)), -- whether we offer it
        size INTEGER NOT NULL, -- bytes
        manifest INTEGER NOT NULL, -- bytes of it that list the names of a folder
        files INTEGER NOT NULL, -- how many a folder has; in state -1, how many offers it counts
        root BLOB NOT NULL CHECK (length(root) = 32), -- BLAKE3
        path BLOB, -- mine: the source. Otherwise the folder it goes into, and then what has arrived
        part BLOB, -- what has arrived so far: a path
        moved INTEGER NOT NULL DEFAULT 0, -- bytes, when it last stopped
        -- -1: the peer's offers beyond the limit. 0: offered. 1: accepted. 2: arrived. 3: declined. 4: cancelled by us.
        -- 5: cancelled by the peer. 6: changed. 7 to 10: failed.
        state INTEGER NOT NULL CHECK (state BETWEEN -1 AND 10),
        paused INTEGER NOT NULL DEFAULT 0 CHECK (paused BETWEEN 0 AND 7) -- bits: by us, by the peer, the disk is full
    ) STRICT;
    CREATE INDEX files_open ON files (mine, state, message) WHERE state < 2;
    -- Parts of files that will never be whole: paths, to be deleted.
    CREATE TABLE loose_parts (path BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TRIGGER part_of_erased AFTER DELETE ON files WHEN old.part IS NOT NULL BEGIN
        INSERT OR IGNORE INTO loose_parts (path) VALUES (old.part);
    END;
    CREATE TRIGGER part_of_ended AFTER UPDATE OF state ON files WHEN new.state > 1 AND new.part IS NOT NULL BEGIN
        INSERT OR IGNORE INTO loose_parts (path) VALUES (new.part);
        UPDATE files SET part = NULL WHERE message = new.message;
    END;
    ALTER TABLE outbox RENAME TO outbox_before;
    CREATE TABLE outbox (
        conversation INTEGER NOT NULL REFERENCES conversations,
        stream INTEGER NOT NULL REFERENCES streams,
        number INTEGER NOT NULL,
        message INTEGER REFERENCES messages, -- NULL: a change, and the columns from `change` on say which
        -- 0: to be sent. 1: recalled, unless it turns out to be there already. 2: left out. 3: held, because it was
        -- written for a key that has been replaced since; the stream is that of the old key. 4: an offer that was put off,
        -- because the peer understands no files. A change that is left out has its number; its own is the negative of that.
        skip INTEGER NOT NULL DEFAULT 0 CHECK (skip BETWEEN 0 AND 4),
        sent_at INTEGER, -- milliseconds since 1970
        change INTEGER CHECK (change BETWEEN 0 AND 3), -- 0: edit. 1: deletion. 2: reaction. 3: of a file
        of_mine INTEGER, -- the message that is changed: whether it is ours, and what it is called
        of_stream BLOB,
        of_number INTEGER,
        text TEXT, -- the new text, the emoji, or a number that says what becomes of the file
        CHECK ((message IS NULL) = (change IS NOT NULL)),
        PRIMARY KEY (conversation, stream, number)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO outbox SELECT * FROM outbox_before;
    DROP TABLE outbox_before; -- and its indices
    CREATE INDEX outbox_of ON outbox (message);
    CREATE INDEX outbox_held ON outbox (conversation) WHERE skip = 3;
    CREATE INDEX outbox_changes ON outbox (conversation, of_stream, of_number) WHERE change IS NOT NULL;
    CREATE INDEX outbox_put_off ON outbox (conversation) WHERE skip = 4;
",
];

/// Brings a file of an earlier version up to this one.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    while version(connection)? < VERSION {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again, now that nobody else can write: another program may have been faster.
        let version = version(&transaction)?;
        if let Some(step) = MIGRATIONS.get(version as usize) {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version + 1)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// The version of this file; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    u32::try_from(version).map_err(|_| StoreError::Damaged)
}
