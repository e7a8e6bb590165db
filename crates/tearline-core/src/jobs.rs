//! Work that is planned in one transaction and done later, by whichever worker comes first.
//!
//! A worker leases a job for a time. One that dies gives nobody's work away: its lease runs out, and the job is leased
//! again. So a job may be done twice, and whatever it does must not mind.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How often a job is tried before it is given up and kept for somebody to look at.
pub const ATTEMPTS_MAX: u32 = 10;

/// The shortest and the longest time between two attempts, in seconds.
const WAIT_S: (i64, i64) = (2, 3_600);

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Removes holds that have ended, and answers that were remembered long enough.
    Tidy,
}

impl Task {
    /// Its name: `tidy`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tidy => "tidy",
        }
    }

    /// What is done first where several are due.
    pub fn priority(&self) -> Priority {
        match self {
            Self::Tidy => Priority::Low,
        }
    }
}

/// What is done first where several are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits for it.
    High,
    /// The ordinary.
    Normal,
    /// Whenever there is time.
    Low,
}

impl Priority {
    /// All of them, the first first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// Its place in [`Self::ALL`].
    pub fn place(self) -> u8 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }
}

/// A job that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What there is to do.
    pub task: Task,
    /// When.
    pub due_at: Timestamp,
    /// Of the jobs of a shop that wait under one name, one is kept, with the earlier time.
    pub once: Option<String>,
}

impl NewJob {
    /// Tidying up, of which one job waits at most.
    pub fn tidy(due_at: Timestamp) -> Self {
        Self { task: Task::Tidy, due_at, once: Some(Task::Tidy.name().to_owned()) }
    }
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is done for now, and is to be done again.
    Again {
        /// When.
        due_at: Timestamp,
    },
    /// It could not be done.
    Failed {
        /// Why.
        why: String,
    },
}

/// When to try again what has failed so many times; never once it has failed often enough.
///
/// ```
/// use tearline_core::jobs::retry_at;
/// let now = "2026-03-01T10:00:00Z".parse().unwrap();
/// let after = |attempts| retry_at(attempts, now).map(|at| at.duration_since(now).as_secs());
/// assert_eq!([after(1), after(2), after(5), after(9), after(10)], [Some(2), Some(4), Some(32), Some(512), None]);
/// ```
pub fn retry_at(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let (shortest, longest) = WAIT_S;
    let wait = shortest.saturating_mul(1 << attempts.saturating_sub(1).min(30)).min(longest);
    Some(now.checked_add(SignedDuration::from_secs(wait)).unwrap_or(Timestamp::MAX))
}
