//! The two faces of a teacher who administers, and how long somebody stays signed in.

use super::kept::MOST_HOURS;
use jiff::Timestamp;

const MINUTE: i64 = 60_000;
/// An administrator who does nothing for so long is signed out, in milliseconds (QUALITY S5). For everybody else the
/// district's hours are the only end: a class that is asked anew after each lesson writes its passwords on the desk.
const LONGEST_IDLE_ADMIN: i64 = 30 * MINUTE;
/// How far a clock may be set back without ending anything, in milliseconds.
const SLACK: i64 = MINUTE;

/// In which face somebody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// Their own: the teacher's, and that of everybody who has no other.
    Teacher,
    /// The Admin Account.
    Admin,
}

impl Face {
    /// The word for it, in the database and in the form that switches.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Face::Teacher => "teacher",
            Face::Admin => "admin",
        }
    }

    /// The face that this word names; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Face> {
        [Face::Teacher, Face::Admin].into_iter().find(|face| face.word() == word)
    }

    /// Whether somebody who signed in and was last seen at these times is still signed in, where everybody is for so
    /// many hours. A time that lies ahead means that the clock was set back: then nobody can say how long it was, and
    /// they sign in again.
    #[must_use]
    pub fn is_live(self, hours: u8, signed_in_at: Timestamp, seen_at: Timestamp, now: Timestamp) -> bool {
        let longest = longest(hours);
        let idle = if self == Face::Admin { LONGEST_IDLE_ADMIN } else { longest };
        let since = |then: Timestamp| now.as_millisecond() - then.as_millisecond();
        (-SLACK..longest).contains(&since(signed_in_at)) && (-SLACK..idle).contains(&since(seen_at))
    }

    /// Between which times somebody must have signed in to be signed in now, in whatever face.
    #[must_use]
    pub fn live_since(hours: u8, now: Timestamp) -> (Timestamp, Timestamp) {
        let at = |millis: i64| Timestamp::from_millisecond(millis).unwrap_or(now);
        (at(now.as_millisecond() - longest(hours)), at(now.as_millisecond() + SLACK))
    }
}

/// So many hours in milliseconds. School computers are shared, so the next morning everybody signs in again.
fn longest(hours: u8) -> i64 {
    i64::from(hours.min(MOST_HOURS)) * 60 * MINUTE
}
