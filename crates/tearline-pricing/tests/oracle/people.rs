//! Whether the buyer is among those whom a condition asks for.

use tearline_pricing::cart::Customer;
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
