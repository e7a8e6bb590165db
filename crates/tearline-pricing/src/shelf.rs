//! Shelf prices: a page of products, each priced as if it were alone in the cart.

use jiff::Timestamp;
use serde::Serialize;

use crate::cart::Cart;
use crate::cart::check::{CartFault, FaultCode};
use crate::config::price_list::BulkMode;
use crate::facts::Facts;
use crate::money::{Currency, Money};
use crate::names::{LineId, PromotionId};
use crate::price::candidates::{Case, gather};
use crate::price::resolve::ResolvedLine;
use crate::price::{answer, bulk, choose, resolve};
use crate::quote::{Applied, BulkRule, Expand, LineQuote, Quote, Stage};
use crate::snapshot::Snapshot;

/// The most lines that are priced at once.
pub const SHELF_LINES_MAX: usize = 200;
/// The most bulk steps that are told of a line.
const STEPS_MAX: usize = 10;

/// The prices of a page of products.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Shelf {
    /// The currency of every amount.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Currency))]
    pub currency: Currency,
    /// The instant for which they hold.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The prices, line by line, in the cart's order.
    pub lines: Vec<ShelfPrice>,
    /// The version of the shop's configuration that was read.
    pub configuration_version: u64,
}

/// What a line costs by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ShelfPrice {
    /// The line.
    pub id: LineId,
    /// How many units.
    pub quantity: u32,
    /// All its units at their list price.
    pub list: i64,
    /// All its units after every discount on items and on the order: what a quote of this line alone says.
    pub price: i64,
    /// The tax on that, on top of it or inside it as the shop has it.
    pub tax: i64,
    /// What the price list's bulk discount takes off.
    pub bulk_discount: i64,
    /// The promotions that take something off, in the order in which they do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<ShelfDiscount>,
    /// What more units would cost, by the price list's bulk discount.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(max_items = 10))]
    pub steps: Vec<ShelfStep>,
}

/// A promotion that takes something off a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ShelfDiscount {
    /// The promotion.
    pub promotion: PromotionId,
    /// Its name, in the cart's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code that unlocked it, as entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How much it takes off.
    pub gave: i64,
}

/// A step of a bulk discount that more units would reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ShelfStep {
    /// From how many units on.
    pub from: u32,
    /// Whether all units then cost this, or those from there on.
    pub mode: BulkMode,
    /// What a unit then costs, before promotions.
    pub unit_price: i64,
    /// Whose units are counted.
    pub of: BulkRule,
    /// The same in words: `3 or more of Photo prints: 18.00 USD each`.
    pub words: String,
}

/// Prices each line of a cart as a cart of its own, so that a shop can show discounts while a visitor browses.
///
/// What the cart says besides, who visits, where, when and with which codes, holds for every line; its shipping
/// does not count. Credits are left out: they are drawn when an order is placed.
///
/// # Errors
///
/// Everything that is wrong with the cart, each fault with its place; more than [`SHELF_LINES_MAX`] lines.
///
/// ```
/// use tearline_pricing::config::Documents;
/// use tearline_pricing::facts::Facts;
/// use tearline_pricing::snapshot::Snapshot;
///
/// let mut documents = Documents::default();
/// documents.promotions.insert("mugs".into(), serde_json::from_str(r#"{
///     "benefits": [{"percent_off": {"percent": 10, "items": {"products": ["mug"]}}}]
/// }"#).unwrap());
/// let snapshot = Snapshot::compile(&documents, 1).unwrap();
/// let cart = serde_json::from_str(r#"{"currency": "USD", "lines": [
///     {"id": "1", "product": "mug", "quantity": 1, "unit_price": 1250},
///     {"id": "2", "product": "pot", "quantity": 1, "unit_price": 4000}
/// ]}"#).unwrap();
/// let shelf = tearline_pricing::shelf(&cart, &snapshot, &Facts::default(), jiff::Timestamp::UNIX_EPOCH).unwrap();
/// assert_eq!(shelf.lines.iter().map(|line| line.price).collect::<Vec<_>>(), [1_125, 4_000]);
/// ```
pub fn shelf(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &Facts,
    now: Timestamp,
) -> Result<Shelf, Vec<CartFault>> {
    check_size(cart)?;
    // Faults are told with their places in the whole.
    resolve::resolve(cart, snapshot)?;
    let at = cart.at.unwrap_or(now);
    let mut alone = Cart { lines: Vec::with_capacity(1), shipping: None, ..context(cart) };
    let mut lines = Vec::with_capacity(cart.lines.len());
    for line in &cart.lines {
        alone.lines.clear();
        alone.lines.push(line.clone());
        lines.extend(price_of_one(&alone, snapshot, facts, at)?);
    }
    Ok(Shelf { currency: cart.currency, at, lines, configuration_version: snapshot.version() })
}

fn check_size(cart: &Cart) -> Result<(), Vec<CartFault>> {
    if cart.lines.len() <= SHELF_LINES_MAX {
        return Ok(());
    }
    let message =
        format!("at most {SHELF_LINES_MAX} lines are priced at once; these are {}", cart.lines.len());
    Err(vec![CartFault { pointer: "/lines".to_owned(), code: FaultCode::TooMany, message }])
}

/// A cart without its lines.
fn context(cart: &Cart) -> Cart {
    Cart {
        at: cart.at,
        event: cart.event.clone(),
        channel: cart.channel.clone(),
        language: cart.language.clone(),
        attributes: cart.attributes.clone(),
        customer: cart.customer.clone(),
        tax_rates: cart.tax_rates.clone(),
        codes: cart.codes.clone(),
        ..Cart::of(cart.currency, Vec::new())
    }
}

/// The price of a cart's only line.
fn price_of_one(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &Facts,
    at: Timestamp,
) -> Result<Option<ShelfPrice>, Vec<CartFault>> {
    let mut resolved = resolve::resolve(cart, snapshot)?;
    let bulk = bulk::apply(&mut resolved, snapshot);
    let case = Case { cart: &resolved, bulk: &bulk, snapshot, facts, at, resumed: None };
    let expand = Expand::default();
    let candidates = gather(&case, expand);
    let chosen = choose::best(&case, &candidates, expand);
    let Quote { lines, promotions, .. } = answer::write(&case, &candidates, &chosen, expand);
    let line = resolved.lines.first().zip(lines.into_iter().next());
    Ok(line.map(|(line, quote)| write(line, quote, promotions, snapshot, cart.currency)))
}

fn write(
    line: &ResolvedLine<'_>,
    quote: LineQuote,
    promotions: Vec<Applied>,
    snapshot: &Snapshot,
    currency: Currency,
) -> ShelfPrice {
    ShelfPrice {
        quantity: quote.quantity,
        list: quote.list,
        price: quote.after_order,
        tax: quote.tax,
        bulk_discount: quote.list - quote.after_bulk,
        promotions: promotions.into_iter().filter_map(discount).collect(),
        steps: steps(line, snapshot, currency),
        id: quote.id,
    }
}

fn discount(applied: Applied) -> Option<ShelfDiscount> {
    let of_goods = applied.gifts.iter().filter(|gift| matches!(gift.stage, Stage::Items | Stage::Order));
    let gave = of_goods.map(|gift| gift.gave).sum();
    let Applied { id: promotion, name, code, .. } = applied;
    (gave > 0).then_some(ShelfDiscount { promotion, name, code, gave })
}

/// The steps of a line's bulk discount that it does not reach by itself.
fn steps(line: &ResolvedLine<'_>, snapshot: &Snapshot, currency: Currency) -> Vec<ShelfStep> {
    let Some(rule) = bulk::rule_of(line, snapshot) else { return Vec::new() };
    let above = rule.steps.iter().filter(|step| step.from > line.source.quantity);
    let told = above.take(STEPS_MAX).map(|step| {
        let saved = bulk::saved(rule, step.from, line.unit_price, currency, snapshot);
        let unit_price = line.unit_price - saved.min(line.above_floor(line.unit_price));
        let each = format!("{} each", Money::new(unit_price, currency));
        let of = snapshot.vocabulary().counted(&rule.name);
        let words = match rule.mode {
            BulkMode::Volume => format!("{} or more of {of}: {each}", step.from),
            BulkMode::Graduated => format!("from number {} of {of} on: {each}", step.from),
        };
        ShelfStep { from: step.from, mode: rule.mode, unit_price, of: rule.name.clone(), words }
    });
    told.collect()
}
