//! Codes and pools in SQLite.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::{Serialize, de::DeserializeOwned};
use tearline_core::imports;
use tearline_core::ledger::{Code, CodeId, CodeState, Counter, CustomerId, PoolId, PoolState, match_key};
use tearline_core::names::ShopId;

use super::rows::{all, bound, count, execute, first, instant, parsed};
use super::{coupons, sql};
use crate::StoreError;
use crate::codes::{Added, NewCode, PoolCounts};

const STATES: [CodeState; 4] =
    [CodeState::Unassigned, CodeState::Assigned, CodeState::Redeemed, CodeState::Void];

/// A code's row, read: what it is to the world, given the state of its import.
pub(super) fn code(row: &Row<'_>) -> Result<Option<Code>, StoreError> {
    Ok(imports::seen(stored(row)?, super::imports::state(row, 15)?))
}

pub(super) fn stored(row: &Row<'_>) -> Result<Code, StoreError> {
    let time = |column| row.get::<_, Option<i64>>(column)?.map(instant).transpose();
    Ok(Code {
        id: CodeId { pool: parsed(row, 0, "a pool")?, serial: count(row, 1)? },
        text: row.get(2)?,
        match_key: row.get(3)?,
        state: state(row, 4)?,
        customer: row.get::<_, Option<String>>(5)?.map(CustomerId::from),
        assigned_at: time(6)?,
        starts_at: told(row, 7)?,
        expires_at: told(row, 8)?,
        ends_at: time(9)?,
        uses_max: row.get::<_, Option<i64>>(10)?.and_then(|most| u64::try_from(most).ok()),
        uses: Counter { used: row.get(11)?, held: row.get(12)?, earliest_hold_end: time(13)? },
        // Who has it alone is somebody.
        is_bound: row.get::<_, bool>(14)? && row.get::<_, Option<String>>(5)?.is_some(),
    })
}

/// A value written as JSON, if there is one.
fn told<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.get(column)?;
    let read = |text: String| serde_json::from_str(&text);
    text.map(read).transpose().map_err(|bad| StoreError::damaged("a code's time", bad))
}

pub(super) fn telling(value: Option<&impl Serialize>) -> Option<String> {
    value.map(|value| serde_json::to_string(value).expect("a time can be written"))
}

pub(super) fn by_id(conn: &Connection, shop: &ShopId, id: &CodeId) -> Result<Option<Code>, StoreError> {
    first(conn, sql::CODE, params![shop.as_str(), id.pool.as_str(), bound(id.serial)], code)
        .map(Option::flatten)
}

pub(super) fn by_text(conn: &Connection, shop: &ShopId, text: &str) -> Result<Option<Code>, StoreError> {
    first(conn, sql::CODE_BY_TEXT, [shop.as_str(), text], code).map(Option::flatten)
}

pub(super) fn by_match_key(conn: &Connection, shop: &ShopId, key: &str) -> Result<Option<Code>, StoreError> {
    first(conn, sql::CODE_BY_MATCH_KEY, [shop.as_str(), key], code).map(Option::flatten)
}

/// Whose a text is, be it seen or not, and what has become of it.
pub(super) fn id_by_text(
    conn: &Connection,
    shop: &ShopId,
    text: &str,
) -> Result<Option<(CodeId, CodeState)>, StoreError> {
    first(conn, sql::CODE_ID_BY_TEXT, [shop.as_str(), text], id_and_state)
}

/// The same of a match key.
pub(super) fn id_by_match_key(
    conn: &Connection,
    shop: &ShopId,
    key: &str,
) -> Result<Option<(CodeId, CodeState)>, StoreError> {
    first(conn, sql::CODE_ID_BY_MATCH_KEY, [shop.as_str(), key], id_and_state)
}

fn id_and_state(row: &Row<'_>) -> Result<(CodeId, CodeState), StoreError> {
    Ok((CodeId { pool: parsed(row, 0, "a pool")?, serial: count(row, 1)? }, state(row, 2)?))
}

fn state(row: &Row<'_>, column: usize) -> Result<CodeState, StoreError> {
    let state: i64 = row.get(column)?;
    let state = usize::try_from(state).ok().and_then(|state| STATES.get(state).copied());
    // The schema allows no other.
    Ok(state.unwrap_or_default())
}

/// The number that stands for a state.
pub(super) fn state_number(state: CodeState) -> i64 {
    STATES.iter().position(|of| *of == state).map_or(0, |position| bound(position as u64))
}

/// The code that a buyer means: exactly the one entered, else the one of its match key.
pub(super) fn entered(conn: &Connection, shop: &ShopId, entered: &str) -> Result<Option<Code>, StoreError> {
    match by_text(conn, shop, entered.trim())? {
        Some(code) => Ok(Some(code)),
        None => by_match_key(conn, shop, &match_key(entered)),
    }
}

/// The next so many codes behind a serial that nobody was given, and that can be: an import that supplies none is
/// stepped over as a whole.
pub(super) fn next(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    mut after: u64,
    most: u32,
) -> Result<Vec<Code>, StoreError> {
    let most = most as usize;
    let mut found = Vec::new();
    while found.len() < most {
        let asked = most - found.len();
        let row = params![shop.as_str(), pool.as_str(), bound(after), bound(asked as u64)];
        let page = all(conn, sql::NEXT_CODES, row, |row| Ok((count(row, 1)?, supplied(row)?)))?;
        let Some((last, _)) = page.last() else { break };
        let hidden = page.iter().position(|(_, code)| code.is_none());
        after = hidden.map_or(*last, |place| page[place].0 | u64::from(u32::MAX));
        let is_last = hidden.is_none() && page.len() < asked;
        found.extend(page.into_iter().map_while(|(_, code)| code));
        if is_last {
            break;
        }
    }
    Ok(found)
}

/// A code, if its import supplies any.
fn supplied(row: &Row<'_>) -> Result<Option<Code>, StoreError> {
    let is_supplied = imports::supplies(super::imports::state(row, 15)?);
    if is_supplied { stored(row).map(Some) } else { Ok(None) }
}

/// Where a list of codes goes on behind one: behind its whole import, if nothing of that is seen.
pub(super) fn behind(conn: &Connection, shop: &ShopId, last: &CodeId) -> Result<u64, StoreError> {
    let import = super::imports::state_of(conn, shop, &last.pool, last.import())?;
    Ok(if imports::is_hidden(import) { last.serial | u64::from(u32::MAX) } else { last.serial })
}

/// The next so many codes behind a serial, whatever became of them.
pub(super) fn after(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    after: u64,
    most: u32,
) -> Result<Vec<CodeId>, StoreError> {
    let row = params![shop.as_str(), pool.as_str(), bound(after), most];
    all(conn, sql::CODES_AFTER, row, |row| Ok(CodeId { pool: pool.clone(), serial: count(row, 0)? }))
}

pub(super) fn save(conn: &Connection, shop: &ShopId, code: &Code) -> Result<(), StoreError> {
    let micros = |time: Option<Timestamp>| time.map(Timestamp::as_microsecond);
    let row = params![
        shop.as_str(),
        code.id.pool.as_str(),
        bound(code.id.serial),
        code.text,
        code.match_key,
        state_number(code.state),
        code.customer.as_ref().map(CustomerId::as_str),
        micros(code.assigned_at),
        telling(code.starts_at.as_ref()),
        telling(code.expires_at.as_ref()),
        micros(code.ends_at),
        code.uses_max.map(bound),
        code.uses.used,
        code.uses.held,
        micros(code.uses.earliest_hold_end),
        code.is_bound,
        code.match_key.is_none().then(|| match_key(&code.text)),
    ];
    execute(conn, sql::CODE_SAVE, row)?;
    Ok(())
}

pub(super) fn pool(conn: &Connection, shop: &ShopId, pool: &PoolId) -> Result<Option<PoolState>, StoreError> {
    first(conn, sql::POOL, [shop.as_str(), pool.as_str()], |row| {
        Ok(PoolState {
            last_serial: count(row, 0)?,
            cursor: count(row, 1)?,
            assigned: count(row, 2)?,
            redeemed: count(row, 3)?,
            voided: count(row, 4)?,
            series: told(row, 5)?,
            reserved: count(row, 6)?,
            watch: told(row, 7)?.unwrap_or_default(),
        })
    })
}

pub(super) fn save_pool(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    state: &PoolState,
) -> Result<(), StoreError> {
    let PoolState { last_serial, cursor, assigned, redeemed, voided, reserved, ref series, ref watch } =
        *state;
    let [last_serial, cursor, assigned, redeemed, voided, reserved] =
        [last_serial, cursor, assigned, redeemed, voided, reserved].map(bound);
    let (series, watch) = (telling(series.as_ref()), telling(Some(watch)));
    let row = params![
        shop.as_str(),
        pool.as_str(),
        last_serial,
        cursor,
        assigned,
        redeemed,
        voided,
        series,
        reserved,
        watch
    ];
    execute(conn, sql::POOL_SAVE, row)?;
    Ok(())
}

/// Counts more, or fewer, codes of an import that nobody was given and that end at an instant.
pub(super) fn count_ending(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    import: u64,
    ends_at: Option<Timestamp>,
    by: i64,
) -> Result<(), StoreError> {
    let ends_at = ends_at.map_or(i64::MAX, Timestamp::as_microsecond);
    let row = params![shop.as_str(), pool.as_str(), ends_at, bound(import), by.abs()];
    let statement = if by < 0 { sql::POOL_ENDING_SUBTRACT } else { sql::POOL_ENDING_ADD };
    execute(conn, statement, row)?;
    Ok(())
}

/// How many codes nobody was given that have not ended.
pub(super) fn remaining(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let row = params![shop.as_str(), pool.as_str(), now.as_microsecond()];
    Ok(first(conn, sql::POOL_REMAINING, row, |row| count(row, 0))?.unwrap_or(0))
}

pub(super) fn counts(
    conn: &Connection,
    shop: &ShopId,
    id: &PoolId,
    now: Timestamp,
) -> Result<PoolCounts, StoreError> {
    let remaining = remaining(conn, shop, id, now)?;
    let state = pool(conn, shop, id)?.unwrap_or_default();
    Ok(PoolCounts::new(&state, remaining, now))
}

/// Adds codes to the end of a pool, but for those that are somebody's already.
pub(super) fn add(
    conn: &Connection,
    shop: &ShopId,
    id: &PoolId,
    new: &[NewCode],
) -> Result<Vec<Added>, StoreError> {
    execute(conn, sql::SHOP_ADD, [shop.as_str()])?;
    let mut state = pool(conn, shop, id)?.unwrap_or_default();
    let mut added = Vec::with_capacity(new.len());
    let mut endings = std::collections::BTreeMap::<Option<Timestamp>, i64>::new();
    for new in new {
        let key = match_key(&new.text);
        let is_taken = id_by_text(conn, shop, &new.text)?.is_some()
            || id_by_match_key(conn, shop, &key)?.is_some()
            || coupons::is_coupon(conn, shop, &key)?;
        if is_taken {
            added.push(Added::Known);
            continue;
        }
        state.last_serial += 1;
        let serial = state.last_serial;
        let code_id = CodeId { pool: id.clone(), serial };
        let code = new.code(code_id, key);
        if code.state == CodeState::Unassigned {
            *endings.entry(code.ends_at).or_default() += 1;
        }
        state.assigned += u64::from(code.state != CodeState::Unassigned);
        state.redeemed += u64::from(code.state == CodeState::Redeemed);
        save(conn, shop, &code)?;
        added.push(Added::Serial(serial));
    }
    save_pool(conn, shop, id, &state)?;
    for (ends_at, by) in endings {
        count_ending(conn, shop, id, state.last_serial >> 32, ends_at, by)?;
    }
    Ok(added)
}
