//! Documents: what an owner configures, its versions, and the one rule by which they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tearline_pricing::code::match_key;

use crate::names::{ShopId, Slug};

/// What a document describes. The order is that of reading: a later kind refers to earlier ones.
///
/// ```
/// use tearline_core::resource::Kind;
/// assert_eq!("price_list".parse(), Ok(Kind::PriceList));
/// assert_eq!(Kind::ALL.map(Kind::as_str), ["shop", "price_list", "event", "promotion", "pool"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The settings of the shop itself: currency, rounding, stacking.
    Shop,
    /// What is sold and for how much.
    PriceList,
    /// A selling occasion with its own settings and discounts: a gallery, a sports day, a channel.
    Event,
    /// What is given and under which conditions.
    Promotion,
    /// A supply of unique codes.
    Pool,
}

impl Kind {
    /// Every kind, in reading order.
    pub const ALL: [Self; 5] = [Self::Shop, Self::PriceList, Self::Event, Self::Promotion, Self::Pool];

    /// The kind as it is written in documents, paths and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::PriceList => "price_list",
            Self::Event => "event",
            Self::Promotion => "promotion",
            Self::Pool => "pool",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let named = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        named.ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// A text that names no kind of document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of document: there are {kinds}", kinds = Kind::ALL.map(Kind::as_str).join(", "))]
pub struct UnknownKind(String);

/// What names a document within its shop; written `promotion/ten-off`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// What the document describes.
    pub kind: Kind,
    /// The name its owner gave it.
    pub id: Slug,
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// One version of one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The shop it belongs to.
    pub shop: ShopId,
    /// Its name in that shop.
    pub key: ResourceKey,
    /// Counts 1, 2, 3, … per document. A deletion counts too, and what comes after it counts on.
    pub version: u64,
    /// What was written; `null` for a deletion.
    pub body: Value,
    /// When, in whole microseconds.
    pub written_at: Timestamp,
    /// By whom, for the audit log.
    pub written_by: String,
    /// Whether this version says that the document is gone.
    pub deleted: bool,
}

/// What the writer believes the document to be at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// There is none: never written, or deleted.
    Absent,
    /// It is live, at this version.
    Version(u64),
    /// The writer does not care.
    Anything,
}

impl Expected {
    /// Whether a document at `live` version, or absent, is what was expected.
    fn allows(self, live: Option<u64>) -> bool {
        match self {
            Self::Absent => live.is_none(),
            Self::Version(version) => live == Some(version),
            Self::Anything => true,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no document"),
            Self::Version(version) => write!(f, "version {version}"),
            Self::Anything => f.write_str("anything"),
        }
    }
}

/// One document to put or to delete.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Which document.
    pub key: ResourceKey,
    /// What it must be at for the write to happen.
    pub expected: Expected,
    /// What it becomes; `None` deletes it.
    pub body: Option<Value>,
}

/// Writes to one shop that happen together or not at all.
///
/// Documents refer to each other, so that a write may be right beside one state of the shop and wrong beside the
/// next; `checked_at` says beside which it was found right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The documents to put or to delete.
    pub writes: Vec<Write>,
    /// The version of the shop's whole configuration beside which they were checked; `None` if it does not matter.
    pub checked_at: Option<u64>,
}

impl From<Vec<Write>> for Batch {
    fn from(writes: Vec<Write>) -> Self {
        Self { writes, checked_at: None }
    }
}

/// Why a write cannot happen. One is enough for the whole batch not to happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The document is not at what the writer believed: someone else wrote in between.
    #[error("{key} was expected to be {expected}, but it is {}", seen(*current))]
    Moved {
        /// Which document.
        key: ResourceKey,
        /// What the writer believed.
        expected: Expected,
        /// The live version, `None` if there is no such document.
        current: Option<u64>,
    },
    /// The batch names the document more than once, and which one is meant is not ours to guess.
    #[error("{key} is named more than once; it is {}", seen(*current))]
    NamedTwice {
        /// Which document.
        key: ResourceKey,
        /// The live version, `None` if there is no such document.
        current: Option<u64>,
    },
    /// A coupon of the document is, or could be taken for, a unique code.
    #[error("{key}: the code `{coupon}` is, or could be taken for, a code of pool `{pool}`")]
    CouponIsCode {
        /// Which document.
        key: ResourceKey,
        /// The place of the coupon in it.
        place: usize,
        /// The coupon.
        coupon: String,
        /// The pool that has the code.
        pool: Slug,
    },
    /// The shop's configuration is not the one beside which the writes were checked.
    #[error("the writes were checked at version {checked_at} of the configuration, which is at {current}")]
    Outdated {
        /// The version beside which they were checked.
        checked_at: u64,
        /// The version that it is at.
        current: u64,
    },
}

/// A code that everybody may enter, of a promotion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// Its place in the document.
    pub place: usize,
    /// As its owner wrote it.
    pub text: String,
    /// The form in which it is compared.
    pub match_key: String,
}

impl Resource {
    /// The coupons of a promotion that is live; other documents have none.
    pub fn coupons(&self) -> Vec<Coupon> {
        let codes =
            self.body["codes"].as_array().filter(|_| self.key.kind == Kind::Promotion && !self.deleted);
        let coupon = |(place, code): (usize, &Value)| {
            let text = code.as_str()?.to_owned();
            let match_key = match_key(&text);
            (!match_key.is_empty()).then_some(Coupon { place, text, match_key })
        };
        codes.into_iter().flatten().enumerate().filter_map(coupon).collect()
    }
}

fn seen(current: Option<u64>) -> Expected {
    current.map_or(Expected::Absent, Expected::Version)
}

/// What a batch of writes comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// The versions to add, in the order of the writes.
    pub resources: Vec<Resource>,
    /// The documents that are already as asked, in the order of the writes.
    pub unchanged: Vec<Resource>,
}

/// Decides a batch at a version of the shop's configuration: all of its writes or none.
///
/// # Errors
///
/// Every conflict of [`decide_writes`]; without one, [`Conflict::Outdated`] if it was checked at another version.
pub fn decide_batch(
    shop: &ShopId,
    config_version: u64,
    current: &BTreeMap<ResourceKey, Resource>,
    batch: &Batch,
    by: &str,
    at: Timestamp,
) -> Result<Decided, Vec<Conflict>> {
    let decided = decide_writes(shop, current, &batch.writes, by, at)?;
    match batch.checked_at.filter(|&checked_at| checked_at != config_version) {
        Some(checked_at) => Err(vec![Conflict::Outdated { checked_at, current: config_version }]),
        None => Ok(decided),
    }
}

/// Decides the writes of a batch: all of them or none.
///
/// `current` holds the last version, deletions included, of every document the writes name. Every store calls this
/// while no one else can write to the shop, then adds [`Decided::resources`].
///
/// - The expectation is looked at first: a writer who believed something else hears so, even if it asks for what is
///   there already. Two people who both raise 4 to 5 have raised it once, and the second must know.
/// - A body equal to the live one, or a deletion of what is absent, adds no version.
/// - A document written again after its deletion goes on counting, so that no old `If-Match` ever fits anew.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use serde_json::json;
/// # use tearline_core::resource::*;
/// # let shop = "studio".parse().unwrap();
/// # let at = "2026-11-20T10:00:00Z".parse().unwrap();
/// let key = ResourceKey { kind: Kind::Promotion, id: "ten-off".parse().unwrap() };
/// let put = |expected, percent| Write { key: key.clone(), expected, body: Some(json!({ "percent": percent })) };
///
/// let decided = decide_writes(&shop, &BTreeMap::new(), &[put(Expected::Absent, 10)], "ann", at).unwrap();
/// let first = decided.resources[0].clone();
/// assert_eq!(first.version, 1);
///
/// let current = BTreeMap::from([(key.clone(), first)]);
/// let second = decide_writes(&shop, &current, &[put(Expected::Version(1), 15)], "bob", at).unwrap();
/// assert_eq!(second.resources[0].version, 2);
/// let late = decide_writes(&shop, &current, &[put(Expected::Absent, 20)], "cleo", at).unwrap_err();
/// assert_eq!(late[0].to_string(), "promotion/ten-off was expected to be no document, but it is version 1");
/// ```
///
/// # Errors
///
/// Every conflict of the batch, in the order of the writes, one per document.
pub fn decide_writes(
    shop: &ShopId,
    current: &BTreeMap<ResourceKey, Resource>,
    writes: &[Write],
    by: &str,
    at: Timestamp,
) -> Result<Decided, Vec<Conflict>> {
    let conflicts = conflicts(current, writes);
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let mut decided = Decided::default();
    for write in writes {
        match current.get(&write.key) {
            Some(last) if is_already(last, write) => decided.unchanged.push(last.clone()),
            None if write.body.is_none() => {}
            last => decided.resources.push(next_version(shop, last, write, by, at)),
        }
    }
    Ok(decided)
}

fn conflicts(current: &BTreeMap<ResourceKey, Resource>, writes: &[Write]) -> Vec<Conflict> {
    let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for write in writes {
        if !once.insert(&write.key) {
            twice.insert(&write.key);
        }
    }
    let mut conflicts = Vec::new();
    for Write { key, expected, .. } in writes {
        let current = live_version(current, key);
        if twice.contains(key) {
            // The first mention speaks for all of them.
            if once.remove(key) {
                conflicts.push(Conflict::NamedTwice { key: key.clone(), current });
            }
        } else if !expected.allows(current) {
            conflicts.push(Conflict::Moved { key: key.clone(), expected: *expected, current });
        }
    }
    conflicts
}

fn live_version(current: &BTreeMap<ResourceKey, Resource>, key: &ResourceKey) -> Option<u64> {
    current.get(key).filter(|last| !last.deleted).map(|last| last.version)
}

fn is_already(last: &Resource, write: &Write) -> bool {
    match &write.body {
        Some(body) => !last.deleted && last.body == *body,
        None => last.deleted,
    }
}

fn next_version(shop: &ShopId, last: Option<&Resource>, write: &Write, by: &str, at: Timestamp) -> Resource {
    Resource {
        shop: shop.clone(),
        key: write.key.clone(),
        version: last.map_or(1, |last| last.version + 1),
        body: write.body.clone().unwrap_or(Value::Null),
        written_at: to_the_microsecond(at),
        written_by: by.to_owned(),
        deleted: write.body.is_none(),
    }
}

/// The instant in whole microseconds, which is what every store keeps; what is finer is cut off.
///
/// ```
/// use tearline_core::resource::to_the_microsecond;
/// let read: jiff::Timestamp = "2026-11-20T10:00:00.123456789Z".parse().unwrap();
/// assert_eq!(to_the_microsecond(read).to_string(), "2026-11-20T10:00:00.123456Z");
/// ```
pub fn to_the_microsecond(at: Timestamp) -> Timestamp {
    Timestamp::new(at.as_second(), at.subsec_microsecond() * 1_000)
        .expect("cut towards 1970, it stays in range")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn key(id: &str) -> ResourceKey {
        ResourceKey { kind: Kind::Promotion, id: id.parse().unwrap() }
    }

    fn put(id: &str, expected: Expected, body: Value) -> Write {
        Write { key: key(id), expected, body: Some(body) }
    }

    fn delete(id: &str, expected: Expected) -> Write {
        Write { key: key(id), expected, body: None }
    }

    /// A shop in memory: what any store does around the decision.
    #[derive(Clone, Default, Debug, PartialEq)]
    struct Shop(BTreeMap<ResourceKey, Resource>);

    impl Shop {
        fn write(&mut self, writes: &[Write]) -> Result<Decided, Vec<Conflict>> {
            let at = Timestamp::UNIX_EPOCH;
            let decided = decide_writes(&"studio".parse().unwrap(), &self.0, writes, "ann", at)?;
            self.0.extend(decided.resources.iter().map(|added| (added.key.clone(), added.clone())));
            Ok(decided)
        }

        fn version(&self, id: &str) -> Option<u64> {
            live_version(&self.0, &key(id))
        }
    }

    #[test]
    fn a_document_recreated_goes_on_counting() {
        let mut shop = Shop::default();
        shop.write(&[put("a", Expected::Absent, json!(1))]).unwrap();
        let gone = shop.write(&[delete("a", Expected::Version(1))]).unwrap().resources.remove(0);
        assert_eq!((gone.version, gone.deleted, gone.body), (2, true, Value::Null));
        assert_eq!(shop.version("a"), None);
        shop.write(&[put("a", Expected::Absent, json!(1))]).unwrap();
        assert_eq!(shop.version("a"), Some(3));
    }

    #[test]
    fn a_deleted_document_is_absent_whatever_its_last_version() {
        let mut shop = Shop::default();
        shop.write(&[put("a", Expected::Absent, json!(1))]).unwrap();
        shop.write(&[delete("a", Expected::Anything)]).unwrap();
        let conflicts = shop.write(&[put("a", Expected::Version(2), json!(2))]).unwrap_err();
        let moved = Conflict::Moved { key: key("a"), expected: Expected::Version(2), current: None };
        assert_eq!(conflicts, [moved]);
    }

    #[test]
    fn an_equal_body_adds_no_version() {
        let mut shop = Shop::default();
        shop.write(&[put("a", Expected::Anything, json!({ "x": 1, "y": 2 }))]).unwrap();
        let again = shop.write(&[put("a", Expected::Version(1), json!({ "y": 2, "x": 1 }))]).unwrap();
        assert!(again.resources.is_empty());
        assert_eq!(again.unchanged[0].version, 1);
    }

    #[test]
    fn deleting_what_is_absent_adds_no_version() {
        let mut shop = Shop::default();
        assert_eq!(shop.write(&[delete("a", Expected::Anything)]).unwrap(), Decided::default());
        shop.write(&[put("a", Expected::Anything, json!(1))]).unwrap();
        shop.write(&[delete("a", Expected::Anything)]).unwrap();
        let again = shop.write(&[delete("a", Expected::Absent)]).unwrap();
        assert!(again.resources.is_empty());
        assert!(again.unchanged[0].deleted);
    }

    #[test]
    fn counter_raised_twice_when_both_readers_saw_4() {
        let mut shop = Shop::default();
        shop.write(&[put("n", Expected::Absent, json!(4))]).unwrap();
        shop.write(&[put("n", Expected::Version(1), json!(5))]).unwrap();
        assert!(
            shop.write(&[put("n", Expected::Version(1), json!(5))]).is_err(),
            "an equal body excuses nothing"
        );
    }

    #[test]
    fn every_conflict_is_told_once() {
        let mut shop = Shop::default();
        shop.write(&[put("a", Expected::Absent, json!(1))]).unwrap();
        let before = shop.clone();
        let writes = [
            put("b", Expected::Anything, json!(1)),
            put("a", Expected::Absent, json!(2)),
            put("b", Expected::Anything, json!(1)),
            put("c", Expected::Absent, json!(1)),
        ];
        let conflicts = shop.write(&writes).unwrap_err();
        let texts: Vec<_> = conflicts.iter().map(Conflict::to_string).collect();
        assert_eq!(
            texts,
            [
                "promotion/b is named more than once; it is no document",
                "promotion/a was expected to be no document, but it is version 1",
            ]
        );
        assert_eq!(shop, before);
    }

    #[test]
    fn an_unknown_kind_hears_which_there_are() {
        let refused = "pricelist".parse::<Kind>().unwrap_err().to_string();
        assert_eq!(
            refused,
            r#""pricelist" is no kind of document: there are shop, price_list, event, promotion, pool"#
        );
    }

    #[test]
    fn kinds_are_written_alike_in_json_and_text() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), json!(kind.as_str()));
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn the_first_and_last_instants_can_be_written() {
        for at in [Timestamp::MIN, Timestamp::MAX] {
            assert!((to_the_microsecond(at).duration_since(at)).abs().as_micros() == 0);
        }
    }

    fn any_write() -> impl Strategy<Value = Write> {
        let expected = prop_oneof![
            Just(Expected::Absent),
            Just(Expected::Anything),
            (1..4u64).prop_map(Expected::Version)
        ];
        let body = proptest::option::of((0..3).prop_map(|n| json!(n)));
        ("[abc]", expected, body).prop_map(|(id, expected, body)| Write { key: key(&id), expected, body })
    }

    fn any_batches() -> impl Strategy<Value = Vec<Vec<Write>>> {
        proptest::collection::vec(proptest::collection::vec(any_write(), 0..4), 0..20)
    }

    proptest! {
        #[test]
        fn all_writes_of_a_batch_happen_or_none(batches in any_batches()) {
            let mut shop = Shop::default();
            for batch in batches {
                let before = shop.clone();
                if shop.write(&batch).is_err() {
                    prop_assert_eq!(&shop, &before);
                    continue;
                }
                for write in &batch {
                    let live = shop.0.get(&write.key).filter(|last| !last.deleted).map(|last| &last.body);
                    prop_assert_eq!(live, write.body.as_ref());
                }
            }
        }

        #[test]
        fn versions_count_by_one_and_never_back(batches in any_batches()) {
            let mut shop = Shop::default();
            for batch in batches {
                let before = shop.clone();
                for added in shop.write(&batch).map(|decided| decided.resources).unwrap_or_default() {
                    let last = before.0.get(&added.key).map_or(0, |last| last.version);
                    prop_assert_eq!(added.version, last + 1);
                }
            }
        }

        #[test]
        fn a_batch_repeated_without_expectations_changes_nothing(batches in any_batches()) {
            let mut shop = Shop::default();
            for mut batch in batches {
                for write in &mut batch {
                    write.expected = Expected::Anything;
                }
                if shop.write(&batch).is_ok() {
                    prop_assert_eq!(shop.write(&batch).unwrap().resources, []);
                }
            }
        }
    }
}
