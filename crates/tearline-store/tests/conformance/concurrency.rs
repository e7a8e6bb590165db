//! Many writers at once, each a thread of its own.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};

use tearline_core::resource::Expected;
use tearline_store::{Configuration, Store};
use tokio::runtime::Handle;

use crate::{promotion, put, studio, write};

const WRITERS: u64 = 32;
const ROUNDS: u64 = 8;

/// Runs `task` on so many threads at once and waits for all.
fn at_once(threads: u64, task: impl AsyncFn(u64) + Sync) {
    let runtime = Handle::current();
    let task = &task;
    std::thread::scope(|scope| {
        for n in 0..threads {
            let runtime = runtime.clone();
            scope.spawn(move || runtime.block_on(task(n)));
        }
    });
}

/// Reads a number with its version; absent is 0.
async fn read(store: &dyn Store, id: &str) -> (u64, Expected) {
    let Some(found) = store.get(&studio(), &promotion(id)).await.unwrap() else {
        return (0, Expected::Absent);
    };
    (found.body.as_u64().unwrap(), Expected::Version(found.version))
}

pub(crate) async fn a_counter_is_exact_under_32_writers(store: &dyn Store) {
    let conflicts = AtomicU64::new(0);
    let all_have_read = Barrier::new(WRITERS.try_into().unwrap());
    at_once(WRITERS, async |_| {
        for round in 0..ROUNDS {
            for attempt in 0.. {
                let (n, seen) = read(store, "n").await;
                if (round, attempt) == (0, 0) {
                    all_have_read.wait();
                }
                if write(store, vec![put("n", seen, n + 1)]).await.is_ok() {
                    break;
                }
                conflicts.fetch_add(1, SeqCst);
            }
        }
    });
    assert!(conflicts.load(SeqCst) >= WRITERS - 1, "all began from the same reading, so one can have won");
    let sum = WRITERS * ROUNDS;
    assert_eq!(read(store, "n").await, (sum, Expected::Version(sum)));
    assert_eq!(store.configuration(&studio()).await.unwrap().config_version, sum);
    let history = store.history(&studio(), &promotion("n"), None, u32::MAX).await.unwrap();
    let counted: Vec<_> = history.iter().rev().map(|resource| resource.body.as_u64().unwrap()).collect();
    assert_eq!(counted, (1..=sum).collect::<Vec<_>>());
}

pub(crate) async fn a_document_is_created_once(store: &dyn Store) {
    let created = AtomicU64::new(0);
    at_once(WRITERS, async |n| {
        let won = write(store, vec![put("only", Expected::Absent, n)]).await.is_ok();
        created.fetch_add(won.into(), SeqCst);
    });
    assert_eq!(created.load(SeqCst), 1);
    assert_eq!(store.history(&studio(), &promotion("only"), None, 10).await.unwrap().len(), 1);
}

/// A writer moves some from `left` to `right` and back until 100 looks were taken; each must have counted 100.
pub(crate) async fn a_configuration_is_one_instant(store: &dyn Store) {
    write(store, vec![put("left", Expected::Absent, 50), put("right", Expected::Absent, 50)]).await.unwrap();
    let looks = AtomicU64::new(0);
    let seen = Mutex::new(BTreeSet::new());
    at_once(4, async |n| {
        let mut moved = 0;
        while looks.load(SeqCst) < 100 {
            if n == 0 {
                moved = (moved + 1) % 51;
                let both = vec![
                    put("left", Expected::Anything, 50 - moved),
                    put("right", Expected::Anything, 50 + moved),
                ];
                write(store, both).await.unwrap();
            } else {
                let Configuration { config_version, resources } =
                    store.configuration(&studio()).await.unwrap();
                let sum: u64 = resources.iter().map(|resource| resource.body.as_u64().unwrap()).sum();
                let apart = config_version.abs_diff(resources[0].version);
                seen.lock().unwrap().insert((sum, apart));
                looks.fetch_add(1, SeqCst);
            }
        }
    });
    assert_eq!(seen.into_inner().unwrap(), BTreeSet::from([(100, 0)]), "(sum, versions apart)");
}
