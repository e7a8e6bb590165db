//! Documents in SQLite.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{self, Conflict, Kind, Resource, ResourceKey, Write, decide_batch};

use super::rows::{all, bound, count, execute, first, parsed, resource};
use super::writer::Batch;
use super::{coupons, sql};
use crate::{Change, Configuration, ShopVersion, StoreError, Written};

/// Loads what the decision needs, decides, saves.
pub(super) fn write(
    batch: &mut Batch<'_>,
    shop: &ShopId,
    documents: &resource::Batch,
    by: &str,
    at: Timestamp,
) -> Result<Result<Written, Vec<Conflict>>, StoreError> {
    let current = load(batch.conn, shop, &documents.writes)?;
    let config_version = config_version(batch.conn, shop)?;
    let decided = match decide_batch(shop, config_version, &current, documents, by, at) {
        Ok(decided) => decided,
        Err(conflicts) => return Ok(Err(conflicts)),
    };
    if decided.resources.is_empty() {
        return Ok(Ok(Written::new(config_version, decided)));
    }
    let caught = coupons::caught(batch.conn, shop, &decided.resources)?;
    if !caught.is_empty() {
        return Ok(Err(caught));
    }
    let config_version = config_version + 1;
    save(batch.conn, shop, config_version, &decided.resources)?;
    coupons::reserve(batch.conn, shop, &decided.resources)?;
    batch.news.push(ShopVersion { shop: shop.clone(), config_version });
    Ok(Ok(Written::new(config_version, decided)))
}

fn load(
    conn: &Connection,
    shop: &ShopId,
    writes: &[Write],
) -> Result<BTreeMap<ResourceKey, Resource>, StoreError> {
    let mut current = BTreeMap::new();
    for Write { key, .. } in writes {
        if let Some(last) = last(conn, shop, key)? {
            current.insert(key.clone(), last);
        }
    }
    Ok(current)
}

fn save(conn: &Connection, shop: &ShopId, config_version: u64, added: &[Resource]) -> Result<(), StoreError> {
    execute(conn, sql::SHOP_REACHED, params![shop.as_str(), bound(config_version)])?;
    for Resource { key, version, body, written_at, written_by, deleted, .. } in added {
        let (shop, kind, id) = (shop.as_str(), key.kind.as_str(), key.id.as_str());
        let (version, body, at) = (bound(*version), body.to_string(), written_at.as_microsecond());
        let row = params![shop, kind, id, version, body, at, written_by, deleted];
        execute(conn, sql::RESOURCE_SAVE, row)?;
        let row = params![shop, kind, id, version, body, at, written_by, deleted, bound(config_version)];
        execute(conn, sql::HISTORY_ADD, row)?;
    }
    Ok(())
}

/// The last version of a document, perhaps a deletion.
pub(super) fn last(
    conn: &Connection,
    shop: &ShopId,
    key: &ResourceKey,
) -> Result<Option<Resource>, StoreError> {
    let key = params![shop.as_str(), key.kind.as_str(), key.id.as_str()];
    first(conn, sql::RESOURCE_LAST, key, |row| resource(shop, row))
}

pub(super) fn list(
    conn: &Connection,
    shop: &ShopId,
    kind: Kind,
    after: Option<&Slug>,
    limit: u32,
) -> Result<Vec<Resource>, StoreError> {
    let page = params![shop.as_str(), kind.as_str(), after.map_or("", Slug::as_str), limit];
    all(conn, sql::RESOURCES_OF_KIND, page, |row| resource(shop, row))
}

pub(super) fn history(
    conn: &Connection,
    shop: &ShopId,
    key: &ResourceKey,
    before_version: Option<u64>,
    limit: u32,
) -> Result<Vec<Resource>, StoreError> {
    let before = bound(before_version.unwrap_or(u64::MAX));
    let page = params![shop.as_str(), key.kind.as_str(), key.id.as_str(), before, limit];
    all(conn, sql::HISTORY, page, |row| resource(shop, row))
}

pub(super) fn version_of(
    conn: &Connection,
    shop: &ShopId,
    key: &ResourceKey,
    version: u64,
) -> Result<Option<Resource>, StoreError> {
    let key = params![shop.as_str(), key.kind.as_str(), key.id.as_str(), bound(version)];
    first(conn, sql::HISTORY_VERSION, key, |row| resource(shop, row))
}

/// Both reads see the same instant: the transaction is a snapshot.
pub(super) fn configuration(conn: &Connection, shop: &ShopId) -> Result<Configuration, StoreError> {
    let snapshot = conn.unchecked_transaction()?;
    let config_version = config_version(&snapshot, shop)?;
    let mut resources = all(&snapshot, sql::RESOURCES_LIVE, [shop.as_str()], |row| resource(shop, row))?;
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Configuration { config_version, resources })
}

/// The history never changes, so that two reads see the same of what a version was.
pub(super) fn configuration_at(
    conn: &Connection,
    shop: &ShopId,
    at: u64,
) -> Result<Configuration, StoreError> {
    let config_version = config_version(conn, shop)?.min(at);
    let of_then = params![shop.as_str(), bound(config_version)];
    let mut resources = all(conn, sql::RESOURCES_LIVE_AT, of_then, |row| resource(shop, row))?;
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Configuration { config_version, resources })
}

/// Configuration versions have no gaps, so the next `limit` of them are a range.
pub(super) fn changes(
    conn: &Connection,
    shop: &ShopId,
    after: u64,
    limit: u32,
) -> Result<Vec<Change>, StoreError> {
    let range = params![shop.as_str(), bound(after), bound(after.saturating_add(limit.into()))];
    let rows = all(conn, sql::CHANGES, range, |row| Ok((count(row, 7)?, resource(shop, row)?)))?;
    let mut batches: BTreeMap<u64, Vec<Resource>> = BTreeMap::new();
    for (config_version, resource) in rows {
        batches.entry(config_version).or_default().push(resource);
    }
    let in_order = |mut resources: Vec<Resource>| {
        resources.sort_by(|a, b| a.key.cmp(&b.key));
        resources
    };
    let change = |(config_version, resources)| Change { config_version, resources: in_order(resources) };
    Ok(batches.into_iter().map(change).collect())
}

pub(super) fn shops(
    conn: &Connection,
    after: Option<&ShopId>,
    limit: u32,
) -> Result<Vec<ShopVersion>, StoreError> {
    let page = params![after.map_or("", ShopId::as_str), limit];
    all(conn, sql::SHOPS, page, |row| {
        Ok(ShopVersion { shop: parsed(row, 0, "a shop's id")?, config_version: count(row, 1)? })
    })
}

fn config_version(conn: &Connection, shop: &ShopId) -> Result<u64, StoreError> {
    Ok(first(conn, sql::SHOP_VERSION, [shop.as_str()], |row| count(row, 0))?.unwrap_or(0))
}
