//! Which promotions may apply together, from the words of the rules.

use tearline_pricing::config::shop::GroupRule;
use tearline_pricing::names::PromotionId;

use super::offers::{Group, Offer};
use super::pipeline::{first_turn, run};
use super::world::World;

/// Of the exclusive promotions that give something by themselves, the first by the sort key.
pub(crate) fn exclusive(world: &World<'_>, eligible: &[Offer]) -> Option<Offer> {
    let gives = eligible.iter().filter(|offer| offer.promotion.exclusive && alone(world, offer) > 0);
    gives.min_by_key(|offer| first_turn(offer)).cloned()
}

/// What a promotion gives by itself on the cart after bulk discounts.
fn alone(world: &World<'_>, offer: &Offer) -> i64 {
    run(world, std::slice::from_ref(offer)).gave(0)
}

/// Every combination that the rules admit.
pub(crate) fn combinations(
    world: &World<'_>,
    mut playing: Vec<Offer>,
    exclusive: Option<&Offer>,
) -> Vec<Vec<Offer>> {
    if let Some(exclusive) = exclusive {
        playing.retain(|offer| {
            offer.id == exclusive.id || (offer.stands_outside() && !offer.shares_group(exclusive))
        });
    }
    let settled = settle_groups(world, &mut playing);
    let (codes, others): (Vec<Offer>, Vec<Offer>) = playing.into_iter().partition(Offer::is_code);
    let mut combinations = Vec::new();
    for chosen in subsets(&codes) {
        if may_be_chosen(&chosen, &codes, &others, &settled) {
            combinations.extend(with_one_of_each_group(&chosen, &others));
        }
    }
    combinations
}

/// Strikes out of each group those that give nothing by themselves, and all but the one on which the shop's rule
/// settles; if that is a code, also the one on which it would settle without codes stays. Answers the codes that are
/// settled on.
fn settle_groups(world: &World<'_>, playing: &mut Vec<Offer>) -> Vec<PromotionId> {
    let mut settled = Vec::new();
    playing.retain(|offer| offer.group.is_none() || alone(world, offer) > 0);
    for group in groups(playing) {
        let members: Vec<Offer> =
            playing.iter().filter(|offer| offer.group.as_ref() == Some(&group)).cloned().collect();
        let Some(winner) = winner(world, &group, &members) else { continue };
        let mut stay = vec![winner.id.clone()];
        if winner.is_code() {
            settled.push(winner.id.clone());
            let others: Vec<Offer> = members.iter().filter(|offer| !offer.is_code()).cloned().collect();
            stay.extend(self::winner(world, &group, &others).map(|offer| offer.id));
        }
        playing.retain(|offer| offer.group.as_ref() != Some(&group) || stay.contains(&offer.id));
    }
    settled
}

/// On whom the shop's rule settles, if it does not leave that to the customer's advantage.
fn winner(world: &World<'_>, group: &Group, members: &[Offer]) -> Option<Offer> {
    if matches!(group, Group::OfEvent(_)) {
        return None;
    }
    let winner = match world.documents.shop.groups {
        GroupRule::BestForCustomer => return None,
        GroupRule::BestForShop => members.iter().min_by_key(|offer| (alone(world, offer), first_turn(offer))),
        GroupRule::First => members.iter().min_by_key(|offer| first_turn(offer)),
    };
    winner.cloned()
}

fn groups(offers: &[Offer]) -> Vec<Group> {
    let mut groups: Vec<Group> = offers.iter().filter_map(|offer| offer.group.clone()).collect();
    groups.sort();
    groups.dedup();
    groups
}

fn subsets(of: &[Offer]) -> Vec<Vec<Offer>> {
    let mut sets = vec![Vec::new()];
    for offer in of {
        let with: Vec<Vec<Offer>> =
            sets.iter().map(|set: &Vec<Offer>| [set.clone(), vec![offer.clone()]].concat()).collect();
        sets.extend(with);
    }
    sets
}

/// Whether exactly these codes may be chosen.
fn may_be_chosen(chosen: &[Offer], codes: &[Offer], others: &[Offer], settled: &[PromotionId]) -> bool {
    let is_settled = |code: &Offer| settled.contains(&code.id);
    let has_stand_in = |code: &Offer| others.iter().any(|other| other.shares_group(code));
    if chosen.is_empty() && !codes.iter().all(|code| has_stand_in(code) && !is_settled(code)) {
        return false;
    }
    let is_missing = |code: &&Offer| is_settled(code) && chosen.iter().all(|other| other.id != code.id);
    let could_join = |code: &Offer| may_stand_together(&[chosen, std::slice::from_ref(code)].concat());
    may_stand_together(chosen) && !codes.iter().filter(is_missing).any(could_join)
}

/// One code, or several that all allow it and of which no two are of one group.
fn may_stand_together(codes: &[Offer]) -> bool {
    let all_allow_it = codes.iter().all(|code| code.promotion.combines_with_codes);
    let pairs = codes
        .iter()
        .enumerate()
        .flat_map(|(place, one)| codes[..place].iter().map(move |other| (one, other)));
    (codes.len() < 2 || all_allow_it) && !pairs.into_iter().any(|(one, other)| one.shares_group(other))
}

/// Chosen codes with all others that are in no group, and one of each group that no code has taken.
fn with_one_of_each_group(chosen: &[Offer], others: &[Offer]) -> Vec<Vec<Offer>> {
    let alone = others.iter().filter(|offer| offer.group.is_none());
    let mut combinations = vec![chosen.iter().chain(alone).cloned().collect::<Vec<Offer>>()];
    for group in groups(others) {
        if chosen.iter().any(|code| code.group.as_ref() == Some(&group)) {
            continue;
        }
        let members = others.iter().filter(|offer| offer.group.as_ref() == Some(&group));
        let with = |member: &Offer| {
            combinations.iter().map(|set| [set.clone(), vec![member.clone()]].concat()).collect::<Vec<_>>()
        };
        combinations = members.flat_map(with).collect();
    }
    combinations
}

/// Those that keep a promotion out: the exclusive one, those of its group, or codes beside which it may not stand.
pub(crate) fn rivals(offer: &Offer, chosen: &[Offer], exclusive: Option<&Offer>) -> Vec<PromotionId> {
    let is_shut_out = |exclusive: &&Offer| exclusive.shares_group(offer) || !offer.stands_outside();
    if let Some(exclusive) = exclusive.filter(is_shut_out) {
        return vec![exclusive.id.clone()];
    }
    let both_allow_it =
        |other: &Offer| offer.promotion.combines_with_codes && other.promotion.combines_with_codes;
    let both_codes = |other: &Offer| offer.is_code() && other.is_code();
    let keeps_out =
        |other: &&Offer| other.shares_group(offer) || (both_codes(other) && !both_allow_it(other));
    let mut rivals: Vec<&Offer> = chosen.iter().filter(keeps_out).collect();
    if rivals.is_empty() {
        rivals = chosen.iter().filter(|other| both_codes(other)).collect();
    }
    let mut names: Vec<PromotionId> = rivals.into_iter().map(|offer| offer.id.clone()).collect();
    names.sort();
    names
}
