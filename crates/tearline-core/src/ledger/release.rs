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
    let customer = books.holds.get(&release.cart)?.and_then(|hold| hold.customer.clone());
    if books.drop_hold(&release.cart)? {
        books.happen(by, customer.as_ref(), Happened::HoldReleased { cart: release.cart.clone() });
    }
    Ok(Answer::Released)
}
