//! Taking what is claimed: from what is free, and giving back.

use jiff::Timestamp;
use tearline_pricing::names::{CartId, CustomerId};

use super::activity::{Activity, Happened};
use super::books::{Books, Missing};
use super::rows::{Claimed, Counter, Hold, Taken};

/// For whom something is taken: their own holds are not in their way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taker<'a> {
    pub(super) cart: Option<&'a CartId>,
    pub(super) customer: Option<&'a CustomerId>,
    pub(super) by: &'a str,
}

impl Books {
    fn counter(&self, of: &Claimed) -> Result<Counter, Missing> {
        match of {
            Claimed::Limit(key) => Ok(self.limits.get(key)?.cloned().unwrap_or_default()),
        }
    }

    fn put_counter(&mut self, of: &Claimed, counter: Counter) {
        match of {
            Claimed::Limit(key) => self.limits.put(key.clone(), counter),
        }
    }

    /// Makes room for claims by taking back what is held for the same buyer: the cart's own hold, and older ones of
    /// the same customer where they are in the way. Answers whether all of them fit now.
    pub(super) fn make_room(&mut self, claims: &[Taken], taker: Taker<'_>) -> Result<bool, Missing> {
        if let Some(cart) = taker.cart {
            self.drop_hold(cart)?;
        }
        for claim in claims {
            while claim.take > self.free(claim)? {
                if !self.yields(claim, taker)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn free(&self, claim: &Taken) -> Result<i64, Missing> {
        let counter = self.counter(&claim.of)?;
        Ok(claim.most - counter.used - counter.held)
    }

    /// Whether another hold of the same customer makes way, the oldest first; then it is gone.
    fn yields(&mut self, claim: &Taken, taker: Taker<'_>) -> Result<bool, Missing> {
        let Some(customer) = taker.customer else { return Ok(false) };
        let holds = self.other_holds(customer, taker.cart)?;
        let keeps = |hold: &&&Hold| hold.claims.iter().any(|kept| kept.of == claim.of);
        let Some(cart) = holds.iter().find(keeps).map(|hold| hold.cart.clone()) else { return Ok(false) };
        self.drop_hold(&cart)?;
        self.happen(taker.by, Some(customer), Happened::HoldReleased { cart });
        Ok(true)
    }

    /// Takes a cart's hold away, ended or not, and what it keeps with it. Answers whether it still held.
    pub(super) fn drop_hold(&mut self, cart: &CartId) -> Result<bool, Missing> {
        let Some(hold) = self.holds.get(cart)?.cloned() else { return Ok(false) };
        let is_live = self.now < hold.ends_at;
        for claim in &hold.claims {
            // Also of one that has ended: with the row it is taken off, if it was not yet.
            let mut counter = self.counter(&claim.of)?;
            if is_live {
                counter.held -= claim.take;
                self.put_counter(&claim.of, counter);
            }
        }
        self.holds.remove(cart.clone());
        Ok(is_live)
    }

    pub(super) fn add_held(&mut self, claims: &[Taken], ends_at: Timestamp) -> Result<(), Missing> {
        for claim in claims {
            let mut counter = self.counter(&claim.of)?;
            counter.held += claim.take;
            let earliest = counter.earliest_hold_end.map_or(ends_at, |end| end.min(ends_at));
            counter.earliest_hold_end = Some(earliest);
            self.put_counter(&claim.of, counter);
        }
        Ok(())
    }

    /// Counts claims as used; with `-1` for `times`, takes that back.
    pub(super) fn use_claims(&mut self, claims: &[Taken], times: i64) -> Result<(), Missing> {
        for claim in claims {
            let mut counter = self.counter(&claim.of)?;
            counter.used += times * claim.take;
            debug_assert!(counter.used >= 0, "nothing is given back that was not taken");
            self.put_counter(&claim.of, counter);
        }
        Ok(())
    }

    pub(super) fn happen(&mut self, by: &str, customer: Option<&CustomerId>, what: Happened) {
        let activity = Activity { at: self.now, by: by.to_owned(), customer: customer.cloned(), what };
        self.activities.push(activity);
    }
}
