//! Hours by the shop's clock, through all its changes.

use jiff::civil::{DateTime, Time, Weekday as Day};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::{TimeOfDay, Weekday};

/// For so many days ahead an opening is looked for. The hours come back after a week, and a change of the clock can
/// take them away once.
const DAYS_AHEAD: i32 = 15;

/// Certain hours of certain days of the week, as the shop's clock shows them.
#[derive(Debug)]
pub(super) struct Hours {
    /// From Monday on.
    days: [bool; 7],
    from: Time,
    /// Absent = until the day ends.
    until: Option<Time>,
    zone: TimeZone,
}

impl Hours {
    pub(super) fn new(
        days: &[Weekday],
        from: Option<TimeOfDay>,
        until: Option<TimeOfDay>,
        zone: &TimeZone,
    ) -> Self {
        let days = Weekday::ALL.map(|day| days.is_empty() || days.contains(&day));
        let from = from.map_or(Time::midnight(), |from| from.0);
        Self { days, from, until: until.map(|until| until.0), zone: zone.clone() }
    }

    /// Whether the clock shows one of them at an instant.
    pub(super) fn hold(&self, at: Timestamp) -> bool {
        self.has(self.zone.to_datetime(at))
    }

    fn has(&self, clock: DateTime) -> bool {
        let (day, time) = (clock.weekday(), clock.time());
        match self.until {
            Some(until) if self.from < until => self.is_on(day) && self.from <= time && time < until,
            // They begin on one day, and end on the next.
            Some(until) => {
                (self.is_on(day) && self.from <= time) || (self.is_on(day.previous()) && time < until)
            }
            None => self.is_on(day) && self.from <= time,
        }
    }

    fn is_on(&self, day: Day) -> bool {
        self.days[usize::from(day.to_monday_zero_offset().unsigned_abs())]
    }

    /// The first instant after one outside of them at which they hold again.
    pub(super) fn next(&self, at: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(at).date();
        // A change of the clock can bring yesterday back.
        let days = (-1..=DAYS_AHEAD).filter_map(|ahead| today.checked_add(ahead.days()).ok());
        let openings = days.flat_map(|day| self.shown_at(day.to_datetime(self.from)));
        let opening = openings.into_iter().find(|opening| *opening > at && self.hold(*opening));
        let last = opening.or_else(|| at.checked_add((24 * DAYS_AHEAD).hours()).ok())?;
        // The clock may also jump into the middle of them.
        let jumps = self.zone.following(at).map(|jump| jump.timestamp());
        jumps.take_while(|jump| *jump < last).find(|jump| self.hold(*jump)).or(opening)
    }

    /// The instants at which the clock shows a time: none, where it skips it, or two.
    fn shown_at(&self, clock: DateTime) -> impl Iterator<Item = Timestamp> {
        let (first, second) = match self.zone.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } => (Some(offset), None),
            AmbiguousOffset::Fold { before, after } => (Some(before), Some(after)),
            AmbiguousOffset::Gap { .. } => (None, None),
        };
        first.into_iter().chain(second).filter_map(move |offset| offset.to_timestamp(clock).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(days: &[Weekday], from: &str, until: &str, zone: &str) -> Hours {
        let time = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Hours::new(days, time(from), time(until), &TimeZone::get(zone).unwrap())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The instants at which hours open and close, from one instant to another, found minute by minute.
    fn changes(hours: &Hours, from: &str, until: &str) -> Vec<String> {
        let minutes = std::iter::successors(Some(at(from)), |minute| minute.checked_add(1.minute()).ok());
        let minutes: Vec<_> = minutes.take_while(|minute| *minute < at(until)).collect();
        let is_change = |pair: &&[Timestamp]| hours.hold(pair[0]) != hours.hold(pair[1]);
        minutes.windows(2).filter(is_change).map(|pair| pair[1].to_string()).collect()
    }

    #[test]
    fn hours_begin_with_their_first_minute_and_end_before_their_last() {
        let friday = hours(&[Weekday::Friday], "17:00", "19:00", "Europe/Warsaw");
        // 19 June 2026 is a Friday; in summer Warsaw is two hours ahead.
        assert!(!friday.hold(at("2026-06-19T14:59:59.999999999Z")));
        assert!(friday.hold(at("2026-06-19T15:00:00Z")));
        assert!(friday.hold(at("2026-06-19T16:59:59.999999999Z")));
        assert!(!friday.hold(at("2026-06-19T17:00:00Z")));
        assert_eq!(friday.next(at("2026-06-19T17:00:00Z")), Some(at("2026-06-26T15:00:00Z")));
        assert_eq!(friday.next(at("2026-06-19T14:59:59Z")), Some(at("2026-06-19T15:00:00Z")));
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_on_which_they_begin() {
        let night = hours(&[Weekday::Sunday], "22:00", "02:00", "UTC");
        // Sunday 21 June 2026, the last day of the week, into Monday.
        let expected = ["2026-06-21T22:00:00Z", "2026-06-22T02:00:00Z"];
        assert_eq!(changes(&night, "2026-06-15T12:00:00Z", "2026-06-28T12:00:00Z"), expected);
        assert_eq!(night.next(at("2026-06-22T02:00:00Z")), Some(at("2026-06-28T22:00:00Z")));
    }

    #[test]
    fn hours_until_midnight_end_with_the_day() {
        let expected = ["2026-06-19T17:00:00Z", "2026-06-20T00:00:00Z"];
        for until in ["", "00:00"] {
            let evening = hours(&[Weekday::Friday], "17:00", until, "UTC");
            assert_eq!(changes(&evening, "2026-06-15T00:00:00Z", "2026-06-22T00:00:00Z"), expected);
        }
    }

    #[test]
    fn a_whole_day_is_a_local_day_whatever_its_length() {
        let sunday = hours(&[Weekday::Sunday], "", "", "Europe/Warsaw");
        // 23 hours in spring, 25 in autumn.
        let spring = ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"];
        assert_eq!(changes(&sunday, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"), spring);
        let autumn = ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"];
        assert_eq!(changes(&sunday, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"), autumn);
    }

    #[test]
    fn an_hour_that_the_clock_skips_holds_for_nobody() {
        // On 29 March 2026 Warsaw's clock goes from 02:00 to 03:00.
        let skipped = hours(&[Weekday::Sunday], "02:00", "03:00", "Europe/Warsaw");
        assert!(changes(&skipped, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z").is_empty());
        assert_eq!(skipped.next(at("2026-03-27T12:00:00Z")), Some(at("2026-04-05T00:00:00Z")));
    }

    #[test]
    fn the_clock_may_jump_into_the_hours() {
        let half = hours(&[Weekday::Sunday], "02:30", "05:00", "Europe/Warsaw");
        let expected = ["2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"];
        assert_eq!(changes(&half, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"), expected);
        assert_eq!(half.next(at("2026-03-28T12:00:00Z")), Some(at("2026-03-29T01:00:00Z")));
    }

    #[test]
    fn an_hour_that_the_clock_shows_twice_holds_twice() {
        // On 25 October 2026 Warsaw's clock goes from 03:00 back to 02:00.
        let twice = hours(&[Weekday::Sunday], "02:00", "02:30", "Europe/Warsaw");
        let expected =
            ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"];
        assert_eq!(changes(&twice, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"), expected);
        assert_eq!(twice.next(at("2026-10-25T00:30:00Z")), Some(at("2026-10-25T01:00:00Z")));
        let whole = hours(&[Weekday::Sunday], "02:00", "03:00", "Europe/Warsaw");
        let expected = ["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"];
        assert_eq!(changes(&whole, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"), expected);
    }

    #[test]
    fn the_clock_may_bring_yesterday_back() {
        // On 1 November 2026 Havana's clock goes from 01:00 back to midnight.
        let first = hours(&[Weekday::Sunday], "00:15", "00:30", "America/Havana");
        let expected =
            ["2026-11-01T04:15:00Z", "2026-11-01T04:30:00Z", "2026-11-01T05:15:00Z", "2026-11-01T05:30:00Z"];
        assert_eq!(changes(&first, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"), expected);
        // In 2000 that of St. John's went from 00:01 on 29 October back to 23:01 on the 28th.
        let eve = hours(&[], "23:30", "23:45", "America/St_Johns");
        let gone = at("2000-10-29T02:31:00Z");
        assert_eq!(eve.next(gone), Some(at("2000-10-29T03:00:00Z")));
    }

    #[test]
    fn a_week_without_a_friday_waits_for_the_next() {
        // Samoa had no 30 December 2011: it crossed the date line in the night before.
        let friday = hours(&[Weekday::Friday], "10:00", "12:00", "Pacific/Apia");
        assert_eq!(friday.next(at("2011-12-29T12:00:00Z")), Some(at("2012-01-05T20:00:00Z")));
    }

    #[test]
    fn the_next_opening_is_the_first_that_a_walk_finds() {
        let days = [vec![], vec![Weekday::Sunday], vec![Weekday::Saturday, Weekday::Monday]];
        let times =
            [("", "01:30"), ("01:30", ""), ("02:00", "02:30"), ("02:15", "03:30"), ("23:30", "02:30")];
        let starts = ["2026-03-27T21:10:00Z", "2026-10-23T21:10:00Z", "2026-10-25T00:40:00Z"];
        for zone in ["Europe/Warsaw", "America/St_Johns", "Australia/Lord_Howe", "UTC"] {
            for (days, (from, until)) in days.iter().flat_map(|days| times.map(|times| (days, times))) {
                let hours = hours(days, from, until, zone);
                for start in starts.map(at).into_iter().filter(|start| !hours.hold(*start)) {
                    let mut minutes =
                        std::iter::successors(Some(start), |it| it.checked_add(1.minute()).ok());
                    let walked = minutes.find(|minute| hours.hold(*minute));
                    assert_eq!(hours.next(start), walked, "{zone} {days:?} {from}-{until} {start}");
                }
            }
        }
    }

    #[test]
    fn the_calendar_has_ends() {
        let monday = hours(&[Weekday::Monday], "17:00", "19:00", "Europe/Warsaw");
        assert_eq!(monday.next(Timestamp::MAX), None);
        assert!(monday.next(Timestamp::MIN).is_some());
    }
}
