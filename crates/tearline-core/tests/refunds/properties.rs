//! What holds for every order, whatever the shop and the cart.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::json;
use tearline_core::refunds::{
    Policy, RefundRequest, RefundShipping, RefundUnits, Remains, Statement, Sum, remains,
};
use tearline_pricing::conditions::Condition;
use tearline_pricing::money::{Currency, Money};

use super::placed::{Placed, figures};
use crate::support::carts::{Case, case};
use crate::support::run::{quote, told, try_tapes};
use crate::support::shops::NOW;
use crate::support::tape::Tape;

const CASES: u32 = 500;

#[derive(Debug)]
struct Story {
    case: Case,
    /// How units are refunded: for each refund a line, how many, and of shipping.
    numbers: Vec<u16>,
}

fn story(numbers: &[u16]) -> Story {
    let (own, rest) = numbers.split_at(numbers.len().min(60));
    let mut case = case(rest);
    let sub_total = quote(&case).totals.sub_total;
    let mut tape = Tape::new(own);
    for promotion in case.documents.promotions.values_mut() {
        promotion.conditions.extend(tape.maybe(70, |tape| minimum(tape, sub_total)));
    }
    Story { case, numbers: own.to_vec() }
}

/// A minimum that the cart just reaches: what remains may miss it.
fn minimum(tape: &mut Tape<'_>, sub_total: i64) -> Condition {
    let amount = Money::new(sub_total * tape.one(&[1, 2, 3]) / 3, Currency::USD).to_string();
    serde_json::from_value(json!({"minimum": {"amount": amount}})).expect("a condition")
}

fn placed(story: &Story) -> Placed {
    let Case { documents, cart, facts } = &story.case;
    Placed::new(documents, cart.clone(), facts.clone(), NOW.parse().expect("an instant"))
}

fn told_story(story: &Story) -> String {
    format!("{:?}\n{}", story.numbers, told(&story.case))
}

/// Everything that is left.
fn everything(held: &Remains, shipping: RefundShipping, policy: Policy) -> RefundRequest {
    let units = |line: &tearline_core::refunds::RemainingLine| RefundUnits {
        line: line.line.clone(),
        quantity: u32::try_from(line.units.len()).unwrap(),
    };
    RefundRequest { units: held.lines.iter().map(units).collect(), shipping, policy }
}

/// Refunds this and that, then all that is left.
fn refund_all(placed: &mut Placed, tape: &mut Tape<'_>, policies: &[Policy]) -> Result<(), TestCaseError> {
    for _ in 0..tape.between(0, 5) {
        let held = remains(&placed.order(), &placed.made);
        let request = some(tape, &held, policies);
        if let Ok(statement) = placed.ask(&request) {
            check(&held, &statement)?;
            placed.made.push(statement);
        }
    }
    let held = remains(&placed.order(), &placed.made);
    for shipping in [RefundShipping::Full, RefundShipping::None] {
        if let Ok(statement) = placed.ask(&everything(&held, shipping, tape.one(policies))) {
            check(&held, &statement)?;
            placed.made.push(statement);
            return Ok(());
        }
    }
    prop_assert_eq!(held, Remains::default());
    Ok(())
}

fn some(tape: &mut Tape<'_>, held: &Remains, policies: &[Policy]) -> RefundRequest {
    let mut units = Vec::new();
    for line in &held.lines {
        let quantity = u32::try_from(tape.pick(line.units.len() + 1)).unwrap();
        if quantity > 0 && tape.chance(60) {
            units.push(RefundUnits { line: line.line.clone(), quantity });
        }
    }
    let paid = usize::try_from(held.shipping.total()).unwrap();
    let shipping = match tape.pick(8) {
        7 => RefundShipping::Full,
        6 => RefundShipping::Minor(i64::try_from(tape.pick(paid + 1)).unwrap()),
        _ => RefundShipping::None,
    };
    RefundRequest { units, shipping, policy: tape.one(policies) }
}

/// A statement is the sum of its parts, takes nothing from the buyer, and leaves what it has not given back.
fn check(held: &Remains, statement: &Statement) -> Result<(), TestCaseError> {
    let lines = statement.lines.iter().map(|line| &line.total);
    prop_assert_eq!(&lines.chain([&statement.shipping]).sum::<Sum>(), &statement.total);
    for line in &statement.lines {
        prop_assert_eq!(&line.units.iter().sum::<Sum>(), &line.total);
        prop_assert!(line.units.iter().all(is_none_negative), "{:?}", line);
    }
    prop_assert!(is_none_negative(&statement.shipping) && is_none_negative(&statement.total));
    let after = [&statement.total, &statement.remains.total].into_iter().sum::<Sum>();
    prop_assert_eq!(figures(&held.total), figures(&after));
    let remaining = statement.remains.lines.iter().flat_map(|line| &line.units);
    prop_assert!(remaining.chain([&statement.remains.shipping]).all(is_none_negative));
    let credits: i64 = statement.credits.iter().map(|credit| credit.minor).sum();
    prop_assert_eq!(credits, statement.total.credit());
    Ok(())
}

fn is_none_negative(sum: &Sum) -> bool {
    sum.total() >= 0 && sum.tax >= 0 && sum.money >= 0 && sum.credits.values().all(|credit| *credit >= 0)
}

fn check_all(story: &Story, policies: &[Policy]) -> Result<(), TestCaseError> {
    let (mut placed, mut tape) = (placed(story), Tape::new(&story.numbers));
    refund_all(&mut placed, &mut tape, policies)?;
    let refunded: Sum = placed.made.iter().map(|statement| &statement.total).sum();
    let totals = quote(&story.case).totals;
    prop_assert_eq!(refunded.money, totals.due);
    prop_assert_eq!(refunded.credit(), totals.credit_applied);
    prop_assert_eq!(refunded.tax, totals.tax);
    Ok(())
}

#[test]
fn what_is_kept_comes_back_to_the_cent_in_any_parts() {
    try_tapes(CASES, story, |story| check_all(story, &[Policy::Keep]), told_story);
}

#[test]
fn whatever_the_policies_all_of_it_comes_back_in_the_end() {
    let policies = [Policy::Keep, Policy::Reprice, Policy::ClawBack];
    try_tapes(CASES, story, |story| check_all(story, &policies), told_story);
}

/// What each unit comes back as does not depend on what came back before.
#[test]
fn kept_units_come_back_alike_in_any_order() {
    let test = |story: &Story| {
        let mut placed = placed(story);
        let whole =
            placed.ask(&everything(&remains(&placed.order(), &[]), RefundShipping::None, Policy::Keep));
        let whole = whole.expect("a cart has units");
        let mut tape = Tape::new(&story.numbers);
        refund_all(&mut placed, &mut tape, &[Policy::Keep])?;
        for line in &whole.lines {
            let parts = placed.made.iter().rev().flat_map(|statement| &statement.lines);
            let parts = parts.filter(|part| part.line == line.line).flat_map(|part| &part.units);
            prop_assert!(line.units.iter().eq(parts));
        }
        Ok(())
    };
    try_tapes(CASES, story, test, told_story);
}

#[test]
fn all_at_once_is_everything_under_every_policy() {
    let test = |story: &Story| {
        let placed = placed(story);
        let held = remains(&placed.order(), &[]);
        for policy in [Policy::Keep, Policy::Reprice, Policy::ClawBack] {
            let statement = placed.ask(&everything(&held, RefundShipping::Full, policy)).expect("granted");
            prop_assert_eq!(&statement.total, &held.total);
            prop_assert_eq!(&statement.remains, &Remains::default());
        }
        Ok(())
    };
    try_tapes(CASES, story, test, told_story);
}

#[test]
fn clawing_back_never_gives_more_than_keeping() {
    let test = |story: &Story| {
        let placed = placed(story);
        let held = remains(&placed.order(), &[]);
        let request = |policy| some(&mut Tape::new(&story.numbers), &held, &[policy]);
        let asked = [Policy::Keep, Policy::ClawBack].map(|policy| placed.ask(&request(policy)));
        let [Ok(kept), Ok(clawed)] = asked else { return Ok(()) };
        prop_assert!(clawed.total.total() <= kept.total.total() && clawed.total.tax <= kept.total.tax);
        prop_assert!(clawed.total.money <= kept.total.money && clawed.total.credit() <= kept.total.credit());
        Ok(())
    };
    try_tapes(CASES, story, test, told_story);
}

#[test]
fn what_is_exchanged_comes_back_with_what_was_paid_for_it() {
    let test = |story: &Story| {
        let (mut placed, mut tape) = (placed(story), Tape::new(&story.numbers));
        let paid = remains(&placed.order(), &[]).total;
        let line = tape.one(&placed.quote.lines).id;
        let price = tape.one(&[1_000, 0, 333, 5, 20_000]);
        let add = json!({"id": "new", "quantity": tape.one(&[1, 2]), "unit_price": price});
        let exchanged = placed.exchange(&json!({"units": [{"line": line, "quantity": 1}], "add": [add]}));
        prop_assert!(is_none_negative(&exchanged.to_pay) && exchanged.to_pay.credits.is_empty());
        prop_assert!(exchanged.to_pay.money == 0 || exchanged.statement.total.total() == 0);
        refund_all(&mut placed, &mut tape, &[Policy::Keep, Policy::Reprice, Policy::ClawBack])?;
        let refunded: Sum = placed.made.iter().map(|statement| &statement.total).sum();
        prop_assert_eq!(refunded, [&paid, &exchanged.to_pay].into_iter().sum::<Sum>());
        Ok(())
    };
    try_tapes(CASES, story, test, told_story);
}
