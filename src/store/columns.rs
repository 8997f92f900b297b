//! How values look in the columns of a table.

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Type, ValueRef},
};

use crate::{
    identity::{PeerId, PublicKey, StreamId, Trust},
    millis::Millis,
    store::{
        message::{ConversationId, Kind, State},
        row::Row,
    },
};

impl PeerId {
    /// Reads it from two columns, the key and the address, of which one is NULL. `at` is the index of the first.
    pub(crate) fn from_columns(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
        match (row.get(at)?, row.get(at + 1)?) {
            (Some(key), None) => Ok(Self::Key(key)),
            (None, Some(address)) => Ok(Self::Address(address)),
            _ => {
                let error = Box::new(FromSqlError::InvalidType);
                Err(rusqlite::Error::FromSqlConversionFailure(
                    at,
                    Type::Null,
                    error,
                ))
            }
        }
    }

    /// The key and the address for the two columns.
    pub(crate) fn columns(&self) -> (Option<&PublicKey>, Option<&str>) {
        match self {
            Self::Key(key) => (Some(key), None),
            Self::Address(address) => (None, Some(address)),
        }
    }
}

/// `SQLite` has signed numbers only.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way round. Negative numbers are not ours.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl ToSql for Millis {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.number().into())
    }
}

impl FromSql for Millis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self::new)
    }
}

impl ToSql for Trust {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = match self {
            Self::Met => 0,
            Self::Accepted => 1,
            Self::Invited => 2,
            Self::Verified => 3,
        };
        Ok(number.into())
    }
}

impl FromSql for Trust {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::Met),
            1 => Ok(Self::Accepted),
            2 => Ok(Self::Invited),
            3 => Ok(Self::Verified),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

impl ToSql for StreamId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_bytes().as_slice().into())
    }
}

impl FromSql for StreamId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(Self::from_bytes)
    }
}

impl ToSql for PublicKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_bytes().as_slice().into())
    }
}

impl FromSql for PublicKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(Self::from_bytes)
    }
}

impl ToSql for ConversationId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for ConversationId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for Row {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(signed(self.number()).into())
    }
}

impl FromSql for Row {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(|number| Self::new(unsigned(number)))
    }
}

impl ToSql for Kind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = match self {
            Self::Theirs => 0,
            Self::Mine => 1,
            Self::NeedsNewer => 2,
            Self::Missed => 3,
        };
        Ok(number.into())
    }
}

impl FromSql for Kind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::Theirs),
            1 => Ok(Self::Mine),
            2 => Ok(Self::NeedsNewer),
            3 => Ok(Self::Missed),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

impl State {
    /// As it is in the column.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Received => 0,
            Self::Waiting => 1,
            Self::Delivered => 2,
            Self::Recalled => 3,
            Self::Sent => 4,
            Self::NotSent => 5,
        }
    }
}

impl ToSql for State {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.number().into())
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::Received),
            1 => Ok(Self::Waiting),
            2 => Ok(Self::Delivered),
            3 => Ok(Self::Recalled),
            4 => Ok(Self::Sent),
            5 => Ok(Self::NotSent),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}
