//! Instants and local days at which a promotion starts and ends.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// A day of the shop's calendar (`2026-03-31`), a local time (`2026-03-31T12:00`) or an instant
/// (`2026-03-31T12:00:00Z`).
///
/// As a start, a day means its first moment; as an end, the moment after its last: a promotion that expires on
/// `2026-09-30` is valid at 23:59:59 of that day in the shop's time zone and refused at 00:00:00 of the next
/// (requirements.md B9.2). A time is exact; windows are half-open.
///
/// ```
/// use jiff::tz::TimeZone;
/// use tearline_pricing::when::When;
/// let warsaw = TimeZone::get("Europe/Warsaw").unwrap();
/// let end: When = "2026-09-30".parse().unwrap();
/// assert_eq!(end.as_end(&warsaw).unwrap().to_string(), "2026-09-30T22:00:00Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A whole day in the shop's time zone.
    Day(Date),
    /// A wall-clock time in the shop's time zone.
    Local(jiff::civil::DateTime),
    /// An instant.
    Instant(Timestamp),
}

impl When {
    /// The first instant that belongs to a window which starts here.
    ///
    /// # Errors
    ///
    /// The instant lies outside the years that the calendar holds.
    pub fn as_start(self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Day(day) => Ok(day.to_zoned(zone.clone())?.timestamp()),
            Self::Local(time) => Ok(time.to_zoned(zone.clone())?.timestamp()),
            Self::Instant(instant) => Ok(instant),
        }
    }

    /// The first instant that no longer belongs to a window which ends here.
    ///
    /// # Errors
    ///
    /// The instant lies outside the years that the calendar holds.
    pub fn as_end(self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            // Local calendar days, not 24 hours: a day with a clock change ends at its own midnight.
            Self::Day(day) => Self::Day(day.checked_add(1.day())?).as_start(zone),
            time => time.as_start(zone),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Local(time) => time.fmt(f),
            Self::Instant(instant) => instant.fmt(f),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(instant) = text.parse() {
            return Ok(Self::Instant(instant));
        }
        if text.len() == "2026-03-31".len()
            && let Ok(day) = text.parse()
        {
            return Ok(Self::Day(day));
        }
        text.parse().map(Self::Local).map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is not a time: write a day (2026-03-31), a time of the shop (2026-03-31T12:00) or an instant (2026-03-31T12:00:00Z)")
        })
    }
}

impl Serialize for When {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// From one instant to another, the second excluded; either side may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The first instant inside.
    pub starts_at: Option<Timestamp>,
    /// The first instant after it.
    pub ends_at: Option<Timestamp>,
}

impl Window {
    /// The part of it that is in another one too.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let ends = [self.ends_at, other.ends_at].into_iter().flatten();
        Self { starts_at: self.starts_at.max(other.starts_at), ends_at: ends.min() }
    }

    /// The window between two fields of a document, and what is wrong with each; what is wrong leaves its side open.
    pub(crate) fn between(
        (from, start): (&'static str, Option<When>),
        (until, end): (&'static str, Option<When>),
        zone: &TimeZone,
    ) -> (Self, Vec<(&'static str, String)>) {
        let mut faults = Vec::new();
        let mut instant = |field, instant: Option<Result<Timestamp, jiff::Error>>| {
            instant.transpose().unwrap_or_else(|error| {
                faults.push((field, format!("is outside the calendar: {error}")));
                None
            })
        };
        let starts_at = instant(from, start.map(|start| start.as_start(zone)));
        let ends_at = instant(until, end.map(|end| end.as_end(zone)));
        if starts_at.zip(ends_at).is_some_and(|(start, end)| end <= start) {
            faults.push((until, format!("must be after `{from}`")));
        }
        (Self { starts_at, ends_at }, faults)
    }

    /// Whether the window has not begun at `at`.
    pub fn is_before(&self, at: Timestamp) -> bool {
        self.starts_at.is_some_and(|start| at < start)
    }

    /// Whether the window is over at `at`.
    pub fn is_over(&self, at: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_with_a_clock_change_is_a_local_day() {
        let new_york = TimeZone::get("America/New_York").unwrap();
        let day: When = "2026-11-01".parse().unwrap();
        let hours = (day.as_end(&new_york).unwrap() - day.as_start(&new_york).unwrap()).get_hours();
        assert_eq!(hours, 0, "spans between instants are in seconds");
        let seconds =
            day.as_end(&new_york).unwrap().as_second() - day.as_start(&new_york).unwrap().as_second();
        assert_eq!(seconds, 25 * 3_600);
    }

    #[test]
    fn each_form_comes_back_as_it_was_written() {
        for text in ["2026-03-31", "2026-03-31T12:00:00", "2026-03-31T12:00:00Z"] {
            assert_eq!(text.parse::<When>().unwrap().to_string(), text);
        }
        assert!("soon".parse::<When>().unwrap_err().contains("2026-03-31T12:00"));
    }
}
