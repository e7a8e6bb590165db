//! `POST /v1/carts/edit`: a cart changed without losing the order in which its units were added.

use axum::http::StatusCode;
use axum::response::Response;
use tearline_pricing::cart::Cart;
use tearline_pricing::cart::check::{CartFault, faults_of};
use tearline_pricing::cart::edit::{Edit, edit as make};

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
    let EditCart { mut cart, edits } = body.read_object(ProblemKind::InvalidEdit)?;
    check("/cart", &cart, "")?;
    if edits.len() > EDITS_MAX {
        let message = format!("at most {EDITS_MAX} edits at once");
        return Err(refused(vec![Fault::new("/edits", "too_many", message)]));
    }
    for (index, one) in edits.into_iter().enumerate() {
        cart = make_one(cart, one, &format!("/edits/{index}"))?;
    }
    Ok(json(StatusCode::OK, &EditedCart { cart }))
}

fn make_one(cart: Cart, one: Edit, pointer: &str) -> Result<Cart, Problem> {
    match &one {
        Edit::Add { line, .. } => {
            let alone = Cart::of(cart.currency, vec![(**line).clone()]);
            check(&format!("{pointer}/add/line"), &alone, "/lines/0")?;
        }
        Edit::Merge { cart } => check(&format!("{pointer}/merge/cart"), cart, "")?,
        Edit::Raise { .. } | Edit::Lower { .. } | Edit::Remove { .. } => {}
    }
    let cart = make(cart, one)
        .map_err(|error| refused(vec![Fault::new(pointer, "impossible", error.to_string())]))?;
    match faults_of(&cart).into_iter().next() {
        None => Ok(cart),
        Some(fault) => {
            let message = format!("after this edit, {} {}", fault.pointer, fault.message);
            Err(refused(vec![Fault { message, pointer: pointer.to_owned(), ..fault.into() }]))
        }
    }
}

/// A cart that could not be priced is not edited either; some would only take long. `part` is the part of the
/// cart that stands at `pointer` in the body.
fn check(pointer: &str, cart: &Cart, part: &str) -> Result<(), Problem> {
    let faults: Vec<Fault> = faults_of(cart).into_iter().map(|fault| placed(fault, pointer, part)).collect();
    if faults.is_empty() { Ok(()) } else { Err(refused(faults)) }
}

/// A fault found in a part of the body that stands at a place of its own.
fn placed(fault: CartFault, pointer: &str, part: &str) -> Fault {
    let below = fault.pointer.strip_prefix(part).unwrap_or(&fault.pointer);
    let pointer = format!("{pointer}{below}");
    Fault { pointer, ..fault.into() }
}

fn refused(faults: Vec<Fault>) -> Problem {
    Problem::new(ProblemKind::InvalidEdit, "the cart cannot be edited").with_errors(faults)
}
