//! `GET /v1/promotions/{id}/sentence`: a promotion in plain English.
//!
//! It has an address of its own: it changes with the names of products and events too, and the `ETag` of the
//! document does not.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tearline_app::{App, configuration};
use tearline_core::resource::{Kind, ResourceKey};

use crate::auth::Caller;
use crate::body::json;
use crate::openapi::Recalling;
use crate::params::Id;
use crate::problem::Problem;
use crate::routes::documents::not_found;
use crate::wire::InWords;

/// Read a promotion as a sentence
///
/// In plain English, with the names of the shop's products, categories and events.
#[utoipa::path(
    get, path = "/v1/promotions/{id}/sentence", tag = "Promotions", operation_id = "get_promotion_sentence",
    params(Id),
    responses((status = 200, description = "The sentence.", body = InWords), Recalling),
    security(("key" = [])),
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
) -> Result<Response, Problem> {
    let sentence = configuration::in_words(&app, &caller.shop, &id).await?;
    let sentence =
        sentence.ok_or_else(|| not_found(&ResourceKey { kind: Kind::Promotion, id: id.clone() }))?;
    Ok(json(StatusCode::OK, &InWords { id: id.as_str().to_owned(), sentence }))
}
