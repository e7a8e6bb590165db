//! Imports in PostgreSQL.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tearline_core::imports::{IMPORTS_MAX, Import, ImportState, NewImport, NotNow, REPORT_ROWS_MAX, Turn};
use tearline_core::ledger::{Code, CodeId, CodeState, PoolId};
use tearline_core::names::ShopId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::codes::{self, Owners};
use super::connection::{Call, Conn, call};
use super::rows::{body, bound, count, get, written};
use super::sql;
use super::transaction::Transaction;
use crate::StoreError;
use crate::imports::{Chunk, ReportRow, StagedCode, WhyNot};

fn import(row: &Row) -> Result<Import, StoreError> {
    let import: Import = body(row, 1)?;
    Ok(Import { state: state(row, 0)?.unwrap_or(import.state), ..import })
}

/// The state of an import, if there is one.
pub(super) fn state(row: &Row, column: usize) -> Result<Option<ImportState>, StoreError> {
    // The schema allows no other name.
    Ok(get::<Option<&str>>(row, column)?.and_then(ImportState::of_name))
}

pub(super) async fn find(
    conn: &Conn,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
) -> Result<Option<Import>, StoreError> {
    let row = conn.first(sql::IMPORT, &[&shop.as_str(), &pool.as_str(), &bound(number)]).await?;
    row.as_ref().map(import).transpose()
}

pub(super) async fn list(
    conn: &Conn,
    shop: &ShopId,
    pool: &PoolId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Import>, StoreError> {
    let before = before.map_or(i64::MAX, bound);
    let page: [&(dyn ToSql + Sync); 4] = [&shop.as_str(), &pool.as_str(), &before, &i64::from(limit)];
    conn.rows(sql::IMPORTS, &page).await?.iter().map(import).collect()
}

pub(super) async fn under_way(conn: &Conn, shop: &ShopId) -> Result<Vec<Import>, StoreError> {
    conn.rows(sql::IMPORTS_UNDER_WAY, &[&shop.as_str()]).await?.iter().map(import).collect()
}

pub(super) async fn report(
    conn: &Conn,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    after_row: u32,
    limit: u32,
) -> Result<Vec<ReportRow>, StoreError> {
    let (number, after, limit) = (bound(number), i64::from(after_row), i64::from(limit));
    let page: [&(dyn ToSql + Sync); 5] = [&shop.as_str(), &pool.as_str(), &number, &after, &limit];
    conn.rows(sql::IMPORT_ROWS, &page).await?.iter().map(|row| body(row, 0)).collect()
}

fn save<'a>(shop: &'a str, import: &Import) -> Call<'a> {
    let (pool, state, number) = (import.pool.to_string(), import.state.name(), bound(import.number));
    call!(sql::IMPORT_SAVE, shop, pool, number, state, written(import))
}

/// The next number in a pool, given where the codes are that come without an import.
async fn next_number(conn: &Conn, shop: &ShopId, pool: &PoolId, last_serial: u64) -> Result<u64, StoreError> {
    let last = conn.first(sql::IMPORT_LAST, &[&shop.as_str(), &pool.as_str()]).await?;
    let last = last.as_ref().map_or(Ok(0), |row| count(row, 0))?;
    Ok(last.max(last_serial >> 32) + 1)
}

pub(super) async fn begin(
    transaction: Transaction,
    pool: &PoolId,
    asked: &NewImport,
) -> Result<Option<Import>, StoreError> {
    let (conn, shop) = (transaction.conn(), transaction.shop().clone());
    let last_serial = codes::pool_state(conn, &shop, pool).await?.last_serial;
    let number = next_number(conn, &shop, pool, last_serial).await?;
    if number > IMPORTS_MAX {
        transaction.roll_back().await?;
        return Ok(None);
    }
    let import = Import::new(pool.clone(), number, asked.clone());
    transaction.commit(vec![save(shop.as_str(), &import)]).await?;
    Ok(Some(import))
}

pub(super) async fn stage(
    transaction: Transaction,
    pool: &PoolId,
    number: u64,
    chunk: &Chunk,
) -> Result<Option<Import>, StoreError> {
    let shop = transaction.shop().clone();
    let Some(mut import) = find(transaction.conn(), &shop, pool, number).await? else {
        transaction.roll_back().await?;
        return Ok(None);
    };
    if import.state != ImportState::Staging || import.row_last != chunk.after_row {
        transaction.roll_back().await?;
        return Ok(Some(import));
    }
    import.row_last = chunk.upto_row;
    import.rows.read += chunk.rows;
    import.rows.faulty += chunk.faulty;
    import.notices.clone_from(&chunk.notices);
    let mut report = Vec::new();
    chunk.faults.iter().for_each(|fault| tell(&mut import, &mut report, fault.clone()));
    let mut owners = owners(transaction.conn(), &shop, &chunk.codes).await?;
    let added = add(&mut import, &mut report, &mut owners, &chunk.codes);
    let mut endings = BTreeMap::new();
    for code in added.iter().filter(|code| code.state == CodeState::Unassigned) {
        *endings.entry(codes::ending(code)).or_default() += 1;
    }
    let mut calls = codes::count_endings(shop.as_str(), &endings);
    calls.push(codes::save(shop.as_str(), &added.iter().collect::<Vec<_>>()));
    calls.extend(save_report(shop.as_str(), &import, &report));
    calls.push(save(shop.as_str(), &import));
    transaction.commit(calls).await?;
    Ok(Some(import))
}

async fn owners(conn: &Conn, shop: &ShopId, staged: &[StagedCode]) -> Result<Owners, StoreError> {
    let texts = staged.iter().map(|staged| staged.code.text.as_str());
    Owners::of(conn, shop, texts, staged.iter().map(|staged| staged.key.as_str())).await
}

/// Reports a row, unless enough were.
fn tell(import: &mut Import, report: &mut Vec<ReportRow>, row: ReportRow) {
    if import.rows.reported < REPORT_ROWS_MAX {
        import.rows.reported += 1;
        report.push(row);
    }
}

/// The codes that are nobody's yet; the others are told.
fn add(
    import: &mut Import,
    report: &mut Vec<ReportRow>,
    owners: &mut Owners,
    staged: &[StagedCode],
) -> Vec<Code> {
    let mut added = Vec::with_capacity(staged.len());
    for StagedCode { row, key, code } in staged {
        if owners.is_coupon(key) {
            import.rows.known += 1;
            let why = WhyNot::Coupon { text: code.text.clone() };
            tell(import, report, ReportRow { row: *row, why });
            continue;
        }
        if let Some((of, state)) = owners.owner(&code.text, key).cloned() {
            import.rows.known += 1;
            let why = WhyNot::Known { text: code.text.clone(), of, state };
            tell(import, report, ReportRow { row: *row, why });
            continue;
        }
        let code = code.code(CodeId { pool: import.pool.clone(), serial: import.serial(*row) }, key.clone());
        import.rows.added += 1;
        import.assigned += u64::from(code.state != CodeState::Unassigned);
        import.redeemed += u64::from(code.state == CodeState::Redeemed);
        owners.add(&code);
        added.push(code);
    }
    added
}

fn save_report<'a>(shop: &'a str, import: &Import, report: &[ReportRow]) -> Option<Call<'a>> {
    if report.is_empty() {
        return None;
    }
    let rows: Vec<i64> = report.iter().map(|row| i64::from(row.row)).collect();
    let bodies: Vec<String> = report.iter().map(written).collect();
    let (pool, number) = (import.pool.to_string(), bound(import.number));
    Some(call!(sql::IMPORT_ROWS_ADD, shop, pool, number, rows, bodies))
}

pub(super) async fn turn(
    transaction: Transaction,
    pool: &PoolId,
    number: u64,
    turn: &Turn,
    now: Timestamp,
) -> Result<Option<Result<Import, NotNow>>, StoreError> {
    let shop = transaction.shop().clone();
    let Some(before) = find(transaction.conn(), &shop, pool, number).await? else {
        transaction.roll_back().await?;
        return Ok(None);
    };
    let was = before.state;
    let import = match before.turn(turn, now) {
        Ok(import) => import,
        Err(refused) => {
            transaction.roll_back().await?;
            return Ok(Some(Err(refused)));
        }
    };
    let mut calls = Vec::new();
    if import.state == ImportState::Published && was != ImportState::Published {
        calls = publish(transaction.conn(), &shop, &import, now).await?;
    }
    calls.push(save(shop.as_str(), &import));
    transaction.commit(calls).await?;
    Ok(Some(Ok(import)))
}

async fn publish<'a>(
    conn: &Conn,
    shop: &'a ShopId,
    import: &Import,
    now: Timestamp,
) -> Result<Vec<Call<'a>>, StoreError> {
    let mut state = codes::pool_state(conn, shop, &import.pool).await?;
    let mut calls = Vec::new();
    if import.asked.replace_unused {
        let supply = conn.first(sql::POOL_SUPPLY, &[&shop.as_str(), &import.pool.as_str()]).await?;
        state.voided += supply.as_ref().map_or(Ok(0), |row| count(row, 0))?;
        calls.push(call!(sql::IMPORTS_REPLACE, shop.as_str(), import.pool.to_string()));
        if state.last_serial & u64::from(u32::MAX) != 0 {
            // The series of codes that were added one by one ends here; the next begins behind another number.
            let next = next_number(conn, shop, &import.pool, state.last_serial).await?;
            calls.push(save(shop.as_str(), &Import::closed(import, state.last_serial, now)));
            state.last_serial = next << 32;
        }
    }
    state.assigned += import.assigned;
    state.redeemed += import.redeemed;
    calls.push(codes::save_pools(shop.as_str(), &[(&import.pool, &state)]));
    Ok(calls)
}

pub(super) async fn clear(
    transaction: Transaction,
    pool: &PoolId,
    number: u64,
    codes_max: u32,
    now: Timestamp,
) -> Result<Option<Import>, StoreError> {
    let (conn, shop) = (transaction.conn(), transaction.shop().clone());
    let found = find(conn, &shop, pool, number).await?;
    let how = found.as_ref().map(|import| import.state);
    let (find, remove) = match how {
        Some(ImportState::Undoing) => (sql::IMPORT_FREE_CODES, sql::IMPORT_FREE_CODES_REMOVE),
        Some(ImportState::Dropping) => (sql::IMPORT_CODES, sql::IMPORT_CODES_REMOVE),
        _ => {
            transaction.roll_back().await?;
            return Ok(found);
        }
    };
    let Some(mut import) = found else { return Ok(None) };
    let (from, to) = (bound(import.serial(0)), bound(import.serial(u32::MAX)));
    let page: [&(dyn ToSql + Sync); 5] = [&shop.as_str(), &pool.as_str(), &from, &to, &i64::from(codes_max)];
    let serials = conn.rows(find, &page).await?;
    let mut calls = Vec::new();
    if let Some(last) = serials.last() {
        calls.push(call!(remove, shop.to_string(), pool.to_string(), from, get::<i64>(last, 0)?));
    }
    import.rows.removed += serials.len() as u64;
    if serials.len() < codes_max as usize {
        calls.push(call!(sql::IMPORT_ENDINGS_REMOVE, shop.to_string(), pool.to_string(), bound(number)));
        import = import.cleared(now);
    }
    calls.push(save(shop.as_str(), &import));
    transaction.commit(calls).await?;
    Ok(Some(import))
}
