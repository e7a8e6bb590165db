//! What an expression can ask about: the one list, from which the compiler, the answers and the reference page come.

use super::world::World;

/// Something that can be asked about.
#[derive(Debug, PartialEq, Eq)]
pub struct Name {
    /// What it is asked of.
    pub object: Object,
    /// What it is called there: `units` in `cart.units`.
    pub field: &'static str,
    /// What it says, with the unit.
    pub says: &'static str,
    /// An expression that uses it.
    pub example: &'static str,
    pub(crate) gives: Gives,
}

/// What things are asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// The cart.
    Cart,
    /// Who buys.
    Customer,
    /// The time of the shop, on its clock.
    At,
    /// A line of the cart, in a loop over `cart.lines`.
    Line,
}

impl Object {
    /// How an expression calls it; a line is called as its loop says.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cart => "cart",
            Self::Customer => "customer",
            Self::At => "at",
            Self::Line => "line",
        }
    }
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Text(TextName),
    Whole(WholeName),
    Truth(TruthName),
    Texts(TextsName),
    Lines,
    Attributes,
    LineText(LineText),
    LineWhole(LineWhole),
    LineTruth(LineTruth),
    LineTexts(LineTexts),
}

impl Name {
    /// Its type in words.
    pub fn type_words(&self) -> &'static str {
        match self.gives {
            Gives::Text(_) | Gives::LineText(_) => "text",
            Gives::Whole(_) | Gives::LineWhole(_) => "whole number",
            Gives::Truth(_) | Gives::LineTruth(_) => "true or false",
            Gives::Texts(_) | Gives::LineTexts(_) => "list of texts",
            Gives::Lines => "list of lines",
            Gives::Attributes => "attributes",
        }
    }
}

/// A text of the cart, its customer or the time; `''` where it is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum TextName {
    Currency,
    Channel,
    Language,
    Event,
    Country,
    Method,
    Customer,
    Weekday,
    Date,
}

/// A whole number of the cart, its customer or the time; amounts are in the minor unit of the cart's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum WholeName {
    SubTotal,
    List,
    Units,
    Orders,
    Hour,
    Minute,
}

/// What is true or false of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum TruthName {
    SignedIn,
}

/// A list of texts of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum TextsName {
    Segments,
}

/// A text of a line; `''` where it is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum LineText {
    Id,
    Product,
    Event,
    Subject,
    Gallery,
}

/// A whole number of a line; amounts are in the minor unit of the cart's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum LineWhole {
    Quantity,
    UnitPrice,
    ReducedFrom,
    List,
    SubTotal,
}

/// What is true or false of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum LineTruth {
    Discountable,
}

/// A list of texts of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the list of names says it")]
pub enum LineTexts {
    Categories,
}

impl Name {
    /// What it is for a cart, as an expression would write it, `cart.units is 2`; of single values only.
    pub(crate) fn told(&self, world: &impl World) -> Option<String> {
        let value = match self.gives {
            Gives::Text(name) => format!("'{}'", world.text(name)),
            Gives::Whole(name) => world.whole(name).to_string(),
            Gives::Truth(name) => world.truth(name).to_string(),
            _ => return None,
        };
        Some(format!("{}.{} is {value}", self.object.word(), self.field))
    }
}

impl TextName {
    /// All that it can be, where these are few.
    pub(crate) fn all(self) -> Option<&'static [&'static str]> {
        (self == Self::Weekday).then_some(&WEEKDAYS)
    }
}

/// The days of the week, Monday first.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const fn name(
    object: Object,
    field: &'static str,
    gives: Gives,
    says: &'static str,
    example: &'static str,
) -> Name {
    Name { object, field, says, example, gives }
}

/// Every name, in the order of the reference page.
pub const NAMES: &[Name] = {
    use Gives::{Attributes, Lines, Text, Texts, Truth, Whole};
    use Object::{At, Cart, Customer, Line};
    &[
        name(Cart, "currency", Text(TextName::Currency), "its currency", "cart.currency in ['USD', 'CAD']"),
        name(Cart, "channel", Text(TextName::Channel), "where it comes from", "cart.channel != 'counter'"),
        name(
            Cart,
            "language",
            Text(TextName::Language),
            "in which language the buyer reads",
            "cart.language.startsWith('en')",
        ),
        name(
            Cart,
            "event",
            Text(TextName::Event),
            "the event of the lines that name none",
            "cart.event == 'spring-gala'",
        ),
        name(
            Cart,
            "country",
            Text(TextName::Country),
            "the country it is shipped to",
            "cart.country in ['PL', 'DE']",
        ),
        name(
            Cart,
            "method",
            Text(TextName::Method),
            "the way of shipping that is chosen",
            "cart.method == 'courier'",
        ),
        name(Cart, "units", Whole(WholeName::Units), "how many units it has", "cart.units >= 3"),
        name(
            Cart,
            "list",
            Whole(WholeName::List),
            "what its units cost at list prices",
            "cart.list - cart.sub_total >= 500",
        ),
        name(
            Cart,
            "sub_total",
            Whole(WholeName::SubTotal),
            "what they cost after bulk discounts",
            "cart.sub_total >= 5000",
        ),
        name(Cart, "lines", Lines, "its lines", "cart.lines.all(line, line.quantity < 10)"),
        name(
            Cart,
            "attributes",
            Attributes,
            "what else the shop says of it",
            "cart.attributes.source == 'newsletter'",
        ),
        name(Customer, "id", Text(TextName::Customer), "who buys", "!customer.id.endsWith('@shop.example')"),
        name(
            Customer,
            "signed_in",
            Truth(TruthName::SignedIn),
            "whether the shop knows who buys",
            "customer.signed_in || cart.units > 5",
        ),
        name(
            Customer,
            "segments",
            Texts(TextsName::Segments),
            "the segments in which the shop has them",
            "'loyal' in customer.segments",
        ),
        name(
            Customer,
            "orders",
            Whole(WholeName::Orders),
            "how many orders they have placed before",
            "customer.orders >= 3 && customer.orders % 5 == 0",
        ),
        name(
            Customer,
            "attributes",
            Attributes,
            "what else the shop says of them",
            "has(customer.attributes.school)",
        ),
        name(
            At,
            "weekday",
            Text(TextName::Weekday),
            "the day of the week: `monday` to `sunday`",
            "at.weekday in ['saturday', 'sunday']",
        ),
        name(At, "date", Text(TextName::Date), "the day, as `2026-12-24`", "at.date < '2026-12-24'"),
        name(At, "hour", Whole(WholeName::Hour), "the hour, 0 to 23", "at.hour >= 17 && at.hour < 19"),
        name(At, "minute", Whole(WholeName::Minute), "the minute, 0 to 59", "at.hour * 60 + at.minute < 750"),
        name(
            Line,
            "id",
            Gives::LineText(LineText::Id),
            "its name in the cart",
            "cart.lines.exists(line, line.id == 'frame-1')",
        ),
        name(
            Line,
            "product",
            Gives::LineText(LineText::Product),
            "the product",
            "cart.lines.exists(line, line.product in ['mug', 'cup'])",
        ),
        name(
            Line,
            "categories",
            Gives::LineTexts(LineTexts::Categories),
            "the categories that hold it, and all above them",
            "cart.lines.exists(line, 'prints' in line.categories)",
        ),
        name(
            Line,
            "event",
            Gives::LineText(LineText::Event),
            "the event in which it is bought",
            "cart.lines.all(line, line.event == cart.event)",
        ),
        name(
            Line,
            "subject",
            Gives::LineText(LineText::Subject),
            "for whom it is bought",
            "cart.lines.exists(a, cart.lines.exists(b, a.subject != b.subject))",
        ),
        name(
            Line,
            "gallery",
            Gives::LineText(LineText::Gallery),
            "the gallery from which it is bought",
            "cart.lines.exists_one(line, has(line.gallery))",
        ),
        name(
            Line,
            "quantity",
            Gives::LineWhole(LineWhole::Quantity),
            "how many units",
            "cart.lines.map(line, line.quantity).max() >= 10",
        ),
        name(
            Line,
            "unit_price",
            Gives::LineWhole(LineWhole::UnitPrice),
            "the list price of one",
            "cart.lines.map(line, line.unit_price).min() >= 100",
        ),
        name(
            Line,
            "reduced_from",
            Gives::LineWhole(LineWhole::ReducedFrom),
            "the price from which one was reduced; 0 = it was not",
            "cart.lines.all(line, line.reduced_from == 0)",
        ),
        name(
            Line,
            "list",
            Gives::LineWhole(LineWhole::List),
            "what its units cost at list prices",
            "cart.lines.exists(line, line.list > 10000)",
        ),
        name(
            Line,
            "sub_total",
            Gives::LineWhole(LineWhole::SubTotal),
            "what they cost after bulk discounts",
            "cart.lines.filter(line, 'prints' in line.categories).map(line, line.sub_total).sum() >= 3000",
        ),
        name(
            Line,
            "discountable",
            Gives::LineTruth(LineTruth::Discountable),
            "whether discounts may touch it",
            "cart.lines.all(line, line.discountable)",
        ),
        name(
            Line,
            "attributes",
            Attributes,
            "what else the shop says of it",
            "cart.lines.exists(line, line.attributes.finish == 'matte')",
        ),
    ]
};

/// What is called so.
pub(crate) fn find(object: Object, field: &str) -> Option<&'static Name> {
    NAMES.iter().find(|name| name.object == object && name.field == field)
}

/// What can be asked of something, in words: `currency, channel and …`.
pub(crate) fn fields_of(object: Object) -> String {
    let fields: Vec<_> = NAMES.iter().filter(|name| name.object == object).map(|name| name.field).collect();
    fields.join(", ")
}
