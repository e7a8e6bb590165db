//! Budgets: what is left of them, and which promotions of a combination would give more.

use crate::config::promotion::Budget;
use crate::money::Money;
use crate::price::candidates::{Candidates, Case};
use crate::price::hearing::Hearing;
use crate::price::pipeline::{Grant, Outcome};
use crate::price::taken::Taken;
use crate::quote::{Checked, Stage};
use crate::refusal::Refusal;
use crate::snapshot::CompiledPromotion;

/// A candidate that was taken out of a combination, as it would have given more than is left of its budget.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) candidate: usize,
    would_give: i64,
    left: i64,
}

impl Over {
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal::BudgetExhausted { left: self.left }
    }

    /// What its budget was asked.
    pub(crate) fn check(&self, case: &Case<'_>) -> Checked {
        let money = |minor| Money::new(minor, case.cart.currency());
        let asked = format!("at least {} left of its budget", money(self.would_give));
        Checked::new(asked, money(self.left).to_string(), Some(self.refusal()))
    }
}

/// What is left of a promotion's budget, if it has one.
pub(crate) fn left(case: &Case<'_>, promotion: &CompiledPromotion) -> Option<i64> {
    promotion.limits.budget.as_ref().map(|budget| left_of(case, promotion, budget))
}

/// What is left of a promotion's budget, if what it gives is lowered to that.
pub(crate) fn left_to_clip(case: &Case<'_>, promotion: &CompiledPromotion) -> Option<i64> {
    let budget = promotion.limits.budget.as_ref().filter(|budget| budget.clip)?;
    Some(left_of(case, promotion, budget))
}

fn left_of(case: &Case<'_>, promotion: &CompiledPromotion, budget: &Budget) -> i64 {
    let left = case.facts.budgets.get(&promotion.id);
    left.map_or(budget.amount.minor, |&left| i64::try_from(left).unwrap_or(i64::MAX))
}

/// Where nothing is left, there is no need to try how much it would give.
pub(crate) fn ask(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) {
    let Some(left) = left(case, promotion) else { return };
    let because = (left == 0).then_some(Refusal::BudgetExhausted { left });
    let found = || Money::new(left, case.cart.currency()).to_string();
    hearing.hear_beside_conditions(because, || "something left of its budget".to_owned(), found);
}

/// What a candidate gave of its budget: all but what its credits paid.
pub(crate) fn given(candidate: usize, taken: &Taken, grants: &[Grant]) -> i64 {
    let counts = |whose: usize, stage: Stage| whose == candidate && stage < Stage::CreditBeforeTax;
    let off_units = taken.turns.iter().filter(|turn| counts(turn.candidate, turn.stage));
    let off_shipping = grants.iter().filter(|grant| counts(grant.candidate, grant.stage));
    off_units.map(|turn| turn.minor).sum::<i64>() + off_shipping.map(|grant| grant.minor).sum::<i64>()
}

/// Of the candidates that gave more than is left of their budgets, the first by the sort key.
pub(crate) fn first_over(case: &Case<'_>, candidates: &Candidates<'_>, outcome: &Outcome) -> Option<Over> {
    let over = outcome.gave.iter().enumerate().filter(|(_, gave)| **gave > 0).filter_map(|(index, _)| {
        let left = left(case, candidates.all[index].promotion)?;
        let would_give = given(index, &outcome.taken, &outcome.grants);
        (would_give > left).then_some(Over { candidate: index, would_give, left })
    });
    over.min_by_key(|over| candidates.all[over.candidate].promotion.order())
}
