//! The one door to the time of day. Whoever makes something happen asks once, and hands the answer on.

use jiff::Timestamp;

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
    jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}
