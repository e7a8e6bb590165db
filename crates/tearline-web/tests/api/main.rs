//! The API over the whole router, on the model store and on SQLite.

mod auth;
mod carts;
mod codes;
mod configuration;
mod description;
mod documents;
mod eligible;
mod explain;
mod failures;
mod faulty;
mod guides;
mod health;
mod holds;
mod idempotency;
mod orders;
mod pools;
mod problems;
mod quotes;
mod races;
mod refunds;
mod replays;
mod sentences;
mod serving;
mod shelf;
mod texts;
mod world;
