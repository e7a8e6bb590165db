//! `/v1/holds`: what carts claim, kept for their buyers until they have paid.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::holds::{self, NewHold};
use tearline_app::{App, ledger::LedgerError};
use tearline_core::ledger::Hold;

use crate::auth::Caller;
use crate::body::json;
use crate::ledger::{Asked, Bare, refuse};
use crate::openapi::{Extending, Holding, IdempotencyKey, ReadingHold, Releasing};
use crate::params::CartName;
use crate::problem::{Problem, ProblemKind};
use crate::wire::ledger::{ExtendHold, HeldCart, HoldCart, at_fault, name_fault, ttl_fault};

/// Hold a cart
///
/// What the cart claims of limits and balances is kept for its buyer while they pay, and its price is frozen: an
/// order of the same cart within the time costs no more, whatever others do meanwhile. A hold ends by itself.
///
/// A cart's later hold replaces its earlier one. A customer is never in their own way: where an older hold of theirs,
/// of another cart, keeps what this one needs, it makes way.
#[utoipa::path(
    post, path = "/v1/holds", tag = "Holds", operation_id = "hold_cart",
    params(IdempotencyKey),
    request_body(content = HoldCart, description = "The cart.", examples(
        ("two prints" = (value = json!({
            "cart_id": "cart-1042",
            "cart": {
                "currency": "USD", "codes": ["WELCOME"], "customer": { "id": "c-1042" },
                "lines": [{ "id": "a", "product": "8x10", "quantity": 2, "unit_price": 2000 }],
            },
            "ttl_s": 900,
        }))),
    )),
    responses((status = 200, description = "The hold, and the price.", body = HeldCart), Holding),
    security(("key" = [])),
)]
pub(super) async fn make(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let HoldCart { cart_id, cart, ttl_s, expected } = asked.read(ProblemKind::InvalidCart)?;
    let named = name_fault("/cart_id", cart_id.fault());
    refuse(ProblemKind::InvalidCart, [named, at_fault(&cart), ttl_fault(ttl_s)])?;
    let new = NewHold { cart_id, cart, ttl_s, expected: expected.map(|expected| expected.due) };
    answer(holds::make(&app, &asked.caller, &new).await.map(|hold| *hold))
}

fn answer(hold: Result<Hold, LedgerError>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &HeldCart::from(hold?)))
}

/// Read a hold
///
/// A hold whose time is over is gone.
#[utoipa::path(
    get, path = "/v1/holds/{cart_id}", tag = "Holds", operation_id = "get_hold",
    params(CartName),
    responses((status = 200, description = "The hold, and the price.", body = HeldCart), ReadingHold),
    security(("key" = [])),
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    CartName(cart): CartName,
) -> Result<Response, Problem> {
    answer(holds::get(&app, &caller.shop, &cart).await)
}

/// Keep a hold longer
///
/// For slow payments: the hold lasts so many seconds from now on, or as long as it does, whichever is later.
#[utoipa::path(
    post, path = "/v1/holds/{cart_id}/extend", tag = "Holds", operation_id = "extend_hold",
    params(CartName, IdempotencyKey),
    request_body(content = ExtendHold, description = "How long.", examples(
        ("half an hour" = (value = json!({ "ttl_s": 1800 }))),
    )),
    responses((status = 200, description = "The hold, and the price.", body = HeldCart), Extending),
    security(("key" = [])),
)]
pub(super) async fn extend(
    State(app): State<Arc<App>>,
    CartName(cart): CartName,
    asked: Asked,
) -> Result<Response, Problem> {
    let ExtendHold { ttl_s } = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, [ttl_fault(ttl_s)])?;
    answer(holds::extend(&app, &asked.caller, cart, ttl_s).await.map(|hold| *hold))
}

/// Give a hold back
///
/// What the cart kept is free at once. It is no fault if there is no hold.
#[utoipa::path(
    delete, path = "/v1/holds/{cart_id}", tag = "Holds", operation_id = "release_hold",
    params(CartName, IdempotencyKey),
    responses((status = 204, description = "The cart has no hold."), Releasing),
    security(("key" = [])),
)]
pub(super) async fn release(
    State(app): State<Arc<App>>,
    CartName(cart): CartName,
    Bare(caller): Bare,
) -> Result<StatusCode, Problem> {
    holds::release(&app, &caller, cart).await?;
    Ok(StatusCode::NO_CONTENT)
}
