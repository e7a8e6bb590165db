//! Setting codes of a pool aside, so that two who send cannot both count on them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::codes::PoolId;
use super::draw::Makes;

/// Names a reservation: its pool, and for what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReservationId {
    /// The pool.
    pub pool: PoolId,
    /// For what.
    pub key: String,
}

impl ReservationId {
    /// The reservation of a pool under a key.
    pub fn new(pool: &PoolId, key: &str) -> Self {
        Self { pool: pool.clone(), key: key.to_owned() }
    }
}

/// Codes of a pool that are set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its name.
    pub id: ReservationId,
    /// How many were set aside.
    pub codes: u64,
    /// How many of them are neither drawn nor given back.
    pub left: u64,
    /// Since when.
    pub made_at: Timestamp,
    /// When what was left was given back.
    pub returned_at: Option<Timestamp>,
}

/// Asks for codes to be set aside: all of them or none.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// Under which name.
    pub id: ReservationId,
    /// How many.
    pub codes: u64,
    /// How they are made, in a pool that makes its own.
    pub makes: Option<Makes>,
}

/// Asks for what is left of a reservation to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveBack {
    /// The reservation.
    pub id: ReservationId,
}

pub(super) fn reserve(books: &mut Books, by: &str, reserve: &Reserve) -> Result<Answer, Missing> {
    if let Some(reservation) = books.reservations.get(&reserve.id)?.cloned() {
        let is_same = reservation.codes == reserve.codes;
        let reservation = Box::new(reservation);
        return Ok(if is_same {
            Answer::Reserved { reservation, again: true }
        } else {
            Answer::ReservedOther
        });
    }
    let pool = &reserve.id.pool;
    let available = books.unreserved(pool, reserve.makes.as_ref())?;
    if available < reserve.codes {
        return Ok(Answer::Short { available, short: reserve.codes - available });
    }
    let mut state = books.pools.get(pool)?.cloned().unwrap_or_default();
    state.reserved += reserve.codes;
    books.pools.put(pool.clone(), state);
    let reservation = Reservation {
        id: reserve.id.clone(),
        codes: reserve.codes,
        left: reserve.codes,
        made_at: books.now,
        returned_at: None,
    };
    books.reservations.put(reserve.id.clone(), reservation.clone());
    let what =
        Happened::CodesReserved { pool: pool.clone(), key: reserve.id.key.clone(), codes: reserve.codes };
    books.happen(by, None, what);
    Ok(Answer::Reserved { reservation: Box::new(reservation), again: false })
}

pub(super) fn give_back(books: &mut Books, by: &str, give_back: &GiveBack) -> Result<Answer, Missing> {
    let id = &give_back.id;
    let Some(reservation) = books.reservations.get(id)?.cloned() else { return Ok(Answer::NoReservation) };
    if reservation.returned_at.is_some() {
        return Ok(Answer::GivenBack { reservation: Box::new(reservation) });
    }
    books.unreserve(&id.pool, reservation.left)?;
    let codes = reservation.left;
    let reservation = Reservation { left: 0, returned_at: Some(books.now), ..reservation };
    books.reservations.put(id.clone(), reservation.clone());
    books.happen(by, None, Happened::CodesGivenBack { pool: id.pool.clone(), key: id.key.clone(), codes });
    Ok(Answer::GivenBack { reservation: Box::new(reservation) })
}

impl Books {
    /// Whether there is a reservation that was not given back.
    pub(super) fn is_open(&self, id: &ReservationId) -> Result<bool, Missing> {
        Ok(self.reservations.get(id)?.is_some_and(|reservation| reservation.returned_at.is_none()))
    }

    /// Whether something of a reservation is left.
    pub(super) fn has_left(&self, id: &ReservationId) -> Result<bool, Missing> {
        Ok(self.reservations.get(id)?.is_some_and(|reservation| reservation.left > 0))
    }

    /// Counts one of its codes as drawn.
    pub(super) fn use_reserved(&mut self, id: &ReservationId) -> Result<(), Missing> {
        let Some(reservation) = self.reservations.get(id)?.cloned() else { return Ok(()) };
        let left = reservation.left - 1;
        self.reservations.put(id.clone(), Reservation { left, ..reservation });
        self.unreserve(&id.pool, 1)
    }

    fn unreserve(&mut self, pool: &PoolId, codes: u64) -> Result<(), Missing> {
        let mut state = self.pools.get(pool)?.cloned().unwrap_or_default();
        state.reserved -= codes;
        self.pools.put(pool.clone(), state);
        Ok(())
    }

    /// Whether a pool has a code left that is not reserved. Where nothing is reserved, nothing is counted.
    pub(super) fn has_unreserved(&self, pool: &PoolId, makes: Option<&Makes>) -> Result<bool, Missing> {
        let reserved = self.pools.get(pool)?.map_or(0, |pool| pool.reserved);
        Ok(reserved == 0 || self.unreserved(pool, makes)? > 0)
    }

    /// How many codes of a pool are neither somebody's nor reserved.
    fn unreserved(&self, pool: &PoolId, makes: Option<&Makes>) -> Result<u64, Missing> {
        let state = self.pools.get(pool)?.cloned().unwrap_or_default();
        let left = match makes {
            Some(makes) => state.series_of(makes).end().saturating_sub(state.last_serial),
            None => self.remaining(pool)?,
        };
        Ok(left.saturating_sub(state.reserved))
    }
}
