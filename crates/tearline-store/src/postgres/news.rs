//! News of other processes: the database notifies, and is asked now and then all the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::poll_fn;
use tearline_core::names::ShopId;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_postgres::AsyncMessage;

use super::address::PostgresAddress;
use super::clock::PostgresClock;
use super::connection::not_let_in;
use super::readers::Readers;
use super::resources;
use crate::feed::Announcer;
use crate::{ShopVersion, StoreError};

/// How often the database is asked, for each thousand of its shops: what it notifies of may get lost, in a pooler of
/// connections or while the connection is.
const ASK: Duration = Duration::from_millis(900);

/// How many shops are asked for at once.
const PAGE: u32 = 1_000;

const LISTEN: &str = "LISTEN tearline_configuration";

/// What was told already; each version is news once, wherever it is heard of first.
pub(super) struct Told {
    announcer: Announcer,
    versions: Mutex<BTreeMap<ShopId, u64>>,
}

impl Told {
    pub(super) fn new(announcer: Announcer) -> Self {
        Self { announcer, versions: Mutex::default() }
    }

    /// Tells those versions that are later than what was told.
    pub(super) fn tell(&self, news: Vec<ShopVersion>) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = |news: &ShopVersion| {
            let told = versions.entry(news.shop.clone()).or_default();
            let is_later = *told < news.config_version;
            *told = news.config_version.max(*told);
            is_later
        };
        let news = news.into_iter().filter(is_news).collect();
        // While the versions are locked, so that an older one is never told last.
        self.announcer.announce(news);
    }

    /// Knows from now on what there is, without telling.
    pub(super) async fn know(&self, readers: &Readers) -> Result<(), StoreError> {
        for_each_page(readers, |page| {
            let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
            versions.extend(page.into_iter().map(|shop| (shop.shop, shop.config_version)));
        })
        .await
        .map(|_| ())
    }
}

/// Reads all shops, a page at a time, and answers how many pages there were.
async fn for_each_page(readers: &Readers, mut take: impl FnMut(Vec<ShopVersion>)) -> Result<u32, StoreError> {
    let (mut after, mut pages): (Option<ShopId>, u32) = (None, 0);
    loop {
        let conn = readers.conn().await?;
        let page = resources::shops(&conn, after.as_ref(), PAGE).await?;
        pages += 1;
        let is_last = page.len() < PAGE as usize;
        after = page.last().map(|shop| shop.shop.clone());
        take(page);
        if is_last {
            return Ok(pages);
        }
    }
}

/// Follows what other processes write, and the database's clock.
pub(super) async fn follow(
    address: PostgresAddress,
    readers: Arc<Readers>,
    told: Arc<Told>,
    clock: PostgresClock,
) {
    let (heard, notified) = mpsc::channel(PAGE as usize);
    tokio::select! {
        () = listen(address, heard) => {}
        () = tell_all(&readers, &told, &clock, notified) => {}
    }
}

/// Tells what is notified, and asks for all versions now and then.
async fn tell_all(
    readers: &Readers,
    told: &Told,
    clock: &PostgresClock,
    mut notified: mpsc::Receiver<ShopVersion>,
) {
    let mut next = Instant::now() + ASK;
    loop {
        tokio::select! {
            Some(news) = notified.recv() => told.tell(vec![news]),
            () = tokio::time::sleep_until(next) => {
                // Where that fails, so does the next.
                let _ = clock.set(readers).await;
                match for_each_page(readers, |page| told.tell(page)).await {
                    Ok(pages) => next = Instant::now() + ASK * pages,
                    Err(StoreError::Closed) => break,
                    // Asked again after the pause; whoever calls meanwhile hears why.
                    Err(_) => next = Instant::now() + ASK,
                }
            }
        }
    }
}

/// Listens, on a connection of its own that is made again whenever it is lost.
async fn listen(address: PostgresAddress, heard: mpsc::Sender<ShopVersion>) {
    let place = address.to_string();
    while !heard.is_closed() {
        if let Err(failure) = listen_once(&address, &heard).await {
            tracing::warn!(%place, %failure, "does not hear of other processes by notification");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn listen_once(address: &PostgresAddress, heard: &mpsc::Sender<ShopVersion>) -> Result<(), StoreError> {
    let place = address.to_string();
    let (client, mut connection) = address.connect().await.map_err(|error| not_let_in(&place, error))?;
    let messages = async {
        while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
            let message = message.map_err(|error| not_let_in(&place, error))?;
            let AsyncMessage::Notification(told) = message else { continue };
            if let Some(news) = read(told.payload())
                && heard.send(news).await.is_err()
            {
                break;
            }
        }
        Ok(())
    };
    let asked = async {
        let asked = client.batch_execute(LISTEN).await.map_err(|error| not_let_in(&place, error));
        match asked {
            // The connection lives as long as the client.
            Ok(()) => std::future::pending().await,
            Err(failure) => Err(failure),
        }
    };
    tokio::select! { ended = messages => ended, failed = asked => failed }
}

/// `studio 7`; what somebody else sends is nothing.
fn read(payload: &str) -> Option<ShopVersion> {
    let (shop, config_version) = payload.split_once(' ')?;
    Some(ShopVersion { shop: shop.parse().ok()?, config_version: config_version.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tearline_core::names::ShopId;

    fn news(config_version: u64) -> ShopVersion {
        let shop: ShopId = "a".parse().unwrap();
        ShopVersion { shop, config_version }
    }

    #[tokio::test]
    async fn what_was_told_is_no_news() {
        let (announcer, subscriptions) = Announcer::new();
        let (told, mut feed) = (Told::new(announcer), subscriptions.feed());
        told.tell(vec![news(2)]);
        assert_eq!(feed.next().await.unwrap(), [news(2)]);
        told.tell(vec![news(2), news(1)]);
        told.tell(vec![news(3)]);
        assert_eq!(feed.next().await.unwrap(), [news(3)]);
    }

    #[test]
    fn only_what_we_send_is_read() {
        assert_eq!(read("a 7"), Some(news(7)));
        for other in ["", "a", "a b", "A 7", "a 7 8", "a -7"] {
            assert_eq!(read(other), None, "{other:?}");
        }
    }
}
