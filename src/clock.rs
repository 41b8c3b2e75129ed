//! The one door to the time of day. Whoever makes something happen asks once, and hands the answer on.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time now, in whole milliseconds, as the database keeps it.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the one door to the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The district's own time zone as far as this machine knows it (an IANA name), or `UTC`.
#[must_use]
pub fn time_zone() -> String {
    TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

/// A time as people write it, in a district's time zone (an IANA name; `UTC` if it is none). `format` is strftime's.
#[must_use]
pub fn written(time: Timestamp, time_zone: &str, format: &str) -> String {
    time.to_zoned(TimeZone::get(time_zone).unwrap_or(TimeZone::UTC)).strftime(format).to_string()
}

/// The format of a time in a sentence: "22 November 2026, 14:31".
pub const IN_A_SENTENCE: &str = "%-d %B %Y, %H:%M";

/// The format of a day in a sentence: "22 November 2026".
pub const DAY_IN_A_SENTENCE: &str = "%-d %B %Y";
