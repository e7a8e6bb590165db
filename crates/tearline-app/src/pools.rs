//! Filling pools, counting their codes, and withdrawing them.

use tearline_core::ledger::{Answer, Code, Command, PoolId, Withdraw};
use tearline_core::names::ShopId;
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
    /// It is put away: nothing is drawn from it and nothing added.
    #[error("pool `{0}` is archived")]
    Archived(PoolId),
    /// Who may be given one code must be named.
    #[error("whoever gets one code only, or theirs again, must be named")]
    NeedsCustomer {
        /// The place of the code that is wanted.
        place: usize,
    },
    /// There are too few codes to set aside.
    #[error("{short} codes are missing: {available} are left that nobody has and nobody reserved")]
    Short {
        /// How many could be.
        available: u64,
        /// How many more are needed.
        short: u64,
    },
    /// Another number of codes was reserved under this key.
    #[error("another number of codes was reserved under this key")]
    ReservedOther,
    /// There is no such reservation, or it was given back.
    #[error("there is no such reservation, or it was given back")]
    NoReservation,
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
    let document = configured.pool(pool)?;
    if document.makes.is_some() {
        return Err(PoolError::MakesItsOwn(pool.clone()));
    }
    if document.archived {
        return Err(PoolError::Archived(pool.clone()));
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
    let document = configured.pool(pool)?;
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
