//! What can be wrong with a cart by itself.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::attribute::{ATTRIBUTES_MAX, Attributes};
use crate::cart::{CODE_BYTES_MAX, CODES_MAX, Cart, LINES_MAX, Line, OPTIONS_MAX, UNITS_MAX};
use crate::money::MINOR_MAX;
use crate::names::{ChannelId, Country, EventId, GalleryId, Language, PromotionId, TaxCategory};

/// Something wrong in a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CartFault {
    /// The place, as a JSON pointer: `/lines/3/quantity`.
    pub pointer: String,
    /// What is wrong, as a stable word.
    pub code: FaultCode,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// What is wrong with a cart, as a stable word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// More than a cart may hold.
    TooMany,
    /// A number outside its range.
    OutOfRange,
    /// A name that is empty, too long or has control characters.
    BadName,
    /// A name that must be unique came twice.
    Duplicate,
    /// A name that points at nothing.
    UnknownName,
    /// Nothing says the price of the line.
    PriceMissing,
    /// Numbers that contradict each other.
    Inconsistent,
}

impl fmt::Display for CartFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(crate) struct CartFaults(pub(crate) Vec<CartFault>);

impl CartFaults {
    pub(crate) fn add(&mut self, pointer: impl Into<String>, code: FaultCode, message: impl Into<String>) {
        self.0.push(CartFault { pointer: pointer.into(), code, message: message.into() });
    }

    fn name(&mut self, pointer: impl FnOnce() -> String, fault: Option<&'static str>) {
        if let Some(fault) = fault {
            self.add(pointer(), FaultCode::BadName, fault);
        }
    }

    fn minor(&mut self, pointer: impl FnOnce() -> String, minor: Option<i64>) {
        if minor.is_some_and(|minor| !(0..=MINOR_MAX).contains(&minor)) {
            self.add(pointer(), FaultCode::OutOfRange, format!("must be from 0 to {MINOR_MAX} minor units"));
        }
    }
}

/// Everything that is wrong with a cart by itself, whatever the shop's configuration says.
pub fn faults_of(cart: &Cart) -> Vec<CartFault> {
    check(cart).0
}

/// Checks all that can be checked without the shop's configuration.
pub(crate) fn check(cart: &Cart) -> CartFaults {
    let mut faults = CartFaults::default();
    if cart.lines.len() > LINES_MAX {
        faults.add(
            "/lines",
            FaultCode::TooMany,
            format!("a cart has at most {LINES_MAX} lines; this one has {}", cart.lines.len()),
        );
        return faults;
    }
    for (index, line) in cart.lines.iter().enumerate() {
        check_line(index, line, &mut faults);
    }
    check_units(cart, &mut faults);
    check_unique_lines(cart, &mut faults);
    check_customer(cart, &mut faults);
    check_codes(cart, &mut faults);
    check_shipping(cart, &mut faults);
    check_tax_rates(cart, &mut faults);
    faults
}

fn check_line(index: usize, line: &Line, faults: &mut CartFaults) {
    let at = |field: &str| format!("/lines/{index}/{field}");
    faults.name(|| at("id"), line.id.fault());
    faults.name(|| at("product"), line.product.as_ref().and_then(super::super::names::ProductId::fault));
    faults.name(|| at("subject"), line.subject.as_ref().and_then(super::super::names::SubjectId::fault));
    faults.name(|| at("event"), line.event.as_ref().and_then(EventId::fault));
    faults.name(|| at("gallery"), line.gallery.as_ref().and_then(GalleryId::fault));
    faults.name(|| at("tax_category"), line.tax_category.as_ref().and_then(TaxCategory::fault));
    faults.name(|| at("gift_of"), line.gift_of.as_ref().and_then(PromotionId::fault));
    faults.minor(|| at("unit_price"), line.unit_price);
    faults.minor(|| at("cost"), line.cost);
    faults.minor(|| at("reduced_from"), line.reduced_from);
    faults.minor(|| at("floor"), line.floor);
    check_attributes(|| at("attributes"), &line.attributes, faults);
    if line.quantity == 0 || line.quantity > UNITS_MAX {
        faults.add(at("quantity"), FaultCode::OutOfRange, format!("must be from 1 to {UNITS_MAX}"));
    }
    let categories = line.categories.as_deref().unwrap_or(&[]);
    if categories.len() > OPTIONS_MAX {
        faults.add(
            at("categories"),
            FaultCode::TooMany,
            format!("a line has at most {OPTIONS_MAX} categories"),
        );
    }
    for (place, category) in categories.iter().enumerate() {
        faults.name(|| at(&format!("categories/{place}")), category.fault());
    }
    let added: u64 = line.adds.iter().map(|add| u64::from(add.units)).sum();
    if !line.adds.is_empty() && added != u64::from(line.quantity) {
        let message = format!("the units added ({added}) must make the quantity ({})", line.quantity);
        faults.add(at("adds"), FaultCode::Inconsistent, message);
    }
    if line.adds.iter().any(|add| add.units == 0) {
        faults.add(at("adds"), FaultCode::OutOfRange, "units must be at least 1");
    }
}

fn check_units(cart: &Cart, faults: &mut CartFaults) {
    let units: u64 = cart.lines.iter().map(|line| u64::from(line.quantity)).sum();
    if units > u64::from(UNITS_MAX) {
        faults.add(
            "/lines",
            FaultCode::TooMany,
            format!("a cart has at most {UNITS_MAX} units; this one has {units}"),
        );
    }
}

fn check_unique_lines(cart: &Cart, faults: &mut CartFaults) {
    // Many shops number their lines.
    if cart.lines.is_sorted_by(|one, next| one.id < next.id) {
        return;
    }
    let small = cart.lines.len() <= 16;
    let mut seen = BTreeSet::new();
    for (index, line) in cart.lines.iter().enumerate() {
        let is_new = if small {
            cart.lines[..index].iter().all(|other| other.id != line.id)
        } else {
            seen.insert(&line.id)
        };
        if !is_new {
            faults.add(
                format!("/lines/{index}/id"),
                FaultCode::Duplicate,
                format!("there is a line `{}` already", line.id),
            );
        }
    }
}

fn check_customer(cart: &Cart, faults: &mut CartFaults) {
    faults
        .name(|| "/customer/id".to_owned(), cart.customer.as_ref().and_then(|customer| customer.id.fault()));
    faults.name(|| "/event".to_owned(), cart.event.as_ref().and_then(EventId::fault));
    faults.name(|| "/channel".to_owned(), cart.channel.as_ref().and_then(ChannelId::fault));
    faults.name(|| "/language".to_owned(), cart.language.as_ref().and_then(Language::form_fault));
    check_attributes(|| "/attributes".to_owned(), &cart.attributes, faults);
    if let Some(customer) = &cart.customer {
        check_attributes(|| "/customer/attributes".to_owned(), &customer.attributes, faults);
    }
}

fn check_attributes(pointer: impl Fn() -> String, attributes: &Attributes, faults: &mut CartFaults) {
    if attributes.len() > ATTRIBUTES_MAX {
        faults.add(pointer(), FaultCode::TooMany, format!("at most {ATTRIBUTES_MAX} attributes"));
    }
    for (name, value) in attributes {
        faults.name(&pointer, name.fault());
        if let Some(fault) = value.fault() {
            faults.add(format!("{}/{name}", pointer()), FaultCode::OutOfRange, fault);
        }
    }
}

fn check_codes(cart: &Cart, faults: &mut CartFaults) {
    if cart.codes.len() > CODES_MAX {
        faults.add("/codes", FaultCode::TooMany, format!("a cart carries at most {CODES_MAX} codes"));
    }
    for (index, code) in cart.codes.iter().enumerate() {
        if code.len() > CODE_BYTES_MAX {
            faults.add(
                format!("/codes/{index}"),
                FaultCode::OutOfRange,
                format!("a code has at most {CODE_BYTES_MAX} bytes"),
            );
        }
    }
}

fn check_shipping(cart: &Cart, faults: &mut CartFaults) {
    let Some(shipping) = &cart.shipping else { return };
    faults.name(|| "/shipping/country".to_owned(), shipping.country.as_ref().and_then(Country::form_fault));
    if shipping.options.len() > OPTIONS_MAX {
        faults.add(
            "/shipping/options",
            FaultCode::TooMany,
            format!("at most {OPTIONS_MAX} ways of shipping"),
        );
        return;
    }
    for (index, option) in shipping.options.iter().enumerate() {
        let at = |field: &str| format!("/shipping/options/{index}/{field}");
        faults.name(|| at("id"), option.id.fault());
        faults.name(|| at("tax_category"), option.tax_category.as_ref().and_then(TaxCategory::fault));
        faults.minor(|| at("price"), Some(option.price));
        if shipping.options[..index].iter().any(|other| other.id == option.id) {
            faults.add(
                at("id"),
                FaultCode::Duplicate,
                format!("there is a way of shipping `{}` already", option.id),
            );
        }
    }
    if let Some(chosen) = &shipping.chosen
        && shipping.options.iter().all(|option| option.id != *chosen)
    {
        faults.add(
            "/shipping/chosen",
            FaultCode::UnknownName,
            format!("`{chosen}` is not among the options"),
        );
    }
}

fn check_tax_rates(cart: &Cart, faults: &mut CartFaults) {
    if cart.tax_rates.len() > OPTIONS_MAX {
        faults.add("/tax_rates", FaultCode::TooMany, format!("at most {OPTIONS_MAX} tax rates"));
        return;
    }
    for (index, rate) in cart.tax_rates.iter().enumerate() {
        let at = format!("/tax_rates/{index}/category");
        faults.name(|| at.clone(), rate.category.fault());
        if cart.tax_rates[..index].iter().any(|other| other.category == rate.category) {
            faults.add(at, FaultCode::Duplicate, format!("there is a rate for `{}` already", rate.category));
        }
    }
}
