//! An amount off the order, or off chosen items.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::reach::{cap_fault, cap_words, homeless, of_items};
use crate::benefits::units::{Take, Takes, Units, UnitsView};
use crate::benefits::{Choose, Gives, Rank};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::names::ProductId;
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

of_items! {
    /// An amount off. Without `items` it is off the order, once; what the order cannot take is forfeited. With
    /// `items` it is off each of those units, each of their lines, or all of them together.
    pub struct AmountOff {
        /// How much.
        #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Amounts))]
        pub amount: Amounts,
        /// Off which items; absent = off the order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub items: Option<Selector>,
        /// How often the amount is taken off items.
        #[serde(default)]
        pub per: Per,
        /// Off the first unit, in the order of `choose`, goes `amount`, off each further one this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
        pub further: Option<Amounts>,
    }
}

impl AmountOff {
    /// An amount off each unit of these items; off the order without.
    pub fn new(amount: Amounts, items: Option<Selector>) -> Self {
        Self {
            amount,
            items,
            per: Per::Unit,
            further: None,
            units: None,
            units_per_line: None,
            groups_of: None,
            choose: Choose::default(),
            at_most: None,
        }
    }
}

impl AmountOff {
    fn take_first_and_further(
        &self,
        covered: &[u32],
        minor: i64,
        further: i64,
        units: &UnitsView<'_>,
        takes: &mut Takes,
    ) {
        let mut in_order = Units::from_slice(covered);
        units.sort(&mut in_order, self.choose);
        let first = in_order.first();
        takes.extend(covered.iter().map(|unit| {
            let off = if first == Some(unit) { minor } else { further };
            Take { unit: *unit, minor: off.min(units.room(*unit)) }
        }));
    }
}

/// How often an amount is taken off items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Off each unit. The default.
    #[default]
    Unit,
    /// Once off each line.
    Line,
    /// Once off all the items together.
    Cart,
}

impl Gives for AmountOff {
    fn stage(&self) -> Stage {
        if self.items.is_some() { Stage::Items } else { Stage::Order }
    }

    fn rank(&self) -> Rank {
        Rank::Amount
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        self.items.iter().collect()
    }

    fn amounts(&self) -> SmallVec<[&Amounts; 2]> {
        std::iter::once(&self.amount).chain(&self.further).collect()
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let nothing = self.amount.iter().any(|money| money.minor == 0);
        let nothing = nothing.then(|| ("amount", "must be above 0".to_owned()));
        let order = self.items.is_none();
        let per = (order && self.per != Per::Unit)
            .then(|| ("per", "needs `items`: an amount off the order is taken once".to_owned()));
        let further = (self.further.is_some() && (order || self.per != Per::Unit))
            .then(|| ("further", "needs `items` and an amount for each unit".to_owned()));
        let homeless = homeless(self.items.as_ref(), self.reach(), "an amount");
        let cap = cap_fault(self.at_most.as_ref());
        nothing
            .into_iter()
            .chain(per)
            .chain(further)
            .chain(homeless)
            .chain(self.reach().faults())
            .chain(cap)
            .collect()
    }

    fn anchor(&self) -> Option<usize> {
        self.items.is_some().then_some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let most = cap_words(self.at_most.as_ref());
        let Some(items) = &self.items else { return format!("{} off the order{most}", self.amount) };
        let reach = self.reach();
        let reached = reach.words(items, shop);
        if let Some(further) = &self.further {
            return format!(
                "{} off the first and {further} off each further of {reached}{most}",
                self.amount
            );
        }
        let off = match (self.per, reach.units) {
            (Per::Unit, None) if reach.is_whole() => format!("off {}", shop.each(items)),
            (Per::Unit, Some(1)) | (Per::Cart, _) => format!("off {reached}"),
            (Per::Unit, _) => format!("each off {reached}"),
            (Per::Line, _) => format!("off each line of {reached}"),
        };
        format!("{} {off}{most}", self.amount)
    }

    fn rewards(&self) -> &[ProductId] {
        self.items.as_ref().map_or(&[], |items| &items.products)
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        self.reach().needs(units, self.items.as_ref())
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        let minor = self.amount.in_currency(units.currency).unwrap_or(0);
        if self.items.is_some() {
            self.reach().narrow(units, &mut covered)?;
        }
        match (&self.items, &self.further) {
            (None, _) => units.take_amount_once(&covered, minor, takes),
            (Some(_), None) => units.take_amount_per(&covered, self.per, minor, takes),
            (Some(_), Some(further)) => {
                let further = further.in_currency(units.currency).unwrap_or(0);
                self.take_first_and_further(&covered, minor, further, units, takes);
            }
        }
        Ok(())
    }
}
