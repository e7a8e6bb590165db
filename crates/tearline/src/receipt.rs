//! A quote as a receipt: what each line costs, what was taken off and by what, what more would earn.

mod codes;
pub(crate) mod eligible;
mod explain;
mod names;
pub(crate) mod shelf;
mod sums;
mod table;

use std::ops::Deref;

use jiff::Timestamp;
use tearline_core::document::Document;
use tearline_pricing::cart::{Cart, Line};
use tearline_pricing::explain::Explanation;
use tearline_pricing::money::Money;
use tearline_pricing::quote::{LineQuote, Quote, Stage, UnitQuote};
use tearline_pricing::snapshot::Snapshot;

use names::Names;
use table::Table;

/// How far what belongs to a line stands to its right.
const INDENT: usize = 4;

/// A cart, and what it points at.
pub(crate) struct Order<'a> {
    snapshot: &'a Snapshot,
    cart: &'a Cart,
    names: Names<'a>,
}

/// A cart with its quote, whose units and trace are given.
pub(crate) struct Priced<'a> {
    order: Order<'a>,
    quote: &'a Quote,
}

impl<'a> Deref for Priced<'a> {
    type Target = Order<'a>;

    fn deref(&self) -> &Order<'a> {
        &self.order
    }
}

/// What a receipt tells besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detail<'a> {
    /// Each unit's price after every stage.
    pub(crate) units: bool,
    /// Who took what off each line, and every promotion considered.
    pub(crate) explain: bool,
    /// What is explained of one promotion.
    pub(crate) promotion: Option<&'a Explanation>,
}

/// Writes the receipt.
pub(crate) fn write(priced: &Priced<'_>, detail: Detail<'_>) -> String {
    let mut table = Table::new(priced.amount_width());
    priced.head(&mut table);
    for (line, quote) in priced.cart.lines.iter().zip(&priced.quote.lines) {
        priced.line(line, quote, detail, &mut table);
    }
    priced.sums(&mut table);
    priced.codes(&mut table);
    priced.hints(&mut table);
    priced.warnings(&mut table);
    if detail.explain {
        priced.trace(&mut table);
    }
    if let Some(told) = detail.promotion {
        priced.promotion(told, &mut table);
    }
    table.finish()
}

impl<'a> Order<'a> {
    /// Puts together what pages about a cart are written from.
    pub(crate) fn new(documents: &'a [Document], snapshot: &'a Snapshot, cart: &'a Cart) -> Self {
        Self { snapshot, cart, names: Names::new(documents) }
    }

    /// An amount without its currency, which the head of a page names.
    fn digits(&self, minor: i64) -> String {
        Money::new(minor, self.cart.currency).digits()
    }

    /// Which shop, where, when, and for whom.
    fn title(&self, at: Timestamp, table: &mut Table) {
        let shop = self.snapshot.shop().name.as_deref().unwrap_or("Order");
        let event = self.cart.event.as_ref().and_then(|event| self.names.event(event));
        let left = event.map_or(shop.to_owned(), |event| format!("{shop}, {event}"));
        let at = self.snapshot.local(at).strftime("%Y-%m-%d %H:%M %Z").to_string();
        table.ends(&left, &at);
        if let Some(customer) = &self.cart.customer {
            table.line(&format!("for {}", customer.id));
        }
    }

    /// From which gallery a line is bought, or for whom.
    fn whose(&self, line: &Line) -> String {
        let gallery = self.names.gallery(line, self.cart).map(|gallery| format!(", {gallery}"));
        let subject = || Some(format!(", for {}", line.subject.as_ref()?));
        gallery.or_else(subject).unwrap_or_default()
    }
}

impl<'a> Priced<'a> {
    /// A cart with its quote.
    pub(crate) fn new(order: Order<'a>, quote: &'a Quote) -> Self {
        let names = order.names.with_words_of(quote);
        Self { order: Order { names, ..order }, quote }
    }

    fn amount_width(&self) -> usize {
        let totals = &self.quote.totals;
        let widest = [-totals.list, -totals.shipping, totals.due_before_credit];
        widest.into_iter().map(|minor| self.digits(minor).len()).max().unwrap_or(0)
    }

    fn head(&self, table: &mut Table) {
        self.title(self.quote.at, table);
        table.line("");
        table.row(0, "", &[&format!("list, {}", self.quote.currency), "price"]);
    }

    fn line(&self, line: &Line, quote: &LineQuote, detail: Detail<'_>, table: &mut Table) {
        let units = quote.units.as_deref().unwrap_or(&[]);
        let each = match units.first() {
            Some(unit) if units.len() > 1 => format!(", {} each", self.digits(unit.list)),
            _ => String::new(),
        };
        let label =
            format!("{} x {}{each}{}", quote.quantity, self.names.line(line, self.cart), self.whose(line));
        table.row(0, &label, &[&self.digits(quote.list), &self.digits(quote.after_items)]);
        if detail.explain {
            self.road(quote, table);
        } else {
            self.taken_off(quote, table);
        }
        if detail.units {
            self.units(units, table);
        }
    }

    /// What each unit costs after bulk discounts, where a line has several.
    fn bulk_units(&self, units: &[UnitQuote]) -> String {
        let mut runs: Vec<(usize, i64)> = Vec::new();
        for unit in units {
            match runs.last_mut() {
                Some((count, price)) if *price == unit.after_bulk => *count += 1,
                _ => runs.push((1, unit.after_bulk)),
            }
        }
        match runs.as_slice() {
            [] | [(1, _)] => String::new(),
            [(_, price)] => format!(", {} each", self.digits(*price)),
            runs => {
                let run = |(count, price): &(usize, i64)| format!("{count} at {}", self.digits(*price));
                format!(": {}", runs.iter().map(run).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// What was taken off the line itself: by buying many, and by promotions, with their names.
    fn taken_off(&self, quote: &LineQuote, table: &mut Table) {
        if quote.after_bulk != quote.list {
            let bulk = quote.after_bulk - quote.list;
            let units = self.bulk_units(quote.units.as_deref().unwrap_or(&[]));
            table.taken(INDENT, &self.digits(bulk), &format!("bulk discount{units}"));
        }
        let gifts = self.quote.promotions.iter().flat_map(|promotion| {
            let gifts = promotion.gifts.iter().filter(|gift| gift.stage == Stage::Items);
            gifts.flat_map(|gift| &gift.lines).map(move |line| (promotion, line))
        });
        for (promotion, line) in gifts.filter(|(_, line)| line.id == quote.id) {
            table.taken(INDENT, &self.digits(-line.gave), &self.names.applied(promotion));
        }
    }

    /// The units in the order of adding, those with the same prices together.
    fn units(&self, units: &[UnitQuote], table: &mut Table) {
        let mut first = 1;
        for run in units.chunk_by(|left, right| left == right) {
            let last = first + run.len() - 1;
            let which =
                if run.len() == 1 { format!("unit {first}") } else { format!("units {first}-{last}") };
            table.hanging(INDENT, &format!("{which}: "), &self.stages(run[0]));
            first = last + 1;
        }
    }

    /// A unit's price, and after each stage that changed it.
    fn stages(&self, unit: UnitQuote) -> String {
        let stages = [
            (unit.after_bulk, "after bulk"),
            (unit.after_items, "after item discounts"),
            (unit.after_order, "after order discounts"),
            (unit.after_credit, "after credit"),
        ];
        let mut words = vec![format!("{} list", self.digits(unit.list))];
        let mut price = unit.list;
        for (after, stage) in stages {
            if after != price {
                words.push(format!("{} {stage}", self.digits(after)));
                price = after;
            }
        }
        words.join(", ")
    }
}
