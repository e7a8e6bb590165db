//! What holds for every price, whatever the shop and the cart.

#[path = "support"]
mod support {
    pub(crate) mod carts;
    pub(crate) mod conditions;
    pub(crate) mod expressions;
    pub(crate) mod extremes;
    pub(crate) mod run;
    pub(crate) mod shops;
    pub(crate) mod sums;
    pub(crate) mod tape;
}

use proptest::prelude::*;
use support::carts::{Case, case};
use support::extremes::extreme;
use support::run::{json, quote, told, try_tapes};
use support::shops::{NOW, percent};
use support::sums::{check_roads, check_steps, check_sums};
use support::tape::Tape;
use tearline_pricing::benefits::amount_off::Per;
use tearline_pricing::benefits::{AmountOff, AtCost, Benefit, FixedPrice, PercentOff};
use tearline_pricing::cart::edit::{Edit, edit};
use tearline_pricing::cart::{Add, Cart, Line};
use tearline_pricing::config::promotion::Stacking;
use tearline_pricing::config::shop::{TaxRounding, TaxRules};
use tearline_pricing::config::{Documents, Event, Promotion};
use tearline_pricing::eligible::{Eligibility, EligiblePromotion, Wanted};
use tearline_pricing::explain::Supposition;
use tearline_pricing::facts::Facts;
use tearline_pricing::money::{Currency, Percent};
use tearline_pricing::quote::{Applied, Considered, Expand, Quote};
use tearline_pricing::snapshot::Snapshot;

const CASES: u32 = 2_000;

#[test]
fn parts_add_up_and_no_stage_raises_a_price() {
    let check = |case: &Case| {
        let quote = quote(case);
        check_sums(&quote, case.documents.shop.tax.prices)?;
        check_steps(&quote)
    };
    try_tapes(CASES, case, check, told);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let check = |case: &Case| {
        prop_assert_eq!(json(&quote(case)), json(&quote(&case.clone())));
        Ok(())
    };
    try_tapes(CASES, case, check, told);
}

/// A trace considers more promotions than can concern the cart, but gives and tells nothing more.
#[test]
fn a_trace_changes_nothing_else() {
    let check = |case: &Case| {
        let snapshot = Snapshot::compile(&case.documents, 1).expect("the generator makes valid shops");
        let (now, expand) = (NOW.parse().expect("an instant"), Expand { units: true, trace: true });
        let traced = tearline_pricing::price(&case.cart, &snapshot, &case.facts, now, expand);
        let mut traced = traced.expect("and valid carts");
        traced.trace = None;
        traced.lines.iter_mut().for_each(|line| line.road = None);
        traced.shipping.iter_mut().for_each(|shipping| shipping.road = None);
        prop_assert_eq!(json(&traced), json(&quote(case)));
        Ok(())
    };
    try_tapes(CASES, case, check, told);
}

/// With `adds`, and with one code for each promotion: a second one is refused, and which is the second one is a
/// matter of their order.
#[test]
fn permuting_lines_and_codes_changes_nothing_but_order() {
    let check = |(case, other): &(Case, Case)| {
        prop_assert_eq!(in_order(quote(case)), in_order(quote(other)));
        Ok(())
    };
    try_tapes(CASES, permuted, check, |(case, other)| format!("{}\n{}", told(case), json(&other.cart)));
}

fn permuted(numbers: &[u16]) -> (Case, Case) {
    let (own, rest) = numbers.split_at(numbers.len().min(30));
    let mut tape = Tape::new(own);
    let mut case = case(rest);
    case.cart.lines.iter_mut().for_each(|line| write_adds(&mut tape, line));
    keep_one_code_each(&mut case);
    let mut other = case.clone();
    other.cart.lines = shuffled(&mut tape, other.cart.lines);
    other.cart.codes = shuffled(&mut tape, other.cart.codes);
    (case, other)
}

fn write_adds(tape: &mut Tape<'_>, line: &mut Line) {
    if line.adds.is_empty() {
        line.adds = (0..line.quantity).map(|_| Add { seq: tape.one(&[3, 2, 1]), units: 1 }).collect();
    }
}

fn keep_one_code_each(case: &mut Case) {
    let mut seen = Vec::new();
    let answers = quote(case).codes.into_iter();
    let kept = answers.filter(|answer| {
        let is_new = answer.promotion.is_some() && !seen.contains(&answer.promotion);
        seen.push(answer.promotion.clone());
        is_new
    });
    case.cart.codes = kept.map(|answer| answer.code).collect();
}

fn shuffled<T>(tape: &mut Tape<'_>, mut from: Vec<T>) -> Vec<T> {
    let mut shuffled = Vec::new();
    while !from.is_empty() {
        shuffled.push(from.remove(tape.pick(from.len())));
    }
    shuffled
}

/// A quote with its lists sorted that follow the order of lines and codes.
fn in_order(mut quote: Quote) -> String {
    quote.lines.sort_by(|left, right| left.id.cmp(&right.id));
    quote.codes.sort_by(|left, right| left.code.cmp(&right.code));
    for gift in quote.promotions.iter_mut().flat_map(|applied| &mut applied.gifts) {
        gift.lines.sort_by(|left, right| left.id.cmp(&right.id));
    }
    quote.claims.sort_by_key(json);
    quote.proposals.sort_by_key(json);
    quote.hints.sort_by_key(json);
    quote.warnings.sort_by_key(json);
    json(&quote)
}

#[test]
fn all_off_leaves_exactly_nothing() {
    let check = |case: &Case| {
        let quote = quote(case);
        for (line, cart_line) in quote.lines.iter().zip(&case.cart.lines) {
            let left = if cart_line.discountable { 0 } else { line.after_bulk };
            prop_assert_eq!(line.after_order, left);
        }
        let taxed: i64 = quote.lines.iter().map(|line| line.after_credit + line.tax).sum();
        prop_assert!(taxed > 0 || quote.totals.due <= quote.totals.shipping + quote.totals.tax);
        Ok(())
    };
    try_tapes(CASES, all_off, check, told);
}

fn all_off(numbers: &[u16]) -> Case {
    let mut case = case(numbers);
    let all = PercentOff::new(Percent::ALL, None);
    let all = Promotion { ignore_floor: true, ..Promotion::giving(vec![Benefit::PercentOff(all)]) };
    case.documents.promotions.insert("all".into(), all);
    case.documents.promotions.values_mut().for_each(|promotion| promotion.exclusive = false);
    case
}

/// Asserted for shops without anything that counts units or compares sub-totals (bulk discounts, minimums,
/// counted units, caps, sets, tiers, free products, gifts), without codes that add up or compete, and without groups
/// and exclusive promotions: one that gives something only from a unit more on keeps others out from there on. There
/// is one tax rate for all goods, rounded once, and no promotion is for certain events only: where a discount is
/// written down to lines with different rates or different further discounts, a unit more can move a cent of it to
/// where it saves another. No promotion has a budget: one that is exhausted lets others give. No promotion gives a
/// discount and a credit: the best combination is the one that leaves the least to pay by whatever means, and of two
/// that leave the same, one may pay more of it by credit. No promotion ignores floors: its last cent falls on one
/// line or another, and what others find below a floor they cannot take.
#[test]
fn a_unit_more_never_lowers_what_is_due() {
    let check = |(fewer, more): &(Case, Case)| {
        prop_assert!(quote(fewer).totals.due <= quote(more).totals.due);
        Ok(())
    };
    try_tapes(CASES, one_more, check, |(fewer, more)| format!("{}\n{}", told(fewer), json(&more.cart)));
}

fn one_more(numbers: &[u16]) -> (Case, Case) {
    let (own, rest) = numbers.split_at(numbers.len().min(5));
    let mut tape = Tape::new(own);
    let mut fewer = case(rest);
    make_simple(&mut tape, &mut fewer);
    let mut more = fewer.clone();
    let place = tape.pick(more.cart.lines.len());
    more.cart.lines[place].quantity += 1;
    (fewer, more)
}

fn make_simple(tape: &mut Tape<'_>, case: &mut Case) {
    let Documents { shop, price_lists, events, promotions } = &mut case.documents;
    shop.tax = TaxRules { rounded: TaxRounding::PerRate, ..shop.tax };
    for list in price_lists.values_mut() {
        list.categories.iter_mut().for_each(|category| category.bulk = None);
        list.products.iter_mut().for_each(|product| (product.bulk, product.tax_category) = (None, None));
    }
    for event in events.values_mut() {
        *event = Event { price_list: event.price_list.clone(), ..Event::default() };
    }
    promotions.values_mut().for_each(make_simple_promotion);
    promotions.retain(|_, promotion| !promotion.benefits.is_empty());
    case.cart.tax_rates.truncate(1);
    case.cart
        .tax_rates
        .iter_mut()
        .for_each(|rate| (rate.category, rate.percent) = ("standard".into(), percent(tape)));
    case.cart.shipping = None;
    for line in &mut case.cart.lines {
        (line.adds, line.tax_category) = (Vec::new(), None);
    }
}

fn make_simple_promotion(promotion: &mut Promotion) {
    (promotion.conditions, promotion.events, promotion.stacking) = (Vec::new(), Vec::new(), Stacking::Chain);
    (promotion.exclusive, promotion.group, promotion.ignore_floor) = (false, None, false);
    promotion.limits.budget = None;
    let is_credit = |benefit: &Benefit| matches!(benefit, Benefit::Credit(_));
    let only_credit = promotion.benefits.first().is_some_and(is_credit);
    promotion.benefits.retain(|benefit| is_credit(benefit) == only_credit);
    promotion.benefits.retain_mut(|benefit| match benefit {
        Benefit::PercentOff(off) => {
            *off = PercentOff::new(off.percent, off.items.take());
            true
        }
        Benefit::AmountOff(off) => {
            let per = off.per;
            *off = AmountOff { per, ..AmountOff::new(off.amount.clone(), off.items.take()) };
            per != Per::Cart
        }
        Benefit::AtCost(at_cost) => {
            *at_cost = AtCost { items: std::mem::take(&mut at_cost.items), ..AtCost::default() };
            true
        }
        Benefit::Credit(_) => true,
        Benefit::FixedPrice(fixed) => {
            *fixed = FixedPrice {
                items: std::mem::take(&mut fixed.items),
                ..FixedPrice::new(fixed.price.clone())
            };
            true
        }
        Benefit::FreeProduct(_)
        | Benefit::BuyXGetY(_)
        | Benefit::EveryNth(_)
        | Benefit::Bundle(_)
        | Benefit::Tiers(_)
        | Benefit::Gift(_)
        | Benefit::ShippingOff(_)
        | Benefit::FreeShipping(_) => false,
    });
}

/// Whatever the types can hold is refused with its faults or priced, and what is priced adds up.
#[test]
fn nothing_that_comes_in_makes_it_panic() {
    let check = |case: &Case| {
        let Ok(snapshot) = Snapshot::compile(&case.documents, 1) else { return Ok(()) };
        let now = NOW.parse().expect("an instant");
        let price = |expand| tearline_pricing::price(&case.cart, &snapshot, &case.facts, now, expand);
        let Ok(quote) = price(Expand { units: true, trace: true }) else { return Ok(()) };
        check_sums(&quote, case.documents.shop.tax.prices)?;
        check_steps(&quote)?;
        check_roads(&quote)?;
        // To explain a quote does not change it.
        prop_assert_eq!(compact(quote), price(Expand::default()).expect("the same cart"));
        Ok(())
    };
    try_tapes(CASES, extreme, check, |case| format!("{case:#?}"));
}

#[test]
fn each_road_leads_from_the_list_price_to_what_is_left() {
    let check = |case: &Case| {
        let snapshot = Snapshot::compile(&case.documents, 1).expect("the generator makes valid shops");
        let (now, expand) = (NOW.parse().expect("an instant"), Expand { units: true, trace: true });
        let explained = tearline_pricing::price(&case.cart, &snapshot, &case.facts, now, expand);
        let explained = explained.expect("and valid carts");
        check_roads(&explained)?;
        prop_assert_eq!(compact(explained), compact(quote(case)));
        Ok(())
    };
    try_tapes(CASES, case, check, told);
}

#[test]
fn what_is_explained_of_a_promotion_is_what_its_quote_says() {
    let check = |case: &Case| {
        let snapshot = Snapshot::compile(&case.documents, 1).expect("the generator makes valid shops");
        let (now, expand) = (NOW.parse().expect("an instant"), Expand { units: false, trace: true });
        let price = |cart: &Cart| tearline_pricing::price(cart, &snapshot, &case.facts, now, expand);
        for (id, promotion) in &case.documents.promotions {
            let explain = |cart: &Cart| tearline_pricing::explain(cart, &snapshot, &case.facts, now, id);
            let told = explain(&case.cart).expect("a valid cart");
            let as_is = price(&case.cart).expect("a valid cart");
            let applied = |quote: &Quote| quote.promotions.iter().find(|applied| applied.id == *id).cloned();
            prop_assert_eq!(told.applies, applied(&as_is).is_some());
            let mut supposed = case.cart.clone();
            if told.supposing.contains(&Supposition::CodeEntered) {
                // A code of a pool that is supposed is in no facts, so that no quote can be had with it.
                let Some(code) = promotion.codes.first() else { continue };
                supposed.codes.push(code.clone());
            }
            if !told.supposing.contains(&Supposition::Resumed) {
                let quote = price(&supposed).expect("a valid cart");
                let gifts = applied(&quote).map_or(Vec::new(), |applied| applied.gifts.into_vec());
                prop_assert_eq!(&told.gifts, &gifts);
                prop_assert_eq!(told.verdict.applies, !gifts.is_empty());
                let is_it = |it: &&Considered| it.id == *id && it.code == told.verdict.code;
                let considered = quote.trace.iter().flatten().find(is_it);
                let because = considered.map(|considered| &considered.because);
                prop_assert!(because.is_none_or(|because| *because == told.verdict.because));
            }
        }
        Ok(())
    };
    try_tapes(CASES / 2, case, check, told);
}

#[test]
fn what_is_listed_as_applying_is_what_the_quote_says() {
    let check = |case: &Case| {
        let snapshot = Snapshot::compile(&case.documents, 1).expect("the generator makes valid shops");
        let now = NOW.parse().expect("an instant");
        let wanted = Wanted { others: true, codes: false, skip: 0, limit: usize::MAX };
        let listed = tearline_pricing::eligible(&case.cart, &snapshot, &case.facts, now, wanted);
        let listed = listed.expect("a valid cart").promotions;
        let quote = quote(case);
        let applies = listed.iter().filter(|listed| listed.status == Eligibility::Applies);
        let applies: Vec<_> = applies.map(|listed| (listed.promotion.clone(), listed.gave)).collect();
        let gave = |applied: &Applied| (applied.id.clone(), Some(applied.gave));
        prop_assert_eq!(applies, quote.promotions.iter().map(gave).collect::<Vec<_>>());
        for id in case.documents.promotions.keys() {
            prop_assert_eq!(listed.iter().filter(|listed| listed.promotion == *id).count(), 1);
        }
        let helps = |listed: &EligiblePromotion| !listed.missing.is_empty();
        prop_assert!(listed.iter().all(|listed| listed.status != Eligibility::CouldApply || helps(listed)));
        Ok(())
    };
    try_tapes(CASES, case, check, told);
}

#[test]
fn a_shelf_price_is_the_price_of_the_line_alone() {
    let check = |case: &Case| {
        let snapshot = Snapshot::compile(&case.documents, 1).expect("the generator makes valid shops");
        let now = NOW.parse().expect("an instant");
        let shelf = tearline_pricing::shelf(&case.cart, &snapshot, &case.facts, now).expect("a valid cart");
        for (line, price) in case.cart.lines.iter().zip(&shelf.lines) {
            let cart = Cart { lines: vec![line.clone()], shipping: None, ..case.cart.clone() };
            let quote = tearline_pricing::price(&cart, &snapshot, &case.facts, now, Expand::default());
            let alone = &quote.expect("a valid cart").lines[0];
            prop_assert_eq!((price.list, price.price), (alone.list, alone.after_order));
            let gave: i64 = price.promotions.iter().map(|discount| discount.gave).sum();
            prop_assert_eq!(price.list - price.bulk_discount - gave, price.price);
        }
        Ok(())
    };
    try_tapes(CASES, case, check, told);
}

/// A quote without what was asked for besides.
fn compact(mut quote: Quote) -> Quote {
    quote.trace = None;
    for line in &mut quote.lines {
        line.units = None;
        line.road = None;
    }
    if let Some(shipping) = &mut quote.shipping {
        shipping.road = None;
    }
    quote
}

#[test]
fn ten_thousand_lines_are_refused() {
    let line = |number: usize| Line::of(format!("l{number}"), 1, 100);
    let lines = (0..10_000).map(line).collect();
    let faults = price(&Documents::default(), &Cart::of(Currency::USD, lines)).expect_err("too many lines");
    assert_eq!(faults[0].pointer, "/lines");
}

#[test]
fn the_largest_carts_add_up() {
    for (lines, quantity, unit_price) in
        [(1, 100_000, 10_000_000_000), (1_000, 100, 10_000_000_000), (10, 100, 1_000_000_000_000)]
    {
        let lines = (0..lines).map(|number| Line::of(format!("l{number}"), quantity, unit_price)).collect();
        let quote = price(&thirds(), &Cart::of(Currency::USD, lines)).expect("within the limits");
        check_sums(&quote, <_>::default()).expect("parts add up");
        check_steps(&quote).expect("no stage raises a price");
        assert_eq!(quote.totals.list, 1_000_000_000_000_000);
        assert_eq!(quote.totals.order_discount, 333_333_000_000_000);
    }
}

fn thirds() -> Documents {
    let percent = Percent::from_ppm(333_333).expect("a percentage");
    let third = PercentOff::new(percent, None);
    let promotion = Promotion::giving(vec![Benefit::PercentOff(third)]);
    Documents { promotions: [("third".into(), promotion)].into(), ..Documents::default() }
}

fn price(documents: &Documents, cart: &Cart) -> Result<Quote, Vec<tearline_pricing::cart::check::CartFault>> {
    let snapshot = Snapshot::compile(documents, 1).expect("a valid shop");
    let (now, expand) = (NOW.parse().expect("an instant"), Expand { units: true, trace: false });
    tearline_pricing::price(cart, &snapshot, &Facts::default(), now, expand)
}

/// Twenty codes that may stand together have a million subsets; not all of them are tried.
#[test]
fn as_many_codes_as_a_cart_may_carry_are_priced() {
    let coupon = |number: i64| {
        let benefit = serde_json::json!({"amount_off": {"amount": format!("0.{number:02} USD")}});
        Promotion {
            codes: vec![format!("code{number}")],
            combines_with_codes: true,
            ..Promotion::giving(vec![serde_json::from_value(benefit).expect("a benefit")])
        }
    };
    let promotions = (1..=20).map(|number| (format!("p{number}").into(), coupon(number)));
    let documents = Documents { promotions: promotions.collect(), ..Documents::default() };
    let codes = (1..=20).map(|number| format!("code{number}")).collect();
    let cart = Cart { codes, ..Cart::of(Currency::USD, vec![Line::of("a", 1, 100_000)]) };
    let quote = price(&documents, &cart).expect("a valid cart");
    assert_eq!(quote.totals.order_discount, (1..=20).sum::<i64>());
}

#[test]
fn edits_keep_the_order_of_adding() {
    let check = |(cart, edits): &(Cart, Vec<Edit>)| {
        let mut cart = cart.clone();
        for change in edits {
            if let Ok(edited) = edit(cart.clone(), change.clone()) {
                cart = edited;
                check_adds(&cart)?;
            }
        }
        Ok(())
    };
    try_tapes(CASES, edits, check, |(cart, edits)| format!("{}\n{}", json(cart), json(edits)));
}

fn check_adds(cart: &Cart) -> Result<(), TestCaseError> {
    for (place, line) in cart.lines.iter().enumerate() {
        let units: u64 = line.adds.iter().map(|add| u64::from(add.units)).sum();
        prop_assert_eq!(units, u64::from(line.quantity));
        prop_assert!(line.quantity > 0 && line.adds.iter().all(|add| add.units > 0));
        prop_assert!(cart.lines[..place].iter().all(|other| other.id != line.id), "{} came twice", line.id);
    }
    Ok(())
}

fn edits(numbers: &[u16]) -> (Cart, Vec<Edit>) {
    let (own, rest) = numbers.split_at(numbers.len().min(100));
    let mut tape = Tape::new(own);
    let cart = case(rest).cart;
    let other = case(&rest[rest.len() / 2..]).cart;
    let edits = tape.several(1, 12, |tape| change(tape, &cart, &other));
    (cart, edits)
}

fn change(tape: &mut Tape<'_>, cart: &Cart, other: &Cart) -> Edit {
    let lines = [&cart.lines[..], &other.lines[..]].concat();
    let line = tape.one(&lines);
    let units = tape.one(&[1, 2, 4, 0, 100_000, u32::MAX]);
    let seq = tape.one(&[10, 0, i64::MAX, i64::MIN]);
    match tape.pick(5) {
        0 => Edit::Add { line: Box::new(line), seq },
        1 => Edit::Raise { line: line.id, units, seq },
        2 => Edit::Lower { line: line.id, units },
        3 => Edit::Remove { line: line.id },
        _ => Edit::Merge { cart: Box::new(other.clone()) },
    }
}

/// Where lines of one name are the same thing; otherwise one of them gets a new name, and a cent that was decided
/// by its name may fall elsewhere.
#[test]
fn merging_ours_into_theirs_costs_the_same_as_theirs_into_ours() {
    let check = |(ours, theirs): &(Case, Case)| {
        prop_assert_eq!(in_order(quote(&merged(ours, theirs))), in_order(quote(&merged(theirs, ours))));
        Ok(())
    };
    try_tapes(CASES, two_carts, check, |(ours, theirs)| format!("{}\n{}", told(ours), json(&theirs.cart)));
}

fn merged(into: &Case, from: &Case) -> Case {
    let merge = Edit::Merge { cart: Box::new(from.cart.clone()) };
    let cart = edit(into.cart.clone(), merge).expect("small carts in one currency");
    Case { cart, ..into.clone() }
}

/// Two carts of one buyer: the second has some of the lines of the first, and others.
fn two_carts(numbers: &[u16]) -> (Case, Case) {
    let (own, rest) = numbers.split_at(numbers.len().min(60));
    let mut tape = Tape::new(own);
    let mut ours = case(rest);
    ours.cart.lines.iter_mut().for_each(|line| write_adds(&mut tape, line));
    keep_one_code_each(&mut ours);
    let mut theirs = ours.clone();
    theirs.cart.lines = tape.some_of(60, &ours.cart.lines);
    theirs.cart.lines.iter_mut().for_each(|line| readd(&mut tape, line));
    ours.cart.lines = tape.some_of(80, &ours.cart.lines);
    (ours, theirs)
}

/// The same line, its units added at other times.
fn readd(tape: &mut Tape<'_>, line: &mut Line) {
    line.quantity = tape.one(&[1, 2, 3]);
    line.adds = (0..line.quantity).map(|_| Add { seq: tape.one(&[2, 9, -8]), units: 1 }).collect();
}
