//! The door's numbers, each with its reason.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

/// Most connections at once, whatever the system would allow: one thread each.
const MOST_CONNECTIONS: usize = 2048;
/// Descriptors that are for everything but connections: standard streams, the database and its journal, the locks.
const DESCRIPTORS_KEPT: u64 = 24;
/// Descriptors reckoned for each connection. It takes one; the rest is for the server, the files, and surprises.
const DESCRIPTORS_EACH: u64 = 4;

/// The most headers that a request may have (431 otherwise). Browsers send about twenty.
pub(super) const MOST_HEADERS: usize = 64;

/// What the door puts up with.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most connections at once. The next ones are turned away.
    pub connections: usize,
    /// Most connections at once from one address (or one IPv6 /64 network, which is one household). A school may be
    /// behind one address; raise it there.
    pub per_address: usize,
    /// The longest head of a request, in bytes (431 otherwise). Browsers send some 2 KB.
    pub head_bytes: usize,
    /// The longest body of a request, in bytes (413 otherwise): a file of as many people as the district allows. It moves
    /// with that setting.
    pub body_bytes: Arc<AtomicUsize>,
    /// The most bytes of all bodies at once (503 otherwise), so that memory stays bounded: of those who hand files in.
    pub all_bodies: usize,
    /// The same for everybody else (403 otherwise), who has nothing so long to say: so nobody without an Admin Account keeps a file out.
    pub strangers_bodies: usize,
    /// A body takes nothing of either for its first bytes, so that uploads, however many, never keep anybody from signing in.
    pub body_free: usize,
    /// A longer response goes through the lane for large ones. Every page is smaller.
    pub large_response: usize,
    /// How many large responses are under way at once (503 otherwise). Each keeps a thread of the server until its reader
    /// has it.
    pub large_at_once: usize,
    /// How long a connection may take to agree on the encryption, from its beginning.
    pub handshake: Duration,
    /// How long a head may take from its first byte.
    pub head: Duration,
    /// How long a connection may wait for its next request.
    pub idle: Duration,
    /// How long it may wait when three quarters of all connections, or of its address's, are taken.
    pub idle_when_crowded: Duration,
    /// How long a body or a response may take, besides what its size takes at [`Limits::slowest`].
    pub grace: Duration,
    /// The slowest client that is served, in bytes a second.
    pub slowest: u32,
    /// How long an answer may take, waiting for a free server thread included: a sign-in on the first morning of
    /// school waits for hundreds of others.
    pub answer: Duration,
    /// How long a connection to the server is kept that nobody needs. One goes with each answer, so that a crowd that comes again and
    /// again finds them.
    pub unused: Duration,
    /// How long a client that was refused has to stop sending and read why.
    pub linger: Duration,
    /// How long [`super::Door::close`] waits for the requests in hand.
    pub close: Duration,
}

impl Limits {
    /// The limits of a server for people, as far as this system allows.
    #[must_use]
    pub fn production() -> Limits {
        Limits {
            connections: most_connections(descriptors()),
            per_address: 64,
            head_bytes: 16 * 1024,
            body_bytes: Arc::new(AtomicUsize::new(10 * 1024 * 1024)),
            all_bodies: 64 * 1024 * 1024,
            strangers_bodies: 8 * 1024 * 1024,
            body_free: 16 * 1024,
            large_response: 256 * 1024,
            large_at_once: 4,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(15),
            idle_when_crowded: Duration::from_millis(500),
            grace: Duration::from_secs(10),
            slowest: 16 * 1024,
            answer: Duration::from_secs(60),
            unused: Duration::from_secs(10),
            linger: Duration::from_secs(5),
            close: Duration::from_secs(10),
        }
    }

    /// How long so many bytes may take.
    pub(super) fn time_for(&self, bytes: usize) -> Duration {
        let seconds = bytes / usize::try_from(self.slowest.max(1)).unwrap_or(1);
        self.grace + Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))
    }
}

fn most_connections(descriptors: u64) -> usize {
    let affordable = descriptors.saturating_sub(DESCRIPTORS_KEPT) / DESCRIPTORS_EACH;
    usize::try_from(affordable).unwrap_or(MOST_CONNECTIONS).clamp(1, MOST_CONNECTIONS)
}

/// How many descriptors this process may have.
#[cfg(unix)]
fn descriptors() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Where there is no such limit, the one on connections is enough.
#[cfg(not(unix))]
fn descriptors() -> u64 {
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_everything_else() {
        assert_eq!(most_connections(1024), 250);
        assert_eq!(most_connections(0), 1);
        assert_eq!(most_connections(u64::MAX), 2048);
    }

    #[test]
    fn what_is_larger_may_take_longer() {
        let limits = Limits::production();
        assert_eq!(limits.time_for(0), Duration::from_secs(10));
        assert_eq!(limits.time_for(160 * 1024), Duration::from_secs(20));
    }
}
