//! `POST /v1/quotes` beside an axum server that reads the same cart and echoes it, in one run.
//!
//! Each server has one core to itself and wrk the other; they take turns, and the ratio of each pair is the
//! figure. Run it with `cargo run --release -p tearline-bench --features server --bin http`; it needs `wrk` and `taskset`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it prints is what it is for")]

use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, process, thread};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};
use tearline_app::App;
use tearline_app::clock::SystemClock;
use tearline_app::configuration::{Manner, apply};
use tearline_app::keys;
use tearline_bench::cart;
use tearline_core::document::Document;
use tearline_pricing::cart::Cart;
use tearline_store::SqliteStore;
use tokio::net::TcpListener;

/// How many automatic promotions match the cart.
const AUTOMATIC: [usize; 3] = [0, 1, 10];
/// How often the two take turns.
const PAIRS: usize = 5;
/// How long each turn is.
const SECONDS: u32 = 4;
/// Where the servers listen.
const PORTS: [u16; 2] = [17_070, 17_071];

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["echo", port] => run(echo(port.parse()?)),
        ["tearline", port, automatic, key_file] => run(tearline(port.parse()?, automatic.parse()?, key_file)),
        _ => AUTOMATIC.into_iter().try_for_each(compare),
    }
}

fn run(server: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(server)
}

async fn echo(port: u16) -> Result<(), Failure> {
    let handler = |body: Bytes| async move {
        let cart: Cart = serde_json::from_slice(&body).expect("the benchmark cart is a cart");
        let body = serde_json::to_vec(&cart).expect("a cart is a plain value");
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, Router::new().route("/", post(handler))).await?)
}

async fn tearline(port: u16, automatic: usize, key_file: &str) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(&folder.path().join("tearline.db"), jiff::Timestamp::now())?;
    let app = Arc::new(App::new(Arc::new(store), Arc::new(SystemClock)));
    let shop = "bench".parse()?;
    apply(&app, &shop, documents(automatic)?, Manner::default(), "bench").await?;
    fs::write(key_file, keys::create(&app, &shop, "bench").await?.secret)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(tearline_web::serve(listener, app, std::future::pending()).await?)
}

fn documents(automatic: usize) -> Result<Vec<Document>, Failure> {
    let shop = cart::shop(automatic);
    let mut documents = vec![Document::read(json!({"kind": "shop", "id": "bench", "currency": "USD"}))?];
    for (id, promotion) in &shop.promotions {
        let mut value = serde_json::to_value(promotion)?;
        value["kind"] = Value::from("promotion");
        value["id"] = Value::from(id.as_str());
        documents.push(Document::read(value)?);
    }
    Ok(documents)
}

/// Lets both take turns, and prints the ratio of each pair and the median.
fn compare(automatic: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let key_file = folder.path().join("key");
    let [ours, floor] = PORTS;
    let _echo = Server::start(&["echo", &floor.to_string()])?;
    let (port, count) = (ours.to_string(), automatic.to_string());
    let _tearline = Server::start(&["tearline", &port, &count, &key_file.display().to_string()])?;
    PORTS.into_iter().try_for_each(wait_for)?;
    let key = fs::read_to_string(&key_file)?;
    let script = folder.path().join("post.lua");
    let body = serde_json::to_string(&cart::cart(false))?;
    write!(
        fs::File::create(&script)?,
        "wrk.method = 'POST'\nwrk.body = [==[{body}]==]\nwrk.headers['Content-Type'] = 'application/json'\nwrk.headers['Authorization'] = 'Bearer {key}'\n"
    )?;
    let script = script.display().to_string();
    let mut ratios = Vec::new();
    for _ in 0..PAIRS {
        let echoed = load(&script, &format!("http://127.0.0.1:{floor}/"))?;
        let priced = load(&script, &format!("http://127.0.0.1:{ours}/v1/quotes"))?;
        ratios.push(priced / echoed);
        println!(
            "{automatic:>4} automatic: {priced:>8.0} quotes/s, {echoed:>8.0} echoes/s: {:.2}",
            priced / echoed
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!("{automatic:>4} automatic: median ratio {:.2}", ratios[PAIRS / 2]);
    Ok(())
}

/// Waits until somebody listens, for ten seconds at most.
fn wait_for(port: u16) -> Result<(), Failure> {
    for _ in 0..1_000 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("nobody listens on port {port}").into())
}

/// Answers a second, as wrk counts them; any answer but a good one fails the run.
fn load(script: &str, address: &str) -> Result<f64, Failure> {
    let duration = format!("-d{SECONDS}s");
    let arguments = ["-c", "1", "wrk", "-t1", "-c64", &duration, "-s", script, address];
    let output = Command::new("taskset").args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("Non-2xx") || text.contains("Socket errors") || !output.status.success() {
        return Err(format!("{address}: {text}{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    Ok(rate.ok_or("wrk printed no rate")?.trim().parse()?)
}

/// One of the two servers, on a core of its own; it ends with the value.
struct Server(Child);

impl Server {
    fn start(words: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(env::current_exe()?).args(words).stdin(Stdio::null());
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.0.kill().is_err() || self.0.wait().is_err() {
            eprintln!("server {} may still run, seen from {}", self.0.id(), process::id());
        }
    }
}
