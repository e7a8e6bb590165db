//! Jobs in PostgreSQL.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tearline_core::jobs::{NewJob, Outcome, Priority, retry_at};
use tearline_core::names::ShopId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::connection::{Call, Conn, call};
use super::rows::{body, count, get, instant, kept, original, parsed, some_text, written};
use super::sql;
use super::transaction::Transaction;
use crate::StoreError;
use crate::jobs::{Job, JobId, WorkerId};
use crate::stored::new_id;

/// From how many shops one worker takes jobs at once.
const SHOPS_AT_ONCE: u32 = 16;

/// Keeps jobs. Of those of one name that wait, one stays, with the earlier time.
pub(super) fn plan<'a>(shop: &'a str, jobs: &'a [NewJob], now: Timestamp) -> Vec<Call<'a>> {
    let Some(earliest) = jobs.iter().map(|job| job.due_at).min() else { return Vec::new() };
    let jobs = each_name_once(jobs);
    let each = || jobs.iter();
    vec![
        call!(
            sql::JOBS_ADD,
            shop,
            each().map(|_| new_id(now)).collect::<Vec<_>>(),
            each().map(|(job, _)| place(job.task.priority())).collect::<Vec<_>>(),
            each().map(|(_, due_at)| due_at.as_microsecond()).collect::<Vec<_>>(),
            each().map(|(job, _)| job.once.as_deref().map(kept)).collect::<Vec<_>>(),
            each().map(|(job, _)| written(&job.task)).collect::<Vec<_>>(),
        ),
        call!(sql::JOB_SHOP_EARLIER, shop, earliest.as_microsecond()),
    ]
}

/// The jobs with their times: one statement may meet a name only once.
fn each_name_once(jobs: &[NewJob]) -> Vec<(&NewJob, Timestamp)> {
    let (mut all, mut named) = (Vec::with_capacity(jobs.len()), BTreeMap::new());
    for job in jobs {
        let Some(name) = job.once.as_deref() else {
            all.push((job, job.due_at));
            continue;
        };
        let at = *named.entry(name).or_insert(all.len());
        match all.get_mut(at) {
            Some((_, due_at)) => *due_at = job.due_at.min(*due_at),
            None => all.push((job, job.due_at)),
        }
    }
    all
}

fn place(priority: Priority) -> i16 {
    priority.place().into()
}

/// The shops that have something to do, those that wait the longest first.
pub(super) async fn due_shops(conn: &Conn, now: Timestamp, most: u32) -> Result<Vec<ShopId>, StoreError> {
    let most = i64::from(SHOPS_AT_ONCE.min(most));
    let rows = conn.rows(sql::JOB_SHOPS_DUE, &[&now.as_microsecond(), &most]).await?;
    rows.iter().map(|row| parsed(row, 0, "a shop")).collect()
}

/// Leases jobs of one shop that are due.
pub(super) async fn lease(
    transaction: Transaction,
    worker: WorkerId,
    now: Timestamp,
    until: Timestamp,
    most: u32,
) -> Result<Vec<Job>, StoreError> {
    let shop = transaction.shop().clone();
    let jobs = due_jobs(transaction.conn(), &shop, now, most).await?;
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id.0).collect();
    let lease = call!(sql::JOBS_LEASE, shop.to_string(), ids, worker.0, until.as_microsecond());
    let ahead = look_ahead(transaction.conn(), &shop, vec![lease]).await?;
    transaction.commit(vec![ahead]).await?;
    let leased = |job: Job| Job { due_at: until, attempts: job.attempts + 1, ..job };
    Ok(jobs.into_iter().map(leased).collect())
}

async fn due_jobs(conn: &Conn, shop: &ShopId, now: Timestamp, most: u32) -> Result<Vec<Job>, StoreError> {
    let mut jobs: Vec<Job> = Vec::new();
    for priority in Priority::ALL {
        let rest = i64::from(most.saturating_sub(u32::try_from(jobs.len()).unwrap_or(most)));
        let page: [&(dyn ToSql + Sync); 4] = [&shop.as_str(), &place(priority), &now.as_microsecond(), &rest];
        for row in conn.rows(sql::JOBS_DUE, &page).await? {
            jobs.push(job(shop, &row)?);
        }
    }
    Ok(jobs)
}

/// Runs statements, and answers the one that notes when the shop has something to do next.
async fn look_ahead<'a>(
    conn: &Conn,
    shop: &'a ShopId,
    mut calls: Vec<Call<'a>>,
) -> Result<Call<'a>, StoreError> {
    let before = calls.len();
    let next = |priority| call!(sql::JOB_NEXT, shop.as_str(), place(priority));
    calls.extend(Priority::ALL.map(next));
    let answers = conn.pipeline(&calls).await?;
    let firsts = answers.iter().skip(before).filter_map(|rows| rows.first());
    let firsts = firsts.map(|row| get::<i64>(row, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok(match firsts.into_iter().min() {
        Some(due_at) => call!(sql::JOB_SHOP_SAVE, shop.as_str(), due_at),
        None => call!(sql::JOB_SHOP_REMOVE, shop.as_str()),
    })
}

/// Says what became of a leased job.
pub(super) async fn settle(
    transaction: Transaction,
    job: &Job,
    worker: WorkerId,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (conn, shop) = (transaction.conn(), transaction.shop().clone());
    let key: [&(dyn ToSql + Sync); 3] = [&shop.as_str(), &job.id.0, &worker.0];
    let Some(row) = conn.first(sql::JOB_OF, &key).await? else {
        transaction.roll_back().await?;
        return Ok(false);
    };
    let once = some_text(&row, 0)?;
    let attempts = u32::try_from(count(&row, 1)?).unwrap_or(u32::MAX);
    let change = match outcome {
        Outcome::Done => remove(&shop, job.id),
        Outcome::Again { due_at } => wait(conn, &shop, job.id, once.as_deref(), *due_at, 0, None).await?,
        Outcome::Failed { why } => match retry_at(attempts, now) {
            Some(due_at) => wait(conn, &shop, job.id, once.as_deref(), due_at, attempts, Some(why)).await?,
            None => call!(sql::JOB_GIVE_UP, shop.to_string(), job.id.0, kept(why).into_owned()),
        },
    };
    let ahead = look_ahead(conn, &shop, vec![change]).await?;
    transaction.commit(vec![ahead]).await?;
    Ok(true)
}

fn remove<'a>(shop: &ShopId, id: JobId) -> Call<'a> {
    call!(sql::JOB_REMOVE, shop.to_string(), id.0)
}

/// Lets a job wait; where another one of its name waits already, that one is done early enough for both.
async fn wait<'a>(
    conn: &Conn,
    shop: &ShopId,
    id: JobId,
    once: Option<&str>,
    due_at: Timestamp,
    attempts: u32,
    error: Option<&str>,
) -> Result<Call<'a>, StoreError> {
    let due_at = due_at.as_microsecond();
    let once = once.map(kept);
    let other: [&(dyn ToSql + Sync); 3] = [&shop.as_str(), &once, &due_at];
    if conn.execute(sql::JOB_ONCE_EARLIER, &other).await? > 0 {
        return Ok(remove(shop, id));
    }
    let error = error.map(|error| kept(error).into_owned());
    Ok(call!(sql::JOB_WAIT, shop.to_string(), id.0, due_at, i64::from(attempts), error))
}

/// The jobs of a shop that wait, or those that were given up.
pub(super) async fn list(
    conn: &Conn,
    shop: &ShopId,
    given_up: bool,
    after: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>, StoreError> {
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let rows = conn.rows(sql::JOBS, &[&shop.as_str(), &given_up, &after, &i64::from(limit)]).await?;
    rows.iter().map(|row| job(shop, row)).collect()
}

/// Lets a job that was given up be tried again.
pub(super) async fn revive(transaction: Transaction, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
    let (conn, shop) = (transaction.conn(), transaction.shop().clone());
    let Some(row) = conn.first(sql::JOB_GIVEN_UP, &[&shop.as_str(), &id.0]).await? else {
        transaction.roll_back().await?;
        return Ok(false);
    };
    let (job, once) = (job(&shop, &row)?, some_text(&row, 5)?);
    let change = wait(conn, &shop, id, once.as_deref(), now, 0, job.error.as_deref()).await?;
    let ahead = look_ahead(conn, &shop, vec![change]).await?;
    transaction.commit(vec![ahead]).await?;
    Ok(true)
}

/// Reads `job_id, due_at, attempts, error, body`.
fn job(shop: &ShopId, row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: JobId(get(row, 0)?),
        shop: shop.clone(),
        task: body(row, 4)?,
        due_at: instant(get(row, 1)?)?,
        attempts: u32::try_from(count(row, 2)?).unwrap_or(u32::MAX),
        error: get::<Option<&str>>(row, 3)?.map(original),
    })
}
