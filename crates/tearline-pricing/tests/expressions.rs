//! Expressions mean what CEL says, and nothing that somebody writes breaks them.

#[path = "support"]
mod support {
    pub(crate) mod conditions;
    pub(crate) mod expressions;
    #[expect(dead_code, reason = "the names of the shops that others make")]
    pub(crate) mod shops;
    pub(crate) mod tape;
}
#[path = "oracle"]
mod oracle {
    pub(crate) mod expressions;
    pub(crate) mod plain;
}
#[path = "expressions"]
mod expressions {
    mod agree;
    mod bounds;
    mod faults;
    mod world;
}
