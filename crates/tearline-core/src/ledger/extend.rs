//! Keeping a hold longer, for slow payments.

use tearline_pricing::names::CartId;

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::hold::ends_at;
use super::rows::Hold;

/// Asks for a hold to end later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extend {
    /// The cart.
    pub cart: CartId,
    /// How long it is to hold from now on, in whole seconds; never shorter than it does.
    pub ttl_s: u32,
}

pub(super) fn extend(books: &mut Books, by: &str, extend: &Extend) -> Result<Answer, Missing> {
    let Some(hold) = books.live_hold(&extend.cart)?.cloned() else { return Ok(Answer::NoHold) };
    let hold = Hold { ends_at: hold.ends_at.max(ends_at(books.now, extend.ttl_s)), ..hold };
    books.holds.put(extend.cart.clone(), hold.clone());
    let what = Happened::HoldExtended { cart: extend.cart.clone() };
    books.happen_to(by, hold.customer.as_ref(), &hold.claims, what);
    Ok(Answer::Held { hold: Box::new(hold) })
}
