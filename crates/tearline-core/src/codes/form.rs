//! What an owner says of the codes that a pool makes.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};
use tearline_pricing::code::match_key;

use super::entropy::{GUESSES_PER_HIT, codes_max, symbols_needed};
use super::{Alphabet, Check, Key, PLACES_MAX, Pattern, Piece, Series};

/// How the codes of a pool look, as its document says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FormFields {
    /// Literal text with `#` for each symbol: `SPRING-####-####`.
    pub pattern: Pattern,
    /// What stands for each `#`; absent = 31 digits and letters that are not taken for one another.
    #[serde(default, skip_serializing_if = "Alphabet::is_default")]
    pub alphabet: Alphabet,
    /// Whether the last `#` is a check character, by which a mistyped code is known as such.
    #[serde(default, skip_serializing_if = "is_no")]
    pub check: bool,
    /// How many codes may ever be issued; absent = as many as cannot be guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<u64>, minimum = 1))]
    pub cap: Option<NonZeroU64>,
    /// Whether the owner accepts that more than one guess in a million is right.
    #[serde(default, skip_serializing_if = "is_no")]
    pub guessable: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_no(yes: &bool) -> bool {
    !yes
}

/// How the codes of a pool look, checked: there is a code for every serial number below the [`cap`](Self::cap).
///
/// ```
/// use tearline_core::codes::CodeForm;
/// let short = serde_json::from_str::<CodeForm>(r##"{"pattern": "SPRING-####", "cap": 500}"##);
/// assert_eq!(
///     short.unwrap_err().to_string(),
///     "one guess in 1847 would be right, with 500 of 923521 possible codes issued; \
///      at most one in 1000000 may be: write 6 \"#\" instead of 4, or accept it with `guessable: true`"
/// );
/// let form: CodeForm = serde_json::from_str(r##"{"pattern": "SPRING-######", "cap": 500}"##)?;
/// assert_eq!((form.places(), form.cap()), (887_503_681, 500));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FormFields", into = "FormFields")]
pub struct CodeForm {
    fields: FormFields,
    places: u128,
    check: Option<Check>,
}

/// Why codes cannot be made so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// The check character would be the only symbol.
    #[error(r##"the pattern has one "#", the check character; it needs another for the codes to differ"##)]
    OnlyCheck,
    /// No check character finds every swap there.
    #[error(
        "there is no check character for an alphabet of {0} symbols; there is for 3 to 36, but not for 6"
    )]
    NoCheck(u8),
    /// More possible codes than can be told apart in 112 bits.
    #[error(r##"the pattern has {symbols} "#"; allowed are {most} with this alphabet"##)]
    TooLong {
        /// How many there are.
        symbols: usize,
        /// How many are allowed.
        most: usize,
    },
    /// There are not so many codes.
    #[error("the cap is {cap}, but there are only {places} codes")]
    CapAbovePlaces {
        /// What the owner says.
        cap: u64,
        /// How many codes there are.
        places: u128,
    },
    /// Too many of the possible codes would be real ones.
    #[error(
        "one guess in {odds} would be right, with {codes} of {places} possible codes issued; \
         at most one in {GUESSES_PER_HIT} may be: write {needed} \"#\" instead of {symbols}, \
         or accept it with `guessable: true`"
    )]
    Guessable {
        /// One in so many guesses is right.
        odds: u128,
        /// How many codes may be issued.
        codes: u64,
        /// Of how many.
        places: u128,
        /// How many symbols it takes, a check character among them.
        needed: usize,
        /// How many there are.
        symbols: usize,
    },
}

/// What a text that somebody typed is to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouldBe {
    /// It could be one of its codes.
    Yes,
    /// It looks like one, but has a symbol that no code has, or is refuted by its check character.
    TypingError,
    /// It looks different.
    No,
}

impl CodeForm {
    /// What the owner says.
    pub fn fields(&self) -> &FormFields {
        &self.fields
    }

    /// How many codes are possible, not counting those with a wrong check character: what a guess chooses from.
    pub fn places(&self) -> u128 {
        self.places
    }

    /// How many codes may ever be issued: as many as the owner says, and no more than cannot be guessed.
    pub fn cap(&self) -> u64 {
        let guard = if self.fields.guessable { self.all() } else { codes_max(self.places) };
        self.fields.cap.map_or(guard, |cap| guard.min(cap.get()))
    }

    fn all(&self) -> u64 {
        u64::try_from(self.places).unwrap_or(u64::MAX)
    }

    /// The codes of this form that a key makes.
    pub fn series(&self, key: Key) -> Series {
        Series::new(self.clone(), key)
    }

    /// Whether a text could be a code of this form, in any case and with any spaces and dashes.
    ///
    /// ```
    /// use tearline_core::codes::{CodeForm, CouldBe};
    /// let form: CodeForm = serde_json::from_str(r##"{"pattern": "UP-########"}"##)?;
    /// assert_eq!(form.could_be(" up 2345 6789 "), CouldBe::Yes);
    /// assert_eq!(form.could_be("UP-2345678O"), CouldBe::TypingError); // no code has an O
    /// assert_eq!(form.could_be("UP-2345"), CouldBe::No);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn could_be(&self, text: &str) -> CouldBe {
        let Some(typed) = self.typed(text) else { return CouldBe::No };
        if self.right(&typed).is_some() { CouldBe::Yes } else { CouldBe::TypingError }
    }

    /// The symbols of a text, without the check character, if it could be a code.
    pub(super) fn read(&self, text: &str) -> Option<Vec<u8>> {
        self.right(&self.typed(text)?)
    }

    /// What was typed where this form has symbols, if all around it is as it should be.
    fn typed(&self, text: &str) -> Option<String> {
        let key = match_key(text);
        let (mut rest, mut typed) = (key.as_str(), String::new());
        for piece in self.fields.pattern.pieces() {
            match piece {
                Piece::Literal(literal) => rest = rest.strip_prefix(match_key(literal).as_str())?,
                Piece::Symbol => {
                    let symbol = rest.chars().next().filter(|symbol| symbol.is_alphanumeric())?;
                    typed.push(symbol);
                    rest = &rest[symbol.len_utf8()..];
                }
            }
        }
        rest.is_empty().then_some(typed)
    }

    fn right(&self, typed: &str) -> Option<Vec<u8>> {
        let symbols: Option<Vec<u8>> =
            typed.chars().map(|symbol| self.fields.alphabet.value(symbol)).collect();
        let mut symbols = symbols?;
        if let Some(check) = &self.check {
            check.holds(&symbols).then(|| symbols.pop())?;
        }
        Some(symbols)
    }

    pub(super) fn check(&self) -> Option<&Check> {
        self.check.as_ref()
    }
}

impl TryFrom<FormFields> for CodeForm {
    type Error = FormFault;

    fn try_from(fields: FormFields) -> Result<Self, FormFault> {
        let size = fields.alphabet.size();
        let check = fields.check.then(|| Check::of(size).ok_or(FormFault::NoCheck(size))).transpose()?;
        let form = Self { places: places(&fields)?, fields, check };
        form.guard()?;
        Ok(form)
    }
}

impl From<CodeForm> for FormFields {
    fn from(form: CodeForm) -> Self {
        form.fields
    }
}

fn places(fields: &FormFields) -> Result<u128, FormFault> {
    let (size, symbols) = (u128::from(fields.alphabet.size()), fields.pattern.symbols());
    let random = symbols - usize::from(fields.check);
    let places =
        |random: usize| size.checked_pow(u32::try_from(random).ok()?).filter(|all| *all <= PLACES_MAX);
    if random == 0 {
        return Err(FormFault::OnlyCheck);
    }
    places(random).ok_or_else(|| {
        let most = (1..random).rev().find(|fewer| places(*fewer).is_some()).unwrap_or(1);
        FormFault::TooLong { symbols, most: most + usize::from(fields.check) }
    })
}

impl CodeForm {
    fn guard(&self) -> Result<(), FormFault> {
        let FormFields { pattern, alphabet, check, cap, guessable } = &self.fields;
        let codes = cap.map_or(1, NonZeroU64::get);
        if u128::from(codes) > self.places {
            return Err(FormFault::CapAbovePlaces { cap: codes, places: self.places });
        }
        if *guessable || codes <= codes_max(self.places) {
            return Ok(());
        }
        let needed = symbols_needed(alphabet.size(), codes) as usize + usize::from(*check);
        let odds = self.places / u128::from(codes);
        Err(FormFault::Guessable { odds, codes, places: self.places, needed, symbols: pattern.symbols() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::from_slice;
    use serde_json::{Value, json};

    fn form(written: &Value) -> CodeForm {
        serde_json::from_value(written.clone()).unwrap()
    }

    fn fault(written: &Value) -> (String, String) {
        let fault = from_slice::<CodeForm>(written.to_string().as_bytes()).unwrap_err();
        (fault.pointer, fault.message)
    }

    #[test]
    fn a_form_is_written_as_it_was_read() {
        for written in [
            json!({"pattern": "SPRING-####-####"}),
            json!({"pattern": "######", "alphabet": "digits", "cap": 1}),
            json!({"pattern": "A-####", "alphabet": {"symbols": "abc"}, "check": true, "cap": 9, "guessable": true}),
        ] {
            assert_eq!(serde_json::to_value(form(&written)).unwrap(), written);
        }
        assert_eq!(
            form(&json!({"pattern": "########", "alphabet": "clear"})),
            form(&json!({"pattern": "########"}))
        );
    }

    #[test]
    fn the_guard_says_how_long_the_pattern_must_be() {
        let (_, message) = fault(&json!({"pattern": "####", "check": true}));
        assert!(
            message.starts_with("one guess in 29791 would be right, with 1 of 29791 possible codes"),
            "{message}"
        );
        assert!(message.contains("write 6 \"#\" instead of 4"), "{message}");
        let long_enough = form(&json!({"pattern": "######", "check": true}));
        assert_eq!((long_enough.places(), long_enough.cap()), (28_629_151, 28));

        let of = |symbols: usize| json!({"pattern": "#".repeat(symbols), "cap": 1_000_000});
        let (_, message) = fault(&of(8));
        assert!(message.contains("write 9 \"#\" instead of 8"), "{message}");
        assert_eq!(form(&of(9)).cap(), 1_000_000);
    }

    #[test]
    fn the_cap_is_the_smaller_of_the_owners_and_the_guards() {
        assert_eq!(form(&json!({"pattern": "########"})).cap(), 852_891);
        assert_eq!(form(&json!({"pattern": "########", "cap": 100})).cap(), 100);
        assert_eq!(form(&json!({"pattern": "########", "cap": 852_891})).cap(), 852_891);
        assert!(serde_json::from_value::<CodeForm>(json!({"pattern": "########", "cap": 852_892})).is_err());
    }

    #[test]
    fn an_owner_may_accept_that_codes_are_guessed() {
        let written = json!({"pattern": "VIP-##", "alphabet": "digits", "guessable": true});
        assert_eq!(form(&written).cap(), 100);
        let written = json!({"pattern": "VIP-##", "alphabet": "digits", "guessable": true, "cap": 101});
        assert_eq!(fault(&written).1, "the cap is 101, but there are only 100 codes");
    }

    #[test]
    fn what_is_no_form_is_told_where_and_why() {
        let cases = [
            (json!({"pattern": "SPRING"}), "/pattern", "no \"#\""),
            (json!({"pattern": "########", "alphabet": {"symbols": "A"}}), "/alphabet/symbols", "2 to 36"),
            (json!({"pattern": "########", "cap": 0}), "/cap", "nonzero"),
            (json!({"pattern": "########", "length": 8}), "/length", "unknown field"),
            (json!({"pattern": "#", "check": true}), "", "one \"#\""),
            (
                json!({"pattern": "########", "alphabet": {"symbols": "ABCDEF"}, "check": true}),
                "",
                "not for 6",
            ),
            (json!({"pattern": "#".repeat(23)}), "", "has 23 \"#\"; allowed are 22"),
            (json!({"pattern": "#".repeat(64), "check": true}), "", "has 64 \"#\"; allowed are 23"),
        ];
        for (written, pointer, message) in cases {
            let fault = fault(&written);
            assert_eq!(fault.0, pointer, "{fault:?}");
            assert!(fault.1.contains(message), "{fault:?}");
        }
    }

    #[test]
    fn what_is_typed_is_compared_like_codes() {
        let form = form(&json!({"pattern": "Święta.##-######"}));
        for code in ["Święta.23-456789", "ŚWIĘTA.23456789", " święta . 2345–6789", "ｓ\u{301}więta.23456789"]
        {
            assert_eq!(form.could_be(code), CouldBe::Yes, "{code}");
        }
        for code in ["Święta.2345678O", "Święta.2345678Ä", "Święta.0000-0000"] {
            assert_eq!(form.could_be(code), CouldBe::TypingError, "{code}");
        }
        for code in
            ["", "Święta23456789", "Święta.2345678", "Święta.23456789A", "Swieta.23456789", "Święta.2345678."]
        {
            assert_eq!(form.could_be(code), CouldBe::No, "{code}");
        }
    }

    #[test]
    fn a_symbol_that_looks_like_the_text_around_it_stays_one() {
        let form = form(&json!({"pattern": "A######A####"}));
        assert_eq!(form.could_be("AAAAAAAAAAAA"), CouldBe::Yes);
        assert_eq!(form.could_be("AAAAAAAAAAA"), CouldBe::No);
    }
}
