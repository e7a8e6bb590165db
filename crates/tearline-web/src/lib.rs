//! Tearline's JSON API.
//!
//! [`router()`] is the whole of it as a service; [`serve()`] answers a socket with it until it is told to stop. The
//! handlers are short: they read the request, call a use case of `tearline-app`, and put the answer into an
//! envelope of `wire.rs`. Whatever goes wrong becomes a [`problem::Problem`], and the outermost layer, `finish.rs`,
//! writes every problem out.
//!
//! The API describes itself: each handler carries its part of the OpenAPI document, which is served at
//! `/v1/openapi.json` and kept in `docs/reference/openapi.json`.

mod auth;
mod body;
mod etag;
mod finish;
mod ledger;
mod openapi;
mod page;
mod params;
pub mod problem;
mod routes;
mod serve;
mod wire;

pub use openapi::openapi_json;
pub use routes::router;
pub use serve::{GRACE, serve};
