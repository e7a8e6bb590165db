//! Imports in memory. Nothing is counted: what an import supplies is added up from its codes.

use jiff::Timestamp;
use tearline_core::imports::{
    IMPORTS_MAX, Import, ImportState, NewImport, NotNow, REPORT_ROWS_MAX, Turn, seen,
};
use tearline_core::imports::{is_hidden, supplies};
use tearline_core::ledger::{Code, CodeId, CodeState, PoolId, match_key};

use super::accounts::Accounts;
use crate::imports::{Chunk, CodesPage, ReportRow, StagedCode, WhyNot};

/// An import with the rows that were not added.
#[derive(Debug)]
pub(super) struct Imported {
    import: Import,
    report: Vec<ReportRow>,
}

/// The last serial that a row of the same import can have.
fn last_of(serial: u64) -> u64 {
    serial | u64::from(u32::MAX)
}

impl Accounts {
    /// The state of the import that a code came with, if it came with one.
    fn import_state(&self, id: &CodeId) -> Option<ImportState> {
        let imported = self.imports.get(&(id.pool.clone(), id.import()));
        imported.map(|imported| imported.import.state)
    }

    /// A code as everybody sees it.
    pub(super) fn seen(&self, code: &Code) -> Option<Code> {
        seen(code.clone(), self.import_state(&code.id))
    }

    /// Whether a code can be drawn, but for its time and its holds.
    pub(super) fn can_be_drawn(&self, code: &Code) -> bool {
        code.state == CodeState::Unassigned && supplies(self.import_state(&code.id))
    }

    /// The code that is a new one's, or could be taken for it.
    pub(super) fn clashing(&self, text: &str, key: &str) -> Option<&Code> {
        let all = || self.codes.values();
        let by_text = all().find(|code| code.text == text);
        by_text.or_else(|| all().find(|code| code.match_key.as_deref() == Some(key)))
    }

    fn next_number(&self, pool: &PoolId) -> u64 {
        let of_pool = self.imports.keys().filter(|(of, _)| of == pool).map(|(_, number)| *number);
        let loose = self.pools.get(pool).map_or(0, |state| state.last_serial >> 32);
        of_pool.max().unwrap_or(0).max(loose) + 1
    }

    pub(super) fn begin_import(&mut self, pool: &PoolId, asked: NewImport) -> Option<Import> {
        let number = self.next_number(pool);
        let import = Import::new(pool.clone(), number, asked);
        (number <= IMPORTS_MAX).then(|| self.keep(import))
    }

    fn keep(&mut self, import: Import) -> Import {
        let key = (import.pool.clone(), import.number);
        match self.imports.get_mut(&key) {
            Some(imported) => imported.import = import.clone(),
            None => {
                self.imports.insert(key, Imported { import: import.clone(), report: Vec::new() });
            }
        }
        import
    }

    pub(super) fn import(&self, pool: &PoolId, number: u64) -> Option<Import> {
        self.imports.get(&(pool.clone(), number)).map(|imported| imported.import.clone())
    }

    pub(super) fn stage(&mut self, pool: &PoolId, number: u64, chunk: &Chunk) -> Option<Import> {
        let mut import = self.import(pool, number)?;
        if import.state != ImportState::Staging || import.row_last != chunk.after_row {
            return Some(import);
        }
        import.row_last = chunk.upto_row;
        import.rows.read += chunk.rows;
        import.rows.faulty += chunk.faulty;
        import.notices.clone_from(&chunk.notices);
        for fault in &chunk.faults {
            self.tell(&mut import, fault.clone());
        }
        for staged in &chunk.codes {
            self.stage_code(&mut import, staged);
        }
        Some(self.keep(import))
    }

    fn tell(&mut self, import: &mut Import, row: ReportRow) {
        if import.rows.reported < REPORT_ROWS_MAX {
            import.rows.reported += 1;
            let key = (import.pool.clone(), import.number);
            self.imports.get_mut(&key).expect("it was begun").report.push(row);
        }
    }

    fn stage_code(&mut self, import: &mut Import, StagedCode { row, key, code }: &StagedCode) {
        if self.coupons.contains(key) {
            import.rows.known += 1;
            return self
                .tell(import, ReportRow { row: *row, why: WhyNot::Coupon { text: code.text.clone() } });
        }
        if let Some(known) = self.clashing(&code.text, key) {
            let why = WhyNot::Known { text: code.text.clone(), of: known.id.clone(), state: known.state };
            import.rows.known += 1;
            return self.tell(import, ReportRow { row: *row, why });
        }
        let id = CodeId { pool: import.pool.clone(), serial: import.serial(*row) };
        let state = code.state();
        import.rows.added += 1;
        import.assigned += u64::from(state != CodeState::Unassigned);
        import.redeemed += u64::from(state == CodeState::Redeemed);
        self.codes.insert(id.clone(), code.code(id, key.clone()));
    }

    pub(super) fn turn_import(
        &mut self,
        pool: &PoolId,
        number: u64,
        turn: &Turn,
        now: Timestamp,
    ) -> Option<Result<Import, NotNow>> {
        let before = self.import(pool, number)?;
        let was = before.state;
        Some(before.turn(turn, now).map(|import| {
            if import.state == ImportState::Published && was != ImportState::Published {
                self.publish(&import, now);
            }
            self.keep(import)
        }))
    }

    fn publish(&mut self, import: &Import, now: Timestamp) {
        let mut state = self.pools.get(&import.pool).cloned().unwrap_or_default();
        if import.asked.replace_unused {
            let of_pool = |code: &&Code| code.id.pool == import.pool && self.can_be_drawn(code);
            state.voided += self.codes.values().filter(of_pool).count() as u64;
            for (_, other) in self.imports.iter_mut().filter(|((pool, _), _)| *pool == import.pool) {
                if other.import.state == ImportState::Published {
                    other.import.state = ImportState::Replaced;
                }
            }
            if last_of(state.last_serial) - state.last_serial != u64::from(u32::MAX) {
                let next = self.next_number(&import.pool);
                self.keep(Import::closed(import, state.last_serial, now));
                state.last_serial = next << 32;
            }
        }
        state.assigned += import.assigned;
        state.redeemed += import.redeemed;
        self.pools.insert(import.pool.clone(), state);
    }

    pub(super) fn clear_import(
        &mut self,
        pool: &PoolId,
        number: u64,
        codes_max: u32,
        now: Timestamp,
    ) -> Option<Import> {
        let mut import = self.import(pool, number)?;
        let only_free = match import.state {
            ImportState::Undoing => true,
            ImportState::Dropping => false,
            _ => return Some(import),
        };
        let goes = |code: &&Code| {
            code.id.pool == *pool
                && code.id.import() == number
                && (!only_free || code.state == CodeState::Unassigned)
        };
        let going = self.codes.values().filter(goes).map(|code| code.id.clone());
        let going: Vec<_> = going.take(codes_max as usize).collect();
        for id in &going {
            self.codes.remove(id);
        }
        import.rows.removed += going.len() as u64;
        if going.len() < codes_max as usize {
            import = import.cleared(now);
        }
        Some(self.keep(import))
    }

    pub(super) fn imports_of(&self, pool: &PoolId, before: Option<u64>) -> impl Iterator<Item = Import> {
        let all = self.imports.iter().rev().filter(move |((of, number), imported)| {
            of == pool
                && before.is_none_or(|before| *number < before)
                && imported.import.state != ImportState::Closed
        });
        all.map(|(_, imported)| imported.import.clone())
    }

    pub(super) fn imports_under_way(&self) -> Vec<Import> {
        let all = self.imports.values().map(|imported| &imported.import);
        all.filter(|import| import.state.is_under_way()).cloned().collect()
    }

    pub(super) fn import_report(&self, pool: &PoolId, number: u64, after_row: u32) -> Vec<ReportRow> {
        let imported = self.imports.get(&(pool.clone(), number));
        let mut rows = imported.map(|imported| imported.report.clone()).unwrap_or_default();
        rows.retain(|row| row.row > after_row);
        rows.sort_by_key(|row| row.row);
        rows
    }

    pub(super) fn pool_codes(&self, pool: &PoolId, after: u64, limit: u32) -> CodesPage {
        let of_pool = |code: &&Code| code.id.pool == *pool && code.id.serial > after;
        let rows: Vec<&Code> = self.codes.values().filter(of_pool).take(limit as usize).collect();
        let last = rows.last().filter(|_| rows.len() == limit as usize).map(|code| &code.id);
        let behind = |last: &CodeId| {
            if is_hidden(self.import_state(last)) { last_of(last.serial) } else { last.serial }
        };
        CodesPage {
            next: last.map(behind),
            codes: rows.into_iter().filter_map(|code| self.seen(code)).collect(),
        }
    }

    pub(super) fn code(&self, entered: &str) -> Option<Code> {
        let all = || self.codes.values();
        let key = match_key(entered);
        let by_text = all().find(|code| code.text == entered.trim()).and_then(|code| self.seen(code));
        by_text.or_else(|| {
            all().find(|code| code.match_key.as_ref() == Some(&key)).and_then(|code| self.seen(code))
        })
    }
}
