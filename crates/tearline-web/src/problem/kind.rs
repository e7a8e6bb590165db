//! The kinds of problems: one enum, each with its status, title and explanation.

use axum::http::StatusCode;

/// A kind of problem. Its code is stable; the page `/problems/<code>` explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The body is not what its media type says.
    MalformedBody,
    /// A part of the path, the query or the headers is not what it must be.
    BadParameter,
    /// No key, or one that opens nothing.
    Unauthorized,
    /// There is no such document, or no such version of it.
    NotFound,
    /// There is no such address.
    UnknownRoute,
    /// The address does not know the method.
    MethodNotAllowed,
    /// There is no such order.
    OrderNotFound,
    /// The cart has no hold, or its time is over.
    HoldNotFound,
    /// The answer cannot be written in what the caller accepts.
    NotAcceptable,
    /// The request took too long.
    TimedOut,
    /// Somebody else changed the same thing at the same time.
    ChangedMeanwhile,
    /// Other documents refer to it.
    StillReferenced,
    /// The cart costs more than the buyer was told.
    PriceChanged,
    /// Another order has this id.
    OrderIdTaken,
    /// The order has refunds.
    HasRefunds,
    /// The pool has no code left.
    PoolEmpty,
    /// Whoever gets one code only has had it.
    AlreadyGiven,
    /// The pool has too few codes.
    PoolShort,
    /// Another number of codes was reserved under this key.
    ReservationTaken,
    /// There is no such reservation.
    ReservationNotFound,
    /// The pool is put away.
    PoolArchived,
    /// The pool has ended.
    PoolEnded,
    /// The pool makes its codes itself.
    MakesItsOwn,
    /// There is no such code.
    CodeNotFound,
    /// There is no such import.
    ImportNotFound,
    /// The import is in no state to do that.
    ImportState,
    /// The file cannot be read.
    InvalidFile,
    /// The disk of the server takes no more.
    NoSpace,
    /// The order is cancelled.
    OrderCancelled,
    /// The order cannot be refunded so.
    RefundRefused,
    /// What the order would take in addition is used up.
    UsedUp,
    /// The document is not at the version that the request names.
    VersionMismatch,
    /// The body is too large.
    BodyTooLarge,
    /// The body comes in a media type that is not read here.
    UnsupportedMediaType,
    /// Something is wrong with the cart.
    InvalidCart,
    /// An edit of a cart cannot be made.
    InvalidEdit,
    /// Something is wrong with a document.
    InvalidDocument,
    /// Something is wrong in a body that is neither cart nor document.
    InvalidRequest,
    /// The request's name was given to another request before.
    IdempotencyKeyReused,
    /// The fault is ours.
    Internal,
    /// The store cannot answer at the moment.
    Unavailable,
    /// Others always took what the cart claims while it was priced.
    Contended,
}

impl ProblemKind {
    /// Every kind, by status.
    pub const ALL: [Self; 42] = [
        Self::MalformedBody,
        Self::BadParameter,
        Self::Unauthorized,
        Self::NotFound,
        Self::UnknownRoute,
        Self::OrderNotFound,
        Self::HoldNotFound,
        Self::CodeNotFound,
        Self::ImportNotFound,
        Self::ReservationNotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::TimedOut,
        Self::ChangedMeanwhile,
        Self::StillReferenced,
        Self::PriceChanged,
        Self::OrderIdTaken,
        Self::HasRefunds,
        Self::PoolEmpty,
        Self::AlreadyGiven,
        Self::PoolShort,
        Self::ReservationTaken,
        Self::PoolArchived,
        Self::PoolEnded,
        Self::MakesItsOwn,
        Self::ImportState,
        Self::OrderCancelled,
        Self::RefundRefused,
        Self::UsedUp,
        Self::VersionMismatch,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidCart,
        Self::InvalidEdit,
        Self::InvalidDocument,
        Self::InvalidRequest,
        Self::InvalidFile,
        Self::IdempotencyKeyReused,
        Self::Internal,
        Self::Unavailable,
        Self::Contended,
        Self::NoSpace,
    ];

    /// The status with which it is answered.
    pub fn status(self) -> StatusCode {
        self.about().0
    }

    /// Its stable word.
    pub fn code(self) -> &'static str {
        self.about().1
    }

    /// Its name, for people.
    pub fn title(self) -> &'static str {
        self.about().2
    }

    /// The kind with a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The kind behind a bare status; [`ProblemKind::Internal`] for one that nobody here answers with.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::UnknownRoute,
            StatusCode::BAD_REQUEST => Self::BadParameter,
            status => Self::ALL.into_iter().find(|kind| kind.status() == status).unwrap_or(Self::Internal),
        }
    }

    /// What it means and what to do about it.
    #[expect(clippy::too_many_lines, reason = "a table with a row for each kind")]
    pub fn help(self) -> &'static str {
        match self {
            Self::MalformedBody => {
                "The body is not JSON (or YAML, where it says so). The detail names the line."
            }
            Self::BadParameter => {
                "A part of the path, of the query or of the headers is not what it must be. The detail names it and says what is allowed."
            }
            Self::Unauthorized => {
                "Send a secret key: `Authorization: Bearer sk_…`. It opens the shop for which it was made, until it is revoked."
            }
            Self::NotFound => {
                "The shop of the key has no document of this name, or not this version of it. A deleted document still has its history."
            }
            Self::OrderNotFound => "The shop of the key has no order of this name.",
            Self::HoldNotFound => {
                "The cart has no hold, or its time is over: what it kept is free again. Hold the cart anew; it is priced as it is now."
            }
            Self::UnknownRoute => "Nothing answers at this path. `/docs` shows every path there is.",
            Self::MethodNotAllowed => "The header `Allow` lists the methods that it knows.",
            Self::NotAcceptable => {
                "The header `Accept` names no form in which this is answered. JSON always is; the configuration comes as `application/yaml` too."
            }
            Self::TimedOut => {
                "The body did not arrive, or the answer was not ready, in time. A write may still have happened: read before you write again."
            }
            Self::ChangedMeanwhile => {
                "The same thing was changed by others while this request was at work, and nothing was written. Send it again."
            }
            Self::StillReferenced => {
                "The document cannot go while others refer to it. The errors name them: change those first, or all together through `POST /v1/configuration`."
            }
            Self::PriceChanged => {
                "The cart costs more than `expected` says that the buyer was told, and nothing was taken. `quote` is what it costs now: show it to them, and ask again with its `due` if they agree."
            }
            Self::OrderIdTaken => {
                "An order of this name was placed with another body. The same request sent again, byte for byte, is answered with the order; a new order needs a name of its own."
            }
            Self::HasRefunds => {
                "Something of the order was refunded already, so that it cannot be cancelled as a whole. Refund the rest of it instead."
            }
            Self::PoolEmpty => {
                "Every code of the pool was given to somebody, is held, or has ended; or the pool has made as many as it may. Add codes, and ask again with the same key. `when_empty` says what the pool wants to happen until then."
            }
            Self::AlreadyGiven => {
                "The pool gives everybody one code, and this customer's no longer holds: it was used, or has ended. One that is withdrawn is replaced."
            }
            Self::PoolShort => {
                "There are too few codes that nobody has and nobody reserved, and none was reserved. `short` says how many are missing: add them, or reserve the `available` ones."
            }
            Self::ReservationTaken => {
                "Another number of codes was reserved under this key. Repeat the request unchanged to hear its answer again; choose a new key for another number."
            }
            Self::ReservationNotFound => {
                "Nothing was reserved under this key, or what was left was given back."
            }
            Self::PoolArchived => {
                "The pool is put away: nothing is drawn from it and nothing added, but its codes still hold. Take `archived` out of its document to use it again."
            }
            Self::PoolEnded => "The codes of the pool can no longer be used, so that none is given away.",
            Self::MakesItsOwn => {
                "The pool makes its codes as they are drawn, so that none can be added. Make a pool without `makes` for codes from elsewhere."
            }
            Self::CodeNotFound => {
                "No pool of the shop has this code. A coupon's code stands in its promotion."
            }
            Self::ImportNotFound => "The pool has no import of this number.",
            Self::ImportState => {
                "The detail says in which state the import is. One whose rows are all staged can be published; one that is staging, staged or published can be undone."
            }
            Self::InvalidFile => {
                "The detail says what is wrong with the file and what is allowed. Nothing of it was kept."
            }
            Self::NoSpace => {
                "The server could not keep the file: its disk is full, or another bound of the machine is reached. Nothing of it was kept; tell whoever runs the server."
            }
            Self::OrderCancelled => {
                "The order was cancelled as a whole, and what it took was given back. Nothing is left of it to refund."
            }
            Self::RefundRefused => {
                "The error says what of the request cannot be refunded, and how much of it could be. Nothing was done. `GET /v1/orders/{id}` has the statements made so far, and what remains after the last one."
            }
            Self::UsedUp => {
                "With what is to come, the order would count against a limit of which nothing is left, or use a code that no longer holds. Nothing was done: what the order has, it keeps."
            }
            Self::VersionMismatch => {
                "`If-Match` or `If-None-Match` names another state of the document than it is in; nothing was written. Read it, look at what changed, and write again with its `ETag`."
            }
            Self::BodyTooLarge => {
                "The detail says how many bytes are taken here. Large configurations can be applied in parts."
            }
            Self::UnsupportedMediaType => {
                "Send JSON and say so: `Content-Type: application/json`. The detail says what else is read at this address."
            }
            Self::InvalidCart => {
                "Each of the errors names a place in the body, what was found there and what is allowed."
            }
            Self::InvalidEdit => {
                "Each of the errors names the edit by its place, and says why it cannot be made. Edits are made in order, all or none."
            }
            Self::InvalidDocument => {
                "Each of the errors names a place in the body, or in a stored document that does not fit to it, and what is allowed. Nothing was written."
            }
            Self::InvalidRequest => {
                "Each of the errors names a place in the body, what was found there and what is allowed. Nothing was done."
            }
            Self::IdempotencyKeyReused => {
                "The shop has sent this `Idempotency-Key` with another method, path or body before, and that was done. Choose a new key for each thing to do; repeat the request unchanged, byte for byte, to hear its answer again."
            }
            Self::Internal => {
                "The fault is not yours. The log of the server has the cause under the `request_id`."
            }
            Self::Unavailable => {
                "The store cannot be reached or is busy. Send the request again a little later; `Retry-After` says when."
            }
            Self::Contended => {
                "Limits that the cart counts against were taken by others again and again while it was priced, and nothing was done. Send the request again a little later; `Retry-After` says when."
            }
        }
    }

    fn about(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::MalformedBody => (S::BAD_REQUEST, "malformed_body", "The body cannot be read"),
            Self::BadParameter => (S::BAD_REQUEST, "bad_parameter", "A parameter is not understood"),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "A valid key is needed"),
            Self::NotFound => (S::NOT_FOUND, "not_found", "There is no such document"),
            Self::OrderNotFound => (S::NOT_FOUND, "order_not_found", "There is no such order"),
            Self::HoldNotFound => (S::NOT_FOUND, "hold_not_found", "The cart has no hold"),
            Self::UnknownRoute => (S::NOT_FOUND, "unknown_route", "There is no such address"),
            Self::MethodNotAllowed => {
                (S::METHOD_NOT_ALLOWED, "method_not_allowed", "The address does not know this method")
            }
            Self::NotAcceptable => {
                (S::NOT_ACCEPTABLE, "not_acceptable", "The answer cannot be written as asked")
            }
            Self::TimedOut => (S::REQUEST_TIMEOUT, "timed_out", "The request took too long"),
            Self::ChangedMeanwhile => (S::CONFLICT, "changed_meanwhile", "Somebody else was faster"),
            Self::StillReferenced => (S::CONFLICT, "still_referenced", "Other documents refer to it"),
            Self::PriceChanged => (S::CONFLICT, "price_changed", "It costs more than the buyer was told"),
            Self::OrderIdTaken => (S::CONFLICT, "order_id_taken", "Another order has this name"),
            Self::HasRefunds => (S::CONFLICT, "has_refunds", "The order has refunds"),
            Self::PoolEmpty => (S::CONFLICT, "pool_empty", "The pool has no code left"),
            Self::AlreadyGiven => (S::CONFLICT, "already_given", "They had their one code"),
            Self::PoolShort => (S::CONFLICT, "pool_short", "The pool has too few codes"),
            Self::ReservationTaken => {
                (S::CONFLICT, "reservation_taken", "Another number was reserved under this key")
            }
            Self::ReservationNotFound => {
                (S::NOT_FOUND, "reservation_not_found", "There is no such reservation")
            }
            Self::PoolArchived => (S::CONFLICT, "pool_archived", "The pool is put away"),
            Self::PoolEnded => (S::CONFLICT, "pool_ended", "The pool has ended"),
            Self::MakesItsOwn => (S::CONFLICT, "makes_its_own", "The pool makes its codes itself"),
            Self::CodeNotFound => (S::NOT_FOUND, "code_not_found", "There is no such code"),
            Self::ImportNotFound => (S::NOT_FOUND, "import_not_found", "There is no such import"),
            Self::ImportState => (S::CONFLICT, "import_state", "The import is in no state to do that"),
            Self::InvalidFile => (S::UNPROCESSABLE_ENTITY, "invalid_file", "The file cannot be read"),
            Self::NoSpace => (S::INSUFFICIENT_STORAGE, "no_space", "The server has no room for it"),
            Self::OrderCancelled => (S::CONFLICT, "order_cancelled", "The order is cancelled"),
            Self::RefundRefused => (S::CONFLICT, "refund_refused", "The order cannot be refunded so"),
            Self::UsedUp => (S::CONFLICT, "used_up", "What the order would take is used up"),
            Self::VersionMismatch => {
                (S::PRECONDITION_FAILED, "version_mismatch", "The document is at another version")
            }
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"),
            Self::UnsupportedMediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body comes in a form that is not read here",
            ),
            Self::InvalidCart => {
                (S::UNPROCESSABLE_ENTITY, "invalid_cart", "Something is wrong with the cart")
            }
            Self::InvalidEdit => {
                (S::UNPROCESSABLE_ENTITY, "invalid_edit", "An edit of the cart cannot be made")
            }
            Self::InvalidDocument => {
                (S::UNPROCESSABLE_ENTITY, "invalid_document", "Something is wrong with a document")
            }
            Self::InvalidRequest => {
                (S::UNPROCESSABLE_ENTITY, "invalid_request", "Something is wrong with the request")
            }
            Self::IdempotencyKeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "The Idempotency-Key belongs to another request",
            ),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here"),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "Not ready at the moment"),
            Self::Contended => (S::SERVICE_UNAVAILABLE, "contended", "Others were always faster"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_every_kind_once_and_each_has_a_code_of_its_own() {
        let mut codes: Vec<&str> = ProblemKind::ALL.into_iter().map(ProblemKind::code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ProblemKind::ALL.len());
        // The last one declared: with a kind added after it, this and `ALL` are what to change.
        assert_eq!(ProblemKind::Contended as usize + 1, ProblemKind::ALL.len());
    }

    #[test]
    fn a_code_leads_back_to_its_kind() {
        for kind in ProblemKind::ALL {
            assert_eq!(ProblemKind::of_code(kind.code()), Some(kind));
        }
    }
}
