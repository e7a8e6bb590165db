//! `/v1/customers/{id}`: what orders have told of a customer.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use tearline_app::{App, AppError};
use tearline_pricing::names::CustomerId;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::body::json;
use crate::openapi::CountingCodes;
use crate::params::CustomerName;
use crate::problem::{Problem, ProblemKind};

/// What orders have told of a customer.
#[derive(Debug, Serialize, ToSchema)]
struct KnownBuyer {
    /// The shop's name for them; of one who is known by an e-mail address only, `email:` and the address.
    id: CustomerId,
    /// The e-mail address that came with their last order.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// How many orders they have placed that were not cancelled.
    orders: u64,
    /// When they placed the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_order_at: Option<Timestamp>,
}

/// Read a customer
///
/// How many orders a customer has placed, and when the last one: what conditions on orders are read from.
#[utoipa::path(
    get, path = "/v1/customers/{customer_id}", tag = "Customers", operation_id = "get_customer",
    params(CustomerName),
    responses((status = 200, description = "What is known.", body = KnownBuyer), CountingCodes),
    security(("key" = [])),
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    CustomerName(id): CustomerName,
) -> Result<Response, Problem> {
    let buyer = app.store.buyer(&caller.shop, &id).await.map_err(AppError::from)?;
    if buyer.last_order_at.is_none() {
        return Err(Problem::new(ProblemKind::NotFound, format!("`{id}` has never ordered anything")));
    }
    let known =
        KnownBuyer { id, email: buyer.email, orders: buyer.orders, last_order_at: buyer.last_order_at };
    Ok(json(StatusCode::OK, &known))
}
