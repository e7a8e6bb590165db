//! API keys as a store sees them: never the secret, only its hash.

use jiff::Timestamp;
use tearline_core::names::Slug;

/// The hash of a key's secret, 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// A key that opens one shop's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Names the key within its shop; chosen by the program, before the key is put.
    pub id: Slug,
    /// By what it is found.
    pub hash: KeyHash,
    /// What its owner calls it: `web shop`, `Ann's laptop`.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Timestamp>,
}

/// The answer to putting a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPut {
    /// The key is kept as given, since now or since before.
    Kept,
    /// Its id or its hash belongs to another key of the shop; nothing changed.
    Taken,
}
