//! What a quote says, in plain words, spoken to the buyer.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tearline_pricing::money::{Currency, Money};
use tearline_pricing::names::{EventId, ProductId, PromotionId};
use tearline_pricing::quote::{Hint, QuoteWarning};
use tearline_pricing::refusal::Refusal;

/// Why a promotion or its code does not apply; times are those of the shop's `zone`.
///
/// ```
/// use jiff::tz::TimeZone;
/// use tearline_core::words::refusal_words;
/// use tearline_pricing::{money::Currency, refusal::Refusal};
/// let refusal = Refusal::MinimumNotMet { missing: 1_240, minimum: 5_000, sub_total: 3_760 };
/// assert_eq!(
///     refusal_words(&refusal, Currency::USD, &TimeZone::UTC),
///     "spend 12.40 USD more: it needs 50.00 USD, and this is 37.60 USD"
/// );
/// ```
pub fn refusal_words(refusal: &Refusal, currency: Currency, zone: &TimeZone) -> String {
    let money = |minor| Money::new(minor, currency);
    let time = |at: &Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
    match refusal {
        Refusal::Unknown => "there is no such code here".to_owned(),
        Refusal::Void => "it rests, or was withdrawn".to_owned(),
        Refusal::NotStarted { starts_at } => format!("it starts on {}", time(starts_at)),
        Refusal::Ended { ended_at } => format!("it ended on {}", time(ended_at)),
        Refusal::UsedUp => "it is used up".to_owned(),
        Refusal::PerCustomerLimit { uses_max } => {
            format!("you have used it as often as one may: {}", times(*uses_max))
        }
        Refusal::IdentifyFirst => "sign in first: it is not for everybody".to_owned(),
        Refusal::WrongEvent { events } => {
            format!("it only holds for {}", either(events.iter().map(EventId::as_str)))
        }
        Refusal::NotARecipient => "it is meant for somebody else".to_owned(),
        Refusal::CurrencyNotOffered { offered } => {
            format!("it is not offered in {currency}, only in {}", either(offered.iter().map(String::as_str)))
        }
        Refusal::MinimumNotMet { missing, minimum, sub_total } => format!(
            "spend {} more: it needs {}, and this is {}",
            money(*missing),
            money(*minimum),
            money(*sub_total)
        ),
        Refusal::ConditionNotMet { condition } => format!("the order does not meet: {condition}"),
        Refusal::NoMatchingProduct => "nothing in the order is what it rewards".to_owned(),
        Refusal::NoShippingMethod => "choose a way of shipping that it reaches".to_owned(),
        Refusal::NothingLeftToDiscount => "there is nothing left to take off".to_owned(),
        Refusal::NotCombinable { with } if with.is_empty() => "it may not stand beside others".to_owned(),
        Refusal::NotCombinable { with } => {
            format!("it may not stand beside {}", either(with.iter().map(PromotionId::as_str)))
        }
        Refusal::CostUnknown => "it sells at cost, and the cost is not known".to_owned(),
    }
}

/// What more would earn: `add 4.00 USD for free shipping`, `add 4x5: 1 of 4x5 free`.
pub fn hint_words(hint: &Hint, currency: Currency) -> String {
    match hint {
        Hint::SpendMore { gives, missing, .. } => {
            format!("add {} for {gives}", Money::new(*missing, currency))
        }
        Hint::NotAdded { gives, products, .. } => {
            format!("add {}: {gives}", either(products.iter().map(ProductId::as_str)))
        }
    }
}

/// What the shop's owner should look at.
pub fn warning_words(warning: &QuoteWarning, currency: Currency) -> String {
    let money = |minor| Money::new(minor, currency);
    match warning {
        QuoteWarning::UnderCost { line, net, cost } => {
            format!("line {line} is sold for {}, and costs {}", money(*net), money(*cost))
        }
        QuoteWarning::CostUnknown { line, promotion } => {
            format!("{promotion} sells at cost, and the cost of line {line} is not known")
        }
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn either<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(" or ")
}
