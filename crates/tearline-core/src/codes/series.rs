//! The codes of a form and a key, by serial number.

use std::ops::Range;

use super::{CodeForm, Key, PATTERN_CHARS_MAX, Permutation, Piece};

/// The codes that a form and a key make, one for every serial number below the form's [cap](CodeForm::cap).
///
/// Frozen: the same form, key and number make the same code in every version.
///
/// ```
/// use tearline_core::codes::{CodeForm, Key};
/// let form: CodeForm = serde_json::from_str(r##"{"pattern": "SPRING-####-####"}"##)?;
/// let series = form.series(Key::from([0; 16]));
/// let code = series.code(41).unwrap();
/// assert_eq!(series.serial(&code.to_lowercase()), Some(41));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Series {
    form: CodeForm,
    permutation: Permutation,
    cap: u64,
    symbols: Vec<char>,
    /// What stands before each symbol.
    before: Vec<Box<str>>,
    after: Box<str>,
}

impl Series {
    pub(super) fn new(form: CodeForm, key: Key) -> Self {
        let permutation = Permutation::new(form.places(), key).expect("a form has 1 to 2^112 places");
        let (mut before, mut literal) = (Vec::new(), "");
        for piece in form.fields().pattern.pieces() {
            match piece {
                Piece::Literal(text) => literal = text,
                Piece::Symbol => before.push(Box::from(std::mem::take(&mut literal))),
            }
        }
        let (cap, after) = (form.cap(), Box::from(literal));
        let symbols = form.fields().alphabet.symbols().chars().collect();
        Self { form, permutation, cap, symbols, before, after }
    }

    /// How its codes look.
    pub fn form(&self) -> &CodeForm {
        &self.form
    }

    /// The code of a serial number; none from the cap on.
    pub fn code(&self, serial: u64) -> Option<String> {
        self.codes(serial..serial.saturating_add(1)).next()
    }

    /// The codes of serial numbers, in their order, up to the cap.
    ///
    /// ```
    /// use tearline_core::codes::{CodeForm, Key};
    /// let form: CodeForm = serde_json::from_str(r##"{"pattern": "UP-########", "cap": 1000}"##)?;
    /// let series = form.series(Key::from([0; 16]));
    /// assert_eq!(series.codes(0..100).count(), 100);
    /// assert_eq!(series.codes(990..1_090).count(), 10);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn codes(&self, serials: Range<u64>) -> impl Iterator<Item = String> {
        let end = serials.end.min(self.cap);
        let together = (serials.start..end).step_by(TOGETHER);
        together.flat_map(move |first| {
            (first..end).zip(self.places_from(first)).map(|(_, place)| self.text(place))
        })
    }

    /// The places of some serial numbers, of which the first is below the cap; those that are not are the last one's.
    fn places_from(&self, first: u64) -> [u128; TOGETHER] {
        let mut serials = (first..self.cap).map(u128::from);
        let last = u128::from(self.cap - 1);
        let serials = std::array::from_fn(|_| serials.next().unwrap_or(last));
        self.permutation.places_of(serials).expect("the cap is at most the number of places")
    }

    fn text(&self, place: u128) -> String {
        let mut text = String::with_capacity(self.form.fields().pattern.as_str().len());
        let mut symbols = [0; PATTERN_CHARS_MAX];
        let symbols = &mut symbols[..self.before.len()];
        self.spell(place, symbols);
        for (literal, symbol) in self.before.iter().zip(symbols) {
            text.push_str(literal);
            text.push(self.symbols[usize::from(*symbol)]);
        }
        text.push_str(&self.after);
        text
    }

    /// A place in digits of the alphabet, the most significant first, and then the check character.
    fn spell(&self, place: u128, symbols: &mut [u8]) {
        let size = self.form.fields().alphabet.size();
        let Some(check) = self.form.check() else { return digits(place, size, symbols) };
        let Some((last, random)) = symbols.split_last_mut() else { return };
        digits(place, size, random);
        *last = check.symbol(random);
    }

    /// The serial number that a text is the code of, in any case and with any spaces and dashes.
    ///
    /// Whether it was issued, only the pool knows.
    pub fn serial(&self, text: &str) -> Option<u64> {
        let size = u128::from(self.form.fields().alphabet.size());
        let symbols = self.form.read(text)?;
        let place = symbols.iter().fold(0, |place, symbol| place * size + u128::from(*symbol));
        let serial = u64::try_from(self.permutation.serial(place)?).ok()?;
        (serial < self.cap).then_some(serial)
    }
}

/// So many codes are reckoned at once, which is quicker than one by one.
const TOGETHER: usize = 4;

/// So many digits of any alphabet fit in 32 bits, in which dividing is quick.
const RUN: usize = 6;

/// A number in digits of base `size`, the most significant first.
fn digits(number: u128, size: u8, digits: &mut [u8]) {
    let all = (0..RUN).fold(1, |all, _| all * u64::from(size));
    let mut number = number;
    for run in digits.rchunks_mut(RUN) {
        let (rest, part) = divided(number, all);
        number = rest;
        let (mut part, size) = (u32::try_from(part).expect("36^6 is below 2^32"), u32::from(size));
        for digit in run.iter_mut().rev() {
            *digit = u8::try_from(part % size).expect("a digit is below the size of its alphabet");
            part /= size;
        }
    }
}

fn divided(number: u128, by: u64) -> (u128, u64) {
    if let Ok(short) = u64::try_from(number) {
        return ((short / by).into(), short % by);
    }
    let rest = u64::try_from(number % u128::from(by)).expect("it is less than the divisor");
    (number / u128::from(by), rest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::codes::CouldBe;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tearline_pricing::code::match_key;

    fn series(written: Value, key: [u8; 16]) -> Series {
        serde_json::from_value::<CodeForm>(written).unwrap().series(Key::from(key))
    }

    /// Pools keep no more than key and form: these codes are out there.
    #[test]
    fn codes_stay_as_they_were() {
        let key: [u8; 16] = std::array::from_fn(|byte| u8::try_from(byte).unwrap());
        let code = |written: Value, serial| series(written, key).code(serial).unwrap();
        let codes = [
            code(json!({"pattern": "SPRING-####-####"}), 0),
            code(json!({"pattern": "SPRING-####-####"}), 1),
            code(json!({"pattern": "########", "alphabet": "digits", "check": true}), 0),
            code(json!({"pattern": "##########", "alphabet": "no_words", "check": true}), 7),
            code(json!({"pattern": "#".repeat(22), "guessable": true}), u64::MAX - 1),
        ];
        assert_eq!(
            codes,
            ["SPRING-M2NR-85BM", "SPRING-633K-ZAMH", "63260374", "VNTG3TPJ6K", "6P585GAHYCUW3DX9VK9SHC"]
        );
    }

    #[test]
    fn all_codes_of_a_small_series_differ_and_have_their_serial() {
        let series = series(
            json!({"pattern": "A-####", "alphabet": "digits", "check": true, "guessable": true}),
            [3; 16],
        );
        let mut keys = BTreeSet::new();
        for serial in 0..1_000 {
            let code = series.code(serial).unwrap();
            assert_eq!(series.serial(&code), Some(serial));
            assert_eq!(series.form().could_be(&code), CouldBe::Yes);
            assert!(keys.insert(match_key(&code)), "{code}");
        }
        assert_eq!(series.code(1_000), None);
    }

    #[test]
    fn from_the_cap_on_there_are_no_codes() {
        let whole = series(json!({"pattern": "########"}), [9; 16]);
        let capped = series(json!({"pattern": "########", "cap": 100}), [9; 16]);
        assert_eq!(capped.code(99), whole.code(99));
        assert_eq!((capped.code(100), capped.code(u64::MAX)), (None, None));
        assert_eq!(capped.serial(&whole.code(100).unwrap()), None);
        assert!(capped.codes(90..200).eq(whole.codes(90..100)));
        assert_eq!((capped.codes(100..200).count(), capped.codes(0..u64::MAX).count()), (0, 100));
    }

    #[test]
    fn a_long_number_is_spelt_like_a_short_one() {
        let naive = |mut number: u128, size: u128, count: usize| {
            let mut digits = vec![0; count];
            for digit in digits.iter_mut().rev() {
                *digit = u8::try_from(number % size).unwrap();
                number /= size;
            }
            digits
        };
        for (size, count) in [(31_u8, 22), (2, 64), (36, 21), (10, 33), (36, 12), (36, 13)] {
            for number in
                [0, 1, u128::from(u64::MAX), u128::from(u64::MAX) + 1, (1 << 112) - 1, 0x1234_5678 << 64]
            {
                let number = number % u128::from(size).pow(u32::try_from(count).unwrap());
                let mut spelt = vec![0; count];
                digits(number, size, &mut spelt);
                assert_eq!(spelt, naive(number, u128::from(size), count));
            }
        }
    }

    /// Forms of every alphabet, with text around and between the symbols.
    fn forms() -> impl Strategy<Value = CodeForm> {
        let alphabets = prop_oneof![
            Just(json!("clear")),
            Just(json!("no_words")),
            Just(json!("letters")),
            Just(json!("digits")),
            "[a-f]{5}|[0-9]{4}".prop_map(|symbols| json!({"symbols": symbols})),
        ];
        let pattern = "[A-Zß0-9春]{0,3}#{1,8}[-._]?#{1,8}[-._A-Zß0-9]{0,3}#";
        let written = (pattern, alphabets, any::<bool>()).prop_map(|(pattern, alphabet, check)| {
            json!({"pattern": pattern, "alphabet": alphabet, "check": check, "guessable": true})
        });
        written.prop_filter_map("no form", |written| serde_json::from_value(written).ok())
    }

    proptest! {
        #[test]
        fn a_code_is_read_however_it_is_typed(form in forms(), key: [u8; 16], serial: u64) {
            let series = form.series(Key::from(key));
            let serial = serial % form.cap();
            let code = series.code(serial).unwrap();
            let spaced: String = code.chars().flat_map(|letter| [letter, ' ']).collect();
            for typed in [code.clone(), code.to_lowercase(), code.to_uppercase(), spaced, code.replace('-', "–")] {
                prop_assert_eq!(series.serial(&typed), Some(serial), "{}", typed);
            }
        }

        #[test]
        fn a_wrong_symbol_is_a_typing_error(form in forms(), key: [u8; 16], serial: u64, at: prop::sample::Index, wrong in "[0-9A-Z]") {
            prop_assume!(form.fields().check);
            let code = form.series(Key::from(key)).code(serial % form.cap()).unwrap();
            let places: Vec<usize> = form.fields().pattern.as_str().char_indices()
                .filter(|(_, letter)| *letter == '#').map(|(place, _)| place).collect();
            let place = at.get(&places);
            let mut typed = code.clone();
            typed.replace_range(*place..=*place, &wrong);
            let same = match_key(&typed) == match_key(&code);
            prop_assert_eq!(form.could_be(&typed), if same { CouldBe::Yes } else { CouldBe::TypingError });
        }

        #[test]
        fn many_at_once_are_the_same_as_one_by_one(form in forms(), key: [u8; 16], first: u64, count in 0..20_u64) {
            let (series, first) = (form.series(Key::from(key)), first % form.cap());
            let one_by_one = (first..first.saturating_add(count)).map_while(|serial| series.code(serial));
            prop_assert!(series.codes(first..first.saturating_add(count)).eq(one_by_one));
        }

        #[test]
        fn two_serial_numbers_never_have_one_code(form in forms(), key: [u8; 16], one: u64, other: u64) {
            let (one, other) = (one % form.cap(), other % form.cap());
            let series = form.series(Key::from(key));
            let keys = [one, other].map(|serial| match_key(&series.code(serial).unwrap()));
            prop_assert_eq!(keys[0] == keys[1], one == other);
        }

        #[test]
        fn no_text_breaks_the_reading(form in forms(), text in "\\PC{0,40}|[#A-Z0-9 -]{0,20}") {
            let series = form.series(Key::from([5; 16]));
            prop_assert!(series.serial(&text).is_none() || form.could_be(&text) == CouldBe::Yes);
        }
    }
}
