//! Parts of the path and of the query.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tearline_app::App;
use tearline_core::names::Slug;
use tearline_pricing::names::{CartId, CustomerId, OrderId, PromotionId};

use crate::problem::{Problem, ProblemKind};

/// The query, read into a type that refuses what it does not know.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequestParts<Arc<App>> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        if parts.uri.query().is_none() {
            return Ok(Self(T::default()));
        }
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(params)| Self(params)).map_err(|error| bad_parameter(&error.body_text()))
    }
}

/// The part of the path that names a document.
pub(crate) struct Id(pub(crate) Slug);

impl FromRequestParts<Arc<App>> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Named {
            id: Slug,
        }
        let path = Path::<Named>::from_request_parts(parts, app).await;
        path.map(|Path(Named { id })| Self(id)).map_err(|error| bad_parameter(&error.body_text()))
    }
}

/// The parts of the path that name something of a pool.
#[derive(Deserialize)]
pub(crate) struct InPool {
    /// The pool.
    pub(crate) id: Slug,
    /// What of it.
    pub(crate) key: String,
}

impl FromRequestParts<Arc<App>> for InPool {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = Path::<Self>::from_request_parts(parts, app).await;
        path.map(|Path(of_pool)| of_pool).map_err(|error| bad_parameter(&error.body_text()))
    }
}

/// The part of the path that names a promotion: a document's, or a discount of an event.
pub(crate) struct PromotionName(pub(crate) PromotionId);

impl FromRequestParts<Arc<App>> for PromotionName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        path.map(|Path(name)| Self(name.into())).map_err(|error| bad_parameter(&error.body_text()))
    }
}

/// Writes types that stand for the part of the path that names something by a name of the shop's own.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $id:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) $id);

        impl FromRequestParts<Arc<App>> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
                let Path(name) = Path::<String>::from_request_parts(parts, app)
                    .await
                    .map_err(|error| bad_parameter(&error.body_text()))?;
                let name = $id::from(name);
                match name.fault() {
                    None => Ok(Self(name)),
                    Some(fault) => Err(bad_parameter(&format!("the name in the path {fault}"))),
                }
            }
        }
    )*};
}

names! {
    /// The part of the path that names a cart.
    CartName: CartId;
    /// The part of the path that names a customer.
    CustomerName: CustomerId;
    /// The part of the path that names an order.
    OrderName: OrderId;
}

/// The part of the path that names a version.
pub(crate) struct Version(pub(crate) u64);

impl FromRequestParts<Arc<App>> for Version {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Numbered {
            version: u64,
        }
        let path = Path::<Numbered>::from_request_parts(parts, app).await;
        path.map(|Path(Numbered { version })| Self(version))
            .map_err(|error| bad_parameter(&error.body_text()))
    }
}

/// The part of the path that names an import.
pub(crate) struct ImportNumber(pub(crate) u64);

impl FromRequestParts<Arc<App>> for ImportNumber {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Numbered {
            number: u64,
        }
        let path = Path::<Numbered>::from_request_parts(parts, app).await;
        path.map(|Path(Numbered { number })| Self(number)).map_err(|error| bad_parameter(&error.body_text()))
    }
}

pub(crate) fn bad_parameter(what: &str) -> Problem {
    Problem::new(ProblemKind::BadParameter, what)
}
