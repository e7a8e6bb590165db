//! Giving back what a cart holds.

use tearline_pricing::names::CartId;

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};

/// Asks for a hold to end now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The cart.
    pub cart: CartId,
}

pub(super) fn release(books: &mut Books, by: &str, release: &Release) -> Result<Answer, Missing> {
    let Some(hold) = books.holds.get(&release.cart)?.cloned() else { return Ok(Answer::Released) };
    if books.drop_hold(&release.cart)? {
        let what = Happened::HoldReleased { cart: release.cart.clone() };
        books.happen_to(by, hold.customer.as_ref(), &hold.claims, what);
    }
    Ok(Answer::Released)
}
