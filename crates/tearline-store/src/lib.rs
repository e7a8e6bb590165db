//! Tearline's memory: the Store contract, SQLite, and a model in memory.
