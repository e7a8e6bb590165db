//! Benchmarks, each beside its floor or a naive twin in the same run.
