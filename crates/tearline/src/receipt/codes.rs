//! What became of the codes, what more would earn, and what the owner should look at.

use tearline_pricing::quote::{CodeAnswer, CodeStatus, Hint};
use unicode_width::UnicodeWidthStr as _;

use super::Priced;
use super::table::{Table, pad_right};

/// The widest that a code stands in its column; a longer one pushes what follows to the right.
const CODE_WIDTH_MAX: usize = 20;

impl Priced<'_> {
    pub(super) fn codes(&self, table: &mut Table) {
        let codes = &self.quote.codes;
        let Some(widest) = codes.iter().map(|answer| answer.code.width()).max() else { return };
        table.heading("Codes");
        for answer in codes {
            let code = pad_right(&answer.code, widest.min(CODE_WIDTH_MAX));
            let status = pad_right(status(answer.status), "applied".len());
            table.hanging(2, &format!("{code}  {status}  "), &self.code_words(answer));
        }
    }

    fn code_words(&self, answer: &CodeAnswer) -> String {
        match (&answer.says, &answer.promotion) {
            (Some(says), _) => says.clone(),
            (None, Some(promotion)) => self.names.words(promotion).to_owned(),
            (None, None) => String::new(),
        }
    }

    /// Hints, but for those of codes: what a code waits for stands beside it.
    pub(super) fn hints(&self, table: &mut Table) {
        let coded: Vec<_> = self.quote.codes.iter().filter_map(|answer| answer.promotion.as_ref()).collect();
        let promotion = |hint: &Hint| match hint {
            Hint::SpendMore { promotion, .. } | Hint::NotAdded { promotion, .. } => {
                coded.contains(&promotion)
            }
        };
        let hints: Vec<_> = self.quote.hints.iter().filter(|hint| !promotion(hint)).collect();
        if !hints.is_empty() {
            table.heading("What more would earn");
        }
        for hint in hints {
            table.hanging(2, "", says(hint));
        }
    }

    pub(super) fn warnings(&self, table: &mut Table) {
        if !self.quote.warnings.is_empty() {
            table.heading("For the shop to look at");
        }
        for warning in &self.quote.warnings {
            table.hanging(2, "", &warning.words(self.quote.currency));
        }
    }
}

fn says(hint: &Hint) -> &str {
    match hint {
        Hint::SpendMore { says, .. } | Hint::NotAdded { says, .. } => says,
    }
}

fn status(status: CodeStatus) -> &'static str {
    match status {
        CodeStatus::Applied => "applied",
        CodeStatus::Parked => "waits",
        CodeStatus::Refused => "refused",
    }
}
