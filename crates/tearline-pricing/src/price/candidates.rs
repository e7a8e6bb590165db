//! Which promotions could apply to a cart, and why the others cannot.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use smallvec::SmallVec;

use crate::cart::Cart;
use crate::code::match_key;
use crate::conditions::Asking;
use crate::facts::{CodeRow, CodeState, Facts};
use crate::names::EventId;
use crate::need::Need;
use crate::price::budgets;
use crate::price::bulk::BulkPrices;
use crate::price::hearing::Hearing;
use crate::price::limits;
use crate::price::resolve::ResolvedCart;
use crate::quote::{Checked, Expand};
use crate::refusal::{Refusal, Verdict};
use crate::snapshot::matcher::{EventIndex, Scope};
use crate::snapshot::{CompiledPromotion, PromotionIndex, Snapshot};
use crate::when::Window;

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

    /// An instant in the shop's time zone, as people read it.
    pub(crate) fn local(&self, at: Timestamp) -> String {
        self.snapshot.local(at).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// The day of the quote in the shop's calendar.
    pub(crate) fn today(&self) -> Date {
        self.snapshot.local(self.at).date()
    }
}

/// A promotion that is considered for a cart.
pub(crate) struct Candidate<'a> {
    pub(crate) promotion: &'a CompiledPromotion,
    /// The code that unlocks it.
    pub(crate) key: Option<Box<Key<'a>>>,
    /// Whether it can concern the cart at all. Only a trace asks the others.
    pub(crate) is_near: bool,
    /// The lines that it sees, where these are not all of its promotion's.
    narrowed: Option<Box<Scope>>,
    /// Why it cannot apply, if its conditions are not met.
    pub(crate) refusal: Option<Refusal>,
    /// What was asked, where a trace is wanted.
    pub(crate) checks: Vec<Checked>,
}

/// A code that unlocks a promotion.
pub(crate) struct Key<'a> {
    /// Its place in the cart.
    place: usize,
    /// The form in which it is compared.
    pub(crate) text: Cow<'a, str>,
    /// Its row, if it is of a pool.
    pub(crate) row: Option<&'a CodeRow>,
}

impl<'a> Candidate<'a> {
    fn new(case: &Case<'a>, index: PromotionIndex, key: Option<Box<Key<'a>>>, expand: Expand) -> Self {
        let promotion = case.snapshot.promotion(index);
        let narrowed = limits::narrowed(case, promotion);
        let mut candidate =
            Self { promotion, key, is_near: true, narrowed, refusal: None, checks: Vec::new() };
        let mut hearing = Hearing::new(expand.trace);
        // A break only says that there was no need to ask on.
        let _ = ask(case, &candidate, &mut hearing);
        (candidate.refusal, candidate.checks) = hearing.finish();
        candidate
    }

    /// Notes that nothing can come of it in this cart.
    fn put_far(&mut self) {
        self.is_near = false;
        self.refusal.get_or_insert(Refusal::NoMatchingProduct);
    }

    /// The place in the cart of its code.
    pub(crate) fn code(&self) -> Option<usize> {
        self.key.as_ref().map(|key| key.place)
    }

    /// The lines that it sees.
    pub(crate) fn scope(&self) -> &Scope {
        self.narrowed.as_deref().unwrap_or(&self.promotion.scope)
    }

    /// The row of its code, if that is of a pool.
    pub(crate) fn row(&self) -> Option<&'a CodeRow> {
        self.key.as_ref()?.row
    }

    /// From when until when it holds: the promotion, and its code where that has times of its own.
    pub(crate) fn window(&self, case: &Case<'_>) -> Window {
        let window = self.promotion.window;
        self.row().map_or(window, |row| window.and(row.window(&case.snapshot.zone)))
    }

    /// Whether only its conditions and its currency decide whether it applies, and nothing is counted.
    pub(crate) fn is_plain(&self) -> bool {
        self.promotion.is_plain && self.key.is_none()
    }

    /// Whether it is in no other code's way.
    fn is_refused(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.verdict() == Verdict::Refused)
    }
}

/// What the cart's codes stand for, and every promotion considered.
pub(crate) struct Candidates<'a> {
    pub(crate) all: Vec<Candidate<'a>>,
    /// For each code of the cart, what it leads to.
    pub(crate) codes: SmallVec<[CodeTarget; 2]>,
}

/// What a code of the cart leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CodeTarget {
    /// No promotion, and why.
    Nothing(Refusal),
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
        let mut candidate = Candidate::new(case, index, None, expand);
        if expand.trace && near.binary_search(&index).is_err() {
            candidate.put_far();
        }
        all.push(candidate);
    }
    let mut codes = SmallVec::<[CodeTarget; 2]>::new();
    for place in 0..case.cart.source.codes.len() {
        codes.push(match look_up(case.cart.source, case.snapshot, case.facts, place) {
            Err(refusal) => CodeTarget::Nothing(refusal),
            Ok((index, key)) => unlock(case, index, key, &mut all, expand),
        });
    }
    Candidates { all, codes }
}

impl<'a> Candidates<'a> {
    /// The place of a promotion; one to which the cart does not lead is asked all the same.
    pub(crate) fn place_of(&mut self, case: &Case<'a>, index: PromotionIndex, expand: Expand) -> usize {
        let promotion = case.snapshot.promotion(index);
        let is_it = |candidate: &Candidate<'_>| std::ptr::eq(candidate.promotion, promotion);
        let counts = |candidate: &Candidate<'_>| is_it(candidate) && !candidate.is_refused();
        if let Some(place) = self.all.iter().position(counts).or_else(|| self.all.iter().position(is_it)) {
            return place;
        }
        self.all.push(beside(case, index, expand));
        self.all.len() - 1
    }
}

/// Looks the code at a place of the cart up: first among the coupons, then among the codes of pools.
pub(crate) fn look_up<'a>(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &'a Facts,
    place: usize,
) -> Result<(PromotionIndex, Key<'a>), Refusal> {
    let code = &cart.codes[place];
    let key = match_key(code);
    if let Some(&index) = snapshot.codes.get(&key) {
        return Ok((index, Key { place, text: Cow::Owned(key), row: None }));
    }
    let (key, row) = facts.code(code).ok_or(Refusal::Unknown)?;
    if row.customer.is_some() && cart.customer.is_none() {
        // Whoever guesses must not learn that it exists (requirements.md C4.18).
        return Err(Refusal::Unknown);
    }
    let withdrawn = if row.state == CodeState::Preview { Refusal::Preview } else { Refusal::Void };
    let index = snapshot.promotion_named(&row.promotion);
    let index = index.filter(|&index| snapshot.promotion(index).pool_codes).ok_or(withdrawn)?;
    Ok((index, Key { place, text: Cow::Borrowed(key), row: Some(row) }))
}

/// Of the codes of one promotion that are not refused by themselves, the first counts.
fn unlock<'a>(
    case: &Case<'a>,
    index: PromotionIndex,
    key: Key<'a>,
    all: &mut Vec<Candidate<'a>>,
    expand: Expand,
) -> CodeTarget {
    let candidate = Candidate::new(case, index, Some(Box::new(key)), expand);
    let counts =
        |other: &Candidate<'_>| std::ptr::eq(other.promotion, candidate.promotion) && !other.is_refused();
    if let Some(earlier) = all.iter().position(counts).filter(|_| !candidate.is_refused()) {
        return CodeTarget::Again(earlier);
    }
    all.push(candidate);
    CodeTarget::Candidate(all.len() - 1)
}

/// Asks a promotion to which the cart does not lead: it needs a code, belongs to another event or customer, or
/// finds nothing in the cart to act on.
pub(crate) fn beside<'a>(case: &Case<'a>, index: PromotionIndex, expand: Expand) -> Candidate<'a> {
    let mut candidate = Candidate::new(case, index, None, expand);
    let customer = case.cart.customer();
    let is_for_others = |event: &EventIndex| case.snapshot.event(*event).is_for_others(index, customer);
    if candidate.promotion.scope.events.iter().any(is_for_others) {
        let asked = "a discount of the event for this customer".to_owned();
        let check = Checked::new(asked, customer_words(case), Some(Refusal::NotARecipient));
        candidate.refusal = Refusal::first(candidate.refusal.into_iter().chain(check.because.clone()));
        candidate.checks.push(check);
    }
    candidate
}

/// The promotions that need no code and can concern the cart, in order.
pub(crate) fn near(case: &Case<'_>) -> Vec<PromotionIndex> {
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

/// Asks in order of precedence, so that the first refusal is the one to tell.
fn ask(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    if !candidate.is_plain() {
        ask_terms(case, candidate, hearing)?;
    }
    ask_currency(case, candidate.promotion, hearing)?;
    let mut asking = Asking::early(case, candidate.scope());
    for condition in &candidate.promotion.conditions {
        hearing.condition(condition, &mut asking);
    }
    budgets::ask(case, candidate.promotion, hearing);
    ControlFlow::Continue(())
}

/// Whether it is there at all, in time, within its limits, and for this customer and event.
fn ask_terms(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    ask_state(case, candidate, hearing)?;
    ask_time(case, candidate, hearing)?;
    limits::ask(case, candidate, hearing)?;
    ask_identity(case, candidate.promotion, hearing)?;
    ask_event(case, candidate.promotion, hearing)?;
    ask_customer(case, candidate, hearing)
}

fn ask_state(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let state = candidate.row().map(|row| row.state);
    if state == Some(CodeState::Preview) {
        let asked = || "a code for use".to_owned();
        hearing.hear(false, || Refusal::Preview, asked, || "a preview".to_owned())?;
    }
    if case.is_paused(candidate.promotion) {
        hearing.hear(false, || Refusal::Void, || "not paused".to_owned(), || "paused".to_owned())?;
    }
    if state == Some(CodeState::Void) {
        let asked = || "a code that holds".to_owned();
        hearing.hear(false, || Refusal::Void, asked, || "withdrawn".to_owned())?;
    }
    ControlFlow::Continue(())
}

fn ask_time(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let (at, window) = (case.at, candidate.window(case));
    if let Some(starts_at) = window.starts_at {
        let refusal = || Refusal::NotStarted { starts_at };
        let asked = || format!("from {}", case.local(starts_at));
        hearing.hear(!window.is_before(at), refusal, asked, || case.local(at))?;
    }
    if let Some(ended_at) = window.ends_at {
        let refusal = || Refusal::Ended { ended_at };
        let asked = || format!("before {}", case.local(ended_at));
        hearing.hear(!window.is_over(at), refusal, asked, || case.local(at))?;
    }
    ControlFlow::Continue(())
}

fn ask_identity(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    if !needs_customer(promotion) {
        return ControlFlow::Continue(());
    }
    let is_identified = case.cart.customer().is_some();
    let asked = || "an identified customer".to_owned();
    hearing.hear(is_identified, || Refusal::IdentifyFirst, asked, || customer_words(case))
}

/// Who buys, for whoever reads the trace.
pub(crate) fn customer_words(case: &Case<'_>) -> String {
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
    let refusal = || Refusal::WrongEvent { events: Arc::clone(&promotion.events) };
    let heard = hearing.hear(met, refusal, || format!("bought in {}", names()), found);
    hearing.needing(|| something_in_the_event(case, promotion));
    heard
}

/// Who is in an event where the promotion holds, and has nothing in the cart yet, can buy there.
fn something_in_the_event(case: &Case<'_>, promotion: &CompiledPromotion) -> Option<Need> {
    let event = case.cart.source.event.as_ref()?;
    let is_there = promotion.events.contains(event);
    is_there.then_some(Need::AddAnything)
}

fn ask_customer(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let customer = case.cart.customer();
    let customers = &candidate.promotion.customers;
    let refusal = || if customer.is_some() { Refusal::NotARecipient } else { Refusal::IdentifyFirst };
    if !customers.is_empty() {
        let met = customer.is_some_and(|customer| customers.binary_search(customer).is_ok());
        let asked = || format!("one of {} customers", customers.len());
        hearing.hear(met, refusal, asked, || customer_words(case))?;
    }
    if let Some(holder) = candidate.row().and_then(|row| row.customer.as_ref()) {
        let asked = || "the customer to whom the code was given".to_owned();
        hearing.hear(customer == Some(holder), refusal, asked, || customer_words(case))?;
    }
    ControlFlow::Continue(())
}

/// Where an amount lacks the cart's currency, nothing can be compared with it: no further question is asked.
fn ask_currency(case: &Case<'_>, promotion: &CompiledPromotion, hearing: &mut Hearing) -> ControlFlow<()> {
    let currency = case.cart.currency();
    let Some(offered) = promotion.offered_instead_of(currency) else { return ControlFlow::Continue(()) };
    let found = offered.join(", ");
    let refusal = || Refusal::CurrencyNotOffered { offered: offered.into() };
    let _ = hearing.hear(false, refusal, || format!("amounts in {currency}"), || found);
    ControlFlow::Break(())
}
