//! Past orders, listed and priced again: as they were, or with a draft.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tearline_core::document::Document;
use tearline_core::ledger::{Order, OrderId, OrderState, Priced};
use tearline_core::names::ShopId;
use tearline_core::replay::{Replay, Trial, Tried, replay};
use tearline_core::resource::Kind;
use tearline_pricing::snapshot::Snapshot;
use tearline_store::Configuration;

use crate::configuration::ConfigureError;
use crate::ledger::LedgerError;
use crate::shops::{compile, read_all};
use crate::{App, AppError, orders};

/// A page of orders, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The last one seen, or an instant with an empty name: then those placed since.
    pub after: Option<(Timestamp, OrderId)>,
    /// Those placed before.
    pub until: Option<Timestamp>,
    /// How many at most.
    pub limit: u32,
}

/// A page of a shop's orders, the newest first: those placed since an instant, and before the last one seen.
///
/// # Errors
///
/// The store failed.
pub async fn list(
    app: &App,
    shop: &ShopId,
    from: Option<Timestamp>,
    before: Option<(Timestamp, OrderId)>,
    limit: u32,
) -> Result<Vec<Order>, AppError> {
    Ok(app.store.orders(shop, from, before, limit).await?)
}

/// Prices an order again, as it was.
///
/// # Errors
///
/// There is no such order; or the store failed.
pub async fn one(app: &App, shop: &ShopId, id: &OrderId) -> Result<(Order, Replay), LedgerError> {
    let order = orders::get(app, shop, id).await?;
    let replay = again(app, shop, &order).await?;
    Ok((order, replay))
}

/// Prices a page of orders again, as they were.
///
/// # Errors
///
/// The store failed.
pub async fn page(app: &App, shop: &ShopId, page: Page) -> Result<Vec<(Order, Replay)>, AppError> {
    let mut replayed = Vec::new();
    for order in app.store.orders_since(shop, page.after, page.until, page.limit).await? {
        let replay = again(app, shop, &order).await?;
        replayed.push((order, replay));
    }
    Ok(replayed)
}

/// What was ordered, and then what it was exchanged for: the first that comes to something else is told.
async fn again(app: &App, shop: &ShopId, order: &Order) -> Result<Replay, AppError> {
    let configured = match app.configured_at(shop, order.priced.config_version).await {
        Ok(configured) => configured,
        Err(AppError::Configuration { why, .. }) => {
            return Ok(Replay::Failed(format!("the documents of then cannot be used any more: {why}")));
        }
        Err(error) => return Err(error),
    };
    let exchanges = order.refunds.iter().filter_map(|refunded| refunded.exchange.as_ref());
    let exchanged = exchanges.map(|now| Priced {
        cart: now.cart.clone(),
        quote: now.quote.clone(),
        ..order.priced.clone()
    });
    let all = std::iter::once(order.priced.clone()).chain(exchanged);
    let mut replays = all.map(|priced| replay(&priced, &configured.snapshot));
    Ok(replays.find(|replay| *replay != Replay::Same).unwrap_or(Replay::Same))
}

/// Documents that are tried on past orders, each in the configuration by which it was placed.
#[derive(Debug)]
pub struct Draft {
    documents: Vec<Document>,
    /// What the draft has taken so far.
    pub trial: Trial,
    /// The documents of one version with the draft: orders in the order of time ask for the same again and again.
    compiled: Option<(u64, Result<Arc<Snapshot>, String>)>,
}

impl Draft {
    /// A draft; `trial` goes on where another one ended.
    ///
    /// # Errors
    ///
    /// It does not fit together with what is configured today.
    pub async fn new(
        app: &App,
        shop: &ShopId,
        documents: Vec<Document>,
        mut trial: Trial,
    ) -> Result<Self, ConfigureError> {
        let today = app.store.configuration(shop).await?;
        let whole =
            with(&today, &documents).map_err(|why| AppError::Configuration { shop: shop.clone(), why })?;
        compile(&whole, today.config_version).map_err(ConfigureError::Faults)?;
        let promotions = documents.iter().filter(|document| document.key.kind == Kind::Promotion);
        trial.promotions = promotions.map(|promotion| promotion.key.id.as_str().into()).collect();
        Ok(Self { documents, trial, compiled: None })
    }

    /// What the draft would have made of a page of orders; those that were cancelled are left out. Answers with all
    /// orders of the page.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub async fn page(
        &mut self,
        app: &App,
        shop: &ShopId,
        page: Page,
    ) -> Result<Vec<(Order, Option<Result<Tried, String>>)>, AppError> {
        let mut tried = Vec::new();
        for order in app.store.orders_since(shop, page.after, page.until, page.limit).await? {
            let is_placed = order.state == OrderState::Placed;
            let outcome = if is_placed { Some(self.try_on(app, shop, &order.priced).await?) } else { None };
            tried.push((order, outcome));
        }
        Ok(tried)
    }

    async fn try_on(
        &mut self,
        app: &App,
        shop: &ShopId,
        priced: &Priced,
    ) -> Result<Result<Tried, String>, AppError> {
        let version = priced.config_version;
        if self.compiled.as_ref().is_none_or(|(of, _)| *of != version) {
            let then = app.store.configuration_at(shop, version).await?;
            self.compiled = Some((version, compiled(&then, &self.documents)));
        }
        let compiled = self.compiled.as_ref().map(|(_, compiled)| compiled.clone());
        Ok(compiled.expect("it was just compiled").and_then(|snapshot| self.trial.run(priced, &snapshot)))
    }
}

fn compiled(then: &Configuration, draft: &[Document]) -> Result<Arc<Snapshot>, String> {
    let whole = with(then, draft)?;
    let first = |faults: Vec<_>| faults.first().map(ToString::to_string).unwrap_or_default();
    let compiled = compile(&whole, then.config_version).map_err(first);
    compiled.map(Arc::new).map_err(|why| format!("the draft does not fit to the documents of then: {why}"))
}

/// What was configured, with a draft in the place of what it replaces.
fn with(configuration: &Configuration, draft: &[Document]) -> Result<Vec<Document>, String> {
    let all = read_all(&configuration.resources)?.into_iter().chain(draft.iter().cloned());
    let by_key: BTreeMap<_, Document> = all.map(|document| (document.key.clone(), document)).collect();
    Ok(by_key.into_values().collect())
}
