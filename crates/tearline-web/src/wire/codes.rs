//! Codes and pools as they travel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_app::pools::{Added, NewCode, PoolCounts};
use tearline_core::ledger::{Code, CodeState, PoolId, When};
use tearline_pricing::cart::CODE_BYTES_MAX;
use tearline_pricing::names::CustomerId;
use utoipa::ToSchema;

use crate::problem::Fault;

/// The most codes that one request adds; more come as a file.
pub(crate) const CODES_MAX: usize = 10_000;

/// What is wrong with a code, if anything.
pub(crate) fn code_fault(pointer: &str, code: &str) -> Option<Fault> {
    let (code, most) = (code.trim(), CODE_BYTES_MAX);
    let message = match code.len() {
        0 => "is empty".to_owned(),
        bytes if bytes > most => format!("has {bytes} bytes; at most {most} are allowed"),
        _ if code.chars().any(char::is_control) => "has control characters".to_owned(),
        _ => return None,
    };
    Some(Fault::new(pointer, "invalid_code", message))
}

/// What has become of a unique code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeInfo {
    /// The code, byte for byte.
    #[schema(example = "THANKS-7KQ2")]
    code: String,
    /// Its pool.
    #[schema(value_type = String)]
    pool: PoolId,
    /// Its number in the pool, from 1.
    serial: u64,
    /// What has become of it.
    #[schema(value_type = CodeStateName)]
    state: CodeState,
    /// Whether it must be entered byte for byte.
    exact: bool,
    /// To whom it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    /// Whether nobody else may use it.
    bound: bool,
    /// When it was given to somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    assigned_at: Option<Timestamp>,
    /// The first instant at which it no longer holds by its own terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// On how many orders it was used.
    uses: i64,
    /// On how many it may be, where it says so itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
}

/// What has become of a code.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "stands for the words of a state in the description")]
pub(crate) enum CodeStateName {
    /// Nobody was given it.
    Unassigned,
    /// Somebody has it.
    Assigned,
    /// It was used as often as it may be.
    Redeemed,
    /// It was withdrawn.
    Void,
}

impl From<Code> for CodeInfo {
    fn from(code: Code) -> Self {
        Self {
            exact: code.match_key.is_none(),
            code: code.text,
            pool: code.id.pool,
            serial: code.id.serial,
            state: code.state,
            customer: code.customer,
            bound: code.is_bound,
            assigned_at: code.assigned_at,
            ends_at: code.ends_at,
            uses: code.uses.used,
            limit: code.uses_max,
        }
    }
}

/// A code, as a buyer would enter it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookUpCode {
    /// The code.
    pub(crate) code: String,
}

/// A code that is to hold no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawCode {
    /// The code.
    pub(crate) code: String,
    /// Why, for whoever asks later.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) why: String,
}

/// Codes to add to a pool.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddCodes {
    /// The codes, each as a text or with terms of its own.
    #[schema(min_items = 1, max_items = 10_000)]
    codes: Vec<CodeToAdd>,
}

/// A code to add to a pool.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a code is a text, or an object with `code` and its own terms")]
enum CodeToAdd {
    /// The code alone.
    Text(String),
    /// The code with terms of its own.
    Terms(CodeTerms),
}

/// A code with terms of its own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeTerms {
    /// The code.
    code: String,
    /// From when it may be used; a day from its start.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    starts_at: Option<When>,
    /// Until when it may be used; a day counts to its end.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    expires_at: Option<When>,
    /// On how many orders it may be used.
    #[serde(default)]
    #[schema(minimum = 1)]
    limit: Option<u64>,
}

impl AddCodes {
    /// Everything that is wrong with them.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let message = format!("must have 1 to {CODES_MAX} codes");
        let count = !(1..=CODES_MAX).contains(&self.codes.len());
        let count = count.then(|| Fault::new("/codes", "out_of_range", message));
        let each = self.codes.iter().enumerate().flat_map(|(place, code)| match code {
            CodeToAdd::Text(text) => code_fault(&format!("/codes/{place}"), text).into_iter().collect(),
            CodeToAdd::Terms(terms) => terms.faults(place),
        });
        count.into_iter().chain(each).collect()
    }
}

impl CodeTerms {
    fn faults(&self, place: usize) -> Vec<Fault> {
        let limit = || Fault::new(format!("/codes/{place}/limit"), "out_of_range", "must be at least 1");
        let code = code_fault(&format!("/codes/{place}/code"), &self.code);
        code.into_iter().chain((self.limit == Some(0)).then(limit)).collect()
    }
}

impl From<AddCodes> for Vec<NewCode> {
    fn from(codes: AddCodes) -> Self {
        let new = |code| match code {
            CodeToAdd::Text(text) => NewCode { text: text.trim().to_owned(), ..NewCode::default() },
            CodeToAdd::Terms(CodeTerms { code, starts_at, expires_at, limit }) => NewCode {
                text: code.trim().to_owned(),
                starts_at,
                expires_at,
                uses_max: limit,
                ..NewCode::default()
            },
        };
        codes.codes.into_iter().map(new).collect()
    }
}

/// What became of codes that were to be added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddedCodes {
    /// How many were added.
    added: usize,
    /// The places of those that were left out, counted from 0: each is somebody's already, or could be taken for
    /// somebody's.
    known: Vec<usize>,
}

impl From<Vec<Added>> for AddedCodes {
    fn from(added: Vec<Added>) -> Self {
        let known = added.iter().enumerate().filter(|(_, added)| **added == Added::Known);
        let known: Vec<usize> = known.map(|(place, _)| place).collect();
        Self { added: added.len() - known.len(), known }
    }
}

/// How many codes of a pool there are of each kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PoolNumbers {
    /// That nobody was given, and that have not ended; null where the pool makes its own.
    remaining: Option<u64>,
    /// That were ever given to somebody, whatever became of them.
    assigned: u64,
    /// What remains of all that remain or were given, in percent with one digit, never rounded up to 100 or down to
    /// 0; null where there are none, or where the pool makes its own.
    #[schema(example = "83.1")]
    percent_remaining: Option<String>,
    /// That are used up.
    redeemed: u64,
    /// That were withdrawn.
    voided: u64,
    /// That remain and are set aside.
    reserved: u64,
    /// When none remain, if they go on as in the last seven days; absent where none were given, or where the pool
    /// makes its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    runs_out_at: Option<Timestamp>,
}

impl PoolNumbers {
    pub(crate) fn new(counts: PoolCounts, makes: bool) -> Self {
        let PoolCounts { remaining, assigned, redeemed, voided, reserved, runs_out_at } = counts;
        let percent_remaining = percent(remaining, remaining + assigned).filter(|_| !makes);
        let runs_out_at = runs_out_at.filter(|_| !makes);
        let remaining = (!makes).then_some(remaining);
        Self { remaining, assigned, percent_remaining, redeemed, voided, reserved, runs_out_at }
    }
}

/// Tenths of a percent, rounded half up; what is not all is not 100.0, what is not nothing is not 0.0
/// (requirements.md B7).
fn percent(part: u64, whole: u64) -> Option<String> {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (part * 2_000 + whole).checked_div(whole * 2)?;
    let tenths = if part == 0 || part == whole { rounded } else { rounded.clamp(1, 999) };
    Some(format!("{}.{}", tenths / 10, tenths % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_is_rounded_but_never_to_all_or_nothing() {
        let figures = [(750, 1_000), (1_250, 1_500), (1_230, 1_480), (999, 1_000), (3, 1_000), (1, 100_000)];
        let told = figures.map(|(part, whole)| percent(part, whole).unwrap());
        assert_eq!(told, ["75.0", "83.3", "83.1", "99.9", "0.3", "0.1"]);
        assert_eq!(percent(99_999, 100_000).unwrap(), "99.9");
        assert_eq!([percent(0, 9).unwrap(), percent(9, 9).unwrap()], ["0.0", "100.0"]);
        assert_eq!(percent(0, 0), None);
    }
}
