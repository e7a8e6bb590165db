//! Why a promotion applies to a cart, or why not.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use crate::cart::check::CartFault;
use crate::cart::{CODES_MAX, Cart};
use crate::facts::{CodeRow, Facts};
use crate::money::Currency;
use crate::names::PromotionId;
use crate::need::{Missing, Need};
use crate::price::candidates::{self, Candidates, Case, gather};
use crate::price::choose::{self, Chosen};
use crate::price::{answer, bulk, lack, pipeline, resolve};
use crate::quote::{Checked, Considered, Expand, Quote, StageGift};
use crate::refusal::Refusal;
use crate::snapshot::{PromotionIndex, Snapshot};
use crate::words::voice::Voice;

/// What a promotion makes of a cart, and everything that was asked for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// The promotion. An event's own discounts are named after the event: `event:spring:order:1`.
    pub promotion: PromotionId,
    /// Its name, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// All that it says, in one sentence.
    pub sentence: String,
    /// The currency of every amount.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Currency))]
    pub currency: Currency,
    /// The instant for which it is explained.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Whether it applies to the cart as it is.
    pub applies: bool,
    /// What would make it apply, all of it; absent if it does, or if nothing that the customer can do would.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// What the verdict supposes, other than it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supposing: Vec<Supposition>,
    /// What becomes of it then, with everything that was asked.
    pub verdict: Considered,
    /// What it then gives, stage by stage and line by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<StageGift>,
    /// The version of the shop's configuration that was read.
    pub configuration_version: u64,
    /// Whether the combination of promotions is known to be the best one.
    pub proven: bool,
}

/// Something that is supposed of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Supposition {
    /// That its code were entered.
    CodeEntered,
    /// That it were not paused.
    Resumed,
}

/// Why a promotion cannot be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExplainError {
    /// There is none of that name.
    UnknownPromotion,
    /// Something is wrong with the cart.
    Cart(Vec<CartFault>),
}

/// Explains what a promotion makes of a cart: whether it applies, what it gives where, everything that was asked
/// and found, what is missing, and who applies in its place.
///
/// A promotion that needs a code is explained as if it were entered, one that is paused as if it were not; the
/// answer says so. At a time to come, give the cart that time.
///
/// # Errors
///
/// There is no such promotion; or everything that is wrong with the cart.
///
/// ```
/// use tearline_pricing::config::Documents;
/// use tearline_pricing::explain::Supposition;
/// use tearline_pricing::facts::Facts;
/// use tearline_pricing::snapshot::Snapshot;
///
/// let mut documents = Documents::default();
/// documents.promotions.insert("tenth".into(), serde_json::from_str(r#"{
///     "codes": ["WELCOME"], "conditions": [{"minimum": {"amount": "50.00 USD"}}],
///     "benefits": [{"percent_off": {"percent": 10}}]
/// }"#).unwrap());
/// let snapshot = Snapshot::compile(&documents, 1).unwrap();
/// let cart = serde_json::from_str(r#"{
///     "currency": "USD", "lines": [{"id": "print", "quantity": 2, "unit_price": 1999}]
/// }"#).unwrap();
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let told = tearline_pricing::explain(&cart, &snapshot, &Facts::default(), now, &"tenth".into()).unwrap();
/// let missing: Vec<_> = told.missing.iter().map(|missing| missing.words.as_str()).collect();
/// assert_eq!(told.supposing, [Supposition::CodeEntered]);
/// assert_eq!(missing, ["its code", "10.02 USD more"]);
/// ```
pub fn explain(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &Facts,
    now: Timestamp,
    promotion: &PromotionId,
) -> Result<Explanation, ExplainError> {
    let index = snapshot.promotion_named(promotion).ok_or(ExplainError::UnknownPromotion)?;
    let with_code = with_code(cart, snapshot, facts, index);
    let is_paused = snapshot.promotion(index).paused;
    let supposing =
        [with_code.is_some().then_some(Supposition::CodeEntered), is_paused.then_some(Supposition::Resumed)];
    let (cart, facts) = with_code.as_ref().map_or((cart, facts), |(cart, facts)| (cart, &**facts));
    let mut resolved = resolve::resolve(cart, snapshot).map_err(ExplainError::Cart)?;
    let bulk = bulk::apply(&mut resolved, snapshot);
    let (at, resumed) = (cart.at.unwrap_or(now), is_paused.then_some(index));
    let case = Case { cart: &resolved, bulk: &bulk, snapshot, facts, at, resumed };
    let expand = Expand { units: false, trace: true };
    let mut candidates = gather(&case, expand);
    let place = candidates.place_of(&case, index, expand);
    let chosen = choose::best(&case, &candidates, expand);
    let quote = answer::write(&case, &candidates, &chosen, expand);
    let (mut verdict, quote) = verdict(quote, place);
    let late = late_checks(&case, &mut candidates, &chosen, place);
    if !late.is_empty() {
        verdict.checks.extend(late);
        verdict.missing = lack::of(&case, &candidates.all[place], &verdict.checks);
    }
    let voice = Voice::new(snapshot, cart.language.as_ref(), cart.currency);
    let told = Told { snapshot, index, voice, supposing: supposing.into_iter().flatten().collect() };
    Ok(told.write(quote, verdict))
}

/// What became of a candidate, and the rest of the quote.
fn verdict(mut quote: Quote, place: usize) -> (Considered, Quote) {
    let mut considered = quote.trace.take().unwrap_or_default();
    (considered.swap_remove(place), quote)
}

/// What stands for a code of a pool that nobody has named.
const CODE_OF_POOL: &str = "(a code of its pool)";

/// The cart with a code of the promotion, unless it needs none or has one already, and facts that know this code;
/// in place of the last code where a cart carries no more.
fn with_code<'a>(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &'a Facts,
    index: PromotionIndex,
) -> Option<(Cart, Cow<'a, Facts>)> {
    let promotion = snapshot.promotion(index);
    let is_own = |place: usize| {
        candidates::look_up(cart, snapshot, facts, place).is_ok_and(|(unlocked, _)| unlocked == index)
    };
    let needs_one = promotion.pool_codes || !promotion.codes.is_empty();
    if !needs_one || (0..cart.codes.len()).any(is_own) {
        return None;
    }
    let (mut cart, mut facts) = (cart.clone(), Cow::Borrowed(facts));
    if cart.codes.len() == CODES_MAX {
        cart.codes.pop();
    }
    if promotion.codes.is_empty() {
        let row = CodeRow { exact: true, ..CodeRow::of(promotion.id.clone()) };
        facts.to_mut().codes.insert(CODE_OF_POOL.to_owned(), row);
    }
    cart.codes.push(promotion.codes.first().map_or(CODE_OF_POOL, String::as_str).to_owned());
    Some((cart, facts))
}

/// The conditions that are asked only when a promotion's turn comes, asked of one whose turn does not come.
fn late_checks(
    case: &Case<'_>,
    candidates: &mut Candidates<'_>,
    chosen: &Chosen,
    place: usize,
) -> Vec<Checked> {
    let candidate = &mut candidates.all[place];
    match candidate.refusal.take() {
        // Asked already; or there is nothing to compare its amounts with.
        None | Some(Refusal::CurrencyNotOffered { .. }) => return Vec::new(),
        Some(_) if candidate.promotion.late_conditions.is_empty() => return Vec::new(),
        Some(_) => {}
    }
    let mut active = chosen.active.clone();
    active[place] = true;
    let outcome = pipeline::run(case, candidates, &pipeline::steps(candidates), &active);
    let late = outcome.late.iter().find(|late| late.candidate == place);
    late.map_or(Vec::new(), |late| late.checks(case, &candidates.all[place]))
}

struct Told<'a> {
    snapshot: &'a Snapshot,
    index: PromotionIndex,
    voice: Voice<'a>,
    supposing: Vec<Supposition>,
}

impl Told<'_> {
    fn write(self, quote: Quote, verdict: Considered) -> Explanation {
        let promotion = self.snapshot.promotion(self.index);
        let applied = quote.promotions.into_iter().find(|applied| applied.id == promotion.id);
        Explanation {
            promotion: promotion.id.clone(),
            name: self.voice.name(promotion).map(str::to_owned),
            sentence: promotion.sentence.to_string(),
            currency: quote.currency,
            at: quote.at,
            applies: verdict.applies && self.supposing.is_empty(),
            missing: self.missing(&verdict, quote.currency),
            supposing: self.supposing,
            verdict,
            gifts: applied.map_or(Vec::new(), |applied| applied.gifts.into_vec()),
            configuration_version: quote.configuration_version,
            proven: quote.proven,
        }
    }

    /// What is missing in all: nothing helps a promotion that is paused, or that lacks what nobody can give.
    fn missing(&self, verdict: &Considered, currency: Currency) -> Vec<Missing> {
        let helps = verdict.applies || !verdict.missing.is_empty();
        if self.supposing.contains(&Supposition::Resumed) || !helps {
            return Vec::new();
        }
        let code = self.supposing.contains(&Supposition::CodeEntered).then_some(Need::EnterCode);
        let code = code.map(|need| lack::told(need, currency, self.snapshot));
        code.into_iter().chain(verdict.missing.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Documents;

    /// Explains a promotion whose codes are in a pool to a cart with these codes.
    fn explained(codes: &str, facts: &str) -> Explanation {
        let mut documents = Documents::default();
        let thanks = r#"{"pool_codes": true, "benefits": [{"percent_off": {"percent": 10}}]}"#;
        documents.promotions.insert("thanks".into(), serde_json::from_str(thanks).unwrap());
        let snapshot = Snapshot::compile(&documents, 1).unwrap();
        let cart = format!(
            r#"{{"currency": "USD", "codes": {codes}, "lines": [{{"id": "a", "quantity": 1, "unit_price": 3000}}]}}"#
        );
        let cart = serde_json::from_str(&cart).unwrap();
        let facts = serde_json::from_str(&format!(r#"{{"codes": {facts}}}"#)).unwrap();
        explain(&cart, &snapshot, &facts, Timestamp::UNIX_EPOCH, &"thanks".into()).unwrap()
    }

    #[test]
    fn a_code_of_a_pool_is_supposed_where_nobody_has_entered_one() {
        let told = explained("[]", "{}");
        assert_eq!((told.applies, told.verdict.gave), (false, 300));
        assert_eq!(told.supposing, [Supposition::CodeEntered]);
        assert_eq!(told.missing[0].need, Need::EnterCode);
    }

    #[test]
    fn of_several_codes_of_a_pool_the_one_that_counts_is_explained() {
        let told = explained(
            r#"["gone-1", "good-1"]"#,
            r#"{"gone1": {"promotion": "thanks", "state": "redeemed"}, "good1": {"promotion": "thanks"}}"#,
        );
        assert!(told.applies && told.supposing.is_empty());
        assert_eq!(told.verdict.code.as_deref(), Some("good-1"));
    }

    #[test]
    fn a_code_of_somebody_is_none_to_somebody_unknown() {
        let told = explained(r#"["rosa-1"]"#, r#"{"rosa1": {"promotion": "thanks", "customer": "rosa"}}"#);
        assert_eq!((told.applies, told.verdict.gave), (false, 300));
        assert_eq!(told.supposing, [Supposition::CodeEntered]);
    }

    #[test]
    fn a_code_of_a_pool_that_does_not_count_says_why() {
        let told = explained(r#"["gone-1"]"#, r#"{"gone1": {"promotion": "thanks", "state": "redeemed"}}"#);
        assert!(!told.applies && told.supposing.is_empty());
        assert_eq!(told.verdict.because, Some(Refusal::USED_UP));
    }
}
