//! Taking what is claimed: from what is free, and giving back.

use jiff::Timestamp;
use tearline_pricing::names::{CartId, CustomerId};

use super::activity::{Activity, Happened};
use super::books::{Books, Missing};
use super::codes::{Code, CodeId, CodeState};
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
            Claimed::Code(id) => Ok(self.codes.get(id)?.map(|code| code.uses.clone()).unwrap_or_default()),
        }
    }

    fn put_counter(&mut self, of: &Claimed, counter: Counter) {
        match of {
            Claimed::Limit(key) => self.limits.put(key.clone(), counter),
            Claimed::Code(id) => {
                let code = self.codes.get(id).ok().flatten().cloned();
                let code = code.expect("a code is looked at before it is counted");
                self.codes.put(id.clone(), Code { uses: counter, ..code });
            }
        }
    }

    /// Makes room for claims by taking back what is held for the same buyer: the cart's own hold, and older ones of
    /// the same customer where they are in the way. Answers whether all of them fit now.
    pub(super) fn make_room(&mut self, claims: &[Taken], taker: Taker<'_>) -> Result<bool, Missing> {
        if let Some(cart) = taker.cart {
            self.drop_hold(cart)?;
        }
        for claim in claims {
            if !self.may_use(claim, taker)? {
                return Ok(false);
            }
            while claim.take > self.free(claim)? {
                if !self.yields(claim, taker)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Whether a code that is claimed still holds, for this customer.
    fn may_use(&self, claim: &Taken, taker: Taker<'_>) -> Result<bool, Missing> {
        let Claimed::Code(id) = &claim.of else { return Ok(true) };
        let Some(code) = self.codes.get(id)? else { return Ok(false) };
        let is_theirs = !code.is_bound || code.customer.as_ref() == taker.customer;
        Ok(is_theirs && code.state != CodeState::Void)
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
        let Some(hold) = holds.into_iter().find(|hold| keeps(&hold)).cloned() else { return Ok(false) };
        self.drop_hold(&hold.cart)?;
        self.happen_to(taker.by, Some(customer), &hold.claims, Happened::HoldReleased { cart: hold.cart });
        Ok(true)
    }

    /// Takes a cart's hold away, ended or not, and what it keeps with it. Answers whether it still held.
    pub(super) fn drop_hold(&mut self, cart: &CartId) -> Result<bool, Missing> {
        let Some(hold) = self.holds.get(cart)?.cloned() else { return Ok(false) };
        let is_live = hold.is_live(self.now);
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
            if let Claimed::Code(id) = &claim.of {
                self.step(id, claim.most)?;
            }
        }
        Ok(())
    }

    /// Brings a code's state, and its pool's counts, to what its uses say. A code that was used counts as given to
    /// somebody, also when the use is taken back.
    fn step(&mut self, id: &CodeId, most: i64) -> Result<(), Missing> {
        let Some(code) = self.codes.get(id)?.cloned() else { return Ok(()) };
        if code.state == CodeState::Unassigned {
            self.count_given(&id.pool, &code)?;
        }
        let mut pool = self.pools.get(&id.pool)?.cloned().unwrap_or_default();
        // One that was withdrawn before anybody had it, and was used elsewhere all the same.
        pool.assigned += u64::from(code.state == CodeState::Void && code.assigned_at.is_none());
        let is_used_up = code.uses.used >= most;
        let state = match code.state {
            CodeState::Void => CodeState::Void,
            _ if is_used_up => CodeState::Redeemed,
            _ => CodeState::Assigned,
        };
        pool.redeemed += u64::from(state == CodeState::Redeemed);
        pool.redeemed -= u64::from(code.state == CodeState::Redeemed);
        let assigned_at = code.assigned_at.or(Some(self.now));
        self.pools.put(id.pool.clone(), pool);
        self.codes.put(id.clone(), Code { state, assigned_at, ..code });
        Ok(())
    }

    pub(super) fn happen(&mut self, by: &str, customer: Option<&CustomerId>, what: Happened) {
        let codes = what.code().cloned().into_iter().collect();
        let (at, by) = (self.now, by.to_owned());
        self.activities.push(Activity { at, by, customer: customer.cloned(), codes, what });
    }

    /// The same of what takes claims, or gives them back: it concerns the codes among them.
    pub(super) fn happen_to(
        &mut self,
        by: &str,
        customer: Option<&CustomerId>,
        claims: &[Taken],
        what: Happened,
    ) {
        self.happen(by, customer, what);
        let codes = claims.iter().filter_map(|claim| claim.of.code().cloned());
        self.activities.last_mut().expect("it has just happened").codes.extend(codes);
    }
}
