//! Answers an expression for one cart.
//!
//! As in CEL, what has no answer does no harm where another part decides: `true || x` is true whatever `x` is, and so
//! is `x || true`. Only the end of the steps ends everything.

use std::cmp::Ordering;

use compact_str::CompactString;

use super::parse::Join;
use super::program::{
    Asked, AttributeIndex, Bearer, Element, List, Loop, Order, Over, Program, Search, Source, Stage, Sum,
    Text, Truth, Value, Wanted, Whole,
};
use super::world::World;
use super::{LOOPS_MAX, STEPS_MAX};
use crate::attribute::Attribute;

/// Why there is no answer. Of several reasons the first one here is told, so that the order of lines says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    Steps,
    Large,
    Zero,
    None,
    Missing(AttributeIndex),
    Other(AttributeIndex, Wanted),
}

pub(super) fn run<W: World>(program: &Program, world: &W) -> Result<bool, Stop> {
    let mut run = Run {
        world,
        program,
        steps: STEPS_MAX,
        lines: [0; LOOPS_MAX],
        wholes: [0; LOOPS_MAX],
        texts: [""; LOOPS_MAX],
    };
    run.spend(program.steps)?;
    run.truth(&program.asks)
}

struct Run<'w, W> {
    world: &'w W,
    program: &'w Program,
    /// How many are left.
    steps: u32,
    /// What each open loop has in its turn: a line, a number or a text.
    lines: [usize; LOOPS_MAX],
    wholes: [i64; LOOPS_MAX],
    texts: [&'w str; LOOPS_MAX],
}

/// What a value turned out to be.
#[derive(Clone, Copy, PartialEq)]
enum Found<'w> {
    Truth(bool),
    Whole(i64),
    Text(&'w str),
    Texts(&'w [CompactString]),
}

impl<'w, W: World> Run<'w, W> {
    fn spend(&mut self, steps: u32) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(steps).ok_or(Stop::Steps)?;
        Ok(())
    }

    fn truth(&mut self, truth: &'w Truth) -> Result<bool, Stop> {
        Ok(match truth {
            Truth::Is(is) => *is,
            Truth::Named(name) => self.world.truth(*name),
            Truth::OfLine(name, slot) => self.world.line_truth(self.line(*slot), *name),
            Truth::Attribute(asked) => match self.attribute(*asked)? {
                Attribute::Yes(yes) => *yes,
                _ => return Err(Stop::Other(asked.name, Wanted::Truth)),
            },
            Truth::Not(part) => !self.truth(part)?,
            Truth::Both(join, parts) => return self.both(*join, parts),
            Truth::If(parts) => {
                let [asked, yes, no] = &**parts;
                if self.truth(asked)? { self.truth(yes)? } else { self.truth(no)? }
            }
            Truth::Wholes(order, pair) => order.holds(self.whole(&pair[0])?.cmp(&self.whole(&pair[1])?)),
            Truth::Texts(order, pair) => {
                let (left, right) = (self.text(&pair[0])?, self.text(&pair[1])?);
                order.holds_of(left, right)
            }
            Truth::Truths(order, pair) => order.holds(self.truth(&pair[0])?.cmp(&self.truth(&pair[1])?)),
            Truth::Same(pair) => self.value(&pair[0])? == self.value(&pair[1])?,
            Truth::Search(search, pair) => {
                let (text, part) = (self.text(&pair[0])?, self.text(&pair[1])?);
                search.finds(text, part)
            }
            Truth::HasText(text) => !self.text(text)?.is_empty(),
            Truth::HasAttribute(asked) => self.look_up(*asked).is_some(),
            Truth::In(parts) => {
                let value = self.value(&parts.0)?;
                self.is_in(value, &parts.1)?
            }
            Truth::Loop(Loop::Any, parts) => self.one_is(true, parts)?,
            Truth::Loop(Loop::All, parts) => !self.one_is(false, parts)?,
            Truth::Loop(Loop::One, parts) => self.just_one(parts)?,
        })
    }

    /// `&&` is decided by one that is false, `||` by one that is true; a part without an answer only counts where
    /// none decides.
    fn both(&mut self, join: Join, parts: &'w [Truth]) -> Result<bool, Stop> {
        let decides = join == Join::Or;
        let mut stopped = Ok(!decides);
        for part in parts {
            match self.truth(part) {
                Ok(is) if is == decides => return Ok(decides),
                Ok(_) => {}
                Err(Stop::Steps) => return Err(Stop::Steps),
                Err(stop) => stopped = stopped.and(Err(stop)),
            }
        }
        stopped
    }

    /// Whether something `is` so of one value of the list at least.
    fn one_is(&mut self, is: bool, (list, asked): &'w (List, Truth)) -> Result<bool, Stop> {
        let mut answer = Ok(false);
        self.each(list, &mut |run| {
            match (run.truth(asked), answer) {
                (Ok(found), _) if found == is => answer = Ok(true),
                (Ok(_), _) | (Err(_), Ok(true)) => {}
                (Err(Stop::Steps), _) => return Err(Stop::Steps),
                (Err(stop), Ok(false)) => answer = Err(stop),
                (Err(stop), Err(other)) => answer = Err(stop.min(other)),
            }
            Ok(answer == Ok(true))
        })?;
        answer
    }

    fn just_one(&mut self, (list, asked): &'w (List, Truth)) -> Result<bool, Stop> {
        let mut found = 0_u32;
        self.each(list, &mut |run| {
            found += u32::from(run.truth(asked)?);
            Ok(false)
        })?;
        Ok(found == 1)
    }

    fn is_in(&mut self, value: Found<'w>, list: &'w List) -> Result<bool, Stop> {
        let slot = usize::from(list.slot);
        let mut answer = false;
        self.each(list, &mut |run| {
            let other = match list.element {
                Element::Whole => Found::Whole(run.wholes[slot]),
                Element::Text | Element::Line => Found::Text(run.texts[slot]),
            };
            answer |= value == other;
            Ok(answer)
        })?;
        Ok(answer)
    }

    fn whole(&mut self, whole: &'w Whole) -> Result<i64, Stop> {
        Ok(match whole {
            Whole::Is(is) => *is,
            Whole::Named(name) => self.world.whole(*name),
            Whole::OfLine(name, slot) => self.world.line_whole(self.line(*slot), *name),
            Whole::OfTurn(slot) => self.wholes[usize::from(*slot)],
            Whole::Attribute(asked) => match self.attribute(*asked)? {
                Attribute::Number(number) => *number,
                _ => return Err(Stop::Other(asked.name, Wanted::Whole)),
            },
            Whole::Minus(part) => self.whole(part)?.checked_neg().ok_or(Stop::Large)?,
            Whole::Sum(sum, pair) => sum.of(self.whole(&pair[0])?, self.whole(&pair[1])?)?,
            Whole::If(parts) => {
                let (asked, yes, no) = &**parts;
                if self.truth(asked)? { self.whole(yes)? } else { self.whole(no)? }
            }
            Whole::Characters(text) => count(self.text(text)?.chars())?,
            Whole::SizeOf(asked) => match self.attribute(*asked)? {
                Attribute::Text(text) => count(text.chars())?,
                Attribute::Texts(texts) => count(texts.iter())?,
                _ => return Err(Stop::Other(asked.name, Wanted::Sized)),
            },
            Whole::Over(over, list) => self.over(*over, list)?,
        })
    }

    fn over(&mut self, over: Over, list: &'w List) -> Result<i64, Stop> {
        let slot = usize::from(list.slot);
        // A list has no more values than there are lines or texts: sums of so few cannot leave 128 bits.
        let mut so_far: Option<i128> = matches!(over, Over::Count | Over::Sum).then_some(0);
        self.each(list, &mut |run| {
            let value = if over == Over::Count { 1 } else { i128::from(run.wholes[slot]) };
            so_far = Some(match (over, so_far) {
                (_, None) => value,
                (Over::Count | Over::Sum, Some(sum)) => sum + value,
                (Over::Least, Some(least)) => least.min(value),
                (Over::Most, Some(most)) => most.max(value),
            });
            Ok(false)
        })?;
        i64::try_from(so_far.ok_or(Stop::None)?).map_err(|_| Stop::Large)
    }

    fn text(&mut self, text: &'w Text) -> Result<&'w str, Stop> {
        Ok(match text {
            Text::Is(is) => is,
            Text::Named(name) => self.world.text(*name),
            Text::OfLine(name, slot) => self.world.line_text(self.line(*slot), *name),
            Text::OfTurn(slot) => self.texts[usize::from(*slot)],
            Text::Attribute(asked) => match self.attribute(*asked)? {
                Attribute::Text(text) => text,
                _ => return Err(Stop::Other(asked.name, Wanted::Text)),
            },
            Text::If(parts) => {
                let (asked, yes, no) = &**parts;
                if self.truth(asked)? { self.text(yes)? } else { self.text(no)? }
            }
        })
    }

    fn value(&mut self, value: &'w Value) -> Result<Found<'w>, Stop> {
        Ok(match value {
            Value::Truth(truth) => Found::Truth(self.truth(truth)?),
            Value::Whole(whole) => Found::Whole(self.whole(whole)?),
            Value::Text(text) => Found::Text(self.text(text)?),
            Value::Attribute(asked) => Found::of(self.attribute(*asked)?),
        })
    }

    fn line(&self, slot: u8) -> usize {
        self.lines[usize::from(slot)]
    }

    fn look_up(&self, asked: Asked) -> Option<&'w Attribute> {
        let attributes = match asked.of {
            Bearer::Cart => self.world.cart_attributes(),
            Bearer::Customer => self.world.customer_attributes()?,
            Bearer::Line(slot) => self.world.line_attributes(self.line(slot)),
        };
        attributes.get(self.program.attribute(asked.name))
    }

    fn attribute(&self, asked: Asked) -> Result<&'w Attribute, Stop> {
        self.look_up(asked).ok_or(Stop::Missing(asked.name))
    }

    /// Gives every value of a list its turn, until `then` says that it has heard enough.
    ///
    /// What comes after that is counted as well, and still goes through the stages, which may fail: neither the steps
    /// nor the answer depend on the order of lines.
    fn each(
        &mut self,
        list: &'w List,
        then: &mut impl FnMut(&mut Self) -> Result<bool, Stop>,
    ) -> Result<(), Stop> {
        let (world, slot) = (self.world, usize::from(list.slot));
        match &list.source {
            Source::Lines => self.turns(list, world.lines(), |run, line| run.lines[slot] = line, then),
            Source::Wholes(all) => self.turns(list, all.iter(), |run, whole| run.wholes[slot] = *whole, then),
            Source::Texts(texts) => self.turns(list, texts.iter(), |run, text| run.texts[slot] = text, then),
            Source::Named(name) => {
                self.turns(list, world.texts(*name), |run, text| run.texts[slot] = text, then)
            }
            Source::OfLine(name, of) => {
                let texts = world.line_texts(self.line(*of), *name);
                self.turns(list, texts, |run, text| run.texts[slot] = text, then)
            }
            Source::Attribute(asked) => match self.attribute(*asked)? {
                Attribute::Texts(texts) => {
                    self.turns(list, texts.iter(), |run, text| run.texts[slot] = text, then)
                }
                _ => Err(Stop::Other(asked.name, Wanted::Texts)),
            },
        }
    }

    fn turns<T>(
        &mut self,
        list: &'w List,
        values: impl Iterator<Item = T>,
        put: impl Fn(&mut Self, T),
        then: &mut impl FnMut(&mut Self) -> Result<bool, Stop>,
    ) -> Result<(), Stop> {
        let (mut is_enough, mut stopped) = (false, Ok(()));
        for value in values {
            self.spend(list.steps)?;
            if is_enough && list.stages.is_empty() {
                continue;
            }
            put(self, value);
            match self.passes(list).and_then(|passes| Ok(passes && !is_enough && then(self)?)) {
                // Loops inside may be short for one line and long for another: then all are asked.
                Ok(enough) => is_enough |= enough && !list.is_deep,
                Err(Stop::Steps) => return Err(Stop::Steps),
                Err(stop) => stopped = Err(stopped.err().map_or(stop, |other: Stop| other.min(stop))),
            }
        }
        stopped
    }

    /// Takes the value of this turn through the stages.
    fn passes(&mut self, list: &'w List) -> Result<bool, Stop> {
        let slot = usize::from(list.slot);
        for stage in &list.stages {
            match stage {
                Stage::Keep(truth) => {
                    if !self.truth(truth)? {
                        return Ok(false);
                    }
                }
                Stage::ToWhole(whole) => self.wholes[slot] = self.whole(whole)?,
                Stage::ToText(text) => self.texts[slot] = self.text(text)?,
            }
        }
        Ok(true)
    }
}

fn count<T>(values: impl Iterator<Item = T>) -> Result<i64, Stop> {
    i64::try_from(values.count()).map_err(|_| Stop::Large)
}

impl<'w> Found<'w> {
    fn of(attribute: &'w Attribute) -> Self {
        match attribute {
            Attribute::Yes(yes) => Self::Truth(*yes),
            Attribute::Number(number) => Self::Whole(*number),
            Attribute::Text(text) => Self::Text(text),
            Attribute::Texts(texts) => Self::Texts(texts),
        }
    }
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrSame => ordering.is_le(),
            Self::More => ordering.is_gt(),
            Self::MoreOrSame => ordering.is_ge(),
            Self::Same => ordering.is_eq(),
            Self::Other => ordering.is_ne(),
        }
    }

    /// Texts are ordered by their bytes, which is by their characters' numbers.
    fn holds_of(self, left: &str, right: &str) -> bool {
        match self {
            Self::Same => left == right,
            Self::Other => left != right,
            order => order.holds(left.cmp(right)),
        }
    }
}

impl Sum {
    fn of(self, left: i64, right: i64) -> Result<i64, Stop> {
        if right == 0 && matches!(self, Self::By | Self::Rest) {
            return Err(Stop::Zero);
        }
        let result = match self {
            Self::Plus => left.checked_add(right),
            Self::Minus => left.checked_sub(right),
            Self::Times => left.checked_mul(right),
            Self::By => left.checked_div(right),
            Self::Rest => left.checked_rem(right),
        };
        result.ok_or(Stop::Large)
    }
}

impl Search {
    fn finds(self, text: &str, part: &str) -> bool {
        match self {
            Self::Start => text.starts_with(part),
            Self::End => text.ends_with(part),
            Self::Anywhere => text.contains(part),
        }
    }
}
