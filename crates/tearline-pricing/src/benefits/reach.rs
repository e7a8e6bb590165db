//! How far a benefit of items reaches: fields that all of them share.

use std::cmp::min;

use crate::benefits::units::{Covered, UnitsView};
use crate::benefits::{Choose, at_least_one};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::need::Need;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// Which of the units that a benefit's selector means it reaches.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reach {
    pub(crate) units: Option<u32>,
    pub(crate) units_per_line: Option<u32>,
    pub(crate) groups_of: Option<u32>,
    pub(crate) choose: Choose,
}

impl Reach {
    /// What is wrong with it, field by field.
    pub(crate) fn faults(self) -> Vec<(&'static str, String)> {
        let fields =
            [("units", self.units), ("units_per_line", self.units_per_line), ("groups_of", self.groups_of)];
        let counts = fields.into_iter().filter_map(|(field, count)| at_least_one(field, count));
        let empty =
            self.groups_of.zip(self.units).filter(|(group, units)| units < group).map(|(group, _)| {
                ("units", format!("must be at least {group}: only complete groups of {group} are reached"))
            });
        counts.chain(empty).collect()
    }

    /// Whether it reaches every unit.
    pub(crate) fn is_whole(self) -> bool {
        self.units.is_none() && self.units_per_line.is_none() && self.groups_of.is_none()
    }

    /// What it reaches of some items, in plain words: `the 3 cheapest of Albums, 2 per line`.
    pub(crate) fn words(self, items: &Selector, shop: &Vocabulary) -> String {
        let reached = self.units.map_or(shop.all(items), |units| shop.chosen(items, units, self.choose));
        let per_line = self.units_per_line.map(|units| format!(", {units} per line"));
        let groups = self.groups_of.map(|units| format!(", in complete groups of {units}"));
        std::iter::once(reached).chain(per_line).chain(groups).collect()
    }

    /// The need of as many units as it takes to complete a group, if there are fewer within reach.
    pub(crate) fn needs(self, view: &UnitsView<'_>, items: Option<&Selector>) -> Vec<Need> {
        let units = view.matching(0);
        let per_line = self.units_per_line.map_or(usize::MAX, |most| most as usize);
        let within: usize = view.by_line(&units).map(|line| min(line.len(), per_line)).sum();
        let least = self.groups_of.unwrap_or(1).max(1) as usize;
        let missing = least.checked_sub(within).filter(|missing| *missing > 0);
        let missing = missing.and_then(|missing| u32::try_from(missing).ok());
        missing.map(|missing| view.adding(missing, items)).into_iter().collect()
    }

    /// Leaves of the units those that are reached: on each line those that come first, of these complete groups
    /// and no more than the most, those that come first. By line id and position, as they were.
    ///
    /// # Errors
    ///
    /// Not one group is complete.
    pub(crate) fn narrow(self, view: &UnitsView<'_>, units: &mut Covered<'_>) -> Result<(), Refusal> {
        if let Some(most) = self.units_per_line {
            *units = narrow_lines(view, units, most as usize, self.choose).into();
        }
        let most = self.units.map_or(units.len(), |most| min(most as usize, units.len()));
        let whole = self.groups_of.map_or(most, |group| most - most % group.max(1) as usize);
        if whole == 0 {
            return Err(Refusal::NoMatchingProduct);
        }
        view.choose(units, whole, self.choose);
        Ok(())
    }
}

fn narrow_lines(view: &UnitsView<'_>, units: &[u32], most: usize, choose: Choose) -> Vec<u32> {
    let mut narrowed = Vec::with_capacity(units.len());
    for line in view.by_line(units) {
        let mut line = Covered::from(line);
        view.choose(&mut line, most, choose);
        narrowed.extend_from_slice(&line);
    }
    narrowed
}

/// The faults of fields that only mean something with `items`.
pub(crate) fn homeless(
    items: Option<&Selector>,
    reach: Reach,
    what: &str,
) -> impl Iterator<Item = (&'static str, String)> {
    let is_homeless = items.is_none();
    let fields = [
        ("units", reach.units.is_some()),
        ("units_per_line", reach.units_per_line.is_some()),
        ("groups_of", reach.groups_of.is_some()),
    ];
    let message = format!("needs `items`: {what} off the order reaches every unit");
    fields
        .into_iter()
        .filter(move |(_, is_given)| is_homeless && *is_given)
        .map(move |(field, _)| (field, message.clone()))
}

/// The fault of a cap that takes nothing.
pub(crate) fn cap_fault(at_most: Option<&Amounts>) -> Option<(&'static str, String)> {
    let is_nothing = at_most?.iter().any(|money| money.minor == 0);
    is_nothing.then(|| ("at_most", "must be above 0".to_owned()))
}

/// `, at most 20.00 USD`, said at the end.
pub(crate) fn cap_words(at_most: Option<&Amounts>) -> String {
    at_most.map_or(String::new(), |most| format!(", at most {most}"))
}

/// Declares a benefit of items: its own fields, then those that say how far it reaches.
macro_rules! of_items {
    ($(#[$meta:meta])* pub struct $name:ident { $($fields:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($fields)*
            /// At most so many units of a cart; absent = all.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "schema", schema(minimum = 1))]
            pub units: Option<u32>,
            /// At most so many units of each line; absent = all.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "schema", schema(minimum = 1))]
            pub units_per_line: Option<u32>,
            /// Only complete groups of so many units; what is left over is not reached.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "schema", schema(minimum = 1))]
            pub groups_of: Option<u32>,
            /// Which units come first, where not all are reached.
            #[serde(default)]
            pub choose: $crate::benefits::Choose,
            /// At most so much money off a cart; absent = any amount.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "schema", schema(value_type = Option<$crate::schema::Amounts>))]
            pub at_most: Option<$crate::money::Amounts>,
        }

        impl $name {
            pub(crate) fn reach(&self) -> $crate::benefits::reach::Reach {
                $crate::benefits::reach::Reach {
                    units: self.units,
                    units_per_line: self.units_per_line,
                    groups_of: self.groups_of,
                    choose: self.choose,
                }
            }
        }
    };
}
pub(crate) use of_items;
