//! The API's description: what all operations share, and the finishing touches.
//!
//! Each handler describes itself; here stand the sets of problems that they answer with, the headers that several
//! take, and what the derived schemas leave out ([`tighten`]).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use tearline_core::imports::IMPORTS_MAX;
use tearline_core::names::NAME_CHARS_MAX;
use tearline_core::pool::Pool;
use tearline_core::resource::Kind;
use tearline_pricing::config::{Event, PriceList, Promotion, Shop};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AnyOfBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi, PartialSchema, ToSchema};

use crate::ledger::KEY_CHARS_MAX;
use crate::params::{CartName, CustomerName, Id, ImportNumber, InPool, OrderName, PromotionName, Version};
use crate::problem::{Fault, PROBLEM_JSON, ProblemBody, ProblemKind};

/// Where the description is served.
pub(crate) const DESCRIPTION_PATH: &str = "/v1/openapi.json";

/// What the description says about the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tearline",
        description = "Prices carts with the promotions, price lists and events that a shop has configured.\n\n\
            Amounts are whole numbers in the minor unit of their currency. Every error is a problem document \
            (RFC 9457) with a stable `code`. Unknown fields are refused with their place.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "Quotes", description = "What a cart costs."),
        (name = "Holds", description = "What a cart claims, kept for its buyer until they have paid."),
        (name = "Orders", description = "What was bought: uses counted, money drawn, and given back."),
        (name = "Pools", description = "Supplies of unique codes."),
        (name = "Codes", description = "What has become of a code."),
        (name = "Customers", description = "What orders have told of a customer."),
        (name = "Activities", description = "What has happened in the shop."),
        (name = "Jobs", description = "What Tearline does later by itself."),
        (name = "Shop", description = "The shop's own settings."),
        (name = "Price lists", description = "What is sold, and what buying many saves."),
        (name = "Events", description = "Selling occasions with discounts of their own."),
        (name = "Promotions", description = "What is given, and under which conditions."),
        (name = "Configuration", description = "All documents at once."),
        (name = "Health", description = "For whoever watches the process."),
    ),
    components(schemas(ProblemBody, Fault)),
    modifiers(&Keys),
)]
pub(crate) struct ApiDoc;

struct Keys;

impl Modify for Keys {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("sk_<shop>_…")
            .description(Some("A secret key, made with `tearline key create`. It opens one shop."))
            .build();
        let components = api.components.get_or_insert_default();
        components.security_schemes.insert("key".to_owned(), SecurityScheme::Http(scheme).into());
    }
}

/// The API's description, OpenAPI 3.1, as it is served and as it is kept in `docs/reference/openapi.json`.
pub fn openapi_json() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut api = serde_json::to_value(crate::routes::described().to_openapi()).unwrap_or_default();
        tighten(&mut api);
        let mut text = serde_json::to_string_pretty(&api).unwrap_or_default();
        text.push('\n');
        text
    });
    &TEXT
}

/// Says what the derived schemas leave out, and leaves out what is meant for whoever reads the source.
fn tighten(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            bound(fields);
            close(fields);
            without_sources(fields);
            fields.values_mut().for_each(tighten);
        }
        Value::Array(items) => items.iter_mut().for_each(tighten),
        _ => {}
    }
}

/// Bounds integers by their type, where nothing narrower is said. One that is said to be not negative and not
/// bounded above has a type without a sign.
fn bound(schema: &mut Map<String, Value>) {
    let (least, most, most_unsigned) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (json!(i32::MIN), json!(i32::MAX), json!(u32::MAX)),
        Some("int64") => (json!(i64::MIN), json!(i64::MAX), json!(u64::MAX)),
        _ => return,
    };
    let is_signed = schema.get("minimum").and_then(Value::as_i64).is_none_or(|least| least < 0);
    schema.entry("minimum").or_insert(least);
    schema.entry("maximum").or_insert(if is_signed { most } else { most_unsigned });
}

/// An object that is one of several, told apart by the name of its only field, has no other; nor has what stands
/// in that field. One that is told apart by the word in its only field may be part of a larger one.
fn close(schema: &mut Map<String, Value>) {
    let Some(Value::Array(forms)) = schema.get_mut("oneOf") else { return };
    for form in forms.iter_mut().filter_map(Value::as_object_mut) {
        let Some(Value::Object(fields)) = form.get_mut("properties") else { continue };
        if fields.len() != 1 || fields.values().any(|field| field.get("enum").is_some()) {
            continue;
        }
        let inner = fields.values_mut().filter_map(Value::as_object_mut);
        for inner in inner.filter(|inner| inner.contains_key("properties")) {
            inner.entry("additionalProperties").or_insert(Value::Bool(false));
        }
        form.entry("additionalProperties").or_insert(Value::Bool(false));
    }
}

/// Takes out where a rule comes from, `(requirements.md B2)`, and examples in our own language.
fn without_sources(schema: &mut Map<String, Value>) {
    let Some(Value::String(text)) = schema.get_mut("description") else { return };
    if let Some(start) = text.find("\n\n```") {
        text.truncate(start);
    }
    while let Some(start) = text.find(" (requirements.md") {
        let Some(length) = text[start..].find(')') else { return };
        text.replace_range(start..=start + length, "");
    }
}

/// Writes types that stand for sets of problems, so that an operation names its set in a word.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($kind:ident),* $(,)?;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                responses(&[$(ProblemKind::$kind),*])
            }
        }
    )*};
}

problems! {
    /// Asking whether the process lives.
    Living: TimedOut, Internal;
    /// Asking whether the store is there.
    Waiting: TimedOut, Internal, Unavailable;
    /// Pricing a cart.
    Pricing: MalformedBody, BadParameter, Unauthorized, TimedOut, BodyTooLarge, UnsupportedMediaType, InvalidCart,
        Internal, Unavailable;
    /// Pricing the lines of a cart, each by itself.
    PricingParts: MalformedBody, Unauthorized, TimedOut, BodyTooLarge, UnsupportedMediaType, InvalidCart, Internal,
        Unavailable;
    /// Editing a cart.
    Editing: MalformedBody, Unauthorized, TimedOut, BodyTooLarge, UnsupportedMediaType, InvalidEdit, Internal,
        Unavailable;
    /// Holding a cart.
    Holding: MalformedBody, BadParameter, Unauthorized, TimedOut, PriceChanged, BodyTooLarge, UnsupportedMediaType,
        InvalidCart, IdempotencyKeyReused, Internal, Unavailable, Contended;
    /// Reading a hold.
    ReadingHold: BadParameter, Unauthorized, HoldNotFound, TimedOut, Internal, Unavailable;
    /// Keeping a hold longer.
    Extending: MalformedBody, BadParameter, Unauthorized, HoldNotFound, TimedOut, BodyTooLarge, UnsupportedMediaType,
        InvalidRequest, IdempotencyKeyReused, Internal, Unavailable;
    /// Giving a hold back.
    Releasing: BadParameter, Unauthorized, TimedOut, IdempotencyKeyReused, Internal, Unavailable;
    /// Placing an order.
    Placing: MalformedBody, BadParameter, Unauthorized, TimedOut, PriceChanged, OrderIdTaken, BodyTooLarge,
        UnsupportedMediaType, InvalidCart, IdempotencyKeyReused, Internal, Unavailable, Contended;
    /// Reading an order.
    ReadingOrder: BadParameter, Unauthorized, OrderNotFound, TimedOut, Internal, Unavailable;
    /// Cancelling an order.
    Cancelling: MalformedBody, BadParameter, Unauthorized, OrderNotFound, TimedOut, HasRefunds, BodyTooLarge,
        UnsupportedMediaType, InvalidRequest, IdempotencyKeyReused, Internal, Unavailable;
    /// Refunding something of an order.
    Refunding: MalformedBody, BadParameter, Unauthorized, OrderNotFound, TimedOut, OrderCancelled, RefundRefused,
        BodyTooLarge, UnsupportedMediaType, InvalidRequest, IdempotencyKeyReused, Internal, Unavailable, Contended;
    /// Asking what a refund would come to.
    PreviewingRefund: MalformedBody, BadParameter, Unauthorized, OrderNotFound, TimedOut, OrderCancelled,
        RefundRefused, BodyTooLarge, UnsupportedMediaType, InvalidRequest, Internal, Unavailable;
    /// Exchanging something of an order.
    Exchanging: MalformedBody, BadParameter, Unauthorized, OrderNotFound, TimedOut, OrderCancelled, RefundRefused,
        UsedUp, BodyTooLarge, UnsupportedMediaType, InvalidCart, IdempotencyKeyReused, Internal, Unavailable,
        Contended;
    /// Asking what an exchange would come to.
    PreviewingExchange: MalformedBody, BadParameter, Unauthorized, OrderNotFound, TimedOut, OrderCancelled,
        RefundRefused, BodyTooLarge, UnsupportedMediaType, InvalidCart, Internal, Unavailable;
    /// Pricing orders again.
    Replaying: MalformedBody, Unauthorized, TimedOut, BodyTooLarge, UnsupportedMediaType,
        InvalidRequest, Internal, Unavailable;
    /// Drawing a code.
    Drawing: MalformedBody, BadParameter, Unauthorized, NotFound, ReservationNotFound, TimedOut, PoolEmpty,
        AlreadyGiven, PoolArchived, PoolEnded, BodyTooLarge, UnsupportedMediaType, InvalidRequest,
        IdempotencyKeyReused, Internal, Unavailable;
    /// Drawing many codes.
    DrawingMany: MalformedBody, BadParameter, Unauthorized, NotFound, ReservationNotFound, TimedOut, PoolArchived,
        PoolEnded, BodyTooLarge, UnsupportedMediaType, InvalidRequest, IdempotencyKeyReused, Internal, Unavailable;
    /// Looking for the code that somebody has.
    LookingUpAssigned: BadParameter, Unauthorized, NotFound, CodeNotFound, TimedOut, Internal, Unavailable;
    /// Reserving codes.
    Reserving: MalformedBody, BadParameter, Unauthorized, NotFound, TimedOut, PoolShort, ReservationTaken,
        PoolArchived, PoolEnded, BodyTooLarge, UnsupportedMediaType, InvalidRequest, IdempotencyKeyReused, Internal,
        Unavailable;
    /// Reading a reservation.
    ReadingReservation: BadParameter, Unauthorized, ReservationNotFound, TimedOut, Internal, Unavailable;
    /// Giving a reservation back.
    Returning: BadParameter, Unauthorized, ReservationNotFound, TimedOut, IdempotencyKeyReused, Internal,
        Unavailable;
    /// Reporting what was redeemed elsewhere.
    Reporting: MalformedBody, BadParameter, Unauthorized, TimedOut, BodyTooLarge, UnsupportedMediaType,
        InvalidRequest, IdempotencyKeyReused, Internal, Unavailable;
    /// Reading what has happened to a pool.
    RecallingPool: BadParameter, Unauthorized, NotFound, TimedOut, Internal, Unavailable;
    /// Adding codes to a pool.
    FillingPool: MalformedBody, BadParameter, Unauthorized, NotFound, TimedOut, PoolArchived, MakesItsOwn, BodyTooLarge,
        UnsupportedMediaType, InvalidRequest, Internal, Unavailable;
    /// Counting a pool's codes.
    CountingCodes: BadParameter, Unauthorized, NotFound, TimedOut, Internal, Unavailable;
    /// Importing codes.
    Importing: MalformedBody, BadParameter, Unauthorized, NotFound, TimedOut, MakesItsOwn, ImportState, BodyTooLarge,
        UnsupportedMediaType, InvalidFile, Internal, Unavailable, NoSpace;
    /// Listing imports.
    ListingImports: BadParameter, Unauthorized, NotFound, TimedOut, Internal, Unavailable;
    /// Reading an import.
    ReadingImport: BadParameter, Unauthorized, ImportNotFound, TimedOut, Internal, Unavailable;
    /// Publishing an import.
    Publishing: MalformedBody, BadParameter, Unauthorized, ImportNotFound, TimedOut, ImportState, BodyTooLarge,
        UnsupportedMediaType, InvalidRequest, Internal, Unavailable;
    /// Undoing an import.
    Undoing: BadParameter, Unauthorized, ImportNotFound, TimedOut, ImportState, Internal, Unavailable;
    /// Exporting codes.
    ExportingCodes: BadParameter, Unauthorized, NotFound, TimedOut, Internal, Unavailable;
    /// Looking a code up.
    LookingUp: MalformedBody, BadParameter, Unauthorized, CodeNotFound, TimedOut, BodyTooLarge, UnsupportedMediaType,
        InvalidRequest, Internal, Unavailable;
    /// Withdrawing a code.
    Withdrawing: MalformedBody, BadParameter, Unauthorized, CodeNotFound, TimedOut, BodyTooLarge,
        UnsupportedMediaType, InvalidRequest, IdempotencyKeyReused, Internal, Unavailable;
    /// Having a job tried again.
    Reviving: BadParameter, Unauthorized, NotFound, TimedOut, Internal, Unavailable;
    /// Checking a code.
    Checking: MalformedBody, BadParameter, Unauthorized, TimedOut, BodyTooLarge, UnsupportedMediaType, InvalidCart,
        Internal, Unavailable;
    /// Changing many codes.
    ChangingCodes: MalformedBody, BadParameter, Unauthorized, NotFound, TimedOut, BodyTooLarge, UnsupportedMediaType,
        InvalidRequest, Internal, Unavailable;
    /// Explaining a promotion.
    Explaining: MalformedBody, BadParameter, Unauthorized, NotFound, TimedOut, BodyTooLarge, UnsupportedMediaType,
        InvalidCart, Internal, Unavailable;
    /// Listing documents.
    Listing: BadParameter, Unauthorized, TimedOut, Internal, Unavailable;
    /// Reading a document as it was.
    Recalling: BadParameter, Unauthorized, NotFound, TimedOut, Internal, Unavailable;
    /// Writing a document.
    Writing: MalformedBody, BadParameter, Unauthorized, TimedOut, ChangedMeanwhile, VersionMismatch, BodyTooLarge,
        UnsupportedMediaType, InvalidDocument, Internal, Unavailable;
    /// Patching a document.
    Patching: MalformedBody, BadParameter, Unauthorized, NotFound, TimedOut, ChangedMeanwhile, VersionMismatch,
        BodyTooLarge, UnsupportedMediaType, InvalidDocument, Internal, Unavailable;
    /// Deleting a document.
    Deleting: BadParameter, Unauthorized, NotFound, TimedOut, ChangedMeanwhile, StillReferenced, VersionMismatch,
        Internal, Unavailable;
    /// Reading the whole configuration.
    Exporting: Unauthorized, NotAcceptable, TimedOut, Internal, Unavailable;
    /// Applying documents.
    Applying: MalformedBody, BadParameter, Unauthorized, TimedOut, ChangedMeanwhile, BodyTooLarge,
        UnsupportedMediaType, InvalidDocument, Internal, Unavailable;
}

/// Reading a document, which the caller may have already.
pub(crate) struct Reading;

impl IntoResponses for Reading {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = Recalling::responses();
        let unchanged = ResponseBuilder::new().description("The caller has it already.").build();
        responses.insert("304".to_owned(), unchanged.into());
        responses
    }
}

/// One response for each status, with the kinds that share it.
fn responses(kinds: &[ProblemKind]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<ProblemKind>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status().as_u16()).or_default().push(*kind);
    }
    let response = |(status, kinds): (u16, Vec<ProblemKind>)| (status.to_string(), response(&kinds).into());
    by_status.into_iter().map(response).collect()
}

fn response(kinds: &[ProblemKind]) -> Response {
    let told: Vec<String> =
        kinds.iter().map(|kind| format!("`{}`: {}.", kind.code(), kind.title())).collect();
    let problem = Ref::from_schema_name(ProblemBody::name());
    ResponseBuilder::new()
        .description(told.join(" "))
        .content(PROBLEM_JSON, Content::new(Some(problem)))
        .build()
}

/// The header of a write that expects a version.
pub(crate) struct IfMatch;

/// The header of a read that knows a version, or of a write that expects none.
pub(crate) struct IfNoneMatch;

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![tag_header("If-Match", "Only if the document is at this version, as its `ETag` was answered.")]
    }
}

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let what = "Only if the document is not at this version; `*` = only if there is none.";
        vec![tag_header("If-None-Match", what)]
    }
}

fn tag_header(name: &str, what: &str) -> Parameter {
    let tag = text("^(\\*|[0-9]{1,18}|\"[0-9]{1,18}\")$").examples([json!("\"3\"")]).build();
    parameter(name, ParameterIn::Header, Required::False, what, tag)
}

impl IntoParams for Id {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter("id", ParameterIn::Path, Required::True, "The document's name.", slug())]
    }
}

impl IntoParams for PromotionName {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let what = "The promotion's name. An event's own discounts are named after the event: \
            `event:spring:order:1`.";
        vec![parameter("id", ParameterIn::Path, Required::True, what, own_name("ten-off"))]
    }
}

/// The header that names a write, so that sending it again does nothing twice.
pub(crate) struct IdempotencyKey;

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let what = "A name for the request: sent again with the same name, it is answered as before and nothing \
            is done twice. Only what was done binds it, for a week; a refused request may be changed and sent again.";
        let key = text("^[!-~]+$").min_length(Some(1)).max_length(Some(KEY_CHARS_MAX));
        let key = key.examples([json!("5f0c2f7a-9be1-4d40-8a61-0c1d2e3f4a5b")]).build();
        vec![parameter("Idempotency-Key", ParameterIn::Header, Required::False, what, key)]
    }
}

impl IntoParams for InPool {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = Id::into_params(place);
        let key =
            text("^[^\\u0000-\\u001f\\u007f-\\u009f]+$").min_length(Some(1)).max_length(Some(KEY_CHARS_MAX));
        let key = key.examples([json!("spring-mail")]).build();
        params.push(parameter("key", ParameterIn::Path, Required::True, "For what it was reserved.", key));
        params
    }
}

impl IntoParams for CartName {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(
            "cart_id",
            ParameterIn::Path,
            Required::True,
            "The cart's name.",
            own_name("cart-1042"),
        )]
    }
}

impl IntoParams for OrderName {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(
            "order_id",
            ParameterIn::Path,
            Required::True,
            "The order's name.",
            own_name("S-1042"),
        )]
    }
}

impl IntoParams for CustomerName {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let what = "The customer's name.";
        vec![parameter("customer_id", ParameterIn::Path, Required::True, what, own_name("c-1042"))]
    }
}

/// A name of the shop's own.
fn own_name(example: &str) -> Object {
    let name = text("^[^\\u0000-\\u001f\\u007f-\\u009f]+$").min_length(Some(1)).max_length(Some(128));
    name.examples([json!(example)]).build()
}

impl IntoParams for ImportNumber {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(IMPORTS_MAX));
        vec![parameter("number", ParameterIn::Path, Required::True, "The import's number.", number.build())]
    }
}

impl IntoParams for Version {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let version =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(i64::MAX));
        vec![parameter("version", ParameterIn::Path, Required::True, "The version.", version.build())]
    }
}

fn parameter(name: &str, place: ParameterIn, required: Required, what: &str, schema: Object) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(what))
        .schema(Some(Schema::Object(schema)))
        .build()
}

fn text(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
}

fn slug() -> Object {
    text(&format!("^[a-z0-9][a-z0-9._-]{{0,{}}}$", NAME_CHARS_MAX - 1)).examples([json!("ten-off")]).build()
}

/// Writes types that stand for JSON merge patches of documents.
macro_rules! patches {
    ($($name:ident of $body:ident;)*) => {$(
        /// A JSON merge patch: the fields of a document to change.
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                patch_of($body::schema())
            }
        }

        impl ToSchema for $name {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                $body::schemas(schemas);
            }
        }
    )*};
}

patches! {
    ShopPatch of Shop;
    PriceListPatch of PriceList;
    EventPatch of Event;
    PromotionPatch of Promotion;
    PoolPatch of Pool;
}

fn patch_of(body: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut body)) = body else { return body };
    let required = std::mem::take(&mut body.required);
    for (name, field) in &mut body.properties {
        if !required.contains(name) {
            *field = or_null(std::mem::take(field));
        }
    }
    body.description = Some("The fields to change; `null` takes a field away.".to_owned());
    Schema::Object(body).into()
}

fn or_null(field: RefOr<Schema>) -> RefOr<Schema> {
    AnyOfBuilder::new().item(field).item(ObjectBuilder::new().schema_type(Type::Null)).into()
}

/// A document with its `kind` and `id` beside its fields.
pub(crate) struct NamedDocument;

impl PartialSchema for NamedDocument {
    fn schema() -> RefOr<Schema> {
        let forms = [
            named(Kind::Shop, Shop::schema()),
            named(Kind::PriceList, PriceList::schema()),
            named(Kind::Event, Event::schema()),
            named(Kind::Promotion, Promotion::schema()),
            named(Kind::Pool, Pool::schema()),
        ];
        let one_of = forms.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item);
        one_of.description(Some("A document with its `kind` and `id` beside its fields.")).into()
    }
}

impl ToSchema for NamedDocument {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Shop::schemas(schemas);
        PriceList::schemas(schemas);
        Event::schemas(schemas);
        Promotion::schemas(schemas);
        Pool::schemas(schemas);
    }
}

fn named(kind: Kind, body: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut body)) = body else { return body };
    let only = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind.as_str()])).build();
    body.properties.insert("kind".to_owned(), only.into());
    body.properties.insert("id".to_owned(), slug().into());
    body.required.extend(["kind".to_owned(), "id".to_owned()]);
    Schema::Object(body).into()
}
