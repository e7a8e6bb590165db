//! Writes the best outcome down as a quote.

use std::ops::Range;

use smallvec::SmallVec;

use crate::benefits::Benefit;
use crate::config::promotion::FundedBy;
use crate::config::shop::TaxedPrices;
use crate::names::{ProductId, PromotionId};
use crate::price::budgets;
use crate::price::candidates::{Candidate, Candidates, Case, CodeTarget};
use crate::price::choose::Chosen;
use crate::price::lack;
use crate::price::limits;
use crate::price::pipeline::Outcome;
use crate::price::resolve::ResolvedLine;
use crate::price::reward;
use crate::price::road;
use crate::price::taken::{Entry, Taken, Turn};
use crate::quote::{
    Applied, Checked, Claim, ClaimedLimit, CodeAnswer, CodeStatus, Considered, Expand, Hint, LineGift,
    LineQuote, Proposal, Quote, QuoteWarning, ShippingQuote, Stage, StageGift, Totals, UnitQuote,
};
use crate::refusal::{Refusal, Verdict};
use crate::snapshot::{CompiledBenefit, CompiledPromotion};
use crate::words::voice::Voice;

pub(crate) fn write(case: &Case<'_>, candidates: &Candidates<'_>, chosen: &Chosen, expand: Expand) -> Quote {
    let writer = Writer::new(case, candidates, chosen, expand);
    Quote {
        currency: case.cart.currency(),
        at: case.at,
        totals: writer.totals(),
        lines: writer.lines(expand),
        shipping: writer.shipping(expand),
        promotions: writer.promotions(),
        codes: writer.codes(),
        claims: writer.claims(),
        proposals: writer.proposals(),
        hints: writer.hints(),
        warnings: writer.warnings(),
        configuration_version: case.snapshot.version,
        proven: chosen.proven,
        trace: expand.trace.then(|| writer.trace()),
    }
}

/// What became of every candidate. Of one that was asked without anybody listening it does not tell what was asked.
pub(crate) fn considered(case: &Case<'_>, candidates: &Candidates<'_>, chosen: &Chosen) -> Vec<Considered> {
    Writer::new(case, candidates, chosen, Expand::default()).trace()
}

/// What each stage left of the prices, and who took what.
struct Sheet {
    lines: Stages,
    /// Of each unit's, where somebody asks.
    units: Option<Stages>,
    /// For each candidate, from where to where its turns lie among the outcome's.
    spans: Vec<Range<usize>>,
}

impl Sheet {
    fn new(case: &Case<'_>, outcome: &Outcome, expand: Expand) -> Self {
        let after_bulk = case.cart.lines.iter().map(|line| line.after_bulk).collect();
        let line = |unit: u32| case.cart.line_index(unit) as usize;
        let lines = Stages::new(after_bulk, outcome.left.lines.clone(), &outcome.taken, line);
        let by_unit = || {
            let (before, after) = (case.bulk.units.clone(), outcome.left.units.clone());
            Stages::new(before, after, &outcome.taken, |unit| unit as usize)
        };
        let mut spans = vec![0..0; outcome.gave.len()];
        for (place, turn) in outcome.taken.turns.iter().enumerate() {
            let span: &mut Range<usize> = &mut spans[turn.candidate];
            if span.start == span.end {
                span.start = place;
            }
            span.end = place + 1;
        }
        Self { lines, units: expand.units.then(by_unit), spans }
    }

    /// A candidate's turns, in time order.
    fn turns_of<'o>(&self, candidate: usize, outcome: &'o Outcome) -> impl Iterator<Item = &'o Turn> {
        // Where it has several benefits, others may have had their turns between them.
        let within = outcome.taken.turns[self.spans[candidate].clone()].iter();
        within.filter(move |turn| turn.candidate == candidate && turn.minor > 0)
    }
}

/// What stages 2 and 3 left of prices.
struct Stages {
    after_items: Vec<i64>,
    after_order: Vec<i64>,
}

impl Stages {
    /// From what there was before and after all stages; `place` is where a unit counts.
    fn new(before: Vec<i64>, after: Vec<i64>, taken: &Taken, place: impl Fn(u32) -> usize) -> Self {
        let (mut after_items, mut after_order) = (before, after);
        let of_stage = |stage| taken.turns.iter().filter(move |turn| turn.stage == stage);
        for take in of_stage(Stage::Items).flat_map(|turn| taken.of(*turn)) {
            after_items[place(take.unit)] -= take.minor;
        }
        for take in of_stage(Stage::CreditBeforeTax).flat_map(|turn| taken.of(*turn)) {
            after_order[place(take.unit)] += take.minor;
        }
        Self { after_items, after_order }
    }
}

struct Writer<'a> {
    case: &'a Case<'a>,
    candidates: &'a Candidates<'a>,
    chosen: &'a Chosen,
    sheet: Sheet,
    voice: Voice<'a>,
}

impl<'a> Writer<'a> {
    fn new(case: &'a Case<'a>, candidates: &'a Candidates<'a>, chosen: &'a Chosen, expand: Expand) -> Self {
        let sheet = Sheet::new(case, &chosen.outcome, expand);
        let voice = Voice::new(case.snapshot, case.cart.source.language.as_ref(), case.cart.currency());
        Self { case, candidates, chosen, sheet, voice }
    }

    fn outcome(&self) -> &Outcome {
        &self.chosen.outcome
    }

    fn totals(&self) -> Totals {
        let outcome = self.outcome();
        let list: i64 = self.case.cart.lines.iter().map(|line| line.list).sum();
        let sub_total = self.case.bulk.sub_total;
        let Stages { after_items, after_order } = &self.sheet.lines;
        let (items, order): (i64, i64) = (after_items.iter().sum(), after_order.iter().sum());
        let shipping = self.case.cart.shipping().map_or(0, |option| option.price);
        Totals {
            list,
            bulk_discount: list - sub_total,
            sub_total,
            item_discount: sub_total - items,
            order_discount: items - order,
            shipping,
            shipping_discount: shipping - outcome.shipping,
            tax: outcome.taxes.total(),
            credit_applied: outcome.credit,
            due: outcome.due,
            due_before_credit: outcome.due + outcome.credit,
        }
    }

    fn lines(&self, expand: Expand) -> Vec<LineQuote> {
        let line = |index: usize| {
            let line = &self.case.cart.lines[index];
            LineQuote {
                id: line.source.id.clone(),
                quantity: line.source.quantity,
                list: line.list,
                after_bulk: line.after_bulk,
                after_items: self.sheet.lines.after_items[index],
                after_order: self.sheet.lines.after_order[index],
                after_credit: self.outcome().left.lines[index],
                tax: self.outcome().taxes.lines[index],
                units: self.units(line),
                road: None,
            }
        };
        let mut lines: Vec<_> = self.case.cart.as_came().map(line).collect();
        if expand.trace {
            let roads = road::of_lines(self.case, self.candidates, self.outcome(), expand.units);
            for (line, road) in lines.iter_mut().zip(roads) {
                line.road = Some(road);
            }
        }
        lines
    }

    fn units(&self, line: &ResolvedLine<'_>) -> Option<Vec<UnitQuote>> {
        let Stages { after_items, after_order } = self.sheet.units.as_ref()?;
        let unit = |unit: usize| UnitQuote {
            list: line.unit_price,
            after_bulk: self.case.bulk.units[unit],
            after_items: after_items[unit],
            after_order: after_order[unit],
            after_credit: self.outcome().left.units[unit],
        };
        Some(line.unit_range().map(unit).collect())
    }

    fn shipping(&self, expand: Expand) -> Option<ShippingQuote> {
        self.case.cart.shipping().map(|option| ShippingQuote {
            id: option.id.clone(),
            list: option.price,
            after_discount: self.outcome().shipping,
            tax: self.outcome().taxes.shipping,
            road: expand.trace.then(|| road::of_shipping(option.price, self.candidates, self.outcome())),
        })
    }

    fn promotions(&self) -> Vec<Applied> {
        let in_turn = &self.chosen.in_turn;
        let mut applied = Vec::with_capacity(in_turn.len());
        applied.extend(in_turn.iter().filter(|&&index| self.gives(index)).map(|&index| self.applied(index)));
        applied
    }

    fn gives(&self, index: usize) -> bool {
        self.outcome().gave[index] > 0
    }

    fn applied(&self, index: usize) -> Applied {
        let candidate = &self.candidates.all[index];
        Applied {
            id: candidate.promotion.id.clone(),
            name: self.voice.name(candidate.promotion).map(str::to_owned),
            description: self.voice.description(candidate.promotion).map(str::to_owned),
            code: self.code_of(candidate),
            gave: self.outcome().gave[index],
            gifts: self.gifts(index),
        }
    }

    fn code_of(&self, candidate: &Candidate<'_>) -> Option<String> {
        candidate.code().map(|place| self.case.cart.source.codes[place].clone())
    }

    fn gifts(&self, index: usize) -> SmallVec<[StageGift; 1]> {
        let mut gifts = SmallVec::<[StageGift; 1]>::new();
        for turn in self.sheet.turns_of(index, self.outcome()) {
            add(self.gift(turn), &mut gifts);
        }
        for grant in self.outcome().grants.iter().filter(|grant| grant.candidate == index) {
            let gift = StageGift { stage: grant.stage, gave: grant.minor, lines: SmallVec::new() };
            add(gift, &mut gifts);
        }
        if self.candidates.all[index].promotion.benefits.len() > 1 {
            for gift in &mut gifts {
                merge(&mut gift.lines);
            }
            gifts.sort_by_key(|gift| gift.stage);
        }
        gifts
    }

    /// What a turn gave, line by line.
    fn gift(&self, turn: &Turn) -> StageGift {
        let cart = self.case.cart;
        let mut lines = SmallVec::<[LineGift; 2]>::with_capacity(turn.runs);
        let mut last = None;
        for take in self.outcome().taken.of(*turn) {
            let line = cart.line_index(take.unit);
            if let Some(gift) = lines.last_mut().filter(|_| last == Some(line)) {
                gift.gave += take.minor;
            } else {
                let id = cart.lines[line as usize].source.id.clone();
                lines.push(LineGift { id, gave: take.minor });
            }
            last = Some(line);
        }
        StageGift { stage: turn.stage, gave: turn.minor, lines }
    }

    /// Why a candidate gives nothing.
    fn refusal(&self, index: usize) -> Option<Refusal> {
        let outcome = self.outcome();
        if self.gives(index) {
            return None;
        }
        let candidate = &self.candidates.all[index];
        if candidate.refusal.is_some() {
            return candidate.refusal.clone();
        }
        if let Some(left_out) = self.chosen.left_out(index) {
            let not_combinable = || Refusal::NotCombinable { with: self.names(&left_out.rivals) };
            return Some(left_out.own.clone().unwrap_or_else(not_combinable));
        }
        Some(outcome.refusals[index].clone().unwrap_or(Refusal::NothingLeftToDiscount))
    }

    fn names(&self, candidates: &[usize]) -> Vec<PromotionId> {
        let names = candidates.iter().map(|&index| self.candidates.all[index].promotion.id.clone());
        let mut names: Vec<PromotionId> = names.collect();
        names.sort();
        names
    }

    fn codes(&self) -> Vec<CodeAnswer> {
        let codes = self.case.cart.source.codes.iter().zip(&self.candidates.codes);
        codes.map(|(code, target)| self.code(code, target)).collect()
    }

    fn code(&self, code: &str, target: &CodeTarget) -> CodeAnswer {
        let (promotion, because) = match target {
            CodeTarget::Nothing(refusal) => (None, Some(refusal.clone())),
            &CodeTarget::Candidate(index) => (Some(index), self.refusal(index)),
            &CodeTarget::Again(index) => {
                let with = vec![self.candidates.all[index].promotion.id.clone()];
                (Some(index), Some(Refusal::NotCombinable { with }))
            }
        };
        let lost_comparison = matches!(target, CodeTarget::Candidate(index) if self.lost_comparison(*index));
        let status = match because.as_ref().map(Refusal::verdict) {
            None => CodeStatus::Applied,
            Some(Verdict::Refused) if !lost_comparison => CodeStatus::Refused,
            Some(_) => CodeStatus::Parked,
        };
        let promotion = promotion.map(|index| self.candidates.all[index].promotion);
        let says = because.as_ref().map(|refusal| self.voice.refusal(refusal, promotion));
        let promotion = promotion.map(|promotion| promotion.id.clone());
        CodeAnswer { code: code.to_owned(), promotion, status, because, says }
    }

    /// Whether a code in mode `best` gave less than the automatic discounts; more goods can change that.
    fn lost_comparison(&self, index: usize) -> bool {
        let left_out = self.chosen.left_out(index).map(|left_out| left_out.own.as_ref());
        let active = self.chosen.active[index].then(|| self.outcome().refusals[index].as_ref());
        let own = left_out.or(active).flatten();
        matches!(own, Some(Refusal::NotCombinable { .. })) && self.outcome().gave[index] == 0
    }

    fn claims(&self) -> Vec<Claim> {
        let mut claims = Vec::new();
        let counts =
            |(index, candidate): &(usize, &Candidate<'_>)| !candidate.is_plain() && self.gives(*index);
        for (index, candidate) in self.candidates.all.iter().enumerate().filter(counts) {
            claims.extend(limits::claim(self.case, index, candidate, self.outcome()));
            let drawn = self.drawn(index);
            claims.extend(drawn.map(|(limit, drawn)| Claim::new(&candidate.promotion.id, limit, drawn)));
        }
        claims
    }

    /// What a candidate drew on its balance, shared or the customer's own.
    fn drawn(&self, index: usize) -> Option<(ClaimedLimit, i64)> {
        let benefits = &self.candidates.all[index].promotion.benefits;
        let shared = benefits.iter().find_map(|benefit| match &benefit.benefit {
            Benefit::Credit(credit) => Some(credit.shared),
            _ => None,
        })?;
        let is_credit = |stage: Stage| stage >= Stage::CreditBeforeTax;
        let turns = self.sheet.turns_of(index, self.outcome()).filter(|turn| is_credit(turn.stage));
        let grants =
            self.outcome().grants.iter().filter(|grant| grant.candidate == index && is_credit(grant.stage));
        let drawn = turns.map(|turn| turn.minor).sum::<i64>() + grants.map(|grant| grant.minor).sum::<i64>();
        let limit = if shared { ClaimedLimit::SharedBalance } else { ClaimedLimit::OwnBalance };
        (drawn > 0).then_some((limit, drawn))
    }

    /// The gifts of the promotions that apply, as far as they are not in the cart.
    fn proposals(&self) -> Vec<Proposal> {
        let all = self.candidates.all.iter().enumerate();
        let proposing =
            all.filter(|(_, candidate)| candidate.promotion.has(|it| matches!(it, Benefit::Gift(_))));
        let open = proposing.filter(|(index, _)| self.is_open(*index));
        open.flat_map(|(index, _)| self.proposals_of(index)).collect()
    }

    /// Whether a candidate applies, or would if what it gives were in the cart.
    fn is_open(&self, index: usize) -> bool {
        self.chosen.active[index] && matches!(self.refusal(index), None | Some(Refusal::NoMatchingProduct))
    }

    fn proposals_of(&self, index: usize) -> impl Iterator<Item = Proposal> {
        let promotion = self.candidates.all[index].promotion;
        let gifts = promotion.benefits.iter().filter(|benefit| benefit.benefit.gives().proposes() > 0);
        gifts.filter_map(move |gift| {
            let is_there = |line: &&ResolvedLine<'_>| {
                line.source.gift_of.as_ref() == Some(&promotion.id)
                    && gift.matchers.iter().all(|matcher| matcher.matches(line))
            };
            let lines = self.case.cart.lines.iter().filter(is_there);
            let there: u32 = lines.map(|line| line.source.quantity).sum();
            let units = gift.benefit.gives().proposes().saturating_sub(there);
            if units == 0 {
                return None;
            }
            let is_over =
                |product: &&ProductId| reward::is_over_budget(self.case, promotion, product, units, true);
            let products = gift.benefit.rewards().iter().filter(|product| !is_over(product));
            let products: Vec<_> = products.cloned().collect();
            (!products.is_empty()).then(|| Proposal { gift_of: promotion.id.clone(), products, units })
        })
    }

    fn hints(&self) -> Vec<Hint> {
        let idle = (0..self.candidates.all.len()).filter(|&index| !self.gives(index));
        idle.filter_map(|index| self.hint(index)).collect()
    }

    /// The lines that are there as gifts and that their promotion has not touched.
    fn unearned(&self) -> impl Iterator<Item = QuoteWarning> {
        let gifts =
            self.case.cart.lines.iter().filter_map(|line| Some((line, line.source.gift_of.as_ref()?)));
        gifts.filter(|(line, promotion)| !self.is_given(line, promotion)).map(|(line, promotion)| {
            QuoteWarning::GiftNotEarned { line: line.source.id.clone(), promotion: promotion.clone() }
        })
    }

    fn is_given(&self, line: &ResolvedLine<'_>, promotion: &PromotionId) -> bool {
        let of_line = |entry: &Entry| line.units().contains(&entry.unit);
        let mut entries = self.outcome().taken.entries().filter(of_line);
        entries.any(|entry| self.candidates.all[entry.candidate].promotion.id == *promotion)
    }

    fn hint(&self, index: usize) -> Option<Hint> {
        let candidate = &self.candidates.all[index];
        let is_kept_out = || self.chosen.is_kept_out(index, self.candidates);
        if !candidate.is_near || is_kept_out() {
            return None;
        }
        let promotion = candidate.promotion;
        if budgets::left(self.case, promotion) == Some(0) {
            return None;
        }
        let refusal = self.refusal(index)?;
        let id = promotion.id.clone();
        let name = || self.voice.name(promotion).map(str::to_owned);
        match refusal {
            Refusal::MinimumNotMet { missing, .. } => {
                let says = self.voice.spend_more(&refusal, promotion);
                Some(Hint::SpendMore { promotion: id, name: name(), missing, says })
            }
            Refusal::NoMatchingProduct => {
                let products = promotion.benefits.iter().flat_map(|benefit| self.addable(promotion, benefit));
                let products: Vec<_> = products.cloned().collect();
                if products.is_empty() {
                    return None;
                }
                let says = self.voice.not_added(&products, promotion);
                Some(Hint::NotAdded { promotion: id, name: name(), products, says })
            }
            _ => None,
        }
    }

    /// The products of a benefit of which one unit would be given if it were in the cart, as far as that is known.
    fn addable<'s>(
        &'s self,
        promotion: &'s CompiledPromotion,
        benefit: &'s CompiledBenefit,
    ) -> impl Iterator<Item = &'s ProductId> {
        let is_gift = benefit.benefit.gives().proposes() > 0;
        let is_over =
            move |product: &ProductId| reward::is_over_budget(self.case, promotion, product, 1, is_gift);
        benefit.benefit.rewards().iter().filter(move |product| !is_over(product))
    }

    fn warnings(&self) -> Vec<QuoteWarning> {
        let under_cost = self.case.cart.as_came().filter_map(|index| self.under_cost(index));
        under_cost.chain(self.unearned()).chain(self.unknown_costs()).collect()
    }

    /// What others pay of a line's price.
    fn funded(&self, line: &ResolvedLine<'_>) -> i64 {
        let by_others = |entry: &Entry| {
            self.candidates.all[entry.candidate].promotion.funded_by == FundedBy::ThirdParty
                && line.units().contains(&entry.unit)
        };
        self.outcome().taken.entries().filter(by_others).map(|entry| entry.minor).sum()
    }

    fn under_cost(&self, index: usize) -> Option<QuoteWarning> {
        let line = &self.case.cart.lines[index];
        let cost = line.cost? * i64::from(line.source.quantity);
        let price = self.outcome().left.lines[index] + self.funded(line);
        let inside = self.case.snapshot.shop.tax.prices == TaxedPrices::Inclusive;
        let net = if inside { price - self.outcome().taxes.lines[index] } else { price };
        // What is given away is meant to be.
        (0 < net && net < cost).then(|| QuoteWarning::UnderCost { line: line.source.id.clone(), net, cost })
    }

    fn unknown_costs(&self) -> impl Iterator<Item = QuoteWarning> {
        let sells_at_cost = |benefit: &Benefit| matches!(benefit, Benefit::AtCost(_));
        let all = self.candidates.all.iter().enumerate();
        let selling = all.filter(move |(_, candidate)| candidate.promotion.has(sells_at_cost));
        let active = selling.filter(|(index, _)| self.chosen.active[*index]);
        let benefits = active.flat_map(move |(_, candidate)| {
            let benefits = candidate.promotion.benefits.iter();
            benefits.filter(move |it| sells_at_cost(&it.benefit)).map(move |benefit| (candidate, benefit))
        });
        benefits.flat_map(|(candidate, benefit)| {
            let concerns = |line: &&ResolvedLine<'_>| {
                line.cost.is_none()
                    && line.discountable
                    && candidate.scope().holds(line)
                    && benefit.matchers.iter().all(|matcher| matcher.matches(line))
            };
            let lines = self.case.cart.as_came().map(|index| &self.case.cart.lines[index]);
            lines.filter(concerns).map(|line| QuoteWarning::CostUnknown {
                line: line.source.id.clone(),
                promotion: candidate.promotion.id.clone(),
            })
        })
    }

    /// What was asked of a candidate: at first, and when its turn came.
    fn checks(&self, index: usize) -> Vec<Checked> {
        let candidate = &self.candidates.all[index];
        let late = self.outcome().late.iter().find(|late| late.candidate == index);
        let late = late.map(|late| late.checks(self.case, candidate));
        let over = self.outcome().over.iter().find(|over| over.candidate == index);
        let over = over.map(|over| over.check(self.case));
        candidate.checks.iter().cloned().chain(late.into_iter().flatten()).chain(over).collect()
    }

    fn trace(&self) -> Vec<Considered> {
        (0..self.candidates.all.len()).map(|index| self.considered(index)).collect()
    }

    fn considered(&self, index: usize) -> Considered {
        let (candidate, gave) = (&self.candidates.all[index], self.outcome().gave[index]);
        let checks = self.checks(index);
        let helps = gave == 0 && !self.chosen.is_kept_out(index, self.candidates);
        let missing = if helps { lack::of(self.case, candidate, &checks) } else { Vec::new() };
        let because = self.refusal(index);
        let says = because.as_ref().map(|refusal| self.voice.refusal(refusal, Some(candidate.promotion)));
        Considered {
            id: candidate.promotion.id.clone(),
            code: self.code_of(candidate),
            gives: candidate.promotion.gives.clone(),
            applies: gave > 0,
            gave,
            because,
            says,
            missing,
            group: candidate
                .promotion
                .group
                .map(|group| self.case.snapshot.groups[group as usize].id.clone()),
            out_ranked: self.chosen.left_out(index).and_then(|left_out| left_out.out_ranked.clone()),
            checks,
        }
    }
}

/// Adds to what was given at a stage; between two benefits of one stage may lie one of another.
fn add(gift: StageGift, gifts: &mut SmallVec<[StageGift; 1]>) {
    match gifts.iter_mut().find(|earlier| earlier.stage == gift.stage) {
        None => gifts.push(gift),
        Some(earlier) => {
            earlier.gave += gift.gave;
            earlier.lines.extend(gift.lines);
        }
    }
}

/// Two benefits of one stage may give to the same line; it is listed once, by id.
fn merge(lines: &mut SmallVec<[LineGift; 2]>) {
    lines.sort_by(|left, right| left.id.cmp(&right.id));
    lines.dedup_by(|later, earlier| {
        let same = later.id == earlier.id;
        earlier.gave += if same { later.gave } else { 0 };
        same
    });
}
