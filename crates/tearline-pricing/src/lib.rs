//! Prices carts: exact, explained, without I/O, clock or randomness.

#![deny(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::iter_over_hash_type,
    clippy::unwrap_used
)]

pub mod allocate;
pub mod attribute;
pub mod benefits;
pub mod cart;
pub mod code;
pub mod conditions;
pub mod config;
mod defaults;
pub mod eligible;
pub mod explain;
pub mod expression;
pub mod facts;
pub mod money;
pub mod names;
pub mod need;
pub mod payable;
pub mod period;
mod price;
pub mod quote;
pub mod refusal;
#[cfg(feature = "schema")]
pub mod schema;
pub mod shelf;
pub mod snapshot;
pub mod texts;
pub mod wanted;
pub mod when;
pub mod words;

pub use eligible::eligible;
pub use explain::explain;
pub use payable::payable;
pub use price::price;
pub use shelf::shelf;

/// The version of the arithmetic: two programs of one version come to the same cent.
pub const ARITHMETIC: u32 = 1;
