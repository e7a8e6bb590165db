//! `/v1/pools/{id}/imports/…` and `/v1/pools/{id}/export`: codes from files, and into them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use tearline_app::imports::spool::Uploaded;
use tearline_app::imports::{self, UploadError};
use tearline_app::{App, ledger};
use tearline_core::imports::FileFormat;
use tearline_core::ledger::PoolId;

use crate::auth::Caller;
use crate::body::{json, media_of};
use crate::ledger::Asked;
use crate::openapi::{ExportingCodes, Importing, ListingImports, Publishing, ReadingImport, Undoing};
use crate::page::{self, HistoryParams, Page};
use crate::params::{Id, ImportNumber, Params};
use crate::problem::{Problem, ProblemKind};
use crate::wire::imports::{
    ExportParams, ImportInfo, ImportParams, PreviewInfo, PublishImport, ReportFormat, ReportParams,
    ReportedRow, WaitParams,
};

/// How long a file may pause while it arrives.
const PAUSE_MAX: Duration = Duration::from_secs(30);
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Import codes from a file
///
/// The body is the file, of any size up to the server's bound: CSV with a header that names a column `code`, TXT with
/// a code a line, or XLSX. It is taken whole, then read row by row while nobody sees its codes; ask for the import to
/// hear how far it has come. A row whose code is somebody's already is skipped and told; the same file sent again
/// adds nothing.
#[utoipa::path(
    post, path = "/v1/pools/{id}/imports", tag = "Pools", operation_id = "import_codes",
    params(Id, ImportParams),
    request_body(content(
        (Vec<u8> = "text/csv"), (Vec<u8> = "text/plain"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Vec<u8> = "application/octet-stream"),
    ), description = "The file."),
    responses((status = 202, description = "The import, which goes on by itself.", body = ImportInfo), Importing),
    security(("key" = [])),
)]
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Response, Problem> {
    let wish = params.wish(media(request.headers())?)?;
    let uploaded = receive(&app, &caller, &pool, request).await?;
    let caller = ledger::Caller { shop: caller.shop.clone(), by: caller.name(), once: None };
    let import = imports::begin(&app, &caller, &pool, wish, uploaded).await?;
    Ok(json(StatusCode::ACCEPTED, &ImportInfo::from(import)))
}

/// Look into a file of codes
///
/// Tells which columns a file has, what each is taken for, and how its first rows are read. Nothing of it is kept.
#[utoipa::path(
    post, path = "/v1/pools/{id}/imports/preview", tag = "Pools", operation_id = "preview_import",
    params(Id, ImportParams),
    request_body(content(
        (Vec<u8> = "text/csv"), (Vec<u8> = "text/plain"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Vec<u8> = "application/octet-stream"),
    ), description = "The file."),
    responses((status = 200, description = "What it begins with.", body = PreviewInfo), Importing),
    security(("key" = [])),
)]
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Response, Problem> {
    let wish = params.wish(media(request.headers())?)?;
    let uploaded = receive(&app, &caller, &pool, request).await?;
    let preview = imports::preview(uploaded, wish).await?;
    Ok(json(StatusCode::OK, &PreviewInfo::from(preview)))
}

/// What the request says that the file is.
fn media(headers: &HeaderMap) -> Result<Option<FileFormat>, Problem> {
    match media_of(headers) {
        "text/csv" | "application/csv" => Ok(Some(FileFormat::Csv)),
        "text/plain" => Ok(Some(FileFormat::Txt)),
        XLSX => Ok(Some(FileFormat::Xlsx)),
        "" | "application/octet-stream" => Ok(None),
        other => {
            let read_here = "text/csv, text/plain, application/octet-stream";
            let detail = format!("the body comes as {other:?}; read here: {read_here}, {XLSX}");
            Err(Problem::new(ProblemKind::UnsupportedMediaType, detail))
        }
    }
}

/// Takes the body into the folder for files.
async fn receive(app: &App, caller: &Caller, pool: &PoolId, request: Request) -> Result<Uploaded, Problem> {
    let mut upload = imports::receive(app, &caller.shop, pool).await?;
    let told = request.headers().get(CONTENT_LENGTH).and_then(|told| told.to_str().ok()?.parse::<u64>().ok());
    let allowed = upload.file_bytes_max();
    if told.is_some_and(|told| told > allowed) {
        return Err(UploadError::TooLarge { allowed }.into());
    }
    let mut body = request.into_body();
    loop {
        let frame = tokio::time::timeout(PAUSE_MAX, body.frame()).await;
        let Ok(frame) = frame else {
            return Err(Problem::new(ProblemKind::TimedOut, "the file stopped arriving"));
        };
        match frame.transpose() {
            Ok(Some(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    upload.write(&bytes).await?;
                }
            }
            Ok(None) => return Ok(upload.finish().await?),
            Err(error) => {
                let detail = format!("the file did not arrive whole: {error}");
                return Err(Problem::new(ProblemKind::MalformedBody, detail));
            }
        }
    }
}

/// List a pool's imports
///
/// The newest first.
#[utoipa::path(
    get, path = "/v1/pools/{id}/imports", tag = "Pools", operation_id = "list_imports",
    params(Id, HistoryParams),
    responses((status = 200, description = "A page of them.", body = Page<ImportInfo>), ListingImports),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    Params(params): Params<HistoryParams>,
) -> Result<Response, Problem> {
    let (before, limit) = (params.before()?, params.limit()?);
    let found = imports::list(&app, &caller.shop, &pool, before, limit + 1).await?;
    let path = format!("/v1/pools/{pool}/imports");
    let cursor = |import: &(u64, ImportInfo)| import.0.to_string();
    let found = found.into_iter().map(|import| (import.number, ImportInfo::from(import))).collect();
    Ok(page::answer_with(found, limit, &path, "before", cursor, |import| import.1))
}

/// Read an import
///
/// How far it has come, and how many rows were added and skipped.
#[utoipa::path(
    get, path = "/v1/pools/{id}/imports/{number}", tag = "Pools", operation_id = "get_import",
    params(Id, ImportNumber, WaitParams),
    responses((status = 200, description = "The import.", body = ImportInfo), ReadingImport),
    security(("key" = [])),
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    ImportNumber(number): ImportNumber,
    Params(params): Params<WaitParams>,
) -> Result<Response, Problem> {
    let at_most = Duration::from_secs(params.wait_s()?);
    let import = imports::wait(&app, &caller.shop, &pool, number, at_most).await?;
    Ok(json(StatusCode::OK, &ImportInfo::from(import)))
}

/// List the rows of an import that were not added
///
/// Each with its number and the reason, by number; as CSV in one file.
#[utoipa::path(
    get, path = "/v1/pools/{id}/imports/{number}/report", tag = "Pools", operation_id = "list_import_rows",
    params(Id, ImportNumber, ReportParams),
    responses((status = 200, description = "A page of them.", content(
        (Page<ReportedRow> = "application/json"), (String = "text/csv"),
    )), ReadingImport),
    security(("key" = [])),
)]
pub(super) async fn report(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    ImportNumber(number): ImportNumber,
    Params(params): Params<ReportParams>,
) -> Result<Response, Problem> {
    let limit = page::limit(params.limit)?;
    if params.format == Some(ReportFormat::Csv) {
        let file = imports::report_csv(&app, &caller.shop, &pool, number).await?;
        return Ok(attached(Body::from(file), FileFormat::Csv, &format!("{pool}-import-{number}-report")));
    }
    let after = params.after_row.unwrap_or(0);
    let found = imports::report(&app, &caller.shop, &pool, number, after, limit + 1).await?;
    let found: Vec<_> = found.into_iter().map(|row| ReportedRow::of(&pool, number, row)).collect();
    let path = format!("/v1/pools/{pool}/imports/{number}/report");
    Ok(page::answer(found, limit, &path, "after_row", |row| row.row.to_string()))
}

/// Publish an import
///
/// From now on its codes can be drawn and redeemed. Doing it twice is doing it once.
#[utoipa::path(
    post, path = "/v1/pools/{id}/imports/{number}/publish", tag = "Pools", operation_id = "publish_import",
    params(Id, ImportNumber),
    request_body(content = PublishImport, description = "How.", examples(("as it was asked for" = (value = json!({}))))),
    responses((status = 200, description = "The import.", body = ImportInfo), Publishing),
    security(("key" = [])),
)]
pub(super) async fn publish(
    State(app): State<Arc<App>>,
    Id(pool): Id,
    ImportNumber(number): ImportNumber,
    asked: Asked,
) -> Result<Response, Problem> {
    let PublishImport { replace_unused } = asked.read(ProblemKind::InvalidRequest)?;
    let import = imports::publish(&app, &asked.caller.shop, &pool, number, replace_unused).await?;
    Ok(json(StatusCode::OK, &ImportInfo::from(import)))
}

/// Undo an import
///
/// What nobody was given of it is gone at once, and removed after that. What was given to somebody stays theirs.
/// Doing it twice is doing it once.
#[utoipa::path(
    post, path = "/v1/pools/{id}/imports/{number}/undo", tag = "Pools", operation_id = "undo_import",
    params(Id, ImportNumber),
    responses((status = 200, description = "The import.", body = ImportInfo), Undoing),
    security(("key" = [])),
)]
pub(super) async fn undo(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    ImportNumber(number): ImportNumber,
) -> Result<Response, Problem> {
    let import = imports::undo(&app, &caller.shop, &pool, number).await?;
    Ok(json(StatusCode::OK, &ImportInfo::from(import)))
}

/// Export a pool's codes
///
/// All codes of the pool with their terms and states, in the order in which they came, as a file that can be imported
/// again. Texts that a spreadsheet would run as formulas have an apostrophe before them, which importing takes off.
#[utoipa::path(
    get, path = "/v1/pools/{id}/export", tag = "Pools", operation_id = "export_codes",
    params(Id, ExportParams),
    responses((status = 200, description = "The file.", content(
        (String = "text/csv"), (String = "text/plain"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )), ExportingCodes),
    security(("key" = [])),
)]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(pool): Id,
    Params(params): Params<ExportParams>,
) -> Result<Response, Problem> {
    let format = params.format.unwrap_or(FileFormat::Csv);
    let parts = imports::export(&app, &caller.shop, &pool, format).await?;
    let next = |mut parts: imports::Parts| async { parts.recv().await.map(|part| (part, parts)) };
    let body = Body::from_stream(futures_util::stream::unfold(parts, next));
    Ok(attached(body, format, pool.as_str()))
}

/// An answer that is a file.
fn attached(body: Body, format: FileFormat, name: &str) -> Response {
    let (media, ending) = match format {
        FileFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        FileFormat::Txt => ("text/plain; charset=utf-8", "txt"),
        FileFormat::Xlsx => (XLSX, "xlsx"),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}.{ending}\""));
    headers.extend(name.ok().map(|name| (CONTENT_DISPOSITION, name)));
    response
}
