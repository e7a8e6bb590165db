//! Shipping for nothing.

use serde::{Deserialize, Serialize};

use crate::benefits::{Gives, Postage, Rank};
use crate::names::ShippingId;
use crate::quote::Stage;
use crate::words::{Vocabulary, list};

/// Shipping for nothing. No other benefit but `shipping_off` touches shipping (requirements.md A2-02).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct FreeShipping {
    /// By these ways of shipping only; none = by any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<ShippingId>,
}

impl Gives for FreeShipping {
    fn stage(&self) -> Stage {
        Stage::Shipping
    }

    fn rank(&self) -> Rank {
        Rank::Percentage
    }

    fn words(&self, _shop: &Vocabulary) -> String {
        if self.methods.is_empty() {
            "free shipping".to_owned()
        } else {
            format!("free shipping by {}", list(self.methods.iter().map(ShippingId::as_str), "or"))
        }
    }

    fn methods(&self) -> &[ShippingId] {
        &self.methods
    }

    fn off_shipping(&self, postage: &Postage) -> i64 {
        postage.left
    }
}
