//! Who a customer is: by the shop's name for them, else by an e-mail address.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{InvalidCart, NotFound};

use crate::orders::{cart_of, coupon};
use crate::world::{World, on_every_store};

fn cart_by(email: &str) -> Value {
    let mut cart = cart_of(10_000, "ONCE");
    cart["customer"] = json!({ "email": email });
    cart
}

async fn once_each(world: &World, emails: &Value) {
    world.put("/v1/shop", &json!({"currency": "USD", "emails": emails})).await;
    world.promotion("once", &coupon("ONCE", &json!({"per_customer": 1}))).await;
}

#[tokio::test]
async fn a_limit_for_each_customer_counts_by_address_where_there_is_no_name() {
    on_every_store(async |world| {
        once_each(&world, &json!({})).await;
        assert_eq!(world.placed("o1", &cart_by("Ann@Example.com")).await, 9_000);
        assert_eq!(world.due(&cart_by(" ann@example.COM ")).await, 10_000);
        assert_eq!(world.due(&cart_by("ann+sale@example.com")).await, 9_000);
        let told = world.get("/v1/customers/email:ann@example.com").await.ok(200);
        assert_eq!((&told["orders"], &told["email"]), (&json!(1), &json!("Ann@Example.com")));
        world.get("/v1/customers/bob").await.problem(NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_shop_says_that_tagged_addresses_are_the_same() {
    on_every_store(async |world| {
        once_each(&world, &json!({"ignore_tags": true, "ignore_dots": true})).await;
        let hold = json!({"cart_id": "mine", "cart": cart_by("a.nn@example.com")});
        assert_eq!(world.post("/v1/holds", &hold).await.ok(200)["hold"]["due"], 9_000);
        let order = json!({"order_id": "o1", "cart_id": "mine", "cart": cart_by("a.nn@example.com")});
        assert_eq!(world.post("/v1/orders", &order).await.ok(201)["order"]["due"], 9_000);
        assert_eq!(world.due(&cart_by("ann+sale@example.com")).await, 10_000);
        assert_eq!(world.placed("o2", &cart_by("Ann+2@example.com")).await, 10_000);
        let told = world.get("/v1/customers/email:ann@example.com").await.ok(200);
        assert_eq!(told["orders"], 2);
    })
    .await;
}

#[tokio::test]
async fn who_is_nobody_is_named() {
    on_every_store(async |world| {
        for customer in [json!({}), json!({"email": "ann"})] {
            let mut cart = cart_of(10_000, "ONCE");
            cart["customer"] = customer;
            let told = world.post("/v1/quotes", &cart).await.error(InvalidCart);
            assert_eq!(told.0, "/customer", "{told:?}");
        }
    })
    .await;
}
