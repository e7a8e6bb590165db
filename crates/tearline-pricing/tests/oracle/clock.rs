//! Whether the shop's clock shows what a condition asks for, found by looking at it.

use jiff::{Timestamp, ToSpan};
use tearline_pricing::conditions::weekly::{TimeOfDay, Weekday};
use tearline_pricing::conditions::{Dates, Weekly};
use tearline_pricing::config::Promotion;
use tearline_pricing::refusal::Refusal;

use super::world::World;

const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];
/// All that shops open and close at, and all that clocks jump to, is a quarter of an hour.
const STEP_MINUTES: i64 = 15;

/// Within a time.
pub(crate) fn is_between(world: &World<'_>, asked: &Dates) -> Result<(), Refusal> {
    let starts_at = asked.from.map(|from| from.as_start(&world.zone).expect("a near day"));
    if let Some(starts_at) = starts_at.filter(|start| world.at < *start) {
        return Err(Refusal::NotStarted { starts_at });
    }
    let ended_at = asked.until.map(|until| until.as_end(&world.zone).expect("a near day"));
    ended_at.filter(|end| *end <= world.at).map_or(Ok(()), |ended_at| Err(Refusal::Ended { ended_at }))
}

/// Within hours that come back every week; else the first of the next two weeks that is, if the promotion still holds
/// then.
pub(crate) fn is_open(
    world: &World<'_>,
    promotion: &Promotion,
    asked: &Weekly,
) -> Result<(), Option<Refusal>> {
    if shows(world, asked, world.at) {
        return Ok(());
    }
    let step = STEP_MINUTES * 60;
    let first = Timestamp::from_second((world.at.as_second() / step + 1) * step).expect("a near time");
    let steps = (0..15 * 24 * 60 / STEP_MINUTES).map(|step| first + (step * STEP_MINUTES).minutes());
    let next = steps.into_iter().find(|at| shows(world, asked, *at));
    let end = promotion.expires_at.map(|end| end.as_end(&world.zone).expect("a near day"));
    let in_time = next.filter(|next| end.is_none_or(|end| *next < end));
    Err(in_time.map(|starts_at| Refusal::NotStarted { starts_at }))
}

/// Whether the clock shows a minute that belongs to one of the days: counted from that day's midnight, it may be one
/// of the next day.
fn shows(world: &World<'_>, asked: &Weekly, at: Timestamp) -> bool {
    let clock = at.to_zoned(world.zone.clone());
    let today = i32::from(clock.weekday().to_monday_zero_offset());
    let now = i32::from(clock.hour()) * 60 + i32::from(clock.minute());
    let from = asked.from.map_or(0, minutes);
    let until = asked.until.map_or(24 * 60, minutes);
    let until = if until <= from { until + 24 * 60 } else { until };
    let is_meant = |(_, day): &(i32, _)| asked.days.is_empty() || asked.days.contains(day);
    (0..).zip(DAYS).filter(is_meant).any(|(day, _)| {
        let since_midnight = (today - day).rem_euclid(7) * 24 * 60 + now;
        from <= since_midnight && since_midnight < until
    })
}

fn minutes(time: TimeOfDay) -> i32 {
    let text = time.to_string();
    let (hours, minutes) = text.split_once(':').expect("hours and minutes");
    hours.parse::<i32>().expect("hours") * 60 + minutes.parse::<i32>().expect("minutes")
}
