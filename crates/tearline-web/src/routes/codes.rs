//! `/v1/codes/…`: what has become of a code. Codes travel in bodies, never in paths, which end up in logs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::codes::{self, Change};
use tearline_app::{App, pools};

use crate::body::json;
use crate::ledger::{Asked, refuse};
use crate::openapi::{ChangingCodes, Checking, IdempotencyKey, LookingUp, Withdrawing};
use crate::params::Id;
use crate::problem::{Fault, Problem, ProblemKind};
use crate::wire::checks::{
    ChangedCodes, CheckCode, CheckedCode, CodePast, CodeTimeline, ExtendCode, ExtendCodes, WithdrawCodes,
};
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

/// Check a code
///
/// Tells what a code is that somebody entered, from when until when it may be used, and, for a cart, whether it
/// applies and why not. An unknown code is an answer, too.
#[utoipa::path(
    post, path = "/v1/codes/check", tag = "Codes", operation_id = "check_code",
    request_body(content = CheckCode, description = "The code, and perhaps the cart.", examples(
        ("a code in a cart" = (value = json!({
            "code": "THANKS-7KQ2",
            "cart": { "currency": "USD", "lines": [{ "id": "a", "product": "8x10", "unit_price": 2000 }] },
        }))),
    )),
    responses((status = 200, description = "What there is to say about it.", body = CheckedCode), Checking),
    security(("key" = [])),
)]
pub(super) async fn check(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let CheckCode { code, cart } = asked.read(ProblemKind::InvalidCart)?;
    refuse(ProblemKind::InvalidCart, [code_fault("/code", &code)])?;
    let checked = codes::check(&app, &asked.caller.shop, &code, cart).await?;
    Ok(json(StatusCode::OK, &CheckedCode::from(checked)))
}

/// List what has happened to a code
///
/// Who drew it, held it, used it, extended or withdrew it, and when; the newest first.
#[utoipa::path(
    post, path = "/v1/codes/timeline", tag = "Codes", operation_id = "list_code_activities",
    request_body(content = CodePast, description = "The code.", examples(
        ("a code" = (value = json!({ "code": "THANKS-7KQ2" }))),
    )),
    responses((status = 200, description = "What has happened.", body = CodeTimeline), LookingUp),
    security(("key" = [])),
)]
pub(super) async fn timeline(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let past: CodePast = asked.read(ProblemKind::InvalidRequest)?;
    let page = past.page();
    let faults = [code_fault("/code", &past.code), page.as_ref().err().map(|fault| Fault::clone(fault))];
    refuse(ProblemKind::InvalidRequest, faults)?;
    let (before, limit) = page.unwrap_or_default();
    let found = codes::timeline(&app, &asked.caller.shop, &past.code, before, limit + 1).await?;
    Ok(json(StatusCode::OK, &CodeTimeline::new(found, limit)))
}

/// Let a code be used longer
///
/// Moves the end that a code has by its own terms; its promotion's end still holds. No code is made to end sooner.
#[utoipa::path(
    post, path = "/v1/codes/extend", tag = "Codes", operation_id = "extend_code",
    params(IdempotencyKey),
    request_body(content = ExtendCode, description = "The code, and until when.", examples(
        ("to the end of June" = (value = json!({ "code": "THANKS-7KQ2", "expires_at": "2026-06-30" }))),
    )),
    responses((status = 200, description = "The code.", body = CodeInfo), Withdrawing),
    security(("key" = [])),
)]
pub(super) async fn extend(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let ExtendCode { code, expires_at } = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, [code_fault("/code", &code)])?;
    let extended = codes::extend(&app, &asked.caller, &code, expires_at).await?;
    Ok(json(StatusCode::OK, &CodeInfo::from(extended)))
}

/// Withdraw many codes
///
/// For a batch that has leaked: the codes that `where` picks hold no more, not even for a cart that holds one. What
/// was ordered with them stands. A request looks at up to 10,000 codes; ask again with its `next` until there is
/// none. Doing it twice is doing it once.
#[utoipa::path(
    post, path = "/v1/pools/{id}/codes/void", tag = "Codes", operation_id = "void_codes",
    params(Id),
    request_body(content = WithdrawCodes, description = "Which, and why.", examples(
        ("a leaked batch" = (value = json!({
            "where": { "from_serial": 1001, "to_serial": 2000 }, "why": "posted in public",
        }))),
    )),
    responses((status = 200, description = "How many.", body = ChangedCodes), ChangingCodes),
    security(("key" = [])),
)]
pub(super) async fn withdraw_many(
    State(app): State<Arc<App>>,
    Id(pool): Id,
    asked: Asked,
) -> Result<Response, Problem> {
    let WithdrawCodes { r#where, why, after } = asked.read(ProblemKind::InvalidRequest)?;
    let (after, filter) = r#where.filter(after);
    let change = Change::Withdraw { why };
    let amended = codes::amend(&app, &asked.caller, &pool, after, &filter, &change).await?;
    Ok(json(StatusCode::OK, &ChangedCodes::from(amended)))
}

/// Let many codes be used longer
///
/// Moves the end that codes have by their own terms, for those that `where` picks. A request looks at up to 10,000
/// codes; ask again with its `next` until there is none. Doing it twice is doing it once.
#[utoipa::path(
    post, path = "/v1/pools/{id}/codes/extend", tag = "Codes", operation_id = "extend_codes",
    params(Id),
    request_body(content = ExtendCodes, description = "Which, and until when.", examples(
        ("what was given in May" = (value = json!({
            "where": { "assigned_from": "2026-05-01T00:00:00Z", "assigned_until": "2026-06-01T00:00:00Z" },
            "expires_at": "2026-07-31",
        }))),
    )),
    responses((status = 200, description = "How many.", body = ChangedCodes), ChangingCodes),
    security(("key" = [])),
)]
pub(super) async fn extend_many(
    State(app): State<Arc<App>>,
    Id(pool): Id,
    asked: Asked,
) -> Result<Response, Problem> {
    let ExtendCodes { r#where, expires_at, after } = asked.read(ProblemKind::InvalidRequest)?;
    let (after, filter) = r#where.filter(after);
    let change = Change::Extend { until: expires_at };
    let amended = codes::amend(&app, &asked.caller, &pool, after, &filter, &change).await?;
    Ok(json(StatusCode::OK, &ChangedCodes::from(amended)))
}
