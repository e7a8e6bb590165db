//! Draws and orders straight into the store, beside bare batches that write the same rows into the same tables.
//!
//! Both work on a file of their own, with the same schema, indexes and syncs, and take turns; the ratio of each pair
//! is the figure. Run it with `cargo run --release -p tearline-bench --features store --bin ledger -- 1000000`, the
//! number of codes.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use futures_util::future::try_join_all;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tearline_core::ledger::{
    Answer, Claimed, CodeId, Command, Draw, Place, PoolId, Priced, Request, Taken, Terms, Wanted,
};
use tearline_core::names::ShopId;
use tearline_core::pool::Reuse;
use tearline_store::{Ledger, NewCode, SqliteStore, Store};

/// How often the two take turns.
const PAIRS: u64 = 7;
/// How many codes a draw gives, and how many orders share a commit.
const BATCH: u64 = 500;
/// How many batches there are in a turn.
const BATCHES: u64 = 20;
/// How many codes are added at once.
const ADDED: u64 = 10_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let codes = env::args().nth(1).map_or(Ok(1_000_000), |codes| codes.parse::<u64>())?;
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(run(codes))
}

async fn run(codes: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (ours, bare) = (folder.path().join("ours.db"), folder.path().join("bare.db"));
    let ours = Ours::fill(&ours, codes).await?;
    ours.store.close().await?;
    fs::copy(folder.path().join("ours.db"), &bare)?;
    let ours = Ours::open(&folder.path().join("ours.db"))?;
    let mut bare = Bare::open(&bare)?;
    println!("{codes} codes");
    let mut ratios = [Vec::new(), Vec::new()];
    for turn in 0..PAIRS {
        let (draws, floor) = (ours.draw(turn).await?, bare.draw(turn)?);
        ratios[0].push(told("draws", draws, floor));
        let (orders, floor) = (ours.order(turn, codes).await?, bare.order(turn, codes)?);
        ratios[1].push(told("orders", orders, floor));
    }
    for (name, mut ratios) in ["draws", "orders"].into_iter().zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        println!("{name}: median ratio {:.2}", ratios[ratios.len() / 2]);
    }
    Ok(ours.store.close().await?)
}

/// Prints what a pair did in a second each, and answers their ratio.
fn told(what: &str, ours: f64, floor: f64) -> f64 {
    println!("{what}: {ours:>8.0}/s, bare {floor:>8.0}/s: {:.2}", ours / floor);
    ours / floor
}

fn shop() -> ShopId {
    "bench".parse().expect("it is a name")
}

fn pool() -> PoolId {
    "pool".parse().expect("it is a name")
}

fn rate(begun: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let done = (BATCH * BATCHES) as f64;
    done / begun.elapsed().as_secs_f64()
}

/// The code of an order: spread over the second half of the codes, which no draw reaches.
fn spread(turn: u64, order: u64, codes: u64) -> u64 {
    let half = codes / 2;
    half + 1 + (turn * BATCH * BATCHES + order) * 7_919 % (codes - half)
}

/// A price as an order keeps it.
fn priced() -> Priced {
    let line = json!({"id": "a", "product": "8x10", "quantity": 2, "unit_price": 2_000, "net": 3_600});
    Priced {
        cart: json!({"currency": "USD", "lines": [line], "codes": ["P-1"]}),
        facts: json!({"codes": {"p1": {"promotion": "thanks"}}}),
        quote: json!({"currency": "USD", "lines": [line, line], "totals": {"due": 3_600, "discount": 400}}),
        at: Timestamp::UNIX_EPOCH,
        config_version: 0,
        arithmetic: 1,
        due: 3_600,
    }
}

struct Ours {
    store: SqliteStore,
}

impl Ours {
    fn open(path: &Path) -> Result<Self, Failure> {
        Ok(Self { store: SqliteStore::open(path, Timestamp::UNIX_EPOCH)? })
    }

    async fn fill(path: &Path, codes: u64) -> Result<Self, Failure> {
        let ours = Self::open(path)?;
        for first in (0..codes).step_by(usize::try_from(ADDED)?) {
            let new = |n: u64| NewCode { text: format!("P-{n:09}"), ..NewCode::default() };
            let added = (first..codes.min(first + ADDED)).map(new).collect();
            ours.store.add_codes(&shop(), &pool(), added).await?;
        }
        Ok(ours)
    }

    async fn ask(&self, command: Command) -> Result<Answer, Failure> {
        let request = Request { by: "key:bench".to_owned(), once: None, command };
        Ok(self.store.decide(&shop(), request, Timestamp::now()).await?)
    }

    async fn draw(&self, turn: u64) -> Result<f64, Failure> {
        let begun = Instant::now();
        for batch in 0..BATCHES {
            let wanted = |n| Wanted {
                key: format!("mail {turn} {batch} {n}"),
                customer: Some(format!("c-{n}").into()),
                reuse: Reuse::PerMessage,
            };
            let draw = Draw {
                pool: pool(),
                wanted: (0..BATCH).map(wanted).collect(),
                terms: Terms { is_bound: true, ..Terms::default() },
                fallback: None,
                reservation: None,
                is_closed: false,
            };
            let answer = self.ask(Command::Draw(Box::new(draw))).await?;
            assert!(answer.is_success(), "{answer:?}");
        }
        Ok(rate(begun))
    }

    async fn order(&self, turn: u64, codes: u64) -> Result<f64, Failure> {
        let begun = Instant::now();
        for batch in 0..BATCHES {
            let orders = (batch * BATCH..(batch + 1) * BATCH).map(|order| {
                let code = CodeId { pool: pool(), serial: spread(turn, order, codes) };
                let place = Place {
                    order: format!("o-{turn}-{order}").into(),
                    fingerprint: String::new(),
                    cart: None,
                    customer: None,
                    email: None,
                    is_held: false,
                    orders_read: None,
                    claims: vec![Taken { of: Claimed::Code(code), take: 1, most: 1 }],
                    priced: priced(),
                };
                self.ask(Command::Place(Box::new(place)))
            });
            let answers = try_join_all(orders).await?;
            assert!(answers.iter().all(Answer::is_success), "{:?}", answers[0]);
        }
        Ok(rate(begun))
    }
}

struct Bare(Connection);

impl Bare {
    fn open(path: &Path) -> Result<Self, Failure> {
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "journal_mode", "wal")?;
        conn.pragma_update(None, "synchronous", "full")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.set_prepared_statement_cache_capacity(64);
        Ok(Self(conn))
    }

    fn draw(&mut self, turn: u64) -> Result<f64, Failure> {
        let begun = Instant::now();
        for batch in 0..BATCHES {
            let tx = self.0.transaction()?;
            for n in 0..BATCH {
                let serial = whole((turn * BATCHES + batch) * BATCH + n + 1);
                let (key, customer) = (format!("mail {turn} {batch} {n}"), format!("c-{n}"));
                tx.prepare_cached(
                    "UPDATE codes SET state = 1, customer = ?3, assigned_at = ?4, bound = 1
                     WHERE shop_id = ?1 AND pool = 'pool' AND serial = ?2",
                )?
                .execute(params!["bench", serial, customer, serial])?;
                tx.prepare_cached(
                    "INSERT INTO draws (shop_id, pool, draw_key, code_pool, serial) VALUES (?1, 'pool', ?2, 'pool', ?3)",
                )?
                .execute(params!["bench", key, serial])?;
                let body = json!({
                    "at": "2026-03-01T10:00:00Z", "by": "key:bench", "customer": customer,
                    "codes": [{"pool": "pool", "serial": serial}],
                    "what": {"activity": "code_drawn", "code": {"pool": "pool", "serial": serial}},
                });
                happened(&tx, "code_drawn", None, serial, [0, u8::try_from(turn)?], &body)?;
            }
            count(&tx)?;
            tx.commit()?;
        }
        Ok(rate(begun))
    }

    fn order(&mut self, turn: u64, codes: u64) -> Result<f64, Failure> {
        let begun = Instant::now();
        for batch in 0..BATCHES {
            let tx = self.0.transaction()?;
            for order in batch * BATCH..(batch + 1) * BATCH {
                let (id, serial) = (format!("o-{turn}-{order}"), whole(spread(turn, order, codes)));
                tx.prepare_cached(
                    "UPDATE codes SET state = 2, used = 1, assigned_at = ?3
                     WHERE shop_id = ?1 AND pool = 'pool' AND serial = ?2",
                )?
                .execute(params!["bench", serial, serial])?;
                let body = json!({
                    "id": id, "fingerprint": "", "state": "placed", "placed_at": "2026-03-01T10:00:00Z",
                    "claims": [{"of": {"code": {"pool": "pool", "serial": serial}}, "take": 1, "most": 1}],
                    "priced": priced_value(), "refunds": [],
                });
                tx.prepare_cached(
                    "INSERT INTO orders (shop_id, order_id, state, placed_at, body) VALUES (?1, ?2, 'placed', ?3, ?4)",
                )?
                .execute(params!["bench", id, serial, body.to_string()])?;
                let body = json!({
                    "at": "2026-03-01T10:00:00Z", "by": "key:bench",
                    "codes": [{"pool": "pool", "serial": serial}],
                    "what": {"activity": "order_placed", "order": id},
                });
                happened(&tx, "order_placed", Some(&id), serial, [1, u8::try_from(turn)?], &body)?;
            }
            count(&tx)?;
            tx.commit()?;
        }
        Ok(rate(begun))
    }
}

fn priced_value() -> Value {
    serde_json::to_value(priced()).expect("a price can be written")
}

/// Writes an activity down, and the code that it concerns.
fn happened(
    conn: &Connection,
    name: &str,
    order: Option<&str>,
    serial: i64,
    kind: [u8; 2],
    body: &Value,
) -> Result<(), Failure> {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&kind);
    id[8..].copy_from_slice(&serial.to_be_bytes());
    conn.prepare_cached(
        "INSERT INTO activities (shop_id, activity_id, name, order_id, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params!["bench", id, name, order, body.to_string()])?;
    conn.prepare_cached(
        "INSERT INTO code_activities (shop_id, pool, serial, activity_id) VALUES (?1, 'pool', ?2, ?3)",
    )?
    .execute(params!["bench", serial, id])?;
    Ok(())
}

/// A number as SQLite keeps it.
fn whole(number: u64) -> i64 {
    number.cast_signed()
}

/// Counts a batch.
fn count(conn: &Connection) -> Result<(), Failure> {
    conn.prepare_cached("UPDATE pools SET assigned = assigned + ?2 WHERE shop_id = ?1 AND pool = 'pool'")?
        .execute(params!["bench", whole(BATCH)])?;
    conn.prepare_cached(
        "UPDATE pool_endings SET remaining = remaining - ?2 WHERE shop_id = ?1 AND pool = 'pool'",
    )?
    .execute(params!["bench", whole(BATCH)])?;
    Ok(())
}
