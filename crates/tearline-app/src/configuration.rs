//! A shop's documents: planned, checked together, written, read back.

use std::collections::BTreeMap;

use serde_json::Value;
use tearline_core::document::{Body, Document};
use tearline_core::names::{ShopId, Slug};
use tearline_core::plan::{Plan, plan};
use tearline_core::resource::{Batch, Conflict, Expected, Kind, Resource, ResourceKey, Write};
use tearline_pricing::snapshot::Snapshot;
use tearline_pricing::snapshot::faults::{ConfigFault, DocumentName};
use tearline_pricing::snapshot::warnings::ConfigWarning;
use tearline_store::{StoreError, WriteError, Written};

use crate::shops::{compile, read_all};
use crate::{App, AppError};

/// What applying documents changes, or would change.
#[derive(Debug)]
pub struct Applied {
    /// The changes.
    pub plan: Plan,
    /// The version of the shop's configuration afterwards; before, if nothing was written.
    pub config_version: u64,
    /// What the owner should look at.
    pub warnings: Vec<ConfigWarning>,
    /// What each promotion that is written says then, in a sentence.
    pub sentences: BTreeMap<ResourceKey, String>,
}

/// How documents are applied.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// What is stored and not among the documents goes.
    pub prune: bool,
    /// Nothing is written; the plan alone is wanted.
    pub dry_run: bool,
}

/// Why documents were not written. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// Together with what is stored, they do not make a configuration.
    #[error("the documents do not fit together")]
    Faults(Vec<ConfigFault>),
    /// Somebody else has changed them meanwhile.
    #[error("the documents have been changed meanwhile")]
    Conflict(Vec<Conflict>),
    /// The shop's own document has another name than the shop.
    #[error("the document of kind `shop` must have the id `{shop}`, the name of the shop; it has `{id}`")]
    OtherShop {
        /// The shop.
        shop: ShopId,
        /// The id that the document has.
        id: String,
    },
    /// The program failed.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for ConfigureError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl From<WriteError> for ConfigureError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict(conflicts) => {
                let faults: Vec<ConfigFault> = conflicts.iter().filter_map(coupon_fault).collect();
                if faults.is_empty() { Self::Conflict(conflicts) } else { Self::Faults(faults) }
            }
            WriteError::Store(error) => error.into(),
        }
    }
}

/// What is wrong with a coupon that could be taken for a unique code.
fn coupon_fault(conflict: &Conflict) -> Option<ConfigFault> {
    let Conflict::CouponIsCode { key, place, coupon, pool } = conflict else { return None };
    let message = format!("`{coupon}` is, or could be taken for, a code of pool `{pool}`");
    let document = DocumentName::new(key.kind.as_str(), key.id.as_str());
    Some(ConfigFault { document, pointer: format!("/codes/{place}"), message })
}

/// Applies documents to a shop: plans, checks the whole configuration as it would be, and writes all changes or
/// none. Applying the same twice changes nothing the second time.
///
/// # Errors
///
/// What does not fit together; who changed what meanwhile; the store failed.
pub async fn apply(
    app: &App,
    shop: &ShopId,
    documents: Vec<Document>,
    manner: Manner,
    by: &str,
) -> Result<Applied, ConfigureError> {
    for document in &documents {
        check_name(shop, &document.key)?;
    }
    let stored = app.store.configuration(shop).await?;
    let plan = plan(&stored.resources, &documents, manner.prune);
    let batch = Batch { writes: plan.writes(), checked_at: Some(stored.config_version) };
    let checked = check(shop, &stored.resources, &batch.writes)?;
    let (warnings, sentences) = (checked.warnings().to_vec(), sentences(&checked, &batch.writes));
    let config_version = if manner.dry_run || batch.writes.is_empty() {
        stored.config_version
    } else {
        commit(app, shop, batch, by).await?.config_version
    };
    Ok(Applied { plan, config_version, warnings, sentences })
}

/// A document as it was written, and what the owner should look at.
#[derive(Debug)]
pub struct Put {
    /// The document.
    pub resource: Resource,
    /// Whether it is new.
    pub created: bool,
    /// What the owner should look at in it.
    pub warnings: Vec<ConfigWarning>,
    /// What it says in a sentence, if it is a promotion.
    pub sentence: Option<String>,
}

/// Writes one document.
///
/// # Errors
///
/// What does not fit together with the rest; it is not at the version expected; the store failed.
pub async fn put(
    app: &App,
    shop: &ShopId,
    key: ResourceKey,
    body: &Body,
    expected: Expected,
    by: &str,
) -> Result<Put, ConfigureError> {
    check_name(shop, &key)?;
    let write = Write { key: key.clone(), expected, body: Some(body.to_value()) };
    let Single { written, checked, existed } = write_one(app, shop, &write, by).await?;
    let mut warnings = checked.warnings().to_vec();
    warnings.retain(|warning| {
        warning.document.kind == key.kind.as_str() && warning.document.id == key.id.as_str()
    });
    let resource = written.resources.into_iter().chain(written.unchanged).next();
    let resource = resource.expect("what was put is there");
    let sentence = sentence(&checked, key.kind, &resource.body);
    Ok(Put { resource, created: !existed, warnings, sentence })
}

/// Deletes one document; its history stays. Answers whether there was one.
///
/// # Errors
///
/// Others refer to it; it is not at the version expected; the store failed.
pub async fn delete(
    app: &App,
    shop: &ShopId,
    key: ResourceKey,
    expected: Expected,
    by: &str,
) -> Result<bool, ConfigureError> {
    Ok(write_one(app, shop, &Write { key, expected, body: None }, by).await?.existed)
}

/// What became of a single write.
struct Single {
    written: Written,
    /// The whole as it was checked.
    checked: Snapshot,
    existed: bool,
}

/// Checks a write beside the rest of the configuration and carries it out. Where somebody changes the rest
/// meanwhile, the check is made anew.
async fn write_one(app: &App, shop: &ShopId, write: &Write, by: &str) -> Result<Single, ConfigureError> {
    loop {
        let stored = app.store.configuration(shop).await?;
        let existed = stored.resources.iter().any(|resource| resource.key == write.key);
        let checked = check(shop, &stored.resources, std::slice::from_ref(write))?;
        let batch = Batch { writes: vec![write.clone()], checked_at: Some(stored.config_version) };
        match commit(app, shop, batch, by).await {
            Err(ConfigureError::Conflict(conflicts)) if is_outdated(&conflicts) => {}
            written => return Ok(Single { written: written?, checked, existed }),
        }
    }
}

fn is_outdated(conflicts: &[Conflict]) -> bool {
    matches!(conflicts, [Conflict::Outdated { .. }])
}

/// What a promotion says in a sentence; `None` if there is no such promotion.
///
/// # Errors
///
/// The store failed, or holds what no longer reads as a configuration.
pub async fn in_words(app: &App, shop: &ShopId, id: &Slug) -> Result<Option<String>, AppError> {
    let key = ResourceKey { kind: Kind::Promotion, id: id.clone() };
    let Some(found) = app.store.get(shop, &key).await? else { return Ok(None) };
    let snapshot = app.snapshot(shop).await?;
    Ok(sentence(&snapshot, key.kind, &found.body))
}

/// All of a shop's documents, as `apply` takes them, and the version of the whole.
///
/// # Errors
///
/// The store failed, or holds what no longer reads as a document.
pub async fn export(app: &App, shop: &ShopId) -> Result<(u64, Vec<Document>), AppError> {
    let stored = app.store.configuration(shop).await?;
    let documents =
        read_all(&stored.resources).map_err(|why| AppError::Configuration { shop: shop.clone(), why })?;
    Ok((stored.config_version, documents))
}

async fn commit(app: &App, shop: &ShopId, batch: Batch, by: &str) -> Result<Written, ConfigureError> {
    let written = app.store.write(shop, batch, by, app.clock.now()).await?;
    app.refresh(shop, written.config_version).await?;
    Ok(written)
}

fn check_name(shop: &ShopId, key: &ResourceKey) -> Result<(), ConfigureError> {
    let is_other = key.kind == Kind::Shop && key.id.as_str() != shop.as_str();
    if is_other {
        Err(ConfigureError::OtherShop { shop: shop.clone(), id: key.id.to_string() })
    } else {
        Ok(())
    }
}

/// Checks the whole configuration as it would be after some writes.
fn check(shop: &ShopId, stored: &[Resource], writes: &[Write]) -> Result<Snapshot, ConfigureError> {
    let broken = |why| AppError::Configuration { shop: shop.clone(), why };
    let is_written = |key: &ResourceKey| writes.iter().any(|write| write.key == *key);
    let mut documents = read_all(stored).map_err(broken)?;
    documents.retain(|document| !is_written(&document.key));
    for write in writes {
        let Some(body) = &write.body else { continue };
        let body = Body::read(write.key.kind, body.clone()).map_err(|fault| broken(fault.to_string()))?;
        documents.push(Document { key: write.key.clone(), body });
    }
    compile(&documents, 0).map_err(ConfigureError::Faults)
}

fn sentences(snapshot: &Snapshot, writes: &[Write]) -> BTreeMap<ResourceKey, String> {
    let said =
        |write: &Write| Some((write.key.clone(), sentence(snapshot, write.key.kind, write.body.as_ref()?)?));
    writes.iter().filter_map(said).collect()
}

/// What a promotion says in a sentence, with the names of a snapshot; nothing for other documents.
fn sentence(snapshot: &Snapshot, kind: Kind, body: &Value) -> Option<String> {
    match kind {
        Kind::Promotion => match Body::read(kind, body.clone()) {
            Ok(Body::Promotion(promotion)) => Some(snapshot.vocabulary().sentence(&promotion)),
            _ => None,
        },
        Kind::Shop | Kind::PriceList | Kind::Event | Kind::Pool => None,
    }
}
