//! `/v1/pools` and `/v1/codes`: codes are added, made, drawn, redeemed once and withdrawn.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    CodeNotFound, InvalidDocument, InvalidRequest, MakesItsOwn, NotFound, PoolEmpty, PriceChanged,
};

use crate::orders::{cart_for, cart_of};
use crate::world::{World, on_every_store, on_every_store_at};

impl World {
    /// A promotion whose codes are in a pool.
    pub(crate) async fn pool(&self, pool: &Value) {
        let thanks = json!({"pool_codes": true, "benefits": [{"percent_off": {"percent": 10}}]});
        self.put("/v1/promotions/thanks", &thanks).await.ok(201);
        self.put("/v1/pools/thank-you", pool).await.ok(201);
    }

    pub(crate) async fn fill(&self, codes: Value) -> Value {
        self.post("/v1/pools/thank-you/codes", &json!({ "codes": codes })).await.ok(200)
    }

    pub(crate) async fn draw(&self, key: &str, customer: &str) -> Value {
        let body = json!({"key": key, "customer": customer});
        self.post("/v1/pools/thank-you/draws", &body).await.ok(200)
    }

    pub(crate) async fn numbers(&self) -> Value {
        self.get("/v1/pools/thank-you/counts").await.ok(200)
    }

    async fn state_of(&self, code: &str) -> Value {
        self.post("/v1/codes/lookup", &json!({ "code": code })).await.ok(200)["state"].clone()
    }
}

#[tokio::test]
async fn a_code_is_drawn_and_redeemed_once() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let added = world.fill(json!(["20-OFF_ąć/7", "0012", {"code": "https://x/y?c=1"}, "0012"])).await;
        assert_eq!(added, json!({"added": 3, "known": [3]}));
        let drawn = world.draw("mail 1", "ann").await;
        assert_eq!((&drawn["code"], &drawn["again"]), (&json!("20-OFF_ąć/7"), &json!(false)));
        assert_eq!(world.draw("mail 1", "ann").await["again"], true);

        // It is nobody else's.
        let code = "20-OFF_ąć/7";
        assert_eq!(world.due(&cart_for("bob", 10_000, code)).await, 10_000);
        assert_eq!(world.due(&cart_of(10_000, code)).await, 10_000);
        assert_eq!(world.placed("o1", &cart_for("ann", 10_000, code)).await, 9_000);
        assert_eq!(world.state_of(code).await, "redeemed");
        let quote = world.post("/v1/quotes", &cart_for("ann", 10_000, code)).await.ok(200);
        assert_eq!(quote["codes"][0]["because"]["reason"], "used_up");
        let mut numbers = world.numbers().await;
        numbers["runs_out_at"].take();
        let expected = json!({
            "remaining": 2, "assigned": 1, "percent_remaining": "66.7", "redeemed": 1, "voided": 0,
            "reserved": 0, "runs_out_at": null,
        });
        assert_eq!(numbers, expected);

        world.post("/v1/orders/o1/cancel", &json!({})).await.ok(200);
        assert_eq!(world.state_of(code).await, "assigned");
        assert_eq!(world.placed("o2", &cart_for("ann", 10_000, code)).await, 9_000);
    })
    .await;
}

#[tokio::test]
async fn codes_are_made_as_they_are_drawn() {
    on_every_store(async |world| {
        let makes = json!({"pattern": "THANKS-########", "check": true});
        world.pool(&json!({"promotion": "thanks", "makes": makes})).await;
        let (one, other) = (world.draw("mail 1", "ann").await, world.draw("mail 2", "bob").await);
        assert_ne!(one["code"], other["code"]);
        let code = one["code"].as_str().unwrap();
        assert!(code.starts_with("THANKS-") && code.len() == 15, "{code}");
        assert_eq!(world.due(&cart_for("ann", 10_000, &code.to_lowercase())).await, 9_000);
        let numbers = world.numbers().await;
        let unknown = (&numbers["remaining"], &numbers["percent_remaining"]);
        assert_eq!((unknown, &numbers["assigned"]), ((&Value::Null, &Value::Null), &json!(2)));
        let body = json!({"codes": ["x"]});
        world.post("/v1/pools/thank-you/codes", &body).await.problem(MakesItsOwn);
    })
    .await;
}

/// B9.4: a code of 1 March 10:00 with 7 days ends on 8 March at 10:00.
#[tokio::test]
async fn a_code_lives_so_many_days_from_its_draw() {
    on_every_store_at("2026-03-01T10:00:00Z", async |world, clock| {
        world.pool(&json!({"promotion": "thanks", "valid_days": 7})).await;
        world.fill(json!(["one"])).await;
        assert_eq!(world.draw("mail", "ann").await["ends_at"], "2026-03-08T10:00:00Z");
        clock.advance(SignedDuration::from_hours(7 * 24) - SignedDuration::from_secs(1));
        assert_eq!(world.due(&cart_for("ann", 10_000, "one")).await, 9_000);
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(world.due(&cart_for("ann", 10_000, "one")).await, 10_000);
    })
    .await;
}

#[tokio::test]
async fn a_hold_keeps_a_code_and_a_code_that_is_void_keeps_nothing() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.fill(json!(["one"])).await;
        let hold = |cart_id: &str| json!({"cart_id": cart_id, "cart": cart_of(10_000, "one")});
        assert_eq!(world.post("/v1/holds", &hold("mine")).await.ok(200)["hold"]["due"], 9_000);
        let theirs = world.post("/v1/quotes", &cart_of(10_000, "one")).await.ok(200);
        assert_eq!(theirs["codes"][0]["because"]["reason"], "held");
        let draw = json!({"key": "mail", "customer": "ann"});
        world.post("/v1/pools/thank-you/draws", &draw).await.problem(PoolEmpty);

        world.post("/v1/codes/void", &json!({"code": "one", "why": "leaked"})).await.ok(200);
        let order = json!({
            "order_id": "o1", "cart_id": "mine", "cart": cart_of(10_000, "one"), "expected": {"due": 9_000}
        });
        world.post("/v1/orders", &order).await.problem(PriceChanged);
        assert_eq!(world.state_of("one").await, "void");
    })
    .await;
}

/// A code for three orders is not held because somebody is about to pay with one of its uses.
#[tokio::test]
async fn a_code_is_held_only_where_no_use_is_left() {
    on_every_store_at("2026-03-01T10:00:00Z", async |world, clock| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.fill(json!([{"code": "thrice", "limit": 3}])).await;
        let hold = |cart_id: &str| json!({"cart_id": cart_id, "cart": cart_of(10_000, "thrice")});
        assert_eq!(world.placed("o1", &cart_of(10_000, "thrice")).await, 9_000);
        world.post("/v1/holds", &hold("hers")).await.ok(200);
        // One use is ordered, one is held, one is left.
        assert_eq!(world.due(&cart_of(10_000, "thrice")).await, 9_000);
        clock.advance(SignedDuration::from_mins(5));
        world.post("/v1/holds", &hold("his")).await.ok(200);
        let third = world.post("/v1/quotes", &cart_of(10_000, "thrice")).await.ok(200);
        // Hers is the first to be free again: a hold lasts for a quarter of an hour.
        let because = json!({"reason": "held", "until": "2026-03-01T10:15:00Z"});
        assert_eq!(third["codes"][0]["because"], because);

        let order = |order_id: &str, cart_id: &str| {
            json!({"order_id": order_id, "cart_id": cart_id, "cart": cart_of(10_000, "thrice")})
        };
        world.post("/v1/orders", &order("o2", "hers")).await.ok(201);
        world.post("/v1/orders", &order("o3", "his")).await.ok(201);
        let fourth = world.post("/v1/quotes", &cart_of(10_000, "thrice")).await.ok(200);
        assert_eq!(fourth["codes"][0]["because"]["reason"], "used_up");
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let body = json!({"codes": ["", {"code": "a\u{7}"}, {"code": "b", "limit": 0}]});
        let problem = world.post("/v1/pools/thank-you/codes", &body).await.problem(InvalidRequest);
        let places: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
        assert_eq!(places, ["/codes/0", "/codes/1/code", "/codes/2/limit"]);
        world.post("/v1/pools/other/draws", &json!({"key": "a"})).await.problem(NotFound);
        world.post("/v1/codes/lookup", &json!({"code": "nobody's"})).await.problem(CodeNotFound);
        let gone = json!({"promotion": "gone"});
        let problem = world.put("/v1/pools/bad", &gone).await.problem(InvalidDocument);
        assert_eq!(problem["errors"][0]["message"], "there is no promotion `gone`");
    })
    .await;
}
