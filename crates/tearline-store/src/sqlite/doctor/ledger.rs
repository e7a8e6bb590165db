//! Orders, and what is counted by them: limits, balances, holds, customers.

use std::collections::BTreeMap;

use rusqlite::{Row, params};
use tearline_core::ledger::{Answer, Claimed, Hold, Order, OrderState, Taken};

use super::{Check, Doctor};
use crate::StoreError;
use crate::sqlite::rows::{all, execute, first};
use crate::stored::claimed_key;

pub(super) fn examine(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    orders(doctor)?;
    limits(doctor)?;
    holds(doctor)?;
    customers(doctor)?;
    answers(doctor)
}

/// Runs over the rows of a statement, one at a time.
fn each(
    doctor: &mut Doctor<'_>,
    sql: &str,
    mut visit: impl FnMut(&mut Doctor<'_>, &Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let conn = doctor.conn;
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(doctor, row)?;
    }
    Ok(())
}

const ORDERS: &str =
    "SELECT shop_id, order_id, customer, state, placed_at, body FROM orders ORDER BY shop_id, order_id";

const COUNTED_ADD: &str = "
    INSERT INTO counted VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (shop_id, promotion, limit_kind, counted_for) DO UPDATE SET used = counted.used + excluded.used";

const BOUGHT_ADD: &str = "
    INSERT INTO bought VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (shop_id, customer_id) DO UPDATE SET orders = bought.orders + excluded.orders,
        last_order_at = max(bought.last_order_at, excluded.last_order_at)";

/// Reads every order, and adds up what they count.
fn orders(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let mut read = 0;
    each(doctor, ORDERS, |doctor, row| {
        doctor.pass("orders", &mut read);
        let (shop, id): (String, String) = (row.get(0)?, row.get(1)?);
        let order: Order = match serde_json::from_str(row.get_ref(5)?.as_str().unwrap_or_default()) {
            Ok(order) => order,
            Err(error) => {
                doctor.find(Check::Order, &shop, format!("order `{id}` cannot be read: {error}"));
                return Ok(());
            }
        };
        let state = if order.state == OrderState::Placed { "placed" } else { "cancelled" };
        let customer = order.customer.as_ref().map(ToString::to_string);
        let filed = (id.clone(), row.get(2)?, row.get(3)?, row.get(4)?);
        if filed
            != (order.id.to_string(), customer.clone(), state.to_owned(), order.placed_at.as_microsecond())
        {
            let says =
                format!("order `{id}` is filed under another name, customer, state or time than it says");
            doctor.find(Check::Order, &shop, says);
        }
        count(doctor, &shop, &order.claims, 1)?;
        count(doctor, &shop, &order.returned, -1)?;
        if let Some(customer) = customer {
            let is_placed = i64::from(order.state == OrderState::Placed);
            let placed_at = order.placed_at.as_microsecond();
            execute(doctor.conn, BOUGHT_ADD, params![shop, customer, is_placed, placed_at])?;
        }
        Ok(())
    })?;
    doctor.examined.orders = read;
    Ok(())
}

fn count(doctor: &Doctor<'_>, shop: &str, taken: &[Taken], times: i64) -> Result<(), StoreError> {
    for taken in taken {
        let (promotion, kind, of) = claimed_key(&taken.of);
        execute(doctor.conn, COUNTED_ADD, params![shop, promotion, kind, of, times * taken.take])?;
    }
    Ok(())
}

const LIMITS: &str = "
    SELECT l.shop_id, l.promotion, l.limit_kind, l.counted_for, l.used, l.held, l.earliest_hold_end,
        coalesce(c.used, 0),
        (SELECT coalesce(sum(h.take), 0) FROM hold_claims h WHERE h.shop_id = l.shop_id AND h.promotion = l.promotion
            AND h.limit_kind = l.limit_kind AND h.counted_for = l.counted_for),
        (SELECT min(h.ends_at) FROM hold_claims h WHERE h.shop_id = l.shop_id AND h.promotion = l.promotion
            AND h.limit_kind = l.limit_kind AND h.counted_for = l.counted_for)
    FROM limits l LEFT JOIN counted c ON c.shop_id = l.shop_id AND c.promotion = l.promotion
        AND c.limit_kind = l.limit_kind AND c.counted_for = l.counted_for
    ORDER BY l.shop_id, l.promotion, l.limit_kind, l.counted_for";

/// What is counted by orders or kept by holds, and by no limit.
const LIMITS_MISSING: &str = "
    SELECT shop_id, promotion, limit_kind, counted_for, used, 0 FROM counted c
    WHERE limit_kind <> 'code' AND used <> 0 AND NOT EXISTS (SELECT 1 FROM limits l WHERE l.shop_id = c.shop_id
        AND l.promotion = c.promotion AND l.limit_kind = c.limit_kind AND l.counted_for = c.counted_for)
    UNION ALL
    SELECT shop_id, promotion, limit_kind, counted_for, 0, take FROM hold_claims h
    WHERE limit_kind <> 'code' AND take <> 0 AND NOT EXISTS (SELECT 1 FROM limits l WHERE l.shop_id = h.shop_id
        AND l.promotion = h.promotion AND l.limit_kind = h.limit_kind AND l.counted_for = h.counted_for)";

/// A limit in words: `spring: per_customer of ann`.
fn limit(row: &Row<'_>) -> Result<(String, String), StoreError> {
    let (promotion, kind, of): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let of = if of.is_empty() { of } else { format!(" of `{of}`") };
    Ok((row.get(0)?, format!("`{promotion}`, {kind}{of}")))
}

fn limits(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let mut read = 0;
    each(doctor, LIMITS, |doctor, row| {
        doctor.pass("limits", &mut read);
        let (shop, limit) = limit(row)?;
        let (used, by_orders): (i64, i64) = (row.get(4)?, row.get(7)?);
        if used != by_orders {
            let says = format!("{limit}: {used} are counted as used, the orders have used {by_orders}");
            doctor.find(Check::Used, &shop, says);
        }
        let (held, by_holds): (i64, i64) = (row.get(5)?, row.get(8)?);
        if held != by_holds {
            let says = format!("{limit}: {held} are counted as held, the holds keep {by_holds}");
            doctor.find(Check::Held, &shop, says);
        }
        let (earliest, first): (Option<i64>, Option<i64>) = (row.get(6)?, row.get(9)?);
        if first.is_some_and(|first| earliest.is_none_or(|earliest| first < earliest)) {
            let says = format!(
                "{limit}: a hold ends before the first end that is noted, and would never be taken off"
            );
            doctor.find(Check::Held, &shop, says);
        }
        Ok(())
    })?;
    doctor.examined.limits = read;
    each(doctor, LIMITS_MISSING, |doctor, row| {
        let (shop, limit) = limit(row)?;
        let (used, held): (i64, i64) = (row.get(4)?, row.get(5)?);
        if used != 0 {
            let says = format!("{limit}: nothing is counted as used, the orders have used {used}");
            doctor.find(Check::Used, &shop, says);
        } else {
            let says = format!("{limit}: nothing is counted as held, a hold keeps {held}");
            doctor.find(Check::Held, &shop, says);
        }
        Ok(())
    })
}

const HOLDS: &str = "
    SELECT h.shop_id, h.cart_id, h.customer, h.ends_at, h.body, coalesce(s.settled_until, 0)
    FROM holds h JOIN shops s ON s.shop_id = h.shop_id ORDER BY h.shop_id, h.cart_id";

const CLAIMS_OF_HOLD: &str = "
    SELECT promotion, limit_kind, counted_for, take, ends_at FROM hold_claims WHERE shop_id = ?1 AND cart_id = ?2";

fn holds(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let mut read = 0;
    each(doctor, HOLDS, |doctor, row| {
        doctor.pass("holds", &mut read);
        let (shop, cart): (String, String) = (row.get(0)?, row.get(1)?);
        let hold: Hold = match serde_json::from_str(row.get_ref(4)?.as_str().unwrap_or_default()) {
            Ok(hold) => hold,
            Err(error) => {
                doctor.find(Check::Hold, &shop, format!("the hold of cart `{cart}` cannot be read: {error}"));
                return Ok(());
            }
        };
        let ends_at = hold.ends_at.as_microsecond();
        let customer = hold.customer.as_ref().map(ToString::to_string);
        let filed = (cart.clone(), row.get(2)?, row.get(3)?);
        if filed != (hold.cart.to_string(), customer, ends_at) {
            let says =
                format!("the hold of cart `{cart}` is filed under another customer or end than it says");
            doctor.find(Check::Hold, &shop, says);
        }
        // What was taken off a counter is kept no more.
        let is_settled = ends_at <= row.get::<_, i64>(5)?;
        let kept = kept(doctor, &shop, &cart)?;
        let promised = hold.claims.iter().map(|taken| (key_of(&taken.of), (taken.take, ends_at)));
        let promised: BTreeMap<_, _> = promised.collect();
        let is_kept = |(key, kept): (&Key, &(i64, i64))| promised.get(key) == Some(kept);
        if !kept.iter().all(is_kept) || (!is_settled && kept.len() != promised.len()) {
            let says = format!("the hold of cart `{cart}` keeps something else of limits than it says");
            doctor.find(Check::Hold, &shop, says);
        }
        Ok(())
    })?;
    doctor.examined.holds = read;
    Ok(())
}

/// What a hold keeps something of.
type Key = (String, String, String);

fn key_of(of: &Claimed) -> Key {
    let (promotion, kind, of) = claimed_key(of);
    (promotion.to_owned(), kind.to_owned(), of)
}

/// How much a cart keeps of each, and until when.
fn kept(doctor: &Doctor<'_>, shop: &str, cart: &str) -> Result<BTreeMap<Key, (i64, i64)>, StoreError> {
    let kept = all(doctor.conn, CLAIMS_OF_HOLD, [shop, cart], |row| {
        Ok(((row.get(0)?, row.get(1)?, row.get(2)?), (row.get(3)?, row.get(4)?)))
    })?;
    Ok(kept.into_iter().collect())
}

const CUSTOMERS: &str = "
    SELECT c.shop_id, c.customer_id, c.orders, coalesce(b.orders, 0), c.last_order_at IS NOT b.last_order_at
    FROM customers c LEFT JOIN bought b ON b.shop_id = c.shop_id AND b.customer_id = c.customer_id
    ORDER BY c.shop_id, c.customer_id";

const CUSTOMERS_MISSING: &str = "
    SELECT b.shop_id, b.customer_id, 0, b.orders, 1 FROM bought b
    WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.shop_id = b.shop_id AND c.customer_id = b.customer_id)";

fn customers(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let mut read = 0;
    for sql in [CUSTOMERS, CUSTOMERS_MISSING] {
        each(doctor, sql, |doctor, row| {
            doctor.pass("customers", &mut read);
            let (shop, customer): (String, String) = (row.get(0)?, row.get(1)?);
            let (counted, placed): (i64, i64) = (row.get(2)?, row.get(3)?);
            if counted != placed {
                let says =
                    format!("customer `{customer}`: {counted} orders are counted, {placed} are placed");
                doctor.find(Check::Customer, &shop, says);
            } else if row.get(4)? {
                let says =
                    format!("customer `{customer}`: another time is noted than that of their last order");
                doctor.find(Check::Customer, &shop, says);
            }
            Ok(())
        })?;
    }
    doctor.examined.customers = read;
    Ok(())
}

const ANSWERS: &str = "SELECT shop_id, request_key, answer FROM requests ORDER BY shop_id, request_key";

const ORDER: &str =
    "SELECT json_array_length(body, '$.refunds') FROM orders WHERE shop_id = ?1 AND order_id = ?2";

/// What was answered to a request that its caller named, and must be there.
fn answers(doctor: &mut Doctor<'_>) -> Result<(), StoreError> {
    let mut read = 0;
    each(doctor, ANSWERS, |doctor, row| {
        doctor.pass("requests", &mut read);
        let (shop, key): (String, String) = (row.get(0)?, row.get(1)?);
        let answer = match serde_json::from_str(row.get_ref(2)?.as_str().unwrap_or_default()) {
            Ok(answer) => answer,
            Err(error) => {
                doctor.find(
                    Check::Answer,
                    &shop,
                    format!("the answer to request `{key}` cannot be read: {error}"),
                );
                return Ok(());
            }
        };
        let (Answer::Placed { order, .. } | Answer::Cancelled { order, .. } | Answer::Refunded { order }) =
            answer
        else {
            return Ok(());
        };
        let refunds = first(doctor.conn, ORDER, [&shop, order.id.as_str()], |row| {
            Ok(row.get::<_, Option<i64>>(0)?.unwrap_or(0))
        })?;
        if refunds.is_none_or(|refunds| usize::try_from(refunds).unwrap_or(0) < order.refunds.len()) {
            let says = format!("order `{}` was answered to request `{key}`, and is not there so", order.id);
            doctor.find(Check::Answer, &shop, says);
        }
        Ok(())
    })
}
