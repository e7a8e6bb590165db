//! What has become of codes, and many changed at once, as they travel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_app::codes::{ActivityId, Amended, Checked, Found, Logged};
use tearline_core::ledger::{Activity, CodeFilter, CodeId, CodeState, Happened, PoolId, When};
use tearline_pricing::cart::Cart;
use tearline_pricing::names::{CartId, CustomerId, OrderId, PromotionId};
use tearline_pricing::quote::CodeAnswer;
use tearline_pricing::when::Window;
use utoipa::ToSchema;

use crate::page::{LIMIT, LIMIT_MAX};
use crate::problem::Fault;
use crate::wire::codes::{CodeInfo, CodeStateName};

/// A code that somebody entered, and the cart in which it was to apply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckCode {
    /// The code.
    pub(crate) code: String,
    /// The cart; the code is added to it, if it is not there.
    #[serde(default)]
    pub(crate) cart: Option<Cart>,
}

/// Everything that there is to say about a code that somebody entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckedCode {
    /// What it is.
    is: CodeKind,
    /// What has become of it, where it is a unique code.
    #[serde(skip_serializing_if = "Option::is_none")]
    unique: Option<CodeInfo>,
    /// Until when a cart holds it, or one of its uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    held_until: Option<Timestamp>,
    /// The promotion that it unlocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<PromotionId>,
    /// Whether that promotion is there, and not paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion_is_live: Option<bool>,
    /// From when it may be used, by its own terms and those of its promotion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// The first instant at which it no longer may, by its own terms and those of its promotion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// What became of it in the cart, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_cart: Option<CodeAnswer>,
}

/// What a code is that somebody entered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CodeKind {
    /// A unique code of a pool.
    Unique,
    /// The code of a promotion, the same for everybody.
    Coupon,
    /// Nobody's, but it looks like a code that a pool makes, with a mistake.
    TypingError,
    /// Nobody's.
    Unknown,
}

impl From<Checked> for CheckedCode {
    fn from(checked: Checked) -> Self {
        let Checked { found, promotion, window: Window { starts_at, ends_at }, is_live, in_cart } = checked;
        let promotion_is_live = promotion.is_some().then_some(is_live);
        let (is, unique, held_until) = match found {
            Found::Unique { code, held_until } => (CodeKind::Unique, Some((*code).into()), held_until),
            Found::Coupon => (CodeKind::Coupon, None, None),
            Found::TypingError => (CodeKind::TypingError, None, None),
            Found::Unknown => (CodeKind::Unknown, None, None),
        };
        Self { is, unique, held_until, promotion, promotion_is_live, starts_at, ends_at, in_cart }
    }
}

/// A code whose past is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodePast {
    /// The code.
    pub(crate) code: String,
    /// The `next` of the page before.
    #[serde(default)]
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(crate) before: Option<String>,
    /// How many at most; 50 if absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

impl CodePast {
    /// Before which activity, and how many.
    ///
    /// # Errors
    ///
    /// What is wrong with the two.
    pub(crate) fn page(&self) -> Result<(Option<ActivityId>, u32), Box<Fault>> {
        let before = self.before.as_ref().map(|before| before.parse()).transpose();
        let before = before.map_err(|_| {
            Box::new(Fault::new("/before", "invalid", "is the `next` of the page before, as it was answered"))
        })?;
        match self.limit.unwrap_or(LIMIT) {
            limit if (1..=LIMIT_MAX).contains(&limit) => Ok((before, limit)),
            _ => Err(Box::new(Fault::new("/limit", "out_of_range", format!("is from 1 to {LIMIT_MAX}")))),
        }
    }
}

/// What has happened to a code, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeTimeline {
    /// What happened.
    data: Vec<LoggedActivity>,
    /// What to send as `before` for what happened earlier; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl CodeTimeline {
    /// A page of at most so many; `found` has one more if there are more.
    pub(crate) fn new(mut found: Vec<Logged>, limit: u32) -> Self {
        let is_last = found.len() <= limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| !is_last).map(|last| last.id.to_string());
        Self { data: found.into_iter().map(LoggedActivity::from).collect(), next }
    }
}

/// Something that has happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoggedActivity {
    /// Its name; later ones are larger.
    #[schema(example = "019aa5f0-7d1c-7e0a-9d57-3f1c2b6a8e44")]
    id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who did it.
    #[schema(example = "key:key-1f0a9c3e")]
    by: String,
    /// What, for example `order_placed`, `code_drawn` or `code_refused`.
    #[schema(example = "code_drawn")]
    activity: &'static str,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    /// In which order.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    /// In which cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_id: Option<CartId>,
    /// The unique codes that it concerns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    codes: Vec<CodePlace>,
    /// Why a code was withdrawn or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The promotion that a refused code unlocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<PromotionId>,
    /// What a quoted cart would have cost, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<i64>,
    /// Which statement of a refund, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    statement: Option<u64>,
    /// Until when a code was extended; absent if its promotion alone says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

/// A unique code, by its place: what it says stands in no list.
#[derive(Debug, Serialize, ToSchema)]
struct CodePlace {
    /// Its pool.
    #[schema(value_type = String)]
    pool: PoolId,
    /// Its number in the pool.
    serial: u64,
}

impl LoggedActivity {
    /// What to ask for next.
    pub(crate) fn cursor(&self) -> String {
        self.id.clone()
    }
}

impl From<Logged> for LoggedActivity {
    fn from(Logged { id, activity }: Logged) -> Self {
        let Activity { at, by, customer, codes, what } = activity;
        let place = |code: CodeId| CodePlace { pool: code.pool, serial: code.serial };
        let told = Self {
            id: id.to_string(),
            at,
            by,
            activity: what.name(),
            customer,
            order_id: what.order().cloned(),
            cart_id: what.cart().cloned(),
            codes: codes.into_iter().map(place).collect(),
            why: None,
            promotion: None,
            due: None,
            statement: None,
            ends_at: None,
        };
        match what {
            Happened::CodeWithdrawn { why, .. } => Self { why: Some(why), ..told },
            Happened::CodeRefused { reason, promotion, .. } => Self { why: Some(reason), promotion, ..told },
            Happened::CodeExtended { ends_at, .. } => Self { ends_at, ..told },
            Happened::CartQuoted { due, .. } => Self { due: Some(due), ..told },
            Happened::OrderRefunded { statement, .. } => Self { statement: Some(statement), ..told },
            _ => told,
        }
    }
}

/// A code that may be used longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendCode {
    /// The code.
    pub(crate) code: String,
    /// Until when; a day counts to its end. Null = as long as its promotion. A code that may be used longer already
    /// stays as it is.
    #[schema(value_type = Option<String>)]
    pub(crate) expires_at: Option<When>,
}

/// Codes of a pool that are to hold no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawCodes {
    /// Which.
    #[serde(default)]
    pub(crate) r#where: CodesWhere,
    /// Why, for whoever asks later.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) why: String,
    /// The `next` of the answer before.
    #[serde(default)]
    pub(crate) after: u64,
}

/// Codes of a pool that may be used longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendCodes {
    /// Which.
    #[serde(default)]
    pub(crate) r#where: CodesWhere,
    /// Until when; a day counts to its end. Null = as long as their promotion. Codes that may be used longer already
    /// stay as they are.
    #[schema(value_type = Option<String>)]
    pub(crate) expires_at: Option<When>,
    /// The `next` of the answer before.
    #[serde(default)]
    pub(crate) after: u64,
}

/// Picks codes that can still be used; what is left out picks all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodesWhere {
    /// From this number in the pool on.
    #[serde(default)]
    #[schema(minimum = 1)]
    from_serial: Option<u64>,
    /// Up to this number in the pool.
    #[serde(default)]
    #[schema(minimum = 1)]
    to_serial: Option<u64>,
    /// `unassigned` or `assigned` only.
    #[serde(default)]
    #[schema(value_type = Option<CodeStateName>)]
    state: Option<CodeState>,
    /// Those that were given to this customer only.
    #[serde(default)]
    customer: Option<CustomerId>,
    /// Those that were given to somebody at this instant or later only.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    assigned_from: Option<Timestamp>,
    /// Those that were given to somebody before this instant only.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    assigned_until: Option<Timestamp>,
}

impl CodesWhere {
    /// The serial behind which to begin, no earlier than where the request before has ended; and which to pick.
    pub(crate) fn filter(self, after: u64) -> (u64, CodeFilter) {
        let Self { from_serial, to_serial, state, customer, assigned_from, assigned_until } = self;
        let first = from_serial.map_or(0, |from| from.saturating_sub(1));
        let filter = CodeFilter { last: to_serial, state, customer, assigned_from, assigned_until };
        (first.max(after), filter)
    }
}

/// What changing codes came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedCodes {
    /// How many this request has changed.
    changed: u64,
    /// There are more codes to look at: ask again with this as `after`. Absent when all are done.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

impl From<Amended> for ChangedCodes {
    fn from(Amended { changed, next }: Amended) -> Self {
        Self { changed, next }
    }
}
