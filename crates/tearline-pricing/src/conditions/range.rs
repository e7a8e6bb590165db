//! From so many to so many: the bounds that conditions share which count.

use crate::conditions::Fault;

/// At least so many and at most so many, both included; either side may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<u32>,
}

impl Range {
    /// Any number.
    pub(crate) const OPEN: Self = Self { min: None, max: None };

    pub(crate) fn holds(self, count: u64) -> bool {
        self.min.is_none_or(|min| count >= min.into()) && self.max.is_none_or(|max| count <= max.into())
    }

    /// How many more would reach its lower bound, where these do not.
    pub(crate) fn missing(self, count: u64) -> Option<u32> {
        let missing = u64::from(self.min?).checked_sub(count).filter(|missing| *missing > 0)?;
        u32::try_from(missing).ok()
    }

    /// What is wrong with it, in a document that has its two sides under these names.
    pub(crate) fn faults(self, min: &'static str, max: &'static str) -> Vec<Fault> {
        let neither = self.min.is_none() && self.max.is_none();
        let neither = neither.then(|| (min.into(), format!("is needed, or `{max}`")));
        let nothing = (self.min == Some(0)).then(|| (min.into(), "must be at least 1".to_owned()));
        let crossed = self.min.zip(self.max).filter(|(low, high)| low > high);
        let crossed = crossed.map(|(low, _)| (max.into(), format!("must be at least `{min}`, {low}")));
        neither.into_iter().chain(nothing).chain(crossed).collect()
    }

    /// `at least 3`, `2 to 5`, `exactly 1`.
    pub(crate) fn words(self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("exactly {min}"),
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, max) => format!("at most {}", max.unwrap_or(0)),
        }
    }

    /// The same of things that have a name, in the singular: `at least 1 item`, `2 to 5 items`.
    pub(crate) fn words_of(self, thing: &str) -> String {
        let ending = if self.max.or(self.min) == Some(1) { "" } else { "s" };
        format!("{} {thing}{ending}", self.words())
    }
}
