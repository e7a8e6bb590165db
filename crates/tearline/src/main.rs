//! The tearline program.
fn main() {}
