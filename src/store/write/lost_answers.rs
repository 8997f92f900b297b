//! Offers of the peer's whose answers are lost, or may be.

use rusqlite::Connection;

/// Our answers to these offers of the peer's are lost, or may be: the person is asked again. Not about those that we have paused,
/// because the person has them go on, and the peer knows of them.
pub(in crate::store) fn ask_again(
    connection: &Connection,
    [first, last]: [i64; 2],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE files SET state = 0, paused = 0, path = NULL
            WHERE state < 2 AND mine = 0 AND state = 1 AND message BETWEEN ?1 AND ?2
            AND paused & 1 = 0",
        )?
        .execute([first, last])?;
    Ok(())
}
