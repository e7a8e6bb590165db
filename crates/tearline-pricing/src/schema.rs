//! How values that have a text form of their own appear in the API's description.

use utoipa::ToSchema;

/// A percentage from 0 to 100 with at most four digits after the point; a number, or a text such as `"12.5"`.
#[derive(ToSchema)]
#[schema(value_type = String, example = "12.5")]
pub struct Percent;

/// An amount with its currency, or a list with one amount for each currency: `"15.00 USD"`.
#[derive(ToSchema)]
#[schema(value_type = String, example = "15.00 USD")]
pub struct Amounts;
