//! An order to refund from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};
use tearline_core::refunds::{
    Exchange, ExchangeRefusal, Grace, Order, RefundRefusal, RefundRequest, Statement, Sum, exchange, refund,
};
use tearline_pricing::cart::Cart;
use tearline_pricing::config::Documents;
use tearline_pricing::facts::Facts;
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{ClaimedLimit, Expand, Quote};
use tearline_pricing::snapshot::Snapshot;

pub(crate) struct Placed {
    cart: Cart,
    facts: Facts,
    snapshot: Snapshot,
    at: Timestamp,
    pub(crate) quote: Quote,
    pub(crate) made: Vec<Statement>,
    ended: BTreeSet<PromotionId>,
    pub(crate) cancelled: bool,
    budgets: BTreeMap<PromotionId, i64>,
}

impl Placed {
    pub(crate) fn new(documents: &Documents, cart: Cart, facts: Facts, at: Timestamp) -> Self {
        let snapshot = Snapshot::compile(documents, 1).expect("a valid shop");
        let expand = Expand { units: true, trace: false };
        let quote = tearline_pricing::price(&cart, &snapshot, &facts, at, expand).expect("a valid cart");
        let (made, ended, cancelled) = (Vec::new(), BTreeSet::new(), false);
        let claims = quote.claims.iter().filter(|claim| claim.limit == ClaimedLimit::Budget);
        let budgets = claims.map(|claim| (claim.promotion.clone(), claim.take)).collect();
        Self { cart, facts, snapshot, at, quote, made, ended, cancelled, budgets }
    }

    /// An order from the documents of a shop as JSON.
    pub(crate) fn of(documents: &Value, cart: Value) -> Self {
        let documents = read_documents(documents);
        let cart = serde_json::from_value(cart).expect("a cart");
        Self::new(&documents, cart, Facts::default(), Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn with_ended(mut self, promotion: &str) -> Self {
        self.ended.insert(promotion.into());
        self
    }

    pub(crate) fn order(&self) -> Order<'_> {
        let Self { cart, quote, facts, snapshot, at, cancelled, budgets, .. } = self;
        Order { cart, quote, facts, snapshot, at: *at, cancelled: *cancelled, budgets }
    }

    pub(crate) fn ask(&self, request: &RefundRequest) -> Result<Statement, RefundRefusal> {
        refund(&self.order(), &self.made, request, Grace { ended: &self.ended, until: GRACE })
    }

    pub(crate) fn ask_exchange(&self, request: &Value) -> Result<Exchange, ExchangeRefusal> {
        let request = serde_json::from_value(request.clone()).expect("a request");
        exchange(&self.order(), &self.made, &request, Grace { ended: &self.ended, until: GRACE })
    }

    /// Exchanges, and goes on from there.
    pub(crate) fn exchange(&mut self, request: &Value) -> Exchange {
        let exchange = self.ask_exchange(request).expect("an exchange that is granted");
        self.keep(&exchange.statement);
        (self.cart, self.quote) = (exchange.cart.clone(), exchange.quote.clone());
        exchange
    }

    /// Refunds, and remembers it.
    pub(crate) fn refund(&mut self, request: &Value) -> Statement {
        let statement = self.ask(&read(request)).expect("a refund that is granted");
        self.keep(&statement);
        statement
    }

    fn keep(&mut self, statement: &Statement) {
        for returned in &statement.budgets {
            *self.budgets.get_mut(&returned.promotion).expect("it had a budget") -= returned.minor;
        }
        self.made.push(statement.clone());
    }

    /// What the promotions still count against their budgets.
    pub(crate) fn counted(&self) -> Vec<(&str, i64)> {
        self.budgets.iter().map(|(promotion, minor)| (promotion.as_str(), *minor)).collect()
    }
}

pub(crate) const GRACE: Timestamp = Timestamp::MAX;

pub(crate) fn read(request: &Value) -> RefundRequest {
    serde_json::from_value(request.clone()).expect("a request")
}

/// `{"units": …, "policy": …}` of one line.
pub(crate) fn units(line: &str, quantity: u32, policy: &str) -> Value {
    json!({"units": [{"line": line, "quantity": quantity}], "policy": policy})
}

/// Net, tax, money and credit.
pub(crate) fn figures(sum: &Sum) -> [i64; 4] {
    [sum.net, sum.tax, sum.money, sum.credit()]
}

fn read_documents(documents: &Value) -> Documents {
    let each = |kind: &str| documents[kind].as_object().cloned().unwrap_or_default().into_iter();
    let shop = documents.get("shop").cloned().unwrap_or_else(|| json!({"currency": "USD"}));
    Documents {
        shop: serde_json::from_value(shop).expect("a shop"),
        price_lists: each("price_lists")
            .map(|(id, list)| (id.into(), serde_json::from_value(list).expect("a price list")))
            .collect(),
        events: each("events")
            .map(|(id, event)| (id.into(), serde_json::from_value(event).expect("an event")))
            .collect(),
        promotions: each("promotions")
            .map(|(id, promotion)| (id.into(), serde_json::from_value(promotion).expect("a promotion")))
            .collect(),
    }
}
