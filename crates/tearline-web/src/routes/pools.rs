//! `/v1/pools/{id}/…`: codes that a pool is filled with, and how many there are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::{App, pools};

use crate::auth::Caller;
use crate::body::json;
use crate::ledger::{Asked, refuse};
use crate::openapi::{CountingCodes, FillingPool};
use crate::params::Id;
use crate::problem::{Problem, ProblemKind};
use crate::wire::codes::{AddCodes, AddedCodes, PoolNumbers};

/// Add codes
///
/// Adds codes to the end of a pool, in their order, all in one step. A code that is somebody's already, or that could
/// be taken for somebody's, is left out and told.
#[utoipa::path(
    post, path = "/v1/pools/{id}/codes", tag = "Pools", operation_id = "add_codes",
    params(Id),
    request_body(content = AddCodes, description = "The codes.", examples(
        ("three codes" = (value = json!({ "codes": ["20-OFF_A", { "code": "20-OFF_B", "limit": 2 }, "20-OFF_C"] }))),
    )),
    responses((status = 200, description = "How many were added.", body = AddedCodes), FillingPool),
    security(("key" = [])),
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Id(pool): Id,
    asked: Asked,
) -> Result<Response, Problem> {
    let codes: AddCodes = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, codes.faults().into_iter().map(Some))?;
    let added = pools::add(&app, &asked.caller.shop, &pool, codes.into()).await?;
    Ok(json(StatusCode::OK, &AddedCodes::from(added)))
}

/// Count a pool's codes
#[utoipa::path(
    get, path = "/v1/pools/{id}/counts", tag = "Pools", operation_id = "count_codes",
    params(Id),
    responses((status = 200, description = "How many there are of each kind.", body = PoolNumbers), CountingCodes),
    security(("key" = [])),
)]
pub(super) async fn counts(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
) -> Result<Response, Problem> {
    let (counts, makes) = pools::counts(&app, &caller.shop, &pool).await?;
    Ok(json(StatusCode::OK, &PoolNumbers::new(counts, makes)))
}
