//! `/v1/jobs`: what there is to do later.

use serde_json::json;
use tearline_web::problem::ProblemKind::{BadParameter, NotFound};

use crate::orders::cart_of;
use crate::world::on_every_store;

const NOBODYS: &str = "019aa5f0-7d1c-7e0a-9d57-3f1c2b6a8e44";

#[tokio::test]
async fn a_hold_leaves_something_to_tidy_up() {
    on_every_store(async |world| {
        assert_eq!(world.get("/v1/jobs").await.ok(200), json!({"data": []}));
        let hold = json!({"cart_id": "mine", "cart": cart_of(10_000, "none")});
        world.post("/v1/holds", &hold).await.ok(200);
        let jobs = world.get("/v1/jobs?state=waiting").await.ok(200);
        assert_eq!((&jobs["data"][0]["task"], &jobs["data"][0]["attempts"]), (&json!("tidy"), &json!(0)));
        assert_eq!(jobs["data"].as_array().unwrap().len(), 1);
        assert_eq!(world.get("/v1/jobs?state=given_up").await.ok(200), json!({"data": []}));
    })
    .await;
}

#[tokio::test]
async fn what_was_not_given_up_is_not_tried_again() {
    on_every_store(async |world| {
        world.post(&format!("/v1/jobs/{NOBODYS}/retry"), &json!({})).await.problem(NotFound);
        world.post("/v1/jobs/7/retry", &json!({})).await.problem(BadParameter);
        world.get("/v1/jobs?after=7").await.problem(BadParameter);
        world.get("/v1/jobs?state=lost").await.problem(BadParameter);
    })
    .await;
}
