//! What is asked of a cart for one promotion: until the first refusal, or, where somebody listens, everything.

use std::ops::ControlFlow;

use crate::conditions::{Asking, Compiled};
use crate::need::Need;
use crate::quote::Checked;
use crate::refusal::Refusal;

/// Collects answers. The first refusal of the promotion itself is told; else, of those of its conditions and its
/// budget, the first by precedence.
pub(crate) struct Hearing {
    refusal: Option<Refusal>,
    /// Whether the promotion itself has refused.
    is_settled: bool,
    /// Every question with its answer, if somebody listens.
    checks: Option<Vec<Checked>>,
}

impl Hearing {
    pub(crate) fn new(listens: bool) -> Self {
        Self { refusal: None, is_settled: false, checks: listens.then(Vec::new) }
    }

    /// Takes an answer. A break says that no further answer matters: the promotion is refused, and nobody
    /// listens.
    pub(crate) fn hear(
        &mut self,
        met: bool,
        refusal: impl FnOnce() -> Refusal,
        asked: impl FnOnce() -> String,
        found: impl FnOnce() -> String,
    ) -> ControlFlow<()> {
        let because = if met { None } else { Some(refusal()) };
        if let Some(checks) = &mut self.checks {
            checks.push(Checked::new(asked(), found(), because.clone()));
        }
        if !self.is_settled && because.is_some() {
            (self.refusal, self.is_settled) = (because, true);
        }
        if met || self.checks.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Says what would help where the last answer was no, if somebody listens.
    pub(crate) fn needing(&mut self, need: impl FnOnce() -> Option<Need>) {
        if let Some(check) =
            self.checks.as_mut().and_then(|checks| checks.last_mut()).filter(|check| !check.met)
        {
            check.needs = need().into_iter().collect();
        }
    }

    /// Asks a condition. All of a promotion's are asked, so that their order decides nothing.
    pub(crate) fn condition(&mut self, condition: &Compiled, asking: &mut Asking<'_>) {
        let refusal = match &mut self.checks {
            None => condition.ask(asking).err(),
            Some(checks) => {
                let check = condition.check(asking);
                let refusal = check.because.clone();
                checks.push(check);
                refusal
            }
        };
        self.weigh(refusal);
    }

    /// Takes an answer that counts as a condition's does: others may go before it.
    pub(crate) fn hear_beside_conditions(
        &mut self,
        because: Option<Refusal>,
        asked: impl FnOnce() -> String,
        found: impl FnOnce() -> String,
    ) {
        if let Some(checks) = &mut self.checks {
            checks.push(Checked::new(asked(), found(), because.clone()));
        }
        self.weigh(because);
    }

    fn weigh(&mut self, refusal: Option<Refusal>) {
        if !self.is_settled {
            self.refusal = Refusal::first(self.refusal.take().into_iter().chain(refusal));
        }
    }

    /// The refusal to tell, and what was asked.
    pub(crate) fn finish(self) -> (Option<Refusal>, Vec<Checked>) {
        (self.refusal, self.checks.unwrap_or_default())
    }
}
