//! From a cart to a quote.
//!
//! The road, in order: [`resolve`] fills in what the cart leaves out; [`bulk`] takes stage 1 off; [`candidates`]
//! asks each promotion's conditions; [`choose`] tries the admissible combinations, each through the whole
//! [`pipeline`]; [`answer`] writes the best one down.

pub(crate) mod answer;
pub(crate) mod budgets;
pub(crate) mod bulk;
pub(crate) mod candidates;
pub(crate) mod choose;
pub(crate) mod hearing;
pub(crate) mod lack;
pub(crate) mod left;
pub(crate) mod limits;
pub(crate) mod pipeline;
pub(crate) mod resolve;
pub(crate) mod reward;
pub(crate) mod road;
pub(crate) mod taken;
pub(crate) mod tax;

use jiff::Timestamp;

use crate::cart::Cart;
use crate::cart::check::CartFault;
use crate::facts::Facts;
use crate::quote::{Expand, Quote};
use crate::snapshot::Snapshot;

/// Prices a cart: the same input always gives the same quote, down to the order of its parts.
///
/// `now` is the instant of the quote, unless the cart names one itself.
///
/// # Errors
///
/// Everything that is wrong with the cart, each fault with its place. A code or promotion that does not apply
/// is no error; the quote says why.
///
/// ```
/// use tearline_pricing::config::Documents;
/// use tearline_pricing::facts::Facts;
/// use tearline_pricing::quote::Expand;
/// use tearline_pricing::snapshot::Snapshot;
///
/// let mut documents = Documents::default();
/// documents.promotions.insert("tenth".into(), serde_json::from_str(r#"{
///     "codes": ["WELCOME"], "benefits": [{"percent_off": {"percent": 10}}]
/// }"#).unwrap());
/// let snapshot = Snapshot::compile(&documents, 1).unwrap();
/// let cart = serde_json::from_str(r#"{
///     "currency": "USD", "codes": ["welcome"],
///     "lines": [{"id": "print", "quantity": 3, "unit_price": 1999}]
/// }"#).unwrap();
/// let quote = tearline_pricing::price(&cart, &snapshot, &Facts::default(), jiff::Timestamp::UNIX_EPOCH, Expand::default());
/// assert_eq!(quote.unwrap().totals.due, 5_397); // 59.97 less 6.00, which is 5.997 rounded once
/// ```
pub fn price(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &Facts,
    now: Timestamp,
    expand: Expand,
) -> Result<Quote, Vec<CartFault>> {
    let mut resolved = resolve::resolve(cart, snapshot)?;
    let bulk = bulk::apply(&mut resolved, snapshot);
    let at = cart.at.unwrap_or(now);
    let case = candidates::Case { cart: &resolved, bulk: &bulk, snapshot, facts, at, resumed: None };
    let candidates = candidates::gather(&case, expand);
    let chosen = choose::best(&case, &candidates, expand);
    Ok(answer::write(&case, &candidates, &chosen, expand))
}
