//! What a cart costs.

use tearline_core::names::ShopId;
use tearline_pricing::cart::Cart;
use tearline_pricing::cart::check::CartFault;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::{Expand, Quote};

use crate::{App, AppError};

/// Why a cart was not priced.
#[derive(Debug, thiserror::Error)]
pub enum QuoteError {
    /// Something is wrong with the cart.
    #[error("the cart cannot be priced")]
    Cart(Vec<CartFault>),
    /// The program failed.
    #[error(transparent)]
    App(#[from] AppError),
}

/// Prices a cart of a shop. Nothing is written, and nothing is read but the snapshot in memory.
///
/// # Errors
///
/// What is wrong with the cart; or the shop's configuration could not be loaded.
pub async fn price(app: &App, shop: &ShopId, cart: &Cart, expand: Expand) -> Result<Quote, QuoteError> {
    let snapshot = app.snapshot(shop).await?;
    let priced = tearline_pricing::price(cart, &snapshot, &Facts::default(), app.clock.now(), expand);
    priced.map_err(QuoteError::Cart)
}
