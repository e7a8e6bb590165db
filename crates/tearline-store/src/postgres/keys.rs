//! API keys in PostgreSQL.

use jiff::Timestamp;
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::to_the_microsecond;
use tokio_postgres::Row;

use super::connection::Conn;
use super::rows::{get, instant, kept, parsed, some_instant, text};
use super::sql;
use super::transaction::Transaction;
use crate::{ApiKey, KeyHash, KeyPut, StoreError};

pub(super) async fn put(transaction: Transaction, key: &ApiKey) -> Result<KeyPut, StoreError> {
    let created_at = key.created_at.as_microsecond();
    let revoked_at = key.revoked_at.map(Timestamp::as_microsecond);
    let (shop, hash, name) = (transaction.shop().as_str(), key.hash.0.as_slice(), kept(&key.name));
    let row: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&shop, &key.id.as_str(), &hash, &name, &created_at, &revoked_at];
    let is_added = transaction.conn().execute(sql::KEY_ADD, &row).await? == 1;
    let is_kept = is_added || same_as_kept(transaction.conn(), transaction.shop(), key).await?;
    transaction.commit(Vec::new()).await?;
    Ok(if is_kept { KeyPut::Kept } else { KeyPut::Taken })
}

async fn same_as_kept(conn: &Conn, shop: &ShopId, key: &ApiKey) -> Result<bool, StoreError> {
    let row = conn.first(sql::KEY_BY_ID, &[&shop.as_str(), &key.id.as_str()]).await?;
    let found = row.as_ref().map(api_key).transpose()?;
    let created_at = to_the_microsecond(key.created_at);
    let revoked_at = key.revoked_at.map(to_the_microsecond);
    Ok(found == Some(ApiKey { created_at, revoked_at, ..key.clone() }))
}

pub(super) async fn find(conn: &Conn, shop: &ShopId, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
    let row = conn.first(sql::KEY_BY_HASH, &[&shop.as_str(), &hash.0.as_slice()]).await?;
    row.as_ref().map(api_key).transpose()
}

pub(super) async fn list(
    conn: &Conn,
    shop: &ShopId,
    after: Option<&Slug>,
    limit: u32,
) -> Result<Vec<ApiKey>, StoreError> {
    let after = after.map_or("", Slug::as_str);
    let rows = conn.rows(sql::KEYS, &[&shop.as_str(), &after, &i64::from(limit)]).await?;
    rows.iter().map(api_key).collect()
}

pub(super) async fn revoke(transaction: Transaction, id: &Slug, at: Timestamp) -> Result<bool, StoreError> {
    let shop = transaction.shop().as_str();
    let row: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&shop, &id.as_str(), &at.as_microsecond()];
    let is_there = transaction.conn().execute(sql::KEY_REVOKE, &row).await? == 1;
    if is_there {
        transaction.commit(Vec::new()).await?;
    } else {
        transaction.roll_back().await?;
    }
    Ok(is_there)
}

fn api_key(row: &Row) -> Result<ApiKey, StoreError> {
    let hash = get::<&[u8]>(row, 1)?.try_into().map_err(|bad| StoreError::damaged("a key's hash", bad))?;
    Ok(ApiKey {
        id: parsed(row, 0, "a key's id")?,
        hash: KeyHash(hash),
        name: text(row, 2)?,
        created_at: instant(get(row, 3)?)?,
        revoked_at: some_instant(row, 4)?,
    })
}
