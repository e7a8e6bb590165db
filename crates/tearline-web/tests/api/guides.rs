//! The guides do what they say: their documents are applied, their requests are sent, in order, and each answer has
//! what stands behind it.

use axum::body::Body;
use serde_json::Value;

use crate::world::{World, on_every_store};

/// A fenced block of a page.
struct Block {
    language: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let fenced = text.split("\n```").skip(1).step_by(2);
    let block = |block: &str| {
        let (language, text) = block.split_once('\n').unwrap();
        Block { language: language.to_owned(), text: text.to_owned() }
    };
    fenced.map(block).collect()
}

/// Sends a request as it is written: the line, the headers, an empty line, the body.
async fn send(world: &World, request: &str) -> Value {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let mut builder = world.request(method, path);
    if !head.contains("Content-Type: ") {
        builder = builder.header("content-type", "application/json");
    }
    for header in lines {
        let (name, value) = header.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    let answer = world.send(builder.body(Body::from(body.to_owned())).unwrap()).await;
    assert!(answer.status.is_success(), "{request}\n{}", answer.text);
    answer.json()
}

/// Whether all that is said stands in an answer.
#[track_caller]
fn has(answer: &Value, said: &Value, of: &str) {
    match (answer, said) {
        (Value::Object(fields), Value::Object(said)) => {
            for (name, said) in said {
                has(&fields[name], said, &format!("{of}/{name}"));
            }
        }
        (Value::Array(items), Value::Array(said)) => {
            assert_eq!(items.len(), said.len(), "{of}: {answer:#}");
            for (place, (item, said)) in items.iter().zip(said).enumerate() {
                has(item, said, &format!("{of}/{place}"));
            }
        }
        _ => assert_eq!(answer, said, "{of}"),
    }
}

async fn follow(world: &World, page: &str) {
    let mut answer = Value::Null;
    for Block { language, text } in blocks(page) {
        match language.as_str() {
            "yaml" => {
                let request = world.request("POST", "/v1/configuration");
                let request = request.header("content-type", "application/yaml").body(Body::from(text));
                world.send(request.unwrap()).await.ok(200);
            }
            "http" => answer = send(world, &text).await,
            "json" => has(&answer, &serde_json::from_str(&text).unwrap(), &text),
            other => panic!("a guide has a block of {other}"),
        }
    }
}

#[tokio::test]
async fn an_order_is_refunded_as_the_guide_says() {
    on_every_store(async |world| follow(&world, "refund-an-order.md").await).await;
}

#[tokio::test]
async fn codes_are_imported_as_the_guide_says() {
    on_every_store(async |world| follow(&world, "import-codes.md").await).await;
}
