//! How far the streams of each peer were received.

use rusqlite::{Connection, params};

use crate::{
    identity::StreamId,
    millis::Millis,
    store::{columns::signed, message::ConversationId},
};

/// Maximum number of streams of one peer. An honest peer begins one at each start of its program, and sends an older one only
/// until it has its acknowledgement.
pub(in crate::store) const MOST: u32 = 4_096;

/// A stream was received up to this number. Returns whether it is a new one.
pub(super) fn record(
    connection: &Connection,
    conversation: ConversationId,
    stream: StreamId,
    up_to: u64,
    now: Millis,
) -> rusqlite::Result<bool> {
    let params = params![conversation, stream, signed(up_to), now];
    let known = connection
        .prepare_cached(
            "UPDATE received SET up_to = ?3, seen_at = max(seen_at, ?4)
            WHERE conversation = ?1 AND epoch = ?2",
        )?
        .execute(params)?;
    if known == 0 {
        connection
            .prepare_cached(
                // A new one is the newest, also if the clock was set back.
                "INSERT INTO received (conversation, epoch, up_to, seen_at) VALUES (?1, ?2, ?3, max(
                    ?4, (SELECT coalesce(max(seen_at), 0) + 1 FROM received WHERE conversation = ?1)
                ))",
            )?
            .execute(params)?;
    }
    Ok(known == 0)
}

/// Forgets the streams of this peer of which nothing has been received for the longest time, above [`MOST`].
pub(super) fn forget_oldest(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM received WHERE conversation = ?1 AND epoch IN (
                SELECT epoch FROM received WHERE conversation = ?1
                ORDER BY seen_at DESC LIMIT -1 OFFSET ?2
            )",
        )?
        .execute(params![conversation, MOST])?;
    Ok(())
}
