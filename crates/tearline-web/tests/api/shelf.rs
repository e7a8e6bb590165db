//! `POST /v1/shelf`.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::InvalidCart;

use crate::world::{on_every_store, percent_off, world};

fn page(products: usize) -> Value {
    let line = |number: usize| json!({"id": number.to_string(), "quantity": 1, "unit_price": 1_000 + number});
    json!({"cart": {"currency": "USD", "lines": (0..products).map(line).collect::<Vec<_>>()}})
}

#[tokio::test]
async fn each_product_has_the_price_of_a_quote_of_it_alone() {
    on_every_store(async |world| {
        let mut promotion = percent_off(10);
        promotion["conditions"] = json!([{"minimum": {"amount": "10.02 USD"}}]);
        world.put("/v1/promotions/ten", &promotion).await.ok(201);
        let asked = page(5);
        let shelf = world.post("/v1/shelf", &asked).await.ok(200);
        let prices: Vec<i64> =
            shelf["lines"].as_array().unwrap().iter().map(|line| line["price"].as_i64().unwrap()).collect();
        assert_eq!(prices, [1_000, 1_001, 902, 903, 904]);
        for (line, price) in asked["cart"]["lines"].as_array().unwrap().iter().zip(prices) {
            let quote = world.post("/v1/quotes", &json!({"currency": "USD", "lines": [line]})).await.ok(200);
            assert_eq!(quote["totals"]["due"], price);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_has_at_most_two_hundred_products() {
    let world = world().await;
    assert_eq!(world.post("/v1/shelf", &page(200)).await.ok(200)["lines"].as_array().unwrap().len(), 200);
    let error = world.post("/v1/shelf", &page(201)).await.error(InvalidCart);
    assert_eq!((error.0.as_str(), error.1.as_str()), ("/cart/lines", "too_many"));
    assert_eq!(error.2, "at most 200 lines are priced at once; these are 201");
    let mut wrong = page(3);
    wrong["cart"]["lines"][2]["quantity"] = json!(0);
    let error = world.post("/v1/shelf", &wrong).await.error(InvalidCart);
    assert_eq!(error.0, "/cart/lines/2/quantity");
    assert!(world.post("/v1/shelf", &page(0)).await.ok(200)["lines"].as_array().unwrap().is_empty());
}
