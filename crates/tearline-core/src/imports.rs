//! Imports: files of codes on their way into a pool.
//!
//! An import stages its codes chunk by chunk, where nobody sees them, and is published by one change of its state.
//! It is undone the same way: its state hides at once what nobody was given, and the rows are removed afterwards.
//! What a code is to the rest of the world follows from its import's state: [`seen`].
//!
//! ```
//! # use tearline_core::imports::{ImportState, seen};
//! # use tearline_core::ledger::{Code, CodeId, CodeState, Counter};
//! # let code = Code {
//! #     id: CodeId { pool: "p".parse().unwrap(), serial: (1 << 32) + 2 }, text: "A1".to_owned(), match_key: None,
//! #     state: CodeState::Unassigned, customer: None, assigned_at: None, starts_at: None, expires_at: None,
//! #     ends_at: None, is_bound: false, uses_max: None, uses: Counter::default(),
//! # };
//! assert_eq!(code.id.import(), 1);
//! assert_eq!(seen(code.clone(), Some(ImportState::Staging)), None);
//! assert_eq!(seen(code.clone(), Some(ImportState::Published)), Some(code));
//! ```

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ledger::{Code, CodeState, PoolId};

/// The most imports that a pool can have: with a number above, a serial would not be exact in JSON.
pub const IMPORTS_MAX: u64 = (1 << 21) - 1;
/// How many rows of an import are reported one by one; the others are counted.
pub const REPORT_ROWS_MAX: u64 = 10_000;

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Its rows are read and stored, seen by nobody.
    Staging,
    /// All of its rows are stored; it waits to be published.
    Staged,
    /// Its codes can be drawn and redeemed.
    Published,
    /// A later import took its place: what nobody was given of it is void.
    Replaced,
    /// It was published and is undone: what nobody was given of it is being removed.
    Undoing,
    /// It was never published and will not be: its rows are being removed.
    Dropping,
    /// It was undone. What was given to somebody by then stays.
    Undone,
    /// It failed, and nothing of it was kept.
    Failed,
    /// No import but codes that were added one by one, until a later import took their place.
    Closed,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Staging,
        Self::Staged,
        Self::Published,
        Self::Replaced,
        Self::Undoing,
        Self::Dropping,
        Self::Undone,
        Self::Failed,
        Self::Closed,
    ];

    /// What it is called: `staging`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Staged => "staged",
            Self::Published => "published",
            Self::Replaced => "replaced",
            Self::Undoing => "undoing",
            Self::Dropping => "dropping",
            Self::Undone => "undone",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }

    /// The state of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether there is work to be done on it.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Staging | Self::Undoing | Self::Dropping)
    }
}

/// A code as everybody sees it, given the state of its import; codes that came without one have none.
pub fn seen(code: Code, import: Option<ImportState>) -> Option<Code> {
    let is_free = code.state == CodeState::Unassigned;
    match import {
        Some(ImportState::Replaced | ImportState::Closed) if is_free => {
            Some(Code { state: CodeState::Void, ..code })
        }
        Some(ImportState::Undoing | ImportState::Undone) if is_free => None,
        import => (!is_hidden(import)).then_some(code),
    }
}

/// Whether codes of an import in this state can be drawn, and count as remaining.
pub fn supplies(import: Option<ImportState>) -> bool {
    matches!(import, None | Some(ImportState::Published))
}

/// Whether nobody sees any code of an import in this state.
pub fn is_hidden(import: Option<ImportState>) -> bool {
    use ImportState::{Dropping, Failed, Staged, Staging};
    matches!(import, Some(Staging | Staged | Dropping | Failed))
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Cells between separators, with a header.
    Csv,
    /// A code a line, or as CSV.
    Txt,
    /// A workbook of Excel and its like.
    Xlsx,
}

/// What becomes of an import some of whose rows cannot be added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowPolicy {
    /// The others are added. The default.
    #[default]
    SkipBad,
    /// Nothing is added.
    AllOrNothing,
}

/// What is to be imported, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewImport {
    /// What the file is called where it comes from.
    pub name: Option<String>,
    /// How it is written.
    pub format: FileFormat,
    /// How large it is.
    pub bytes: u64,
    /// Where it is kept while its rows are read: a name in the folder of the node that took it.
    pub spool: String,
    /// Columns that are called otherwise than ours, with what they hold.
    pub mapping: BTreeMap<String, String>,
    /// What becomes of it if some rows cannot be added.
    pub policy: RowPolicy,
    /// Whether it is published as soon as all of it is staged.
    pub publish: bool,
    /// Whether all that nobody was given of the pool by then becomes void when this is published.
    pub replace_unused: bool,
    /// Whether its codes must be entered byte for byte.
    pub exact: bool,
    /// Who imports it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How many rows of an import there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportRows {
    /// That were read so far, neither header nor blank.
    pub read: u64,
    /// Whose codes were added.
    pub added: u64,
    /// That cannot be read.
    pub faulty: u64,
    /// Whose codes are somebody's already, or could be taken for somebody's.
    pub known: u64,
    /// That were added, and removed when it was undone.
    pub removed: u64,
    /// Of those with faults or known codes, how many are reported one by one.
    pub reported: u64,
}

/// An import of codes into a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The pool.
    pub pool: PoolId,
    /// Its number in the pool, from 1.
    pub number: u64,
    /// How far it has come.
    pub state: ImportState,
    /// What was asked for.
    pub asked: NewImport,
    /// Its rows.
    pub rows: ImportRows,
    /// The last row of the file that was staged.
    pub row_last: u32,
    /// What its owner should know, though nothing is wrong.
    pub notices: Vec<String>,
    /// How many of its codes were given to somebody before they came here, and how many of these are used up.
    pub assigned: u64,
    /// How many of its codes came used up.
    pub redeemed: u64,
    /// When its codes could first be drawn.
    pub published_at: Option<Timestamp>,
    /// When it came to an end: published, undone or failed.
    pub ended_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
}

/// What is asked of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// All of its rows were staged.
    Finish,
    /// Its codes are to be drawn and redeemed.
    Publish {
        /// Whether all that nobody was given of the pool until now becomes void; absent = as it was asked for.
        replace_unused: Option<bool>,
    },
    /// What nobody was given of it is to be removed.
    Undo,
    /// It cannot go on.
    Fail {
        /// Why.
        error: String,
    },
}

/// Why an import does not do what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the import is `{}`", .0.name())]
pub struct NotNow(pub ImportState);

impl Import {
    /// One of which nothing was read.
    pub fn new(pool: PoolId, number: u64, asked: NewImport) -> Self {
        Self {
            pool,
            number,
            state: ImportState::Staging,
            asked,
            rows: ImportRows::default(),
            row_last: 0,
            notices: Vec::new(),
            assigned: 0,
            redeemed: 0,
            published_at: None,
            ended_at: None,
            error: None,
        }
    }

    /// The serial of one of its rows.
    pub fn serial(&self, row: u32) -> u64 {
        serial(self.number, row)
    }

    /// Does what is asked. Asking again for what is done does nothing.
    ///
    /// # Errors
    ///
    /// It is in no state to do that.
    pub fn turn(self, turn: &Turn, at: Timestamp) -> Result<Self, NotNow> {
        use ImportState::{Dropping, Failed, Published, Staged, Staging, Undoing, Undone};
        match (turn, self.state) {
            (Turn::Finish, Staging) => Ok(self.finished(at)),
            (Turn::Finish, Staged | Published)
            | (Turn::Publish { .. }, Published)
            | (Turn::Undo, Undoing | Dropping | Undone)
            | (Turn::Fail { .. }, Dropping | Failed) => Ok(self),
            (Turn::Publish { replace_unused }, Staged) => Ok(self.published(*replace_unused, at)),
            (Turn::Undo, Staging | Staged) => Ok(Self { state: Dropping, ..self }),
            (Turn::Undo, Published) => Ok(Self { state: Undoing, ..self }),
            (Turn::Fail { error }, Staging) => Ok(self.failing(error.clone())),
            (_, state) => Err(NotNow(state)),
        }
    }

    fn finished(self, at: Timestamp) -> Self {
        let ImportRows { read, faulty, known, .. } = self.rows;
        let left_out = faulty + known;
        if self.asked.policy == RowPolicy::AllOrNothing && left_out > 0 {
            let error =
                format!("{left_out} of {read} rows cannot be added, and all or nothing was asked for");
            return self.failing(error);
        }
        if self.asked.publish {
            self.published(None, at)
        } else {
            Self { state: ImportState::Staged, ..self }
        }
    }

    fn published(self, replace_unused: Option<bool>, at: Timestamp) -> Self {
        let replace_unused = replace_unused.unwrap_or(self.asked.replace_unused);
        let asked = NewImport { replace_unused, ..self.asked };
        let at = Some(at);
        Self { state: ImportState::Published, asked, published_at: at, ended_at: at, ..self }
    }

    fn failing(self, error: String) -> Self {
        Self { state: ImportState::Dropping, error: Some(error), ..self }
    }

    /// Codes that were added one by one, up to a serial, in whose place another import came.
    #[must_use]
    pub fn closed(by: &Self, last_serial: u64, at: Timestamp) -> Self {
        let asked = NewImport { name: None, spool: String::new(), bytes: 0, ..by.asked.clone() };
        let state = ImportState::Closed;
        Self { state, ended_at: Some(at), ..Self::new(by.pool.clone(), last_serial >> 32, asked) }
    }

    /// What it is once all that was to be removed of it is removed.
    #[must_use]
    pub fn cleared(self, at: Timestamp) -> Self {
        let state = if self.error.is_some() { ImportState::Failed } else { ImportState::Undone };
        Self { state, ended_at: Some(at), ..self }
    }
}

/// The serial of a row of an import: imports follow one another, and so do their rows.
pub fn serial(import: u64, row: u32) -> u64 {
    (import << 32) | u64::from(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(policy: RowPolicy, publish: bool) -> Import {
        let asked = NewImport {
            name: None,
            format: FileFormat::Csv,
            bytes: 10,
            spool: "a".to_owned(),
            mapping: BTreeMap::new(),
            policy,
            publish,
            replace_unused: false,
            exact: true,
            by: "ann".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        Import::new("p".parse().unwrap(), 1, asked)
    }

    fn turned(import: Import, turns: &[Turn]) -> Result<Import, NotNow> {
        turns.iter().try_fold(import, |import, turn| import.turn(turn, Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn an_import_is_published_when_it_was_asked_to_or_told() {
        let publish = Turn::Publish { replace_unused: Some(true) };
        let told = turned(import(RowPolicy::SkipBad, false), &[Turn::Finish, publish.clone()]).unwrap();
        assert!(told.state == ImportState::Published && told.asked.replace_unused);
        let asked = turned(import(RowPolicy::SkipBad, true), &[Turn::Finish, Turn::Finish]).unwrap();
        assert!(asked.state == ImportState::Published && !asked.asked.replace_unused);
        let early = turned(import(RowPolicy::SkipBad, true), &[publish]);
        assert_eq!(early.unwrap_err(), NotNow(ImportState::Staging));
    }

    #[test]
    fn all_or_nothing_is_nothing_with_one_bad_row() {
        for (faulty, known) in [(1, 0), (0, 1)] {
            let rows = ImportRows { read: 3, added: 2, faulty, known, ..ImportRows::default() };
            let bad = Import { rows, ..import(RowPolicy::AllOrNothing, true) };
            let ended = turned(bad, &[Turn::Finish]).unwrap();
            assert_eq!(ended.state, ImportState::Dropping);
            let failed = ended.cleared(Timestamp::UNIX_EPOCH);
            let told = "1 of 3 rows cannot be added, and all or nothing was asked for";
            assert_eq!((failed.state, failed.error.as_deref()), (ImportState::Failed, Some(told)));
        }
    }

    #[test]
    fn what_was_never_published_is_dropped_and_what_was_is_undone() {
        let undone = |turns: &[Turn]| turned(import(RowPolicy::SkipBad, false), turns).unwrap().state;
        let publish = Turn::Publish { replace_unused: None };
        assert_eq!(undone(&[Turn::Undo]), ImportState::Dropping);
        assert_eq!(undone(&[Turn::Finish, Turn::Undo]), ImportState::Dropping);
        assert_eq!(undone(&[Turn::Finish, publish, Turn::Undo, Turn::Undo]), ImportState::Undoing);
    }

    #[test]
    fn every_state_has_its_name() {
        for state in ImportState::ALL {
            assert_eq!(ImportState::of_name(state.name()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
