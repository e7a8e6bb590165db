//! `POST /v1/eligible`.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{BadParameter, InvalidCart};

use crate::world::{World, cart, on_every_store, percent_off, world};

fn prints(quantity: u32) -> Value {
    json!({"cart": cart(&json!({"id": "a", "quantity": quantity, "unit_price": 2_000}))})
}

fn from(minimum: &str) -> Value {
    let mut promotion = percent_off(10);
    promotion["conditions"] = json!([{"minimum": {"amount": minimum}}]);
    promotion
}

fn coupon() -> Value {
    let mut coupon = percent_off(20);
    coupon["codes"] = json!(["WELCOME"]);
    coupon
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["promotions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|listed| listed["promotion"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_applies_stands_before_what_could() {
    on_every_store(async |world| {
        world.put("/v1/promotions/far", &from("100.00 USD")).await.ok(201);
        world.put("/v1/promotions/near", &from("50.00 USD")).await.ok(201);
        world.put("/v1/promotions/now", &percent_off(5)).await.ok(201);
        let listed = world.post("/v1/eligible", &prints(2)).await.ok(200);
        assert_eq!(ids(&listed), ["now", "near", "far"]);
        assert_eq!(listed["promotions"][0]["gave"], 200);
        let missing = &listed["promotions"][1]["missing"][0];
        assert_eq!(
            (&missing["need"], &missing["missing"], &missing["words"]),
            (&json!("spend"), &json!(1_000), &json!("10.00 USD more"))
        );
        assert!(listed.get("next_cursor").is_none());
    })
    .await;
}

#[tokio::test]
async fn codes_and_what_cannot_apply_are_told_on_request_only() {
    let world = world().await;
    world.put("/v1/promotions/welcome", &coupon()).await.ok(201);
    let mut over = percent_off(10);
    over["expires_at"] = json!("2020-01-01");
    world.put("/v1/promotions/over", &over).await.ok(201);
    let answer = world.post("/v1/eligible", &prints(1)).await;
    assert!(!answer.text.contains("WELCOME"), "{}", answer.text);
    let listed = answer.ok(200);
    assert_eq!(ids(&listed), ["welcome"]);
    let welcome = &listed["promotions"][0];
    assert_eq!((&welcome["status"], &welcome["needs_code"]), (&json!("could_apply"), &json!(true)));
    assert_eq!((&welcome["alone"], &welcome["missing"][0]["need"]), (&json!(400), &json!("enter_code")));
    let listed = world.post("/v1/eligible?include=codes,others", &prints(1)).await.ok(200);
    assert_eq!(listed["promotions"][0]["codes"], json!(["WELCOME"]));
    assert_eq!(
        (&listed["promotions"][1]["status"], &listed["promotions"][1]["because"]["reason"]),
        (&json!("cannot"), &json!("ended"))
    );
}

#[tokio::test]
async fn a_customer_without_a_cart_sees_what_there_is_for_them() {
    let world = world().await;
    let mut own = percent_off(10);
    own["customers"] = json!(["ann"]);
    world.put("/v1/promotions/own", &own).await.ok(201);
    let of = |customer: &str| json!({"cart": {"currency": "USD", "customer": {"id": customer}, "lines": []}});
    let listed = world.post("/v1/eligible", &of("ann")).await.ok(200);
    assert_eq!(ids(&listed), ["own"]);
    assert_eq!(listed["promotions"][0]["missing"][0]["need"], "add_anything");
    assert!(ids(&world.post("/v1/eligible", &of("bob")).await.ok(200)).is_empty());
}

#[tokio::test]
async fn a_long_list_comes_page_by_page() {
    let world = world().await;
    for number in 0..7 {
        let promotion = from(&format!("{}.00 USD", 100 + number));
        world.put(&format!("/v1/promotions/p{number}"), &promotion).await.ok(201);
    }
    let mut path = "/v1/eligible?limit=3".to_owned();
    let mut found = Vec::new();
    loop {
        let listed = world.post(&path, &prints(1)).await.ok(200);
        found.extend(ids(&listed).into_iter().map(str::to_owned));
        let Some(cursor) = listed.get("next_cursor") else { break };
        assert_eq!(found.len() % 3, 0);
        path = format!("/v1/eligible?limit=3&after={}", cursor.as_str().unwrap());
    }
    assert_eq!(found, ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told() {
    let world = world().await;
    for bad in [
        "include=all",
        "include=codes&include=others",
        "after=x",
        "after=MTp4",
        "limit=0",
        "limit=201",
        "x=1",
    ] {
        world.post(&format!("/v1/eligible?{bad}"), &prints(1)).await.problem(BadParameter);
    }
    let cases = [
        (json!({}), "", "missing_field"),
        (prints(0), "/cart/lines/0/quantity", "out_of_range"),
        (json!({"cart": {"currency": "USD", "event": "none", "lines": []}}), "/cart/event", "unknown_name"),
        (json!({"cart": {"currency": "USD", "lines": []}, "at": 1}), "/at", "unknown_field"),
    ];
    for (asked, pointer, code) in cases {
        let error = world.post("/v1/eligible", &asked).await.error(InvalidCart);
        assert_eq!((error.0.as_str(), error.1.as_str()), (pointer, code), "{error:?}");
    }
}

#[tokio::test]
async fn one_shop_does_not_see_what_another_gives() {
    let mut world: World = world().await;
    world.put("/v1/promotions/now", &percent_off(5)).await.ok(201);
    world.key = world.key_of("another").await;
    assert!(ids(&world.post("/v1/eligible?include=others", &prints(1)).await.ok(200)).is_empty());
}
