//! Drawing codes from a pool.

mod stock;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_pricing::names::CustomerId;
use tearline_pricing::when::When;

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing, RowKey};
use super::codes::{Code, CodeId, CodeState, PoolId};
use super::given::Which;
use super::reserve::ReservationId;
use crate::codes::{CodeForm, Key};
use crate::pool::{Low, Reuse};
pub(super) use stock::Stock;

/// Asks for codes of a pool, for each key one. The same key always draws the same code.
#[derive(Debug, Clone)]
pub struct Draw {
    /// The pool.
    pub pool: PoolId,
    /// For what, in order.
    pub wanted: Vec<Wanted>,
    /// How its codes are given.
    pub terms: Terms,
    /// Where codes come from once it has none left.
    pub fallback: Option<DrawFallback>,
    /// What was reserved for these draws.
    pub reservation: Option<String>,
    /// Whether nothing new is given: only keys that have drawn are answered.
    pub is_closed: bool,
}

/// A code that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// For what: the message, the step, whatever the caller repeats when it asks again.
    pub key: String,
    /// To whom it is given.
    pub customer: Option<CustomerId>,
    /// What they get if they were given one before.
    pub reuse: Reuse,
}

/// How a pool gives its codes.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// How codes are made, in a pool that makes its own.
    pub makes: Option<Makes>,
    /// Until when the code may be used, where its pool gives it a time from now on.
    pub expires_at: Option<When>,
    /// The same as an instant.
    pub ends_at: Option<Timestamp>,
    /// Whether nobody may use a code but the customer to whom it is given.
    pub is_bound: bool,
    /// When somebody is to hear that the pool runs low.
    pub low: Option<Low>,
}

/// How a pool makes its codes.
#[derive(Debug, Clone)]
pub struct Makes {
    /// How they look. Where this changes, a new series begins.
    pub form: CodeForm,
    /// A key from a good source, for a series that begins.
    pub fresh_key: Key,
}

/// Where codes come from once a pool has none left.
#[derive(Debug, Clone)]
pub enum DrawFallback {
    /// From another pool.
    Pool(PoolId, Box<Terms>),
    /// Everybody gets this one.
    Text(String),
}

/// What a key has drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawnUnder {
    /// A code, perhaps of the pool's fallback.
    Code(CodeId),
    /// The text that everybody gets where the pool had none left.
    Text(String),
}

/// What came of a code that was wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "drew", rename_all = "snake_case")]
pub enum Drew {
    /// The code is theirs.
    Code {
        /// The code.
        code: Box<Code>,
        /// Whether it was theirs before.
        again: bool,
    },
    /// The pool has none left, and everybody gets this.
    Text {
        /// The text.
        text: String,
        /// Whether the key had drawn it before.
        again: bool,
    },
    /// They had their one code, and it no longer holds.
    Had {
        /// The code.
        code: Box<Code>,
    },
    /// There is none left.
    Empty,
}

impl Drew {
    /// Whether there is something to send.
    pub fn is_given(&self) -> bool {
        matches!(self, Self::Code { .. } | Self::Text { .. })
    }
}

impl Draw {
    /// The rows that it surely reads.
    pub(super) fn rows(&self) -> Vec<RowKey> {
        let pool = &self.pool;
        let mut rows = vec![RowKey::Pool(pool.clone())];
        rows.extend(self.reservation.iter().map(|key| RowKey::Reservation(ReservationId::new(pool, key))));
        rows.extend(self.terms.low.iter().map(|_| RowKey::Remaining(pool.clone())));
        for Wanted { key, customer, reuse } in &self.wanted {
            rows.push(RowKey::Draw(pool.clone(), key.clone()));
            if let (Some(which), Some(customer)) = (which(*reuse), customer) {
                rows.push(RowKey::Given(pool.clone(), customer.clone(), which, None));
            }
        }
        rows
    }
}

/// Of which codes that they were given somebody gets the last again.
fn which(reuse: Reuse) -> Option<Which> {
    match reuse {
        Reuse::PerMessage => None,
        Reuse::UntilRedeemed => Some(Which::Usable),
        Reuse::Once => Some(Which::NotVoid),
    }
}

pub(super) fn draw(books: &mut Books, by: &str, draw: &Draw) -> Result<Answer, Missing> {
    if let Some(key) = &draw.reservation
        && !books.is_open(&ReservationId::new(&draw.pool, key))?
    {
        return Ok(Answer::NoReservation);
    }
    let mut drawing = Drawing::new(books, by, draw)?;
    let draws = draw.wanted.iter().map(|wanted| drawing.one(wanted));
    let draws = draws.collect::<Result<Vec<_>, _>>()?;
    drawing.finish()?;
    Ok(Answer::Drawn { draws })
}

/// A draw under way.
struct Drawing<'a> {
    books: &'a mut Books,
    by: &'a str,
    draw: &'a Draw,
    own: Stock<'a>,
    other: Option<Stock<'a>>,
}

impl<'a> Drawing<'a> {
    fn new(books: &'a mut Books, by: &'a str, draw: &'a Draw) -> Result<Self, Missing> {
        let most = draw.wanted.len();
        let own = Stock::new(&draw.pool, &draw.terms, most);
        let other = match &draw.fallback {
            Some(DrawFallback::Pool(pool, terms)) => Some(Stock::new(pool, terms, most)),
            Some(DrawFallback::Text(_)) | None => None,
        };
        for stock in [Some(&own), other.as_ref()].into_iter().flatten() {
            books.watch_for(stock.pool, stock.terms.low.as_ref())?;
        }
        Ok(Self { books, by, draw, own, other })
    }

    fn one(&mut self, wanted: &Wanted) -> Result<Drew, Missing> {
        let key = (self.draw.pool.clone(), wanted.key.clone());
        if let Some(drawn) = self.books.draws.get(&key)?.cloned() {
            return self.repeat(drawn);
        }
        if self.draw.is_closed {
            return Ok(Drew::Empty);
        }
        if let Some(code) = self.given_before(wanted)? {
            if wanted.reuse == Reuse::Once && !self.books.is_usable(&code) {
                return Ok(Drew::Had { code: Box::new(code) });
            }
            self.books.draws.put(key, DrawnUnder::Code(code.id.clone()));
            return Ok(Drew::Code { code: Box::new(code), again: true });
        }
        if let Some(code) = self.fresh(wanted)? {
            self.books.draws.put(key, DrawnUnder::Code(code.id.clone()));
            let what = Happened::CodeDrawn { code: code.id.clone() };
            self.books.happen(self.by, wanted.customer.as_ref(), what);
            return Ok(Drew::Code { code: Box::new(code), again: false });
        }
        let Some(DrawFallback::Text(text)) = &self.draw.fallback else { return Ok(Drew::Empty) };
        self.books.draws.put(key, DrawnUnder::Text(text.clone()));
        Ok(Drew::Text { text: text.clone(), again: false })
    }

    /// What a key has drawn before.
    fn repeat(&self, drawn: DrawnUnder) -> Result<Drew, Missing> {
        Ok(match drawn {
            DrawnUnder::Code(id) => {
                let code = self.books.codes.get(&id)?.cloned();
                let code = code.expect("a code that was drawn is never removed");
                Drew::Code { code: Box::new(code), again: true }
            }
            DrawnUnder::Text(text) => Drew::Text { text, again: true },
        })
    }

    /// The code that a customer gets again, of the pool or of its fallback.
    fn given_before(&self, wanted: &Wanted) -> Result<Option<Code>, Missing> {
        let (Some(which), Some(customer)) = (which(wanted.reuse), &wanted.customer) else { return Ok(None) };
        for stock in [Some(&self.own), self.other.as_ref()].into_iter().flatten() {
            if let Some(code) = self.books.last_given(stock.pool, customer, which)? {
                return Ok(Some(code.clone()));
            }
        }
        Ok(None)
    }

    /// A code that nobody has.
    fn fresh(&mut self, wanted: &Wanted) -> Result<Option<Code>, Missing> {
        let reservation = self.draw.reservation.as_ref().map(|key| ReservationId::new(&self.draw.pool, key));
        if let Some(code) = self.books.take(&mut self.own, wanted, reservation.as_ref())? {
            return Ok(Some(code));
        }
        let Some(other) = &mut self.other else { return Ok(None) };
        self.books.take(other, wanted, None)
    }

    /// Tells of pools that have run low.
    fn finish(self) -> Result<(), Missing> {
        for stock in [Some(&self.own), self.other.as_ref()].into_iter().flatten() {
            self.books.watch(self.by, stock.pool)?;
        }
        Ok(())
    }
}

impl Books {
    /// Takes the next code of a pool that nobody has, unless those that are left are reserved for others.
    fn take(
        &mut self,
        stock: &mut Stock<'_>,
        wanted: &Wanted,
        reservation: Option<&ReservationId>,
    ) -> Result<Option<Code>, Missing> {
        let is_reserved = reservation.map_or(Ok(false), |id| self.has_left(id))?;
        if !is_reserved && !self.has_unreserved(stock.pool, stock.terms.makes.as_ref())? {
            return Ok(None);
        }
        let Some(code) = stock.next(self)? else { return Ok(None) };
        if let Some(id) = reservation.filter(|_| is_reserved) {
            self.use_reserved(id)?;
        }
        self.give(stock, wanted, code).map(Some)
    }

    /// Gives a code to whom it was drawn for. Of its own end and the pool's, the earlier holds.
    fn give(&mut self, stock: &Stock<'_>, wanted: &Wanted, code: Code) -> Result<Code, Missing> {
        let Stock { pool: id, terms, .. } = stock;
        self.count_given(id, &code)?;
        let mut pool = self.pools.get(id)?.cloned().unwrap_or_default();
        pool.cursor = pool.cursor.max(code.id.serial);
        self.pools.put((*id).clone(), pool);
        let ends_earlier = terms.ends_at.is_some_and(|end| code.ends_at.is_none_or(|own| end < own));
        let (expires_at, ends_at) =
            if ends_earlier { (terms.expires_at, terms.ends_at) } else { (code.expires_at, code.ends_at) };
        let given = Code {
            state: CodeState::Assigned,
            customer: wanted.customer.clone(),
            is_bound: terms.is_bound && wanted.customer.is_some(),
            assigned_at: Some(self.now),
            expires_at,
            ends_at,
            ..code
        };
        self.codes.put(given.id.clone(), given.clone());
        Ok(given)
    }
}
