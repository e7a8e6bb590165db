//! Secret API keys: made once, shown once, stored hashed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use tearline_core::names::{ShopId, Slug};
use tearline_store::{ApiKey, KeyHash, KeyPut, StoreError};

use crate::App;

/// How long a key that was found is trusted without asking the store again: a key revoked by another process is
/// accepted for so long.
const TRUST: SignedDuration = SignedDuration::from_secs(5);

/// On whose behalf a request is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The shop.
    pub shop: ShopId,
    /// The key that was shown.
    pub key: Slug,
}

impl Principal {
    /// Who this is, for the audit log.
    pub fn name(&self) -> String {
        format!("key:{}", self.key)
    }
}

/// A new key with its secret, which is not stored anywhere.
#[derive(Debug)]
pub struct NewKey {
    /// Its name in lists.
    pub id: Slug,
    /// What the caller shows: `sk_<shop>_<secret>`.
    pub secret: String,
}

/// Keys that were found lately, by the hash of their text.
#[derive(Default)]
pub(crate) struct KeyCache(RwLock<HashMap<KeyHash, (Arc<Principal>, Timestamp)>>);

impl KeyCache {
    fn get(&self, hash: &KeyHash, now: Timestamp) -> Option<Arc<Principal>> {
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (principal, at) = found.get(hash)?;
        let age = now.duration_since(*at);
        (SignedDuration::ZERO..TRUST).contains(&age).then(|| Arc::clone(principal))
    }

    fn put(&self, hash: KeyHash, principal: &Arc<Principal>, now: Timestamp) {
        let mut found = self.0.write().unwrap_or_else(PoisonError::into_inner);
        found.insert(hash, (Arc::clone(principal), now));
    }

    fn forget(&self, shop: &ShopId, key: &Slug) {
        let mut found = self.0.write().unwrap_or_else(PoisonError::into_inner);
        found.retain(|_, (principal, _)| principal.shop != *shop || principal.key != *key);
    }
}

/// Makes a key for a shop.
///
/// # Errors
///
/// The store failed.
pub async fn create(app: &App, shop: &ShopId, name: &str) -> Result<NewKey, StoreError> {
    loop {
        let id: Slug =
            format!("key-{}", random_text(4)).parse().expect("hexadecimal digits are fit for a name");
        let secret = format!("sk_{shop}_{}", random_text(24));
        let key = ApiKey {
            id: id.clone(),
            hash: hash(&secret),
            name: name.to_owned(),
            created_at: app.clock.now(),
            revoked_at: None,
        };
        match app.store.put_key(shop, key).await? {
            KeyPut::Kept => return Ok(NewKey { id, secret }),
            KeyPut::Taken => {}
        }
    }
}

/// Whose key a text is; `None` if it is nobody's.
///
/// # Errors
///
/// The store failed.
pub async fn authenticate(app: &App, secret: &str) -> Result<Option<Arc<Principal>>, StoreError> {
    let (hash, now) = (hash(secret), app.clock.now());
    if let Some(principal) = app.keys.get(&hash, now) {
        return Ok(Some(principal));
    }
    let Some(shop) = shop_of(secret) else { return Ok(None) };
    let found = app.store.find_key(&shop, &hash).await?;
    let principal = found.map(|key| Arc::new(Principal { shop, key: key.id }));
    if let Some(principal) = &principal {
        app.keys.put(hash, principal, now);
    }
    Ok(principal)
}

/// Revokes a key, at once for this process. Answers whether there was such a key.
///
/// # Errors
///
/// The store failed.
pub async fn revoke(app: &App, shop: &ShopId, id: &Slug) -> Result<bool, StoreError> {
    let revoked = app.store.revoke_key(shop, id, app.clock.now()).await;
    app.keys.forget(shop, id);
    revoked
}

fn shop_of(secret: &str) -> Option<ShopId> {
    secret.strip_prefix("sk_")?.rsplit_once('_')?.0.parse().ok()
}

/// A key has so much entropy that a plain hash hides it.
fn hash(secret: &str) -> KeyHash {
    KeyHash(*blake3::hash(secret.as_bytes()).as_bytes())
}

fn random_text(bytes: usize) -> String {
    let mut buffer = [0_u8; 32];
    rand::fill(&mut buffer[..bytes]);
    buffer[..bytes].iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
