//! What is missing, in words that stand after `it lacks`.

use crate::config::selector::Selector;
use crate::money::{Currency, Money};
use crate::names::ShippingId;
use crate::need::{Items, NAMED_MAX, Need};
use crate::snapshot::Snapshot;
use crate::words::{Vocabulary, list};

impl Vocabulary {
    /// What a selector means, for a need; nothing if it means everything.
    pub(crate) fn items(&self, selector: Option<&Selector>) -> Option<Items> {
        let selector = selector.filter(|selector| !selector.is_everything())?;
        Some(Items {
            words: self.all(selector),
            products: selector.products.iter().take(NAMED_MAX).cloned().collect(),
            categories: selector.categories.iter().take(NAMED_MAX).cloned().collect(),
        })
    }
}

/// A need in plain words: `12.40 USD more of Photo prints`, `one more item`, `its code`.
pub(crate) fn need(need: &Need, currency: Currency, snapshot: &Snapshot) -> String {
    match need {
        Need::Spend { missing, of } => {
            let of = of.as_ref().map_or(String::new(), |items| format!(" of {}", items.words));
            format!("{} more{of}", Money::new(*missing, currency))
        }
        Need::Add { units, of, on_one_line } => {
            let more = match (of, units) {
                (Some(items), 1) if items.is_one_product() => format!("one more {}", items.words),
                (Some(items), 1) => format!("one more of {}", items.words),
                (Some(items), _) => format!("{units} more of {}", items.words),
                (None, 1) => "one more item".to_owned(),
                (None, _) => format!("{units} more items"),
            };
            format!("{more}{}", if *on_one_line { " on one line" } else { "" })
        }
        Need::AddOthers { products, of } => {
            let of = of.as_ref().map_or(String::new(), |items| format!(" of {}", items.words));
            format!("{products} other product{}{of}", if *products == 1 { "" } else { "s" })
        }
        Need::AddAnything => "something to buy".to_owned(),
        Need::EnterCode => "its code".to_owned(),
        Need::Identify => "a customer who is signed in".to_owned(),
        Need::ChooseShipping { methods } => {
            let methods = list(methods.iter().map(ShippingId::as_str), "or");
            if methods.is_empty() { "a way of shipping".to_owned() } else { format!("shipping by {methods}") }
        }
        Need::Wait { until } => format!("time, until {}", snapshot.local(*until).strftime("%F %H:%M %Z")),
        Need::OneOf { ways } => {
            let way = |way: &Vec<Need>| {
                way.iter().map(|part| self::need(part, currency, snapshot)).collect::<Vec<_>>().join(" and ")
            };
            ways.iter().map(way).collect::<Vec<_>>().join(", or ")
        }
    }
}
