//! Shipping cheaper.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::reach::{cap_fault, cap_words};
use crate::benefits::{Gives, Postage, Rank};
use crate::money::{Amounts, Percent};
use crate::names::ShippingId;
use crate::quote::Stage;
use crate::words::{Vocabulary, list};

/// Shipping cheaper: by a percentage, by an amount, or at a price of its own, which never raises it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ShippingOff {
    /// So much percent off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Percent>))]
    pub percent: Option<Percent>,
    /// So much money off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub amount: Option<Amounts>,
    /// For so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub price: Option<Amounts>,
    /// By these ways of shipping only; none = by any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<ShippingId>,
    /// At most so much money off a cart; absent = any amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub at_most: Option<Amounts>,
}

impl Gives for ShippingOff {
    fn stage(&self) -> Stage {
        Stage::Shipping
    }

    fn rank(&self) -> Rank {
        match (&self.percent, &self.price) {
            (Some(_), _) => Rank::Percentage,
            (None, Some(_)) => Rank::SetPrice,
            (None, None) => Rank::Amount,
        }
    }

    fn amounts(&self) -> SmallVec<[&Amounts; 2]> {
        self.amount.iter().chain(&self.price).collect()
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let given = usize::from(self.percent.is_some())
            + usize::from(self.amount.is_some())
            + usize::from(self.price.is_some());
        let one =
            (given != 1).then(|| ("percent", "is needed, or `amount`, or `price`: one of them".to_owned()));
        let is_nothing = |amounts: &Amounts| amounts.iter().any(|money| money.minor == 0);
        let percent = self.percent.is_some_and(|percent| percent.ppm() == 0);
        let percent = percent.then(|| ("percent", "must be above 0".to_owned()));
        let amount = self.amount.as_ref().is_some_and(is_nothing);
        let amount = amount.then(|| ("amount", "must be above 0".to_owned()));
        one.into_iter().chain(percent).chain(amount).chain(cap_fault(self.at_most.as_ref())).collect()
    }

    fn words(&self, _shop: &Vocabulary) -> String {
        let shipping = match list(self.methods.iter().map(ShippingId::as_str), "or") {
            methods if methods.is_empty() => "shipping".to_owned(),
            methods => format!("shipping by {methods}"),
        };
        let most = cap_words(self.at_most.as_ref());
        match (&self.percent, &self.amount, &self.price) {
            (Some(percent), ..) => format!("{percent} off {shipping}{most}"),
            (None, Some(amount), _) => format!("{amount} off {shipping}{most}"),
            (None, None, price) => {
                let price = price.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{shipping} for {price}{most}")
            }
        }
    }

    fn methods(&self) -> &[ShippingId] {
        &self.methods
    }

    fn off_shipping(&self, postage: &Postage) -> i64 {
        let in_currency = |amounts: &Option<Amounts>| amounts.as_ref()?.in_currency(postage.currency);
        let percent = self.percent.map(|percent| percent.of(postage.left, postage.rounding));
        let down = || Some((postage.left - in_currency(&self.price)?).max(0));
        percent.or(in_currency(&self.amount)).or_else(down).unwrap_or(0).min(postage.left)
    }
}
