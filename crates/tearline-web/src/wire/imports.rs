//! Imports as they travel.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_app::imports::{self, Preview, ReportRow, Told, Wish};
use tearline_core::imports::{FileFormat, Import, ImportState, RowPolicy};
use tearline_core::ledger::PoolId;
use utoipa::{IntoParams, ToSchema};

use crate::params::bad_parameter;
use crate::problem::Problem;

/// What is to be imported, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportParams {
    /// What the file is called where it comes from; its ending tells how it is written.
    #[param(required = false, max_length = 255, example = "summer.csv")]
    name: Option<String>,
    /// How the file is written, where neither its name nor the `Content-Type` tells.
    #[param(required = false, inline)]
    format: Option<FileFormat>,
    /// Columns that are called otherwise, each with what it holds: `Gutschein:code,Ende:expires_at`.
    #[param(required = false, example = "Gutschein:code")]
    columns: Option<String>,
    /// What becomes of the import if some of its rows cannot be added.
    #[param(required = false, inline)]
    policy: Option<RowPolicy>,
    /// Whether the codes can be drawn and redeemed as soon as all of them are there; else `publish` says when.
    #[param(required = false, default = true)]
    publish: Option<bool>,
    /// Whether all codes of the pool that nobody was given by then become void when these are published.
    #[param(required = false, default = false)]
    replace_unused: Option<bool>,
}

impl ImportParams {
    /// What is wished for; `media` is what the request says that the file is.
    pub(crate) fn wish(self, media: Option<FileFormat>) -> Result<Wish, Problem> {
        let wish = Wish {
            mapping: columns(self.columns.as_deref())?,
            name: self.name.map(|name| name.chars().take(NAME_CHARS_MAX).collect()),
            format: self.format,
            policy: self.policy.unwrap_or_default(),
            publish: self.publish.unwrap_or(true),
            replace_unused: self.replace_unused.unwrap_or(false),
        };
        let named = wish.format.is_some() || wish.name.as_deref().is_some_and(imports::is_named);
        Ok(if named { wish } else { Wish { format: media, ..wish } })
    }
}

const NAME_CHARS_MAX: usize = 255;

fn columns(text: Option<&str>) -> Result<imports::Mapping, Problem> {
    let mut mapping = imports::Mapping::new();
    for pair in text.unwrap_or_default().split(',').filter(|pair| !pair.trim().is_empty()) {
        let read = pair.rsplit_once(':').and_then(|(name, of)| Some((name, imports::column(of.trim())?)));
        let (name, of) = read.ok_or_else(|| {
            let known = imports::COLUMNS.map(imports::Column::name).join(", ");
            bad_parameter(&format!("`columns` has {pair:?}: write `name:column`, with one of {known}"))
        })?;
        mapping.insert(name.trim().to_owned(), of);
    }
    Ok(mapping)
}

/// Which import, and how long to wait for it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitParams {
    /// For how many seconds to wait until there is no work left on it.
    #[param(required = false, minimum = 0, maximum = 25, default = 0)]
    wait_s: Option<u64>,
}

impl WaitParams {
    pub(crate) fn wait_s(&self) -> Result<u64, Problem> {
        let wait_s = self.wait_s.unwrap_or(0);
        let fits = wait_s <= 25;
        fits.then_some(wait_s).ok_or_else(|| bad_parameter("`wait_s` is from 0 to 25"))
    }
}

/// Which rows of a report, and how they are written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportParams {
    /// Only rows behind this one: the `next_cursor` of the page before.
    #[param(required = false, minimum = 0)]
    pub(crate) after_row: Option<u32>,
    /// How many at most; a file has them all.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
    /// How they are written.
    #[param(required = false, inline)]
    pub(crate) format: Option<ReportFormat>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportFormat {
    /// Page by page. The default.
    #[default]
    Json,
    /// A file with all rows that are kept.
    Csv,
}

/// In which form codes are exported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// How the file is written.
    #[param(required = false, inline)]
    pub(crate) format: Option<FileFormat>,
}

/// How an import is published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishImport {
    /// Whether all codes of the pool that nobody was given until now become void; absent = as the import was asked
    /// for.
    #[serde(default)]
    pub(crate) replace_unused: Option<bool>,
}

/// An import of codes into a pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportInfo {
    /// Its pool.
    #[schema(value_type = String)]
    pool: PoolId,
    /// Its number in the pool, from 1.
    #[schema(minimum = 1)]
    number: u64,
    /// How far it has come.
    #[schema(value_type = ImportStateName)]
    state: ImportState,
    /// The file.
    file: ImportedFile,
    /// What becomes of it if some of its rows cannot be added.
    #[schema(inline)]
    policy: RowPolicy,
    /// Whether it is published as soon as all of its codes are there.
    publish: bool,
    /// Whether all codes of the pool that nobody was given by then become void when it is published.
    replace_unused: bool,
    /// Its rows.
    rows: RowNumbers,
    /// What is perhaps not meant, though nothing is wrong.
    notices: Vec<String>,
    /// Who began it.
    #[schema(example = "key:key-1f0a9c3e")]
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    /// When its codes could first be drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// When it came to an end: published, undone or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The file of an import.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedFile {
    /// What it is called where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// How it is written.
    #[schema(inline)]
    format: FileFormat,
    /// How large it is.
    bytes: u64,
    /// The columns that are called otherwise, with what they hold.
    columns: BTreeMap<String, String>,
}

/// How many rows of an import there are of each kind.
#[derive(Debug, Serialize, ToSchema)]
struct RowNumbers {
    /// That were read so far.
    read: u64,
    /// Whose codes were added.
    added: u64,
    /// That cannot be read.
    faulty: u64,
    /// Whose codes are somebody's already, or could be taken for somebody's: duplicates, which are skipped.
    known: u64,
    /// That were added, and removed again.
    removed: u64,
    /// How many of the faulty and known ones the report lists; the first ten thousand.
    reported: u64,
}

/// How far an import has come.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "stands for the words of a state in the description")]
enum ImportStateName {
    /// Its rows are read; nobody sees its codes.
    Staging,
    /// All of its rows are read; nobody sees its codes until it is published.
    Staged,
    /// Its codes can be drawn and redeemed.
    Published,
    /// A later import took its place: what nobody was given of it is void.
    Replaced,
    /// What nobody was given of it is being removed.
    Undoing,
    /// It was never published, and its codes are being removed.
    Dropping,
    /// It was undone. What was given to somebody by then stays.
    Undone,
    /// It failed, and nothing of it was kept.
    Failed,
}

impl From<Import> for ImportInfo {
    fn from(import: Import) -> Self {
        let (asked, rows) = (import.asked, import.rows);
        Self {
            pool: import.pool,
            number: import.number,
            state: import.state,
            file: ImportedFile {
                name: asked.name,
                format: asked.format,
                bytes: asked.bytes,
                columns: asked.mapping,
            },
            policy: asked.policy,
            publish: asked.publish,
            replace_unused: asked.replace_unused,
            rows: RowNumbers {
                read: rows.read,
                added: rows.added,
                faulty: rows.faulty,
                known: rows.known,
                removed: rows.removed,
                reported: rows.reported,
            },
            notices: import.notices,
            by: asked.by,
            begun_at: asked.at,
            published_at: import.published_at,
            ended_at: import.ended_at,
            error: import.error,
        }
    }
}

/// A row of a file that was not added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportedRow {
    /// Its number: the line of a text at which it begins, or the row of the sheet, from 1.
    pub(crate) row: u32,
    /// Why it was not added, in a word: `known_in_file`, `known_in_pool`, `known_elsewhere`, or what is wrong with it.
    #[schema(example = "known_in_file")]
    reason: String,
    /// The column at fault, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    /// The code, where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The same in a sentence.
    message: String,
}

impl ReportedRow {
    pub(crate) fn of(pool: &PoolId, number: u64, row: ReportRow) -> Self {
        let place = row.row;
        let Told { reason, column, code, message } = imports::tell(pool, number, row);
        Self { row: place, reason, column, code, message }
    }
}

/// What a file begins with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewInfo {
    /// Its columns, in its order.
    columns: Vec<ColumnInfo>,
    /// Its first rows.
    rows: Vec<PreviewRow>,
    /// What is perhaps not meant, though nothing is wrong.
    notices: Vec<String>,
}

/// A column of a file.
#[derive(Debug, Serialize, ToSchema)]
struct ColumnInfo {
    /// What it is called.
    name: String,
    /// What it holds; absent where it is passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
}

/// A row of a file, as it is read.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewRow {
    /// Its number: the line of a text at which it begins, or the row of the sheet, from 1.
    row: u64,
    /// The code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// From when it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// How often it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    /// How often it was used already.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<u32>,
    /// To whom it belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// What is wrong with the row, so that it would not be added.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

impl From<Preview> for PreviewInfo {
    fn from(preview: Preview) -> Self {
        let notices = imports::notices(&preview);
        let column = |(name, column): (&str, Option<imports::Column>)| ColumnInfo {
            name: name.to_owned(),
            column: column.map(|column| column.name().to_owned()),
        };
        let row = |row: imports::Row| {
            let (line, fault) = match row.result {
                Ok(line) => (line, None),
                Err(fault) => (imports::CodeLine::default(), Some(fault.to_string())),
            };
            PreviewRow {
                row: row.number,
                code: (!line.code.is_empty()).then(|| line.code.into()),
                starts_at: line.starts_at.map(|when| when.to_string()),
                expires_at: line.expires_at.map(|when| when.to_string()),
                limit: line.limit,
                used: line.used,
                customer: line.customer.map(Into::into),
                fault,
            }
        };
        let rows = preview.rows.into_iter().map(row).collect();
        Self { columns: preview.columns.iter().map(column).collect(), rows, notices }
    }
}
