//! Codes and pools in PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use tearline_core::imports;
use tearline_core::ledger::{
    Code, CodeId, CodeState, Counter, CustomerId, Ending, PoolId, PoolState, match_key,
};
use tearline_core::names::ShopId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connection::{Call, Conn, call};
use super::rows::{body, bound, count, get, kept, parsed, some_body, some_instant, some_text, text, written};
use super::sql;
use super::transaction::Transaction;
use crate::StoreError;
use crate::codes::{Added, NewCode, PoolCounts};
use crate::imports::CodesPage;

const STATES: [CodeState; 4] =
    [CodeState::Unassigned, CodeState::Assigned, CodeState::Redeemed, CodeState::Void];

/// A code's row, read: its name, and what it is to the world, given the state of its import.
pub(super) fn code(row: &Row) -> Result<(CodeId, Option<Code>), StoreError> {
    let code = stored(row)?;
    Ok((code.id.clone(), imports::seen(code, super::imports::state(row, 15)?)))
}

/// A state's number, read.
fn state_of(row: &Row, column: usize) -> Result<CodeState, StoreError> {
    let state = usize::try_from(get::<i16>(row, column)?).ok();
    // The schema allows no other.
    Ok(state.and_then(|state| STATES.get(state).copied()).unwrap_or_default())
}

fn stored(row: &Row) -> Result<Code, StoreError> {
    Ok(Code {
        id: CodeId { pool: parsed(row, 0, "a pool")?, serial: count(row, 1)? },
        text: text(row, 2)?,
        match_key: some_text(row, 3)?,
        state: state_of(row, 4)?,
        customer: some_text(row, 5)?.map(CustomerId::from),
        // Who has it alone is somebody.
        is_bound: get::<bool>(row, 14)? && get::<Option<&str>>(row, 5)?.is_some(),
        assigned_at: some_instant(row, 6)?,
        starts_at: some_body(row, 7)?,
        expires_at: some_body(row, 8)?,
        ends_at: some_instant(row, 9)?,
        uses_max: get::<Option<i64>>(row, 10)?.and_then(|most| u64::try_from(most).ok()),
        uses: Counter { used: get(row, 11)?, held: get(row, 12)?, earliest_hold_end: some_instant(row, 13)? },
    })
}

async fn found(conn: &Conn, sql: &'static str, shop: &ShopId, by: &str) -> Result<Option<Code>, StoreError> {
    let row = conn.first(sql, &[&shop.as_str(), &kept(by)]).await?;
    Ok(row.as_ref().map(code).transpose()?.and_then(|(_, code)| code))
}

/// The code that a buyer means: exactly the one entered, else the one of its match key.
pub(super) async fn entered(conn: &Conn, shop: &ShopId, entered: &str) -> Result<Option<Code>, StoreError> {
    match found(conn, sql::CODE_BY_TEXT, shop, entered.trim()).await? {
        Some(code) => Ok(Some(code)),
        None => found(conn, sql::CODE_BY_MATCH_KEY, shop, &match_key(entered)).await,
    }
}

fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_microsecond)
}

fn telling(value: Option<&impl Serialize>) -> Option<String> {
    value.map(written)
}

fn state_number(code: &Code) -> i16 {
    let state = STATES.iter().position(|state| *state == code.state);
    state.and_then(|state| i16::try_from(state).ok()).unwrap_or(0)
}

/// What a code that is entered byte for byte would be compared as, were it a coupon.
fn folded(code: &Code) -> Option<String> {
    code.match_key.is_none().then(|| kept(&match_key(&code.text)).into_owned())
}

pub(super) fn save<'a>(shop: &'a str, codes: &[&'a Code]) -> Call<'a> {
    let each = || codes.iter();
    call!(
        sql::CODES_SAVE,
        shop,
        each().map(|code| code.id.pool.as_str()).collect::<Vec<_>>(),
        each().map(|code| bound(code.id.serial)).collect::<Vec<_>>(),
        each().map(|code| kept(&code.text)).collect::<Vec<_>>(),
        each().map(|code| code.match_key.as_deref().map(kept)).collect::<Vec<_>>(),
        each().map(|code| state_number(code)).collect::<Vec<_>>(),
        each().map(|code| code.customer.as_ref().map(|id| kept(id.as_str()))).collect::<Vec<_>>(),
        each().map(|code| micros(code.assigned_at)).collect::<Vec<_>>(),
        each().map(|code| telling(code.starts_at.as_ref())).collect::<Vec<_>>(),
        each().map(|code| telling(code.expires_at.as_ref())).collect::<Vec<_>>(),
        each().map(|code| micros(code.ends_at)).collect::<Vec<_>>(),
        each().map(|code| code.uses_max.map(bound)).collect::<Vec<_>>(),
        each().map(|code| code.uses.used).collect::<Vec<_>>(),
        each().map(|code| code.uses.held).collect::<Vec<_>>(),
        each().map(|code| micros(code.uses.earliest_hold_end)).collect::<Vec<_>>(),
        each().map(|code| code.is_bound).collect::<Vec<_>>(),
        each().map(|code| folded(code)).collect::<Vec<_>>(),
    )
}

/// A pool's row, read.
pub(super) fn pool(row: &Row) -> Result<(PoolId, PoolState), StoreError> {
    let state = PoolState {
        last_serial: count(row, 1)?,
        cursor: count(row, 2)?,
        assigned: count(row, 3)?,
        redeemed: count(row, 4)?,
        voided: count(row, 5)?,
        series: some_body(row, 6)?,
        reserved: count(row, 7)?,
        watch: body(row, 8)?,
    };
    Ok((parsed(row, 0, "a pool")?, state))
}

pub(super) fn save_pools<'a>(shop: &'a str, pools: &[(&PoolId, &PoolState)]) -> Call<'a> {
    let each = || pools.iter();
    call!(
        sql::POOLS_SAVE,
        shop,
        each().map(|(pool, _)| pool.to_string()).collect::<Vec<_>>(),
        each().map(|(_, state)| bound(state.last_serial)).collect::<Vec<_>>(),
        each().map(|(_, state)| bound(state.cursor)).collect::<Vec<_>>(),
        each().map(|(_, state)| bound(state.assigned)).collect::<Vec<_>>(),
        each().map(|(_, state)| bound(state.redeemed)).collect::<Vec<_>>(),
        each().map(|(_, state)| bound(state.voided)).collect::<Vec<_>>(),
        each().map(|(_, state)| telling(state.series.as_ref())).collect::<Vec<_>>(),
        each().map(|(_, state)| bound(state.reserved)).collect::<Vec<_>>(),
        each().map(|(_, state)| written(&state.watch)).collect::<Vec<_>>(),
    )
}

/// Counts more, or fewer, codes that nobody was given.
pub(super) fn count_endings<'a>(shop: &'a str, endings: &BTreeMap<Ending, i64>) -> Vec<Call<'a>> {
    let endings: Vec<_> = endings.iter().filter(|(_, more)| **more != 0).collect();
    if endings.is_empty() {
        return Vec::new();
    }
    let pools: Vec<String> = endings.iter().map(|(ending, _)| ending.pool.to_string()).collect();
    let end = |ending: &Ending| micros(ending.ends_at).unwrap_or(i64::MAX);
    let ends: Vec<i64> = endings.iter().map(|(ending, _)| end(ending)).collect();
    let imports: Vec<i64> = endings.iter().map(|(ending, _)| bound(ending.import)).collect();
    let more: Vec<i64> = endings.iter().map(|(_, more)| **more).collect();
    vec![
        call!(sql::POOL_ENDINGS_ADD, shop, pools.clone(), ends.clone(), imports.clone()),
        call!(sql::POOL_ENDINGS_COUNT, shop, pools, ends, imports, more),
    ]
}

pub(super) async fn pool_state(conn: &Conn, shop: &ShopId, id: &PoolId) -> Result<PoolState, StoreError> {
    let found = conn.first(sql::POOLS, &[&shop.as_str(), &vec![id.as_str()]]).await?;
    Ok(found.as_ref().map(pool).transpose()?.map(|(_, state)| state).unwrap_or_default())
}

pub(super) async fn counts(
    conn: &Conn,
    shop: &ShopId,
    id: &PoolId,
    now: Timestamp,
) -> Result<PoolCounts, StoreError> {
    let left =
        conn.first(sql::POOL_REMAINING, &[&shop.as_str(), &id.as_str(), &now.as_microsecond()]).await?;
    let remaining = left.as_ref().map_or(Ok(0), |row| count(row, 0))?;
    let state = pool_state(conn, shop, id).await?;
    Ok(PoolCounts::new(&state, remaining, now))
}

/// Whose codes are, be they seen or not, and what has become of them: by text, and by match key.
#[derive(Default)]
pub(super) struct Owners {
    by_text: BTreeMap<String, (CodeId, CodeState)>,
    by_match_key: BTreeMap<String, (CodeId, CodeState)>,
    coupons: BTreeSet<String>,
}

impl Owners {
    /// Those whom codes of these texts and match keys would meet.
    pub(super) async fn of<'a>(
        conn: &Conn,
        shop: &ShopId,
        texts: impl Iterator<Item = &'a str>,
        match_keys: impl Iterator<Item = &'a str>,
    ) -> Result<Self, StoreError> {
        let match_keys: Vec<_> = match_keys.map(kept).collect();
        let calls = [
            call!(sql::CODES_WITH_TEXTS, shop.as_str(), texts.map(kept).collect::<Vec<_>>()),
            call!(sql::CODES_WITH_MATCH_KEYS, shop.as_str(), match_keys.clone()),
            call!(sql::COUPONS, shop.as_str(), match_keys),
        ];
        let answers = conn.pipeline(&calls).await?;
        let owner = |row| {
            let id = CodeId { pool: parsed(row, 1, "a pool")?, serial: count(row, 2)? };
            Ok((text(row, 0)?, (id, state_of(row, 3)?)))
        };
        let by_text = answers[0].iter().map(owner).collect::<Result<_, StoreError>>()?;
        let by_match_key = answers[1].iter().map(owner).collect::<Result<_, StoreError>>()?;
        let coupons = answers[2].iter().map(|row| text(row, 0)).collect::<Result<_, _>>()?;
        Ok(Self { by_text, by_match_key, coupons })
    }

    /// Whether a code would be, or be taken for, a coupon.
    pub(super) fn is_coupon(&self, match_key: &str) -> bool {
        self.coupons.contains(match_key)
    }

    /// Whose a code would be, or be taken for.
    pub(super) fn owner(&self, text: &str, match_key: &str) -> Option<&(CodeId, CodeState)> {
        self.by_text.get(text).or_else(|| self.by_match_key.get(match_key))
    }

    pub(super) fn add(&mut self, code: &Code) {
        self.by_text.insert(code.text.clone(), (code.id.clone(), code.state));
        if let Some(key) = &code.match_key {
            self.by_match_key.insert(key.clone(), (code.id.clone(), code.state));
        }
    }
}

pub(super) fn ending(code: &Code) -> Ending {
    Ending { pool: code.id.pool.clone(), import: code.id.import(), ends_at: code.ends_at }
}

/// Adds codes to the end of a pool, but for those that are somebody's already.
pub(super) async fn add(
    transaction: Transaction,
    id: &PoolId,
    new: &[NewCode],
) -> Result<Vec<Added>, StoreError> {
    let (conn, shop) = (transaction.conn(), transaction.shop().clone());
    let keys: Vec<String> = new.iter().map(|new| match_key(&new.text)).collect();
    let texts = new.iter().map(|new| new.text.as_str());
    let mut owners = Owners::of(conn, &shop, texts, keys.iter().map(String::as_str)).await?;
    let mut state = pool_state(conn, &shop, id).await?;
    let (mut added, mut codes) = (Vec::with_capacity(new.len()), Vec::new());
    let mut endings = BTreeMap::new();
    for (new, key) in new.iter().zip(keys) {
        if owners.owner(&new.text, &key).is_some() || owners.is_coupon(&key) {
            added.push(Added::Known);
            continue;
        }
        state.last_serial += 1;
        let code = new.code(CodeId { pool: id.clone(), serial: state.last_serial }, key);
        if code.state == CodeState::Unassigned {
            *endings.entry(ending(&code)).or_default() += 1;
        }
        state.assigned += u64::from(code.state != CodeState::Unassigned);
        state.redeemed += u64::from(code.state == CodeState::Redeemed);
        owners.add(&code);
        added.push(Added::Serial(state.last_serial));
        codes.push(code);
    }
    let mut calls = vec![save_pools(shop.as_str(), &[(id, &state)])];
    calls.push(save(shop.as_str(), &codes.iter().collect::<Vec<_>>()));
    calls.extend(count_endings(shop.as_str(), &endings));
    transaction.commit(calls).await?;
    Ok(added)
}

/// Codes of a pool by serial, those that nobody sees left out.
pub(super) async fn page(
    conn: &Conn,
    shop: &ShopId,
    pool: &PoolId,
    after: u64,
    limit: u32,
) -> Result<CodesPage, StoreError> {
    let page: [&(dyn ToSql + Sync); 4] = [&shop.as_str(), &pool.as_str(), &bound(after), &i64::from(limit)];
    let rows = conn.rows(sql::POOL_CODES, &page).await?;
    // Behind a whole import, if nothing of that is seen.
    let behind = |row: &Row| {
        let (serial, import) = (count(row, 1)?, super::imports::state(row, 15)?);
        Ok::<u64, StoreError>(if imports::is_hidden(import) { serial | u64::from(u32::MAX) } else { serial })
    };
    let is_last = rows.len() < limit as usize;
    let next = rows.last().filter(|_| !is_last).map(behind).transpose()?;
    let codes = rows.iter().map(|row| code(row).map(|(_, code)| code)).collect::<Result<Vec<_>, _>>()?;
    Ok(CodesPage { codes: codes.into_iter().flatten().collect(), next })
}

/// The next so many codes behind a serial that nobody was given, and that can be: an import that supplies none is
/// stepped over as a whole. Fewer only where there are no more.
pub(super) async fn next(
    conn: &Conn,
    shop: &ShopId,
    pool: &PoolId,
    mut after: u64,
    most: usize,
) -> Result<Vec<Code>, StoreError> {
    let mut found = Vec::new();
    while found.len() < most {
        let asked = most - found.len();
        let limit = bound(asked as u64);
        let page: [&(dyn ToSql + Sync); 4] = [&shop.as_str(), &pool.as_str(), &bound(after), &limit];
        let rows = conn.rows(sql::NEXT_CODES, &page).await?;
        let mut hidden = None;
        for row in &rows {
            after = count(row, 1)?;
            if !imports::supplies(super::imports::state(row, 15)?) {
                hidden = Some(after | u64::from(u32::MAX));
                break;
            }
            found.push(stored(row)?);
        }
        match hidden {
            Some(behind) => after = behind,
            None if rows.len() < asked => break,
            None => {}
        }
    }
    Ok(found)
}
