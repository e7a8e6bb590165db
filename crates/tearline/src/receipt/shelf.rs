//! A page of products, each with its price.

use tearline_pricing::shelf::{Shelf, ShelfDiscount, ShelfPrice};

use super::table::Table;
use super::{INDENT, Order};

/// Writes the page.
pub(crate) fn write(order: &Order<'_>, shelf: &Shelf) -> String {
    let widest = shelf.lines.iter().map(|line| order.digits(-line.list).len()).max();
    let mut table = Table::new(widest.unwrap_or(0));
    order.title(shelf.at, &mut table);
    table.line("");
    table.row(0, "", &[&format!("list, {}", shelf.currency), "price"]);
    for line in &shelf.lines {
        order.on_shelf(line, &mut table);
    }
    table.finish()
}

impl Order<'_> {
    fn on_shelf(&self, price: &ShelfPrice, table: &mut Table) {
        let digits = |minor| self.digits(minor);
        let line = self.cart.lines.iter().find(|line| line.id == price.id);
        let name = line.map_or(price.id.as_str(), |line| self.names.line(line, self.cart));
        let count = if price.quantity == 1 { String::new() } else { format!("{} x ", price.quantity) };
        table.row(0, &format!("{count}{name}"), &[&digits(price.list), &digits(price.price)]);
        if price.bulk_discount != 0 {
            table.taken(INDENT, &digits(-price.bulk_discount), "bulk discount");
        }
        for ShelfDiscount { promotion, name, code, gave } in &price.promotions {
            let code = code.as_ref().map_or(String::new(), |code| format!(" ({code})"));
            let name = name.as_deref().unwrap_or(promotion.as_str());
            table.taken(INDENT, &digits(-gave), &format!("{name}{code}"));
        }
        for step in &price.steps {
            table.hanging(INDENT, "", &step.words);
        }
    }
}
