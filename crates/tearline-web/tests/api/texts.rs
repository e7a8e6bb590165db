//! Texts for customers, in the languages of a shop.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{InvalidCart, InvalidDocument};

use crate::world::{on_every_store, world};

fn spring(texts: &Value) -> Value {
    json!({
        "codes": ["SPRING"], "texts": texts,
        "conditions": [{"minimum": {"amount": "50.00 PLN"}}], "benefits": [{"percent_off": {"percent": 10}}],
    })
}

fn cart(language: &str, unit_price: i64) -> Value {
    let lines = [json!({"id": "a", "quantity": 1, "unit_price": unit_price})];
    json!({"currency": "PLN", "language": language, "codes": ["SPRING"], "lines": lines})
}

#[tokio::test]
async fn a_quote_speaks_the_buyers_language() {
    on_every_store(async |world| {
        let shop = json!({"currency": "PLN", "texts": {"pl": {"decimal_mark": ",", "unknown": "Nie ma"}}});
        world.put("/v1/shop", &shop).await.ok(201);
        let texts = json!({"pl": {"name": "Wiosna", "minimum_not_met": "Brakuje {missing} do rabatu"}});
        world.put("/v1/promotions/spring", &spring(&texts)).await.ok(201);
        let waits = world.post("/v1/quotes", &cart("pl-PL", 1_000)).await.ok(200);
        assert_eq!(waits["codes"][0]["says"], "Brakuje 40,00 PLN do rabatu");
        assert_eq!(waits["hints"][0]["says"], "Brakuje 40,00 PLN do rabatu");
        assert_eq!(waits["hints"][0]["name"], "Wiosna");
        let applies = world.post("/v1/quotes", &cart("pl-PL", 5_000)).await.ok(200);
        assert_eq!(applies["promotions"][0]["name"], "Wiosna");
        assert!(applies["codes"][0].get("says").is_none(), "{applies}");
        let english = world.post("/v1/quotes", &cart("en", 1_000)).await.ok(200);
        assert_eq!(english["hints"][0]["says"], "add 40.00 PLN for 10% off the order");
    })
    .await;
}

#[tokio::test]
async fn a_text_that_cannot_be_said_is_told_with_its_place() {
    let world = world().await;
    let cases = [
        (
            json!({"pl": {"minimum_not_met": "{mising}"}}),
            "/texts/pl/minimum_not_met",
            "`{missing}`, `{minimum}`",
        ),
        (json!({"pl": {"minimum_not_mt": "x"}}), "/texts/pl/minimum_not_mt", "expected one of `name`"),
        (json!({"pl": {"name": 5}}), "/texts/pl/name", "put it in quotes"),
        (json!({"Polish": {"name": "x"}}), "/texts/Polish", "such as `pl` or `en-GB`"),
        (json!({"pl": {"amount": "{digits}"}}), "/texts/pl/amount", "the document of kind `shop`"),
    ];
    for (texts, pointer, message) in cases {
        let error = world.put("/v1/promotions/p", &spring(&texts)).await.error(InvalidDocument);
        assert_eq!(error.0, pointer, "{error:?}");
        assert!(error.2.contains(message), "{error:?}");
    }
    let error = world.put("/v1/shop", &json!({"currency": "PLN", "language": "po polsku"})).await;
    assert_eq!(error.error(InvalidDocument).0, "/language");
}

#[tokio::test]
async fn a_cart_names_its_language_by_a_tag() {
    let world = world().await;
    let error = world.post("/v1/quotes", &cart("po polsku", 1_000)).await.error(InvalidCart);
    assert_eq!(error.0, "/language");
}
