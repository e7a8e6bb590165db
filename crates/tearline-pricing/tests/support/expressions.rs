//! Random expressions: every one compiles, and most have an answer.

use super::shops::{
    ATTRIBUTES, CATEGORIES, CHANNELS, COUNTRIES, CUSTOMERS, EVENTS, GALLERIES, METHODS, PRODUCTS, SUBJECTS,
};
use super::tape::Tape;

const WHOLES: [&str; 12] = [
    "0",
    "1",
    "2",
    "3",
    "4",
    "10",
    "333",
    "1000",
    "0x10",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
];
const WEEKDAYS: [&str; 3] = ["monday", "tuesday", "sunday"];
const DATES: [&str; 3] = ["2026-06-15", "2026-06-16", "2025-12-31"];

/// Texts of cart, customer and time, each with some that it might be.
const TEXTS: [(&str, &[&str]); 9] = [
    ("cart.channel", &CHANNELS),
    ("cart.event", &EVENTS),
    ("cart.country", &COUNTRIES),
    ("cart.method", &METHODS),
    ("cart.currency", &["USD", "EUR"]),
    ("cart.language", &["pl", "en-GB"]),
    ("customer.id", &CUSTOMERS),
    ("at.weekday", &WEEKDAYS),
    ("at.date", &DATES),
];
/// Texts of a line.
const LINE_TEXTS: [(&str, &[&str]); 5] = [
    ("product", &PRODUCTS),
    ("event", &EVENTS),
    ("subject", &SUBJECTS),
    ("gallery", &GALLERIES),
    ("id", &["a", "b", "é"]),
];
const NAMES: [&str; 6] =
    ["cart.units", "cart.list", "cart.sub_total", "customer.orders", "at.hour", "at.minute"];
const LINE_NAMES: [&str; 5] = ["quantity", "unit_price", "reduced_from", "list", "sub_total"];

/// What has its turn in a loop.
#[derive(Clone)]
enum Turn {
    Line(String),
    Text(String),
    Whole(String),
}

/// An expression that is true or false, nested to a depth.
pub(crate) fn expression(tape: &mut Tape<'_>, depth: u32) -> String {
    Writer { turns: Vec::new(), depth }.truth(tape)
}

struct Writer {
    turns: Vec<Turn>,
    depth: u32,
}

impl Writer {
    fn deeper(&self) -> Self {
        Self { turns: self.turns.clone(), depth: self.depth.saturating_sub(1) }
    }

    fn with(&self, turn: Turn) -> Self {
        let mut inside = self.deeper();
        inside.turns.push(turn);
        inside
    }

    fn next_name(&self) -> String {
        ["a", "b", "line", "d", "e", "f"][self.turns.len().min(5)].to_owned()
    }

    fn a_line(&self, tape: &mut Tape<'_>) -> Option<String> {
        let lines: Vec<_> = self
            .turns
            .iter()
            .filter_map(|turn| if let Turn::Line(name) = turn { Some(name) } else { None })
            .collect();
        (!lines.is_empty()).then(|| tape.one(&lines).clone())
    }

    fn truth(&self, tape: &mut Tape<'_>) -> String {
        if self.depth == 0 {
            return self.comparison(tape);
        }
        let inside = self.deeper();
        match tape.pick(12) {
            0 | 1 => self.comparison(tape),
            2 | 3 => format!("{} && {}", inside.truth(tape), inside.truth(tape)),
            4 | 5 => format!("{} || {}", inside.truth(tape), inside.truth(tape)),
            6 => format!("!({})", inside.truth(tape)),
            7 => format!("({} ? {} : {})", inside.truth(tape), inside.truth(tape), inside.truth(tape)),
            8 => format!("({})", inside.truth(tape)),
            _ => self.over_a_list(tape),
        }
    }

    fn comparison(&self, tape: &mut Tape<'_>) -> String {
        let order = tape.one(&["==", "!=", "<", "<=", ">", ">="]);
        let alike = tape.one(&["==", "!="]);
        match tape.pick(13) {
            0..=2 => format!("{} {order} {}", self.whole(tape), self.whole(tape)),
            3 | 4 => {
                let (text, might) = self.text(tape);
                format!("{text} {order} '{}'", tape.one(might))
            }
            5 => {
                let (text, might) = self.text(tape);
                format!(
                    "{text} in [{}]",
                    might.iter().map(|one| format!("'{one}'")).collect::<Vec<_>>().join(", ")
                )
            }
            6 => {
                let (text, might) = self.text(tape);
                let search = tape.one(&["startsWith", "endsWith", "contains"]);
                let part: String = tape.one(might).chars().take(tape.between(0, 3)).collect();
                format!("{text}.{search}('{part}')")
            }
            7 => format!("{} {alike} {}", self.attribute(tape), self.any(tape)),
            8 => format!("{} {order} {}", self.attribute(tape), self.whole(tape)),
            9 => {
                let bearer = self.bearer(tape);
                let name = tape.one(&ATTRIBUTES);
                match tape.pick(3) {
                    0 => format!("has({bearer}.attributes.{name})"),
                    1 => format!("'{name}' in {bearer}.attributes"),
                    _ => format!("'matte' in {}", self.attribute(tape)),
                }
            }
            10 => match self.text(tape).0 {
                field if field.contains('.') => format!("has({field})"),
                turn => format!("{turn} != ''"),
            },
            11 => {
                let asked = ["customer.signed_in", "true", "false", "'loyal' in customer.segments"];
                tape.one(&asked).to_owned()
            }
            _ => match self.a_line(tape) {
                Some(line) if tape.chance(50) => format!("{line}.discountable"),
                Some(line) => format!("'{}' in {line}.categories", tape.one(&CATEGORIES)),
                None => format!("{} in [1, 2, 3, {}]", self.whole(tape), tape.one(&WHOLES)),
            },
        }
    }

    fn over_a_list(&self, tape: &mut Tape<'_>) -> String {
        let over = tape.one(&["exists", "all", "exists_one"]);
        let name = self.next_name();
        let (list, turn) = self.list(tape, &name);
        match turn {
            Turn::Text(_) if tape.chance(30) => format!("'{}' in {list}", tape.one(&CATEGORIES)),
            Turn::Whole(_) if tape.chance(30) => format!("{} in {list}", self.whole(tape)),
            turn => format!("{list}.{over}({name}, {})", self.with(turn).truth(tape)),
        }
    }

    /// A list, and what has its turn in it.
    fn list(&self, tape: &mut Tape<'_>, name: &str) -> (String, Turn) {
        let (mut list, mut turn) = match (tape.pick(8), self.a_line(tape)) {
            (7, Some(line)) => (format!("{line}.categories"), Turn::Text(name.to_owned())),
            (6, _) => (self.attribute(tape), Turn::Text(name.to_owned())),
            (5, _) => ("[1, 2, 1000]".to_owned(), Turn::Whole(name.to_owned())),
            (4, _) => ("['photo', 'gift', '']".to_owned(), Turn::Text(name.to_owned())),
            (3, _) => ("customer.segments".to_owned(), Turn::Text(name.to_owned())),
            _ => ("cart.lines".to_owned(), Turn::Line(name.to_owned())),
        };
        if tape.chance(25) {
            list = format!("{list}.filter({name}, {})", self.with(turn.clone()).truth(tape));
        }
        if tape.chance(25) {
            let inside = self.with(turn.clone());
            let to_whole = tape.chance(60);
            let to = if to_whole { inside.whole(tape) } else { inside.text(tape).0 };
            list = format!("{list}.map({name}, {to})");
            turn = if to_whole { Turn::Whole(name.to_owned()) } else { Turn::Text(name.to_owned()) };
        }
        (list, turn)
    }

    fn whole(&self, tape: &mut Tape<'_>) -> String {
        let inside = self.deeper();
        match tape.pick(if self.depth == 0 { 8 } else { 16 }) {
            0..=2 => tape.one(&WHOLES).to_owned(),
            3..=5 => tape.one(&NAMES).to_owned(),
            6 | 7 => self.whole_of_turn(tape),
            8 | 9 => {
                let sum = tape.one(&["+", "-", "*", "/", "%"]);
                format!("{} {sum} {}", inside.whole(tape), inside.whole(tape))
            }
            10 => format!("-({})", inside.whole(tape)),
            11 => format!("({} ? {} : {})", inside.truth(tape), inside.whole(tape), inside.whole(tape)),
            12 => format!("size({})", inside.text(tape).0),
            13 => format!("size({})", self.list(tape, &self.next_name()).0),
            14 => format!("{} + 0", self.attribute(tape)),
            _ => {
                let name = self.next_name();
                let (list, turn) = self.list(tape, &name);
                let over = tape.one(&["sum", "min", "max"]);
                let to = self.with(turn).whole(tape);
                format!("{list}.map({name}, {to}).{over}()")
            }
        }
    }

    fn whole_of_turn(&self, tape: &mut Tape<'_>) -> String {
        let wholes: Vec<_> = self
            .turns
            .iter()
            .filter_map(|turn| if let Turn::Whole(name) = turn { Some(name) } else { None })
            .collect();
        match self.a_line(tape) {
            Some(line) => format!("{line}.{}", tape.one(&LINE_NAMES)),
            None if wholes.is_empty() => tape.one(&NAMES).to_owned(),
            None => tape.one(&wholes).clone(),
        }
    }

    /// A text, and some that it might be.
    fn text(&self, tape: &mut Tape<'_>) -> (String, &'static [&'static str]) {
        let texts: Vec<_> = self
            .turns
            .iter()
            .filter_map(|turn| if let Turn::Text(name) = turn { Some(name) } else { None })
            .collect();
        if !texts.is_empty() && tape.chance(50) {
            return (tape.one(&texts).clone(), &CATEGORIES);
        }
        match self.a_line(tape) {
            Some(line) if tape.chance(70) => {
                let (field, might) = tape.one(&LINE_TEXTS);
                (format!("{line}.{field}"), might)
            }
            _ => {
                let (name, might) = tape.one(&TEXTS);
                (name.to_owned(), might)
            }
        }
    }

    fn bearer(&self, tape: &mut Tape<'_>) -> String {
        match self.a_line(tape) {
            Some(line) if tape.chance(60) => line,
            _ => tape.one(&["cart", "customer"]).to_owned(),
        }
    }

    fn attribute(&self, tape: &mut Tape<'_>) -> String {
        let (bearer, name) = (self.bearer(tape), tape.one(&ATTRIBUTES));
        if tape.chance(70) {
            format!("{bearer}.attributes.{name}")
        } else {
            format!("{bearer}.attributes['{name}']")
        }
    }

    fn any(&self, tape: &mut Tape<'_>) -> String {
        match tape.pick(5) {
            0 | 1 => "'matte'".to_owned(),
            2 => tape.one(&["100", "250"]).to_owned(),
            3 => tape.one(&["true", "false"]).to_owned(),
            _ => self.attribute(tape),
        }
    }
}
