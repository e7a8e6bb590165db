//! The one thread that writes: it takes every job that waits, runs them in one transaction, commits once, and then
//! answers each. One sync to disk serves them all, and a job's rule never notices the others.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::open::Database;
use crate::feed::Announcer;
use crate::{ShopVersion, StoreError};

/// The most jobs that share a commit; past a hundred, little is gained.
const JOBS_PER_COMMIT: usize = 512;

/// The most jobs that wait; who comes later waits for room.
const JOBS_WAITING: usize = 4 * JOBS_PER_COMMIT;

/// The transaction a job runs in.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    /// Where the job reads and writes.
    pub(super) conn: &'a Connection,
    /// What the feed will tell once this is committed.
    pub(super) news: Vec<ShopVersion>,
}

/// Work for the writer. It may run twice: a batch that fails is rolled back, and its jobs run again, each alone.
trait Job: Send {
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), StoreError>;
    fn answer(self: Box<Self>, result: Result<(), StoreError>);
}

struct Pending<T, F> {
    work: F,
    outcome: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Pending<T, F>
where
    T: Send,
    F: FnMut(&mut Batch<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), StoreError> {
        self.outcome = Some((self.work)(batch)?);
        Ok(())
    }

    fn answer(self: Box<Self>, result: Result<(), StoreError>) {
        let Self { outcome, reply, .. } = *self;
        let answer = result.map(|()| outcome.expect("a committed job has run"));
        // Whoever asked may have gone; what was asked is done all the same.
        let _ = reply.send(answer);
    }
}

/// The handle to the thread.
pub(super) struct Writer {
    inbox: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
    commits: Arc<AtomicU64>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn start(database: Database, announcer: Announcer) -> Result<Self, std::io::Error> {
        let (inbox, jobs) = mpsc::channel(JOBS_WAITING);
        let thread = thread::Builder::new().name("tearline-writer".into());
        let commits = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&commits);
        let thread = thread.spawn(move || work(database, jobs, &announcer, &counted))?;
        Ok(Self { inbox: Mutex::new(Some(inbox)), thread: Mutex::new(Some(thread)), commits })
    }

    /// Runs `work` on the writer's connection and answers once it is committed.
    pub(super) async fn submit<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { work, outcome: None, reply });
        let inbox = unpoisoned(&self.inbox).clone().ok_or(StoreError::Closed)?;
        inbox.send(job).await.map_err(|_| StoreError::Closed)?;
        drop(inbox);
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// How often something was committed: each time, one sync to disk.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Takes no more jobs, waits for those that were submitted, and closes the database.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        unpoisoned(&self.inbox).take();
        let Some(thread) = unpoisoned(&self.thread).take() else { return Ok(()) };
        let ended = tokio::task::spawn_blocking(|| thread.join()).await;
        ended.map_err(|_| StoreError::Closed)?.map_err(|_| StoreError::Closed)?
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The life of the thread. `lock` outlives the connection, so that no one opens a database half closed.
fn work(
    Database { mut writer, lock }: Database,
    mut inbox: mpsc::Receiver<Box<dyn Job>>,
    announcer: &Announcer,
    commits: &AtomicU64,
) -> Result<(), StoreError> {
    let mut jobs = Vec::new();
    while inbox.blocking_recv_many(&mut jobs, JOBS_PER_COMMIT) > 0 {
        commit(&mut writer, std::mem::take(&mut jobs), announcer, commits);
    }
    close(writer, lock)
}

fn close(writer: Connection, lock: File) -> Result<(), StoreError> {
    let tidied = writer.execute_batch("PRAGMA optimize");
    let closed = writer.close().map_err(|(_, failure)| failure);
    drop(lock);
    Ok(tidied.and(closed)?)
}

/// Commits all jobs together, or, if one of them fails, each alone: a failing job harms no other.
fn commit(conn: &mut Connection, mut jobs: Vec<Box<dyn Job>>, announcer: &Announcer, commits: &AtomicU64) {
    match transact(conn, &mut jobs) {
        Ok(news) => {
            commits.fetch_add(1, Ordering::Relaxed);
            announcer.announce(news);
            answer(jobs, &Ok(()));
        }
        // Alone, each of them would wait as long for the same lock.
        Err(failure) if jobs.len() == 1 || failure.retryable() => answer(jobs, &Err(failure)),
        Err(_) => {
            for job in jobs {
                commit(conn, vec![job], announcer, commits);
            }
        }
    }
}

fn answer(jobs: Vec<Box<dyn Job>>, result: &Result<(), StoreError>) {
    for job in jobs {
        job.answer(result.clone());
    }
}

fn transact(conn: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<Vec<ShopVersion>, StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut batch = Batch { conn: &tx, news: Vec::new() };
    for job in jobs {
        job.run(&mut batch)?;
    }
    let news = batch.news;
    tx.commit()?;
    Ok(news)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many rows there were, and how many jobs had run in the same transaction.
    type Counts = (i64, usize);
    type Answer = oneshot::Receiver<Result<Counts, StoreError>>;

    fn database() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE n (n INTEGER NOT NULL CHECK (n < 100)) STRICT").unwrap();
        conn
    }

    /// Adds a row below 100 and counts.
    fn add(n: u64) -> (Box<dyn Job>, Answer) {
        let (reply, answer) = oneshot::channel();
        let work = move |batch: &mut Batch<'_>| {
            batch.conn.execute("INSERT INTO n VALUES (?1)", [i64::try_from(n).unwrap()])?;
            batch.news.push(ShopVersion { shop: "studio".parse().unwrap(), config_version: n });
            let rows = batch.conn.query_row("SELECT count(*) FROM n", [], |row| row.get(0))?;
            Ok((rows, batch.news.len()))
        };
        (Box::new(Pending { work, outcome: None, reply }), answer)
    }

    /// Commits jobs that add these rows; answers theirs and the last news of the feed.
    fn run(rows: &[u64]) -> (Vec<Result<Counts, StoreError>>, Option<u64>) {
        let (announcer, subscriptions) = Announcer::new();
        let mut feed = subscriptions.feed();
        let (jobs, answers): (Vec<_>, Vec<_>) = rows.iter().copied().map(add).unzip();
        commit(&mut database(), jobs, &announcer, &AtomicU64::new(0));
        drop(announcer);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let news = runtime.block_on(feed.next()).map(|news| news[0].config_version);
        (answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect(), news)
    }

    #[test]
    fn jobs_that_wait_share_a_commit() {
        let (answers, news) = run(&[1, 2, 3]);
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!((answers, news), (vec![(1, 1), (2, 2), (3, 3)], Some(3)));
    }

    #[test]
    fn a_failing_job_harms_no_other() {
        let (answers, news) = run(&[1, 100, 3]);
        assert!(
            matches!(answers[..], [Ok((1, 1)), Err(StoreError::Database { .. }), Ok((2, 1))]),
            "{answers:?}"
        );
        assert_eq!(news, Some(3));
    }

    #[test]
    fn what_was_rolled_back_is_no_news() {
        let (answers, news) = run(&[100]);
        assert!(answers[0].is_err());
        assert_eq!(news, None);
    }
}
