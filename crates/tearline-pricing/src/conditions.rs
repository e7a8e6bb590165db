//! What a cart must be like for a promotion to apply: one condition per file.
//!
//! `docs/guides/add-a-condition.md` lists the places that a new one touches.

pub mod minimum;

use serde::{Deserialize, Serialize};

use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::price::resolve::ResolvedCart;
use crate::quote::Checked;
use crate::refusal::Refusal;
use crate::snapshot::matcher::{Matcher, Scope};
use crate::words::Vocabulary;
pub use minimum::Minimum;

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
}

/// What every condition says about itself.
pub(crate) trait Asks {
    /// The selectors of its document, in the order in which [`Question::matchers`] has them.
    fn selectors(&self) -> Vec<&Selector> {
        Vec::new()
    }

    /// The amounts of its document, which must name the cart's currency.
    fn amounts(&self) -> Option<&Amounts> {
        None
    }

    /// What it asks, in plain words that stand after `if`: `the sub-total is at least 50.00 USD`.
    fn words(&self, shop: &Vocabulary) -> String;

    /// What the cart answers.
    fn ask(&self, question: &Question<'_>) -> Answer;
}

/// What a condition sees.
pub(crate) struct Question<'a> {
    pub(crate) cart: &'a ResolvedCart<'a>,
    pub(crate) scope: &'a Scope,
    pub(crate) matchers: &'a [Matcher],
}

/// Whether a condition is met; if not, why not.
pub(crate) struct Answer {
    pub(crate) refusal: Option<Refusal>,
    /// What was found in the cart, in plain words.
    pub(crate) found: Found,
}

/// What was found, told only if somebody listens.
pub(crate) enum Found {
    Minor(i64),
}

/// A condition made ready: with its selectors turned to matchers, and its words.
#[derive(Debug)]
pub(crate) enum Compiled {
    All(Vec<Compiled>),
    Any(Vec<Compiled>, Box<str>),
    Not(Box<Compiled>, Box<str>),
    Leaf(Leaf, Vec<Matcher>, Box<str>),
}

/// A condition that holds no other.
#[derive(Debug)]
pub(crate) enum Leaf {
    Minimum(Minimum),
}

impl Leaf {
    pub(crate) fn asks(&self) -> &dyn Asks {
        match self {
            Self::Minimum(condition) => condition,
        }
    }
}

impl Compiled {
    pub(crate) fn new(
        condition: &Condition,
        matcher: &mut impl FnMut(&Selector) -> Matcher,
        shop: &Vocabulary,
    ) -> Self {
        let mut parts =
            |parts: &[Condition]| parts.iter().map(|part| Self::new(part, matcher, shop)).collect();
        let words = || condition.words(shop).into_boxed_str();
        match condition {
            Condition::All(all) => Self::All(parts(all)),
            Condition::Any(any) => Self::Any(parts(any), words()),
            Condition::Not(part) => Self::Not(Box::new(Self::new(part, matcher, shop)), words()),
            Condition::Minimum(minimum) => {
                let leaf = Leaf::Minimum(minimum.clone());
                let matchers = leaf.asks().selectors().into_iter().map(matcher).collect();
                Self::Leaf(leaf, matchers, words())
            }
        }
    }

    /// Asks the cart, as far as it takes to know whether the condition is met.
    ///
    /// # Errors
    ///
    /// Why it is not.
    pub(crate) fn ask(&self, cart: &ResolvedCart<'_>, scope: &Scope) -> Result<(), Refusal> {
        match self {
            // All are asked, so that the refusal told is the one that goes first.
            Self::All(parts) => {
                let refusals = parts.iter().filter_map(|part| part.ask(cart, scope).err());
                Refusal::first(refusals).map_or(Ok(()), Err)
            }
            Self::Any(parts, words) => met_by(parts.iter().any(|part| part.ask(cart, scope).is_ok()), words),
            Self::Not(part, words) => met_by(part.ask(cart, scope).is_err(), words),
            Self::Leaf(leaf, matchers, _) => {
                let answer = leaf.asks().ask(&Question { cart, scope, matchers });
                answer.refusal.map_or(Ok(()), Err)
            }
        }
    }

    /// [`Compiled::ask`], with every part asked and its answer kept.
    pub(crate) fn check(&self, cart: &ResolvedCart<'_>, scope: &Scope) -> Checked {
        let check = |parts: &[Self]| parts.iter().map(|part| part.check(cart, scope)).collect::<Vec<_>>();
        match self {
            Self::All(parts) => {
                let parts = check(parts);
                let because = Refusal::first(parts.iter().filter_map(|part| part.because.clone()));
                Checked::of_parts("all of these", parts, because)
            }
            Self::Any(parts, words) => {
                let parts = check(parts);
                let because = met_by(parts.iter().any(|part| part.met), words).err();
                Checked::of_parts("any of these", parts, because)
            }
            Self::Not(part, words) => {
                let part = part.check(cart, scope);
                let because = met_by(!part.met, words).err();
                Checked::of_parts("none of these", vec![part], because)
            }
            Self::Leaf(leaf, matchers, words) => {
                let answer = leaf.asks().ask(&Question { cart, scope, matchers });
                Checked::new(words.to_string(), answer.found.words(cart), answer.refusal)
            }
        }
    }
}

fn met_by(met: bool, words: &str) -> Result<(), Refusal> {
    if met { Ok(()) } else { Err(Refusal::ConditionNotMet { condition: words.to_owned() }) }
}

impl Condition {
    /// What it asks, in plain words that stand after `if`: `the sub-total is at least 50.00 USD`.
    pub fn words(&self, shop: &Vocabulary) -> String {
        let join = |parts: &[Self], glue: &str| {
            let parts: Vec<_> = parts.iter().map(|part| part.words_in_list(shop)).collect();
            parts.join(glue)
        };
        match self {
            Self::All(parts) => join(parts, " and "),
            Self::Any(parts) => join(parts, " or "),
            Self::Not(part) => format!("not ({})", part.words(shop)),
            Self::Minimum(minimum) => minimum.words(shop),
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
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each_amounts(visit)),
            Self::Not(part) => part.each_amounts(visit),
            Self::Minimum(minimum) => minimum.amounts().into_iter().for_each(visit),
        }
    }

    /// How many levels it is deep; a condition that holds no other is 1.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
            Self::Not(part) => 1 + part.depth(),
            Self::Minimum(_) => 1,
        }
    }

    /// Whether `all` or `any` inside has no parts.
    pub(crate) fn is_hollow(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.is_empty() || parts.iter().any(Self::is_hollow),
            Self::Not(part) => part.is_hollow(),
            Self::Minimum(_) => false,
        }
    }
}
