//! Random conditions: each is met by some carts and not by others.

use tearline_pricing::conditions::attribute::Owner;
use tearline_pricing::conditions::basis::Basis;
use tearline_pricing::conditions::contains::How;
use tearline_pricing::conditions::weekly::{TimeOfDay, Weekday};
use tearline_pricing::conditions::{
    AttributeIs, ByCustomer, ByKnownCustomer, ByRecipient, Condition, Contains, Dates, DaysSinceOrder,
    Distinct, Expressed, InChannel, InCurrency, InEvent, InSegment, Maximum, Minimum, OrderNumber, Quantity,
    ShippedTo, SignedIn, Weekly,
};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::expression::Expression;
use tearline_pricing::money::Currency;

use super::expressions::expression;
use super::shops::{
    ATTRIBUTES, CHANNELS, COUNTRIES, CUSTOMERS, EVENTS, METHODS, PRODUCTS, SEGMENTS, amounts, attribute,
    selector, time,
};
use super::tape::Tape;

/// Mostly one that holds no others.
pub(crate) fn condition(tape: &mut Tape<'_>) -> Condition {
    match tape.pick(10) {
        9 => Condition::Not(Box::new(leaf(tape))),
        8 => Condition::Any(vec![leaf(tape), leaf(tape)]),
        7 => Condition::All(vec![leaf(tape), Condition::Not(Box::new(leaf(tape)))]),
        _ => leaf(tape),
    }
}

fn leaf(tape: &mut Tape<'_>) -> Condition {
    match tape.pick(30) {
        0..6 => Condition::Minimum(minimum(tape)),
        6..9 => Condition::Quantity(quantity(tape)),
        9 => Condition::Maximum(maximum(tape)),
        10 => Condition::Distinct(distinct(tape)),
        11 | 12 => Condition::Contains(contains(tape)),
        13 => Condition::Event(InEvent { events: some(tape, &EVENTS) }),
        14 => Condition::SignedIn(SignedIn {}),
        15 => Condition::Customer(ByCustomer { customers: some(tape, &CUSTOMERS) }),
        16 => Condition::KnownCustomer(ByKnownCustomer {}),
        17 => Condition::Currency(InCurrency { currencies: some(tape, &[Currency::USD, Currency::EUR]) }),
        18 => Condition::Channel(InChannel { channels: some(tape, &CHANNELS) }),
        19 => Condition::Shipping(shipping(tape)),
        20 => Condition::Dates(dates(tape)),
        21 => Condition::Weekly(weekly(tape)),
        22 | 23 => Condition::Attribute(attribute_is(tape)),
        24 => Condition::Recipient(ByRecipient {}),
        25 => Condition::Segment(InSegment { segments: some(tape, &SEGMENTS) }),
        26 => Condition::OrderNumber(order_number(tape)),
        27 => Condition::DaysSinceOrder(days_since_order(tape)),
        _ => Condition::Expression(expressed(tape)),
    }
}

fn expressed(tape: &mut Tape<'_>) -> Expressed {
    // Some nest so many loops that they are refused as too costly.
    let when = Expression::compile(&expression(tape, 2)).or_else(|_| Expression::compile("cart.units > 2"));
    Expressed { when: when.expect("the generator writes valid ones"), says: None }
}

/// At least one of these.
fn some<T, N: Clone + PartialEq + Into<T>>(tape: &mut Tape<'_>, of: &[N]) -> Vec<T> {
    let first = tape.one(of);
    let more = tape.some_of(20, of).into_iter().filter(|other| *other != first);
    std::iter::once(first.clone()).chain(more).map(Into::into).collect()
}

fn minimum(tape: &mut Tape<'_>) -> Minimum {
    Minimum { amount: amounts(tape), basis: basis(tape), items: tape.maybe(25, selector) }
}

fn maximum(tape: &mut Tape<'_>) -> Maximum {
    Maximum { amount: amounts(tape), basis: basis(tape), items: tape.maybe(40, selector) }
}

fn basis(tape: &mut Tape<'_>) -> Basis {
    tape.one(&[Basis::SubTotal, Basis::List, Basis::Current])
}

fn quantity(tape: &mut Tape<'_>) -> Quantity {
    let min = tape.one(&[1, 2, 3, 5]);
    let items = tape.maybe(40, selector);
    match tape.pick(4) {
        0 => Quantity { min: Some(min), items, spend: true, ..Quantity::default() },
        1 => Quantity { min: Some(min), max: Some(min + 1), items, per_line: true, ..Quantity::default() },
        2 => Quantity { max: Some(min), items, ..Quantity::default() },
        _ => Quantity { min: Some(min), items, ..Quantity::default() },
    }
}

fn distinct(tape: &mut Tape<'_>) -> Distinct {
    let min = tape.one(&[1, 2, 3]);
    let items = tape.maybe(40, selector);
    match tape.pick(3) {
        0 => Distinct { min: Some(min), max: None, items },
        1 => Distinct { min: None, max: Some(min), items },
        _ => Distinct { min: Some(min), max: Some(min + 1), items },
    }
}

fn contains(tape: &mut Tape<'_>) -> Contains {
    let how = tape.one(&[How::Any, How::All, How::None, How::Only]);
    let items = selector(tape);
    let names_none = items.products.is_empty() && items.categories.is_empty();
    let products = if names_none { vec![tape.one(&PRODUCTS).into()] } else { items.products };
    Contains { items: Selector { products, ..items }, how }
}

fn shipping(tape: &mut Tape<'_>) -> ShippedTo {
    match tape.pick(3) {
        0 => ShippedTo { countries: some(tape, &COUNTRIES), methods: Vec::new() },
        1 => ShippedTo { countries: Vec::new(), methods: some(tape, &METHODS) },
        _ => ShippedTo { countries: some(tape, &COUNTRIES), methods: some(tape, &METHODS) },
    }
}

fn order_number(tape: &mut Tape<'_>) -> OrderNumber {
    let from = tape.one(&[1, 2, 3]);
    match tape.pick(4) {
        0 => OrderNumber { to: Some(from), ..OrderNumber::default() },
        1 => OrderNumber { from: Some(from), to: Some(from + 1), every: None },
        2 => OrderNumber { every: Some(tape.one(&[2, 3])), ..OrderNumber::default() },
        _ => OrderNumber { from: Some(from), every: tape.maybe(50, |tape| tape.one(&[2, 3])), to: None },
    }
}

fn days_since_order(tape: &mut Tape<'_>) -> DaysSinceOrder {
    let min = tape.one(&[1, 2, 30]);
    match tape.pick(3) {
        0 => DaysSinceOrder { min: Some(min), max: None },
        1 => DaysSinceOrder { min: None, max: Some(tape.one(&[1, 0, 29])) },
        _ => DaysSinceOrder { min: Some(min), max: Some(min + 5) },
    }
}

fn dates(tape: &mut Tape<'_>) -> Dates {
    if tape.chance(50) {
        Dates { from: Some(time(tape)), until: None }
    } else {
        Dates { from: None, until: Some(time(tape)) }
    }
}

/// Around the hours at which carts are priced, and at which clocks change.
fn weekly(tape: &mut Tape<'_>) -> Weekly {
    const DAYS: [Weekday; 4] = [Weekday::Monday, Weekday::Sunday, Weekday::Tuesday, Weekday::Saturday];
    let hour = |tape: &mut Tape<'_>, of: &[&str]| -> TimeOfDay { tape.one(of).parse().expect("an hour") };
    let days = some(tape, &DAYS);
    let from = tape.maybe(60, |tape| hour(tape, &["12:00", "02:00", "22:30", "02:30", "14:15"]));
    let until = tape.maybe(60, |tape| hour(tape, &["14:00", "00:45", "03:00", "15:00", "01:30"]));
    let has_hours = from.is_some() || until.is_some();
    Weekly { days: if has_hours && tape.chance(30) { Vec::new() } else { days }, from, until }
}

fn attribute_is(tape: &mut Tape<'_>) -> AttributeIs {
    let mut asked =
        AttributeIs::of(tape.one(&[Owner::Line, Owner::Cart, Owner::Customer]), tape.one(&ATTRIBUTES));
    match tape.pick(8) {
        0 => asked.is = Some(attribute(tape)),
        1 => asked.is_not = Some(attribute(tape)),
        2 => asked.one_of = Some(vec![attribute(tape), attribute(tape)]),
        3 => (asked.at_least, asked.below) = (Some(tape.one(&[100, 99])), Some(250)),
        4 => (asked.at_most, asked.above) = (Some(tape.one(&[250, 251])), Some(100)),
        5 => asked.has = Some(tape.one(&["matte", "large", "small"]).into()),
        6 => asked.exists = Some(tape.chance(50)),
        _ => (asked.exists, asked.is) = (Some(true), Some(attribute(tape))),
    }
    asked
}
