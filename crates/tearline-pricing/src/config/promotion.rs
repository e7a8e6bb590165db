//! Promotions: what is given, and under which conditions.

use serde::{Deserialize, Serialize};

use crate::benefits::Benefit;
use crate::conditions::Condition;
use crate::money::Money;
use crate::names::{CustomerId, EventId, GroupId};
use crate::texts::Translations;
use crate::when::When;

/// What is given, and under which conditions; with `codes` or `pool_codes` it waits for one of them, without it
/// applies by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the document")]
pub struct Promotion {
    /// Its name, as customers read it whose language `texts` does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What customers read about it, by language: its name, what it is about, and what is said where it does
    /// not apply.
    #[serde(default, skip_serializing_if = "Translations::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<crate::names::Language, crate::schema::Texts>))]
    pub texts: Translations,
    /// A note to its keepers; no customer reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it rests: it applies to nobody, and its codes are refused.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub paused: bool,
    /// The codes that unlock it, any one of them; matched ignoring case, spaces, dashes and width.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Whether unique codes of a pool unlock it too; the pool names it.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub pool_codes: bool,
    /// The events in which it holds, and whose lines alone it sees; none = in all, seeing all lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventId>,
    /// The customers who may have it; none = everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<CustomerId>,
    /// From when; a day from its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::When>))]
    pub starts_at: Option<When>,
    /// Until when; a day counts to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::When>))]
    pub expires_at: Option<When>,
    /// What the cart must be like; all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What is given; all of it.
    pub benefits: Vec<Benefit>,
    /// How often it may be used, and how much it may give.
    #[serde(default, skip_serializing_if = "Limits::is_none")]
    pub limits: Limits,
    /// How its code goes together with automatic discounts.
    #[serde(default, skip_serializing_if = "Stacking::is_chain")]
    pub stacking: Stacking,
    /// Whether its code may stand beside other codes that allow it too.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub combines_with_codes: bool,
    /// Whether it may bring prices below the floors that price list and cart set.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub ignore_floor: bool,
    /// Who pays for it.
    #[serde(default, skip_serializing_if = "FundedBy::is_shop")]
    pub funded_by: FundedBy,
    /// Whether nothing else applies where it does, other codes and automatic discounts alike; of several such
    /// promotions the first by the sort key. One that would give nothing by itself is in nobody's way. Bulk
    /// discounts stay, and credits still pay.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub exclusive: bool,
    /// Of the promotions that name the same group only one applies; the shop's `groups` says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// A higher one goes first within its stage.
    #[serde(default, skip_serializing_if = "crate::defaults::is_zero")]
    #[cfg_attr(feature = "schema", schema(default = 0))]
    pub priority: i32,
}

impl Promotion {
    /// A promotion that gives these benefits to everybody, always.
    pub fn giving(benefits: Vec<Benefit>) -> Self {
        Self {
            name: None,
            texts: Translations::default(),
            note: None,
            paused: false,
            codes: Vec::new(),
            pool_codes: false,
            events: Vec::new(),
            customers: Vec::new(),
            starts_at: None,
            expires_at: None,
            conditions: Vec::new(),
            benefits,
            limits: Limits::default(),
            stacking: Stacking::default(),
            combines_with_codes: false,
            ignore_floor: false,
            funded_by: FundedBy::default(),
            exclusive: false,
            group: None,
            priority: 0,
        }
    }

    /// Whether it waits for a code.
    pub fn needs_code(&self) -> bool {
        self.pool_codes || !self.codes.is_empty()
    }
}

/// Who pays for what a promotion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FundedBy {
    /// The shop: what it gives lowers the taxable price. The default.
    #[default]
    Shop,
    /// Somebody else, a manufacturer say, who pays it back to the shop: the taxable price stays.
    ThirdParty,
}

impl FundedBy {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    fn is_shop(&self) -> bool {
        *self == Self::Shop
    }
}

/// How often a promotion may be used, and how much it may give. Counted are the orders in which it gives something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// On so many orders in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub total: Option<u64>,
    /// On so many orders of one customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub per_customer: Option<u64>,
    /// On so many orders with one code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub per_code: Option<u64>,
    /// On so many orders of one day, by the shop's calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub per_day: Option<u64>,
    /// On so many orders of one week, from Monday to Sunday.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub per_week: Option<u64>,
    /// On so many orders of one month.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub per_month: Option<u64>,
    /// On so many orders of one event; an order counts in each event in which it gives something.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub per_event: Option<u64>,
    /// So much money over all orders; absent = any amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

/// How much money a promotion may give, off goods and shipping, over all orders. What its credits pay is drawn on
/// their balances, and does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// How much. With a budget the promotion holds in this currency only.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Money))]
    pub amount: Money,
    /// Whether an order to which it would give more than is left gets what is left. If not, the promotion does not
    /// apply to it.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub clip: bool,
}

impl Limits {
    /// Each limit on a number of orders, by its field.
    pub fn counts(&self) -> [(&'static str, Option<u64>); 7] {
        [
            ("total", self.total),
            ("per_customer", self.per_customer),
            ("per_code", self.per_code),
            ("per_day", self.per_day),
            ("per_week", self.per_week),
            ("per_month", self.per_month),
            ("per_event", self.per_event),
        ]
    }

    /// Whether it may be used, and may give, without end.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How a code goes together with automatic discounts (requirements.md B5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// The code takes its part of what the automatic discounts left: 20 % and 10 % make 28 %. The default.
    #[default]
    Chain,
    /// The parts add up: 20 % and 10 % make 30 %, at most 100 %.
    Add,
    /// The code replaces the automatic discounts on its units if it gives strictly more than they.
    Best,
}

impl Stacking {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    fn is_chain(&self) -> bool {
        *self == Self::Chain
    }
}
