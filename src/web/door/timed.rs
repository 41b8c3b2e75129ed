//! A socket with a deadline that holds however little arrives at a time: it is looked at before every single read and
//! write, so a trickle does not extend it.

use crate::web::server::Passage;
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

impl Socket for Passage {
    fn allow_reading(&self, time: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(time))
    }

    fn allow_writing(&self, time: Duration) -> io::Result<()> {
        self.stream.set_write_timeout(Some(time))
    }
}

/// A socket and its deadline. Past it, reads and writes fail with [`io::ErrorKind::TimedOut`].
pub(super) struct Timed<S> {
    socket: S,
    deadline: Instant,
    reading: Told,
    writing: Told,
}

/// How long a call may take, as the system was told last. Whoever asks for one small page after the other has the same
/// deadlines again and again, and telling them each time would be a fourth of all that is asked of the system for a page.
#[derive(Default)]
struct Told(Duration);

impl Told {
    /// Tells the system anew, if what it was told would outlast the time that is left, or wake who waits much too early.
    fn keep_to(&mut self, left: Duration, tell: impl FnOnce(Duration) -> io::Result<()>) -> io::Result<()> {
        if self.0 > left || self.0 < left - left / 8 {
            tell(left)?;
            self.0 = left;
        }
        Ok(())
    }
}

impl<S: Socket> Timed<S> {
    pub(super) fn new(socket: S, deadline: Instant) -> Timed<S> {
        Timed { socket, deadline, reading: Told::default(), writing: Told::default() }
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

    /// Takes what comes by the deadline, in the way that is given.
    fn receive<T>(&mut self, mut read: impl FnMut(&mut S) -> io::Result<T>) -> io::Result<T> {
        loop {
            let left = self.time_left()?;
            self.reading.keep_to(left, |time| self.socket.allow_reading(time))?;
            match read(&mut self.socket) {
                Err(error) if is_timeout(&error) => {}
                read => return read,
            }
        }
    }
}

impl Timed<TcpStream> {
    /// Waits for the next byte and leaves it where it is; `None` at the end of the stream.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        let mut next = [0];
        let came = self.receive(|socket| socket.peek(&mut next))?;
        Ok(next.first().copied().filter(|_| came > 0))
    }

    /// Says that nothing more will be written.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}

impl<S: Socket> Read for Timed<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.receive(|socket| socket.read(into))
    }
}

impl<S: Socket> Write for Timed<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let left = self.time_left()?;
            self.writing.keep_to(left, |time| self.socket.allow_writing(time))?;
            match self.socket.write(bytes) {
                Err(error) if is_timeout(&error) => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// Systems differ in what they call a timeout.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// The two ends of a connection.
    fn connection() -> (Timed<TcpStream>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (Timed::new(listener.accept().unwrap().0, Instant::now()), client)
    }

    #[test]
    fn the_system_is_told_of_a_deadline_that_is_nearer_or_much_farther() {
        let (mut timed, mut client) = connection();
        client.write_all(b"12345").unwrap();
        let mut told = |seconds| {
            timed.until(Instant::now() + Duration::from_secs(seconds));
            assert_eq!(timed.read(&mut [0]).unwrap(), 1);
            assert_eq!(timed.write(b"1").unwrap(), 1);
            [timed.socket.read_timeout(), timed.socket.write_timeout()].map(|time| time.unwrap().unwrap())
        };
        let first = told(100);
        assert_eq!(told(110), first);
        for (seconds, times) in [(90, told(90)), (200, told(200)), (50, told(50))] {
            let longest = Duration::from_secs(seconds);
            assert!(times.iter().all(|time| *time <= longest && *time > longest * 7 / 8), "{times:?}");
        }
    }

    #[test]
    fn a_wait_ends_with_its_deadline_whatever_the_system_was_told_before() {
        let (mut timed, _client) = connection();
        for (before, then) in [(60_000, 100), (1_000, 1_120), (50, 400)] {
            timed.socket.allow_reading(Duration::from_millis(before)).unwrap();
            timed.reading = Told(Duration::from_millis(before));
            let deadline = Instant::now() + Duration::from_millis(then);
            let ended = timed.until(deadline).read(&mut [0]).unwrap_err();
            assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
            let now = Instant::now();
            assert!(now + SHORTEST > deadline && now < deadline + Duration::from_secs(20));
        }
    }
}
