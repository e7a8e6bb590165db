//! The tasks that decide requests: a shop's requests go all to the same one, which takes all that wait into one
//! transaction, commits once, and then answers each.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tearline_core::ledger::{Answer, Request};
use tearline_core::names::ShopId;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::Clocks;
use super::connection::patiently;
use super::ledger;
use super::pool::Pool;
use crate::StoreError;

/// How many of them there are; each has a connection.
pub(super) const COMMITTERS: u32 = 4;

/// The most requests that share a commit; past a hundred, little is gained.
const REQUESTS_PER_COMMIT: usize = 512;

/// The most requests that wait for one of them; who comes later waits for room.
const REQUESTS_WAITING: usize = 4 * REQUESTS_PER_COMMIT;

/// A request that waits for its answer.
struct Job {
    shop: ShopId,
    request: Request,
    now: Timestamp,
    reply: oneshot::Sender<Result<Answer, StoreError>>,
}

/// The handles to the tasks.
pub(super) struct Committers {
    inboxes: Mutex<Vec<mpsc::Sender<Job>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Committers {
    /// Starts them, each with a connection of `pool`.
    pub(super) fn start(pool: &Pool, clocks: Clocks) -> Self {
        let (mut inboxes, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..COMMITTERS {
            let (inbox, jobs) = mpsc::channel(REQUESTS_WAITING);
            inboxes.push(inbox);
            tasks.push(tokio::spawn(work(pool.clone(), clocks, jobs)));
        }
        Self { inboxes: Mutex::new(inboxes), tasks: Mutex::new(tasks) }
    }

    /// Decides a request and answers once that is committed.
    pub(super) async fn decide(
        &self,
        shop: &ShopId,
        request: Request,
        now: Timestamp,
    ) -> Result<Answer, StoreError> {
        let inbox = self.inbox_of(shop).ok_or(StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let job = Job { shop: shop.clone(), request, now, reply };
        inbox.send(job).await.map_err(|_| StoreError::Closed)?;
        drop(inbox);
        answer.await.map_err(|_| StoreError::Closed)?
    }

    fn inbox_of(&self, shop: &ShopId) -> Option<mpsc::Sender<Job>> {
        let inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = rustc_hash::FxBuildHasher.hash_one(shop.as_str());
        let turn = hash.checked_rem(inboxes.len() as u64)?;
        inboxes.get(usize::try_from(turn).unwrap_or(0)).cloned()
    }

    /// Takes no more requests, and waits for those that were submitted.
    pub(super) async fn close(&self) {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // One that panicked has answered nobody who could still be told.
            let _ = task.await;
        }
    }
}

/// The life of a task.
async fn work(pool: Pool, clocks: Clocks, mut inbox: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while inbox.recv_many(&mut jobs, REQUESTS_PER_COMMIT).await > 0 {
        let mut waiting = VecDeque::from(std::mem::take(&mut jobs));
        while let Some(first) = waiting.pop_front() {
            let (same, others) = waiting.into_iter().partition(|job| belongs(&first, job, clocks));
            waiting = others;
            let mut batch: Vec<Job> = vec![first];
            batch.extend(Vec::from(same));
            commit(&pool, clocks, batch).await;
        }
    }
}

/// Whether two requests can be decided together: of one shop, at one time.
fn belongs(first: &Job, job: &Job, clocks: Clocks) -> bool {
    first.shop == job.shop && (clocks == Clocks::Database || first.now == job.now)
}

/// Commits all jobs together, or, if that fails for good, each alone: a failing one harms no other.
async fn commit(pool: &Pool, clocks: Clocks, jobs: Vec<Job>) {
    match transact(pool, clocks, &jobs).await {
        Ok(answers) => {
            for (job, answer) in jobs.into_iter().zip(answers) {
                // Whoever asked may have gone; what was asked is done all the same.
                let _ = job.reply.send(Ok(answer));
            }
        }
        // Alone, each of them would wait as long for the same.
        Err(failure) if jobs.len() == 1 || failure.retryable() => {
            for job in jobs {
                let _ = job.reply.send(Err(failure.clone()));
            }
        }
        Err(_) => {
            for job in jobs {
                Box::pin(commit(pool, clocks, vec![job])).await;
            }
        }
    }
}

async fn transact(pool: &Pool, clocks: Clocks, jobs: &[Job]) -> Result<Vec<Answer>, StoreError> {
    let Some(first) = jobs.first() else { return Ok(Vec::new()) };
    let requests: Vec<&Request> = jobs.iter().map(|job| &job.request).collect();
    patiently!(async {
        let transaction = pool.begin(&first.shop).await?;
        let now = match clocks {
            Clocks::Database => transaction.clock,
            Clocks::Callers => first.now,
        };
        ledger::decide(transaction, &requests, now).await
    })
}
