//! A cart as an expression sees it.

use std::cell::OnceCell;

use compact_str::{CompactString, ToCompactString};
use jiff::civil::DateTime;

use crate::attribute::Attributes;
use crate::cart::{Cart, Customer};
use crate::conditions::Question;
use crate::expression::World;
use crate::expression::names::{
    LineText, LineTexts, LineTruth, LineWhole, TextName, TextsName, TruthName, WEEKDAYS, WholeName,
};
use crate::names::{CategoryId, SegmentId};
use crate::price::resolve::ResolvedLine;
use crate::snapshot::matcher::Symbol;

/// The lines of a promotion's events, with their cart, customer and time. What takes a look at every line or at the
/// calendar is looked up once.
pub(super) struct Seen<'q> {
    question: &'q Question<'q>,
    units: OnceCell<i64>,
    list: OnceCell<i64>,
    sub_total: OnceCell<i64>,
    local: OnceCell<DateTime>,
    date: OnceCell<CompactString>,
}

impl<'q> Seen<'q> {
    pub(super) fn new(question: &'q Question<'q>) -> Self {
        Self {
            question,
            units: OnceCell::new(),
            list: OnceCell::new(),
            sub_total: OnceCell::new(),
            local: OnceCell::new(),
            date: OnceCell::new(),
        }
    }

    fn cart(&self) -> &'q Cart {
        self.question.case.cart.source
    }

    fn customer(&self) -> Option<&'q Customer> {
        self.cart().customer.as_ref()
    }

    fn line(&self, line: usize) -> &'q ResolvedLine<'q> {
        &self.question.case.cart.lines[line]
    }

    fn sum(&self, once: &OnceCell<i64>, of: impl Fn(&ResolvedLine<'_>) -> i64) -> i64 {
        *once.get_or_init(|| self.lines().map(|line| of(self.line(line))).sum())
    }

    fn local(&self) -> &DateTime {
        let case = self.question.case;
        self.local.get_or_init(|| case.snapshot.local(case.at).datetime())
    }

    fn weekday(&self) -> &'static str {
        let since_monday = self.local().weekday().to_monday_zero_offset();
        WEEKDAYS[usize::from(since_monday.unsigned_abs())]
    }

    /// Those of a line's categories that no document mentions, each once: such have no number.
    fn unmentioned(&self, line: &'q ResolvedLine<'q>) -> impl Iterator<Item = &'q str> {
        let has_some = line.categories.contains(&Symbol::UNMENTIONED);
        let named: &[CategoryId] = line.source.categories.as_deref().filter(|_| has_some).unwrap_or(&[]);
        let known = &self.question.case.snapshot.categories;
        let is_first = move |&(place, category): &(usize, &CategoryId)| !named[..place].contains(category);
        let named = named.iter().enumerate().filter(is_first).map(|(_, category)| category.as_str());
        named.filter(|category| known.look_up(category) == Symbol::UNMENTIONED)
    }
}

impl World for Seen<'_> {
    fn text(&self, name: TextName) -> &str {
        let cart = self.cart();
        let shipping = cart.shipping.as_ref();
        match name {
            TextName::Currency => cart.currency.code(),
            TextName::Channel => cart.channel.as_ref().map_or("", |id| id.as_str()),
            TextName::Language => cart.language.as_ref().map_or("", |id| id.as_str()),
            TextName::Event => cart.event.as_ref().map_or("", |id| id.as_str()),
            TextName::Country => shipping.and_then(|to| to.country.as_ref()).map_or("", |id| id.as_str()),
            TextName::Method => shipping.and_then(|by| by.chosen.as_ref()).map_or("", |id| id.as_str()),
            TextName::Customer => self.customer().map_or("", |customer| customer.id.as_str()),
            TextName::Weekday => self.weekday(),
            TextName::Date => self.date.get_or_init(|| self.local().date().to_compact_string()),
        }
    }

    fn whole(&self, name: WholeName) -> i64 {
        match name {
            WholeName::Units => self.sum(&self.units, |line| line.source.quantity.into()),
            WholeName::List => self.sum(&self.list, |line| line.list),
            WholeName::SubTotal => self.sum(&self.sub_total, |line| line.after_bulk),
            WholeName::Orders => i64::try_from(self.question.case.facts.orders).unwrap_or(i64::MAX),
            WholeName::Hour => self.local().hour().into(),
            WholeName::Minute => self.local().minute().into(),
        }
    }

    fn truth(&self, name: TruthName) -> bool {
        match name {
            TruthName::SignedIn => self.customer().is_some(),
        }
    }

    fn texts(&self, name: TextsName) -> impl Iterator<Item = &str> {
        match name {
            TextsName::Segments => self.question.case.facts.segments.iter().map(SegmentId::as_str),
        }
    }

    fn cart_attributes(&self) -> &Attributes {
        &self.cart().attributes
    }

    fn customer_attributes(&self) -> Option<&Attributes> {
        self.customer().map(|customer| &customer.attributes)
    }

    fn lines(&self) -> impl Iterator<Item = usize> {
        let lines = self.question.case.cart.lines.iter().enumerate();
        lines.filter(|(_, line)| self.question.scope.holds(line)).map(|(place, _)| place)
    }

    fn line_text(&self, line: usize, name: LineText) -> &str {
        let line = self.line(line);
        let source = line.source;
        match name {
            LineText::Id => source.id.as_str(),
            LineText::Product => source.product.as_ref().map_or("", |id| id.as_str()),
            LineText::Event => {
                source.event.as_ref().or(self.cart().event.as_ref()).map_or("", |id| id.as_str())
            }
            LineText::Subject => line.subject.map_or("", |id| id.as_str()),
            LineText::Gallery => source.gallery.as_ref().map_or("", |id| id.as_str()),
        }
    }

    fn line_whole(&self, line: usize, name: LineWhole) -> i64 {
        let line = self.line(line);
        match name {
            LineWhole::Quantity => line.source.quantity.into(),
            LineWhole::UnitPrice => line.unit_price,
            LineWhole::ReducedFrom => line.source.reduced_from.unwrap_or(0),
            LineWhole::List => line.list,
            LineWhole::SubTotal => line.after_bulk,
        }
    }

    fn line_truth(&self, line: usize, name: LineTruth) -> bool {
        match name {
            LineTruth::Discountable => self.line(line).discountable,
        }
    }

    fn line_texts(&self, line: usize, name: LineTexts) -> impl Iterator<Item = &str> {
        let line = self.line(line);
        match name {
            LineTexts::Categories => {
                let known = line.categories.iter();
                let known = known.filter_map(|symbol| self.question.case.snapshot.categories.name(*symbol));
                known.chain(self.unmentioned(line))
            }
        }
    }

    fn line_attributes(&self, line: usize) -> &Attributes {
        &self.line(line).source.attributes
    }
}
