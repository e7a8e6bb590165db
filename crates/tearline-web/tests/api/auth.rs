//! Keys: none, wrong ones, and those of other shops.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tearline_app::keys;
use tearline_web::problem::ProblemKind;

use crate::world::{on_every_store, percent_off, world};

/// Every address that needs a key, one method each.
const PATHS: [&str; 14] = [
    "POST /v1/quotes",
    "POST /v1/carts/edit",
    "GET /v1/shop",
    "PUT /v1/shop",
    "GET /v1/shop/history",
    "GET /v1/shop/history/1",
    "GET /v1/price-lists",
    "PUT /v1/price-lists/a",
    "GET /v1/events/a",
    "PATCH /v1/events/a",
    "DELETE /v1/promotions/a",
    "GET /v1/promotions/a/history",
    "GET /v1/configuration",
    "POST /v1/configuration",
];

#[tokio::test]
async fn without_a_key_nothing_under_v1_answers() {
    let world = world().await;
    for path in PATHS {
        let (method, path) = path.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = world.send(request).await;
        answer.problem(ProblemKind::Unauthorized);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{path}");
    }
}

#[tokio::test]
async fn every_wrong_key_hears_the_same() {
    let world = world().await;
    let wrong = [
        "Bearer",
        "Bearer ",
        "Basic c2stdHVkaW86eA==",
        "Bearer sk_",
        "Bearer sk_studio_",
        "Bearer sk_studio_00112233",
        "Bearer sk_nobody_00112233",
        "Bearer pk_studio_00112233",
        &format!("Bearer {}0", world.key),
        &format!("Bearer {}", world.key.to_uppercase()),
    ];
    let mut heard = Vec::new();
    for given in wrong {
        let request = Request::builder()
            .uri("/v1/promotions")
            .header("authorization", given)
            .header("x-request-id", "same")
            .body(Body::empty())
            .unwrap();
        let answer = world.send(request).await;
        answer.problem(ProblemKind::Unauthorized);
        heard.push((answer.text, answer.headers));
    }
    heard.dedup();
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_any_more() {
    on_every_store(async |world| {
        world.get("/v1/promotions").await.ok(200);
        let shop = "studio".parse().unwrap();
        let principal = keys::authenticate(&world.app, &world.key).await.unwrap().unwrap();
        assert!(keys::revoke(&world.app, &shop, &principal.key).await.unwrap());
        world.get("/v1/promotions").await.problem(ProblemKind::Unauthorized);
    })
    .await;
}

#[tokio::test]
async fn a_key_sees_and_changes_its_own_shop_alone() {
    on_every_store(async |mut world| {
        let (ours, theirs) = (world.key.clone(), world.key_of("other").await);
        world.put("/v1/promotions/ten", &percent_off(10)).await.ok(201);
        let cart = json!({"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": 1_000}]});

        world.key = theirs;
        assert_eq!(world.get("/v1/promotions").await.ok(200)["data"], json!([]));
        world.get("/v1/promotions/ten").await.problem(ProblemKind::NotFound);
        world.get("/v1/promotions/ten/history").await.problem(ProblemKind::NotFound);
        world.delete("/v1/promotions/ten").await.problem(ProblemKind::NotFound);
        assert_eq!(world.post("/v1/quotes", &cart).await.ok(200)["totals"]["due"], 1_000);
        world.put("/v1/promotions/ten", &percent_off(50)).await.ok(201);
        assert_eq!(world.post("/v1/quotes", &cart).await.ok(200)["totals"]["due"], 500);

        world.key = ours;
        assert_eq!(world.post("/v1/quotes", &cart).await.ok(200)["totals"]["due"], 900);
        let documents = world.get("/v1/configuration").await.ok(200)["documents"].clone();
        assert_eq!(documents.as_array().unwrap().len(), 1);
        // A document of another shop's own cannot be written into this one.
        let foreign = json!([{"kind": "shop", "id": "other", "currency": "EUR"}]);
        let answer = world.post("/v1/configuration", &foreign).await;
        assert_eq!(answer.error(ProblemKind::InvalidDocument).0, "/0/id");
    })
    .await;
}
