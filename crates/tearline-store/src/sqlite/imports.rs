//! Imports in SQLite.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use tearline_core::imports::{IMPORTS_MAX, Import, ImportState, NewImport, NotNow, REPORT_ROWS_MAX, Turn};
use tearline_core::ledger::{CodeId, CodeState, PoolId};
use tearline_core::names::ShopId;

use super::rows::{all, bound, count, execute, first};
use super::{codes, coupons, sql};
use crate::StoreError;
use crate::imports::{Chunk, CodesPage, ReportRow, StagedCode, WhyNot};

fn import(row: &Row<'_>) -> Result<Import, StoreError> {
    let import: Import = json(row, 1)?;
    Ok(Import { state: state(row, 0)?.unwrap_or(import.state), ..import })
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, StoreError> {
    let text = row.get_ref(column)?.as_str().map_err(|bad| StoreError::damaged("an import", bad))?;
    serde_json::from_str(text).map_err(|bad| StoreError::damaged("an import", bad))
}

/// The state of an import, if there is one.
pub(super) fn state(row: &Row<'_>, column: usize) -> Result<Option<ImportState>, StoreError> {
    // The schema allows no other name.
    Ok(row.get::<_, Option<String>>(column)?.and_then(|name| ImportState::of_name(&name)))
}

/// The state of the import that a code came with, if it came with one.
pub(super) fn state_of(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
) -> Result<Option<ImportState>, StoreError> {
    let row = params![shop.as_str(), pool.as_str(), bound(number)];
    Ok(first(conn, sql::IMPORT_STATE, row, |row| state(row, 0))?.flatten())
}

pub(super) fn get(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
) -> Result<Option<Import>, StoreError> {
    first(conn, sql::IMPORT, params![shop.as_str(), pool.as_str(), bound(number)], import)
}

pub(super) fn list(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Import>, StoreError> {
    let before = before.map_or(i64::MAX, bound);
    all(conn, sql::IMPORTS, params![shop.as_str(), pool.as_str(), before, limit], import)
}

pub(super) fn under_way(conn: &Connection, shop: &ShopId) -> Result<Vec<Import>, StoreError> {
    all(conn, sql::IMPORTS_UNDER_WAY, [shop.as_str()], import)
}

pub(super) fn report(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    after_row: u32,
    limit: u32,
) -> Result<Vec<ReportRow>, StoreError> {
    let row = params![shop.as_str(), pool.as_str(), bound(number), after_row, limit];
    all(conn, sql::IMPORT_ROWS, row, |row| json(row, 0))
}

fn save(conn: &Connection, shop: &ShopId, import: &Import) -> Result<(), StoreError> {
    let body = serde_json::to_string(import).expect("an import can be written");
    let (pool, state) = (import.pool.as_str(), import.state.name());
    let row = params![shop.as_str(), pool, bound(import.number), state, body];
    execute(conn, sql::IMPORT_SAVE, row)?;
    Ok(())
}

/// The next number in a pool, given where the codes are that come without an import.
fn next_number(conn: &Connection, shop: &ShopId, pool: &PoolId, last_serial: u64) -> Result<u64, StoreError> {
    let last = first(conn, sql::IMPORT_LAST, [shop.as_str(), pool.as_str()], |row| count(row, 0))?;
    Ok(last.unwrap_or(0).max(last_serial >> 32) + 1)
}

pub(super) fn begin(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    asked: &NewImport,
) -> Result<Option<Import>, StoreError> {
    execute(conn, sql::SHOP_ADD, [shop.as_str()])?;
    let last_serial = codes::pool(conn, shop, pool)?.map_or(0, |state| state.last_serial);
    let number = next_number(conn, shop, pool, last_serial)?;
    if number > IMPORTS_MAX {
        return Ok(None);
    }
    let import = Import::new(pool.clone(), number, asked.clone());
    save(conn, shop, &import)?;
    Ok(Some(import))
}

pub(super) fn stage(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    chunk: &Chunk,
) -> Result<Option<Import>, StoreError> {
    let Some(mut import) = get(conn, shop, pool, number)? else { return Ok(None) };
    if import.state != ImportState::Staging || import.row_last != chunk.after_row {
        return Ok(Some(import));
    }
    import.row_last = chunk.upto_row;
    import.rows.read += chunk.rows;
    import.rows.faulty += chunk.faulty;
    import.notices.clone_from(&chunk.notices);
    for fault in &chunk.faults {
        tell(conn, shop, &mut import, fault)?;
    }
    add(conn, shop, &mut import, &chunk.codes)?;
    save(conn, shop, &import)?;
    Ok(Some(import))
}

/// Reports a row, unless enough were.
fn tell(conn: &Connection, shop: &ShopId, import: &mut Import, row: &ReportRow) -> Result<(), StoreError> {
    if import.rows.reported >= REPORT_ROWS_MAX {
        return Ok(());
    }
    import.rows.reported += 1;
    let body = serde_json::to_string(row).expect("a row's report can be written");
    let row = params![shop.as_str(), import.pool.as_str(), bound(import.number), row.row, body];
    execute(conn, sql::IMPORT_ROW_ADD, row)?;
    Ok(())
}

fn add(
    conn: &Connection,
    shop: &ShopId,
    import: &mut Import,
    staged: &[StagedCode],
) -> Result<(), StoreError> {
    let mut endings = BTreeMap::<Option<Timestamp>, i64>::new();
    let has_coupons = first(conn, sql::COUPON_FIRST, [shop.as_str()], |_| Ok(()))?.is_some();
    let mut insert = conn.prepare_cached(sql::CODE_STAGE)?;
    let mut find_key = conn.prepare_cached(sql::CODE_ID_BY_MATCH_KEY)?;
    for StagedCode { row, key, code } in staged {
        // The index of match keys meets those that have one themselves.
        let is_caught = code.exact && find_key.exists([shop.as_str(), key])?;
        if has_coupons && coupons::is_coupon(conn, shop, key)? {
            import.rows.known += 1;
            let why = WhyNot::Coupon { text: code.text.clone() };
            tell(conn, shop, import, &ReportRow { row: *row, why })?;
            continue;
        }
        let serial = import.serial(*row);
        let state = code.state();
        let added = !is_caught
            && insert.execute(params![
                shop.as_str(),
                import.pool.as_str(),
                bound(serial),
                code.text,
                (!code.exact).then_some(key),
                codes::state_number(state),
                code.customer.as_ref().map(tearline_core::ledger::CustomerId::as_str),
                code.assigned_at().map(Timestamp::as_microsecond),
                codes::telling(code.starts_at.as_ref()),
                codes::telling(code.expires_at.as_ref()),
                code.ends_at.map(Timestamp::as_microsecond),
                code.uses_max.map(bound),
                bound(code.used),
                code.exact.then_some(key),
            ])? == 1;
        if !added {
            known(conn, shop, import, *row, &code.text, key)?;
            continue;
        }
        import.rows.added += 1;
        import.assigned += u64::from(state != CodeState::Unassigned);
        import.redeemed += u64::from(state == CodeState::Redeemed);
        if state == CodeState::Unassigned {
            *endings.entry(code.ends_at).or_default() += 1;
        }
    }
    for (ends_at, by) in endings {
        codes::count_ending(conn, shop, &import.pool, import.number, ends_at, by)?;
    }
    Ok(())
}

/// Counts a row whose code is somebody's, and says whose.
fn known(
    conn: &Connection,
    shop: &ShopId,
    import: &mut Import,
    row: u32,
    text: &str,
    key: &str,
) -> Result<(), StoreError> {
    import.rows.known += 1;
    if import.rows.reported >= REPORT_ROWS_MAX {
        return Ok(());
    }
    let found = match codes::id_by_text(conn, shop, text)? {
        Some(found) => Some(found),
        None => codes::id_by_match_key(conn, shop, key)?,
    };
    let Some((of, state)) = found else { return Ok(()) };
    let why = WhyNot::Known { text: text.to_owned(), of, state };
    tell(conn, shop, import, &ReportRow { row, why })
}

pub(super) fn turn(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    turn: &Turn,
    now: Timestamp,
) -> Result<Option<Result<Import, NotNow>>, StoreError> {
    let Some(before) = get(conn, shop, pool, number)? else { return Ok(None) };
    let was = before.state;
    let import = match before.turn(turn, now) {
        Ok(import) => import,
        Err(refused) => return Ok(Some(Err(refused))),
    };
    if import.state == ImportState::Published && was != ImportState::Published {
        publish(conn, shop, &import, now)?;
    }
    save(conn, shop, &import)?;
    Ok(Some(Ok(import)))
}

fn publish(conn: &Connection, shop: &ShopId, import: &Import, now: Timestamp) -> Result<(), StoreError> {
    let mut state = codes::pool(conn, shop, &import.pool)?.unwrap_or_default();
    if import.asked.replace_unused {
        let pool = [shop.as_str(), import.pool.as_str()];
        state.voided += first(conn, sql::POOL_SUPPLY, pool, |row| count(row, 0))?.unwrap_or(0);
        execute(conn, sql::IMPORTS_REPLACE, pool)?;
        state.last_serial = close_loose(conn, shop, import, state.last_serial, now)?;
    }
    state.assigned += import.assigned;
    state.redeemed += import.redeemed;
    codes::save_pool(conn, shop, &import.pool, &state)
}

/// Ends the series of codes that were added one by one, and answers behind which serial the next begins.
fn close_loose(
    conn: &Connection,
    shop: &ShopId,
    import: &Import,
    last_serial: u64,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if last_serial & u64::from(u32::MAX) == 0 {
        return Ok(last_serial);
    }
    let next = next_number(conn, shop, &import.pool, last_serial)?;
    let closed = Import::closed(import, last_serial, now);
    save(conn, shop, &closed)?;
    Ok(next << 32)
}

pub(super) fn clear(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    codes_max: u32,
    now: Timestamp,
) -> Result<Option<Import>, StoreError> {
    let Some(mut import) = get(conn, shop, pool, number)? else { return Ok(None) };
    let (find, remove) = match import.state {
        ImportState::Undoing => (sql::IMPORT_FREE_CODES, sql::IMPORT_FREE_CODES_REMOVE),
        ImportState::Dropping => (sql::IMPORT_CODES, sql::IMPORT_CODES_REMOVE),
        _ => return Ok(Some(import)),
    };
    let (from, to) = (bound(import.serial(0)), bound(import.serial(u32::MAX)));
    let row = params![shop.as_str(), pool.as_str(), from, to, codes_max];
    let serials = all(conn, find, row, |row| Ok(row.get::<_, i64>(0)?))?;
    if let Some(last) = serials.last() {
        execute(conn, remove, params![shop.as_str(), pool.as_str(), from, last])?;
    }
    import.rows.removed += serials.len() as u64;
    if serials.len() < codes_max as usize {
        execute(conn, sql::IMPORT_ENDINGS_REMOVE, params![shop.as_str(), pool.as_str(), bound(number)])?;
        import = import.cleared(now);
    }
    save(conn, shop, &import)?;
    Ok(Some(import))
}

pub(super) fn pool_codes(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    after: u64,
    limit: u32,
) -> Result<CodesPage, StoreError> {
    let row = params![shop.as_str(), pool.as_str(), bound(after), limit];
    let read = |row: &Row<'_>| Ok((count(row, 1)?, codes::code(row)?));
    let rows = all(conn, sql::POOL_CODES, row, read)?;
    let is_whole = rows.len() < limit as usize;
    let next =
        rows.last().filter(|_| !is_whole).map(|(serial, _)| CodeId { pool: pool.clone(), serial: *serial });
    let next = next.map(|last| codes::behind(conn, shop, &last)).transpose()?;
    Ok(CodesPage { codes: rows.into_iter().filter_map(|(_, code)| code).collect(), next })
}
