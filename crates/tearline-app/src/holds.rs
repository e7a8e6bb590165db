//! Keeping a cart's claims for its buyer until they have paid.

use tearline_core::ledger::{Answer, CartId, Command, Extend, Hold, MakeHold, Release};
use tearline_core::names::ShopId;
use tearline_pricing::cart::Cart;

use crate::App;
use crate::ledger::{ATTEMPTS, Caller, LedgerError, expect_at_most};
use crate::shops::renamed;

/// How long a hold lasts unless it says otherwise: 15 minutes.
pub const TTL_S: u32 = 15 * 60;
/// The longest hold: a day.
pub const TTL_S_MAX: u32 = 24 * 60 * 60;

/// A hold that is asked for.
#[derive(Debug, Clone)]
pub struct NewHold {
    /// The shop's name for the cart.
    pub cart_id: CartId,
    /// The cart.
    pub cart: Cart,
    /// How long it is to hold, in seconds.
    pub ttl_s: u32,
    /// The most that it may cost, in minor units: what the buyer was told.
    pub expected: Option<i64>,
}

/// Holds what a cart claims, and freezes its price. The cart's own earlier hold is replaced.
///
/// # Errors
///
/// What is wrong with the cart; it costs more than expected; or others were always faster.
pub async fn make(app: &App, caller: &Caller, new: &NewHold) -> Result<Box<Hold>, LedgerError> {
    let identified = app.identified(&caller.shop, &new.cart).await?;
    let renamed = renamed(identified, |cart| NewHold { cart, ..new.clone() });
    let new = renamed.as_ref().unwrap_or(new);
    for _ in 0..ATTEMPTS {
        let command = match priced(app, &caller.shop, new).await {
            Ok(command) => command,
            Err(refusal) => return recalled(app, caller, refusal).await,
        };
        match app.ask(caller, command).await? {
            Answer::Held { hold } => return Ok(hold),
            Answer::Moved => app.catch_up(&caller.shop).await?,
            Answer::KeyReused => return Err(LedgerError::KeyReused),
            other => unreachable!("a hold is never answered with {other:?}"),
        }
    }
    Err(LedgerError::Contended)
}

/// The hold that was made when the same request came before, whatever the cart would cost today.
async fn recalled(app: &App, caller: &Caller, refusal: LedgerError) -> Result<Box<Hold>, LedgerError> {
    if caller.once.is_none() {
        return Err(refusal);
    }
    match app.ask(caller, Command::Recall).await? {
        Answer::Held { hold } => Ok(hold),
        Answer::KeyReused => Err(LedgerError::KeyReused),
        _ => Err(refusal),
    }
}

async fn priced(app: &App, shop: &ShopId, new: &NewHold) -> Result<Command, LedgerError> {
    let offer = app.offer(shop, &new.cart, Some(&new.cart_id)).await?;
    expect_at_most(new.expected, &offer.quote)?;
    Ok(Command::Hold(Box::new(MakeHold {
        cart: new.cart_id.clone(),
        customer: new.cart.customer.as_ref().map(|customer| customer.id.clone()),
        ttl_s: new.ttl_s,
        claims: offer.claims,
        orders_read: offer.orders_read,
        priced: offer.priced,
    })))
}

/// Lets a hold last so many seconds from now, if that is longer than it does.
///
/// # Errors
///
/// There is no hold, or its time is over.
pub async fn extend(app: &App, caller: &Caller, cart: CartId, ttl_s: u32) -> Result<Box<Hold>, LedgerError> {
    match app.ask(caller, Command::Extend(Extend { cart, ttl_s })).await? {
        Answer::Held { hold } => Ok(hold),
        Answer::KeyReused => Err(LedgerError::KeyReused),
        _ => Err(LedgerError::NoHold),
    }
}

/// Gives back what a cart holds, if anything.
///
/// # Errors
///
/// The store failed.
pub async fn release(app: &App, caller: &Caller, cart: CartId) -> Result<(), LedgerError> {
    match app.ask(caller, Command::Release(Release { cart })).await? {
        Answer::KeyReused => Err(LedgerError::KeyReused),
        _ => Ok(()),
    }
}

/// A cart's hold, if it still holds.
///
/// # Errors
///
/// There is none.
pub async fn get(app: &App, shop: &ShopId, cart: &CartId) -> Result<Hold, LedgerError> {
    let hold = app.store.hold(shop, cart).await?;
    hold.filter(|hold| hold.is_live(app.clock.now())).ok_or(LedgerError::NoHold)
}
