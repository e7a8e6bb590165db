//! `GET /v1/orders` and the replays: past orders listed, and priced again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use tearline_app::App;
use tearline_app::replays::{self, Draft};
use tearline_core::ledger::OrderId;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::{JsonBody, json};
use crate::openapi::{Listing, ReadingOrder, Replaying};
use crate::page::{self, LIMIT_MAX, Page, cursor, cursor_text, limit};
use crate::params::{OrderName, Params};
use crate::problem::{Fault, Problem, ProblemKind, detail_of, refused_draft};
use crate::wire::ledger::Order;
use crate::wire::replays::{OrderReplay, ReplayOrders, ReplayedOrders};

/// Which orders to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OrderParams {
    /// Those placed since.
    #[param(required = false, value_type = String, format = DateTime)]
    from: Option<Timestamp>,
    /// Those placed before.
    #[param(required = false, value_type = String, format = DateTime)]
    until: Option<Timestamp>,
    /// The `next_cursor` of the page before.
    #[param(
        required = false,
        pattern = "^MT[A-Za-z0-9_-]+$",
        example = "MToyMDI2LTExLTIxVDEwOjAwOjAwWiBTLTEwNDI"
    )]
    after: Option<String>,
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// List orders
///
/// The newest first. Each order's price, and what was refunded of it, stand under its own address.
#[utoipa::path(
    get, path = "/v1/orders", tag = "Orders", operation_id = "list_orders",
    params(OrderParams),
    responses((status = 200, description = "A page of orders.", body = Page<Order>), Listing),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(params): Params<OrderParams>,
) -> Result<Response, Problem> {
    let limit = limit(params.limit)?;
    let seen = params.after.as_deref().map(|cursor| place(cursor).ok_or_else(page::unknown_cursor));
    let seen = seen.transpose()?;
    let before = seen.or_else(|| params.until.map(|until| (until, "".into())));
    let found = replays::list(&app, &caller.shop, params.from, before, limit + 1).await?;
    let found = found.into_iter().map(Order::from).collect();
    let of_range = [("from", params.from), ("until", params.until)];
    let range = of_range.into_iter().filter_map(|(name, at)| Some(format!("{name}={}&", at?)));
    let parameter = format!("{}after", range.collect::<String>());
    Ok(page::answer(found, limit, "/v1/orders", &parameter, |order: &Order| place_cursor(order.place())))
}

/// The cursor behind an order.
fn place_cursor((placed_at, order): (Timestamp, &OrderId)) -> String {
    cursor(&format!("{placed_at} {order}"))
}

/// The order behind which a page begins.
fn place(cursor: &str) -> Option<(Timestamp, OrderId)> {
    let text = cursor_text(cursor)?;
    let (placed_at, order) = text.split_once(' ')?;
    Some((placed_at.parse().ok()?, order.into()))
}

/// Price an order again
///
/// By its own cart, facts and instant, and the documents of then: whether it comes to the same cent. Nothing is
/// changed.
#[utoipa::path(
    get, path = "/v1/orders/{order_id}/replay", tag = "Orders", operation_id = "replay_order",
    params(OrderName),
    responses((status = 200, description = "What came of it.", body = OrderReplay), ReadingOrder),
    security(("key" = [])),
)]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    OrderName(order): OrderName,
) -> Result<Response, Problem> {
    let (order, replay) = replays::one(&app, &caller.shop, &order).await?;
    Ok(json(StatusCode::OK, &OrderReplay::as_it_was(order, replay)))
}

/// Which page of orders is asked for.
fn which(asked: &ReplayOrders) -> Result<replays::Page, Vec<Fault>> {
    let out_of_range =
        |_| vec![Fault::new("/limit", "out_of_range", format!("must be from 1 to {LIMIT_MAX}"))];
    let limit = limit(asked.limit).map_err(out_of_range)?;
    let unknown = || vec![Fault::new("/after", "invalid", "must be the `next_cursor` of the page before")];
    let seen = asked.after.as_deref().map(|cursor| place(cursor).ok_or_else(unknown)).transpose()?;
    let after = seen.or_else(|| asked.from.map(|from| (from, "".into())));
    Ok(replays::Page { after, until: asked.until, limit })
}

/// Price past orders again
///
/// Page by page, the oldest first: each as it was, or with a draft of documents in the place of those of then. What a
/// draft takes of its own limits, balances and budgets counts from order to order: send `taken` on with the next
/// page. Nothing is changed.
#[utoipa::path(
    post, path = "/v1/replays", tag = "Orders", operation_id = "replay_orders",
    request_body(content = ReplayOrders, description = "Which orders, and with what.", examples(
        ("as they were" = (value = json!({ "from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z" }))),
        ("with a draft" = (value = json!({ "documents": [
            { "kind": "promotion", "id": "ten-off", "benefits": [{ "percent_off": { "percent": 10 } }] },
        ] }))),
    )),
    responses((status = 200, description = "What came of each.", body = ReplayedOrders), Replaying),
    security(("key" = [])),
)]
pub(super) async fn many(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let asked: ReplayOrders = body.read_object(ProblemKind::InvalidRequest)?;
    let invalid = |faults| {
        Problem::new(ProblemKind::InvalidRequest, detail_of(ProblemKind::InvalidRequest)).with_errors(faults)
    };
    let documents = asked.documents().map_err(invalid)?;
    let page = which(&asked).map_err(invalid)?;
    let limit = page.limit;
    let (data, taken) = if documents.is_empty() {
        let found = replays::page(&app, &caller.shop, page).await?;
        let told = found.into_iter().map(|(order, replay)| OrderReplay::as_it_was(order, replay));
        (told.collect::<Vec<_>>(), asked.trial().taken)
    } else {
        let draft = Draft::new(&app, &caller.shop, documents, asked.trial()).await;
        let mut draft = draft.map_err(refused_draft)?;
        let found = draft.page(&app, &caller.shop, page).await?;
        let told = found.into_iter().map(|(order, tried)| OrderReplay::with_draft(order, tried));
        (told.collect(), draft.trial.taken)
    };
    let is_last = data.len() < limit as usize;
    let next = if is_last { None } else { data.last().map(|last| place_cursor(last.place())) };
    Ok(json(StatusCode::OK, &ReplayedOrders::new(data, next, taken)))
}
