//! Text from strangers, made fit for a terminal.

/// The text without what would move the cursor or change the terminal; each such character becomes `\u{FFFD}`.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{FFFD}' } else { character }).collect()
}
