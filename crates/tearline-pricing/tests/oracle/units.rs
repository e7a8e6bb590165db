//! A cart as single units, each with all that the rules ask about it.

use std::collections::BTreeMap;

use tearline_pricing::attribute::{Attribute, Attributes};
use tearline_pricing::cart::{Cart, Line, TaxRate};
use tearline_pricing::config::price_list::{Category, Product};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::config::shop::TaxedPrices;
use tearline_pricing::config::{Documents, Event, PriceList};
use tearline_pricing::money::{Amounts, Currency};
use tearline_pricing::names::{
    AttributeName, CategoryId, EventId, LineId, ProductId, PromotionId, SubjectId,
};

use super::fraction::Fraction;

/// One piece.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// Its line's place in the cart.
    pub(crate) line: usize,
    pub(crate) line_id: LineId,
    /// Its place among the units of its line.
    pub(crate) place: usize,
    /// Its place among all units of the cart, by the order of adding.
    pub(crate) position: usize,
    pub(crate) event: Option<EventId>,
    pub(crate) product: Option<ProductId>,
    /// Every category that holds it, and how far up.
    pub(crate) categories: BTreeMap<CategoryId, usize>,
    pub(crate) subject: Option<SubjectId>,
    pub(crate) list: i64,
    /// Its price after bulk discounts.
    pub(crate) bulk: i64,
    pub(crate) cost: Option<i64>,
    /// No discount brings its price below this.
    pub(crate) floor: Option<i64>,
    /// The price from which the shop has reduced its list price.
    pub(crate) reduced_from: Option<i64>,
    pub(crate) attributes: Attributes,
    /// The promotion whose gift it is.
    pub(crate) gift_of: Option<PromotionId>,
    pub(crate) currency: Currency,
    pub(crate) discountable: bool,
    pub(crate) rate: Option<TaxRate>,
}

/// The units of a cart, line by line in the cart's order; bulk discounts are still to come.
pub(crate) fn expand(cart: &Cart, documents: &Documents) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut added = Vec::new();
    for (place, line) in cart.lines.iter().enumerate() {
        let unit = unit(cart, documents, place, line);
        for (within, time) in times(place, line).into_iter().enumerate() {
            added.push((time, units.len()));
            units.push(Unit { place: within, ..unit.clone() });
        }
    }
    added.sort();
    for (position, (_, unit)) in added.into_iter().enumerate() {
        units[unit].position = position;
    }
    units
}

/// When each unit of a line was added: those with `adds` by number and line id, then those without in the
/// order of the lines.
fn times(place: usize, line: &Line) -> Vec<(bool, i64, Vec<u8>)> {
    if line.adds.is_empty() {
        let time = (true, i64::try_from(place).expect("few lines"), Vec::new());
        return vec![time; line.quantity as usize];
    }
    let mut times = Vec::new();
    for add in &line.adds {
        let id = line.id.as_str().as_bytes().to_vec();
        times.extend(vec![(false, add.seq, id); add.units as usize]);
    }
    times.sort();
    times
}

fn unit(cart: &Cart, documents: &Documents, place: usize, line: &Line) -> Unit {
    let event = line.event.clone().or(cart.event.clone());
    let settings = event.as_ref().and_then(|event| documents.events.get(event));
    let list =
        settings.and_then(|event| event.price_list.as_ref()).and_then(|id| documents.price_lists.get(id));
    let listed = list.and_then(|list| listed(list, line.product.as_ref()?));
    let price = listed.and_then(|product| product.price.as_ref()?.in_currency(cart.currency));
    let cost = listed.and_then(|product| product.cost.as_ref()?.in_currency(cart.currency));
    Unit {
        line: place,
        line_id: line.id.clone(),
        place: 0,
        position: 0,
        event,
        product: line.product.clone(),
        categories: categories(line, listed, list),
        subject: line.subject.clone().or_else(|| pictured(line, settings)),
        list: line.unit_price.or(price).expect("the generator prices every line"),
        bulk: 0,
        cost: line.cost.or(cost),
        floor: line.floor.or_else(|| floor(cart, documents, line, listed?)),
        reduced_from: line.reduced_from,
        attributes: line.attributes.clone(),
        gift_of: line.gift_of.clone(),
        currency: cart.currency,
        discountable: line.discountable,
        rate: rate(cart, line, listed),
    }
}

/// The higher of the listed lowest price and of the cost with its margin, taxed where prices are.
fn floor(cart: &Cart, documents: &Documents, line: &Line, product: &Product) -> Option<i64> {
    let lowest = product.min_price.as_ref().and_then(|lowest| lowest.in_currency(cart.currency));
    let cost = line.cost.or_else(|| product.cost.as_ref()?.in_currency(cart.currency));
    let rounding = documents.shop.rounding;
    let more =
        |minor: i64, percent| minor + (Fraction::from(minor) * Fraction::from(percent)).round(rounding);
    let net = cost.zip(product.margin).map(|(cost, margin)| more(cost, margin));
    let is_taxed = documents.shop.tax.prices == TaxedPrices::Inclusive;
    let rate = rate(cart, line, Some(product)).filter(|_| is_taxed);
    let priced = net.map(|net| rate.map_or(net, |rate| more(net, rate.percent)));
    [lowest, priced].into_iter().flatten().max()
}

pub(crate) fn listed<'a>(list: &'a PriceList, id: &ProductId) -> Option<&'a Product> {
    list.products.iter().find(|product| product.id == *id)
}

pub(crate) fn category<'a>(list: &'a PriceList, id: &CategoryId) -> Option<&'a Category> {
    list.categories.iter().find(|category| category.id == *id)
}

/// The line's own categories, else the listed product's, and all those above them.
fn categories(
    line: &Line,
    product: Option<&Product>,
    list: Option<&PriceList>,
) -> BTreeMap<CategoryId, usize> {
    let own = line.categories.clone().or_else(|| Some(product?.categories.clone())).unwrap_or_default();
    let mut held = BTreeMap::new();
    for id in own {
        let mut above = Some(id);
        let mut distance = 0;
        while let Some(id) = above {
            let nearest = held.entry(id.clone()).or_insert(distance);
            *nearest = distance.min(*nearest);
            above = list.and_then(|list| category(list, &id)?.parent.clone());
            distance += 1;
        }
    }
    held
}

/// The subject of the line's gallery, as the event has it.
fn pictured(line: &Line, event: Option<&Event>) -> Option<SubjectId> {
    let gallery = line.gallery.as_ref()?;
    event?.galleries.iter().find(|known| known.id == *gallery)?.subject.clone()
}

/// The rate of the line's tax category, else of the product's, else the standard one.
fn rate(cart: &Cart, line: &Line, product: Option<&Product>) -> Option<TaxRate> {
    let category = line.tax_category.clone().or_else(|| product?.tax_category.clone());
    let category = category.unwrap_or_else(|| "standard".into());
    cart.tax_rates.iter().find(|rate| rate.category == category).cloned()
}

impl Unit {
    /// Whether a selector means it.
    pub(crate) fn is_meant(&self, selector: &Selector) -> bool {
        let of = |products: &[ProductId]| self.product.as_ref().is_some_and(|id| products.contains(id));
        let within = |categories: &[CategoryId]| categories.iter().any(|id| self.categories.contains_key(id));
        let names_none = selector.products.is_empty() && selector.categories.is_empty();
        let is_named = names_none || of(&selector.products) || within(&selector.categories);
        is_named
            && self.fits(selector)
            && !of(&selector.except_products)
            && !within(&selector.except_categories)
    }

    fn fits(&self, selector: &Selector) -> bool {
        let price = |amounts: &Option<Amounts>| amounts.as_ref()?.in_currency(self.currency);
        let is_reduced = self.reduced_from.is_some_and(|before| self.list < before);
        let has = |name: &AttributeName, wanted: &Attribute| match (self.attributes.get(name), wanted) {
            (Some(Attribute::Texts(texts)), Attribute::Text(text)) => texts.iter().any(|own| own == text),
            (own, wanted) => own == Some(wanted),
        };
        price(&selector.price_from).unwrap_or(0) <= self.list
            && self.list <= price(&selector.price_to).unwrap_or(i64::MAX)
            && (!selector.skip_reduced || !is_reduced)
            && selector.attributes.iter().all(|(name, wanted)| has(name, wanted))
    }

    /// How much of such a price may be taken off it.
    pub(crate) fn room(&self, price: i64) -> i64 {
        self.floor.map_or(price, |floor| (price - floor).max(0))
    }

    /// Whether it is bought in one of these events; none = in any.
    pub(crate) fn is_within(&self, events: &[EventId]) -> bool {
        events.is_empty() || self.event.as_ref().is_some_and(|event| events.contains(event))
    }
}
