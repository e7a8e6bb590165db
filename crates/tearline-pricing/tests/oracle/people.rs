//! Whether the buyer is among those whom a condition asks for.

use tearline_pricing::cart::Customer;
use tearline_pricing::conditions::OrderNumber;
use tearline_pricing::refusal::Refusal;

use super::world::World;

/// Whoever buys; the shop must know them.
pub(crate) fn buyer<'a>(world: &World<'a>) -> Result<&'a Customer, Refusal> {
    world.cart.customer.as_ref().ok_or(Refusal::IdentifyFirst)
}

/// Whether the buyer is one of some people.
pub(crate) fn is_one(world: &World<'_>, of: impl Fn(&Customer) -> bool) -> Result<(), Refusal> {
    if of(buyer(world)?) { Ok(()) } else { Err(Refusal::NotARecipient) }
}

/// Whether the order would be one of those that are asked for.
pub(crate) fn is_number(world: &World<'_>, asked: &OrderNumber) -> bool {
    let number = world.facts.orders + 1;
    let (from, to, every) = (asked.from.unwrap_or(1), asked.to.map(u64::from), asked.every.unwrap_or(1));
    u64::from(from) <= number && to.is_none_or(|to| number <= to) && number.is_multiple_of(every.into())
}

/// The midnights between the last order and now.
pub(crate) fn days_since_order(world: &World<'_>) -> Option<usize> {
    let day = |at: jiff::Timestamp| at.to_zoned(world.zone.clone()).date();
    let (last, today) = (day(world.facts.last_order_at?), day(world.at));
    let days = std::iter::successors(Some(last), |day| day.tomorrow().ok());
    Some(days.take_while(|day| *day < today).count())
}
