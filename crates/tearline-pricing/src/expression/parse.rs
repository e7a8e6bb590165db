//! From text to a tree, as CEL's grammar has it.

use compact_str::CompactString;

use super::DEPTH_MAX;
use super::lex::{Lexer, Misfit, Token, too_large};

/// A part of an expression.
#[derive(Debug)]
pub(super) struct Node<'t> {
    /// The byte at which it, or the sign that makes it, stands.
    pub(super) at: u32,
    /// How many nodes stand on each other in it, itself among them.
    height: usize,
    pub(super) kind: Kind<'t>,
}

#[derive(Debug)]
pub(super) enum Kind<'t> {
    Truth(bool),
    Whole(i64),
    Text(CompactString),
    List(Vec<Node<'t>>),
    /// `cart`, or the name of a loop's turn.
    Name(&'t str),
    /// `cart.units`
    Field(Box<Node<'t>>, &'t str),
    /// `cart.attributes['gift']`
    Index(Box<[Node<'t>; 2]>),
    /// `size(x)`, and `x.size()` with what stands before the point.
    Call(Option<Box<Node<'t>>>, &'t str, Vec<Node<'t>>),
    Not(Box<Node<'t>>),
    Minus(Box<Node<'t>>),
    /// `&&` and `||`, with all that they join.
    Both(Join, Vec<Node<'t>>),
    Two(Operator, Box<[Node<'t>; 2]>),
    /// `a ? b : c`
    If(Box<[Node<'t>; 3]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Less,
    LessOrSame,
    More,
    MoreOrSame,
    Same,
    Other,
    In,
    Plus,
    Minus,
    Times,
    By,
    Rest,
}

/// What stands between two parts, and how strongly it binds them.
#[derive(Clone, Copy)]
enum Between {
    Join(Join),
    Operator(Operator),
}

/// Words that CEL keeps for itself.
const KEPT: [&str; 18] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Node<'_>, Misfit> {
    let mut parser = Parser { lexer: Lexer::new(text), at: 0, next: Token::End, depth: 0 };
    parser.advance()?;
    let tree = parser.expression()?;
    match parser.next {
        Token::End => Ok(tree),
        _ => Err(parser.unexpected("an operator such as && or >=, or the end")),
    }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    /// Where the next token stands.
    at: u32,
    next: Token<'t>,
    /// How many expressions are open.
    depth: usize,
}

impl<'t> Parser<'t> {
    fn advance(&mut self) -> Result<Token<'t>, Misfit> {
        let (at, next) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn is_next(&self, sign: &str) -> bool {
        matches!(self.next, Token::Sign(next) if next == sign)
    }

    /// Goes past a sign, if it comes next.
    fn accept(&mut self, sign: &str) -> Result<bool, Misfit> {
        let is_next = self.is_next(sign);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Misfit> {
        if self.accept(sign)? { Ok(()) } else { Err(self.unexpected(sign)) }
    }

    fn unexpected(&self, wanted: &str) -> Misfit {
        let found = match &self.next {
            Token::Number(number) => format!("`{number}`"),
            Token::Text(_) => "a text".to_owned(),
            Token::Word(word) => format!("`{word}`"),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_owned(),
        };
        Misfit::new(self.at, format!("here stands {found}; wanted is {wanted}"))
    }

    fn node(&self, at: u32, tallest: usize, kind: Kind<'t>) -> Result<Node<'t>, Misfit> {
        let height = tallest + 1;
        if height > DEPTH_MAX { Err(self.too_deep()) } else { Ok(Node { at, height, kind }) }
    }

    fn too_deep(&self) -> Misfit {
        Misfit::new(self.at, format!("is nested more than {DEPTH_MAX} deep here"))
    }

    /// Reads something that may hold itself again.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Misfit>) -> Result<T, Misfit> {
        if self.depth == DEPTH_MAX {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn expression(&mut self) -> Result<Node<'t>, Misfit> {
        self.deeper(|parser| {
            let asked = parser.operation(0)?;
            let at = parser.at;
            if !parser.accept("?")? {
                return Ok(asked);
            }
            let yes = parser.operation(0)?;
            parser.expect(":")?;
            let no = parser.expression()?;
            let tallest = asked.height.max(yes.height).max(no.height);
            parser.node(at, tallest, Kind::If(Box::new([asked, yes, no])))
        })
    }

    /// Reads parts as long as they are bound at least so strongly; of equals the left one goes first.
    fn operation(&mut self, strength: u8) -> Result<Node<'t>, Misfit> {
        let mut left = self.unary()?;
        while let Some((between, bound)) = self.between().filter(|(_, bound)| *bound >= strength) {
            let at = self.at;
            self.advance()?;
            let right = self.operation(bound + 1)?;
            left = self.bind(at, between, left, right)?;
        }
        Ok(left)
    }

    fn between(&self) -> Option<(Between, u8)> {
        let sign = match &self.next {
            Token::Sign(sign) => sign,
            Token::Word("in") => "in",
            _ => return None,
        };
        let operator = |operator, strength| Some((Between::Operator(operator), strength));
        match sign {
            "||" => Some((Between::Join(Join::Or), 1)),
            "&&" => Some((Between::Join(Join::And), 2)),
            "<" => operator(Operator::Less, 3),
            "<=" => operator(Operator::LessOrSame, 3),
            ">" => operator(Operator::More, 3),
            ">=" => operator(Operator::MoreOrSame, 3),
            "==" => operator(Operator::Same, 3),
            "!=" => operator(Operator::Other, 3),
            "in" => operator(Operator::In, 3),
            "+" => operator(Operator::Plus, 4),
            "-" => operator(Operator::Minus, 4),
            "*" => operator(Operator::Times, 5),
            "/" => operator(Operator::By, 5),
            "%" => operator(Operator::Rest, 5),
            _ => None,
        }
    }

    fn bind(&self, at: u32, between: Between, left: Node<'t>, right: Node<'t>) -> Result<Node<'t>, Misfit> {
        match (between, left) {
            (Between::Join(join), Node { at, height, kind: Kind::Both(other, mut parts) })
                if join == other =>
            {
                let tallest = (height - 1).max(right.height);
                parts.push(right);
                self.node(at, tallest, Kind::Both(join, parts))
            }
            (Between::Join(join), left) => {
                self.node(at, left.height.max(right.height), Kind::Both(join, vec![left, right]))
            }
            (Between::Operator(operator), left) => {
                self.node(at, left.height.max(right.height), Kind::Two(operator, Box::new([left, right])))
            }
        }
    }

    fn unary(&mut self) -> Result<Node<'t>, Misfit> {
        let at = self.at;
        if self.accept("!")? {
            let part = self.deeper(Self::unary)?;
            return self.node(at, part.height, Kind::Not(Box::new(part)));
        }
        if !self.accept("-")? {
            return self.member();
        }
        if let Token::Number(number) = self.next {
            self.advance()?;
            let whole = 0_i64.checked_sub_unsigned(number).ok_or_else(|| too_large(at))?;
            let node = self.node(at, 0, Kind::Whole(whole))?;
            return self.members(node);
        }
        let part = self.deeper(Self::unary)?;
        self.node(at, part.height, Kind::Minus(Box::new(part)))
    }

    fn member(&mut self) -> Result<Node<'t>, Misfit> {
        let node = self.primary()?;
        self.members(node)
    }

    /// Reads what hangs on a part: `.units`, `.size()`, `['gift']`.
    fn members(&mut self, mut node: Node<'t>) -> Result<Node<'t>, Misfit> {
        loop {
            let at = self.at;
            if self.accept("[")? {
                let index = self.expression()?;
                self.expect("]")?;
                let tallest = node.height.max(index.height);
                node = self.node(at, tallest, Kind::Index(Box::new([node, index])))?;
            } else if self.accept(".")? {
                let (at, name) = (self.at, self.word()?);
                node = if self.is_next("(") {
                    self.call(at, Some(node), name)?
                } else {
                    let height = node.height;
                    self.node(at, height, Kind::Field(Box::new(node), name))?
                };
            } else {
                return Ok(node);
            }
        }
    }

    fn word(&mut self) -> Result<&'t str, Misfit> {
        match self.next {
            Token::Word(word) => self.advance().map(|_| word),
            _ => Err(self.unexpected("a name")),
        }
    }

    fn call(&mut self, at: u32, on: Option<Node<'t>>, name: &'t str) -> Result<Node<'t>, Misfit> {
        self.expect("(")?;
        let arguments = self.until(")")?;
        let tallest = arguments.iter().chain(&on).map(|node| node.height).max().unwrap_or(0);
        self.node(at, tallest, Kind::Call(on.map(Box::new), name, arguments))
    }

    /// Reads expressions with commas between them, up to the closing sign and past it.
    fn until(&mut self, close: &'static str) -> Result<Vec<Node<'t>>, Misfit> {
        let mut nodes = Vec::new();
        let mut has_more = !self.is_next(close);
        while has_more {
            nodes.push(self.expression()?);
            // A list may end with a comma, as in CEL.
            has_more = self.accept(",")? && !(close == "]" && self.is_next(close));
        }
        self.expect(close)?;
        Ok(nodes)
    }

    fn primary(&mut self) -> Result<Node<'t>, Misfit> {
        let at = self.at;
        match &self.next {
            Token::Sign("(") => {
                self.advance()?;
                let node = self.expression()?;
                self.expect(")")?;
                Ok(node)
            }
            Token::Sign("[") => {
                self.advance()?;
                let parts = self.until("]")?;
                let tallest = parts.iter().map(|node| node.height).max().unwrap_or(0);
                self.node(at, tallest, Kind::List(parts))
            }
            Token::Number(number) => {
                let whole = i64::try_from(*number).map_err(|_| too_large(at))?;
                self.leaf(at, Kind::Whole(whole))
            }
            Token::Text(text) => {
                let text = text.clone();
                self.leaf(at, Kind::Text(text))
            }
            Token::Word(word) => self.named(at, word),
            Token::Sign(_) | Token::End => {
                Err(self.unexpected("a value: a name, a number, a text, a list or (…)"))
            }
        }
    }

    fn leaf(&mut self, at: u32, kind: Kind<'t>) -> Result<Node<'t>, Misfit> {
        self.advance()?;
        self.node(at, 0, kind)
    }

    fn named(&mut self, at: u32, word: &'t str) -> Result<Node<'t>, Misfit> {
        match word {
            "true" | "false" => self.leaf(at, Kind::Truth(word == "true")),
            "null" => {
                Err(Misfit::new(at, "there is no null: what is absent is '' or 0, and has(…) asks for it"))
            }
            word if KEPT.contains(&word) => {
                Err(Misfit::new(at, format!("`{word}` is a word of the language, not a name")))
            }
            word => {
                self.advance()?;
                if self.is_next("(") {
                    return self.call(at, None, word);
                }
                self.node(at, 0, Kind::Name(word))
            }
        }
    }
}
