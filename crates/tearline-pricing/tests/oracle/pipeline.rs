//! One combination of promotions through all stages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tearline_pricing::benefits::credit::Acts;
use tearline_pricing::benefits::{Benefit, Credit};
use tearline_pricing::config::promotion::{FundedBy, Stacking};
use tearline_pricing::money::{Amounts, Percent};
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::Stage;
use tearline_pricing::refusal::Refusal;

use super::asks::{balance, lowest};
use super::fraction::Fraction;
use super::gifts::{Seen, Takes, all_at_most, at_most, capped, take};
use super::limits;
use super::meets::{State, is_late, meet};
use super::offers::Offer;
use super::tax::{Taxes, taxes};
use super::units::Unit;
use super::world::World;

/// Money taken off a unit.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) unit: usize,
    /// The place of the promotion in its combination.
    pub(crate) offer: usize,
    pub(crate) stage: Stage,
    pub(crate) minor: i64,
}

/// A combination of promotions, and what each of them takes.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) takes: Vec<Taken>,
    pub(crate) off_shipping: BTreeMap<usize, i64>,
    pub(crate) paid: BTreeMap<usize, i64>,
    pub(crate) taxes: Taxes,
    reasons: BTreeMap<usize, Vec<Refusal>>,
    /// Of promotions whose turn has come, whether their late conditions were met.
    late: BTreeMap<usize, bool>,
    /// The units that conditions have spent, by promotion.
    spent: BTreeMap<usize, BTreeSet<usize>>,
    /// Codes that lost against automatic discounts.
    beaten: BTreeSet<usize>,
    /// Those that may not act, as they would give more than is left of their budgets.
    out: BTreeSet<usize>,
    pub(crate) tied: bool,
    pub(crate) clipped: bool,
}

/// A benefit of the combination: promotion and place.
#[derive(Debug, Clone, Copy)]
struct Act {
    offer: usize,
    place: usize,
}

/// Runs a combination, again and again without the first that gives more than is left of its budget, until there is
/// none.
pub(crate) fn run<'a>(world: &'a World<'a>, offers: &[Offer]) -> Run<'a> {
    let mut out = BTreeSet::new();
    loop {
        let run = run_without(world, offers.to_vec(), out.clone());
        let over = (0..offers.len()).filter(|offer| {
            limits::left_of_budget(world, &offers[*offer])
                .is_some_and(|left| run.spent_of_budget(*offer) > left)
        });
        match over.min_by_key(|offer| first_turn(&offers[*offer])) {
            Some(first) => out.insert(first),
            None => return run,
        };
    }
}

/// Runs a combination through all stages.
fn run_without<'a>(world: &'a World<'a>, offers: Vec<Offer>, out: BTreeSet<usize>) -> Run<'a> {
    let mut run = Run {
        world,
        offers,
        takes: Vec::new(),
        off_shipping: BTreeMap::new(),
        paid: BTreeMap::new(),
        taxes: Taxes::default(),
        reasons: BTreeMap::new(),
        late: BTreeMap::new(),
        spent: BTreeMap::new(),
        beaten: BTreeSet::new(),
        out,
        tied: false,
        clipped: false,
    };
    let (pays, lowers): (Vec<Act>, Vec<Act>) =
        run.acts().into_iter().partition(|act| run.stage(*act) == Stage::CreditAfterTax);
    let mut compared = BTreeSet::new();
    for act in lowers {
        run.lower(act, &mut compared);
    }
    run.taxes = taxes(&run);
    run.pay(&pays);
    run
}

impl<'a> Run<'a> {
    /// All benefits in the order in which they act.
    fn acts(&self) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        for (offer, own) in self.offers.iter().enumerate().filter(|(offer, _)| !self.out.contains(offer)) {
            acts.extend((0..own.promotion.benefits.len()).map(|place| Act { offer, place }));
        }
        acts.sort_by_cached_key(|act| turn(&self.offers[act.offer], act.place));
        acts
    }

    fn benefit(&self, act: Act) -> &Benefit {
        &self.offers[act.offer].promotion.benefits[act.place]
    }

    fn stage(&self, act: Act) -> Stage {
        stage(self.benefit(act))
    }

    fn stacking(&self, offer: usize) -> Stacking {
        stacking(&self.offers[offer])
    }

    /// Asks the conditions that read what is left, once, when the promotion's first turn comes.
    fn is_met_late(&mut self, offer: usize) -> bool {
        if let Some(is_met) = self.late.get(&offer) {
            return *is_met;
        }
        let own = self.offers[offer].clone();
        let prices = (0..self.world.units.len()).map(|unit| self.current(unit)).collect();
        let already: BTreeSet<usize> = self.spent.values().flatten().copied().collect();
        let mut state = State { prices, spent: already.clone() };
        let mut is_met = true;
        for condition in own.promotion.conditions.iter().filter(|condition| is_late(condition)) {
            if let Err(refusal) = meet(self.world, &own, condition, &mut state) {
                self.note(offer, refusal);
                is_met = false;
            }
        }
        if is_met {
            self.spent.insert(offer, state.spent.difference(&already).copied().collect());
        }
        self.late.insert(offer, is_met);
        is_met
    }

    fn lower(&mut self, act: Act, compared: &mut BTreeSet<usize>) {
        if !self.is_met_late(act.offer) {
            return;
        }
        match (self.benefit(act).clone(), self.stacking(act.offer)) {
            (benefit @ (Benefit::FreeShipping(_) | Benefit::ShippingOff(_)), _) => {
                self.off_shipping(act, &benefit);
            }
            (Benefit::Credit(credit), _) => self.draw(act, &credit),
            (_, Stacking::Best) => {
                if compared.insert(act.offer) {
                    self.compete(act.offer);
                }
            }
            (benefit, stacking) => {
                let seen = self.seen(act.offer, |unit| match stacking {
                    Stacking::Add => self.after_codes(unit),
                    _ => self.current(unit),
                });
                let takes = take(self.world, &benefit, &seen);
                let takes = takes.map(|takes| self.clip(act.offer, 0, takes, &seen));
                self.book(act, takes);
            }
        }
    }

    /// Lowers what a benefit takes to what is left of its promotion's budget, if that is what its owner wants; `more`
    /// is what the promotion takes besides.
    fn clip(&self, offer: usize, more: i64, takes: Takes, seen: &[Seen<'_>]) -> Takes {
        match self.left_to_clip(offer) {
            Some(left) if takes.total() > left - more => capped(left - more, &takes, seen),
            _ => takes,
        }
    }

    fn left_to_clip(&self, offer: usize) -> Option<i64> {
        let own = &self.offers[offer];
        let clips = own.promotion.limits.budget.is_some_and(|budget| budget.clip);
        let left = limits::left_of_budget(self.world, own).filter(|_| clips)?;
        Some(left - self.spent_of_budget(offer))
    }

    /// Whether one of the combination would give more than is left of its budget.
    pub(crate) fn is_over_budget(&self) -> bool {
        !self.out.is_empty()
    }

    /// Whether one of the combination gives all that is left of its budget.
    pub(crate) fn is_clipped_by_budget(&self) -> bool {
        (0..self.offers.len()).any(|offer| self.left_to_clip(offer) == Some(0))
    }

    /// What a promotion gave, but for what its credit paid.
    pub(crate) fn spent_of_budget(&self, offer: usize) -> i64 {
        self.gave(offer) - self.drawn(offer)
    }

    /// The discountable units in a promotion's scope, each with a base.
    fn seen(&self, offer: usize, base: impl Fn(usize) -> i64) -> Vec<Seen<'a>> {
        let units = self.world.units.iter().enumerate();
        let is_spent = |number: &usize| self.spent.get(&offer).is_some_and(|own| own.contains(number));
        let is_seen = |(number, unit): &(usize, &Unit)| {
            unit.discountable && self.sees(offer, unit) && !is_spent(number)
        };
        let within = units.filter(is_seen);
        within
            .map(|(number, unit)| {
                let left = self.current(number);
                let is_gift = unit.gift_of.as_ref() == Some(&self.offers[offer].id);
                Seen { unit, number, base: base(number), left, room: self.room(offer, number, left), is_gift }
            })
            .collect()
    }

    /// What a credit may pay for: it is money, to which floors and spent units are no matter.
    fn payable(&self, offer: usize) -> Vec<Seen<'a>> {
        let units = self.world.units.iter().enumerate();
        let within = units.filter(|(_, unit)| unit.discountable && self.sees(offer, unit));
        let whole = |(number, unit)| {
            let left = self.current(number);
            Seen { unit, number, base: left, left, room: left, is_gift: false }
        };
        within.map(whole).collect()
    }

    /// How much of what is left of a unit's price a promotion may take.
    fn room(&self, offer: usize, unit: usize, left: i64) -> i64 {
        if self.offers[offer].promotion.ignore_floor { left } else { self.world.units[unit].room(left) }
    }

    /// What others pay of a unit's price.
    pub(crate) fn funded(&self, unit: usize) -> i64 {
        self.taken(unit, |taken| self.is_funded(taken.offer))
    }

    /// What others pay of the shipping.
    pub(crate) fn funded_shipping(&self) -> i64 {
        let of_others = self.off_shipping.iter().filter(|(offer, _)| self.is_funded(**offer));
        of_others.map(|(_, minor)| minor).sum()
    }

    fn is_funded(&self, offer: usize) -> bool {
        self.offers[offer].promotion.funded_by == FundedBy::ThirdParty
    }

    pub(crate) fn current(&self, unit: usize) -> i64 {
        self.world.units[unit].bulk - self.taken(unit, |_| true)
    }

    /// What a unit would cost had there been codes only.
    fn after_codes(&self, unit: usize) -> i64 {
        self.world.units[unit].bulk - self.taken(unit, |taken| self.offers[taken.offer].code.is_some())
    }

    fn taken(&self, unit: usize, counts: impl Fn(&Taken) -> bool) -> i64 {
        self.takes.iter().filter(|taken| taken.unit == unit && counts(taken)).map(|taken| taken.minor).sum()
    }

    fn book(&mut self, act: Act, takes: Result<Takes, Refusal>) {
        let takes = match takes {
            Ok(takes) if takes.total() > 0 => takes,
            Ok(_) => return self.note(act.offer, Refusal::NothingLeftToDiscount),
            Err(refusal) => return self.note(act.offer, refusal),
        };
        self.tied |= takes.tied;
        self.clipped |= takes.clipped;
        let (offer, stage) = (act.offer, self.stage(act));
        let booked = takes.minor.into_iter().map(|(unit, minor)| Taken { unit, offer, stage, minor });
        self.takes.extend(booked);
    }

    fn note(&mut self, offer: usize, refusal: Refusal) {
        self.reasons.entry(offer).or_default().push(refusal);
    }

    fn off_shipping(&mut self, act: Act, benefit: &Benefit) {
        let (methods, percent, amount, price) = match benefit {
            Benefit::FreeShipping(free) => (&free.methods, Some(Percent::ALL), None, None),
            Benefit::ShippingOff(off) => (&off.methods, off.percent, off.amount.as_ref(), off.price.as_ref()),
            _ => unreachable!("only these touch shipping"),
        };
        let reaches = |id| methods.is_empty() || methods.contains(id);
        let Some(option) = self.world.shipping.filter(|option| reaches(&option.id)) else {
            return self.note(act.offer, Refusal::NoShippingMethod);
        };
        let left = option.price - self.off_shipping.values().sum::<i64>();
        let minor = |amounts: &Amounts| amounts.in_currency(self.world.cart.currency).expect("asked before");
        let off = match (percent, amount, price) {
            (Some(percent), ..) => {
                (Fraction::from(left) * Fraction::from(percent)).round(self.world.documents.shop.rounding)
            }
            (None, Some(amount), _) => minor(amount).min(left),
            (None, None, price) => left - left.min(minor(price.expect("one of them"))),
        };
        let off = at_most(benefit).map_or(off, |most| off.min(minor(most)));
        let off = self.left_to_clip(act.offer).map_or(off, |left| off.min(left));
        if off == 0 {
            return self.note(act.offer, Refusal::NothingLeftToDiscount);
        }
        *self.off_shipping.entry(act.offer).or_default() += off;
    }

    /// A credit that lowers prices.
    fn draw(&mut self, act: Act, credit: &Credit) {
        let left = balance(self.world, &self.offers[act.offer], credit).expect("asked before");
        let seen = self.payable(act.offer);
        let takes =
            if left == 0 { Err(Refusal::UsedUp { again_at: None }) } else { all_at_most(left, &seen) };
        self.book(act, takes);
    }

    /// A code in mode `best`: what it would take instead, against what automatic promotions took.
    fn compete(&mut self, offer: usize) {
        let acts: Vec<Act> =
            self.acts().into_iter().filter(|act| act.offer == offer && self.is_off_goods(*act)).collect();
        let (gifts, covered) = self.alone(&acts);
        let money: i64 = gifts.iter().map(|taken| taken.minor).sum();
        if money == 0 {
            return;
        }
        let is_other =
            |taken: &Taken| covered.contains(&taken.unit) && self.offers[taken.offer].code.is_none();
        let other: i64 = self.takes.iter().filter(|taken| is_other(taken)).map(|taken| taken.minor).sum();
        if money > other {
            self.takes = self.takes.iter().filter(|taken| !is_other(taken)).cloned().collect();
            self.takes.extend(gifts);
            return;
        }
        let with = self.takes.iter().filter(|taken| is_other(taken) && taken.minor > 0);
        let with: BTreeSet<PromotionId> = with.map(|taken| self.offers[taken.offer].id.clone()).collect();
        // Whatever one of its benefits lacks, together they were worth something.
        self.reasons.insert(offer, vec![Refusal::NotCombinable { with: with.into_iter().collect() }]);
        self.beaten.insert(offer);
    }

    fn is_off_goods(&self, act: Act) -> bool {
        matches!(self.stage(act), Stage::Items | Stage::Order)
    }

    /// What benefits take one after the other, had there been codes only; and all the units that they cover.
    fn alone(&mut self, acts: &[Act]) -> (Vec<Taken>, BTreeSet<usize>) {
        let mut gifts: Vec<Taken> = Vec::new();
        let mut covered = BTreeSet::new();
        for act in acts {
            let given =
                |unit| gifts.iter().filter(|taken| taken.unit == unit).map(|taken| taken.minor).sum::<i64>();
            let mut seen = self.seen(act.offer, |unit| self.after_codes(unit) - given(unit));
            for seen in &mut seen {
                seen.left = seen.base;
                seen.room = self.room(act.offer, seen.number, seen.base);
            }
            let before: i64 = gifts.iter().map(|taken| taken.minor).sum();
            let takes = match take(self.world, &self.benefit(*act).clone(), &seen) {
                Ok(takes) => self.clip(act.offer, before, takes, &seen),
                Err(refusal) => {
                    self.note(act.offer, refusal);
                    continue;
                }
            };
            if takes.total() == 0 {
                self.note(act.offer, Refusal::NothingLeftToDiscount);
            }
            self.tied |= takes.tied;
            self.clipped |= takes.clipped;
            covered.extend(takes.minor.keys());
            let (offer, stage) = (act.offer, self.stage(*act));
            gifts.extend(takes.minor.into_iter().map(|(unit, minor)| Taken { unit, offer, stage, minor }));
        }
        (gifts, covered)
    }

    /// Credits that pay, one after the other, each line by line.
    fn pay(&mut self, acts: &[Act]) {
        let mut open = self.taxes.open_lines(self);
        let mut open_shipping = self.taxes.open_shipping(self);
        for act in acts {
            let Benefit::Credit(credit) = self.benefit(*act).clone() else {
                unreachable!("only credits pay")
            };
            if !self.is_met_late(act.offer) {
                continue;
            }
            let mut left = balance(self.world, &self.offers[act.offer], &credit).expect("asked before");
            let before = left;
            for (line, minor) in open.values_mut() {
                if self.is_in_scope(act.offer, *line) {
                    let paid = left.min(*minor);
                    *minor -= paid;
                    left -= paid;
                }
            }
            if credit.covers_shipping {
                let paid = left.min(open_shipping);
                open_shipping -= paid;
                left -= paid;
            }
            match before - left {
                0 if before == 0 => self.note(act.offer, Refusal::UsedUp { again_at: None }),
                0 => self.note(act.offer, Refusal::NothingLeftToDiscount),
                paid => *self.paid.entry(act.offer).or_default() += paid,
            }
        }
    }

    fn is_in_scope(&self, offer: usize, line: usize) -> bool {
        self.world.units.iter().any(|unit| unit.line == line && self.sees(offer, unit))
    }

    pub(crate) fn sees(&self, offer: usize, unit: &Unit) -> bool {
        limits::sees(self.world, &self.offers[offer], unit)
    }

    pub(crate) fn gave(&self, offer: usize) -> i64 {
        let off_units: i64 =
            self.takes.iter().filter(|taken| taken.offer == offer).map(|taken| taken.minor).sum();
        let of = |money: &BTreeMap<usize, i64>| money.get(&offer).copied().unwrap_or(0);
        off_units + of(&self.off_shipping) + of(&self.paid)
    }

    /// What a promotion's credit paid.
    pub(crate) fn drawn(&self, offer: usize) -> i64 {
        let is_credit = |taken: &&Taken| taken.offer == offer && taken.stage == Stage::CreditBeforeTax;
        let lowered: i64 = self.takes.iter().filter(is_credit).map(|taken| taken.minor).sum();
        lowered + self.paid.get(&offer).copied().unwrap_or(0)
    }

    /// Why a promotion of the combination gave nothing, and whether it lost against automatic discounts.
    pub(crate) fn why_not(&self, offer: usize) -> (Refusal, bool) {
        if self.out.contains(&offer) {
            let left =
                limits::left_of_budget(self.world, &self.offers[offer]).expect("it is over its budget");
            return (Refusal::BudgetExhausted { left }, false);
        }
        let reasons = self.reasons.get(&offer).cloned().unwrap_or_default();
        let reason = lowest(reasons.into_iter()).unwrap_or(Refusal::NothingLeftToDiscount);
        let is_beaten = matches!(reason, Refusal::NotCombinable { .. }) && self.beaten.contains(&offer);
        (reason, is_beaten)
    }

    pub(crate) fn stage_sum(&self, stage: Stage) -> i64 {
        self.takes.iter().filter(|taken| taken.stage == stage).map(|taken| taken.minor).sum()
    }

    pub(crate) fn credit_applied(&self) -> i64 {
        self.stage_sum(Stage::CreditBeforeTax) + self.paid.values().sum::<i64>()
    }

    pub(crate) fn due(&self) -> i64 {
        let goods: i64 = (0..self.world.units.len()).map(|unit| self.current(unit)).sum();
        goods + self.shipping_left() + self.taxes.on_top - self.paid.values().sum::<i64>()
    }

    pub(crate) fn shipping_left(&self) -> i64 {
        self.world.shipping.map_or(0, |option| option.price) - self.off_shipping.values().sum::<i64>()
    }
}

/// At which stage a benefit's gift is told.
pub(crate) fn stage(benefit: &Benefit) -> Stage {
    match benefit {
        Benefit::PercentOff(off) if off.items.is_none() => Stage::Order,
        Benefit::AmountOff(off) if off.items.is_none() => Stage::Order,
        Benefit::Tiers(tiers) if tiers.items.is_none() => Stage::Order,
        Benefit::PercentOff(_)
        | Benefit::AmountOff(_)
        | Benefit::FixedPrice(_)
        | Benefit::FreeProduct(_)
        | Benefit::BuyXGetY(_)
        | Benefit::EveryNth(_)
        | Benefit::Bundle(_)
        | Benefit::Tiers(_)
        | Benefit::Gift(_)
        | Benefit::AtCost(_) => Stage::Items,
        Benefit::FreeShipping(_) | Benefit::ShippingOff(_) => Stage::Shipping,
        Benefit::Credit(credit) => match credit.acts {
            Acts::BeforeTax => Stage::CreditBeforeTax,
            Acts::AfterTax => Stage::CreditAfterTax,
        },
    }
}

/// The sort key: what comes first, acts first.
pub(crate) type Turn = (Stage, bool, Reverse<i32>, u8, Vec<u8>, usize);

/// When a benefit acts.
fn turn(offer: &Offer, place: usize) -> Turn {
    let benefit = &offer.promotion.benefits[place];
    let id = offer.id.as_str().as_bytes().to_vec();
    let priority = Reverse(offer.promotion.priority);
    (acting_stage(offer, benefit), offer.code.is_some(), priority, rank(benefit), id, place)
}

/// When the first benefit of a promotion acts.
pub(crate) fn first_turn(offer: &Offer) -> Turn {
    let turns = (0..offer.promotion.benefits.len()).map(|place| turn(offer, place));
    turns.min().expect("every promotion has a benefit")
}

/// A code that adds up or competes acts after all automatic discounts of items and order.
fn acting_stage(offer: &Offer, benefit: &Benefit) -> Stage {
    let stage = stage(benefit);
    let waits = stage == Stage::Items && stacking(offer) != Stacking::Chain;
    if waits { Stage::Order } else { stage }
}

/// How a promotion goes together with automatic ones; only one with a code has the choice.
fn stacking(offer: &Offer) -> Stacking {
    if offer.code.is_some() { offer.promotion.stacking } else { Stacking::Chain }
}

/// Set prices before percentages before amounts.
fn rank(benefit: &Benefit) -> u8 {
    match benefit {
        Benefit::AtCost(_) | Benefit::FixedPrice(_) | Benefit::Bundle(_) => 0,
        Benefit::ShippingOff(off) if off.price.is_some() => 0,
        Benefit::ShippingOff(off) if off.amount.is_some() => 2,
        Benefit::Tiers(tiers) if tiers.steps[0].price.is_some() => 0,
        Benefit::Tiers(tiers) if tiers.steps[0].amount.is_some() => 2,
        Benefit::PercentOff(_)
        | Benefit::FreeProduct(_)
        | Benefit::BuyXGetY(_)
        | Benefit::EveryNth(_)
        | Benefit::Tiers(_)
        | Benefit::Gift(_)
        | Benefit::ShippingOff(_)
        | Benefit::FreeShipping(_) => 1,
        Benefit::AmountOff(_) | Benefit::Credit(_) => 2,
    }
}
