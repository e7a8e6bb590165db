//! The envelopes in which answers travel, and their way from what the use cases answer.

pub(crate) mod checks;
pub(crate) mod codes;
pub(crate) mod draws;
pub(crate) mod imports;
pub(crate) mod ledger;
pub(crate) mod refunds;
pub(crate) mod replays;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tearline_core::plan;
use tearline_core::resource::Resource;
use tearline_pricing::cart::Cart;
use tearline_pricing::cart::edit::Edit;
use tearline_pricing::eligible::{Eligible, EligiblePromotion};
use tearline_pricing::money::Currency;
use tearline_pricing::snapshot::warnings::ConfigWarning;
use utoipa::ToSchema;

/// A document as it is stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stored<T> {
    /// Its name.
    #[schema(example = "ten-off")]
    pub(crate) id: String,
    /// Counts 1, 2, 3, … with every change; the `ETag`, too.
    #[schema(minimum = 1)]
    version: u64,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
    /// By whom.
    #[schema(example = "key:key-1f0a9c3e")]
    written_by: String,
    /// What it says.
    document: T,
    /// What a promotion says in a sentence; told when it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "10% off the order, with code WELCOME, once per customer.")]
    sentence: Option<String>,
    /// What works in it, but is perhaps not meant; told when it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<ConfigurationWarning>>,
}

impl Stored<Value> {
    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            id: resource.key.id.as_str().to_owned(),
            version: resource.version,
            written_at: resource.written_at,
            written_by: resource.written_by,
            document: resource.body,
            sentence: None,
            warnings: None,
        }
    }

    /// With what is told of a document when it is written.
    pub(crate) fn written(mut self, sentence: Option<String>, warnings: Vec<ConfigWarning>) -> Self {
        self.sentence = sentence;
        self.warnings = Some(warned(warnings));
        self
    }
}

/// A promotion in plain English.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InWords {
    /// The promotion.
    #[schema(example = "welcome")]
    pub(crate) id: String,
    /// What it gives, under which conditions, where, to whom, when and how often.
    #[schema(example = "10% off the order, with code WELCOME, once per customer.")]
    pub(crate) sentence: String,
}

/// One version of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Past<T> {
    /// The document's name.
    #[schema(example = "ten-off")]
    id: String,
    /// The version.
    #[schema(minimum = 1)]
    pub(crate) version: u64,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
    /// By whom.
    written_by: String,
    /// Whether this version says that the document is gone.
    deleted: bool,
    /// What it said; absent if it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<T>,
}

impl From<Resource> for Past<Value> {
    fn from(resource: Resource) -> Self {
        Self {
            id: resource.key.id.as_str().to_owned(),
            version: resource.version,
            written_at: resource.written_at,
            written_by: resource.written_by,
            deleted: resource.deleted,
            document: (!resource.deleted).then_some(resource.body),
        }
    }
}

/// Something in a document that works, but is perhaps not meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigurationWarning {
    #[serde(flatten)]
    warning: ConfigWarning,
    /// The same in words.
    message: String,
}

pub(crate) fn warned(warnings: Vec<ConfigWarning>) -> Vec<ConfigurationWarning> {
    let warned =
        |warning: ConfigWarning| ConfigurationWarning { message: warning.warning.to_string(), warning };
    warnings.into_iter().map(warned).collect()
}

/// A cart, and what to change in it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditCart {
    /// The cart.
    pub(crate) cart: Cart,
    /// The changes, made in this order, all or none.
    #[schema(max_items = 1000)]
    pub(crate) edits: Vec<Edit>,
}

/// A cart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CartOnly {
    /// The cart.
    pub(crate) cart: Cart,
}

/// What could apply to a cart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EligibleList {
    /// The currency of every amount.
    #[schema(value_type = tearline_pricing::schema::Currency)]
    currency: Currency,
    /// The instant for which it holds.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The promotions on this page: those that apply first, then those that come nearest to it.
    promotions: Vec<EligiblePromotion>,
    /// What to ask for next; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// The version of the shop's configuration that was read.
    configuration_version: u64,
}

impl EligibleList {
    pub(crate) fn new(listed: Eligible, next_cursor: Option<String>) -> Self {
        let Eligible { currency, at, promotions, more: _, configuration_version } = listed;
        Self { currency, at, promotions, next_cursor, configuration_version }
    }
}

/// A cart for which a promotion is explained.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainCart {
    /// The cart; it may be empty.
    cart: Cart,
    /// The instant for which it is explained, also one to come; absent = the cart's, else now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

impl ExplainCart {
    /// The cart at that instant.
    pub(crate) fn cart(self) -> Cart {
        Cart { at: self.at.or(self.cart.at), ..self.cart }
    }
}

/// The cart as it is then.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EditedCart {
    /// The cart.
    pub(crate) cart: Cart,
}

/// Everything a shop has configured.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Configuration {
    /// How many times it has changed.
    pub(crate) config_version: u64,
    /// Its documents, each with its `kind` and `id`, in the order of reading.
    #[schema(value_type = Vec<crate::openapi::NamedDocument>)]
    pub(crate) documents: Vec<Value>,
}

/// What applying documents changed, or would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppliedConfiguration {
    /// The version of the configuration afterwards.
    pub(crate) config_version: u64,
    /// Whether nothing was written, as asked.
    pub(crate) dry_run: bool,
    /// What becomes of each document.
    pub(crate) changes: Vec<DocumentChange>,
    /// What works, but is perhaps not meant.
    pub(crate) warnings: Vec<ConfigurationWarning>,
}

/// What becomes of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentChange {
    /// `shop`, `price_list`, `event`, `promotion` or `pool`.
    #[schema(example = "promotion")]
    kind: &'static str,
    /// Its name.
    #[schema(example = "ten-off")]
    id: String,
    /// What becomes of it.
    action: DocumentAction,
    /// What a promotion that is written says in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "10% off the order, with code WELCOME, once per customer.")]
    sentence: Option<String>,
    /// Where it changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<DocumentDifference>,
}

/// What becomes of a document.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DocumentAction {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
    /// It is as asked already.
    Keep,
}

/// A place where a document changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentDifference {
    /// The place, as a JSON pointer.
    #[schema(example = "/benefits/0/percent_off/percent")]
    pub(crate) pointer: String,
    /// What stands there; absent if nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub(crate) from: Option<Value>,
    /// What will stand there; absent if nothing will.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub(crate) to: Option<Value>,
}

impl DocumentChange {
    pub(crate) fn new(change: plan::Change, sentence: Option<String>) -> Self {
        let (action, differences) = match change.action {
            plan::Action::Create(_) => (DocumentAction::Create, Vec::new()),
            plan::Action::Update { differences, .. } => (DocumentAction::Update, differences),
            plan::Action::Delete { .. } => (DocumentAction::Delete, Vec::new()),
            plan::Action::Keep => (DocumentAction::Keep, Vec::new()),
        };
        let differences = differences
            .into_iter()
            .map(|plan::Difference { pointer, from, to }| DocumentDifference { pointer, from, to });
        Self {
            kind: change.key.kind.as_str(),
            id: change.key.id.as_str().to_owned(),
            action,
            sentence,
            differences: differences.collect(),
        }
    }
}
