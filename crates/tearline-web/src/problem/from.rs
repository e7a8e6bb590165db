//! What the use cases answer, as problems: the one place where the two meet.

use tearline_app::AppError;
use tearline_app::codes::CheckError;
use tearline_app::configuration::ConfigureError;
use tearline_app::imports::{FileError, ImportError, UploadError};
use tearline_app::ledger::LedgerError;
use tearline_app::pools::PoolError;
use tearline_app::quotes::QuoteError;
use tearline_core::refunds::RefundRefusal;
use tearline_core::resource::{Conflict, ResourceKey};
use tearline_core::source::SourceFault;
use tearline_pricing::cart::check::CartFault;
use tearline_pricing::snapshot::faults::ConfigFault;

use crate::problem::reading::{code_of, detail_of};
use crate::problem::{Fault, PriceNow, Problem, ProblemKind};
use crate::wire::ledger::ExpectedPrice;

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let is_passing = matches!(&error, AppError::Store(store) if store.retryable());
        let kind = if is_passing { ProblemKind::Unavailable } else { ProblemKind::Internal };
        Self::new(kind, kind.help()).caused_by(error)
    }
}

/// The problem of a cart that stands in a field of the body.
pub(crate) fn of_cart_in(field: &str, error: QuoteError) -> Problem {
    let placed = |fault: CartFault| CartFault { pointer: format!("/{field}{}", fault.pointer), ..fault };
    match error {
        QuoteError::Cart(faults) => QuoteError::Cart(faults.into_iter().map(placed).collect()).into(),
        other => other.into(),
    }
}

impl From<QuoteError> for Problem {
    fn from(error: QuoteError) -> Self {
        match error {
            QuoteError::Cart(faults) => {
                let errors = faults.into_iter().map(Fault::from).collect();
                Self::new(ProblemKind::InvalidCart, detail_of(ProblemKind::InvalidCart)).with_errors(errors)
            }
            QuoteError::UnknownPromotion(_) => Self::new(ProblemKind::NotFound, error.to_string()),
            QuoteError::App(error) => error.into(),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        let kind = match error {
            // Where the ledger is asked, the cart is a field of the body.
            LedgerError::Cart(faults) => return of_cart_in("cart", QuoteError::Cart(faults)),
            LedgerError::App(error) => return error.into(),
            LedgerError::PriceChanged { expected, quote } => {
                let detail = format!("it costs {} now, not {expected}; nothing was taken", quote.totals.due);
                let price = PriceNow { expected: ExpectedPrice { due: expected }, quote: *quote };
                return Self::new(ProblemKind::PriceChanged, detail).with_price(price);
            }
            LedgerError::OrderIdTaken => ProblemKind::OrderIdTaken,
            LedgerError::NoOrder => ProblemKind::OrderNotFound,
            LedgerError::NoHold => ProblemKind::HoldNotFound,
            LedgerError::HasRefunds => ProblemKind::HasRefunds,
            LedgerError::Refund(RefundRefusal::OrderCancelled) => ProblemKind::OrderCancelled,
            LedgerError::Refund(refusal) => {
                let detail = format!("{refusal}; nothing was refunded");
                let errors = vec![refused_refund(&refusal)];
                return Self::new(ProblemKind::RefundRefused, detail).with_errors(errors);
            }
            LedgerError::Add(faults) => return QuoteError::Cart(faults).into(),
            LedgerError::UsedUp => ProblemKind::UsedUp,
            LedgerError::KeyReused => ProblemKind::IdempotencyKeyReused,
            LedgerError::Contended => ProblemKind::Contended,
        };
        Self::new(kind, kind.help())
    }
}

impl From<PoolError> for Problem {
    fn from(error: PoolError) -> Self {
        let kind = match error {
            PoolError::Ledger(error) => return error.into(),
            PoolError::NoPool(_) => ProblemKind::NotFound,
            PoolError::Archived(_) => ProblemKind::PoolArchived,
            PoolError::NeedsCustomer { .. } => ProblemKind::InvalidRequest,
            PoolError::Short { available, short } => {
                let kind = ProblemKind::PoolShort;
                return Self::new(kind, error.to_string()).with_short(available, short);
            }
            PoolError::ReservedOther => ProblemKind::ReservationTaken,
            PoolError::NoReservation => ProblemKind::ReservationNotFound,
            PoolError::Ended { .. } => ProblemKind::PoolEnded,
            PoolError::MakesItsOwn(_) => ProblemKind::MakesItsOwn,
            PoolError::NoCode => ProblemKind::CodeNotFound,
        };
        Self::new(kind, error.to_string())
    }
}

impl Problem {
    /// Why codes were not drawn; `alone` if one was wanted, whose fields are those of the body.
    pub(crate) fn of_draw(error: PoolError, alone: bool) -> Self {
        let PoolError::NeedsCustomer { place } = error else { return error.into() };
        let at = if alone { String::new() } else { format!("/draws/{place}") };
        let fault = Fault::new(format!("{at}/customer"), "missing", error.to_string());
        let kind = ProblemKind::InvalidRequest;
        Self::new(kind, detail_of(kind)).with_errors(vec![fault])
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let kind = match error {
            UploadError::TooLarge { .. } => ProblemKind::BodyTooLarge,
            UploadError::NoRoom => ProblemKind::Unavailable,
            UploadError::NoFolder | UploadError::Io(_) => {
                return Self::new(ProblemKind::NoSpace, ProblemKind::NoSpace.help()).caused_by(error);
            }
        };
        Self::new(kind, error.to_string())
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let kind = match error {
            ImportError::Pool(error) => return error.into(),
            ImportError::Upload(error) => return error.into(),
            ImportError::File(FileError::Io(error)) => return UploadError::Io(error).into(),
            ImportError::File(_) => ProblemKind::InvalidFile,
            ImportError::Sheet(_) => ProblemKind::BadParameter,
            ImportError::NoImport { .. } => ProblemKind::ImportNotFound,
            ImportError::NotNow(_) | ImportError::TooMany => ProblemKind::ImportState,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Quote(error) => of_cart_in("cart", error),
            CheckError::Pool(error) => error.into(),
        }
    }
}

impl From<CartFault> for Fault {
    fn from(fault: CartFault) -> Self {
        let code = serde_json::to_value(fault.code).ok();
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or("invalid");
        Self::new(fault.pointer, code, fault.message)
    }
}

/// Why a refund is refused, with the part of the request that asks for it.
fn refused_refund(refusal: &RefundRefusal) -> Fault {
    let (pointer, code) = match refusal {
        RefundRefusal::OrderCancelled => ("", "order_cancelled"),
        RefundRefusal::UnitNotInOrder { .. } => ("/units", "unit_not_in_order"),
        RefundRefusal::AlreadyRefunded { .. } => ("/units", "already_refunded"),
        RefundRefusal::ShippingAlreadyRefunded => ("/shipping", "shipping_already_refunded"),
        RefundRefusal::ShippingAbovePaid { .. } => ("/shipping", "shipping_above_paid"),
        RefundRefusal::NothingToRefund => ("", "nothing_to_refund"),
    };
    Fault::new(pointer, code, refusal.to_string())
}

/// Why one document was not written.
pub(crate) fn refused(error: ConfigureError, key: &ResourceKey) -> Problem {
    match error {
        ConfigureError::Faults(faults) => {
            let errors = faults.into_iter().map(|fault| beside(fault, key)).collect();
            Problem::new(ProblemKind::InvalidDocument, detail_of(ProblemKind::InvalidDocument))
                .with_errors(errors)
        }
        ConfigureError::Conflict(conflicts) => of_conflicts(&conflicts),
        ConfigureError::OtherShop { .. } => {
            let errors = vec![Fault::new("/id", "invalid", error.to_string())];
            Problem::new(ProblemKind::InvalidDocument, detail_of(ProblemKind::InvalidDocument))
                .with_errors(errors)
        }
        ConfigureError::App(error) => error.into(),
    }
}

/// Why a draft was not tried: it stands in a field of the body.
pub(crate) fn refused_draft(error: ConfigureError) -> Problem {
    match error {
        ConfigureError::Faults(faults) => {
            let told = |fault: ConfigFault| {
                let document = Some(fault.document.to_string());
                Fault { document, ..Fault::new(fault.pointer, "invalid", fault.message) }
            };
            let errors = faults.into_iter().map(told).collect();
            Problem::new(ProblemKind::InvalidRequest, "the draft does not fit to what is configured")
                .with_errors(errors)
        }
        ConfigureError::App(error) => error.into(),
        ConfigureError::Conflict(_) | ConfigureError::OtherShop { .. } => {
            unreachable!("a draft is not written")
        }
    }
}

/// Why a document cannot go.
pub(crate) fn still_referenced(faults: Vec<ConfigFault>, key: &ResourceKey) -> Problem {
    let errors = faults.into_iter().map(|fault| beside(fault, key)).collect();
    Problem::new(ProblemKind::StillReferenced, format!("other documents refer to {} `{}`", key.kind, key.id))
        .with_errors(errors)
}

/// A fault found in a body, or in a document that does not fit to it any more.
fn beside(fault: ConfigFault, key: &ResourceKey) -> Fault {
    let (kind, id) = (&fault.document.kind, &fault.document.id);
    let is_own = kind == key.kind.as_str() && (id.is_empty() || id == key.id.as_str());
    let document = (!is_own).then(|| fault.document.to_string());
    Fault { document, ..Fault::new(fault.pointer, "invalid", fault.message) }
}

fn of_conflicts(conflicts: &[Conflict]) -> Problem {
    if let [Conflict::Moved { current, .. }] = conflicts {
        return mismatch(*current);
    }
    let kind = ProblemKind::ChangedMeanwhile;
    Problem::new(kind, kind.help())
}

/// The document is not in the state that the request names.
pub(crate) fn mismatch(current: Option<u64>) -> Problem {
    let detail = match current {
        Some(version) => format!("the document is at version {version}; nothing was written"),
        None => "there is no such document; nothing was written".to_owned(),
    };
    Problem::new(ProblemKind::VersionMismatch, detail).with_current_version(current)
}

/// What is wrong in a body of YAML.
pub(crate) fn of_source_faults(faults: Vec<SourceFault>) -> Problem {
    let errors = faults.into_iter().map(Fault::from).collect();
    Problem::new(ProblemKind::InvalidDocument, "the documents cannot be applied").with_errors(errors)
}

impl From<SourceFault> for Fault {
    fn from(fault: SourceFault) -> Self {
        let new = Self::new(fault.pointer, code_of(&fault.message), fault.message);
        // What was not sent has no line.
        match fault.file.strip_prefix("(stored ").and_then(|rest| rest.strip_suffix(')')) {
            Some(document) => Self { document: Some(document.to_owned()), ..new },
            None => Self { line: Some(fault.place.line), column: Some(fault.place.column), ..new },
        }
    }
}
