//! API keys in SQLite.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::to_the_microsecond;

use super::rows::{all, execute, first, instant, parsed};
use super::sql;
use crate::{ApiKey, KeyHash, KeyPut, StoreError};

pub(super) fn put(conn: &Connection, shop: &ShopId, key: &ApiKey) -> Result<KeyPut, StoreError> {
    execute(conn, sql::SHOP_ADD, [shop.as_str()])?;
    let created_at = key.created_at.as_microsecond();
    let revoked_at = key.revoked_at.map(Timestamp::as_microsecond);
    let row = params![shop.as_str(), key.id.as_str(), key.hash.0, key.name, created_at, revoked_at];
    if execute(conn, sql::KEY_ADD, row)? == 1 || same_as_kept(conn, shop, key)? {
        Ok(KeyPut::Kept)
    } else {
        Ok(KeyPut::Taken)
    }
}

fn same_as_kept(conn: &Connection, shop: &ShopId, key: &ApiKey) -> Result<bool, StoreError> {
    let kept = first(conn, sql::KEY_BY_ID, [shop.as_str(), key.id.as_str()], api_key)?;
    let created_at = to_the_microsecond(key.created_at);
    let revoked_at = key.revoked_at.map(to_the_microsecond);
    Ok(kept == Some(ApiKey { created_at, revoked_at, ..key.clone() }))
}

pub(super) fn find(conn: &Connection, shop: &ShopId, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
    first(conn, sql::KEY_BY_HASH, params![shop.as_str(), hash.0], api_key)
}

pub(super) fn list(
    conn: &Connection,
    shop: &ShopId,
    after: Option<&Slug>,
    limit: u32,
) -> Result<Vec<ApiKey>, StoreError> {
    let page = params![shop.as_str(), after.map_or("", Slug::as_str), limit];
    all(conn, sql::KEYS, page, api_key)
}

pub(super) fn revoke(conn: &Connection, shop: &ShopId, id: &Slug, at: Timestamp) -> Result<bool, StoreError> {
    let row = params![shop.as_str(), id.as_str(), at.as_microsecond()];
    Ok(execute(conn, sql::KEY_REVOKE, row)? == 1)
}

fn api_key(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: parsed(row, 0, "a key's id")?,
        hash: KeyHash(row.get(1)?),
        name: row.get(2)?,
        created_at: instant(row.get(3)?)?,
        revoked_at: row.get::<_, Option<i64>>(4)?.map(instant).transpose()?,
    })
}
