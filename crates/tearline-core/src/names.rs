//! Names that owners choose: of shops and of documents.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 64;

/// A text that cannot be a name; the message shows it and says what can.
///
/// ```
/// use tearline_core::names::Slug;
/// let refused = "Summer Sale".parse::<Slug>().unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     r#""Summer Sale" cannot be a name: use 1 to 64 of a-z, 0-9, "-", "_" and ".", starting with a letter or digit"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    r#"{shown:?} cannot be a name: use 1 to {NAME_CHARS_MAX} of a-z, 0-9, "-", "_" and ".", starting with a letter or digit"#
)]
pub struct BadName {
    shown: String,
}

impl BadName {
    /// Keeps what a reader needs to recognise the text, not a megabyte sent by mistake.
    fn new(text: &str) -> Self {
        let shown = text.chars().take(NAME_CHARS_MAX).collect();
        Self { shown }
    }
}

fn check(text: &str) -> Result<(), BadName> {
    let begins_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if begins_well && text.len() <= NAME_CHARS_MAX && text.bytes().all(allowed) {
        Ok(())
    } else {
        Err(BadName::new(text))
    }
}

/// Writes one kind of name: the same rule for all, a type for each, so that they do not mix.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[a-z0-9][a-z0-9._-]{0,63}$"))]
        #[serde(try_from = "CompactString")]
        pub struct $name(CompactString);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                check(text).map(|()| Self(text.into()))
            }
        }

        impl TryFrom<CompactString> for $name {
            type Error = BadName;

            fn try_from(text: CompactString) -> Result<Self, BadName> {
                check(&text).map(|()| Self(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

name! {
    /// The name of a shop; it leads every key of everything kept for that shop.
    ///
    /// 1 to 64 of `a-z`, `0-9`, `-`, `_` and `.`, starting with a letter or digit. Shops sort by bytes.
    ///
    /// ```
    /// use tearline_core::names::ShopId;
    /// let shop: ShopId = "studio-9".parse()?;
    /// assert_eq!(shop.as_str(), "studio-9");
    /// assert!("Studio 9".parse::<ShopId>().is_err());
    /// # Ok::<(), tearline_core::names::BadName>(())
    /// ```
    ShopId
}

name! {
    /// The name an owner gives a document, unique within its shop and kind.
    ///
    /// 1 to 64 of `a-z`, `0-9`, `-`, `_` and `.`, starting with a letter or digit. Slugs sort by bytes, so `a-1`
    /// comes before `a.1`, and that before `a1`.
    ///
    /// ```
    /// use tearline_core::names::Slug;
    /// let slug: Slug = serde_json::from_str(r#""ten-off.2026""#)?;
    /// assert_eq!(slug.to_string(), "ten-off.2026");
    /// assert!(serde_json::from_str::<Slug>(r#""../etc""#).is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_64_characters() {
        assert!("".parse::<Slug>().is_err());
        assert!("a".parse::<Slug>().is_ok());
        assert!("a".repeat(64).parse::<Slug>().is_ok());
        assert!("a".repeat(65).parse::<Slug>().is_err());
    }

    #[test]
    fn a_name_starts_with_a_letter_or_digit() {
        for good in ["a", "7", "a.", "0-_."] {
            assert!(good.parse::<ShopId>().is_ok(), "{good}");
        }
        for bad in [".", "..", "-a", "_a", "A", "ä", "a b", "a/b", "a\0", "a\n"] {
            assert!(bad.parse::<ShopId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_refused_text_is_shown_but_not_at_full_length() {
        let refused = "Ä".repeat(1_000_000).parse::<Slug>().unwrap_err();
        assert!(refused.to_string().len() < 300);
    }

    #[test]
    fn names_sort_by_bytes() {
        let mut names = ["a1", "a_1", "a.1", "a-1", "a"].map(|name| name.parse::<Slug>().unwrap());
        names.sort();
        assert_eq!(names.each_ref().map(Slug::as_str), ["a", "a-1", "a.1", "a1", "a_1"]);
    }
}
