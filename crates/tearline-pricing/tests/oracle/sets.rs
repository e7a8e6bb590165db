//! Benefits that count units: one of every so many, and sets for one price.

use std::cmp::Reverse;

use tearline_pricing::benefits::every_nth::Which;
use tearline_pricing::benefits::{Bundle, EveryNth};
use tearline_pricing::refusal::Refusal;

use super::gifts::{Seen, Takes, amount_off_all, percent_off_items};
use super::world::World;

fn dearest_first(seen: &mut [Seen<'_>]) {
    seen.sort_by_key(|seen| (Reverse(seen.base), seen.unit.position));
}

/// One of every so many: numbered, the last of each group, or as many as there are groups.
pub(crate) fn take_every_nth(world: &World<'_>, nth: &EveryNth, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let mut units: Vec<Seen<'_>> =
        seen.iter().filter(|seen| seen.unit.is_meant(&nth.items)).copied().collect();
    if units.is_empty() {
        return Err(Refusal::NoMatchingProduct);
    }
    if units.iter().all(|seen| seen.room == 0) {
        return Err(Refusal::NothingLeftToDiscount);
    }
    let groups = units.len() / nth.every as usize;
    if groups == 0 {
        return Err(Refusal::NoMatchingProduct);
    }
    match nth.which {
        Which::Cheapest => units.sort_by_key(|seen| (seen.base, seen.unit.position)),
        Which::Dearest | Which::PriceOrder => dearest_first(&mut units),
        Which::CartOrder => units.sort_by_key(|seen| seen.unit.position),
    }
    let mut rewarded: Vec<Seen<'_>> = match nth.which {
        Which::Cheapest | Which::Dearest => units[..groups].to_vec(),
        Which::CartOrder | Which::PriceOrder => {
            (1..=groups).map(|group| units[group * nth.every as usize - 1]).collect()
        }
    };
    rewarded.truncate(nth.units.unwrap_or(u32::MAX) as usize);
    Ok(percent_off_items(world, nth.percent, &rewarded))
}

/// As many sets as save most, filled with the dearest units that can fill them.
pub(crate) fn take_bundle(world: &World<'_>, bundle: &Bundle, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let price = bundle.price.in_currency(world.cart.currency).expect("asked before");
    let most = bundle.sets_max.map_or(usize::MAX, |most| most as usize);
    let mut best: Option<(i64, Vec<Seen<'_>>)> = None;
    for sets in 1..=most.min(seen.len()) {
        let Some(units) = fill(bundle, sets, seen) else { break };
        let worth: i64 = units.iter().map(|seen| seen.base).sum();
        let saved = worth - i64::try_from(sets).expect("few sets") * price;
        if best.as_ref().is_none_or(|(most, _)| saved > *most) {
            best = Some((saved, units));
        }
    }
    match best {
        None => Err(Refusal::NoMatchingProduct),
        Some((saved, units)) if saved > 0 => {
            let mut takes = Takes::default();
            amount_off_all(saved, &units, &mut takes);
            Ok(takes)
        }
        Some(_) => Err(Refusal::NothingLeftToDiscount),
    }
}

/// Fills the places of so many sets, the dearest units first, moving those placed before where that makes room.
fn fill<'a>(bundle: &Bundle, sets: usize, seen: &[Seen<'a>]) -> Option<Vec<Seen<'a>>> {
    let parts = bundle.parts.iter();
    let places: Vec<_> = parts.flat_map(|part| vec![&part.items; part.units as usize * sets]).collect();
    let mut units = seen.to_vec();
    dearest_first(&mut units);
    let mut placed: Vec<Option<usize>> = vec![None; places.len()];
    for unit in 0..units.len() {
        let fits = |unit: usize, place: usize| units[unit].unit.is_meant(places[place]);
        put(unit, &fits, &mut placed, &mut vec![false; places.len()]);
    }
    let units: Option<Vec<Seen<'a>>> = placed.into_iter().map(|unit| unit.map(|unit| units[unit])).collect();
    units
}

/// Puts a unit in a place, another in that one's way in another place, and so on.
fn put(
    unit: usize,
    fits: &impl Fn(usize, usize) -> bool,
    placed: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for place in 0..placed.len() {
        if tried[place] || !fits(unit, place) {
            continue;
        }
        tried[place] = true;
        let can_move = placed[place].is_none_or(|other| put(other, fits, placed, tried));
        if can_move {
            placed[place] = Some(unit);
            return true;
        }
    }
    false
}
