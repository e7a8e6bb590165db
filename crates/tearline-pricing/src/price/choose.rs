//! Which of the promotions that exclude each other apply: the admissible combination that is best for the
//! customer, found by trying each through the whole pipeline.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::names::PromotionId;
use crate::price::candidates::{Candidates, Case};
use crate::price::pipeline::{self, Outcome, Step};
use crate::refusal::Refusal;
use crate::snapshot::GroupIndex;

/// How many combinations are tried at most; beyond, each choice is made by itself.
pub(crate) const TRIES_MAX: usize = 4_096;

/// The best combination, and whether that is known.
pub(crate) struct Chosen {
    pub(crate) outcome: Outcome,
    pub(crate) active: Vec<bool>,
    pub(crate) proven: bool,
    /// Codes that were left out and would give nothing in place of those chosen, with their own reasons.
    pub(crate) idle: Vec<(usize, Option<Refusal>)>,
}

/// A choice to make: each option is a set of candidates that applies in place of the others.
struct Choice {
    options: Vec<Vec<usize>>,
    /// Whether these are all the options there are.
    is_whole: bool,
}

/// Finds the best admissible combination.
pub(crate) fn best(case: &Case<'_>, candidates: &Candidates<'_>) -> Chosen {
    let steps = pipeline::steps(candidates);
    let choices: Vec<Choice> = groups(candidates).into_iter().chain(codes(candidates)).collect();
    let search =
        Search { case, candidates, steps: &steps, free: free(candidates, &choices), choices: &choices };
    let combinations = choices.iter().try_fold(1_usize, |product, choice| {
        product.checked_mul(choice.options.len()).filter(|&product| product <= TRIES_MAX && choice.is_whole)
    });
    let ((outcome, active), proven) = match combinations {
        Some(combinations) => (search.try_all(combinations), true),
        None => (search.choose_one_by_one(), false),
    };
    let idle = search.idle(&active);
    Chosen { outcome, active, proven, idle }
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
    let one_each = |members: Vec<usize>| members.into_iter().map(|member| vec![member]).collect();
    several.map(|members| Choice { options: one_each(members), is_whole: true }).collect()
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
    let is_small =
        1_usize.checked_shl(u32::try_from(social.len()).ok()?).is_some_and(|sets| sets <= TRIES_MAX);
    let mut options = if is_small { every_set(&social) } else { likely_sets(&social) };
    options.extend(alone.into_iter().map(|(index, _)| vec![index]));
    Some(Choice { options, is_whole: is_small })
}

/// Every set of some of them.
fn every_set(members: &[usize]) -> Vec<Vec<usize>> {
    let set = |bits: usize| {
        let is_in = |&(place, _): &(usize, &usize)| bits & (1 << place) != 0;
        members.iter().enumerate().filter(is_in).map(|(_, &index)| index).collect()
    };
    (1..1_usize << members.len()).rev().map(set).collect()
}

/// Where there are too many sets to try: all of them, all but one, each by itself.
fn likely_sets(members: &[usize]) -> Vec<Vec<usize>> {
    let but = |left_out: &usize| members.iter().copied().filter(|index| index != left_out).collect();
    let each = members.iter().map(|&index| vec![index]);
    std::iter::once(members.to_vec()).chain(members.iter().map(but)).chain(each).collect()
}

/// The candidates that apply whatever is chosen.
fn free(candidates: &Candidates<'_>, choices: &[Choice]) -> Vec<bool> {
    let mut free: Vec<bool> = candidates.all.iter().map(|candidate| candidate.refusal.is_none()).collect();
    for &index in choices.iter().flat_map(|choice| choice.options.iter().flatten()) {
        free[index] = false;
    }
    free
}

/// What became of the cart under a combination, and the candidates in it.
type Attempt = (Outcome, Vec<bool>);

struct Search<'a> {
    case: &'a Case<'a>,
    candidates: &'a Candidates<'a>,
    steps: &'a [Step<'a>],
    free: Vec<bool>,
    choices: &'a [Choice],
}

impl Search<'_> {
    fn try_all(&self, combinations: usize) -> Attempt {
        let mut picks = vec![0; self.choices.len()];
        let mut best = self.attempt(&picks);
        for _ in 1..combinations {
            self.advance(&mut picks);
            let attempt = self.attempt(&picks);
            if self.compare(&attempt, &best).is_lt() {
                best = attempt;
            }
        }
        best
    }

    /// Settles one choice after the other, each with the earlier ones settled.
    fn choose_one_by_one(&self) -> Attempt {
        let mut picks = vec![0; self.choices.len()];
        let mut best = self.attempt(&picks);
        for (place, choice) in self.choices.iter().enumerate() {
            for option in 1..choice.options.len() {
                let mut other = picks.clone();
                other[place] = option;
                let attempt = self.attempt(&other);
                if self.compare(&attempt, &best).is_lt() {
                    best = attempt;
                    picks = other;
                }
            }
        }
        best
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

    /// Tries each code that was left out in place of those chosen: one that would give nothing is in nobody's way,
    /// and is told its own reason.
    fn idle(&self, active: &[bool]) -> Vec<(usize, Option<Refusal>)> {
        let is_code = |index: usize| {
            let candidate = &self.candidates.all[index];
            candidate.code.is_some() && !candidate.promotion.is_credit()
        };
        let left_out = (0..active.len()).filter(|&index| {
            is_code(index) && !active[index] && self.candidates.all[index].refusal.is_none()
        });
        let instead = left_out.map(|index| {
            let active: Vec<bool> =
                (0..active.len()).map(|other| other == index || (active[other] && !is_code(other))).collect();
            (index, pipeline::run(self.case, self.candidates, self.steps, &active))
        });
        let idle = instead.filter(|(index, outcome)| outcome.gave[*index] == 0);
        idle.map(|(index, mut outcome)| (index, outcome.refusals[index].take())).collect()
    }

    fn attempt(&self, picks: &[usize]) -> Attempt {
        let mut active = self.free.clone();
        for (choice, &pick) in self.choices.iter().zip(picks) {
            for &index in &choice.options[pick] {
                active[index] = true;
            }
        }
        (pipeline::run(self.case, self.candidates, self.steps, &active), active)
    }

    /// Least to pay, then fewest promotions that gave something, then their smaller names and codes; of those that
    /// differ only in codes that gave nothing, the one with most of them. The order of the codes decides nothing.
    fn compare(&self, left: &Attempt, right: &Attempt) -> Ordering {
        let cost = |attempt: &Attempt| attempt.0.due + attempt.0.credit;
        cost(left).cmp(&cost(right)).then_with(|| {
            let (gave_left, gave_right) = (self.applied(&left.0), self.applied(&right.0));
            let by_gift = gave_left.len().cmp(&gave_right.len()).then_with(|| gave_left.cmp(&gave_right));
            by_gift.then_with(|| {
                let (left, right) = (self.admitted(&left.1), self.admitted(&right.1));
                right.len().cmp(&left.len()).then_with(|| left.cmp(&right))
            })
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
