//! `GET /v1/activities`: what has happened in the shop.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tearline_app::App;
use tearline_app::codes::ActivityId;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::openapi::Listing;
use crate::page::{self, limit};
use crate::params::{Params, bad_parameter};
use crate::problem::Problem;
use crate::wire::checks::LoggedActivity;

/// Which page of what has happened, the newest first.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ActivityParams {
    /// Only what happened before this: the `next_cursor` of the page before.
    #[param(required = false, pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    before: Option<String>,
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// List what has happened
///
/// Orders, holds, draws, what became of codes, carts of known customers that were priced, and codes that were refused;
/// the newest first. Quotes appear about a second later.
#[utoipa::path(
    get, path = "/v1/activities", tag = "Activities", operation_id = "list_activities",
    params(ActivityParams),
    responses((status = 200, description = "A page of it.", body = page::Page<LoggedActivity>), Listing),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(params): Params<ActivityParams>,
) -> Result<Response, Problem> {
    let before = params.before.as_ref().map(|before| before.parse::<ActivityId>()).transpose();
    let before = before.map_err(|_| bad_parameter("`before` is the `next_cursor` of the page before"))?;
    let limit = limit(params.limit)?;
    let found =
        app.store.activities(&caller.shop, before, limit + 1).await.map_err(tearline_app::AppError::from)?;
    let found: Vec<_> = found.into_iter().map(LoggedActivity::from).collect();
    Ok(page::answer(found, limit, "/v1/activities", "before", LoggedActivity::cursor))
}
