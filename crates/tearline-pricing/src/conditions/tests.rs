//! What may not be said in conditions.

use crate::config::Documents;
use crate::snapshot::Snapshot;

/// What is wrong with a condition in a shop that has the event `spring`.
fn faults(condition: &str) -> Vec<String> {
    let promotion =
        format!(r#"{{"conditions": [{condition}], "benefits": [{{"percent_off": {{"percent": 10}}}}]}}"#);
    let promotion = serde_json::from_str(&promotion).unwrap_or_else(|error| panic!("{condition}: {error}"));
    let documents = Documents {
        events: [("spring".into(), crate::config::Event::default())].into(),
        promotions: [("p".into(), promotion)].into(),
        ..Documents::default()
    };
    let faults = Snapshot::compile(&documents, 1).err().unwrap_or_default();
    faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect()
}

/// The only fault of a condition, below its place.
fn fault(condition: &str) -> String {
    let faults = faults(condition);
    assert_eq!(faults.len(), 1, "{condition}: {faults:?}");
    faults[0].strip_prefix("/conditions/0/").unwrap_or(&faults[0]).to_owned()
}

#[test]
fn bounds_that_nothing_fits_are_faults() {
    assert_eq!(fault(r#"{"quantity": {}}"#), "quantity/min: is needed, or `max`");
    assert_eq!(fault(r#"{"distinct": {"min": 0}}"#), "distinct/min: must be at least 1");
    assert_eq!(fault(r#"{"distinct": {"min": 3, "max": 2}}"#), "distinct/max: must be at least `min`, 3");
    assert_eq!(
        fault(r#"{"quantity": {"max": 2, "spend": true}}"#),
        "quantity/spend: needs `min`: it spends so many units"
    );
    assert_eq!(
        fault(r#"{"dates": {"from": "2026-06-02", "until": "2026-06-01"}}"#),
        "dates/until: must be after `from`"
    );
    assert_eq!(fault(r#"{"dates": {}}"#), "dates/from: is needed, or `until`");
    assert!(faults(r#"{"dates": {"from": "2026-06-01", "until": "2026-06-01"}}"#).is_empty());
}

#[test]
fn lists_need_something_in_them_and_nothing_wrong() {
    for (name, list) in [
        ("event", "events"),
        ("customer", "customers"),
        ("currency", "currencies"),
        ("channel", "channels"),
        ("segment", "segments"),
    ] {
        let empty = format!(r#"{{"{name}": {{"{list}": []}}}}"#);
        assert_eq!(fault(&empty), format!("{name}/{list}: has nothing in it"));
    }
    assert_eq!(
        fault(r#"{"event": {"events": ["spring", "autumn"]}}"#),
        "event/events/1: there is no event `autumn`"
    );
    let deep = r#"{"any": [{"event": {"events": ["spring"]}}, {"not": {"event": {"events": ["nowhere"]}}}]}"#;
    assert_eq!(fault(deep), "any/1/not/event/events/0: there is no event `nowhere`");
    assert!(
        fault(r#"{"customer": {"customers": ["ann", ""]}}"#).starts_with("customer/customers/1: is empty")
    );
    assert!(
        fault(r#"{"shipping": {"countries": ["Poland"]}}"#)
            .starts_with("shipping/countries/0: is not a country")
    );
    assert!(fault(r#"{"shipping": {"methods": [""]}}"#).starts_with("shipping/methods/0: is empty"));
    assert_eq!(fault(r#"{"shipping": {}}"#), "shipping/countries: is needed, or `methods`");
}

#[test]
fn what_would_always_or_never_be_met_is_a_fault() {
    assert!(
        fault(r#"{"contains": {"items": {}}}"#).starts_with("contains/items: needs something to look for")
    );
    let all = r#"{"contains": {"items": {"skip_reduced": true}, "how": "all"}}"#;
    assert_eq!(fault(all), "contains/items: needs the products or categories that all must be there");
    assert_eq!(fault(r#"{"weekly": {}}"#), "weekly/days: is needed, or `from` or `until`");
    for hours in [r#""from": "17:00", "until": "17:00""#, r#""until": "00:00""#] {
        assert!(fault(&format!(r#"{{"weekly": {{{hours}}}}}"#)).starts_with("weekly/until: must differ"));
    }
    assert!(faults(r#"{"weekly": {"from": "17:00", "until": "00:00"}}"#).is_empty());
}

#[test]
fn orders_are_counted_so_that_one_can_be_meant() {
    let number = |fields: &str| fault(&format!(r#"{{"order_number": {{{fields}}}}}"#));
    assert_eq!(number(""), "order_number/from: is needed, or `to` or `every`");
    assert_eq!(number(r#""to": 0"#), "order_number/to: must be at least 1");
    assert_eq!(number(r#""from": 0"#), "order_number/from: must be at least 1");
    assert_eq!(number(r#""from": 3, "to": 2"#), "order_number/to: must be at least `from`, 3");
    for every in [0, 1] {
        assert!(
            number(&format!(r#""every": {every}"#)).starts_with("order_number/every: must be at least 2")
        );
    }
    let never = "order_number/every: has no multiple from `from` to `to`";
    assert_eq!(number(r#""every": 5, "to": 4"#), never);
    assert_eq!(number(r#""every": 5, "from": 6, "to": 9"#), never);
    for possible in [r#""every": 5, "to": 5"#, r#""every": 5, "from": 10, "to": 10"#, r#""every": 2"#] {
        assert!(faults(&format!(r#"{{"order_number": {{{possible}}}}}"#)).is_empty(), "{possible}");
    }
    assert_eq!(fault(r#"{"days_since_order": {}}"#), "days_since_order/min: is needed, or `max`");
    assert!(faults(r#"{"days_since_order": {"max": 0}}"#).is_empty());
}

#[test]
fn attributes_compare_in_at_least_one_way_that_is_possible() {
    let attribute =
        |fields: &str| fault(&format!(r#"{{"attribute": {{"of": "cart", "name": "n"{fields}}}}}"#));
    assert!(attribute("").starts_with("attribute/is: is needed, or is_not, in"));
    assert_eq!(
        attribute(r#", "exists": false, "is": 1"#),
        "attribute/exists: `false` leaves nothing to compare"
    );
    let never = "leaves no number above the lower bound";
    assert_eq!(attribute(r#", "at_least": 3, "at_most": 2"#), format!("attribute/at_most: {never}"));
    assert_eq!(attribute(r#", "above": 2, "below": 3"#), format!("attribute/below: {never}"));
    let most = format!(r#", "above": {}"#, i64::MAX);
    assert!(faults(&format!(r#"{{"attribute": {{"of": "cart", "name": "n"{most}}}}}"#)).is_empty());
    assert_eq!(attribute(r#", "in": []"#), "attribute/in: has nothing in it");
    let long = "x".repeat(257);
    assert!(
        attribute(&format!(r#", "in": ["a", "{long}"]"#)).starts_with("attribute/in/1: is longer than 256")
    );
    assert!(attribute(&format!(r#", "has": "{long}""#)).starts_with("attribute/has: is longer than 256"));
    assert!(
        fault(r#"{"attribute": {"of": "line", "name": "", "is": 1}}"#)
            .starts_with("attribute/name: is empty")
    );
}
