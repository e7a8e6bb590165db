//! What has become of codes, and changing many at once.

use jiff::Timestamp;
use tearline_core::codes::CouldBe;
use tearline_core::ledger::{Amend, Answer, Code, CodeChange, CodeFilter, Command, PoolId, When, match_key};
use tearline_core::names::ShopId;
use tearline_pricing::cart::Cart;
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{CodeAnswer, Expand};
use tearline_pricing::when::Window;
use tearline_store::Asker;
pub use tearline_store::{ActivityId, Logged};

use crate::ledger::{Caller, LedgerError};
use crate::pools::{PoolError, look_up};
use crate::quotes::QuoteError;
use crate::shops::Configured;
use crate::{App, quotes};

/// How many codes one transaction looks at: few enough that orders get their turn in between.
const CODES_AT_ONCE: u32 = 500;

/// How many codes one request looks at.
pub const CODES_PER_REQUEST: u32 = 10_000;

/// Everything that there is to say about a code that somebody entered.
#[derive(Debug)]
pub struct Checked {
    /// What it is.
    pub found: Found,
    /// The promotion that it unlocks.
    pub promotion: Option<PromotionId>,
    /// From when until when it may be used, by its own terms and by those of its promotion.
    pub window: Window,
    /// Whether its promotion applies at all now: it is there, and not paused.
    pub is_live: bool,
    /// What became of it in the cart, where one was given.
    pub in_cart: Option<CodeAnswer>,
}

/// What a code is that somebody entered.
#[derive(Debug)]
pub enum Found {
    /// A unique code.
    Unique {
        /// Its row.
        code: Box<Code>,
        /// Until when a cart holds it.
        held_until: Option<Timestamp>,
    },
    /// The code of a promotion.
    Coupon,
    /// Nothing, but it looks like a code that a pool makes, with a mistake.
    TypingError,
    /// Nothing.
    Unknown,
}

/// Why a code could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// What is wrong with the cart.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// The ledger could not be asked.
    #[error(transparent)]
    Pool(#[from] PoolError),
}

/// Checks a code: what it is, until when it may be used, and, for a cart, whether and why not.
///
/// # Errors
///
/// What is wrong with the cart.
pub async fn check(
    app: &App,
    shop: &ShopId,
    entered: &str,
    cart: Option<Cart>,
) -> Result<Checked, CheckError> {
    let configured = app.configured(shop).await.map_err(PoolError::from)?;
    let found = find(app, shop, entered, &configured).await?;
    let (promotion, own) = match &found {
        Found::Unique { code, .. } => (
            configured.pools.get(&code.id.pool).and_then(|pool| pool.promotion.clone()),
            own_window(code, &configured),
        ),
        Found::Coupon => (configured.snapshot.promotion_of(entered).cloned(), Window::default()),
        Found::TypingError | Found::Unknown => (None, Window::default()),
    };
    let live = promotion.as_ref().and_then(|promotion| configured.snapshot.window(promotion));
    let in_cart = match cart {
        Some(cart) => answer_in(app, shop, entered, cart).await?,
        None => None,
    };
    Ok(Checked {
        found,
        window: live.map_or(own, |live| own.and(live)),
        is_live: promotion.as_ref().is_some_and(|promotion| configured.snapshot.is_live(promotion)),
        promotion,
        in_cart,
    })
}

async fn find(app: &App, shop: &ShopId, entered: &str, configured: &Configured) -> Result<Found, PoolError> {
    if configured.snapshot.is_coupon(entered) {
        return Ok(Found::Coupon);
    }
    match app.store.code(shop, entered).await? {
        Some(code) => {
            let nobody = Asker::default();
            let held = app.store.code_held(shop, &code.id, &nobody, app.clock.now()).await?;
            Ok(Found::Unique { code: Box::new(code), held_until: held.until })
        }
        None if is_typing_error(entered, configured) => Ok(Found::TypingError),
        None => Ok(Found::Unknown),
    }
}

/// Whether it looks like a code that a pool makes, and like none that one could have made.
fn is_typing_error(entered: &str, configured: &Configured) -> bool {
    let forms = configured.pools.values().filter_map(|pool| pool.makes.as_ref());
    let told: Vec<CouldBe> = forms.map(|form| form.could_be(entered)).collect();
    told.contains(&CouldBe::TypingError) && !told.contains(&CouldBe::Yes)
}

fn own_window(code: &Code, configured: &Configured) -> Window {
    let starts_at = code.starts_at.and_then(|start| start.as_start(configured.snapshot.zone()).ok());
    Window { starts_at, ends_at: code.ends_at }
}

async fn answer_in(
    app: &App,
    shop: &ShopId,
    entered: &str,
    mut cart: Cart,
) -> Result<Option<CodeAnswer>, QuoteError> {
    let is_it = |code: &str| code == entered || match_key(code) == match_key(entered);
    if !cart.codes.iter().any(|code| is_it(code)) {
        cart.codes.push(entered.trim().into());
    }
    let quote = quotes::price(app, shop, &cart, Expand::default()).await?;
    Ok(quote.codes.into_iter().find(|answer| is_it(&answer.code)))
}

/// What has happened to a code, the newest first.
///
/// # Errors
///
/// There is no such code.
pub async fn timeline(
    app: &App,
    shop: &ShopId,
    entered: &str,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, PoolError> {
    let code = look_up(app, shop, entered).await?;
    Ok(app.store.activities_of_code(shop, &code.id, before, limit).await?)
}

/// What changing codes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amended {
    /// How many were changed.
    pub changed: u64,
    /// The serial behind which to go on; none if every code was looked at.
    pub next: Option<u64>,
}

/// What is to become of codes.
#[derive(Debug, Clone)]
pub enum Change {
    /// They hold no more.
    Withdraw {
        /// Why.
        why: String,
    },
    /// They may be used longer.
    Extend {
        /// Until when; absent = as long as their promotion.
        until: Option<When>,
    },
}

/// Changes those of a pool's codes that a filter picks: of [`CODES_PER_REQUEST`] at most behind a serial. Doing it
/// twice is doing it once.
///
/// # Errors
///
/// There is no such pool.
pub async fn amend(
    app: &App,
    caller: &Caller,
    pool: &PoolId,
    after: u64,
    filter: &CodeFilter,
    change: &Change,
) -> Result<Amended, PoolError> {
    let configured = app.configured(&caller.shop).await?;
    if !configured.pools.contains_key(pool) {
        return Err(PoolError::NoPool(pool.clone()));
    }
    let change = change.in_zone(&configured);
    let mut so_far = Amended { changed: 0, next: Some(after) };
    for _ in 0..CODES_PER_REQUEST / CODES_AT_ONCE {
        let Some(after) = so_far.next else { break };
        let amend = Amend {
            pool: pool.clone(),
            after,
            look_at: CODES_AT_ONCE,
            filter: filter.clone(),
            change: change.clone(),
        };
        let unnamed = Caller { once: None, ..caller.clone() };
        let answer = app.ask(&unnamed, Command::Amend(Box::new(amend))).await?;
        let Answer::Amended { changed, next } = answer else {
            unreachable!("codes are never changed with the answer {answer:?}")
        };
        so_far = Amended { changed: so_far.changed + changed, next };
    }
    Ok(so_far)
}

/// Lets one code be used longer.
///
/// # Errors
///
/// There is no such code.
pub async fn extend(
    app: &App,
    caller: &Caller,
    entered: &str,
    until: Option<When>,
) -> Result<Code, PoolError> {
    let code = look_up(app, &caller.shop, entered).await?;
    let configured = app.configured(&caller.shop).await?;
    let amend = Amend {
        pool: code.id.pool.clone(),
        after: code.id.serial - 1,
        look_at: 1,
        filter: CodeFilter { last: Some(code.id.serial), ..CodeFilter::default() },
        change: Change::Extend { until }.in_zone(&configured),
    };
    match app.ask(caller, Command::Amend(Box::new(amend))).await? {
        Answer::KeyReused => Err(LedgerError::KeyReused.into()),
        _ => look_up(app, &caller.shop, entered).await,
    }
}

impl Change {
    fn in_zone(&self, configured: &Configured) -> CodeChange {
        match self {
            Self::Withdraw { why } => CodeChange::Withdraw { why: why.clone() },
            Self::Extend { until } => CodeChange::Extend {
                expires_at: *until,
                ends_at: until.and_then(|until| until.as_end(configured.snapshot.zone()).ok()),
            },
        }
    }
}
