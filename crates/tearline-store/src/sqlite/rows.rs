//! Rows to values and back.

use std::str::FromStr;

use rusqlite::{Connection, ErrorCode, Params, Row};
use tearline_core::names::ShopId;
use tearline_core::resource::{Resource, ResourceKey};

use crate::StoreError;
pub(super) use crate::stored::{bound, instant};

/// Every row of a statement, read.
pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        values.push(read(row)?);
    }
    Ok(values)
}

/// The first row of a statement, read.
pub(super) fn first<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Runs a statement that changes rows and answers how many.
pub(super) fn execute(conn: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}

/// Reads `kind, id, version, body, written_at, written_by, deleted`.
pub(super) fn resource(shop: &ShopId, row: &Row<'_>) -> Result<Resource, StoreError> {
    let key = ResourceKey { kind: parsed(row, 0, "a kind")?, id: parsed(row, 1, "a document's id")? };
    let body =
        serde_json::from_str(row.get_ref(3)?.as_str().map_err(|bad| StoreError::damaged("a body", bad))?);
    Ok(Resource {
        shop: shop.clone(),
        key,
        version: count(row, 2)?,
        body: body.map_err(|bad| StoreError::damaged("a body", bad))?,
        written_at: instant(row.get(4)?)?,
        written_by: row.get(5)?,
        deleted: row.get(6)?,
    })
}

/// A text that some type checks when parsed.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize, what: &'static str) -> Result<T, StoreError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text = row.get_ref(column)?.as_str().map_err(|bad| StoreError::damaged(what, bad))?;
    text.parse().map_err(|bad| StoreError::damaged(what, bad))
}

/// A count that is never negative.
pub(super) fn count(row: &Row<'_>, column: usize) -> Result<u64, StoreError> {
    let count: i64 = row.get(column)?;
    u64::try_from(count).map_err(|bad| StoreError::damaged("a count", bad))
}

impl From<rusqlite::Error> for StoreError {
    fn from(failure: rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
        let code = failure.sqlite_error_code();
        // A file that may not grow, by a quota or a limit, is as good as a full disk.
        let extended = failure.sqlite_error().map(|error| error.extended_code);
        let takes_no_more = extended == Some(rusqlite::ffi::SQLITE_IOERR_WRITE);
        let damaged = matches!(
            failure,
            FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..)
        );
        let source = std::sync::Arc::new(failure);
        match code {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { source },
            _ if takes_no_more => Self::Full { source },
            Some(ErrorCode::DiskFull) => Self::Full { source },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { what: "the file", source }
            }
            None if damaged => Self::Damaged { what: "a value", source },
            _ => Self::Database { source },
        }
    }
}
