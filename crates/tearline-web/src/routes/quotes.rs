//! `POST /v1/quotes`: what a cart costs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tearline_app::App;
use tearline_app::quotes::{self, Asking};
use tearline_core::read;
use tearline_pricing::cart::Cart;
use tearline_pricing::names::CartId;
use tearline_pricing::quote::{Expand, Quote};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::body::{JsonBody, expect_object, json};
use crate::openapi::Pricing;
use crate::page::words;
use crate::params::{Params, bad_parameter};
use crate::problem::{Problem, ProblemKind, unreadable};

/// What to add to a quote.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct QuoteParams {
    /// What to add to the compact quote.
    #[param(required = false, value_type = Vec<Expansion>, inline, style = Form, explode = false)]
    expand: Option<String>,
    /// The shop's name for the cart: what the cart holds itself does not count against it. With a customer in the
    /// cart, the quote is kept among the activities.
    #[param(required = false, value_type = String, example = "cart-1042")]
    cart_id: Option<CartId>,
}

/// What can be added to a quote.
#[expect(dead_code, reason = "stands for the words of `expand` in the description")]
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Expansion {
    /// Each unit's price after every stage.
    Units,
    /// Every promotion considered, with its conditions, and who took what off each line.
    Trace,
}

impl QuoteParams {
    fn cart_id(self) -> Result<Option<CartId>, Problem> {
        match self.cart_id.as_ref().and_then(CartId::fault) {
            Some(fault) => Err(bad_parameter(&format!("`cart_id` {fault}"))),
            None => Ok(self.cart_id),
        }
    }

    fn expand(&self) -> Result<Expand, Problem> {
        let mut expand = Expand::default();
        for word in words(self.expand.as_deref()) {
            match word {
                "units" => expand.units = true,
                "trace" => expand.trace = true,
                _ => {
                    return Err(bad_parameter(
                        "`expand` takes `units`, `trace` or both, with a comma between",
                    ));
                }
            }
        }
        Ok(expand)
    }
}

/// Price a cart
///
/// Nothing is taken. The quote says what each line, the shipping and the tax come to, which promotions apply
/// and what they gave, and what became of each code.
#[utoipa::path(
    post, path = "/v1/quotes", tag = "Quotes", operation_id = "price_cart",
    params(QuoteParams),
    request_body(content = Cart, description = "The cart.", examples(
        ("two prints" = (value = json!({
            "currency": "USD",
            "lines": [{ "id": "a", "product": "8x10", "quantity": 2, "unit_price": 2000 }],
        }))),
    )),
    responses((status = 200, description = "What it costs.", body = Quote), Pricing),
    security(("key" = [])),
)]
pub(super) async fn price(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(params): Params<QuoteParams>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let expand = params.expand()?;
    let cart = cart(&body)?;
    let (by, cart_id) = (caller.name(), params.cart_id()?);
    let asking = Asking { shop: &caller.shop, by: &by, cart_id: cart_id.as_ref() };
    let quote = quotes::quote(&app, asking, &cart, expand).await?;
    Ok(json(StatusCode::OK, &quote))
}

/// Reads a cart; only one that does not read is read again, slowly, for the place of the fault.
fn cart(body: &[u8]) -> Result<Cart, Problem> {
    expect_object(body, ProblemKind::InvalidCart)?;
    serde_json::from_slice(body).or_else(|_| {
        read::from_slice(body).map_err(|fault| unreadable(ProblemKind::InvalidCart, body, fault))
    })
}
