//! `POST /v1/quotes`.

use axum::body::Body;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{self, InvalidCart};

use crate::world::{World, cart, on_every_store, percent_off, world};

#[tokio::test]
async fn a_cart_is_priced_by_the_shops_documents() {
    on_every_store(async |world| {
        world.put("/v1/shop", &json!({"currency": "USD"})).await.ok(201);
        let list = json!({"products": [{"id": "8x10", "price": "20.00 USD"}]});
        world.put("/v1/price-lists/prints", &list).await.ok(201);
        world.put("/v1/events/spring", &json!({"price_list": "prints"})).await.ok(201);
        world.put("/v1/promotions/ten", &percent_off(10)).await.ok(201);
        let cart = json!({"currency": "USD", "event": "spring", "lines": [
            {"id": "a", "product": "8x10", "quantity": 2},
        ]});
        let quote = world.post("/v1/quotes", &cart).await.ok(200);
        assert_eq!((&quote["totals"]["list"], &quote["totals"]["due"]), (&json!(4_000), &json!(3_600)));
        assert_eq!(quote["configuration_version"], 4);
        assert!(quote.get("trace").is_none());
    })
    .await;
}

#[tokio::test]
async fn a_quote_is_expanded_on_demand() {
    let world = world().await;
    world.put("/v1/promotions/ten", &percent_off(10)).await.ok(201);
    let cart = cart(&json!({"id": "a", "quantity": 2, "unit_price": 1_000}));
    let quote = world.post("/v1/quotes?expand=units,trace", &cart).await.ok(200);
    assert_eq!(quote["lines"][0]["units"].as_array().unwrap().len(), 2);
    assert_eq!(quote["trace"][0]["id"], "ten");
    let quote = world.post("/v1/quotes?expand=trace", &cart).await.ok(200);
    assert!(quote["lines"][0].get("units").is_none());
    for bad in ["expand=cost", "expands=units", "expand=units&expand=trace"] {
        let problem =
            world.post(&format!("/v1/quotes?{bad}"), &cart).await.problem(ProblemKind::BadParameter);
        assert!(problem["detail"].as_str().unwrap().contains("expand"), "{problem}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_cart_is_told_with_its_place_and_the_server_goes_on() {
    let world = world().await;
    let line = |fields: Value| cart(&fields);
    let good = || json!({"id": "a", "quantity": 1, "unit_price": 500});
    let with = |field: &str, value: Value| {
        let mut good = good();
        good[field] = value;
        cart(&good)
    };
    let mut twice = cart(&good());
    twice["lines"].as_array_mut().unwrap().push(good());
    let many: Vec<Value> =
        (0..10_000).map(|index| json!({"id": index.to_string(), "quantity": 1, "unit_price": 1})).collect();
    let cases = [
        (with("qty", json!(1)), "/lines/0/qty", "unknown_field", "expected one of `id`, `quantity`"),
        (json!({"currency": "DOLLARS", "lines": []}), "/currency", "invalid", "such as USD, EUR or JPY"),
        (json!({"currency": "usd", "lines": []}), "/currency", "invalid", "three capital letters"),
        (json!({"currency": "USD"}), "", "missing_field", "`lines`"),
        (with("quantity", json!(0)), "/lines/0/quantity", "out_of_range", "must be from 1 to 100000"),
        (
            with("quantity", json!(9_223_372_036_854_775_808_u64)),
            "/lines/0/quantity",
            "out_of_range",
            "a whole number from 1 to 100000",
        ),
        (with("quantity", json!(-1)), "/lines/0/quantity", "out_of_range", "a whole number from 1"),
        (with("quantity", json!("2")), "/lines/0/quantity", "wrong_type", "a whole number from 1"),
        (with("unit_price", json!(-1)), "/lines/0/unit_price", "out_of_range", "must be from 0 to"),
        (with("unit_price", json!(19.99)), "/lines/0/unit_price", "wrong_type", "a whole number"),
        (json!({"currency": "USD", "lines": many}), "/lines", "too_many", "at most 1000 lines"),
        (twice, "/lines/1/id", "duplicate", "a line `a` already"),
        (line(json!({"id": "a", "quantity": 1})), "/lines/0/unit_price", "price_missing", "names no product"),
        (with("id", json!("")), "/lines/0/id", "bad_name", "at least one character"),
        (json!([]), "", "wrong_type", "expected an object"),
        (json!("cart"), "", "wrong_type", "expected an object"),
    ];
    for (cart, pointer, code, message) in cases {
        let error = world.post("/v1/quotes", &cart).await.error(InvalidCart);
        assert_eq!((error.0.as_str(), error.1.as_str()), (pointer, code), "{error:?}");
        assert!(error.2.contains(message), "{error:?}");
    }
    world.post("/v1/quotes", &cart(&good())).await.ok(200);
}

#[tokio::test]
async fn a_field_a_megabyte_long_is_not_sent_back_at_length() {
    let world = world().await;
    let long = "x".repeat(1_000_000);
    let carts = [
        json!({"currency": long, "lines": []}),
        json!({"currency": "USD", "lines": [], "codes": [long]}),
        json!({"currency": "USD", "lines": [], long.as_str(): 1}),
        json!({"currency": "USD", "lines": long}),
    ];
    for cart in carts {
        let answer = world.post("/v1/quotes", &cart).await;
        answer.problem(InvalidCart);
        assert!(answer.text.len() < 4_000, "{}", answer.text.len());
    }
}

#[tokio::test]
async fn of_very_many_faults_the_first_are_told() {
    let world = world().await;
    let lines: Vec<_> = (0..500).map(|index| json!({"id": index.to_string(), "quantity": 0})).collect();
    let problem =
        world.post("/v1/quotes", &json!({"currency": "USD", "lines": lines})).await.problem(InvalidCart);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
    assert!(problem["detail"].as_str().unwrap().contains("the first 100 of"), "{}", problem["detail"]);
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let world = world().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: [&[u8]; 5] = [b"", b"{", b"{\"currency\": \"USD\",}", b"\"\xff\"", b"{} {}"];
    for body in bodies {
        post(&world, body).await.problem(ProblemKind::MalformedBody);
    }
    post(&world, deep.as_bytes()).await.problem(InvalidCart);
}

async fn post(world: &World, body: &[u8]) -> crate::world::Answer {
    let request = world.request("POST", "/v1/quotes").header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_vec())).unwrap()).await
}

#[tokio::test]
async fn what_a_code_cannot_do_is_an_answer_and_no_problem() {
    let world = world().await;
    let mut cart = cart(&json!({"id": "a", "quantity": 1, "unit_price": 500}));
    cart["codes"] = json!(["nothing"]);
    let quote = world.post("/v1/quotes", &cart).await.ok(200);
    assert_eq!(quote["codes"][0]["status"], "refused");
    assert_eq!(quote["codes"][0]["because"]["reason"], "unknown");
}
