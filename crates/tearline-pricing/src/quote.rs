//! The answer: what a cart costs, and where every cent of it comes from.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::money::Currency;
use crate::names::{CategoryId, EventId, GroupId, LineId, PriceListId, ProductId, PromotionId, ShippingId};
use crate::need::{Missing, Need};
use crate::price::lack;
use crate::refusal::Refusal;

/// What to add to the compact quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expand {
    /// Each unit's price after every stage.
    pub units: bool,
    /// Every promotion considered, with its conditions, and who took what off each line.
    pub trace: bool,
}

/// A priced cart. Every amount is a whole number in the minor unit of `currency`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Quote {
    /// The currency of every amount.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Currency))]
    pub currency: Currency,
    /// The instant for which it holds.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The sums.
    pub totals: Totals,
    /// The lines, in the cart's order.
    pub lines: Vec<LineQuote>,
    /// Shipping, if the cart has chosen one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingQuote>,
    /// The promotions that apply, in the order in which they did.
    pub promotions: Vec<Applied>,
    /// What became of each code, in the cart's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<CodeAnswer>,
    /// What placing this order would take from limits and balances.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Gifts that are earned and not in the cart yet; the shop adds a line for each, with `gift_of`. None that the
    /// rest of its promotion's budget does not pay, as far as the price is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<Proposal>,
    /// What more would earn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
    /// What the shop's owner should look at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<QuoteWarning>,
    /// The version of the shop's configuration that was read.
    pub configuration_version: u64,
    /// Whether the combination of promotions is known to be the best one.
    pub proven: bool,
    /// Every promotion considered (`expand=trace`); who took what off a line is its `road`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<Considered>>,
}

/// The sums of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Totals {
    /// The merchandise at its list prices.
    pub list: i64,
    /// What bulk discounts took off.
    pub bulk_discount: i64,
    /// The merchandise after bulk discounts: what minimums are compared with.
    pub sub_total: i64,
    /// What promotions took off chosen items.
    pub item_discount: i64,
    /// What promotions took off the order.
    pub order_discount: i64,
    /// Shipping, before its discounts.
    pub shipping: i64,
    /// What promotions took off shipping.
    pub shipping_discount: i64,
    /// Tax: on top of the rest where prices are exclusive, inside it where they are inclusive.
    pub tax: i64,
    /// What credits paid, as price reduction or as payment.
    pub credit_applied: i64,
    /// What is to be paid.
    pub due: i64,
    /// `due` and `credit_applied` together.
    pub due_before_credit: i64,
}

/// A line's price after every stage, all its units together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LineQuote {
    /// The line.
    pub id: LineId,
    /// How many units.
    pub quantity: u32,
    /// At its list price.
    pub list: i64,
    /// After bulk discounts.
    pub after_bulk: i64,
    /// After discounts on chosen items.
    pub after_items: i64,
    /// After discounts on the order.
    pub after_order: i64,
    /// After credits that lower the price.
    pub after_credit: i64,
    /// Its tax.
    pub tax: i64,
    /// Its units in the order of adding (`expand=units`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Vec<UnitQuote>>,
    /// Who took what off it, in the order in which it was taken: from `list` to `after_credit` (`expand=trace`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub road: Option<Vec<Taken>>,
}

/// Money that was taken off a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Taken {
    /// Who took it.
    #[serde(flatten)]
    pub by: TakenBy,
    /// How much.
    pub took: i64,
    /// What was left of the price.
    pub left: i64,
    /// How much off each of the line's units, in the order of adding (`expand=units,trace`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Vec<i64>>,
}

/// Who took money off a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum TakenBy {
    /// A bulk discount of the price list.
    Bulk(BulkRule),
    /// A promotion.
    Promotion {
        /// The promotion.
        promotion: PromotionId,
        /// The stage at which it did.
        stage: Stage,
    },
}

/// A bulk discount, by the category or the product that has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkRule {
    /// The price list.
    pub price_list: PriceListId,
    /// The category, if the bulk discount is a category's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// The product, if it is a product's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
}

/// A unit's price after every stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UnitQuote {
    /// At its list price.
    pub list: i64,
    /// After bulk discounts.
    pub after_bulk: i64,
    /// After discounts on chosen items.
    pub after_items: i64,
    /// After discounts on the order.
    pub after_order: i64,
    /// After credits that lower the price.
    pub after_credit: i64,
}

/// The price of the shipping chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ShippingQuote {
    /// The way of shipping.
    pub id: ShippingId,
    /// Its price.
    pub list: i64,
    /// Its price after discounts.
    pub after_discount: i64,
    /// Its tax.
    pub tax: i64,
    /// Who took what off it, in that order (`expand=trace`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub road: Option<Vec<Taken>>,
}

/// At which stage a promotion gave something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Off chosen items.
    Items,
    /// Off the order.
    Order,
    /// Off shipping.
    Shipping,
    /// A credit that lowers the price, before tax.
    CreditBeforeTax,
    /// A credit that pays, after tax.
    CreditAfterTax,
}

/// A promotion that applies: what it gave, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Applied {
    /// The promotion. An event's own discounts are named after the event: `event:spring:order:1`.
    pub id: PromotionId,
    /// Its name, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The code that unlocked it, as entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it gave, all together.
    pub gave: i64,
    /// What it gave, stage by stage.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<StageGift>))]
    pub gifts: SmallVec<[StageGift; 1]>,
}

/// What a promotion gave at one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StageGift {
    /// The stage.
    pub stage: Stage,
    /// How much.
    pub gave: i64,
    /// To which lines, each by its id; empty where it went to shipping or paid for the whole order.
    #[serde(serialize_with = "by_id", skip_serializing_if = "SmallVec::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, i64>))]
    pub lines: SmallVec<[LineGift; 2]>,
}

fn by_id<S: serde::Serializer>(lines: &[LineGift], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(lines.iter().map(|line| (&line.id, line.gave)))
}

/// What a line was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineGift {
    /// The line.
    pub id: LineId,
    /// How much.
    pub gave: i64,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CodeAnswer {
    /// The code, as entered.
    pub code: String,
    /// The promotion that it unlocks, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<PromotionId>,
    /// What became of it.
    pub status: CodeStatus,
    /// Why, if it does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Refusal>,
    /// The same to the buyer, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

/// Whether a code applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeStatus {
    /// It applies.
    Applied,
    /// It waits: the cart itself can cure the reason, and until then it claims nothing.
    Parked,
    /// It does not apply.
    Refused,
}

/// What placing the order would take from a limit, a code or a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Claim {
    /// The promotion.
    pub promotion: PromotionId,
    /// Which of its limits.
    pub limit: ClaimedLimit,
    /// How much: uses, or money in minor units for a budget or a balance.
    pub take: i64,
    /// The code, in the form in which codes are compared, where each code has a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The first day of the period in the shop's calendar, where each period has a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = Date))]
    pub period: Option<Date>,
    /// The event, where each event has a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
}

impl Claim {
    /// A claim on a limit of which a promotion has one only.
    pub(crate) fn new(promotion: &PromotionId, limit: ClaimedLimit, take: i64) -> Self {
        Self { promotion: promotion.clone(), limit, take, code: None, period: None, event: None }
    }
}

/// A limit that an order counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClaimedLimit {
    /// Uses by anybody.
    Total,
    /// Uses by this customer.
    PerCustomer,
    /// Uses of one code.
    PerCode,
    /// Uses on one day.
    PerDay,
    /// Uses in one week.
    PerWeek,
    /// Uses in one month.
    PerMonth,
    /// Uses in one event.
    PerEvent,
    /// What the promotion may give over all orders.
    Budget,
    /// The balance that all recipients share.
    SharedBalance,
    /// This customer's own balance.
    OwnBalance,
}

impl ClaimedLimit {
    /// Every one of them.
    pub const ALL: [Self; 10] = [
        Self::Total,
        Self::PerCustomer,
        Self::PerCode,
        Self::PerDay,
        Self::PerWeek,
        Self::PerMonth,
        Self::PerEvent,
        Self::Budget,
        Self::SharedBalance,
        Self::OwnBalance,
    ];

    /// Its name, as it is written in quotes and rows: `per_customer`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::PerCustomer => "per_customer",
            Self::PerCode => "per_code",
            Self::PerDay => "per_day",
            Self::PerWeek => "per_week",
            Self::PerMonth => "per_month",
            Self::PerEvent => "per_event",
            Self::Budget => "budget",
            Self::SharedBalance => "shared_balance",
            Self::OwnBalance => "own_balance",
        }
    }

    /// Whether money is counted, and not uses.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Budget | Self::SharedBalance | Self::OwnBalance)
    }

    /// Whether it is the balance of a credit.
    pub fn is_balance(self) -> bool {
        matches!(self, Self::SharedBalance | Self::OwnBalance)
    }

    /// The one of a name.
    ///
    /// ```
    /// use tearline_pricing::quote::ClaimedLimit;
    /// for limit in ClaimedLimit::ALL {
    ///     assert_eq!(ClaimedLimit::named(limit.as_str()), Some(limit));
    ///     assert_eq!(serde_json::to_value(limit).unwrap(), limit.as_str());
    /// }
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.as_str() == name)
    }
}

/// A gift that is earned and not in the cart yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Proposal {
    /// The promotion whose gift it is: what the line's `gift_of` names.
    pub gift_of: PromotionId,
    /// The product, or several of which the buyer picks one.
    pub products: Vec<ProductId>,
    /// How many units.
    pub units: u32,
}

/// What more would earn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "hint", rename_all = "snake_case")]
pub enum Hint {
    /// So much more merchandise earns a reward.
    SpendMore {
        /// The promotion.
        promotion: PromotionId,
        /// Its name, in the cart's language.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// How much is missing.
        missing: i64,
        /// The same to the buyer, in the cart's language.
        says: String,
    },
    /// The reward is earned and waits to be added.
    NotAdded {
        /// The promotion.
        promotion: PromotionId,
        /// Its name, in the cart's language.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The products to choose from.
        products: Vec<ProductId>,
        /// The same to the buyer, in the cart's language.
        says: String,
    },
}

/// What the shop's owner should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum QuoteWarning {
    /// The line is sold for less than it costs.
    UnderCost {
        /// The line.
        line: LineId,
        /// What it is sold for, net of tax.
        net: i64,
        /// What it costs.
        cost: i64,
    },
    /// The line is there as a gift, and is not earned: it is to be paid, or taken out.
    GiftNotEarned {
        /// The line.
        line: LineId,
        /// The promotion that the line names.
        promotion: PromotionId,
    },
    /// A promotion sells at cost, and the line has none.
    CostUnknown {
        /// The line.
        line: LineId,
        /// The promotion.
        promotion: PromotionId,
    },
}

/// A promotion that was considered, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Considered {
    /// The promotion.
    pub id: PromotionId,
    /// The code that would unlock it, as entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it gives, in words.
    pub gives: String,
    /// Whether it applies.
    pub applies: bool,
    /// What it gave.
    pub gave: i64,
    /// Why it does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Refusal>,
    /// The same to the buyer, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// What would make it apply, all of it; absent if nothing that the customer can do would.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// The group of promotions to which it belongs and of which only one applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Who applies in its place, if it is kept out although its conditions are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_ranked: Option<OutRanked>,
    /// What was asked of the cart, in order.
    pub checks: Vec<Checked>,
}

/// Who applies in place of a promotion, by which rule, and what each of them gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OutRanked {
    /// The rule by which they do not apply together.
    pub rule: TogetherRule,
    /// Those that apply.
    pub by: Vec<Rival>,
    /// What this one would give by itself, on the cart after bulk discounts.
    pub alone: i64,
}

/// A promotion that applies in place of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Rival {
    /// The promotion.
    pub id: PromotionId,
    /// What it gave.
    pub gave: i64,
    /// What it would give by itself, on the cart after bulk discounts.
    pub alone: i64,
}

/// A rule by which promotions do not apply together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TogetherRule {
    /// Beside an exclusive promotion nothing else applies.
    Exclusive,
    /// Of a group only one applies.
    Group,
    /// Codes stand together only where all of them allow it, and where that costs no more.
    Codes,
}

/// Something that was asked of the cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Checked {
    /// What was asked.
    pub asked: String,
    /// What was found.
    pub found: String,
    /// Whether that will do.
    pub met: bool,
    /// Why not, if it will not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Refusal>,
    /// The questions that this one consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(no_recursion))]
    pub parts: Vec<Checked>,
    /// What would make it met; empty if it is, or if nothing that the customer can do would help.
    #[serde(skip)]
    pub(crate) needs: Vec<Need>,
}

/// How the parts of a question belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    All,
    Any,
    None,
}

impl Whole {
    fn words(self) -> &'static str {
        match self {
            Self::All => "all of these",
            Self::Any => "any of these",
            Self::None => "none of these",
        }
    }
}

impl Checked {
    /// A question and its answer.
    pub(crate) fn new(asked: String, found: String, because: Option<Refusal>) -> Self {
        let needs = because.as_ref().and_then(lack::of_refusal).into_iter().collect();
        Self { asked, found, met: because.is_none(), because, parts: Vec::new(), needs }
    }

    /// The same, if it is not met, with what would help; without an answer, with what its refusal says.
    pub(crate) fn needing(mut self, need: impl FnOnce() -> Option<Need>) -> Self {
        if let Some(need) = (!self.met).then(need).flatten() {
            self.needs = vec![need];
        }
        self
    }

    /// A question that consists of others.
    pub(crate) fn of_parts(whole: Whole, parts: Vec<Self>, because: Option<Refusal>) -> Self {
        let met = parts.iter().filter(|part| part.met).count();
        let found = format!("{met} of {}", parts.len());
        let needs = match (whole, &because) {
            (_, None) | (Whole::None, _) => Vec::new(),
            (Whole::All, _) => lack::all_of(&parts),
            (Whole::Any, _) => lack::one_of(parts.iter().map(|part| part.needs.clone())),
        };
        Self { parts, needs, ..Self::new(whole.words().to_owned(), found, because) }
    }
}
