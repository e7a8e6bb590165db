//! Drawing codes from pools, and filling them.

use jiff::{Timestamp, ToSpan};
use tearline_core::ledger::{Answer, Code, Command, CustomerId, Draw, Makes, PoolId, When, Withdraw};
use tearline_core::names::ShopId;
use tearline_core::pool::{Pool, RedeemedBy};
use tearline_pricing::snapshot::Snapshot;
use tearline_store::StoreError;
pub use tearline_store::{Added, NewCode, PoolCounts};

use crate::ledger::{Caller, LedgerError};
use crate::{App, AppError};

/// Why a pool did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// There is no such pool.
    #[error("there is no pool `{0}`")]
    NoPool(PoolId),
    /// It has no code left.
    #[error("pool `{0}` has no code left")]
    Empty(PoolId),
    /// It has ended: nothing is drawn from it any more.
    #[error("pool `{pool}` has ended")]
    Ended {
        /// The pool.
        pool: PoolId,
    },
    /// It makes its codes itself, so that none can be added.
    #[error("pool `{0}` makes its codes itself: none can be added")]
    MakesItsOwn(PoolId),
    /// There is no such code.
    #[error("there is no such code")]
    NoCode,
    /// The ledger did not do it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<AppError> for PoolError {
    fn from(error: AppError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<StoreError> for PoolError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// A code that was drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The code.
    pub code: Box<Code>,
    /// Whether the same key had drawn it before.
    pub again: bool,
}

/// Draws a code for a customer. The same key always draws the same code.
///
/// # Errors
///
/// There is no such pool, it has ended, or it has no code left.
pub async fn draw(
    app: &App,
    caller: &Caller,
    pool: &PoolId,
    key: &str,
    customer: Option<CustomerId>,
) -> Result<Drawn, PoolError> {
    let configured = app.configured(&caller.shop).await?;
    let document = configured.pools.get(pool).ok_or_else(|| PoolError::NoPool(pool.clone()))?;
    let now = app.clock.now();
    if has_ended(document, &configured.snapshot, now) {
        return Err(PoolError::Ended { pool: pool.clone() });
    }
    let expires_at = expires_at(document, &configured.snapshot, now);
    let draw = Draw {
        pool: pool.clone(),
        key: key.to_owned(),
        customer,
        makes: document
            .makes
            .clone()
            .map(|form| Makes { form, fresh_key: rand::random::<[u8; 16]>().into() }),
        expires_at,
        ends_at: expires_at.and_then(|end| end.as_end(configured.snapshot.zone()).ok()),
    };
    match app.ask(caller, Command::Draw(Box::new(draw))).await? {
        Answer::Drawn { code, again } => Ok(Drawn { code, again }),
        Answer::KeyReused => Err(LedgerError::KeyReused.into()),
        _ => Err(PoolError::Empty(pool.clone())),
    }
}

fn has_ended(pool: &Pool, snapshot: &Snapshot, now: Timestamp) -> bool {
    let end = pool.ends_at.and_then(|end| end.as_end(snapshot.zone()).ok());
    pool.redeemed_by == RedeemedBy::Outside && end.is_some_and(|end| end <= now)
}

/// So many calendar days from now, at the same local time.
fn expires_at(pool: &Pool, snapshot: &Snapshot, now: Timestamp) -> Option<When> {
    let days = i64::from(pool.valid_days?);
    let end = snapshot.local(now).datetime().checked_add(days.days()).ok()?;
    Some(When::Local(end))
}

/// Adds codes to a pool, in their order, but for those that are somebody's already.
///
/// # Errors
///
/// There is no such pool, or it makes its codes itself.
pub async fn add(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    codes: Vec<NewCode>,
) -> Result<Vec<Added>, PoolError> {
    let configured = app.configured(shop).await?;
    let document = configured.pools.get(pool).ok_or_else(|| PoolError::NoPool(pool.clone()))?;
    if document.makes.is_some() {
        return Err(PoolError::MakesItsOwn(pool.clone()));
    }
    let zone = configured.snapshot.zone();
    let exact = !document.normalised;
    let complete = |code: NewCode| NewCode {
        exact,
        ends_at: code.expires_at.and_then(|end| end.as_end(zone).ok()),
        at: Some(app.clock.now()),
        ..code
    };
    Ok(app.store.add_codes(shop, pool, codes.into_iter().map(complete).collect()).await?)
}

/// How many codes a pool has. What is left of one that makes its codes itself is not counted.
///
/// # Errors
///
/// There is no such pool.
pub async fn counts(app: &App, shop: &ShopId, pool: &PoolId) -> Result<(PoolCounts, bool), PoolError> {
    let configured = app.configured(shop).await?;
    let document = configured.pools.get(pool).ok_or_else(|| PoolError::NoPool(pool.clone()))?;
    let counts = app.store.pool_counts(shop, pool, app.clock.now()).await?;
    Ok((counts, document.makes.is_some()))
}

/// The code that a buyer means.
///
/// # Errors
///
/// There is none.
pub async fn look_up(app: &App, shop: &ShopId, entered: &str) -> Result<Code, PoolError> {
    app.store.code(shop, entered).await?.ok_or(PoolError::NoCode)
}

/// Withdraws a code; doing it twice is doing it once.
///
/// # Errors
///
/// There is no such code.
pub async fn withdraw(app: &App, caller: &Caller, entered: &str, why: &str) -> Result<Box<Code>, PoolError> {
    let code = look_up(app, &caller.shop, entered).await?;
    let withdraw = Withdraw { code: code.id, why: why.to_owned() };
    match app.ask(caller, Command::Withdraw(withdraw)).await? {
        Answer::Withdrawn { code } => Ok(code),
        Answer::KeyReused => Err(LedgerError::KeyReused.into()),
        _ => Err(PoolError::NoCode),
    }
}
