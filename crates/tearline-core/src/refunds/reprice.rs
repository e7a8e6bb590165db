//! `reprice`: the basket that remains is priced as if nothing else had been ordered.

use tearline_pricing::cart::Cart;
use tearline_pricing::quote::Quote;

use super::basket::{basket, price};
use super::paid::paid;
use super::request::RefundShipping;
use super::statement::{Remains, Statement};
use super::sum::{Payers, Sum, share, sums};
use super::take::{Taken, is_waived, returned};
use super::{Order, RefundRequest};

/// Gives back what was paid above the new price of what remains; nothing, where that is dearer.
pub(super) fn reprice(
    order: &Order<'_>,
    made: &[Statement],
    held: &Remains,
    request: &RefundRequest,
    taken: Taken,
) -> Taken {
    if taken.rest.lines.is_empty() || taken.lines.is_empty() {
        return taken;
    }
    let cart = basket(order, &taken.rest);
    let due = due(order, made, request.shipping, &taken, (&cart, &price(order, &cart, false)));
    let rest = settle(held, due);
    divide(&held.total.without(&rest.total), Taken { rest, ..taken })
}

/// What is to be paid for a cart; for shipping no more than has not come back.
pub(super) fn due(
    order: &Order<'_>,
    made: &[Statement],
    asked: RefundShipping,
    taken: &Taken,
    (cart, quote): (&Cart, &Quote),
) -> Remains {
    let due = paid(order, cart, quote);
    let waived = is_waived(made) || asked == RefundShipping::Full;
    let gone = if waived { i64::MAX } else { returned(made) + taken.shipping.total() };
    let shipping = due.shipping.part(due.shipping.total().saturating_sub(gone).max(0));
    Remains::new(due.lines, shipping)
}

/// What the shop keeps for what is due: each payer what they would pay; but nobody more than they have paid, nor
/// all of them more than all have paid.
pub(super) fn settle(held: &Remains, due: Remains) -> Remains {
    if held.total.holds(&due.total) {
        return due;
    }
    let total = due.total.total().min(held.total.total());
    let is_dearer = due.total.total() > total;
    let tax = if is_dearer { held.total.tax } else { held.total.tax.min(due.total.tax) };
    let column = |of: &dyn Fn(&Sum) -> i64| due.parts().map(of).collect::<Vec<_>>();
    let (totals, taxes) = (column(&Sum::total), column(&|part| part.tax));
    let totals = share(total, &[&totals]);
    let taxes = share(tax, &[&smaller(&taxes, &totals), &totals, &taxes]);
    let payers = at_most(&due.total.payers(), &held.total.payers(), total);
    due.with_parts(sums(&totals, &taxes, &payers))
}

fn smaller(left: &[i64], right: &[i64]) -> Vec<i64> {
    left.iter().zip(right).map(|(left, right)| *left.min(right)).collect()
}

/// Who pays `total`, of those who have paid so much: each what is due from them; what they do not have, the others
/// pay in proportion to what they have left.
fn at_most(due: &Payers, held: &Payers, total: i64) -> Payers {
    let due_from = |payer| due.get(payer).copied().unwrap_or(0);
    let wanted: Vec<i64> = held.iter().map(|(payer, held)| due_from(payer).min(*held)).collect();
    let wanted_in_all = wanted.iter().sum::<i64>();
    let mut paid = if wanted_in_all > total { share(total, &[&wanted]) } else { wanted };
    let rooms: Vec<i64> = held.values().zip(&paid).map(|(held, paid)| held - paid).collect();
    let missing = total - paid.iter().sum::<i64>();
    paid.iter_mut().zip(share(missing, &[&rooms])).for_each(|(paid, more)| *paid += more);
    held.keys().cloned().zip(paid).collect()
}

/// Writes what is given back down to shipping, as far as it was asked for, and to the units.
pub(super) fn divide(total: &Sum, taken: Taken) -> Taken {
    let as_asked = taken.shipping == Sum::default() || total.holds(&taken.shipping);
    let shipping =
        if as_asked { taken.shipping.clone() } else { total.part(taken.shipping.total().min(total.total())) };
    let left = total.without(&shipping);
    let column = |of: &dyn Fn(&Sum) -> i64| taken.units().map(of).collect::<Vec<_>>();
    let (totals, taxes) = (column(&Sum::total), column(&|unit| unit.tax));
    let totals = share(left.total(), &[&totals]);
    let taxes = share(left.tax, &[&smaller(&taxes, &totals), &totals, &taxes]);
    let units = sums(&totals, &taxes, &left.payers());
    Taken { shipping, ..taken }.with_units(units)
}
