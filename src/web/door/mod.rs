//! The door: what stands between the network and the server, as a proxy does, in the same process.
//!
//! It lets in only so many, gives each only so long, reads strictly, and brings the server nothing but whole, small
//! requests that it has written itself. A slow client holds a thread of the door and nothing else. What it refuses it
//! answers itself, on a page with a sentence; what other pages say is not for it to know.
//!
//! Encryption is here as well: [`line::Line`] puts it around [`timed::Timed`], whose deadline holds for every byte on the
//! wire.

mod connection;
mod exchange;
mod guests;
mod head;
mod limits;
mod line;
mod refusal;
mod timed;
mod tls;
mod turns;

pub use head::{PassedOn, pass_on};
pub use limits::Limits;
pub use tls::Tls;

use super::server::Server;
use crate::problem::Problem;
use exchange::Passages;
use guests::{Guests, Supply};
use head::Head;
use refusal::Refusal;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How many clients may wait to be let in: a school's worth, at eight in the morning.
const BACKLOG: i32 = 1024;
/// How long the door waits when the system gives it no connection, for want of descriptors or memory.
const RECOVER: Duration = Duration::from_millis(50);
/// The stack of a connection's thread. What is large is on the heap; 2,048 of them are 512 MB that nobody touches.
const STACK: usize = 256 * 1024;

/// An open door. It closes when this is dropped; [`Door::close`] waits for the requests in hand, too.
pub struct Door {
    house: Arc<House>,
    listener: Arc<TcpListener>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

/// Says whether whoever sent these cookies, over an encrypted connection or not, hands files in.
pub type HandsFilesIn = Arc<dyn Fn(&str, bool) -> bool + Send + Sync>;

/// What all connections share.
struct House {
    limits: Limits,
    /// `None` where HTTP is spoken without encryption.
    tls: Option<Arc<Tls>>,
    passages: Passages,
    guests: Arc<Guests>,
    hands_files_in: HandsFilesIn,
    /// Bytes of bodies: of those who hand files in, and of everybody else.
    bodies: Supply,
    strangers_bodies: Supply,
    /// Large responses.
    large: Supply,
    is_closing: AtomicBool,
}

impl Door {
    /// Opens a door at this address, port 0 being any free one, to this server; with encryption, if it is given one. So
    /// many of the server's threads as [`Limits::large_at_once`] says are for large responses alone. Before a long body is
    /// taken, it is asked whether its sender hands files in.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub fn open(
        listen: SocketAddr,
        server: &Server,
        limits: Limits,
        tls: Option<Arc<Tls>>,
        hands_files_in: HandsFilesIn,
    ) -> Result<Door, Problem> {
        let problem = |cause| cannot_listen(listen, cause);
        let listener = Arc::new(listen_on(listen).map_err(problem)?);
        let address = listener.local_addr().map_err(problem)?;
        let house = Arc::new(House {
            passages: Passages::new(server.entrance(), limits.large_at_once, limits.unused),
            guests: Arc::new(Guests::new(limits.connections, limits.per_address)),
            hands_files_in,
            bodies: Supply::new(limits.all_bodies),
            strangers_bodies: Supply::new(limits.strangers_bodies),
            large: Supply::new(limits.large_at_once),
            is_closing: AtomicBool::new(false),
            limits,
            tls,
        });
        let (inside, ours) = (Arc::clone(&house), Arc::clone(&listener));
        let thread = thread::Builder::new()
            .name("firstbell-door".to_owned())
            .spawn(move || inside.let_in(&ours))
            .map_err(problem)?;
        Ok(Door { house, listener, address, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nobody in any more, and waits, no longer than [`Limits::close`], until the requests in hand are answered.
    pub fn close(mut self) {
        self.shut();
        self.house.guests.wait_until_gone(self.house.limits.close);
    }

    fn shut(&mut self) {
        self.house.is_closing.store(true, Ordering::Relaxed);
        // One of the two wakes the thread that waits for connections: the first on Linux, even when there are no
        // descriptors left; the second elsewhere.
        let is_awake = SockRef::from(&*self.listener).shutdown(Shutdown::Both).is_ok()
            || TcpStream::connect_timeout(&reachable(self.address), Duration::from_secs(1)).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| is_awake) {
            // It has nothing to say.
            let _ = thread.join();
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shut();
    }
}

impl House {
    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    fn hands_files_in(&self, head: &Head) -> bool {
        head.cookies().is_some_and(|cookies| (self.hands_files_in)(cookies, head.is_encrypted))
    }

    /// Lets clients in until the door closes. Nothing that goes wrong ends it.
    fn let_in(self: &Arc<House>, listener: &TcpListener) {
        while !self.is_closing() {
            match listener.accept() {
                Ok((socket, from)) => self.admit(socket, from.ip().to_canonical()),
                // The client changed its mind; the next one may be there already.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) if self.is_closing() => {}
                Err(_) => thread::sleep(RECOVER),
            }
        }
    }

    fn admit(self: &Arc<House>, mut socket: TcpStream, client: IpAddr) {
        if self.is_closing() {
            return;
        }
        let Some(ticket) = self.guests.admit(client) else {
            // Its buffer is empty, so this does not wait; a client that does not get it sees the connection end. So does
            // one that would not understand it: a handshake is for those who are let in.
            if self.tls.is_none() {
                let _ = socket.write_all(Refusal::BUSY.response().as_bytes());
            }
            return;
        };
        // Without it, answers are slower.
        let _ = socket.set_nodelay(true);
        let house = Arc::clone(self);
        let serve = move || connection::serve(&house, &ticket, socket, client);
        // If there is no thread, the connection is dropped with what was to serve it.
        let _ = thread::Builder::new().stack_size(STACK).spawn(serve);
    }
}

fn cannot_listen(on: SocketAddr, cause: io::Error) -> Problem {
    match cause.kind() {
        io::ErrorKind::AddrInUse => Problem::refused(format!(
            "Another program listens on {on} already, perhaps another Firstbell. Stop it, or name another port with --listen."
        )),
        io::ErrorKind::PermissionDenied => Problem::refused(format!(
            "This user may not listen on {on}: the ports below 1024 are for services. Name another with --listen, such as {}:8443, \
             or have it run as a service: sudo firstbell install-service.",
            on.ip()
        )),
        io::ErrorKind::AddrNotAvailable => Problem::refused(format!(
            "{on} is no address of this machine. Name one of its own with --listen, or 0.0.0.0 for all of them."
        )),
        _ => Problem::File { doing: format!("Listening on {on}"), cause },
    }
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // After a restart, connections of the last run may linger. Elsewhere it would let two programs share a port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// An address at which a door is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
