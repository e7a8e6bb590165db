//! Shops side by side, and the end of a store.

use tearline_core::names::ShopId;
use tearline_core::resource::{Expected, Kind};
use tearline_store::{ApiKey, KeyHash, KeyPut, ShopVersion, Store, StoreError, WriteError};

use crate::{at, delete, promotion, put, slug, studio, write};

fn other() -> ShopId {
    "studio-2".parse().unwrap()
}

/// The same names, numbers and hashes in both shops: nothing but the shop tells them apart.
async fn fill(store: &dyn Store, shop: &ShopId) {
    let writes = vec![put("a", Expected::Absent, shop.as_str()), put("b", Expected::Absent, shop.as_str())];
    store.write(shop, writes.into(), "ann", at(1)).await.unwrap();
    store.write(shop, vec![delete("b", Expected::Version(1))].into(), "ann", at(2)).await.unwrap();
    let key = ApiKey {
        id: slug("key"),
        hash: KeyHash([1; 32]),
        name: shop.to_string(),
        created_at: at(1),
        revoked_at: None,
    };
    assert_eq!(store.put_key(shop, key).await.unwrap(), KeyPut::Kept);
}

/// Everything there is to read of a shop, in one text.
async fn all(store: &dyn Store, shop: &ShopId) -> String {
    let (a, hash) = (promotion("a"), KeyHash([1; 32]));
    format!(
        "{:?}",
        (
            store.get(shop, &a).await.unwrap(),
            store.list(shop, Kind::Promotion, None, 10).await.unwrap(),
            store.history(shop, &a, None, 10).await.unwrap(),
            store.version_of(shop, &a, 1).await.unwrap(),
            store.configuration(shop).await.unwrap(),
            store.changes(shop, 0, 10).await.unwrap(),
            store.find_key(shop, &hash).await.unwrap(),
            store.keys(shop, None, 10).await.unwrap(),
        )
    )
}

pub(crate) async fn two_shops_never_see_each_other(store: &dyn Store) {
    let empty = all(store, &other()).await;
    fill(store, &studio()).await;
    assert_eq!(all(store, &other()).await, empty);
    fill(store, &other()).await;
    let first = all(store, &studio()).await;
    assert!(!first.contains("studio-2") && all(store, &other()).await.contains("studio-2"));

    store.write(&other(), vec![delete("a", Expected::Version(1))].into(), "bob", at(3)).await.unwrap();
    assert!(store.revoke_key(&other(), &slug("key"), at(3)).await.unwrap());
    assert_eq!(all(store, &studio()).await, first);
}

pub(crate) async fn two_shops_count_apart(store: &dyn Store) {
    fill(store, &studio()).await;
    let written =
        store.write(&other(), vec![put("a", Expected::Absent, 1)].into(), "bob", at(1)).await.unwrap();
    assert_eq!((written.config_version, written.resources[0].version), (1, 1));
    assert_eq!(write(store, vec![put("c", Expected::Absent, 1)]).await.unwrap().config_version, 3);
}

pub(crate) async fn shops_are_paged_by_id(store: &dyn Store) {
    let names = ["c", "a", "b.1", "b-1"];
    for name in names {
        let shop = name.parse().unwrap();
        store.write(&shop, vec![put("a", Expected::Absent, 1)].into(), "ann", at(1)).await.unwrap();
    }
    let page = |names: &[&str]| -> Vec<ShopVersion> {
        names.iter().map(|name| ShopVersion { shop: name.parse().unwrap(), config_version: 1 }).collect()
    };
    assert_eq!(store.shops(None, 3).await.unwrap(), page(&["a", "b-1", "b.1"]));
    assert_eq!(store.shops(Some(&"b.1".parse().unwrap()), 3).await.unwrap(), page(&["c"]));
}

pub(crate) async fn a_closed_store_says_so(store: &dyn Store) {
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    store.close().await.unwrap();
    store.close().await.unwrap();
    let written = store.write(&studio(), vec![put("a", Expected::Anything, 2)].into(), "ann", at(2)).await;
    assert!(matches!(written, Err(WriteError::Store(StoreError::Closed))), "{written:?}");
    assert!(matches!(store.get(&studio(), &promotion("a")).await, Err(StoreError::Closed)));
    assert!(matches!(store.configuration(&studio()).await, Err(StoreError::Closed)));
    assert!(matches!(store.shops(None, 1).await, Err(StoreError::Closed)));
    assert!(matches!(store.revoke_key(&studio(), &slug("a"), at(1)).await, Err(StoreError::Closed)));
}
