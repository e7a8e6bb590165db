//! Unique codes: what the row of each one says.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::code::match_key;
use crate::facts::Facts;
use crate::names::{CustomerId, PromotionId};
use crate::when::{When, Window};

/// A unique code of a pool. What it does not say itself, its promotion says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRow {
    /// The promotion that it unlocks, which must say `pool_codes`.
    pub promotion: PromotionId,
    /// What has become of it.
    #[serde(default)]
    pub state: CodeState,
    /// Whether it must be entered byte for byte, but for white space around it.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    pub exact: bool,
    /// From when it may be used; a day from its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<When>,
    /// Until when it may be used; a day counts to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<When>,
    /// The only one who may use it; absent = whoever has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// On how many orders it has been used.
    #[serde(default, skip_serializing_if = "crate::defaults::is_zero")]
    pub uses: u64,
    /// On how many orders it may be used; absent = as its promotion says in `limits.per_code`, else once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_max: Option<u64>,
}

/// What has become of a unique code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CodeState {
    /// It has been given to nobody yet. The default.
    #[default]
    Unassigned,
    /// It has been given to a customer.
    Assigned,
    /// Somebody is placing an order with the last of its uses.
    Held {
        /// Until when; from then on it is free again.
        until: Timestamp,
        /// Whether it is the buyer of this cart; one's own hold stops nobody.
        #[serde(default)]
        by_this_buyer: bool,
    },
    /// It has been used as often as it may be.
    Redeemed,
    /// It was withdrawn.
    Void,
    /// It was made to show what a code looks like.
    Preview,
}

impl Facts {
    /// The row of a code as entered, with its key: first byte for byte, then by its match key.
    ///
    /// ```
    /// use tearline_pricing::facts::Facts;
    /// let facts: Facts = serde_json::from_str(r#"{"codes": {
    ///     "spring1": {"promotion": "spring"}, "Ab-1": {"promotion": "spring", "exact": true}
    /// }}"#).unwrap();
    /// assert_eq!(facts.code(" SPRING-1 ").map(|(key, _)| key), Some("spring1"));
    /// assert!(facts.code("Ab-1").is_some() && facts.code("ab1").is_none());
    /// ```
    pub fn code(&self, entered: &str) -> Option<(&str, &CodeRow)> {
        if self.codes.is_empty() {
            return None;
        }
        let by_text = self.codes.get_key_value(entered.trim());
        let by_key = || self.codes.get_key_value(&match_key(entered)).filter(|(_, row)| !row.exact);
        by_text.or_else(by_key).map(|(key, row)| (key.as_str(), row))
    }
}

impl CodeRow {
    /// A code of a promotion that nobody was given yet.
    pub fn of(promotion: PromotionId) -> Self {
        Self {
            promotion,
            state: CodeState::Unassigned,
            exact: false,
            starts_at: None,
            expires_at: None,
            customer: None,
            uses: 0,
            uses_max: None,
        }
    }

    /// From when until when the code itself may be used. A time beyond the calendar bounds nothing.
    pub(crate) fn window(&self, zone: &TimeZone) -> Window {
        Window {
            starts_at: self.starts_at.and_then(|start| start.as_start(zone).ok()),
            ends_at: self.expires_at.and_then(|end| end.as_end(zone).ok()),
        }
    }

    /// Whether it can no longer be used at an instant, by what it says itself.
    pub fn is_over(&self, zone: &TimeZone, at: Timestamp) -> bool {
        self.window(zone).is_over(at)
    }

    /// On how many orders it may be used, where its promotion says `per_code`.
    pub(crate) fn uses_max(&self, per_code: Option<u64>) -> u64 {
        self.uses_max.or(per_code).unwrap_or(1)
    }

    /// Until when somebody else holds it, if anybody does at `at`.
    pub(crate) fn held_until(&self, at: Timestamp) -> Option<Timestamp> {
        match self.state {
            CodeState::Held { until, by_this_buyer: false } => Some(until).filter(|&until| at < until),
            _ => None,
        }
    }
}
