//! What can be wrong with facts by themselves.

use std::fmt;

use crate::cart::CODE_BYTES_MAX;
use crate::code::match_key;
use crate::facts::{CodeRow, Facts, Uses};
use crate::names::{CustomerId, EventId};

/// Something wrong in facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactFault {
    /// The place, as a JSON pointer: `/codes/spring1/promotion`.
    pub pointer: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl fmt::Display for FactFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// Everything that is wrong with facts by themselves: names that no document can have, and codes that no cart
/// could ever find. Facts about promotions that the shop does not have are fine; they concern nothing.
///
/// ```
/// use tearline_pricing::facts::{Facts, check::faults_of};
/// let facts: Facts = serde_json::from_str(r#"{"codes": {"SPRING-1": {"promotion": "spring"}}}"#).unwrap();
/// assert!(faults_of(&facts)[0].message.contains("write `spring1`"));
/// ```
pub fn faults_of(facts: &Facts) -> Vec<FactFault> {
    let mut faults = Faults(Vec::new());
    for (promotion, uses) in &facts.uses {
        let at = pointer("/uses", promotion.as_str());
        faults.name(&at, promotion.fault());
        faults.uses(&at, uses);
    }
    for (map, of) in [("/balances", &facts.balances), ("/budgets", &facts.budgets)] {
        for promotion in of.keys() {
            faults.name(&pointer(map, promotion.as_str()), promotion.fault());
        }
    }
    for (key, row) in &facts.codes {
        faults.code(&pointer("/codes", key), key, row);
    }
    for (segment, fault) in facts.segments.iter().filter_map(|it| Some((it, it.fault()?))) {
        faults.add("/segments", format!("`{segment}` {fault}"));
    }
    for (promotion, fault) in facts.recipient_of.iter().filter_map(|it| Some((it, it.fault()?))) {
        faults.add("/recipient_of", format!("`{promotion}` {fault}"));
    }
    faults.0
}

struct Faults(Vec<FactFault>);

impl Faults {
    fn add(&mut self, pointer: &str, message: String) {
        self.0.push(FactFault { pointer: pointer.to_owned(), message });
    }

    fn name(&mut self, pointer: &str, fault: Option<&'static str>) {
        if let Some(fault) = fault {
            self.add(pointer, fault.to_owned());
        }
    }

    fn uses(&mut self, at: &str, uses: &Uses) {
        for event in uses.events.keys() {
            self.name(&pointer(&format!("{at}/events"), event.as_str()), EventId::fault(event));
        }
        for key in uses.codes.keys() {
            self.key(&pointer(&format!("{at}/codes"), key), key, false);
        }
    }

    fn code(&mut self, at: &str, key: &str, row: &CodeRow) {
        self.key(at, key, row.exact);
        self.name(&format!("{at}/promotion"), row.promotion.fault());
        self.name(&format!("{at}/customer"), row.customer.as_ref().and_then(CustomerId::fault));
        if row.uses_max == Some(0) {
            self.add(
                &format!("{at}/uses_max"),
                "must be at least 1; to withdraw a code, set `state: void`".to_owned(),
            );
        }
    }

    /// A code stands under the form in which it is compared, or nobody finds it.
    fn key(&mut self, at: &str, key: &str, exact: bool) {
        let compared = if exact { key.trim().to_owned() } else { match_key(key) };
        if compared.is_empty() {
            self.add(at, "has nothing but spaces and dashes: a code needs letters or digits".to_owned());
        } else if key.len() > CODE_BYTES_MAX {
            self.add(at, format!("is longer than {CODE_BYTES_MAX} bytes"));
        } else if compared != key {
            self.add(at, format!("is not the form in which codes are compared: write `{compared}`"));
        }
    }
}

fn pointer(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(facts: &str) -> Vec<String> {
        faults_of(&serde_json::from_str(facts).unwrap()).iter().map(FactFault::to_string).collect()
    }

    #[test]
    fn facts_that_carts_can_find_are_fine() {
        let facts = r#"{
            "uses": {"spring": {"total": 1, "events": {"day": 1}, "codes": {"spring10": 1}}},
            "codes": {"spring1": {"promotion": "spring"}, "Ab-1": {"promotion": "spring", "exact": true}},
            "segments": ["vip"], "orders": 3, "last_order_at": "2026-03-31T12:00:00Z", "recipient_of": ["spring"]
        }"#;
        assert!(told(facts).is_empty());
    }

    #[test]
    fn each_fault_has_its_place() {
        let facts = r#"{
            "uses": {"": {}, "spring": {"events": {"": 1}, "codes": {"SPRING 10": 1}}},
            "balances": {"a\u0000": 1}, "budgets": {"": 1},
            "codes": {
                " - ": {"promotion": "spring"}, " ab ": {"promotion": "", "exact": true, "customer": ""},
                "a/b": {"promotion": "spring", "uses_max": 0}
            },
            "segments": [""], "recipient_of": [""]
        }"#;
        let places: Vec<String> =
            told(facts).into_iter().map(|fault| fault.split(": ").next().unwrap().to_owned()).collect();
        assert_eq!(
            places,
            [
                "/uses/",
                "/uses/spring/events/",
                "/uses/spring/codes/SPRING 10",
                "/balances/a\0",
                "/budgets/",
                "/codes/ - ",
                "/codes/ ab ",
                "/codes/ ab /promotion",
                "/codes/ ab /customer",
                "/codes/a~1b/uses_max",
                "/segments",
                "/recipient_of"
            ]
        );
    }
}
