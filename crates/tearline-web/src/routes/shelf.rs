//! `POST /v1/shelf`: a page of products at the prices that a visitor would pay.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::{App, quotes};
use tearline_pricing::shelf::Shelf;

use crate::auth::Caller;
use crate::body::{JsonBody, json};
use crate::openapi::PricingParts;
use crate::problem::{Problem, ProblemKind, of_cart_in};
use crate::wire::CartOnly;

/// Price a page of products
///
/// Each line of the cart is priced as if it were alone, so that a shop shows the price with the discount while a
/// visitor browses: a line of one unit for each product of the page. At most 200 lines. What the cart says
/// besides, who visits, where and when, holds for each of them; its shipping does not count, and credits are left
/// out.
#[utoipa::path(
    post, path = "/v1/shelf", tag = "Quotes", operation_id = "price_shelf",
    request_body(content = CartOnly, description = "The cart.", examples(
        ("two products" = (value = json!({
            "cart": { "currency": "USD", "customer": { "id": "c-1042" }, "lines": [
                { "id": "1", "product": "8x10", "quantity": 1, "unit_price": 2000 },
                { "id": "2", "product": "5x7", "quantity": 1, "unit_price": 800 },
            ] },
        }))),
    )),
    responses((status = 200, description = "What each line costs by itself.", body = Shelf), PricingParts),
    security(("key" = [])),
)]
pub(super) async fn price(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let CartOnly { cart } = body.read_object(ProblemKind::InvalidCart)?;
    let shelf = quotes::shelf(&app, &caller.shop, &cart).await;
    Ok(json(StatusCode::OK, &shelf.map_err(|error| of_cart_in("cart", error))?))
}
