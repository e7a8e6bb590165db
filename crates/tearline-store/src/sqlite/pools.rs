//! What pools need beside their codes, in SQLite: what was given, set aside, and redeemed elsewhere.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use tearline_core::ledger::{
    Code, CodeId, CustomerId, DrawnUnder, GivenAt, PoolId, ReportId, Reservation, ReservationId, Which,
};
use tearline_core::names::ShopId;
use uuid::Uuid;

use super::ledger::body;
use super::rows::{all, bound, count, execute, first, instant, parsed};
use super::{codes, sql};
use crate::StoreError;
use crate::ledger::{ActivityId, Logged};

/// What was drawn from a pool under a key.
pub(super) fn drawn(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    key: &str,
) -> Result<Option<DrawnUnder>, StoreError> {
    first(conn, sql::DRAW, [shop.as_str(), pool.as_str(), key], |row| {
        Ok(match row.get::<_, Option<String>>(2)? {
            Some(text) => DrawnUnder::Text(text),
            None => DrawnUnder::Code(CodeId { pool: parsed(row, 0, "a pool")?, serial: count(row, 1)? }),
        })
    })
}

pub(super) fn add_draw(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    key: &str,
    drawn: &DrawnUnder,
) -> Result<(), StoreError> {
    let (code, text) = match drawn {
        DrawnUnder::Code(id) => (Some(id), None),
        DrawnUnder::Text(text) => (None, Some(text)),
    };
    let (of, serial) = (code.map(|id| id.pool.as_str()), code.map(|id| bound(id.serial)));
    execute(conn, sql::DRAW_ADD, params![shop.as_str(), pool.as_str(), key, of, serial, text])?;
    Ok(())
}

/// The last code of a pool that a customer was given, before a place among them.
pub(super) fn given(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    customer: &CustomerId,
    which: Which,
    before: Option<GivenAt>,
    now: Timestamp,
) -> Result<Option<CodeId>, StoreError> {
    let (at, serial) =
        before.map_or((i64::MAX, i64::MAX), |(at, serial)| (at.as_microsecond(), bound(serial)));
    let (shop, customer, of) = (shop.as_str(), customer.as_str(), pool.as_str());
    let read = |row: &Row<'_>| Ok(CodeId { pool: pool.clone(), serial: count(row, 0)? });
    match which {
        Which::Usable => {
            let row = params![shop, customer, of, at, serial, now.as_microsecond()];
            first(conn, sql::GIVEN_USABLE, row, read)
        }
        Which::NotVoid => first(conn, sql::GIVEN_NOT_VOID, params![shop, customer, of, at, serial], read),
    }
}

/// The code of a pool that a customer was given last and may still use.
pub(super) fn assigned(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<Option<Code>, StoreError> {
    let given = given(conn, shop, pool, customer, Which::Usable, None, now)?;
    given.map_or(Ok(None), |id| codes::by_id(conn, shop, &id))
}

pub(super) fn reservation(
    conn: &Connection,
    shop: &ShopId,
    id: &ReservationId,
) -> Result<Option<Reservation>, StoreError> {
    let ReservationId { pool, key } = id;
    first(conn, sql::RESERVATION, [shop.as_str(), pool.as_str(), key], |row| {
        Ok(Reservation {
            id: id.clone(),
            codes: count(row, 0)?,
            left: count(row, 1)?,
            made_at: instant(row.get(2)?)?,
            returned_at: row.get::<_, Option<i64>>(3)?.map(instant).transpose()?,
        })
    })
}

pub(super) fn save_reservation(
    conn: &Connection,
    shop: &ShopId,
    reservation: &Reservation,
) -> Result<(), StoreError> {
    let Reservation { id, codes, left, made_at, returned_at } = reservation;
    let (pool, key) = (id.pool.as_str(), &id.key);
    let (made_at, returned_at) = (made_at.as_microsecond(), returned_at.map(Timestamp::as_microsecond));
    let row = params![shop.as_str(), pool, key, bound(*codes), bound(*left), made_at, returned_at];
    execute(conn, sql::RESERVATION_SAVE, row)?;
    Ok(())
}

/// When a code was redeemed in another shop on an order.
pub(super) fn report(
    conn: &Connection,
    shop: &ShopId,
    id: &ReportId,
) -> Result<Option<Timestamp>, StoreError> {
    let ReportId { code, order } = id;
    let row = params![shop.as_str(), code.pool.as_str(), bound(code.serial), order.as_str()];
    first(conn, sql::REPORT, row, |row| instant(row.get(0)?))
}

pub(super) fn add_report(
    conn: &Connection,
    shop: &ShopId,
    id: &ReportId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let ReportId { code, order } = id;
    let (pool, serial) = (code.pool.as_str(), bound(code.serial));
    let row = params![shop.as_str(), pool, serial, order.as_str(), at.as_microsecond()];
    execute(conn, sql::REPORT_ADD, row)?;
    Ok(())
}

/// What has happened to a pool as a whole, the newest first.
pub(super) fn activities(
    conn: &Connection,
    shop: &ShopId,
    pool: &PoolId,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, StoreError> {
    let before = before.unwrap_or(ActivityId::LAST).0;
    let row = params![shop.as_str(), pool.as_str(), before.as_bytes(), limit];
    all(conn, sql::ACTIVITIES_OF_POOL, row, |row| {
        let id = Uuid::from_bytes(row.get::<_, [u8; 16]>(1)?);
        Ok(Logged { id: ActivityId(id), activity: body(row)? })
    })
}
