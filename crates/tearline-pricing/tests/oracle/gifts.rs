//! What a benefit takes off the units that it sees.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tearline_pricing::benefits::amount_off::Per;
use tearline_pricing::benefits::{
    AmountOff, AtCost, Benefit, BuyXGetY, Choose, FixedPrice, FreeProduct, Gift, PercentOff,
};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::config::shop::{RoundingLevel, TaxedPrices};
use tearline_pricing::money::{Amounts, Percent};
use tearline_pricing::names::{LineId, ProductId};
use tearline_pricing::refusal::Refusal;

use super::fraction::Fraction;
use super::sets::{take_bundle, take_every_nth};
use super::share::{Part, Shares, share, share_again};
use super::tiers::take_tiers;
use super::units::Unit;
use super::world::World;

/// A unit as a benefit sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) unit: &'a Unit,
    /// Its place among all units.
    pub(crate) number: usize,
    /// The price of which the benefit takes its part.
    pub(crate) base: i64,
    /// What is left of its price.
    pub(crate) left: i64,
    /// How much of that may be taken.
    pub(crate) room: i64,
    /// Whether it is there as a gift of the promotion that acts.
    pub(crate) is_gift: bool,
}

/// What a benefit takes: of every unit that it covers, 0 too.
#[derive(Debug, Default)]
pub(crate) struct Takes {
    pub(crate) minor: BTreeMap<usize, i64>,
    /// Whether a tie in an allocation was decided by order.
    pub(crate) tied: bool,
    /// Whether it would have taken more than there is.
    pub(crate) clipped: bool,
}

impl Takes {
    pub(crate) fn total(&self) -> i64 {
        self.minor.values().sum()
    }
}

/// Takes a benefit of items or of the order off the discountable units that it sees, up to its cap.
pub(crate) fn take(world: &World<'_>, benefit: &Benefit, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let takes = take_uncapped(world, benefit, seen)?;
    let cap = at_most(benefit).and_then(|most| most.in_currency(world.cart.currency));
    Ok(match cap.filter(|most| *most < takes.total()) {
        Some(most) => capped(most, &takes, seen),
        None => takes,
    })
}

/// Less than was taken, in proportion.
pub(crate) fn capped(most: i64, takes: &Takes, seen: &[Seen<'_>]) -> Takes {
    let units: Vec<Seen<'_>> =
        seen.iter().filter(|seen| takes.minor.contains_key(&seen.number)).copied().collect();
    let part = |seen: &Seen<'_>| {
        let taken = takes.minor[&seen.number];
        Part { weight: Fraction::from(taken), room: taken }
    };
    let parts: Vec<Part> = units.iter().map(part).collect();
    let mut capped = Takes { clipped: true, tied: takes.tied, ..Takes::default() };
    write_down(most, &units, &parts, share, &mut capped);
    capped
}

pub(crate) fn at_most(benefit: &Benefit) -> Option<&Amounts> {
    match benefit {
        Benefit::PercentOff(off) => off.at_most.as_ref(),
        Benefit::AmountOff(off) => off.at_most.as_ref(),
        Benefit::BuyXGetY(sets) => sets.at_most.as_ref(),
        Benefit::AtCost(at_cost) => at_cost.at_most.as_ref(),
        Benefit::FixedPrice(fixed) => fixed.at_most.as_ref(),
        Benefit::EveryNth(nth) => nth.at_most.as_ref(),
        Benefit::Bundle(bundle) => bundle.at_most.as_ref(),
        Benefit::Tiers(tiers) => tiers.at_most.as_ref(),
        Benefit::ShippingOff(off) => off.at_most.as_ref(),
        Benefit::FreeProduct(_) | Benefit::Gift(_) | Benefit::FreeShipping(_) | Benefit::Credit(_) => None,
    }
}

fn take_uncapped(world: &World<'_>, benefit: &Benefit, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    match benefit {
        Benefit::PercentOff(percent_off) => take_percent(world, percent_off, seen),
        Benefit::AmountOff(amount_off) => take_amount(world, amount_off, seen),
        Benefit::FreeProduct(free) => take_product(free, seen),
        Benefit::BuyXGetY(sets) => take_sets(world, sets, seen),
        Benefit::AtCost(at_cost) => take_to_cost(world, at_cost, seen),
        Benefit::FixedPrice(fixed) => take_to_price(world, fixed, seen),
        Benefit::EveryNth(nth) => take_every_nth(world, nth, seen),
        Benefit::Bundle(bundle) => take_bundle(world, bundle, seen),
        Benefit::Tiers(tiers) => take_tiers(world, tiers, seen),
        Benefit::Gift(gift) => take_gift(gift, seen),
        Benefit::FreeShipping(_) | Benefit::ShippingOff(_) | Benefit::Credit(_) => {
            unreachable!("acts at a later stage")
        }
    }
}

/// The units that a selector means, in the order of choice: by the price of which the benefit takes its part.
fn meant<'a>(items: Option<&Selector>, choose: Choose, seen: &[Seen<'a>]) -> Vec<Seen<'a>> {
    let is_meant = |seen: &&Seen<'_>| items.is_none_or(|items| seen.unit.is_meant(items));
    let mut meant: Vec<Seen<'a>> = seen.iter().filter(is_meant).copied().collect();
    meant.sort_by_key(|seen| seen.unit.position);
    match choose {
        Choose::Cheapest => meant.sort_by_key(|seen| seen.base),
        Choose::Dearest => meant.sort_by_key(|seen| Reverse(seen.base)),
        Choose::CartOrder => {}
    }
    meant
}

/// How far a benefit reaches.
#[derive(Debug, Clone, Copy, Default)]
struct Reach {
    units: Option<u32>,
    units_per_line: Option<u32>,
    groups_of: Option<u32>,
    choose: Choose,
}

macro_rules! reach {
    ($benefit:expr) => {
        Reach {
            units: $benefit.units,
            units_per_line: $benefit.units_per_line,
            groups_of: $benefit.groups_of,
            choose: $benefit.choose,
        }
    };
}

/// The units that a selector means, as far as the benefit reaches; there must be one of which something may be
/// taken.
fn chosen<'a>(items: Option<&Selector>, reach: Reach, seen: &[Seen<'a>]) -> Result<Vec<Seen<'a>>, Refusal> {
    let mut meant = meant(items, reach.choose, seen);
    if meant.is_empty() {
        return Err(Refusal::NoMatchingProduct);
    }
    if meant.iter().all(|seen| seen.room == 0) {
        return Err(Refusal::NothingLeftToDiscount);
    }
    let mut on_line: BTreeMap<usize, u32> = BTreeMap::new();
    meant.retain(|seen| {
        let count = on_line.entry(seen.unit.line).or_default();
        *count += 1;
        reach.units_per_line.is_none_or(|most| *count <= most)
    });
    meant.truncate(reach.units.map_or(usize::MAX, |units| units as usize));
    let group = reach.groups_of.unwrap_or(1) as usize;
    meant.truncate(meant.len() / group * group);
    if meant.is_empty() { Err(Refusal::NoMatchingProduct) } else { Ok(meant) }
}

fn take_percent(world: &World<'_>, off: &PercentOff, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let units = chosen(off.items.as_ref(), reach!(off), seen)?;
    if off.items.is_some() {
        return Ok(percent_off_items(world, off.percent, &units));
    }
    let mut takes = Takes::default();
    percent_off_all(world, off.percent, &units, &mut takes);
    Ok(takes)
}

/// Rounded for each unit, or once for each line.
pub(crate) fn percent_off_items(world: &World<'_>, percent: Percent, units: &[Seen<'_>]) -> Takes {
    let mut takes = Takes::default();
    match world.documents.shop.rounding_level {
        RoundingLevel::Unit => {
            for seen in units {
                let part = Fraction::from(seen.base) * Fraction::from(percent);
                take_one(seen, part.round(world.documents.shop.rounding), &mut takes);
            }
        }
        RoundingLevel::Line => {
            for line in by_line(units).values() {
                percent_off_all(world, percent, line, &mut takes);
            }
        }
    }
    takes
}

/// Rounded once, and written down to lines and units by their exact shares.
pub(crate) fn percent_off_all(world: &World<'_>, percent: Percent, units: &[Seen<'_>], takes: &mut Takes) {
    let parts: Vec<Part> = units.iter().map(|seen| exact_part(seen, percent, takes)).collect();
    let exact: Fraction = parts.iter().map(|part| part.weight).sum();
    write_down(exact.round(world.documents.shop.rounding), units, &parts, share, takes);
}

/// A unit's exact share of a percentage, no more than there is left of its price.
fn exact_part(seen: &Seen<'_>, percent: Percent, takes: &mut Takes) -> Part {
    let part = Fraction::from(seen.base) * Fraction::from(percent);
    let room = Fraction::from(seen.room);
    takes.clipped |= seen.room > 0 && part > room;
    Part { weight: part.min(room), room: seen.room }
}

pub(crate) fn take_one(seen: &Seen<'_>, minor: i64, takes: &mut Takes) {
    takes.clipped |= seen.room > 0 && minor > seen.room;
    takes.minor.insert(seen.number, minor.min(seen.room));
}

/// Units by line, lines by id, in each line by place.
pub(crate) fn by_line<'a>(units: &[Seen<'a>]) -> BTreeMap<LineId, Vec<Seen<'a>>> {
    let mut lines: BTreeMap<LineId, Vec<Seen<'a>>> = BTreeMap::new();
    for seen in units {
        lines.entry(seen.unit.line_id.clone()).or_default().push(*seen);
    }
    for line in lines.values_mut() {
        line.sort_by_key(|seen| seen.unit.place);
    }
    lines
}

/// Writes an amount down to lines, then inside each line to its units.
fn write_down(
    total: i64,
    units: &[Seen<'_>],
    parts: &[Part],
    share: fn(i64, &[Part]) -> Shares,
    takes: &mut Takes,
) {
    let part_of: BTreeMap<usize, Part> =
        units.iter().map(|seen| seen.number).zip(parts.iter().copied()).collect();
    let parts_of = |line: &Vec<Seen<'_>>| line.iter().map(|seen| part_of[&seen.number]).collect::<Vec<_>>();
    let lines = by_line(units);
    let whole_lines: Vec<Part> = lines.values().map(|line| together(&parts_of(line))).collect();
    let shares = share(total, &whole_lines);
    takes.tied |= shares.tied;
    for (line, minor) in lines.values().zip(shares.minor) {
        let shares = share(minor, &parts_of(line));
        takes.tied |= shares.tied;
        takes.minor.extend(line.iter().map(|seen| seen.number).zip(shares.minor));
    }
}

fn together(parts: &[Part]) -> Part {
    Part {
        weight: parts.iter().map(|part| part.weight).sum(),
        room: parts.iter().map(|part| part.room).sum(),
    }
}

fn take_amount(world: &World<'_>, off: &AmountOff, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let amount = off.amount.in_currency(world.cart.currency).expect("asked before");
    let units = chosen(off.items.as_ref(), reach!(off), seen)?;
    let mut takes = Takes::default();
    match off.per {
        Per::Unit if off.further.is_some() => {
            let further = off.further.as_ref().and_then(|further| further.in_currency(world.cart.currency));
            let first = units.first().map(|seen| seen.number);
            for seen in &units {
                let off = if Some(seen.number) == first { amount } else { further.expect("asked before") };
                take_one(seen, off, &mut takes);
            }
        }
        Per::Unit if off.items.is_some() => units.iter().for_each(|seen| take_one(seen, amount, &mut takes)),
        Per::Line if off.items.is_some() => {
            for line in by_line(&units).values() {
                amount_off_all(amount, line, &mut takes);
            }
        }
        Per::Unit | Per::Line | Per::Cart => amount_off_all(amount, &units, &mut takes),
    }
    Ok(takes)
}

/// A balance off all these units.
pub(crate) fn all_at_most(balance: i64, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let units = chosen(None, Reach::default(), seen)?;
    let mut takes = Takes::default();
    amount_off_all(balance, &units, &mut takes);
    Ok(takes)
}

/// Once off all these units together, as far as it goes.
pub(crate) fn amount_off_all(amount: i64, units: &[Seen<'_>], takes: &mut Takes) {
    let part = |seen: &Seen<'_>| Part { weight: Fraction::from(seen.left), room: seen.room };
    let parts: Vec<Part> = units.iter().map(part).collect();
    let left: i64 = units.iter().map(|seen| seen.room).sum();
    takes.clipped |= amount > left;
    write_down(amount.min(left), units, &parts, share_again, takes);
}

fn take_product(free: &FreeProduct, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let reach = Reach { units: Some(free.units), choose: free.choose, ..Reach::default() };
    let units = chosen(Some(&free.items), reach, seen)?;
    let minor = units.iter().map(|seen| (seen.number, seen.room)).collect();
    Ok(Takes { minor, ..Takes::default() })
}

fn take_to_price(world: &World<'_>, fixed: &FixedPrice, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let price = fixed.price.in_currency(world.cart.currency).expect("asked before");
    let mut takes = Takes::default();
    for seen in chosen(Some(&fixed.items), reach!(fixed), seen)? {
        take_one(&seen, (seen.base - price).max(0), &mut takes);
    }
    Ok(takes)
}

/// Only lines that are there as this promotion's gift.
fn take_gift(gift: &Gift, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let mut units: Vec<Seen<'_>> =
        meant(Some(&gift.items), Choose::Dearest, seen).into_iter().filter(|seen| seen.is_gift).collect();
    if units.is_empty() {
        return Err(Refusal::NoMatchingProduct);
    }
    units.truncate(gift.units as usize);
    Ok(Takes { minor: units.iter().map(|seen| (seen.number, seen.room)).collect(), ..Takes::default() })
}

/// In as many sets as fit; a unit is bought or rewarded, never both.
fn take_sets(world: &World<'_>, offer: &BuyXGetY, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let gifts = if offer.same_product {
        let products: BTreeSet<_> = seen.iter().filter_map(|seen| seen.unit.product.clone()).collect();
        let of = |product: &ProductId| {
            let same = seen.iter().filter(|seen| seen.unit.product.as_ref() == Some(product));
            rewarded_in_sets(offer, &same.copied().collect::<Vec<_>>())
        };
        products.iter().flat_map(of).collect()
    } else {
        rewarded_in_sets(offer, seen)
    };
    if gifts.is_empty() {
        return Err(Refusal::NoMatchingProduct);
    }
    Ok(percent_off_items(world, offer.percent, &gifts))
}

fn rewarded_in_sets<'a>(offer: &BuyXGetY, seen: &[Seen<'a>]) -> Vec<Seen<'a>> {
    let bought = meant(offer.buy.items.as_ref(), Choose::Cheapest, seen);
    let rewarded = meant(offer.get.items.as_ref().or(offer.buy.items.as_ref()), Choose::Cheapest, seen);
    let is_bought = |unit: &Seen<'_>| bought.iter().any(|other| other.number == unit.number);
    let only_rewarded = rewarded.iter().filter(|unit| !is_bought(unit)).count();
    let (buy, get) = (offer.buy.units as usize, offer.get.units as usize);
    let sets = (bought.len() / buy)
        .min(rewarded.len() / get)
        .min((bought.len() + only_rewarded) / (buy + get))
        .min(offer.sets_max.map_or(usize::MAX, |most| most as usize));
    let mut spare = bought.len() - sets * buy;
    let mut gifts = Vec::new();
    for unit in rewarded {
        let is_free_to_take = !is_bought(&unit) || spare > 0;
        if gifts.len() < sets * get && is_free_to_take {
            spare -= usize::from(is_bought(&unit));
            gifts.push(unit);
        }
    }
    gifts
}

/// A unit whose cost is unknown is left as it is, and not covered.
fn take_to_cost(world: &World<'_>, at_cost: &AtCost, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let mut takes = Takes::default();
    for seen in chosen(Some(&at_cost.items), reach!(at_cost), seen)? {
        if let Some(net) = seen.unit.cost {
            take_one(&seen, (seen.base - cost_as_priced(world, seen.unit, net)).max(0), &mut takes);
        }
    }
    if takes.minor.is_empty() { Err(Refusal::CostUnknown) } else { Ok(takes) }
}

/// The cost, with its tax where prices contain theirs.
fn cost_as_priced(world: &World<'_>, unit: &Unit, net: i64) -> i64 {
    let shop = &world.documents.shop;
    match (&unit.rate, shop.tax.prices) {
        (Some(rate), TaxedPrices::Inclusive) => {
            net + (Fraction::from(net) * Fraction::from(rate.percent)).round(shop.rounding)
        }
        _ => net,
    }
}
