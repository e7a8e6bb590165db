//! `POST /v1/carts/edit`: a cart changed without losing the order in which its units were added.

use axum::http::StatusCode;
use axum::response::Response;
use tearline_pricing::cart::edit::{Edit, edit as make};
use tearline_pricing::cart::{Cart, LINES_MAX};

use crate::auth::Caller;
use crate::body::{JsonBody, json};
use crate::openapi::Editing;
use crate::problem::{Fault, Problem, ProblemKind};
use crate::wire::{EditCart, EditedCart};

/// The most edits in one request.
const EDITS_MAX: usize = 1_000;

/// Edit a cart
///
/// The order in which units were added decides what they cost under a graduated bulk discount; an edit keeps it.
/// Nothing is stored: the cart comes back as it is then.
#[utoipa::path(
    post, path = "/v1/carts/edit", tag = "Quotes", operation_id = "edit_cart",
    request_body(content = EditCart, description = "The cart and its edits.", examples(
        ("one more" = (value = json!({
            "cart": { "currency": "USD", "lines": [{ "id": "a", "quantity": 2, "unit_price": 2000 }] },
            "edits": [{ "raise": { "line": "a", "units": 1, "seq": 1_700_000_000_000_i64 } }],
        }))),
    )),
    responses((status = 200, description = "The cart as it is then.", body = EditedCart), Editing),
    security(("key" = [])),
)]
pub(super) async fn edit(_caller: Caller, body: JsonBody) -> Result<Response, Problem> {
    let EditCart { mut cart, edits } = body.read(ProblemKind::InvalidEdit)?;
    check_lines("/cart/lines", &cart)?;
    if edits.len() > EDITS_MAX {
        return Err(refused("/edits".to_owned(), "too_many", format!("at most {EDITS_MAX} edits at once")));
    }
    for (index, one) in edits.into_iter().enumerate() {
        if let Edit::Merge { cart } = &one {
            check_lines(&format!("/edits/{index}/merge/cart/lines"), cart)?;
        }
        cart = make(cart, one)
            .map_err(|error| refused(format!("/edits/{index}"), "impossible", error.to_string()))?;
        check_lines(&format!("/edits/{index}"), &cart)?;
    }
    Ok(json(StatusCode::OK, &EditedCart { cart }))
}

/// A cart of more lines would be refused when it is priced; here it would only take long.
fn check_lines(pointer: &str, cart: &Cart) -> Result<(), Problem> {
    let count = cart.lines.len();
    let message = || format!("a cart has at most {LINES_MAX} lines; this one has {count}");
    if count <= LINES_MAX { Ok(()) } else { Err(refused(pointer.to_owned(), "too_many", message())) }
}

fn refused(pointer: String, code: &str, message: String) -> Problem {
    Problem::new(ProblemKind::InvalidEdit, "the cart cannot be edited")
        .with_errors(vec![Fault::new(pointer, code, message)])
}
