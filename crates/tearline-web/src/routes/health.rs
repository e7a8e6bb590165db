//! `/healthz` and `/readyz`: for whoever watches the process.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tearline_app::{App, AppError};
use utoipa::ToSchema;

use crate::body::json;
use crate::openapi::{Living, Waiting};
use crate::problem::{Problem, ProblemKind};

/// How long the store may take to say that it is there.
const READY_TIME_MAX: Duration = Duration::from_secs(3);

/// How the process is.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
}

/// Is the process alive?
///
/// Needs no key and asks nobody else.
#[utoipa::path(
    get, path = "/healthz", tag = "Health", operation_id = "alive",
    responses((status = 200, description = "It is.", body = Health), Living),
)]
pub(super) async fn alive() -> Response {
    json(StatusCode::OK, &Health { status: "ok" })
}

/// Can it answer requests?
///
/// Needs no key; asks the store.
#[utoipa::path(
    get, path = "/readyz", tag = "Health", operation_id = "ready",
    responses((status = 200, description = "It can.", body = Health), Waiting),
)]
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let unavailable = || Problem::new(ProblemKind::Unavailable, "the store does not answer");
    let asked = tokio::time::timeout(READY_TIME_MAX, app.store.shops(None, 1)).await;
    match asked {
        Ok(Ok(_)) => Ok(json(StatusCode::OK, &Health { status: "ok" })),
        Ok(Err(error)) => Err(unavailable().caused_by(AppError::from(error))),
        Err(elapsed) => Err(unavailable().caused_by(elapsed)),
    }
}
