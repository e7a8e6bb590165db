//! Holds what is counted against the rows that it was counted from.
//!
//! Every table is read once, in the order of its key, in one transaction that sees one instant; a server may go on
//! writing meanwhile. Sums over orders stand in tables of their own that go away with the connection, so that memory
//! stays small however many orders and codes there are. Nothing is changed.

mod codes;
mod file;
mod ledger;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{backup, migrate};
use crate::StoreError;

/// What is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Whether the file is whole.
    File,
    /// Whether an order can be read, and is filed as it says.
    Order,
    /// What is used of limits and balances, against the orders.
    Used,
    /// What is held of limits, balances and codes, against the holds.
    Held,
    /// Whether a hold can be read, and keeps what it says.
    Hold,
    /// How many orders customers have placed, against the orders.
    Customer,
    /// Whether a code's state fits to its uses, and these to the orders.
    Code,
    /// How many codes of a pool are assigned, redeemed, void, left and set aside, against the codes and reservations.
    Pool,
    /// Whether what was drawn is somebody's.
    Draw,
    /// Whether what was answered is there.
    Answer,
}

impl Check {
    /// What to do where it finds something.
    pub fn advice(self) -> &'static str {
        match self {
            Self::File => {
                "The file is damaged, by its disk or by another program. Stop the server, keep the file as it is, and restore the last backup."
            }
            Self::Order | Self::Hold | Self::Answer => {
                "A row was lost or changed by something else than Tearline. Keep the file as it is, restore the last backup beside it, and compare the two."
            }
            Self::Used | Self::Customer => {
                "The orders are what happened; the counter is wrong. As long as it is, a limit lets fewer or more through than it says: set the limit accordingly, or restore the last backup. Tell us how it came."
            }
            Self::Held => {
                "The holds are what was promised; the counter is wrong. If no hold is under way, what is counted as held keeps buyers out until the counter is right: restore the last backup, or tell us how it came."
            }
            Self::Code | Self::Draw => {
                "The code may be used once too often, or not at all. Withdraw it with `POST /v1/codes/void` and give a new one, and tell us how it came."
            }
            Self::Pool => {
                "The codes are what there is; the counter is wrong. Codes are drawn and redeemed as they should be, but the pool says a wrong number: add or withdraw codes by the count that was found, and tell us how it came."
            }
        }
    }
}

/// Something that disagrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was examined.
    pub check: Check,
    /// The shop; empty for the file.
    pub shop: String,
    /// What disagrees, and with what, in words.
    pub says: String,
}

/// How much was examined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Orders.
    pub orders: u64,
    /// Limits and balances.
    pub limits: u64,
    /// Holds.
    pub holds: u64,
    /// Customers.
    pub customers: u64,
    /// Codes.
    pub codes: u64,
    /// What disagrees.
    pub findings: u64,
}

/// A table that is being read, and how many of its rows were.
pub type Progress<'a> = &'a mut dyn FnMut(&'static str, u64);

/// What was found so far, and who hears of it.
struct Doctor<'a> {
    conn: &'a Connection,
    tell: &'a mut dyn FnMut(Finding),
    progress: Progress<'a>,
    examined: Examined,
}

impl Doctor<'_> {
    fn find(&mut self, check: Check, shop: &str, says: String) {
        self.examined.findings += 1;
        (self.tell)(Finding { check, shop: shop.to_owned(), says });
    }

    /// Notes that another row of a table was read.
    fn pass(&mut self, table: &'static str, rows: &mut u64) {
        *rows += 1;
        if rows.is_multiple_of(4_096) {
            (self.progress)(table, *rows);
        }
    }
}

/// Examines the database at `path`, tells everything that disagrees, and answers how much was examined.
///
/// # Errors
///
/// There is no database, another program made it, or what the disk says.
pub fn examine(
    path: &Path,
    tell: &mut dyn FnMut(Finding),
    progress: Progress<'_>,
) -> Result<Examined, StoreError> {
    let conn = backup::open_existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let state = migrate::state(&conn, migrate::ALL)?;
    conn.execute_batch(SUMS)?;
    let one_instant = conn.unchecked_transaction()?;
    let mut doctor = Doctor { conn: &one_instant, tell, progress, examined: Examined::default() };
    if state.applied < state.known {
        let says = format!(
            "the database is at migration {} of {}: run `tearline migrate` and ask again",
            state.applied, state.known
        );
        doctor.find(Check::File, "", says);
        return Ok(doctor.examined);
    }
    file::examine(&mut doctor)?;
    ledger::examine(&mut doctor)?;
    codes::examine(&mut doctor)?;
    Ok(doctor.examined)
}

/// What orders say, added up: on disk, and gone with the connection.
const SUMS: &str = "
    PRAGMA temp_store = file;
    CREATE TEMP TABLE counted (
        shop_id TEXT, promotion TEXT, limit_kind TEXT, counted_for TEXT, used INTEGER,
        PRIMARY KEY (shop_id, promotion, limit_kind, counted_for)
    ) WITHOUT ROWID;
    CREATE TEMP TABLE bought (
        shop_id TEXT, customer_id TEXT, orders INTEGER, last_order_at INTEGER, PRIMARY KEY (shop_id, customer_id)
    ) WITHOUT ROWID;";
