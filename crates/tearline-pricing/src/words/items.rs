//! How items are spoken of: all that a selector means, or some units of it.

use super::{Vocabulary, list};
use crate::benefits::Choose;
use crate::config::selector::Selector;

impl Vocabulary {
    /// All that a selector means: `8x10 print or Albums`, `everything but Frames`.
    pub(crate) fn all(&self, items: &Selector) -> String {
        self.named(items, "or")
    }

    /// The same where each of the names counts: `8x10 print and Albums`.
    pub(crate) fn each_of(&self, items: &Selector) -> String {
        self.named(items, "and")
    }

    fn named(&self, items: &Selector, last: &str) -> String {
        // Taken apart, so that whoever adds a field decides how it is said.
        let Selector {
            products,
            categories,
            price_from,
            price_to,
            attributes,
            skip_reduced,
            except_products,
            except_categories,
        } = items;
        let priced = (price_from.is_some() || price_to.is_some()).then(|| " priced".to_owned());
        let price = [("from", price_from), ("up to", price_to)];
        let price =
            price.into_iter().filter_map(|(word, price)| Some(format!(" {word} {}", price.as_ref()?)));
        let price = priced.into_iter().chain(price);
        let attributes = attributes.iter().map(|(name, value)| format!(" with {name} {value}"));
        let reduced = skip_reduced.then(|| " not reduced already".to_owned());
        let narrowed: String = price.chain(attributes).chain(reduced).collect();
        let named = products.iter().map(|id| self.product(id));
        let named = list(named.chain(categories.iter().map(|id| self.category(id))), last);
        let except = except_products.iter().map(|id| self.product(id));
        let except = list(except.chain(except_categories.iter().map(|id| self.category(id))), "and");
        let named = if named.is_empty() { "everything".to_owned() } else { named };
        let except = if except.is_empty() { except } else { format!(" but {except}") };
        format!("{named}{narrowed}{except}")
    }

    /// Each unit of what a selector means: `each item`, `each of Albums`.
    pub(crate) fn each(&self, items: &Selector) -> String {
        match Speech::of(items) {
            Speech::Anything => "each item".to_owned(),
            Speech::OneProduct => format!("each {}", self.all(items)),
            Speech::Several => format!("each of {}", self.all(items)),
        }
    }

    /// Some units, whichever: `one 8x10 print`, `any 2 items`, `2 of Albums`.
    pub(crate) fn any(&self, items: &Selector, units: u32) -> String {
        match (Speech::of(items), units) {
            (Speech::Anything, 1) => "any item".to_owned(),
            (Speech::Anything, _) => format!("any {units} items"),
            (Speech::OneProduct, 1) => format!("one {}", self.all(items)),
            (Speech::Several, 1) => format!("one of {}", self.all(items)),
            (Speech::OneProduct | Speech::Several, _) => format!("{units} of {}", self.all(items)),
        }
    }

    /// Some units by choice: `the cheapest of Albums`, `the 3 dearest items`; of a single product, whichever.
    pub(crate) fn chosen(&self, items: &Selector, units: u32, choose: Choose) -> String {
        let which = match (choose, units) {
            (Choose::Cheapest, 1) => "the cheapest".to_owned(),
            (Choose::Dearest, 1) => "the dearest".to_owned(),
            (Choose::CartOrder, 1) => "the first".to_owned(),
            (Choose::Cheapest, _) => format!("the {units} cheapest"),
            (Choose::Dearest, _) => format!("the {units} dearest"),
            (Choose::CartOrder, _) => format!("the first {units}"),
        };
        match (Speech::of(items), units) {
            (Speech::Anything, 1) => format!("{which} item"),
            (Speech::Anything, _) => format!("{which} items"),
            (Speech::OneProduct, _) => self.any(items, units),
            (Speech::Several, _) => format!("{which} of {}", self.all(items)),
        }
    }
}

/// How one speaks of units of a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    /// They may be anything.
    Anything,
    /// They are alike.
    OneProduct,
    /// They are of several products.
    Several,
}

impl Speech {
    pub(crate) fn of(items: &Selector) -> Self {
        let only_products = Selector::products(items.products.iter().cloned());
        match items.products.as_slice() {
            [] if *items == only_products => Self::Anything,
            [_] if *items == only_products => Self::OneProduct,
            _ => Self::Several,
        }
    }
}
