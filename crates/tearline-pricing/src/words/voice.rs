//! What a quote says to its buyer, in the buyer's language.

use jiff::Timestamp;
use smallvec::{SmallVec, smallvec};

use crate::money::{Currency, Money};
use crate::names::{EventId, Language, ProductId, PromotionId};
use crate::refusal::Refusal;
use crate::snapshot::{CompiledPromotion, Snapshot};
use crate::texts::Key;
use crate::texts::template::fill;

/// The language of our own words.
const ENGLISH: &str = "en";

/// Speaks to one buyer: in their language as far as the shop has it, else in the shop's, else in plain English.
pub(crate) struct Voice<'a> {
    snapshot: &'a Snapshot,
    currency: Currency,
    /// The tags of the languages to try, the best first: `pl-PL`, `pl`, and those of the shop.
    tags: SmallVec<[&'a str; 4]>,
}

/// What is said in the place of a figure's name.
enum Figure<'a> {
    Minor(i64),
    At(Timestamp),
    Count(u64),
    Text(&'a str),
    Texts(&'a [String]),
    Events(&'a [EventId]),
    Products(&'a [ProductId]),
    Promotions(&'a [PromotionId]),
}

/// Figures by their names in texts.
type Figures<'a> = SmallVec<[(&'static str, Figure<'a>); 3]>;

impl<'a> Voice<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, language: Option<&'a Language>, currency: Currency) -> Self {
        let languages = language.into_iter().chain([&snapshot.shop.language]);
        Self { snapshot, currency, tags: languages.flat_map(|language| wider(language.as_str())).collect() }
    }

    /// The promotion's name, if it has one.
    pub(crate) fn name(&self, promotion: &'a CompiledPromotion) -> Option<&'a str> {
        self.own(promotion, Key::Name).or(promotion.name.as_deref())
    }

    /// What the promotion is about, if it says so.
    pub(crate) fn description(&self, promotion: &'a CompiledPromotion) -> Option<&'a str> {
        self.own(promotion, Key::Description)
    }

    fn own(&self, promotion: &'a CompiledPromotion, key: Key) -> Option<&'a str> {
        let texts = &promotion.texts;
        if texts.is_empty() { None } else { self.tags.iter().find_map(|tag| texts.get(tag)?.get(key)) }
    }

    /// Why a code or a promotion does not apply; a code that is unknown has no promotion.
    pub(crate) fn refusal(&self, refusal: &Refusal, promotion: Option<&'a CompiledPromotion>) -> String {
        let (key, figures) = of_refusal(refusal);
        let keys = [key, Key::UsedUp];
        let keys = if key == Key::UsedUpForNow { &keys[..] } else { &keys[..1] };
        self.say(keys, promotion, &figures)
    }

    /// What so much more merchandise would earn.
    pub(crate) fn spend_more(&self, refusal: &Refusal, promotion: &'a CompiledPromotion) -> String {
        let (key, figures) = of_refusal(refusal);
        self.say(&[Key::SpendMore, key], Some(promotion), &figures)
    }

    /// What is earned and waits to be added.
    pub(crate) fn not_added(&self, products: &[ProductId], promotion: &'a CompiledPromotion) -> String {
        let figures = [("products", Figure::Products(products))];
        self.say(&[Key::NotAdded, Key::NoMatchingProduct], Some(promotion), &figures)
    }

    fn say(
        &self,
        keys: &[Key],
        promotion: Option<&'a CompiledPromotion>,
        figures: &[(&'static str, Figure<'_>)],
    ) -> String {
        let (text, tag) = self.find(keys, promotion);
        let condition = promotion.and_then(|promotion| in_language(promotion, Key::Condition, tag));
        fill(text, |name, said| match (name, promotion, condition) {
            ("promotion", Some(promotion), _) => said.push_str(self.called(promotion)),
            ("gives", Some(promotion), _) => said.push_str(self.gives(promotion, tag)),
            ("condition", _, Some(condition)) => said.push_str(condition),
            ("currency", ..) => said.push_str(self.currency.code()),
            _ => {
                if let Some((_, figure)) = figures.iter().find(|(figure, _)| *figure == name) {
                    self.push(figure, tag, said);
                }
            }
        })
    }

    /// The first text in the order of languages, and its language: in each the promotion's before the shop's,
    /// and where it is the turn of English our own.
    fn find(&self, keys: &[Key], promotion: Option<&'a CompiledPromotion>) -> (&'a str, &'a str) {
        for tag in &self.tags {
            let own = promotion.and_then(|promotion| promotion.texts.get(tag));
            let mut texts = own.into_iter().chain(self.snapshot.shop.texts.get(tag));
            if let Some(text) = texts.find_map(|texts| keys.iter().find_map(|key| texts.get(*key))) {
                return (text, tag);
            }
            if tag.eq_ignore_ascii_case(ENGLISH) {
                break;
            }
        }
        (keys.first().map_or("", |key| key.english()), ENGLISH)
    }

    /// What the promotion is called; one without a name is called by what it gives.
    fn called(&self, promotion: &'a CompiledPromotion) -> &'a str {
        let gives = || self.own(promotion, Key::Gives).unwrap_or(&promotion.gives);
        self.name(promotion).unwrap_or_else(gives)
    }

    /// What the promotion gives, in the words of a language; where it has none, in English, or elsewhere by its name.
    fn gives(&self, promotion: &'a CompiledPromotion, tag: &str) -> &'a str {
        let is_english = wider(tag).any(|tag| tag.eq_ignore_ascii_case(ENGLISH));
        let ours = || if is_english { &promotion.gives } else { self.called(promotion) };
        in_language(promotion, Key::Gives, tag).unwrap_or_else(ours)
    }

    fn push(&self, figure: &Figure<'_>, tag: &str, said: &mut String) {
        let shop = self.snapshot.vocabulary();
        match *figure {
            Figure::Minor(minor) => said.push_str(&self.amount(minor, tag)),
            Figure::At(at) => said.push_str(&self.snapshot.local(at).strftime("%F %H:%M %Z").to_string()),
            Figure::Count(count) => said.push_str(&count.to_string()),
            Figure::Text(text) => said.push_str(text),
            Figure::Texts(texts) => push_list(texts.iter().map(String::as_str), said),
            Figure::Events(events) => push_list(events.iter().map(|id| shop.event(id)), said),
            Figure::Products(products) => push_list(products.iter().map(|id| shop.product(id)), said),
            Figure::Promotions(ids) => push_list(ids.iter().map(|id| self.called_by_id(id)), said),
        }
    }

    fn called_by_id<'t>(&'t self, id: &'t PromotionId) -> &'t str {
        let index = self.snapshot.promotion_named(id);
        index.map_or(id.as_str(), |index| self.called(self.snapshot.promotion(index)))
    }

    /// An amount in the way of a language: `12.40 PLN`, or as the shop's texts write it, `12,40 zł`.
    fn amount(&self, minor: i64, tag: &str) -> String {
        let mut digits = Money::new(minor, self.currency).digits();
        if let Some(mark) = self.way(Key::DecimalMark, tag) {
            digits = digits.replace('.', mark);
        }
        let way = self.way(Key::Amount, tag).unwrap_or(Key::Amount.english());
        fill(way, |name, said| match name {
            "digits" => said.push_str(&digits),
            "symbol" => said.push_str(&self.currency.symbol()),
            _ => said.push_str(self.currency.code()),
        })
    }

    fn way(&self, key: Key, tag: &str) -> Option<&'a str> {
        wider(tag).find_map(|tag| self.snapshot.shop.texts.get(tag)?.get(key))
    }
}

/// What a promotion says in a language, or in a wider one.
fn in_language<'a>(promotion: &'a CompiledPromotion, key: Key, tag: &str) -> Option<&'a str> {
    if promotion.texts.is_empty() {
        None
    } else {
        wider(tag).find_map(|tag| promotion.texts.get(tag)?.get(key))
    }
}

/// A tag and those of the wider languages: `zh-Hant-TW`, `zh-Hant`, `zh` (RFC 4647, section 3.4).
fn wider(tag: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(tag), |tag| {
        let (wider, _) = tag.rsplit_once('-')?;
        // A part of one character begins an extension, and means nothing without what follows.
        match wider.rsplit_once('-') {
            Some((widest, part)) if part.len() == 1 => Some(widest),
            _ => Some(wider),
        }
    })
}

/// Names with commas between, which every language understands; an ellipsis where there are none.
fn push_list<'s>(names: impl Iterator<Item = &'s str>, said: &mut String) {
    let before = said.len();
    for name in names {
        said.push_str(if said.len() == before { "" } else { ", " });
        said.push_str(name);
    }
    if said.len() == before {
        said.push('…');
    }
}

/// What says a refusal, and with which figures. Taken apart, so that whoever adds a figure gives it a name here.
fn of_refusal(refusal: &Refusal) -> (Key, Figures<'_>) {
    match refusal {
        Refusal::Unknown => (Key::Unknown, smallvec![]),
        Refusal::Preview => (Key::Preview, smallvec![]),
        Refusal::Void => (Key::Void, smallvec![]),
        Refusal::NotStarted { starts_at } => {
            (Key::NotStarted, smallvec![("starts_at", Figure::At(*starts_at))])
        }
        Refusal::Ended { ended_at } => (Key::Ended, smallvec![("ended_at", Figure::At(*ended_at))]),
        Refusal::UsedUp { again_at: None } => (Key::UsedUp, smallvec![]),
        Refusal::UsedUp { again_at: Some(again_at) } => {
            (Key::UsedUpForNow, smallvec![("again_at", Figure::At(*again_at))])
        }
        Refusal::Held { until } => (Key::Held, smallvec![("until", Figure::At(*until))]),
        Refusal::PerCustomerLimit { uses_max } => {
            (Key::PerCustomerLimit, smallvec![("uses_max", Figure::Count(*uses_max))])
        }
        Refusal::IdentifyFirst => (Key::IdentifyFirst, smallvec![]),
        Refusal::WrongEvent { events } => (Key::WrongEvent, smallvec![("events", Figure::Events(events))]),
        Refusal::NotARecipient => (Key::NotARecipient, smallvec![]),
        Refusal::CurrencyNotOffered { offered } => {
            (Key::CurrencyNotOffered, smallvec![("offered", Figure::Texts(offered))])
        }
        Refusal::MinimumNotMet { missing, minimum, sub_total } => {
            let figures = smallvec![
                ("missing", Figure::Minor(*missing)),
                ("minimum", Figure::Minor(*minimum)),
                ("sub_total", Figure::Minor(*sub_total)),
            ];
            (Key::MinimumNotMet, figures)
        }
        Refusal::ConditionNotMet { condition } => {
            (Key::ConditionNotMet, smallvec![("condition", Figure::Text(condition))])
        }
        Refusal::NoMatchingProduct => (Key::NoMatchingProduct, smallvec![]),
        Refusal::NoShippingMethod => (Key::NoShippingMethod, smallvec![]),
        Refusal::NothingLeftToDiscount => (Key::NothingLeftToDiscount, smallvec![]),
        Refusal::NotCombinable { with } => {
            (Key::NotCombinable, smallvec![("with", Figure::Promotions(with))])
        }
        Refusal::BudgetExhausted { left } => {
            (Key::BudgetExhausted, smallvec![("left", Figure::Minor(*left))])
        }
        Refusal::CostUnknown => (Key::CostUnknown, smallvec![]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::config::Documents;

    /// What is said beside a refusal, or in place of one.
    const NO_REFUSAL: [Key; 9] = [
        Key::Name,
        Key::Description,
        Key::Gives,
        Key::Condition,
        Key::UsedUpForNow,
        Key::SpendMore,
        Key::NotAdded,
        Key::Amount,
        Key::DecimalMark,
    ];

    /// A refusal with the reason and the figures that a key has.
    fn sample(key: Key) -> Refusal {
        let figure = |name: &str| match name {
            "missing" | "minimum" | "sub_total" | "uses_max" | "left" => json!(1_240),
            "starts_at" | "ended_at" | "until" => json!("2026-03-31T10:00:00Z"),
            "condition" => json!("the sub-total is at least 1.00 EUR"),
            "events" => json!(["spring"]),
            "offered" => json!(["EUR", "PLN"]),
            _ => json!(["sale", "event:spring:order:1"]),
        };
        let mut refusal = json!({"reason": key.name()});
        let figures = key.figures().iter().filter(|name| !["promotion", "currency"].contains(name));
        figures.for_each(|name| refusal[name] = figure(name));
        let read: Refusal = serde_json::from_value(refusal.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), refusal, "{} has other figures", key.name());
        read
    }

    fn refusals() -> impl Iterator<Item = Key> {
        Key::ALL.iter().copied().filter(|key| !NO_REFUSAL.contains(key))
    }

    #[test]
    fn every_refusal_is_said_with_its_own_figures() {
        for (precedence, key) in (0..).zip(refusals()) {
            let refusal = sample(key);
            let (said, figures) = of_refusal(&refusal);
            let mut names: BTreeSet<&str> = figures.iter().map(|(name, _)| *name).collect();
            names.extend(key.figures().iter().filter(|name| ["promotion", "currency"].contains(name)));
            assert_eq!(names, key.figures().iter().copied().collect(), "{}", key.name());
            assert_eq!((said, refusal.precedence()), (key, precedence), "in the order of precedence");
        }
    }

    /// A shop that speaks Polish, with one promotion.
    fn shop(promotion: &Value, texts: &Value) -> Snapshot {
        let mut documents = Documents::default();
        documents.shop.language = "pl".into();
        documents.shop.time_zone = "Europe/Warsaw".to_owned();
        documents.shop.texts = serde_json::from_value(texts.clone()).unwrap();
        documents.events.insert("spring".into(), serde_json::from_str(r#"{"name": "Spring day"}"#).unwrap());
        let mut sale = json!({"benefits": [{"percent_off": {"percent": 10}}]});
        sale.as_object_mut().unwrap().extend(promotion.as_object().unwrap().clone());
        documents.promotions.insert("sale".into(), serde_json::from_value(sale).unwrap());
        Snapshot::compile(&documents, 1).unwrap()
    }

    fn said(snapshot: &Snapshot, language: Option<&str>, key: Key) -> String {
        let language = language.map(Language::from);
        let voice = Voice::new(snapshot, language.as_ref(), "PLN".parse().unwrap());
        voice.refusal(&sample(key), snapshot.promotions.first())
    }

    #[test]
    fn our_own_words() {
        let snapshot = shop(&json!({"name": "Sale"}), &json!({}));
        let told: Vec<String> = refusals().map(|key| said(&snapshot, None, key)).collect();
        assert_eq!(
            told,
            [
                "there is no such code here",
                "this is a preview code: it only shows what codes look like",
                "it rests, or was withdrawn",
                "it starts on 2026-03-31 12:00 CEST",
                "it ended on 2026-03-31 12:00 CEST",
                "it is used up",
                "somebody is paying with it; it is held until 2026-03-31 12:00 CEST",
                "you have used it as often as one may (1240)",
                "sign in first: it is not for everybody",
                "it only holds for Spring day",
                "it is meant for somebody else",
                "it is not offered in PLN, only in EUR, PLN",
                "spend 12.40 PLN more: it needs 12.40 PLN, and this is 12.40 PLN",
                "the order does not meet: the sub-total is at least 1.00 EUR",
                "nothing in the order is what it rewards",
                "choose a way of shipping that it reaches",
                "there is nothing left to take off",
                "it may not stand beside Sale, event:spring:order:1",
                "only 12.40 PLN is left of what it may give",
                "it sells at cost, and the cost is not known",
            ]
        );
    }

    #[test]
    fn what_is_used_up_for_now_says_until_when_where_the_language_can() {
        let texts = json!({"pl": {"used_up": "Nie ma"}, "de": {"used_up_for_now": "Wieder ab {again_at}"}});
        let snapshot = shop(&json!({}), &texts);
        let refusal = Refusal::UsedUp { again_at: Some("2026-03-31T22:00:00Z".parse().unwrap()) };
        let said = |language: &str| {
            let language = Language::from(language);
            let voice = Voice::new(&snapshot, Some(&language), "PLN".parse().unwrap());
            voice.refusal(&refusal, snapshot.promotions.first())
        };
        assert_eq!(said("de"), "Wieder ab 2026-04-01 00:00 CEST");
        assert_eq!(said("pl"), "Nie ma");
        assert_eq!(said("en"), "it is used up until 2026-04-01 00:00 CEST");
    }

    #[test]
    fn languages_are_tried_from_the_buyers_to_the_shops_to_ours() {
        let texts = json!({
            "pl": {"minimum_not_met": "Brakuje {missing}", "void": "Przerwa"},
            "de-AT": {"minimum_not_met": "Es fehlen {missing}"},
        });
        let own = json!({"texts": {"pl": {"void": "{promotion} czeka"}, "de": {"void": "Pause"}}});
        let snapshot = shop(&own, &texts);
        let said = |language, key| said(&snapshot, language, key);
        // The buyer's own language, whatever its case; then wider ones; then the shop's.
        assert_eq!(said(Some("DE-at"), Key::MinimumNotMet), "Es fehlen 12.40 PLN");
        assert_eq!(said(Some("de-AT"), Key::Void), "Pause");
        assert_eq!(said(Some("de"), Key::MinimumNotMet), "Brakuje 12.40 PLN");
        assert_eq!(said(Some("pl-PL"), Key::MinimumNotMet), "Brakuje 12.40 PLN");
        assert_eq!(said(None, Key::MinimumNotMet), "Brakuje 12.40 PLN");
        // A promotion's own words before the shop's; without a name it is called by what it gives.
        assert_eq!(said(Some("pl"), Key::Void), "10% off the order czeka");
        // Ours where nobody has any, and in their turn where English was asked for.
        assert_eq!(said(Some("pl"), Key::UsedUp), "it is used up");
        assert_eq!(said(Some("en-GB"), Key::Void), "it rests, or was withdrawn");
    }

    #[test]
    fn amounts_are_written_in_the_way_of_the_language_that_is_spoken() {
        let texts = json!({
            "pl": {"minimum_not_met": "Brakuje {missing}", "amount": "{digits}\u{a0}{symbol}", "decimal_mark": ","},
            "en": {"amount": "{symbol}{digits}"},
        });
        let own = json!({"texts": {"pl-PL": {"minimum_not_met": "Jeszcze {missing}"}}});
        let snapshot = shop(&own, &texts);
        assert_eq!(said(&snapshot, Some("pl"), Key::MinimumNotMet), "Brakuje 12,40\u{a0}zł");
        assert_eq!(said(&snapshot, Some("pl-PL"), Key::MinimumNotMet), "Jeszcze 12,40\u{a0}zł");
        assert_eq!(
            said(&snapshot, Some("en"), Key::MinimumNotMet),
            "spend zł12.40 more: it needs zł12.40, and this is zł12.40"
        );
    }

    #[test]
    fn tags_are_cut_from_the_end() {
        let tags: Vec<_> = wider("zh-Hant-x-shop").collect();
        assert_eq!(tags, ["zh-Hant-x-shop", "zh-Hant", "zh"]);
        assert_eq!(wider("pl").collect::<Vec<_>>(), ["pl"]);
    }
}
