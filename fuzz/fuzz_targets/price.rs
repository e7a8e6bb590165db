//! A shop and a cart, as texts with a zero byte between them: priced or refused, never a panic, and the parts of
//! a quote add up.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tearline_core::document::gather;
use tearline_core::read::from_slice;
use tearline_core::source::Sources;
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::{Expand, Quote};
use tearline_pricing::snapshot::Snapshot;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let (Some(shop), Some(cart)) = (parts.next(), parts.next()) else { return };
    let (Ok(shop), Ok(cart)) = (std::str::from_utf8(shop), from_slice::<Cart>(cart)) else { return };
    let mut sources = Sources::default();
    if sources.read("shop", shop).is_err() {
        return;
    }
    let Ok(snapshot) = Snapshot::compile(&gather(&sources.documents), 1) else { return };
    let expand = Expand { units: true, trace: true };
    if let Ok(quote) = tearline_pricing::price(&cart, &snapshot, &Facts::default(), Timestamp::UNIX_EPOCH, expand) {
        adds_up(&quote);
    }
});

fn adds_up(quote: &Quote) {
    let totals = &quote.totals;
    assert!(totals.due >= 0 && totals.credit_applied >= 0);
    assert_eq!(totals.due_before_credit, totals.due + totals.credit_applied);
    assert_eq!(totals.list, quote.lines.iter().map(|line| line.list).sum::<i64>());
    assert_eq!(totals.sub_total, totals.list - totals.bulk_discount);
    for line in &quote.lines {
        let units = line.units.as_deref().unwrap_or(&[]);
        assert_eq!(units.len(), line.quantity as usize);
        assert_eq!(line.after_order, units.iter().map(|unit| unit.after_order).sum::<i64>());
        assert!(units.iter().all(|unit| unit.after_credit >= 0 && unit.after_order <= unit.after_items));
    }
}
