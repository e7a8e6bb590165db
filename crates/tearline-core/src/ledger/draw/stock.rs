//! The codes of a pool that nobody has, one after the other.

use tearline_pricing::code::match_key;

use super::{Makes, Terms};
use crate::codes::{Key, Series};
use crate::ledger::books::{Books, Missing, RowKey};
use crate::ledger::codes::{Code, CodeId, CodeState, PoolId, PoolState, SeriesBegun};

/// How often a code that is made is somebody's already before the pool counts as empty.
const COLLISIONS_MAX: u64 = 1_000;

/// The codes of a pool that nobody has.
pub(in crate::ledger) struct Stock<'a> {
    pub(super) pool: &'a PoolId,
    pub(super) terms: &'a Terms,
    /// How many are wanted at most.
    most: usize,
    /// Where the page in hand begins, and how many of it were looked at; none before the first.
    page: Option<(u64, usize)>,
    /// Whether the pool was looked through from its beginning.
    began_anew: bool,
    series: Option<Series>,
    /// Whether the texts that are wanted were looked for, all together.
    has_looked: bool,
}

impl<'a> Stock<'a> {
    pub(super) fn new(pool: &'a PoolId, terms: &'a Terms, most: usize) -> Self {
        Self { pool, terms, most, page: None, began_anew: false, series: None, has_looked: false }
    }

    pub(super) fn next(&mut self, books: &mut Books) -> Result<Option<Code>, Missing> {
        match &self.terms.makes {
            Some(makes) => self.make(books, makes),
            None => self.find(books),
        }
    }

    /// The next code of a pool that has its codes from files; from the beginning once more if there is none behind
    /// the cursor.
    fn find(&mut self, books: &Books) -> Result<Option<Code>, Missing> {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        loop {
            let cursor = || books.pools.get(self.pool).map(|pool| pool.map_or(0, |pool| pool.cursor));
            let (after, looked_at) = self.page.map_or_else(|| cursor().map(|cursor| (cursor, 0)), Ok)?;
            let page = books.next_codes(self.pool, after, most)?;
            self.page = Some((after, looked_at + 1));
            match page.get(looked_at) {
                Some(id) => {
                    let code = books.codes.get(id)?.filter(|code| books.is_free(code));
                    if let Some(code) = code {
                        return Ok(Some(code.clone()));
                    }
                }
                None if page.len() == self.most => self.page = page.last().map(|last| (last.serial, 0)),
                None if self.began_anew => return Ok(None),
                None => (self.page, self.began_anew) = (Some((0, 0)), true),
            }
        }
    }

    /// Makes the next code of a pool that makes its own, and steps over those that are somebody's already.
    fn make(&mut self, books: &mut Books, makes: &Makes) -> Result<Option<Code>, Missing> {
        let state = books.pools.get(self.pool)?.cloned().unwrap_or_default();
        let begun = state.series_of(makes);
        let series = self.series.get_or_insert_with(|| begun.form.series(Key::from(begun.key)));
        let end = begun.end().min(state.last_serial + COLLISIONS_MAX);
        let text = |serial: u64| series.code(serial - begun.after - 1);
        // They are all looked up together.
        if !std::mem::replace(&mut self.has_looked, true) {
            let soon = state.last_serial + 1..=end.min(state.last_serial + self.most as u64);
            books.look_for(soon.map_while(text))?;
        }
        for serial in state.last_serial + 1..=end {
            let Some(text) = text(serial) else { return Ok(None) };
            let key = match_key(&text);
            if !books.is_taken(&text, Some(&key))? {
                let id = CodeId { pool: self.pool.clone(), serial };
                books.expect_no_code(&id);
                books.count_remaining(&id, None, 1);
                books.take_text(&text, Some(&key));
                let state = PoolState { last_serial: serial, series: Some(begun), ..state };
                books.pools.put(self.pool.clone(), state);
                return Ok(Some(Code::made(id, text, key)));
            }
        }
        Ok(None)
    }
}

impl PoolState {
    /// The series that the pool goes on with, or begins.
    pub(in crate::ledger) fn series_of(&self, makes: &Makes) -> SeriesBegun {
        let begun = self.series.as_ref().filter(|begun| begun.form == makes.form).cloned();
        begun.unwrap_or_else(|| SeriesBegun {
            form: makes.form.clone(),
            key: *makes.fresh_key.as_bytes(),
            after: self.last_serial,
        })
    }
}

impl SeriesBegun {
    /// The last serial that it may reach.
    pub(in crate::ledger) fn end(&self) -> u64 {
        self.after.saturating_add(self.form.cap())
    }
}

impl Books {
    /// Whether a code can be given away now.
    fn is_free(&self, code: &Code) -> bool {
        let is_over = code.ends_at.is_some_and(|end| end <= self.now);
        // Somebody who found it elsewhere may be about to pay with it.
        code.state == CodeState::Unassigned && !is_over && code.uses.held == 0
    }

    /// Asks for all that must be known of new texts, where something is not.
    fn look_for(&self, texts: impl Iterator<Item = String>) -> Result<(), Missing> {
        let rows = texts.flat_map(|text| [RowKey::MatchKey(match_key(&text)), RowKey::Text(text)]);
        let missing: Vec<RowKey> = rows.filter(|row| !self.has(row)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Missing(missing)) }
    }
}
