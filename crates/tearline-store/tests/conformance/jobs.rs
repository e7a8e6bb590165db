//! What the store promises of jobs: each is done by one worker at a time, none is forgotten, and no shop waits for
//! another's.

use jiff::Timestamp;
use tearline_core::jobs::{ATTEMPTS_MAX, NewJob, Outcome, Task};
use tearline_core::ledger::{Answer, Command, MakeHold, Tidy};
use tearline_core::names::ShopId;
use tearline_store::{Job, Store, WorkerId};

use crate::ledger::{ask, ask_once, hold};
use crate::{at, studio};

fn job(due_at: Timestamp) -> NewJob {
    NewJob { task: Task::Tidy, due_at, once: None }
}

async fn plan(store: &dyn Store, shop: &ShopId, jobs: Vec<NewJob>) {
    store.plan(shop, jobs).await.unwrap();
}

/// Leases for ten seconds.
async fn leased(store: &dyn Store, worker: WorkerId, second: i64, most: u32) -> Vec<Job> {
    store.lease(worker, at(second), at(second + 10), most).await.unwrap()
}

async fn waiting(store: &dyn Store) -> Vec<Job> {
    store.jobs(&studio(), false, None, 99).await.unwrap()
}

fn failed() -> Outcome {
    Outcome::Failed { why: "the world".to_owned() }
}

pub(crate) async fn a_job_is_leased_when_it_is_due_by_one_worker(store: &dyn Store) {
    plan(store, &studio(), vec![job(at(5)), job(at(7))]).await;
    let (one, other) = (WorkerId::new(), WorkerId::new());
    assert_eq!(leased(store, one, 4, 9).await, []);
    let first = leased(store, one, 5, 9).await;
    assert_eq!((first.len(), first[0].attempts, first[0].due_at), (1, 1, at(15)));
    assert_eq!(leased(store, other, 6, 9).await, []);
    assert!(!store.settle(&first[0], other, Outcome::Done, at(6)).await.unwrap());
    assert!(store.settle(&first[0], one, Outcome::Done, at(6)).await.unwrap());
    assert!(!store.settle(&first[0], one, Outcome::Done, at(6)).await.unwrap());
    assert_eq!(leased(store, other, 7, 9).await.len(), 1);
    assert_eq!(waiting(store).await.len(), 1);
}

/// A worker that dies gives nobody's work away; one that was thought dead settles nothing.
pub(crate) async fn a_lease_that_has_run_out_is_due_again(store: &dyn Store) {
    plan(store, &studio(), vec![job(at(0))]).await;
    let (dead, alive) = (WorkerId::new(), WorkerId::new());
    let first = leased(store, dead, 0, 9).await;
    assert_eq!(leased(store, alive, 9, 9).await, []);
    let second = leased(store, alive, 10, 9).await;
    assert_eq!((second[0].id, second[0].attempts), (first[0].id, 2));
    assert!(!store.settle(&first[0], dead, Outcome::Done, at(11)).await.unwrap());
    assert!(store.settle(&second[0], alive, Outcome::Done, at(11)).await.unwrap());
    assert_eq!(waiting(store).await, []);
}

pub(crate) async fn what_fails_is_tried_later_and_given_up_in_the_end(store: &dyn Store) {
    plan(store, &studio(), vec![job(at(0))]).await;
    let worker = WorkerId::new();
    let mut now = 0;
    for attempt in 1..=ATTEMPTS_MAX {
        let job = leased(store, worker, now, 9).await.remove(0);
        assert_eq!(job.attempts, attempt);
        assert!(store.settle(&job, worker, failed(), at(now)).await.unwrap());
        let later: Vec<_> = waiting(store).await.iter().map(|job| job.due_at).collect();
        assert_eq!(later.is_empty(), attempt == ATTEMPTS_MAX);
        now = later.first().map_or(now, |due_at| due_at.as_second() - at(0).as_second());
    }
    let given_up = store.jobs(&studio(), true, None, 9).await.unwrap();
    assert_eq!(given_up[0].error.as_deref(), Some("the world"));
    assert_eq!(leased(store, worker, now + 1_000_000, 9).await, []);

    assert!(store.revive(&studio(), given_up[0].id, at(now)).await.unwrap());
    assert!(!store.revive(&studio(), given_up[0].id, at(now)).await.unwrap());
    assert_eq!(leased(store, worker, now, 9).await[0].attempts, 1);
}

pub(crate) async fn of_one_name_one_job_waits(store: &dyn Store) {
    plan(store, &studio(), vec![NewJob::tidy(at(9)), NewJob::tidy(at(5)), NewJob::tidy(at(7))]).await;
    let due: Vec<_> = waiting(store).await.iter().map(|job| job.due_at).collect();
    assert_eq!(due, [at(5)]);
    let worker = WorkerId::new();
    let running = leased(store, worker, 5, 9).await;
    // What is planned while one is under way is not forgotten.
    plan(store, &studio(), vec![NewJob::tidy(at(20))]).await;
    assert_eq!(waiting(store).await.len(), 2);
    let again = Outcome::Again { due_at: at(12) };
    assert!(store.settle(&running[0], worker, again, at(6)).await.unwrap());
    let due: Vec<_> = waiting(store).await.iter().map(|job| job.due_at).collect();
    assert_eq!(due, [at(12)]);
}

pub(crate) async fn no_shop_waits_for_anothers_jobs(store: &dyn Store) {
    let other: ShopId = "other".parse().unwrap();
    plan(store, &studio(), (0..20).map(|_| job(at(0))).collect()).await;
    plan(store, &other, vec![job(at(1))]).await;
    let leased = leased(store, WorkerId::new(), 2, 6).await;
    let of_other = leased.iter().filter(|job| job.shop == other).count();
    assert_eq!((leased.len(), of_other), (4, 1), "each shop has its share of six");
}

/// What a hold leaves behind is tidied up an hour after its end, and never what still holds.
pub(crate) async fn a_hold_plans_that_it_is_tidied_up(store: &dyn Store) {
    let make = |cart: &str, ttl_s| Command::Hold(Box::new(MakeHold { ttl_s, ..hold(cart, 9) }));
    assert!(ask(store, make("short", 10), 0).await.is_success());
    assert!(ask(store, make("long", 100), 0).await.is_success());
    let planned = waiting(store).await;
    assert_eq!(planned.iter().map(|job| job.due_at).collect::<Vec<_>>(), [at(3_610)]);

    let tidy = Command::Tidy(Tidy { most: 1 });
    assert_eq!(ask(store, tidy.clone(), 3_609).await, Answer::Tidied { next: Some(at(3_610)) });
    assert_eq!(ask(store, tidy.clone(), 3_610).await, Answer::Tidied { next: Some(at(3_610)) });
    assert!(store.hold(&studio(), &"short".into()).await.unwrap().is_none());
    assert!(store.hold(&studio(), &"long".into()).await.unwrap().is_some());
    assert_eq!(ask(store, tidy.clone(), 3_610).await, Answer::Tidied { next: Some(at(3_700)) });
    assert_eq!(ask(store, tidy.clone(), 3_700).await, Answer::Tidied { next: Some(at(3_700)) });
    assert_eq!(ask(store, tidy, 3_700).await, Answer::Tidied { next: None });
    // Nothing is counted twice, or too seldom, by it.
    assert!(ask(store, make("new", 10), 3_701).await.is_success());
}

pub(crate) async fn an_answer_is_remembered_for_a_week(store: &dyn Store) {
    let week = 7 * 24 * 3_600;
    let make = || Command::Hold(Box::new(hold("mine", 9)));
    assert!(ask_once(store, "k", make(), 0).await.is_success());
    let tidy = Command::Tidy(Tidy { most: 9 });
    ask(store, tidy.clone(), week - 1).await;
    assert_eq!(
        ask_once(store, "k", Command::Recall, week - 1).await,
        ask_once(store, "k", make(), week - 1).await
    );
    ask(store, tidy, week).await;
    assert_eq!(ask_once(store, "k", Command::Recall, week).await, Answer::Unheard);
}
