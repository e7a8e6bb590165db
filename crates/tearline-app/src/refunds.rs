//! Refunds and exchanges of orders: reckoned from what was paid, and kept by the ledger.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tearline_core::ledger::{
    Answer, Claimed, ClaimedLimit, Command, Exchanged, MakeRefund, Order, OrderId, Refunded, Taken,
};
use tearline_core::names::ShopId;
use tearline_core::refunds::{
    self, Exchange, ExchangeRefusal, ExchangeRequest, GRACE_DAYS, Grace, RefundRefusal, RefundRequest,
    Statement, grace_until,
};
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::Claim;
use tearline_pricing::snapshot::Snapshot;

use crate::ledger::{ATTEMPTS, Caller, LedgerError, value};
use crate::past::Past;
use crate::{App, orders};

/// What is asked of an order.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Units, or shipping, come back.
    Refund(RefundRequest),
    /// Units come back, and others go in their place.
    Exchange(ExchangeRequest),
}

/// Reckons what a refund or an exchange would come to now, and the order's so-manieth statement that would be. Nothing
/// is changed.
///
/// # Errors
///
/// There is no such order; or why it is refused.
pub async fn preview(
    app: &App,
    shop: &ShopId,
    id: &OrderId,
    wish: &Wish,
) -> Result<(u64, Refunded), LedgerError> {
    let MakeRefund { after, statement, exchange, .. } = reckon(app, shop, id, wish).await?;
    Ok((after as u64 + 1, Refunded { at: app.clock.now(), statement, exchange }))
}

/// Refunds or exchanges something of an order; answers with the order, of which the last statement is this one.
/// Refunds that are made at once are made one after another, each from what the one before has left.
///
/// # Errors
///
/// There is no such order; why it is refused; or others were always faster.
pub async fn make(app: &App, caller: &Caller, id: &OrderId, wish: &Wish) -> Result<Box<Order>, LedgerError> {
    for _ in 0..ATTEMPTS {
        let make = match reckon(app, &caller.shop, id, wish).await {
            Ok(make) => make,
            Err(refusal) => return recalled(app, caller, refusal).await,
        };
        match app.ask(caller, Command::Refund(Box::new(make))).await? {
            Answer::Refunded { order } => return Ok(order),
            Answer::Moved => app.catch_up(&caller.shop).await?,
            Answer::UsedUp => return Err(LedgerError::UsedUp),
            Answer::OrderCancelled => return Err(RefundRefusal::OrderCancelled.into()),
            Answer::KeyReused => return Err(LedgerError::KeyReused),
            Answer::NoOrder => return Err(LedgerError::NoOrder),
            other => unreachable!("a refund is never answered with {other:?}"),
        }
    }
    Err(LedgerError::Contended)
}

/// What was answered when the same request came before, whatever is left to refund today.
async fn recalled(app: &App, caller: &Caller, refusal: LedgerError) -> Result<Box<Order>, LedgerError> {
    if caller.once.is_none() {
        return Err(refusal);
    }
    match app.ask(caller, Command::Recall).await? {
        Answer::Refunded { order } => Ok(order),
        Answer::KeyReused => Err(LedgerError::KeyReused),
        _ => Err(refusal),
    }
}

async fn reckon(app: &App, shop: &ShopId, id: &OrderId, wish: &Wish) -> Result<MakeRefund, LedgerError> {
    let past = app.past(shop, orders::get(app, shop, id).await?).await?;
    let (snapshot, now) = (app.snapshot(shop).await?, app.clock.now());
    let ended = ended(&past, &snapshot, now);
    let grace = Grace { ended: &ended, until: grace_until(&snapshot, now, GRACE_DAYS) };
    match wish {
        Wish::Refund(request) => {
            let statement = refunds::refund(&past.to_refund(), past.made(), request, grace)?;
            Ok(command(&past, statement, None, Vec::new()))
        }
        Wish::Exchange(request) => {
            let exchange = refunds::exchange(&past.to_refund(), past.made(), request, grace)?;
            let claims = claims(app, shop, &past, &exchange, &snapshot).await?;
            let Exchange { statement, to_pay, cart, mut quote } = exchange;
            quote.lines.iter_mut().for_each(|line| line.units = None);
            let exchanged = Exchanged { cart: value(&cart), quote: value(&quote), to_pay };
            Ok(command(&past, statement, Some(exchanged), claims))
        }
    }
}

fn command(past: &Past, statement: Statement, exchange: Option<Exchanged>, claims: Vec<Taken>) -> MakeRefund {
    let order = &past.order;
    let returned = returned(order, &statement);
    MakeRefund { order: order.id.clone(), after: order.refunds.len(), statement, returned, exchange, claims }
}

/// The promotions of the order whose credit can no longer be spent: they are over, or their code is.
fn ended(past: &Past, snapshot: &Snapshot, now: Timestamp) -> BTreeSet<PromotionId> {
    let promotions = past.quote.promotions.iter().map(|applied| &applied.id);
    let of_codes = past.facts.codes.values().filter(|row| row.is_over(snapshot.zone(), now));
    let is_over = |promotion: &&PromotionId| snapshot.is_over(promotion, now);
    promotions.filter(is_over).chain(of_codes.map(|row| &row.promotion)).cloned().collect()
}

/// What a statement gives back to balances and budgets, by what the order has claimed of them.
fn returned(order: &Order, statement: &Statement) -> Vec<Taken> {
    let claimed = |promotion: &PromotionId, is_meant: fn(ClaimedLimit) -> bool| {
        order.claims.iter().find(|taken| match &taken.of {
            Claimed::Limit(key) => key.promotion == *promotion && is_meant(key.limit),
            Claimed::Code(_) => false,
        })
    };
    let back = |minor: i64| move |taken: &Taken| Taken { take: minor, ..taken.clone() };
    let credits = statement
        .credits
        .iter()
        .filter_map(|credit| claimed(&credit.promotion, ClaimedLimit::is_balance).map(back(credit.minor)));
    let is_budget = |limit| limit == ClaimedLimit::Budget;
    let budgets = statement
        .budgets
        .iter()
        .filter_map(|budget| claimed(&budget.promotion, is_budget).map(back(budget.minor)));
    credits.chain(budgets).filter(|taken| taken.take > 0).collect()
}

/// What the order takes in addition as what it becomes: uses that it has not claimed yet, and what budgets give more.
/// Credits pay no more than they did.
async fn claims(
    app: &App,
    shop: &ShopId,
    past: &Past,
    exchange: &Exchange,
    snapshot: &Snapshot,
) -> Result<Vec<Taken>, LedgerError> {
    let mut claims = Vec::new();
    for claim in exchange.quote.claims.iter().filter(|claim| !claim.limit.is_balance()) {
        let Some((of, most)) = claimed(app, shop, past, claim, snapshot).await? else { continue };
        let take = claim.take - counted(&past.order, &of);
        if take > 0 {
            claims.push(Taken { of, take, most: i64::try_from(most).unwrap_or(i64::MAX) });
        }
    }
    Ok(claims)
}

/// What an order counts against something.
fn counted(order: &Order, of: &Claimed) -> i64 {
    let sum =
        |taken: &[Taken]| taken.iter().filter(|taken| taken.of == *of).map(|taken| taken.take).sum::<i64>();
    sum(&order.claims) - sum(&order.returned)
}

/// What a claim counts against, and how much there is in all: by what is configured today, where it still is.
async fn claimed(
    app: &App,
    shop: &ShopId,
    past: &Past,
    claim: &Claim,
    snapshot: &Snapshot,
) -> Result<Option<(Claimed, u64)>, LedgerError> {
    let then = &past.configured.snapshot;
    if let Some(key) = claim.code.as_ref().filter(|key| past.facts.codes.contains_key(*key)) {
        let code = app.store.code(shop, key).await?;
        return Ok(code.map(|code| {
            let most = code.uses_max.unwrap_or_else(|| then.uses_of_code(&claim.promotion));
            (Claimed::Code(code.id), most)
        }));
    }
    let currency = past.cart.currency;
    let key = claim.key(past.cart.customer.as_ref().map(|customer| &customer.id), currency);
    let most = snapshot.most_of(&key, currency).or_else(|| then.most_of(&key, currency));
    Ok(Some((Claimed::Limit(key), most.unwrap_or(0))))
}

impl From<RefundRefusal> for LedgerError {
    fn from(refusal: RefundRefusal) -> Self {
        Self::Refund(refusal)
    }
}

impl From<ExchangeRefusal> for LedgerError {
    fn from(refusal: ExchangeRefusal) -> Self {
        match refusal {
            ExchangeRefusal::Refund(refusal) => Self::Refund(refusal),
            ExchangeRefusal::Add(faults) => Self::Add(faults),
        }
    }
}
