//! On which facts a cart's price depends: what a caller who keeps them must look up before pricing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::benefits::Benefit;
use crate::cart::Cart;
use crate::cart::check::CartFault;
use crate::facts::{Facts, Uses};
use crate::money::Currency;
use crate::names::{CustomerId, EventId, PromotionId};
use crate::period::Period;
use crate::price::candidates::{self, Case};
use crate::price::{bulk, resolve};
use crate::quote::{Claim, ClaimedLimit};
use crate::snapshot::{CompiledPromotion, PromotionIndex, Snapshot};

/// Names what is counted: a limit of a promotion and, where it counts for each of several, for which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LimitKey {
    /// The promotion.
    pub promotion: PromotionId,
    /// Which of its limits.
    pub limit: ClaimedLimit,
    /// The customer, the code, the first day of the period or the event; empty where the limit counts all alike. For
    /// a balance the currency, and after a colon the customer who has it alone: `USD`, `USD:ann`.
    pub of: String,
}

impl LimitKey {
    fn new(promotion: &PromotionId, limit: ClaimedLimit, of: impl Into<String>) -> Self {
        Self { promotion: promotion.clone(), limit, of: of.into() }
    }

    /// The balance of a credit: everybody's, or a customer's own. Credit in another currency is another balance.
    fn balance(promotion: &PromotionId, currency: Currency, customer: Option<&CustomerId>) -> Self {
        match customer {
            None => Self::new(promotion, ClaimedLimit::SharedBalance, currency.to_string()),
            Some(customer) => {
                Self::new(promotion, ClaimedLimit::OwnBalance, format!("{currency}:{customer}"))
            }
        }
    }

    /// For whom it counts, without the currency of a balance.
    pub fn counted_for(&self) -> &str {
        if !self.limit.is_balance() {
            return &self.of;
        }
        self.of.split_once(':').map_or("", |(_, customer)| customer)
    }
}

impl Claim {
    /// What it counts against, for the customer and in the currency of its cart.
    ///
    /// ```
    /// use tearline_pricing::money::Currency;
    /// use tearline_pricing::quote::{Claim, ClaimedLimit};
    /// let claim = |limit| Claim {
    ///     promotion: "spring".into(), limit, take: 1, code: None, period: None, event: None,
    /// };
    /// let of = |limit| claim(limit).key(Some(&"ann".into()), Currency::USD).of;
    /// assert_eq!((of(ClaimedLimit::PerCustomer), of(ClaimedLimit::Total)), ("ann".to_owned(), String::new()));
    /// assert_eq!((of(ClaimedLimit::OwnBalance), of(ClaimedLimit::SharedBalance)), ("USD:ann".to_owned(), "USD".to_owned()));
    /// ```
    pub fn key(&self, customer: Option<&CustomerId>, currency: Currency) -> LimitKey {
        let of = match self.limit {
            ClaimedLimit::SharedBalance => return LimitKey::balance(&self.promotion, currency, None),
            ClaimedLimit::OwnBalance => return LimitKey::balance(&self.promotion, currency, customer),
            ClaimedLimit::PerCustomer => customer.map(ToString::to_string),
            ClaimedLimit::PerCode => self.code.clone(),
            ClaimedLimit::PerDay | ClaimedLimit::PerWeek | ClaimedLimit::PerMonth => {
                self.period.as_ref().map(Date::to_string)
            }
            ClaimedLimit::PerEvent => self.event.as_ref().map(ToString::to_string),
            ClaimedLimit::Total | ClaimedLimit::Budget => None,
        };
        LimitKey::new(&self.promotion, self.limit, of.unwrap_or_default())
    }
}

/// Every limit against which a cart could count, in order: of the promotions that can concern it, and of those that
/// its codes unlock. The facts need to know the codes of pools that the cart holds, and nothing else.
///
/// # Errors
///
/// Everything that is wrong with the cart; where nothing is limited nobody looks at it.
///
/// ```
/// use tearline_pricing::config::Documents;
/// use tearline_pricing::facts::Facts;
/// use tearline_pricing::snapshot::Snapshot;
/// use tearline_pricing::wanted::limits;
///
/// let mut documents = Documents::default();
/// documents.promotions.insert("first20".into(), serde_json::from_str(r#"{
///     "codes": ["SPRING"], "limits": {"total": 20}, "benefits": [{"percent_off": {"percent": 10}}]
/// }"#).unwrap());
/// let snapshot = Snapshot::compile(&documents, 1).unwrap();
/// let cart = |codes: &str| serde_json::from_str(&format!(r#"{{"currency": "USD", "lines": [], "codes": {codes}}}"#)).unwrap();
/// let wanted = |codes| limits(&cart(codes), &snapshot, &Facts::default(), jiff::Timestamp::UNIX_EPOCH).unwrap().len();
/// assert_eq!((wanted("[]"), wanted(r#"["spring"]"#)), (0, 1));
/// ```
pub fn limits(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &Facts,
    now: Timestamp,
) -> Result<BTreeSet<LimitKey>, Vec<CartFault>> {
    if !snapshot.has_limits() {
        return Ok(BTreeSet::new());
    }
    let mut resolved = resolve::resolve(cart, snapshot)?;
    let bulk = bulk::apply(&mut resolved, snapshot);
    let at = cart.at.unwrap_or(now);
    let case = Case { cart: &resolved, bulk: &bulk, snapshot, facts, at, resumed: None };
    let unlocked = (0..cart.codes.len()).filter_map(|place| {
        let (index, key) = candidates::look_up(cart, snapshot, facts, place).ok()?;
        Some((index, key.row.is_none().then(|| key.text.into_owned())))
    });
    let near = candidates::near(&case).into_iter().map(|index| (index, None));
    let wanted = near.chain(unlocked).collect::<Vec<_>>();
    Ok(wanted.into_iter().flat_map(|(index, code)| limits_of(&case, index, code)).collect())
}

fn limits_of(case: &Case<'_>, index: PromotionIndex, code: Option<String>) -> Vec<LimitKey> {
    let promotion = case.snapshot.promotion(index);
    let limits = &promotion.limits;
    let key = |limit, of: String| LimitKey::new(&promotion.id, limit, of);
    let mut keys = Vec::new();
    keys.extend(limits.total.map(|_| key(ClaimedLimit::Total, String::new())));
    let of_customer = case.cart.customer().filter(|_| limits.per_customer.is_some());
    keys.extend(of_customer.map(|customer| key(ClaimedLimit::PerCustomer, customer.to_string())));
    keys.extend(code.filter(|_| limits.per_code.is_some()).map(|code| key(ClaimedLimit::PerCode, code)));
    for (period, limit, most) in [
        (Period::Day, ClaimedLimit::PerDay, limits.per_day),
        (Period::Week, ClaimedLimit::PerWeek, limits.per_week),
        (Period::Month, ClaimedLimit::PerMonth, limits.per_month),
    ] {
        keys.extend(most.map(|_| key(limit, period.first_day(case.today()).to_string())));
    }
    if limits.per_event.is_some() {
        let lines = case.cart.lines.iter().filter(|line| promotion.scope.holds(line));
        let events: BTreeSet<&EventId> = lines.filter_map(|line| case.cart.event_of(line)).collect();
        keys.extend(events.into_iter().map(|event| key(ClaimedLimit::PerEvent, event.to_string())));
    }
    let budget = limits.budget.filter(|budget| budget.amount.currency == case.cart.currency());
    keys.extend(budget.map(|_| key(ClaimedLimit::Budget, String::new())));
    let balance = |customer| LimitKey::balance(&promotion.id, case.cart.currency(), customer);
    keys.extend(match is_shared(promotion) {
        Some(true) => Some(balance(None)),
        Some(false) => case.cart.customer().map(|customer| balance(Some(customer))),
        None => None,
    });
    keys
}

/// Whether a promotion's credit is one for all, if it gives credit.
fn is_shared(promotion: &CompiledPromotion) -> Option<bool> {
    promotion.benefits.iter().find_map(|benefit| match &benefit.benefit {
        Benefit::Credit(credit) => Some(credit.shared),
        _ => None,
    })
}

impl CompiledPromotion {
    /// Whether orders count against anything of it.
    pub(crate) fn is_limited(&self) -> bool {
        !self.limits.is_none() || is_shared(self).is_some()
    }
}

impl Snapshot {
    /// How much a limit allows in all: uses, or minor units of `currency`. None if the configuration has no such
    /// limit; a unique code has its own.
    pub fn most_of(&self, key: &LimitKey, currency: Currency) -> Option<u64> {
        let promotion = self.promotion(self.promotion_named(&key.promotion)?);
        let limits = &promotion.limits;
        match key.limit {
            ClaimedLimit::Total => limits.total,
            ClaimedLimit::PerCustomer => limits.per_customer,
            ClaimedLimit::PerCode => limits.per_code,
            ClaimedLimit::PerDay => limits.per_day,
            ClaimedLimit::PerWeek => limits.per_week,
            ClaimedLimit::PerMonth => limits.per_month,
            ClaimedLimit::PerEvent => limits.per_event,
            ClaimedLimit::Budget => {
                let budget = limits.budget.filter(|budget| budget.amount.currency == currency)?;
                budget.amount.minor.try_into().ok()
            }
            ClaimedLimit::SharedBalance | ClaimedLimit::OwnBalance => {
                promotion.benefits.iter().find_map(|benefit| match &benefit.benefit {
                    Benefit::Credit(credit) => credit.amount.in_currency(currency)?.try_into().ok(),
                    _ => None,
                })
            }
        }
    }
}

impl Facts {
    /// Takes in how much of a limit is taken; `most` is what it allows in all.
    pub fn count(&mut self, key: &LimitKey, taken: u64, most: u64) {
        let left = most.saturating_sub(taken);
        match key.limit {
            ClaimedLimit::SharedBalance | ClaimedLimit::OwnBalance => {
                self.balances.insert(key.promotion.clone(), left);
            }
            ClaimedLimit::Budget => {
                self.budgets.insert(key.promotion.clone(), left);
            }
            _ => self.uses.entry(key.promotion.clone()).or_default().count(key, taken),
        }
    }
}

impl Uses {
    fn count(&mut self, key: &LimitKey, uses: u64) {
        match key.limit {
            ClaimedLimit::Total => self.total = uses,
            ClaimedLimit::PerCustomer => self.customer = uses,
            ClaimedLimit::PerCode => {
                self.codes.insert(key.of.clone(), uses);
            }
            ClaimedLimit::PerDay => self.day = uses,
            ClaimedLimit::PerWeek => self.week = uses,
            ClaimedLimit::PerMonth => self.month = uses,
            ClaimedLimit::PerEvent => {
                self.events.insert(key.of.as_str().into(), uses);
            }
            ClaimedLimit::Budget | ClaimedLimit::SharedBalance | ClaimedLimit::OwnBalance => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Documents;

    #[test]
    fn a_budget_is_counted_in_its_currency_only() {
        let mut documents = Documents::default();
        let fund = r#"{"limits": {"budget": {"amount": "500.00 USD"}}, "benefits": [{"percent_off": {"percent": 10}}]}"#;
        documents.promotions.insert("fund".into(), serde_json::from_str(fund).unwrap());
        let snapshot = Snapshot::compile(&documents, 1).unwrap();
        let wanted = |currency: Currency| {
            let cart = Cart::of(currency, vec![crate::cart::Line::of("a", 1, 1_000)]);
            limits(&cart, &snapshot, &Facts::default(), Timestamp::UNIX_EPOCH).unwrap()
        };
        let key = LimitKey::new(&"fund".into(), ClaimedLimit::Budget, "");
        assert_eq!(wanted(Currency::USD), BTreeSet::from([key.clone()]));
        assert!(wanted(Currency::EUR).is_empty());
        assert_eq!(snapshot.most_of(&key, Currency::USD), Some(50_000));
        assert_eq!(snapshot.most_of(&key, Currency::EUR), None);
        let mut facts = Facts::default();
        facts.count(&key, 12_000, 50_000);
        assert_eq!(facts.budgets, BTreeMap::from([("fund".into(), 38_000)]));
    }
}
