//! Imports codes from a CSV file, end to end, beside bare SQLite that loads the same rows.
//!
//! `cargo run --release -p tearline-bench --features server --bin import -- 1000000`
//!
//! The floor writes the same rows into the same table with the same indexes and as many commits, by one prepared
//! statement in the order of the file; it reads no file, looks for no duplicate with another, and reports nothing.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use tearline_app::clock::SystemClock;
use tearline_app::configuration::{self, Manner};
use tearline_app::draws::{self, NewDraws, WantedCode};
use tearline_app::imports::spool::{Spool, SpoolBounds};
use tearline_app::imports::{self, Wish};
use tearline_app::ledger::Caller;
use tearline_app::{App, pools};
use tearline_core::names::ShopId;
use tearline_core::source::Sources;
use tearline_store::{SqliteStore, Store as _};

const DOCUMENTS: &str = "
kind: shop
id: bench
currency: USD
---
kind: promotion
id: thanks
pool_codes: true
benefits: [{percent_off: {percent: 10}}]
---
kind: pool
id: small
promotion: thanks
---
kind: pool
id: large
promotion: thanks
";
/// How many rows of a chunk share a commit, as an import's do.
const ROWS_PER_COMMIT: u64 = 2_000;
/// How many codes a pool has that is small.
const SMALL: u64 = 10_000;
/// How often something is measured.
const TIMES: u32 = 2_000;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Twelve symbols, as random as codes are.
fn code(n: u64) -> String {
    const SYMBOLS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    // The finaliser of SplitMix64 permutes, so that no two are the same before they are cut.
    let mut mixed = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let five_bits = |place: u32| usize::try_from((mixed >> (place * 5)) & 31).expect("31 at most");
    (0..12).map(|place| char::from(SYMBOLS[five_bits(place)])).collect()
}

fn main() -> Outcome<()> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let took = runtime.block_on(import(folder.path(), rows))?;
    #[expect(clippy::cast_precision_loss, reason = "a few million")]
    let rate = |took: Duration| rows as f64 / took.as_secs_f64();
    println!("most memory: {}", most_memory());
    println!("import {:>9.0} codes/s", rate(took));
    drop(folder);
    let folder = tempfile::tempdir()?;
    let floor = floor(&folder.path().join("tearline.db"), rows)?;
    println!("floor  {:>9.0} codes/s", rate(floor));
    println!("ratio  {:.2}", floor.as_secs_f64() / took.as_secs_f64());
    Ok(())
}

fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or("unknown").replace("VmHWM:", "").trim().to_owned()
}

async fn import(folder: &Path, rows: u64) -> Outcome<Duration> {
    let store = SqliteStore::open(&folder.join("tearline.db"), Timestamp::now())?;
    let spool = Spool::open(&folder.join("uploads"), SpoolBounds::default())?;
    let app = Arc::new(App::new(Arc::new(store), Arc::new(SystemClock)).with_spool(spool));
    let shop: ShopId = "bench".parse()?;
    let mut sources = Sources::default();
    sources.read("bench.yaml", DOCUMENTS).map_err(|faults| format!("{faults:?}"))?;
    configuration::apply(&app, &shop, sources.documents, Manner::default(), "bench").await?;

    fill(&app, &shop, "small", folder, rows..rows + SMALL).await?;
    let small = measure(&app, &shop, "small", rows).await?;
    let took = fill(&app, &shop, "large", folder, 0..rows).await?;
    let large = measure(&app, &shop, "large", 0).await?;
    println!("             {SMALL:>10} codes  {rows:>10} codes");
    for (what, small, large) in [
        ("draw", small.draw, large.draw),
        ("look-up", small.look_up, large.look_up),
        ("page of 200", small.page, large.page),
        ("counts", small.counts, large.counts),
    ] {
        println!(
            "{what:<12} {:>10.1} µs     {:>10.1} µs",
            small.as_secs_f64() * 1e6,
            large.as_secs_f64() * 1e6
        );
    }
    app.store.close().await?;
    Ok(took)
}

/// Writes a file, and imports it; answers how long it took from the file being there to its codes being published.
async fn fill(
    app: &Arc<App>,
    shop: &ShopId,
    pool: &str,
    folder: &Path,
    codes: std::ops::Range<u64>,
) -> Outcome<Duration> {
    let path = folder.join("codes.csv");
    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(file, "code")?;
    for n in codes.clone() {
        writeln!(file, "{}", code(n))?;
    }
    file.flush()?;
    let begun = Instant::now();
    let pool = pool.parse()?;
    let mut upload = imports::receive(app, shop, &pool).await?;
    let mut file = File::open(&path)?;
    let mut part = vec![0; 64 * 1024];
    loop {
        let read = std::io::Read::read(&mut file, &mut part)?;
        if read == 0 {
            break;
        }
        upload.write(&part[..read]).await?;
    }
    let caller = Caller { shop: shop.clone(), by: "bench".to_owned(), once: None };
    let wish = Wish { publish: true, ..Wish::default() };
    let import = imports::begin(app, &caller, &pool, wish, upload.finish().await?).await?;
    let done = imports::wait(app, shop, &pool, import.number, Duration::from_hours(1)).await?;
    let took = begun.elapsed();
    assert_eq!((done.rows.added, done.rows.known), (codes.end - codes.start, 0), "{done:?}");
    std::fs::remove_file(path)?;
    Ok(took)
}

/// How long each takes at the mean.
struct Measured {
    draw: Duration,
    look_up: Duration,
    page: Duration,
    counts: Duration,
}

async fn measure(app: &App, shop: &ShopId, pool: &str, first: u64) -> Outcome<Measured> {
    let pool = pool.parse()?;
    let caller = Caller { shop: shop.clone(), by: "bench".to_owned(), once: None };
    let begun = Instant::now();
    for n in 0..TIMES {
        let wanted = WantedCode { key: format!("mail {n}"), customer: None, reuse: None, another: false };
        draws::draw(app, &caller, &pool, NewDraws { wanted: vec![wanted], reservation: None }).await?;
    }
    let draw = begun.elapsed() / TIMES;
    let begun = Instant::now();
    for n in 0..u64::from(TIMES) {
        // Spread over all of the pool.
        pools::look_up(app, shop, &code(first + n * 3)).await?;
    }
    let look_up = begun.elapsed() / TIMES;
    let begun = Instant::now();
    let mut after = 0;
    for _ in 0..40 {
        after = app.store.pool_codes(shop, &pool, after, 200).await?.next.unwrap_or(0);
    }
    let page = begun.elapsed() / 40;
    let begun = Instant::now();
    for _ in 0..TIMES {
        pools::counts(app, shop, &pool).await?;
    }
    Ok(Measured { draw, look_up, page, counts: begun.elapsed() / TIMES })
}

/// Bare SQLite.
fn floor(path: &Path, rows: u64) -> Outcome<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let store = SqliteStore::open(path, Timestamp::now())?;
    runtime.block_on(store.close())?;
    let mut database = Connection::open(path)?;
    database.pragma_update(None, "journal_mode", "wal")?;
    database.pragma_update(None, "synchronous", "full")?;
    database.pragma_update(None, "foreign_keys", true)?;
    database.execute("INSERT INTO shops (shop_id, config_version) VALUES ('bench', 1)", [])?;
    let begun = Instant::now();
    let mut n = 0;
    while n < rows {
        let chunk = database.transaction()?;
        let mut insert = chunk.prepare_cached(
            "INSERT INTO codes (shop_id, pool, serial, text, state, used, held) VALUES ('bench', 'large', ?1, ?2, 0, 0, 0)",
        )?;
        for n in n..(n + ROWS_PER_COMMIT).min(rows) {
            insert.execute(params![i64::try_from((1 << 32) + n + 2)?, code(n)])?;
        }
        drop(insert);
        chunk.commit()?;
        n += ROWS_PER_COMMIT;
    }
    Ok(begun.elapsed())
}
