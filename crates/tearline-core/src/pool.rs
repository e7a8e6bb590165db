//! Pools: supplies of unique codes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tearline_pricing::config::Promotion;
use tearline_pricing::names::PromotionId;
use tearline_pricing::snapshot::faults::{ConfigFault, DocumentName};
use tearline_pricing::when::When;

use crate::codes::CodeForm;
use crate::names::Slug;

/// The longest time that a code may be valid from its assignment, in days: about a hundred years.
pub const VALID_DAYS_MAX: u16 = 36_500;

/// A supply of unique codes: from files, or made as they are drawn.
///
/// ```
/// use tearline_core::pool::Pool;
/// let pool: Pool = serde_json::from_str(r###"{
///     "promotion": "thanks", "makes": {"pattern": "THANKS-########"}, "valid_days": 30
/// }"###).unwrap();
/// assert_eq!(pool.makes.unwrap().cap(), 852_891);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Its name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where its codes are redeemed.
    #[serde(default, skip_serializing_if = "RedeemedBy::is_here")]
    pub redeemed_by: RedeemedBy,
    /// The promotion that its codes unlock, which must say `pool_codes`; a pool whose codes are redeemed elsewhere
    /// has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<PromotionId>,
    /// How its codes are made as they are drawn; absent = they come from files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::codes::FormFields>))]
    pub makes: Option<CodeForm>,
    /// Whether codes from files may be entered in another case, with other spaces or dashes; absent = they are
    /// entered byte for byte. Codes that are made always may.
    #[serde(default, skip_serializing_if = "is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub normalised: bool,
    /// For how many days a code may be used once it is given to somebody, up to the same time of day by the shop's
    /// clock (requirements.md B9.4); absent = as long as its promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 36_500))]
    pub valid_days: Option<u16>,
    /// Until when its codes may be used, where they are redeemed elsewhere; a day counts to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub ends_at: Option<When>,
}

/// Where the codes of a pool are redeemed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RedeemedBy {
    /// They unlock a promotion of this shop. The default.
    #[default]
    Here,
    /// In another shop, which knows what they are worth; here they are only given away.
    Outside,
}

impl RedeemedBy {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    fn is_here(&self) -> bool {
        *self == Self::Here
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_no(yes: &bool) -> bool {
    !yes
}

/// What is wrong with pools beside the promotions of their shop.
pub fn faults(
    pools: &BTreeMap<Slug, Pool>,
    promotions: &BTreeMap<PromotionId, Promotion>,
) -> Vec<ConfigFault> {
    let of = |(id, pool)| faults_of(id, pool, promotions);
    pools.iter().flat_map(of).collect()
}

fn faults_of(id: &Slug, pool: &Pool, promotions: &BTreeMap<PromotionId, Promotion>) -> Vec<ConfigFault> {
    let mut found = Vec::new();
    let mut fault = |pointer: &str, message: String| {
        let document = DocumentName::new("pool", id.as_str());
        found.push(ConfigFault { document, pointer: pointer.to_owned(), message });
    };
    if promotions.contains_key(&id.as_str().into()) {
        fault("", format!("there is a promotion `{id}`: a pool and a promotion never have one name"));
    }
    match (pool.redeemed_by, &pool.promotion) {
        (RedeemedBy::Here, None) => {
            fault("/promotion", "is needed: what its codes unlock; or `redeemed_by: outside`".to_owned());
        }
        (RedeemedBy::Here, Some(promotion)) => match promotions.get(promotion) {
            None => fault("/promotion", format!("there is no promotion `{promotion}`")),
            Some(found) if !found.pool_codes => {
                fault("/promotion", format!("`{promotion}` must say `pool_codes: true`"));
            }
            Some(_) => {}
        },
        (RedeemedBy::Outside, Some(_)) => {
            fault("/promotion", "must be absent where codes are redeemed outside".to_owned());
        }
        (RedeemedBy::Outside, None) => {}
    }
    if pool.redeemed_by == RedeemedBy::Outside && pool.makes.is_some() {
        fault(
            "/makes",
            "must be absent where codes are redeemed outside: that shop has to know them".to_owned(),
        );
    }
    if pool.redeemed_by == RedeemedBy::Here && pool.ends_at.is_some() {
        fault("/ends_at", "must be absent: its promotion says until when its codes may be used".to_owned());
    }
    if pool.valid_days.is_some_and(|days| days == 0 || days > VALID_DAYS_MAX) {
        fault("/valid_days", format!("must be from 1 to {VALID_DAYS_MAX}"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pool: &str) -> Vec<String> {
        let promotion = |yes| {
            let text =
                format!(r#"{{"pool_codes": {yes}, "benefits": [{{"percent_off": {{"percent": 10}}}}]}}"#);
            serde_json::from_str(&text).unwrap()
        };
        let promotions =
            BTreeMap::from([("thanks".into(), promotion(true)), ("plain".into(), promotion(false))]);
        let pool = BTreeMap::from([("p".parse().unwrap(), serde_json::from_str(pool).unwrap())]);
        faults(&pool, &promotions).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_pool_leads_to_one_promotion_or_outside() {
        for fine in [
            r#"{"promotion": "thanks", "valid_days": 1}"#,
            r#"{"promotion": "thanks", "makes": {"pattern": "A-########"}}"#,
            r#"{"redeemed_by": "outside", "ends_at": "2026-12-31"}"#,
        ] {
            assert_eq!(told(fine), [""; 0], "{fine}");
        }
        for (pool, fault) in [
            ("{}", "/promotion: is needed: what its codes unlock; or `redeemed_by: outside`"),
            (r#"{"promotion": "gone"}"#, "/promotion: there is no promotion `gone`"),
            (r#"{"promotion": "plain"}"#, "/promotion: `plain` must say `pool_codes: true`"),
            (
                r#"{"redeemed_by": "outside", "promotion": "thanks"}"#,
                "/promotion: must be absent where codes are redeemed outside",
            ),
            (r#"{"promotion": "thanks", "valid_days": 0}"#, "/valid_days: must be from 1 to 36500"),
        ] {
            assert_eq!(told(pool), [format!("pool/p{fault}")]);
        }
    }
}
