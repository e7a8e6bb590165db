//! Random shops and carts that hold anything their types can hold, valid or not.

use tearline_pricing::benefits::amount_off::Per;
use tearline_pricing::benefits::{Benefit, Choose};
use tearline_pricing::cart::{Add, Cart, Line, Shipping, ShippingOption, TaxRate};
use tearline_pricing::conditions::Condition;
use tearline_pricing::config::price_list::{BulkDiscount, BulkStep, BulkSubjects, Category, Product};
use tearline_pricing::config::promotion::{Budget, Limits};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::config::{Documents, Promotion};
use tearline_pricing::facts::{CodeRow, CodeState, Uses};
use tearline_pricing::money::{Amounts, Currency, MINOR_MAX, Money, Percent};
use tearline_pricing::names::PromotionId;

use super::carts::{Case, case};
use super::shops::{CATEGORIES, EVENTS, PRODUCTS};
use super::tape::Tape;

const MINORS: [i64; 12] = [
    0,
    1,
    999,
    1_000_000_000_000,
    1_000_000_000_001,
    999_999_999_999,
    -1,
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    10_000_000_000,
    333_333_333_333,
];
const COUNTS: [u32; 8] = [1, 2, 3, 1_000, 0, 100_000, 100_001, u32::MAX];
const SEQS: [i64; 4] = [0, i64::MAX, i64::MIN, 7];
const TIMES: [&str; 4] = ["9999-12-31", "-009999-01-01", "9999-12-31T23:59:59.999999999", "2026-03-29T02:30"];
const ZONES: [&str; 4] = ["UTC", "Europe/Warsaw", "Nowhere/Else", ""];
const CODES: [&str; 9] = [
    "",
    " - ",
    "CODE-0",
    "\u{0}",
    "\u{202e}01-EDOC",
    "ﷺ",
    "e\u{301}\u{301}\u{301}",
    "' OR 1=1; --",
    "\u{1F469}\u{200D}\u{1F469}",
];

/// A valid case, some places of which are then overwritten.
pub(crate) fn extreme(numbers: &[u16]) -> Case {
    let (edits, rest) = numbers.split_at(numbers.len().min(40));
    let mut case = case(rest);
    let mut tape = Tape::new(edits);
    for _ in 0..tape.one(&[1, 1, 1, 3]) {
        match tape.pick(9) {
            0..4 => distort_cart(&mut tape, &mut case.cart),
            4..8 => distort_shop(&mut tape, &mut case.documents),
            _ => distort_facts(&mut tape, &mut case),
        }
    }
    case
}

fn name(tape: &mut Tape<'_>) -> String {
    let long = "x".repeat(129);
    tape.one(&["", "a", "a\nb", "\u{7f}", &long, PRODUCTS[0], CATEGORIES[0], EVENTS[0], "é"]).to_owned()
}

fn amounts(tape: &mut Tape<'_>) -> Amounts {
    let money = Money::new(tape.one(&MINORS), tape.one(&[Currency::USD, Currency::EUR]));
    let most = || Amounts::try_from(Money::new(MINOR_MAX, Currency::USD)).expect("the most there is");
    Amounts::try_from(money).unwrap_or_else(|_| most())
}

fn percent(tape: &mut Tape<'_>) -> Percent {
    Percent::from_ppm(tape.one(&[0, 1, 1_000_000, 999_999, 333_333])).expect("from 0 to 100 percent")
}

fn distort_cart(tape: &mut Tape<'_>, cart: &mut Cart) {
    match tape.pick(8) {
        0 => cart.codes = (0..tape.one(&[1, 2, 20, 21])).map(|_| tape.one(&CODES).to_owned()).collect(),
        1 => cart.codes = vec!["é".repeat(tape.one(&[100, 200]))],
        2 => cart.event = Some(name(tape).into()),
        3 => cart.shipping = Some(shipping(tape)),
        4 => cart.tax_rates = tape.several(1, 3, tax_rate),
        5 => cart.lines.extend(cart.lines.first().cloned()),
        6 => cart.lines.truncate(tape.pick(2)),
        _ => cart.lines.iter_mut().for_each(|line| distort_line(tape, line)),
    }
}

fn shipping(tape: &mut Tape<'_>) -> Shipping {
    let option = |tape: &mut Tape<'_>| ShippingOption {
        id: name(tape).into(),
        price: tape.one(&MINORS),
        tax_category: tape.maybe(50, |tape| name(tape).into()),
    };
    Shipping {
        options: tape.several(0, 3, option),
        chosen: tape.maybe(50, |tape| name(tape).into()),
        country: tape.maybe(20, |tape| name(tape).into()),
    }
}

fn tax_rate(tape: &mut Tape<'_>) -> TaxRate {
    TaxRate { category: tape.one(&["standard", "reduced", ""]).into(), percent: percent(tape) }
}

fn distort_line(tape: &mut Tape<'_>, line: &mut Line) {
    match tape.pick(9) {
        0 => line.unit_price = Some(tape.one(&MINORS)),
        1 => line.quantity = tape.one(&COUNTS),
        2 => line.cost = Some(tape.one(&MINORS)),
        3 => line.id = name(tape).into(),
        4 => line.product = Some(name(tape).into()),
        5 => line.categories = Some(vec![name(tape).into(); tape.one(&[1, 2, 101])]),
        6 => line.event = Some(name(tape).into()),
        7 => line.tax_category = Some(name(tape).into()),
        _ => line.adds = tape.several(1, 3, |tape| Add { seq: tape.one(&SEQS), units: tape.one(&COUNTS) }),
    }
    if tape.chance(50) {
        line.adds.clear();
    }
}

fn distort_shop(tape: &mut Tape<'_>, documents: &mut Documents) {
    match tape.pick(6) {
        0 => documents.shop.time_zone = tape.one(&ZONES).to_owned(),
        1 => distort_price_list(tape, documents),
        2 => distort_events(tape, documents),
        3 => {
            documents.promotions.insert(name(tape).into(), Promotion::giving(Vec::new()));
        }
        _ => documents.promotions.values_mut().for_each(|promotion| distort_promotion(tape, promotion)),
    }
}

fn distort_price_list(tape: &mut Tape<'_>, documents: &mut Documents) {
    for list in documents.price_lists.values_mut() {
        match tape.pick(4) {
            0 => list.categories.iter_mut().for_each(|category| distort_category(tape, category)),
            1 => list.products.iter_mut().for_each(|product| distort_product(tape, product)),
            2 => list.categories.extend(list.categories.first().cloned()),
            _ => list.products.extend(list.products.first().cloned()),
        }
    }
}

/// Often in a circle.
fn distort_category(tape: &mut Tape<'_>, category: &mut Category) {
    category.parent = Some(tape.one(&CATEGORIES).into());
    category.bulk = tape.maybe(50, bulk);
}

fn distort_product(tape: &mut Tape<'_>, product: &mut Product) {
    product.price = Some(amounts(tape));
    product.cost = Some(amounts(tape));
    product.categories = vec![name(tape).into()];
    product.bulk = tape.maybe(50, bulk);
}

fn bulk(tape: &mut Tape<'_>) -> BulkDiscount {
    let step = |tape: &mut Tape<'_>| BulkStep {
        from: tape.one(&COUNTS),
        percent: tape.maybe(50, percent),
        amount: tape.maybe(50, amounts),
    };
    BulkDiscount { mode: None, subjects: BulkSubjects::default(), steps: tape.several(0, 3, step) }
}

fn distort_events(tape: &mut Tape<'_>, documents: &mut Documents) {
    for event in documents.events.values_mut() {
        if tape.chance(50) {
            event.price_list = Some(name(tape).into());
        }
        for discount in &mut event.order_discounts {
            discount.amount = tape.maybe(50, amounts);
            discount.percent = tape.maybe(50, percent);
        }
        for discount in &mut event.product_discounts {
            discount.units = tape.one(&COUNTS);
            discount.products.truncate(tape.pick(2));
        }
        event.known_customers.extend(event.known_customers.first().cloned());
    }
}

fn distort_promotion(tape: &mut Tape<'_>, promotion: &mut Promotion) {
    match tape.pick(8) {
        0 => promotion.priority = tape.one(&[i32::MAX, i32::MIN]),
        1 => promotion.codes = vec![tape.one(&CODES).to_owned()],
        2 => promotion.starts_at = tape.one(&TIMES).parse().ok(),
        3 => promotion.expires_at = tape.one(&TIMES).parse().ok(),
        4 => promotion.conditions.push(deep(tape.one(&[1, 8, 9, 1_000]))),
        5 => promotion.events = vec![name(tape).into()],
        6 => distort_limits(tape, &mut promotion.limits),
        _ => promotion.benefits.iter_mut().for_each(|benefit| distort_benefit(tape, benefit)),
    }
}

fn distort_limits(tape: &mut Tape<'_>, limits: &mut Limits) {
    let most = tape.one(&[Some(0), Some(u64::MAX), None]);
    match tape.pick(4) {
        0 => limits.total = most,
        3 => limits.budget = Some(budget(tape)),
        1 => (limits.per_day, limits.per_week, limits.per_month) = (most, most, most),
        _ => (limits.per_code, limits.per_event) = (most, most),
    }
}

fn budget(tape: &mut Tape<'_>) -> Budget {
    Budget { amount: Money::new(tape.one(&MINORS), Currency::USD), clip: tape.chance(50) }
}

fn deep(levels: usize) -> Condition {
    (0..levels).fold(Condition::All(Vec::new()), |inner, _| Condition::Not(Box::new(inner)))
}

fn distort_benefit(tape: &mut Tape<'_>, benefit: &mut Benefit) {
    match benefit {
        Benefit::PercentOff(off) => {
            (off.percent, off.units, off.choose) = (percent(tape), Some(tape.one(&COUNTS)), Choose::Dearest);
        }
        Benefit::AmountOff(off) => (off.amount, off.per) = (amounts(tape), tape.one(&[Per::Cart, Per::Line])),
        Benefit::FixedPrice(fixed) => fixed.price = amounts(tape),
        Benefit::FreeProduct(free) => free.units = tape.one(&COUNTS),
        Benefit::EveryNth(nth) => (nth.every, nth.units) = (tape.one(&COUNTS), Some(tape.one(&COUNTS))),
        Benefit::Bundle(bundle) => {
            bundle.parts.iter_mut().for_each(|part| part.units = tape.one(&COUNTS));
            bundle.price = amounts(tape);
        }
        Benefit::Tiers(tiers) => tiers.steps.iter_mut().for_each(|step| {
            step.from_units = tape.maybe(50, |tape| tape.one(&COUNTS));
            step.from_spend = tape.maybe(50, amounts);
            step.amount = tape.maybe(50, amounts);
        }),
        Benefit::Gift(gift) => gift.units = tape.one(&COUNTS),
        Benefit::ShippingOff(off) => (off.amount, off.price) = (Some(amounts(tape)), tape.maybe(50, amounts)),
        Benefit::BuyXGetY(sets) => {
            (sets.buy.units, sets.get.units) = (tape.one(&COUNTS), tape.one(&COUNTS));
            sets.sets_max = tape.maybe(50, |tape| tape.one(&COUNTS));
        }
        Benefit::AtCost(at_cost) => {
            at_cost.items = Selector { products: vec![name(tape).into()], ..Selector::default() };
        }
        Benefit::FreeShipping(free) => free.methods = vec![name(tape).into()],
        Benefit::Credit(credit) => (credit.amount, credit.covers_shipping) = (amounts(tape), true),
    }
}

fn distort_facts(tape: &mut Tape<'_>, case: &mut Case) {
    for id in case.documents.promotions.keys() {
        let most = tape.one(&[u64::MAX, i64::MAX.cast_unsigned(), 0, 1]);
        case.facts.balances.insert(id.clone(), most);
        case.facts.budgets.insert(id.clone(), most);
        let events = [(name(tape).into(), most)].into();
        let codes = [(tape.one(&CODES).to_owned(), most)].into();
        let uses = Uses { total: most, customer: most, day: most, week: most, month: most, events, codes };
        case.facts.uses.insert(id.clone(), uses);
    }
    let Some((id, promotion)) =
        case.documents.promotions.first_entry().map(|it| (it.key().clone(), it.into_mut()))
    else {
        return;
    };
    promotion.pool_codes = true;
    for code in case.cart.codes.clone() {
        case.facts.codes.insert(code, row(tape, id.clone()));
    }
}

fn row(tape: &mut Tape<'_>, promotion: PromotionId) -> CodeRow {
    CodeRow {
        promotion,
        state: tape.one(&[CodeState::Unassigned, CodeState::Preview]),
        exact: tape.chance(50),
        starts_at: tape.one(&TIMES).parse().ok(),
        expires_at: tape.one(&TIMES).parse().ok(),
        customer: tape.maybe(50, |tape| name(tape).into()),
        uses: tape.one(&[0, u64::MAX]),
        uses_max: tape.one(&[Some(0), Some(u64::MAX), None]),
    }
}
