//! Pools: supplies of unique codes.

mod low;
mod policy;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tearline_pricing::code::match_key;
use tearline_pricing::config::Promotion;
use tearline_pricing::names::PromotionId;
use tearline_pricing::snapshot::faults::{ConfigFault, DocumentName};
use tearline_pricing::when::When;

use crate::codes::CodeForm;
use crate::names::Slug;

pub use low::{Low, LowMark, Rate};
pub use policy::{Binding, Fallback, Reuse, WhenEmpty};

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
    /// Who may use its codes. A code keeps what held when it was given, as far as its customer goes.
    #[serde(default, skip_serializing_if = "Binding::is_assignee")]
    pub binding: Binding,
    /// What somebody gets who was given one of its codes before; a draw may ask for more, but not of a pool that
    /// gives `once`.
    #[serde(default, skip_serializing_if = "Reuse::is_per_message")]
    pub reuse: Reuse,
    /// What happens with a message for which none is left; told to whoever draws.
    #[serde(default, skip_serializing_if = "WhenEmpty::is_hold")]
    pub when_empty: WhenEmpty,
    /// When somebody is to hear that it runs low; absent = never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Low>,
    /// Names that other programs have for it, in the tags of their messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alias: Vec<String>,
    /// Whether it is put away: nothing is drawn from it and nothing added, but its codes still hold.
    #[serde(default, skip_serializing_if = "is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub archived: bool,
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
    let of = |(id, pool)| {
        let mut found = faults_of(id, pool, promotions);
        found.extend(faults_beside(id, pool, pools, promotions));
        found.extend(alias_faults(id, pool, pools));
        found
    };
    pools.iter().flat_map(of).collect()
}

fn fault(id: &Slug, pointer: &str, message: String) -> ConfigFault {
    ConfigFault { document: DocumentName::new("pool", id.as_str()), pointer: pointer.to_owned(), message }
}

/// What is wrong with where its codes come from once it has none.
fn faults_beside(
    id: &Slug,
    pool: &Pool,
    pools: &BTreeMap<Slug, Pool>,
    promotions: &BTreeMap<PromotionId, Promotion>,
) -> Option<ConfigFault> {
    let WhenEmpty::Fallback(fallback) = &pool.when_empty else { return None };
    let message = match fallback {
        Fallback::Pool(other) if other == id => "names the pool itself".to_owned(),
        Fallback::Pool(other) => match pools.get(other) {
            None => format!("there is no pool `{other}`"),
            Some(Pool { when_empty: WhenEmpty::Fallback(_), .. }) => {
                format!("`{other}` has a fallback of its own: name that, or take it away")
            }
            Some(other) if other.redeemed_by != pool.redeemed_by => {
                "its codes are redeemed elsewhere than this pool's".to_owned()
            }
            Some(_) => return None,
        },
        Fallback::Code(code) if match_key(code).is_empty() => "needs letters or digits".to_owned(),
        Fallback::Code(code) if pool.redeemed_by == RedeemedBy::Here && !is_coupon(code, promotions) => {
            format!("no promotion has the code `{code}`")
        }
        Fallback::Code(_) => return None,
    };
    let place = match fallback {
        Fallback::Pool(_) => "pool",
        Fallback::Code(_) => "code",
    };
    Some(fault(id, &format!("/when_empty/fallback/{place}"), message))
}

fn is_coupon(code: &str, promotions: &BTreeMap<PromotionId, Promotion>) -> bool {
    let key = match_key(code);
    promotions.values().flat_map(|promotion| &promotion.codes).any(|coupon| match_key(coupon) == key)
}

/// A name means one pool: no alias is the name, or an alias, of another.
fn alias_faults(id: &Slug, pool: &Pool, pools: &BTreeMap<Slug, Pool>) -> Vec<ConfigFault> {
    let others = || pools.iter().filter(|(other, _)| *other != id);
    let wrong = |alias: &str, place: usize| {
        if alias.trim().is_empty() {
            return Some("is empty".to_owned());
        }
        if pool.alias[..place].iter().any(|earlier| earlier == alias) {
            return Some("stands twice".to_owned());
        }
        let means = |(other, pool): &(&Slug, &Pool)| {
            other.as_str() == alias || pool.alias.iter().any(|its| its == alias)
        };
        others().find(means).map(|(other, _)| format!("`{alias}` means pool `{other}` already"))
    };
    let each = pool.alias.iter().enumerate();
    each.filter_map(|(place, alias)| Some(fault(id, &format!("/alias/{place}"), wrong(alias, place)?)))
        .collect()
}

fn faults_of(id: &Slug, pool: &Pool, promotions: &BTreeMap<PromotionId, Promotion>) -> Vec<ConfigFault> {
    let mut found = Vec::new();
    let mut fault = |pointer: &str, message: String| found.push(fault(id, pointer, message));
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
    if let Some((place, message)) = pool.low.as_ref().and_then(|low| low.at.fault()) {
        fault(&format!("/low/at/{place}"), message.to_owned());
    }
    if pool.low.is_some() && pool.makes.is_some() {
        fault("/low", "must be absent where the pool makes its codes: they do not run out".to_owned());
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
            (
                r#"{"promotion": "thanks", "low": {"at": {"percent": 100}}}"#,
                "/low/at/percent: must be from 1 to 99",
            ),
            (
                r#"{"promotion": "thanks", "when_empty": {"fallback": {"pool": "p"}}}"#,
                "/when_empty/fallback/pool: names the pool itself",
            ),
            (
                r#"{"promotion": "thanks", "when_empty": {"fallback": {"code": "GONE"}}}"#,
                "/when_empty/fallback/code: no promotion has the code `GONE`",
            ),
            (r#"{"promotion": "thanks", "alias": ["a", "a"]}"#, "/alias/1: stands twice"),
            (r#"{"promotion": "thanks", "valid_days": 0}"#, "/valid_days: must be from 1 to 36500"),
        ] {
            assert_eq!(told(pool), [format!("pool/p{fault}")]);
        }
    }
}
