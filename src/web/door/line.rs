//! The line to a client: its socket with the deadline, and the encryption around what is said, if there is one. The
//! deadline holds for every byte on the wire, whatever the bytes mean.

use super::timed::Timed;
use super::tls::Tls;
use rustls::{ServerConnection, Stream};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// What every encrypted connection begins with: a record of the handshake (RFC 8446, 5.1). No request begins so.
const HANDSHAKE: u8 = 22;

pub(super) struct Line {
    socket: Timed<TcpStream>,
    tls: Option<Box<ServerConnection>>,
}

impl Line {
    /// A line that nothing is encrypted on yet.
    pub(super) fn new(socket: TcpStream) -> Line {
        Line { socket: Timed::new(socket, Instant::now()), tls: None }
    }

    /// The same line, with this deadline from now on.
    pub(super) fn until(&mut self, deadline: Instant) -> &mut Line {
        self.socket.until(deadline);
        self
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Waits for the first byte, and says whether it begins a handshake; `None` if the client is gone. Takes nothing.
    pub(super) fn begins_handshake(&mut self) -> io::Result<Option<bool>> {
        Ok(self.socket.peek()?.map(|byte| byte == HANDSHAKE))
    }

    /// Agrees on the encryption. What goes wrong is said to the client.
    pub(super) fn encrypt(&mut self, tls: &Tls) -> io::Result<()> {
        let connection = tls.connection().ok_or(io::ErrorKind::OutOfMemory)?;
        let connection = self.tls.insert(Box::new(connection));
        while connection.is_handshaking() {
            connection.complete_io(&mut self.socket)?;
        }
        Ok(())
    }

    /// Sends all of it: when this returns, the system has the last byte.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => self.socket.write_all(bytes),
            Some(tls) => {
                let mut stream = Stream::new(tls.as_mut(), &mut self.socket);
                stream.write_all(bytes)?;
                stream.flush()
            }
        }
    }

    /// Says that nothing more will be sent.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            while tls.wants_write() {
                tls.write_tls(&mut self.socket)?;
            }
        }
        self.socket.finish()
    }

    /// What comes as it comes, for whoever throws it away.
    pub(super) fn raw(&mut self) -> &mut Timed<TcpStream> {
        &mut self.socket
    }
}

impl Read for Line {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.read(into),
            Some(tls) => Stream::new(tls.as_mut(), &mut self.socket).read(into),
        }
    }
}
