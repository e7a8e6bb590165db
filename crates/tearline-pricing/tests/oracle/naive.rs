//! The naive price: every admissible combination tried, the best one told.

use std::cmp::Reverse;

use jiff::Timestamp;
use tearline_pricing::benefits::Benefit;
use tearline_pricing::cart::Cart;
use tearline_pricing::config::Documents;
use tearline_pricing::facts::Facts;
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{Claim, ClaimedLimit, CodeStatus};
use tearline_pricing::refusal::{Refusal, Verdict};

use super::asks::ask;
use super::limits;
use super::offers::{Offer, automatic, unlocked};
use super::pipeline::{Run, run};
use super::together;
use super::world::World;

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) promotion: Option<PromotionId>,
    pub(crate) status: CodeStatus,
    pub(crate) because: Option<Refusal>,
}

/// The best combination, and how it was found.
#[derive(Debug)]
pub(crate) struct Best<'a> {
    pub(crate) run: Run<'a>,
    /// The code of each entry of the cart, in the cart's order.
    pub(crate) fates: Vec<Fate>,
    /// All whose conditions are met.
    pub(crate) eligible: Vec<Offer>,
    /// The exclusive promotion that applies.
    pub(crate) exclusive: Option<Offer>,
    /// How many combinations are admissible.
    pub(crate) combinations: usize,
    /// Whether the first admissible combination would have cost more.
    pub(crate) first_loses: bool,
    /// Every promotion that was asked, and why it may not apply.
    pub(crate) asked: Vec<(Offer, Option<Refusal>)>,
}

/// A code, looked up and asked.
struct Entered {
    offer: Option<Offer>,
    answer: Result<(), Refusal>,
}

/// The world of a case.
pub(crate) fn world<'a>(
    documents: &'a Documents,
    cart: &'a Cart,
    facts: &'a Facts,
    now: Timestamp,
) -> World<'a> {
    World::new(documents, cart, facts, now)
}

/// Tries every admissible combination and keeps the best.
pub(crate) fn price<'a>(world: &'a World<'a>) -> Best<'a> {
    let entered = entered(world);
    let eligible = eligible(world, &entered);
    let exclusive = together::exclusive(world, &eligible);
    let combinations = together::combinations(world, eligible.clone(), exclusive.as_ref());
    let runs: Vec<Run<'a>> = combinations.iter().map(|offers| run(world, offers)).collect();
    let costs: Vec<i64> = runs.iter().map(|run| run.due() + run.credit_applied()).collect();
    let first_loses = costs.iter().any(|cost| *cost < costs[0]);
    let best = runs.into_iter().min_by_key(order).expect("there is always a combination, if an empty one");
    let fate = |place| fate(world, &best, exclusive.as_ref(), &entered, place);
    let fates = (0..entered.len()).map(fate).collect();
    let coded = entered.into_iter().filter_map(|it| Some((it.offer?, it.answer.err())));
    let automatic = automatic(world.documents, world.cart).into_iter();
    let asked =
        automatic.map(|offer| (ask(world, &offer), offer)).map(|(answer, offer)| (offer, answer.err()));
    let asked = asked.chain(coded).collect();
    Best { run: best, fates, eligible, exclusive, combinations: costs.len(), first_loses, asked }
}

/// Least to pay, then least to pay now, then fewest promotions, then their names and codes; among combinations that
/// differ only in codes that give nothing, the one with most of them.
fn order(run: &Run<'_>) -> (i64, i64, usize, Names, Reverse<usize>, Names) {
    let all: Vec<usize> = (0..run.offers.len()).collect();
    let gave: Vec<usize> = all.iter().copied().filter(|offer| run.gave(*offer) > 0).collect();
    let cost = run.due() + run.credit_applied();
    (cost, run.due(), gave.len(), names(run, &gave), Reverse(all.len()), names(run, &all))
}

type Names = Vec<(PromotionId, Option<String>)>;

fn names(run: &Run<'_>, offers: &[usize]) -> Names {
    let name = |offer: &usize| (run.offers[*offer].id.clone(), run.offers[*offer].code.clone());
    let mut names: Names = offers.iter().map(name).collect();
    names.sort();
    names
}

/// Looks every code up and asks its promotion; of those of one promotion that are not refused the first counts, and
/// the others are too many.
fn entered(world: &World<'_>) -> Vec<Entered> {
    let mut all: Vec<Entered> = Vec::new();
    for code in &world.cart.codes {
        let (offer, answer) = match unlocked(world, code) {
            Err(refusal) => (None, Err(refusal)),
            Ok(offer) => {
                let answer = ask(world, &offer);
                let counts = |other: &Entered| id(other) == Some(&offer.id) && !is_refused(&other.answer);
                let is_second = all.iter().any(counts) && !is_refused(&answer);
                let too_many = Refusal::NotCombinable { with: vec![offer.id.clone()] };
                (Some(offer), if is_second { Err(too_many) } else { answer })
            }
        };
        all.push(Entered { offer, answer });
    }
    all
}

fn is_refused(answer: &Result<(), Refusal>) -> bool {
    matches!(answer, Err(why) if why.verdict() == Verdict::Refused)
}

fn id(entered: &Entered) -> Option<&PromotionId> {
    entered.offer.as_ref().map(|offer| &offer.id)
}

/// All whose conditions are met, with a code or without.
fn eligible(world: &World<'_>, entered: &[Entered]) -> Vec<Offer> {
    let automatic = automatic(world.documents, world.cart);
    let mut eligible: Vec<Offer> = automatic.into_iter().filter(|offer| ask(world, offer).is_ok()).collect();
    eligible.extend(entered.iter().filter(|code| code.answer.is_ok()).filter_map(|code| code.offer.clone()));
    eligible
}

fn fate(
    world: &World<'_>,
    best: &Run<'_>,
    exclusive: Option<&Offer>,
    entered: &[Entered],
    place: usize,
) -> Fate {
    let promotion = id(&entered[place]).cloned();
    let (offer, refusal) = match &entered[place] {
        Entered { offer: Some(offer), answer: Ok(()) } => (offer, None),
        Entered { answer, .. } => return refused(promotion, answer.clone().expect_err("asked"), false),
    };
    let chosen = best.offers.iter().position(|other| other.id == offer.id);
    match chosen {
        Some(number) if best.gave(number) > 0 => {
            Fate { promotion, status: CodeStatus::Applied, because: refusal }
        }
        Some(number) => {
            let (reason, is_beaten) = best.why_not(number);
            refused(promotion, reason, is_beaten)
        }
        None => {
            let (reason, is_beaten) = lost(world, best, exclusive, offer);
            refused(promotion, reason, is_beaten)
        }
    }
}

/// The reason of a code that is not in the best combination: its own, if it would give nothing in place of those
/// beside which it may not stand, or by itself where there are none; else that it may not.
fn lost(world: &World<'_>, best: &Run<'_>, exclusive: Option<&Offer>, offer: &Offer) -> (Refusal, bool) {
    let rivals = together::rivals(offer, &best.offers, exclusive);
    let stays = |other: &&Offer| !rivals.is_empty() && !rivals.contains(&other.id);
    let others = best.offers.iter().filter(stays);
    let offers: Vec<Offer> = others.chain([offer]).cloned().collect();
    let instead = run(world, &offers);
    let number = instead.offers.len() - 1;
    if instead.gave(number) == 0 {
        return instead.why_not(number);
    }
    (Refusal::NotCombinable { with: rivals }, false)
}

fn refused(promotion: Option<PromotionId>, because: Refusal, is_beaten: bool) -> Fate {
    let is_parked = is_beaten || because.verdict() == Verdict::Parked;
    let status = if is_parked { CodeStatus::Parked } else { CodeStatus::Refused };
    Fate { promotion, status, because: Some(because) }
}

/// What the best combination takes from limits and balances.
pub(crate) fn claims(run: &Run<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (number, offer) in run.offers.iter().enumerate().filter(|(number, _)| run.gave(*number) > 0) {
        claims.extend(limits::claims(run, number));
        let drawn = run.drawn(number);
        for benefit in offer.promotion.benefits.iter().filter(|_| drawn > 0) {
            if let Benefit::Credit(credit) = benefit {
                let limit =
                    if credit.shared { ClaimedLimit::SharedBalance } else { ClaimedLimit::OwnBalance };
                claims.push(limits::claim(&offer.id, limit, drawn));
            }
        }
    }
    claims
}
