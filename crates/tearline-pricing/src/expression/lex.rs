//! From text to words, numbers and signs.

use compact_str::CompactString;

/// What does not fit in an expression, and where: a byte of its text.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) at: u32,
    pub(super) message: String,
}

impl Misfit {
    pub(super) fn new(at: u32, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

/// The smallest part of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'t> {
    /// A number without its sign, at most 2^63.
    Number(u64),
    Text(CompactString),
    Word(&'t str),
    Sign(&'static str),
    End,
}

/// The longer ones first, so that `<=` is not `<`.
const SIGNS: [&str; 22] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", ".", ",",
    "?", ":",
];

/// Reads tokens, one after the other.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and the byte at which it starts.
    pub(super) fn next(&mut self) -> Result<(u32, Token<'t>), Misfit> {
        self.skip_blanks();
        let at = place(self.at);
        let Some(first) = self.rest().chars().next() else { return Ok((at, Token::End)) };
        let token = match first {
            '0'..='9' => self.number()?,
            '\'' | '"' => self.text(first)?,
            'a'..='z' | 'A'..='Z' | '_' => Token::Word(self.take_while(is_of_word)),
            _ => self.sign(first)?,
        };
        Ok((at, token))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take_while(&mut self, is_inside: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|char| !is_inside(char)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// Skips spaces, and comments from `//` to the end of the line.
    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|char| matches!(char, ' ' | '\t' | '\r' | '\n' | '\u{c}'));
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|char| char != '\n');
        }
    }

    fn sign(&mut self, first: char) -> Result<Token<'t>, Misfit> {
        let sign = SIGNS.into_iter().find(|sign| self.rest().starts_with(sign));
        let sign = sign.ok_or_else(|| {
            let hint = match first {
                '=' => "; to compare, write ==",
                '&' => "; for `and`, write &&",
                '|' => "; for `or`, write ||",
                '{' | '}' => "; there are no maps and no messages here",
                '‘' | '’' | '“' | '”' => "; texts stand in straight quotes, 'so'",
                _ => "",
            };
            Misfit::new(place(self.at), format!("`{}` has no meaning here{hint}", first.escape_debug()))
        })?;
        self.at += sign.len();
        Ok(Token::Sign(sign))
    }

    fn number(&mut self) -> Result<Token<'t>, Misfit> {
        let at = place(self.at);
        let digits = self.take_while(is_of_word);
        let point = self
            .rest()
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()));
        let hex = digits.strip_prefix("0x").or(digits.strip_prefix("0X"));
        let (digits, radix) = hex.map_or((digits, 10), |digits| (digits, 16));
        if point || is_fraction(digits, radix) {
            let message = "there are no fractions: write money in its minor unit (1999 is 19.99), percentages as a product (3 * x >= 2 * y)";
            return Err(Misfit::new(at, message));
        }
        if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
            return Err(Misfit::new(at, "is not a whole number: write digits, such as 42, or 0x2a"));
        }
        let number = u64::from_str_radix(digits, radix).ok().filter(|&number| number <= 1 << 63);
        number.map(Token::Number).ok_or_else(|| too_large(at))
    }

    fn text(&mut self, quote: char) -> Result<Token<'t>, Misfit> {
        let at = place(self.at);
        self.at += 1;
        let mut text = CompactString::default();
        loop {
            text.push_str(
                self.take_while(|char| char != quote && char != '\\' && char != '\n' && char != '\r'),
            );
            match self.rest().chars().next() {
                Some('\\') => text.push(self.escaped()?),
                Some(end) if end == quote => break self.at += 1,
                _ => {
                    return Err(Misfit::new(
                        at,
                        format!("the text that begins here does not end with {quote}"),
                    ));
                }
            }
        }
        Ok(Token::Text(text))
    }

    /// What stands for a character after a backslash.
    fn escaped(&mut self) -> Result<char, Misfit> {
        let at = place(self.at);
        let misfit = || {
            Misfit::new(at, r"`\` begins none of \\ \' \n \t and the like here; for a backslash, write \\")
        };
        let letter = self.rest()[1..].chars().next().ok_or_else(misfit)?;
        let (digits, radix) = match letter {
            'x' | 'X' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='3' => (3, 8),
            _ => (0, 0),
        };
        if digits == 0 {
            self.at += 1 + letter.len_utf8();
            return plain(letter).ok_or_else(misfit);
        }
        let start = self.at + if radix == 8 { 1 } else { 2 };
        let code =
            self.text.get(start..start + digits).filter(|code| code.chars().all(|char| char.is_digit(radix)));
        self.at = start + digits;
        let code = code.and_then(|code| u32::from_str_radix(code, radix).ok());
        code.and_then(char::from_u32).ok_or_else(misfit)
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn too_large(at: u32) -> Misfit {
    Misfit::new(at, format!("is too large: numbers go from {} to {}", i64::MIN, i64::MAX))
}

fn is_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// `1e6`: a fraction in CEL, even where it is whole.
fn is_fraction(digits: &str, radix: u32) -> bool {
    radix == 10
        && digits
            .split_once(['e', 'E'])
            .is_some_and(|(head, _)| head.bytes().all(|byte| byte.is_ascii_digit()))
}

fn plain(letter: char) -> Option<char> {
    Some(match letter {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '\'' | '"' | '`' | '?' => letter,
        _ => return None,
    })
}
