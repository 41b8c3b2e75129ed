//! How the domain's words stand in a column, and how they come out again.

use crate::domain::{
    AccountId, Administers, Deed, DraftId, Face, JobId, LetterId, LetterKind, LetterStatus, MailSecurity,
    RecordStatus, SchoolId, UploadId, UploadStatus, UserType, WhoChooses,
};
use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

macro_rules! number {
    ($($id:ident),*) => { $(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }
        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map($id)
            }
        }
    )* };
}

macro_rules! word {
    ($($kind:ident: $to:ident, $from:ident;)*) => { $(
        impl ToSql for $kind {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.$to().into())
            }
        }
        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $kind::$from(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )* };
}

number!(AccountId, DraftId, JobId, LetterId, SchoolId, UploadId);
word! {
    Administers: word, from_word;
    Deed: word, from_word;
    Face: word, from_word;
    LetterKind: word, from_word;
    LetterStatus: word, from_word;
    MailSecurity: word, from_word;
    RecordStatus: word, from_word;
    UploadStatus: word, from_word;
    UserType: one, from_one;
}

impl ToSql for WhoChooses {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.number().into())
    }
}

impl FromSql for WhoChooses {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        WhoChooses::from_number(number).ok_or(FromSqlError::OutOfRange(number))
    }
}

/// A time as the database keeps it: milliseconds since 1970, UTC.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A time out of the database.
pub(super) struct Millis(pub(super) Timestamp);

impl FromSql for Millis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let millis = value.as_i64()?;
        Timestamp::from_millisecond(millis).map(Millis).map_err(|_| FromSqlError::OutOfRange(millis))
    }
}
