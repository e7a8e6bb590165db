//! Writes to the ledger as they arrive: who asks, under which name, and what.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;
use tearline_app::{App, ledger};
use tearline_core::ledger::Once;

use crate::auth::Caller;
use crate::body::{JsonBody, expect_object};
use crate::params::bad_parameter;
use crate::problem::{Fault, Problem, ProblemKind, detail_of};

/// The longest `Idempotency-Key`, in characters.
pub(crate) const KEY_CHARS_MAX: usize = 255;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A write to the ledger that has no body.
pub(crate) struct Bare(pub(crate) ledger::Caller);

impl FromRequestParts<Arc<App>> for Bare {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        named(&caller, parts, &[]).map(Self)
    }
}

/// A write to the ledger.
pub(crate) struct Asked {
    pub(crate) caller: ledger::Caller,
    body: JsonBody,
}

impl FromRequest<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let body = JsonBody::from_request(Request::from_parts(parts.clone(), body), app).await?;
        let caller = named(&caller, &parts, &body.0)?;
        Ok(Self { caller, body })
    }
}

impl Asked {
    /// The body as a value; `kind` is the problem if it is of another form. Only one that does not read is read
    /// again, slowly, for the place of the fault.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: ProblemKind) -> Result<T, Problem> {
        expect_object(&self.body.0, kind)?;
        serde_json::from_slice(&self.body.0).or_else(|_| self.body.read(kind))
    }

    /// A hash of the body.
    pub(crate) fn fingerprint(&self) -> String {
        blake3::hash(&self.body.0).to_hex().to_string()
    }
}

/// Refuses a body that has faults.
pub(crate) fn refuse(
    kind: ProblemKind,
    faults: impl IntoIterator<Item = Option<Fault>>,
) -> Result<(), Problem> {
    let faults: Vec<Fault> = faults.into_iter().flatten().collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::new(kind, detail_of(kind)).with_errors(faults)) }
}

fn named(caller: &Caller, parts: &Parts, body: &[u8]) -> Result<ledger::Caller, Problem> {
    let once = key(&parts.headers)?.map(|key| Once { key, fingerprint: fingerprint(parts, body) });
    Ok(ledger::Caller { shop: caller.shop.clone(), by: caller.name(), once })
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let is_key = (1..=KEY_CHARS_MAX).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    match key.to_str() {
        Ok(key) if is_key && keys.next().is_none() => Ok(Some(key.to_owned())),
        _ => Err(bad_parameter(&format!(
            "`Idempotency-Key` is given once, with 1 to {KEY_CHARS_MAX} visible ASCII characters"
        ))),
    }
}

fn fingerprint(parts: &Parts, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [parts.method.as_str().as_bytes(), b" ", parts.uri.path().as_bytes(), b"\n", body] {
        hasher.update(part);
    }
    hasher.finalize().to_hex().to_string()
}
