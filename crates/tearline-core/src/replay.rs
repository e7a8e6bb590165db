//! Past orders, priced again: whether they come to the same cent, and what a draft would have made of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use tearline_pricing::ARITHMETIC;
use tearline_pricing::cart::Cart;
use tearline_pricing::cart::check::CartFault;
use tearline_pricing::facts::Facts;
use tearline_pricing::names::{CustomerId, PromotionId};
use tearline_pricing::quote::{Expand, Quote, Totals};
use tearline_pricing::snapshot::Snapshot;
use tearline_pricing::wanted::{LimitKey, limits};

use crate::ledger::Priced;
use crate::plan::{Difference, differences};

/// What pricing an order again comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Replay {
    /// The same, to the cent.
    Same,
    /// Something else, in these places of the quote.
    Different(Vec<Difference>),
    /// It cannot be priced any more, and why.
    Failed(String),
}

/// Prices an order again, by its own cart, facts and instant, and compares every amount.
pub fn replay(priced: &Priced, snapshot: &Snapshot) -> Replay {
    if priced.arithmetic != ARITHMETIC {
        return Replay::Failed(format!(
            "it was priced by arithmetic {}, and this program knows {ARITHMETIC}",
            priced.arithmetic
        ));
    }
    let (cart, facts) = match read(&priced.cart, &priced.facts) {
        Ok(read) => read,
        Err(why) => return Replay::Failed(why),
    };
    match tearline_pricing::price(&cart, snapshot, &facts, priced.at, Expand::default()) {
        Ok(quote) => compare(&priced.quote, &quote),
        Err(faults) => Replay::Failed(in_words(&faults)),
    }
}

fn compare(stored: &Value, quote: &Quote) -> Replay {
    let quote = serde_json::to_value(quote).expect("a quote can be written");
    let differences = differences(&amounts(stored), &amounts(&quote));
    if differences.is_empty() { Replay::Same } else { Replay::Different(differences) }
}

/// The parts of a quote that are amounts, and who gave them: not what is said about them.
fn amounts(quote: &Value) -> Value {
    let mut amounts = Map::new();
    for part in ["currency", "totals", "lines", "shipping", "claims"] {
        amounts.insert(part.to_owned(), quote[part].clone());
    }
    let promotions = quote["promotions"].as_array().into_iter().flatten();
    let gave = promotions.map(|applied| json!({ "id": applied["id"], "gifts": applied["gifts"] }));
    amounts.insert("promotions".to_owned(), gave.collect());
    Value::Object(amounts)
}

/// The cart and the facts of an order.
///
/// # Errors
///
/// They can no longer be read, in words.
pub fn read(cart: &Value, facts: &Value) -> Result<(Cart, Facts), String> {
    let fault = |what: &str, error: serde_json::Error| format!("its {what} cannot be read any more: {error}");
    let cart = serde_json::from_value(cart.clone()).map_err(|error| fault("cart", error))?;
    let facts = serde_json::from_value(facts.clone()).map_err(|error| fault("facts", error))?;
    Ok((cart, facts))
}

/// What is wrong with a cart that could be priced once.
pub fn in_words(faults: &[CartFault]) -> String {
    let first = faults.first().map(|fault| format!("{}: {}", fault.pointer, fault.message));
    format!("its cart cannot be priced any more: {}", first.unwrap_or_default())
}

/// A trial of a draft over past orders, the oldest first.
///
/// What the draft's own promotions would have taken of their limits, balances and budgets is counted from order to
/// order; of all others each order keeps the facts that it was placed with.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// The promotions of the draft.
    pub promotions: BTreeSet<PromotionId>,
    /// What is taken of their limits so far.
    pub taken: BTreeMap<LimitKey, u64>,
}

/// What a draft would have made of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Its sums as it was placed.
    pub before: Totals,
    /// Its sums with the draft.
    pub after: Totals,
    /// The promotions of the draft that would have applied.
    pub applied: Vec<PromotionId>,
}

impl Trial {
    /// Prices an order by documents that hold the draft.
    ///
    /// # Errors
    ///
    /// It cannot be priced, in words.
    pub fn run(&mut self, priced: &Priced, with: &Snapshot) -> Result<Tried, String> {
        let (cart, mut facts) = read(&priced.cart, &priced.facts)?;
        let before = serde_json::from_value(priced.quote["totals"].clone())
            .map_err(|error| format!("its sums cannot be read any more: {error}"))?;
        let wanted = limits(&cart, with, &facts, priced.at).map_err(|faults| in_words(&faults))?;
        for key in wanted.iter().filter(|key| self.promotions.contains(&key.promotion)) {
            let most = with.most_of(key, cart.currency).unwrap_or(0);
            facts.count(key, self.taken.get(key).copied().unwrap_or(0), most);
        }
        let quote = tearline_pricing::price(&cart, with, &facts, priced.at, Expand::default());
        let quote = quote.map_err(|faults| in_words(&faults))?;
        self.count(&quote, cart.customer.as_ref().map(|customer| &customer.id));
        let applied = quote.promotions.iter().map(|applied| applied.id.clone());
        let applied = applied.filter(|promotion| self.promotions.contains(promotion)).collect();
        Ok(Tried { before, after: quote.totals, applied })
    }

    fn count(&mut self, quote: &Quote, customer: Option<&CustomerId>) {
        for claim in quote.claims.iter().filter(|claim| self.promotions.contains(&claim.promotion)) {
            let taken = self.taken.entry(claim.key(customer, quote.currency)).or_default();
            *taken += u64::try_from(claim.take).unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use tearline_pricing::config::Documents;

    use super::*;

    fn snapshot(promotions: &[(&str, &str)]) -> Snapshot {
        let mut documents = Documents::default();
        for (id, promotion) in promotions {
            documents.promotions.insert((*id).into(), serde_json::from_str(promotion).unwrap());
        }
        Snapshot::compile(&documents, 1).unwrap()
    }

    /// An order of one thing for so much.
    fn order(minor: i64, snapshot: &Snapshot) -> Priced {
        let cart = json!({"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": minor}]});
        let at = jiff::Timestamp::UNIX_EPOCH;
        let (read, facts) = read(&cart, &json!({})).unwrap();
        let quote = tearline_pricing::price(&read, snapshot, &facts, at, Expand::default()).unwrap();
        let (due, quote) = (quote.totals.due, serde_json::to_value(quote).unwrap());
        Priced { cart, facts: json!({}), quote, at, config_version: 1, arithmetic: ARITHMETIC, due }
    }

    const TENTH: (&str, &str) = ("tenth", r#"{"benefits": [{"percent_off": {"percent": 10}}]}"#);

    #[test]
    fn an_order_comes_to_the_same_cent_by_the_same_documents_only() {
        let with = snapshot(&[TENTH]);
        let order = order(2_000, &with);
        assert_eq!(replay(&order, &with), Replay::Same);
        let Replay::Different(differences) = replay(&order, &snapshot(&[])) else { panic!("it differs") };
        let due = differences.iter().find(|difference| difference.pointer == "/totals/due").unwrap();
        assert_eq!((&due.from, &due.to), (&Some(json!(1_800)), &Some(json!(2_000))));
    }

    #[test]
    fn what_cannot_be_priced_says_why() {
        let with = snapshot(&[]);
        let placed = order(2_000, &with);
        let failed = |priced: &Priced| match replay(priced, &with) {
            Replay::Failed(why) => why,
            other => panic!("{other:?}"),
        };
        let newer = Priced { arithmetic: ARITHMETIC + 1, ..placed.clone() };
        assert!(failed(&newer).starts_with("it was priced by arithmetic 2"));
        let unreadable = Priced { cart: json!({"lines": 5}), ..placed.clone() };
        assert!(failed(&unreadable).starts_with("its cart cannot be read any more"));
        let event = json!({"currency": "USD", "event": "gone", "lines": []});
        assert!(
            failed(&Priced { cart: event, ..placed })
                .starts_with("its cart cannot be priced any more: /event")
        );
    }

    /// 10 % of 20.00 each, as long as the budget of 3.00 lasts: 2.00, then 1.00, then nothing.
    #[test]
    fn a_draft_counts_against_its_own_limits_from_order_to_order() {
        let with = snapshot(&[(
            "draft",
            r#"{"limits": {"budget": {"amount": "3.00 USD", "clip": true}}, "benefits": [{"percent_off": {"percent": 10}}]}"#,
        )]);
        let order = order(2_000, &snapshot(&[]));
        let mut trial = Trial { promotions: BTreeSet::from(["draft".into()]), ..Trial::default() };
        let mut due = || {
            let tried = trial.run(&order, &with).unwrap();
            assert_eq!(tried.before.due, 2_000);
            (tried.after.due, tried.applied.len())
        };
        assert_eq!([due(), due(), due()], [(1_800, 1), (1_900, 1), (2_000, 0)]);
    }
}
