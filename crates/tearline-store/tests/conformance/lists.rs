//! Lists and pages.

use tearline_core::names::Slug;
use tearline_core::resource::{Expected, Kind, Resource, ResourceKey, Write};
use tearline_store::{Configuration, Store};

use crate::{at, delete, promotion, put, slug, studio, write};

fn ids(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(|resource| resource.key.id.as_str()).collect()
}

pub(crate) async fn live_documents_are_paged_by_id(store: &dyn Store) {
    let names = ["b", "a-1", "a.1", "a1", "a_1", "gone", "0"];
    write(store, names.map(|id| put(id, Expected::Absent, 1)).into()).await.unwrap();
    write(store, vec![delete("gone", Expected::Anything)]).await.unwrap();
    let event =
        Write { key: ResourceKey { kind: Kind::Event, id: slug("x") }, ..put("x", Expected::Absent, 1) };
    write(store, vec![event]).await.unwrap();

    let (mut read, mut after): (Vec<Slug>, Option<Slug>) = (Vec::new(), None);
    loop {
        let page = store.list(&studio(), Kind::Promotion, after.as_ref(), 4).await.unwrap();
        read.extend(page.iter().map(|resource| resource.key.id.clone()));
        after = read.last().cloned();
        if page.len() < 4 {
            break;
        }
    }
    assert_eq!(read.iter().map(Slug::as_str).collect::<Vec<_>>(), ["0", "a-1", "a.1", "a1", "a_1", "b"]);
    let between = store.list(&studio(), Kind::Promotion, Some(&slug("a.0")), 2).await.unwrap();
    assert_eq!(ids(&between), ["a.1", "a1"], "a page may start after what is not there");
}

pub(crate) async fn history_is_paged_newest_first(store: &dyn Store) {
    for version in 1..=5 {
        write(store, vec![put("a", Expected::Anything, version)]).await.unwrap();
    }
    write(store, vec![put("b", Expected::Absent, 1)]).await.unwrap();
    let versions = async |before, limit| {
        let page = store.history(&studio(), &promotion("a"), before, limit).await.unwrap();
        page.iter().map(|resource| resource.version).collect::<Vec<_>>()
    };
    assert_eq!(versions(None, 2).await, [5, 4]);
    assert_eq!(versions(Some(4), 2).await, [3, 2]);
    assert_eq!(versions(Some(2), 2).await, [1]);
    assert_eq!(versions(Some(1), 2).await, [0; 0]);
}

pub(crate) async fn changes_are_paged_batch_by_batch(store: &dyn Store) {
    write(store, vec![put("a", Expected::Absent, 1), put("b", Expected::Absent, 1)]).await.unwrap();
    write(store, vec![put("b", Expected::Version(1), 2)]).await.unwrap();
    write(store, vec![delete("b", Expected::Version(2)), put("a", Expected::Version(1), 2)]).await.unwrap();
    let changes = async |after, limit| {
        let changes = store.changes(&studio(), after, limit).await.unwrap();
        let told = |change: &tearline_store::Change| {
            let documents = change
                .resources
                .iter()
                .map(|r| format!("{} {}{}", r.key.id, r.version, if r.deleted { " gone" } else { "" }));
            (change.config_version, documents.collect::<Vec<_>>().join(", "))
        };
        changes.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(changes(0, 2).await, [(1, "a 1, b 1".to_owned()), (2, "b 2".to_owned())]);
    assert_eq!(changes(2, 2).await, [(3, "a 2, b 3 gone".to_owned())]);
    assert_eq!(changes(3, 2).await, []);
}

pub(crate) async fn a_configuration_is_every_live_document(store: &dyn Store) {
    let document = |kind| Write {
        key: ResourceKey { kind, id: slug("x") },
        expected: Expected::Absent,
        body: Some(kind.as_str().into()),
    };
    write(store, Kind::ALL.into_iter().rev().map(document).collect()).await.unwrap();
    write(store, vec![put("gone", Expected::Absent, 1)]).await.unwrap();
    write(store, vec![delete("gone", Expected::Anything)]).await.unwrap();
    let Configuration { config_version, resources } = store.configuration(&studio()).await.unwrap();
    let kinds: Vec<_> = resources.iter().map(|resource| resource.key.kind).collect();
    assert_eq!((config_version, &kinds[..]), (3, &Kind::ALL[..]));
}

pub(crate) async fn a_past_configuration_is_what_was_live_then(store: &dyn Store) {
    let batches = [
        vec![put("a", Expected::Absent, 1), put("b", Expected::Absent, 1)],
        vec![put("a", Expected::Anything, 2), delete("b", Expected::Anything)],
        vec![put("b", Expected::Absent, 3)],
        vec![delete("a", Expected::Anything), put("c", Expected::Absent, 4)],
    ];
    let mut then = vec![store.configuration(&studio()).await.unwrap()];
    for batch in batches {
        write(store, batch).await.unwrap();
        then.push(store.configuration(&studio()).await.unwrap());
    }
    for (version, configuration) in then.iter().enumerate() {
        assert_eq!(store.configuration_at(&studio(), version as u64).await.unwrap(), *configuration);
    }
    for later in [5, u64::MAX] {
        assert_eq!(store.configuration_at(&studio(), later).await.unwrap(), then[4]);
    }
    let other = store.configuration_at(&"other".parse().unwrap(), 4).await.unwrap();
    assert_eq!((other.config_version, other.resources), (0, vec![]));
}

pub(crate) async fn what_is_not_there_is_an_empty_answer(store: &dyn Store) {
    let shop = studio();
    assert_eq!(store.get(&shop, &promotion("a")).await.unwrap(), None);
    assert_eq!(store.list(&shop, Kind::Promotion, None, 10).await.unwrap(), []);
    assert_eq!(store.history(&shop, &promotion("a"), None, 10).await.unwrap(), []);
    assert_eq!(store.version_of(&shop, &promotion("a"), 1).await.unwrap(), None);
    let nothing = Configuration { config_version: 0, resources: vec![] };
    assert_eq!(store.configuration(&shop).await.unwrap(), nothing);
    assert_eq!(store.changes(&shop, 0, 10).await.unwrap(), []);
    assert_eq!(store.shops(None, 10).await.unwrap(), []);
    assert_eq!(store.keys(&shop, None, 10).await.unwrap(), []);
    assert!(!store.revoke_key(&shop, &slug("a"), at(1)).await.unwrap());
}

pub(crate) async fn numbers_beyond_any_row_are_harmless(store: &dyn Store) {
    let shop = studio();
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    assert!(write(store, vec![put("a", Expected::Version(u64::MAX), 2)]).await.is_err());
    assert_eq!(store.version_of(&shop, &promotion("a"), u64::MAX).await.unwrap(), None);
    assert_eq!(store.version_of(&shop, &promotion("a"), 0).await.unwrap(), None);
    assert_eq!(store.changes(&shop, u64::MAX, u32::MAX).await.unwrap(), []);
    assert_eq!(store.changes(&shop, 0, u32::MAX).await.unwrap().len(), 1);
    assert_eq!(store.history(&shop, &promotion("a"), Some(u64::MAX), u32::MAX).await.unwrap().len(), 1);
    assert_eq!(store.history(&shop, &promotion("a"), Some(0), u32::MAX).await.unwrap(), []);
    assert_eq!(store.list(&shop, Kind::Promotion, None, 0).await.unwrap(), []);
    assert_eq!(store.changes(&shop, 0, 0).await.unwrap(), []);
}
