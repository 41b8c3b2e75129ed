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

/// The day of a time, as sentences say it: "22 November 2026". `zone` is the IANA name of a time zone.
#[must_use]
pub fn date(time: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    time.to_zoned(zone).strftime("%-d %B %Y").to_string()
}
