//! Fills in what the cart leaves out, and gives every line, event and category its number.

use std::cell::OnceCell;
use std::ops::Range;

use smallvec::SmallVec;

use crate::cart::check::{CartFault, CartFaults, FaultCode, check};
use crate::cart::{CART_MINOR_MAX, Cart, Line, ShippingOption};
use crate::config::shop::TaxedPrices;
use crate::money::Currency;
use crate::names::{CustomerId, EventId, ShippingId, SubjectId, TaxCategory};
use crate::snapshot::Snapshot;
use crate::snapshot::matcher::{EventIndex, Symbol};
use crate::snapshot::price_lists::{ListedProduct, RuleIndex, Standing};

/// A cart with everything known about its lines. These stand in the order of their ids, as amounts are written
/// down to them. Units are numbered line by line, those of a line in the order in which they were added.
pub(crate) struct ResolvedCart<'a> {
    pub(crate) source: &'a Cart,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) lines: Vec<ResolvedLine<'a>>,
    /// For each line of the cart as it came, the line's number here.
    as_came: Vec<u32>,
    /// The lines' numbers by product; found only where somebody asks.
    by_product: OnceCell<Vec<u32>>,
    /// Each unit's line.
    unit_lines: Vec<u32>,
    /// The first unit after each line.
    line_ends: Vec<u32>,
    /// Whether a line has a floor.
    has_floors: bool,
    /// Each unit's place in the order of adding, over all lines; found only where somebody asks.
    positions: OnceCell<Vec<u32>>,
    /// The units that discounts may touch; found only where somebody asks.
    discountable: OnceCell<Vec<u32>>,
    /// Of them those in each category; found only where somebody asks.
    by_category: OnceCell<ByCategory>,
}

/// The units that discounts may touch, category by category.
struct ByCategory {
    units: Vec<u32>,
    /// Each category with the place where its units end, by category.
    ends: SmallVec<[(Symbol, usize); 16]>,
}

/// A line with everything known about it.
pub(crate) struct ResolvedLine<'a> {
    pub(crate) source: &'a Line,
    pub(crate) event: Option<EventIndex>,
    pub(crate) subject: Option<&'a SubjectId>,
    pub(crate) product: Symbol,
    /// Its categories and all above them.
    pub(crate) categories: SmallVec<[Symbol; 8]>,
    /// The bulk rule that prices it, in its event's price list.
    pub(crate) rule: Option<RuleIndex>,
    /// Every bulk rule that counts it.
    pub(crate) counted_by: SmallVec<[RuleIndex; 4]>,
    pub(crate) currency: Currency,
    pub(crate) unit_price: i64,
    pub(crate) cost: Option<i64>,
    /// The price below which no discount brings a unit.
    pub(crate) floor: Option<i64>,
    /// Its tax rate's number in the cart.
    pub(crate) tax: Option<usize>,
    pub(crate) discountable: bool,
    /// Its place in the cart as it came.
    place: u32,
    pub(crate) first_unit: u32,
    end_unit: u32,
    /// All its units at list price.
    pub(crate) list: i64,
    /// All its units after bulk discounts.
    pub(crate) after_bulk: i64,
}

impl ResolvedLine<'_> {
    pub(crate) fn units(&self) -> Range<u32> {
        self.first_unit..self.end_unit
    }

    /// How much of a unit's price may be taken off.
    pub(crate) fn above_floor(&self, price: i64) -> i64 {
        self.floor.map_or(price, |floor| (price - floor).max(0))
    }

    /// Whether one of these categories holds it.
    pub(crate) fn is_in_any(&self, categories: &[Symbol]) -> bool {
        categories.iter().any(|category| self.categories.contains(category))
    }

    /// Whether the shop has reduced its price already.
    pub(crate) fn is_reduced(&self) -> bool {
        self.source.reduced_from.is_some_and(|before| before > self.unit_price)
    }

    pub(crate) fn unit_range(&self) -> Range<usize> {
        self.first_unit as usize..self.end_unit as usize
    }
}

impl ByCategory {
    fn of(&self, category: Symbol) -> &[u32] {
        let Ok(place) = self.ends.binary_search_by_key(&category, |(category, _)| *category) else {
            return &[];
        };
        let start = if place == 0 { 0 } else { self.ends[place - 1].1 };
        &self.units[start..self.ends[place].1]
    }
}

impl<'a> ResolvedCart<'a> {
    pub(crate) fn currency(&self) -> Currency {
        self.source.currency
    }

    pub(crate) fn customer(&self) -> Option<&'a CustomerId> {
        self.source.customer.as_ref().map(|customer| &customer.id)
    }

    /// The event in which a line is bought.
    pub(crate) fn event_of(&self, line: &ResolvedLine<'a>) -> Option<&'a EventId> {
        line.source.event.as_ref().or(self.source.event.as_ref())
    }

    /// The lines' numbers in the order in which the cart has them.
    pub(crate) fn as_came(&self) -> impl Iterator<Item = usize> {
        self.as_came.iter().map(|&index| index as usize)
    }

    /// The lines, those of one product together; first those that name none.
    pub(crate) fn lines_by_product(&self) -> impl Iterator<Item = &ResolvedLine<'a>> {
        let by_product = self.by_product.get_or_init(|| {
            let mut by_product: Vec<u32> = (0..).take(self.lines.len()).collect();
            by_product.sort_by_key(|&index| &self.lines[index as usize].source.product);
            by_product
        });
        by_product.iter().map(|&index| &self.lines[index as usize])
    }

    pub(crate) fn units_len(&self) -> usize {
        self.unit_lines.len()
    }

    pub(crate) fn line_index(&self, unit: u32) -> u32 {
        self.unit_lines[unit as usize]
    }

    /// The first unit after a unit's line.
    pub(crate) fn line_end(&self, unit: u32) -> u32 {
        self.line_ends[self.line_index(unit) as usize]
    }

    pub(crate) fn line_of(&self, unit: u32) -> &ResolvedLine<'a> {
        &self.lines[self.line_index(unit) as usize]
    }

    /// The unit's place in the order of adding, over all lines.
    pub(crate) fn position(&self, unit: u32) -> u32 {
        self.positions.get_or_init(|| self.find_positions())[unit as usize]
    }

    /// The units that discounts may touch.
    pub(crate) fn discountable(&self) -> &[u32] {
        self.discountable.get_or_init(|| {
            let mut units = Vec::with_capacity(self.units_len());
            for line in self.lines.iter().filter(|line| line.discountable) {
                units.extend(line.units());
            }
            units
        })
    }

    /// The units in a category that discounts may touch.
    pub(crate) fn in_category(&self, category: Symbol) -> &[u32] {
        let by_category = self.by_category.get_or_init(|| self.find_categories());
        by_category.of(category)
    }

    fn find_categories(&self) -> ByCategory {
        let mut found: SmallVec<[(Symbol, &ResolvedLine<'_>); 16]> = SmallVec::new();
        for line in self.lines.iter().filter(|line| line.discountable) {
            found.extend(line.categories.iter().map(|&category| (category, line)));
        }
        // In each category the lines stay in their order.
        found.sort_by_key(|(category, _)| *category);
        found.dedup_by_key(|(category, line)| (*category, line.first_unit));
        let mut by_category =
            ByCategory { units: Vec::with_capacity(self.units_len()), ends: SmallVec::new() };
        for lines in found.chunk_by(|one, other| one.0 == other.0) {
            for (_, line) in lines {
                by_category.units.extend(line.units());
            }
            by_category.ends.push((lines[0].0, by_category.units.len()));
        }
        by_category
    }

    /// Runs of units in the order of adding: the first unit and how many.
    pub(crate) fn runs(&self) -> Vec<Run> {
        let mut runs = Vec::with_capacity(self.lines.len());
        for (index, line) in (0..).zip(&self.lines) {
            if line.source.adds.is_empty() {
                let order = (Moment::LineOrder(line.place), line.first_unit);
                runs.push(Run { order, line: index, first: line.first_unit, units: line.source.quantity });
                continue;
            }
            let mut adds: SmallVec<[_; 8]> = line.source.adds.iter().collect();
            adds.sort_by_key(|add| add.seq);
            let mut first = line.first_unit;
            for add in adds {
                runs.push(Run {
                    order: (Moment::Added(add.seq), first),
                    line: index,
                    first,
                    units: add.units,
                });
                first += add.units;
            }
        }
        runs.sort_unstable_by_key(|run| run.order);
        runs
    }

    fn find_positions(&self) -> Vec<u32> {
        let mut positions = vec![0; self.units_len()];
        let in_order = self.runs().into_iter().flat_map(|run| run.first..run.first + run.units);
        for (position, unit) in (0..).zip(in_order) {
            positions[unit as usize] = position;
        }
        positions
    }

    /// How much may be taken off each unit, if there is a floor anywhere.
    pub(crate) fn above_floors(&self, prices: &[i64]) -> Option<Vec<i64>> {
        let above = |(unit, price): (u32, &i64)| self.line_of(unit).above_floor(*price);
        self.has_floors.then(|| (0..).zip(prices).map(above).collect())
    }

    /// What a unit of the line costs the shop, in the terms of its price: with tax where prices contain it.
    pub(crate) fn cost_as_priced(&self, line: &ResolvedLine<'_>) -> Option<i64> {
        Some(as_priced(line.cost?, line.tax, self.source, self.snapshot))
    }

    pub(crate) fn shipping(&self) -> Option<&'a ShippingOption> {
        let shipping = self.source.shipping.as_ref()?;
        let chosen = shipping.chosen.as_ref()?;
        shipping.options.iter().find(|option| option.id == *chosen)
    }

    /// The shipping chosen, if it is one of these ways; none = any.
    pub(crate) fn shipping_by(&self, methods: &[ShippingId]) -> Option<&'a ShippingOption> {
        self.shipping().filter(|option| methods.is_empty() || methods.contains(&option.id))
    }

    pub(crate) fn shipping_tax(&self) -> Option<usize> {
        let category = self.shipping()?.tax_category.as_ref()?;
        tax_index(self.source, category)
    }
}

/// A net amount in the terms of prices: with its tax where prices contain theirs.
fn as_priced(net: i64, tax: Option<usize>, cart: &Cart, snapshot: &Snapshot) -> i64 {
    match (snapshot.shop.tax.prices, tax) {
        (TaxedPrices::Inclusive, Some(index)) => {
            net + cart.tax_rates[index].percent.of(net, snapshot.shop.rounding)
        }
        _ => net,
    }
}

/// Units of one line that were added together.
pub(crate) struct Run {
    order: (Moment, u32),
    pub(crate) line: u32,
    pub(crate) first: u32,
    pub(crate) units: u32,
}

/// When units were added. Those that say so come before those that leave it to the order of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Added(i64),
    LineOrder(u32),
}

/// Checks a cart and fills in what it leaves out.
pub(crate) fn resolve<'a>(
    cart: &'a Cart,
    snapshot: &'a Snapshot,
) -> Result<ResolvedCart<'a>, Vec<CartFault>> {
    let mut faults = check(cart);
    if !faults.0.is_empty() {
        return Err(faults.0);
    }
    let cart_event = find_event(cart.event.as_ref(), snapshot, || "/event".to_owned(), &mut faults);
    let mut lines = Vec::with_capacity(cart.lines.len());
    let mut list_total = 0_i128;
    for (place, line) in (0..).zip(&cart.lines) {
        let mut lookup = LineLookup { cart, snapshot, place, cart_event, faults: &mut faults };
        let resolved = lookup.resolve(line);
        list_total += i128::from(resolved.unit_price) * i128::from(line.quantity);
        lines.push(resolved);
    }
    if list_total > i128::from(CART_MINOR_MAX) {
        faults.add(
            "/lines",
            FaultCode::OutOfRange,
            format!("a cart costs at most {CART_MINOR_MAX} minor units"),
        );
    }
    check_tax_category(cart, &mut faults);
    if faults.0.is_empty() { Ok(number(cart, snapshot, lines)) } else { Err(faults.0) }
}

fn check_tax_category(cart: &Cart, faults: &mut CartFaults) {
    if is_untaxed(cart) {
        return;
    }
    let options = cart.shipping.iter().flat_map(|shipping| &shipping.options).enumerate();
    for (index, option) in options {
        let unknown = option.tax_category.as_ref().filter(|category| tax_index(cart, category).is_none());
        if let Some(category) = unknown {
            let at = format!("/shipping/options/{index}/tax_category");
            faults.add(at, FaultCode::UnknownName, format!("the cart has no tax rate for `{category}`"));
        }
    }
}

/// A cart without any rates is not taxed yet: the buyer's address is not known.
fn is_untaxed(cart: &Cart) -> bool {
    cart.tax_rates.is_empty()
}

fn number<'a>(cart: &'a Cart, snapshot: &'a Snapshot, mut lines: Vec<ResolvedLine<'a>>) -> ResolvedCart<'a> {
    lines.sort_unstable_by(|left, right| left.source.id.cmp(&right.source.id));
    let mut as_came = vec![0; lines.len()];
    let units: u32 = lines.iter().map(|line| line.source.quantity).sum();
    let mut unit_lines = Vec::with_capacity(units as usize);
    let mut line_ends = Vec::with_capacity(lines.len());
    let mut end = 0;
    for (index, line) in (0..).zip(&mut lines) {
        as_came[line.place as usize] = index;
        line.first_unit = end;
        end += line.source.quantity;
        line.end_unit = end;
        unit_lines.resize(end as usize, index);
        line_ends.push(end);
    }
    let has_floors = lines.iter().any(|line| line.floor.is_some());
    ResolvedCart {
        source: cart,
        snapshot,
        lines,
        as_came,
        by_product: OnceCell::new(),
        unit_lines,
        line_ends,
        has_floors,
        positions: OnceCell::new(),
        discountable: OnceCell::new(),
        by_category: OnceCell::new(),
    }
}

fn find_event(
    event: Option<&crate::names::EventId>,
    snapshot: &Snapshot,
    pointer: impl FnOnce() -> String,
    faults: &mut CartFaults,
) -> Option<EventIndex> {
    let event = event?;
    let index = snapshot.event_index.get(event).copied();
    if index.is_none() {
        faults.add(pointer(), FaultCode::UnknownName, format!("there is no event `{event}`"));
    }
    index
}

fn tax_index(cart: &Cart, category: &TaxCategory) -> Option<usize> {
    cart.tax_rates.iter().position(|rate| rate.category == *category)
}

struct LineLookup<'a, 'f> {
    cart: &'a Cart,
    snapshot: &'a Snapshot,
    place: u32,
    cart_event: Option<EventIndex>,
    faults: &'f mut CartFaults,
}

impl<'a> LineLookup<'a, '_> {
    fn resolve(&mut self, line: &'a Line) -> ResolvedLine<'a> {
        let event = match &line.event {
            None => self.cart_event,
            named => find_event(
                named.as_ref(),
                self.snapshot,
                || format!("/lines/{}/event", self.place),
                self.faults,
            ),
        };
        let compiled = event.map(|event| self.snapshot.event(event));
        let list = compiled.and_then(|event| event.price_list).map(|list| &self.snapshot.price_lists[list]);
        let listed =
            list.zip(line.product.as_ref()).and_then(|(list, product)| list.product(product.as_str()));
        let standing = self.standing(line, listed, list);
        let gallery =
            compiled.zip(line.gallery.as_ref()).and_then(|(event, gallery)| event.subjects.get(gallery));
        let unit_price = self.unit_price(line, listed);
        let cost = line.cost.or_else(|| listed?.cost.as_ref()?.in_currency(self.cart.currency));
        let tax = self.tax(line, listed);
        ResolvedLine {
            source: line,
            event,
            subject: line.subject.as_ref().or(gallery),
            product: line
                .product
                .as_ref()
                .map_or(Symbol::UNMENTIONED, |id| self.snapshot.products.look_up(id.as_str())),
            categories: standing.categories,
            rule: standing.rule,
            counted_by: standing.counted_by,
            currency: self.cart.currency,
            unit_price,
            cost,
            floor: line.floor.or_else(|| self.listed_floor(listed?, cost, tax)),
            tax,
            discountable: line.discountable,
            place: self.place,
            first_unit: 0,
            end_unit: 0,
            list: unit_price * i64::from(line.quantity),
            after_bulk: 0,
        }
    }

    fn standing(
        &self,
        line: &Line,
        listed: Option<&ListedProduct>,
        list: Option<&crate::snapshot::price_lists::CompiledPriceList>,
    ) -> Standing {
        let named: Option<SmallVec<[Symbol; 4]>> = line.categories.as_ref().map(|categories| {
            categories.iter().map(|category| self.snapshot.categories.look_up(category.as_str())).collect()
        });
        let categories = named.as_deref().or(listed.map(|listed| &listed.categories[..])).unwrap_or(&[]);
        match list {
            Some(list) => list.standing(listed, categories),
            None => Standing { categories: SmallVec::from_slice(categories), ..Standing::default() },
        }
    }

    fn unit_price(&mut self, line: &Line, listed: Option<&ListedProduct>) -> i64 {
        let listed_price = || listed?.price.as_ref()?.in_currency(self.cart.currency);
        line.unit_price.or_else(listed_price).unwrap_or_else(|| {
            let message = match &line.product {
                None => "is needed where the line names no product".to_owned(),
                Some(product) => format!(
                    "is needed: the event's price list has no price in {} for product `{product}`",
                    self.cart.currency
                ),
            };
            self.faults.add(format!("/lines/{}/unit_price", self.place), FaultCode::PriceMissing, message);
            0
        })
    }

    /// The higher of the price list's lowest price and the cost with its margin.
    fn listed_floor(&self, listed: &ListedProduct, cost: Option<i64>, tax: Option<usize>) -> Option<i64> {
        let lowest = listed.min_price.as_ref().and_then(|lowest| lowest.in_currency(self.cart.currency));
        let with_margin = cost.zip(listed.margin).map(|(cost, margin)| {
            let net = cost + margin.of(cost, self.snapshot.shop.rounding);
            as_priced(net, tax, self.cart, self.snapshot)
        });
        lowest.max(with_margin)
    }

    fn tax(&mut self, line: &Line, listed: Option<&ListedProduct>) -> Option<usize> {
        let category = line.tax_category.as_ref().or_else(|| listed?.tax_category.as_ref());
        let Some(category) = category else {
            return self.cart.tax_rates.iter().position(|rate| rate.category.as_str() == "standard");
        };
        let index = tax_index(self.cart, category);
        if index.is_none() && !is_untaxed(self.cart) {
            let message = format!("the cart has no tax rate for `{category}`");
            self.faults.add(format!("/lines/{}/tax_category", self.place), FaultCode::UnknownName, message);
        }
        index
    }
}
