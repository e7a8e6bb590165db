//! Days, weeks and months of the shop's calendar.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// A stretch of the calendar with a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day, from midnight to midnight.
    Day,
    /// A week of ISO 8601, from Monday to Sunday.
    Week,
    /// A month, from its first day to its last.
    Month,
}

impl Period {
    /// The first day of the period that holds a day.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use tearline_pricing::period::Period;
    /// // A Friday: the first day of a year that belongs to the last week of the year before.
    /// let day = date(2027, 1, 1);
    /// assert_eq!(Period::Week.first_day(day), date(2026, 12, 28));
    /// assert_eq!(Period::Month.first_day(day), date(2027, 1, 1));
    /// ```
    pub fn first_day(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let since_monday = day.weekday().since(Weekday::Monday);
                // The calendar begins on a Monday, so that none is missing.
                day.checked_sub(i32::from(since_monday).days()).unwrap_or(Date::MIN)
            }
            Self::Month => day.first_of_month(),
        }
    }

    /// The first day after the period that holds a day; none at the end of the calendar.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use tearline_pricing::period::Period;
    /// assert_eq!(Period::Month.next(date(2027, 1, 31)), Some(date(2027, 2, 1)));
    /// ```
    pub fn next(self, day: Date) -> Option<Date> {
        self.first_day(day).checked_add(self.length()).ok()
    }

    /// What it is called: `day`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    fn length(self) -> Span {
        match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days() -> impl Iterator<Item = Date> {
        date(2023, 12, 1).series(1.day()).take_while(|day| day.year() < 2034)
    }

    #[test]
    fn each_day_is_in_its_period_and_periods_follow_each_other() {
        for day in days() {
            for period in [Period::Day, Period::Week, Period::Month] {
                let (first, next) = (period.first_day(day), period.next(day).unwrap());
                assert!(first <= day && day < next, "{day} {period:?}");
                assert_eq!(period.first_day(next), next, "{day} {period:?}");
                assert_eq!(period.first_day(next.yesterday().unwrap()), first, "{day} {period:?}");
            }
        }
    }

    #[test]
    fn weeks_are_those_of_iso_8601_and_months_begin_with_their_first_day() {
        for day in days() {
            let week = |day: Date| (day.iso_week_date().year(), day.iso_week_date().week());
            let first = Period::Week.first_day(day);
            assert_eq!((first.weekday(), week(first)), (Weekday::Monday, week(day)), "{day}");
            let first = Period::Month.first_day(day);
            assert_eq!((first.day(), first.month(), first.year()), (1, day.month(), day.year()), "{day}");
        }
    }

    #[test]
    fn the_calendar_has_ends() {
        assert_eq!(Period::Week.first_day(Date::MIN), Date::MIN);
        assert_eq!(Period::Month.next(Date::MAX), None);
    }
}
