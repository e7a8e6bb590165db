//! `/v1/codes/…`: what has become of a code. Codes travel in bodies, never in paths, which end up in logs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::{App, pools};

use crate::body::json;
use crate::ledger::{Asked, refuse};
use crate::openapi::{IdempotencyKey, LookingUp, Withdrawing};
use crate::problem::{Problem, ProblemKind};
use crate::wire::codes::{CodeInfo, LookUpCode, WithdrawCode, code_fault};

/// Look a code up
///
/// Tells what has become of a unique code. It is found as a buyer's would be: exactly as entered, else in another
/// case or with other spaces and dashes where its pool allows that.
#[utoipa::path(
    post, path = "/v1/codes/lookup", tag = "Codes", operation_id = "look_up_code",
    request_body(content = LookUpCode, description = "The code.", examples(
        ("a code" = (value = json!({ "code": "THANKS-7KQ2" }))),
    )),
    responses((status = 200, description = "What has become of it.", body = CodeInfo), LookingUp),
    security(("key" = [])),
)]
pub(super) async fn look_up(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let LookUpCode { code } = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, [code_fault("/code", &code)])?;
    let found = pools::look_up(&app, &asked.caller.shop, &code).await?;
    Ok(json(StatusCode::OK, &CodeInfo::from(found)))
}

/// Withdraw a code
///
/// The code holds no more, not even for a cart that holds it. What was ordered with it stands. Doing it twice is
/// doing it once.
#[utoipa::path(
    post, path = "/v1/codes/void", tag = "Codes", operation_id = "void_code",
    params(IdempotencyKey),
    request_body(content = WithdrawCode, description = "The code, and why.", examples(
        ("a leaked code" = (value = json!({ "code": "THANKS-7KQ2", "why": "posted in public" }))),
    )),
    responses((status = 200, description = "The code, which is void.", body = CodeInfo), Withdrawing),
    security(("key" = [])),
)]
pub(super) async fn withdraw(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let WithdrawCode { code, why } = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, [code_fault("/code", &code)])?;
    let withdrawn = pools::withdraw(&app, &asked.caller, &code, &why).await?;
    Ok(json(StatusCode::OK, &CodeInfo::from(*withdrawn)))
}
