//! How long whoever has guessed wrongly waits for the next guess (QUALITY S3).

use jiff::Timestamp;
use std::time::Duration;

/// So many wrong passwords cost no wait.
const FREE: u32 = 5;
/// The longest wait between two guesses, in seconds.
const LONGEST_WAIT: u64 = 15 * 60;
/// The most guesses a day.
const A_DAY: u32 = 100;
const DAY: i64 = 24 * 60 * 60 * 1_000;
/// How far a clock may be set back without anything being forgotten, in milliseconds.
const SLACK: i64 = 60_000;

/// The guesses for one login name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guesses {
    /// How many there were in this day, those under way included. Right ones do not count.
    pub today: u32,
    /// When this day began: with its first guess.
    pub day_began_at: Timestamp,
    /// How many wrong ones there were since the last right one.
    pub failures: u32,
    /// When the last one began.
    pub last_at: Timestamp,
}

impl Guesses {
    /// No guesses so far.
    #[must_use]
    pub fn none(now: Timestamp) -> Guesses {
        Guesses { today: 0, day_began_at: now, failures: 0, last_at: now }
    }

    /// What of them still counts. A guess that lies ahead was made before the clock was set back: it is forgotten, so
    /// that a wrong clock locks nobody out for good.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Guesses {
        let counts = |then: Timestamp| (-SLACK..DAY).contains(&since(then, now));
        if !counts(self.last_at) {
            Guesses::none(now)
        } else if !counts(self.day_began_at) {
            Guesses { today: 0, day_began_at: now, ..self }
        } else {
            self
        }
    }

    /// How long the next guess has to wait, in whole seconds; `None` if it need not.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let doubled = self.failures.checked_sub(FREE).map(|more| 1u64.checked_shl(more).unwrap_or(u64::MAX));
        // Without failures there is nothing to wait for, though the last guess may have begun after this one: two requests
        // in the same instant are looked at in any order.
        let pause = doubled
            .map_or(0, |seconds| seconds.min(LONGEST_WAIT).cast_signed() * 1_000 - since(self.last_at, now));
        let rest_of_day = if self.today >= A_DAY { DAY - since(self.day_began_at, now) } else { 0 };
        let left = rest_of_day.max(pause);
        u64::try_from(left)
            .ok()
            .filter(|left| *left > 0)
            .map(|left| Duration::from_secs(left.div_ceil(1_000)))
    }

    /// Counts a guess before it is looked at, so that a hundred at the same instant are a hundred.
    pub fn begin(&mut self, now: Timestamp) {
        self.today += 1;
        self.last_at = now;
    }

    /// The guess was right.
    pub fn was_right(&mut self) {
        self.today = self.today.saturating_sub(1);
        self.failures = 0;
    }

    /// The guess was wrong.
    pub fn was_wrong(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Whether there is nothing to remember.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.today == 0 && self.failures == 0
    }

    /// Between which times a guess must have been for any of it to count now.
    #[must_use]
    pub fn remembered(now: Timestamp) -> (Timestamp, Timestamp) {
        let at = |millis: i64| Timestamp::from_millisecond(millis).unwrap_or(now);
        (at(now.as_millisecond() - DAY), at(now.as_millisecond() + SLACK))
    }
}

fn since(then: Timestamp, now: Timestamp) -> i64 {
    now.as_millisecond() - then.as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn wrong(guesses: &mut Guesses, second: i64) {
        *guesses = guesses.at(at(second));
        guesses.begin(at(second));
        guesses.was_wrong();
    }

    #[test]
    fn nobody_waits_for_a_guess_that_was_not_wrong() {
        let mut guesses = Guesses::none(at(0));
        guesses.begin(at(1));
        assert_eq!(guesses.at(at(0)).wait(at(0)), None);
        guesses.was_right();
        assert_eq!(guesses.at(at(0)).wait(at(0)), None);
    }

    #[test]
    fn the_wait_begins_with_the_fifth_failure_doubles_and_is_never_longer_than_a_quarter_of_an_hour() {
        let mut guesses = Guesses::none(at(0));
        let mut waits = Vec::new();
        for _ in 0..20 {
            wrong(&mut guesses, 0);
            waits.push(guesses.wait(at(0)).map_or(0, |wait| wait.as_secs()));
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900, 900]);
        assert_eq!(guesses.wait(at(899)), Some(Duration::from_secs(1)));
        assert_eq!(guesses.wait(at(900)), None);
    }

    #[test]
    fn whoever_waits_as_long_as_they_must_has_a_hundred_guesses_a_day() {
        let (mut guesses, mut second, mut made) = (Guesses::none(at(0)), 0, 0);
        while second < 86_400 {
            match guesses.at(at(second)).wait(at(second)) {
                None => {
                    wrong(&mut guesses, second);
                    made += 1;
                }
                Some(wait) => second += wait.as_secs().cast_signed(),
            }
        }
        assert!((90..=100).contains(&made), "{made}");
    }

    #[test]
    fn a_hundred_at_the_same_instant_are_all_that_there_are_that_day() {
        let mut guesses = Guesses::none(at(0));
        (0..100).for_each(|_| guesses.begin(at(0)));
        assert_eq!(guesses.wait(at(0)), Some(Duration::from_secs(86_400)));
        assert_eq!(guesses.at(at(86_400)).wait(at(86_400)), None);
        guesses.was_right();
        assert_eq!(guesses.wait(at(0)), None);
    }

    #[test]
    fn a_clock_that_jumps_locks_nobody_out() {
        let mut guesses = Guesses::none(at(0));
        (0..200).for_each(|_| wrong(&mut guesses, 0));
        let ten_years = 10 * 365 * 86_400;
        for jump in [ten_years, -ten_years] {
            assert_eq!(guesses.at(at(jump)).wait(at(jump)), None);
        }
    }
}
