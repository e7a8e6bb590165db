//! Promotions in plain English.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::NotFound;

use crate::world::{on_every_store, percent_off, world};

fn half_price() -> Value {
    json!({
        "events": ["spring"], "expires_at": "2026-03-31", "limits": {"per_customer": 1},
        "benefits": [{"buy_x_get_y": {
            "buy": {"units": 2, "items": {"products": ["8x10"]}}, "get": {"units": 1}, "percent": 50,
        }}],
    })
}

const SENTENCE: &str = "Buy 2 of Large print, get another one at half price, in Spring day, until 31 March 2026, once per customer.";

#[tokio::test]
async fn a_promotion_reads_as_a_sentence_with_the_names_of_the_shop() {
    on_every_store(async |world| {
        world
            .put("/v1/price-lists/prints", &json!({"products": [{"id": "8x10", "name": "Print"}]}))
            .await
            .ok(201);
        world.put("/v1/events/spring", &json!({"name": "Spring day", "price_list": "prints"})).await.ok(201);
        let written = world.put("/v1/promotions/half", &half_price()).await.ok(201);
        assert_eq!(written["sentence"], SENTENCE.replace("Large print", "Print"));
        assert!(world.get("/v1/promotions/half").await.ok(200).get("sentence").is_none());
        // The document stays as it is, and its sentence follows the price list.
        let list = json!({"products": [{"id": "8x10", "name": "Large print"}]});
        assert!(world.put("/v1/price-lists/prints", &list).await.ok(200).get("sentence").is_none());
        let read = world.get("/v1/promotions/half/sentence").await.ok(200);
        assert_eq!(read, json!({"id": "half", "sentence": SENTENCE}));
        world.get("/v1/promotions/none/sentence").await.problem(NotFound);
    })
    .await;
}

#[tokio::test]
async fn what_is_applied_tells_the_sentence_of_each_promotion_that_is_written() {
    let world = world().await;
    world.put("/v1/promotions/kept", &percent_off(5)).await.ok(201);
    let documents = json!([
        {"kind": "event", "id": "spring"},
        {"kind": "promotion", "id": "kept", "benefits": [{"percent_off": {"percent": 5}}]},
        {"kind": "promotion", "id": "new", "codes": ["TEN"], "benefits": [{"percent_off": {"percent": 10}}]},
    ]);
    let applied = world.post("/v1/configuration?dry_run=true", &documents).await.ok(200);
    let changes = applied["changes"].as_array().unwrap().iter();
    let told: Vec<_> =
        changes.map(|change| (change["id"].as_str().unwrap(), change.get("sentence"))).collect();
    let sentence = json!("10% off the order, with code TEN.");
    assert_eq!(told, [("spring", None), ("kept", None), ("new", Some(&sentence))]);
}
