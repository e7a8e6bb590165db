//! A shop is configured: whole or not at all, and never into a state that does not fit together.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use tearline_app::App;
use tearline_app::clock::StillClock;
use tearline_app::configuration::{Applied, ConfigureError, Manner, apply, delete, export, put};
use tearline_app::keys;
use tearline_app::quotes::price;
use tearline_core::document::{Body, Document, gather};
use tearline_core::names::ShopId;
use tearline_core::plan::Action;
use tearline_core::read::from_value;
use tearline_core::resource::{Expected, Kind, ResourceKey};
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;
use tearline_store::{ModelStore, SqliteStore};

fn app() -> App {
    let clock = StillClock::at("2026-03-01T12:00:00Z".parse().unwrap());
    App::new(Arc::new(ModelStore::new()), Arc::new(clock))
}

fn studio() -> ShopId {
    "studio".parse().unwrap()
}

fn documents() -> Vec<Document> {
    let documents = json!([
        {"kind": "shop", "id": "studio", "currency": "USD"},
        {"kind": "price_list", "id": "prints", "products": [{"id": "8x10", "price": "20.00 USD"}]},
        {"kind": "event", "id": "spring", "price_list": "prints"},
        {"kind": "promotion", "id": "tenth", "benefits": [{"percent_off": {"percent": 10}}]},
    ]);
    documents.as_array().unwrap().iter().map(|value| Document::read(value.clone()).unwrap()).collect()
}

async fn apply_all(app: &App, documents: Vec<Document>) -> Result<Applied, ConfigureError> {
    apply(app, &studio(), documents, Manner::default(), "ann").await
}

async fn due(app: &App) -> i64 {
    let cart = from_value(json!({
        "currency": "USD", "event": "spring", "lines": [{"id": "a", "product": "8x10", "quantity": 1}]
    }));
    price(app, &studio(), &cart.unwrap(), Expand::default()).await.unwrap().totals.due
}

fn key(kind: Kind, id: &str) -> ResourceKey {
    ResourceKey { kind, id: id.parse().unwrap() }
}

fn body(kind: Kind, value: Value) -> Body {
    Body::read(kind, value).unwrap()
}

#[tokio::test]
async fn applying_twice_changes_nothing_the_second_time() {
    let app = app();
    let first = apply_all(&app, documents()).await.unwrap();
    assert!(first.plan.changes.iter().all(|change| matches!(change.action, Action::Create(_))));
    let second = apply_all(&app, documents()).await.unwrap();
    assert!(second.plan.is_empty());
    assert_eq!((first.config_version, second.config_version), (1, 1));
}

#[tokio::test]
async fn what_is_exported_applies_as_the_same() {
    let app = app();
    apply_all(&app, documents()).await.unwrap();
    let (_, exported) = export(&app, &studio()).await.unwrap();
    let text = tearline_core::yaml::write(&exported.iter().map(Document::to_value).collect::<Vec<_>>());
    let mut sources = tearline_core::source::Sources::default();
    sources.read("export.yaml", &text).unwrap();
    assert!(apply_all(&app, sources.documents).await.unwrap().plan.is_empty());
}

#[tokio::test]
async fn a_change_is_priced_at_once() {
    let app = app();
    apply_all(&app, documents()).await.unwrap();
    assert_eq!(due(&app).await, 1_800);
    let half = body(Kind::Promotion, json!({"benefits": [{"percent_off": {"percent": 50}}]}));
    put(&app, &studio(), key(Kind::Promotion, "tenth"), &half, Expected::Version(1), "ann").await.unwrap();
    assert_eq!(due(&app).await, 1_000);
}

/// Every quote is of one configuration, whole: what it says it was priced with is what it was priced with.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn quotes_go_on_while_the_configuration_is_swapped() {
    const SWAPS: u64 = 60;
    let app = Arc::new(app());
    apply_all(&app, documents()).await.unwrap();
    let cart = json!({
        "currency": "USD", "event": "spring", "lines": [{"id": "a", "product": "8x10", "quantity": 1}]
    });
    // Everybody has the first version before the second comes.
    let start = Arc::new(tokio::sync::Barrier::new(5));
    let quote_on = |app: Arc<App>, cart: Value, start: Arc<tokio::sync::Barrier>| async move {
        let cart = from_value(cart).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let quote = price(&app, &studio(), &cart, Expand::default()).await.unwrap();
            let version = quote.configuration_version;
            // The first version takes 10 %, and each later one a percent more or less than the one before.
            let percent = if version % 2 == 1 { 10 } else { 11 };
            assert_eq!(quote.totals.due, 2_000 - 20 * percent, "version {version}");
            assert!(seen.last().is_none_or(|last| *last <= version), "versions never go back");
            if seen.insert(version) && version == 1 {
                start.wait().await;
            }
            if version > SWAPS {
                return seen.len();
            }
            tokio::task::yield_now().await;
        }
    };
    let quoting: Vec<_> =
        (0..4).map(|_| tokio::spawn(quote_on(Arc::clone(&app), cart.clone(), Arc::clone(&start)))).collect();
    start.wait().await;
    for swap in 1..=SWAPS {
        let percent = if swap % 2 == 1 { 11 } else { 10 };
        let promotion = json!({"benefits": [{"percent_off": {"percent": percent}}]});
        let (key, body) = (key(Kind::Promotion, "tenth"), body(Kind::Promotion, promotion));
        put(&app, &studio(), key, &body, Expected::Anything, "ann").await.unwrap();
        tokio::task::yield_now().await;
    }
    for quotes in quoting {
        assert!(quotes.await.unwrap() > 1, "every one of them saw the configuration change");
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let app = app();
    let manner = Manner { dry_run: true, ..Manner::default() };
    let planned = apply(&app, &studio(), documents(), manner, "ann").await.unwrap();
    assert!(!planned.plan.is_empty());
    assert!(export(&app, &studio()).await.unwrap().1.is_empty());
}

#[tokio::test]
async fn pruning_takes_away_what_is_not_named_but_never_the_shop() {
    let app = app();
    apply_all(&app, documents()).await.unwrap();
    let manner = Manner { prune: true, ..Manner::default() };
    let lists_only =
        documents().into_iter().filter(|document| document.key.kind == Kind::PriceList).collect();
    apply(&app, &studio(), lists_only, manner, "ann").await.unwrap();
    let (_, left) = export(&app, &studio()).await.unwrap();
    let left: Vec<String> = left.iter().map(|document| document.key.to_string()).collect();
    assert_eq!(left, ["shop/studio", "price_list/prints"]);
}

#[tokio::test]
async fn what_others_refer_to_cannot_go() {
    let app = app();
    apply_all(&app, documents()).await.unwrap();
    let gone = delete(&app, &studio(), key(Kind::PriceList, "prints"), Expected::Anything, "ann").await;
    let Err(ConfigureError::Faults(faults)) = gone else { panic!("the event refers to it") };
    assert_eq!(faults[0].to_string(), "event/spring/price_list: there is no price list `prints`");
}

#[tokio::test]
async fn the_shop_has_one_name() {
    let app = app();
    let other = Document::read(json!({"kind": "shop", "id": "other", "currency": "USD"})).unwrap();
    assert!(matches!(apply_all(&app, vec![other]).await, Err(ConfigureError::OtherShop { .. })));
}

/// A price list is deleted and recreated while events that refer to it come and go: each write is right beside
/// the state that it was checked against, and must not meet another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reference_never_dangles_whoever_writes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("tearline.db"), Timestamp::UNIX_EPOCH).unwrap();
    let app = Arc::new(App::new(Arc::new(store), app().clock));
    apply_all(&app, documents()).await.unwrap();
    let refused = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let (app, refused) = (Arc::clone(&app), Arc::clone(&refused));
        tasks.spawn(async move {
            for round in 0..20 {
                let list = key(Kind::PriceList, "seasonal");
                let event = key(Kind::Event, &format!("event-{writer}"));
                let done = match (writer + round) % 4 {
                    0 => {
                        put(&app, &studio(), list, &body(Kind::PriceList, json!({})), Expected::Anything, "w")
                            .await
                            .map(|_| ())
                    }
                    1 => delete(&app, &studio(), list, Expected::Anything, "w").await.map(|_| ()),
                    2 => {
                        let refers = body(Kind::Event, json!({"price_list": "seasonal"}));
                        put(&app, &studio(), event, &refers, Expected::Anything, "w").await.map(|_| ())
                    }
                    _ => delete(&app, &studio(), event, Expected::Anything, "w").await.map(|_| ()),
                };
                match done {
                    Ok(()) => {}
                    Err(ConfigureError::Faults(_)) => {
                        refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    tasks.join_all().await;
    assert!(refused.load(std::sync::atomic::Ordering::Relaxed) > 0, "nobody met a missing or needed list");
    every_state_fitted_together(&app).await;
}

/// Replays the history of the shop, batch by batch.
async fn every_state_fitted_together(app: &App) {
    let mut live = BTreeMap::new();
    for change in app.store.changes(&studio(), 0, u32::MAX).await.unwrap() {
        for resource in change.resources {
            if resource.deleted {
                live.remove(&resource.key);
            } else {
                live.insert(resource.key.clone(), Document::from_resource(&resource).unwrap());
            }
        }
        let compiled = Snapshot::compile(&gather(live.values()), change.config_version);
        assert!(compiled.is_ok(), "version {}: {:?}", change.config_version, compiled.unwrap_err());
    }
}

#[tokio::test]
async fn a_key_opens_its_own_shop_until_it_is_revoked() {
    let app = app();
    let key = keys::create(&app, &studio(), "checkout").await.unwrap();
    let principal = keys::authenticate(&app, &key.secret).await.unwrap().unwrap();
    assert_eq!((&principal.shop, &principal.key), (&studio(), &key.id));
    assert_eq!(keys::authenticate(&app, "sk_studio_0000").await.unwrap(), None);
    assert_eq!(keys::authenticate(&app, &key.secret.replace("studio", "other")).await.unwrap(), None);
    assert!(keys::revoke(&app, &studio(), &key.id).await.unwrap());
    assert_eq!(keys::authenticate(&app, &key.secret).await.unwrap(), None);
}
