//! The header `Idempotency-Key`: what was asked by name is done once.

use axum::body::Body;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    BadParameter, HoldNotFound, IdempotencyKeyReused, OrderNotFound, PriceChanged,
};

use crate::orders::{cart_of, coupon};
use crate::world::{Answer, World, on_every_store, world};

impl World {
    async fn named(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.send_with("POST", path, &[("idempotency-key", key)], body).await
    }
}

fn order(id: &str, due: i64) -> Value {
    json!({"order_id": id, "cart": cart_of(3_000, "TWO"), "expected": {"due": due}})
}

#[tokio::test]
async fn a_request_sent_again_hears_the_same_answer() {
    on_every_store(async |world| {
        world.promotion("two", &coupon("TWO", &json!({"total": 2}))).await;
        let placed = world.named("k-1", "/v1/orders", &order("o-1", 2_700)).await.ok(201);
        assert_eq!(world.named("k-1", "/v1/orders", &order("o-1", 2_700)).await.ok(201), placed);
        let cancelled = world.named("k-2", "/v1/orders/o-1/cancel", &json!({})).await.ok(200);
        assert_eq!(world.named("k-2", "/v1/orders/o-1/cancel", &json!({})).await.ok(200), cancelled);
        let hold = json!({"cart_id": "c", "cart": cart_of(3_000, "TWO"), "ttl_s": 60});
        let held = world.named("k-3", "/v1/holds", &hold).await.ok(200);
        assert_eq!(world.named("k-3", "/v1/holds", &hold).await.ok(200), held);
        let longer = world.named("k-4", "/v1/holds/c/extend", &json!({"ttl_s": 600})).await.ok(200);
        assert_eq!(world.named("k-4", "/v1/holds/c/extend", &json!({"ttl_s": 600})).await.ok(200), longer);
    })
    .await;
}

#[tokio::test]
async fn a_hold_asked_for_again_is_answered_whatever_it_would_cost_today() {
    on_every_store(async |world| {
        world.promotion("two", &coupon("TWO", &json!({"total": 2}))).await;
        let hold = json!({"cart_id": "c", "cart": cart_of(3_000, "TWO"), "expected": {"due": 2_700}});
        let held = world.named("k", "/v1/holds", &hold).await.ok(200);
        world.delete("/v1/promotions/two").await.ok(204);
        assert_eq!(world.named("k", "/v1/holds", &hold).await.ok(200), held);
        world.named("new", "/v1/holds", &hold).await.problem(PriceChanged);
        world.post("/v1/holds", &hold).await.problem(PriceChanged);
        let other = json!({"cart_id": "d", "cart": cart_of(3_000, "TWO"), "expected": {"due": 2_700}});
        world.named("k", "/v1/holds", &other).await.problem(IdempotencyKeyReused);
    })
    .await;
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    on_every_store(async |world| {
        world.named("k", "/v1/orders", &order("o-1", 3_000)).await.ok(201);
        world.named("k", "/v1/orders", &order("o-2", 3_000)).await.problem(IdempotencyKeyReused);
        world.named("k", "/v1/orders/o-1/cancel", &json!({})).await.problem(IdempotencyKeyReused);
        let hold = json!({"cart_id": "c", "cart": cart_of(3_000, "TWO")});
        world.named("k", "/v1/holds", &hold).await.problem(IdempotencyKeyReused);
        world.post("/v1/holds", &hold).await.ok(200);
        let release = |key: &str| {
            let request = world.request("DELETE", "/v1/holds/c").header("idempotency-key", key);
            request.body(Body::empty()).unwrap()
        };
        world.send(release("k")).await.problem(IdempotencyKeyReused);
        world.get("/v1/orders/o-2").await.problem(OrderNotFound);
        for _ in 0..2 {
            world.send(release("another")).await.ok(204);
        }
        world.get("/v1/holds/c").await.problem(HoldNotFound);
        // Another shop's keys are its own.
        let other = world.of_shop("other").await;
        other.named("k", "/v1/orders", &order("o-9", 3_000)).await.ok(201);
    })
    .await;
}

#[tokio::test]
async fn a_refused_request_binds_no_key() {
    on_every_store(async |world| {
        world.named("k", "/v1/orders", &order("o-1", 1)).await.problem(PriceChanged);
        world.named("k", "/v1/orders/o-1/cancel", &json!({})).await.problem(OrderNotFound);
        world.named("k", "/v1/orders", &order("o-1", 3_000)).await.ok(201);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters() {
    let world = world().await;
    let longest = "x".repeat(255);
    for (n, fit) in ["k", "\"8e03978e-40d5\"", "!~", &longest].into_iter().enumerate() {
        world.named(fit, "/v1/orders", &order(&format!("o-{n}"), 3_000)).await.ok(201);
    }
    let too_long = "x".repeat(256);
    for unfit in ["", "a b", "a\tb", "kä", &too_long] {
        let problem = world.named(unfit, "/v1/orders", &order("o", 3_000)).await.problem(BadParameter);
        assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    world.send_with("POST", "/v1/orders", &twice, &order("o", 3_000)).await.problem(BadParameter);
}
