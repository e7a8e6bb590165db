//! The file itself.

use super::{Check, Doctor};
use crate::StoreError;
use crate::sqlite::rows::all;

/// What SQLite finds by itself: pages, indexes, checks, references.
pub(super) fn examine(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let said = all(doctor.conn, "PRAGMA quick_check", [], |row| Ok(row.get::<_, String>(0)?))?;
    for says in said.into_iter().filter(|says| says != "ok") {
        doctor.find(Check::File, "", says);
    }
    let lost = all(doctor.conn, "PRAGMA foreign_key_check", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?))
    })?;
    for (table, parent) in lost {
        doctor.find(
            Check::File,
            "",
            format!("a row of `{table}` belongs to a row of `{parent}` that is not there"),
        );
    }
    Ok(())
}
