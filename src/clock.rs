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

/// Names among those of time zones that belong to no place: what is not set up yet, and what this machine has by chance.
const NO_PLACES: [&str; 4] = ["Etc/Unknown", "Factory", "localtime", "posixrules"];

/// The district's own time zone as far as this machine knows it (an IANA name), or `UTC`.
#[must_use]
pub fn time_zone() -> String {
    place(&TimeZone::system()).unwrap_or_else(|| "UTC".to_owned())
}

/// The time zones to choose from, by their IANA names.
#[must_use]
pub fn time_zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    names.filter(|name| !NO_PLACES.contains(&name.as_str())).collect()
}

/// The IANA name of a time zone as somebody wrote it, in whatever case; `None` if there is no such zone.
#[must_use]
pub fn time_zone_named(text: &str) -> Option<String> {
    place(&TimeZone::get(text.trim()).ok()?)
}

fn place(zone: &TimeZone) -> Option<String> {
    zone.iana_name().filter(|name| !NO_PLACES.contains(name)).map(str::to_owned)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_zone_to_choose_is_a_places_and_can_be_named() {
        let all = time_zones();
        assert!(
            ["Europe/Berlin", "America/Chicago", "UTC"]
                .iter()
                .all(|name| all.iter().any(|zone| zone == name))
        );
        for name in &all {
            assert_eq!(time_zone_named(name).as_ref(), Some(name));
        }
        for name in ["Factory", "localtime", "posixrules", "Etc/Unknown", "leapseconds", "Mars/Olympus", ""] {
            assert!(!all.iter().any(|zone| zone == name), "{name}");
            assert_eq!(time_zone_named(name), None, "{name}");
        }
        assert_eq!(time_zone_named(" europe/berlin "), Some("Europe/Berlin".to_owned()));
    }
}
