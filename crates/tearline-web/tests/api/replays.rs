//! Past orders, listed and priced again.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tearline_app::clock::StillClock;
use tearline_web::problem::ProblemKind::{BadParameter, InvalidRequest, OrderNotFound};

use crate::orders::{cart_of, coupon};
use crate::world::{World, on_every_store_at, percent_off, world};

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|order| order["order_id"].as_str().unwrap()).collect()
}

/// Five orders, a minute apart, with documents that change between them.
async fn placed(world: &World, clock: &StillClock) {
    for (number, percent) in [(1, 10), (2, 20), (3, 30), (4, 0), (5, 50)] {
        world.put("/v1/promotions/p", &percent_off(percent)).await;
        world.placed(&format!("o-{number}"), &cart_of(3_000, "A")).await;
        clock.advance(SignedDuration::from_secs(60));
    }
}

#[tokio::test]
async fn orders_are_listed_newest_first_and_page_by_page() {
    on_every_store_at("2026-11-21T10:00:00Z", async |world, clock| {
        placed(&world, clock).await;
        let all = world.get("/v1/orders").await.ok(200);
        assert_eq!(ids(&all), ["o-5", "o-4", "o-3", "o-2", "o-1"]);
        assert_eq!((&all["data"][0]["due"], &all["next_cursor"]), (&json!(1_500), &Value::Null));
        let first = world.get("/v1/orders?limit=2").await;
        let link = first.header("link").split(['<', '>']).nth(1).unwrap();
        let second = world.get(link).await.ok(200);
        assert_eq!((ids(&first.ok(200)), ids(&second)), (vec!["o-5", "o-4"], vec!["o-3", "o-2"]));
        let range = "from=2026-11-21T10:01:00Z&until=2026-11-21T10:03:00Z";
        assert_eq!(ids(&world.get(&format!("/v1/orders?{range}")).await.ok(200)), ["o-3", "o-2"]);
        // The range goes on with the pages.
        let first = world.get(&format!("/v1/orders?{range}&limit=1")).await;
        let link = first.header("link").split(['<', '>']).nth(1).unwrap();
        assert_eq!(ids(&world.get(link).await.ok(200)), ["o-2"]);
        let other = world.of_shop("other").await;
        assert!(ids(&other.get("/v1/orders").await.ok(200)).is_empty());
        for bad in ["after=MTpz", "after=x", "limit=0", "limit=201", "from=soon", "page=1"] {
            world.get(&format!("/v1/orders?{bad}")).await.problem(BadParameter);
        }
    })
    .await;
}

#[tokio::test]
async fn every_order_comes_to_the_same_cent_whatever_its_documents_say_today() {
    on_every_store_at("2026-11-21T10:00:00Z", async |world, clock| {
        placed(&world, clock).await;
        world.delete("/v1/promotions/p").await.ok(204);
        let exchange = json!({
            "units": [{"line": "a", "quantity": 1}], "add": [{"id": "b", "quantity": 1, "unit_price": 999}]
        });
        world.post("/v1/orders/o-2/exchanges", &exchange).await.ok(201);
        let one = world.get("/v1/orders/o-2/replay").await.ok(200);
        assert_eq!(
            (&one["outcome"], &one["due"], &one["arithmetic"]),
            (&json!("same"), &json!(2_400), &json!(1))
        );
        let range = json!({"from": "2026-11-21T10:01:00Z", "limit": 2});
        let first = world.post("/v1/replays", &range).await.ok(200);
        assert_eq!(ids(&first), ["o-2", "o-3"]);
        let next = json!({"after": first["next_cursor"], "limit": 3});
        let second = world.post("/v1/replays", &next).await.ok(200);
        assert_eq!((ids(&second), &second["next_cursor"]), (vec!["o-4", "o-5"], &Value::Null));
        let same =
            |page: &Value| page["data"].as_array().unwrap().iter().all(|order| order["outcome"] == "same");
        assert!(same(&first) && same(&second));
        world.get("/v1/orders/o-9/replay").await.problem(OrderNotFound);
    })
    .await;
}

/// 10 % of 30.00 each, up to 5.00 in all: 3.00, then 2.00, then nothing. The cancelled one is left out.
#[tokio::test]
async fn a_draft_is_tried_on_past_orders_and_counts_from_page_to_page() {
    on_every_store_at("2026-11-21T10:00:00Z", async |world, clock| {
        world.promotion("ten", &coupon("TEN", &json!({}))).await;
        for id in ["o-1", "o-2", "o-3", "o-4"] {
            world.placed(id, &cart_of(3_000, "A")).await;
            clock.advance(SignedDuration::from_secs(60));
        }
        world.post("/v1/orders/o-2/cancel", &json!({})).await.ok(200);
        let draft = json!([{
            "kind": "promotion", "id": "draft", "limits": {"budget": {"amount": "5.00 USD", "clip": true}},
            "benefits": [{"percent_off": {"percent": 10}}]
        }]);
        let mut asked = json!({"documents": draft, "limit": 2});
        let mut told = Vec::new();
        loop {
            let page = world.post("/v1/replays", &asked).await.ok(200);
            told.extend(page["data"].as_array().unwrap().iter().map(|order| {
                let due = order["with_draft"]["due"].as_i64().unwrap_or(-1);
                (order["outcome"].as_str().unwrap().to_owned(), due, order["applied"].is_array())
            }));
            if page["next_cursor"].is_null() {
                break;
            }
            (asked["after"], asked["taken"]) = (page["next_cursor"].clone(), page["taken"].clone());
        }
        let of = |outcome: &str, due, applied| (outcome.to_owned(), due, applied);
        assert_eq!(
            told,
            [
                of("different", 2_700, true),
                of("left_out", -1, false),
                of("different", 2_800, true),
                of("same", 3_000, false)
            ]
        );
        // Nothing was written.
        assert_eq!(world.due(&cart_of(3_000, "A")).await, 3_000);
        assert_eq!(world.get("/v1/configuration").await.ok(200)["config_version"], 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_draft_is_said_with_its_place() {
    let world = world().await;
    for (body, pointer) in [
        (json!({"limit": 0}), "/limit"),
        (json!({"after": "x"}), "/after"),
        (json!({"from": "soon"}), "/from"),
        (json!({"documents": [{"kind": "promotion", "id": "p", "benefit": []}]}), "/documents/0"),
        (
            json!({"documents": [{"kind": "promotion", "id": "p", "events": ["gone"], "benefits": []}]}),
            "/events/0",
        ),
        (json!({"with": []}), "/with"),
    ] {
        let told = world.post("/v1/replays", &body).await.error(InvalidRequest);
        assert!(told.0.starts_with(pointer), "{body}: {told:?}");
    }
}
