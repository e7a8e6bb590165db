//! Keeping what a cart claims for its buyer, for a time.

use jiff::Timestamp;
use tearline_pricing::names::{CartId, CustomerId};

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::rows::{Hold, Priced, Taken};
use super::take::Taker;

/// Asks for a hold. The cart's own earlier hold is replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeHold {
    /// The cart.
    pub cart: CartId,
    /// Who buys.
    pub customer: Option<CustomerId>,
    /// How long it is to hold, in whole seconds.
    pub ttl_s: u32,
    /// What to keep.
    pub claims: Vec<Taken>,
    /// How many orders of the customer the price depended on.
    pub orders_read: Option<u64>,
    /// The price to freeze.
    pub priced: Priced,
}

pub(super) fn hold(books: &mut Books, by: &str, make: &MakeHold) -> Result<Answer, Missing> {
    books.holds.get(&make.cart)?;
    let has_moved = make.priced.config_version != books.config_version
        || books.orders_moved(make.customer.as_ref(), make.orders_read)?;
    let taker = Taker { cart: Some(&make.cart), customer: make.customer.as_ref(), by };
    if has_moved || !books.make_room(&make.claims, taker)? {
        return Ok(Answer::Moved);
    }
    let ends_at = ends_at(books.now, make.ttl_s);
    books.add_held(&make.claims, ends_at)?;
    let hold = Hold {
        cart: make.cart.clone(),
        customer: make.customer.clone(),
        made_at: books.now,
        ends_at,
        claims: make.claims.clone(),
        priced: make.priced.clone(),
    };
    books.holds.put(make.cart.clone(), hold.clone());
    books.tidy_hold(ends_at);
    let what = Happened::Held { cart: make.cart.clone() };
    books.happen_to(by, make.customer.as_ref(), &make.claims, what);
    Ok(Answer::Held { hold: Box::new(hold) })
}

/// The instant so many seconds later; at the end of the calendar its last.
pub(super) fn ends_at(now: Timestamp, ttl_s: u32) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(ttl_s.into())).unwrap_or(Timestamp::MAX)
}

impl Books {
    /// Whether a customer has placed another number of orders than was read.
    pub(super) fn orders_moved(
        &self,
        customer: Option<&CustomerId>,
        read: Option<u64>,
    ) -> Result<bool, Missing> {
        let (Some(customer), Some(read)) = (customer, read) else { return Ok(false) };
        Ok(self.customers.get(customer)?.map_or(0, |buyer| buyer.orders) != read)
    }
}
