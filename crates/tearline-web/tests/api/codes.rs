//! `/v1/codes/…` and many codes of a pool at once: checked, remembered, extended, withdrawn.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{BadParameter, CodeNotFound, InvalidCart, InvalidRequest, NotFound};

use crate::orders::{cart_for, cart_of};
use crate::world::{World, on_every_store, on_every_store_at};

impl World {
    async fn checked(&self, code: &str) -> Value {
        self.post("/v1/codes/check", &json!({ "code": code })).await.ok(200)
    }

    async fn told(&self, code: &str) -> Vec<Value> {
        let timeline = self.post("/v1/codes/timeline", &json!({ "code": code })).await.ok(200);
        timeline["data"].as_array().unwrap().clone()
    }
}

const MAKES: &str = r#"{"promotion": "thanks", "makes": {"pattern": "THANKS-########", "check": true}}"#;

#[tokio::test]
async fn a_code_is_checked_beside_a_cart() {
    on_every_store_at("2026-03-01T10:00:00Z", async |world, _| {
        let made: Value = serde_json::from_str(MAKES).unwrap();
        world.put("/v1/promotions/thanks", &json!({
            "pool_codes": true, "expires_at": "2026-03-31", "benefits": [{"percent_off": {"percent": 10}}],
            "conditions": [{"minimum": {"amount": "50.00 USD"}}],
        })).await.ok(201);
        world.put("/v1/pools/thank-you", &made).await.ok(201);
        let drawn =
            world.post("/v1/pools/thank-you/draws", &json!({"key": "mail", "customer": "ann"})).await.ok(200);
        let code = drawn["code"].as_str().unwrap();

        let told = world.checked(&code.to_lowercase()).await;
        assert_eq!((&told["is"], &told["unique"]["state"]), (&json!("unique"), &json!("assigned")));
        assert_eq!((&told["promotion"], &told["promotion_is_live"]), (&json!("thanks"), &json!(true)));
        assert_eq!(told["ends_at"], "2026-04-01T00:00:00Z");
        let mut wrong = code.to_owned();
        wrong.replace_range(7..8, if code.as_bytes()[7] == b'7' { "8" } else { "7" });
        assert_eq!(world.checked(&wrong).await, json!({"is": "typing_error"}));
        assert_eq!(world.checked("nobody's").await, json!({"is": "unknown"}));

        let beside = async |cart: Value| {
            let told = world.post("/v1/codes/check", &json!({ "code": code, "cart": cart })).await.ok(200);
            (told["in_cart"]["status"].clone(), told["in_cart"]["because"]["reason"].clone())
        };
        let mut cart = cart_for("ann", 10_000, code);
        assert_eq!(beside(cart.clone()).await, (json!("applied"), Value::Null));
        cart["codes"] = json!([]);
        assert_eq!(beside(cart).await, (json!("applied"), Value::Null));
        assert_eq!(beside(cart_for("bob", 10_000, code)).await.0, "refused");
        assert_eq!(beside(cart_for("ann", 4_000, code)).await, (json!("parked"), json!("minimum_not_met")));
        let bad = json!({"code": code, "cart": {"currency": "USD", "lines": [{"id": "a", "quantity": -1}]}});
        world.post("/v1/codes/check", &bad).await.problem(InvalidCart);
    })
    .await;
}

#[tokio::test]
async fn a_coupon_is_checked_too() {
    on_every_store(async |world| {
        let spring =
            json!({"codes": ["SPRING"], "benefits": [{"percent_off": {"percent": 10}}], "paused": true});
        world.put("/v1/promotions/spring", &spring).await.ok(201);
        let told = world.checked("spring").await;
        assert_eq!(told, json!({"is": "coupon", "promotion": "spring", "promotion_is_live": false}));
        let cart = json!({"code": "spring", "cart": cart_of(10_000, "SPRING")});
        let told = world.post("/v1/codes/check", &cart).await.ok(200);
        assert_eq!(told["in_cart"]["status"], "refused");
    })
    .await;
}

#[tokio::test]
async fn a_code_remembers_what_has_happened_to_it() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.fill(json!(["one", "two"])).await;
        world.draw("mail", "ann").await;
        let hold = json!({"cart_id": "mine", "cart": cart_for("ann", 10_000, "one")});
        world.post("/v1/holds", &hold).await.ok(200);
        assert!(world.checked("one").await["held_until"].is_string());
        world.placed("o1", &cart_for("ann", 10_000, "one")).await;
        world.post("/v1/orders/o1/cancel", &json!({})).await.ok(200);
        world.post("/v1/codes/void", &json!({"code": "one", "why": "leaked"})).await.ok(200);
        let told = world.told("one").await;
        let names: Vec<_> = told.iter().map(|told| told["activity"].as_str().unwrap()).collect();
        let newest =
            ["code_withdrawn", "order_cancelled", "order_placed", "hold_released", "held", "code_drawn"];
        assert_eq!(names, newest);
        assert_eq!((&told[0]["why"], &told[2]["order_id"]), (&json!("leaked"), &json!("o1")));
        assert_eq!((&told[4]["cart_id"], &told[5]["customer"]), (&json!("mine"), &json!("ann")));

        let page = async |before: &Value| {
            let asked = json!({"code": "one", "limit": 4, "before": before});
            world.post("/v1/codes/timeline", &asked).await.ok(200)
        };
        let first = page(&Value::Null).await;
        assert_eq!(page(&first["next"]).await["data"], json!(told[4..]));
        assert_eq!(world.told("two").await, [Value::Null; 0]);
        world.post("/v1/codes/timeline", &json!({"code": "gone"})).await.problem(CodeNotFound);
        for bad in [json!({"code": "one", "before": "x"}), json!({"code": "one", "limit": 0})] {
            world.post("/v1/codes/timeline", &bad).await.problem(InvalidRequest);
        }
    })
    .await;
}

#[tokio::test]
async fn a_leaked_batch_is_withdrawn_and_the_rest_gets_more_time() {
    on_every_store_at("2026-03-01T10:00:00Z", async |world, _| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let until = |n: usize| json!({"code": format!("c{n}"), "expires_at": "2026-03-10"});
        world.fill((1..=6).map(until).collect()).await;
        world.draw("mail", "ann").await;
        let leaked = json!({"where": {"from_serial": 2, "to_serial": 4}, "why": "posted in public"});
        let told = world.post("/v1/pools/thank-you/codes/void", &leaked).await.ok(200);
        assert_eq!(told, json!({"changed": 3}));
        assert_eq!(world.due(&cart_of(10_000, "c3")).await, 10_000);
        let numbers = world.numbers().await;
        assert_eq!((&numbers["remaining"], &numbers["voided"]), (&json!(2), &json!(3)));

        let longer = json!({"where": {"state": "unassigned"}, "expires_at": "2026-03-20"});
        let told = world.post("/v1/pools/thank-you/codes/extend", &longer).await.ok(200);
        assert_eq!(told, json!({"changed": 2}));
        let end_of = async |code: &str| world.checked(code).await["ends_at"].clone();
        assert_eq!(
            (end_of("c1").await, end_of("c5").await),
            (json!("2026-03-11T00:00:00Z"), json!("2026-03-21T00:00:00Z"))
        );
        let one = json!({"code": "c1", "expires_at": null});
        assert_eq!(world.post("/v1/codes/extend", &one).await.ok(200)["ends_at"], Value::Null);
        assert_eq!(world.told("c1").await[0]["activity"], "code_extended");
        world.post("/v1/pools/gone/codes/void", &json!({})).await.problem(NotFound);
    })
    .await;
}

/// Nothing of it is written on the road of the quote: it is written down a moment later.
#[tokio::test]
async fn quotes_and_refusals_are_noticed() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.fill(json!(["one", "two"])).await;
        world.draw("mail", "ann").await;
        let quoted = async |cart_id: &str, cart: &Value| {
            world.post(&format!("/v1/quotes?cart_id={cart_id}"), cart).await.ok(200);
        };
        quoted("bobs", &cart_for("bob", 10_000, "one")).await;
        quoted("bobs", &cart_for("bob", 20_000, "one")).await;
        quoted("strangers", &cart_of(10_000, "nobody's")).await;
        let all = async || world.get("/v1/activities").await.ok(200)["data"].as_array().unwrap().clone();
        let before = all().await.len();
        world.app.write_down().await;
        let told = all().await;
        let told = &told[..told.len() - before];
        let mut names: Vec<_> = told.iter().map(|told| told["activity"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["cart_quoted", "code_refused", "code_refused"]);
        let quote = told.iter().find(|told| told["activity"] == "cart_quoted").unwrap();
        assert_eq!((&quote["due"], &quote["customer"]), (&json!(20_000), &json!("bob")));
        let refused = &world.told("one").await[0];
        assert_eq!((&refused["activity"], &refused["cart_id"]), (&json!("code_refused"), &json!("bobs")));
        assert_eq!(refused["why"], "not_a_recipient");

        let page = world.get("/v1/activities?limit=1").await.ok(200);
        let next = page["next_cursor"].as_str().unwrap();
        let second = world.get(&format!("/v1/activities?limit=1&before={next}")).await.ok(200);
        assert_eq!(second["data"][0], all().await[1]);
        world.get("/v1/activities?before=x").await.problem(BadParameter);
    })
    .await;
}

#[tokio::test]
async fn what_a_cart_holds_does_not_count_against_its_own_quote() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.fill(json!(["one"])).await;
        let hold = json!({"cart_id": "mine", "cart": cart_of(10_000, "one")});
        world.post("/v1/holds", &hold).await.ok(200);
        let due = async |path: &str| {
            world.post(path, &cart_of(10_000, "one")).await.ok(200)["totals"]["due"].clone()
        };
        assert_eq!(due("/v1/quotes").await, 10_000);
        assert_eq!(due("/v1/quotes?cart_id=mine").await, 9_000);
        assert_eq!(due("/v1/quotes?cart_id=other").await, 10_000);
    })
    .await;
}
