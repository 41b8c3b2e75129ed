//! Opening a district: its folder, its database, and the key that belongs to it.

use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::Key;
use crate::store::{self, Connection, Opened};
use std::sync::Arc;

/// A district that is open: what every action on it needs.
pub struct Office {
    /// The data folder.
    pub folder: Folder,
    /// The district's key.
    pub key: Arc<Key>,
    /// A connection to the database.
    pub conn: Connection,
    /// What whoever opened it should know, a sentence each: that an older database was brought to this version, that
    /// the key was gone.
    pub notices: Vec<String>,
}

impl Office {
    /// Opens a folder where a district was set up.
    ///
    /// # Errors
    /// If the folder cannot be used, what is in it is not to be touched by this version, or the key beside the database
    /// is another database's.
    pub fn open(folder: Folder) -> Result<Office, Problem> {
        let opened = store::open(&folder, clock::now())?;
        Office::with(folder, opened)
    }

    /// Opens a folder, and makes the database and the key in it if they are not there.
    ///
    /// # Errors
    /// The same as [`Office::open`].
    pub fn make(folder: Folder) -> Result<Office, Problem> {
        let opened = store::make(&folder, clock::now())?;
        Office::with(folder, opened)
    }

    fn with(folder: Folder, opened: Opened) -> Result<Office, Problem> {
        let mut notices = Vec::from_iter(opened.notice());
        let mut conn = opened.conn;
        let (key, was_made) = Key::load_or_make(&folder)?;
        if let Some(district) = store::district::get(&conn)?
            && district.key_fingerprint != key.fingerprint()
        {
            if !was_made {
                return Err(other_key(&folder));
            }
            let tx = store::begin(&mut conn)?;
            store::district::set_key_fingerprint(&tx, key.fingerprint())?;
            tx.commit()?;
            notices.push(format!(
                "The key file was gone, and {} is a new one. Passwords that were generated are others now, and passwords \
                 that wait in an upload cannot be opened; all others hold.",
                folder.key().display()
            ));
        }
        Ok(Office { folder, key: Arc::new(key), conn, notices })
    }

    /// Closes the database so that its one file is whole by itself.
    pub fn close(self) {
        store::close(self.conn);
    }
}

/// The refusal of a key that belongs to another database.
#[must_use]
pub fn other_key(folder: &Folder) -> Problem {
    Problem::refused(format!(
        "{} is not the key of this database. Put the right one back; or, if it is lost, take this one away, and a new one \
         is made: then all generated passwords are others.",
        folder.key().display()
    ))
}
