//! `POST /v1/carts/edit`.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::InvalidEdit;

use crate::world::{cart, world};

fn line(id: &str, quantity: u32) -> Value {
    json!({"id": id, "quantity": quantity, "unit_price": 500})
}

#[tokio::test]
async fn edits_are_made_in_order_and_keep_the_order_of_adding() {
    let world = world().await;
    let edits = json!([
        {"add": {"line": line("b", 1), "seq": 7}},
        {"raise": {"line": "a", "units": 2, "seq": 9}},
        {"lower": {"line": "a", "units": 1}},
        {"remove": {"line": "b"}},
        {"merge": {"cart": cart(&line("c", 1))}},
    ]);
    let edited =
        world.post("/v1/carts/edit", &json!({"cart": cart(&line("a", 1)), "edits": edits})).await.ok(200);
    let lines = &edited["cart"]["lines"];
    assert_eq!((&lines[0]["quantity"], &lines[1]["id"]), (&json!(2), &json!("c")));
    assert_eq!(lines[0]["adds"], json!([{"seq": 1, "units": 1}, {"seq": 9, "units": 1}]));
}

#[tokio::test]
async fn a_fault_names_the_edit() {
    let world = world().await;
    let ok = json!({"lower": {"line": "a", "units": 1}});
    let many = cart(&line("a", 1));
    let many = json!({"currency": "USD", "lines": vec![many["lines"][0].clone(); 2_000]});
    let cases = [
        (json!([{"remove": {"line": "z"}}]), "/edits/0", "impossible", "no line `z`"),
        (json!([ok, {"remove": {"line": "z"}}]), "/edits/1", "impossible", "no line `z`"),
        (json!([{"raise": {"line": "a", "units": 0, "seq": 1}}]), "/edits/0", "impossible", "from 1 to"),
        (json!([{"add": {"line": line("a", 1), "seq": 1}}]), "/edits/0", "impossible", "already"),
        (
            json!([{"add": {"line": line("b", 0), "seq": 1}}]),
            "/edits/0/add/line/quantity",
            "out_of_range",
            "1 to",
        ),
        (json!([{"add": {"line": line("b", 99_999), "seq": 1}}]), "/edits/0", "too_many", "100000 units"),
        (json!([{"merge": {"cart": {"currency": "EUR", "lines": []}}}]), "/edits/0", "impossible", "EUR"),
        (json!([{"merge": {"cart": many}}]), "/edits/0/merge/cart/lines", "too_many", "1000 lines"),
        (json!([{"double": {"line": "a"}}]), "/edits/0", "unknown_value", "`add`, `raise`, `lower`"),
        (json!([{"remove": {"line": "a", "units": 1}}]), "/edits/0/remove/units", "unknown_field", "`line`"),
        (json!(vec![ok; 1_001]), "/edits", "too_many", "at most 1000"),
    ];
    for (edits, pointer, code, message) in cases {
        let body = json!({"cart": cart(&line("a", 2)), "edits": edits});
        let error = world.post("/v1/carts/edit", &body).await.error(InvalidEdit);
        assert_eq!((error.0.as_str(), error.1.as_str()), (pointer, code), "{error:?}");
        assert!(error.2.contains(message), "{error:?}");
    }
}

#[tokio::test]
async fn a_cart_that_could_not_be_priced_is_not_edited() {
    let world = world().await;
    let body = json!({"cart": cart(&line("a", 0)), "edits": []});
    let error = world.post("/v1/carts/edit", &body).await.error(InvalidEdit);
    assert_eq!((error.0.as_str(), error.1.as_str()), ("/cart/lines/0/quantity", "out_of_range"));
}
