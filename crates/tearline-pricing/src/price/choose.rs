//! Which of the promotions that exclude each other apply: the admissible combination that is best for the
//! customer, found by trying each through the whole pipeline.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::names::PromotionId;
use crate::price::candidates::{Candidates, Case};
use crate::price::pipeline::{self, Outcome, Step};
use crate::snapshot::GroupIndex;

/// How many combinations are tried at most; beyond, each choice is made by itself.
pub(crate) const TRIES_MAX: usize = 4_096;

/// The best combination, and whether that is known.
pub(crate) struct Chosen {
    pub(crate) outcome: Outcome,
    pub(crate) active: Vec<bool>,
    pub(crate) proven: bool,
}

/// A choice to make: each option is a set of candidates that applies in place of the others.
struct Choice {
    options: Vec<Vec<usize>>,
}

/// Finds the best admissible combination.
pub(crate) fn best(case: &Case<'_>, candidates: &Candidates<'_>) -> Chosen {
    let steps = pipeline::steps(candidates);
    let choices: Vec<Choice> = groups(candidates).into_iter().chain(codes(candidates)).collect();
    let search =
        Search { case, candidates, steps: &steps, free: free(candidates, &choices), choices: &choices };
    let combinations = choices.iter().try_fold(1_usize, |product, choice| {
        product.checked_mul(choice.options.len()).filter(|&product| product <= TRIES_MAX)
    });
    match combinations {
        Some(combinations) => search.try_all(combinations),
        None => search.choose_one_by_one(),
    }
}

/// Of each group, one; only groups with several members that could apply are a choice.
fn groups(candidates: &Candidates<'_>) -> Vec<Choice> {
    let mut groups = BTreeMap::<GroupIndex, Vec<usize>>::new();
    for (index, candidate) in
        candidates.all.iter().enumerate().filter(|(_, candidate)| candidate.refusal.is_none())
    {
        if let Some(group) = candidate.promotion.group {
            groups.entry(group).or_default().push(index);
        }
    }
    let several = groups.into_values().filter(|members| members.len() > 1);
    several
        .map(|members| Choice { options: members.into_iter().map(|member| vec![member]).collect() })
        .collect()
}

/// Of the codes, either one alone or some that all allow others; credits stand outside this rule.
fn codes(candidates: &Candidates<'_>) -> Option<Choice> {
    let eligible = candidates.all.iter().enumerate().filter(|(_, candidate)| candidate.refusal.is_none());
    let codes =
        eligible.filter(|(_, candidate)| candidate.code.is_some() && !candidate.promotion.is_credit());
    let (social, alone): (Vec<_>, Vec<_>) =
        codes.partition(|(_, candidate)| candidate.promotion.combines_with_codes);
    if alone.is_empty() && social.len() < 2 || alone.len() + social.len() < 2 {
        return None;
    }
    let social: Vec<usize> = social.into_iter().map(|(index, _)| index).collect();
    let mut options: Vec<Vec<usize>> = (1_u32..1 << social.len())
        .map(|members| {
            let is_member = |&(place, _): &(usize, &usize)| members & (1 << place) != 0;
            social.iter().enumerate().filter(is_member).map(|(_, &index)| index).collect()
        })
        .collect();
    options.extend(alone.into_iter().map(|(index, _)| vec![index]));
    Some(Choice { options })
}

/// The candidates that apply whatever is chosen.
fn free(candidates: &Candidates<'_>, choices: &[Choice]) -> Vec<bool> {
    let mut free: Vec<bool> = candidates.all.iter().map(|candidate| candidate.refusal.is_none()).collect();
    for &index in choices.iter().flat_map(|choice| choice.options.iter().flatten()) {
        free[index] = false;
    }
    free
}

struct Search<'a> {
    case: &'a Case<'a>,
    candidates: &'a Candidates<'a>,
    steps: &'a [Step<'a>],
    free: Vec<bool>,
    choices: &'a [Choice],
}

impl Search<'_> {
    fn try_all(&self, combinations: usize) -> Chosen {
        let mut picks = vec![0; self.choices.len()];
        let mut best = self.attempt(&picks);
        for _ in 1..combinations {
            self.advance(&mut picks);
            let attempt = self.attempt(&picks);
            if self.compare(&attempt, &best).is_lt() {
                best = attempt;
            }
        }
        Chosen { outcome: best.0, active: best.1, proven: true }
    }

    /// Settles one choice after the other, each with the earlier ones settled.
    fn choose_one_by_one(&self) -> Chosen {
        let mut picks = vec![0; self.choices.len()];
        let mut best = self.attempt(&picks);
        for (place, choice) in self.choices.iter().enumerate() {
            for option in 1..choice.options.len().min(TRIES_MAX) {
                let mut other = picks.clone();
                other[place] = option;
                let attempt = self.attempt(&other);
                if self.compare(&attempt, &best).is_lt() {
                    best = attempt;
                    picks = other;
                }
            }
        }
        Chosen { outcome: best.0, active: best.1, proven: false }
    }

    /// Counts one further, like an odometer.
    fn advance(&self, picks: &mut [usize]) {
        for (pick, choice) in picks.iter_mut().zip(self.choices) {
            *pick += 1;
            if *pick < choice.options.len() {
                return;
            }
            *pick = 0;
        }
    }

    fn attempt(&self, picks: &[usize]) -> (Outcome, Vec<bool>) {
        let mut active = self.free.clone();
        for (choice, &pick) in self.choices.iter().zip(picks) {
            for &index in &choice.options[pick] {
                active[index] = true;
            }
        }
        (pipeline::run(self.case, self.candidates, self.steps, &active), active)
    }

    /// Least to pay, then fewest promotions, then the smaller names, then the smaller codes: of those that gave
    /// something, then of those that would have had the chance. So the order of the codes decides nothing.
    fn compare(&self, left: &(Outcome, Vec<bool>), right: &(Outcome, Vec<bool>)) -> Ordering {
        let cost = |attempt: &(Outcome, _)| attempt.0.due + attempt.0.credit;
        cost(left).cmp(&cost(right)).then_with(|| {
            let (gave_left, gave_right) = (self.applied(&left.0), self.applied(&right.0));
            let by_gift = gave_left.len().cmp(&gave_right.len()).then_with(|| gave_left.cmp(&gave_right));
            by_gift.then_with(|| self.admitted(&left.1).cmp(&self.admitted(&right.1)))
        })
    }

    /// The promotions that gave something, by name, with their codes.
    fn applied(&self, outcome: &Outcome) -> Vec<(&PromotionId, Option<&str>)> {
        self.names(|index| outcome.gave[index] > 0)
    }

    fn admitted(&self, active: &[bool]) -> Vec<(&PromotionId, Option<&str>)> {
        self.names(|index| active[index])
    }

    fn names(&self, is_meant: impl Fn(usize) -> bool) -> Vec<(&PromotionId, Option<&str>)> {
        let code = |place: usize| self.case.cart.source.codes[place].as_str();
        let meant = self.candidates.all.iter().enumerate().filter(|(index, _)| is_meant(*index));
        let mut names: Vec<_> =
            meant.map(|(_, candidate)| (&candidate.promotion.id, candidate.code.map(code))).collect();
        names.sort_unstable();
        names
    }
}
