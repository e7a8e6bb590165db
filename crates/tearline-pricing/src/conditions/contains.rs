//! Certain things are in the cart, or are not.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::config::selector::Selector;
use crate::need::Need;
use crate::refusal::Refusal;
use crate::words::{Speech, Vocabulary};

/// The cart has something of certain items, or all of them, nothing of them, or nothing else. What it has stays as it
/// is: to spend units on a condition, ask for a `quantity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Contains {
    /// Which items.
    pub items: Selector,
    /// How many of them.
    #[serde(default)]
    pub how: How,
}

/// How many of certain items must be in the cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// At least one unit of any of them. The default.
    #[default]
    Any,
    /// At least one unit of every product and of every category that is named.
    All,
    /// Not one unit.
    None,
    /// At least one unit, and nothing else.
    Only,
}

/// How many lines there are of what is asked for, and how many there would have to be.
struct Count {
    found: usize,
    of: usize,
}

impl Contains {
    /// Counts lines; where all of the items are asked for, products and categories.
    fn count(&self, question: &Question<'_>) -> Count {
        match (self.how, question.matchers.first()) {
            (How::All, Some(matcher)) => {
                Count { found: matcher.names_on(|| question.lines()), of: matcher.names_len() }
            }
            _ => Count { found: question.lines().count(), of: question.seen_lines().count() },
        }
    }

    fn is_met(&self, Count { found, of }: Count) -> bool {
        match self.how {
            How::Any => found > 0,
            How::None => found == 0,
            How::All | How::Only => found > 0 && found == of,
        }
    }
}

impl Asks for Contains {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn selectors(&self) -> SmallVec<[&Selector; 1]> {
        SmallVec::from_iter([&self.items])
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        let names_none = self.items.products.is_empty() && self.items.categories.is_empty();
        let message = match self.how {
            How::All if names_none => Some("needs the products or categories that all must be there"),
            _ if self.items.is_everything() => Some("needs something to look for, such as {products: [mug]}"),
            _ => None,
        };
        message.map(|message| ("items".into(), message.to_owned())).into_iter().collect()
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let is_one = Speech::of(&self.items) == Speech::OneProduct;
        match self.how {
            How::Any if is_one => format!("the cart contains {}", shop.all(&self.items)),
            How::Any => format!("the cart contains something of {}", shop.all(&self.items)),
            How::All => format!("the cart contains something of each of {}", shop.each_of(&self.items)),
            How::None if is_one => format!("the cart contains no {}", shop.all(&self.items)),
            How::None => format!("the cart contains nothing of {}", shop.all(&self.items)),
            How::Only => format!("the cart contains nothing but {}", shop.all(&self.items)),
        }
    }
}

impl Ready for Contains {
    fn anchor(&self) -> Option<usize> {
        (self.how != How::None).then_some(0)
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.met_if(self.is_met(self.count(question)))
    }

    fn found(&self, question: &Question<'_>) -> String {
        let Count { found, of } = self.count(question);
        let what = if self.how == How::All { "of these" } else { "lines" };
        format!("{found} of {of} {what}")
    }

    fn need(&self, question: &Question<'_>) -> Option<Need> {
        let of = question.items(Some(&self.items));
        (self.how == How::Any).then_some(Need::Add { units: 1, of, on_one_line: false })
    }
}
