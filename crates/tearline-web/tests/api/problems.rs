//! What every problem has in common, and the kinds that no route of its own is needed for.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tearline_web::problem::ProblemKind::{
    BodyTooLarge, MethodNotAllowed, Unauthorized, UnknownRoute, UnsupportedMediaType,
};

use crate::world::{cart, world};

#[tokio::test]
async fn an_address_that_is_none_is_a_problem_too() {
    let world = world().await;
    for path in ["/", "/v1", "/v1/quote", "/v1/quotes/", "/v1/events/a/b", "/v1/price_lists", "//", "/%00"] {
        world.get(path).await.problem(UnknownRoute);
    }
}

#[tokio::test]
async fn a_method_that_is_not_known_hears_those_that_are() {
    let world = world().await;
    let cases = [
        ("GET", "/v1/quotes", "POST"),
        ("DELETE", "/v1/shop", "GET,HEAD,PATCH,PUT"),
        ("POST", "/v1/events/a", "DELETE,GET,HEAD,PATCH,PUT"),
        ("OPTIONS", "/v1/configuration", "GET,HEAD,POST"),
        ("PUT", "/healthz", "GET,HEAD"),
        ("POST", "/v1/openapi.json", "GET,HEAD"),
    ];
    for (method, path, allowed) in cases {
        let answer = world.send(world.request(method, path).body(Body::empty()).unwrap()).await;
        answer.problem(MethodNotAllowed);
        let mut allow: Vec<&str> = answer.header("allow").split(',').collect();
        allow.sort_unstable();
        assert_eq!(allow.join(","), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_says_what_it_is_and_is_read_within_bounds() {
    let world = world().await;
    let good = cart(&json!({"id": "a", "quantity": 1, "unit_price": 500})).to_string();
    let post = |media: &str| world.request("POST", "/v1/quotes").header("content-type", media);
    for media in ["application/json", "Application/JSON; charset=utf-8"] {
        world.send(post(media).body(Body::from(good.clone())).unwrap()).await.ok(200);
    }
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/yaml", ""] {
        world.send(post(media).body(Body::from(good.clone())).unwrap()).await.problem(UnsupportedMediaType);
    }
    let without = world.request("POST", "/v1/quotes").body(Body::from(good.clone())).unwrap();
    let problem = world.send(without).await.problem(UnsupportedMediaType);
    assert!(problem["detail"].as_str().unwrap().contains("application/json"), "{problem}");

    let padded = |bytes: usize| format!("{good}{}", " ".repeat(bytes - good.len()));
    let most = 8 * 1024 * 1024;
    world.send(post("application/json").body(Body::from(padded(most))).unwrap()).await.ok(200);
    let problem = world
        .send(post("application/json").body(Body::from(padded(most + 1))).unwrap())
        .await
        .problem(BodyTooLarge);
    assert!(problem["detail"].as_str().unwrap().contains("8388608"), "{problem}");
    let told = post("application/json").header("content-length", most + 1).body(Body::from(good)).unwrap();
    world.send(told).await.problem(BodyTooLarge);
}

#[tokio::test]
async fn the_id_of_a_request_comes_back() {
    let world = world().await;
    let send = async |id: &str| {
        let request = Request::builder().uri("/v1/shop").header("x-request-id", id);
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        answer.problem(Unauthorized);
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(send("order-17:b").await, "order-17:b");
    for unfit in ["", "a b", "a\tb", &"x".repeat(129)] {
        assert!(send(unfit).await.starts_with("req_"), "{unfit:?}");
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let world = world().await;
    let answer = world.send(world.request("HEAD", "/v1/events").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
}
