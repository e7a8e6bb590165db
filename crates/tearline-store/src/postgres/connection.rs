//! One connection: statements prepared once, and many on their way at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use tokio::time::Instant;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::address::PostgresAddress;
use crate::StoreError;

/// The plans of the statements are what they were written for, whatever the statistics say: by their indexes, and
/// planned once. A client that is gone keeps nothing locked for long.
const SESSION: &str = "
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off;
    SET lock_timeout = '40s';
    SET idle_in_transaction_session_timeout = '30s';
    SET default_transaction_isolation = 'read committed';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Not every server was built with it.
const SESSION_IF_POSSIBLE: &str = "SET default_toast_compression = 'lz4'";

/// A statement with what it is told.
pub(super) struct Call<'a> {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Box<dyn ToSql + Sync + Send + 'a>>,
}

/// A [`Call`]: a statement, and its values in order.
macro_rules! call {
    ($sql:expr $(, $value:expr)* $(,)?) => {
        $crate::postgres::connection::Call { sql: $sql, values: vec![$(Box::new($value)),*] }
    };
}
pub(super) use call;

/// An open connection, used by one task at a time or by many that only read.
pub(super) struct Conn {
    client: Client,
    place: Arc<str>,
    statements: Mutex<HashMap<&'static str, Statement>>,
}

impl Conn {
    pub(super) async fn open(address: &PostgresAddress) -> Result<Self, StoreError> {
        let place: Arc<str> = address.to_string().into();
        let (client, connection) = address.connect().await.map_err(|error| not_let_in(&place, error))?;
        // It ends with the client.
        tokio::spawn(connection);
        Self::begin(client, place).await
    }

    /// Takes over a client whose connection somebody else moves.
    pub(super) async fn begin(client: Client, place: Arc<str>) -> Result<Self, StoreError> {
        client.batch_execute(SESSION).await.map_err(|error| failure(&place, error))?;
        // Where it is not known, the server compresses in its own way.
        let _ = client.batch_execute(SESSION_IF_POSSIBLE).await;
        Ok(Self { client, place, statements: Mutex::default() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs text as it is: for migrations.
    pub(super) async fn script(&self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(|error| self.failure(error))
    }

    /// The first column of each row of a text that is run as it is.
    #[cfg(test)]
    pub(super) async fn simple(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        use tokio_postgres::SimpleQueryMessage::Row;
        let messages = self.client.simple_query(sql).await.map_err(|error| self.failure(error))?;
        let first = |message| if let Row(row) = message { row.get(0).map(str::to_owned) } else { None };
        Ok(messages.into_iter().filter_map(first).collect())
    }

    /// The rows of a statement.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(sql).await?;
        self.client.query(&statement, values).await.map_err(|error| self.failure(error))
    }

    /// The first row of a statement.
    pub(super) async fn first(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs a statement that changes rows and answers how many.
    pub(super) async fn execute(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let statement = self.statement(sql).await?;
        self.client.execute(&statement, values).await.map_err(|error| self.failure(error))
    }

    /// Sends statements one behind the other without waiting in between; the server takes them in this order. Answers
    /// the rows of each, or the first failure.
    pub(super) async fn pipeline(&self, calls: &[Call<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let statements = try_join_all(calls.iter().map(|call| self.statement(call.sql))).await?;
        // Each is sent when it is first polled, which happens in order.
        let answers = join_all(calls.iter().zip(&statements).map(|(call, to)| self.run(call, to))).await;
        answers.into_iter().collect::<Result<_, _>>().map_err(|error| self.failure(error))
    }

    async fn run(&self, call: &Call<'_>, statement: &Statement) -> Result<Vec<Row>, tokio_postgres::Error> {
        let values: Vec<&(dyn ToSql + Sync)> =
            call.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        self.client.query(statement, &values).await
    }

    async fn statement(&self, sql: &'static str) -> Result<Statement, StoreError> {
        let known = self.statements().get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await.map_err(|error| self.failure(error))?;
        self.statements().insert(sql, statement.clone());
        Ok(statement)
    }

    fn statements(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, Statement>> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, error: tokio_postgres::Error) -> StoreError {
        failure(&self.place, error)
    }
}

/// Why a connection was not made: what the server said, else that it was not reached.
pub(super) fn not_let_in(place: &str, error: tokio_postgres::Error) -> StoreError {
    // The server asks for a password that we were not told.
    let is_about_us = error.to_string().starts_with("invalid configuration");
    match failure(place, error) {
        StoreError::Database { source } if is_about_us => {
            StoreError::Denied { place: place.to_owned(), source }
        }
        StoreError::Database { source } => StoreError::Unreachable { place: place.to_owned(), source },
        failure => failure,
    }
}

/// What the world does, in our words.
pub(super) fn failure(place: &str, error: tokio_postgres::Error) -> StoreError {
    let place = place.to_owned();
    let Some(code) = error.code().cloned() else {
        let is_lost = error.is_closed()
            || std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        let source = Arc::new(error);
        return if is_lost {
            StoreError::Unreachable { place, source }
        } else {
            StoreError::Database { source }
        };
    };
    let source = Arc::new(error);
    match code {
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED => StoreError::Busy { source },
        SqlState::DISK_FULL | SqlState::OUT_OF_MEMORY => StoreError::Full { source },
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => {
            StoreError::Damaged { what: "the database", source }
        }
        SqlState::INVALID_PASSWORD
        | SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        | SqlState::INVALID_CATALOG_NAME
        | SqlState::INSUFFICIENT_PRIVILEGE => StoreError::Denied { place, source },
        code if is_lost(code.code()) => StoreError::Unreachable { place, source },
        _ => StoreError::Database { source },
    }
}

/// The server ends the connection, or has no room for it: shutdown, restart, time-out of an idle transaction.
fn is_lost(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("57P") || matches!(code, "25P03" | "53300" | "25006")
}

/// How long a call tries again where the world fails in a way that passes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits a little longer each time.
pub(super) struct Patience {
    since: Instant,
    attempts: u32,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), attempts: 0 }
    }

    /// Whether to try again after a failure, now that a while has passed.
    pub(super) async fn again(&mut self, failure: &StoreError) -> bool {
        let passes = matches!(failure, StoreError::Busy { .. } | StoreError::Unreachable { .. });
        if !passes || self.since.elapsed() > PATIENCE {
            return false;
        }
        // A connection that was lost while it was idle is replaced at once.
        if self.attempts > 0 {
            tokio::time::sleep(Duration::from_millis(5 << self.attempts.min(7))).await;
        }
        self.attempts += 1;
        true
    }
}

/// Does something until it succeeds, fails for good, or has been tried for long enough.
macro_rules! patiently {
    ($work:expr) => {{
        let mut patience = $crate::postgres::connection::Patience::new();
        loop {
            match $work.await {
                Err(failure) if patience.again(&failure).await => {}
                done => break done,
            }
        }
    }};
}
pub(super) use patiently;
