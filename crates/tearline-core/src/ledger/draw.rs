//! Drawing a code from a pool.

use jiff::Timestamp;
use tearline_pricing::code::match_key;
use tearline_pricing::names::CustomerId;
use tearline_pricing::when::When;

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::codes::{Code, CodeId, CodeState, PoolId, PoolState, SeriesBegun};
use crate::codes::{CodeForm, Key};

/// How often a code that is made is somebody's already before the pool counts as empty.
const COLLISIONS_MAX: u64 = 1_000;

/// Asks for a code. The same key always draws the same code.
#[derive(Debug, Clone)]
pub struct Draw {
    /// The pool.
    pub pool: PoolId,
    /// For what: the message, the step, whatever the caller repeats when it asks again.
    pub key: String,
    /// To whom it is given.
    pub customer: Option<CustomerId>,
    /// How codes are made, in a pool that makes its own.
    pub makes: Option<Makes>,
    /// Until when the code may be used, where its pool gives it a time from now on.
    pub expires_at: Option<When>,
    /// The same as an instant.
    pub ends_at: Option<Timestamp>,
}

/// How a pool makes its codes.
#[derive(Debug, Clone)]
pub struct Makes {
    /// How they look. Where this changes, a new series begins.
    pub form: CodeForm,
    /// A key from a good source, for a series that begins.
    pub fresh_key: Key,
}

pub(super) fn draw(books: &mut Books, by: &str, draw: &Draw) -> Result<Answer, Missing> {
    let key = (draw.pool.clone(), draw.key.clone());
    if let Some(id) = books.draws.get(&key)?.cloned() {
        let code = books.codes.get(&id)?.cloned().expect("a code that was drawn is never removed");
        return Ok(Answer::Drawn { code: Box::new(code), again: true });
    }
    let found = match &draw.makes {
        Some(makes) => make(books, &draw.pool, makes)?,
        None => next(books, &draw.pool)?,
    };
    let Some(code) = found else { return Ok(Answer::PoolEmpty) };
    let code = give(books, draw, code)?;
    books.draws.put(key, code.id.clone());
    let what = Happened::CodeDrawn { code: code.id.clone() };
    books.happen(by, draw.customer.as_ref(), what);
    Ok(Answer::Drawn { code: Box::new(code), again: false })
}

/// The next code of a pool that has its codes from files; from the beginning once more if there is none behind the
/// cursor.
fn next(books: &mut Books, pool: &PoolId) -> Result<Option<Code>, Missing> {
    let cursor = books.pools.get(pool)?.map_or(0, |pool| pool.cursor);
    for mut after in [cursor, 0] {
        while let Some(code) = books.next_code(pool, after)?.cloned() {
            let is_over = code.ends_at.is_some_and(|end| end <= books.now);
            // Somebody who found it elsewhere may be about to pay with it.
            if code.state == CodeState::Unassigned && !is_over && code.uses.held == 0 {
                return Ok(Some(code));
            }
            after = code.id.serial;
        }
    }
    Ok(None)
}

/// Makes the next code of a pool that makes its own, and steps over those that are somebody's already.
fn make(books: &mut Books, pool: &PoolId, makes: &Makes) -> Result<Option<Code>, Missing> {
    let mut state = books.pools.get(pool)?.cloned().unwrap_or_default();
    let begun = state.series.take().filter(|begun| begun.form == makes.form);
    let begun = begun.unwrap_or_else(|| SeriesBegun::new(makes, state.last_serial));
    let series = begun.form.series(Key::from(begun.key));
    let last = begun.after.saturating_add(begun.form.cap()).min(state.last_serial + COLLISIONS_MAX);
    for serial in state.last_serial + 1..=last {
        let Some(text) = series.code(serial - begun.after - 1) else { return Ok(None) };
        let key = match_key(&text);
        if !books.is_taken(&text, Some(&key))? {
            let id = CodeId { pool: pool.clone(), serial };
            books.codes.get(&id)?;
            books.take_text(&text, Some(&key));
            books.pools.put(pool.clone(), PoolState { last_serial: serial, series: Some(begun), ..state });
            books.count_remaining(&id, None, 1);
            return Ok(Some(Code::made(id, text, key)));
        }
    }
    Ok(None)
}

impl SeriesBegun {
    fn new(makes: &Makes, after: u64) -> Self {
        Self { form: makes.form.clone(), key: *makes.fresh_key.as_bytes(), after }
    }
}

/// Gives a code to whom it was drawn for. Of its own end and the pool's, the earlier holds.
fn give(books: &mut Books, draw: &Draw, code: Code) -> Result<Code, Missing> {
    let pool = books.pools.get(&draw.pool)?.cloned().unwrap_or_default();
    books.count_remaining(&code.id, code.ends_at, -1);
    let cursor = pool.cursor.max(code.id.serial);
    books.pools.put(draw.pool.clone(), PoolState { assigned: pool.assigned + 1, cursor, ..pool });
    let ends_earlier = draw.ends_at.is_some_and(|end| code.ends_at.is_none_or(|own| end < own));
    let (expires_at, ends_at) =
        if ends_earlier { (draw.expires_at, draw.ends_at) } else { (code.expires_at, code.ends_at) };
    let given = Code {
        state: CodeState::Assigned,
        customer: draw.customer.clone(),
        assigned_at: Some(books.now),
        expires_at,
        ends_at,
        ..code
    };
    books.codes.put(given.id.clone(), given.clone());
    Ok(given)
}
