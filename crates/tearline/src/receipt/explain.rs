//! The trace: every promotion considered, what was asked and found, and why it does not apply.

use tearline_pricing::quote::{Checked, Considered};

use super::table::Table;
use super::{INDENT, Priced};

impl Priced<'_> {
    pub(super) fn trace(&self, table: &mut Table) {
        let considered = self.quote.trace.as_deref().unwrap_or(&[]);
        table.heading("Every promotion considered");
        if considered.is_empty() {
            table.line("  none concerns this order");
        }
        for promotion in considered {
            self.considered(promotion, table);
        }
        if !self.quote.proven {
            table.line("There were too many combinations to try them all: this may not be the best one.");
        }
    }

    fn considered(&self, promotion: &Considered, table: &mut Table) {
        let code = promotion.code.as_ref().map_or(String::new(), |code| format!(" (code {code})"));
        let title = format!("{}{code}: {}", promotion.id, promotion.gives);
        table.hanging(2, &format!("{} ", mark(promotion.applies)), &title);
        for check in &promotion.checks {
            checked(check, INDENT + 2, table);
        }
        match &promotion.says {
            Some(says) => table.hanging(INDENT, "does not apply: ", says),
            None => table.line(&format!("{:INDENT$}gave {}", "", self.digits(promotion.gave))),
        }
    }
}

fn checked(check: &Checked, indent: usize, table: &mut Table) {
    let Checked { asked, found, met, parts, .. } = check;
    table.hanging(indent, &format!("{} ", mark(*met)), &format!("{asked}: {found}"));
    for part in parts {
        checked(part, indent + 2, table);
    }
}

fn mark(met: bool) -> char {
    if met { '\u{2713}' } else { '\u{2717}' }
}
