//! Which of the promotions that exclude each other apply: the admissible combination that is best for the
//! customer, found by trying combinations through the whole pipeline.
//!
//! The road, in order: [`contest`] finds who competes with whom; [`search`] tries the combinations; here those
//! that were left out learn why.

mod contest;
mod search;

use crate::price::candidates::{Candidates, Case};
use crate::price::pipeline::{self, Outcome, Step};
use crate::quote::{Expand, OutRanked, Rival, TogetherRule};
use crate::refusal::Refusal;
use crate::snapshot::CompiledPromotion;
use contest::Contest;
use search::Search;

/// How many combinations are tried at most; beyond, each choice is made by itself.
pub(crate) const TRIES_MAX: usize = 4_096;

/// The best combination, and whether that is known.
pub(crate) struct Chosen {
    pub(crate) outcome: Outcome,
    pub(crate) active: Vec<bool>,
    pub(crate) proven: bool,
    /// The candidates whose conditions are met, by the sort key.
    pub(crate) in_turn: Vec<usize>,
    /// The exclusive promotion that keeps all others out.
    pub(crate) exclusive: Option<usize>,
    /// The codes that others keep out, and the members of groups that give nothing; where a trace is wanted, all
    /// that others keep out.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A candidate that others keep out.
pub(crate) struct LeftOut {
    pub(crate) candidate: usize,
    /// Those that apply in its place.
    pub(crate) rivals: Vec<usize>,
    /// Why it would give nothing in their place, or by itself where it has no rivals; if it would not.
    pub(crate) own: Option<Refusal>,
    /// If it would: who out-ranks it, where a trace is wanted.
    pub(crate) out_ranked: Option<OutRanked>,
}

/// Finds the best admissible combination.
pub(crate) fn best(case: &Case<'_>, candidates: &Candidates<'_>, expand: Expand) -> Chosen {
    let steps = pipeline::steps(candidates);
    let trial = Trial { case, candidates, steps: &steps };
    let contest = Contest::new(&trial);
    let mut search = Search::new(&trial, &contest);
    let (found, proven) = search.run();
    // One that nobody keeps out has a reason of its own, and perhaps a hint.
    let is_told = |index: usize| {
        candidates.all[index].key.is_some() || expand.trace || search.rivals(index, &found).is_empty()
    };
    let left_out = (0..candidates.all.len())
        .filter(|&index| candidates.all[index].refusal.is_none() && !found.active[index] && is_told(index));
    let left_out = left_out.map(|index| {
        let left_out = search.left_out(index, &found);
        let is_wanted = expand.trace && left_out.own.is_none();
        let out_ranked = is_wanted.then(|| out_ranked(&trial, &contest, &found.outcome, &left_out));
        LeftOut { out_ranked, ..left_out }
    });
    let left_out = left_out.collect();
    Chosen {
        outcome: found.outcome,
        active: found.active,
        proven,
        in_turn: pipeline::in_turn(candidates, &steps),
        exclusive: contest.exclusive,
        left_out,
    }
}

fn out_ranked(trial: &Trial<'_>, contest: &Contest, outcome: &Outcome, left_out: &LeftOut) -> OutRanked {
    let promotion = |index: usize| trial.candidates.all[index].promotion;
    let group = promotion(left_out.candidate).group;
    let in_its_group = |&rival: &usize| group.is_some() && promotion(rival).group == group;
    let rule = match &left_out.rivals[..] {
        &[rival] if contest.exclusive == Some(rival) => TogetherRule::Exclusive,
        rivals if rivals.iter().any(in_its_group) => TogetherRule::Group,
        _ => TogetherRule::Codes,
    };
    let rival = |&rival: &usize| Rival {
        id: promotion(rival).id.clone(),
        gave: outcome.gave[rival],
        alone: trial.gives_alone(rival),
    };
    let by = left_out.rivals.iter().map(rival).collect();
    OutRanked { rule, by, alone: trial.gives_alone(left_out.candidate) }
}

/// A cart with everything that combinations are tried with.
pub(crate) struct Trial<'a> {
    case: &'a Case<'a>,
    candidates: &'a Candidates<'a>,
    steps: &'a [Step<'a>],
}

impl Trial<'_> {
    fn run(&self, active: &[bool]) -> Outcome {
        pipeline::run(self.case, self.candidates, self.steps, active)
    }

    /// What becomes of the cart if nothing but this one applies.
    fn alone(&self, index: usize) -> Outcome {
        pipeline::run_alone(self.case, self.candidates, index)
    }

    fn gives_alone(&self, index: usize) -> i64 {
        self.alone(index).gave[index]
    }
}

impl Chosen {
    /// What is known about a candidate that others keep out.
    pub(crate) fn left_out(&self, index: usize) -> Option<&LeftOut> {
        self.left_out.iter().find(|left_out| left_out.candidate == index)
    }

    /// Whether others keep a candidate out, or would if its conditions were met.
    pub(crate) fn is_kept_out(&self, index: usize, candidates: &Candidates<'_>) -> bool {
        let candidate = &candidates.all[index];
        if candidate.refusal.is_some() {
            return self.is_shut_out(candidate.promotion, candidates);
        }
        !self.active[index] && self.left_out(index).is_none_or(|left_out| !left_out.rivals.is_empty())
    }

    /// Why a promotion could not apply even if its conditions were met: because an exclusive one does.
    pub(crate) fn shut_out(
        &self,
        promotion: &CompiledPromotion,
        candidates: &Candidates<'_>,
    ) -> Option<Refusal> {
        let exclusive = self.exclusive.filter(|_| self.is_shut_out(promotion, candidates))?;
        Some(Refusal::NotCombinable { with: vec![candidates.all[exclusive].promotion.id.clone()] })
    }

    /// Whether a promotion could not apply even if its conditions were met, because an exclusive one does.
    fn is_shut_out(&self, promotion: &CompiledPromotion, candidates: &Candidates<'_>) -> bool {
        let goes_before = |exclusive: usize| {
            let exclusive = candidates.all[exclusive].promotion;
            promotion.exclusive && promotion.order() <= exclusive.order()
        };
        !promotion.stands_outside() && self.exclusive.is_some_and(|exclusive| !goes_before(exclusive))
    }
}
