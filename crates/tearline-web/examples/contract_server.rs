//! A server with one seeded shop and one key, in memory: what `tests/e2e/10-contract.sh` talks to.
//!
//! Prints `READY <address> <key>` once it answers, and stops when its standard input ends.
#![expect(clippy::print_stdout, reason = "a tool talks on the terminal")]

use std::error::Error;
use std::io::Read;
use std::sync::Arc;

use serde_json::json;
use tearline_app::clock::SystemClock;
use tearline_app::configuration::{self, Manner};
use tearline_app::{App, keys};
use tearline_core::document::Document;
use tearline_core::names::ShopId;
use tearline_store::ModelStore;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Arc::new(App::new(Arc::new(ModelStore::new()), Arc::new(SystemClock)));
    let shop: ShopId = "studio".parse()?;
    configuration::apply(&app, &shop, documents()?, Manner::default(), "seed").await?;
    let key = keys::create(&app, &shop, "contract").await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("READY http://{} {}", listener.local_addr()?, key.secret);
    tearline_web::serve(listener, app, end_of_input()).await?;
    Ok(())
}

async fn end_of_input() {
    // A thread of its own: reading blocks, and the runtime must not wait for it at the end.
    let (told, tell) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = told.send(());
    });
    let _ = tell.await;
}

fn documents() -> Result<Vec<Document>, Box<dyn Error>> {
    let documents = [
        json!({"kind": "shop", "id": "studio", "name": "Studio Nine", "currency": "USD", "time_zone": "America/New_York"}),
        json!({"kind": "price_list", "id": "prints", "categories": [{"id": "prints"}], "products": [
            {"id": "8x10", "categories": ["prints"], "price": "20.00 USD", "cost": "4.00 USD"},
            {"id": "5x7", "categories": ["prints"], "price": "12.00 USD", "cost": "2.00 USD"},
        ]}),
        json!({"kind": "event", "id": "spring", "price_list": "prints", "order_discounts": [
            {"percent": 10, "minimum": "100.00 USD"},
        ]}),
        json!({"kind": "promotion", "id": "ten-off", "codes": ["TEN"], "benefits": [{"percent_off": {"percent": 10}}]}),
    ];
    documents.into_iter().map(|document| Ok(Document::read(document)?)).collect()
}
