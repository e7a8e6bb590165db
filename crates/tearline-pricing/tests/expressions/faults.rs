//! What is wrong is named, with its place and with what is allowed.

use tearline_pricing::expression::names::{NAMES, Object};
use tearline_pricing::expression::{BYTES_MAX, Expression, LOOPS_MAX};

/// An expression, the character that is wrong, and what the fault says among other things.
const FAULTS: [(&str, usize, &str); 52] = [
    // What is no expression
    ("", 1, "here stands the end; wanted is a value"),
    ("cart.units >=", 14, "here stands the end"),
    ("cart.units = 3", 12, "to compare, write =="),
    ("cart.units >= 3 & true", 17, "for `and`, write &&"),
    ("cart.units >= 3 and true", 17, "here stands `and`; wanted is an operator"),
    ("(cart.units >= 3", 17, "here stands the end; wanted is )"),
    ("cart.units >= 3)", 16, "here stands `)`"),
    ("cart..units > 3", 6, "wanted is a name"),
    ("cart.channel == 'web", 17, "does not end with '"),
    ("cart.channel == ‘web’", 17, "straight quotes"),
    (r"cart.channel == 'w\eb'", 19, r"begins none of \\"),
    (r"cart.channel == '\ud800'", 18, r"begins none of \\"),
    (r"cart.channel == '\u12'", 18, r"begins none of \\"),
    ("cart.lines.exists(line, line.quantity > 1,)", 43, "here stands `)`"),
    ("{'a': 1} == {}", 1, "there are no maps"),
    ("for > 1", 1, "is a word of the language"),
    ("cart.event == null", 15, "there is no null"),
    ("cart.units >= 3 ; true", 17, "`;` has no meaning here"),
    ("\u{202e}cart.units > 1", 1, "has no meaning here"),
    // Numbers
    ("cart.sub_total > 19.99", 18, "there are no fractions"),
    ("cart.sub_total > 1e3", 18, "there are no fractions"),
    ("cart.units > 3u", 14, "is not a whole number"),
    ("cart.units > 0x", 14, "is not a whole number"),
    ("cart.units > 9223372036854775808", 14, "is too large"),
    ("cart.units > 99999999999999999999999999", 14, "is too large"),
    // Names
    ("card.units > 3", 1, "there is no `card` here; there are cart, customer, at"),
    ("cart.lines.exists(l, line.quantity > 3)", 22, "there are cart, customer, at, l"),
    ("cart.unit > 3", 6, "there is no `unit` of `cart`; there are currency"),
    ("customer.name == 'x'", 10, "there is no `name` of `customer`; there are id"),
    ("cart.units.max > 3", 12, "a whole number has no `max`"),
    ("cart.lines.exists(cart, true)", 19, "`cart` is taken"),
    ("cart.lines.exists(1, true)", 19, "wanted is a name"),
    ("at.weekday == 'Sunday'", 15, "it is never 'Sunday'; it is one of monday"),
    ("at.weekday in ['saturday', 'son']", 15, "it is never 'son'"),
    // Types
    ("cart.units", 6, "this is a whole number; wanted is true or false"),
    ("cart", 1, "this is the cart; wanted is true or false; ask for one of currency"),
    ("cart.units == '3'", 12, "cannot compare a whole number with a text"),
    ("true < false", 6, "write a && !b"),
    ("cart.attributes.a < cart.attributes.b", 19, "write which type they have"),
    ("cart.channel + 'x' == 'webx'", 6, "this is a text; wanted is a whole number"),
    ("!cart.units", 7, "wanted is true or false"),
    ("cart.units in ['a']", 6, "a whole number cannot be in a list of texts"),
    ("'a' in cart.lines", 1, "a text cannot be in a list of lines"),
    ("cart.channel in ['a', 1]", 17, "not of both"),
    ("cart.lines[0].quantity > 1", 12, "a list is not asked by number"),
    ("cart.lines.sum() > 1", 12, "make them so first"),
    ("(true ? 1 : 'a') == 1", 7, "both sides of `:` need one type"),
    ("cart.attributes == cart.attributes", 17, "cannot compare all attributes"),
    // Functions
    ("cart.channel.matches('w.*')", 14, "there are no regular expressions"),
    ("cart.channel.upper() == 'WEB'", 14, "there is no `.upper(…)`; there are exists"),
    ("exists(cart.lines)", 1, "write it after a point"),
    ("has(cart.units)", 10, "wanted is a text of cart"),
];

#[test]
fn each_fault_names_its_place_and_what_is_allowed() {
    let missed = FAULTS.iter().filter_map(|(text, character, says)| {
        let fault = Expression::compile(text).expect_err(text);
        let hits = fault.message.contains(says) && fault.character == *character;
        (!hits).then(|| format!("{text}: {fault}"))
    });
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn places_count_characters_not_bytes() {
    let fault = Expression::compile("cart.channel == 'zażółć' && x").unwrap_err();
    assert_eq!(fault.character, 29);
}

#[test]
fn what_is_too_long_too_deep_or_too_costly_is_refused() {
    let refused = |text: &str, says: &str| {
        let fault = Expression::compile(text).expect_err(says);
        assert!(fault.message.contains(says), "{fault}");
    };
    refused(&format!("'{}' == ''", "ż".repeat(BYTES_MAX / 2)), "is longer than 4096 bytes");
    refused(&" ".repeat(100_000), "is longer than 4096 bytes");
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}true{}", open.repeat(depth), close.repeat(depth));
    assert!(Expression::compile(&nested("(", ")", 60)).is_ok());
    for (open, close) in
        [("(", ")"), ("!", ""), ("true ? true : ", ""), ("[", "]"), ("-", ""), ("size(", ")")]
    {
        let depth = (BYTES_MAX - 4) / (open.len() + close.len());
        refused(&nested(open, close, depth.min(2_000)), "is nested more than 64 deep");
    }
    refused(&format!("cart{} == ''", ".attributes".repeat(300)), "is nested more than 64 deep");
    refused(&format!("1{} == 1", " + 1".repeat(300)), "is nested more than 64 deep");
    let loops = |depth: usize, list: &str| {
        (0..depth).fold("true".to_owned(), |inner, turn| format!("{list}.all(v{turn}, {inner})"))
    };
    refused(&loops(LOOPS_MAX + 1, "[1]"), "more than 8 loops stand inside each other");
    assert!(Expression::compile(&loops(2, "cart.lines")).is_ok());
    refused(&loops(4, "cart.lines"), "steps for a cart of 32 lines, and 100000 are allowed");
}

#[test]
fn every_example_of_a_name_compiles_and_uses_it() {
    for name in NAMES {
        Expression::compile(name.example).unwrap_or_else(|fault| panic!("{}: {fault}", name.example));
        let used = if name.object == Object::Line {
            format!(".{}", name.field)
        } else {
            format!("{}.{}", name.object.word(), name.field)
        };
        assert!(name.example.contains(&used), "{} does not show {used}", name.example);
    }
}
