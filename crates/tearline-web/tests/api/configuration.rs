//! All documents at once.

use axum::body::Body;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    BadParameter, BodyTooLarge, InvalidDocument, MalformedBody, NotAcceptable, UnsupportedMediaType,
};

use crate::world::{Answer, World, on_every_store, world};

const YAML: &str = "\
kind: shop
id: studio
currency: USD
---
kind: event
id: spring
---
kind: promotion
id: ten
benefits:
- percent_off:
    percent: 10
";

async fn apply(world: &World, path: &str, yaml: &str) -> Answer {
    let request = world.request("POST", path).header("content-type", "application/yaml; charset=utf-8");
    world.send(request.body(Body::from(yaml.to_owned())).unwrap()).await
}

async fn export(world: &World, accept: &str) -> Answer {
    world
        .send(world.request("GET", "/v1/configuration").header("accept", accept).body(Body::empty()).unwrap())
        .await
}

fn actions(applied: &Value) -> Vec<(&str, &str)> {
    let changes = applied["changes"].as_array().unwrap().iter();
    changes.map(|change| (change["id"].as_str().unwrap(), change["action"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn what_is_exported_applies_and_changes_nothing() {
    on_every_store(async |world| {
        let applied = apply(&world, "/v1/configuration", YAML).await.ok(200);
        assert_eq!((&applied["config_version"], &applied["dry_run"]), (&json!(1), &json!(false)));
        assert_eq!(actions(&applied), [("studio", "create"), ("spring", "create"), ("ten", "create")]);

        let text = export(&world, "application/yaml").await;
        assert_eq!((text.header("content-type"), text.header("vary")), ("application/yaml", "accept"));
        let again = apply(&world, "/v1/configuration", &text.text).await.ok(200);
        assert_eq!(again["config_version"], 1);
        assert!(actions(&again).iter().all(|(_, action)| *action == "keep"));

        let exported = export(&world, "application/json").await.ok(200);
        assert_eq!(exported["config_version"], 1);
        let again = world.post("/v1/configuration", &exported["documents"]).await.ok(200);
        assert!(actions(&again).iter().all(|(_, action)| *action == "keep"));
    })
    .await;
}

#[tokio::test]
async fn changes_are_told_with_their_places_and_made_only_if_meant() {
    on_every_store(async |world| {
        apply(&world, "/v1/configuration", YAML).await.ok(200);
        let wanted =
            json!([{"kind": "promotion", "id": "ten", "benefits": [{"percent_off": {"percent": 20}}]}]);
        let planned = world.post("/v1/configuration?dry_run=true&prune=true", &wanted).await.ok(200);
        assert_eq!((&planned["config_version"], &planned["dry_run"]), (&json!(1), &json!(true)));
        assert_eq!(actions(&planned), [("spring", "delete"), ("ten", "update")]);
        let place = json!({"pointer": "/benefits/0/percent_off/percent", "from": 10, "to": 20});
        assert_eq!(planned["changes"][1]["differences"], json!([place]));
        world.get("/v1/events/spring").await.ok(200);

        let applied = world.post("/v1/configuration?prune=true", &wanted).await.ok(200);
        assert_eq!(applied["config_version"], 2);
        assert_eq!(applied["changes"], planned["changes"]);
        assert_eq!(world.get("/v1/configuration").await.ok(200)["documents"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn faults_in_yaml_come_with_their_line() {
    let world = world().await;
    let bad = YAML.replace("percent: 10", "percent: 110").replace("id: spring", "id: spring\nnmae: x");
    let problem = apply(&world, "/v1/configuration", &bad).await.problem(InvalidDocument);
    let errors = problem["errors"].as_array().unwrap();
    let places: Vec<_> =
        errors.iter().map(|error| (&error["line"], error["pointer"].as_str().unwrap())).collect();
    assert_eq!(places, [(&json!(7), "/nmae"), (&json!(13), "/benefits/0/percent_off/percent")]);

    let lost = "kind: event\nid: spring\nprice_list: nowhere\n";
    let problem = apply(&world, "/v1/configuration", lost).await.problem(InvalidDocument);
    assert_eq!(
        (&problem["errors"][0]["line"], &problem["errors"][0]["pointer"]),
        (&json!(3), &json!("/price_list"))
    );

    let twice = format!("{YAML}---\n{YAML}");
    let problem = apply(&world, "/v1/configuration", &twice).await.problem(InvalidDocument);
    assert_eq!(problem["errors"][0]["line"], 15);
    assert_eq!(world.get("/v1/configuration").await.ok(200)["documents"], json!([]));
}

#[tokio::test]
async fn what_is_no_yaml_or_nothing_at_all_is_malformed() {
    let world = world().await;
    apply(&world, "/v1/configuration", YAML).await.ok(200);
    for text in ["a: [1", "a: 1\na: 2\n", "", "null\n", "# only a remark\n"] {
        apply(&world, "/v1/configuration?prune=true", text).await.problem(MalformedBody);
    }
    let request = world.request("POST", "/v1/configuration").header("content-type", "application/yaml");
    world.send(request.body(Body::from(vec![0xff_u8])).unwrap()).await.problem(MalformedBody);
    assert_eq!(world.get("/v1/configuration").await.ok(200)["documents"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn faults_in_json_come_with_the_index() {
    let world = world().await;
    world.put("/v1/events/old", &json!({})).await.ok(201);
    let shop = json!({"kind": "shop", "id": "studio", "currency": "USD"});
    let cases = [
        (json!([shop, {"kind": "event"}]), "/1", "`id` is missing"),
        (json!([shop, {"kind": "even", "id": "e"}]), "/1/kind", "price_list, event"),
        (json!([shop, {"kind": "event", "id": "E"}]), "/1/id", "a-z"),
        (json!([shop, {"kind": "event", "id": "e", "x": 1}]), "/1/x", "unknown field"),
        (json!([shop, shop]), "/1/id", "stands at /0"),
        (json!([shop, {"kind": "event", "id": "e", "price_list": "x"}]), "/1/price_list", "`x`"),
        (json!([7]), "/0", "a mapping"),
        (json!({"kind": "event"}), "", "expected a list"),
    ];
    for (documents, pointer, message) in cases {
        let error = world.post("/v1/configuration", &documents).await.error(InvalidDocument);
        assert_eq!(error.0, pointer, "{error:?}");
        assert!(error.2.contains(message), "{error:?}");
    }
    // A fault in what was not sent names the document.
    world.put("/v1/price-lists/l", &json!({})).await.ok(201);
    world.put("/v1/events/old", &json!({"price_list": "l"})).await.ok(200);
    world
        .put("/v1/promotions/p", &json!({"events": ["old"], "benefits": [{"free_shipping": {}}]}))
        .await
        .ok(201);
    let keep =
        json!([{"kind": "promotion", "id": "p", "events": ["old"], "benefits": [{"free_shipping": {}}]}]);
    let error = world.post("/v1/configuration?prune=true", &keep).await.error(InvalidDocument);
    assert_eq!(error.0, "/0/events/0");
}

#[tokio::test]
async fn the_form_is_chosen_by_accept() {
    let world = world().await;
    apply(&world, "/v1/configuration", YAML).await.ok(200);
    let media = async |accept| export(&world, accept).await.header("content-type").to_owned();
    for json in ["*/*", "application/*", "application/json, application/yaml;q=0.9", "text/html, */*;q=0.1"] {
        assert_eq!(media(json).await, "application/json", "{json}");
    }
    for yaml in ["application/yaml", "APPLICATION/YAML", "application/json;q=0.1, application/yaml;q=0.2"] {
        assert_eq!(media(yaml).await, "application/yaml", "{yaml}");
    }
    for neither in ["text/html", "application/xml, application/json;q=0"] {
        export(&world, neither).await.problem(NotAcceptable);
    }
}

#[tokio::test]
async fn other_forms_and_words_are_refused() {
    let world = world().await;
    let request = world.request("POST", "/v1/configuration").header("content-type", "text/csv");
    let problem = world.send(request.body(Body::from("a,b")).unwrap()).await.problem(UnsupportedMediaType);
    assert!(problem["detail"].as_str().unwrap().contains("application/yaml"), "{problem}");
    world.post("/v1/configuration?prune=yes", &json!([])).await.problem(BadParameter);
    world.post("/v1/configuration?dryrun=true", &json!([])).await.problem(BadParameter);
    let request = world.request("POST", "/v1/configuration").header("content-type", "application/yaml");
    let large = request.header("content-length", 64 * 1024 * 1024 + 1).body(Body::empty()).unwrap();
    world.send(large).await.problem(BodyTooLarge);
}
