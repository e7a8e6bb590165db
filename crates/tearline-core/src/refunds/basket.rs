//! The cart as it is after refunds, and its price as of the order.

use tearline_pricing::cart::Cart;
use tearline_pricing::cart::check::CartFault;
use tearline_pricing::cart::edit::{Edit, edit};
use tearline_pricing::quote::{Expand, Quote};

use super::Order;
use super::statement::Remains;

/// The order's cart with no more than the units that remain.
pub(super) fn basket(order: &Order<'_>, remains: &Remains) -> Cart {
    let mut cart = order.cart.clone();
    for line in &order.cart.lines {
        let left = u32::try_from(remains.units(&line.id).len()).unwrap_or(u32::MAX);
        let units = line.quantity.saturating_sub(left);
        if units > 0 {
            let lower = Edit::Lower { line: line.id.clone(), units };
            cart = edit(cart, lower).expect("a line can be lowered by units that it has");
        }
    }
    cart
}

/// Prices what is left of the order's cart.
pub(super) fn price(order: &Order<'_>, cart: &Cart, trace: bool) -> Quote {
    try_price(order, cart, trace).expect("what is left of a cart that could be priced can be priced")
}

/// Prices a cart at the order's own instant, terms and facts.
pub(super) fn try_price(order: &Order<'_>, cart: &Cart, trace: bool) -> Result<Quote, Vec<CartFault>> {
    let expand = Expand { units: true, trace };
    tearline_pricing::price(cart, order.snapshot, order.facts, order.at, expand)
}
