//! One client's connection, from its first byte to its last: request by request, each whole before the server hears
//! of it, each answer whole before the client gets it.

use super::House;
use super::guests::{Share, Ticket};
use super::head::{Head, find_end};
use super::line::Line;
use super::refusal::Refusal;
use super::timed::read_onto;
use std::io;
use std::net::{IpAddr, TcpStream};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How much is read at once while a head comes.
const HEAD_CHUNK: usize = 4 * 1024;
/// How much of a body is read, or of a response written, between two looks at the clock.
const CHUNK: usize = 64 * 1024;
/// How long the farewell to a client may take that has nothing more to ask: the system has room for it, or it is not said.
const FAREWELL: Duration = Duration::from_millis(100);

/// How a connection ends before its time.
enum End {
    /// The client is gone, or asks nothing more.
    Gone,
    /// The client is told why.
    Refused(Refusal),
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> End {
        End::Refused(refusal)
    }
}

struct Connection<'a> {
    house: &'a House,
    ticket: &'a Ticket,
    line: Line,
    client: IpAddr,
    /// What came and was not used yet: the beginning of a request, or of several.
    came: Vec<u8>,
    /// How much of a body was announced and has not come.
    to_come: usize,
}

/// How much of a response has been taken, and since when it was there for the taking.
struct Sent {
    bytes: usize,
    since: Instant,
}

impl Sent {
    fn nothing() -> Sent {
        Sent { bytes: 0, since: Instant::now() }
    }
}

/// Serves one client until one of the two is done with the other.
pub(super) fn serve(house: &House, ticket: &Ticket, socket: TcpStream, client: IpAddr) {
    let mut connection =
        Connection { house, ticket, line: Line::new(socket), client, came: Vec::new(), to_come: 0 };
    match connection.serve_all() {
        Ok(()) => connection.linger(),
        // Who is gone does not hear it.
        Err(End::Gone) => drop(connection.line.until(Instant::now() + FAREWELL).finish()),
        Err(End::Refused(refusal)) => {
            let deadline = Instant::now() + house.limits.linger;
            if connection.line.until(deadline).send(refusal.response().as_bytes()).is_ok() {
                connection.linger();
            }
        }
    }
}

impl<'a> Connection<'a> {
    fn serve_all(&mut self) -> Result<(), End> {
        self.encrypt()?;
        while self.serve_one()? {}
        Ok(())
    }

    /// Agrees on the encryption, where there is one. Who asks without it is told, and not sent on: what was asked, a
    /// password perhaps, has crossed the network in clear already.
    fn encrypt(&mut self) -> Result<(), End> {
        let Some(tls) = &self.house.tls else { return Ok(()) };
        let limits = &self.house.limits;
        let begun = Instant::now();
        let begins_handshake = loop {
            let look_again = self.look_again(begun, limits.handshake)?;
            match self.line.until(look_again).begins_handshake() {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
                Ok(Some(begins_handshake)) => break begins_handshake,
                Ok(None) | Err(_) => return Err(End::Gone),
            }
        };
        if !begins_handshake {
            return Err(Refusal::NOT_ENCRYPTED.into());
        }
        if self.line.until(begun + limits.handshake).encrypt(tls).is_err() {
            // The client has been told why.
            self.linger();
            return Err(End::Gone);
        }
        Ok(())
    }

    /// When to look again whether a client that does nothing has to go; not long, if others wait for a place or the door
    /// closes. It has to go if it has done nothing for so long.
    fn look_again(&self, begun: Instant, longest: Duration) -> Result<Instant, End> {
        let waited = begun.elapsed();
        let when_crowded = self.house.limits.idle_when_crowded;
        if waited >= longest
            || (waited >= when_crowded && self.ticket.is_crowded())
            || self.house.is_closing()
        {
            return Err(End::Gone);
        }
        let look_again = when_crowded.max(Duration::from_millis(1));
        Ok(Instant::now() + look_again.min(longest - waited))
    }

    /// One request and its answer. Says whether there may be another.
    fn serve_one(&mut self) -> Result<bool, End> {
        self.wait()?;
        let head = self.head()?;
        let (body, share) = self.body(&head)?;
        let mut reply = self.house.exchange(&head, body, self.client)?;
        // The body is gone by now, however long the client takes over the answer.
        drop(share);
        let mut sent = Sent::nothing();
        self.send(&reply.bytes, &mut sent)?;
        if let Some(mut rest) = reply.rest {
            while rest.next(&mut reply.bytes).map_err(|_| End::Gone)? {
                self.send(&reply.bytes, &mut sent)?;
            }
            rest.end();
        }
        Ok(reply.keeps_alive)
    }

    /// Waits for the first byte of a request.
    fn wait(&mut self) -> Result<(), End> {
        let begun = Instant::now();
        while self.came.is_empty() {
            let look_again = self.look_again(begun, self.house.limits.idle)?;
            match read_onto(self.line.until(look_again), &mut self.came, HEAD_CHUNK) {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
                Ok(0) | Err(_) => return Err(End::Gone),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    /// Reads a head.
    fn head(&mut self) -> Result<Head, End> {
        let limits = &self.house.limits;
        let deadline = Instant::now() + limits.head;
        let mut seen = 0;
        loop {
            // A client may send an empty line after a body (RFC 9112, 2.2).
            while self.came.starts_with(b"\r\n") {
                self.came.drain(..2);
                seen = 0;
            }
            if let Some(end) = find_end(&self.came, seen)? {
                if end > limits.head_bytes {
                    return Err(Refusal::HEAD_TOO_LARGE.into());
                }
                let head = Head::parse(self.came.get(..end).unwrap_or_default(), limits);
                self.came.drain(..end);
                if head.as_ref().is_err_and(Refusal::is_of_size) {
                    // At least so much: its sender reads why when all is sent.
                    self.to_come = limits.body_bytes.load(Ordering::Relaxed);
                }
                let mut head = head?;
                head.is_encrypted = self.line.is_encrypted();
                return Ok(head);
            }
            seen = self.came.len();
            if seen > limits.head_bytes {
                return Err(Refusal::HEAD_TOO_LARGE.into());
            }
            if read_onto(self.line.until(deadline), &mut self.came, HEAD_CHUNK).map_err(unreceived)? == 0 {
                return Err(End::Gone);
            }
        }
    }

    /// Reads the body. At any moment so much of it has to be there as the slowest client would have sent.
    fn body(&mut self, head: &Head) -> Result<(Vec<u8>, Share<'a>), End> {
        let limits = &self.house.limits;
        let begun = Instant::now();
        let mut body: Vec<u8> = self.came.drain(..head.length.min(self.came.len())).collect();
        let is_stranger = head.length > limits.body_free && !self.house.hands_files_in(head);
        let (supply, too_much) = match is_stranger {
            true => (&self.house.strangers_bodies, Refusal::STRANGER),
            false => (&self.house.bodies, Refusal::BUSY),
        };
        let mut share = supply.share();
        self.to_come = head.length - body.len();
        if is_stranger && head.length - limits.body_free > limits.strangers_bodies {
            return Err(too_much.into());
        }
        if head.expects_continue && body.len() < head.length {
            let deadline = begun + limits.grace;
            self.line.until(deadline).send(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(unreceived)?;
        }
        while body.len() < head.length {
            let most = CHUNK.min(head.length - body.len());
            if !share.grow_to((body.len() + most).saturating_sub(limits.body_free)) {
                return Err(too_much.into());
            }
            let deadline = begun + limits.time_for(body.len());
            if read_onto(self.line.until(deadline), &mut body, most).map_err(unreceived)? == 0 {
                return Err(End::Gone);
            }
            self.to_come = head.length - body.len();
        }
        Ok((body, share))
    }

    /// Writes a piece of a response. At any moment so much of all of it has to be taken as the slowest client would have.
    fn send(&mut self, bytes: &[u8], sent: &mut Sent) -> Result<(), End> {
        for chunk in bytes.chunks(CHUNK) {
            let deadline = sent.since + self.house.limits.time_for(sent.bytes);
            self.line.until(deadline).send(chunk).map_err(|_| End::Gone)?;
            sent.bytes += chunk.len();
        }
        Ok(())
    }

    /// Ends the connection so that the client can still read what was said: closing a socket on which something came
    /// that nobody read would take it back. Most browsers read nothing before they have sent all of a file.
    fn linger(&mut self) {
        let limits = &self.house.limits;
        let while_it_comes = limits.time_for(self.to_come).min(limits.answer);
        let longest =
            if self.to_come > limits.body_free { while_it_comes.max(limits.linger) } else { limits.linger };
        let deadline = Instant::now() + longest;
        if self.line.until(deadline).finish().is_err() {
            return;
        }
        loop {
            self.came.clear();
            match read_onto(self.line.raw(), &mut self.came, CHUNK) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

/// What an error while a request comes means.
fn unreceived(error: io::Error) -> End {
    if error.kind() == io::ErrorKind::TimedOut { Refusal::TOO_SLOW.into() } else { End::Gone }
}
