//! Failures of the world, and bugs of ours.

use std::sync::Arc;

use axum::body::Body;
use tearline_store::Store;
use tearline_web::problem::ProblemKind::{Internal, TimedOut, Unavailable};

use crate::faulty::{FaultyStore, Mood};
use crate::world::World;

pub(crate) async fn faulty() -> (World, Arc<FaultyStore>) {
    let store = Arc::new(FaultyStore::new());
    (World::new(Arc::clone(&store) as Arc<dyn Store>, None).await, store)
}

#[tokio::test]
async fn a_busy_store_is_a_matter_of_time_and_a_broken_one_is_ours() {
    let (world, store) = faulty().await;
    store.set(Mood::Busy);
    let answer = world.get("/v1/events").await;
    answer.problem(Unavailable);
    assert_eq!(answer.header("retry-after"), "1");
    store.set(Mood::Broken);
    let answer = world.get("/v1/events").await;
    answer.problem(Internal);
    assert!(!answer.text.contains("secret"), "{}", answer.text);
    store.set(Mood::Well);
    world.get("/v1/events").await.ok(200);
}

#[tokio::test]
async fn a_panic_ends_one_request_alone() {
    let (world, store) = faulty().await;
    store.set(Mood::Panics);
    let answer = world.get("/v1/events").await;
    answer.problem(Internal);
    assert!(!answer.text.contains("as the test wants it"), "{}", answer.text);
    store.set(Mood::Well);
    world.get("/v1/events").await.ok(200);
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_ends() {
    let (world, store) = faulty().await;
    store.set(Mood::Stuck);
    world.get("/v1/events").await.problem(TimedOut);
    let stalled = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = world.request("POST", "/v1/quotes").header("content-type", "application/json");
    world.send(request.body(stalled).unwrap()).await.problem(TimedOut);
}

#[tokio::test(start_paused = true)]
async fn readiness_is_the_stores_and_health_the_processs() {
    let (world, store) = faulty().await;
    for (mood, ready) in [(Mood::Well, 200), (Mood::Busy, 503), (Mood::Broken, 503), (Mood::Stuck, 503)] {
        store.set(mood);
        world.get("/readyz").await.ok(ready);
        world.get("/healthz").await.ok(200);
    }
    store.set(Mood::Well);
    world.app.store.close().await.unwrap();
    world.get("/readyz").await.problem(Unavailable);
    world.get("/healthz").await.ok(200);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_fault_of_ours() {
    let (world, _) = faulty().await;
    let broken = futures_util::stream::iter([Ok(b"{".to_vec()), Err(std::io::Error::other("gone"))]);
    let request = world.request("POST", "/v1/quotes").header("content-type", "application/json");
    let answer = world.send(request.body(Body::from_stream(broken)).unwrap()).await;
    assert_eq!(answer.status.as_u16(), 400, "{}", answer.text);
}
