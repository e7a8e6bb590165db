//! Random shops: small, and with prices and percentages at which ties and clips are frequent.

use std::collections::BTreeMap;

use tearline_pricing::attribute::Attribute;
use tearline_pricing::benefits::amount_off::Per;
use tearline_pricing::benefits::bundle::Part;
use tearline_pricing::benefits::buy_x_get_y::Share;
use tearline_pricing::benefits::credit::Acts;
use tearline_pricing::benefits::every_nth::Which;
use tearline_pricing::benefits::tiers::Step;
use tearline_pricing::benefits::{
    AmountOff, AtCost, Benefit, Bundle, BuyXGetY, Choose, Credit, EveryNth, FixedPrice, FreeProduct,
    FreeShipping, Gift, PercentOff, ShippingOff, Tiers,
};
use tearline_pricing::conditions::Condition;
use tearline_pricing::config::event::{Gallery, KnownCustomer, OrderDiscount, ProductDiscount};
use tearline_pricing::config::price_list::{
    BulkDiscount, BulkMode, BulkStep, BulkSubjects, Category, Product,
};
use tearline_pricing::config::promotion::{Budget, FundedBy, Limits, Stacking};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::config::shop::{
    GroupRule, RoundingLevel, TaxBasis, TaxRounding, TaxRules, TaxedPrices,
};
use tearline_pricing::config::{Documents, Event, PriceList, Promotion, Shop};
use tearline_pricing::money::{Amounts, Currency, Money, Percent, Rounding};
use tearline_pricing::when::When;

use super::conditions::condition;
use super::tape::Tape;

pub(crate) const PRODUCTS: [&str; 4] = ["print", "frame", "mug", "card"];
pub(crate) const CATEGORIES: [&str; 4] = ["all", "photo", "gift", "small"];
pub(crate) const EVENTS: [&str; 2] = ["spring", "autumn"];
pub(crate) const CUSTOMERS: [&str; 2] = ["ann", "bob"];
pub(crate) const SEGMENTS: [&str; 2] = ["loyal", "school"];
pub(crate) const SUBJECTS: [&str; 2] = ["kim", "lee"];
pub(crate) const GALLERIES: [&str; 2] = ["hall", "yard"];
pub(crate) const METHODS: [&str; 2] = ["post", "courier"];
pub(crate) const CHANNELS: [&str; 2] = ["web", "counter"];
pub(crate) const COUNTRIES: [&str; 2] = ["PL", "DE"];
pub(crate) const ATTRIBUTES: [&str; 2] = ["paper", "grams"];
const GROUPS: [&str; 2] = ["one", "event:spring:order"];
pub(crate) const TAX_CATEGORIES: [&str; 2] = ["standard", "reduced"];
const PRICES: [i64; 10] = [1_000, 5, 333, 999, 1, 500, 100, 10, 1_999, 0];
const PENNIES: [i64; 8] = [1, 20, 1, 2, 1, 21, 1, 3];
const PPM: [i64; 10] =
    [100_000, 500_000, 200_000, 1_000_000, 333_333, 150_000, 400_000, 5_000, 999_999, 250_000];
const AMOUNTS: [i64; 8] = [100, 1, 5, 333, 500, 1_000, 3_000, 50];
const PENNIES_OFF: [i64; 6] = [15, 16, 1, 17, 2, 18];
const IDS: [&str; 7] = ["q", "a", "Z", "event", "m10", "m9", "é"];

/// Gives a benefit of items a reach, now and then a narrow one, and a cap.
macro_rules! reaching {
    ($tape:expr, $off_items:expr, $benefit:expr) => {{
        let mut benefit = $benefit;
        if $off_items {
            benefit.units = $tape.maybe(40, |tape| tape.one(&[3, 2, 4, 5]));
            benefit.units_per_line = $tape.maybe(15, |tape| tape.one(&[1, 2]));
            let most = benefit.units.unwrap_or(u32::MAX);
            benefit.groups_of = $tape.maybe(10, |tape| tape.one(&[2, 3])).filter(|group| *group <= most);
            benefit.choose = choose($tape);
        }
        benefit.at_most = $tape.maybe(12, amounts);
        benefit
    }};
}

/// The instant at which carts are priced that name none.
pub(crate) const NOW: &str = "2026-06-15T12:00:00Z";
const TIMES: [&str; 5] =
    ["2026-06-15", "2026-06-14", "2026-06-16T00:00", "2026-06-15T12:00:00Z", "2026-06-15T14:00"];

/// A shop with everything that it has configured; always valid.
pub(crate) fn documents(tape: &mut Tape<'_>) -> Documents {
    if tape.chance(15) {
        return adding_up(tape);
    }
    tape.in_pennies = tape.chance(15);
    tape.is_crowded = tape.chance(17);
    tape.is_limited = !tape.is_crowded && tape.chance(80);
    let events = EVENTS.map(|id| (id.into(), event(tape)));
    Documents {
        shop: shop(tape),
        price_lists: BTreeMap::from([("prices".into(), price_list(tape))]),
        events: events.into(),
        promotions: promotions(tape),
    }
}

/// A shop with a code that adds up with an automatic discount, in pennies: what is left of some units is less
/// than the code's exact share, by a fraction.
fn adding_up(tape: &mut Tape<'_>) -> Documents {
    tape.in_pennies = true;
    let items = Some(Selector { products: vec![PRODUCTS[0].into()], ..Selector::default() });
    let automatic = Benefit::AmountOff(AmountOff::new(dollars(tape), items));
    let percent = tape.one(&[250_000, 333_333, 200_000].map(Percent::from_ppm)).expect("all are percentages");
    let off_items = tape.chance(25);
    let code = Benefit::PercentOff(PercentOff::new(percent, off_items.then(|| selector(tape))));
    let coupon =
        Promotion { codes: vec!["ADD".to_owned()], stacking: Stacking::Add, ..Promotion::giving(vec![code]) };
    Documents {
        shop: shop(tape),
        promotions: [("auto".into(), Promotion::giving(vec![automatic])), ("add".into(), coupon)].into(),
        events: EVENTS.map(|id| (id.into(), Event::default())).into(),
        ..Documents::default()
    }
}

pub(crate) fn shop(tape: &mut Tape<'_>) -> Shop {
    Shop {
        time_zone: tape.one(&["UTC", "Europe/Warsaw"]).to_owned(),
        rounding: rounding(tape),
        rounding_level: tape.one(&[RoundingLevel::Unit, RoundingLevel::Line]),
        tax: tax_rules(tape),
        groups: tape.one(&[GroupRule::BestForCustomer, GroupRule::BestForShop, GroupRule::First]),
        ..Shop::default()
    }
}

pub(crate) fn rounding(tape: &mut Tape<'_>) -> Rounding {
    tape.one(&[Rounding::HalfUp, Rounding::HalfUp, Rounding::HalfEven, Rounding::Down])
}

fn tax_rules(tape: &mut Tape<'_>) -> TaxRules {
    TaxRules {
        basis: tape.one(&[TaxBasis::AfterDiscount, TaxBasis::BeforeDiscount]),
        prices: tape.one(&[TaxedPrices::Exclusive, TaxedPrices::Inclusive]),
        rounded: tape.one(&[TaxRounding::PerRate, TaxRounding::PerLine]),
    }
}

pub(crate) fn percent(tape: &mut Tape<'_>) -> Percent {
    Percent::from_ppm(tape.one(&PPM)).expect("all are from 0 to 100 percent")
}

/// One of few values, so that some are equal.
pub(crate) fn attribute(tape: &mut Tape<'_>) -> Attribute {
    match tape.pick(4) {
        0 => Attribute::Text("matte".into()),
        1 => Attribute::Number(tape.one(&[100, 250])),
        2 => Attribute::Texts(vec!["matte".into(), "large".into()]),
        _ => Attribute::Yes(tape.chance(50)),
    }
}

/// A price at which ties and halves are frequent.
pub(crate) fn price(tape: &mut Tape<'_>) -> i64 {
    if tape.in_pennies { tape.one(&PENNIES) } else { tape.one(&PRICES) }
}

fn off(tape: &mut Tape<'_>) -> i64 {
    if tape.in_pennies { tape.one(&PENNIES_OFF) } else { tape.one(&AMOUNTS) }
}

fn in_dollars(minor: i64) -> Amounts {
    Amounts::try_from(Money::new(minor, Currency::USD)).expect("none is negative")
}

/// An amount that nearly always names the carts' currency.
pub(crate) fn amounts(tape: &mut Tape<'_>) -> Amounts {
    let money = [Money::new(off(tape), Currency::USD), Money::new(7, Currency::EUR)];
    let named = match tape.pick(40) {
        39 => &money[1..],
        38 => &money[..],
        _ => &money[..1],
    };
    Amounts::collect(named.iter().copied()).expect("none is negative")
}

fn dollars(tape: &mut Tape<'_>) -> Amounts {
    in_dollars(off(tape))
}

fn price_list(tape: &mut Tape<'_>) -> PriceList {
    let categories =
        CATEGORIES.iter().enumerate().map(|(place, id)| category(tape, id, &CATEGORIES[..place]));
    let categories = categories.collect();
    let products = PRODUCTS[..3].iter().map(|id| product(tape, id)).collect();
    PriceList { name: None, categories, products }
}

fn category(tape: &mut Tape<'_>, id: &str, above: &[&str]) -> Category {
    let parent = (!above.is_empty() && tape.chance(60)).then(|| tape.one(above).into());
    Category { id: id.into(), name: None, parent, bulk: tape.maybe(35, bulk) }
}

fn product(tape: &mut Tape<'_>, id: &str) -> Product {
    Product {
        id: id.into(),
        name: None,
        categories: tape.some_of(35, &CATEGORIES.map(Into::into)),
        price: tape.maybe(80, |tape| in_dollars(price(tape))),
        cost: tape.maybe(40, |tape| in_dollars(price(tape))),
        min_price: tape.maybe(8, |tape| in_dollars(price(tape))),
        margin: tape.maybe(8, percent),
        tax_category: tape.maybe(20, |tape| tape.one(&TAX_CATEGORIES).into()),
        bulk: tape.maybe(20, bulk),
    }
}

fn bulk(tape: &mut Tape<'_>) -> BulkDiscount {
    let mut from = 0;
    BulkDiscount {
        mode: tape.maybe(50, |tape| tape.one(&[BulkMode::Volume, BulkMode::Graduated])),
        subjects: tape.one(&[BulkSubjects::All, BulkSubjects::Each]),
        steps: tape.several(1, 3, |tape| step(tape, &mut from)),
    }
}

fn step(tape: &mut Tape<'_>, from: &mut u32) -> BulkStep {
    *from += tape.one(&[2_u32, 1, 3]);
    let (percent, amount) =
        if tape.chance(40) { (None, Some(dollars(tape))) } else { (Some(percent(tape)), None) };
    BulkStep { from: *from, percent, amount }
}

fn event(tape: &mut Tape<'_>) -> Event {
    let known = CUSTOMERS[..tape.one(&[0, 0, 1, 2])].iter();
    Event {
        name: None,
        price_list: tape.chance(80).then(|| "prices".into()),
        galleries: GALLERIES.map(|id| gallery(tape, id)).into(),
        order_discounts: order_discounts(tape),
        product_discounts: product_discounts(tape),
        known_customers: known.map(|id| known_customer(tape, id)).collect(),
    }
}

fn gallery(tape: &mut Tape<'_>, id: &str) -> Gallery {
    Gallery {
        id: id.into(),
        name: None,
        subject: tape.maybe(60, |tape| tape.one(&SUBJECTS).into()),
        dance: None,
    }
}

fn known_customer(tape: &mut Tape<'_>, id: &str) -> KnownCustomer {
    let use_event_discounts = tape.chance(30);
    KnownCustomer {
        customer: id.into(),
        use_event_discounts,
        order_discounts: if use_event_discounts { Vec::new() } else { order_discounts(tape) },
        product_discounts: if use_event_discounts { Vec::new() } else { product_discounts(tape) },
    }
}

fn order_discounts(tape: &mut Tape<'_>) -> Vec<OrderDiscount> {
    let most = tape.one(&[0, 1, 2, 3]);
    let (fewest, most) = if tape.is_crowded { (2, 3) } else { (0, most) };
    tape.several(fewest, most, order_discount)
}

fn order_discount(tape: &mut Tape<'_>) -> OrderDiscount {
    let (percent, amount) = percent_or_amount(tape);
    OrderDiscount { percent, amount, minimum: tape.maybe(25, amounts), expires_at: tape.maybe(5, time) }
}

fn percent_or_amount(tape: &mut Tape<'_>) -> (Option<Percent>, Option<Amounts>) {
    if tape.chance(50) { (None, Some(amounts(tape))) } else { (Some(percent(tape)), None) }
}

fn product_discounts(tape: &mut Tape<'_>) -> Vec<ProductDiscount> {
    let most = tape.one(&[0, 0, 0, 2]);
    tape.several(0, most, product_discount)
}

fn product_discount(tape: &mut Tape<'_>) -> ProductDiscount {
    let (percent, amount) = percent_or_amount(tape);
    ProductDiscount {
        products: products(tape),
        percent,
        amount,
        units: tape.one(&[1, 1, 2, 5]),
        minimum: tape.maybe(25, amounts),
        expires_at: tape.maybe(5, time),
    }
}

fn products<T: From<&'static str>>(tape: &mut Tape<'_>) -> Vec<T> {
    let first = tape.one(&PRODUCTS);
    let more = tape.some_of(30, &PRODUCTS);
    std::iter::once(first).chain(more.into_iter().filter(|id| *id != first)).map(T::from).collect()
}

pub(crate) fn time(tape: &mut Tape<'_>) -> When {
    tape.one(&TIMES).parse().expect("all are times")
}

fn promotions(tape: &mut Tape<'_>) -> BTreeMap<tearline_pricing::names::PromotionId, Promotion> {
    let most = tape.one(&[5, 3, 5]);
    let (fewest, most) = match (tape.is_crowded, tape.is_limited) {
        (true, _) => (6, 7),
        (false, true) => (2, most),
        (false, false) => (0, most),
    };
    let all = tape.several(fewest, most, promotion);
    IDS.iter()
        .zip(all)
        .enumerate()
        .map(|(place, (id, promotion))| ((*id).into(), coded(place, promotion)))
        .collect()
}

/// Gives each promotion codes of its own.
fn coded(place: usize, mut promotion: Promotion) -> Promotion {
    for (number, code) in promotion.codes.iter_mut().enumerate() {
        *code = format!("CODE-{place}{}", ["", " bis"][number % 2]);
    }
    promotion
}

fn promotion(tape: &mut Tape<'_>) -> Promotion {
    let is_coupon = tape.chance(match (tape.is_crowded, tape.is_limited) {
        (true, _) => 75,
        (false, true) => 40,
        (false, false) => 60,
    });
    let pool_codes = is_coupon && !tape.is_crowded && tape.chance(80);
    let codes = match (is_coupon, pool_codes) {
        (false, _) => 0,
        (true, false) => tape.one(&[1, 1, 2]),
        (true, true) => tape.one(&[0, 1]),
    };
    let mut benefits = benefits(tape);
    for benefit in &mut benefits {
        if let Benefit::Credit(credit) = benefit {
            credit.beside_codes = !(is_coupon && tape.chance(40));
        }
    }
    let has_discount = !benefits.iter().all(|benefit| matches!(benefit, Benefit::Credit(_)));
    let exclusive = has_discount && !tape.is_crowded && tape.chance(21);
    let starts_at = tape.maybe(4, time);
    Promotion {
        paused: tape.chance(2),
        codes: vec![String::new(); codes],
        pool_codes,
        events: if tape.chance(20) { tape.some_of(50, &EVENTS.map(Into::into)) } else { Vec::new() },
        customers: if tape.chance(8) { tape.some_of(50, &CUSTOMERS.map(Into::into)) } else { Vec::new() },
        starts_at,
        expires_at: if starts_at.is_none() { tape.maybe(4, time) } else { None },
        conditions: conditions(tape),
        limits: limits(tape, is_coupon, has_discount),
        stacking: if is_coupon {
            tape.one(&[Stacking::Chain, Stacking::Add, Stacking::Best])
        } else {
            Stacking::Chain
        },
        ignore_floor: tape.chance(30),
        funded_by: tape.one(&[FundedBy::Shop, FundedBy::Shop, FundedBy::Shop, FundedBy::ThirdParty]),
        combines_with_codes: is_coupon && !exclusive && tape.chance(if tape.is_crowded { 85 } else { 60 }),
        exclusive,
        group: tape.maybe(40, |tape| tape.one(&GROUPS).into()),
        priority: tape.one(&[0, 0, 0, 1, -1]),
        ..Promotion::giving(benefits)
    }
}

fn limits(tape: &mut Tape<'_>, has_codes: bool, has_discount: bool) -> Limits {
    let (period, event) = if tape.is_limited { (10, 90) } else { (6, 10) };
    let mut most = |percent| tape.maybe(percent, |tape| tape.one(&[2, 1, 3]));
    Limits {
        total: most(8),
        per_customer: most(8),
        per_code: if has_codes { most(15) } else { None },
        per_day: most(period),
        per_week: most(period),
        per_month: most(period),
        per_event: most(event),
        budget: if has_discount { tape.maybe(22, budget) } else { None },
    }
}

fn budget(tape: &mut Tape<'_>) -> Budget {
    let currency = if tape.chance(3) { Currency::EUR } else { Currency::USD };
    Budget { amount: Money::new(off(tape), currency), clip: tape.chance(50) }
}

fn conditions(tape: &mut Tape<'_>) -> Vec<Condition> {
    let most = if tape.is_crowded { tape.one(&[0, 0, 0, 1]) } else { tape.one(&[0, 0, 1, 3]) };
    tape.several(0, most, condition)
}

pub(crate) fn selector(tape: &mut Tape<'_>) -> Selector {
    let mut selector = Selector::default();
    match tape.pick(4) {
        0 => {}
        1 => selector.products = products(tape),
        2 => selector.categories = vec![tape.one(&CATEGORIES).into()],
        _ => {
            selector.products = products(tape);
            selector.categories = vec![tape.one(&CATEGORIES).into()];
        }
    }
    if tape.chance(10) {
        selector.price_from = Some(in_dollars(price(tape)));
    }
    if tape.chance(10) {
        selector.price_to = Some(in_dollars(price(tape)));
    }
    if tape.chance(5) {
        selector.attributes = [(tape.one(&ATTRIBUTES).into(), attribute(tape))].into();
    }
    selector.skip_reduced = tape.chance(5);
    if tape.chance(15) {
        selector.except_products = vec![tape.one(&PRODUCTS).into()];
    }
    if tape.chance(15) {
        selector.except_categories = vec![tape.one(&CATEGORIES).into()];
    }
    selector
}

/// One to three benefits, at most one of them a credit.
fn benefits(tape: &mut Tape<'_>) -> Vec<Benefit> {
    let most = tape.one(&[1, 1, 2, 3]);
    let mut benefits = tape.several(1, most, benefit);
    let mut credits = 0;
    benefits.retain(|benefit| {
        credits += usize::from(matches!(benefit, Benefit::Credit(_)));
        credits <= 1 || !matches!(benefit, Benefit::Credit(_))
    });
    benefits
}

pub(crate) fn benefit(tape: &mut Tape<'_>) -> Benefit {
    match tape.pick(21) {
        0 | 1 => Benefit::PercentOff(percent_off(tape, false)),
        2 | 3 => Benefit::AmountOff(amount_off(tape, false)),
        4 | 5 => Benefit::PercentOff(percent_off(tape, true)),
        6 | 7 => Benefit::AmountOff(amount_off(tape, true)),
        8 => Benefit::FreeProduct(free_product(tape)),
        9 => Benefit::BuyXGetY(buy_x_get_y(tape)),
        10 => Benefit::AtCost(at_cost(tape)),
        11 => Benefit::FreeShipping(FreeShipping { methods: tape.some_of(30, &METHODS.map(Into::into)) }),
        12 => Benefit::ShippingOff(shipping_off(tape)),
        13 => Benefit::FixedPrice(fixed_price(tape)),
        14 => Benefit::EveryNth(every_nth(tape)),
        15 => Benefit::Bundle(bundle(tape)),
        16 | 17 => Benefit::Tiers(tiers(tape)),
        18 => Benefit::Gift(Gift { items: gift_items(tape), units: tape.one(&[1, 1, 2, 5]) }),
        _ => Benefit::Credit(credit(tape)),
    }
}

fn fixed_price(tape: &mut Tape<'_>) -> FixedPrice {
    reaching!(tape, true, FixedPrice { items: selector(tape), ..FixedPrice::new(amounts(tape)) })
}

fn gift_items(tape: &mut Tape<'_>) -> Selector {
    Selector::products(products(tape))
}

fn every_nth(tape: &mut Tape<'_>) -> EveryNth {
    EveryNth {
        every: tape.one(&[2, 2, 3]),
        percent: percent(tape),
        items: selector(tape),
        which: tape.one(&[Which::Cheapest, Which::Dearest, Which::CartOrder, Which::PriceOrder]),
        units: tape.maybe(30, |tape| tape.one(&[1, 2])),
        at_most: tape.maybe(12, amounts),
    }
}

fn bundle(tape: &mut Tape<'_>) -> Bundle {
    let part = |tape: &mut Tape<'_>| Part { units: tape.one(&[1, 1, 2]), items: selector(tape) };
    Bundle {
        parts: tape.several(1, 3, part),
        price: amounts(tape),
        sets_max: tape.maybe(30, |tape| tape.one(&[1, 2])),
        at_most: tape.maybe(12, amounts),
    }
}

fn tiers(tape: &mut Tape<'_>) -> Tiers {
    let (by_units, graduated) = (tape.chance(60), tape.chance(40));
    let items = if tape.chance(70) || (by_units && graduated) { Some(selector(tape)) } else { None };
    let brackets = graduated && !by_units;
    let reward = if brackets { 0 } else { tape.pick(if items.is_some() { 3 } else { 2 }) };
    let mut from = 0;
    let step = |tape: &mut Tape<'_>| {
        from += tape.one(&[2_u32, 1, 3]);
        Step {
            from_units: by_units.then_some(from),
            from_spend: (!by_units).then(|| in_dollars(i64::from(from) * 700 - 700)),
            percent: (reward == 0).then(|| percent(tape)),
            amount: (reward == 1).then(|| dollars(tape)),
            price: (reward == 2).then(|| in_dollars(price(tape))),
        }
    };
    let is_each = items.is_some() && !graduated;
    Tiers {
        steps: tape.several(1, 3, step),
        mode: if graduated { BulkMode::Graduated } else { BulkMode::Volume },
        per: if is_each { tape.one(&[Per::Unit, Per::Line, Per::Cart]) } else { Per::Unit },
        items,
        at_most: tape.maybe(12, amounts),
    }
}

fn shipping_off(tape: &mut Tape<'_>) -> ShippingOff {
    let mut off =
        ShippingOff { methods: tape.some_of(30, &METHODS.map(Into::into)), ..ShippingOff::default() };
    match tape.pick(3) {
        0 => off.percent = Some(percent(tape)),
        1 => off.amount = Some(amounts(tape)),
        _ => off.price = Some(amounts(tape)),
    }
    off.at_most = tape.maybe(12, amounts);
    off
}

fn choose(tape: &mut Tape<'_>) -> Choose {
    tape.one(&[Choose::Cheapest, Choose::Dearest, Choose::CartOrder])
}

fn percent_off(tape: &mut Tape<'_>, off_items: bool) -> PercentOff {
    reaching!(tape, off_items, PercentOff::new(percent(tape), off_items.then(|| selector(tape))))
}

fn amount_off(tape: &mut Tape<'_>, off_items: bool) -> AmountOff {
    let amount_off = AmountOff::new(amounts(tape), off_items.then(|| selector(tape)));
    let per = if off_items { tape.one(&[Per::Unit, Per::Line, Per::Cart]) } else { Per::default() };
    let further = if off_items && per == Per::Unit { tape.maybe(20, amounts) } else { None };
    reaching!(tape, off_items, AmountOff { per, further, ..amount_off })
}

fn at_cost(tape: &mut Tape<'_>) -> AtCost {
    reaching!(tape, true, AtCost { items: selector(tape), ..AtCost::default() })
}

fn free_product(tape: &mut Tape<'_>) -> FreeProduct {
    FreeProduct { items: selector(tape), units: tape.one(&[1, 1, 2, 5]), choose: choose(tape) }
}

fn buy_x_get_y(tape: &mut Tape<'_>) -> BuyXGetY {
    BuyXGetY {
        buy: Share { units: tape.one(&[1, 2, 3]), items: tape.maybe(60, selector) },
        get: Share { units: tape.one(&[1, 1, 2]), items: tape.maybe(50, selector) },
        percent: percent(tape),
        same_product: tape.chance(20),
        sets_max: tape.maybe(30, |tape| tape.one(&[1, 2])),
        at_most: tape.maybe(12, amounts),
    }
}

fn credit(tape: &mut Tape<'_>) -> Credit {
    let acts = tape.one(&[Acts::BeforeTax, Acts::AfterTax]);
    Credit {
        amount: amounts(tape),
        shared: tape.chance(60),
        acts,
        covers_shipping: acts == Acts::AfterTax && tape.chance(50),
        beside_codes: true,
    }
}
