//! `POST /v1/promotions/{id}/explain`.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{BadParameter, InvalidCart, NotFound};

use crate::world::{World, cart, on_every_store, percent_off, world};

/// A promotion from 50.00 on, with a code.
fn coupon() -> Value {
    let mut coupon = percent_off(10);
    coupon["codes"] = json!(["WELCOME"]);
    coupon["conditions"] = json!([{"minimum": {"amount": "50.00 USD"}}]);
    coupon
}

fn print(quantity: u32) -> Value {
    cart(&json!({"id": "a", "quantity": quantity, "unit_price": 2_000}))
}

async fn explain(world: &World, promotion: &str, asked: &Value) -> Value {
    world.post(&format!("/v1/promotions/{promotion}/explain"), asked).await.ok(200)
}

#[tokio::test]
async fn a_promotion_tells_what_it_makes_of_a_cart() {
    on_every_store(async |world| {
        world.put("/v1/promotions/welcome", &coupon()).await.ok(201);
        let told = explain(&world, "welcome", &json!({"cart": print(2)})).await;
        assert_eq!((&told["applies"], &told["supposing"]), (&json!(false), &json!(["code_entered"])));
        assert_eq!(told["missing"][0]["need"], "enter_code");
        assert_eq!(
            (&told["missing"][1]["need"], &told["missing"][1]["missing"]),
            (&json!("spend"), &json!(1_000))
        );
        assert_eq!(told["verdict"]["because"]["reason"], "minimum_not_met");

        let told = explain(&world, "welcome", &json!({"cart": print(3)})).await;
        assert_eq!((&told["verdict"]["applies"], &told["verdict"]["gave"]), (&json!(true), &json!(600)));
        assert_eq!(told["gifts"], json!([{"stage": "order", "gave": 600, "lines": {"a": 600}}]));

        let mut entered = print(3);
        entered["codes"] = json!(["welcome"]);
        let told = explain(&world, "welcome", &json!({"cart": entered})).await;
        assert_eq!((&told["applies"], told.get("supposing")), (&json!(true), None));
    })
    .await;
}

#[tokio::test]
async fn the_time_asked_for_goes_before_the_carts() {
    let world = world().await;
    let mut in_may = percent_off(10);
    in_may["starts_at"] = json!("2027-05-01");
    world.put("/v1/promotions/may", &in_may).await.ok(201);
    let mut cart = print(1);
    cart["at"] = json!("2027-04-30T12:00:00Z");
    let told = explain(&world, "may", &json!({"cart": cart})).await;
    assert_eq!(told["verdict"]["because"]["reason"], "not_started");
    assert_eq!(
        told["missing"][0],
        json!({"need": "wait", "until": "2027-05-01T00:00:00Z",
        "words": "time, until 2027-05-01 00:00 UTC"})
    );
    let told = explain(&world, "may", &json!({"cart": cart, "at": "2027-05-01T00:00:00Z"})).await;
    assert_eq!((&told["applies"], &told["at"]), (&json!(true), &json!("2027-05-01T00:00:00Z")));
}

#[tokio::test]
async fn an_events_own_discount_is_explained_by_its_name() {
    let world = world().await;
    let event = json!({"order_discounts": [{"percent": 10}],
        "known_customers": [{"customer": "näher/1", "use_event_discounts": false, "order_discounts": [{"percent": 5}]}]});
    world.put("/v1/events/spring", &event).await.ok(201);
    let mut cart = print(1);
    cart["event"] = json!("spring");
    let told = explain(&world, "event:spring:order:1", &json!({"cart": cart})).await;
    assert_eq!((&told["applies"], &told["verdict"]["gave"]), (&json!(true), &json!(200)));
    let known = "event:spring:known:n%C3%A4her%2F1:order:1";
    let told = explain(&world, known, &json!({"cart": cart})).await;
    assert_eq!(told["verdict"]["because"]["reason"], "not_a_recipient");
    cart["customer"] = json!({"id": "näher/1"});
    let told = explain(&world, known, &json!({"cart": cart})).await;
    assert_eq!((&told["applies"], &told["verdict"]["gave"]), (&json!(true), &json!(100)));
    let told = explain(&world, "event:spring:order:1", &json!({"cart": cart})).await;
    assert_eq!(told["verdict"]["because"]["reason"], "not_a_recipient");
}

#[tokio::test]
async fn what_cannot_be_explained_is_told_with_its_place() {
    let mut world = world().await;
    world.put("/v1/promotions/welcome", &coupon()).await.ok(201);
    let long = "x".repeat(200);
    for unknown in ["nothing", "event:spring:order:1", "%00", long.as_str()] {
        let path = format!("/v1/promotions/{unknown}/explain");
        world.post(&path, &json!({"cart": print(1)})).await.problem(NotFound);
    }
    world.post("/v1/promotions/%FF/explain", &json!({"cart": print(1)})).await.problem(BadParameter);
    let cases = [
        (json!({}), "", "missing_field"),
        (json!({"cart": print(1), "now": 1}), "/now", "unknown_field"),
        (json!({"cart": {"currency": "USD"}}), "/cart", "missing_field"),
        (json!({"cart": print(0)}), "/cart/lines/0/quantity", "out_of_range"),
        (json!({"cart": print(1), "at": "soon"}), "/at", "invalid"),
        (json!([]), "", "wrong_type"),
    ];
    for (asked, pointer, code) in cases {
        let error = world.post("/v1/promotions/welcome/explain", &asked).await.error(InvalidCart);
        assert_eq!((error.0.as_str(), error.1.as_str()), (pointer, code), "{error:?}");
    }
    world.key = world.key_of("another").await;
    world.post("/v1/promotions/welcome/explain", &json!({"cart": print(1)})).await.problem(NotFound);
}
