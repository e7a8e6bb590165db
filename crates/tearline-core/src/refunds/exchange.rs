//! Some units go, others come, in one statement.

use serde::{Deserialize, Serialize};
use tearline_pricing::cart::check::{CartFault, FaultCode};
use tearline_pricing::cart::{Add, Cart, Line};
use tearline_pricing::quote::Quote;

use super::basket::{basket, try_price};
use super::refusal::RefundRefusal;
use super::reprice::{divide, due, settle};
use super::request::{Policy, RefundRequest, RefundShipping, RefundUnits};
use super::statement::{Remains, Statement};
use super::sum::{Payer, Payers, Sum};
use super::take::{Taken, take};
use super::{Grace, Order, budgets, remains, write};

/// What is to be exchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExchangeRequest {
    /// The units that go, at least one.
    pub units: Vec<RefundUnits>,
    /// The lines that come, under names that the order does not have. Their units count as the latest added.
    pub add: Vec<Line>,
}

/// An exchange: what is given back or to be paid, and the order as it then is.
///
/// Later refunds are made from the order with this cart and this quote, after its statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// What is given back, and what the shop holds once `to_pay` is paid.
    pub statement: Statement,
    /// What is still to be paid, with money.
    pub to_pay: Sum,
    /// The order's cart from now on.
    pub cart: Cart,
    /// Its price.
    pub quote: Quote,
}

/// Why an exchange is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeRefusal {
    /// For what goes.
    Refund(RefundRefusal),
    /// For what comes: everything that is wrong with it, by its place in the request.
    Add(Vec<CartFault>),
}

/// Exchanges units of an order for others. What the order then is, is priced at its own instant, with its own
/// configuration and facts; what was paid above that is given back as in `reprice`, and what is missing is to be
/// paid with money: a credit pays no more than it did.
///
/// # Errors
///
/// Why it is refused.
///
/// # Panics
///
/// If the quote lacks its units, or is not of this cart.
pub fn exchange(
    order: &Order<'_>,
    made: &[Statement],
    request: &ExchangeRequest,
    grace: Grace<'_>,
) -> Result<Exchange, ExchangeRefusal> {
    let held = remains(order, made);
    let asked = RefundRequest {
        units: request.units.clone(),
        shipping: RefundShipping::None,
        policy: Policy::Reprice,
    };
    let taken = take(order, made, &held, &asked).map_err(ExchangeRefusal::Refund)?;
    if taken.lines.is_empty() {
        return Err(ExchangeRefusal::Refund(RefundRefusal::NothingToRefund));
    }
    let (cart, quote) = price_with(order, &taken.rest, &request.add).map_err(ExchangeRefusal::Add)?;
    let due = due(order, made, asked.shipping, &taken, (&cart, &quote));
    let to_pay = to_pay(&held, &due);
    let held = Remains { total: [&held.total, &to_pay].into_iter().sum(), ..held };
    let rest = settle(&held, due);
    let taken = divide(&held.total.without(&rest.total), Taken { rest, ..taken });
    let budgets = budgets::exchanged(order, &quote);
    Ok(Exchange { statement: write(&asked, taken, Vec::new(), budgets, grace), to_pay, cart, quote })
}

/// What is due above what the shop holds, with so much tax as it has more.
fn to_pay(held: &Remains, due: &Remains) -> Sum {
    let total = (due.total.total() - held.total.total()).max(0);
    let tax = (due.total.tax - held.total.tax).clamp(0, total);
    Sum::of(total, tax, Payers::from([(Payer::Money, total)]))
}

/// The basket that remains with the lines that come, and its price.
fn price_with(order: &Order<'_>, rest: &Remains, add: &[Line]) -> Result<(Cart, Quote), Vec<CartFault>> {
    let known = (0..).zip(add).filter(|(_, line)| order.cart.lines.iter().any(|known| known.id == line.id));
    let known: Vec<CartFault> = known.map(|(place, line)| is_known(place, line)).collect();
    if !known.is_empty() {
        return Err(known);
    }
    let mut cart = basket(order, rest);
    let kept = cart.lines.len();
    let latest = cart.lines.iter().flat_map(|line| &line.adds).map(|add| add.seq).max();
    let seq = latest.map_or(0, |latest| latest.saturating_add(1));
    let added = |line: &Line| Line { adds: vec![Add { seq, units: line.quantity }], ..line.clone() };
    cart.lines.extend(add.iter().map(added));
    let quote = try_price(order, &cart, false).map_err(|faults| in_request(faults, kept))?;
    Ok((cart, quote))
}

fn is_known(place: usize, line: &Line) -> CartFault {
    let message = format!("the order has a line `{}` already", line.id);
    CartFault { pointer: format!("/add/{place}/id"), code: FaultCode::Duplicate, message }
}

/// Faults by their place in the request: the added lines follow those that were kept.
fn in_request(faults: Vec<CartFault>, kept: usize) -> Vec<CartFault> {
    let moved = |fault: CartFault| {
        let place =
            fault.pointer.strip_prefix("/lines/").map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        let added =
            place.and_then(|(place, field)| Some((place.parse::<usize>().ok()?.checked_sub(kept)?, field)));
        let pointer = match added {
            Some((place, "")) => format!("/add/{place}"),
            Some((place, field)) => format!("/add/{place}/{field}"),
            None => "/add".to_owned(),
        };
        CartFault { pointer, ..fault }
    };
    faults.into_iter().map(moved).collect()
}
