//! Who competes with whom: exclusive promotions, groups, and codes that may not stand together.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::config::shop::GroupRule;
use crate::price::candidates::Candidate;
use crate::price::choose::Trial;
use crate::snapshot::GroupIndex;

/// What is free, and what is to be chosen.
pub(super) struct Contest {
    /// The exclusive promotion that keeps all others out.
    pub(super) exclusive: Option<usize>,
    /// The candidates that apply whatever is chosen.
    pub(super) free: Vec<bool>,
    pub(super) slots: Vec<Slot>,
}

/// A place that one candidate may take: that of a group, or of a code in no group.
pub(super) struct Slot {
    /// Who may take it; `None` leaves it empty.
    pub(super) options: SmallVec<[Option<usize>; 4]>,
    /// Whether the first option is a code that the shop's rule has settled on: it is left out only where it may
    /// not stand beside the codes chosen.
    pub(super) is_settled: bool,
}

/// Which codes have been chosen, as far as others depend on it (requirements.md B5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codes {
    None,
    /// Some that allow others beside them.
    Social,
    /// One that does not.
    Alone,
}

impl Codes {
    /// With one more candidate; `None` if it may not stand beside those chosen.
    pub(super) fn with(self, candidate: &Candidate<'_>) -> Option<Self> {
        let is_social = candidate.promotion.combines_with_codes;
        match self {
            _ if !competes(candidate) => Some(self),
            Self::None if !is_social => Some(Self::Alone),
            Self::None | Self::Social if is_social => Some(Self::Social),
            _ => None,
        }
    }
}

/// Whether a candidate is a code to which the rule of two codes applies.
pub(super) fn competes(candidate: &Candidate<'_>) -> bool {
    candidate.key.is_some() && !candidate.promotion.stands_outside()
}

impl Slot {
    pub(super) fn candidates(&self) -> impl Iterator<Item = usize> {
        self.options.iter().copied().flatten()
    }

    fn of_code(index: usize) -> Self {
        Self { options: SmallVec::from_slice(&[Some(index), None]), is_settled: false }
    }

    /// Who takes the place of a code that has to make way.
    pub(super) fn stand_in(&self, all: &[Candidate<'_>]) -> Option<usize> {
        self.candidates().find(|&index| !competes(&all[index]))
    }

    /// A settled code may only be left out where it may not stand beside the codes that are chosen.
    pub(super) fn allows(&self, pick: Option<usize>, codes: Codes, all: &[Candidate<'_>]) -> bool {
        let settled = self.options[0].filter(|_| self.is_settled && pick != self.options[0]);
        settled.is_none_or(|settled| codes.with(&all[settled]).is_none())
    }

    /// Whether it may do without its codes even where each of them could be chosen.
    fn may_do_without_codes(&self, all: &[Candidate<'_>]) -> bool {
        let has_codes = self.candidates().any(|index| competes(&all[index]));
        !has_codes || (!self.is_settled && self.stand_in(all).is_some())
    }
}

impl Contest {
    pub(super) fn new(trial: &Trial<'_>) -> Self {
        let all = &trial.candidates.all;
        let mut free: Vec<bool> = all.iter().map(|candidate| candidate.refusal.is_none()).collect();
        let exclusive = exclusive(trial);
        if let Some(exclusive) = exclusive {
            shut_out(exclusive, all, &mut free);
        }
        let mut slots = Vec::new();
        for (rule, members) in groups(trial, &free) {
            for &index in &members {
                free[index] = false;
            }
            // Of a group in which nobody gives anything, nobody applies.
            let Some(slot) = settle(trial, rule, &members) else { continue };
            match slot.options[..] {
                [Some(index)] => free[index] = true,
                _ => slots.push(slot),
            }
        }
        let codes = lone_codes(all, &free, &slots);
        for index in codes {
            free[index] = false;
            slots.push(Slot::of_code(index));
        }
        Self { exclusive, free, slots }
    }

    /// Whether these options, one for each slot, may be chosen together; `codes` is what they come to.
    pub(super) fn admits(&self, picks: &[Option<usize>], codes: Codes, all: &[Candidate<'_>]) -> bool {
        let does_without = || self.slots.iter().all(|slot| slot.may_do_without_codes(all));
        (codes != Codes::None || does_without())
            && self.slots.iter().zip(picks).all(|(slot, &pick)| slot.allows(pick, codes, all))
    }
}

/// Of the exclusive promotions that give something by themselves, the first by the sort key.
fn exclusive(trial: &Trial<'_>) -> Option<usize> {
    let all = &trial.candidates.all;
    let is_exclusive = |index: &usize| all[*index].promotion.exclusive && all[*index].refusal.is_none();
    let mut exclusive: SmallVec<[usize; 2]> = (0..all.len()).filter(is_exclusive).collect();
    exclusive.sort_unstable_by_key(|&index| all[index].promotion.order());
    exclusive.into_iter().find(|&index| trial.gives_alone(index) > 0)
}

/// Leaves an exclusive promotion nothing beside it but credits, and of its own group not even those.
fn shut_out(exclusive: usize, all: &[Candidate<'_>], free: &mut [bool]) {
    let group = all[exclusive].promotion.group;
    for (index, candidate) in all.iter().enumerate().filter(|(index, _)| *index != exclusive) {
        let in_its_group = group.is_some() && candidate.promotion.group == group;
        free[index] &= candidate.promotion.stands_outside() && !in_its_group;
    }
}

/// The groups with members that could apply: their rule, and the members by the sort key.
fn groups(trial: &Trial<'_>, free: &[bool]) -> Vec<(GroupRule, Vec<usize>)> {
    let all = &trial.candidates.all;
    let mut groups = BTreeMap::<GroupIndex, Vec<usize>>::new();
    for (index, candidate) in all.iter().enumerate().filter(|(index, _)| free[*index]) {
        if let Some(group) = candidate.promotion.group {
            groups.entry(group).or_default().push(index);
        }
    }
    let with_rule = groups.into_iter().map(|(group, mut members)| {
        members.sort_unstable_by_key(|&index| all[index].promotion.order());
        (trial.case.snapshot.groups[group as usize].rule, members)
    });
    with_rule.collect()
}

/// Who of a group may apply, of those that give something by themselves: for the customer's best any of them, else
/// the one on which the rule settles. A code may have to make way for other codes; then one that is no code stands
/// in for it. `None` if nobody gives anything.
fn settle(trial: &Trial<'_>, rule: GroupRule, members: &[usize]) -> Option<Slot> {
    let is_code = |index: usize| competes(&trial.candidates.all[index]);
    let choose = match rule {
        GroupRule::BestForCustomer => return all_that_give(trial, members),
        GroupRule::BestForShop => least,
        GroupRule::First => first,
    };
    let chosen = choose(trial, members)?;
    if !is_code(chosen) {
        return Some(Slot { options: SmallVec::from_slice(&[Some(chosen)]), is_settled: false });
    }
    let others: SmallVec<[usize; 4]> = members.iter().copied().filter(|&index| !is_code(index)).collect();
    let options = SmallVec::from_slice(&[Some(chosen), choose(trial, &others)]);
    Some(Slot { options, is_settled: true })
}

/// All that give something by themselves; nobody, if only codes do, which other codes may keep out.
fn all_that_give(trial: &Trial<'_>, members: &[usize]) -> Option<Slot> {
    let is_code = |index: &Option<usize>| index.is_some_and(|index| competes(&trial.candidates.all[index]));
    let giving = members.iter().copied().filter(|&index| trial.gives_alone(index) > 0);
    let mut options: SmallVec<[Option<usize>; 4]> = giving.map(Some).collect();
    if options.len() > 1 && options.iter().all(is_code) {
        options.push(None);
    }
    (!options.is_empty()).then_some(Slot { options, is_settled: false })
}

/// The one that gives least by itself, but something.
fn least(trial: &Trial<'_>, members: &[usize]) -> Option<usize> {
    let gifts = members.iter().map(|&index| (trial.gives_alone(index), index));
    gifts.filter(|(gift, _)| *gift > 0).min_by_key(|(gift, _)| *gift).map(|(_, index)| index)
}

/// The first that gives something by itself.
fn first(trial: &Trial<'_>, members: &[usize]) -> Option<usize> {
    members.iter().copied().find(|&index| trial.gives_alone(index) > 0)
}

/// The codes in no group, if they compete with any other code.
fn lone_codes(all: &[Candidate<'_>], free: &[bool], slots: &[Slot]) -> Vec<usize> {
    let is_code = |index: usize| competes(&all[index]);
    let lone: Vec<usize> = (0..all.len()).filter(|&index| free[index] && is_code(index)).collect();
    let meets_others = lone.len() > 1 || slots.iter().flat_map(Slot::candidates).any(is_code);
    if meets_others { lone } else { Vec::new() }
}
