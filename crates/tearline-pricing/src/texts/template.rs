//! Texts with figures in braces: `Only {missing} to go`.

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// To be said as it stands.
    Plain(&'a str),
    /// The name of a figure, to be said in its place.
    Figure(&'a str),
}

/// Why a text cannot be taken to pieces: a brace without its other half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoneBrace(pub(crate) char);

/// Takes a text to pieces. Two braces of a kind stand for one of them.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, LoneBrace>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = next(rest)?;
        rest = after;
        Some(piece)
    })
}

/// The next piece and what follows it; after a lone brace nothing does.
fn next(text: &str) -> Option<(Result<Piece<'_>, LoneBrace>, &str)> {
    let plain = text.find(['{', '}']).unwrap_or(text.len());
    if plain > 0 {
        let (plain, rest) = text.split_at(plain);
        return Some((Ok(Piece::Plain(plain)), rest));
    }
    let brace = text.chars().next()?;
    let rest = &text[1..];
    if rest.starts_with(brace) {
        return Some((Ok(Piece::Plain(&text[..1])), &rest[1..]));
    }
    match rest.split_once('}').filter(|_| brace == '{') {
        Some((figure, rest)) => Some((Ok(Piece::Figure(figure)), rest)),
        None => Some((Err(LoneBrace(brace)), "")),
    }
}

/// Puts figures in; `figure` appends the one of a name. A text that was checked has no lone brace.
pub(crate) fn fill(text: &str, mut figure: impl FnMut(&str, &mut String)) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    for piece in pieces(text).flatten() {
        match piece {
            Piece::Plain(plain) => filled.push_str(plain),
            Piece::Figure(name) => figure(name, &mut filled),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_said_as_it_stands_once_its_braces_are_doubled(text in any::<String>()) {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(fill(&doubled, |name, _| panic!("{name} is no figure")), text);
        }

        #[test]
        fn nothing_gets_lost_on_the_way(text in "[{}a-cż]{0,20}") {
            let is_whole = pieces(&text).all(|piece| piece.is_ok());
            let (mut plain, mut figures) = (0, 0);
            for piece in pieces(&text).flatten() {
                match piece {
                    Piece::Plain(said) => plain += said.len() + usize::from(said == "{" || said == "}"),
                    Piece::Figure(name) => figures += name.len() + "{}".len(),
                }
            }
            prop_assert!(!is_whole || plain + figures == text.len());
        }
    }

    #[test]
    fn figures_stand_in_braces_and_braces_are_doubled() {
        let filled = |text| fill(text, |name, filled| filled.push_str(&name.to_uppercase()));
        assert_eq!(filled("Brakuje {missing}, {{tak}}, {a}{b}!"), "Brakuje MISSING, {tak}, AB!");
        assert_eq!(filled(""), "");
        assert_eq!(filled("{{{a}}}"), "{A}");
    }

    #[test]
    fn a_lone_brace_is_told() {
        let lone = |text| pieces(text).find_map(Result::err);
        assert_eq!(lone("a { b"), Some(LoneBrace('{')));
        assert_eq!(lone("a } b"), Some(LoneBrace('}')));
        assert_eq!(lone("{{ {a} }}"), None);
    }
}
