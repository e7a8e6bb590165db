//! `/v1/shop`: the shop's own document, of which there is one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use tearline_app::App;
use tearline_core::names::ShopId;
use tearline_core::resource::{Kind, ResourceKey};
use tearline_pricing::config::Shop;

use crate::auth::Caller;
use crate::body::{JsonBody, PatchBody};
use crate::etag::Conditions;
use crate::openapi::{IfMatch, IfNoneMatch, Patching, Reading, Recalling, ShopPatch, Writing};
use crate::page::{HistoryParams, Page};
use crate::params::{Params, Version};
use crate::problem::{Problem, ProblemKind};
use crate::routes::documents::{self, Change};
use crate::wire::{Past, Stored};

const PATH: &str = "/v1/shop";

fn key(shop: &ShopId) -> ResourceKey {
    let id = shop.as_str().parse().expect("what names a shop can name a document");
    ResourceKey { kind: Kind::Shop, id }
}

/// Read the shop's settings
///
/// With `If-None-Match`, only if they are at another version than the caller has.
#[utoipa::path(
    get, path = "/v1/shop", tag = "Shop", operation_id = "get_shop", params(IfNoneMatch),
    responses((status = 200, description = "The settings.", body = Stored<Shop>,
        headers(("ETag" = String, description = "Their version, in quotes."))), Reading),
    security(("key" = [])),
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
) -> Result<Response, Problem> {
    documents::get(&app, &caller.shop, &key(&caller.shop), &conditions).await
}

/// Set the shop's settings
///
/// `If-Match` replaces only the version named, `If-None-Match: *` only creates.
#[utoipa::path(
    put, path = "/v1/shop", tag = "Shop", operation_id = "put_shop", params(IfMatch, IfNoneMatch),
    request_body(content = Shop, description = "The settings.", example = json!({
        "name": "Studio Nine", "currency": "USD", "time_zone": "America/New_York",
    })),
    responses(
        (status = 200, description = "Replaced.", body = Stored<Shop>,
            headers(("ETag" = String, description = "Their version, in quotes."))),
        (status = 201, description = "Created.", body = Stored<Shop>, headers(
            ("ETag" = String, description = "Their version, in quotes."),
            ("Location" = String, description = "Where they are."),
        )),
        Writing,
    ),
    security(("key" = [])),
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    body: JsonBody,
) -> Result<Response, Problem> {
    let body = documents::body(Kind::Shop, &body)?;
    documents::change(&app, &caller, key(&caller.shop), &conditions, Change::Put(Box::new(body)), PATH).await
}

/// Change some of the shop's settings
///
/// A JSON merge patch (RFC 7396). Without `If-Match` the patch is made on whatever is there.
#[utoipa::path(
    patch, path = "/v1/shop", tag = "Shop", operation_id = "patch_shop", params(IfMatch),
    request_body(description = "The fields to change.", content(
        (ShopPatch = "application/merge-patch+json"), (ShopPatch = "application/json"),
    )),
    responses((status = 200, description = "Changed.", body = Stored<Shop>,
        headers(("ETag" = String, description = "Their version, in quotes."))), Patching),
    security(("key" = [])),
)]
pub(super) async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    PatchBody(body): PatchBody,
) -> Result<Response, Problem> {
    let patch = body.read_object(ProblemKind::InvalidDocument)?;
    documents::change(&app, &caller, key(&caller.shop), &conditions, Change::Merge(patch), PATH).await
}

/// List the versions of the shop's settings
///
/// The newest first, page by page.
#[utoipa::path(
    get, path = "/v1/shop/history", tag = "Shop", operation_id = "history_of_shop", params(HistoryParams),
    responses((status = 200, description = "A page of them.", body = Page<Past<Shop>>,
        headers(("Link" = Option<String>, description = "The next page, if there is one."))), Recalling),
    security(("key" = [])),
)]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(params): Params<HistoryParams>,
) -> Result<Response, Problem> {
    documents::history(&app, &caller.shop, &key(&caller.shop), "/v1/shop/history", &params).await
}

/// Read one version of the shop's settings
///
/// As they were then.
#[utoipa::path(
    get, path = "/v1/shop/history/{version}", tag = "Shop", operation_id = "version_of_shop", params(Version),
    responses((status = 200, description = "It.", body = Past<Shop>), Recalling),
    security(("key" = [])),
)]
pub(super) async fn version(
    State(app): State<Arc<App>>,
    caller: Caller,
    Version(version): Version,
) -> Result<Response, Problem> {
    documents::version(&app, &caller.shop, &key(&caller.shop), version).await
}
