//! What a cart must be like for a promotion to apply: one condition per file.
//!
//! `docs/guides/add-a-condition.md` lists the places that a new one touches.

pub mod expression;
pub mod minimum;
pub mod quantity;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::Units;
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::need::{Items, Need};
use crate::price::candidates::Case;
use crate::price::resolve::ResolvedLine;
use crate::quote::{Checked, Whole};
use crate::refusal::Refusal;
use crate::snapshot::index::Anchor;
use crate::snapshot::matcher::{Matcher, Scope};
use crate::words::Vocabulary;
pub use expression::Expressed;
pub use minimum::Minimum;
pub use quantity::Quantity;

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
    /// So many units are in the cart.
    Quantity(Quantity),
    /// An expression holds, where no other condition fits.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Expressed))]
    Expression(Expressed),
}

/// What every condition that holds no other says about itself.
pub(crate) trait Asks: fmt::Debug + Send + Sync {
    /// Itself, made ready to be asked.
    fn prepare(&self) -> Box<dyn Asks>;

    /// The selectors of its document, in the order in which [`Question::matchers`] has them.
    fn selectors(&self) -> SmallVec<[&Selector; 1]> {
        SmallVec::new()
    }

    /// The amounts of its document, which must name the cart's currency; but for those of selectors.
    fn amounts(&self) -> SmallVec<[&Amounts; 1]> {
        SmallVec::new()
    }

    /// What is wrong with its document: the field and what is allowed.
    fn faults(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Whether it reads what promotions before this one have left, and so is asked when its turn comes.
    fn is_late(&self) -> bool {
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

    /// What it asks, in plain words that stand after `if`: `the sub-total is at least 50.00 USD`.
    fn words(&self, shop: &Vocabulary) -> String;

    /// Asks.
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
    /// The lines, by id, in the promotion's scope that the condition's first selector means; all, if it has none.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &'a ResolvedLine<'a>> {
        let (matcher, scope) = (self.matchers.first(), self.scope);
        let is_meant = move |line: &&ResolvedLine<'_>| {
            matcher.is_none_or(|matcher| matcher.matches(line)) && scope.holds(line)
        };
        self.case.cart.lines.iter().filter(is_meant)
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
    Leaf(Box<dyn Asks>, SmallVec<[Matcher; 1]>),
}

impl Compiled {
    pub(crate) fn new(
        condition: &Condition,
        matcher: &mut impl FnMut(&Selector) -> Matcher,
        shop: &Vocabulary,
    ) -> Self {
        let mut parts =
            |parts: &[Condition]| parts.iter().map(|part| Self::new(part, matcher, shop)).collect();
        let form = match condition.shape() {
            Shape::All(all) => Form::All(parts(all)),
            Shape::Any(any) => Form::Any(parts(any)),
            Shape::Not(part) => Form::Not(Box::new(Self::new(part, matcher, shop))),
            Shape::Leaf(_, leaf) => {
                let matchers = leaf.selectors().into_iter().map(matcher).collect();
                Form::Leaf(leaf.prepare(), matchers)
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
fn witness(leaf: &dyn Asks, question: &Question<'_>, is_met: bool) -> Units {
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
            Self::Quantity(condition) => Shape::Leaf("quantity", condition),
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
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        if self.depth() > DEPTH_MAX {
            faults.push((String::new(), format!("is nested more than {DEPTH_MAX} deep")));
        } else {
            self.faults_below("", &mut faults);
        }
        faults
    }

    fn faults_below(&self, at: &str, faults: &mut Vec<(String, String)>) {
        let mut several = |name: &str, parts: &[Self]| {
            if parts.is_empty() {
                faults.push((format!("{at}/{name}"), "has nothing in it".to_owned()));
            }
            for (place, part) in parts.iter().enumerate() {
                part.faults_below(&format!("{at}/{name}/{place}"), faults);
            }
        };
        match self.shape() {
            Shape::All(parts) => several("all", parts),
            Shape::Any(parts) => several("any", parts),
            Shape::Not(part) => part.faults_below(&format!("{at}/not"), faults),
            Shape::Leaf(name, leaf) => faults.extend(
                leaf.faults().into_iter().map(|(field, message)| (format!("{at}/{name}/{field}"), message)),
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
