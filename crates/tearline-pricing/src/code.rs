//! When two spellings are the same code.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// The form in which an owner-typed code is compared: without case, spaces, dashes and width.
///
/// The text is folded as Unicode says (NFKC and full case folding); white space and dashes of every kind go.
///
/// ```
/// use tearline_pricing::code::match_key;
/// assert_eq!(match_key(" spring-10 "), match_key("SPRING 10"));
/// assert_eq!(match_key("ＳＰＲＩＮＧ１０"), "spring10");
/// ```
pub fn match_key(code: &str) -> String {
    if code.is_ascii() {
        return code
            .bytes()
            .filter(|byte| !is_ignored(char::from(*byte)))
            .map(|byte| byte.to_ascii_lowercase() as char)
            .collect();
    }
    // Taking a space out can bring two characters together that then compose; a few rounds make it stable.
    let rounds =
        std::iter::successors(Some(fold(code)), |text| Some(fold(text)).filter(|folded| folded != text));
    rounds.take(8).last().unwrap_or_default()
}

fn fold(text: &str) -> String {
    text.nfkc().default_case_fold().nfkc().filter(|character| !is_ignored(*character)).collect()
}

/// Dashes by Unicode's property `Dash`, as far as people type them, and white space.
fn is_ignored(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{00AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_spaces_dashes_and_width_do_not_matter() {
        for spelling in
            ["SPRING-10", "spring10", "Spring 10", "spring–10", "ｓｐｒｉｎｇ１０", "s p r i n g 1 0"]
        {
            assert_eq!(match_key(spelling), "spring10", "{spelling}");
        }
        assert_eq!(match_key("STRASSE"), match_key("straße"));
        assert_ne!(match_key("O0"), match_key("00"));
    }

    #[test]
    fn an_accent_typed_by_itself_joins_its_letter() {
        assert_eq!(match_key("G´"), match_key("Ǵ"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(code in "\\PC{0,40}") {
            let key = match_key(&code);
            prop_assert_eq!(match_key(&key), key);
        }
    }
}
