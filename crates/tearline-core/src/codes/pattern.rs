//! Patterns: how the codes of a series look.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// The longest pattern, in characters.
pub const PATTERN_CHARS_MAX: usize = 64;

/// How the codes of a series look: `SPRING-####-####`, with a `#` where each code has a symbol of its own.
///
/// Everything else stands in the code as it is written: letters, digits, `-`, `_` and `.`, at both ends no
/// punctuation. Case and dashes help to read; codes are compared without them.
///
/// ```
/// use tearline_core::codes::Pattern;
/// let pattern: Pattern = "SPRING-####-####".parse()?;
/// assert_eq!(pattern.symbols(), 8);
/// assert_eq!(
///     "SPRING {4}".parse::<Pattern>().unwrap_err().to_string(),
///     r##"character 7 of the pattern is ' '; allowed are letters, digits, "-", "_", ".", and "#" for a symbol"##
/// );
/// # Ok::<(), tearline_core::codes::PatternFault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "CompactString")]
pub struct Pattern(CompactString);

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Stands in every code.
    Literal(&'a str),
    /// Each code has a symbol of its own.
    Symbol,
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// There is no `#`, so there would be one code.
    #[error(r##"the pattern has no "#", which stands for a symbol: SPRING-####-####"##)]
    NoSymbol,
    /// It is too long to be a code.
    #[error("the pattern has {0} characters; allowed are {PATTERN_CHARS_MAX}")]
    TooLong(usize),
    /// A character that no code may have.
    #[error(r##"character {place} of the pattern is {found:?}; allowed are letters, digits, "-", "_", ".", and "#" for a symbol"##)]
    Character {
        /// Counted from 1.
        place: usize,
        /// What stands there.
        found: char,
    },
    /// It begins or ends with punctuation, which gets lost where codes are copied.
    #[error(r##"character {place} of the pattern is {found:?}; it begins and ends with a letter, a digit or "#""##)]
    End {
        /// Counted from 1.
        place: usize,
        /// What stands there.
        found: char,
    },
}

impl Pattern {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many symbols a code has, a check character among them.
    pub fn symbols(&self) -> usize {
        self.0.bytes().filter(|byte| *byte == b'#').count()
    }

    /// What a code is put together from.
    ///
    /// ```
    /// use tearline_core::codes::{Pattern, Piece};
    /// let pattern: Pattern = "UP-#".parse()?;
    /// assert!(pattern.pieces().eq([Piece::Literal("UP-"), Piece::Symbol]));
    /// # Ok::<(), tearline_core::codes::PatternFault>(())
    /// ```
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let pieces = self.0.split_inclusive('#').flat_map(|piece| match piece.strip_suffix('#') {
            Some(literal) => [Piece::Literal(literal), Piece::Symbol],
            None => [Piece::Literal(piece), Piece::Literal("")],
        });
        pieces.filter(|piece| *piece != Piece::Literal(""))
    }
}

fn check(text: &str) -> Result<(), PatternFault> {
    let count = text.chars().count();
    if count > PATTERN_CHARS_MAX {
        return Err(PatternFault::TooLong(count));
    }
    for (found, place) in text.chars().zip(1..) {
        if !(is_inner(found) || is_outer(found)) {
            return Err(PatternFault::Character { place, found });
        }
        if (place == 1 || place == count) && !is_outer(found) {
            return Err(PatternFault::End { place, found });
        }
    }
    if text.contains('#') { Ok(()) } else { Err(PatternFault::NoSymbol) }
}

fn is_inner(character: char) -> bool {
    matches!(character, '-' | '_' | '.')
}

fn is_outer(character: char) -> bool {
    character == '#' || character.is_alphanumeric()
}

impl std::str::FromStr for Pattern {
    type Err = PatternFault;

    fn from_str(text: &str) -> Result<Self, PatternFault> {
        check(text).map(|()| Self(text.into()))
    }
}

impl TryFrom<CompactString> for Pattern {
    type Error = PatternFault;

    fn try_from(text: CompactString) -> Result<Self, PatternFault> {
        check(&text).map(|()| Self(text))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tearline_pricing::code::match_key;

    fn fault(text: &str) -> String {
        text.parse::<Pattern>().unwrap_err().to_string()
    }

    #[test]
    fn prefix_suffix_and_separators_are_written_as_they_are() {
        for good in ["#", "SPRING-####-####", "####.####_XY", "zima-Święta-######", "春-####", "2026####"]
        {
            assert_eq!(good.parse::<Pattern>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn what_is_no_pattern_is_told_where_and_why() {
        assert!(fault("").contains("no \"#\""));
        assert!(fault("SPRING").contains("no \"#\""));
        assert!(fault(&"#".repeat(65)).contains("has 65 characters"));
        assert!(fault("A\u{301}####").starts_with("character 2 of the pattern is"));
        assert!(fault("-####").starts_with("character 1 of the pattern is '-'; it begins"));
        assert!(fault("####.").starts_with("character 5 of the pattern is '.'; it begins"));
        for bad in ["{digits:6}", "## ##", "=##", "##\\#", "##\n", "<##", "##,##", "\u{200B}##"] {
            assert!(fault(bad).starts_with("character "), "{bad}");
        }
    }

    /// Reading takes a typed code's key apart piece by piece, so the pieces must not change one another.
    #[test]
    fn no_letter_of_a_pattern_changes_a_symbol_beside_it() {
        for letter in ('\u{80}'..=char::MAX).filter(|letter| is_outer(*letter)) {
            let beside = |letter: &str| ["a", "e", "o", "t", "z", "7", ""].join(letter);
            let key = beside(&match_key(&letter.to_string()));
            assert_eq!(match_key(&beside(&letter.to_string())), key, "{}", letter.escape_unicode());
        }
    }

    proptest! {
        #[test]
        fn pieces_are_the_pattern(text in "[#A-Zż0-9]([-#A-Zż0-9._]{0,20}[#A-Z0-9])?") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                let pieces = pattern.pieces().map(|piece| match piece {
                    Piece::Literal(literal) => literal,
                    Piece::Symbol => "#",
                });
                prop_assert_eq!(pieces.collect::<String>(), text);
            }
        }

        #[test]
        fn no_text_breaks_the_reading(text in "\\PC{0,80}") {
            let _ = text.parse::<Pattern>();
        }
    }
}
