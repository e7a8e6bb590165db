//! `/v1/configuration`: all of a shop's documents at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use tearline_app::App;
use tearline_app::configuration::{self, ConfigureError, Manner};
use tearline_core::document::Document;
use tearline_core::read::ReadFault;
use tearline_core::resource::{Kind, ResourceKey};
use tearline_core::source::Sources;
use tearline_core::yaml;
use tearline_pricing::snapshot::faults::{ConfigFault, DocumentName};
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::{ConfigurationBody, JsonBody, json};
use crate::openapi::{Applying, Exporting, NamedDocument};
use crate::params::Params;
use crate::problem::{Fault, Problem, ProblemKind, of_source_faults};
use crate::wire::{AppliedConfiguration, Configuration, DocumentChange, warned};

const YAML: &str = "application/yaml";

/// Read everything that the shop has configured
///
/// As JSON, or with `Accept: application/yaml` as the text that `tearline export` writes and `POST` takes back.
#[utoipa::path(
    get, path = "/v1/configuration", tag = "Configuration", operation_id = "export_configuration",
    responses((status = 200, description = "All documents.", content(
        (Configuration = "application/json"), (String = "application/yaml"),
    )), Exporting),
    security(("key" = [])),
)]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wants_yaml = wants_yaml(&headers)?;
    let (config_version, documents) = configuration::export(&app, &caller.shop).await?;
    let documents: Vec<Value> = documents.iter().map(Document::to_value).collect();
    let vary = [(VARY, HeaderValue::from_static("accept"))];
    if wants_yaml {
        let media: [(HeaderName, &str); 1] = [(CONTENT_TYPE, YAML)];
        return Ok((vary, media, yaml::write(&documents)).into_response());
    }
    Ok((vary, json(StatusCode::OK, &Configuration { config_version, documents })).into_response())
}

/// Which of the two forms the caller would rather have; JSON if it does not matter.
fn wants_yaml(headers: &HeaderMap) -> Result<bool, Problem> {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let ranges: Vec<(&str, f32)> = accepted.flat_map(|accept| accept.split(',')).map(range).collect();
    if ranges.is_empty() {
        return Ok(false);
    }
    let (as_json, as_yaml) = (quality(&ranges, "application/json"), quality(&ranges, YAML));
    if as_json <= 0.0 && as_yaml <= 0.0 {
        let detail = format!("the configuration comes as application/json or {YAML}");
        return Err(Problem::new(ProblemKind::NotAcceptable, detail));
    }
    Ok(as_yaml > as_json)
}

/// A media range and its quality: `text/*;q=0.5`.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
    (media, quality.unwrap_or(1.0))
}

/// The quality of a media type: what the range says that fits it most closely; 0 if none does.
fn quality(ranges: &[(&str, f32)], media: &str) -> f32 {
    let of = |wanted: &str| ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(wanted));
    let found = of(media).or_else(|| of("application/*")).or_else(|| of("*/*"));
    found.map_or(0.0, |(_, quality)| *quality)
}

/// How documents are applied.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct ApplyParams {
    /// Only tell what would change.
    #[param(required = false, default = false)]
    dry_run: bool,
    /// Delete what is stored and not among the documents; the shop's own document stays.
    #[param(required = false, default = false)]
    prune: bool,
}

/// Apply documents
///
/// Plans how what is stored becomes what is sent, checks the whole configuration as it would be, and writes all
/// of it or nothing. Applying the same again changes nothing. Takes a list of documents as JSON, or YAML, where
/// every fault comes with its line and the documents may also stand one after
/// the other (`---`).
#[utoipa::path(
    post, path = "/v1/configuration", tag = "Configuration", operation_id = "apply_configuration",
    params(ApplyParams),
    request_body(description = "The documents, each with its `kind` and `id`.", content(
        (Vec<NamedDocument> = "application/json", example = json!([
            { "kind": "promotion", "id": "ten-off", "benefits": [{ "percent_off": { "percent": 10 } }] },
        ])),
        (Vec<NamedDocument> = "application/yaml", example = json!([
            { "kind": "promotion", "id": "ten-off", "benefits": [{ "percent_off": { "percent": 10 } }] },
        ])),
    )),
    responses((status = 200, description = "What changed, or would change.", body = AppliedConfiguration), Applying),
    security(("key" = [])),
)]
pub(super) async fn apply(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(params): Params<ApplyParams>,
    body: ConfigurationBody,
) -> Result<Response, Problem> {
    let sent = read(body).await?;
    let manner = Manner { prune: params.prune, dry_run: params.dry_run };
    let documents = sent.documents().to_vec();
    let applied = configuration::apply(&app, &caller.shop, documents, manner, &caller.name()).await;
    let configuration::Applied { plan, config_version, warnings, mut sentences } =
        applied.map_err(|error| sent.refused(error))?;
    let changes = plan.changes.into_iter().map(|change| {
        let sentence = sentences.remove(&change.key);
        DocumentChange::new(change, sentence)
    });
    let changes = changes.collect();
    let applied =
        AppliedConfiguration { config_version, dry_run: params.dry_run, changes, warnings: warned(warnings) };
    Ok(json(StatusCode::OK, &applied))
}

/// Documents as they were sent, and where each of them stood.
enum Sent {
    Json(Vec<Document>),
    Yaml(Sources),
}

/// A large text takes seconds to read, in which the other requests of the thread should not wait.
async fn read(body: ConfigurationBody) -> Result<Sent, Problem> {
    let read = tokio::task::spawn_blocking(move || match body {
        ConfigurationBody::Json(body) => read_json(&body).map(Sent::Json),
        ConfigurationBody::Yaml(text) => read_yaml(&text).map(Sent::Yaml),
    });
    read.await.unwrap_or_else(|error| {
        Err(Problem::new(ProblemKind::Internal, ProblemKind::Internal.help()).caused_by(error))
    })
}

fn read_json(body: &JsonBody) -> Result<Vec<Document>, Problem> {
    let values: Vec<Value> = body.read(ProblemKind::InvalidDocument)?;
    let (mut documents, mut faults) = (Vec::with_capacity(values.len()), Vec::new());
    let mut places: BTreeMap<ResourceKey, usize> = BTreeMap::new();
    for (index, value) in values.into_iter().enumerate() {
        match Document::read(value) {
            Ok(document) => {
                if let Some(first) = places.insert(document.key.clone(), index) {
                    faults.push(twice(&document.key, first, index));
                }
                documents.push(document);
            }
            Err(ReadFault { pointer, message }) => {
                faults.push(Fault::from(ReadFault { pointer: format!("/{index}{pointer}"), message }));
            }
        }
    }
    if faults.is_empty() { Ok(documents) } else { Err(cannot_apply(faults)) }
}

fn twice(key: &ResourceKey, first: usize, index: usize) -> Fault {
    let message = format!("{key} is written twice; it stands at /{first} already");
    Fault::new(format!("/{index}/id"), "duplicate", message)
}

fn read_yaml(text: &[u8]) -> Result<Sources, Problem> {
    let malformed = |what: String| Problem::new(ProblemKind::MalformedBody, what);
    let text = std::str::from_utf8(text)
        .map_err(|error| malformed(format!("the body is not YAML: {error}: write it in UTF-8")))?;
    let mut sources = Sources::default();
    match sources.read("body", text) {
        Ok(()) => {}
        Err(faults) => {
            let error = yaml::read(text).err();
            return Err(error.map_or_else(
                || of_source_faults(faults),
                |error| malformed(format!("the body is not YAML: {error}")),
            ));
        }
    }
    if sources.documents.is_empty() {
        return Err(malformed("the body is empty: write at least one document, or [] as JSON".to_owned()));
    }
    sources.shop().map_err(|fault| of_source_faults(vec![fault]))?;
    Ok(sources)
}

impl Sent {
    fn documents(&self) -> &[Document] {
        match self {
            Self::Json(documents) => documents,
            Self::Yaml(sources) => &sources.documents,
        }
    }

    /// Why the documents were not applied, each fault where it stands in what was sent.
    fn refused(&self, error: ConfigureError) -> Problem {
        match error {
            ConfigureError::Faults(faults) => {
                cannot_apply(faults.into_iter().map(|fault| self.locate(fault)).collect())
            }
            ConfigureError::OtherShop { ref id, .. } => {
                let document = DocumentName { kind: Kind::Shop.as_str().to_owned(), id: id.clone() };
                let fault = ConfigFault { document, pointer: "/id".to_owned(), message: error.to_string() };
                cannot_apply(vec![self.locate(fault)])
            }
            ConfigureError::Conflict(_) => {
                Problem::new(ProblemKind::ChangedMeanwhile, ProblemKind::ChangedMeanwhile.help())
            }
            ConfigureError::App(error) => error.into(),
        }
    }

    fn locate(&self, fault: ConfigFault) -> Fault {
        match self {
            Self::Yaml(sources) => sources.locate(&fault).into(),
            Self::Json(documents) => {
                let is_meant = |document: &Document| {
                    let id = &fault.document.id;
                    document.key.kind.as_str() == fault.document.kind
                        && (id.is_empty() || document.key.id.as_str() == id)
                };
                match documents.iter().position(is_meant) {
                    Some(index) => Fault::new(format!("/{index}{}", fault.pointer), "invalid", fault.message),
                    None => Fault {
                        document: Some(fault.document.to_string()),
                        ..Fault::new(fault.pointer, "invalid", fault.message)
                    },
                }
            }
        }
    }
}

fn cannot_apply(faults: Vec<Fault>) -> Problem {
    Problem::new(ProblemKind::InvalidDocument, "the documents cannot be applied").with_errors(faults)
}
