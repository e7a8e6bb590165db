//! Prices carts: exact, explained, without I/O, clock or randomness.

pub mod money;
