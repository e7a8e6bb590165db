//! The ledger: what is taken of limits, codes and balances, so that never more is taken than there is.
//!
//! A [`Command`] is decided over [`Books`], the rows that it names: [`decide`] reads them, answers, and leaves the
//! changed rows in the books for whoever keeps them. It prices nothing: a command brings the claims of a quote, and
//! they are granted all together or not at all. What it needs and does not find, it asks for: [`Missing`].
//!
//! The same decision runs over every store, and over a model of one in tests.

pub mod activity;
mod amend;
pub mod books;
mod cancel;
pub mod codes;
mod draw;
mod extend;
mod given;
mod hold;
mod place;
mod refund;
mod release;
mod report;
mod reserve;
pub mod rows;
mod take;
pub mod tidy;
mod watch;
mod withdraw;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use tearline_pricing::code::match_key;
pub use tearline_pricing::names::{CartId, CustomerId, OrderId, PromotionId};
pub use tearline_pricing::quote::ClaimedLimit;
pub use tearline_pricing::wanted::LimitKey;
pub use tearline_pricing::when::When;

pub use activity::{Activity, Happened};
pub use amend::{Amend, CodeChange, CodeFilter};
pub use books::{Books, Ending, Missing, RowKey, Sheet};
pub use cancel::{Cancel, UsesPolicy};
pub use codes::{Code, CodeId, CodeState, PoolId, PoolState, SeriesBegun};
pub use draw::{Draw, DrawFallback, DrawnUnder, Drew, Makes, Terms, Wanted};
pub use extend::Extend;
pub use given::{GivenAt, Which};
pub use hold::MakeHold;
pub use place::Place;
pub use refund::MakeRefund;
pub use release::Release;
pub use report::{RedeemedOutside, Report, ReportId};
pub use reserve::{GiveBack, Reservation, ReservationId, Reserve};
pub use rows::{
    Buyer, Claimed, Counter, Exchanged, Hold, Order, OrderState, Priced, Refunded, Remembered, Taken,
};
pub use tidy::Tidy;
pub use watch::{Told, Watch};
pub use withdraw::Withdraw;

/// What is asked of the ledger.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks, for the activities.
    pub by: String,
    /// Under which the answer is remembered, so that asking again does nothing twice.
    pub once: Option<Once>,
    /// What is to be done.
    pub command: Command,
}

/// A name that the caller gave to a request, and what the request was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// The name.
    pub key: String,
    /// A hash of everything that was asked.
    pub fingerprint: String,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Command {
    /// Keeps what a cart claims for its buyer, for a time.
    Hold(Box<MakeHold>),
    /// Keeps it longer.
    Extend(Extend),
    /// Gives it back.
    Release(Release),
    /// Places an order: what was claimed is used.
    Place(Box<Place>),
    /// Takes an order back as a whole.
    Cancel(Cancel),
    /// Adds a statement of what is refunded to an order.
    Refund(Box<MakeRefund>),
    /// Does nothing: asks what was answered to a request of this name.
    Recall,
    /// Gives somebody codes of a pool.
    Draw(Box<Draw>),
    /// Sets codes of a pool aside.
    Reserve(Box<Reserve>),
    /// Gives back what is left of that.
    GiveBack(GiveBack),
    /// Tells what was redeemed in another shop.
    Report(Report),
    /// Withdraws a code.
    Withdraw(Withdraw),
    /// Changes codes of a pool, many at once.
    Amend(Box<Amend>),
    /// Removes what is over.
    Tidy(Tidy),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The hold stands.
    Held {
        /// The hold.
        hold: Box<Hold>,
    },
    /// The hold is gone, if there was one.
    Released,
    /// There is no such hold, or its time is over.
    NoHold,
    /// The order is placed.
    Placed {
        /// The order.
        order: Box<Order>,
        /// Whether it had been placed before by the same request.
        again: bool,
    },
    /// Another order has this id.
    OrderIdTaken,
    /// There is no such order.
    NoOrder,
    /// The order is cancelled.
    Cancelled {
        /// The order.
        order: Box<Order>,
        /// Whether it had been before.
        again: bool,
    },
    /// The order has refunds, and cannot be cancelled as a whole.
    HasRefunds,
    /// The order is cancelled, so that nothing of it can be refunded.
    OrderCancelled,
    /// What the order would take in addition is used up.
    UsedUp,
    /// The statement stands.
    Refunded {
        /// The order, with all its statements.
        order: Box<Order>,
    },
    /// What came of each code that was wanted, in order.
    Drawn {
        /// That.
        draws: Vec<Drew>,
    },
    /// The codes are set aside.
    Reserved {
        /// The reservation.
        reservation: Box<Reservation>,
        /// Whether it had been made before.
        again: bool,
    },
    /// Another number of codes was reserved under this name.
    ReservedOther,
    /// There are too few codes to be set aside.
    Short {
        /// How many could be.
        available: u64,
        /// How many more are needed.
        short: u64,
    },
    /// Nothing is left of the reservation.
    GivenBack {
        /// The reservation.
        reservation: Box<Reservation>,
    },
    /// There is no such reservation, or it was given back.
    NoReservation,
    /// The redemptions are counted.
    Reported {
        /// Which of them were known already.
        again: Vec<bool>,
    },
    /// The code holds no more.
    Withdrawn {
        /// The code.
        code: Box<Code>,
    },
    /// The codes are changed.
    Amended {
        /// How many.
        changed: u64,
        /// The serial behind which to go on; none if the pool has no more.
        next: Option<u64>,
    },
    /// What was over is removed, so many rows at most.
    Tidied {
        /// When there is more to remove, as far as is known; none if nothing is left.
        next: Option<Timestamp>,
    },
    /// There is no such code.
    NoCode,
    /// Something has moved since the cart was priced: it must be priced again.
    Moved,
    /// The request's name belongs to another request.
    KeyReused,
    /// Nothing was answered to a request of this name yet.
    Unheard,
}

impl Answer {
    /// Whether something was done, so that the answer binds the request's name.
    pub fn is_success(&self) -> bool {
        matches!(
            self,
            Self::Held { .. }
                | Self::Released
                | Self::Placed { .. }
                | Self::Cancelled { .. }
                | Self::Refunded { .. }
                | Self::Reserved { .. }
                | Self::GivenBack { .. }
                | Self::Reported { .. }
                | Self::Withdrawn { .. }
                | Self::Amended { .. }
                | Self::Tidied { .. }
        ) || self.has_drawn()
    }

    fn has_drawn(&self) -> bool {
        matches!(self, Self::Drawn { draws } if draws.iter().any(Drew::is_given))
    }

    /// Whether the books are kept as they are now. What an empty pool tells is kept, though nothing was given.
    pub fn keeps_books(&self) -> bool {
        self.is_success() || matches!(self, Self::Drawn { .. })
    }
}

/// Decides a request over the books.
///
/// Whatever it answers but success, the books are as before, but for what an empty pool tells.
///
/// # Errors
///
/// A row that it needs is not in the books. Nothing has changed; load it and ask again.
pub fn decide(books: &mut Books, request: &Request) -> Result<Answer, Missing> {
    books.begin();
    let answer = decide_once(books, request);
    if !answer.as_ref().is_ok_and(Answer::keeps_books) {
        books.undo();
    }
    answer
}

fn decide_once(books: &mut Books, request: &Request) -> Result<Answer, Missing> {
    if let Some(once) = &request.once
        && let Some(remembered) = books.requests.get(&once.key)?
    {
        return Ok(remembered.answer(once));
    }
    let by = &request.by;
    let answer = match &request.command {
        Command::Hold(make) => hold::hold(books, by, make),
        Command::Extend(extend) => extend::extend(books, by, extend),
        Command::Release(release) => release::release(books, by, release),
        Command::Place(place) => place::place(books, by, place),
        Command::Cancel(cancel) => cancel::cancel(books, by, cancel),
        Command::Refund(refund) => refund::refund(books, by, refund),
        Command::Recall => Ok(Answer::Unheard),
        Command::Draw(draw) => draw::draw(books, by, draw),
        Command::Reserve(reserve) => reserve::reserve(books, by, reserve),
        Command::GiveBack(give_back) => reserve::give_back(books, by, give_back),
        Command::Report(report) => report::report(books, by, report),
        Command::Withdraw(withdraw) => withdraw::withdraw(books, by, withdraw),
        Command::Amend(amend) => amend::amend(books, by, amend),
        Command::Tidy(tidy) => tidy::tidy(books, *tidy),
    }?;
    if let Some(once) = request.once.as_ref().filter(|_| answer.is_success()) {
        books.requests.put(once.key.clone(), Remembered::new(once, &answer, books.now));
        books.tidy_answer();
    }
    Ok(answer)
}

impl Request {
    /// The rows that it surely reads, to be loaded together before it is decided.
    pub fn rows(&self) -> Vec<RowKey> {
        let mut rows: Vec<RowKey> = self.once.iter().map(|once| RowKey::Request(once.key.clone())).collect();
        match &self.command {
            Command::Hold(make) => {
                rows.push(RowKey::Hold(make.cart.clone()));
                rows.extend(make.claims.iter().map(|taken| taken.of.row()));
            }
            Command::Extend(Extend { cart, .. }) | Command::Release(Release { cart }) => {
                rows.push(RowKey::Hold(cart.clone()));
            }
            Command::Place(place) => {
                rows.push(RowKey::Order(place.order.clone()));
                rows.extend(place.customer.clone().map(RowKey::Customer));
                rows.extend(place.cart.clone().map(RowKey::Hold));
                rows.extend(place.claims.iter().map(|taken| taken.of.row()));
            }
            Command::Cancel(Cancel { order, .. }) => rows.push(RowKey::Order(order.clone())),
            Command::Refund(refund) => {
                rows.push(RowKey::Order(refund.order.clone()));
                let counted = refund.returned.iter().chain(&refund.claims);
                rows.extend(counted.map(|taken| taken.of.row()));
            }
            Command::Recall => {}
            Command::Tidy(Tidy { most }) => {
                rows.extend([RowKey::OldestHolds(*most), RowKey::OldestRequests(*most)]);
            }
            Command::Draw(draw) => rows.extend(draw.rows()),
            Command::Reserve(reserve) => {
                rows.push(RowKey::Reservation(reserve.id.clone()));
                rows.push(RowKey::Pool(reserve.id.pool.clone()));
            }
            Command::GiveBack(GiveBack { id }) => {
                rows.push(RowKey::Reservation(id.clone()));
                rows.push(RowKey::Pool(id.pool.clone()));
            }
            Command::Report(Report { redeemed }) => {
                for RedeemedOutside { id, .. } in redeemed {
                    rows.push(RowKey::Report(id.clone()));
                    rows.push(RowKey::Code(id.code.clone()));
                    rows.push(RowKey::Pool(id.code.pool.clone()));
                }
            }
            Command::Withdraw(withdraw) => {
                rows.push(RowKey::Code(withdraw.code.clone()));
                rows.push(RowKey::Pool(withdraw.code.pool.clone()));
            }
            Command::Amend(amend) => {
                rows.push(RowKey::Pool(amend.pool.clone()));
                rows.push(RowKey::Codes(amend.pool.clone(), amend.after, amend.look_at));
            }
        }
        rows
    }
}
