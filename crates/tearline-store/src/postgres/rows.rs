//! Rows to values and back.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use tearline_core::names::ShopId;
use tearline_core::resource::{Resource, ResourceKey};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::StoreError;
pub(super) use crate::stored::{bound, instant};

/// A value of a row.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|bad| StoreError::damaged("a value", bad))
}

/// Stands in stored text for what PostgreSQL cannot keep in a text, the zero character, and for itself.
const ESCAPE: char = '\u{10ffff}';

/// A text as it is stored.
pub(super) fn kept(text: &str) -> Cow<'_, str> {
    if text.contains(['\0', ESCAPE]) {
        Cow::Owned(text.replace(ESCAPE, "\u{10ffff}1").replace('\0', "\u{10ffff}0"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that is stored so.
pub(super) fn original(kept: &str) -> String {
    if kept.contains(ESCAPE) {
        kept.replace("\u{10ffff}0", "\0").replace("\u{10ffff}1", "\u{10ffff}")
    } else {
        kept.to_owned()
    }
}

pub(super) fn text(row: &Row, column: usize) -> Result<String, StoreError> {
    Ok(original(get(row, column)?))
}

pub(super) fn some_text(row: &Row, column: usize) -> Result<Option<String>, StoreError> {
    Ok(get::<Option<&str>>(row, column)?.map(original))
}

pub(super) fn some_instant(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    get::<Option<i64>>(row, column)?.map(instant).transpose()
}

/// A text that some type checks when parsed.
pub(super) fn parsed<T>(row: &Row, column: usize, what: &'static str) -> Result<T, StoreError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    get::<&str>(row, column)?.parse().map_err(|bad| StoreError::damaged(what, bad))
}

/// A count that is never negative.
pub(super) fn count(row: &Row, column: usize) -> Result<u64, StoreError> {
    u64::try_from(get::<i64>(row, column)?).map_err(|bad| StoreError::damaged("a count", bad))
}

/// A value that was written as JSON.
pub(super) fn body<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    serde_json::from_str(get(row, column)?).map_err(|bad| StoreError::damaged("a body", bad))
}

/// A value that was written as JSON, if there is one.
pub(super) fn some_body<T: DeserializeOwned>(row: &Row, column: usize) -> Result<Option<T>, StoreError> {
    let read = get::<Option<&str>>(row, column)?.map(serde_json::from_str);
    read.transpose().map_err(|bad| StoreError::damaged("a body", bad))
}

/// A value as JSON.
pub(super) fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is stored can be written")
}

/// Reads `kind, id, version, body, written_at, written_by, deleted`.
pub(super) fn resource(shop: &ShopId, row: &Row) -> Result<Resource, StoreError> {
    Ok(Resource {
        shop: shop.clone(),
        key: ResourceKey { kind: parsed(row, 0, "a kind")?, id: parsed(row, 1, "a document's id")? },
        version: count(row, 2)?,
        body: body(row, 3)?,
        written_at: instant(get(row, 4)?)?,
        written_by: text(row, 5)?,
        deleted: get(row, 6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_kept() {
        for text in ["", "plain", "a\0b", "\0\0", "\u{10ffff}", "\u{10ffff}0", "\u{10ffff}1\0", "0\u{10ffff}"]
        {
            let kept = kept(text);
            assert!(!kept.contains('\0'), "{text:?}");
            assert_eq!(original(&kept), text);
        }
    }
}
