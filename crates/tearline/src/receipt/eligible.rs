//! What could apply, as a list: what does, what others keep out, what is missing, what cannot be had.

use tearline_pricing::eligible::{Eligibility, Eligible, EligiblePromotion};

use super::explain::lacks;
use super::table::Table;
use super::{INDENT, Order};

/// Writes the list.
pub(crate) fn write(order: &Order<'_>, listed: &Eligible) -> String {
    let mut table = Table::new(0);
    order.title(listed.at, &mut table);
    let kinds = [
        (Eligibility::Applies, "Applies"),
        (Eligibility::OutRanked, "Others apply in its place"),
        (Eligibility::CouldApply, "Could apply"),
        (Eligibility::Cannot, "Cannot apply"),
    ];
    for (status, heading) in kinds {
        let mut of_kind = listed.promotions.iter().filter(|listed| listed.status == status).peekable();
        if of_kind.peek().is_some() {
            table.heading(heading);
        }
        of_kind.for_each(|listed| order.listed(listed, &mut table));
    }
    if listed.promotions.is_empty() {
        table.heading("There is nothing for this order");
    }
    table.finish()
}

impl Order<'_> {
    fn listed(&self, listed: &EligiblePromotion, table: &mut Table) {
        let name = listed.name.as_ref().map_or(String::new(), |name| format!(", {name}"));
        let codes = listed.codes.as_deref().unwrap_or(&[]);
        let codes = if codes.is_empty() { String::new() } else { format!(" (code {})", codes.join(" or ")) };
        table.hanging(2, "", &format!("{}{name}{codes}: {}", listed.promotion, listed.gives));
        let amounts = [("gave", listed.gave), ("would give by itself", listed.alone)];
        for (what, minor) in amounts.into_iter().filter_map(|(what, minor)| Some((what, minor?))) {
            table.line(&format!("{:INDENT$}{what} {}", "", self.digits(minor)));
        }
        if let Some(says) = listed.says.as_ref().filter(|_| listed.status == Eligibility::Cannot) {
            table.hanging(INDENT, "", says);
        }
        if let Some(out_ranked) = &listed.out_ranked {
            self.out_ranked(out_ranked, INDENT, table);
        }
        lacks(&listed.missing, INDENT, table);
    }
}
