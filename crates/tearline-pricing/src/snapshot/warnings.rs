//! What works, but is perhaps not meant (requirements.md C4.25).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::benefits::Benefit;
use crate::cart::CART_MINOR_MAX;
use crate::config::event::{Event, KnownCustomer, OrderDiscount};
use crate::config::price_list::{BulkMode, PriceList, Product};
use crate::config::{Documents, Promotion};
use crate::money::{Currency, Money, Rounding};
use crate::names::{CategoryId, CustomerId, ProductId};
use crate::snapshot::faults::DocumentName;

/// Something in a document that works, but is perhaps not meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ConfigWarning {
    /// The document.
    pub document: DocumentName,
    /// What is perhaps not meant.
    #[serde(flatten)]
    pub warning: Warning,
}

/// What is perhaps not meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum Warning {
    /// A product has a bulk discount of its own, and so has a category that holds it: the product never takes
    /// its category's, though its units count there (requirements.md A2-63).
    BulkTwice {
        /// The product.
        product: ProductId,
        /// The category.
        category: CategoryId,
    },
    /// Steps on a category whose products have unequal prices: which unit is cheaper then depends on the order
    /// in which they were added (requirements.md A2-46).
    StepsOnUnequalPrices {
        /// The category.
        category: CategoryId,
    },
    /// A known customer pays more than a stranger would.
    KnownCustomerWorseOff {
        /// The customer.
        customer: CustomerId,
        /// A sub-total at which they do.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        sub_total: Money,
        /// What a stranger saves there.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        event_saves: Money,
        /// What the customer saves there.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        customer_saves: Money,
    },
    /// A credit that each customer has for themselves, and how much that can be in all.
    CreditExposure {
        /// How many customers may draw; absent = there is no end to them.
        customers: Option<u64>,
        /// How much they may draw together.
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
        exposure: Option<Money>,
    },
    /// A product is listed for less than it costs.
    PriceUnderCost {
        /// The product.
        product: ProductId,
    },
    /// An order discount of an event that never applies: whatever is bought, another of them saves as much.
    NeverBest {
        /// Its place in the document, as a JSON pointer.
        pointer: String,
    },
    /// A code that nobody can ever use.
    NeverApplies {
        /// Why not.
        why: String,
    },
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.document, self.warning)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BulkTwice { product, category } => write!(
                f,
                "product {product} and its category {category} both have a bulk discount: the product only takes its own, but its units still count in the category"
            ),
            Self::StepsOnUnequalPrices { category } => write!(
                f,
                "category {category} has steps and products of unequal prices: what is saved depends on the order in which they are added"
            ),
            Self::KnownCustomerWorseOff { customer, sub_total, event_saves, customer_saves } => write!(
                f,
                "known customer {customer} is worse off than a stranger: at {sub_total} they save {customer_saves}, the event's discounts {event_saves}"
            ),
            Self::CreditExposure { customers: Some(customers), exposure: Some(exposure) } => {
                write!(f, "each of {customers} customers has a balance of their own: up to {exposure} in all")
            }
            Self::CreditExposure { .. } => f.write_str(
                "every customer has a balance of their own: there is no upper bound to what is given",
            ),
            Self::NeverBest { pointer } => {
                write!(f, "{pointer} never applies: at any sub-total another order discount saves as much")
            }
            Self::PriceUnderCost { product } => {
                write!(f, "product {product} is listed for less than it costs")
            }
            Self::NeverApplies { why } => write!(f, "can never apply: {why}"),
        }
    }
}

/// Looks through documents that have no faults.
pub(crate) fn of(documents: &Documents) -> Vec<ConfigWarning> {
    let mut found = Vec::new();
    for (id, list) in &documents.price_lists {
        extend(&mut found, &DocumentName::new("price_list", id), of_price_list(list));
    }
    for (id, event) in &documents.events {
        let warnings = of_event(event, documents.shop.currency, documents.shop.rounding);
        extend(&mut found, &DocumentName::new("event", id), warnings);
    }
    for (id, promotion) in &documents.promotions {
        let warnings = of_promotion(promotion, documents);
        extend(&mut found, &DocumentName::new("promotion", id), warnings);
    }
    found
}

fn extend(found: &mut Vec<ConfigWarning>, document: &DocumentName, warnings: Vec<Warning>) {
    found.extend(warnings.into_iter().map(|warning| ConfigWarning { document: document.clone(), warning }));
}

fn of_price_list(list: &PriceList) -> Vec<Warning> {
    let parents: BTreeMap<_, _> =
        list.categories.iter().map(|category| (&category.id, &category.parent)).collect();
    let holds = |category: &CategoryId, product: &Product| {
        product.categories.iter().any(|start| {
            let up = |id: &&CategoryId| parents.get(*id).and_then(|parent| parent.as_ref());
            std::iter::successors(Some(start), up).any(|id| id == category)
        })
    };
    let mut warnings = Vec::new();
    for category in &list.categories {
        let Some(bulk) = &category.bulk else { continue };
        let products = || list.products.iter().filter(|product| holds(&category.id, product));
        warnings.extend(products().filter(|product| product.bulk.is_some()).map(|product| {
            Warning::BulkTwice { product: product.id.clone(), category: category.id.clone() }
        }));
        let prices: Vec<_> =
            products().filter(|product| product.bulk.is_none()).map(|product| &product.price).collect();
        let unequal = prices.windows(2).any(|pair| pair[0] != pair[1]);
        if unequal && bulk.effective_mode() == BulkMode::Graduated {
            warnings.push(Warning::StepsOnUnequalPrices { category: category.id.clone() });
        }
    }
    let under_cost = |product: &&Product| match (&product.price, &product.cost) {
        (Some(price), Some(cost)) => {
            price.iter().any(|money| cost.in_currency(money.currency).is_some_and(|cost| cost > money.minor))
        }
        _ => false,
    };
    let under_cost = list.products.iter().filter(under_cost);
    warnings.extend(under_cost.map(|product| Warning::PriceUnderCost { product: product.id.clone() }));
    warnings
}

fn of_event(event: &Event, currency: Currency, rounding: Rounding) -> Vec<Warning> {
    let never_best = never_best(&event.order_discounts, currency, rounding);
    let never_best =
        never_best.map(|index| Warning::NeverBest { pointer: format!("/order_discounts/{index}") });
    let own_terms = event.known_customers.iter().filter(|known| !known.use_event_discounts);
    let worse_off = own_terms.filter_map(|known| worse_off(event, known, currency, rounding));
    never_best.chain(worse_off).collect()
}

/// The discounts that at no minimum, nor just before one, nor on the largest order, save more than all others;
/// among equals the first counts.
fn never_best(
    discounts: &[OrderDiscount],
    currency: Currency,
    rounding: Rounding,
) -> impl Iterator<Item = usize> {
    let minimum = |discount: &OrderDiscount| {
        discount.minimum.as_ref().map_or(Some(1), |minimum| minimum.in_currency(currency))
    };
    let minimums: Vec<i64> = discounts.iter().filter_map(minimum).collect();
    let sub_totals = minimums.iter().flat_map(|&minimum| [minimum - 1, minimum]).chain([CART_MINOR_MAX]);
    let winners: Vec<usize> =
        sub_totals.filter_map(|sub_total| best(discounts, sub_total, currency, rounding)).collect();
    (0..discounts.len()).filter(move |index| !winners.contains(index))
}

fn best(
    discounts: &[OrderDiscount],
    sub_total: i64,
    currency: Currency,
    rounding: Rounding,
) -> Option<usize> {
    let saves = |discount| saved_by(discount, sub_total, currency, rounding);
    let candidates = discounts.iter().enumerate().filter(|(_, discount)| saves(discount) > 0);
    candidates.max_by_key(|(index, discount)| (saves(discount), Reverse(*index))).map(|(index, _)| index)
}

/// Compares what order discounts save at every minimum of either side, and at 100.00 where there is none.
fn worse_off(
    event: &Event,
    known: &KnownCustomer,
    currency: Currency,
    rounding: Rounding,
) -> Option<Warning> {
    let both = event.order_discounts.iter().chain(&known.order_discounts);
    let minimums = both.filter_map(|discount| discount.minimum.as_ref()?.in_currency(currency));
    let hundred = 100 * 10_i64.pow(currency.exponent());
    let sub_totals: std::collections::BTreeSet<i64> = minimums.chain([hundred]).collect();
    sub_totals.into_iter().find_map(|sub_total| {
        let saves = |discounts: &[OrderDiscount]| {
            discounts
                .iter()
                .map(|discount| saved_by(discount, sub_total, currency, rounding))
                .max()
                .unwrap_or(0)
        };
        let (event_saves, customer_saves) = (saves(&event.order_discounts), saves(&known.order_discounts));
        let money = |minor| Money::new(minor, currency);
        (customer_saves < event_saves).then(|| Warning::KnownCustomerWorseOff {
            customer: known.customer.clone(),
            sub_total: money(sub_total),
            event_saves: money(event_saves),
            customer_saves: money(customer_saves),
        })
    })
}

fn saved_by(discount: &OrderDiscount, sub_total: i64, currency: Currency, rounding: Rounding) -> i64 {
    let minimum = discount.minimum.as_ref().and_then(|minimum| minimum.in_currency(currency));
    if minimum.is_some_and(|minimum| sub_total < minimum) {
        return 0;
    }
    let percent = discount.percent.map(|percent| percent.of(sub_total, rounding));
    let amount = discount.amount.as_ref().and_then(|amount| amount.in_currency(currency));
    percent.or(amount).unwrap_or(0).min(sub_total)
}

fn of_promotion(promotion: &Promotion, documents: &Documents) -> Vec<Warning> {
    let credits = promotion.benefits.iter().filter_map(|benefit| match benefit {
        Benefit::Credit(credit) if !credit.shared => credit.amount.iter().next(),
        _ => None,
    });
    let exposures = credits.map(|money| {
        let customers = match (promotion.customers.len() as u64, promotion.limits.total) {
            (0, total) => total,
            (listed, total) => Some(total.map_or(listed, |total| total.min(listed))),
        };
        let minor = customers.and_then(|count| money.minor.checked_mul(i64::try_from(count).ok()?));
        Warning::CreditExposure { customers, exposure: minor.map(|minor| Money::new(minor, money.currency)) }
    });
    exposures.chain(never_applies(promotion, documents)).collect()
}

fn never_applies(promotion: &Promotion, documents: &Documents) -> Option<Warning> {
    let currency = documents.shop.currency;
    let amounts = || promotion.benefits.iter().flat_map(|benefit| benefit.gives().amounts());
    let lacking = |currency| amounts().find(move |amounts| amounts.in_currency(currency).is_none());
    let budget = promotion.limits.budget.map(|budget| budget.amount);
    let foreign = || Some(format!("it names {}, and the shop sells in {currency}", lacking(currency)?));
    let foreign_budget = || {
        let budget = budget.filter(|budget| budget.currency != currency)?;
        Some(format!("its budget is {budget}, and the shop sells in {currency}"))
    };
    let beside_budget = || {
        let budget = budget?;
        Some(format!("it names {}, and its budget is {budget}", lacking(budget.currency)?))
    };
    let why = beside_budget().or_else(foreign).or_else(foreign_budget);
    why.map(|why| Warning::NeverApplies { why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event: &str) -> Vec<String> {
        let event = serde_json::from_str(event).unwrap();
        of_event(&event, Currency::USD, Rounding::HalfUp).iter().map(Warning::to_string).collect()
    }

    #[test]
    fn levels_that_each_have_their_time_are_fine() {
        let levels = r#"{"order_discounts": [
            {"amount": "5.00 USD", "minimum": "40.00 USD"}, {"amount": "12.00 USD", "minimum": "80.00 USD"},
            {"percent": 20, "minimum": "100.00 USD"}
        ]}"#;
        assert!(of(levels).is_empty());
    }

    #[test]
    fn a_level_that_another_always_matches_is_told() {
        let levels = r#"{"order_discounts": [
            {"percent": 10, "minimum": "50.00 USD"}, {"percent": 20, "minimum": "50.00 USD"},
            {"amount": "5.00 USD", "minimum": "50.00 USD"}
        ]}"#;
        let told = of(levels);
        assert_eq!(told.len(), 2);
        assert!(told[0].starts_with("/order_discounts/0 never applies"));
        assert!(told[1].starts_with("/order_discounts/2 never applies"));
    }

    #[test]
    fn a_known_customer_who_pays_more_than_a_stranger_is_told() {
        // requirements.md B8: the known customer has 5 %, a stranger 10 % from 50.00
        let event = r#"{"order_discounts": [{"percent": 10, "minimum": "50.00 USD"}], "known_customers": [
            {"customer": "nora", "use_event_discounts": false, "order_discounts": [{"percent": 5}]}
        ]}"#;
        assert_eq!(
            of(event),
            [
                "known customer nora is worse off than a stranger: at 50.00 USD they save 2.50 USD, the event's discounts 5.00 USD"
            ]
        );
    }
}
