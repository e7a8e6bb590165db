//! Lists, page by page.

use axum::http::HeaderValue;
use axum::http::header::LINK;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use tearline_core::names::Slug;
use utoipa::{IntoParams, ToSchema};

use crate::body::json;
use crate::params::bad_parameter;
use crate::problem::Problem;

pub(crate) const LIMIT: u32 = 50;
pub(crate) const LIMIT_MAX: u32 = 200;
/// What a cursor begins with: the version of its form.
const CURSOR_FORM: &str = "1:";

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// The `next_cursor` of the page before.
    #[param(required = false, pattern = "^MT[A-Za-z0-9_-]+$", example = "MTp0ZW4tb2Zm")]
    after: Option<String>,
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Which page of a history, the newest first.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// Only versions before this one: the `next_cursor` of the page before.
    #[param(required = false, minimum = 1)]
    before: Option<u64>,
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl ListParams {
    pub(crate) fn after(&self) -> Result<Option<Slug>, Problem> {
        let read = |cursor: &String| cursor_text(cursor)?.parse().ok();
        self.after.as_ref().map(|cursor| read(cursor).ok_or_else(unknown_cursor)).transpose()
    }

    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }
}

impl HistoryParams {
    pub(crate) fn before(&self) -> Result<Option<u64>, Problem> {
        match self.before {
            Some(0) => Err(bad_parameter("`before` is a version, from 1")),
            before => Ok(before),
        }
    }

    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }
}

pub(crate) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(LIMIT);
    let fits = (1..=LIMIT_MAX).contains(&limit);
    fits.then_some(limit).ok_or_else(|| bad_parameter(&format!("`limit` is from 1 to {LIMIT_MAX}")))
}

/// Which part of a list that is made anew for each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// How many are left out at the beginning.
    pub(crate) skip: usize,
    /// How many at most.
    pub(crate) limit: usize,
}

impl Slice {
    pub(crate) fn new(after: Option<&str>, asked: Option<u32>) -> Result<Self, Problem> {
        let read = |cursor: &str| cursor_text(cursor)?.parse::<u32>().ok();
        let skip = after.map(|cursor| read(cursor).ok_or_else(unknown_cursor)).transpose()?.unwrap_or(0);
        Ok(Self { skip: skip as usize, limit: limit(asked)? as usize })
    }

    /// The cursor behind it.
    pub(crate) fn next(self) -> String {
        cursor(&(self.skip + self.limit).to_string())
    }
}

pub(crate) fn unknown_cursor() -> Problem {
    bad_parameter("`after` is the `next_cursor` of the page before, as it was answered")
}

/// The words of a parameter that takes several, with commas between.
pub(crate) fn words(parameter: Option<&str>) -> impl Iterator<Item = &str> {
    let words = parameter.unwrap_or_default().split(',');
    words.map(str::trim).filter(|word| !word.is_empty())
}

/// What stands in a cursor, if it is one.
pub(crate) fn cursor_text(cursor: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Some(std::str::from_utf8(&bytes).ok()?.strip_prefix(CURSOR_FORM)?.to_owned())
}

/// The cursor behind a document of a list.
pub(crate) fn cursor(id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{CURSOR_FORM}{id}"))
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// What is on this page.
    data: Vec<T>,
    /// What to ask for next; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that is one page.
    pub(crate) fn whole(data: Vec<T>) -> Self {
        Self { data, next_cursor: None }
    }
}

/// Answers with a page. `found` holds one more than asked for, if there is more; `cursor` names the place behind
/// an entry, and `path` with that place is the next page.
pub(crate) fn answer<T: Serialize>(
    found: Vec<T>,
    limit: u32,
    path: &str,
    parameter: &str,
    cursor: impl FnOnce(&T) -> String,
) -> Response {
    answer_with(found, limit, path, parameter, cursor, |entry| entry)
}

/// The same where an entry is written otherwise than it is found.
pub(crate) fn answer_with<F, T: Serialize>(
    mut found: Vec<F>,
    limit: u32,
    path: &str,
    parameter: &str,
    cursor: impl FnOnce(&F) -> String,
    written: impl FnMut(F) -> T,
) -> Response {
    let is_last = found.len() <= limit as usize;
    found.truncate(limit as usize);
    let next_cursor = if is_last { None } else { found.last().map(cursor) };
    let link = next_cursor.as_ref().and_then(|cursor| {
        HeaderValue::try_from(format!("<{path}?{parameter}={cursor}&limit={limit}>; rel=\"next\"")).ok()
    });
    let data = found.into_iter().map(written).collect();
    let mut response = json(axum::http::StatusCode::OK, &Page { data, next_cursor });
    response.headers_mut().extend(link.map(|link| (LINK, link)));
    response
}
