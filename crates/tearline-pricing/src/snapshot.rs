//! A shop's configuration, checked and made ready for pricing: immutable, shared by all who price.

pub(crate) mod compile;
pub(crate) mod events;
pub mod faults;
pub(crate) mod index;
pub(crate) mod matcher;
pub(crate) mod price_lists;
pub mod warnings;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::benefits::Benefit;
use crate::code::match_key;
use crate::conditions;
use crate::config::promotion::{FundedBy, Limits, Stacking};
use crate::config::shop::GroupRule;
use crate::config::{Documents, Shop};
use crate::money::{Amounts, Currency};
use crate::names::{CustomerId, EventId, GroupId, PromotionId};
use crate::quote::Stage;
use crate::texts::Translations;
use crate::when::Window;
use crate::words::Vocabulary;
use events::CompiledEvent;
use faults::ConfigFault;
use index::Index;
use matcher::{EventIndex, Matcher, Scope, Symbols};
use price_lists::CompiledPriceList;
use warnings::ConfigWarning;

/// A promotion's number in a snapshot.
pub(crate) type PromotionIndex = u32;

/// A shop's whole configuration, made ready for [`crate::price`].
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) version: u64,
    pub(crate) shop: Shop,
    pub(crate) zone: TimeZone,
    pub(crate) products: Symbols,
    pub(crate) categories: Symbols,
    pub(crate) price_lists: Vec<CompiledPriceList>,
    pub(crate) event_index: FxHashMap<EventId, EventIndex>,
    pub(crate) events: Vec<CompiledEvent>,
    pub(crate) promotions: Vec<CompiledPromotion>,
    /// The shop's automatic promotions.
    pub(crate) automatic: Index,
    /// Each coupon's promotion, by the code's match key.
    pub(crate) codes: FxHashMap<String, PromotionIndex>,
    /// Every promotion by its name, an event's own discounts too: `event:spring:order:1`.
    named: FxHashMap<PromotionId, PromotionIndex>,
    pub(crate) groups: Vec<CompiledGroup>,
    /// Whether a promotion has a limit or a balance.
    has_limits: bool,
    /// Whether a promotion reads what the customer has ordered before.
    reads_past_orders: bool,
    warnings: Vec<ConfigWarning>,
    vocabulary: Vocabulary,
}

/// A promotion, made ready.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the document")]
pub(crate) struct CompiledPromotion {
    pub(crate) id: PromotionId,
    pub(crate) name: Option<String>,
    pub(crate) texts: Translations,
    /// What it gives, in plain words: `10% off the order and free shipping`.
    pub(crate) gives: String,
    /// All that it says, in one sentence.
    pub(crate) sentence: Box<str>,
    /// The codes that unlock it, as its document has them.
    pub(crate) codes: Box<[String]>,
    pub(crate) paused: bool,
    /// Whether codes of a pool unlock it.
    pub(crate) pool_codes: bool,
    pub(crate) scope: Scope,
    pub(crate) events: Arc<[EventId]>,
    /// Sorted; empty = everybody.
    pub(crate) customers: Vec<CustomerId>,
    pub(crate) window: Window,
    pub(crate) conditions: Vec<conditions::Compiled>,
    /// Those that read what promotions before it have left.
    pub(crate) late_conditions: Vec<conditions::Compiled>,
    pub(crate) benefits: SmallVec<[CompiledBenefit; 1]>,
    /// Every list of amounts that must name the cart's currency.
    pub(crate) amounts: SmallVec<[Amounts; 1]>,
    pub(crate) limits: Limits,
    /// Whether there is any of them.
    pub(crate) is_limited: bool,
    /// Whether only its conditions, its code and its currency decide whether it applies.
    pub(crate) is_plain: bool,
    pub(crate) stacking: Stacking,
    pub(crate) combines_with_codes: bool,
    pub(crate) ignores_floor: bool,
    pub(crate) funded_by: FundedBy,
    /// Where it applies, nothing else does.
    pub(crate) exclusive: bool,
    /// Of the promotions of one group only one applies.
    pub(crate) group: Option<GroupIndex>,
}

/// The number of a group of promotions of which only one applies.
pub(crate) type GroupIndex = u32;

/// A group of promotions of which only one applies.
#[derive(Debug)]
pub(crate) struct CompiledGroup {
    pub(crate) id: GroupId,
    pub(crate) rule: GroupRule,
}

/// A benefit, made ready.
#[derive(Debug)]
pub(crate) struct CompiledBenefit {
    pub(crate) benefit: Benefit,
    pub(crate) matchers: SmallVec<[Matcher; 2]>,
    /// The stage under which its gift is reported.
    pub(crate) stage: Stage,
    /// Its place among all benefits of the snapshot, by the one sort key.
    pub(crate) order: u32,
}

impl CompiledPromotion {
    /// Where an amount of it lacks a currency, the currencies that none of them lacks.
    pub(crate) fn offered_instead_of(&self, currency: Currency) -> Option<Vec<String>> {
        let lacks = |amounts: &Amounts, currency| amounts.in_currency(currency).is_none();
        let first = self.amounts.iter().find(|amounts| lacks(amounts, currency))?;
        let common =
            first.iter().filter(|money| !self.amounts.iter().any(|amounts| lacks(amounts, money.currency)));
        Some(common.map(|money| money.currency.to_string()).collect())
    }

    /// Whether it has a benefit of a kind.
    pub(crate) fn has(&self, is_meant: impl Fn(&Benefit) -> bool) -> bool {
        self.benefits.iter().any(|benefit| is_meant(&benefit.benefit))
    }

    /// Whether it only draws on balances.
    pub(crate) fn is_credit(&self) -> bool {
        self.benefits.iter().all(|benefit| matches!(benefit.benefit, Benefit::Credit(_)))
    }

    /// Whether it may stand beside any code and beside an exclusive promotion: it only draws on balances, and its
    /// owner does not forbid it.
    pub(crate) fn stands_outside(&self) -> bool {
        let stands = |benefit: &CompiledBenefit| matches!(&benefit.benefit, Benefit::Credit(credit) if credit.beside_codes);
        self.benefits.iter().all(stands)
    }

    /// Whether it depends on what the customer has ordered before.
    pub(crate) fn reads_past_orders(&self) -> bool {
        let mut conditions = self.conditions.iter().chain(&self.late_conditions);
        conditions.any(conditions::Compiled::reads_past_orders)
    }

    /// Its place among all promotions by the one sort key: that of its first benefit.
    pub(crate) fn order(&self) -> Option<u32> {
        self.benefits.iter().map(|benefit| benefit.order).min()
    }
}

impl Snapshot {
    /// Checks a shop's documents together and makes them ready; `version` is the number under which quotes name
    /// this state of the configuration.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each fault with its document and place.
    pub fn compile(documents: &Documents, version: u64) -> Result<Self, Vec<ConfigFault>> {
        compile::compile(documents, version)
    }

    /// What the owner should look at, though it works.
    pub fn warnings(&self) -> &[ConfigWarning] {
        &self.warnings
    }

    /// What the shop calls its things, for words about its promotions.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether there is anything to count: a promotion with a limit or a balance. Where there is not, no price
    /// depends on what was ordered before by others.
    pub fn has_limits(&self) -> bool {
        self.has_limits
    }

    /// Whether a price depends on what its customer has ordered before.
    ///
    /// ```
    /// use tearline_pricing::config::Documents;
    /// use tearline_pricing::snapshot::Snapshot;
    ///
    /// let reads = |condition: &str| {
    ///     let promotion = format!(r#"{{"conditions": [{condition}], "benefits": [{{"percent_off": {{"percent": 10}}}}]}}"#);
    ///     let mut documents = Documents::default();
    ///     documents.promotions.insert("p".into(), serde_json::from_str(&promotion).unwrap());
    ///     Snapshot::compile(&documents, 1).unwrap().reads_past_orders()
    /// };
    /// assert!(!reads(r#"{"signed_in": {}}"#) && !reads(r#"{"expression": "customer.signed_in"}"#));
    /// assert!(reads(r#"{"not": {"order_number": {"to": 1}}}"#) && reads(r#"{"days_since_order": {"min": 30}}"#));
    /// assert!(reads(r#"{"expression": "cart.units > 9 || customer.orders == 0"}"#));
    /// ```
    pub fn reads_past_orders(&self) -> bool {
        self.reads_past_orders
    }

    /// The version under which it was compiled.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The shop's settings.
    pub fn shop(&self) -> &Shop {
        &self.shop
    }

    /// The shop's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The local time of an instant in the shop's time zone.
    pub fn local(&self, at: Timestamp) -> jiff::Zoned {
        at.to_zoned(self.zone.clone())
    }

    /// Whether a code, as entered, is a coupon's.
    pub fn is_coupon(&self, entered: &str) -> bool {
        self.codes.contains_key(&match_key(entered))
    }

    /// The promotion that a coupon's code, as entered, unlocks.
    pub fn promotion_of(&self, coupon: &str) -> Option<&PromotionId> {
        self.codes.get(&match_key(coupon)).map(|index| &self.promotion(*index).id)
    }

    /// From when until when a promotion of this name applies.
    pub fn window(&self, promotion: &PromotionId) -> Option<Window> {
        self.promotion_named(promotion).map(|index| self.promotion(index).window)
    }

    /// On how many orders a unique code of a promotion may be used, unless it says so itself.
    pub fn uses_of_code(&self, promotion: &PromotionId) -> u64 {
        let index = self.promotion_named(promotion);
        index.and_then(|index| self.promotion(index).limits.per_code).unwrap_or(1)
    }

    /// Whether there is a promotion of this name that is not paused.
    pub fn is_live(&self, promotion: &PromotionId) -> bool {
        self.promotion_named(promotion).is_some_and(|index| !self.promotion(index).paused)
    }

    /// Whether a code, as entered, unlocks a promotion: as its coupon, or perhaps as a code of a pool.
    pub fn unlocks(&self, promotion: &PromotionId, entered: &str) -> bool {
        let Some(index) = self.promotion_named(promotion) else { return false };
        self.codes.get(&match_key(entered)) == Some(&index) || self.promotion(index).pool_codes
    }

    /// Whether there is a promotion of this name whose time is over at an instant.
    pub fn is_over(&self, promotion: &PromotionId, at: Timestamp) -> bool {
        self.promotion_named(promotion).is_some_and(|index| self.promotion(index).window.is_over(at))
    }

    /// Whether a promotion of this name depends on what the customer has ordered before.
    pub fn is_by_past_orders(&self, promotion: &PromotionId) -> bool {
        self.promotion_named(promotion).is_some_and(|index| self.promotion(index).reads_past_orders())
    }

    pub(crate) fn promotion_named(&self, id: &PromotionId) -> Option<PromotionIndex> {
        self.named.get(id).copied()
    }

    pub(crate) fn promotion(&self, index: PromotionIndex) -> &CompiledPromotion {
        &self.promotions[index as usize]
    }

    pub(crate) fn event(&self, index: EventIndex) -> &CompiledEvent {
        &self.events[index as usize]
    }
}
