//! What a cart costs, why, and what promotions could do for it.

use std::sync::Arc;

use jiff::Timestamp;
use tearline_core::names::ShopId;
use tearline_pricing::cart::Cart;
use tearline_pricing::cart::check::CartFault;
use tearline_pricing::eligible::{Eligible, Wanted};
use tearline_pricing::explain::{ExplainError, Explanation};
use tearline_pricing::facts::Facts;
use tearline_pricing::names::{CartId, PromotionId};
use tearline_pricing::quote::{Expand, Quote};
use tearline_pricing::shelf::Shelf;
use tearline_pricing::snapshot::Snapshot;

use tearline_store::StoreError;

use crate::noticed::Asked;
use crate::{App, AppError};

/// Why a cart was not priced.
#[derive(Debug, thiserror::Error)]
pub enum QuoteError {
    /// Something is wrong with the cart.
    #[error("the cart cannot be priced")]
    Cart(Vec<CartFault>),
    /// There is no such promotion.
    #[error("there is no promotion `{0}`")]
    UnknownPromotion(PromotionId),
    /// The program failed.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for QuoteError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl App {
    /// What the answer about a cart depends on.
    async fn known(
        &self,
        shop: &ShopId,
        cart: &Cart,
    ) -> Result<(Arc<Snapshot>, Facts, Timestamp), QuoteError> {
        let (configured, now) = (self.configured(shop).await?, self.clock.now());
        let known = self.know(shop, cart, None, &configured, now).await?;
        Ok((Arc::clone(&configured.snapshot), known.facts, now))
    }
}

/// Prices a cart of a shop. Nothing is written; the store is asked only where a limit could count or a customer is
/// known.
///
/// # Errors
///
/// What is wrong with the cart; or the shop's configuration could not be loaded.
pub async fn price(app: &App, shop: &ShopId, cart: &Cart, expand: Expand) -> Result<Quote, QuoteError> {
    let cart = &*app.identified(shop, cart).await?;
    let (snapshot, facts, now) = app.known(shop, cart).await?;
    let priced = tearline_pricing::price(cart, &snapshot, &facts, now, expand);
    priced.map_err(QuoteError::Cart)
}

/// Who asks for a quote, and for which cart.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The shop.
    pub shop: &'a ShopId,
    /// Who, for the activities.
    pub by: &'a str,
    /// The shop's name for the cart: what it holds itself does not count against it.
    pub cart_id: Option<&'a CartId>,
}

/// Prices a cart as [`price`] does, and remembers for a moment, until it is written down, which codes were refused,
/// and the quote itself where cart and customer have names.
///
/// # Errors
///
/// What is wrong with the cart; or the shop's configuration could not be loaded.
pub async fn quote(app: &App, asking: Asking<'_>, cart: &Cart, expand: Expand) -> Result<Quote, QuoteError> {
    let Asking { shop, by, cart_id } = asking;
    let (configured, now) = (app.configured(shop).await?, app.clock.now());
    let cart = &*configured.snapshot.shop().emails.identified(cart);
    let known = app.know(shop, cart, cart_id, &configured, now).await?;
    let priced = tearline_pricing::price(cart, &configured.snapshot, &known.facts, now, expand);
    let quote = priced.map_err(QuoteError::Cart)?;
    let asked = Asked { shop, by, cart, cart_id, at: now };
    app.noticed.notice(asked, &quote, &known.codes);
    Ok(quote)
}

/// Explains what a promotion makes of a cart.
///
/// # Errors
///
/// There is no such promotion; what is wrong with the cart; or the shop's configuration could not be loaded.
pub async fn explain(
    app: &App,
    shop: &ShopId,
    cart: &Cart,
    promotion: &PromotionId,
) -> Result<Explanation, QuoteError> {
    let cart = &*app.identified(shop, cart).await?;
    let (snapshot, facts, now) = app.known(shop, cart).await?;
    let told = tearline_pricing::explain(cart, &snapshot, &facts, now, promotion);
    told.map_err(|error| match error {
        ExplainError::UnknownPromotion => QuoteError::UnknownPromotion(promotion.clone()),
        ExplainError::Cart(faults) => QuoteError::Cart(faults),
    })
}

/// Lists the promotions that apply to a cart, and those that could.
///
/// # Errors
///
/// What is wrong with the cart; or the shop's configuration could not be loaded.
pub async fn eligible(app: &App, shop: &ShopId, cart: &Cart, wanted: Wanted) -> Result<Eligible, QuoteError> {
    let cart = &*app.identified(shop, cart).await?;
    let (snapshot, facts, now) = app.known(shop, cart).await?;
    let listed = tearline_pricing::eligible(cart, &snapshot, &facts, now, wanted);
    listed.map_err(QuoteError::Cart)
}

/// Prices each line of a cart as if it were alone.
///
/// # Errors
///
/// What is wrong with the cart; or the shop's configuration could not be loaded.
pub async fn shelf(app: &App, shop: &ShopId, cart: &Cart) -> Result<Shelf, QuoteError> {
    let cart = &*app.identified(shop, cart).await?;
    let (snapshot, facts, now) = app.known(shop, cart).await?;
    let priced = tearline_pricing::shelf(cart, &snapshot, &facts, now);
    priced.map_err(QuoteError::Cart)
}
