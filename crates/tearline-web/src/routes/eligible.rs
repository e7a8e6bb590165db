//! `POST /v1/eligible`: which promotions apply, and which could.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tearline_app::{App, quotes};
use tearline_pricing::eligible::Wanted;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::body::{JsonBody, json};
use crate::openapi::Pricing;
use crate::page::{Slice, words};
use crate::params::{Params, bad_parameter};
use crate::problem::{Problem, ProblemKind, of_cart_in};
use crate::wire::{CartOnly, EligibleList};

/// Which promotions to list, and what of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EligibleParams {
    /// What else to list.
    #[param(required = false, value_type = Vec<Inclusion>, inline, style = Form, explode = false)]
    include: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(required = false, pattern = "^MT[A-Za-z0-9_-]+$", example = "MTo1MA")]
    after: Option<String>,
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// What else can be listed.
#[expect(dead_code, reason = "stands for the words of `include` in the description")]
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Inclusion {
    /// The codes of those that need one.
    Codes,
    /// Those that cannot apply, each with its reason.
    Others,
}

impl EligibleParams {
    fn wanted(&self) -> Result<(Wanted, Slice), Problem> {
        let slice = Slice::new(self.after.as_deref(), self.limit)?;
        let mut wanted = Wanted { others: false, codes: false, skip: slice.skip, limit: slice.limit };
        for word in words(self.include.as_deref()) {
            match word {
                "codes" => wanted.codes = true,
                "others" => wanted.others = true,
                _ => {
                    return Err(bad_parameter(
                        "`include` takes `codes`, `others` or both, with a comma between",
                    ));
                }
            }
        }
        Ok((wanted, slice))
    }
}

/// List what could apply
///
/// The promotions that apply to a cart; those whose conditions it meets, but others apply in their place; those
/// that could apply, with what is missing, the nearest first; on request those that cannot, with the reason. An
/// empty cart that says who the customer is and where they shop lists what there is for them.
///
/// A promotion that needs a code is listed without it, unless `include` asks for `codes`: whom to show them is the
/// shop's decision. A page is of the moment at which it is asked for: with another cart, begin anew.
#[utoipa::path(
    post, path = "/v1/eligible", tag = "Quotes", operation_id = "list_eligible",
    params(EligibleParams),
    request_body(content = CartOnly, description = "The cart; it may be empty.", examples(
        ("a customer" = (value = json!({
            "cart": { "currency": "USD", "customer": { "id": "c-1042" }, "lines": [] },
        }))),
    )),
    responses((status = 200, description = "The promotions.", body = EligibleList), Pricing),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(params): Params<EligibleParams>,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (wanted, slice) = params.wanted()?;
    let CartOnly { cart } = body.read_object(ProblemKind::InvalidCart)?;
    let listed = quotes::eligible(&app, &caller.shop, &cart, wanted).await;
    let listed = listed.map_err(|error| of_cart_in("cart", error))?;
    let next_cursor = listed.more.then(|| slice.next());
    Ok(json(StatusCode::OK, &EligibleList::new(listed, next_cursor)))
}
