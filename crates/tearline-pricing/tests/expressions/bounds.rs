//! Nothing that somebody writes breaks an expression, loops without end or gives an answer by chance.

use proptest::prelude::*;
use tearline_pricing::attribute::Attribute;
use tearline_pricing::expression::{BYTES_MAX, Expression, STEPS_MAX, Unanswered};

use super::world::{Counted, plain};
use crate::oracle::plain::Plain;
use crate::support::expressions::expression;
use crate::support::tape::{Tape, tapes};

fn some_world() -> Plain {
    plain(&mut Tape::new(&[9; 200]))
}

/// A world of many lines, each with many categories.
fn large(lines: usize, categories: usize) -> Counted {
    let mut world = some_world();
    let mut line = world.lines.first().cloned().unwrap_or_default();
    line.categories = (0..categories).map(|number| format!("category-{number}")).collect();
    world.lines = vec![line; lines];
    Counted::from(world)
}

fn answer(text: &str, world: Plain) -> Result<bool, Unanswered> {
    Expression::compile(text)
        .unwrap_or_else(|fault| panic!("{text}: {fault}"))
        .evaluate(&Counted::from(world))
}

#[test]
fn numbers_that_grow_too_large_are_an_answer() {
    let answers = [
        ("9223372036854775807 + 1 > 0", Err(Unanswered::TooLarge)),
        ("-9223372036854775808 - 1 < 0", Err(Unanswered::TooLarge)),
        ("9223372036854775807 * 9223372036854775807 > 0", Err(Unanswered::TooLarge)),
        ("-(-9223372036854775808) > 0", Err(Unanswered::TooLarge)),
        ("-9223372036854775808 / -1 > 0", Err(Unanswered::TooLarge)),
        ("-9223372036854775808 % -1 == 0", Err(Unanswered::TooLarge)),
        ("1 / 0 == 0", Err(Unanswered::DividedByZero)),
        ("1 % 0 == 0", Err(Unanswered::DividedByZero)),
        ("[].map(n, 1).max() > 0", Err(Unanswered::NoneOfThem)),
        ("[9223372036854775807, 1].sum() > 0", Err(Unanswered::TooLarge)),
        ("[9223372036854775807, 1, -1].sum() > 0", Ok(true)),
        ("-7 / 2 == -3 && -7 % 2 == -1", Ok(true)),
        ("1 / 0 == 0 || true", Ok(true)),
        ("1 / 0 == 0 && false", Ok(false)),
        ("!(1 / 0 == 0)", Err(Unanswered::DividedByZero)),
        ("[0, 1].exists(n, 1 / n == 1)", Ok(true)),
        ("[0, 1].filter(n, 1 / n == 1).exists(n, true)", Err(Unanswered::DividedByZero)),
        ("[1, 0].filter(n, 1 / n == 1).exists(n, true)", Err(Unanswered::DividedByZero)),
    ];
    for (text, expected) in answers {
        assert_eq!(answer(text, some_world()), expected, "{text}");
    }
}

#[test]
fn attributes_that_are_absent_or_of_another_type_are_named() {
    let mut world = some_world();
    world.cart_attributes = [("grams".into(), Attribute::Number(250))].into();
    world.customer_attributes = None;
    let absent = Err(Unanswered::NoAttribute("paper".into()));
    let answers = [
        ("cart.attributes.grams == 250", Ok(true)),
        ("cart.attributes.grams == '250'", Ok(false)),
        ("cart.attributes.grams != '250'", Ok(true)),
        ("cart.attributes.paper == 'matte'", absent.clone()),
        ("has(cart.attributes.paper) && cart.attributes.paper == 'matte'", Ok(false)),
        ("customer.attributes.paper == 'matte'", absent),
        ("has(customer.attributes.paper)", Ok(false)),
        ("cart.attributes.grams > 'a'", Err(Unanswered::AttributeIsNot("grams".into(), "a text"))),
        ("'a' in cart.attributes.grams", Err(Unanswered::AttributeIsNot("grams".into(), "a list of texts"))),
        ("!cart.attributes.grams", Err(Unanswered::AttributeIsNot("grams".into(), "true or false"))),
    ];
    for (text, expected) in answers {
        assert_eq!(answer(text, world.clone()), expected, "{text}");
    }
}

#[test]
fn steps_are_bounded_whatever_the_cart() {
    let costly = [
        "cart.lines.exists(a, cart.lines.exists(b, a.quantity + b.quantity < -1))",
        "cart.lines.all(a, a.categories.all(c, a.categories.all(d, c != d || c == d)))",
        "cart.lines.map(a, cart.lines.filter(b, b.product == a.product).size()).sum() > 1",
    ];
    for text in costly {
        let expression = Expression::compile(text).unwrap();
        let world = large(1_000, 100);
        assert_eq!(expression.evaluate(&world), Err(Unanswered::TooManySteps), "{text}");
        assert!(world.asked.get() <= STEPS_MAX.into(), "{text}: asked {} times", world.asked.get());
    }
    let plain =
        "cart.lines.all(line, line.quantity >= 0 && line.unit_price >= 0 && !('x' in line.categories))";
    assert_eq!(
        Expression::compile(plain).unwrap().evaluate(&large(1_000, 8)),
        Ok(true),
        "a walk over any cart is cheap"
    );
}

#[test]
fn the_end_of_the_steps_is_never_an_answer() {
    let endless = "cart.lines.exists(a, cart.lines.exists(b, a.quantity + b.quantity < -1))";
    for text in [format!("true || {endless}"), format!("{endless} || true"), format!("!({endless}) || true")]
    {
        let found = Expression::compile(&text).unwrap().evaluate(&large(1_000, 1));
        let expected = if text.starts_with("true") { Ok(true) } else { Err(Unanswered::TooManySteps) };
        assert_eq!(found, expected, "{text}");
    }
}

/// As `docs/reference/expressions.md` says.
#[test]
fn every_line_beside_every_other_is_for_carts_of_128_lines() {
    let text = "cart.lines.exists(a, cart.lines.exists(b, a.subject != b.subject))";
    let expression = Expression::compile(text).unwrap();
    assert_eq!(expression.evaluate(&large(128, 1)), Ok(false));
    assert_eq!(expression.evaluate(&large(129, 1)), Err(Unanswered::TooManySteps));
}

/// With the first line found at once the others' loops need not be walked, and with it last they are: that must not
/// decide whether the steps are enough.
#[test]
fn an_early_find_does_not_save_steps() {
    let text = "cart.lines.exists(a, a.id == 'first' || cart.lines.exists(b, a.quantity + b.quantity < -1))";
    let expression = Expression::compile(text).unwrap();
    let mut world = large(600, 1).plain;
    world.lines[0].texts.insert("id", "first".to_owned());
    let early = expression.evaluate(&Counted::from(world.clone()));
    world.lines.reverse();
    assert_eq!(early, Err(Unanswered::TooManySteps));
    assert_eq!(expression.evaluate(&Counted::from(world)), early);
}

/// Pieces from which texts are made that look like expressions.
const PIECES: [&str; 40] = [
    "cart",
    "customer",
    "at",
    "line",
    ".",
    ".lines",
    ".units",
    ".attributes",
    ".exists",
    ".filter",
    ".map",
    ".sum",
    "(",
    ")",
    "[",
    "]",
    ",",
    "?",
    ":",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    " in ",
    "'a'",
    "\"",
    "'",
    "\\",
    "9223372036854775808",
    "0x",
    "true",
    "é\u{202e}\0",
];

proptest! {
    #[test]
    fn any_text_compiles_or_not(text in "\\PC{0,200}") {
        compile(&text);
    }

    #[test]
    fn any_pieces_compile_or_not(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        compile(&pieces.iter().map(|piece| PIECES[*piece]).collect::<String>());
    }

    /// A character too few or too many, anywhere.
    #[test]
    fn a_slip_of_the_pen_breaks_nothing(numbers in tapes(300), at in any::<u16>(), other in any::<char>()) {
        let text = expression(&mut Tape::new(&numbers), 4);
        let mut chars: Vec<char> = text.chars().collect();
        let at = usize::from(at) % chars.len();
        chars.remove(at);
        compile(&chars.iter().collect::<String>());
        chars.insert(at, other);
        compile(&chars.iter().collect::<String>());
    }

    /// Neither the answer nor the reason why there is none depends on the order of lines, nor on what is said of
    /// them twice.
    #[test]
    fn the_order_of_lines_says_nothing(numbers in tapes(600), by in any::<u16>()) {
        let mut tape = Tape::new(&numbers);
        let (text, world) = (expression(&mut tape, 4), plain(&mut tape));
        if let Ok(expression) = Expression::compile(&text) {
            let mut turned = world.clone();
            let by = usize::from(by) % turned.lines.len().max(1);
            turned.lines.rotate_left(by);
            turned.lines.reverse();
            let (first, second) = (Counted::from(world), Counted::from(turned));
            prop_assert_eq!(expression.evaluate(&first), expression.evaluate(&second), "{}", text);
        }
    }

    #[test]
    fn steps_are_bounded_whatever_is_asked(numbers in tapes(300)) {
        let text = expression(&mut Tape::new(&numbers), 4);
        if let Ok(expression) = Expression::compile(&text) {
            let world = large(300, 40);
            let _ = expression.evaluate(&world);
            prop_assert!(world.asked.get() <= STEPS_MAX.into(), "{}: asked {} times", text, world.asked.get());
        }
    }
}

fn compile(text: &str) {
    match Expression::compile(text) {
        Ok(expression) => {
            let _ = expression.evaluate(&Counted::from(some_world()));
            let _ = expression.evaluate(&Counted::from(Plain { lines: Vec::new(), ..some_world() }));
        }
        Err(fault) => {
            assert!((1..=text.chars().count() + 1).contains(&fault.character), "{fault}");
            assert!(text.len() > BYTES_MAX || !fault.message.is_empty());
        }
    }
}
