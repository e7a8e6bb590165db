//! What pools need beside their codes, in PostgreSQL: what was drawn, given, set aside, and redeemed elsewhere.

use jiff::Timestamp;
use tearline_core::ledger::{
    Books, Code, CodeId, CustomerId, DrawnUnder, GivenAt, OrderId, PoolId, ReportId, Reservation,
    ReservationId, Which,
};
use tearline_core::names::ShopId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connection::{Call, Conn, call};
use super::rows::{bound, count, get, instant, kept, parsed, some_instant, some_text, text};
use super::{codes, sql};
use crate::StoreError;

/// What was drawn from a pool under a key.
pub(super) fn drawn(row: &Row) -> Result<((PoolId, String), DrawnUnder), StoreError> {
    let drawn = match some_text(row, 4)? {
        Some(text) => DrawnUnder::Text(text),
        None => DrawnUnder::Code(CodeId { pool: parsed(row, 2, "a pool")?, serial: count(row, 3)? }),
    };
    Ok(((parsed(row, 0, "a pool")?, text(row, 1)?), drawn))
}

/// What finds reservations and reports, if there are any to find.
pub(super) fn calls<'a>(
    shop: &'a str,
    reservations: &'a [ReservationId],
    reports: &'a [ReportId],
) -> Vec<Call<'a>> {
    let mut calls = Vec::new();
    if !reservations.is_empty() {
        let pools: Vec<&str> = reservations.iter().map(|id| id.pool.as_str()).collect();
        let keys: Vec<_> = reservations.iter().map(|id| kept(&id.key)).collect();
        calls.push(call!(sql::RESERVATIONS, shop, pools, keys));
    }
    if !reports.is_empty() {
        let pools: Vec<&str> = reports.iter().map(|id| id.code.pool.as_str()).collect();
        let serials: Vec<i64> = reports.iter().map(|id| bound(id.code.serial)).collect();
        let orders: Vec<_> = reports.iter().map(|id| kept(id.order.as_str())).collect();
        calls.push(call!(sql::REPORTS, shop, pools, serials, orders));
    }
    calls
}

pub(super) fn reservation(row: &Row) -> Result<(ReservationId, Reservation), StoreError> {
    let id = ReservationId { pool: parsed(row, 0, "a pool")?, key: text(row, 1)? };
    let reservation = Reservation {
        id: id.clone(),
        codes: count(row, 2)?,
        left: count(row, 3)?,
        made_at: instant(get(row, 4)?)?,
        returned_at: some_instant(row, 5)?,
    };
    Ok((id, reservation))
}

pub(super) fn report(row: &Row) -> Result<(ReportId, Timestamp), StoreError> {
    let code = CodeId { pool: parsed(row, 0, "a pool")?, serial: count(row, 1)? };
    Ok((ReportId { code, order: OrderId::from(text(row, 2)?) }, instant(get(row, 3)?)?))
}

/// What finds the last code of a pool that a customer was given, before a place among them.
pub(super) fn given<'a>(
    shop: &'a str,
    (pool, customer, which, before): &'a (PoolId, CustomerId, Which, Option<GivenAt>),
    now: Timestamp,
) -> Call<'a> {
    let (at, serial) =
        before.map_or((i64::MAX, i64::MAX), |(at, serial)| (at.as_microsecond(), bound(serial)));
    let (customer, pool) = (kept(customer.as_str()), pool.as_str());
    match which {
        Which::Usable => {
            call!(sql::GIVEN_USABLE, shop, customer, pool, at, serial, now.as_microsecond())
        }
        Which::NotVoid => call!(sql::GIVEN_NOT_VOID, shop, customer, pool, at, serial),
    }
}

/// The code of a pool that a customer was given last and may still use.
pub(super) async fn assigned(
    conn: &Conn,
    shop: &ShopId,
    pool: &PoolId,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<Option<Code>, StoreError> {
    let asked = (pool.clone(), customer.clone(), Which::Usable, None);
    let found = conn.pipeline(&[given(shop.as_str(), &asked, now)]).await?;
    let Some(row) = found.first().and_then(|rows| rows.first()) else { return Ok(None) };
    let id: [&(dyn ToSql + Sync); 3] = [&shop.as_str(), &vec![pool.as_str()], &vec![get::<i64>(row, 0)?]];
    let row = conn.first(sql::CODES, &id).await?;
    Ok(row.as_ref().map(codes::code).transpose()?.and_then(|(_, code)| code))
}

/// Codes that were set aside.
pub(super) async fn reserved(
    conn: &Conn,
    shop: &ShopId,
    id: &ReservationId,
) -> Result<Option<Reservation>, StoreError> {
    let asked: [&(dyn ToSql + Sync); 3] = [&shop.as_str(), &vec![id.pool.as_str()], &vec![kept(&id.key)]];
    let row = conn.first(sql::RESERVATIONS, &asked).await?;
    Ok(row.as_ref().map(reservation).transpose()?.map(|(_, reservation)| reservation))
}

/// What was drawn, set aside and told of other shops.
pub(super) fn save<'a>(shop: &'a str, books: &'a Books) -> Vec<Call<'a>> {
    let mut calls = Vec::new();
    let draws: Vec<_> = books.draws.changed().filter_map(|(key, drawn)| Some((key, drawn?))).collect();
    if !draws.is_empty() {
        calls.push(save_draws(shop, &draws));
    }
    let reservations: Vec<&Reservation> = books.reservations.changed().filter_map(|(_, row)| row).collect();
    if !reservations.is_empty() {
        calls.push(save_reservations(shop, &reservations));
    }
    let reports: Vec<_> = books.reports.changed().filter_map(|(id, at)| Some((id, at?))).collect();
    if !reports.is_empty() {
        let pools: Vec<&str> = reports.iter().map(|(id, _)| id.code.pool.as_str()).collect();
        let serials: Vec<i64> = reports.iter().map(|(id, _)| bound(id.code.serial)).collect();
        let orders: Vec<_> = reports.iter().map(|(id, _)| kept(id.order.as_str())).collect();
        let times: Vec<i64> = reports.iter().map(|(_, at)| at.as_microsecond()).collect();
        calls.push(call!(sql::REPORTS_ADD, shop, pools, serials, orders, times));
    }
    calls
}

fn save_draws<'a>(shop: &'a str, draws: &[(&'a (PoolId, String), &'a DrawnUnder)]) -> Call<'a> {
    let code = |drawn: &'a DrawnUnder| match drawn {
        DrawnUnder::Code(id) => Some(id),
        DrawnUnder::Text(_) => None,
    };
    let text = |drawn: &'a DrawnUnder| match drawn {
        DrawnUnder::Code(_) => None,
        DrawnUnder::Text(text) => Some(kept(text)),
    };
    let each = || draws.iter();
    call!(
        sql::DRAWS_ADD,
        shop,
        each().map(|((pool, _), _)| pool.as_str()).collect::<Vec<_>>(),
        each().map(|((_, key), _)| kept(key)).collect::<Vec<_>>(),
        each().map(|(_, drawn)| code(drawn).map(|id| id.pool.as_str())).collect::<Vec<_>>(),
        each().map(|(_, drawn)| code(drawn).map(|id| bound(id.serial))).collect::<Vec<_>>(),
        each().map(|(_, drawn)| text(drawn)).collect::<Vec<_>>(),
    )
}

fn save_reservations<'a>(shop: &'a str, reservations: &[&'a Reservation]) -> Call<'a> {
    let each = || reservations.iter();
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    call!(
        sql::RESERVATIONS_SAVE,
        shop,
        each().map(|row| row.id.pool.as_str()).collect::<Vec<_>>(),
        each().map(|row| kept(&row.id.key)).collect::<Vec<_>>(),
        each().map(|row| bound(row.codes)).collect::<Vec<_>>(),
        each().map(|row| bound(row.left)).collect::<Vec<_>>(),
        each().map(|row| row.made_at.as_microsecond()).collect::<Vec<_>>(),
        each().map(|row| micros(row.returned_at)).collect::<Vec<_>>(),
    )
}
