//! Jobs of a shop in memory.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tearline_core::jobs::{NewJob, Outcome, retry_at};
use tearline_core::names::ShopId;
use uuid::Uuid;

use crate::jobs::{Job, JobId, WorkerId};

#[derive(Debug, Default)]
pub(super) struct Planned {
    planned: u64,
    jobs: BTreeMap<JobId, Kept>,
}

#[derive(Debug)]
struct Kept {
    job: Job,
    once: Option<String>,
    worker: Option<WorkerId>,
    given_up: bool,
}

impl Planned {
    pub(super) fn plan(&mut self, shop: &ShopId, new: Vec<NewJob>) {
        for NewJob { task, due_at, once } in new {
            if self.is_covered(once.as_deref(), due_at) {
                continue;
            }
            self.planned += 1;
            let id = JobId(Uuid::from_u128(self.planned.into()));
            let job = Job { id, shop: shop.clone(), task, due_at, attempts: 0, error: None };
            self.jobs.insert(id, Kept { job, once, worker: None, given_up: false });
        }
    }

    /// Whether a job of this name waits; then it is done early enough for both.
    fn is_covered(&mut self, once: Option<&str>, due_at: Timestamp) -> bool {
        let Some(once) = once else { return false };
        let waits =
            |kept: &&mut Kept| kept.once.as_deref() == Some(once) && kept.worker.is_none() && !kept.given_up;
        let Some(kept) = self.jobs.values_mut().find(waits) else { return false };
        kept.job.due_at = kept.job.due_at.min(due_at);
        true
    }

    /// When there is something to do next.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.jobs.values().filter(|kept| !kept.given_up).map(|kept| kept.job.due_at).min()
    }

    pub(super) fn lease(
        &mut self,
        worker: WorkerId,
        now: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Vec<Job> {
        let mut due: Vec<&mut Kept> =
            self.jobs.values_mut().filter(|kept| !kept.given_up && kept.job.due_at <= now).collect();
        due.sort_by_key(|kept| (kept.job.task.priority(), kept.job.due_at, kept.job.id));
        let lease = |kept: &mut Kept| {
            kept.worker = Some(worker);
            kept.job.due_at = until;
            kept.job.attempts += 1;
            kept.job.clone()
        };
        due.into_iter().take(most).map(lease).collect()
    }

    pub(super) fn settle(&mut self, id: JobId, worker: WorkerId, outcome: Outcome, now: Timestamp) -> bool {
        let is_its = |kept: &Kept| kept.worker == Some(worker) && !kept.given_up;
        if !self.jobs.get(&id).is_some_and(is_its) {
            return false;
        }
        let mut kept = self.jobs.remove(&id).expect("it is there");
        kept.worker = None;
        match outcome {
            Outcome::Done => return true,
            Outcome::Again { due_at } => {
                (kept.job.due_at, kept.job.attempts, kept.job.error) = (due_at, 0, None);
            }
            Outcome::Failed { why } => {
                kept.job.error = Some(why);
                match retry_at(kept.job.attempts, now) {
                    Some(due_at) => kept.job.due_at = due_at,
                    None => kept.given_up = true,
                }
            }
        }
        self.wait(kept);
        true
    }

    fn wait(&mut self, kept: Kept) {
        if kept.given_up || !self.is_covered(kept.once.as_deref(), kept.job.due_at) {
            self.jobs.insert(kept.job.id, kept);
        }
    }

    pub(super) fn list(&self, given_up: bool, after: Option<JobId>, limit: u32) -> Vec<Job> {
        let listed = self.jobs.values().filter(|kept| kept.given_up == given_up && Some(kept.job.id) > after);
        listed.take(limit as usize).map(|kept| kept.job.clone()).collect()
    }

    pub(super) fn revive(&mut self, id: JobId, now: Timestamp) -> bool {
        if !self.jobs.get(&id).is_some_and(|kept| kept.given_up) {
            return false;
        }
        let mut kept = self.jobs.remove(&id).expect("it is there");
        (kept.given_up, kept.job.due_at, kept.job.attempts) = (false, now, 0);
        self.wait(kept);
        true
    }
}
