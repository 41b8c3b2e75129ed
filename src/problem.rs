//! What can go wrong, in public words, with the private cause behind it.

use std::io;
use std::path::Path;

/// Why something that was asked for was not done. Displayed, it is a sentence for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be done as it was asked; nothing has changed. The sentence says what to do.
    #[error("{0}")]
    Refused(String),
    /// The database is damaged. The sentence says what to put in its place.
    #[error("{0}")]
    Damaged(String),
    /// The database is not there any more, or has nothing in it. The sentence says what to put in its place.
    #[error("{0}")]
    Gone(String),
    /// The database could not be read or written.
    #[error("{}", database_words(.0))]
    Database(#[from] rusqlite::Error),
    /// The system did not give what was needed: memory, random bytes. The sentence says what to do.
    #[error("{0}")]
    System(String),
    /// A file or folder could not be read or written.
    #[error("{doing} did not work: {cause}.")]
    File {
        /// What was being done, with the path: "Writing /srv/firstbell/firstbell.key".
        doing: String,
        /// What the system said.
        cause: io::Error,
    },
}

impl Problem {
    /// A refusal, in a sentence.
    pub fn refused(sentence: impl Into<String>) -> Problem {
        Problem::Refused(sentence.into())
    }

    /// Whether the database itself is damaged.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Problem::Damaged(_) => true,
            Problem::Database(error) => {
                matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
            }
            _ => false,
        }
    }

    /// Whether there is no room on the disk, as far as anybody said so: some errors of a full disk look like others.
    #[must_use]
    pub fn is_full_disk(&self) -> bool {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match self {
            Problem::File { cause, .. } => matches!(cause.kind(), QuotaExceeded | StorageFull),
            Problem::Database(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            _ => false,
        }
    }

    /// Whether this will pass when the disk has room again, whoever holds the file lets go, or the database is put back: worth
    /// another try.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, ReadOnly, SystemIoFailure,
        };
        use std::io::ErrorKind::{
            AlreadyExists, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied, Unsupported,
        };
        match self {
            Problem::Refused(_) | Problem::Damaged(_) => false,
            Problem::System(_) | Problem::Gone(_) => true,
            Problem::File { cause, .. } => !matches!(
                cause.kind(),
                AlreadyExists
                    | InvalidInput
                    | IsADirectory
                    | NotADirectory
                    | NotFound
                    | PermissionDenied
                    | Unsupported
            ),
            Problem::Database(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    CannotOpen
                        | DatabaseBusy
                        | DatabaseLocked
                        | DiskFull
                        | OutOfMemory
                        | ReadOnly
                        | SystemIoFailure
                )
            ),
        }
    }
}

/// Turns an input-output error into a [`Problem`] that says what was being done to which path.
pub fn while_doing<'a>(doing: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Problem + 'a {
    move |cause| Problem::File { doing: format!("{doing} {}", path.display()), cause }
}

fn database_words(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, ReadOnly,
        SystemIoFailure,
    };
    match error.sqlite_error_code() {
        Some(DiskFull) => "The disk is full. Make room; nothing that was received is lost.".to_owned(),
        Some(NotADatabase | DatabaseCorrupt) => {
            "The database is damaged or is no Firstbell database. Stop Firstbell and run `firstbell check`: it names the \
             newest whole snapshot to put in its place."
                .to_owned()
        }
        Some(DatabaseBusy | DatabaseLocked) => {
            "Another program holds the database. Try again in a minute.".to_owned()
        }
        Some(CannotOpen | ReadOnly) => {
            "The database cannot be written. Look at the permissions of the data folder, and whether the disk has room."
                .to_owned()
        }
        Some(SystemIoFailure) => {
            "The disk does not read or write as it should. Look whether it has room and is sound; nothing that was \
             received is lost."
                .to_owned()
        }
        // What SQLite says of its own use may name tables and columns, never what is in them.
        _ => format!("The database could not be used: {error}."),
    }
}
