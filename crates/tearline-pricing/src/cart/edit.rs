//! Edits of a cart that keep the order in which its units were added (requirements.md B2.2).
//!
//! The order of adding decides what a unit costs under a graduated bulk discount, so it must survive raising,
//! lowering and merging. Every edit takes a cart and returns the edited one.

use serde::{Deserialize, Serialize};

use crate::cart::{Add, Cart, Line, UNITS_MAX};
use crate::names::LineId;

/// A change of a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// A new line, its units added at `seq`.
    Add {
        /// The line; its `adds` are replaced.
        line: Box<Line>,
        /// When: a number that grows with time.
        seq: i64,
    },
    /// More units of a line, added at `seq`.
    Raise {
        /// The line.
        line: LineId,
        /// How many more.
        units: u32,
        /// When: a number that grows with time.
        seq: i64,
    },
    /// Fewer units of a line: the latest added go first.
    Lower {
        /// The line.
        line: LineId,
        /// How many fewer; as many as there are remove the line.
        units: u32,
    },
    /// A line away. Units added later move up.
    Remove {
        /// The line.
        line: LineId,
    },
    /// The lines of another cart, as at sign-in: each unit keeps the time at which it was added.
    Merge {
        /// The other cart; only its lines and codes are taken over.
        cart: Box<Cart>,
    },
}

/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The cart has no such line.
    #[error("the cart has no line `{0}`")]
    NoSuchLine(LineId),
    /// The cart has such a line already.
    #[error("the cart has a line `{0}` already; use `raise` for more of it")]
    LineExists(LineId),
    /// No units, or more than a line has or a cart may hold.
    #[error("line `{line}` cannot change by {units} units: {allowed}")]
    Units {
        /// The line.
        line: LineId,
        /// By how many units.
        units: u32,
        /// What is allowed.
        allowed: String,
    },
    /// The other cart is in another currency.
    #[error("a cart in {ours} cannot take over lines in {theirs}")]
    OtherCurrency {
        /// This cart's currency.
        ours: crate::money::Currency,
        /// The other's.
        theirs: crate::money::Currency,
    },
}

/// Makes one edit.
///
/// # Errors
///
/// The line that is missing, there already, or cannot change by so much; two currencies.
///
/// ```
/// use tearline_pricing::cart::Cart;
/// use tearline_pricing::cart::edit::{Edit, edit};
/// let cart: Cart = serde_json::from_str(r#"{"currency": "USD", "lines": [
///     {"id": "a", "quantity": 2, "unit_price": 500, "adds": [{"seq": 1, "units": 2}]}
/// ]}"#).unwrap();
/// let cart = edit(cart, Edit::Raise { line: "a".into(), units: 1, seq: 7 }).unwrap();
/// let cart = edit(cart, Edit::Lower { line: "a".into(), units: 2 }).unwrap();
/// assert_eq!(cart.lines[0].adds.iter().map(|add| (add.seq, add.units)).collect::<Vec<_>>(), [(1, 1)]);
/// ```
pub fn edit(mut cart: Cart, edit: Edit) -> Result<Cart, EditError> {
    write_order_down(&mut cart);
    match edit {
        Edit::Add { line, seq } => add(&mut cart, *line, seq)?,
        Edit::Raise { line, units, seq } => raise(&mut cart, &line, units, seq)?,
        Edit::Lower { line, units } => lower(&mut cart, &line, units)?,
        Edit::Remove { line } => {
            let place = place(&cart, &line)?;
            cart.lines.remove(place);
        }
        Edit::Merge { cart: other } => merge(&mut cart, *other)?,
    }
    Ok(cart)
}

/// Gives lines that leave their order to their place in the cart a place in time after all others, as pricing
/// reads them, so that an edit cannot change it.
fn write_order_down(cart: &mut Cart) {
    let latest = cart.lines.iter().flat_map(|line| &line.adds).map(|add| add.seq).max();
    let unwritten = cart.lines.iter_mut().filter(|line| line.adds.is_empty() && line.quantity > 0);
    for (line, after) in unwritten.zip(1..) {
        let seq = latest.map_or(after, |latest| latest.saturating_add(after));
        line.adds.push(Add { seq, units: line.quantity });
    }
}

fn place(cart: &Cart, id: &LineId) -> Result<usize, EditError> {
    cart.lines.iter().position(|line| line.id == *id).ok_or_else(|| EditError::NoSuchLine(id.clone()))
}

fn add(cart: &mut Cart, mut line: Line, seq: i64) -> Result<(), EditError> {
    if place(cart, &line.id).is_ok() {
        return Err(EditError::LineExists(line.id));
    }
    check_units(&line.id, line.quantity, UNITS_MAX)?;
    line.adds = vec![Add { seq, units: line.quantity }];
    cart.lines.push(line);
    Ok(())
}

fn raise(cart: &mut Cart, id: &LineId, units: u32, seq: i64) -> Result<(), EditError> {
    let place = place(cart, id)?;
    let line = &mut cart.lines[place];
    check_units(id, units, UNITS_MAX.saturating_sub(line.quantity))?;
    line.quantity += units;
    line.adds.push(Add { seq, units });
    Ok(())
}

fn lower(cart: &mut Cart, id: &LineId, units: u32) -> Result<(), EditError> {
    let place = place(cart, id)?;
    let line = &mut cart.lines[place];
    check_units(id, units, line.quantity)?;
    line.quantity -= units;
    line.adds.sort_by_key(|add| add.seq);
    let mut left = units;
    while let Some(latest) = line.adds.last_mut().filter(|_| left > 0) {
        let gone = left.min(latest.units);
        latest.units -= gone;
        left -= gone;
        if latest.units == 0 {
            line.adds.pop();
        }
    }
    if line.quantity == 0 {
        cart.lines.remove(place);
    }
    Ok(())
}

fn check_units(line: &LineId, units: u32, most: u32) -> Result<(), EditError> {
    let allowed = || format!("from 1 to {most} are allowed");
    if (1..=most).contains(&units) {
        Ok(())
    } else {
        Err(EditError::Units { line: line.clone(), units, allowed: allowed() })
    }
}

/// Lines of one name become one if they are the same thing; otherwise the other cart's gets a new name.
fn merge(cart: &mut Cart, mut other: Cart) -> Result<(), EditError> {
    if cart.currency != other.currency {
        return Err(EditError::OtherCurrency { ours: cart.currency, theirs: other.currency });
    }
    write_order_down(&mut other);
    for line in other.lines {
        match cart.lines.iter_mut().find(|ours| ours.id == line.id) {
            Some(ours) if is_same_thing(ours, &line) => {
                check_units(&line.id, line.quantity, UNITS_MAX.saturating_sub(ours.quantity))?;
                ours.quantity += line.quantity;
                ours.adds.extend(line.adds);
                ours.adds.sort_by_key(|add| add.seq);
            }
            Some(_) => {
                let id = free_name(cart, &line.id);
                cart.lines.push(Line { id, ..line });
            }
            None => cart.lines.push(line),
        }
    }
    for code in other.codes {
        if !cart.codes.contains(&code) {
            cart.codes.push(code);
        }
    }
    Ok(())
}

fn is_same_thing(left: &Line, right: &Line) -> bool {
    let but_count = |line: &Line| Line { quantity: 1, adds: Vec::new(), ..line.clone() };
    but_count(left) == but_count(right)
}

fn free_name(cart: &Cart, id: &LineId) -> LineId {
    let mut names = (2_u32..).map(|number| LineId::from(format!("{id}-{number}")));
    let is_free = |name: &LineId| cart.lines.iter().all(|line| line.id != *name);
    names.find(is_free).unwrap_or_else(|| id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cart(json: &str) -> Cart {
        serde_json::from_str(&format!(r#"{{"currency": "USD", "lines": {json}}}"#)).unwrap()
    }

    fn adds(cart: &Cart, line: usize) -> Vec<(i64, u32)> {
        cart.lines[line].adds.iter().map(|add| (add.seq, add.units)).collect()
    }

    #[test]
    fn lowering_takes_the_latest_added_first() {
        let before =
            cart(r#"[{"id": "a", "quantity": 5, "adds": [{"seq": 9, "units": 2}, {"seq": 1, "units": 3}]}]"#);
        let after = edit(before, Edit::Lower { line: "a".into(), units: 3 }).unwrap();
        assert_eq!(adds(&after, 0), [(1, 2)]);
    }

    #[test]
    fn lowering_by_all_removes_the_line_and_more_is_refused() {
        let before = cart(r#"[{"id": "a", "quantity": 2}]"#);
        assert!(edit(before.clone(), Edit::Lower { line: "a".into(), units: 2 }).unwrap().lines.is_empty());
        assert!(matches!(
            edit(before, Edit::Lower { line: "a".into(), units: 3 }),
            Err(EditError::Units { .. })
        ));
    }

    #[test]
    fn an_order_left_to_the_lines_is_written_down_before_it_could_change() {
        let before = cart(r#"[{"id": "a", "quantity": 1}, {"id": "b", "quantity": 2}]"#);
        let after = edit(before, Edit::Raise { line: "a".into(), units: 1, seq: 100 }).unwrap();
        assert_eq!((adds(&after, 0), adds(&after, 1)), (vec![(1, 1), (100, 1)], vec![(2, 2)]));
    }

    #[test]
    fn merging_keeps_each_unit_at_its_time_and_never_mixes_different_things() {
        let ours = cart(
            r#"[{"id": "a", "quantity": 1, "unit_price": 500, "adds": [{"seq": 5, "units": 1}]},
                            {"id": "b", "quantity": 1, "unit_price": 800, "adds": [{"seq": 6, "units": 1}]}]"#,
        );
        let theirs = cart(
            r#"[{"id": "a", "quantity": 1, "unit_price": 500, "adds": [{"seq": 2, "units": 1}]},
                              {"id": "b", "quantity": 1, "unit_price": 900, "adds": [{"seq": 3, "units": 1}]}]"#,
        );
        let merged = edit(ours, Edit::Merge { cart: Box::new(theirs) }).unwrap();
        assert_eq!(adds(&merged, 0), [(2, 1), (5, 1)]);
        assert_eq!(merged.lines[2].id.as_str(), "b-2");
    }
}
