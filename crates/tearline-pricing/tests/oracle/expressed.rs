//! What an expression sees of a cart: the lines of the promotion's events, laid out plainly.

use std::collections::BTreeSet;

use tearline_pricing::names::CategoryId;

use super::expressions;
use super::limits::sees;
use super::offers::Offer;
use super::plain::{Plain, PlainLine};
use super::units::Unit;
use super::world::World;

/// Whether an expression holds; one without an answer does not.
pub(crate) fn holds(world: &World<'_>, offer: &Offer, text: &str) -> bool {
    expressions::holds(text, &plain(world, offer).names()) == Ok(true)
}

fn plain(world: &World<'_>, offer: &Offer) -> Plain {
    let units: Vec<&Unit> = world.units.iter().filter(|unit| sees(world, offer, unit)).collect();
    let lines: BTreeSet<usize> = units.iter().map(|unit| unit.line).collect();
    let lines = lines.into_iter().map(|line| {
        let units: Vec<&Unit> = units.iter().filter(|unit| unit.line == line).copied().collect();
        plain_line(world, line, &units)
    });
    let local = world.at.to_zoned(world.zone.clone());
    let cart = world.cart;
    let shipping = cart.shipping.as_ref();
    let customer = cart.customer.as_ref();
    Plain {
        texts: [
            ("cart.currency", cart.currency.code().to_owned()),
            ("cart.channel", said(cart.channel.as_ref())),
            ("cart.language", said(cart.language.as_ref())),
            ("cart.event", said(cart.event.as_ref())),
            ("cart.country", said(shipping.and_then(|to| to.country.as_ref()))),
            ("cart.method", said(shipping.and_then(|by| by.chosen.as_ref()))),
            ("customer.id", said(customer.map(|customer| &customer.id))),
            ("at.weekday", local.strftime("%A").to_string().to_lowercase()),
            ("at.date", local.strftime("%Y-%m-%d").to_string()),
        ]
        .into(),
        wholes: [
            ("cart.units", i64::try_from(units.len()).expect("few units")),
            ("cart.list", units.iter().map(|unit| unit.list).sum()),
            ("cart.sub_total", units.iter().map(|unit| unit.bulk).sum()),
            ("customer.orders", i64::try_from(world.facts.orders).expect("few orders")),
            ("at.hour", local.hour().into()),
            ("at.minute", local.minute().into()),
        ]
        .into(),
        segments: world.facts.segments.iter().map(ToString::to_string).collect(),
        cart_attributes: cart.attributes.clone(),
        customer_attributes: customer.map(|customer| customer.attributes.clone()),
        lines: lines.collect(),
    }
}

fn plain_line(world: &World<'_>, line: usize, units: &[&Unit]) -> PlainLine {
    let (source, unit) = (&world.cart.lines[line], units[0]);
    PlainLine {
        texts: [
            ("id", unit.line_id.as_str().to_owned()),
            ("product", said(unit.product.as_ref())),
            ("event", said(unit.event.as_ref())),
            ("subject", said(unit.subject.as_ref())),
            ("gallery", said(source.gallery.as_ref())),
        ]
        .into(),
        wholes: [
            ("quantity", i64::try_from(units.len()).expect("few units")),
            ("unit_price", unit.list),
            ("reduced_from", source.reduced_from.unwrap_or(0)),
            ("list", units.iter().map(|unit| unit.list).sum()),
            ("sub_total", units.iter().map(|unit| unit.bulk).sum()),
        ]
        .into(),
        categories: unit.categories.keys().map(CategoryId::as_str).map(str::to_owned).collect(),
        discountable: unit.discountable,
        attributes: source.attributes.clone(),
    }
}

fn said(name: Option<&impl ToString>) -> String {
    name.map(ToString::to_string).unwrap_or_default()
}
