//! An expression made ready: every part has its type, so that none can be asked for what it is not.

use compact_str::CompactString;

use super::names::{
    LineText, LineTexts, LineTruth, LineWhole, Name, TextName, TextsName, TruthName, WholeName,
};
use super::parse::Join;
use crate::names::AttributeName;

/// A whole expression.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) asks: Truth,
    /// The steps that are taken outside of loops.
    pub(super) steps: u32,
    /// Every attribute it names.
    pub(super) attributes: Vec<AttributeName>,
    /// What it reads of the cart as a whole, its customer and the time.
    pub(super) reads: Vec<&'static Name>,
}

impl Program {
    pub(super) fn attribute(&self, index: AttributeIndex) -> &AttributeName {
        &self.attributes[usize::from(index)]
    }
}

/// The number of an attribute's name in its program.
pub(super) type AttributeIndex = u16;

/// Where a loop keeps the line, text or number of its turn.
pub(super) type Slot = u8;

/// What is true or false.
#[derive(Debug, Clone)]
pub(super) enum Truth {
    Is(bool),
    Named(TruthName),
    OfLine(LineTruth, Slot),
    Attribute(Asked),
    Not(Box<Truth>),
    Both(Join, Vec<Truth>),
    If(Box<[Truth; 3]>),
    Wholes(Order, Box<[Whole; 2]>),
    Texts(Order, Box<[Text; 2]>),
    Truths(Order, Box<[Truth; 2]>),
    /// Whether two values are the same, of whatever type they turn out to be.
    Same(Box<[Value; 2]>),
    /// Whether the first has the second in it.
    Search(Search, Box<[Text; 2]>),
    /// Whether a text is there, and not empty.
    HasText(Text),
    HasAttribute(Asked),
    In(Box<(Value, List)>),
    Loop(Loop, Box<(List, Truth)>),
}

/// A whole number.
#[derive(Debug, Clone)]
pub(super) enum Whole {
    Is(i64),
    Named(WholeName),
    OfLine(LineWhole, Slot),
    OfTurn(Slot),
    Attribute(Asked),
    Minus(Box<Whole>),
    Sum(Sum, Box<[Whole; 2]>),
    If(Box<(Truth, Whole, Whole)>),
    /// How many characters.
    Characters(Box<Text>),
    /// How many characters or texts an attribute has.
    SizeOf(Asked),
    Over(Over, Box<List>),
}

/// A text.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Is(CompactString),
    Named(TextName),
    OfLine(LineText, Slot),
    OfTurn(Slot),
    Attribute(Asked),
    If(Box<(Truth, Text, Text)>),
}

/// A value of any type.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Truth(Truth),
    Whole(Whole),
    Text(Text),
    Attribute(Asked),
}

/// Values one after the other. There is no list in memory: each goes through the stages and on to whoever asks.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) source: Source,
    pub(super) stages: Vec<Stage>,
    /// Where each stands for its turn.
    pub(super) slot: Slot,
    /// What comes out at the end.
    pub(super) element: Element,
    /// The steps of a turn, with what is asked of each, but without the turns of loops in it.
    pub(super) steps: u32,
    /// Whether there are such loops.
    pub(super) is_deep: bool,
}

/// What a list has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Line,
    Text,
    Whole,
}

/// Where the values of a list come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Lines,
    Named(TextsName),
    OfLine(LineTexts, Slot),
    Attribute(Asked),
    Texts(Box<[CompactString]>),
    Wholes(Box<[i64]>),
}

/// What happens to each value on its way.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    Keep(Truth),
    ToWhole(Whole),
    ToText(Text),
}

/// An attribute that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) of: Bearer,
    pub(super) name: AttributeIndex,
}

/// What has attributes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bearer {
    Cart,
    Customer,
    Line(Slot),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrSame,
    More,
    MoreOrSame,
    Same,
    Other,
}

/// What becomes of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    Plus,
    Minus,
    Times,
    By,
    Rest,
}

/// Where one text is looked for in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Start,
    End,
    Anywhere,
}

/// Of how many values something is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loop {
    Any,
    All,
    One,
}

/// What is made of all values of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Count,
    Sum,
    Least,
    Most,
}

/// What an attribute should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    Truth,
    Whole,
    Text,
    Texts,
    Sized,
}

impl Wanted {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Whole => "a whole number",
            Self::Text => "a text",
            Self::Texts => "a list of texts",
            Self::Sized => "a text or a list of texts",
        }
    }
}
