//! The worker: takes jobs that are due, does them, and says what became of each.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tearline_core::jobs::{Outcome, Task};
use tearline_core::ledger::{Answer, Command, Request, Tidy};
use tearline_core::names::ShopId;
pub use tearline_store::{Job, JobId};
use tearline_store::{StoreError, WorkerId};

use crate::App;

/// How many jobs one worker takes at once.
const JOBS_AT_ONCE: u32 = 32;

/// How long a worker may take for them: a job that takes longer does a part, and is done again.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How often is looked for what other processes, or time, have made due.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long a worker waits where the store fails.
const STORE_FAILS: Duration = Duration::from_secs(5);

/// How many rows of each kind are removed in one transaction.
const TIDY_AT_ONCE: u32 = 200;

/// How many such transactions one job makes.
const TIDY_TIMES: usize = 20;

impl App {
    /// Does jobs until it is dropped: to be run beside the server. What is cut off is done again.
    pub async fn work(&self) {
        let (worker, bell) = (WorkerId::new(), self.store.bell());
        loop {
            match self.work_once(worker).await {
                Ok(0) => {
                    // Whichever comes first.
                    let _ = tokio::time::timeout(LOOK_AGAIN, bell.notified()).await;
                }
                Ok(_) => {}
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "jobs cannot be looked for");
                    tokio::time::sleep(STORE_FAILS).await;
                }
            }
        }
    }

    /// Does what is due, some jobs at most; answers how many there were.
    async fn work_once(&self, worker: WorkerId) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
        let jobs = self.store.lease(worker, now, until, JOBS_AT_ONCE).await?;
        for job in &jobs {
            let outcome =
                self.run(job).await.unwrap_or_else(|error| Outcome::Failed { why: error.to_string() });
            if let Outcome::Failed { why } = &outcome {
                let (shop, task) = (&job.shop, job.task.name());
                tracing::warn!(%shop, task, attempts = job.attempts, why, "a job has failed");
            }
            self.store.settle(job, worker, outcome, self.clock.now()).await?;
        }
        Ok(jobs.len())
    }

    async fn run(&self, job: &Job) -> Result<Outcome, StoreError> {
        match &job.task {
            Task::Tidy => self.tidy(&job.shop).await,
        }
    }

    /// Removes what is over in a shop, a good part of it at most.
    async fn tidy(&self, shop: &ShopId) -> Result<Outcome, StoreError> {
        for _ in 0..TIDY_TIMES {
            let now = self.clock.now();
            let command = Command::Tidy(Tidy { most: TIDY_AT_ONCE });
            let request = Request { by: "tearline".to_owned(), once: None, command };
            let Answer::Tidied { next } = self.store.decide(shop, request, now).await? else {
                unreachable!("tidying up is never refused")
            };
            match next {
                None => return Ok(Outcome::Done),
                Some(due_at) if now < due_at => return Ok(Outcome::Again { due_at }),
                Some(_) => {}
            }
        }
        Ok(Outcome::Again { due_at: self.clock.now() })
    }
}

/// The jobs of a shop that wait, or those that were given up, ordered by name.
///
/// # Errors
///
/// The store failed.
pub async fn list(
    app: &App,
    shop: &ShopId,
    given_up: bool,
    after: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>, crate::AppError> {
    Ok(app.store.jobs(shop, given_up, after, limit).await?)
}

/// Lets a job that was given up be tried again now; answers whether there is one.
///
/// # Errors
///
/// The store failed.
pub async fn revive(app: &App, shop: &ShopId, id: JobId) -> Result<bool, crate::AppError> {
    Ok(app.store.revive(shop, id, app.clock.now()).await?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tearline_core::jobs::NewJob;
    use tearline_store::ModelStore;

    use super::*;
    use crate::clock::{Clock, StillClock};

    /// Time goes on, and the worker removes what is over without anybody asking for it.
    #[tokio::test]
    async fn a_worker_tidies_up_when_it_is_time() {
        let clock = Arc::new(StillClock::at("2026-03-01T10:00:00Z".parse().unwrap()));
        let app = App::new(Arc::new(ModelStore::new()), clock.clone());
        let (shop, worker): (ShopId, _) = ("studio".parse().unwrap(), WorkerId::new());
        let due_at = clock.now().checked_add(SignedDuration::from_secs(5)).unwrap();
        app.store.plan(&shop, vec![NewJob::tidy(due_at)]).await.unwrap();
        assert_eq!(app.work_once(worker).await.unwrap(), 0);
        clock.advance(SignedDuration::from_secs(5));
        assert_eq!(app.work_once(worker).await.unwrap(), 1);
        assert_eq!(app.store.jobs(&shop, false, None, 9).await.unwrap(), []);
    }
}
