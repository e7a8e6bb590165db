//! `/v1/orders`: limits count, balances are drawn, and both come back.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    BadParameter, InvalidCart, InvalidRequest, OrderIdTaken, OrderNotFound, PriceChanged,
};

use crate::world::{World, on_every_store, on_every_store_at, world};

/// A cart of one thing that costs so much, with a code.
pub(crate) fn cart_of(minor: i64, code: &str) -> Value {
    let line = json!({"id": "a", "quantity": 1, "unit_price": minor});
    json!({"currency": "USD", "lines": [line], "codes": [code]})
}

/// The same, of a customer.
pub(crate) fn cart_for(customer: &str, minor: i64, code: &str) -> Value {
    let mut cart = cart_of(minor, code);
    cart["customer"] = json!({"id": customer});
    cart
}

/// A promotion with a code: 10 % off, under some limits.
pub(crate) fn coupon(code: &str, limits: &Value) -> Value {
    json!({"codes": [code], "limits": limits, "benefits": [{"percent_off": {"percent": 10}}]})
}

impl World {
    pub(crate) async fn promotion(&self, id: &str, document: &Value) {
        self.put(&format!("/v1/promotions/{id}"), document).await.ok(201);
    }

    /// What a cart costs.
    pub(crate) async fn due(&self, cart: &Value) -> Value {
        self.post("/v1/quotes", cart).await.ok(200)["totals"]["due"].clone()
    }

    /// Places an order and answers what is to be paid for it.
    pub(crate) async fn placed(&self, id: &str, cart: &Value) -> Value {
        let answer = self.post("/v1/orders", &json!({"order_id": id, "cart": cart})).await.ok(201);
        answer["order"]["due"].clone()
    }

    /// What a cart costs now that costs more than its buyer was told; nothing was done.
    async fn dearer(&self, id: &str, cart: &Value, expected: i64) -> Value {
        let body = json!({"order_id": id, "cart": cart, "expected": {"due": expected}});
        let problem = self.post("/v1/orders", &body).await.problem(PriceChanged);
        assert_eq!(problem["expected"], json!({"due": expected}));
        self.get(&format!("/v1/orders/{id}")).await.problem(OrderNotFound);
        problem["quote"].clone()
    }

    async fn cancel(&self, id: &str, how: Value) -> Value {
        self.post(&format!("/v1/orders/{id}/cancel"), &how).await.ok(200)["order"].clone()
    }
}

#[tokio::test]
async fn an_order_is_placed_once_and_read_back() {
    on_every_store_at("2026-11-21T10:00:00Z", async |world, clock| {
        world.promotion("first-twenty", &coupon("FIRST20", &json!({"total": 20}))).await;
        let body = json!({"order_id": "Nr. 7/a", "cart": cart_for("ann", 3_000, "first20")});
        let placed = world.post("/v1/orders", &body).await;
        let order = placed.ok(201);
        assert_eq!(placed.header("location"), "/v1/orders/Nr.%207%2Fa");
        assert_eq!(
            order["order"],
            json!({
                "order_id": "Nr. 7/a",
                "state": "placed",
                "placed_at": "2026-11-21T10:00:00Z",
                "customer": "ann",
                "due": 2_700,
                "claims": [{"promotion": "first-twenty", "limit": "total", "take": 1}],
            })
        );
        assert_eq!(order["quote"]["totals"]["order_discount"], 300);
        for second in 1..=50 {
            clock.advance(SignedDuration::from_secs(second));
            assert_eq!(world.post("/v1/orders", &body).await.ok(200), order);
        }
        assert_eq!(world.get(placed.header("location")).await.ok(200), order);
        world.cancel("Nr.%207%2Fa", json!({})).await;
        let told = world.get("/v1/orders/Nr.%207%2Fa/activities").await.ok(200);
        let told: Vec<_> = told["data"].as_array().unwrap().iter().map(|told| &told["activity"]).collect();
        assert_eq!(told, ["order_placed", "order_cancelled"]);
    })
    .await;
}

#[tokio::test]
async fn an_id_belongs_to_one_order() {
    on_every_store(async |world| {
        world.placed("o-1", &cart_of(3_000, "A")).await;
        let other = json!({"order_id": "o-1", "cart": cart_of(3_001, "A")});
        world.post("/v1/orders", &other).await.problem(OrderIdTaken);
        let other_shop = world.of_shop("other").await;
        other_shop.get("/v1/orders/o-1").await.problem(OrderNotFound);
        other_shop.placed("o-1", &cart_of(3_000, "A")).await;
    })
    .await;
}

/// B3: the counter counts orders placed with the code, not looks at it.
#[tokio::test]
async fn a_coupon_for_twenty_orders() {
    on_every_store(async |world| {
        world.promotion("first-twenty", &coupon("FIRST20", &json!({"total": 20}))).await;
        let cart = cart_of(3_000, "FIRST20");
        for n in 1..=20 {
            assert_eq!(world.due(&cart).await, 2_700);
            assert_eq!(world.placed(&format!("o-{n}"), &cart).await, 2_700);
            // Not the coupon's business.
            world.placed(&format!("without-{n}"), &cart_of(3_000, "OTHER")).await;
        }
        let quote = world.dearer("o-21", &cart, 2_700).await;
        assert_eq!((&quote["totals"]["due"], &quote["claims"]), (&json!(3_000), &Value::Null));
        assert_eq!(quote["codes"][0]["because"]["reason"], "used_up");
        // Told the new price, or not told any, the buyer pays it.
        assert_eq!(world.placed("o-21", &cart).await, 3_000);
        world.cancel("o-7", json!({})).await;
        assert_eq!(world.placed("o-22", &cart).await, 2_700);
        assert_eq!(world.due(&cart).await, 3_000);
    })
    .await;
}

/// 50.00 USD and 40.00 EUR are two balances, everybody's or each customer's own.
#[tokio::test]
async fn credit_in_another_currency_is_another_balance() {
    on_every_store(async |world| {
        for shared in [true, false] {
            let (id, code) = if shared { ("gift", "GIFT") } else { ("own", "OWN") };
            let amounts = json!(["50.00 USD", "40.00 EUR"]);
            let credit = json!({"credit": {"amount": amounts, "shared": shared}});
            world.promotion(id, &json!({"codes": [code], "benefits": [credit]})).await;
            let cart = |currency: &str, minor| {
                let mut cart = cart_for("ann", minor, code);
                cart["currency"] = json!(currency);
                cart
            };
            assert_eq!(world.placed(&format!("{id}-1"), &cart("USD", 4_500)).await, 0);
            // 5.00 of the dollars are left, and all of the euro.
            assert_eq!(world.due(&cart("USD", 4_500)).await, 4_000);
            assert_eq!(world.due(&cart("EUR", 4_500)).await, 500);
            assert_eq!(world.placed(&format!("{id}-2"), &cart("EUR", 4_500)).await, 500);
            assert_eq!(world.due(&cart("EUR", 4_500)).await, 4_500);
            assert_eq!(world.due(&cart("USD", 4_500)).await, 4_000);
            let order = world.get(&format!("/v1/orders/{id}-2")).await.ok(200);
            let of = if shared { Value::Null } else { json!("ann") };
            assert_eq!(
                (&order["order"]["claims"][0]["take"], &order["order"]["claims"][0]["of"]),
                (&json!(4_000), &of)
            );
            world.cancel(&format!("{id}-1"), json!({})).await;
            assert_eq!(world.due(&cart("USD", 4_500)).await, 0);
            assert_eq!(world.due(&cart("EUR", 4_500)).await, 4_500);
        }
    })
    .await;
}

#[tokio::test]
async fn what_has_become_cheaper_is_placed_and_reported() {
    on_every_store(async |world| {
        world.promotion("ten", &coupon("TEN", &json!({}))).await;
        let body = json!({"order_id": "o-1", "cart": cart_of(3_000, "TEN"), "expected": {"due": 3_000}});
        assert_eq!(world.post("/v1/orders", &body).await.ok(201)["order"]["due"], 2_700);
    })
    .await;
}

#[tokio::test]
async fn an_order_that_was_placed_is_answered_whatever_it_would_cost_today() {
    on_every_store(async |world| {
        world.promotion("only", &coupon("ONLY", &json!({"total": 1}))).await;
        let body = json!({"order_id": "o-1", "cart": cart_of(3_000, "ONLY"), "expected": {"due": 2_700}});
        let placed = world.post("/v1/orders", &body).await.ok(201);
        assert_eq!(world.post("/v1/orders", &body).await.ok(200), placed);
        // The documents change until the cart could not even be priced.
        world.put("/v1/events/spring", &json!({})).await.ok(201);
        let mut of_event = body.clone();
        (of_event["order_id"], of_event["cart"]["event"]) = (json!("o-2"), json!("spring"));
        of_event["expected"] = json!({"due": 3_000});
        let placed = world.post("/v1/orders", &of_event).await.ok(201);
        world.delete("/v1/events/spring").await.ok(204);
        assert_eq!(world.post("/v1/orders", &of_event).await.ok(200), placed);
        of_event["order_id"] = json!("o-3");
        world.post("/v1/orders", &of_event).await.problem(InvalidCart);
    })
    .await;
}

/// B6: a row is who orders, for how much, and what is drawn, paid and left.
async fn drawn(world: &World, rows: &[(&str, i64, i64, i64, i64)]) {
    for (n, &(who, price, off, pays, left)) in rows.iter().enumerate() {
        let cart = cart_for(who, price, "SORRY");
        let body = json!({"order_id": format!("o-{n}"), "cart": cart, "expected": {"due": pays}});
        let quote = &world.post("/v1/orders", &body).await.ok(201)["quote"];
        let totals = (&quote["totals"]["credit_applied"], &quote["totals"]["due"]);
        assert_eq!(totals, (&json!(off), &json!(pays)), "{who} {price}");
        let more = world.post("/v1/quotes", &cart_for(who, 100_000, "SORRY")).await.ok(200);
        assert_eq!(more["totals"]["credit_applied"], left, "{who} {price}");
    }
}

fn credit(shared: bool) -> Value {
    json!({"codes": ["SORRY"], "benefits": [{"credit": {"amount": "50.00 USD", "shared": shared}}]})
}

#[tokio::test]
async fn a_shared_credit_of_50() {
    on_every_store(async |world| {
        world.promotion("sorry", &credit(true)).await;
        let rows = [("a", 3_000, 3_000, 0, 2_000), ("b", 3_500, 2_000, 1_500, 0), ("a", 1_000, 0, 1_000, 0)];
        drawn(&world, &rows).await;
        // The order of B, cancelled in full: 20.00 are back, be its uses kept or not.
        let order = world.cancel("o-1", json!({"uses": "keep"})).await;
        assert_eq!(order["state"], "cancelled");
        assert_eq!(world.cancel("o-1", json!({})).await, order);
        assert_eq!(world.due(&cart_of(2_500, "SORRY")).await, 500);
    })
    .await;
}

#[tokio::test]
async fn a_credit_of_50_for_each() {
    on_every_store(async |world| {
        world.promotion("sorry", &credit(false)).await;
        let rows =
            [("a", 3_000, 3_000, 0, 2_000), ("b", 3_500, 3_500, 0, 1_500), ("a", 1_000, 1_000, 0, 1_000)];
        drawn(&world, &rows).await;
    })
    .await;
}

#[tokio::test]
async fn two_checkouts_of_40_on_a_shared_credit_of_50() {
    on_every_store(async |world| {
        world.promotion("sorry", &credit(true)).await;
        let (a, b) = (cart_for("a", 4_000, "SORRY"), cart_for("b", 4_000, "SORRY"));
        // Both look at the same moment, and are told that nothing is to be paid.
        assert_eq!((world.due(&a).await, world.due(&b).await), (json!(0), json!(0)));
        let order = |id: &str, cart: &Value, due: i64| {
            json!({"order_id": id, "cart": cart, "expected": {"due": due}})
        };
        let first = world.post("/v1/orders", &order("a-1", &a, 0)).await.ok(201);
        assert_eq!(first["quote"]["totals"]["credit_applied"], 4_000);
        let quote = world.dearer("b-1", &b, 0).await;
        assert_eq!(quote["totals"]["due"], 3_000);
        let second = world.post("/v1/orders", &order("b-1", &b, 3_000)).await.ok(201);
        assert_eq!(second["quote"]["totals"]["credit_applied"], 1_000);
        assert_eq!(second["order"]["claims"][0], json!({"promotion": "sorry", "limit": "shared_balance", "take": 1_000}));
    })
    .await;
}

#[tokio::test]
async fn a_budget_of_10() {
    on_every_store(async |world| {
        let budget = |clip: bool| json!({"budget": {"amount": "10.00 USD", "clip": clip}});
        world.promotion("fund", &coupon("FUND", &budget(false))).await;
        world.promotion("rest", &coupon("REST", &budget(true))).await;
        // 10 % of 60.00 is 6.00; of another 60.00 it would be 6.00 again, and 4.00 are left.
        for (code, pays) in [("FUND", 6_000), ("REST", 5_600)] {
            assert_eq!(world.placed(&format!("{code}-1"), &cart_of(6_000, code)).await, 5_400);
            assert_eq!(world.due(&cart_of(6_000, code)).await, pays, "{code}");
        }
        let quote = world.post("/v1/quotes", &cart_of(6_000, "FUND")).await.ok(200);
        assert_eq!(quote["codes"][0]["because"], json!({"reason": "budget_exhausted", "left": 400}));
        // 4.00 are enough for 40.00; then nothing is left, until the first order is cancelled: its uses may be kept,
        // its money comes back.
        assert_eq!(world.placed("FUND-2", &cart_of(4_000, "FUND")).await, 3_600);
        assert_eq!(world.due(&cart_of(100, "FUND")).await, 100);
        world.cancel("FUND-1", json!({"uses": "keep"})).await;
        assert_eq!(world.due(&cart_of(6_000, "FUND")).await, 5_400);
    })
    .await;
}

#[tokio::test]
async fn once_per_customer() {
    on_every_store(async |world| {
        world.promotion("once", &coupon("ONCE", &json!({"per_customer": 1}))).await;
        assert_eq!(world.placed("o-1", &cart_for("ann", 3_000, "ONCE")).await, 2_700);
        world.dearer("o-2", &cart_for("ann", 3_000, "ONCE"), 2_700).await;
        assert_eq!(world.placed("o-3", &cart_for("bob", 3_000, "ONCE")).await, 2_700);
        // Who they are must be known first.
        assert_eq!(world.placed("o-4", &cart_of(3_000, "ONCE")).await, 3_000);
    })
    .await;
}

#[tokio::test]
async fn twice_a_day_by_the_shops_calendar() {
    // 23:30 in Warsaw.
    on_every_store_at("2026-06-15T21:30:00Z", async |world, clock| {
        world.put("/v1/shop", &json!({"currency": "USD", "time_zone": "Europe/Warsaw"})).await.ok(201);
        world.promotion("two-a-day", &coupon("TODAY", &json!({"per_day": 2}))).await;
        let cart = cart_of(3_000, "TODAY");
        for id in ["o-1", "o-2"] {
            assert_eq!(world.placed(id, &cart).await, 2_700);
        }
        world.dearer("o-3", &cart, 2_700).await;
        clock.advance(SignedDuration::from_mins(30));
        assert_eq!(world.placed("o-3", &cart).await, 2_700);
        // A late cancellation returns to the day of its redemption, not to this one.
        world.cancel("o-1", json!({})).await;
        assert_eq!(world.placed("o-4", &cart).await, 2_700);
        world.dearer("o-5", &cart, 2_700).await;
    })
    .await;
}

#[tokio::test]
async fn the_first_order_in_two_tabs() {
    on_every_store(async |world| {
        let first = json!({
            "conditions": [{"order_number": {"to": 1}}], "benefits": [{"percent_off": {"percent": 10}}],
        });
        world.promotion("welcome", &first).await;
        let cart = cart_for("ann", 3_000, "-");
        assert_eq!((world.due(&cart).await, world.due(&cart).await), (json!(2_700), json!(2_700)));
        assert_eq!(world.placed("tab-1", &cart).await, 2_700);
        world.dearer("tab-2", &cart, 2_700).await;
        world.cancel("tab-1", json!({})).await;
        assert_eq!(world.placed("tab-2", &cart).await, 2_700);
    })
    .await;
}

#[tokio::test]
async fn uses_are_given_back_unless_they_are_kept() {
    on_every_store(async |world| {
        world.promotion("two", &coupon("TWO", &json!({"total": 2}))).await;
        let cart = cart_of(3_000, "TWO");
        for id in ["o-1", "o-2"] {
            world.placed(id, &cart).await;
        }
        world.cancel("o-1", json!({"uses": "keep"})).await;
        assert_eq!(world.due(&cart).await, 3_000);
        world.cancel("o-2", json!({"uses": "give_back"})).await;
        assert_eq!(world.due(&cart).await, 2_700);
        let order = world.get("/v1/orders/o-2").await.ok(200);
        assert_eq!(order["order"]["state"], "cancelled");
        assert!(order["order"]["cancelled_at"].is_string());
    })
    .await;
}

#[tokio::test]
async fn a_fault_names_its_place() {
    let world = world().await;
    let cart = cart_of(3_000, "A");
    let with = |field: &str, value: Value| {
        let mut body = json!({"order_id": "o-1", "cart": cart});
        body[field] = value;
        body
    };
    let mut later = cart.clone();
    later["at"] = json!("2027-01-01T00:00:00Z");
    let mut none = cart.clone();
    none["lines"][0]["quantity"] = json!(0);
    let cases = [
        (with("cart", later), "/cart/at", "not_allowed"),
        (with("cart", none), "/cart/lines/0/quantity", "out_of_range"),
        (with("order_id", json!("")), "/order_id", "invalid_name"),
        (with("cart_id", json!("a\nb")), "/cart_id", "invalid_name"),
        (with("expected", json!(5)), "/expected", "wrong_type"),
        (with("expected", json!({})), "/expected", "missing_field"),
        (with("ttl_s", json!(5)), "/ttl_s", "unknown_field"),
        (json!({"cart": cart}), "", "missing_field"),
        (json!([]), "", "wrong_type"),
    ];
    for (body, pointer, code) in cases {
        let error = world.post("/v1/orders", &body).await.error(InvalidCart);
        assert_eq!((error.0.as_str(), error.1.as_str()), (pointer, code), "{error:?}");
    }
    world.placed("o-1", &cart).await;
    let error = world.post("/v1/orders/o-1/cancel", &json!({"uses": "burn"})).await.error(InvalidRequest);
    assert_eq!((error.0.as_str(), error.1.as_str()), ("/uses", "unknown_value"), "{error:?}");
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_an_order() {
    let world = world().await;
    world.get("/v1/orders/o-1").await.problem(OrderNotFound);
    world.get("/v1/orders/o-1/activities").await.problem(OrderNotFound);
    world.post("/v1/orders/o-1/cancel", &json!({})).await.problem(OrderNotFound);
    world.get("/v1/orders/%0A").await.problem(BadParameter);
    world.get(&format!("/v1/orders/{}", "x".repeat(129))).await.problem(BadParameter);
}
