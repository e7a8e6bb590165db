//! The road from a cart to what the ledger keeps: priced, claimed, decided; and priced again where something moved.

use std::collections::BTreeMap;

use serde_json::Value;
use tearline_core::ledger::{Answer, Claimed, Code, Command, Once, Priced, Request, Taken};
use tearline_core::names::ShopId;
use tearline_core::refunds::RefundRefusal;
use tearline_pricing::ARITHMETIC;
use tearline_pricing::cart::Cart;
use tearline_pricing::cart::check::CartFault;
use tearline_pricing::facts::Facts;
use tearline_pricing::names::CartId;
use tearline_pricing::quote::{Claim, Expand, Quote};
use tearline_pricing::snapshot::Snapshot;
use tearline_store::StoreError;

use crate::facts::Known;
use crate::quotes::QuoteError;
use crate::{App, AppError};

/// How often a cart is priced anew because something has moved meanwhile.
pub(crate) const ATTEMPTS: usize = 20;

/// Who asks, and under which name.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The shop.
    pub shop: ShopId,
    /// Who, for the activities.
    pub by: String,
    /// The request's name and what it was.
    pub once: Option<Once>,
}

/// Why the ledger did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Something is wrong with the cart.
    #[error("the cart cannot be priced")]
    Cart(Vec<CartFault>),
    /// It costs more than the buyer was told.
    #[error("it costs {} now, more than the {expected} that were expected", quote.totals.due)]
    PriceChanged {
        /// What the buyer was told, in minor units.
        expected: i64,
        /// What it costs now.
        quote: Box<Quote>,
    },
    /// The order's id belongs to another order.
    #[error("another order has this id")]
    OrderIdTaken,
    /// There is no such order.
    #[error("there is no such order")]
    NoOrder,
    /// The cart has no hold, or its time is over.
    #[error("the cart has no hold, or its time is over")]
    NoHold,
    /// The order has refunds, and cannot be cancelled as a whole.
    #[error("the order has refunds: refund the rest of it instead")]
    HasRefunds,
    /// The refund is refused.
    #[error(transparent)]
    Refund(RefundRefusal),
    /// Something is wrong with the lines that are to come in exchange.
    #[error("what is to come cannot be priced with the order")]
    Add(Vec<CartFault>),
    /// What the order would take in addition is used up.
    #[error("what the order would take in addition is used up")]
    UsedUp,
    /// The request's name belongs to another request.
    #[error("the Idempotency-Key was used for another request")]
    KeyReused,
    /// Others were always faster.
    #[error("limits that the order counts against changed again and again")]
    Contended,
    /// The program failed.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl From<QuoteError> for LedgerError {
    fn from(error: QuoteError) -> Self {
        match error {
            QuoteError::Cart(faults) => Self::Cart(faults),
            QuoteError::App(error) => Self::App(error),
            QuoteError::UnknownPromotion(_) => unreachable!("no promotion was named"),
        }
    }
}

/// A cart as it was priced for the ledger.
pub(crate) struct Offer {
    pub(crate) quote: Quote,
    pub(crate) priced: Priced,
    pub(crate) claims: Vec<Taken>,
    /// How many orders of the customer the price depended on.
    pub(crate) orders_read: Option<u64>,
}

impl App {
    /// Prices a cart as it is now, and adds up what it would take.
    pub(crate) async fn offer(
        &self,
        shop: &ShopId,
        cart: &Cart,
        named: Option<&CartId>,
    ) -> Result<Offer, LedgerError> {
        let (configured, now) = (self.configured(shop).await?, self.clock.now());
        let Known { facts, codes } = self.know(shop, cart, named, &configured, now).await?;
        let quote = tearline_pricing::price(cart, &configured.snapshot, &facts, now, Expand::default());
        let quote = quote.map_err(LedgerError::Cart)?;
        let claims = claims(cart, &configured.snapshot, &codes, &quote);
        let is_counted = cart.customer.is_some() && configured.snapshot.reads_past_orders();
        let orders_read = is_counted.then_some(facts.orders);
        let priced = priced(cart, &facts, &quote);
        Ok(Offer { quote, priced, claims, orders_read })
    }

    /// Asks the ledger.
    pub(crate) async fn ask(&self, caller: &Caller, command: Command) -> Result<Answer, LedgerError> {
        let request = Request { by: caller.by.clone(), once: caller.once.clone(), command };
        Ok(self.store.decide(&caller.shop, request, self.clock.now()).await?)
    }
}

fn claims(cart: &Cart, snapshot: &Snapshot, codes: &BTreeMap<String, Code>, quote: &Quote) -> Vec<Taken> {
    let taken = quote.claims.iter().map(|claim| {
        let code = claim.code.as_ref().and_then(|key| codes.get(key));
        let of_code = code.map(|code| claimed_code(snapshot, claim, code));
        let (of, most) = of_code.unwrap_or_else(|| claimed_limit(cart, snapshot, claim));
        Taken { of, take: claim.take, most: i64::try_from(most).unwrap_or(i64::MAX) }
    });
    taken.collect()
}

/// What a claim on a unique code counts against, and how much there is in all.
fn claimed_code(snapshot: &Snapshot, claim: &Claim, code: &Code) -> (Claimed, u64) {
    let most = code.uses_max.unwrap_or_else(|| snapshot.uses_of_code(&claim.promotion));
    (Claimed::Code(code.id.clone()), most)
}

/// The same of a claim on a limit of a promotion.
fn claimed_limit(cart: &Cart, snapshot: &Snapshot, claim: &Claim) -> (Claimed, u64) {
    let key = claim.key(cart.customer.as_ref().map(|customer| &customer.id), cart.currency);
    let most = snapshot.most_of(&key, cart.currency).unwrap_or(0);
    (Claimed::Limit(key), most)
}

fn priced(cart: &Cart, facts: &Facts, quote: &Quote) -> Priced {
    Priced {
        cart: value(cart),
        facts: value(facts),
        quote: value(quote),
        at: quote.at,
        config_version: quote.configuration_version,
        arithmetic: ARITHMETIC,
        due: quote.totals.due,
    }
}

pub(crate) fn value(of: &impl serde::Serialize) -> Value {
    serde_json::to_value(of).expect("carts, facts and quotes can be written")
}

/// Refuses a price above what the buyer was told.
pub(crate) fn expect_at_most(expected: Option<i64>, quote: &Quote) -> Result<(), LedgerError> {
    match expected.filter(|&expected| quote.totals.due > expected) {
        Some(expected) => Err(LedgerError::PriceChanged { expected, quote: Box::new(quote.clone()) }),
        None => Ok(()),
    }
}
