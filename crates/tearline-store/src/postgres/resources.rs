//! Documents in PostgreSQL.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Batch, Conflict, Kind, Resource, ResourceKey, decide_batch};

use super::connection::{Call, Conn, call};
use super::rows::{bound, count, get, kept, parsed, resource};
use super::transaction::Transaction;
use super::{coupons, sql};
use crate::{Change, Configuration, ShopVersion, StoreError, Written};

/// Loads what the decision needs, decides, saves.
pub(super) async fn write(
    transaction: Transaction,
    documents: &Batch,
    by: &str,
    at: Timestamp,
) -> Result<Result<Written, Vec<Conflict>>, StoreError> {
    let shop = transaction.shop().clone();
    let current = load(&transaction, documents).await?;
    let config_version = transaction.config_version;
    let decided = match decide_batch(&shop, config_version, &current, documents, by, at) {
        Ok(decided) => decided,
        Err(conflicts) => {
            transaction.roll_back().await?;
            return Ok(Err(conflicts));
        }
    };
    if decided.resources.is_empty() {
        transaction.roll_back().await?;
        return Ok(Ok(Written::new(config_version, decided)));
    }
    let caught = coupons::caught(transaction.conn(), &shop, &decided.resources).await?;
    if !caught.is_empty() {
        transaction.roll_back().await?;
        return Ok(Err(caught));
    }
    let config_version = config_version + 1;
    let mut calls = coupons::reserve(shop.as_str(), &decided.resources);
    calls.extend(save(&shop, config_version, &decided.resources));
    transaction.commit(calls).await?;
    Ok(Ok(Written::new(config_version, decided)))
}

async fn load(
    transaction: &Transaction,
    documents: &Batch,
) -> Result<BTreeMap<ResourceKey, Resource>, StoreError> {
    let kinds: Vec<&str> = documents.writes.iter().map(|write| write.key.kind.as_str()).collect();
    let ids: Vec<&str> = documents.writes.iter().map(|write| write.key.id.as_str()).collect();
    let shop = transaction.shop();
    let rows = transaction.rows(sql::RESOURCES_NAMED, &[&shop.as_str(), &kinds, &ids]).await?;
    let read = |row| resource(shop, row).map(|resource| (resource.key.clone(), resource));
    rows.iter().map(read).collect()
}

fn save<'a>(shop: &'a ShopId, config_version: u64, added: &'a [Resource]) -> Vec<Call<'a>> {
    let (shop, reached) = (shop.as_str(), bound(config_version));
    let current = columns(sql::RESOURCES_SAVE, shop, added);
    let mut history = columns(sql::HISTORY_ADD, shop, added);
    history.values.push(Box::new(reached));
    let news = call!(sql::NOTIFY, shop, reached.to_string());
    vec![call!(sql::SHOP_REACHED, shop, reached), current, history, news]
}

fn columns<'a>(sql: &'static str, shop: &'a str, added: &'a [Resource]) -> Call<'a> {
    let each = || added.iter();
    call!(
        sql,
        shop,
        each().map(|resource| resource.key.kind.as_str()).collect::<Vec<_>>(),
        each().map(|resource| resource.key.id.as_str()).collect::<Vec<_>>(),
        each().map(|resource| bound(resource.version)).collect::<Vec<_>>(),
        each().map(|resource| resource.body.to_string()).collect::<Vec<_>>(),
        each().map(|resource| resource.written_at.as_microsecond()).collect::<Vec<_>>(),
        each().map(|resource| kept(&resource.written_by)).collect::<Vec<_>>(),
        each().map(|resource| resource.deleted).collect::<Vec<_>>(),
    )
}

/// The last version of a document, perhaps a deletion.
pub(super) async fn last(
    conn: &Conn,
    shop: &ShopId,
    key: &ResourceKey,
) -> Result<Option<Resource>, StoreError> {
    let row = conn.first(sql::RESOURCE_LAST, &[&shop.as_str(), &key.kind.as_str(), &key.id.as_str()]).await?;
    row.map(|row| resource(shop, &row)).transpose()
}

pub(super) async fn list(
    conn: &Conn,
    shop: &ShopId,
    kind: Kind,
    after: Option<&Slug>,
    limit: u32,
) -> Result<Vec<Resource>, StoreError> {
    let after = after.map_or("", Slug::as_str);
    let rows = conn
        .rows(sql::RESOURCES_OF_KIND, &[&shop.as_str(), &kind.as_str(), &after, &i64::from(limit)])
        .await?;
    rows.iter().map(|row| resource(shop, row)).collect()
}

pub(super) async fn history(
    conn: &Conn,
    shop: &ShopId,
    key: &ResourceKey,
    before_version: Option<u64>,
    limit: u32,
) -> Result<Vec<Resource>, StoreError> {
    let before = bound(before_version.unwrap_or(u64::MAX));
    let (kind, id) = (key.kind.as_str(), key.id.as_str());
    let rows = conn.rows(sql::HISTORY, &[&shop.as_str(), &kind, &id, &before, &i64::from(limit)]).await?;
    rows.iter().map(|row| resource(shop, row)).collect()
}

pub(super) async fn version_of(
    conn: &Conn,
    shop: &ShopId,
    key: &ResourceKey,
    version: u64,
) -> Result<Option<Resource>, StoreError> {
    let (kind, id) = (key.kind.as_str(), key.id.as_str());
    let row = conn.first(sql::HISTORY_VERSION, &[&shop.as_str(), &kind, &id, &bound(version)]).await?;
    row.map(|row| resource(shop, &row)).transpose()
}

pub(super) async fn configuration(conn: &Conn, shop: &ShopId) -> Result<Configuration, StoreError> {
    let rows = conn.rows(sql::CONFIGURATION, &[&shop.as_str()]).await?;
    let config_version = rows.first().map_or(Ok(0), |row| count(row, 7))?;
    let mut resources = Vec::with_capacity(rows.len());
    for row in &rows {
        // A shop without documents is one row of nothing but its version.
        if get::<Option<&str>>(row, 0)?.is_some() {
            resources.push(resource(shop, row)?);
        }
    }
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Configuration { config_version, resources })
}

pub(super) async fn configuration_at(
    conn: &Conn,
    shop: &ShopId,
    at: u64,
) -> Result<Configuration, StoreError> {
    // What there was at a version never changes, so that two reads are as good as one.
    let now = conn.first(sql::SHOP_VERSION, &[&shop.as_str()]).await?;
    let config_version = now.map_or(Ok(0), |row| count(&row, 0))?.min(at);
    let rows = conn.rows(sql::RESOURCES_LIVE_AT, &[&shop.as_str(), &bound(config_version)]).await?;
    let mut resources = rows.iter().map(|row| resource(shop, row)).collect::<Result<Vec<_>, _>>()?;
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Configuration { config_version, resources })
}

/// Configuration versions have no gaps, so the next `limit` of them are a range.
pub(super) async fn changes(
    conn: &Conn,
    shop: &ShopId,
    after: u64,
    limit: u32,
) -> Result<Vec<Change>, StoreError> {
    let upto = bound(after.saturating_add(limit.into()));
    let rows = conn.rows(sql::CHANGES, &[&shop.as_str(), &bound(after), &upto]).await?;
    let mut batches: BTreeMap<u64, Vec<Resource>> = BTreeMap::new();
    for row in &rows {
        batches.entry(count(row, 7)?).or_default().push(resource(shop, row)?);
    }
    let in_order = |mut resources: Vec<Resource>| {
        resources.sort_by(|a, b| a.key.cmp(&b.key));
        resources
    };
    let change = |(config_version, resources)| Change { config_version, resources: in_order(resources) };
    Ok(batches.into_iter().map(change).collect())
}

pub(super) async fn shops(
    conn: &Conn,
    after: Option<&ShopId>,
    limit: u32,
) -> Result<Vec<ShopVersion>, StoreError> {
    let after = after.map_or("", ShopId::as_str);
    let rows = conn.rows(sql::SHOPS, &[&after, &i64::from(limit)]).await?;
    let read = |row| Ok(ShopVersion { shop: parsed(row, 0, "a shop's id")?, config_version: count(row, 1)? });
    rows.iter().map(read).collect()
}
