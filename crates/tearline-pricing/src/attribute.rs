//! What a shop says about carts, lines and customers beyond the fields that we know.

use std::collections::BTreeMap;
use std::fmt;

use compact_str::CompactString;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::names::AttributeName;

/// The most attributes that a cart, a line or a customer may have, and the most texts in one.
pub const ATTRIBUTES_MAX: usize = 50;
/// The longest text of an attribute, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;

/// Attributes by name.
pub type Attributes = BTreeMap<AttributeName, Attribute>;

/// The value of an attribute: a text, a whole number, true or false, or a list of texts. There are no fractions:
/// a weight is 250 grams, not 0.25 kilograms.
///
/// ```
/// use tearline_pricing::attribute::Attribute;
/// let weight: Attribute = serde_json::from_str("250").unwrap();
/// assert_eq!(weight, Attribute::Number(250));
/// assert!(serde_json::from_str::<Attribute>("0.25").unwrap_err().to_string().contains("whole number"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Attribute {
    /// True or false.
    Yes(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(CompactString),
    /// Several texts.
    Texts(Vec<CompactString>),
}

impl Attribute {
    /// What is wrong with the value, if anything.
    pub fn fault(&self) -> Option<String> {
        let is_long = |text: &CompactString| text.len() > TEXT_BYTES_MAX;
        match self {
            Self::Text(text) if is_long(text) => Some(format!("is longer than {TEXT_BYTES_MAX} bytes")),
            Self::Texts(texts) if texts.len() > ATTRIBUTES_MAX => {
                Some(format!("has more than {ATTRIBUTES_MAX} texts"))
            }
            Self::Texts(texts) if texts.iter().any(is_long) => {
                Some(format!("has a text longer than {TEXT_BYTES_MAX} bytes"))
            }
            Self::Yes(_) | Self::Number(_) | Self::Text(_) | Self::Texts(_) => None,
        }
    }

    /// Whether it is the other value, or a list that has it.
    ///
    /// ```
    /// use tearline_pricing::attribute::Attribute;
    /// let tags = Attribute::Texts(vec!["matte".into(), "large".into()]);
    /// assert!(tags.is(&Attribute::Text("matte".into())));
    /// ```
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Texts(texts), Self::Text(text)) => texts.contains(text),
            _ => self == other,
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes(yes) => yes.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = Attribute;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true or false, or a list of texts")
            }

            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Attribute, E> {
                Ok(Attribute::Yes(yes))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Attribute, E> {
                Ok(Attribute::Number(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Attribute, E> {
                let too_large = |_| E::custom("a whole number of at most 63 bits is needed");
                i64::try_from(number).map(Attribute::Number).map_err(too_large)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Attribute, E> {
                Ok(Attribute::Text(text.into()))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Attribute, S::Error> {
                let mut texts = Vec::new();
                while let Some(text) = seq.next_element()? {
                    texts.push(text);
                }
                Ok(Attribute::Texts(texts))
            }
        }
        deserializer.deserialize_any(AnyForm)
    }
}
