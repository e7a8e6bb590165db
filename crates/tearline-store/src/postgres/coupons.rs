//! Coupons beside unique codes in PostgreSQL: neither may catch the other.

use std::collections::BTreeMap;

use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Conflict, Coupon, Kind, Resource};

use super::connection::{Call, Conn, call};
use super::rows::{kept, parsed, text};
use super::sql;
use crate::StoreError;

/// The coupons of documents that are, or could be taken for, codes of pools.
pub(super) async fn caught(
    conn: &Conn,
    shop: &ShopId,
    documents: &[Resource],
) -> Result<Vec<Conflict>, StoreError> {
    let coupons: Vec<(&Resource, Coupon)> = documents
        .iter()
        .flat_map(|document| document.coupons().into_iter().map(move |c| (document, c)))
        .collect();
    if coupons.is_empty() {
        return Ok(Vec::new());
    }
    let keys = || coupons.iter().map(|(_, coupon)| kept(&coupon.match_key)).collect::<Vec<_>>();
    let calls = [
        call!(sql::CODES_WITH_FOLDED, shop.as_str(), keys()),
        call!(sql::CODES_WITH_MATCH_KEYS, shop.as_str(), keys()),
    ];
    let mut pools: BTreeMap<String, Slug> = BTreeMap::new();
    for row in conn.pipeline(&calls).await?.iter().flatten() {
        pools.insert(text(row, 0)?, parsed(row, 1, "a pool")?);
    }
    let conflict = |(document, coupon): &(&Resource, Coupon)| {
        let pool = pools.get(&coupon.match_key)?.clone();
        let (key, place, coupon) = (document.key.clone(), coupon.place, coupon.text.clone());
        Some(Conflict::CouponIsCode { key, place, coupon, pool })
    };
    Ok(coupons.iter().filter_map(conflict).collect())
}

/// Keeps the coupons of documents from becoming somebody's code.
pub(super) fn reserve<'a>(shop: &'a str, documents: &[Resource]) -> Vec<Call<'a>> {
    let promotions = || documents.iter().filter(|document| document.key.kind == Kind::Promotion);
    let ids: Vec<String> = promotions().map(|document| document.key.id.to_string()).collect();
    let (mut keys, mut whose) = (Vec::new(), Vec::new());
    for document in promotions() {
        for coupon in document.coupons() {
            keys.push(kept(&coupon.match_key).into_owned());
            whose.push(document.key.id.to_string());
        }
    }
    vec![call!(sql::COUPONS_REMOVE, shop, ids), call!(sql::COUPONS_ADD, shop, keys, whose)]
}
