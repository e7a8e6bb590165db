//! From what a cart holds to the promotions that can concern it, so that a cart touches only those.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::conditions;
use crate::names::CustomerId;
use crate::price::resolve::ResolvedCart;
use crate::snapshot::matcher::{EventIndex, Matcher, Symbol};
use crate::snapshot::{CompiledPromotion, PromotionIndex};

/// The automatic promotions of a shop, each found through one thing without which nothing can come of it, not
/// even a hint: a customer, some of certain items, or an event.
#[derive(Debug, Default)]
pub(crate) struct Index {
    all: Vec<PromotionIndex>,
    /// Those that need nothing of the kind.
    anywhere: Vec<PromotionIndex>,
    customers: FxHashMap<CustomerId, Vec<PromotionIndex>>,
    products: FxHashMap<Symbol, Vec<PromotionIndex>>,
    categories: FxHashMap<Symbol, Vec<PromotionIndex>>,
    events: FxHashMap<EventIndex, Vec<PromotionIndex>>,
}

/// Items by name. A cart that holds none of those that one of these names has nothing of what is anchored to them.
pub(crate) type Anchor<'a> = SmallVec<[&'a Matcher; 2]>;

impl Index {
    pub(crate) fn add(&mut self, index: PromotionIndex, promotion: &CompiledPromotion) {
        self.all.push(index);
        if !promotion.customers.is_empty() {
            for customer in &promotion.customers {
                self.customers.entry(customer.clone()).or_default().push(index);
            }
        } else if let Some(anchor) = anchor(promotion) {
            for matcher in anchor {
                matcher.products().iter().for_each(|it| self.products.entry(*it).or_default().push(index));
                matcher
                    .categories()
                    .iter()
                    .for_each(|it| self.categories.entry(*it).or_default().push(index));
            }
        } else if !promotion.scope.events.is_empty() {
            promotion.scope.events.iter().for_each(|it| self.events.entry(*it).or_default().push(index));
        } else {
            self.anywhere.push(index);
        }
    }

    /// All of them, in order.
    pub(crate) fn all(&self) -> &[PromotionIndex] {
        &self.all
    }

    /// Those that can concern a cart, in order.
    pub(crate) fn near<'s>(&'s self, cart: &ResolvedCart<'_>) -> Vec<PromotionIndex> {
        let mut lists = SmallVec::<[&[PromotionIndex]; 16]>::from_slice(&[&self.anywhere]);
        let mut add = |more: Option<&'s Vec<PromotionIndex>>| lists.extend(more.map(Vec::as_slice));
        add(cart.customer().and_then(|customer| self.customers.get(customer)));
        let lines = || cart.lines.iter();
        let products = distinct(lines().map(|line| line.product));
        products.iter().for_each(|product| add(self.products.get(product)));
        let categories = distinct(lines().flat_map(|line| line.categories.iter().copied()));
        categories.iter().for_each(|category| add(self.categories.get(category)));
        let events = distinct(lines().filter_map(|line| line.event));
        events.iter().for_each(|event| add(self.events.get(event)));
        let mut found = lists.concat();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> SmallVec<[T; 16]> {
    let mut all: SmallVec<[T; 16]> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The items of which the cart must hold some: by a condition, or by all benefits.
fn anchor(promotion: &CompiledPromotion) -> Option<Anchor<'_>> {
    let mut conditions = promotion.conditions.iter().chain(&promotion.late_conditions);
    conditions.find_map(conditions::Compiled::anchor).or_else(|| by_benefits(promotion))
}

fn by_benefits(promotion: &CompiledPromotion) -> Option<Anchor<'_>> {
    let of_benefit = |benefit: &crate::snapshot::CompiledBenefit| {
        let gives = benefit.benefit.gives();
        // What conditions have earned waits to be added where it is named, and a hint says so.
        let is_earned = !promotion.conditions.is_empty() || !promotion.late_conditions.is_empty();
        let waits = is_earned && !gives.rewards().is_empty();
        gives.anchor().filter(|_| !waits)
    };
    let mut anchor = Anchor::new();
    for benefit in &promotion.benefits {
        let matcher = &benefit.matchers[of_benefit(benefit)?];
        anchor.push(matcher.names_items().then_some(matcher)?);
    }
    Some(anchor)
}

#[cfg(test)]
mod tests {
    use crate::config::Documents;
    use crate::price::resolve::resolve;
    use crate::snapshot::Snapshot;

    /// The promotions that are near a cart with a mug of the category `cups`, bought by Ann in autumn.
    fn near(promotions: &[(&str, &str)]) -> Vec<String> {
        let read = |(id, promotion): &(&str, &str)| ((*id).into(), serde_json::from_str(promotion).unwrap());
        let events = ["spring", "autumn"].map(|id| (id.into(), crate::config::Event::default()));
        let documents = Documents {
            events: events.into(),
            promotions: promotions.iter().map(read).collect(),
            ..Documents::default()
        };
        let snapshot = Snapshot::compile(&documents, 1).unwrap();
        let cart = serde_json::from_str(
            r#"{"currency": "USD", "event": "autumn", "customer": {"id": "ann"}, "lines": [
                {"id": "a", "quantity": 1, "product": "mug", "categories": ["cups"], "unit_price": 500}]}"#,
        );
        let cart = cart.unwrap();
        let near = snapshot.automatic.near(&resolve(&cart, &snapshot).unwrap());
        near.into_iter().map(|index| snapshot.promotion(index).id.to_string()).collect()
    }

    #[test]
    fn a_cart_touches_what_its_items_customer_and_events_can_have() {
        let ten_off =
            |items: &str| format!(r#"{{"benefits": [{{"percent_off": {{"percent": 10{items}}}}}]}}"#);
        let found = near(&[
            ("album", &ten_off(r#", "items": {"products": ["album"]}"#)),
            ("all", &ten_off("")),
            ("but-albums", &ten_off(r#", "items": {"except_products": ["album"]}"#)),
            ("cups", &ten_off(r#", "items": {"categories": ["frames", "cups"], "products": ["album"]}"#)),
            ("mug", &ten_off(r#", "items": {"products": ["mug"]}"#)),
        ]);
        assert_eq!(found, ["all", "but-albums", "cups", "mug"]);
        let found = near(&[
            ("for-ann", r#"{"customers": ["bob", "ann"], "benefits": [{"free_shipping": {}}]}"#),
            ("for-bob", r#"{"customers": ["bob"], "benefits": [{"free_shipping": {}}]}"#),
            ("in-autumn", r#"{"events": ["autumn", "spring"], "benefits": [{"free_shipping": {}}]}"#),
            ("in-spring", r#"{"events": ["spring"], "benefits": [{"free_shipping": {}}]}"#),
        ]);
        assert_eq!(found, ["for-ann", "in-autumn"]);
    }

    #[test]
    fn one_condition_is_enough_and_every_benefit_is_needed() {
        let frames = r#"{"minimum": {"amount": "5.00 USD", "items": {"categories": ["frames"]}}}"#;
        let any = r#"{"minimum": {"amount": "5.00 USD"}}"#;
        let cups = r#"{"quantity": {"min": 1, "items": {"categories": ["cups"]}}}"#;
        let shipping = |conditions: String| {
            format!(r#"{{"conditions": [{conditions}], "benefits": [{{"free_shipping": {{}}}}]}}"#)
        };
        let found = near(&[
            ("all-of", &shipping(format!(r#"{{"all": [{any}, {frames}]}}"#))),
            ("any-of", &shipping(format!(r#"{{"any": [{any}, {frames}]}}"#))),
            ("any-of-named", &shipping(format!(r#"{{"any": [{cups}, {frames}]}}"#))),
            ("any-of-others", &shipping(format!(r#"{{"any": [{frames}, {frames}]}}"#))),
            ("not", &shipping(format!(r#"{{"not": {frames}}}"#))),
            ("nothing", &shipping(frames.replace("5.00", "0.00"))),
            ("second", &shipping(format!("{any}, {frames}"))),
        ]);
        assert_eq!(found, ["any-of", "any-of-named", "not", "nothing"]);
        let off_frames = r#"{"percent_off": {"percent": 10, "items": {"categories": ["frames"]}}}"#;
        let found = near(&[
            ("both", &format!(r#"{{"benefits": [{off_frames}, {off_frames}]}}"#)),
            ("one", &format!(r#"{{"benefits": [{off_frames}, {{"free_shipping": {{}}}}]}}"#)),
        ]);
        assert_eq!(found, ["one"]);
    }

    #[test]
    fn what_waits_to_be_added_is_found_without_it() {
        let album = r#""items": {"products": ["album"]}"#;
        let half = format!(r#"{{"percent_off": {{"percent": 50, {album}}}}}"#);
        let earned = r#""conditions": [{"minimum": {"amount": "5.00 USD"}}], "benefits""#;
        let found = near(&[
            ("earned", &format!(r"{{{earned}: [{half}]}}")),
            ("free", &format!(r#"{{"benefits": [{{"free_product": {{{album}}}}}]}}"#)),
            ("unasked", &format!(r#"{{"benefits": [{half}]}}"#)),
        ]);
        assert_eq!(found, ["earned", "free"]);
    }
}
