//! Many at once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::world::{World, on_every_store, percent_off};

/// Runs one task for each number, all at once.
async fn at_once<T: Send + 'static>(
    world: World,
    count: u32,
    task: fn(Arc<World>, u32) -> futures_util::future::BoxFuture<'static, T>,
) -> (Arc<World>, Vec<T>) {
    let world = Arc::new(world);
    let tasks: Vec<_> = (1..=count).map(|number| tokio::spawn(task(Arc::clone(&world), number))).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    (world, answers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_writes_at_the_same_version_one_is_made() {
    on_every_store(async |world| {
        world.put("/v1/promotions/p", &percent_off(99)).await.ok(201);
        let (world, mut statuses) = at_once(world, 2, |world, percent| {
            Box::pin(async move {
                let headers = [("if-match", "\"1\"")];
                world
                    .send_with("PUT", "/v1/promotions/p", &headers, &percent_off(percent))
                    .await
                    .status
                    .as_u16()
            })
        })
        .await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        assert_eq!(world.get("/v1/promotions/p").await.header("etag"), "\"2\"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_creations_one_is_made() {
    on_every_store(async |world| {
        let (_, statuses) = at_once(world, 64, |world, percent| {
            Box::pin(async move {
                let headers = [("if-none-match", "*")];
                world
                    .send_with("PUT", "/v1/promotions/p", &headers, &percent_off(percent))
                    .await
                    .status
                    .as_u16()
            })
        })
        .await;
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 63);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_writes_of_one_document_make_sixty_four_versions() {
    on_every_store(async |world| {
        let (world, statuses) = at_once(world, 64, |world, percent| {
            Box::pin(
                async move { world.put("/v1/promotions/p", &percent_off(percent)).await.status.is_success() },
            )
        })
        .await;
        assert!(statuses.into_iter().all(|is_success| is_success));
        let history = world.get("/v1/promotions/p/history?limit=200").await.ok(200);
        let mut written: Vec<u64> = history["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|past| past["document"]["benefits"][0]["percent_off"]["percent"].as_u64().unwrap())
            .collect();
        written.sort_unstable();
        assert_eq!(written, (1..=64).collect::<Vec<u64>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_counter_raised_under_if_match_by_many_misses_nothing() {
    on_every_store(async |world| {
        let mut document = percent_off(10);
        document["priority"] = json!(0);
        world.put("/v1/promotions/p", &document).await.ok(201);
        let (world, _) = at_once(world, 16, |world, _| Box::pin(raise(world))).await;
        let read = world.get("/v1/promotions/p").await;
        assert_eq!((read.header("etag"), &read.ok(200)["document"]["priority"]), ("\"17\"", &json!(16)));
    })
    .await;
}

async fn raise(world: Arc<World>) {
    loop {
        let read = world.get("/v1/promotions/p").await;
        let priority = read.ok(200)["document"].get("priority").and_then(Value::as_i64).unwrap_or(0);
        let headers = [("if-match", read.header("etag"))];
        let patch = json!({"priority": priority + 1});
        let answer = world.send_with("PATCH", "/v1/promotions/p", &headers, &patch).await;
        if answer.status.is_success() {
            return;
        }
        assert_eq!(answer.status.as_u16(), 412, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn patches_of_different_fields_do_not_undo_each_other() {
    on_every_store(async |world| {
        world.put("/v1/promotions/p", &percent_off(10)).await.ok(201);
        let (world, statuses) = at_once(world, 3, |world, number| {
            Box::pin(async move {
                let fields = ["name", "note", "expires_at"];
                let field = fields[number as usize - 1];
                world.patch("/v1/promotions/p", &json!({field: "2030-01-01"})).await.status.as_u16()
            })
        })
        .await;
        assert_eq!(statuses, [200; 3]);
        let document = world.get("/v1/promotions/p").await.ok(200)["document"].clone();
        for field in ["name", "note", "expires_at"] {
            assert_eq!(document[field], "2030-01-01");
        }
    })
    .await;
}
