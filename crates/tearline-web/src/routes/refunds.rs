//! `/v1/orders/{order_id}/refunds` and `/exchanges`: what comes back of an order, and what goes in its place.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::App;
use tearline_app::refunds::{self, Wish};
use tearline_core::refunds::{ExchangeRequest, RefundRequest};

use crate::auth::Caller;
use crate::body::{JsonBody, json};
use crate::ledger::Asked;
use crate::openapi::{Exchanging, IdempotencyKey, PreviewingExchange, PreviewingRefund, Refunding};
use crate::params::OrderName;
use crate::problem::{Problem, ProblemKind};
use crate::wire::refunds::OrderStatement;

/// Refund units or shipping of an order
///
/// What was paid for them comes back, each unit with its tax, as money and as credit in the proportion in which it was
/// paid; credit is on its balance again at once. `policy` says what the basket that remains means for it. Any sequence
/// of refunds adds up to what was paid.
///
/// Each request refunds once more: send an `Idempotency-Key`, so that one whose answer was lost can be sent again.
#[utoipa::path(
    post, path = "/v1/orders/{order_id}/refunds", tag = "Orders", operation_id = "refund_order",
    params(OrderName, IdempotencyKey),
    request_body(content = RefundRequest, description = "What is to come back.", examples(
        ("a unit" = (value = json!({ "units": [{ "line": "a", "quantity": 1 }] }))),
        ("priced anew" = (value = json!({ "units": [{ "line": "a", "quantity": 1 }], "policy": "reprice" }))),
        ("shipping" = (value = json!({ "shipping": "full" }))),
    )),
    responses((status = 201, description = "The statement.", body = OrderStatement), Refunding),
    security(("key" = [])),
)]
pub(super) async fn refund(
    State(app): State<Arc<App>>,
    OrderName(order): OrderName,
    asked: Asked,
) -> Result<Response, Problem> {
    let request: RefundRequest = asked.read(ProblemKind::InvalidRequest)?;
    let order = refunds::make(&app, &asked.caller, &order, &Wish::Refund(request)).await?;
    Ok(json(StatusCode::CREATED, &OrderStatement::last(*order)))
}

/// Preview a refund
///
/// The statement as it would be made now. Nothing is changed.
#[utoipa::path(
    post, path = "/v1/orders/{order_id}/refunds/preview", tag = "Orders", operation_id = "preview_refund",
    params(OrderName),
    request_body(content = RefundRequest, description = "What would come back.", examples(
        ("a unit" = (value = json!({ "units": [{ "line": "a", "quantity": 1 }], "policy": "claw_back" }))),
    )),
    responses((status = 200, description = "The statement.", body = OrderStatement), PreviewingRefund),
    security(("key" = [])),
)]
pub(super) async fn preview_refund(
    State(app): State<Arc<App>>,
    caller: Caller,
    OrderName(order): OrderName,
    body: JsonBody,
) -> Result<Response, Problem> {
    let wish = Wish::Refund(body.read_object(ProblemKind::InvalidRequest)?);
    let (number, made) = refunds::preview(&app, &caller.shop, &order, &wish).await?;
    Ok(json(StatusCode::OK, &OrderStatement::new(number, made)))
}

/// Exchange units of an order for others
///
/// Units go and lines come in one step. What the order then is, is priced as of the order; what was paid above that
/// comes back, or the rest is `to_pay`. What the order would claim of limits in addition is taken, all of it or
/// nothing. Later refunds are made of what the order has become.
#[utoipa::path(
    post, path = "/v1/orders/{order_id}/exchanges", tag = "Orders", operation_id = "exchange_units",
    params(OrderName, IdempotencyKey),
    request_body(content = ExchangeRequest, description = "What goes, and what comes.", examples(
        ("a larger print" = (value = json!({
            "units": [{ "line": "a", "quantity": 1 }],
            "add": [{ "id": "a2", "product": "8x10", "quantity": 1, "unit_price": 2500 }],
        }))),
    )),
    responses((status = 201, description = "The statement.", body = OrderStatement), Exchanging),
    security(("key" = [])),
)]
pub(super) async fn exchange(
    State(app): State<Arc<App>>,
    OrderName(order): OrderName,
    asked: Asked,
) -> Result<Response, Problem> {
    let request: ExchangeRequest = asked.read(ProblemKind::InvalidCart)?;
    let order = refunds::make(&app, &asked.caller, &order, &Wish::Exchange(request)).await?;
    Ok(json(StatusCode::CREATED, &OrderStatement::last(*order)))
}

/// Preview an exchange
///
/// The statement as it would be made now, were all that the order would claim still free. Nothing is changed.
#[utoipa::path(
    post, path = "/v1/orders/{order_id}/exchanges/preview", tag = "Orders", operation_id = "preview_exchange",
    params(OrderName),
    request_body(content = ExchangeRequest, description = "What would go, and what would come.", examples(
        ("a larger print" = (value = json!({
            "units": [{ "line": "a", "quantity": 1 }],
            "add": [{ "id": "a2", "product": "8x10", "quantity": 1, "unit_price": 2500 }],
        }))),
    )),
    responses((status = 200, description = "The statement.", body = OrderStatement), PreviewingExchange),
    security(("key" = [])),
)]
pub(super) async fn preview_exchange(
    State(app): State<Arc<App>>,
    caller: Caller,
    OrderName(order): OrderName,
    body: JsonBody,
) -> Result<Response, Problem> {
    let wish = Wish::Exchange(body.read_object(ProblemKind::InvalidCart)?);
    let (number, made) = refunds::preview(&app, &caller.shop, &order, &wish).await?;
    Ok(json(StatusCode::OK, &OrderStatement::new(number, made)))
}
