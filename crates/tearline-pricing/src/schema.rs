//! How values that have a text form of their own appear in the API's description.

use std::sync::LazyLock;

use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, Object, ObjectBuilder, Schema, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::attribute::{ATTRIBUTES_MAX, TEXT_BYTES_MAX};
use crate::expression::BYTES_MAX;
use crate::money::MINOR_MAX;
use crate::texts::{Key, TEXT_BYTES_MAX as TEXTS_BYTES_MAX};

/// The codes of all currencies, found among all there could be.
static CURRENCIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let letters = 'A'..='Z';
    let pairs = letters.clone().flat_map(|a| letters.clone().map(move |b| [a, b]));
    let triples = pairs.flat_map(|[a, b]| letters.clone().map(move |c| [a, b, c]));
    let codes = triples.map(|triple| triple.iter().collect::<String>());
    codes.filter(|code| code.parse::<crate::money::Currency>().is_ok()).collect()
});

/// A percentage from 0 to 100 with at most four digits after the point.
pub struct Percent;

impl PartialSchema for Percent {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0))
            .maximum(Some(100))
            .multiple_of(Some(0.0001));
        let text = text(r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]{1,4})?)%?$");
        AnyOfBuilder::new()
            .description(Some("A percentage from 0 to 100 with at most four digits after the point."))
            .item(number)
            .item(text)
            .examples([json!(10), json!("12.5")])
            .into()
    }
}

impl ToSchema for Percent {}

/// A currency of ISO 4217 that has a minor unit.
pub struct Currency;

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A currency of ISO 4217 that has a minor unit."))
            .enum_values(Some(CURRENCIES.iter().cloned()))
            .examples([json!("USD")])
            .into()
    }
}

impl ToSchema for Currency {}

/// A day of the shop's calendar, a time of the shop, or an instant.
pub struct When;

impl PartialSchema for When {
    fn schema() -> RefOr<Schema> {
        let day = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
        let time = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "A day of the shop's calendar (`2026-03-31`), a local time (`2026-03-31T12:00`) or an instant \
                 (`2026-03-31T12:00:00Z`).",
            ))
            .pattern(Some(format!("^{day}(T{time}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?$")))
            .examples([json!("2026-03-31"), json!("2026-03-31T12:00:00Z")])
            .into()
    }
}

impl ToSchema for When {}

/// A time of day, to the minute.
pub struct TimeOfDay;

impl PartialSchema for TimeOfDay {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A time of day by the shop's clock, to the minute: `17:30`."))
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
            .examples([json!("17:30")])
            .into()
    }
}

impl ToSchema for TimeOfDay {}

/// A text, a whole number, true or false, or a list of texts.
pub struct Attribute;

impl PartialSchema for Attribute {
    fn schema() -> RefOr<Schema> {
        let short = || ObjectBuilder::new().schema_type(Type::String).max_length(Some(TEXT_BYTES_MAX));
        AnyOfBuilder::new()
            .description(Some("A text, a whole number, true or false, or a list of texts."))
            .item(short())
            .item(ObjectBuilder::new().schema_type(Type::Integer))
            .item(ObjectBuilder::new().schema_type(Type::Boolean))
            .item(ArrayBuilder::new().items(short()).max_items(Some(ATTRIBUTES_MAX)))
            .examples([json!("matte"), json!(250), json!(true), json!(["matte", "large"])])
            .into()
    }
}

impl ToSchema for Attribute {}

/// What a shop says to its customers in one language.
pub struct Texts;

impl PartialSchema for Texts {
    fn schema() -> RefOr<Schema> {
        let mut texts = ObjectBuilder::new()
            .description(Some("What a shop says to its customers in one language, with figures in braces."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .examples([json!({"name": "Wiosna", "minimum_not_met": "Brakuje {missing} do rabatu"})]);
        for key in Key::ALL {
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(about(*key)))
                .min_length(Some(1))
                .max_length(Some(TEXTS_BYTES_MAX));
            texts = texts.property(key.name(), text);
        }
        texts.into()
    }
}

impl ToSchema for Texts {}

/// When a text is said, its figures, and what is said without it.
fn about(key: Key) -> String {
    let figures: Vec<String> = key.figures().iter().map(|figure| format!("`{{{figure}}}`")).collect();
    let figures =
        if figures.is_empty() { String::new() } else { format!(" Figures: {}.", figures.join(", ")) };
    let ours = if key.english().is_empty() { String::new() } else { format!(" Ours: `{}`.", key.english()) };
    format!("{}{figures}{ours}", key.about())
}

/// An expression, alone or with words for people.
pub struct Expressed;

impl PartialSchema for Expressed {
    fn schema() -> RefOr<Schema> {
        let when = || ObjectBuilder::new().schema_type(Type::String).max_length(Some(BYTES_MAX));
        let says = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The same in words for people; absent = the expression itself."));
        let parts = ObjectBuilder::new()
            .property("when", when().description(Some("The expression: what has to hold.")))
            .property("says", says)
            .required("when")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        AnyOfBuilder::new()
            .description(Some(
                "An expression in a part of CEL that is true or false: `cart.units >= 3`. It sees the lines of the \
                 promotion's events, before any promotion.",
            ))
            .item(when())
            .item(parts)
            .examples([json!(PRINTS), json!({"when": PRINTS, "says": "there is a print"})])
            .into()
    }
}

impl ToSchema for Expressed {}

const PRINTS: &str = "cart.lines.exists(line, 'prints' in line.categories)";

/// An amount of money with its currency.
pub struct Money;

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        let minor = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some(
                "The amount in the minor unit of the currency: with `USD`, 1999 is 19.99 dollars.",
            ))
            .minimum(Some(0))
            .maximum(Some(MINOR_MAX));
        let parts = ObjectBuilder::new()
            .property("amount", minor)
            .property("currency", Ref::from_schema_name(Currency::name()))
            .required("amount")
            .required("currency")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        AnyOfBuilder::new()
            .description(Some("An amount of money with its currency."))
            .item(text(r"^[0-9]+(\.[0-9]+)? [A-Z]{3}$"))
            .item(parts)
            .examples([json!("15.00 USD"), json!({"amount": 1500, "currency": "USD"})])
            .into()
    }
}

impl ToSchema for Money {}

/// An amount with its currency, or a list with one amount for each currency.
pub struct Amounts;

impl PartialSchema for Amounts {
    fn schema() -> RefOr<Schema> {
        let money = || Ref::from_schema_name(Money::name());
        AnyOfBuilder::new()
            .description(Some("An amount with its currency, or a list with one amount for each currency."))
            .item(money())
            .item(ArrayBuilder::new().items(money()).min_items(Some(1)))
            .examples([json!("15.00 USD"), json!(["15.00 USD", "13.50 EUR"])])
            .into()
    }
}

impl ToSchema for Amounts {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Money::name().into_owned(), Money::schema()));
        schemas.push((Currency::name().into_owned(), Currency::schema()));
    }
}

fn text(pattern: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build()
}
