//! Jobs in SQLite.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use tearline_core::jobs::{NewJob, Outcome, Priority, retry_at};
use tearline_core::names::ShopId;
use uuid::Uuid;

use super::ledger::written;
use super::rows::{all, count, execute, first, instant, parsed};
use super::sql;
use crate::StoreError;
use crate::jobs::{Job, JobId, WorkerId};
use crate::stored::new_id;

/// From how many shops one worker takes jobs at once.
const SHOPS_AT_ONCE: u32 = 16;

/// Keeps jobs. Of those of one name that wait, one stays, with the earlier time.
pub(super) fn plan(
    conn: &Connection,
    shop: &ShopId,
    jobs: &[NewJob],
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(earliest) = jobs.iter().map(|job| job.due_at).min() else { return Ok(()) };
    for job in jobs {
        let (id, due_at) = (new_id(now), job.due_at.as_microsecond());
        let (priority, body) = (job.task.priority().place(), written(&job.task));
        let row = params![shop.as_str(), id.as_bytes(), priority, due_at, job.once, body];
        execute(conn, sql::JOB_ADD, row)?;
    }
    execute(conn, sql::JOB_SHOP_EARLIER, params![shop.as_str(), earliest.as_microsecond()])?;
    Ok(())
}

/// Whether anything is due in any shop.
pub(super) fn is_due(conn: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    Ok(!due_shops(conn, now, 1)?.is_empty())
}

fn due_shops(conn: &Connection, now: Timestamp, most: u32) -> Result<Vec<ShopId>, StoreError> {
    all(conn, sql::JOB_SHOPS_DUE, params![now.as_microsecond(), most], |row| parsed(row, 0, "a shop"))
}

/// Leases jobs that are due, of each shop its share.
pub(super) fn lease(
    conn: &Connection,
    worker: WorkerId,
    now: Timestamp,
    until: Timestamp,
    most: u32,
) -> Result<Vec<Job>, StoreError> {
    let shops = due_shops(conn, now, SHOPS_AT_ONCE.min(most))?;
    let share = most / u32::try_from(shops.len()).unwrap_or(1).max(1);
    let mut leased = Vec::new();
    for shop in &shops {
        for job in due_jobs(conn, shop, now, share)? {
            let row =
                params![shop.as_str(), job.id.0.as_bytes(), worker.0.as_bytes(), until.as_microsecond()];
            execute(conn, sql::JOB_LEASE, row)?;
            leased.push(Job { due_at: until, attempts: job.attempts + 1, ..job });
        }
        look_ahead(conn, shop)?;
    }
    Ok(leased)
}

fn due_jobs(conn: &Connection, shop: &ShopId, now: Timestamp, most: u32) -> Result<Vec<Job>, StoreError> {
    let mut jobs = Vec::new();
    for priority in Priority::ALL {
        let rest = most.saturating_sub(u32::try_from(jobs.len()).unwrap_or(most));
        let row = params![shop.as_str(), priority.place(), now.as_microsecond(), rest];
        jobs.extend(all(conn, sql::JOBS_DUE, row, |row| job(shop, row))?);
    }
    Ok(jobs)
}

/// Notes when the shop has something to do next.
fn look_ahead(conn: &Connection, shop: &ShopId) -> Result<(), StoreError> {
    let mut next = None;
    for priority in Priority::ALL {
        let row = params![shop.as_str(), priority.place()];
        let first: Option<i64> = first(conn, sql::JOB_NEXT, row, |row| Ok(row.get(0)?))?;
        next = next.into_iter().chain(first).min();
    }
    match next {
        Some(due_at) => execute(conn, sql::JOB_SHOP_SAVE, params![shop.as_str(), due_at])?,
        None => execute(conn, sql::JOB_SHOP_REMOVE, [shop.as_str()])?,
    };
    Ok(())
}

/// Says what became of a leased job.
pub(super) fn settle(
    conn: &Connection,
    job: &Job,
    worker: WorkerId,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let key = params![job.shop.as_str(), job.id.0.as_bytes(), worker.0.as_bytes()];
    let Some((once, attempts)) =
        first(conn, sql::JOB_OF, key, |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, u32>(1)?)))?
    else {
        return Ok(false);
    };
    let (due_at, attempts, error) = match outcome {
        Outcome::Done => {
            remove(conn, job)?;
            return Ok(true);
        }
        Outcome::Again { due_at } => (Some(*due_at), 0, None),
        Outcome::Failed { why } => (retry_at(attempts, now), attempts, Some(why.as_str())),
    };
    match due_at {
        Some(due_at) => wait(conn, job, once.as_deref(), due_at, attempts, error)?,
        None => {
            execute(conn, sql::JOB_GIVE_UP, params![job.shop.as_str(), job.id.0.as_bytes(), error])?;
        }
    }
    look_ahead(conn, &job.shop)?;
    Ok(true)
}

fn remove(conn: &Connection, job: &Job) -> Result<(), StoreError> {
    execute(conn, sql::JOB_REMOVE, params![job.shop.as_str(), job.id.0.as_bytes()])?;
    look_ahead(conn, &job.shop)
}

/// Lets a job wait; where another one of its name waits already, that one is done early enough for both.
fn wait(
    conn: &Connection,
    job: &Job,
    once: Option<&str>,
    due_at: Timestamp,
    attempts: u32,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let (shop, due_at) = (job.shop.as_str(), due_at.as_microsecond());
    if execute(conn, sql::JOB_ONCE_EARLIER, params![shop, once, due_at])? > 0 {
        return remove(conn, job);
    }
    execute(conn, sql::JOB_WAIT, params![shop, job.id.0.as_bytes(), due_at, attempts, error])?;
    Ok(())
}

/// The jobs of a shop that wait, or those that were given up.
pub(super) fn list(
    conn: &Connection,
    shop: &ShopId,
    given_up: bool,
    after: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>, StoreError> {
    let after = after.map_or(Uuid::nil(), |after| after.0);
    all(conn, sql::JOBS, params![shop.as_str(), given_up, after.as_bytes(), limit], |row| job(shop, row))
}

/// Lets a job that was given up be tried again.
pub(super) fn revive(
    conn: &Connection,
    shop: &ShopId,
    id: JobId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = params![shop.as_str(), id.0.as_bytes()];
    let Some((job, once)) =
        first(conn, sql::JOB_GIVEN_UP, row, |row| Ok((job(shop, row)?, row.get::<_, Option<String>>(5)?)))?
    else {
        return Ok(false);
    };
    wait(conn, &job, once.as_deref(), now, 0, job.error.as_deref())?;
    look_ahead(conn, shop)?;
    Ok(true)
}

/// Reads `job_id, due_at, attempts, error, body`.
fn job(shop: &ShopId, row: &Row<'_>) -> Result<Job, StoreError> {
    let body = row.get_ref(4)?.as_str().map_err(|bad| StoreError::damaged("a job", bad))?;
    Ok(Job {
        id: JobId(Uuid::from_bytes(row.get(0)?)),
        shop: shop.clone(),
        task: serde_json::from_str(body).map_err(|bad| StoreError::damaged("a job", bad))?,
        due_at: instant(row.get(1)?)?,
        attempts: u32::try_from(count(row, 2)?).unwrap_or(u32::MAX),
        error: row.get(3)?,
    })
}
