//! News within the process: which shop's configuration has reached which version.

use std::collections::BTreeMap;

use tearline_core::names::ShopId;
use tokio::sync::watch;

/// A shop and the version of its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopVersion {
    /// The shop.
    pub shop: ShopId,
    /// How many batches have changed its configuration; 0 if it has none yet.
    pub config_version: u64,
}

/// Tells which shops' configuration has changed since it was last asked.
///
/// It may skip versions that are past, never the latest one: whoever reads slowly hears less often, not less. To
/// follow a store, open the feed first, then read every shop, then follow the feed.
#[derive(Clone, Debug)]
pub struct Feed {
    latest: watch::Receiver<Latest>,
    seen: u64,
}

impl Feed {
    /// Waits for news, then tells each changed shop once, with its latest version, the longest-standing news first.
    ///
    /// `None` once the store is closed and everything is told. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Vec<ShopVersion>> {
        loop {
            let news = self.unseen();
            if !news.is_empty() {
                return Some(news);
            }
            self.latest.changed().await.ok()?;
        }
    }

    fn unseen(&mut self) -> Vec<ShopVersion> {
        let latest = self.latest.borrow_and_update();
        let news = latest.by_turn.range(self.seen + 1..).map(|(_, news)| news.clone()).collect();
        self.seen = latest.turn;
        news
    }
}

/// The latest version of each shop that has changed since the store was opened, in the order of the changes.
#[derive(Debug, Default)]
struct Latest {
    turn: u64,
    by_turn: BTreeMap<u64, ShopVersion>,
    turn_of: BTreeMap<ShopId, u64>,
}

impl Latest {
    fn add(&mut self, news: ShopVersion) {
        self.turn += 1;
        if let Some(stale) = self.turn_of.insert(news.shop.clone(), self.turn) {
            self.by_turn.remove(&stale);
        }
        self.by_turn.insert(self.turn, news);
    }
}

/// The store's end of the feed.
#[derive(Debug)]
pub(crate) struct Announcer(watch::Sender<Latest>);

impl Announcer {
    pub(crate) fn new() -> (Self, Subscriptions) {
        let (announcer, latest) = watch::channel(Latest::default());
        (Self(announcer), Subscriptions(latest))
    }

    pub(crate) fn announce(&self, news: Vec<ShopVersion>) {
        if !news.is_empty() {
            self.0.send_modify(|latest| news.into_iter().for_each(|news| latest.add(news)));
        }
    }
}

/// Opens feeds, without keeping the announcer alive.
#[derive(Debug)]
pub(crate) struct Subscriptions(watch::Receiver<Latest>);

impl Subscriptions {
    pub(crate) fn feed(&self) -> Feed {
        let latest = self.0.clone();
        let seen = latest.borrow().turn;
        Feed { latest, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(shop: &str, config_version: u64) -> ShopVersion {
        ShopVersion { shop: shop.parse().unwrap(), config_version }
    }

    #[tokio::test]
    async fn a_slow_reader_hears_the_latest_of_each_shop_once() {
        let (announcer, subscriptions) = Announcer::new();
        announcer.announce(vec![news("before", 1)]);
        let mut feed = subscriptions.feed();
        announcer.announce(vec![news("a", 1), news("b", 1)]);
        announcer.announce(vec![news("a", 2)]);
        assert_eq!(feed.next().await.unwrap(), [news("b", 1), news("a", 2)]);
        announcer.announce(vec![news("b", 2)]);
        drop(announcer);
        assert_eq!(feed.next().await.unwrap(), [news("b", 2)]);
        assert_eq!(feed.next().await, None);
    }
}
