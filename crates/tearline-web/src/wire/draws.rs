//! Draws, reservations and redemptions elsewhere, as they travel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_app::draws::{Draws, Heard, Logged, NewDraws, Reserved, Told, WantedCode};
use tearline_core::ledger::{Activity, Code, CodeState, Drew, Happened, PoolId, Reservation};
use tearline_core::pool::Reuse;
use tearline_pricing::names::{CustomerId, OrderId};
use utoipa::{IntoParams, ToSchema};

use crate::ledger::KEY_CHARS_MAX;
use crate::page::{LIMIT, LIMIT_MAX};
use crate::params::bad_parameter;
use crate::problem::{Fault, Problem};
use crate::wire::codes::{CodeStateName, code_fault};

/// The most codes that one request draws, or tells of.
pub(crate) const DRAWS_MAX: usize = 1_000;
/// The most codes that are reserved under one key.
const RESERVED_MAX: u64 = 1_000_000_000;

/// For whom a code is drawn, and for what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrawCode {
    /// For what: the same key always draws the same code.
    #[schema(min_length = 1, max_length = 255)]
    key: String,
    /// To whom it is given. Absent = whoever has it.
    #[serde(default)]
    customer: Option<CustomerId>,
    /// What they get if they were given a code of the pool before; absent = as the pool says. A pool that gives
    /// `once` gives once.
    #[serde(default)]
    reuse: Option<Reuse>,
    /// Whether they get another one though they have one that may still be used; not of a pool that gives `once`.
    #[serde(default)]
    another: bool,
    /// The key of the reservation that it uses.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    reservation: Option<String>,
}

/// Codes to draw, all in one step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrawCodes {
    /// For whom, and for what.
    #[schema(min_items = 1, max_items = 1_000)]
    draws: Vec<CodeToDraw>,
    /// The key of the reservation that they use.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    reservation: Option<String>,
}

/// For whom one of several codes is drawn, and for what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeToDraw {
    /// For what: the same key always draws the same code.
    #[schema(min_length = 1, max_length = 255)]
    key: String,
    /// To whom it is given. Absent = whoever has it.
    #[serde(default)]
    customer: Option<CustomerId>,
    /// What they get if they were given a code of the pool before; absent = as the pool says.
    #[serde(default)]
    reuse: Option<Reuse>,
    /// Whether they get another one though they have one that may still be used.
    #[serde(default)]
    another: bool,
}

impl CodeToDraw {
    fn faults(&self, at: &str) -> Vec<Fault> {
        let key = key_fault(&format!("{at}/key"), &self.key);
        key.into_iter().chain(customer_fault(at, self.customer.as_ref())).collect()
    }
}

impl From<CodeToDraw> for WantedCode {
    fn from(CodeToDraw { key, customer, reuse, another }: CodeToDraw) -> Self {
        Self { key, customer, reuse, another }
    }
}

impl DrawCode {
    /// The same as one of several.
    pub(crate) fn alone(self) -> DrawCodes {
        let Self { key, customer, reuse, another, reservation } = self;
        DrawCodes { draws: vec![CodeToDraw { key, customer, reuse, another }], reservation }
    }
}

impl DrawCodes {
    /// Everything that is wrong with them; one that stands alone stands in the body itself.
    pub(crate) fn faults(&self, alone: bool) -> Vec<Fault> {
        let message = format!("must have 1 to {DRAWS_MAX} draws");
        let count = !(1..=DRAWS_MAX).contains(&self.draws.len());
        let count = count.then(|| Fault::new("/draws", "out_of_range", message));
        let reservation = self.reservation.iter().filter_map(|key| key_fault("/reservation", key));
        let at = |place| if alone { String::new() } else { format!("/draws/{place}") };
        let each = self.draws.iter().enumerate().flat_map(|(place, draw)| draw.faults(&at(place)));
        count.into_iter().chain(reservation).chain(each).collect()
    }

    /// The key of each.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.draws.iter().map(|draw| draw.key.clone()).collect()
    }
}

impl From<DrawCodes> for NewDraws {
    fn from(DrawCodes { draws, reservation }: DrawCodes) -> Self {
        Self { wanted: draws.into_iter().map(WantedCode::from).collect(), reservation }
    }
}

fn key_fault(pointer: &str, key: &str) -> Option<Fault> {
    let fits = !key.is_empty() && key.chars().count() <= KEY_CHARS_MAX;
    let message = format!("must have 1 to {KEY_CHARS_MAX} characters");
    (!fits).then(|| Fault::new(pointer, "out_of_range", message))
}

fn customer_fault(at: &str, customer: Option<&CustomerId>) -> Option<Fault> {
    let fault = customer.and_then(CustomerId::fault);
    fault.map(|fault| Fault::new(format!("{at}/customer"), "invalid_name", fault))
}

/// A code that was drawn.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrawnCode {
    /// The code, byte for byte.
    #[schema(example = "THANKS-7KQ2")]
    code: String,
    /// Whether it had been given before, to this key or to this customer: nothing new was given.
    again: bool,
    /// Whether it is the one that everybody gets where the pool has none left.
    #[serde(skip_serializing_if = "is_no")]
    fallback: bool,
    /// Its pool, which may be the fallback of the one asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pool: Option<PoolId>,
    /// Its number in the pool, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u64>,
    /// What has become of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CodeStateName>)]
    state: Option<CodeState>,
    /// Whether it must be entered byte for byte.
    exact: bool,
    /// To whom it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    /// When it was given to somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    assigned_at: Option<Timestamp>,
    /// The first instant at which it no longer holds by its own terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_no(yes: &bool) -> bool {
    !yes
}

impl DrawnCode {
    fn of(code: Code, again: bool) -> Self {
        Self {
            exact: code.match_key.is_none(),
            code: code.text,
            again,
            fallback: false,
            pool: Some(code.id.pool),
            serial: Some(code.id.serial),
            state: Some(code.state),
            customer: code.customer,
            assigned_at: code.assigned_at,
            ends_at: code.ends_at,
        }
    }

    fn text(text: String, again: bool) -> Self {
        Self {
            code: text,
            again,
            fallback: true,
            pool: None,
            serial: None,
            state: None,
            exact: false,
            customer: None,
            assigned_at: None,
            ends_at: None,
        }
    }
}

/// What came of one draw: a code, or none.
pub(crate) enum Outcome {
    Drawn(DrawnCode),
    AlreadyGiven,
    Empty,
}

impl From<Drew> for Outcome {
    fn from(drew: Drew) -> Self {
        match drew {
            Drew::Code { code, again } => Self::Drawn(DrawnCode::of(*code, again)),
            Drew::Text { text, again } => Self::Drawn(DrawnCode::text(text, again)),
            Drew::Had { .. } => Self::AlreadyGiven,
            Drew::Empty => Self::Empty,
        }
    }
}

/// What came of draws.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrawnCodes {
    /// Of each, in order.
    draws: Vec<DrawnUnderKey>,
    /// How many have a code.
    drawn: usize,
    /// How many have none, since none was left.
    empty: usize,
    /// What is to happen with a message for which there was none.
    #[schema(value_type = WhenEmptyName)]
    when_empty: &'static str,
}

/// What is to happen with a message for which there was no code.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "stands for the words of a policy in the description")]
pub(crate) enum WhenEmptyName {
    /// It waits until there is one.
    Hold,
    /// It is left out; the others go on.
    Skip,
    /// It ends, and with it all that are still to be sent.
    Stop,
    /// It goes without the part that names the code.
    HideBlock,
    /// It was to get one from elsewhere, where there was none either.
    Fallback,
}

/// What a key has drawn.
#[derive(Debug, Serialize, ToSchema)]
struct DrawnUnderKey {
    /// The key.
    key: String,
    /// What came of it.
    outcome: OutcomeName,
    /// The code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<DrawnCode>,
}

/// What came of a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OutcomeName {
    /// There is a code.
    Drawn,
    /// They had their one code, which no longer holds.
    AlreadyGiven,
    /// There was none left.
    Empty,
}

impl DrawnCodes {
    pub(crate) fn new(keys: Vec<String>, Draws { draws, when_empty }: Draws) -> Self {
        let one = |(key, drew): (String, Drew)| match drew.into() {
            Outcome::Drawn(code) => DrawnUnderKey { key, outcome: OutcomeName::Drawn, code: Some(code) },
            Outcome::AlreadyGiven => DrawnUnderKey { key, outcome: OutcomeName::AlreadyGiven, code: None },
            Outcome::Empty => DrawnUnderKey { key, outcome: OutcomeName::Empty, code: None },
        };
        let draws: Vec<DrawnUnderKey> = keys.into_iter().zip(draws).map(one).collect();
        let count = |outcome| draws.iter().filter(|draw| draw.outcome == outcome).count();
        let (drawn, empty) = (count(OutcomeName::Drawn), count(OutcomeName::Empty));
        Self { draws, drawn, empty, when_empty }
    }
}

/// Whose code is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssignedTo {
    /// The customer.
    #[param(value_type = CustomerId)]
    customer: Option<CustomerId>,
}

impl AssignedTo {
    pub(crate) fn customer(self) -> Result<CustomerId, Problem> {
        let customer =
            self.customer.ok_or_else(|| bad_parameter("`customer` says whose code is asked for"))?;
        match customer.fault() {
            Some(fault) => Err(bad_parameter(&format!("`customer` {fault}"))),
            None => Ok(customer),
        }
    }
}

/// Codes to set aside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReserveCodes {
    /// For what: the same key reserves once.
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) key: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub(crate) codes: u64,
}

impl ReserveCodes {
    pub(crate) fn faults(&self) -> [Option<Fault>; 2] {
        let fits = (1..=RESERVED_MAX).contains(&self.codes);
        let message = format!("must be from 1 to {RESERVED_MAX}");
        let codes = (!fits).then(|| Fault::new("/codes", "out_of_range", message));
        [key_fault("/key", &self.key), codes]
    }
}

/// Codes that are set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReservedCodes {
    /// For what.
    key: String,
    /// How many were set aside.
    codes: u64,
    /// How many of them are neither drawn nor given back.
    left: u64,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When what was left was given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    returned_at: Option<Timestamp>,
    /// Whether the same had been reserved before.
    #[serde(skip_serializing_if = "is_no")]
    again: bool,
}

impl From<Reservation> for ReservedCodes {
    fn from(Reservation { id, codes, left, made_at, returned_at }: Reservation) -> Self {
        Self { key: id.key, codes, left, made_at, returned_at, again: false }
    }
}

impl From<Reserved> for ReservedCodes {
    fn from(Reserved { reservation, again }: Reserved) -> Self {
        Self { again, ..(*reservation).into() }
    }
}

/// What was redeemed in another shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportCodes {
    /// Each code, and its order.
    #[schema(min_items = 1, max_items = 1_000)]
    redemptions: Vec<Redemption>,
}

/// A redemption in another shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Redemption {
    /// The code.
    code: String,
    /// That shop's name for the order: a code told with the same order again is one redemption.
    order_id: OrderId,
    /// Who bought.
    #[serde(default)]
    customer: Option<CustomerId>,
    /// When; absent = now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

impl ReportCodes {
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let message = format!("must have 1 to {DRAWS_MAX} redemptions");
        let count = !(1..=DRAWS_MAX).contains(&self.redemptions.len());
        let count = count.then(|| Fault::new("/redemptions", "out_of_range", message));
        let each = self.redemptions.iter().enumerate().flat_map(|(place, redemption)| {
            let at = format!("/redemptions/{place}");
            let order = redemption.order_id.fault();
            let order = order.map(|fault| Fault::new(format!("{at}/order_id"), "invalid_name", fault));
            let code = code_fault(&format!("{at}/code"), &redemption.code);
            code.into_iter().chain(order).chain(customer_fault(&at, redemption.customer.as_ref()))
        });
        count.into_iter().chain(each).collect()
    }
}

impl From<ReportCodes> for Vec<Told> {
    fn from(report: ReportCodes) -> Self {
        let told = |Redemption { code, order_id, customer, at }| Told { code, order: order_id, customer, at };
        report.redemptions.into_iter().map(told).collect()
    }
}

/// What became of redemptions in another shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportedCodes {
    /// How many are counted now.
    reported: usize,
    /// The places of those that had been told before, counted from 0.
    again: Vec<usize>,
    /// The places of those whose code no pool has.
    unknown: Vec<usize>,
    /// The places of those whose code is redeemed here, by orders; nothing was counted.
    redeemed_here: Vec<usize>,
}

impl From<Vec<Heard>> for ReportedCodes {
    fn from(heard: Vec<Heard>) -> Self {
        let places = |kind| {
            let of_kind = heard.iter().enumerate().filter(|(_, heard)| **heard == kind);
            of_kind.map(|(place, _)| place).collect::<Vec<usize>>()
        };
        Self {
            reported: places(Heard::New).len(),
            again: places(Heard::Again),
            unknown: places(Heard::Unknown),
            redeemed_here: places(Heard::RedeemedHere),
        }
    }
}

/// Which page of what has happened, the newest first.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PastParams {
    /// The `next_cursor` of the page before.
    #[param(required = false, pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    before: Option<String>,
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl PastParams {
    pub(crate) fn page(&self) -> Result<(Option<tearline_app::draws::ActivityId>, u32), Problem> {
        let before = self.before.as_ref().map(|before| before.parse()).transpose();
        let unknown =
            |_| bad_parameter("`before` is the `next_cursor` of the page before, as it was answered");
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(bad_parameter(&format!("`limit` is from 1 to {LIMIT_MAX}")));
        }
        Ok((before.map_err(unknown)?, limit))
    }
}

/// Something that has happened to a pool as a whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PoolActivity {
    /// Its name.
    #[schema(example = "019336f2-7d1c-7b3a-9c55-1f0a9c3e77aa")]
    pub(crate) id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who did it.
    #[schema(example = "key:key-1f0a9c3e")]
    by: String,
    /// What: `codes_reserved`, `codes_given_back`, `pool_low` or `pool_empty`.
    #[schema(example = "pool_low")]
    activity: &'static str,
    /// For what codes were reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// How many were reserved, or given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<u64>,
    /// How many remain.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<u64>,
    /// When none will, at the rate of the last days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    runs_out_at: Option<Timestamp>,
    /// Who is to be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tell: Vec<String>,
}

impl From<Logged> for PoolActivity {
    fn from(Logged { id, activity }: Logged) -> Self {
        let Activity { at, by, what, .. } = activity;
        let bare = Self {
            id: id.to_string(),
            at,
            by,
            activity: what.name(),
            key: None,
            codes: None,
            remaining: None,
            runs_out_at: None,
            tell: Vec::new(),
        };
        match what {
            Happened::CodesReserved { key, codes, .. } | Happened::CodesGivenBack { key, codes, .. } => {
                Self { key: Some(key), codes: Some(codes), ..bare }
            }
            Happened::PoolLow { remaining, runs_out_at, tell, .. } => {
                Self { remaining: Some(remaining), runs_out_at, tell, ..bare }
            }
            Happened::PoolEmpty { tell, .. } => Self { remaining: Some(0), tell, ..bare },
            _ => bare,
        }
    }
}
