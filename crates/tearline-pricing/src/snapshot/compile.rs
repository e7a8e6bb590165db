//! From documents to a snapshot, with everything that is wrong found in one go.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::benefits::{Benefit, Rank};
use crate::cart::CODE_BYTES_MAX;
use crate::code::match_key;
use crate::conditions::{self, Setting};
use crate::config::promotion::Stacking;
use crate::config::selector::Selector;
use crate::config::shop::GroupRule;
use crate::config::{Documents, Promotion, Shop};
use crate::names::{EventId, GroupId, PromotionId};
use crate::quote::Stage;
use crate::snapshot::events::{self, CompiledEvent, Written};
use crate::snapshot::faults::{ConfigFault, DocumentName, Faults};
use crate::snapshot::index::Index;
use crate::snapshot::matcher::{EventIndex, Matcher, Scope, Symbols};
use crate::snapshot::{
    CompiledBenefit, CompiledGroup, CompiledPromotion, GroupIndex, PromotionIndex, Snapshot, price_lists,
    warnings,
};
use crate::texts::check::{Whose, check as check_texts};
use crate::when::Window;
use crate::words::Vocabulary;

pub(crate) fn compile(documents: &Documents, version: u64) -> Result<Snapshot, Vec<ConfigFault>> {
    let mut compiler = Compiler::new(documents);
    let price_lists = compiler.price_lists(documents);
    let price_list_index: BTreeMap<_, _> = documents.price_lists.keys().zip(0..).collect();
    for (id, event) in &documents.events {
        let index = event.price_list.as_ref().and_then(|list| price_list_index.get(list).copied());
        if let Some(list) = event.price_list.as_ref().filter(|_| index.is_none()) {
            compiler.faults("event", id).add("/price_list", format!("there is no price list `{list}`"));
        }
        compiler.event(id, event, index);
    }
    for (id, promotion) in &documents.promotions {
        compiler.promotion(id, promotion);
    }
    compiler.finish(documents, price_lists, version)
}

struct Compiler {
    zone: TimeZone,
    vocabulary: Vocabulary,
    products: Symbols,
    categories: Symbols,
    event_index: FxHashMap<EventId, EventIndex>,
    events: Vec<CompiledEvent>,
    promotions: Vec<CompiledPromotion>,
    sort_keys: Vec<(SortKey, PromotionIndex, usize)>,
    automatic: Index,
    codes: FxHashMap<String, PromotionIndex>,
    groups: Vec<CompiledGroup>,
    named_groups: FxHashMap<GroupId, GroupIndex>,
    group_rule: GroupRule,
    found: Vec<ConfigFault>,
}

/// Where a promotion is written: a document, and the place in it where it is only a part.
struct Origin<'a> {
    document: &'a DocumentName,
    at: String,
}

/// The one key that decides the order of everything (`docs/reference/arithmetic.md`), but for the place of the
/// benefit in its promotion.
type SortKey = (Stage, bool, std::cmp::Reverse<i32>, Rank, PromotionId);

impl Compiler {
    fn new(documents: &Documents) -> Self {
        let mut found = Vec::new();
        let zone = zone(&documents.shop, &mut found);
        texts(&documents.shop, &mut found);
        Self {
            zone,
            vocabulary: Vocabulary::of(documents),
            products: Symbols::default(),
            categories: Symbols::default(),
            event_index: documents.events.keys().cloned().zip(0..).collect(),
            events: Vec::new(),
            promotions: Vec::new(),
            sort_keys: Vec::new(),
            automatic: Index::default(),
            codes: FxHashMap::default(),
            groups: Vec::new(),
            named_groups: FxHashMap::default(),
            group_rule: documents.shop.groups,
            found,
        }
    }

    fn faults(&mut self, kind: &str, id: impl std::fmt::Display) -> Faults<'_> {
        Faults::of(DocumentName::new(kind, id), &mut self.found)
    }

    fn price_lists(&mut self, documents: &Documents) -> Vec<price_lists::CompiledPriceList> {
        let mut compiled = Vec::new();
        for (id, list) in &documents.price_lists {
            let mut faults = Faults::of(DocumentName::new("price_list", id), &mut self.found);
            compiled.push(price_lists::compile(
                id,
                list,
                &mut self.products,
                &mut self.categories,
                &mut faults,
            ));
        }
        compiled
    }

    fn event(&mut self, id: &EventId, event: &crate::config::Event, price_list: Option<usize>) {
        let document = DocumentName::new("event", id);
        let mut faults = Faults::of(document.clone(), &mut self.found);
        faults.name("", id.fault());
        let written = events::write(id, event, &mut faults);
        let galleries = event.galleries.iter();
        let subjects =
            galleries.filter_map(|gallery| Some((gallery.id.clone(), gallery.subject.clone()?))).collect();
        let first = self.next_promotion();
        let own = self.written(&document, &format!("event:{id}:order"), written.own);
        let known = written
            .known
            .into_iter()
            .map(|(customer, own)| {
                let group = format!("event:{id}:known:{customer}:order");
                let own = own.map(|own| self.written(&document, &group, own));
                (customer, own)
            })
            .collect();
        let discounts = first..self.next_promotion();
        self.events.push(CompiledEvent { price_list, subjects, discounts, own, known });
    }

    /// Adds the promotions of an event; those of them that are a group are always best for the customer.
    fn written(
        &mut self,
        document: &DocumentName,
        group: &str,
        written: Vec<Written>,
    ) -> Vec<PromotionIndex> {
        let group = self.group(group.into(), GroupRule::BestForCustomer);
        let add = |written: Written| {
            let group = written.in_group.then_some(group);
            self.add(&Origin { document, at: written.at }, written.id, &written.promotion, group)
        };
        written.into_iter().map(add).collect()
    }

    fn promotion(&mut self, id: &PromotionId, promotion: &Promotion) {
        let document = DocumentName::new("promotion", id);
        self.faults("promotion", id).name("", id.fault());
        let origin = Origin { document: &document, at: String::new() };
        if let Some(group) = &promotion.group {
            self.faults("promotion", id).name("/group", group.fault());
        }
        let group = promotion.group.as_ref().map(|group| self.named_group(group));
        let index = self.add(&origin, id.clone(), promotion, group);
        self.codes(id, promotion, index);
        if !promotion.needs_code() {
            self.automatic.add(index, &self.promotions[index as usize]);
        }
    }

    fn group(&mut self, id: GroupId, rule: GroupRule) -> GroupIndex {
        self.groups.push(CompiledGroup { id, rule });
        GroupIndex::try_from(self.groups.len() - 1).expect("fewer than 2^32 groups")
    }

    fn named_group(&mut self, id: &GroupId) -> GroupIndex {
        if let Some(group) = self.named_groups.get(id) {
            return *group;
        }
        let group = self.group(id.clone(), self.group_rule);
        self.named_groups.insert(id.clone(), group);
        group
    }

    fn codes(&mut self, id: &PromotionId, promotion: &Promotion, index: PromotionIndex) {
        for (place, code) in promotion.codes.iter().enumerate() {
            let key = match_key(code);
            let fault = if key.is_empty() {
                Some("has nothing but spaces and dashes: a code needs letters or digits".to_owned())
            } else if code.len() > CODE_BYTES_MAX {
                Some(format!("is longer than {CODE_BYTES_MAX} bytes"))
            } else if code.chars().any(char::is_control) {
                Some("has a control character in it".to_owned())
            } else if let Some(other) = self.codes.insert(key, index) {
                let other = &self.promotions[other as usize].id;
                Some(format!(
                    "is a code of promotion `{other}` already (case, spaces and dashes do not count)"
                ))
            } else {
                None
            };
            if let Some(fault) = fault {
                self.faults("promotion", id).add(format!("/codes/{place}"), format!("`{code}` {fault}"));
            }
        }
    }

    fn next_promotion(&self) -> PromotionIndex {
        PromotionIndex::try_from(self.promotions.len()).expect("fewer than 2^32 promotions")
    }

    fn add(
        &mut self,
        origin: &Origin<'_>,
        id: PromotionId,
        promotion: &Promotion,
        group: Option<GroupIndex>,
    ) -> PromotionIndex {
        let index = self.next_promotion();
        let (document, prefix) = (origin.document.clone(), origin.at.clone());
        let mut faults = Faults { document, prefix, found: &mut self.found };
        let window = window(promotion, &self.zone, &mut faults);
        let scope = scope(promotion, &self.event_index, &mut faults);
        let (events, zone) = (&self.event_index, &self.zone);
        let setting = Setting { promotion: &id, window, events, zone };
        check(promotion, &setting, &mut faults);
        let mut matcher = |selector: &_| Matcher::new(selector, &mut self.products, &mut self.categories);
        let compiled = promotion.conditions.iter();
        let (late_conditions, conditions) = compiled
            .map(|condition| conditions::Compiled::new(condition, &mut matcher, &setting, &self.vocabulary))
            .partition(conditions::Compiled::is_late);
        let mut benefits = SmallVec::new();
        for (place, benefit) in promotion.benefits.iter().enumerate() {
            let gives = benefit.gives();
            self.sort_keys.push((sort_key(&id, promotion, gives.stage(), gives.rank()), index, place));
            let matchers = gives.selectors().into_iter().map(&mut matcher).collect();
            benefits.push(CompiledBenefit {
                benefit: benefit.clone(),
                matchers,
                stage: gives.stage(),
                order: 0,
            });
        }
        let mut customers = promotion.customers.clone();
        customers.sort();
        self.promotions.push(CompiledPromotion {
            id,
            name: promotion.name.clone(),
            texts: promotion.texts.clone(),
            gives: self.vocabulary.gives(promotion),
            sentence: self.vocabulary.sentence(promotion).into(),
            codes: promotion.codes.clone().into(),
            paused: promotion.paused,
            pool_codes: promotion.pool_codes,
            scope,
            events: promotion.events.clone().into(),
            customers,
            window,
            conditions,
            late_conditions,
            benefits,
            amounts: amounts(promotion),
            limits: promotion.limits.clone(),
            is_limited: !promotion.limits.is_none(),
            is_plain: is_plain(promotion, window),
            stacking: promotion.stacking,
            combines_with_codes: promotion.combines_with_codes,
            ignores_floor: promotion.ignore_floor,
            funded_by: promotion.funded_by,
            exclusive: promotion.exclusive,
            group,
        });
        index
    }

    fn finish(
        mut self,
        documents: &Documents,
        price_lists: Vec<price_lists::CompiledPriceList>,
        version: u64,
    ) -> Result<Snapshot, Vec<ConfigFault>> {
        if !self.found.is_empty() {
            return Err(self.found);
        }
        self.sort_keys.sort();
        let named = self.promotions.iter().map(|promotion| promotion.id.clone()).zip(0..).collect();
        for (order, (_, promotion, place)) in (0..).zip(&self.sort_keys) {
            self.promotions[*promotion as usize].benefits[*place].order = order;
        }
        let is_limited = |promotion: &CompiledPromotion| promotion.is_limited();
        Ok(Snapshot {
            has_limits: self.promotions.iter().any(is_limited),
            reads_past_orders: self.promotions.iter().any(CompiledPromotion::reads_past_orders),
            version,
            shop: documents.shop.clone(),
            zone: self.zone,
            products: self.products,
            categories: self.categories,
            price_lists,
            event_index: self.event_index,
            events: self.events,
            promotions: self.promotions,
            automatic: self.automatic,
            codes: self.codes,
            named,
            groups: self.groups,
            warnings: warnings::of(documents),
            vocabulary: self.vocabulary,
        })
    }
}

fn zone(shop: &Shop, found: &mut Vec<ConfigFault>) -> TimeZone {
    TimeZone::get(&shop.time_zone).unwrap_or_else(|_| {
        let message =
            format!("`{}` is not a time zone: write its IANA name, such as Europe/Warsaw", shop.time_zone);
        Faults::of(DocumentName::new("shop", ""), found).add("/time_zone", message);
        TimeZone::UTC
    })
}

fn texts(shop: &Shop, found: &mut Vec<ConfigFault>) {
    let mut faults = Faults::of(DocumentName::new("shop", ""), found);
    if let Some(fault) = shop.language.form_fault() {
        faults.add("/language", fault);
    }
    check_texts(&shop.texts, Whose::Shop, &mut faults);
}

fn window(promotion: &Promotion, zone: &TimeZone, faults: &mut Faults<'_>) -> Window {
    let (starts, expires) = (("starts_at", promotion.starts_at), ("expires_at", promotion.expires_at));
    let (window, wrong) = Window::between(starts, expires, zone);
    for (field, message) in wrong {
        faults.add(format!("/{field}"), message);
    }
    window
}

fn scope(promotion: &Promotion, events: &FxHashMap<EventId, EventIndex>, faults: &mut Faults<'_>) -> Scope {
    let mut scope = Scope::default();
    for (place, event) in promotion.events.iter().enumerate() {
        match events.get(event) {
            Some(index) => scope.events.push(*index),
            None => faults.add(format!("/events/{place}"), format!("there is no event `{event}`")),
        }
    }
    scope
}

fn check(promotion: &Promotion, setting: &Setting<'_>, faults: &mut Faults<'_>) {
    if promotion.benefits.is_empty() {
        faults.add("/benefits", "needs at least one benefit, such as {percent_off: {percent: 10}}");
    }
    for (place, benefit) in promotion.benefits.iter().enumerate() {
        for (field, message) in benefit.gives().faults() {
            faults.add(format!("/benefits/{place}/{}/{field}", benefit.name()), message);
        }
    }
    for (place, condition) in promotion.conditions.iter().enumerate() {
        for (below, message) in condition.faults(setting) {
            faults.add(format!("/conditions/{place}{below}"), message);
        }
    }
    check_texts(&promotion.texts, Whose::Promotion, faults);
    for (place, customer) in promotion.customers.iter().enumerate() {
        faults.name(format!("/customers/{place}"), customer.fault());
    }
    check_limits(promotion, faults);
    check_together(promotion, faults);
}

/// What a promotion says about others beside it.
fn check_together(promotion: &Promotion, faults: &mut Faults<'_>) {
    let has_code = promotion.needs_code();
    if !has_code && promotion.stacking != Stacking::Chain {
        faults.add(
            "/stacking",
            "only says how a code goes together with automatic discounts, and this promotion has none",
        );
    }
    if !has_code && promotion.combines_with_codes {
        faults.add(
            "/combines_with_codes",
            "only says how a code goes together with others, and this promotion has none",
        );
    }
    if promotion.exclusive && promotion.combines_with_codes {
        faults.add("/combines_with_codes", "must be false where the promotion is `exclusive`");
    }
    let credits = promotion.benefits.iter().enumerate().filter_map(|(place, benefit)| match benefit {
        Benefit::Credit(credit) => Some((place, credit)),
        _ => None,
    });
    let mut others = promotion.benefits.len();
    for (place, credit) in credits {
        others -= 1;
        if !has_code && !credit.beside_codes {
            faults.add(
                format!("/benefits/{place}/credit/beside_codes"),
                "only says how a code goes together with others, and this promotion has none",
            );
        }
    }
    if promotion.exclusive && others == 0 {
        faults.add(
            "/exclusive",
            "needs a discount: what only gives credit is a payment, and keeps no discount out",
        );
    }
}

fn check_limits(promotion: &Promotion, faults: &mut Faults<'_>) {
    for (field, most) in promotion.limits.counts() {
        if most == Some(0) {
            let message = "must be at least 1; to stop a promotion, set `paused: true`";
            faults.add(format!("/limits/{field}"), message);
        }
    }
    if promotion.limits.per_code.is_some() && !promotion.needs_code() {
        faults.add("/limits/per_code", "counts the uses of each code, and this promotion has none");
    }
    check_budget(promotion, faults);
}

fn check_budget(promotion: &Promotion, faults: &mut Faults<'_>) {
    let Some(budget) = &promotion.limits.budget else { return };
    if budget.amount.minor < 1 {
        faults.add("/limits/budget/amount", "must be above 0; to stop a promotion, set `paused: true`");
    }
    let is_credit = |benefit: &Benefit| matches!(benefit, Benefit::Credit(_));
    if !promotion.benefits.is_empty() && promotion.benefits.iter().all(is_credit) {
        faults.add("/limits/budget", "needs a discount: what only gives credit is limited by its balance");
    }
}

/// Whether nothing but conditions, currency and, if it has any, codes decides whether a promotion applies.
fn is_plain(promotion: &Promotion, window: Window) -> bool {
    let draws = |benefit: &Benefit| matches!(benefit, Benefit::Credit(_));
    !promotion.paused
        && window == Window::default()
        && promotion.limits.is_none()
        && promotion.events.is_empty()
        && promotion.customers.is_empty()
        && !promotion.benefits.iter().any(draws)
}

fn amounts(promotion: &Promotion) -> SmallVec<[crate::money::Amounts; 1]> {
    let mut amounts = SmallVec::new();
    for benefit in &promotion.benefits {
        let gives = benefit.gives();
        let of_selectors = gives.selectors().into_iter().flat_map(Selector::amounts);
        amounts.extend(gives.amounts().into_iter().chain(gives.at_most()).chain(of_selectors).cloned());
    }
    for condition in &promotion.conditions {
        condition.each_amounts(&mut |each| amounts.push(each.clone()));
    }
    amounts.extend(promotion.limits.budget.and_then(|budget| budget.amount.try_into().ok()));
    amounts
}

fn sort_key(id: &PromotionId, promotion: &Promotion, stage: Stage, rank: Rank) -> SortKey {
    let has_code = promotion.needs_code();
    // Such a code reads what the automatic promotions of both stages took, so it comes after them.
    let waits = has_code && promotion.stacking != Stacking::Chain;
    let stage = if waits { stage.max(Stage::Order) } else { stage };
    (stage, has_code, std::cmp::Reverse(promotion.priority), rank, id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a promotion, or what its owner should look at.
    fn told(promotion: &str) -> Vec<String> {
        let mut documents = Documents::default();
        documents.promotions.insert("fund".into(), serde_json::from_str(promotion).unwrap());
        match Snapshot::compile(&documents, 1) {
            Ok(snapshot) => snapshot.warnings().iter().map(ToString::to_string).collect(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }

    fn with_budget(amount: &str, benefit: &str) -> Vec<String> {
        told(&format!(r#"{{"limits": {{"budget": {{"amount": "{amount}"}}}}, "benefits": [{benefit}]}}"#))
    }

    const TENTH: &str = r#"{"percent_off": {"percent": 10}}"#;

    #[test]
    fn a_budget_bounds_what_discounts_give() {
        assert!(with_budget("500.00 USD", TENTH).is_empty());
        let told = with_budget("0.00 USD", TENTH);
        assert!(told[0].contains("/limits/budget/amount: must be above 0"), "{told:?}");
        let told = with_budget("500.00 USD", r#"{"credit": {"amount": "5.00 USD", "shared": true}}"#);
        assert!(told[0].contains("/limits/budget: needs a discount"), "{told:?}");
    }

    #[test]
    fn a_budget_in_a_currency_that_nobody_pays_in_is_told() {
        let told = with_budget("500.00 EUR", TENTH);
        assert_eq!(
            told,
            ["promotion/fund: can never apply: its budget is 500.00 EUR, and the shop sells in USD"]
        );
        let told = with_budget("500.00 USD", r#"{"amount_off": {"amount": "5.00 EUR"}}"#);
        assert_eq!(
            told,
            ["promotion/fund: can never apply: it names 5.00 EUR, and its budget is 500.00 USD"]
        );
        let both = r#"{"amount_off": {"amount": ["5.00 EUR", "6.00 USD"]}}"#;
        assert!(with_budget("500.00 USD", both).is_empty());
    }
}
