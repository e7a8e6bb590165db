//! Statements of refunds and exchanges as they travel.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tearline_core::ledger::{self, Refunded};
use tearline_core::refunds::{Statement, Sum};
use tearline_pricing::cart::Cart;
use tearline_pricing::quote::Quote;
use utoipa::ToSchema;

/// A statement of what is refunded of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderStatement {
    /// Counts the order's statements, from 1.
    #[schema(minimum = 1)]
    number: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What is given back, and what the shop then holds.
    statement: Statement,
    /// What the order becomes, where something comes in exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<ExchangedOrder>,
}

/// What an order becomes by an exchange.
#[derive(Debug, Serialize, ToSchema)]
struct ExchangedOrder {
    /// What is to be paid for it, with money.
    to_pay: Sum,
    /// The cart from then on.
    #[schema(value_type = Cart)]
    cart: Value,
    /// Its price, as of the order.
    #[schema(value_type = Quote)]
    quote: Value,
}

impl OrderStatement {
    /// The order's so-manieth statement.
    pub(crate) fn new(number: u64, Refunded { at, statement, exchange }: Refunded) -> Self {
        let exchange =
            exchange.map(|ledger::Exchanged { cart, quote, to_pay }| ExchangedOrder { to_pay, cart, quote });
        Self { number, at, statement, exchange }
    }

    /// The last one of an order that has one.
    pub(crate) fn last(mut order: ledger::Order) -> Self {
        let number = order.refunds.len() as u64;
        Self::new(number, order.refunds.pop().expect("what was just refunded has a statement"))
    }
}
