//! What only a database server can promise: two processes on one database, and what is refused at the door.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tearline_core::ledger::{Answer, Command, Drew, Place};
use tearline_core::resource::Expected;
use tearline_store::{
    Clocks, Ledger as _, NewCode, PostgresAddress, PostgresStore, ShopVersion, Store, StoreError,
};

use crate::codes::draw;
use crate::ledger::{ask, hold, order};
use crate::postgres_fresh::FreshDatabase;
use crate::{at, block_on, promotion, put, slug, studio, write};

async fn open(address: &PostgresAddress) -> PostgresStore {
    PostgresStore::open(address, Clocks::Callers, at(0)).await.unwrap()
}

/// Two stores that share nothing but a database.
fn on_two_nodes(promise: impl AsyncFnOnce(&PostgresStore, &PostgresStore)) {
    block_on(async {
        let database = FreshDatabase::new().await;
        let (one, other) = (open(&database.address()).await, open(&database.address()).await);
        promise(&one, &other).await;
        one.close().await.unwrap();
        other.close().await.unwrap();
    });
}

fn is_placed(answer: &Answer) -> bool {
    matches!(answer, Answer::Placed { again: false, .. })
}

#[test]
fn a_limit_of_20_lets_20_of_200_through_on_two_postgres_nodes() {
    on_two_nodes(async |one, other| {
        // Nobody has used it before, and the shop is new: there is no row yet that could be locked.
        let place = |n: i64, node| async move {
            ask(node, Command::Place(Box::new(order(&format!("o{n}"), 20))), 1).await
        };
        let answers =
            join_all((0..200).map(|n| place(n, if n % 2 == 0 { one } else { other } as &dyn Store))).await;
        assert_eq!(answers.iter().filter(|answer| is_placed(answer)).count(), 20);
    });
}

#[test]
fn an_order_placed_on_two_postgres_nodes_is_one_order() {
    on_two_nodes(async |one, other| {
        let place = |node| async move { ask(node, Command::Place(Box::new(order("same", 20))), 1).await };
        let answers = join_all((0..40).map(|n| place(if n % 2 == 0 { one } else { other } as &dyn Store)));
        assert_eq!(answers.await.iter().filter(|answer| is_placed(answer)).count(), 1);
    });
}

#[test]
fn two_postgres_nodes_draw_no_code_twice() {
    on_two_nodes(async |one, other| {
        let new = |n| NewCode { text: format!("code {n}"), ..NewCode::default() };
        one.add_codes(&studio(), &slug("p"), (0..500).map(new).collect()).await.unwrap();
        let draw = |n: i64, node| async move { draw(node, "p", &format!("mail {n}")).await };
        let drew =
            join_all((0..510).map(|n| draw(n, if n % 2 == 0 { one } else { other } as &dyn Store))).await;
        let drawn = drew.iter().filter_map(|drew| match drew {
            Drew::Code { code, again: false } => Some(code.text.clone()),
            _ => None,
        });
        assert_eq!(drawn.collect::<BTreeSet<_>>().len(), 500);
        assert_eq!(drew.iter().filter(|drew| **drew == Drew::Empty).count(), 10);
    });
}

#[test]
fn a_hold_on_one_postgres_node_counts_on_the_other() {
    on_two_nodes(async |one, other| {
        assert!(ask(one, Command::Hold(Box::new(hold("mine", 1))), 0).await.is_success());
        assert_eq!(ask(other, Command::Hold(Box::new(hold("yours", 1))), 9).await, Answer::Moved);
        let mine = Place { cart: Some("mine".into()), is_held: true, ..order("o", 1) };
        assert!(is_placed(&ask(other, Command::Place(Box::new(mine)), 9).await));
        assert_eq!(one.hold(&studio(), &"mine".into()).await.unwrap(), None);
    });
}

#[test]
fn a_document_is_written_by_one_of_two_postgres_nodes() {
    on_two_nodes(async |one, other| {
        let write =
            |n: i64, node| async move { write(node, vec![put("n", Expected::Absent, n)]).await.is_ok() };
        let written =
            join_all((0..20).map(|n| write(n, if n % 2 == 0 { one } else { other } as &dyn Store))).await;
        assert_eq!(written.iter().filter(|is_written| **is_written).count(), 1);
    });
}

/// The notification comes at once; where there is none, the version is asked for within a second.
#[test]
fn what_one_postgres_node_writes_is_news_on_the_other_within_a_second() {
    on_two_nodes(async |one, other| {
        let mut feed = other.feed();
        for config_version in 1..=3 {
            write(one, vec![put("a", Expected::Anything, config_version)]).await.unwrap();
            let news = tokio::time::timeout(Duration::from_secs(1), feed.next()).await;
            assert_eq!(news.unwrap(), Some(vec![ShopVersion { shop: studio(), config_version }]));
        }
    });
}

#[test]
fn news_come_without_a_notification_on_postgres() {
    block_on(async {
        let database = FreshDatabase::new().await;
        let store = open(&database.address()).await;
        let mut feed = store.feed();
        database.tamper("INSERT INTO shops (shop_id, config_version) VALUES ('studio', 7)").await;
        let news = tokio::time::timeout(Duration::from_secs(5), feed.next()).await.unwrap();
        assert_eq!(news, Some(vec![ShopVersion { shop: studio(), config_version: 7 }]));
        store.close().await.unwrap();
    });
}

#[test]
fn the_postgres_ledger_goes_by_the_databases_clock() {
    block_on(async {
        let database = FreshDatabase::new().await;
        let store = PostgresStore::open(&database.address(), Clocks::Database, at(0)).await.unwrap();
        // This node believes that it is 1970.
        let answer = ask(&store, Command::Place(Box::new(order("a", 1))), 5).await;
        let Answer::Placed { order, .. } = answer else { panic!("{answer:?}") };
        let apart = order.placed_at.duration_since(jiff::Timestamp::now()).abs();
        assert!(apart < jiff::SignedDuration::from_secs(60), "{}", order.placed_at);
        let apart = store.clock().now().duration_since(jiff::Timestamp::now()).abs();
        assert!(apart < jiff::SignedDuration::from_secs(60), "{apart:?}");
        store.close().await.unwrap();
    });
}

#[test]
fn a_restart_keeps_everything_in_postgres() {
    block_on(async {
        let database = FreshDatabase::bare().await;
        let store = open(&database.address()).await;
        write(&store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
        let before = store.configuration(&studio()).await.unwrap();
        store.close().await.unwrap();
        let store = open(&database.address()).await;
        assert_eq!(store.configuration(&studio()).await.unwrap(), before);
        assert_eq!(store.history(&studio(), &promotion("a"), None, 10).await.unwrap().len(), 1);
        store.close().await.unwrap();
    });
}

#[test]
fn postgres_nodes_that_start_together_migrate_once() {
    block_on(async {
        let database = FreshDatabase::bare().await;
        for store in join_all((0..6).map(|_| async { open(&database.address()).await })).await {
            store.close().await.unwrap();
        }
    });
}

async fn refused(address: &PostgresAddress) -> StoreError {
    PostgresStore::open(address, Clocks::Callers, at(0)).await.expect_err("this must not open")
}

#[test]
fn a_postgres_database_of_another_program_is_left_alone() {
    block_on(async {
        let database = FreshDatabase::bare().await;
        database.tamper("CREATE TABLE bookmarks (url TEXT)").await;
        let failure = refused(&database.address()).await;
        assert!(matches!(failure, StoreError::Foreign { .. }), "{failure:?}");
        let told =
            format!("{} is not a Tearline database: another program's tables are in it", database.address());
        assert_eq!(failure.to_string(), told);
    });
}

#[test]
fn a_newer_or_altered_postgres_database_is_refused() {
    block_on(async {
        let database = FreshDatabase::new().await;
        let later =
            "INSERT INTO tearline_migrations SELECT 99, 'later', blake3, 0 FROM tearline_migrations LIMIT 1";
        database.tamper(later).await;
        assert!(matches!(refused(&database.address()).await, StoreError::Newer { found: 99, .. }));
        database.tamper("DELETE FROM tearline_migrations WHERE version = 99").await;
        database.tamper("UPDATE tearline_migrations SET blake3 = upper(blake3)").await;
        let failure = refused(&database.address()).await;
        assert!(matches!(failure, StoreError::MigrationChanged { version: 1, .. }), "{failure:?}");
    });
}

#[test]
fn a_wrong_password_of_postgres_is_told_and_not_printed() {
    block_on(async {
        let database = FreshDatabase::bare().await;
        let role = format!("role_{}", uuid::Uuid::now_v7().simple());
        database.tamper(&format!("CREATE ROLE {role} LOGIN PASSWORD 'right'")).await;
        for password in ["", ":wr0ng"] {
            let url = database.url().replace("tearline@", &format!("{role}{password}@"));
            let failure = refused(&url.parse().unwrap()).await;
            assert!(matches!(failure, StoreError::Denied { .. }), "{failure:?}");
            let printed = format!("{failure} {failure:?} {:?}", url.parse::<PostgresAddress>().unwrap());
            assert!(printed.contains(&role) && !printed.contains("wr0ng"), "{printed}");
        }
        database.tamper(&format!("DROP ROLE {role}")).await;
    });
}

#[test]
fn a_postgres_that_is_not_there_is_told() {
    block_on(async {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("postgres://ann:secret@127.0.0.1:{port}/shops").parse().unwrap();
        let failure = refused(&address).await;
        assert!(matches!(failure, StoreError::Unreachable { .. }) && failure.retryable(), "{failure:?}");
        assert_eq!(failure.to_string(), format!("postgres://ann@127.0.0.1:{port}/shops cannot be reached"));
    });
}

#[test]
fn an_address_of_postgres_that_means_nothing_is_refused() {
    for (address, why) in [
        ("mysql://host/db", "it begins with postgres://, as in postgres://user@host/database"),
        ("postgres://user:pa55@host/db?sslmode=maybe", "sslmode is disable, prefer, require or verify-full"),
        (
            "postgres://user:pa55@host/db?sslmode=verify-full",
            "sslmode=verify-full needs sslrootcert, a file of the certificates to trust",
        ),
        ("postgres:///db", "it names no host"),
    ] {
        let failure = address.parse::<PostgresAddress>().unwrap_err().to_string();
        assert_eq!(failure, format!("the address of the database cannot be used: {why}"));
    }
    for bad in ["postgres://user:pa55@host:port/db", "postgres://user:pa55@host/db?colour=pa55"] {
        let failure = bad.parse::<PostgresAddress>().unwrap_err().to_string();
        assert!(!failure.contains("pa55"), "{failure}");
    }
}

#[test]
fn any_text_can_be_kept_in_postgres() {
    block_on(async {
        let database = FreshDatabase::new().await;
        let store = open(&database.address()).await;
        for id in ["a\0b", "\u{10ffff}0", "'; DROP TABLE orders; --", "{a,b}", "\\N"] {
            let answer = ask(&store, Command::Place(Box::new(order(id, 20))), 1).await;
            assert!(is_placed(&answer), "{answer:?}");
            let found = store.order(&studio(), &id.into()).await.unwrap().unwrap();
            assert_eq!(found.id.as_str(), id);
            assert_eq!(store.activities_of(&studio(), &id.into()).await.unwrap().len(), 1);
        }
        store.close().await.unwrap();
    });
}
