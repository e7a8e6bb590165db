//! The symbols that codes are made of.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// The symbols that stand where a pattern says `#`.
///
/// Codes are compared without case, so no alphabet has a letter twice.
///
/// ```
/// use tearline_core::codes::Alphabet;
/// assert_eq!(Alphabet::default().symbols(), "23456789ABCDEFGHJKMNPQRSTUVWXYZ");
/// let own: Alphabet = serde_json::from_str(r#"{"symbols": "ACDEF"}"#)?;
/// assert_eq!(own.size(), 5);
/// assert!(serde_json::from_str::<Alphabet>(r#"{"symbols": "Aa"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// 31 digits and letters that are not taken for one another: without 0 and O, 1, I and L.
    #[default]
    Clear,
    /// 22 digits and letters that make no words: the clear ones without vowels, and without B, S, U, Z, 2, 5 and 8.
    NoWords,
    /// 23 letters: A to Z without I, L and O.
    Letters,
    /// The digits 0 to 9.
    Digits,
    /// An alphabet of one's own: 2 to 36 different letters and digits of ASCII, written as in the codes.
    Symbols(Symbols),
}

impl Alphabet {
    /// The symbols, in their order: the first counts 0.
    pub fn symbols(&self) -> &str {
        match self {
            Self::Clear => "23456789ABCDEFGHJKMNPQRSTUVWXYZ",
            Self::NoWords => "CDFGHJKMNPQRTVWXY34679",
            Self::Letters => "ABCDEFGHJKMNPQRSTUVWXYZ",
            Self::Digits => "0123456789",
            Self::Symbols(own) => own.0.as_str(),
        }
    }

    /// How many symbols there are.
    pub fn size(&self) -> u8 {
        u8::try_from(self.symbols().len()).expect("an alphabet has at most 36 symbols")
    }

    /// Which symbol a character is, in either case.
    pub(super) fn value(&self, character: char) -> Option<u8> {
        let symbols = self.symbols().bytes();
        let is = |symbol: u8| char::from(symbol).eq_ignore_ascii_case(&character);
        symbols.zip(0..).find(|(symbol, _)| is(*symbol)).map(|(_, value)| value)
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Symbols that an owner chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "CompactString")]
pub struct Symbols(CompactString);

/// Why a text is no alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlphabetFault {
    /// Fewer than two symbols.
    #[error("an alphabet has 2 to 36 symbols, this one has {0}")]
    TooFew(usize),
    /// A character that is no letter or digit of ASCII.
    #[error("symbol {place} of the alphabet is {found:?}; allowed are A-Z, a-z and 0-9")]
    Symbol {
        /// Counted from 1.
        place: usize,
        /// What stands there.
        found: char,
    },
    /// A symbol that stood before, in either case.
    #[error(
        "symbol {place} of the alphabet is {found:?}, which it has already: codes are compared without case"
    )]
    Twice {
        /// Counted from 1.
        place: usize,
        /// What stands there.
        found: char,
    },
}

impl TryFrom<CompactString> for Symbols {
    type Error = AlphabetFault;

    fn try_from(text: CompactString) -> Result<Self, AlphabetFault> {
        let mut before: Vec<char> = Vec::new();
        for (found, place) in text.chars().zip(1..) {
            let folded = found.to_ascii_lowercase();
            if !found.is_ascii_alphanumeric() {
                return Err(AlphabetFault::Symbol { place, found });
            }
            if before.contains(&folded) {
                return Err(AlphabetFault::Twice { place, found });
            }
            before.push(folded);
        }
        if before.len() < 2 { Err(AlphabetFault::TooFew(before.len())) } else { Ok(Self(text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(symbols: &str) -> Result<Symbols, String> {
        Symbols::try_from(CompactString::from(symbols)).map_err(|fault| fault.to_string())
    }

    #[test]
    fn every_named_alphabet_would_do_as_ones_own() {
        for (alphabet, size) in
            [(Alphabet::Clear, 31), (Alphabet::NoWords, 22), (Alphabet::Letters, 23), (Alphabet::Digits, 10)]
        {
            assert_eq!(own(alphabet.symbols()).unwrap().0, alphabet.symbols());
            assert_eq!(alphabet.size(), size);
        }
        assert!(!Alphabet::Clear.symbols().contains(['0', 'O', '1', 'I', 'L']));
    }

    #[test]
    fn what_is_no_alphabet_is_told_why() {
        assert_eq!(own("").unwrap_err(), "an alphabet has 2 to 36 symbols, this one has 0");
        assert_eq!(own("7").unwrap_err(), "an alphabet has 2 to 36 symbols, this one has 1");
        assert_eq!(own("AB-").unwrap_err(), "symbol 3 of the alphabet is '-'; allowed are A-Z, a-z and 0-9");
        assert_eq!(own("ABÄ").unwrap_err(), "symbol 3 of the alphabet is 'Ä'; allowed are A-Z, a-z and 0-9");
        assert_eq!(
            own("ABa").unwrap_err(),
            "symbol 3 of the alphabet is 'a', which it has already: codes are compared without case"
        );
        assert!(own("0123456789abcdefghijklmnopqrstuvwxyz").is_ok());
    }

    #[test]
    fn alphabets_are_written_as_they_are_read() {
        for written in [r#""clear""#, r#""no_words""#, r#"{"symbols":"ab12"}"#] {
            let alphabet: Alphabet = serde_json::from_str(written).unwrap();
            assert_eq!(serde_json::to_string(&alphabet).unwrap(), written);
        }
        assert!(serde_json::from_str::<Alphabet>(r#""clean""#).is_err());
    }
}
