//! The trace: why each line costs what it does, every promotion considered, or one of them in full.

use tearline_pricing::explain::{Explanation, Supposition};
use tearline_pricing::need::Missing;
use tearline_pricing::quote::{
    Checked, Considered, LineQuote, OutRanked, Rival, Stage, StageGift, Taken, TakenBy, TogetherRule,
};

use super::table::Table;
use super::{INDENT, Order, Priced};

impl Priced<'_> {
    /// Who took what off a line, in that order, and what was left.
    pub(super) fn road(&self, quote: &LineQuote, table: &mut Table) {
        for taken in quote.road.as_deref().unwrap_or(&[]) {
            let left = self.digits(taken.left);
            let who = format!("{}: {left}", self.taken_by(taken, quote));
            table.taken(INDENT, &self.digits(-taken.took), &who);
        }
    }

    fn taken_by(&self, taken: &Taken, quote: &LineQuote) -> String {
        match &taken.by {
            TakenBy::Bulk(rule) => {
                let of = self.names.bulk(rule);
                format!("bulk discount of {of}{}", self.bulk_units(quote.units.as_deref().unwrap_or(&[])))
            }
            TakenBy::Promotion { promotion, stage } => {
                let applied = self.quote.promotions.iter().find(|applied| applied.id == *promotion);
                let name = applied.map_or(promotion.to_string(), |applied| self.names.applied(applied));
                format!("{name}{}", part_of(*stage))
            }
        }
    }

    pub(super) fn trace(&self, table: &mut Table) {
        let considered = self.quote.trace.as_deref().unwrap_or(&[]);
        table.heading("Every promotion considered");
        if considered.is_empty() {
            table.line("  none concerns this order");
        }
        for promotion in considered {
            let code = promotion.code.as_ref().map_or(String::new(), |code| format!(" (code {code})"));
            let title = format!("{}{code}: {}", promotion.id, promotion.gives);
            table.hanging(2, &format!("{} ", mark(promotion.applies)), &title);
            self.considered(promotion, INDENT, table);
            lacks(&promotion.missing, INDENT, table);
        }
        if !self.quote.proven {
            table.line("There were too many combinations to try them all: this may not be the best one.");
        }
    }

    /// What was asked of a promotion, and what became of it.
    fn considered(&self, promotion: &Considered, indent: usize, table: &mut Table) {
        for check in &promotion.checks {
            checked(check, indent + 2, table);
        }
        match &promotion.says {
            Some(says) => table.hanging(indent, "does not apply: ", says),
            None => table.line(&format!("{:indent$}gave {}", "", self.digits(promotion.gave))),
        }
        if let Some(out_ranked) = &promotion.out_ranked {
            self.out_ranked(out_ranked, indent, table);
        }
    }

    /// One promotion in full.
    pub(super) fn promotion(&self, told: &Explanation, table: &mut Table) {
        let name = told.name.as_ref().map_or(String::new(), |name| format!(", {name}"));
        table.heading(&format!("{} {}{name}", mark(told.applies), told.promotion));
        table.hanging(2, "", &told.sentence);
        for supposing in &told.supposing {
            table.line(match supposing {
                Supposition::CodeEntered => "  Its code is not entered. If it were:",
                Supposition::Resumed => "  It is paused. If it were not:",
            });
        }
        self.considered(&told.verdict, 2, table);
        for gift in &told.gifts {
            self.gift(gift, table);
        }
        lacks(&told.missing, 2, table);
    }

    fn gift(&self, gift: &StageGift, table: &mut Table) {
        for given in &gift.lines {
            let line = self.cart.lines.iter().find(|line| line.id == given.id);
            let name = line.map_or(given.id.as_str(), |line| self.names.line(line, self.cart));
            let whose = line.map_or(String::new(), |line| self.whose(line));
            table.taken(INDENT, &self.digits(given.gave), &format!("off {name}{whose}"));
        }
        if gift.lines.is_empty() {
            let what = if gift.stage == Stage::Shipping { "off shipping" } else { "of what is due" };
            table.taken(INDENT, &self.digits(gift.gave), what);
        }
    }
}

impl Order<'_> {
    /// Who applies in place of a promotion, and what each of them gives.
    pub(super) fn out_ranked(&self, out_ranked: &OutRanked, indent: usize, table: &mut Table) {
        let rule = match out_ranked.rule {
            TogetherRule::Exclusive => "nothing may stand beside it",
            TogetherRule::Group => "one of the group applies",
            TogetherRule::Codes => "these codes do not go together",
        };
        for Rival { id, gave, alone } in &out_ranked.by {
            let (gave, alone) = (self.digits(*gave), self.digits(*alone));
            let told = format!("{id} ({rule}): it gave {gave}, and by itself {alone}");
            table.hanging(indent, "out-ranked by ", &told);
        }
        let alone = self.digits(out_ranked.alone);
        table.hanging(indent, "", &format!("by itself it would give {alone}"));
    }
}

pub(super) fn lacks(missing: &[Missing], indent: usize, table: &mut Table) {
    let words: Vec<&str> = missing.iter().map(|missing| missing.words.as_str()).collect();
    if !words.is_empty() {
        table.hanging(indent, "lacks: ", &words.join("; "));
    }
}

fn checked(check: &Checked, indent: usize, table: &mut Table) {
    let Checked { asked, found, met, parts, .. } = check;
    table.hanging(indent, &format!("{} ", mark(*met)), &format!("{asked}: {found}"));
    for part in parts {
        checked(part, indent + 2, table);
    }
}

/// A line's part of what a promotion gave, where it did not give it to the line itself.
fn part_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Items => "",
        Stage::Order => ", its part of the order",
        Stage::Shipping => ", shipping",
        Stage::CreditBeforeTax | Stage::CreditAfterTax => ", its part of the credit",
    }
}

fn mark(met: bool) -> char {
    if met { '\u{2713}' } else { '\u{2717}' }
}
