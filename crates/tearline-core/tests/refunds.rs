//! Refunds: orders worked by hand, and what holds for all.

#[path = "../../tearline-pricing/tests/support"]
mod support {
    pub(crate) mod carts;
    pub(crate) mod conditions;
    pub(crate) mod expressions;
    pub(crate) mod run;
    pub(crate) mod shops;
    pub(crate) mod tape;
}
#[path = "refunds"]
mod refunds {
    pub(crate) mod budgets;
    pub(crate) mod credits;
    pub(crate) mod exchanges;
    pub(crate) mod one_order;
    pub(crate) mod placed;
    pub(crate) mod policies;
    pub(crate) mod properties;
    pub(crate) mod refused;
}
