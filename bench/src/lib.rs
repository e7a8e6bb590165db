//! Benchmarks, each beside its floor or a naive twin in the same run.
//!
//! `cargo bench -p tearline-bench --bench pricing` compares the pricing of the benchmark cart with a twin that
//! does the same the obvious way; `bench/http` compares the server with a bare echo. Machines differ: the ratio
//! is the figure, and `docs/performance.md` holds the last ones read.

pub mod cart;
pub mod naive;
