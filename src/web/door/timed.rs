//! A socket with a deadline that holds however little arrives at a time: it is looked at before every single read and
//! write, so a trickle does not extend it.

use crate::web::server::Stream;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// Shorter waits than this are over: a timeout of nothing would be none at all.
const SHORTEST: Duration = Duration::from_millis(1);

/// What a deadline can be held on.
pub(super) trait Socket: Read + Write {
    fn allow_reading(&self, time: Duration) -> io::Result<()>;
    fn allow_writing(&self, time: Duration) -> io::Result<()>;
}

impl Socket for TcpStream {
    fn allow_reading(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))
    }

    fn allow_writing(&self, time: Duration) -> io::Result<()> {
        self.set_write_timeout(Some(time))
    }
}

impl Socket for &Stream {
    fn allow_reading(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))
    }

    fn allow_writing(&self, time: Duration) -> io::Result<()> {
        self.set_write_timeout(Some(time))
    }
}

/// A socket and its deadline. Past it, reads and writes fail with [`io::ErrorKind::TimedOut`].
pub(super) struct Timed<S> {
    socket: S,
    deadline: Instant,
}

impl<S: Socket> Timed<S> {
    pub(super) fn new(socket: S, deadline: Instant) -> Timed<S> {
        Timed { socket, deadline }
    }

    /// The same socket, with this deadline from now on.
    pub(super) fn until(&mut self, deadline: Instant) -> &mut Timed<S> {
        self.deadline = deadline;
        self
    }

    fn time_left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left < SHORTEST { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Timed<TcpStream> {
    /// Waits for the next byte and leaves it where it is; `None` at the end of the stream.
    pub(super) fn peek(&self) -> io::Result<Option<u8>> {
        self.socket.allow_reading(self.time_left()?)?;
        let mut next = [0];
        let came = self.socket.peek(&mut next).map_err(timed_out)?;
        Ok(next.first().copied().filter(|_| came > 0))
    }

    /// Says that nothing more will be written.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}

impl<S: Socket> Read for Timed<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.allow_reading(self.time_left()?)?;
        self.socket.read(into).map_err(timed_out)
    }
}

impl<S: Socket> Write for Timed<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.allow_writing(self.time_left()?)?;
        self.socket.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// Systems differ in what they call a timeout.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

/// Reads once, at most `most` bytes, onto the end of `buffer`. Says how many came; none at the end of the stream.
pub(super) fn read_onto(from: &mut impl Read, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    let filled = buffer.len();
    buffer.resize(filled + most, 0);
    let came = loop {
        match from.read(buffer.get_mut(filled..).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            came => break came,
        }
    };
    buffer.truncate(filled + came.as_ref().map_or(0, |came| *came));
    came
}
