//! Bodies, read within bounds, and answers.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tearline_core::read::{self, ReadFault};

use crate::problem::{Problem, ProblemKind, unreadable};

/// The largest body that holds a cart or a document, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The largest body that holds a configuration, in bytes.
pub(crate) const CONFIGURATION_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How large an answer's buffer is at first: most quotes fit without growing it.
const ANSWER_BYTES: usize = 4 * 1024;

/// A body of JSON, at most [`BODY_BYTES_MAX`] long.
pub(crate) struct JsonBody(pub(crate) Bytes);

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        expect_media(request.headers(), &["application/json"])?;
        receive(request, BODY_BYTES_MAX).await.map(Self)
    }
}

impl JsonBody {
    /// The body as a value; `kind` is the problem if it is of another form.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: ProblemKind) -> Result<T, Problem> {
        read::from_slice(&self.0).map_err(|fault| unreadable(kind, &self.0, fault))
    }

    /// The body as a value that is written as an object.
    pub(crate) fn read_object<T: DeserializeOwned>(&self, kind: ProblemKind) -> Result<T, Problem> {
        expect_object(&self.0, kind)?;
        self.read(kind)
    }
}

/// A body of a JSON merge patch.
pub(crate) struct PatchBody(pub(crate) JsonBody);

impl<S: Sync> FromRequest<S> for PatchBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        expect_media(request.headers(), &["application/merge-patch+json", "application/json"])?;
        let body = receive(request, BODY_BYTES_MAX).await?;
        Ok(Self(JsonBody(body)))
    }
}

/// A body of configuration: JSON or YAML.
pub(crate) enum ConfigurationBody {
    Json(JsonBody),
    Yaml(Bytes),
}

impl<S: Sync> FromRequest<S> for ConfigurationBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media = expect_media(request.headers(), &["application/json", "application/yaml"])?;
        let body = receive(request, CONFIGURATION_BYTES_MAX).await?;
        Ok(if media == "application/yaml" { Self::Yaml(body) } else { Self::Json(JsonBody(body)) })
    }
}

/// Refuses a list where an object should be: its items would be taken for the fields in their order.
pub(crate) fn expect_object(body: &[u8], kind: ProblemKind) -> Result<(), Problem> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return Ok(());
    }
    let message = "invalid type: sequence, expected an object".to_owned();
    Err(unreadable(kind, body, ReadFault { pointer: String::new(), message }))
}

/// The media type of the body, without its parameters; empty where none is given.
pub(crate) fn media_of(headers: &HeaderMap) -> &str {
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    given.split_once(';').map_or(given, |(media, _)| media).trim()
}

/// Which of the media types read here the body comes in.
fn expect_media(headers: &HeaderMap, read_here: &'static [&'static str]) -> Result<&'static str, Problem> {
    let given = media_of(headers);
    read_here.iter().copied().find(|media| media.eq_ignore_ascii_case(given)).ok_or_else(|| {
        let found = match given {
            "" => "the request has no Content-Type".to_owned(),
            given => format!("the body comes as {given:?}"),
        };
        let detail = format!("{found}; read here: {}", read_here.join(", "));
        Problem::new(ProblemKind::UnsupportedMediaType, detail)
    })
}

async fn receive(request: Request, bytes_max: usize) -> Result<Bytes, Problem> {
    let told = request.headers().get(CONTENT_LENGTH).and_then(|told| told.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|told| told > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    match Limited::new(request.into_body(), bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(bytes_max)),
        Err(error) => {
            Err(Problem::new(ProblemKind::MalformedBody, format!("the body did not arrive whole: {error}")))
        }
    }
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::new(ProblemKind::BodyTooLarge, format!("at most {bytes_max} bytes are taken here"))
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let mut body = Vec::with_capacity(ANSWER_BYTES);
    serde_json::to_writer(&mut body, value).expect("what is answered is plain values with text keys");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
