//! Codes, and what their pools count of them.

use std::collections::BTreeMap;

use rusqlite::{Row, params};
use tearline_core::imports::{ImportState, seen};
use tearline_core::ledger::{Code, CodeState};

use super::{Check, Doctor};
use crate::StoreError;
use crate::sqlite::codes::stored;
use crate::sqlite::imports;
use crate::sqlite::rows::{all, bound, first};

pub(super) fn examine(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    codes(doctor)?;
    missing(doctor)?;
    reserved(doctor)?;
    draws(doctor)
}

const CODES: &str = "
    SELECT c.pool, c.serial, c.text, c.match_key, c.state, c.customer, c.assigned_at, c.starts_at, c.expires_at,
        c.ends_at, c.uses_max, c.used, c.held, c.earliest_hold_end, c.bound, i.state, c.shop_id, coalesce(o.used, 0),
        (SELECT coalesce(sum(h.take), 0) FROM hold_claims h WHERE h.shop_id = c.shop_id AND h.promotion = c.pool
            AND h.limit_kind = 'code' AND h.counted_for = CAST(c.serial AS TEXT)),
        (SELECT count(*) FROM reports r WHERE r.shop_id = c.shop_id AND r.pool = c.pool AND r.serial = c.serial)
    FROM codes c
    LEFT JOIN imports i ON i.shop_id = c.shop_id AND i.pool = c.pool AND i.number = c.serial >> 32
    LEFT JOIN counted o ON o.shop_id = c.shop_id AND o.promotion = c.pool AND o.limit_kind = 'code'
        AND o.counted_for = CAST(c.serial AS TEXT)
    ORDER BY c.shop_id, c.pool, c.serial";

/// What the codes of a pool add up to.
#[derive(Default)]
struct Tally {
    shop: String,
    pool: String,
    last_serial: u64,
    assigned: i64,
    redeemed: i64,
    voided: i64,
    /// How many that nobody was given end at each instant, by import.
    endings: BTreeMap<(i64, i64), i64>,
    /// Imports of which codes are being removed: what remains of them is on its way.
    moving: Vec<i64>,
}

fn codes(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let conn = doctor.conn;
    let mut statement = conn.prepare(CODES)?;
    let mut rows = statement.query([])?;
    let (mut read, mut tally) = (0, Tally::default());
    while let Some(row) = rows.next()? {
        doctor.pass("codes", &mut read);
        let (code, import, shop) = (stored(row)?, imports::state(row, 15)?, row.get::<_, String>(16)?);
        if (&tally.shop, tally.pool.as_str()) != (&shop, code.id.pool.as_str()) {
            compare(doctor, &std::mem::take(&mut tally))?;
            (tally.shop, tally.pool) = (shop, code.id.pool.to_string());
        }
        one(doctor, &tally.shop, &code, row)?;
        tally.add(code, import);
    }
    compare(doctor, &tally)?;
    doctor.examined.codes = read;
    Ok(())
}

/// Whether a code's own row makes sense, and agrees with orders and holds.
fn one(doctor: &mut Doctor<'_>, shop: &str, code: &Code, row: &Row<'_>) -> Result<(), StoreError> {
    let name = format!("code {} of pool `{}`", code.id.serial, code.id.pool);
    let (by_orders, by_holds, elsewhere): (i64, i64, i64) = (row.get(17)?, row.get(18)?, row.get(19)?);
    // It may have been used elsewhere before it came, but not less than here.
    if code.uses.used < by_orders + elsewhere {
        let says = format!(
            "{name}: {} uses are counted, orders have used it {} times",
            code.uses.used,
            by_orders + elsewhere
        );
        doctor.find(Check::Code, shop, says);
    }
    if code.uses.held != by_holds {
        let says = format!("{name}: {} uses are counted as held, the holds keep {by_holds}", code.uses.held);
        doctor.find(Check::Held, shop, says);
    }
    // As often as it may be used is for its promotion to say, which may have changed.
    let fits = match code.state {
        CodeState::Unassigned => code.uses.used == 0 && code.customer.is_none() && code.assigned_at.is_none(),
        CodeState::Redeemed => code.uses.used > 0,
        CodeState::Assigned | CodeState::Void => true,
    };
    if !fits {
        let state = match code.state {
            CodeState::Unassigned => "given to nobody",
            CodeState::Assigned => "given to somebody",
            CodeState::Redeemed => "used up",
            CodeState::Void => "void",
        };
        let says = format!("{name} counts as {state}, which does not fit to its {} uses", code.uses.used);
        doctor.find(Check::Code, shop, says);
    }
    Ok(())
}

impl Tally {
    fn add(&mut self, code: Code, import: Option<ImportState>) {
        let (serial, number) = (code.id.serial, bound(code.id.serial >> 32));
        if code.state == CodeState::Unassigned {
            let ends_at = code.ends_at.map_or(i64::MAX, jiff::Timestamp::as_microsecond);
            *self.endings.entry((ends_at, number)).or_default() += 1;
        }
        let is_moving = matches!(import, Some(ImportState::Undoing | ImportState::Dropping));
        if is_moving && self.moving.last() != Some(&number) {
            self.moving.push(number);
        }
        if import.is_none() {
            self.last_serial = serial;
        }
        let Some(code) = seen(code, import) else { return };
        let was_given = matches!(code.state, CodeState::Assigned | CodeState::Redeemed);
        self.assigned += i64::from(was_given || code.assigned_at.is_some());
        self.redeemed += i64::from(code.state == CodeState::Redeemed);
        self.voided += i64::from(code.state == CodeState::Void);
    }
}

const POOL: &str = "
    SELECT assigned, redeemed, voided, last_serial FROM pools WHERE shop_id = ?1 AND pool = ?2";

/// Pools that count something else as set aside than their reservations say.
const RESERVED: &str = "
    SELECT shop_id, pool, reserved, set_aside FROM (
        SELECT p.shop_id, p.pool, p.reserved, (SELECT coalesce(sum(r.remaining), 0) FROM reservations r
            WHERE r.shop_id = p.shop_id AND r.pool = p.pool) AS set_aside
        FROM pools p) counted_apart
    WHERE reserved <> set_aside ORDER BY shop_id, pool";

const ENDINGS: &str = "
    SELECT ends_at, import_no, remaining FROM pool_endings WHERE shop_id = ?1 AND pool = ?2 AND remaining <> 0";

fn compare(doctor: &mut Doctor<'_>, tally: &Tally) -> Result<(), StoreError> {
    let Tally { shop, pool, .. } = tally;
    if pool.is_empty() {
        return Ok(());
    }
    let counted = first(doctor.conn, POOL, [shop, pool], |row| {
        Ok(([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?], row.get::<_, i64>(3)?))
    })?;
    let (counted, last_serial) = counted.unwrap_or_default();
    let found = [tally.assigned, tally.redeemed, tally.voided];
    for ((what, counted), found) in ["assigned", "redeemed", "void"].into_iter().zip(counted).zip(found) {
        if counted != found {
            let says = format!("pool `{pool}`: {counted} codes are counted as {what}, {found} are");
            doctor.find(Check::Pool, shop, says);
        }
    }
    if last_serial < bound(tally.last_serial) {
        let says =
            format!("pool `{pool}`: the next code would get a number that code {} has", tally.last_serial);
        doctor.find(Check::Pool, shop, says);
    }
    endings(doctor, tally)
}

fn endings(doctor: &mut Doctor<'_>, tally: &Tally) -> Result<(), StoreError> {
    let Tally { shop, pool, .. } = tally;
    let counted = all(doctor.conn, ENDINGS, params![shop, pool], |row| {
        Ok(((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?), row.get::<_, i64>(2)?))
    })?;
    let counted: BTreeMap<_, _> = counted.into_iter().collect();
    let sum = |endings: &BTreeMap<(i64, i64), i64>| {
        let settled = endings.iter().filter(|((_, import), _)| !tally.moving.contains(import));
        settled.map(|(_, remaining)| remaining).sum::<i64>()
    };
    let (of_pool, of_codes) = (sum(&counted), sum(&tally.endings));
    if of_pool != of_codes {
        let says = format!("pool `{pool}`: {of_pool} codes are counted as left, {of_codes} are");
        doctor.find(Check::Pool, shop, says);
        return Ok(());
    }
    let is_settled = |import: &i64| !tally.moving.contains(import);
    let differs =
        |(key, remaining): (&(i64, i64), &i64)| is_settled(&key.1) && counted.get(key) != Some(remaining);
    if tally.endings.iter().any(differs) {
        let says = format!("pool `{pool}`: codes are counted as left until another time than they end");
        doctor.find(Check::Pool, shop, says);
    }
    Ok(())
}

/// Codes that orders have used or holds keep, and that no pool has.
const CODES_MISSING: &str = "
    SELECT shop_id, promotion, counted_for FROM counted o WHERE limit_kind = 'code' AND used <> 0
        AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.shop_id = o.shop_id AND c.pool = o.promotion
            AND c.serial = CAST(o.counted_for AS INTEGER))
    UNION
    SELECT shop_id, promotion, counted_for FROM hold_claims h WHERE limit_kind = 'code' AND take <> 0
        AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.shop_id = h.shop_id AND c.pool = h.promotion
            AND c.serial = CAST(h.counted_for AS INTEGER))";

/// What is counted for a pool of which there is no code.
const POOLS_WITHOUT_CODES: &str = "
    SELECT p.shop_id, p.pool, p.assigned + p.redeemed + p.voided FROM pools p
    WHERE p.assigned + p.redeemed + p.voided <> 0
        AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.shop_id = p.shop_id AND c.pool = p.pool)
    UNION
    SELECT e.shop_id, e.pool, sum(e.remaining) FROM pool_endings e
    WHERE e.remaining <> 0 AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.shop_id = e.shop_id AND c.pool = e.pool)
        AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.shop_id = e.shop_id AND i.pool = e.pool
            AND i.number = e.import_no AND i.state IN ('undoing', 'dropping'))
    GROUP BY e.shop_id, e.pool";

fn missing(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let three =
        |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?));
    for (shop, pool, serial) in all(doctor.conn, CODES_MISSING, [], three)? {
        let says = format!("code {serial} of pool `{pool}` was used or is held, and is not there");
        doctor.find(Check::Code, &shop, says);
    }
    let counted =
        |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?));
    for (shop, pool, counted) in all(doctor.conn, POOLS_WITHOUT_CODES, [], counted)? {
        doctor.find(
            Check::Pool,
            &shop,
            format!("pool `{pool}`: {counted} codes are counted, and it has none"),
        );
    }
    Ok(())
}

const DRAWS: &str = "
    SELECT d.shop_id, d.code_pool, d.draw_key, d.serial FROM draws d
    LEFT JOIN codes c ON c.shop_id = d.shop_id AND c.pool = d.code_pool AND c.serial = d.serial
    WHERE d.serial IS NOT NULL AND coalesce(c.state, 0) = 0
    ORDER BY d.shop_id, d.pool, d.draw_key";

fn reserved(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let differ = all(doctor.conn, RESERVED, [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    })?;
    for (shop, pool, counted, found) in differ {
        let says =
            format!("pool `{pool}`: {counted} codes are counted as set aside, the reservations have {found}");
        doctor.find(Check::Pool, &shop, says);
    }
    Ok(())
}

/// What was drawn was given to somebody, and stays so.
fn draws(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let drawn = all(doctor.conn, DRAWS, [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(3)?))
    })?;
    for (shop, pool, serial) in drawn {
        let says = format!("code {serial} of pool `{pool}` was drawn, and counts as given to nobody");
        doctor.find(Check::Draw, &shop, says);
    }
    Ok(())
}
