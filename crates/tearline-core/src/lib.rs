//! What Tearline decides besides prices: documents, plans, names.
//!
//! Pure: no I/O, no clock, no randomness. Everything is told, the time too, and answered with values.

#![deny(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::iter_over_hash_type,
    clippy::unwrap_used
)]

pub mod codes;
pub mod document;
pub mod imports;
pub mod jobs;
pub mod ledger;
pub mod names;
pub mod plan;
pub mod pool;
pub mod read;
pub mod refunds;
pub mod replay;
pub mod resource;
pub mod source;
pub mod yaml;
