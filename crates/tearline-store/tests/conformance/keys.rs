//! API keys.

use tearline_core::resource::Expected;
use tearline_store::{ApiKey, KeyHash, KeyPut, ShopVersion, Store};

use crate::{at, put, slug, studio, write};

pub(crate) fn key(id: &str, hash: u8) -> ApiKey {
    let name = format!("{id}'s laptop");
    ApiKey { id: slug(id), hash: KeyHash([hash; 32]), name, created_at: at(1), revoked_at: None }
}

async fn keep(store: &dyn Store, key: ApiKey) -> KeyPut {
    store.put_key(&studio(), key).await.unwrap()
}

async fn find(store: &dyn Store, hash: u8) -> Option<ApiKey> {
    store.find_key(&studio(), &KeyHash([hash; 32])).await.unwrap()
}

pub(crate) async fn a_key_is_found_by_its_hash(store: &dyn Store) {
    assert_eq!(keep(store, key("ann", 1)).await, KeyPut::Kept);
    assert_eq!(keep(store, key("bob", 2)).await, KeyPut::Kept);
    assert_eq!(find(store, 2).await, Some(key("bob", 2)));
    assert_eq!(find(store, 3).await, None);
}

pub(crate) async fn a_key_put_twice_is_put_once(store: &dyn Store) {
    let fine = ApiKey { created_at: "2026-11-20T10:00:00.123456789Z".parse().unwrap(), ..key("ann", 1) };
    assert_eq!(keep(store, fine.clone()).await, KeyPut::Kept);
    assert_eq!(keep(store, fine).await, KeyPut::Kept);
    assert_eq!(store.keys(&studio(), None, 10).await.unwrap().len(), 1);
}

pub(crate) async fn an_id_or_hash_in_use_is_refused(store: &dyn Store) {
    keep(store, key("ann", 1)).await;
    keep(store, key("bob", 2)).await;
    let renamed = ApiKey { name: "other".into(), ..key("ann", 1) };
    for rival in [key("ann", 3), key("cleo", 1), key("ann", 2), renamed] {
        assert_eq!(keep(store, rival).await, KeyPut::Taken);
    }
    assert_eq!(store.keys(&studio(), None, 10).await.unwrap(), [key("ann", 1), key("bob", 2)]);
}

pub(crate) async fn a_revoked_key_opens_nothing(store: &dyn Store) {
    keep(store, key("ann", 1)).await;
    assert!(store.revoke_key(&studio(), &slug("ann"), at(5)).await.unwrap());
    assert!(store.revoke_key(&studio(), &slug("ann"), at(6)).await.unwrap());
    assert!(!store.revoke_key(&studio(), &slug("bob"), at(6)).await.unwrap());
    assert_eq!(find(store, 1).await, None);
    let revoked = ApiKey { revoked_at: Some(at(5)), ..key("ann", 1) };
    assert_eq!(store.keys(&studio(), None, 10).await.unwrap(), [revoked], "the first time stays");
    assert_eq!(keep(store, key("ann", 1)).await, KeyPut::Taken, "what is revoked stays so");
    assert_eq!(keep(store, key("ann-2", 1)).await, KeyPut::Taken);
}

pub(crate) async fn keys_are_paged_by_id(store: &dyn Store) {
    for (id, hash) in [("c", 1), ("a", 2), ("b", 3)] {
        keep(store, key(id, hash)).await;
    }
    assert_eq!(store.keys(&studio(), None, 2).await.unwrap(), [key("a", 2), key("b", 3)]);
    assert_eq!(store.keys(&studio(), Some(&slug("b")), 2).await.unwrap(), [key("c", 1)]);
}

pub(crate) async fn the_first_key_comes_before_the_first_document(store: &dyn Store) {
    keep(store, key("ann", 1)).await;
    let version = async || store.shops(None, 10).await.unwrap();
    assert_eq!(version().await, [ShopVersion { shop: studio(), config_version: 0 }]);
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    keep(store, key("bob", 2)).await;
    assert_eq!(version().await, [ShopVersion { shop: studio(), config_version: 1 }]);
}
