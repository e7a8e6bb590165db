//! On whose behalf a request is made.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use tearline_app::{App, AppError, keys};

use crate::problem::{Problem, ProblemKind};

/// The principal of a request: an argument of every handler under `/v1`, and where each of them has its shop from.
pub(crate) struct Caller(Arc<keys::Principal>);

impl Deref for Caller {
    type Target = keys::Principal;

    fn deref(&self) -> &keys::Principal {
        &self.0
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let secret = bearer(parts).ok_or_else(unauthorized)?;
        let principal = keys::authenticate(app, secret).await.map_err(AppError::from)?;
        principal.map(Self).ok_or_else(unauthorized)
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, secret) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The same words for whatever is wrong: no key, no such key, no such shop, a revoked key.
fn unauthorized() -> Problem {
    Problem::new(ProblemKind::Unauthorized, ProblemKind::Unauthorized.help())
}
