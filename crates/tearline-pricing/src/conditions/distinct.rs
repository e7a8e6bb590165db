//! So many different products are in the cart.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::conditions::range::Range;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::config::selector::Selector;
use crate::need::Need;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The cart has at least, or at most, so many different products, however many units of each. A line that names no
/// product counts for none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Distinct {
    /// At least so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub min: Option<u32>,
    /// At most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Among these items; absent = among all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
}

impl Distinct {
    fn range(&self) -> Range {
        Range { min: self.min, max: self.max }
    }
}

fn count(question: &Question<'_>) -> u64 {
    let lines = question.case.cart.lines_by_product().filter(|line| question.means(line));
    let mut last = None;
    let is_another = |product: &_| last.replace(*product) != Some(*product);
    lines.filter_map(|line| line.source.product.as_ref()).filter(is_another).count() as u64
}

impl Asks for Distinct {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn selectors(&self) -> SmallVec<[&Selector; 1]> {
        self.items.iter().collect()
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        self.range().faults("min", "max")
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let items = self.items.as_ref().filter(|items| !items.is_everything());
        let among = items.map_or(String::new(), |items| format!(" among {}", shop.all(items)));
        format!("the cart has {}{among}", self.range().words_of("different product"))
    }
}

impl Ready for Distinct {
    fn anchor(&self) -> Option<usize> {
        (self.items.is_some() && self.min.is_some()).then_some(0)
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.met_if(self.range().holds(count(question)))
    }

    fn found(&self, question: &Question<'_>) -> String {
        count(question).to_string()
    }

    fn need(&self, question: &Question<'_>) -> Option<Need> {
        let products = self.range().missing(count(question))?;
        Some(Need::AddOthers { products, of: question.items(self.items.as_ref()) })
    }
}
