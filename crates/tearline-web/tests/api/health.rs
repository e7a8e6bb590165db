//! What needs no key: health, the description, and the pages.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tearline_web::problem::ProblemKind;

use crate::world::{Answer, World, world};

async fn get(world: &World, path: &str) -> Answer {
    world.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn health_needs_no_key_and_tells_no_detail() {
    let world = world().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(&world, path).await.ok(200), json!({"status": "ok"}));
    }
}

#[tokio::test]
async fn the_browsable_description_loads_without_a_network() {
    let world = world().await;
    assert_eq!(get(&world, "/docs").await.header("location"), "/docs/");
    let page = get(&world, "/docs/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    let start = get(&world, "/docs/swagger-initializer.js").await;
    assert!(start.text.contains("/v1/openapi.json"), "{}", start.text);
    assert!(start.text.contains(r#""validatorUrl": "none""#), "{}", start.text);
    for text in [&page.text, &start.text] {
        assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("\"//"), "{text}");
    }
    let files = page.text.split(['"', '\'']).filter_map(|part| part.strip_prefix("./"));
    for file in files {
        let answer = get(&world, &format!("/docs/{file}")).await;
        assert_eq!(answer.status.as_u16(), 200, "{file}");
        assert!(!answer.text.is_empty(), "{file}");
    }
    get(&world, "/docs/nothing.js").await.problem(ProblemKind::UnknownRoute);
}

#[tokio::test]
async fn every_problem_has_its_page() {
    let world = world().await;
    let list = get(&world, "/problems").await;
    for kind in ProblemKind::ALL {
        assert!(list.text.contains(&format!("/problems/{}\"", kind.code())), "{kind:?}");
        let page = get(&world, &format!("/problems/{}", kind.code())).await;
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.text.contains(kind.title()), "{}", page.text);
    }
    get(&world, "/problems/nothing").await.problem(ProblemKind::UnknownRoute);
}
