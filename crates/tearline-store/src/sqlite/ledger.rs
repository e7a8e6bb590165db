//! The ledger in SQLite.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::de::DeserializeOwned;
use tearline_core::ledger::{
    Activity, Answer, Books, Buyer, CartId, Claimed, Code, CodeId, Counter, CustomerId, DrawnUnder, Hold,
    LimitKey, Order, OrderId, OrderState, PoolId, Remembered, Request, RowKey,
};
use tearline_core::names::ShopId;
use tearline_core::resource::to_the_microsecond;
use uuid::Uuid;

use super::rows::{all, bound, count, execute, first, instant};
use super::{codes, coupons, jobs, pools, sql};
use crate::StoreError;
use crate::codes::HeldByOthers;
use crate::ledger::{ActivityId, Asker, Logged, decide_loading};
use crate::stored::{claimed_key, new_id};

/// Loads what the decision needs, decides, saves.
pub(super) fn decide(
    conn: &Connection,
    shop: &ShopId,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, StoreError> {
    let mut books = open_books(conn, shop, to_the_microsecond(now))?;
    let answer = decide_loading(&mut books, request, |books, row| load(conn, shop, books, row))?;
    if answer.keeps_books() && books.config_version == 0 {
        execute(conn, sql::SHOP_ADD, [shop.as_str()])?;
    }
    save(conn, shop, &books)?;
    Ok(answer)
}

/// Empty books, at a time that is never before a hold was found to have ended.
fn open_books(conn: &Connection, shop: &ShopId, now: Timestamp) -> Result<Books, StoreError> {
    let state = first(conn, sql::SHOP_STATE, [shop.as_str()], |row| {
        Ok((count(row, 0)?, row.get::<_, Option<i64>>(1)?.map(instant).transpose()?))
    })?;
    let (config_version, settled_until) = state.unwrap_or_default();
    Ok(Books::new(settled_until.map_or(now, |until| until.max(now)), config_version))
}

fn load(conn: &Connection, shop: &ShopId, books: &mut Books, row: RowKey) -> Result<(), StoreError> {
    match row {
        RowKey::Request(key) => {
            let remembered = first(conn, sql::REQUEST, [shop.as_str(), &key], remembered)?;
            books.requests.load(key, remembered);
        }
        RowKey::Order(id) => {
            let order = order(conn, shop, &id)?;
            books.orders.load(id, order);
        }
        RowKey::Customer(id) => {
            let buyer = buyer(conn, shop, &id)?;
            books.customers.load(id, buyer);
        }
        RowKey::Limit(key) => load_limit(conn, shop, books, key)?,
        RowKey::Hold(cart) => {
            let hold = hold(conn, shop, &cart)?;
            books.holds.load(cart, hold);
        }
        RowKey::Code(id) => load_code(conn, shop, books, id)?,
        RowKey::Text(text) => {
            let is_taken = codes::id_by_text(conn, shop, &text)?.is_some();
            books.load_text(text, is_taken);
        }
        RowKey::MatchKey(key) => {
            let is_taken =
                codes::id_by_match_key(conn, shop, &key)?.is_some() || coupons::is_coupon(conn, shop, &key)?;
            books.load_match_key(key, is_taken);
        }
        RowKey::Pool(pool) => {
            let state = codes::pool(conn, shop, &pool)?;
            books.pools.load(pool, state);
        }
        RowKey::NextCodes(pool, after, most) => {
            let page = codes::next(conn, shop, &pool, after, most)?;
            let ids = page.iter().map(|code| code.id.clone()).collect();
            for code in page {
                take_in(conn, shop, books, code)?;
            }
            books.load_next_codes(pool, after, most, ids);
        }
        RowKey::Codes(pool, after, most) => {
            let page = codes::after(conn, shop, &pool, after, most)?;
            for id in &page {
                load_code_once(conn, shop, books, id)?;
            }
            books.load_page(pool, after, most, page);
        }
        RowKey::Draw(pool, key) => {
            let drawn = pools::drawn(conn, shop, &pool, &key)?;
            if let Some(DrawnUnder::Code(id)) = &drawn {
                load_code_once(conn, shop, books, id)?;
            }
            books.draws.load((pool, key), drawn);
        }
        RowKey::Given(pool, customer, which, before) => {
            let given = pools::given(conn, shop, &pool, &customer, which, before, books.now)?;
            if let Some(id) = &given {
                load_code_once(conn, shop, books, id)?;
            }
            books.load_given(pool, customer, which, before, given);
        }
        RowKey::Remaining(pool) => {
            let remaining = codes::remaining(conn, shop, &pool, books.now)?;
            books.load_remaining(pool, remaining);
        }
        RowKey::Reservation(id) => {
            let reservation = pools::reservation(conn, shop, &id)?;
            books.reservations.load(id, reservation);
        }
        RowKey::Report(id) => {
            let report = pools::report(conn, shop, &id)?;
            books.reports.load(id, report);
        }
        RowKey::OldestHolds(most) => {
            let holds = all(conn, sql::OLDEST_HOLDS, params![shop.as_str(), most], |row| {
                Ok((CartId::from(row.get::<_, String>(0)?), instant(row.get(1)?)?))
            })?;
            books.load_oldest_holds(most, holds);
        }
        RowKey::OldestRequests(most) => {
            let requests = all(conn, sql::OLDEST_REQUESTS, params![shop.as_str(), most], |row| {
                Ok((row.get(0)?, instant(row.get(1)?)?))
            })?;
            books.load_oldest_requests(most, requests);
        }
        RowKey::HoldsOf(customer) => {
            let key = [shop.as_str(), customer.as_str()];
            let carts =
                all(conn, sql::HOLDS_OF_CUSTOMER, key, |row| Ok(CartId::from(row.get::<_, String>(0)?)))?;
            books.load_holds_of(customer, carts);
        }
    }
    Ok(())
}

/// Loads what is taken of a limit; what holds kept that have ended is taken off first.
fn load_limit(conn: &Connection, shop: &ShopId, books: &mut Books, key: LimitKey) -> Result<(), StoreError> {
    let counter = first(conn, sql::LIMIT, limit_key(shop, &key), counter)?;
    let claimed = Claimed::Limit(key.clone());
    let settled = counter.as_ref().map(|counter| settled(conn, shop, &claimed, counter, books.now));
    books.limits.load(key.clone(), counter);
    if let Some(settled) = settled.transpose()?.flatten() {
        books.limits.put(key, settled);
    }
    Ok(())
}

/// The same of a code.
fn load_code(conn: &Connection, shop: &ShopId, books: &mut Books, id: CodeId) -> Result<(), StoreError> {
    match codes::by_id(conn, shop, &id)? {
        Some(code) => take_in(conn, shop, books, code)?,
        None => books.codes.load(id, None),
    }
    Ok(())
}

/// A code that other rows name is not read a second time.
fn load_code_once(
    conn: &Connection,
    shop: &ShopId,
    books: &mut Books,
    id: &CodeId,
) -> Result<(), StoreError> {
    if books.codes.has(id) { Ok(()) } else { load_code(conn, shop, books, id.clone()) }
}

/// Takes in a code as it is stored, unless it is there.
fn take_in(conn: &Connection, shop: &ShopId, books: &mut Books, code: Code) -> Result<(), StoreError> {
    if books.codes.has(&code.id) {
        return Ok(());
    }
    let id = code.id.clone();
    let settled = settled(conn, shop, &Claimed::Code(id.clone()), &code.uses, books.now)?;
    books.codes.load(id.clone(), Some(code.clone()));
    if let Some(uses) = settled {
        books.codes.put(id, Code { uses, ..code });
    }
    Ok(())
}

/// What is counted once the holds that have ended are taken off; nothing if none has.
fn settled(
    conn: &Connection,
    shop: &ShopId,
    claimed: &Claimed,
    counter: &Counter,
    now: Timestamp,
) -> Result<Option<Counter>, StoreError> {
    if counter.earliest_hold_end.is_none_or(|end| now < end) {
        return Ok(None);
    }
    let key = claimed_key(claimed);
    let micros = now.as_microsecond();
    let row = params![shop.as_str(), key.0, key.1, key.2, micros];
    let freed: i64 = first(conn, sql::HELD_UNTIL, row, |row| Ok(row.get(0)?))?.unwrap_or(0);
    execute(conn, sql::HELD_UNTIL_REMOVE, row)?;
    execute(conn, sql::SHOP_SETTLED, params![shop.as_str(), micros])?;
    let next = first(conn, sql::NEXT_HOLD_END, params![shop.as_str(), key.0, key.1, key.2], |row| {
        row.get::<_, Option<i64>>(0)?.map(instant).transpose()
    })?;
    let earliest_hold_end = next.flatten();
    Ok(Some(Counter { held: counter.held - freed, earliest_hold_end, ..counter.clone() }))
}

fn limit_key<'a>(shop: &'a ShopId, key: &'a LimitKey) -> [&'a str; 4] {
    [shop.as_str(), key.promotion.as_str(), key.limit.as_str(), &key.of]
}

fn save(conn: &Connection, shop: &ShopId, books: &Books) -> Result<(), StoreError> {
    for (cart, hold) in books.holds.changed() {
        save_hold(conn, shop, cart, hold)?;
    }
    for (key, counter) in books.limits.changed() {
        let counter = counter.cloned().unwrap_or_default();
        let end = counter.earliest_hold_end.map(Timestamp::as_microsecond);
        let (promotion, limit) = (key.promotion.as_str(), key.limit.as_str());
        let row = params![shop.as_str(), promotion, limit, key.of, counter.used, counter.held, end];
        execute(conn, sql::LIMIT_SAVE, row)?;
    }
    for (id, buyer) in books.customers.changed() {
        let buyer = buyer.cloned().unwrap_or_default();
        let last = buyer.last_order_at.map(Timestamp::as_microsecond);
        let row = params![shop.as_str(), id.as_str(), bound(buyer.orders), last, buyer.email];
        execute(conn, sql::CUSTOMER_SAVE, row)?;
    }
    for (_, code) in books.codes.changed() {
        codes::save(conn, shop, code.expect("no code is ever taken away"))?;
    }
    for (pool, state) in books.pools.changed() {
        codes::save_pool(conn, shop, pool, state.expect("no pool is ever taken away"))?;
    }
    for (ending, by) in books.endings.iter().filter(|(_, by)| **by != 0) {
        codes::count_ending(conn, shop, &ending.pool, ending.import, ending.ends_at, *by)?;
    }
    for ((pool, key), drawn) in books.draws.changed() {
        pools::add_draw(conn, shop, pool, key, drawn.expect("no draw is ever taken away"))?;
    }
    for (_, reservation) in books.reservations.changed() {
        let reservation = reservation.expect("no reservation is ever taken away");
        pools::save_reservation(conn, shop, reservation)?;
    }
    for (id, at) in books.reports.changed() {
        pools::add_report(conn, shop, id, *at.expect("no report is ever taken away"))?;
    }
    for (_, order) in books.orders.changed() {
        save_order(conn, shop, order.expect("no order is ever taken away"))?;
    }
    for (key, remembered) in books.requests.changed() {
        let Some(remembered) = remembered else {
            execute(conn, sql::REQUEST_REMOVE, [shop.as_str(), key])?;
            continue;
        };
        let (answer, at) = (remembered.answer.to_string(), remembered.at.as_microsecond());
        execute(conn, sql::REQUEST_ADD, params![shop.as_str(), key, remembered.fingerprint, answer, at])?;
    }
    jobs::plan(conn, shop, &books.jobs, books.now)?;
    books.activities.iter().try_for_each(|activity| save_activity(conn, shop, activity))
}

fn save_hold(conn: &Connection, shop: &ShopId, cart: &CartId, hold: Option<&Hold>) -> Result<(), StoreError> {
    let key = [shop.as_str(), cart.as_str()];
    execute(conn, sql::HOLD_CLAIMS_REMOVE, key)?;
    let Some(hold) = hold else {
        execute(conn, sql::HOLD_REMOVE, key)?;
        return Ok(());
    };
    let (customer, ends_at) = (hold.customer.as_ref().map(CustomerId::as_str), hold.ends_at.as_microsecond());
    execute(conn, sql::HOLD_SAVE, params![key[0], key[1], customer, ends_at, written(hold)])?;
    for taken in &hold.claims {
        let (promotion, kind, of) = claimed_key(&taken.of);
        let row = params![key[0], promotion, kind, of, key[1], customer, ends_at, taken.take];
        execute(conn, sql::HOLD_CLAIM_ADD, row)?;
    }
    Ok(())
}

fn save_order(conn: &Connection, shop: &ShopId, order: &Order) -> Result<(), StoreError> {
    let customer = order.customer.as_ref().map(CustomerId::as_str);
    let state = match order.state {
        OrderState::Placed => "placed",
        OrderState::Cancelled => "cancelled",
    };
    let (id, at) = (order.id.as_str(), order.placed_at.as_microsecond());
    execute(conn, sql::ORDER_SAVE, params![shop.as_str(), id, customer, state, at, written(order)])?;
    Ok(())
}

fn save_activity(conn: &Connection, shop: &ShopId, activity: &Activity) -> Result<(), StoreError> {
    let id = new_id(activity.at);
    let order = activity.what.order().map(OrderId::as_str);
    let pool = activity.what.pool().map(PoolId::as_str);
    let row = params![shop.as_str(), id.as_bytes(), activity.what.name(), order, written(activity), pool];
    execute(conn, sql::ACTIVITY_ADD, row)?;
    for code in &activity.codes {
        let row = params![shop.as_str(), code.pool.as_str(), bound(code.serial), id.as_bytes()];
        execute(conn, sql::CODE_ACTIVITY_ADD, row)?;
    }
    Ok(())
}

pub(super) fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("the ledger's rows can be written")
}

pub(super) fn body<T: DeserializeOwned>(row: &Row<'_>) -> Result<T, StoreError> {
    let text = row.get_ref(0)?.as_str().map_err(|bad| StoreError::damaged("a body", bad))?;
    serde_json::from_str(text).map_err(|bad| StoreError::damaged("a body", bad))
}

fn remembered(row: &Row<'_>) -> Result<Remembered, StoreError> {
    Ok(Remembered { answer: body(row)?, fingerprint: row.get(1)?, at: instant(row.get(2)?)? })
}

fn counter(row: &Row<'_>) -> Result<Counter, StoreError> {
    let earliest_hold_end = row.get::<_, Option<i64>>(2)?.map(instant).transpose()?;
    Ok(Counter { used: row.get(0)?, held: row.get(1)?, earliest_hold_end })
}

/// How much is taken of each limit, but for what the asker holds.
pub(super) fn taken(
    conn: &Connection,
    shop: &ShopId,
    keys: &[LimitKey],
    asker: &Asker,
    now: Timestamp,
) -> Result<Vec<u64>, StoreError> {
    let one = |key: &LimitKey| {
        let Some(counter) = first(conn, sql::LIMIT, limit_key(shop, key), counter)? else { return Ok(0) };
        let held = if counter.held == 0 { 0 } else { held_by_others(conn, shop, key, asker, now)? };
        Ok(u64::try_from(counter.used + held).unwrap_or(0))
    };
    keys.iter().map(one).collect()
}

fn held_by_others(
    conn: &Connection,
    shop: &ShopId,
    key: &LimitKey,
    asker: &Asker,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let cart = asker.cart.as_ref().map_or("", CartId::as_str);
    let customer = asker.customer.as_ref().map_or("", CustomerId::as_str);
    let [shop, promotion, kind, of] = limit_key(shop, key);
    let row = params![shop, promotion, kind, of, now.as_microsecond(), cart, customer];
    Ok(first(conn, sql::HELD_BY_OTHERS, row, |row| Ok(row.get(0)?))?.unwrap_or(0))
}

/// What others hold of a code.
pub(super) fn code_held(
    conn: &Connection,
    shop: &ShopId,
    code: &CodeId,
    asker: &Asker,
    now: Timestamp,
) -> Result<HeldByOthers, StoreError> {
    let cart = asker.cart.as_ref().map_or("", CartId::as_str);
    let customer = asker.customer.as_ref().map_or("", CustomerId::as_str);
    let claimed = Claimed::Code(code.clone());
    let (pool, kind, serial) = claimed_key(&claimed);
    let row = params![shop.as_str(), pool, kind, serial, now.as_microsecond(), cart, customer];
    let held = first(conn, sql::HELD_BY_OTHERS_UNTIL, row, |row| {
        let until = row.get::<_, Option<i64>>(1)?.map(instant).transpose()?;
        Ok(HeldByOthers { uses: count(row, 0)?, until })
    })?;
    Ok(held.unwrap_or_default())
}

pub(super) fn buyer(conn: &Connection, shop: &ShopId, id: &CustomerId) -> Result<Option<Buyer>, StoreError> {
    first(conn, sql::CUSTOMER, [shop.as_str(), id.as_str()], |row| {
        let last_order_at = row.get::<_, Option<i64>>(1)?.map(instant).transpose()?;
        Ok(Buyer { orders: count(row, 0)?, last_order_at, email: row.get(2)? })
    })
}

pub(super) fn hold(conn: &Connection, shop: &ShopId, cart: &CartId) -> Result<Option<Hold>, StoreError> {
    first(conn, sql::HOLD, [shop.as_str(), cart.as_str()], body)
}

pub(super) fn order(conn: &Connection, shop: &ShopId, id: &OrderId) -> Result<Option<Order>, StoreError> {
    first(conn, sql::ORDER, [shop.as_str(), id.as_str()], body)
}

pub(super) fn orders(
    conn: &Connection,
    shop: &ShopId,
    from: Option<Timestamp>,
    before: Option<&(Timestamp, OrderId)>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let from = from.map_or(i64::MIN, Timestamp::as_microsecond);
    let (before, id) = before.map_or((i64::MAX, ""), |(before, id)| (before.as_microsecond(), id.as_str()));
    all(conn, sql::ORDERS, params![shop.as_str(), from, before, id, limit], body)
}

/// What has happened to a code, the newest first.
pub(super) fn activities_of_code(
    conn: &Connection,
    shop: &ShopId,
    code: &CodeId,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, StoreError> {
    let before = before.unwrap_or(ActivityId::LAST).0;
    let row = params![shop.as_str(), code.pool.as_str(), bound(code.serial), before.as_bytes(), limit];
    all(conn, sql::ACTIVITIES_OF_CODE, row, logged)
}

/// What has happened in the shop, the newest first.
pub(super) fn activities(
    conn: &Connection,
    shop: &ShopId,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, StoreError> {
    let before = before.unwrap_or(ActivityId::LAST).0;
    all(conn, sql::ACTIVITIES, params![shop.as_str(), before.as_bytes(), limit], logged)
}

fn logged(row: &Row<'_>) -> Result<Logged, StoreError> {
    let id = Uuid::from_bytes(row.get::<_, [u8; 16]>(1)?);
    Ok(Logged { id: ActivityId(id), activity: body(row)? })
}

/// Writes down what was noticed.
pub(super) fn note(conn: &Connection, shop: &ShopId, activities: &[Activity]) -> Result<(), StoreError> {
    activities.iter().try_for_each(|activity| save_activity(conn, shop, activity))
}

pub(super) fn orders_since(
    conn: &Connection,
    shop: &ShopId,
    after: Option<&(Timestamp, OrderId)>,
    until: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let (after, id) = after.map_or((i64::MIN, ""), |(after, id)| (after.as_microsecond(), id.as_str()));
    let until = until.map_or(i64::MAX, Timestamp::as_microsecond);
    all(conn, sql::ORDERS_SINCE, params![shop.as_str(), after, id, until, limit], body)
}

pub(super) fn activities_of(
    conn: &Connection,
    shop: &ShopId,
    order: &OrderId,
) -> Result<Vec<Activity>, StoreError> {
    all(conn, sql::ACTIVITIES_OF_ORDER, [shop.as_str(), order.as_str()], body)
}
