//! Documents by kind: listed, read, written, patched, deleted, and their history.
//!
//! The functions here serve every kind; `documents!` writes the addresses of one.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tearline_app::configuration::{self, ConfigureError, Put};
use tearline_app::{App, AppError};
use tearline_core::document::Body;
use tearline_core::names::ShopId;
use tearline_core::pool::Pool;
use tearline_core::resource::{Expected, Kind, Resource, ResourceKey};
use tearline_pricing::config::{Event, PriceList, Promotion};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Caller;
use crate::body::{JsonBody, PatchBody, json};
use crate::etag::{Conditions, etag};
use crate::openapi::{
    Deleting, EventPatch, IfMatch, IfNoneMatch, Listing, Patching, PoolPatch, PriceListPatch, PromotionPatch,
    Reading, Recalling, Writing,
};
use crate::page::{self, HistoryParams, ListParams, Page};
use crate::params::{Id, Params, Version};
use crate::problem::{Problem, ProblemKind, refused, still_referenced};
use crate::wire::{Past, Stored};

/// How often a change is begun anew where others were faster and the caller named no version.
const TRIES: u32 = 8;

/// What to do to a document.
pub(super) enum Change {
    Put(Box<Body>),
    Merge(Value),
    Delete,
}

pub(super) fn not_found(key: &ResourceKey) -> Problem {
    Problem::new(ProblemKind::NotFound, format!("there is no {} `{}`", key.kind, key.id))
}

async fn list(
    app: &App,
    shop: &ShopId,
    kind: Kind,
    path: &str,
    params: &ListParams,
) -> Result<Response, Problem> {
    let (after, limit) = (params.after()?, params.limit()?);
    let found = app.store.list(shop, kind, after.as_ref(), limit + 1).await.map_err(AppError::from)?;
    let found: Vec<Stored<Value>> = found.into_iter().map(Stored::new).collect();
    Ok(page::answer(found, limit, path, "after", |last| page::cursor(&last.id)))
}

/// Answers with a document, or that the caller has it already.
pub(super) async fn get(
    app: &App,
    shop: &ShopId,
    key: &ResourceKey,
    conditions: &Conditions,
) -> Result<Response, Problem> {
    let found = app.store.get(shop, key).await.map_err(AppError::from)?;
    let found = found.ok_or_else(|| not_found(key))?;
    let tag = [(ETAG, etag(found.version))];
    if conditions.have(found.version) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok((tag, json(StatusCode::OK, &Stored::new(found))).into_response())
}

/// Changes a document under the caller's conditions, and answers with what it is then.
pub(super) async fn change(
    app: &App,
    caller: &Caller,
    key: ResourceKey,
    conditions: &Conditions,
    change: Change,
    path: &str,
) -> Result<Response, Problem> {
    match attempt(app, caller, &key, conditions, &change).await? {
        None => Ok(StatusCode::NO_CONTENT.into_response()),
        Some(put) => Ok(written(put, path)),
    }
}

fn written(Put { resource, created, warnings, sentence }: Put, path: &str) -> Response {
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let tag = etag(resource.version);
    let mut response = json(status, &Stored::new(resource).written(sentence, warnings));
    response.headers_mut().insert(ETAG, tag);
    if let (true, Ok(place)) = (created, HeaderValue::from_str(path)) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

/// Makes a change, and answers with what was written; `None` if it was a deletion.
async fn attempt(
    app: &App,
    caller: &Caller,
    key: &ResourceKey,
    conditions: &Conditions,
    change: &Change,
) -> Result<Option<Put>, Problem> {
    for _ in 0..TRIES {
        let live = app.store.get(&caller.shop, key).await.map_err(AppError::from)?;
        if live.is_none() && !matches!(change, Change::Put(_)) {
            return Err(not_found(key));
        }
        let expected = conditions.expected(live.as_ref().map(|live| live.version))?;
        match once(app, caller, key, to_do(change, live, expected)?).await {
            Err(ConfigureError::Conflict(_)) if conditions.name_no_version() => {}
            Err(ConfigureError::Faults(faults)) if matches!(change, Change::Delete) => {
                return Err(still_referenced(faults, key));
            }
            done => return done.map_err(|error| refused(error, key)),
        }
    }
    let kind = ProblemKind::ChangedMeanwhile;
    Err(Problem::new(kind, kind.help()))
}

/// What a change comes to for a document as it is live: its new body, if it stays, and what it must be at.
fn to_do(
    change: &Change,
    live: Option<Resource>,
    expected: Expected,
) -> Result<(Option<Cow<'_, Body>>, Expected), Problem> {
    match (change, live) {
        (Change::Put(body), _) => Ok((Some(Cow::Borrowed(body.as_ref())), expected)),
        (Change::Merge(patch), Some(live)) => {
            // What was read is what is patched, whatever the caller expects.
            let expected = Expected::Version(live.version);
            Ok((Some(Cow::Owned(merged(live.key.kind, live.body, patch)?)), expected))
        }
        (Change::Merge(_) | Change::Delete, _) => Ok((None, expected)),
    }
}

async fn once(
    app: &App,
    caller: &Caller,
    key: &ResourceKey,
    (body, expected): (Option<Cow<'_, Body>>, Expected),
) -> Result<Option<Put>, ConfigureError> {
    let (shop, key, by) = (&caller.shop, key.clone(), caller.name());
    match body {
        Some(body) => configuration::put(app, shop, key, &body, expected, &by).await.map(Some),
        None => configuration::delete(app, shop, key, expected, &by).await.map(|_| None),
    }
}

fn merged(kind: Kind, mut document: Value, patch: &Value) -> Result<Body, Problem> {
    merge(&mut document, patch);
    Body::read(kind, document).map_err(|fault| {
        Problem::new(ProblemKind::InvalidDocument, "the patched document cannot be written")
            .with_errors(vec![fault.into()])
    })
}

/// JSON merge patch, RFC 7396: objects are merged, `null` takes a field away, anything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, patch) in patch {
        match patch {
            Value::Null => drop(target.remove(name)),
            patch => merge(target.entry(name.as_str()).or_insert(Value::Null), patch),
        }
    }
}

/// Reads a document of a kind.
pub(super) fn body(kind: Kind, body: &JsonBody) -> Result<Body, Problem> {
    let invalid = ProblemKind::InvalidDocument;
    match kind {
        Kind::Shop => body.read_object(invalid).map(Body::Shop),
        Kind::PriceList => body.read_object(invalid).map(Body::PriceList),
        Kind::Event => body.read_object(invalid).map(Body::Event),
        Kind::Promotion => body.read_object(invalid).map(Body::Promotion),
        Kind::Pool => body.read_object(invalid).map(Body::Pool),
    }
}

/// Answers with the versions of a document, the newest first.
pub(super) async fn history(
    app: &App,
    shop: &ShopId,
    key: &ResourceKey,
    path: &str,
    params: &HistoryParams,
) -> Result<Response, Problem> {
    let (before, limit) = (params.before()?, params.limit()?);
    let found = app.store.history(shop, key, before, limit + 1).await.map_err(AppError::from)?;
    if found.is_empty() && !is_known(app, shop, key).await? {
        return Err(not_found(key));
    }
    let found: Vec<Past<Value>> = found.into_iter().map(Past::from).collect();
    Ok(page::answer(found, limit, path, "before", |past| past.version.to_string()))
}

async fn is_known(app: &App, shop: &ShopId, key: &ResourceKey) -> Result<bool, Problem> {
    let any = app.store.history(shop, key, None, 1).await.map_err(AppError::from)?;
    Ok(!any.is_empty())
}

/// Answers with one version of a document.
pub(super) async fn version(
    app: &App,
    shop: &ShopId,
    key: &ResourceKey,
    version: u64,
) -> Result<Response, Problem> {
    let found = app.store.version_of(shop, key, version).await.map_err(AppError::from)?;
    let found = found.ok_or_else(|| {
        Problem::new(
            ProblemKind::NotFound,
            format!("there is no version {version} of {} `{}`", key.kind, key.id),
        )
    })?;
    Ok(json(StatusCode::OK, &Past::from(found)))
}

/// Writes the addresses of one kind of document.
macro_rules! documents {
    (
        $(#[$doc:meta])* $module:ident: $body:ident patched by $patch:ident at $base:literal,
        called $tag:literal, one $one:literal $a_one:literal, many $many:literal $all:literal, such as $example:tt
    ) => {
        $(#[$doc])*
        pub(super) mod $module {
            use super::*;

            const KIND: Kind = Kind::$body;

            pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
                OpenApiRouter::new()
                    .routes(routes!(list))
                    .routes(routes!(get, put, patch, delete))
                    .routes(routes!(history))
                    .routes(routes!(version))
            }

            fn key(id: Id) -> ResourceKey {
                ResourceKey { kind: KIND, id: id.0 }
            }

            fn path(key: &ResourceKey) -> String {
                format!("{}/{}", $base, key.id)
            }

            #[utoipa::path(
                get, path = "", context_path = $base, tag = $tag,
                operation_id = concat!("list_", $many),
                summary = concat!("List ", $all),
                description = "Ordered by id, page by page.",
                params(ListParams),
                responses((status = 200, description = "A page of them.", body = Page<Stored<$body>>,
                    headers(("Link" = Option<String>, description = "The next page, if there is one."))), Listing),
                security(("key" = [])),
            )]
            async fn list(
                State(app): State<Arc<App>>,
                caller: Caller,
                Params(params): Params<ListParams>,
            ) -> Result<Response, Problem> {
                super::list(&app, &caller.shop, KIND, $base, &params).await
            }

            #[utoipa::path(
                get, path = "/{id}", context_path = $base, tag = $tag,
                operation_id = concat!("get_", $one),
                summary = concat!("Read ", $a_one),
                description = "With `If-None-Match`, only if it is at another version than the caller has.",
                params(Id, IfNoneMatch),
                responses((status = 200, description = "It.", body = Stored<$body>,
                    headers(("ETag" = String, description = "Its version, in quotes."))), Reading),
                security(("key" = [])),
            )]
            async fn get(
                State(app): State<Arc<App>>,
                caller: Caller,
                id: Id,
                conditions: Conditions,
            ) -> Result<Response, Problem> {
                super::get(&app, &caller.shop, &key(id), &conditions).await
            }

            #[utoipa::path(
                put, path = "/{id}", context_path = $base, tag = $tag,
                operation_id = concat!("put_", $one),
                summary = concat!("Create or replace ", $a_one),
                description = "It is checked together with everything else that the shop has configured. \
                    `If-Match` replaces only the version named, `If-None-Match: *` only creates.",
                params(Id, IfMatch, IfNoneMatch),
                request_body(content = $body, description = "What it says.", example = json!($example)),
                responses(
                    (status = 200, description = "Replaced.", body = Stored<$body>,
                        headers(("ETag" = String, description = "Its version, in quotes."))),
                    (status = 201, description = "Created.", body = Stored<$body>, headers(
                        ("ETag" = String, description = "Its version, in quotes."),
                        ("Location" = String, description = "Where it is."),
                    )),
                    Writing,
                ),
                security(("key" = [])),
            )]
            async fn put(
                State(app): State<Arc<App>>,
                caller: Caller,
                id: Id,
                conditions: Conditions,
                body: JsonBody,
            ) -> Result<Response, Problem> {
                let (key, body) = (key(id), super::body(KIND, &body)?);
                let path = path(&key);
                super::change(&app, &caller, key, &conditions, Change::Put(Box::new(body)), &path).await
            }

            #[utoipa::path(
                patch, path = "/{id}", context_path = $base, tag = $tag,
                operation_id = concat!("patch_", $one),
                summary = concat!("Change some fields of ", $a_one),
                description = "A JSON merge patch (RFC 7396): fields named are replaced, `null` takes a field \
                    away, lists are replaced whole. Without `If-Match` the patch is made on whatever is there.",
                params(Id, IfMatch),
                request_body(description = "The fields to change.", content(
                    ($patch = "application/merge-patch+json"), ($patch = "application/json"),
                )),
                responses((status = 200, description = "Changed.", body = Stored<$body>,
                    headers(("ETag" = String, description = "Its version, in quotes."))), Patching),
                security(("key" = [])),
            )]
            async fn patch(
                State(app): State<Arc<App>>,
                caller: Caller,
                id: Id,
                conditions: Conditions,
                PatchBody(body): PatchBody,
            ) -> Result<Response, Problem> {
                let (key, patch) = (key(id), body.read_object(ProblemKind::InvalidDocument)?);
                let path = path(&key);
                super::change(&app, &caller, key, &conditions, Change::Merge(patch), &path).await
            }

            #[utoipa::path(
                delete, path = "/{id}", context_path = $base, tag = $tag,
                operation_id = concat!("delete_", $one),
                summary = concat!("Delete ", $a_one),
                description = "Its history stays. What other documents refer to cannot go.",
                params(Id, IfMatch),
                responses((status = 204, description = "Deleted."), Deleting),
                security(("key" = [])),
            )]
            async fn delete(
                State(app): State<Arc<App>>,
                caller: Caller,
                id: Id,
                conditions: Conditions,
            ) -> Result<Response, Problem> {
                super::change(&app, &caller, key(id), &conditions, Change::Delete, $base).await
            }

            #[utoipa::path(
                get, path = "/{id}/history", context_path = $base, tag = $tag,
                operation_id = concat!("history_of_", $one),
                summary = concat!("List the versions of ", $a_one),
                description = "The newest first, page by page, deletions included.",
                params(Id, HistoryParams),
                responses((status = 200, description = "A page of them.", body = Page<Past<$body>>,
                    headers(("Link" = Option<String>, description = "The next page, if there is one."))), Recalling),
                security(("key" = [])),
            )]
            async fn history(
                State(app): State<Arc<App>>,
                caller: Caller,
                id: Id,
                Params(params): Params<HistoryParams>,
            ) -> Result<Response, Problem> {
                let key = key(id);
                super::history(&app, &caller.shop, &key, &format!("{}/history", path(&key)), &params).await
            }

            #[utoipa::path(
                get, path = "/{id}/history/{version}", context_path = $base, tag = $tag,
                operation_id = concat!("version_of_", $one),
                summary = concat!("Read one version of ", $a_one),
                description = "As it was then, perhaps a deletion.",
                params(Id, Version),
                responses((status = 200, description = "It.", body = Past<$body>), Recalling),
                security(("key" = [])),
            )]
            async fn version(
                State(app): State<Arc<App>>,
                caller: Caller,
                id: Id,
                Version(version): Version,
            ) -> Result<Response, Problem> {
                super::version(&app, &caller.shop, &key(id), version).await
            }
        }
    };
}

documents! {
    /// `/v1/price-lists`
    price_lists: PriceList patched by PriceListPatch at "/v1/price-lists",
    called "Price lists", one "price_list" "a price list", many "price_lists" "price lists", such as {
        "name": "Prints 2026",
        "categories": [{ "id": "prints" }],
        "products": [{ "id": "8x10", "categories": ["prints"], "price": "20.00 USD", "cost": "4.00 USD" }]
    }
}

documents! {
    /// `/v1/events`
    events: Event patched by EventPatch at "/v1/events",
    called "Events", one "event" "an event", many "events" "events", such as {
        "name": "Spring gallery",
        "order_discounts": [{ "percent": 10, "minimum": "100.00 USD" }]
    }
}

documents! {
    /// `/v1/promotions`
    promotions: Promotion patched by PromotionPatch at "/v1/promotions",
    called "Promotions", one "promotion" "a promotion", many "promotions" "promotions", such as {
        "name": "Spring sale",
        "codes": ["SPRING10"],
        "expires_at": "2026-12-31",
        "benefits": [{ "percent_off": { "percent": 10 } }]
    }
}

documents! {
    /// `/v1/pools`
    pools: Pool patched by PoolPatch at "/v1/pools",
    called "Pools", one "pool" "a pool", many "pools" "pools", such as {
        "name": "Thank-you codes",
        "promotion": "thanks",
        "valid_days": 30
    }
}
