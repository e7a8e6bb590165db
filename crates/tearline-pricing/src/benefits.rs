//! What a promotion gives: one benefit per file.
//!
//! `docs/guides/add-a-benefit.md` lists the places that a new one touches.

pub mod amount_off;
pub mod at_cost;
pub mod bundle;
pub mod buy_x_get_y;
pub mod credit;
pub mod every_nth;
pub mod fixed_price;
pub mod free_product;
pub mod free_shipping;
pub mod gift;
pub mod percent_off;
pub(crate) mod reach;
pub mod shipping_off;
pub mod tiers;
pub(crate) mod units;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::config::selector::Selector;
use crate::money::{Amounts, Currency, Rounding};
use crate::names::{ProductId, ShippingId};
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;
pub use amount_off::AmountOff;
pub use at_cost::AtCost;
pub use bundle::Bundle;
pub use buy_x_get_y::BuyXGetY;
pub use credit::Credit;
pub use every_nth::EveryNth;
pub use fixed_price::FixedPrice;
pub use free_product::FreeProduct;
pub use free_shipping::FreeShipping;
pub use gift::Gift;
pub use percent_off::PercentOff;
pub use shipping_off::ShippingOff;
pub use tiers::Tiers;
use units::{Takes, UnitsView};

/// What a promotion gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Benefit {
    /// A percentage off the order, or off chosen items.
    PercentOff(PercentOff),
    /// An amount off the order, or off chosen items.
    AmountOff(AmountOff),
    /// Items at a price of their own.
    FixedPrice(FixedPrice),
    /// Products for nothing.
    FreeProduct(FreeProduct),
    /// Some units cheaper or free for buying others.
    BuyXGetY(BuyXGetY),
    /// Every second, every third unit cheaper or free.
    EveryNth(EveryNth),
    /// A set of items for one price.
    Bundle(Bundle),
    /// The more is bought, or spent, the more is taken off.
    Tiers(Tiers),
    /// Products at what they cost the shop.
    AtCost(AtCost),
    /// Products as a gift, in lines of their own.
    Gift(Gift),
    /// Shipping for nothing.
    FreeShipping(FreeShipping),
    /// Shipping cheaper.
    ShippingOff(ShippingOff),
    /// Money to spend over one or more orders.
    Credit(Credit),
}

/// Within a stage, set prices go before percentages and those before amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    SetPrice,
    Percentage,
    Amount,
}

/// The shipping chosen, as a benefit sees it.
pub(crate) struct Postage {
    /// What is left of its price.
    pub(crate) left: i64,
    pub(crate) currency: Currency,
    pub(crate) rounding: Rounding,
}

/// What every benefit says about itself.
pub(crate) trait Gives {
    /// At which stage it acts.
    fn stage(&self) -> Stage;

    /// Its rank within the stage.
    fn rank(&self) -> Rank;

    /// The selectors of its document, in the order in which [`UnitsView::matcher`] knows them.
    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        SmallVec::new()
    }

    /// The amounts of its document, which must name the cart's currency; but for those of selectors and caps.
    fn amounts(&self) -> SmallVec<[&Amounts; 2]> {
        SmallVec::new()
    }

    /// The most that it takes off a cart.
    fn at_most(&self) -> Option<&Amounts> {
        None
    }

    /// What is wrong with its document: the field and what is allowed.
    fn faults(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The number of a selector of which the cart must hold some for anything to come of the benefit, if there is
    /// one; not of things given for nothing, which wait to be added. Where the cart holds none, the promotion is
    /// not even considered (`docs/adr/0009-what-a-cart-touches.md`).
    fn anchor(&self) -> Option<usize> {
        None
    }

    /// What it gives, in plain words that begin a sentence or stand after `for`: `10% off Photo prints`.
    fn words(&self, shop: &Vocabulary) -> String;

    /// The products among which a customer may pick a reward, for the hint that it waits to be added.
    fn rewards(&self) -> &[ProductId] {
        &[]
    }

    /// What the cart needs, as far as it is known before any discount, for the benefit to have something to take
    /// from; empty if it has.
    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        units.lacking(0, self.selectors().first().copied(), 1)
    }

    /// How many units of those products the quote proposes as a gift.
    fn proposes(&self) -> u32 {
        0
    }

    /// The ways of shipping that it reaches; none = any, if it acts on shipping.
    fn methods(&self) -> &[ShippingId] {
        &[]
    }

    /// What it takes off the shipping chosen, which is one that it reaches.
    fn off_shipping(&self, _postage: &Postage) -> i64 {
        0
    }

    /// Takes money off units. Units that it covers but that give nothing may be listed with 0, and are where
    /// [`Takes::listing_all`] asks for it.
    ///
    /// # Errors
    ///
    /// Why it has nothing to take from.
    fn take(&self, _units: &UnitsView<'_>, _takes: &mut Takes) -> Result<(), Refusal> {
        Ok(())
    }
}

impl Benefit {
    pub(crate) fn gives(&self) -> &dyn Gives {
        match self {
            Self::PercentOff(benefit) => benefit,
            Self::AmountOff(benefit) => benefit,
            Self::FixedPrice(benefit) => benefit,
            Self::EveryNth(benefit) => benefit,
            Self::Bundle(benefit) => benefit,
            Self::Tiers(benefit) => benefit,
            Self::Gift(benefit) => benefit,
            Self::ShippingOff(benefit) => benefit,
            Self::FreeProduct(benefit) => benefit,
            Self::BuyXGetY(benefit) => benefit,
            Self::AtCost(benefit) => benefit,
            Self::FreeShipping(benefit) => benefit,
            Self::Credit(benefit) => benefit,
        }
    }

    pub(crate) fn rewards(&self) -> &[ProductId] {
        self.gives().rewards()
    }

    /// What it gives, in plain words: `10% off Photo prints`.
    pub fn words(&self, shop: &Vocabulary) -> String {
        self.gives().words(shop)
    }

    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PercentOff(_) => "percent_off",
            Self::AmountOff(_) => "amount_off",
            Self::FixedPrice(_) => "fixed_price",
            Self::EveryNth(_) => "every_nth",
            Self::Bundle(_) => "bundle",
            Self::Tiers(_) => "tiers",
            Self::Gift(_) => "gift",
            Self::ShippingOff(_) => "shipping_off",
            Self::FreeProduct(_) => "free_product",
            Self::BuyXGetY(_) => "buy_x_get_y",
            Self::AtCost(_) => "at_cost",
            Self::FreeShipping(_) => "free_shipping",
            Self::Credit(_) => "credit",
        }
    }
}

/// Which units come first where a benefit reaches only some; among equals the one added first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Choose {
    /// The cheapest. The default.
    #[default]
    Cheapest,
    /// The dearest.
    Dearest,
    /// The one added first.
    CartOrder,
}

/// The fault of a count that must be at least one.
pub(crate) fn at_least_one(field: &'static str, count: Option<u32>) -> Option<(&'static str, String)> {
    (count == Some(0)).then(|| (field, "must be at least 1".to_owned()))
}
