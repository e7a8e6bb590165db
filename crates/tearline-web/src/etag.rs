//! Versions as entity tags, and the conditions that callers put on them.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use tearline_app::App;
use tearline_core::resource::Expected;

use crate::params::bad_parameter;
use crate::problem::{Problem, mismatch};

/// The tag of a version: `"3"`.
pub(crate) fn etag(version: u64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).expect("digits and quotes are fit for a header")
}

/// What the caller believes the document to be at.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// `*`
    Any,
    Listed(Vec<Tag>),
}

#[derive(Debug, PartialEq, Eq)]
enum Tag {
    Version(u64),
    /// A tag that is not one of ours: it fits nothing.
    Foreign,
}

impl Tags {
    fn hold(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.contains(&Tag::Version(version)),
        }
    }
}

impl FromRequestParts<Arc<App>> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        // Compared strongly for writes, weakly for reads, as RFC 9110 has it.
        let if_match = read(parts, &IF_MATCH, false)?;
        let if_none_match = read(parts, &IF_NONE_MATCH, true)?;
        Ok(Self { if_match, if_none_match })
    }
}

impl Conditions {
    /// Whether the caller has this version already.
    pub(crate) fn have(&self, version: u64) -> bool {
        self.if_none_match.as_ref().is_some_and(|tags| tags.hold(version))
    }

    /// Whether the caller leaves it to us which version is changed.
    pub(crate) fn name_no_version(&self) -> bool {
        self.if_none_match.is_none() && !matches!(self.if_match, Some(Tags::Listed(_)))
    }

    /// What a write expects, of a document that is live at a version, or not there.
    ///
    /// # Errors
    ///
    /// It is in another state than the caller names.
    pub(crate) fn expected(&self, live: Option<u64>) -> Result<Expected, Problem> {
        let fits = match (&self.if_match, live) {
            (Some(tags), Some(live)) => tags.hold(live),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let is_other = match (&self.if_none_match, live) {
            (Some(tags), Some(live)) => !tags.hold(live),
            _ => true,
        };
        match (&self.if_match, &self.if_none_match, live) {
            _ if !fits || !is_other => Err(mismatch(live)),
            (None, None, _) => Ok(Expected::Anything),
            (_, _, Some(live)) => Ok(Expected::Version(live)),
            (_, _, None) => Ok(Expected::Absent),
        }
    }
}

fn read(parts: &Parts, name: &HeaderName, weak: bool) -> Result<Option<Tags>, Problem> {
    let mut values = parts.headers.get_all(name).iter().peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    let texts: Result<Vec<&str>, _> = values.map(HeaderValue::to_str).collect();
    let tags = texts.ok().and_then(|texts| tags(&texts.join(","), weak));
    tags.map(Some).ok_or_else(|| {
        bad_parameter(&format!("`{name}` is an ETag in double quotes, as it was answered (\"3\"), or *"))
    })
}

fn tags(text: &str, weak: bool) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    text.split(',').map(|tag| self::tag(tag.trim(), weak)).collect::<Option<_>>().map(Tags::Listed)
}

fn tag(text: &str, weak: bool) -> Option<Tag> {
    let (is_weak, quoted) = text.strip_prefix("W/").map_or((false, text), |quoted| (true, quoted));
    let tag = match quoted.strip_prefix('"') {
        Some(tag) => tag.strip_suffix('"')?,
        // Quotes are easily lost on the way through a shell.
        None if !is_weak && is_number(quoted) => quoted,
        None => return None,
    };
    if tag.contains('"') {
        return None;
    }
    let version = tag.parse().ok().filter(|_| is_number(tag) && (weak || !is_weak));
    Some(version.map_or(Tag::Foreign, Tag::Version))
}

fn is_number(tag: &str) -> bool {
    !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_rfc_9110_writes_them() {
        let listed = |tags| Some(Tags::Listed(tags));
        assert_eq!(tags("*", false), Some(Tags::Any));
        assert_eq!(tags("\"3\"", false), listed(vec![Tag::Version(3)]));
        let three = vec![Tag::Version(3), Tag::Foreign, Tag::Foreign];
        assert_eq!(tags("\"3\", \"abc\",W/\"5\"", false), listed(three));
        assert_eq!(tags("W/\"5\"", true), listed(vec![Tag::Version(5)]));
        assert_eq!(tags("3", false), listed(vec![Tag::Version(3)]));
        for no_tag in ["+3", "W/3", "\"3", "", "\"3\" \"4\"", "**"] {
            assert_eq!(tags(no_tag, false), None, "{no_tag}");
        }
    }

    #[test]
    fn a_write_expects_what_the_caller_names() {
        let if_match = |tags| Conditions { if_match: Some(tags), if_none_match: None };
        let if_none_match = |tags| Conditions { if_match: None, if_none_match: Some(tags) };
        assert_eq!(Conditions::default().expected(Some(3)).unwrap(), Expected::Anything);
        assert_eq!(
            if_match(Tags::Listed(vec![Tag::Version(3)])).expected(Some(3)).unwrap(),
            Expected::Version(3)
        );
        assert!(if_match(Tags::Listed(vec![Tag::Version(3)])).expected(Some(4)).is_err());
        assert!(if_match(Tags::Any).expected(None).is_err());
        assert_eq!(if_none_match(Tags::Any).expected(None).unwrap(), Expected::Absent);
        assert!(if_none_match(Tags::Any).expected(Some(1)).is_err());
    }
}
