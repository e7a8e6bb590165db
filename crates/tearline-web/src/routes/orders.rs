//! `/v1/orders`: what was bought.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use tearline_app::App;
use tearline_app::orders::{self, NewOrder, PlacedOrder};
use tearline_core::ledger::{CartId, OrderId};

use crate::auth::Caller;
use crate::body::json;
use crate::ledger::{Asked, refuse};
use crate::openapi::{Cancelling, IdempotencyKey, Placing, ReadingOrder};
use crate::page::Page;
use crate::params::OrderName;
use crate::problem::{Problem, ProblemKind};
use crate::wire::ledger::{CancelOrder, OrderActivity, PlaceOrder, PricedOrder, at_fault, name_fault};

/// Place an order
///
/// The cart is priced as it is now, and all that it claims of limits and balances is used, or nothing. Where others
/// took something meanwhile, it is priced again; if it then costs more than `expected` says, nothing is done and the
/// new price is the answer. A live hold of the same cart keeps the price that it froze.
///
/// The same request sent again is answered with the same order, and nothing is counted twice.
#[utoipa::path(
    post, path = "/v1/orders", tag = "Orders", operation_id = "place_order",
    params(IdempotencyKey),
    request_body(content = PlaceOrder, description = "The order.", examples(
        ("two prints" = (value = json!({
            "order_id": "S-1042",
            "cart_id": "cart-1042",
            "cart": {
                "currency": "USD", "codes": ["WELCOME"], "customer": { "id": "c-1042" },
                "lines": [{ "id": "a", "product": "8x10", "quantity": 2, "unit_price": 2000 }],
            },
            "expected": { "due": 4000 },
        }))),
    )),
    responses(
        (status = 201, description = "The order is placed.", body = PricedOrder),
        (status = 200, description = "The same request had placed it before.", body = PricedOrder),
        Placing,
    ),
    security(("key" = [])),
)]
pub(super) async fn place(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let PlaceOrder { order_id, cart_id, cart, expected } = asked.read(ProblemKind::InvalidCart)?;
    let named = name_fault("/order_id", order_id.fault());
    let of_cart = name_fault("/cart_id", cart_id.as_ref().and_then(CartId::fault));
    refuse(ProblemKind::InvalidCart, [named, of_cart, at_fault(&cart)])?;
    let expected = expected.map(|expected| expected.due);
    let new = NewOrder { order_id, fingerprint: asked.fingerprint(), cart_id, cart, expected };
    Ok(placed(orders::place(&app, &asked.caller, &new).await?))
}

fn placed(PlacedOrder { order, again }: PlacedOrder) -> Response {
    let status = if again { StatusCode::OK } else { StatusCode::CREATED };
    let place = HeaderValue::try_from(path_of(&order.id)).ok().filter(|_| !again);
    let mut response = json(status, &PricedOrder::from(*order));
    response.headers_mut().extend(place.map(|place| (LOCATION, place)));
    response
}

/// Where an order is read: whatever is in its name, as RFC 3986 writes it.
fn path_of(order: &OrderId) -> String {
    let mut path = String::from("/v1/orders/");
    for byte in order.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(byte.into());
        } else {
            // Writing to a text cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// Read an order
#[utoipa::path(
    get, path = "/v1/orders/{order_id}", tag = "Orders", operation_id = "get_order",
    params(OrderName),
    responses((status = 200, description = "The order, and its price.", body = PricedOrder), ReadingOrder),
    security(("key" = [])),
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    OrderName(order): OrderName,
) -> Result<Response, Problem> {
    let order = orders::get(&app, &caller.shop, &order).await?;
    Ok(json(StatusCode::OK, &PricedOrder::from(order)))
}

/// Cancel an order
///
/// The whole order is taken back: what it drew from balances and budgets returns, and its uses of limits too, unless they are to
/// be kept. Cancelling it again does nothing.
#[utoipa::path(
    post, path = "/v1/orders/{order_id}/cancel", tag = "Orders", operation_id = "cancel_order",
    params(OrderName, IdempotencyKey),
    request_body(content = CancelOrder, description = "How.", examples(
        ("all of it" = (value = json!({}))),
        ("the uses stay used" = (value = json!({ "uses": "keep" }))),
    )),
    responses((status = 200, description = "The order is cancelled.", body = PricedOrder), Cancelling),
    security(("key" = [])),
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    OrderName(order): OrderName,
    asked: Asked,
) -> Result<Response, Problem> {
    let CancelOrder { uses } = asked.read(ProblemKind::InvalidRequest)?;
    let order = orders::cancel(&app, &asked.caller, order, uses.into()).await?;
    Ok(json(StatusCode::OK, &PricedOrder::from(*order)))
}

/// List what has happened to an order
///
/// Who placed it, cancelled it, refunded something of it, and when; the oldest first.
#[utoipa::path(
    get, path = "/v1/orders/{order_id}/activities", tag = "Orders", operation_id = "list_order_activities",
    params(OrderName),
    responses((status = 200, description = "What has happened.", body = Page<OrderActivity>), ReadingOrder),
    security(("key" = [])),
)]
pub(super) async fn activities(
    State(app): State<Arc<App>>,
    caller: Caller,
    OrderName(order): OrderName,
) -> Result<Response, Problem> {
    let activities = orders::activities(&app, &caller.shop, &order).await?;
    let activities = activities.into_iter().map(OrderActivity::from).collect();
    Ok(json(StatusCode::OK, &Page::whole(activities)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_found_whatever_is_in_its_name() {
        assert_eq!(path_of(&"S-1042".into()), "/v1/orders/S-1042");
        assert_eq!(path_of(&"Nr. 7/ä".into()), "/v1/orders/Nr.%207%2F%C3%A4");
    }
}
