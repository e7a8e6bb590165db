//! Drawing codes from pools, setting them aside, and hearing of those that were redeemed elsewhere.

use jiff::{Timestamp, ToSpan};
use tearline_core::ledger::{
    Answer, Code, Command, CustomerId, Draw, DrawFallback, Drew, GiveBack, Makes, OrderId, PoolId,
    RedeemedOutside, Report, ReportId, Reservation, ReservationId, Reserve, Terms, Wanted, When,
};
use tearline_core::names::ShopId;
use tearline_core::pool::{Binding, Fallback, Pool, RedeemedBy, Reuse, WhenEmpty};
use tearline_pricing::snapshot::Snapshot;
pub use tearline_store::{ActivityId, Logged};

use crate::App;
use crate::ledger::{Caller, LedgerError};
use crate::pools::PoolError;
use crate::shops::Configured;

/// Codes that are to be drawn from a pool.
#[derive(Debug, Clone)]
pub struct NewDraws {
    /// For whom, and for what.
    pub wanted: Vec<WantedCode>,
    /// The reservation that they use.
    pub reservation: Option<String>,
}

/// A code that is to be drawn.
#[derive(Debug, Clone)]
pub struct WantedCode {
    /// For what: the same key always draws the same code.
    pub key: String,
    /// To whom it is given.
    pub customer: Option<CustomerId>,
    /// What they get if they were given one before; absent = as the pool says.
    pub reuse: Option<Reuse>,
    /// Whether they get another one, though they have one.
    pub another: bool,
}

/// What came of draws.
#[derive(Debug, Clone)]
pub struct Draws {
    /// Of each, in order.
    pub draws: Vec<Drew>,
    /// What is to happen with a message for which there was none.
    pub when_empty: &'static str,
}

/// Draws codes, all in one step. The same key always draws the same code.
///
/// # Errors
///
/// There is no such pool, or no such reservation; nobody says to whom a code is given that may be given once; or the
/// pool has ended or is put away, and no key has drawn before.
pub async fn draw(app: &App, caller: &Caller, pool: &PoolId, new: NewDraws) -> Result<Draws, PoolError> {
    let configured = app.configured(&caller.shop).await?;
    let document = configured.pool(pool)?;
    let now = app.clock.now();
    let closed = closed(pool, document, &configured.snapshot, now);
    let wanted = new.wanted.into_iter().enumerate().map(|(place, wanted)| wanted.by(document, place));
    let draw = Draw {
        pool: pool.clone(),
        wanted: wanted.collect::<Result<_, _>>()?,
        terms: terms(document, &configured.snapshot, now),
        fallback: fallback(document, &configured, now),
        reservation: new.reservation,
        is_closed: closed.is_some(),
    };
    match app.ask(caller, Command::Draw(Box::new(draw))).await? {
        Answer::Drawn { draws } => match closed {
            Some(closed) if !draws.iter().any(Drew::is_given) => Err(closed),
            _ => Ok(Draws { draws, when_empty: document.when_empty.as_str() }),
        },
        Answer::NoReservation => Err(PoolError::NoReservation),
        Answer::KeyReused => Err(LedgerError::KeyReused.into()),
        other => unreachable!("a draw is never answered with {other:?}"),
    }
}

impl WantedCode {
    /// What is wanted, by the policy of the pool.
    fn by(self, pool: &Pool, place: usize) -> Result<Wanted, PoolError> {
        let policy = pool.reuse.asked(self.reuse);
        let reuse = if self.another && policy != Reuse::Once { Reuse::PerMessage } else { policy };
        if reuse != Reuse::PerMessage && self.customer.is_none() {
            return Err(PoolError::NeedsCustomer { place });
        }
        Ok(Wanted { key: self.key, customer: self.customer, reuse })
    }
}

/// Why nothing new is drawn from a pool, if so.
fn closed(id: &PoolId, pool: &Pool, snapshot: &Snapshot, now: Timestamp) -> Option<PoolError> {
    if pool.archived {
        return Some(PoolError::Archived(id.clone()));
    }
    has_ended(pool, snapshot, now).then(|| PoolError::Ended { pool: id.clone() })
}

/// Whether its codes can no longer be used.
fn has_ended(pool: &Pool, snapshot: &Snapshot, now: Timestamp) -> bool {
    match &pool.promotion {
        Some(promotion) => snapshot.window(promotion).is_some_and(|window| window.is_over(now)),
        None => pool.ends_at.and_then(|end| end.as_end(snapshot.zone()).ok()).is_some_and(|end| end <= now),
    }
}

fn terms(pool: &Pool, snapshot: &Snapshot, now: Timestamp) -> Terms {
    let expires_at = expires_at(pool, snapshot, now);
    Terms {
        makes: makes(pool),
        expires_at,
        ends_at: expires_at.and_then(|end| end.as_end(snapshot.zone()).ok()),
        is_bound: pool.binding == Binding::Assignee,
        low: pool.low.clone(),
    }
}

fn makes(pool: &Pool) -> Option<Makes> {
    let makes = |form| Makes { form, fresh_key: rand::random::<[u8; 16]>().into() };
    pool.makes.clone().map(makes)
}

/// So many calendar days from now, at the same local time.
fn expires_at(pool: &Pool, snapshot: &Snapshot, now: Timestamp) -> Option<When> {
    let days = i64::from(pool.valid_days?);
    let end = snapshot.local(now).datetime().checked_add(days.days()).ok()?;
    Some(When::Local(end))
}

/// Where codes come from once there are none. A pool from which nothing is drawn any more helps nobody.
fn fallback(pool: &Pool, configured: &Configured, now: Timestamp) -> Option<DrawFallback> {
    let WhenEmpty::Fallback(fallback) = &pool.when_empty else { return None };
    match fallback {
        Fallback::Code(code) => Some(DrawFallback::Text(code.trim().to_owned())),
        Fallback::Pool(id) => {
            let other = configured.pools.get(id)?;
            let is_open = closed(id, other, &configured.snapshot, now).is_none();
            let terms = || Box::new(terms(other, &configured.snapshot, now));
            is_open.then(|| DrawFallback::Pool(id.clone(), terms()))
        }
    }
}

impl Configured {
    /// The document of a pool.
    pub(crate) fn pool(&self, id: &PoolId) -> Result<&Pool, PoolError> {
        self.pools.get(id).ok_or_else(|| PoolError::NoPool(id.clone()))
    }
}

/// The code of a pool that a customer was given last and may still use. Nothing is given.
///
/// # Errors
///
/// There is no such pool, or they have none.
pub async fn assigned(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    customer: &CustomerId,
) -> Result<Code, PoolError> {
    let configured = app.configured(shop).await?;
    let (document, now) = (configured.pool(pool)?, app.clock.now());
    if has_ended(document, &configured.snapshot, now) {
        return Err(PoolError::NoCode);
    }
    app.store.assigned_code(shop, pool, customer, now).await?.ok_or(PoolError::NoCode)
}

/// Codes that were set aside, and whether they had been before.
#[derive(Debug, Clone)]
pub struct Reserved {
    /// The reservation.
    pub reservation: Box<Reservation>,
    /// Whether the same had been asked before.
    pub again: bool,
}

/// Sets codes of a pool aside: all of them or none.
///
/// # Errors
///
/// There is no such pool, it is closed, it has too few, or another number was reserved under this key.
pub async fn reserve(
    app: &App,
    caller: &Caller,
    pool: &PoolId,
    key: &str,
    codes: u64,
) -> Result<Reserved, PoolError> {
    let configured = app.configured(&caller.shop).await?;
    let document = configured.pool(pool)?;
    if let Some(closed) = closed(pool, document, &configured.snapshot, app.clock.now()) {
        return Err(closed);
    }
    let reserve = Reserve { id: ReservationId::new(pool, key), codes, makes: makes(document) };
    match app.ask(caller, Command::Reserve(Box::new(reserve))).await? {
        Answer::Reserved { reservation, again } => Ok(Reserved { reservation, again }),
        Answer::Short { available, short } => Err(PoolError::Short { available, short }),
        Answer::KeyReused => Err(LedgerError::KeyReused.into()),
        _ => Err(PoolError::ReservedOther),
    }
}

/// Gives back what is left of a reservation; doing it twice is doing it once.
///
/// # Errors
///
/// There is none.
pub async fn give_back(app: &App, caller: &Caller, id: ReservationId) -> Result<Box<Reservation>, PoolError> {
    match app.ask(caller, Command::GiveBack(GiveBack { id })).await? {
        Answer::GivenBack { reservation } => Ok(reservation),
        Answer::KeyReused => Err(LedgerError::KeyReused.into()),
        _ => Err(PoolError::NoReservation),
    }
}

/// Codes that were set aside.
///
/// # Errors
///
/// There is no such reservation.
pub async fn reservation(app: &App, shop: &ShopId, id: &ReservationId) -> Result<Reservation, PoolError> {
    app.store.reservation(shop, id).await?.ok_or(PoolError::NoReservation)
}

/// A redemption in another shop.
#[derive(Debug, Clone)]
pub struct Told {
    /// The code, as it was entered.
    pub code: String,
    /// The other shop's name for the order.
    pub order: OrderId,
    /// Who bought.
    pub customer: Option<CustomerId>,
    /// When.
    pub at: Option<Timestamp>,
}

/// What became of a redemption that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is counted.
    New,
    /// It had been told before.
    Again,
    /// No pool has the code.
    Unknown,
    /// The code is redeemed here, by orders.
    RedeemedHere,
}

/// Takes in what was redeemed in other shops, all in one step. What is told twice counts once.
///
/// # Errors
///
/// The ledger could not be asked.
pub async fn report(app: &App, caller: &Caller, told: Vec<Told>) -> Result<Vec<Heard>, PoolError> {
    let configured = app.configured(&caller.shop).await?;
    let mut heard = Vec::with_capacity(told.len());
    let mut redeemed = Vec::new();
    for Told { code, order, customer, at } in told {
        let found = app.store.code(&caller.shop, &code).await?;
        let is_outside = |code: &Code| {
            let pool = configured.pools.get(&code.id.pool);
            pool.is_some_and(|pool| pool.redeemed_by == RedeemedBy::Outside)
        };
        heard.push(match found {
            None => Heard::Unknown,
            Some(code) if !is_outside(&code) => Heard::RedeemedHere,
            Some(code) => {
                redeemed.push(RedeemedOutside { id: ReportId { code: code.id, order }, customer, at });
                Heard::New
            }
        });
    }
    if redeemed.is_empty() {
        return Ok(heard);
    }
    match app.ask(caller, Command::Report(Report { redeemed })).await? {
        Answer::Reported { again } => {
            let counted = heard.iter_mut().filter(|heard| **heard == Heard::New);
            counted.zip(again).filter(|(_, again)| *again).for_each(|(heard, _)| *heard = Heard::Again);
            Ok(heard)
        }
        Answer::KeyReused => Err(LedgerError::KeyReused.into()),
        other => unreachable!("a report is never answered with {other:?}"),
    }
}

/// What has happened to a pool as a whole, the newest first.
///
/// # Errors
///
/// There is no such pool.
pub async fn activities(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, PoolError> {
    app.configured(shop).await?.pool(pool)?;
    Ok(app.store.activities_of_pool(shop, pool, before, limit).await?)
}
