//! What a cart must be like for a promotion to apply: one condition per file.
//!
//! `docs/guides/add-a-condition.md` lists the places that a new one touches.

pub mod attribute;
pub mod basis;
pub mod channel;
pub mod contains;
pub mod currency;
pub mod customer;
pub mod dates;
pub mod days_since_order;
pub mod distinct;
pub mod event;
pub mod expression;
pub mod known_customer;
mod listed;
pub mod maximum;
pub mod minimum;
pub mod order_number;
pub mod quantity;
mod range;
pub mod recipient;
pub mod segment;
pub mod shipping;
pub mod signed_in;
#[cfg(test)]
mod tests;
pub mod weekly;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jiff::Zoned;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::Units;
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::names::{Country, CustomerId, EventId, PromotionId};
use crate::need::{Items, Need};
use crate::price::candidates::{Case, customer_words};
use crate::price::resolve::ResolvedLine;
use crate::quote::{Checked, Whole};
use crate::refusal::Refusal;
use crate::snapshot::index::Anchor;
use crate::snapshot::matcher::{EventIndex, Matcher, Scope};
use crate::when::Window;
use crate::words::Vocabulary;
pub use attribute::AttributeIs;
pub use channel::InChannel;
pub use contains::Contains;
pub use currency::InCurrency;
pub use customer::ByCustomer;
pub use dates::Dates;
pub use days_since_order::DaysSinceOrder;
pub use distinct::Distinct;
pub use event::InEvent;
pub use expression::Expressed;
pub use known_customer::ByKnownCustomer;
pub use maximum::Maximum;
pub use minimum::Minimum;
pub use order_number::OrderNumber;
pub use quantity::Quantity;
pub use recipient::ByRecipient;
pub use segment::InSegment;
pub use shipping::ShippedTo;
pub use signed_in::SignedIn;
pub use weekly::Weekly;

/// How deep conditions may be nested.
pub const DEPTH_MAX: usize = 8;

/// What a cart must be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Every one of these is met.
    #[cfg_attr(feature = "schema", schema(no_recursion))]
    All(Vec<Condition>),
    /// At least one of these is met.
    #[cfg_attr(feature = "schema", schema(no_recursion))]
    Any(Vec<Condition>),
    /// This is not met.
    #[cfg_attr(feature = "schema", schema(no_recursion))]
    Not(Box<Condition>),
    /// The sub-total reaches an amount.
    Minimum(Minimum),
    /// The sub-total does not pass an amount.
    Maximum(Maximum),
    /// So many units are in the cart.
    Quantity(Quantity),
    /// So many different products are in the cart.
    Distinct(Distinct),
    /// Certain things are in the cart, or are not.
    Contains(Contains),
    /// Something is bought in certain events.
    Event(InEvent),
    /// The shop knows who buys.
    SignedIn(SignedIn),
    /// Certain customers buy.
    Customer(ByCustomer),
    /// An event knows the customer.
    KnownCustomer(ByKnownCustomer),
    /// The customer is a recipient of the promotion.
    Recipient(ByRecipient),
    /// The customer is in certain segments.
    Segment(InSegment),
    /// It is the customer's first order, or the tenth.
    OrderNumber(OrderNumber),
    /// The customer's last order is so many days ago.
    DaysSinceOrder(DaysSinceOrder),
    /// The cart is in certain currencies.
    Currency(InCurrency),
    /// The cart comes from certain channels.
    Channel(InChannel),
    /// The order is shipped to certain countries, or in certain ways.
    Shipping(ShippedTo),
    /// The time is between two days or instants.
    Dates(Dates),
    /// The shop's clock shows certain hours of the week.
    Weekly(Weekly),
    /// Something that the shop says about the cart, a line or the customer.
    Attribute(AttributeIs),
    /// An expression holds, where no other condition fits.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Expressed))]
    Expression(Expressed),
}

/// What a condition may name or lean on: the promotion that asks it, and what its shop has.
pub(crate) struct Setting<'a> {
    pub(crate) promotion: &'a PromotionId,
    /// The promotion's own time.
    pub(crate) window: Window,
    pub(crate) events: &'a FxHashMap<EventId, EventIndex>,
    pub(crate) zone: &'a TimeZone,
}

/// A field of a condition, and what is wrong with it.
pub(crate) type Fault = (Cow<'static, str>, String);

/// What the document of every condition that holds no other says about itself.
pub(crate) trait Asks {
    /// The condition, made ready: with what it names looked up, and what it reckons with reckoned. It answers as well
    /// for a document with faults, which then nobody asks.
    fn prepare(&self, setting: &Setting<'_>) -> Box<dyn Ready>;

    /// The selectors of its document, in the order in which [`Question::matchers`] has them.
    fn selectors(&self) -> SmallVec<[&Selector; 1]> {
        SmallVec::new()
    }

    /// The amounts of its document, which must name the cart's currency; but for those of selectors.
    fn amounts(&self) -> SmallVec<[&Amounts; 1]> {
        SmallVec::new()
    }

    /// What is wrong with its document: the field, as a pointer below the condition's, and what is allowed.
    fn faults(&self, _setting: &Setting<'_>) -> Vec<Fault> {
        Vec::new()
    }

    /// What it asks, in plain words that stand after `if`: `the sub-total is at least 50.00 USD`.
    fn words(&self, shop: &Vocabulary) -> String;
}

/// A condition made ready to be asked.
pub(crate) trait Ready: fmt::Debug + Send + Sync {
    /// Whether it reads what promotions before this one have left, and so is asked when its turn comes.
    fn is_late(&self) -> bool {
        false
    }

    /// Whether it reads what the customer has ordered before.
    fn reads_past_orders(&self) -> bool {
        false
    }

    /// Whether it spends the units that it counts: they are neither rewarded nor counted by another condition
    /// that spends. Such a condition is late, too.
    fn spends(&self) -> bool {
        false
    }

    /// The units that it counted, where it is met and spends them.
    fn witness(&self, _question: &Question<'_>) -> Units {
        Units::new()
    }

    /// The number of a selector of which the cart must hold some for the condition to be met, if there is one.
    /// Where the cart holds none, the promotion is not even considered (`docs/adr/0009-what-a-cart-touches.md`).
    fn anchor(&self) -> Option<usize> {
        None
    }

    /// Asks. Most conditions of most promotions are not met, so that a no must cost little: it allocates nothing.
    ///
    /// # Errors
    ///
    /// Why it is not met; mostly [`Question::unmet`].
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal>;

    /// What there is in the cart, in plain words, for whoever reads the trace: `47.60 USD`.
    fn found(&self, question: &Question<'_>) -> String;

    /// Where it is not met, what would make it so, if that is in the customer's hands.
    fn need(&self, _question: &Question<'_>) -> Option<Need> {
        None
    }
}

/// What a condition sees.
pub(crate) struct Question<'a> {
    pub(crate) case: &'a Case<'a>,
    pub(crate) scope: &'a Scope,
    /// Each unit's price: after bulk discounts, or for a late condition what is left of it when its turn comes.
    pub(crate) prices: &'a [i64],
    /// Which units conditions before this one have spent; empty as long as none has.
    pub(crate) spent: &'a [bool],
    pub(crate) matchers: &'a [Matcher],
    words: &'a Arc<str>,
}

/// What is asked, and what has become of the units so far.
pub(crate) struct Asking<'a> {
    pub(crate) case: &'a Case<'a>,
    pub(crate) scope: &'a Scope,
    pub(crate) prices: &'a [i64],
    /// Which units conditions have spent; empty as long as none has.
    pub(crate) spent: Vec<bool>,
}

impl<'a> Question<'a> {
    /// The lines that the promotion sees, by id.
    pub(crate) fn seen_lines(&self) -> impl Iterator<Item = &'a ResolvedLine<'a>> {
        let scope = self.scope;
        self.case.cart.lines.iter().filter(move |line| scope.holds(line))
    }

    /// Of these lines those that the condition's first selector means; all, if it has none.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &'a ResolvedLine<'a>> {
        self.case.cart.lines.iter().filter(|line| self.means(line))
    }

    /// Whether these are all lines of the cart.
    pub(crate) fn means_everything(&self) -> bool {
        self.matchers.is_empty() && self.scope.is_everywhere()
    }

    /// Whether it is one of these lines.
    pub(crate) fn means(&self, line: &ResolvedLine<'_>) -> bool {
        self.matchers.first().is_none_or(|matcher| matcher.matches(line)) && self.scope.holds(line)
    }

    /// The customer.
    ///
    /// # Errors
    ///
    /// The shop has not identified them: what is for certain people asks them to say who they are.
    pub(crate) fn customer(&self) -> Result<&'a CustomerId, Refusal> {
        self.case.cart.customer().ok_or(Refusal::IdentifyFirst)
    }

    /// Who that is, for whoever reads the trace.
    pub(crate) fn who(&self) -> String {
        customer_words(self.case)
    }

    /// The country to which the order is shipped, if it is known.
    pub(crate) fn country(&self) -> Option<&'a Country> {
        self.case.cart.source.shipping.as_ref()?.country.as_ref()
    }

    /// The time by the shop's clock.
    pub(crate) fn now(&self) -> Zoned {
        self.case.snapshot.local(self.case.at)
    }

    /// What a selector of the condition means, for a need.
    pub(crate) fn items(&self, selector: Option<&Selector>) -> Option<Items> {
        self.case.snapshot.vocabulary().items(selector)
    }

    /// That the condition is not met, said in its own words.
    pub(crate) fn unmet(&self) -> Refusal {
        Refusal::ConditionNotMet { condition: Arc::clone(self.words) }
    }

    /// [`Question::unmet`], if so.
    pub(crate) fn met_if(&self, met: bool) -> Result<(), Refusal> {
        if met { Ok(()) } else { Err(self.unmet()) }
    }
}

/// A condition made ready, with its words.
#[derive(Debug)]
pub(crate) struct Compiled {
    form: Form,
    words: Arc<str>,
}

#[derive(Debug)]
enum Form {
    All(Vec<Compiled>),
    Any(Vec<Compiled>),
    Not(Box<Compiled>),
    Leaf(Box<dyn Ready>, SmallVec<[Matcher; 1]>),
}

impl Compiled {
    pub(crate) fn new(
        condition: &Condition,
        matcher: &mut impl FnMut(&Selector) -> Matcher,
        setting: &Setting<'_>,
        shop: &Vocabulary,
    ) -> Self {
        let mut parts =
            |parts: &[Condition]| parts.iter().map(|part| Self::new(part, matcher, setting, shop)).collect();
        let form = match condition.shape() {
            Shape::All(all) => Form::All(parts(all)),
            Shape::Any(any) => Form::Any(parts(any)),
            Shape::Not(part) => Form::Not(Box::new(Self::new(part, matcher, setting, shop))),
            Shape::Leaf(_, leaf) => {
                let matchers = leaf.selectors().into_iter().map(matcher).collect();
                Form::Leaf(leaf.prepare(setting), matchers)
            }
        };
        Self { form, words: condition.words(shop).into() }
    }

    /// Whether a part of it is asked only when the promotion's turn comes.
    pub(crate) fn is_late(&self) -> bool {
        match &self.form {
            Form::All(parts) | Form::Any(parts) => parts.iter().any(Self::is_late),
            Form::Not(part) => part.is_late(),
            Form::Leaf(leaf, _) => leaf.is_late() || leaf.spends(),
        }
    }

    /// Whether a part of it reads what the customer has ordered before.
    pub(crate) fn reads_past_orders(&self) -> bool {
        match &self.form {
            Form::All(parts) | Form::Any(parts) => parts.iter().any(Self::reads_past_orders),
            Form::Not(part) => part.reads_past_orders(),
            Form::Leaf(leaf, _) => leaf.reads_past_orders(),
        }
    }

    /// The items of which the cart must hold some for the condition to be met, if they are named.
    pub(crate) fn anchor(&self) -> Option<Anchor<'_>> {
        match &self.form {
            Form::All(parts) => parts.iter().find_map(Self::anchor),
            Form::Any(parts) => {
                let anchors: Option<Vec<_>> = parts.iter().map(Self::anchor).collect();
                anchors.map(|anchors| anchors.concat().into())
            }
            Form::Not(_) => None,
            Form::Leaf(leaf, matchers) => {
                let matcher = matchers.get(leaf.anchor()?)?;
                matcher.names_items().then(|| Anchor::from_iter([matcher]))
            }
        }
    }

    /// Asks the cart, as far as it takes to know whether the condition is met. The units that it then spends are
    /// noted; what is not met spends nothing.
    ///
    /// # Errors
    ///
    /// Why it is not met.
    pub(crate) fn ask(&self, asking: &mut Asking<'_>) -> Result<(), Refusal> {
        match &self.form {
            // All are asked, so that the refusal told is the one that goes first.
            Form::All(parts) => {
                let refusals = parts.iter().filter_map(|part| part.ask(asking).err());
                Refusal::first(refusals).map_or(Ok(()), Err)
            }
            Form::Any(parts) => {
                self.met_if(parts.iter().any(|part| asking.try_out(|it| part.ask(it)).is_ok()))
            }
            Form::Not(part) => {
                let spent = asking.spent.clone();
                let is_met = part.ask(asking).is_ok();
                asking.spent = spent;
                self.met_if(!is_met)
            }
            Form::Leaf(leaf, matchers) => {
                let question = asking.question(matchers, &self.words);
                let answer = leaf.ask(&question);
                let witness = witness(leaf.as_ref(), &question, answer.is_ok());
                asking.spend(&witness);
                answer
            }
        }
    }

    /// [`Compiled::ask`], with every part asked and its answer kept.
    pub(crate) fn check(&self, asking: &mut Asking<'_>) -> Checked {
        match &self.form {
            Form::All(parts) => {
                let parts: Vec<Checked> = parts.iter().map(|part| part.check(asking)).collect();
                let because = Refusal::first(parts.iter().filter_map(|part| part.because.clone()));
                Checked::of_parts(Whole::All, parts, because)
            }
            Form::Any(parts) => {
                let before = asking.spent.clone();
                let mut after = None;
                let mut checks = Vec::with_capacity(parts.len());
                for part in parts {
                    asking.spent.clone_from(&before);
                    checks.push(part.check(asking));
                    if checks.last().is_some_and(|check| check.met) && after.is_none() {
                        after = Some(asking.spent.clone());
                    }
                }
                let because = self.met_if(after.is_some()).err();
                asking.spent = after.unwrap_or(before);
                Checked::of_parts(Whole::Any, checks, because)
            }
            Form::Not(part) => {
                let spent = asking.spent.clone();
                let part = part.check(asking);
                asking.spent = spent;
                let because = self.met_if(!part.met).err();
                Checked::of_parts(Whole::None, vec![part], because)
            }
            Form::Leaf(leaf, matchers) => {
                let question = asking.question(matchers, &self.words);
                let (answer, found) = (leaf.ask(&question), leaf.found(&question));
                let witness = witness(leaf.as_ref(), &question, answer.is_ok());
                let check = Checked::new(self.words.to_string(), found, answer.err());
                let check = check.needing(|| leaf.need(&question));
                asking.spend(&witness);
                check
            }
        }
    }

    fn met_if(&self, met: bool) -> Result<(), Refusal> {
        let refusal = || Refusal::ConditionNotMet { condition: Arc::clone(&self.words) };
        if met { Ok(()) } else { Err(refusal()) }
    }
}

/// The units that a condition spends.
fn witness(leaf: &dyn Ready, question: &Question<'_>, is_met: bool) -> Units {
    if is_met && leaf.spends() { leaf.witness(question) } else { Units::new() }
}

impl<'a> Asking<'a> {
    /// Asks what a promotion's early conditions ask.
    pub(crate) fn early(case: &'a Case<'a>, scope: &'a Scope) -> Self {
        Self { case, scope, prices: &case.bulk.units, spent: Vec::new() }
    }

    fn question<'q>(&'q self, matchers: &'q [Matcher], words: &'q Arc<str>) -> Question<'q> {
        let Self { case, scope, prices, spent } = self;
        Question { case, scope, prices, spent, matchers, words }
    }

    /// Asks without spending anything where the answer is no.
    fn try_out(&mut self, ask: impl FnOnce(&mut Self) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let spent = self.spent.clone();
        ask(self).inspect_err(|_| self.spent = spent)
    }

    fn spend(&mut self, units: &[u32]) {
        if !units.is_empty() {
            self.spent.resize(self.case.cart.units_len(), false);
        }
        for &unit in units {
            self.spent[unit as usize] = true;
        }
    }
}

/// A condition as what holds others, or a leaf with its name in documents.
enum Shape<'a> {
    All(&'a [Condition]),
    Any(&'a [Condition]),
    Not(&'a Condition),
    Leaf(&'static str, &'a dyn Asks),
}

impl Condition {
    fn shape(&self) -> Shape<'_> {
        match self {
            Self::All(parts) => Shape::All(parts),
            Self::Any(parts) => Shape::Any(parts),
            Self::Not(part) => Shape::Not(part),
            Self::Minimum(condition) => Shape::Leaf("minimum", condition),
            Self::Maximum(condition) => Shape::Leaf("maximum", condition),
            Self::Quantity(condition) => Shape::Leaf("quantity", condition),
            Self::Distinct(condition) => Shape::Leaf("distinct", condition),
            Self::Contains(condition) => Shape::Leaf("contains", condition),
            Self::Event(condition) => Shape::Leaf("event", condition),
            Self::SignedIn(condition) => Shape::Leaf("signed_in", condition),
            Self::Customer(condition) => Shape::Leaf("customer", condition),
            Self::KnownCustomer(condition) => Shape::Leaf("known_customer", condition),
            Self::Recipient(condition) => Shape::Leaf("recipient", condition),
            Self::Segment(condition) => Shape::Leaf("segment", condition),
            Self::OrderNumber(condition) => Shape::Leaf("order_number", condition),
            Self::DaysSinceOrder(condition) => Shape::Leaf("days_since_order", condition),
            Self::Currency(condition) => Shape::Leaf("currency", condition),
            Self::Channel(condition) => Shape::Leaf("channel", condition),
            Self::Shipping(condition) => Shape::Leaf("shipping", condition),
            Self::Dates(condition) => Shape::Leaf("dates", condition),
            Self::Weekly(condition) => Shape::Leaf("weekly", condition),
            Self::Attribute(condition) => Shape::Leaf("attribute", condition),
            Self::Expression(condition) => Shape::Leaf("expression", condition),
        }
    }

    /// What it asks, in plain words that stand after `if`: `the sub-total is at least 50.00 USD`.
    pub fn words(&self, shop: &Vocabulary) -> String {
        let join = |parts: &[Self], glue: &str| {
            let parts: Vec<_> = parts.iter().map(|part| part.words_in_list(shop)).collect();
            parts.join(glue)
        };
        match self.shape() {
            Shape::All(parts) => join(parts, " and "),
            Shape::Any(parts) => join(parts, " or "),
            Shape::Not(part) => format!("not ({})", part.words(shop)),
            Shape::Leaf(_, leaf) => leaf.words(shop),
        }
    }

    /// Its words between those of other conditions.
    pub(crate) fn words_in_list(&self, shop: &Vocabulary) -> String {
        match self {
            Self::All(parts) | Self::Any(parts) if parts.len() > 1 => format!("({})", self.words(shop)),
            _ => self.words(shop),
        }
    }

    /// Calls `visit` with the amounts of every condition inside.
    pub(crate) fn each_amounts<'a>(&'a self, visit: &mut impl FnMut(&'a Amounts)) {
        match self.shape() {
            Shape::All(parts) | Shape::Any(parts) => parts.iter().for_each(|part| part.each_amounts(visit)),
            Shape::Not(part) => part.each_amounts(visit),
            Shape::Leaf(_, leaf) => {
                let of_selectors = leaf.selectors().into_iter().flat_map(Selector::amounts);
                leaf.amounts().into_iter().chain(of_selectors).for_each(visit);
            }
        }
    }

    /// What is wrong with it, each with its place below the condition's: `/any/1/minimum/amount`.
    pub(crate) fn faults(&self, setting: &Setting<'_>) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        if self.depth() > DEPTH_MAX {
            faults.push((String::new(), format!("is nested more than {DEPTH_MAX} deep")));
        } else {
            self.faults_below("", setting, &mut faults);
        }
        faults
    }

    fn faults_below(&self, at: &str, setting: &Setting<'_>, faults: &mut Vec<(String, String)>) {
        let mut several = |name: &str, parts: &[Self]| {
            if parts.is_empty() {
                faults.push((format!("{at}/{name}"), "has nothing in it".to_owned()));
            }
            for (place, part) in parts.iter().enumerate() {
                part.faults_below(&format!("{at}/{name}/{place}"), setting, faults);
            }
        };
        match self.shape() {
            Shape::All(parts) => several("all", parts),
            Shape::Any(parts) => several("any", parts),
            Shape::Not(part) => part.faults_below(&format!("{at}/not"), setting, faults),
            Shape::Leaf(name, leaf) => faults.extend(
                leaf.faults(setting).into_iter().map(|(field, it)| (format!("{at}/{name}/{field}"), it)),
            ),
        }
    }

    /// How many levels it is deep; a condition that holds no other is 1.
    fn depth(&self) -> usize {
        match self.shape() {
            Shape::All(parts) | Shape::Any(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
            Shape::Not(part) => 1 + part.depth(),
            Shape::Leaf(..) => 1,
        }
    }
}
