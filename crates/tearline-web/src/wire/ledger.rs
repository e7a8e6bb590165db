//! Holds and orders as they travel, and their way from what the ledger keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tearline_app::holds::{TTL_S, TTL_S_MAX};
use tearline_core::ledger::{self, Activity, Claimed, CodeId, Happened, LimitKey, PoolId};
use tearline_pricing::cart::Cart;
use tearline_pricing::names::{CartId, CustomerId, OrderId, PromotionId};
use tearline_pricing::quote::{ClaimedLimit, Quote};
use utoipa::ToSchema;

use crate::problem::Fault;
use crate::wire::refunds::OrderStatement;

/// What the buyer was told that a cart costs.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedPrice {
    /// What was to be paid, in minor units: it may cost less, but not more.
    #[schema(example = 3600)]
    pub(crate) due: i64,
}

/// A cart that is to be held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldCart {
    /// The shop's name for the cart. A cart has one hold: a later one replaces it.
    #[schema(example = "cart-1042")]
    pub(crate) cart_id: CartId,
    /// The cart, without `at`: it is priced for now.
    pub(crate) cart: Cart,
    /// How long it is to hold, in seconds.
    #[serde(default = "ttl_s")]
    #[schema(minimum = 1, maximum = 86_400, default = 900)]
    pub(crate) ttl_s: u32,
    /// What the buyer was told; absent = whatever it costs.
    #[serde(default)]
    pub(crate) expected: Option<ExpectedPrice>,
}

/// How long a hold is to last from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendHold {
    /// How long it is to hold from now on, in seconds; it never ends sooner than before.
    #[schema(minimum = 1, maximum = 86_400, example = 1800)]
    pub(crate) ttl_s: u32,
}

/// An order that is to be placed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceOrder {
    /// The shop's name for the order.
    #[schema(example = "S-1042")]
    pub(crate) order_id: OrderId,
    /// The cart's name, if it may have a hold: that ends, and if it holds this very cart, the order keeps its price.
    #[serde(default)]
    pub(crate) cart_id: Option<CartId>,
    /// What is ordered, without `at`: it is priced for now.
    pub(crate) cart: Cart,
    /// What the buyer was told; absent = whatever it costs.
    #[serde(default)]
    pub(crate) expected: Option<ExpectedPrice>,
}

/// How an order is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelOrder {
    /// What becomes of the uses of limits; money drawn from balances and budgets always comes back.
    #[serde(default)]
    pub(crate) uses: CancelledUses,
}

/// What becomes of the uses of a cancelled order.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CancelledUses {
    /// They are free again, each in the period in which it was used: so it is if nothing is said.
    #[default]
    GiveBack,
    /// They stay used.
    Keep,
}

impl From<CancelledUses> for ledger::UsesPolicy {
    fn from(uses: CancelledUses) -> Self {
        match uses {
            CancelledUses::GiveBack => Self::GiveBack,
            CancelledUses::Keep => Self::Keep,
        }
    }
}

fn ttl_s() -> u32 {
    TTL_S
}

/// What is wrong with how long a hold is to last, if anything.
pub(crate) fn ttl_fault(ttl_s: u32) -> Option<Fault> {
    let message = format!("must be from 1 to {TTL_S_MAX}");
    (!(1..=TTL_S_MAX).contains(&ttl_s)).then(|| Fault::new("/ttl_s", "out_of_range", message))
}

/// What is wrong with a name, if anything.
pub(crate) fn name_fault(pointer: &str, fault: Option<&str>) -> Option<Fault> {
    fault.map(|fault| Fault::new(pointer, "invalid_name", fault))
}

/// What is wrong with the time of a cart that is held or ordered, if anything.
pub(crate) fn at_fault(cart: &Cart) -> Option<Fault> {
    let message = "must be absent: what is held or ordered is priced for now";
    cart.at.map(|_| Fault::new("/cart/at", "not_allowed", message))
}

/// What is taken of a limit, of a balance, or of a unique code.
#[derive(Debug, Serialize, ToSchema)]
struct LimitClaim {
    /// The promotion; absent for a unique code.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<PromotionId>,
    /// Which of its limits.
    limit: ClaimedLimit,
    /// The customer, the code, the first day of the period or the event; absent where the limit counts all alike.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(value_type = Option<String>, example = "2026-11-21")]
    of: String,
    /// The pool of a unique code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pool: Option<PoolId>,
    /// Its number in the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u64>,
    /// How much: uses, or money in minor units for a budget or a balance.
    take: i64,
}

impl From<ledger::Taken> for LimitClaim {
    fn from(taken: ledger::Taken) -> Self {
        let take = taken.take;
        match taken.of {
            Claimed::Limit(key) => {
                let of = key.counted_for().to_owned();
                let LimitKey { promotion, limit, .. } = key;
                Self { promotion: Some(promotion), limit, of, pool: None, serial: None, take }
            }
            Claimed::Code(CodeId { pool, serial }) => Self {
                promotion: None,
                limit: ClaimedLimit::PerCode,
                of: String::new(),
                pool: Some(pool),
                serial: Some(serial),
                take,
            },
        }
    }
}

/// What a cart keeps from others until its buyer has paid.
#[derive(Debug, Serialize, ToSchema)]
struct Hold {
    /// The cart.
    cart_id: CartId,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// Until when; from then on it keeps nothing.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Who buys.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    /// What is to be paid, in minor units.
    due: i64,
    /// What it keeps.
    claims: Vec<LimitClaim>,
}

/// A hold, and the price that it froze.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldCart {
    /// The hold.
    hold: Hold,
    /// What the cart costs as long as it holds.
    #[schema(value_type = Quote)]
    quote: Value,
}

impl From<ledger::Hold> for HeldCart {
    fn from(held: ledger::Hold) -> Self {
        let hold = Hold {
            cart_id: held.cart,
            made_at: held.made_at,
            ends_at: held.ends_at,
            customer: held.customer,
            due: held.priced.due,
            claims: held.claims.into_iter().map(LimitClaim::from).collect(),
        };
        Self { hold, quote: held.priced.quote }
    }
}

/// What has become of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OrderState {
    /// It is placed.
    Placed,
    /// It was taken back as a whole.
    Cancelled,
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "it is called as where it is placed")]
pub(crate) struct Order {
    /// The shop's name for it.
    #[schema(example = "S-1042")]
    order_id: OrderId,
    /// What has become of it.
    state: OrderState,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    /// When it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Timestamp>,
    /// Who bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    /// What was to be paid, in minor units.
    due: i64,
    /// What it took.
    claims: Vec<LimitClaim>,
}

/// An order, its price, and what was refunded of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PricedOrder {
    /// The order.
    order: Order,
    /// What it cost when it was placed.
    #[schema(value_type = Quote)]
    quote: Value,
    /// What was refunded and exchanged, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statements: Vec<OrderStatement>,
}

impl Order {
    /// Its place in the order of time.
    pub(crate) fn place(&self) -> (Timestamp, &OrderId) {
        (self.placed_at, &self.order_id)
    }
}

impl From<ledger::Order> for Order {
    fn from(placed: ledger::Order) -> Self {
        Self {
            order_id: placed.id,
            state: match placed.state {
                ledger::OrderState::Placed => OrderState::Placed,
                ledger::OrderState::Cancelled => OrderState::Cancelled,
            },
            placed_at: placed.placed_at,
            cancelled_at: placed.cancelled_at,
            customer: placed.customer,
            due: placed.priced.due,
            claims: placed.claims.into_iter().map(LimitClaim::from).collect(),
        }
    }
}

impl From<ledger::Order> for PricedOrder {
    fn from(mut placed: ledger::Order) -> Self {
        let quote = std::mem::take(&mut placed.priced.quote);
        let made = std::mem::take(&mut placed.refunds);
        let statements = (1..).zip(made).map(|(number, made)| OrderStatement::new(number, made));
        Self { statements: statements.collect(), quote, order: placed.into() }
    }
}

/// Something that has happened to an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderActivity {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who did it.
    #[schema(example = "key:key-1f0a9c3e")]
    by: String,
    /// What: `order_placed`, `order_cancelled`, `order_refunded` or `order_exchanged`.
    #[schema(example = "order_placed")]
    activity: &'static str,
    /// Which statement of the order, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    statement: Option<u64>,
}

impl From<Activity> for OrderActivity {
    fn from(Activity { at, by, customer: _, codes: _, what }: Activity) -> Self {
        let statement = match what {
            Happened::OrderRefunded { statement, .. } | Happened::OrderExchanged { statement, .. } => {
                Some(statement)
            }
            _ => None,
        };
        Self { at, by, activity: what.name(), statement }
    }
}
