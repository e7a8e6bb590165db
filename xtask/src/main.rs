//! Our own tools.
fn main() {}
