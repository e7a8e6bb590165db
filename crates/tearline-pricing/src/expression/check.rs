//! From a tree to a program: every part gets its type, every name what it stands for, and the whole its cost.

use super::lex::Misfit;
use super::names::{self, Gives, Object};
use super::parse::{Join, Kind, Node, Operator};
use super::program::{
    Asked, Bearer, Element, List, Loop, Order, Over, Program, Search, Slot, Source, Stage, Sum, Text, Truth,
    Value, Wanted, Whole,
};
use super::{LINES_SURE, LOOPS_MAX, STEPS_MAX};
use crate::names::AttributeName;

/// Makes a tree ready to be asked.
pub(super) fn check(tree: &Node<'_>) -> Result<Program, Misfit> {
    let mut checker =
        Checker { turns: Vec::new(), cost: Cost::default(), attributes: Vec::new(), reads: Vec::new() };
    let asks = checker.truth(tree)?;
    let most = u64::from(STEPS_MAX);
    if checker.cost.at_most > most {
        let message = format!(
            "takes up to {} steps for a cart of {LINES_SURE} lines, and {most} are allowed: nest fewer loops, or write shorter lists",
            checker.cost.at_most
        );
        return Err(Misfit::new(0, message));
    }
    let Checker { cost, attributes, reads, .. } = checker;
    Ok(Program { asks, steps: cost.steps, attributes, reads })
}

/// The steps that something takes.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    /// Without the turns of loops in it.
    steps: u32,
    /// With them, for a cart of [`LINES_SURE`] lines.
    at_most: u64,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.at_most = self.at_most.saturating_add(other.at_most);
    }
}

/// The most steps that comparing two attributes takes.
const TEXTS_MAX: u32 = 50;

/// How many texts a list has at most for the cart by which costs are judged.
const TEXTS_SURE: u64 = 8;

struct Checker<'t> {
    /// The loops around, each with the name of its turn.
    turns: Vec<Turn<'t>>,
    /// What has been written so far, in the innermost loop.
    cost: Cost,
    attributes: Vec<AttributeName>,
    reads: Vec<&'static names::Name>,
}

#[derive(Clone, Copy)]
struct Turn<'t> {
    name: &'t str,
    element: Element,
}

/// A part with its type.
enum Typed {
    Truth(Truth),
    Whole(Whole),
    Text(Text),
    Attribute(Asked),
    List(Listed),
    Object(Object, Slot),
    Attributes(Bearer),
}

/// A list and what is known of it.
struct Listed {
    list: List,
    /// How many values it has, for the cart by which costs are judged.
    values: u64,
    /// What a turn costs so far.
    turn: Cost,
}

type Checked<T> = Result<T, Misfit>;

impl Typed {
    fn words(&self) -> &'static str {
        match self {
            Self::Truth(_) => "true or false",
            Self::Whole(_) => "a whole number",
            Self::Text(_) => "a text",
            Self::Attribute(_) => "an attribute",
            Self::List(_) => "a list",
            Self::Object(Object::Cart, _) => "the cart",
            Self::Object(Object::Customer, _) => "the customer",
            Self::Object(Object::At, _) => "the time",
            Self::Object(Object::Line, _) => "a line",
            Self::Attributes(_) => "all attributes",
        }
    }

    fn is_not(&self, at: u32, wanted: &str) -> Misfit {
        let hint = match self {
            Self::Object(object, _) => format!("; ask for one of {}", names::fields_of(*object)),
            Self::Attributes(_) => "; name one: attributes.gift, attributes['gift']".to_owned(),
            _ => String::new(),
        };
        Misfit::new(at, format!("this is {}; wanted is {wanted}{hint}", self.words()))
    }
}

impl<'t> Checker<'t> {
    fn spend(&mut self, steps: u32) {
        self.cost.add(Cost { steps, at_most: steps.into() });
    }

    // What is wanted

    fn truth(&mut self, node: &Node<'t>) -> Checked<Truth> {
        match self.typed(node)? {
            Typed::Truth(truth) => Ok(truth),
            Typed::Attribute(asked) => Ok(Truth::Attribute(asked)),
            other => Err(other.is_not(node.at, Wanted::Truth.words())),
        }
    }

    fn whole(&mut self, node: &Node<'t>) -> Checked<Whole> {
        let typed = self.typed(node)?;
        typed.into_whole().map_err(|other| other.is_not(node.at, Wanted::Whole.words()))
    }

    fn text(&mut self, node: &Node<'t>) -> Checked<Text> {
        let typed = self.typed(node)?;
        typed.into_text().map_err(|other| other.is_not(node.at, Wanted::Text.words()))
    }

    fn list(&mut self, node: &Node<'t>) -> Checked<Listed> {
        let typed = self.typed(node)?;
        self.as_list(typed, node.at)
    }

    fn as_list(&self, typed: Typed, at: u32) -> Checked<Listed> {
        match typed {
            Typed::List(listed) => Ok(listed),
            Typed::Attribute(asked) => Ok(self.listed(Source::Attribute(asked), Element::Text, TEXTS_SURE)),
            other => Err(other.is_not(at, "a list")),
        }
    }

    // What is there

    fn typed(&mut self, node: &Node<'t>) -> Checked<Typed> {
        self.spend(1);
        match &node.kind {
            Kind::Truth(is) => Ok(Typed::Truth(Truth::Is(*is))),
            Kind::Whole(is) => Ok(Typed::Whole(Whole::Is(*is))),
            Kind::Text(is) => {
                self.spend(long(is));
                Ok(Typed::Text(Text::Is(is.clone())))
            }
            Kind::List(parts) => self.constants(node.at, parts).map(Typed::List),
            Kind::Name(name) => self.name(node.at, name),
            Kind::Field(on, field) => self.field(node.at, on, field),
            Kind::Index(parts) => self.index(&parts[0], &parts[1]),
            Kind::Call(None, name, arguments) => self.function(node.at, name, arguments),
            Kind::Call(Some(on), name, arguments) => self.method(node.at, on, name, arguments),
            Kind::Not(part) => Ok(Typed::Truth(Truth::Not(Box::new(self.truth(part)?)))),
            Kind::Minus(part) => Ok(Typed::Whole(Whole::Minus(Box::new(self.whole(part)?)))),
            Kind::Both(join, parts) => self.both(*join, parts).map(Typed::Truth),
            Kind::Two(operator, parts) => self.two(node.at, *operator, &parts[0], &parts[1]),
            Kind::If(parts) => self.choice(node.at, &parts[0], &parts[1], &parts[2]),
        }
    }

    /// A list that is written out.
    fn constants(&mut self, at: u32, parts: &[Node<'t>]) -> Checked<Listed> {
        let values = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        let texts: Option<Vec<_>> = parts
            .iter()
            .map(|part| if let Kind::Text(text) = &part.kind { Some(text.clone()) } else { None })
            .collect();
        if let Some(texts) = texts {
            return Ok(self.listed(Source::Texts(texts.into()), Element::Text, values));
        }
        let wholes: Option<Vec<i64>> = parts
            .iter()
            .map(|part| if let Kind::Whole(whole) = part.kind { Some(whole) } else { None })
            .collect();
        let wholes = wholes.ok_or_else(|| {
            Misfit::new(at, "a list is written of texts, ['a', 'b'], or of whole numbers, [1, 2], not of both or of names")
        })?;
        Ok(self.listed(Source::Wholes(wholes.into()), Element::Whole, values))
    }

    fn listed(&self, source: Source, element: Element, values: u64) -> Listed {
        // Deeper loops are refused when their turn gets its name.
        let slot = Slot::try_from(self.turns.len()).unwrap_or(Slot::MAX);
        Listed {
            list: List { source, stages: Vec::new(), slot, element, steps: 0, is_deep: false },
            values,
            turn: Cost { steps: 1, at_most: 1 },
        }
    }

    fn name(&mut self, at: u32, name: &str) -> Checked<Typed> {
        if let Some(slot) = self.turns.iter().rposition(|turn| turn.name == name) {
            let element = self.turns[slot].element;
            let slot = Slot::try_from(slot).unwrap_or(Slot::MAX);
            return Ok(match element {
                Element::Line => Typed::Object(Object::Line, slot),
                Element::Text => Typed::Text(Text::OfTurn(slot)),
                Element::Whole => Typed::Whole(Whole::OfTurn(slot)),
            });
        }
        let object = OBJECTS.into_iter().find(|object| object.word() == name);
        let object = object.ok_or_else(|| {
            let turns = self.turns.iter().map(|turn| turn.name);
            let all: Vec<_> = OBJECTS.iter().map(|object| object.word()).chain(turns).collect();
            Misfit::new(at, format!("there is no `{name}` here; there are {}", all.join(", ")))
        })?;
        Ok(Typed::Object(object, 0))
    }

    fn field(&mut self, at: u32, on: &Node<'t>, field: &str) -> Checked<Typed> {
        match self.typed(on)? {
            Typed::Object(object, slot) => self.named(at, object, slot, field),
            Typed::Attributes(of) => self.asked(at, of, field).map(Typed::Attribute),
            other => Err(Misfit::new(at, format!("{} has no `{field}`", other.words()))),
        }
    }

    fn named(&mut self, at: u32, object: Object, slot: Slot, field: &str) -> Checked<Typed> {
        let name = names::find(object, field).ok_or_else(|| {
            let fields = names::fields_of(object);
            Misfit::new(at, format!("there is no `{field}` of `{}`; there are {fields}", object.word()))
        })?;
        if object != Object::Line && !self.reads.contains(&name) {
            self.reads.push(name);
        }
        Ok(match name.gives {
            Gives::Text(name) => Typed::Text(Text::Named(name)),
            Gives::Whole(name) => Typed::Whole(Whole::Named(name)),
            Gives::Truth(name) => Typed::Truth(Truth::Named(name)),
            Gives::Texts(name) => Typed::List(self.listed(Source::Named(name), Element::Text, TEXTS_SURE)),
            Gives::Lines => Typed::List(self.listed(Source::Lines, Element::Line, LINES_SURE.into())),
            Gives::LineText(name) => Typed::Text(Text::OfLine(name, slot)),
            Gives::LineWhole(name) => Typed::Whole(Whole::OfLine(name, slot)),
            Gives::LineTruth(name) => Typed::Truth(Truth::OfLine(name, slot)),
            Gives::LineTexts(name) => {
                Typed::List(self.listed(Source::OfLine(name, slot), Element::Text, TEXTS_SURE))
            }
            Gives::Attributes => Typed::Attributes(match object {
                Object::Line => Bearer::Line(slot),
                Object::Customer => Bearer::Customer,
                Object::Cart | Object::At => Bearer::Cart,
            }),
        })
    }

    fn index(&mut self, on: &Node<'t>, index: &Node<'t>) -> Checked<Typed> {
        match (self.typed(on)?, &index.kind) {
            (Typed::Attributes(of), Kind::Text(name)) => self.asked(index.at, of, name).map(Typed::Attribute),
            (Typed::Attributes(_), _) => Err(Misfit::new(
                index.at,
                "an attribute is named by a text that is written out: attributes['gift']",
            )),
            (other, _) => Err(Misfit::new(
                index.at,
                format!(
                    "{} is not asked by number; only attributes are, by name: attributes['gift']",
                    other.words()
                ),
            )),
        }
    }

    fn asked(&mut self, at: u32, of: Bearer, name: &str) -> Checked<Asked> {
        let name = AttributeName::from(name);
        if let Some(fault) = name.fault() {
            return Err(Misfit::new(at, format!("the name of an attribute {fault}")));
        }
        let known = self.attributes.iter().position(|other| *other == name);
        let index = known.unwrap_or_else(|| {
            self.attributes.push(name);
            self.attributes.len() - 1
        });
        // An expression is too short to name more.
        Ok(Asked { of, name: u16::try_from(index).unwrap_or(u16::MAX) })
    }

    // Operators

    fn both(&mut self, join: Join, parts: &[Node<'t>]) -> Checked<Truth> {
        let parts: Checked<Vec<_>> = parts.iter().map(|part| self.truth(part)).collect();
        Ok(Truth::Both(join, parts?))
    }

    fn two(&mut self, at: u32, operator: Operator, left: &Node<'t>, right: &Node<'t>) -> Checked<Typed> {
        let sum = match operator {
            Operator::Plus => Sum::Plus,
            Operator::Minus => Sum::Minus,
            Operator::Times => Sum::Times,
            Operator::By => Sum::By,
            Operator::Rest => Sum::Rest,
            Operator::In => return self.within(left, right).map(Typed::Truth),
            operator => return self.compare(at, operator, left, right).map(Typed::Truth),
        };
        let pair = [self.whole(left)?, self.whole(right)?];
        Ok(Typed::Whole(Whole::Sum(sum, Box::new(pair))))
    }

    fn compare(&mut self, at: u32, operator: Operator, left: &Node<'t>, right: &Node<'t>) -> Checked<Truth> {
        let order = match operator {
            Operator::Less => Order::Less,
            Operator::LessOrSame => Order::LessOrSame,
            Operator::More => Order::More,
            Operator::MoreOrSame => Order::MoreOrSame,
            Operator::Same => Order::Same,
            _ => Order::Other,
        };
        let is_alike = matches!(order, Order::Same | Order::Other);
        let pair = [self.typed(left)?, self.typed(right)?];
        match pair {
            [Typed::Whole(left), Typed::Whole(right)] => Ok(Truth::Wholes(order, Box::new([left, right]))),
            [Typed::Text(a), Typed::Text(b)] => {
                check_named([&a, &b], [left.at, right.at])?;
                Ok(Truth::Texts(order, Box::new([a, b])))
            }
            [Typed::Truth(left), Typed::Truth(right)] if is_alike => {
                Ok(Truth::Truths(order, Box::new([left, right])))
            }
            [a, b] if is_alike && (a.is_attribute() || b.is_attribute()) => {
                self.spend(if a.is_attribute() && b.is_attribute() { TEXTS_MAX } else { 0 });
                let pair = [a.into_value(left.at)?, b.into_value(right.at)?];
                let same = Truth::Same(Box::new(pair));
                Ok(if order == Order::Same { same } else { Truth::Not(Box::new(same)) })
            }
            [a, b] => Self::order(at, order, a, b),
        }
    }

    /// Which of two is less, where one of them is an attribute: it has to be of the other's type.
    fn order(at: u32, order: Order, left: Typed, right: Typed) -> Checked<Truth> {
        let words = (left.words(), right.words());
        let misfit = move || {
            let hint = match words {
                ("an attribute", "an attribute") => "; write which type they have, as in x + 0 < y",
                ("true or false", "true or false") => "; write a && !b",
                _ => "",
            };
            Misfit::new(at, format!("cannot compare {} with {}{hint}", words.0, words.1))
        };
        match (left, right) {
            (Typed::Attribute(_), Typed::Attribute(_)) => Err(misfit()),
            (left, right @ Typed::Text(_)) | (left @ Typed::Text(_), right) => {
                let pair = left.into_text().and_then(|left| Ok([left, right.into_text()?]));
                pair.map(|pair| Truth::Texts(order, Box::new(pair))).map_err(|_| misfit())
            }
            (left, right) => {
                let pair = left.into_whole().and_then(|left| Ok([left, right.into_whole()?]));
                pair.map(|pair| Truth::Wholes(order, Box::new(pair))).map_err(|_| misfit())
            }
        }
    }

    fn within(&mut self, left: &Node<'t>, right: &Node<'t>) -> Checked<Truth> {
        let value = self.typed(left)?;
        let listed = match (self.typed(right)?, &left.kind) {
            (Typed::Attributes(of), Kind::Text(name)) => {
                return self.asked(left.at, of, name).map(Truth::HasAttribute);
            }
            (typed, _) => self.as_list(typed, right.at)?,
        };
        let fits = match value {
            Typed::Attribute(_) => listed.list.element != Element::Line,
            Typed::Text(_) => listed.list.element == Element::Text,
            Typed::Whole(_) => listed.list.element == Element::Whole,
            _ => false,
        };
        if !fits {
            let message = format!("{} cannot be in a list of {}", value.words(), listed.list.element.words());
            return Err(Misfit::new(left.at, message));
        }
        if let (Typed::Text(text), Source::Texts(texts)) = (&value, &listed.list.source) {
            texts.iter().try_for_each(|other| check_one(text, other, right.at))?;
        }
        let value = value.into_value(left.at)?;
        let list = self.finish(listed, Cost::default());
        Ok(Truth::In(Box::new((value, list))))
    }

    fn choice(&mut self, at: u32, asked: &Node<'t>, yes: &Node<'t>, no: &Node<'t>) -> Checked<Typed> {
        let asked = self.truth(asked)?;
        let (yes, no) = (self.typed(yes)?, self.typed(no)?);
        let words = (yes.words(), no.words());
        let misfit = || {
            Misfit::new(
                at,
                format!(
                    "both sides of `:` need one type, text, whole number or true and false; here are {} and {}",
                    words.0, words.1
                ),
            )
        };
        match (yes, no) {
            (Typed::Truth(yes), Typed::Truth(no)) => Ok(Typed::Truth(Truth::If(Box::new([asked, yes, no])))),
            (Typed::Truth(yes), Typed::Attribute(no)) => {
                Ok(Typed::Truth(Truth::If(Box::new([asked, yes, Truth::Attribute(no)]))))
            }
            (Typed::Attribute(yes), Typed::Truth(no)) => {
                Ok(Typed::Truth(Truth::If(Box::new([asked, Truth::Attribute(yes), no]))))
            }
            (Typed::Attribute(_), Typed::Attribute(_)) => Err(misfit()),
            (yes, no @ Typed::Text(_)) | (yes @ Typed::Text(_), no) => {
                let sides = yes.into_text().and_then(|yes| Ok((asked, yes, no.into_text()?)));
                sides.map(|sides| Typed::Text(Text::If(Box::new(sides)))).map_err(|_| misfit())
            }
            (yes, no) => {
                let sides = yes.into_whole().and_then(|yes| Ok((asked, yes, no.into_whole()?)));
                sides.map(|sides| Typed::Whole(Whole::If(Box::new(sides)))).map_err(|_| misfit())
            }
        }
    }

    // Functions

    fn function(&mut self, at: u32, name: &str, arguments: &[Node<'t>]) -> Checked<Typed> {
        match (name, arguments) {
            ("has", [argument]) => self.has(argument).map(Typed::Truth),
            ("size", [argument]) => self.size(argument),
            ("has" | "size", _) => Err(Misfit::new(at, format!("`{name}` takes one value: {name}(x)"))),
            _ => {
                let hint = if METHODS.contains(&name) { "; write it after a point: x." } else { "" };
                let tail = if hint.is_empty() { String::new() } else { format!("{name}(…)") };
                Err(Misfit::new(
                    at,
                    format!("there is no function `{name}`; there are has and size{hint}{tail}"),
                ))
            }
        }
    }

    fn has(&mut self, argument: &Node<'t>) -> Checked<Truth> {
        match self.typed(argument)? {
            Typed::Attribute(asked) => Ok(Truth::HasAttribute(asked)),
            Typed::Text(text @ (Text::Named(_) | Text::OfLine(..))) => Ok(Truth::HasText(text)),
            other => Err(other.is_not(argument.at, "a text of cart, customer or line, or an attribute")),
        }
    }

    fn size(&mut self, argument: &Node<'t>) -> Checked<Typed> {
        Ok(Typed::Whole(match self.typed(argument)? {
            Typed::Text(text) => Whole::Characters(Box::new(text)),
            Typed::Attribute(asked) => Whole::SizeOf(asked),
            Typed::List(listed) => {
                let list = self.finish(listed, Cost::default());
                Whole::Over(Over::Count, Box::new(list))
            }
            other => return Err(other.is_not(argument.at, "a text or a list")),
        }))
    }

    fn method(&mut self, at: u32, on: &Node<'t>, name: &str, arguments: &[Node<'t>]) -> Checked<Typed> {
        match (name, arguments) {
            ("size", []) => self.size(on),
            ("sum", []) => self.over(at, Over::Sum, on),
            ("min", []) => self.over(at, Over::Least, on),
            ("max", []) => self.over(at, Over::Most, on),
            ("startsWith", [part]) => self.search(Search::Start, on, part),
            ("endsWith", [part]) => self.search(Search::End, on, part),
            ("contains", [part]) => self.search(Search::Anywhere, on, part),
            ("exists", [turn, asked]) => self.turns(Loop::Any, on, turn, asked),
            ("all", [turn, asked]) => self.turns(Loop::All, on, turn, asked),
            ("exists_one", [turn, asked]) => self.turns(Loop::One, on, turn, asked),
            ("filter", [turn, asked]) => self.filter(on, turn, asked).map(Typed::List),
            ("map", [turn, to]) => {
                let listed = self.list(on)?;
                self.map(listed, turn, to).map(Typed::List)
            }
            ("map", [turn, asked, to]) => {
                let listed = self.filter(on, turn, asked)?;
                self.map(listed, turn, to).map(Typed::List)
            }
            ("matches", _) => Err(Misfit::new(
                at,
                "there are no regular expressions; there are startsWith, endsWith and contains",
            )),
            _ if METHODS.contains(&name) => {
                let wants = match name {
                    "startsWith" | "endsWith" | "contains" => "one text",
                    "size" | "sum" | "min" | "max" => "nothing in its brackets",
                    "map" => "the name of a turn and what each becomes, as in map(line, line.quantity)",
                    _ => {
                        "the name of a turn and what is asked of each, as in exists(line, line.quantity > 1)"
                    }
                };
                Err(Misfit::new(at, format!("`{name}` takes {wants}")))
            }
            _ => Err(Misfit::new(at, format!("there is no `.{name}(…)`; there are {}", METHODS.join(", ")))),
        }
    }

    fn over(&mut self, at: u32, over: Over, on: &Node<'t>) -> Checked<Typed> {
        let listed = self.list(on)?;
        if listed.list.element != Element::Whole {
            let message = format!(
                "wanted are whole numbers, and here are {}; make them so first: .map(line, line.quantity)",
                listed.list.element.words()
            );
            return Err(Misfit::new(at, message));
        }
        let list = self.finish(listed, Cost::default());
        Ok(Typed::Whole(Whole::Over(over, Box::new(list))))
    }

    fn search(&mut self, search: Search, on: &Node<'t>, part: &Node<'t>) -> Checked<Typed> {
        let pair = [self.text(on)?, self.text(part)?];
        Ok(Typed::Truth(Truth::Search(search, Box::new(pair))))
    }

    fn turns(&mut self, over: Loop, on: &Node<'t>, turn: &Node<'t>, asked: &Node<'t>) -> Checked<Typed> {
        let listed = self.list(on)?;
        let (asked, cost) = self.inside(turn, listed.list.element, |checker| checker.truth(asked))?;
        let list = self.finish(listed, cost);
        Ok(Typed::Truth(Truth::Loop(over, Box::new((list, asked)))))
    }

    fn filter(&mut self, on: &Node<'t>, turn: &Node<'t>, asked: &Node<'t>) -> Checked<Listed> {
        let mut listed = self.list(on)?;
        let (asked, cost) = self.inside(turn, listed.list.element, |checker| checker.truth(asked))?;
        listed.turn.add(cost);
        listed.list.stages.push(Stage::Keep(asked));
        Ok(listed)
    }

    fn map(&mut self, mut listed: Listed, turn: &Node<'t>, to: &Node<'t>) -> Checked<Listed> {
        let (to_typed, cost) = self.inside(turn, listed.list.element, |checker| checker.typed(to))?;
        let (stage, element) = match to_typed {
            Typed::Whole(whole) => (Stage::ToWhole(whole), Element::Whole),
            Typed::Text(text) => (Stage::ToText(text), Element::Text),
            other => return Err(other.is_not(to.at, "a text or a whole number")),
        };
        listed.turn.add(cost);
        listed.list.stages.push(stage);
        listed.list.element = element;
        Ok(listed)
    }

    /// Reads what stands in a loop, with a name for its turn.
    fn inside<T>(
        &mut self,
        turn: &Node<'t>,
        element: Element,
        read: impl FnOnce(&mut Self) -> Checked<T>,
    ) -> Checked<(T, Cost)> {
        let Kind::Name(name) = turn.kind else {
            return Err(Misfit::new(
                turn.at,
                "wanted is a name for what has its turn, as in exists(line, …)",
            ));
        };
        if OBJECTS.into_iter().any(|object| object.word() == name) {
            return Err(Misfit::new(
                turn.at,
                format!("`{name}` is taken: choose another name for what has its turn"),
            ));
        }
        if self.turns.len() == LOOPS_MAX {
            return Err(Misfit::new(turn.at, format!("more than {LOOPS_MAX} loops stand inside each other")));
        }
        let around = std::mem::take(&mut self.cost);
        self.turns.push(Turn { name, element });
        let inside = read(self);
        self.turns.pop();
        let cost = std::mem::replace(&mut self.cost, around);
        Ok((inside?, cost))
    }

    /// Adds up what all turns of a list cost, now that it is known what is asked of each.
    fn finish(&mut self, listed: Listed, asked: Cost) -> List {
        let mut turn = listed.turn;
        turn.add(asked);
        self.cost.add(Cost { steps: 0, at_most: turn.at_most.saturating_mul(listed.values) });
        List { steps: turn.steps, is_deep: turn.at_most > turn.steps.into(), ..listed.list }
    }
}

/// What an expression can name outside of loops.
const OBJECTS: [Object; 3] = [Object::Cart, Object::Customer, Object::At];

/// What can stand after a point, with brackets.
const METHODS: [&str; 12] = [
    "exists",
    "all",
    "exists_one",
    "filter",
    "map",
    "size",
    "sum",
    "min",
    "max",
    "startsWith",
    "endsWith",
    "contains",
];

/// How many more steps it takes to look at a text, for every 64 bytes.
fn long(text: &str) -> u32 {
    u32::try_from(text.len() / 64).unwrap_or(u32::MAX)
}

/// A text that is compared with a name has to be one that the name can be.
fn check_named(pair: [&Text; 2], at: [u32; 2]) -> Checked<()> {
    match pair {
        [name, Text::Is(is)] => check_one(name, is, at[1]),
        [Text::Is(is), name] => check_one(name, is, at[0]),
        _ => Ok(()),
    }
}

fn check_one(name: &Text, is: &str, at: u32) -> Checked<()> {
    let Text::Named(name) = name else { return Ok(()) };
    match name.all() {
        Some(all) if !all.contains(&is) => Err(Misfit::new(
            at,
            format!("it is never '{}'; it is one of {}", is.escape_debug(), all.join(", ")),
        )),
        _ => Ok(()),
    }
}

impl Element {
    fn words(self) -> &'static str {
        match self {
            Self::Line => "lines",
            Self::Text => "texts",
            Self::Whole => "whole numbers",
        }
    }
}

impl Typed {
    fn is_attribute(&self) -> bool {
        matches!(self, Self::Attribute(_))
    }

    fn into_whole(self) -> Result<Whole, Self> {
        match self {
            Self::Whole(whole) => Ok(whole),
            Self::Attribute(asked) => Ok(Whole::Attribute(asked)),
            other => Err(other),
        }
    }

    fn into_text(self) -> Result<Text, Self> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Attribute(asked) => Ok(Text::Attribute(asked)),
            other => Err(other),
        }
    }

    fn into_value(self, at: u32) -> Checked<Value> {
        match self {
            Self::Truth(truth) => Ok(Value::Truth(truth)),
            Self::Whole(whole) => Ok(Value::Whole(whole)),
            Self::Text(text) => Ok(Value::Text(text)),
            Self::Attribute(asked) => Ok(Value::Attribute(asked)),
            other => Err(other.is_not(at, "a text, a whole number, true or false, or an attribute")),
        }
    }
}
