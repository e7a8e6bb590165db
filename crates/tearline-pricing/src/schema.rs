//! How values that have a text form of their own appear in the API's description.

use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, Object, ObjectBuilder, Schema, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::money::MINOR_MAX;

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
            .property("currency", text("^[A-Z]{3}$"))
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
    }
}

fn text(pattern: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build()
}
