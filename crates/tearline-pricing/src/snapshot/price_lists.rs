//! Price lists, made ready: each category with those above it, each product with its bulk rule.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::config::PriceList;
use crate::config::price_list::{BulkDiscount, BulkMode, BulkSubjects, Category};
use crate::money::{Amounts, Percent};
use crate::names::{CategoryId, PriceListId, TaxCategory};
use crate::quote::BulkRule;
use crate::snapshot::faults::Faults;
use crate::snapshot::matcher::{Symbol, Symbols};

/// A bulk rule's number in its price list.
pub(crate) type RuleIndex = u32;

#[derive(Debug, Default)]
pub(crate) struct CompiledPriceList {
    products: FxHashMap<String, ListedProduct>,
    categories: FxHashMap<Symbol, Ancestry>,
    rules: Vec<Rule>,
}

/// A product of a price list.
#[derive(Debug)]
pub(crate) struct ListedProduct {
    pub(crate) price: Option<Amounts>,
    pub(crate) cost: Option<Amounts>,
    pub(crate) min_price: Option<Amounts>,
    pub(crate) margin: Option<Percent>,
    pub(crate) tax_category: Option<TaxCategory>,
    pub(crate) categories: SmallVec<[Symbol; 4]>,
    bulk: Option<RuleIndex>,
}

/// A category and those above it, the nearest first.
type Ancestry = SmallVec<[Ancestor; 4]>;

#[derive(Debug, Clone, Copy)]
struct Ancestor {
    symbol: Symbol,
    /// Its place among the categories of the list by name: of two equally near, the smaller rules.
    rank: u32,
    bulk: Option<RuleIndex>,
}

/// A bulk discount, made ready.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Whose it is.
    pub(crate) name: BulkRule,
    pub(crate) mode: BulkMode,
    pub(crate) each_subject: bool,
    /// By rising count.
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) from: u32,
    pub(crate) off: Off,
}

#[derive(Debug)]
pub(crate) enum Off {
    Percent(Percent),
    Amount(Amounts),
}

/// Where a line stands in a price list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// Its categories and all above them.
    pub(crate) categories: SmallVec<[Symbol; 8]>,
    /// The bulk rule that prices it.
    pub(crate) rule: Option<RuleIndex>,
    /// Every bulk rule that counts it.
    pub(crate) counted_by: SmallVec<[RuleIndex; 4]>,
}

impl CompiledPriceList {
    pub(crate) fn product(&self, id: &str) -> Option<&ListedProduct> {
        self.products.get(id)
    }

    pub(crate) fn rule(&self, index: RuleIndex) -> &Rule {
        &self.rules[index as usize]
    }

    /// Where a product in certain categories stands. Its own rule shadows its categories', the nearest
    /// category's shadows those above; but every rule above counts it (requirements.md A2-60 to A2-62).
    pub(crate) fn standing(&self, product: Option<&ListedProduct>, categories: &[Symbol]) -> Standing {
        let mut standing = Standing::default();
        let mut nearest: Option<((usize, u32), RuleIndex)> = None;
        for &category in categories {
            let alone = [Ancestor { symbol: category, rank: 0, bulk: None }];
            let ancestry = self.categories.get(&category).map_or(&alone[..], |ancestry| ancestry);
            for (distance, ancestor) in ancestry.iter().enumerate() {
                if standing.categories.contains(&ancestor.symbol) && ancestor.bulk.is_none() {
                    continue;
                }
                standing.add(ancestor);
                let near = ancestor.bulk.map(|rule| ((distance, ancestor.rank), rule));
                nearest = [nearest, near].into_iter().flatten().min();
            }
        }
        let own = product.and_then(|product| product.bulk);
        standing.counted_by.extend(own);
        standing.rule = own.or(nearest.map(|(_, rule)| rule));
        standing
    }
}

impl Standing {
    fn add(&mut self, ancestor: &Ancestor) {
        if !self.categories.contains(&ancestor.symbol) {
            self.categories.push(ancestor.symbol);
            self.counted_by.extend(ancestor.bulk);
        }
    }
}

/// Checks a price list and makes it ready.
pub(crate) fn compile(
    id: &PriceListId,
    list: &PriceList,
    products: &mut Symbols,
    categories: &mut Symbols,
    faults: &mut Faults<'_>,
) -> CompiledPriceList {
    check_names(list, faults);
    let mut compiled = CompiledPriceList::default();
    let name = |category, product| BulkRule { price_list: id.clone(), category, product };
    let rules: BTreeMap<&CategoryId, RuleIndex> = list
        .categories
        .iter()
        .enumerate()
        .filter_map(|(index, category)| Some((index, category, category.bulk.as_ref()?)))
        .map(|(index, category, bulk)| {
            let name = name(Some(category.id.clone()), None);
            (&category.id, compiled.add_rule(name, bulk, &format!("/categories/{index}/bulk"), faults))
        })
        .collect();
    compiled.categories = ancestries(&list.categories, &rules, categories, faults);
    for (index, product) in list.products.iter().enumerate() {
        let at = format!("/products/{index}");
        let known = |id: &CategoryId| list.categories.iter().any(|category| category.id == *id);
        for (place, id) in product.categories.iter().enumerate().filter(|(_, id)| !known(id)) {
            faults.add(
                format!("{at}/categories/{place}"),
                format!("there is no category `{id}` in this price list"),
            );
        }
        products.intern(product.id.as_str());
        let add_rule = |bulk| {
            let name = name(None, Some(product.id.clone()));
            compiled.add_rule(name, bulk, &format!("{at}/bulk"), faults)
        };
        let listed = ListedProduct {
            price: product.price.clone(),
            cost: product.cost.clone(),
            min_price: product.min_price.clone(),
            margin: product.margin,
            tax_category: product.tax_category.clone(),
            categories: product.categories.iter().map(|id| categories.intern(id.as_str())).collect(),
            bulk: product.bulk.as_ref().map(add_rule),
        };
        compiled.products.insert(product.id.to_string(), listed);
    }
    compiled
}

fn check_names(list: &PriceList, faults: &mut Faults<'_>) {
    let (mut categories, mut products) = (BTreeSet::new(), BTreeSet::new());
    for (index, category) in list.categories.iter().enumerate() {
        faults.name(format!("/categories/{index}/id"), category.id.fault());
        if !categories.insert(&category.id) {
            faults.add(
                format!("/categories/{index}/id"),
                format!("there is a category `{}` already", category.id),
            );
        }
    }
    for (index, product) in list.products.iter().enumerate() {
        faults.name(format!("/products/{index}/id"), product.id.fault());
        let tax_category = product.tax_category.as_ref().and_then(TaxCategory::fault);
        faults.name(format!("/products/{index}/tax_category"), tax_category);
        if !products.insert(&product.id) {
            faults
                .add(format!("/products/{index}/id"), format!("there is a product `{}` already", product.id));
        }
    }
}

impl CompiledPriceList {
    fn add_rule(
        &mut self,
        name: BulkRule,
        bulk: &BulkDiscount,
        at: &str,
        faults: &mut Faults<'_>,
    ) -> RuleIndex {
        if bulk.steps.is_empty() {
            faults.add(format!("{at}/steps"), "needs at least one step, such as {from: 5, percent: 10}");
        }
        for (index, pair) in bulk.steps.windows(2).enumerate() {
            if pair[0].from >= pair[1].from {
                faults.add(format!("{at}/steps/{}/from", index + 1), "must be above the step before");
            }
        }
        let steps = bulk.steps.iter().enumerate().filter_map(|(index, step)| {
            let at = format!("{at}/steps/{index}");
            if step.from == 0 {
                faults.add(format!("{at}/from"), "must be at least 1");
            }
            let off = one_of(step.percent, step.amount.as_ref(), &at, faults)?;
            Some(Step { from: step.from, off })
        });
        let steps = steps.collect();
        let each_subject = bulk.subjects == BulkSubjects::Each;
        self.rules.push(Rule { name, mode: bulk.effective_mode(), each_subject, steps });
        RuleIndex::try_from(self.rules.len() - 1).expect("a document has fewer than 2^32 rules")
    }
}

/// A percentage or an amount, one of the two and above zero.
pub(crate) fn one_of(
    percent: Option<Percent>,
    amount: Option<&Amounts>,
    at: &str,
    faults: &mut Faults<'_>,
) -> Option<Off> {
    match (percent, amount) {
        (Some(percent), None) if percent.ppm() > 0 => Some(Off::Percent(percent)),
        (None, Some(amount)) if amount.iter().all(|money| money.minor > 0) => {
            Some(Off::Amount(amount.clone()))
        }
        (Some(_), Some(_)) | (None, None) => {
            faults.add(at, "needs either `percent` or `amount`");
            None
        }
        (Some(_), None) => {
            faults.add(format!("{at}/percent"), "must be above 0");
            None
        }
        (None, Some(_)) => {
            faults.add(format!("{at}/amount"), "must be above 0");
            None
        }
    }
}

fn ancestries(
    categories: &[Category],
    rules: &BTreeMap<&CategoryId, RuleIndex>,
    symbols: &mut Symbols,
    faults: &mut Faults<'_>,
) -> FxHashMap<Symbol, Ancestry> {
    let by_id: BTreeMap<&CategoryId, &Category> =
        categories.iter().map(|category| (&category.id, category)).collect();
    let ranks: BTreeMap<&CategoryId, u32> = by_id.keys().copied().zip(0..).collect();
    let mut ancestries = FxHashMap::default();
    for (index, category) in categories.iter().enumerate() {
        let at = format!("/categories/{index}/parent");
        let mut ancestry = Ancestry::new();
        let mut seen = BTreeSet::new();
        let mut next = Some(category);
        while let Some(here) = next {
            if !seen.insert(&here.id) {
                faults.add(
                    at.as_str(),
                    format!("`{}` ends up above itself: categories must not form a circle", here.id),
                );
                break;
            }
            let (symbol, bulk) = (symbols.intern(here.id.as_str()), rules.get(&here.id).copied());
            ancestry.push(Ancestor { symbol, rank: ranks[&here.id], bulk });
            next = here.parent.as_ref().and_then(|parent| by_id.get(parent).copied());
        }
        if let Some(parent) = category.parent.as_ref().filter(|parent| !by_id.contains_key(parent)) {
            faults.add(at, format!("there is no category `{parent}` in this price list"));
        }
        ancestries.insert(ancestry[0].symbol, ancestry);
    }
    ancestries
}
