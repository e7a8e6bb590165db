//! `/v1/orders/{id}/refunds` and `/exchanges`: what was paid comes back, every cent of it once.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    HasRefunds, IdempotencyKeyReused, InvalidCart, InvalidRequest, OrderCancelled, OrderNotFound,
    RefundRefused, UsedUp,
};

use crate::orders::{cart_for, cart_of, coupon};
use crate::world::{World, on_every_store, on_every_store_at, world};

/// `{"units": …, "policy": …}` of one line.
fn units(line: &str, quantity: u32, policy: &str) -> Value {
    json!({"units": [{"line": line, "quantity": quantity}], "policy": policy})
}

/// Net, tax, money and credit.
fn figures(sum: &Value) -> [i64; 4] {
    let minor = |field: &str| sum[field].as_i64().unwrap();
    let credits = sum["credits"].as_object().into_iter().flatten();
    [minor("net"), minor("tax"), minor("money"), credits.map(|(_, minor)| minor.as_i64().unwrap()).sum()]
}

impl World {
    async fn refund(&self, id: &str, request: &Value) -> Value {
        self.post(&format!("/v1/orders/{id}/refunds"), request).await.ok(201)["statement"].clone()
    }

    /// What a refund is refused for: its place, its reason and what is said.
    async fn refused(&self, id: &str, request: &Value) -> (String, String, String) {
        self.post(&format!("/v1/orders/{id}/refunds"), request).await.error(RefundRefused)
    }

    /// The shop and the order of requirements.md B8; its sums stand in the tests of the core.
    async fn order_of_b8(&self) {
        let list = json!({
            "categories": [{"id": "photo-prints", "bulk": {"steps": [{"from": 2, "percent": 10}]}}],
            "products": [
                {"id": "8x10", "categories": ["photo-prints"], "price": "20.00 USD",
                 "bulk": {"steps": [{"from": 3, "amount": "2.00 USD"}]}},
                {"id": "4x5", "categories": ["photo-prints"], "price": "5.00 USD"},
                {"id": "5x7", "categories": ["photo-prints"], "price": "8.00 USD"}
            ]
        });
        self.put("/v1/price-lists/prints", &list).await.ok(201);
        let event = json!({
            "price_list": "prints",
            "product_discounts": [{"products": ["4x5"], "percent": 100, "minimum": "50.00 USD"}],
            "order_discounts": [{"percent": 10, "minimum": "50.00 USD"}]
        });
        self.put("/v1/events/spring", &event).await.ok(201);
        let five = json!({
            "codes": ["FIVE"], "stacking": "chain", "conditions": [{"minimum": {"amount": "50.00 USD"}}],
            "benefits": [{"amount_off": {"amount": "5.00 USD"}}]
        });
        self.promotion("five-off", &five).await;
        let cart = json!({
            "currency": "USD", "event": "spring", "codes": ["FIVE"],
            "shipping": {"options": [{"id": "post", "price": 600}], "chosen": "post"},
            "tax_rates": [{"percent": 8}],
            "lines": [
                {"id": "a", "product": "8x10", "quantity": 2},
                {"id": "b", "product": "4x5", "quantity": 1},
                {"id": "c", "product": "5x7", "quantity": 2}
            ]
        });
        assert_eq!(self.placed("o-1", &cart).await, 5_348);
        // What is changed afterwards is not the order's business.
        self.delete("/v1/promotions/five-off").await.ok(204);
        self.put("/v1/events/spring", &json!({"price_list": "prints"})).await.ok(200);
        let dearer = json!({"products": [{"id": "8x10", "price": "99.00 USD"}]});
        self.put("/v1/price-lists/prints", &dearer).await.ok(200);
    }
}

/// B8. 8x10: 16.16 + 1.29 tax; the other one 16.16 + 1.30; the 4x5 was free; 5x7: 11.64 + 0.93; shipping 6.00.
#[tokio::test]
async fn keep_gives_back_what_each_unit_cost() {
    on_every_store(async |world| {
        world.order_of_b8().await;
        let first = world.refund("o-1", &units("a", 1, "keep")).await;
        assert_eq!(figures(&first["total"]), [1_616, 129, 1_745, 0]);
        assert_eq!(first["lines"][0]["first_unit"], 2);
        let second = world.refund("o-1", &units("a", 1, "keep")).await;
        assert_eq!(figures(&second["total"]), [1_616, 130, 1_746, 0]);
        let rest = json!({"units": [{"line": "c", "quantity": 2}, {"line": "b", "quantity": 1}], "shipping": "full"});
        let third = world.refund("o-1", &rest).await;
        assert_eq!(figures(&third["lines"][0]["total"]), [0, 0, 0, 0]);
        assert_eq!(figures(&third["lines"][1]["total"]), [1_164, 93, 1_257, 0]);
        // 17.45 + 17.46 + 12.57 + 6.00 = 53.48
        assert_eq!(third["total"]["money"], 5_348 - 1_745 - 1_746);
        assert_eq!(figures(&third["remains"]["total"]), [0, 0, 0, 0]);
    })
    .await;
}

/// B8. 20.00 + 4.50 + 2 × 7.20 = 38.90 reach no minimum; tax 3.11, shipping 6.00: 48.01. 53.48 − 48.01 = 5.47.
#[tokio::test]
async fn reprice_gives_back_what_was_paid_above_the_new_price() {
    on_every_store(async |world| {
        world.order_of_b8().await;
        let first = world.refund("o-1", &units("a", 1, "reprice")).await;
        assert_eq!(figures(&first["total"]), [506, 41, 547, 0]);
        assert_eq!(figures(&first["remains"]["total"]), [3_890 + 600, 311, 4_801, 0]);
        // Without the 4x5: 20.00 + 14.40 = 34.40, tax 2.75, 6.00: 43.15. 48.01 − 43.15 = 4.86.
        let second = world.refund("o-1", &units("b", 1, "reprice")).await;
        assert_eq!(figures(&second["total"]), [450, 36, 486, 0]);
    })
    .await;
}

/// B8. The rest loses 4.50, 2.00 + 2 × 0.72 and 1.84 + 2 × 0.66 = 11.10; 16.16 − 11.10 = 5.06 and 0.40 of the tax.
#[tokio::test]
async fn claw_back_keeps_what_the_rest_loses() {
    on_every_store(async |world| {
        world.order_of_b8().await;
        let first = world.refund("o-1", &units("a", 1, "claw_back")).await;
        assert_eq!(figures(&first["total"]), [506, 40, 546, 0]);
        let lost = json!([
            {"promotion": "event:spring:product:1", "minor": 450},
            {"promotion": "event:spring:order:1", "minor": 344},
            {"promotion": "five-off", "minor": 316}
        ]);
        assert_eq!(first["lost"], lost);
        let rest = json!({
            "units": [
                {"line": "a", "quantity": 1}, {"line": "b", "quantity": 1}, {"line": "c", "quantity": 2}
            ],
            "shipping": "full", "policy": "claw_back"
        });
        assert_eq!(world.refund("o-1", &rest).await["total"]["money"], 5_348 - 546);
    })
    .await;
}

#[tokio::test]
async fn a_preview_changes_nothing_and_says_what_will_be() {
    on_every_store_at("2026-11-21T10:00:00Z", async |world, _| {
        world.order_of_b8().await;
        let before = world.get("/v1/orders/o-1").await.ok(200);
        let request = units("a", 1, "reprice");
        let preview = world.post("/v1/orders/o-1/refunds/preview", &request).await.ok(200);
        assert_eq!((&preview["number"], &preview["at"]), (&json!(1), &json!("2026-11-21T10:00:00Z")));
        assert_eq!(world.get("/v1/orders/o-1").await.ok(200), before);
        assert_eq!(world.post("/v1/orders/o-1/refunds", &request).await.ok(201), preview);
        let order = world.get("/v1/orders/o-1").await.ok(200);
        assert_eq!(order["statements"], json!([preview]));
        assert_eq!((&order["quote"], &order["order"]), (&before["quote"], &before["order"]));
        let told = world.get("/v1/orders/o-1/activities").await.ok(200);
        assert_eq!(
            (&told["data"][1]["activity"], &told["data"][1]["statement"]),
            (&json!("order_refunded"), &json!(1))
        );
        world.post("/v1/orders/o-1/cancel", &json!({})).await.problem(HasRefunds);
    })
    .await;
}

/// Every sequence of three refunds by which an order of three units at 3.33, with 8 % of tax, comes back, under every
/// policy: 9.99 and 0.80, of which 5.00 were paid with credit.
#[tokio::test]
async fn any_sequence_adds_up_to_what_was_paid() {
    let world = world().await;
    let credit =
        json!({"codes": ["SORRY"], "benefits": [{"credit": {"amount": "100.00 USD", "shared": true}}]});
    world.promotion("sorry", &credit).await;
    let cart = |price: i64| {
        json!({
            "currency": "USD", "codes": ["SORRY"], "tax_rates": [{"percent": 8}],
            "shipping": {"options": [{"id": "post", "price": 100}], "chosen": "post"},
            "lines": [
                {"id": "a", "quantity": 2, "unit_price": price},
                {"id": "b", "quantity": 1, "unit_price": price}
            ]
        })
    };
    // Leaves 5.00 of the credit, again and again.
    let policies = ["keep", "reprice", "claw_back"];
    let parts = [
        json!({"units": [{"line": "a", "quantity": 1}]}),
        json!({"units": [{"line": "b", "quantity": 1}]}),
        json!({"units": [{"line": "a", "quantity": 1}], "shipping": {"minor": 33}}),
    ];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut number = 0;
    for order in orders {
        for policy in (0..27).map(|n| [n % 3, n / 3 % 3, n / 9]) {
            number += 1;
            let id = format!("o-{number}");
            let due = world.placed(&id, &cart(333)).await.as_i64().unwrap();
            let placed = world.get(&format!("/v1/orders/{id}")).await.ok(200);
            let totals = &placed["quote"]["totals"];
            let mut back = [0; 4];
            for (part, policy) in order.into_iter().zip(policy) {
                let mut request = parts[part].clone();
                request["policy"] = json!(policies[policy]);
                let total = world.refund(&id, &request).await["total"].clone();
                back.iter_mut().zip(figures(&total)).for_each(|(back, more)| *back += more);
            }
            let rest = world.refund(&id, &json!({"shipping": "full"})).await["total"].clone();
            back.iter_mut().zip(figures(&rest)).for_each(|(back, more)| *back += more);
            assert_eq!(
                (back[2], back[3]),
                (due, totals["credit_applied"].as_i64().unwrap()),
                "{id} {policy:?}"
            );
            assert_eq!(back[1], totals["tax"].as_i64().unwrap(), "{id} {policy:?}");
            assert_eq!(world.refused(&id, &json!({"shipping": "full"})).await.1, "shipping_already_refunded");
        }
    }
    // All of the credit is back.
    let quote = world.post("/v1/quotes", &cart(100_000)).await.ok(200);
    assert_eq!(quote["totals"]["credit_applied"], 10_000);
}

#[tokio::test]
async fn returned_credit_is_on_its_balance_again() {
    on_every_store(async |world| {
        let credit =
            json!({"codes": ["SORRY"], "benefits": [{"credit": {"amount": "50.00 USD", "shared": true}}]});
        world.promotion("sorry", &credit).await;
        let mut cart = cart_of(4_000, "SORRY");
        cart["lines"][0]["quantity"] = json!(2);
        // 80.00, of them 50.00 with credit.
        assert_eq!(world.placed("o-1", &cart).await, 3_000);
        assert_eq!(world.due(&cart_of(1_000, "SORRY")).await, 1_000);
        let statement = world.refund("o-1", &units("a", 1, "keep")).await;
        assert_eq!(statement["credits"], json!([{"promotion": "sorry", "minor": 2_500}]));
        assert_eq!(figures(&statement["total"]), [4_000, 0, 1_500, 2_500]);
        // 25.00 can be spent again.
        assert_eq!(world.due(&cart_of(3_000, "SORRY")).await, 500);
        assert_eq!(world.placed("o-2", &cart_of(3_000, "SORRY")).await, 500);
        assert_eq!(world.due(&cart_of(1_000, "SORRY")).await, 1_000);
    })
    .await;
}

#[tokio::test]
async fn what_a_budget_gave_for_refunded_units_is_free_again() {
    on_every_store(async |world| {
        let fund = json!({
            "codes": ["FUND"], "limits": {"budget": {"amount": "6.00 USD"}},
            "benefits": [{"percent_off": {"percent": 10}}]
        });
        world.promotion("fund", &fund).await;
        let mut cart = cart_of(3_000, "FUND");
        cart["lines"][0]["quantity"] = json!(2);
        assert_eq!(world.placed("o-1", &cart).await, 5_400);
        assert_eq!(world.due(&cart_of(3_000, "FUND")).await, 3_000);
        let statement = world.refund("o-1", &units("a", 1, "keep")).await;
        assert_eq!(statement["budgets"], json!([{"promotion": "fund", "minor": 300}]));
        assert_eq!(world.placed("o-2", &cart_of(3_000, "FUND")).await, 2_700);
        assert_eq!(world.due(&cart_of(3_000, "FUND")).await, 3_000);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_sent_again_refunds_once() {
    on_every_store_at("2026-11-21T10:00:00Z", async |world, clock| {
        world.placed("o-1", &cart_of(3_000, "A")).await;
        let path = "/v1/orders/o-1/refunds";
        let send =
            async |body: &Value| world.send_with("POST", path, &[("idempotency-key", "r-1")], body).await;
        let nothing = units("b", 1, "keep");
        assert_eq!(send(&nothing).await.error(RefundRefused).1, "unit_not_in_order");
        // A refusal binds no name. Afterwards there is nothing left to refund, and the answer is the same.
        let first = send(&units("a", 1, "keep")).await.ok(201);
        clock.advance(SignedDuration::from_secs(60));
        assert_eq!(send(&units("a", 1, "keep")).await.ok(201), first);
        send(&nothing).await.problem(IdempotencyKeyReused);
        assert_eq!(world.get("/v1/orders/o-1").await.ok(200)["statements"], json!([first]));
        assert_eq!(world.refused("o-1", &units("a", 1, "keep")).await.1, "already_refunded");
        let key = [("idempotency-key", "r-1")];
        let exchange = json!({"units": [], "add": []});
        world
            .send_with("POST", "/v1/orders/o-1/exchanges", &key, &exchange)
            .await
            .problem(IdempotencyKeyReused);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_refunded_is_said_to_be() {
    let world = world().await;
    world.post("/v1/orders/o-1/refunds", &units("a", 1, "keep")).await.problem(OrderNotFound);
    world.post("/v1/orders/o-1/refunds/preview", &units("a", 1, "keep")).await.problem(OrderNotFound);
    world.post("/v1/orders/o-1/exchanges", &json!({"units": [], "add": []})).await.problem(OrderNotFound);
    let mut cart = cart_of(3_000, "A");
    cart["lines"][0]["quantity"] = json!(2);
    cart["shipping"] = json!({"options": [{"id": "post", "price": 600}], "chosen": "post"});
    world.placed("o-1", &cart).await;
    let cases = [
        (units("b", 1, "keep"), "/units", "unit_not_in_order", "the order has 0 units of line `b`"),
        (units("a", 3, "keep"), "/units", "unit_not_in_order", "the order has 2 units of line `a`"),
        (json!({}), "", "nothing_to_refund", "nothing is to be refunded: name units or shipping"),
        (
            json!({"shipping": {"minor": 601}}),
            "/shipping",
            "shipping_above_paid",
            "from 0 to 600 of shipping are left to refund",
        ),
    ];
    for (request, pointer, code, message) in cases {
        let told = world.refused("o-1", &request).await;
        assert_eq!((told.0.as_str(), told.1.as_str(), told.2.as_str()), (pointer, code, message));
    }
    world.refund("o-1", &units("a", 1, "keep")).await;
    assert_eq!(world.refused("o-1", &units("a", 2, "keep")).await.1, "already_refunded");
    for (request, pointer) in [
        (json!({"units": [{"line": "a"}]}), "/units/0"),
        (json!({"policy": "burn"}), "/policy"),
        (json!({"shipping": "some"}), "/shipping"),
        (json!({"line": "a"}), "/line"),
        (json!([]), ""),
    ] {
        for path in ["/v1/orders/o-1/refunds", "/v1/orders/o-1/refunds/preview"] {
            assert_eq!(world.post(path, &request).await.error(InvalidRequest).0, pointer, "{request}");
        }
    }
    world.placed("o-2", &cart).await;
    world.post("/v1/orders/o-2/cancel", &json!({})).await.ok(200);
    world.post("/v1/orders/o-2/refunds", &units("a", 1, "keep")).await.problem(OrderCancelled);
    let exchange = json!({"units": [{"line": "a", "quantity": 1}], "add": []});
    world.post("/v1/orders/o-2/exchanges", &exchange).await.problem(OrderCancelled);
}

/// 20.00 were paid; of what comes one costs 30.00, another 12.00.
#[tokio::test]
async fn an_exchange_is_one_statement_with_what_is_to_be_paid() {
    on_every_store(async |world| {
        world.placed("o-1", &cart_of(2_000, "A")).await;
        let swap = |gone: &str, line: &str, price: i64| {
            json!({
                "units": [{"line": gone, "quantity": 1}],
                "add": [{"id": line, "quantity": 1, "unit_price": price}]
            })
        };
        let request = swap("a", "b", 3_000);
        let preview = world.post("/v1/orders/o-1/exchanges/preview", &request).await.ok(200);
        assert_eq!(preview["exchange"]["to_pay"]["money"], 1_000);
        assert!(world.get("/v1/orders/o-1").await.ok(200)["statements"].is_null());
        let dearer = world.post("/v1/orders/o-1/exchanges", &request).await.ok(201);
        assert_eq!(dearer["exchange"]["to_pay"], json!({"net": 1_000, "tax": 0, "money": 1_000}));
        assert_eq!(dearer["exchange"]["quote"]["totals"]["due"], 3_000);
        assert_eq!(dearer["exchange"]["cart"]["lines"][0]["id"], "b");
        assert!(
            dearer["exchange"]["quote"]["lines"][0]["units"].is_null(),
            "compact, as all quotes that are kept"
        );
        // From there on it is an order of `b`.
        assert_eq!(world.refused("o-1", &units("a", 1, "keep")).await.1, "unit_not_in_order");
        let cheaper = world.post("/v1/orders/o-1/exchanges", &swap("b", "c", 1_200)).await.ok(201);
        assert_eq!(figures(&cheaper["statement"]["total"]), [1_800, 0, 1_800, 0]);
        assert_eq!((&cheaper["number"], &cheaper["exchange"]["to_pay"]["money"]), (&json!(2), &json!(0)));
        let last = world.refund("o-1", &units("c", 1, "keep")).await;
        assert_eq!(figures(&last["total"]), [1_200, 0, 1_200, 0]);
        let told = world.get("/v1/orders/o-1/activities").await.ok(200);
        let told: Vec<_> = told["data"].as_array().unwrap().iter().map(|told| &told["activity"]).collect();
        assert_eq!(told, ["order_placed", "order_exchanged", "order_exchanged", "order_refunded"]);
    })
    .await;
}

#[tokio::test]
async fn what_comes_in_exchange_takes_its_claims_or_nothing_is_done() {
    on_every_store(async |world| {
        let mut once = coupon("ONCE", &json!({"total": 1}));
        once["conditions"] = json!([{"minimum": {"amount": "50.00 USD"}}]);
        world.promotion("once", &once).await;
        // The code waits for 50.00 in both.
        for id in ["o-1", "o-2"] {
            assert_eq!(world.placed(id, &cart_of(3_000, "ONCE")).await, 3_000);
        }
        let larger = json!({
            "units": [{"line": "a", "quantity": 1}],
            "add": [{"id": "b", "quantity": 1, "unit_price": 6_000}]
        });
        let first = world.post("/v1/orders/o-1/exchanges", &larger).await.ok(201);
        assert_eq!(first["exchange"]["to_pay"]["money"], 5_400 - 3_000);
        let order = world.get("/v1/orders/o-1").await.ok(200);
        assert_eq!(order["order"]["claims"], json!([{"promotion": "once", "limit": "total", "take": 1}]));
        world.post("/v1/orders/o-2/exchanges", &larger).await.problem(UsedUp);
        assert!(world.get("/v1/orders/o-2").await.ok(200)["statements"].is_null());
        assert_eq!(world.due(&cart_of(6_000, "ONCE")).await, 6_000);
        // What it has taken once it does not take again.
        let smaller = json!({
            "units": [{"line": "b", "quantity": 1}],
            "add": [{"id": "c", "quantity": 1, "unit_price": 5_500}]
        });
        assert_eq!(world.post("/v1/orders/o-1/exchanges", &smaller).await.ok(201)["number"], 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_what_comes_is_said_with_its_place() {
    let world = world().await;
    world.placed("o-1", &cart_of(2_000, "A")).await;
    let add = |line: Value| json!({"units": [{"line": "a", "quantity": 1}], "add": [line]});
    for (request, pointer) in [
        (add(json!({"id": "a", "quantity": 1, "unit_price": 1})), "/add/0/id"),
        (add(json!({"id": "b", "quantity": 0, "unit_price": 1})), "/add/0/quantity"),
        (add(json!({"id": "b", "quantity": 1})), "/add/0/unit_price"),
        (json!({"units": []}), ""),
        (json!({"units": [], "add": [], "policy": "keep"}), "/policy"),
    ] {
        let told = world.post("/v1/orders/o-1/exchanges", &request).await.error(InvalidCart);
        assert_eq!(told.0, pointer, "{request} {told:?}");
    }
    let nothing = json!({"units": [], "add": [{"id": "b", "quantity": 1, "unit_price": 1}]});
    let told = world.post("/v1/orders/o-1/exchanges", &nothing).await.error(RefundRefused);
    assert_eq!(told.1, "nothing_to_refund");
}

/// The order stands on a hold: it was priced before its documents changed, and is refunded as it was priced.
#[tokio::test]
async fn an_order_from_a_hold_is_refunded_by_the_documents_of_the_hold() {
    on_every_store(async |world| {
        world.promotion("ten", &coupon("TEN", &json!({"total": 9}))).await;
        let cart = cart_for("ann", 3_000, "TEN");
        let hold = json!({"cart_id": "cart", "cart": cart});
        world.post("/v1/holds", &hold).await.ok(200);
        let twenty =
            json!({"codes": ["TEN"], "limits": {"total": 9}, "benefits": [{"percent_off": {"percent": 5}}]});
        world.put("/v1/promotions/ten", &twenty).await.ok(200);
        let order = json!({"order_id": "o-1", "cart_id": "cart", "cart": cart, "expected": {"due": 2_700}});
        world.post("/v1/orders", &order).await.ok(201);
        assert_eq!(world.refund("o-1", &units("a", 1, "keep")).await["total"]["money"], 2_700);
    })
    .await;
}
