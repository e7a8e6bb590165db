//! The outermost layer: what every answer has in common.
//!
//! It gives the request an id, ends what takes too long, catches what panics, writes problems out, and tells the
//! log. One layer instead of five keeps a quote cheap.

use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::problem::{Problem, ProblemKind, render};

/// How long a request may take, its body included.
pub(crate) const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a file may take to arrive; that it does not pause for long is seen to where it arrives.
const FILE_TIME_MAX: Duration = Duration::from_hours(1);
/// The longest id of a request that is taken over from the caller, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 128;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request, whatever happens.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let seen = tracing::enabled!(tracing::Level::DEBUG).then(|| Seen::new(&request));
    let time_max = if takes_a_file(&request) { FILE_TIME_MAX } else { REQUEST_TIME_MAX };
    let answering = AssertUnwindSafe(next.run(request)).catch_unwind();
    let response = match tokio::time::timeout(time_max, answering).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => failed(ProblemKind::Internal, "a handler panicked"),
        Err(_elapsed) => failed(ProblemKind::TimedOut, "a request took too long"),
    };
    let text = id.to_str().unwrap_or_default();
    let mut response = render(response, text);
    if let Some(seen) = seen {
        seen.log(text, response.status());
    }
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn takes_a_file(request: &Request) -> bool {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    request.method() == Method::POST && (path.ends_with("/imports") || path.ends_with("/imports/preview"))
}

#[derive(Debug)]
struct Cause(&'static str);

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Cause {}

fn failed(kind: ProblemKind, cause: &'static str) -> Response {
    Problem::new(kind, kind.help()).caused_by(Cause(cause)).into_response()
}

/// The caller's id for the request, if it is one, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(X_REQUEST_ID).filter(|id| is_request_id(id.as_bytes()));
    given.cloned().unwrap_or_else(new_request_id)
}

fn is_request_id(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.iter().all(allowed)
}

/// Unique over restarts by the process's own number, within the process by counting.
fn new_request_id() -> HeaderValue {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let id = format!("req_{:016x}_{:x}", *PROCESS, REQUESTS.fetch_add(1, Ordering::Relaxed));
    HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("req_unknown"))
}

/// What the log says about a request: never a body, and of the path only the pattern that it fits.
struct Seen {
    method: Method,
    path: Option<MatchedPath>,
    since: Instant,
}

impl Seen {
    fn new(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().cloned();
        Self { method: request.method().clone(), path, since: Instant::now() }
    }

    fn log(&self, request_id: &str, status: StatusCode) {
        let path = self.path.as_ref().map_or("(unknown)", MatchedPath::as_str);
        let status = status.as_u16();
        let took_us = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(request_id, method = %self.method, path, status, took_us, "answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_kept_if_it_is_one_and_made_if_not() {
        let id_of = |given: &'static str| {
            let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_static(given))]);
            request_id(&headers).to_str().unwrap().to_owned()
        };
        assert_eq!(id_of("cart-7.b:1_x"), "cart-7.b:1_x");
        assert!(id_of("two words").starts_with("req_"));
        assert!(id_of("").starts_with("req_"));
        assert_ne!(new_request_id(), new_request_id());
    }
}
