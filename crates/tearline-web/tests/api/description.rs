//! The API's description: complete, and kept in `docs/reference/openapi.json`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tearline_web::openapi_json;
use tearline_web::problem::ProblemKind;

use crate::world::world;

fn description() -> Value {
    serde_json::from_str(openapi_json()).unwrap()
}

#[test]
fn the_copy_in_the_documentation_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, openapi_json()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == openapi_json(),
        "the API has changed, and docs/reference/openapi.json has not: run\n\
         UPDATE_OPENAPI=1 cargo test -p tearline-web --test api description\nand look at the difference"
    );
}

#[tokio::test]
async fn it_is_served_to_anybody() {
    let mut world = world().await;
    world.key = String::new();
    let answer = world.get("/v1/openapi.json").await;
    assert_eq!((answer.header("content-type"), answer.text.as_str()), ("application/json", openapi_json()));
    assert_eq!(answer.json()["openapi"], "3.1.0");
}

/// Calls `visit` with every object inside a value.
fn each_object(value: &Value, visit: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(fields);
            fields.values().for_each(|field| each_object(field, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| each_object(item, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let api = description();
    let mut referred = BTreeSet::new();
    each_object(&api, &mut |fields| {
        if let Some(Value::String(reference)) = fields.get("$ref") {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(api.pointer(pointer).is_some(), "{reference} leads nowhere");
            referred.insert(reference.rsplit('/').next().unwrap().to_owned());
        }
    });
    assert!(referred.contains("Problem") && referred.contains("Cart"));
}

#[test]
fn integers_are_bounded_and_what_serde_refuses_is_refused() {
    let api = description();
    each_object(&api, &mut |schema| {
        let is_sized =
            schema.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("int"));
        if is_sized {
            assert!(schema.contains_key("minimum") && schema.contains_key("maximum"), "{schema:?}");
        }
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        assert!(!text.contains("requirements.md"), "{text}");
    });
    let schemas = &api["components"]["schemas"];
    for name in
        ["Cart", "Line", "Promotion", "Event", "PriceList", "Shop", "EditCart", "PercentOff", "Minimum"]
    {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
    }
    for form in schemas["Benefit"]["oneOf"].as_array().unwrap() {
        assert_eq!(form["additionalProperties"], false, "{form}");
    }
    for form in schemas["Edit"]["oneOf"].as_array().unwrap() {
        let inner = form["properties"].as_object().unwrap().values().next().unwrap();
        assert_eq!(inner["additionalProperties"], false, "{form}");
    }
    // Two types of one name would shadow each other.
    assert!(schemas["Applied"]["properties"].get("gifts").is_some());
}

#[test]
fn every_operation_names_itself_its_key_and_its_problems() {
    let api = description();
    let mut ids = BTreeSet::new();
    let mut told = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path}");
            assert_eq!(operation.get("security").is_some(), path.starts_with("/v1/"), "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
                assert!(response["content"].get("application/problem+json").is_some(), "{id} {status}");
                let texts = response["description"].as_str().unwrap().split('`');
                told.extend(texts.filter_map(ProblemKind::of_code).map(ProblemKind::code));
            }
        }
    }
    // Answered where there is no operation.
    let elsewhere = [ProblemKind::UnknownRoute, ProblemKind::MethodNotAllowed];
    told.extend(elsewhere.map(ProblemKind::code));
    assert_eq!(told.len(), ProblemKind::ALL.len(), "{told:?}");
}
