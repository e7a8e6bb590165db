//! Placing an order: what was claimed is used.

use tearline_pricing::names::{CartId, CustomerId, OrderId};

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::rows::{Buyer, Claimed, Order, OrderState, Priced, Taken};
use super::take::Taker;

/// Asks for an order to be placed.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The caller's name for the order.
    pub order: OrderId,
    /// A hash of the whole request.
    pub fingerprint: String,
    /// The cart that becomes the order; its hold ends.
    pub cart: Option<CartId>,
    /// Who buys.
    pub customer: Option<CustomerId>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Whether the price is the one that the cart's hold froze, which must still hold.
    pub is_held: bool,
    /// How many orders of the customer the price depended on.
    pub orders_read: Option<u64>,
    /// What the order takes.
    pub claims: Vec<Taken>,
    /// Its price.
    pub priced: Priced,
}

pub(super) fn place(books: &mut Books, by: &str, place: &Place) -> Result<Answer, Missing> {
    if let Some(order) = books.orders.get(&place.order)? {
        let is_same = order.fingerprint == place.fingerprint;
        let placed = || Answer::Placed { order: Box::new(order.clone()), again: true };
        return Ok(if is_same { placed() } else { Answer::OrderIdTaken });
    }
    let taker = Taker { cart: place.cart.as_ref(), customer: place.customer.as_ref(), by };
    if has_moved(books, place)? || !books.make_room(&place.claims, taker)? {
        return Ok(Answer::Moved);
    }
    books.use_claims(&place.claims, 1)?;
    books.count_order(place)?;
    for claim in &place.claims {
        if let Claimed::Code(code) = &claim.of {
            books.watch(by, &code.pool)?;
        }
    }
    let order = Order {
        id: place.order.clone(),
        fingerprint: place.fingerprint.clone(),
        customer: place.customer.clone(),
        state: OrderState::Placed,
        placed_at: books.now,
        cancelled_at: None,
        claims: place.claims.clone(),
        priced: place.priced.clone(),
        refunds: Vec::new(),
        returned: Vec::new(),
    };
    books.orders.put(place.order.clone(), order.clone());
    let what = Happened::OrderPlaced { order: place.order.clone() };
    books.happen_to(by, place.customer.as_ref(), &place.claims, what);
    Ok(Answer::Placed { order: Box::new(order), again: false })
}

/// Whether something else holds than what the order was priced with. What a live hold froze stands, but for which
/// order of the customer it was for.
fn has_moved(books: &Books, place: &Place) -> Result<bool, Missing> {
    let hold = place.cart.as_ref().map(|cart| books.live_hold(cart)).transpose()?.flatten();
    let is_outdated = if place.is_held {
        !hold.is_some_and(|hold| hold.priced == place.priced)
    } else {
        place.priced.config_version != books.config_version
    };
    Ok(is_outdated || books.orders_moved(place.customer.as_ref(), place.orders_read)?)
}

impl Books {
    fn count_order(&mut self, place: &Place) -> Result<(), Missing> {
        let Some(customer) = &place.customer else { return Ok(()) };
        let buyer = self.customers.get(customer)?.cloned().unwrap_or_default();
        let (orders, email) = (buyer.orders + 1, place.email.clone().or(buyer.email));
        self.customers.put(customer.clone(), Buyer { orders, last_order_at: Some(self.now), email });
        Ok(())
    }
}
