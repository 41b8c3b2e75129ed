//! The site: what all requests share.

use super::cookies::Cookie;
use super::https::Https;
use crate::actions::{self, Office};
use crate::clock;
use crate::courier::Courier;
use crate::domain::roster::{ROWS_PER_FILE, largest_file};
use crate::folder::Folder;
use crate::jobs::JobLoop;
use crate::problem::Problem;
use crate::secrets::{HashLane, Key};
use crate::store::district::District;
use crate::store::{self, Connection};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// How many connections are kept when nobody needs them. A crowd needs more, each with up to 2 MiB of the database's pages.
const KEPT: usize = 8;

/// What all requests share.
pub struct Site {
    folder: Folder,
    key: Arc<Key>,
    lane: Arc<HashLane>,
    idle: Mutex<Vec<Connection>>,
    work: JobLoop,
    courier: Courier,
    largest_body: Arc<AtomicUsize>,
    is_testing_mail: Mutex<()>,
    setup_code: String,
    https: Option<Https>,
}

/// A connection that goes back to the others when the request is answered, or ends if there are enough of them.
pub(super) struct Borrowed<'a> {
    site: &'a Site,
    conn: Option<Connection>,
}

impl Site {
    /// A site over an office that is open. `setup_code` is asked of the first visitor, while there is no district; `https`
    /// is how browsers reach it, if they do by HTTPS.
    #[must_use]
    pub fn new(office: Office, lane: Arc<HashLane>, setup_code: String, https: Option<Https>) -> Site {
        let work = JobLoop::start(office.folder.clone(), Arc::clone(&office.key), Arc::clone(&lane));
        let courier = Courier::start(office.folder.clone(), Arc::clone(&office.key));
        // A database that cannot be read now is met again by the first request.
        let district = store::district::get(&office.conn).ok().flatten();
        let largest_body = Arc::new(AtomicUsize::new(body_for(district.as_ref())));
        let idle = Mutex::new(vec![office.conn]);
        Site {
            folder: office.folder,
            key: office.key,
            lane,
            idle,
            work,
            courier,
            largest_body,
            is_testing_mail: Mutex::new(()),
            setup_code,
            https,
        }
    }

    /// The district's folder.
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// HTTPS, if it is on.
    #[must_use]
    pub fn https(&self) -> Option<&Https> {
        self.https.as_ref()
    }

    /// The district's key.
    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// The threads that hash.
    pub(super) fn lane(&self) -> &HashLane {
        &self.lane
    }

    /// The longest body of a request that is let in: it moves with the most people that a file may have.
    #[must_use]
    pub fn largest_body(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.largest_body)
    }

    /// Held while a test letter is sent; `None` while another one is: each may keep a worker for minutes.
    pub(super) fn test_mail(&self) -> Option<MutexGuard<'_, ()>> {
        match self.is_testing_mail.try_lock() {
            Ok(held) => Some(held),
            Err(TryLockError::Poisoned(held)) => Some(held.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Lets files in of as many people as the district allows from now on.
    pub(super) fn resize(&self, district: Option<&District>) {
        self.largest_body.store(body_for(district), Ordering::Relaxed);
    }

    /// What the first visitor has to know.
    pub(super) fn setup_code(&self) -> &str {
        &self.setup_code
    }

    /// Tells the job loop and the courier that there is work.
    pub(super) fn wake(&self) {
        self.work.wake();
        self.courier.wake();
    }

    /// Whether whoever sent these cookies is in the Admin Account.
    #[must_use]
    pub fn hands_files_in(&self, cookies: &str, is_encrypted: bool) -> bool {
        let Some(token) = Cookie::Session.token(Some(cookies), is_encrypted) else { return false };
        let found = self.borrow().and_then(|conn| actions::is_admin(&conn, &token, clock::now()));
        // If that cannot be found out now, the request itself says why.
        found.unwrap_or(true)
    }

    /// What is wrong with database or job loop, in a word; `None` if nothing is.
    pub(super) fn illness(&self) -> Option<&'static str> {
        let Ok(mut conn) = self.borrow() else { return Some("database") };
        if store::district::get(&conn).is_err() {
            Some("database")
        } else if self.trouble().is_some() {
            Some("jobs")
        } else if !store::can_write(&mut conn) {
            Some("database")
        } else {
            None
        }
    }

    /// What keeps the job loop from getting on just now.
    pub(super) fn trouble(&self) -> Option<Arc<Problem>> {
        self.work.trouble()
    }

    pub(super) fn borrow(&self) -> Result<Borrowed<'_>, Problem> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => store::open(&self.folder, clock::now())?.conn,
        };
        Ok(Borrowed { site: self, conn: Some(conn) })
    }

    /// Moves everything into the database's one file, as far as nobody is at work in it.
    pub fn settle(&self) {
        // What cannot be moved now is moved by whoever opens it next.
        if let Ok(opened) = store::open(&self.folder, clock::now()) {
            store::close(opened.conn);
        }
    }

    /// Ends the job loop after the batch in hand, and closes the database so that its one file is whole.
    pub fn close(self) {
        drop(self.courier);
        drop(self.work);
        for conn in self.idle.into_inner().unwrap_or_else(PoisonError::into_inner) {
            store::close(conn);
        }
    }
}

/// The longest body for a district: its largest file.
fn body_for(district: Option<&District>) -> usize {
    largest_file(district.map_or(ROWS_PER_FILE, |district| district.rows_per_file))
}

impl Deref for Borrowed<'_> {
    type Target = Connection;

    #[allow(clippy::expect_used, reason = "it is there until it is dropped")]
    fn deref(&self) -> &Connection {
        self.conn.as_ref().expect("a connection")
    }
}

impl DerefMut for Borrowed<'_> {
    #[allow(clippy::expect_used, reason = "it is there until it is dropped")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.conn.as_mut().expect("a connection")
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            let mut idle = self.site.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT {
                idle.push(conn);
            }
        }
    }
}
