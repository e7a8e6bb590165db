//! What the rows of the ledger say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tearline_pricing::names::{CartId, CustomerId, OrderId};
use tearline_pricing::wanted::LimitKey;

use super::books::RowKey;
use super::codes::CodeId;
use super::{Answer, Once};
use crate::refunds::{Statement, Sum};

/// What is taken of a limit: uses, or money in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// By orders that were placed.
    pub used: i64,
    /// By holds; those that have ended are taken off when the row is loaded.
    pub held: i64,
    /// No hold ends before this.
    pub earliest_hold_end: Option<Timestamp>,
}

/// What a claim counts against.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claimed {
    /// A limit of a promotion.
    Limit(LimitKey),
    /// A unique code.
    Code(CodeId),
}

impl Claimed {
    /// The row in which it is counted.
    pub fn row(&self) -> RowKey {
        match self {
            Self::Limit(key) => RowKey::Limit(key.clone()),
            Self::Code(id) => RowKey::Code(id.clone()),
        }
    }

    /// The unique code, if it is one.
    pub fn code(&self) -> Option<&CodeId> {
        match self {
            Self::Limit(_) => None,
            Self::Code(id) => Some(id),
        }
    }
}

/// A claim of a quote, with what there is in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// What it counts against.
    pub of: Claimed,
    /// How much it takes: uses, or minor units.
    pub take: i64,
    /// How much there is in all, by the configuration with which the cart was priced.
    pub most: i64,
}

/// A cart as it was priced, with all that its price depended on: enough to price it again to the same cent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Priced {
    /// The cart.
    pub cart: Value,
    /// The facts.
    pub facts: Value,
    /// The quote, compact.
    pub quote: Value,
    /// The instant for which it was priced.
    pub at: Timestamp,
    /// The version of the configuration.
    pub config_version: u64,
    /// The version of the arithmetic.
    pub arithmetic: u32,
    /// What is to be paid, in minor units.
    pub due: i64,
}

/// What a cart keeps from others until its buyer has paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The cart.
    pub cart: CartId,
    /// Who buys.
    pub customer: Option<CustomerId>,
    /// Since when.
    pub made_at: Timestamp,
    /// Until when; from then on it keeps nothing.
    pub ends_at: Timestamp,
    /// What it keeps.
    pub claims: Vec<Taken>,
    /// The price that it froze.
    pub priced: Priced,
}

impl Hold {
    /// Whether its time is not over.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

/// What has become of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// It is placed.
    Placed,
    /// It was taken back as a whole.
    Cancelled,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The caller's name for it.
    pub id: OrderId,
    /// A hash of the request that placed it.
    pub fingerprint: String,
    /// Who bought.
    pub customer: Option<CustomerId>,
    /// What has become of it.
    pub state: OrderState,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    /// What it took.
    pub claims: Vec<Taken>,
    /// Its price.
    pub priced: Priced,
    /// What was refunded, in order.
    pub refunds: Vec<Refunded>,
    /// What of `claims` has been given back since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Taken>,
}

impl Order {
    /// What it was last exchanged for, if it ever was.
    pub fn exchanged(&self) -> Option<&Exchanged> {
        self.refunds.iter().rev().find_map(|refunded| refunded.exchange.as_ref())
    }
}

/// A statement of what was refunded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refunded {
    /// When.
    pub at: Timestamp,
    /// What.
    pub statement: Statement,
    /// What the order became, where something came in exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchanged>,
}

/// What an order became by an exchange. Its price is of the same instant, facts and configuration as before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchanged {
    /// The cart from then on.
    pub cart: Value,
    /// Its price, compact.
    pub quote: Value,
    /// What was to be paid for it.
    pub to_pay: Sum,
}

/// What is known of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buyer {
    /// How many orders they have placed that were not cancelled.
    pub orders: u64,
    /// When they placed the last one.
    pub last_order_at: Option<Timestamp>,
    /// The e-mail address that came with their last order.
    pub email: Option<String>,
}

/// A request that the caller named, and what was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// A hash of what was asked.
    pub fingerprint: String,
    /// What was answered.
    pub answer: Value,
    /// When.
    pub at: Timestamp,
}

impl Remembered {
    pub(super) fn new(once: &Once, answer: &Answer, at: Timestamp) -> Self {
        let answer = serde_json::to_value(answer).expect("an answer can be written");
        Self { fingerprint: once.fingerprint.clone(), answer, at }
    }

    /// What to answer to a request of this name.
    pub(super) fn answer(&self, once: &Once) -> Answer {
        if self.fingerprint != once.fingerprint {
            return Answer::KeyReused;
        }
        serde_json::from_value(self.answer.clone()).expect("what was written as an answer can be read")
    }
}
