//! What can be wrong with texts.

use super::template::{LoneBrace, Piece, pieces};
use super::{Key, LANGUAGES_MAX, TEXT_BYTES_MAX, Translations};
use crate::snapshot::faults::Faults;

/// Whose texts they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Shop,
    Promotion,
}

/// Checks the texts of a document at `/texts`.
pub(crate) fn check(texts: &Translations, whose: Whose, faults: &mut Faults<'_>) {
    if texts.iter().count() > LANGUAGES_MAX {
        faults.add("/texts", format!("has more than {LANGUAGES_MAX} languages"));
    }
    let mut before: Vec<&str> = Vec::new();
    for (language, said) in texts.iter() {
        let at = format!("/texts/{language}");
        if let Some(fault) = language.form_fault() {
            faults.add(at.clone(), fault);
        }
        if let Some(other) = before.iter().find(|other| other.eq_ignore_ascii_case(language.as_str())) {
            faults.add(at.clone(), format!("is the same language as `{other}`: case does not count"));
        }
        before.push(language.as_str());
        for (key, text) in said.iter() {
            if let Some(fault) = misplaced(key, whose).or_else(|| fault(key, text)) {
                faults.add(format!("{at}/{}", key.name()), fault);
            }
        }
    }
}

fn misplaced(key: Key, whose: Whose) -> Option<String> {
    match (key, whose) {
        (Key::Name | Key::Description | Key::Gives | Key::Condition, Whose::Shop) => {
            Some("belongs to a promotion: write it in the `texts` of each".to_owned())
        }
        (Key::Amount | Key::DecimalMark, Whose::Promotion) => Some(
            "holds for the whole shop: write it in the `texts` of the document of kind `shop`".to_owned(),
        ),
        _ => None,
    }
}

fn fault(key: Key, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty: leave it out, and the next language is asked".to_owned());
    }
    if text.len() > TEXT_BYTES_MAX {
        return Some(format!("is longer than {TEXT_BYTES_MAX} bytes"));
    }
    if key == Key::DecimalMark && text.chars().count() != 1 {
        return Some("is one character, such as `,`".to_owned());
    }
    pieces(text).find_map(|piece| match piece {
        Ok(Piece::Plain(_)) => None,
        Ok(Piece::Figure(name)) => {
            (!key.figures().contains(&name)).then(|| format!("has `{{{name}}}`, which {}", allowed(key)))
        }
        Err(LoneBrace(brace)) => {
            Some(format!("has a `{brace}` by itself: write `{brace}{brace}` for the sign"))
        }
    })
}

fn allowed(key: Key) -> String {
    let figures: Vec<String> = key.figures().iter().map(|figure| format!("`{{{figure}}}`")).collect();
    if figures.is_empty() {
        "is no figure here: none can be put in".to_owned()
    } else {
        format!("is no figure here: write {}", crate::words::list(figures.iter().map(String::as_str), "or"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::faults::DocumentName;

    fn found(texts: &str, whose: Whose) -> Vec<String> {
        let mut found = Vec::new();
        let texts = serde_json::from_str(texts).unwrap();
        check(&texts, whose, &mut Faults::of(DocumentName::new("it", ""), &mut found));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn our_own_words_have_no_faults() {
        for key in Key::ALL.iter().filter(|key| !key.english().is_empty()) {
            assert_eq!(fault(*key, key.english()), None, "{}", key.name());
        }
    }

    #[test]
    fn a_figure_that_is_not_there_is_told_with_those_that_are() {
        let texts = r#"{"pl": {
            "name": "{missing}", "minimum_not_met": "Brakuje {mising}", "void": "{missing}", "ended": "{{ {ended_at}"
        }}"#;
        assert_eq!(
            found(texts, Whose::Promotion),
            [
                "it/texts/pl/name: has `{missing}`, which is no figure here: none can be put in",
                "it/texts/pl/void: has `{missing}`, which is no figure here: write `{promotion}`",
                "it/texts/pl/minimum_not_met: has `{mising}`, which is no figure here: write `{missing}`, `{minimum}`, `{sub_total}` or `{promotion}`",
            ]
        );
    }

    #[test]
    fn what_belongs_elsewhere_is_told() {
        let texts = r#"{"pl": {"name": "Wiosna", "decimal_mark": ","}}"#;
        assert_eq!(
            found(texts, Whose::Shop),
            ["it/texts/pl/name: belongs to a promotion: write it in the `texts` of each"]
        );
        assert_eq!(
            found(texts, Whose::Promotion),
            [
                "it/texts/pl/decimal_mark: holds for the whole shop: write it in the `texts` of the document of kind `shop`"
            ]
        );
    }

    #[test]
    fn languages_are_tags_and_stand_once() {
        let texts = r#"{"PL": {}, "pl": {}, "polski!": {}}"#;
        assert_eq!(
            found(texts, Whose::Shop),
            [
                "it/texts/pl: is the same language as `PL`: case does not count",
                "it/texts/polski!: is not a language: write a tag of BCP 47 such as `pl` or `en-GB`",
            ]
        );
    }

    #[test]
    fn texts_that_cannot_be_said_are_told() {
        let texts = r#"{"pl": {"void": " ", "used_up": "}", "unknown": "{", "amount": "{digits", "decimal_mark": ",,"}}"#;
        assert_eq!(
            found(texts, Whose::Shop),
            [
                "it/texts/pl/unknown: has a `{` by itself: write `{{` for the sign",
                "it/texts/pl/void: is empty: leave it out, and the next language is asked",
                "it/texts/pl/used_up: has a `}` by itself: write `}}` for the sign",
                "it/texts/pl/amount: has a `{` by itself: write `{{` for the sign",
                "it/texts/pl/decimal_mark: is one character, such as `,`",
            ]
        );
    }
}
