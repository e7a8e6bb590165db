//! What could apply to a cart: the promotions that do, those that could and what is missing, and those that cannot.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Serialize;
use smallvec::SmallVec;

use crate::cart::Cart;
use crate::cart::check::CartFault;
use crate::facts::Facts;
use crate::money::Currency;
use crate::names::{EventId, PromotionId};
use crate::need::{Missing, Need};
use crate::price::candidates::{Candidate, Candidates, Case, beside, gather};
use crate::price::choose::{self, Chosen};
use crate::price::{answer, bulk, lack, pipeline, resolve};
use crate::quote::{Considered, Expand, OutRanked};
use crate::refusal::Refusal;
use crate::snapshot::{PromotionIndex, Snapshot};
use crate::words::voice::Voice;

/// Everything is asked, and somebody listens.
const ASKED: Expand = Expand { units: false, trace: true };

/// Which promotions to list, and what of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Also those that cannot apply, with the reason.
    pub others: bool,
    /// The codes of those that need one.
    pub codes: bool,
    /// How many to leave out at the beginning of the list.
    pub skip: usize,
    /// How many to list at most.
    pub limit: usize,
}

/// What could apply to a cart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Eligible {
    /// The currency of every amount.
    pub currency: Currency,
    /// The instant for which it holds.
    pub at: Timestamp,
    /// The promotions, those that apply first, then those that come nearest to it.
    pub promotions: Vec<EligiblePromotion>,
    /// Whether there are more.
    pub more: bool,
    /// The version of the shop's configuration that was read.
    pub configuration_version: u64,
}

/// A promotion, and whether a customer can have it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EligiblePromotion {
    /// The promotion. An event's own discounts are named after the event: `event:spring:order:1`.
    pub promotion: PromotionId,
    /// Its name, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it gives, in words.
    pub gives: String,
    /// Whether the customer can have it.
    pub status: Eligibility,
    /// Whether it needs a code that the cart does not have.
    #[serde(skip_serializing_if = "crate::defaults::is_no")]
    pub needs_code: bool,
    /// The codes that unlock it, but for unique ones (`include=codes`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<Vec<String>>,
    /// What it gave, if it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gave: Option<i64>,
    /// What it would give by itself on the cart after bulk discounts, if only its code is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alone: Option<i64>,
    /// What would make it apply, all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// Who applies in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_ranked: Option<OutRanked>,
    /// Why it does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Refusal>,
    /// The same to the buyer, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// The events in which it holds; absent = in all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventId>,
    /// The first instant at which it no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub ends_at: Option<Timestamp>,
}

/// Whether a customer can have a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// It applies.
    Applies,
    /// Its conditions are met, and others apply in its place.
    OutRanked,
    /// It would apply if the customer did something: bought more, entered its code, signed in.
    CouldApply,
    /// It cannot apply, whatever the customer does now (`include=others`).
    Cannot,
}

/// Lists the promotions that a customer can have: with a cart, or with an empty one that says who they are and
/// where.
///
/// # Errors
///
/// Everything that is wrong with the cart, each fault with its place.
pub fn eligible(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &Facts,
    now: Timestamp,
    wanted: Wanted,
) -> Result<Eligible, Vec<CartFault>> {
    let mut resolved = resolve::resolve(cart, snapshot)?;
    let bulk = bulk::apply(&mut resolved, snapshot);
    let at = cart.at.unwrap_or(now);
    let case = Case { cart: &resolved, bulk: &bulk, snapshot, facts, at, resumed: None };
    let voice = Voice::new(snapshot, cart.language.as_ref(), cart.currency);
    let candidates = gather(&case, Expand::default());
    let chosen = choose::best(&case, &candidates, ASKED);
    let lister = Lister { case: &case, candidates: &candidates, chosen: &chosen, voice, wanted };
    let mut rows = lister.led_to();
    rows.extend(lister.beside(&rows));
    for row in rows.iter_mut().filter(|row| lister.is_of_somebody(row.index)) {
        row.status = Eligibility::Cannot;
    }
    rows.retain(|row| wanted.others || row.status != Eligibility::Cannot);
    rows.sort_by(Row::compare);
    // Several codes of one promotion: what counts is the one that comes furthest.
    let mut is_listed = vec![false; snapshot.promotions.len()];
    rows.retain(|row| !std::mem::replace(&mut is_listed[row.index as usize], true));
    let more = rows.len() > wanted.skip.saturating_add(wanted.limit);
    let page = rows.into_iter().skip(wanted.skip).take(wanted.limit);
    Ok(Eligible {
        currency: cart.currency,
        at,
        promotions: page.map(|row| lister.write(row)).collect(),
        more,
        configuration_version: snapshot.version(),
    })
}

/// A promotion, and what is known of it.
struct Row {
    index: PromotionIndex,
    status: Eligibility,
    needs_code: bool,
    /// What it gave, or would give by itself.
    gave: i64,
    missing: Vec<Missing>,
    out_ranked: Option<OutRanked>,
    because: Option<Refusal>,
    /// Its place by the one sort key.
    order: Option<u32>,
}

impl Row {
    /// What lists put first: those that apply, in the order in which they do; of those that could, what no code is
    /// needed for, and what is missing least.
    fn compare(&self, other: &Self) -> Ordering {
        let nearness = |row: &Self| {
            let spend: i64 = row.missing.iter().map(|missing| spend(&missing.need)).sum();
            (row.status, row.needs_code, row.missing.len(), spend, row.order)
        };
        nearness(self).cmp(&nearness(other)).then(self.index.cmp(&other.index))
    }
}

fn spend(need: &Need) -> i64 {
    match need {
        Need::Spend { missing, .. } => *missing,
        _ => 0,
    }
}

struct Lister<'a> {
    case: &'a Case<'a>,
    /// The promotions to which the cart leads.
    candidates: &'a Candidates<'a>,
    chosen: &'a Chosen,
    voice: Voice<'a>,
    wanted: Wanted,
}

impl<'a> Lister<'a> {
    /// The promotions to which the cart leads: what needs no code and concerns it, and what its codes unlock.
    fn led_to(&self) -> Vec<Row> {
        let considered = answer::considered(self.case, self.candidates, self.chosen).into_iter().enumerate();
        considered.filter_map(|(place, considered)| self.led_to_one(place, considered)).collect()
    }

    fn led_to_one(&self, place: usize, considered: Considered) -> Option<Row> {
        let candidate = &self.candidates.all[place];
        let index = self.case.snapshot.promotion_named(&candidate.promotion.id)?;
        let missing = match &candidate.refusal {
            Some(_) if !self.chosen.is_kept_out(place, self.candidates) => {
                self.lacks(&beside(self.case, index, ASKED))
            }
            _ => considered.missing,
        };
        let status = match () {
            () if considered.applies => Eligibility::Applies,
            () if considered.out_ranked.is_some() => Eligibility::OutRanked,
            () => status_of(&missing),
        };
        Some(Row {
            index,
            status,
            needs_code: false,
            gave: considered.gave,
            missing,
            out_ranked: considered.out_ranked,
            because: considered.because,
            order: candidate.promotion.order(),
        })
    }

    /// The promotions to which the cart does not lead.
    fn beside(&self, led_to: &[Row]) -> Vec<Row> {
        let snapshot = self.case.snapshot;
        let mut is_listed = vec![false; snapshot.promotions.len()];
        for row in led_to {
            is_listed[row.index as usize] = true;
        }
        let others = (0..).take(is_listed.len()).filter(|&index: &PromotionIndex| !is_listed[index as usize]);
        others.filter_map(|index| self.beside_one(index)).collect()
    }

    fn beside_one(&self, index: PromotionIndex) -> Option<Row> {
        let glance = beside(self.case, index, Expand::default());
        let shut_out = self.chosen.shut_out(glance.promotion, self.candidates);
        let is_hopeless = glance.refusal.as_ref().is_some_and(|refusal| !self.may_help(refusal));
        if !self.wanted.others && (is_hopeless || shut_out.is_some()) {
            return None;
        }
        let promotion = glance.promotion;
        let row = Row {
            index,
            status: Eligibility::Cannot,
            needs_code: promotion.pool_codes || !promotion.codes.is_empty(),
            gave: 0,
            missing: Vec::new(),
            out_ranked: None,
            because: glance.refusal.clone().or(shut_out.clone()),
            order: promotion.order(),
        };
        if is_hopeless || shut_out.is_some() {
            return Some(row);
        }
        let candidate = beside(self.case, index, ASKED);
        Some(if candidate.refusal.is_some() || !row.needs_code {
            self.short_of(row, &candidate)
        } else {
            self.unlocked(row, candidate)
        })
    }

    /// Whether a promotion is meant for certain customers, and nobody knows yet who this is: it is not shown around.
    fn is_of_somebody(&self, index: PromotionIndex) -> bool {
        self.case.cart.customer().is_none() && !self.case.snapshot.promotion(index).customers.is_empty()
    }

    /// Whether the customer may do something about a refusal.
    fn may_help(&self, refusal: &Refusal) -> bool {
        match refusal {
            Refusal::WrongEvent { events } => {
                self.case.cart.source.event.as_ref().is_some_and(|event| events.contains(event))
            }
            Refusal::IdentifyFirst
            | Refusal::MinimumNotMet { .. }
            | Refusal::ConditionNotMet { .. }
            | Refusal::NoMatchingProduct
            | Refusal::NoShippingMethod => true,
            _ => false,
        }
    }

    /// A promotion that lacks more than its code.
    fn short_of(&self, row: Row, candidate: &Candidate<'_>) -> Row {
        let missing = self.lacks(candidate);
        let because = row.because.clone().or(Some(Refusal::NoMatchingProduct));
        self.with_code(Row { status: status_of(&missing), missing, because, ..row })
    }

    /// A promotion that lacks nothing that can be asked beforehand but its code: tried by itself.
    fn unlocked(&self, row: Row, candidate: Candidate<'a>) -> Row {
        let candidates = Candidates { all: vec![candidate], codes: SmallVec::new() };
        let mut outcome = pipeline::run_alone(self.case, &candidates, 0);
        let gave = outcome.gave[0];
        if gave > 0 {
            return self.with_code(Row { status: Eligibility::CouldApply, gave, ..row });
        }
        let candidate = &candidates.all[0];
        let late = outcome.late.iter().flat_map(|late| late.checks(self.case, candidate));
        let missing = lack::of(self.case, candidate, &late.collect::<Vec<_>>());
        let because = outcome.refusals[0].take().or(Some(Refusal::NothingLeftToDiscount));
        self.with_code(Row { status: status_of(&missing), missing, because, ..row })
    }

    /// Adds the code to what is missing.
    fn with_code(&self, mut row: Row) -> Row {
        if row.needs_code && row.status == Eligibility::CouldApply {
            let code = lack::told(Need::EnterCode, self.case.cart.currency(), self.case.snapshot);
            row.missing.insert(0, code);
        }
        row
    }

    fn lacks(&self, candidate: &Candidate<'_>) -> Vec<Missing> {
        lack::of(self.case, candidate, &candidate.checks)
    }

    fn write(&self, row: Row) -> EligiblePromotion {
        let promotion = self.case.snapshot.promotion(row.index);
        let codes = (self.wanted.codes && !promotion.codes.is_empty()).then(|| promotion.codes.to_vec());
        let says = row.because.as_ref().map(|refusal| self.voice.refusal(refusal, Some(promotion)));
        let gave = (row.gave > 0).then_some(row.gave);
        let (gave, alone) = if row.status == Eligibility::Applies { (gave, None) } else { (None, gave) };
        EligiblePromotion {
            promotion: promotion.id.clone(),
            name: self.voice.name(promotion).map(str::to_owned),
            description: self.voice.description(promotion).map(str::to_owned),
            gives: promotion.gives.clone(),
            status: row.status,
            needs_code: row.needs_code,
            codes,
            gave,
            alone,
            missing: row.missing,
            out_ranked: row.out_ranked,
            because: row.because,
            says,
            events: promotion.events.to_vec(),
            ends_at: promotion.window.ends_at,
        }
    }
}

/// Whether a promotion that lacks this could apply; what nobody can wait for does not help.
fn status_of(missing: &[Missing]) -> Eligibility {
    let is_far = |missing: &Missing| matches!(missing.need, Need::Wait { .. });
    if missing.is_empty() || missing.iter().any(is_far) {
        Eligibility::Cannot
    } else {
        Eligibility::CouldApply
    }
}
