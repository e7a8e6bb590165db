//! `POST /v1/promotions/{id}/explain`: why a promotion applies to a cart, or why not.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::{App, quotes};
use tearline_pricing::explain::Explanation;

use crate::auth::Caller;
use crate::body::{JsonBody, json};
use crate::openapi::Explaining;
use crate::params::PromotionName;
use crate::problem::{Problem, ProblemKind, of_cart_in};
use crate::wire::ExplainCart;

/// Explain a promotion
///
/// Whether a promotion applies to a cart, now or at another time: what it gives where, everything that was asked
/// and found, what is missing, and who applies in its place. One that needs a code is explained as if it were
/// entered, one that is paused as if it were not; the answer says so.
#[utoipa::path(
    post, path = "/v1/promotions/{id}/explain", tag = "Promotions", operation_id = "explain_promotion",
    params(PromotionName),
    request_body(content = ExplainCart, description = "The cart, and the time.", examples(
        ("in May" = (value = json!({
            "cart": { "currency": "USD", "lines": [{ "id": "a", "quantity": 2, "unit_price": 2000 }] },
            "at": "2027-05-01T12:00:00Z",
        }))),
    )),
    responses((status = 200, description = "What the promotion makes of the cart.", body = Explanation), Explaining),
    security(("key" = [])),
)]
pub(super) async fn explain(
    State(app): State<Arc<App>>,
    caller: Caller,
    PromotionName(promotion): PromotionName,
    body: JsonBody,
) -> Result<Response, Problem> {
    let asked: ExplainCart = body.read_object(ProblemKind::InvalidCart)?;
    let told = quotes::explain(&app, &caller.shop, &asked.cart(), &promotion).await;
    Ok(json(StatusCode::OK, &told.map_err(|error| of_cart_in("cart", error))?))
}
