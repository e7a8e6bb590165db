//! Random histories: each store, closed and opened again now and then, answers every call as the model does.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Expected, Kind, ResourceKey, Write};
use tearline_store::{ApiKey, Clocks, KeyHash, ModelStore, PostgresStore, SqliteStore, Store};

use crate::{at, block_on, on_an_empty_postgres};

#[derive(Clone, Debug)]
enum Call {
    Write(ShopId, Vec<Write>, String, Timestamp),
    Get(ShopId, ResourceKey),
    List(ShopId, Kind, Option<Slug>, u32),
    History(ShopId, ResourceKey, Option<u64>, u32),
    VersionOf(ShopId, ResourceKey, u64),
    Configuration(ShopId),
    Changes(ShopId, u64, u32),
    Shops(Option<ShopId>, u32),
    PutKey(ShopId, ApiKey),
    FindKey(ShopId, KeyHash),
    Keys(ShopId, Option<Slug>, u32),
    RevokeKey(ShopId, Slug, Timestamp),
    Reopen,
}

/// The answer as text, failures included.
async fn answer(store: &dyn Store, call: Call) -> String {
    match call {
        Call::Write(shop, writes, by, at) => {
            format!("{:?}", store.write(&shop, writes.into(), &by, at).await)
        }
        Call::Get(shop, key) => format!("{:?}", store.get(&shop, &key).await),
        Call::List(shop, kind, after, limit) => {
            format!("{:?}", store.list(&shop, kind, after.as_ref(), limit).await)
        }
        Call::History(shop, key, before, limit) => {
            format!("{:?}", store.history(&shop, &key, before, limit).await)
        }
        Call::VersionOf(shop, key, version) => format!("{:?}", store.version_of(&shop, &key, version).await),
        Call::Configuration(shop) => format!("{:?}", store.configuration(&shop).await),
        Call::Changes(shop, after, limit) => format!("{:?}", store.changes(&shop, after, limit).await),
        Call::Shops(after, limit) => format!("{:?}", store.shops(after.as_ref(), limit).await),
        Call::PutKey(shop, key) => format!("{:?}", store.put_key(&shop, key).await),
        Call::FindKey(shop, hash) => format!("{:?}", store.find_key(&shop, &hash).await),
        Call::Keys(shop, after, limit) => format!("{:?}", store.keys(&shop, after.as_ref(), limit).await),
        Call::RevokeKey(shop, id, at) => format!("{:?}", store.revoke_key(&shop, &id, at).await),
        Call::Reopen => String::new(),
    }
}

fn shops() -> impl Strategy<Value = ShopId> {
    "[ab]".prop_map(|id| id.parse().unwrap())
}

fn slugs() -> impl Strategy<Value = Slug> {
    "[ab]|a[-.]b".prop_map(|id| id.parse().unwrap())
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![4 => Just(Kind::Promotion), 1 => Just(Kind::Event)]
}

fn keys() -> impl Strategy<Value = ResourceKey> {
    (kinds(), slugs()).prop_map(|(kind, id)| ResourceKey { kind, id })
}

fn bodies() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0..3).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<String>().prop_map(|text| json!({ text.clone(): [text, null] })),
    ]
}

fn writes() -> impl Strategy<Value = Write> {
    let expected = prop_oneof![
        3 => Just(Expected::Anything),
        1 => Just(Expected::Absent),
        2 => (0..4_u64).prop_map(Expected::Version),
    ];
    let body = proptest::option::weighted(0.8, bodies());
    (keys(), expected, body).prop_map(|(key, expected, body)| Write { key, expected, body })
}

fn instants() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(|nanos| Timestamp::from_nanosecond(nanos.into()).unwrap())
}

fn hashes() -> impl Strategy<Value = KeyHash> {
    (0..4_u8).prop_map(|byte| KeyHash([byte; 32]))
}

fn api_keys() -> impl Strategy<Value = ApiKey> {
    let revoked = proptest::option::weighted(0.1, instants());
    let created = prop_oneof![3 => Just(at(1)), 1 => instants()];
    (slugs(), hashes(), "|shop", created, revoked).prop_map(|(id, hash, name, created_at, revoked_at)| {
        ApiKey { id, hash, name, created_at, revoked_at }
    })
}

fn calls() -> impl Strategy<Value = Call> {
    use proptest::collection::vec;
    use proptest::option::of;
    prop_oneof![
        12 => (shops(), vec(writes(), 0..4), any::<String>(), instants())
            .prop_map(|(shop, writes, by, at)| Call::Write(shop, writes, by, at)),
        2 => (shops(), keys()).prop_map(|(shop, key)| Call::Get(shop, key)),
        2 => (shops(), kinds(), of(slugs()), 0..4_u32)
            .prop_map(|(shop, kind, after, limit)| Call::List(shop, kind, after, limit)),
        2 => (shops(), keys(), of(0..6_u64), 0..4_u32)
            .prop_map(|(shop, key, before, limit)| Call::History(shop, key, before, limit)),
        2 => (shops(), keys(), 0..6_u64).prop_map(|(shop, key, version)| Call::VersionOf(shop, key, version)),
        2 => shops().prop_map(Call::Configuration),
        2 => (shops(), 0..6_u64, 0..4_u32).prop_map(|(shop, after, limit)| Call::Changes(shop, after, limit)),
        1 => (of(shops()), 0..3_u32).prop_map(|(after, limit)| Call::Shops(after, limit)),
        4 => (shops(), api_keys()).prop_map(|(shop, key)| Call::PutKey(shop, key)),
        1 => (shops(), hashes()).prop_map(|(shop, hash)| Call::FindKey(shop, hash)),
        1 => (shops(), of(slugs()), 0..4_u32).prop_map(|(shop, after, limit)| Call::Keys(shop, after, limit)),
        2 => (shops(), slugs(), instants()).prop_map(|(shop, id, at)| Call::RevokeKey(shop, id, at)),
        1 => Just(Call::Reopen),
    ]
}

async fn hold_against_the_model<S: Store>(
    calls: Vec<Call>,
    open: impl AsyncFn() -> S,
) -> Result<(), TestCaseError> {
    let model = ModelStore::new();
    let mut store = open().await;
    for call in calls {
        if let Call::Reopen = call {
            store.close().await.unwrap();
            store = open().await;
        }
        let (theirs, ours) = (answer(&store, call.clone()).await, answer(&model, call.clone()).await);
        prop_assert_eq!(theirs, ours, "{:?}", call);
    }
    store.close().await.unwrap();
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn sqlite_and_the_model_answer_alike(calls in proptest::collection::vec(calls(), 1..60)) {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("tearline.db");
        block_on(hold_against_the_model(calls, async || SqliteStore::open(&path, at(0)).unwrap()))?;
    }
}

#[test]
fn postgres_and_the_model_answer_alike() {
    on_an_empty_postgres(proptest::collection::vec(calls(), 1..60), async |calls, address| {
        let open = async || PostgresStore::open(&address, Clocks::Callers, at(0)).await.unwrap();
        hold_against_the_model(calls, open).await
    });
}
