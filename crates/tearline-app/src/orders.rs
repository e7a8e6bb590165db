//! Placing orders and taking them back.

use tearline_core::ledger::{
    Activity, Answer, Cancel, CartId, Command, CustomerId, Hold, Order, OrderId, Place, Priced, Taken,
    UsesPolicy,
};
use tearline_core::names::ShopId;
use tearline_pricing::cart::Cart;
use tearline_pricing::names::PromotionId;

use crate::App;
use crate::ledger::{ATTEMPTS, Caller, LedgerError, Offer, expect_at_most, value};
use crate::shops::renamed;

/// An order that is to be placed.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// The shop's name for it.
    pub order_id: OrderId,
    /// A hash of the whole request: the same id with another body is another order.
    pub fingerprint: String,
    /// The cart that becomes the order, where it may have a hold.
    pub cart_id: Option<CartId>,
    /// What is ordered.
    pub cart: Cart,
    /// The most that it may cost, in minor units: what the buyer was told.
    pub expected: Option<i64>,
}

/// An order, and whether it had been placed before.
#[derive(Debug, Clone)]
pub struct PlacedOrder {
    /// The order.
    pub order: Box<Order>,
    /// Whether the same request had placed it before.
    pub again: bool,
}

/// Places an order: what the cart claims is used, all of it or nothing. A live hold of the same cart keeps the price
/// that it froze.
///
/// # Errors
///
/// What is wrong with the cart; it costs more than expected; its id belongs to another order; or others were always
/// faster.
pub async fn place(app: &App, caller: &Caller, new: &NewOrder) -> Result<PlacedOrder, LedgerError> {
    let identified = app.identified(&caller.shop, &new.cart).await?;
    let renamed = renamed(identified, |cart| NewOrder { cart, ..new.clone() });
    let new = renamed.as_ref().unwrap_or(new);
    for attempt in 0..ATTEMPTS {
        // A hold of which something was withdrawn promises nothing: it does not stand a second time, either.
        let held = if attempt == 0 { held(app, &caller.shop, new).await? } else { None };
        let place = match held {
            Some((hold, orders_read)) => held_place(new, hold, orders_read),
            None => fresh_place(app, &caller.shop, new).await?,
        };
        match app.ask(caller, Command::Place(Box::new(place))).await? {
            Answer::Placed { order, again } => return Ok(PlacedOrder { order, again }),
            Answer::Moved => app.catch_up(&caller.shop).await?,
            Answer::OrderIdTaken => return Err(LedgerError::OrderIdTaken),
            Answer::KeyReused => return Err(LedgerError::KeyReused),
            other => unreachable!("an order is never answered with {other:?}"),
        }
    }
    Err(LedgerError::Contended)
}

/// The cart's hold, if it still holds the same cart at a price that the buyer was told; and how many orders of the
/// customer that depends on, if it does.
async fn held(app: &App, shop: &ShopId, new: &NewOrder) -> Result<Option<(Hold, Option<u64>)>, LedgerError> {
    let Some(cart_id) = &new.cart_id else { return Ok(None) };
    let Some(hold) = app.store.hold(shop, cart_id).await? else { return Ok(None) };
    let is_it = hold.is_live(app.clock.now())
        && hold.priced.cart == value(&new.cart)
        && new.expected.is_none_or(|expected| hold.priced.due <= expected);
    let snapshot = app.snapshot(shop).await?;
    let given = given(&hold);
    // What its owner has taken back since is promised to nobody: the promotion, or its code.
    let stands = |(promotion, code): &(PromotionId, Option<&str>)| {
        snapshot.is_live(promotion) && code.is_none_or(|code| snapshot.unlocks(promotion, code))
    };
    if !is_it || !given.iter().all(stands) {
        return Ok(None);
    }
    let is_by_orders = given.iter().any(|(promotion, _)| snapshot.is_by_past_orders(promotion));
    let Some(customer) = hold.customer.as_ref().filter(|_| is_by_orders) else {
        return Ok(Some((hold, None)));
    };
    let read = hold.priced.facts["orders"].as_u64().unwrap_or(0);
    let stands = app.store.buyer(shop, customer).await?.orders == read;
    Ok(stands.then_some((hold, Some(read))))
}

/// The promotions that a hold promises, each with the code that unlocked it, if one did.
fn given(hold: &Hold) -> Vec<(PromotionId, Option<&str>)> {
    let applied = hold.priced.quote["promotions"].as_array().into_iter().flatten();
    applied.filter_map(|applied| Some((applied["id"].as_str()?.into(), applied["code"].as_str()))).collect()
}

fn held_place(new: &NewOrder, hold: Hold, orders_read: Option<u64>) -> Place {
    Place {
        order: new.order_id.clone(),
        fingerprint: new.fingerprint.clone(),
        cart: new.cart_id.clone(),
        customer: customer(&new.cart),
        email: new.cart.customer.as_ref().and_then(|customer| customer.email.clone()),
        is_held: true,
        orders_read,
        claims: hold.claims,
        priced: hold.priced,
    }
}

async fn fresh_place(app: &App, shop: &ShopId, new: &NewOrder) -> Result<Place, LedgerError> {
    match expected_offer(app, shop, new).await {
        Ok(Offer { priced, claims, orders_read, .. }) => Ok(not_held(new, claims, priced, orders_read)),
        // An order that was placed already is answered whatever it would cost today.
        Err(refusal) => match app.store.order(shop, &new.order_id).await? {
            Some(order) => Ok(not_held(new, order.claims, order.priced, None)),
            None => Err(refusal),
        },
    }
}

async fn expected_offer(app: &App, shop: &ShopId, new: &NewOrder) -> Result<Offer, LedgerError> {
    let offer = app.offer(shop, &new.cart, new.cart_id.as_ref()).await?;
    expect_at_most(new.expected, &offer.quote)?;
    Ok(offer)
}

fn not_held(new: &NewOrder, claims: Vec<Taken>, priced: Priced, orders_read: Option<u64>) -> Place {
    Place {
        order: new.order_id.clone(),
        fingerprint: new.fingerprint.clone(),
        cart: new.cart_id.clone(),
        customer: customer(&new.cart),
        email: new.cart.customer.as_ref().and_then(|customer| customer.email.clone()),
        is_held: false,
        orders_read,
        claims,
        priced,
    }
}

fn customer(cart: &Cart) -> Option<CustomerId> {
    cart.customer.as_ref().map(|customer| customer.id.clone())
}

/// Takes an order back as a whole; doing it twice is doing it once.
///
/// # Errors
///
/// There is no such order, or something of it was refunded.
pub async fn cancel(
    app: &App,
    caller: &Caller,
    order: OrderId,
    uses: UsesPolicy,
) -> Result<Box<Order>, LedgerError> {
    match app.ask(caller, Command::Cancel(Cancel { order, uses })).await? {
        Answer::Cancelled { order, .. } => Ok(order),
        Answer::HasRefunds => Err(LedgerError::HasRefunds),
        Answer::KeyReused => Err(LedgerError::KeyReused),
        _ => Err(LedgerError::NoOrder),
    }
}

/// An order.
///
/// # Errors
///
/// There is none.
pub async fn get(app: &App, shop: &ShopId, order: &OrderId) -> Result<Order, LedgerError> {
    app.store.order(shop, order).await?.ok_or(LedgerError::NoOrder)
}

/// What has happened to an order, the oldest first.
///
/// # Errors
///
/// There is no such order.
pub async fn activities(app: &App, shop: &ShopId, order: &OrderId) -> Result<Vec<Activity>, LedgerError> {
    get(app, shop, order).await?;
    Ok(app.store.activities_of(shop, order).await?)
}
