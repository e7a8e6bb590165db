//! Everything that can go wrong, as RFC 9457 has it.
//!
//! A handler answers with a [`Problem`]; what it says besides, and what it is converted from, stands here and in
//! `problem/from.rs`. `render` writes it out, once the request's id is known.

mod from;
mod kind;
mod reading;

use std::error::Error;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tearline_pricing::quote::Quote;
use utoipa::ToSchema;

pub(crate) use from::{mismatch, of_cart_in, of_source_faults, refused, refused_draft, still_referenced};
pub use kind::ProblemKind;
pub(crate) use reading::{detail_of, unreadable};

use crate::wire::ledger::ExpectedPrice;

/// The most faults that one answer lists.
const ERRORS_MAX: usize = 100;
/// The most of a place or a message that is answered, in characters: both repeat what was sent.
const TEXT_CHARS_MAX: usize = 1_000;

/// The media type of a problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Something that kept a request from being answered, on its way to the caller.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ProblemKind,
    detail: String,
    errors: Vec<Fault>,
    current_version: Option<u64>,
    price: Option<Arc<PriceNow>>,
    supply: Supply,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// What a cart costs that costs more than the buyer was told.
#[derive(Debug)]
pub(crate) struct PriceNow {
    pub(crate) expected: ExpectedPrice,
    pub(crate) quote: Quote,
}

/// What there is of codes, where there is too little.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Supply {
    /// What the pool wants to happen with a message for which there is no code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::wire::draws::WhenEmptyName>)]
    when_empty: Option<&'static str>,
    /// How many codes could be reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u64>,
    /// How many codes are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<u64>,
}

/// One thing wrong in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Fault {
    /// The place in the body, as a JSON pointer; empty for the whole.
    #[schema(example = "/lines/3/quantity")]
    pub(crate) pointer: String,
    /// What is wrong, as a stable word.
    #[schema(example = "out_of_range")]
    pub(crate) code: String,
    /// What is wrong, and what is allowed.
    #[schema(example = "must be from 1 to 100000")]
    pub(crate) message: String,
    /// The document, where it is another one than the body: the pointer is a place in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "event/spring")]
    pub(crate) document: Option<String>,
    /// The line in a body of YAML, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// The character in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
}

impl Fault {
    pub(crate) fn new(
        pointer: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (pointer, message) = (shortened(pointer.into()), shortened(message.into()));
        Self { pointer, code: code.into(), message, document: None, line: None, column: None }
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Problem {
    /// A problem of a kind; `detail` says what it was this time, and what would help.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            current_version: None,
            price: None,
            supply: Supply::default(),
            cause: None,
        }))
    }

    /// Its kind.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// Says what is wrong in what was sent; of very much, the first.
    pub(crate) fn with_errors(mut self, mut errors: Vec<Fault>) -> Self {
        if errors.len() > ERRORS_MAX {
            self.0.detail = format!("{}; the first {ERRORS_MAX} of {} faults", self.0.detail, errors.len());
            errors.truncate(ERRORS_MAX);
        }
        self.0.errors = errors;
        self
    }

    pub(crate) fn with_current_version(mut self, version: Option<u64>) -> Self {
        self.0.current_version = version;
        self
    }

    pub(crate) fn with_price(mut self, price: PriceNow) -> Self {
        self.0.price = Some(Arc::new(price));
        self
    }

    /// Says what the pool wants to happen with a message for which there is no code.
    pub(crate) fn with_when_empty(mut self, when_empty: &'static str) -> Self {
        self.0.supply.when_empty = Some(when_empty);
        self
    }

    /// Says how many codes there are, and how many are missing.
    pub(crate) fn with_short(mut self, available: u64, short: u64) -> Self {
        (self.0.supply.available, self.0.supply.short) = (Some(available), Some(short));
        self
    }

    /// Keeps what the log should know and the caller should not.
    pub(crate) fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// The problem that stands behind an answer made by others: a route that is not there, say.
    fn of_status(status: StatusCode) -> Self {
        let kind = ProblemKind::of_status(status);
        Self::new(kind, kind.help())
    }
}

/// A problem as it is sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem, examples(example))]
pub(crate) struct ProblemBody<'a> {
    /// The page that explains this kind of problem.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    kind: String,
    /// The kind of problem, in words.
    title: &'a str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What it was this time.
    detail: &'a str,
    /// The kind of problem, as a stable word.
    code: &'a str,
    /// The request, as it stands in the log.
    request_id: &'a str,
    /// What is wrong in what was sent.
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
    /// The version that the document is at, if it is another one than the request names; absent if there is no
    /// such document.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
    /// What the buyer was told, if it costs more now.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<ExpectedPrice>,
    /// What it costs now, if that is more than the buyer was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Quote>)]
    quote: Option<&'a Quote>,
    #[serde(flatten)]
    #[schema(inline)]
    supply: &'a Supply,
}

fn example() -> serde_json::Value {
    let errors = [Fault::new("/lines/0/quantity", "out_of_range", "must be from 1 to 100000")];
    let problem =
        Problem::new(ProblemKind::InvalidCart, "the cart cannot be priced").with_errors(errors.into());
    serde_json::to_value(problem.body("req_5f0c2f7a9be11d40_1")).unwrap_or_default()
}

impl Problem {
    fn body<'a>(&'a self, request_id: &'a str) -> ProblemBody<'a> {
        let Inner { kind, detail, errors, current_version, price, supply, .. } = &*self.0;
        ProblemBody {
            kind: format!("/problems/{}", kind.code()),
            title: kind.title(),
            status: kind.status().as_u16(),
            detail,
            code: kind.code(),
            request_id,
            errors,
            current_version: *current_version,
            expected: price.as_ref().map(|price| price.expected),
            quote: price.as_ref().map(|price| &price.quote),
            supply,
        }
    }

    /// Says inward what was left out outward, once.
    fn log(&self, request_id: &str) {
        let Some(cause) = &self.0.cause else { return };
        let first: &(dyn Error + 'static) = &**cause;
        let causes = std::iter::successors(Some(first), |error| (*error).source());
        let causes: Vec<String> = causes.map(ToString::to_string).collect();
        tracing::error!(request_id, code = self.0.kind.code(), cause = causes.join(": "), "a request failed");
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.kind.status().into_response();
        let headers = response.headers_mut();
        match self.0.kind {
            ProblemKind::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            ProblemKind::Unavailable | ProblemKind::Contended => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes a problem out: one that a handler answered with, or the bare error of whoever answered in its place.
pub(crate) fn render(response: Response, request_id: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let is_error = parts.status.is_client_error() || parts.status.is_server_error();
    let problem = match parts.extensions.remove::<Problem>() {
        Some(problem) => problem,
        None if is_error => Problem::of_status(parts.status),
        None => return Response::from_parts(parts, body),
    };
    problem.log(request_id);
    parts.status = problem.0.kind.status();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    let body = serde_json::to_vec(&problem.body(request_id)).unwrap_or_default();
    Response::from_parts(parts, Body::from(body))
}
