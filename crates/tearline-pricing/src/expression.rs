//! Expressions: what a condition asks where no form can say it.
//!
//! The language is a part of CEL, the Common Expression Language (`docs/adr/` says why a part, and why by our own
//! hands; `docs/reference/expressions.md` says what there is). An expression is compiled once, when its shop is:
//! `parse` turns text into a tree, `check` gives every part its type and the whole its cost, and what comes out is
//! a `program` that cannot ask for a thing that is not there. `run` answers it for one cart.
//!
//! It always ends, and always the same way: there are no fractions, whole numbers never wrap, loops only go over
//! what the cart has, and each answer may take [`STEPS_MAX`] steps.

mod check;
mod lex;
pub mod names;
mod parse;
mod program;
mod run;
mod world;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::AttributeName;
use names::Name;
use program::Program;
pub use world::World;

/// The longest expression, in bytes.
pub const BYTES_MAX: usize = 4_096;
/// How deep an expression may be nested.
pub const DEPTH_MAX: usize = 64;
/// How many loops may stand inside each other.
pub const LOOPS_MAX: usize = 8;
/// The most steps that an answer may take. A step reads a value, compares two or does one sum; a turn of a loop
/// takes as many as are written in it, and one more.
pub const STEPS_MAX: u32 = 100_000;
/// An expression that might take more than [`STEPS_MAX`] for a cart of so many lines is refused when it is compiled.
pub const LINES_SURE: u32 = 32;

/// An expression that asks yes or no, compiled. A document that holds one cannot be read with one that is wrong.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    program: Arc<Program>,
}

/// What is wrong with the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The character at which it is wrong, counted from 1.
    pub character: usize,
    /// What is wrong there, and what is allowed.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.character, self.message)
    }
}

/// Why an expression has no answer for a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// It would take more than [`STEPS_MAX`] steps.
    TooManySteps,
    /// A whole number grew beyond 63 bits.
    TooLarge,
    /// Something was to be divided by 0.
    DividedByZero,
    /// The smallest or largest of no numbers was asked.
    NoneOfThem,
    /// Cart, line or customer has no such attribute.
    NoAttribute(AttributeName),
    /// An attribute is of another type.
    AttributeIsNot(AttributeName, &'static str),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManySteps => write!(f, "the cart is so large that it takes more than {STEPS_MAX} steps"),
            Self::TooLarge => f.write_str("a number is too large"),
            Self::DividedByZero => f.write_str("it divides by 0"),
            Self::NoneOfThem => f.write_str("there is no smallest or largest of nothing"),
            Self::NoAttribute(name) => {
                write!(f, "there is no attribute `{name}`; ask for it with has(…) first")
            }
            Self::AttributeIsNot(name, wanted) => write!(f, "the attribute `{name}` is not {wanted}"),
        }
    }
}

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong: what is no expression, a name that there is not, a value of the wrong type,
    /// a fraction; and what is too long, too deep or too costly.
    ///
    /// ```
    /// use tearline_pricing::expression::Expression;
    /// assert!(Expression::compile("cart.units >= 3").is_ok());
    /// let fault = Expression::compile("cart.sub_total > 19.99").unwrap_err();
    /// assert_eq!(fault.character, 18);
    /// assert!(fault.message.contains("1999 is 19.99"));
    /// ```
    pub fn compile(text: &str) -> Result<Self, Fault> {
        if text.len() > BYTES_MAX {
            let head = &text[..text.floor_char_boundary(BYTES_MAX)];
            let message = format!("is longer than {BYTES_MAX} bytes");
            return Err(Fault { character: head.chars().count() + 1, message });
        }
        let told = |fault: lex::Misfit| Fault {
            character: text[..fault.at as usize].chars().count() + 1,
            message: fault.message,
        };
        let tree = parse::parse(text).map_err(told)?;
        let program = check::check(&tree).map_err(told)?;
        Ok(Self { text: text.into(), program: Arc::new(program) })
    }

    /// The text from which it was compiled.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Answers for one cart.
    ///
    /// # Errors
    ///
    /// Why there is no answer: a bound that was reached, or an attribute that is not there.
    pub fn evaluate(&self, world: &impl World) -> Result<bool, Unanswered> {
        run::run(&self.program, world).map_err(|stop| match stop {
            run::Stop::Steps => Unanswered::TooManySteps,
            run::Stop::Large => Unanswered::TooLarge,
            run::Stop::Zero => Unanswered::DividedByZero,
            run::Stop::None => Unanswered::NoneOfThem,
            run::Stop::Missing(name) => Unanswered::NoAttribute(self.program.attribute(name).clone()),
            run::Stop::Other(name, wanted) => {
                Unanswered::AttributeIsNot(self.program.attribute(name).clone(), wanted.words())
            }
        })
    }

    /// What it reads of the cart as a whole, its customer and the time, each once.
    pub fn reads(&self) -> &[&'static Name] {
        &self.program.reads
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::compile(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
