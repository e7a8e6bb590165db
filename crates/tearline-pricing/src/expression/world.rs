//! What an expression sees.

use crate::attribute::Attributes;
use crate::expression::names::{
    LineText, LineTexts, LineTruth, LineWhole, TextName, TextsName, TruthName, WholeName,
};

/// What an expression sees of a cart, its customer and the time. It is asked only for what the expression reads, and
/// for one and the same thing as often as that is read.
///
/// A line is a number that [`World::lines`] gives.
pub trait World {
    /// A text; `""` where it is absent.
    fn text(&self, name: TextName) -> &str;
    /// A whole number.
    fn whole(&self, name: WholeName) -> i64;
    /// What is true or false.
    fn truth(&self, name: TruthName) -> bool;
    /// Several texts.
    fn texts(&self, name: TextsName) -> impl Iterator<Item = &str>;
    /// What else is said of the cart.
    fn cart_attributes(&self) -> &Attributes;
    /// What else is said of the customer; none where nobody is identified.
    fn customer_attributes(&self) -> Option<&Attributes>;
    /// The lines, at most a thousand.
    fn lines(&self) -> impl Iterator<Item = usize>;
    /// A text of a line; `""` where it is absent.
    fn line_text(&self, line: usize, name: LineText) -> &str;
    /// A whole number of a line.
    fn line_whole(&self, line: usize, name: LineWhole) -> i64;
    /// What is true or false of a line.
    fn line_truth(&self, line: usize, name: LineTruth) -> bool;
    /// Several texts of a line, at most a hundred.
    fn line_texts(&self, line: usize, name: LineTexts) -> impl Iterator<Item = &str>;
    /// What else is said of a line.
    fn line_attributes(&self, line: usize) -> &Attributes;
}
