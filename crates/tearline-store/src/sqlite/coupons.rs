//! Coupons beside unique codes in SQLite: neither may catch the other.

use rusqlite::{Connection, params};
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Conflict, Coupon, Kind, Resource};

use super::rows::{execute, first, parsed};
use super::sql;
use crate::StoreError;

/// Whether what a code is compared as is a coupon.
pub(super) fn is_coupon(conn: &Connection, shop: &ShopId, key: &str) -> Result<bool, StoreError> {
    Ok(first(conn, sql::COUPON, [shop.as_str(), key], |_| Ok(()))?.is_some())
}

/// The coupons of documents that are, or could be taken for, codes of pools.
pub(super) fn caught(
    conn: &Connection,
    shop: &ShopId,
    documents: &[Resource],
) -> Result<Vec<Conflict>, StoreError> {
    let mut conflicts = Vec::new();
    for document in documents {
        for Coupon { place, text, match_key } in document.coupons() {
            if let Some(pool) = pool_with(conn, shop, &match_key)? {
                let key = document.key.clone();
                conflicts.push(Conflict::CouponIsCode { key, place, coupon: text, pool });
            }
        }
    }
    Ok(conflicts)
}

fn pool_with(conn: &Connection, shop: &ShopId, key: &str) -> Result<Option<Slug>, StoreError> {
    for statement in [sql::CODE_ID_BY_MATCH_KEY, sql::CODE_ID_BY_FOLDED] {
        let found = first(conn, statement, [shop.as_str(), key], |row| parsed(row, 0, "a pool"))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Keeps the coupons of documents from becoming somebody's code.
pub(super) fn reserve(conn: &Connection, shop: &ShopId, documents: &[Resource]) -> Result<(), StoreError> {
    let promotions = || documents.iter().filter(|document| document.key.kind == Kind::Promotion);
    for document in promotions() {
        execute(conn, sql::COUPONS_REMOVE, [shop.as_str(), document.key.id.as_str()])?;
    }
    for document in promotions() {
        for coupon in document.coupons() {
            let row = params![shop.as_str(), coupon.match_key, document.key.id.as_str()];
            execute(conn, sql::COUPON_ADD, row)?;
        }
    }
    Ok(())
}
