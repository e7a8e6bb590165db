//! Random carts for random shops, and what is known about their customers.

use tearline_pricing::attribute::Attributes;
use tearline_pricing::benefits::Benefit;
use tearline_pricing::cart::{Add, Cart, Customer, Line, Shipping, ShippingOption, TaxRate};
use tearline_pricing::config::{Documents, Promotion};
use tearline_pricing::facts::{Facts, Uses};
use tearline_pricing::money::Currency;
use tearline_pricing::names::{EventId, ProductId, PromotionId, TaxCategory};

use super::shops::{
    ATTRIBUTES, CATEGORIES, CHANNELS, COUNTRIES, CUSTOMERS, EVENTS, GALLERIES, METHODS, PRODUCTS, SUBJECTS,
    TAX_CATEGORIES, attribute, documents, percent, price,
};
use super::tape::Tape;

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
    let fewest = if tape.in_pennies { 3 } else { 1 };
    let lines = tape.several(fewest, 4, |tape| {
        let id = ids.remove(tape.pick(ids.len()));
        let tax_category = named(tape, 20, &taxed);
        Line { tax_category, ..line(tape, id, documents, event.as_ref()) }
    });
    Cart {
        at: tape.maybe(5, |_| "2026-06-15T22:30:00Z".parse().expect("an instant")),
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
    let event = tape.maybe(15, |tape| EventId::from(tape.one(&EVENTS)));
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
    Customer { id: tape.one(&CUSTOMERS).into(), attributes: attributes(tape) }
}

fn attributes(tape: &mut Tape<'_>) -> Attributes {
    let mut attributes = Attributes::new();
    for name in ATTRIBUTES {
        if let Some(value) = tape.maybe(25, attribute) {
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
    let known: Vec<&String> = documents.promotions.values().flat_map(|promotion| &promotion.codes).collect();
    if tape.is_crowded {
        let one_each = documents.promotions.values().filter_map(|promotion| promotion.codes.first());
        return one_each.take(5).cloned().collect();
    }
    let most = tape.one(&[3, 3, 2]);
    tape.several(0, most, |tape| {
        if known.is_empty() || tape.chance(3) {
            return "NO-SUCH".to_owned();
        }
        let code = known[tape.pick(known.len())];
        spelt(tape, code)
    })
}

fn spelt(tape: &mut Tape<'_>, code: &str) -> String {
    match tape.pick(4) {
        3 => code.to_lowercase(),
        2 => code.replace(['-', ' '], ""),
        _ => code.to_owned(),
    }
}

/// Uses and balances; the customer's own only where the cart has a customer.
pub(crate) fn facts(tape: &mut Tape<'_>, documents: &Documents, cart: &Cart) -> Facts {
    let mut facts = Facts::default();
    for id in documents.promotions.keys() {
        if tape.chance(30) {
            let customer = if cart.customer.is_some() { tape.one(&[0, 1, 2]) } else { 0 };
            facts.uses.insert(id.clone(), Uses { total: tape.one(&[0, 1, 3]), customer });
        }
        if tape.chance(30) {
            facts.balances.insert(id.clone(), tape.one(&[500, 5, 0, 1, 2_000]));
        }
    }
    facts
}
