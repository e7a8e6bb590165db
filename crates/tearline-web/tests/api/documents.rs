//! Documents by kind, and the shop's own.

use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    BadParameter, InvalidDocument, NotFound, StillReferenced, VersionMismatch,
};

use crate::world::{on_every_store, percent_off, world};

/// An address for each kind, a document, and a patch of it.
fn kinds() -> [(&'static str, Value, Value); 4] {
    let patch = json!({"name": "Another"});
    [
        ("/v1/shop", json!({"name": "Studio", "currency": "USD"}), patch.clone()),
        ("/v1/price-lists/a", json!({"name": "Prints", "products": [{"id": "8x10"}]}), patch.clone()),
        ("/v1/events/a", json!({"name": "Spring", "galleries": [{"id": "g"}]}), patch.clone()),
        ("/v1/promotions/a", percent_off(10), patch),
    ]
}

#[tokio::test]
async fn a_document_lives_from_its_creation_to_its_deletion_and_its_history_longer() {
    on_every_store(async |world| {
        for (path, document, patch) in kinds() {
            world.get(path).await.problem(NotFound);
            world.get(&format!("{path}/history")).await.problem(NotFound);

            let created = world.put(path, &document).await;
            let stored = created.ok(201);
            assert_eq!((created.header("etag"), created.header("location")), ("\"1\"", path));
            assert_eq!((&stored["version"], &stored["warnings"]), (&json!(1), &json!([])));
            assert!(stored["written_by"].as_str().unwrap().starts_with("key:key-"), "{stored}");

            let read = world.get(path).await;
            assert_eq!(read.header("etag"), "\"1\"");
            assert_eq!(read.ok(200)["document"], stored["document"]);

            // The same again is no new version; what was answered can be sent back.
            let again = world.put(path, &stored["document"]).await;
            assert_eq!((again.header("etag"), again.status.as_u16()), ("\"1\"", 200));

            let patched = world.patch(path, &patch).await;
            assert_eq!(
                (patched.header("etag"), &patched.ok(200)["document"]["name"]),
                ("\"2\"", &json!("Another"))
            );

            let history = world.get(&format!("{path}/history")).await.ok(200);
            let versions: Vec<&Value> =
                history["data"].as_array().unwrap().iter().map(|past| &past["version"]).collect();
            assert_eq!(versions, [&json!(2), &json!(1)]);
            let first = world.get(&format!("{path}/history/1")).await.ok(200);
            assert_eq!((&first["document"], &first["deleted"]), (&stored["document"], &json!(false)));
            world.get(&format!("{path}/history/3")).await.problem(NotFound);
        }
        for (path, document, _) in &kinds()[1..] {
            world.delete(path).await.ok(204);
            world.get(path).await.problem(NotFound);
            world.delete(path).await.problem(NotFound);
            world.patch(path, &json!({})).await.problem(NotFound);
            let history = world.get(&format!("{path}/history")).await.ok(200);
            assert_eq!(
                (&history["data"][0]["deleted"], history["data"][0].get("document")),
                (&json!(true), None)
            );
            // Written again, it goes on counting: no old ETag ever fits anew.
            let again = world.put(path, document).await;
            assert_eq!((again.status.as_u16(), again.header("etag")), (201, "\"4\""));
        }
    })
    .await;
}

#[tokio::test]
async fn conditions_are_kept() {
    on_every_store(async |world| {
        for (path, document, patch) in kinds() {
            let put = async |name, tag, document: &Value| {
                world.send_with("PUT", path, &[(name, tag)], document).await
            };
            let absent = put("if-match", "\"1\"", &document).await.problem(VersionMismatch);
            assert_eq!(absent.get("current_version"), None);
            put("if-match", "*", &document).await.problem(VersionMismatch);
            put("if-none-match", "*", &document).await.ok(201);
            let there = put("if-none-match", "*", &document).await.problem(VersionMismatch);
            assert_eq!(there["current_version"], 1);

            let mut other = document.clone();
            other["name"] = json!("Other");
            put("if-match", "\"1\"", &other).await.ok(200);
            let stale = put("if-match", "\"1\"", &document).await.problem(VersionMismatch);
            assert_eq!(stale["current_version"], 2);
            put("if-match", "\"7\", \"2\"", &document).await.ok(200);
            put("if-match", "*", &other).await.ok(200);
            put("if-match", "\"abc\"", &other).await.problem(VersionMismatch);
            put("if-match", "abc", &other).await.problem(BadParameter);

            let stale = world.send_with("PATCH", path, &[("if-match", "\"3\"")], &patch).await;
            assert_eq!(stale.problem(VersionMismatch)["current_version"], 4);
            world.send_with("PATCH", path, &[("if-match", "\"4\"")], &patch).await.ok(200);

            let read = world.send_with("GET", path, &[("if-none-match", "W/\"5\"")], &json!(null)).await;
            assert_eq!((read.status.as_u16(), read.text.as_str(), read.header("etag")), (304, "", "\"5\""));
            world.send_with("GET", path, &[("if-none-match", "\"4\"")], &json!(null)).await.ok(200);
            if path != "/v1/shop" {
                let delete =
                    async |tag| world.send_with("DELETE", path, &[("if-match", tag)], &json!(null)).await;
                delete("\"4\"").await.problem(VersionMismatch);
                delete("\"5\"").await.ok(204);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_patch_merges_as_rfc_7396_says() {
    let world = world().await;
    let document = json!({
        "name": "Ten", "codes": ["A", "B"], "limits": {"total": 5, "per_customer": 1},
        "benefits": [{"percent_off": {"percent": 10}}],
    });
    world.put("/v1/promotions/ten", &document).await.ok(201);
    let patch = json!({"name": null, "codes": ["C"], "limits": {"total": null}});
    let request =
        world.request("PATCH", "/v1/promotions/ten").header("content-type", "application/merge-patch+json");
    let patched = world.send(request.body(patch.to_string().into()).unwrap()).await.ok(200);
    let document = &patched["document"];
    assert_eq!(document.get("name"), None);
    assert_eq!((&document["codes"], &document["limits"]), (&json!(["C"]), &json!({"per_customer": 1})));

    let cases = [
        (json!({"nmae": "x"}), "/nmae", "unknown_field"),
        (json!({"benefits": null}), "", "missing_field"),
        (
            json!({"benefits": [{"percent_off": {"percent": 110}}]}),
            "/benefits/0/percent_off/percent",
            "invalid",
        ),
        (json!([1]), "", "wrong_type"),
        (json!("x"), "", "wrong_type"),
    ];
    for (patch, pointer, code) in cases {
        let error = world.patch("/v1/promotions/ten", &patch).await.error(InvalidDocument);
        assert_eq!((error.0.as_str(), error.1.as_str()), (pointer, code), "{error:?}");
    }
    assert_eq!(world.get("/v1/promotions/ten").await.header("etag"), "\"2\"");
}

#[tokio::test]
async fn what_is_wrong_with_a_document_is_told_with_its_place() {
    let world = world().await;
    let cyclic = json!({"categories": [{"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}]});
    let cases = [
        (
            "/v1/promotions/p",
            json!({"benefits": [{"fifty_off": {}}]}),
            "/benefits/0",
            "unknown variant `fifty_off`, expected one of `percent_off`",
        ),
        (
            "/v1/promotions/p",
            json!({"benefits": [{"percent_off": {"percent": 110}}]}),
            "/benefits/0/percent_off/percent",
            "from 0 to 100",
        ),
        ("/v1/promotions/p", json!({"benefits": []}), "/benefits", "at least one benefit"),
        (
            "/v1/promotions/p",
            json!({"benefits": [{"amount_off": {"amount": "-5.00 USD"}}]}),
            "/benefits/0/amount_off/amount",
            "15.00 USD",
        ),
        ("/v1/promotions/p", json!({"kind": "promotion", "benefits": []}), "/kind", "unknown field `kind`"),
        ("/v1/price-lists/p", cyclic, "/categories/0/parent", ""),
        (
            "/v1/price-lists/p",
            json!({"products": [{"id": "x", "price": "5.00 DOLLARS"}]}),
            "/products/0/price",
            "ISO 4217",
        ),
        (
            "/v1/price-lists/p",
            json!({"products": [{"id": "x", "price": -5}]}),
            "/products/0/price",
            "15.00 USD",
        ),
        ("/v1/events/e", json!({"price_list": "nowhere"}), "/price_list", "nowhere"),
        ("/v1/events/e", json!([null, null]), "", "expected an object"),
        ("/v1/shop", json!({"currency": "USD", "time_zone": "Mars/Base"}), "/time_zone", "Europe/Warsaw"),
        ("/v1/shop", json!({"name": "x"}), "", "missing field `currency`"),
    ];
    for (path, document, pointer, message) in cases {
        let error = world.put(path, &document).await.error(InvalidDocument);
        assert_eq!(error.0, pointer, "{error:?}");
        assert!(error.2.contains(message), "{error:?}");
        world.get(path).await.problem(NotFound);
    }
    let problem = world.put("/v1/promotions/Ten%20Off", &percent_off(10)).await.problem(BadParameter);
    assert!(problem["detail"].as_str().unwrap().contains("a-z, 0-9"), "{problem}");
}

#[tokio::test]
async fn documents_that_refer_to_each_other_stay_together() {
    on_every_store(async |world| {
        world.put("/v1/price-lists/prints", &json!({})).await.ok(201);
        world.put("/v1/events/spring", &json!({"price_list": "prints"})).await.ok(201);
        let problem = world.delete("/v1/price-lists/prints").await.problem(StillReferenced);
        assert_eq!(problem["errors"][0]["document"], "event/spring");
        assert_eq!(problem["errors"][0]["pointer"], "/price_list");
        world.delete("/v1/events/spring").await.ok(204);
        world.delete("/v1/price-lists/prints").await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn warnings_come_with_the_write() {
    let world = world().await;
    let list = json!({"products": [{"id": "8x10", "price": "1.00 USD", "cost": "2.00 USD"}]});
    let written = world.put("/v1/price-lists/prints", &list).await.ok(201);
    assert_eq!(written["warnings"][0]["warning"], "price_under_cost");
    assert!(written["warnings"][0]["message"].as_str().unwrap().contains("8x10"), "{written}");
    let other = world.put("/v1/events/spring", &json!({})).await.ok(201);
    assert_eq!(other["warnings"], json!([]));
}

#[tokio::test]
async fn lists_come_page_by_page() {
    on_every_store(async |world| {
        for number in 1..=5 {
            world.put(&format!("/v1/events/e{number}"), &json!({})).await.ok(201);
        }
        world.delete("/v1/events/e2").await.ok(204);
        let (mut ids, mut path) = (Vec::new(), "/v1/events?limit=2".to_owned());
        loop {
            let answer = world.get(&path).await;
            let page = answer.ok(200);
            ids.extend(page["data"].as_array().unwrap().iter().map(|event| event["id"].clone()));
            let Some(cursor) = page.get("next_cursor") else {
                assert_eq!(answer.header("link"), "");
                break;
            };
            path = format!("/v1/events?after={}&limit=2", cursor.as_str().unwrap());
            assert_eq!(answer.header("link"), format!("<{path}>; rel=\"next\""));
        }
        assert_eq!(ids, ["e1", "e3", "e4", "e5"]);
        assert_eq!(world.get("/v1/promotions").await.ok(200), json!({"data": []}));
    })
    .await;
}

#[tokio::test]
async fn histories_come_page_by_page() {
    on_every_store(async |world| {
        for percent in 1..=5 {
            world.put("/v1/promotions/p", &percent_off(percent)).await;
        }
        let page = world.get("/v1/promotions/p/history?limit=2").await;
        let link = "</v1/promotions/p/history?before=4&limit=2>; rel=\"next\"";
        assert_eq!((page.header("link"), &page.ok(200)["next_cursor"]), (link, &json!("4")));
        let page = world.get("/v1/promotions/p/history?before=3&limit=2").await.ok(200);
        assert_eq!((&page["data"][1]["version"], page.get("next_cursor")), (&json!(1), None));
        assert_eq!(world.get("/v1/promotions/p/history?before=1").await.ok(200), json!({"data": []}));
    })
    .await;
}

#[tokio::test]
async fn what_a_query_does_not_know_is_refused() {
    let world = world().await;
    let queries =
        ["limit=0", "limit=201", "limit=x", "limit=", "after=!", "after=e1", "offset=3", "limit=1&limit=2"];
    for query in queries {
        world.get(&format!("/v1/events?{query}")).await.problem(BadParameter);
    }
    world.get("/v1/events/e/history?before=0").await.problem(BadParameter);
    world.get("/v1/events/e/history?before=-1").await.problem(BadParameter);
    world.get("/v1/events/e/history/first").await.problem(BadParameter);
}
