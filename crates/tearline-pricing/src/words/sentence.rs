//! A whole promotion in one sentence.

use jiff::civil::DateTime;

use super::{Vocabulary, list, times};
use crate::conditions::Condition;
use crate::config::Promotion;
use crate::config::promotion::{FundedBy, Limits, Stacking};
use crate::names::CustomerId;
use crate::when::When;

impl Vocabulary {
    /// What a promotion gives, under which conditions, where, to whom, when and how often.
    ///
    /// ```
    /// use tearline_pricing::config::Documents;
    /// use tearline_pricing::words::Vocabulary;
    /// let promotion = serde_json::from_str(r#"{
    ///     "benefits": [{"buy_x_get_y": {
    ///         "buy": {"units": 2, "items": {"products": ["print"]}}, "get": {"units": 1}, "percent": 50
    ///     }}],
    ///     "conditions": [{"minimum": {"amount": "50.00 USD"}}],
    ///     "expires_at": "2026-03-31", "limits": {"per_customer": 3}
    /// }"#).unwrap();
    /// let words = Vocabulary::of(&Documents::default());
    /// assert_eq!(
    ///     words.sentence(&promotion),
    ///     "Buy 2 of print, get another one at half price, if the sub-total is at least 50.00 USD, until 31 March 2026, \
    ///      3 times per customer."
    /// );
    /// ```
    pub fn sentence(&self, promotion: &Promotion) -> String {
        // Taken apart, so that whoever adds a field decides whether the sentence tells it.
        let Promotion {
            name: _,
            texts: _,
            note: _,
            paused,
            codes,
            pool_codes,
            events,
            customers,
            starts_at,
            expires_at,
            conditions,
            benefits: _,
            limits,
            stacking,
            combines_with_codes,
            exclusive,
            group,
            ignore_floor,
            funded_by,
            priority: _,
        } = promotion;
        let parts = [
            Some(self.gives(promotion)),
            some(conditions, |conditions| format!("if {}", self.conditions(conditions))),
            some(events, |events| format!("in {}", list(events.iter().map(|event| self.event(event)), "or"))),
            some(customers, for_customers),
            promotion.needs_code().then(|| with_codes(codes, *pool_codes)),
            self.window(*starts_at, *expires_at),
            limits_words(limits),
            stacking_words(*stacking),
            combines_with_codes.then(|| "together with other codes that allow it".to_owned()),
            exclusive.then(|| "with nothing beside it".to_owned()),
            group.as_ref().map(|group| format!("unless another of group {group} applies")),
            ignore_floor.then(|| "below price floors too".to_owned()),
            (*funded_by == FundedBy::ThirdParty).then(|| "paid by a third party".to_owned()),
        ];
        let sentence = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if *paused { format!("Paused: {sentence}.") } else { format!("{}.", capitalized(&sentence)) }
    }

    /// What a promotion gives: `10% off the order and free shipping`.
    pub(crate) fn gives(&self, promotion: &Promotion) -> String {
        let benefits: Vec<_> = promotion.benefits.iter().map(|benefit| benefit.words(self)).collect();
        list(benefits.iter().map(String::as_str), "and")
    }

    fn conditions(&self, conditions: &[Condition]) -> String {
        match conditions {
            [only] => only.words(self),
            all => {
                let all: Vec<_> = all.iter().map(|condition| condition.words_in_list(self)).collect();
                all.join(" and ")
            }
        }
    }

    /// `from 1 March 2026 until 31 March 2026`, `on 24 December 2026`; nothing, if it has no ends.
    pub(crate) fn window(&self, starts_at: Option<When>, expires_at: Option<When>) -> Option<String> {
        let from = |start| format!("from {}", self.when(start));
        let until = |end| format!("until {}", self.when(end));
        match (starts_at, expires_at) {
            (None, None) => None,
            (Some(When::Day(first)), Some(When::Day(last))) if first == last => {
                Some(format!("on {}", self.when(When::Day(first))))
            }
            (Some(start), Some(end)) => Some(format!("{} {}", from(start), until(end))),
            (Some(start), None) => Some(from(start)),
            (None, Some(end)) => Some(until(end)),
        }
    }

    /// `31 March 2026`; with the time of day where one is meant, and with the zone where it is an instant.
    fn when(&self, when: When) -> String {
        let minutes = |time: DateTime| time.strftime("%-d %B %Y %H:%M").to_string();
        match when {
            When::Day(day) => day.strftime("%-d %B %Y").to_string(),
            When::Local(time) => minutes(time),
            When::Instant(instant) => {
                instant.to_zoned(self.zone.clone()).strftime("%-d %B %Y %H:%M %Z").to_string()
            }
        }
    }
}

fn some<T>(items: &[T], words: impl FnOnce(&[T]) -> String) -> Option<String> {
    (!items.is_empty()).then(|| words(items))
}

fn for_customers(customers: &[CustomerId]) -> String {
    match customers {
        [_, _, _, _, ..] => format!("for {} customers", customers.len()),
        few => format!("for {}", list(few.iter().map(CustomerId::as_str), "and")),
    }
}

fn with_codes(codes: &[String], pool_codes: bool) -> String {
    let of_pool = pool_codes.then_some("one of a pool");
    match codes {
        [] => "with a code of a pool".to_owned(),
        [_, _, _, _, ..] => {
            let some = format!("one of {} codes", codes.len());
            format!("with {}", list([some.as_str()].into_iter().chain(of_pool), "or"))
        }
        few => format!("with code {}", list(few.iter().map(String::as_str).chain(of_pool), "or")),
    }
}

fn limits_words(limits: &Limits) -> Option<String> {
    let Limits { total, per_customer, per_code, per_day, per_week, per_month, per_event, budget } = limits;
    let total = total.map(|count| match count {
        1 => "for the first order only".to_owned(),
        _ => format!("for the first {count} orders"),
    });
    let each = [
        ("customer", per_customer),
        ("code", per_code),
        ("day", per_day),
        ("week", per_week),
        ("month", per_month),
        ("event", per_event),
    ];
    let each = each.into_iter().filter_map(|(what, count)| Some(format!("{} per {what}", times((*count)?))));
    let budget = budget.map(|budget| {
        let rest = if budget.clip { ", or what is left of it" } else { "" };
        format!("up to {} in all{rest}", budget.amount)
    });
    let limits: Vec<String> = total.into_iter().chain(each).chain(budget).collect();
    some(&limits, |limits| limits.join(", "))
}

fn stacking_words(stacking: Stacking) -> Option<String> {
    match stacking {
        Stacking::Chain => None,
        Stacking::Add => Some("added up with automatic discounts".to_owned()),
        Stacking::Best => Some("in place of automatic discounts where it gives more".to_owned()),
    }
}

fn capitalized(sentence: &str) -> String {
    let mut characters = sentence.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Documents;

    fn said(promotion: &str) -> String {
        let mut documents = Documents::default();
        documents.shop.time_zone = "Europe/Warsaw".to_owned();
        let list =
            r#"{"products": [{"id": "p", "name": "Print"}], "categories": [{"id": "c", "name": "Albums"}]}"#;
        documents.price_lists.insert("list".into(), serde_json::from_str(list).unwrap());
        Vocabulary::of(&documents).sentence(&serde_json::from_str(promotion).unwrap())
    }

    fn benefit(benefit: &str) -> String {
        said(&format!(r#"{{"benefits": [{benefit}]}}"#))
    }

    fn rest(fields: &str) -> String {
        said(&format!(r#"{{"benefits": [{{"percent_off": {{"percent": 10}}}}], {fields}}}"#))
    }

    #[test]
    fn items_are_spoken_of_by_name_and_number() {
        let off = |fields: &str| benefit(&format!(r#"{{"percent_off": {{"percent": 12.5, {fields}}}}}"#));
        assert_eq!(off(r#""items": {}"#), "12.5% off everything.");
        assert_eq!(off(r#""items": {}, "units": 1"#), "12.5% off the cheapest item.");
        assert_eq!(off(r#""items": {}, "units": 3, "choose": "dearest""#), "12.5% off the 3 dearest items.");
        assert_eq!(off(r#""items": {"products": ["p"]}, "units": 1"#), "12.5% off one Print.");
        assert_eq!(off(r#""items": {"products": ["p"]}, "units": 2"#), "12.5% off 2 of Print.");
        assert_eq!(
            off(r#""items": {"products": ["p"], "categories": ["c"]}, "units": 2, "choose": "cart_order""#),
            "12.5% off the first 2 of Print or Albums."
        );
        assert_eq!(
            off(r#""items": {"except_products": ["p", "q"], "except_categories": ["c"]}"#),
            "12.5% off everything but Print, q and Albums."
        );
    }

    #[test]
    fn amounts_say_how_often_they_are_taken() {
        let off = |fields: &str| benefit(&format!(r#"{{"amount_off": {{"amount": "2.00 EUR", {fields}}}}}"#));
        assert_eq!(off(r#""items": {}"#), "2.00 EUR off each item.");
        assert_eq!(off(r#""items": {"products": ["p"]}"#), "2.00 EUR off each Print.");
        assert_eq!(off(r#""items": {"categories": ["c"]}"#), "2.00 EUR off each of Albums.");
        let albums = r#""items": {"categories": ["c"]}"#;
        assert_eq!(off(&format!(r#"{albums}, "units": 1"#)), "2.00 EUR off the cheapest of Albums.");
        assert_eq!(off(&format!(r#"{albums}, "units": 2"#)), "2.00 EUR each off the 2 cheapest of Albums.");
        assert_eq!(off(&format!(r#"{albums}, "per": "line""#)), "2.00 EUR off each line of Albums.");
        assert_eq!(off(&format!(r#"{albums}, "per": "cart""#)), "2.00 EUR off Albums.");
    }

    #[test]
    fn buying_some_to_get_others() {
        let sets = |fields: &str| benefit(&format!(r#"{{"buy_x_get_y": {{{fields}}}}}"#));
        assert_eq!(
            sets(r#""buy": {"units": 1}, "get": {"units": 1}"#),
            "Buy any item, get another one free that costs no more."
        );
        assert_eq!(
            sets(
                r#""buy": {"units": 2, "items": {"categories": ["c"]}}, "get": {"units": 2}, "percent": 20, "sets_max": 1"#
            ),
            "Buy 2 of Albums, get 2 more at 20% off that cost no more, once per order."
        );
        assert_eq!(
            sets(
                r#""buy": {"units": 3, "items": {"products": ["p"]}}, "get": {"units": 1, "items": {"categories": ["c"]}}, "percent": 50, "sets_max": 3"#
            ),
            "Buy 3 of Print, get the cheapest of Albums at half price, up to 3 times per order."
        );
    }

    #[test]
    fn several_benefits_are_listed() {
        let three = r#"{"percent_off": {"percent": 10}}, {"free_shipping": {"methods": ["post", "van"]}}, {"at_cost": {"items": {"categories": ["c"]}}}"#;
        assert_eq!(benefit(three), "10% off the order, free shipping by post or van and Albums at cost.");
    }

    #[test]
    fn conditions_keep_their_grouping() {
        let least = |amount: &str| format!(r#"{{"minimum": {{"amount": "{amount} EUR"}}}}"#);
        let (one, two, three) = (least("1.00"), least("2.00"), least("3.00"));
        assert_eq!(
            rest(&format!(r#""conditions": [{{"any": [{one}, {{"all": [{two}, {three}]}}]}}]"#)),
            "10% off the order, if the sub-total is at least 1.00 EUR or (the sub-total is at least 2.00 EUR and the sub-total is at least 3.00 EUR)."
        );
        assert_eq!(
            rest(&format!(r#""conditions": [{{"any": [{one}, {two}]}}, {{"not": {three}}}]"#)),
            "10% off the order, if (the sub-total is at least 1.00 EUR or the sub-total is at least 2.00 EUR) and not (the sub-total is at least 3.00 EUR)."
        );
    }

    #[test]
    fn days_times_and_instants() {
        assert_eq!(rest(r#""starts_at": "2026-03-01""#), "10% off the order, from 1 March 2026.");
        assert_eq!(
            rest(r#""starts_at": "2026-03-31", "expires_at": "2026-03-31""#),
            "10% off the order, on 31 March 2026."
        );
        assert_eq!(
            rest(r#""starts_at": "2026-03-01T09:30", "expires_at": "2026-07-01T10:00:00Z""#),
            "10% off the order, from 1 March 2026 09:30 until 1 July 2026 12:00 CEST."
        );
    }

    #[test]
    fn whom_and_how_often() {
        assert_eq!(
            rest(r#""customers": ["a", "b"], "limits": {"total": 1, "per_customer": 2}"#),
            "10% off the order, for a and b, for the first order only, twice per customer."
        );
        assert_eq!(
            rest(
                r#""customers": ["a", "b", "c", "d"], "codes": ["W", "X", "Y", "Z"], "stacking": "add", "combines_with_codes": true"#
            ),
            "10% off the order, for 4 customers, with one of 4 codes, added up with automatic discounts, together with other codes that allow it."
        );
        assert_eq!(rest(r#""exclusive": true"#), "10% off the order, with nothing beside it.");
        assert_eq!(
            rest(r#""group": "welcome""#),
            "10% off the order, unless another of group welcome applies."
        );
        assert_eq!(
            rest(
                r#""pool_codes": true, "limits": {"per_code": 3, "per_day": 1, "per_week": 2, "per_event": 5}"#
            ),
            "10% off the order, with a code of a pool, 3 times per code, once per day, twice per week, 5 times per event."
        );
        assert_eq!(
            rest(r#""codes": ["W", "X"], "pool_codes": true, "limits": {"per_month": 9}"#),
            "10% off the order, with code W, X or one of a pool, 9 times per month."
        );
        assert_eq!(
            rest(r#""limits": {"total": 9, "budget": {"amount": "500.00 USD"}}"#),
            "10% off the order, for the first 9 orders, up to 500.00 USD in all."
        );
        assert_eq!(
            rest(r#""limits": {"budget": {"amount": "500.00 USD", "clip": true}}"#),
            "10% off the order, up to 500.00 USD in all, or what is left of it."
        );
        assert_eq!(rest(r#""paused": true"#), "Paused: 10% off the order.");
    }
}
