//! All that could apply to a cart: the shop's promotions, and the discounts of its events as promotions.

use std::collections::BTreeMap;
use std::rc::Rc;

use tearline_pricing::benefits::{AmountOff, Benefit, PercentOff};
use tearline_pricing::cart::Cart;
use tearline_pricing::code::match_key;
use tearline_pricing::conditions::basis::Basis;
use tearline_pricing::conditions::{Condition, Minimum};
use tearline_pricing::config::event::{OrderDiscount, ProductDiscount};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::config::{Documents, Event, Promotion};
use tearline_pricing::facts::{CodeRow, CodeState};
use tearline_pricing::money::{Amounts, Percent};
use tearline_pricing::names::{EventId, GroupId, PromotionId};
use tearline_pricing::refusal::Refusal;
use tearline_pricing::when::When;

use super::world::World;

/// A promotion, and the code that unlocks it.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) id: PromotionId,
    pub(crate) promotion: Rc<Promotion>,
    /// As entered.
    pub(crate) code: Option<String>,
    /// The code's row, if it is of a pool, under its key.
    pub(crate) row: Option<(String, CodeRow)>,
    /// Of the offers of one group only one applies.
    pub(crate) group: Option<Group>,
}

/// The name of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// The order discounts of an event, for everybody or for one customer.
    OfEvent(String),
    Named(GroupId),
}

/// The shop's promotions, as if none needed a code.
pub(crate) fn shop_offers(documents: &Documents) -> impl Iterator<Item = Offer> {
    documents.promotions.iter().map(|(id, promotion)| Offer {
        id: id.clone(),
        promotion: Rc::new(promotion.clone()),
        code: None,
        row: None,
        group: None,
    })
}

impl Offer {
    /// Whether it is a code to which the rule of two codes applies.
    pub(crate) fn is_code(&self) -> bool {
        self.code.is_some() && !self.stands_outside()
    }

    /// Whether it only gives credit, and no credit says that it counts as a code.
    pub(crate) fn stands_outside(&self) -> bool {
        let stands = |benefit: &Benefit| matches!(benefit, Benefit::Credit(credit) if credit.beside_codes);
        self.promotion.benefits.iter().all(stands)
    }

    pub(crate) fn shares_group(&self, other: &Self) -> bool {
        self.group.is_some() && self.group == other.group
    }

    pub(crate) fn is_only_credit(&self) -> bool {
        self.promotion.benefits.iter().all(|benefit| matches!(benefit, Benefit::Credit(_)))
    }
}

/// What needs no code.
pub(crate) fn automatic(documents: &Documents, cart: &Cart) -> Vec<Offer> {
    let waits = |promotion: &Promotion| promotion.pool_codes || !promotion.codes.is_empty();
    let own = documents.promotions.iter().filter(|(_, promotion)| !waits(promotion));
    let own = own.map(|(id, promotion)| Offer {
        id: id.clone(),
        promotion: Rc::new(promotion.clone()),
        code: None,
        row: None,
        group: promotion.group.clone().map(Group::Named),
    });
    let of_events = documents.events.iter().flat_map(|(id, event)| of_event(id, event, cart));
    own.chain(of_events).collect()
}

/// The promotion that a code unlocks: a coupon of the shop, else a code of a pool.
pub(crate) fn unlocked(world: &World<'_>, code: &str) -> Result<Offer, Refusal> {
    let unlocks = |promotion: &Promotion| promotion.codes.iter().any(|own| match_key(own) == match_key(code));
    let offer = |id: &PromotionId, promotion: &Promotion, row| Offer {
        id: id.clone(),
        promotion: Rc::new(promotion.clone()),
        code: Some(code.to_owned()),
        row,
        group: promotion.group.clone().map(Group::Named),
    };
    let promotions = &world.documents.promotions;
    if let Some((id, promotion)) = promotions.iter().find(|(_, promotion)| unlocks(promotion)) {
        return Ok(offer(id, promotion, None));
    }
    let (key, row) = row(&world.facts.codes, code).ok_or(Refusal::Unknown)?;
    if row.customer.is_some() && world.cart.customer.is_none() {
        return Err(Refusal::Unknown);
    }
    match promotions.get(&row.promotion) {
        Some(promotion) if promotion.pool_codes => {
            Ok(offer(&row.promotion, promotion, Some((key, row.clone()))))
        }
        _ if row.state == CodeState::Preview => Err(Refusal::Preview),
        _ => Err(Refusal::Void),
    }
}

/// A code's row: one that has exactly this text, else one that is not that strict.
fn row(rows: &BTreeMap<String, CodeRow>, code: &str) -> Option<(String, CodeRow)> {
    let is_exactly = |key: &str| key == code.trim();
    let is_alike = |key: &str, row: &CodeRow| !row.exact && key == match_key(code);
    let exactly = rows.iter().find(|(key, _)| is_exactly(key));
    let (key, row) = exactly.or_else(|| rows.iter().find(|(key, row)| is_alike(key, row)))?;
    Some((key.clone(), row.clone()))
}

/// The event's discounts, or those of a known customer who does not use them.
fn of_event(id: &EventId, event: &Event, cart: &Cart) -> Vec<Offer> {
    let buyer = cart.customer.as_ref().map(|customer| &customer.id);
    let known = event.known_customers.iter().find(|known| Some(&known.customer) == buyer);
    match known.filter(|known| !known.use_event_discounts) {
        None => discounts(&format!("event:{id}"), id, &event.order_discounts, &event.product_discounts),
        Some(known) => discounts(
            &format!("event:{id}:known:{}", known.customer),
            id,
            &known.order_discounts,
            &known.product_discounts,
        ),
    }
}

fn discounts(
    name: &str,
    event: &EventId,
    orders: &[OrderDiscount],
    products: &[ProductDiscount],
) -> Vec<Offer> {
    let orders = (1..).zip(orders).map(|(number, discount)| Offer {
        id: format!("{name}:order:{number}").into(),
        promotion: Rc::new(off_order(event, discount)),
        code: None,
        row: None,
        group: Some(Group::OfEvent(name.to_owned())),
    });
    let products = (1..).zip(products).map(|(number, discount)| Offer {
        id: format!("{name}:product:{number}").into(),
        promotion: Rc::new(off_products(event, discount)),
        code: None,
        row: None,
        group: None,
    });
    orders.chain(products).collect()
}

fn off_order(event: &EventId, discount: &OrderDiscount) -> Promotion {
    let benefit = benefit(discount.percent, discount.amount.as_ref(), None, None);
    of(event, benefit, discount.minimum.as_ref(), discount.expires_at)
}

fn off_products(event: &EventId, discount: &ProductDiscount) -> Promotion {
    let items = Selector { products: discount.products.clone(), ..Selector::default() };
    let benefit = benefit(discount.percent, discount.amount.as_ref(), Some(items), Some(discount.units));
    of(event, benefit, discount.minimum.as_ref(), discount.expires_at)
}

fn benefit(
    percent: Option<Percent>,
    amount: Option<&Amounts>,
    items: Option<Selector>,
    units: Option<u32>,
) -> Benefit {
    match (percent, amount) {
        (Some(percent), _) => Benefit::PercentOff(PercentOff { units, ..PercentOff::new(percent, items) }),
        (None, Some(amount)) => {
            Benefit::AmountOff(AmountOff { units, ..AmountOff::new(amount.clone(), items) })
        }
        (None, None) => unreachable!("the generator gives every discount a figure"),
    }
}

fn of(event: &EventId, benefit: Benefit, minimum: Option<&Amounts>, expires_at: Option<When>) -> Promotion {
    let reach = |amount: &Amounts| {
        Condition::Minimum(Minimum { amount: amount.clone(), basis: Basis::SubTotal, items: None })
    };
    Promotion {
        events: vec![event.clone()],
        conditions: minimum.map(reach).into_iter().collect(),
        expires_at,
        ..Promotion::giving(vec![benefit])
    }
}
