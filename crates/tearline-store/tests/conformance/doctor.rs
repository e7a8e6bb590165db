//! The doctor finds nothing in a sound database, and each thing that is damaged on purpose.

use std::path::Path;

use rusqlite::Connection;
use tearline_core::ledger::{
    Cancel, Claimed, ClaimedLimit, CodeId, Command, LimitKey, MakeHold, Place, Release, Taken, UsesPolicy,
    Withdraw,
};
use tearline_store::doctor::{Check, Examined, Finding, examine};
use tearline_store::{SqliteStore, Store};

use crate::codes::{drawn, new_with_end};
use crate::ledger::{ask, ask_once, hold, order};
use crate::{at, block_on, slug, studio};

fn of_code(serial: u64) -> Taken {
    let id = CodeId { pool: slug("p"), serial };
    Taken { of: Claimed::Code(id), take: 1, most: 1 }
}

fn of_balance(take: i64) -> Taken {
    let limit = ClaimedLimit::SharedBalance;
    let key = LimitKey { promotion: "credit".into(), limit, of: "USD".to_owned() };
    Taken { of: Claimed::Limit(key), take, most: 5_000 }
}

/// Orders, one of them cancelled, a hold, one that was given back, and a pool of which codes are drawn, used, held
/// and withdrawn.
async fn fill(store: &dyn Store) {
    store.put_key(&studio(), crate::keys::key("first", 1)).await.unwrap();
    new_with_end(store, "p", &[("A", None), ("B", None), ("C", Some(at(9_000))), ("D", None), ("E", None)])
        .await;
    drawn(store, "p", "k").await;
    let of = |id: &str, claims| {
        Command::Place(Box::new(Place { customer: Some("ann".into()), claims, ..order(id, 9) }))
    };
    let mut total = order("a", 9).claims;
    total.extend([of_balance(300), of_code(1)]);
    assert!(ask_once(store, "named", of("a", total), 10).await.is_success());
    assert!(ask(store, of("b", order("b", 9).claims), 11).await.is_success());
    assert!(
        ask(store, Command::Cancel(Cancel { order: "b".into(), uses: UsesPolicy::Keep }), 12)
            .await
            .is_success()
    );
    let held = |cart, claims| Command::Hold(Box::new(MakeHold { claims, ttl_s: 600, ..hold(cart, 9) }));
    let mut both = hold("cart", 9).claims;
    both.push(of_code(4));
    assert!(ask(store, held("cart", both), 13).await.is_success());
    assert!(ask(store, held("other", hold("other", 9).claims), 14).await.is_success());
    assert!(ask(store, Command::Release(Release { cart: "other".into() }), 15).await.is_success());
    let code = CodeId { pool: slug("p"), serial: 5 };
    assert!(ask(store, Command::Withdraw(Withdraw { code, why: "lost".to_owned() }), 16).await.is_success());
}

fn examined(path: &Path) -> (Examined, Vec<Finding>) {
    let mut found = Vec::new();
    let examined = examine(path, &mut |finding| found.push(finding), &mut |_, _| {}).unwrap();
    (examined, found)
}

fn filled(path: &Path) {
    block_on(async {
        let store = SqliteStore::open(path, at(0)).unwrap();
        fill(&store).await;
        store.close().await.unwrap();
    });
}

#[test]
fn a_sound_database_has_nothing_to_find() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tearline.db");
    filled(&path);
    let (examined, found) = examined(&path);
    assert_eq!(found, []);
    let counts = Examined { orders: 2, limits: 2, holds: 1, customers: 1, codes: 5, findings: 0 };
    assert_eq!(examined, counts);
}

#[test]
fn it_looks_while_a_server_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tearline.db");
    block_on(async {
        let store = SqliteStore::open(&path, at(0)).unwrap();
        fill(&store).await;
        assert_eq!(examined(&path).1, []);
        store.close().await.unwrap();
    });
}

/// What is done to a database, which check finds it, and what it says of it.
const DAMAGES: &[(&str, Check, &str)] = &[
    (
        "UPDATE limits SET used = used + 1 WHERE promotion = 'spring'",
        Check::Used,
        "`spring`, total: 3 are counted as used, the orders have used 2",
    ),
    (
        "UPDATE limits SET used = 0 WHERE promotion = 'credit'",
        Check::Used,
        "`credit`, shared_balance of `USD`: 0 are counted as used, the orders have used 300",
    ),
    (
        "DELETE FROM limits WHERE promotion = 'credit'",
        Check::Used,
        "`credit`, shared_balance of `USD`: nothing is counted as used, the orders have used 300",
    ),
    (
        "UPDATE limits SET held = 0 WHERE promotion = 'spring'",
        Check::Held,
        "`spring`, total: 0 are counted as held, the holds keep 1",
    ),
    (
        "UPDATE limits SET earliest_hold_end = 9000000000 WHERE promotion = 'spring'",
        Check::Held,
        "`spring`, total: a hold ends before the first end that is noted, and would never be taken off",
    ),
    (
        "UPDATE codes SET held = 0 WHERE serial = 4",
        Check::Held,
        "code 4 of pool `p`: 0 uses are counted as held, the holds keep 1",
    ),
    (
        "DELETE FROM hold_claims WHERE promotion = 'spring'",
        Check::Hold,
        "the hold of cart `cart` keeps something else of limits than it says",
    ),
    (
        "UPDATE holds SET customer = 'bob'",
        Check::Hold,
        "the hold of cart `cart` is filed under another customer or end than it says",
    ),
    (
        "UPDATE holds SET body = '{}'",
        Check::Hold,
        "the hold of cart `cart` cannot be read: missing field `cart`",
    ),
    (
        "UPDATE orders SET state = 'placed' WHERE order_id = 'b'",
        Check::Order,
        "order `b` is filed under another name, customer, state or time than it says",
    ),
    (
        "UPDATE orders SET body = '{}' WHERE order_id = 'b'",
        Check::Order,
        "order `b` cannot be read: missing field `id`",
    ),
    (
        "DELETE FROM orders WHERE order_id = 'a'",
        Check::Answer,
        "order `a` was answered to request `named`, and is not there so",
    ),
    (
        "UPDATE requests SET answer = '7'",
        Check::Answer,
        "the answer to request `named` cannot be read: invalid type: integer `7`, expected internally tagged enum Answer",
    ),
    (
        "UPDATE customers SET orders = 2",
        Check::Customer,
        "customer `ann`: 2 orders are counted, 1 are placed",
    ),
    ("DELETE FROM customers", Check::Customer, "customer `ann`: 0 orders are counted, 1 are placed"),
    (
        "UPDATE customers SET last_order_at = NULL",
        Check::Customer,
        "customer `ann`: another time is noted than that of their last order",
    ),
    (
        "UPDATE codes SET used = 0 WHERE serial = 1",
        Check::Code,
        "code 1 of pool `p`: 0 uses are counted, orders have used it 1 times",
    ),
    (
        "UPDATE codes SET customer = 'bob' WHERE serial = 2",
        Check::Code,
        "code 2 of pool `p` counts as given to nobody, which does not fit to its 0 uses",
    ),
    (
        "PRAGMA foreign_keys = off; DELETE FROM draws; DELETE FROM codes WHERE serial = 1",
        Check::Code,
        "code 1 of pool `p` was used or is held, and is not there",
    ),
    ("UPDATE pools SET assigned = 7", Check::Pool, "pool `p`: 7 codes are counted as assigned, 1 are"),
    ("UPDATE pools SET redeemed = 0", Check::Pool, "pool `p`: 0 codes are counted as redeemed, 1 are"),
    (
        "UPDATE pools SET reserved = 3",
        Check::Pool,
        "pool `p`: 3 codes are counted as set aside, the reservations have 0",
    ),
    ("UPDATE pools SET voided = 3", Check::Pool, "pool `p`: 3 codes are counted as void, 1 are"),
    (
        "UPDATE pools SET last_serial = 4",
        Check::Pool,
        "pool `p`: the next code would get a number that code 5 has",
    ),
    (
        "UPDATE pool_endings SET remaining = remaining + 4 WHERE ends_at = 9000000000",
        Check::Pool,
        "pool `p`: 7 codes are counted as left, 3 are",
    ),
    (
        "UPDATE codes SET ends_at = 1 WHERE serial = 3",
        Check::Pool,
        "pool `p`: codes are counted as left until another time than they end",
    ),
    (
        "PRAGMA foreign_keys = off; UPDATE pools SET pool = 'q'",
        Check::Pool,
        "pool `q`: 3 codes are counted, and it has none",
    ),
    (
        "UPDATE codes SET state = 0, assigned_at = NULL, customer = NULL, used = 0 WHERE serial = 1",
        Check::Draw,
        "code 1 of pool `p` was drawn, and counts as given to nobody",
    ),
    (
        "PRAGMA foreign_keys = off; DELETE FROM holds",
        Check::File,
        "a row of `hold_claims` belongs to a row of `holds` that is not there",
    ),
];

#[test]
fn each_damage_is_found_and_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("tearline.db");
    filled(&sound);
    for (number, (damage, check, says)) in DAMAGES.iter().enumerate() {
        let path = folder.path().join(format!("{number}.db"));
        std::fs::copy(&sound, &path).unwrap();
        Connection::open(&path).unwrap().execute_batch(damage).unwrap();
        let (examined, found) = examined(&path);
        assert_eq!(examined.findings, found.len() as u64);
        let is_said = |found: &Finding| found.check == *check && found.says.starts_with(says);
        assert!(found.iter().any(is_said), "{damage}: {found:#?}");
        assert!(!check.advice().is_empty());
    }
}

#[test]
fn an_older_schema_is_said_to_be_older() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tearline.db");
    filled(&path);
    let older = "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)";
    Connection::open(&path).unwrap().execute_batch(older).unwrap();
    let (_, found) = examined(&path);
    assert!(found[0].says.ends_with("run `tearline migrate` and ask again"), "{found:?}");
}
