//! A plain world as an expression sees it, and random ones.

use std::cell::Cell;

use tearline_pricing::attribute::Attributes;
use tearline_pricing::expression::World;
use tearline_pricing::expression::names::{
    LineText, LineTexts, LineTruth, LineWhole, TextName, TextsName, TruthName, WholeName,
};

use crate::oracle::plain::{Plain, PlainLine};
use crate::support::shops::{
    ATTRIBUTES, CATEGORIES, CHANNELS, COUNTRIES, CUSTOMERS, EVENTS, GALLERIES, METHODS, PRODUCTS, SEGMENTS,
    SUBJECTS, attribute,
};
use crate::support::tape::Tape;

/// Counts how often it is asked.
pub(crate) struct Counted {
    pub(crate) plain: Plain,
    pub(crate) asked: Cell<u64>,
}

impl From<Plain> for Counted {
    fn from(plain: Plain) -> Self {
        Self { plain, asked: Cell::new(0) }
    }
}

impl Counted {
    fn count(&self) -> &Plain {
        self.asked.set(self.asked.get() + 1);
        &self.plain
    }

    fn line(&self, line: usize) -> &PlainLine {
        &self.count().lines[line]
    }
}

impl World for Counted {
    fn text(&self, name: TextName) -> &str {
        &self.count().texts[match name {
            TextName::Currency => "cart.currency",
            TextName::Channel => "cart.channel",
            TextName::Language => "cart.language",
            TextName::Event => "cart.event",
            TextName::Country => "cart.country",
            TextName::Method => "cart.method",
            TextName::Customer => "customer.id",
            TextName::Weekday => "at.weekday",
            TextName::Date => "at.date",
        }]
    }

    fn whole(&self, name: WholeName) -> i64 {
        self.count().wholes[match name {
            WholeName::SubTotal => "cart.sub_total",
            WholeName::List => "cart.list",
            WholeName::Units => "cart.units",
            WholeName::Orders => "customer.orders",
            WholeName::Hour => "at.hour",
            WholeName::Minute => "at.minute",
        }]
    }

    fn truth(&self, name: TruthName) -> bool {
        match name {
            TruthName::SignedIn => self.count().customer_attributes.is_some(),
        }
    }

    fn texts(&self, name: TextsName) -> impl Iterator<Item = &str> {
        match name {
            TextsName::Segments => self.count().segments.iter().map(String::as_str),
        }
    }

    fn cart_attributes(&self) -> &Attributes {
        &self.count().cart_attributes
    }

    fn customer_attributes(&self) -> Option<&Attributes> {
        self.count().customer_attributes.as_ref()
    }

    fn lines(&self) -> impl Iterator<Item = usize> {
        0..self.count().lines.len()
    }

    fn line_text(&self, line: usize, name: LineText) -> &str {
        &self.line(line).texts[match name {
            LineText::Id => "id",
            LineText::Product => "product",
            LineText::Event => "event",
            LineText::Subject => "subject",
            LineText::Gallery => "gallery",
        }]
    }

    fn line_whole(&self, line: usize, name: LineWhole) -> i64 {
        self.line(line).wholes[match name {
            LineWhole::Quantity => "quantity",
            LineWhole::UnitPrice => "unit_price",
            LineWhole::ReducedFrom => "reduced_from",
            LineWhole::List => "list",
            LineWhole::SubTotal => "sub_total",
        }]
    }

    fn line_truth(&self, line: usize, name: LineTruth) -> bool {
        match name {
            LineTruth::Discountable => self.line(line).discountable,
        }
    }

    fn line_texts(&self, line: usize, name: LineTexts) -> impl Iterator<Item = &str> {
        match name {
            LineTexts::Categories => self.line(line).categories.iter().map(String::as_str),
        }
    }

    fn line_attributes(&self, line: usize) -> &Attributes {
        &self.line(line).attributes
    }
}

/// A cart of up to five lines; every text may be absent.
pub(crate) fn plain(tape: &mut Tape<'_>) -> Plain {
    let texts = [
        ("cart.currency", text(tape, &["USD", "EUR"])),
        ("cart.channel", text(tape, &CHANNELS)),
        ("cart.language", text(tape, &["pl", "en-GB"])),
        ("cart.event", text(tape, &EVENTS)),
        ("cart.country", text(tape, &COUNTRIES)),
        ("cart.method", text(tape, &METHODS)),
        ("customer.id", text(tape, &CUSTOMERS)),
        ("at.weekday", tape.one(&["monday", "sunday"]).to_owned()),
        ("at.date", tape.one(&["2026-06-15", "2026-06-16"]).to_owned()),
    ];
    let wholes = ["cart.units", "cart.list", "cart.sub_total", "customer.orders", "at.hour", "at.minute"];
    Plain {
        texts: texts.into(),
        wholes: wholes.map(|name| (name, whole(tape))).into(),
        segments: tape.some_of(40, &SEGMENTS.map(str::to_owned)),
        cart_attributes: attributes(tape),
        customer_attributes: tape.maybe(60, attributes),
        lines: tape.several(0, 5, line),
    }
}

fn line(tape: &mut Tape<'_>) -> PlainLine {
    let texts = [
        ("id", text(tape, &["a", "b", "é"])),
        ("product", text(tape, &PRODUCTS)),
        ("event", text(tape, &EVENTS)),
        ("subject", text(tape, &SUBJECTS)),
        ("gallery", text(tape, &GALLERIES)),
    ];
    let wholes = ["quantity", "unit_price", "reduced_from", "list", "sub_total"];
    PlainLine {
        texts: texts.into(),
        wholes: wholes.map(|name| (name, whole(tape))).into(),
        categories: tape.some_of(40, &CATEGORIES.map(str::to_owned)),
        discountable: tape.chance(80),
        attributes: attributes(tape),
    }
}

fn text(tape: &mut Tape<'_>, of: &[&str]) -> String {
    tape.maybe(80, |tape| tape.one(of).to_owned()).unwrap_or_default()
}

fn whole(tape: &mut Tape<'_>) -> i64 {
    tape.one(&[1, 2, 3, 0, 10, 333, 1_000, 5])
}

fn attributes(tape: &mut Tape<'_>) -> Attributes {
    let some = tape.some_of(60, &ATTRIBUTES);
    some.into_iter().map(|name| (name.into(), attribute(tape))).collect()
}
