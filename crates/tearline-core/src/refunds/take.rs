//! Which units are refunded, and what was paid for them.

use std::collections::BTreeMap;

use tearline_pricing::names::LineId;

use super::Order;
use super::refusal::RefundRefusal;
use super::request::{RefundRequest, RefundShipping};
use super::statement::{RefundedLine, RemainingLine, Remains, Statement};
use super::sum::Sum;

/// What is taken out of what the shop holds.
pub(super) struct Taken {
    pub(super) lines: Vec<RefundedLine>,
    pub(super) shipping: Sum,
    /// What is left without it.
    pub(super) rest: Remains,
}

impl Taken {
    /// What was paid for the units.
    pub(super) fn units(&self) -> impl Iterator<Item = &Sum> {
        self.lines.iter().flat_map(|line| &line.units)
    }

    /// The same units with other sums.
    pub(super) fn with_units(self, units: Vec<Sum>) -> Self {
        let mut units = units.into_iter();
        let line = |line: RefundedLine| {
            let units: Vec<Sum> = units.by_ref().take(line.units.len()).collect();
            RefundedLine { total: units.iter().sum(), units, ..line }
        };
        Self { lines: self.lines.into_iter().map(line).collect(), ..self }
    }

    pub(super) fn total(&self) -> Sum {
        self.units().chain([&self.shipping]).sum()
    }
}

/// Takes what is asked for, each unit with what was paid for it. Of a line the latest added go first, as they do
/// when a cart's line is lowered (requirements.md B2.2): those that stay keep their place in the order of adding.
pub(super) fn take(
    order: &Order<'_>,
    made: &[Statement],
    held: &Remains,
    request: &RefundRequest,
) -> Result<Taken, RefundRefusal> {
    if order.cancelled {
        return Err(RefundRefusal::OrderCancelled);
    }
    let asked = asked(order, held, request)?;
    let shipping = shipping(made, held, request.shipping)?;
    let (mut lines, mut rest) = (Vec::new(), Vec::new());
    for line in &held.lines {
        let gone = asked.get(&line.line).map_or(0, |quantity| *quantity as usize);
        let (stay, go) = line.units.split_at(line.units.len() - gone);
        rest.push(RemainingLine { line: line.line.clone(), units: stay.to_vec() });
        if gone > 0 {
            lines.push(refunded(line, stay.len(), go));
        }
    }
    let rest = Remains::new(rest, held.shipping.without(&shipping));
    Ok(Taken { lines, shipping, rest })
}

fn refunded(line: &RemainingLine, stay: usize, units: &[Sum]) -> RefundedLine {
    let first_unit = u32::try_from(stay + 1).expect("an order has fewer than 2^32 units");
    RefundedLine { line: line.line.clone(), first_unit, total: units.iter().sum(), units: units.to_vec() }
}

/// How many units of each line are asked for.
fn asked<'r>(
    order: &Order<'_>,
    held: &Remains,
    request: &'r RefundRequest,
) -> Result<BTreeMap<&'r LineId, u32>, RefundRefusal> {
    let mut asked = BTreeMap::<_, u32>::new();
    for units in request.units.iter().filter(|units| units.quantity > 0) {
        let quantity = asked.entry(&units.line).or_default();
        *quantity = quantity.saturating_add(units.quantity);
    }
    let allowed = |line: &LineId| u32::try_from(held.units(line).len()).unwrap_or(u32::MAX);
    let ordered = |line: &LineId| {
        let line = order.quote.lines.iter().find(|quoted| quoted.id == *line);
        line.map_or(0, |line| line.quantity)
    };
    let above = |ordered: &dyn Fn(&LineId) -> u32| {
        asked.iter().find(|&(&line, &quantity)| quantity > ordered(line)).map(|(&line, _)| line.clone())
    };
    if let Some(line) = above(&ordered) {
        return Err(RefundRefusal::UnitNotInOrder { allowed: allowed(&line), line });
    }
    if let Some(line) = above(&allowed) {
        return Err(RefundRefusal::AlreadyRefunded { allowed: allowed(&line), line });
    }
    Ok(asked)
}

/// What is taken of shipping.
fn shipping(made: &[Statement], held: &Remains, asked: RefundShipping) -> Result<Sum, RefundRefusal> {
    let allowed = held.shipping.total();
    let has_come_back = allowed == 0 && returned(made) > 0;
    match asked {
        RefundShipping::None => Ok(Sum::default()),
        _ if is_waived(made) || has_come_back => Err(RefundRefusal::ShippingAlreadyRefunded),
        RefundShipping::Full => Ok(held.shipping.clone()),
        RefundShipping::Minor(minor) if (0..=allowed).contains(&minor) => Ok(held.shipping.part(minor)),
        RefundShipping::Minor(_) => Err(RefundRefusal::ShippingAbovePaid { allowed }),
    }
}

/// Whether shipping has been refunded in full.
pub(super) fn is_waived(made: &[Statement]) -> bool {
    made.iter().any(|statement| statement.request.shipping == RefundShipping::Full)
}

/// What of shipping has come back, tax included.
pub(super) fn returned(made: &[Statement]) -> i64 {
    made.iter().map(|statement| statement.shipping.total()).sum()
}
