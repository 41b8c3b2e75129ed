//! Opening a district: its folder, its key, its database.

use crate::clock;
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::Key;
use crate::store::{self, Connection};
use std::path::PathBuf;
use std::sync::Arc;

/// A district that is open: what every action on it needs.
pub struct Office {
    /// The data folder.
    pub folder: Folder,
    /// The district's key.
    pub key: Arc<Key>,
    /// A connection to the database.
    pub conn: Connection,
    /// The snapshot that was taken before an older database was brought to this version.
    pub snapshot: Option<PathBuf>,
}

impl Office {
    /// Opens a folder; makes the database and the key in it if they are not there.
    ///
    /// # Errors
    /// If the folder cannot be used, or what is in it is not to be touched by this version.
    pub fn open(folder: Folder) -> Result<Office, Problem> {
        let opened = store::open(&folder, clock::now())?;
        let key = Arc::new(Key::load_or_make(&folder)?);
        Ok(Office { folder, key, conn: opened.conn, snapshot: opened.snapshot })
    }

    /// Closes the database so that its one file is whole by itself.
    pub fn close(self) {
        store::close(self.conn);
    }
}
