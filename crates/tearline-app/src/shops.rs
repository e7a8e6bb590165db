//! Each shop's compiled configuration, held in memory and swapped whole when it changes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use rustc_hash::FxHashMap;
use tearline_core::document::{Document, gather, pools};
use tearline_core::ledger::PoolId;
use tearline_core::names::ShopId;
use tearline_core::pool::{self, Pool};
use tearline_core::resource::Resource;
use tearline_pricing::cart::Cart;
use tearline_pricing::snapshot::Snapshot;
use tearline_pricing::snapshot::faults::ConfigFault;
use tearline_store::Configuration;

use crate::{App, AppError};

/// A shop's documents, made ready.
pub(crate) struct Configured {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) pools: BTreeMap<PoolId, Pool>,
}

/// What is configured, by shop. Readers never wait; a new one replaces the old in one step, and a quote that has
/// begun keeps the one with which it began.
#[derive(Default)]
pub(crate) struct Shops(ArcSwap<FxHashMap<ShopId, Arc<Configured>>>);

impl Shops {
    fn get(&self, shop: &ShopId) -> Option<Arc<Configured>> {
        self.0.load().get(shop).cloned()
    }

    /// Takes in what is configured, unless something newer is there already.
    fn put(&self, shop: &ShopId, configured: &Arc<Configured>) {
        self.0.rcu(|shops| {
            let mut shops = FxHashMap::clone(shops);
            let version = |configured: &Configured| configured.snapshot.version();
            if shops.get(shop).is_none_or(|old| version(old) < version(configured)) {
                shops.insert(shop.clone(), Arc::clone(configured));
            }
            shops
        });
    }
}

impl App {
    /// A shop's compiled configuration; a shop that nobody has configured has an empty one.
    ///
    /// # Errors
    ///
    /// The store failed, or what it holds no longer reads as a configuration.
    pub async fn snapshot(&self, shop: &ShopId) -> Result<Arc<Snapshot>, AppError> {
        Ok(Arc::clone(&self.configured(shop).await?.snapshot))
    }

    /// A cart with its customer named as the shop tells e-mail addresses apart.
    pub(crate) async fn identified<'a>(
        &self,
        shop: &ShopId,
        cart: &'a Cart,
    ) -> Result<Cow<'a, Cart>, AppError> {
        Ok(self.configured(shop).await?.snapshot.shop().emails.identified(cart))
    }

    /// What a shop has configured.
    pub(crate) async fn configured(&self, shop: &ShopId) -> Result<Arc<Configured>, AppError> {
        match self.shops.get(shop) {
            Some(configured) => Ok(configured),
            None => self.load(shop).await,
        }
    }

    /// Makes sure that what is in memory is at least of a version.
    pub(crate) async fn refresh(&self, shop: &ShopId, version: u64) -> Result<(), AppError> {
        // A shop that nobody has asked for yet is loaded when somebody does.
        if self.shops.get(shop).is_some_and(|configured| configured.snapshot.version() < version) {
            self.load(shop).await?;
        }
        Ok(())
    }

    /// Makes sure that the snapshot in memory is the store's latest: after something has moved.
    pub(crate) async fn catch_up(&self, shop: &ShopId) -> Result<(), AppError> {
        self.moved.fetch_add(1, Ordering::Relaxed);
        let known = self.snapshot(shop).await?.version();
        // Mostly it is a limit that has moved, and not the configuration.
        if !self.store.changes(shop, known, 1).await?.is_empty() {
            self.load(shop).await?;
        }
        Ok(())
    }

    /// How often something had moved between the price of a cart and the ledger, so that it was priced again.
    pub fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    async fn load(&self, shop: &ShopId) -> Result<Arc<Configured>, AppError> {
        let stored = self.store.configuration(shop).await?;
        let configured = Arc::new(Configured::read(shop, &stored)?);
        self.shops.put(shop, &configured);
        Ok(configured)
    }
}

impl Configured {
    /// Reads and compiles what is stored.
    pub(crate) fn read(shop: &ShopId, stored: &Configuration) -> Result<Self, AppError> {
        let broken = |why: String| AppError::Configuration { shop: shop.clone(), why };
        let documents = read_all(&stored.resources).map_err(broken)?;
        let snapshot = compile(&documents, stored.config_version)
            .map_err(|faults| broken(faults.first().map(ToString::to_string).unwrap_or_default()))?;
        Ok(Self { snapshot: Arc::new(snapshot), pools: pools(&documents) })
    }
}

/// A request with another cart, if its customer was named anew.
pub(crate) fn renamed<T>(identified: Cow<'_, Cart>, with: impl FnOnce(Cart) -> T) -> Option<T> {
    match identified {
        Cow::Owned(cart) => Some(with(cart)),
        Cow::Borrowed(_) => None,
    }
}

/// Reads every stored document.
///
/// # Errors
///
/// The first that no longer reads, in words.
pub(crate) fn read_all(resources: &[Resource]) -> Result<Vec<Document>, String> {
    let read = |resource| {
        Document::from_resource(resource)
            .map_err(|fault| format!("{}{}: {}", resource.key, fault.pointer, fault.message))
    };
    resources.iter().map(read).collect()
}

/// Compiles documents together.
///
/// # Errors
///
/// Everything that does not fit together.
pub(crate) fn compile(documents: &[Document], version: u64) -> Result<Snapshot, Vec<ConfigFault>> {
    let gathered = gather(documents);
    let of_pools = pool::faults(&pools(documents), &gathered.promotions);
    let compiled = Snapshot::compile(&gathered, version);
    match compiled {
        Ok(snapshot) if of_pools.is_empty() => Ok(snapshot),
        Ok(_) => Err(of_pools),
        Err(faults) => Err(faults.into_iter().chain(of_pools).collect()),
    }
}
