//! What only a file can promise: restart, crash, and what is refused at the door.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;
use tearline_core::imports::Turn;
use tearline_core::ledger::{Answer, Command};
use tearline_core::resource::Expected;
use tearline_store::{
    ApiKey, Chunk, Configuration, Imports as _, KeyHash, Ledger as _, NewCode, SqliteStore, Store,
    StoreError, WriteError,
};
use tempfile::TempDir;

use crate::ledger::{ask, order};
use crate::{at, block_on, delete, promotion, put, slug, studio, write};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, at(0)).unwrap()
}

fn refused(path: &Path) -> StoreError {
    SqliteStore::open(path, at(0)).expect_err("this must not open")
}

/// Makes a database with two documents, one of them large, and a deletion, and closes it.
fn filled(path: &Path) -> Configuration {
    block_on(async {
        let store = open(path);
        let large = json!("x".repeat(100_000));
        write(&store, vec![put("a", Expected::Absent, 1), put("large", Expected::Absent, large)])
            .await
            .unwrap();
        write(&store, vec![put("gone", Expected::Absent, 1)]).await.unwrap();
        write(&store, vec![delete("gone", Expected::Version(1))]).await.unwrap();
        let configuration = store.configuration(&studio()).await.unwrap();
        store.close().await.unwrap();
        configuration
    })
}

#[test]
fn a_restart_keeps_everything() {
    let folder = folder();
    let path = folder.path().join("tearline.db");
    let before = filled(&path);
    block_on(async {
        let store = open(&path);
        assert_eq!(store.configuration(&studio()).await.unwrap(), before);
        assert_eq!(store.history(&studio(), &promotion("gone"), None, 10).await.unwrap().len(), 2);
        let again = write(&store, vec![put("gone", Expected::Absent, 2)]).await.unwrap();
        assert_eq!((again.config_version, again.resources[0].version), (4, 3));
        store.close().await.unwrap();
    });
}

#[test]
fn closing_leaves_one_file_and_its_lock() {
    let folder = folder();
    filled(&folder.path().join("tearline.db"));
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["tearline.db", "tearline.db.lock"]);
}

#[test]
fn closing_finishes_what_was_submitted() {
    let folder = folder();
    let path = folder.path().join("tearline.db");
    let answered = block_on(async {
        let store = std::sync::Arc::new(open(&path));
        let writers: Vec<_> = (0..50)
            .map(|n| {
                let store = std::sync::Arc::clone(&store);
                let id = format!("d{n}");
                tokio::spawn(async move {
                    store.write(&studio(), vec![put(&id, Expected::Absent, 1)].into(), "ann", at(1)).await
                })
            })
            .collect();
        store.close().await.unwrap();
        let mut answered = 0;
        for writer in writers {
            match writer.await.unwrap() {
                Ok(_) => answered += 1,
                Err(WriteError::Store(StoreError::Closed)) => {}
                Err(failure) => panic!("{failure:?}"),
            }
        }
        answered
    });
    block_on(async {
        let store = open(&path);
        assert_eq!(store.configuration(&studio()).await.unwrap().resources.len(), answered);
        store.close().await.unwrap();
    });
}

/// What a process leaves that is killed now.
fn copy_after_crash(from: &TempDir, to: &TempDir) -> std::path::PathBuf {
    for file in ["tearline.db", "tearline.db-wal"] {
        fs::copy(from.path().join(file), to.path().join(file)).unwrap();
    }
    to.path().join("tearline.db")
}

#[test]
fn an_import_goes_on_where_a_crash_left_it() {
    let (folder, after_crash) = (folder(), folder());
    let (shop, pool) = (studio(), slug("p"));
    let codes = |from: u32, to: u32| {
        let codes = (from..=to)
            .map(|row| (row, NewCode { text: format!("code {row}"), exact: true, ..NewCode::default() }));
        Chunk::new(from - 1, to, codes.collect())
    };
    block_on(async {
        let store = open(&folder.path().join("tearline.db"));
        let begun = store.begin_import(&shop, &pool, crate::imports::asked()).await.unwrap().unwrap();
        store.stage(&shop, &pool, begun.number, codes(1, 1_000)).await.unwrap();
        let recovered = open(&copy_after_crash(&folder, &after_crash));
        store.close().await.unwrap();
        let counts = recovered.pool_counts(&shop, &pool, at(0)).await.unwrap();
        let left = recovered.imports_under_way(&shop).await.unwrap();
        assert_eq!((left.len(), left[0].row_last, counts.remaining), (1, 1_000, 0));
        recovered.stage(&shop, &pool, begun.number, codes(1_001, 1_500)).await.unwrap();
        for turn in [Turn::Finish, Turn::Publish { replace_unused: None }] {
            recovered.turn_import(&shop, &pool, begun.number, turn, at(1)).await.unwrap().unwrap().unwrap();
        }
        assert_eq!(recovered.pool_counts(&shop, &pool, at(0)).await.unwrap().remaining, 1_500);
        recovered.close().await.unwrap();
    });
}

/// A copy of the files as they are between two writes is what a killed process leaves.
#[test]
fn an_answered_write_survives_a_crash() {
    let (folder, after_crash) = (folder(), folder());
    let path = folder.path().join("tearline.db");
    block_on(async {
        let store = open(&path);
        for n in 1..=20 {
            write(&store, vec![put("n", Expected::Anything, n)]).await.unwrap();
        }
        let recovered = open(&copy_after_crash(&folder, &after_crash));
        let n = recovered.get(&studio(), &promotion("n")).await.unwrap().unwrap();
        assert_eq!((n.version, n.body), (20, json!(20)));
        recovered.close().await.unwrap();
        store.close().await.unwrap();
    });
}

#[test]
fn a_database_in_use_is_refused_until_it_is_closed() {
    let folder = folder();
    let path = folder.path().join("tearline.db");
    let store = open(&path);
    let failure = refused(&path);
    assert!(matches!(failure, StoreError::InUse { .. }) && failure.retryable());
    assert_eq!(
        failure.to_string(),
        format!(
            "{} is in use by another process: stop it first, or give this one its own folder",
            path.display()
        )
    );
    block_on(store.close()).unwrap();
    block_on(open(&path).close()).unwrap();
}

#[test]
fn a_missing_folder_is_told() {
    let failure = refused(&folder().path().join("no/such/tearline.db"));
    assert!(matches!(failure, StoreError::Open { .. }), "{failure:?}");
    assert!(std::error::Error::source(&failure).unwrap().to_string().contains("No such file"));
}

#[test]
fn a_file_of_another_kind_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("holiday.txt");
    let text = "Dear diary, ".repeat(1_000);
    fs::write(&path, &text).unwrap();
    let told = format!("{} is not a Tearline database: it is no SQLite file", path.display());
    assert_eq!(refused(&path).to_string(), told);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = folder();
    for (name, made_by) in [
        ("unmarked.db", "CREATE TABLE bookmarks (url TEXT)"),
        ("marked.db", "PRAGMA application_id = 7"),
        ("marked-and-filled.db", "PRAGMA application_id = 7; CREATE TABLE shops (shop_id TEXT)"),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(made_by).unwrap();
        let before = fs::read(&path).unwrap();
        let failure = refused(&path);
        assert!(matches!(failure, StoreError::Foreign { .. }), "{failure:?}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_newer_or_altered_database_is_refused() {
    let folder = folder();
    let path = folder.path().join("tearline.db");
    let before = filled(&path);
    let alter = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();

    alter("INSERT INTO schema_migrations SELECT 99, 'later', blake3, 0 FROM schema_migrations LIMIT 1");
    assert!(matches!(refused(&path), StoreError::Newer { found: 99, .. }));
    alter("DELETE FROM schema_migrations WHERE version = 99");

    alter("UPDATE schema_migrations SET blake3 = upper(blake3)");
    assert!(matches!(refused(&path), StoreError::MigrationChanged { version: 1, .. }));
    alter("UPDATE schema_migrations SET blake3 = lower(blake3)");

    block_on(async {
        let store = open(&path);
        assert_eq!(store.configuration(&studio()).await.unwrap(), before);
        store.close().await.unwrap();
    });
}

/// Whatever page is overwritten: opening or reading says so, or what is read is what was written. Never a panic.
#[test]
fn damage_is_told_or_harmless() {
    let folder = folder();
    let path = folder.path().join("tearline.db");
    let before = filled(&path);
    let sound = fs::read(&path).unwrap();
    let mut told = 0;
    for page in 0..sound.len() / 4096 {
        let mut damaged = sound.clone();
        damaged[page * 4096..][..4096].fill(0xA5);
        fs::write(&path, damaged).unwrap();
        let Ok(store) = SqliteStore::open(&path, at(0)) else {
            told += 1;
            continue;
        };
        block_on(async {
            match store.configuration(&studio()).await {
                Err(failure) => {
                    assert!(matches!(failure, StoreError::Damaged { .. }), "{failure:?}");
                    told += 1;
                }
                Ok(read) => assert_eq!(read.config_version, before.config_version),
            }
            let _ = store.history(&studio(), &promotion("large"), None, 10).await;
            let _ = store.write(&studio(), vec![put("a", Expected::Anything, 2)].into(), "ann", at(2)).await;
            let _ = store.close().await;
        });
    }
    assert!(told > 2, "{told} of {} pages", sound.len() / 4096);
}

#[test]
fn a_row_that_nobody_can_have_written_is_damage() {
    let folder = folder();
    let path = folder.path().join("tearline.db");
    filled(&path);
    let alter = "UPDATE resources SET kind = 'coupon'; PRAGMA user_version = 1";
    Connection::open(&path).unwrap().execute_batch(&format!("PRAGMA foreign_keys = OFF; {alter}")).unwrap();
    block_on(async {
        let store = open(&path);
        let failure = store.configuration(&studio()).await.unwrap_err();
        assert!(matches!(failure, StoreError::Damaged { what: "a kind", .. }), "{failure:?}");
        store.close().await.unwrap();
    });
}

#[test]
fn the_schema_refuses_what_the_rules_never_make() {
    let folder = folder();
    let path = folder.path().join("tearline.db");
    filled(&path);
    block_on(async {
        let store = open(&path);
        let key = ApiKey {
            id: slug("key"),
            hash: KeyHash([1; 32]),
            name: "shop".into(),
            created_at: at(1),
            revoked_at: None,
        };
        store.put_key(&studio(), key).await.unwrap();
        store.close().await.unwrap();
    });
    let conn = Connection::open(&path).unwrap();
    conn.pragma_update(None, "foreign_keys", true).unwrap();
    for wrong in [
        "UPDATE shops SET config_version = -1",
        "UPDATE resources SET version = 0",
        "UPDATE resources SET body = '{'",
        "UPDATE resources SET deleted = 1 WHERE id = 'a'",
        "UPDATE resources SET deleted = 2",
        "UPDATE resources SET kind = 'No Kind' WHERE id = 'a'",
        "UPDATE resources SET shop_id = 'nobody' WHERE id = 'a'",
        "UPDATE resource_history SET config_version = 0",
        "UPDATE resource_history SET config_version = 1, id = 'a'",
        "INSERT INTO resource_history SELECT * FROM resource_history",
        "DELETE FROM resources",
        "DELETE FROM shops",
        "UPDATE api_keys SET hash = x'00'",
        "INSERT INTO api_keys SELECT shop_id, 'other', hash, name, 0, 0 FROM api_keys",
        "UPDATE resources SET written_at = 'today'",
    ] {
        assert!(conn.execute(wrong, []).is_err(), "{wrong}");
    }
}

/// One sync to disk serves all that wait.
#[test]
fn a_thousand_orders_at_once_share_their_commits() {
    let folder = folder();
    block_on(async {
        let store = open(&folder.path().join("tearline.db"));
        let place = |n: u64| Command::Place(Box::new(order(&format!("o{n}"), 1_000)));
        let orders = (0..1_000).map(|n| ask(&store, place(n), 1));
        let answers = futures_util::future::join_all(orders).await;
        assert!(answers.iter().all(Answer::is_success));
        assert!(store.commits() <= 20, "{} commits", store.commits());
        store.close().await.unwrap();
    });
}
