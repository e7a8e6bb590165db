//! What Tearline decides besides prices: documents, plans, names.
//!
//! Pure: no I/O, no clock, no randomness. Everything is told, the time too, and answered with values.

pub mod names;
pub mod resource;
