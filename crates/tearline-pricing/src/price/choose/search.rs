//! The search for the best combination: a tree with a slot at each level, walked depth first.

use std::cmp::Ordering;

use crate::names::PromotionId;
use crate::price::candidates::Candidate;
use crate::price::choose::contest::{Codes, Contest, Slot, competes};
use crate::price::choose::{LeftOut, TRIES_MAX, Trial};
use crate::price::pipeline::Outcome;
use crate::refusal::Refusal;

/// What became of the cart under a combination.
pub(super) struct Attempt {
    pub(super) outcome: Outcome,
    pub(super) active: Vec<bool>,
    /// Who was picked for each slot.
    picks: Vec<Option<usize>>,
}

/// A step down the tree: which option was picked, and what the codes picked so far come to.
#[derive(Clone, Copy)]
struct Step {
    option: usize,
    codes: Codes,
}

/// What was learnt of a code where no other code stood beside it.
struct Single {
    code: usize,
    picks: Vec<Option<usize>>,
    own: Option<Refusal>,
}

pub(super) struct Search<'a> {
    trial: &'a Trial<'a>,
    contest: &'a Contest,
    best: Option<Attempt>,
    tries: usize,
    singles: Vec<Single>,
}

impl<'a> Search<'a> {
    pub(super) fn new(trial: &'a Trial<'a>, contest: &'a Contest) -> Self {
        Self { trial, contest, best: None, tries: 0, singles: Vec::new() }
    }

    /// The best combination, and whether that is known.
    pub(super) fn run(&mut self) -> (Attempt, bool) {
        let options: usize = self.slots().iter().map(|slot| slot.options.len()).sum();
        let proven = self.explore(TRIES_MAX.saturating_sub(options).max(TRIES_MAX / 2));
        if !proven {
            self.settle_one_by_one();
        }
        (self.best.take().expect("some combination is always admitted"), proven)
    }

    fn all(&self) -> &'a [Candidate<'a>] {
        &self.trial.candidates.all
    }

    fn slots(&self) -> &'a [Slot] {
        &self.contest.slots
    }

    /// Walks the whole tree, or as far as so many tries reach; answers whether it was the whole.
    fn explore(&mut self, tries_max: usize) -> bool {
        let mut path = Vec::<Step>::with_capacity(self.slots().len());
        let mut next = 0;
        loop {
            if path.len() == self.slots().len() {
                if self.tries >= tries_max {
                    return false;
                }
                self.try_path(&path);
            } else if let Some(step) = self.step_down(&path, next) {
                path.push(step);
                next = 0;
                continue;
            }
            match path.pop() {
                Some(step) => next = step.option + 1,
                None => return true,
            }
        }
    }

    /// The next option of the slot below a path, from one on.
    fn step_down(&self, path: &[Step], from: usize) -> Option<Step> {
        let slot = &self.slots()[path.len()];
        let codes = path.last().map_or(Codes::None, |step| step.codes);
        (from..slot.options.len()).find_map(|option| {
            let codes = self.with(codes, slot.options[option])?;
            Some(Step { option, codes })
        })
    }

    fn with(&self, codes: Codes, pick: Option<usize>) -> Option<Codes> {
        pick.map_or(Some(codes), |index| codes.with(&self.all()[index]))
    }

    fn try_path(&mut self, path: &[Step]) {
        let picks = path.iter().zip(self.slots()).map(|(step, slot)| slot.options[step.option]).collect();
        self.try_out(picks);
    }

    /// Tries a combination, if it is admitted, and keeps it if it is better than all before.
    fn try_out(&mut self, picks: Vec<Option<usize>>) {
        self.tries += 1;
        let codes = picks.iter().try_fold(Codes::None, |codes, &pick| self.with(codes, pick));
        if !codes.is_some_and(|codes| self.contest.admits(&picks, codes, self.all())) {
            return;
        }
        let mut active = self.contest.free.clone();
        picks.iter().flatten().for_each(|&index| active[index] = true);
        let attempt = Attempt { outcome: self.trial.run(&active), active, picks };
        // Each time that it was run again without one that was over its budget.
        self.tries += attempt.outcome.over.len();
        self.learn(&attempt);
        if self.best.as_ref().is_none_or(|best| self.compare(&attempt, best).is_lt()) {
            self.best = Some(attempt);
        }
    }

    /// Where the tree is too large: changes one choice after the other, the others as they are in the best
    /// combination so far.
    fn settle_one_by_one(&mut self) {
        for (place, slot) in self.slots().iter().enumerate() {
            for &option in &slot.options {
                let best = self.best.as_ref().expect("the way down to a first combination is short");
                if self.tries < TRIES_MAX && best.picks[place] != option {
                    let picks = self.changed(&best.picks, place, option);
                    self.try_out(picks);
                }
            }
        }
    }

    /// Picks with one of them changed; codes that may not stand beside it make way.
    fn changed(&self, picks: &[Option<usize>], changed: usize, option: Option<usize>) -> Vec<Option<usize>> {
        let codes = self.with(Codes::None, option).unwrap_or(Codes::None);
        let make_way = |(place, &pick): (usize, &Option<usize>)| match self.with(codes, pick) {
            _ if place == changed => option,
            Some(_) => pick,
            None => self.slots()[place].stand_in(self.all()),
        };
        picks.iter().enumerate().map(make_way).collect()
    }

    /// Least to pay, by credit or otherwise; then least to pay now; then fewest promotions that gave something,
    /// then their smaller names and codes; of those that differ only in codes that gave nothing, the one with most
    /// of them. The order of the codes decides nothing.
    fn compare(&self, left: &Attempt, right: &Attempt) -> Ordering {
        let cost = |attempt: &Attempt| (attempt.outcome.due + attempt.outcome.credit, attempt.outcome.due);
        cost(left).cmp(&cost(right)).then_with(|| {
            let (gave_left, gave_right) = (self.applied(left), self.applied(right));
            let by_gift = gave_left.len().cmp(&gave_right.len()).then_with(|| gave_left.cmp(&gave_right));
            by_gift.then_with(|| {
                let (left, right) = (self.admitted(left), self.admitted(right));
                right.len().cmp(&left.len()).then_with(|| left.cmp(&right))
            })
        })
    }

    /// The promotions that gave something, by name, with their codes.
    fn applied(&self, attempt: &Attempt) -> Vec<(&PromotionId, Option<&str>)> {
        self.names(|index| attempt.outcome.gave[index] > 0)
    }

    fn admitted(&self, attempt: &Attempt) -> Vec<(&PromotionId, Option<&str>)> {
        self.names(|index| attempt.active[index])
    }

    fn names(&self, is_meant: impl Fn(usize) -> bool) -> Vec<(&PromotionId, Option<&str>)> {
        let code = |place: usize| self.trial.case.cart.source.codes[place].as_str();
        let meant = self.all().iter().enumerate().filter(|(index, _)| is_meant(*index));
        let mut names: Vec<_> =
            meant.map(|(_, candidate)| (&candidate.promotion.id, candidate.code().map(code))).collect();
        names.sort_unstable();
        names
    }

    /// Keeps what the only code of a combination gave: it may have to be told.
    fn learn(&mut self, attempt: &Attempt) {
        let mut codes = attempt.picks.iter().flatten().filter(|&&index| competes(&self.all()[index]));
        if let (Some(&code), None) = (codes.next(), codes.next()) {
            let (picks, own) = (attempt.picks.clone(), own(&attempt.outcome, code));
            self.singles.push(Single { code, picks, own });
        }
    }

    /// Tries one that was left out in place of those that keep it out: if it would give nothing, it is in nobody's
    /// way, and is told its own reason.
    pub(super) fn left_out(&self, index: usize, chosen: &Attempt) -> LeftOut {
        let rivals = self.rivals(index, chosen);
        let instead = || {
            if rivals.is_empty() {
                return own(&self.trial.alone(index), index);
            }
            let mut active = chosen.active.clone();
            for &rival in &rivals {
                active[rival] = false;
            }
            active[index] = true;
            own(&self.trial.run(&active), index)
        };
        let own = self.known(index, &rivals, chosen).map_or_else(instead, |single| single.own.clone());
        LeftOut { candidate: index, rivals, own, out_ranked: None }
    }

    /// What was learnt of a code while it was tried in place of these rivals, if it was.
    fn known(&self, index: usize, rivals: &[usize], chosen: &Attempt) -> Option<&Single> {
        let place = self.slots().iter().position(|slot| slot.candidates().any(|other| other == index))?;
        let stays = |pick: &Option<usize>| pick.filter(|other| !rivals.contains(other));
        let mut picks: Vec<Option<usize>> = chosen.picks.iter().map(stays).collect();
        picks[place] = Some(index);
        self.singles.iter().find(|single| single.code == index && single.picks == picks)
    }

    /// Those that apply in place of one that was left out: the exclusive one, those of its group, or the codes
    /// beside which it may not stand.
    pub(super) fn rivals(&self, index: usize, chosen: &Attempt) -> Vec<usize> {
        let candidate = &self.all()[index];
        let active = || (0..self.all().len()).filter(|&other| chosen.active[other]);
        let group = candidate.promotion.group;
        let in_its_group = |other: &usize| group.is_some() && self.all()[*other].promotion.group == group;
        if let Some(exclusive) = self.contest.exclusive
            && (in_its_group(&exclusive) || !candidate.promotion.stands_outside())
        {
            return vec![exclusive];
        }
        let is_code = |other: &usize| competes(candidate) && competes(&self.all()[*other]);
        let codes = self.with(Codes::None, Some(index)).unwrap_or(Codes::None);
        let clashes = |other: &usize| is_code(other) && codes.with(&self.all()[*other]).is_none();
        let rivals: Vec<usize> = active().filter(|other| in_its_group(other) || clashes(other)).collect();
        if rivals.is_empty() { active().filter(is_code).collect() } else { rivals }
    }
}

/// Why a candidate gave nothing, if it did not.
fn own(outcome: &Outcome, index: usize) -> Option<Refusal> {
    let reason = || outcome.refusals[index].clone().unwrap_or(Refusal::NothingLeftToDiscount);
    (outcome.gave[index] == 0).then(reason)
}
