//! The settings of a shop.

use serde::{Deserialize, Serialize};

use crate::cart::EmailRules;
use crate::money::{Currency, Rounding};
use crate::names::Language;
use crate::texts::Translations;

/// The settings of a shop that every price depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// The shop's name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The currency in which the shop keeps its books; carts may come in others.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Currency))]
    pub currency: Currency,
    /// The IANA time zone of the shop's days: `Europe/Warsaw`.
    #[serde(default = "utc")]
    #[cfg_attr(feature = "schema", schema(default = "UTC"))]
    pub time_zone: String,
    /// The language in which the shop speaks where a cart names none, or one that its texts do not have.
    #[serde(default = "english", skip_serializing_if = "is_english")]
    #[cfg_attr(feature = "schema", schema(default = "en"))]
    pub language: Language,
    /// What customers read, by language, where a promotion does not say it itself: why one does not apply, what
    /// more would earn, and how amounts are written.
    #[serde(default, skip_serializing_if = "Translations::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<crate::names::Language, crate::schema::Texts>))]
    pub texts: Translations,
    /// How a fraction of a minor unit becomes a whole one.
    #[serde(default)]
    pub rounding: Rounding,
    /// Where percentages off chosen items are rounded.
    #[serde(default)]
    pub rounding_level: RoundingLevel,
    /// How tax is computed.
    #[serde(default)]
    pub tax: TaxRules,
    /// Which promotion of a group applies.
    #[serde(default)]
    pub groups: GroupRule,
    /// Which e-mail addresses are one customer's.
    #[serde(default, skip_serializing_if = "EmailRules::is_default")]
    pub emails: EmailRules,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            name: None,
            currency: Currency::USD,
            time_zone: utc(),
            language: english(),
            texts: Translations::default(),
            rounding: Rounding::default(),
            rounding_level: RoundingLevel::default(),
            tax: TaxRules::default(),
            groups: GroupRule::default(),
            emails: EmailRules::default(),
        }
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

fn english() -> Language {
    "en".into()
}

fn is_english(language: &Language) -> bool {
    language.as_str() == "en"
}

/// Where a percentage off chosen items is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoundingLevel {
    /// Each unit by itself. The default.
    #[default]
    Unit,
    /// Once for the line, then written down to its units.
    Line,
}

/// How tax is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TaxRules {
    /// Whether discounts lower the taxable price (requirements.md B4).
    pub basis: TaxBasis,
    /// Whether prices contain their tax already.
    pub prices: TaxedPrices,
    /// Where tax is rounded.
    pub rounded: TaxRounding,
}

/// Whether discounts lower the taxable price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxBasis {
    /// Tax on what is left after the discounts. The default.
    #[default]
    AfterDiscount,
    /// Tax on the list price, whatever was taken off.
    BeforeDiscount,
}

/// Whether prices contain their tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxedPrices {
    /// Tax comes on top. The default.
    #[default]
    Exclusive,
    /// Tax is inside the price.
    Inclusive,
}

/// Where tax is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxRounding {
    /// Once for all that one rate taxes, then written down to lines. The default.
    #[default]
    PerRate,
    /// Each line by itself.
    PerLine,
}

/// Which promotion of a group applies, of those that give something by themselves. The order discounts of an event
/// are a group of their own, of which the one that is best for the customer applies, whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GroupRule {
    /// The one with which the customer pays least, all other promotions considered. The default.
    #[default]
    BestForCustomer,
    /// The one that gives least where each is tried by itself.
    BestForShop,
    /// The first by the sort key.
    First,
}
