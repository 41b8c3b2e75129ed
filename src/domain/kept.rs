//! How long things are kept, and as of when it is judged what is past its time.
//!
//! What is deleted is gone, and a clock can be wrong. So nothing is deleted the first time that it is seen to be past
//! its time, but by the next look, on another day; and no look judges as of a time that is far ahead of the one before.

use jiff::{SignedDuration, Timestamp};

/// How long things of a district are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Letters, in days since they were taken or given up.
    pub letters: u16,
    /// The lines of an upload, in days since its job was done or it was undone.
    pub results: u16,
    /// What stands in the audit log, in days.
    pub audit: u16,
    /// For how many hours somebody stays logged in.
    pub session_hours: u8,
}

impl Kept {
    /// In a district that has not said anything else: letters for a term, results for a school year, the audit log for
    /// three.
    pub const AT_FIRST: Kept = Kept { letters: 90, results: 365, audit: 3 * 365, session_hours: MOST_HOURS };
}

/// The most days that anything can be kept: ten years.
pub const MOST_DAYS: u16 = 3_650;
/// The most hours that anybody can stay logged in: a school day (QUALITY S5).
pub const MOST_HOURS: u8 = 12;

/// How far apart two looks are. Less than a day, so that a server that is started every morning looks every day.
const APART: SignedDuration = SignedDuration::from_hours(20);
/// How far ahead of the look before a look may judge. After a summer without a server it takes sixteen days until all
/// is deleted that is past its time.
const STRIDE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far a clock may be set back without a look being doubted.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

/// A look at what is past its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When it was, by the clock.
    pub at: Timestamp,
    /// As of when it judged.
    pub as_of: Timestamp,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing: the last look was not long ago.
    Wait,
    /// Delete what was past its time as of the last look, if there was one that can be trusted, and then note this one.
    Look {
        /// As of when.
        delete_as_of: Option<Timestamp>,
        /// What is to be noted.
        then: Look,
    },
}

/// Whose turn it is, after the last look.
#[must_use]
pub fn turn(last: Option<Look>, now: Timestamp) -> Turn {
    let Some(last) = last else {
        return Turn::Look { delete_as_of: None, then: Look { at: now, as_of: now } };
    };
    let since = last.at.duration_until(now);
    if since < -SLACK {
        // It was looked in a time that has not come yet: the clock was ahead then, or is behind now.
        return Turn::Look { delete_as_of: None, then: Look { at: now, as_of: last.as_of.min(now) } };
    }
    if since < APART {
        return Turn::Wait;
    }
    let furthest = last.as_of.checked_add(STRIDE).unwrap_or(now);
    Turn::Look { delete_as_of: Some(last.as_of.min(now)), then: Look { at: now, as_of: now.min(furthest) } }
}

/// Before which time what is kept for so many days is past its time.
#[must_use]
pub fn days_before(as_of: Timestamp, days: u16) -> Timestamp {
    as_of.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEARS: i64 = 365 * 24;

    fn hour(hours: i64) -> Timestamp {
        "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
    }

    /// Looks at these hours, one after the other. Gives as of which hours was deleted.
    fn looks(hours: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let (mut last, mut deleted) = (None, Vec::new());
        for at in hours {
            if let Turn::Look { delete_as_of, then } = turn(last, hour(at)) {
                deleted.extend(delete_as_of.map(|time| hour(0).duration_until(time).as_hours()));
                last = Some(then);
            }
        }
        deleted
    }

    #[test]
    fn every_day_that_is_deleted_which_the_day_before_was_past_its_time() {
        assert_eq!(looks([0, 1, 19, 24, 25, 48, 72]), [0, 24, 48]);
        // Started at eight, at half past seven and at nine.
        assert_eq!(looks([0, 23, 49]), [0, 23]);
    }

    #[test]
    fn a_clock_that_is_ten_years_ahead_for_a_moment_deletes_nothing() {
        let ahead = 10 * YEARS;
        // Seen once, however often the server is started meanwhile.
        assert_eq!(looks([0, 24, ahead, ahead + 1, ahead + 2, 48, 72]), [0, 24, 48]);
        // The very first look.
        assert_eq!(looks([ahead, 0, 24]), [0]);
        // Ten years behind for a while, too.
        assert_eq!(looks([0, 24, -ahead, -ahead + 24, 48]), [0, -ahead, -ahead + 24]);
    }

    #[test]
    fn a_clock_that_stays_ten_years_ahead_takes_a_week_a_day() {
        let ahead = 10 * YEARS;
        let deleted = looks([0, 24, ahead, ahead + 24, ahead + 48, ahead + 72]);
        assert_eq!(deleted, [0, 24, 24 + 7 * 24, 24 + 2 * 7 * 24, 24 + 3 * 7 * 24]);
    }

    #[test]
    fn after_a_summer_without_a_server_all_is_deleted_within_sixteen_days() {
        let back = 90 * 24;
        let deleted = looks((0..20).map(|day| if day == 0 { 0 } else { back + day * 24 }));
        let late: Vec<i64> = deleted.iter().zip(1..).map(|(as_of, day)| back + day * 24 - as_of).collect();
        assert!(late[15..].iter().all(|late| *late == 24), "{late:?}");
    }

    #[test]
    fn days_go_back_as_far_as_there_are_any() {
        assert_eq!(days_before(hour(48), 2), hour(0));
        assert_eq!(days_before(Timestamp::MIN, MOST_DAYS), Timestamp::MIN);
    }
}
