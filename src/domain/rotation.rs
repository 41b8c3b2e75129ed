//! Which snapshots stay when new ones come: the newest, then one a day, then one a week.

use jiff::civil::{Date, ISOWeekDate};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// So many of the newest stay, whenever they were taken.
const NEWEST: usize = 5;
/// Before those, the last of so many days stays.
const DAYS: usize = 14;
/// And before those, the last of so many weeks.
const WEEKS: usize = 8;
/// On a server that runs on school days no snapshot stays for longer than so many weeks, if one is written whenever a
/// day has gone by: the newest reach back a week, the days three, the weeks eight and the rest of one.
pub const SNAPSHOT_WEEKS: u16 = 13;
/// A snapshot that lies further ahead was dated by a clock that was wrong, or the clock is wrong now.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Whether a snapshot lies so far ahead that its date says nothing.
#[must_use]
pub fn lies_ahead(taken: Timestamp, now: Timestamp) -> bool {
    now.duration_until(taken) > AHEAD
}

/// Which of the snapshots that were taken at these times go. Days and weeks (in UTC, from Monday) count only if they
/// have a snapshot: a server that was off for the summer forgets nothing over it. Those that lie ahead are no newest ones; they
/// go when there are all that there should be without them, so that no wrong clock, neither then nor now, takes any away.
#[must_use]
pub fn outlived(taken: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    let (ahead, mut taken): (Vec<Timestamp>, Vec<Timestamp>) =
        taken.iter().partition(|time| lies_ahead(**time, now));
    taken.sort_unstable_by(|one, other| other.cmp(one));
    let most = taken.len();
    let older = taken.split_off(taken.len().min(NEWEST));
    let (mut gone, older) = all_but_the_last_of_each(&older, day, DAYS);
    let (of_weeks, older) = all_but_the_last_of_each(&older, week, WEEKS);
    gone.extend(of_weeks);
    gone.extend(older);
    if most - gone.len() == NEWEST + DAYS + WEEKS {
        gone.extend(ahead);
    }
    gone
}

/// Goes back in time as far as `most` spans (days, weeks) reach, and keeps the last of each. Gives those within their
/// reach that do not stay, and those that are older still.
fn all_but_the_last_of_each<T: PartialEq>(
    taken: &[Timestamp],
    span: impl Fn(Timestamp) -> T,
    most: usize,
) -> (Vec<Timestamp>, Vec<Timestamp>) {
    let (mut gone, mut older) = (Vec::new(), Vec::new());
    let (mut spans, mut last) = (0, None);
    for &time in taken {
        let this = Some(span(time));
        if this == last {
            gone.push(time);
        } else if spans < most {
            spans += 1;
            last = this;
        } else {
            older.push(time);
        }
    }
    (gone, older)
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

fn week(time: Timestamp) -> (i16, i8) {
    let week: ISOWeekDate = day(time).iso_week_date();
    (week.year(), week.week())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Snapshots at steady distances, the newest last, each thinned out as it comes.
    fn after(count: i64, apart: SignedDuration) -> Vec<Timestamp> {
        let first: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
        let mut kept = Vec::new();
        let mut at = first;
        for _ in 0..count {
            kept.push(at);
            let gone = outlived(&kept, at);
            kept.retain(|time| !gone.contains(time));
            at += apart;
        }
        kept
    }

    #[test]
    fn few_snapshots_all_stay() {
        assert_eq!(after(5, SignedDuration::from_secs(1)).len(), 5);
        assert!(outlived(&[], Timestamp::UNIX_EPOCH).is_empty());
    }

    #[test]
    fn the_newest_stay_and_of_a_busy_day_one_more() {
        let kept = after(500, SignedDuration::from_secs(60));
        let first: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
        let minutes: Vec<i64> = kept.iter().map(|time| (time.as_second() - first.as_second()) / 60).collect();
        assert_eq!(minutes, [494, 495, 496, 497, 498, 499]);
    }

    #[test]
    fn of_a_year_of_uploads_there_is_one_a_day_for_two_weeks_and_one_a_week_for_eight() {
        let kept = after(365 * 8, SignedDuration::from_hours(3));
        assert_eq!(kept.len(), NEWEST + DAYS + WEEKS);
        let newest = *kept.last().unwrap();
        let ages: Vec<i64> = kept.iter().rev().map(|time| time.duration_until(newest).as_hours()).collect();
        assert!(ages[..NEWEST].windows(2).all(|pair| pair[1] - pair[0] == 3), "{ages:?}");
        // The day of the newest is not over: what else is left of it is nearer than a day.
        assert!(ages[NEWEST] < 24, "{ages:?}");
        let days = &ages[NEWEST + 1..NEWEST + DAYS];
        assert!(days.windows(2).all(|pair| pair[1] - pair[0] == 24), "{ages:?}");
        // So with the week that the days reach into.
        assert!(ages[NEWEST + DAYS] - ages[NEWEST + DAYS - 1] <= 7 * 24, "{ages:?}");
        let weeks = &ages[NEWEST + DAYS + 1..];
        assert!(weeks.windows(2).all(|pair| pair[1] - pair[0] == 7 * 24), "{ages:?}");
    }

    #[test]
    fn on_school_days_no_snapshot_stays_longer_than_is_said() {
        let monday: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
        let longest = SignedDuration::from_hours(24 * 7 * i64::from(SNAPSHOT_WEEKS));
        // Every day, and Monday to Friday only; begun on any day of the week.
        for (week, begun) in [(7, 0), (5, 0), (5, 1), (5, 2), (5, 3), (5, 4)] {
            let mut kept: Vec<Timestamp> = Vec::new();
            for day in (begun..400).filter(|day| day % 7 < week) {
                let now = monday + SignedDuration::from_hours(24 * day);
                kept.push(now);
                let gone = outlived(&kept, now);
                kept.retain(|time| !gone.contains(time));
                let oldest = kept[0].duration_until(*kept.last().unwrap());
                assert!(oldest <= longest, "{week} days a week: {} days", oldest.as_hours() / 24);
            }
        }
    }

    #[test]
    fn a_summer_without_a_snapshot_takes_none_away() {
        let mut taken = after(200, SignedDuration::from_hours(24));
        let before = taken.clone();
        let newest = *taken.last().unwrap();
        let now = newest + SignedDuration::from_hours(24 * 90);
        taken.push(now);
        let gone = outlived(&taken, now);
        assert!(gone.len() <= 1, "{gone:?}");
        assert_eq!(before.len(), NEWEST + DAYS + WEEKS);
    }

    #[test]
    fn those_that_lie_ahead_count_for_nothing_and_go_when_all_others_are_there() {
        let ten_years = SignedDuration::from_hours(10 * 365 * 24);
        let first: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
        let ahead: Vec<Timestamp> =
            (0..6).map(|second| first + ten_years + SignedDuration::from_secs(second)).collect();
        let (mut kept, mut days) = (ahead.clone(), 0);
        while kept.iter().any(|time| ahead.contains(time)) {
            assert!(ahead.iter().all(|time| kept.contains(time)), "all or none");
            let now = first + SignedDuration::from_hours(24 * days);
            kept.push(now);
            let gone = outlived(&kept, now);
            kept.retain(|time| !gone.contains(time));
            days += 1;
        }
        assert!(days > 14 && days <= 7 * i64::from(SNAPSHOT_WEEKS), "{days}");
        assert_eq!(kept.len(), NEWEST + DAYS + WEEKS);
    }

    #[test]
    fn a_clock_that_is_behind_takes_no_snapshot_away_that_was_there() {
        let before = after(200, SignedDuration::from_hours(24));
        let now: Timestamp = "1970-01-01T12:00:00Z".parse().unwrap();
        let mut taken = before.clone();
        for second in 0..100 {
            taken.push(now + SignedDuration::from_secs(second));
            let gone = outlived(&taken, now);
            taken.retain(|time| !gone.contains(time));
        }
        assert!(before.iter().all(|time| taken.contains(time)));
        assert_eq!(taken.len(), before.len() + NEWEST + 1);
    }
}
