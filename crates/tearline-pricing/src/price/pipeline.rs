//! Stages 2 to 5 for one combination of promotions: who takes how much off which unit, in the order of the one
//! sort key.

use smallvec::SmallVec;

use crate::benefits::units::{Takes, UnitsView};
use crate::benefits::{Benefit, Credit, Gives, Postage};
use crate::conditions::Asking;
use crate::config::promotion::{FundedBy, Stacking};
use crate::config::shop::TaxedPrices;
use crate::price::budgets::{self, Over};
use crate::price::candidates::{Candidate, Candidates, Case};
use crate::price::left::Left;
use crate::price::taken::{Entry, Taken};
use crate::price::tax::{self, Taxes};
use crate::quote::{Checked, Stage};
use crate::refusal::Refusal;
use crate::snapshot::matcher::Matcher;
use crate::snapshot::{CompiledBenefit, CompiledPromotion};

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
    /// The prices after stage 5a.
    pub(crate) left: Left,
    pub(crate) taken: Taken,
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
        Asking { case, scope: candidate.scope(), prices: &self.prices, spent: self.spent.clone() }
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
    let mut later = SmallVec::<[Step<'_>; 32]>::new();
    for (index, candidate) in candidates.all.iter().enumerate().filter(|(_, it)| it.refusal.is_none()) {
        for benefit in &candidate.promotion.benefits {
            let step = Step::new(index, benefit);
            if benefit.stage == Stage::Items { steps.push(step) } else { later.push(step) }
        }
    }
    // Candidates stand by name: with the stages apart, they are nearly in order.
    steps.extend_from_slice(&later);
    steps.sort_unstable_by_key(|step| step.order);
    steps
}

/// The candidates in the order of their first turns.
pub(crate) fn in_turn(candidates: &Candidates<'_>, steps: &[Step<'_>]) -> Vec<usize> {
    let is_first = |step: &&Step<'_>| candidates.all[step.candidate].promotion.order() == Some(step.order);
    let mut in_turn = Vec::with_capacity(candidates.all.len());
    in_turn.extend(steps.iter().filter(is_first).map(|step| step.candidate));
    in_turn
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
    left: Left,
    taken: Taken,
    grants: Vec<Grant>,
    refusals: Vec<Option<Refusal>>,
    shipping: i64,
    /// Candidates whose late conditions have been asked.
    late: SmallVec<[Late; 2]>,
    /// Which units conditions have spent; empty as long as none has.
    spent: Vec<bool>,
    /// Candidates whose comparison with the automatic discounts has been made.
    compared: SmallVec<[usize; 2]>,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case<'a>, candidates: &'a Candidates<'a>, active: &[bool]) -> Self {
        Self {
            case,
            candidates,
            left: Left {
                units: case.bulk.units.clone(),
                lines: case.cart.lines.iter().map(|line| line.after_bulk).collect(),
            },
            taken: Taken::with_capacity(active.len(), case.cart.units_len()),
            grants: Vec::new(),
            refusals: vec![None; active.len()],
            shipping: case.cart.shipping().map_or(0, |option| option.price),
            late: SmallVec::new(),
            spent: Vec::new(),
            compared: SmallVec::new(),
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
        let (prices, spent) = (self.left.units.clone(), self.spent.clone());
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
        match (candidate.code(), candidate.promotion.stacking) {
            (Some(_), Stacking::Best) => self.compare(step.candidate, steps),
            (Some(_), Stacking::Add) => self.take_from(step, Some(&self.without_automatic())),
            _ => self.take_from(step, None),
        }
    }

    /// Lets a benefit take from what is left, reckoned on that or on a base of its own.
    fn take_from(&mut self, step: &Step<'_>, base: Option<&[i64]>) {
        let mut takes = std::mem::take(&mut self.taken.takes);
        let most = self.left_of_budget(step.candidate);
        let base = base.unwrap_or(&self.left.units);
        let refusal = self.ask_benefit(step, base, &self.left, most, &mut takes).err();
        self.taken.takes = takes;
        self.commit(step.candidate, step.benefit.stage, refusal);
    }

    /// The units as a candidate's benefit sees them.
    fn view<'v>(
        case: &'v Case<'v>,
        candidate: &'v Candidate<'v>,
        matchers: &'v [Matcher],
        base: &'v [i64],
        left: &'v Left,
        room: &'v [i64],
        spent: &'v [bool],
    ) -> UnitsView<'v> {
        UnitsView {
            cart: case.cart,
            scope: candidate.scope(),
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
        Some(left - budgets::given(candidate, &self.taken, &self.grants))
    }

    /// Asks a benefit what it takes; no more than `most`, if that is given.
    fn ask_benefit(
        &self,
        step: &Step<'_>,
        base: &[i64],
        left: &Left,
        most: Option<i64>,
        takes: &mut Takes,
    ) -> Result<(), Refusal> {
        let candidate = self.candidate(step.candidate);
        let above_floors =
            self.case.cart.above_floors(&left.units).filter(|_| !candidate.promotion.ignores_floor);
        let room = above_floors.as_deref().unwrap_or(&left.units);
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
        gives.take(&view, takes)?;
        let at_most = gives.at_most().and_then(|most| most.in_currency(view.currency));
        for most in at_most.into_iter().chain(most) {
            view.cap(most, takes);
        }
        if takes.total() == 0 { Err(Refusal::NothingLeftToDiscount) } else { Ok(()) }
    }

    /// Puts what a turn takes into effect, unless it is refused.
    fn commit(&mut self, candidate: usize, stage: Stage, refusal: Option<Refusal>) {
        if refusal.is_some() {
            self.taken.takes.clear();
            return self.note(candidate, refusal);
        }
        self.taken.end_turn(candidate, stage, self.case.cart, &mut self.left);
    }

    fn note(&mut self, candidate: usize, refusal: Option<Refusal>) {
        let told = &mut self.refusals[candidate];
        if refusal.is_some() {
            *told = Refusal::first(told.take().into_iter().chain(refusal));
        }
    }

    fn is_automatic(&self, candidate: usize) -> bool {
        self.candidate(candidate).key.is_none()
    }

    /// Each unit's price as it would be if only codes had taken from it.
    fn without_automatic(&self) -> Vec<i64> {
        let mut prices = self.left.units.clone();
        for entry in self.taken.entries().filter(|entry| self.is_automatic(entry.candidate)) {
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
        let mut left = Left::of(base.clone(), self.case.cart);
        let mut won = Vec::new();
        let mut most = self.left_of_budget(candidate);
        let own = |step: &&Step<'_>| step.candidate == candidate && step.benefit.stage <= Stage::Order;
        for step in steps.iter().filter(own) {
            let mut takes = Takes::listing_all();
            let refusal = self.ask_benefit(step, &left.units, &left, most, &mut takes).err();
            self.note(candidate, refusal);
            for take in takes.iter() {
                left.take(take.unit, self.case.cart.line_index(take.unit), take.minor);
            }
            most = most.map(|most| most - takes.total());
            won.push((*step, takes));
        }
        let covered = self.covered(&won);
        let gain: i64 = won.iter().map(|(_, takes)| takes.total()).sum();
        let is_other = |entry: &Entry| self.is_automatic(entry.candidate) && covered[entry.unit as usize];
        let others: Vec<Entry> = self.taken.entries().filter(is_other).collect();
        let other: i64 = others.iter().map(|entry| entry.minor).sum();
        if gain <= other {
            if gain > 0 {
                // It would give something, whatever one of its benefits has found missing.
                self.refusals[candidate] = Some(Refusal::NotCombinable { with: self.names(&others) });
            }
            return;
        }
        let candidates = &self.candidates.all;
        self.taken.withdraw(|other, unit| candidates[other].key.is_none() && covered[unit as usize]);
        let mut prices = std::mem::take(&mut self.left.units);
        for unit in (0..covered.len()).filter(|&unit| covered[unit]) {
            prices[unit] = base[unit];
        }
        self.left = Left::of(prices, self.case.cart);
        for (step, takes) in won {
            self.taken.takes.extend(takes.iter());
            self.commit(candidate, step.benefit.stage, None);
        }
    }

    fn covered(&self, won: &[(Step<'_>, Takes)]) -> Vec<bool> {
        let mut covered = vec![false; self.left.units.len()];
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
        let left = &self.left;
        let view = Self::view(self.case, self.candidate(candidate), &[], &left.units, left, &left.units, &[]);
        let refusal = match view.covered(0) {
            _ if balance == 0 => Some(Refusal::USED_UP),
            Err(refusal) => Some(refusal),
            Ok(units) => {
                view.take_amount_once(&units, balance, &mut self.taken.takes);
                None
            }
        };
        self.commit(candidate, Stage::CreditBeforeTax, refusal);
    }

    fn finish(mut self, steps: &[Step<'_>], active: &[bool]) -> Outcome {
        let taxes = match self.funded() {
            Some(funded) => tax::compute(self.case, &funded.lines, funded.shipping),
            None => tax::compute(self.case, &self.left.lines, self.shipping),
        };
        self.credits_after_tax(steps, active, &taxes);
        let mut gave = vec![0; active.len()];
        for turn in &self.taken.turns {
            gave[turn.candidate] += turn.minor;
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
        let before = self.taken.turns.iter().filter(|turn| turn.stage == Stage::CreditBeforeTax);
        let credit = paid + before.map(|turn| turn.minor).sum::<i64>();
        let due = self.left.lines.iter().sum::<i64>() + self.shipping + taxes.on_top() - paid;
        let Self { late, left, taken, grants, refusals, shipping, .. } = self;
        let over = SmallVec::new();
        Outcome { late, left, taken, grants, refusals, gave, over, shipping, taxes, due, credit }
    }

    /// What the shop receives, from the buyer and from others who pay for promotions; if there are others.
    fn funded(&self) -> Option<Funded> {
        let by_others =
            |candidate: usize| self.candidate(candidate).promotion.funded_by == FundedBy::ThirdParty;
        if !(0..self.candidates.all.len()).any(by_others) {
            return None;
        }
        let mut entries = self.taken.entries().filter(|entry| by_others(entry.candidate)).peekable();
        let mut grants = self.grants.iter().filter(|grant| by_others(grant.candidate)).peekable();
        if entries.peek().is_none() && grants.peek().is_none() {
            return None;
        }
        let mut lines = self.left.lines.clone();
        for entry in entries {
            lines[self.case.cart.line_index(entry.unit) as usize] += entry.minor;
        }
        let shipping = self.shipping + grants.map(|grant| grant.minor).sum::<i64>();
        Some(Funded { lines, shipping })
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
            let bill =
                bill.get_or_insert_with(|| Bill::new(self.case, &self.left.lines, self.shipping, taxes));
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

/// Each line's price as it is taxed where others pay a part of it, and that of shipping.
struct Funded {
    lines: Vec<i64>,
    shipping: i64,
}

/// What is still to be paid, tax included: for each line, by line id, and for shipping.
struct Bill {
    lines: Vec<i64>,
    shipping: i64,
}

impl Bill {
    fn new(case: &Case<'_>, lines: &[i64], shipping: i64, taxes: &Taxes) -> Self {
        let on_top = |tax: i64| if case.snapshot.shop.tax.prices == TaxedPrices::Exclusive { tax } else { 0 };
        let lines = lines.iter().zip(&taxes.lines).map(|(left, tax)| left + on_top(*tax)).collect();
        Self { lines, shipping: shipping + on_top(taxes.shipping) }
    }

    fn pay(&mut self, case: &Case<'_>, candidate: &Candidate<'_>, credit: &Credit, balance: i64) -> i64 {
        let mut left = balance;
        let lines = case.cart.lines.iter().zip(&mut self.lines);
        for (_, open) in lines.filter(|(line, _)| candidate.scope().holds(line)) {
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
