//! Random carts for random shops, and what is known about their customers.

use tearline_pricing::attribute::Attributes;
use tearline_pricing::benefits::Benefit;
use tearline_pricing::cart::{Add, Cart, Customer, Line, Shipping, ShippingOption, TaxRate};
use tearline_pricing::code::match_key;
use tearline_pricing::config::{Documents, Promotion};
use tearline_pricing::facts::{CodeRow, CodeState, Facts, Uses};
use tearline_pricing::money::Currency;
use tearline_pricing::names::{EventId, ProductId, PromotionId, TaxCategory};

use super::shops::{
    ATTRIBUTES, CATEGORIES, CHANNELS, COUNTRIES, CUSTOMERS, EVENTS, GALLERIES, METHODS, PRODUCTS, SEGMENTS,
    SUBJECTS, TAX_CATEGORIES, attribute, documents, percent, price, time,
};
use super::tape::Tape;

/// Around midnights, ends of weeks and months, and the clock changes of Warsaw.
const INSTANTS: [&str; 8] = [
    "2026-06-15T22:30:00Z",
    "2026-06-30T23:59:59Z",
    "2026-06-30T22:00:00Z",
    "2027-01-03T22:59:59Z",
    "2026-03-28T23:30:00Z",
    "2026-10-24T22:00:00Z",
    "2026-03-29T00:10:00Z",
    "2026-10-25T01:20:00Z",
];
/// Today, yesterday by one calendar or another, a month ago, and before each change of the clock.
const ORDERED: [&str; 6] = [
    "2026-06-15T09:00:00Z",
    "2026-06-14T22:30:00Z",
    "2026-06-13T21:59:59Z",
    "2026-05-15T12:00:00Z",
    "2026-03-28T22:30:00Z",
    "2026-10-23T22:30:00Z",
];
const HOLDS: [&str; 3] = ["2026-06-15T12:10:00Z", "2026-06-15T12:00:00Z", "2026-06-15T11:50:00Z"];

/// Everything that a price depends on.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) documents: Documents,
    pub(crate) cart: Cart,
    pub(crate) facts: Facts,
}

/// Reads a case from a tape; always a valid one.
pub(crate) fn case(numbers: &[u16]) -> Case {
    let mut tape = Tape::new(numbers);
    let documents = documents(&mut tape);
    let cart = cart(&mut tape, &documents);
    let facts = facts(&mut tape, &documents, &cart);
    Case { documents, cart, facts }
}

/// A cart of one to four lines; always valid.
pub(crate) fn cart(tape: &mut Tape<'_>, documents: &Documents) -> Cart {
    let event = tape.chance(90).then(|| tape.one(&[EVENTS[0], EVENTS[0], EVENTS[1]]).into());
    let customer = tape.maybe(60, customer);
    let mut ids = vec!["b", "a", "B", "aa", "é", "10", "9"];
    let tax_rates = tax_rates(tape, documents);
    let taxed: Vec<TaxCategory> = tax_rates.iter().map(|rate| rate.category.clone()).collect();
    let fewest = if tape.in_pennies || tape.is_limited { 3 } else { 1 };
    let lines = tape.several(fewest, 4, |tape| {
        let id = ids.remove(tape.pick(ids.len()));
        let tax_category = named(tape, 20, &taxed);
        Line { tax_category, ..line(tape, id, documents, event.as_ref()) }
    });
    Cart {
        at: tape.maybe(12, |tape| tape.one(&INSTANTS).parse().expect("an instant")),
        event,
        customer,
        shipping: tape.maybe(60, |tape| shipping(tape, &taxed)),
        tax_rates,
        codes: codes(tape, documents),
        channel: tape.maybe(50, |tape| tape.one(&CHANNELS).into()),
        attributes: attributes(tape),
        ..Cart::of(Currency::USD, lines)
    }
}

fn line(tape: &mut Tape<'_>, id: &str, documents: &Documents, cart_event: Option<&EventId>) -> Line {
    let product = tape.maybe(85, |tape| ProductId::from(tape.one(&PRODUCTS)));
    let event = tape.maybe(if tape.is_limited { 60 } else { 15 }, |tape| EventId::from(tape.one(&EVENTS)));
    let listed = is_listed(documents, event.as_ref().or(cart_event), product.as_ref());
    let quantity = if tape.in_pennies { tape.one(&[1, 1, 1, 4]) } else { tape.one(&[1, 2, 3, 4]) };
    Line {
        product,
        unit_price: (!listed || tape.chance(60)).then(|| price(tape)),
        cost: tape.maybe(30, price),
        categories: tape.maybe(40, |tape| tape.some_of(40, &CATEGORIES.map(Into::into))),
        event,
        subject: tape.maybe(30, |tape| tape.one(&SUBJECTS).into()),
        gallery: tape.maybe(30, |tape| tape.one(&GALLERIES).into()).filter(|_| cart_event.is_some()),
        adds: if tape.chance(50) { adds(tape, quantity) } else { Vec::new() },
        discountable: !tape.chance(8),
        gift_of: tape.maybe(25, |tape| gift_of(tape, documents)).flatten(),
        reduced_from: tape.maybe(10, price),
        floor: tape.maybe(8, price),
        attributes: attributes(tape),
        ..Line::of(id, quantity, 0)
    }
}

fn customer(tape: &mut Tape<'_>) -> Customer {
    Customer { id: tape.one(&CUSTOMERS).into(), email: None, attributes: attributes(tape) }
}

fn attributes(tape: &mut Tape<'_>) -> Attributes {
    let mut attributes = Attributes::new();
    for name in ATTRIBUTES {
        if let Some(value) = tape.maybe(50, attribute) {
            attributes.insert(name.into(), value);
        }
    }
    attributes
}

/// One of the promotions, one that has a gift if there is any.
fn gift_of(tape: &mut Tape<'_>, documents: &Documents) -> Option<PromotionId> {
    let gives = |promotion: &Promotion| promotion.benefits.iter().any(|it| matches!(it, Benefit::Gift(_)));
    let giving = documents.promotions.iter().filter(|(_, promotion)| gives(promotion));
    let ids: Vec<&PromotionId> = giving.map(|(id, _)| id).chain(documents.promotions.keys().next()).collect();
    (!ids.is_empty()).then(|| tape.one(&ids).clone())
}

/// Whether the event's price list says what the product costs.
fn is_listed(documents: &Documents, event: Option<&EventId>, product: Option<&ProductId>) -> bool {
    let list =
        event.and_then(|event| documents.events.get(event)).and_then(|event| event.price_list.as_ref());
    let products = list.and_then(|list| documents.price_lists.get(list)).map(|list| &list.products);
    let listed = products.into_iter().flatten().find(|listed| Some(&listed.id) == product);
    listed.is_some_and(|listed| listed.price.is_some())
}

fn adds(tape: &mut Tape<'_>, quantity: u32) -> Vec<Add> {
    (0..quantity).map(|_| Add { seq: tape.one(&[1, 2, 3, 4, 5, -7]), units: 1 }).collect()
}

/// One of the categories for which the cart has a rate; any one, while it has none at all.
fn named(tape: &mut Tape<'_>, percent: usize, taxed: &[TaxCategory]) -> Option<TaxCategory> {
    let any = TAX_CATEGORIES.map(TaxCategory::from);
    tape.maybe(percent, |tape| tape.one(if taxed.is_empty() { &any } else { taxed }))
}

fn shipping(tape: &mut Tape<'_>, taxed: &[TaxCategory]) -> Shipping {
    Shipping {
        options: METHODS.map(|id| option(tape, id, taxed)).into(),
        chosen: tape.maybe(75, |tape| tape.one(&METHODS).into()),
        country: tape.maybe(60, |tape| tape.one(&COUNTRIES).into()),
    }
}

fn option(tape: &mut Tape<'_>, id: &str, taxed: &[TaxCategory]) -> ShippingOption {
    ShippingOption { id: id.into(), price: price(tape), tax_category: named(tape, 50, taxed) }
}

/// No rates, or at least those that products need.
fn tax_rates(tape: &mut Tape<'_>, documents: &Documents) -> Vec<TaxRate> {
    if tape.chance(40) {
        return Vec::new();
    }
    let products = documents.price_lists.values().flat_map(|list| &list.products);
    let needed: Vec<&TaxCategory> = products.filter_map(|product| product.tax_category.as_ref()).collect();
    let is_needed = |id: &str| needed.iter().any(|category| category.as_str() == id);
    let categories: Vec<&str> =
        TAX_CATEGORIES.into_iter().filter(|id| tape.chance(50) || is_needed(id)).collect();
    categories.into_iter().map(|id| TaxRate { category: id.into(), percent: percent(tape) }).collect()
}

/// Codes of the shop, spelt in several ways, and now and then one that it does not have.
fn codes(tape: &mut Tape<'_>, documents: &Documents) -> Vec<String> {
    let coupons = documents.promotions.values().flat_map(|promotion| promotion.codes.clone());
    let known: Vec<String> = coupons.chain(pooled(documents).into_iter().map(|(code, _)| code)).collect();
    if tape.is_crowded {
        let one_each = documents.promotions.values().filter_map(|promotion| promotion.codes.first());
        return one_each.take(5).cloned().collect();
    }
    let most = tape.one(&[3, 3, 2]);
    tape.several(0, most, |tape| {
        if known.is_empty() || tape.chance(3) {
            return "NO-SUCH".to_owned();
        }
        let code = &known[tape.pick(known.len())];
        spelt(tape, code)
    })
}

/// Two codes for each promotion that takes codes of a pool.
fn pooled(documents: &Documents) -> Vec<(String, PromotionId)> {
    let promotions = documents.promotions.iter().filter(|(_, promotion)| promotion.pool_codes);
    let codes = |(place, (id, _)): (usize, (&PromotionId, _))| {
        [1, 2].map(|number| (format!("Pool-{place}{number}"), id.clone()))
    };
    promotions.enumerate().flat_map(codes).collect()
}

fn spelt(tape: &mut Tape<'_>, code: &str) -> String {
    match tape.pick(4) {
        3 => code.to_lowercase(),
        2 => code.replace(['-', ' '], ""),
        _ => code.to_owned(),
    }
}

/// Uses, balances, budgets and codes; the customer's own only where the cart has a customer.
pub(crate) fn facts(tape: &mut Tape<'_>, documents: &Documents, cart: &Cart) -> Facts {
    let mut facts = Facts::default();
    for (id, promotion) in &documents.promotions {
        if tape.chance(if tape.is_limited { 90 } else { 30 }) {
            facts.uses.insert(id.clone(), uses(tape, promotion, cart));
        }
        if tape.chance(30) {
            facts.balances.insert(id.clone(), tape.one(&[500, 5, 0, 1, 2_000]));
        }
        if promotion.limits.budget.is_some() && tape.chance(50) {
            facts.budgets.insert(id.clone(), tape.one(&[100, 5, 0, 1, 2_000]));
        }
    }
    for (code, promotion) in pooled(documents) {
        if tape.chance(95) {
            let row = row(tape, promotion);
            let key = if row.exact { code } else { match_key(&code) };
            facts.codes.insert(key, row);
        }
    }
    if cart.customer.is_some() {
        know(tape, documents, &mut facts);
    }
    facts
}

/// What is known of the customer.
fn know(tape: &mut Tape<'_>, documents: &Documents, facts: &mut Facts) {
    let promotions: Vec<PromotionId> = documents.promotions.keys().cloned().collect();
    facts.segments = tape.some_of(40, &SEGMENTS.map(Into::into)).into_iter().collect();
    facts.recipient_of = tape.some_of(40, &promotions).into_iter().collect();
    facts.orders = tape.one(&[0, 0, 1, 2, 5]);
    facts.last_order_at = (facts.orders > 0).then(|| tape.one(&ORDERED).parse().expect("an instant"));
}

fn uses(tape: &mut Tape<'_>, promotion: &Promotion, cart: &Cart) -> Uses {
    let mut few = || tape.one(&[0, 1, 2]);
    Uses {
        total: few(),
        customer: if cart.customer.is_some() { few() } else { 0 },
        day: few(),
        week: few(),
        month: few(),
        codes: promotion.codes.iter().map(|code| (match_key(code), few())).collect(),
        events: EVENTS.iter().map(|id| ((*id).into(), tape.one(&[0, 2]))).collect(),
    }
}

fn row(tape: &mut Tape<'_>, promotion: PromotionId) -> CodeRow {
    let promotion = if tape.chance(3) { "gone".into() } else { promotion };
    let held = |tape: &mut Tape<'_>| CodeState::Held {
        until: tape.one(&HOLDS).parse().expect("an instant"),
        by_this_buyer: tape.chance(30),
    };
    let state = match tape.pick(16) {
        0..6 => CodeState::Unassigned,
        6..10 => CodeState::Assigned,
        10..13 => held(tape),
        13 => CodeState::Redeemed,
        14 => CodeState::Void,
        _ => CodeState::Preview,
    };
    CodeRow {
        promotion,
        state,
        exact: tape.chance(15),
        starts_at: tape.maybe(5, time),
        expires_at: tape.maybe(5, time),
        customer: tape.maybe(20, |tape| tape.one(&CUSTOMERS).into()),
        uses: tape.one(&[0, 0, 0, 1]),
        uses_max: tape.maybe(25, |tape| tape.one(&[2, 1])),
    }
}
