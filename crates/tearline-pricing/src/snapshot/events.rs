//! Events, made ready: their own discounts as promotions, for anyone and for known customers.

use std::collections::BTreeSet;
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::benefits::{AmountOff, Benefit, PercentOff};
use crate::conditions::basis::Basis;
use crate::conditions::{Condition, Minimum};
use crate::config::event::{OrderDiscount, ProductDiscount};
use crate::config::selector::Selector;
use crate::config::{Event, Promotion};
use crate::money::Amounts;
use crate::names::{CustomerId, EventId, GalleryId, PromotionId, SubjectId};
use crate::snapshot::PromotionIndex;
use crate::snapshot::faults::Faults;
use crate::snapshot::price_lists::{Off, one_of};

#[derive(Debug, Default)]
pub(crate) struct CompiledEvent {
    pub(crate) price_list: Option<usize>,
    pub(crate) subjects: FxHashMap<GalleryId, SubjectId>,
    /// All its discounts: its own, and those of its known customers.
    pub(crate) discounts: Range<PromotionIndex>,
    /// The event's own discounts.
    pub(crate) own: Vec<PromotionIndex>,
    /// The known customers, and what replaces the discounts for those who do not use the event's.
    pub(crate) known: FxHashMap<CustomerId, Option<Vec<PromotionIndex>>>,
}

impl CompiledEvent {
    /// Whether a promotion is a discount of the event that does not hold for this customer: another one's, or the
    /// event's where they have terms of their own.
    pub(crate) fn is_for_others(&self, promotion: PromotionIndex, customer: Option<&CustomerId>) -> bool {
        self.discounts.contains(&promotion) && !self.discounts_for(customer).contains(&promotion)
    }

    /// The event's own discounts, or the customer's in their place (requirements.md B5.1).
    pub(crate) fn discounts_for(&self, customer: Option<&CustomerId>) -> &[PromotionIndex] {
        let replaced = customer.and_then(|customer| self.known.get(customer)?.as_ref());
        replaced.unwrap_or(&self.own)
    }

    /// Whether the customer is among its known customers.
    pub(crate) fn knows(&self, customer: &CustomerId) -> bool {
        self.known.contains_key(customer)
    }
}

/// A discount of an event, written as the promotion that it is.
pub(crate) struct Written {
    pub(crate) id: PromotionId,
    pub(crate) promotion: Promotion,
    /// Its place in the event's document.
    pub(crate) at: String,
    /// Order discounts of one event are a group: the best one applies (requirements.md B9.12).
    pub(crate) in_group: bool,
}

/// The promotions of an event, and its known customers, with theirs for those who have terms of their own.
pub(crate) struct WrittenEvent {
    pub(crate) own: Vec<Written>,
    pub(crate) known: Vec<(CustomerId, Option<Vec<Written>>)>,
}

/// Writes an event's discounts as promotions, and checks them.
pub(crate) fn write(id: &EventId, event: &Event, faults: &mut Faults<'_>) -> WrittenEvent {
    check_names(event, faults);
    let prefix = format!("event:{id}");
    let own = discounts(id, &prefix, "", &event.order_discounts, &event.product_discounts, faults);
    let mut known = Vec::new();
    for (index, terms) in event.known_customers.iter().enumerate() {
        let (prefix, at) =
            (format!("{prefix}:known:{}", terms.customer), format!("/known_customers/{index}"));
        let own = (!terms.use_event_discounts)
            .then(|| discounts(id, &prefix, &at, &terms.order_discounts, &terms.product_discounts, faults));
        known.push((terms.customer.clone(), own));
    }
    WrittenEvent { own, known }
}

fn check_names(event: &Event, faults: &mut Faults<'_>) {
    let (mut customers, mut galleries) = (BTreeSet::new(), BTreeSet::new());
    for (index, known) in event.known_customers.iter().enumerate() {
        let at = format!("/known_customers/{index}");
        faults.name(format!("{at}/customer"), known.customer.fault());
        if !customers.insert(&known.customer) {
            faults.add(format!("{at}/customer"), format!("`{}` is listed already", known.customer));
        }
        let has_own = !known.order_discounts.is_empty() || !known.product_discounts.is_empty();
        if known.use_event_discounts && has_own {
            faults.add(
                format!("{at}/use_event_discounts"),
                "must be false where the customer has discounts of their own",
            );
        }
    }
    for (index, gallery) in event.galleries.iter().enumerate() {
        faults.name(format!("/galleries/{index}/id"), gallery.id.fault());
        let subject = gallery.subject.as_ref().and_then(SubjectId::fault);
        faults.name(format!("/galleries/{index}/subject"), subject);
        if !galleries.insert(&gallery.id) {
            faults.add(
                format!("/galleries/{index}/id"),
                format!("there is a gallery `{}` already", gallery.id),
            );
        }
    }
}

fn discounts(
    event: &EventId,
    prefix: &str,
    at: &str,
    orders: &[OrderDiscount],
    products: &[ProductDiscount],
    faults: &mut Faults<'_>,
) -> Vec<Written> {
    let mut written = Vec::new();
    for (index, discount) in orders.iter().enumerate() {
        let at = format!("{at}/order_discounts/{index}");
        let off = one_of(discount.percent, discount.amount.as_ref(), &at, faults);
        let Some(benefit) = off.map(|off| benefit(off, None, None)) else { continue };
        let promotion = promotion(event, benefit, discount.minimum.as_ref(), discount.expires_at);
        let id = format!("{prefix}:order:{}", index + 1).into();
        written.push(Written { id, promotion, at, in_group: true });
    }
    for (index, discount) in products.iter().enumerate() {
        let at = format!("{at}/product_discounts/{index}");
        check_reward(discount, &at, faults);
        let off = one_of(discount.percent, discount.amount.as_ref(), &at, faults);
        let items = Selector::products(discount.products.iter().cloned());
        let units = discount.units.max(1);
        let Some(benefit) = off.map(|off| benefit(off, Some(items), Some(units))) else { continue };
        let promotion = promotion(event, benefit, discount.minimum.as_ref(), discount.expires_at);
        let id = format!("{prefix}:product:{}", index + 1).into();
        written.push(Written { id, promotion, at, in_group: false });
    }
    written
}

fn check_reward(discount: &ProductDiscount, at: &str, faults: &mut Faults<'_>) {
    if discount.products.is_empty() {
        faults.add(format!("{at}/products"), "needs at least one product");
    }
    if discount.units == 0 {
        faults.add(format!("{at}/units"), "must be at least 1");
    }
}

fn benefit(off: Off, items: Option<Selector>, units: Option<u32>) -> Benefit {
    match off {
        Off::Percent(percent) => Benefit::PercentOff(PercentOff { units, ..PercentOff::new(percent, items) }),
        Off::Amount(amount) => Benefit::AmountOff(AmountOff { units, ..AmountOff::new(amount, items) }),
    }
}

fn promotion(
    event: &EventId,
    benefit: Benefit,
    minimum: Option<&Amounts>,
    expires_at: Option<crate::when::When>,
) -> Promotion {
    let minimum = minimum.map(|amount| {
        Condition::Minimum(Minimum { amount: amount.clone(), basis: Basis::SubTotal, items: None })
    });
    Promotion {
        events: vec![event.clone()],
        expires_at,
        conditions: minimum.into_iter().collect(),
        ..Promotion::giving(vec![benefit])
    }
}
