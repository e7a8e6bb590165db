//! What a shop's promotions say: to their owner in plain English, to a buyer in the buyer's language.
//!
//! Each benefit and each condition has its own words; here are the ways of speaking that they share, and the
//! [sentence](Vocabulary::sentence) that puts a whole promotion together.

mod items;
mod need;
mod sentence;
mod vocabulary;
pub(crate) mod voice;
mod warning;

pub use vocabulary::Vocabulary;

pub(crate) use items::Speech;
pub(crate) use need::need;

use crate::money::Percent;

/// Of more names than these, the last ones are only counted.
const NAMED_MAX: usize = 5;

/// What a percentage makes of a price: `free`, `at half price`, `at 20% off`.
pub(crate) fn at_percent_off(percent: Percent) -> String {
    match percent.ppm() {
        1_000_000 => "free".to_owned(),
        500_000 => "at half price".to_owned(),
        _ => format!("at {percent} off"),
    }
}

/// `once`, `twice`, `3 times`.
pub(crate) fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}

/// `1st`, `2nd`, `11th`.
pub(crate) fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Names with commas and a last `and` or `or` between: `A, B or C`; of very many, `A, B, C, D or 8 others`.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    let others;
    if names.len() > NAMED_MAX {
        others = format!("{} others", names.len() + 1 - NAMED_MAX);
        names.truncate(NAMED_MAX - 1);
        names.push(&others);
    }
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_endings() {
        let said = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal);
        let expected = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"];
        assert_eq!(said, expected);
    }

    #[test]
    fn many_names_are_counted() {
        let said = |count: usize| list(["A", "B", "C", "D", "E", "F", "G"].into_iter().take(count), "or");
        let expected = ["", "A", "A or B", "A, B or C", "A, B, C or D", "A, B, C, D or E"];
        assert_eq!([0, 1, 2, 3, 4, 5].map(said), expected);
        assert_eq!([6, 7].map(said), ["A, B, C, D or 2 others", "A, B, C, D or 3 others"]);
    }
}
