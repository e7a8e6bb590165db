//! Stages 2 to 5 for one combination of promotions: who takes how much off which unit, in the order of the one
//! sort key.

use smallvec::SmallVec;

use crate::benefits::units::{Take, Takes, UnitsView};
use crate::benefits::{Benefit, Credit, Gives, Postage};
use crate::conditions::Asking;
use crate::config::promotion::{FundedBy, Stacking};
use crate::config::shop::TaxedPrices;
use crate::price::budgets::{self, Over};
use crate::price::candidates::{Candidate, Candidates, Case};
use crate::price::tax::{self, Taxes};
use crate::quote::{Checked, Stage};
use crate::refusal::Refusal;
use crate::snapshot::matcher::Matcher;
use crate::snapshot::{CompiledBenefit, CompiledPromotion};

/// Money that a candidate took off a unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) candidate: usize,
    pub(crate) stage: Stage,
    pub(crate) unit: u32,
    pub(crate) minor: i64,
}

/// Money that a candidate took off shipping, or paid for the order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) candidate: usize,
    pub(crate) stage: Stage,
    pub(crate) minor: i64,
}

/// What became of a cart under one combination of promotions.
pub(crate) struct Outcome {
    /// What was there when late conditions were asked.
    pub(crate) late: SmallVec<[Late; 2]>,
    /// Each unit's price after stage 5a.
    pub(crate) prices: Vec<i64>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) grants: Vec<Grant>,
    /// Why a candidate gave nothing, where it said so.
    pub(crate) refusals: Vec<Option<Refusal>>,
    /// What each candidate gave in all.
    pub(crate) gave: Vec<i64>,
    /// The candidates that were taken out for their budgets.
    pub(crate) over: SmallVec<[Over; 1]>,
    pub(crate) shipping: i64,
    pub(crate) taxes: Taxes,
    pub(crate) due: i64,
    pub(crate) credit: i64,
}

impl Outcome {
    /// Keeps why a candidate was taken out after a run before, and what was asked of those taken out until then.
    fn take_out(&mut self, over: Over, before: Self) {
        self.over = before.over;
        self.over.push(over);
        let is_out = |candidate: usize| self.over.iter().any(|over| over.candidate == candidate);
        self.late.extend(before.late.into_iter().filter(|late| is_out(late.candidate)));
        for over in &self.over {
            self.refusals[over.candidate] = Some(over.refusal());
        }
    }
}

/// What was there when a candidate's late conditions were asked.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) candidate: usize,
    is_met: bool,
    prices: Vec<i64>,
    spent: Vec<bool>,
    /// The units that its own conditions then spent.
    own: Vec<bool>,
}

impl Late {
    fn asking<'a>(&'a self, case: &'a Case<'a>, candidate: &'a Candidate<'a>) -> Asking<'a> {
        Asking { case, scope: &candidate.scope, prices: &self.prices, spent: self.spent.clone() }
    }

    /// What was asked, and found.
    pub(crate) fn checks(&self, case: &Case<'_>, candidate: &Candidate<'_>) -> Vec<Checked> {
        let mut asking = self.asking(case, candidate);
        candidate.promotion.late_conditions.iter().map(|condition| condition.check(&mut asking)).collect()
    }
}

/// The units that a candidate's own conditions have spent; empty if they spend none.
fn own_spent(late: &[Late], candidate: usize) -> &[bool] {
    late.iter().find(|late| late.candidate == candidate).map_or(&[], |late| &late.own)
}

/// Asks all, so that their order decides nothing.
fn ask_late(promotion: &CompiledPromotion, asking: &mut Asking<'_>) -> Result<(), Refusal> {
    let refusals = promotion.late_conditions.iter().filter_map(|condition| condition.ask(asking).err());
    Refusal::first(refusals).map_or(Ok(()), Err)
}

/// A benefit's turn.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    /// Its place by the one sort key.
    order: u32,
    candidate: usize,
    benefit: &'a CompiledBenefit,
}

impl<'a> Step<'a> {
    fn new(candidate: usize, benefit: &'a CompiledBenefit) -> Self {
        Self { order: benefit.order, candidate, benefit }
    }
}

/// The turns of all candidates whose conditions are met, in the order of the one sort key.
pub(crate) fn steps<'a>(candidates: &Candidates<'a>) -> Vec<Step<'a>> {
    let mut steps = Vec::with_capacity(candidates.all.len());
    for (index, candidate) in candidates.all.iter().enumerate().filter(|(_, it)| it.refusal.is_none()) {
        steps.extend(candidate.promotion.benefits.iter().map(|benefit| Step::new(index, benefit)));
    }
    steps.sort_unstable_by_key(|step| step.order);
    steps
}

/// The candidates in the order of their first turns.
pub(crate) fn in_turn(candidates: &Candidates<'_>, steps: &[Step<'_>]) -> Vec<usize> {
    let is_first = |step: &&Step<'_>| candidates.all[step.candidate].promotion.order() == Some(step.order);
    steps.iter().filter(is_first).map(|step| step.candidate).collect()
}

/// Runs one combination: the candidates for which `active` says so. As long as one of them gives more than is left
/// of its budget, it is run again without the first such by the sort key.
pub(crate) fn run(
    case: &Case<'_>,
    candidates: &Candidates<'_>,
    steps: &[Step<'_>],
    active: &[bool],
) -> Outcome {
    let mut outcome = run_once(case, candidates, steps, active);
    let mut within = Vec::new();
    while let Some(over) = budgets::first_over(case, candidates, &outcome) {
        if within.is_empty() {
            within = active.to_vec();
        }
        within[over.candidate] = false;
        let before = std::mem::replace(&mut outcome, run_once(case, candidates, steps, &within));
        outcome.take_out(over, before);
    }
    outcome
}

fn run_once(case: &Case<'_>, candidates: &Candidates<'_>, steps: &[Step<'_>], active: &[bool]) -> Outcome {
    let mut run = Run::new(case, candidates, active);
    for step in steps.iter().filter(|step| active[step.candidate]) {
        run.take_turn(step, steps);
    }
    run.finish(steps, active)
}

/// Runs a candidate as if there were no other.
pub(crate) fn run_alone(case: &Case<'_>, candidates: &Candidates<'_>, index: usize) -> Outcome {
    let benefits = &candidates.all[index].promotion.benefits;
    let mut steps: SmallVec<[Step<'_>; 2]> =
        benefits.iter().map(|benefit| Step::new(index, benefit)).collect();
    steps.sort_unstable_by_key(|step| step.order);
    run(case, candidates, &steps, &vec![true; candidates.all.len()])
}

struct Run<'a> {
    case: &'a Case<'a>,
    candidates: &'a Candidates<'a>,
    prices: Vec<i64>,
    entries: Vec<Entry>,
    grants: Vec<Grant>,
    refusals: Vec<Option<Refusal>>,
    shipping: i64,
    /// Candidates whose late conditions have been asked.
    late: SmallVec<[Late; 2]>,
    /// Which units conditions have spent; empty as long as none has.
    spent: Vec<bool>,
    /// Candidates whose comparison with the automatic discounts has been made.
    compared: SmallVec<[usize; 2]>,
    takes: Takes,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case<'a>, candidates: &'a Candidates<'a>, active: &[bool]) -> Self {
        Self {
            case,
            candidates,
            prices: case.bulk.units.clone(),
            entries: Vec::with_capacity(case.cart.units_len() * active.len().min(8)),
            grants: Vec::new(),
            refusals: vec![None; active.len()],
            shipping: case.cart.shipping().map_or(0, |option| option.price),
            late: SmallVec::new(),
            spent: Vec::new(),
            compared: SmallVec::new(),
            takes: Takes::default(),
        }
    }

    fn candidate(&self, index: usize) -> &'a Candidate<'a> {
        &self.candidates.all[index]
    }

    fn take_turn(&mut self, step: &Step<'_>, steps: &[Step<'_>]) {
        // A credit that pays has its turn when the taxes are known.
        if step.benefit.stage == Stage::CreditAfterTax || !self.meets_late(step.candidate) {
            return;
        }
        match (&step.benefit.benefit, step.benefit.stage) {
            (benefit, Stage::Shipping) => self.shipping(step.candidate, benefit.gives()),
            (Benefit::Credit(credit), Stage::CreditBeforeTax) => {
                self.credit_before_tax(step.candidate, credit);
            }
            (Benefit::Credit(_), _) => {}
            _ => self.discount(step, steps),
        }
    }

    /// Asks the conditions that read what is left, when the candidate's first turn comes.
    fn meets_late(&mut self, candidate: usize) -> bool {
        let promotion = self.candidate(candidate).promotion;
        if promotion.late_conditions.is_empty() {
            return true;
        }
        if let Some(late) = self.late.iter().find(|late| late.candidate == candidate) {
            return late.is_met;
        }
        let (prices, spent) = (self.prices.clone(), self.spent.clone());
        let before = Late { candidate, is_met: false, prices, spent, own: Vec::new() };
        let mut asking = before.asking(self.case, self.candidate(candidate));
        let refusal = ask_late(promotion, &mut asking).err();
        let is_met = refusal.is_none();
        let mut own = Vec::new();
        if is_met {
            let was_spent = |unit: usize| self.spent.get(unit).is_some_and(|is_spent| *is_spent);
            own = asking.spent.iter().enumerate().map(|(unit, spent)| *spent && !was_spent(unit)).collect();
            self.spent = asking.spent;
        }
        self.late.push(Late { is_met, own, ..before });
        self.note(candidate, refusal);
        is_met
    }

    fn discount(&mut self, step: &Step<'_>, steps: &[Step<'_>]) {
        let candidate = self.candidate(step.candidate);
        match (candidate.code, candidate.promotion.stacking) {
            (Some(_), Stacking::Best) => self.compare(step.candidate, steps),
            (Some(_), Stacking::Add) => self.take_from(step, Some(&self.without_automatic())),
            _ => self.take_from(step, None),
        }
    }

    /// Lets a benefit take from what is left, reckoned on that or on a base of its own.
    fn take_from(&mut self, step: &Step<'_>, base: Option<&[i64]>) {
        let left = std::mem::take(&mut self.prices);
        let most = self.left_of_budget(step.candidate);
        let refusal = self.ask_benefit(step, base.unwrap_or(&left), &left, most).err();
        self.prices = left;
        self.note(step.candidate, refusal);
        self.commit(step.candidate, step.benefit.stage);
    }

    /// The units as a candidate's benefit sees them.
    fn view<'v>(
        case: &'v Case<'v>,
        candidate: &'v Candidate<'v>,
        matchers: &'v [Matcher],
        base: &'v [i64],
        left: &'v [i64],
        room: &'v [i64],
        spent: &'v [bool],
    ) -> UnitsView<'v> {
        UnitsView {
            cart: case.cart,
            scope: &candidate.scope,
            promotion: &candidate.promotion.id,
            after_bulk: &case.bulk.units,
            matchers,
            base,
            left,
            room,
            spent,
            currency: case.cart.currency(),
            rounding: case.snapshot.shop.rounding,
            rounding_level: case.snapshot.shop.rounding_level,
        }
    }

    /// How much more a candidate may give, where its budget lowers that.
    fn left_of_budget(&self, candidate: usize) -> Option<i64> {
        let left = budgets::left_to_clip(self.case, self.candidate(candidate).promotion)?;
        Some(left - budgets::given(candidate, &self.entries, &self.grants))
    }

    /// Asks a benefit what it takes; no more than `most`, if that is given.
    fn ask_benefit(
        &mut self,
        step: &Step<'_>,
        base: &[i64],
        left: &[i64],
        most: Option<i64>,
    ) -> Result<(), Refusal> {
        let candidate = self.candidate(step.candidate);
        let above_floors = self.case.cart.above_floors(left).filter(|_| !candidate.promotion.ignores_floor);
        let room = above_floors.as_deref().unwrap_or(left);
        let view = Self::view(
            self.case,
            candidate,
            &step.benefit.matchers,
            base,
            left,
            room,
            own_spent(&self.late, step.candidate),
        );
        let gives = step.benefit.benefit.gives();
        self.takes.clear();
        gives.take(&view, &mut self.takes)?;
        let at_most = gives.at_most().and_then(|most| most.in_currency(view.currency));
        for most in at_most.into_iter().chain(most) {
            view.cap(most, &mut self.takes);
        }
        if self.takes.total() == 0 { Err(Refusal::NothingLeftToDiscount) } else { Ok(()) }
    }

    /// Puts the takes into effect.
    fn commit(&mut self, candidate: usize, stage: Stage) {
        for Take { unit, minor } in self.takes.iter().filter(|take| take.minor > 0) {
            self.prices[unit as usize] -= minor;
            self.entries.push(Entry { candidate, stage, unit, minor });
        }
    }

    fn note(&mut self, candidate: usize, refusal: Option<Refusal>) {
        let told = &mut self.refusals[candidate];
        if refusal.is_some() {
            *told = Refusal::first(told.take().into_iter().chain(refusal));
        }
    }

    fn is_automatic(&self, candidate: usize) -> bool {
        self.candidate(candidate).code.is_none()
    }

    /// Each unit's price as it would be if only codes had taken from it.
    fn without_automatic(&self) -> Vec<i64> {
        let mut prices = self.prices.clone();
        for entry in self.entries.iter().filter(|entry| self.is_automatic(entry.candidate)) {
            prices[entry.unit as usize] += entry.minor;
        }
        prices
    }

    /// A code in mode `best`: all its discounts together against what the automatic ones took from the units
    /// that it covers; strictly more wins, and those are withdrawn from these units only.
    fn compare(&mut self, candidate: usize, steps: &[Step<'_>]) {
        if self.compared.contains(&candidate) {
            return;
        }
        self.compared.push(candidate);
        let base = self.without_automatic();
        let mut left = base.clone();
        let mut won = Vec::new();
        let mut most = self.left_of_budget(candidate);
        let own = |step: &&Step<'_>| step.candidate == candidate && step.benefit.stage <= Stage::Order;
        for step in steps.iter().filter(own) {
            let refusal = self.ask_benefit(step, &left, &left, most).err();
            self.note(candidate, refusal);
            for take in self.takes.iter() {
                left[take.unit as usize] -= take.minor;
            }
            most = most.map(|most| most - self.takes.total());
            won.push((*step, self.takes.clone()));
        }
        let covered = self.covered(&won);
        let gain: i64 = won.iter().map(|(_, takes)| takes.total()).sum();
        let is_other = |entry: &Entry| self.is_automatic(entry.candidate) && covered[entry.unit as usize];
        let others: Vec<Entry> = self.entries.iter().copied().filter(is_other).collect();
        let other: i64 = others.iter().map(|entry| entry.minor).sum();
        if gain <= other {
            if gain > 0 {
                // It would give something, whatever one of its benefits has found missing.
                self.refusals[candidate] = Some(Refusal::NotCombinable { with: self.names(&others) });
            }
            return;
        }
        self.entries.retain(|entry| {
            !(self.candidates.all[entry.candidate].code.is_none() && covered[entry.unit as usize])
        });
        for unit in (0..covered.len()).filter(|&unit| covered[unit]) {
            self.prices[unit] = base[unit];
        }
        for (step, takes) in won {
            self.takes = takes;
            self.commit(candidate, step.benefit.stage);
        }
    }

    fn covered(&self, won: &[(Step<'_>, Takes)]) -> Vec<bool> {
        let mut covered = vec![false; self.prices.len()];
        for take in won.iter().flat_map(|(_, takes)| takes.iter()) {
            covered[take.unit as usize] = true;
        }
        covered
    }

    fn names(&self, entries: &[Entry]) -> Vec<crate::names::PromotionId> {
        let mut names: Vec<_> =
            entries.iter().map(|entry| self.candidate(entry.candidate).promotion.id.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn shipping(&mut self, candidate: usize, gives: &dyn Gives) {
        let (left, currency) = (self.shipping, self.case.cart.currency());
        let postage = Postage { left, currency, rounding: self.case.snapshot.shop.rounding };
        let off = self.case.cart.shipping_by(gives.methods()).map(|_| gives.off_shipping(&postage));
        let most = gives.at_most().and_then(|most| most.in_currency(currency)).unwrap_or(i64::MAX);
        let most = self.left_of_budget(candidate).map_or(most, |left| left.min(most));
        let refusal = match off.map(|off| off.min(most)) {
            None => Some(Refusal::NoShippingMethod),
            Some(0) => Some(Refusal::NothingLeftToDiscount),
            Some(minor) => {
                self.grants.push(Grant { candidate, stage: Stage::Shipping, minor });
                self.shipping -= minor;
                None
            }
        };
        self.note(candidate, refusal);
    }

    /// What is left of a credit's balance.
    fn balance(&self, candidate: usize, credit: &Credit) -> i64 {
        let promotion = self.candidate(candidate).promotion;
        let whole = credit.amount.in_currency(self.case.cart.currency()).unwrap_or(0);
        let left = self.case.facts.balances.get(&promotion.id);
        left.map_or(whole, |&left| i64::try_from(left).unwrap_or(i64::MAX))
    }

    /// A credit that lowers the price draws like an amount off the order, as far as its balance reaches.
    fn credit_before_tax(&mut self, candidate: usize, credit: &Credit) {
        let balance = self.balance(candidate, credit);
        let room = std::mem::take(&mut self.prices);
        let view = Self::view(self.case, self.candidate(candidate), &[], &room, &room, &room, &[]);
        self.takes.clear();
        let refusal = match view.covered(0) {
            _ if balance == 0 => Some(Refusal::USED_UP),
            Err(refusal) => Some(refusal),
            Ok(units) => {
                view.take_amount_once(&units, balance, &mut self.takes);
                None
            }
        };
        self.prices = room;
        self.note(candidate, refusal);
        self.commit(candidate, Stage::CreditBeforeTax);
    }

    fn finish(mut self, steps: &[Step<'_>], active: &[bool]) -> Outcome {
        let taxes = match self.funded() {
            Some(funded) => tax::compute(self.case, &funded.prices, funded.shipping),
            None => tax::compute(self.case, &self.prices, self.shipping),
        };
        self.credits_after_tax(steps, active, &taxes);
        let mut gave = vec![0; active.len()];
        for entry in &self.entries {
            gave[entry.candidate] += entry.minor;
        }
        for grant in &self.grants {
            gave[grant.candidate] += grant.minor;
        }
        let paid: i64 = self
            .grants
            .iter()
            .filter(|grant| grant.stage == Stage::CreditAfterTax)
            .map(|grant| grant.minor)
            .sum();
        let before = self.entries.iter().filter(|entry| entry.stage == Stage::CreditBeforeTax);
        let credit = paid + before.map(|entry| entry.minor).sum::<i64>();
        let due = self.prices.iter().sum::<i64>() + self.shipping + taxes.on_top() - paid;
        let Self { late, prices, entries, grants, refusals, shipping, .. } = self;
        let over = SmallVec::new();
        Outcome { late, prices, entries, grants, refusals, gave, over, shipping, taxes, due, credit }
    }

    /// What the shop receives, from the buyer and from others who pay for promotions; if there are others.
    fn funded(&self) -> Option<Funded> {
        let by_others =
            |candidate: usize| self.candidate(candidate).promotion.funded_by == FundedBy::ThirdParty;
        if !(0..self.candidates.all.len()).any(by_others) {
            return None;
        }
        let mut entries = self.entries.iter().filter(|entry| by_others(entry.candidate)).peekable();
        let mut grants = self.grants.iter().filter(|grant| by_others(grant.candidate)).peekable();
        if entries.peek().is_none() && grants.peek().is_none() {
            return None;
        }
        let mut prices = self.prices.clone();
        for entry in entries {
            prices[entry.unit as usize] += entry.minor;
        }
        let shipping = self.shipping + grants.map(|grant| grant.minor).sum::<i64>();
        Some(Funded { prices, shipping })
    }

    /// Credits that pay: each up to its balance, for the lines that it may pay for with their tax, and for
    /// shipping where it covers that.
    fn credits_after_tax(&mut self, steps: &[Step<'_>], active: &[bool], taxes: &Taxes) {
        let mut bill: Option<Bill> = None;
        for step in steps.iter().filter(|step| active[step.candidate]) {
            let Benefit::Credit(credit) = &step.benefit.benefit else { continue };
            if step.benefit.stage != Stage::CreditAfterTax || !self.meets_late(step.candidate) {
                continue;
            }
            let bill = bill.get_or_insert_with(|| Bill::new(self.case, &self.prices, self.shipping, taxes));
            let balance = self.balance(step.candidate, credit);
            let minor = bill.pay(self.case, self.candidate(step.candidate), credit, balance);
            let refusal = match (balance, minor) {
                (0, _) => Some(Refusal::USED_UP),
                (_, 0) => Some(Refusal::NothingLeftToDiscount),
                _ => None,
            };
            self.note(step.candidate, refusal);
            if minor > 0 {
                self.grants.push(Grant { candidate: step.candidate, stage: Stage::CreditAfterTax, minor });
            }
        }
    }
}

/// Prices as they are taxed where others pay a part of them.
struct Funded {
    prices: Vec<i64>,
    shipping: i64,
}

/// What is still to be paid, tax included: for each line, by line id, and for shipping.
struct Bill {
    lines: Vec<i64>,
    shipping: i64,
}

impl Bill {
    fn new(case: &Case<'_>, prices: &[i64], shipping: i64, taxes: &Taxes) -> Self {
        let on_top = |tax: i64| if case.snapshot.shop.tax.prices == TaxedPrices::Exclusive { tax } else { 0 };
        let line = |(line, tax): (&crate::price::resolve::ResolvedLine<'_>, &i64)| {
            prices[line.unit_range()].iter().sum::<i64>() + on_top(*tax)
        };
        let lines = case.cart.lines.iter().zip(&taxes.lines).map(line).collect();
        Self { lines, shipping: shipping + on_top(taxes.shipping) }
    }

    fn pay(&mut self, case: &Case<'_>, candidate: &Candidate<'_>, credit: &Credit, balance: i64) -> i64 {
        let mut left = balance;
        let lines = case.cart.lines.iter().zip(&mut self.lines);
        for (_, open) in lines.filter(|(line, _)| candidate.scope.holds(line)) {
            let part = left.min(*open);
            *open -= part;
            left -= part;
        }
        if credit.covers_shipping {
            let part = left.min(self.shipping);
            self.shipping -= part;
            left -= part;
        }
        balance - left
    }
}
