//! Which promotions could apply to a cart, and why the others cannot.

use std::borrow::Cow;
use std::ops::ControlFlow;

use jiff::Timestamp;
use smallvec::SmallVec;

use crate::code::match_key;
use crate::conditions::Asking;
use crate::facts::Facts;
use crate::money::Money;
use crate::names::EventId;
use crate::need::Need;
use crate::price::bulk::BulkPrices;
use crate::price::hearing::Hearing;
use crate::price::resolve::ResolvedCart;
use crate::quote::{Checked, Expand};
use crate::refusal::Refusal;
use crate::snapshot::matcher::EventIndex;
use crate::snapshot::{CompiledPromotion, PromotionIndex, Snapshot};

/// All that the price of a cart depends on.
pub(crate) struct Case<'a> {
    pub(crate) cart: &'a ResolvedCart<'a>,
    pub(crate) bulk: &'a BulkPrices,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) facts: &'a Facts,
    pub(crate) at: Timestamp,
    /// A promotion that is asked as if it were not paused.
    pub(crate) resumed: Option<PromotionIndex>,
}

impl Case<'_> {
    fn is_paused(&self, promotion: &CompiledPromotion) -> bool {
        let is_resumed = |index: PromotionIndex| std::ptr::eq(self.snapshot.promotion(index), promotion);
        promotion.paused && !self.resumed.is_some_and(is_resumed)
    }
}

/// A promotion that is considered for a cart.
pub(crate) struct Candidate<'a> {
    pub(crate) promotion: &'a CompiledPromotion,
    /// The place in the cart of the code that unlocks it.
    pub(crate) code: Option<usize>,
    /// Whether it can concern the cart at all. Only a trace asks the others.
    pub(crate) is_near: bool,
    /// Why it cannot apply, if its conditions are not met.
    pub(crate) refusal: Option<Refusal>,
    /// What was asked, where a trace is wanted.
    pub(crate) checks: Vec<Checked>,
}

impl Candidate<'_> {
    /// The same, of which nothing can come in this cart.
    fn far(self) -> Self {
        Self { is_near: false, refusal: self.refusal.or(Some(Refusal::NoMatchingProduct)), ..self }
    }
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
    let near = near(case);
    let considered = if expand.trace { automatic(case) } else { Cow::Borrowed(&near[..]) };
    let mut all = Vec::with_capacity(considered.len() + case.cart.source.codes.len());
    for &index in &*considered {
        let candidate = consider(case, index, None, expand);
        all.push(if near.binary_search(&index).is_ok() { candidate } else { candidate.far() });
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

impl<'a> Candidates<'a> {
    /// The place of a promotion; one to which the cart does not lead is asked all the same.
    pub(crate) fn place_of(&mut self, case: &Case<'a>, index: PromotionIndex, expand: Expand) -> usize {
        let promotion = case.snapshot.promotion(index);
        let is_it = |candidate: &Candidate<'_>| std::ptr::eq(candidate.promotion, promotion);
        if let Some(place) = self.all.iter().position(is_it) {
            return place;
        }
        let mut candidate = consider(case, index, None, expand);
        let customer = case.cart.customer();
        let is_for_others = |event: &u32| case.snapshot.event(*event).is_for_others(index, customer);
        if promotion.scope.0.iter().any(is_for_others) {
            let asked = "a discount of the event for this customer".to_owned();
            let check = Checked::new(asked, customer_words(case), Some(Refusal::NotARecipient));
            candidate.refusal = Refusal::first(candidate.refusal.into_iter().chain(check.because.clone()));
            candidate.checks.push(check);
        }
        self.all.push(candidate);
        self.all.len() - 1
    }
}

/// The promotions that need no code and can concern the cart, in order.
fn near(case: &Case<'_>) -> Vec<PromotionIndex> {
    with_events(case, case.snapshot.automatic.near(case.cart))
}

/// All promotions that need no code, of the shop and of the cart's events, in order.
fn automatic(case: &Case<'_>) -> Cow<'static, [PromotionIndex]> {
    with_events(case, case.snapshot.automatic.all().to_vec()).into()
}

/// Of the shop's promotions those that hold in an event of the cart, and the discounts of these events.
fn with_events(case: &Case<'_>, mut found: Vec<PromotionIndex>) -> Vec<PromotionIndex> {
    let mut events: SmallVec<[EventIndex; 4]> =
        case.cart.lines.iter().filter_map(|line| line.event).collect();
    events.sort_unstable();
    events.dedup();
    found.retain(|&index| case.snapshot.promotion(index).scope.is_among(&events));
    for event in events {
        found.extend(case.snapshot.event(event).discounts_for(case.cart.customer()));
    }
    found.sort_unstable();
    found
}

fn consider<'a>(
    case: &Case<'a>,
    index: PromotionIndex,
    code: Option<usize>,
    expand: Expand,
) -> Candidate<'a> {
    let promotion = case.snapshot.promotion(index);
    let mut hearing = Hearing::new(expand.trace);
    // A break only says that there was no need to ask on.
    let _ = ask(case, promotion, &mut hearing);
    let (refusal, checks) = hearing.finish();
    Candidate { promotion, code, is_near: true, refusal, checks }
}

/// Asks in order of precedence, so that the first refusal is the one to tell.
fn ask(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    ask_time(case, promotion, hearing)?;
    ask_limits(case, promotion, hearing)?;
    ask_event(case, promotion, hearing)?;
    ask_customer(case, promotion, hearing)?;
    ask_currency(case, promotion, hearing)?;
    let mut asking = Asking::early(case, promotion);
    for condition in &promotion.conditions {
        hearing.condition(condition, &mut asking);
    }
    ControlFlow::Continue(())
}

fn ask_time(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    let (at, window) = (case.at, &promotion.window);
    if case.is_paused(promotion) {
        hearing.hear(false, || Refusal::Void, || "not paused".to_owned(), || "paused".to_owned())?;
    }
    let local = |at| case.snapshot.local(at).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    if let Some(starts_at) = window.starts_at {
        let refusal = || Refusal::NotStarted { starts_at };
        hearing.hear(
            !window.is_before(at),
            refusal,
            || format!("from {}", local(starts_at)),
            || local(at),
        )?;
    }
    if let Some(ended_at) = window.ends_at {
        let refusal = || Refusal::Ended { ended_at };
        hearing.hear(!window.is_over(at), refusal, || format!("before {}", local(ended_at)), || local(at))?;
    }
    ControlFlow::Continue(())
}

fn ask_limits(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    let uses = case.facts.uses.get(&promotion.id).copied().unwrap_or_default();
    if let Some(total) = promotion.limits.total {
        let asked = || format!("fewer than {total} uses");
        hearing.hear(uses.total < total, || Refusal::UsedUp, asked, || format!("{} uses", uses.total))?;
    }
    if let Some(&left) = case.facts.balances.get(&promotion.id).filter(|_| promotion.is_credit()) {
        let money = |minor| Money::new(i64::try_from(minor).unwrap_or(i64::MAX), case.cart.currency());
        let asked = || "something left of the credit".to_owned();
        hearing.hear(left > 0, || Refusal::UsedUp, asked, || money(left).to_string())?;
    }
    if let Some(uses_max) = promotion.limits.per_customer {
        let asked = || format!("fewer than {uses_max} uses by this customer");
        let refusal = || Refusal::PerCustomerLimit { uses_max };
        hearing.hear(uses.customer < uses_max, refusal, asked, || format!("{} uses", uses.customer))?;
    }
    if needs_customer(promotion) {
        let asked = || "an identified customer".to_owned();
        let is_identified = case.cart.customer().is_some();
        hearing.hear(is_identified, || Refusal::IdentifyFirst, asked, || customer_words(case))?;
    }
    ControlFlow::Continue(())
}

fn customer_words(case: &Case<'_>) -> String {
    case.cart.customer().map_or("nobody identified".to_owned(), ToString::to_string)
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

fn ask_event(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    if promotion.events.is_empty() {
        return ControlFlow::Continue(());
    }
    let met = case.cart.lines.iter().any(|line| promotion.scope.holds(line));
    let names = || promotion.events.iter().map(EventId::as_str).collect::<Vec<_>>().join(" or ");
    let found = || if met { "yes" } else { "no" }.to_owned();
    let refusal = || Refusal::WrongEvent { events: promotion.events.clone() };
    let heard = hearing.hear(met, refusal, || format!("bought in {}", names()), found);
    hearing.needing(|| something_in_the_event(case, promotion));
    heard
}

/// Who is in an event where the promotion holds, and has nothing in the cart yet, can buy there.
fn something_in_the_event(case: &Case<'_>, promotion: &CompiledPromotion) -> Option<Need> {
    let event = case.cart.source.event.as_ref()?;
    let is_there = promotion.events.contains(event);
    is_there.then_some(Need::Add { units: 1, of: None, on_one_line: false })
}

fn ask_customer(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    if promotion.customers.is_empty() {
        return ControlFlow::Continue(());
    }
    let customer = case.cart.customer();
    let met = customer.is_some_and(|customer| promotion.customers.binary_search(customer).is_ok());
    let asked = || format!("one of {} customers", promotion.customers.len());
    let refusal = || if customer.is_some() { Refusal::NotARecipient } else { Refusal::IdentifyFirst };
    hearing.hear(met, refusal, asked, || customer_words(case))
}

/// Where an amount lacks the cart's currency, nothing can be compared with it: no further question is asked.
fn ask_currency(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    let currency = case.cart.currency();
    let Some(offered) = promotion.offered_instead_of(currency) else { return ControlFlow::Continue(()) };
    let found = offered.join(", ");
    let refusal = || Refusal::CurrencyNotOffered { offered };
    let _ = hearing.hear(false, refusal, || format!("amounts in {currency}"), || found);
    ControlFlow::Break(())
}
