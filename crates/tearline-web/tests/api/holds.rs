//! `/v1/holds`: what a cart claims is kept for its buyer, for a time.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tearline_app::clock::StillClock;
use tearline_web::problem::ProblemKind::{HoldNotFound, InvalidCart, InvalidRequest, PriceChanged};

use crate::orders::{cart_for, cart_of, coupon};
use crate::world::{World, on_every_store_at, world};

const NOON: &str = "2026-11-21T12:00:00Z";

impl World {
    /// Holds a cart and answers what is to be paid for it.
    async fn held(&self, id: &str, cart: &Value) -> Value {
        let held = self.post("/v1/holds", &json!({"cart_id": id, "cart": cart})).await.ok(200);
        held["hold"]["due"].clone()
    }

    /// Places a held cart, as its buyer was told, and answers what they pay.
    async fn bought(&self, id: &str, cart: &Value, due: i64) -> crate::world::Answer {
        let body =
            json!({"order_id": format!("o-{id}"), "cart_id": id, "cart": cart, "expected": {"due": due}});
        self.post("/v1/orders", &body).await
    }
}

fn pass(clock: &StillClock, minutes: i64) {
    clock.advance(SignedDuration::from_mins(minutes));
}

/// The only use of a code, and a cart with it.
async fn only(world: &World) -> Value {
    world.promotion("only", &coupon("ONLY", &json!({"total": 1}))).await;
    cart_of(3_000, "ONLY")
}

#[tokio::test]
async fn a_hold_is_made_and_read_back() {
    on_every_store_at(NOON, async |world, _| {
        world.promotion("two-a-day", &coupon("TODAY", &json!({"per_day": 2, "per_customer": 1}))).await;
        let body = json!({"cart_id": "cart/1", "cart": cart_for("ann", 3_000, "TODAY"), "ttl_s": 60});
        let held = world.post("/v1/holds", &body).await.ok(200);
        assert_eq!(
            held["hold"],
            json!({
                "cart_id": "cart/1",
                "made_at": "2026-11-21T12:00:00Z",
                "ends_at": "2026-11-21T12:01:00Z",
                "customer": "ann",
                "due": 2_700,
                "claims": [
                    {"promotion": "two-a-day", "limit": "per_customer", "of": "ann", "take": 1},
                    {"promotion": "two-a-day", "limit": "per_day", "of": "2026-11-21", "take": 1},
                ],
            })
        );
        assert_eq!(held["quote"]["totals"]["due"], 2_700);
        assert_eq!(world.get("/v1/holds/cart%2F1").await.ok(200), held);
    })
    .await;
}

#[tokio::test]
async fn a_hold_keeps_others_out_until_it_ends() {
    on_every_store_at(NOON, async |world, clock| {
        let cart = only(&world).await;
        assert_eq!(world.held("mine", &cart).await, 2_700);
        // Its own cart is not in its way, and is held anew.
        assert_eq!(world.held("mine", &cart).await, 2_700);
        pass(clock, 14);
        assert_eq!(world.due(&cart).await, 3_000);
        world.bought("yours", &cart, 2_700).await.problem(PriceChanged);
        pass(clock, 1);
        world.get("/v1/holds/mine").await.problem(HoldNotFound);
        assert_eq!(world.due(&cart).await, 2_700);
        world.bought("yours", &cart, 2_700).await.ok(201);
        world.bought("mine", &cart, 2_700).await.problem(PriceChanged);
    })
    .await;
}

#[tokio::test]
async fn a_hold_is_kept_longer_for_slow_payments() {
    on_every_store_at(NOON, async |world, clock| {
        let cart = only(&world).await;
        world.held("mine", &cart).await;
        let extend = async |ttl_s: u32| world.post("/v1/holds/mine/extend", &json!({"ttl_s": ttl_s})).await;
        assert_eq!(extend(1).await.ok(200)["hold"]["ends_at"], "2026-11-21T12:15:00Z");
        pass(clock, 14);
        assert_eq!(extend(3_600).await.ok(200)["hold"]["ends_at"], "2026-11-21T13:14:00Z");
        pass(clock, 59);
        assert_eq!(world.bought("mine", &cart, 2_700).await.ok(201)["order"]["due"], 2_700);
        extend(3_600).await.problem(HoldNotFound);
    })
    .await;
}

#[tokio::test]
async fn a_hold_that_is_given_back_is_free_at_once() {
    on_every_store_at(NOON, async |world, _| {
        let cart = only(&world).await;
        world.held("mine", &cart).await;
        for _ in 0..2 {
            world.delete("/v1/holds/mine").await.ok(204);
        }
        world.get("/v1/holds/mine").await.problem(HoldNotFound);
        world.bought("yours", &cart, 2_700).await.ok(201);
    })
    .await;
}

#[tokio::test]
async fn a_hold_freezes_the_price() {
    on_every_store_at("2026-11-21T23:55:00Z", async |world, clock| {
        let mut today = coupon("TODAY", &json!({"per_day": 1}));
        today["expires_at"] = json!("2026-11-21");
        world.promotion("today", &today).await;
        let cart = cart_of(3_000, "TODAY");
        assert_eq!(world.held("mine", &cart).await, 2_700);
        // Midnight passes, the promotion ends, and its owner makes it dearer: none of it matters to this buyer.
        pass(clock, 10);
        assert_eq!(world.due(&cart).await, 3_000);
        today["benefits"] = json!([{"percent_off": {"percent": 5}}]);
        world.put("/v1/promotions/today", &today).await.ok(200);
        let bought = world.bought("mine", &cart, 2_700).await.ok(201);
        assert_eq!(bought["quote"]["at"], "2026-11-21T23:55:00Z");
        assert_eq!(bought["order"]["placed_at"], "2026-11-22T00:05:00Z");
        assert_eq!(bought["order"]["claims"][0]["of"], "2026-11-21");
    })
    .await;
}

#[tokio::test]
async fn a_hold_is_of_the_cart_as_it_was() {
    on_every_store_at(NOON, async |world, _| {
        let cart = only(&world).await;
        world.held("mine", &cart).await;
        // What the cart holds is its own, also when something is added to it.
        let more = cart_of(5_000, "ONLY");
        assert_eq!(world.bought("mine", &more, 4_500).await.ok(201)["order"]["due"], 4_500);
        world.get("/v1/holds/mine").await.problem(HoldNotFound);
        assert_eq!(world.due(&cart).await, 3_000);
    })
    .await;
}

#[tokio::test]
async fn what_its_owner_withdrew_is_held_no_longer() {
    for withdrawn in [true, false] {
        on_every_store_at(NOON, async |world, _| {
            let cart = only(&world).await;
            world.held("mine", &cart).await;
            if withdrawn {
                world.delete("/v1/promotions/only").await.ok(204);
            } else {
                world.patch("/v1/promotions/only", &json!({"paused": true})).await.ok(200);
            }
            let problem = world.bought("mine", &cart, 2_700).await.problem(PriceChanged);
            assert_eq!(problem["quote"]["totals"]["due"], 3_000);
        })
        .await;
    }
}

#[tokio::test]
async fn a_code_that_was_taken_out_of_its_promotion_is_held_no_longer() {
    on_every_store_at(NOON, async |world, _| {
        let codes = |codes: Value| json!({"codes": codes, "benefits": [{"percent_off": {"percent": 10}}]});
        world.promotion("two", &codes(json!(["ONE", "OTHER"]))).await;
        let (cart, other) = (cart_of(3_000, "one"), cart_of(3_000, "other"));
        world.held("mine", &cart).await;
        world.held("yours", &other).await;
        world.put("/v1/promotions/two", &codes(json!(["OTHER"]))).await.ok(200);
        let problem = world.bought("mine", &cart, 2_700).await.problem(PriceChanged);
        assert_eq!(problem["quote"]["totals"]["due"], 3_000);
        assert_eq!(world.bought("yours", &other, 2_700).await.ok(201)["order"]["due"], 2_700);
        // A code that another promotion has now is not that promise, either.
        world.put("/v1/promotions/two", &codes(json!(["ONE"]))).await.ok(200);
        world.held("mine", &cart).await;
        world.put("/v1/promotions/two", &codes(json!(["OTHER"]))).await.ok(200);
        let less = json!({"codes": ["ONE"], "benefits": [{"percent_off": {"percent": 1}}]});
        world.promotion("less", &less).await;
        world.bought("mine", &cart, 2_700).await.problem(PriceChanged);
    })
    .await;
}

#[tokio::test]
async fn a_customer_is_never_in_their_own_way() {
    on_every_store_at(NOON, async |world, _| {
        world.promotion("once", &coupon("ONCE", &json!({"per_customer": 1, "total": 1}))).await;
        let cart = cart_for("ann", 3_000, "ONCE");
        assert_eq!(world.held("tab-1", &cart).await, 2_700);
        assert_eq!(world.held("other", &cart_for("bob", 3_000, "ONCE")).await, 3_000);
        assert_eq!(world.held("tab-2", &cart).await, 2_700);
        world.get("/v1/holds/tab-1").await.problem(HoldNotFound);
        world.bought("tab-2", &cart, 2_700).await.ok(201);
        world.bought("tab-1", &cart, 2_700).await.problem(PriceChanged);
    })
    .await;
}

#[tokio::test]
async fn of_two_holds_for_a_first_order_one_keeps_its_price() {
    for condition in [json!({"order_number": {"to": 1}}), json!({"expression": "customer.orders == 0"})] {
        on_every_store_at(NOON, async |world, _| {
            let first = json!({"conditions": [condition], "benefits": [{"percent_off": {"percent": 10}}]});
            world.promotion("welcome", &first).await;
            let cart = cart_for("ann", 3_000, "-");
            for tab in ["tab-1", "tab-2"] {
                assert_eq!(world.held(tab, &cart).await, 2_700);
            }
            world.bought("tab-1", &cart, 2_700).await.ok(201);
            world.bought("tab-2", &cart, 2_700).await.problem(PriceChanged);
            assert_eq!(world.bought("tab-2", &cart, 3_000).await.ok(201)["order"]["due"], 3_000);
        })
        .await;
    }
}

#[tokio::test]
async fn a_customers_holds_on_a_balance_make_way_together() {
    on_every_store_at(NOON, async |world, _| {
        let credit =
            json!({"codes": ["SORRY"], "benefits": [{"credit": {"amount": "50.00 USD", "shared": true}}]});
        world.promotion("sorry", &credit).await;
        for (tab, minor) in [("tab-1", 3_000), ("tab-2", 2_000)] {
            assert_eq!(world.held(tab, &cart_for("ann", minor, "SORRY")).await, 0);
        }
        assert_eq!(world.placed("o-1", &cart_for("ann", 5_000, "SORRY")).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_hold_dearer_than_expected_is_not_made() {
    on_every_store_at(NOON, async |world, _| {
        let body = json!({"cart_id": "mine", "cart": cart_of(3_000, "-"), "expected": {"due": 2_999}});
        let problem = world.post("/v1/holds", &body).await.problem(PriceChanged);
        assert_eq!(
            (&problem["expected"]["due"], &problem["quote"]["totals"]["due"]),
            (&json!(2_999), &json!(3_000))
        );
        world.get("/v1/holds/mine").await.problem(HoldNotFound);
    })
    .await;
}

#[tokio::test]
async fn a_fault_names_its_place() {
    let world = world().await;
    let with = |field: &str, value: Value| {
        let mut body = json!({"cart_id": "c", "cart": cart_of(3_000, "-")});
        body[field] = value;
        body
    };
    let mut later = cart_of(3_000, "-");
    later["at"] = json!("2027-01-01T00:00:00Z");
    let cases = [
        (with("cart", later), "/cart/at", "not_allowed"),
        (
            with("cart", json!({"currency": "USD", "lines": [{"id": "a", "quantity": 1}]})),
            "/cart/lines/0/unit_price",
            "price_missing",
        ),
        (with("cart_id", json!("")), "/cart_id", "invalid_name"),
        (with("ttl_s", json!(0)), "/ttl_s", "out_of_range"),
        (with("ttl_s", json!(86_401)), "/ttl_s", "out_of_range"),
        (with("ttl_s", json!("1")), "/ttl_s", "wrong_type"),
        (with("order_id", json!("o")), "/order_id", "unknown_field"),
    ];
    for (body, pointer, code) in cases {
        let error = world.post("/v1/holds", &body).await.error(InvalidCart);
        assert_eq!((error.0.as_str(), error.1.as_str()), (pointer, code), "{error:?}");
    }
    for ttl_s in [json!(0), json!(86_401)] {
        let answer = world.post("/v1/holds/c/extend", &json!({"ttl_s": ttl_s})).await;
        assert_eq!(answer.error(InvalidRequest).0, "/ttl_s");
    }
    world.post("/v1/holds/c/extend", &json!({"ttl_s": 1})).await.problem(HoldNotFound);
}
