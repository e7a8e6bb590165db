//! News within the process.

use std::time::Duration;

use tearline_core::resource::Expected;
use tearline_store::{ShopVersion, Store};

use crate::{delete, put, studio, write};

fn reached(config_version: u64) -> Vec<ShopVersion> {
    vec![ShopVersion { shop: studio(), config_version }]
}

/// News that is already there, without waiting for any.
async fn next(feed: &mut tearline_store::Feed) -> Option<Vec<ShopVersion>> {
    tokio::time::timeout(Duration::ZERO, feed.next()).await.ok().flatten()
}

pub(crate) async fn a_write_is_news_before_it_is_answered(store: &dyn Store) {
    let mut feed = store.feed();
    for version in 1..=3 {
        write(store, vec![put("a", Expected::Anything, version)]).await.unwrap();
        assert_eq!(next(&mut feed).await, Some(reached(version)));
    }
    let mut late = store.feed();
    assert_eq!(next(&mut late).await, None, "a feed tells what happens from now on");
    write(store, vec![put("a", Expected::Anything, 4)]).await.unwrap();
    write(store, vec![put("a", Expected::Anything, 5)]).await.unwrap();
    assert_eq!(next(&mut late).await, Some(reached(5)), "the latest is enough");
    assert_eq!(next(&mut feed).await, Some(reached(5)));
}

pub(crate) async fn what_changes_nothing_is_no_news(store: &dyn Store) {
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    let mut feed = store.feed();
    write(store, vec![put("a", Expected::Absent, 2)]).await.unwrap_err();
    write(store, vec![put("a", Expected::Anything, 1)]).await.unwrap();
    write(store, vec![delete("b", Expected::Anything)]).await.unwrap();
    assert_eq!(next(&mut feed).await, None);
}

pub(crate) async fn a_feed_ends_when_the_store_is_closed(store: &dyn Store) {
    let mut feed = store.feed();
    write(store, vec![put("a", Expected::Absent, 1)]).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(feed.next().await, Some(reached(1)));
    assert_eq!(feed.next().await, None);
}
