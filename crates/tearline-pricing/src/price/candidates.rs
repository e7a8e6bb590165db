//! Which promotions could apply to a cart, and why the others cannot.

use jiff::Timestamp;
use smallvec::SmallVec;

use crate::code::match_key;
use crate::facts::Facts;
use crate::money::Money;
use crate::price::bulk::BulkPrices;
use crate::price::resolve::ResolvedCart;
use crate::quote::{Checked, Expand};
use crate::refusal::Refusal;
use crate::snapshot::{CompiledPromotion, PromotionIndex, Snapshot};

/// All that the price of a cart depends on.
pub(crate) struct Case<'a> {
    pub(crate) cart: &'a ResolvedCart<'a>,
    pub(crate) bulk: &'a BulkPrices,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) facts: &'a Facts,
    pub(crate) at: Timestamp,
}

/// A promotion that is considered for a cart.
pub(crate) struct Candidate<'a> {
    pub(crate) promotion: &'a CompiledPromotion,
    /// The place in the cart of the code that unlocks it.
    pub(crate) code: Option<usize>,
    /// Why it cannot apply, if its conditions are not met.
    pub(crate) refusal: Option<Refusal>,
    /// What was asked, where a trace is wanted.
    pub(crate) checks: Vec<Checked>,
}

/// What the cart's codes stand for, and every promotion considered.
pub(crate) struct Candidates<'a> {
    pub(crate) all: Vec<Candidate<'a>>,
    /// For each code of the cart, what it leads to.
    pub(crate) codes: SmallVec<[CodeTarget; 2]>,
}

/// What a code of the cart leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeTarget {
    /// No such code.
    Unknown,
    /// A candidate.
    Candidate(usize),
    /// A candidate that another code of the cart has unlocked already.
    Again(usize),
}

/// Finds the promotions that concern the cart, and asks each one's conditions.
pub(crate) fn gather<'a>(case: &Case<'a>, expand: Expand) -> Candidates<'a> {
    let automatic = automatic(case);
    let mut all = Vec::with_capacity(automatic.len() + case.cart.source.codes.len());
    for index in automatic {
        all.push(consider(case, index, None, expand));
    }
    let mut codes = SmallVec::<[CodeTarget; 2]>::new();
    for (place, code) in case.cart.source.codes.iter().enumerate() {
        let target = match case.snapshot.codes.get(&match_key(code)) {
            None => CodeTarget::Unknown,
            Some(&index) => {
                let promotion = case.snapshot.promotion(index);
                if let Some(earlier) = all
                    .iter()
                    .position(|candidate: &Candidate<'_>| std::ptr::eq(candidate.promotion, promotion))
                {
                    CodeTarget::Again(earlier)
                } else {
                    all.push(consider(case, index, Some(place), expand));
                    CodeTarget::Candidate(all.len() - 1)
                }
            }
        };
        codes.push(target);
    }
    Candidates { all, codes }
}

/// The promotions that need no code, by what the cart holds.
fn automatic(case: &Case<'_>) -> Vec<PromotionIndex> {
    let mut events: SmallVec<[u32; 4]> = case.cart.lines.iter().filter_map(|line| line.event).collect();
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        return case.snapshot.automatic.clone();
    }
    let mut found = case.snapshot.automatic.clone();
    for event in events {
        let event = case.snapshot.event(event);
        found.extend(&event.automatic);
        found.extend(event.discounts_for(case.cart.customer()));
    }
    // A promotion of several events is found in each.
    found.sort_unstable();
    found.dedup();
    found
}

fn consider<'a>(
    case: &Case<'a>,
    index: PromotionIndex,
    code: Option<usize>,
    expand: Expand,
) -> Candidate<'a> {
    let promotion = case.snapshot.promotion(index);
    let mut checks = Vec::new();
    let refusal = ask(case, promotion, &mut expand.trace.then_some(&mut checks)).err();
    Candidate { promotion, code, refusal, checks }
}

type Checks<'c> = Option<&'c mut Vec<Checked>>;

/// Asks in order of precedence, so that the first refusal is the one to tell.
fn ask(case: &Case<'_>, promotion: &CompiledPromotion, checks: &mut Checks<'_>) -> Result<(), Refusal> {
    ask_time(case, promotion, checks)?;
    ask_limits(case, promotion, checks)?;
    ask_event(case, promotion, checks)?;
    ask_customer(case, promotion, checks)?;
    if let Some(offered) = promotion.offered_instead_of(case.cart.currency()) {
        return Err(Refusal::CurrencyNotOffered { offered });
    }
    let conditions = promotion.conditions.iter();
    let refusals =
        conditions.filter_map(|condition| condition.ask(case.cart, &promotion.scope, checks).err());
    Refusal::first(refusals).map_or(Ok(()), Err)
}

fn note(checks: &mut Checks<'_>, asked: impl FnOnce() -> String, found: impl FnOnce() -> String, met: bool) {
    if let Some(checks) = checks {
        checks.push(Checked { asked: asked(), found: found(), met });
    }
}

fn refuse_unless(met: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
    if met { Ok(()) } else { Err(refusal()) }
}

fn ask_time(case: &Case<'_>, promotion: &CompiledPromotion, checks: &mut Checks<'_>) -> Result<(), Refusal> {
    let (at, window) = (case.at, &promotion.window);
    refuse_unless(!promotion.paused, || Refusal::Void)?;
    let local = |at| case.snapshot.local(at).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    let now = || local(at);
    if let Some(starts_at) = window.starts_at {
        note(checks, || format!("from {}", local(starts_at)), now, !window.is_before(at));
        refuse_unless(!window.is_before(at), || Refusal::NotStarted { starts_at })?;
    }
    if let Some(ended_at) = window.ends_at {
        note(checks, || format!("before {}", local(ended_at)), now, !window.is_over(at));
        refuse_unless(!window.is_over(at), || Refusal::Ended { ended_at })?;
    }
    Ok(())
}

fn ask_limits(
    case: &Case<'_>,
    promotion: &CompiledPromotion,
    checks: &mut Checks<'_>,
) -> Result<(), Refusal> {
    let uses = case.facts.uses.get(&promotion.id).copied().unwrap_or_default();
    if let Some(total) = promotion.limits.total {
        note(
            checks,
            || format!("fewer than {total} uses"),
            || format!("{} uses", uses.total),
            uses.total < total,
        );
        refuse_unless(uses.total < total, || Refusal::UsedUp)?;
    }
    let left = case.facts.balances.get(&promotion.id);
    refuse_unless(!promotion.is_credit() || left.is_none_or(|&left| left > 0), || Refusal::UsedUp)?;
    if let Some(uses_max) = promotion.limits.per_customer {
        let met = uses.customer < uses_max;
        note(
            checks,
            || format!("fewer than {uses_max} uses by this customer"),
            || format!("{} uses", uses.customer),
            met,
        );
        refuse_unless(met, || Refusal::PerCustomerLimit { uses_max })?;
    }
    refuse_unless(!needs_customer(promotion) || case.cart.customer().is_some(), || Refusal::IdentifyFirst)
}

fn needs_customer(promotion: &CompiledPromotion) -> bool {
    !promotion.customers.is_empty() || promotion.limits.per_customer.is_some() || has_own_balances(promotion)
}

fn has_own_balances(promotion: &CompiledPromotion) -> bool {
    use crate::benefits::Benefit;
    promotion
        .benefits
        .iter()
        .any(|benefit| matches!(&benefit.benefit, Benefit::Credit(credit) if !credit.shared))
}

fn ask_event(case: &Case<'_>, promotion: &CompiledPromotion, checks: &mut Checks<'_>) -> Result<(), Refusal> {
    if promotion.events.is_empty() {
        return Ok(());
    }
    let met = case.cart.lines.iter().any(|line| promotion.scope.holds(line));
    let names =
        || promotion.events.iter().map(super::super::names::EventId::as_str).collect::<Vec<_>>().join(" or ");
    note(checks, || format!("bought in {}", names()), || if met { "yes" } else { "no" }.to_owned(), met);
    refuse_unless(met, || Refusal::WrongEvent { events: promotion.events.clone() })
}

fn ask_customer(
    case: &Case<'_>,
    promotion: &CompiledPromotion,
    checks: &mut Checks<'_>,
) -> Result<(), Refusal> {
    if promotion.customers.is_empty() {
        return Ok(());
    }
    let customer = case.cart.customer();
    let met = customer.is_some_and(|customer| promotion.customers.binary_search(customer).is_ok());
    let found = || customer.map_or("nobody identified".to_owned(), ToString::to_string);
    note(checks, || format!("one of {} customers", promotion.customers.len()), found, met);
    refuse_unless(met, || Refusal::NotARecipient)
}

impl crate::conditions::Found {
    /// What was found, in plain words.
    pub(crate) fn words(&self, cart: &ResolvedCart<'_>) -> String {
        match self {
            Self::Minor(minor) => Money::new(*minor, cart.currency()).to_string(),
        }
    }
}
