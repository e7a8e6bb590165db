//! What the shop's owner should look at.

use crate::money::{Currency, Money};
use crate::quote::QuoteWarning;

impl QuoteWarning {
    /// The warning in plain words; its amounts are in `currency`, that of the quote.
    pub fn words(&self, currency: Currency) -> String {
        let money = |minor| Money::new(minor, currency);
        match self {
            Self::UnderCost { line, net, cost } => {
                format!("line {line} is sold for {}, and costs {}", money(*net), money(*cost))
            }
            Self::GiftNotEarned { line, promotion } => {
                format!(
                    "line {line} is a gift of {promotion}, which is not earned: it is to be paid, or taken out"
                )
            }
            Self::CostUnknown { line, promotion } => {
                format!("{promotion} sells at cost, and the cost of line {line} is not known")
            }
        }
    }
}
