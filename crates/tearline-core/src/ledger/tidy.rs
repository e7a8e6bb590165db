//! Removing what is over: holds that have ended, and answers that were remembered long enough.

use jiff::{SignedDuration, Timestamp};

use super::Answer;
use super::books::{Books, Missing};
use crate::jobs::NewJob;
use tearline_pricing::names::CartId;

/// How long a hold that has ended is kept, for whoever asks why.
const HOLD_KEPT: SignedDuration = SignedDuration::from_hours(1);

/// How long the answer to a named request is remembered.
pub const ANSWER_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Asks for what is over to be removed, so many rows of each kind at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tidy {
    /// How many.
    pub most: u32,
}

pub(super) fn tidy(books: &mut Books, tidy: Tidy) -> Result<Answer, Missing> {
    let holds = books.oldest_holds(tidy.most)?.to_vec();
    let answers = books.oldest_requests(tidy.most)?.to_vec();
    let (now, most) = (books.now, tidy.most as usize);
    let holds = sweep(holds, HOLD_KEPT, most, now, |cart| books.forget_hold(&cart))?;
    let answers = sweep(answers, ANSWER_KEPT, most, now, |key| books.forget_answer(key))?;
    Ok(Answer::Tidied { next: holds.into_iter().chain(answers).min() })
}

/// Removes rows, the oldest first, up to the first that is to be kept. Answers when the next one is to go.
fn sweep<K>(
    rows: Vec<(K, Timestamp)>,
    kept: SignedDuration,
    most: usize,
    now: Timestamp,
    mut remove: impl FnMut(K) -> Result<(), Missing>,
) -> Result<Option<Timestamp>, Missing> {
    let may_be_more = rows.len() == most;
    for (key, at) in rows {
        let due = plus(at, kept);
        if due > now {
            return Ok(Some(due));
        }
        remove(key)?;
    }
    Ok(may_be_more.then_some(now))
}

fn plus(at: Timestamp, kept: SignedDuration) -> Timestamp {
    at.checked_add(kept).unwrap_or(Timestamp::MAX)
}

impl Books {
    /// Plans to tidy up what is over by then.
    pub(super) fn tidy_hold(&mut self, ends_at: Timestamp) {
        self.jobs.push(NewJob::tidy(plus(ends_at, HOLD_KEPT)));
    }

    fn forget_hold(&mut self, cart: &CartId) -> Result<(), Missing> {
        // Whoever came before in the same batch may have put a new one in its place.
        let is_over = self.holds.get(cart)?.is_some_and(|hold| plus(hold.ends_at, HOLD_KEPT) <= self.now);
        if is_over {
            self.drop_hold(cart)?;
        }
        Ok(())
    }

    fn forget_answer(&mut self, key: String) -> Result<(), Missing> {
        self.requests.get(&key)?;
        self.requests.remove(key);
        Ok(())
    }

    /// The same for an answer that is remembered from now on.
    pub(super) fn tidy_answer(&mut self) {
        self.jobs.push(NewJob::tidy(plus(self.now, ANSWER_KEPT)));
    }
}
