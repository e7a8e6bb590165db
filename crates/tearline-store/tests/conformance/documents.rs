//! One document, one batch.

use serde_json::{Value, json};
use tearline_core::resource::{Batch, Conflict, Expected, Resource};
use tearline_store::{Change, Store, WriteError, Written};

use crate::{at, delete, promotion, put, studio, write};

pub(crate) async fn what_was_written_is_read(store: &dyn Store) {
    let written = write(store, vec![put("a", Expected::Absent, json!({ "percent": 10 }))]).await.unwrap();
    let resource = Resource {
        shop: studio(),
        key: promotion("a"),
        version: 1,
        body: json!({ "percent": 10 }),
        written_at: at(1),
        written_by: "ann".into(),
        deleted: false,
    };
    assert_eq!(written, Written { config_version: 1, resources: vec![resource.clone()], unchanged: vec![] });
    assert_eq!(store.get(&studio(), &promotion("a")).await.unwrap(), Some(resource));
}

pub(crate) async fn every_version_is_kept(store: &dyn Store) {
    for (version, percent) in [10, 15, 10].into_iter().enumerate() {
        let expected = if version == 0 { Expected::Absent } else { Expected::Version(version as u64) };
        write(store, vec![put("a", expected, percent)]).await.unwrap();
    }
    let history = store.history(&studio(), &promotion("a"), None, 10).await.unwrap();
    let told: Vec<_> = history.iter().map(|resource| (resource.version, resource.body.clone())).collect();
    assert_eq!(told, [(3, json!(10)), (2, json!(15)), (1, json!(10))]);
    for version in history {
        let read = store.version_of(&studio(), &promotion("a"), version.version).await.unwrap();
        assert_eq!(read, Some(version));
    }
}

pub(crate) async fn a_deleted_document_is_gone_but_remembered(store: &dyn Store) {
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    let deletion = write(store, vec![delete("a", Expected::Version(1))]).await.unwrap().resources.remove(0);
    assert_eq!((deletion.version, deletion.deleted, &deletion.body), (2, true, &Value::Null));
    assert_eq!(store.get(&studio(), &promotion("a")).await.unwrap(), None);
    assert_eq!(store.list(&studio(), promotion("a").kind, None, 10).await.unwrap(), []);
    assert_eq!(store.configuration(&studio()).await.unwrap().resources, []);
    assert_eq!(store.version_of(&studio(), &promotion("a"), 2).await.unwrap().as_ref(), Some(&deletion));
    assert_eq!(store.history(&studio(), &promotion("a"), None, 1).await.unwrap(), [deletion]);
}

pub(crate) async fn a_document_recreated_goes_on_counting(store: &dyn Store) {
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    write(store, vec![delete("a", Expected::Anything)]).await.unwrap();
    let again = write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    assert_eq!((again.config_version, again.resources[0].version), (3, 3));
    assert!(
        write(store, vec![put("a", Expected::Version(1), 2)]).await.is_err(),
        "an old version never fits anew"
    );
}

pub(crate) async fn an_equal_body_changes_nothing(store: &dyn Store) {
    let first = write(store, vec![put("a", Expected::Absent, json!({ "x": 1, "y": [2.5] }))]).await.unwrap();
    let again =
        write(store, vec![put("a", Expected::Version(1), json!({ "y": [2.5], "x": 1 }))]).await.unwrap();
    assert_eq!(again, Written { config_version: 1, resources: vec![], unchanged: first.resources });
    assert_eq!(store.changes(&studio(), 1, 10).await.unwrap(), []);
}

pub(crate) async fn deleting_nothing_changes_nothing(store: &dyn Store) {
    let nothing = Written { config_version: 0, resources: vec![], unchanged: vec![] };
    assert_eq!(write(store, vec![delete("a", Expected::Anything)]).await.unwrap(), nothing);
    assert_eq!(write(store, vec![]).await.unwrap(), nothing);
    assert_eq!(store.shops(None, 10).await.unwrap(), []);
}

pub(crate) async fn a_conflict_tells_what_the_document_is_at(store: &dyn Store) {
    write(store, vec![put("a", Expected::Absent, 1), put("gone", Expected::Absent, 1)]).await.unwrap();
    write(store, vec![put("a", Expected::Version(1), 2), delete("gone", Expected::Version(1))])
        .await
        .unwrap();
    for (id, expected, current) in [
        ("a", Expected::Absent, Some(2)),
        ("a", Expected::Version(1), Some(2)),
        ("a", Expected::Version(3), Some(2)),
        ("gone", Expected::Version(2), None),
        ("never", Expected::Version(1), None),
    ] {
        let moved = [Conflict::Moved { key: promotion(id), expected, current }];
        assert_eq!(write(store, vec![put(id, expected, 3)]).await.unwrap_err(), moved);
        assert_eq!(write(store, vec![delete(id, expected)]).await.unwrap_err(), moved);
    }
}

pub(crate) async fn a_batch_happens_whole_or_not_at_all(store: &dyn Store) {
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    let before = store.configuration(&studio()).await.unwrap();
    let late =
        vec![put("b", Expected::Absent, 1), put("a", Expected::Absent, 2), put("c", Expected::Version(7), 1)];
    assert_eq!(write(store, late).await.unwrap_err().len(), 2);
    assert_eq!(store.configuration(&studio()).await.unwrap(), before);
    assert_eq!(store.history(&studio(), &promotion("b"), None, 10).await.unwrap(), []);

    let batch =
        vec![put("c", Expected::Absent, 1), delete("a", Expected::Version(1)), put("b", Expected::Absent, 1)];
    let written = write(store, batch).await.unwrap();
    let ids: Vec<_> = written.resources.iter().map(|resource| resource.key.id.as_str()).collect();
    assert_eq!(
        (written.config_version, ids),
        (2, vec!["c", "a", "b"]),
        "one version for all, in the order written"
    );
    let [Change { config_version: 2, resources }] = &store.changes(&studio(), 1, 10).await.unwrap()[..]
    else {
        panic!("one batch is one change");
    };
    assert!(resources.is_sorted_by_key(|resource| &resource.key) && resources.len() == 3);
}

pub(crate) async fn a_batch_that_names_a_document_twice_is_refused(store: &dyn Store) {
    let twice = vec![
        put("a", Expected::Anything, 1),
        put("b", Expected::Anything, 1),
        delete("a", Expected::Anything),
    ];
    let conflict = Conflict::NamedTwice { key: promotion("a"), current: None };
    assert_eq!(write(store, twice).await.unwrap_err(), [conflict]);
    assert_eq!(store.get(&studio(), &promotion("b")).await.unwrap(), None);
}

pub(crate) async fn any_json_comes_back_equal(store: &dyn Store) {
    let body = json!({
        "empty": [{}, [], "", null, false],
        "text": "zero \u{0}, quote \", snowman ☃, family 👩‍👩‍👧, \u{2028}",
        "numbers": [0, -1, u64::MAX, i64::MIN, 0.1, 1.0, -0.0, 5e-324, f64::MAX, 2.225_073_858_507_201e-308],
    });
    write(store, vec![put("a", Expected::Absent, body.clone()), put("null", Expected::Absent, Value::Null)])
        .await
        .unwrap();
    assert_eq!(store.get(&studio(), &promotion("a")).await.unwrap().unwrap().body, body);
    let null = store.get(&studio(), &promotion("null")).await.unwrap().unwrap();
    assert_eq!((null.body, null.deleted), (Value::Null, false));
}

pub(crate) async fn instants_are_kept_to_the_microsecond(store: &dyn Store) {
    for (fine, kept) in [
        ("2026-11-20T10:00:00.123456789Z", "2026-11-20T10:00:00.123456Z"),
        ("1969-12-31T23:59:59.123456789Z", "1969-12-31T23:59:59.123457Z"),
        ("-009999-01-02T01:59:59Z", "-009999-01-02T01:59:59Z"),
        ("9999-12-30T22:00:00.999999999Z", "9999-12-30T22:00:00.999999Z"),
    ] {
        let write = vec![put("a", Expected::Anything, fine)];
        let written = store.write(&studio(), write.into(), "ann", fine.parse().unwrap()).await.unwrap();
        assert_eq!(written.resources[0].written_at.to_string(), kept);
        let read = store.get(&studio(), &promotion("a")).await.unwrap().unwrap();
        assert_eq!(read.written_at, written.resources[0].written_at);
    }
}

pub(crate) async fn a_batch_checked_beside_another_state_is_refused(store: &dyn Store) {
    let checked_at =
        |version, id| Batch { writes: vec![put(id, Expected::Absent, 1)], checked_at: Some(version) };
    store.write(&studio(), checked_at(0, "a"), "ann", at(1)).await.unwrap();
    let refused = store.write(&studio(), checked_at(0, "b"), "bob", at(2)).await.unwrap_err();
    let WriteError::Conflict(conflicts) = refused else { panic!("{refused}") };
    assert_eq!(conflicts, [Conflict::Outdated { checked_at: 0, current: 1 }]);
    assert_eq!(store.get(&studio(), &promotion("b")).await.unwrap(), None);
    store.write(&studio(), checked_at(1, "b"), "bob", at(3)).await.unwrap();
}
