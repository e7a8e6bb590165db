//! The names by which carts and documents point at each other, one type each.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 128;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, min_length = 1, max_length = 128, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"))]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What is wrong with the name, if anything: empty, too long, or with control characters.
            pub fn fault(&self) -> Option<&'static str> {
                fault(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0.as_str())
            }
        }
    )*};
}

names! {
    /// A line of a cart; unique in its cart. Ties in an allocation fall to the smaller id, compared as bytes.
    LineId;
    /// A product, as the shop calls it (its SKU, say).
    ProductId;
    /// A category of products.
    CategoryId;
    /// A selling occasion with its own settings: a gallery, a sports day, a channel.
    EventId;
    /// A price list.
    PriceListId;
    /// A promotion.
    PromotionId;
    /// A group of promotions of which only one applies.
    GroupId;
    /// A customer whom the shop has identified.
    CustomerId;
    /// The person pictured, for whom things are bought.
    SubjectId;
    /// A set of images in an event.
    GalleryId;
    /// A way of shipping.
    ShippingId;
    /// A cart, as the shop calls it; a hold belongs to one.
    CartId;
    /// An order, as the shop calls it.
    OrderId;
    /// A category of goods or services with its own tax rate.
    TaxCategory;
    /// Where a cart comes from: the web shop, an app, the counter.
    ChannelId;
    /// A group of customers, as the shop calls it.
    SegmentId;
    /// An attribute: something that the shop says about a cart, a line or a customer.
    AttributeName;
    /// A language: a tag of BCP 47 such as `pl` or `en-GB`.
    Language;
    /// A country: two capital letters of ISO 3166, such as `PL`.
    Country;
}

impl Language {
    /// What is wrong with its form, if anything.
    ///
    /// ```
    /// use tearline_pricing::names::Language;
    /// assert!(Language::from("en-GB").form_fault().is_none());
    /// assert!(Language::from("English!").form_fault().is_some());
    /// ```
    pub fn form_fault(&self) -> Option<&'static str> {
        let is_part = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let mut parts = self.0.split('-');
        let is_language = parts.next().is_some_and(|part| {
            (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        let fits = is_language && parts.all(is_part);
        (!fits).then_some("is not a language: write a tag of BCP 47 such as `pl` or `en-GB`")
    }
}

impl Country {
    /// What is wrong with its form, if anything.
    ///
    /// ```
    /// use tearline_pricing::names::Country;
    /// assert!(Country::from("PL").form_fault().is_none());
    /// assert!(Country::from("Poland").form_fault().is_some());
    /// ```
    pub fn form_fault(&self) -> Option<&'static str> {
        let fits = self.0.len() == 2 && self.0.bytes().all(|byte| byte.is_ascii_uppercase());
        (!fits).then_some("is not a country: write two capital letters of ISO 3166, such as `PL`")
    }
}

fn fault(name: &str) -> Option<&'static str> {
    // Names are nearly always plain: one look at the bytes then says it all.
    let is_plain = |name: &str| name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match name {
        "" => Some("is empty: give it at least one character"),
        name if name.len() > NAME_BYTES_MAX => Some("is longer than 128 bytes"),
        name if !is_plain(name) && name.chars().any(char::is_control) => {
            Some("has a control character in it")
        }
        _ => None,
    }
}
