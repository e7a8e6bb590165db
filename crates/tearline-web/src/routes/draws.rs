//! `/v1/pools/{id}/draws` and around it: codes are drawn and set aside, and redeemed elsewhere.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::{App, draws};
use tearline_core::ledger::ReservationId;

use crate::auth::Caller;
use crate::body::json;
use crate::ledger::{Asked, Bare, refuse};
use crate::openapi::{
    Drawing, DrawingMany, IdempotencyKey, LookingUpAssigned, ReadingReservation, RecallingPool, Reporting,
    Reserving, Returning,
};
use crate::page;
use crate::params::{Id, InPool, Params};
use crate::problem::{Problem, ProblemKind};
use crate::wire::codes::CodeInfo;
use crate::wire::draws::{
    AssignedTo, DrawCode, DrawCodes, DrawnCode, DrawnCodes, Outcome, PastParams, PoolActivity, ReportCodes,
    ReportedCodes, ReserveCodes, ReservedCodes,
};

/// Draw a code
///
/// Gives somebody a code that nobody has. The same `key` always draws the same code: name the message, or the step,
/// for which it is drawn, and ask again as often as you like. Where there is none, `when_empty` of the answer says
/// what the pool wants to happen with the message.
#[utoipa::path(
    post, path = "/v1/pools/{id}/draws", tag = "Pools", operation_id = "draw_code",
    params(Id, IdempotencyKey),
    request_body(content = DrawCode, description = "For whom, and for what.", examples(
        ("a thank-you mail" = (value = json!({ "key": "thanks-mail-c-1042", "customer": "c-1042" }))),
    )),
    responses((status = 200, description = "The code.", body = DrawnCode), Drawing),
    security(("key" = [])),
)]
pub(super) async fn draw(
    State(app): State<Arc<App>>,
    Id(pool): Id,
    asked: Asked,
) -> Result<Response, Problem> {
    let wanted = asked.read::<DrawCode>(ProblemKind::InvalidRequest)?.alone();
    refuse(ProblemKind::InvalidRequest, wanted.faults(true).into_iter().map(Some))?;
    let drawn = draws::draw(&app, &asked.caller, &pool, wanted.into()).await;
    let mut drawn = drawn.map_err(|error| Problem::of_draw(error, true))?;
    match drawn.draws.remove(0).into() {
        Outcome::Drawn(code) => Ok(json(StatusCode::OK, &code)),
        Outcome::AlreadyGiven => {
            Err(Problem::new(ProblemKind::AlreadyGiven, ProblemKind::AlreadyGiven.help()))
        }
        Outcome::Empty => {
            let problem = Problem::new(ProblemKind::PoolEmpty, format!("pool `{pool}` has no code left"));
            Err(problem.with_when_empty(drawn.when_empty))
        }
    }
}

/// Draw many codes
///
/// The same for up to 1,000 keys in one step: what there is goes to the first of them. The answer says of each key
/// what came of it; asking again gives the same codes to the same keys, and the others what there is by then.
#[utoipa::path(
    post, path = "/v1/pools/{id}/draws/batch", tag = "Pools", operation_id = "draw_codes",
    params(Id, IdempotencyKey),
    request_body(content = DrawCodes, description = "For whom, and for what.", examples(
        ("two mails" = (value = json!({
            "draws": [
                { "key": "spring-mail-c-1042", "customer": "c-1042" },
                { "key": "spring-mail-c-1043", "customer": "c-1043" },
            ],
            "reservation": "spring-mail",
        }))),
    )),
    responses((status = 200, description = "What came of each.", body = DrawnCodes), DrawingMany),
    security(("key" = [])),
)]
pub(super) async fn draw_many(
    State(app): State<Arc<App>>,
    Id(pool): Id,
    asked: Asked,
) -> Result<Response, Problem> {
    let wanted: DrawCodes = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, wanted.faults(false).into_iter().map(Some))?;
    let keys = wanted.keys();
    let drawn = draws::draw(&app, &asked.caller, &pool, wanted.into()).await;
    let drawn = drawn.map_err(|error| Problem::of_draw(error, false))?;
    Ok(json(StatusCode::OK, &DrawnCodes::new(keys, drawn)))
}

/// Read the code that somebody has
///
/// The code of the pool that a customer was given last and may still use. Nothing is given: who has none gets none.
#[utoipa::path(
    get, path = "/v1/pools/{id}/assigned", tag = "Pools", operation_id = "assigned_code",
    params(Id, AssignedTo),
    responses((status = 200, description = "The code.", body = CodeInfo), LookingUpAssigned),
    security(("key" = [])),
)]
pub(super) async fn assigned(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    Params(to): Params<AssignedTo>,
) -> Result<Response, Problem> {
    let code = draws::assigned(&app, &caller.shop, &pool, &to.customer()?).await?;
    Ok(json(StatusCode::OK, &CodeInfo::from(code)))
}

/// Reserve codes
///
/// Sets a number of codes aside, so that two who send cannot both count on them: other draws and other reservations
/// see what remains without them. All of them or none: where there are too few, the answer says how many are
/// `short`. Draws that name the reservation use it.
#[utoipa::path(
    post, path = "/v1/pools/{id}/reservations", tag = "Pools", operation_id = "reserve_codes",
    params(Id, IdempotencyKey),
    request_body(content = ReserveCodes, description = "How many, and for what.", examples(
        ("a mail to many" = (value = json!({ "key": "spring-mail", "codes": 1200 }))),
    )),
    responses((status = 200, description = "The reservation.", body = ReservedCodes), Reserving),
    security(("key" = [])),
)]
pub(super) async fn reserve(
    State(app): State<Arc<App>>,
    Id(pool): Id,
    asked: Asked,
) -> Result<Response, Problem> {
    let wanted: ReserveCodes = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, wanted.faults())?;
    let reserved = draws::reserve(&app, &asked.caller, &pool, &wanted.key, wanted.codes).await?;
    Ok(json(StatusCode::OK, &ReservedCodes::from(reserved)))
}

/// Read a reservation
#[utoipa::path(
    get, path = "/v1/pools/{id}/reservations/{key}", tag = "Pools", operation_id = "get_reservation",
    params(InPool),
    responses((status = 200, description = "The reservation.", body = ReservedCodes), ReadingReservation),
    security(("key" = [])),
)]
pub(super) async fn reservation(
    State(app): State<Arc<App>>,
    caller: Caller,
    InPool { id, key }: InPool,
) -> Result<Response, Problem> {
    let found = draws::reservation(&app, &caller.shop, &ReservationId { pool: id, key }).await?;
    Ok(json(StatusCode::OK, &ReservedCodes::from(found)))
}

/// Give codes back
///
/// What is left of a reservation is for everybody again. Doing it twice is doing it once.
#[utoipa::path(
    delete, path = "/v1/pools/{id}/reservations/{key}", tag = "Pools", operation_id = "give_back_codes",
    params(InPool, IdempotencyKey),
    responses((status = 200, description = "The reservation, of which nothing is left.", body = ReservedCodes), Returning),
    security(("key" = [])),
)]
pub(super) async fn give_back(
    State(app): State<Arc<App>>,
    InPool { id, key }: InPool,
    Bare(caller): Bare,
) -> Result<Response, Problem> {
    let returned = draws::give_back(&app, &caller, ReservationId { pool: id, key }).await?;
    Ok(json(StatusCode::OK, &ReservedCodes::from(*returned)))
}

/// Report redemptions elsewhere
///
/// Tells which codes of pools that say `redeemed_by: outside` were used in the other shop, and on which orders. It
/// has happened, so that nothing is refused for being used up; told twice, it counts once.
#[utoipa::path(
    post, path = "/v1/codes/report", tag = "Codes", operation_id = "report_codes",
    params(IdempotencyKey),
    request_body(content = ReportCodes, description = "Which codes, on which orders.", examples(
        ("an order" = (value = json!({
            "redemptions": [{ "code": "20-OFF_A", "order_id": "M-77", "at": "2026-05-01T10:00:00Z" }],
        }))),
    )),
    responses((status = 200, description = "What became of them.", body = ReportedCodes), Reporting),
    security(("key" = [])),
)]
pub(super) async fn report(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let told: ReportCodes = asked.read(ProblemKind::InvalidRequest)?;
    refuse(ProblemKind::InvalidRequest, told.faults().into_iter().map(Some))?;
    let heard = draws::report(&app, &asked.caller, told.into()).await?;
    Ok(json(StatusCode::OK, &ReportedCodes::from(heard)))
}

/// List what has happened to a pool
///
/// When it ran low or empty, and what was reserved; the newest first. What has happened to its codes, each code
/// tells.
#[utoipa::path(
    get, path = "/v1/pools/{id}/activities", tag = "Pools", operation_id = "list_pool_activities",
    params(Id, PastParams),
    responses((status = 200, description = "A page of it.", body = page::Page<PoolActivity>), RecallingPool),
    security(("key" = [])),
)]
pub(super) async fn activities(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    Params(params): Params<PastParams>,
) -> Result<Response, Problem> {
    let (before, limit) = params.page()?;
    let found = draws::activities(&app, &caller.shop, &pool, before, limit + 1).await?;
    let found = found.into_iter().map(PoolActivity::from).collect();
    let path = format!("/v1/pools/{pool}/activities");
    Ok(page::answer(found, limit, &path, "before", |last| last.id.clone()))
}
