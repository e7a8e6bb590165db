//! When a pool runs low.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How many days of draws the rate is taken from, today among them.
const DAYS: usize = 7;
const DAY_S: i64 = 24 * 60 * 60;

/// When somebody is to hear that a pool runs low: on the way down, then daily while it lasts, and once it is empty.
/// Codes that are added end that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Low {
    /// From where on.
    pub at: LowMark,
    /// The addresses that are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tell: Vec<String>,
}

/// From where on a pool is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LowMark {
    /// So many codes remain, or fewer.
    Codes(u64),
    /// So many percent remain of those that remain or were given, or fewer.
    Percent(u8),
    /// What remains lasts for so many days at the rate of the last seven, or fewer.
    Days(u16),
}

impl LowMark {
    /// What is wrong with it, if anything.
    pub(super) fn fault(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Codes(0) => Some(("codes", "must be at least 1; an empty pool is told anyway")),
            Self::Percent(percent) if !(1..=99).contains(&percent) => {
                Some(("percent", "must be from 1 to 99"))
            }
            Self::Days(days) if !(1..=365).contains(&days) => Some(("days", "must be from 1 to 365")),
            Self::Codes(_) | Self::Percent(_) | Self::Days(_) => None,
        }
    }

    /// Whether a pool is low with so many codes that remain and so many that were given (requirements.md B7).
    ///
    /// ```
    /// use tearline_core::pool::{LowMark, Rate};
    /// let now = "2026-03-01T10:00:00Z".parse().unwrap();
    /// let is_low = |remaining| LowMark::Percent(10).is_reached(remaining, 1_000 - remaining, &Rate::default(), now);
    /// assert!(!is_low(101) && is_low(100));
    /// ```
    pub fn is_reached(self, remaining: u64, assigned: u64, rate: &Rate, now: Timestamp) -> bool {
        let (remaining, assigned) = (u128::from(remaining), u128::from(assigned));
        match self {
            Self::Codes(codes) => remaining <= u128::from(codes),
            Self::Percent(percent) => remaining * 100 <= u128::from(percent) * (remaining + assigned),
            Self::Days(days) => {
                let (drawn, of_days) = rate.lately(now);
                drawn > 0 && remaining * u128::from(of_days) <= u128::from(days) * u128::from(drawn)
            }
        }
    }
}

/// How many codes were given on each of the last days, counted by the world's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// The first day of all.
    first_day: i64,
    /// The last.
    day: i64,
    /// How many on the last day, on the one before, and so on.
    given: Vec<u64>,
}

impl Rate {
    /// Counts one more.
    pub(crate) fn count(&mut self, now: Timestamp) {
        let today = day_of(now);
        if self.given.is_empty() {
            (self.first_day, self.day, self.given) = (today, today, vec![0]);
        }
        // A clock that goes back counts for the day that it was.
        let days_gone = usize::try_from(today - self.day).unwrap_or(0).min(DAYS);
        self.given.splice(0..0, std::iter::repeat_n(0, days_gone));
        self.given.truncate(DAYS);
        self.day = self.day.max(today);
        self.given[0] += 1;
    }

    /// How many were given in the last seven days, and of how many days there is a record among them.
    fn lately(&self, now: Timestamp) -> (u64, u64) {
        let today = day_of(now).max(self.day);
        let days_gone = usize::try_from(today - self.day).unwrap_or(DAYS).min(DAYS);
        let given = self.given.iter().take(DAYS - days_gone).sum();
        let known = u64::try_from(today - self.first_day + 1).unwrap_or(1);
        (given, known.clamp(1, DAYS as u64))
    }

    /// When so many codes are used up, if they go on as lately; none if nothing was given lately.
    pub fn runs_out_at(&self, remaining: u64, now: Timestamp) -> Option<Timestamp> {
        let (given, of_days) = self.lately(now);
        let seconds = i128::from(remaining) * i128::from(of_days) * i128::from(DAY_S);
        let seconds = i64::try_from(seconds.checked_div(i128::from(given))?).ok()?;
        now.checked_add(SignedDuration::from_secs(seconds)).ok()
    }
}

fn day_of(now: Timestamp) -> i64 {
    now.as_second().div_euclid(DAY_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_day(day: i64) -> Timestamp {
        Timestamp::from_second(day * DAY_S + 1).unwrap()
    }

    fn rate(days: &[(i64, u64)]) -> Rate {
        let mut rate = Rate::default();
        for (day, count) in days {
            (0..*count).for_each(|_| rate.count(on_day(*day)));
        }
        rate
    }

    #[test]
    fn the_rate_is_that_of_the_last_seven_days() {
        let rate = rate(&[(100, 50), (103, 20), (107, 8)]);
        assert_eq!(rate.lately(on_day(107)), (28, 7));
        assert_eq!(rate.lately(on_day(109)), (28, 7));
        assert_eq!(rate.lately(on_day(110)), (8, 7));
        assert_eq!(rate.lately(on_day(200)), (0, 7));
        // 100 codes at 4 a day.
        assert_eq!(rate.runs_out_at(100, on_day(107)), Some(on_day(132)));
        assert_eq!(rate.runs_out_at(100, on_day(200)), None);
    }

    #[test]
    fn a_pool_that_was_begun_yesterday_has_a_rate_of_two_days() {
        let rate = rate(&[(100, 10), (101, 20)]);
        assert_eq!(rate.lately(on_day(101)), (30, 2));
        let is_low = |remaining| LowMark::Days(3).is_reached(remaining, 30, &rate, on_day(101));
        assert!(is_low(45) && !is_low(46));
        assert!(!LowMark::Days(3).is_reached(0, 0, &Rate::default(), on_day(1)));
    }

    #[test]
    fn a_clock_that_goes_back_loses_no_count() {
        let rate = rate(&[(100, 1), (90, 1)]);
        assert_eq!(rate.lately(on_day(90)), (2, 1));
    }
}
